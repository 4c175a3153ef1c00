// SPDX-License-Identifier: GPL-2.0-only
/*
 * export.c - `mmaplab export`: the gradebook of a term, made from its store, and
 * `mmaplab decide`: a person's word about one lab of one student.
 */
#include <argp.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "class_page.h"
#include "commands.h"
#include "gradebook.h"
#include "kit.h"
#include "render.h"
#include "result.h"
#include "term.h"
#include "util.h"

#define WITHOUT_SHOWN 10

struct args {
	const char *out, *course, *format;
	const char *word[3]; /* of decide: student, lab, reason */
	size_t words; /* how many the command takes */
	const char *points;
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
	case 'f':
		a->format = arg;
		return 0;
	case 'p':
		a->points = arg;
		return 0;
	case ARGP_KEY_ARG:
		return command_word(state, arg, a->word, a->words);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* The term's store, and the labs there are. */
static int open_all(const struct args *a, struct term *t, struct manifest **m, struct err *e)
{
	struct kit *kit = NULL;
	int ret = command_open(NULL, &kit, m, NULL, e);

	if (!ret)
		ret = term_open(t, a->out, false, e);
	if (!ret)
		ret = term_course(t, *m, a->course, e);
	if (!ret)
		ret = gradebook_people(t->store, t->course, e);
	if (!ret && a->course)
		ret = term_remember(t, "course", t->course->path, e);
	kit_close(kit);
	return ret;
}

/* ------------------------------------------------------------------ export */

/*
 * What counts of one person in the gradebook, as one result document; NULL when there is
 * nothing, or with @ret below 0. Of several versions it is the first, once a person has
 * decided.
 */
static json_t *result_of(const struct term *t, const json_t *student, int *ret, struct err *e)
{
	json_t *docs[MANIFEST_MAX_LABS], *doc, *own, *rows;
	const char *lab, *result;
	size_t n = 0, i;

	*ret = 0;
	json_object_foreach(json_object_get(student, "labs"), lab, own) {
		if (*ret || !json_is_integer(json_object_get(own, "grading")) ||
		    text_is(own, "status", "ambiguous"))
			continue;
		rows = store_rows(t->store, e, "SELECT result FROM gradings WHERE id = ?", "j",
				  json_object_get(own, "grading"));
		*ret = rows ? 0 : -EIO;
		result = json_string_value(json_object_get(json_array_get(rows, 0), "result"));
		if (result)
			docs[n++] = json_loads(result, 0, NULL);
		json_decref(rows);
	}
	doc = n && !*ret ? render_join(docs, n) : NULL;
	for (i = 0; i < n; i++)
		json_decref(docs[i]);
	return doc;
}

static int write_result(const struct render *r, const json_t *doc, const char *path, struct err *e)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int ret;

	r->print(out, doc);
	fclose(out);
	ret = write_file_atomic(path, text, size, e);
	free(text);
	return ret;
}

/* A file's name for a person, below the term's folder; of those who share one each has its own. */
static char *file_of(const struct render *r, const char *id, json_t *taken)
{
	struct grade_spec named = { .name = id };
	char *name = result_name(&named), *path = xasprintf("%s/%s.%s", r->name, name, r->suffix);
	unsigned n = 1;

	while (json_object_get(taken, path)) {
		free(path);
		path = xasprintf("%s/%s-%u.%s", r->name, name, ++n, r->suffix);
	}
	json_object_set_new(taken, path, json_true());
	free(name);
	return path;
}

/*
 * What counts of the labs of a result, for those formats that hand over points or are
 * read by people: {labs: as in the gradebook, points: their sum by the weights}.
 */
static json_t *counts_of(const json_t *book, const json_t *student)
{
	json_t *labs = json_deep_copy(json_object_get(student, "labs")), *lab;
	double points = 0;
	size_t i;

	json_array_foreach(json_object_get(book, "labs"), i, lab) {
		json_t *own = json_object_get(labs, text_of(lab, "id"));

		json_object_set(own, "weight", json_object_get(lab, "weight"));
		points += number_of(lab, "weight") * number_of(own, "points");
	}
	return json_pack("{s:o,s:f,s:O,s:O}", "labs", labs, "points", points, "max",
			 json_object_get(student, "max"), "status",
			 json_object_get(student, "status"));
}

