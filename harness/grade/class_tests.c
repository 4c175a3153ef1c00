// SPDX-License-Identifier: GPL-2.0-only
/*
 * class_tests.c - inside the class page: which tests are the hardest, and which
 * mistakes are made; see class_page.h. A submission in which no test of a lab
 * passes says nothing about either: it was not begun, or does not compile.
 */
#include <stdlib.h>
#include <string.h>

#include "class_page.h"
#include "html.h"
#include "mistakes.h"
#include "util.h"
#include "verdict.h"

#define HARDEST 12
#define MISTAKES 15
#define NAMES 12

/* ------------------------------------------------------------------ hardest */

struct hard {
	const struct lab_def *lab;
	const struct test_def *test;
	unsigned failed, passed, blocked;
	unsigned often; /* so many said the same */
	char *message; /* this */
};

/* What most of those who failed were told. */
static void count_message(json_t *said, const json_t *row, struct hard *h)
{
	char *shape = mistakes_shape(text_of(row, "message"));
	json_int_t n = json_integer_value(json_object_get(said, shape)) + 1;

	json_object_set_new(said, shape, json_integer(n));
	if (n > h->often) {
		h->often = (unsigned)n;
		free(h->message);
		h->message = xstrdup(text_of(row, "message"));
	}
	free(shape);
}

static struct hard count_test(const struct class_page *p, const struct lab_def *lab,
			      const struct test_def *test)
{
	struct hard h = { .lab = lab, .test = test };
	json_t *said = json_object(), *s, *tests, *t;
	size_t i, k;

	json_array_foreach(class_page_students(p), i, s) {
		tests = class_page_tests(p, s, lab->id);
		if (!class_page_begun(tests))
			continue;
		json_array_foreach(tests, k, t) {
			enum verdict v = verdict_parse(text_of(t, "verdict"));

			if (!text_is(t, "test", test->id))
				continue;
			h.passed += v == VERDICT_PASS;
			h.blocked += v == VERDICT_BLOCKED;
			if (!verdict_is_failure(v))
				continue;
			h.failed++;
			count_message(said, t, &h);
		}
	}
	json_decref(said);
	return h;
}

static int by_share(const void *a, const void *b)
{
	const struct hard *x = a, *y = b;
	double left = (double)x->failed / (x->failed + x->passed);
	double right = (double)y->failed / (y->failed + y->passed);

	return left > right ? -1 : left < right ? 1 : (int)y->failed - (int)x->failed;
}

static struct hard *find_hard(const struct class_page *p, size_t *count)
{
	struct hard *all = NULL;
	size_t i, k;

	*count = 0;
	for (i = 0; i < p->m->labs_count; i++)
		for (k = 0; k < p->m->labs[i].tests_count; k++) {
			struct hard h = count_test(p, &p->m->labs[i], &p->m->labs[i].tests[k]);

			if (!h.failed)
				continue;
			all = xrealloc(all, (*count + 1) * sizeof(*all));
			all[(*count)++] = h;
		}
	if (*count)
		qsort(all, *count, sizeof(*all), by_share);
	return all;
}

static void put_hard(FILE *out, const struct hard *h)
{
	unsigned ran = h->failed + h->passed;

	html(out,
	     "<li><div class=\"what\"><strong>%s</strong><br><span class=\"small quiet\">%s, %s"
	     "</span>",
	     h->test->title, h->lab->id, h->test->id);
	if (*h->message)
		html(out, "<p class=\"small\">%s%s</p>",
		     h->often == h->failed ? "Always: " :
		     h->often > 1	   ? "Most often: " :
					     "For example: ",
		     h->message);
	html(out, "</div><div class=\"meter\"><span>%u of %u</span>", h->failed, ran);
	html_bar(out, (double)h->failed / ran, "bad");
	if (h->blocked)
		html(out, "<span class=\"small quiet\">not run for %u</span>", h->blocked);
	fputs("</div></li>\n", out);
}

void class_page_hardest(const struct class_page *p)
{
	size_t n, i;
	struct hard *all = find_hard(p, &n);

	fputs("<section class=\"card\" id=\"hardest\"><h2>Hardest tests</h2>\n", p->out);
	if (n)
		html(p->out,
		     "<p class=\"small quiet\">So many fail, of those for whom the test was run and who "
		     "pass another of the lab%s.</p>\n<ol class=\"rows\">\n",
		     n > HARDEST ? "; the first of the list" : "");
	else
		fputs("<p>No test was failed.</p>\n", p->out);
	for (i = 0; i < n; i++) {
		if (i < HARDEST)
			put_hard(p->out, &all[i]);
		free(all[i].message);
	}
	fputs(n ? "</ol></section>\n" : "</section>\n", p->out);
	free(all);
}

/* ----------------------------------------------------------------- mistakes */

/* What all submissions look like. */
struct found {
	json_t *groups; /* by lab and names: { lab, names, why, people } */
	json_t *strange; /* the same, of failures that no mistake explains */
	json_t *unknown; /* labs of whose mistakes nothing is known */
};

/* The people who made these mistakes, to be added to. */
static json_t *group_of(json_t *groups, const struct lab_def *lab, const struct mistakes *k,
			const json_t *names)
{
	char *list = json_dumps(names, JSON_COMPACT), *key = xasprintf("%s %s", lab->id, list);
	json_t *group = json_object_get(groups, key), *why, *name;
	size_t i;

	if (!group) {
		why = json_array();
		json_array_foreach((json_t *)names, i, name)
			json_array_append_new(
				why, json_string(mistakes_why(k, json_string_value(name))));
		group = json_pack("{s:s,s:O,s:o,s:[]}", "lab", lab->id, "names", names, "why", why,
				  "people");
		json_object_set_new(groups, key, group);
	}
	free(key);
	free(list);
	return json_object_get(group, "people");
}

