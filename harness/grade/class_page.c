// SPDX-License-Identifier: GPL-2.0-only
/*
 * class_page.c - a class as one page: its head, its points, its labs and its
 * people; see class_page.h.
 */
#include "class_page.h"

#include <stdlib.h>
#include <string.h>

#include "html.h"
#include "util.h"

#define BINS 10

json_t *class_page_students(const struct class_page *p)
{
	return json_object_get(p->book, "students");
}

void class_page_person(const struct class_page *p, const json_t *student)
{
	const char *id = text_of(student, "id"), *name = text_of(student, "name");
	const char *page = text_of(p->pages, id);

	if (*page)
		html(p->out, "<a href=\"%s\"><bdi>%s</bdi></a>", page, *name ? name : id);
	else
		html(p->out, "<bdi>%s</bdi>", *name ? name : id);
}

json_t *class_page_tests(const struct class_page *p, const json_t *student, const char *lab)
{
	char *key = xasprintf("%s\n%s", text_of(student, "id"), lab);
	json_t *tests = json_object_get(p->tests, key);

	free(key);
	return tests;
}

bool class_page_begun(const json_t *tests)
{
	json_t *t;
	size_t i;

	json_array_foreach((json_t *)tests, i, t)
		if (text_is(t, "verdict", "pass"))
			return true;
	return false;
}

/* --------------------------------------------------------------------- head */

static void put_tile(FILE *out, const char *about, unsigned n)
{
	html(out, "<li><strong>%u</strong> %s</li>\n", n, about);
}

static void put_head(const struct class_page *p)
{
	static const char *const shown[] = { "full",   "partial", "held",
					     "broken", "missing", "unusable" };
	const char *term = text_of(p->book, "term");
	json_t *s;
	size_t i, k;

	html(p->out,
	     "<header class=\"top\"><p class=\"eyebrow\">mmaplab class report</p>\n<h1>%s</h1>\n",
	     *term ? term : "The class");
	html(p->out, "<p class=\"quiet\">As of %s</p>\n", text_of(p->book, "made"));
	fputs("<nav aria-label=\"Sections\"><ul><li><a href=\"#review\">To look at</a></li>"
	      "<li><a href=\"#points\">Points</a></li><li><a href=\"#labs\">Labs</a></li>"
	      "<li><a href=\"#hardest\">Hardest tests</a></li>"
	      "<li><a href=\"#mistakes\">Common mistakes</a></li>"
	      "<li><a href=\"#people\">People</a></li><li><a href=\"#runs\">Speed</a></li>"
	      "</ul></nav>\n<ul class=\"tiles\">\n",
	      p->out);
	put_tile(p->out, "people", (unsigned)json_array_size(class_page_students(p)));
	for (k = 0; k < sizeof(shown) / sizeof(shown[0]); k++) {
		unsigned n = 0;

		json_array_foreach(class_page_students(p), i, s)
			n += text_is(s, "status", shown[k]);
		if (n || k < 2)
			put_tile(p->out, shown[k], n);
	}
	fputs("</ul></header>\n<main>\n", p->out);
}

/* ------------------------------------------------------------------- points */

/* Shares of the maximum of everybody who has points and handed something in, sorted. */
static double *shares(const struct class_page *p, size_t *count)
{
	double *all = xcalloc(json_array_size(class_page_students(p)) + 1, sizeof(*all));
	json_t *s;
	size_t i;

	*count = 0;
	json_array_foreach(class_page_students(p), i, s)
		if (json_is_number(json_object_get(s, "points")) &&
		    !text_is(s, "status", "missing") && !text_is(s, "status", "unusable") &&
		    number_of(s, "max") > 0)
			all[(*count)++] = number_of(s, "points") / number_of(s, "max");
	sort_numbers(all, *count);
	return all;
}

