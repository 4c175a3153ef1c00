// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_batch.c - a class from its submissions to its gradebook, as an instructor
 * runs it: `mmaplab batch` on folders, archives and platforms' downloads.
 *
 * Most submissions have an empty file of lab 02: such a one has the verdict
 * build without a compiler or a machine, and is a submission like any other.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "e2e.h"

#define EMPTY "labs/02-records"

/* ------------------------------------------------------------------ helpers */

/* A folder for one test, with a class/ in it; a new one, as two tests in one would meet. */
static char *place(const char *name)
{
	e2e_shell("mkdir '%s' && mkdir '%s/class'", e2e_path("%s", name), e2e_path("%s", name));
	return e2e_path("%s", name);
}

/* A submission without a line in it, below the place's class/. */
static void hand_in(const char *at, const char *name)
{
	e2e_shell("mkdir -p '%s/class/%s/" EMPTY "' && : >'%s/class/%s/" RECORDS "'", at, name, at,
		  name);
}

static void put(const char *at, const char *name, const char *text)
{
	e2e_write(e2e_fmt("%s/%s", at, name), text, strlen(text));
}

static void hand_in_solution(const char *at, const char *name)
{
	hand_in(at, name);
	e2e_shell("cp solutions/" RECORDS " '%s/class/%s/" EMPTY "'", at, name);
}

/* The same as an archive of this name. */
static void pack(const char *at, const char *name)
{
	char *whole = e2e_fmt("%s/whole", at);

	e2e_shell("mkdir -p '%s/" EMPTY "' && : >'%s/" RECORDS "' && tar -C '%s' -caf "
		  "'%s/class/%s' labs && rm -r '%s'",
		  whole, whole, whole, at, name, whole);
}

static struct e2e *batch(const char *at, const char *option, const char *value)
{
	struct e2e *r = e2e_command(e2e_program(), "batch", "--lab", "02", "--out",
				    e2e_fmt("%s/grades", at), e2e_fmt("%s/class", at), option,
				    value, NULL);

	r->what = at;
	return r;
}

static void go(struct e2e *r, int status)
{
	e2e_go(&r, 1, 1);
	e2e_expect_status(r, status);
}

/* What sqlite3 says to a query on a place's store. */
static char *ask(const char *at, const char *sql)
{
	struct e2e *r = e2e_command("sqlite3", "-cmd", ".timeout 10000",
				    e2e_fmt("%s/grades/grades.db", at), sql, NULL);

	go(r, 0);
	return r->out;
}

static void expect_answer(const char *at, const char *sql, const char *wanted)
{
	char *got = ask(at, sql);

	ck_assert_msg(!strcmp(got, wanted), "%s: %s\ngave    %s\nwanted  %s", at, sql, got, wanted);
}

/* A person in the gradebook, or NULL. */
static json_t *person(const char *at, const char *id)
{
	json_t *doc = json_load_file(e2e_fmt("%s/grades/results.json", at), 0, NULL), *s;
	size_t i;

	json_array_foreach(json_object_get(doc, "students"), i, s)
		if (!strcmp(e2e_text(s, "id"), id))
			return s;
	return NULL;
}

static void expect_person(const char *at, const char *id, const char *status)
{
	json_t *s = person(at, id);

	ck_assert_msg(s && !strcmp(e2e_text(s, "status"), status), "%s: %s is '%s', not '%s'", at,
		      id, s ? e2e_text(s, "status") : "not there", status);
}

static json_t *lab_of(const char *at, const char *id, const char *lab)
{
	return json_object_get(json_object_get(person(at, id), "labs"), lab);
}

/* A PATH whose QEMU gives its version, and then does nothing but fail. */
static char *bad_qemu(void)
{
	char *folder = e2e_path("bad-qemu");

	e2e_shell("mkdir -p '%s' && printf '#!/bin/sh\\ncase $1 in --version) exec %%s \"$@\";; "
		  "esac\\nexit 1\\n' \"$(command -v qemu-system-x86_64)\" >'%s/qemu-system-x86_64' "
		  "&& chmod +x '%s/qemu-system-x86_64'",
		  folder, folder, folder);
	return e2e_fmt("PATH=%s:%s", folder, getenv("PATH"));
}

/* ------------------------------------------------------------------- layouts */

START_TEST(folders_and_archives_of_a_class_are_found)
{
	char *at = place("plain");
	struct e2e *r = batch(at, NULL, NULL);

	hand_in(at, "anna");
	hand_in(at, "ben/wrapped");
	pack(at, "carla.tar.gz");
	pack(at, "dora.tar.zst");
	e2e_shell(
		"cd '%s/class' && mkdir z && cp -r anna/labs z && cd z && zip -qr ../emil.zip labs "
		"&& rm -r ../z",
		at);
	e2e_shell("cd '%s/class' && echo hello >notes.csv && ln -s anna link && mkdir -p __MACOSX "
		  "&& : >.DS_Store",
		  at);
	go(r, 0);
	expect_answer(at,
		      "SELECT group_concat(student, ' ') FROM (SELECT student FROM submissions"
		      " ORDER BY student)",
		      "anna ben carla dora emil\n");
	expect_answer(at, "SELECT count(*), count(DISTINCT seed), min(status) FROM gradings",
		      "5|1|partial\n");
	e2e_expect_has(r, r->out, "notes.csv: a table or a text, no submission");
	e2e_expect_has(r, r->out, "link: neither a file nor a folder");
}
END_TEST

START_TEST(downloads_of_platforms_say_who_and_when)
{
	char *at = place("platforms");

	/* Canvas: the student chose what stands behind the numbers. */
	pack(at, "exampleanna_LATE_1001_70001_lab 1002.tar.gz");
	hand_in(at, "Ben Muster_1002_assignsubmission_file_");
	e2e_shell("mkdir '%s/class/Carla Doe_1003_assignsubmission_file_' && cp "
		  "'%s/class/exampleanna_LATE_1001_70001_lab 1002.tar.gz' "
		  "'%s/class/Carla Doe_1003_assignsubmission_file_/my work.tar.gz' && mkdir "
		  "'%s/class/Ben Muster_1002_assignsubmission_onlinetext_'",
		  at, at, at, at);
	hand_in(at, "submission_123");
	put(at, "class/submission_metadata.yml",
	    "---\nsubmission_123:\n  :submitters:\n  - :name: Dora Nu\u00f1ez\n    :sid: '1004'\n"
	    "    :email: dora@example.org\n  :created_at: 2026-10-14 09:30:28.432443000 Z\n"
	    "  :score: 0.0\n");
	put(at, "roster.csv",
	    "\xef\xbb\xbfStudent,ID,SIS User ID,Email,Section\r\n"
	    "\"Example, Anna\",1001,A1,anna@example.org,1\r\n"
	    "\"Muster, Ben\",1002,A2,,1\r\nCarla Doe,,A3,,2\r\nDora,,A4,dora@example.org,2\r\n");
	go(batch(at, "--roster", e2e_fmt("%s/roster.csv", at)), 0);
	expect_answer(at,
		      "SELECT student, layout, submitted, late FROM submissions ORDER BY student",
		      "A1|canvas||1\nA2|moodle||0\nA3|moodle||0\n"
		      "A4|gradescope|2026-10-14T09:30:28Z|0\n");
	/* Without a number, too, a file's name is the student's: nobody becomes another by it. */
	e2e_shell("mkdir '%s/class/submission_124' && cp '%s/class/exampleanna_LATE_1001_70001_lab "
		  "1002.tar.gz' '%s/class/submission_124/A1.tar.gz'",
		  at, at, at);
	e2e_shell(
		"printf 'submission_124:\\n  :submitters:\\n  - :email: \"eve\\\\n@example.org\"\\n' "
		">>'%s/class/submission_metadata.yml'",
		at);
	go(batch(at, "--roster", e2e_fmt("%s/roster.csv", at)), 4);
	expect_answer(at, "SELECT student FROM submissions WHERE source LIKE '%124%'",
		      "?eve\\x0a@example.org\n");
	/* Late, but nobody knows how much: that is said, and nothing taken off. */
	ck_assert_ptr_nonnull(strstr(json_dumps(person(at, "A1"), 0), "calls it late"));
}
END_TEST

