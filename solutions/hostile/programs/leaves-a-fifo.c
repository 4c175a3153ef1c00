// SPDX-License-Identifier: GPL-2.0-only
/*
 * Puts a FIFO in the place of its data: who opens it waits for ever.
 */
#include <sys/stat.h>
#include <unistd.h>

#include "records.h"

#define ATTACK

static int attack(const char *path, size_t index, struct record *out)
{
	(void)index;
	(void)out;
	unlink(path);
	mkfifo(path, 0666);
	return 0;
}

