/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * records.h - a file of fixed records, used through a mapping.
 *
 * The contract between main.c (given) and records.c (yours). A file holds
 * nothing but records, one after another, each 28 bytes:
 *
 *	byte 0      4                                          28
 *	     | value | label, closed and filled up with zeros  |
 *
 * Record i begins at byte i * 28 of the file. 28 does not divide 4096, so
 * some records begin on one page and end on the next.
 *
 * Every function opens the file, does its work and leaves nothing behind: no
 * descriptor and no mapping, whether it succeeds or not. Every function
 * returns 0, or a negative errno such as -ENOENT.
 */
#ifndef RECORDS_H
#define RECORDS_H

#include <stddef.h>
#include <stdint.h>

#define REC_LABEL 24 /* bytes in the file, the closing NUL included */

struct record {
	int32_t value;
	char label[REC_LABEL];
};

_Static_assert(sizeof(struct record) == 28, "a record has 28 bytes");

/**
 * rec_create() - make a file of @n records
 * @path: the file; one that exists is replaced, also if it was longer
 * @n: how many records, 0 allowed; main.c lets no more than a million pass
 *
 * Record i gets the value i and the label "record-i" ("record-43"). All bytes
 * of a label after its text are zero. How you write them is up to you. Its user
 * may read and write a file that was not there before.
 *
 * Return: 0, or the negative errno of the call that failed.
 */
int rec_create(const char *path, uint32_t n);

/**
 * rec_get() - copy record @index into @out, through a mapping
 * @path: the file; permission to read it is enough
 * @index: which record, 0 is the first
 * @out: the caller's; unchanged on error
 *
 * Return: 0, or one of
 * -ERANGE: the file has no such record (an empty file has none at all);
 * -EINVAL: the file's size is not a multiple of 28;
 * the negative errno of the call that failed (-ENOENT, -EACCES ...).
 */
int rec_get(const char *path, size_t index, struct record *out);

/**
 * rec_set() - store @value in record @index, through a shared mapping
 *
 * Changes these four bytes of the file and no others. As soon as it has
 * returned, read(2) in any process sees the new value.
 *
 * Return: 0, or an error as rec_get(). Unchanged file on error.
 */
int rec_set(const char *path, size_t index, int32_t value);

/**
 * rec_label() - store @label in record @index, through a shared mapping
 * @label: any length; what does not fit is cut, 23 bytes are kept
 *
 * All bytes of the label in the file after its text are zero. The value of
 * the record and all other records stay as they are.
 *
 * Return: 0, or an error as rec_get(). Unchanged file on error.
 */
int rec_label(const char *path, size_t index, const char *label);

/**
 * rec_append() - add one record at the end, through a shared mapping
 * @path: a file that exists; it may be empty
 * @label: stored as by rec_label()
 *
 * The file grows by 28 bytes.
 *
 * Return: 0, or an error as rec_get() (but never -ERANGE). Unchanged file on
 * error.
 */
int rec_append(const char *path, int32_t value, const char *label);

#endif
