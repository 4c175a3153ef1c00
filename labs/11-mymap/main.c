// SPDX-License-Identifier: GPL-2.0-only
/*
 * main.c - mymap, the client of the driver: maps /dev/mymap and reads, stores
 * and prints bytes of the mapping. Given, and the same for everyone; what
 * there is to write is the driver, driver/mymap/mymap.c.
 *
 * Every answer is one line on standard output, except from dump and cat,
 * which write raw bytes. A system call that fails gives the line `error NAME`
 * and exit status 1, a wrong command line gives status 2.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../driver/mymap/mymap_uapi.h"
#include "../../driver/park.h"

#define MAX_WORDS 4
#define CAT_PIECE 1000 /* no divisor of a page: pieces cross pages */
#define CAT_LIMIT (16 << 20) /* no buffer is as large: the device has no end */
#define FENCE (64 << 10) /* around a mapping, so that pages too many show */

static const char usage_text[] =
	"usage: mymap [-p PROT] [-P] [-l LENGTH] [-o OFFSET] COMMAND [ARG]...\n"
	"  -p PROT    rw (default), r or none; r and none open read-only\n"
	"  -P         map MAP_PRIVATE instead of MAP_SHARED\n"
	"  -l LENGTH  bytes to map (default: one page)\n"
	"  -o OFFSET  where in the device the mapping begins (default: 0)\n"
	"commands:\n"
	"  show           the first ten bytes of the mapping\n"
	"  get AT [N]     N bytes (1) from byte AT on, in decimal\n"
	"  set AT VALUE   store one byte\n"
	"  watch AT       wait until byte AT changes, then print it\n"
	"  dump           the whole mapping, raw\n"
	"  cat            the whole device by read(2), raw; maps nothing\n"
	"  badread        read(2) into memory that the client may only read\n"
	"  readat AT [N]  how many bytes pread(2) gives from byte AT on, of N (1000)\n"
	"  hold           print `mapped ADDRESS`, then obey lines on standard\n"
	"                 input: the commands show, get, set, watch, park, and\n"
	"    try LENGTH OFFSET  map that too, say how it went, unmap it\n"
	"    protect PROT       mprotect(2) the mapping\n"
	"    close              close the descriptor\n"
	"    unmap              remove the mapping\n"
	"  park COOKIE    stand still, for the host to look at (driver/park.h)\n";

/* What the command line asked for, and what came of it. */
struct client {
	int prot;
	int flags;
	size_t length;
	off_t offset;
	int fd;
	unsigned char *map; /* NULL: nothing is mapped */
	size_t pages_length; /* length, rounded up to whole pages */
};

_Noreturn static void usage(void)
{
	fputs(usage_text, stderr);
	exit(2);
}

static void flush(void)
{
	if (fflush(stdout) || ferror(stdout)) {
		perror("mymap: standard output");
		exit(1);
	}
}

/* One line for programs on stdout, one for people on stderr. */
_Noreturn static void fail(const char *call, const char *detail)
{
	int err = errno;

	fprintf(stderr, "mymap: %s " MYMAP_PATH "%s: %s\n", call, detail, strerror(err));
	printf("error %s\n", strerrorname_np(err));
	flush();
	exit(1);
}

static uintmax_t number(const char *word)
{
	char *end;
	uintmax_t n;

	errno = 0;
	n = strtoumax(word, &end, 0);
	if (*word < '0' || *word > '9' || *end || errno) {
		fprintf(stderr, "mymap: %s is not a number\n", word);
		usage();
	}
	return n;
}

/* Bytes outside the mapping are refused here: they say nothing of a driver. */
static volatile unsigned char *at(const struct client *c, const char *word, uintmax_t count)
{
	uintmax_t offset = number(word);

	if (!c->map) {
		fprintf(stderr, "mymap: nothing is mapped\n");
		exit(2);
	}
	if (offset > c->pages_length || count > c->pages_length - offset) {
		fprintf(stderr, "mymap: byte %s is outside the mapping\n", word);
		exit(2);
	}
	return c->map + offset;
}

