// SPDX-License-Identifier: GPL-2.0-only
/*
 * near.c - names that are like what was typed, see near.h. Near is what a few
 * slips of the fingers make of a name (a letter too many, too few, another, or
 * two exchanged), or what a name begins with, ends with or holds.
 */
#include "near.h"

#include <stdlib.h>
#include <string.h>

#include "util.h"

#define NEAR_MAX 3
#define NAME_MAX_LEN 80
#define PART_MIN 3 /* shorter parts are in every name */

static int least(int a, int b)
{
	return a < b ? a : b;
}

/* Slips between two names: optimal string alignment, three rows of it. */
static int slips(const char *a, size_t alen, const char *b, size_t blen)
{
	int row[3][NAME_MAX_LEN + 1];
	size_t i, j;

	for (j = 0; j <= blen; j++)
		row[0][j] = (int)j;
	for (i = 1; i <= alen; i++) {
		int *now = row[i % 3], *last = row[(i + 2) % 3], *before = row[(i + 1) % 3];

		now[0] = (int)i;
		for (j = 1; j <= blen; j++) {
			now[j] = least(least(last[j], now[j - 1]) + 1,
				       last[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				now[j] = least(now[j], before[j - 2] + 1);
		}
	}
	return row[alen % 3][blen];
}

/* How far a name is, or -1 when it is not near. */
static int distance(const char *typed, size_t tlen, const char *name, size_t nlen)
{
	int n = slips(typed, tlen, name, nlen);
	size_t longer = tlen > nlen ? tlen : nlen;

	if (n <= least(1 + (int)longer / 4, (int)longer - 1))
		return n;
	/* A part of a name is farther than a slip, and the nearer the more it is. */
	return tlen >= PART_MIN && memmem(name, nlen, typed, tlen) ? NAME_MAX_LEN + n : -1;
}

char *near_names(const char *typed, const char *names)
{
	struct {
		const char *name;
		size_t len;
		int far;
	} best[NEAR_MAX + 1];
	size_t tlen = strnlen(typed, NAME_MAX_LEN), len, count = 0, i;
	char *list = xstrdup(""), *longer;

	for (names += strspn(names, " "); *names; names += len, names += strspn(names, " ")) {
		int far;

		len = strcspn(names, " ");
		far = len > NAME_MAX_LEN ? -1 : distance(typed, tlen, names, len);
		if (far < 0)
			continue;
		for (i = count; i > 0 && best[i - 1].far > far; i--)
			best[i] = best[i - 1];
		best[i].name = names;
		best[i].len = len;
		best[i].far = far;
		count += count < NEAR_MAX;
	}
	for (i = 0; i < count; i++) {
		longer = xasprintf("%s%s%.*s", list,
				   !i		 ? "" :
				   i + 1 < count ? ", " :
						   " or ",
				   (int)best[i].len, best[i].name);
		free(list);
		list = longer;
	}
	return list;
}
