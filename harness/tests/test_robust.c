// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_robust.c - the kit under hard conditions: parts missing, two gradings at
 * once, weaker confinement, cold boots, no usable KVM. What fails while it runs is
 * test_faults.c's.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "e2e.h"
#include "limit.h"

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
		printf("skipped: only root takes another user id\n");
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
		printf("skipped: kbuild needs namespaces in a path with a space\n");
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

	ck_assert_msg(r->ms < limit_ms(30000), "%s", e2e_show(r));
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
	tcase_add_test(t, missing_parts_are_named_with_the_next_command);
	tcase_add_test(t, two_gradings_at_once_are_both_right);
	tcase_add_test(t, failed_restore_becomes_a_cold_boot);
	tcase_add_test(t, cold_boot_gives_the_same_verdicts);
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
