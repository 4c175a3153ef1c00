// SPDX-License-Identifier: GPL-2.0-only
/*
 * Returns 0 from every function, and does nothing.
 */
#include <stddef.h>

#include "records.h"

#define ATTACK

static int attack(const char *path, size_t index, struct record *out)
{
	(void)path;
	(void)index;
	(void)out;
	return 0;
}

