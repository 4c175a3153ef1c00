// SPDX-License-Identifier: GPL-2.0-only
/*
 * verdict.c - how a test ends before its last line, and with what evidence.
 *
 * Every such way leads to end_test(), which puts the evidence into the
 * shared verdict and ends the test's process; the kernel then kills what the
 * test traced.
 */
#include "judge.h"
#include "record.h"
#include "subject.h"
#include "suite.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define STDERR_LINES 10
#define CHILDREN_SHOWN 3

#define SET(field, text) text_set(verdict->field, sizeof(verdict->field), text, strlen(text))

static struct subject *shown; /* the subject the failure is about */
static struct subject *traced; /* the latest whose calls are known */
static unsigned children_shown;

void evidence_of(struct subject *s)
{
	shown = s;
	if (s->calls)
		traced = s;
}

/* ---------------------------------------------------------------- the end */

/* The last lines of what it wrote to standard error. */
static void stderr_tail(const struct subject *s)
{
	const char *start = s->err.data + s->err.len;
	size_t room = sizeof(verdict->err) / 2;
	int lines = 0;

	while (start > s->err.data && room--) {
		if (start[-1] == '\n' && start[0] && ++lines == STDERR_LINES)
			break;
		start--;
	}
	text_set(verdict->err, sizeof(verdict->err), start,
		 (size_t)(s->err.data + s->err.len - start));
}

static _Noreturn void end_test(enum outcome outcome)
{
	static bool ending;

	/* Collecting evidence may itself fail: the first reason stands. */
	if (ending)
		_exit(1);
	ending = true;
	verdict->outcome = outcome;
	if (shown) {
		stderr_tail(shown);
		if (shown->child_death)
			judge_note("%s", shown->child_death);
	}
	if (traced)
		SET(calls, calls_text(traced));
	if (traced && traced != shown)
		judge_note("the calls are those of a program that ran before: %s", traced->name);
	klog_evidence();
	/* Without atexit() handlers, and without Check's teardown. */
	_exit(1);
}

void judge_input(const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = text_format(fmt, ap);
	va_end(ap);
	SET(input, text);
	free(text);
}

void judge_note(const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = text_format(fmt, ap);
	va_end(ap);
	if (verdict->notes_count < VERDICT_NOTES)
		SET(notes[verdict->notes_count++], text);
	free(text);
}

void verdict_fail(const char *expected, const char *got, const char *text)
{
	SET(message, text);
	if (expected)
		SET(expected, expected);
	if (got)
		SET(got, got);
	end_test(OUTCOME_FAIL);
}

void judge_fail(const char *expected, const char *got, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = text_format(fmt, ap);
	va_end(ap);
	verdict_fail(expected, got, text);
}

void judge_broken(const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	/* Without fresh memory: it may be what there is none of. */
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (!verdict) {
		fprintf(stderr, "check: %s\n", text);
		_exit(1);
	}
	if (verdict->outcome == OUTCOME_NONE)
		SET(message, text);
	end_test(OUTCOME_BROKEN);
}

void judge_call_failed(const char *call)
{
	const char *name = judge_errno_name(errno);

	if (shown && (errno == ENOSPC || errno == EDQUOT))
		judge_fail("room on the disk", judge_fmt("%s: %s", call, name),
			   "Your program has filled the disk: there is no room left for what the "
			   "judge has to write.");
	judge_broken("%s: %s", call, name);
}

void judge_file_gone(const char *path)
{
	if (shown)
		judge_fail("a file", "no such file", "%s is missing: your program removed it.",
			   path);
	judge_broken("open %s: ENOENT", path);
}

/* ------------------------------------------------------------------- crash */

const char *signal_name(int sig)
{
	const char *name = sigabbrev_np(sig);

	return name ? judge_fmt("SIG%s", name) : judge_fmt("signal %d", sig);
}

static bool has_address(const struct fault *f)
{
	return f->code > 0 && f->code != SI_KERNEL &&
	       (f->sig == SIGSEGV || f->sig == SIGBUS || f->sig == SIGILL || f->sig == SIGFPE);
}

/*
 * What si_code adds to the signal's name, see sigaction(2). The processor tells no
 * address that is none (not canonical): the kernel says SI_KERNEL then.
 */
