// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_student.c - what a student does from day to day, in a checkout of one's
 * own: progress, starters put back, a machine looked at by the doctor.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "e2e.h"

#define TEST "set_is_seen_at_once"
#define KEPT "kept/" RECORDS
#define MAPREAD "labs/01-mapread/mapread.c"

/* A checkout with labs/ and driver/ of its own, as they come. */
static char *student_kit(const char *name)
{
	char *kit = e2e_kit(name);

	e2e_kit_own(kit, "labs");
	e2e_kit_own(kit, "driver");
	return kit;
}

static struct e2e *go(const char *kit, int status, const char *command, ...)
	__attribute__((sentinel));
static struct e2e *go(const char *kit, int status, const char *command, ...)
{
	char *program = e2e_fmt("%s/%s", e2e_root(), e2e_program()), *arg[3] = { 0 };
	struct e2e *r;
	va_list ap;
	int i;

	va_start(ap, command);
	for (i = 0; i < 3 && (i == 0 || arg[i - 1]); i++)
		arg[i] = va_arg(ap, char *);
	va_end(ap);
	r = e2e_command(program, command, arg[0], arg[1], arg[2], NULL);
	r->kit = kit;
	e2e_go(&r, 1, 1);
	e2e_expect_status(r, status);
	return r;
}

static char *solution(const char *file)
{
	return e2e_read(e2e_fmt("%s/solutions/%s", e2e_root(), file));
}

/* --------------------------------------------------------------- progress */

START_TEST(progress_counts_what_is_certain)
{
	char *kit = student_kit("progress");
	struct e2e *r = go(kit, 0, "progress", NULL);

	e2e_expect_has(r, r->out, "02-records         0/6            not graded yet");
	e2e_expect_has(r, r->out, "next: read labs/01-mapread/README.md");
	e2e_expect_has(r, r->out, "15-attack");

	/* One test passes, another is graded and fails. */
	e2e_put(kit, RECORDS, solution(RECORDS));
	e2e_edit(kit, RECORDS, "#include \"records.h\"",
		 "#include \"records.h\"\n#define ftruncate(fd, n) (errno = EPERM, -1)");
	go(kit, 0, "lab", "02", "--test=" TEST, NULL);
	r = go(kit, 0, "progress", "02", NULL);
	e2e_expect_has(r, r->out, "0.5/6            1 of 12   11 never graded\n");
	e2e_expect_has(r, r->out, "next: make lab LAB=02, for some of its tests were never run");
	go(kit, 1, "lab", "02", "--test=append_adds_one_record", NULL);
	r = go(kit, 0, "progress", "records", NULL);
	e2e_expect_has(r, r->out, "0.5/6            1 of 12   10 never graded\n");
	e2e_expect_has(r, r->out, "next: 02-records, task");
	e2e_expect_has(r, r->out, "make hint LAB=02 T=append_adds_one_record");
	r = go(kit, 2, "hint", "02", NULL);
	e2e_expect_has(r, r->err, "next: make hint LAB=02 T=append_adds_one_record");

	/* A changed file makes both uncertain; another lab's file does not. */
	e2e_edit(kit, FAMILY, "#include \"family.h\"", "#include \"family.h\"\n");
	r = go(kit, 0, "progress", "02", NULL);
	e2e_expect_has(r, r->out, "0.5/6            1 of 12");
	e2e_edit(kit, RECORDS, "#include \"records.h\"", "#include \"records.h\"\n");
	r = go(kit, 0, "progress", "02", NULL);
	e2e_expect_has(r, r->out, "  0/6      0.5   0 of 12   changed since 2 were graded");
	e2e_expect_has(r, r->out, "next: make lab LAB=02, for its files have changed");
	r = go(kit, 0, "progress", NULL);
	e2e_expect_has(r, r->out,
		       "total              0/100    0.5   given before a file was changed");
}
END_TEST

