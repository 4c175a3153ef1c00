// SPDX-License-Identifier: GPL-2.0-only
/*
 * store_merge.c - the rows of one store go into another, see store.h; which run there
 * is which run here is found in store_runs.c.
 */
#include "store.h"

#include <stdlib.h>
#include <string.h>

#include "util.h"

#define SEED_NEXT "next: grade it again with --seed of the others, into another --out DIR"

/* -------------------------------------------------------------------- meta */

int store_merge_meta(struct store *to, const struct store_from *from, bool newest, struct err *e)
{
	static const char *const keys[] = { "seed", "course", "roster" };
	size_t i;
	int ret = 0;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]) && !ret; i++) {
		char *theirs = store_get(from->store, keys[i]), *ours = store_get(to, keys[i]);

		if (!i && !theirs)
			ret = err_set(e, EINVAL,
				      "%s has no seed: nothing was graded into it\n"
				      "next: leave it out",
				      from->name);
		else if (!i && ours && strcmp(ours, theirs))
			ret = err_set(
				e, EINVAL,
				"%s was graded with seed %s, the others with %s: people would "
				"have had other inputs\n" SEED_NEXT,
				from->name, theirs, ours);
		else if (theirs && (!ours || (i && newest)))
			ret = store_set(to, keys[i], theirs, e);
		free(theirs);
		free(ours);
	}
	return ret;
}

static long long mapped(const json_t *map, long long id)
{
	char name[24];

	snprintf(name, sizeof(name), "%lld", id);
	return integer_of(map, name);
}

/* ------------------------------------------------------------- submissions */

static int copy_students(struct store *to, struct store *from, struct err *e)
{
	json_t *rows = store_rows(from, e, "SELECT * FROM students", ""), *row;
	int ret = rows ? 0 : -EIO;
	size_t i;

	json_array_foreach(rows, i, row)
		if (!ret)
			ret = store_do(to, e,
				       "INSERT INTO students VALUES (?, ?, ?, ?, ?)"
				       " ON CONFLICT (id) DO UPDATE SET name = excluded.name,"
				       " email = excluded.email, section = excluded.section,"
				       " roster = excluded.roster WHERE roster IS NULL",
				       "jjjjj", json_object_get(row, "id"),
				       json_object_get(row, "name"), json_object_get(row, "email"),
				       json_object_get(row, "section"),
				       json_object_get(row, "roster"));
	json_decref(rows);
	return ret;
}

int store_merge_roster(struct store *to, struct store *from, struct err *e)
{
	json_t *rows = store_rows(from, e, "SELECT * FROM students WHERE roster IS NOT NULL", ""),
	       *row;
	int ret = !rows			 ? -EIO :
		  !json_array_size(rows) ? 0 :
					   store_do(to, e, "UPDATE students SET roster = NULL", "");
	size_t i;

	json_array_foreach(rows, i, row)
		if (!ret)
			ret = store_do(to, e,
				       "UPDATE students SET name = ?, email = ?, section = ?,"
				       " roster = ? WHERE id = ?",
				       "jjjjj", json_object_get(row, "name"),
				       json_object_get(row, "email"),
				       json_object_get(row, "section"),
				       json_object_get(row, "roster"), json_object_get(row, "id"));
	json_decref(rows);
	return ret;
}

static bool is_unknown(const json_t *submission)
{
	return *text_of(submission, "student") == '?';
}

/*
 * One file cannot be two people's. Of two runs the later one had the better roster; of one
 * run, that which somebody nobody knew in one part is on in the other.
 */
static int choose_owner(const json_t *row, const json_t *old, long long run, const char *name,
			json_t **owner, struct err *e)
{
	long long before = integer_of(old, "run");
	bool same = old && text_is(row, "student", text_of(old, "student"));
	bool keep = old && (before > run || (before == run && (same || is_unknown(row))));

	*owner = json_object_get(keep ? old : row, "student");
	if (!old || keep || before < run || is_unknown(old))
		return 0;
	return err_set(e, EEXIST,
		       "%s says that %s is by %s, another store that it is by %s\n"
		       "next: grade both with the same --roster, then merge again",
		       name, text_of(row, "source"), text_of(row, "student"),
		       text_of(old, "student"));
}

#define ADD_SUBMISSION \
	"INSERT INTO submissions VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)" \
	" ON CONFLICT (source, sha256) DO UPDATE SET " STORE_SAME_TIMES
#define NEWER \
	", run = max(run, excluded.run), student = excluded.student, late = excluded.late," \
	" problem = excluded.problem, notes = excluded.notes"
#define SAME_ID " RETURNING id"

