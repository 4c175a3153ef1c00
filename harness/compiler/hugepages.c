// SPDX-License-Identifier: GPL-2.0-only
/*
 * hugepages.c - loaded into the compiler (LD_PRELOAD) when it builds what a
 * student wrote: asks for huge pages below what it allocates.
 *
 * A short compilation is mostly page faults: cc1 takes its memory by mmap(2) and
 * ld by malloc(), both in new processes for each file. With huge pages a small
 * program is compiled and linked with a quarter of the faults; what that is worth
 * depends on the host. glibc.malloc.hugetlb does the same for malloc() only, and
 * glibc 2.36 compares a text without its end then, so that one process in five goes
 * without. Where the host lends no huge pages, nothing changes.
 */
#include <malloc.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define HUGE ((size_t)2 << 20)
#define HEAP (32 * HUGE)

void *mmap(void *addr, size_t length, int prot, int flags, int fd, off_t offset)
{
	void *p = (void *)syscall(SYS_mmap, addr, length, prot, flags, fd, offset);

	if (p != MAP_FAILED && flags & MAP_ANONYMOUS && length >= HUGE)
		madvise(p, length, MADV_HUGEPAGE);
	return p;
}

/* The heap grows once, by more than a compilation needs. */
__attribute__((constructor)) static void grow_heap(void)
{
	void *first, *second;

	mallopt(M_TOP_PAD, HEAP);
	/* There is a small heap already, but no room for both. */
	first = malloc(100 << 10);
	second = malloc(100 << 10);
	madvise((char *)sbrk(0) - HEAP, HEAP, MADV_HUGEPAGE);
	free(second);
	free(first);
}
