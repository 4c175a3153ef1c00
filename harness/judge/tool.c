// SPDX-License-Identifier: GPL-2.0-only
/*
 * tool.c - what every lab's given main.c says in the same words: a line
 * `error EINVAL` and status 1, `ready ok` when it waits to be looked at.
 */
#include "judge.h"
#include "suite.h"

#include <string.h>

#define FIRST_FDS 3 /* standard input, output and error: all that a tool has open */

static const struct judge_guess common[] = {
	{ "ENOSYS", "the function is not written yet" },
	{ "EPERM", "-1 is -EPERM; return -errno instead" },
	{ "EBADF", "a descriptor was used that is closed, or never was one, as -1" },
	{ "EMFILE", "each call leaves a descriptor open" },
};

const char *tool_guess(const char *error)
{
	const struct judge_guess *g;
	size_t i;

	for (g = judge_suite.guesses; g && g->error; g++)
		if (!strcmp(g->error, error))
			return g->cause;
	for (i = 0; i < sizeof(common) / sizeof(common[0]); i++)
		if (!strcmp(common[i].error, error))
			return common[i].cause;
	if (!strncmp(error, "unknown", 7))
		return "a function here returns 0, a result, or a negative errno such as -EINVAL";
	return "the lab's header says when this error is due";
}

const char *tool_last_line(const struct subject *s)
{
	size_t n, start;
	const char *out = subject_out(s, &n);

	while (n > 0 && out[n - 1] == '\n')
		n--;
	for (start = n; start > 0 && out[start - 1] != '\n'; start--)
		;
	return judge_fmt("%.*s", (int)(n - start), out + start);
}

/*
 * NAME if this text ends in "error NAME\n". Bytes of a file that the tool has
 * copied may stand before it in the same line.
 */
static const char *error_at_end(const char *text, size_t len)
{
	static const char word[] = "error ";
	size_t n, skip = sizeof(word) - 1;

	if (!len || text[len - 1] != '\n')
		return NULL;
	for (n = skip + 1; n < len && n < 64; n++)
		if (!memcmp(text + len - 1 - n, word, skip))
			return judge_fmt("%.*s", (int)(n - skip), text + len - 1 - n + skip);
	return NULL;
}

const char *tool_error(const struct subject *s)
{
	const char *out, *err, *error;
	size_t out_len, err_len;

	out = subject_out(s, &out_len);
	err = subject_err(s, &err_len);
	error = error_at_end(out, out_len);
	return error ? error : error_at_end(err, err_len);
}

void expect_success(struct subject *s, const char *what)
{
	const char *error;

	subject_wait(s);
	if (subject_signal(s))
		expect_exit(s, 0);
	error = tool_error(s);
	if (subject_exit(s) == 1 && error)
		judge_fail("exit status 0", judge_fmt("error %s", error), "%s failed with %s: %s.",
			   what, error, tool_guess(error));
	expect_exit(s, 0);
}

void expect_error(struct subject *s, const char *name, const char *why)
{
	const char *want = judge_fmt("error %s", name), *error;

	subject_wait(s);
	if (subject_signal(s))
		expect_exit(s, 0);
	if (subject_exit(s) == 0)
		judge_fail(want, "success", "%s.", why);
	error = tool_error(s);
	if (!error)
		judge_fail(want, tool_last_line(s), "the tool's line for an error is missing.");
	if (strcmp(error, name) != 0)
		judge_fail(want, judge_fmt("error %s", error),
			   "the call failed with %s, but should fail with %s; likely: %s.", error,
			   name, tool_guess(error));
	expect_exit(s, 1);
}

bool expect_failure_told(struct subject_spec spec, bool (*want)(const struct call *c), unsigned nth,
			 int err, const char *what)
{
	const char *name = judge_errno_name(err);
	struct subject *s;
	bool failed;

	s = subject_run_failing(spec, want, nth, err, &failed);
	if (!failed) {
		expect_success(s, what);
		return false;
	}
	judge_note("the judge had a system call of %s fail with %s (number %u of its kind)",
		   spec.argv[0], name, nth);
	expect_error(s, name, judge_fmt("%s failed with %s, reported success", what, name));
	return true;
}

void expect_failures_told(struct subject_spec spec, bool (*want)(const struct call *c), int err,
			  const char *what)
{
	unsigned nth = 1;

	while (expect_failure_told(spec, want, nth, err, what))
		nth++;
}

static void expect_let_go(const struct subject *s, const char *file, const char *what,
			  const char *name)
{
	size_t fds = fds_count(subject_pid(s));

	if (fds != FIRST_FDS)
		judge_fail(judge_fmt("%u open descriptors", FIRST_FDS), judge_fmt("%zu", fds),
			   "%s leaves a descriptor open, or closes one that is not its own, when a "
			   "system call of it fails with %s.",
			   what, name);
	if (maps_find(subject_pid(s), file))
		judge_fail("the file is not mapped any more", "it is",
			   "%s leaves a file mapped when a system call of it fails with %s.", what,
			   name);
}

/* Of expect_failure_leaves_nothing(): a call is held by a function without arguments. */
static bool (*call_to_fail)(const struct call *c);

static bool fails_or_ends(const struct call *c)
{
	return c->nr == SYS_exit_group || call_to_fail(c);
}

bool expect_failure_leaves_nothing(struct subject_spec spec, bool (*want)(const struct call *c),
				   unsigned nth, int err, const char *file, const char *what)
{
	const char *name = judge_errno_name(err);
	const struct call *c;
	struct subject *s;
	unsigned calls = 0;
	bool done, fails;

	call_to_fail = want;
	spec.trace = true;
	spec.hold = fails_or_ends;
	s = subject_start(&spec);
	while ((c = subject_held(s, &done))) {
		fails = !done && want(c) && ++calls == nth;
		if (fails)
			judge_note("the judge had a system call of %s fail with %s (number %u of "
				   "its kind)",
				   spec.argv[0], name, nth);
		/* The last moment at which all that it left is there to be seen. */
		if (calls >= nth && c->nr == SYS_exit_group && c->pid == subject_pid(s))
			expect_let_go(s, file, what, name);
		subject_go(s, fails ? err : 0);
	}
	subject_wait(s);
	if (subject_signal(s))
		expect_exit(s, 0);
	return calls >= nth;
}

const char *tool_ready(struct subject *s)
{
	const char *line;

	do {
		line = subject_line(s);
	} while (strncmp(line, "ready ", 6) != 0);
	return line + 6;
}

const char *expect_ready(struct subject *s, const char *what)
{
	const char *got = tool_ready(s);

	if (strncmp(got, "ok", 2) != 0 || (got[2] && got[2] != ' '))
		judge_fail("ready ok", judge_fmt("ready %s", got), "%s failed with %s: %s.", what,
			   got, tool_guess(got));
	return got[2] ? got + 3 : got + 2;
}
