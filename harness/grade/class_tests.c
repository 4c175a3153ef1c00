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
#define NAMES 12

static json_t *students(const struct class_page *p)
{
	return json_object_get(p->book, "students");
}

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

	json_array_foreach(students(p), i, s) {
		tests = class_page_tests(p, s, lab->id);
		if (!class_page_begun(tests))
			continue;
		json_array_foreach(tests, k, t) {
			enum verdict v = verdict_parse(text_of(t, "verdict"));

			if (strcmp(text_of(t, "test"), test->id))
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
	     "<tr><th scope=\"row\">%s<br><span class=\"small quiet\">%s, %s</span>"
	     "<p class=\"small said\">%s%s</p></th><td class=\"bars\">",
	     h->test->title, h->lab->id, h->test->id,
	     *h->message ? (h->often < h->failed ? "Most often: " : "Always: ") : "", h->message);
	html_bar(out, (double)h->failed / ran, "bad");
	html(out, "</td><td class=\"n\">%u of %u", h->failed, ran);
	if (h->blocked)
		html(out, "<br><span class=\"small quiet\">%u blocked</span>", h->blocked);
	fputs("</td></tr>\n", out);
}

void class_page_hardest(const struct class_page *p)
{
	size_t n, i;
	struct hard *all = find_hard(p, &n);

	fputs("<section class=\"card\" id=\"hardest\"><h2>Hardest tests</h2>\n", p->out);
	if (n)
		html(p->out,
		     "<table><caption>Of those for whom the test was run, and of whose lab any test "
		     "passed%s</caption><thead><tr><th scope=\"col\">test</th><th scope=\"col\">share"
		     "</th><th scope=\"col\" class=\"n\">failed</th></tr></thead><tbody>\n",
		     n > HARDEST ? "; the first of the list" : "");
	else
		fputs("<p>No test was failed.</p>\n", p->out);
	for (i = 0; i < n; i++) {
		if (i < HARDEST)
			put_hard(p->out, &all[i]);
		free(all[i].message);
	}
	fputs(n ? "</tbody></table></section>\n" : "</section>\n", p->out);
	free(all);
}

/* ----------------------------------------------------------------- mistakes */

/* What one lab's submissions look like. */
struct found {
	json_t *groups; /* "a\nb" -> { names, people } */
	json_t *strange; /* people whose failures no mistake explains */
};

static json_t *group_of(json_t *groups, const json_t *names)
{
	char *key = json_dumps(names, JSON_COMPACT);
	json_t *group = json_object_get(groups, key);

	if (!group) {
		group = json_pack("{s:O,s:[]}", "names", names, "people");
		json_object_set_new(groups, key, group);
	}
	free(key);
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
	json_t *s, *tests, *matches, *names;
	size_t i, n;

	json_array_foreach(students(p), i, s) {
		tests = class_page_tests(p, s, lab->id);
		if (!fails(tests) || !class_page_begun(tests))
			continue;
		matches = mistakes_match(k, tests);
		json_array_foreach(matches, n, names)
			json_array_append(group_of(f->groups, names), s);
		if (!json_array_size(matches))
			json_array_append(f->strange, s);
		json_decref(matches);
	}
}

static void put_names(const struct class_page *p, const json_t *people)
{
	size_t n = json_array_size(people), i;

	for (i = 0; i < n && i < NAMES; i++) {
		fputs(i ? ", " : "", p->out);
		class_page_person(p, json_array_get(people, i));
	}
	if (n > NAMES)
		html(p->out, " and %zu more", n - NAMES);
}

static void put_group(const struct class_page *p, const struct lab_def *lab,
		      const struct mistakes *k, const json_t *group)
{
	json_t *names = json_object_get(group, "names"), *people = json_object_get(group, "people");
	json_t *name;
	size_t i;

	html(p->out, "<li><span class=\"badge part\">%zu</span><div class=\"what\">",
	     json_array_size(people));
	json_array_foreach(names, i, name) {
		const char *why = mistakes_why(k, json_string_value(name));

		html(p->out, "<p>%s<code>%s</code> %s</p>", i ? "or " : "", json_string_value(name),
		     why);
	}
	html(p->out, "<p class=\"small quiet\">%s: ", lab->id);
	put_names(p, people);
	fputs("</p></div></li>\n", p->out);
}

static int by_people(const void *a, const void *b)
{
	size_t x = json_array_size(json_object_get(*(json_t *const *)a, "people"));
	size_t y = json_array_size(json_object_get(*(json_t *const *)b, "people"));

	return x > y ? -1 : x < y;
}

static void put_found(const struct class_page *p, const struct lab_def *lab,
		      const struct mistakes *k, const struct found *f)
{
	size_t n = json_object_size(f->groups), i = 0;
	json_t **list = xcalloc(n + 1, sizeof(*list)), *group;
	const char *key;

	json_object_foreach(f->groups, key, group)
		list[i++] = group;
	qsort(list, n, sizeof(*list), by_people);
	if (n + json_array_size(f->strange))
		html(p->out, "<h3>%s</h3>\n<ul class=\"rows mistakes\">\n", lab->id);
	for (i = 0; i < n; i++)
		put_group(p, lab, k, list[i]);
	if (json_array_size(f->strange)) {
		html(p->out,
		     "<li><span class=\"badge none\">%zu</span><div class=\"what\"><p>Something that "
		     "no wrong solution of the kit does</p><p class=\"small quiet\">%s: ",
		     json_array_size(f->strange), lab->id);
		put_names(p, f->strange);
		fputs("</p></div></li>\n", p->out);
	}
	if (n + json_array_size(f->strange))
		fputs("</ul>\n", p->out);
	free(list);
}

/* One lab of the gradebook; its name goes to @missing when nothing is known of it. */
static int put_lab(const struct class_page *p, const char *id, FILE *missing, struct err *e)
{
	struct found f = { json_object(), json_array() };
	const struct lab_def *lab = manifest_find_lab(p->m, id, e);
	struct mistakes *k = NULL;
	int ret = lab ? mistakes_read(p->m->root, lab, &k, e) : -EINVAL;

	if (ret == -ENOENT)
		fprintf(missing, "%s%s", ftell(missing) ? ", " : "", lab->id);
	if (!ret) {
		match_all(p, lab, k, &f);
		put_found(p, lab, k, &f);
	}
	mistakes_free(k);
	json_decref(f.groups);
	json_decref(f.strange);
	return ret == -ENOENT ? 0 : ret;
}

int class_page_mistakes(const struct class_page *p, struct err *e)
{
	char *labs = NULL;
	size_t size, i;
	FILE *missing = open_memstream(&labs, &size);
	json_t *lab;
	int ret = 0;

	fputs("<section class=\"card\" id=\"mistakes\"><h2>Common mistakes</h2>\n"
	      "<p class=\"small quiet\">Submissions that fail the same tests in the same words as a "
	      "wrong solution of the kit (<code>solutions/wrong/</code>). A guess for whoever "
	      "teaches, not a verdict.</p>\n",
	      p->out);
	json_array_foreach(json_object_get(p->book, "labs"), i, lab)
		if (!ret)
			ret = put_lab(p, text_of(lab, "id"), missing, e);
	fclose(missing);
	if (*labs)
		html(p->out,
		     "<p class=\"small quiet\">Nothing is known of the wrong solutions of %s: "
		     "<code>make wrong</code>, then <code>make figures</code> write it down.</p>\n",
		     labs);
	fputs("</section>\n", p->out);
	free(labs);
	return ret;
}
