/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * batch.h - the parts of `mmaplab batch`:
 *
 *	batch.c          arguments, the store, what is said at the end
 *	batch_intake.c   who handed in what: from paths to rows of the store
 *	batch_run.c      what is to be graded, by workers, and how far it is
 */
#ifndef MMAPLAB_BATCH_H
#define MMAPLAB_BATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "course.h"
#include "grade.h"
#include "roster.h"
#include "sources.h"
#include "store.h"

/** BATCH_PARTS - more are a slip */
#define BATCH_PARTS 100000

/**
 * struct batch - one run
 * @labs: ids, each in spaces, that --lab named; or NULL
 * @regrade: grade again: "" what another judge graded, a lab's id all of it; or NULL
 * @round: what it is called with those of other stores; or NULL
 * @run: its row in the store
 * @submission: for each source its row in the store
 * @graded, @held, @broken: of this run
 * @kept: gradings that were there before
 * @older: of those, by another judge than today's
 */
struct batch {
	const struct kit *kit;
	const struct manifest *m;
	struct course *course;
	struct roster roster;
	struct sources sources;
	struct store *store;
	char *labs;
	const char *regrade, *round;
	uint64_t seed;
	int jobs;
	enum accel_request accel;
	long long run;
	long long *submission;
	unsigned graded, held, broken, kept, older;
};

/** batch_wants() - is this lab to be graded? */
bool batch_wants(const struct batch *b, const struct lab_def *lab);

/** batch_intake() - write the roster and all sources into the store, at once */
int batch_intake(struct batch *b, struct err *e);

/**
 * batch_run() - grade what is missing
 * Return: 0, or a negative errno with @e when the store cannot be written; what
 * was graded until then is in it.
 */
int batch_run(struct batch *b, struct err *e);

#endif
