// SPDX-License-Identifier: GPL-2.0-only
/*
 * misbehave.c - the judge's own subject: a program that does each thing a
 * student's program may do wrong, by name.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
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

#define CRASH_ADDRESS 0x5000000000

static void correct(void)
{
	puts("hello");
}

static void exit3(void)
{
	fputs("first complaint\nno such record\n", stderr);
	exit(3);
}

static void crash(void)
{
	*(volatile int *)CRASH_ADDRESS = 1;
}

static void crash_null(void)
{
	volatile uintptr_t address = 8;

	*(volatile int *)address = 1;
}

static void run_nothing(void)
{
	void (*volatile f)(void) = (void (*)(void))0x5000000000;

	f();
}

static void crash_no_address(void)
{
	char *volatile p = (char *)0x4141414141414141;

	*p = 1;
}

static void crash_in_child(void)
{
	if (fork() == 0)
		crash();
	wait(NULL);
	exit(1);
}

static void *crash_thread(void *arg)
{
	crash();
	return arg;
}

static void crash_in_thread(void)
{
	pthread_t t;

	pthread_create(&t, NULL, crash_thread, NULL);
	pthread_join(t, NULL);
}

static void abort_(void)
{
	abort();
}

static void hang_in_read(void)
{
	char c;

	if (read(0, &c, 1) != 1)
		exit(4);
}

static void hang_in_children(void)
{
	int i;

	for (i = 0; i < 5; i++)
		if (fork() == 0)
			for (;;)
				pause();
	wait(NULL);
}

static void spin(void)
{
	for (;;)
		;
}

static void spin_in_calls(void)
{
	for (;;)
		syscall(SYS_getppid);
}

static void ignore_signals(void)
{
	signal(SIGTERM, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	puts("ready");
	fflush(stdout);
	for (;;)
		pause();
}

/* A child that keeps the descriptors and never ends. */
static void fork_and_leave(void)
{
	if (fork() == 0)
		for (;;)
			pause();
	puts("left");
}

static void daemonise(void)
{
	if (fork() == 0) {
		setsid();
		if (fork() == 0) {
			close(0);
			close(1);
			close(2);
			for (;;)
				pause();
		}
		_exit(0);
	}
	wait(NULL);
}

/* A child no tracer is told of, in its own session. */
static void untraced(void)
{
	if (syscall(SYS_clone, CLONE_UNTRACED | SIGCHLD, 0, 0, 0, 0) == 0) {
		setsid();
		for (;;)
			pause();
	}
	puts("left");
}

/* Reads where nobody looks, by both calls that can ask for that. */
static void read_untraced(void)
{
	uint64_t args[11] = { CLONE_UNTRACED, [4] = SIGCHLD };
	char byte;
	int i;

	for (i = 0; i < 2; i++) {
		pid_t pid = (pid_t)(i ? syscall(SYS_clone3, args, sizeof(args)) :
					syscall(SYS_clone, CLONE_UNTRACED | SIGCHLD, 0, 0, 0, 0));

		if (pid == 0)
			_exit(read(open("data", O_RDONLY), &byte, 1) != 1);
		waitpid(pid, NULL, 0);
	}
}

static void fork_bomb(void)
{
	for (;;)
		fork();
}

static void flood(void)
{
	static char text[65536];

	memset(text, 'x', sizeof(text));
	for (;;)
		if (write(1, text, sizeof(text)) < 0)
			exit(5);
}

static void flood_and_end(void)
{
	int i;

	for (i = 0; i < 500000; i++)
		printf("line %d\n", i);
}

static void close_all(void)
{
	close(0);
	close(1);
	close(2);
	usleep(50000);
}

static void control_bytes(void)
{
	fputs("\033]0;title\a<script>\xff\xfe caf\xc3\xa9\nend\n", stderr);
	fputs("\033[31mred\n", stdout);
	exit(2);
}

static void echo(void)
{
	char line[256];

	while (fgets(line, sizeof(line), stdin)) {
		printf("got %s", line);
		fflush(stdout);
	}
	puts("end of input");
}

static void stop_self(void)
{
	puts("before");
	fflush(stdout);
	raise(SIGSTOP);
	puts("after");
}

/* Reads a file through a mapping and writes a byte in it; then by write(2). */
static void map_file(void)
{
	int fd = open("data", O_RDWR);
	char *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	char *q = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (fd < 0 || p == MAP_FAILED || q == MAP_FAILED)
		exit(1);
	p[0] = 'M';
	q[0] = 1;
	if (pwrite(fd, "W", 1, 1) != 1)
		exit(1);
	ioctl(fd, _IOW('m', 0x41, int), NULL);
	close(fd);
	open("missing", O_RDONLY);
	printf("%p %p\n", (void *)p, (void *)q);
	fflush(stdout);
	while (getchar() != EOF)
		;
}