/*
 * Points that a platform takes for the last word: of a lab that has none yet, it would be 0.
 * Who may still hand it in has nothing of it to be handed over.
 */
static bool lacks_points(const json_t *student)
{
	const char *id;
	json_t *own;

	json_object_foreach(json_object_get(student, "labs"), id, own)
		if (!gradebook_points(own) && !text_is(own, "status", "open"))
			return true;
	return false;
}

/*
 * A file of somebody who was in the term once, a submission of nobody for example that is
 * a student's now: it would be handed over once more.
 */
static int remove_old(const struct render *r, const struct term *t, const json_t *taken,
		      struct err *e)
{
	json_t *rows = store_rows(t->store, e, "SELECT id FROM students", ""), *row,
	       *none = json_object();
	int ret = rows ? 0 : -EIO;
	size_t i;

	json_array_foreach(rows, i, row) {
		char *file = file_of(r, text_of(row, "id"), none);
		char *path = xasprintf("%s/%s", t->folder, file);

		if (!ret && !json_object_get(taken, file) && unlink(path) && errno != ENOENT)
			ret = err_set(e, errno, "remove %s: %s", path, strerror(errno));
		json_object_clear(none);
		free(path);
		free(file);
	}
	json_decref(none);
	json_decref(rows);
	return ret;
}

/* Of those who have no file, the first few. */
static void print_without(const json_t *without)
{
	size_t n = json_array_size(without), i;

	printf("%zu people without%s", n, n ? ":" : "");
	for (i = 0; i < n && i < WITHOUT_SHOWN; i++)
		printf("%s %s", i ? "," : "", json_string_value(json_array_get(without, i)));
	printf("%s\n", n > WITHOUT_SHOWN ? ", ..." : "");
}

/*
 * A file for each person below the term's folder; those without points yet have none.
 * Which file is whose goes to @pages.
 */
static int export_results(const struct render *r, const struct term *t, const json_t *book,
			  json_t *pages, struct err *e)
{
	char *folder = xasprintf("%s/%s", t->folder, r->name);
	int ret = make_dirs(folder, e);
	json_t *s, *doc, *taken = json_object(), *without = json_array();
	size_t i;

	json_array_foreach(json_object_get(book, "students"), i, s) {
		const char *id = json_string_value(json_object_get(s, "id"));
		char *file = file_of(r, id, taken), *path = xasprintf("%s/%s", t->folder, file);

		doc = ret ? NULL : result_of(t, s, &ret, e);
		/* No member of a result: who it is, for those formats that are read by people. */
		if (doc && *text_of(s, "name"))
			json_object_set(doc, "person", json_object_get(s, "name"));
		/* Its name is a file's so far, and less than what the class calls them. */
		if (doc)
			json_object_set(doc, "name", json_object_get(s, "id"));
		if (doc)
			json_object_set_new(doc, "counts", counts_of(book, s));
		if (doc && !(r->scores && lacks_points(s)) && !render_check(r, doc, id, e)) {
			ret = write_result(r, doc, path, e);
			json_object_set_new(pages, id, json_string(file));
		} else if (!ret) {
			/* Nor one of an earlier export, which would be handed over once more. */
			if (unlink(path) && errno != ENOENT)
				ret = err_set(e, errno, "remove %s: %s", path, strerror(errno));
			json_array_append_new(without, json_string(id));
		}
		json_decref(doc);
		free(path);
		free(file);
	}
	if (!ret)
		ret = remove_old(r, t, taken, e);
	if (!ret) {
		printf("%s: %zu results, ", folder, json_object_size(pages));
		print_without(without);
	}
	json_decref(without);
	json_decref(taken);
	free(folder);
	return ret;
}

/* The page of the class, with links to those of the people. */
static int export_class(const struct term *t, const struct manifest *m, const json_t *book,
			const json_t *pages, struct err *e)
{
	struct class_page page = { m, t, book, pages, NULL, NULL };
	char *path = xasprintf("%s/index.html", t->folder);
	int ret = class_page_write(&page, path, e);

	if (!ret)
		printf("%s: the class\n", path);
	free(path);
	return ret;
}

