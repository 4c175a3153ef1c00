// SPDX-License-Identifier: GPL-2.0-only
/*
 * main.c - fault, the client of the driver faultmap: maps /dev/faultmap,
 * touches pages of the mapping and says what came of it. Given, and the same
 * for everyone; what there is to write is the driver,
 * driver/faultmap/faultmap.c.
 *
 * Pages are named by their number in the first mapping, wherever they lie now:
 * after `move 3 2` page 3 is somewhere else, and `get 3` still finds it. What
 * is read and stored is the first word (8 bytes) of a page.
 *
 * Every answer is one line on standard output, except from dump and cat, which
 * write raw bytes. An access that is a fault is answered with the signal's
 * name. A call that fails when the program starts gives the line `error NAME`
 * and exit status 1, a wrong command line gives status 2.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../driver/faultmap/faultmap_uapi.h"
#include "../../driver/park.h"

#define MAX_WORDS 4
#define MAX_PAGES 65536
#define CAT_PIECE 1000 /* no divisor of a page: pieces cross pages */
#define CAT_LIMIT (16 << 20) /* no buffer is as large: the device has no end */

static const char usage_text[] =
	"usage: fault [-P | -r] COMMAND [ARG]...\n"
	"  -P                 map MAP_PRIVATE instead of MAP_SHARED\n"
	"  -r                 open and map for reading only\n"
	"commands:\n"
	"  dump PAGES         map so many pages, write them out, raw\n"
	"  cat                write out the whole device by read(2), raw\n"
	"  cat BYTE [COUNT]   ... by pread(2), from BYTE on, COUNT (1000) at most at once\n"
	"  counts             what the driver has counted\n"
	"  revoke             take the buffer away from everybody\n"
	"  hold PAGES [FIRST] map so many pages, from page FIRST (0) of the device\n"
	"                     on (PAGES 0: only open it), print `ready ok ADDRESS`,\n"
	"                     then obey lines on standard input: counts, revoke, and\n"
	"    get PAGE           the first word of a page\n"
	"    set PAGE VALUE     store it\n"
	"    pair PAGE          get, by two threads on two processors at once\n"
	"    touch PAGE COUNT   load from these pages: how many page faults?\n"
	"    unmap PAGE COUNT   remove these pages from the mapping\n"
	"    move PAGE COUNT    mremap(2) them to another address\n"
	"    grow PAGES         mremap(2) the whole mapping to this many pages\n"
	"    read PAGE [COUNT]  read(2) COUNT bytes (a page) of the device into this page\n"
	"    counts PAGE        let the driver store its counts into this page\n"
	"    unknown NUMBER     an ioctl(2) that is none of the driver's\n"
	"    badreads N         read(2) a byte of N pages to where nothing can be stored\n"
	"    close              close the descriptor\n"
	"    park COOKIE        stand still for the host, in front of the mapping\n"
	"    park COOKIE PAGE   ... in the mapping, from this page on\n"
	"    fork               make a child that obeys lines, too:\n"
	"    child LINE         ... this one\n"
	"    bury               end the child and wait for it\n";

static int fd = -1;
static int map_type = MAP_SHARED;
static bool only_reads;
static char *address[MAX_PAGES]; /* of each page */
static size_t mapped; /* pages in the first mapping */
static uintmax_t offset; /* where in the device it begins, in pages */
static char *front; /* a page of the program's own, just before it */
static size_t page_size;

static pid_t child;
static FILE *to_child;

static _Thread_local sigjmp_buf after_fault;
static _Thread_local siginfo_t fault;

_Noreturn static void usage(void)
{
	fputs(usage_text, stderr);
	exit(2);
}

static void flush(void)
{
	if (fflush(stdout) || ferror(stdout)) {
		perror("fault: standard output");
		exit(1);
	}
}

/* One line for programs on stdout, one for people on stderr. */
_Noreturn static void fail(const char *call)
{
	int err = errno;

	fprintf(stderr, "fault: %s " FAULTMAP_PATH ": %s\n", call, strerror(err));
	printf("error %s\n", strerrorname_np(err));
	flush();
	exit(1);
}

/* The answer to a line whose system call returned this. */
static void answer(long ret)
{
	if (ret < 0)
		printf("error %s\n", strerrorname_np(errno));
	else
		puts("ok");
}

