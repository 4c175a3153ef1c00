/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * roster.h - who takes part: a table with the columns id, name, email, section,
 * lms (the person's number in the learning platform) and submitted (when; for
 * platforms whose downloads do not say), in any order and under their usual names.
 */
#ifndef MMAPLAB_ROSTER_H
#define MMAPLAB_ROSTER_H

#include "csvfile.h"
#include "sources.h"

enum roster_column {
	ROSTER_ID,
	ROSTER_NAME,
	ROSTER_EMAIL,
	ROSTER_SECTION,
	ROSTER_LMS,
	ROSTER_FIRST, /* with ROSTER_LAST, in tables without ROSTER_NAME */
	ROSTER_LAST,
	ROSTER_SUBMITTED,
	ROSTER_COLUMNS
};

/**
 * struct roster_row - one person; all cells are "" when they are not there
 * @submitted: 0: not said
 */
struct roster_row {
	int line;
	const char *cell[ROSTER_COLUMNS];
	time_t submitted;
};

struct roster {
	struct csv_file file;
	struct roster_row *row;
	size_t count;
};

/**
 * roster_read() - read it
 * Return: 0, or a negative errno with @e naming file and line. Release with
 * roster_clear().
 */
int roster_read(const char *path, struct roster *out, struct err *e);
void roster_clear(struct roster *r);

/** roster_knows() - is it the id of somebody on the struct roster @people? */
bool roster_knows(const void *people, const char *id);

#define ROSTER_SEVERAL "several people of the roster fit its name"
#define ROSTER_NOBODY "nobody of the roster fits its name"

/**
 * roster_match() - whose submission is it?
 *
 * By the platform's number or e-mail address first, then by an id that stands in
 * the file's name between other characters than letters and digits, then by the
 * name of one person only, word by word. What is also a part of another's name is
 * nobody's.
 *
 * Return: a row, and no @why; or NULL with @why, ROSTER_SEVERAL or ROSTER_NOBODY.
 */
const struct roster_row *roster_match(const struct roster *r, const struct source *s,
				      const char **why);

#endif