START_TEST(progress_tells_builds_and_ends)
{
	char *kit = student_kit("ends");
	struct e2e *r;

	e2e_put(kit, RECORDS, "int rec_set;\n#error mine\n");
	go(kit, 1, "lab", "02", NULL);
	r = go(kit, 0, "progress", "02", NULL);
	e2e_expect_has(r, r->out, "0 of 12   does not build");
	e2e_expect_has(r, r->out, "next: 02-records does not build: make lab LAB=02 shows why");
	r = go(kit, 2, "solution", "02", NULL);
	ck_assert_str_eq(r->out, "");
	e2e_expect_has(r, r->err, "do not have full marks");
	e2e_expect_has(r, r->err, "\nnext: make lab LAB=02");
	e2e_put(kit, RECORDS, solution(RECORDS));
	go(kit, 0, "lab", "02", NULL);
	r = go(kit, 0, "progress", "02", NULL);
	e2e_expect_has(r, r->out, "6/6            12 of 12   done");
	e2e_expect_has(r, r->out, "nothing is left to do in this lab");
	/* The parts for the starter differ, and nothing else. */
	r = go(kit, 0, "solution", "02", NULL);
	e2e_expect_has(r, r->out, "02-records: one shared mapping of the whole file\n\n");
	e2e_expect_has(r, r->out, "--- " RECORDS "\n+++ solution/" RECORDS "\n");
	e2e_expect_has(r, r->out, "\n-#ifdef STARTER\n");
	e2e_expect_lacks(r, r->out, "\n+#");
	r = go(kit, 2, "progress", "03-replac", NULL);
	e2e_expect_has(r, r->err, "did you mean 03-replace\nnext: ");
	r = go(kit, 2, "progress", "02", "03", NULL);
	e2e_expect_has(r, r->err, "one argument too many: '03'");
}
END_TEST

/* --------------------------------------------------------------- patience */

START_TEST(what_hangs_is_named_on_a_terminal)
{
	char *kit = student_kit("hangs"), *screen, *report;
	struct e2e *r;

	e2e_put(kit, MAPREAD, solution(MAPREAD));
	e2e_edit(kit, MAPREAD, "#include \"mapread.h\"",
		 "#include \"mapread.h\"\n#define open(...) ({ for (;;) ; 0; })");
	r = go(kit, 1, "lab", "01", NULL);
	e2e_expect_lacks(r, r->err, "\033[K");
	/* script(1) gives it a terminal. */
	e2e_shell(
		"cd '%s' && MMAPLAB_ROOT='%s' script -qec '%s/%s lab 01' screen >/dev/null || true",
		kit, kit, e2e_root(), e2e_program());
	screen = e2e_read(e2e_fmt("%s/screen", kit));
	e2e_expect_has(r, screen, "\r\033[K01-mapread: ");
	/* And is taken away before the report. */
	for (report = screen; strstr(report, "\033[K");)
		report = strstr(report, "\033[K") + 3;
	ck_assert_msg(strncmp(report, "01-mapread: ", 12) && strstr(report, "TIMEOUT"), "%.3000s",
		      screen);
}
END_TEST

/* ------------------------------------------------------------------ reset */

START_TEST(reset_keeps_every_file)
{
	char *kit = student_kit("reset"), *path = e2e_fmt("%s/" RECORDS, kit);
	char *starter = e2e_read(path);
	struct e2e *r = go(kit, 2, "reset", "02", NULL);

	e2e_expect_has(r, r->err,
		       "nothing to do: " RECORDS " is as it came\nnext: make lab LAB=02");
	e2e_put(kit, RECORDS, "first\n");
	r = go(kit, 0, "reset", "02", NULL);
	e2e_expect_has(r, r->out, "cp " KEPT ".1 " RECORDS);
	ck_assert_str_eq(e2e_read(path), starter);
	e2e_put(kit, RECORDS, "second\n");
	go(kit, 0, "reset", "2", NULL);
	ck_assert_str_eq(e2e_read(path), starter);
	ck_assert_str_eq(e2e_read(e2e_fmt("%s/" KEPT ".1", kit)), "first\n");
	ck_assert_str_eq(e2e_read(e2e_fmt("%s/" KEPT ".2", kit)), "second\n");

	/* Removed: there is nothing to keep. A link is not followed. */
	e2e_shell("rm %s", path);
	r = go(kit, 0, "reset", "02", NULL);
	e2e_expect_lacks(r, r->out, "kept");
	ck_assert_str_eq(e2e_read(path), starter);
	e2e_shell("ln -sf /etc/passwd %s", path);
	r = go(kit, 2, "reset", "02", NULL);
	e2e_expect_has(r, r->err, RECORDS " is no regular file\nnext: ");
	ck_assert_ptr_null(e2e_read(e2e_fmt("%s/" KEPT ".3", kit)));

	/* No room for what is kept: the file stays as it is. */
	e2e_shell("rm -rf %s %s/kept && touch %s/kept", path, kit, kit);
	e2e_put(kit, RECORDS, "third\n");
	r = go(kit, 2, "reset", "02", NULL);
	ck_assert_str_eq(e2e_read(path), "third\n");
}
END_TEST

