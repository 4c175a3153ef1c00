/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * commands.h - the shape of a subcommand, what they share, and those that have
 * a file of their own.
 */
#ifndef MMAPLAB_COMMANDS_H
#define MMAPLAB_COMMANDS_H

#include <argp.h>

#include "kit.h"
#include "manifest.h"

#define EXIT_UNUSABLE 2

/**
 * struct command - one subcommand
 * @run: gets its own arguments (argv[0] is "mmaplab NAME"), returns the exit
 *	status
 */
struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *summary;
};

/**
 * command_open() - the kit and its labs, and the one that is named
 * @lab: as typed; NULL or "" names none, and leaves @only as it is
 *
 * Return: 0, or a negative errno with @e. What was opened is the caller's, after
 * an error too: release with manifest_free() and kit_close().
 */
int command_open(const char *lab, struct kit **kit, struct manifest **m,
		 const struct lab_def **only, struct err *e);

/** command_jobs() - the argument of --jobs; what is no number of jobs ends the program */
int command_jobs(struct argp_state *state, const char *arg);

/**
 * command_word() - an argument that is no option goes where the first NULL is among
 * so @many; when there is none it is one too many, which ends the program
 * Return: 0, for argp.
 */
error_t command_word(struct argp_state *state, const char *arg, const char **words, size_t many);

/** command_unusable() - print an error; the exit status for it */
int command_unusable(const struct err *e);

/** cmd_batch() - the submissions of a class; see batch.c */
int cmd_batch(int argc, char **argv);

/** cmd_merge() - what several batches graded, as if by one; see merge.c */
int cmd_merge(int argc, char **argv);

/** cmd_course() - is a course file right?; see course.c */
int cmd_course(int argc, char **argv);

/** cmd_export(), cmd_decide() - a term's gradebook, and a word about it; see export.c */
int cmd_export(int argc, char **argv);
int cmd_decide(int argc, char **argv);

/** cmd_review() - what waits for a person, and submissions that are alike; see review.c */
int cmd_review(int argc, char **argv);

/** cmd_audit() - one lab of one student, to be replayed; see audit.c */
int cmd_audit(int argc, char **argv);

/** cmd_render() - a result in a format of others; see render.c */
int cmd_render(int argc, char **argv);

/** cmd_wrong() - the wrong solutions must fail their tests; see verify.c */
int cmd_wrong(int argc, char **argv);

/** cmd_verify() - and right ones must have full marks; see verify.c */
int cmd_verify(int argc, char **argv);

/** cmd_soak() - the same verdicts every time; see soak.c */
int cmd_soak(int argc, char **argv);

/** cmd_mutants() - mutants of the solutions must fail a test; see mutants.c */
int cmd_mutants(int argc, char **argv);

/** cmd_bench() - measure restore, throughput, gradings; see bench.c */
int cmd_bench(int argc, char **argv);

/** cmd_progress() - where the working tree stands, and what is next; see progress.c */
int cmd_progress(int argc, char **argv);

/** cmd_watch() - grade at every save; see watch.c */
int cmd_watch(int argc, char **argv);

/** cmd_debug() - gdb where a test fails; see debug.c */
int cmd_debug(int argc, char **argv);

/** cmd_submit() - pack what is handed in; see submit.c */
int cmd_submit(int argc, char **argv);

/** cmd_reset() - a lab's starter again; what was there is kept; see reset.c */
int cmd_reset(int argc, char **argv);

/** cmd_solution() - the reference beside one's own, and why; see solution.c */
int cmd_solution(int argc, char **argv);

/** cmd_doctor() - can this machine grade?; see doctor.c */
int cmd_doctor(int argc, char **argv);

#endif