static void put_points(const struct class_page *p)
{
	unsigned bin[BINS] = { 0 }, most = 1;
	size_t n, i;
	double *all = shares(p, &n);

	for (i = 0; i < n; i++) {
		size_t k = (size_t)(all[i] * BINS);

		k = k < BINS ? k : BINS - 1;
		most = ++bin[k] > most ? bin[k] : most;
	}
	fputs("<section class=\"card\" id=\"points\"><h2>Points</h2>\n", p->out);
	if (n)
		html(p->out,
		     "<p>Half of the people who have points have %.1f %% of the maximum or more; a "
		     "quarter has %.1f %% or more, a quarter %.1f %% or less.</p>\n",
		     all[n / 2] * 100, all[n - 1 - (n - 1) / 4] * 100, all[(n - 1) / 4] * 100);
	html(p->out,
	     "<table class=\"hist\"><caption>%zu people by their share of the maximum; those who handed nothing in "
	     "or have no points yet are left out</caption>\n<thead><tr><th scope=\"col\">share</th>"
	     "<th scope=\"col\" class=\"fill\">as a bar</th>"
	     "<th scope=\"col\" class=\"n\">people</th></tr></thead><tbody>\n",
	     n);
	for (i = BINS; n && i-- > 0;) {
		html(p->out, "<tr><th scope=\"row\" class=\"n\">%zu – %zu %%</th><td>",
		     i * 100 / BINS, (i + 1) * 100 / BINS);
		html_bar(p->out, (double)bin[i] / most, "part");
		html(p->out, "</td><td class=\"n\">%u</td></tr>\n", bin[i]);
	}
	fputs("</tbody></table></section>\n", p->out);
	free(all);
}

/* --------------------------------------------------------------------- labs */

struct lab_tally {
	unsigned count[6]; /* as in lab_kinds */
	unsigned people, with_points;
	double sum;
};

static const struct {
	const char *words, *name, *kind;
} lab_kinds[] = {
	{ " full ", "full", "good" },	       { " partial ", "partial", "part" },
	{ " held ambiguous ", "held", "odd" }, { " broken ungraded ", "broken", "bad" },
	{ " open ", "open", "none" },	       { " missing ", "missing", "none" },
};

#define LAB_KINDS (sizeof(lab_kinds) / sizeof(lab_kinds[0]))

static struct lab_tally tally_of(const struct class_page *p, const char *lab)
{
	struct lab_tally t = { .people = 0 };
	json_t *s, *one;
	size_t i, k;

	json_array_foreach(class_page_students(p), i, s) {
		one = json_object_get(json_object_get(s, "labs"), lab);
		for (k = 0; k < LAB_KINDS; k++)
			t.count[k] += word_listed(lab_kinds[k].words, text_of(one, "status"));
		t.people++;
		if (text_is(one, "status", "missing") ||
		    !json_is_number(json_object_get(one, "points")))
			continue;
		t.with_points++;
		t.sum += number_of(one, "points");
	}
	return t;
}

/* One bar of all kinds, in order; the words stand below it. */
static void put_stack(FILE *out, const struct lab_tally *t)
{
	double at = 0, width;
	bool first = true;
	size_t k;

	fputs("<svg class=\"bar\" viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" "
	      "aria-hidden=\"true\">",
	      out);
	for (k = 0; k < LAB_KINDS && t->people; k++) {
		width = 100.0 * t->count[k] / t->people;
		html(out, "<rect class=\"%s\" x=\"%.2f\" width=\"%.2f\" height=\"10\"/>",
		     lab_kinds[k].kind, at, width);
		at += width;
	}
	fputs("</svg><span class=\"small quiet\">", out);
	for (k = 0; k < LAB_KINDS; k++) {
		if (!t->count[k])
			continue;
		html(out, "%s%u %s", first ? "" : ", ", t->count[k], lab_kinds[k].name);
		first = false;
	}
	fputs("</span>", out);
}

static void put_labs(const struct class_page *p)
{
	json_t *lab;
	size_t i;

	fputs("<section class=\"card\" id=\"labs\"><h2>Labs</h2>\n<table><thead><tr>"
	      "<th scope=\"col\">lab</th><th scope=\"col\">people</th>"
	      "<th scope=\"col\" class=\"n\">mean points</th></tr></thead><tbody>\n",
	      p->out);
	json_array_foreach(json_object_get(p->book, "labs"), i, lab) {
		struct lab_tally t = tally_of(p, text_of(lab, "id"));

		html(p->out,
		     "<tr><th scope=\"row\">%s%s<br><span class=\"small quiet\">%s</span></th>"
		     "<td class=\"bars\">",
		     text_of(lab, "id"),
		     json_is_true(json_object_get(lab, "bonus")) ? " (bonus)" : "",
		     text_of(lab, "title"));
		put_stack(p->out, &t);
		fputs("</td><td class=\"n\">", p->out);
		if (t.with_points)
			html(p->out, "%.1f / %g", t.sum / t.with_points, number_of(lab, "max"));
		else
			html(p->out, "– / %g", number_of(lab, "max"));
		fputs("</td></tr>\n", p->out);
	}
	fputs("</tbody></table>\n<p class=\"small quiet\">The mean is over those who have points in "
	      "the lab.</p></section>\n",
	      p->out);
}

