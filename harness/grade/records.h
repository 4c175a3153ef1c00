/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * records.h - takes in what a machine writes to its record port, one JSON
 * object per line (harness/judge/README.md), and believes none of it beyond
 * its form: only expected tests, each once, none after the end.
 */
#ifndef MMAPLAB_RECORDS_H
#define MMAPLAB_RECORDS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "manifest.h"

enum records_event {
	RECORDS_NONE, /* nothing that changes what to wait for */
	RECORDS_READY, /* the agent is at its wait point */
	RECORDS_ASK, /* the test that runs asks @question */
	RECORDS_FINISHED, /* the agent reported the suite's end */
	RECORDS_UNSOUND, /* the agent has refused a machine that is @kept */
};

/**
 * struct records - what one machine has said so far
 * @results: test id -> its record (a JSON object with "outcome")
 * @running: id of the test that has started and not ended, or NULL
 * @failed: there is a record of a test that did not pass, and was not blocked
 * @ended: the suite wrote its last record
 * @suspicions: lines for a person: duplicate, unknown, malformed records
 * @question: the last question, or NULL
 * @exit_text: how the suite's process ended, NULL while it runs
 * @kept: the machine has run other suites before
 */
struct records {
	const struct test_def *const *expected;
	size_t expected_count;
	json_t *results;
	char *running;
	bool failed;
	bool ended;
	json_t *suspicions;
	json_t *question;
	char *exit_text;
	bool kept;
};

/** records_init() - for these tests, whose array must outlive @r */
void records_init(struct records *r, const struct test_def *const *expected, size_t count);
void records_clear(struct records *r);

/** records_take() - one line, any bytes */
enum records_event records_take(struct records *r, const char *line, size_t len);

/** records_suspect() - add a line for a person */
void records_suspect(struct records *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