static const char *code_text(const struct fault *f)
{
	if (f->sig == SIGSEGV && has_address(f) && f->addr == f->ip)
		return "it went on there as if there were code: a return address on its stack was "
		       "overwritten, perhaps past the end of a local variable, or a pointer to a "
		       "function is wrong";
	if (f->sig == SIGSEGV && f->code == SEGV_MAPERR)
		return "nothing is mapped there";
	if (f->sig == SIGSEGV && f->code == SEGV_ACCERR)
		return "its mapping does not permit this access";
	if (f->sig == SIGSEGV && f->code == SI_KERNEL)
		return "most likely a pointer that it used, or a return address on its stack, has a "
		       "value that can be no address: overwritten, or never set";
	if (f->sig == SIGBUS && f->code == BUS_ADRERR)
		return "its mapping has no page of the file there";
	return NULL;
}

/* "records was killed by SIGSEGV at address 0x8 (NULL plus 8): nothing ..." */
static char *death_text(const struct subject *s, const char *when)
{
	int sig = WTERMSIG(s->status);
	const struct fault *f = &s->fault;
	const char *why = f->sig == sig ? code_text(f) : NULL;
	char *text = judge_fmt("%s was killed by %s%s", s->name, signal_name(sig), when);

	if (f->sig == sig && has_address(f)) {
		text = judge_fmt("%s%s at address %#llx", text, *when ? "," : "",
				 (unsigned long long)f->addr);
		if (f->where)
			text = judge_fmt("%s (%s)", text, f->where);
	}
	return why ? judge_fmt("%s: %s", text, why) : text;
}

void verdict_crash(struct subject *s, const char *when)
{
	int sig = WTERMSIG(s->status);

	evidence_of(s);
	SET(message, judge_fmt("%s.", death_text(s, when)));
	SET(signal, signal_name(sig));
	if (s->fault.sig == sig) {
		if (has_address(&s->fault))
			SET(addr, judge_fmt("%#llx", (unsigned long long)s->fault.addr));
		SET(ip, judge_fmt("%#llx", (unsigned long long)s->fault.ip));
		if (s->fault.callers)
			SET(callers, s->fault.callers);
	}
	if (judge_suite.explain_crash)
		judge_suite.explain_crash(s);
	end_test(OUTCOME_CRASH);
}

/* ----------------------------------------------------------------- timeout */

/*
 * The system call a process is in, by /proc/PID/syscall: "running", or the
 * number and the arguments; -1 if it sleeps outside of one, as in the fault
 * operation of a driver. *text says it with the descriptor it waits for.
 */
static const char *waiting_in(pid_t pid, const char **text)
{
	char *line = proc_slurp(judge_fmt("/proc/%d/syscall", pid), NULL);
	unsigned long long arg = 0;
	const char *args;
	long nr;

	*text = "running, not waiting";
	if (!line || sscanf(line, "%ld %llx", &nr, &arg) < 1)
		return "running";
	if (nr < 0) {
		*text = "waiting, but in no system call: most likely in a page fault";
		return "no system call";
	}
	args = call_def(nr)->args;
	if (args && args[0] == 'f')
		*text = judge_fmt("in %s of descriptor %d", call_name(nr), (int)arg);
	else
		*text = judge_fmt("in %s", call_name(nr));
	return call_name(nr);
}

static void note_child(pid_t pid)
{
	const char *text;

	if (children_shown++ >= CHILDREN_SHOWN)
		return;
	waiting_in(pid, &text);
	judge_note("Its child process %d was %s.", pid, text);
}

void verdict_timeout(struct subject *s, const char *waited_for)
{
	const char *text;

	evidence_of(s);
	if (s->crowds)
		judge_fail("no more processes than the task needs", judge_fmt("%d at once", CROWD),
			   "%s starts one process after another. Most likely a child, too, comes "
			   "to where fork(2) is called: it has to end before.",
			   s->name);
	SET(waiting, waiting_in(s->pid, &text));
	SET(message, judge_fmt("%s %s within %.1f s; it was %s.", s->name, waited_for,
			       s->limit_ms / 1000.0, text));
	trace_children(s, note_child);
	if (children_shown > CHILDREN_SHOWN)
		judge_note("It had %u child processes more.", children_shown - CHILDREN_SHOWN);
	if (judge_suite.explain_timeout)
		judge_suite.explain_timeout(s);
	end_test(OUTCOME_TIMEOUT);
}
