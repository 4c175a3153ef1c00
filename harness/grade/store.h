/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * store.h - the results of a term in one SQLite file; its schema stands in
 * store_schema.c and is explained in GRADING.md, "The store".
 *
 * Rows are added and never changed: a later grading is a row of its own, and
 * views say which one counts. Each change is one transaction on the disk, in
 * SQLite's rollback journal: a write-ahead log would need memory shared between
 * processes, which home folders on NFS do not have, and would make three files
 * of the one that people copy.
 */
#ifndef MMAPLAB_STORE_H
#define MMAPLAB_STORE_H

#include <jansson.h>
#include <stdbool.h>

#include "err.h"

#define STORE_VERSION 5
#define STORE_APPLICATION 0x6d6d6c62 /* "mmlb" */

struct store;

/**
 * store_open() - open a store and check it
 * @create: make it when it is not there
 *
 * Each grading has a checksum over what it says; one that does not fit any more
 * was changed by hand, and the store is refused.
 *
 * A store of an earlier version is brought to this one, in one transaction.
 *
 * Return: 0, or a negative errno with @e: -ENOENT none is there, -EINVAL it is no
 * store, of another version, damaged, or was changed. Release with store_close().
 */
int store_open(const char *path, bool create, struct store **out, struct err *e);
void store_close(struct store *s);

/**
 * store_do() - run one statement
 * @types: of the arguments: 's' text, NULL for SQL's; 'i' long long; 'j' a
 *	JSON text, number or null; 'b' bytes and their number, as size_t
 * Return: 0, or a negative errno with @e.
 */
int store_do(struct store *s, struct err *e, const char *sql, const char *types, ...);
/**
 * store_rows() - the same, with its rows
 * Return: an array of objects by the columns' names, owned by the caller; or NULL.
 */
json_t *store_rows(struct store *s, struct err *e, const char *sql, const char *types, ...);
/** store_last_id() - of the row that was inserted last */
long long store_last_id(struct store *s);

/** store_begin() - several changes at once, or none */
int store_begin(struct store *s, struct err *e);
/**
 * store_end() - keep them when @ret is 0, else undo them all
 * Return: @ret; or a negative errno with @e when they could not be kept.
 */
int store_end(struct store *s, int ret, struct err *e);

/** store_get() - a value of the table meta in fresh memory, or NULL */
char *store_get(struct store *s, const char *key);
int store_set(struct store *s, const char *key, const char *value, struct err *e);

/* ---------------------------------------------------------------- gradings */

/**
 * struct store_grading - what is graded
 * @submission: row of the table submissions
 * @lab: its id
 * @sha256: of the lab's files
 * @judge: of what judges it
 */
struct store_grading {
	long long submission;
	const char *lab;
	const char *sha256;
	const char *seed;
	const char *judge;
};

/**
 * store_add_grading() - keep a result, in a transaction of its own
 * @doc: the result document; NULL when there is none, with @problem why
 */
int store_add_grading(struct store *s, const struct store_grading *g, json_t *doc,
		      const char *problem, struct err *e);

/* ------------------------------------------------------------------- files */

/** struct store_part - what a submission has of a lab */
struct store_part {
	long long submission;
	const char *lab;
};

/** struct store_file - @path: as in labs.tsv; @data: its bytes, and a NUL behind them */
struct store_file {
	char *path;
	char *data;
	size_t size;
};

/** store_add_file() - keep a file of a part; @hex: hex_text() of it. 0 or a negative errno */
int store_add_file(struct store *s, const struct store_part *p, const char *path, const char *hex,
		   struct err *e);
/**
 * store_files() - the files of a part; none when an earlier version took it in
 * Return: 0, or a negative errno with @e. Release with store_files_free(), also then.
 */
int store_files(struct store *s, const struct store_part *p, struct store_file **out, size_t *count,
		struct err *e);
void store_files_free(struct store_file *files, size_t count);

/** hex_text() - bytes as digits for JSON */
char *hex_text(const void *data, size_t size);

/**
 * store_add_run() - a run that begins now
 * @round: what those of other stores call it, too, with which it is one run; or NULL
 */
int store_add_run(struct store *s, const char *round, long long *id, struct err *e);

/* ------------------------------------------------------------------- merge */

/**
 * struct store_from - a store whose rows go into another, all in one transaction there
 * @name: for errors
 * @runs, @ids: for each run and submission there the one here; empty objects at first
 */
struct store_from {
	const char *name;
	struct store *store;
	json_t *runs, *ids;
};

/**
 * store_merge_meta() - the first step
 * @newest: no other has a later run, nor has @to: its course and roster are those of
 *	the term now
 *
 * Return: 0, or a negative errno with @e: -EINVAL another seed.
 */
int store_merge_meta(struct store *to, const struct store_from *from, bool newest, struct err *e);
/** store_merge_roster() - a roster, if @from has one, in place of the one of @to; a late step */
int store_merge_roster(struct store *to, struct store *from, struct err *e);
/** store_latest_run() - when the last run began, in fresh memory; "" when there is none */
char *store_latest_run(struct store *s, struct err *e);
/**
 * store_merge_runs() - the second step, for all stores at once: fills in @runs of each
 * @joint: gets the run in @to that their last runs are; 0 when there are none
 */
int store_merge_runs(struct store *to, const struct store_from *from, size_t count,
		     long long *joint, struct err *e);
/** store_merge_submissions() - with their students and parts; fills in @ids of @from */
int store_merge_submissions(struct store *to, const struct store_from *from, struct err *e);
/**
 * store_merge_unknown() - what nobody's was, and in the joint run has a student's name, is
 *	that student's, as in a batch
 */
int store_merge_unknown(struct store *to, long long joint, struct err *e);
/** store_merge_gradings() - the rows of @from as @to will have them, with their "tests" */
json_t *store_merge_gradings(struct store *from, const json_t *ids, struct err *e);
/** store_copy_grading() - one of them, unless it is there */
int store_copy_grading(struct store *s, const json_t *row, bool *added, struct err *e);
/** store_merge_decisions() - those that are not there */
int store_merge_decisions(struct store *to, struct store *from, struct err *e);

/** STORE_ONLY_STARTER - behind a lab's id, the note of a submission about what is no part of it */
#define STORE_ONLY_STARTER " is the starter, unchanged: not handed in"

/* ------------------------------------------------------------------ inside */

/** STORE_ADD_PART - submission, lab, sha256, run: a part that a run took, or 0 */
#define STORE_ADD_PART \
	"INSERT INTO parts (submission, lab, sha256, run) VALUES (?, ?, ?, ?)" \
	" ON CONFLICT DO UPDATE SET run = max(run, excluded.run)"

/**
 * STORE_SAME_TIMES - behind ON CONFLICT DO UPDATE SET of a submission: the same came once
 * more, perhaps at another time; the first counts for lateness
 */
#define STORE_SAME_TIMES \
	"submitted = coalesce(min(submitted, excluded.submitted), submitted, excluded.submitted)," \
	" again = coalesce(max(coalesce(again, submitted)," \
	"   coalesce(excluded.again, excluded.submitted)), again, excluded.again)"

/** store_schema - the statements that make an empty store of version 1 */
extern const char store_schema[];
/** store_schema_2 to _5 - what these versions added */
extern const char store_schema_2[];
extern const char store_schema_3[];
extern const char store_schema_4[];
extern const char store_schema_5[];
/** store_views - the views, those of any version before removed */
extern const char store_views[];
/** store_verify() - the checksums of all gradings */
int store_verify(struct store *s, const char *path, struct err *e);

#endif
