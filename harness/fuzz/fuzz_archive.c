// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz_archive.c - a submission that is an archive, through the whole of
 * collect().
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../grade/collect.h"
#include "../grade/util.h"
#include "fuzz.h"

static void check_file(const struct collect_file *f)
{
	if (f->problem)
		fuzz_printable(f->problem);
	fuzz_require(!f->data == !!f->problem, "%s: neither taken nor refused", f->path);
	fuzz_require(f->size <= COLLECT_MAX_FILE, "%s: %zu bytes", f->path, f->size);
	fuzz_require(!f->data || (f->size && strlen(f->data) == f->size), "%s: a NUL in it",
		     f->path);
}

static void check(const struct collection *c)
{
	char again[65];
	size_t i;

	fuzz_require(c->notes_count <= COLLECT_MAX_NOTES + 1, "%zu notes", c->notes_count);
	for (i = 0; i < c->notes_count; i++) {
		fuzz_printable(c->notes[i]);
		fuzz_require(!strchr(c->notes[i], '\n'), "two lines: %s", c->notes[i]);
	}
	for (i = 0; i < c->files_count; i++)
		check_file(&c->files[i]);
	if (c->wrapper)
		fuzz_printable(c->wrapper);
	sha256_hex("", 0, again);
	fuzz_require(strlen(c->hash) == strlen(again), "the hash '%s'", c->hash);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct collection *c = NULL;
	struct err e = { 0 };
	char path[64];
	int fd = memfd_create("submission", MFD_CLOEXEC), ret;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	ret = collect(path, fuzz_labs(), NULL, &c, &e);
	fuzz_require(!ret == !!c, "returned %d and %s", ret, c ? "a collection" : "nothing");
	if (ret) {
		fuzz_error(ret, &e);
		fuzz_printable(e.text);
	} else {
		check(c);
	}
	collection_free(c);
	close(fd);
	return 0;
}
