/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * progress.h - what the working tree's gradings have found so far, test by
 * test. Each grading tells about some labs and some tests; the last word on
 * each is kept in build/progress.json with the files it was said about.
 */
#ifndef MMAPLAB_PROGRESS_H
#define MMAPLAB_PROGRESS_H

#include <jansson.h>

#include "err.h"
#include "kit.h"
#include "manifest.h"

/**
 * progress_record() - take in a grading of the working tree
 * @doc: its result document; what is "broken" there is no word on a test
 * @only: the lab that was graded, or NULL for all
 */
int progress_record(const struct kit *kit, const struct manifest *m, const json_t *doc,
		    const struct lab_def *only, struct err *e);

/**
 * progress_load() - what is known: lab id -> test id -> {"sha256": of the lab's files
 * then (collect.h), or "" if they changed during the grading, "seed", "test": its
 * entry in the result}
 *
 * Return: an object owned by the caller, empty when nothing is known.
 */
json_t *progress_load(const struct kit *kit);

/** progress_hash() - of the working tree's files of a lab, as they are now; 0 or -errno */
int progress_hash(const struct kit *kit, const struct manifest *m, const struct lab_def *lab,
		  char hash[65], struct err *e);

/**
 * progress_first_failure() - the first test of a lab that is known to fail; or NULL
 * @hash: files of which it must have been said, after they were built; or NULL, any
 */
const struct test_def *progress_first_failure(const json_t *known, const struct lab_def *lab,
					      const char *hash);

/** progress_is_full() - did files with this hash (collection_hash()) pass each test of a lab? */
bool progress_is_full(const json_t *known, const struct lab_def *lab, const char *hash);

#endif
