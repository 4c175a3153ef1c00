// SPDX-License-Identifier: GPL-2.0-only
/*
 * protection.c - predict and provoke the answers of mmap(2), and lift a
 * protection for the length of a call.
 *
 * The contract of each function stands in protection.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "protection.h"

int can_map(int oflags, int prot, int flags, bool noexec)
{
	/*
	 * TODO (matrix_matches_kernel, type_and_flags_match_kernel,
	 * noexec_mount_is_respected): compute what mmap answers; see README
	 * tasks 1 and 2.
	 */
	(void)oflags;
	(void)prot;
	(void)flags;
	(void)noexec;
	return -ENOSYS;
}

int can_protect(int oflags, int flags, bool noexec, int newprot)
{
	/*
	 * TODO (mprotect_limits_match_kernel, noexec_mount_is_respected):
	 * compute what mprotect answers; see README task 2.
	 */
	(void)oflags;
	(void)flags;
	(void)noexec;
	(void)newprot;
	return -ENOSYS;
}

int provoke(int wanted, int way)
{
	/*
	 * TODO (descriptor_errors_are_provoked, einval_has_five_reasons,
	 * enomem_has_three_reasons, flag_and_limit_errors_are_provoked,
	 * provoke_leaves_nothing_behind): make an mmap that the kernel
	 * refuses in this way; see README tasks 3 and 4.
	 */
	(void)wanted;
	(void)way;
	return -ENOSYS;
}

int with_write(void *p, size_t n, int (*fn)(void *arg), void *arg)
{
	/*
	 * TODO (region_is_writable_during_call, old_protection_comes_back,
	 * refused_region_stays_as_it_was): lift the protection, call, put it
	 * back; see README tasks 5 and 6.
	 */
	(void)p;
	(void)n;
	(void)fn;
	(void)arg;
	return -ENOSYS;
}
