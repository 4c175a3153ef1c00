/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * main.c - the tool `family` around the functions of family.c.
 *
 * Given; changes to it are not graded. It reads its arguments, calls one
 * function and prints the result. A negative errno is printed as a line
 * `error EINVAL` on standard output, with exit status 1; a wrong command line
 * ends with status 2.
 *
 * Its first line of output is still in the buffer of standard output when
 * your function is called, and a fork copies the buffer.
 *
 * `family hold ...` stops the processes where family.c calls the functions
 * of this file, so that a person or the judge can look at them from outside:
 * each stop ends with a line, or with the end of file, on standard input.
 */
#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "family.h"

#define CHILDREN_MAX 1000
#define TIMES_MAX 1000000
#define PAGES_MAX 1000
#define STEP_MAX 1000000
#define FACTOR_MAX 1000
#define PRIME 1000003 /* with a factor, the counter stays below it */
#define DIRT '?'
#define DIRTY_TOTAL (-1)
#define REPEAT_MAX 1000

struct command {
	const char *name;
	int min, max; /* arguments */
	const char *args;
	int (*run)(int n, char **arg);
};

static pid_t parent;
static bool hold, quiet;
static long step = 1, factor = 1;

_Noreturn static void usage(const char *why);

/* ----------------------------------------------- what family.c may call */

static bool in_parent(void)
{
	return getpid() == parent;
}

/* Byte by byte: stdio would read ahead what another process waits for. */
static void stop_here(const char *where)
{
	char c;

	if (!hold)
		return;
	fprintf(stderr, "%s %d stops in %s\n", in_parent() ? "parent" : "child", getpid(), where);
	while (read(STDIN_FILENO, &c, 1) == 1 && c != '\n')
		;
}

long fam_next(long old)
{
	static bool before; /* each process has its own */

	if (in_parent())
		return old;
	if (!before) {
		before = true;
		stop_here("fam_next");
	}
	sched_yield();
	return factor == 1 ? old + step : (old * factor + step) % PRIME;
}

/* In reverse order, so that an answer depends on the question's whole length. */
void fam_answer(const char *question, char answer[FAM_TEXT])
{
	char text[FAM_TEXT];
	size_t len = strlen(question), i;

	stop_here("fam_answer");
	for (i = 0; i < len && i < FAM_TEXT - 1; i++)
		text[i] = question[len - 1 - i];
	text[i] = '\0';
	memcpy(answer, in_parent() ? "?" : text, in_parent() ? 2 : i + 1);
}

void fam_heard(const char *answer)
{
	stop_here("fam_heard");
	if (!quiet)
		printf("answer %.*s\n", FAM_TEXT, answer);
}

void fam_look(void)
{
	stop_here("fam_look");
}

/* ------------------------------------------------------------- commands */

/* Digits only: strtoul() alone would take "-1" for a huge number. */
static unsigned parse_count(const char *s, unsigned long max)
{
	unsigned long v;
	char *end;

	if (*s < '0' || *s > '9')
		usage("a count is a number from 0");
	errno = 0;
	v = strtoul(s, &end, 10);
	if (*end || errno || v > max)
		usage("a count is not a number or too large");
	return (unsigned)v;
}

static void blame(const char *function, const char *what)
{
	fprintf(stderr, "family: %s failed, and has changed %s\n", function, what);
}

static int run_count(int n, char **arg)
{
	unsigned nchild = parse_count(arg[0], CHILDREN_MAX);
	unsigned times = parse_count(arg[1], TIMES_MAX);
	long total = DIRTY_TOTAL;
	int ret;

	if (n > 2)
		step = (long)parse_count(arg[2], STEP_MAX);
	if (n > 3)
		factor = (long)parse_count(arg[3], FACTOR_MAX);
	if (nchild == 0)
		usage("count: at least one child");
	if (!quiet)
		printf("count %u children, %u times each, by %ld\n", nchild, times, step);
	ret = fam_count(nchild, times, &total);
	if (ret < 0 && total != DIRTY_TOTAL)
		blame("fam_count", "*total");
	if (ret >= 0 && !quiet)
		printf("total %ld\n", total);
	return ret;
}

static int talk(enum fam_kind kind, const char *name, int n, char **arg)
{
	if (!quiet)
		printf("%s %d questions\n", name, n);
	return fam_talk(kind, (const char *const *)arg, (size_t)n);
}

static int run_talk(int n, char **arg)
{
	return talk(FAM_ANON, "talk", n, arg);
}

static int run_zero(int n, char **arg)
{
	return talk(FAM_ZERO, "zero", n, arg);
}

