// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_review.c - what waits for a person: `mmaplab review` with its hints, and
 * `mmaplab audit`, whose archive is replayed. One small class, graded once.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "e2e.h"

#define CLASS "class"
#define GRADES e2e_path("grades")

/* Other names for the variables, the same words of C. */
#define RENAME \
	"sed -E 's/\\b([a-z][a-z_]{0,5})\\b/\\1_mine/g; s/\\b(if|for|int|do|else|char|void|long|" \
	"while|return|static|const|struct|sizeof|switch|case|break|goto|short|signed)_mine\\b/\\1/g'"

static struct e2e *run(int status, struct e2e *r)
{
	e2e_go(&r, 1, 1);
	e2e_expect_status(r, status);
	return r;
}

static struct e2e *batch(int status)
{
	return run(status, e2e_command(e2e_program(), "batch", "--lab", "02,11", "--out", GRADES,
				       "--roster", e2e_path("roster.csv"), e2e_path(CLASS), NULL));
}

static struct e2e *review(int status)
{
	return run(status, e2e_command(e2e_program(), "review", "--out", GRADES, NULL));
}

static struct e2e *audit(int status, const char *who)
{
	return run(status, e2e_command(e2e_program(), "audit", "--out", GRADES, who, "02", NULL));
}

/* A person's file of lab 02 is what a command prints. */
static void hand_in(const char *who, const char *command)
{
	char *folder = e2e_path(CLASS "/%s/labs/02-records", who);

	e2e_shell("mkdir -p '%s' && { %s; } >'%s/records.c'", folder, command, folder);
}

static void make_class(void)
{
	hand_in("anna", "cat solutions/" RECORDS);
	hand_in("emil", "cat solutions/other/02-records/record-pages-only/" RECORDS);
	hand_in("finn", "cat solutions/other/02-records/stdio-open-mremap/" RECORDS);
	hand_in("cara", RENAME " solutions/other/02-records/stdio-open-mremap/" RECORDS);
	hand_in("honest1", "harness/starters --print " RECORDS "; echo '// mine'");
	hand_in("honest2", "harness/starters --print " RECORDS " | sed 's/^\\t/        /'");
	hand_in("gina", "echo '// one'");
	e2e_shell("cp -r '%s' '%s/w' && cd '%s/w' && echo '// two' >" RECORDS
		  " && tar -cf ../" CLASS "/gina.tar labs && rm -r ../w",
		  e2e_path(CLASS "/gina"), e2e_path("."), e2e_path("."));
	e2e_shell("echo junk >'%s'", e2e_path(CLASS "/hans.tar"));
	hand_in("zo\\\"e", ":");
	/* A module that writes records itself. */
	e2e_shell(
		"mkdir -p '%s/driver/mymap' && cp solutions/other/11-mymap/plain/" MYMAP
		" '%s/driver/mymap' && patch -s -d '%s' -p1 <solutions/hostile/modules/says-pass.patch",
		e2e_path(CLASS "/ivan"), e2e_path(CLASS "/ivan"), e2e_path(CLASS "/ivan"));
	e2e_shell(
		"printf 'id,name\\nanna,Anna\\nemil,E\\nfinn,F\\ncara,C\\nhonest1,H\\nhonest2,I\\n"
		"gina,G\\nhans,J\\nivan,K\\n' >'%s'",
		e2e_path("roster.csv"));
	batch(4);
}

/* Run the command of a line of the list. */
static void decide(const char *line)
{
	char *script = e2e_path("decide.sh"), *text;

	ck_assert_ptr_nonnull(line);
	text = e2e_fmt("%.*s\n", (int)strcspn(line, "\n"), line);
	text = strstr(text, "build/mmaplab");
	e2e_write(script, text, strlen(text));
	e2e_shell("sed -i 's/--points N/--points 1/' '%s' && sh '%s'", script, script);
}

/* What a platform would take for ivan's last word. */
static void expect_handed_over(bool is)
{
	struct e2e *r = run(4, e2e_command(e2e_program(), "export", "--out", GRADES, "--format",
					   "gradescope", NULL));

	ck_assert_msg(access(e2e_path("grades/gradescope/ivan.json"), F_OK) == (is ? 0 : -1), "%s",
		      e2e_show(r));
}

