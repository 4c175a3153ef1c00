/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * case.h - from one random number to a screen and a card on it. Given.
 *
 * The tests ask the host for the number. The host keeps it, and computes from
 * it what the memory must hold: so what it compares with was never in the
 * machine.
 */
#ifndef CASE_H
#define CASE_H

#include "card.h"

/**
 * struct screen_case - what a test asks for
 * @width, @height, @stride, @lines: parameters of the module
 * @line: where a single picture goes; it need not be 0 or @height
 * @top: where the picture begins before an animation: 0 or @height
 * @frames: of the animation
 * @card: of the right width and height
 */
struct screen_case {
	uint32_t width, height, stride, lines;
	uint32_t line, top, frames;
	struct card card;
};

/* splitmix64 */
static inline uint32_t case_below(uint64_t *state, uint32_t n)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return (uint32_t)((z ^ z >> 31) >> 32) % n;
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
 * The stride is longer than the pixels, by an amount that is no page's
 * divisor, and the memory holds a few lines more than two screens.
 */
static inline struct screen_case case_make(uint64_t number, int small)
{
	uint64_t state = number;
	struct screen_case c;
	uint32_t unit = small ? 1 : 3;

	c.width = unit * (64 + case_below(&state, 32)) + case_below(&state, 8);
	c.height = unit * (40 + case_below(&state, 24)) + case_below(&state, 8);
	c.stride = 4 * (c.width + 1 + 2 * case_below(&state, 20));
	c.lines = 2 * c.height + 3 + case_below(&state, 8);
	c.line = 1 + case_below(&state, c.lines - c.height);
	c.top = case_below(&state, 2) * c.height;
	c.frames = 3 + case_below(&state, 3);
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

/** case_pixel() - a pixel of the card, as it lies in memory */
static inline uint32_t case_pixel(const struct card *card, uint32_t frame, uint32_t x, uint32_t y)
{
	struct colour c = card_colour(card, frame, x, y);

	return (uint32_t)c.red << 16 | (uint32_t)c.green << 8 | c.blue;
}

/** case_frame_on() - the frame that the page from line 0 (or @height) on holds
 * after an animation of @frames frames, or -1 if none was drawn there */
static inline int case_frame_on(const struct screen_case *c, uint32_t line)
{
	/* The first frame goes where the picture is not. */
	uint32_t first = c->top ? 0 : c->height;
	int last = (int)c->frames - 1;

	/* The last one's page is the first one's if their number is odd. */
	return (line == first) == (c->frames % 2 == 1) ? last : last - 1;
}

#endif
