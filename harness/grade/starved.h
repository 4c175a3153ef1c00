/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * starved.h - did a machine get the processor time that it wanted, while a test
 * ran? A guest's clock goes on while its QEMU waits for a processor, so that on a
 * host with far too much to do a deadline may pass that the program never had.
 */
#ifndef MMAPLAB_STARVED_H
#define MMAPLAB_STARVED_H

#include <jansson.h>
#include <stdint.h>
#include <sys/types.h>

/**
 * struct starved - one machine, test after test
 * @tests: id -> percent of the wanted time that it got, for each test that was
 *	starved; owned by the caller
 */
struct starved {
	pid_t pid;
	char *test;
	int64_t ran_ns, waited_ns;
	json_t *tests;
};

/**
 * starved_times() - what all threads of a process, those of the virtual processors
 *	among them, have run so far, and waited for a processor
 * @ran_ns, @waited_ns: both 0 where the host's kernel does not count
 */
void starved_times(pid_t pid, int64_t *ran_ns, int64_t *waited_ns);

/** starved_init() - for the process of a machine; starved_clear() releases @tests, too */
void starved_init(struct starved *s, pid_t pid);
void starved_clear(struct starved *s);

/** starved_follow() - this test runs now; NULL: none does */
void starved_follow(struct starved *s, const char *test);

/**
 * starved_percent() - which part of the time that it wanted a process got
 * @ran_ns, @waited_ns: as schedstat counts them (proc(5), sched-stats.rst)
 * Return: 0 to 100, or -1 when that was enough, or the time too short to matter.
 */
int starved_percent(int64_t ran_ns, int64_t waited_ns);

#endif
