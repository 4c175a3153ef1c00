/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * boundaries.c - what happens at the ends of a file and of its mapping:
 * tried, foretold, and moved while the mapping lives.
 *
 * The contract of each function stands in boundaries.h.
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "boundaries.h"

int bnd_probe(void *p, bool write)
{
	/*
	 * TODO (probe_names_each_fate, probe_works_again,
	 * probe_of_write_changes_nothing, probe_leaves_caller_alone): try the
	 * access, and catch the signal that it may raise; see README task 1.
	 */
	(void)p;
	(void)write;
	return -ENOSYS;
}

int bnd_predict(const struct access *a)
{
	/*
	 * TODO (predict_finds_end_of_file, predict_finds_end_of_mapping,
	 * predict_is_right_on_whole_grid): work the fate out from the numbers
	 * alone; see README task 2.
	 */
	(void)a;
	return -ENOSYS;
}

int bnd_grow(int fd, void *map, size_t length, off_t size)
{
	/*
	 * TODO (grow_keeps_mapping_and_exact_size, grow_adds_zeros_only): make
	 * the file longer under its mapping; see README task 3.
	 */
	(void)fd;
	(void)map;
	(void)length;
	(void)size;
	return -ENOSYS;
}

int bnd_shrink(int fd, void *map, size_t length, off_t size)
{
	/*
	 * TODO (shrink_keeps_what_is_mapped): bring the bytes to safety before
	 * the file gives up its pages; see README task 4.
	 */
	(void)fd;
	(void)map;
	(void)length;
	(void)size;
	return -ENOSYS;
}
