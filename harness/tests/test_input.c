// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_input.c - what people may type or hand in, as they meet the answer:
 * wrong arguments, odd sources, archives of every kind, hostile names and
 * bytes, seeds, hints, and the doors of the Makefile.
 */
#include <glob.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "e2e.h"

#define MMAPLAB e2e_fmt("%s/%s", e2e_root(), e2e_program())
#define TEST "set_is_seen_at_once" /* a quick one */
#define ONE_TEST "--lab", "02", "--test", TEST

static struct e2e *go(struct e2e *r)
{
	e2e_go(&r, 1, 1);
	return r;
}

/* Bytes that would steer a terminal, or are no text at all. */
static void expect_clean(const struct e2e *r, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;

	for (; *s; s++) {
		size_t n = *s < 0x80 ? 1 : *s < 0xc2 ? 0 : *s < 0xe0 ? 2 : *s < 0xf0 ? 3 : 4;

		ck_assert_msg(n && (*s >= 0x20 || *s == '\n' || *s == '\t') && *s != 0x7f &&
				      !(n == 2 && *s == 0xc2 && s[1] < 0xa0),
			      "%s: byte 0x%02x at %zu of: %s", r->what, *s,
			      (size_t)((char *)s - text), text);
		for (; n > 1; n--, s++)
			ck_assert_msg((s[1] & 0xc0) == 0x80, "%s: no UTF-8: %s", r->what, text);
	}
}

static void expect_refused(struct e2e *r, const char *part, const char *other_part)
{
	go(r);
	e2e_expect_status(r, 2);
	e2e_expect_has(r, r->err, part);
	e2e_expect_has(r, r->err, other_part);
	expect_clean(r, r->err);
	ck_assert_ptr_null(r->doc);
}

/* ------------------------------------------------------------- arguments */

START_TEST(unknown_names_are_answered_with_the_known_ones)
{
	char *program = MMAPLAB;

	expect_refused(e2e_grade("solutions", "--lab", "99", NULL), "99", "02-records");
	expect_refused(e2e_command(program, "lab", "99", NULL), "99", "11-mymap");
	expect_refused(e2e_command(program, "lab", "\033[31m", NULL), "\\x1b[31m", "11-mymap");
	expect_refused(e2e_command(program, "lab", NULL), "which lab", "make lab LAB=");
	expect_refused(e2e_grade("solutions", "--lab", "02", "--test", "nothing", NULL), "nothing",
		       TEST);
	expect_refused(e2e_grade("solutions", "--test", TEST, NULL), "--lab", "LAB=");
	expect_refused(e2e_grade("/nowhere/anna.zip", NULL), "/nowhere/anna.zip",
		       "unusable submission");
	expect_refused(e2e_command(program, "grade", NULL), "which submission", "next:");
	expect_refused(e2e_command(program, "grade", "a", "b", NULL), "too many", "b");
	expect_refused(e2e_command(program, "frobnicate", NULL), "frobnicate", "grade");
	expect_refused(e2e_command(program, NULL), "usage", "grade");
	expect_refused(e2e_command(program, "hint", "02", "nothing", NULL), "nothing", TEST);
	expect_refused(e2e_command(program, "wrong", "02/nothing", NULL), "'nothing'",
		       "ls solutions/wrong/02-records");
}
END_TEST

START_TEST(bad_options_are_named)
{
	static const char *const bad[][3] = {
		{ "--seed", "seed", "16 hexadecimal" },
		{ "--seed", "11112222333344445", "16 hexadecimal" },
		{ "--seed", "-1", "16 hexadecimal" },
		{ "--jobs", "0", "1 to 64" },
		{ "--jobs", "65", "1 to 64" },
		{ "--jobs", "two", "1 to 64" },
		{ "--jobs", "2x", "1 to 64" },
		{ "--accel", "hvf", "auto tcg kvm" },
		{ "--nonsense", "x", "nonsense" },
	};
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		expect_refused(e2e_grade("solutions", bad[i][0], bad[i][1], NULL),
			       strcmp(bad[i][1], "x") ? bad[i][1] : "", bad[i][2]);
}
END_TEST

