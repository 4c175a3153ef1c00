// SPDX-License-Identifier: GPL-2.0-only
/*
 * batch_intake.c - who handed in what, see batch.h. Submissions are read by
 * workers: one that kills its reader costs itself only.
 */
#include "batch.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "collect.h"
#include "pool.h"
#include "starter.h"
#include "util.h"

/* One source on its way. */
struct scan {
	const struct batch *b;
	const struct source *source;
	const json_t *starters; /* texts by their files' paths */
	struct pool *pool;
	json_t *found;
	bool again; /* its worker was lost once */
};

/* ------------------------------------------------------------ in a worker */

/* The bytes of a lab's files, as digits: JSON has no others. */
static json_t *files_of(const struct collection *c, const struct lab_def *lab)
{
	json_t *files = json_object();
	size_t i;

	for (i = 0; i < lab->files_count; i++) {
		const struct collect_file *f = collection_find(c, lab->files[i]);
		char *hex = f && f->data ? hex_text(f->data, f->size) : NULL;

		if (hex)
			json_object_set_new(files, f->path, json_string(hex));
		free(hex);
	}
	return files;
}

/* What is wrong with it, its path as it is shown: a newline in a name ends no line. */
static json_t *problem_of(const struct source *s, const char *said)
{
	const char *at = strstr(said, s->path);
	char *text =
		at ? xasprintf("%.*s%s%s", (int)(at - said), said, s->shown, at + strlen(s->path)) :
		     xstrdup(said);
	char *clean = clean_text(text, strlen(text));
	json_t *problem = json_pack("{s:s}", "problem", clean);

	free(clean);
	free(text);
	return problem;
}

/* Is it by its name a kind of file that work comes in, though it cannot be read? */
static bool may_be_work(const char *path)
{
	char *name = xstrdup(path), *dot;
	size_t n = strlen(name), i;
	bool may;

	for (i = 0; i < n; i++)
		name[i] = (char)tolower((unsigned char)name[i]);
	dot = strrchr(name, '.');
	may = dot && word_listed(" .c .gz .bz2 .xz .zst .rar .7z ", dot);
	cut_archive_ending(name);
	may |= strlen(name) < n;
	free(name);
	return may;
}

/*
 * An archive of a whole checkout has the starters of labs that are still to come, too.
 * Whoever packed it has handed in nothing of those.
 */
static void mark_starters(const struct scan *scan, struct collection *c)
{
	size_t i;

	for (i = 0; i < c->files_count; i++) {
		struct collect_file *f = &c->files[i];
		const char *starter = json_string_value(json_object_get(scan->starters, f->path));

		f->starter = starter && f->data && starter_is(starter, f->data);
	}
}

static bool has_starter(const struct collection *c, const struct lab_def *lab)
{
	size_t i;

	for (i = 0; i < lab->files_count; i++)
		if (collection_find(c, lab->files[i])->starter)
			return true;
	return false;
}

/* Its hash, its notes, and of each lab that it has a file of the files and their hash. */
static json_t *scan_work(void *arg)
{
	const struct scan *scan = arg;
	const struct manifest *m = scan->b->m;
	json_t *parts = json_object(), *notes = json_array();
	struct collection *c;
	struct err e = { 0 };
	char hash[65];
	size_t i;
	int ret = collect(scan->source->path, m, NULL, &c, &e);

	if (ret) {
		json_t *problem = problem_of(scan->source, e.text);

		if (ret == -EINVAL && !may_be_work(scan->source->path))
			json_object_set_new(problem, "beside", json_true());
		return problem;
	}
	mark_starters(scan, c);
	for (i = 0; i < c->notes_count; i++)
		json_array_append_new(notes, json_string(c->notes[i]));
	for (i = 0; i < m->labs_count; i++)
		if (collection_has(c, m, &m->labs[i])) {
			collection_hash(c, &m->labs[i], hash);
			json_object_set_new(parts, m->labs[i].id,
					    json_pack("{s:s,s:o}", "sha256", hash, "files",
						      files_of(c, &m->labs[i])));
		} else if (has_starter(c, &m->labs[i])) {
			json_array_append_new(notes,
					      json_sprintf("%s" STORE_ONLY_STARTER, m->labs[i].id));
		}
	return json_pack("{s:s,s:o,s:o}", "sha256", c->hash, "notes", notes, "parts", parts);
}

/* ------------------------------------------------------------ in the batch */

