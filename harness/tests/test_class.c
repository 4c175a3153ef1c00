// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_class.c - what a class is read from and kept in: tables, course files,
 * names of submissions, the roster, and the store.
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests.h"

#include "course.h"
#include "csvfile.h"
#include "gradebook.h"
#include "report.h"
#include "review.h"
#include "roster.h"
#include "sources.h"
#include "store.h"
#include "term.h"
#include "util.h"
#include "ytree.h"

#define expect_error(e, part) \
	ck_assert_msg(strstr((e).text, (part)) != NULL, "no \"%s\" in: %s", (part), (e).text)

static char *put(const char *name, const char *text)
{
	tests_write_text(name, text);
	return tests_path("%s", name);
}

/* -------------------------------------------------------------------- tables */

static void expect_cells(const char *text, const char *wanted)
{
	struct csv_file f;
	struct err e = { 0 };
	char got[1024] = "";
	size_t i, k;

	ck_assert_msg(!csv_file_read(put("t.csv", text), &f, &e), "%s", e.text);
	for (i = 0; i < f.count; i++)
		for (k = 0; k < f.row[i].count; k++)
			sprintf(got + strlen(got), "%s[%s]", k || !i ? "" : "\n", f.row[i].cell[k]);
	ck_assert_str_eq(got, wanted);
	csv_file_clear(&f);
}

START_TEST(table_is_read_as_spreadsheets_write_it)
{
	expect_cells("a,b\n1,2\n", "[a][b]\n[1][2]");
	expect_cells("\xef\xbb\xbf\"a\",b\r\n\"1,\"\"x\"\"\n2\", 3 \r\n",
		     "[a][b]\n[1,\"x\"\n2][3]");
	expect_cells("a;b,c;d\n1;2;\n", "[a][b,c][d]\n[1][2][]");
	expect_cells("a\tb\n1\t\n", "[a][b]\n[1][]");
	/* Rows of nothing, and a last line without its end. */
	expect_cells("a,b\n\n,\n1,\xc3\xa4", "[a][b]\n[1][\xc3\xa4]");
}
END_TEST

static void expect_table_error(const char *text, size_t size, const char *part)
{
	struct csv_file f;
	struct err e = { 0 };

	tests_write("bad.csv", text, size);
	ck_assert_int_lt(csv_file_read(tests_path("bad.csv"), &f, &e), 0);
	expect_error(e, part);
}

START_TEST(bad_table_is_named_with_its_line)
{
	expect_table_error("", 0, "is empty");
	expect_table_error("a,b\n1,\"2\n3,4\n", 13, "line 2: the quote that begins here");
	expect_table_error("a,b\n1,2\"3\n", 10, "line 2: a quote within a cell");
	expect_table_error("a,b\n\xff,2\n", 8, "line 2: not UTF-8");
	expect_table_error("a\0,\0", 4, "line 1: a NUL byte");
	expect_table_error("a,b\n\033[2J,2\n", 11, "line 2: not UTF-8, or a control byte");
}
END_TEST

START_TEST(cells_are_written_so_that_they_are_read_again)
{
	static const char *const cells[] = { "a,b", "\"q\"", "two\nlines", "=1+1", "", "x;y" };
	char *path = put("w.csv", "");
	FILE *out = fopen(path, "w");
	struct csv_file f;
	struct err e = { 0 };
	size_t i;

	for (i = 0; i < 6; i++)
		csv_cell(out, cells[i], !i);
	fputc('\n', out);
	fclose(out);
	ck_assert_msg(!csv_file_read(path, &f, &e), "%s", e.text);
	ck_assert_uint_eq(f.row[0].count, 6);
	for (i = 0; i < 6; i++)
		ck_assert_str_eq(f.row[0].cell[i], i == 3 ? "'=1+1" : cells[i]);
	csv_file_clear(&f);
}
END_TEST

/* A table cut after any byte, and with any byte changed, is read or refused. */
START_TEST(damaged_table_and_tree_do_no_harm)
{
	static const char table[] = "id,name\n1,\"A \"\"x\"\", B\"\r\n2;3,\xc3\xa4\n";
	static const char tree[] = "a: [1, {b: 'c'}]\nd:\n  - e: \"f\\n\"\n  - |\n    g\n";
	static const char bytes[] = "\"',;\n\r\t:-[{&*!|\xff ";
	size_t i, k;

	for (i = 0; i < sizeof(table) + sizeof(tree); i++)
		for (k = 0; k < sizeof(bytes); k++) {
			char text[80] = { 0 };
			struct csv_file f;
			struct ytree *t;
			struct err e = { 0 };
			bool cut = k == sizeof(bytes) - 1;

			memcpy(text, table, sizeof(table));
			if (i < sizeof(table)) {
				text[i] = cut ? 0 : bytes[k];
				if (!csv_file_read(put("d.csv", text), &f, &e))
					csv_file_clear(&f);
				else
					ck_assert_str_ne(e.text, "");
				continue;
			}
			memcpy(text, tree, sizeof(tree));
			text[i - sizeof(table)] = cut ? 0 : bytes[k];
			if (!ytree_read(put("d.yml", text), &t, &e))
				ytree_free(t);
			else
				ck_assert_str_ne(e.text, "");
		}
}
END_TEST

/* -------------------------------------------------------------- course files */

static struct manifest *all_labs(void)
{
	static struct manifest *m;
	struct err e = { 0 };

	if (!m)
		ck_assert_msg(!manifest_load(".", &m, &e), "%s", e.text);
	return m;
}

static struct course *read_course(const char *text)
{
	struct course *c;
	struct err e = { 0 };

	ck_assert_msg(!course_read(put("c.yml", text), all_labs(), &c, &e), "%s", e.text);
	return c;
}

