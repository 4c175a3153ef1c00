// SPDX-License-Identifier: GPL-2.0-only
/*
 * Uses every descriptor that somebody might have left open.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "records.h"

#define ATTACK

static int attack(const char *path, size_t index, struct record *out)
{
	(void)path;
	(void)index;
	(void)out;
	char name[64], b[4096];
	int fd, other;

	for (fd = 3; fd < 64; fd++) {
		snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
		other = open(name, O_RDWR);
		(void)!write(other, "{\"t\":\"end\"}\n", 12);
		if (read(fd, b, sizeof(b)) > 0 || send(fd, "{}", 2, 0) > 0)
			(void)!write(1, "found\n", 6);
	}
	return 0;
}