/* ---------------------------------------------------------------- sources */

static void expect_build(const struct e2e *r, const char *lab, const char *text)
{
	json_t *o = e2e_lab(r, lab);

	ck_assert_msg(!strcmp(e2e_text(json_object_get(o, "build"), "verdict"), "build"),
		      "lab %s: %s", lab, e2e_show(r));
	e2e_expect_has(r, e2e_text(json_object_get(o, "build"), "text"), text);
	e2e_expect_has(r, r->out, text);
}

START_TEST(odd_sources_are_build_with_a_clear_text)
{
	static char large[256 * 1024 + 1], line[70 * 1024];
	char *one = e2e_submission("odd1"), *two = e2e_submission("odd2");
	struct e2e *runs[] = { e2e_grade(one, NULL), e2e_grade(two, NULL) };
	size_t i;

	e2e_put(one, RECORDS, "");
	e2e_shell("rm %s/" FAMILY, one);
	memset(large, '\n', sizeof(large));
	e2e_write(e2e_fmt("%s/" MYMAP, one), large, sizeof(large));

	e2e_edit(two, RECORDS, "/* The mapping keeps", "/* Die Datei hei\xdft \xff\xfe. */\n/* It");
	e2e_write(e2e_fmt("%s/" FAMILY, two), "int a;\nint \0b;\n", 14);
	memset(line, ' ', sizeof(line) - 1);
	e2e_put(two, MYMAP, line);

	e2e_go(runs, 2, 2);
	for (i = 0; i < 2; i++) {
		e2e_expect_status(runs[i], 1);
		expect_clean(runs[i], runs[i]->out);
	}
	expect_build(runs[0], "02-records", RECORDS " is empty");
	expect_build(runs[0], "09-family", FAMILY " is missing");
	expect_build(runs[0], "11-mymap", MYMAP " is larger than 262144 bytes");
	expect_build(runs[1], "09-family", FAMILY ", line 2 holds a NUL byte");
	expect_build(runs[1], "11-mymap", MYMAP ", line 1 is longer than 65536 bytes");
	/* Comments may be in any encoding. */
	e2e_expect_verdict(runs[1], "set_uses_mapping", "pass");
	e2e_expect_has(runs[1], runs[1]->out, "is not UTF-8; the file is used as it is");
}
END_TEST

START_TEST(terminal_never_gets_raw_bytes)
{
	char *build = e2e_submission("ansi1"), *run = e2e_submission("ansi2");
	struct e2e *runs[] = { e2e_grade(build, "--lab", "02", NULL),
			       e2e_grade(run, ONE_TEST, NULL) };

	e2e_edit(build, RECORDS, "#include \"records.h\"",
		 "#include \"records.h\"\n#error \033]0;title\007\033[2J "
		 "<script>alert(1)</script> \xff\xc2\x9b");
	e2e_edit(run, RECORDS, "int rec_set(const char *path, size_t index, int32_t value)\n{\n",
		 "int rec_set(const char *path, size_t index, int32_t value)\n{\n"
		 "\tprintf(\"\\033]0;title\\007\\033[2J<script>\\xff\\xc2\\x9b\\r\\n\");\n"
		 "\tfprintf(stderr, \"\\033]0;title\\007\\033[2J<script>\\xff\\xc2\\x9b\\r\\n\");\n"
		 "\tfflush(stdout);\n\tif (index != 12345)\n\t\treturn -EPERM;\n");
	e2e_go(runs, 2, 2);
	e2e_expect_status(runs[0], 1);
	e2e_expect_has(runs[0], runs[0]->out, "\\x1b]0;title\\x07\\x1b[2J <script>");
	e2e_expect_status(runs[1], 1);
	e2e_expect_has(runs[1], runs[1]->out, "\\x1b]0;title\\x07\\x1b[2J<script>");
	expect_clean(runs[0], runs[0]->out);
	expect_clean(runs[1], runs[1]->out);
}
END_TEST

