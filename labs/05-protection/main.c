// SPDX-License-Identifier: GPL-2.0-only
/*
 * main.c - the tool `protection` around the functions of protection.c.
 *
 * Given; changes to it are not graded. It reads its arguments, calls one
 * function and prints the result: `ok` for 0, `result N` for a positive one,
 * `error EINVAL` for a negative errno, then with exit status 1. A wrong
 * command line ends with status 2. `protection session` reads many commands
 * from standard input, one a line, and answers each; its command write waits
 * for a line after each of its stages, so that a person or the judge can look
 * at the process from outside.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "protection.h"
#include "region.h"

#define WORDS_MAX 8
#define OPEN_NONE (-1)

struct command {
	const char *name;
	int min, max;
	const char *args;
	int (*run)(char **arg); /* a NULL follows the last argument */
};

struct name {
	const char *name;
	int value;
};

static const struct name open_names[] = { { "O_RDONLY", O_RDONLY },
					  { "O_WRONLY", O_WRONLY },
					  { "O_RDWR", O_RDWR },
					  { "none", OPEN_NONE } };
static const struct name flag_names[] = { { "shared", MAP_SHARED },
					  { "private", MAP_PRIVATE },
					  { "anonymous", MAP_ANONYMOUS },
					  { "denywrite", MAP_DENYWRITE },
					  { "noreserve", MAP_NORESERVE },
					  { "unknown", MAP_UNKNOWN },
					  { "none", 0 } };
static const struct name ways[] = { { "EACCES", 2 }, { "EAGAIN", 1 },	  { "EBADF", 1 },
				    { "EEXIST", 1 }, { "EINVAL", 5 },	  { "ENODEV", 1 },
				    { "ENOMEM", 3 }, { "EOPNOTSUPP", 1 }, { "EOVERFLOW", 1 },
				    { "EPERM", 1 } };
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static bool in_session;

_Noreturn static void usage(const char *why);

static void flush_or_die(void)
{
	if (fflush(stdout) || ferror(stdout)) {
		perror("protection: standard output");
		exit(1);
	}
}

/* ---------------------------------------------------------------- arguments */

static int find_name(const struct name *table, size_t n, const char *word, const char *why)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!strcmp(table[i].name, word))
			return table[i].value;
	usage(why);
}

static int parse_open(const char *s)
{
	return find_name(open_names, COUNT(open_names), s,
			 "OPEN is O_RDONLY, O_WRONLY, O_RDWR or none");
}

static int parse_prot(const char *s)
{
	int prot = PROT_NONE;

	for (; *s; s++) {
		if (!strchr("-rwx?", *s))
			usage("PROT is made of the letters r, w, x, - and ? for an unknown bit");
		prot |= *s == 'r' ? PROT_READ :
			*s == 'w' ? PROT_WRITE :
			*s == 'x' ? PROT_EXEC :
			*s == '?' ? PROT_UNKNOWN :
				    0;
	}
	return prot;
}

static int parse_flags(const char *s)
{
	char text[128], *word, *rest = NULL;
	int flags = 0;

	if (strlen(s) >= sizeof(text))
		usage("FLAGS is too long");
	strcpy(text, s);
	for (word = strtok_r(text, "+", &rest); word; word = strtok_r(NULL, "+", &rest))
		flags |= find_name(flag_names, COUNT(flag_names), word,
				   "FLAGS joins by + some of: shared private anonymous denywrite "
				   "noreserve unknown none");
	return flags;
}

static bool parse_noexec(const char *s)
{
	if (s && strcmp(s, "noexec"))
		usage("the last word is noexec or nothing");
	return s;
}

static size_t parse_number(const char *s, size_t max)
{
	unsigned long v;
	char *end;

	errno = 0;
	v = strtoul(s, &end, 10);
	if (*s < '0' || *s > '9' || *end || errno || v > max)
		usage("a number is not one or too large");
	return v;
}

static int parse_error(const char *s)
{
	const char *name;
	int e;

	for (e = 1; e < 200; e++) {
		name = strerrorname_np(e);
		if (name && !strcmp(name, s))
			return e;
	}
	usage("no errno has this name");
}

static const char *error_name(int ret)
{
	const char *name = strerrorname_np(-ret);

	return name ? name : "unknown (not a negative errno)";
}

/* -------------------------------------------------------------- predictions */

static int run_map(char **arg)
{
	return can_map(parse_open(arg[0]), parse_prot(arg[1]), parse_flags(arg[2]),
		       parse_noexec(arg[3]));
}

static int run_protect(char **arg)
{
	return can_protect(parse_open(arg[0]), parse_flags(arg[1]), parse_noexec(arg[3]),
			   parse_prot(arg[2]));
}

static int run_matrix(char **arg)
{
	static const char *const prots[] = {
		"---", "r--", "-w-", "rw-", "--x", "r-x", "-wx", "rwx"
	};
	bool noexec = parse_noexec(arg[0]);
	size_t row, i;
	int ret;

	printf("%-17s", "what you predict");
	for (i = 0; i < COUNT(prots); i++)
		printf(" %-6s", prots[i]);
	for (row = 0; row < 6; row++) {
		printf("\n%-8s %-8s", open_names[row / 2].name, flag_names[row % 2].name);
		for (i = 0; i < COUNT(prots); i++) {
			ret = can_map(open_names[row / 2].value, parse_prot(prots[i]),
				      flag_names[row % 2].value, noexec);
			printf(" %-6s", ret ? error_name(ret) : "ok");
		}
	}
	putchar('\n');
	return 0;
}

