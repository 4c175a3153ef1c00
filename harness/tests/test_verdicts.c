// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_verdicts.c - each verdict, and held, driven by a submission that earns
 * it: right and wrong solutions, programs and modules that misbehave, a kit
 * that is broken.
 *
 * All gradings run first, several at a time, since some of them wait for a
 * deadline; the tests then look at what came of them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "e2e.h"

#define AT_A_TIME 3
#define MAX_RUNS 128

/* A line of the driver's init function, before which more can be done. */
#define IN_INIT "\tbuffer_size = (size_t)pages << PAGE_SHIFT;\n"

static struct e2e *all[MAX_RUNS];
static size_t all_count;

/* Long ones are added first. */
static struct e2e *later(struct e2e *r)
{
	if (all_count == MAX_RUNS)
		abort();
	all[all_count++] = r;
	return r;
}

/* ---------------------------------------------------- make wrong, of itself */

static struct e2e *wrong_of_all_kinds;

/* The solution of lab 02 as this sed command leaves it, as a wrong solution. */
static void add_wrong(const char *kit, const char *name, const char *change)
{
	e2e_shell("cd %s/solutions; "
		  "(printf 'Must-fail: set_is_seen_at_once\nWhy: to test the test.\n\n'; "
		  "sed '%s' " RECORDS " | diff -u --label a/" RECORDS " --label b/" RECORDS
		  " " RECORDS " -) >wrong/02-records/%s.patch; test $? = 1",
		  kit, change, name);
}

static void plan_wrong(void)
{
	char *kit = e2e_kit("wrongs");

	e2e_kit_own(kit, "solutions");
	e2e_shell("rm %s/solutions/wrong/02-records/*", kit);
	add_wrong(kit, "is-wrong", "s/MAP_SHARED/MAP_PRIVATE/");
	add_wrong(kit, "is-right", "1a // A comment changes nothing.");
	add_wrong(kit, "is-no-program", "1a This is no C.");
	e2e_shell("sed 's/^-\t/-X\t/' %s/solutions/wrong/02-records/is-wrong.patch "
		  ">%s/solutions/wrong/02-records/is-no-patch.patch",
		  kit, kit);
	wrong_of_all_kinds = later(e2e_command(e2e_fmt("%s/%s", e2e_root(), e2e_program()), "wrong",
					       "--named", "02", NULL));
	wrong_of_all_kinds->kit = kit;
}

START_TEST(wrong_solution_that_is_none_is_named_twice)
{
	static const char *const misses[] = {
		"MISS  02-records/is-right: no test failed\n",
		"MISS  02-records/is-no-program: set_is_seen_at_once (build)\n",
		"MISS  02-records/is-no-patch: the patch does not apply to solutions/" RECORDS,
	};
	const struct e2e *r = wrong_of_all_kinds;
	const char *summary = strstr(r->out, "These are not as they must be");
	size_t i;

	e2e_expect_status(r, 1);
	e2e_expect_has(r, r->out, "ok    02-records/is-wrong: set_is_seen_at_once (fail)\n");
	ck_assert_ptr_nonnull(summary);
	for (i = 0; i < sizeof(misses) / sizeof(misses[0]); i++) {
		e2e_expect_has(r, summary, misses[i]);
		ck_assert(strstr(r->out, misses[i]) < summary);
	}
	e2e_expect_has(r, r->out, "\n1 passed, 3 failed\n");
}
END_TEST

/* ----------------------------------------------------- make soak, of itself */

static struct e2e *soak;

static void plan_soak(void)
{
	soak = later(e2e_command(e2e_fmt("%s/%s", e2e_root(), e2e_program()), "soak", "--rounds",
				 "1", "--wrong", "2", "--load", "0", "02", NULL));
	soak->kit = e2e_kit("soak");
}

/* No verdict changes where nothing is graded. */
START_TEST(soak_grades_what_it_counts)
{
	char *records = e2e_read(e2e_fmt("%s/build/soak/records.jsonl", soak->kit)), *line;
	size_t n = 0, right = 0;

	e2e_expect_status(soak, 0);
	e2e_expect_has(soak, soak->out, "\n3 gradings in ");
	e2e_expect_has(soak, soak->out, " machines, 0 changed\n");
	ck_assert_ptr_nonnull(records);
	while ((line = strsep(&records, "\n"))) {
		n += strstr(line, "\"item\":\"02-records/") != NULL;
		right += strstr(line, "\"verdicts\":\"pass\"") != NULL;
	}
	ck_assert_uint_eq(n, 3);
	ck_assert_uint_eq(right, 1); /* the solution */
}
END_TEST

/* --------------------------------------------- right and wrong solutions */

static struct e2e *solutions, *starters, *careless[2];

static void plan_solutions(void)
{
	solutions = later(e2e_grade("solutions", "--jobs", "2", NULL));
	starters = later(e2e_grade(".", "--jobs", "1", NULL));
	careless[0] = later(e2e_grade("solutions/wrong/careless", "--lab", "11", NULL));
	careless[1] = later(e2e_grade("solutions/wrong/careless", "--lab", "12", NULL));
}

/* These members of a result have the ids of a table's rows, in their order. */
static void expect_rows(json_t *items, const char *table)
{
	char *text = e2e_read(table), *line;
	size_t n = 0;

	ck_assert_msg(text != NULL, "no %s", table);
	while ((line = strsep(&text, "\n"))) {
		if (!*line || *line == '#')
			continue;
		*strchrnul(line, '\t') = '\0';
		ck_assert_str_eq(e2e_text(json_array_get(items, n++), "id"), line);
	}
	ck_assert_uint_eq(json_array_size(items), n);
}

