// SPDX-License-Identifier: GPL-2.0-only
/*
 * main.c - the tool `durability` around the functions of durability.c.
 *
 * Given; changes to it are not graded. It reads its arguments, calls your
 * functions and prints the results. A negative errno is printed as a line
 * `error EINVAL` on standard output, with exit status 1; a wrong command line
 * ends with status 2.
 *
 * `durability session FILE CAP` keeps a journal open and waits for a command
 * on standard input after each answer, so that a person or the judge can look
 * at the file and at the disk in between, or cut the power.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "durability.h"
#include "steps.h"

#define REPEAT_MAX 1000
#define STEPS_MAX 100
#define ENOUGH 7 /* what report() ends a search with */

struct command {
	const char *name;
	int min, max; /* arguments */
	const char *args;
	int (*run)(int n, char **arg);
};

static bool quiet;

_Noreturn static void usage(const char *why);

static const char *error_name(int ret)
{
	const char *name = strerrorname_np(-ret);

	return name ? name : "unknown (not a negative errno)";
}

static void flush_or_die(void)
{
	if (fflush(stdout) || ferror(stdout)) {
		perror("durability: standard output");
		exit(1);
	}
}

/* Digits only: strtoul() alone would take "-1" for a huge number. */
static size_t parse_count(const char *s, size_t max)
{
	unsigned long v;
	char *end;

	if (*s < '0' || *s > '9')
		usage("a size or a count is a number from 0");
	errno = 0;
	v = strtoul(s, &end, 10);
	if (*end || errno || v > max)
		usage("a size or a count is not a number or too large");
	return v;
}

/* ---------------------------------------------------------------- journals */

/* No journal's, but the tool's: it must stay mapped. */
static unsigned char own[JL_PAGE] __attribute__((aligned(4096)));

/*
 * What stands in a struct jl before jl_open() means nothing, and may be anything.
 * Here it names the tool's own output and memory, so that it shows if they are
 * taken for a journal's.
 */
static int open_journal(struct jl *j, const char *path, size_t cap)
{
	unsigned char resident;
	int ret;

	*j = (struct jl){ STDOUT_FILENO, own, sizeof(own), 8, 8 };
	ret = jl_open(j, path, cap);
	if (mincore(own, sizeof(own), &resident) < 0) {
		fprintf(stderr, "durability: jl_open unmapped what it had not mapped\n");
		exit(1);
	}
	return ret;
}

static int run_add(int n, char **arg)
{
	size_t cap = parse_count(arg[1], SIZE_MAX);
	struct jl j;
	int i, ret;

	ret = open_journal(&j, arg[0], cap);
	if (ret < 0)
		return ret;
	for (i = 2; i < n && ret >= 0; i++)
		ret = jl_put(&j, arg[i], strlen(arg[i]));
	if (ret >= 0)
		ret = jl_commit(&j);
	jl_close(&j);
	return ret;
}

static int report(const void *payload, size_t n, void *arg)
{
	const unsigned char *p = payload;
	const bool *first_only = arg;

	int result = *first_only ? ENOUGH : 0;

	if (quiet)
		return result;
	printf("record ");
	for (; n > 0; n--, p++) {
		if (*p < ' ' || *p > '~' || *p == '\\')
			printf("\\x%02x", *p);
		else
			putchar(*p);
	}
	putchar('\n');
	return result;
}

static int list(const char *path, bool first_only)
{
	int ret = jl_recover(path, report, &first_only);

	if (ret >= 0 && !first_only && !quiet)
		printf("%d records\n", ret);
	if (ret >= 0 && first_only && !quiet)
		printf("ended with %d\n", ret);
	return ret;
}

static int run_list(int n, char **arg)
{
	(void)n;
	return list(arg[0], false);
}

static int run_first(int n, char **arg)
{
	(void)n;
	return list(arg[0], true);
}

/* One command of a session: "put TEXT" or "commit". */
static int session_do(struct jl *j, const char *line, const char **name)
{
	if (!strncmp(line, "put ", 4)) {
		*name = "put";
		return jl_put(j, line + 4, strlen(line + 4));
	}
	*name = "commit";
	if (!strcmp(line, "commit"))
		return jl_commit(j);
	usage("in a session the commands are `put TEXT` and `commit`");
}

