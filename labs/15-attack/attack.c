// SPDX-License-Identifier: GPL-2.0-only
/*
 * attack.c - two attacks on a careless driver, see attack.h. For the machine
 * of this lab only: to know the mistake is to stop making it.
 */
#include "attack.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>


int attack_search(int fd, const unsigned char tag[ATTACK_TAG],
		  unsigned char secret[ATTACK_SECRET])
{
	/*
	 * TODO (search_finds_secret): map what lies behind the buffer and look at
	 * the beginning of each page; see README task 1.
	 */
	/*
	 * TODO (search_looks_both_ways): and what lies before it; see task 2.
	 */
	/*
	 * TODO (nothing_without_a_secret): come to an end, and unmap; see task 3.
	 */
	return -ENOSYS;
}

int attack_store(int fd, size_t at, unsigned char value)
{
	/*
	 * TODO (store_changes_readonly_buffer): map for reading, which is allowed,
	 * and ask for more afterwards; see README task 4.
	 */
	return -ENOSYS;
}
