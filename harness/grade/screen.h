/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * screen.h - a page of text on the whole terminal, and keys.
 *
 * Written with termios and a handful of escape sequences that every terminal
 * of today knows: what is shown is the report, which has its colours in it
 * already. ncurses would have to take them apart, and has windows and menus that
 * nothing here needs.
 */
#ifndef MMAPLAB_SCREEN_H
#define MMAPLAB_SCREEN_H

#include <stdbool.h>

enum screen_key {
	KEY_NONE = 0,
	KEY_END = -1, /* the terminal is gone */
	KEY_UP = 1000,
	KEY_DOWN,
	KEY_PAGE_UP,
	KEY_PAGE_DOWN,
};

/** screen_usable() - both ends are a terminal that can place its cursor */
bool screen_usable(void);

/** screen_enter() - take the terminal over: 0 or a negative errno */
int screen_enter(void);

/**
 * screen_leave() - as it was before screen_enter(); nothing if it was not taken
 *
 * It may be called in a signal handler, and is when the program crashes.
 */
void screen_leave(void);

/** screen_key() - a key that was pressed: a byte, or an enum screen_key; never waits */
int screen_key(void);

/** screen_width() - columns of the terminal */
int screen_width(void);

/**
 * screen_draw() - a line on top, text below, a line at the bottom
 * @body: lines are broken at the terminal's width; colours may stand in it
 * @top: first line of @body shown; corrected to what there is
 */
void screen_draw(const char *head, const char *body, const char *foot, int *top, bool color);

#endif
