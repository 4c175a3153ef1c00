/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * result.h - the result document: its members and its sums. Its schema stands
 * in GRADING.md; every output is a rendering of it.
 */
#ifndef MMAPLAB_RESULT_H
#define MMAPLAB_RESULT_H

#include <jansson.h>

#include "collect.h"
#include "grade.h"
#include "judgement.h"

#define RESULT_SCHEMA "mmaplab/result/v1"

/** result_new() - the document without labs */
json_t *result_new(const struct kit *kit, const struct grade_spec *spec, const struct collection *c,
		   const char *started, int64_t ms, const char *accel);
/** result_lab() - one lab with its tests */
json_t *result_lab(const struct lab_def *lab, const struct judgement *tests,
		   const struct compiled *c, json_t *machines);
/** result_add_machine() - what one machine did; suspicions go to @suspicions */
void result_add_machine(json_t *machines, json_t *suspicions, const struct lab_def *lab,
			const struct test_def *const *tests, size_t count, json_t *unit,
			const char *why);
/** result_close() - add up points and decide the status */
void result_close(json_t *doc, json_t *suspicions);

/** result_name() - a file name from a submission's path; the caller frees */
char *result_name(const struct grade_spec *spec);

/** result_pictures() - a folder for pictures, below the checkout; the caller frees */
char *result_pictures(const struct grade_spec *spec);

/** result_take_pictures() - from the files that the document names into it, as data: URIs */
void result_take_pictures(const struct kit *kit, json_t *doc);

/** result_exit_code() - 0 full marks, 1 less, 3 broken, 4 held */
int result_exit_code(const json_t *doc);

/** result_write() - build/results/NAME.json, replaced as a whole */
int result_write(const struct kit *kit, const json_t *doc, struct err *e);

#endif
