// SPDX-License-Identifier: GPL-2.0-only
/*
 * build_cache.c - builds that need not be done again, see build_cache.h.
 */
#include "build_cache.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "fingerprint.h"
#include "util.h"

#define RESULT "result"
#define PIECE 65536

/* The keys of a result that are paths. */
static const char *const paths[] = { "output", "debug" };

/* -------------------------------------------------------------------- key */

char *build_cache_entry(const struct kit *kit, const struct lab_def *lab,
			const struct collection *c, const struct build_kit *bk, const char *imports,
			struct err *e)
{
	struct fingerprint *f;
	char sum[65];
	size_t i;
	int ret = confine_level(e);

	if (ret < 0)
		return NULL;
	f = fingerprint_new();
	fingerprint_text(f, "2 %s %d", lab->id, ret);
	fingerprint_text(f, "%s %s %s", kit->kernel_release, kit->kernel_version,
			 kit->kernel_sha256);
	fingerprint_stamp(f, "/proc/self/exe");
	fingerprint_stamp(f, "/var/lib/dpkg/status");
	for (i = 0; i < lab->files_count; i++) {
		const struct collect_file *file = collection_find(c, lab->files[i]);

		if (file && file->data)
			fingerprint_bytes(f, file->path, file->data, file->size);
	}
	ret = imports ? fingerprint_file(f, imports, imports, e) : 0;
	for (i = 0; i < bk->headers_count && !ret; i++)
		ret = fingerprint_file(f, bk->headers[i], bk->headers[i], e);
	if (bk->given)
		fingerprint_stamp(f, bk->given);
	fingerprint_end(f, sum);
	return ret ? NULL : kit_path(kit, "build/cache/%s.tar.lz4", sum);
}

/* ------------------------------------------------------------------- find */

/* A name in an entry: it is ours, and yet it stays below the folder. */
static bool is_below(const char *name)
{
	return *name && *name != '/' && !strstr(name, "..");
}

static json_t *read_result(struct archive *a, la_int64_t size)
{
	char *text = xcalloc(1, (size_t)size + 1);
	json_t *result = NULL;

	if (archive_read_data(a, text, (size_t)size) == size)
		result = json_loads(text, 0, NULL);
	free(text);
	return result;
}

static bool write_one(struct archive *a, const char *path, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	bool ok = fd >= 0 && archive_read_data_into_fd(a, fd) == ARCHIVE_OK;

	if (fd >= 0 && close(fd))
		ok = false;
	return ok;
}

static bool lay_out(struct archive *a, const char *dir, json_t **result)
{
	struct archive_entry *entry;
	bool ok = true;
	int ret = ARCHIVE_OK;

	while (ok && (ret = archive_read_next_header(a, &entry)) == ARCHIVE_OK) {
		const char *name = archive_entry_pathname(entry);
		char *path = xasprintf("%s/%s", dir, name), *slash;

		if (!strcmp(name, RESULT)) {
			*result = read_result(a, archive_entry_size(entry));
		} else {
			slash = strrchr(path, '/');
			*slash = '\0';
			ok = is_below(name) && !make_dirs(path, NULL);
			*slash = '/';
			ok = ok && write_one(a, path, archive_entry_perm(entry));
		}
		free(path);
	}
	return ok && ret == ARCHIVE_EOF && *result;
}

json_t *build_cache_find(const char *entry, const char *dir)
{
	struct archive *a = archive_read_new();
	json_t *result = NULL;
	size_t i;

	archive_read_support_format_tar(a);
	archive_read_support_filter_lz4(a);
	if (archive_read_open_filename(a, entry, PIECE) != ARCHIVE_OK ||
	    !lay_out(a, dir, &result)) {
		json_decref(result);
		result = NULL;
	}
	archive_read_free(a);
	for (i = 0; result && i < sizeof(paths) / sizeof(paths[0]); i++) {
		const char *name = json_string_value(json_object_get(result, paths[i]));
		char *path = name ? xasprintf("%s/%s", dir, name) : NULL;

		if (path)
			json_object_set_new(result, paths[i], json_string(path));
		free(path);
	}
	if (result)
		utimensat(AT_FDCWD, entry, NULL, 0);
	return result;
}

