// SPDX-License-Identifier: GPL-2.0-only
/*
 * draw.c - draws backwards, through a pointer to an array of lines.
 */
#include "draw.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

int draw_open(struct screen *s, const char *path)
{
	int err = 0;

	*s = (struct screen){ .fd = open(path, O_RDWR | O_CLOEXEC) };
	if (s->fd < 0)
		return -errno;
	if (ioctl(s->fd, SCREEN_GEOMETRY, &s->geometry))
		err = errno;
	if (!err)
		s->memory = mmap(NULL, s->geometry.size, PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_POPULATE, s->fd, 0);
	if (s->memory == MAP_FAILED)
		err = errno;
	if (err)
		close(s->fd);
	return -err;
}

void draw_close(struct screen *s)
{
	munmap(s->memory, s->geometry.size);
	close(s->fd);
	s->fd = -1;
}

int draw_card(const struct screen *s, unsigned int line, const struct card *card,
	      unsigned int frame)
{
	const size_t words = s->geometry.stride / sizeof(uint32_t);
	uint32_t (*picture)[words] = s->memory;
	size_t at = (size_t)card->width * card->height;

	if (line > s->geometry.lines || card->height > s->geometry.lines - line)
		return -EINVAL;
	while (at--) {
		uint32_t x = at % card->width, y = at / card->width;
		struct colour c = card_colour(card, frame, x, y);

		picture[line + y][x] = ((c.red * 256u) + c.green) * 256u + c.blue;
	}
	return 0;
}

int draw_frames(const struct screen *s, const struct card *card, unsigned int count)
{
	struct screen_geometry now;
	uint32_t line;
	unsigned int frame;
	int err;

	if (ioctl(s->fd, SCREEN_GEOMETRY, &now))
		return -errno;
	if (now.lines < now.height || now.lines - now.height < now.height)
		return -ENOSPC;
	if (now.top % now.height && now.top < now.height)
		return -EBUSY;
	line = now.top < now.height ? now.height : 0;
	for (frame = 0; frame < count; frame++) {
		err = draw_card(s, line, card, frame);
		if (err)
			return err;
		if (ioctl(s->fd, SCREEN_PAN, &line))
			return -errno;
		line = now.height - line;
	}
	return 0;
}
