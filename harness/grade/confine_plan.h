/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * confine_plan.h - inside confine: the ways there are to confine a command,
 * and the command line, environment and user id that each one takes.
 */
#ifndef MMAPLAB_CONFINE_PLAN_H
#define MMAPLAB_CONFINE_PLAN_H

#include "confine.h"

/* Processes of one command. */
#define CONFINE_NPROC 128

/* Made in the work folder right before the command: all tools in front of it did well. */
#define CONFINE_STARTED ".started"

/* What a host allows, from best to worst. */
enum confine_way {
	CONFINE_WAY_NS_DROP, /* root: namespaces, and an unused user id inside */
	CONFINE_WAY_NS_USER, /* user namespace: an ordinary user, or a weak root */
	CONFINE_WAY_UID,
	CONFINE_WAY_LIMITS,
	CONFINE_WAY_COUNT,
};

extern const enum confine_level confine_way_level[CONFINE_WAY_COUNT];

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

/** confine_make_plan() - everything that can be prepared before fork() */
void confine_make_plan(struct confine_plan *p, enum confine_way way, const struct confine_job *job);
void confine_free_plan(struct confine_plan *p);

/**
 * confine_open_place() - $TMPDIR or /tmp: a folder that another user id
 * reaches, without a space (kbuild takes a path apart at spaces)
 */
const char *confine_open_place(void);

#endif
