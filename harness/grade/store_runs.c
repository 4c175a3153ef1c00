// SPDX-License-Identifier: GPL-2.0-only
/*
 * store_runs.c - the runs of a store, and those of several stores as the runs of
 * one; see store.h.
 *
 * A run has a name that nothing changes, so that a merge can be done again, and
 * perhaps that of a round: what several machines graded at one call is one run of
 * the target. So are the last runs of the stores of one merge: what they graded of
 * one class counts as if one batch had seen it. All others stand in the order in
 * which they began, whichever store they come from, and in whichever merge.
 */
#include "store.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kit.h"
#include "util.h"

int store_add_run(struct store *s, const char *round, long long *id, struct err *e)
{
	char now[32];
	int ret;

	utc_text(time(NULL), now);
	ret = store_do(s, e, "INSERT INTO runs VALUES (NULL, ?, NULL, ?)", "ss", now, KIT_VERSION);
	*id = store_last_id(s);
	if (!ret)
		ret = store_do(s, e, "INSERT INTO rounds VALUES (lower(hex(randomblob(16))), ?)",
			       "i", *id);
	/* Of a part that was ended and begun again the last run has seen all of it. */
	if (!ret && round)
		ret = store_do(s, e,
			       "INSERT INTO rounds VALUES (?, ?)"
			       " ON CONFLICT DO UPDATE SET run = excluded.run",
			       "si", round, *id);
	return ret;
}

char *store_latest_run(struct store *s, struct err *e)
{
	json_t *rows = store_rows(s, e, "SELECT max(started) AS started FROM runs", "");
	char *started = rows ? xstrdup(text_of(json_array_get(rows, 0), "started")) : NULL;

	json_decref(rows);
	return started;
}

/* ------------------------------------------------------------------- plan */

/*
 * What becomes of the runs of all stores.
 * @all: the runs of the stores that are merged: "store", "names", "last", "to" (in @runs)
 * @runs: those of the target: "old" (its id, 0: new), "began", "place", "name", and at
 *	last "id"
 * @known: by each name the index in @runs
 */
struct plan {
	json_t *all, *runs, *known;
	json_int_t joint; /* in @runs, or -1 */
};

/*
 * The runs of a store, in their order, each with its names. A clock may have been set back
 * in between: none "began" before those in front of it.
 */
static int load(struct store *s, size_t store, json_t *out, struct err *e)
{
	json_t *rows = store_rows(s, e,
				  "SELECT *, max(started) OVER (ORDER BY id) AS began,"
				  " id = (SELECT max(id) FROM runs) AS last FROM runs ORDER BY id",
				  "");
	json_t *row, *names;
	size_t i;
	int ret = rows ? 0 : -EIO;

	json_array_foreach(rows, i, row) {
		names = store_rows(s, e, "SELECT name FROM rounds WHERE run = ? ORDER BY name", "j",
				   json_object_get(row, "id"));
		ret = names ? ret : -EIO;
		json_object_set_new(row, "names", names ? names : json_array());
		json_object_set_new(row, "name",
				    json_string(text_of(json_array_get(names, 0), "name")));
		json_object_set_new(row, "store", json_integer((json_int_t)store));
		json_object_set_new(row, "place", json_integer((json_int_t)i));
		json_array_append(out, row);
	}
	json_decref(rows);
	return ret;
}

/* Has @set any of its names? Then what stands there, else NULL. */
static const json_t *find(const json_t *set, const json_t *row)
{
	const json_t *one, *found = NULL;
	size_t i;

	json_array_foreach(json_object_get(row, "names"), i, one)
		if (!found)
			found = json_object_get(set, text_of(one, "name"));
	return found;
}

static void name_all(json_t *set, const json_t *row, json_int_t value)
{
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(row, "names"), i, one)
		json_object_set_new(set, text_of(one, "name"), json_integer(value));
}