/* --------------------------------------------------------------- archives */

static void expect_pass(const struct e2e *r)
{
	e2e_expect_status(r, 0);
	e2e_expect_verdict(r, TEST, "pass");
	expect_clean(r, r->out);
}

START_TEST(archives_work_and_a_wrapping_folder_is_stripped)
{
	char *sub = e2e_submission("anna"), *top = e2e_path("%s", "");
	struct e2e *runs[3];
	size_t i;

	e2e_shell("cd %s && tar czf flat.tar.gz -C anna labs driver && "
		  "tar -c --zstd -f wrapped.tar.zst anna",
		  top);
	e2e_shell("cd %s && { zip -qr wrapped.zip anna || cp flat.tar.gz wrapped.zip; }", top);
	runs[0] = e2e_grade(e2e_path("flat.tar.gz"), ONE_TEST, NULL);
	runs[1] = e2e_grade(e2e_path("wrapped.tar.zst"), ONE_TEST, NULL);
	runs[2] = e2e_grade(e2e_path("wrapped.zip"), ONE_TEST, NULL);
	e2e_go(runs, 3, 2);
	for (i = 0; i < 3; i++)
		expect_pass(runs[i]);
	e2e_expect_has(runs[1], runs[1]->out, "the wrapping folder anna was stripped");
	ck_assert_str_eq(e2e_text(json_object_get(runs[0]->doc, "submission"), "sha256"),
			 e2e_text(json_object_get(runs[1]->doc, "submission"), "sha256"));
	(void)sub;
}
END_TEST

START_TEST(hostile_archives_write_nothing)
{
	char *sub = e2e_submission("evil"), *top = e2e_path("%s", "");
	struct e2e *up, *link, *device;

	/* Beside the good files: names that lead outside. */
	e2e_shell("cd %s && echo x >canary && "
		  "tar cPf up.tar --transform 's,^canary,../../../../../..%s/written,' "
		  "-C evil labs -C .. canary && "
		  "tar rPf up.tar --transform 's,^canary,%s/absolute,' canary",
		  top, top, top);
	up = go(e2e_grade(e2e_path("up.tar"), ONE_TEST, NULL));
	expect_pass(up);
	e2e_expect_has(up, up->out, "refused: a name must lead to a place inside");
	ck_assert_int_ne(access(e2e_path("written"), F_OK), 0);
	ck_assert_int_ne(access(e2e_path("absolute"), F_OK), 0);

	e2e_shell("cd %s && ln -sf /etc/passwd " RECORDS " && cd .. && "
		  "tar cf link.tar -C evil labs",
		  sub);
	link = go(e2e_grade(e2e_path("link.tar"), ONE_TEST, NULL));
	e2e_expect_status(link, 1);
	expect_build(link, NULL, "link");
	e2e_expect_lacks(link, link->out, "root:");
	/* The same as a folder. */
	link = go(e2e_grade(sub, ONE_TEST, NULL));
	expect_build(link, NULL, "link");

	if (geteuid()) {
		printf("skipped: only root makes devices\n");
		return;
	}
	e2e_shell("cd %s && rm " RECORDS " && mknod " RECORDS " c 1 5 && cd .. && "
		  "tar cf dev.tar -C evil labs",
		  sub);
	device = go(e2e_grade(e2e_path("dev.tar"), ONE_TEST, NULL));
	expect_build(device, NULL, "regular file");
}
END_TEST

