/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mistakes.h - which known mistakes do a submission's failures look like? Known
 * are the wrong solutions of a lab, with the tests that each fails and what is
 * said then: solutions/wrong/LAB/failed.tsv, which `make figures` makes of what
 * `make wrong` has found.
 *
 * It is a guess, for somebody who wants to know what to explain in class. No
 * point depends on it.
 */
#ifndef MMAPLAB_MISTAKES_H
#define MMAPLAB_MISTAKES_H

#include <jansson.h>

#include "manifest.h"

struct mistakes;

/**
 * mistakes_shape() - a test's message without what differs from run to run:
 * numbers are one sign, and white space is one space
 * Return: fresh memory; "-" when there is no message.
 */
char *mistakes_shape(const char *message);

/**
 * mistakes_read() - what is known of a lab
 * @root: the checkout
 * Return: 0, -ENOENT when the lab has no table, or another negative errno with @e.
 * Release with mistakes_free().
 */
int mistakes_read(const char *root, const struct lab_def *lab, struct mistakes **out,
		  struct err *e);
void mistakes_free(struct mistakes *k);

/**
 * mistakes_match() - the mistakes that explain a submission's failures
 * @tests: the lab's, each with test, verdict and message
 *
 * A mistake fits when the submission fails all tests that the mistake fails, those
 * left out that were blocked, and says the same in half of them or more. The one
 * that explains most comes first; then what is left is looked at again.
 *
 * Return: an array of arrays: mistakes that cannot be told apart are in one.
 */
json_t *mistakes_match(const struct mistakes *k, const json_t *tests);

/** mistakes_why() - the thought behind a mistake, as its patch says; "" when it does not */
const char *mistakes_why(const struct mistakes *k, const char *name);

#endif
