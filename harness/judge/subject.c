// SPDX-License-Identifier: GPL-2.0-only
/*
 * subject.c - drive a started subject, wait for it and answer questions
 * about it. Its end is the end of its first process; what that leaves behind
 * is killed when the test has ended.
 */
#include "judge.h"
#include "subject.h"
#include "suite.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define TURN_MS 20

struct subject *subject_run(const struct subject_spec *spec)
{
	struct subject *s = subject_start(spec);

	subject_wait(s);
	return s;
}

void subject_wait(struct subject *s)
{
	while (!s->ended) {
		if (pump_clock() > s->deadline)
			verdict_timeout(s, "did not end");
		pump(TURN_MS);
	}
}

void subject_send(struct subject *s, const char *fmt, ...)
{
	va_list ap;
	char *text;
	int len;

	va_start(ap, fmt);
	len = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (len < 0)
		judge_broken("out of memory");
	s->in_data = realloc(s->in_data, s->in_len + (size_t)len + 1);
	if (!s->in_data)
		judge_broken("out of memory");
	memcpy(s->in_data + s->in_len, text, (size_t)len);
	s->in_len += (size_t)len;
	free(text);
	pump(0);
}

void subject_close_stdin(struct subject *s)
{
	s->in_close = true;
	pump(0);
}

/* A whole line that has already arrived, or NULL. */
static const char *line_ready(struct subject *s)
{
	const char *start = s->out.data + s->line_start;
	const char *end = memchr(start, '\n', s->out.len - s->line_start);
	char *line;

	if (!end)
		return NULL;
	line = xalloc((size_t)(end - start) + 1);
	memcpy(line, start, (size_t)(end - start));
	s->line_start += (size_t)(end - start) + 1;
	return line;
}

const char *subject_line(struct subject *s)
{
	const char *line;

	while (!(line = line_ready(s))) {
		if (s->ended)
			break;
		/* Output is dropped by now: the line will never come. */
		if (s->out.truncated) {
			evidence_of(s);
			judge_fail("its next line", judge_fmt("%zu bytes without it", s->out.len),
				   "%s printed more than the judge keeps before its next line: "
				   "take out what prints so much.",
				   s->name);
		}
		if (pump_clock() > s->deadline)
			verdict_timeout(s, "did not print its next line");
		pump(TURN_MS);
	}
	if (line)
		return line;
	if (WIFSIGNALED(s->status))
		verdict_crash(s, " before it printed its next line");
	evidence_of(s);
	judge_fail("another line of output",
		   judge_fmt("the end, exit status %d", WEXITSTATUS(s->status)),
		   "%s ended before it printed its next line.", s->name);
}

void subject_hold(struct subject *s, bool (*want)(const struct call *c))
{
	if (!s->trace)
		judge_broken("subject_hold: %s is not traced", s->name);
	s->hold = want;
	if (!want)
		trace_release(s, 0, 0);
}

const struct call *subject_held(struct subject *s, bool *done)
{
	const struct call *c;

	while (!(c = trace_held(s, done)) && !s->ended) {
		if (pump_clock() > s->deadline)
			verdict_timeout(s, "did not come to the next system call");
		pump(TURN_MS);
	}
	/* It may go round and round, with a stop each time. */
	if (c && pump_clock() > s->deadline)
		verdict_timeout(s, "made one system call after another, but did not answer");
	s->held = c ? *c : (struct call){ 0 };
	return c ? &s->held : NULL;
}

void subject_go(struct subject *s, int fail)
{
	if (s->held.pid)
		trace_release(s, s->held.pid, fail);
	s->held.pid = 0;
	pump(0);
}

struct subject *subject_run_failing(struct subject_spec spec, bool (*want)(const struct call *c),
				    unsigned nth, int err, bool *failed)
{
	struct subject *s;
	unsigned calls = 0;
	bool done;

	spec.trace = true;
	spec.hold = want;
	s = subject_start(&spec);
	while (subject_held(s, &done)) {
		calls += !done;
		subject_go(s, !done && calls == nth ? err : 0);
	}
	subject_wait(s);
	*failed = calls >= nth;
	return s;
}

void subject_kill(struct subject *s, int sig)
{
	/* ESRCH: nothing of it is left, which is no mistake of anyone. */
	kill(-s->pid, sig);
	pump(0);
}

pid_t subject_pid(const struct subject *s)
{
	return s->pid;
}

bool subject_ended(const struct subject *s)
{
	return s->ended;
}

int subject_exit(const struct subject *s)
{
	return s->ended && WIFEXITED(s->status) ? WEXITSTATUS(s->status) : -1;
}

int subject_signal(const struct subject *s)
{
	return s->ended && WIFSIGNALED(s->status) ? WTERMSIG(s->status) : 0;
}

uint64_t subject_fault_addr(const struct subject *s)
{
	return s->fault.sig == subject_signal(s) ? s->fault.addr : 0;
}

int subject_fault_code(const struct subject *s)
{
	return s->fault.sig == subject_signal(s) ? s->fault.code : 0;
}

bool subject_missed(const struct subject *s)
{
	const struct fault *f = &s->fault;

	return subject_signal(s) == SIGSEGV && subject_fault_code(s) == SEGV_MAPERR &&
	       f->addr != f->ip && f->addr >= PAGE && f->addr <= UINT64_MAX - PAGE;
}

const char *subject_out(const struct subject *s, size_t *len)
{
	pump(0);
	if (len)
		*len = s->out.len;
	return s->out.data;
}

const char *subject_err(const struct subject *s, size_t *len)
{
	pump(0);
	if (len)
		*len = s->err.len;
	return s->err.data;
}

bool subject_out_truncated(const struct subject *s)
{
	return s->out.truncated;
}
