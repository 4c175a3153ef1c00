/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * trial.h - the grader on trial: many small changes of the kit's own solutions,
 * each laid out and graded as a submission. Builds of unchanged ones are taken
 * from before (build_cache.h).
 *
 * Trials of one lab whose tests want machines of the same profiles share those, where
 * what the kernel's first use of each path costs under emulation is paid once; with
 * several processors only if they are right. The agent refuses a machine whose
 * kernel has complained or kept a module. As a control, a right solution must pass the
 * same tests in the machines at the end: one that is on trial itself, or the lab's. If the
 * lab's does not, all are graded again, each in machines of its own.
 */
#ifndef MMAPLAB_TRIAL_H
#define MMAPLAB_TRIAL_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "kit.h"
#include "manifest.h"

struct trials;

/**
 * struct trial - one solution to grade
 * @lab: in this lab alone
 * @name: of its folder; unique in the lab
 * @source: folder that has the lab's files
 * @patch: what is changed in a copy of them, or NULL: @source itself is graded
 * @only: ids of tests, each in spaces, or NULL: all tests
 * @first_failure: one test that fails is enough (grade.h)
 * @look: in the worker, after the grading: may add to @doc; @dir is what was graded.
 *	NULL: nothing is added
 * @right: it is to pass all tests: the last in machines that others share, it is their control
 * @alone: in machines of its own, as a student's submission
 * @cold: boot them; with @alone
 * @seed: of the random input; 0 takes that of trials_open()
 * @about: the caller's own
 *
 * All strings stay the caller's and live until the trial is done.
 */
struct trial {
	const struct lab_def *lab;
	const char *name;
	const char *source;
	const char *patch;
	const char *only;
	bool first_failure;
	void (*look)(const struct trial *t, const char *dir, json_t *doc);
	bool right;
	bool alone;
	bool cold;
	uint64_t seed;
	void *about;
};

/**
 * a trial's end, called in the order in which trials end
 * @doc: the result document, borrowed; NULL with @error when it was not graded
 */
typedef void (*trial_done)(const struct trial *t, json_t *doc, const char *error);

/** trial_tests() - the tests of the one lab of a trial's document; borrowed */
json_t *trial_tests(const json_t *doc);

/**
 * trials_open() - grade with this seed, this many at a time; 0: as many as the
 *	processors need
 *
 * Return: 0, or a negative errno with @e. Release with trials_close().
 */
int trials_open(const struct kit *kit, const struct manifest *m, uint64_t seed, int workers,
		trial_done done, struct trials **out, struct err *e);
/** trials_add() - @t is copied; those of one lab are best added one after another, and are
 * graded in turn with those of other labs */
void trials_add(struct trials *ts, const struct trial *t);
/** trials_run() - until none is left; a trial's end may add others */
void trials_run(struct trials *ts);
void trials_close(struct trials *ts);

#endif
