// SPDX-License-Identifier: GPL-2.0-only
/*
 * review_cases.c - what waits for a person, with the evidence and the commands
 * that show, replay and decide it; see review.h.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "review.h"
#include "roster.h"
#include "util.h"

/* ----------------------------------------------------------------- commands */

static void add_next(json_t *list, const char *what, char *command)
{
	json_array_append_new(list, json_pack("{s:s,s:s*}", "what", what, "command", command));
	free(command);
}

/* A command about one lab of one person in this term. */
static char *command(const struct term *t, const char *name, const char *options, const json_t *c,
		     const char *reason)
{
	char *who = shell_word(text_of(c, "student")), *folder = shell_word(t->folder), *out;
	bool usual = !strcmp(t->folder, TERM_FOLDER);

	/* A name that begins with a dash would be an option. */
	out = xasprintf("build/mmaplab %s %s%s%s%s%s%s %.2s%s", name, usual ? "" : "--out ",
			usual ? "" : folder, usual ? "" : " ", options, *who == '-' ? "-- " : "",
			who, text_of(c, "lab"), reason);
	free(who);
	free(folder);
	return out;
}

static void add_commands(const struct term *t, json_t *c, const json_t *row)
{
	json_t *next = json_object_get(c, "next");
	const char *source = text_of(row, "source");
	char *word = shell_word(source);
	bool held = text_is(c, "status", "held");

	if (held)
		add_next(next, "accept the points", command(t, "decide", "", c, " 'the reason'"));
	add_next(next, "give other points",
		 command(t, "decide", "--points N ", c, " 'the reason'"));
	add_next(next, "files, results and log in one archive", command(t, "audit", "", c, ""));
	if (*text_of(row, "seed") && !access(source, F_OK))
		add_next(next, "replay it",
			 xasprintf("build/mmaplab grade --lab %.2s --seed %s %s", text_of(c, "lab"),
				   text_of(row, "seed"), word));
	free(word);
}

/* ----------------------------------------------------------------- evidence */

static void add_line(json_t *c, char *line)
{
	char *clean = clean_text(line, strlen(line));

	json_array_append_new(json_object_get(c, "evidence"), json_string(clean));
	free(clean);
	free(line);
}

static void add_machine(json_t *c, const json_t *m)
{
	const char *first = json_string_value(json_array_get(json_object_get(m, "tests"), 0));
	size_t more = json_array_size(json_object_get(m, "tests"));
	char *console;

	if (text_is(m, "end", "complete"))
		return;
	add_line(c, xasprintf("machine of %s%s: %s: %s", first ? first : "no test",
			      more > 1 ? " and others" : "", text_of(m, "end"), text_of(m, "why")));
	if (!*text_of(m, "console"))
		return;
	console = clean_text(text_of(m, "console"), strlen(text_of(m, "console")));
	json_object_set_new(c, "console", json_string(console));
	free(console);
}

static void add_evidence(json_t *c, const json_t *doc)
{
	json_t *h, *lab, *o;
	size_t i, k;

	json_array_foreach(json_object_get(doc, "held"), i, h)
		add_line(c, xasprintf("%s: %s",
				      *text_of(h, "test") ? text_of(h, "test") : "the machine",
				      text_of(h, "reason")));
	json_array_foreach(json_object_get(doc, "labs"), i, lab) {
		json_array_foreach(json_object_get(lab, "tests"), k, o)
			if (text_is(o, "verdict", "broken"))
				add_line(c, xasprintf("%s: broken: %s", text_of(o, "id"),
						      text_of(o, "message")));
		json_array_foreach(json_object_get(lab, "machines"), k, o)
			add_machine(c, o);
	}
}

/* ------------------------------------------------------------------- cases */

static json_t *new_case(json_t *cases, const json_t *s, const char *lab, const char *status)
{
	json_t *c = json_pack("{s:O,s:O,s:s*,s:s,s:[],s:[]}", "student", json_object_get(s, "id"),
			      "name", json_object_get(s, "name"), "lab", lab, "status", status,
			      "evidence", "next");

	json_array_append_new(cases, c);
	return c;
}

/* All that somebody handed in for a lab at the same time, or at times that nobody knows. */
static int add_sources(const struct term *t, json_t *c, struct err *e)
{
	json_t *rows = store_rows(
		       t->store, e,
		       "SELECT s.source, s.submitted, p.sha256 FROM submissions s JOIN parts p ON"
		       " p.submission = s.id WHERE s.student = ? AND p.lab = ? AND p.run > 0 AND (SELECT"
		       " instr(c.content, p.sha256) FROM current_submissions c"
		       " WHERE c.student = s.student AND c.lab = p.lab) ORDER BY s.id",
		       "ss", text_of(c, "student"), text_of(c, "lab")),
	       *row;
	size_t i;

	json_array_foreach(rows, i, row)
		add_line(c, xasprintf("%s, %s, files %.12s", text_of(row, "source"),
				      *text_of(row, "submitted") ? text_of(row, "submitted") :
								   "at a time that nobody knows",
				      text_of(row, "sha256")));
	json_decref(rows);
	return rows ? 0 : -EIO;
}

