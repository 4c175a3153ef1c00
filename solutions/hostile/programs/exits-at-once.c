// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ends with status 0 before main() can say anything.
 */
#include <stdlib.h>

#include "records.h"

#define ATTACK

static int attack(const char *path, size_t index, struct record *out)
{
	(void)path;
	(void)index;
	(void)out;
	exit(0);
}

