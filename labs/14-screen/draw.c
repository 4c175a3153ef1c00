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
	/*
	 * TODO (card_is_drawn, failures_are_told): open, ask for the geometry,
	 * map; undo what was done when one of them fails; see README task 7.
	 */
	return -ENOSYS;
}

void draw_close(struct screen *s)
{
	/* TODO (failures_are_told): undo what draw_open() did; see README task 7. */
}


int draw_card(const struct screen *s, unsigned int line, const struct card *card,
	      unsigned int frame)
{
	/*
	 * TODO (card_is_drawn, failures_are_told): store the pixel of each place
	 * of the picture, if there is room for it; see README task 8.
	 */
	return -ENOSYS;
}


int draw_frames(const struct screen *s, const struct card *card, unsigned int count)
{
	/*
	 * TODO (frames_are_flipped, failures_are_told): draw into the invisible
	 * page, then show it, frame after frame; see README task 9.
	 */
	return -ENOSYS;
}
