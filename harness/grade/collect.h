/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * collect.h - takes from a submission the files a student may edit, and
 * nothing else.
 *
 * A submission is a folder or an archive (tar, plain or packed with gzip,
 * bzip2, xz or zstd; zip), told apart by content. It mirrors the repository:
 * labs/02-records/records.c, driver/mymap/mymap.c. When no such path stands
 * at its top and exactly one folder holds them, that folder is stripped.
 *
 * Only the manifest's files are taken, by name, as regular files, into
 * memory; collect writes nothing anywhere and follows no link. Whatever else
 * the submission brings is noted, so that nobody wonders why a change had no
 * effect. What makes a single file unusable is that file's problem and ends
 * as the verdict "build" of its lab; what makes the whole submission unusable
 * is an error.
 */
#ifndef MMAPLAB_COLLECT_H
#define MMAPLAB_COLLECT_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"
#include "manifest.h"

#define COLLECT_MAX_FILE (256 * 1024) /* bytes of one source file */
#define COLLECT_MAX_LINE (64 * 1024) /* bytes of one line */
#define COLLECT_MAX_ENTRIES 10000 /* names in a submission */
#define COLLECT_MAX_BYTES (64 * 1024 * 1024) /* bytes read, unpacked */
#define COLLECT_MAX_NOTES 20 /* then "and N more" */

/**
 * struct collect_file - one file of the manifest
 * @path: as the manifest spells it, "labs/02-records/records.c"
 * @data: its bytes, followed by a NUL that @size does not count; NULL when it
 *	could not be taken
 * @size: bytes in @data
 * @seen: the submission has a file of that name
 * @starter: it is what the student began with, so that it hands in nothing; false
 *	unless the caller of collect() has compared it
 * @problem: NULL, or why the lab cannot be built: one sentence for the
 *	student, "labs/02-records/records.c is missing"
 */
struct collect_file {
	char *path;
	char *data;
	size_t size;
	bool seen;
	bool starter;
	char *problem;
};

/**
 * struct collection - what was taken from a submission
 * @files: one per distinct file of the chosen labs, in the manifest's order
 * @notes: lines for the report, without newline, free of control bytes and
 *	always UTF-8; at most COLLECT_MAX_NOTES and one "and N more"
 * @wrapper: name of the folder that was stripped (cleaned for printing), or
 *	NULL
 * @hash: SHA-256 in hexadecimal over the taken files in the manifest's order;
 *	per file its path, a NUL, its size in decimal, a NUL, its bytes
 */
struct collection {
	struct collect_file *files;
	size_t files_count;
	char **notes;
	size_t notes_count;
	char *wrapper;
	char hash[65];
};

/**
 * collect() - take a submission's files
 * @submission: path of a folder, an archive, or one of the labs' source files
 * @m: the labs there are; files are compared with the kit's under m->root
 * @only: take this lab's files only, or NULL for all
 *
 * Return: 0 and *@out, which the caller releases with collection_free(); or
 * a negative errno with @e ("unusable submission: ..."): -ENOENT no such
 * path, -EINVAL none of these, or damaged, or none of the
 * labs' files in it, -E2BIG too many entries or bytes, -ENOMEM, or what
 * reading met. *@out is NULL then.
 */
int collect(const char *submission, const struct manifest *m, const struct lab_def *only,
	    struct collection **out, struct err *e);

/** collection_free() - release it; NULL is allowed */
void collection_free(struct collection *c);

/**
 * collection_find() - a file by its path in the manifest
 *
 * Return: the file, owned by @c, or NULL when it was not asked for.
 */
const struct collect_file *collection_find(const struct collection *c, const char *path);

/**
 * collection_hash() - the hash that collecting this lab's files alone would give
 * @only: the lab, or NULL: of all files
 */
void collection_hash(const struct collection *c, const struct lab_def *only, char hash[65]);

/**
 * collection_has() - did the submission hand in a file of this lab? A starter does not
 * count, nor does one that other labs have too where the lab also has files of its own
 */
bool collection_has(const struct collection *c, const struct manifest *m,
		    const struct lab_def *lab);

/**
 * collection_problem() - why a lab cannot be built
 *
 * Return: the first problem among the lab's files (owned by @c), the text of
 * its tests' "build" verdict, or NULL when all of them were taken.
 */
const char *collection_problem(const struct collection *c, const struct lab_def *lab);

#endif
