// SPDX-License-Identifier: GPL-2.0-only
/*
 * workdir.c - temporary files that vanish with the grader, see workdir.h.
 */
#include "workdir.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util.h"

struct workdir {
	char *path;
	char *tmp;
	int alive; /* the grader's end of the janitor's pipe */
	pid_t janitor;
};

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
	remove_tree(w->path);
	remove_tree(w->tmp);
	_exit(0);
}

int workdir_open(const struct kit *kit, struct workdir **out, struct err *e)
{
	struct workdir *w = xcalloc(1, sizeof(*w));
	char *parent = kit_path(kit, "build/tmp");
	int fds[2], ret;

	ret = make_dirs(parent, e);
	w->path = xasprintf("%s/%d-XXXXXX", parent, (int)getpid());
	w->tmp = xasprintf("/tmp/mmaplab-%d-XXXXXX", (int)getpid());
	free(parent);
	if (ret)
		goto fail;
	if (!mkdtemp(w->path)) {
		ret = err_set(
			e, errno,
			"make a work folder %s: %s\n"
			"next: free some space or fix the folder's permissions, then run the same command again",
			w->path, strerror(errno));
		goto fail;
	}
	if (!mkdtemp(w->tmp) || chmod(w->tmp, 0711) || pipe2(fds, O_CLOEXEC)) {
		ret = err_set(e, errno, "make a work folder %s: %s", w->tmp, strerror(errno));
		rmdir(w->path);
		goto fail;
	}
	setenv("TMPDIR", w->tmp, 1);
	w->janitor = fork();
	if (w->janitor == 0) {
		close(fds[1]);
		janitor(w, fds[0]);
	}
	close(fds[0]);
	w->alive = fds[1];
	*out = w;
	return 0;
fail:
	free(w->path);
	free(w->tmp);
	free(w);
	return ret;
}

const char *workdir_path(const struct workdir *w)
{
	return w->path;
}

void workdir_close(struct workdir *w)
{
	if (!w)
		return;
	close(w->alive);
	if (w->janitor > 0)
		waitpid(w->janitor, NULL, 0);
	free(w->path);
	free(w->tmp);
	free(w);
}