/* Each lab, and each of its tests. */
static void expect_whole(const struct e2e *r)
{
	json_t *labs = json_object_get(r->doc, "labs"), *lab;
	size_t i;

	expect_rows(labs, "labs/labs.tsv");
	json_array_foreach(labs, i, lab)
		expect_rows(json_object_get(lab, "tests"),
			    e2e_fmt("labs/%s/tests.tsv", e2e_text(lab, "id")));
}

/* Bonus labs have their points on top. */
static void expect_full(const struct e2e *r)
{
	size_t count = json_array_size(json_object_get(r->doc, "labs")), i;
	double points = 0, max = 0;
	json_t *lab;

	e2e_expect_status(r, 0);
	ck_assert_str_eq(e2e_text(r->doc, "status"), "full");
	ck_assert_uint_eq(json_array_size(json_object_get(r->doc, "held")), 0);
	json_array_foreach(json_object_get(r->doc, "labs"), i, lab) {
		double lab_max = json_number_value(json_object_get(lab, "max"));

		ck_assert_double_eq(json_number_value(json_object_get(lab, "points")), lab_max);
		points += lab_max;
		if (count == 1 || !json_object_get(lab, "bonus"))
			max += lab_max;
	}
	ck_assert_double_eq(json_number_value(json_object_get(r->doc, "points")), points);
	ck_assert_double_eq(json_number_value(json_object_get(r->doc, "max")), max);
}

START_TEST(solutions_have_full_marks)
{
	expect_whole(solutions);
	expect_full(solutions);
	e2e_expect_has(solutions, solutions->out, "seed ");
}
END_TEST

START_TEST(starters_score_nothing_and_say_why)
{
	json_t *lab, *test;
	size_t i, k;

	e2e_expect_status(starters, 1);
	expect_whole(starters);
	ck_assert_double_eq(json_number_value(json_object_get(starters->doc, "points")), 0);
	json_array_foreach(json_object_get(starters->doc, "labs"), i, lab) {
		ck_assert_str_eq(e2e_text(json_object_get(lab, "build"), "verdict"), "pass");
		json_array_foreach(json_object_get(lab, "tests"), k, test) {
			ck_assert_msg(strcmp(e2e_text(test, "verdict"), "pass"), "%s passes",
				      e2e_text(test, "id"));
			ck_assert_msg(*e2e_text(test, "message"), "%s says nothing",
				      e2e_text(test, "id"));
		}
	}
}
END_TEST

