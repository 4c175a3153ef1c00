// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_wrong.c - each wrong solution of solutions/wrong/ fails the tests that
 * its first line names, when those tests run alone.
 *
 * All gradings run first, a few at a time, with a line for each; then one
 * test per line looks at its verdict. WRONG=text in the environment takes
 * only the patches whose path holds that text.
 */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "e2e.h"

#define MAX_CASES 512
#define AT_A_TIME 2
#define FOLDER "solutions/wrong/"

/* A patch, and one of the tests that it must fail. */
static struct wrong {
	char *patch;	/* "02-records/no-munmap" */
	char *test;
	struct e2e *run;
} cases[MAX_CASES];
static size_t count;

/* git is there wherever a checkout is; patch(1) need not be. */
static char *apply(const char *path)
{
	char *sub = e2e_submission(e2e_fmt("wrong%zu", count));

	e2e_shell("cd '%s' && git apply '%s/%s'", sub, e2e_root(), path);
	/* git says nothing when it finds no file to patch. */
	e2e_shell("! diff -qr '%s/labs' solutions/labs >/dev/null || "
		  "! diff -qr '%s/driver' solutions/driver >/dev/null", sub, sub);
	return sub;
}

static void add(const char *path)
{
	char *name = strndup(path + strlen(FOLDER), strlen(path) - strlen(FOLDER ".patch"));
	char *lab = strndup(name, strcspn(name, "/")), *text = e2e_read(path);
	char *sub = apply(path), *save = NULL, *id;

	if (strncmp(text, "Must-fail: ", 11)) {
		fprintf(stderr, "%s does not begin with Must-fail:\n", path);
		exit(1);
	}
	text[strcspn(text, "\n")] = '\0';
	for (id = strtok_r(text + 11, ", ", &save); id; id = strtok_r(NULL, ", ", &save)) {
		struct wrong *w = &cases[count++];

		if (count == MAX_CASES)
			abort();
		w->patch = name;
		w->test = id;
		w->run = e2e_grade(sub, "--lab", lab, "--test", id, "--jobs", "1", NULL);
		w->run->what = name;
	}
}

static void grade_all(void)
{
	size_t next = 0, seen = 0;

	while (seen < count) {
		if (next < count && next < seen + AT_A_TIME) {
			e2e_start(cases[next++].run);
			continue;
		}
		e2e_wait(cases[seen].run);
		printf("%s: %s %s, %d ms\n", cases[seen].patch, cases[seen].test,
		       e2e_text(e2e_test(cases[seen].run, cases[seen].test), "verdict"),
		       cases[seen].run->ms);
		seen++;
	}
}

START_TEST(wrong_solution_fails_its_test)
{
	static const char *const verdicts[] = { "fail", "crash", "timeout", "oops" };
	const struct wrong *w = &cases[_i];
	json_t *test = e2e_test(w->run, w->test);
	bool good = false;
	size_t i;

	for (i = 0; i < 4; i++)
		good |= !strcmp(e2e_text(test, "verdict"), verdicts[i]);
	ck_assert_msg(good && w->run->status == 1, "%s: %s is '%s'\n%s", w->patch, w->test,
		      e2e_text(test, "verdict"), e2e_show(w->run));
	ck_assert_msg(*e2e_text(test, "message"), "%s: %s says nothing", w->patch, w->test);
}
END_TEST

int main(void)
{
	const char *only = getenv("WRONG");
	Suite *s = suite_create("wrong");
	TCase *t = tcase_create("all");
	glob_t g = { 0 };
	size_t i;

	e2e_begin();
	glob(FOLDER "*/*.patch", 0, NULL, &g);
	for (i = 0; i < g.gl_pathc; i++)
		if (!only || strstr(g.gl_pathv[i], only))
			add(g.gl_pathv[i]);
	grade_all();
	suite_add_tcase(s, t);
	tcase_add_loop_test(t, wrong_solution_fails_its_test, 0, (int)count);
	return e2e_finish(s);
}
