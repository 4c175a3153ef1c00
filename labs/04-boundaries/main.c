/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * main.c - the tool `boundaries` around the functions of boundaries.c.
 *
 * Given; changes to it are not graded. Its arguments are commands, which it
 * does one after another, with one line of output for each. A negative errno
 * is printed as a line `error EINVAL` and ends it with status 1; a wrong
 * command line ends it with status 2.
 *
 * The command `map` puts its mapping at a fixed address with nothing else
 * far and wide, so that the memory before and behind it is surely unmapped.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "boundaries.h"

#define PLACE 0x10000000000 /* 1 TiB; the kernel chooses from 128 TiB downwards */

/* Runs with its arguments; false when it has printed an error. */
struct command {
	const char *name;
	int nargs;
	const char *args;
	const char *what;
	bool (*run)(char **arg);
};

/* What `map` has mapped last. */
static struct {
	unsigned char *start;
	size_t length;
	int fd;
} map = { .fd = -1 };

_Noreturn static void usage(const char *why);

/* --------------------------------------------------------------- arguments */

static uint64_t parse_number(const char *s)
{
	unsigned long long v;
	char *end;

	errno = 0;
	v = strtoull(s, &end, 0);
	if (*s < '0' || *s > '9' || *end || errno || v > INT64_MAX)
		usage("a size, an offset or a place is a number from 0");
	return v;
}

/* "5000" and "-1" count from the start of the mapping, "@0x10" is an address. */
static unsigned char *parse_place(const char *s)
{
	char *end;

	if (*s == '@') {
		errno = 0;
		uintptr_t v = strtoull(s + 1, &end, 0);

		if (!s[1] || *end || errno)
			usage("an address is a number behind an @");
		return (unsigned char *)v;
	}
	if (*s == '-')
		return (unsigned char *)(PLACE - parse_number(s + 1));
	return (unsigned char *)(PLACE + parse_number(s));
}

static int parse_prot(const char *s)
{
	static const char letters[] = "-rwx";
	static const int bits[] = { PROT_NONE, PROT_READ, PROT_WRITE, PROT_EXEC };
	int prot = PROT_NONE;

	if (!*s)
		usage("a protection is letters out of rwx, or -");
	for (; *s; s++) {
		const char *at = strchr(letters, *s);

		if (!at)
			usage("a protection is letters out of rwx, or -");
		prot |= bits[at - letters];
	}
	return prot;
}

static bool parse_write(const char *s)
{
	if (strcmp(s, "r") != 0 && strcmp(s, "w") != 0)
		usage("an access is r or w");
	return *s == 'w';
}

/* ------------------------------------------------------------------ results */

static void flush_or_die(void)
{
	if (fflush(stdout) || ferror(stdout)) {
		perror("boundaries: standard output");
		exit(1);
	}
}

static bool print_error(int ret)
{
	const char *name = strerrorname_np(-ret);

	printf("error %s\n", name ? name : "unknown (not a negative errno)");
	return false;
}

static bool print_fate(int fate)
{
	static const char *const names[] = {
		[FATE_OK] = "ok",
		[FATE_BUS] = "SIGBUS",
		[FATE_MAPERR] = "SIGSEGV MAPERR",
		[FATE_ACCERR] = "SIGSEGV ACCERR",
	};

	if (fate < 0)
		return print_error(fate);
	if (fate > FATE_ACCERR)
		printf("%d, which is no fate\n", fate);
	else
		puts(names[fate]);
	return true;
}

static bool print_size(int ret)
{
	struct stat st;

	if (ret == 0 && fstat(map.fd, &st) < 0)
		ret = -errno;
	if (ret)
		return print_error(ret);
	printf("size %lld\n", (long long)st.st_size);
	return true;
}

/* ----------------------------------------------------------------- commands */

