// SPDX-License-Identifier: GPL-2.0-only
/*
 * instrumented.c - linked into the instrumented programs of make coverage
 * (coverage.mk), in place of _exit(2) and of gcov's own __gcov_dump().
 *
 * A process that ends by _exit(), as the workers and guardians do, would leave
 * no counts behind. And not every process can write its counts.
 */
#include <gcov.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static uid_t owner;
static bool has_threads, of_threads;

/* /proc/self/task has a folder for each thread. */
static void before_fork(void)
{
	struct stat st;

	has_threads = !stat("/proc/self/task", &st) && st.st_nlink > 3;
}

static void in_child(void)
{
	of_threads |= has_threads;
}

__attribute__((constructor)) static void prepare(void)
{
	owner = geteuid();
	pthread_atfork(before_fork, NULL, in_child);
}

static bool can_write_counts(void)
{
	struct rlimit memory, file;

	/* What is limited can allocate nothing, or is killed where it writes; and
	 * another user id may not write here. In a child of a process with threads
	 * the lock of AddressSanitizer's malloc() may be one that another thread
	 * held: gcov would wait for it forever, with a lock on the file of counts
	 * that everybody else then waits for. */
	return !of_threads && geteuid() == owner && !getrlimit(RLIMIT_AS, &memory) &&
	       memory.rlim_cur == RLIM_INFINITY && !getrlimit(RLIMIT_FSIZE, &file) &&
	       file.rlim_cur == RLIM_INFINITY;
}

void __real___gcov_dump(void);
void __wrap___gcov_dump(void);

/* gcov calls it before each exec*(), too. */
void __wrap___gcov_dump(void)
{
	if (can_write_counts())
		__real___gcov_dump();
}

void __real__exit(int status) __attribute__((noreturn));
void __wrap__exit(int status) __attribute__((noreturn));

void __wrap__exit(int status)
{
	__gcov_dump();
	__real__exit(status);
}