START_TEST(each_case_has_its_evidence_and_commands)
{
	struct e2e *r = review(4);

	expect_handed_over(false);
	e2e_expect_has(r, r->out, "4 to decide in ");
	e2e_expect_has(r, r->out, "\ngina  G  02-records: ambiguous\n");
	e2e_expect_has(r, r->out, "at a time that nobody knows, files ");
	e2e_expect_has(r, r->out, "\nhans  J  unusable\n");
	e2e_expect_has(r, r->out, "cannot be read as an archive");
	e2e_expect_has(r, r->out, "not on the roster\n");
	e2e_expect_has(r, r->out, "\nivan  K  11-mymap: held\n");
	e2e_expect_has(r, r->out, "next: accept the points: build/mmaplab decide ");
	e2e_expect_lacks(r, r->out, "\nanna  Anna");
	/* The very commands that are printed decide: one gives points, one accepts them. */
	decide(strstr(r->out, ": build/mmaplab decide "));
	decide(strstr(r->out, "accept the points: build/mmaplab decide "));
	r = review(4);
	e2e_expect_has(r, r->out, "2 to decide in ");
	e2e_expect_lacks(r, r->out, "gina  G  02-records: ambiguous");
	e2e_expect_lacks(r, r->out, "11-mymap: held");
	expect_handed_over(true);
	/* Who is on no roster is settled, too. */
	decide(strstr(r->out, "ask no more: build/mmaplab decide "));
	r = review(4);
	e2e_expect_has(r, r->out, "1 to decide in ");
	e2e_expect_lacks(r, r->out, "not on the roster");
}
END_TEST

static const char *hint_of(const json_t *hint, const char *key, const char *who)
{
	json_t *one;
	size_t i;

	json_array_foreach(json_object_get(hint, key), i, one)
		if (!strcmp(json_string_value(one), who))
			return who;
	return NULL;
}

/* Is there a hint about these two; @b: a person, or a path of the public? */
static bool hinted(const json_t *hints, const char *lab, const char *a, const char *b)
{
	json_t *h;
	size_t i;

	json_array_foreach(hints, i, h)
		if (!strcmp(e2e_text(h, "lab"), lab) &&
		    ((hint_of(h, "a", a) &&
		      (hint_of(h, "b", b) || !strcmp(e2e_text(h, "public"), b))) ||
		     (hint_of(h, "a", b) && hint_of(h, "b", a))))
			return true;
	return false;
}

static json_t *hints_of(const char *grades, int status)
{
	struct e2e *r =
		run(status, e2e_command(e2e_program(), "review", "--json", "--out", grades, NULL));
	json_t *doc = json_loads(r->out, 0, NULL);

	ck_assert_msg(doc != NULL, "no JSON: %s", r->out);
	return json_object_get(doc, "likeness");
}

START_TEST(copies_with_other_names_are_alike_and_starters_are_not)
{
	json_t *hints = hints_of(GRADES, 4), *h;
	size_t i;

	ck_assert(hinted(hints, "02-records", "cara", "finn"));
	ck_assert(hinted(hints, "02-records", "anna", "solutions"));
	ck_assert(hinted(hints, "02-records", "cara",
			 "solutions/other/02-records/stdio-open-mremap"));
	ck_assert(!hinted(hints, "02-records", "emil", "finn"));
	ck_assert(!hinted(hints, "02-records", "anna", "emil"));
	json_array_foreach(hints, i, h)
		ck_assert(!hint_of(h, "a", "honest1") && !hint_of(h, "a", "honest2"));
}
END_TEST

/* In all labs: two right solutions and a copy of a third, which nobody has to grade. */
START_TEST(independent_solutions_of_no_lab_are_alike)
{
	char *at = e2e_path("labs"), *grades = e2e_path("labs-grades"), *lab;
	char *labs = e2e_path("labs.txt");
	json_t *hints;

	e2e_shell(
		"for p in solutions/other/*; do set -- $p/*; test $# -ge 2 || exit 1; mkdir -p '%s/a' '%s/b' '%s/c'; "
		"cp -r $1/* '%s/a'; cp -r $2/* '%s/b'; done; cp -r solutions/labs solutions/driver "
		"'%s/c'; find '%s/c' -name '*.c' | while read f; do " RENAME
		" -i $f; done; ls solutions/other >'%s'",
		at, at, at, at, at, at, at, labs);
	run(0, e2e_command(e2e_program(), "batch", "--lab", "01", "--out", grades, at, NULL));
	/* As if a batch had asked for all of them. */
	e2e_shell("sqlite3 '%s/grades.db' 'UPDATE parts SET run = 1'", grades);
	hints = hints_of(grades, 0);
	for (lab = strtok(e2e_read(labs), "\n"); lab; lab = strtok(NULL, "\n")) {
		ck_assert_msg(!hinted(hints, lab, "a", "b"), "%s: a, b", lab);
		ck_assert_msg(!hinted(hints, lab, "a", "c"), "%s: a, c", lab);
		ck_assert_msg(hinted(hints, lab, "c", "solutions"), "%s: a copy is not seen", lab);
	}
}
END_TEST

