/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * csvfile.h - tables as spreadsheets write them (RFC 4180): read with a header
 * line, and written cell by cell.
 */
#ifndef MMAPLAB_CSVFILE_H
#define MMAPLAB_CSVFILE_H

#include <stddef.h>
#include <stdio.h>

#include "err.h"

/** struct csv_row - one row: its cells, and the line it begins in */
struct csv_row {
	int line;
	char **cell;
	size_t count;
};

/** struct csv_file - a table; row[0] is the header */
struct csv_file {
	struct csv_row *row;
	size_t count;
};

/**
 * csv_file_read() - read a table
 *
 * Cells may be quoted and hold line breaks; they lose spaces around them. A byte
 * order mark is skipped, and the header says whether commas, semicolons or tabs
 * separate. Empty rows are skipped.
 *
 * Return: 0, or a negative errno with @e naming file and line. Release with
 * csv_file_clear().
 */
int csv_file_read(const char *path, struct csv_file *out, struct err *e);
void csv_file_clear(struct csv_file *f);

/**
 * csv_cell() - write a cell, with a comma before it unless it is the first
 *
 * What a spreadsheet would take for a formula gets a quote before it: names of
 * files and of students are not ours.
 */
void csv_cell(FILE *out, const char *text, int first);

#endif
