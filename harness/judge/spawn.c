// SPDX-License-Identifier: GPL-2.0-only
/*
 * spawn.c - how a subject is started: as an ordinary user, in its own
 * session, with limits and a clean environment, and traced from its first
 * instruction on.
 */
#include "judge.h"
#include "subject.h"
#include "suite.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/futex.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEFAULT_AS (1UL << 30)
#define DEFAULT_MEMLOCK (64UL << 10)
#define DEFAULT_FSIZE (8UL << 30)
#define STACK_SIZE (8UL << 20)
#define FILES_MAX 256
#define DEFAULT_DEADLINE_MS 1500

/* What the new process needs. It has this memory in common with us until its exec. */
struct spawn {
	const struct subject_spec *spec;
	char *path;
	int fds[3]; /* its standard descriptors */
	int go; /* a futex: 1 once the judge traces it */
	int failed; /* the errno of a failed start */
};

/* Of the new process until its exec; there is one at a time. */
static char stack[65536] __attribute__((aligned(16)));

/* ------------------------------------------------------- in the new process */

static int limit(int resource, unsigned long value, unsigned long fallback)
{
	struct rlimit r;

	r.rlim_cur = r.rlim_max = value ? value : fallback;
	return setrlimit(resource, &r);
}

static int limits_set(const struct subject_spec *spec)
{
	struct rlimit none = { 0, 0 };

	if (setrlimit(RLIMIT_CORE, &none) || limit(RLIMIT_STACK, STACK_SIZE, 0) ||
	    limit(RLIMIT_NOFILE, spec->limit_nofile, FILES_MAX) ||
	    limit(RLIMIT_MEMLOCK, spec->limit_memlock, DEFAULT_MEMLOCK) ||
	    limit(RLIMIT_FSIZE, spec->limit_fsize, DEFAULT_FSIZE) ||
	    limit(RLIMIT_AS, spec->limit_as, DEFAULT_AS))
		return -1;
	return 0;
}

