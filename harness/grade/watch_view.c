// SPDX-License-Identifier: GPL-2.0-only
/*
 * watch_view.c - views of a lab's last grading, see watch_view.h.
 */
#include "watch_view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"
#include "util.h"

#define MAX_LINES 64

static bool is_failure(const json_t *test)
{
	return !text_is(test, "verdict", "pass") && !text_is(test, "verdict", "blocked");
}

const json_t *watch_failure(const json_t *lab, size_t n)
{
	const json_t *t;
	size_t i;

	json_array_foreach(json_object_get(lab, "tests"), i, t)
		if (is_failure(t) && n-- == 0)
			return t;
	return NULL;
}

size_t watch_failures(const json_t *lab)
{
	size_t n = 0;

	while (watch_failure(lab, n))
		n++;
	return n;
}

char *watch_summary(const json_t *lab)
{
	const json_t *t, *points = json_object_get(lab, "points");
	size_t i, passed = 0;

	json_array_foreach(json_object_get(lab, "tests"), i, t)
		passed += text_is(t, "verdict", "pass");
	if (json_is_null(points))
		return xstrdup("the kit failed, grade it again");
	return xasprintf("%g/%g points, %zu of %zu tests", json_number_value(points),
			 json_number_value(json_object_get(lab, "max")), passed,
			 json_array_size(json_object_get(lab, "tests")));
}

/* -------------------------------------------------------------------- list */

static void list_tests(FILE *out, const json_t *lab, bool color)
{
	const json_t *t;
	size_t i;

	json_array_foreach(json_object_get(lab, "tests"), i, t) {
		bool pass = text_is(t, "verdict", "pass");

		fprintf(out, "%s%-8s%s %4g  %s\n",
			!color ? "" :
			pass   ? "\033[32m" :
				 "\033[31m",
			text_of(t, "verdict"), color ? "\033[0m" : "",
			json_number_value(json_object_get(t, "max")), text_of(t, "id"));
		fprintf(out, "               %s\n", text_of(t, "title"));
	}
}

/* ---------------------------------------------------------------- mappings */

/* The lines of a text; @copy is cut up and holds them. */
static size_t cut_lines(char *copy, char **line)
{
	size_t n = 0;
	char *save = NULL, *l;

	for (l = strtok_r(copy, "\n", &save); l && n < MAX_LINES; l = strtok_r(NULL, "\n", &save))
		line[n++] = l;
	return n;
}

/* What one text has and the other has not, line by line: their longest common subsequence stays. */
static void print_difference(FILE *out, const char *expected, const char *got, bool color)
{
	static unsigned char length[MAX_LINES + 1][MAX_LINES + 1];
	char *a[MAX_LINES], *b[MAX_LINES], *ca = xstrdup(expected), *cb = xstrdup(got);
	size_t n = cut_lines(ca, a), m = cut_lines(cb, b), i, j;

	memset(length, 0, sizeof(length));
	for (i = n; i-- > 0;)
		for (j = m; j-- > 0;)
			length[i][j] = !strcmp(a[i], b[j]) ? length[i + 1][j + 1] + 1 :
				       length[i + 1][j] > length[i][j + 1] ? length[i + 1][j] :
									     length[i][j + 1];
	for (i = j = 0; i < n || j < m;) {
		if (i < n && j < m && !strcmp(a[i], b[j])) {
			fprintf(out, "    %s\n", a[i]);
			i++;
			j++;
		} else if (i < n && (j == m || length[i + 1][j] >= length[i][j + 1])) {
			fprintf(out, "%s  - %s%s\n", color ? "\033[31m" : "", a[i++],
				color ? "\033[0m" : "");
		} else {
			fprintf(out, "%s  + %s%s\n", color ? "\033[32m" : "", b[j++],
				color ? "\033[0m" : "");
		}
	}
	free(ca);
	free(cb);
}

/* Of the calls, those that make, change or remove mappings, and what they map. */
static bool concerns_mappings(const char *call)
{
	static const char *const names[] = { "mmap(",	 "munmap(",  "mremap(",	  "mprotect(",
					     "msync(",	 "madvise(", "mlock",	  "munlock",
					     "mincore(", "open",     "ftruncate(" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strstr(call, names[i]))
			return true;
	return false;
}

static void print_calls(FILE *out, const char *calls)
{
	char *copy = xstrdup(calls), *line[MAX_LINES];
	size_t n = cut_lines(copy, line), i;

	for (i = 0; i < n; i++)
		if (concerns_mappings(line[i]))
			fprintf(out, "    %s\n", line[i]);
	free(copy);
}

static void print_mappings(FILE *out, const json_t *t, bool color)
{
	fprintf(out, "%s: %s\n", text_of(t, "id"), text_of(t, "message"));
	if (*text_of(t, "expected") || *text_of(t, "got")) {
		fprintf(out, "\n  - expected   + seen\n");
		print_difference(out, text_of(t, "expected"), text_of(t, "got"), color);
	}
	if (*text_of(t, "calls")) {
		fprintf(out, "\n  calls for mappings, and what they map:\n");
		print_calls(out, text_of(t, "calls"));
	}
	if (!*text_of(t, "expected") && !*text_of(t, "got") && !*text_of(t, "calls"))
		fprintf(out, "\n  this test says nothing of mappings\n");
}

char *watch_view(const json_t *lab, enum view view, size_t n, bool color)
{
	const json_t *t = watch_failure(lab, n);
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return xstrdup("");
	if (view == VIEW_LIST)
		list_tests(out, lab, color);
	else if (view == VIEW_MAPPINGS && t)
		print_mappings(out, t, color);
	else
		report_test(out, lab, t ? text_of(t, "id") : "", color);
	if (!t && view != VIEW_LIST)
		fprintf(out,
			"all tests pass\n\nnext: make solution LAB=%.2s, the reference beside yours "
			"and why it is so;\n      make progress, which lab comes now\n",
			text_of(lab, "id"));
	fclose(out);
	return text;
}
