/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * family.c - memory shared by a parent and its children, and private memory
 * that is copied when one of them writes.
 *
 * The contract of each function stands in family.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "family.h"

/*
 * TODO (output_appears_once, lost_child_is_reported, nothing_stays_behind,
 * failed_call_cleans_up): hold for all functions that make children; see
 * README tasks 7 and 8. Helper functions of your own, declared static, go here.
 */

int fam_map(enum fam_kind kind, size_t len, void **mem)
{
	/*
	 * TODO (count_reaches_parent, zero_maps_dev_zero): map memory that
	 * processes share; see README tasks 1 and 4.
	 */
	(void)kind;
	(void)len;
	(void)mem;
	return -ENOSYS;
}

int fam_count(unsigned nchild, unsigned times, long *total)
{
	/*
	 * TODO (count_reaches_parent, children_work_at_once,
	 * no_update_is_lost): let children add to one counter at the same
	 * time; see README tasks 1 and 2.
	 */
	(void)nchild;
	(void)times;
	(void)total;
	return -ENOSYS;
}

int fam_talk(enum fam_kind kind, const char *const *text, size_t n)
{
	/*
	 * TODO (talk_goes_both_ways, long_message_is_cut): exchange messages
	 * with a child through shared memory; see README task 3.
	 */
	(void)kind;
	(void)text;
	(void)n;
	return -ENOSYS;
}

int fam_cow(const char *plan, char *parent, char *child, char *frames)
{
	/*
	 * TODO (private_write_copies_page, copied_pages_are_reported): let a
	 * child write to private pages, and report what both processes see and
	 * which frames lie behind; see README tasks 5 and 6.
	 */
	(void)plan;
	(void)parent;
	(void)child;
	(void)frames;
	return -ENOSYS;
}