START_TEST(course_says_labs_points_and_deadlines)
{
	double share;
	struct course *c = read_course("# of this term\n"
				       "term: \"Systems: autumn\"\n"
				       "timezone: Europe/Berlin\n"
				       "roster: people.csv\n"
				       "late:\n"
				       "  percent per day: 10\n"
				       "  grace minutes: 15\n"
				       "  maximum days: 3\n"
				       "labs:\n"
				       "  02-records:\n"
				       "    deadline: 2026-10-12 23:59\n"
				       "    points: 10\n"
				       "    weight: 2\n"
				       "  01:\n"
				       "  11: {deadline: 2026-11-02 12:00 +0000}\n");
	time_t due;

	ck_assert_str_eq(c->term, "Systems: autumn");
	ck_assert_str_eq(c->roster, tests_path("people.csv"));
	ck_assert_uint_eq(c->count, 3);
	ck_assert_str_eq(c->lab[0].lab->id, "02-records");
	/* Summer time: two hours east. */
	due = c->lab[0].deadline;
	ck_assert_int_eq(due, 1791842340);
	ck_assert(c->lab[0].points == 10 && c->lab[0].weight == 2);
	ck_assert_int_eq(c->lab[1].deadline, 0);
	ck_assert_int_eq(c->lab[2].deadline, 1793620800);
	ck_assert_int_eq(course_late(c, &c->lab[0], "s1", due + 15 * 60, &share), 0);
	ck_assert(share == 1);
	/* A day begins with the deadline, not with the end of the grace. */
	ck_assert_int_eq(course_late(c, &c->lab[0], "s1", due + 15 * 60 + 1, &share), 1);
	ck_assert(share == 0.9);
	ck_assert_int_eq(course_late(c, &c->lab[0], "s1", due + 86400, &share), 1);
	ck_assert_int_eq(course_late(c, &c->lab[0], "s1", due + 86401, &share), 2);
	ck_assert(share == 0.8);
	ck_assert_int_eq(course_late(c, &c->lab[0], "s1", due + 3 * 86400 + 1, &share), 4);
	ck_assert(share == 0);
	ck_assert_int_eq(course_late(c, &c->lab[0], "s1", 0, &share), 0);
	ck_assert_int_eq(course_late(c, &c->lab[1], "s1", due, &share), 0);
	/* The day on which clocks are set back (25 October) has an hour more. */
	c->lab[0].deadline += 12 * 86400;
	due = c->lab[0].deadline;
	ck_assert_int_eq(course_late(c, &c->lab[0], "s1", due + 25 * 3600, &share), 1);
	ck_assert_int_eq(course_late(c, &c->lab[0], "s1", due + 25 * 3600 + 1, &share), 2);
	/* With no word about lateness the days are counted, and cost nothing. */
	c->late = false;
	c->grace_minutes = 0;
	ck_assert_int_eq(course_late(c, &c->lab[0], "s1", due + 1, &share), 1);
	ck_assert(share == 1);
	course_free(c);
}
END_TEST

static void expect_course_error(const char *text, const char *part)
{
	struct course *c;
	struct err e = { 0 };

	ck_assert_int_lt(course_read(put("bad.yml", text), all_labs(), &c, &e), 0);
	ck_assert_ptr_null(c);
	expect_error(e, "bad.yml, line ");
	expect_error(e, part);
}

static bool is_s1001(const void *people, const char *id)
{
	(void)people;
	return !strcmp(id, "s1001");
}

START_TEST(an_extension_is_one_persons)
{
	struct err e = { 0 };
	double share;
	struct course *c = read_course("timezone: Europe/Berlin\n"
				       "late:\n"
				       "  percent per day: 10\n"
				       "  grace minutes: 15\n"
				       "labs:\n"
				       "  02:\n"
				       "    extensions:\n"
				       "      s1001: 2026-10-19 23:59\n"
				       "      s1002: 2026-10-20 12:00 +0000\n"
				       "    deadline: 2026-10-12 23:59\n");
	time_t due = 1791842340, week = 7 * 86400;

	ck_assert_int_eq(course_extension(&c->lab[0], "s1001"), due + week);
	ck_assert_int_eq(course_extension(&c->lab[0], "s1003"), 0);
	ck_assert_int_eq(course_late(c, &c->lab[0], "s1003", due + week, &share), 7);
	/* With the same grace, and its days begin with their own deadline. */
	ck_assert_int_eq(course_late(c, &c->lab[0], "s1001", due + week + 900, &share), 0);
	ck_assert(share == 1);
	ck_assert_int_eq(course_late(c, &c->lab[0], "s1001", due + week + 901, &share), 1);
	ck_assert(share == 0.9);
	ck_assert_int_lt(course_people_check(c, is_s1001, NULL, &e), 0);
	expect_error(e, "c.yml, line 9: nobody on the roster is 's1002'");
	c->lab[0].extensions--;
	ck_assert_int_eq(course_people_check(c, is_s1001, NULL, &e), 0);
	c->lab[0].extensions++;
	course_free(c);
}
END_TEST

START_TEST(bad_course_is_named_with_its_line)
{
	expect_course_error("", "line 1: the file is empty");
	expect_course_error("term: x\n", "line 1: no labs");
	expect_course_error("labs:\n  02:\n    dedline: 2026-10-12 10:00\n",
			    "line 3: 02-records knows no 'dedline'");
	expect_course_error("labs:\n  02:\n    deadline: 12.10.2026\n",
			    "line 3: '12.10.2026' is no time");
	expect_course_error("labs:\n  02:\n    deadline: 2026-02-30 10:00\n", "line 3: ");
	expect_course_error("labs:\n  02:\n    deadline: 2026-02-03 10:61\n", "line 3: ");
	expect_course_error("labs:\n  02:\n    points: ten\n", "line 3: points is 'ten'");
	expect_course_error("labs:\n  02:\n    points: -1\n", "line 3: points is '-1'");
	expect_course_error("labs:\n  02:\n    points: 1e999\n", "line 3: ");
	expect_course_error("labs:\n  02:\n    extensions:\n      s1: 2026-10-12 10:00\n",
			    "extensions of 02-records, which has no deadline");
	expect_course_error("labs:\n  02:\n    deadline: 2026-10-12 10:00\n    extensions:\n"
			    "      s1: 2026-10-12 10:00\n",
			    "line 5: the extension of s1 is not after the deadline");
	expect_course_error("labs:\n  02:\n    deadline: 2026-10-12 10:00\n    extensions:\n"
			    "      s1: tomorrow\n",
			    "line 5: 'tomorrow' is no time");
	expect_course_error("labs:\n  02:\n    deadline: 2026-10-12 10:00\n    extensions:\n"
			    "      - s1\n",
			    "line 5: extensions: expected lines of the form");
	expect_course_error("labs:\n  02:\n    deadline: 2026-10-12 10:00\n    extensions:\n"
			    "      s1: 2026-10-13 10:00\n      s1: 2026-10-14 10:00\n",
			    "line 6: 's1' stands here a second time");
	expect_course_error("labs:\n  99:\n", "line 2: ");
	expect_course_error("labs:\n  02:\n  records:\n",
			    "line 3: 02-records stands here a second");
	expect_course_error("labs:\n  02:\n  02:\n", "line 3: '02' stands here a second time");
	expect_course_error("labs:\n\t02:\n", "line 2: ");
	expect_course_error("labs: [02]\n", "line 1: no labs");
	expect_course_error("term: &a x\nlabs:\n  02:\n", "line 1: anchors");
	expect_course_error("labs:\n  02: *a\n", "line 2: aliases");
	expect_course_error("labs:\n  02:\nlate: 10\n", "line 3: late");
	expect_course_error("labs:\n  02:\nlate:\n  grace minutes: 1\n",
			    "'percent per day' is missing");
	expect_course_error("labs:\n  02:\nlate:\n  percent per day: 1\n  maximum days: 0.5\n",
			    "line 5: maximum days is '0.5'\nnext: a whole number from 0 to 365");
	expect_course_error("labs:\n  02:\nlate:\n  percent per day: 1\n  grace minutes: 2.7\n",
			    "line 5: grace minutes is '2.7'\nnext: a whole number");
	expect_course_error("labs:\n  02:\ntimezone: Mars/Base\n",
			    "line 3: no time zone 'Mars/Base'");
	expect_course_error("labs:\n  02:\n---\nlabs:\n  03:\n", "line 3: a second document");
}
END_TEST

/* --------------------------------------------------------------------- names */

