/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * verified.h - what `mmaplab verify` has seen to be as it must be, kept by the
 * content of all that a verdict depends on: the solution, what judges it, the kit's
 * headers and objects, mmaplab itself, the machines' templates, the installed
 * packages. The same from the same is not graded again.
 *
 * An entry is the result document, BUILD/cache/KEY.json; build_cache_prune() removes it
 * when it is old, however often it was used, so that nothing is believed for ever.
 */
#ifndef MMAPLAB_VERIFIED_H
#define MMAPLAB_VERIFIED_H

#include <jansson.h>

#include "kit.h"
#include "manifest.h"

/**
 * verified_lab() - what all solutions of a lab have in common
 * Return: 0 with @sum, or a negative errno with @e: a file of the kit cannot be read
 */
int verified_lab(const struct kit *kit, const struct lab_def *lab, char sum[65], struct err *e);

/**
 * verified_entry() - the entry of a solution, whether it is there or not
 * @common: from verified_lab()
 * @source, @patch: as in struct trial
 * @asked: all else that was asked of it
 * Return: its path, in fresh memory; NULL when a file cannot be read.
 */
char *verified_entry(const struct kit *kit, const struct lab_def *lab, const char *common,
		     const char *source, const char *patch, const char *asked);

/** verified_find() - the document, owned by the caller, or NULL */
json_t *verified_find(const char *entry);
/** verified_keep() - when that fails, it is graded again */
void verified_keep(const char *entry, json_t *doc);

#endif
