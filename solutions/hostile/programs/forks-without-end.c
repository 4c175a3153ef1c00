// SPDX-License-Identifier: GPL-2.0-only
/*
 * A fork bomb.
 */
#include <unistd.h>

#include "records.h"

#define ATTACK

static int attack(const char *path, size_t index, struct record *out)
{
	(void)path;
	(void)index;
	(void)out;
	for (;;)
		fork();
}