static bool fails(const json_t *tests)
{
	json_t *t;
	size_t i;

	json_array_foreach((json_t *)tests, i, t)
		if (verdict_is_failure(verdict_parse(text_of(t, "verdict"))))
			return true;
	return false;
}

static void match_all(const struct class_page *p, const struct lab_def *lab,
		      const struct mistakes *k, struct found *f)
{
	json_t *s, *tests, *matches, *names, *none = json_array();
	size_t i, n;

	json_array_foreach(class_page_students(p), i, s) {
		tests = class_page_tests(p, s, lab->id);
		if (!fails(tests) || !class_page_begun(tests))
			continue;
		matches = mistakes_match(k, tests);
		json_array_foreach(matches, n, names)
			json_array_append(group_of(f->groups, lab, k, names), s);
		if (!json_array_size(matches))
			json_array_append(group_of(f->strange, lab, k, none), s);
		json_decref(matches);
	}
	json_decref(none);
}

static int match_lab(const struct class_page *p, const char *id, struct found *f, struct err *e)
{
	const struct lab_def *lab = manifest_find_lab(p->m, id, e);
	struct mistakes *k = NULL;
	int ret = lab ? mistakes_read(p->m->root, lab, &k, e) : -EINVAL;

	if (!ret)
		match_all(p, lab, k, f);
	else if (ret == -ENOENT)
		json_array_append_new(f->unknown, json_string(id));
	mistakes_free(k);
	return ret == -ENOENT ? 0 : ret;
}

/* The people of a group; its lab before them. */
static void put_names(const struct class_page *p, const json_t *group)
{
	json_t *people = json_object_get(group, "people");
	size_t n = json_array_size(people), i;

	html(p->out, "<p class=\"small quiet\">%s: ", text_of(group, "lab"));
	for (i = 0; i < n && i < NAMES; i++) {
		fputs(i ? ", " : "", p->out);
		class_page_person(p, json_array_get(people, i));
	}
	if (n > NAMES)
		html(p->out, " and %zu more", n - NAMES);
	fputs("</p>", p->out);
}

static void put_group(const struct class_page *p, const json_t *group)
{
	json_t *name;
	size_t i;

	html(p->out, "<li><span class=\"badge part\">%zu</span><div class=\"what\">",
	     json_array_size(json_object_get(group, "people")));
	json_array_foreach(json_object_get(group, "names"), i, name)
		html(p->out, "<p>%s<code>%s</code> %s</p>", i ? "or " : "", json_string_value(name),
		     json_string_value(json_array_get(json_object_get(group, "why"), i)));
	if (!i)
		fputs("<p>Something that no wrong solution of the kit does</p>", p->out);
	put_names(p, group);
	fputs("</div></li>\n", p->out);
}

static int by_people(const void *a, const void *b)
{
	size_t x = json_array_size(json_object_get(*(json_t *const *)a, "people"));
	size_t y = json_array_size(json_object_get(*(json_t *const *)b, "people"));

	return x > y ? -1 : x < y;
}

static void put_groups(const struct class_page *p, const json_t *groups)
{
	size_t n = json_object_size(groups), i = 0;
	json_t **list = xcalloc(n + 1, sizeof(*list)), *group;
	const char *key;

	json_object_foreach((json_t *)groups, key, group)
		list[i++] = group;
	qsort(list, n, sizeof(*list), by_people);
	if (n)
		fputs("<ul class=\"rows\">\n", p->out);
	for (i = 0; i < n; i++) {
		if (i == MISTAKES)
			html(p->out,
			     "</ul>\n<details class=\"more\"><summary>%zu rarer</summary>\n"
			     "<ul class=\"rows\">\n",
			     n - MISTAKES);
		put_group(p, list[i]);
	}
	if (n)
		fputs(n > MISTAKES ? "</ul></details>\n" : "</ul>\n", p->out);
	free(list);
}

static void put_unknown(FILE *out, const json_t *labs)
{
	json_t *lab;
	size_t i;

	if (!json_array_size(labs))
		return;
	fputs("<p class=\"small quiet\">Of these labs the kit has not written down what its wrong "
	      "solutions fail:",
	      out);
	json_array_foreach((json_t *)labs, i, lab)
		html(out, "%s %s", i ? "," : "", json_string_value(lab));
	fputs(". <code>make wrong LAB=..</code>, then <code>make figures</code> does so.</p>\n",
	      out);
}

int class_page_mistakes(const struct class_page *p, struct err *e)
{
	struct found f = { json_object(), json_object(), json_array() };
	json_t *lab;
	size_t i;
	int ret = 0;

	json_array_foreach(json_object_get(p->book, "labs"), i, lab)
		if (!ret)
			ret = match_lab(p, text_of(lab, "id"), &f, e);
	fputs("<section class=\"card\" id=\"mistakes\"><h2>Common mistakes</h2>\n"
	      "<p class=\"small quiet\">Submissions that fail the same tests in the same words as a "
	      "wrong solution of the kit (<code>solutions/wrong/</code>), which says what its author "
	      "thought. A guess for whoever teaches, not a verdict.</p>\n",
	      p->out);
	put_groups(p, f.groups);
	put_groups(p, f.strange);
	put_unknown(p->out, f.unknown);
	fputs("</section>\n", p->out);
	json_decref(f.groups);
	json_decref(f.strange);
	json_decref(f.unknown);
	return ret;
}
