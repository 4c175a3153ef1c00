// SPDX-License-Identifier: GPL-2.0-only
/*
 * render.c - the formats there are, see render.h, and `mmaplab render`.
 */
#include "render.h"

#include <argp.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "report.h"
#include "result.h"
#include "util.h"

#define EXIT_BROKEN 3

static void print_report(FILE *out, const json_t *doc)
{
	char *counts = render_counts(doc);
	json_t *shown = json_copy((json_t *)doc);

	json_object_set_new(shown, "status", json_string(render_status(doc)));
	if (!render_waits(doc))
		json_object_set_new(shown, "held", json_array());
	report_print(out, shown, true, report_wants_color(out));
	fputs(counts, out);
	json_decref(shown);
	free(counts);
}

static const struct render formats[] = {
	{ "text", "txt", "as mmaplab grade prints it", false, print_report },
	{ "html", "html", "a page to read", false, render_html },
	{ "gradescope", "json", "results.json of a Gradescope autograder", true,
	  render_gradescope },
	{ "autolab", "txt", "the last lines of an Autolab autograder", true, render_autolab },
	{ "junit", "xml", "JUnit's XML, as CI servers read it", false, render_junit },
	{ "tap", "tap", "TAP 14, as prove reads it", false, render_tap },
};

const struct render *render_find(const char *name, struct err *e)
{
	char list[256] = "";
	size_t i, n = 0;

	for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (!strcmp(name, formats[i].name))
			return &formats[i];
		n += (size_t)snprintf(list + n, sizeof(list) - n, "%s%s", i ? ", " : "",
				      formats[i].name);
	}
	err_set(e, EINVAL, "no format '%s'\nnext: one of %s (export: csv and json, too)", name,
		list);
	return NULL;
}

bool render_passed(const json_t *test)
{
	return text_is(test, "verdict", "pass");
}

char *render_details(const json_t *test)
{
	static const char *const keys[] = { "message", "expected", "got",   "input", "signal",
					    "at",      "waiting",  "calls", "log",   "hint" };
	char *text = NULL;
	size_t size, i;
	FILE *out = open_memstream(&text, &size);

	fprintf(out, "%s, %s\n", text_of(test, "verdict"), text_of(test, "where"));
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (*text_of(test, keys[i]))
			fprintf(out, "%s%s%s\n", i ? keys[i] : "", i ? ": " : "",
				text_of(test, keys[i]));
	fclose(out);
	return text;
}

static const json_t *counted(const json_t *doc, const char *lab)
{
	return json_object_get(json_object_get(json_object_get(doc, "counts"), "labs"), lab);
}

const json_t *render_points(const json_t *doc, const json_t *lab)
{
	const json_t *points = json_object_get(counted(doc, text_of(lab, "id")), "points");

	return json_is_number(points) ? points : json_object_get(lab, "points");
}

static const json_t *lab_of(const json_t *doc, const char *id)
{
	json_t *lab;
	size_t i;

	json_array_foreach(json_object_get(doc, "labs"), i, lab)
		if (text_is(lab, "id", id))
			return lab;
	return NULL;
}

/* Of a lab whose points are other than those that were graded, or were not graded. */
static bool tell_lab(FILE *out, const json_t *doc, const char *id, const json_t *own)
{
	const json_t *lab = lab_of(doc, id), *weight = json_object_get(own, "weight");
	long long days = json_integer_value(json_object_get(own, "days_late"));
	double points = number_of(own, "points");
	bool weighs = json_is_number(weight) && json_number_value(weight) != 1;

	if (text_is(own, "status", "open")) {
		fprintf(out, "%s is open: nothing of it was handed in yet\n", id);
		return true;
	}
	if (!json_is_number(json_object_get(own, "points"))) {
		fprintf(out, "%s has no points yet: %s\n", id, text_of(own, "status"));
		return true;
	}
	if (lab && points == number_of(lab, "points") && !days && !weighs &&
	    !*text_of(own, "decided"))
		return false;
	fprintf(out, "%s counts %g of %g points", id, points, number_of(own, "max"));
	if (weighs)
		fprintf(out, ", times %g", json_number_value(weight));
	if (*text_of(own, "decided"))
		fprintf(out, ": %s", text_of(own, "decided"));
	else if (days)
		fprintf(out, ": %lld day%s late, %g %% of them", days, days == 1 ? "" : "s",
			100 * number_of(own, "share"));
	else if (text_is(own, "status", "missing"))
		fprintf(out, ": nothing of it was handed in");
	fputc('\n', out);
	return true;
}

char *render_counts(const json_t *doc)
{
	const json_t *counts = json_object_get(doc, "counts");
	char *text = NULL;
	const char *id;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	bool other = false;
	json_t *own;

	json_object_foreach(json_object_get(counts, "labs"), id, own)
		if (tell_lab(out, doc, id, own))
			other = true;
	if (other && json_is_number(json_object_get(counts, "points")))
		fprintf(out, "all together: %g of %g points\n", number_of(counts, "points"),
			number_of(counts, "max"));
	fclose(out);
	return text;
}

bool render_waits(const json_t *doc)
{
	json_t *h;
	size_t i;

	json_array_foreach(json_object_get(doc, "held"), i, h)
		if (!*text_of(counted(doc, text_of(h, "lab")), "decided"))
			return true;
	return false;
}

const char *render_status(const json_t *doc)
{
	const json_t *counts = json_object_get(doc, "counts");

	if (text_is(doc, "status", "held") && counts && !render_waits(doc))
		return text_of(counts, "status");
	return text_of(doc, "status");
}

