/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tsv.h - a strict reader of tab-separated tables with a header line.
 *
 * Every line has exactly the header's cells, no cell is empty, and no line is
 * skipped. An error names file, line and column; columns are counted in
 * cells from 1, as editors of tables do.
 */
#ifndef MMAPLAB_TSV_H
#define MMAPLAB_TSV_H

#include <stddef.h>

#include "err.h"

#define TSV_MAX_COLUMNS 8

/**
 * struct tsv - a table being read
 * @name: as errors call it
 * @columns: names of the columns, NULL at the end
 * @columns_count: how many
 * @text: the file
 * @rest: what of it is not read yet
 * @line: number of the current line, from 1
 * @cell: the current line's cells, valid until the table is closed
 */
struct tsv {
	char *name;
	const char *const *columns;
	size_t columns_count;
	char *text;
	char *rest;
	int line;
	char *cell[TSV_MAX_COLUMNS];
};

/**
 * tsv_open() - read a file and check its header
 * @root: folder
 * @name: path below it
 * @columns: the header must be '#' and these names; kept, not copied
 *
 * Return: 0, or a negative errno with @e. Release with tsv_close().
 */
int tsv_open(struct tsv *t, const char *root, const char *name, const char *const *columns,
	     struct err *e);
/** tsv_next() - 1 with the next line in t->cell, 0 at the end, or an error */
int tsv_next(struct tsv *t, struct err *e);
void tsv_close(struct tsv *t);

/**
 * tsv_bad() - describe an error in a cell of the current line
 * @column: from 0
 * Return: -EINVAL.
 */
int tsv_bad(const struct tsv *t, int column, struct err *e, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

#endif