START_TEST(reset_names_what_shares_the_file)
{
	char *kit = student_kit("shared");
	struct e2e *r;

	e2e_put(kit, MYMAP, "mine\n");
	r = go(kit, 0, "reset", "12", NULL);
	e2e_expect_has(r, r->out,
		       "  11-mymap uses this file, too\n  15-attack uses this file, too\n");
	r = go(kit, 2, "reset", NULL);
	e2e_expect_has(r, r->err, "which lab?\nnext: ");
	/* Without the solutions nobody knows what a starter was. */
	e2e_shell("rm %s/solutions", kit);
	e2e_put(kit, MYMAP, "mine\n");
	r = go(kit, 2, "reset", "11", NULL);
	e2e_expect_has(r, r->err, "next: harness/starters --print " MYMAP);
	ck_assert_str_eq(e2e_read(e2e_fmt("%s/" MYMAP, kit)), "mine\n");
}
END_TEST

/* ----------------------------------------------------------------- doctor */

/* The script alone, with a tool that says something else. */
static struct e2e *doctor(const char *kit, const char *tool, const char *says)
{
	struct e2e *r = e2e_command(e2e_fmt("%s/harness/doctor", kit), NULL);
	char *path = e2e_path("%s-%d/%s", tool, (int)getpid(), tool);

	e2e_write(path, says, strlen(says));
	e2e_shell("chmod +x %s", path);
	*strrchr(path, '/') = '\0';
	e2e_env(r, e2e_fmt("PATH=%s:%s", path, getenv("PATH")));
	e2e_env(r, e2e_fmt("KERNEL_DIR=%s/kernel", kit));
	e2e_go(&r, 1, 1);
	e2e_expect_status(r, 1);
	return r;
}

START_TEST(doctor_finds_what_prevents_grading)
{
	char *kit = student_kit("doctor");
	struct e2e *r;

	e2e_kit_own(kit, "vm");
	e2e_shell("cd %s && mkdir kernel && cd kernel && echo 1 >version && touch complete && "
		  "seq 9 >part && sha256sum part version >sums",
		  kit);
	r = doctor(kit, "dpkg-query", "#!/bin/sh\n[ \"$4\" = lz4 ] || echo installed\n");
	e2e_expect_has(r, r->out, "FAIL  packages      missing: lz4\n      next: make deps");
	e2e_expect_has(r, r->out, "ok    kernel        1, 2 files as they were fetched");
	r = doctor(kit, "dpkg", "#!/bin/sh\necho arm64\n");
	e2e_expect_has(r, r->out, "FAIL  architecture  arm64");
	r = doctor(kit, "df", "#!/bin/sh\necho head\necho disk 9 9 104448 0% /\n");
	e2e_expect_has(r, r->out, "FAIL  disk          build: 102 MiB free, 400 MiB are needed\n");
	e2e_expect_has(r, r->out, "ok    disk          /tmp: 102 MiB free\n");
	e2e_shell("cd %s && seq 8 >kernel/part && touch -d tomorrow vm/agent.c", kit);
	r = doctor(kit, "nproc", "#!/bin/sh\necho 1000000\n");
	e2e_expect_has(r, r->out, "FAIL  kernel        damaged: part: FAILED\n      next: rm -r ");
	e2e_expect_has(r, r->out, "warn  clock         vm/agent.c is from the future");
	e2e_expect_has(r, r->out, "warn  memory");
}
END_TEST