START_TEST(times_are_read_in_the_ways_that_platforms_write_them)
{
	time_t t;

	setenv("TZ", "Europe/Berlin", 1);
	tzset();
	ck_assert(time_read("2026-10-12 23:59", &t) && t == 1791842340);
	ck_assert(time_read("2026-10-12T21:59:00Z", &t) && t == 1791842340);
	ck_assert(time_read("2026-10-12 23:59:00.432443000 +02:00", &t) && t == 1791842340);
	ck_assert(time_read("2026-10-12 16:59:00 -0500", &t) && t == 1791842340);
	ck_assert(time_read("2026-10-12 21:59 UTC", &t) && t == 1791842340);
	ck_assert(!time_read("2026-10-12", &t));
	ck_assert(!time_read("2026-13-12 10:00", &t));
	/* An hour that the clocks leave out; in another zone it is one. */
	ck_assert(!time_read("2026-03-29 02:30", &t));
	ck_assert(time_read("2026-03-29 02:30 UTC", &t) && t == 1774751400);
	ck_assert(time_read("2026-03-29 03:30", &t) && t == 1774747800);
	ck_assert(!time_read("2026-10-12 10:00 tomorrow", &t));
}
END_TEST

START_TEST(names_are_shown_so_that_none_looks_like_another)
{
	ck_assert_str_eq(source_show("a\nb"), "a\\x0ab");
	ck_assert_str_eq(source_show("a\\x0ab"), "a\\x5cx0ab");
	ck_assert_str_eq(source_show("\xff\033[2J"), "\\xff\\x1b[2J");
	ck_assert_str_eq(source_base("x/../anna b.tar.gz"), "anna b");
	ck_assert_str_eq(source_base("x/.zip"), ".zip");
	/* Of make submit. */
	ck_assert_str_eq(source_base("x/anna-0123456789ab.tar.gz"), "anna");
	ck_assert_str_eq(source_base("x/submission-0123456789ab.zip"), "submission-0123456789ab");
	ck_assert_str_eq(source_base("x/submission-a-0123456789ab.zip"), "submission-a");
	ck_assert_str_eq(source_base("x/lab02-202311070123.zip"), "lab02-202311070123");
	ck_assert_str_eq(source_base("x/anna-0123456789a.zip"), "anna-0123456789a");
	ck_assert_str_eq(source_base("x/anna-0123456789aB.zip"), "anna-0123456789aB");
	ck_assert_str_eq(source_base("-0123456789ab"), "-0123456789ab");
}
END_TEST

static const char *match(const char *table, struct source s)
{
	struct roster r;
	struct err e = { 0 };
	const struct roster_row *row;
	const char *why = "";

	ck_assert_msg(!roster_read(put("r.csv", table), &r, &e), "%s", e.text);
	s.base = s.base ? s.base : "";
	row = roster_match(&r, &s, &why);
	return row ? row->cell[ROSTER_ID] : why;
}

START_TEST(people_are_found_by_number_id_or_name)
{
	static const char table[] = "name,id,lms,email\n"
				    "\"Example, Anna\",s1,1001,anna@x.org\n"
				    "Ben Muster,s12,Participant 1002,\n"
				    "Carla Doe,S13,,\nCarla Doe,s14,,\n";

	ck_assert_str_eq(match(table, (struct source){ .base = "lab-s12.v2" }), "s12");
	ck_assert_str_eq(match(table, (struct source){ .base = "s13" }), "S13");
	ck_assert_str_eq(match(table, (struct source){ .base = "anna example" }), "s1");
	ck_assert_str_eq(match(table, (struct source){ .base = "x", .id = "1002" }), "s12");
	ck_assert_str_eq(match(table, (struct source){ .base = "x", .email = "ANNA@x.org" }), "s1");
	/* A platform's file: what the student called it says nothing. */
	ck_assert_str_eq(match(table, (struct source){ .base = "exampleanna-77 s12",
						       .person = "exampleanna",
						       .id = "77",
						       .layout = "canvas" }),
			 "s1");
	ck_assert_ptr_nonnull(strstr(
		match(table, (struct source){ .base = "s12", .email = "other@x.org" }), "nobody"));
	/* A number of the platform's is another than the student's id. */
	ck_assert_ptr_nonnull(
		strstr(match(table, (struct source){ .base = "x", .person = "Dora", .id = "s13" }),
		       "nobody"));
	ck_assert_ptr_nonnull(strstr(match(table, (struct source){ .base = "s123" }), "nobody"));
	ck_assert_ptr_nonnull(
		strstr(match(table, (struct source){ .base = "Carla_Doe" }), "several people"));
	ck_assert_ptr_nonnull(
		strstr(match(table, (struct source){ .base = "s12+s13" }), "several people"));
}
END_TEST

static void expect_named(const char *table, const char *layout, const char *name,
			 const char *wanted)
{
	struct source s = { .layout = layout, .base = (char *)name };
	const char *got;

	if (strcmp(layout, "folder"))
		s.person = (char *)name;
	got = match(table, s);
	ck_assert_msg(!strncmp(got, wanted, strlen(wanted)), "%s '%s' is of '%s', not '%s'", layout,
		      name, got, wanted);
}

START_TEST(name_is_compared_word_by_word)
{
	static const char table[] = "id,name\n1,Lin Da\n2,Linda Berg\n3,\"O'Neil, Anna Maria\"\n"
				    "4,Anna\n5,Li Wang\n6,Wang Li\n7,Jos\xc3\xa9 Cruz\n";

	expect_named(table, "folder", "linda", "nobody");
	expect_named(table, "folder", "Lin-Da", "1");
	expect_named(table, "folder", "berg_linda", "2");
	expect_named(table, "folder", "lindaberg", "nobody");
	expect_named(table, "folder", "Anna Maria O'Neil", "3");
	expect_named(table, "folder", "oneil maria anna", "nobody");
	expect_named(table, "folder", "a berglind", "nobody");
	expect_named(table, "moodle", "Jos\xc3\xa9 Cruz", "7");
	expect_named(table, "moodle", "JosCruz", "nobody");
	/* Canvas runs surname and first name together. */
	expect_named(table, "canvas", "berglinda", "2");
	expect_named(table, "canvas", "oneilannamaria", "3");
	expect_named(table, "canvas", "aberglind", "nobody");
	expect_named(table, "canvas", "dalin", "1");
	/* Perhaps only the first name of another. */
	expect_named(table, "canvas", "linda", "several people");
	expect_named(table, "folder", "anna", "several people");
	expect_named(table, "folder", "Li Wang", "several people");
}
END_TEST

static void expect_roster_error(const char *text, const char *part)
{
	struct roster r;
	struct err e = { 0 };

	ck_assert_int_lt(roster_read(put("bad.csv", text), &r, &e), 0);
	expect_error(e, part);
}

START_TEST(bad_roster_is_named_with_its_line)
{
	expect_roster_error("name,mail\nx,y\n", "line 1: no column is called id");
	expect_roster_error("id,name\n", "nobody in it");
	expect_roster_error("id,name\n1,a\n2\n", "line 3: 1 cells, but the first line has 2");
	expect_roster_error("id,name\n1,a\n,b\n", "line 3: no id");
	expect_roster_error("id,name\nx,a\nX,b\n", "line 3: the id 'X' stands in line 2 already");
	expect_roster_error("id,submitted\n1,soon\n", "line 2: 'soon' is no time");
}
END_TEST

