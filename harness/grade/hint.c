// SPDX-License-Identifier: GPL-2.0-only
/*
 * hint.c - hints, one further at each call; see hint.h.
 */
#include "hint.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "progress.h"
#include "util.h"

/* The section below "## test", up to the next heading. */
static char *find_section(const char *text, const char *test)
{
	char *heading = xasprintf("\n## %s\n", test);
	const char *start, *end;
	char *all = xasprintf("\n%s\n", text), *section = NULL;

	start = strstr(all, heading);
	if (start) {
		start += strlen(heading);
		end = strstr(start, "\n## ");
		section = end ? strndup(start, end - start) : strdup(start);
	}
	free(heading);
	free(all);
	return section;
}

char *hint_find(const char *text, const char *test, int n)
{
	char *section = find_section(text, test), *hint = NULL;
	char first[16], next[16];
	const char *start, *end;

	if (!section)
		return NULL;
	snprintf(first, sizeof(first), "%d. ", n);
	snprintf(next, sizeof(next), "\n%d. ", n + 1);
	start = !strncmp(section, first, strlen(first)) ? section : NULL;
	if (!start) {
		char *mark = xasprintf("\n%s", first);

		start = strstr(section, mark);
		start = start ? start + 1 : NULL;
		free(mark);
	}
	if (start) {
		start += strlen(first);
		end = strstr(start, next);
		hint = end ? strndup(start, end - start) : strdup(start);
		while (*hint && strchr(" \n", hint[strlen(hint) - 1]))
			hint[strlen(hint) - 1] = '\0';
	}
	free(section);
	return hint;
}

static void print_hint(FILE *out, const struct lab_def *lab, const struct test_def *test, int n,
		       int count, const char *hint)
{
	fprintf(out, "%s: %s\nhint %d of %d: ", test->id, test->title, n, count);
	/* Continuation lines are indented in the list; here they need not be. */
	for (; *hint; hint++) {
		fputc(*hint, out);
		if (*hint == '\n')
			while (hint[1] == ' ')
				hint++;
	}
	fputc('\n', out);
	if (n < count)
		fprintf(out, "\none step further: make hint LAB=%.2s T=%s\n", lab->id, test->id);
	else
		fprintf(out, "\nthat was the last one; labs/%s/README.md, task %d, has the rule\n",
			lab->id, test->task);
}

/* No test was named: the one that a student is likely to be at. */
static int ask_which(const struct kit *kit, const struct manifest *m, const struct lab_def *lab,
		     struct err *e)
{
	const struct test_def *test;
	json_t *known;
	char hash[65];
	int ret = progress_hash(kit, m, lab, hash, e);

	if (ret)
		return ret;
	known = progress_load(kit);
	test = progress_first_failure(known, lab, hash);
	json_decref(known);
	return test ? err_set(e, EINVAL, "which test?\nnext: make hint LAB=%.2s T=%s, which fails",
			      lab->id, test->id) :
		      err_set(e, EINVAL,
			      "which test?\nnext: make lab LAB=%.2s, and take the first that fails",
			      lab->id);
}

int hint_show(FILE *out, const struct kit *kit, const struct manifest *m, const char *lab_name,
	      const char *test_id, bool again, struct err *e)
{
	const struct lab_def *lab = manifest_find_lab(m, lab_name ? lab_name : "", e);
	const struct test_def *test;
	char *path, *text, *key, *hint;
	int n, count = 0, ret;
	json_t *seen;

	if (!lab)
		return -ENOENT;
	if (!test_id || !*test_id)
		return ask_which(kit, m, lab, e);
	test = manifest_find_test(lab, test_id, e);
	if (!test)
		return -ENOENT;
	path = kit_path(kit, "labs/%s/HINTS.md", lab->id);
	text = read_text(path);
	if (!text) {
		ret = err_set(e, errno, "read %s: %s", path, strerror(errno));
		free(path);
		return ret;
	}
	free(path);
	while ((hint = hint_find(text, test->id, count + 1))) {
		free(hint);
		count++;
	}
	if (!count) {
		free(text);
		return err_set(e, ENOENT, "labs/%s/HINTS.md has no hint for %s", lab->id, test->id);
	}
	path = kit_path(kit, "build/hints.json");
	seen = json_load_file(path, 0, NULL);
	if (!json_is_object(seen)) {
		json_decref(seen);
		seen = json_object();
	}
	key = xasprintf("%s %s", lab->id, test->id);
	n = again ? 1 : 1 + (int)json_integer_value(json_object_get(seen, key));
	n = n < 1 ? 1 : n > count ? count : n;
	hint = hint_find(text, test->id, n);
	print_hint(out, lab, test, n, count, hint);
	json_object_set_new(seen, key, json_integer(n));
	ret = write_json_atomic(path, seen, JSON_SORT_KEYS, e);
	json_decref(seen);
	free(hint);
	free(key);
	free(path);
	free(text);
	return ret;
}
