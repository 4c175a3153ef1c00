// SPDX-License-Identifier: GPL-2.0-only
/*
 * main.c - the tool `paging` around the functions of paging.c.
 *
 * Given; changes to it are not graded. A command line is one command, or
 * several with a + between them, which work on the same regions of memory.
 * Each is answered by one line: `ok ...`, or `error EINVAL` for a negative
 * errno; the first error ends the tool with status 1, a wrong command with
 * status 2. `paging session` reads the commands from standard input, one a
 * line, and goes on after an error, so that a person or the judge can look at
 * the process between two of them.
 *
 * Its code, its data and its stack are brought into memory first, so that
 * the faults which are counted later are those of the regions.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "paging.h"
#include "region.h"

#define WORDS_MAX 8
#define BUFFER (64 * 1024)

struct command {
	const char *name;
	int min, max;
	const char *args;
	int (*run)(char **arg); /* a NULL follows the last argument */
};

static struct region regions[REGION_MAX], *current;
static bool in_session;
static unsigned char buffer[BUFFER]; /* for read(2) */
static bool hold; /* pg_add() stops where a way begins */
static char held;

_Noreturn static void usage(const char *why);

static void flush_or_die(void)
{
	if (fflush(stdout) || ferror(stdout)) {
		perror("paging: standard output");
		exit(1);
	}
}

/* ---------------------------------------------------------------- arguments */

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

static const char *parse_pattern(const char *s)
{
	if (!*s || strspn(s, "rw.") != strlen(s))
		usage("PATTERN has letters r, w and . only");
	return s;
}

static const struct region *region_now(void)
{
	if (!current || !current->base)
		usage("there is no region: map one first");
	return current;
}

/* [START LENGTH], by default all of the region. */
static unsigned char *range(char **arg, size_t *n)
{
	const struct region *r = region_now();
	size_t len = r->pages * PG_SIZE, start = arg[0] ? parse_number(arg[0], len) : 0;

	if (arg[0] && !arg[1])
		usage("a range is START LENGTH");
	*n = arg[0] ? parse_number(arg[1], len - start) : len;
	return r->base + start;
}

static unsigned char *page(const char *s)
{
	const struct region *r = region_now();

	return r->base + parse_number(s, r->pages - 1) * PG_SIZE;
}

static int open_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* -------------------------------------------------- regions: given commands */

static int announce(struct region *r)
{
	current = r;
	printf("ok region %td at %p, %zu pages\n", r - regions, (void *)r->base, r->pages);
	return 0;
}

static struct region *free_region(void)
{
	size_t i;

	for (i = 0; i < REGION_MAX; i++)
		if (!regions[i].base)
			return &regions[i];
	usage("too many regions");
}

static int run_map(char **arg)
{
	struct region *r = free_region();
	int err;

	if (!strcmp(arg[0], "anon"))
		err = region_anonymous(r, parse_number(arg[1], REGION_PAGES), MAP_PRIVATE);
	else if (!strcmp(arg[0], "shared"))
		err = region_anonymous(r, parse_number(arg[1], REGION_PAGES), MAP_SHARED);
	else if (!strcmp(arg[0], "file"))
		err = region_file(r, arg[1], MAP_SHARED);
	else if (!strcmp(arg[0], "private"))
		err = region_file(r, arg[1], MAP_PRIVATE);
	else
		usage("map anon, shared, file or private");
	return err ? err : announce(r);
}

static int run_use(char **arg)
{
	struct region *r = &regions[parse_number(arg[0], REGION_MAX - 1)];

	if (!r->base)
		usage("there is no such region");
	return announce(r);
}

static int run_unmap(char **arg)
{
	(void)arg;
	region_now();
	region_free(current);
	puts("ok");
	return 0;
}

static int run_touch(char **arg)
{
	region_touch(region_now(), parse_pattern(arg[0]));
	puts("ok");
	return 0;
}

static int run_fill(char **arg)
{
	const struct region *r = region_now();
	unsigned seed = (unsigned)parse_number(arg[0], 255);
	size_t i;

	for (i = 0; i < r->pages * PG_SIZE; i++)
		r->base[i] = region_byte(i, seed);
	puts("ok");
	return 0;
}

static int done(int ret)
{
	if (ret < 0)
		return -errno;
	puts("ok");
	return 0;
}

