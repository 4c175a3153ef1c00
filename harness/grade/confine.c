// SPDX-License-Identifier: GPL-2.0-only
/*
 * confine.c - chooses a level, composes the command line, runs it and
 * collects its output, see confine.h.
 */
#include "confine.h"

#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "confine_child.h"
#include "confine_plan.h"
#include "util.h"

#define DEFAULT_DEADLINE_MS 60000
#define DEFAULT_OUTPUT (64 * 1024)
/* How long the guardian may take to kill what it watches. */
#define GUARDIAN_PATIENCE_MS 8000

static const struct {
	const char *name, *text;
} level_words[] = {
	[CONFINE_NAMESPACES] = { "namespaces", "compiled by bubblewrap in namespaces of its own" },
	[CONFINE_UID] = { "uid",
			  "compiled under another user id with limits, without namespaces (this host forbids them): world-readable files of this host could be read" },
	[CONFINE_LIMITS] = { "limits",
			     "compiled under your own user id with limits only (this host forbids namespaces): your files could be read" },
};

static pthread_mutex_t probe_lock = PTHREAD_MUTEX_INITIALIZER;
static int chosen_way = -1;

const char *confine_level_name(enum confine_level level)
{
	return level_words[level].name;
}

const char *confine_level_text(enum confine_level level)
{
	return level_words[level].text;
}

void confine_reset(void)
{
	pthread_mutex_lock(&probe_lock);
	chosen_way = -1;
	pthread_mutex_unlock(&probe_lock);
}

/* ------------------------------------------------------------------ run */

struct pipes {
	int life[2], status[2], output[2];
};

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void close_pipes(struct pipes *p)
{
	int i;

	for (i = 0; i < 2; i++) {
		close_fd(&p->life[i]);
		close_fd(&p->status[i]);
		close_fd(&p->output[i]);
	}
}

static void keep_output(struct confine_result *r, size_t max, const char *buf, size_t n)
{
	size_t room = max - r->output_size;

	if (n > room) {
		r->output_cut = true;
		n = room;
	}
	memcpy(r->output + r->output_size, buf, n);
	r->output_size += n;
	r->output[r->output_size] = '\0';
}

