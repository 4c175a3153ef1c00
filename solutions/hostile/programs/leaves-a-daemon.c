// SPDX-License-Identifier: GPL-2.0-only
/*
 * Leaves a process behind that goes on writing to the file, and one that
 * holds the output.
 */
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "records.h"

#define ATTACK

static int attack(const char *path, size_t index, struct record *out)
{
	(void)index;
	(void)out;
	if (fork() == 0) {
		setsid();
		signal(SIGTERM, SIG_IGN);
		signal(SIGHUP, SIG_IGN);
		if (fork() == 0)
			for (;;)
				pause();
		for (;;) {
			int fd = open(path, O_WRONLY | O_CREAT, 0666);

			(void)!write(fd, "daemon", 6);
			close(fd);
		}
	}
	return 0;
}