static void scan_done(void *arg, json_t *result, const char *why)
{
	struct scan *scan = arg;
	char *text;

	if (!result && !scan->again) {
		scan->again = true;
		pool_add(scan->pool, scan_work, scan_done, scan);
		return;
	}
	text = xasprintf("it could not be read: %s\nnext: run the same command again", why);

	scan->found = result ? result : json_pack("{s:s}", "problem", text);
	free(text);
}

static int put_roster(struct batch *b, struct err *e)
{
	size_t i;
	int ret = store_do(b->store, e, "UPDATE students SET roster = NULL", "");

	for (i = 0; i < b->roster.count && !ret; i++) {
		const struct roster_row *row = &b->roster.row[i];

		ret = store_do(b->store, e,
			       "INSERT INTO students VALUES (?, ?, ?, ?, ?)"
			       " ON CONFLICT (id) DO UPDATE SET name = excluded.name,"
			       " email = excluded.email, section = excluded.section,"
			       " roster = excluded.roster",
			       "ssssi", row->cell[ROSTER_ID], row->cell[ROSTER_NAME],
			       row->cell[ROSTER_EMAIL], row->cell[ROSTER_SECTION],
			       (long long)row->line);
	}
	return ret;
}

/*
 * The student's id: the roster's. Whoever is not in it is called by the name of
 * the submission, behind a question mark, so that it is nobody's id, with @why.
 */
static char *student_of(const struct batch *b, const struct scan *scan, time_t *submitted,
			const char **why)
{
	const struct roster_row *row = NULL;

	*why = NULL;
	if (b->roster.count)
		row = roster_match(&b->roster, scan->source, why);
	*submitted = scan->source->submitted;
	if (row && !*submitted)
		*submitted = row->submitted;
	if (row)
		return xstrdup(row->cell[ROSTER_ID]);
	return xasprintf("%s%s", b->roster.count ? "?" : "", scan->source->base);
}

static int put_parts(struct batch *b, long long id, const json_t *parts, struct err *e)
{
	const char *lab, *path;
	json_t *part, *hex;
	int ret = 0;

	json_object_foreach((json_t *)parts, lab, part) {
		struct store_part key = { id, lab };

		if (!ret)
			ret = store_do(b->store, e, STORE_ADD_PART, "issi", id, lab,
				       text_of(part, "sha256"),
				       batch_wants(b, manifest_find_lab(b->m, lab, e)) ?
					       (long long)b->run :
					       0LL);
		json_object_foreach(json_object_get(part, "files"), path, hex)
			if (!ret)
				ret = store_add_file(b->store, &key, path, json_string_value(hex),
						     e);
	}
	return ret;
}

/* Is there a source of this name in this run? */
static bool is_here(const struct batch *b, const char *shown)
{
	size_t i;

	for (i = 0; i < b->sources.count; i++)
		if (!strcmp(b->sources.source[i].shown, shown))
			return true;
	return false;
}

/*
 * Somebody nobody knew, whose submission has the name of a student now: it is the same
 * one. Not so for people of the roster: two of them may have handed in the same.
 */
static int take_over_unknown(struct batch *b, const struct scan *scan, const char *student,
			     struct err *e)
{
	const char *shown = scan->source->shown;
	json_t *rows = store_rows(b->store, e,
				  "SELECT id, source FROM submissions s WHERE sha256 = ?1"
				  " AND sha256 <> '' AND student LIKE '?%' AND NOT EXISTS"
				  " (SELECT 1 FROM submissions t WHERE t.sha256 = ?1"
				  " AND t.source = ?2)",
				  "ss", text_of(scan->found, "sha256"), shown),
	       *row;
	int ret = rows ? 0 : -EIO;
	size_t i;

	json_array_foreach(rows, i, row)
		if (!ret && *student != '?' && !is_here(b, text_of(row, "source"))) {
			ret = store_do(b->store, e,
				       "UPDATE submissions SET source = ? WHERE id = ?", "sj",
				       shown, json_object_get(row, "id"));
			break;
		}
	json_decref(rows);
	return ret;
}

