// SPDX-License-Identifier: GPL-2.0-only
/*
 * gradebook.c - a whole class at one look, see gradebook.h.
 */
#include "gradebook.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sources.h"
#include "util.h"

struct book {
	const struct course *c;
	json_t *gradings; /* by "student\nlab" */
	json_t *in_time; /* by the same: the last one of a lab that came by its deadline */
	json_t *tests; /* by the grading's id */
	json_t *decisions; /* by "student\nlab": those that count */
	json_t *decided; /* by the same: the last ones, whether they count or not */
	json_t *problems; /* by the student's id: lines */
	json_t *starters; /* by "student\nlab": of what the starter came, unchanged */
	json_t *left_out; /* by "student\nlab": what came with other labs, and no run took */
	bool show[MANIFEST_MAX_LABS]; /* of the course's labs */
};

static void add_note(json_t *notes, const char *lab, const char *text)
{
	char *line = xasprintf("%.*s: %s", (int)strcspn(lab, "-"), lab, text);

	json_array_append_new(notes, json_string(line));
	free(line);
}

/* ------------------------------------------------------------------ a lab */

/* Hundredths are as fine as a gradebook shows. */
static double rounded(double points)
{
	return round(points * 100) / 100;
}

static void say_extension(json_t *notes, const struct course_lab *cl, time_t until)
{
	char when[32], *text;
	struct tm tm;

	strftime(when, sizeof(when), "%Y-%m-%d %H:%M %Z", localtime_r(&until, &tm));
	text = xasprintf("an extension until %s", when);
	add_note(notes, cl->lab->id, text);
	free(text);
}

static void say_time(json_t *notes, const struct course_lab *cl, const json_t *row)
{
	if (*text_of(row, "submitted"))
		return;
	if (json_integer_value(json_object_get(row, "late")))
		add_note(notes, cl->lab->id,
			 "the platform calls it late but not how late; nothing was taken off");
	else if (cl->deadline)
		add_note(notes, cl->lab->id,
			 "nobody says when it was handed in; nothing was taken off");
}

/* The points that a person gave, by the course's scale of today. */
static double given_points(const struct course_lab *cl, const json_t *decision)
{
	double points = number_of(decision, "points"), max = number_of(decision, "max");

	if (max > 0)
		points = rounded(points / max * cl->points);
	/* Stores of version 2 did not say of how many they were. */
	return points > cl->points ? cl->points : points;
}

/* After a decision, of the points that count. */
static const char *status_decided(const struct course_lab *cl, const json_t *row,
				  const json_t *decision)
{
	bool given = json_is_number(json_object_get(decision, "points"));
	/* Also of what was never handed in, an oral exam for example. */
	double points = given ? given_points(cl, decision) : number_of(row, "points");
	double max = given ? cl->points : number_of(row, "max");

	return points >= max && max > 0 ? "full" : "partial";
}

static const char *status_of(const struct course_lab *cl, const json_t *row, const json_t *decision,
			     json_t *notes)
{
	const char *status = text_of(row, "status"), *lab = cl->lab->id;

	if (decision)
		return status_decided(cl, row, decision);
	if (!row)
		return "missing";
	if (json_integer_value(json_object_get(row, "versions")) > 1) {
		add_note(notes, lab,
			 "handed in twice with other content, and nobody says which is the later");
		return "ambiguous";
	}
	if (!*status)
		return "ungraded";
	if (!strcmp(status, "broken") && *text_of(row, "problem"))
		add_note(notes, lab, text_of(row, "problem"));
	return status;
}

/* Points by the course's scale, less what lateness costs; null while there are none. */
static json_t *points_of(const struct course_lab *cl, const json_t *row, const json_t *decision,
			 const char *status, double share)
{
	double max = number_of(row, "max"), points = number_of(row, "points");

	if (word_listed(" ambiguous ungraded broken open ", status))
		return json_null();
	if (json_is_number(json_object_get(decision, "points")))
		return json_real(given_points(cl, decision));
	return json_real(max > 0 ? rounded(points / max * cl->points * share) : 0);
}

/* How many days late the row is; @share of its points is left. */
static long late_of(const struct book *book, const struct course_lab *cl, const json_t *row,
		    double *share)
{
	time_t submitted = 0;

	if (row && !time_read(text_of(row, "submitted"), &submitted))
		submitted = 0;
	return course_late(book->c, cl, text_of(row, "student"), submitted, share);
}

