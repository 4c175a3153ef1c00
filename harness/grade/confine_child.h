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

#include "confine.h"

/* What the caller writes into the life pipe to end the command. */
#define CONFINE_STOP 's'

/**
 * struct confine_plan - how to start the command; everything is prepared
 * before fork(), since the caller may have threads
 * @argv: the whole command line, bubblewrap and all
 * @env: the whole environment
 * @level: as in struct confine_result
 * @uid: user and group id to take: inside, with namespaces; 0 keeps ours
 * @own_uid: no other process of the host has @uid, so all that do may be killed
 * @chdir: folder to start in, NULL with namespaces (bubblewrap does it)
 * @work: removed by the guardian when the caller dies
 * @cpu_s: CPU limit
 */
struct confine_plan {
	char *argv[96];
	char *env[16];
	enum confine_level level;
	uid_t uid;
	bool own_uid;
	const char *chdir;
	const char *work;
	unsigned int cpu_s;
};

#define CONFINE_NPROC 128

/**
 * confine_guardian() - never returns; the forked child's main
 * @life: read end of the life pipe
 * @status: write end; receives the worker's wait status, an int
 * @output: becomes the worker's stdout and stderr
 */
void confine_guardian(const struct confine_plan *plan, int life, int status,
		      int output) __attribute__((noreturn));

#endif