static int run_session(int n, char **arg)
{
	size_t cap = parse_count(arg[1], SIZE_MAX), room = 0;
	char *line = NULL;
	const char *name;
	struct jl j;
	int ret, failed = 0;
	ssize_t len;

	(void)n;
	ret = open_journal(&j, arg[0], cap);
	printf("ready %s\n", ret < 0 ? error_name(ret) : "ok");
	flush_or_die();
	if (ret < 0)
		return ret;
	while ((len = getline(&line, &room, stdin)) > 0) {
		if (line[len - 1] == '\n')
			line[len - 1] = '\0';
		ret = session_do(&j, line, &name);
		printf("%s %s\n", name, ret < 0 ? error_name(ret) : "ok");
		flush_or_die();
		if (ret < 0)
			failed = ret;
	}
	free(line);
	jl_close(&j);
	return failed;
}

/* ------------------------------------- what the kernel writes to the disk */

static int run_steps(int n, char **arg)
{
	struct jl_step step[STEPS_MAX];

	if (!steps_parse(step, arg + 1, (size_t)n - 1))
		usage(STEPS_HELP);
	return steps_make(arg[0], step, (size_t)n - 1, arg + 1);
}

static int run_predict(int n, char **arg)
{
	struct jl_step step[STEPS_MAX];
	char disk[3] = "";
	int ret;

	if (strlen(arg[0]) != 2 || !steps_parse(step, arg + 1, (size_t)n - 1))
		usage(strlen(arg[0]) == 2 ? STEPS_HELP : "predict: two characters for two pages");
	memcpy(disk, arg[0], 2);
	/* Behind the last one: no part of the question, and it would change the answer. */
	step[n - 1] = (struct jl_step){ .call = JL_SYNC };
	ret = jl_predict(step, (size_t)n - 1, disk);
	if (ret >= 0)
		printf("predict %.2s\n", disk);
	return ret;
}

static int run_show(int n, char **arg)
{
	int i, ret = 0;

	for (i = 0; i < n && ret >= 0; i++)
		ret = steps_show(arg[i]);
	return ret;
}

static int run_disk(int n, char **arg)
{
	(void)n;
	return steps_disk(arg[0]);
}

/* ---------------------------------------------------------------- commands */

static const struct command commands[] = {
	{ "add", 2, 100, "FILE CAP [TEXT ...]  open, put, commit, close", run_add },
	{ "list", 1, 1, "FILE                the committed records", run_list },
	{ "first", 1, 1, "FILE               the first of them", run_first },
	{ "session", 2, 2, "FILE CAP         `put TEXT`, `commit`, one a line", run_session },
	{ "steps", 1, STEPS_MAX, "FILE [STEP ...]     make these calls", run_steps },
	{ "predict", 1, STEPS_MAX, "AB [STEP ...]     what has the disk then?", run_predict },
	{ "show", 1, 100, "FILE ...            what has the file, by read(2)?", run_show },
	{ "disk", 1, 1, "FILE                what has the disk? (for root)", run_disk },
};

#define NCOMMANDS (sizeof(commands) / sizeof(commands[0]))

_Noreturn static void usage(const char *why)
{
	size_t i;

	if (why) {
		fprintf(stderr, "durability: %s; `durability` alone shows how\n", why);
		exit(2);
	}
	for (i = 0; i < NCOMMANDS; i++)
		fprintf(stderr, "usage: durability %s %s\n", commands[i].name, commands[i].args);
	fprintf(stderr, "usage: durability COMMAND ... then COMMAND ...\n"
			"       (one after another, also after an error)\n"
			"usage: durability repeat TIMES COMMAND ...\n"
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

/*
 * Do a command many times and stay alive, so that a person or the judge can
 * look at /proc/PID/maps and at /proc/PID/fd from outside.
 */
static int repeat(int argc, char **argv)
{
	const struct command *c;
	size_t i, times;
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

static int words_until_then(int argc, char **argv)
{
	int n;

	for (n = 0; n < argc && strcmp(argv[n], "then"); n++)
		;
	return n;
}

int main(int argc, char **argv)
{
	const struct command *c;
	bool failed = false;
	int n, ret;

	if (argc > 1 && !strcmp(argv[1], "repeat"))
		return repeat(argc - 2, argv + 2);
	do {
		argv++;
		argc--;
		n = words_until_then(argc, argv);
		c = find_command(n, argv);
		ret = c->run(n - 1, argv + 1);
		if (ret < 0)
			printf("error %s\n", error_name(ret));
		flush_or_die();
		failed = failed || ret < 0;
		argv += n;
		argc -= n;
	} while (argc > 0);
	return failed;
}