/* An empty string, with dirt behind it that shows what is stored there. */
static void make_dirty(char text[PAGES_MAX + 2])
{
	memset(text, DIRT, PAGES_MAX + 1);
	text[0] = text[PAGES_MAX + 1] = '\0';
}

static bool is_dirty(const char text[PAGES_MAX + 2])
{
	char dirty[PAGES_MAX + 2];

	make_dirty(dirty);
	return !memcmp(text, dirty, sizeof(dirty));
}

static int run_cow(int n, char **arg)
{
	char before[PAGES_MAX + 2], after[PAGES_MAX + 2], frames[PAGES_MAX + 2];
	size_t len = strlen(arg[0]);
	int ret;

	(void)n;
	if (len == 0 || len > PAGES_MAX || strspn(arg[0], ".w=-+") != len)
		usage("cow: a plan is made of `.`, `w`, `=`, `-` and `+`, at most 1000 of them");
	if (!quiet)
		printf("cow    %s\n", arg[0]);
	make_dirty(before);
	make_dirty(after);
	make_dirty(frames);
	ret = fam_cow(arg[0], before, after, frames);
	if (ret < 0 && (!is_dirty(before) || !is_dirty(after) || !is_dirty(frames)))
		blame("fam_cow", "the strings");
	if (ret >= 0 && !quiet)
		printf("parent %s\nchild  %s\nframes %s\n", before, after, frames);
	return ret;
}

static const struct command commands[] = {
	{ "count", 2, 4, "CHILDREN TIMES [STEP [FACTOR]]", run_count },
	{ "talk", 0, 1000, "[QUESTION ...]", run_talk },
	{ "zero", 0, 1000, "[QUESTION ...]", run_zero },
	{ "cow", 1, 1, "PLAN                (such as .w=-+)", run_cow },
};

#define NCOMMANDS (sizeof(commands) / sizeof(commands[0]))

_Noreturn static void usage(const char *why)
{
	size_t i;

	if (why) {
		fprintf(stderr, "family: %s; `family` alone shows how\n", why);
		exit(2);
	}
	for (i = 0; i < NCOMMANDS; i++)
		fprintf(stderr, "usage: family %s %s\n", commands[i].name, commands[i].args);
	fprintf(stderr, "usage: family hold COMMAND ...\n"
			"       (stops at each call into main.c, and goes on with Enter)\n"
			"usage: family repeat TIMES COMMAND ...\n"
			"       (does it so many times, prints `ready ok`, waits for Enter)\n");
	exit(2);
}

static const struct command *find_command(int argc, char **argv)
{
	size_t i;

	for (i = 0; argc > 0 && i < NCOMMANDS; i++)
		if (!strcmp(argv[0], commands[i].name)) {
			if (argc - 1 < commands[i].min || argc - 1 > commands[i].max)
				usage("wrong number of arguments");
			return &commands[i];
		}
	usage(argc > 0 ? "no such command" : NULL);
}

static const char *error_name(int ret)
{
	const char *name = strerrorname_np(-ret);

	return name ? name : "unknown (not a negative errno)";
}

static void flush_or_die(void)
{
	if (fflush(stdout) || ferror(stdout)) {
		perror("family: standard output");
		exit(1);
	}
}

/*
 * Do a command many times and stay alive, so that a person or the judge can
 * look at the process, its children and its memory when all is done.
 */
static int repeat(int argc, char **argv)
{
	unsigned i, times;
	const struct command *c;
	int ret = 0, key;

	if (argc < 1)
		usage("repeat: how many times?");
	times = parse_count(argv[0], REPEAT_MAX);
	c = find_command(argc - 1, argv + 1);
	quiet = true;
	for (i = 0; i < times; i++)
		ret = c->run(argc - 2, argv + 2);
	printf("ready %s\n", ret < 0 ? error_name(ret) : "ok");
	flush_or_die();
	do {
		key = getchar();
	} while (key != EOF && key != '\n');
	return ret < 0;
}

int main(int argc, char **argv)
{
	const struct command *c;
	int ret;

	parent = getpid();
	/* Also on a terminal, so that doubled output shows there too. */
	setvbuf(stdout, NULL, _IOFBF, BUFSIZ);
	if (argc > 1 && !strcmp(argv[1], "repeat"))
		return repeat(argc - 2, argv + 2);
	hold = argc > 1 && !strcmp(argv[1], "hold");
	if (hold) {
		argv++;
		argc--;
	}
	c = find_command(argc - 1, argv + 1);
	ret = c->run(argc - 2, argv + 2);
	if (ret < 0)
		printf("error %s\n", error_name(ret));
	flush_or_die();
	return ret < 0;
}
