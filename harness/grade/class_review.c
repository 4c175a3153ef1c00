// SPDX-License-Identifier: GPL-2.0-only
/*
 * class_review.c - inside the class page: what a person has to look at, with the
 * evidence and the command that decides, and how it was graded; see class_page.h.
 */
#include <errno.h>
#include <string.h>

#include "class_page.h"
#include "html.h"
#include "review.h"
#include "util.h"

/* Times in the store are whole seconds: of a shorter run they say too little for a rate. */
#define SECONDS_MIN 10

/* ------------------------------------------------------------------- review */

static void put_case(const struct class_page *p, const json_t *c)
{
	json_t *line, *next;
	size_t i;

	html_badge(p->out, text_of(c, "status"));
	html(p->out, " <strong>%s</strong>\n<ul>\n", text_of(c, "lab"));
	json_array_foreach(json_object_get(c, "evidence"), i, line)
		html(p->out, "<li>%s</li>\n", json_string_value(line));
	fputs("</ul>\n", p->out);
	if (*text_of(c, "console"))
		html(p->out,
		     "<details class=\"more\"><summary>The end of its console</summary>"
		     "<pre>%s</pre></details>\n",
		     text_of(c, "console"));
	fputs("<ul>\n", p->out);
	json_array_foreach(json_object_get(c, "next"), i, next) {
		html(p->out, "<li>%s", text_of(next, "what"));
		if (*text_of(next, "command"))
			html(p->out, ": <code>%s</code>", text_of(next, "command"));
		fputs("</li>\n", p->out);
	}
	fputs("</ul>\n", p->out);
}

/* One after another; those of one person stand together. */
static void put_cases(const struct class_page *p, const json_t *cases)
{
	const char *last = "";
	json_t *c;
	size_t i;

	json_array_foreach((json_t *)cases, i, c) {
		json_t *person = json_pack("{s:O,s:O}", "id", json_object_get(c, "student"), "name",
					   json_object_get(c, "name"));

		if (strcmp(last, text_of(c, "student"))) {
			fputs(*last ? "</li>\n<li><h3>" : "<li><h3>", p->out);
			class_page_person(p, person);
			html(p->out, " <span class=\"quiet small\">%s</span></h3>\n",
			     text_of(person, "id"));
			last = text_of(c, "student");
		}
		put_case(p, c);
		json_decref(person);
	}
	fputs("</li>\n", p->out);
}

int class_page_review(const struct class_page *p, struct err *e)
{
	json_t *cases = review_cases(p->term, p->book, e);
	size_t n = json_array_size(cases);

	html(p->out, "<section class=\"card%s\" id=\"review\"><h2>To look at</h2>\n",
	     n ? " call" : "");
	if (n) {
		html(p->out,
		     "<p>%zu %s for a person. What is held has no points before.</p>\n"
		     "<ul class=\"cases\">\n",
		     n, n == 1 ? "case waits" : "cases wait");
		put_cases(p, cases);
		fputs("</ul></section>\n", p->out);
	} else {
		fputs("<p>Nothing waits for a person.</p></section>\n", p->out);
	}
	json_decref(cases);
	return cases ? 0 : -EIO;
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
	double seconds = number_of(run, "seconds");

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
		p->term->store, e,
		"WITH g AS (SELECT (SELECT max(r.id) FROM runs r WHERE r.started <= g.started) AS run,"
		/* One that was kept has been counted at its first grading. */
		"  (SELECT count(*) FROM json_each(g.result, '$.labs[0].machines') AS m"
		"   WHERE json_extract(m.value, '$.start') <> 'kept') AS machines"
		" FROM gradings g)"
		" SELECT r.started, r.ended, count(g.run) AS gradings,"
		"  coalesce(sum(g.machines), 0) AS machines,"
		"  round((julianday(r.ended) - julianday(r.started)) * 86400) AS seconds"
		" FROM runs r JOIN g ON g.run = r.id GROUP BY r.id ORDER BY r.id DESC LIMIT 10",
		"");
	json_t *versions = store_rows(p->term->store, e,
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
