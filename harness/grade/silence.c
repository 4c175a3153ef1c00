// SPDX-License-Identifier: GPL-2.0-only
/*
 * silence.c - how long a machine may say nothing, see silence.h.
 */
#include "silence.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "starved.h"
#include "util.h"

/* For each of its processors. */
#define CPU_SECONDS 4
/* Neither at work nor waiting for a processor of the host. */
#define IDLE_SECONDS 6

/*
 * Is it stopped by a signal, or does it wait for pages that the host has to bring from
 * a disk? Neither is the machine's doing, and it may go on.
 */
static bool is_held(struct silence *s)
{
	char *stat = process_stat(s->pid);
	unsigned long major = s->major;
	bool held;

	/* (12) majflt */
	if (stat)
		sscanf(stat, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %lu", &major);
	held = (stat && *stat == 'T') || major != s->major;
	s->major = major;
	free(stat);
	return held;
}

void silence_init(struct silence *s, pid_t pid, double slowness, unsigned cpus)
{
	*s = (struct silence){ .pid = pid, .slowness = slowness, .cpus = cpus };
}

void silence_begin(struct silence *s)
{
	s->begun_ms = awake_ms();
	s->looked_ms = 0;
}

bool silence_lasts(struct silence *s, char *why, size_t why_size)
{
	int64_t now = awake_ms(), wall_ms = now - s->begun_ms, ran, waited, ran_ms, idle_ms;

	if (wall_ms >= SILENCE_WALL_SECONDS * 1000 * s->slowness) {
		snprintf(why, why_size, "it was silent for %lld s", (long long)wall_ms / 1000);
		return true;
	}
	starved_times(s->pid, &ran, &waited);
	/* Most silences are short; so the first look is the beginning. */
	if (is_held(s) || !s->looked_ms || !ran) {
		s->looked_ms = now;
		s->ran_ns = ran;
		s->waited_ns = waited;
		return false;
	}
	ran_ms = (ran - s->ran_ns) / 1000000;
	idle_ms = now - s->looked_ms - ran_ms - (waited - s->waited_ns) / 1000000;
	s->spins = ran_ms >= CPU_SECONDS * 1000 * s->slowness * s->cpus;
	if (s->spins) {
		snprintf(why, why_size,
			 "it was silent for %lld s and used %lld s of processor time",
			 (long long)wall_ms / 1000, (long long)ran_ms / 1000);
		return true;
	}
	if (idle_ms >= IDLE_SECONDS * 1000 * s->slowness) {
		snprintf(why, why_size, "it was silent for %lld s and had nothing to do",
			 (long long)wall_ms / 1000);
		return true;
	}
	return false;
}