static int put_submission(struct batch *b, const struct scan *scan, long long *id, struct err *e)
{
	const struct source *s = scan->source;
	json_t *sha256 = json_object_get(scan->found, "sha256"), *notes = json_array(), *rows;
	char *list, when[32] = "";
	const char *why;
	time_t submitted;
	char *student = student_of(b, scan, &submitted, &why);
	int ret = store_do(b->store, e,
			   "INSERT INTO students VALUES (?, ?, ?, '', NULL) ON CONFLICT DO NOTHING",
			   "sss", student, s->person ? s->person : "", s->email ? s->email : "");

	json_array_extend(notes, json_object_get(scan->found, "notes"));
	if (why)
		json_array_append_new(notes, json_string(why));
	list = json_dumps(notes, JSON_COMPACT);
	if (submitted)
		utc_text(submitted, when);
	if (!ret)
		ret = take_over_unknown(b, scan, student, e);
	rows = ret ? NULL :
		     store_rows(
			     b->store, e,
			     "INSERT INTO submissions VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)"
			     " ON CONFLICT (source, sha256) DO UPDATE SET run = excluded.run,"
			     " student = excluded.student, " STORE_SAME_TIMES ","
			     " late = excluded.late, problem = excluded.problem,"
			     " notes = excluded.notes RETURNING id",
			     "isssssijs", b->run, student, s->shown, s->layout,
			     sha256 ? json_string_value(sha256) : "", *when ? when : NULL,
			     (long long)s->late, json_object_get(scan->found, "problem"), list);
	ret = rows ? 0 : -EIO;
	*id = json_integer_value(json_object_get(json_array_get(rows, 0), "id"));
	if (!ret)
		ret = put_parts(b, *id, json_object_get(scan->found, "parts"), e);
	json_decref(rows);
	json_decref(notes);
	free(list);
	free(student);
	return ret;
}

/* Has another source of this person work in it? */
static bool has_work_beside(const struct batch *b, const struct scan *scans, size_t which)
{
	const char *why;
	time_t when;
	char *who = student_of(b, &scans[which], &when, &why), *other;
	bool has = false;
	size_t i;

	for (i = 0; i < b->sources.count && !has; i++) {
		if (!json_object_size(json_object_get(scans[i].found, "parts")))
			continue;
		other = student_of(b, &scans[i], &when, &why);
		has = !strcmp(who, other);
		free(other);
	}
	free(who);
	return has;
}

/* A report or a readme beside an archive is none that cannot be read: a note. */
static void set_aside(struct batch *b, const struct scan *scans)
{
	size_t i;

	for (i = 0; i < b->sources.count; i++) {
		json_t *found = scans[i].found;
		static const char why[] = "no work of a lab, beside another file of theirs that is";

		if (!json_object_get(found, "beside") || !has_work_beside(b, scans, i))
			continue;
		json_object_del(found, "problem");
		json_object_set_new(found, "notes", json_pack("[s]", why));
		sources_ignore(&b->sources, b->sources.source[i].path, why);
	}
}

static int put_all(struct batch *b, struct scan *scans, struct err *e)
{
	size_t i;
	int ret = store_begin(b->store, e);

	set_aside(b, scans);
	if (!ret)
		ret = store_add_run(b->store, b->round, &b->run, e);
	if (!ret && b->roster.count)
		ret = put_roster(b, e);
	for (i = 0; i < b->sources.count && !ret; i++)
		ret = put_submission(b, &scans[i], &b->submission[i], e);
	return store_end(b->store, ret, e);
}

/* Made once, here, not again for each submission. What cannot be made is told from nothing. */
static json_t *make_starters(const struct batch *b)
{
	json_t *starters = json_object();
	size_t i, k;
	char *text;

	for (i = 0; i < b->m->labs_count; i++)
		for (k = 0; k < b->m->labs[i].files_count; k++) {
			const char *file = b->m->labs[i].files[k];

			if (json_object_get(starters, file) ||
			    starter_text(b->kit, file, &text, NULL))
				continue;
			json_object_set_new(starters, file, json_string(text));
			free(text);
		}
	return starters;
}

int batch_intake(struct batch *b, struct err *e)
{
	json_t *starters = make_starters(b);
	struct scan *scans = xcalloc(b->sources.count, sizeof(*scans));
	struct pool *pool = pool_new(b->jobs);
	size_t i;
	int ret;

	for (i = 0; i < b->sources.count; i++) {
		scans[i] = (struct scan){ b, &b->sources.source[i], starters, pool, NULL, false };
		pool_add(pool, scan_work, scan_done, &scans[i]);
	}
	pool_run(pool);
	pool_free(pool);
	b->submission = xcalloc(b->sources.count, sizeof(*b->submission));
	ret = put_all(b, scans, e);
	for (i = 0; i < b->sources.count; i++)
		json_decref(scans[i].found);
	free(scans);
	json_decref(starters);
	return ret;
}
