// SPDX-License-Identifier: GPL-2.0-only
/*
 * instrumented.c - linked into the instrumented programs of make coverage
 * (coverage.mk), in place of _exit(2).
 *
 * A process that ends by _exit(), as the workers and guardians do, would leave
 * no counts behind.
 */
#include <gcov.h>
#include <sys/resource.h>
#include <unistd.h>

static uid_t owner;

__attribute__((constructor)) static void remember_owner(void)
{
	owner = geteuid();
}

void __real__exit(int status) __attribute__((noreturn));
void __wrap__exit(int status) __attribute__((noreturn));

void __wrap__exit(int status)
{
	struct rlimit memory, file;

	/* What is limited can allocate nothing, or is killed where it writes; and
	 * another user id may not write here. */
	if (geteuid() == owner && !getrlimit(RLIMIT_AS, &memory) &&
	    memory.rlim_cur == RLIM_INFINITY && !getrlimit(RLIMIT_FSIZE, &file) &&
	    file.rlim_cur == RLIM_INFINITY)
		__gcov_dump();
	__real__exit(status);
}