static int user_set(const struct subject_spec *spec)
{
	uid_t uid = spec->uid ? (uid_t)spec->uid : SUBJECT_UID;

	if (spec->uid != -1 &&
	    (setgroups(0, NULL) || setresgid(uid, uid, uid) || setresuid(uid, uid, uid)))
		return -1;
	/*
	 * After the change of user: set before it, a user at the limit
	 * would make the exec itself fail.
	 */
	if (limit(RLIMIT_NPROC, spec->limit_nproc, DEFAULT_NPROC))
		return -1;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

static int cpus_set(const struct subject_spec *spec)
{
	cpu_set_t set;
	int i;

	if (!spec->cpus)
		return 0;
	CPU_ZERO(&set);
	for (i = 0; i < 64; i++)
		if (spec->cpus >> i & 1)
			CPU_SET(i, &set);
	return sched_setaffinity(0, sizeof(set), &set);
}

/* All others have their default action since suite.c, or get it by the exec. */
static void signals_reset(void)
{
	sigset_t none;

	signal(SIGPIPE, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static int become(const struct spawn *sp)
{
	char home[4096] = "HOME=";
	char *env[] = { "PATH=/bin", home, "LC_ALL=C", NULL };
	int i;

	while (!__atomic_load_n(&sp->go, __ATOMIC_ACQUIRE))
		syscall(SYS_futex, &sp->go, FUTEX_WAIT, 0, NULL, NULL, 0);
	if (setsid() < 0)
		return errno;
	for (i = 0; i < 3; i++)
		if (dup2(sp->fds[i], i) < 0)
			return errno;
	if (syscall(SYS_close_range, 3, ~0U, 0) < 0)
		return errno;
	signals_reset();
	umask(022);
	if (!getcwd(home + 5, sizeof(home) - 5) || cpus_set(sp->spec) || limits_set(sp->spec) ||
	    user_set(sp->spec) || (sp->spec->trace && trace_filter()))
		return errno;
	execve(sp->path, (char *const *)sp->spec->argv, env);
	return errno;
}

static int new_process(void *arg)
{
	struct spawn *sp = arg;

	sp->failed = become(sp);
	_exit(127);
}

/* ---------------------------------------------------------------- the judge */

/*
 * A pipe whose ends are above the standard descriptors (the child dup2s them
 * there) and belong to the subject's user, so that it may open /dev/stdout.
 */
static void pipe_for_subject(int ends[2], int ours)
{
	int i;

	SAFE(pipe2(ends, O_CLOEXEC));
	for (i = 0; i < 2; i++)
		if (ends[i] < 3) {
			int fd = (int)SAFE(fcntl(ends[i], F_DUPFD_CLOEXEC, 3));

			close(ends[i]);
			ends[i] = fd;
		}
	SAFE(fchown(ends[0], SUBJECT_UID, SUBJECT_UID));
	SAFE(fcntl(ends[ours], F_SETFL, O_NONBLOCK));
}

static char *command_text(const char *const *argv)
{
	char *text = judge_fmt("%s", argv[0]);

	while (*++argv)
		text = judge_fmt(**argv && !strpbrk(*argv, " \t\n'\"\\$&|;<>*?") ? "%s %s" :
										   "%s '%s'",
				 text, *argv);
	return text;
}

static struct subject *subject_new(const struct subject_spec *spec)
{
	struct subject *s = xalloc(sizeof(*s));

	s->name = judge_fmt("%s", spec->argv[0]);
	s->command = command_text(spec->argv);
	s->trace = spec->trace;
	s->hold = spec->hold;
	s->may_crowd = spec->limit_nproc != 0;
	if (s->trace)
		s->calls = calls_new();
	s->limit_ms =
		judge_deadline_ms(spec->deadline_ms ? spec->deadline_ms : DEFAULT_DEADLINE_MS);
	s->out.fd = s->err.fd = -1;
	s->out.data = xalloc(1);
	s->err.data = xalloc(1);
	s->in_close = spec->in != NULL;
	if (spec->in_len) {
		s->in_data = xalloc(spec->in_len);
		memcpy(s->in_data, spec->in, spec->in_len);
		s->in_len = spec->in_len;
	}
	return s;
}

/* Why exec failed: too large a program is the student's, the rest is ours. */
static _Noreturn void start_failed(const struct subject *s, const struct spawn *sp, int err)
{
	if (err == ENOMEM || err == EAGAIN)
		judge_fail("a program that starts", judge_errno_name(err),
			   "%s does not fit into the memory it is given.", s->name);
	judge_broken("start %s: %s", sp->path, judge_errno_name(err));
}

/*
 * A process that shares our memory until its exec, as vfork(2) would make it: a
 * copy of the page tables, and of each page that either touches next, would take
 * longer than all the rest. We go on, for who is suspended can trace nobody. What
 * the new process does meanwhile may not touch our memory, but for its stack and
 * errno.
 */
static void start(struct subject *s, struct spawn *sp)
{
	int err;

	s->pid = (pid_t)SAFE(clone(new_process, stack + sizeof(stack), CLONE_VM | SIGCHLD, sp));
	err = trace_seize(s);
	if (err)
		judge_broken("trace %s: %s", sp->path, judge_errno_name(-err));
	__atomic_store_n(&sp->go, 1, __ATOMIC_RELEASE);
	syscall(SYS_futex, &sp->go, FUTEX_WAKE, 1, NULL, NULL, 0);
	trace_until_exec(s);
	if (!s->started && sp->failed)
		start_failed(s, sp, sp->failed);
	if (!s->started)
		judge_broken("start %s: it ended before its exec", sp->path);
	/* Its time begins with its first instruction. */
	s->deadline = pump_clock() + s->limit_ms;
}

struct subject *subject_start(const struct subject_spec *spec)
{
	int in[2], out[2] = { -1, -1 }, err[2];
	struct subject *s = subject_new(spec);
	struct spawn sp = { .spec = spec };

	sp.path = judge_fmt("%s/bin/%s", suite_env.unit, spec->argv[0]);
	pipe_for_subject(in, 1);
	pipe_for_subject(err, 0);
	if (spec->out_fd <= 0)
		pipe_for_subject(out, 0);
	sp.fds[0] = in[0];
	sp.fds[1] = spec->out_fd > 0 ? spec->out_fd : out[1];
	sp.fds[2] = err[1];
	s->in = in[1];
	s->out.fd = out[0];
	s->err.fd = err[0];
	pump_add(s);
	start(s, &sp);
	close(in[0]);
	close(err[1]);
	if (out[1] >= 0)
		close(out[1]);
	evidence_of(s);
	judge_input("%s", s->command);
	return s;
}
