// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_hostile.c - submissions that attack the grader, its host or their
 * machine: each below solutions/hostile/ ends as its list says, gains nothing,
 * leaves nothing behind and disturbs nobody. build/hostile/summary.tsv has a
 * line for each.
 */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hostile.h"

static char *tree_before;

static const char *status_of(const struct attack *a)
{
	return a->run->doc	   ? e2e_text(a->run->doc, "status") :
	       a->run->status == 2 ? "unusable" :
				     "none";
}

static json_t *tests_of(const struct attack *a)
{
	return json_object_get(e2e_lab(a->run, a->lab), "tests");
}

/*
 * Points that its trick brought: those of tests which pass, and do not without
 * it. A base that is right has what it has without any trick, and of what is held
 * nothing counts before a person has looked.
 */
static double points_over(const struct attack *a)
{
	bool right = !strncmp(a->base, "solutions", 9) && !strstr(a->base, "/base");
	double over = 0;
	json_t *test;
	size_t i;

	if (hostile_is_held(a))
		return 0;
	json_array_foreach(tests_of(a), i, test) {
		const json_t *other = a->plain ? e2e_test(a->plain, e2e_text(test, "id")) : NULL;

		if (a->plain ? strcmp(e2e_text(other, "verdict"), "pass") != 0 : !right)
			over += json_number_value(json_object_get(test, "points"));
	}
	return over;
}

/* ------------------------------------------------------------------- each */

/* @wanted: a verdict, or several with a slash, for what is decided by a race */
static void expect_verdict(const struct attack *a, const char *id, const char *wanted)
{
	const char *verdict = e2e_text(e2e_test(a->run, id), "verdict");

	ck_assert_msg(*verdict && strstr(e2e_fmt("/%s/", wanted), e2e_fmt("/%s/", verdict)),
		      "%s: %s is '%s', not '%s'\n%s", a->label, id, verdict, wanted,
		      e2e_show(a->run));
}

static void expect_all_others(const struct attack *a, const char *named, const char *verdict)
{
	json_t *test;
	size_t i;

	ck_assert_uint_gt(json_array_size(tests_of(a)), 0);
	json_array_foreach(tests_of(a), i, test) {
		const char *id = e2e_text(test, "id");

		if (!strstr(named, e2e_fmt(",%s,", id)))
			expect_verdict(a, id, verdict);
	}
}

/* "test:verdict,*:verdict"; the star is each test that is not named. */
START_TEST(ends_as_expected)
{
	const struct attack *a = &attacks[_i];
	char *list = strdup(a->verdicts), *named = e2e_fmt(","), *save = NULL, *entry;
	const char *star = NULL;

	ck_assert_msg(!strcmp(status_of(a), a->status), "%s: %s, not %s\n%s", a->label,
		      status_of(a), a->status, e2e_show(a->run));
	if (!a->run->doc) {
		e2e_expect_has(a->run, a->run->err, "unusable submission");
		e2e_expect_has(a->run, a->run->err, "next: ");
		return;
	}
	ck_assert_int_eq(json_array_size(json_object_get(a->run->doc, "held")) > 0,
			 hostile_is_held(a));
	for (entry = strtok_r(list, ",", &save); entry; entry = strtok_r(NULL, ",", &save)) {
		char *verdict = strchr(entry, ':');

		ck_assert_ptr_nonnull(verdict);
		*verdict++ = '\0';
		if (!strcmp(entry, "*")) {
			star = verdict;
			continue;
		}
		expect_verdict(a, entry, verdict);
		named = e2e_fmt("%s%s,", named, entry);
	}
	if (star)
		expect_all_others(a, named, star);
}
END_TEST

START_TEST(gains_nothing_or_is_held)
{
	const struct attack *a = &attacks[_i];

	if (a->plain && !hostile_is_held(a) && !strcmp(a->test, "-"))
		e2e_expect_verdict(a->plain, "loads", "pass");
	ck_assert_msg(points_over(a) == 0, "%s gains %g points\n%s", a->label, points_over(a),
		      e2e_show(a->run));
}
END_TEST

START_TEST(leaves_nothing_behind)
{
	const struct attack *a = &attacks[_i];

	ck_assert_msg(!*a->left, "%s leaves %s\n%s", a->label, a->left, e2e_show(a->run));
	/* Nor anything in a terminal. */
	e2e_expect_lacks(a->run, a->run->out, "\033");
	e2e_expect_lacks(a->run, a->run->err, "\033");
}
END_TEST

