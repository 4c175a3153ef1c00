// SPDX-License-Identifier: GPL-2.0-only
/*
 * main.c - harden, which asks of the driver mymap what no careful program
 * would ask, and says what came of it. Given, and the same for everyone; what
 * there is to write is the driver, driver/mymap/mymap.c.
 *
 * It opens the device and obeys lines on standard input. Each answer is one
 * line on standard output; a system call that fails gives `error NAME`, an
 * access that kills a child of it `died SIGNAL`. A wrong command line or line
 * ends it with status 2.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../driver/mymap/mymap_uapi.h"
#include "../../driver/park.h"
#include "attack.h"

#define MAX_WORDS 8
#define FENCE (64UL << 10) /* around a mapping, so that pages too many show */

static const char usage_text[] =
	"usage: harden r|w|rw    opens " MYMAP_PATH " so, and obeys lines:\n"
	"  map PROT TYPE LENGTH OFFSET  map it; PROT: rwx, r-x, --- ...; TYPE: shared, private\n"
	"  try PROT TYPE LENGTH OFFSET  the same, and unmap it again\n"
	"  protect PROT                 mprotect(2) of what is mapped\n"
	"  unmap [AT LENGTH]            all of it, or a part\n"
	"  move                         mremap(2) it to another address\n"
	"  get AT, set AT VALUE         one byte of the mapping\n"
	"  fresh                        is all of it as it was when the module was loaded?\n"
	"  read AT                      one byte by read(2)\n"
	"  stall                        begin to read(2) a page into memory that is yet to come\n"
	"  go                           let it come: is what was read as fresh has it?\n"
	"  close                        close the device\n"
	"  resize PAGES                 the driver's ioctl\n"
	"  ioctl NUMBER                 another one\n"
	"  child LINE                   a child process does that\n"
	"  fork, reap                   a child that has the mapping, too; its end\n"
	"  search SECRET                look for 16 bytes (in hexadecimal) where no program\n"
	"                               should come; needs no mapping\n"
	"  park COOKIE                  stand still, for the host to look at (driver/park.h)\n";

/* What is open and mapped. */
static struct {
	int fd;
	unsigned char *map; /* NULL: nothing is mapped */
	size_t length; /* in whole pages */
	off_t offset;
	int prot;
	pid_t child;
} now = { .fd = -1 };

/* A read(2) that waits for the page that it copies to; see stall(). */
static struct {
	unsigned char *to;
	int faults; /* userfaultfd(2): told of the wait, and brings the page */
	int end[2]; /* a pipe: read(2) is over */
	pthread_t thread;
	ssize_t got;
	int error;
} stalled;

static size_t page;

_Noreturn static void usage(void)
{
	fputs(usage_text, stderr);
	exit(2);
}

static void answer(bool good)
{
	if (good)
		puts("ok");
	else
		printf("error %s\n", strerrorname_np(errno));
}

static uint64_t number(const char *word)
{
	char *end;
	uint64_t n;

	errno = 0;
	n = strtoumax(word, &end, 0);
	if (*word < '0' || *word > '9' || *end || errno)
		usage();
	return n;
}

/* "r-x" and the like. */
static int protection(const char *word)
{
	int prot = 0;

	if (strlen(word) != 3 || !strchr("r-", word[0]) || !strchr("w-", word[1]) ||
	    !strchr("x-", word[2]))
		usage();
	prot |= word[0] == 'r' ? PROT_READ : 0;
	prot |= word[1] == 'w' ? PROT_WRITE : 0;
	prot |= word[2] == 'x' ? PROT_EXEC : 0;
	return prot;
}

static int type(const char *word)
{
	if (!strcmp(word, "shared"))
		return MAP_SHARED;
	if (!strcmp(word, "private"))
		return MAP_PRIVATE;
	usage();
}

static unsigned char *at(uint64_t offset, size_t count)
{
	if (!now.map || offset > now.length || count > now.length - offset)
		usage();
	return now.map + offset;
}

/* ---------------------------------------------------------------- mappings */

static void try_mapping(char **word)
{
	size_t length = number(word[2]);
	void *p = mmap(NULL, length, protection(word[0]), type(word[1]), now.fd, number(word[3]));

	answer(p != MAP_FAILED);
	if (p != MAP_FAILED)
		munmap(p, length);
}