/* What stands in a file, or in the part of its name that is the student's. */
START_TEST(what_a_student_writes_does_not_say_who_it_is)
{
	static const char metadata[] = "submission_1:\n  :submitters:\n  - :sid: '%s'\n"
				       "  :created_at: 2026-01-01 00:00:00 Z\n";
	char *at = place("spoof");

	pack(at, "Anna Example_1001_assignsubmission_file_x_1002_assignsubmission_file_y.tar.gz");
	pack(at, "Dora Doe_1004_assignsubmission_file_x_1002_assignsubmission_onlinetext_y.tar.gz");
	pack(at, "evaexample_1003_70001_x_1002_assignsubmission_file_y.tar.gz");
	hand_in(at, "finn/submission_1");
	put(at, "class/finn/submission_metadata.yml", e2e_fmt(metadata, "1002"));
	/* Neither read nor waited for. */
	hand_in(at, "gina/submission_1");
	put(at, "class/gina/submission_metadata.yml", "{");
	hand_in(at, "hans/submission_1");
	e2e_shell("mkfifo '%s/class/hans/submission_metadata.yml'", at);
	/* What Gradescope made itself is another thing. */
	hand_in(at, "assignment_12_export/submission_1");
	put(at, "class/assignment_12_export/submission_metadata.yml", e2e_fmt(metadata, "1009"));
	go(batch(at, NULL, NULL), 0);
	expect_answer(at, "SELECT student, layout, submitted FROM submissions ORDER BY student",
		      "-1009|gradescope|2026-01-01T00:00:00Z\nAnna Example-1001|moodle|\n"
		      "Dora Doe-1004|moodle|\nevaexample-1003|canvas|\nfinn|folder|\n"
		      "gina|folder|\nhans|folder|\n");
}
END_TEST

/* Who uploads one file sends it without its folders, and the platform names it. */
START_TEST(single_files_of_platforms_are_submissions)
{
	static const char empty[] = "mkdir -p '%s/class/%s' && : >'%s/class/%s/records.c'";
	char *at = place("single");

	e2e_shell(empty, at, "submission_5", at, "submission_5");
	e2e_shell(empty, at, "Ben Muster_1002_assignsubmission_file_", at,
		  "Ben Muster_1002_assignsubmission_file_");
	e2e_shell(
		"cd '%s/class' && : >submission_5/vmas.c && : >annaexample_1001_70001_records-1.c",
		at);
	put(at, "class/submission_metadata.yml",
	    "---\nsubmission_5:\n  :submitters:\n  - :name: Dora\n    :sid: '1004'\n"
	    "  :created_at: 2026-10-14 09:30:28 Z\n");
	go(batch(at, NULL, NULL), 0);
	expect_answer(at,
		      "SELECT s.layout, p.lab FROM submissions s JOIN parts p"
		      " ON p.submission = s.id ORDER BY 1, 2",
		      "canvas|02-records\ngradescope|02-records\ngradescope|07-vmas\n"
		      "moodle|02-records\n");
	expect_answer(at, "SELECT count(*), count(problem) FROM submissions", "3|0\n");
	expect_answer(at, "SELECT count(*), min(status) FROM gradings", "3|partial\n");
}
END_TEST

START_TEST(roster_tells_who_is_missing_and_who_is_unknown)
{
	char *at = place("roster"), *table;
	struct e2e *r = batch(at, "--roster", e2e_fmt("%s/roster.csv", at));

	hand_in(at, "lab2-s1001");
	hand_in(at, "S1002");
	hand_in(at, "stranger");
	hand_in(at, "s1001x");
	put(at, "roster.csv",
	    "email;name;id\n;\"Anna \"\"A\"\" X\";s1001\n;Ben;s1002\n;=1+1;s1003\n");
	go(r, 4);
	expect_person(at, "s1001", "partial");
	expect_person(at, "s1002", "partial");
	expect_person(at, "s1003", "missing");
	expect_person(at, "?stranger", "partial");
	expect_person(at, "?s1001x", "partial");
	e2e_expect_has(r, r->out, "handed in by nobody on the roster:\n  ?s1001x\n  ?stranger\n");
	e2e_expect_has(r, r->out, "on the roster, but nothing handed in:\n  s1003  =1+1\n");
	table = e2e_read(e2e_fmt("%s/grades/gradebook.csv", at));
	e2e_expect_has(r, table, "\ns1001,\"Anna \"\"A\"\" X\",,,partial,0,6,");
	/* No formula reaches the spreadsheet. */
	e2e_expect_has(r, table, "\ns1003,'=1+1,,,missing,0,6,");
	/* The roster is remembered. */
	e2e_shell("cd '%s/class' && mv stranger 's1003 x'", at);
	go(batch(at, NULL, NULL), 4);
	expect_person(at, "s1003", "partial");
	/* It is the same submission, and nobody's else any more. */
	ck_assert_ptr_null(person(at, "?stranger"));
	expect_person(at, "?s1001x", "partial");
}
END_TEST

/* -------------------------------------------------- several labs of a person */

/* The solutions of labs 01 to 03; in that of 02 each opening of a file does this, too. */
static void hand_in_three(const char *at, const char *name, const char *leave)
{
	e2e_shell("cd '%s/class' && for lab in 01-mapread 02-records 03-replace; do mkdir -p "
		  "%s/labs/$lab && cp \"$OLDPWD/solutions/labs/$lab/${lab#*-}.c\" %s/labs/$lab/; "
		  "done",
		  at, name, name);
	if (leave)
		e2e_shell("sed -i -e '1i #include <signal.h>\\n#include <sys/shm.h>' -e "
			  "'/^static int open_counted/,/^{/ s/^{/{\\n%s/' '%s/class/%s/" RECORDS
			  "' && grep -q signal.h '%s/class/%s/" RECORDS "'",
			  leave, at, name, at, name);
}

static struct e2e *batch_of_three(const char *at)
{
	struct e2e *r = e2e_command(e2e_program(), "batch", "--lab", "01,02,03", "--jobs", "1",
				    "--out", e2e_fmt("%s/grades", at), e2e_fmt("%s/class", at),
				    NULL);

	r->what = at;
	return r;
}

#define STARTS(name) \
	"SELECT group_concat(g.status || ' ' || json_extract(g.result, " \
	"'$.labs[0].machines[0].start'), ', ') FROM gradings g JOIN submissions s ON " \
	"s.id = g.submission WHERE s.student = '" name "' ORDER BY g.lab"

START_TEST(machine_is_kept_while_nothing_is_left_in_it)
{
	char *at = place("kept");

	hand_in_three(at, "clean", NULL);
	hand_in_three(at, "memory", "shmget(IPC_PRIVATE, 4096, 0600);");
	hand_in_three(at, "file", "close(open(\"\\/dev\\/shm\\/left\", O_CREAT, 0600));");
	/* The judge ends these by itself. */
	hand_in_three(at, "process", "if (!fork()) { close_range(0, 99, 0); for (;;) pause(); }");
	go(batch_of_three(at), 0);
	expect_answer(at, STARTS("clean"), "full restored, full kept, full kept\n");
	expect_answer(at, STARTS("memory"), "full restored, full kept, full restored\n");
	expect_answer(at, STARTS("file"), "full restored, full kept, full restored\n");
	expect_answer(at, STARTS("process"), "full restored, full kept, full kept\n");
}
END_TEST

/* Until the store of a batch that was started has so many gradings. */
static void wait_for_gradings(struct e2e *r, const char *at, int count)
{
	char *db = e2e_fmt("%s/grades/grades.db", at);

	do {
		usleep(20000);
		ck_assert_msg(!e2e_done(r), "it ended before anything could be killed\n%s",
			      e2e_show(r));
	} while (access(db, F_OK) ||
		 atoi(ask(at, "SELECT count(*) FROM sqlite_schema WHERE name = 'gradings'")) == 0 ||
		 atoi(ask(at, "SELECT count(*) FROM gradings")) < count);
}

/* Start it, and kill what this pgrep finds once a first grading is in the store. */
static void batch_with_a_loss(struct e2e *r, const char *at, const char *pgrep)
{
	int killed;

	hand_in_three(at, "anna", NULL);
	e2e_start(r);
	wait_for_gradings(r, at, 1);
	killed =
		system(e2e_fmt("w=$(pgrep -x mmaplab -P %d) && kill -9 $(%s)", (int)r->pid, pgrep));
	e2e_wait(r);
	ck_assert_int_eq(killed, 0);
	e2e_expect_status(r, 0);
	ck_assert_str_eq(e2e_remains(r), "");
}

/* What one had told before it was lost counts; what it had not is graded by others. */
START_TEST(lost_worker_takes_no_grading_along)
{
	char *at = place("lost-worker");

	batch_with_a_loss(batch_of_three(at), at, "echo $w");
	expect_answer(at, "SELECT count(*), min(status), max(status) FROM gradings",
		      "3|full|full\n");
	/* On a slow host two had been told. What was lost has a machine of its own. */
	expect_answer(at,
		      "SELECT json_extract(result, '$.labs[0].machines[0].start') FROM gradings"
		      " WHERE lab = '03-replace'",
		      "restored\n");
}
END_TEST

