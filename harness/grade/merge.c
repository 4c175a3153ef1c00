// SPDX-License-Identifier: GPL-2.0-only
/*
 * merge.c - `mmaplab merge`: what batches on several machines graded, in one
 * store, as if one batch had done it. All of it goes in, or nothing.
 */
#include <argp.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "batch.h"
#include "commands.h"
#include "gradebook.h"
#include "term.h"
#include "util.h"

struct args {
	const char *out, *course;
	struct store_from *from;
	size_t count;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *a = state->input;

	switch (key) {
	case 'o':
		a->out = arg;
		return 0;
	case 'C':
		a->course = arg;
		return 0;
	case ARGP_KEY_ARG:
		a->from = xrealloc(a->from, (a->count + 1) * sizeof(*a->from));
		a->from[a->count++] =
			(struct store_from){ arg, NULL, json_object(), json_object() };
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* SQLite would make an empty file a store, a log for example that lies beside the folders. */
static bool is_database(const char *path)
{
	static const char magic[] = "SQLite format 3";
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char head[sizeof(magic)];
	bool is = fd >= 0 && read(fd, head, sizeof(head)) == (ssize_t)sizeof(head) &&
		  !memcmp(head, magic, sizeof(magic));

	if (fd >= 0)
		close(fd);
	return is;
}

/* A store, or the folder of a term. */
static int open_from(struct store_from *f, struct err *e)
{
	struct stat st;
	bool folder = !stat(f->name, &st) && S_ISDIR(st.st_mode);
	char *path = xasprintf("%s%s", f->name, folder ? "/" TERM_STORE : "");
	int ret = 0;

	if (!access(path, R_OK) && !is_database(path))
		ret = err_set(e, EINVAL,
			      "%s is no store\n"
			      "next: name the folders of batches, or the " TERM_STORE
			      " in each: mmaplab merge --out " TERM_FOLDER " " TERM_FOLDER
			      "/parts/*/",
			      path);
	if (!ret)
		ret = store_open(path, false, &f->store, e);
	free(path);
	return ret;
}

/* Those of one second stay in the order of their stores. */
static int by_time(const void *a, const void *b)
{
	const json_t *x = *(json_t *const *)a, *y = *(json_t *const *)b;
	int order = strcmp(text_of(x, "started"), text_of(y, "started"));

	if (order)
		return order;
	return json_integer_value(json_object_get(x, "place")) <
			       json_integer_value(json_object_get(y, "place")) ?
		       -1 :
		       1;
}

/* What was graded later counts, wherever it was. */
static int merge_gradings(struct store *to, const struct args *a, unsigned *added, struct err *e)
{
	json_t *all = json_array(), *rows, **list;
	size_t i, n;
	int ret = 0;
	bool new;

	for (i = 0; i < a->count && !ret; i++) {
		rows = store_merge_gradings(a->from[i].store, a->from[i].ids, e);
		ret = rows ? 0 : -EIO;
		if (rows)
			json_array_extend(all, rows);
		json_decref(rows);
	}
	n = json_array_size(all);
	list = xcalloc(n + 1, sizeof(*list));
	for (i = 0; i < n; i++) {
		list[i] = json_array_get(all, i);
		json_object_set_new(list[i], "place", json_integer((json_int_t)i));
	}
	qsort(list, n, sizeof(*list), by_time);
	for (i = 0; i < n && !ret; i++) {
		ret = store_copy_grading(to, list[i], &new, e);
		*added += !ret && new;
	}
	free(list);
	json_decref(all);
	return ret;
}

/*
 * The store whose last run is the latest of all; -1 when @to has seen a later one.
 * Return: 0, or a negative errno with @e.
 */
static int find_newest(struct store *to, const struct args *a, ssize_t *newest, struct err *e)
{
	char *latest = store_latest_run(to, e), *one;
	int ret = latest ? 0 : -EIO;
	size_t i;

	*newest = -1;
	for (i = 0; i < a->count && !ret; i++) {
		one = store_latest_run(a->from[i].store, e);
		ret = one ? 0 : -EIO;
		if (!ret && strcmp(one, latest) >= 0) {
			*newest = (ssize_t)i;
			free(latest);
			latest = xstrdup(one);
		}
		free(one);
	}
	free(latest);
	return ret;
}

static int merge_all(struct store *to, const struct args *a, unsigned *added, struct err *e)
{
	long long joint = 0;
	ssize_t newest;
	size_t i;
	int ret = find_newest(to, a, &newest, e);

	for (i = 0; i < a->count && !ret; i++)
		ret = store_merge_meta(to, &a->from[i], (ssize_t)i == newest, e);
	if (!ret)
		ret = store_merge_runs(to, a->from, a->count, &joint, e);
	for (i = 0; i < a->count && !ret; i++)
		ret = store_merge_submissions(to, &a->from[i], e);
	if (!ret)
		ret = store_merge_unknown(to, joint, e);
	if (!ret && newest >= 0)
		ret = store_merge_roster(to, a->from[newest].store, e);
	if (!ret)
		ret = merge_gradings(to, a, added, e);
	for (i = 0; i < a->count && !ret; i++)
		ret = store_merge_decisions(to, a->from[i].store, e);
	return ret;
}

/* K/N of a store that is a part, else 0/0. */
static void part_of(const struct store_from *f, unsigned long *k, unsigned long *n)
{
	char *part = store_get(f->store, "part");

	*k = *n = 0;
	if (part && (sscanf(part, "%lu/%lu", k, n) != 2 || *n > BATCH_PARTS))
		*k = *n = 0;
	free(part);
}

/* Whoever names some parts only may not know it: those of the others are as they were. */
static void print_missing(const struct args *a)
{
	unsigned long all = 0, first = 0, count = 0, k, n;
	bool *here = NULL;
	size_t i;

	for (i = 0; i < a->count; i++) {
		part_of(&a->from[i], &k, &n);
		if (n && !here) {
			all = n;
			here = xcalloc(all + 1, sizeof(*here));
		}
		if (n && n == all && k <= all)
			here[k] = true;
	}
	for (k = all; k >= 1; k--)
		if (!here[k]) {
			first = k;
			count++;
		}
	if (count)
		printf("%lu of %lu parts are not among these stores, part %lu is one; next: when "
		       "they are there, name all of them again\n",
		       count, all, first);
	free(here);
}

static int conclude(const struct term *t, const struct args *a, unsigned added, int *code,
		    struct err *e)
{
	json_t *doc = gradebook_make(t->store, t->course, e);
	int ret = doc ? gradebook_write(t->folder, doc, e) : -EIO;

	if (!ret) {
		gradebook_print(stdout, doc);
		print_missing(a);
		printf("%zu stores, %u gradings new: %s/gradebook.csv, results.json, " TERM_STORE
		       "\n",
		       a->count, added, t->folder);
		*code = gradebook_exit_code(doc);
	}
	json_decref(doc);
	return ret;
}

static int merge(struct args *a, struct term *t, int *code, struct err *e)
{
	struct manifest *m = NULL;
	struct kit *kit = NULL;
	unsigned added = 0;
	size_t i;
	int ret = command_open(NULL, &kit, &m, NULL, e);

	for (i = 0; i < a->count && !ret; i++)
		ret = open_from(&a->from[i], e);
	if (!ret)
		ret = term_open(t, a->out, true, e);
	if (!ret)
		ret = store_begin(t->store, e);
	if (!ret)
		ret = store_end(t->store, merge_all(t->store, a, &added, e), e);
	if (!ret)
		ret = term_course(t, m, a->course, e);
	if (!ret)
		ret = gradebook_people(t->store, t->course, e);
	if (!ret && a->course)
		ret = term_remember(t, "course", t->course->path, e);
	if (!ret)
		ret = conclude(t, a, added, code, e);
	manifest_free(m);
	kit_close(kit);
	return ret;
}

int cmd_merge(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "out", 'o', "DIR", 0, "where they are joined (default: " TERM_FOLDER ")", 0 },
		{ "course", 'C', "FILE", 0, "labs, points, deadlines (default: the stores')", 0 },
		{ 0 }
	};
	static const struct argp argp = {
		options,
		parse,
		"STORE...",
		"Join what several batches graded: their folders, or the grades.db in them. All have to "
		"be of one seed. The stores stay as they are, but for one that an older version wrote: "
		"it is brought to this one's form. Nothing is taken away, and to merge again adds "
		"nothing twice."
		"\vExit status: as that of batch; 2 also when stores contradict each other: nothing "
		"is merged then.",
		NULL,
		NULL,
		NULL
	};
	struct args a = { 0 };
	struct term t = { .lock = -1 };
	struct err e = { 0 };
	int code = 0;
	size_t i;

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	if (!a.count) {
		fprintf(stderr,
			"mmaplab: which stores? next: mmaplab merge --out grades FOLDER...\n");
		return EXIT_UNUSABLE;
	}
	if (merge(&a, &t, &code, &e))
		code = command_unusable(&e);
	term_close(&t);
	for (i = 0; i < a.count; i++) {
		store_close(a.from[i].store);
		json_decref(a.from[i].runs);
		json_decref(a.from[i].ids);
	}
	free(a.from);
	return code;
}