static bool run_map(char **arg)
{
	size_t length = parse_number(arg[1]);
	off_t offset = (off_t)parse_number(arg[2]);
	int prot = parse_prot(arg[3]);
	int type = strcmp(arg[4], "shared") == 0 ? MAP_SHARED : MAP_PRIVATE;
	void *p;

	if (type == MAP_PRIVATE && strcmp(arg[4], "private") != 0)
		usage("a mapping is shared or private");
	if (map.start)
		munmap(map.start, map.length);
	if (map.fd >= 0)
		close(map.fd);
	map.start = NULL;
	map.fd = open(arg[0], O_RDWR | O_CLOEXEC);
	if (map.fd < 0 && errno == EACCES)
		map.fd = open(arg[0], O_RDONLY | O_CLOEXEC);
	if (map.fd < 0)
		return print_error(-errno);
	p = mmap((void *)PLACE, length, prot, type | MAP_FIXED_NOREPLACE, map.fd, offset);
	if (p == MAP_FAILED)
		return print_error(-errno);
	map.start = p;
	map.length = length;
	printf("%p\n", p);
	return true;
}

static bool run_probe(char **arg)
{
	return print_fate(bnd_probe(parse_place(arg[1]), parse_write(arg[0])));
}

static bool run_predict(char **arg)
{
	struct access a = {
		.file_size = (off_t)parse_number(arg[0]),
		.length = parse_number(arg[1]),
		.offset = (off_t)parse_number(arg[2]),
		.prot = parse_prot(arg[3]),
		.write = parse_write(arg[4]),
		.at = parse_number(arg[5]),
	};

	return print_fate(bnd_predict(&a));
}

/* A line of standard input for each prediction; an error does not end it. */
static bool run_grid(char **arg)
{
	char *line = NULL, *word[7];
	size_t room = 0;
	int i;

	(void)arg;
	while (getline(&line, &room, stdin) > 0) {
		for (i = 0; i < 7; i++) {
			word[i] = strtok(i ? NULL : line, " \t\n");
			if (!word[i])
				break;
		}
		if (i != 6)
			usage("a line for grid has the six words that predict takes");
		run_predict(word);
	}
	free(line);
	return true;
}

static bool run_grow(char **arg)
{
	off_t size = (off_t)parse_number(arg[0]);

	return print_size(bnd_grow(map.fd, map.start, map.length, size));
}

static bool run_shrink(char **arg)
{
	off_t size = (off_t)parse_number(arg[0]);

	return print_size(bnd_shrink(map.fd, map.start, map.length, size));
}

/* The file alone, without a thought for its mapping. */
static bool run_size(char **arg)
{
	return print_size(ftruncate(map.fd, (off_t)parse_number(arg[0])) < 0 ? -errno : 0);
}

/* These two die by the signal that the access deserves. */
static bool run_show(char **arg)
{
	printf("%d\n", *(volatile unsigned char *)parse_place(arg[0]));
	return true;
}

static bool run_store(char **arg)
{
	volatile unsigned char *p = parse_place(arg[0]);

	*p = (unsigned char)parse_number(arg[1]);
	printf("stored %d\n", *p);
	return true;
}

#define CALLERS_FLAGS (SA_SIGINFO | SA_RESTART)

static void say(const char *s)
{
	if (write(1, s, strlen(s)) < 0)
		_exit(1);
}

/*
 * Says so when it is sent from outside, and whether flags and mask are still those that
 * it was installed with; a fault of our own must end us.
 */
static void callers_handler(int sig, siginfo_t *info, void *context)
{
	struct sigaction now;

	(void)context;
	if (info->si_code > 0 || sigaction(sig, NULL, &now) < 0)
		_exit(1);
	say(sig == SIGBUS ? "handler SIGBUS" : "handler SIGSEGV");
	if ((now.sa_flags & CALLERS_FLAGS) != CALLERS_FLAGS ||
	    sigismember(&now.sa_mask, SIGUSR2) != 1)
		say(" without its flags and mask");
	say("\n");
}

