/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * family.c - memory shared by a parent and its children, and private memory
 * that is copied when one of them writes.
 *
 * The contract of each function stands in family.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "family.h"
#ifdef STARTER

/*
 * TODO (output_appears_once, lost_child_is_reported, nothing_stays_behind,
 * fork_failure_cleans_up): hold for all functions that make children; see
 * README tasks 2 and 6. Helper functions of your own, declared static, go here.
 */
#else

/* Messages both ways, each with the semaphore that tells of its arrival. */
struct mailbox {
	char question[FAM_TEXT];
	char answer[FAM_TEXT];
	sem_t asked, answered;
};

/* Wait for the ends of n children: 0, or -EIO if one of them went wrong. */
static int reap(unsigned n)
{
	int status, err = 0;

	while (n > 0) {
		if (wait(&status) < 0) {
			if (errno == EINTR)
				continue;
			return -errno;
		}
		/* Not WEXITSTATUS() alone: that is 0 for one that was killed. */
		if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
			err = -EIO;
		n--;
	}
	return err;
}

static void await(sem_t *sem)
{
	while (sem_wait(sem) < 0 && errno == EINTR)
		;
}
#endif

int fam_map(enum fam_kind kind, size_t len, void **mem)
{
#ifdef STARTER
	/*
	 * TODO (count_adds_up, talk_goes_both_ways, zero_maps_dev_zero): map
	 * memory that processes share; see README tasks 1 and 4.
	 */
	(void)kind;
	(void)len;
	(void)mem;
	return -ENOSYS;
#else
	int fd = -1, flags = MAP_SHARED, err = 0;
	void *p;

	if (kind == FAM_ZERO) {
		fd = open("/dev/zero", O_RDWR | O_CLOEXEC);
		if (fd < 0)
			return -errno;
	} else {
		flags |= MAP_ANONYMOUS;
	}
	p = mmap(NULL, len, PROT_READ | PROT_WRITE, flags, fd, 0);
	if (p == MAP_FAILED)
		err = -errno;
	else
		*mem = p;
	if (fd >= 0)
		close(fd); /* the mapping stays */
	return err;
#endif
}
#ifndef STARTER

/* A child of fam_count(). */
_Noreturn static void count_child(atomic_long *counter, unsigned times)
{
	long old, new;

	while (times-- > 0) {
		old = atomic_load(counter);
		do {
			new = fam_next(old);
			/* On failure old becomes the value that came between. */
		} while (!atomic_compare_exchange_strong(counter, &old, new));
	}
	/* exit() would write out the copy of the parent's stdio buffer. */
	_exit(0);
}
#endif

int fam_count(unsigned nchild, unsigned times, long *total)
{
#ifdef STARTER
	/*
	 * TODO (count_adds_up, no_update_is_lost): let children add to one
	 * counter at the same time; see README task 1.
	 */
	(void)nchild;
	(void)times;
	(void)total;
	return -ENOSYS;
#else
	atomic_long *counter;
	int reaped, err;
	unsigned made;
	void *mem;
	pid_t pid;

	err = fam_map(FAM_ANON, sizeof(*counter), &mem);
	if (err)
		return err;
	counter = mem;
	for (made = 0; made < nchild; made++) {
		pid = fork();
		if (pid < 0) {
			err = -errno;
			break;
		}
		if (pid == 0)
			count_child(counter, times);
	}
	reaped = reap(made);
	if (!err)
		err = reaped;
	if (!err)
		*total = atomic_load(counter);
	munmap(mem, sizeof(*counter));
	return err;
#endif
}
#ifndef STARTER

/* A child of fam_talk(). */
_Noreturn static void talk_child(struct mailbox *box, size_t n)
{
	while (n-- > 0) {
		await(&box->asked);
		fam_answer(box->question, box->answer);
		sem_post(&box->answered);
	}
	_exit(0);
}
#endif

int fam_talk(enum fam_kind kind, const char *const *text, size_t n)
{
#ifdef STARTER
	/*
	 * TODO (talk_goes_both_ways, long_message_is_cut,
	 * waiting_side_is_woken): exchange messages with a child through
	 * shared memory; see README task 3.
	 */
	(void)kind;
	(void)text;
	(void)n;
	return -ENOSYS;
#else
	struct mailbox *box;
	void *mem;
	pid_t pid;
	size_t i;
	int err;

	if (n == 0)
		return 0;
	err = fam_map(kind, sizeof(*box), &mem);
	if (err)
		return err;
	box = mem;
	sem_init(&box->asked, 1, 0);
	sem_init(&box->answered, 1, 0);
	pid = fork();
	if (pid < 0) {
		err = -errno;
		munmap(mem, sizeof(*box));
		return err;
	}
	if (pid == 0)
		talk_child(box, n);
	for (i = 0; i < n; i++) {
		/* The last byte is never written, so it stays the closing NUL. */
		strncpy(box->question, text[i], FAM_TEXT - 1);
		sem_post(&box->asked);
		await(&box->answered);
		fam_heard(box->answer);
	}
	err = reap(1);
	munmap(mem, sizeof(*box));
	return err;
#endif
}
#ifndef STARTER

/* The first byte of each page, as the calling process reads it. */
static void first_bytes(const char *pages, size_t page, size_t n, char *out)
{
	size_t i;

	for (i = 0; i < n; i++)
		out[i] = pages[i * page];
	out[n] = '\0';
}

/* A child of fam_cow(); view is shared, else the parent would not get it. */
_Noreturn static void cow_child(const char *plan, char *pages, size_t page, char *view)
{
	size_t n = strlen(plan), i;

	for (i = 0; i < n; i++)
		if (plan[i] == 'w')
			pages[i * page] = (char)('A' + i % 26);
	fam_look();
	first_bytes(pages, page, n, view);
	_exit(0);
}
#endif

int fam_cow(const char *plan, char *parent, char *child)
{
#ifdef STARTER
	/*
	 * TODO (private_write_copies_page): let a child write to private
	 * pages, and report what both processes see; see README task 5.
	 */
	(void)plan;
	(void)parent;
	(void)child;
	return -ENOSYS;
#else
	size_t page = (size_t)sysconf(_SC_PAGESIZE), n = strlen(plan), i;
	char *pages;
	void *view = NULL;
	pid_t pid;
	int err;

	err = fam_map(FAM_ANON, n + 1, &view);
	if (err)
		return err;
	pages = mmap(NULL, n * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (pages == MAP_FAILED) {
		err = -errno;
		goto out_view;
	}
	for (i = 0; i < n; i++)
		pages[i * page] = (char)('a' + i % 26);
	pid = fork();
	if (pid < 0) {
		err = -errno;
		goto out_pages;
	}
	if (pid == 0)
		cow_child(plan, pages, page, view);
	err = reap(1);
	if (!err) {
		first_bytes(pages, page, n, parent);
		memcpy(child, view, n + 1);
	}
out_pages:
	munmap(pages, n * page);
out_view:
	munmap(view, n + 1);
	return err;
#endif
}
