// SPDX-License-Identifier: GPL-2.0-only
/*
 * cut.c - power cuts: the host copies this machine's disk, and lays the copy
 * into a second machine, where the same suite serves as revive_all().
 */
#include "ask.h"
#include "judge.h"
#include "record.h"
#include "subject.h"
#include "suite.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define OUT_KEPT (20 * 1024) /* at most doubled by JSON, it fits into a record */
#define ERR_KEPT (2 * 1024)
#define ARGS_MAX 16
#define UNMOUNT_TRIES 1000

/* ------------------------------------------------------- the first machine */

static unsigned cut_number(json_t *answer)
{
	unsigned cut = (unsigned)json_integer_value(json_object_get(answer, "cut"));

	json_decref(answer);
	return cut;
}

unsigned power_cut(void)
{
	return cut_number(host_ask(json_pack("{s:s}", "what", "cut")));
}

unsigned power_cut_torn(unsigned base)
{
	return cut_number(host_ask(json_pack("{s:s, s:i}", "what", "torn-cut", "base", (int)base)));
}

static const char *member(json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return judge_fmt("%s", text ? text : "");
}

const struct revival *after_cut(unsigned cut, const char *const *argv)
{
	struct revival *r = xalloc(sizeof(*r));
	json_t *args = json_array(), *answer;

	while (*argv)
		json_array_append_new(args, json_string(*argv++));
	answer = host_ask(
		json_pack("{s:s, s:i, s:o}", "what", "after-cut", "cut", (int)cut, "argv", args));
	r->exit = (int)json_integer_value(json_object_get(answer, "exit"));
	r->signal = (int)json_integer_value(json_object_get(answer, "signal"));
	r->timed_out = json_is_true(json_object_get(answer, "timed_out"));
	r->out = member(answer, "out");
	r->err = member(answer, "err");
	json_decref(answer);
	return r;
}

/* ------------------------------------------------------ the second machine */

static int revived(int exit, int sig, bool timed_out, const char *out, const char *err)
{
	return record_emit(json_pack("{s:s, s:i, s:i, s:b, s:s, s:s}", "t", "revived", "exit", exit,
				     "signal", sig, "timed_out", timed_out, "out", out, "err",
				     err));
}

static int not_revived(const char *why)
{
	return record_emit(json_pack("{s:s, s:s}", "t", "revived", "error", why));
}

/* In a process of its own, as a test: run the program and tell of it. */
static _Noreturn void run_once(json_t *argv)
{
	static char out[OUT_KEPT], err[ERR_KEPT];
	const char *args[ARGS_MAX + 1] = { 0 };
	struct subject_spec spec = { .argv = args, .in = "" };
	struct subject *s;
	const char *text;
	size_t i, len;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (i = 0; i < json_array_size(argv) && i < ARGS_MAX; i++)
		args[i] = json_string_value(json_array_get(argv, i));
	scratch_mount();
	SAFE(chdir(SCRATCH_DIR));
	s = subject_run(&spec);
	text = subject_out(s, &len);
	text_set(out, sizeof(out), text, len);
	text = subject_err(s, &len);
	text_set(err, sizeof(err), text, len);
	_exit(revived(subject_exit(s), subject_signal(s), false, out, err) ? 2 : 0);
}

/* The disk must be free before the host lays in another one. */
static int unmount(void)
{
	int tries;

	for (tries = 0; tries < UNMOUNT_TRIES; tries++) {
		if (umount(SCRATCH_DIR) == 0 || errno == EINVAL || errno == ENOENT)
			return 0;
		descendants_end();
		usleep(1000);
	}
	return -errno;
}

static int revive(json_t *argv)
{
	int status;
	pid_t pid;

	memset(verdict, 0, sizeof(*verdict));
	pid = fork();
	if (pid < 0)
		return not_revived("fork failed");
	if (pid == 0)
		run_once(argv);
	if (waitpid(pid, &status, 0) < 0)
		return -errno;
	descendants_end();
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (verdict->outcome == OUTCOME_TIMEOUT)
		return revived(-1, 0, true, "", verdict->err);
	return not_revived(verdict->message[0] ? verdict->message : "the run ended early");
}

int revive_all(void)
{
	json_t *order;
	int err = 0;

	while (!err) {
		/* The disk is free: another one may be laid in. */
		err = unmount();
		if (!err)
			err = record_emit(json_pack("{s:s}", "t", "free"));
		order = err ? NULL : line_read(0);
		if (!order)
			return err ? err : -errno;
		err = revive(json_object_get(order, "argv"));
		json_decref(order);
	}
	return err;
}
