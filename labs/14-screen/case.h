/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * case.h - from one random number to a screen and a card on it. Given, for the
 * tests; nothing of it is of use for your driver or your drawing program.
 *
 * The number of a picture that the host looks at comes from the host. It
 * computes from it what the memory must hold, and so compares what it finds
 * with something that it does not have from the machine.
 */
#ifndef CASE_H
#define CASE_H

#include <stddef.h>

#include "card.h"

/**
 * struct screen_case - what a test asks for
 * @number: from which all of it comes
 * @width, @height, @stride, @lines: parameters of the module
 * @line, @frame: a single picture and where it goes; neither 0 nor @height
 * @top: where the picture begins before an animation: 0 or @height
 * @frames: of the animation, an odd number, so that showing it twice uses both
 *	pages for each frame
 * @card: of the right width and height
 */
struct screen_case {
	uint64_t number;
	uint32_t width, height, stride, lines;
	uint32_t line, frame;
	uint32_t top, frames;
	struct card card;
};

/** struct case_page - which frame is in the memory from a line on */
struct case_page {
	uint32_t line;
	uint32_t frame;
};

/* splitmix64 */
static inline uint64_t case_mix(uint64_t z)
{
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static inline uint32_t case_below(uint64_t *state, uint32_t n)
{
	return (uint32_t)(case_mix(*state += 0x9e3779b97f4a7c15) >> 32) % n;
}

static inline struct colour case_colour(uint64_t *state, uint32_t low)
{
	struct colour c;

	c.red = (uint8_t)(low + case_below(state, 96));
	c.green = (uint8_t)(low + case_below(state, 96));
	/* Never a grey, and never the same with red and blue exchanged. */
	c.blue = (uint8_t)(c.red < low + 48 ? c.red + 20 + case_below(state, 28) :
					      c.red - 20 - case_below(state, 28));
	return c;
}

/**
 * case_make() - the case that belongs to a number
 * @small: for an animation, many pictures of which are looked at
 *
 * The stride is longer than the pixels, and the memory holds a few lines more
 * than two screens.
 */
static inline struct screen_case case_make(uint64_t number, int small)
{
	uint64_t state = number;
	struct screen_case c = { .number = number };
	uint32_t unit = small ? 1 : 3;

	c.width = unit * (64 + case_below(&state, 32)) + case_below(&state, 8);
	c.height = unit * (40 + case_below(&state, 24)) + case_below(&state, 8);
	/* More than a page, all lines together. */
	c.stride = 4 * (c.width + 13 + 2 * case_below(&state, 16));
	c.lines = 2 * c.height + 3 + case_below(&state, 8);
	c.line = 1 + case_below(&state, c.height - 1);
	c.frame = 1 + case_below(&state, 9);
	c.top = case_below(&state, 2) * c.height;
	c.frames = 3 + 2 * case_below(&state, 2);
	c.card.width = c.width;
	c.card.height = c.height;
	c.card.ground = case_colour(&state, 32);
	c.card.ink = case_colour(&state, 160);
	c.card.disc = case_colour(&state, 120);
	c.card.radius = c.height / 8 + case_below(&state, c.height / 8);
	c.card.x = c.width / 4 + case_below(&state, c.width / 4);
	c.card.y = c.height / 3 + case_below(&state, c.height / 3);
	return c;
}

/** case_size() - bytes that can be mapped */
static inline uint64_t case_size(const struct screen_case *c)
{
	return ((uint64_t)c->stride * c->lines + 4095) / 4096 * 4096;
}

/** case_noise() - what the tool's `fill` stores as pixel @at of the memory: dark */
static inline uint32_t case_noise(uint64_t number, size_t at)
{
	return 0x101418 + 0x010101 * (uint32_t)(case_mix(number + at) & 15);
}

/** case_pixel() - a pixel of the card, as it lies in memory */
static inline uint32_t case_pixel(const struct card *card, uint32_t frame, uint32_t x, uint32_t y)
{
	struct colour c = card_colour(card, frame, x, y);

	return (uint32_t)c.red << 16 | (uint32_t)c.green << 8 | c.blue;
}

/** case_page_at() - the page that this pixel of the memory belongs to, or NULL */
static inline const struct case_page *case_page_at(const struct screen_case *c,
						   const struct case_page *pages, size_t count,
						   size_t at)
{
	uint32_t line = (uint32_t)(at / (c->stride / 4)), x = (uint32_t)(at % (c->stride / 4));
	size_t i;

	for (i = 0; i < count; i++)
		if (x < c->width && line >= pages[i].line && line - pages[i].line < c->height)
			return &pages[i];
	return NULL;
}

/** case_expected() - what the memory must hold at a pixel, of the padding too */
static inline uint32_t case_expected(const struct screen_case *c, const struct case_page *pages,
				     size_t count, size_t at)
{
	const struct case_page *p = case_page_at(c, pages, count, at);
	uint32_t line = (uint32_t)(at / (c->stride / 4)), x = (uint32_t)(at % (c->stride / 4));

	return p ? case_pixel(&c->card, p->frame, x, line - p->line) : case_noise(c->number, at);
}

/** case_after_card() - the pages once the single picture has been drawn */
static inline size_t case_after_card(const struct screen_case *c, struct case_page *pages)
{
	pages[0] = (struct case_page){ c->line, c->frame };
	return 1;
}

/** case_after_frames() - the pages once the animation has been shown twice */
static inline size_t case_after_frames(const struct screen_case *c, struct case_page *pages)
{
	pages[0] = (struct case_page){ c->top, c->frames - 1 };
	pages[1] = (struct case_page){ c->top ? 0 : c->height, c->frames - 2 };
	return 2;
}

#endif
