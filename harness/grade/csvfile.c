// SPDX-License-Identifier: GPL-2.0-only
/*
 * csvfile.c - tables as spreadsheets write them, by libcsv; see csvfile.h.
 */
#include "csvfile.h"

#include <csv.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

#define CELLS_MAX 256
#define LINE_MAX_BYTES (1 << 16)

struct reader {
	struct csv_file *f;
	struct csv_row now;
	int line; /* of what is parsed */
	int begun; /* line in which the current row began */
};

static void take_cell(void *data, size_t len, void *arg)
{
	struct reader *r = arg;
	struct csv_row *row = &r->now;

	if (row->count >= CELLS_MAX)
		return;
	if (!row->cell)
		row->cell = xcalloc(CELLS_MAX, sizeof(*row->cell));
	row->cell[row->count++] = clean_text(data ? data : "", len);
}

static void free_row(struct csv_row *row)
{
	size_t i;

	for (i = 0; i < row->count; i++)
		free(row->cell[i]);
	free(row->cell);
}

static void take_row(int end, void *arg)
{
	struct reader *r = arg;
	struct csv_file *f = r->f;
	size_t i, used = 0;

	(void)end;
	for (i = 0; i < r->now.count; i++)
		used += *r->now.cell[i] != '\0';
	if (used) {
		f->row = xrealloc(f->row, (f->count + 1) * sizeof(*f->row));
		r->now.line = r->begun;
		r->now.cell = xrealloc(r->now.cell, r->now.count * sizeof(*r->now.cell));
		f->row[f->count++] = r->now;
	} else {
		free_row(&r->now);
	}
	r->now = (struct csv_row){ 0 };
	r->begun = 0;
}

/* What separates the header's cells: a German spreadsheet writes semicolons. */
static unsigned char delimiter_of(const char *header)
{
	static const char all[] = ",;\t";
	size_t count[3] = { 0 }, best = 0, i;
	const char *p, *at;

	for (p = header; *p; p++) {
		at = strchr(all, *p);
		if (at)
			count[at - all]++;
	}
	for (i = 1; i < 3; i++)
		if (count[i] > count[best])
			best = i;
	return (unsigned char)all[best];
}

static int check_line(const char *path, int number, const char *line, size_t n, struct err *e)
{
	char *text;
	int ret = 0;

	if (strlen(line) != n)
		return err_set(e, EINVAL,
			       "%s, line %d: a NUL byte: this is no CSV, or UTF-16\n"
			       "next: save it as \"CSV UTF-8\"",
			       path, number);
	if (n > LINE_MAX_BYTES)
		return err_set(e, EINVAL, "%s, line %d: longer than %d bytes", path, number,
			       LINE_MAX_BYTES);
	text = xasprintf("%.*s", (int)strcspn(line, "\r\n"), line);
	if (!text_is_clean(text))
		ret = err_set(e, EINVAL,
			      "%s, line %d: not UTF-8, or a control byte\n"
			      "next: save it as \"CSV UTF-8\"",
			      path, number);
	free(text);
	return ret;
}

static int parse_lines(struct csv_parser *p, FILE *in, const char *path, struct reader *r,
		       struct err *e)
{
	static const char mark[] = "\xef\xbb\xbf";
	char *line = NULL;
	size_t size = 0, skip;
	ssize_t n;
	int ret = 0;

	while (!ret && (n = getline(&line, &size, in)) > 0) {
		skip = !r->line++ && !strncmp(line, mark, 3) ? 3 : 0;
		r->begun = r->begun ? r->begun : r->line;
		ret = check_line(path, r->line, line + skip, n - skip, e);
		if (r->line == 1)
			csv_set_delim(p, delimiter_of(line));
		if (!ret &&
		    csv_parse(p, line + skip, n - skip, take_cell, take_row, r) != (size_t)n - skip)
			ret = err_set(e, EINVAL,
				      "%s, line %d: a quote within a cell: %s\n"
				      "next: quote the whole cell and double the quotes in it",
				      path, r->line, csv_strerror(csv_error(p)));
	}
	if (!ret && ferror(in))
		ret = err_set(e, errno, "read %s: %s", path, strerror(errno));
	free(line);
	return ret;
}

int csv_file_read(const char *path, struct csv_file *out, struct err *e)
{
	FILE *in = fopen(path, "re");
	struct reader r = { .f = out };
	struct csv_parser p;
	int ret;

	*out = (struct csv_file){ 0 };
	if (!in)
		return err_set(e, errno, "read %s: %s\nnext: is the name right?", path,
			       strerror(errno));
	csv_init(&p, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL);
	ret = parse_lines(&p, in, path, &r, e);
	if (!ret && csv_fini(&p, take_cell, take_row, &r))
		ret = err_set(e, EINVAL, "%s, line %d: the quote that begins here does not end",
			      path, r.begun);
	csv_free(&p);
	fclose(in);
	free_row(&r.now);
	if (!ret && !out->count)
		ret = err_set(e, EINVAL, "%s is empty\nnext: its first line names the columns",
			      path);
	if (ret)
		csv_file_clear(out);
	return ret;
}

void csv_file_clear(struct csv_file *f)
{
	size_t i;

	for (i = 0; i < f->count; i++)
		free_row(&f->row[i]);
	free(f->row);
	*f = (struct csv_file){ 0 };
}

/* With a quote before what a spreadsheet would run, also one that separates at another sign. */
static char *without_formula(const char *text)
{
	char *safe = xcalloc(2, strlen(text) + 1), *to = safe, before = ',';

	for (; *text; before = *text++) {
		if (strchr(",;\t\n\r", before) && strchr("=+-@\t", *text))
			*to++ = '\'';
		*to++ = *text;
	}
	return safe;
}

void csv_cell(FILE *out, const char *text, int first)
{
	char *safe = without_formula(text);

	if (!first)
		fputc(',', out);
	if (strpbrk(safe, ",;\"\n\r\t"))
		csv_fwrite(out, safe, strlen(safe));
	else
		fputs(safe, out);
	free(safe);
}