/* Also what was held, once a person has accepted it. */
static bool is_graded(const json_t *row, const json_t *decision)
{
	return text_is(row, "status", "full") || text_is(row, "status", "partial") ||
	       (decision && text_is(row, "status", "held"));
}

/*
 * What came in time, where a later hand-in has lost more by its lateness than it gained:
 * labs share a file, and whoever works on at the next one hands this one in again.
 */
static json_t *choose_row(const struct book *book, const struct course_lab *cl, const char *key,
			  json_t *notes)
{
	json_t *row = json_object_get(book->gradings, key);
	json_t *early = json_object_get(book->in_time, key);
	json_t *decision = json_object_get(book->decisions, key);
	double share = 1, max = number_of(row, "max"), early_max = number_of(early, "max");
	long days = late_of(book, cl, row, &share);

	/* Points that a person gave are final; who only looked has changed none. */
	if (!days || !early || json_is_number(json_object_get(decision, "points")) ||
	    !is_graded(row, decision) || json_integer_value(json_object_get(row, "versions")) > 1 ||
	    max <= 0 || early_max <= 0 ||
	    number_of(early, "points") / early_max <= share * number_of(row, "points") / max)
		return row;
	add_note(notes, cl->lab->id,
		 "handed in again after the deadline, for fewer points; what came in time counts");
	return early;
}

/*
 * Points that a person gave for other files than those that count now shall not go without
 * a word.
 *
 * Return: text that says so, or NULL.
 */
static char *lapsed_of(const struct book *book, const char *key)
{
	const json_t *last = json_object_get(book->decided, key);

	/* Who accepted points as graded has said nothing that the next grading does not. */
	if (!json_is_number(json_object_get(last, "points")) ||
	    json_object_get(book->decisions, key) || !json_object_get(book->gradings, key))
		return NULL;
	return xasprintf("decided %g points (%s), and other files came since",
			 number_of(last, "points"), text_of(last, "reason"));
}

/* Not handed in, and there is time yet: it counts for nothing so far, not for 0 points. */
static bool is_open(const struct book *book, const struct course_lab *cl, const char *student,
		    const json_t *row, const json_t *decision)
{
	return !row && !decision && cl->deadline &&
	       course_in_time(book->c, cl, student, time(NULL));
}

static json_t *lab_entry(const struct book *book, const struct course_lab *cl, const char *student,
			 json_t *notes)
{
	char *key = xasprintf("%s\n%s", student, cl->lab->id), id[24], when[32];
	json_t *row = choose_row(book, cl, key, notes), *entry, *grading;
	json_t *decision = json_object_get(book->decisions, key), *tests;
	const char *status = is_open(book, cl, student, row, decision) ?
				     "open" :
				     status_of(cl, row, decision, notes);
	char *lapsed = lapsed_of(book, key);
	time_t extension = course_extension(cl, student);
	double share = 1;
	long days = late_of(book, cl, row, &share);

	if (extension)
		say_extension(notes, cl, extension);
	if (row)
		say_time(notes, cl, row);
	else if (json_object_get(book->starters, key))
		add_note(notes, cl->lab->id, "the starter came, unchanged: not handed in");
	else if (json_object_get(book->left_out, key))
		add_note(notes, cl->lab->id,
			 "came only with other labs, in batches that left this one out");
	if (decision)
		add_note(notes, cl->lab->id, text_of(decision, "reason"));
	if (lapsed) {
		add_note(notes, cl->lab->id, lapsed);
		if (word_listed(" full partial ", status))
			status = "held";
	}
	entry = json_pack("{s:s,s:o,s:f,s:I}", "status", status, "points",
			  points_of(cl, row, decision, status, share), "max", cl->points,
			  "days_late", (json_int_t)days);
	if (extension) {
		utc_text(extension, when);
		json_object_set_new(entry, "deadline", json_string(when));
	}
	if (decision)
		json_object_set(entry, "decided", json_object_get(decision, "reason"));
	if (lapsed)
		json_object_set_new(entry, "lapsed", json_string(lapsed));
	if (row) {
		grading = json_object_get(row, "grading");
		snprintf(id, sizeof(id), "%lld", (long long)json_integer_value(grading));
		tests = json_object_get(book->tests, id);
		json_object_set(entry, "raw_points", json_object_get(row, "points"));
		json_object_set(entry, "raw_max", json_object_get(row, "max"));
		json_object_set_new(entry, "share", json_real(share));
		json_object_set(entry, "submitted", json_object_get(row, "submitted"));
		json_object_set(entry, "source", json_object_get(row, "source"));
		json_object_set(entry, "sha256", json_object_get(row, "sha256"));
		json_object_set(entry, "grading", grading);
		json_object_set_new(entry, "tests", tests ? json_incref(tests) : json_array());
	}
	free(lapsed);
	free(key);
	return entry;
}

