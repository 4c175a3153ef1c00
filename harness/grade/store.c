// SPDX-License-Identifier: GPL-2.0-only
/*
 * store.c - a SQLite file with the results of a term, see store.h.
 */
#include "store.h"

#include <sqlite3.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util.h"

#define BUSY_MS 10000

struct store {
	sqlite3 *db;
	char *path;
};

/* What SQLite says, as an error with an errno. */
static int failed(const struct store *s, struct err *e)
{
	int code = sqlite3_errcode(s->db), sys = sqlite3_system_errno(s->db);
	const char *why = sqlite3_errmsg(s->db);

	switch (code & 0xff) {
	case SQLITE_FULL:
		return err_set(e, ENOSPC, "write %s: the disk is full", s->path);
	case SQLITE_READONLY:
		return err_set(e, EROFS,
			       "write %s: it is read-only\n"
			       "next: --out DIR with a folder that you may write to",
			       s->path);
	case SQLITE_NOTADB:
	case SQLITE_CORRUPT:
		return err_set(e, EINVAL,
			       "%s is damaged, or no store: %s\n"
			       "next: bring it back from a copy, or move it away and run again",
			       s->path, why);
	case SQLITE_BUSY:
		return err_set(e, EBUSY,
			       "%s is in use by another program\n"
			       "next: end that, then run the same command again",
			       s->path);
	default:
		return err_set(e, sys == ENOSPC || sys == EDQUOT ? sys : EIO, "%s: %s%s%s", s->path,
			       why, sys ? ": " : "", sys ? strerror(sys) : "");
	}
}

/* -------------------------------------------------------------- statements */

static void bind_json(sqlite3_stmt *st, int i, const json_t *v)
{
	if (json_is_string(v))
		sqlite3_bind_text(st, i, json_string_value(v), -1, SQLITE_TRANSIENT);
	else if (json_is_integer(v))
		sqlite3_bind_int64(st, i, json_integer_value(v));
	else if (json_is_real(v))
		sqlite3_bind_double(st, i, json_real_value(v));
	else
		sqlite3_bind_null(st, i);
}

static void bind(sqlite3_stmt *st, const char *types, va_list ap)
{
	const char *text;
	int i;

	for (i = 1; *types; types++, i++) {
		switch (*types) {
		case 's':
			text = va_arg(ap, const char *);
			sqlite3_bind_text(st, i, text, -1, SQLITE_TRANSIENT);
			break;
		case 'i':
			sqlite3_bind_int64(st, i, va_arg(ap, long long));
			break;
		case 'b':
			text = va_arg(ap, const char *);
			sqlite3_bind_blob64(st, i, text, va_arg(ap, size_t), SQLITE_TRANSIENT);
			break;
		default:
			bind_json(st, i, va_arg(ap, const json_t *));
		}
	}
}

static json_t *column(sqlite3_stmt *st, int i)
{
	switch (sqlite3_column_type(st, i)) {
	case SQLITE_INTEGER:
		return json_integer(sqlite3_column_int64(st, i));
	case SQLITE_FLOAT:
		return json_real(sqlite3_column_double(st, i));
	case SQLITE_NULL:
		return json_null();
	default:
		return json_string((const char *)sqlite3_column_text(st, i));
	}
}

static int run(struct store *s, struct err *e, json_t *rows, const char *sql, const char *types,
	       va_list ap)
{
	sqlite3_stmt *st;
	int ret = sqlite3_prepare_v2(s->db, sql, -1, &st, NULL), i;

	if (ret != SQLITE_OK)
		return failed(s, e);
	bind(st, types, ap);
	while ((ret = sqlite3_step(st)) == SQLITE_ROW) {
		json_t *row = json_object();

		for (i = 0; rows && i < sqlite3_column_count(st); i++)
			json_object_set_new(row, sqlite3_column_name(st, i), column(st, i));
		if (rows)
			json_array_append(rows, row);
		json_decref(row);
	}
	ret = ret == SQLITE_DONE ? 0 : failed(s, e);
	sqlite3_finalize(st);
	return ret;
}

int store_do(struct store *s, struct err *e, const char *sql, const char *types, ...)
{
	va_list ap;
	int ret;

	va_start(ap, types);
	ret = run(s, e, NULL, sql, types, ap);
	va_end(ap);
	return ret;
}

json_t *store_rows(struct store *s, struct err *e, const char *sql, const char *types, ...)
{
	json_t *rows = json_array();
	va_list ap;
	int ret;

	va_start(ap, types);
	ret = run(s, e, rows, sql, types, ap);
	va_end(ap);
	if (!ret)
		return rows;
	json_decref(rows);
	return NULL;
}

long long store_last_id(struct store *s)
{
	return sqlite3_last_insert_rowid(s->db);
}

int store_begin(struct store *s, struct err *e)
{
	return store_do(s, e, "BEGIN IMMEDIATE", "");
}

static void undo(struct store *s)
{
	/* After some errors SQLite has done so by itself. */
	if (!sqlite3_get_autocommit(s->db))
		store_do(s, NULL, "ROLLBACK", "");
}