START_TEST(audit_archive_is_replayed_by_its_own_command)
{
	char *folder = e2e_path("appeal"),
	     *archive = e2e_path("grades/audit/finn-02-records.tar.gz");
	json_t *was;
	struct e2e *r;

	audit(0, "finn");
	e2e_shell("mkdir -p '%s' && cp '%s' '%s/first' && tar -C '%s' -xf '%s'", folder, archive,
		  folder, folder, archive);
	audit(0, "finn");
	e2e_shell("cmp '%s' '%s/first'", archive, folder);
	e2e_shell("command=$(sed -n 's/^    build/build/p' '%s/finn-02-records/README.txt' | sed "
		  "'s| finn-02| %s/finn-02|') && $command --name appeal --quiet",
		  folder, folder);
	r = e2e_command("true", NULL);
	r->doc = json_load_file("build/results/appeal.json", 0, NULL);
	was = json_load_file(e2e_fmt("%s/finn-02-records/result.json", folder), 0, NULL);
	ck_assert(r->doc && was);
	ck_assert_int_gt(e2e_count(r, NULL), 0);
	ck_assert_str_eq(e2e_differences(&(struct e2e){ .doc = was }, r), "");
	ck_assert_str_eq(e2e_text(was, "seed"), e2e_text(r->doc, "seed"));
	e2e_shell(
		"rm -f build/results/appeal.json; test -s '%s/finn-02-records/console.txt' && cmp "
		"'%s/finn-02-records/submission-'*/" RECORDS
		" solutions/other/02-records/stdio-open-mremap/" RECORDS,
		folder, folder);
	e2e_expect_has(audit(2, "nobody"), audit(2, "nobody")->err, "next: the first column of");
}
END_TEST

static void decide_for(const char *who, const char *points, const char *reason)
{
	run(0, e2e_command(e2e_program(), "decide", "--out", GRADES, "--points", points, who, "02",
			   reason, NULL));
}

START_TEST(audit_tells_what_was_decided)
{
	struct e2e *readme = e2e_command("tar", "-xOf",
					 e2e_path("grades/audit/finn-02-records.tar.gz"),
					 "finn-02-records/README.txt", NULL),
		   *none = e2e_command("tar", "-xOf",
				       e2e_path("grades/audit/hans-02-records.tar.gz"),
				       "hans-02-records/README.txt", NULL),
		   *latin;

	decide_for("finn", "1", "too\nearly");
	decide_for("finn", "2.5", "appeal of May");
	audit(0, "finn");
	run(0, readme);
	e2e_expect_has(readme, readme->out,
		       "decided: 2.5 points, which counts\n    appeal of May\n");
	e2e_expect_has(readme, readme->out, "decided: 1 points, which does not count");
	e2e_expect_has(readme, readme->out, "build/mmaplab grade --lab 02 --seed");
	latin = run(2, e2e_command(e2e_program(), "decide", "--out", GRADES, "finn", "02",
				   "Pr\xfc"
				   "fung",
				   NULL));
	e2e_expect_has(latin, latin->err, "the reason is not UTF-8");
	/* Also about who handed in nothing that can be read. */
	e2e_expect_has(audit(2, "hans"), audit(2, "hans")->err, "nobody decided about it");
	decide_for("hans", "3", "oral exam");
	audit(0, "hans");
	run(0, none);
	e2e_expect_has(none, none->out, "decided: 3 points, which counts\n    oral exam\n");
	e2e_expect_has(none, none->out, "there is nothing to replay");
}
END_TEST