/* ----------------------------------------------------------------- a person */

struct tally {
	unsigned broken, held, missing, full, decided, labs;
};

static void count(struct tally *t, const json_t *entry)
{
	const char *status = text_of(entry, "status");

	t->labs++;
	t->decided += json_object_get(entry, "decided") != NULL;
	t->broken += !strcmp(status, "broken") || !strcmp(status, "ungraded");
	t->held += !strcmp(status, "held") || !strcmp(status, "ambiguous");
	t->missing += !strcmp(status, "missing");
	t->full += !strcmp(status, "full");
}

static const char *student_status(const struct tally *t, const struct tally *needed, bool problem)
{
	if (t->broken)
		return "broken";
	if (t->missing == t->labs)
		return problem ? "unusable" : "missing";
	if (t->held || problem)
		return "held";
	/* Where all but bonus labs are open, those are all there is. */
	if (!needed->labs)
		needed = t;
	return needed->full == needed->labs ? "full" : "partial";
}

static bool only_bonus(const struct book *book)
{
	size_t i;

	for (i = 0; i < book->c->count; i++)
		if (book->show[i] && !book->c->lab[i].lab->bonus)
			return false;
	return true;
}

static json_t *student_entry(const struct book *book, const json_t *row)
{
	const char *id = text_of(row, "id");
	json_t *labs = json_object(), *notes = json_array(), *lines, *entry;
	struct tally all = { 0 }, needed = { 0 };
	double points = 0, max = 0;
	bool alone = only_bonus(book), problem, stranger;
	long days = 0;
	size_t i;

	lines = json_object_get(book->problems, id);
	json_array_extend(notes, lines);
	for (i = 0; i < book->c->count; i++) {
		const struct course_lab *cl = &book->c->lab[i];

		if (!book->show[i])
			continue;
		entry = lab_entry(book, cl, id, notes);
		json_object_set_new(labs, cl->lab->id, entry);
		if (text_is(entry, "status", "open"))
			continue;
		count(&all, entry);
		points += cl->weight * number_of(entry, "points");
		days += (long)json_integer_value(json_object_get(entry, "days_late"));
		if (!cl->lab->bonus || alone) {
			max += cl->weight * cl->points;
			count(&needed, entry);
		}
	}
	/* Once a person has decided about every lab, what could not be read asks nothing more. */
	problem = json_array_size(lines) > 0 && (!all.labs || all.decided < all.labs);
	/* Nor does somebody unknown, about all that they handed in. */
	stranger = *id == '?' && (all.missing == all.labs || all.decided + all.missing < all.labs);
	return json_pack("{s:O,s:O,s:O,s:O,s:b,s:b,s:i,s:s,s:o,s:f,s:i,s:I,s:o,s:o}", "id",
			 json_object_get(row, "id"), "name", json_object_get(row, "name"), "email",
			 json_object_get(row, "email"), "section", json_object_get(row, "section"),
			 "on_roster", json_is_integer(json_object_get(row, "roster")), "stranger",
			 stranger, "unusable", problem ? (int)json_array_size(lines) : 0, "status",
			 student_status(&all, &needed, problem), "points",
			 all.broken || all.held ? json_null() : json_real(rounded(points)), "max",
			 max, "held", (int)all.held, "days_late", (json_int_t)days, "labs", labs,
			 "notes", notes);
}

/* -------------------------------------------------------------------- a class */

/* Rows by "student\nlab". */
static int index_rows(json_t *rows, json_t *out)
{
	json_t *row;
	size_t i;

	json_array_foreach(rows, i, row) {
		char *key = xasprintf("%s\n%s", text_of(row, "student"), text_of(row, "lab"));

		json_object_set(out, key, row);
		free(key);
	}
	json_decref(rows);
	return rows ? 0 : -EIO;
}

/* Lists of what @value makes of the rows, by the text or number in @key. */
static int group_rows(struct store *s, const char *sql, const char *key, json_t **out,
		      struct err *e)
{
	json_t *rows = store_rows(s, e, sql, ""), *row, *list;
	size_t i;

