/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * record.h - a test's verdict, and the records that leave the suite.
 *
 * The verdict lies in memory that the test's process shares with the suite's
 * process: the test fills it before it ends, the suite turns it into one JSON
 * line. All text in it has gone through text_set(), so it is valid UTF-8
 * without control bytes and of bounded length. A record therefore never
 * exceeds 48 KiB: JSON at most doubles the fields' 18 KiB.
 */
#ifndef MMAPLAB_RECORD_H
#define MMAPLAB_RECORD_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum outcome {
	OUTCOME_NONE,
	OUTCOME_PASS,
	OUTCOME_FAIL,
	OUTCOME_CRASH,
	OUTCOME_TIMEOUT,
	OUTCOME_BLOCKED,
	OUTCOME_BROKEN,
};

#define VERDICT_NOTES 12
#define VERDICT_MODULES 4

struct verdict {
	enum outcome outcome;
	bool reached_end; /* the test's function returned */
	char message[2048];
	char expected[2048];
	char got[2048];
	char input[1024];
	char calls[3072];
	char err[2048];
	char notes[VERDICT_NOTES][400];
	unsigned notes_count;
	char signal[24];
	char addr[24];
	char ip[24];
	char callers[400];
	char waiting[48];
	/* modules to remove after the test, not part of the record */
	char modules[VERDICT_MODULES][64];
};

/** verdict - the shared verdict of the test that runs now */
extern struct verdict *verdict;

/** verdict_init() - map the shared memory; 0 or -errno */
int verdict_init(void);

/**
 * text_set() - copy text into a field: control bytes (but not newline and
 * tab) and whatever is not UTF-8 become \xNN; too long text ends in "..."
 */
void text_set(char *dst, size_t size, const char *src, size_t len);

/**
 * record_emit() - write any object as one line; takes the reference over
 * Return: 0, -errno of write(2), -EMSGSIZE for a line of 48 KiB or more,
 * -ENOMEM for a NULL object.
 */
int record_emit(json_t *object);

/* The records; each returns as record_emit(). */
int record_suite(const char *lab, unsigned tests, double speed);
int record_start(const char *id);
int record_alive(void);
int record_test(const char *id, const struct verdict *v, unsigned ms);
int record_end(unsigned tests);

#endif
