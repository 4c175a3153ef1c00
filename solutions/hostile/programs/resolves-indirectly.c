// SPDX-License-Identifier: GPL-2.0-only
/*
 * An indirect function (IFUNC) runs while the program is being loaded.
 */
#include <unistd.h>

#include "records.h"

#define ATTACK
static int one(void)
{
	return 0;
}

static int (*choose(void))(void)
{
	_exit(0);
	return one;
}

int chosen(void) __attribute__((ifunc("choose")));

static int attack(const char *path, size_t index, struct record *out)
{
	(void)path;
	(void)index;
	(void)out;
	return chosen();
}