	*out = json_object();
	json_array_foreach(rows, i, row) {
		json_t *k = json_object_get(row, key), *line = json_object_get(row, "line");
		char *name = json_is_integer(k) ?
				     xasprintf("%lld", (long long)json_integer_value(k)) :
				     xstrdup(text_of(row, key));

		list = json_object_get(*out, name);
		if (!list) {
			list = json_array();
			json_object_set_new(*out, name, list);
		}
		if (!line)
			json_object_del(row, key);
		json_array_append(list, line ? line : row);
		free(name);
	}
	json_decref(rows);
	return rows ? 0 : -EIO;
}

/* Of each lab with a deadline what came by it, the last of each person, with its tests. */
static int read_in_time(struct store *s, struct book *book, struct err *e)
{
	json_t *rows, *row;
	size_t i, k;
	int ret = 0;

	for (i = 0; i < book->c->count && !ret; i++) {
		const struct course_lab *cl = &book->c->lab[i];

		if (!cl->deadline || !book->c->late)
			continue;
		rows = store_rows(
			s, e,
			"SELECT s.student, p.lab, 1 AS versions, s.source, s.submitted, s.late,"
			" p.sha256, g.id AS grading, iif(g.status <> 'held', g.status,"
			"   iif(g.points >= g.max, 'full', 'partial')) AS status,"
			" g.points, g.max, g.problem FROM submissions s JOIN parts p ON p.submission = s.id JOIN gradings g"
			" ON g.id = (SELECT max(h.id) FROM gradings h JOIN submissions x"
			"   ON x.id = h.submission WHERE x.student = s.student AND h.lab = p.lab"
			"   AND h.sha256 = p.sha256 AND (h.status IN ('full', 'partial')"
			"     OR (h.status = 'held' AND (SELECT d.points IS NULL FROM decisions d"
			"       WHERE d.student = x.student AND d.lab = h.lab AND d.sha256 = h.sha256"
			"       ORDER BY d.made DESC, d.id DESC LIMIT 1))))"
			" WHERE p.lab = ? AND p.run > 0 AND s.submitted IS NOT NULL"
			" ORDER BY s.submitted, s.id",
			"s", cl->lab->id);
		json_array_foreach(rows, k, row) {
			char id[24];
			json_t *tests;
			time_t submitted;

			if (!time_read(text_of(row, "submitted"), &submitted) ||
			    !course_in_time(book->c, cl, text_of(row, "student"), submitted)) {
				json_array_remove(rows, k--);
				continue;
			}
			snprintf(id, sizeof(id), "%lld",
				 (long long)json_integer_value(json_object_get(row, "grading")));
			if (ret || json_object_get(book->tests, id))
				continue;
			tests = store_rows(s, e,
					   "SELECT test, verdict, points, max FROM tests"
					   " WHERE grading = ?",
					   "j", json_object_get(row, "grading"));
			ret = tests ? json_object_set_new(book->tests, id, tests) : -EIO;
		}
		ret = ret ? ret : index_rows(rows, book->in_time);
	}
	return ret;
}

static int read_store(struct store *s, struct book *book, struct err *e)
{
	int ret;

	book->gradings = json_object();
	book->in_time = json_object();
	book->decisions = json_object();
	book->decided = json_object();
	book->starters = json_object();
	book->left_out = json_object();
	ret = index_rows(
		store_rows(s, e,
			   "SELECT student, lab, versions, source, submitted, late, sha256,"
			   " grading, status, points, max, problem FROM current_gradings",
			   ""),
		book->gradings);
	if (!ret)
		ret = index_rows(store_rows(s, e, "SELECT * FROM current_decisions", ""),
				 book->decisions);
	if (!ret)
		ret = index_rows(store_rows(s, e, "SELECT * FROM decisions ORDER BY made, id", ""),
				 book->decided);
	if (!ret)
		ret = group_rows(s,
				 "SELECT t.grading, t.test, t.verdict, t.points, t.max"
				 " FROM tests t JOIN current_gradings c ON c.grading = t.grading",
				 "grading", &book->tests, e);
	/*
	 * What was unusable, until a later run sees something else of this person in the
	 * same folder: a download of another lab tells nothing of this one.
	 */
	if (!ret)
		ret = group_rows(
			s,
			"SELECT s.student, substr(s.problem, 1,"
			" instr(s.problem || char(10), char(10)) - 1) AS line"
			" FROM submissions s WHERE s.problem IS NOT NULL AND NOT EXISTS"
			" (SELECT 1 FROM submissions x WHERE x.student = s.student"
			"   AND x.run > s.run AND rtrim(x.source, replace(x.source, '/', ''))"
			"     = rtrim(s.source, replace(s.source, '/', '')))"
			" ORDER BY s.id",
			"student", &book->problems, e);
	if (!ret)
		ret = index_rows(store_rows(s, e,
					    "SELECT s.student, replace(n.value, ?1, '') AS lab"
					    " FROM submissions s, json_each(s.notes) n"
					    " WHERE n.value LIKE '%' || ?1",
					    "s", STORE_ONLY_STARTER),
				 book->starters);
	if (!ret)
		ret = index_rows(store_rows(s, e,
					    "SELECT s.student, p.lab FROM submissions s"
					    " JOIN parts p ON p.submission = s.id WHERE p.run = 0",
					    ""),
				 book->left_out);
	if (!ret)
		ret = read_in_time(s, book, e);
	return ret;
}

