// SPDX-License-Identifier: GPL-2.0-only
/*
 * store_files.c - the files of each part of a submission, kept once by their
 * content, so that a dispute can be settled when downloads are gone; see store.h.
 */
#include <stdlib.h>
#include <string.h>

#include "store.h"
#include "util.h"

char *hex_text(const void *data, size_t size)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *from = data;
	char *out = xcalloc(size * 2 + 1, 1);
	size_t i;

	for (i = 0; i < size; i++) {
		out[2 * i] = digits[from[i] >> 4];
		out[2 * i + 1] = digits[from[i] & 15];
	}
	return out;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* What hex_text() was made of; NULL: no such text. */
static char *hex_bytes(const char *text, size_t *size)
{
	size_t len = text ? strlen(text) : 1, i;
	char *out;

	if (len % 2)
		return NULL;
	out = xcalloc(len / 2 + 1, 1);
	for (i = 0; i < len; i += 2) {
		if (digit(text[i]) < 0 || digit(text[i + 1]) < 0) {
			free(out);
			return NULL;
		}
		out[i / 2] = (char)(digit(text[i]) << 4 | digit(text[i + 1]));
	}
	*size = len / 2;
	return out;
}

int store_add_file(struct store *s, const struct store_part *p, const char *path, const char *hex,
		   struct err *e)
{
	size_t size;
	char *data = hex_bytes(hex, &size), sum[65];
	int ret;

	if (!data)
		return err_set(e, EINVAL, "%s: its bytes did not come through", path);
	sha256_hex(data, size, sum);
	ret = store_do(s, e, "INSERT OR IGNORE INTO files VALUES (?, ?)", "sb", sum, data, size);
	if (!ret)
		ret = store_do(s, e, "INSERT OR IGNORE INTO part_files VALUES (?, ?, ?, ?)", "isss",
			       p->submission, p->lab, path, sum);
	free(data);
	return ret;
}

/* Held against its hash: what is shown as somebody's work has to be it. */
static int take(struct store_file *f, const json_t *row, struct err *e)
{
	char sum[65];

	f->path = xstrdup(text_of(row, "path"));
	f->data = hex_bytes(text_of(row, "data"), &f->size);
	if (f->data)
		sha256_hex(f->data, f->size, sum);
	if (!f->data || strcmp(sum, text_of(row, "sha256")))
		return err_set(e, EINVAL,
			       "the store's copy of %s was changed since it was handed in\n"
			       "next: bring the store back from a copy",
			       f->path);
	return 0;
}

int store_files(struct store *s, const struct store_part *p, struct store_file **out, size_t *count,
		struct err *e)
{
	json_t *rows = store_rows(s, e,
				  "SELECT p.path, p.sha256, hex(f.data) AS data FROM part_files p"
				  " JOIN files f ON f.sha256 = p.sha256"
				  " WHERE p.submission = ? AND p.lab = ? ORDER BY p.path",
				  "is", p->submission, p->lab);
	size_t n = json_array_size(rows), i;
	int ret = rows ? 0 : -EIO;

	*out = xcalloc(n + 1, sizeof(**out));
	*count = n;
	for (i = 0; i < n && !ret; i++)
		ret = take(&(*out)[i], json_array_get(rows, i), e);
	json_decref(rows);
	return ret;
}

void store_files_free(struct store_file *files, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		free(files[i].path);
		free(files[i].data);
	}
	free(files);
}
