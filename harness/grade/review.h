/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * review.h - what waits for a person in a term, as a document and in words.
 */
#ifndef MMAPLAB_REVIEW_H
#define MMAPLAB_REVIEW_H

#include <jansson.h>
#include <stdio.h>

#include "term.h"

/**
 * review_cases() - one for each thing to decide
 * @book: the gradebook's document
 *
 * Return: an array, owned by the caller, of "student", "name", "lab" (or absent),
 * "status", "evidence" (lines), "console" (or absent) and "next" (commands, or what
 * to do, each in "what" and "command"); or NULL with @e.
 */
json_t *review_cases(const struct term *t, const json_t *book, struct err *e);

#endif
