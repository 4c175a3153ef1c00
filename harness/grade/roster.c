// SPDX-License-Identifier: GPL-2.0-only
/*
 * roster.c - who takes part, and who handed in what; see roster.h.
 */
#include "roster.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

/* What the column is called here, by Canvas, Moodle, Gradescope, and people. */
static const char *const names[ROSTER_COLUMNS][8] = {
	[ROSTER_ID] = { "id", "student id", "sid", "sis user id", "id number", "matriculation" },
	[ROSTER_NAME] = { "name", "student", "full name", "student name" },
	[ROSTER_EMAIL] = { "email", "e-mail", "email address", "mail" },
	[ROSTER_SECTION] = { "section", "sections", "group", "groups" },
	[ROSTER_LMS] = { "lms", "lms id", "canvas id", "participant", "identifier" },
	[ROSTER_FIRST] = { "first name", "firstname", "given name" },
	[ROSTER_LAST] = { "last name", "lastname", "surname", "family name" },
	[ROSTER_SUBMITTED] = { "submitted", "submission time", "last modified (submission)" },
};

static bool is_called(const char *cell, enum roster_column c)
{
	size_t i;

	for (i = 0; names[c][i]; i++)
		if (!strcasecmp(cell, names[c][i]))
			return true;
	return false;
}

/* Canvas calls its own number ID, and the university's SIS User ID. */
static void find_columns(const struct csv_row *head, int at[ROSTER_COLUMNS])
{
	size_t i;
	int c;

	for (c = 0; c < ROSTER_COLUMNS; c++)
		at[c] = -1;
	for (i = 0; i < head->count; i++)
		for (c = 0; c < ROSTER_COLUMNS; c++)
			if (is_called(head->cell[i], c) && at[c] < 0)
				at[c] = (int)i;
	for (i = 0; i < head->count; i++)
		if (!strcasecmp(head->cell[i], "sis user id") && at[ROSTER_ID] != (int)i &&
		    at[ROSTER_LMS] < 0) {
			at[ROSTER_LMS] = at[ROSTER_ID];
			at[ROSTER_ID] = (int)i;
		}
}

/* Rows of Canvas's gradebook that are nobody: what is possible, and the teacher's test student. */
static bool is_canvas_extra(const struct csv_row *row, const int *at)
{
	const char *name = at[ROSTER_NAME] >= 0 && (size_t)at[ROSTER_NAME] < row->count ?
				   row->cell[at[ROSTER_NAME]] :
				   "";
	bool has_id = (size_t)at[ROSTER_ID] < row->count && *row->cell[at[ROSTER_ID]];

	name += strspn(name, " ");
	return !has_id && (!strcasecmp(name, "Points Possible") ||
			   !strcasecmp(name, "Student, Test") || !strcasecmp(name, "Test Student"));
}

/* A table with two columns for a name: the first of them gets the whole. */
static void join_names(struct csv_file *file, int *at)
{
	int first = at[ROSTER_FIRST], last = at[ROSTER_LAST];
	size_t i;

	if (at[ROSTER_NAME] >= 0 || first < 0 || last < 0)
		return;
	for (i = 1; i < file->count; i++) {
		struct csv_row *row = &file->row[i];
		char *whole;

		if ((size_t)first >= row->count || (size_t)last >= row->count)
			continue;
		whole = xasprintf("%s %s", row->cell[first], row->cell[last]);
		free(row->cell[first]);
		row->cell[first] = whole;
	}
	at[ROSTER_NAME] = first;
}