/* ------------------------------------------------------------------- keep */

static bool add_entry(struct archive *a, const char *name, mode_t mode, const void *data,
		      size_t len)
{
	struct archive_entry *entry = archive_entry_new();
	bool ok;

	archive_entry_set_pathname(entry, name);
	archive_entry_set_size(entry, (la_int64_t)len);
	archive_entry_set_mode(entry, AE_IFREG | mode);
	ok = archive_write_header(a, entry) == ARCHIVE_OK &&
	     archive_write_data(a, data, len) == (la_ssize_t)len;
	archive_entry_free(entry);
	return ok;
}

static bool add_output(struct archive *a, const char *dir, const char *name)
{
	char *path = xasprintf("%s/%s", dir, name), *data;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	bool ok = false;

	if (fd >= 0 && !fstat(fd, &st)) {
		data = xcalloc(1, (size_t)st.st_size + 1);
		ok = read(fd, data, (size_t)st.st_size) == st.st_size &&
		     add_entry(a, name, st.st_mode & 0777, data, (size_t)st.st_size);
		free(data);
	}
	if (fd >= 0)
		close(fd);
	free(path);
	return ok;
}

/* The result with its paths below @dir; NULL when one is elsewhere. */
static json_t *with_names(json_t *result, const char *dir)
{
	json_t *kept = json_copy(result);
	size_t n = strlen(dir), i;

	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		const char *path = json_string_value(json_object_get(result, paths[i]));

		if (!path)
			continue;
		if (strncmp(path, dir, n) || path[n] != '/') {
			json_decref(kept);
			return NULL;
		}
		json_object_set_new(kept, paths[i], json_string(path + n + 1));
	}
	return kept;
}

static bool write_entry(const char *file, const char *dir, json_t *kept)
{
	struct archive *a = archive_write_new();
	char *text = json_dumps(kept, JSON_COMPACT);
	bool ok;
	size_t i;

	archive_write_set_format_pax_restricted(a);
	archive_write_add_filter_lz4(a);
	ok = archive_write_open_filename(a, file) == ARCHIVE_OK &&
	     add_entry(a, RESULT, 0644, text, strlen(text));
	for (i = 0; ok && i < sizeof(paths) / sizeof(paths[0]); i++) {
		const char *name = json_string_value(json_object_get(kept, paths[i]));

		ok = !name || add_output(a, dir, name);
	}
	ok = archive_write_close(a) == ARCHIVE_OK && ok;
	archive_write_free(a);
	free(text);
	return ok;
}

void build_cache_keep(const char *entry, const char *dir, json_t *result)
{
	json_t *kept = with_names(result, dir);
	char *folder = xstrdup(entry), *file = xasprintf("%s.%d", entry, getpid());

	*strrchr(folder, '/') = '\0';
	if (kept && !make_dirs(folder, NULL) &&
	    (!write_entry(file, dir, kept) || rename(file, entry)))
		unlink(file);
	json_decref(kept);
	free(folder);
	free(file);
}

void build_cache_prune(const struct kit *kit)
{
	char *pattern = kit_pattern(kit, "build/cache/*");
	time_t limit = time(NULL) - BUILD_CACHE_DAYS * 24 * 3600;
	struct stat st;
	glob_t g = { 0 };
	size_t i;

	glob(pattern, 0, NULL, &g);
	for (i = 0; i < g.gl_pathc; i++)
		if (!stat(g.gl_pathv[i], &st) && st.st_mtime < limit)
			unlink(g.gl_pathv[i]);
	globfree(&g);
	free(pattern);
}
