// SPDX-License-Identifier: GPL-2.0-only
/*
 * confine_child.c - guardian and worker, see confine_child.h. After fork()
 * in a program that may have threads only plain system calls are safe:
 * nothing here allocates memory or uses stdio.
 */
#include "confine_child.h"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "util.h"

#define KILL_PATIENCE_MS 5000

/* Descriptors in the guardian, in fixed places so that the rest can close. */
enum { FD_LIFE = 3, FD_STATUS = 4, FD_OUTPUT = 5, FD_FIRST_FREE = 6 };

static void complain(const char *what)
{
	static const char prefix[] = "confine: ";

	if (write(FD_OUTPUT, prefix, sizeof(prefix) - 1) < 0 ||
	    write(FD_OUTPUT, what, strlen(what)) < 0 || write(FD_OUTPUT, "\n", 1) < 0)
		_exit(126);
}

static void limit(int what, rlim_t soft, rlim_t hard)
{
	struct rlimit now, r = { soft, hard };

	/* An ordinary user cannot raise what is already lower. */
	if (!getrlimit(what, &now) && now.rlim_max < hard)
		r.rlim_max = now.rlim_max;
	if (r.rlim_cur > r.rlim_max)
		r.rlim_cur = r.rlim_max;
	setrlimit(what, &r);
}

static void set_limits(const struct confine_plan *plan)
{
	/* SIGXCPU at the soft limit, so that the compiler can say so. */
	limit(RLIMIT_CPU, plan->cpu_s, plan->cpu_s + 1);
	limit(RLIMIT_AS, 2UL << 30, 2UL << 30);
	limit(RLIMIT_FSIZE, 64 << 20, 64 << 20);
	limit(RLIMIT_CORE, 0, 0);
	limit(RLIMIT_NOFILE, 256, 256);
	/* Counted per user id: with our own it would count our other
	 * programs; with namespaces it is set inside (confine_plan.c). */
	if (plan->level == CONFINE_UID)
		limit(RLIMIT_NPROC, CONFINE_NPROC, CONFINE_NPROC);
}

static void reset_signals(void)
{
	sigset_t none;
	int sig;

	for (sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* When memory runs out, a compiler is what the host can do without. */
static void offer_to_oom_killer(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd >= 0) {
		/* Only a precaution: the limits work without it. */
		(void)!write(fd, "1000", 4);
		close(fd);
	}
}

static void worker(const struct confine_plan *plan, pid_t guardian)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != guardian)
		_exit(126);
	reset_signals();
	offer_to_oom_killer();
	if (null < 0 || dup2(null, 0) < 0 || dup2(FD_OUTPUT, 1) < 0 || dup2(FD_OUTPUT, 2) < 0) {
		complain("cannot set up the standard descriptors");
		_exit(126);
	}
	set_limits(plan);
	umask(022);
	if (plan->chdir && chdir(plan->chdir)) {
		complain("cannot enter the work folder");
		_exit(126);
	}
	if (plan->level == CONFINE_UID &&
	    (setgroups(0, NULL) || setresgid(plan->uid, plan->uid, plan->uid) ||
	     setresuid(plan->uid, plan->uid, plan->uid))) {
		complain("cannot take another user id");
		_exit(126);
	}
	/* Changing ids cleared the death signal. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	fcntl(FD_OUTPUT, F_SETFD, FD_CLOEXEC);
	execvpe(plan->argv[0], plan->argv, plan->env);
	complain("cannot execute the command");
	_exit(127);
}

/* Every process of the job's own user id, in one step that no fork escapes. */
static void kill_uid(uid_t uid)
{
	pid_t pid = fork();

	if (pid == 0) {
		if (setresuid(uid, uid, uid))
			_exit(1);
		kill(-1, SIGKILL);
		_exit(0);
	}
	if (pid > 0)
		waitpid(pid, NULL, 0);
}

/* Orphans of the command become ours (subreaper): kill who is there now. */
static void kill_children(void)
{
	char buf[4096], *p = buf;
	int fd = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return;
	n = read(fd, buf, sizeof(buf) - 1);
	close(fd);
	if (n <= 0)
		return;
	buf[n] = '\0';
	while (*p) {
		long pid = strtol(p, &p, 10);

		if (pid > 1)
			kill(pid, SIGKILL);
		while (*p == ' ' || *p == '\n')
			p++;
	}
}

/* Reap until nobody is left; keeps the worker's own status. */
static void end_all(const struct confine_plan *plan, pid_t worker_pid, int *status)
{
	int64_t end = clock_ms() + KILL_PATIENCE_MS;
	struct timespec ms = { 0, 1000000 };
	int st;

	while (clock_ms() < end) {
		pid_t pid;

		if (plan->level == CONFINE_UID && plan->own_uid)
			kill_uid(plan->uid);
		kill_children();
		while ((pid = waitpid(-1, &st, WNOHANG)) > 0)
			if (pid == worker_pid)
				*status = st;
		if (pid < 0)
			return;
		nanosleep(&ms, NULL);
	}
}

/* Return: true when the caller is gone. */
static bool wait_for_end(pid_t pid, int *status, bool *reaped)
{
	int pidfd = syscall(SYS_pidfd_open, pid, 0);
	struct pollfd p[2] = { { .fd = FD_LIFE, .events = POLLIN },
			       { .fd = pidfd, .events = POLLIN } };
	char c;

	*reaped = false;
	for (;;) {
		/* Without pidfds (Linux before 5.3), look now and then. */
		poll(p, pidfd < 0 ? 1 : 2, pidfd < 0 ? 20 : -1);
		if (waitpid(pid, status, WNOHANG) == pid) {
			*reaped = true;
			return false;
		}
		if (p[0].revents)
			return read(FD_LIFE, &c, 1) <= 0;
	}
}

/* All of ours into fixed places, all others closed: a sibling's life pipe
 * held open here would hide the caller's death from that sibling. */
static void arrange_descriptors(int life, int status, int output)
{
	life = fcntl(life, F_DUPFD, 100);
	status = fcntl(status, F_DUPFD, 100);
	output = fcntl(output, F_DUPFD, 100);
	dup3(life, FD_LIFE, O_CLOEXEC);
	dup3(status, FD_STATUS, O_CLOEXEC);
	dup3(output, FD_OUTPUT, O_CLOEXEC);
	if (syscall(SYS_close_range, FD_FIRST_FREE, ~0U, 0)) {
		int fd;

		for (fd = FD_FIRST_FREE; fd < 1024; fd++)
			close(fd);
	}
}

void confine_guardian(const struct confine_plan *plan, int life, int status_fd, int output)
{
	pid_t self, pid;
	int status = 0;
	bool orphaned, reaped;

	setsid();
	signal(SIGPIPE, SIG_IGN);
	arrange_descriptors(life, status_fd, output);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	self = getpid();
	pid = fork();
	if (pid < 0)
		_exit(1);
	if (pid == 0)
		worker(plan, self);
	orphaned = wait_for_end(pid, &status, &reaped);
	if (!reaped)
		kill(pid, SIGKILL);
	end_all(plan, pid, &status);
	if (orphaned) {
		execl("/bin/rm", "rm", "-rf", "--", plan->work, NULL);
		_exit(1);
	}
	if (write(FD_STATUS, &status, sizeof(status)) != sizeof(status))
		_exit(1);
	_exit(0);
}