static bool run_caller(char **arg)
{
	struct sigaction action = { .sa_flags = CALLERS_FLAGS };
	sigset_t mask;

	sigemptyset(&mask);
	sigaddset(&mask, SIGUSR1);
	action.sa_handler = SIG_DFL;
	if (strcmp(arg[0], "handled") == 0) {
		action.sa_sigaction = callers_handler;
	} else if (strcmp(arg[0], "ignored") == 0) {
		action.sa_handler = SIG_IGN;
	} else if (strcmp(arg[0], "blocked") == 0) {
		sigaddset(&mask, SIGSEGV);
		sigaddset(&mask, SIGBUS);
	} else {
		usage("caller: SIGSEGV and SIGBUS can be handled, ignored or blocked");
	}
	sigemptyset(&action.sa_mask);
	sigaddset(&action.sa_mask, SIGUSR2);
	if (sigaction(SIGSEGV, &action, NULL) < 0 || sigaction(SIGBUS, &action, NULL) < 0 ||
	    sigprocmask(SIG_SETMASK, &mask, NULL) < 0)
		return print_error(-errno);
	printf("caller %s\n", arg[0]);
	return true;
}

/* Stay alive, so that a person or the judge can look from outside. */
static bool run_wait(char **arg)
{
	int key;

	(void)arg;
	puts("ready");
	flush_or_die();
	do {
		key = getchar();
	} while (key != EOF && key != '\n');
	return true;
}

static const struct command commands[] = {
	{ "map", 5, "FILE LENGTH OFFSET PROT shared|private", "map a file; PROT is rw, r, - ...",
	  run_map },
	{ "probe", 2, "r|w AT", "bnd_probe()", run_probe },
	{ "predict", 6, "SIZE LENGTH OFFSET PROT r|w AT", "bnd_predict()", run_predict },
	{ "grid", 0, "", "predict for each line of input", run_grid },
	{ "grow", 1, "SIZE", "bnd_grow()", run_grow },
	{ "shrink", 1, "SIZE", "bnd_shrink()", run_shrink },
	{ "size", 1, "SIZE", "ftruncate(2) and nothing else", run_size },
	{ "show", 1, "AT", "the byte there, as a number", run_show },
	{ "store", 2, "AT BYTE", "store it there", run_store },
	{ "caller", 1, "handled|ignored|blocked", "SIGSEGV and SIGBUS before a probe", run_caller },
	{ "wait", 0, "", "print `ready`, wait for Enter", run_wait },
};

#define NCOMMANDS (sizeof(commands) / sizeof(commands[0]))

_Noreturn static void usage(const char *why)
{
	size_t i;

	flush_or_die();
	if (why) {
		fprintf(stderr, "boundaries: %s; `boundaries` alone shows how\n", why);
		exit(2);
	}
	fprintf(stderr, "usage: boundaries COMMAND [COMMAND ...], done in turn:\n");
	for (i = 0; i < NCOMMANDS; i++)
		fprintf(stderr, "  %-8s%-40s%s\n", commands[i].name, commands[i].args,
			commands[i].what);
	fprintf(stderr, "AT counts bytes from the start of the mapping; @0x0 is an address\n");
	exit(2);
}

static const struct command *find_command(const char *name)
{
	size_t i;

	for (i = 0; i < NCOMMANDS; i++)
		if (!strcmp(name, commands[i].name))
			return &commands[i];
	usage("no such command");
}

int main(int argc, char **argv)
{
	const struct command *c;
	bool ok = true;
	int i;

	if (argc < 2)
		usage(NULL);
	for (i = 1; i < argc && ok; i += 1 + c->nargs) {
		c = find_command(argv[i]);
		if (argc - i - 1 < c->nargs)
			usage("too few arguments for the last command");
		ok = c->run(argv + i + 1);
		flush_or_die();
	}
	return ok ? 0 : 1;
}
