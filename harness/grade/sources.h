/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sources.h - finds the submissions of a class in what an instructor has:
 * archives, folders, and what learning platforms let download.
 *
 *	anna/  anna.tar.gz                                a folder or archive for each
 *	anna_LATE_1001_70001_lab.tar.gz                   Canvas
 *	Anna Example_1001_assignsubmission_file_/...      Moodle
 *	submission_123/ beside submission_metadata.yml    Gradescope
 *
 * Of what a platform's folder holds, each entry is a submission; it is one as a
 * whole if it holds labs/, driver/ or a .c file. Nothing is opened but folders and
 * Gradescope's file: what is in a submission is collect.h's to say.
 */
#ifndef MMAPLAB_SOURCES_H
#define MMAPLAB_SOURCES_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "err.h"
#include "ytree.h"

/**
 * struct source - one submission
 * @path: where it is
 * @shown: the same, printable, and another for each path
 * @layout: "folder", "archive", "canvas", "moodle" or "gradescope"
 * @base: its base name without an archive's ending, printable; of a platform's
 *	submission what the platform says of the person (name and id, or email address,
 *	or the folder that it made), for there the rest of the name is the student's
 * @id: who, as the platform's name or metadata has it, or NULL
 * @person: a name, or NULL
 * @email: or NULL
 * @submitted: or 0 when nobody says
 * @late: the platform calls it late, without saying how late
 */
struct source {
	char *path;
	char *shown;
	const char *layout;
	char *base;
	char *id;
	char *person;
	char *email;
	time_t submitted;
	bool late;
};

/** struct sources - @ignored: printable lines about what is no submission */
struct sources {
	struct source *source;
	size_t count;
	char **ignored;
	size_t ignored_count;
};

/**
 * sources_find() - add the submissions below a path
 *
 * A folder that holds labs/ or driver/ is one submission, any other has one in
 * each of its entries. Names that begin with a dot and __MACOSX are left out.
 *
 * Return: 0, or a negative errno with @e.
 */
int sources_find(struct sources *s, const char *path, struct err *e);
/** sources_part() - keep part @k of @n, from 0; those with the same @base are in the same */
void sources_part(struct sources *s, size_t k, size_t n);
/** sources_ignore() - add the line on a path that is no submission */
void sources_ignore(struct sources *s, const char *path, const char *why);
void sources_clear(struct sources *s);

/* ------------------------------------------- inside: names and metadata */

/** source_named() - what a platform's file name says; false if it is none of theirs */
bool source_named(struct source *s, const char *name);
/** source_is_text() - is it Moodle's name for a text typed in, no file? */
bool source_is_text(const char *name);
/** source_is_export() - is it Gradescope's name for the download of an assignment? */
bool source_is_export(const char *name);
/** source_metadata() - who and when, of Gradescope's submission_metadata.yml */
void source_metadata(struct source *s, const struct ytree *metadata, const char *folder);
/** source_show() - fresh printable copy of a name, another for each name */
char *source_show(const char *name);
/** digits of the files' hash, behind a hyphen, in the name of an archive of `make submit` */
#define SOURCE_HASH 12
/** what it calls a submission for which no name was given */
#define SOURCE_NO_NAME "submission"
/**
 * source_base() - fresh printable base name of a path without an archive's ending
 *
 * The hash that `make submit` adds to a given name is no part of it: the same
 * person's next archive has another.
 */
char *source_base(const char *path);

/**
 * time_read() - "2026-10-12 23:59", with seconds, "T", and a zone ("Z",
 * "+0200", " +02:00", " UTC") or without: local time then
 *
 * Return: false if it is none.
 */
bool time_read(const char *text, time_t *out);

#endif