/* Opens a file twice, and tells when that fails; or only the first time. */
static void open_twice(bool second)
{
	int i, fd;

	for (i = 0; i < 2; i++) {
		fd = open("data", O_RDONLY);
		if (fd < 0 && (!i || second)) {
			printf("error %s\n", errno == EMFILE ? "EMFILE" : "EIO");
			exit(1);
		}
	}
}

static void tells_failures(void)
{
	open_twice(true);
}

static void hides_failures(void)
{
	open_twice(false);
}

static void many_calls(void)
{
	int fd = open("data", O_RDONLY), i;
	char c;

	for (i = 0; i < 20500; i++)
		if (pread(fd, &c, 1, i % 3) < 0)
			exit(1);
}

static void past_file(void)
{
	int fd = open("data", O_RDWR);
	char *p = mmap(NULL, 8192, PROT_READ, MAP_SHARED, fd, 0);

	if (p != MAP_FAILED)
		exit(p[4096]);
}

/* What the subject was given: user, limits, descriptors, environment. */
static void surroundings(void)
{
	extern char **environ;
	struct rlimit r;
	int fd, open_fds = 0, i;

	for (fd = 0; fd < 1024; fd++)
		open_fds += fcntl(fd, F_GETFD) >= 0;
	getrlimit(RLIMIT_NOFILE, &r);
	printf("uid %d gid %d groups %d fds %d nofile %d leader %d\n", getuid(), getgid(),
	       getgroups(0, NULL), open_fds, (int)r.rlim_cur,
	       getsid(0) == getpid() && getpgrp() == getpid());
	for (i = 0; environ[i]; i++)
		printf("%s\n", environ[i]);
}

/* Needs some 400 ms, in many small sleeps. */
static void slow(void)
{
	int i;

	for (i = 0; i < 40; i++)
		usleep(10000);
	puts("done");
}

/* Takes away the ground the judge stands on. */
static void remove_folder(void)
{
	char cwd[4096];

	if (!getcwd(cwd, sizeof(cwd)))
		exit(1);
	exit(rmdir(cwd) == 0 || rename(cwd, "/tmp/elsewhere") == 0);
}

static void nul_bytes(void)
{
	if (write(1, "a\n\0b\n", 5) != 5)
		exit(1);
}

static void link_trap(void)
{
	exit(symlink("/etc/hostname", "data") < 0);
}

static void zombie(void)
{
	if (fork() == 0)
		_exit(0);
	puts("forked");
	fflush(stdout);
	for (;;)
		pause();
}

static void fork_fails(void)
{
	puts(fork() < 0 && errno == EAGAIN ? "EAGAIN" : "forked");
}

static const struct {
	const char *name;
	void (*f)(void);
} ways[] = {
	{ "correct", correct },
	{ "exit3", exit3 },
	{ "crash", crash },
	{ "crash_null", crash_null },
	{ "run_nothing", run_nothing },
	{ "crash_no_address", crash_no_address },
	{ "crash_in_child", crash_in_child },
	{ "crash_in_thread", crash_in_thread },
	{ "abort", abort_ },
	{ "hang_in_read", hang_in_read },
	{ "hang_in_children", hang_in_children },
	{ "spin", spin },
	{ "spin_in_calls", spin_in_calls },
	{ "ignore_signals", ignore_signals },
	{ "fork_and_leave", fork_and_leave },
	{ "daemonise", daemonise },
	{ "untraced", untraced },
	{ "read_untraced", read_untraced },
	{ "fork_bomb", fork_bomb },
	{ "flood", flood },
	{ "flood_and_end", flood_and_end },
	{ "close_all", close_all },
	{ "control_bytes", control_bytes },
	{ "echo", echo },
	{ "stop_self", stop_self },
	{ "map_file", map_file },
	{ "tells_failures", tells_failures },
	{ "hides_failures", hides_failures },
	{ "many_calls", many_calls },
	{ "past_file", past_file },
	{ "surroundings", surroundings },
	{ "slow", slow },
	{ "remove_folder", remove_folder },
	{ "nul_bytes", nul_bytes },
	{ "link_trap", link_trap },
	{ "zombie", zombie },
	{ "fork_fails", fork_fails },
};

int main(int argc, char **argv)
{
	size_t i;

	for (i = 0; argc > 1 && i < sizeof(ways) / sizeof(ways[0]); i++)
		if (!strcmp(ways[i].name, argv[1])) {
			ways[i].f();
			return 0;
		}
	fputs("usage: misbehave WAY\n", stderr);
	return 2;
}
