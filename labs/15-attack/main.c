// SPDX-License-Identifier: GPL-2.0-only
/*
 * main.c - the tool `attack`, around the functions of attack.c.
 *
 * Given; changes to it are not graded. A function's error is a line `error
 * ENOENT` on standard output, with exit status 1; a wrong command line ends
 * with status 2.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

#include "../../driver/mymap/mymap_uapi.h"
#include "../../driver/park.h"
#include "attack.h"

/* The tool is also linked without attack.c, to look at a driver with. */
#pragma weak attack_search
#pragma weak attack_store

#define VICTIM (4UL << 20)
#define FENCE (64UL << 10) /* around a mapping, so that pages too many show */

static const char usage_text[] =
	"usage: attack [-w] [-d DEVICE] COMMAND [ARG]...\n"
	"  search TAG          attack_search(): 32 hexadecimal digits; prints `secret ...`\n"
	"  store AT VALUE      attack_store(): a byte from 0 to 255; prints `ok`\n"
	"  victim              hold a random secret in memory, print the tag, wait for the\n"
	"                      end of input, print the secret\n"
	"  park COOKIE LENGTH  stand still with a mapping, for the host (driver/park.h)\n"
	"  -w                  wait for the end of input before ending, to be looked at\n"
	"  -d DEVICE           another one than " MYMAP_PATH "\n";

static bool waits;
static const char *device = MYMAP_PATH;

/*
 * The search shall not find what it was given itself: this lies at no page's
 * beginning.
 */
static struct {
	unsigned char away[32], bytes[ATTACK_TAG + ATTACK_SECRET];
} __attribute__((aligned(128))) given;
static unsigned char *const tag = given.bytes, *const secret = given.bytes + ATTACK_TAG;

_Noreturn static void usage(const char *why)
{
	fprintf(stderr, "attack: %s\n%s", why, usage_text);
	exit(2);
}

static void flush(void)
{
	if (fflush(stdout) || ferror(stdout)) {
		perror("attack: standard output");
		exit(1);
	}
}

static void wait_for_end(void)
{
	flush();
	while (getchar() != EOF)
		;
}

/* A function's error, or that of a call of the tool's own. */
_Noreturn static void fail(const char *what, int err)
{
	const char *name = err > 0 ? strerrorname_np(err) : NULL;

	fprintf(stderr, "attack: %s: %s\n", what, strerror(err));
	if (name)
		printf("error %s\n", name);
	else
		printf("error unknown:%d\n", err);
	if (waits)
		wait_for_end();
	flush();
	exit(1);
}

static uint64_t number(const char *word, int base, uint64_t max)
{
	uint64_t n;
	char *end;

	errno = 0;
	n = strtoumax(word, &end, base);
	if (!*word || !strchr("0123456789abcdefABCDEF", *word) || *end || errno || n > max)
		usage("a number was expected");
	return n;
}

static void print_hex(const char *word, const unsigned char *bytes, size_t n)
{
	printf("%s ", word);
	while (n--)
		printf("%02x", *bytes++);
	putchar('\n');
}

static int open_device(int how)
{
	int fd = open(device, how | O_CLOEXEC);

	if (fd < 0)
		fail(device, errno);
	return fd;
}

static void search(const char *hex)
{
	size_t i;
	int err;

	if (strlen(hex) != 2 * ATTACK_TAG)
		usage("a tag has 32 hexadecimal digits");
	for (i = 0; i < ATTACK_TAG; i++) {
		char two[3] = { hex[2 * i], hex[2 * i + 1], '\0' };

		tag[i] = number(two, 16, 255);
	}
	err = attack_search(open_device(O_RDONLY), tag, secret);
	if (err)
		fail("attack_search", -err);
	print_hex("secret", secret, ATTACK_SECRET);
}

static void store(const char *at, const char *value)
{
	uint64_t where = number(at, 0, SIZE_MAX);
	int err = attack_store(open_device(O_RDWR), where, number(value, 0, 255));

	if (err)
		fail("attack_store", -err);
	puts("ok");
}

/* Somebody else's program, which has never heard of the device. */
static void victim(void)
{
	size_t page = sysconf(_SC_PAGESIZE), i;
	unsigned char *p =
		mmap(NULL, VICTIM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		fail("mmap of memory", errno);
	if (getrandom(given.bytes, sizeof(given.bytes), 0) < 0)
		fail("getrandom", errno);
	for (i = 0; i < VICTIM; i += page)
		memcpy(p + i, given.bytes, sizeof(given.bytes));
	print_hex("tag", tag, ATTACK_TAG);
	wait_for_end();
	print_hex("secret", secret, ATTACK_SECRET);
}

_Noreturn static void stand_still(const char *cookie, const char *size)
{
	size_t page = sysconf(_SC_PAGESIZE), length = number(size, 10, 1UL << 30), i;
	int fd = open_device(O_RDONLY);
	char *room = mmap(NULL, length + 2 * FENCE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	volatile unsigned char *p;

	if (room == MAP_FAILED)
		fail("mmap of a reservation", errno);
	p = mmap(room + FENCE, length, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0);
	if (p == MAP_FAILED)
		fail("mmap", errno);
	/* A driver may enter a page when it is touched first: so each of them is. */
	for (i = 0; i < length; i += page)
		(void)p[i];
	puts("ready ok");
	flush();
	park(number(cookie, 16, UINT64_MAX), p, length, fd, 0, false);
}

int main(int argc, char **argv)
{
	char **word;
	int n, opt;

	while ((opt = getopt(argc, argv, "+wd:")) != -1) {
		if (opt == 'w')
			waits = true;
		else if (opt == 'd')
			device = optarg;
		else
			usage("no such option");
	}
	word = argv + optind;
	n = argc - optind;
	if (n == 2 && !strcmp(word[0], "search"))
		search(word[1]);
	else if (n == 3 && !strcmp(word[0], "store"))
		store(word[1], word[2]);
	else if (n == 1 && !strcmp(word[0], "victim"))
		victim();
	else if (n == 3 && !strcmp(word[0], "park"))
		stand_still(word[1], word[2]);
	else
		usage("no such command");
	if (waits)
		wait_for_end();
	flush();
	return 0;
}
