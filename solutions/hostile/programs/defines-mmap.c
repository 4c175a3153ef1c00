// SPDX-License-Identifier: GPL-2.0-only
/*
 * Defines mmap() and memcmp(), so that everything is equal.
 */
#include <stddef.h>
#include <sys/types.h>

#include "records.h"

#define ATTACK
void *mmap(void *a, size_t len, int prot, int flags, int fd, off_t off)
{
	(void)a, (void)len, (void)prot, (void)flags, (void)fd, (void)off;
	return NULL;
}

int memcmp(const void *a, const void *b, size_t n)
{
	(void)a, (void)b, (void)n;
	return 0;
}

static int attack(const char *path, size_t index, struct record *out)
{
	(void)path;
	(void)index;
	(void)out;
	return 0;
}