static void device_open(struct client *c)
{
	int mode = c->prot & PROT_WRITE ? O_RDWR : O_RDONLY;

	c->fd = open(MYMAP_PATH, mode | O_CLOEXEC);
	if (c->fd < 0)
		fail("open", "");
}

/* In the middle of addresses where nothing may be: see FENCE. */
static void device_map(struct client *c)
{
	size_t page = sysconf(_SC_PAGESIZE);
	char detail[64], *room;

	c->pages_length = (c->length + page - 1) / page * page;
	room = mmap(NULL, c->pages_length + 2 * FENCE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		    0);
	if (room == MAP_FAILED) {
		perror("mymap: mmap of the addresses");
		exit(1);
	}
	c->map = mmap(room + FENCE, c->length, c->prot, c->flags | MAP_FIXED, c->fd, c->offset);
	if (c->map == MAP_FAILED) {
		snprintf(detail, sizeof(detail), ", %zu bytes at offset %jd", c->length,
			 (intmax_t)c->offset);
		fail("mmap", detail);
	}
}

static void print_bytes(volatile unsigned char *p, size_t n)
{
	/* Load all of them first: a fault then leaves no half a line. */
	unsigned char *copy = malloc(n ? n : 1);
	size_t i;

	if (!copy) {
		perror("mymap: malloc");
		exit(1);
	}
	for (i = 0; i < n; i++)
		copy[i] = p[i];
	for (i = 0; i < n; i++)
		printf("%s%d", i ? " " : "", copy[i]);
	putchar('\n');
	free(copy);
}

static void try_mapping(const struct client *c, const char *length, const char *offset)
{
	size_t len = number(length);
	void *p = mmap(NULL, len, c->prot, c->flags, c->fd, number(offset));

	if (p == MAP_FAILED) {
		printf("error %s\n", strerrorname_np(errno));
		return;
	}
	printf("mapped %p\n", p);
	munmap(p, len);
}

static void watch(volatile unsigned char *p)
{
	unsigned char before = *p, now;

	/*
	 * No system call, no sleep: the store of another process is seen by
	 * looking, and the program stays in user mode while it looks.
	 */
	do {
		now = *p;
	} while (now == before);
	printf("%d\n", now);
}

static void dump(const struct client *c)
{
	if (fwrite(c->map, 1, c->length, stdout) != c->length)
		flush();
}

static void cat(struct client *c)
{
	char piece[CAT_PIECE];
	size_t total = 0;
	ssize_t n;

	device_open(c);
	while ((n = read(c->fd, piece, sizeof(piece))) > 0) {
		if (n > CAT_PIECE) {
			fprintf(stderr, "mymap: read %d bytes: the driver says %zd\n", CAT_PIECE,
				n);
			exit(1);
		}
		fwrite(piece, 1, n, stdout);
		flush();
		total += n;
		if (total > CAT_LIMIT) {
			fprintf(stderr, "mymap: read %zu bytes and no end of file\n", total);
			exit(1);
		}
	}
	if (n < 0)
		fail("read", "");
}

