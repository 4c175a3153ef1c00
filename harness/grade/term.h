/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * term.h - what batch, export and decide share: the folder of a term with its
 * store, and the course file and the roster that it remembers.
 */
#ifndef MMAPLAB_TERM_H
#define MMAPLAB_TERM_H

#include <stdbool.h>

#include "course.h"
#include "store.h"

#define TERM_FOLDER "grades"
#define TERM_STORE "grades.db"

/**
 * struct term - @folder: with TERM_STORE in it
 * @lock: held while somebody writes
 */
struct term {
	char *folder;
	struct store *store;
	struct course *course;
	int lock;
};

/**
 * term_open() - open the folder's store
 * @folder: NULL takes TERM_FOLDER
 * @create: make both, the folder for its owner alone; and hold the lock: one batch at a time
 * Return: 0, or a negative errno with @e. Release with term_close(), also then.
 */
int term_open(struct term *t, const char *folder, bool create, struct err *e);
void term_close(struct term *t);

/**
 * term_file() - the file that was given, or the one of an earlier run
 * @key: "course" or "roster"
 * Return: its absolute path in fresh memory, or NULL when there is none.
 */
char *term_file(struct term *t, const char *key, const char *given, struct err *e);

/** term_remember() - for later runs, once it was found to be good */
int term_remember(struct term *t, const char *key, const char *path, struct err *e);

/**
 * term_course() - read t->course: @given, the remembered one, or all labs as they are
 *
 * Whoever finds that the term has the people it speaks of remembers one that was given.
 */
int term_course(struct term *t, const struct manifest *m, const char *given, struct err *e);

#endif