START_TEST(lost_machine_takes_no_grading_along)
{
	char *at = place("lost-machine");

	batch_with_a_loss(batch_of_three(at), at, "pgrep qemu -P $w");
	/* The first, and the one in which it was lost. */
	expect_answer(at,
		      "SELECT count(*), min(status), max(status), sum(json_extract(result, "
		      "'$.labs[0].machines[0].start') = 'restored') FROM gradings",
		      "3|full|full|2\n");
	/* It is no grading's fault, and none that would be tried again for that. */
	expect_answer(at,
		      "SELECT max(json_array_length(result, '$.labs[0].machines')) FROM gradings",
		      "1\n");
}
END_TEST

/* ------------------------------------------------------- stopped, run again */

/* By a signal that it hears, or cannot hear. */
START_TEST(stopped_batch_goes_on_where_it_was)
{
	static const int signals[] = { SIGKILL, SIGTERM, SIGINT };
	static const char in_order[] =
		"SELECT group_concat(id) FROM (SELECT id FROM gradings ORDER BY id)";
	char *at = place(e2e_fmt("stopped-%d", _i)), *ids;
	struct e2e *r = batch(at, "--jobs", "2"), *stopped = r;
	int i, kept;

	for (i = 0; i < 5; i++)
		hand_in_solution(at, e2e_fmt("s%d", i));
	e2e_start(r);
	wait_for_gradings(r, at, 2);
	kill(r->pid, signals[_i]);
	e2e_wait(r);
	if (signals[_i] != SIGKILL) {
		/* Once: the workers have nothing to add. */
		char *word = strstr(r->err, "mmaplab: stopped; every grading that had ended is "
					    "kept\nnext: the same command again");

		ck_assert_msg(word && !strstr(word + 1, "mmaplab: "), "%s", e2e_show(r));
	}
	ids = ask(at, in_order);
	kept = atoi(ask(at, "SELECT count(*) FROM gradings"));
	ck_assert_int_lt(kept, 5);
	r = batch(at, NULL, NULL);
	go(r, 0);
	e2e_expect_has(r, r->out, e2e_fmt("%d gradings new, %d as before", 5 - kept, kept));
	/* What was there is as it was, and everyone has one. */
	ck_assert_ptr_nonnull(
		strstr(ask(at, in_order), e2e_fmt("%.*s", (int)strcspn(ids, "\n"), ids)));
	expect_answer(at, "SELECT count(*), count(DISTINCT submission), min(status) FROM gradings",
		      "5|5|full\n");
	ck_assert_str_eq(e2e_remains(stopped), "");
	ck_assert_str_eq(e2e_remains(r), "");
}
END_TEST

START_TEST(what_the_host_broke_is_graded_again)
{
	char *at = place("broken");
	struct e2e *r = batch(at, NULL, NULL);

	hand_in_solution(at, "anna");
	hand_in(at, "ben");
	e2e_env(r, bad_qemu());
	go(r, 3);
	expect_person(at, "anna", "broken");
	ck_assert(json_is_null(json_object_get(person(at, "anna"), "points")));
	expect_person(at, "ben", "partial");
	r = batch(at, NULL, NULL);
	go(r, 0);
	e2e_expect_has(r, r->out, "1 gradings new, 1 as before");
	expect_person(at, "anna", "full");
	/* A grading that fails takes nothing away. */
	r = batch(at, "--regrade=02", NULL);
	e2e_env(r, bad_qemu());
	go(r, 0);
	e2e_expect_has(r, r->out, "1 gradings of this run are broken; earlier results stay");
	expect_person(at, "anna", "full");
	expect_answer(at,
		      "SELECT group_concat(status, ' ') FROM (SELECT g.status FROM gradings g JOIN"
		      " submissions s ON s.id = g.submission WHERE student = 'anna' ORDER BY g.id)",
		      "broken full broken\n");
}
END_TEST

START_TEST(only_what_changed_is_graded_again)
{
	char *at = place("changed");
	struct e2e *r;

	hand_in(at, "anna");
	hand_in(at, "ben");
	go(batch(at, NULL, NULL), 0);
	/* Another platform's name for the same work of the same person. */
	e2e_shell("cd '%s/class' && echo '// more' >anna/" RECORDS " && mkdir x && mv ben x/ben",
		  at);
	e2e_shell("cd '%s/class' && tar -C x/ben -cf ben.tar labs && rm -r x", at);
	r = batch(at, NULL, NULL);
	go(r, 0);
	e2e_expect_has(r, r->out, "1 gradings new, 1 as before");
	expect_answer(at, "SELECT count(*) FROM current_gradings", "2\n");
	/* The history stays. */
	expect_answer(at, "SELECT count(*) FROM gradings", "3\n");
	r = batch(at, "--regrade=records", NULL);
	go(r, 0);
	e2e_expect_has(r, r->out, "2 gradings new, 0 as before");
}
END_TEST

START_TEST(other_tests_than_before_are_told_and_graded_again)
{
	char *at = place("judge"), *kit = e2e_kit("judge-kit"), *table;
	struct e2e *r = batch(at, NULL, NULL);

	hand_in(at, "anna");
	r->kit = kit;
	go(r, 0);
	e2e_expect_lacks(r, r->out, "--regrade");
	table = e2e_fmt("%s/02-records/tests.tsv", e2e_kit_own(kit, "labs"));
	e2e_shell("sed -i '2s/\\t0.5\\t/\\t1.5\\t/' '%s'", table);
	r = batch(at, NULL, NULL);
	r->kit = kit;
	go(r, 0);
	e2e_expect_has(r, r->out, "1 results are of earlier tests than today's; next: --regrade");
	r = batch(at, "--regrade", NULL);
	r->kit = kit;
	go(r, 0);
	e2e_expect_has(r, r->out, "1 gradings new, 0 as before");
	e2e_expect_lacks(r, r->out, "--regrade");
}
END_TEST

/* ---------------------------------------------------------------- two of one */

/* A platform takes for the last word what it is handed: without points, it gets nothing. */
static void expect_autolab(const char *at, int status, const char *last_line)
{
	struct e2e *r = e2e_command(e2e_program(), "export", "-o", e2e_fmt("%s/grades", at), "-f",
				    "autolab", NULL);

	go(r, status);
	e2e_expect_has(r, r->out, last_line);
	ck_assert_int_eq(access(e2e_fmt("%s/grades/autolab/anna.txt", at), F_OK), status ? -1 : 0);
}

START_TEST(two_submissions_of_one_person_need_a_person)
{
	char *at = place("twice");
	struct e2e *r = batch(at, NULL, NULL);

	hand_in(at, "anna");
	pack(at, "anna.tar.gz");
	/* The same twice is no question. */
	go(r, 0);
	e2e_expect_has(r, r->out, "2 submissions, 1 gradings new");
	expect_autolab(at, 0, "1 results, 0 people without\n");
	e2e_shell("echo '// other' >'%s/class/anna/" RECORDS "'", at);
	r = batch(at, NULL, NULL);
	go(r, 4);
	expect_person(at, "anna", "held");
	ck_assert_str_eq(e2e_text(lab_of(at, "anna", "02-records"), "status"), "ambiguous");
	ck_assert(json_is_null(json_object_get(lab_of(at, "anna", "02-records"), "points")));
	expect_autolab(at, 4, "0 results, 1 people without: anna\n");
	/* With one of them gone, the other counts. */
	e2e_shell("rm '%s/class/anna.tar.gz'", at);
	go(batch(at, NULL, NULL), 0);
	expect_person(at, "anna", "partial");
}
END_TEST

/* The other lab's points alone would be the last word about this one, too. */
START_TEST(labs_without_points_yet_keep_the_others_from_a_platform)
{
	char *at = place("half");

	hand_in(at, "anna");
	e2e_shell("mkdir -p '%s/class/anna/labs/03-replace' && echo '// mine' >"
		  "'%s/class/anna/labs/03-replace/replace.c'",
		  at, at);
	go(batch(at, "--lab=02,03", NULL), 0);
	expect_autolab(at, 0, "1 results, 0 people without\n");
	pack(at, "anna.tar.gz");
	e2e_shell("echo '// other' >'%s/class/anna/" RECORDS "'", at);
	go(batch(at, "--lab=02,03", NULL), 4);
	ck_assert_str_eq(e2e_text(lab_of(at, "anna", "02-records"), "status"), "ambiguous");
	ck_assert_str_eq(e2e_text(lab_of(at, "anna", "03-replace"), "status"), "partial");
	expect_autolab(at, 4, "0 results, 1 people without: anna\n");
}
END_TEST

/* ------------------------------------------------------------------ the course */

static double points_of(const char *at, const char *id, const char *lab)
{
	return json_number_value(json_object_get(lab_of(at, id, lab), "points"));
}

