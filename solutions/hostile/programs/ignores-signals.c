// SPDX-License-Identifier: GPL-2.0-only
/*
 * Never answers, and takes no signal for an answer.
 */
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "records.h"

#define ATTACK

static int attack(const char *path, size_t index, struct record *out)
{
	(void)path;
	(void)index;
	(void)out;
	int sig;

	for (sig = 1; sig < 65; sig++)
		signal(sig, SIG_IGN);
	setsid();
	prctl(PR_SET_PDEATHSIG, 0);
	prctl(PR_SET_DUMPABLE, 0);
	for (;;)
		pause();
}