/* A run that the target does not have yet, as this one. Return: its index. */
static json_int_t add_new(struct plan *p, const json_t *row)
{
	json_t *copy = json_copy((json_t *)row);

	json_object_set_new(copy, "old", json_integer(0));
	json_array_append_new(p->runs, copy);
	return (json_int_t)json_array_size(p->runs) - 1;
}

/* A new run stands for this one, too: the earlier, or with @later the later value. */
static void widen(json_t *run, const json_t *row, const char *key, bool later)
{
	int order = strcmp(text_of(row, key), text_of(run, key));

	if (later ? order > 0 : order < 0)
		json_object_set(run, key, json_object_get(row, key));
}

static void join(json_t *run, const json_t *row, bool later)
{
	if (integer_of(run, "old"))
		return;
	widen(run, row, "began", later);
	widen(run, row, "started", false);
	widen(run, row, "ended", true);
	widen(run, row, "name", false);
	if (integer_of(row, "place") < integer_of(run, "place"))
		json_object_set(run, "place", json_object_get(row, "place"));
}

/*
 * The last runs of the stores are one. Not so one of a round after which another store has
 * seen a further one: that is an earlier run. Where not all are known as the same, they
 * make a new one: one store that was graded into since the last merge makes it so for
 * all, as what the others saw last counts as much as before, and no less than this.
 */
static void plan_last(struct plan *p)
{
	json_t *earlier = json_object(), *row, *last = json_array();
	const json_t *is;
	bool same = true;
	size_t i;

	json_array_foreach(p->all, i, row)
		if (!integer_of(row, "last"))
			name_all(earlier, row, 1);
	p->joint = -1;
	json_array_foreach(p->all, i, row) {
		if (!integer_of(row, "last") || find(earlier, row))
			continue;
		is = find(p->known, row);
		same = same && is && (!json_array_size(last) || json_integer_value(is) == p->joint);
		p->joint = is ? json_integer_value(is) : -1;
		json_array_append(last, row);
	}
	if (!same)
		p->joint = add_new(p, json_array_get(last, 0));
	json_array_foreach(last, i, row) {
		join(json_array_get(p->runs, (size_t)p->joint), row, true);
		name_all(p->known, row, p->joint);
		json_object_set_new(row, "to", json_integer(p->joint));
	}
	json_decref(earlier);
	json_decref(last);
}

static void plan_others(struct plan *p)
{
	const json_t *is;
	json_int_t to;
	json_t *row;
	size_t i;

	json_array_foreach(p->all, i, row) {
		if (json_object_get(row, "to"))
			continue;
		is = find(p->known, row);
		to = is ? json_integer_value(is) : add_new(p, row);
		join(json_array_get(p->runs, (size_t)to), row, false);
		name_all(p->known, row, to);
		json_object_set_new(row, "to", json_integer(to));
	}
}

static int compare(const json_t *x, const json_t *y, const char *key)
{
	json_int_t a = integer_of(x, key), b = integer_of(y, key);

	return a < b ? -1 : a > b;
}

/* Those of one second: first what the target has, last a new joint run. */
static int by_beginning(const void *a, const void *b)
{
	const json_t *x = *(json_t *const *)a, *y = *(json_t *const *)b;
	int order = strcmp(text_of(x, "began"), text_of(y, "began"));

	if (!order)
		order = compare(x, y, "joint");
	if (!order)
		order = compare(x, y, "new");
	if (!order)
		order = compare(x, y, "place");
	return order ? order : strcmp(text_of(x, "name"), text_of(y, "name"));
}

/* Each run of the target gets the number that it will have, "id". */
static void put_in_order(struct plan *p)
{
	size_t n = json_array_size(p->runs), i;
	json_t **list = xcalloc(n + 1, sizeof(*list));

	for (i = 0; i < n; i++) {
		list[i] = json_array_get(p->runs, i);
		json_object_set_new(list[i], "new", json_integer(!integer_of(list[i], "old")));
		json_object_set_new(list[i], "joint",
				    json_integer((json_int_t)i == p->joint &&
						 !integer_of(list[i], "old")));
	}
	qsort(list, n, sizeof(*list), by_beginning);
	for (i = 0; i < n; i++)
		json_object_set_new(list[i], "id", json_integer((json_int_t)i + 1));
	free(list);
}