START_TEST(odd_names_of_submissions_are_submissions)
{
	struct sources s = { 0 };
	struct err e = { 0 };
	char *at = tests_path("class");

	tests_write_text("class/a b\nc.tar", "x");
	tests_write_text("class/\xff\xfe/labs/x", "x");
	tests_write_text("class/..anna/labs/x", "x");
	tests_write_text("class/-rf.zip", "x");
	ck_assert_int_eq(mkdir(tests_path("class/empty"), 0755), 0);
	ck_assert_int_eq(mkfifo(tests_path("class/pipe"), 0644), 0);
	ck_assert_msg(!sources_find(&s, at, &e), "%s", e.text);
	/* Names that begin with a dot are left out, as ls does. */
	ck_assert_uint_eq(s.count, 4);
	ck_assert_str_eq(s.source[0].base, "-rf");
	ck_assert_str_eq(s.source[1].base, "a b\\x0ac");
	ck_assert_str_eq(s.source[2].base, "empty");
	ck_assert_str_eq(s.source[3].base, "\\xff\\xfe");
	ck_assert_uint_eq(s.ignored_count, 1);
	ck_assert_ptr_nonnull(strstr(s.ignored[0], "pipe: neither"));
	sources_clear(&s);
	/* A submission itself, with a slash behind it, and one file. */
	ck_assert_int_eq(sources_find(&s, tests_path("class/\xff\xfe/"), &e), 0);
	ck_assert_int_eq(sources_find(&s, tests_path("class/-rf.zip"), &e), 0);
	ck_assert_uint_eq(s.count, 2);
	ck_assert_str_eq(s.source[0].layout, "folder");
	sources_clear(&s);
	ck_assert_int_lt(sources_find(&s, tests_path("nothing"), &e), 0);
	expect_error(e, "No such file");
}
END_TEST

/* --------------------------------------------------------------------- store */

static struct store *store_named(const char *name)
{
	struct store *s;
	struct err e = { 0 };

	ck_assert_msg(!store_open(tests_path(name), true, &s, &e), "%s", e.text);
	ck_assert_msg(!store_do(s, &e, "INSERT INTO runs VALUES (1, 'now', NULL, '0')", ""), "%s",
		      e.text);
	store_do(s, &e, "INSERT INTO students VALUES ('anna', '', '', '', NULL)", "");
	store_do(s, &e,
		 "INSERT INTO submissions VALUES (1, 1, 'anna', 'x', 'folder', 'h', NULL, 0, NULL,"
		 " '[]', NULL)",
		 "");
	store_do(s, &e, "INSERT INTO parts VALUES (1, '02-records', 'p', 1)", "");
	return s;
}

static struct store *new_store(void)
{
	return store_named("s.db");
}

static void grade_at(struct store *s, const char *started, double points)
{
	struct store_grading g = { 1, "02-records", "p", "5eed", "judge" };
	json_t *doc = json_pack(
		"{s:s,s:s,s:s,s:f,s:f,s:s,s:i,s:{s:s},s:[{s:[{s:s,s:s,s:f,s:f},{s:s,s:s,s:n,s:f}]}]}",
		"mmaplab", "0", "qemu", "q\"", "status", "partial", "points", points, "max", 2.0,
		"started", started, "ms", 5, "kernel", "version", "6", "labs", "tests", "id", "b",
		"verdict", "pass", "points", points, "max", 1.0, "id", "a", "verdict", "broken",
		"points", "max", 0.5);
	struct err e = { 0 };

	ck_assert_ptr_nonnull(doc);
	ck_assert_msg(!store_add_grading(s, &g, doc, NULL, &e), "%s", e.text);
	ck_assert_msg(!store_add_grading(s, &g, NULL, "the worker died\n", &e), "%s", e.text);
	json_decref(doc);
}

static void grade_it(struct store *s, double points)
{
	grade_at(s, "2026", points);
}

