// SPDX-License-Identifier: GPL-2.0-only
/*
 * What each program of solutions/hostile/programs ends with: lab 02's
 * functions, which do nothing but attack. Without an attack before it, this is
 * the starter: it is worth no point.
 */
#include <errno.h>

#include "records.h"

#ifndef ATTACK
static int attack(const char *path, size_t index, struct record *out)
{
	(void)path;
	(void)index;
	(void)out;
	return -ENOSYS;
}
#endif

int rec_create(const char *path, uint32_t n)
{
	return attack(path, n, NULL);
}

int rec_get(const char *path, size_t index, struct record *out)
{
	return attack(path, index, out);
}

int rec_set(const char *path, size_t index, int32_t value)
{
	(void)value;
	return attack(path, index, NULL);
}

int rec_label(const char *path, size_t index, const char *label)
{
	(void)label;
	return attack(path, index, NULL);
}

int rec_append(const char *path, int32_t value, const char *label)
{
	(void)value;
	(void)label;
	return attack(path, 0, NULL);
}