static int export(const struct args *a, const struct term *t, const struct manifest *m, json_t *doc,
		  struct err *e)
{
	int ret = 0;

	if (!a->format) {
		ret = gradebook_write(t->folder, doc, e);
		if (!ret)
			printf("%s/gradebook.csv, results.json\n", t->folder);
	} else if (!strcmp(a->format, "csv")) {
		gradebook_csv(stdout, doc);
	} else if (!strcmp(a->format, "json")) {
		json_dumpf(doc, stdout, JSON_INDENT(1));
		putchar('\n');
	} else {
		const struct render *r = render_find(a->format, e);
		json_t *pages = json_object();

		ret = r ? export_results(r, t, doc, pages, e) : -EINVAL;
		if (!ret && !strcmp(a->format, "html"))
			ret = export_class(t, m, doc, pages, e);
		json_decref(pages);
	}
	if (!ret && (fflush(stdout) || ferror(stdout)))
		ret = err_set(e, errno, "write the gradebook: %s", strerror(errno));
	return ret;
}

int cmd_export(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "out", 'o', "DIR", 0, "where the term is kept (default: " TERM_FOLDER ")", 0 },
		{ "course", 'C', "FILE", 0, "another course file than the last one", 0 },
		{ "format", 'f', "NAME", 0,
		  "csv or json to standard output; html, text, gradescope, autolab, junit or tap as a "
		  "file for each person below DIR, html with a page of the class, too (default: "
		  "gradebook.csv and results.json in DIR)",
		  0 },
		{ 0 }
	};
	static const struct argp argp = {
		options,
		parse,
		"",
		"Make the gradebook of a term again, from its store: after a decision, or with other "
		"points or deadlines.",
		NULL,
		NULL,
		NULL
	};
	struct manifest *m = NULL;
	struct args a = { 0 };
	struct term t = { .lock = -1 };
	struct err e = { 0 };
	json_t *doc = NULL;
	int ret, code = 0;

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	ret = open_all(&a, &t, &m, &e);
	if (!ret) {
		doc = gradebook_make(t.store, t.course, &e);
		ret = doc ? export(&a, &t, m, doc, &e) : -EIO;
	}
	if (!ret)
		code = gradebook_exit_code(doc);
	json_decref(doc);
	term_close(&t);
	manifest_free(m);
	return ret ? command_unusable(&e) : code;
}

/* ------------------------------------------------------------------ decide */

static int parse_points(const char *text, json_t **out, struct err *e)
{
	char *end;
	double points = text ? strtod(text, &end) : 0;

	if (text && (!*text || *end || !isfinite(points) || points < 0 || points > 1000))
		return err_set(e, EINVAL, "--points takes a number from 0 to 1000, not '%s'", text);
	*out = text ? json_real(points) : json_null();
	return 0;
}

/* Is there something that these points, or none, can be said of? */
static int find_case(struct term *t, const char *student, const struct lab_def *lab, bool points,
		     char **content, struct err *e)
{
	json_t *rows =
		store_rows(t->store, e, "SELECT id FROM students WHERE id = ?", "s", student);
	bool known = json_array_size(rows) > 0;
	json_t *row;

	json_decref(rows);
	if (!known)
		return err_set(e, ENOENT,
			       "nobody is called '%s' in this term\n"
			       "next: the first column of %s/gradebook.csv has the names",
			       student, t->folder);
	rows = store_rows(t->store, e,
			  "SELECT content, versions, status FROM current_gradings"
			  " WHERE student = ? AND lab = ?",
			  "ss", student, lab->id);
	row = json_array_get(rows, 0);
	*content = xstrdup(text_of(row, "content"));
	known = row && json_is_string(json_object_get(row, "status")) &&
		strcmp(json_string_value(json_object_get(row, "status")), "broken") &&
		json_integer_value(json_object_get(row, "versions")) == 1;
	json_decref(rows);
	if (!known && !points)
		return err_set(e, EINVAL,
			       "%s has no points in %s that could be accepted\n"
			       "next: say how many: --points N",
			       student, lab->id);
	return 0;
}

/*
 * A lab of the course, its points, and a reason that can be read next year.
 * @max: of how many the points are, for the caller; null when none are given
 */
