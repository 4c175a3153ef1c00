// SPDX-License-Identifier: GPL-2.0-only
/*
 * Prints as fast as it can, for ever.
 */
#include <string.h>
#include <unistd.h>

#include "records.h"

#define ATTACK

static int attack(const char *path, size_t index, struct record *out)
{
	(void)path;
	(void)index;
	(void)out;
	static char b[65536];

	memset(b, 'x', sizeof(b));
	for (;;)
		if (write(1, b, sizeof(b)) < 0 || write(2, b, sizeof(b)) < 0)
			return 0;
}

