/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * region.h - the memory that the tool's commands work on.
 *
 * Given. A region is a mapping with a page without access on either side, so
 * that it never merges with a neighbour and what goes too far is caught.
 */
#ifndef REGION_H
#define REGION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REGION_MAX 16 /* regions */
#define REGION_PAGES 4096 /* pages of one */

struct region {
	unsigned char *base;
	size_t pages;
	bool guarded; /* by pages of its own on either side */
};

/* What the command fill stores in byte @at of a region. */
static inline unsigned char region_byte(size_t at, unsigned seed)
{
	return (unsigned char)(at * 7 + at / 4096 * 13 + seed);
}

/** region_anonymous() - map @pages new pages with these flags; 0 or -errno */
int region_anonymous(struct region *r, size_t pages, int flags);
/** region_file() - map a file for reading and writing, to its last page; 0 or -errno */
int region_file(struct region *r, const char *path, int flags);
/** region_free() - unmap it and its neighbours */
void region_free(struct region *r);
/**
 * region_touch() - touch the first byte of each page as the letters say
 * @pattern: r reads it, w stores a w there, . leaves the page alone; used again
 *	and again until the last page
 */
void region_touch(const struct region *r, const char *pattern);

#endif
