/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * card.h - the test card: which colour each pixel of the picture has. Given.
 *
 *	+--------------------------+  a frame of one pixel, in the colour ink
 *	|wh|ye|cy|gr|ma|re|bl|bl   |  eight bars: colours that are easy to name
 *	|--------- | --------------|
 *	|     ###  |   squares     |  a cross of one pixel, in ink
 *	|    #####-+- in two shades|  a disc, further right in each frame of the
 *	|     ###  |  of ground    |  animation
 *	|         grey             |  a ramp from black to white
 *	+--------------------------+
 *
 * Everything here is computed from the parameters and the place alone, so the
 * drawing program, the tests and you agree on each pixel. How a colour
 * becomes four bytes of memory, and where they are, is not said here: that is
 * yours.
 */
#ifndef CARD_H
#define CARD_H

#include <stdint.h>

#define CARD_STEP 11 /* pixels that the disc moves from frame to frame */
#define CARD_SQUARE 16 /* pixels on each side */

struct colour {
	uint8_t red, green, blue;
};

/**
 * struct card - the parameters of a card
 * @width, @height: of the picture in pixels, both above 0
 * @ground: of the squares, half as bright in every other one
 * @ink: of the frame and the cross
 * @disc: of the disc
 * @x, @y, @radius: of the disc in frame 0
 */
struct card {
	uint32_t width, height;
	struct colour ground, ink, disc;
	uint32_t x, y, radius;
};

static inline int card_in_disc(const struct card *c, uint32_t frame, uint32_t x, uint32_t y)
{
	int64_t dx = (int64_t)x - (int64_t)((c->x + (uint64_t)frame * CARD_STEP) % c->width);
	int64_t dy = (int64_t)y - (int64_t)c->y;

	return dx * dx + dy * dy <= (int64_t)c->radius * c->radius;
}

static inline struct colour card_bar(uint32_t n)
{
	/* White, yellow, cyan, green, magenta, red, blue, black. */
	struct colour bar = { n & 2 ? 0 : 255, n & 4 ? 0 : 255, n & 1 ? 0 : 255 };

	return bar;
}

static inline struct colour card_square(const struct card *c, uint32_t x, uint32_t y)
{
	struct colour dark = { c->ground.red / 2, c->ground.green / 2, c->ground.blue / 2 };

	return (x / CARD_SQUARE + y / CARD_SQUARE) % 2 ? dark : c->ground;
}

/**
 * card_colour() - the colour of one pixel
 * @frame: of the animation, from 0
 * @x: from the left, below c->width
 * @y: from the top of the picture, below c->height
 */
static inline struct colour card_colour(const struct card *c, uint32_t frame, uint32_t x,
					uint32_t y)
{
	if (x == 0 || y == 0 || x == c->width - 1 || y == c->height - 1)
		return c->ink;
	if (card_in_disc(c, frame, x, y))
		return c->disc;
	if (y < c->height / 4)
		return card_bar((uint32_t)((uint64_t)x * 8 / c->width));
	if (y >= c->height - c->height / 8) {
		uint8_t grey = (uint8_t)((uint64_t)x * 255 / (c->width - 1));
		struct colour ramp = { grey, grey, grey };

		return ramp;
	}
	if (x == c->width / 2 || y == c->height / 2)
		return c->ink;
	return card_square(c, x, y);
}

#endif
