// SPDX-License-Identifier: GPL-2.0-only
/*
 * report.c - a result document as text, see report.h.
 */
#include "report.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "picture.h"
#include "util.h"

#define INDENT "      "
#define BUILD_LINES 40

struct style {
	const char *good, *bad, *odd, *dim, *off;
};

static const struct style plain = { "", "", "", "", "" };
static const struct style colored = { "\033[32m", "\033[31m", "\033[33m", "\033[2m", "\033[0m" };

bool report_wants_color(FILE *out)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(fileno(out)) && !(no && *no) && !(term && !strcmp(term, "dumb"));
}

/* "label: text", later lines indented under the first. */
static void print_labelled(FILE *out, const char *label, const char *text, int max_lines)
{
	int line = 0;

	if (!*text)
		return;
	fprintf(out, INDENT "%s%s", label, *label ? ": " : "");
	while (*text && line < max_lines) {
		size_t n = strcspn(text, "\n");

		fprintf(out, "%s%.*s\n", line ? INDENT "  " : "", (int)n, text);
		text += n + (text[n] == '\n');
		line++;
	}
	if (*text)
		fprintf(out, INDENT "  ... (more in the result file)\n");
}

static void print_crash(FILE *out, const json_t *t)
{
	if (*text_of(t, "signal"))
		fprintf(out, INDENT "signal: %s%s%s%s%s\n", text_of(t, "signal"),
			*text_of(t, "addr") ? " at address " : "", text_of(t, "addr"),
			*text_of(t, "at") ? ", in " : "", text_of(t, "at"));
	else if (*text_of(t, "at"))
		fprintf(out, INDENT "line: %s\n", text_of(t, "at"));
	print_labelled(out, "waiting in", text_of(t, "waiting"), 1);
	print_labelled(out, "kernel log", text_of(t, "log"), 12);
}

/* Its file; one that stands in the result itself is for pages. */
static void print_picture(FILE *out, const json_t *t)
{
	const char *name = text_of(t, "picture");

	if (strncmp(name, PICTURE_INSIDE, strlen(PICTURE_INSIDE)))
		print_labelled(out, "picture", name, 1);
}

static void print_failure(FILE *out, const json_t *lab, const json_t *t, const struct style *c)
{
	const char *verdict = text_of(t, "verdict"), *p;
	bool ours = !strcmp(verdict, "broken");
	bool where = !strcmp(verdict, "crash") || !strcmp(verdict, "timeout") ||
		     !strcmp(verdict, "oops");
	json_t *note;
	size_t i;

	if (!strcmp(verdict, "blocked")) {
		fprintf(out, "%sBLOCKED%s  %s (%g)   %s\n\n", c->dim, c->off, text_of(t, "id"),
			number_of(t, "max"), text_of(t, "message"));
		return;
	}
	fprintf(out, "%s", ours ? c->odd : c->bad);
	for (p = verdict; *p; p++)
		fputc(*p - 'a' + 'A', out);
	fprintf(out, "%s  %s (%g)   %s\n", c->off, text_of(t, "id"), number_of(t, "max"),
		text_of(t, "where"));
	print_labelled(out, "", text_of(t, "message"), 12);
	print_labelled(out, "expected", text_of(t, "expected"), 6);
	print_labelled(out, "got", text_of(t, "got"), 6);
	print_labelled(out, "input", text_of(t, "input"), 4);
	print_crash(out, t);
	print_picture(out, t);
	print_labelled(out, "calls", text_of(t, "calls"), 14);
	print_labelled(out, "stderr", text_of(t, "stderr"), 6);
	json_array_foreach(json_object_get(t, "notes"), i, note)
		print_labelled(out, "note", json_string_value(note), 12);
	if (ours)
		fprintf(out,
			INDENT
			"%snot your fault: run it again; if it stays, report it with the result file%s\n\n",
			c->dim, c->off);
	else
		fprintf(out, INDENT "%ssee README task %.0f · %s · %s: make %s LAB=%.2s T=%s%s\n\n",
			c->dim, number_of(t, "task"), text_of(t, "hint"),
			where ? "where, in gdb" : "rerun", where ? "debug" : "lab",
			text_of(lab, "id"), text_of(t, "id"), c->off);
}

static void print_pass(FILE *out, const json_t *t, const struct style *c)
{
	fprintf(out, "%spass%s  %s (%g)   %s\n", c->good, c->off, text_of(t, "id"),
		number_of(t, "max"), text_of(t, "title"));
	print_picture(out, t);
}

/* A build explains the tests that need it; show it once. */
static bool print_build(FILE *out, const json_t *lab, const json_t *build, const char *tests,
			const struct style *c)
{
	const char *verdict = text_of(build, "verdict"), *text = text_of(build, "text");
	bool broken;

	if (!build || !strcmp(verdict, "pass")) {
		if (*text) {
			fprintf(out, "%swarnings%s  the compiler's, not judged\n", c->odd, c->off);
			print_labelled(out, "", text, 12);
			fputc('\n', out);
		}
		return false;
	}
	broken = !strcmp(verdict, "broken");
	fprintf(out, "%s%s%s  %s of %s: %s\n", c->bad,
		broken			  ? "BROKEN" :
		!strcmp(verdict, "build") ? "BUILD" :
					    "REJECTED",
		c->off, tests, text_of(lab, "id"), broken ? "not graded" : "0 points");
	print_labelled(out, "", text, BUILD_LINES);
	/* What to do about the kit's own fault stands in its text. */
	if (!broken)
		fprintf(out, INDENT "%snext: mend it, then make lab LAB=%.2s%s\n", c->dim,
			text_of(lab, "id"), c->off);
	fputc('\n', out);
	return true;
}

