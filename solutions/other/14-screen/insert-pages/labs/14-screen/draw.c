// SPDX-License-Identifier: GPL-2.0-only
/*
 * draw.c - draws by columns, and keeps the two pages as an index.
 */
#include "draw.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

int draw_open(struct screen *s, const char *path)
{
	int fd = open(path, O_RDWR), err;

	if (fd == -1)
		return -errno;
	s->memory = MAP_FAILED;
	if (ioctl(fd, SCREEN_GEOMETRY, &s->geometry) == 0)
		s->memory = mmap(0, s->geometry.size, PROT_WRITE | PROT_READ, MAP_SHARED, fd, 0);
	if (s->memory == MAP_FAILED) {
		err = errno;
		close(fd);
		return -err;
	}
	s->fd = fd;
	return 0;
}

void draw_close(struct screen *s)
{
	close(s->fd);
	munmap(s->memory, s->geometry.size);
}

int draw_card(const struct screen *s, unsigned int line, const struct card *card,
	      unsigned int frame)
{
	char *first = (char *)s->memory + (size_t)line * s->geometry.stride;
	unsigned int x, y;

	if ((uint64_t)line + card->height > s->geometry.lines)
		return -EINVAL;
	for (x = 0; x < card->width; x++) {
		for (y = 0; y < card->height; y++) {
			struct colour c = card_colour(card, frame, x, y);
			uint32_t pixel = c.red * 65536u + c.green * 256u + c.blue;

			memcpy(first + (size_t)y * s->geometry.stride + 4 * x, &pixel, 4);
		}
	}
	return 0;
}

int draw_frames(const struct screen *s, const struct card *card, unsigned int count)
{
	struct screen_geometry g;
	unsigned int i, page;

	if (ioctl(s->fd, SCREEN_GEOMETRY, &g) == -1)
		return -errno;
	if ((uint64_t)2 * g.height > g.lines)
		return -ENOSPC;
	if (g.top && g.top < g.height)
		return -EBUSY;
	page = g.top == 0;
	for (i = 0; i < count; i++, page ^= 1) {
		uint32_t top = page * g.height;

		draw_card(s, top, card, i);
		if (ioctl(s->fd, SCREEN_PAN, &top) == -1)
			return -errno;
	}
	return 0;
}