/* Ask the kernel instead of you. */
static int run_try(char **arg)
{
	int oflags = parse_open(arg[0]), prot = parse_prot(arg[1]), flags = parse_flags(arg[2]);
	int fd = -1, ret = 0;
	void *p;

	if (oflags != OPEN_NONE) {
		fd = open("try.tmp", oflags | O_CREAT | O_CLOEXEC, 0600);
		if (fd < 0 || truncate("try.tmp", REGION_PAGE) < 0) {
			perror("protection: try.tmp");
			exit(1);
		}
		unlink("try.tmp");
	}
	p = mmap(NULL, REGION_PAGE, prot, flags, fd, 0);
	if (p == MAP_FAILED)
		ret = -errno;
	else if (arg[3] && mprotect(p, REGION_PAGE, parse_prot(arg[3])) < 0)
		ret = -errno;
	if (p != MAP_FAILED)
		munmap(p, REGION_PAGE);
	if (fd >= 0)
		close(fd);
	return ret;
}

/* ------------------------------------------------------- provoke and write */

static int run_provoke(char **arg)
{
	int n = find_name(ways, COUNT(ways), arg[0], "protection.h lists the errors to provoke");
	int way = arg[1] ? (int)parse_number(arg[1], 100) : 1;

	if (way < 1 || way > n)
		usage("protection.h says how many ways there are");
	return provoke(parse_error(arg[0]), way);
}

struct job {
	struct region region;
	size_t start, n;
	int result;
};

static void stage(const struct region *r, const char *when)
{
	int key;

	region_show(r, when);
	flush_or_die();
	if (!in_session)
		return;
	do {
		key = getchar();
	} while (key != EOF && key != '\n');
}

/* What with_write() calls: it changes every byte of the region. */
static int fill(void *arg)
{
	const struct job *j = arg;
	volatile unsigned char *base = j->region.base;
	size_t i;

	for (i = j->start; i < j->start + j->n; i++)
		base[i] = (unsigned char)~region_byte(i);
	stage(&j->region, "inside");
	return j->result;
}

static int run_write(char **arg)
{
	size_t pages = strlen(arg[0]);
	struct job j = { 0 };
	int ret;

	if (pages == 0 || pages > REGION_MAX || strspn(arg[0], REGION_LETTERS) != pages)
		usage("LAYOUT has 1 to 16 of the letters " REGION_LETTERS);
	j.start = parse_number(arg[1], pages * REGION_PAGE);
	j.n = parse_number(arg[2], pages * REGION_PAGE - j.start);
	if (arg[3])
		j.result = arg[3][0] == 'E' ? -parse_error(arg[3]) :
					      (int)parse_number(arg[3], 1000);
	ret = region_make(&j.region, arg[0]);
	if (ret < 0) {
		fprintf(stderr, "protection: make the region: %s\n", strerror(-ret));
		exit(1);
	}
	stage(&j.region, "before");
	ret = with_write(j.region.base + j.start, j.n, fill, &j);
	stage(&j.region, "after");
	region_free(&j.region);
	return ret;
}

/* ----------------------------------------------------------------- the tool */

static const struct command commands[] = {
	{ "try", 3, 4, "OPEN PROT FLAGS [NEWPROT]   (the kernel's answer)", run_try },
	{ "map", 3, 4, "OPEN PROT FLAGS [noexec]    (yours: can_map)", run_map },
	{ "matrix", 0, 1, "[noexec]                 (yours, 48 at once)", run_matrix },
	{ "protect", 3, 4, "OPEN FLAGS NEWPROT [noexec]", run_protect },
	{ "provoke", 1, 2, "ERROR [WAY]", run_provoke },
	{ "write", 3, 4, "LAYOUT START LENGTH [RESULT]", run_write },
};

_Noreturn static void usage(const char *why)
{
	size_t i;

	if (why) {
		fprintf(stderr, "protection: %s; `protection` alone shows how\n", why);
		exit(2);
	}
	for (i = 0; i < COUNT(commands); i++)
		fprintf(stderr, "usage: protection %s %s\n", commands[i].name, commands[i].args);
	fputs("usage: protection session       (commands from standard input)\n"
	      "OPEN: O_RDONLY O_WRONLY O_RDWR none    PROT: like rw-, ? is an unknown bit\n"
	      "FLAGS: like shared or private+anonymous; LAYOUT: see region.h\n",
	      stderr);
	exit(2);
}

static int run(int argc, char **argv)
{
	const struct command *c;
	int ret;

	for (c = commands; argc > 0 && c < commands + COUNT(commands); c++) {
		if (strcmp(argv[0], c->name))
			continue;
		if (argc - 1 < c->min || argc - 1 > c->max)
			usage("wrong number of arguments");
		ret = c->run(argv + 1);
		if (ret < 0)
			printf("error %s\n", error_name(ret));
		else if (ret > 0)
			printf("result %d\n", ret);
		else
			puts("ok");
		flush_or_die();
		return ret < 0;
	}
	usage(argc > 0 ? "no such command" : NULL);
}

static int session(void)
{
	char line[512], *word[WORDS_MAX + 1], *rest;
	int n;

	in_session = true;
	while (fgets(line, sizeof(line), stdin)) {
		rest = NULL;
		word[0] = strtok_r(line, " \n", &rest);
		for (n = 0; word[n] && n < WORDS_MAX; n++)
			word[n + 1] = strtok_r(NULL, " \n", &rest);
		word[n] = NULL;
		if (n > 0)
			run(n, word);
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "session"))
		return session();
	return run(argc - 1, argv + 1);
}
