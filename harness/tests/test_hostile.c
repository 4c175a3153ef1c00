// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_hostile.c - submissions that attack the grader or their machine: each
 * below solutions/hostile/ ends as the expected.tsv of its lab says, in a time
 * that has a bound.
 */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "e2e.h"

#define AT_A_TIME 3
#define MAX_CASES 64
#define AT_MOST_MS 600000

/* A line of an expected.tsv: what becomes of a submission. */
static struct hostile {
	struct e2e *run;
	char *lab, *status, *verdicts;
	struct e2e *plain; /* the same without its trick, if it has one to leave out */
} cases[MAX_CASES];
static size_t count;

/* A fake says `#define TRICK 1`, and is a driver without it with 0. */
static struct e2e *without_trick(const char *from, const char *lab)
{
	const char *name = strrchr(from, '/') + 1;
	char *file = e2e_fmt("%s/" MYMAP, from), *text = e2e_read(file);
	char *sub = e2e_path("%s-plain", name);

	if (!text || !strstr(text, "#define TRICK 1"))
		return NULL;
	e2e_shell("cp -r '%s' '%s'", from, sub);
	e2e_edit(sub, MYMAP, "#define TRICK 1", "#define TRICK 0");
	return e2e_grade(sub, "--lab", lab, NULL);
}

static void plan_lab(const char *list)
{
	char *text = e2e_read(list), *save = NULL, *line;
	char *lab = strdup(list + strlen("solutions/hostile/"));

	*strchr(lab, '/') = '\0';
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char name[64], status[32], verdicts[512], *from;
		struct hostile *h = &cases[count];

		if (*line == '#')
			continue;
		if (sscanf(line, "%63s %31s %511s", name, status, verdicts) != 3 ||
		    count == MAX_CASES) {
			fprintf(stderr, "%s: %s: not NAME, STATUS and VERDICTS\n", list, line);
			exit(1);
		}
		from = e2e_fmt("solutions/hostile/%s/%s", lab, name);
		h->run = e2e_grade(from, "--lab", lab, "--jobs", "1", NULL);
		h->plain = without_trick(from, lab);
		h->lab = lab;
		h->status = strdup(status);
		h->verdicts = strdup(verdicts);
		count++;
	}
}

static const char *verdict_of(const json_t *test)
{
	return e2e_text(test, "verdict");
}

/* "test:verdict,*:verdict"; the last is that of each test not named before. */
START_TEST(ends_as_expected)
{
	const struct hostile *h = &cases[_i];
	char *list = strdup(h->verdicts), *named = e2e_fmt(","), *save = NULL, *entry;
	json_t *test;
	size_t i;

	ck_assert_msg(h->run->doc != NULL, "%s", e2e_show(h->run));
	ck_assert_msg(!strcmp(e2e_text(h->run->doc, "status"), h->status), "%s: %s, not %s\n%s",
		      h->run->what, e2e_text(h->run->doc, "status"), h->status, e2e_show(h->run));
	for (entry = strtok_r(list, ",", &save); entry; entry = strtok_r(NULL, ",", &save)) {
		char *verdict = strchr(entry, ':');

		ck_assert_ptr_nonnull(verdict);
		*verdict++ = '\0';
		if (strcmp(entry, "*")) {
			e2e_expect_verdict(h->run, entry, verdict);
			named = e2e_fmt("%s%s,", named, entry);
			continue;
		}
		json_array_foreach(json_object_get(e2e_lab(h->run, h->lab), "tests"), i, test) {
			const char *id = e2e_text(test, "id");

			if (!strstr(named, e2e_fmt(",%s,", id)))
				ck_assert_msg(!strcmp(verdict_of(test), verdict),
					      "%s: %s is '%s', not '%s'\n%s", h->run->what, id,
					      verdict_of(test), verdict, e2e_show(h->run));
		}
	}
}
END_TEST

/*
 * What a fake is given, it is given for what it does without its trick as well,
 * or it is held for a person.
 */
START_TEST(gains_nothing_by_its_trick)
{
	const struct hostile *h = &cases[_i];
	json_t *test;
	size_t i;

	if (!h->plain || !strcmp(e2e_text(h->run->doc, "status"), "held"))
		return;
	e2e_expect_verdict(h->plain, "loads", "pass");
	json_array_foreach(json_object_get(e2e_lab(h->run, h->lab), "tests"), i, test)
		if (!strcmp(verdict_of(test), "pass"))
			e2e_expect_verdict(h->plain, e2e_text(test, "id"), "pass");
}
END_TEST

START_TEST(ends_in_time)
{
	const struct hostile *h = &cases[_i];

	ck_assert_int_lt(h->run->ms, AT_MOST_MS);
	ck_assert_str_eq(e2e_remains(h->run), "");
	/* What it printed on the console is not let through. */
	e2e_expect_lacks(h->run, h->run->out, "\033[2J");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("hostile");
	TCase *t = tcase_create("all");
	struct e2e *runs[2 * MAX_CASES];
	size_t runs_count = 0, i;
	glob_t g = { 0 };

	e2e_begin();
	glob("solutions/hostile/*/expected.tsv", 0, NULL, &g);
	for (i = 0; i < g.gl_pathc; i++)
		plan_lab(g.gl_pathv[i]);
	for (i = 0; i < count; i++) {
		runs[runs_count++] = cases[i].run;
		if (cases[i].plain)
			runs[runs_count++] = cases[i].plain;
	}
	/* The fakes without their tricks are there: else nothing is compared. */
	if (runs_count == count)
		abort();
	e2e_go(runs, runs_count, AT_A_TIME);
	suite_add_tcase(s, t);
	tcase_add_loop_test(t, ends_as_expected, 0, (int)count);
	tcase_add_loop_test(t, gains_nothing_by_its_trick, 0, (int)count);
	tcase_add_loop_test(t, ends_in_time, 0, (int)count);
	return e2e_finish(s);
}