START_TEST(disturbs_nobody_and_ends_in_time)
{
	const struct attack *a = &attacks[_i];

	ck_assert_msg(a->beside, "%s was alone", a->label);
	ck_assert_msg(!*a->disturbed, "%s: %s", a->label, a->disturbed);
	ck_assert_int_lt(a->run->ms, hostile_bound_ms());
}
END_TEST

/* -------------------------------------------------------------------- all */

START_TEST(every_attack_is_listed_and_explained)
{
	char *readme = e2e_read(HOSTILE "/README.md");
	glob_t g = { 0 };
	size_t i, k;

	glob(HOSTILE "/*/*.c", 0, NULL, &g);
	glob(HOSTILE "/*/*.patch", GLOB_APPEND, NULL, &g);
	ck_assert_uint_gt(g.gl_pathc, 0);
	for (i = 0; i < g.gl_pathc; i++) {
		const char *name = strrchr(g.gl_pathv[i], '/') + 1;

		for (k = 0; k < attacks_count; k++)
			if (!strcmp(e2e_fmt("%.*s", (int)strcspn(name, "."), name),
				    attacks[k].name))
				break;
		ck_assert_msg(k < attacks_count, "%s stands in no expected.tsv", g.gl_pathv[i]);
	}
	for (k = 0; k < attacks_count; k++) {
		ck_assert_msg(strstr(readme, attacks[k].name) != NULL, "README.md: no %s",
			      attacks[k].name);
		ck_assert_msg(strstr(readme, e2e_fmt("| %s |", attacks[k].threat)) != NULL,
			      "README.md: no row %s", attacks[k].threat);
	}
}
END_TEST

static char *tree(void)
{
	char *list = e2e_path("tree");

	e2e_shell("cd '%s' && find . | sort >'%s' && ls -A '%s' >>'%s'", hostile_kit(), list,
		  hostile_written(), list);
	return e2e_read(list);
}

/* Ours by adoption: what outlives its grader becomes a child of this program. */
static char *orphans(void)
{
	char *found;

	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	found = e2e_read(e2e_fmt("/proc/%d/task/%d/children", (int)getpid(), (int)getpid()));
	return found;
}

static char *orphans_after, *tree_after;
static int visitors;

START_TEST(host_is_as_before)
{
	ck_assert_str_eq(orphans_after, "");
	ck_assert_str_eq(tree_before, tree_after);
	ck_assert_int_eq(visitors, 0);
	e2e_shell("! grep -rqs '%s' '%s/build'", hostile_secret(), hostile_kit());
}
END_TEST

static void write_summary(void)
{
	char *path = "build/hostile/summary.tsv";
	FILE *f;
	size_t i;

	e2e_shell("mkdir -p build/hostile");
	f = fopen(path, "w");
	if (!f) {
		perror(path);
		exit(1);
	}
	fputs("#kind\tsubmission\tthreat\tstatus\tpoints over empty\theld\tleftovers\t"
	      "neighbour changed\tms\n",
	      f);
	for (i = 0; i < attacks_count; i++) {
		const struct attack *a = &attacks[i];

		fprintf(f, "%s\t%s\t%s\t%s\t%g\t%s\t%s\t%s\t%d\n", a->kind, a->label, a->threat,
			status_of(a), points_over(a), hostile_is_held(a) ? "yes" : "no",
			*a->left ? a->left : "-", *a->disturbed ? "yes" : "no", a->run->ms);
	}
	fclose(f);
}

/* Arguments: kinds or names, to run these alone. */
int main(int argc, char **argv)
{
	Suite *s = suite_create("hostile");
	TCase *t = tcase_create("all");
	int64_t began;

	e2e_begin();
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	hostile_load(argv + 1);
	hostile_lay_out();
	tree_before = tree();
	began = e2e_ms();
	hostile_go();
	printf("%zu attacks in %d s\n", attacks_count, (int)((e2e_ms() - began) / 1000));
	orphans_after = orphans();
	tree_after = tree();
	visitors = hostile_visitors();
	write_summary();
	suite_add_tcase(s, t);
	tcase_add_loop_test(t, ends_as_expected, 0, (int)attacks_count);
	tcase_add_loop_test(t, gains_nothing_or_is_held, 0, (int)attacks_count);
	tcase_add_loop_test(t, leaves_nothing_behind, 0, (int)attacks_count);
	tcase_add_loop_test(t, disturbs_nobody_and_ends_in_time, 0, (int)attacks_count);
	if (argc == 1)
		tcase_add_test(t, every_attack_is_listed_and_explained);
	tcase_add_test(t, host_is_as_before);
	return e2e_finish(s);
}
