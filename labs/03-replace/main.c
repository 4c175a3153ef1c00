/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * main.c - the tool `replace` around the functions of replace.c.
 *
 * Given; changes to it are not graded. It reads its arguments, calls one
 * function and prints the result. A negative errno is printed as a line
 * `error EINVAL` on standard output, with exit status 1; a wrong command line
 * ends with status 2.
 *
 * It makes two mistakes visible that otherwise show on some days only. The
 * patterns it passes end where a page ends, and the pages around them allow no
 * access, so that a function which reads behind a pattern, or behind a file
 * mapped below it, is stopped by SIGSEGV. And `resize` puts such a page right
 * behind the file's mapping, so that the mapping cannot grow where it is.
 */
#include <errno.h>
#include <limits.h>
#include <malloc.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "replace.h"

#define DIRT 0xa5
#define REPEAT_MAX 100000

struct command {
	const char *name;
	int nargs;
	const char *args;
	long (*run)(char **arg, bool print);
};

/* A pattern; it stays where it is until the program ends. */
struct text {
	unsigned char *bytes;
	size_t len;
};

_Noreturn static void usage(const char *why);

_Noreturn static void die(const char *what)
{
	perror(what);
	exit(2);
}

/* Digits only: strtoull() alone would take "-1" for a huge number. */
static size_t parse_number(const char *s, char stop, const char **rest)
{
	unsigned long long v;
	char *end;

	if (*s < '0' || *s > '9')
		usage("a size or a count is a number from 0");
	errno = 0;
	v = strtoull(s, &end, 10);
	if ((*end && *end != stop) || errno || v > INT64_MAX)
		usage("a size or a count is not a number or too large");
	*rest = end;
	return v;
}

static int hex_digit(char c)
{
	const char *digits = "0123456789abcdef", *p = c ? strchr(digits, c | 0x20) : NULL;

	return p ? (int)(p - digits) : -1;
}

/* One byte of a pattern, in which \0 \n \t \\ and \xNN have a meaning. */
static unsigned char parse_byte(const char **at)
{
	static const char names[] = "0nt\\", values[] = "\0\n\t\\";
	const char *p = *at, *name;

	if (*p != '\\') {
		*at = p + 1;
		return (unsigned char)*p;
	}
	if (p[1] == 'x' && hex_digit(p[2]) >= 0 && hex_digit(p[3]) >= 0) {
		*at = p + 4;
		return (unsigned char)(hex_digit(p[2]) * 16 + hex_digit(p[3]));
	}
	name = p[1] ? strchr(names, p[1]) : NULL;
	if (!name)
		usage("in a text, a backslash is followed by 0, n, t, xNN or a backslash");
	*at = p + 2;
	return (unsigned char)values[name - names];
}

/*
 * The text's last byte is the last of a page, with no page to touch on either
 * side. A command that is repeated finds its text already in place.
 */
static void text_place(struct text *t, const char *arg)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), inner = strlen(arg) / page * page + page;
	unsigned char *pages;
	const char *p;

	if (t->bytes)
		return;
	pages = mmap(NULL, inner + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (pages == MAP_FAILED || mprotect(pages + page, inner, PROT_READ | PROT_WRITE))
		die("replace: memory for a text");
	for (p = arg; *p; parse_byte(&p))
		t->len++;
	t->bytes = pages + page + inner - t->len;
	t->len = 0;
	for (p = arg; *p;)
		t->bytes[t->len++] = parse_byte(&p);
}

static long run_count(char **arg, bool print)
{
	static struct text from;
	long n;

	text_place(&from, arg[1]);
	n = rep_count(arg[0], from.bytes, from.len);
	if (n >= 0 && print)
		printf("%ld\n", n);
	return n;
}

static long run_change(char **arg, bool print)
{
	static struct text from, to;
	long n;

	text_place(&from, arg[1]);
	text_place(&to, arg[2]);
	n = rep_change(arg[0], from.bytes, from.len, to.bytes, to.len);
	if (n >= 0 && print)
		printf("%ld\n", n);
	return n;
}

/* A function that counts nothing returns 0 or a negative errno; no errno is INT_MIN. */
static long no_count(int err)
{
	return err > 0 ? INT_MIN : err;
}

/* Occupy the page behind the mapping, if it is free. */
static void *block_growth(const struct rep_map *m)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), len = (m->len + page - 1) / page * page;

	if (!m->data)
		return MAP_FAILED;
	return mmap(m->data + len, page, PROT_NONE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
}