static int take_row(const struct roster *r, const struct csv_row *from, const int *at,
		    const char *path, struct roster_row *to, struct err *e)
{
	size_t i;
	int c;

	to->line = from->line;
	for (c = 0; c < ROSTER_COLUMNS; c++)
		to->cell[c] = at[c] >= 0 && (size_t)at[c] < from->count ? from->cell[at[c]] : "";
	if (from->count != r->file.row[0].count)
		return err_set(e, EINVAL, "%s, line %d: %zu cells, but the first line has %zu",
			       path, from->line, from->count, r->file.row[0].count);
	if (!*to->cell[ROSTER_ID])
		return err_set(e, EINVAL,
			       "%s, line %d: no id\n"
			       "next: write one, or remove the line if it is no student's",
			       path, from->line);
	for (i = 0; i < r->count; i++)
		if (!strcasecmp(r->row[i].cell[ROSTER_ID], to->cell[ROSTER_ID]))
			return err_set(e, EINVAL,
				       "%s, line %d: the id '%.80s' stands in line %d already",
				       path, from->line, to->cell[ROSTER_ID], r->row[i].line);
	/* Moodle's worksheet has a dash for somebody who handed in nothing. */
	if (strspn(to->cell[ROSTER_SUBMITTED], "-") == strlen(to->cell[ROSTER_SUBMITTED]))
		to->cell[ROSTER_SUBMITTED] = "";
	if (*to->cell[ROSTER_SUBMITTED] && !time_read(to->cell[ROSTER_SUBMITTED], &to->submitted))
		return err_set(e, EINVAL,
			       "%s, line %d: '%.80s' is no time\n"
			       "next: write 2026-10-12 23:59, perhaps with +0200 behind it",
			       path, from->line, to->cell[ROSTER_SUBMITTED]);
	return 0;
}

int roster_read(const char *path, struct roster *out, struct err *e)
{
	int at[ROSTER_COLUMNS], ret;
	size_t i;

	*out = (struct roster){ 0 };
	ret = csv_file_read(path, &out->file, e);
	if (ret)
		return ret;
	find_columns(&out->file.row[0], at);
	if (at[ROSTER_ID] < 0)
		ret = err_set(e, EINVAL,
			      "%s, line %d: no column is called id (student id, SID, ID number)\n"
			      "next: name the columns in the first line: id,name,email,section",
			      path, out->file.row[0].line);
	join_names(&out->file, at);
	out->row = xcalloc(out->file.count, sizeof(*out->row));
	for (i = 1; i < out->file.count && !ret; i++) {
		if (is_canvas_extra(&out->file.row[i], at))
			continue;
		ret = take_row(out, &out->file.row[i], at, path, &out->row[out->count], e);
		out->count++;
	}
	if (!ret && !out->count)
		ret = err_set(e, EINVAL, "%s has a header, but nobody in it", path);
	if (ret)
		roster_clear(out);
	return ret;
}

void roster_clear(struct roster *r)
{
	csv_file_clear(&r->file);
	free(r->row);
	*r = (struct roster){ 0 };
}

bool roster_knows(const void *people, const char *id)
{
	const struct roster *r = people;
	size_t i;

	for (i = 0; i < r->count; i++)
		if (!strcmp(r->row[i].cell[ROSTER_ID], id))
			return true;
	return false;
}

/* ------------------------------------------------------------------ match */

/* Is it in the text, with no letter or digit at either side? */
static bool stands_in(const char *text, const char *word)
{
	const char *at = text;
	size_t n = strlen(word);

	for (; *at; at++)
		if (!strncasecmp(at, word, n) && (at == text || !isalnum((unsigned char)at[-1])) &&
		    !isalnum((unsigned char)at[n]))
			return true;
	return false;
}

/*
 * The words of a name, small, a space behind each; what is not ASCII stays. An apostrophe
 * stands within a word. Run together, it is one word.
 */
static char *words_of(const char *name, bool together)
{
	char *out = xcalloc(strlen(name) + 2, 1), *p = out;

	for (; *name; name++) {
		if (isalnum((unsigned char)*name) || (unsigned char)*name >= 0x80)
			*p++ = (char)tolower((unsigned char)*name);
		else if (*name != '\'' && !together && p > out && p[-1] != ' ')
			*p++ = ' ';
	}
	if (p > out && p[-1] != ' ')
		*p++ = ' ';
	return out;
}