int store_end(struct store *s, int ret, struct err *e)
{
	if (!ret)
		ret = store_do(s, e, "COMMIT", "");
	if (ret)
		undo(s);
	return ret;
}

/* -------------------------------------------------------------------- meta */

char *store_get(struct store *s, const char *key)
{
	json_t *rows = store_rows(s, NULL, "SELECT value FROM meta WHERE key = ?", "s", key);
	const char *value = json_string_value(json_object_get(json_array_get(rows, 0), "value"));
	char *copy = value ? xstrdup(value) : NULL;

	json_decref(rows);
	return copy;
}

int store_set(struct store *s, const char *key, const char *value, struct err *e)
{
	return store_do(s, e,
			"INSERT INTO meta VALUES (?, ?)"
			" ON CONFLICT (key) DO UPDATE SET value = excluded.value",
			"ss", key, value);
}

/* ------------------------------------------------------------ open, check */

static int number(struct store *s, const char *pragma, long long *out, struct err *e)
{
	json_t *rows = store_rows(s, e, pragma, "");

	if (!rows)
		return -EINVAL;
	*out = json_integer_value(
		json_object_iter_value(json_object_iter(json_array_get(rows, 0))));
	json_decref(rows);
	return 0;
}

/*
 * What a store of this version lacks, 0 being an empty file: in one transaction, so that
 * it is the old or the new.
 */
static int bring_up(struct store *s, long long version, struct err *e)
{
	char *sql = xasprintf(
		"BEGIN IMMEDIATE; PRAGMA application_id = %d; PRAGMA user_version = %d;"
		"%s%s%s%s%s%s COMMIT;",
		STORE_APPLICATION, STORE_VERSION, version < 1 ? store_schema : "",
		version < 2 ? store_schema_2 : "", version < 3 ? store_schema_3 : "",
		version < 4 ? store_schema_4 : "", version < 5 ? store_schema_5 : "", store_views);
	int ret = sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : failed(s, e);

	if (ret)
		undo(s);
	free(sql);
	return ret;
}

/* Is it ours, of this version, and as SQLite left it? */
static int check(struct store *s, struct err *e)
{
	long long application, version, rows;
	json_t *said;
	const char *word;
	int ret = number(s, "PRAGMA application_id", &application, e);

	if (!ret)
		ret = number(s, "PRAGMA user_version", &version, e);
	if (!ret)
		ret = number(s, "SELECT count(*) FROM sqlite_schema", &rows, e);
	if (ret)
		return ret;
	if (!application && !version && !rows)
		return bring_up(s, 0, e);
	if (application != STORE_APPLICATION)
		return err_set(e, EINVAL,
			       "%s is a SQLite file, but no store of mmaplab\n"
			       "next: --out DIR with another folder",
			       s->path);
	if (version < 1 || version > STORE_VERSION)
		return err_set(e, EINVAL,
			       "%s is of version %lld, this mmaplab writes version %d\n"
			       "next: use the mmaplab that made it, or another --out DIR",
			       s->path, version, STORE_VERSION);
	said = store_rows(s, e, "PRAGMA quick_check(1)", "");
	if (!said)
		return -EINVAL;
	word = json_string_value(json_object_get(json_array_get(said, 0), "quick_check"));
	if (!word || strcmp(word, "ok"))
		ret = err_set(e, EINVAL,
			      "%s is damaged: %.300s\n"
			      "next: bring it back from a copy; the damaged file may be of use to "
			      "sqlite3's .recover",
			      s->path, word ? word : "no answer");
	json_decref(said);
	if (!ret)
		ret = store_verify(s, s->path, e);
	/* Only one that is sound is touched. */
	return ret || version == STORE_VERSION ? ret : bring_up(s, version, e);
}

int store_open(const char *path, bool create, struct store **out, struct err *e)
{
	struct store *s;
	int ret;

	*out = NULL;
	if (!create && access(path, F_OK))
		return err_set(e, errno, "%s: %s\nnext: mmaplab batch makes it", path,
			       strerror(errno));
	s = xcalloc(1, sizeof(*s));
	s->path = xstrdup(path);
	ret = sqlite3_open_v2(path, &s->db,
			      SQLITE_OPEN_READWRITE | (create ? SQLITE_OPEN_CREATE : 0), NULL);
	if (ret != SQLITE_OK) {
		ret = err_set(e, EIO, "open %s: %s\nnext: may you write to its folder?", path,
			      sqlite3_errmsg(s->db));
	} else {
		sqlite3_busy_timeout(s->db, BUSY_MS);
		ret = store_do(s, e, "PRAGMA journal_mode = DELETE", "");
		if (!ret)
			ret = store_do(s, e, "PRAGMA synchronous = FULL", "");
		if (!ret)
			ret = store_do(s, e, "PRAGMA foreign_keys = ON", "");
		if (!ret)
			ret = check(s, e);
	}
	if (ret)
		store_close(s);
	else
		*out = s;
	return ret;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	sqlite3_close(s->db);
	free(s->path);
	free(s);
}