static int resize_once(struct rep_map *m, size_t len)
{
	void *block = block_growth(m);
	int err = rep_resize(m, len);

	if (block != MAP_FAILED)
		munmap(block, (size_t)sysconf(_SC_PAGESIZE));
	return err;
}

/*
 * After each step, store a capital letter in the last byte, A after the first
 * step: then the mapping reaches the end of the file, and the file that of the
 * mapping. After an error, the file must be usable at its old length.
 */
static long run_resize(char **arg, bool print)
{
	const char *p = arg[1];
	struct rep_map m;
	size_t len, now;
	char mark;
	int err, fd;

	memset(&m, DIRT, sizeof(m));
	err = rep_open(&m, arg[0], true);
	if (err)
		return no_count(err);
	if (m.len == 0 && m.data) {
		fprintf(stderr, "replace: rep_open: data is not NULL, though the file is empty\n");
		exit(1);
	}
	now = m.len;
	fd = m.fd;
	for (mark = 'A'; *p && err == 0; mark = mark < 'Z' ? mark + 1 : 'A') {
		len = parse_number(p, ',', &p);
		p += *p == ',';
		err = resize_once(&m, len);
		if (err && (m.fd != fd || m.len != now)) {
			fprintf(stderr,
				"replace: rep_resize failed, and fd or len is not as it was\n");
			exit(1);
		}
		if (err == 0)
			now = len;
		if (now > 0)
			m.data[now - 1] = (unsigned char)mark;
		if (err == 0 && print)
			printf("size %zu\n", m.len);
	}
	rep_close(&m);
	return no_count(err);
}

static long run_copy(char **arg, bool print)
{
	(void)print;
	return no_count(rep_copy(arg[0], arg[1]));
}

static const struct command commands[] = {
	{ "count", 2, "FILE TEXT", run_count },
	{ "resize", 2, "FILE SIZE,SIZE,...", run_resize },
	{ "change", 3, "FILE TEXT NEWTEXT", run_change },
	{ "copy", 2, "SOURCE TARGET", run_copy },
};

#define NCOMMANDS (sizeof(commands) / sizeof(commands[0]))

_Noreturn static void usage(const char *why)
{
	size_t i;

	if (why) {
		fprintf(stderr, "replace: %s; `replace` alone shows how\n", why);
		exit(2);
	}
	for (i = 0; i < NCOMMANDS; i++)
		fprintf(stderr, "usage: replace %s %s\n", commands[i].name, commands[i].args);
	fprintf(stderr, "usage: replace repeat TIMES COMMAND ...\n"
			"       (does it so many times, prints `ready ok`, waits for Enter)\n"
			"In a text, \\0 \\n \\t \\\\ and \\xNN stand for one byte.\n");
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

static const char *error_name(long ret)
{
	const char *name = ret > -4096 ? strerrorname_np((int)-ret) : NULL;

	return name ? name : "unknown (not a negative errno)";
}

static void flush_or_die(void)
{
	if (fflush(stdout) || ferror(stdout)) {
		perror("replace: standard output");
		exit(1);
	}
}

/*
 * Do a command many times and stay alive, so that a person or the judge can
 * look at the files, at /proc/PID/maps and at /proc/PID/fd from outside.
 */
static int repeat(int argc, char **argv)
{
	const struct command *c;
	const char *rest;
	size_t i, times;
	long ret = 0;
	int key;

	if (argc < 1)
		usage("repeat: how many times?");
	times = parse_number(argv[0], '\0', &rest);
	if (times > REPEAT_MAX)
		usage("repeat: too many times");
	c = find_command(argc - 1, argv + 1);
	for (i = 0; i < times; i++)
		ret = c->run(argv + 2, false);
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
	long ret;

	mallopt(M_PERTURB, (unsigned char)~DIRT);
	/* A file that may not become so long is an error, EFBIG, not an end. */
	signal(SIGXFSZ, SIG_IGN);
	if (argc > 1 && !strcmp(argv[1], "repeat"))
		return repeat(argc - 2, argv + 2);
	c = find_command(argc - 1, argv + 1);
	ret = c->run(argv + 2, true);
	if (ret < 0)
		printf("error %s\n", error_name(ret));
	flush_or_die();
	return ret < 0;
}