/* ------------------------------------------------------------------ write */

/* By way of numbers below 0, as the old and the new ones overlap. */
static int renumber(struct store *to, const json_t *runs, struct err *e)
{
	static const char *const tables[][2] = {
		{ "runs", "id" }, { "submissions", "run" }, { "parts", "run" }, { "rounds", "run" }
	};
	const size_t count = sizeof(tables) / sizeof(tables[0]);
	int ret = store_do(to, e, "PRAGMA defer_foreign_keys = ON", "");
	json_int_t old;
	json_t *run;
	char *sql;
	size_t i, k;

	json_array_foreach(runs, i, run) {
		old = integer_of(run, "old");
		for (k = 0; k < count && !ret && old && old != integer_of(run, "id"); k++) {
			sql = xasprintf("UPDATE %s SET %s = -? WHERE %s = ?", tables[k][0],
					tables[k][1], tables[k][1]);
			ret = store_do(to, e, sql, "jj", json_object_get(run, "id"),
				       json_object_get(run, "old"));
			free(sql);
		}
	}
	for (k = 0; k < count && !ret; k++) {
		sql = xasprintf("UPDATE %s SET %s = -%s WHERE %s < 0", tables[k][0], tables[k][1],
				tables[k][1], tables[k][1]);
		ret = store_do(to, e, sql, "");
		free(sql);
	}
	return ret;
}

static int write_plan(struct store *to, const struct store_from *from, struct plan *p,
		      struct err *e)
{
	json_t *run, *row, *at;
	const char *name;
	char key[24];
	size_t i;
	int ret = renumber(to, p->runs, e);

	json_array_foreach(p->runs, i, run)
		if (!ret && !integer_of(run, "old"))
			ret = store_do(to, e, "INSERT INTO runs VALUES (?, ?, ?, ?)", "jjjj",
				       json_object_get(run, "id"), json_object_get(run, "started"),
				       json_object_get(run, "ended"),
				       json_object_get(run, "mmaplab"));
	json_object_foreach(p->known, name, at) {
		run = json_array_get(p->runs, (size_t)json_integer_value(at));
		if (!ret)
			ret = store_do(to, e,
				       "INSERT INTO rounds VALUES (?, ?)"
				       " ON CONFLICT DO UPDATE SET run = excluded.run",
				       "sj", name, json_object_get(run, "id"));
	}
	json_array_foreach(p->all, i, row) {
		run = json_array_get(p->runs, (size_t)integer_of(row, "to"));
		snprintf(key, sizeof(key), "%lld", (long long)integer_of(row, "id"));
		json_object_set(from[integer_of(row, "store")].runs, key,
				json_object_get(run, "id"));
	}
	return ret;
}

int store_merge_runs(struct store *to, const struct store_from *from, size_t count,
		     long long *joint, struct err *e)
{
	struct plan p = { json_array(), json_array(), json_object(), -1 };
	json_t *run;
	size_t i;
	int ret = load(to, 0, p.runs, e);

	json_array_foreach(p.runs, i, run) {
		json_object_set(run, "old", json_object_get(run, "id"));
		name_all(p.known, run, (json_int_t)i);
	}
	for (i = 0; i < count && !ret; i++)
		ret = load(from[i].store, i, p.all, e);
	if (!ret) {
		plan_last(&p);
		plan_others(&p);
		put_in_order(&p);
		ret = write_plan(to, from, &p, e);
	}
	*joint = p.joint < 0 ? 0 : integer_of(json_array_get(p.runs, (size_t)p.joint), "id");
	json_decref(p.all);
	json_decref(p.runs);
	json_decref(p.known);
	return ret;
}