/*
 * Labs of which somebody has a grading or a decision, and those that nobody has handed in
 * by their deadline. What is to come counts for nobody, nor does a lab that was handed in
 * and left out of all batches.
 */
static bool is_shown(const struct book *book, const struct course_lab *cl)
{
	bool handed_in = false;
	const char *key;
	json_t *row;

	json_object_foreach(book->decisions, key, row)
		if (text_is(row, "lab", cl->lab->id))
			return true;
	json_object_foreach(book->gradings, key, row) {
		if (!text_is(row, "lab", cl->lab->id))
			continue;
		if (json_is_integer(json_object_get(row, "grading")))
			return true;
		handed_in = true;
	}
	json_object_foreach(book->left_out, key, row)
		handed_in |= text_is(row, "lab", cl->lab->id);
	return !handed_in && cl->deadline && cl->deadline < time(NULL);
}

static json_t *choose_labs(struct book *book)
{
	json_t *labs = json_array(), *one;
	size_t i;

	for (i = 0; i < book->c->count; i++) {
		const struct course_lab *cl = &book->c->lab[i];
		char when[32] = "";

		book->show[i] = is_shown(book, cl);
		if (!book->show[i])
			continue;
		one = json_pack("{s:s,s:s,s:f,s:f,s:b}", "id", cl->lab->id, "title", cl->lab->title,
				"max", cl->points, "weight", cl->weight, "bonus", cl->lab->bonus);
		if (cl->deadline) {
			utc_text(cl->deadline, when);
			json_object_set_new(one, "deadline", json_string(when));
		}
		json_array_append_new(labs, one);
	}
	return labs;
}

static bool knows(const void *people, const char *id)
{
	bool roster = false;
	const json_t *row;
	size_t i;

	json_array_foreach((const json_t *)people, i, row) {
		if (!json_is_integer(json_object_get(row, "roster")))
			continue;
		if (text_is(row, "id", id))
			return true;
		roster = true;
	}
	return !roster;
}

int gradebook_people(struct store *s, const struct course *c, struct err *e)
{
	json_t *rows = store_rows(s, e, "SELECT id, roster FROM students", "");
	int ret = rows ? course_people_check(c, knows, rows, e) : -EIO;

	json_decref(rows);
	return ret;
}

json_t *gradebook_make(struct store *s, const struct course *c, struct err *e)
{
	struct book book = { .c = c };
	json_t *rows, *row, *students = json_array(), *labs, *doc = NULL;
	char *seed = store_get(s, "seed"), now[32];
	int ret = gradebook_people(s, c, e);
	size_t i;

	ret = ret ? ret : read_store(s, &book, e);
	rows = ret ? NULL :
		     store_rows(s, e,
				"SELECT * FROM students WHERE roster IS NOT NULL OR id IN"
				" (SELECT student FROM submissions)"
				" ORDER BY roster IS NULL, roster, id",
				"");
	if (rows) {
		utc_text(time(NULL), now);
		labs = choose_labs(&book);
		json_array_foreach(rows, i, row)
			json_array_append_new(students, student_entry(&book, row));
		doc = json_pack("{s:s,s:s?,s:s,s:s?,s:o,s:O}", "schema", GRADEBOOK_SCHEMA, "term",
				c->term, "made", now, "seed", seed, "labs", labs, "students",
				students);
	}
	json_decref(rows);
	json_decref(students);
	json_decref(book.gradings);
	json_decref(book.in_time);
	json_decref(book.decisions);
	json_decref(book.decided);
	json_decref(book.tests);
	json_decref(book.problems);
	json_decref(book.starters);
	json_decref(book.left_out);
	free(seed);
	return doc;
}
