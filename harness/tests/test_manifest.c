// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_manifest.c - the list of labs and their tests: what is read, and that
 * every malformed line is an error naming file, line and column.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../grade/manifest.h"
#include "../grade/util.h"
#include "tests.h"

#define LABS "#id\tprofile\tfiles\tkind\ttitle\n"
#define TESTS "#id\tpoints\tneeds\tprofile\ttask\twhere\ttitle\n"
#define LAB2 "02-records\tplain\tlabs/02-records/records.c\tcore\tRecords\n"
#define LAB11 "11-mymap\tleak\tdriver/mymap/mymap.c\tbonus\tDriver\n"
#define EVIDENCE "#id\tchecks\n"
#define T1 "one\t1.5\t-\t-\t1\trecords.c:rec_set\tFirst\n"
#define T2 "two\t3\tone\tsmp\t2\trecords.c:rec_get\tSecond\n"

static struct err err;

static struct manifest *load(const char *labs, const char *tests)
{
	struct manifest *m = NULL;
	int ret;

	tests_write_text("labs/labs.tsv", labs);
	tests_write_text("labs/02-records/tests.tsv", tests);
	tests_write_text("labs/11-mymap/tests.tsv", TESTS T1);
	memset(&err, 0, sizeof(err));
	ret = manifest_load(tests_folder(), &m, &err);
	ck_assert_int_eq(ret, -err.code);
	ck_assert(!ret == !!m);
	return m;
}

START_TEST(labs_and_tests_are_read)
{
	struct manifest *m = load(LABS LAB2 LAB11, TESTS T1 T2);
	const struct lab_def *lab;

	ck_assert_msg(m != NULL, "%s", err.text);
	ck_assert_uint_eq(m->labs_count, 2);
	lab = &m->labs[0];
	ck_assert_str_eq(lab->id, "02-records");
	ck_assert_str_eq(lab->program, "records");
	ck_assert_ptr_null(lab->module);
	ck_assert_str_eq(lab->files[0], "labs/02-records/records.c");
	ck_assert(!lab->bonus);
	ck_assert_str_eq(m->labs[1].module, "mymap");
	ck_assert(m->labs[1].bonus);
	ck_assert_uint_eq(lab->tests_count, 2);
	ck_assert_str_eq(lab->tests[0].profile, "plain");
	ck_assert_str_eq(lab->tests[1].profile, "smp");
	ck_assert_ptr_eq(lab->tests[1].needs[0], &lab->tests[0]);
	ck_assert_uint_eq(lab->tests[1].needs_count, 1);
	ck_assert_int_eq(lab->tests[1].task, 2);
	ck_assert_str_eq(lab->tests[1].where, "records.c:rec_get");
	ck_assert_str_eq(lab->tests[1].title, "Second");
	ck_assert_double_eq(manifest_lab_points(lab), 4.5);
	ck_assert_str_eq(m->root, tests_folder());
	manifest_free(m);
}
END_TEST

START_TEST(lab_is_found_by_each_of_its_names)
{
	static const char *const names[] = { "02", "2", "02-records", "records" };
	struct manifest *m = load(LABS LAB2 LAB11, TESTS T1);
	size_t i;

	for (i = 0; i < 4; i++)
		ck_assert_ptr_eq(manifest_find_lab(m, names[i], &err), &m->labs[0]);
	ck_assert_ptr_null(manifest_find_lab(m, "1", &err));
	ck_assert_ptr_null(manifest_find_lab(m, "", &err));
	ck_assert_ptr_null(manifest_find_lab(m, "2-\033[31m", &err));
	ck_assert_str_eq(err.text,
			 "no lab '2-\\x1b[31m'\n"
			 "next: LAB=NN (mmaplab: --lab NN) with one of: 02-records 11-mymap");
	ck_assert_ptr_eq(manifest_find_test(&m->labs[0], "one", &err), &m->labs[0].tests[0]);
	ck_assert_ptr_null(manifest_find_test(&m->labs[0], "three", &err));
	ck_assert_str_eq(err.text, "lab 02-records has no test 'three'\n"
				   "next: T=NAME (mmaplab: --test NAME) with one of: one");
	ck_assert_ptr_null(manifest_find_test(&m->labs[0], "noe", &err));
	ck_assert_str_eq(err.text, "lab 02-records has no test 'noe'; did you mean one\n"
				   "next: T=NAME (mmaplab: --test NAME) with one of: one");
	manifest_free(m);
}
END_TEST