/* What counts goes to those who count on it, with the reason. */
static void expect_handed_over(const char *at, const char *why)
{
	static const char *const formats[][2] = { { "gradescope", "json" },
						  { "autolab", "txt" },
						  { "text", "txt" },
						  { "html", "html" } };
	char *grades = e2e_fmt("%s/grades", at), *text;
	size_t i;

	for (i = 0; i < 4; i++) {
		go(e2e_command(e2e_program(), "export", "-o", grades, "-f", formats[i][0], NULL),
		   0);
		text = e2e_read(e2e_fmt("%s/%s/a2.%s", grades, formats[i][0], formats[i][1]));
		ck_assert_msg(strstr(text, why), "%s: no '%s'", formats[i][0], why);
		if (i == 1)
			ck_assert_msg(strstr(text, "{\"scores\":{\"02-records\":27.0}}"), "%s",
				      text);
		if (i == 0)
			ck_assert_msg(strstr(text, "\"score\": 54.0"), "%s", text);
		/* All labs were graded fully that were handed in, and yet it is not all. */
		if (i == 0)
			ck_assert_msg(strstr(text, "\"status\": \"partial\""), "%s", text);
		ck_assert_msg(strstr(text, "03-replace counts 0 of 5 points: nothing of it was"),
			      "%s", text);
		ck_assert_msg(strstr(text, "all together: 54 of 65 points"), "%s", text);
	}
}

START_TEST(course_decides_labs_points_and_lateness)
{
	static const char course[] = "term: Autumn\nroster: people.csv\ntimezone: UTC\n"
				     "late:\n  percent per day: 10\n  maximum days: 2\n"
				     "labs:\n  02-records:\n    points: 60\n    weight: 2\n"
				     "    deadline: 2020-10-12 12:00\n"
				     "  03: {points: 5, deadline: 2020-11-01 00:00}\n"
				     "  04: {deadline: 2120-11-01 00:00}\n";
	char *at = place("course"), *text;
	struct e2e *r = batch(at, "--course", e2e_fmt("%s/course.yml", at));

	hand_in_solution(at, "a1");
	hand_in_solution(at, "a2");
	hand_in_solution(at, "a3");
	hand_in_solution(at, "a4");
	put(at, "course.yml", course);
	put(at, "people.csv",
	    "id,submitted\na1,2020-10-12 11:59\na2,2020-10-12 12:01\na3,2020-10-14 12:01\na4,\n");
	go(r, 0);
	ck_assert(points_of(at, "a1", "02-records") == 60);
	ck_assert(points_of(at, "a2", "02-records") == 54);
	ck_assert(points_of(at, "a3", "02-records") == 0);
	/* Nobody says when: said, and nothing taken off. */
	ck_assert(points_of(at, "a4", "02-records") == 60);
	ck_assert_ptr_nonnull(strstr(json_dumps(person(at, "a4"), 0), "nobody says when"));
	/* Weights count in the total; a deadline that is over counts, one to come does not. */
	ck_assert(json_number_value(json_object_get(person(at, "a2"), "points")) == 108);
	ck_assert(json_number_value(json_object_get(person(at, "a2"), "max")) == 125);
	ck_assert_str_eq(e2e_text(lab_of(at, "a1", "03-replace"), "status"), "missing");
	ck_assert_ptr_null(lab_of(at, "a1", "04-boundaries"));
	/* Other points later: the gradebook is made again, nothing is graded. */
	e2e_shell("sed -i 's/points: 60/points: 30/' '%s/course.yml'", at);
	r = e2e_command(e2e_program(), "export", "--out", e2e_fmt("%s/grades", at), NULL);
	go(r, 0);
	ck_assert(points_of(at, "a2", "02-records") == 27);
	expect_handed_over(at,
			   "02-records counts 27 of 30 points, times 2: 1 day late, 90 % of them");
	r = e2e_command(e2e_program(), "decide", "-o", e2e_fmt("%s/grades", at), "a2", "02",
			"was <ill>", "-p", "27", NULL);
	go(r, 0);
	expect_handed_over(at, "02-records counts 27 of 30 points, times 2: was ");
	r = e2e_command(e2e_program(), "export", "--out", e2e_fmt("%s/grades", at), "--format",
			"csv", NULL);
	go(r, 0);
	e2e_expect_has(r, r->out,
		       "\na2,,,,partial,54,65,0,1,02: was <ill>,27,partial,1,0,missing,0\n");
	/* Points for what was never handed in are handed over as well. */
	go(e2e_command(e2e_program(), "decide", "-o", e2e_fmt("%s/grades", at), "a2", "03", "oral",
		       "-p", "4", NULL),
	   0);
	go(e2e_command(e2e_program(), "export", "-o", e2e_fmt("%s/grades", at), "-f", "autolab",
		       NULL),
	   0);
	text = e2e_read(e2e_fmt("%s/grades/autolab/a2.txt", at));
	ck_assert_msg(strstr(text, "{\"scores\":{\"02-records\":27.0,\"03-replace\":4.0}}"), "%s",
		      text);
	/* One person's own deadline, laid down afterwards. */
	e2e_shell("sed -i '/points: 30/a\\    extensions:\\n      a3: 2020-10-14 12:00'"
		  " '%s/course.yml'",
		  at);
	r = e2e_command(e2e_program(), "export", "--out", e2e_fmt("%s/grades", at), NULL);
	go(r, 0);
	ck_assert(points_of(at, "a3", "02-records") == 27);
	ck_assert_ptr_nonnull(strstr(json_dumps(person(at, "a3"), 0),
				     "02: an extension until 2020-10-14 12:00 UTC"));
	e2e_shell("sed -i 's/ a3:/ a5:/' '%s/course.yml'", at);
	go(r, 2);
	e2e_expect_has(r, r->err, "course.yml, line 11: nobody on the roster is 'a5'");
	/* Nor is a decision stored that the gradebook cannot show, or such a file remembered. */
	go(e2e_command(e2e_program(), "decide", "-o", e2e_fmt("%s/grades", at), "a1", "02", "x",
		       NULL),
	   2);
	expect_answer(at, "SELECT count(*) FROM decisions", "2\n");
	e2e_shell("cd '%s' && cp course.yml bad.yml && sed -i 's/ a5:/ a3:/' course.yml && "
		  "test $(stat -c %%a grades) = 700",
		  at);
	go(e2e_command(e2e_program(), "export", "-o", e2e_fmt("%s/grades", at), "--course",
		       e2e_fmt("%s/bad.yml", at), NULL),
	   2);
	go(r, 0);
	e2e_shell("rm '%s/course.yml'", at);
	go(r, 2);
	e2e_expect_has(r, r->err, "course.yml: No such file");
}
END_TEST

START_TEST(decision_counts_until_the_files_change)
{
	static const struct {
		const char *who, *reason, *points, *answer;
	} bad[] = {
		{ "nobody", "x", "1", "nobody is called 'nobody'" },
		{ "anna", " ", "1", "the reason is empty" },
		{ "anna", "x", "6.5", "02-records has 6 points at most, not 6.5" },
	};
	char *at = place("decide"), *grades = e2e_fmt("%s/grades", at);
	struct e2e *r;
	size_t i;

	hand_in(at, "anna");
	pack(at, "anna.tar");
	e2e_shell("echo '// other' >'%s/class/anna/" RECORDS "'", at);
	go(batch(at, NULL, NULL), 4);
	r = e2e_command(e2e_program(), "decide", "-o", grades, "anna", "02", "both are hers", NULL);
	go(r, 2);
	e2e_expect_has(r, r->err, "next: say how many: --points N");
	r = e2e_command(e2e_program(), "decide", "-o", grades, "anna", "02", "both are hers", "-p",
			"2.5", NULL);
	go(r, 0);
	e2e_expect_has(r, r->out, "anna, 02-records: partial, 2.5 of 6 points (both are hers)");
	ck_assert(points_of(at, "anna", "02-records") == 2.5);
	expect_person(at, "anna", "partial");
	/* It is handed over, though nobody knows which of the two it was. */
	go(e2e_command(e2e_program(), "export", "-o", grades, "-f", "autolab", NULL), 0);
	ck_assert_ptr_nonnull(strstr(e2e_read(e2e_fmt("%s/autolab/anna.txt", grades)),
				     "{\"scores\":{\"02-records\":2.5}}"));
	/* A run keeps it; other files end it, beside those or in place of them. */
	go(batch(at, NULL, NULL), 0);
	ck_assert(points_of(at, "anna", "02-records") == 2.5);
	e2e_shell("mkdir -p '%s/class/more/anna/" EMPTY
		  "' && echo '// more' >'%s/class/more/anna/" RECORDS
		  "' && tar -C '%s/class/more/anna' -cf '%s/class/anna.tar.gz' labs && "
		  "rm -r '%s/class/more'",
		  at, at, at, at, at);
	go(batch(at, NULL, NULL), 4);
	expect_person(at, "anna", "held");
	e2e_shell("rm '%s/class/anna.tar.gz'", at);
	go(batch(at, NULL, NULL), 0);
	ck_assert(points_of(at, "anna", "02-records") == 2.5);
	e2e_shell("rm -r '%s/class/anna.tar'; echo '// new' >'%s/class/anna/" RECORDS "'", at, at);
	go(batch(at, NULL, NULL), 4);
	ck_assert(points_of(at, "anna", "02-records") == 0);
	r = e2e_command(e2e_program(), "review", "-o", grades, "-l", "0", NULL);
	go(r, 4);
	e2e_expect_has(r, r->out, "decided 2.5 points (both are hers), and other files came since");
	expect_answer(at, "SELECT points, reason FROM decisions", "2.5|both are hers\n");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		r = e2e_command(e2e_program(), "decide", "-o", grades, bad[i].who, "02",
				bad[i].reason, "-p", bad[i].points, NULL);
		go(r, 2);
		e2e_expect_has(r, r->err, bad[i].answer);
	}
}
END_TEST

