// SPDX-License-Identifier: GPL-2.0-only
/*
 * collect_archive.c - a submission that is an archive, read once from front
 * to end by libarchive.
 *
 * Only tar and zip and four compressions are enabled: the others would widen
 * what a hostile file can reach, and some start programs. Every byte that
 * comes out is counted, also of entries that nobody wants and of what stands
 * before their content, so that a bomb ends at the limit and not when the memory
 * does.
 */
#include "collect_intake.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

#define BLOCK 65536
/* Compressions within each other: a file, and what it is packed with. */
#define MAX_FILTERS 2
#define MAX_ODD_HEADERS 8

static int damaged(const struct intake *in, struct archive *a, struct err *e)
{
	const char *why = archive_error_string(a);
	char *clean = clean_text(why ? why : "unknown format",
				 strnlen(why ? why : "unknown format", 200));
	int ret = err_set(
		e, EINVAL,
		"unusable submission: %s is not a folder and cannot be read as an archive: %s\n"
		"next: hand in a folder, or a tar (.tar, .tar.gz, .tar.xz, .tar.zst) or zip archive",
		in->submission, clean);

	free(clean);
	return ret;
}

struct entry_reader {
	struct intake *in;
	struct archive *a;
	int failed;
};

static ssize_t entry_read(void *ctx, void *buf, size_t len, struct err *e)
{
	struct entry_reader *r = ctx;
	la_ssize_t n = archive_read_data(r->a, buf, len);

	if (n >= 0)
		return n;
	/* One entry that cannot be unpacked spoils the archive: with it
	 * missing, a verdict would blame the student for our ignorance. */
	r->failed = damaged(r->in, r->a, e);
	return r->failed;
}

/* What the intake left of an entry. */
static int drain(struct entry_reader *r, struct err *e)
{
	char block[16384];
	la_ssize_t n;
	int ret;

	while ((n = archive_read_data(r->a, block, sizeof(block))) > 0) {
		ret = intake_bytes(r->in, n, e);
		if (ret)
			return ret;
	}
	return n < 0 ? damaged(r->in, r->a, e) : 0;
}

static enum intake_kind kind_of(struct archive_entry *entry)
{
	if (archive_entry_hardlink(entry) || archive_entry_hardlink_utf8(entry))
		return INTAKE_HARDLINK;
	switch (archive_entry_filetype(entry)) {
	case AE_IFREG:
		return INTAKE_REGULAR;
	case AE_IFDIR:
		return INTAKE_FOLDER;
	case AE_IFLNK:
		return INTAKE_SYMLINK;
	default:
		return INTAKE_DEVICE;
	}
}

static int one_entry(struct intake *in, struct archive *a, struct archive_entry *entry,
		     struct err *e)
{
	struct entry_reader r = { .in = in, .a = a };
	struct intake_source src = { entry_read, &r };
	const char *name = archive_entry_pathname(entry);
	int ret;

	if (!name)
		name = archive_entry_pathname_utf8(entry);
	/* A hole of a terabyte costs nothing to store and all to read. */
	if (archive_entry_size_is_set(entry) && archive_entry_size(entry) > COLLECT_MAX_BYTES)
		return intake_bytes(in, COLLECT_MAX_BYTES + 1UL, e);
	ret = intake_entry(in, name, kind_of(entry), &src, e);
	return ret ? ret : drain(&r, e);
}

static int read_entries(struct intake *in, struct archive *a, struct err *e)
{
	struct archive_entry *entry;
	unsigned odd = 0;
	int ret;

	for (;;) {
		ret = archive_read_next_header(a, &entry);
		if (ret == ARCHIVE_EOF)
			break;
		/* "Retry": a header that is passed over, a name of 60 kB for example. In what is
		 * no archive each block is one, and that may be without end. */
		if (ret == ARCHIVE_RETRY && ++odd <= MAX_ODD_HEADERS)
			continue;
		if (ret == ARCHIVE_RETRY || ret < ARCHIVE_WARN)
			return damaged(in, a, e);
		if (archive_filter_count(a) > MAX_FILTERS)
			return err_set(e, EINVAL,
				       "unusable submission: %s is packed more than once\n"
				       "next: hand in a plain tar or zip archive",
				       in->submission);
		/* Names and attributes are kept, and may be long, too. */
		if (archive_filter_bytes(a, 0) > COLLECT_MAX_BYTES)
			return intake_bytes(in, COLLECT_MAX_BYTES + 1UL, e);
		ret = one_entry(in, a, entry, e);
		if (ret)
			return ret;
	}
	if (!in->entries)
		return err_set(e, EINVAL, "unusable submission: %s holds no files", in->submission);
	return 0;
}

int collect_archive(struct intake *in, int fd, struct err *e)
{
	struct archive *a = archive_read_new();
	int ret;

	if (!a)
		return err_set(e, ENOMEM, "read %s: out of memory", in->submission);
	archive_read_support_format_tar(a);
	archive_read_support_format_zip(a);
	archive_read_support_filter_gzip(a);
	archive_read_support_filter_bzip2(a);
	archive_read_support_filter_xz(a);
	archive_read_support_filter_zstd(a);
	if (archive_read_open_fd(a, fd, BLOCK) != ARCHIVE_OK)
		ret = damaged(in, a, e);
	else
		ret = read_entries(in, a, e);
	archive_read_free(a);
	return ret;
}