/* As somebody with sqlite3 would. */
static void change(const char *sql)
{
	sqlite3 *db;

	ck_assert_int_eq(sqlite3_open(tests_path("s.db"), &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void expect_store_error(const char *part)
{
	struct store *s;
	struct err e = { 0 };

	ck_assert_int_lt(store_open(tests_path("s.db"), true, &s, &e), 0);
	ck_assert_ptr_null(s);
	expect_error(e, part);
	expect_error(e, "next: ");
}

START_TEST(what_was_graded_is_there_again)
{
	struct store *s = new_store();
	struct err e = { 0 };
	json_t *rows;

	grade_it(s, 0.5);
	store_close(s);
	ck_assert_msg(!store_open(tests_path("s.db"), false, &s, &e), "%s", e.text);
	rows = store_rows(s, &e, "SELECT status, points, problem FROM gradings ORDER BY id", "");
	ck_assert_str_eq(
		json_dumps(rows, JSON_COMPACT),
		"[{\"status\":\"partial\",\"points\":0.5,\"problem\":null},"
		"{\"status\":\"broken\",\"points\":null,\"problem\":\"the worker died\\n\"}]");
	/* The broken one came later, and does not count. */
	rows = store_rows(s, &e, "SELECT grading, points FROM current_gradings", "");
	ck_assert_str_eq(json_dumps(rows, JSON_COMPACT), "[{\"grading\":1,\"points\":0.5}]");
	store_close(s);
}
END_TEST

/* All gradings of one store into another, where the submission has the same number. */
static int copy_gradings(struct store *to, struct store *from, unsigned *added, struct err *e)
{
	json_t *ids = json_pack("{s:i}", "1", 1), *rows = store_merge_gradings(from, ids, e), *row;
	bool new = false;
	size_t i;
	int ret = 0;

	ck_assert_ptr_nonnull(rows);
	*added = 0;
	json_array_foreach(rows, i, row) {
		ret = ret ? ret : store_copy_grading(to, row, &new, e);
		*added += !ret && new;
	}
	json_decref(rows);
	json_decref(ids);
	return ret;
}

START_TEST(an_older_grading_does_not_replace_a_later_one)
{
	struct store *old = store_named("old.db"), *young = store_named("young.db");
	struct err e = { 0 };
	unsigned added;
	json_t *rows;

	grade_at(old, "2026-01-01T00:00:00Z", 0.5);
	grade_at(young, "2026-01-02T00:00:00Z", 1);
	ck_assert_int_eq(copy_gradings(young, old, &added, &e), -EEXIST);
	expect_error(e, "anna in 02-records: a later grading, with another result");
	expect_error(e, "next: merge both into a new folder");
	ck_assert_uint_eq(added, 0);
	ck_assert_msg(!copy_gradings(old, young, &added, &e), "%s", e.text);
	/* Two, unless the broken ones are of the same second: then they are the same. */
	ck_assert_uint_ge(added, 1);
	rows = store_rows(old, &e, "SELECT points FROM current_gradings", "");
	ck_assert_str_eq(json_dumps(rows, JSON_COMPACT), "[{\"points\":1.0}]");
	ck_assert_msg(!copy_gradings(old, young, &added, &e), "%s", e.text);
	ck_assert_uint_eq(added, 0);
	store_close(old);
	store_close(young);
	/* With checksums that fit. */
	ck_assert_msg(!store_open(tests_path("old.db"), false, &old, &e), "%s", e.text);
	store_close(old);
}
END_TEST

/* ------------------------------------------------------------ what counts */

static void run_sql(struct store *s, const char *sql)
{
	struct err e = { 0 };

	ck_assert_msg(!store_do(s, &e, sql, ""), "%s: %s", sql, e.text);
}

/* As a batch, or a merge, that sees the same once more at another time. */
static void hand_in_again(struct store *s, int id, int run, const char *when)
{
	run_sql(s, xasprintf("INSERT OR IGNORE INTO runs VALUES (%d, '2026-01-0%d', NULL, '0')",
			     run, run));
	run_sql(s, xasprintf("INSERT INTO submissions SELECT NULL, %d, student, source, layout,"
			     " sha256, '%s', late, problem, notes, NULL FROM submissions"
			     " WHERE id = %d ON CONFLICT (source, sha256) DO UPDATE SET"
			     " run = excluded.run, " STORE_SAME_TIMES,
			     run, when, id));
	run_sql(s, xasprintf("UPDATE parts SET run = %d WHERE submission = %d", run, id));
}

/* A submission of lab 11 whose files have this sum, seen by this run; @when may be NULL. */
static void hand_in(struct store *s, int id, int run, const char *sum, const char *when)
{
	char *text = when ? xasprintf("'%s'", when) : xstrdup("NULL");

	run_sql(s, xasprintf("INSERT OR IGNORE INTO runs VALUES (%d, '2026-01-0%d', NULL, '0')",
			     run, run));
	run_sql(s,
		xasprintf("INSERT INTO submissions VALUES (%d, %d, 'anna', 'week%d/%d', 'folder',"
			  " 'h%d', %s, 0, NULL, '[]', NULL)",
			  id, run, run, id, id, text));
	run_sql(s, xasprintf("INSERT INTO parts VALUES (%d, '11-mymap', '%s', %d)", id, sum, run));
}

static void graded(struct store *s, int submission, const char *sum, double points)
{
	struct store_grading g = { submission, "11-mymap", sum, "5eed", "judge" };
	struct err e = { 0 };
	json_t *doc = json_pack("{s:s,s:s,s:s,s:f,s:f,s:s,s:i,s:{s:s},s:[{s:[{s:s,s:s,s:f,s:f}]}]}",
				"mmaplab", "0", "qemu", "q", "status",
				points < 10 ? "partial" : "full", "points", points, "max", 10.0,
				"started", "2026", "ms", 5, "kernel", "version", "6", "labs",
				"tests", "id", "a", "verdict", "pass", "points", points, "max",
				10.0);

	ck_assert_msg(!store_add_grading(s, &g, doc, NULL, &e), "%s", e.text);
	json_decref(doc);
}

static struct store *empty_store(const char *name)
{
	struct store *s = store_named(name);

	run_sql(s, "DELETE FROM parts");
	run_sql(s, "DELETE FROM submissions");
	return s;
}

/* What counts of anna in lab 11: "sum versions submitted". */
static void expect_counts(struct store *s, const char *wanted)
{
	struct err e = { 0 };
	json_t *rows =
		store_rows(s, &e,
			   "SELECT iif(versions = 1, sha256, content) || ' ' || versions || ' '"
			   " || coalesce(submitted, '-') AS text FROM current_submissions",
			   "");

	ck_assert_str_eq(text_of(json_array_get(rows, 0), "text"), wanted);
	json_decref(rows);
}

static void decide(struct store *s, const char *sum, const char *made, double points)
{
	run_sql(s,
		xasprintf("INSERT INTO decisions VALUES (NULL, 'anna', '11-mymap', '%s', %g, 'r',"
			  " '%s', 10)",
			  sum, points, made));
}

static void expect_decided(struct store *s, const char *wanted)
{
	struct err e = { 0 };
	json_t *rows = store_rows(s, &e, "SELECT made FROM current_decisions", "");

	ck_assert_str_eq(text_of(json_array_get(rows, 0), "made"), wanted);
	json_decref(rows);
}

START_TEST(the_latest_of_the_last_run_counts)
{
	struct store *s = empty_store("counts.db");

	hand_in(s, 1, 1, "A", "2026-01-01");
	hand_in(s, 2, 1, "B", "2026-01-02");
	expect_counts(s, "B 1 2026-01-02");
	/* The same files again are as old as they were. */
	hand_in(s, 3, 2, "A", "2026-02-01");
	expect_counts(s, "A 1 2026-01-01");
	/* Nobody knows whether this was before or behind the other of its run. */
	hand_in(s, 4, 2, "C", NULL);
	expect_counts(s, "A+C 2 2026-01-01");
	/* A batch that was for other labs takes nothing of this one. */
	hand_in(s, 5, 3, "D", "2026-03-01");
	run_sql(s, "UPDATE parts SET run = 0 WHERE submission = 5");
	expect_counts(s, "A+C 2 2026-01-01");
	store_close(s);
}
END_TEST

START_TEST(the_latest_counts_where_all_times_are_known)
{
	struct store *s = empty_store("times.db");

	hand_in(s, 1, 1, "A", "2026-01-01");
	hand_in(s, 2, 2, "B", "2026-01-02");
	/* The earlier download is graded again. */
	run_sql(s, "INSERT INTO runs VALUES (3, '2026-01-03', NULL, '0')");
	run_sql(s, "UPDATE submissions SET run = 3 WHERE id = 1");
	run_sql(s, "UPDATE parts SET run = 3 WHERE submission = 1");
	expect_counts(s, "B 1 2026-01-02");
	/* Both came at the same time, of which the later run has the word. */
	run_sql(s, "UPDATE submissions SET submitted = '2026-01-02'");
	expect_counts(s, "A 1 2026-01-02");
	/* Of one nobody knows it. */
	run_sql(s, "UPDATE submissions SET submitted = NULL WHERE id = 2");
	expect_counts(s, "A 1 2026-01-02");
	store_close(s);
}
END_TEST

START_TEST(the_same_once_more_counts_and_is_as_old_as_it_was)
{
	struct store *s = empty_store("same.db");

	hand_in(s, 1, 1, "A", "2026-01-01");
	hand_in(s, 2, 2, "B", "2026-01-02");
	hand_in_again(s, 1, 3, "2026-01-05");
	expect_counts(s, "A 1 2026-01-01");
	/* What was seen of it before, in another store. */
	hand_in_again(s, 1, 4, "2026-01-03");
	hand_in(s, 3, 5, "C", "2026-01-04");
	expect_counts(s, "A 1 2026-01-01");
	/* A time that was not known. */
	run_sql(s, "UPDATE submissions SET submitted = NULL, again = NULL WHERE id = 2");
	hand_in_again(s, 2, 6, "2026-01-06");
	expect_counts(s, "B 1 2026-01-06");
	store_close(s);
}
END_TEST

START_TEST(the_first_time_of_two_stores_stays)
{
	struct store *to = empty_store("to.db"), *from = empty_store("from.db");
	struct store_from other = { "from.db", from, json_pack("{s:i}", "2", 1), json_object() };
	struct err e = { 0 };

	hand_in(to, 1, 2, "A", "2026-01-05");
	hand_in(from, 1, 2, "A", "2026-01-01");
	/* Their run was earlier than the one here. */
	ck_assert_msg(!store_merge_submissions(to, &other, &e), "%s", e.text);
	expect_counts(to, "A 1 2026-01-01");
	store_close(to);
	store_close(from);
}
END_TEST

START_TEST(a_decision_is_about_all_files_that_counted)
{
	struct store *s = empty_store("decided.db");

	hand_in(s, 1, 1, "A", NULL);
	decide(s, "A", "2026-01-05", 3);
	expect_decided(s, "2026-01-05");
	hand_in(s, 2, 1, "B", NULL);
	expect_decided(s, "");
	decide(s, "A+B", "2026-01-07", 4);
	expect_decided(s, "2026-01-07");
	/* From another store, where it was made earlier. */
	decide(s, "A+B", "2026-01-06", 5);
	expect_decided(s, "2026-01-07");
	hand_in(s, 3, 1, "C", NULL);
	expect_decided(s, "");
	store_close(s);
}
END_TEST

static struct course *course_of(const char *points)
{
	struct course *c;
	char *text = xasprintf("late:\n  percent per day: 10\n  maximum days: 3\nlabs:\n"
			       "  11:\n    deadline: 2026-01-02 12:00 +0000\n    points: %s\n",
			       points);

	c = read_course(text);
	free(text);
	return c;
}

/* anna's lab 11 in the gradebook: "status points days note". */
static void expect_entry(struct store *s, const char *points, const char *wanted)
{
	struct course *c = course_of(points);
	struct err e = { 0 };
	json_t *doc = gradebook_make(s, c, &e), *anna, *own;
	char *got;

	ck_assert_msg(doc != NULL, "%s", e.text);
	anna = json_array_get(json_object_get(doc, "students"), 0);
	own = json_object_get(json_object_get(anna, "labs"), "11-mymap");
	got = xasprintf("%s %g %g %s", text_of(own, "status"), number_of(own, "points"),
			number_of(own, "days_late"), text_of(own, "source"));
	ck_assert_str_eq(got, wanted);
	free(got);
	json_decref(doc);
	course_free(c);
}

START_TEST(what_came_in_time_is_not_lost_by_coming_again)
{
	struct store *s = empty_store("again.db");

	hand_in(s, 1, 1, "A", "2026-01-01T00:00:00Z");
	graded(s, 1, "A", 8);
	expect_entry(s, "10", "partial 8 0 week1/1");
	/* The next lab in the same file: it is the next lab's. */
	hand_in(s, 2, 2, "B", "2026-01-03T00:00:00Z");
	graded(s, 2, "B", 8.5);
	expect_entry(s, "10", "partial 8 0 week1/1");
	/* Who only looked at it has changed nothing. */
	decide(s, "B", "2026-01-05", 0);
	run_sql(s, "UPDATE decisions SET points = NULL, max = NULL");
	expect_entry(s, "10", "partial 8 0 week1/1");
	/* Better, in spite of a day. */
	hand_in(s, 3, 3, "C", "2026-01-03T00:00:00Z");
	graded(s, 3, "C", 10);
	expect_entry(s, "10", "full 9 1 week3/3");
	/* What waits for a person waits. */
	run_sql(s, "UPDATE gradings SET status = 'held' WHERE submission = 3");
	expect_entry(s, "10", "held 9 1 week3/3");
	store_close(s);
}
END_TEST

#define UNTIL_4(who) "10\n    extensions:\n      " who ": 2026-01-04 12:00 +0000"

START_TEST(an_extension_counts_for_whom_it_is)
{
	struct store *s = empty_store("extension.db");
	struct course *c;
	struct err e = { 0 };
	char *text;
	json_t *doc;

	hand_in(s, 1, 1, "A", "2026-01-01T00:00:00Z");
	graded(s, 1, "A", 8);
	hand_in(s, 2, 2, "B", "2026-01-03T00:00:00Z");
	graded(s, 2, "B", 8.5);
	expect_entry(s, "10", "partial 8 0 week1/1");
	expect_entry(s, UNTIL_4("anna"), "partial 8.5 0 week2/2");
	expect_entry(s, UNTIL_4("otto"), "partial 8 0 week1/1");
	/* What came within the extension is what came in time. */
	hand_in(s, 3, 3, "C", "2026-01-05T00:00:00Z");
	graded(s, 3, "C", 9);
	expect_entry(s, UNTIL_4("anna"), "partial 8.5 0 week2/2");
	expect_entry(s, UNTIL_4("otto"), "partial 8 0 week1/1");
	run_sql(s, "UPDATE gradings SET points = 10 WHERE submission = 3");
	expect_entry(s, UNTIL_4("anna"), "partial 9 1 week3/3");
	/* Where there is a roster, it knows everybody. */
	run_sql(s, "UPDATE students SET roster = 1");
	expect_entry(s, UNTIL_4("anna"), "partial 9 1 week3/3");
	c = course_of(UNTIL_4("otto"));
	ck_assert_ptr_null(gradebook_make(s, c, &e));
	expect_error(e, "c.yml, line 9: nobody on the roster is 'otto'");
	course_free(c);
	c = course_of(UNTIL_4("anna"));
	doc = gradebook_make(s, c, &e);
	ck_assert_msg(doc != NULL, "%s", e.text);
	text = json_dumps(doc, JSON_COMPACT);
	ck_assert(strstr(text, "\"11: an extension until 2026-01-04 12:00 UTC\"") != NULL);
	ck_assert(strstr(text, "\"deadline\":\"2026-01-04T12:00:00Z\"") != NULL);
	free(text);
	json_decref(doc);
	course_free(c);
	store_close(s);
}
END_TEST

START_TEST(what_may_still_be_handed_in_counts_for_nothing)
{
	struct store *s = empty_store("open.db");
	struct err e = { 0 };
	struct course *c = course_of(UNTIL_4("otto"));
	json_t *doc, *otto, *own;

	hand_in(s, 1, 1, "A", "2026-01-01T00:00:00Z");
	graded(s, 1, "A", 8);
	run_sql(s, "UPDATE students SET roster = 1");
	run_sql(s,
		"INSERT INTO students (id, name, email, section, roster) VALUES ('otto', '', '', '', 2)");
	doc = gradebook_make(s, c, &e);
	ck_assert_msg(doc != NULL, "%s", e.text);
	otto = json_array_get(json_object_get(doc, "students"), 1);
	own = json_object_get(json_object_get(otto, "labs"), "11-mymap");
	ck_assert_str_eq(text_of(own, "status"), "missing");
	ck_assert(json_is_number(json_object_get(own, "points")) && number_of(otto, "max") == 10);
	json_decref(doc);
	/* With time left. */
	c->lab[0].extension[0].deadline = time(NULL) + 3600;
	doc = gradebook_make(s, c, &e);
	otto = json_array_get(json_object_get(doc, "students"), 1);
	own = json_object_get(json_object_get(otto, "labs"), "11-mymap");
	ck_assert_str_eq(text_of(own, "status"), "open");
	ck_assert(json_is_null(json_object_get(own, "points")) && number_of(otto, "max") == 0);
	ck_assert(json_is_real(json_object_get(otto, "points")));
	json_decref(doc);
	/* A person has decided: then it counts. */
	decide(s, "", "2026-01-05", 3);
	run_sql(s, "UPDATE decisions SET student = 'otto'");
	doc = gradebook_make(s, c, &e);
	otto = json_array_get(json_object_get(doc, "students"), 1);
	ck_assert(number_of(otto, "points") == 3 && number_of(otto, "max") == 10);
	json_decref(doc);
	course_free(c);
	/* Who handed in a bonus lab alone, and not for full marks. */
	run_sql(s, "DELETE FROM decisions");
	hand_in(s, 2, 2, "B", "2026-01-01T00:00:00Z");
	graded(s, 2, "B", 2);
	run_sql(s, "UPDATE submissions SET student = 'otto' WHERE id = 2");
	run_sql(s, "UPDATE parts SET lab = '15-attack' WHERE submission = 2");
	run_sql(s, "UPDATE gradings SET lab = '15-attack' WHERE submission = 2");
	c = read_course("labs:\n  11: {deadline: 2120-01-01 00:00}\n  15:\n");
	doc = gradebook_make(s, c, &e);
	otto = json_array_get(json_object_get(doc, "students"), 1);
	ck_assert_str_eq(text_of(otto, "status"), "partial");
	ck_assert(number_of(otto, "max") == 0);
	json_decref(doc);
	course_free(c);
	store_close(s);
}
END_TEST

/* anna's row of the table of a store, from the points of lab 11 on. */
static void expect_cell(struct store *s, const char *wanted)
{
	struct course *c = course_of("10");
	struct err e = { 0 };
	json_t *doc = gradebook_make(s, c, &e);
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	ck_assert_msg(doc != NULL, "%s", e.text);
	gradebook_csv(out, doc);
	fclose(out);
	ck_assert_msg(strlen(text) > strlen(wanted) &&
			      !strcmp(text + strlen(text) - strlen(wanted), wanted),
		      "%s", text);
	free(text);
	json_decref(doc);
	course_free(c);
}

START_TEST(what_is_held_has_no_points_before_a_decision)
{
	struct store *s = empty_store("held.db");

	hand_in(s, 1, 1, "A", "2026-01-01T00:00:00Z");
	graded(s, 1, "A", 8);
	expect_cell(s, ",8,partial,0\n");
	run_sql(s, "UPDATE gradings SET status = 'held'");
	expect_cell(s, ",,held,0\n");
	decide(s, "A", "2026-01-05", 0);
	run_sql(s, "UPDATE decisions SET points = NULL, max = NULL");
	expect_cell(s, ",8,partial,0\n");
	store_close(s);
}
END_TEST

START_TEST(other_files_than_were_decided_about_ask_a_person)
{
	struct store *s = empty_store("lapsed.db");
	struct course *c = course_of("10");
	struct term t = { .folder = TERM_FOLDER, .store = s };
	struct err e = { 0 };
	json_t *doc, *cases, *one;

	hand_in(s, 1, 1, "A", NULL);
	graded(s, 1, "A", 2);
	decide(s, "A", "2026-01-05", 3);
	expect_entry(s, "10", "partial 3 0 week1/1");
	hand_in(s, 2, 2, "B", NULL);
	graded(s, 2, "B", 4);
	expect_entry(s, "10", "held 4 0 week2/2");
	doc = gradebook_make(s, c, &e);
	ck_assert_int_eq(gradebook_exit_code(doc), 4);
	ck_assert_ptr_nonnull(
		strstr(json_dumps(doc, 0), "11: decided 3 points (r), and other files came since"));
	cases = review_cases(&t, doc, &e);
	ck_assert_uint_eq(json_array_size(cases), 1);
	one = json_array_get(cases, 0);
	ck_assert_ptr_nonnull(strstr(json_dumps(one, 0), "\"decided 3 points (r), and other"));
	ck_assert_ptr_nonnull(strstr(json_dumps(one, 0), "accept the points"));
	json_decref(doc);
	/* A new word about the new files settles it. */
	decide(s, "B", "2026-01-06", 5);
	expect_entry(s, "10", "partial 5 0 week2/2");
	course_free(c);
	store_close(s);
}
END_TEST

/* A decision that gives no points. */
static void accept_held(struct store *s, const char *sum)
{
	decide(s, sum, "2026-01-06", 0);
	run_sql(s, "UPDATE decisions SET points = NULL, max = NULL");
}

START_TEST(what_was_held_and_accepted_is_as_good_as_graded)
{
	struct store *s = empty_store("accepted.db");

	hand_in(s, 1, 1, "A", "2026-01-01T00:00:00Z");
	graded(s, 1, "A", 8);
	run_sql(s, "UPDATE gradings SET status = 'held' WHERE submission = 1");
	accept_held(s, "A");
	hand_in(s, 2, 2, "B", "2026-01-03T13:00:00Z");
	graded(s, 2, "B", 9);
	/* 8 in time, and 9 less two days. */
	expect_entry(s, "10", "partial 8 0 week1/1");
	run_sql(s, "UPDATE gradings SET status = 'held' WHERE submission = 2");
	expect_entry(s, "10", "held 7.2 2 week2/2");
	accept_held(s, "B");
	expect_entry(s, "10", "partial 8 0 week1/1");
	/* What nobody has accepted is not in the place of what somebody has. */
	run_sql(s, "DELETE FROM decisions WHERE sha256 = 'A'");
	expect_entry(s, "10", "partial 7.2 2 week2/2");
	store_close(s);
}
END_TEST

START_TEST(what_came_with_other_labs_is_not_handed_in)
{
	struct store *s = empty_store("left-out.db");
	struct course *c = course_of("10");
	struct err e = { 0 };
	json_t *doc;
	char *text;

	/* The next lab's draft in an archive of the first; ben hands in the next lab, too. */
	hand_in(s, 1, 1, "A", NULL);
	run_sql(s, "UPDATE parts SET run = 0");
	run_sql(s, "INSERT INTO students VALUES ('ben', '', '', '', NULL)");
	hand_in(s, 2, 2, "B", NULL);
	run_sql(s, "UPDATE submissions SET student = 'ben' WHERE id = 2");
	graded(s, 2, "B", 10);
	expect_entry(s, "10", "missing 0 0 ");
	doc = gradebook_make(s, c, &e);
	ck_assert_int_eq(gradebook_exit_code(doc), 0);
	text = json_dumps(doc, 0);
	ck_assert_ptr_nonnull(strstr(text, "11: came only with other labs"));
	json_decref(doc);
	course_free(c);
	store_close(s);
}
END_TEST

START_TEST(points_that_a_person_gave_follow_the_scale)
{
	struct store *s = empty_store("scale.db");

	hand_in(s, 1, 1, "A", "2026-01-01T00:00:00Z");
	graded(s, 1, "A", 2);
	decide(s, "A", "2026-01-05", 10);
	expect_entry(s, "10", "full 10 0 week1/1");
	expect_entry(s, "5", "full 5 0 week1/1");
	expect_entry(s, "20", "full 20 0 week1/1");
	/* Of a store that did not say of how many they are. */
	run_sql(s, "UPDATE decisions SET max = NULL");
	expect_entry(s, "5", "full 5 0 week1/1");
	store_close(s);
}
END_TEST

START_TEST(what_cannot_be_read_waits_until_its_folder_is_read)
{
	struct store *s = empty_store("problem.db");
	struct course *c = course_of("10");
	struct err e = { 0 };
	json_t *doc;

	hand_in(s, 1, 1, "A", NULL);
	run_sql(s, "UPDATE submissions SET problem = 'damaged'");
	run_sql(s, "DELETE FROM parts");
	/* Another lab's download. */
	hand_in(s, 2, 2, "B", NULL);
	run_sql(s, "UPDATE parts SET lab = '02-records'");
	doc = gradebook_make(s, c, &e);
	ck_assert_int_ne(gradebook_exit_code(doc), 0);
	json_decref(doc);
	/* The same one again, with another file. */
	hand_in(s, 3, 3, "C", NULL);
	run_sql(s, "UPDATE submissions SET source = 'week1/again' WHERE id = 3");
	graded(s, 3, "C", 10);
	doc = gradebook_make(s, c, &e);
	ck_assert_int_eq(gradebook_exit_code(doc), 0);
	json_decref(doc);
	course_free(c);
	store_close(s);
}
END_TEST

START_TEST(report_of_an_export_names_no_file)
{
	json_t *doc = json_pack("{s:s,s:{}}", "name", "s1001", "counts");
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	report_print(out, doc, true, false);
	fflush(out);
	ck_assert_msg(!strstr(text, "s1001"), "%s", text);
	json_object_del(doc, "counts");
	report_print(out, doc, true, false);
	fclose(out);
	ck_assert_msg(strstr(text, "build/results/s1001.json"), "%s", text);
	free(text);
	json_decref(doc);
}
END_TEST

START_TEST(changed_store_is_refused)
{
	struct store *s = new_store();
	struct err e = { 0 };

	grade_it(s, 0.5);
	store_close(s);
	change("UPDATE gradings SET points = 2 WHERE id = 1");
	expect_store_error("grading 1 (anna, 02-records) was changed");
	change("UPDATE gradings SET points = 0.5 WHERE id = 1");
	ck_assert_msg(!store_open(tests_path("s.db"), false, &s, &e), "%s", e.text);
	store_close(s);
	change("UPDATE tests SET verdict = 'pass' WHERE test = 'a'");
	expect_store_error("grading 1 (anna, 02-records) was changed");
	change("UPDATE tests SET verdict = 'broken' WHERE test = 'a'");
	change("UPDATE gradings SET result = result || ' '");
	expect_store_error("was changed");
	change("DELETE FROM gradings WHERE id = 1");
	expect_store_error("tests of a grading that is not there");
	/* What the message says helps. */
	change("DELETE FROM tests WHERE grading = 1");
	ck_assert_msg(!store_open(tests_path("s.db"), false, &s, &e), "%s", e.text);
	store_close(s);
}
END_TEST

START_TEST(other_files_and_versions_are_refused_and_left_alone)
{
	struct store *s = new_store();
	char *data;
	size_t size;

	store_close(s);
	change("PRAGMA user_version = 7");
	expect_store_error("is of version 7, this mmaplab writes version 5");
	change("PRAGMA application_id = 5");
	expect_store_error("no store of mmaplab");
	tests_write_text("s.db", "points: 10\nthis is a text, and somebody needs it\n");
	expect_store_error("is damaged, or no store");
	data = tests_read(tests_path("s.db"), &size);
	ck_assert_ptr_nonnull(strstr(data, "somebody needs it"));
}
END_TEST

START_TEST(damaged_store_is_refused)
{
	struct store *s = new_store();
	char *data;
	size_t size, i;

	grade_it(s, 0.5);
	store_close(s);
	data = tests_read(tests_path("s.db"), &size);
	for (i = size / 2; i < size; i++)
		data[i] = 'x';
	tests_write("s.db", data, size);
	expect_store_error("damaged");
}
END_TEST

static Suite *make_suite(void)
{
	Suite *s = suite_create("class");
	TCase *t = tcase_create("all");

	suite_add_tcase(s, t);
	tcase_set_timeout(t, 300);
	tcase_add_test(t, table_is_read_as_spreadsheets_write_it);
	tcase_add_test(t, bad_table_is_named_with_its_line);
	tcase_add_test(t, cells_are_written_so_that_they_are_read_again);
	tcase_add_test(t, damaged_table_and_tree_do_no_harm);
	tcase_add_test(t, course_says_labs_points_and_deadlines);
	tcase_add_test(t, an_extension_is_one_persons);
	tcase_add_test(t, bad_course_is_named_with_its_line);
	tcase_add_test(t, times_are_read_in_the_ways_that_platforms_write_them);
	tcase_add_test(t, names_are_shown_so_that_none_looks_like_another);
	tcase_add_test(t, people_are_found_by_number_id_or_name);
	tcase_add_test(t, name_is_compared_word_by_word);
	tcase_add_test(t, bad_roster_is_named_with_its_line);
	tcase_add_test(t, odd_names_of_submissions_are_submissions);
	tcase_add_test(t, what_was_graded_is_there_again);
	tcase_add_test(t, an_older_grading_does_not_replace_a_later_one);
	tcase_add_test(t, the_latest_of_the_last_run_counts);
	tcase_add_test(t, the_latest_counts_where_all_times_are_known);
	tcase_add_test(t, the_same_once_more_counts_and_is_as_old_as_it_was);
	tcase_add_test(t, the_first_time_of_two_stores_stays);
	tcase_add_test(t, a_decision_is_about_all_files_that_counted);
	tcase_add_test(t, what_came_in_time_is_not_lost_by_coming_again);
	tcase_add_test(t, an_extension_counts_for_whom_it_is);
	tcase_add_test(t, what_may_still_be_handed_in_counts_for_nothing);
	tcase_add_test(t, what_is_held_has_no_points_before_a_decision);
	tcase_add_test(t, other_files_than_were_decided_about_ask_a_person);
	tcase_add_test(t, what_was_held_and_accepted_is_as_good_as_graded);
	tcase_add_test(t, what_came_with_other_labs_is_not_handed_in);
	tcase_add_test(t, points_that_a_person_gave_follow_the_scale);
	tcase_add_test(t, what_cannot_be_read_waits_until_its_folder_is_read);
	tcase_add_test(t, report_of_an_export_names_no_file);
	tcase_add_test(t, changed_store_is_refused);
	tcase_add_test(t, other_files_and_versions_are_refused_and_left_alone);
	tcase_add_test(t, damaged_store_is_refused);
	return s;
}

int main(void)
{
	return tests_main(make_suite);
}
