// SPDX-License-Identifier: GPL-2.0-only
/*
 * class_review.c - inside the class page: what a person has to look at, with the
 * evidence and the command that decides, and how it was graded; see class_page.h.
 */
#include <stdlib.h>
#include <string.h>

#include "class_page.h"
#include "html.h"
#include "term.h"
#include "util.h"

/* Times in the store are whole seconds: of a shorter run they say too little for a rate. */
#define SECONDS_MIN 10

/* ------------------------------------------------------------------- review */

static void put_decide(const struct class_page *p, const char *id, const char *lab, bool points)
{
	char *who = shell_word(id), *folder = shell_word(p->folder);
	bool usual = !strcmp(p->folder, TERM_FOLDER);

	html(p->out, "<code>build/mmaplab decide %s%s%s%s%s %.2s &#39;the reason&#39;</code>",
	     usual ? "" : "--out ", usual ? "" : folder, usual ? "" : " ",
	     points ? "--points N " : "", who, lab);
	free(who);
	free(folder);
}

/* Why it is held, and how machines ended that did not end well. */
static void put_evidence(const struct class_page *p, const json_t *doc)
{
	json_t *h, *lab, *m;
	size_t i, k;

	fputs("<ul>\n", p->out);
	json_array_foreach(json_object_get(doc, "held"), i, h)
		html(p->out, "<li><code>%s</code> %s</li>\n",
		     *text_of(h, "test") ? text_of(h, "test") : "the machine",
		     text_of(h, "reason"));
	fputs("</ul>\n", p->out);
	json_array_foreach(json_object_get(doc, "labs"), i, lab)
		json_array_foreach(json_object_get(lab, "machines"), k, m)
			if (strcmp(text_of(m, "end"), "complete"))
				html(p->out,
				     "<details class=\"more\"><summary>A machine: %s</summary>"
				     "<pre>%s</pre></details>\n",
				     text_of(m, "why"), text_of(m, "console"));
}

static int put_held(const struct class_page *p, const char *id, const char *lab, struct err *e)
{
	json_t *rows = store_rows(
		p->store, e, "SELECT result FROM current_gradings WHERE student = ? AND lab = ?",
		"ss", id, lab);
	json_t *doc = json_loads(text_of(json_array_get(rows, 0), "result"), 0, NULL);

	if (doc)
		put_evidence(p, doc);
	fputs("<p>To accept the points: ", p->out);
	put_decide(p, id, lab, false);
	fputs("</p>\n", p->out);
	json_decref(doc);
	json_decref(rows);
	return rows ? 0 : -EIO;
}

static int put_lab_case(const struct class_page *p, const json_t *s, const char *lab,
			const json_t *one, struct err *e)
{
	const char *status = text_of(one, "status"), *id = text_of(s, "id");
	int ret = 0;

	if (!word_listed(" held ambiguous broken ungraded ", status))
		return 0;
	html(p->out, "<p>");
	html_badge(p->out, status);
	html(p->out, " <strong>%s</strong></p>\n", lab);
	if (!strcmp(status, "held")) {
		ret = put_held(p, id, lab, e);
	} else if (!strcmp(status, "ambiguous")) {
		fputs("<p>Take one of the two away and run the batch again, or give points: ",
		      p->out);
		put_decide(p, id, lab, true);
		fputs("</p>\n", p->out);
	} else {
		fputs("<p>The kit&#39;s fault: run the same batch again.</p>\n", p->out);
	}
	return ret;
}

static bool waits(const json_t *s)
{
	return word_listed(" held broken unusable ", text_of(s, "status")) ||
	       *text_of(s, "id") == '?';
}

static int put_case(const struct class_page *p, const json_t *s, struct err *e)
{
	json_t *one, *note;
	const char *lab;
	size_t i;
	int ret = 0;

	fputs("<li><h3>", p->out);
	class_page_person(p, s);
	html(p->out, " <span class=\"quiet small\">%s</span></h3>\n", text_of(s, "id"));
	if (*text_of(s, "id") == '?')
		fputs("<p>Nobody on the roster: add them to it, or give the submission the "
		      "name of one, and run the batch again.</p>\n",
		      p->out);
	json_array_foreach(json_object_get(s, "notes"), i, note)
		html(p->out, "<p class=\"quiet\">%s</p>\n", json_string_value(note));
	if (!strcmp(text_of(s, "status"), "unusable"))
		fputs("<p>Ask for another archive, and run the batch again.</p>\n", p->out);
	json_object_foreach(json_object_get(s, "labs"), lab, one)
		if (!ret)
			ret = put_lab_case(p, s, lab, one, e);
	fputs("</li>\n", p->out);
	return ret;
}

