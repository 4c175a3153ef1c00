/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * replace.c - change, grow, shrink and copy files through mappings.
 *
 * The contract of each function stands in replace.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "replace.h"

/*
 * TODO (unusable_input_is_refused, nothing_stays_mapped_or_open): hold for
 * all functions below; see README task 6. Helper functions of your own,
 * declared static, go here.
 */

int rep_open(struct rep_map *m, const char *path, bool writable)
{
	/*
	 * TODO (count_finds_every_match): open the file and map all of it; see
	 * README task 1.
	 */
	(void)m;
	(void)path;
	(void)writable;
	return -ENOSYS;
}

int rep_resize(struct rep_map *m, size_t len)
{
	/*
	 * TODO (resize_moves_end_of_file_and_mapping,
	 * failed_growth_changes_nothing): change the length of the file and of
	 * its mapping; see README task 2.
	 */
	(void)m;
	(void)len;
	return -ENOSYS;
}

void rep_close(struct rep_map *m)
{
	/* TODO (nothing_stays_mapped_or_open): see README task 1. */
	(void)m;
}

long rep_count(const char *path, const void *from, size_t from_len)
{
	/*
	 * TODO (count_finds_every_match): search all bytes of the file; see
	 * README task 1.
	 */
	(void)path;
	(void)from;
	(void)from_len;
	return -ENOSYS;
}

long rep_change(const char *path, const void *from, size_t from_len,
		const void *to, size_t to_len)
{
	/*
	 * TODO (same_length_is_changed_in_place, shorter_text_cuts_file,
	 * longer_text_grows_file, matches_do_not_overlap,
	 * new_text_is_not_searched_again): replace each match in one pass; see
	 * README tasks 3 and 4.
	 */
	(void)path;
	(void)from;
	(void)from_len;
	(void)to;
	(void)to_len;
	return -ENOSYS;
}

int rep_copy(const char *source, const char *target)
{
	/*
	 * TODO (copy_equals_source, copy_onto_itself_is_refused): copy from
	 * one mapping to another; see README task 5.
	 */
	(void)source;
	(void)target;
	return -ENOSYS;
}
