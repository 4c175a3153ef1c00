/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * picture.h - the pixels that a driver's memory holds, held against those of
 * a test card, and saved as a picture that a person can look at.
 */
#ifndef MMAPLAB_PICTURE_H
#define MMAPLAB_PICTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

/** what has been drawn (labs/14-screen/case.h) */
enum picture_kind {
	PICTURE_CARD, /* a single card */
	PICTURE_FRAMES, /* an animation: two pages */
};

/** struct picture_difference - the first pixel that is another one, in words */
struct picture_difference {
	char text[300], expected[80], got[80];
};

/** picture_size() - bytes of memory that the case of @number has, whole pages */
size_t picture_size(uint64_t number, enum picture_kind kind);

/**
 * picture_compare() - the memory against what the case's number gives
 * @memory: picture_size() bytes
 *
 * Return: true when they are equal; else false and @d.
 */
bool picture_compare(uint64_t number, enum picture_kind kind, const uint32_t *memory,
		     struct picture_difference *d);

/**
 * picture_save() - all lines of the memory with their padding, as PNG
 * @path: replaced as a whole
 *
 * Width and height come from the case, not from the machine.
 * Return: 0 or a negative errno with @e.
 */
int picture_save(uint64_t number, enum picture_kind kind, const uint32_t *memory, const char *path,
		 struct err *e);

/** PICTURE_INSIDE - how a picture begins that stands in a document itself */
#define PICTURE_INSIDE "data:image/png;base64,"

/**
 * picture_inside() - a saved picture as a data: URI
 *
 * The path may come from a document that anybody wrote: what is no PNG, no regular
 * file, or large is not read.
 * Return: fresh memory, or NULL.
 */
char *picture_inside(const char *path);

#endif
