// SPDX-License-Identifier: GPL-2.0-only
/*
 * limit.c - how slow the machine is, see limit.h.
 */
#include "limit.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define SHELLS 20
#define SHELL_MS 2 /* how long one takes elsewhere */

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

int64_t limit_ms(int64_t ms)
{
	int64_t began = now_ms(), took;
	int i;

	for (i = 0; i < SHELLS; i++)
		if (system(":"))
			abort();
	took = now_ms() - began;
	return took > SHELLS * SHELL_MS ? ms * took / (SHELLS * SHELL_MS) : ms;
}

void limit_check(void)
{
	char text[32];

	snprintf(text, sizeof(text), "%d", (int)((limit_ms(100) + 99) / 100));
	setenv("CK_TIMEOUT_MULTIPLIER", text, 0);
}
