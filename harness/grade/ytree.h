/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ytree.h - a YAML file as a tree of texts, lists and maps, each with its line.
 *
 * Every scalar stays the text that it is in the file: "no" is no boolean and
 * "02" no number, so that nothing means something else than it looks like.
 * Anchors, aliases and tags are refused, and so are two equal keys in a map.
 */
#ifndef MMAPLAB_YTREE_H
#define MMAPLAB_YTREE_H

#include <stddef.h>

#include "err.h"

enum ytree_kind { YTREE_TEXT, YTREE_LIST, YTREE_MAP };

/**
 * struct ytree - one node
 * @line: where it begins, from 1
 * @text: of YTREE_TEXT
 * @item: values of YTREE_LIST and YTREE_MAP, @count of them
 * @key: of YTREE_MAP, beside @item
 * @key_line: the keys' lines
 */
struct ytree {
	enum ytree_kind kind;
	int line;
	char *text;
	struct ytree **item;
	char **key;
	int *key_line;
	size_t count;
};

/**
 * ytree_read() - read a file
 *
 * Return: 0 and *@out, released with ytree_free(); or a negative errno with @e
 * naming file and line.
 */
int ytree_read(const char *path, struct ytree **out, struct err *e);
void ytree_free(struct ytree *t);

/** ytree_get() - a map's value; NULL when there is none or @t is no map */
const struct ytree *ytree_get(const struct ytree *t, const char *key);
/** ytree_text() - a map's text, or NULL */
const char *ytree_text(const struct ytree *t, const char *key);

#endif
