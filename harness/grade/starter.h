/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * starter.h - what students begin with: made from the solutions by
 * harness/starters, so that it is there however much they have changed.
 */
#ifndef MMAPLAB_STARTER_H
#define MMAPLAB_STARTER_H

#include <stdbool.h>

#include "err.h"
#include "kit.h"

/**
 * starter_text() - the starter of a file of labs.tsv
 * @text: without its final newline, as read_text() gives it; the caller frees
 *
 * Return: 0, or a negative errno.
 */
int starter_text(const struct kit *kit, const char *file, char **text, struct err *e);

/** starter_is() - is this text, as it was handed in, what starter_text() gave? */
bool starter_is(const char *starter, const char *text);

#endif
