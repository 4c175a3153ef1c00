// SPDX-License-Identifier: GPL-2.0-only
/*
 * render_html.c - a result as a page to read, see render.h. Who reads it wants
 * first the points, then what is missing in each lab and why; how it was
 * graded stands at the end.
 */
#include <stdlib.h>
#include <string.h>

#include "html.h"
#include "render.h"
#include "render_html.h"
#include "util.h"

static json_t *part(const json_t *o, const char *key)
{
	return json_object_get(o, key);
}

static void put_blocked(FILE *out, const json_t *lab)
{
	json_t *test;
	bool any = false;
	size_t i;

	json_array_foreach(part(lab, "tests"), i, test) {
		if (!page_has(test, "blocked"))
			continue;
		if (!any)
			fputs("<h3>Not run, as they need others</h3>\n<ul class=\"rows\">\n", out);
		any = true;
		page_row(out, lab, test);
	}
	if (any)
		fputs("</ul>\n", out);
}

/* What passed is read by few: it is there, but folded. */
static void put_passed(FILE *out, const json_t *lab)
{
	json_t *test;
	size_t i, n = 0;

	json_array_foreach(part(lab, "tests"), i, test)
		n += render_passed(test);
	if (!n)
		return;
	html(out, "<details class=\"more\"><summary>Passed: %zu</summary>\n<ul class=\"rows\">\n",
	     n);
	json_array_foreach(part(lab, "tests"), i, test)
		if (render_passed(test))
			page_row(out, lab, test);
	fputs("</ul></details>\n", out);
}

/* --------------------------------------------------------------------- labs */

/* A build that failed explains all tests that it decided; so it is shown once. */
static bool decided_by(const json_t *test, const json_t *build)
{
	return build && !page_has(build, "pass") && page_has(test, text_of(build, "verdict"));
}

static void put_build(FILE *out, const json_t *build, const char *what)
{
	bool passed = page_has(build, "pass");

	if (!build || (passed && !*text_of(build, "text")))
		return;
	if (passed) {
		html(out,
		     "<details class=\"more\"><summary>Warnings of the compiler%s, not "
		     "judged</summary><pre>%s</pre></details>\n",
		     what, text_of(build, "text"));
		return;
	}
	html(out, "<details class=\"test bad\" open><summary>");
	html_badge(out, text_of(build, "verdict"));
	html(out, "<h3>%s%s</h3></summary><div class=\"body\"><pre>%s</pre></div></details>\n",
	     page_has(build, "rejected") ? "The gate refused what was compiled" :
	     page_has(build, "broken")	 ? "The kit could not compile it" :
					   "It did not compile",
	     what, text_of(build, "text"));
}

static void put_machines(FILE *out, const json_t *lab)
{
	json_t *machines = part(lab, "machines"), *m;
	size_t i, n = json_array_size(machines);

	if (!n)
		return;
	html(out,
	     "<details class=\"more machines\"><summary>Machines: %zu</summary>\n<table>"
	     "<thead><tr><th scope=\"col\">kind</th><th scope=\"col\" class=\"n\">tests</th>"
	     "<th scope=\"col\" class=\"n\">ms</th><th scope=\"col\">end</th></tr></thead><tbody>\n",
	     n);
	json_array_foreach(machines, i, m) {
		html(out,
		     "<tr><td>%s, %s</td><td class=\"n\">%zu</td><td class=\"n\">%g</td>"
		     "<td>%s: %s",
		     text_of(m, "profile"), text_of(m, "start"), json_array_size(part(m, "tests")),
		     number_of(m, "ms"), text_of(m, "end"), text_of(m, "why"));
		if (*text_of(m, "console") && !text_is(m, "end", "complete"))
			html(out, "<pre>%s</pre>", text_of(m, "console"));
		fputs("</td></tr>\n", out);
	}
	fputs("</tbody></table></details>\n", out);
}