/* The address comes from a program, so it may be wrong; this one is. */
static void bad_read(struct client *c)
{
	void *p = mmap(NULL, CAT_PIECE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ssize_t n;

	device_open(c);
	if (p == MAP_FAILED)
		fail("mmap of memory for", "");
	n = read(c->fd, p, CAT_PIECE);
	if (n < 0)
		fail("read", " into memory that cannot be written");
	printf("read %zd bytes\n", n);
	flush();
}

static void read_at(struct client *c, const char *where, const char *count)
{
	size_t size = count ? number(count) : CAT_PIECE;
	void *room = mmap(NULL, size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	ssize_t n;

	if (room == MAP_FAILED)
		fail("mmap", " of memory to read to");
	device_open(c);
	n = pread(c->fd, room, size, number(where));
	if (n < 0)
		fail("read", "");
	printf("%zd bytes\n", n);
	flush();
}

/* As on the command line: r and none open read-only. */
static int protection(const char *word)
{
	if (!strcmp(word, "rw"))
		return PROT_READ | PROT_WRITE;
	if (!strcmp(word, "r"))
		return PROT_READ;
	if (!strcmp(word, "none"))
		return PROT_NONE;
	usage();
}

/* A driver may enter a page when it is touched first: so each of them is. */
static void stand_still(const struct client *c, const char *cookie)
{
	volatile unsigned char *p = at(c, "0", c->pages_length);
	size_t i;

	for (i = 0; i < c->pages_length; i += sysconf(_SC_PAGESIZE))
		(void)p[i];
	puts("ready ok");
	flush();
	park(strtoull(cookie, NULL, 16), p, c->pages_length, c->fd, c->offset,
	     c->prot & PROT_WRITE);
}

/* A command that works on the mapping; false if there is no such command. */
static bool command(const struct client *c, int n, char **word)
{
	if (n == 1 && !strcmp(word[0], "show")) {
		print_bytes(at(c, "0", MYMAP_TEN), MYMAP_TEN);
	} else if ((n == 2 || n == 3) && !strcmp(word[0], "get")) {
		uintmax_t count = n == 3 ? number(word[2]) : 1;

		print_bytes(at(c, word[1], count), count);
	} else if (n == 3 && !strcmp(word[0], "set")) {
		*at(c, word[1], 1) = number(word[2]);
		puts("ok");
	} else if (n == 2 && !strcmp(word[0], "watch")) {
		watch(at(c, word[1], 1));
	} else if (n == 2 && !strcmp(word[0], "park")) {
		stand_still(c, word[1]);
	} else {
		return false;
	}
	return true;
}

static bool hold_command(struct client *c, int n, char **word)
{
	if (n == 3 && !strcmp(word[0], "try")) {
		try_mapping(c, word[1], word[2]);
	} else if (n == 2 && !strcmp(word[0], "protect")) {
		if (mprotect((void *)c->map, c->length, protection(word[1])))
			printf("error %s\n", strerrorname_np(errno));
		else
			puts("ok");
	} else if (n == 1 && !strcmp(word[0], "close")) {
		close(c->fd);
		c->fd = -1;
		puts("ok");
	} else if (n == 1 && !strcmp(word[0], "unmap")) {
		munmap(c->map, c->length);
		c->map = NULL;
		puts("ok");
	} else {
		return command(c, n, word);
	}
	return true;
}

static void hold(struct client *c)
{
	char line[256];

	printf("mapped %p\n", (void *)c->map);
	flush();
	while (fgets(line, sizeof(line), stdin)) {
		char *word[MAX_WORDS], *save, *w = strtok_r(line, " \n", &save);
		int n = 0;

		for (; w && n < MAX_WORDS; w = strtok_r(NULL, " \n", &save))
			word[n++] = w;
		if (!n)
			continue;
		if (!hold_command(c, n, word))
			usage();
		flush();
	}
}

static void parse_options(struct client *c, int argc, char **argv)
{
	int opt;

	while ((opt = getopt(argc, argv, "+p:Pl:o:")) != -1) {
		if (opt == 'p')
			c->prot = protection(optarg);
		else if (opt == 'P')
			c->flags = MAP_PRIVATE;
		else if (opt == 'l')
			c->length = number(optarg);
		else if (opt == 'o')
			c->offset = number(optarg);
		else
			usage();
	}
}

int main(int argc, char **argv)
{
	struct client c = {
		.prot = PROT_READ | PROT_WRITE,
		.flags = MAP_SHARED,
		.length = sysconf(_SC_PAGESIZE),
	};

	parse_options(&c, argc, argv);
	argc -= optind;
	argv += optind;
	if (!argc)
		usage();
	if (argc == 1 && !strcmp(argv[0], "cat")) {
		cat(&c);
		flush();
		return 0;
	}
	if (argc == 1 && !strcmp(argv[0], "badread")) {
		bad_read(&c);
		return 0;
	}
	if ((argc == 2 || argc == 3) && !strcmp(argv[0], "readat")) {
		read_at(&c, argv[1], argv[2]);
		return 0;
	}
	device_open(&c);
	device_map(&c);
	if (argc == 1 && !strcmp(argv[0], "hold"))
		hold(&c);
	else if (argc == 1 && !strcmp(argv[0], "dump"))
		dump(&c);
	else if (!command(&c, argc, argv))
		usage();
	flush();
	return 0;
}
