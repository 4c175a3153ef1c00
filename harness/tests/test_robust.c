// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_robust.c - the kit under hard conditions: no space, parts missing,
 * two gradings at once, a grader that is killed, weaker confinement, damaged
 * templates, cold boots, no usable KVM.
 */
#define _GNU_SOURCE
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "e2e.h"

#define TEST "set_is_seen_at_once" /* a quick one */
#define ONE_TEST "--lab", "02", "--test", TEST

static struct e2e *go(struct e2e *r)
{
	e2e_go(&r, 1, 1);
	return r;
}

static void expect_pass(const struct e2e *r)
{
	e2e_expect_status(r, 0);
	e2e_expect_verdict(r, TEST, "pass");
}

/* What stands at the end of the report, one line per note. */
static char *machine_note(const struct e2e *r, const char *key)
{
	json_t *lab = e2e_lab(r, NULL);

	return (char *)e2e_text(json_array_get(json_object_get(lab, "machines"), 0), key);
}

/* --------------------------------------------------------------- no space */

/* Runs a script where mounts are nobody else's; NULL when that is forbidden. */
static struct e2e *in_mounts(const char *kit, char *script)
{
	struct e2e *r = go(e2e_command("unshare", "-m", "true", NULL));

	if (r->status) {
		printf("note: no mount namespaces here; not tried\n");
		return NULL;
	}
	r = e2e_command("unshare", "-m", "sh", "-c", script, NULL);
	r->kit = kit;
	return go(r);
}

START_TEST(full_results_folder_keeps_the_older_result)
{
	char *kit = e2e_kit("full1");
	struct e2e *r = in_mounts(
		kit, e2e_fmt("mkdir -p %s/build/results && cd %s/build/results && "
			     "mount -t tmpfs -o size=8k tmpfs . && cd . && cd %s/build/results && "
			     "echo older >full.json; head -c 4096 /dev/zero >filler; "
			     "'%s/build/mmaplab' grade --name full --lab 02 --test " TEST
			     " '%s/solutions'; "
			     "echo status $?; cat full.json; ls -A",
			     kit, kit, kit, e2e_root(), e2e_root()));

	if (!r)
		return;
	e2e_expect_has(r, r->out, "status 2\nolder\nfiller\nfull.json\n");
	e2e_expect_has(r, r->err, "No space left on device");
	e2e_expect_has(r, r->err, "next: free some space");
	/* The verdict itself was reached, and is shown. */
	e2e_expect_has(r, r->out, "1 of 1");
}
END_TEST

START_TEST(full_work_folder_is_no_students_fault)
{
	char *kit = e2e_kit("full2");
	struct e2e *r = in_mounts(
		kit,
		e2e_fmt("mkdir -p %s/build/tmp && mount -t tmpfs -o size=4k tmpfs %s/build/tmp && "
			"head -c 4096 /dev/zero >%s/build/tmp/filler; "
			"'%s/build/mmaplab' grade --name full --lab 02 --test " TEST
			" '%s/solutions'; "
			"echo status $?; ls -A %s/build/tmp",
			kit, kit, kit, e2e_root(), e2e_root(), kit));

	if (!r)
		return;
	ck_assert_msg(strstr(r->out, "status 2\nfiller\n") || strstr(r->out, "status 3\nfiller\n"),
		      "%s", e2e_show(r));
	e2e_expect_has(r, e2e_fmt("%s%s", r->out, r->err), "No space left on device");
}
END_TEST

START_TEST(no_space_for_a_template_is_told)
{
	char *kit = e2e_kit("full3");
	struct e2e *r;

	e2e_kit_templates(kit, "");
	r = in_mounts(kit, e2e_fmt("cd %s/build/vm && mount -t tmpfs -o size=8m tmpfs templates && "
				   "'%s/build/mmaplab' grade --name full --lab 02 --test " TEST
				   " '%s/solutions'; "
				   "echo status $?; find templates",
				   kit, e2e_root(), e2e_root()));
	if (!r)
		return;
	e2e_expect_has(r, r->out, "status 2\n");
	e2e_expect_has(r, r->err, "No space left on device");
	/* Nothing that the next run would take for a template. */
	e2e_expect_lacks(r, r->out, "stamp.json");
	e2e_expect_lacks(r, r->out, "/ram");
}
END_TEST

/* ---------------------------------------------------------- parts missing */

