// SPDX-License-Identifier: GPL-2.0-only
/*
 * records.c - what a machine writes to its record port, see records.h.
 */
#include "records.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

#define MAX_SUSPICIONS 20
#define MAX_DEPTH_TEXT 200

/* The outcomes a suite may report; the other verdicts are the host's. */
static const char *const outcomes[] = { "pass", "fail", "crash", "timeout", "blocked", "broken" };

void records_init(struct records *r, const struct test_def *const *expected, size_t count)
{
	*r = (struct records){ .expected = expected, .expected_count = count };
	r->results = json_object();
	r->suspicions = json_array();
}

void records_clear(struct records *r)
{
	json_decref(r->results);
	json_decref(r->suspicions);
	json_decref(r->question);
	free(r->running);
	free(r->exit_text);
}

void records_suspect(struct records *r, const char *fmt, ...)
{
	char text[512], *clean;
	va_list ap;

	if (json_array_size(r->suspicions) >= MAX_SUSPICIONS)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	clean = clean_text(text, strlen(text));
	json_array_append_new(r->suspicions, json_string(clean));
	free(clean);
}

static bool is_expected(const struct records *r, const char *id)
{
	size_t i;

	for (i = 0; id && i < r->expected_count; i++)
		if (!strcmp(r->expected[i]->id, id))
			return true;
	return false;
}

static void take_start(struct records *r, const char *id)
{
	if (!is_expected(r, id)) {
		records_suspect(r, "a record starts a test that was not asked for: %.*s",
				MAX_DEPTH_TEXT, id ? id : "(none)");
		return;
	}
	free(r->running);
	r->running = xstrdup(id);
}

static void take_test(struct records *r, json_t *record, const char *id)
{
	const char *outcome = json_string_value(json_object_get(record, "outcome"));
	size_t i, n = sizeof(outcomes) / sizeof(outcomes[0]);

	for (i = 0; outcome && i < n; i++)
		if (!strcmp(outcomes[i], outcome))
			break;
	if (!is_expected(r, id))
		records_suspect(r, "a record of a test that was not asked for: %.*s",
				MAX_DEPTH_TEXT, id ? id : "(none)");
	else if (!outcome || i == n)
		records_suspect(r, "%s: a record with an unknown outcome", id);
	else if (json_object_get(r->results, id))
		records_suspect(r, "%s: a second record", id);
	else if (r->ended)
		records_suspect(r, "%s: a record after the suite's end", id);
	else if (strcmp(outcome, "blocked") && (!r->running || strcmp(r->running, id)))
		records_suspect(r, "%s: a record of a test that was not running", id);
	else {
		json_object_set(r->results, id, record);
		r->failed |= strcmp(outcome, "pass") && strcmp(outcome, "blocked");
	}
	/* A forged record of another test ends nothing. */
	if (id && r->running && !strcmp(r->running, id)) {
		free(r->running);
		r->running = NULL;
	}
}

static enum records_event take_question(struct records *r, json_t *record)
{
	if (!r->running) {
		records_suspect(r, "a question while no test was running");
		return RECORDS_NONE;
	}
	json_decref(r->question);
	r->question = json_incref(record);
	return RECORDS_ASK;
}

static void take_exit(struct records *r, json_t *record)
{
	json_t *status = json_object_get(record, "status");
	json_t *sig = json_object_get(record, "signal");

	free(r->exit_text);
	if (json_is_integer(status))
		r->exit_text = xasprintf("the suite ended with status %d",
					 (int)json_integer_value(status));
	else
		r->exit_text = xasprintf("the suite was killed by signal %d",
					 (int)json_integer_value(sig));
}

enum records_event records_take(struct records *r, const char *line, size_t len)
{
	json_t *record = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL);
	const char *t = json_string_value(json_object_get(record, "t"));
	const char *id = json_string_value(json_object_get(record, "id"));
	enum records_event event = RECORDS_NONE;

	if (!t) {
		records_suspect(r, "a line on the record port is no record (%zu bytes)", len);
	} else if (!strcmp(t, "ready")) {
		event = RECORDS_READY;
	} else if (!strcmp(t, "ask")) {
		event = take_question(r, record);
	} else if (!strcmp(t, "start")) {
		take_start(r, id);
	} else if (!strcmp(t, "test")) {
		take_test(r, record, id);
	} else if (!strcmp(t, "end")) {
		if (r->ended)
			records_suspect(r, "a second end of the suite");
		r->ended = true;
	} else if (!strcmp(t, "exit")) {
		take_exit(r, record);
		event = RECORDS_FINISHED;
	} else if (!strcmp(t, "unsound") && r->kept) {
		event = RECORDS_UNSOUND;
	} else if (strcmp(t, "unpacked") && strcmp(t, "suite") && strcmp(t, "alive")) {
		records_suspect(r, "a record of an unknown kind: %.*s", MAX_DEPTH_TEXT, t);
	}
	json_decref(record);
	return event;
}
