// SPDX-License-Identifier: GPL-2.0-only
/*
 * collect_folder.c - a submission that is a folder, or one file.
 *
 * The walk goes from descriptor to descriptor with O_NOFOLLOW, so no link is
 * followed even if the folder changes under us. Only labs/ and driver/ are
 * looked into (a checkout has a large build/ beside them); when neither is at
 * the top, each folder there is looked at as the one that may wrap them.
 */
#include "collect_intake.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util.h"

#define MAX_DEPTH 12

struct walk {
	struct intake *in;
	bool labs_at_top;
};

struct file_reader {
	int dir_fd;
	const char *base;
	const char *path;
	const char *submission;
	int fd;
};

static int cannot_read(const struct file_reader *r, int code, struct err *e)
{
	char *shown = intake_show_name(r->path);
	int ret = err_set(e, code, "unusable submission: read %s in %s: %s", shown, r->submission,
			  strerror(code));

	free(shown);
	return ret;
}

/* Opens at the first read: most files of a submission are never wanted. */
static ssize_t file_read(void *ctx, void *buf, size_t len, struct err *e)
{
	struct file_reader *r = ctx;
	struct stat st;
	ssize_t n;

	if (r->fd < 0) {
		r->fd = openat(r->dir_fd, r->base,
			       O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
		if (r->fd < 0 || fstat(r->fd, &st))
			return cannot_read(r, errno, e);
		if (!S_ISREG(st.st_mode))
			return cannot_read(r, EINVAL, e);
	}
	n = read(r->fd, buf, len);
	return n < 0 ? cannot_read(r, errno, e) : n;
}

static enum intake_kind kind_of(mode_t mode)
{
	if (S_ISREG(mode))
		return INTAKE_REGULAR;
	if (S_ISDIR(mode))
		return INTAKE_FOLDER;
	return S_ISLNK(mode) ? INTAKE_SYMLINK : INTAKE_DEVICE;
}

static bool is_source_folder(const char *name)
{
	return !strcmp(name, "labs") || !strcmp(name, "driver");
}

/* depth 0 is the top, depth 1 is inside a folder of the top. */
static bool wanted_folder(const struct walk *w, int depth, const char *base)
{
	if (depth >= MAX_DEPTH || *base == '.')
		return false;
	if (depth == 0)
		return !w->labs_at_top || is_source_folder(base);
	if (depth == 1 && !w->labs_at_top)
		return is_source_folder(base);
	return true;
}

static int walk_folder(struct walk *w, int dir_fd, const char *prefix, int depth, struct err *e);

static int walk_entry(struct walk *w, int dir_fd, const char *base, const char *prefix, int depth,
		      struct err *e)
{
	char *path = xasprintf("%s%s%s", prefix, *prefix ? "/" : "", base);
	struct file_reader r = { dir_fd, base, path, w->in->submission, -1 };
	struct intake_source src = { file_read, &r };
	enum intake_kind kind;
	struct stat st;
	int fd, ret;

	if (fstatat(dir_fd, base, &st, AT_SYMLINK_NOFOLLOW)) {
		ret = cannot_read(&r, errno, e);
		goto out;
	}
	kind = kind_of(st.st_mode);
	if (kind == INTAKE_FOLDER && !wanted_folder(w, depth, base))
		kind = INTAKE_SKIPPED;
	ret = intake_entry(w->in, path, kind, &src, e);
	if (r.fd >= 0)
		close(r.fd);
	if (ret || kind != INTAKE_FOLDER)
		goto out;
	fd = openat(dir_fd, base, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	ret = fd < 0 ? cannot_read(&r, errno, e) : walk_folder(w, fd, path, depth + 1, e);
out:
	free(path);
	return ret;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names in order, so that two runs of one submission report the same. */
static int list_names(struct walk *w, DIR *dir, char ***names, size_t *count, struct err *e)
{
	struct dirent *d;
	size_t room = 0;

	while ((errno = 0, d = readdir(dir))) {
		if (!strcmp(d->d_name, ".") || !strcmp(d->d_name, ".."))
			continue;
		if (*count == room) {
			room = room ? 2 * room : 32;
			*names = xrealloc(*names, room * sizeof(**names));
		}
		(*names)[(*count)++] = xstrdup(d->d_name);
		if (w->in->entries + *count > COLLECT_MAX_ENTRIES)
			return err_set(
				e, E2BIG,
				"unusable submission: %s holds more than %d files and folders\n"
				"next: hand in the labs' source files only",
				w->in->submission, COLLECT_MAX_ENTRIES);
	}
	if (errno)
		return err_set(e, errno, "unusable submission: read a folder of %s: %s",
			       w->in->submission, strerror(errno));
	if (*names)
		qsort(*names, *count, sizeof(**names), compare_names);
	return 0;
}

/* Takes over dir_fd. */
static int walk_folder(struct walk *w, int dir_fd, const char *prefix, int depth, struct err *e)
{
	DIR *dir = fdopendir(dir_fd);
	char **names = NULL;
	size_t count = 0, i;
	int ret;

	if (!dir) {
		ret = err_set(e, errno, "unusable submission: read folder %s: %s",
			      w->in->submission, strerror(errno));
		close(dir_fd);
		return ret;
	}
	ret = list_names(w, dir, &names, &count, e);
	for (i = 0; i < count; i++) {
		if (!ret && depth == 0 && is_source_folder(names[i]))
			w->labs_at_top = true;
	}
	for (i = 0; i < count; i++) {
		if (!ret)
			ret = walk_entry(w, dirfd(dir), names[i], prefix, depth, e);
		free(names[i]);
	}
	free(names);
	closedir(dir);
	return ret;
}

int collect_single(struct intake *in, int fd, const char *name, struct err *e)
{
	struct file_reader r = { -1, name, name, in->submission, fd };
	struct intake_source src = { file_read, &r };

	return intake_entry(in, name, INTAKE_REGULAR, &src, e);
}

int collect_folder(struct intake *in, int dir_fd, struct err *e)
{
	struct walk w = { .in = in };
	int fd = fcntl(dir_fd, F_DUPFD_CLOEXEC, 0);

	if (fd < 0)
		return err_set(e, errno, "open %s: %s", in->submission, strerror(errno));
	return walk_folder(&w, fd, "", 0, e);
}
