// SPDX-License-Identifier: GPL-2.0-only
/*
 * hugepages.c - loaded (LD_PRELOAD) into QEMU, and into the compiler when it builds
 * what a student wrote: asks for huge pages below what they allocate.
 *
 * Both live for about a second, and much of that are page faults: cc1 takes its memory by
 * mmap(2), ld and QEMU by malloc(). With huge pages a small program is compiled and
 * linked with a quarter of the faults, and a machine has half; what that is worth
 * depends on the host. glibc.malloc.hugetlb does the same for malloc() only, and
 * glibc 2.36 compares a text without its end then, so that one process in five goes
 * without. Where the host lends no huge pages, nothing changes.
 */
#include <link.h>
#include <malloc.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define HUGE ((size_t)2 << 20)
#define HEAP (32 * HUGE)
/* The most that malloc() takes from the heap, mallopt(3). */
#define LARGE (16 * HUGE)

void *mmap(void *addr, size_t length, int prot, int flags, int fd, off_t offset)
{
	void *p = (void *)syscall(SYS_mmap, addr, length, prot, flags, fd, offset);

	if (p != MAP_FAILED && flags & MAP_ANONYMOUS && length >= HUGE)
		madvise(p, length, MADV_HUGEPAGE);
	return p;
}

/* QEMU would give the heap back before it has begun to use it. */
int malloc_trim(size_t pad)
{
	(void)pad;
	return 0;
}

/* Of the program itself, which comes first: objtool clears 8 MiB of variables. */
static int advise_variables(struct dl_phdr_info *info, size_t size, void *data)
{
	const ElfW(Phdr) *p = info->dlpi_phdr;
	int i;

	(void)size;
	(void)data;
	for (i = 0; i < info->dlpi_phnum; i++)
		if (p[i].p_type == PT_LOAD && p[i].p_flags & PF_W)
			madvise((void *)((info->dlpi_addr + p[i].p_vaddr) & -4096), p[i].p_memsz,
				MADV_HUGEPAGE);
	return 1;
}

/*
 * One heap, for all threads and sizes, that grows once and by more than is needed.
 * Constructors before this one may have left room in a small heap, but not for
 * a huge page.
 */
__attribute__((constructor)) static void grow_heap(void)
{
	void *p;

	mallopt(M_ARENA_MAX, 1);
	mallopt(M_MMAP_THRESHOLD, LARGE);
	mallopt(M_TOP_PAD, HEAP);
	p = malloc(HUGE);
	madvise((char *)sbrk(0) - HEAP, HEAP, MADV_HUGEPAGE);
	free(p);
	dl_iterate_phdr(advise_variables, NULL);
}
