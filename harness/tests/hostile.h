/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hostile.h - the hostile submissions below solutions/hostile: their lists,
 * how each is laid out, and a run of all of them beside honest ones.
 */
#ifndef MMAPLAB_HOSTILE_H
#define MMAPLAB_HOSTILE_H

#include "e2e.h"

#define HOSTILE "solutions/hostile"
#define HOSTILE_MAX 256

/**
 * struct attack - a line of an expected.tsv: a hostile submission, and what
 * becomes of it (solutions/hostile/README.md explains the columns)
 * @kind: folder of its list
 * @label: its name, and the level of confinement when that is forced
 * @plain: the same without its trick, if it has one to leave out; not run where the
 *	attack is held, for nothing of that counts
 * @beside: was an honest submission graded while it was
 * @left: what it left on the host, or ""
 * @disturbed: whose verdicts were others than when it is alone, or ""
 */
struct attack {
	char *kind, *name, *threat, *lab, *base, *test, *how, *status, *verdicts;
	char *label;
	const char *level;
	struct e2e *run, *plain;
	char *left, *disturbed;
	int64_t began, ended;
	pid_t pid;
	bool beside;
};

extern struct attack attacks[HOSTILE_MAX];
extern size_t attacks_count;

/** hostile_load() - read the lists; a line that is none ends the program
 * @only: kinds or names to take, ending with NULL; none takes all */
void hostile_load(char **only);
/** hostile_lay_out() - make every submission, and its run */
void hostile_lay_out(void);
/** hostile_secret() - what stands in a file of the host that nobody must show */
const char *hostile_secret(void);
/** hostile_kit() - the checkout that all runs have; see e2e_kit() */
const char *hostile_kit(void);
/** hostile_written() - a folder that archives and sources try to write to */
const char *hostile_written(void);
/** hostile_go() - run them all, each while a right or a wrong solution is graded */
void hostile_go(void);
/** hostile_is_held() - was it, for a person to look at */
bool hostile_is_held(const struct attack *a);
/** hostile_bound_ms() - how long one may take, from how long honest ones took */
int hostile_bound_ms(void);
/** hostile_visitors() - connections to a port that attacks know; ends the traps */
int hostile_visitors(void);

#endif