static const struct {
	const char *labs, *tests, *message;
} bad[] = {
	{ "", TESTS T1, "labs/labs.tsv, line 1, column 1: empty line" },
	{ LAB2, TESTS T1, "labs/labs.tsv, line 1, column 1 (id): the first line" },
	{ "#id\tprofile\tfile\tkind\ttitle\n" LAB2, TESTS T1,
	  "labs/labs.tsv, line 1, column 3 (files): the header calls it 'file'" },
	{ LABS, TESTS T1, "labs/labs.tsv, line 2, column 1: no lab" },
	{ LABS LAB2 "\n", TESTS T1, "labs/labs.tsv, line 3, column 1: empty line" },
	{ LABS "02-records\tplain\tcore\tTitle\n", TESTS T1,
	  "labs/labs.tsv, line 2, column 4: 4 cells, expected 5" },
	{ LABS "02-records\tplain\tlabs/02-records/records.c\tcore\tTitle\tmore\n", TESTS T1,
	  "labs/labs.tsv, line 2, column 6: 6 cells" },
	{ LABS "02-records\tplain\tlabs/02-records/records.c\tcore\t\n", TESTS T1,
	  "labs/labs.tsv, line 2, column 5 (title): empty" },
	{ LABS "02-records\tplain\tlabs/02-records/records.c\tcore\tTitle\r\n", TESTS T1,
	  "labs/labs.tsv, line 2, column 5: control byte 0x0d (save" },
	{ LABS "2-records\tplain\tlabs/02-records/records.c\tcore\tTitle\n", TESTS T1,
	  "labs/labs.tsv, line 2, column 1 (id): '2-records' is not like" },
	{ LABS "../../etc\tplain\tlabs/02-records/records.c\tcore\tTitle\n", TESTS T1,
	  "labs/labs.tsv, line 2, column 1 (id)" },
	{ LABS LAB2 LAB2, TESTS T1, "labs/labs.tsv, line 3, column 1 (id): '02-records' repeats" },
	{ LABS "02-records\tPlain\tlabs/02-records/records.c\tcore\tTitle\n", TESTS T1,
	  "labs/labs.tsv, line 2, column 2 (profile)" },
	{ LABS "02-records\tplain\tlabs/03-other/records.c\tcore\tTitle\n", TESTS T1,
	  "labs/labs.tsv, line 2, column 3 (files): 'labs/03-other/records.c'" },
	{ LABS "02-records\tplain\tlabs/02-records/../x.c\tcore\tTitle\n", TESTS T1,
	  "labs/labs.tsv, line 2, column 3 (files)" },
	{ LABS "02-records\tplain\t/etc/x/records.c\tcore\tTitle\n", TESTS T1,
	  "labs/labs.tsv, line 2, column 3 (files)" },
	{ LABS "02-records\tplain\tlabs/02-records/a b.c\tcore\tTitle\n", TESTS T1,
	  "labs/labs.tsv, line 2, column 3 (files)" },
	{ LABS "02-records\tplain\tlabs/02-records/a.c,labs/02-records/a.c\tcore\tTitle\n",
	  TESTS T1, "labs/labs.tsv, line 2, column 3 (files): 'labs/02-records/a.c' stands twice" },
	{ LABS "02-records\tplain\tdriver/a/a.c,driver/b/b.c\tcore\tTitle\n", TESTS T1,
	  "labs/labs.tsv, line 2, column 3 (files): a lab has one module" },
	{ LABS "02-records\tplain\tlabs/02-records/records.c\textra\tTitle\n", TESTS T1,
	  "labs/labs.tsv, line 2, column 4 (kind): 'extra' is neither core nor bonus" },
	{ LABS "02-records\tplain\tlabs/02-records/records.c\t\tTitle\n", TESTS T1,
	  "labs/labs.tsv, line 2, column 4 (kind): empty" },
	{ LABS "02-records\tplain\tlabs/02-records/records.c\tBonus\tTitle\n", TESTS T1,
	  "labs/labs.tsv, line 2, column 4 (kind): 'Bonus'" },
	{ LABS LAB2, TESTS, "labs/02-records/tests.tsv, line 2, column 1: no test" },
	{ LABS LAB2, TESTS "a b\t1\t-\t-\t1\tr.c:f\tT\n",
	  "labs/02-records/tests.tsv, line 2, column 1 (id)" },
	{ LABS LAB2, TESTS T1 T1,
	  "labs/02-records/tests.tsv, line 3, column 1 (id): 'one' stands twice" },
	{ LABS LAB2, TESTS "one\t0\t-\t-\t1\tr.c:f\tT\n",
	  "labs/02-records/tests.tsv, line 2, column 2 (points): '0'" },
	{ LABS LAB2, TESTS "one\t-1\t-\t-\t1\tr.c:f\tT\n",
	  "labs/02-records/tests.tsv, line 2, column 2 (points)" },
	{ LABS LAB2, TESTS "one\t1.25\t-\t-\t1\tr.c:f\tT\n",
	  "labs/02-records/tests.tsv, line 2, column 2 (points)" },
	{ LABS LAB2, TESTS "one\t99999999999\t-\t-\t1\tr.c:f\tT\n",
	  "labs/02-records/tests.tsv, line 2, column 2 (points)" },
	{ LABS LAB2, TESTS T2 T1, "labs/02-records/tests.tsv, line 2, column 3 (needs): 'one'" },
	{ LABS LAB2, TESTS "one\t1\tone\t-\t1\tr.c:f\tT\n",
	  "labs/02-records/tests.tsv, line 2, column 3 (needs)" },
	{ LABS LAB2, TESTS T1 "two\t1\tone,\t-\t1\tr.c:f\tT\n",
	  "labs/02-records/tests.tsv, line 3, column 3 (needs)" },
	{ LABS LAB2, TESTS "one\t1\t-\tA B\t1\tr.c:f\tT\n",
	  "labs/02-records/tests.tsv, line 2, column 4 (profile)" },
	{ LABS LAB2, TESTS "one\t1\t-\t-\t-\tr.c:f\tT\n",
	  "labs/02-records/tests.tsv, line 2, column 5 (task)" },
	{ LABS LAB2, TESTS "one\t1\t-\t-\t1\trec_set\tT\n",
	  "labs/02-records/tests.tsv, line 2, column 6 (where)" },
};

