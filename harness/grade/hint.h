/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hint.h - one hint further at each call, from a lab's HINTS.md.
 */
#ifndef MMAPLAB_HINT_H
#define MMAPLAB_HINT_H

#include <stdbool.h>
#include <stdio.h>

#include "err.h"
#include "kit.h"
#include "manifest.h"

/**
 * hint_show() - print the next hint for a test to @out
 * @lab, @test: NULL or "" names what exists
 * @again: begin with the first one
 *
 * How far a student is stands in build/hints.json. Return: 0 or a negative
 * errno.
 */
int hint_show(FILE *out, const struct kit *kit, const struct manifest *m, const char *lab,
	      const char *test, bool again, struct err *e);

/**
 * hint_find() - the n-th hint (from 1) of a test in the text of a HINTS.md
 *
 * Below the heading "## test_id" stands an ordered list; an item ends where
 * the next one or the next heading begins.
 *
 * Return: fresh memory, or NULL when there is no such hint.
 */
char *hint_find(const char *text, const char *test, int n);

#endif
