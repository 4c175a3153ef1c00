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
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "family.h"
#ifdef STARTER

/*
 * TODO (output_appears_once, lost_child_is_reported, nothing_stays_behind,
 * failed_call_cleans_up): hold for all functions that make children; see
 * README tasks 7 and 8. Helper functions of your own, declared static, go here.
 */
#else

/*
 * Messages both ways, each with the semaphore that tells of its arrival. Shared
 * bytes alone say nothing of time; and a semaphore in private memory would be
 * two, one for each process.
 */
struct mailbox {
	char question[FAM_TEXT];
	char answer[FAM_TEXT];
	sem_t asked, answered;
};

/*
 * Wait for the ends of n children: 0, or -EIO if one of them went wrong. All
 * are waited for in any case: one that is not stays as a zombie.
 */
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

/* A signal may interrupt the wait, and then nothing has happened yet. */
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
	 * TODO (count_reaches_parent, zero_maps_dev_zero): map memory that
	 * processes share; see README tasks 1 and 4.
	 */
	(void)kind;
	(void)len;
	(void)mem;
	return -ENOSYS;
#else
	int fd = -1, flags = MAP_SHARED, err = 0;
	void *p;

	/*
	 * Either way the kernel makes a new object, which those share who have
	 * this mapping by fork. Behind the device there is no file, so a second
	 * mmap of it would be other memory.
	 */
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

/*
 * A child of fam_count(). Between the load and the store lies fam_next(), so an
 * atomic load and an atomic store are not enough: the exchange stores only if
 * nobody else has stored meanwhile.
 */
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
	 * TODO (count_reaches_parent, children_work_at_once,
	 * no_update_is_lost): let children add to one counter at the same
	 * time; see README tasks 1 and 2.
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
	/* All are made before one is waited for, or they would work by turns. */
	for (made = 0; made < nchild; made++) {
		pid = fork();
		if (pid < 0) {
			err = -errno;
			break;
		}
		if (pid == 0)
			count_child(counter, times);
	}
	/* After a failed fork, too: the children made before it are there. */
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

/* The child of fam_talk(): it answers straight from and into shared memory. */
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
	 * TODO (talk_goes_both_ways, long_message_is_cut): exchange messages
	 * with a child through shared memory; see README task 3.
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
	/* Before the fork, and 1: to be used by other processes. */
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

#define PM_PRESENT (1ULL << 63)
#define PM_EXCLUSIVE (1ULL << 56)

/* One run of fam_cow(): the private pages, and what the child reports of them. */
struct cow {
	const char *plan;
	size_t n, page; /* number of the pages, size of one */
	char *pages;
	char *child, *frames; /* in shared memory: private, they would stay the child's */
};

/* The first byte of each page, as the calling process reads it. */
static void first_bytes(const struct cow *c, char *out)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		out[i] = c->pages[i * c->page] ? c->pages[i * c->page] : '0';
	out[i] = '\0';
}

/*
 * What lies behind the pages of the calling process: 0, or a negative errno.
 *
 * An ordinary user is shown no frame numbers (they read as 0), but both bits.
 * A descriptor of this file shows the memory of the process that opened it: one
 * from before the fork would show the parent's pages.
 */
static int look_at_frames(const struct cow *c, char *out)
{
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC), err = 0;
	size_t first = (uintptr_t)c->pages / c->page, i;
	uint64_t entry;
	ssize_t got;

	if (fd < 0)
		return -errno;
	for (i = 0; i < c->n && !err; i++) {
		/* An entry for each page of the address space, 8 bytes long. */
		got = pread(fd, &entry, sizeof(entry), (off_t)((first + i) * sizeof(entry)));
		if (got != sizeof(entry))
			err = got < 0 ? -errno : -EIO;
		else if (!(entry & PM_PRESENT))
			out[i] = '-';
		else
			out[i] = entry & PM_EXCLUSIVE ? 'o' : 's';
	}
	close(fd);
	out[i] = '\0';
	return err;
}

/* Only what is stored before the fork is in a frame that the child inherits. */
static void cow_fill(const struct cow *c)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		if (strchr(".w=", c->plan[i]))
			c->pages[i * c->page] = (char)('a' + i % 26);
}

/* The child of fam_cow(). */
_Noreturn static void cow_child(const struct cow *c)
{
	size_t i;

	for (i = 0; i < c->n; i++) {
		if (strchr("w+", c->plan[i]))
			c->pages[i * c->page] = (char)('A' + i % 26);
		if (c->plan[i] == '=')
			c->pages[i * c->page] = (char)('a' + i % 26);
	}
	fam_look();
	/* In this order: to read a page that has no frame brings it one. */
	if (look_at_frames(c, c->frames))
		_exit(1);
	first_bytes(c, c->child);
	_exit(0);
}
#endif

int fam_cow(const char *plan, char *parent, char *child, char *frames)
{
#ifdef STARTER
	/*
	 * TODO (private_write_copies_page, copied_pages_are_reported): let a
	 * child write to private pages, and report what both processes see and
	 * which frames lie behind; see README tasks 5 and 6.
	 */
	(void)plan;
	(void)parent;
	(void)child;
	(void)frames;
	return -ENOSYS;
#else
	struct cow c = { .plan = plan, .n = strlen(plan), .page = (size_t)sysconf(_SC_PAGESIZE) };
	size_t report = 2 * (c.n + 1);
	void *mem = NULL;
	pid_t pid;
	int err;

	err = fam_map(FAM_ANON, report, &mem);
	if (err)
		return err;
	c.child = mem;
	c.frames = c.child + c.n + 1;
	c.pages = mmap(NULL, c.n * c.page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		       0);
	if (c.pages == MAP_FAILED) {
		err = -errno;
		goto out_report;
	}
	cow_fill(&c);
	pid = fork();
	if (pid < 0) {
		err = -errno;
		goto out_pages;
	}
	if (pid == 0)
		cow_child(&c);
	/* The parent keeps off the pages: to store there would copy them, too. */
	err = reap(1);
	if (!err) {
		first_bytes(&c, parent);
		memcpy(child, c.child, c.n + 1);
		memcpy(frames, c.frames, c.n + 1);
	}
out_pages:
	munmap(c.pages, c.n * c.page);
out_report:
	munmap(mem, report);
	return err;
#endif
}
