/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * render.h - a result document in the formats of others. A format is one
 * function in a file of its own, and a line of the table in render.c.
 */
#ifndef MMAPLAB_RENDER_H
#define MMAPLAB_RENDER_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "err.h"

/**
 * struct render - one format
 * @suffix: of a file in it
 * @scores: it hands over points as final: a broken result has none to give
 * @print: write the document; every text in it may come from a student. Of an export
 *	it has two members more: "person", a name, and "counts" (render_counts())
 */
struct render {
	const char *name;
	const char *suffix;
	const char *about;
	bool scores;
	void (*print)(FILE *out, const json_t *doc);
};

/** render_find() - by name, or NULL with @e naming those there are */
const struct render *render_find(const char *name, struct err *e);

/**
 * render_check() - is it a result document, and can this format say it?
 * Return: 0, -EINVAL it is none, -EAGAIN it has no points yet.
 */
int render_check(const struct render *r, const json_t *doc, const char *name, struct err *e);

/**
 * render_join() - one document of several of one person, each of another lab
 *
 * Its member "gradings" says of each how it came about: its labs (ids) and the
 * members of that document which are not about them.
 */
json_t *render_join(json_t *const *docs, size_t count);

/* ------------------------------------------------------------------ inside */

bool render_passed(const json_t *test);
/** render_details() - what a report says of a test that did not pass; the caller frees */
char *render_details(const json_t *test);

/**
 * render_points() - a lab's points, as they count by the course where the document is
 *	of an export, else as graded; borrowed
 */
const json_t *render_points(const json_t *doc, const json_t *lab);
/**
 * render_counts() - where these are not the points as graded, a line for each lab that
 *	says what counts and why; else ""; the caller frees
 */
char *render_counts(const json_t *doc);

/** render_waits() - is it held, and nobody has decided yet? */
bool render_waits(const json_t *doc);
/** What a format says then. */
#define RENDER_WAITS "A person has to look at this result before it counts."

/** render_status() - of the document; a decision ends "held"; borrowed */
const char *render_status(const json_t *doc);

void render_gradescope(FILE *out, const json_t *doc);
void render_autolab(FILE *out, const json_t *doc);
void render_html(FILE *out, const json_t *doc);
void render_junit(FILE *out, const json_t *doc);
void render_tap(FILE *out, const json_t *doc);

#endif
