/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * main.c - the tool `board` around the functions of board.c.
 *
 * Given; changes to it are not graded. It reads its arguments, calls the
 * functions and prints the results, `ok` if there is no other. A negative errno
 * is printed as a line `error EINVAL` on standard output, with exit status 1; a
 * wrong command line ends with status 2. `board session` reads commands from
 * standard input, one a line, and prints the same for each.
 *
 * `board hold ...` stops the process where board.c calls the functions of this
 * file, so that a person or the judge can let others do something meanwhile:
 * each stop ends with a line, or with the end of file, on standard input.
 */
#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "board.h"

#define DIRT 0xa5
#define TEXTS_MAX 1000

struct command {
	const char *name;
	int min, max; /* arguments */
	const char *args;
	int (*run)(int n, char **arg);
	bool prints; /* messages; else it is `ok` when it succeeds */
};

static bool hold;

_Noreturn static void usage(const char *why);

static void flush_or_die(void)
{
	if (fflush(stdout) || ferror(stdout)) {
		perror("board: standard output");
		exit(1);
	}
}

/* ------------------------------------------------ what board.c may call */

static void stop_here(const char *where)
{
	char c;

	if (!hold)
		return;
	fprintf(stderr, "process %d stops in %s\n", getpid(), where);
	while (read(STDIN_FILENO, &c, 1) == 1 && c != '\n')
		;
}

void board_copy(char *to, const char *from, size_t n)
{
	memcpy(to, from, n / 2);
	sched_yield();
	stop_here("board_copy");
	memcpy(to + n / 2, from + n / 2, n - n / 2);
}

void board_going_to_sleep(void)
{
	sched_yield();
	stop_here("board_going_to_sleep");
}

/* ------------------------------------------------------------- commands */

/* Digits only: strtoul() alone would take "-1" for a huge number. */
static uint32_t parse_number(const char *s, uint32_t max)
{
	unsigned long v;
	char *end;

	if (*s < '0' || *s > '9')
		usage("a slot, a number or a time is a number from 0");
	errno = 0;
	v = strtoul(s, &end, 10);
	if (*end || errno || v > max)
		usage("a slot, a number or a time is not a number or too large");
	return (uint32_t)v;
}

static int run_init(int n, char **arg)
{
	(void)n;
	return board_init(arg[0], parse_number(arg[1], UINT32_MAX));
}

/*
 * As post, with a text whose NUL is the last byte of a page, and nothing behind it
 * that may be touched: what lies there in memory is nobody's to read.
 */
static int run_place(int n, char **arg)
{
	uint32_t slot = parse_number(arg[1], UINT32_MAX);
	size_t page = (size_t)sysconf(_SC_PAGESIZE), len = strlen(arg[2]) + 1;
	size_t inner = (len + page - 1) / page * page;
	char *pages;
	int ret;

	(void)n;
	pages = mmap(NULL, inner + page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (pages == MAP_FAILED || mprotect(pages, inner, PROT_READ | PROT_WRITE)) {
		perror("board: memory for a text");
		exit(1);
	}
	ret = board_post(arg[0], slot, memcpy(pages + inner - len, arg[2], len));
	munmap(pages, inner + page);
	return ret;
}

static int run_post(int n, char **arg)
{
	uint32_t slot = parse_number(arg[1], UINT32_MAX);
	int i, ret = 0;

	for (i = 2; i < n && ret >= 0; i++)
		ret = board_post(arg[0], slot, arg[i]);
	return ret;
}

/* Wait for one message and print it; dirt stands in for the bytes not set. */
static int show(const char *path, uint32_t slot, uint32_t *seen, unsigned timeout_ms)
{
	struct {
		struct board_message msg;
		char dirt[BOARD_TEXT];
	} m, before;
	int ret;

	memset(&m, DIRT, sizeof(m));
	m.dirt[BOARD_TEXT - 1] = '\0';
	before = m;
	ret = board_wait(path, slot, *seen, timeout_ms, &m.msg);
	if (ret < 0) {
		if (memcmp(&m, &before, sizeof(m)) != 0)
			fputs("board: the call failed, and has changed *msg\n", stderr);
		return ret;
	}
	*seen = m.msg.number;
	printf("message %" PRIu32 " %.*s\n", m.msg.number, (int)sizeof(m.msg.text) * 2 - 1,
	       (const char *)&m + offsetof(struct board_message, text));
	flush_or_die();
	return ret;
}

static int run_read(int n, char **arg)
{
	uint32_t seen = UINT32_MAX;

	(void)n;
	return show(arg[0], parse_number(arg[1], UINT32_MAX), &seen, 0);
}

static int run_wait(int n, char **arg)
{
	uint32_t seen = parse_number(arg[2], UINT32_MAX);

	(void)n;
	return show(arg[0], parse_number(arg[1], UINT32_MAX), &seen,
		    parse_number(arg[3], INT32_MAX));
}

static int run_follow(int n, char **arg)
{
	uint32_t slot = parse_number(arg[1], UINT32_MAX), seen = 0;
	uint32_t last = parse_number(arg[2], UINT32_MAX);
	unsigned timeout_ms = parse_number(arg[3], INT32_MAX);
	int ret = 0;

	(void)n;
	while (ret >= 0 && seen < last)
		ret = show(arg[0], slot, &seen, timeout_ms);
	return ret;
}

static const struct command commands[] = {
	{ "init", 2, 2, "FILE SLOTS", run_init, false },
	{ "post", 3, TEXTS_MAX, "FILE SLOT TEXT ...", run_post, false },
	{ "place", 3, 3, "FILE SLOT TEXT", run_place, false },
	{ "read", 2, 2, "FILE SLOT", run_read, true },
	{ "wait", 4, 4, "FILE SLOT NUMBER_SEEN MILLISECONDS", run_wait, true },
	{ "follow", 4, 4, "FILE SLOT LAST_NUMBER MILLISECONDS", run_follow, true },
};

#define NCOMMANDS (sizeof(commands) / sizeof(commands[0]))

_Noreturn static void usage(const char *why)
{
	size_t i;

	if (why) {
		fprintf(stderr, "board: %s; `board` alone shows how\n", why);
		exit(2);
	}
	for (i = 0; i < NCOMMANDS; i++)
		fprintf(stderr, "usage: board %s %s\n", commands[i].name, commands[i].args);
	fprintf(stderr, "usage: board hold COMMAND ...\n"
			"       (stops at each call into main.c, and goes on with Enter)\n"
			"usage: board session\n"
			"       (commands from standard input, one a line)\n");
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

static int run(int argc, char **argv)
{
	const struct command *c = find_command(argc, argv);
	int ret = c->run(argc - 1, argv + 1);

	if (ret < 0)
		printf("error %s\n", error_name(ret));
	else if (!c->prints)
		puts("ok");
	flush_or_die();
	return ret < 0;
}

/* Stays alive, so that a person or the judge can look at it in /proc. */
static int session(void)
{
	char *line = NULL, *word[TEXTS_MAX + 3], *rest;
	size_t room = 0;
	int n;

	while (getline(&line, &room, stdin) > 0) {
		rest = NULL;
		word[0] = strtok_r(line, " \n", &rest);
		for (n = 0; word[n] && n <= TEXTS_MAX + 1; n++)
			word[n + 1] = strtok_r(NULL, " \n", &rest);
		word[n] = NULL;
		if (n > 0)
			run(n, word);
	}
	free(line);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "session"))
		return session();
	hold = argc > 1 && !strcmp(argv[1], "hold");
	return run(argc - 1 - hold, argv + 1 + hold);
}