START_TEST(floods_of_names_and_bytes_are_refused)
{
	char *sub = e2e_submission("flood"), *top = e2e_path("%s", "");

	e2e_shell("cd %s && mkdir many && cd many && seq 10001 | xargs touch && cd .. && "
		  "tar czf ../many.tar.gz labs many",
		  sub);
	e2e_shell("cd %s && head -c 80M /dev/zero >flood/zeros && rm -r flood/many && "
		  "tar czf bomb.tar.gz flood",
		  top);
	expect_refused(e2e_grade(e2e_path("many.tar.gz"), ONE_TEST, NULL), "more than 10000",
		       "unusable submission");
	expect_refused(e2e_grade(e2e_path("bomb.tar.gz"), ONE_TEST, NULL), "64 MiB",
		       "unusable submission");
	e2e_shell("head -c 5000 %s/many.tar.gz >%s/cut.tar.gz", top, top);
	expect_refused(e2e_grade(e2e_path("cut.tar.gz"), ONE_TEST, NULL), "cut.tar.gz",
		       "unusable submission");
}
END_TEST

START_TEST(submission_without_lab_files_is_unusable)
{
	char *sub = e2e_path("empty");

	e2e_write(e2e_fmt("%s/essay.txt", sub), "x", 1);
	expect_refused(e2e_grade(sub, NULL), "it holds essay.txt", "mirror the repository");
	e2e_write(e2e_fmt("%s/labs/\033[2J/x\xff", sub), "x", 1);
	expect_refused(e2e_grade(sub, NULL), "unusable submission", "labs/");
	expect_refused(e2e_grade(e2e_fmt("%s/essay.txt", sub), NULL), "essay.txt",
		       "hand in a folder");
}
END_TEST

START_TEST(own_rules_and_given_files_are_ignored)
{
	char *sub = e2e_submission("rules"), *canary = e2e_path("canary-rules");
	char *rule =
		e2e_fmt("$(shell touch %s)\nall:\n\ttouch %s\nobj-m := mymap.o\n", canary, canary);
	struct e2e *runs[2];

	e2e_put(sub, "Makefile", rule);
	e2e_put(sub, "labs/02-records/Makefile", rule);
	e2e_put(sub, "driver/mymap/Makefile", rule);
	e2e_put(sub, "driver/mymap/Kbuild", rule);
	e2e_put(sub, "labs/02-records/records.h", "#error the student's own header\n");
	e2e_put(sub, "labs/02-records/main.c", "int main(void) { return 0; }\n");
	e2e_put(sub, "labs/02-records/tests.tsv", TEST "\t1000\t-\t-\t1\tx.c:x\tx\n");
	runs[0] = e2e_grade(sub, ONE_TEST, NULL);
	runs[1] = e2e_grade(sub, "--lab", "11", "--test", "loads", NULL);
	e2e_go(runs, 2, 2);
	expect_pass(runs[0]);
	e2e_expect_status(runs[1], 0);
	ck_assert_int_ne(access(canary, F_OK), 0);
	e2e_expect_has(runs[0], runs[0]->out,
		       "labs/02-records/records.h: given file, changed: the kit's own is used");
	e2e_expect_has(runs[0], runs[0]->out, "labs/02-records/main.c: given file, changed");
	e2e_expect_has(runs[0], runs[0]->out, "labs/02-records/tests.tsv: given file, changed");
	e2e_expect_has(runs[0], runs[0]->out, "labs/02-records/Makefile: ignored");
	e2e_expect_has(runs[1], runs[1]->out, "driver/mymap/Kbuild: given file, changed");
}
END_TEST

