// SPDX-License-Identifier: GPL-2.0-only
/*
 * mistakes.c - known mistakes, see mistakes.h.
 */
#include "mistakes.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "tsv.h"
#include "util.h"
#include "verdict.h"

#define ALIKE_MAX 4 /* that many names say as little as more would */

struct mistakes {
	char *root;
	const struct lab_def *lab;
	json_t *failed; /* mistake -> test -> verdict and shape */
	json_t *why; /* mistake -> text, as far as somebody asked */
};

/* From a number's first sign to behind its last. */
static const char *skip_number(const char *p)
{
	if (p[0] == '0' && p[1] == 'x')
		p += 2;
	while (isxdigit((unsigned char)*p))
		p++;
	return p;
}

char *mistakes_shape(const char *message)
{
	char *out = xcalloc(strlen(message) + 2, 1), *to = out;
	const char *p = message;

	while (*p) {
		bool word = to > out && isalnum((unsigned char)to[-1]);

		if (isdigit((unsigned char)*p) && !word) {
			/* A sign belongs to the number, and a text ends with it, too. */
			if (to > out && to[-1] == '-')
				to--;
			p = skip_number(p);
			*to++ = '#';
		} else if (isspace((unsigned char)*p)) {
			if (to > out && to[-1] != ' ')
				*to++ = ' ';
			p++;
		} else {
			*to++ = *p++;
		}
	}
	if (to > out && to[-1] == ' ')
		*--to = '\0';
	if (to == out)
		*out = '-';
	return out;
}

/* -------------------------------------------------------------------- read */

static void add(struct mistakes *k, char *const cell[])
{
	json_t *tests = json_object_get(k->failed, cell[0]);
	char *said = xasprintf("%s %s", cell[2], cell[3]);

	if (!tests) {
		tests = json_object();
		json_object_set_new(k->failed, cell[0], tests);
	}
	json_object_set_new(tests, cell[1], json_string(said));
	free(said);
}

static int read_table(struct mistakes *k, const char *name, struct err *e)
{
	static const char *const columns[] = { "mistake", "test", "verdict", "message", NULL };
	struct tsv t;
	int ret = tsv_open(&t, k->root, name, columns, e);

	if (ret)
		return ret;
	while ((ret = tsv_next(&t, e)) > 0) {
		if (!manifest_find_test(k->lab, t.cell[1], e)) {
			ret = tsv_bad(&t, 1, e, "%s has no test '%s'", k->lab->id, t.cell[1]);
			break;
		}
		add(k, t.cell);
	}
	tsv_close(&t);
	return ret;
}

int mistakes_read(const char *root, const struct lab_def *lab, struct mistakes **out, struct err *e)
{
	struct mistakes *k = xcalloc(1, sizeof(*k));
	char *name = xasprintf("solutions/wrong/%s/failed.tsv", lab->id);
	int ret;

	k->root = xstrdup(root);
	k->lab = lab;
	k->failed = json_object();
	k->why = json_object();
	ret = read_table(k, name, e);
	free(name);
	if (ret) {
		mistakes_free(k);
		k = NULL;
	}
	*out = k;
	return ret;
}

void mistakes_free(struct mistakes *k)
{
	if (!k)
		return;
	json_decref(k->failed);
	json_decref(k->why);
	free(k->root);
	free(k);
}

/* "Why: " and what follows, up to an empty line. */
static char *read_why(const struct mistakes *k, const char *name)
{
	char *path = xasprintf("%s/solutions/wrong/%s/%s.patch", k->root, k->lab->id, name), *p;
	char *text = strchr(name, '/') ? NULL : read_text(path), *why = xstrdup(""), *end;

	free(path);
	p = text ? strstr(text, "Why: ") : NULL;
	end = p ? strstr(p, "\n\n") : NULL;
	if (end) {
		*end = '\0';
		free(why);
		why = clean_text(p + 5, strlen(p + 5));
		for (p = why; *p; p++)
			*p = *p == '\n' ? ' ' : *p;
	}
	free(text);
	return why;
}

const char *mistakes_why(const struct mistakes *k, const char *name)
{
	if (!json_object_get(k->why, name)) {
		char *why = read_why(k, name);

		json_object_set_new(k->why, name, json_string(why));
		free(why);
	}
	return text_of(k->why, name);
}

/* ------------------------------------------------------------------- match */

/* What a submission shows: failed tests with what was said, and blocked ones. */
static void take(const json_t *tests, json_t *failed, json_t *blocked)
{
	json_t *t;
	size_t i;

	json_array_foreach((json_t *)tests, i, t) {
		enum verdict v = verdict_parse(text_of(t, "verdict"));
		char *shape = mistakes_shape(text_of(t, "message"));
		char *said = xasprintf("%s %s", text_of(t, "verdict"), shape);

		if (v == VERDICT_BLOCKED)
			json_object_set_new(blocked, text_of(t, "test"), json_true());
		else if (verdict_shows_mistake(v))
			json_object_set_new(failed, text_of(t, "test"), json_string(said));
		free(said);
		free(shape);
	}
}

/* How many of the failures that are left this mistake explains in the same words; 0: none. */
static size_t explains(json_t *mistake, const json_t *failed, const json_t *blocked,
		       const json_t *left)
{
	size_t same = 0, new = 0, fails = 0;
	const char *test;
	json_t *said;

	json_object_foreach(mistake, test, said) {
		if (json_object_get(blocked, test))
			continue;
		if (!json_object_get(failed, test))
			return 0;
		fails++;
		same += json_equal(said, json_object_get(failed, test));
		new += json_equal(said, json_object_get(left, test));
	}
	return same * 2 >= fails ? new : 0;
}

/* The next mistakes of those that explain most; what they explain is left no more. */
static json_t *next_match(const struct mistakes *k, const json_t *failed, const json_t *blocked,
			  json_t *left)
{
	json_t *alike = json_array(), *mistake, *said, *first;
	size_t best = 1, n;
	const char *name, *test;

	json_object_foreach(k->failed, name, mistake) {
		n = explains(mistake, failed, blocked, left);
		if (n < best)
			continue;
		if (n > best)
			json_array_clear(alike);
		best = n;
		json_array_append_new(alike, json_string(name));
	}
	first = json_object_get(k->failed, json_string_value(json_array_get(alike, 0)));
	json_object_foreach(first, test, said)
		json_object_del(left, test);
	while (json_array_size(alike) > ALIKE_MAX)
		json_array_remove(alike, ALIKE_MAX);
	return alike;
}

json_t *mistakes_match(const struct mistakes *k, const json_t *tests)
{
	json_t *failed = json_object(), *blocked = json_object(), *left, *all = json_array();
	json_t *alike;

	take(tests, failed, blocked);
	left = json_copy(failed);
	while (json_array_size(alike = next_match(k, failed, blocked, left)))
		json_array_append_new(all, alike);
	json_decref(alike);
	json_decref(failed);
	json_decref(blocked);
	json_decref(left);
	return all;
}
