/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * silence.h - how long a machine may say nothing. Its judge says each second that it
 * is there; a kernel that spins or waits for a lock for ever does not let it.
 */
#ifndef MMAPLAB_SILENCE_H
#define MMAPLAB_SILENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/** The longest silence, whatever the machine does: a busy host delays a judge, too. */
#define SILENCE_WALL_SECONDS 40

/**
 * struct silence - since a machine's last line
 * @slowness: of the host, at least 1; all limits are multiplied by it
 * @cpus: of the machine
 * @spins: in the end, that it was at work all the time
 */
struct silence {
	pid_t pid;
	double slowness;
	unsigned cpus;
	int64_t begun_ms, looked_ms;
	int64_t ran_ns, waited_ns;
	bool spins;
	unsigned long major; /* faults that waited for a disk of the host */
};

/** silence_init() - for the process of a machine */
void silence_init(struct silence *s, pid_t pid, double slowness, unsigned cpus);
/** silence_begin() - it said something just now */
void silence_begin(struct silence *s);

/**
 * silence_lasts() - has it been so long that the machine is stuck?
 * @why: one clause, when it has
 *
 * To be called about once a second. A machine that uses its processor without a
 * word spins; one that does not want it sleeps for ever, unless it is stopped or waits
 * for pages that the host has put on a disk; where the host does not
 * count (no schedstat, proc(5)) the longest silence alone decides.
 */
bool silence_lasts(struct silence *s, char *why, size_t why_size);

#endif
