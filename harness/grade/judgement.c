// SPDX-License-Identifier: GPL-2.0-only
/*
 * judgement.c - what is decided about one test, see judgement.h.
 */
#include "judgement.h"

#include <stdlib.h>
#include <string.h>

#include "source_line.h"
#include "util.h"

#define EVIDENCE_TEXT_MAX (8 << 10)

static void say(struct judgement *j, enum verdict v, const char *key, char *text)
{
	j->verdict = v;
	if (!j->evidence)
		j->evidence = json_object();
	json_object_set_new(j->evidence, key, json_string(text));
	free(text);
}

void judgement_reset(struct judgement *j)
{
	json_decref(j->evidence);
	j->evidence = NULL;
	j->verdict = VERDICT_NONE;
	j->under_way = false;
}

void judgement_starved(struct judgement *j)
{
	say(j, VERDICT_BROKEN, "message",
	    xasprintf("The host is too busy: twice the test's machine was silent, and got only "
		      "%d %% of the processor time that it wanted. Grade again with less else to "
		      "do, or with fewer jobs.",
		      j->starved));
}

void judgement_block(struct judgement *j, const struct judgement *need)
{
	judgement_reset(j);
	say(j, VERDICT_BLOCKED, "message",
	    xasprintf("needs %s, which did not pass", need->def->id));
}

/* The first line that says what is wrong, not where the compiler was then. */
static const char *telling_line(const char *text)
{
	const char *line;

	text += strspn(text, " \n");
	for (line = text; *line; line += strspn(line, "\n")) {
		size_t len = strcspn(line, "\n");

		if (memmem(line, len, "error: ", 7) || memmem(line, len, "undefined reference", 19))
			return line;
		line += len;
	}
	return text;
}

void judgement_from_build(struct judgement *j, const struct lab_def *lab, enum part part,
			  const struct compiled *c)
{
	const struct compiled_part *p = &c->part[part];
	const char *what =
		p->verdict == VERDICT_BUILD    ? "did not compile" :
		p->verdict == VERDICT_REJECTED ? "was refused by the gate" :
						 "could not be built, which is the kit's fault";
	const char *line = telling_line(p->text ? p->text : "");
	struct lab_def only;

	manifest_part_of(lab, part, &only);
	say(j, p->verdict, "message",
	    xasprintf("%s %s: %.*s", only.files[0], what, (int)strcspn(line, "\n"), line));
}

/* ---------------------------------------------------- from a suite's record */

static void copy_text(json_t *to, json_t *record, const char *key)
{
	const char *s = json_string_value(json_object_get(record, key));
	size_t len = s ? json_string_length(json_object_get(record, key)) : 0;
	char *clean;

	if (!s || !*s)
		return;
	clean = clean_text(s, len > EVIDENCE_TEXT_MAX ? EVIDENCE_TEXT_MAX : len);
	json_object_set_new(to, key, json_string(clean));
	free(clean);
}

static void copy_notes(json_t *to, json_t *record)
{
	json_t *notes = json_object_get(record, "notes"), *note, *out;
	size_t i;

	if (!json_array_size(notes))
		return;
	out = json_array();
	json_array_foreach(notes, i, note) {
		char *clean = json_is_string(note) ? clean_text(json_string_value(note),
								json_string_length(note)) :
						     NULL;

		if (clean && i < 32)
			json_array_append_new(out, json_string(clean));
		free(clean);
	}
	json_object_set_new(to, "notes", out);
}

static void take_record(struct judgement *j, const struct compiled *c, json_t *record)
{
	static const char *const keys[] = { "message", "expected", "got",  "input", "calls",
					    "stderr",  "signal",   "addr", "ip",    "waiting" };
	json_t *ms = json_object_get(record, "ms");
	const char *ip;
	size_t i;

	j->evidence = json_object();
	j->verdict = verdict_parse(json_string_value(json_object_get(record, "outcome")));
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		copy_text(j->evidence, record, keys[i]);
	copy_notes(j->evidence, record);
	if (json_is_integer(ms) && json_integer_value(ms) >= 0)
		json_object_set(j->evidence, "ms", ms);
	ip = json_string_value(json_object_get(j->evidence, "ip"));
	if (ip && c->program) {
		char *line = program_line(c->program, ip,
					  json_string_value(json_object_get(record, "callers")));

		if (line)
			json_object_set_new(j->evidence, "at", json_string(line));
		free(line);
	}
}