static int run_hole(char **arg)
{
	return done(munmap(page(arg[0]), PG_SIZE));
}

static int run_deny(char **arg)
{
	return done(mprotect(page(arg[0]), PG_SIZE, PROT_NONE));
}

static int run_lock(char **arg)
{
	size_t n;
	unsigned char *p = range(arg, &n);

	return done(mlock(p, n));
}

static int run_limit(char **arg)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_MEMLOCK, &r) < 0)
		return -errno;
	r.rlim_cur = parse_number(arg[0], SIZE_MAX);
	return done(setrlimit(RLIMIT_MEMLOCK, &r));
}

/* ----------------------------------------------------- your functions' turn */

/* The bytes end where a page without access begins. */
static unsigned char *guarded(struct region *r, size_t bytes)
{
	size_t pages = bytes / PG_SIZE + 1;

	if (region_anonymous(r, pages, MAP_PRIVATE) < 0)
		usage("no memory for the answer");
	memset(r->base, '?', pages * PG_SIZE);
	return r->base + pages * PG_SIZE - bytes;
}

static int run_resident(char **arg)
{
	size_t n, i, pages;
	unsigned char *p = range(arg, &n), *vec;
	struct region room;
	long ret;

	pages = n ? ((uintptr_t)p % PG_SIZE + n + PG_SIZE - 1) / PG_SIZE : 0;
	vec = guarded(&room, pages);
	ret = pg_resident(p, n, vec);
	if (ret >= 0) {
		printf("ok resident %ld ", ret);
		for (i = 0; i < pages; i++)
			putchar(vec[i] == 1 ? 'x' : vec[i] == 0 ? '.' : '?');
		putchar('\n');
	}
	region_free(&room);
	return ret < 0 ? (int)ret : 0;
}

struct job {
	const char *how, *pattern;
	size_t pages;
	struct region work, other;
	char order[16]; /* p, l and f, as they were called */
};

static void note(struct job *j, char what)
{
	size_t n = strlen(j->order);

	if (n + 1 < sizeof(j->order))
		j->order[n] = what;
}

static int job_prepare(void *arg)
{
	struct job *j = arg;
	bool populated = !strcmp(j->how, "populated");
	int err;

	note(j, 'p');
	if (!strcmp(j->how, "broken"))
		return -EADDRINUSE;
	err = region_anonymous(&j->work, j->pages, MAP_PRIVATE | (populated ? MAP_POPULATE : 0));
	if (!err && !strcmp(j->how, "written"))
		region_touch(&j->work, "w");
	return err;
}

static void job_loop(void *arg)
{
	struct job *j = arg;

	note(j, 'l');
	region_touch(j->work.base ? &j->work : current, j->pattern);
}

/* Faults of its own, which belong to no loop. */
static void job_finish(void *arg)
{
	struct job *j = arg;

	note(j, 'f');
	if (j->work.base)
		region_free(&j->work);
	if (region_anonymous(&j->other, 100, MAP_PRIVATE) == 0) {
		region_touch(&j->other, "w");
		region_free(&j->other);
	}
}

static int nothing(void *arg)
{
	note(arg, 'p');
	return 0;
}

static int run_measure(char **arg)
{
	struct job j = { .how = arg[0], .pattern = parse_pattern(arg[1]) };
	struct pg_work work = { job_prepare, job_loop, job_finish, &j };
	struct pg_faults faults = { -1, -1 };
	int ret;

	if (!strcmp(j.how, "region")) {
		work.prepare = nothing;
		region_now();
	} else if (!strstr("plain populated written broken", j.how) || !arg[2]) {
		usage("measure plain, populated, written or broken, and how many pages");
	} else {
		j.pages = parse_number(arg[2], REGION_PAGES);
	}
	ret = pg_measure(&work, &faults);
	if (ret >= 0)
		printf("ok minor %ld major %ld called %s\n", faults.minor, faults.major, j.order);
	else if (strcmp(j.order, "p"))
		printf("ok minor -1 major -1 called %s\n", j.order);
	return ret < 0 && !strcmp(j.order, "p") ? ret : 0;
}