/* Also of what nobody could grade: an oral exam in place of what was never handed in. */
START_TEST(decision_settles_what_is_missing_or_unusable)
{
	char *at = place("settle"), *grades = e2e_fmt("%s/grades", at);

	hand_in(at, "anna");
	put(at, "class/ben.tar", "");
	put(at, "people.csv",
	    "First name,Last name,ID number\nAnna,A,anna\nBen,B,ben\nIda,I,ida\n");
	go(batch(at, "--roster", e2e_fmt("%s/people.csv", at)), 4);
	expect_person(at, "ben", "unusable");
	ck_assert_ptr_nonnull(strstr(json_dumps(person(at, "ben"), 0), "is an empty file"));
	ck_assert_str_eq(e2e_text(person(at, "ida"), "name"), "Ida I");
	go(e2e_command(e2e_program(), "decide", "-o", grades, "ben", "02", "never came", "-p", "0",
		       NULL),
	   0);
	go(e2e_command(e2e_program(), "decide", "-o", grades, "ida", "02", "oral exam", "-p", "6",
		       NULL),
	   0);
	expect_person(at, "ben", "partial");
	expect_person(at, "ida", "full");
	ck_assert(points_of(at, "ida", "02-records") == 6);
	go(batch(at, NULL, NULL), 0);
	expect_person(at, "ben", "partial");
}
END_TEST

/* What was corrected by hand, where no platform says it, outlives the next batch. */
START_TEST(corrected_time_is_kept)
{
	char *at = place("corrected");

	hand_in(at, "anna");
	go(batch(at, NULL, NULL), 0);
	ask(at, "UPDATE submissions SET submitted = '2026-10-15T19:00:00Z'");
	go(batch(at, NULL, NULL), 0);
	expect_answer(at, "SELECT submitted FROM submissions", "2026-10-15T19:00:00Z\n");
}
END_TEST

/* Another lab's deadline is over, it was handed in, and nobody has had it graded yet. */
START_TEST(lab_left_out_of_a_batch_counts_for_nobody)
{
	char *at = place("left-out");

	hand_in(at, "anna");
	e2e_shell("mkdir -p '%s/class/anna/labs/03-replace' && : >"
		  "'%s/class/anna/labs/03-replace/replace.c'",
		  at, at);
	put(at, "course.yml",
	    "labs:\n  02: {deadline: 2020-10-12 12:00}\n  03: {deadline: 2020-10-12 12:00}\n");
	go(batch(at, "--course", e2e_fmt("%s/course.yml", at)), 0);
	expect_person(at, "anna", "partial");
	ck_assert_ptr_null(lab_of(at, "anna", "03-replace"));
	expect_answer(at, "SELECT lab, run FROM parts ORDER BY lab",
		      "02-records|1\n03-replace|0\n");
	/* The file that labs 11, 12 and 15 share is no hand-in of 15, which has one of its own. */
	e2e_shell("mkdir -p '%s/class/ben/driver/mymap' && : >'%s/class/ben/driver/mymap/mymap.c'",
		  at, at);
	go(batch(at, "--course", e2e_fmt("%s/course.yml", at)), 0);
	expect_answer(at,
		      "SELECT lab, p.run FROM parts p JOIN submissions s ON s.id = p.submission"
		      " WHERE student = 'ben' ORDER BY lab",
		      "11-mymap|0\n12-harden|0\n");
}
END_TEST

/* A file of the kit as students get it, in somebody's submission. */
static void hand_in_starter(const char *at, const char *name, const char *file)
{
	e2e_shell("f='%s/class/%s/%s' && mkdir -p \"${f%%/*}\" && harness/starters --print %s "
		  ">\"$f\"",
		  at, name, file, file);
}

/* What make submit packs where one lab was worked on, and the next one not yet. */
START_TEST(starters_are_not_handed_in)
{
	char *at = place("starters"), *course = e2e_fmt("%s/course.yml", at);
	/* All labs of the course. */
	struct e2e *r = e2e_command(e2e_program(), "batch", "--course", course, "--out",
				    e2e_fmt("%s/grades", at), e2e_fmt("%s/class", at), NULL);

	put(at, "course.yml", "labs:\n  02:\n  03: {deadline: 2120-11-01 00:00}\n");
	hand_in_solution(at, "anna");
	hand_in_starter(at, "anna", "labs/03-replace/replace.c");
	hand_in_starter(at, "ben", RECORDS);
	hand_in_starter(at, "ben", "driver/mymap/mymap.c");
	/* One of two files was worked on. */
	hand_in_starter(at, "carla", "labs/14-screen/draw.c");
	e2e_shell("mkdir '%s/class/carla/driver' '%s/class/carla/driver/screen' && "
		  ": >'%s/class/carla/driver/screen/screen.c'",
		  at, at, at);
	go(r, 0);
	expect_answer(at,
		      "SELECT student, lab FROM parts p JOIN submissions s ON s.id = p.submission"
		      " ORDER BY 1, 2",
		      "anna|02-records\ncarla|14-screen\n");
	expect_person(at, "anna", "full");
	ck_assert_ptr_null(lab_of(at, "anna", "03-replace"));
	expect_person(at, "ben", "missing");
	e2e_expect_has(r, json_dumps(person(at, "ben"), 0),
		       "[\"02: the starter came, unchanged: not handed in\"]");
	/* Nor does a starter that comes later take the place of what was graded. */
	hand_in_starter(at, "anna", RECORDS);
	go(batch(at, NULL, NULL), 0);
	expect_person(at, "anna", "full");
}
END_TEST

/* ----------------------------------------------------------------- several machines */

/* The store of the k-th of n parts; @at has the class. */
static char *part_at(const char *at, int k, int n)
{
	return e2e_fmt("%s/parts/%d-%d", at, k, n);
}

/* A part is graded in these labs; further words, each with its value. */
static struct e2e *grade_part(const char *at, int k, int n, const char *labs, const char *option,
			      const char *value)
{
	return e2e_command(e2e_program(), "batch", "-l", labs, "-o", part_at(at, k, n), "-s", "7",
			   "--part", e2e_fmt("%d/%d", k, n), e2e_fmt("%s/class", at), option, value,
			   NULL);
}

/* What sqlite3 says of a part. */
static char *ask_part(const char *folder, const char *sql)
{
	struct e2e *r = e2e_command("sqlite3", e2e_fmt("%s/grades.db", folder), sql, NULL);

	go(r, 0);
	return r->out;
}

/* Whoever hands in late moves nobody else to another machine; and some machines have nothing. */
START_TEST(parts_are_chosen_by_name_and_may_be_empty)
{
	char *at = place("parts"), *had[6], *has;
	struct e2e *r;
	int round, k, empty = 0;

	hand_in(at, "anna");
	hand_in(at, "carla");
	hand_in(at, "dora");
	for (round = 0; round < 2; round++) {
		for (k = 0; k < 6; k++) {
			go(grade_part(at, k + 1, 6, "02", NULL, NULL), 0);
			has = ask_part(part_at(at, k + 1, 6),
				       "SELECT source FROM submissions WHERE source NOT LIKE '%/b%'"
				       " ORDER BY source");
			if (round)
				ck_assert_str_eq(has, had[k]);
			empty += !*has;
			had[k] = has;
		}
		hand_in(at, "bea");
		hand_in(at, "ben");
	}
	ck_assert_int_eq(empty, 6);
	r = e2e_command(e2e_program(), "merge", "-o", e2e_fmt("%s/grades", at), part_at(at, 1, 6),
			part_at(at, 2, 6), part_at(at, 3, 6), part_at(at, 4, 6), part_at(at, 5, 6),
			part_at(at, 6, 6), NULL);
	go(r, 0);
	e2e_expect_has(r, r->out, "6 stores, 5 gradings new");
	expect_person(at, "dora", "partial");
}
END_TEST

