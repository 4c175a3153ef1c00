/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * draw.h - the drawing program: between main.c (given) and draw.c (yours).
 *
 * The memory of the display is mapped once, all of it. Two pages of it (the
 * display's word for as many lines as are visible) take turns, one from line 0
 * on and one from line `height` on: while one is visible, the next frame is
 * drawn into the other, and then the driver is told to show that one.
 *
 *	         visible           drawn into
 *	frame 0  page 0            page 1        then SCREEN_PAN(height)
 *	frame 1  page 1            page 0        then SCREEN_PAN(0)
 *
 * Rules for every function:
 * - Width, height, stride and number of lines are those that the driver tells.
 *   There are displays with other numbers than yours.
 * - Nothing but pixels of the picture is stored to: neither the padding at the
 *   end of a line, nor other lines.
 * - The memory is written through the mapping.
 * - Functions return 0 or a negative errno.
 */
#ifndef DRAW_H
#define DRAW_H

#include "../../driver/screen/screen_uapi.h"
#include "card.h"

/**
 * struct screen - an open display
 * @fd: its descriptor, open as long as the screen is
 * @geometry: as the driver told it when it was opened
 * @memory: where line 0 is mapped; geometry.size bytes, readable and writable
 */
struct screen {
	int fd;
	struct screen_geometry geometry;
	void *memory;
};

/**
 * draw_open() - open a display, ask for its geometry, map its memory
 * @s: filled in; nothing in it counts on error
 * @path: of the device
 *
 * On error nothing stays open or mapped.
 *
 * Return: 0, or the negative errno of the call that failed: -ENOENT when there
 * is no such file, -ENOTTY when it is no display, -ENOMEM when there is no room
 * for the mapping, and so on.
 */
int draw_open(struct screen *s, const char *path);

/** draw_close() - unmap the memory and close the descriptor; cannot fail */
void draw_close(struct screen *s);

/**
 * draw_card() - draw a test card
 * @line: of the memory, takes the picture's first line
 * @card: its width and height are those of @s
 * @frame: of the animation
 *
 * Shows nothing by itself.
 *
 * Return: 0; -EINVAL when @line and the lines below it that the picture needs
 * are not all in the memory: then nothing is drawn.
 */
int draw_card(const struct screen *s, unsigned int line, const struct card *card,
	      unsigned int frame);

/**
 * draw_frames() - show an animation
 * @count: shows the frames 0 to @count - 1, above 0
 *
 * Each frame is drawn into the page of which no line is visible, and shown
 * when it is complete. Of two such pages, that from line 0 on is taken. Which
 * lines are visible at first, the driver knows: the picture may have been moved
 * since @s was opened, for example by this function.
 *
 * Return: 0; -ENOSPC when the memory is too small for two pages; -EBUSY when
 * a line of each page is visible at first; after these two nothing has been
 * drawn. Or the negative errno of a call that failed.
 */
int draw_frames(const struct screen *s, const struct card *card, unsigned int count);

#endif