START_TEST(doctor_mends_a_template_and_says_that_nothing_boots)
{
	char *kit = student_kit("mends");
	char *templates = e2e_kit_templates(kit, "plain-tcg smp-tcg leak-tcg free-tcg");
	struct e2e *r;

	/* A byte changes, and the stamp takes the file for untouched. */
	e2e_shell(
		"set -e; cd %s/leak-tcg; "
		"printf x | dd of=ram bs=1 seek=1000000 conv=notrunc status=none; "
		"python3 -c 'import json, os; s = os.stat(\"ram\"); G = 10 ** 9; "
		"d = json.load(open(\"stamp.json\")); "
		"d[\"ram\"] = [s.st_size, s.st_ino, s.st_mtime_ns // G, s.st_mtime_ns %% G, "
		"s.st_ctime_ns // G, s.st_ctime_ns %% G]; json.dump(d, open(\"stamp.json\", \"w\"))'",
		templates);
	e2e_shell("set -e; cd %s; rm build/kernel; mkdir build/kernel; cd build/kernel; "
		  "ln -s %s/build/kernel/* .",
		  kit, e2e_root());
	r = go(kit, 0, "doctor", NULL);
	e2e_expect_has(r, r->out, "ok    machine leak  template leak (tcg) built in ");
	e2e_expect_has(r, r->out, "its memory file is damaged");
	e2e_expect_has(r, r->out, "ok    compiler");
	e2e_expect_has(r, r->out, "ok    machine plain its template is whole\n");
	e2e_expect_has(r, r->out, "ok    accelerator   ");
	e2e_expect_has(r, r->out, "\ngrading works here\n");
	e2e_shell("cd %s/build/kernel; rm vmlinux; head -c 100000 /dev/zero >vmlinux", kit);
	r = go(kit, 1, "doctor", NULL);
	e2e_expect_has(r, r->out, "FAIL  accelerator   ");
	e2e_expect_lacks(r, r->out, "grading works here");
}
END_TEST

/* ------------------------------------------------------------------ debug */

static struct e2e *debug(const char *kit, int status, const char *lab, const char *test,
			 const char *commands)
{
	char *file = e2e_path("gdb-%d", (int)getpid());
	struct e2e *r = e2e_command(e2e_fmt("%s/%s", e2e_root(), e2e_program()), "debug",
				    "--commands", file, lab, test, NULL);

	e2e_write(file, commands, strlen(commands));
	r->kit = kit;
	e2e_go(&r, 1, 1);
	e2e_expect_status(r, status);
	return r;
}

START_TEST(debug_stops_a_program_at_the_failing_input)
{
	char *kit = student_kit("a kit"), *result = e2e_fmt("%s/build/results/worktree.json", kit);
	const char *input;
	int index, value;
	struct e2e *r;

	r = go(kit, 2, "debug", "02", NULL);
	e2e_expect_has(r, r->err,
		       "no test of 02-records, as its files are now, is known to fail\n"
		       "next: make lab LAB=02");
	e2e_put(kit, RECORDS, solution(RECORDS));
	e2e_edit(kit, RECORDS, "MAP_SHARED", "MAP_PRIVATE");
	go(kit, 1, "lab", "02", NULL);
	r = e2e_command("true", NULL);
	r->doc = json_load_file(result, 0, NULL);
	input = e2e_text(e2e_test(r, TEST), "input");
	ck_assert_msg(sscanf(input, "records repeat 1 set data %d %d", &index, &value) == 2, "%s",
		      input);

	/* The same input, in the source, with the judge's own verdict at the end. */
	r = debug(kit, 1, "02", NULL, "list\nfinish\ncontinue\n");
	e2e_expect_has(r, r->out, "rec_set (path=0x7ff");
	e2e_expect_has(r, r->out, e2e_fmt("\"data\", index=%d, value=%d)", index, value));
	e2e_expect_has(r, r->out, "struct table t;");
	e2e_expect_has(r, r->out, "Value returned is $1 = 0");
	e2e_expect_has(r, r->err, "the test has ended: fail");
}
END_TEST

