// SPDX-License-Identifier: GPL-2.0-only
/*
 * draw.c - makes each line in a buffer of its own and copies it as a whole.
 */
#include "draw.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

static int failed(int fd)
{
	int err = errno;

	close(fd);
	return -err;
}

int draw_open(struct screen *s, const char *path)
{
	s->fd = open(path, O_RDWR);
	if (s->fd < 0)
		return -errno;
	if (ioctl(s->fd, SCREEN_GEOMETRY, &s->geometry) < 0)
		return failed(s->fd);
	s->memory = mmap(NULL, (size_t)s->geometry.stride * s->geometry.lines,
			 PROT_READ | PROT_WRITE, MAP_SHARED, s->fd, 0);
	return s->memory == MAP_FAILED ? failed(s->fd) : 0;
}

void draw_close(struct screen *s)
{
	munmap(s->memory, (size_t)s->geometry.stride * s->geometry.lines);
	close(s->fd);
}

int draw_card(const struct screen *s, unsigned int line, const struct card *card,
	      unsigned int frame)
{
	uint32_t *row, x, y;
	unsigned char *to;

	if (line >= s->geometry.lines || s->geometry.lines - line < card->height)
		return -EINVAL;
	row = malloc(card->width * sizeof(*row));
	if (!row)
		return -ENOMEM;
	to = (unsigned char *)s->memory + (size_t)line * s->geometry.stride;
	for (y = 0; y < card->height; y++, to += s->geometry.stride) {
		for (x = 0; x < card->width; x++) {
			struct colour c = card_colour(card, frame, x, y);
			unsigned char bytes[4] = { c.blue, c.green, c.red, 0 };

			memcpy(&row[x], bytes, sizeof(bytes));
		}
		memcpy(to, row, card->width * sizeof(*row));
	}
	free(row);
	return 0;
}

/* From wherever the picture begins now to the page of which nothing is seen. */
static int next_page(const struct screen *s, uint32_t *line)
{
	struct screen_geometry g;

	if (ioctl(s->fd, SCREEN_GEOMETRY, &g) < 0)
		return -errno;
	if (g.lines - g.height < g.height)
		return -ENOSPC;
	if (g.top >= g.height)
		*line = 0;
	else if (g.top == 0)
		*line = g.height;
	else
		return -EBUSY;
	return 0;
}

/* The driver is asked before each frame. */
int draw_frames(const struct screen *s, const struct card *card, unsigned int count)
{
	unsigned int frame;
	uint32_t line = 0;
	int ret = 0;

	for (frame = 0; frame < count && !ret; frame++) {
		ret = next_page(s, &line);
		if (!ret)
			ret = draw_card(s, line, card, frame);
		if (!ret && ioctl(s->fd, SCREEN_PAN, &line) < 0)
			ret = -errno;
	}
	return ret;
}
