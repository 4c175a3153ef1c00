/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * main.c - the tool `vmas` around the functions of vmas.c.
 *
 * Given; changes to it are not graded. Its arguments are commands, which it
 * does one after another, with one line of output for each. The command `-`
 * takes further ones from standard input, a line each, so that a person or the
 * judge can look at the process from outside meanwhile. A negative errno is
 * printed as a line `error EINVAL`; the next command is done all the same, and
 * the status at the end is 1. A wrong command line ends it with status 2.
 *
 * The command `area` maps at a fixed address with nothing else far and wide,
 * so that what happens there is not a matter of chance.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "vmas.h"

#define PAGE 4096
#define PLACE 0x10000000000 /* 1 TiB; the kernel chooses from 128 TiB downwards */
#define NEAR (1ULL << 30) /* what `show` shows */
#define STEPS_MAX 256
#define PAGES_MAX 4096
#define RW (PROT_READ | PROT_WRITE)

struct command {
	const char *name;
	int nargs;
	const char *args, *what;
	long (*run)(char **arg); /* a negative errno, or it has printed its line */
};

static const char *maps = "/proc/self/maps";
static bool failed;

_Noreturn static void usage(const char *why);

/* --------------------------------------------------------------- arguments */

/* "5", "0x10", "3p" for three pages, "3p+5"; advances *s behind it. */
static uint64_t take_number(const char **s)
{
	uint64_t sum = 0;
	char *end;

	do {
		uint64_t v;

		if (**s < '0' || **s > '9')
			usage("a number is like 5, 0x10, 3p for three pages, 3p+5");
		errno = 0;
		v = strtoull(*s, &end, 0);
		if (errno)
			usage("a number is too large");
		*s = end + (*end == 'p');
		sum += *end == 'p' ? v * PAGE : v;
	} while (*(*s)++ == '+');
	(*s)--;
	return sum;
}

static uint64_t parse_number(const char *s)
{
	uint64_t v = take_number(&s);

	if (*s)
		usage("a number is like 5, 0x10, 3p for three pages, 3p+5");
	return v;
}

/* A number counts from the start of the area; "@0x10" is an address. */
static uint64_t parse_address(const char *s)
{
	return *s == '@' ? parse_number(s + 1) : PLACE + parse_number(s);
}

static unsigned char *parse_place(const char *s)
{
	return (unsigned char *)(uintptr_t)parse_address(s);
}

static int take_prot(const char **s)
{
	static const char letters[] = "rwx";
	static const int bits[] = { PROT_READ, PROT_WRITE, PROT_EXEC };
	const char *start = *s, *at;
	int prot = PROT_NONE;

	for (; **s && (**s == '-' || strchr(letters, **s)); (*s)++) {
		at = strchr(letters, **s);
		prot |= at ? bits[at - letters] : 0;
	}
	if (*s == start)
		usage("rights are letters out of rwx, or -");
	return prot;
}

static int parse_prot(const char *s)
{
	int prot = take_prot(&s);

	if (*s)
		usage("rights are letters out of rwx, or -");
	return prot;
}

/* "8:u2+1,m2+1,s0+4,r-x5+3" */
static size_t parse_plan(const char *s, size_t *pages, struct vm_step *step)
{
	static const char ops[] = "ums";
	size_t n = 0;

	*pages = take_number(&s);
	if (!*pages || *pages > PAGES_MAX || (*s && *s != ':'))
		usage("a plan is like 8:u2+1,m2+1,s0+4,r-x5+3");
	while (*s) {
		const char *op = strchr(ops, *++s);
		char *end;

		if (n == STEPS_MAX)
			usage("a plan has too many steps");
		step[n] = (struct vm_step){ .op = VM_PROTECT };
		if (op && *op)
			step[n].op = op[0] == 'u' ? VM_UNMAP : op[0] == 'm' ? VM_MAP : VM_SHARE;
		if (op && *op)
			s++;
		else
			step[n].prot = take_prot(&s);
		step[n].first = strtoul(s, &end, 10);
		if (*end != '+')
			usage("a step is an operation, the first page, + and how many pages");
		step[n].count = strtoul(end + 1, &end, 10);
		if ((*end && *end != ',') || !step[n].count || step[n].first > *pages ||
		    step[n].count > *pages - step[n].first)
			usage("a step reaches out of its area");
		s = end;
		n++;
	}
	return n;
}

