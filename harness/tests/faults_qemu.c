// SPDX-License-Identifier: GPL-2.0-only
/*
 * faults_qemu.c - QEMU dies, hangs or is stopped at each step of its life.
 */
#include "faults.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EVIDENCE_TEST "read_sees_stores"
#define EVIDENCE "--lab", "11", "--test", EVIDENCE_TEST
#define SHOTS_MAX 64

/* One fault in one grading. */
struct shot {
	const char *step;
	const char *test;
	struct e2e *run;
	char *log;
};

static void aim(struct shot *s, const char *action, const char *step, bool evidence, int times)
{
	s->step = step;
	s->test = evidence ? EVIDENCE_TEST : FAULTS_TEST;
	s->run = evidence ? e2e_grade("solutions", EVIDENCE, NULL) :
			    e2e_grade("solutions", FAULTS_ONE_TEST, NULL);
	s->log = faults_qemu(s->run, e2e_fmt("%s@%s", action, step), times);
}

static void fire(struct shot *shots, size_t count, size_t at_a_time)
{
	struct e2e *runs[SHOTS_MAX];
	size_t i;

	for (i = 0; i < count; i++)
		runs[i] = shots[i].run;
	e2e_go(runs, count, at_a_time);
}

/* Full marks, and the report says that something was: in a machine's note, in
 * its end, or, where the records were in already, nowhere. */
static char *not_mended(const struct shot *s, bool told)
{
	char *wrong = faults_wrong(s->run, s->test), *machines = faults_machines(s->run);
	char *alive = faults_alive(s->run);

	if (!faults_happened(s->log))
		return "it never happened";
	if (*alive)
		return e2e_fmt("left%s", alive);
	if (*wrong)
		return e2e_fmt("%s\n%s", wrong, machines);
	if (told && !strstr(machines, "the restore failed") && !strstr(machines, " error: "))
		return e2e_fmt("nothing is told: %s", machines);
	return "";
}

/* ---------------------------------------------------------------- it dies */

/* The steps of an undisturbed run, each kind once. */
static size_t known_steps(bool evidence, char **steps)
{
	struct shot s;
	char *line, *save = NULL;
	size_t n = 0;

	aim(&s, "none", "none", evidence, 0);
	fire(&s, 1, 1);
	ck_assert_str_eq(faults_wrong(s.run, s.test), "");
	line = strtok_r(e2e_read(e2e_fmt("%s/steps", s.log)), "\n", &save);
	for (; line && n < SHOTS_MAX; line = strtok_r(NULL, "\n", &save))
		if (!strcmp(line + strlen(line) - 2, "#1"))
			steps[n++] = line;
	return n;
}

/* What is over when the last record of the test is in, needs no telling. */
static bool is_late(const char *step)
{
	return !strcmp(step, "record test#1") || !strcmp(step, "record end#1") ||
	       !strcmp(step, "record exit#1");
}

START_TEST(killed_qemu_is_tried_again)
{
	struct shot shots[SHOTS_MAX];
	char *steps[SHOTS_MAX];
	size_t n = known_steps(false, steps), i;

	for (i = 0; i < n; i++)
		aim(&shots[i], "kill", steps[i], false, 1);
	fire(shots, n, 2);
	for (i = 0; i < n; i++)
		faults_hit("QEMU killed at a step", steps[i],
			   not_mended(&shots[i], !is_late(steps[i])));
	faults_expect("QEMU killed at a step", 14);
}
END_TEST

/* From the question for a cookie to the answer that the host saw it all; the
 * first ones are enough for a quick check. */
static const char *const evidence_steps[] = { "record ask#1", "qmp stop#1", "qmp info registers#1",
					      "tell#3",	      "tell#2",	    "record ask#2",
					      "qmp gpa#1",    "qmp cont#2" };
#define EVIDENCE_STEPS 8

START_TEST(qemu_killed_under_the_hosts_eyes_is_tried_again)
{
	size_t n = (size_t)faults_rounds(4, EVIDENCE_STEPS), i;
	struct shot shots[EVIDENCE_STEPS];

	for (i = 0; i < n; i++)
		aim(&shots[i], "kill", evidence_steps[i], true, 1);
	fire(shots, n, 2);
	for (i = 0; i < n; i++)
		faults_hit("QEMU killed while the host looks", evidence_steps[i],
			   not_mended(&shots[i], true));
	faults_expect("QEMU killed while the host looks", (int)n);
}
END_TEST

