// SPDX-License-Identifier: GPL-2.0-only
/*
 * qemu_fault.c - stands in place of QEMU on the PATH, becomes the real one, and
 * lets it die or hang at one step of its life, for test_faults.c.
 *
 * Before it becomes QEMU it forks a process that passes on what the grader and
 * QEMU say to each other, on QEMU's protocol (QMP) and on the record port. So
 * each step is seen before the other side sees it, and nothing rests on time.
 * A step is what is said, and how often that was said in this machine:
 *
 *	start#1			before QEMU is there
 *	qmp greeting#1		QEMU's first words
 *	qmp cont#2		the grader's second command of that name
 *	qmp info registers#1	a command that goes to QEMU's monitor
 *	tell#1			a line from the grader to the machine
 *	record start#1		a record of the machine
 *
 * FAULT_DO names what is done, and where: "kill@record start#1".
 *
 *	kill	SIGKILL
 *	hang	SIGSTOP
 *	nap	SIGSTOP, and SIGCONT after FAULT_MS milliseconds
 *	pause	QEMU's own `stop`
 *	doze	the same, and `cont` after FAULT_MS milliseconds
 *	freeze	SIGSTOP for the grader's process group, and SIGCONT after FAULT_MS;
 *		only for a grader that has a group of its own
 *	shut	the record port is closed, and QEMU stays
 *	orphan	SIGKILL for the grader's process that started QEMU
 *	jump	another time for the grader: the text FAULT_JUMP into the file that
 *		libfaketime looks at; QEMU itself keeps its clock when it is to
 *		(FAULT_QEMU_CLOCK)
 *
 * FAULT_TIMES says in how many machines (default: all). Files below the folder
 * FAULT_LOG tell what happened: `steps` each step of all machines, `done` has
 * one line for each fault, `records` is what came over the record port.
 *
 * With FAULT_REPLAY there is no QEMU: this program says what is in that file
 * over the record port, as soon as it is given its task, and ends. When the
 * variable FAULT_KILLED is there, it ends by a SIGKILL.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "send.h"

enum { FD_QMP = 3, FD_REC = 4, FDS = 2 };

#define MESSAGE_MAX (1 << 20)
#define STEPS_MAX 256
#define OWN_ID "\"id\": \"fault\""

/* One direction of one wire. */
struct way {
	int from, to;
	bool qmp, to_qemu;
	char *buf;
	size_t used;
};

static pid_t qemu, grader, grader_group;
static int qemu_qmp = -1; /* our end of QEMU's own protocol */
static const char *wanted, *action;
static bool acted;

/* ------------------------------------------------------------------- logs */

/* Opened with O_APPEND: machines run at the same time. */
static int open_log(const char *file)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", getenv("FAULT_LOG"), file);
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (fd < 0)
		_exit(125);
	return fd;
}

static void note(const char *file, const char *text)
{
	int fd = open_log(file);

	if (dprintf(fd, "%s\n", text) < 0)
		_exit(125);
	close(fd);
}

/* May this machine act, too? Counts those that did, under a lock. */
static bool take_turn(void)
{
	const char *times = getenv("FAULT_TIMES");
	int fd = open_log("turns");
	struct stat st;
	bool mine;

	if (flock(fd, LOCK_EX) || fstat(fd, &st))
		_exit(125);
	mine = !times || st.st_size < atoi(times);
	if (mine && write(fd, "x", 1) != 1)
		_exit(125);
	close(fd);
	return mine;
}

/* ----------------------------------------------------------------- faults */

static void wait_ms(void)
{
	const char *text = getenv("FAULT_MS");
	long ms = text ? atol(text) : 1000;
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&t, NULL);
}

static void say(const char *text)
{
	if (write(qemu_qmp, text, strlen(text)) != (ssize_t)strlen(text))
		_exit(125);
}

/* As a whole: the grader reads that file at any time. */
static void jump(void)
{
	const char *file = getenv("FAKETIME_TIMESTAMP_FILE");
	char fresh[4096];
	int fd;

	snprintf(fresh, sizeof(fresh), "%s.new", file);
	fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0 || dprintf(fd, "%s\n", getenv("FAULT_JUMP")) < 0 || rename(fresh, file))
		_exit(125);
	close(fd);
}