static void print_points(FILE *out, const json_t *o)
{
	if (json_is_null(json_object_get(o, "points")))
		fprintf(out, "   -/%-4g", number_of(o, "max"));
	else
		fprintf(out, "%4g/%-4g", number_of(o, "points"), number_of(o, "max"));
}

static void print_table(FILE *out, const json_t *doc, const struct style *c)
{
	json_t *lab, *test;
	size_t i, k;

	fprintf(out, "%-14s %9s   %s\n", "lab", "points", "tests passed");
	json_array_foreach(json_object_get(doc, "labs"), i, lab) {
		size_t n = json_array_size(json_object_get(lab, "tests")), passed = 0;
		const json_t *both = json_object_get(lab, "build");
		const char *build = text_of(both, "verdict"), *program;

		program = text_of(json_object_get(both, "program"), "verdict");
		if (!strcmp(build, "pass") && *program)
			build = program;
		json_array_foreach(json_object_get(lab, "tests"), k, test)
			passed += text_is(test, "verdict", "pass");
		fprintf(out, "%-14s ", text_of(lab, "id"));
		print_points(out, lab);
		fprintf(out, "   %s%zu of %zu%s%s%s%s\n", passed == n ? c->good : c->bad, passed, n,
			c->off, strcmp(build, "pass") ? "   " : "",
			strcmp(build, "pass") ? build : "",
			json_is_true(json_object_get(lab, "bonus")) ? "   bonus" : "");
	}
	fprintf(out, "%-14s ", "total");
	print_points(out, doc);
	fputc('\n', out);
}

/* A test that the failed build of a part has decided, and that so is explained. */
static bool is_explained(const json_t *t, bool failed, const json_t *build)
{
	return failed && text_is(t, "verdict", text_of(build, "verdict"));
}

static void print_tests(FILE *out, const json_t *lab, bool all, const char *only,
			const struct style *c)
{
	const json_t *build = json_object_get(lab, "build");
	const json_t *program = json_object_get(build, "program");
	bool every = true, no_build, no_program;
	json_t *t;
	size_t i;

	json_array_foreach(json_object_get(lab, "tests"), i, t)
		every &= text_is(t, "verdict", text_of(build, "verdict"));
	no_build = print_build(out, lab, build, every ? "all tests" : "the tests of the driver", c);
	no_program = print_build(out, lab, program, "the tests of the program", c);
	json_array_foreach(json_object_get(lab, "tests"), i, t) {
		if (is_explained(t, no_build, build) || is_explained(t, no_program, program) ||
		    (only && !text_is(t, "id", only)))
			continue;
		if (!text_is(t, "verdict", "pass"))
			print_failure(out, lab, t, c);
		else if (all)
			print_pass(out, t, c);
	}
}

static void print_notes(FILE *out, const json_t *doc, const struct style *c)
{
	const json_t *s = json_object_get(doc, "submission");
	json_t *note, *lab, *m;
	size_t i, k;

	if (*text_of(s, "folder_stripped"))
		fprintf(out, "note: the wrapping folder %s was stripped\n",
			text_of(s, "folder_stripped"));
	json_array_foreach(json_object_get(s, "notes"), i, note)
		fprintf(out, "note: %s\n", json_string_value(note));
	json_array_foreach(json_object_get(doc, "notes"), i, note)
		fprintf(out, "note: %s\n", json_string_value(note));
	json_array_foreach(json_object_get(doc, "labs"), i, lab) {
		const char *level = text_of(json_object_get(lab, "build"), "confinement");

		if (!strcmp(level, "uid") || !strcmp(level, "limits"))
			fprintf(out, "note: %s was compiled without namespaces (%s)\n",
				text_of(lab, "id"), level);
		json_array_foreach(json_object_get(lab, "machines"), k, m)
			if (*text_of(m, "note"))
				fprintf(out, "note: %s: %s\n", text_of(lab, "id"),
					text_of(m, "note"));
	}
	json_array_foreach(json_object_get(doc, "held"), i, note)
		fprintf(out, "%sheld%s: %s %s: %s\n", c->odd, c->off, text_of(note, "lab"),
			text_of(note, "test"), text_of(note, "reason"));
}

static void print_last_line(FILE *out, const json_t *doc, const struct style *c)
{
	const char *status = text_of(doc, "status");
	/* What an export says is in the term's store, and in no file. */
	bool filed = !json_object_get(doc, "counts");

	fprintf(out, "%sseed %s · %s · kernel %s · %.1f s%s%s%s%s\n", c->dim, text_of(doc, "seed"),
		text_of(doc, "accelerator"), text_of(json_object_get(doc, "kernel"), "version"),
		(double)json_integer_value(json_object_get(doc, "ms")) / 1000,
		filed ? " · build/results/" : "", filed ? text_of(doc, "name") : "",
		filed ? ".json" : "", c->off);
	if (!strcmp(status, "broken"))
		fprintf(out, "%sbroken%s: the kit failed, so there is no score yet; run it again\n",
			c->odd, c->off);
	else if (!strcmp(status, "held"))
		fprintf(out, "%sheld%s: a person has to look before these points count\n", c->odd,
			c->off);
}

void report_test(FILE *out, const json_t *lab, const char *test, bool color)
{
	print_tests(out, lab, true, test, color ? &colored : &plain);
}

void report_print(FILE *out, const json_t *doc, bool all_tests, bool color)
{
	const struct style *c = color ? &colored : &plain;
	json_t *lab;
	size_t i;

	json_array_foreach(json_object_get(doc, "labs"), i, lab)
		print_tests(out, lab, all_tests, NULL, c);
	print_table(out, doc, c);
	print_notes(out, doc, c);
	print_last_line(out, doc, c);
}
