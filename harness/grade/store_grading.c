// SPDX-License-Identifier: GPL-2.0-only
/*
 * store_grading.c - one grading goes into the store, and is held against its
 * checksum later; see store.h.
 */
#include "store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "util.h"

/* A value as it is summed: what JSON writes for it, or nothing. */
static void add_value(FILE *out, const json_t *row, const char *key)
{
	const json_t *v = json_object_get(row, key);
	/* A multiple of 0.5; 2 and 2.0 are the same to SQLite. */
	if (json_is_number(v))
		fprintf(out, "%s=%g\n", key, json_number_value(v));
	else if (json_is_string(v))
		fprintf(out, "%s=%zu:%s\n", key, json_string_length(v), json_string_value(v));
	else
		fprintf(out, "%s=\n", key);
}

/* Over all that a row and its tests say. */
static void sum_of(const json_t *row, const json_t *tests, char sum[65])
{
	static const char *const keys[] = {
		"submission", "lab",	"sha256", "seed",    "judge", "mmaplab", "kernel", "qemu",
		"status",     "points", "max",	  "started", "ms",    "result",	 "problem"
	};
	static const char *const test_keys[] = { "test", "verdict", "points", "max", "message" };
	char *text = NULL;
	size_t size, i, k;
	json_t *test;
	FILE *out = open_memstream(&text, &size);

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		add_value(out, row, keys[i]);
	json_array_foreach(tests, k, test)
		for (i = 0; i < sizeof(test_keys) / sizeof(test_keys[0]); i++)
			add_value(out, test, test_keys[i]);
	fclose(out);
	sha256_hex(text, size, sum);
	free(text);
}

/* ------------------------------------------------------------------ add */

static json_t *take_doc(const struct store_grading *g, json_t *doc, const char *problem)
{
	char *result = doc ? json_dumps(doc, JSON_COMPACT) : NULL;
	json_t *row = json_pack("{s:I,s:s,s:s,s:s,s:s,s:s?,s:s?}", "submission",
				(json_int_t)g->submission, "lab", g->lab, "sha256", g->sha256,
				"seed", g->seed, "judge", g->judge, "result", result, "problem",
				problem);
	static const char *const same[] = { "mmaplab", "qemu",	  "status", "points",
					    "max",     "started", "ms" };
	size_t i;

	for (i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		json_t *v = json_object_get(doc, same[i]);

		json_object_set_new(row, same[i], v ? json_incref(v) : json_null());
	}
	json_object_set_new(row, "kernel",
			    json_string(text_of(json_object_get(doc, "kernel"), "version")));
	if (!doc) {
		char now[32];

		utc_text(time(NULL), now);
		json_object_set_new(row, "status", json_string("broken"));
		json_object_set_new(row, "started", json_string(now));
		json_object_set_new(row, "ms", json_integer(0));
	}
	free(result);
	return row;
}

static json_t *take_tests(const json_t *doc)
{
	json_t *from = json_object_get(json_array_get(json_object_get(doc, "labs"), 0), "tests");
	json_t *tests = json_array(), *none = json_null(), *t;
	size_t i;

	json_array_foreach(from, i, t) {
		json_t *message = json_object_get(t, "message");

		json_array_append_new(tests, json_pack("{s:O,s:O,s:O,s:O,s:O}", "test",
						       json_object_get(t, "id"), "verdict",
						       json_object_get(t, "verdict"), "points",
						       json_object_get(t, "points"), "max",
						       json_object_get(t, "max"), "message",
						       message ? message : none));
	}
	return tests;
}

static int by_test(const void *a, const void *b)
{
	return strcmp(text_of(*(json_t *const *)a, "test"), text_of(*(json_t *const *)b, "test"));
}

/* In the order in which the store gives them. */
static json_t *sorted(json_t *tests)
{
	size_t n = json_array_size(tests), i;
	json_t **list = xcalloc(n + 1, sizeof(*list)), *out = json_array();

	for (i = 0; i < n; i++)
		list[i] = json_array_get(tests, i);
	qsort(list, n, sizeof(*list), by_test);
	for (i = 0; i < n; i++)
		json_array_append(out, list[i]);
	free(list);
	json_decref(tests);
	return out;
}

static int insert(struct store *s, const json_t *row, const json_t *tests, const char *sum,
		  struct err *e)
{
	json_t *(*const at)(const json_t *, const char *) = json_object_get;
	json_t *t;
	long long id;
	size_t i;
	int ret = store_do(s, e,
			   "INSERT INTO gradings VALUES"
			   " (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
			   "jjjjjjjjjjjjjjjs", at(row, "submission"), at(row, "lab"),
			   at(row, "sha256"), at(row, "seed"), at(row, "judge"), at(row, "mmaplab"),
			   at(row, "kernel"), at(row, "qemu"), at(row, "status"), at(row, "points"),
			   at(row, "max"), at(row, "started"), at(row, "ms"), at(row, "result"),
			   at(row, "problem"), sum);

