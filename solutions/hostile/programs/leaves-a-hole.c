// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes its data a file of 8 TiB, all of it a hole.
 */
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

#include "records.h"

#define ATTACK

static int attack(const char *path, size_t index, struct record *out)
{
	(void)index;
	(void)out;
	signal(SIGXFSZ, SIG_IGN);
	(void)!truncate(path, 8LL << 40);
	(void)!truncate(path, 30LL << 30);
	return 0;
}