START_TEST(odd_names_are_no_obstacle)
{
	char *sub = e2e_submission("plain"), *odd = e2e_path("a b\n\033[31m\xff'$(touch x)");
	struct e2e *r;
	glob_t g = { 0 };

	ck_assert_int_eq(rename(sub, odd), 0);
	e2e_write(e2e_fmt("%s/labs/02-records/\033[31m\nx \xff", odd), "x", 1);
	e2e_shell("cd %s && tar czf 'odd name.tar.gz' a\\ b*", e2e_path("%s", ""));
	expect_pass(go(e2e_grade(odd, ONE_TEST, NULL)));
	/* The result's name comes from the submission's, and is a plain one. */
	r = go(e2e_command(MMAPLAB, "grade", ONE_TEST, odd, NULL));
	e2e_expect_status(r, 0);
	expect_clean(r, r->out);
	e2e_expect_has(r, r->out, "labs/02-records/\\x1b[31m?x \\xff: ignored");
	glob("build/results/a_b___31m_*", 0, NULL, &g);
	ck_assert_uint_eq(g.gl_pathc, 1);
	unlink(g.gl_pathv[0]);
	r = go(e2e_command(MMAPLAB, "grade", ONE_TEST, e2e_path("odd name.tar.gz"), NULL));
	e2e_expect_status(r, 0);
	ck_assert_int_eq(unlink("build/results/odd_name.json"), 0);
	/* A name that is asked for cannot lead elsewhere. */
	r = go(e2e_command(MMAPLAB, "grade", ONE_TEST, "--name", "../../e2e/escape", odd, NULL));
	e2e_expect_status(r, 0);
	ck_assert_int_eq(unlink("build/results/escape.json"), 0);
}
END_TEST

/* ------------------------------------------------------------------ seeds */

static char *inputs(const struct e2e *r)
{
	json_t *test, *tests = json_object_get(e2e_lab(r, NULL), "tests");
	char *text = "";
	size_t i;

	json_array_foreach(tests, i, test)
		text = e2e_fmt("%s%s: %s\n", text, e2e_text(test, "id"), e2e_text(test, "input"));
	return text;
}

START_TEST(seed_decides_inputs_and_verdicts)
{
	struct e2e *runs[] = {
		e2e_grade(".", "--lab", "02", "--seed", "00c0ffee", NULL),
		e2e_grade(".", "--lab", "02", "--seed", "C0FFEE", NULL),
		e2e_grade(".", "--lab", "02", "--seed", "c0ffef", NULL),
		e2e_grade(".", "--lab", "02", "--test", "set_uses_mapping", "--seed", "c0ffee",
			  NULL),
		e2e_grade(".", "--lab", "02", "--test", "set_uses_mapping", NULL),
	};

	e2e_go(runs, 5, 2);
	ck_assert_str_eq(e2e_text(runs[0]->doc, "seed"), "0000000000c0ffee");
	ck_assert_str_eq(e2e_differences(runs[0], runs[1]), "");
	ck_assert_str_eq(inputs(runs[0]), inputs(runs[1]));
	ck_assert_str_ne(inputs(runs[0]), inputs(runs[2]));
	e2e_expect_has(runs[0], runs[0]->out, "seed 0000000000c0ffee");
	/* Alone it meets what it meets among the others. */
	ck_assert_str_eq(e2e_text(e2e_test(runs[3], "set_uses_mapping"), "input"),
			 e2e_text(e2e_test(runs[0], "set_uses_mapping"), "input"));
	/* No seed: a new one. */
	ck_assert_str_ne(e2e_text(runs[4]->doc, "seed"), e2e_text(runs[3]->doc, "seed"));
}
END_TEST

/* ------------------------------------------------------------ doors, hints */

START_TEST(make_says_2_without_a_verdict_and_0_with_one)
{
	char *sub = e2e_submission(e2e_fmt("e2e-make-%d", (int)getpid()));
	struct e2e *unknown = go(e2e_command("make", "lab", "LAB=99", NULL));
	struct e2e *none = go(e2e_command("make", "lab", NULL));
	struct e2e *nowhere = go(e2e_command("make", "grade", "SUBMISSION=nowhere", NULL));
	struct e2e *hint = go(e2e_command("make", "hint", "LAB=02", "T=nothing", NULL));
	struct e2e *graded;

	e2e_expect_status(unknown, 2);
	e2e_expect_has(unknown, unknown->err, "02-records");
	e2e_expect_status(none, 2);
	e2e_expect_has(none, none->err, "which lab");
	e2e_expect_status(nowhere, 2);
	e2e_expect_has(nowhere, nowhere->err, "nowhere");
	e2e_expect_status(hint, 2);
	e2e_expect_has(hint, hint->err, TEST);

	e2e_edit(sub, RECORDS, "MAP_SHARED", "MAP_PRIVATE");
	graded = go(e2e_command("make", "grade", e2e_fmt("SUBMISSION=%s", sub), "LAB=02", "T=" TEST,
				"SEED=1", "ACCEL=tcg", "J=1", NULL));
	e2e_expect_status(graded, 0);
	e2e_expect_has(graded, graded->out, "FAIL  " TEST);
	e2e_expect_has(graded, graded->out, "seed 0000000000000001");
	ck_assert_int_eq(unlink(e2e_fmt("build/results/%s.json", strrchr(sub, '/') + 1)), 0);
}
END_TEST

