// SPDX-License-Identifier: GPL-2.0-only
/*
 * draw.c - draws a test card into the memory of a display, and animates it
 * by page flip. The contract stands in draw.h.
 */
#include "draw.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

int draw_open(struct screen *s, const char *path)
{
#ifdef STARTER
	/*
	 * TODO (card_is_drawn, failures_are_told): open, ask for the geometry,
	 * map; undo what was done when one of them fails; see README task 7.
	 */
	return -ENOSYS;
#else
	int err;

	s->fd = open(path, O_RDWR | O_CLOEXEC);
	if (s->fd < 0)
		return -errno;
	if (ioctl(s->fd, SCREEN_GEOMETRY, &s->geometry))
		goto fail;
	/* The driver's own size: a product of our own could forget the padding. */
	s->memory = mmap(NULL, s->geometry.size, PROT_READ | PROT_WRITE, MAP_SHARED,
			 s->fd, 0);
	if (s->memory == MAP_FAILED)
		goto fail;
	return 0;

fail:
	err = -errno; /* before close(2), which may set another one */
	close(s->fd);
	return err;
#endif
}

void draw_close(struct screen *s)
{
#ifdef STARTER
	/* TODO (failures_are_told): undo what draw_open() did; see README task 7. */
#else
	munmap(s->memory, s->geometry.size);
	close(s->fd);
#endif
}

#ifndef STARTER
/*
 * Lines lie `stride` bytes apart, and stride counts bytes: so the address of a
 * line is computed with a pointer to bytes, in size_t, and only the address
 * of a pixel in its line with a pointer to pixels.
 */
static uint32_t *line_at(const struct screen *s, unsigned int line)
{
	return (uint32_t *)((unsigned char *)s->memory + (size_t)line * s->geometry.stride);
}

/* A number, not four bytes: the machine puts its bytes in the right order. */
static uint32_t pixel_of(struct colour c)
{
	return (uint32_t)c.red << 16 | (uint32_t)c.green << 8 | c.blue;
}
#endif

int draw_card(const struct screen *s, unsigned int line, const struct card *card,
	      unsigned int frame)
{
#ifdef STARTER
	/*
	 * TODO (card_is_drawn, failures_are_told): store the pixel of each place
	 * of the picture, if there is room for it; see README task 8.
	 */
	return -ENOSYS;
#else
	const struct screen_geometry *g = &s->geometry;
	unsigned int x, y;

	/* By subtraction: line + height could wrap. */
	if (g->height > g->lines || line > g->lines - g->height)
		return -EINVAL;
	for (y = 0; y < g->height; y++) {
		uint32_t *to = line_at(s, line + y);

		for (x = 0; x < g->width; x++)
			to[x] = pixel_of(card_colour(card, frame, x, y));
	}
	return 0;
#endif
}

#ifndef STARTER
/* The first line of the page that is invisible while the picture begins at top. */
static int invisible_page(const struct screen_geometry *g, unsigned int top,
			  unsigned int *line)
{
	if (g->lines / 2 < g->height)
		return -ENOSPC;
	if (top > 0 && top < g->height)
		return -EBUSY;
	*line = top ? 0 : g->height;
	return 0;
}
#endif

int draw_frames(const struct screen *s, const struct card *card, unsigned int count)
{
#ifdef STARTER
	/*
	 * TODO (frames_are_flipped, failures_are_told): draw into the invisible
	 * page, then show it, frame after frame; see README task 9.
	 */
	return -ENOSYS;
#else
	struct screen_geometry now;
	unsigned int frame, line, top;
	int err;

	/* Asked for anew: the picture may have been moved since the opening. */
	if (ioctl(s->fd, SCREEN_GEOMETRY, &now))
		return -errno;
	top = now.top;
	for (frame = 0; frame < count; frame++) {
		err = invisible_page(&now, top, &line);
		if (!err)
			err = draw_card(s, line, card, frame);
		if (err)
			return err;
		/* Only now that every pixel is there. */
		if (ioctl(s->fd, SCREEN_PAN, &line))
			return -errno;
		top = line;
	}
	return 0;
#endif
}
