/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * main.c - the tool `records` around the functions of records.c.
 *
 * Given; changes to it are not graded. It reads its arguments, calls one
 * function and prints the result. A negative errno is printed as a line
 * `error EINVAL` on standard output, with exit status 1; a wrong command line
 * ends with status 2.
 *
 * Before each call it fills the stack below it, fresh heap memory, and the
 * memory around its arguments with the byte 0xa5, so that bytes which a
 * function forgot to set do not happen to be zero.
 */
#include <errno.h>
#include <inttypes.h>
#include <malloc.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "records.h"

#define DIRT 0xa5UL
#define CREATE_MAX 1000000
#define REPEAT_MAX 100000

struct command {
	const char *name;
	int nargs;
	const char *args;
	int (*run)(char **arg, bool print);
};

static char text[4096]; /* a label, with dirt behind it */

_Noreturn static void usage(const char *why);

/* Digits only: strtoull() alone would take "-1" for a huge number. */
static uint64_t parse_count(const char *s, uint64_t max)
{
	unsigned long long v;
	char *end;

	if (*s < '0' || *s > '9')
		usage("an index or a count is a number from 0");
	errno = 0;
	v = strtoull(s, &end, 10);
	if (*end || errno || v > max)
		usage("an index or a count is not a number or too large");
	return v;
}

static int32_t parse_value(const char *s)
{
	long v;
	char *end;

	errno = 0;
	v = strtol(s, &end, 10);
	if (end == s || *end || errno || v < INT32_MIN || v > INT32_MAX)
		usage("a value is a number of 32 bits");
	return (int32_t)v;
}

static const char *parse_text(const char *s)
{
	if (strlen(s) >= sizeof(text))
		usage("a label on the command line has fewer than 4096 bytes");
	memset(text, (int)DIRT, sizeof(text));
	memcpy(text, s, strlen(s) + 1);
	return text;
}

__attribute__((noinline)) static void dirty_stack(void)
{
	volatile uint64_t dirt[2048];
	size_t i;

	for (i = 0; i < sizeof(dirt) / sizeof(dirt[0]); i++)
		dirt[i] = DIRT * 0x0101010101010101;
}

static int run_create(char **arg, bool print)
{
	uint32_t n = (uint32_t)parse_count(arg[1], CREATE_MAX);

	(void)print;
	dirty_stack();
	return rec_create(arg[0], n);
}

static int run_get(char **arg, bool print)
{
	size_t index = parse_count(arg[1], SIZE_MAX);
	struct record r;
	int ret;

	memset(&r, (int)DIRT, sizeof(r));
	dirty_stack();
	ret = rec_get(arg[0], index, &r);
	if (!ret && print)
		printf("%" PRId32 " %.*s\n", r.value, REC_LABEL, r.label);
	return ret;
}

static int run_set(char **arg, bool print)
{
	size_t index = parse_count(arg[1], SIZE_MAX);
	int32_t value = parse_value(arg[2]);

	(void)print;
	dirty_stack();
	return rec_set(arg[0], index, value);
}

static int run_label(char **arg, bool print)
{
	size_t index = parse_count(arg[1], SIZE_MAX);
	const char *label = parse_text(arg[2]);

	(void)print;
	dirty_stack();
	return rec_label(arg[0], index, label);
}

static int run_append(char **arg, bool print)
{
	int32_t value = parse_value(arg[1]);
	const char *label = parse_text(arg[2]);

	(void)print;
	dirty_stack();
	return rec_append(arg[0], value, label);
}

static const struct command commands[] = {
	{ "create", 2, "FILE COUNT", run_create },
	{ "get", 2, "FILE INDEX", run_get },
	{ "set", 3, "FILE INDEX VALUE", run_set },
	{ "label", 3, "FILE INDEX TEXT", run_label },
	{ "append", 3, "FILE VALUE TEXT", run_append },
};

#define NCOMMANDS (sizeof(commands) / sizeof(commands[0]))

_Noreturn static void usage(const char *why)
{
	size_t i;

	if (why) {
		fprintf(stderr, "records: %s; `records` alone shows how\n", why);
		exit(2);
	}
	for (i = 0; i < NCOMMANDS; i++)
		fprintf(stderr, "usage: records %s %s\n", commands[i].name, commands[i].args);
	fprintf(stderr, "usage: records repeat TIMES COMMAND ...\n"
			"       (does it so many times, prints `ready ok`, waits for Enter)\n");
	exit(2);
}

static const struct command *find_command(int argc, char **argv)
{
	size_t i;

	for (i = 0; argc > 0 && i < NCOMMANDS; i++)
		if (!strcmp(argv[0], commands[i].name)) {
			if (argc != 1 + commands[i].nargs)
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
		perror("records: standard output");
		exit(1);
	}
}

/*
 * Do a command many times and stay alive, so that a person or the judge can
 * look at the file, at /proc/PID/maps and at /proc/PID/fd from outside.
 */
static int repeat(int argc, char **argv)
{
	uint64_t i, times;
	const struct command *c;
	int ret = 0, key;

	if (argc < 1)
		usage("repeat: how many times?");
	times = parse_count(argv[0], REPEAT_MAX);
	c = find_command(argc - 1, argv + 1);
	for (i = 0; i < times; i++)
		ret = c->run(argv + 2, false);
	printf("ready %s\n", ret ? error_name(ret) : "ok");
	flush_or_die();
	do {
		key = getchar();
	} while (key != EOF && key != '\n');
	return ret != 0;
}

int main(int argc, char **argv)
{
	const struct command *c;
	int ret;

	mallopt(M_PERTURB, (unsigned char)~DIRT);
	/* A file that may not become so long is an error, EFBIG, not an end. */
	signal(SIGXFSZ, SIG_IGN);
	if (argc > 1 && !strcmp(argv[1], "repeat"))
		return repeat(argc - 2, argv + 2);
	c = find_command(argc - 1, argv + 1);
	ret = c->run(argv + 2, true);
	if (ret)
		printf("error %s\n", error_name(ret));
	flush_or_die();
	return ret != 0;
}