int class_page_review(const struct class_page *p, struct err *e)
{
	json_t *s;
	unsigned n = 0;
	size_t i;
	int ret = 0;

	json_array_foreach(json_object_get(p->book, "students"), i, s)
		n += waits(s);
	html(p->out, "<section class=\"card%s\" id=\"review\"><h2>To look at</h2>\n",
	     n ? " call" : "");
	if (!n) {
		fputs("<p>Nothing waits for a person.</p></section>\n", p->out);
		return 0;
	}
	html(p->out,
	     "<p>%u %s for a person. No point of these counts before.</p>\n<ul class=\"cases\">\n",
	     n, n == 1 ? "submission waits" : "submissions wait");
	json_array_foreach(json_object_get(p->book, "students"), i, s)
		if (!ret && waits(s))
			ret = put_case(p, s, e);
	fputs("</ul></section>\n", p->out);
	return ret;
}

/* --------------------------------------------------------------------- runs */

/* How many, and of a run that was long enough how many a second. */
static void put_rate(FILE *out, const json_t *run, const char *key, double seconds)
{
	double n = json_number_value(json_object_get(run, key));

	html(out, "<td class=\"n\">%g", n);
	if (seconds >= SECONDS_MIN)
		html(out, "<br><span class=\"small quiet\">%.2f /s</span>", n / seconds);
	fputs("</td>", out);
}

static void put_run(FILE *out, const json_t *run)
{
	double seconds = json_number_value(json_object_get(run, "seconds"));

	html(out, "<tr><th scope=\"row\">%s</th>", text_of(run, "started"));
	put_rate(out, run, "gradings", seconds);
	put_rate(out, run, "machines", seconds);
	if (*text_of(run, "ended"))
		html(out, "<td class=\"n\">%g s</td></tr>\n", seconds);
	else
		fputs("<td class=\"n\">stopped</td></tr>\n", out);
}

static void put_versions(const struct class_page *p, const json_t *rows)
{
	json_t *row;
	size_t i;

	html(p->out, "<p class=\"small quiet\">Seed of the term: %s. Graded by ",
	     text_of(p->book, "seed"));
	json_array_foreach((json_t *)rows, i, row)
		html(p->out, "%smmaplab %s with kernel %s and %s", i ? "; " : "",
		     text_of(row, "mmaplab"), text_of(row, "kernel"), text_of(row, "qemu"));
	fputs(".</p></section>\n", p->out);
}

int class_page_runs(const struct class_page *p, struct err *e)
{
	/* A grading belongs to the last run that began before it. */
	json_t *runs = store_rows(
		p->store, e,
		"WITH g AS (SELECT (SELECT max(r.id) FROM runs r WHERE r.started <= g.started) AS run,"
		"  coalesce(json_array_length(g.result, '$.labs[0].machines'), 0) AS machines"
		"  FROM gradings g)"
		" SELECT r.started, r.ended, count(g.run) AS gradings,"
		"  coalesce(sum(g.machines), 0) AS machines,"
		"  round((julianday(r.ended) - julianday(r.started)) * 86400) AS seconds"
		" FROM runs r JOIN g ON g.run = r.id GROUP BY r.id ORDER BY r.id DESC LIMIT 10",
		"");
	json_t *versions = store_rows(p->store, e,
				      "SELECT DISTINCT mmaplab, kernel, qemu FROM current_gradings"
				      " WHERE mmaplab IS NOT NULL",
				      ""),
	       *run;
	size_t i;

	fputs("<section class=\"card\" id=\"runs\"><h2>Speed</h2>\n<table><caption>Runs of the batch "
	      "that graded something, the last first</caption><thead><tr><th scope=\"col\">begun</th>"
	      "<th scope=\"col\" class=\"n\">gradings</th><th scope=\"col\" class=\"n\">machines</th>"
	      "<th scope=\"col\" class=\"n\">took</th></tr></thead><tbody>\n",
	      p->out);
	json_array_foreach(runs, i, run)
		put_run(p->out, run);
	fputs("</tbody></table>\n", p->out);
	put_versions(p, versions);
	json_decref(runs);
	json_decref(versions);
	return runs && versions ? 0 : -EIO;
}