/* In the middle of addresses where nothing may be: see FENCE. */
static void map(char **word)
{
	size_t length = (number(word[2]) + page - 1) / page * page;
	char *room = mmap(NULL, length + 2 * FENCE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	void *p;

	now.prot = protection(word[0]);
	now.offset = number(word[3]);
	now.length = length;
	if (room == MAP_FAILED || now.map)
		usage();
	p = mmap(room + FENCE, length, now.prot, type(word[1]) | MAP_FIXED, now.fd, now.offset);
	if (p == MAP_FAILED) {
		answer(false);
		munmap(room, length + 2 * FENCE);
		return;
	}
	now.map = p;
	printf("mapped %p\n", p);
}

static void unmap(uint64_t offset, size_t length)
{
	answer(!munmap(at(offset, length), length));
	if (length == now.length)
		now.map = NULL;
}

static void move(void)
{
	void *room = mmap(NULL, now.length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	void *p = mremap(at(0, 0), now.length, now.length, MREMAP_MAYMOVE | MREMAP_FIXED, room);

	answer(p != MAP_FAILED);
	if (p != MAP_FAILED)
		now.map = p;
}

/* Ten bytes 0 to 9 at the device's beginning, and every other byte 0. */
static void fresh(void)
{
	volatile unsigned char *p = at(0, now.length);
	size_t i;

	for (i = 0; i < now.length; i++) {
		unsigned char want = now.offset == 0 && i < MYMAP_TEN ? i : 0;

		if (p[i] != want) {
			printf("byte %zu is %u\n", i, p[i]);
			return;
		}
	}
	puts("yes");
}

static void read_byte(uint64_t offset)
{
	unsigned char byte;
	ssize_t n = pread(now.fd, &byte, 1, (off_t)offset);

	if (n < 0)
		answer(false);
	else if (n == 0)
		puts("end");
	else
		printf("%u\n", byte);
}

/* -------------------------------------------------- a read(2) that has to wait */

static void *read_page(void *arg)
{
	(void)arg;
	stalled.got = pread(now.fd, stalled.to, page, 0);
	stalled.error = errno;
	if (write(stalled.end[1], "", 1) != 1)
		abort();
	return NULL;
}

/* From here on the kernel tells of a missing page there, and waits until it is brought. */
static bool watch_page(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register all = { .mode = UFFDIO_REGISTER_MODE_MISSING };

	stalled.faults = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	stalled.to = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	all.range.start = (uintptr_t)stalled.to;
	all.range.len = page;
	return stalled.faults >= 0 && stalled.to != MAP_FAILED && !pipe(stalled.end) &&
	       !ioctl(stalled.faults, UFFDIO_API, &api) &&
	       !ioctl(stalled.faults, UFFDIO_REGISTER, &all);
}

/*
 * read(2) copies to a page of this program that is not there yet, as one that was never
 * touched or is swapped out. Bringing it takes the lock of the program's addresses, and time.
 */
static void stall(void)
{
	struct pollfd wait[2];

	if (!watch_page() || pthread_create(&stalled.thread, NULL, read_page, NULL)) {
		printf("userfaultfd: %s\n", strerrorname_np(errno));
		return;
	}
	wait[0] = (struct pollfd){ .fd = stalled.faults, .events = POLLIN };
	wait[1] = (struct pollfd){ .fd = stalled.end[0], .events = POLLIN };
	while (poll(wait, 2, -1) < 0)
		;
	errno = stalled.error;
	answer(wait[0].revents & POLLIN || stalled.got >= 0);
}

static void go(void)
{
	void *zeros = mmap(NULL, page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct uffdio_copy copy = { (uintptr_t)stalled.to, (uintptr_t)zeros, page, 0, 0 };
	size_t i;

	ioctl(stalled.faults, UFFDIO_COPY, &copy);
	pthread_join(stalled.thread, NULL);
	errno = stalled.error;
	if (stalled.got < 0) {
		answer(false);
		return;
	}
	for (i = 0; i < (size_t)stalled.got; i++)
		if (stalled.to[i] != (i < MYMAP_TEN ? i : 0)) {
			printf("byte %zu is %u\n", i, stalled.to[i]);
			return;
		}
	puts("yes");
}

/* --------------------------------------------------------------- processes */

static void obey(int n, char **word);

/* What kills the child is the answer, not the end of this process. */
static void in_child(int n, char **word)
{
	pid_t pid;
	int status;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		obey(n, word);
		fflush(stdout);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		answer(false);
	else if (WIFSIGNALED(status))
		printf("died %s\n", sigabbrev_np(WTERMSIG(status)));
}

/* The child does nothing but hold what was mapped when it was made. */
static void hold_in_child(void)
{
	fflush(stdout);
	now.child = fork();
	if (now.child == 0) {
		close(now.fd);
		for (;;)
			pause();
	}
	answer(now.child > 0);
}

static void reap(void)
{
	kill(now.child, SIGKILL);
	answer(waitpid(now.child, NULL, 0) == now.child);
}

/* A driver may enter a page when it is touched first: so each of them is. */
static void stand_still(const char *cookie)
{
	volatile unsigned char *p = at(0, now.length);
	size_t i;

	for (i = 0; i < now.length; i += page)
		(void)p[i];
	puts("ready ok");
	fflush(stdout);
	park(strtoull(cookie, NULL, 16), p, now.length, now.fd, now.offset, now.prot & PROT_WRITE);
}

/* ------------------------------------------------------------------- lines */

static void obey(int n, char **word)
{
	const char *w = word[0];

	if (n == 5 && !strcmp(w, "map")) {
		map(word + 1);
	} else if (n == 5 && !strcmp(w, "try")) {
		try_mapping(word + 1);
	} else if (n == 2 && !strcmp(w, "protect")) {
		now.prot = protection(word[1]);
		answer(!mprotect(at(0, now.length), now.length, now.prot));
	} else if (n == 1 && !strcmp(w, "unmap")) {
		unmap(0, now.length);
	} else if (n == 3 && !strcmp(w, "unmap")) {
		unmap(number(word[1]), number(word[2]));
	} else if (n == 1 && !strcmp(w, "move")) {
		move();
	} else if (n == 2 && !strcmp(w, "get")) {
		printf("%d\n", *(volatile unsigned char *)at(number(word[1]), 1));
	} else if (n == 3 && !strcmp(w, "set")) {
		*(volatile unsigned char *)at(number(word[1]), 1) = number(word[2]);
		puts("ok");
	} else if (n == 1 && !strcmp(w, "fresh")) {
		fresh();
	} else if (n == 2 && !strcmp(w, "read")) {
		read_byte(number(word[1]));
	} else if (n == 1 && !strcmp(w, "stall")) {
		stall();
	} else if (n == 1 && !strcmp(w, "go")) {
		go();
	} else if (n == 1 && !strcmp(w, "close")) {
		answer(!close(now.fd));
		now.fd = -1;
	} else if (n == 2 && !strcmp(w, "resize")) {
		answer(ioctl(now.fd, MYMAP_RESIZE, number(word[1])) >= 0);
	} else if (n == 2 && !strcmp(w, "ioctl")) {
		answer(ioctl(now.fd, number(word[1]), 1UL) >= 0);
	} else if (n > 1 && !strcmp(w, "child")) {
		in_child(n - 1, word + 1);
	} else if (n == 1 && !strcmp(w, "fork")) {
		hold_in_child();
	} else if (n == 1 && !strcmp(w, "reap")) {
		reap();
	} else if (n == 2 && !strcmp(w, "search")) {
		attack_search(now.fd, word[1]);
	} else if (n == 2 && !strcmp(w, "park")) {
		stand_still(word[1]);
	} else {
		usage();
	}
}

int main(int argc, char **argv)
{
	char line[256];

	page = sysconf(_SC_PAGESIZE);
	if (argc != 2 || (strcmp(argv[1], "r") && strcmp(argv[1], "w") && strcmp(argv[1], "rw")))
		usage();
	now.fd = open(MYMAP_PATH, (argv[1][1]	   ? O_RDWR :
				   *argv[1] == 'w' ? O_WRONLY :
						     O_RDONLY) |
					  O_CLOEXEC);
	if (now.fd < 0) {
		fprintf(stderr, "harden: open " MYMAP_PATH ": %s\n", strerror(errno));
		answer(false);
		return 1;
	}
	while (fgets(line, sizeof(line), stdin)) {
		char *word[MAX_WORDS], *save, *w = strtok_r(line, " \n", &save);
		int n = 0;

		for (; w && n < MAX_WORDS; w = strtok_r(NULL, " \n", &save))
			word[n++] = w;
		if (n)
			obey(n, word);
		if (fflush(stdout))
			return 1;
	}
	return 0;
}
