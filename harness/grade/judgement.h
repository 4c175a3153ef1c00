/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * judgement.h - what is decided about one test, and why.
 */
#ifndef MMAPLAB_JUDGEMENT_H
#define MMAPLAB_JUDGEMENT_H

#include <jansson.h>
#include <stdbool.h>

#include "compile.h"
#include "manifest.h"
#include "verdict.h"

/**
 * struct judgement - one test on its way
 * @verdict: VERDICT_NONE until decided
 * @left_out: not asked for in this run
 * @under_way: in a machine now
 * @alone: it is run in a machine of its own (grade.c)
 * @retried: it was broken or starved once
 * @starved: it failed, or its machine was silent, and the machine got this
 *	percentage of the processor time that it wanted (starved.h); or -1
 * @tries: machines it was given
 * @evidence: members for the result document (message, expected, got, input,
 *	calls, ...), all text cleaned; NULL while there is none
 */
struct judgement {
	const struct test_def *def;
	enum verdict verdict;
	bool left_out;
	bool under_way;
	bool alone;
	bool retried;
	int starved;
	int tries;
	json_t *evidence;
};

/** judgement_from_build() - that part did not build, or the gate refused it */
void judgement_from_build(struct judgement *j, const struct lab_def *lab, enum part part,
			  const struct compiled *c);
/**
 * judgement_from_unit() - from a machine's result (unit.h); NULL with @why
 * when the worker itself was lost
 */
void judgement_from_unit(struct judgement *j, const struct lab_def *lab, const struct compiled *c,
			 json_t *unit, const char *why);
/** judgement_starved() - twice its machine was silent and starved: the host's fault */
void judgement_starved(struct judgement *j);
/** judgement_block() - a test that it needs did not pass */
void judgement_block(struct judgement *j, const struct judgement *need);
/** judgement_reset() - undecided again, as before the machine */
void judgement_reset(struct judgement *j);

#endif
