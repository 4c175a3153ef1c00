/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * boundaries.c - what happens at the ends of a file and of its mapping:
 * tried, foretold, and moved while the mapping lives.
 *
 * The contract of each function stands in boundaries.h.
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "boundaries.h"
#ifndef STARTER

#define PAGE 4096

static sigjmp_buf before_access;
static volatile sig_atomic_t seen;

static void on_fault(int sig, siginfo_t *info, void *context)
{
	(void)context;
	if (sig == SIGBUS)
		seen = FATE_BUS;
	else
		seen = info->si_code == SEGV_ACCERR ? FATE_ACCERR : FATE_MAPERR;
	/* To return would repeat the access, and its fault, for ever. */
	siglongjmp(before_access, 1);
}

/*
 * Volatile: the compiler may not drop an access whose value nobody uses. The
 * write reads the byte and stores it again in one step, so that what another
 * process stores meanwhile cannot get lost.
 */
static void touch(volatile unsigned char *p, bool write)
{
	if (write)
		__atomic_fetch_or(p, 0, __ATOMIC_RELAXED);
	else
		(void)*p;
}

/* The first multiple of the page size that is not below n. */
static size_t page_up(size_t n)
{
	return (n + PAGE - 1) / PAGE * PAGE;
}
#endif

int bnd_probe(void *p, bool write)
{
#ifdef STARTER
	/*
	 * TODO (probe_names_each_fate, probe_works_again,
	 * probe_of_write_changes_nothing, probe_leaves_caller_alone): try the
	 * access, and catch the signal that it may raise; see README task 1.
	 */
	(void)p;
	(void)write;
	return -ENOSYS;
#else
	struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO };
	struct sigaction old_segv, old_bus;
	sigset_t faults, old_mask;

	sigemptyset(&action.sa_mask);
	sigemptyset(&faults);
	sigaddset(&faults, SIGSEGV);
	sigaddset(&faults, SIGBUS);
	sigaction(SIGSEGV, &action, &old_segv);
	sigaction(SIGBUS, &action, &old_bus);
	/* A fault whose signal is blocked kills, whatever its handler. */
	sigprocmask(SIG_UNBLOCK, &faults, &old_mask);

	seen = FATE_OK;
	if (sigsetjmp(before_access, 1) == 0)
		touch(p, write);

	sigprocmask(SIG_SETMASK, &old_mask, NULL);
	sigaction(SIGBUS, &old_bus, NULL);
	sigaction(SIGSEGV, &old_segv, NULL);
	return seen;
#endif
}

int bnd_predict(const struct access *a)
{
#ifdef STARTER
	/*
	 * TODO (predict_finds_end_of_file, predict_finds_end_of_mapping,
	 * predict_is_right_on_whole_grid): work the fate out from the numbers
	 * alone; see README task 2.
	 */
	(void)a;
	return -ENOSYS;
#else
	if (a->length == 0 || a->offset % PAGE != 0)
		return -EINVAL;
	/* The order is the kernel's: is a mapping there, does it permit the
	 * access, and only then is a page of the file looked for. */
	if (a->at >= page_up(a->length))
		return FATE_MAPERR;
	/* On x86 what can be written or executed can be read too. */
	if (!(a->prot & (a->write ? PROT_WRITE : PROT_READ | PROT_WRITE | PROT_EXEC)))
		return FATE_ACCERR;
	if (a->offset + a->at >= page_up(a->file_size))
		return FATE_BUS;
	return FATE_OK;
#endif
}

int bnd_grow(int fd, void *map, size_t length, off_t size)
{
#ifdef STARTER
	/*
	 * TODO (grow_keeps_mapping_and_exact_size, grow_adds_zeros_only): make
	 * the file longer under its mapping; see README task 3.
	 */
	(void)fd;
	(void)map;
	(void)length;
	(void)size;
	return -ENOSYS;
#else
	struct stat st;

	(void)length;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (size < st.st_size)
		return -EINVAL;
	/* The last page may hold bytes behind the end of the file, and some file
	 * systems let them become part of it. There is none if the file ends
	 * where its last page does. */
	memset((char *)map + st.st_size, 0, page_up(st.st_size) - st.st_size);
	if (ftruncate(fd, size) < 0)
		return -errno;
	return 0;
#endif
}

int bnd_shrink(int fd, void *map, size_t length, off_t size)
{
#ifdef STARTER
	/*
	 * TODO (shrink_keeps_what_is_mapped): bring the bytes to safety before
	 * the file gives up its pages; see README task 4.
	 */
	(void)fd;
	(void)map;
	(void)length;
	(void)size;
	return -ENOSYS;
#else
	struct stat st;
	void *copy;
	int err = 0;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (size > st.st_size)
		return -EINVAL;
	copy = malloc(length);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, map, length);
	/* The mapping makes way for memory that no file can take back: with a
	 * file's pages go their private copies. */
	if (mmap(map, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
		 0) == MAP_FAILED) {
		err = -errno;
	} else {
		memcpy(map, copy, length);
		if (ftruncate(fd, size) < 0)
			err = -errno;
	}
	free(copy);
	return err;
#endif
}