static void act(const char *step)
{
	if (acted || !wanted || strcmp(wanted, step) || !take_turn())
		return;
	acted = true;
	note("done", step);
	if (!strcmp(action, "kill")) {
		kill(qemu, SIGKILL);
	} else if (!strcmp(action, "end")) {
		kill(qemu, SIGTERM);
	} else if (!strcmp(action, "hang") || !strcmp(action, "nap")) {
		kill(qemu, SIGSTOP);
		if (*action == 'n') {
			wait_ms();
			kill(qemu, SIGCONT);
		}
	} else if (!strcmp(action, "pause") || !strcmp(action, "doze")) {
		say("{\"execute\": \"stop\", " OWN_ID "}\n");
		if (*action == 'd') {
			wait_ms();
			say("{\"execute\": \"cont\", " OWN_ID "}\n");
		}
	} else if (!strcmp(action, "freeze")) {
		kill(-grader_group, SIGSTOP);
		wait_ms();
		kill(-grader_group, SIGCONT);
	} else if (!strcmp(action, "shut")) {
		shutdown(FD_REC, SHUT_RDWR);
	} else if (!strcmp(action, "orphan")) {
		kill(grader, SIGKILL);
	} else if (!strcmp(action, "jump")) {
		jump();
	} else {
		_exit(125);
	}
}

static void step(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static void step(const char *fmt, ...)
{
	static char seen[STEPS_MAX][64];
	static unsigned count[STEPS_MAX];
	char name[64], numbered[80];
	va_list ap;
	int i;

	va_start(ap, fmt);
	vsnprintf(name, sizeof(name), fmt, ap);
	va_end(ap);
	for (i = 0; i < STEPS_MAX - 1 && *seen[i] && strcmp(seen[i], name); i++)
		;
	strcpy(seen[i], name);
	snprintf(numbered, sizeof(numbered), "%s#%u", name, ++count[i]);
	note("steps", numbered);
	act(numbered);
}

/* ---------------------------------------------------------- understanding */

/* The value of "key": "value", up to its quote or its first digit. */
static bool value_of(const char *text, const char *key, char *out, size_t size)
{
	char pattern[32];
	const char *p;
	size_t n;

	snprintf(pattern, sizeof(pattern), "\"%s\"", key);
	p = strstr(text, pattern);
	if (!p)
		return false;
	p += strlen(pattern);
	p += strspn(p, ": ");
	if (*p++ != '"')
		return false;
	n = strcspn(p, "\"0123456789");
	while (n && p[n - 1] == ' ')
		n--;
	snprintf(out, size, "%.*s", (int)n, p);
	return true;
}

static void understand(const struct way *w, const char *text)
{
	char name[64];

	if (w->qmp && w->to_qemu) {
		if (value_of(text, "command-line", name, sizeof(name)) ||
		    value_of(text, "execute", name, sizeof(name)))
			step("qmp %s", name);
	} else if (w->qmp) {
		if (strstr(text, "\"QMP\""))
			step("qmp greeting");
	} else if (w->to_qemu) {
		step("tell");
	} else if (value_of(text, "t", name, sizeof(name))) {
		note("records", text);
		step("record %s", name);
	}
}

/* ------------------------------------------------------------- passing on */

static void send_on(int to, const char *text, size_t len, int fd)
{
	if (send_all(to, text, len, fd))
		_exit(0); /* the other side has ended */
}

static ssize_t receive(struct way *w, int *fd)
{
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec iov = { w->buf + w->used, MESSAGE_MAX - w->used };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = &control,
			      .msg_controllen = sizeof(control) };
	ssize_t n = recvmsg(w->from, &msg, MSG_CMSG_CLOEXEC);
	struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&msg) : NULL;

	*fd = -1;
	if (c && c->cmsg_type == SCM_RIGHTS)
		memcpy(fd, CMSG_DATA(c), sizeof(*fd));
	return n;
}