static void put_lab(FILE *out, const json_t *lab)
{
	json_t *build = part(lab, "build"), *program = part(build, "program"), *test;
	size_t i;

	fputs("<section class=\"card\" id=\"", out);
	html_id(out, text_of(lab, "id"), "");
	html(out, "\">\n<p class=\"eyebrow\">%s%s</p>\n<div class=\"score\"><h2>%s</h2><p><strong>",
	     text_of(lab, "id"), json_is_true(part(lab, "bonus")) ? " · bonus" : "",
	     text_of(lab, "title"));
	page_points(out, lab);
	fputs("</strong> points</p></div>\n", out);
	put_build(out, build, program ? " (driver)" : "");
	put_build(out, program, " (program)");
	json_array_foreach(part(lab, "tests"), i, test)
		if (!render_passed(test) && !page_has(test, "blocked") &&
		    !decided_by(test, build) && !decided_by(test, program))
			page_failure(out, lab, test);
	put_blocked(out, lab);
	put_passed(out, lab);
	put_machines(out, lab);
	fputs("</section>\n", out);
}

static void put_table(FILE *out, const json_t *doc)
{
	json_t *labs = part(doc, "labs"), *lab, *test;
	size_t i, k;

	if (json_array_size(labs) < 2)
		return;
	fputs("<section class=\"card\"><h2>Labs</h2>\n<table><thead><tr><th scope=\"col\">lab</th>"
	      "<th scope=\"col\" class=\"n\">points</th><th scope=\"col\" class=\"wide\">share</th>"
	      "<th scope=\"col\" class=\"n\">tests passed</th></tr></thead><tbody>\n",
	      out);
	json_array_foreach(labs, i, lab) {
		size_t passed = 0, n = json_array_size(part(lab, "tests"));

		json_array_foreach(part(lab, "tests"), k, test)
			passed += render_passed(test);
		fputs("<tr><th scope=\"row\"><a href=\"#", out);
		html_id(out, text_of(lab, "id"), "");
		html(out, "\">%s</a>%s</th><td class=\"n\">", text_of(lab, "id"),
		     json_is_true(part(lab, "bonus")) ? " (bonus)" : "");
		page_points(out, lab);
		fputs("</td><td class=\"bars wide\">", out);
		html_bar(out,
			 number_of(lab, "max") > 0 ?
				 number_of(lab, "points") / number_of(lab, "max") :
				 0,
			 passed == n ? "good" : "part");
		html(out, "</td><td class=\"n\">%zu of %zu</td></tr>\n", passed, n);
	}
	fputs("</tbody></table></section>\n", out);
}

/* ------------------------------------------------------------------ the rest */

static void put_held(FILE *out, const json_t *doc)
{
	json_t *held = part(doc, "held"), *h;
	size_t i;

	if (!render_waits(doc))
		return;
	fputs("<section class=\"card call\"><h2>Held for a person</h2>\n<p>Somebody has to look at "
	      "this before the points count.</p>\n<ul>\n",
	      out);
	json_array_foreach(held, i, h)
		html(out, "<li><code>%s %s</code> %s</li>\n", text_of(h, "lab"), text_of(h, "test"),
		     text_of(h, "reason"));
	fputs("</ul></section>\n", out);
}

/* By the course, where that is not what was graded. */
static void put_counts(FILE *out, const json_t *doc)
{
	char *counts = render_counts(doc), *rest = counts, *line;

	if (*counts)
		fputs("<section class=\"card\"><h2>What counts</h2>\n<ul>\n", out);
	while ((line = strsep(&rest, "\n")))
		if (*line)
			html(out, "<li>%s</li>\n", line);
	if (*counts)
		fputs("</ul></section>\n", out);
	free(counts);
}

static void put_notes(FILE *out, const json_t *doc)
{
	json_t *lists[] = { part(part(doc, "submission"), "notes"), part(doc, "notes") }, *note;
	const char *wrapper = text_of(part(doc, "submission"), "folder_stripped");
	size_t i, k;

	if (!*wrapper && !json_array_size(lists[0]) && !json_array_size(lists[1]))
		return;
	fputs("<section class=\"card\"><h2>Notes</h2>\n<ul>\n", out);
	if (*wrapper)
		html(out, "<li>The wrapping folder <code>%s</code> was stripped.</li>\n", wrapper);
	for (k = 0; k < 2; k++)
		json_array_foreach(lists[k], i, note)
			html(out, "<li>%s</li>\n", json_string_value(note));
	fputs("</ul></section>\n", out);
}

static void put_fact(FILE *out, const char *label, const char *text)
{
	html(out, "<dt>%s</dt><dd>%s</dd>\n", label, text);
}

static char *machine_of(const json_t *grading)
{
	return xasprintf("%s, %s", text_of(grading, "qemu"), text_of(grading, "accelerator"));
}

static char *kernel_of(const json_t *grading)
{
	return xstrdup(text_of(part(grading, "kernel"), "version"));
}