static uintmax_t number(const char *word)
{
	char *end;
	uintmax_t n;

	errno = 0;
	n = strtoumax(word, &end, 0);
	if (*word < '0' || *word > '9' || *end || errno) {
		fprintf(stderr, "fault: %s is not a number\n", word);
		usage();
	}
	return n;
}

/* A page of the first mapping, and @count from there on. */
static size_t page_number(const char *word, size_t count)
{
	uintmax_t page = number(word);

	if (page > mapped || count > mapped - page) {
		fprintf(stderr, "fault: page %s is outside the mapping\n", word);
		exit(2);
	}
	return page;
}

/* -------------------------------------------------------------- accesses */

static void on_fault(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	fault = *info;
	siglongjmp(after_fault, 1);
}

static void catch_faults(void)
{
	struct sigaction sa = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO };

	sigaction(SIGBUS, &sa, NULL);
	sigaction(SIGSEGV, &sa, NULL);
}

/* SIGBUS, or with more words if it is not what a missing page gives. */
static void print_fault(const volatile void *at)
{
	printf("SIG%s", sigabbrev_np(fault.si_signo));
	if (fault.si_code != (fault.si_signo == SIGBUS ? BUS_ADRERR : SEGV_MAPERR))
		printf(" code %d", fault.si_code);
	if (fault.si_addr != at)
		printf(" at another address");
	putchar('\n');
}

static void access_page(size_t page, const uint64_t *value)
{
	volatile uint64_t *at = (volatile uint64_t *)address[page];
	uint64_t seen = 0;

	if (sigsetjmp(after_fault, 1)) {
		print_fault(at);
		return;
	}
	if (value)
		*at = *value;
	else
		seen = *at;
	if (value)
		puts("ok");
	else
		printf("%" PRIu64 "\n", seen);
}

/*
 * Two threads have one page table: when both come to the fault operation, the
 * second finds an entry where it is to make one.
 */
struct toucher {
	pthread_barrier_t *begin;
	size_t page;
	int processor;
	bool died;
	uint64_t seen;
};

