/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * region.h - a few pages of chosen protection, for the tool's command write.
 *
 * Given. A layout has one letter for each page:
 *
 *	-  no access		r  read		w  read, write	x  read, execute
 *	S  read; a shared mapping of a file opened O_RDWR
 *	s  read; a shared mapping of a file opened O_RDONLY
 *	.  not mapped at all
 *
 * All but S and s are private and anonymous. A page without access lies on
 * either side of the region, to catch what goes too far.
 */
#ifndef REGION_H
#define REGION_H

#include <stddef.h>
#include <stdint.h>

#define REGION_LETTERS "-rwxSs."
#define REGION_PAGE ((size_t)4096)
#define REGION_MAX 16 /* pages */

struct region {
	unsigned char *base; /* the first page of the layout */
	size_t pages;
};

/* What byte @at of a region holds at first; write stores the complement. */
static inline unsigned char region_byte(size_t at)
{
	return (unsigned char)(at * 7 + at / REGION_PAGE * 13 + 1);
}

/** region_make() - map and fill it; 0 or a negative errno */
int region_make(struct region *r, const char *layout);
/** region_free() - unmap it and its two neighbours */
void region_free(struct region *r);
/** region_show() - print "when ADDRESS r--p ..." from /proc/self/maps */
void region_show(const struct region *r, const char *when);

#endif