/* Two machines have a half each; one half is handed in once more and graded there. */
START_TEST(merge_again_takes_the_newer_files)
{
	char *at = place("halves"), *joined = e2e_fmt("%s/grades", at), *half[2];
	struct e2e *r;
	int i, round;

	hand_in(at, "anna");
	hand_in(at, "dora");
	for (round = 0; round < 2; round++) {
		for (i = round; i < 2; i++) {
			half[i] = part_at(at, i + 1, 2);
			go(grade_part(at, i + 1, 2, "02", NULL, NULL), 0);
		}
		r = e2e_command(e2e_program(), "merge", "-o", joined, half[0], half[1], NULL);
		go(r, 0);
		ck_assert(points_of(at, "dora", "02-records") == (round ? 6 : 0));
		ck_assert(points_of(at, "anna", "02-records") == 0);
		hand_in_solution(at, "dora");
	}
	/* Once more, and nothing is new. */
	r = e2e_command(e2e_program(), "merge", "-o", joined, half[0], half[1], NULL);
	go(r, 0);
	e2e_expect_has(r, r->out, "2 stores, 0 gradings new");
	ck_assert(points_of(at, "dora", "02-records") == 6);
}
END_TEST

/* ------------------------------------------------------------------- bad input */

static void expect_refused(const char *at, struct e2e *r, const char *part)
{
	go(r, 2);
	e2e_expect_has(r, r->err, part);
	e2e_expect_has(r, r->err, "\nnext: ");
	ck_assert_str_eq(r->out, "");
	ck_assert_msg(access(e2e_fmt("%s/grades/gradebook.csv", at), F_OK), "%s: a gradebook", at);
}

START_TEST(nothing_to_grade_and_nowhere_to_write_are_said)
{
	char *at = place("nothing");
	struct e2e *r;

	expect_refused(at, batch(at, NULL, NULL), "no submissions in ");
	e2e_shell("rmdir '%s/class'", at);
	expect_refused(at, batch(at, NULL, NULL), "class: No such file or directory");
	hand_in(at, "anna");
	expect_refused(at, batch(at, "--roster", "/nowhere/r.csv"), "/nowhere/r.csv: No such file");
	expect_refused(at, batch(at, "--course", "/nowhere/c.yml"), "/nowhere/c.yml: No such file");
	put(at, "r.csv", "name\nx\n");
	expect_refused(at, batch(at, "--roster", e2e_fmt("%s/r.csv", at)),
		       "r.csv, line 1: no column is called id");
	r = e2e_command(e2e_program(), "batch", "--lab", "02", "--out", "/proc/grades",
			e2e_fmt("%s/class", at), NULL);
	expect_refused(at, r, "make the folder /proc/grades: ");
	r = e2e_command(e2e_program(), "batch", "--out", e2e_fmt("%s/grades", at), "--regrade",
			"02", NULL);
	expect_refused(at, r, "--regrade=02");
	r = e2e_command(e2e_program(), "export", "--out", e2e_fmt("%s/none", at), NULL);
	expect_refused(at, r, "none/grades.db: No such file");
	/* After all that, the right command works. */
	go(batch(at, NULL, NULL), 0);
	r = batch(at, "--seed", "1234");
	go(r, 2);
	e2e_expect_has(r, r->err, "the seed of this term is ");
	e2e_expect_has(r, r->err, "\nnext: ");
}
END_TEST

START_TEST(unusable_submissions_do_not_stop_the_rest)
{
	char *at = place("unusable");
	struct e2e *r = batch(at, NULL, NULL);

	hand_in(at, "anna");
	e2e_shell(
		"cd '%s/class' && mkdir empty && echo x >rest.rar && echo x >'../class/..name.zip' "
		"&& cp -r anna \"$(printf 'new\\nline')\" && cp -r anna \"$(printf '\\377')\" && "
		"head -c 100 /dev/zero >zeros.tar.gz && : >nothing.zip && mkdir -p wrong/solution && "
		"echo x >wrong/solution/my.c && d=\"$(printf 'two\nlines')\" && mkdir \"$d\" && "
		"echo x >\"$d/other.txt\"",
		at);
	go(r, 4);
	expect_person(at, "anna", "partial");
	expect_person(at, "new\\x0aline", "partial");
	expect_person(at, "\\xff", "partial");
	expect_person(at, "empty", "unusable");
	expect_person(at, "rest.rar", "unusable");
	expect_person(at, "zeros", "unusable");
	expect_person(at, "nothing", "unusable");
	expect_person(at, "wrong", "unusable");
	e2e_expect_has(r, r->out, "rest.rar is not a folder and cannot be read as an archive");
	e2e_expect_has(r, r->out, "class/two\\x0alines holds none of the labs' files");
	/* Handed in again, usable now. */
	e2e_shell("rm -r '%s/class/empty'", at);
	hand_in(at, "empty");
	go(batch(at, NULL, NULL), 4);
	expect_person(at, "empty", "partial");
}
END_TEST

START_TEST(report_beside_an_archive_is_a_note)
{
	static const char moodle[] = "Anna Example_1001_assignsubmission_file_";
	char *at = place("beside");
	struct e2e *r = batch(at, NULL, NULL);

	e2e_shell("mkdir '%s/class/%s' && echo %%PDF-1.4 >'%s/class/%s/report.pdf'", at, moodle, at,
		  moodle);
	pack(at, e2e_fmt("%s/handin.tar.gz", moodle));
	pack(at, "muster_1002_70001_lab.tar.gz");
	put(at, "class/muster_1002_70002_README.txt", "how to build it\n");
	go(r, 0);
	e2e_expect_has(r, r->out, "report.pdf: no work of a lab, beside another file of theirs");
	expect_person(at, "Anna Example-1001", "partial");
	expect_person(at, "muster-1002", "partial");
	/* What may be work, of another lab perhaps, is a person's to look at. */
	e2e_shell("echo x >'%s/class/%s/lab3.rar'", at, moodle);
	go(batch(at, NULL, NULL), 4);
	expect_person(at, "Anna Example-1001", "held");
	r = e2e_command(e2e_program(), "review", "--out", e2e_fmt("%s/grades", at), NULL);
	go(r, 4);
	e2e_expect_has(r, r->out, "ask for another archive, or remove that file, and run");
	e2e_shell("rm '%s/class/%s/'lab3.rar", at, moodle);
	go(batch(at, NULL, NULL), 0);
	/* A report alone is nothing that could be graded. */
	e2e_shell("rm '%s/class/%s/'*.gz", at, moodle);
	go(batch(at, "--out", e2e_fmt("%s/again", at)), 4);
}
END_TEST

START_TEST(name_of_several_people_is_told_as_that)
{
	char *at = place("several");
	struct e2e *r = batch(at, "--roster", e2e_fmt("%s/roster.csv", at));

	put(at, "roster.csv", "id,name\n1,Li Wang\n2,Wang Li\n");
	hand_in(at, "Li Wang");
	hand_in(at, "stranger");
	go(r, 4);
	r = e2e_command(e2e_program(), "review", "--out", e2e_fmt("%s/grades", at), NULL);
	go(r, 4);
	e2e_expect_has(r, r->out, "Li Wang: several people of the roster fit its name\n");
	e2e_expect_has(r, r->out, "next: give the submission the id of one in its name");
	e2e_expect_has(r, r->out, "next: add them to the roster, or give the submission");
	e2e_shell("mv '%s/class/Li Wang' '%s/class/Li Wang 1' && rm -r '%s/class/stranger'", at, at,
		  at);
	go(batch(at, NULL, NULL), 4);
	expect_person(at, "1", "partial");
	r = e2e_command(e2e_program(), "review", "--out", e2e_fmt("%s/grades", at), NULL);
	go(r, 4);
	e2e_expect_lacks(r, r->out, "several people");
}
END_TEST

START_TEST(export_keeps_no_file_of_who_is_called_otherwise_now)
{
	char *at = place("called-otherwise"), *grades = e2e_fmt("%s/grades", at);

	put(at, "roster.csv", "id,name\ns1,Anna\n");
	hand_in(at, "stranger");
	go(batch(at, "--roster", e2e_fmt("%s/roster.csv", at)), 4);
	go(e2e_command(e2e_program(), "export", "-o", grades, "-f", "gradescope", NULL), 4);
	put(at, "grades/gradescope/mine.json", "{}");
	e2e_shell("test -e '%s/gradescope/_stranger.json' && cd '%s/class' && mv stranger s1",
		  grades, at);
	go(batch(at, NULL, NULL), 0);
	go(e2e_command(e2e_program(), "export", "-o", grades, "-f", "gradescope", NULL), 0);
	e2e_shell("test \"$(ls '%s/gradescope')\" = \"$(printf 'mine.json\ns1.json')\"", grades);
}
END_TEST