/* ------------------------------------------------------------------ results */

static void flush_or_die(void)
{
	if (fflush(stdout) || ferror(stdout)) {
		perror("vmas: standard output");
		exit(1);
	}
}

static long print(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	return 0;
}

static long print_done(long ret)
{
	return ret < 0 ? ret : print("ok\n");
}

static long print_address(long ret, void *p)
{
	return ret < 0 ? ret : print("%p\n", p);
}

static long print_count(long ret)
{
	return ret < 0 ? ret : print("%ld\n", ret);
}

/* -------------------------------------------------- commands: your functions */

static long run_maps(char **arg)
{
	maps = strdup(arg[0]);
	return print("ok\n");
}

/* On error nothing has changed, not a result either: standard error says if it has. */
static void kept(bool is_kept)
{
	if (!is_kept)
		fprintf(stderr, "vmas: the call failed, and has changed its result\n");
}

static long run_find(char **arg)
{
	struct vm_line v, before;
	int ret;

	memset(&v, 0xa5, sizeof(v));
	memcpy(&before, &v, sizeof(v));
	ret = vm_find(maps, parse_address(arg[0]), &v);
	if (ret < 0) {
		kept(!memcmp(&v, &before, sizeof(v)));
		return ret;
	}
	printf("%08" PRIx64 "-%08" PRIx64 " %c%c%c%c %08" PRIx64 " %02x:%02x %" PRIu64 " %s\n",
	       v.start, v.end, v.prot & PROT_READ ? 'r' : '-', v.prot & PROT_WRITE ? 'w' : '-',
	       v.prot & PROT_EXEC ? 'x' : '-', v.shared ? 's' : 'p', v.offset, v.major, v.minor,
	       v.inode, v.path ? v.path : "(NULL)");
	free(v.path);
	return 0;
}

static long run_count(char **arg)
{
	uint64_t start = parse_address(arg[0]);

	return print_count(vm_count(maps, start, start + parse_number(arg[1])));
}

static long run_predict(char **arg)
{
	struct vm_step step[STEPS_MAX];
	size_t pages, n = parse_plan(arg[0], &pages, step);

	return print_count(vm_predict(pages, step, n));
}

static long run_punch(char **arg)
{
	return print_done(vm_punch(parse_place(arg[0]), parse_number(arg[1])));
}

static long run_place(char **arg)
{
	return print_done(vm_place(parse_place(arg[0]), parse_number(arg[1])));
}

static long run_guard(char **arg)
{
	void *p = &p;
	int ret;

	if (strcmp(arg[1], "behind") != 0 && strcmp(arg[1], "before") != 0)
		usage("guard: an edge is `behind` or `before`");
	ret = vm_guard(parse_number(arg[0]), arg[1][2] == 'h' ? VM_BEHIND : VM_BEFORE, &p);
	kept(ret >= 0 || p == &p);
	return print_address(ret, p);
}

static long run_unguard(char **arg)
{
	return print_done(vm_unguard(parse_place(arg[0])));
}

static long run_ring(char **arg)
{
	void *p = &p;
	int ret = vm_ring(parse_number(arg[0]), &p);

	kept(ret >= 0 || p == &p);
	return print_address(ret, p);
}

/* -------------------------------------------------- commands: the kernel alone */

/* Bytes that differ from each other and from one page to the next. */
static void fill(unsigned char *p, size_t n, uint64_t seed)
{
	uint64_t z = seed;

	while (n--) {
		z = z * 6364136223846793005 + 1442695040888963407;
		*p++ = (unsigned char)(z >> 56);
	}
}

static long map(void *want, size_t n, int flags, void **p)
{
	void *got = mmap(want, n, RW, flags | MAP_ANONYMOUS, -1, 0);

	if (got == MAP_FAILED)
		return -errno;
	*p = got;
	return 0;
}