START_TEST(careless_driver_fails_what_expected_tsv_lists)
{
	char *list = e2e_read("solutions/wrong/careless/expected.tsv"), *save = NULL, *line;
	static const char *const labs[] = { "11-mymap", "12-harden" };
	const struct e2e *r = careless[_i];
	int listed = 0;

	ck_assert_ptr_nonnull(list);
	e2e_expect_status(r, 1);
	for (line = strtok_r(list, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char lab[64], id[64];

		if (*line == '#' || sscanf(line, "%63s %63s", lab, id) != 2 ||
		    strcmp(lab, labs[_i]))
			continue;
		listed++;
		ck_assert_msg(strcmp(e2e_text(e2e_test(r, id), "verdict"), "pass"), "%s passes",
			      id);
	}
	ck_assert_int_gt(listed, 0);
	ck_assert_msg(e2e_count(r, "pass") + listed == e2e_count(r, NULL),
		      "it fails more than expected.tsv lists:\n%s", r->out);
	/* It builds, and shows its ten bytes. */
	e2e_expect_verdict(r, _i ? "whole_buffer_is_mapped" : "first_ten_bytes_count_up", "pass");
}
END_TEST

/* ------------------------------------------------- programs that misbehave */

/*
 * Where a program may misbehave so that one test meets it and the other
 * eight of the lab do not.
 */
static const struct place {
	const char *function, *when, *test;
} get = { "int rec_get(const char *path, size_t index, struct record *out)\n{\n",
	  "index >= 299 && index < 400", "get_reads_through_mapping" },
  set = { "int rec_set(const char *path, size_t index, int32_t value)\n{\n", "index == 1023",
	  "set_changes_four_bytes_only" },
  label = { "int rec_label(const char *path, size_t index, const char *label)\n{\n",
	    "strlen(label) > 24", "label_stays_in_its_record" },
  append = { "int rec_append(const char *path, int32_t value, const char *label)\n{\n",
	     "strlen(label) == 40", "append_adds_one_record" };

static const char headers[] = "#include <signal.h>\n#include <stdlib.h>\n#include <sys/wait.h>\n"
			      "static void fill(const char *folder)\n{\n"
			      "\tstatic char b[1 << 20] = { 1 };\n\tchar n[64];\n\tint k, f;\n\n"
			      "\tfor (k = 0; k < 4000; k++) {\n"
			      "\t\tsnprintf(n, sizeof(n), \"%s/big%d\", folder, k);\n"
			      "\t\tf = open(n, O_CREAT | O_RDWR, 0600);\n"
			      "\t\tif (f < 0 || write(f, b, sizeof(b)) <= 0)\n\t\t\tbreak;\n"
			      "\t\twhile (write(f, b, sizeof(b)) > 0)\n\t\t\t;\n"
			      "\t\tclose(f);\n\t}\n}\n"
			      "static int deep(volatile int n)\n{\n"
			      "\tvolatile char b[4096];\n\n"
			      "\tb[0] = n;\n\treturn n ? deep(n + 1) + b[0] : 0;\n}\n";

/* Four at a time in one program: each has to leave the others alone. */
struct misdeed {
	const struct place *place;
	const char *code;
	const char *verdict; /* or two of which each is right */
	const char *says; /* somewhere in the evidence */
};

static const struct misdeed misdeeds[][4] = {
	{
		{ &get, "*(volatile int *)8 = 1; /* HERE */", "crash", "SIGSEGV" },
		{ &set, "puts(\"ok\"); exit(0);", "fail", "set" },
		{ &label, "while (read(0, &(char){ 0 }, 1) >= 0) pause();", "timeout", "pause" },
		{ &append, "for (;;) ;", "timeout", "running" },
	},
	{
		{ &get, "for (int i = 0; i < 1024; i++) close(i);", "fail", "exit status" },
		{ &set, "setsid(); if (fork() == 0) { setsid(); for (;;) pause(); }", "pass", "" },
		{ &label,
		  "signal(SIGTERM, SIG_IGN); signal(SIGINT, SIG_IGN); setsid();"
		  "for (;;) pause();",
		  "timeout", "pause" },
		{ &append,
		  "static char b[65536]; memset(b, 'x', 65536);"
		  "for (;;) write(1, b, 65536);",
		  "timeout", "did not end within" },
	},
	{
		{ &get, "abort();", "crash", "SIGABRT" },
		/* The host gives each of the machine's pages: time may be over first. */
		{ &set, "for (char *p;;) if ((p = malloc(1 << 20))) memset(p, 1, 1 << 20);",
		  "crash or timeout", "records" },
		{ &label, "fill(\".\"); fill(\"/tmp\"); fill(\"/dev/shm\"); return -ENOSPC;",
		  "fail", "ENOSPC" },
		{ &append, "for (;;) fork();", "fail", "32 at once" },
	},
	{
		{ &get, "return deep(1);", "crash", "SIGSEGV" },
		{ &set, "kill(-1, SIGKILL); kill(getppid(), SIGKILL); return -EPERM;", "fail",
		  "EPERM" },
		{ &label, "raise(SIGSTOP);", "timeout", "did not end within" },
		{ &append,
		  "static char b[65536]; memset(b, 'x', 65536);"
		  "for (int i = 0; i < 64; i++) write(1, b, 65536);",
		  "pass", "" },
	},
};
#define PROGRAMS (sizeof(misdeeds) / sizeof(misdeeds[0]))

static struct e2e *programs[PROGRAMS];
static char *program_subs[PROGRAMS];

static void do_there(const char *sub, const struct place *p, const char *code)
{
	e2e_edit(sub, RECORDS, p->function,
		 e2e_fmt("%s\tif (%s) {\n\t\t%s\n\t}\n", p->function, p->when, code));
}

static void plan_programs(void)
{
	size_t i, k;

	for (i = 0; i < PROGRAMS; i++) {
		char *sub = e2e_submission(e2e_fmt("program%zu", i));

		for (k = 0; k < 4; k++) {
			const struct misdeed *m = &misdeeds[i][k];

			do_there(sub, m->place, m->code);
		}
		e2e_edit(sub, RECORDS, "#include \"records.h\"\n",
			 e2e_fmt("#include \"records.h\"\n%s", headers));
		program_subs[i] = sub;
		programs[i] = later(e2e_grade(sub, "--lab", "02", "--jobs", "1", NULL));
	}
}

static bool is_one_of(const char *words, const char *word)
{
	return strstr(e2e_fmt(" %s ", words), e2e_fmt(" %s ", word)) != NULL;
}

START_TEST(misbehaving_program_costs_its_test_only)
{
	const struct e2e *r = programs[_i];
	size_t k, lost = 0;

	e2e_expect_status(r, 1);
	for (k = 0; k < 4; k++) {
		const struct misdeed *m = &misdeeds[_i][k];
		json_t *test = e2e_test(r, m->place->test);
		char *text = test ? json_dumps(test, 0) : "";

		lost += strcmp(m->verdict, "pass") != 0;
		ck_assert_msg(is_one_of(m->verdict, e2e_text(test, "verdict")),
			      "{ %s } is '%s', not '%s'\n%s", m->code, e2e_text(test, "verdict"),
			      m->verdict, e2e_show(r));
		ck_assert_msg(strstr(text, m->says) != NULL, "{ %s }: no \"%s\" in %s\n%s", m->code,
			      m->says, text, e2e_show(r));
		ck_assert_msg(!strcmp(m->verdict, "pass") || *e2e_text(test, "message"),
			      "{ %s }: no message", m->code);
	}
	ck_assert_msg(e2e_count(r, "pass") == e2e_count(r, NULL) - (int)lost,
		      "others are affected:\n%s", e2e_show(r));
}
END_TEST

START_TEST(crash_names_signal_address_and_line)
{
	json_t *test = e2e_test(programs[0], get.test);
	char *at = e2e_fmt("records.c:%d in rec_get",
			   e2e_line_of(program_subs[0], RECORDS, "/* HERE */"));

	ck_assert_str_eq(e2e_text(test, "signal"), "SIGSEGV");
	ck_assert_str_eq(e2e_text(test, "addr"), "0x8");
	ck_assert_str_eq(e2e_text(test, "at"), at);
	e2e_expect_has(programs[0], e2e_text(test, "message"), "NULL");
	e2e_expect_has(programs[0], e2e_text(test, "input"), "records get data");
	e2e_expect_has(programs[0], programs[0]->out, at);
}
END_TEST

/* In the C library there are no lines: the caller's is shown. */
static const struct library {
	const char *code, *signal;
} libraries[] = {
	{ "out->value = (int)strlen((char *)index);", "SIGSEGV" },
	{ "fgets(out->label, 3, (FILE *)index);", "SIGSEGV" },
	{ "free(&out->value);", "SIGABRT" },
	{ "qsort((char *)index, 9, 4, (int (*)(const void *, const void *))strcmp);", "SIGSEGV" },
};
#define LIBRARIES (sizeof(libraries) / sizeof(libraries[0]))

static struct e2e *library[LIBRARIES];
static char *library_subs[LIBRARIES];

static void plan_library(void)
{
	size_t i;

	for (i = 0; i < LIBRARIES; i++) {
		char *sub = library_subs[i] = e2e_submission(e2e_fmt("library%zu", i));

		do_there(sub, &get, e2e_fmt("%s /* HERE */", libraries[i].code));
		e2e_edit(sub, RECORDS, "#include \"records.h\"\n",
			 "#include \"records.h\"\n#include <stdio.h>\n#include <stdlib.h>\n");
		library[i] = later(e2e_grade(sub, "--lab", "02", "--test", get.test, NULL));
	}
}

START_TEST(crash_in_the_library_names_the_callers_line)
{
	json_t *test = e2e_test(library[_i], get.test);

	e2e_expect_verdict(library[_i], get.test, "crash");
	ck_assert_str_eq(e2e_text(test, "signal"), libraries[_i].signal);
	ck_assert_str_eq(
		e2e_text(test, "at"),
		e2e_fmt("records.c:%d in rec_get, in a library function that is likely called there",
			e2e_line_of(library_subs[_i], RECORDS, "/* HERE */")));
}
END_TEST

/* ------------------------------------------------- fail, build, rejected */

static struct e2e *fail, *build_program, *build_module, *rejected[8];
static struct e2e *only_driver, *only_program, *only_attack, *wrong_picture;

static const struct refusal {
	const char *lab, *file, *old, *new, *names;
} refusals[] = {
	{ "02", RECORDS, "#include \"records.h\"\n",
	  "#include \"records.h\"\n"
	  "void _exit(int status)\n{\n\t(void)status;\n\tfor (;;)\n\t\t;\n}\n",
	  "_exit" },
	{ "02", RECORDS, "#include \"records.h\"\n",
	  "#include \"records.h\"\n"
	  "void *mmap(void *a, size_t l, int p, int f, int d, off_t o)\n{\n"
	  "\t(void)a, (void)l, (void)p, (void)f, (void)d, (void)o;\n\treturn NULL;\n}\n",
	  "mmap" },
	{ "02", RECORDS, "#include \"records.h\"\n",
	  "#include \"records.h\"\n"
	  "__attribute__((constructor)) static void first(void)\n{\n\t_exit(0);\n}\n",
	  ".init_array" },
	{ "02", RECORDS, "#include \"records.h\"\n",
	  "#include \"records.h\"\n"
	  "static int one(void)\n{\n\treturn 1;\n}\n"
	  "static int (*choose(void))(void)\n{\n\treturn one;\n}\n"
	  "int chosen(void) __attribute__((ifunc(\"choose\")));\n",
	  "chosen" },
	{ "11", MYMAP, IN_INIT,
	  "\tif (kallsyms_lookup_name(\"filp_open\"))\n\t\treturn -EPERM;\n" IN_INIT,
	  "kallsyms_lookup_name" },
	{ "11", MYMAP, IN_INIT, "\tfilp_open(\"/dev/vport1p1\", O_RDWR, 0);\n" IN_INIT,
	  "filp_open" },
};
#define REFUSALS (sizeof(refusals) / sizeof(refusals[0]))

static void plan_builds(void)
{
	char *sub = e2e_submission("private");
	size_t i;

	e2e_edit(sub, RECORDS, "MAP_SHARED", "MAP_PRIVATE");
	fail = later(e2e_grade(sub, "--lab", "02", NULL));

	sub = e2e_submission("syntax");
	e2e_edit(sub, RECORDS, "\treturn err;\n", "\treturn err\n");
	e2e_edit(sub, MYMAP, "\treturn 0;\n", "\treturn 0\n");
	build_program = later(e2e_grade(sub, "--lab", "02", NULL));
	build_module = later(e2e_grade(sub, "--lab", "11", NULL));

	sub = e2e_submission("only-driver");
	e2e_edit(sub, DRAW, "\treturn err;\n", "\treturn err\n");
	only_driver = later(e2e_grade(sub, "--lab", "14", NULL));
	sub = e2e_submission("only-program");
	e2e_shell("rm '%s/" SCREEN "'", sub);
	only_program = later(e2e_grade(sub, "--lab", "14", NULL));
	sub = e2e_submission("only-attack");
	e2e_shell("rm '%s/" MYMAP "'", sub);
	only_attack = later(e2e_grade(sub, "--lab", "15", NULL));
	sub = e2e_submission("picture");
	e2e_edit(sub, DRAW, "(uint32_t)c.green << 8 | c.blue", "(uint32_t)c.blue << 8 | c.green");
	wrong_picture = later(e2e_grade(sub, "--lab", "14", "--test", "card_is_drawn", NULL));
	wrong_picture->keep = true;

	for (i = 0; i < REFUSALS; i++) {
		sub = e2e_submission(e2e_fmt("refused%zu", i));
		e2e_edit(sub, refusals[i].file, refusals[i].old, refusals[i].new);
		if (!strcmp(refusals[i].names, "kallsyms_lookup_name"))
			e2e_edit(sub, MYMAP, "#include \"mymap_uapi.h\"\n",
				 "#include \"mymap_uapi.h\"\n"
				 "unsigned long kallsyms_lookup_name(const char *name);\n");
		rejected[i] = later(e2e_grade(sub, "--lab", refusals[i].lab, NULL));
	}
}

START_TEST(fail_shows_expected_got_and_input)
{
	json_t *test = e2e_test(fail, "set_is_seen_at_once");

	e2e_expect_status(fail, 1);
	e2e_expect_verdict(fail, "set_is_seen_at_once", "fail");
	e2e_expect_has(fail, e2e_text(test, "message"), "MAP_PRIVATE");
	ck_assert_str_ne(e2e_text(test, "expected"), "");
	e2e_expect_has(fail, e2e_text(test, "got"), "as before");
	e2e_expect_has(fail, e2e_text(test, "input"), "records");
	e2e_expect_has(fail, fail->out, "FAIL  set_is_seen_at_once");
	e2e_expect_has(fail, fail->out, "expected: ");
	e2e_expect_has(fail, fail->out, "got: ");
	e2e_expect_has(fail, fail->out, "input: ");
	e2e_expect_has(fail, fail->out, "make hint LAB=02 T=set_is_seen_at_once");
	e2e_expect_has(fail, fail->out, "rerun: make lab LAB=02 T=set_is_seen_at_once");
	/* What set gets wrong blocks what builds on it. */
	e2e_expect_verdict(fail, "set_changes_four_bytes_only", "blocked");
	e2e_expect_has(fail, e2e_text(e2e_test(fail, "set_changes_four_bytes_only"), "message"),
		       "set_is_seen_at_once");
}
END_TEST

static void expect_build(const struct e2e *r, const char *file)
{
	json_t *lab = e2e_lab(r, NULL);
	json_t *build = json_object_get(lab, "build");

	e2e_expect_status(r, 1);
	ck_assert_int_gt(e2e_count(r, "build"), 0);
	ck_assert_int_eq(e2e_count(r, "build"), e2e_count(r, NULL));
	ck_assert_str_eq(e2e_text(build, "verdict"), "build");
	e2e_expect_has(r, e2e_text(build, "text"), file);
	e2e_expect_has(r, e2e_text(build, "text"), "error: expected ';' before");
	e2e_expect_has(r, r->out, "error: expected ';' before");
	/* Each test by itself says it, too: a reader may see but one. */
	e2e_expect_has(r, e2e_text(json_array_get(json_object_get(lab, "tests"), 0), "message"),
		       "error: expected ';' before");
}

START_TEST(build_shows_the_compilers_words)
{
	expect_build(build_program, RECORDS ":");
	expect_build(build_module, MYMAP ":");
}
END_TEST

START_TEST(one_of_two_files_earns_its_points)
{
	json_t *build = json_object_get(e2e_lab(only_driver, NULL), "build");

	e2e_expect_status(only_driver, 1);
	ck_assert_str_eq(e2e_text(build, "verdict"), "pass");
	ck_assert_str_eq(e2e_text(json_object_get(build, "program"), "verdict"), "build");
	e2e_expect_has(only_driver, only_driver->out, "error: expected ';' before");
	e2e_expect_verdict(only_driver, "card_is_drawn", "build");
	e2e_expect_verdict(only_driver, "frames_are_flipped", "build");
	e2e_expect_verdict(only_driver, "unload_waits_and_gives_back", "pass");
	ck_assert_int_eq(e2e_count(only_driver, "pass"), 8);

	/* A program that draws needs something to draw into. */
	e2e_expect_status(only_program, 1);
	ck_assert_int_eq(e2e_count(only_program, "build"), e2e_count(only_program, NULL));
	e2e_expect_has(only_program, only_program->out, SCREEN " is missing");
}
END_TEST

/* Lab 15's program attacks the kit's drivers, too. Graded alone it is no bonus. */
START_TEST(attack_needs_no_driver_of_its_own)
{
	e2e_expect_status(only_attack, 1);
	e2e_expect_has(only_attack, only_attack->out, "the tests of the driver of 15-attack");
	e2e_expect_has(only_attack, only_attack->out, MYMAP " is missing");
	e2e_expect_verdict(only_attack, "search_finds_secret", "pass");
	e2e_expect_verdict(only_attack, "store_changes_readonly_buffer", "pass");
	e2e_expect_verdict(only_attack, "own_driver_gives_nothing", "build");
	e2e_expect_verdict(only_attack, "own_driver_stays_readonly", "build");
	ck_assert_int_eq(e2e_count(only_attack, "pass"), 4);
	ck_assert(json_is_true(json_object_get(e2e_lab(only_attack, NULL), "bonus")));
	ck_assert_double_eq(json_number_value(json_object_get(only_attack->doc, "max")), 10);
}
END_TEST

static uint32_t big_endian(const char *p)
{
	const unsigned char *b = (const unsigned char *)p;

	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

START_TEST(wrong_picture_is_saved)
{
	json_t *test = e2e_test(wrong_picture, "card_is_drawn");
	const char *path = e2e_text(test, "picture"), *png;
	unsigned width, height, stride, lines;

	e2e_expect_verdict(wrong_picture, "card_is_drawn", "fail");
	e2e_expect_has(wrong_picture, e2e_text(test, "message"), " of frame ");
	e2e_expect_has(wrong_picture, wrong_picture->out, "picture: build/results/");
	ck_assert_int_eq(
		sscanf(json_string_value(json_array_get(json_object_get(test, "notes"), 0)),
		       "loaded with: insmod screen.ko width=%u height=%u stride=%u lines=%u",
		       &width, &height, &stride, &lines),
		4);
	/* The picture's header: a signature of 8 bytes, a length, IHDR, width, height. */
	png = e2e_read(e2e_fmt("%s/%s", e2e_root(), path));
	ck_assert_msg(png != NULL, "no picture '%s'", path);
	ck_assert(!memcmp(png + 12, "IHDR", 4));
	ck_assert_uint_eq(big_endian(png + 16), stride / 4);
	ck_assert_uint_eq(big_endian(png + 20), lines);
	unlink(e2e_result_path(wrong_picture));
	e2e_shell("rm -r '%s'", e2e_pictures_path(wrong_picture));
}
END_TEST

START_TEST(rejected_names_the_symbol)
{
	const struct e2e *r = rejected[_i];
	json_t *lab = e2e_lab(r, NULL);

	e2e_expect_status(r, 1);
	ck_assert_msg(e2e_count(r, "rejected") == e2e_count(r, NULL), "%s", e2e_show(r));
	e2e_expect_has(r, e2e_text(json_object_get(lab, "build"), "text"), refusals[_i].names);
	e2e_expect_has(r, e2e_text(json_array_get(json_object_get(lab, "tests"), 0), "message"),
		       refusals[_i].names);
	e2e_expect_has(r, r->out, refusals[_i].names);
}
END_TEST

/* -------------------------------------------------- modules that misbehave */

static struct e2e *faults, *blocked;
static char *faults_sub;

/* One module, six faults, each in what one test does. */
static void plan_modules(void)
{
	char *sub = e2e_submission("faults");

	faults_sub = sub;
	e2e_edit(sub, MYMAP, "#include \"mymap_uapi.h\"\n",
		 "#include \"mymap_uapi.h\"\n"
		 "static DEFINE_MUTEX(own);\n");
	e2e_edit(sub, MYMAP, "\tdown_read(&readers);\n",
		 "\tif (pages == 2)\n"
		 "\t\tBUG(); /* IN READ */\n"
		 "\tdown_read(&readers);\n");
	e2e_edit(sub, MYMAP, "\tint err = mymap_permit(vma);\n",
		 "\tint err = mymap_permit(vma);\n\n"
		 "\tif (pages == 1 && !(vma->vm_flags & VM_MAYSHARE))\n"
		 "\t\t*(volatile int *)8 = 1; /* IN MMAP */\n"
		 "\tif (!(vma->vm_flags & (VM_READ | VM_WRITE))) {\n"
		 "\t\tasm volatile(\"cli\");\n"
		 "\t\tfor (;;)\n"
		 "\t\t\t;\n"
		 "\t}\n"
		 "\tif (vma->vm_pgoff)\n"
		 "\t\toutw(0x2000, 0x604); /* the power button of QEMU */\n");
	e2e_edit(sub, MYMAP, IN_INIT,
		 "\tif (pages > 1000000) {\n"
		 "\t\tstruct { u16 limit; u64 base; } __packed none = { 0, 0 };\n\n"
		 "\t\tasm volatile(\"lidt %0; int3\" :: \"m\"(none));\n"
		 "\t}\n"
		 "\tfor (err = 0; pages == 8 && err < 20000; err++)\n"
		 "\t\tpr_info(\"a flood of lines, and none of them is judged\\n\");\n"
		 "\tfor (err = 0; pages == 8 && err < 100; err++)\n"
		 "\t\tpr_emerg(\"\\033[2J\\007<script>Kernel panic</script>\\n\");\n" IN_INIT);
	e2e_edit(sub, MYMAP, "\tif (err)\n\t\tgoto free_buffer;\n",
		 "\tif (err) {\n"
		 "\t\tmutex_lock(&own);\n"
		 "\t\tmutex_lock(&own);\n"
		 "\t}\n");
	e2e_edit(sub, MYMAP, "free_buffer:\n", "");
	/* Two of its machines wait for a deadline and use no processor. */
	faults = later(e2e_grade(sub, "--lab", "11", "--jobs", "3", NULL));

	sub = e2e_submission("noload");
	e2e_edit(sub, MYMAP, "\tif (!pages)\n\t\treturn -EINVAL;\n",
		 "\tif (pages)\n\t\treturn -ENODEV;\n");
	blocked = later(e2e_grade(sub, "--lab", "11", "--jobs", "1", NULL));
}

static void expect_oops(const char *id, const char *marker, const char *function, const char *words,
			const char *log)
{
	json_t *test = e2e_test(faults, id);

	e2e_expect_verdict(faults, id, "oops");
	ck_assert_str_eq(e2e_text(test, "at"),
			 e2e_fmt("mymap.c:%d in %s", e2e_line_of(faults_sub, MYMAP, marker),
				 function));
	e2e_expect_has(faults, e2e_text(test, "message"), words);
	e2e_expect_has(faults, e2e_text(test, "log"), log);
	e2e_expect_has(faults, e2e_text(test, "log"), function);
	e2e_expect_lacks(faults, e2e_text(test, "message"), "\\x0d");
	e2e_expect_lacks(faults, e2e_text(test, "log"), "\\x0d");
}

START_TEST(oops_names_cause_line_and_log)
{
	expect_oops("private_store_stays_private", "/* IN MMAP */", "mymap_mmap",
		    "A pointer was NULL", "NULL pointer dereference");
	/* The address that was followed. */
	e2e_expect_has(faults, e2e_text(e2e_test(faults, "private_store_stays_private"), "message"),
		       "address: 0000000000000008");
	expect_oops("read_sees_stores", "/* IN READ */", "mymap_read",
		    "The kernel's own check failed", "kernel BUG at");
}
END_TEST

START_TEST(machine_that_ends_without_a_word_is_a_crash)
{
	static const char *const tests[] = { "impossible_size_is_refused",
					     "past_the_end_is_refused" };
	size_t i;

	for (i = 0; i < 2; i++) {
		e2e_expect_verdict(faults, tests[i], "crash");
		e2e_expect_has(faults, e2e_text(e2e_test(faults, tests[i]), "message"),
			       "power-off or a triple fault");
	}
}
END_TEST

START_TEST(machine_that_hangs_is_a_timeout)
{
	e2e_expect_verdict(faults, "protection_is_kept", "timeout");
	e2e_expect_has(faults, e2e_text(e2e_test(faults, "protection_is_kept"), "message"),
		       "an endless loop in the driver");
	e2e_expect_verdict(faults, "name_clash_leaks_nothing", "timeout");
	e2e_expect_has(faults, e2e_text(e2e_test(faults, "name_clash_leaks_nothing"), "message"),
		       "silent for");
	e2e_expect_has(faults, e2e_text(e2e_test(faults, "name_clash_leaks_nothing"), "message"),
		       "a lock that is never released");
}
END_TEST

START_TEST(faults_leave_the_other_cases_alone)
{
	e2e_expect_status(faults, 1);
	ck_assert_msg(e2e_count(faults, "pass") == e2e_count(faults, NULL) - 6, "%s",
		      e2e_show(faults));
	/* The flood of log lines was in this one. */
	e2e_expect_verdict(faults, "rest_of_buffer_is_zero", "pass");
	e2e_expect_lacks(faults, faults->out, "\033");
}
END_TEST

START_TEST(blocked_names_what_it_needs)
{
	e2e_expect_status(blocked, 1);
	e2e_expect_verdict(blocked, "loads", "fail");
	ck_assert_int_eq(e2e_count(blocked, "blocked"), e2e_count(blocked, NULL) - 1);
	e2e_expect_has(blocked, e2e_text(e2e_test(blocked, "protection_is_kept"), "message"),
		       "loads");
	/* What failed had nothing before it, and nothing else has to be tried. */
	ck_assert_msg(json_array_size(json_object_get(e2e_lab(blocked, "11-mymap"), "machines")) ==
			      1,
		      "%s", e2e_show(blocked));
}
END_TEST

/* -------------------------------------------------------- broken and held */

static struct e2e *no_suite, *silent_suite, *killed, *forged, *vanished, *doubled;

static void write_suite(const char *kit, const char *script)
{
	char *dir = e2e_kit_own(kit, "build/labs");
	char *path = e2e_fmt("%s/02-records/check", dir);

	e2e_write(path, script, strlen(script));
}

static void plan_broken(void)
{
	static const char qemu[] =
		"#!/bin/sh\n"
		"test \"$1\" = --version && exec /usr/bin/qemu-system-x86_64 --version\n"
		"pid=$$\n"
		"(sleep 0.1; kill -9 $pid) >/dev/null 2>&1 3>&- 4>&- 5>&- &\n"
		"exec /usr/bin/qemu-system-x86_64 \"$@\"\n";
	char *kit = e2e_kit("nosuite"), *bin = e2e_path("bin");

	e2e_shell("rm %s/02-records/check", e2e_kit_own(kit, "build/labs"));
	no_suite = later(e2e_grade("solutions", "--lab", "02", NULL));
	no_suite->kit = kit;

	kit = e2e_kit("silent");
	write_suite(kit, "#!/bin/busybox sh\nexit 0\n");
	silent_suite = later(e2e_grade("solutions", "--lab", "02", NULL));
	silent_suite->kit = kit;

	e2e_write(e2e_fmt("%s/qemu-system-x86_64", bin), qemu, strlen(qemu));
	e2e_shell("chmod +x %s/qemu-system-x86_64", bin);
	killed = later(e2e_grade("solutions", "--lab", "11", "--test",
				 "hundred_loads_leave_nothing", NULL));
	e2e_env(killed, e2e_fmt("PATH=%s:%s", bin, getenv("PATH")));
}

static void plan_held(void)
{
	char *kit = e2e_kit("doubled"), *sub = e2e_submission("forger");

	/* A kernel module finds the judge's descriptors without any import:
	 * it writes what the student would like to read, and fails the test. */
	e2e_edit(sub, MYMAP, "#include \"mymap_uapi.h\"\n",
		 "#include \"mymap_uapi.h\"\n"
		 "#include <linux/fdtable.h>\n#include <linux/sched.h>\n"
		 "#include <linux/uaccess.h>\n");
	e2e_edit(sub, MYMAP,
		 "\tdown_read(&readers);\n"
		 "\tdone = simple_read_from_buffer(to, count, pos, buffer, buffer_size);\n"
		 "\tup_read(&readers);\n"
		 "\treturn done;\n",
		 "\tstatic const char line[] =\n"
		 "\t\t\"{\\\"t\\\":\\\"test\\\",\\\"id\\\":\\\"read_sees_stores\\\",\"\n"
		 "\t\t\"\\\"outcome\\\":\\\"pass\\\",\\\"ms\\\":1}\\n\";\n"
		 "\tstruct file *port = current->real_parent->files->fdt->fd[3];\n"
		 "\tloff_t zero = 0;\n\n"
		 "\tif (copy_to_user(to, line, sizeof(line) - 1) == 0)\n"
		 "\t\tport->f_op->write(port, to, sizeof(line) - 1, &zero);\n"
		 "\treturn -EIO;\n");
	forged = later(e2e_grade(sub, "--lab", "11", "--test", "read_sees_stores", NULL));

	/* The same, and then nobody is left to contradict. */
	e2e_shell("cp -r %s %s", sub, e2e_path("vanisher"));
	e2e_edit(e2e_path("vanisher"), MYMAP, "\treturn -EIO;\n",
		 "\toutw(0x2000, 0x604);\n\treturn -EIO;\n");
	vanished = later(
		e2e_grade(e2e_path("vanisher"), "--lab", "11", "--test", "read_sees_stores", NULL));

	write_suite(kit,
		    "#!/bin/busybox sh\n"
		    "say() { echo \"$*\" >&3; }\n"
		    "say '{\"t\":\"suite\",\"lab\":\"02-records\",\"tests\":12,\"speed\":1.0}'\n"
		    "for t; do say '{\"t\":\"start\",\"id\":\"'$t'\"}'\n"
		    "say '{\"t\":\"test\",\"id\":\"'$t'\",\"outcome\":\"pass\",\"ms\":1}'; done\n"
		    "say '{\"t\":\"test\",\"id\":\"set_uses_mapping\",\"outcome\":\"pass\"}'\n"
		    "say '{\"t\":\"test\",\"id\":\"no_such_test\",\"outcome\":\"pass\"}'\n"
		    "say 'no record at all'\n"
		    "say '{\"t\":\"end\",\"tests\":12}'\n");
	doubled = later(e2e_grade("solutions", "--lab", "02", NULL));
	doubled->kit = kit;
}

static void expect_broken(const struct e2e *r, const char *id, const char *says)
{
	json_t *test = e2e_test(r, id);

	e2e_expect_status(r, 3);
	ck_assert_str_eq(e2e_text(r->doc, "status"), "broken");
	ck_assert(json_is_null(json_object_get(r->doc, "points")));
	e2e_expect_verdict(r, id, "broken");
	ck_assert(json_is_null(json_object_get(test, "points")));
	ck_assert_msg(json_integer_value(json_object_get(test, "machines")) == 2,
		      "not retried once\n%s", e2e_show(r));
	e2e_expect_has(r, e2e_text(test, "message"), says);
	e2e_expect_has(r, r->out, "no score yet");
	e2e_expect_has(r, r->out, "not your fault");
}

START_TEST(faults_of_the_kit_are_broken_and_cost_nothing)
{
	expect_broken(no_suite, "set_uses_mapping", "02-records/check");
	expect_broken(silent_suite, "set_uses_mapping", "never reported");
	expect_broken(killed, "hundred_loads_leave_nothing", "signal 9");
}
END_TEST

static void expect_held(const struct e2e *r, const char *reason)
{
	char *held = json_dumps(json_object_get(r->doc, "held"), 0);

	e2e_expect_status(r, 4);
	ck_assert_str_eq(e2e_text(r->doc, "status"), "held");
	e2e_expect_has(r, held, reason);
	e2e_expect_has(r, r->out, reason);
	e2e_expect_has(r, r->out, "a person has to look");
	/* Its points are shown. */
	ck_assert(json_is_number(json_object_get(r->doc, "points")));
}

START_TEST(forged_record_is_held)
{
	expect_held(forged, "read_sees_stores: a second record");
	expect_held(vanished, "the machine ended after the record of its test");
}
END_TEST

START_TEST(duplicate_and_unknown_records_are_held)
{
	expect_held(doubled, "set_uses_mapping: a second record");
	expect_held(doubled, "a record of a test that was not asked for: no_such_test");
	expect_held(doubled, "a line on the record port is no record");
}
END_TEST

static Suite *make_suite(void)
{
	Suite *s = suite_create("verdicts");
	TCase *t = tcase_create("all");

	suite_add_tcase(s, t);
	tcase_add_test(t, wrong_solution_that_is_none_is_named_twice);
	tcase_add_test(t, soak_grades_what_it_counts);
	tcase_add_test(t, solutions_have_full_marks);
	tcase_add_test(t, starters_score_nothing_and_say_why);
	tcase_add_loop_test(t, careless_driver_fails_what_expected_tsv_lists, 0, 2);
	tcase_add_loop_test(t, misbehaving_program_costs_its_test_only, 0, PROGRAMS);
	tcase_add_test(t, crash_names_signal_address_and_line);
	tcase_add_loop_test(t, crash_in_the_library_names_the_callers_line, 0, LIBRARIES);
	tcase_add_test(t, fail_shows_expected_got_and_input);
	tcase_add_test(t, build_shows_the_compilers_words);
	tcase_add_test(t, one_of_two_files_earns_its_points);
	tcase_add_test(t, attack_needs_no_driver_of_its_own);
	tcase_add_test(t, wrong_picture_is_saved);
	tcase_add_loop_test(t, rejected_names_the_symbol, 0, REFUSALS);
	tcase_add_test(t, oops_names_cause_line_and_log);
	tcase_add_test(t, machine_that_ends_without_a_word_is_a_crash);
	tcase_add_test(t, machine_that_hangs_is_a_timeout);
	tcase_add_test(t, faults_leave_the_other_cases_alone);
	tcase_add_test(t, blocked_names_what_it_needs);
	tcase_add_test(t, faults_of_the_kit_are_broken_and_cost_nothing);
	tcase_add_test(t, forged_record_is_held);
	tcase_add_test(t, duplicate_and_unknown_records_are_held);
	return s;
}

int main(void)
{
	e2e_begin();
	plan_modules();
	plan_programs();
	plan_library();
	plan_solutions();
	plan_wrong();
	plan_soak();
	plan_builds();
	plan_broken();
	plan_held();
	e2e_go(all, all_count, AT_A_TIME);
	return e2e_finish(make_suite());
}