START_TEST(full_disk_loses_nothing)
{
	char *at = place("full");
	struct e2e *r;
	int i;

	for (i = 0; i < 6; i++)
		hand_in(at, e2e_fmt("s%d", i));
	go(batch(at, NULL, NULL), 0);
	/* Six more gradings are 220 writes or so; all from the 100th on fail. */
	r = e2e_command("strace", "-qq", "-o", e2e_fmt("%s/trace", at), "-e", "trace=pwrite64",
			"-e", "inject=pwrite64:error=ENOSPC:when=100+", e2e_program(), "batch",
			"--lab", "02", "--regrade=02", "--out", e2e_fmt("%s/grades", at),
			e2e_fmt("%s/class", at), NULL);
	go(r, 2);
	e2e_expect_has(r, r->err, "grades.db: the disk is full\nnext: free some space");
	expect_answer(at, "SELECT count(*) FROM current_gradings WHERE status = 'partial'", "6\n");
	expect_answer(at, "SELECT count(*) > 6 AND count(*) < 12 FROM gradings", "1\n");
	go(batch(at, "--regrade=02", NULL), 0);
	expect_person(at, "s5", "partial");
}
END_TEST

START_TEST(changed_store_is_refused_and_kept)
{
	char *at = place("edited");
	struct e2e *r = batch(at, NULL, NULL);

	hand_in(at, "anna");
	go(r, 0);
	ask(at, "UPDATE gradings SET points = 6, status = 'full'");
	r = batch(at, NULL, NULL);
	go(r, 2);
	e2e_expect_has(r, r->err, "grading 1 (anna, 02-records) was changed since it was made");
	expect_answer(at, "SELECT points FROM gradings", "6.0\n");
	r = e2e_command(e2e_program(), "export", "--out", e2e_fmt("%s/grades", at), NULL);
	go(r, 2);
	/* What the message says to do helps. */
	ask(at, "DELETE FROM tests WHERE grading = 1; DELETE FROM gradings WHERE id = 1");
	r = batch(at, NULL, NULL);
	go(r, 0);
	e2e_expect_has(r, r->out, "1 gradings new");
	ask(at, "PRAGMA user_version = 6");
	r = batch(at, NULL, NULL);
	go(r, 2);
	e2e_expect_has(r, r->err, "is of version 6, this mmaplab writes version 5");
}
END_TEST

START_TEST(one_batch_at_a_time_writes_to_a_folder)
{
	char *at = place("lock");
	struct e2e *first = batch(at, NULL, NULL), *second;

	hand_in_solution(at, "anna");
	e2e_start(first);
	while (access(e2e_fmt("%s/grades/grades.db", at), F_OK)) {
		ck_assert(!e2e_done(first));
		usleep(2000);
	}
	second = batch(at, NULL, NULL);
	go(second, 2);
	e2e_expect_has(second, second->err, "another batch is writing to ");
	e2e_wait(first);
	e2e_expect_status(first, 0);
}
END_TEST

START_TEST(results_go_into_the_formats_of_others)
{
	char *at = place("formats"), *text;
	struct e2e *r = batch(at, NULL, NULL);

	hand_in(at, "anna");
	hand_in(at, "x y");
	e2e_shell("mkdir '%s/class/empty'", at);
	go(r, 4);
	r = e2e_command(e2e_program(), "export", "-o", e2e_fmt("%s/grades", at), "-f", "tap", NULL);
	go(r, 4);
	e2e_expect_has(r, r->out, "2 results, 1 people without");
	text = e2e_read(e2e_fmt("%s/grades/tap/x_y.tap", at));
	ck_assert_ptr_nonnull(strstr(text, "not ok 1 - 02-records "));
	r = e2e_command(e2e_program(), "export", "-o", e2e_fmt("%s/grades", at), "-f", "pdf", NULL);
	go(r, 2);
	e2e_expect_has(r, r->err, "no format 'pdf'");
}
END_TEST

START_TEST(examples_of_the_text_work)
{
	char *at = place("examples");
	struct e2e *r =
		e2e_command(e2e_program(), "course", "check", e2e_fmt("%s/course.yml", at), NULL);

	e2e_shell(
		"awk '/^```yaml/ { on = 1; next } /^```/ { on = 0 } on' GRADING.md >'%s/course.yml'",
		at);
	put(at, "roster.csv", "id,name\ns1001,Anna\nben,Ben\n");
	go(r, 0);
	e2e_expect_has(r, r->out,
		       "02-records         10 points, weight 2, until Mon 2026-10-12 23:59");
	e2e_expect_has(r, r->out, "roster: 2 people");
	hand_in(at, "anna");
	go(batch(at, NULL, NULL), 0);
	e2e_shell(
		"cd '%s' && awk '/sqlite3 grades\\/grades.db/ { on = 1 } on; on && /\"$/ { exit }' "
		"'%s/GRADING.md' >query && sh query >answer && grep -q '^02-records|.*|1$' answer",
		at, e2e_root());
}
END_TEST

START_TEST(progress_is_one_line_on_a_terminal_and_few_elsewhere)
{
	char *at = place("progress"), *screen;
	struct e2e *r = batch(at, NULL, NULL);
	int i;

	for (i = 0; i < 5; i++)
		hand_in(at, e2e_fmt("s%d", i));
	go(r, 0);
	e2e_expect_has(r, r->err, "5 of 5 gradings");
	e2e_expect_lacks(r, r->err, "\r");
	e2e_expect_lacks(r, r->err, "4 of 5");
	/* script(1) gives it a terminal. */
	e2e_shell(
		"script -qec '%s batch --lab 02 --regrade=02 --out %s/grades %s/class >/dev/null' "
		"%s/screen >/dev/null",
		e2e_program(), at, at, at);
	screen = e2e_read(e2e_fmt("%s/screen", at));
	e2e_expect_has(r, screen, "\r\033[K4 of 5 gradings, ");
	e2e_expect_has(r, screen, " min left");
}
END_TEST

/* A person with two submissions, by their names on two machines, of lab 02, and one more in lab 03. */
static char *class_on_two_machines(const char *name)
{
	char *at = place(name);

	hand_in(at, "s40");
	hand_in(at, "s40.v2");
	e2e_shell("echo 'int other;' >'%s/class/s40.v2/" RECORDS "'", at);
	e2e_shell(
		"mkdir -p '%s/class/s41/labs/03-replace' && : >'%s/class/s41/labs/03-replace/replace.c'",
		at, at);
	put(at, "roster.csv", "id\ns40\ns41\n");
	return at;
}

/* Both parts, or one if @only is not 0. */
static void grade_parts(const char *at, int only, const char *labs, const char *round, int status)
{
	int k;

	for (k = 1; k <= 2; k++)
		if (!only || only == k)
			go(e2e_command(e2e_program(), "batch", "-l", labs, "-o", part_at(at, k, 2),
				       "-s", "7", "--part", e2e_fmt("%d/2", k), "-r",
				       e2e_fmt("%s/roster.csv", at), e2e_fmt("%s/class", at),
				       round ? "--round" : NULL, round, NULL),
			   status);
}

/* Parts of two into a folder of the place. */
static struct e2e *merge(const char *at, const char *into, int first, int second, int status)
{
	struct e2e *r = e2e_command(e2e_program(), "merge", "-o", e2e_fmt("%s/%s", at, into),
				    part_at(at, first, 2), second ? part_at(at, second, 2) : NULL,
				    NULL);

	go(r, status);
	return r;
}

static void expect_refused_merge(const char *at, int first, int second, const char *part)
{
	struct e2e *r = merge(at, "grades", first, second, 2);

	e2e_expect_has(r, r->err, part);
}

static void expect_same_gradebook(const char *at, const char *one, const char *other)
{
	e2e_shell("diff '%s/%s/gradebook.csv' '%s/%s/gradebook.csv' >&2", at, one, at, other);
}