static void *touch_as_thread(void *arg)
{
	struct toucher *t = arg;
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(t->processor, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		perror("fault: sched_setaffinity");
	pthread_barrier_wait(t->begin);
	if (sigsetjmp(after_fault, 1))
		t->died = true;
	else
		t->seen = *(volatile uint64_t *)address[t->page];
	return NULL;
}

static void print_seen(const struct toucher *t, char end)
{
	if (t->died)
		printf("died%c", end);
	else
		printf("%" PRIu64 "%c", t->seen, end);
}

static void touch_by_two(size_t page)
{
	pthread_barrier_t begin;
	struct toucher by[2] = { { &begin, page, 0, false, 0 }, { &begin, page, 1, false, 0 } };
	pthread_t other;

	pthread_barrier_init(&begin, NULL, 2);
	errno = pthread_create(&other, NULL, touch_as_thread, &by[1]);
	if (errno)
		fail("start a thread for");
	touch_as_thread(&by[0]);
	pthread_join(other, NULL);
	pthread_barrier_destroy(&begin);
	print_seen(&by[0], ' ');
	print_seen(&by[1], '\n');
}

/* The kernel's own count: it does not depend on what the driver says. */
static void touch(size_t page, size_t count)
{
	struct rusage before, after;
	size_t i;

	if (sigsetjmp(after_fault, 1)) {
		print_fault(fault.si_addr);
		return;
	}
	getrusage(RUSAGE_SELF, &before);
	for (i = 0; i < count; i++)
		(void)*(volatile char *)address[page + i];
	getrusage(RUSAGE_SELF, &after);
	printf("%ld\n", after.ru_minflt - before.ru_minflt);
}

/* --------------------------------------------------------------- mapping */

static void device_open(void)
{
	fd = open(FAULTMAP_PATH, (only_reads ? O_RDONLY : O_RDWR) | O_CLOEXEC);
	if (fd < 0)
		fail("open");
}

/*
 * The mapping lies between two pages of the program's own, so that it is known
 * what should be there: one that can be used, and one that cannot.
 */
static void device_map(size_t pages, uintmax_t first)
{
	size_t length = pages * page_size, i;
	void *p;

	if (pages > MAX_PAGES)
		usage();
	front = mmap(NULL, length + 2 * page_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (front == MAP_FAILED || mprotect(front, page_size, PROT_READ | PROT_WRITE)) {
		perror("fault: no room for the mapping");
		exit(1);
	}
	/* By the system call itself: the offset has all 64 bits. */
	p = (void *)syscall(SYS_mmap, front + page_size, length,
			    only_reads ? PROT_READ : PROT_READ | PROT_WRITE, map_type | MAP_FIXED,
			    fd, first * page_size);
	if (p == MAP_FAILED)
		fail("mmap");
	for (i = 0; i < pages; i++)
		address[i] = (char *)p + i * page_size;
	mapped = pages;
	offset = first;
}

/* The host then sees what is in the page table, see driver/park.h. */
static void stand_still(const char *word, const char *where)
{
	uint64_t cookie = strtoull(word, NULL, 16);
	size_t page = where ? page_number(where, 1) : 0;

	puts("ready ok");
	flush();
	if (where)
		park(cookie, address[page], (mapped - page) * page_size, fd,
		     (off_t)((offset + page) * page_size), true);
	park(cookie, front, (mapped + 1) * page_size, -1, 0, true);
}

static void move(size_t page, size_t count)
{
	size_t length = count * page_size, i;
	char *to = mmap(NULL, length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (to == MAP_FAILED ||
	    mremap(address[page], length, length, MREMAP_MAYMOVE | MREMAP_FIXED, to) != to) {
		answer(-1);
		return;
	}
	for (i = 0; i < count; i++)
		address[page + i] = to + i * page_size;
	answer(0);
}

static void grow(size_t pages)
{
	void *p = mremap(address[0], mapped * page_size, pages * page_size, MREMAP_MAYMOVE);

	answer(p == MAP_FAILED ? -1 : 0);
}

static void print_counts(void)
{
	struct faultmap_counts c;

	if (ioctl(fd, FAULTMAP_GET_COUNTS, &c) < 0)
		answer(-1);
	else
		printf("opens %llu closes %llu faults %llu\n", c.opens, c.closes, c.faults);
}

static void device_close(void)
{
	answer(close(fd));
	fd = -1;
}

/* -------------------------------------------------------------- commands */

static void obey(FILE *in);

/* The child answers on the same standard output. */
static void make_child(void)
{
	int ends[2];

	if (child || pipe2(ends, O_CLOEXEC)) {
		fprintf(stderr, "fault: one child at a time\n");
		exit(2);
	}
	flush();
	child = fork();
	if (child == 0) {
		FILE *in = fdopen(ends[0], "r");

		close(ends[1]);
		if (!in)
			_exit(1);
		obey(in);
		_exit(0);
	}
	close(ends[0]);
	to_child = fdopen(ends[1], "w");
	answer(child < 0 || !to_child ? -1 : 0);
}

static void tell_child(int n, char **word)
{
	int i;

	if (!child)
		usage();
	for (i = 0; i < n; i++)
		fprintf(to_child, "%s%c", word[i], i == n - 1 ? '\n' : ' ');
	fflush(to_child);
}

static void bury(void)
{
	if (!child)
		usage();
	fclose(to_child);
	answer(waitpid(child, NULL, 0));
	child = 0;
}

/* Commands without a page. */
/* Until one does not fail as it should. */
static void bad_reads(size_t pages)
{
	char *to = mmap(NULL, page_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	long ret = 0;
	size_t i;

	for (i = 0; i < pages; i++) {
		ret = pread(fd, to, 1, (off_t)(i * page_size));
		if (ret >= 0 || errno != EFAULT)
			break;
	}
	answer(ret);
}

static bool plain_command(int n, char **word)
{
	if (n == 1 && !strcmp(word[0], "counts"))
		print_counts();
	else if (n == 1 && !strcmp(word[0], "revoke"))
		answer(ioctl(fd, FAULTMAP_REVOKE));
	else if (n == 2 && !strcmp(word[0], "unknown"))
		answer(ioctl(fd, number(word[1]), 0));
	else if (n == 2 && !strcmp(word[0], "badreads"))
		bad_reads(number(word[1]));
	else if (n == 1 && !strcmp(word[0], "close"))
		device_close();
	else if ((n == 2 || n == 3) && !strcmp(word[0], "park"))
		stand_still(word[1], n == 3 ? word[2] : NULL);
	else if (n == 1 && !strcmp(word[0], "fork"))
		make_child();
	else if (n == 1 && !strcmp(word[0], "bury"))
		bury();
	else if (n > 1 && !strcmp(word[0], "child"))
		tell_child(n - 1, word + 1);
	else
		return false;
	return true;
}

static bool page_command(int n, char **word)
{
	bool spans = n == 3 && strcmp(word[0], "set") && strcmp(word[0], "read");
	size_t count = spans ? number(word[2]) : 1;
	size_t page;

	if (n == 2 && !strcmp(word[0], "grow")) {
		grow(number(word[1]));
		return true;
	}
	page = n > 1 ? page_number(word[1], count) : 0;
	if (n == 2 && !strcmp(word[0], "get"))
		access_page(page, NULL);
	else if (n == 2 && !strcmp(word[0], "pair"))
		touch_by_two(page);
	else if (n == 3 && !strcmp(word[0], "set"))
		access_page(page, &(uint64_t){ number(word[2]) });
	else if (n == 3 && !strcmp(word[0], "touch"))
		touch(page, count);
	else if (n == 3 && !strcmp(word[0], "unmap"))
		answer(munmap(address[page], count * page_size));
	else if (n == 3 && !strcmp(word[0], "move"))
		move(page, count);
	else if ((n == 2 || n == 3) && !strcmp(word[0], "read"))
		answer(pread(fd, address[page], n == 3 ? number(word[2]) : page_size, 0));
	else if (n == 2 && !strcmp(word[0], "counts"))
		answer(ioctl(fd, FAULTMAP_GET_COUNTS, address[page]));
	else
		return false;
	return true;
}

static void obey(FILE *in)
{
	char line[256];

	while (fgets(line, sizeof(line), in)) {
		char *word[MAX_WORDS], *save, *w = strtok_r(line, " \n", &save);
		int n = 0;

		for (; w && n < MAX_WORDS; w = strtok_r(NULL, " \n", &save))
			word[n++] = w;
		if (n && !plain_command(n, word) && !page_command(n, word))
			usage();
		flush();
	}
}

static void hold(void)
{
	printf("ready ok %p\n", (void *)address[0]);
	flush();
	obey(stdin);
}

static void dump(void)
{
	size_t i;

	for (i = 0; i < mapped; i++)
		if (fwrite(address[i], 1, page_size, stdout) != page_size)
			flush();
}

/* An address range: memory comes with what the driver stores. */
static char *room(size_t size)
{
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED) {
		perror("fault: no room for what is read");
		exit(1);
	}
	return p;
}

static void check_read(size_t asked, ssize_t n, size_t total)
{
	if (n > (ssize_t)asked) {
		fprintf(stderr, "fault: read(2) of %zu bytes: the driver says %zd\n", asked, n);
		exit(1);
	}
	if (total > CAT_LIMIT) {
		fprintf(stderr,
			"fault: read(2) does not end, after %zu bytes: does the driver move "
			"*pos, and return 0 at the end?\n",
			total);
		exit(1);
	}
}

static void cat(const char *from, const char *count)
{
	size_t asked = count ? number(count) : CAT_PIECE, total = 0;
	off_t at = from ? (off_t)number(from) : 0;
	char *piece = room(asked);
	ssize_t n;

	for (;;) {
		n = from ? pread(fd, piece, asked, at + (off_t)total) : read(fd, piece, asked);
		if (n <= 0)
			break;
		check_read(asked, n, total);
		fwrite(piece, 1, n, stdout);
		flush();
		total += n;
	}
	if (n < 0)
		fail("read");
}

int main(int argc, char **argv)
{
	bool maps, cats;

	page_size = sysconf(_SC_PAGESIZE);
	if (argc > 1 && (!strcmp(argv[1], "-P") || !strcmp(argv[1], "-r"))) {
		only_reads = argv[1][1] == 'r';
		map_type = only_reads ? MAP_SHARED : MAP_PRIVATE;
		argc--;
		argv++;
	}
	argc--;
	argv++;
	maps = argc >= 2 && (!strcmp(argv[0], "hold") || !strcmp(argv[0], "dump"));
	cats = argc && !strcmp(argv[0], "cat");
	if (argc < 1 || argc > (maps || cats ? 3 : 1))
		usage();
	device_open();
	if (maps && number(argv[1]))
		device_map(number(argv[1]), argc == 3 ? number(argv[2]) : 0);
	if (maps && !strcmp(argv[0], "hold")) {
		catch_faults();
		hold();
	} else if (maps) {
		dump();
	} else if (cats) {
		cat(argc > 1 ? argv[1] : NULL, argc > 2 ? argv[2] : NULL);
	} else if (!plain_command(1, argv)) {
		usage();
	}
	flush();
	return 0;
}
