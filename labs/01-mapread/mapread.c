/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mapread.c - a file, or any window of it, read through a mapping.
 *
 * The contract of each function stands in mapread.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mapread.h"

/*
 * TODO (errno_is_passed_on, nothing_to_map_is_no_error): hold for all
 * functions below; see README tasks 2 and 4. Helper functions of your own,
 * declared static, go here.
 */

int mr_open(const char *path, struct mr_map *m)
{
	/*
	 * TODO (whole_file_is_copied, file_is_mapped_not_read,
	 * mapping_is_read_only): map the whole file; see README task 1.
	 */
	(void)path;
	(void)m;
	return -ENOSYS;
}

int mr_window(const char *path, off_t off, size_t len, struct mr_map *m)
{
	/*
	 * TODO (window_holds_the_right_bytes, window_reaches_past_3_gib): map
	 * the pages on which the window lies; see README task 3.
	 */
	(void)path;
	(void)off;
	(void)len;
	(void)m;
	return -ENOSYS;
}

void mr_close(struct mr_map *m)
{
	/*
	 * TODO (nothing_stays_mapped_or_open): unmap all that was mapped; see
	 * README tasks 1 and 7.
	 */
	(void)m;
}

int mr_write(const struct mr_map *m, int fd)
{
	/*
	 * TODO (whole_file_is_copied, short_write_is_continued): write all
	 * bytes to the descriptor; see README tasks 1 and 6.
	 */
	(void)m;
	(void)fd;
	return -ENOSYS;
}

ssize_t mr_count(const struct mr_map *m, const char *text, size_t n)
{
	/*
	 * TODO (count_needs_no_terminator): count the places where the text
	 * stands; see README task 5.
	 */
	(void)m;
	(void)text;
	(void)n;
	return -ENOSYS;
}
