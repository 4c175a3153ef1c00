// SPDX-License-Identifier: GPL-2.0-only
/*
 * workdir.c - temporary files that vanish with the grader, see workdir.h.
 */
#include "workdir.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "util.h"

/* How long what was killed with the grader may take to die, on a busy host. */
#define LAST_WRITES_MS 5000
#define LOOK_AGAIN_MS 10
/* Longer than anybody leaves a machine open without touching it. */
#define FOREIGN_DAYS 14

struct workdir {
	char *path;
	char *tmp; /* has the same last name, with a prefix */
	int lock; /* of path, held as long as a process of the grading lives */
	int alive; /* the grader's end of the janitor's pipe */
	pid_t janitor;
};

static char *tmp_of(const char *name)
{
	return xasprintf("/tmp/mmaplab-%s", name);
}

/* In /tmp anybody can make a folder of any name. */
static void remove_tmp(const char *tmp)
{
	struct stat st;

	if (!lstat(tmp, &st) && S_ISDIR(st.st_mode) && st.st_uid == geteuid())
		remove_tree(tmp);
}

/* A compiler dies after the grader that it worked for, and writes until then. */
static void remove_for_good(void (*remove_it)(const char *path), const char *path)
{
	struct stat st;
	int ms;

	remove_it(path);
	for (ms = 0; ms < LAST_WRITES_MS && !lstat(path, &st); ms += LOOK_AGAIN_MS) {
		usleep(LOOK_AGAIN_MS * 1000);
		remove_it(path);
	}
}

static void janitor(struct workdir *w, int end)
{
	char byte;
	int i;

	/* A Ctrl-C in the terminal must not reach it. */
	setsid();
	for (i = 1; i < NSIG; i++)
		signal(i, SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
	if (dup2(end, 3) != 3)
		_exit(1);
	close_range(4, ~0U, 0);
	/* Holding the grader's standard streams open would make whoever reads
	 * them wait for us too. */
	close_range(0, 2, 0);
	while (read(3, &byte, 1) < 0 && errno == EINTR)
		;
	/* By the second the next grading finds the first, if we are killed here. */
	remove_for_good(remove_tmp, w->tmp);
	remove_for_good(remove_tree, w->path);
	_exit(0);
}

/* Return: the folder's lock, or -1 while somebody else holds it. */
static int lock_folder(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* The host as it runs now, as the end of a name: a checkout may be several hosts'. */
static char *host_mark(void)
{
	char *boot = boot_id(), *mark = xasprintf("-%.8s", boot);

	free(boot);
	return mark;
}

static bool is_old(const char *path)
{
	struct stat st;

	return !lstat(path, &st) && st.st_mtime < time(NULL) - FOREIGN_DAYS * 24 * 3600;
}

/*
 * Remove the folders of gradings that were killed together with their janitor. On NFS a
 * folder's lock is seen by its own host only, so it tells nothing of another's: what that
 * left, or this one before it was booted anew, goes when nothing has been made in it for
 * long.
 */
static void remove_abandoned(const char *parent, const char *mark)
{
	DIR *d = opendir(parent);
	struct dirent *entry;

	while (d && (entry = readdir(d))) {
		char *path = xasprintf("%s/%s", parent, entry->d_name), *tmp;
		const char *end = strrchr(entry->d_name, '-');
		int lock = isdigit((unsigned char)*entry->d_name) ? lock_folder(path) : -1;

		if (lock >= 0 && ((end && !strcmp(end, mark)) || is_old(path))) {
			tmp = tmp_of(entry->d_name);
			remove_tmp(tmp);
			remove_tree(path);
			free(tmp);
		}
		if (lock >= 0)
			close(lock);
		free(path);
	}
	if (d)
		closedir(d);
}

/* Both folders; with the parent locked nobody takes ours for abandoned. */
static int make_folders(struct workdir *w, const char *parent, struct err *e)
{
	int all = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC), ret = 0;
	const char *at = w->path;

	if (all >= 0 && !flock(all, LOCK_EX))
		remove_abandoned(parent, strrchr(w->path, '-'));
	if (!mkdir(w->path, 0700)) {
		w->lock = lock_folder(w->path);
		at = w->tmp;
	}
	if (at == w->path || mkdir(w->tmp, 0700) || chmod(w->tmp, 0711))
		ret = err_set(
			e, errno,
			"make a work folder %s: %s\n"
			"next: free some space or fix the folder's permissions, then run the same command again",
			at, strerror(errno));
	if (all >= 0)
		close(all);
	return ret;
}

/* Names that nobody has or foresees: the janitor has to know them before they are made. */
static int choose_names(struct workdir *w, const char *parent, struct err *e)
{
	unsigned char noise[6];
	char *name, *mark;

	if (getrandom(noise, sizeof(noise), 0) != sizeof(noise))
		return err_set(e, EIO, "no random name from the system");
	mark = host_mark();
	name = xasprintf("%d-%02x%02x%02x%02x%02x%02x%s", (int)getpid(), noise[0], noise[1],
			 noise[2], noise[3], noise[4], noise[5], mark);
	w->path = xasprintf("%s/%s", parent, name);
	w->tmp = tmp_of(name);
	free(mark);
	free(name);
	return 0;
}

static int start_janitor(struct workdir *w, struct err *e)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC))
		return err_set(e, errno, "pipe to the janitor: %s", strerror(errno));
	w->janitor = fork();
	if (w->janitor == 0) {
		close(fds[1]);
		janitor(w, fds[0]);
	}
	close(fds[0]);
	w->alive = fds[1];
	if (w->janitor < 0)
		return err_set(e, errno, "fork the janitor: %s", strerror(errno));
	return 0;
}

int workdir_open(const struct kit *kit, struct workdir **out, struct err *e)
{
	struct workdir *w = xcalloc(1, sizeof(*w));
	char *parent = kit_path(kit, "build/tmp");
	int ret;

	w->lock = w->alive = -1;
	ret = make_dirs(parent, e);
	if (!ret)
		ret = choose_names(w, parent, e);
	if (!ret)
		ret = start_janitor(w, e);
	if (!ret)
		ret = make_folders(w, parent, e);
	free(parent);
	if (ret) {
		workdir_close(w);
		return ret;
	}
	setenv("TMPDIR", w->tmp, 1);
	*out = w;
	return 0;
}

const char *workdir_path(const struct workdir *w)
{
	return w->path;
}

void workdir_close(struct workdir *w)
{
	if (!w)
		return;
	if (w->alive >= 0)
		close(w->alive);
	if (w->janitor > 0)
		waitpid(w->janitor, NULL, 0);
	if (w->lock >= 0)
		close(w->lock);
	free(w->path);
	free(w->tmp);
	free(w);
}