START_TEST(malformed_line_is_named)
{
	struct manifest *m = load(bad[_i].labs, bad[_i].tests);

	ck_assert_ptr_null(m);
	ck_assert_msg(!strncmp(err.text, bad[_i].message, strlen(bad[_i].message)),
		      "got:      %s\nexpected: %s", err.text, bad[_i].message);
}
END_TEST

static struct manifest *load_evidence(const char *lab, const char *text)
{
	struct manifest *m;

	tests_write_text("labs/11-mymap/evidence.tsv", "");
	unlink(tests_path("labs/11-mymap/evidence.tsv"));
	tests_write_text(xasprintf("labs/%s/evidence.tsv", lab), text);
	m = load(LABS LAB2 LAB11, TESTS T1);
	unlink(tests_path(xasprintf("labs/%s/evidence.tsv", lab)));
	return m;
}

START_TEST(evidence_is_read)
{
	struct manifest *m = load_evidence("11-mymap", EVIDENCE "one\tpresent,rw,store\n");

	ck_assert_msg(m != NULL, "%s", err.text);
	ck_assert_uint_eq(m->labs[1].tests[0].evidence, CHECK_PRESENT | CHECK_RW | CHECK_STORE);
	ck_assert_uint_eq(m->labs[0].tests[0].evidence, 0);
	manifest_free(m);
}
END_TEST

static const struct {
	const char *lab, *text, *message;
} bad_evidence[] = {
	{ "11-mymap", EVIDENCE "two\tpresent\n", "line 2, column 1 (id): 'two' is not the id" },
	{ "11-mymap", EVIDENCE "one\tpresent\none\trw\n",
	  "line 3, column 1 (id): 'one' stands twice" },
	{ "11-mymap", EVIDENCE "one\tpresent,\n", "line 2, column 2 (checks): '' is no check" },
	{ "11-mymap", EVIDENCE "one\trw,rw\n", "line 2, column 2 (checks): 'rw' stands twice" },
	{ "11-mymap", "#id\tseen\n", "line 1" },
	{ "02-records", EVIDENCE "one\tpresent\n", "driver labs only" },
};

START_TEST(malformed_evidence_is_named)
{
	struct manifest *m = load_evidence(bad_evidence[_i].lab, bad_evidence[_i].text);

	ck_assert_ptr_null(m);
	ck_assert_msg(strstr(err.text, bad_evidence[_i].message) != NULL, "got: %s", err.text);
	ck_assert_ptr_nonnull(strstr(err.text, "evidence.tsv"));
}
END_TEST