/* Return: false at the end of the output. */
static bool read_output(struct pipes *p, struct confine_result *r, size_t max)
{
	char buf[16384];
	ssize_t n = read(p->output[0], buf, sizeof(buf));

	if (n > 0)
		keep_output(r, max, buf, n);
	return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

/*
 * Processor time of a process and all below it, in milliseconds. What they have waited
 * for is counted with them; those of a namespace that is killed are waited for by nobody.
 */
static unsigned int family_cpu_ms(pid_t pid)
{
	char *path = xasprintf("/proc/%d/task/%d/children", (int)pid, (int)pid);
	char *stat = process_stat(pid), *children = read_text(path), *next;
	unsigned long user = 0, system = 0, sum = 0;
	long waited_user = 0, waited_system = 0, child;

	/* (14) utime, stime, cutime, cstime */
	if (stat && sscanf(stat, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %ld %ld",
			   &user, &system, &waited_user, &waited_system) == 4)
		sum = (user + system + waited_user + waited_system) * 1000 / sysconf(_SC_CLK_TCK);
	for (next = children; next && (child = strtol(next, &next, 10)) > 0;)
		sum += family_cpu_ms((pid_t)child);
	free(children);
	free(stat);
	free(path);
	return sum;
}

/* Return: true with the worker's wait status, false when none came. */
static bool watch(struct pipes *p, pid_t guardian, struct confine_result *r, int64_t deadline,
		  size_t max, int *status)
{
	const char stop = CONFINE_STOP;
	struct pollfd fds[2] = { { .fd = p->status[0], .events = POLLIN },
				 { .fd = p->output[0], .events = POLLIN } };
	bool stopped = false, answered;

	while (!fds[0].revents) {
		bool late = awake_poll(fds, 2, deadline) <= 0 || awake_ms() > deadline;

		/* One that has ended meanwhile is not too late. */
		if (late && !fds[0].revents) {
			if (stopped)
				return false;
			stopped = true;
			r->end = CONFINE_TIMEOUT;
			r->cpu_ms = family_cpu_ms(guardian);
			deadline = awake_ms() + GUARDIAN_PATIENCE_MS;
			if (write(p->life[1], &stop, 1) < 0)
				return false;
			continue;
		}
		if (fds[1].revents && !read_output(p, r, max))
			fds[1].fd = -1;
	}
	answered = read(p->status[0], status, sizeof(*status)) == sizeof(*status);
	/* Everything that could write is dead; take what is in the pipe. */
	while (fds[1].fd >= 0 && poll(&fds[1], 1, 0) > 0 && read_output(p, r, max))
		;
	return answered;
}

static void decode(struct confine_result *r, int status)
{
	if (r->end == CONFINE_TIMEOUT)
		return;
	r->end = WIFSIGNALED(status) ? CONFINE_SIGNALED : CONFINE_EXITED;
	r->code = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
	/* bubblewrap tells a signal as a shell does. */
	if (r->level == CONFINE_NAMESPACES && r->end == CONFINE_EXITED && r->code > 128 &&
	    r->code < 128 + NSIG) {
		r->end = CONFINE_SIGNALED;
		r->code -= 128;
	}
}

/* The tools that start the command failed, not the command: what it prints proves nothing. */
static bool start_failed(const char *mark, const struct confine_result *r)
{
	return r->end == CONFINE_EXITED && r->code && access(mark, F_OK);
}

static int run_plan(const struct confine_plan *plan, const struct confine_job *job,
		    struct confine_result *r, struct err *e)
{
	struct pipes p = { { -1, -1 }, { -1, -1 }, { -1, -1 } };
	size_t max = job->output_max ? job->output_max : DEFAULT_OUTPUT;
	char *mark = xasprintf("%s/" CONFINE_STARTED, job->work), *words;
	int64_t start = clock_ms();
	int status = 0, ret = 0;
	pid_t pid;

	memset(r, 0, sizeof(*r));
	r->level = plan->level;
	r->output = xcalloc(1, max + 1);
	unlink(mark);
	if (pipe2(p.life, O_CLOEXEC) || pipe2(p.status, O_CLOEXEC) || pipe2(p.output, O_CLOEXEC) ||
	    fcntl(p.output[0], F_SETFL, O_NONBLOCK)) {
		ret = err_set(e, errno, "start %s: pipe: %s", job->argv[0], strerror(errno));
		goto out;
	}
	pid = fork();
	if (pid < 0) {
		ret = err_set(e, errno, "start %s: fork: %s", job->argv[0], strerror(errno));
		goto out;
	}
	if (pid == 0) {
		close(p.life[1]);
		confine_guardian(plan, p.life[0], p.status[1], p.output[1]);
	}
	close_fd(&p.life[0]);
	close_fd(&p.status[1]);
	close_fd(&p.output[1]);
	if (!watch(&p, pid, r,
		   awake_ms() + (job->deadline_ms ? job->deadline_ms : DEFAULT_DEADLINE_MS), max,
		   &status)) {
		kill(pid, SIGKILL);
		ret = err_set(e, EIO, "run %s: the process that watches it gave no answer",
			      job->argv[0]);
	}
	waitpid(pid, NULL, 0);
	decode(r, status);
	r->ms = clock_ms() - start;
	if (!ret && start_failed(mark, r)) {
		words = clean_text(r->output, strnlen(r->output, 300));
		ret = err_set(e, EIO, "start %s: %s", job->argv[0], words);
		free(words);
	}
out:
	close_pipes(&p);
	free(mark);
	if (ret)
		confine_result_clear(r);
	return ret;
}

void confine_result_clear(struct confine_result *r)
{
	free(r->output);
	r->output = NULL;
}

/* ---------------------------------------------------------------- probe */

/*
 * Really run a command this way: whether it exists, or is allowed in
 * principle, proves nothing on a host with other rules.
 *
 * Return: 0, -EIO or -EPERM when this host does not allow it; another negative errno
 * says that it could not be found out.
 */
static int try_way(enum confine_way way, struct err *e)
{
	static const char *const argv[] = { "sh", "-c", ": >probe && test -w .", NULL };
	char *work = xasprintf("%s/mmaplab-probe-XXXXXX", confine_open_place());
	struct confine_job job = { .argv = argv, .work = work, .deadline_ms = 10000 };
	struct confine_result r;
	struct confine_plan plan;
	int ret;

	if ((way == CONFINE_WAY_NS_DROP || way == CONFINE_WAY_UID) && geteuid()) {
		free(work);
		return err_set(e, EPERM, "taking another user id needs root");
	}
	if (!mkdtemp(work)) {
		ret = err_set(e, errno, "mkdtemp %s: %s", work, strerror(errno));
		free(work);
		return ret;
	}
	confine_make_plan(&plan, way, &job);
	ret = plan.uid && chown(work, plan.uid, plan.uid) ?
		      err_set(e, EPERM, "chown %s: %s", work, strerror(errno)) :
		      run_plan(&plan, &job, &r, e);
	if (!ret) {
		if (r.end == CONFINE_TIMEOUT)
			ret = err_set(e, ETIMEDOUT, "a first command took more than %u s",
				      job.deadline_ms / 1000);
		else if (r.end != CONFINE_EXITED || r.code)
			ret = err_set(e, EIO, "a first command did not end well");
		confine_result_clear(&r);
	}
	confine_free_plan(&plan);
	remove_tree(work);
	free(work);
	return ret;
}

static bool is_refused(int ret)
{
	return ret == -EIO || ret == -EPERM;
}

/* Return: a way, or a negative errno. */
static int probe(struct err *e)
{
	const char *force = getenv("MMAPLAB_CONFINE");
	bool known = false;
	struct err why = { 0 };
	int way, ret;

	for (way = 0; way < CONFINE_WAY_COUNT; way++) {
		const char *name = level_words[confine_way_level[way]].name;

		if (force && *force && strcmp(force, name))
			continue;
		known = true;
		ret = try_way(way, &why);
		/* What a busy or full host fails at once would weaken all builds of this run. */
		if (ret && !is_refused(ret))
			ret = try_way(way, &why);
		if (!ret)
			return way;
		if (!is_refused(ret))
			return err_set(e, -ret,
				       "find out how the compiler can be confined: %s\n"
				       "next: the same command again, when the host has less to do",
				       why.text);
	}
	if (!known)
		return err_set(e, EINVAL, "MMAPLAB_CONFINE=%s: expected namespaces, uid or limits",
			       force);
	return err_set(e, EIO,
		       "confine the compiler%s%s: %s\n"
		       "next: apt-get install bubblewrap, or unset MMAPLAB_CONFINE",
		       force ? " by " : "", force ? force : "", why.text);
}

static int get_way(struct err *e)
{
	int way;

	pthread_mutex_lock(&probe_lock);
	if (chosen_way < 0)
		chosen_way = probe(e);
	way = chosen_way;
	pthread_mutex_unlock(&probe_lock);
	return way;
}

int confine_level(struct err *e)
{
	int way = get_way(e);

	return way < 0 ? way : (int)confine_way_level[way];
}

/* ------------------------------------------------------------------ API */

static _Thread_local uid_t chown_to;

static int chown_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return lchown(path, chown_to, chown_to);
}

int confine_run(const struct confine_job *job, struct confine_result *r, struct err *e)
{
	struct confine_plan plan;
	int way = get_way(e), ret = 0;

	memset(r, 0, sizeof(*r));
	if (way < 0)
		return way;
	if (job->binds_count > CONFINE_MAX_BINDS)
		return err_set(e, E2BIG, "start %s: too many folders to bind", job->argv[0]);
	confine_make_plan(&plan, way, job);
	chown_to = plan.uid;
	if (plan.uid && nftw(job->work, chown_one, 16, FTW_PHYS))
		ret = err_set(e, errno, "chown %s: %s", job->work, strerror(errno));
	if (!ret)
		ret = run_plan(&plan, job, r, e);
	confine_free_plan(&plan);
	return ret;
}