static int run_populate(char **arg)
{
	struct region *r = free_region();
	int fd = open_file(arg[0]), ret;
	struct stat st = { 0 };
	void *p = NULL;

	if (fd < 0 || fstat(fd, &st) < 0)
		return fd < 0 ? fd : -errno;
	ret = pg_map(fd, (size_t)st.st_size, &p);
	if (close(fd) < 0) /* it is ours, so it must still be open */
		return -errno;
	if (ret < 0)
		return ret;
	r->base = p;
	r->guarded = false;
	r->pages = ((size_t)st.st_size + PG_SIZE - 1) / PG_SIZE;
	return announce(r);
}

static int on_range(int (*f)(void *p, size_t n), char **arg)
{
	size_t n;
	unsigned char *p = range(arg, &n);
	int ret = f(p, n);

	if (ret >= 0)
		puts("ok");
	return ret;
}

static int run_ready(char **arg)
{
	return on_range(pg_ready, arg);
}

static int run_pin(char **arg)
{
	return on_range(pg_pin, arg);
}

static int run_unpin(char **arg)
{
	return on_range(pg_unpin, arg);
}

static int run_drop(char **arg)
{
	return on_range(pg_drop, arg);
}

static int run_rss(char **arg)
{
	size_t n;
	unsigned char *p = range(arg, &n);
	long ret = pg_rss(p, n);

	if (ret >= 0)
		printf("ok rss %ld\n", ret);
	return ret < 0 ? (int)ret : 0;
}

static int run_evict(char **arg)
{
	int fd = open_file(arg[0]), ret;

	if (fd < 0)
		return fd;
	ret = pg_evict(fd);
	if (ret >= 0)
		puts("ok");
	close(fd);
	return ret;
}

static int run_fetch(char **arg)
{
	int fd = open_file(arg[0]), ret;

	if (fd < 0)
		return fd;
	ret = pg_fetch(fd, (off_t)parse_number(arg[1], 1 << 30), parse_number(arg[2], 1 << 30));
	if (ret >= 0)
		puts("ok");
	close(fd);
	return ret;
}

/* ----------------------------------------------------------------- the race */

/* Each way stops once, at its first bytes, until a line comes. */
static void stop(const unsigned char *data)
{
	char way = data >= buffer && data < buffer + BUFFER ? 'r' : 'm';
	int key;

	if (way == held)
		return;
	held = way;
	printf("stop %s\n", way == 'r' ? "read" : "map");
	flush_or_die();
	do {
		key = getchar();
	} while (key != EOF && key != '\n');
}

uint64_t pg_add(uint64_t sum, const void *data, size_t n)
{
	const unsigned char *p = data;
	size_t i;

	if (hold)
		stop(p);
	for (i = 0; i < n; i++)
		sum += p[i];
	return sum;
}

static void print_way(const char *name, const struct pg_way *w, const char *end)
{
	printf("%s sum %" PRIu64 " copied %" PRIu64 " calls %ld minor %ld major %ld ns %" PRIu64
	       "%s",
	       name, w->sum, w->copied, w->calls, w->faults.minor, w->faults.major, w->ns, end);
}

static int run_race(char **arg)
{
	struct pg_race race;
	int ret;

	memset(&race, 0xa5, sizeof(race));
	if (strcmp(arg[1], "cold") && strcmp(arg[1], "warm"))
		usage("race FILE cold or warm");
	hold = arg[2] != NULL;
	held = 0;
	ret = pg_race(arg[0], !strcmp(arg[1], "cold"), buffer, BUFFER, &race);
	hold = false;
	if (ret < 0)
		return ret;
	print_way("ok read", &race.read, in_session ? " | " : "\n");
	print_way(in_session ? "map" : "   map ", &race.map, "\n");
	if (!in_session && race.read.ns)
		printf("the mapping takes %.2f times as long as read\n",
		       (double)race.map.ns / (double)race.read.ns);
	return 0;
}

/* ----------------------------------------------------------------- the tool */