START_TEST(debug_stops_a_driver_in_its_handler)
{
	char *kit = student_kit("my kit");
	struct e2e *r;

	e2e_put(kit, MYMAP, solution(MYMAP));
	r = debug(kit, 0, "11", "past_the_end_is_refused",
		  "print *file->f_op->owner->name@5\nprint vma->vm_end > vma->vm_start\n"
		  "list\nprint &mymap_fops\n");
	e2e_expect_has(r, r->out, "mymap_mmap (file=0xffff");
	e2e_expect_has(r, r->out, "$1 = \"mymap\"");
	e2e_expect_has(r, r->out, "$2 = 1");
	e2e_expect_has(r, r->out, "static int mymap_mmap(");
	e2e_expect_has(r, r->out, "<mymap_fops>");

	/* A load that fails is the end of the test, and nothing was there to stop in. */
	e2e_edit(kit, MYMAP, "static int __init mymap_init(void)\n{\n",
		 "static int __init mymap_init(void)\n{\n\tif (pages)\n\t\treturn -EPERM;\n");
	r = debug(kit, 2, "11", "past_the_end_is_refused", "quit\n");
	e2e_expect_has(r, r->err, "before mymap was loaded");
	e2e_expect_has(r, r->err, "next: make lab LAB=11 T=past_the_end_is_refused");
	e2e_put(kit, MYMAP, "#error mine\n");
	r = debug(kit, 2, "11", "past_the_end_is_refused", "quit\n");
	e2e_expect_has(r, r->err, "does not build");
	e2e_expect_has(r, r->err, "next: make lab LAB=11");
}
END_TEST

START_TEST(debug_says_what_it_needs)
{
	struct e2e *r =
		e2e_command(e2e_fmt("%s/%s", e2e_root(), e2e_program()), "debug", "02", TEST, NULL);
	char *gdb = e2e_path("no-gdb/gdb");

	e2e_write(gdb, "#!/bin/sh\nexit 127\n", 19);
	e2e_shell("chmod +x %s", gdb);
	*strrchr(gdb, '/') = '\0';
	e2e_env(r, e2e_fmt("PATH=%s:%s", gdb, getenv("PATH")));
	e2e_go(&r, 1, 1);
	e2e_expect_status(r, 2);
	e2e_expect_has(r, r->err, "gdb is not installed\nnext: apt-get install");
	r = go(NULL, 2, "debug", "02", "--commands=/nowhere", TEST, NULL);
	e2e_expect_has(r, r->err, "/nowhere: No such file");
	r = go(NULL, 2, "debug", "02", "set_is_seen", NULL);
	e2e_expect_has(r, r->err, "did you mean " TEST);
}
END_TEST

/* ----------------------------------------------------------------- submit */

/* "submit/NAME-..." as the program says it, absolute. */
static char *archive_of(const char *kit, const struct e2e *r)
{
	const char *at = strstr(r->out, "\nsubmit/");

	ck_assert_msg(at != NULL, "%s", e2e_show(r));
	return e2e_fmt("%s/%.*s", kit, (int)strcspn(at + 1, ":"), at + 1);
}

START_TEST(submission_is_judged_as_the_working_tree)
{
	static const char *const labs[] = { "01", "02", "11" };
	char *kit = student_kit("submit"), *archive;
	struct e2e *r = go(kit, 2, "submit", NULL), *runs[6];
	size_t i;

	e2e_expect_has(r, r->err, "nothing to hand in: every file is the starter\nnext: ");
	e2e_put(kit, RECORDS, solution(RECORDS));
	e2e_edit(kit, RECORDS, "MAP_SHARED", "MAP_PRIVATE");
	e2e_put(kit, MYMAP, solution(MYMAP));
	e2e_put(kit, "labs/01-mapread/mapread.c", "#error mine\n");
	r = go(kit, 1, "submit", "--name=anna", NULL);
	e2e_expect_has(r, r->out,
		       "mapread.c: does not build: labs/01-mapread/mapread.c:1:2: error");
	e2e_expect_has(r, r->out, "records.c: builds\n");
	e2e_expect_has(r, r->out, "family.c: the starter, unchanged\n");
	e2e_expect_has(r, r->out, "packed all the same");
	archive = archive_of(kit, r);
	for (i = 0; i < 6; i++) {
		runs[i] = e2e_grade(i % 2 ? archive : kit, "--seed", "2a", "--lab", labs[i / 2],
				    NULL);
		runs[i]->kit = kit;
	}
	e2e_go(runs, 6, 2);
	for (i = 0; i < 6; i += 2) {
		ck_assert_str_eq(e2e_differences(runs[i], runs[i + 1]), "");
		ck_assert_int_gt(e2e_count(runs[i], NULL), 0);
	}
	ck_assert_int_eq(e2e_count(runs[0], "build"), e2e_count(runs[0], NULL));
	ck_assert_int_gt(e2e_count(runs[2], "fail"), 0);
	ck_assert_int_eq(e2e_count(runs[5], "pass"), e2e_count(runs[5], NULL));
}
END_TEST

