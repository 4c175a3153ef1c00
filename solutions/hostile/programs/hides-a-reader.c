// SPDX-License-Identifier: GPL-2.0-only
/*
 * Maps the file for show, and reads it with read(2) in a child that asks not
 * to be traced.
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "records.h"

#define ATTACK

static int attack(const char *path, size_t index, struct record *out)
{
	int fd = open(path, O_RDONLY);
	struct record *shared;
	void *show;
	pid_t pid;

	if (!out)
		return 0;
	show = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid = (pid_t)syscall(SYS_clone, CLONE_UNTRACED | SIGCHLD, NULL, NULL, NULL, NULL);
	if (pid == 0) {
		(void)!pread(fd, shared, sizeof(*shared), (off_t)(index * sizeof(*shared)));
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	*out = *shared;
	munmap(show, 4096);
	return 0;
}

