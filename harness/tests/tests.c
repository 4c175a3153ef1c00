// SPDX-License-Identifier: GPL-2.0-only
/*
 * tests.c - what the tests of the host program share, see tests.h.
 */
#include "tests.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../grade/util.h"
#include "limit.h"

static char folder[64];
static pid_t folder_owner;

static void remove_folder(void)
{
	if (folder_owner == getpid())
		remove_tree(folder);
}

const char *tests_folder(void)
{
	/* Check forks for each test: a folder belongs to one process. */
	if (folder_owner != getpid()) {
		strcpy(folder, "/tmp/mmaplab-test-XXXXXX");
		ck_assert_ptr_nonnull(mkdtemp(folder));
		folder_owner = getpid();
		atexit(remove_folder);
	}
	return folder;
}

char *tests_path(const char *fmt, ...)
{
	char *tail, *path;
	va_list ap;

	va_start(ap, fmt);
	ck_assert_int_ge(vasprintf(&tail, fmt, ap), 0);
	va_end(ap);
	path = xasprintf("%s/%s", tests_folder(), tail);
	free(tail);
	return path;
}

void tests_write(const char *path, const void *data, size_t size)
{
	char *full = tests_path("%s", path), *parent = xstrdup(full);
	FILE *f;

	*strrchr(parent, '/') = '\0';
	ck_assert_int_eq(make_dirs(parent, NULL), 0);
	f = fopen(full, "w");
	ck_assert_msg(f != NULL, "create %s", full);
	ck_assert_uint_eq(fwrite(data, 1, size, f), size);
	ck_assert_int_eq(fclose(f), 0);
	free(parent);
	free(full);
}

void tests_write_text(const char *path, const char *text)
{
	tests_write(path, text, strlen(text));
}

char *tests_read(const char *path, size_t *size)
{
	FILE *f = fopen(path, "r");
	char *data;
	long n;

	if (!f)
		return NULL;
	fseek(f, 0, SEEK_END);
	n = ftell(f);
	rewind(f);
	data = xcalloc(1, n + 1);
	ck_assert_uint_eq(fread(data, 1, n, f), n);
	fclose(f);
	if (size)
		*size = n;
	return data;
}

static void set_format(struct archive *a, const char *format)
{
	if (!strcmp(format, "zip"))
		ck_assert_int_eq(archive_write_set_format_zip(a), ARCHIVE_OK);
	else
		ck_assert_int_eq(archive_write_set_format_gnutar(a), ARCHIVE_OK);
	if (!strcmp(format, "tar.gz"))
		archive_write_add_filter_gzip(a);
	else if (!strcmp(format, "tar.xz"))
		archive_write_add_filter_xz(a);
	else if (!strcmp(format, "tar.zst"))
		archive_write_add_filter_zstd(a);
}

static void write_entry(struct archive *a, const struct tests_entry *t)
{
	struct archive_entry *e = archive_entry_new();
	size_t size = t->type != 'f' || !t->data ? 0 : t->size ? t->size : strlen(t->data);

	archive_entry_set_pathname(e, t->name);
	archive_entry_set_perm(e, 0644);
	archive_entry_set_mtime(e, 1000000000, 0);
	archive_entry_set_size(e, size);
	switch (t->type) {
	case 'd':
		archive_entry_set_filetype(e, AE_IFDIR);
		break;
	case 'l':
		archive_entry_set_filetype(e, AE_IFLNK);
		archive_entry_set_symlink(e, t->data);
		break;
	case 'h':
		archive_entry_set_filetype(e, AE_IFREG);
		archive_entry_set_hardlink(e, t->data);
		break;
	case 'c':
		archive_entry_set_filetype(e, AE_IFCHR);
		archive_entry_set_rdev(e, 0x0103);
		break;
	case 'p':
		archive_entry_set_filetype(e, AE_IFIFO);
		break;
	default:
		archive_entry_set_filetype(e, AE_IFREG);
	}
	ck_assert_msg(archive_write_header(a, e) >= ARCHIVE_WARN, "%s: %s", t->name,
		      archive_error_string(a));
	if (size)
		ck_assert_int_eq(archive_write_data(a, t->data, size), size);
	archive_entry_free(e);
}

char *tests_archive(const char *format, const struct tests_entry *entry)
{
	static int number;
	char *path = tests_path("submission%d.%s", number++, format);
	struct archive *a = archive_write_new();

	set_format(a, format);
	ck_assert_int_eq(archive_write_open_filename(a, path), ARCHIVE_OK);
	for (; entry->name; entry++)
		write_entry(a, entry);
	ck_assert_int_eq(archive_write_close(a), ARCHIVE_OK);
	archive_write_free(a);
	return path;
}

int tests_main(Suite *(*make)(void))
{
	SRunner *runner;
	int failed;

	limit_check();
	runner = srunner_create(make());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	/* A suite that lost its tests must not look like success. */
	if (!srunner_ntests_run(runner) && !getenv("CK_RUN_CASE"))
		failed = 1;
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