static long run_area(char **arg)
{
	void *p = NULL;
	size_t n = parse_number(arg[0]);
	long ret = map((void *)PLACE, n, MAP_PRIVATE | MAP_FIXED, &p);

	if (ret == 0)
		fill(p, n, n);
	return print_address(ret, p);
}

/* A gap of this size between two mappings, where the kernel will look first. */
static long run_nest(char **arg)
{
	void *p = NULL;
	size_t n = parse_number(arg[0]);
	long ret = map(NULL, 3 * n, MAP_PRIVATE, &p);

	if (ret == 0)
		fill(p, 3 * n, n);
	if (ret == 0 && munmap((char *)p + n, n) < 0)
		ret = -errno;
	return print_address(ret, ret == 0 ? (char *)p + n : NULL);
}

static long run_many(char **arg)
{
	void *p = NULL;
	size_t n = parse_number(arg[0]), i;
	long ret = map(NULL, n * PAGE, MAP_PRIVATE, &p);

	for (i = 0; i < n && ret == 0; i += 2)
		if (mprotect((char *)p + i * PAGE, PAGE, PROT_READ) < 0)
			ret = -errno;
	return print_address(ret, p);
}

static long run_protect(char **arg)
{
	int prot = parse_prot(arg[2]);

	return print_done(mprotect(parse_place(arg[0]), parse_number(arg[1]), prot) ? -errno : 0);
}

static long run_unmap(char **arg)
{
	return print_done(munmap(parse_place(arg[0]), parse_number(arg[1])) < 0 ? -errno : 0);
}

static long run_fill(char **arg)
{
	size_t n = parse_number(arg[1]);

	fill(parse_place(arg[0]), n, parse_number(arg[2]));
	return print("ok\n");
}

/* These two die by the signal that the access deserves. */
static long run_load(char **arg)
{
	return print("%d\n", *(volatile unsigned char *)parse_place(arg[0]));
}

static long run_store(char **arg)
{
	volatile unsigned char *p = parse_place(arg[0]);

	*p = (unsigned char)parse_number(arg[1]);
	return print("stored %d\n", *p);
}

static long run_nofile(char **arg)
{
	struct rlimit none = { 0, 0 };

	(void)arg;
	return print_done(setrlimit(RLIMIT_NOFILE, &none) < 0 ? -errno : 0);
}

/* The lines of maps from PLACE on, and how many of them. */
static long show_area(bool lines)
{
	FILE *f = fopen("/proc/self/maps", "re");
	char *line = NULL;
	size_t room = 0;
	long n = 0;

	if (!f)
		return -errno;
	while (getline(&line, &room, f) > 0) {
		uint64_t start = strtoull(line, NULL, 16);

		if (start < PLACE || start >= PLACE + NEAR)
			continue;
		if (lines)
			fputs(line, stdout);
		n++;
	}
	free(line);
	fclose(f);
	return n;
}

static long run_show(char **arg)
{
	(void)arg;
	return print_count(show_area(true));
}

static void try_step(const struct vm_step *s)
{
	char *p = (char *)PLACE + s->first * PAGE;
	size_t n = s->count * PAGE;
	void *got;

	if (s->op == VM_UNMAP)
		munmap(p, n);
	else if (s->op == VM_PROTECT)
		mprotect(p, n, s->prot);
	else
		map(p, n, MAP_FIXED | (s->op == VM_SHARE ? MAP_SHARED : MAP_PRIVATE), &got);
}

/* What vm_predict() foretells, done. */
static long run_try(char **arg)
{
	struct vm_step step[STEPS_MAX];
	size_t pages, n = parse_plan(arg[0], &pages, step), i;

	munmap((void *)PLACE, NEAR);
	try_step(&(struct vm_step){ .op = VM_MAP, .count = pages });
	for (i = 0; i < n; i++)
		try_step(&step[i]);
	return print_count(show_area(false));
}

static long run_input(char **arg);