/* One that a SIGTERM ends says by its status that its guest wanted to. */
START_TEST(qemu_that_always_dies_is_broken)
{
	static const char killed[] = "QEMU killed in each machine",
			  ended[] = "QEMU ended in each machine",
			  silenced[] = "QEMU silenced in each machine";
	static const struct {
		const char *action, *step;
		bool evidence;
		const char *kind, *reason;
	} rows[] = {
		{ "kill", "start#1", false, killed, "killed by signal 9" },
		{ "kill", "record start#1", false, killed, "killed by signal 9" },
		{ "kill", "qmp stop#1", true, killed, "killed by signal 9" },
		{ "shut", "record start#1", true, silenced, "QEMU closed the record port" },
		{ "end", "record start#1", true, ended, "terminating on signal 15" },
		{ "kill", "qmp qmp_capabilities#1", false, killed, "killed by signal 9" },
		{ "kill", "tell#1", false, killed, "killed by signal 9" },
	};
	size_t n = (size_t)faults_rounds(5, 7), i;
	struct shot shots[7];

	for (i = 0; i < n; i++)
		aim(&shots[i], rows[i].action, rows[i].step, rows[i].evidence, 0);
	fire(shots, n, 2);
	for (i = 0; i < n; i++) {
		const struct e2e *r = shots[i].run;
		json_t *test = e2e_test(r, shots[i].test);
		char *problem = faults_alive(r);

		if (!faults_happened(shots[i].log))
			problem = "it never happened";
		else if (r->status != 3 || strcmp(e2e_text(test, "verdict"), "broken") ||
			 !json_is_null(json_object_get(test, "points")) ||
			 json_integer_value(json_object_get(test, "machines")) != 2)
			problem = e2e_show(r);
		else if (!strstr(e2e_text(test, "message"), rows[i].reason))
			problem = e2e_fmt("the reason is '%s'", e2e_text(test, "message"));
		faults_hit(rows[i].kind, rows[i].step, problem);
	}
	faults_expect(killed, (int)n - 2);
	faults_expect(silenced, 1);
	faults_expect(ended, 1);
}
END_TEST

/* ------------------------------------------------- it dies with a template */

START_TEST(killed_qemu_makes_no_template)
{
	static const char *const steps[] = { "start#1",	       "qmp stop#1",
					     "qmp migrate#1",  "qmp query-migrate#1",
					     "qmp greeting#1", "qmp qmp_capabilities#1",
					     "record ready#1", "qmp migrate-set-capabilities#1",
					     "qmp getfd#1" };
	const size_t n = (size_t)faults_rounds(2, 9);
	char *logs[9], *kits[9], *templates[9];
	struct e2e *runs[9], *again;
	size_t i;

	for (i = 0; i < n; i++) {
		kits[i] = e2e_kit(e2e_fmt("kill%zu", i));
		templates[i] = e2e_kit_templates(kits[i], "");
		runs[i] = e2e_command(e2e_fmt("%s/build/mmaplab", e2e_root()), "template", "plain",
				      "tcg", NULL);
		runs[i]->kit = kits[i];
		logs[i] = faults_qemu(runs[i], e2e_fmt("kill@%s", steps[i]), 1);
	}
	e2e_go(runs, n, 2);
	for (i = 0; i < n; i++) {
		char *problem = faults_alive(runs[i]);
		char *left = e2e_path("left%zu", i);

		e2e_shell("find '%s' -name stamp.json -o -name ram >'%s'", templates[i], left);
		if (!faults_happened(logs[i]))
			problem = "it never happened";
		else if (runs[i]->status != 2 || !strstr(runs[i]->err, "make the template in ") ||
			 !strstr(runs[i]->err, "killed by signal 9"))
			problem = e2e_show(runs[i]);
		else if (*e2e_read(left))
			problem = e2e_fmt("left %s", e2e_read(left));
		faults_hit("QEMU killed while it makes a template", steps[i], problem);
	}
	faults_expect("QEMU killed while it makes a template", (int)n);
	again = e2e_grade("solutions", FAULTS_ONE_TEST, NULL);
	again->kit = kits[n - 1];
	e2e_go(&again, 1, 1);
	ck_assert_str_eq(faults_wrong(again, FAULTS_TEST), "");
	e2e_expect_has(again, again->out, "template plain");
}
END_TEST

TCase *faults_of_qemu(void)
{
	TCase *t = tcase_create("qemu");

	tcase_add_test(t, killed_qemu_is_tried_again);
	tcase_add_test(t, qemu_killed_under_the_hosts_eyes_is_tried_again);
	tcase_add_test(t, qemu_that_always_dies_is_broken);
	tcase_add_test(t, killed_qemu_makes_no_template);
	return t;
}