/* How many letters and spaces of @text are the words of @given; 0: they differ. */
static size_t begins_with(const char *text, const char *given, bool together)
{
	const char *p = text;

	for (; *given; given++, p++) {
		while (together && *given != ' ' && *p == ' ')
			p++;
		if (*p != *given)
			return 0;
	}
	return (size_t)(p - text);
}

enum fit { FITS_NOT, FITS_PART, FITS };

/*
 * "Anna Example" is "Example, Anna", and Canvas's "exampleanna": the same words, from any
 * of them on. "anna" is a part of it, which may be meant.
 */
static enum fit fit_name(const char *name, const struct source *s)
{
	/* Canvas alone runs a name's words together. */
	bool together = s->person && s->layout && !strcmp(s->layout, "canvas");
	char *words = words_of(name, false),
	     *given = words_of(s->person ? s->person : s->base, together);
	char *twice = xasprintf("%s%s", words, words), *at;
	size_t n = strlen(words), used;
	enum fit fit = FITS_NOT;

	for (at = twice; *given && at < twice + n && fit != FITS; at = strchr(at, ' ') + 1) {
		used = begins_with(at, given, together);
		if (used)
			fit = used == n ? FITS : used < n ? FITS_PART : fit;
	}
	free(words);
	free(given);
	free(twice);
	return fit;
}

/*
 * A platform counts its people by itself: such a number is a student's id only when there
 * is no other, and the names are the same or nobody says one.
 */
static bool may_be_id(const struct roster_row *row, const struct source *s)
{
	return !*row->cell[ROSTER_LMS] && (!s->person || !*row->cell[ROSTER_NAME] ||
					   fit_name(row->cell[ROSTER_NAME], s) == FITS);
}

static bool by_platform(const struct roster_row *row, const struct source *s)
{
	const char *lms = row->cell[ROSTER_LMS];

	/* Moodle's worksheet writes "Participant 1001". */
	if (!strncasecmp(lms, "participant ", 12))
		lms += 12;
	return (s->id && *lms && !strcmp(lms, s->id)) ||
	       (s->id && !strcasecmp(row->cell[ROSTER_ID], s->id) && may_be_id(row, s)) ||
	       (s->email && !strcasecmp(row->cell[ROSTER_EMAIL], s->email));
}

/* Behind what a platform writes of a name, the student chose it. */
static bool by_id(const struct roster_row *row, const struct source *s)
{
	return !s->id && !s->email && !s->person && stands_in(s->base, row->cell[ROSTER_ID]);
}

static bool by_name(const struct roster_row *row, const struct source *s)
{
	return fit_name(row->cell[ROSTER_NAME], s) == FITS;
}

/* Is what names @one also a part of another's name? */
static bool may_be_another(const struct roster *r, const struct roster_row *one,
			   const struct source *s)
{
	size_t i;

	for (i = 0; i < r->count; i++)
		if (&r->row[i] != one && fit_name(r->row[i].cell[ROSTER_NAME], s) != FITS_NOT)
			return true;
	return false;
}

const struct roster_row *roster_match(const struct roster *r, const struct source *s,
				      const char **why)
{
	static bool (*const ways[])(const struct roster_row *,
				    const struct source *) = { by_platform, by_id, by_name };
	const struct roster_row *found = NULL;
	size_t i, k, n;

	for (i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		for (k = 0, n = 0; k < r->count; k++)
			if (ways[i](&r->row[k], s)) {
				found = &r->row[k];
				n++;
			}
		if (n > 1 || (n && ways[i] == by_name && may_be_another(r, found, s))) {
			*why = ROSTER_SEVERAL;
			return NULL;
		}
		if (n) {
			*why = NULL;
			return found;
		}
	}
	*why = ROSTER_NOBODY;
	return NULL;
}