/* Rounds tell which runs are one; so does a merge after each. */
START_TEST(second_lab_leaves_the_first_as_it_was)
{
	static const char *const labs[] = { "02", "03" };
	char *at = class_on_two_machines(e2e_fmt("second-lab%d", _i));
	int i;

	for (i = 0; i < 2; i++) {
		grade_parts(at, 0, labs[i], _i ? NULL : labs[i], 0);
		if (_i)
			merge(at, "grades", 1, 2, 4);
		go(e2e_command(e2e_program(), "batch", "-l", labs[i], "-o", e2e_fmt("%s/local", at),
			       "-s", "7", "-r", e2e_fmt("%s/roster.csv", at),
			       e2e_fmt("%s/class", at), NULL),
		   4);
	}
	merge(at, "grades", 1, 2, 4);
	expect_same_gradebook(at, "local", "grades");
	ck_assert_str_eq(e2e_text(lab_of(at, "s40", "02-records"), "status"), "ambiguous");
	/* One part has seen a third round, the other has not: it is no round's last part. */
	grade_parts(at, 1, "03", "third", 0);
	merge(at, "grades", 1, 2, 4);
	expect_same_gradebook(at, "local", "grades");
	if (!_i) {
		merge(at, "anew", 2, 1, 4);
		expect_same_gradebook(at, "local", "anew");
	}
}
END_TEST

/* When a run began says which is the later, and not which store was named first. */
START_TEST(stores_may_be_merged_in_any_order)
{
	static const char *const into[] = { "grades", "turned", "slowly" };
	char *at = class_on_two_machines("order");
	struct e2e *r;
	int i;

	grade_parts(at, 0, "02", NULL, 0);
	for (i = 1; i <= 2; i++)
		ask_part(part_at(at, i, 2),
			 e2e_fmt("UPDATE runs SET started = '2026-01-0%dT00:00:00Z'", 3 - i));
	r = merge(at, "slowly", 2, 0, 0);
	e2e_expect_has(r, r->out,
		       "\n1 of 2 parts are not among these stores, part 1 is one; next: ");
	grade_parts(at, 0, "03", NULL, 0);
	r = merge(at, "grades", 1, 2, 0);
	e2e_expect_lacks(r, r->out, "not among");
	merge(at, "turned", 2, 1, 0);
	/* What began before that which is there goes in before it. */
	merge(at, "slowly", 1, 0, 0);
	merge(at, "slowly", 1, 2, 0);
	for (i = 0; i < 3; i++) {
		char *sql = e2e_fmt("SELECT source LIKE '%%/s40.v2' FROM current_submissions"
				    " WHERE student = 's40' AND lab = '02-records'");

		ck_assert_str_eq(ask_part(e2e_fmt("%s/%s", at, into[i]), sql), "1\n");
		expect_same_gradebook(at, "grades", into[i]);
	}
}
END_TEST

/* The same steps on one machine. */
static void grade_local(const char *at, int status)
{
	go(e2e_command(e2e_program(), "batch", "-l", "02", "-o", e2e_fmt("%s/local", at), "-s", "7",
		       "-r", e2e_fmt("%s/roster.csv", at), e2e_fmt("%s/class", at), NULL),
	   status);
}

START_TEST(roster_may_be_corrected_after_a_merge)
{
	char *at = place("corrected-roster");
	int i;

	hand_in(at, "anna");
	for (i = 0; i < 2; i++) {
		put(at, "roster.csv", i ? "id,name\ns7,anna\n" : "id,name\ns6,anna\n");
		grade_parts(at, 0, "02", NULL, 0);
		grade_local(at, 0);
		merge(at, "grades", 2, 1, 0);
		expect_same_gradebook(at, "local", "grades");
	}
	expect_person(at, "s7", "partial");
	/* Two last runs that say otherwise are another thing. */
	e2e_shell("cp -r '%s' '%s'; sqlite3 '%s/grades.db' \"UPDATE rounds SET name = name || 'x'; "
		  "UPDATE submissions SET student = 's6'\"",
		  part_at(at, 1, 2), part_at(at, 3, 2), part_at(at, 3, 2));
	expect_refused_merge(at, 1, 3, "another store that it is by s");
}
END_TEST

/* By its names it is first on one machine, then on the other. */
START_TEST(unknown_is_known_again_on_another_machine)
{
	char *at = place("renamed");

	hand_in(at, "anna");
	put(at, "roster.csv", "id\ns07\n");
	grade_parts(at, 1, "02", NULL, 4);
	grade_parts(at, 2, "02", NULL, 0);
	grade_local(at, 4);
	merge(at, "grades", 1, 2, 4);
	expect_person(at, "?anna", "partial");
	e2e_shell("mv '%s/class/anna' '%s/class/s07'", at, at);
	grade_parts(at, 1, "02", NULL, 4);
	grade_parts(at, 2, "02", NULL, 0);
	grade_local(at, 0);
	merge(at, "grades", 1, 2, 0);
	expect_same_gradebook(at, "local", "grades");
	merge(at, "anew", 2, 1, 0);
	expect_same_gradebook(at, "local", "anew");
}
END_TEST

START_TEST(what_is_no_store_is_not_merged_and_stays)
{
	static const char *const texts[] = { "", "2 of 2 gradings, and so on for some bytes\n" };
	char *at = place("logs");
	int i;

	for (i = 0; i < 2; i++) {
		put(at, "parts/1-2", texts[i]);
		expect_refused_merge(at, 1, 0, "parts/1-2 is no store\nnext: ");
		ck_assert_str_eq(e2e_read(part_at(at, 1, 2)), texts[i]);
	}
}
END_TEST

static Suite *make_suite(void)
{
	Suite *s = suite_create("batch");
	/* With what else a host has to have: zip, strace, sqlite3 (harness/tests/fresh). */
	TCase *t = tcase_create("programs");

	suite_add_tcase(s, t);
	tcase_set_timeout(t, 300);
	tcase_add_test(t, folders_and_archives_of_a_class_are_found);
	tcase_add_test(t, full_disk_loses_nothing);
	tcase_add_test(t, examples_of_the_text_work);
	t = tcase_create("all");
	suite_add_tcase(s, t);
	tcase_set_timeout(t, 300);
	tcase_add_test(t, downloads_of_platforms_say_who_and_when);
	tcase_add_test(t, what_a_student_writes_does_not_say_who_it_is);
	tcase_add_test(t, single_files_of_platforms_are_submissions);
	tcase_add_test(t, roster_tells_who_is_missing_and_who_is_unknown);
	tcase_add_loop_test(t, stopped_batch_goes_on_where_it_was, 0, 3);
	tcase_add_test(t, machine_is_kept_while_nothing_is_left_in_it);
	tcase_add_test(t, lost_worker_takes_no_grading_along);
	tcase_add_test(t, lost_machine_takes_no_grading_along);
	tcase_add_test(t, what_the_host_broke_is_graded_again);
	tcase_add_test(t, only_what_changed_is_graded_again);
	tcase_add_test(t, other_tests_than_before_are_told_and_graded_again);
	tcase_add_test(t, two_submissions_of_one_person_need_a_person);
	tcase_add_test(t, labs_without_points_yet_keep_the_others_from_a_platform);
	tcase_add_test(t, course_decides_labs_points_and_lateness);
	tcase_add_test(t, decision_counts_until_the_files_change);
	tcase_add_test(t, decision_settles_what_is_missing_or_unusable);
	tcase_add_test(t, corrected_time_is_kept);
	tcase_add_test(t, lab_left_out_of_a_batch_counts_for_nobody);
	tcase_add_test(t, starters_are_not_handed_in);
	tcase_add_test(t, nothing_to_grade_and_nowhere_to_write_are_said);
	tcase_add_test(t, unusable_submissions_do_not_stop_the_rest);
	tcase_add_test(t, changed_store_is_refused_and_kept);
	tcase_add_test(t, one_batch_at_a_time_writes_to_a_folder);
	tcase_add_test(t, results_go_into_the_formats_of_others);
	tcase_add_test(t, progress_is_one_line_on_a_terminal_and_few_elsewhere);
	t = tcase_create("waiting");
	suite_add_tcase(s, t);
	tcase_set_timeout(t, 300);
	tcase_add_test(t, report_beside_an_archive_is_a_note);
	tcase_add_test(t, name_of_several_people_is_told_as_that);
	tcase_add_test(t, export_keeps_no_file_of_who_is_called_otherwise_now);
	t = tcase_create("machines");
	suite_add_tcase(s, t);
	tcase_set_timeout(t, 300);
	tcase_add_test(t, parts_are_chosen_by_name_and_may_be_empty);
	tcase_add_test(t, merge_again_takes_the_newer_files);
	tcase_add_loop_test(t, second_lab_leaves_the_first_as_it_was, 0, 2);
	tcase_add_test(t, stores_may_be_merged_in_any_order);
	tcase_add_test(t, roster_may_be_corrected_after_a_merge);
	tcase_add_test(t, unknown_is_known_again_on_another_machine);
	tcase_add_test(t, what_is_no_store_is_not_merged_and_stays);
	return s;
}

int main(void)
{
	e2e_begin();
	return e2e_finish(make_suite());
}
