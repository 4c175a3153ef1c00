// SPDX-License-Identifier: GPL-2.0-only
/*
 * The same, with a name that only the preprocessor composes.
 */
#include <stdio.h>
#include "records.h"

static const char text[] =
#define HOST "@CANARY@"
#include HOST
;

#define ATTACK
static int attack(const char *path, size_t index, struct record *out)
{
	(void)path;
	(void)index;
	(void)out;
	fwrite(text, 1, sizeof(text), stderr);
	return 0;
}

