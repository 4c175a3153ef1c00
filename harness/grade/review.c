// SPDX-License-Identifier: GPL-2.0-only
/*
 * review.c - `mmaplab review`: what waits for a person, with the evidence, and
 * hints at submissions that are alike; see review.h and similar.h.
 */
#include "review.h"

#include <argp.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "gradebook.h"
#include "similar.h"
#include "util.h"

#define CONSOLE_LINES 8

/* ------------------------------------------------------------------ in words */

/* Names come from submissions, too. */
static void put_clean(FILE *out, const char *text)
{
	char *clean = clean_text(text, strlen(text)), *p;

	for (p = clean; *p; p++)
		if (*p == '\n' || *p == '\t')
			*p = ' ';
	fputs(clean, out);
	free(clean);
}

static void put_console(FILE *out, const char *text)
{
	const char *from = text + strlen(text);
	int lines = 0;

	while (from > text && (from[-1] != '\n' || ++lines <= CONSOLE_LINES))
		from--;
	for (; *from; from += strcspn(from, "\n"), from += *from == '\n')
		fprintf(out, "      | %.*s\n", (int)strcspn(from, "\n"), from);
}

static void put_case(FILE *out, const json_t *c)
{
	json_t *line, *next;
	size_t i;

	fputs("\n", out);
	put_clean(out, text_of(c, "student"));
	if (*text_of(c, "name")) {
		fputs("  ", out);
		put_clean(out, text_of(c, "name"));
	}
	fprintf(out, "  %s%s%s\n", text_of(c, "lab"), *text_of(c, "lab") ? ": " : "",
		text_of(c, "status"));
	json_array_foreach(json_object_get(c, "evidence"), i, line) {
		fputs("    ", out);
		put_clean(out, json_string_value(line));
		fputc('\n', out);
	}
	if (*text_of(c, "console"))
		put_console(out, text_of(c, "console"));
	json_array_foreach(json_object_get(c, "next"), i, next) {
		fprintf(out, "    next: %s%s", text_of(next, "what"),
			*text_of(next, "command") ? ": " : "");
		put_clean(out, text_of(next, "command"));
		fputc('\n', out);
	}
}

static void put_people(FILE *out, const json_t *list)
{
	json_t *id;
	size_t i;

	json_array_foreach(list, i, id) {
		fputs(i ? ", " : "", out);
		put_clean(out, json_string_value(id));
	}
}

static void put_hint(FILE *out, const json_t *h)
{
	int percent = (int)json_integer_value(json_object_get(h, "percent"));
	json_t *a = json_object_get(h, "a"), *b = json_object_get(h, "b");

	fprintf(out, "  %3d %%  %s  ", percent, text_of(h, "lab"));
	put_people(out, a);
	if (*text_of(h, "public"))
		fprintf(out, " and the public %s", text_of(h, "public"));
	else if (json_equal(a, b))
		fputs(": the same files", out);
	else
		fputs(" and ", out), put_people(out, b);
	fputc('\n', out);
}

/* @hints: of similar_find(); NULL: not looked for */
static void print_review(FILE *out, const struct term *t, const json_t *cases, const json_t *hints)
{
	json_t *one;
	size_t i;

	if (json_array_size(cases))
		fprintf(out, "%zu to decide in %s. What is held has no points before.\n",
			json_array_size(cases), t->folder);
	else
		fprintf(out, "Nothing in %s waits for a person.\n", t->folder);
	json_array_foreach(cases, i, one)
		put_case(out, one);
	if (!hints)
		return;
	if (!json_array_size(hints)) {
		fputs("\nNo submissions are alike beyond the starter.\n", out);
		return;
	}
	fprintf(out, "\nAlike beyond the starter, whatever the names. A hint to read both, no "
		     "verdict: it changes no point.\n");
	json_array_foreach(hints, i, one)
		put_hint(out, one);
}

/* ------------------------------------------------------------------- command */

struct args {
	const char *out;
	bool json;
	int percent;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *a = state->input;
	char *end;

	switch (key) {
	case 'o':
		a->out = arg;
		return 0;
	case 'j':
		a->json = true;
		return 0;
	case 'l':
		a->percent = (int)strtol(arg, &end, 10);
		if (!*arg || *end || a->percent < 0 || a->percent > 100)
			argp_error(state, "--likeness takes a number from 0 to 100, not '%s'", arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int print(const struct args *a, const struct term *t, json_t *cases, json_t *hints,
		 struct err *e)
{
	json_t *doc;

	if (a->json) {
		doc = json_pack("{s:O,s:O*}", "cases", cases, "likeness", hints);
		json_dumpf(doc, stdout, JSON_INDENT(1));
		putchar('\n');
		json_decref(doc);
	} else {
		print_review(stdout, t, cases, hints);
	}
	if (fflush(stdout) || ferror(stdout))
		return err_set(e, errno, "write the list: %s", strerror(errno));
	return 0;
}

int cmd_review(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "out", 'o', "DIR", 0, "where the term is kept (default: " TERM_FOLDER ")", 0 },
		{ "json", 'j', NULL, 0, "the same as JSON", 0 },
		{ "likeness", 'l', "N", 0,
		  "hint at submissions from N percent on (default: 50); 0 compares none", 0 },
		{ 0 }
	};
	static const struct argp argp = {
		options,
		parse,
		"",
		"List what waits for a person in a term, with the evidence and the commands that "
		"decide, and which submissions are alike."
		"\vExit status: 0 nothing waits, 2 bad usage, 4 a person has to look. Likeness is a "
		"hint, and changes no status.",
		NULL,
		NULL,
		NULL
	};
	struct manifest *m = NULL;
	struct kit *kit = NULL;
	struct args a = { .percent = SIMILAR_PERCENT };
	struct term t = { .lock = -1 };
	struct err e = { 0 };
	json_t *book = NULL, *cases = NULL, *hints = NULL;
	int ret, code = 0;

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	ret = command_open(NULL, &kit, &m, NULL, &e);
	if (!ret)
		ret = term_open(&t, a.out, false, &e);
	if (!ret)
		ret = term_course(&t, m, NULL, &e);
	if (!ret) {
		book = gradebook_make(t.store, t.course, &e);
		cases = book ? review_cases(&t, book, &e) : NULL;
		ret = cases ? 0 : -EIO;
	}
	if (!ret && a.percent) {
		hints = similar_find(kit, t.course, t.store, a.percent, &e);
		ret = hints ? 0 : -EIO;
	}
	if (!ret)
		ret = print(&a, &t, cases, hints, &e);
	if (!ret)
		code = json_array_size(cases) ? 4 : 0;
	json_decref(book);
	json_decref(cases);
	json_decref(hints);
	term_close(&t);
	manifest_free(m);
	kit_close(kit);
	return ret ? command_unusable(&e) : code;
}