static int copy_submission(struct store *to, const json_t *row, long long run, const char *name,
			   long long *id, struct err *e)
{
	json_t *(*const at)(const json_t *, const char *) = json_object_get;
	json_t *rows = store_rows(to, e,
				  "SELECT * FROM submissions WHERE source = ? AND sha256 = ?", "jj",
				  at(row, "source"), at(row, "sha256"));
	json_t *old = json_array_get(rows, 0), *owner = NULL;
	int ret = rows ? choose_owner(row, old, run, name, &owner, e) : -EIO;
	/* What the later run saw stays; when it came may have been earlier. */
	bool keep = !ret && old && integer_of(old, "run") >= run && owner == at(old, "student");

	json_incref(owner);
	json_decref(rows);
	if (ret) {
		json_decref(owner);
		return ret;
	}
	rows = store_rows(to, e, keep ? ADD_SUBMISSION SAME_ID : ADD_SUBMISSION NEWER SAME_ID,
			  "ijjjjjjjjj", run, owner, at(row, "source"), at(row, "layout"),
			  at(row, "sha256"), at(row, "submitted"), at(row, "late"),
			  at(row, "problem"), at(row, "notes"), at(row, "again"));
	*id = integer_of(json_array_get(rows, 0), "id");
	ret = rows ? 0 : -EIO;
	json_decref(owner);
	json_decref(rows);
	return ret;
}

static int copy_parts(struct store *to, const struct store_from *from, struct err *e)
{
	json_t *rows = store_rows(from->store, e, "SELECT * FROM parts", ""), *row;
	int ret = rows ? 0 : -EIO;
	size_t i;

	json_array_foreach(rows, i, row)
		if (!ret)
			ret = store_do(to, e, STORE_ADD_PART, "ijji",
				       mapped(from->ids, integer_of(row, "submission")),
				       json_object_get(row, "lab"), json_object_get(row, "sha256"),
				       mapped(from->runs, integer_of(row, "run")));
	json_decref(rows);
	return ret;
}

static int copy_files(struct store *to, const struct store_from *from, struct err *e)
{
	json_t *rows = store_rows(from->store, e,
				  "SELECT p.*, hex(f.data) AS data FROM part_files p"
				  " JOIN files f ON f.sha256 = p.sha256",
				  ""),
	       *row;
	int ret = rows ? 0 : -EIO;
	size_t i;

	json_array_foreach(rows, i, row) {
		struct store_part part = { mapped(from->ids, integer_of(row, "submission")),
					   text_of(row, "lab") };

		if (!ret)
			ret = store_add_file(to, &part, text_of(row, "path"), text_of(row, "data"),
					     e);
	}
	json_decref(rows);
	return ret;
}

int store_merge_submissions(struct store *to, const struct store_from *from, struct err *e)
{
	json_t *rows = store_rows(from->store, e, "SELECT * FROM submissions ORDER BY id", ""),
	       *row;
	int ret = rows ? copy_students(to, from->store, e) : -EIO;
	size_t i;

	json_array_foreach(rows, i, row) {
		char key[24];
		long long id = 0;

		if (ret)
			break;
		ret = copy_submission(to, row, mapped(from->runs, integer_of(row, "run")),
				      from->name, &id, e);
		snprintf(key, sizeof(key), "%lld", integer_of(row, "id"));
		json_object_set_new(from->ids, key, json_integer(id));
	}
	json_decref(rows);
	if (!ret)
		ret = copy_parts(to, from, e);
	return ret ? ret : copy_files(to, from, e);
}

int store_merge_unknown(struct store *to, long long joint, struct err *e)
{
	return store_do(to, e,
			"UPDATE submissions SET student = (SELECT v.student FROM submissions v"
			"   WHERE v.sha256 = submissions.sha256 AND v.run = ?1"
			"   AND v.student NOT LIKE '?%')"
			" WHERE student LIKE '?%' AND sha256 <> '' AND run < ?1"
			" AND (SELECT count(DISTINCT v.student) FROM submissions v"
			"   WHERE v.sha256 = submissions.sha256 AND v.run = ?1"
			"   AND v.student NOT LIKE '?%') = 1",
			"i", joint);
}

/* --------------------------------------------------- gradings and decisions */

json_t *store_merge_gradings(struct store *from, const json_t *ids, struct err *e)
{
	json_t *rows = store_rows(from, e, "SELECT * FROM gradings ORDER BY id", "");
	json_t *row, *tests;
	size_t i;

	json_array_foreach(rows, i, row) {
		tests = store_rows(from, e, "SELECT * FROM tests WHERE grading = ? ORDER BY test",
				   "i", integer_of(row, "id"));
		if (!tests) {
			json_decref(rows);
			return NULL;
		}
		json_object_set_new(row, "tests", tests);
		json_object_set_new(row, "submission",
				    json_integer(mapped(ids, integer_of(row, "submission"))));
	}
	return rows;
}

int store_merge_decisions(struct store *to, struct store *from, struct err *e)
{
	json_t *rows = store_rows(from, e, "SELECT * FROM decisions ORDER BY id", ""), *row;
	json_t *(*const at)(const json_t *, const char *) = json_object_get;
	int ret = rows ? 0 : -EIO;
	size_t i;

	json_array_foreach(rows, i, row)
		if (!ret)
			ret = store_do(
				to, e,
				"INSERT INTO decisions SELECT NULL, ?1, ?2, ?3, ?4, ?5, ?6, ?7"
				" WHERE NOT EXISTS (SELECT 1 FROM decisions WHERE student = ?1"
				" AND lab = ?2 AND sha256 = ?3 AND points IS ?4"
				" AND reason = ?5 AND made = ?6)",
				"jjjjjjj", at(row, "student"), at(row, "lab"), at(row, "sha256"),
				at(row, "points"), at(row, "reason"), at(row, "made"),
				at(row, "max"));
	json_decref(rows);
	return ret;
}