START_TEST(missing_parts_are_named_with_the_next_command)
{
	char *kit = e2e_kit("missing");
	struct e2e *r = e2e_grade("solutions", ONE_TEST, NULL);

	e2e_env(r, "PATH=/nonexistent");
	go(r);
	e2e_expect_status(r, 2);
	e2e_expect_has(r, r->err, "qemu-system-x86_64");
	e2e_expect_has(r, r->err, "next: make deps");

	e2e_shell("rm %s/build/kernel", kit);
	r = e2e_grade("solutions", ONE_TEST, NULL);
	r->kit = kit;
	go(r);
	e2e_expect_status(r, 2);
	e2e_expect_has(r, r->err, "next: make kernel");

	e2e_shell("mkdir %s/build/kernel && touch %s/build/kernel/complete", kit, kit);
	r = e2e_grade("solutions", ONE_TEST, NULL);
	r->kit = kit;
	go(r);
	e2e_expect_status(r, 2);
	e2e_expect_has(r, r->err, "is incomplete");
	e2e_expect_has(r, r->err, "next: ");

	r = e2e_grade("solutions", ONE_TEST, NULL);
	r->kit = "/nonexistent";
	go(r);
	e2e_expect_status(r, 2);
	e2e_expect_has(r, r->err, "find the checkout");
}
END_TEST

/* --------------------------------------------------- two at once, templates */

START_TEST(two_gradings_at_once_are_both_right)
{
	char *kit = e2e_kit("two"), *wrong = e2e_submission("two-wrong");
	struct e2e *runs[4];
	size_t i;

	e2e_edit(wrong, RECORDS, "MAP_SHARED", "MAP_PRIVATE");
	/* No template yet: one of them makes it, the others wait for it. Two
	 * write the same result. */
	e2e_kit_templates(kit, "");
	for (i = 0; i < 4; i++) {
		runs[i] = e2e_grade(i % 2 ? wrong : "solutions", ONE_TEST, NULL);
		runs[i]->kit = kit;
	}
	runs[2]->argv[3] = runs[0]->argv[3];
	runs[0]->keep = runs[2]->keep = true;
	e2e_go(runs, 4, 4);
	expect_pass(runs[0]);
	e2e_expect_status(runs[2], 0);
	for (i = 1; i < 4; i += 2) {
		e2e_expect_status(runs[i], 1);
		e2e_expect_verdict(runs[i], TEST, "fail");
	}
	ck_assert_ptr_nonnull(json_load_file(e2e_result_path(runs[0]), 0, NULL));
}
END_TEST

static const struct damage {
	const char *command, *why;
} damages[] = {
	{ "truncate -s 100M ram", "its memory file is damaged" },
	{ "cp ../smp-tcg/state state", "its state file is damaged" },
	{ "echo '{\"key\": 7}' >stamp.json", "what shapes the machine has changed" },
	{ "true", NULL }, /* a copy: another inode, the same bytes */
};
#define DAMAGES (sizeof(damages) / sizeof(damages[0]))

START_TEST(damaged_templates_are_noticed_and_rebuilt)
{
	struct e2e *first[DAMAGES], *again[DAMAGES];
	size_t i;

	go(e2e_command(e2e_fmt("%s/%s", e2e_root(), e2e_program()), "template", "plain", "tcg", NULL));
	go(e2e_command(e2e_fmt("%s/%s", e2e_root(), e2e_program()), "template", "smp", "tcg", NULL));
	for (i = 0; i < DAMAGES; i++) {
		char *kit = e2e_kit(e2e_fmt("damage%zu", i));

		e2e_shell("cd %s/plain-tcg && %s", e2e_kit_templates(kit, "plain-tcg smp-tcg"),
			  damages[i].command);
		first[i] = e2e_grade("solutions", ONE_TEST, "--accel", "tcg", NULL);
		again[i] = e2e_grade("solutions", ONE_TEST, "--accel", "tcg", NULL);
		first[i]->kit = again[i]->kit = kit;
	}
	e2e_go(first, DAMAGES, 2);
	e2e_go(again, DAMAGES, 2);
	for (i = 0; i < DAMAGES; i++) {
		expect_pass(first[i]);
		expect_pass(again[i]);
		e2e_expect_lacks(again[i], again[i]->out, "template");
		if (damages[i].why)
			e2e_expect_has(first[i], first[i]->out, damages[i].why);
		else
			e2e_expect_lacks(first[i], first[i]->out, "template");
	}
}
END_TEST

