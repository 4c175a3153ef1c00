/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * evidence.h - what the host itself sees of a parked program's mapping.
 *
 * A module runs in the kernel that the judge runs on, and can forge whatever
 * the machine says. So for the tests in labs/ID/evidence.tsv the host looks by
 * itself: it stops the machine, finds the programs that stand still in
 * driver/park.h by a number which only it has given out, walks their page tables,
 * and exchanges fresh random values with them through physical memory.
 */
#ifndef MMAPLAB_EVIDENCE_H
#define MMAPLAB_EVIDENCE_H

#include <jansson.h>
#include <stdint.h>

#include "machine.h"
#include "unit.h"

struct evidence;

/** evidence_new() - for one machine; all stays the caller's and outlives it */
struct evidence *evidence_new(const struct unit_spec *spec, struct machine *m, double slowness);
void evidence_free(struct evidence *v);

/**
 * evidence_cookie() - a number for one more parked program; it depends on the
 * run's seed, the test and the numbers before it
 * Return: 0 with @answer {"cookie": "16 hexadecimal digits"}, or -ENOSPC.
 */
int evidence_cookie(struct evidence *v, json_t **answer, struct err *e);

/**
 * evidence_look() - look at the programs that got the cookies since last time
 * @question: "checks", an array of names
 *
 * Return: 0 with @answer {} when all was seen; {"fail", "expected", "got"} when
 * something else was; or a negative errno.
 */
int evidence_look(struct evidence *v, const json_t *question, json_t **answer, struct err *e);

/** evidence_of_test() - the test that is running, before each of its questions */
void evidence_of_test(struct evidence *v, const char *test);

/**
 * evidence_seen() - test id -> the checks (bits of manifest.h) that were seen, in one
 * look that asked for all that the manifest wants of the test; @v's
 */
json_t *evidence_seen(const struct evidence *v);

/** evidence_picture() - where the last picture was saved, below the checkout; or NULL */
const char *evidence_picture(const struct evidence *v);

#endif
