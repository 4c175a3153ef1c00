// SPDX-License-Identifier: GPL-2.0-only
/*
 * pack.c - archives that are the same each time, see pack.h.
 */
#include "pack.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>

#include "util.h"

static int add_file(struct archive *a, const struct pack_file *f)
{
	struct archive_entry *entry = archive_entry_new();
	int ret;

	/* No time, no owner: they are not the student's work. */
	archive_entry_set_pathname(entry, f->path);
	archive_entry_set_size(entry, (la_int64_t)f->size);
	archive_entry_set_mode(entry, AE_IFREG | 0644);
	archive_entry_set_mtime(entry, 0, 0);
	ret = archive_write_header(a, entry);
	if (ret == ARCHIVE_OK && archive_write_data(a, f->data, f->size) != (la_ssize_t)f->size)
		ret = ARCHIVE_FATAL;
	archive_entry_free(entry);
	return ret;
}

int pack_files(const struct pack_file *files, size_t count, char **data, size_t *size,
	       struct err *e)
{
	struct archive *a = archive_write_new();
	size_t room = 64 * 1024, i;
	int ret;

	/* Enough also for files that cannot be made smaller. */
	for (i = 0; i < count; i++)
		room += files[i].size + 4096;
	*data = xcalloc(1, room);
	archive_write_set_format_ustar(a);
	archive_write_add_filter_gzip(a);
	archive_write_set_options(a, "gzip:!timestamp,gzip:compression-level=9");
	ret = archive_write_open_memory(a, *data, room, size);
	for (i = 0; i < count && ret == ARCHIVE_OK; i++)
		ret = add_file(a, &files[i]);
	if (ret == ARCHIVE_OK)
		ret = archive_write_close(a);
	ret = ret == ARCHIVE_OK ? 0 : err_set(e, EIO, "pack: %s", archive_error_string(a));
	archive_write_free(a);
	return ret;
}