/* ---------------------------------------------------------------- it hangs */

static const struct hang {
	const char *action, *step;
	bool evidence;
	int ms;
} hangs[] = {
	/* The first are enough for a quick check. */
	{ "hang", "start#1", false, 0 },
	{ "hang", "qmp migrate-incoming#1", false, 0 },
	{ "hang", "tell#1", false, 0 },
	{ "hang", "record start#1", false, 0 },
	{ "hang", "qmp info registers#1", true, 0 },
	{ "hang", "tell#3", true, 0 },
	{ "pause", "record start#1", false, 0 },
	{ "pause", "qmp stop#1", true, 0 },
	/* The judge's and the guest's clock jump by these. */
	{ "nap", "record suite#1", false, 45000 },
	{ "nap", "record ask#1", true, 6000 },
	{ "doze", "record start#1", false, 6000 },
	{ "freeze", "record start#1", false, 45000 },
	{ "hang", "qmp greeting#1", false, 0 },
	{ "hang", "qmp qmp_capabilities#1", false, 0 },
	{ "hang", "qmp query-status#1", false, 0 },
	{ "hang", "qmp cont#1", false, 0 },
	{ "hang", "record test#1", false, 0 },
	{ "hang", "record exit#1", false, 0 },
	{ "hang", "qmp stop#1", true, 0 },
	{ "hang", "qmp cont#2", true, 0 },
	{ "pause", "qmp greeting#1", false, 0 },
	{ "pause", "qmp migrate-incoming#1", false, 0 },
	{ "pause", "tell#1", false, 0 },
	{ "pause", "record test#1", false, 0 },
	{ "pause", "tell#3", true, 0 },
	{ "nap", "record start#1", false, 6000 },
	{ "freeze", "record ask#1", true, 6000 },
};
#define HANGS (sizeof(hangs) / sizeof(hangs[0]))
#define QUICK_HANGS 12

static int answer = -1; /* a byte for each, once they are over */

static void run_hangs(int to)
{
	size_t n = (size_t)faults_rounds(QUICK_HANGS, HANGS), i;
	struct shot shots[HANGS];
	char *bad = "";

	for (i = 0; i < n; i++) {
		aim(&shots[i], hangs[i].action, hangs[i].step, hangs[i].evidence, 1);
		e2e_env(shots[i].run, e2e_fmt("FAULT_MS=%d", hangs[i].ms));
		shots[i].run->group = true;
	}
	/* They sleep nearly all the time. */
	fire(shots, n, n);
	for (i = 0; i < n; i++) {
		char *problem = not_mended(&shots[i], false);
		char *kind = !strcmp(hangs[i].action, "hang")	? "QEMU hangs at a step" :
			     !strcmp(hangs[i].action, "pause")	? "QEMU stopped at a step" :
			     !strcmp(hangs[i].action, "freeze") ? "grader asleep for a while" :
								  "QEMU asleep for a while";

		/* Who only slept goes on where it was. */
		if (!*problem && hangs[i].ms && strchr(faults_machines(shots[i].run), '\n')[1])
			problem = e2e_fmt("tried again: %s", faults_machines(shots[i].run));
		faults_hit(kind, hangs[i].step, problem);
		if (*problem)
			bad = e2e_fmt("%s\n%s at %s: %s", bad, hangs[i].action, hangs[i].step,
				      problem);
	}
	dprintf(to, "%s.", bad);
}

void faults_start_hangs(void)
{
	const char *only = getenv("CK_RUN_CASE");
	int fds[2];
	pid_t pid;

	if ((only && strcmp(only, "hangs")) || pipe(fds))
		return;
	pid = fork();
	if (pid == 0) {
		close(fds[0]);
		run_hangs(fds[1]);
		_exit(0);
	}
	close(fds[1]);
	answer = fds[0];
}

START_TEST(hung_qemu_is_tried_again)
{
	char text[65536] = "";
	size_t used = 0;
	ssize_t n;

	while ((n = read(answer, text + used, sizeof(text) - used - 1)) > 0)
		used += (size_t)n;
	text[used] = '\0';
	ck_assert_msg(!strcmp(text, "."), "went wrong: %.3000s", text);
}
END_TEST

TCase *faults_of_hangs(void)
{
	TCase *t = tcase_create("hangs");

	tcase_add_test(t, hung_qemu_is_tried_again);
	return t;
}