START_TEST(failed_restore_becomes_a_cold_boot)
{
	static const char qemu[] =
		"#!/bin/sh\n"
		"for a; do\n"
		"\ttest \"$a\" != -incoming || { echo 'no restore today' >&2; exit 1; }\n"
		"done\n"
		"exec /usr/bin/qemu-system-x86_64 \"$@\"\n";
	char *bin = e2e_path("no-restore");
	struct e2e *r = e2e_grade("solutions", ONE_TEST, NULL);

	e2e_write(e2e_fmt("%s/qemu-system-x86_64", bin), qemu, strlen(qemu));
	e2e_shell("chmod +x %s/qemu-system-x86_64", bin);
	e2e_env(r, e2e_fmt("PATH=%s:%s", bin, getenv("PATH")));
	expect_pass(go(r));
	ck_assert_str_eq(machine_note(r, "start"), "cold");
	e2e_expect_has(r, machine_note(r, "note"), "no restore today");
	e2e_expect_has(r, r->out, "so the machine was booted");
}
END_TEST

START_TEST(cold_boot_gives_the_same_verdicts)
{
	char *sub = e2e_submission("cold");
	struct e2e *runs[] = {
		e2e_grade(sub, "--lab", "02", "--seed", "5eed", NULL),
		e2e_grade(sub, "--lab", "02", "--seed", "5eed", "--cold", NULL),
	};

	e2e_edit(sub, RECORDS, "MAP_SHARED", "MAP_PRIVATE");
	e2e_go(runs, 2, 2);
	e2e_expect_status(runs[0], 1);
	e2e_expect_status(runs[1], 1);
	ck_assert_str_eq(e2e_differences(runs[0], runs[1]), "");
	ck_assert_str_eq(machine_note(runs[0], "start"), "restored");
	ck_assert_str_eq(machine_note(runs[1], "start"), "cold");
}
END_TEST

/* ------------------------------------------------------- a killed grader */

static char *files_of(pid_t pid)
{
	glob_t g = { 0 };
	char *found = "";
	size_t i;

	glob(e2e_fmt("/tmp/mmaplab-%d-*", (int)pid), 0, NULL, &g);
	glob(e2e_fmt("build/tmp/%d-*", (int)pid), GLOB_APPEND, NULL, &g);
	for (i = 0; i < g.gl_pathc; i++)
		found = e2e_fmt("%s %s", found, g.gl_pathv[i]);
	return found;
}

/* Mounts that the kit could have made; others come and go. */
static char *own_mounts(void)
{
	char *all = e2e_read("/proc/self/mounts"), *line, *save = NULL, *own = "";

	for (line = strtok_r(all, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		if (strstr(line, "mmaplab") || strstr(line, "/build/"))
			own = e2e_fmt("%s%s\n", own, line);
	return own;
}

START_TEST(killed_grader_leaves_nothing_behind)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGKILL };
	/* Starting, building, restoring, in the middle of its machines. */
	static const int moments[] = { 10, 100, 400, 900 };
	const int sig = signals[_i];
	char *mounts = own_mounts();
	struct e2e *runs[4];
	pid_t pids[4];
	int64_t until;
	size_t i;

	for (i = 0; i < 4; i++) {
		runs[i] = e2e_grade("solutions", "--lab", "11", NULL);
		runs[i]->group = true;
		e2e_start(runs[i]);
		pids[i] = runs[i]->pid;
		usleep(moments[i] * 1000);
		/* Ctrl-C reaches the whole group, the others the grader alone. */
		kill(sig == SIGINT ? -pids[i] : pids[i], sig);
		e2e_wait(runs[i]);
		ck_assert_msg(runs[i]->status == 128 + sig, "after %d ms: %s", moments[i],
			      e2e_show(runs[i]));
		ck_assert_ptr_null(runs[i]->doc);
	}
	until = e2e_ms() + 30000;
	for (i = 0; i < 4; i++) {
		while ((*e2e_remains(runs[i]) || *files_of(pids[i])) && e2e_ms() < until)
			usleep(20000);
		ck_assert_msg(!*e2e_remains(runs[i]), "after %d ms, signal %d: left%s", moments[i],
			      sig, e2e_remains(runs[i]));
		ck_assert_msg(!*files_of(pids[i]), "after %d ms, signal %d: left%s", moments[i],
			      sig, files_of(pids[i]));
	}
	ck_assert_str_eq(own_mounts(), mounts);
	expect_pass(go(e2e_grade("solutions", ONE_TEST, NULL)));
}
END_TEST

START_TEST(killed_template_build_is_begun_anew)
{
	char *kit = e2e_kit("halfway"), *templates = e2e_kit_templates(kit, "");
	struct e2e *r = e2e_grade("solutions", ONE_TEST, NULL);
	int64_t until;

	r->kit = kit;
	e2e_start(r);
	usleep(700000);
	kill(r->pid, SIGKILL);
	e2e_wait(r);
	until = e2e_ms() + 30000;
	while (*e2e_remains(r) && e2e_ms() < until)
		usleep(20000);
	ck_assert_str_eq(e2e_remains(r), "");
	r = e2e_grade("solutions", ONE_TEST, NULL);
	r->kit = kit;
	expect_pass(go(r));
	e2e_expect_has(r, r->out, "template plain");
	e2e_shell("test -z \"$(find %s -name '*.new' -o -name '*.old')\"", templates);
}
END_TEST

