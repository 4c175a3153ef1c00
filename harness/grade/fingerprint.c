// SPDX-License-Identifier: GPL-2.0-only
/*
 * fingerprint.c - see fingerprint.h.
 */
#include "fingerprint.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "util.h"

struct fingerprint {
	char *text;
	size_t len;
	FILE *out;
};

struct fingerprint *fingerprint_new(void)
{
	struct fingerprint *f = xcalloc(1, sizeof(*f));

	f->out = open_memstream(&f->text, &f->len);
	return f;
}

void fingerprint_text(struct fingerprint *f, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(f->out, fmt, ap);
	va_end(ap);
	fputc('\n', f->out);
}

void fingerprint_bytes(struct fingerprint *f, const char *name, const void *data, size_t len)
{
	char sum[65];

	sha256_hex(data, len, sum);
	fingerprint_text(f, "%s %s", name, sum);
}

int fingerprint_file(struct fingerprint *f, const char *name, const char *path, struct err *e)
{
	char sum[65];
	int ret = sha256_file_hex(path, sum, e);

	if (!ret)
		fingerprint_text(f, "%s %s", name, sum);
	return ret;
}

void fingerprint_stamp(struct fingerprint *f, const char *path)
{
	struct stat st;

	if (stat(path, &st))
		memset(&st, 0, sizeof(st));
	fingerprint_text(f, "%s %lu %lld %lld.%09ld", path, (unsigned long)st.st_ino,
			 (long long)st.st_size, (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
}

void fingerprint_end(struct fingerprint *f, char sum[65])
{
	fclose(f->out);
	sha256_hex(f->text, f->len, sum);
	free(f->text);
	free(f);
}
