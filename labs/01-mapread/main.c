/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * main.c - the tool `mapread` around the functions of mapread.c.
 *
 * Given; changes to it are not graded. It reads its arguments, calls your
 * functions and prints the result. A negative errno is printed as a line
 * `error ENOENT` on standard output (on standard error too if that cannot be
 * written), with exit status 1; a wrong command line ends with status 2.
 *
 * Before the first call it fills the stack below it with the byte 0xa5, and
 * before each call the struct that the function is to set, so that what a
 * function forgot to set does not happen to be zero.
 *
 * Like dd(1), the tool answers the signal SIGUSR1 with a line on standard
 * error. A write(2) that waits at that moment comes back early.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mapread.h"

#define DIRT 0xa5UL
#define REPEAT_MAX 100000

_Noreturn static void usage(const char *why)
{
	if (why)
		fprintf(stderr, "mapread: %s; `mapread` alone shows how\n", why);
	else
		fprintf(stderr,
			"usage: mapread cat FILE\n"
			"       mapread window FILE OFFSET LENGTH\n"
			"       mapread count FILE TEXT\n"
			"       mapread hold FILE [OFFSET LENGTH]\n"
			"               (maps it, prints `ready ok ADDRESS LENGTH`, waits for Enter, unmaps)\n"
			"       mapread repeat TIMES FILE [OFFSET LENGTH]\n"
			"               (maps and unmaps so many times, prints `ready ok`, waits for Enter)\n");
	exit(2);
}

/* Digits only: strtoull() alone would take "-1" for a huge number. */
static uint64_t parse_number(const char *s, uint64_t max)
{
	unsigned long long v;
	char *end;

	if (*s < '0' || *s > '9')
		usage("an offset, a length or a count is a number from 0");
	errno = 0;
	v = strtoull(s, &end, 10);
	if (*end || errno || v > max)
		usage("an offset, a length or a count is not a number or too large");
	return v;
}

static const char *error_name(int ret)
{
	const char *name = ret < 0 ? strerrorname_np(-ret) : NULL;

	return name ? name : "unknown (not a negative errno)";
}

/* The end of every command: 0 is success, any other result an error. */
static int finish(int ret)
{
	if (ret)
		printf("error %s\n", error_name(ret));
	if (!fflush(stdout) && !ferror(stdout))
		return ret != 0;
	perror("mapread: standard output");
	if (ret)
		fprintf(stderr, "mapread: error %s\n", error_name(ret));
	return 1;
}

static void wait_for_enter(void)
{
	int key;

	fflush(stdout);
	do {
		key = getchar();
	} while (key != EOF && key != '\n');
}

__attribute__((noinline)) static void dirty_stack(void)
{
	volatile uint64_t dirt[2048];
	size_t i;

	for (i = 0; i < sizeof(dirt) / sizeof(dirt[0]); i++)
		dirt[i] = DIRT * 0x0101010101010101;
}

/* @arg: FILE, or FILE OFFSET LENGTH */
static int map(char **arg, struct mr_map *m)
{
	uint64_t off = 0, len = 0;

	if (arg[1]) {
		off = parse_number(arg[1], INT64_MAX);
		len = parse_number(arg[2], SIZE_MAX);
	}
	memset(m, (int)DIRT, sizeof(*m));
	return arg[1] ? mr_window(arg[0], (off_t)off, len, m) : mr_open(arg[0], m);
}

/* cat FILE, window FILE OFFSET LENGTH */
static int run_write(char **arg)
{
	struct mr_map m;
	int ret = map(arg, &m);

	if (ret)
		return finish(ret);
	if (!m.data && !m.len && (m.base || m.maplen)) {
		fprintf(stderr, "mapread: nothing is mapped, but base or maplen was not set\n");
		exit(1);
	}
	ret = mr_write(&m, STDOUT_FILENO);
	mr_close(&m);
	return finish(ret);
}

static int run_count(char **arg)
{
	char *file[] = { arg[0], NULL };
	struct mr_map m;
	ssize_t n;
	int ret = map(file, &m);

	if (ret)
		return finish(ret);
	n = mr_count(&m, arg[1], strlen(arg[1]));
	mr_close(&m);
	if (n >= 0)
		printf("%zd\n", n);
	return finish(n < 0 ? (int)n : 0);
}

/*
 * Stay alive with the file mapped, so that a person or the judge can look at
 * /proc/PID/maps and /proc/PID/fd from outside.
 */
static int run_hold(char **arg)
{
	struct mr_map m;
	int ret = map(arg, &m);

	if (ret)
		printf("ready %s\n", error_name(ret));
	else
		printf("ready ok 0x%" PRIxPTR " %zu\n", (uintptr_t)m.data, m.len);
	wait_for_enter();
	if (!ret)
		mr_close(&m);
	return ret != 0;
}

/* Map and unmap many times, then stay alive to be looked at. */
static int run_repeat(char **arg)
{
	uint64_t i, times = parse_number(arg[0], REPEAT_MAX);
	struct mr_map m;
	int ret = 0;

	for (i = 0; i < times; i++) {
		ret = map(arg + 1, &m);
		if (!ret)
			mr_close(&m);
	}
	printf("ready %s\n", ret ? error_name(ret) : "ok");
	wait_for_enter();
	return ret != 0;
}

static const struct command {
	const char *name;
	int nargs, more; /* how many arguments, and how many may follow */
	int (*run)(char **arg);
} commands[] = {
	{ "cat", 1, 0, run_write }, { "window", 3, 0, run_write },  { "count", 2, 0, run_count },
	{ "hold", 1, 2, run_hold }, { "repeat", 2, 2, run_repeat },
};

static void tell_alive(int sig)
{
	static const char text[] = "mapread: at work\n";
	int saved = errno;

	(void)sig;
	if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
		errno = 0;
	errno = saved;
}

int main(int argc, char **argv)
{
	struct sigaction sa = { .sa_handler = tell_alive }; /* no SA_RESTART */
	const struct command *c;

	sigaction(SIGUSR1, &sa, NULL);
	dirty_stack();
	if (argc < 2)
		usage(NULL);
	for (c = commands; c < commands + sizeof(commands) / sizeof(commands[0]); c++) {
		if (strcmp(argv[1], c->name) != 0)
			continue;
		if (argc - 2 != c->nargs && argc - 2 != c->nargs + c->more)
			usage("wrong number of arguments");
		return c->run(argv + 2);
	}
	usage("no such command");
}