/* ------------------------------------------------ confinement, accelerator */

START_TEST(weaker_confinement_gives_the_same_verdicts)
{
	static const char *const levels[] = { "", "limits", "uid" };
	char *sub = e2e_submission("levels");
	struct e2e *runs[3];
	size_t count = geteuid() ? 2 : 3, i;

	e2e_edit(sub, RECORDS, "MAP_SHARED", "MAP_PRIVATE");
	for (i = 0; i < count; i++) {
		runs[i] = e2e_grade(sub, "--lab", "02", "--seed", "1", NULL);
		if (i)
			e2e_env(runs[i], e2e_fmt("MMAPLAB_CONFINE=%s", levels[i]));
	}
	e2e_go(runs, count, 2);
	for (i = 0; i < count; i++) {
		json_t *lab = e2e_lab(runs[i], NULL);
		const char *level = e2e_text(json_object_get(lab, "build"), "confinement");

		e2e_expect_status(runs[i], 1);
		ck_assert_str_eq(e2e_differences(runs[0], runs[i]), "");
		if (!i)
			continue;
		ck_assert_str_eq(level, levels[i]);
		e2e_expect_has(runs[i], runs[i]->out,
			       e2e_fmt("compiled without namespaces (%s)", level));
	}
	if (count < 3)
		printf("note: only root takes another user id; not tried\n");
	runs[0] = e2e_grade(sub, ONE_TEST, NULL);
	e2e_env(runs[0], "MMAPLAB_CONFINE=prayer");
	go(runs[0]);
	ck_assert_int_ge(runs[0]->status, 2);
	e2e_expect_has(runs[0], e2e_fmt("%s%s", runs[0]->out, runs[0]->err), "prayer");
}
END_TEST

START_TEST(modules_build_without_namespaces)
{
	struct e2e *r = e2e_grade("solutions", "--lab", "11", "--test", "loads", NULL);

	if (strchr(e2e_root(), ' ')) {
		printf("note: kbuild needs namespaces in a path with a space; not tried\n");
		return;
	}
	e2e_env(r, "MMAPLAB_CONFINE=limits");
	go(r);
	e2e_expect_status(r, 0);
	e2e_expect_has(r, r->out, "compiled without namespaces (limits)");
}
END_TEST

START_TEST(unusable_kvm_is_told_soon)
{
	struct e2e *r = go(e2e_grade("solutions", ONE_TEST, "--accel", "kvm", NULL));

	ck_assert_msg(r->ms < 30000, "%s", e2e_show(r));
	if (r->status == 0) {
		ck_assert_str_eq(e2e_text(r->doc, "accelerator"), "kvm");
		return;
	}
	e2e_expect_status(r, 2);
	e2e_expect_has(r, r->err, "ACCEL=kvm: ");
	e2e_expect_has(r, r->err, "next: ACCEL=tcg");
	ck_assert_str_eq(e2e_remains(r), "");
}
END_TEST

static Suite *make_suite(void)
{
	Suite *s = suite_create("robust");
	TCase *t = tcase_create("all");

	suite_add_tcase(s, t);
	tcase_set_timeout(t, 300);
	tcase_add_test(t, full_results_folder_keeps_the_older_result);
	tcase_add_test(t, full_work_folder_is_no_students_fault);
	tcase_add_test(t, no_space_for_a_template_is_told);
	tcase_add_test(t, missing_parts_are_named_with_the_next_command);
	tcase_add_test(t, two_gradings_at_once_are_both_right);
	tcase_add_test(t, damaged_templates_are_noticed_and_rebuilt);
	tcase_add_test(t, failed_restore_becomes_a_cold_boot);
	tcase_add_test(t, cold_boot_gives_the_same_verdicts);
	tcase_add_loop_test(t, killed_grader_leaves_nothing_behind, 0, 3);
	tcase_add_test(t, killed_template_build_is_begun_anew);
	tcase_add_test(t, weaker_confinement_gives_the_same_verdicts);
	tcase_add_test(t, modules_build_without_namespaces);
	tcase_add_test(t, unusable_kvm_is_told_soon);
	return s;
}

int main(void)
{
	e2e_begin();
	return e2e_finish(make_suite());
}
