// SPDX-License-Identifier: GPL-2.0-only
/*
 * tsv.c - strict tab-separated tables, see tsv.h.
 */
#include "tsv.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "util.h"

int tsv_bad(const struct tsv *t, int column, struct err *e, const char *fmt, ...)
{
	char why[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	return err_set(e, EINVAL, "%s, line %d, column %d (%s): %s", t->name, t->line, column + 1,
		       t->columns[column], why);
}

static int split(struct tsv *t, char *line, struct err *e)
{
	size_t n = 0;
	char *p;

	for (p = line; *p; p++)
		if (*p != '\t' && ((unsigned char)*p < 0x20 || *p == 0x7f))
			return err_set(e, EINVAL, "%s, line %d, column %zu: control byte 0x%02x%s",
				       t->name, t->line, n + 1, (unsigned char)*p,
				       *p == '\r' ? " (save the file with Unix line ends)" : "");
		else if (*p == '\t')
			n++;
	if (n + 1 != t->columns_count)
		return err_set(e, EINVAL,
			       "%s, line %d, column %zu: %zu cells, expected %zu separated by tabs",
			       t->name, t->line, n + 1, n + 1, t->columns_count);
	for (n = 0; n < t->columns_count; n++) {
		t->cell[n] = strsep(&line, "\t");
		if (!*t->cell[n])
			return tsv_bad(t, n, e, "empty; write - for none where that is allowed");
	}
	return 0;
}

int tsv_next(struct tsv *t, struct err *e)
{
	char *line = strsep(&t->rest, "\n");
	int ret;

	if (!line)
		return 0;
	t->line++;
	if (!*line)
		return err_set(e, EINVAL, "%s, line %d, column 1: empty line", t->name, t->line);
	ret = split(t, line, e);
	return ret ? ret : 1;
}

void tsv_close(struct tsv *t)
{
	free(t->text);
	free(t->name);
}

static int header(struct tsv *t, struct err *e)
{
	size_t i;
	int ret = tsv_next(t, e);

	if (ret < 0)
		return ret;
	if (t->cell[0][0] != '#')
		return tsv_bad(t, 0, e, "the first line is the header and begins with #");
	t->cell[0]++;
	for (i = 0; i < t->columns_count; i++)
		if (strcmp(t->cell[i], t->columns[i]))
			return tsv_bad(t, i, e, "the header calls it '%.80s'", t->cell[i]);
	return 0;
}

static int count_lines(const char *text)
{
	int n = 1;

	while ((text = strchr(text, '\n'))) {
		text++;
		n++;
	}
	return n;
}

int tsv_open(struct tsv *t, const char *root, const char *name, const char *const *columns,
	     struct err *e)
{
	char *path = xasprintf("%s/%s", root, name);
	struct stat st;
	int ret = 0;

	memset(t, 0, sizeof(*t));
	t->name = xstrdup(name);
	t->columns = columns;
	while (columns[t->columns_count])
		t->columns_count++;
	t->text = read_text(path);
	if (!t->text || stat(path, &st))
		ret = err_set(e, errno, "read %s: %s", path, strerror(errno));
	/* A NUL byte would silently end the file early. */
	else if ((off_t)strlen(t->text) + 1 < st.st_size)
		ret = err_set(e, EINVAL, "%s, line %d, column 1: the line holds a NUL byte", name,
			      count_lines(t->text));
	free(path);
	t->rest = t->text;
	if (!ret)
		ret = header(t, e);
	if (ret)
		tsv_close(t);
	return ret;
}