/* The grader's commands have no line end: it waits for the answer to each. */
static void pass_on(struct way *w)
{
	char *line, *nl;
	ssize_t n;
	int fd;

	n = receive(w, &fd);
	if (n <= 0)
		_exit(0);
	w->used += (size_t)n;
	if (w->qmp && w->to_qemu) {
		w->buf[w->used] = '\0';
		understand(w, w->buf);
		send_on(w->to, w->buf, w->used, fd);
		if (fd >= 0)
			close(fd);
		w->used = 0;
		return;
	}
	for (line = w->buf; (nl = memchr(line, '\n', w->used)); line = nl + 1) {
		*nl = '\0';
		understand(w, line);
		*nl = '\n';
		if (!w->qmp || !memmem(line, (size_t)(nl - line), OWN_ID, strlen(OWN_ID)))
			send_on(w->to, line, (size_t)(nl + 1 - line), -1);
		w->used -= (size_t)(nl + 1 - line);
	}
	memmove(w->buf, line, w->used);
	if (w->used == MESSAGE_MAX)
		_exit(125);
}

static void stand_between(int qmp, int rec)
{
	struct way ways[4] = {
		{ .from = FD_QMP, .to = qmp, .qmp = true, .to_qemu = true },
		{ .from = qmp, .to = FD_QMP, .qmp = true },
		{ .from = FD_REC, .to = rec, .to_qemu = true },
		{ .from = rec, .to = FD_REC },
	};
	struct pollfd p[4];
	int i;

	qemu_qmp = qmp;
	for (i = 0; i < 4; i++)
		ways[i].buf = calloc(1, MESSAGE_MAX + 1);
	for (;;) {
		for (i = 0; i < 4; i++)
			p[i] = (struct pollfd){ ways[i].from, POLLIN, 0 };
		if (poll(p, 4, -1) < 0)
			_exit(125);
		for (i = 0; i < 4; i++)
			if (p[i].revents)
				pass_on(&ways[i]);
	}
}

/* ------------------------------------------------------------------ replay */

static void say_line(int fd, const char *text)
{
	if (dprintf(fd, "%s\r\n", text) < 0)
		_exit(125);
}

/* As much of QEMU as a restore needs. */
static void answer_qmp(void)
{
	char buf[4096];
	ssize_t n = read(FD_QMP, buf, sizeof(buf) - 1);

	if (n <= 0)
		_exit(0);
	buf[n] = '\0';
	say_line(FD_QMP, strstr(buf, "query-status") ? "{\"return\": {\"status\": \"paused\"}}" :
						       "{\"return\": {}}");
}

static void replay(const char *path)
{
	struct pollfd p[2] = { { FD_QMP, POLLIN, 0 }, { FD_REC, POLLIN, 0 } };
	int fd = open(path, O_RDONLY);
	char buf[65536];
	ssize_t n;

	say_line(FD_QMP, "{\"QMP\": {}}");
	while (!p[1].revents) {
		if (poll(p, 2, -1) < 0)
			_exit(125);
		if (p[0].revents)
			answer_qmp();
	}
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		if (write(FD_REC, buf, (size_t)n) != n)
			break;
	if (getenv("FAULT_KILLED"))
		kill(getpid(), SIGKILL);
	_exit(0);
}

int main(int argc, char **argv)
{
	char *fault = getenv("FAULT_DO"), *path = getenv("PATH");
	int qmp[2], rec[2];
	pid_t between;

	/* The next of this name. */
	path = path ? strchr(path, ':') : NULL;
	if (path)
		setenv("PATH", path + 1, 1);
	if (argc < 3) /* --version */
		goto exec;
	if (getenv("FAULT_REPLAY"))
		replay(getenv("FAULT_REPLAY"));
	if (fault && *fault) {
		action = strtok(fault, "@");
		wanted = strtok(NULL, "");
	}
	qemu = getpid();
	grader = getppid();
	grader_group = getpgid(grader);
	step("start");
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, qmp) || socketpair(AF_UNIX, SOCK_STREAM, 0, rec))
		return 125;
	between = fork();
	if (between < 0)
		return 125;
	if (between == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != qemu)
			_exit(0);
		close(qmp[1]);
		close(rec[1]);
		stand_between(qmp[0], rec[0]);
	}
	dup2(qmp[1], FD_QMP);
	dup2(rec[1], FD_REC);
	close(qmp[0]);
	close(qmp[1]);
	close(rec[0]);
	close(rec[1]);
	if (getenv("FAULT_QEMU_CLOCK"))
		unsetenv("LD_PRELOAD");
exec:
	execvp("qemu-system-x86_64", argv);
	perror("exec qemu-system-x86_64");
	return 127;
}
