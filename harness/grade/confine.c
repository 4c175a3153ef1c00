// SPDX-License-Identifier: GPL-2.0-only
/*
 * confine.c - chooses a level, composes the command line, runs it and
 * collects its output, see confine.h.
 */
#define _GNU_SOURCE
#include "confine.h"

#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "confine_child.h"
#include "util.h"

#define DEFAULT_DEADLINE_MS 60000
#define DEFAULT_CPU_S 30
#define DEFAULT_OUTPUT (64 * 1024)
/* How long the guardian may take to kill what it watches. */
#define GUARDIAN_PATIENCE_MS 8000
#define NAMELESS_UID 65534

/* What a host allows, from best to worst. */
enum way {
	WAY_NS_DROP,	/* root: namespaces, and an unused user id inside */
	WAY_NS_USER,	/* user namespace: an ordinary user, or a weak root */
	WAY_UID,
	WAY_LIMITS,
	WAY_COUNT,
};

static const enum confine_level way_level[] = {
	[WAY_NS_DROP] = CONFINE_NAMESPACES,
	[WAY_NS_USER] = CONFINE_NAMESPACES,
	[WAY_UID] = CONFINE_UID,
	[WAY_LIMITS] = CONFINE_LIMITS,
};

static const struct {
	const char *name, *text;
} level_words[] = {
	[CONFINE_NAMESPACES] = { "namespaces",
		"compiled by bubblewrap in namespaces of its own" },
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

/* --------------------------------------------------------- command line */

static void add(struct confine_plan *p, size_t *n, const char *arg)
{
	/* The last place stays NULL; CONFINE_MAX_BINDS keeps us below it. */
	if (*n + 1 < sizeof(p->argv) / sizeof(p->argv[0]))
		p->argv[(*n)++] = xstrdup(arg);
}

static void add3(struct confine_plan *p, size_t *n, const char *a,
		 const char *b, const char *c)
{
	add(p, n, a);
	add(p, n, b);
	if (c)
		add(p, n, c);
}

/* /bin and its like are links into /usr, or folders on an older system. */
static void add_system(struct confine_plan *p, size_t *n)
{
	static const char *const top[] = { "/bin", "/sbin", "/lib", "/lib64" };
	char target[64];
	ssize_t len;
	size_t i;

	add3(p, n, "--ro-bind", "/usr", "/usr");
	for (i = 0; i < sizeof(top) / sizeof(top[0]); i++) {
		len = readlink(top[i], target, sizeof(target) - 1);
		if (len > 0) {
			target[len] = '\0';
			add3(p, n, "--symlink", target, top[i]);
		} else {
			add3(p, n, "--ro-bind-try", top[i], top[i]);
		}
	}
	/* awk and cc are links by way of this folder. */
	add3(p, n, "--perms", "0755", NULL);
	add3(p, n, "--dir", "/etc", NULL);
	add3(p, n, "--ro-bind-try", "/etc/alternatives", "/etc/alternatives");
}

static void add_bubblewrap(struct confine_plan *p, size_t *n, enum way way,
			   const struct confine_job *job)
{
	static const char *const flags[] = {
		"bwrap", "--die-with-parent", "--new-session", "--unshare-ipc",
		"--unshare-pid", "--unshare-net", "--unshare-uts",
		"--unshare-cgroup-try",
	};
	char number[32];
	size_t i;

	for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		add(p, n, flags[i]);
	if (way == WAY_NS_USER) {
		snprintf(number, sizeof(number), "%d", NAMELESS_UID);
		add3(p, n, "--unshare-user", "--disable-userns", NULL);
		add3(p, n, "--uid", number, NULL);
		add3(p, n, "--gid", number, NULL);
	}
	add_system(p, n);
	add3(p, n, "--dev", "/dev", NULL);
	add3(p, n, "--remount-ro", "/dev", NULL);
	add3(p, n, "--perms", "1777", NULL);
	add3(p, n, "--size", "268435456", NULL);
	add3(p, n, "--tmpfs", "/tmp", NULL);
	add3(p, n, "--bind", job->work, "/work");
	for (i = 0; i < job->binds_count; i++)
		add3(p, n, "--ro-bind", job->binds[i].host,
		     job->binds[i].inside);
	add3(p, n, "--remount-ro", "/", NULL);
	add3(p, n, "--chdir", "/work", "--");
	snprintf(number, sizeof(number), "--nproc=%d:%d", CONFINE_NPROC,
		 CONFINE_NPROC);
	add3(p, n, "prlimit", number, "--");
	if (way == WAY_NS_DROP) {
		add3(p, n, "setpriv", "--clear-groups", "--inh-caps=-all");
		add(p, n, "--bounding-set=-all");
		snprintf(number, sizeof(number), "--reuid=%u", p->uid);
		add(p, n, number);
		snprintf(number, sizeof(number), "--regid=%u", p->uid);
		add3(p, n, number, "--", NULL);
	}
}

/* In a container fewer ids may exist than the kernel knows. */
static bool uid_exists(unsigned long uid)
{
	FILE *f = fopen("/proc/self/uid_map", "re");
	unsigned long first, host, count;
	bool found = false;

	while (f && fscanf(f, "%lu %lu %lu", &first, &host, &count) == 3)
		found = found || (uid >= first && uid - first < count);
	if (f)
		fclose(f);
	return found;
}

/*
 * An id that nobody has and no other job has now, so that limits and kills
 * meet this job only. systemd leaves this range alone.
 */
static void choose_uid(struct confine_plan *p)
{
	static atomic_uint counter;

	p->uid = 0x70000000u + ((unsigned int)getpid() & 0x3fffff) * 64 +
		 (atomic_fetch_add(&counter, 1) & 63);
	p->own_uid = uid_exists(p->uid);
	if (!p->own_uid)
		p->uid = NAMELESS_UID;
}

static void make_plan(struct confine_plan *p, enum way way,
		      const struct confine_job *job)
{
	bool inside = way_level[way] == CONFINE_NAMESPACES;
	size_t n = 0, k = 0, i;

	memset(p, 0, sizeof(*p));
	p->level = way_level[way];
	if (way == WAY_NS_DROP || way == WAY_UID)
		choose_uid(p);
	p->work = job->work;
	p->chdir = inside ? NULL : job->work;
	p->cpu_s = job->cpu_s ? job->cpu_s : DEFAULT_CPU_S;
	if (inside)
		add_bubblewrap(p, &n, way, job);
	for (i = 0; job->argv[i]; i++)
		add(p, &n, job->argv[i]);
	p->env[k++] = xstrdup("PATH=/usr/bin:/bin");
	p->env[k++] = xstrdup("LC_ALL=C");
	p->env[k++] = xstrdup("SOURCE_DATE_EPOCH=0");
	p->env[k++] = xasprintf("HOME=%s", inside ? "/work" : job->work);
	p->env[k++] = xasprintf("TMPDIR=%s", inside ? "/tmp" : job->work);
	p->env[k++] = xasprintf("WORK=%s", inside ? "/work" : job->work);
	for (i = 0; i < job->binds_count; i++)
		p->env[k++] = xasprintf("%s=%s", job->binds[i].env,
					inside ? job->binds[i].inside :
						 job->binds[i].host);
}

static void free_plan(struct confine_plan *p)
{
	size_t i;

	for (i = 0; p->argv[i]; i++)
		free(p->argv[i]);
	for (i = 0; p->env[i]; i++)
		free(p->env[i]);
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

static void keep_output(struct confine_result *r, size_t max, const char *buf,
			size_t n)
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

/* Return: true with the worker's wait status, false when none came. */
static bool watch(struct pipes *p, struct confine_result *r, int64_t deadline,
		  size_t max, int *status)
{
	const char stop = CONFINE_STOP;
	struct pollfd fds[2] = { { .fd = p->status[0], .events = POLLIN },
				 { .fd = p->output[0], .events = POLLIN } };
	bool stopped = false, answered;

	while (!fds[0].revents) {
		int64_t left = deadline - clock_ms();

		if (left <= 0 && stopped)
			return false;
		if (left <= 0) {
			stopped = true;
			r->end = CONFINE_TIMEOUT;
			deadline = clock_ms() + GUARDIAN_PATIENCE_MS;
			if (write(p->life[1], &stop, 1) < 0)
				return false;
			continue;
		}
		if (poll(fds, 2, left) < 0)
			continue;
		if (fds[1].revents && !read_output(p, r, max))
			fds[1].fd = -1;
	}
	answered = read(p->status[0], status, sizeof(*status)) ==
		   sizeof(*status);
	/* Everything that could write is dead; take what is in the pipe. */
	while (fds[1].fd >= 0 && poll(&fds[1], 1, 0) > 0 &&
	       read_output(p, r, max))
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
	if (r->level == CONFINE_NAMESPACES && r->end == CONFINE_EXITED &&
	    r->code > 128 && r->code < 128 + NSIG) {
		r->end = CONFINE_SIGNALED;
		r->code -= 128;
	}
}

/* The tools that start the command failed, not the command. */
static bool start_failed(const struct confine_result *r)
{
	static const char *const tools[] = { "bwrap: ", "prlimit: ",
					     "setpriv: ", "confine: " };
	size_t i;

	for (i = 0; i < sizeof(tools) / sizeof(tools[0]); i++)
		if (r->end == CONFINE_EXITED && r->code &&
		    !strncmp(r->output, tools[i], strlen(tools[i])))
			return true;
	return false;
}

static int run_plan(const struct confine_plan *plan,
		    const struct confine_job *job, struct confine_result *r,
		    struct err *e)
{
	struct pipes p = { { -1, -1 }, { -1, -1 }, { -1, -1 } };
	size_t max = job->output_max ? job->output_max : DEFAULT_OUTPUT;
	int64_t start = clock_ms();
	int status = 0, ret = 0;
	pid_t pid;

	memset(r, 0, sizeof(*r));
	r->level = plan->level;
	r->output = xcalloc(1, max + 1);
	if (pipe2(p.life, O_CLOEXEC) || pipe2(p.status, O_CLOEXEC) ||
	    pipe2(p.output, O_CLOEXEC) ||
	    fcntl(p.output[0], F_SETFL, O_NONBLOCK)) {
		ret = err_set(e, errno, "start %s: pipe: %s", job->argv[0],
			      strerror(errno));
		goto out;
	}
	pid = fork();
	if (pid < 0) {
		ret = err_set(e, errno, "start %s: fork: %s", job->argv[0],
			      strerror(errno));
		goto out;
	}
	if (pid == 0) {
		close(p.life[1]);
		confine_guardian(plan, p.life[0], p.status[1], p.output[1]);
	}
	close_fd(&p.life[0]);
	close_fd(&p.status[1]);
	close_fd(&p.output[1]);
	if (!watch(&p, r, start + (job->deadline_ms ? job->deadline_ms :
					   DEFAULT_DEADLINE_MS), max, &status)) {
		kill(pid, SIGKILL);
		ret = err_set(e, EIO, "run %s: the process that watches it gave no answer",
			      job->argv[0]);
	}
	waitpid(pid, NULL, 0);
	decode(r, status);
	r->ms = clock_ms() - start;
	if (!ret && start_failed(r))
		ret = err_set(e, EIO, "start %s: %.300s", job->argv[0],
			      r->output);
out:
	close_pipes(&p);
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

/* Really run a command this way: whether it exists, or is allowed in
 * principle, proves nothing on a host with other rules. */
static int try_way(enum way way, struct err *e)
{
	static const char *const argv[] = { "sh", "-c", ": >probe && test -w .",
					    NULL };
	char work[] = "/tmp/mmaplab-probe-XXXXXX";
	struct confine_job job = { .argv = argv, .work = work,
				   .deadline_ms = 10000 };
	struct confine_result r;
	struct confine_plan plan;
	int ret;

	if ((way == WAY_NS_DROP || way == WAY_UID) && geteuid())
		return err_set(e, EPERM, "taking another user id needs root");
	if (!mkdtemp(work))
		return err_set(e, errno, "mkdtemp %s: %s", work, strerror(errno));
	make_plan(&plan, way, &job);
	ret = plan.uid && chown(work, plan.uid, plan.uid) ?
		      err_set(e, errno, "chown %s: %s", work, strerror(errno)) :
		      run_plan(&plan, &job, &r, e);
	if (!ret) {
		if (r.end != CONFINE_EXITED || r.code)
			ret = err_set(e, EIO, "a first command failed: %.300s",
				      r.output);
		confine_result_clear(&r);
	}
	free_plan(&plan);
	remove_tree(work);
	return ret;
}

/* Return: a way, or a negative errno. */
static int probe(struct err *e)
{
	const char *force = getenv("MMAPLAB_CONFINE");
	bool known = false;
	struct err why = { 0 };
	int way;

	for (way = 0; way < WAY_COUNT; way++) {
		const char *name = level_words[way_level[way]].name;

		if (force && *force && strcmp(force, name))
			continue;
		known = true;
		if (!try_way(way, &why))
			return way;
	}
	if (!known)
		return err_set(e, EINVAL, "MMAPLAB_CONFINE=%s: expected namespaces, uid or limits",
			       force);
	return err_set(e, EIO, "confine the compiler%s%s: %s\n"
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

	return way < 0 ? way : (int)way_level[way];
}

/* ------------------------------------------------------------------ API */

static _Thread_local uid_t chown_to;

static int chown_one(const char *path, const struct stat *st, int type,
		     struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return lchown(path, chown_to, chown_to);
}

int confine_run(const struct confine_job *job, struct confine_result *r,
		struct err *e)
{
	struct confine_plan plan;
	int way = get_way(e), ret = 0;

	memset(r, 0, sizeof(*r));
	if (way < 0)
		return way;
	if (job->binds_count > CONFINE_MAX_BINDS)
		return err_set(e, E2BIG, "start %s: too many folders to bind",
			       job->argv[0]);
	make_plan(&plan, way, job);
	chown_to = plan.uid;
	if (plan.uid && nftw(job->work, chown_one, 16, FTW_PHYS))
		ret = err_set(e, errno, "chown %s: %s", job->work,
			      strerror(errno));
	if (!ret)
		ret = run_plan(&plan, job, r, e);
	free_plan(&plan);
	return ret;
}
