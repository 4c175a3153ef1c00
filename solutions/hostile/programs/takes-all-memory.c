// SPDX-License-Identifier: GPL-2.0-only
/*
 * Takes all memory that there is, in four processes at once.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "records.h"

#define ATTACK

static int attack(const char *path, size_t index, struct record *out)
{
	(void)path;
	(void)index;
	(void)out;
	char *p;

	fork();
	fork();
	for (;;)
		if ((p = malloc(1 << 20)))
			memset(p, 1, 1 << 20);
}

