// SPDX-License-Identifier: GPL-2.0-only
/*
 * cleanup.c - what happens between two tests: nothing a subject started may
 * live on, nothing it wrote may stay.
 *
 * The suite's process is a child subreaper (prctl(2)), so every process that
 * a subject left behind, also one that daemonised itself, is below it. Only
 * processes below it are killed: a suite also runs on a development host.
 */
#include "judge.h"
#include "suite.h"

#include <dirent.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROCS_MAX 4096
#define TURNS 700 /* of a millisecond, and of more where the machine is slow */

struct proc {
	pid_t pid, parent;
	bool ours;
};

static struct proc procs[PROCS_MAX];

/* The parent of a process, or 0 if it has gone or is a zombie. */
static pid_t parent_of(pid_t pid)
{
	char path[32], line[512];
	char *p, state = 'Z';
	int parent = 0;
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "re");
	if (!f)
		return 0;
	n = fread(line, 1, sizeof(line) - 1, f);
	fclose(f);
	line[n] = '\0';
	/* The name is in parentheses and may itself hold any byte. */
	p = strrchr(line, ')');
	if (!p || sscanf(p + 1, " %c %d", &state, &parent) != 2)
		return 0;
	return state == 'Z' || state == 'X' ? 0 : parent;
}

static size_t procs_read(void)
{
	DIR *dir = opendir("/proc");
	struct dirent *e;
	size_t n = 0;

	while (dir && n < PROCS_MAX && (e = readdir(dir))) {
		pid_t pid = atoi(e->d_name);

		if (pid <= 0)
			continue;
		procs[n].pid = pid;
		procs[n].parent = parent_of(pid);
		procs[n].ours = false;
		n += procs[n].parent != 0;
	}
	if (dir)
		closedir(dir);
	return n;
}

/* Mark all whose chain of parents leads here; repeat until nothing changes. */
static void kill_below(pid_t self)
{
	size_t n = procs_read(), i, k;
	bool changed = true;

	while (changed) {
		changed = false;
		for (i = 0; i < n; i++) {
			bool below = procs[i].parent == self;

			for (k = 0; k < n && !below; k++)
				below = procs[k].ours && procs[k].pid == procs[i].parent;
			if (below && !procs[i].ours)
				procs[i].ours = changed = true;
		}
	}
	for (i = 0; i < n; i++)
		if (procs[i].ours)
			kill(procs[i].pid, SIGKILL);
}

void descendants_end(void)
{
	int turn;
	pid_t pid;

	/*
	 * A process that cannot be killed (stuck in a driver) must not hang
	 * the suite: after about a second it is left to the machine's end.
	 */
	for (turn = 0; turn < TURNS; turn++) {
		do
			pid = waitpid(-1, NULL, WNOHANG | __WALL);
		while (pid > 0);
		if (pid < 0 && errno == ECHILD)
			return;
		/* Tracees die by themselves when their tracer ends. */
		if (turn % 16 == 1)
			kill_below(getpid());
		usleep(turn < 16 ? 200 : 1000);
	}
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	remove(path);
	return 0;
}

void tree_remove(const char *path)
{
	nftw(path, remove_one, 32, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}