START_TEST(help_fits_a_screen)
{
	struct e2e *r = go(e2e_command("make", NULL));
	const char *line;
	int lines = 0;

	e2e_expect_status(r, 0);
	for (line = r->out; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		lines++;
		ck_assert_msg(strcspn(line, "\n") <= 80, "%.*s", (int)strcspn(line, "\n"), line);
	}
	ck_assert_int_gt(lines, 5);
	ck_assert_msg(lines <= 24, "%d lines\n%s", lines, r->out);
	e2e_expect_has(r, r->out, "make grade");
	e2e_expect_has(r, r->out, "make lab LAB=02");
}
END_TEST

START_TEST(each_hint_goes_one_further_and_stays_at_the_last)
{
	char *kit = e2e_kit("hints"), *before = "";
	struct e2e *r;
	int n;

	for (n = 1; n <= 5; n++) {
		r = e2e_command(MMAPLAB, "hint", "02", TEST, NULL);
		r->kit = kit;
		go(r);
		e2e_expect_status(r, 0);
		e2e_expect_has(r, r->out, e2e_fmt("hint %d of 3: ", n < 3 ? n : 3));
		if (n > 3)
			ck_assert_str_eq(r->out, before);
		else
			ck_assert_str_ne(r->out, before);
		before = r->out;
	}
	e2e_expect_has(r, r->out, "labs/02-records/README.md");
	/* Another test has its own count. */
	r = e2e_command(MMAPLAB, "hint", "02", "set_uses_mapping", NULL);
	r->kit = kit;
	go(r);
	e2e_expect_has(r, r->out, "hint 1 of 3: ");
	r = e2e_command(MMAPLAB, "hint", "--reset", "02", TEST, NULL);
	r->kit = kit;
	go(r);
	e2e_expect_has(r, r->out, "hint 1 of 3: ");
}
END_TEST

static Suite *make_suite(void)
{
	Suite *s = suite_create("input");
	TCase *t = tcase_create("all");

	suite_add_tcase(s, t);
	tcase_set_timeout(t, 300);
	tcase_add_test(t, unknown_names_are_answered_with_the_known_ones);
	tcase_add_test(t, bad_options_are_named);
	tcase_add_test(t, odd_sources_are_build_with_a_clear_text);
	tcase_add_test(t, terminal_never_gets_raw_bytes);
	tcase_add_test(t, archives_work_and_a_wrapping_folder_is_stripped);
	tcase_add_test(t, hostile_archives_write_nothing);
	tcase_add_test(t, floods_of_names_and_bytes_are_refused);
	tcase_add_test(t, submission_without_lab_files_is_unusable);
	tcase_add_test(t, own_rules_and_given_files_are_ignored);
	tcase_add_test(t, odd_names_are_no_obstacle);
	tcase_add_test(t, seed_decides_inputs_and_verdicts);
	tcase_add_test(t, make_says_2_without_a_verdict_and_0_with_one);
	tcase_add_test(t, help_fits_a_screen);
	tcase_add_test(t, each_hint_goes_one_further_and_stays_at_the_last);
	return s;
}

int main(void)
{
	e2e_begin();
	return e2e_finish(make_suite());
}
