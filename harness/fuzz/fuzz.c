// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz.c - what the fuzz targets share, see fuzz.h.
 */
#include "fuzz.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../grade/util.h"

char *fuzz_part(struct fuzz_input *in, size_t *size)
{
	static const char mark[] = "\n%%\n";
	const uint8_t *end = memmem(in->data, in->size, mark, sizeof(mark) - 1);
	size_t n = end ? (size_t)(end - in->data) : in->size, used = end ? n + sizeof(mark) - 1 : n;
	char *part = xcalloc(n + 1, 1);

	memcpy(part, in->data, n);
	in->data += used;
	in->size -= used;
	if (size)
		*size = n;
	return part;
}

char *fuzz_exact(const void *data, size_t size)
{
	char *copy = malloc(size);

	if (!copy && size)
		abort();
	if (size)
		memcpy(copy, data, size);
	return copy;
}

void fuzz_broken(const char *file, int line, const char *condition, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "%s:%d: this must hold for every input: %s\n", file, line, condition);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	abort();
}

void fuzz_printable(const char *text)
{
	json_t *as_json = json_string(text);

	fuzz_require(as_json, "not UTF-8: %.80s", text);
	json_decref(as_json);
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		fuzz_require(c == '\n' || c == '\t' || (c >= 0x20 && c != 0x7f),
			     "a control byte 0x%02x before: %.80s", c, text + 1);
		/* C1 control characters, which a terminal obeys, too. */
		fuzz_require(c != 0xc2 || (unsigned char)text[1] >= 0xa0,
			     "a control character before: %.80s", text + 2);
	}
}

void fuzz_printable_json(const json_t *value)
{
	const char *key;
	json_t *v;
	size_t i;

	if (json_is_string(value))
		fuzz_printable(json_string_value(value));
	json_array_foreach(value, i, v)
		fuzz_printable_json(v);
	json_object_foreach((json_t *)value, key, v) {
		fuzz_printable(key);
		fuzz_printable_json(v);
	}
}

void fuzz_error(int ret, const struct err *e)
{
	fuzz_require(ret < 0 && e->code == -ret, "returned %d, code %d", ret, e->code);
	fuzz_require(*e->text, "code %d without a text", e->code);
}

const struct manifest *fuzz_labs(void)
{
	static struct manifest *m;
	struct err e;

	if (!m && manifest_load(".", &m, &e)) {
		fprintf(stderr, "%s\nnext: start it in the checkout's root\n", e.text);
		exit(2);
	}
	return m;
}

/* ------------------------------------------------------------------ files */

static char folder[64];

static void remove_folder(void)
{
	remove_tree(folder);
}

const char *fuzz_path(const char *fmt, ...)
{
	static char path[512];
	size_t n;
	va_list ap;

	if (!*folder) {
		/* Memory rather than a disk: some parsers' writers wait for it. */
		strcpy(folder, access("/dev/shm", W_OK) ? "/tmp/mmaplab-fuzz-XXXXXX" :
							  "/dev/shm/mmaplab-fuzz-XXXXXX");
		if (!mkdtemp(folder))
			abort();
		atexit(remove_folder);
	}
	n = (size_t)snprintf(path, sizeof(path), "%s/", folder);
	va_start(ap, fmt);
	vsnprintf(path + n, sizeof(path) - n, fmt, ap);
	va_end(ap);
	return path;
}

void fuzz_file(const char *path, const void *data, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size || close(fd)) {
		perror(path);
		abort();
	}
}
