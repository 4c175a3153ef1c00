// SPDX-License-Identifier: GPL-2.0-only
/*
 * gradebook_write.c - a gradebook as a table, as a file, and in words; see
 * gradebook.h.
 */
#include "gradebook.h"

#include <stdlib.h>
#include <string.h>

#include "csvfile.h"
#include "util.h"

#define LIST_MAX 20

const json_t *gradebook_points(const json_t *own)
{
	const json_t *points = json_object_get(own, "points");

	return json_is_number(points) && !text_is(own, "status", "held") ? points : NULL;
}

/* A number, or an empty cell when there is none (yet). */
static void csv_number(FILE *out, const json_t *v)
{
	char cell[32] = "";

	if (json_is_number(v))
		snprintf(cell, sizeof(cell), "%.10g", json_number_value(v));
	csv_cell(out, cell, 0);
}

static char *joined(const json_t *lines)
{
	char *all = xstrdup(""), *more;
	json_t *line;
	size_t i;

	json_array_foreach((json_t *)lines, i, line) {
		more = xasprintf("%s%s%s", all, i ? "; " : "", json_string_value(line));
		free(all);
		all = more;
	}
	for (more = all; *more; more++)
		if (*more == '\n')
			*more = ' ';
	return all;
}

static void csv_header(FILE *out, const json_t *labs)
{
	static const char *const columns[] = { "id",	"name", "email", "section",   "status",
					       "total", "max",	"held",	 "days late", "notes" };
	json_t *lab;
	size_t i;

	for (i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
		csv_cell(out, columns[i], !i);
	json_array_foreach((json_t *)labs, i, lab) {
		const char *id = text_of(lab, "id");
		char *status = xasprintf("%s status", id), *late = xasprintf("%s days late", id);

		csv_cell(out, id, 0);
		csv_cell(out, status, 0);
		csv_cell(out, late, 0);
		free(status);
		free(late);
	}
	fputc('\n', out);
}

void gradebook_csv(FILE *out, const json_t *doc)
{
	json_t *labs = json_object_get(doc, "labs"), *s, *lab;
	size_t i, k;

	csv_header(out, labs);
	json_array_foreach(json_object_get(doc, "students"), i, s) {
		char *notes = joined(json_object_get(s, "notes"));

		csv_cell(out, text_of(s, "id"), 1);
		csv_cell(out, text_of(s, "name"), 0);
		csv_cell(out, text_of(s, "email"), 0);
		csv_cell(out, text_of(s, "section"), 0);
		csv_cell(out, text_of(s, "status"), 0);
		csv_number(out, json_object_get(s, "points"));
		csv_number(out, json_object_get(s, "max"));
		csv_number(out, json_object_get(s, "held"));
		csv_number(out, json_object_get(s, "days_late"));
		csv_cell(out, notes, 0);
		json_array_foreach(labs, k, lab) {
			json_t *one =
				json_object_get(json_object_get(s, "labs"), text_of(lab, "id"));

			csv_number(out, gradebook_points(one));
			csv_cell(out, text_of(one, "status"), 0);
			csv_number(out, json_object_get(one, "days_late"));
		}
		fputc('\n', out);
		free(notes);
	}
}

int gradebook_write(const char *folder, const json_t *doc, struct err *e)
{
	char *path = xasprintf("%s/gradebook.csv", folder), *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int ret;

	gradebook_csv(out, doc);
	fclose(out);
	ret = write_file_atomic(path, text, size, e);
	free(text);
	free(path);
	path = xasprintf("%s/results.json", folder);
	if (!ret)
		ret = write_json_atomic(path, doc, 0, e);
	free(path);
	return ret;
}

/* ------------------------------------------------------------------ in words */

static bool is_stranger(const json_t *s)
{
	return json_is_true(json_object_get(s, "stranger"));
}

/* Those of one status, or of any status who are not on the roster (NULL). */
static void print_list(FILE *out, const json_t *doc, const char *status, const char *what)
{
	json_t *s;
	unsigned n = 0;
	size_t i;

	json_array_foreach(json_object_get(doc, "students"), i, s) {
		char *notes;

		if (status ? !text_is(s, "status", status) : !is_stranger(s))
			continue;
		if (!n++)
			fprintf(out, "%s:\n", what);
		if (n > LIST_MAX)
			continue;
		notes = joined(json_object_get(s, "notes"));
		fprintf(out, "  %s%s%s%s%s\n", text_of(s, "id"), *text_of(s, "name") ? "  " : "",
			text_of(s, "name"), *notes ? ": " : "", notes);
		free(notes);
	}
	if (n > LIST_MAX)
		fprintf(out, "  and %u more, in gradebook.csv\n", n - LIST_MAX);
}

void gradebook_print(FILE *out, const json_t *doc)
{
	static const char *const all[] = { "full",   "partial", "held",
					   "broken", "missing", "unusable" };
	json_t *s;
	size_t i, k;

	fprintf(out, "%zu people:", json_array_size(json_object_get(doc, "students")));
	for (k = 0; k < sizeof(all) / sizeof(all[0]); k++) {
		unsigned n = 0;

		json_array_foreach(json_object_get(doc, "students"), i, s)
			n += text_is(s, "status", all[k]);
		fprintf(out, "%s %u %s", k ? "," : "", n, all[k]);
	}
	fputc('\n', out);
	print_list(out, doc, NULL, "handed in by nobody on the roster");
	print_list(out, doc, "missing", "on the roster, but nothing handed in");
	print_list(out, doc, "unusable", "unusable submissions");
	print_list(out, doc, "held", "held for a person");
	print_list(out, doc, "broken", "without a score yet; run the same command again");
}

int gradebook_exit_code(const json_t *doc)
{
	json_t *s;
	size_t i;
	int code = 0;

	json_array_foreach(json_object_get(doc, "students"), i, s) {
		if (text_is(s, "status", "broken"))
			return 3;
		if (text_is(s, "status", "held") || text_is(s, "status", "unusable") ||
		    is_stranger(s))
			code = 4;
	}
	return code;
}