/* A pass counts when the host has seen for itself what the manifest asks. */
static void need_evidence(struct judgement *j, json_t *seen)
{
	if (j->verdict == VERDICT_PASS &&
	    j->def->evidence & ~json_integer_value(json_object_get(seen, j->def->id)))
		say(j, VERDICT_FAIL, "message",
		    xstrdup("The machine reported a pass, but the host, looking at its memory "
			    "from outside, did not see what this test asks for."));
}

/* -------------------------------------------------- from a machine's end */

static void from_oops(struct judgement *j, struct oops *o)
{
	say(j, VERDICT_OOPS, "message",
	    xasprintf("The kernel oopsed while this test ran: %s%s%s", o->what,
		      o->cause ? ". " : "", o->cause ? o->cause : ""));
	if (o->where)
		say(j, VERDICT_OOPS, "at", xstrdup(o->where));
	say(j, VERDICT_OOPS, "log", xstrdup(o->log));
}

/* The machine ended while this test ran. */
static void from_end(struct judgement *j, const struct lab_def *lab, const struct compiled *c,
		     json_t *unit)
{
	bool timeout = text_is(unit, "end", "timeout");
	struct oops oops;

	/* An oops ends the machine at once. What a machine says that hangs comes
	 * from its watchdogs, if they had the time. */
	if (!timeout && lab->module &&
	    oops_find(text_of(unit, "console"), lab->module, c->debug, &oops)) {
		from_oops(j, &oops);
		oops_clear(&oops);
	} else if (timeout) {
		say(j, VERDICT_TIMEOUT, "message",
		    xasprintf(
			    "The machine was stopped: %s. %s", text_of(unit, "why"),
			    lab->module ?
				    "Usual causes: an endless loop in the driver, or a lock that is never released." :
				    "Usual causes: it starts processes without end, or uses up the machine's memory."));
	} else if (lab->module) {
		say(j, VERDICT_CRASH, "message",
		    xasprintf(
			    "The machine ended without a word from the kernel while this test ran (%s): a reset, a power-off or a triple fault.",
			    text_of(unit, "why")));
	} else {
		/* A user's program cannot end a machine. */
		say(j, VERDICT_BROKEN, "message",
		    xasprintf("The machine ended while this test ran: %s", text_of(unit, "why")));
	}
}

void judgement_from_unit(struct judgement *j, const struct lab_def *lab, const struct compiled *c,
			 json_t *unit, const char *why)
{
	json_t *record = json_object_get(json_object_get(unit, "results"), j->def->id);
	const char *running = text_of(unit, "running"), *end = text_of(unit, "end");
	json_t *starved = json_object_get(json_object_get(unit, "starved"), j->def->id);

	j->under_way = false;
	j->starved = starved ? (int)json_integer_value(starved) : -1;
	if (record) {
		take_record(j, c, record);
		/* The judge's deadlines stand still while its machine does. */
		if (j->verdict != VERDICT_FAIL)
			j->starved = -1;
		need_evidence(j, json_object_get(unit, "seen"));
		if (json_object_get(unit, "picture"))
			json_object_set(j->evidence, "picture", json_object_get(unit, "picture"));
	} else if (!unit)
		say(j, VERDICT_BROKEN, "message", xstrdup(why));
	else if (!strcmp(end, "stopped"))
		j->tries--; /* nobody wants to know any more */
	else if (!strcmp(end, "error") || !strcmp(end, "complete"))
		say(j, VERDICT_BROKEN, "message",
		    xasprintf("The test never reported: %s", text_of(unit, "why")));
	else if (!strcmp(running, j->def->id))
		from_end(j, lab, c, unit);
	else if (*running || json_object_size(json_object_get(unit, "results")))
		j->tries--; /* another test ended this machine */
	else
		say(j, VERDICT_BROKEN, "message",
		    xasprintf("The machine ended before its first test: %s", text_of(unit, "why")));
}