START_TEST(tests_need_the_part_they_name)
{
	char module[] = "driver/screen/screen.c", program[] = "labs/14-screen/draw.c";
	struct lab_def lab = { .module = module, .files = { module, program }, .files_count = 2 };
	char in_module[] = "screen.c:screen_mmap", in_program[] = "draw.c:draw_card";
	struct test_def driver = { .where = in_module }, drawing = { .where = in_program };
	struct lab_def only;

	ck_assert_uint_eq(manifest_part_of(&lab, PART_MODULE, &only), 1);
	ck_assert_str_eq(only.files[0], module);
	ck_assert_uint_eq(manifest_part_of(&lab, PART_PROGRAM, &only), 1);
	ck_assert_str_eq(only.files[0], program);
	ck_assert_ptr_null(only.module);
	ck_assert(manifest_needs_part(&lab, &driver, PART_MODULE));
	ck_assert(!manifest_needs_part(&lab, &driver, PART_PROGRAM));
	ck_assert(!manifest_needs_part(&lab, &drawing, PART_MODULE));
	ck_assert(manifest_needs_part(&lab, &drawing, PART_PROGRAM));
	/* And what a test needs needs its part, too. */
	drawing.needs[0] = &driver;
	drawing.needs_count = 1;
	ck_assert(manifest_needs_part(&lab, &drawing, PART_MODULE));
	ck_assert(manifest_needs_part(&lab, &drawing, PART_PROGRAM));

	/* A lab of one part: all of its tests need that. */
	lab.files_count = 1;
	ck_assert(manifest_needs_part(&lab, &driver, PART_MODULE));
	ck_assert(!manifest_needs_part(&lab, &driver, PART_PROGRAM));
	lab.files[0] = program;
	ck_assert(manifest_needs_part(&lab, &driver, PART_PROGRAM));
	ck_assert(!manifest_needs_part(&lab, &driver, PART_MODULE));
}
END_TEST

START_TEST(missing_file_is_named)
{
	struct manifest *m;

	ck_assert_int_eq(manifest_load("/nonexistent", &m, &err), -ENOENT);
	ck_assert_str_eq(err.text, "read /nonexistent/labs/labs.tsv: No such file or directory");
	tests_write_text("labs/labs.tsv", LABS LAB2);
	ck_assert_int_eq(manifest_load(tests_folder(), &m, &err), -ENOENT);
	ck_assert_ptr_nonnull(strstr(err.text, "labs/02-records/tests.tsv"));
}
END_TEST

START_TEST(nul_byte_is_named)
{
	static const char labs[] = LABS LAB2 "11-x\0x\tplain\tb\tc\n";
	struct manifest *m;

	tests_write("labs/labs.tsv", labs, sizeof(labs) - 1);
	ck_assert_int_eq(manifest_load(tests_folder(), &m, &err), -EINVAL);
	ck_assert_str_eq(err.text, "labs/labs.tsv, line 3, column 1: the line holds a NUL byte");
}
END_TEST

START_TEST(too_many_labs_and_tests_are_refused)
{
	char *labs = xstrdup(LABS), *tests = xstrdup(TESTS), *next;
	int i;

	for (i = 0; i < 65; i++) {
		next = xasprintf("%st%d\t1\t-\t-\t1\tr.c:f\tT\n", tests, i);
		free(tests);
		tests = next;
	}
	ck_assert_ptr_null(load(LABS LAB2, tests));
	ck_assert_str_eq(err.text,
			 "labs/02-records/tests.tsv, line 66, column 1 (id): too many tests");
	for (i = 0; i < 33; i++) {
		next = xasprintf("%s%02d-lab%d\tplain\tlabs/%02d-lab%d/a.c\tcore\tT\n", labs, i, i,
				 i, i);
		free(labs);
		labs = next;
	}
	ck_assert_ptr_null(load(labs, TESTS T1));
	ck_assert_str_eq(err.text, "labs/labs.tsv, line 34, column 1 (id): too many labs");
	free(labs);
	free(tests);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *s = suite_create("manifest");
	TCase *t = tcase_create("all");

	suite_add_tcase(s, t);
	tcase_add_test(t, labs_and_tests_are_read);
	tcase_add_test(t, lab_is_found_by_each_of_its_names);
	tcase_add_loop_test(t, malformed_line_is_named, 0, sizeof(bad) / sizeof(bad[0]));
	tcase_add_test(t, evidence_is_read);
	tcase_add_loop_test(t, malformed_evidence_is_named, 0,
			    sizeof(bad_evidence) / sizeof(bad_evidence[0]));
	tcase_add_test(t, tests_need_the_part_they_name);
	tcase_add_test(t, missing_file_is_named);
	tcase_add_test(t, nul_byte_is_named);
	tcase_add_test(t, too_many_labs_and_tests_are_refused);
	return s;
}

int main(void)
{
	return tests_main(make_suite);
}
