/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * paging.c - see, count, bring, keep and give back the pages of mappings, and
 * what a mapping costs against read(2).
 *
 * The contract of each function stands in paging.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "paging.h"

/* Helper functions of your own, declared static, go here. */

long pg_resident(const void *p, size_t n, unsigned char *vec)
{
	/*
	 * TODO (resident_marks_each_page): ask the kernel which pages are in
	 * memory; see README task 1.
	 */
	(void)p;
	(void)n;
	(void)vec;
	return -ENOSYS;
}

int pg_measure(const struct pg_work *work, struct pg_faults *out)
{
	/*
	 * TODO (faults_of_the_loop_only): take the process's counters before
	 * and after the loop; see README task 2.
	 */
	(void)work;
	(void)out;
	return -ENOSYS;
}

int pg_map(int fd, size_t n, void **out)
{
	/*
	 * TODO (populated_file_needs_no_fault): have mmap do the work of the
	 * faults; see README task 3.
	 */
	(void)fd;
	(void)n;
	(void)out;
	return -ENOSYS;
}

int pg_ready(void *p, size_t n)
{
	/*
	 * TODO (ready_memory_needs_no_fault): bring the pages as a store would
	 * bring them; see README task 4.
	 */
	(void)p;
	(void)n;
	return -ENOSYS;
}

int pg_pin(void *p, size_t n)
{
	/*
	 * TODO (pinned_memory_stays_resident, refused_pin_locks_nothing): lock
	 * the pages in memory, all of them or none; see README task 5.
	 */
	(void)p;
	(void)n;
	return -ENOSYS;
}

int pg_unpin(void *p, size_t n)
{
	/* TODO (pinned_memory_stays_resident): see README task 5. */
	(void)p;
	(void)n;
	return -ENOSYS;
}

int pg_drop(void *p, size_t n)
{
	/*
	 * TODO (dropped_memory_comes_back_by_its_kind,
	 * drop_touches_whole_pages_only): tell the kernel that the pages are
	 * not needed; see README task 6.
	 */
	(void)p;
	(void)n;
	return -ENOSYS;
}

long pg_rss(const void *p, size_t n)
{
	/*
	 * TODO (rss_is_of_this_range_alone): /proc/self/smaps knows it, mapping
	 * by mapping; see README task 7.
	 */
	(void)p;
	(void)n;
	return -ENOSYS;
}

int pg_evict(int fd)
{
	/*
	 * TODO (cold_file_costs_major_faults): the kernel drops clean pages
	 * only; see README task 8.
	 */
	(void)fd;
	return -ENOSYS;
}

int pg_fetch(int fd, off_t offset, size_t n)
{
	/* TODO (cold_file_costs_major_faults): see README task 8. */
	(void)fd;
	(void)offset;
	(void)n;
	return -ENOSYS;
}

int pg_race(const char *path, bool cold, void *buf, size_t size, struct pg_race *out)
{
	/*
	 * TODO (race_counts_are_true, race_is_fair): the same work in two ways,
	 * with an account of each; see README task 9.
	 */
	(void)path;
	(void)cold;
	(void)buf;
	(void)size;
	(void)out;
	return -ENOSYS;
}