static char *kit_of(const json_t *grading)
{
	return xstrdup(text_of(grading, "mmaplab"));
}

/* A fact of one grading, or of several: each answer once. */
static void put_facts(FILE *out, const char *label, const json_t *gradings,
		      char *(*of)(const json_t *grading))
{
	json_t *answers = json_object(), *grading, *ignored;
	const char *answer;
	size_t i;

	json_array_foreach(gradings, i, grading) {
		char *text = of(grading);

		json_object_set_new(answers, text, json_true());
		free(text);
	}
	html(out, "<dt>%s</dt>", label);
	json_object_foreach(answers, answer, ignored)
		html(out, "<dd>%s</dd>", answer);
	fputs("\n", out);
	json_decref(answers);
}

/* Labs that were graded each for itself have each its own files and seed. */
static void put_gradings(FILE *out, const json_t *gradings)
{
	json_t *grading, *id;
	size_t i, k;

	fputs("<table><thead><tr><th scope=\"col\">lab</th><th scope=\"col\">when</th>"
	      "<th scope=\"col\">seed</th><th scope=\"col\">files (SHA-256)</th></tr></thead>"
	      "<tbody>\n",
	      out);
	json_array_foreach(gradings, i, grading) {
		fputs("<tr><th scope=\"row\">", out);
		json_array_foreach(part(grading, "labs"), k, id)
			html(out, "%s%s", k ? ", " : "", json_string_value(id));
		html(out, "</th><td>%s</td><td><code>%s</code></td><td><code>%s</code></td></tr>\n",
		     text_of(grading, "started"), text_of(grading, "seed"),
		     text_of(part(grading, "submission"), "sha256"));
	}
	fputs("</tbody></table>\n", out);
}

static void put_foot(FILE *out, const json_t *doc)
{
	json_t *joined = part(doc, "gradings"), *gradings = json_array();
	bool several = json_array_size(joined) > 1;

	if (joined)
		json_array_extend(gradings, joined);
	else
		json_array_append(gradings, (json_t *)doc);
	fputs("<footer><h2>How it was graded</h2>\n", out);
	if (several)
		put_gradings(out, gradings);
	fputs("<dl class=\"facts\">\n", out);
	if (!several) {
		put_fact(out, "when", text_of(doc, "started"));
		put_fact(out, "seed", text_of(doc, "seed"));
		put_fact(out, "files", text_of(part(doc, "submission"), "sha256"));
	}
	html(out, "<dt>took</dt><dd>%.1f s</dd>\n", number_of(doc, "ms") / 1000);
	put_facts(out, "kernel", gradings, kernel_of);
	put_facts(out, "machine", gradings, machine_of);
	put_facts(out, "mmaplab", gradings, kit_of);
	html(out,
	     "</dl>\n<p>The same inputs again: <code>make grade SUBMISSION=... SEED=%s</code></p>\n"
	     "</footer>\n",
	     several ? "..." : text_of(doc, "seed"));
	json_decref(gradings);
}

void render_html(FILE *out, const json_t *doc)
{
	bool scored = json_is_number(part(doc, "points"));
	json_t *lab;
	size_t i;
	const char *person = text_of(doc, "person"), *name = text_of(doc, "name");
	char *title = xasprintf("%s: mmaplab", name);

	html_begin(out, title);
	html(out,
	     "<header class=\"top\"><p class=\"eyebrow\">mmaplab report%s%s</p>\n"
	     "<h1>%s</h1>\n<p class=\"score\"><strong>",
	     *person ? " · " : "", *person ? name : "", *person ? person : name);
	page_points(out, doc);
	fputs("</strong> points ", out);
	html_badge(out, render_status(doc));
	fputs("</p>\n", out);
	html_bar(out,
		 number_of(doc, "max") > 0 ? number_of(doc, "points") / number_of(doc, "max") : 0,
		 "part");
	if (!scored)
		fputs("<p>A test is broken by a fault of the kit, so there is no score yet.</p>\n",
		      out);
	fputs("</header>\n<main>\n", out);
	put_held(out, doc);
	put_counts(out, doc);
	put_table(out, doc);
	json_array_foreach(part(doc, "labs"), i, lab)
		put_lab(out, lab);
	put_notes(out, doc);
	fputs("</main>\n", out);
	put_foot(out, doc);
	html_end(out);
	free(title);
}