	id = store_last_id(s);
	json_array_foreach(tests, i, t)
		if (!ret)
			ret = store_do(s, e, "INSERT INTO tests VALUES (?, ?, ?, ?, ?, ?)",
				       "ijjjjj", id, at(t, "test"), at(t, "verdict"),
				       at(t, "points"), at(t, "max"), at(t, "message"));
	return ret;
}

int store_add_grading(struct store *s, const struct store_grading *g, json_t *doc,
		      const char *problem, struct err *e)
{
	json_t *row = take_doc(g, doc, problem), *tests = sorted(take_tests(doc));
	char sum[65];
	int ret = store_begin(s, e);

	sum_of(row, tests, sum);
	if (!ret)
		ret = insert(s, row, tests, sum, e);
	ret = store_end(s, ret, e);
	json_decref(row);
	json_decref(tests);
	return ret;
}

/*
 * The grading that was put in last counts. One that is older than what is there,
 * and says otherwise, would take its place.
 */
static int check_order(struct store *s, const json_t *row, struct err *e)
{
	json_t *(*const at)(const json_t *, const char *) = json_object_get;
	json_t *rows = store_rows(
		s, e,
		"SELECT y.student FROM submissions y JOIN submissions x ON x.student = y.student"
		" JOIN gradings g ON g.submission = x.id WHERE y.id = ?1 AND g.lab = ?2"
		" AND g.sha256 = ?3 AND g.status <> 'broken' AND ?4 <> 'broken' AND g.started > ?5"
		" AND (g.status <> ?4 OR g.points IS NOT ?6) LIMIT 1",
		"jjjjjj", at(row, "submission"), at(row, "lab"), at(row, "sha256"),
		at(row, "status"), at(row, "started"), at(row, "points"));
	const json_t *later = json_array_get(rows, 0);
	int ret = rows ? 0 : -EIO;

	if (later)
		ret = err_set(e, EEXIST,
			      "%s in %s: a later grading, with another result, is there already\n"
			      "next: merge both into a new folder (--out DIR); there the later one "
			      "counts",
			      text_of(later, "student"), text_of(row, "lab"));
	json_decref(rows);
	return ret;
}

int store_copy_grading(struct store *s, const json_t *row, bool *added, struct err *e)
{
	const json_t *tests = json_object_get(row, "tests");
	json_t *same;
	char sum[65];
	int ret;

	sum_of(row, tests, sum);
	same = store_rows(s, e,
			  "SELECT id FROM gradings WHERE submission = ? AND lab = ? AND sum = ?",
			  "jjs", json_object_get(row, "submission"), json_object_get(row, "lab"),
			  sum);
	*added = same && !json_array_size(same);
	ret = same ? 0 : -EIO;
	json_decref(same);
	if (*added)
		ret = check_order(s, row, e);
	if (*added && !ret)
		ret = insert(s, row, tests, sum, e);
	return ret;
}

/* ---------------------------------------------------------------- verify */

static int changed(const char *path, const json_t *row, struct err *e)
{
	return err_set(e, EINVAL,
		       "%s: grading %lld (%s, %s) was changed since it was made\n"
		       "next: bring the file back from a copy; or delete that row and its tests "
		       "with sqlite3, and run again: it is graded anew. Points are corrected with "
		       "mmaplab decide",
		       path, (long long)json_integer_value(json_object_get(row, "id")),
		       text_of(row, "student"), text_of(row, "lab"));
}

int store_verify(struct store *s, const char *path, struct err *e)
{
	json_t *rows = store_rows(s, e,
				  "SELECT g.*, s.student FROM gradings g"
				  " LEFT JOIN submissions s ON s.id = g.submission ORDER BY g.id",
				  "");
	json_t *tests = store_rows(s, e, "SELECT * FROM tests ORDER BY grading, test", "");
	json_t *row, *own;
	size_t i, k = 0;
	char sum[65];
	int ret = rows && tests ? 0 : -EINVAL;

	json_array_foreach(rows, i, row) {
		json_int_t id = json_integer_value(json_object_get(row, "id"));

		if (ret)
			break;
		own = json_array();
		for (; k < json_array_size(tests); k++) {
			json_t *t = json_array_get(tests, k);

			if (json_integer_value(json_object_get(t, "grading")) != id)
				break;
			json_array_append(own, t);
		}
		sum_of(row, own, sum);
		if (strcmp(sum, text_of(row, "sum")) != 0)
			ret = changed(path, row, e);
		json_decref(own);
	}
	if (!ret && k < json_array_size(tests))
		ret = err_set(e, EINVAL,
			      "%s: tests of a grading that is not there: it was changed by hand\n"
			      "next: bring the file back from a copy",
			      path);
	json_decref(rows);
	json_decref(tests);
	return ret;
}
