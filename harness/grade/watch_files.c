// SPDX-License-Identifier: GPL-2.0-only
/*
 * watch_files.c - saves, see watch_files.h.
 *
 * Folders are watched, not files: an editor that writes a new file and renames it
 * over the old one would leave a watch on a file that nobody has any more.
 */
#include "watch_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "util.h"

#define MAX_FOLDERS (MANIFEST_MAX_LABS * 2)
/*
 * A file that was written to and closed, or has got the name; or has lost it: an editor that
 * renames gives it another in no time, and otherwise there is nothing to compile any more.
 */
#define SAVED (IN_CLOSE_WRITE | IN_MOVED_TO | IN_DELETE | IN_MOVED_FROM)
#define GONE (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED)

struct folder {
	char *name; /* below the checkout */
	int wd; /* -1: not there now */
};

struct watch_files {
	const struct kit *kit;
	const struct manifest *m;
	const struct lab_def *only;
	int fd;
	struct folder folders[MAX_FOLDERS];
	size_t count;
};

static char *folder_of(const char *file)
{
	return strndup(file, strrchr(file, '/') - file);
}

static void add_watch(struct watch_files *f, struct folder *folder)
{
	char *path = kit_path(f->kit, "%s", folder->name);

	folder->wd =
		inotify_add_watch(f->fd, path, SAVED | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR);
	free(path);
}

static void add_folder(struct watch_files *f, char *name)
{
	size_t i;

	for (i = 0; i < f->count && strcmp(f->folders[i].name, name); i++)
		;
	if (i < f->count || f->count == MAX_FOLDERS) {
		free(name);
		return;
	}
	f->folders[f->count].name = name;
	add_watch(f, &f->folders[f->count++]);
}

int watch_files_open(const struct kit *kit, const struct manifest *m, const struct lab_def *only,
		     struct watch_files **out, struct err *e)
{
	struct watch_files *f = xcalloc(1, sizeof(*f));
	size_t i, k;

	*out = f;
	f->kit = kit;
	f->m = m;
	f->only = only;
	f->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (f->fd < 0)
		return err_set(e, errno,
			       "watch files: %s\nnext: end other programs that watch files "
			       "(fs.inotify.max_user_instances)",
			       strerror(errno));
	for (i = 0; i < m->labs_count; i++) {
		const struct lab_def *lab = &m->labs[i];

		if (only && only != lab)
			continue;
		add_folder(f, xasprintf("labs/%s", lab->id));
		for (k = 0; k < lab->files_count; k++)
			add_folder(f, folder_of(lab->files[k]));
	}
	for (i = 0; i < f->count; i++)
		if (f->folders[i].wd < 0)
			return err_set(
				e, errno,
				"watch %s: %s\n"
				"next: bring the folder back, or raise fs.inotify.max_user_watches",
				f->folders[i].name, strerror(errno));
	return 0;
}

void watch_files_close(struct watch_files *f)
{
	size_t i;

	if (!f)
		return;
	for (i = 0; i < f->count; i++)
		free(f->folders[i].name);
	if (f->fd >= 0)
		close(f->fd);
	free(f);
}

int watch_files_fd(const struct watch_files *f)
{
	return f->fd;
}

bool watch_files_missing(const struct watch_files *f)
{
	size_t i;

	for (i = 0; i < f->count; i++)
		if (f->folders[i].wd < 0)
			return true;
	return false;
}

bool watch_files_is_header(const char *name)
{
	size_t n = strlen(name);

	return n > 2 && !strcmp(name + n - 2, ".h");
}

bool watch_files_concern(const struct lab_def *lab, const char *name)
{
	bool header = watch_files_is_header(name);
	size_t i, len;

	for (i = 0; i < lab->files_count; i++) {
		if (!strcmp(lab->files[i], name))
			return true;
		len = strrchr(lab->files[i], '/') - lab->files[i] + 1;
		if (header && !strncmp(name, lab->files[i], len))
			return true;
	}
	len = strlen(lab->id);
	return header && !strncmp(name, "labs/", 5) && !strncmp(name + 5, lab->id, len) &&
	       name[5 + len] == '/';
}

static bool concerns_any(const struct watch_files *f, const char *name)
{
	size_t i;

	for (i = 0; i < f->m->labs_count; i++)
		if ((!f->only || f->only == &f->m->labs[i]) &&
		    watch_files_concern(&f->m->labs[i], name))
			return true;
	return false;
}

/* The file of an event, if it is one of ours, in fresh memory. */
static char *take(struct watch_files *f, const struct inotify_event *event)
{
	char *name;
	size_t i;

	for (i = 0; i < f->count && f->folders[i].wd != event->wd; i++)
		;
	/* Events were lost: any file may have been saved. */
	if (event->mask & IN_Q_OVERFLOW)
		return xstrdup(f->only ? f->only->files[0] : f->m->labs[0].files[0]);
	if (i == f->count)
		return NULL;
	if (event->mask & GONE) {
		inotify_rm_watch(f->fd, f->folders[i].wd);
		f->folders[i].wd = -1;
		return NULL;
	}
	if (!(event->mask & SAVED) || !event->len)
		return NULL;
	name = xasprintf("%s/%s", f->folders[i].name, event->name);
	if (concerns_any(f, name))
		return name;
	free(name);
	return NULL;
}

/* A folder that another has taken the place of, as when a branch is changed. */
static void find_again(struct watch_files *f, char **name)
{
	size_t i, k;

	for (i = 0; i < f->count; i++) {
		if (f->folders[i].wd >= 0)
			continue;
		add_watch(f, &f->folders[i]);
		for (k = 0; f->folders[i].wd >= 0 && k < f->m->labs_count; k++) {
			const char *file = f->m->labs[k].files[0];

			if (!*name && concerns_any(f, file) &&
			    !strncmp(file, f->folders[i].name, strlen(f->folders[i].name)))
				*name = xstrdup(file);
		}
	}
}

bool watch_files_saved(struct watch_files *f, char **name)
{
	char buf[8192] __attribute__((aligned(__alignof__(struct inotify_event))));
	ssize_t n, at;

	*name = NULL;
	while ((n = read(f->fd, buf, sizeof(buf))) > 0) {
		for (at = 0; at < n;) {
			const struct inotify_event *event = (void *)(buf + at);
			char *found = take(f, event);

			if (found) {
				free(*name);
				*name = found;
			}
			at += sizeof(*event) + event->len;
		}
	}
	find_again(f, name);
	return *name != NULL;
}