/* ------------------------------------------------------------------- people */

static void put_chip(FILE *out, const char *lab, const json_t *one)
{
	double max = number_of(one, "max"), points = number_of(one, "points");
	bool known = json_is_number(json_object_get(one, "points"));
	size_t k;

	for (k = 0; k < LAB_KINDS - 1 && !word_listed(lab_kinds[k].words, text_of(one, "status"));)
		k++;
	html(out, "<li class=\"%s\">%.2s ", lab_kinds[k].kind, lab);
	if (word_listed(" missing open held ambiguous broken ungraded ", text_of(one, "status")))
		html(out, "%s", text_of(one, "status"));
	else if (known)
		html(out, "%g/%g", points, max);
	if (json_integer_value(json_object_get(one, "days_late")))
		html(out, ", %d d late",
		     (int)json_integer_value(json_object_get(one, "days_late")));
	fputs("</li>", out);
}

static void put_people(const struct class_page *p)
{
	json_t *s, *one;
	const char *lab;
	size_t i;

	fputs("<section class=\"card\" id=\"people\"><h2>People</h2>\n<table><thead><tr>"
	      "<th scope=\"col\">who</th><th scope=\"col\">labs</th>"
	      "<th scope=\"col\" class=\"n\">total</th></tr></thead><tbody>\n",
	      p->out);
	json_array_foreach(class_page_students(p), i, s) {
		fputs("<tr><th scope=\"row\">", p->out);
		class_page_person(p, s);
		html(p->out,
		     "<br><span class=\"small quiet\">%s%s%s</span></th><td><ul class=\"chips\">",
		     *text_of(s, "name") ? text_of(s, "id") : "",
		     *text_of(s, "name") && *text_of(s, "section") ? ", " : "",
		     text_of(s, "section"));
		json_object_foreach(json_object_get(s, "labs"), lab, one)
			put_chip(p->out, lab, one);
		fputs("</ul></td><td class=\"n\">", p->out);
		if (json_is_number(json_object_get(s, "points")))
			html(p->out, "%g / %g<br>", number_of(s, "points"), number_of(s, "max"));
		html_badge(p->out, text_of(s, "status"));
		fputs("</td></tr>\n", p->out);
	}
	fputs("</tbody></table></section>\n", p->out);
}

/* ---------------------------------------------------------------- the whole */

static int read_tests(struct class_page *p, struct err *e)
{
	json_t *rows = store_rows(p->term->store, e,
				  "SELECT student, lab, test, verdict, message FROM current_tests",
				  ""),
	       *row, *list;
	size_t i;

	p->tests = json_object();
	json_array_foreach(rows, i, row) {
		char *key = xasprintf("%s\n%s", text_of(row, "student"), text_of(row, "lab"));

		list = json_object_get(p->tests, key);
		if (!list) {
			list = json_array();
			json_object_set_new(p->tests, key, list);
		}
		json_array_append(list, row);
		free(key);
	}
	json_decref(rows);
	return rows ? 0 : -EIO;
}

int class_page_write(struct class_page *p, const char *path, struct err *e)
{
	char *text = NULL;
	size_t size;
	int ret = read_tests(p, e);

	p->out = open_memstream(&text, &size);
	html_begin(p->out, *text_of(p->book, "term") ? text_of(p->book, "term") : "Class: mmaplab");
	put_head(p);
	if (!ret)
		ret = class_page_review(p, e);
	put_points(p);
	put_labs(p);
	class_page_hardest(p);
	if (!ret)
		ret = class_page_mistakes(p, e);
	put_people(p);
	if (!ret)
		ret = class_page_runs(p, e);
	fputs("</main>\n<footer><p>Made by <code>mmaplab export --format html</code> of the term's "
	      "store. It holds names and points: keep it where only those read it who may.</p>"
	      "</footer>\n",
	      p->out);
	html_end(p->out);
	fclose(p->out);
	if (!ret)
		ret = write_file_atomic(path, text, size, e);
	free(text);
	json_decref(p->tests);
	return ret;
}