START_TEST(older_store_is_brought_up_and_loses_nothing)
{
	char *db = e2e_path("grades/grades.db"),
	     *readme = e2e_path("grades/old/anna-02-records/README.txt");

	e2e_shell(
		"sqlite3 '%s' 'SELECT * FROM gradings' >'%s.was'; sqlite3 '%s' 'DROP VIEW "
		"current_tests; DROP VIEW current_decisions; DROP VIEW current_gradings; "
		"DROP VIEW current_submissions; ALTER TABLE parts DROP COLUMN run; ALTER TABLE "
		"decisions DROP COLUMN max; ALTER TABLE submissions DROP COLUMN again; DROP TABLE part_files; DROP TABLE files; "
		"DROP TABLE rounds; PRAGMA user_version = 1'",
		db, db, db);
	audit(0, "anna");
	e2e_shell("mkdir -p '%s' && tar -C '%s' -xf '%s'", e2e_path("grades/old"),
		  e2e_path("grades/old"), e2e_path("grades/audit/anna-02-records.tar.gz"));
	ck_assert_ptr_nonnull(strstr(e2e_read(readme), "files are not in the store"));
	e2e_shell("sqlite3 '%s' 'SELECT * FROM gradings' | cmp - '%s.was' && test $(sqlite3 '%s' "
		  "'PRAGMA user_version') = 5 && test $(sqlite3 '%s' 'SELECT count(DISTINCT run) = "
		  "(SELECT count(*) FROM runs) FROM rounds') = 1",
		  db, db, db, db);
	/* The next batch takes the files in, and grades nothing again; a merged store has them, too. */
	batch(4);
	run(4, e2e_command(e2e_program(), "merge", "--out", e2e_path("merged"), GRADES, NULL));
	e2e_shell("for i in '%s' '%s'; do sqlite3 \"$i\" 'SELECT lab, path, sha256 FROM part_files "
		  "ORDER BY 1, 2, 3' >\"$i.files\"; done; cmp '%s.files' '%s.files'",
		  db, e2e_path("merged/grades.db"), db, e2e_path("merged/grades.db"));
	e2e_shell("sqlite3 '%s' 'SELECT * FROM gradings' | cmp - '%s.was' && test $(sqlite3 '%s' "
		  "'SELECT count(*) FROM part_files') -gt 7",
		  db, db, db);
}
END_TEST

START_TEST(damaged_copy_is_not_shown_as_their_work)
{
	char *db = e2e_path("grades/grades.db");

	e2e_shell(
		"cp '%s' '%s.sound' && sqlite3 '%s' \"UPDATE files SET data = CAST('int x;' AS BLOB)\"",
		db, db, db);
	e2e_expect_has(audit(2, "anna"), audit(2, "anna")->err,
		       "was changed since it was handed in");
	e2e_shell("mv '%s.sound' '%s'", db, db);
}
END_TEST

/* It came in time; what came later counts for less. */
START_TEST(audit_packs_the_grading_that_counts)
{
	char *term = e2e_path("term"), *course = e2e_path("late.yml"),
	     *roster = e2e_path("late.csv"), *db = e2e_path("term/grades.db"), *first;
	struct e2e
		*readme = e2e_command("tar", "-xOf", e2e_path("term/audit/finn-02-records.tar.gz"),
				      "finn-02-records/README.txt", NULL),
		*id = e2e_command(
			"sqlite3", db,
			"DELETE FROM decisions; UPDATE submissions SET submitted = "
			"'2026-01-01T00:00:00Z'; SELECT id FROM submissions WHERE student = 'finn'",
			NULL);
	static const char late[] = "timezone: UTC\nlate:\n  percent per day: 10\n"
				   "  maximum days: 5\nlabs:\n  02-records:\n    points: 6\n"
				   "    deadline: 2026-01-02 00:00\n",
			  people[] = "id,submitted\nfinn,2026-01-03 00:00\n";

	e2e_shell("cp -r '%s' '%s' && mkdir -p '%s/finn/labs/02-records' && { "
		  "harness/starters --print " RECORDS "; echo '// mine'; } >'%s/finn/" RECORDS "'",
		  GRADES, term, e2e_path("again"), e2e_path("again"));
	run(0, id);
	first = e2e_fmt("finn-02-records/submission-%d\n", atoi(id->out));
	e2e_write(course, late, strlen(late));
	e2e_write(roster, people, strlen(people));
	/* Others wait for a person. */
	run(4, e2e_command(e2e_program(), "batch", "--lab", "02", "--out", term, "--course", course,
			   "--roster", roster, e2e_path("again"), NULL));
	run(0, e2e_command(e2e_program(), "audit", "--out", term, "finn", "02", NULL));
	run(0, readme);
	e2e_expect_has(readme, readme->out, first);
	e2e_expect_has(readme, readme->out, "2 submissions, 2 gradings");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("review");
	TCase *t = tcase_create("review");

	e2e_begin();
	tcase_add_unchecked_fixture(t, make_class, NULL);
	tcase_set_timeout(t, 0);
	tcase_add_test(t, each_case_has_its_evidence_and_commands);
	tcase_add_test(t, copies_with_other_names_are_alike_and_starters_are_not);
	tcase_add_test(t, independent_solutions_of_no_lab_are_alike);
	tcase_add_test(t, audit_archive_is_replayed_by_its_own_command);
	tcase_add_test(t, audit_tells_what_was_decided);
	tcase_add_test(t, damaged_copy_is_not_shown_as_their_work);
	tcase_add_test(t, audit_packs_the_grading_that_counts);
	tcase_add_test(t, older_store_is_brought_up_and_loses_nothing);
	suite_add_tcase(s, t);
	return e2e_finish(s);
}