START_TEST(submission_is_what_counts_and_always_the_same)
{
	char *kit = student_kit("pack"), *first, *sum;
	struct e2e *r;

	e2e_shell("cd %s && git init -q . && git add labs driver && "
		  "git -c user.name=a -c user.email=a commit -qm all",
		  kit);
	e2e_put(kit, RECORDS, solution(RECORDS));
	e2e_put(kit, "labs/02-records/notes.txt", "mine\n");
	e2e_put(kit, "labs/02-records/mine.h", "#define MINE 1\n");
	e2e_shell("echo >>%s/labs/02-records/main.c", kit);
	r = go(kit, 0, "submit", "02", NULL);
	e2e_expect_has(
		r, r->out,
		"left out: labs/02-records/main.c: given, and changed; the grader uses its own");
	e2e_expect_has(r, r->out, "left out: labs/02-records/notes.txt: no file of labs.tsv\n");
	e2e_expect_has(r, r->out,
		       "left out: labs/02-records/mine.h: no file of labs.tsv: what includes it "
		       "does not build at the grader; move its lines into the file that does\n");
	e2e_expect_lacks(r, r->out, "01-mapread");
	first = archive_of(kit, r);
	e2e_shell("test \"$(tar tf %s)\" = " RECORDS, first);
	sum = strstr(r->out, "sha256  ");
	e2e_shell("sha256sum %s | grep -q '^%.64s '", first, sum + 8);
	e2e_shell("cp %s %s/before && touch -d yesterday %s/" RECORDS " && chmod 600 %s/" RECORDS,
		  first, kit, kit, kit);
	r = go(kit, 0, "submit", "02", NULL);
	e2e_shell("cmp %s/before %s", kit, first);
	ck_assert_str_eq(archive_of(kit, r), first);
	e2e_shell("echo >>%s/" RECORDS, kit);
	r = go(kit, 0, "submit", "02", NULL);
	ck_assert_str_ne(archive_of(kit, r), first);

	r = go(kit, 2, "submit", "--name=../a", NULL);
	e2e_expect_has(r, r->err, "letters, digits and ._-+@ only\nnext: make submit NAME=anna");
	e2e_shell("rm -r %s/submit && touch %s/submit", kit, kit);
	r = go(kit, 2, "submit", "02", NULL);
}
END_TEST

/* ------------------------------------------------------------------ clangd */

START_TEST(clangd_understands_labs_and_drivers)
{
	static const char *const files[] = { RECORDS, MYMAP, DRAW, "driver/faultmap/faultmap.c" };
	char *kit = student_kit("clangd");
	struct e2e *r;
	size_t i;

	e2e_shell("cd %s && KERNEL_DIR=build/kernel harness/compile-commands", kit);
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		e2e_put(kit, files[i], solution(files[i]));
		r = e2e_command("clangd-14", e2e_fmt("--check=%s/%s", kit, files[i]), NULL);
		e2e_go(&r, 1, 1);
		e2e_expect_status(r, 0);
		e2e_expect_has(r, r->err, "All checks completed, 0 errors");
	}
}
END_TEST

static Suite *make_suite(void)
{
	Suite *s = suite_create("student");
	TCase *t = tcase_create("all");

	suite_add_tcase(s, t);
	tcase_set_timeout(t, 300);
	tcase_add_test(t, progress_counts_what_is_certain);
	tcase_add_test(t, progress_tells_builds_and_ends);
	tcase_add_test(t, what_hangs_is_named_on_a_terminal);
	tcase_add_test(t, reset_keeps_every_file);
	tcase_add_test(t, reset_names_what_shares_the_file);
	tcase_add_test(t, doctor_finds_what_prevents_grading);
	tcase_add_test(t, doctor_mends_a_template_and_says_that_nothing_boots);
	tcase_add_test(t, debug_stops_a_program_at_the_failing_input);
	tcase_add_test(t, debug_stops_a_driver_in_its_handler);
	tcase_add_test(t, debug_says_what_it_needs);
	tcase_add_test(t, submission_is_judged_as_the_working_tree);
	tcase_add_test(t, submission_is_what_counts_and_always_the_same);
	tcase_add_test(t, clangd_understands_labs_and_drivers);
	return s;
}

int main(void)
{
	e2e_begin();
	return e2e_finish(make_suite());
}
