// SPDX-License-Identifier: GPL-2.0-only
/*
 * Becomes another program, which always succeeds.
 */
#include <unistd.h>

#include "records.h"

#define ATTACK

static int attack(const char *path, size_t index, struct record *out)
{
	(void)path;
	(void)index;
	(void)out;
	execl("/bin/busybox", "true", (char *)NULL);
	execl("/bin/true", "true", (char *)NULL);
	return 0;
}

