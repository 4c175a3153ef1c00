// SPDX-License-Identifier: GPL-2.0-only
/*
 * pool.c - worker processes, see pool.h.
 */
#include "pool.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util.h"

#define MAX_WORKERS 64

struct job {
	pool_job run;
	pool_done done;
	void *arg;
	struct job *next;
};

struct worker {
	struct job *job; /* NULL: free */
	pid_t pid;
	int fd;
	char *buf;
	size_t used;
};

struct pool {
	int workers_count;
	struct worker workers[MAX_WORKERS];
	struct job *first, **last;
	pool_told told;
	void (*tick)(void *arg);
	void *tick_arg;
	int tick_ms;
	bool batch;
	bool stopped;
};

/* In a worker: its pipe. */
static int tell_fd = -1;

struct pool *pool_new(int workers)
{
	struct pool *p = xcalloc(1, sizeof(*p));

	p->workers_count = workers < 0 ? 1 : workers > MAX_WORKERS ? MAX_WORKERS : workers;
	p->last = &p->first;
	p->tick_ms = -1;
	return p;
}

void pool_batch(struct pool *p)
{
	p->batch = true;
}

void pool_add(struct pool *p, pool_job run, pool_done done, void *arg)
{
	struct job *j = xcalloc(1, sizeof(*j));

	*j = (struct job){ run, done, arg, NULL };
	*p->last = j;
	p->last = &j->next;
}

void pool_listen(struct pool *p, pool_told told)
{
	p->told = told;
}

void pool_tick(struct pool *p, int ms, void (*tick)(void *arg), void *arg)
{
	p->tick_ms = ms;
	p->tick = tick;
	p->tick_arg = arg;
}

void pool_tell(json_t *part)
{
	if (json_dumpfd(part, tell_fd, JSON_COMPACT) || write(tell_fd, "\n", 1) != 1)
		_exit(1);
	json_decref(part);
}

static void work(const struct pool *p, struct job *j, int fd, pid_t parent)
{
	const struct sched_param none = { 0 };
	json_t *result;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	/* Where it may not, it is slower, and all the same. */
	if (p->batch)
		sched_setscheduler(0, SCHED_BATCH, &none);
	tell_fd = fd;
	result = j->run(j->arg);
	if (!result || json_dumpfd(result, fd, JSON_COMPACT))
		_exit(1);
	_exit(0);
}

static struct job *next_job(struct pool *p)
{
	struct job *j = p->first;

	p->first = j->next;
	if (!p->first)
		p->last = &p->first;
	return j;
}

static void start(struct pool *p, struct worker *w)
{
	struct job *j = next_job(p);
	pid_t parent = getpid();
	int fds[2];

	w->job = j;
	w->used = 0;
	w->buf = NULL;
	w->fd = -1;
	w->pid = -1;
	if (pipe2(fds, O_CLOEXEC) == 0) {
		fflush(NULL);
		w->pid = fork();
		if (w->pid == 0) {
			close(fds[0]);
			work(p, j, fds[1], parent);
		}
		close(fds[1]);
		w->fd = fds[0];
	}
}

static void finish(struct worker *w)
{
	struct job *j = w->job;
	json_t *result = NULL;
	char why[128] = "";
	int status = 0;

	if (w->fd >= 0)
		close(w->fd);
	if (w->pid < 0)
		snprintf(why, sizeof(why), "a worker could not be started");
	else if (waitpid(w->pid, &status, 0) < 0)
		snprintf(why, sizeof(why), "a worker was lost: %s", strerror(errno));
	else if (WIFSIGNALED(status))
		snprintf(why, sizeof(why), "a worker was killed by signal %d (%s)",
			 WTERMSIG(status), strsignal(WTERMSIG(status)));
	else if (WEXITSTATUS(status))
		snprintf(why, sizeof(why), "a worker ended with status %d", WEXITSTATUS(status));
	else
		result = json_loadb(w->buf, w->used, 0, NULL);
	if (!result && !*why)
		snprintf(why, sizeof(why), "a worker's result could not be read");
	free(w->buf);
	w->buf = NULL;
	w->job = NULL;
	j->done(j->arg, result, why);
	free(j);
}

/* Whole lines are what the job has told on its way; JSON has no newline in it. */
static void hear(struct pool *p, struct worker *w, size_t looked_at)
{
	char *end;

	while ((end = memchr(w->buf + looked_at, '\n', w->used - looked_at))) {
		json_t *part = json_loadb(w->buf, end - w->buf, 0, NULL);

		if (part)
			p->told(w->job->arg, part);
		w->used -= end + 1 - w->buf;
		memmove(w->buf, end + 1, w->used);
		looked_at = 0;
	}
}

/* True when the worker has closed its pipe. */
static int take(struct pool *p, struct worker *w)
{
	char buf[65536];
	ssize_t n = read(w->fd, buf, sizeof(buf));

	if (n < 0 && errno == EINTR)
		return 0;
	if (n <= 0)
		return 1;
	w->buf = xrealloc(w->buf, w->used + n);
	memcpy(w->buf + w->used, buf, n);
	w->used += n;
	if (p->told)
		hear(p, w, w->used - n);
	return 0;
}

void pool_stop(struct pool *p)
{
	p->stopped = true;
}

static void drop_queue(struct pool *p)
{
	while (p->first) {
		struct job *j = next_job(p);

		j->done(j->arg, NULL, "not started any more");
		free(j);
	}
}

void pool_run(struct pool *p)
{
	struct pollfd fds[MAX_WORKERS];
	int i, busy;

	while (!p->workers_count && p->first && !p->stopped) {
		struct job *j = next_job(p);

		j->done(j->arg, j->run(j->arg), "");
		free(j);
	}
	for (;;) {
		if (p->stopped)
			drop_queue(p);
		busy = 0;
		for (i = 0; i < p->workers_count; i++) {
			struct worker *w = &p->workers[i];

			if (!w->job && p->first)
				start(p, w);
			fds[i] = (struct pollfd){ w->job ? w->fd : -1, POLLIN, 0 };
			if (w->job && w->fd < 0)
				finish(w);
			busy += w->job != NULL;
		}
		if (!busy && !p->first)
			return;
		if (p->tick)
			p->tick(p->tick_arg);
		if (busy && poll(fds, p->workers_count, p->tick_ms) < 0)
			continue;
		for (i = 0; i < p->workers_count; i++)
			if (p->workers[i].job && fds[i].fd >= 0 && fds[i].revents &&
			    take(p, &p->workers[i]))
				finish(&p->workers[i]);
	}
}

void pool_free(struct pool *p)
{
	free(p);
}