static int lab_case(const struct term *t, json_t *cases, const json_t *s, const char *lab,
		    const json_t *one, struct err *e)
{
	const char *status = text_of(one, "status");
	json_t *rows, *row, *doc, *c;
	int ret = 0;

	if (!word_listed(" held ambiguous broken ungraded ", status))
		return 0;
	c = new_case(cases, s, lab, status);
	if (*text_of(one, "lapsed"))
		add_line(c, xstrdup(text_of(one, "lapsed")));
	rows = store_rows(t->store, e,
			  "SELECT source, seed, problem, result FROM current_gradings"
			  " WHERE student = ? AND lab = ?",
			  "ss", text_of(s, "id"), lab);
	row = json_array_get(rows, 0);
	doc = json_loads(text_of(row, "result"), 0, NULL);
	if (!strcmp(status, "ambiguous")) {
		ret = add_sources(t, c, e);
		add_next(json_object_get(c, "next"),
			 "take one of them away, and run the same batch again", NULL);
	} else {
		if (*text_of(row, "problem"))
			add_line(c, xstrdup(text_of(row, "problem")));
		add_evidence(c, doc);
	}
	if (word_listed(" broken ungraded ", status))
		add_next(json_object_get(c, "next"),
			 "the kit's fault, not theirs: run the same batch again", NULL);
	add_commands(t, c, row);
	json_decref(doc);
	json_decref(rows);
	return rows ? ret : -EIO;
}

static json_t *person_case(json_t *cases, const json_t *s, const char *status, size_t notes,
			   const char *what)
{
	json_t *c = new_case(cases, s, NULL, status);
	size_t i;

	for (i = 0; i < notes; i++)
		add_line(c, xstrdup(json_string_value(
				    json_array_get(json_object_get(s, "notes"), i))));
	add_next(json_object_get(c, "next"), what, NULL);
	return c;
}

/* What nobody on the roster handed in may be somebody's who takes part no more. */
static void add_settling(const struct term *t, json_t *c, const json_t *s)
{
	json_t *one;
	const char *lab;

	json_object_foreach(json_object_get(s, "labs"), lab, one) {
		json_t *about =
			json_pack("{s:O,s:s}", "student", json_object_get(s, "id"), "lab", lab);

		if (!word_listed(" missing open ", text_of(one, "status")) &&
		    !json_object_get(one, "decided"))
			add_next(json_object_get(c, "next"),
				 "or leave it as it is, and ask no more",
				 command(t, "decide", "", about, " 'the reason'"));
		json_decref(about);
	}
}

/* The submissions of somebody that fit several people. */
static int add_several(const struct term *t, json_t *c, bool *several, struct err *e)
{
	json_t *rows = store_rows(t->store, e,
				  "SELECT s.source, n.value AS why FROM submissions s,"
				  " json_each(s.notes) n WHERE s.student = ? AND n.value = ?"
				  " ORDER BY s.id",
				  "ss", text_of(c, "student"), ROSTER_SEVERAL),
	       *row;
	size_t i;

	json_array_foreach(rows, i, row)
		add_line(c, xasprintf("%s: %s", text_of(row, "source"), text_of(row, "why")));
	*several = json_array_size(rows) > 0;
	json_decref(rows);
	return rows ? 0 : -EIO;
}

static int stranger_case(const struct term *t, json_t *cases, const json_t *s, struct err *e)
{
	json_t *c = new_case(cases, s, NULL, "not on the roster");
	bool several;
	int ret = add_several(t, c, &several, e);

	add_next(json_object_get(c, "next"),
		 several ?
			 "give the submission the id of one in its name, or write the platform's "
			 "number of each into the column lms of the roster, and run the same "
			 "batch again" :
			 "add them to the roster, or give the submission the name of one, and run "
			 "the same batch again",
		 NULL);
	add_settling(t, c, s);
	return ret;
}

/* Who it is, and what of theirs could not be read: the first of their notes. */
static int person_cases(const struct term *t, json_t *cases, const json_t *s, struct err *e)
{
	size_t unusable = (size_t)json_integer_value(json_object_get(s, "unusable"));
	int ret = 0;

	if (json_is_true(json_object_get(s, "stranger")))
		ret = stranger_case(t, cases, s, e);
	if (unusable)
		person_case(cases, s, "unusable", unusable,
			    text_is(s, "status", "unusable") ?
				    "ask for another archive, and run the same batch again" :
				    "ask for another archive, or remove that file, and run the "
				    "same batch again");
	return ret;
}

json_t *review_cases(const struct term *t, const json_t *book, struct err *e)
{
	json_t *cases = json_array(), *s, *one;
	const char *lab;
	size_t i;
	int ret = 0;

	json_array_foreach(json_object_get(book, "students"), i, s) {
		if (!ret)
			ret = person_cases(t, cases, s, e);
		json_object_foreach(json_object_get(s, "labs"), lab, one)
			if (!ret)
				ret = lab_case(t, cases, s, lab, one, e);
	}
	if (!ret)
		return cases;
	json_decref(cases);
	return NULL;
}