static const struct command commands[] = {
	{ "map", 2, 2, "anon PAGES | shared PAGES | file PATH | private PATH", run_map },
	{ "use", 1, 1, "REGION", run_use },
	{ "unmap", 0, 0, "", run_unmap },
	{ "touch", 1, 1, "PATTERN       (r, w and . in turn, a letter a page)", run_touch },
	{ "fill", 1, 1, "NUMBER", run_fill },
	{ "hole", 1, 1, "PAGE           (unmap it)", run_hole },
	{ "deny", 1, 1, "PAGE           (give it PROT_NONE)", run_deny },
	{ "lock", 0, 2, "[RANGE]        (a plain mlock)", run_lock },
	{ "limit", 1, 1, "BYTES         (RLIMIT_MEMLOCK)", run_limit },
	{ "resident", 0, 2, "[RANGE]", run_resident },
	{ "measure", 2, 3, "plain|populated|written|broken PATTERN PAGES", run_measure },
	{ "measure", 2, 3, "region PATTERN", run_measure },
	{ "populate", 1, 1, "PATH", run_populate },
	{ "ready", 0, 2, "[RANGE]", run_ready },
	{ "pin", 0, 2, "[RANGE]", run_pin },
	{ "unpin", 0, 2, "[RANGE]", run_unpin },
	{ "drop", 0, 2, "[RANGE]", run_drop },
	{ "rss", 0, 2, "[RANGE]", run_rss },
	{ "evict", 1, 1, "PATH", run_evict },
	{ "fetch", 3, 3, "PATH OFFSET LENGTH", run_fetch },
	{ "race", 2, 3, "PATH cold|warm [hold]", run_race },
};

#define NCOMMANDS (sizeof(commands) / sizeof(commands[0]))

_Noreturn static void usage(const char *why)
{
	size_t i;

	if (why) {
		fprintf(stderr, "paging: %s; `paging` alone shows how\n", why);
		exit(2);
	}
	fputs("usage: paging COMMAND [+ COMMAND ...]\n"
	      "usage: paging session     (commands from standard input, one a line)\n",
	      stderr);
	for (i = 0; i < NCOMMANDS; i++)
		fprintf(stderr, "       %s %s\n", commands[i].name, commands[i].args);
	fputs("RANGE: START LENGTH, in bytes from the begin of the region; else all of it\n",
	      stderr);
	exit(2);
}

static const char *error_name(int ret)
{
	const char *name = strerrorname_np(-ret);

	return name ? name : "unknown (not a negative errno)";
}

static int run(int argc, char **argv)
{
	const struct command *c;
	int ret;

	for (c = commands; argc > 0 && c < commands + NCOMMANDS; c++) {
		if (strcmp(argv[0], c->name))
			continue;
		if (argc - 1 < c->min || argc - 1 > c->max)
			usage("wrong number of arguments");
		ret = c->run(argv + 1);
		if (ret < 0)
			printf("error %s\n", error_name(ret));
		flush_or_die();
		return ret < 0;
	}
	usage(argc > 0 ? "no such command" : NULL);
}

static int session(void)
{
	char line[1024], *word[WORDS_MAX + 1], *rest;
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

static int one_after_another(int argc, char **argv)
{
	int from, to, status = 0;

	for (from = 0; from < argc && !status; from = to + 1) {
		for (to = from; to < argc && strcmp(argv[to], "+"); to++)
			;
		argv[to] = NULL; /* the last one is NULL already */
		status = run(to - from, argv + from);
	}
	return status;
}

__attribute__((noinline)) static void touch_stack(void)
{
	volatile unsigned char below[128 * 1024];
	size_t i;

	for (i = 0; i < sizeof(below); i += 1024)
		below[i] = 1;
}

/* The linker's names for where code begins, and where data begins and ends. */
extern char __executable_start, __data_start, _end;

static void settle(void)
{
	uintptr_t first = (uintptr_t)&__executable_start, end = (uintptr_t)&_end;
	struct timespec now;
	volatile char *p;

	madvise((void *)(first & ~(uintptr_t)(PG_SIZE - 1)), end - first, MADV_POPULATE_READ);
	for (p = &__data_start; p < &_end; p = (char *)(((uintptr_t)p | (PG_SIZE - 1)) + 1))
		*p = *p;
	clock_gettime(CLOCK_MONOTONIC, &now); /* the vDSO's pages */
	touch_stack();
}

int main(int argc, char **argv)
{
	settle();
	if (argc == 2 && !strcmp(argv[1], "session"))
		return session();
	return argc > 1 ? one_after_another(argc - 1, argv + 1) : run(0, NULL);
}
