/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * grade.h - the whole way of a submission: collect, build, gate, machine,
 * judge. The result is one JSON document; result.h adds it up.
 */
#ifndef MMAPLAB_GRADE_H
#define MMAPLAB_GRADE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "kit.h"
#include "manifest.h"
#include "template.h"
#include "waiting.h"

/** enum pictures - what becomes of those that the host sees in a driver's memory */
enum pictures {
	PICTURES_NONE,
	PICTURES_FILES, /* files below build/results; the document has their names */
	PICTURES_INSIDE, /* data: URIs in the document */
};

/**
 * struct grade_spec - what to grade and how
 * @submission: folder or archive
 * @name: the result's name; NULL takes it from @submission
 * @lab: only this lab, or NULL for all
 * @only: ids, each in spaces: only these tests of @lab, whatever they need; or NULL
 * @seed: of all random input
 * @jobs: machines and builds at a time; 0: all in the calling process (pool.h)
 * @cold: boot every machine instead of restoring it
 * @first_failure: the rest does not matter once a test has failed; it gets no verdict
 * @keeper: a machine that is shared with the gradings before and behind (unit.h),
 *	or NULL
 * @waiting: hears what it waits for; or NULL
 * @own: one of the kit's own solutions (build_cache.h): what is unchanged is not
 *	built again
 */
struct grade_spec {
	const char *submission;
	const char *name;
	const struct lab_def *lab;
	const char *only;
	uint64_t seed;
	int jobs;
	enum accel_request accel;
	bool cold;
	enum pictures pictures;
	bool first_failure;
	struct unit_keeper *keeper;
	struct waiting *waiting;
	bool own;
};

/**
 * seed_parse() - up to 16 hexadecimal digits; NULL or "" takes a random seed
 */
int seed_parse(const char *text, uint64_t *seed, struct err *e);

/**
 * grade() - grade a submission
 * @out: the result document (GRADING.md, "The result file"), owned by the
 *	caller
 *
 * Return: 0 when a verdict was reached for every test (also "broken"), or a
 * negative errno with @e when the submission or the kit is not usable.
 */
int grade(const struct kit *kit, const struct manifest *m, const struct grade_spec *spec,
	  json_t **out, struct err *e);

#endif