static const struct command commands[] = {
	{ "maps", 1, "FILE", "the file that find and count read", run_maps },
	{ "find", 1, "AT", "vm_find()", run_find },
	{ "count", 2, "AT LENGTH", "vm_count()", run_count },
	{ "predict", 1, "PLAN", "vm_predict()", run_predict },
	{ "try", 1, "PLAN", "do it, and count for real", run_try },
	{ "punch", 2, "AT LENGTH", "vm_punch()", run_punch },
	{ "place", 2, "AT LENGTH", "vm_place()", run_place },
	{ "guard", 2, "LENGTH behind|before", "vm_guard()", run_guard },
	{ "unguard", 1, "AT", "vm_unguard()", run_unguard },
	{ "ring", 1, "LENGTH", "vm_ring()", run_ring },
	{ "area", 1, "LENGTH", "map an area, and fill it", run_area },
	{ "nest", 1, "LENGTH", "leave a gap between two mappings", run_nest },
	{ "many", 1, "PAGES", "make each page a line of maps", run_many },
	{ "protect", 3, "AT LENGTH RIGHTS", "mprotect(2); RIGHTS is r, rw, - ...", run_protect },
	{ "unmap", 2, "AT LENGTH", "munmap(2)", run_unmap },
	{ "fill", 3, "AT LENGTH SEED", "store bytes", run_fill },
	{ "load", 1, "AT", "the byte there, as a number", run_load },
	{ "store", 2, "AT BYTE", "store it there", run_store },
	{ "nofile", 0, "", "no more descriptors from here on", run_nofile },
	{ "show", 0, "", "maps, from the start of the area on", run_show },
	{ "-", 0, "", "print `ready ok`, take commands from input", run_input },
};

#define NCOMMANDS (sizeof(commands) / sizeof(commands[0]))

_Noreturn static void usage(const char *why)
{
	size_t i;

	flush_or_die();
	if (why) {
		fprintf(stderr, "vmas: %s; `vmas` alone shows how\n", why);
		exit(2);
	}
	fprintf(stderr, "usage: vmas COMMAND [COMMAND ...], done in turn:\n");
	for (i = 0; i < NCOMMANDS; i++)
		fprintf(stderr, "  %-8s%-22s%s\n", commands[i].name, commands[i].args,
			commands[i].what);
	fprintf(stderr,
		"AT counts bytes from the start of the area; @0x10 is an address.\n"
		"A number may count pages: 3p, 3p+5.\n"
		"PLAN: 8:u2+1,m2+1,s0+4,r-x5+3 is an area of 8 pages, and then: page 2, 1 page,\n"
		"unmapped; mapped again; from page 0 on 4 mapped shared; rights r-x for 5, 6, 7.\n");
	exit(2);
}

/* ------------------------------------------------------------ the commands */

/* Does the commands of a line, or of the command line. */
static void run_words(int n, char **word)
{
	size_t c;
	long ret;
	int i;

	for (i = 0; i < n; i += 1 + commands[c].nargs) {
		for (c = 0; c < NCOMMANDS && strcmp(word[i], commands[c].name) != 0; c++)
			;
		if (c == NCOMMANDS)
			usage("no such command");
		if (n - i - 1 < commands[c].nargs)
			usage("too few arguments for the last command");
		ret = commands[c].run(word + i + 1);
		if (ret < 0) {
			const char *name = strerrorname_np((int)-ret);

			printf("error %s\n", name ? name : "unknown (not a negative errno)");
			failed = true;
		}
		flush_or_die();
	}
}

static long run_input(char **arg)
{
	static char line[4096]; /* not from malloc(3), which might map memory */
	char *word[16], *rest;
	int n;

	(void)arg;
	puts("ready ok");
	flush_or_die();
	while (fgets(line, sizeof(line), stdin)) {
		n = 0;
		for (rest = line; n < 16 && (word[n] = strtok_r(rest, " \t\n", &rest)); n++)
			;
		run_words(n, word);
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc < 2)
		usage(NULL);
	/* A file that would grow too long is an errno here, not the end. */
	signal(SIGXFSZ, SIG_IGN);
	run_words(argc - 1, argv + 1);
	return failed ? 1 : 0;
}
