/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * suite.h - what the whole library knows about the run: where the unit is,
 * the seed, the machine's speed. Filled once by suite.c, then only read.
 */
#ifndef MMAPLAB_SUITE_H
#define MMAPLAB_SUITE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct suite_env {
	const char *unit; /* folder that holds bin/ and mod/ */
	uint64_t seed;
	double speed; /* 1.0: nominal machine; larger is slower */
	unsigned long taint; /* the kernel's taint before the first test */
	int record_fd;
	bool host; /* a host listens on record_fd and answers questions */
};

extern struct suite_env suite_env;

/** speed_measure() - a fixed piece of work, compared with the nominal machine */
double speed_measure(void);

/** random_start() - begin the stream of one test */
void random_start(uint64_t seed, const char *test);

/** scratch_mount() - mount the machine's ext4 disk, or the test is broken */
#define SCRATCH_DIR "/scratch"
void scratch_mount(void);

/**
 * process_oom_score() - who goes first for want of memory, -1000 (never) to 1000; see
 * proc(5), oom_score_adj. What is refused, or has gone, stays as it is.
 */
void process_oom_score(pid_t pid, const char *score);

/** xalloc() - zeroed memory, or the test is broken */
void *xalloc(size_t len);

/** text_format() - vasprintf(3) into fresh memory, or the test is broken */
char *text_format(const char *fmt, va_list ap) __attribute__((format(printf, 1, 0)));

/** descendants_end() - kill and reap all that is left below this process */
void descendants_end(void);

/** tree_remove() - remove a working directory and all it holds */
void tree_remove(const char *path);

#endif