static int check_decision(const struct args *a, const struct term *t, const struct lab_def *lab,
			  const json_t *points, json_t **max, struct err *e)
{
	const struct course_lab *cl = NULL;
	size_t i;

	if (!text_is_clean(a->word[2]))
		return err_set(e, EINVAL,
			       "the reason is not UTF-8, or has a control byte in it\n"
			       "next: write it in ASCII, or in a terminal that uses UTF-8");
	for (i = 0; i < t->course->count; i++)
		if (t->course->lab[i].lab == lab)
			cl = &t->course->lab[i];
	if (!cl)
		return err_set(e, EINVAL,
			       "%s is no lab of this course\n"
			       "next: write it into the course file, or decide about another",
			       lab->id);
	if (json_is_number(points) && json_number_value(points) > cl->points)
		return err_set(e, EINVAL,
			       "%s has %g points at most, not %s\n"
			       "next: more for all is the course file's matter",
			       lab->id, cl->points, a->points);
	if (!a->word[2][strspn(a->word[2], " \t\n")])
		return err_set(e, EINVAL, "the reason is empty\nnext: say why, for an appeal");
	*max = json_is_number(points) ? json_real(cl->points) : json_null();
	return 0;
}

static int decide(const struct args *a, struct term *t, const struct manifest *m, struct err *e)
{
	const struct lab_def *lab = manifest_find_lab(m, a->word[1], e);
	char *content = NULL, now[32];
	json_t *points = NULL, *max = NULL;
	int ret = lab ? parse_points(a->points, &points, e) : -ENOENT;

	if (!ret)
		ret = check_decision(a, t, lab, points, &max, e);
	if (!ret)
		ret = find_case(t, a->word[0], lab, a->points != NULL, &content, e);
	utc_text(time(NULL), now);
	if (!ret)
		ret = store_do(t->store, e,
			       "INSERT INTO decisions VALUES (NULL, ?, ?, ?, ?, ?, ?, ?)",
			       "sssjssj", a->word[0], lab->id, content, points, a->word[2], now,
			       max);
	json_decref(points);
	json_decref(max);
	free(content);
	return ret;
}

/* What has become of it in the gradebook. */
static void print_decided(const struct args *a, const struct manifest *m, const json_t *doc)
{
	const struct lab_def *lab = manifest_find_lab(m, a->word[1], NULL);
	json_t *s, *own;
	size_t i;

	json_array_foreach(json_object_get(doc, "students"), i, s) {
		if (!text_is(s, "id", a->word[0]))
			continue;
		own = json_object_get(json_object_get(s, "labs"), lab->id);
		printf("%s, %s: %s, %g of %g points (%s)\n", a->word[0], lab->id,
		       text_of(own, "status"), number_of(own, "points"), number_of(own, "max"),
		       text_of(own, "decided"));
	}
}

int cmd_decide(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "out", 'o', "DIR", 0, "where the term is kept (default: " TERM_FOLDER ")", 0 },
		{ "points", 'p', "N", 0,
		  "points by the course's scale (default: those that were graded)", 0 },
		{ 0 }
	};
	static const struct argp argp = {
		options,
		parse,
		"STUDENT LAB REASON",
		"Decide about one lab of one student: accept what is held, or give other points. It "
		"counts as long as the student's files stay the same; a later decision replaces it, and "
		"all are kept.",
		NULL,
		NULL,
		NULL
	};
	struct manifest *m = NULL;
	struct args a = { .words = 3 };
	struct term t = { .lock = -1 };
	struct err e = { 0 };
	json_t *doc = NULL;
	int ret;

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	if (!a.word[2]) {
		fprintf(stderr, "mmaplab: about whom, which lab, and why?\n"
				"next: mmaplab decide STUDENT LAB 'the reason'\n");
		return EXIT_UNUSABLE;
	}
	ret = open_all(&a, &t, &m, &e);
	if (!ret)
		ret = decide(&a, &t, m, &e);
	if (!ret) {
		doc = gradebook_make(t.store, t.course, &e);
		ret = doc ? gradebook_write(t.folder, doc, &e) : -EIO;
	}
	if (!ret)
		print_decided(&a, m, doc);
	json_decref(doc);
	term_close(&t);
	manifest_free(m);
	return ret ? command_unusable(&e) : 0;
}