/* What every format rests on: labs with tests, each with its words and numbers. */
static bool is_result(const json_t *doc)
{
	json_t *labs = json_object_get(doc, "labs"), *lab, *test;
	size_t i, k;

	if (!text_is(doc, "schema", RESULT_SCHEMA) || !json_array_size(labs) ||
	    !*text_of(doc, "status"))
		return false;
	json_array_foreach(labs, i, lab) {
		if (!*text_of(lab, "id") || !json_array_size(json_object_get(lab, "tests")))
			return false;
		json_array_foreach(json_object_get(lab, "tests"), k, test)
			if (!*text_of(test, "id") || !*text_of(test, "verdict") ||
			    !json_is_number(json_object_get(test, "max")))
				return false;
	}
	return true;
}

int render_check(const struct render *r, const json_t *doc, const char *name, struct err *e)
{
	if (!is_result(doc))
		return err_set(e, EINVAL,
			       "%s is no result of version " RESULT_SCHEMA "\n"
			       "next: a file of build/results, as mmaplab grade writes it",
			       name);
	/* Unless somebody said what counts. */
	if (r->scores && !json_object_get(doc, "counts") && text_is(doc, "status", "broken"))
		return err_set(e, EAGAIN,
			       "%s is broken and has no points to hand over\nnext: grade it again",
			       name);
	return 0;
}

/* Each text of @more that is not there yet. */
static void add_texts(json_t *texts, const json_t *more)
{
	json_t *text, *there;
	size_t i, k;

	json_array_foreach(more, i, text) {
		json_array_foreach(texts, k, there)
			if (json_equal(text, there))
				break;
		if (k == json_array_size(texts))
			json_array_append(texts, text);
	}
}

/* How one of several documents came about. */
static json_t *grading_of(const json_t *doc)
{
	json_t *ids = json_array(), *lab;
	size_t i;

	json_array_foreach(json_object_get(doc, "labs"), i, lab)
		json_array_append(ids, json_object_get(lab, "id"));
	return json_pack("{s:o,s:O*,s:O*,s:O*,s:O*,s:O*,s:O*,s:O*}", "labs", ids, "started",
			 json_object_get(doc, "started"), "seed", json_object_get(doc, "seed"),
			 "submission", json_object_get(doc, "submission"), "kernel",
			 json_object_get(doc, "kernel"), "qemu", json_object_get(doc, "qemu"),
			 "accelerator", json_object_get(doc, "accelerator"), "mmaplab",
			 json_object_get(doc, "mmaplab"));
}

json_t *render_join(json_t *const *docs, size_t count)
{
	json_t *doc = json_deep_copy(docs[0]), *held, *gradings = json_array();
	size_t i;

	for (i = 0; i < count; i++) {
		json_array_append_new(gradings, grading_of(docs[i]));
		if (i == 0)
			continue;
		json_array_extend(json_object_get(doc, "labs"), json_object_get(docs[i], "labs"));
		json_array_extend(json_object_get(doc, "held"), json_object_get(docs[i], "held"));
		add_texts(json_object_get(json_object_get(doc, "submission"), "notes"),
			  json_object_get(json_object_get(docs[i], "submission"), "notes"));
		add_texts(json_object_get(doc, "notes"), json_object_get(docs[i], "notes"));
		json_object_set_new(
			doc, "ms",
			json_integer(json_integer_value(json_object_get(doc, "ms")) +
				     json_integer_value(json_object_get(docs[i], "ms"))));
	}
	json_object_set_new(doc, "gradings", gradings);
	held = json_incref(json_object_get(doc, "held"));
	result_close(doc, held);
	json_decref(held);
	return doc;
}

/* ----------------------------------------------------------------- command */

struct args {
	const char *format, *file;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *a = state->input;

	if (key == 'f') {
		a->format = arg;
		return 0;
	}
	return key == ARGP_KEY_ARG ? command_word(state, arg, &a->file, 1) : ARGP_ERR_UNKNOWN;
}

static int render(const struct args *a, struct err *e)
{
	const struct render *r = render_find(a->format, e);
	json_error_t where;
	json_t *doc;
	int ret = -EINVAL;

	if (!r)
		return ret;
	doc = json_load_file(a->file, 0, &where);
	if (!doc)
		return err_set(e, EINVAL, "%s, line %d: %s\nnext: a file of build/results", a->file,
			       where.line, where.text);
	ret = render_check(r, doc, a->file, e);
	if (!ret)
		r->print(stdout, doc);
	if (!ret && (fflush(stdout) || ferror(stdout)))
		ret = err_set(e, errno, "write the result: %s", strerror(errno));
	json_decref(doc);
	return ret;
}

int cmd_render(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "format", 'f', "NAME", 0, "text, html, gradescope, autolab, junit or tap", 0 },
		{ 0 }
	};
	static const struct argp argp = { options,
					  parse,
					  "RESULT.json",
					  "Print a result file in a format of others."
					  "\vExit status: 0, 2 it is no result, 3 it is broken "
					  "and the format would hand over points.",
					  NULL,
					  NULL,
					  NULL };
	struct args a = { .format = "text" };
	struct err e = { 0 };
	int ret;

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	if (!a.file) {
		fprintf(stderr, "mmaplab: which result? next: mmaplab render --format junit "
				"build/results/worktree.json\n");
		return EXIT_UNUSABLE;
	}
	ret = render(&a, &e);
	if (!ret)
		return 0;
	command_unusable(&e);
	return ret == -EAGAIN ? EXIT_BROKEN : EXIT_UNUSABLE;
}
