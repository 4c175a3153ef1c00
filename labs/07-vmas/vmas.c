/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vmas.c - the mappings of a process: read, counted, foretold, and changed to
 * the page.
 *
 * The contract of each function stands in vmas.h.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vmas.h"

/*
 * TODO (failure_leaves_nothing): holds for vm_guard and vm_ring, and for
 * vm_find and vm_count; see README task 7. Helper functions of your own,
 * declared static, go here.
 */

int vm_find(const char *maps, uint64_t addr, struct vm_line *line)
{
	/*
	 * TODO (find_reads_every_field, find_keeps_whole_path,
	 * end_is_outside): look for the line that holds addr; see README task 1.
	 */
	(void)maps;
	(void)addr;
	(void)line;
	return -ENOSYS;
}

long vm_count(const char *maps, uint64_t start, uint64_t end)
{
	/*
	 * TODO (end_is_outside): count the lines that have a byte in the range;
	 * see README task 2.
	 */
	(void)maps;
	(void)start;
	(void)end;
	return -ENOSYS;
}

long vm_predict(size_t pages, const struct vm_step *step, size_t n)
{
	/*
	 * TODO (predict_matches_kernel): work out how many lines the area will
	 * have; see README task 3.
	 */
	(void)pages;
	(void)step;
	(void)n;
	return -ENOSYS;
}

int vm_punch(void *p, size_t n)
{
	/*
	 * TODO (punch_splits_a_mapping): unmap these pages and no others; see
	 * README task 4.
	 */
	(void)p;
	(void)n;
	return -ENOSYS;
}

int vm_place(void *want, size_t n)
{
	/*
	 * TODO (place_fills_a_hole, place_never_destroys): map exactly there, or
	 * not at all; see README task 5.
	 */
	(void)want;
	(void)n;
	return -ENOSYS;
}

int vm_guard(size_t n, enum vm_edge edge, void **block)
{
	/*
	 * TODO (guard_faults_on_both_sides): put pages without rights around a
	 * block; see README task 6.
	 */
	(void)n;
	(void)edge;
	(void)block;
	return -ENOSYS;
}

int vm_unguard(void *block)
{
	/*
	 * TODO (unguard_leaves_nothing): unmap the block and both its guards;
	 * see README task 6.
	 */
	(void)block;
	return -ENOSYS;
}

int vm_ring(size_t n, void **ring)
{
	/*
	 * TODO (ring_shows_its_bytes_twice, ring_spares_its_neighbours): map the
	 * same memory twice in a row; see README task 7.
	 */
	(void)n;
	(void)ring;
	return -ENOSYS;
}
