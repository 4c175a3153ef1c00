/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * confine_child.h - inside confine: what runs on the other side of fork().
 *
 *	caller ---fork---> guardian ---fork---> worker: execs the command
 *	   |  life pipe ->    |  waits for the worker or for the life pipe
 *	   |  <- status pipe  |  then kills whatever the command left
 *
 * The guardian has its own session, so neither Ctrl-C nor a SIGKILL for the
 * caller reaches it: it sees the life pipe end, kills, cleans up and goes.
 */
#ifndef MMAPLAB_CONFINE_CHILD_H
#define MMAPLAB_CONFINE_CHILD_H

#include "confine_plan.h"

/* What the caller writes into the life pipe to end the command. */
#define CONFINE_STOP 's'

/**
 * confine_guardian() - never returns; the forked child's main
 * @life: read end of the life pipe
 * @status: write end; receives the worker's wait status, an int
 * @output: becomes the worker's stdout and stderr
 */
void confine_guardian(const struct confine_plan *plan, int life, int status, int output)
	__attribute__((noreturn));

#endif
