// SPDX-License-Identifier: GPL-2.0-only
/*
 * pump.c - one loop that serves all subjects of a test: the clock their
 * deadlines run by, their pipes, and (trace.c) their processes.
 */
#include "judge.h"
#include "record.h"
#include "subject.h"
#include "suite.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#define TICK_MS 20
#define CAPTURE_MAX (256 * 1024)
#define SUBJECTS_MAX 64

static struct subject *subjects;
static int signal_fd = -1;
static uint64_t clock_us, clock_last, clock_told;
static bool more_events; /* tracees had more than one turn's events */

/* -------------------------------------------------------------------- clock */

/*
 * Time is charged by turns of the pump, at most one tick for each, so that a
 * machine which its host does not run for a second loses no second. The host
 * hears of each second that is charged, for on a busy host they are long ones.
 */
static void clock_charge(void)
{
	struct timespec t;
	uint64_t now, passed;

	clock_gettime(CLOCK_MONOTONIC, &t);
	now = (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
	passed = clock_last ? now - clock_last : 0;
	clock_last = now;
	clock_us += passed < 1000 * TICK_MS ? passed : 1000 * TICK_MS;
	if (clock_us / 1000000 != clock_told) {
		clock_told = clock_us / 1000000;
		record_alive();
	}
}

uint64_t pump_clock(void)
{
	return clock_us / 1000;
}

/* -------------------------------------------------------------------- pipes */

/* Read what is there, at most `turns` pieces; close at the end of file. */
static void capture_read(struct capture *c, int turns)
{
	static char piece[65536];
	size_t room;
	ssize_t n;

	while (c->fd >= 0 && turns--) {
		n = read(c->fd, piece, sizeof(piece));
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0) {
			close(c->fd);
			c->fd = -1;
			return;
		}
		room = CAPTURE_MAX - c->len;
		if ((size_t)n > room) {
			c->truncated = true;
			n = (ssize_t)room;
		}
		c->data = realloc(c->data, c->len + (size_t)n + 1);
		if (!c->data)
			judge_broken("out of memory");
		memcpy(c->data + c->len, piece, (size_t)n);
		c->len += (size_t)n;
		c->data[c->len] = '\0';
	}
}

static void stdin_write(struct subject *s)
{
	ssize_t n = 0;

	while (s->in >= 0 && s->in_done < s->in_len) {
		n = write(s->in, s->in_data + s->in_done, s->in_len - s->in_done);
		if (n < 0)
			break;
		s->in_done += (size_t)n;
	}
	if (n < 0 && errno == EAGAIN)
		return;
	/* EPIPE: it has closed its standard input; that is its right. */
	if (n < 0)
		s->in_done = s->in_len;
	if (s->in >= 0 && (s->in_close || n < 0)) {
		close(s->in);
		s->in = -1;
	}
}

static void serve_pipes(void)
{
	struct subject *s;

	for (s = subjects; s; s = s->next) {
		stdin_write(s);
		if (s->out.ready)
			capture_read(&s->out, 4);
		if (s->err.ready)
			capture_read(&s->err, 4);
	}
}

/*
 * All that its first process wrote is in the pipes when its end is reported.
 * A child left behind may hold them open for ever: it is not waited for.
 */
static void finish_ended(void)
{
	struct subject *s;

	for (s = subjects; s; s = s->next) {
		if (!s->ended)
			continue;
		capture_read(&s->out, 64);
		capture_read(&s->err, 64);
		if (s->out.fd >= 0)
			close(s->out.fd);
		if (s->err.fd >= 0)
			close(s->err.fd);
		if (s->in >= 0)
			close(s->in);
		s->out.fd = s->err.fd = s->in = -1;
	}
}

/* Wait for the first event; notes which captures have something to read. */
static void wait_for_any(unsigned ms)
{
	struct pollfd fds[1 + 3 * SUBJECTS_MAX];
	bool *ready[1 + 3 * SUBJECTS_MAX], ignored;
	struct timespec limit = { 0, (long)ms * 1000000 };
	struct signalfd_siginfo info;
	struct subject *s;
	nfds_t n = 1, i;

	fds[0] = (struct pollfd){ signal_fd, POLLIN, 0 };
	for (s = subjects; s && n + 3 <= sizeof(fds) / sizeof(fds[0]); s = s->next) {
		s->out.ready = s->err.ready = false;
		if (s->in >= 0 && s->in_done < s->in_len) {
			fds[n] = (struct pollfd){ s->in, POLLOUT, 0 };
			ready[n++] = &ignored;
		}
		if (s->out.fd >= 0) {
			fds[n] = (struct pollfd){ s->out.fd, POLLIN, 0 };
			ready[n++] = &s->out.ready;
		}
		if (s->err.fd >= 0) {
			fds[n] = (struct pollfd){ s->err.fd, POLLIN, 0 };
			ready[n++] = &s->err.ready;
		}
	}
	if (ppoll(fds, n, &limit, NULL) <= 0)
		return;
	for (i = 1; i < n; i++)
		*ready[i] = fds[i].revents != 0;
	/* Many SIGCHLD are one pending signal: one read takes it. */
	if (fds[0].revents && read(signal_fd, &info, sizeof(info)) < 0 && errno != EAGAIN)
		judge_broken("signalfd: %s", judge_errno_name(errno));
}

struct subject *pump_find(pid_t pid)
{
	struct subject *s;

	for (s = subjects; s && (s->pid != pid || s->ended); s = s->next)
		;
	return s;
}

void pump_add(struct subject *s)
{
	sigset_t set;

	if (signal_fd < 0) {
		sigemptyset(&set);
		sigaddset(&set, SIGCHLD);
		SAFE(sigprocmask(SIG_BLOCK, &set, NULL));
		signal_fd = (int)SAFE(signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
	}
	s->next = subjects;
	subjects = s;
}

void pump(unsigned ms)
{
	if (more_events)
		ms = 0;
	if (signal_fd < 0) {
		usleep(ms * 1000);
	} else {
		wait_for_any(ms < TICK_MS ? ms : TICK_MS);
		serve_pipes();
		more_events = trace_serve();
		finish_ended();
	}
	clock_charge();
}

bool judge_poll(bool (*cond)(void *arg), void *arg, unsigned nominal_ms)
{
	uint64_t deadline = pump_clock() + judge_deadline_ms(nominal_ms);

	for (;;) {
		pump(0);
		if (cond(arg))
			return true;
		if (pump_clock() > deadline)
			return false;
		pump(1);
	}
}
