/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * gradebook.h - a whole class at one look: what counts of the store, by the
 * course's points, weights and deadlines. One JSON document (GRADING.md, "The
 * gradebook"); the tables are renderings of it.
 */
#ifndef MMAPLAB_GRADEBOOK_H
#define MMAPLAB_GRADEBOOK_H

#include <jansson.h>
#include <stdio.h>

#include "course.h"
#include "store.h"

#define GRADEBOOK_SCHEMA "mmaplab/class/v1"

/**
 * gradebook_make() - of everyone on the roster and everyone who handed in
 * Return: the document, owned by the caller; or NULL with @e.
 */
json_t *gradebook_make(struct store *s, const struct course *c, struct err *e);

/**
 * gradebook_people() - does the store know everybody whom the course speaks of?
 * Where it has no roster, anybody may yet come.
 */
int gradebook_people(struct store *s, const struct course *c, struct err *e);

/**
 * gradebook_points() - of the entry of a lab; NULL while there are none that count,
 *	as of what is held: a person has to look first
 */
const json_t *gradebook_points(const json_t *own);

/** gradebook_csv() - one row for each person */
void gradebook_csv(FILE *out, const json_t *doc);

/** gradebook_print() - what a person has to look at, in a few lines */
void gradebook_print(FILE *out, const json_t *doc);

/**
 * gradebook_write() - FOLDER/gradebook.csv and FOLDER/results.json, each
 * replaced as a whole
 */
int gradebook_write(const char *folder, const json_t *doc, struct err *e);

/** gradebook_exit_code() - 0, 3 when something is broken, 4 when a person has to look */
int gradebook_exit_code(const json_t *doc);

#endif
