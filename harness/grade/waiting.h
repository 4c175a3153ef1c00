/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * waiting.h - what a grading waits for, in one line on a terminal.
 *
 * Most gradings are done before anybody asks; one with a program that hangs takes as
 * long as its limits allow. The line appears after WAITING_MS, is written again each
 * second, and is gone at the end.
 */
#ifndef MMAPLAB_WAITING_H
#define MMAPLAB_WAITING_H

#define WAITING_MS 2000
/** how often waiting_show() wants to be called */
#define WAITING_TURN_MS 500

struct waiting;

/** waiting_new() - it writes to standard error; released with waiting_free() */
struct waiting *waiting_new(void);

/**
 * waiting_for() - @job does this now
 * @job: any address; it is not looked into
 * @what: copied; NULL: it has ended
 */
void waiting_for(struct waiting *w, const void *job, const char *what);

/** waiting_show() - write the line when it is time: what has been going on for longest */
void waiting_show(void *waiting);

/** waiting_free() - takes the line away; NULL does nothing */
void waiting_free(struct waiting *w);

#endif
