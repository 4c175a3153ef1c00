/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vmas.h - the mappings of a process: read them, count them, foretell them,
 * and change them to the page.
 *
 * The contract between main.c (given) and vmas.c (yours). A mapping is one
 * line of /proc/PID/maps; the kernel calls it a VMA, virtual memory area.
 *
 *	00400000-004a2000 r-xp 00001000 fd:01 8237    /usr/bin/two words (deleted)
 *	start    end      |  | offset   dev   inode   path
 *	                  rights, then s (shared) or p (private)
 *
 * All numbers there are hexadecimal but the inode's. end is the first address
 * behind the mapping. A page here has sysconf(_SC_PAGESIZE) bytes.
 *
 * Every function returns 0 or a positive result, or a negative errno such as
 * -EINVAL. On error nothing has changed: not a mapping, not a byte, not a
 * result. No function leaves a descriptor open, whether it succeeds or fails,
 * and none prints: standard output is the tool's.
 */
#ifndef VMAS_H
#define VMAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* -------------------------------------------------------- read the mappings */

/**
 * struct vm_line - a line of /proc/PID/maps
 * @prot: any of PROT_READ, PROT_WRITE, PROT_EXEC
 * @path: all that stands behind the spaces after the inode, up to the end of
 *	the line, without its newline: it may contain spaces, end in
 *	" (deleted)", be "[heap]", and have any length; "" if there is nothing
 */
struct vm_line {
	uint64_t start, end;
	int prot;
	bool shared;
	uint64_t offset;
	unsigned major, minor;
	uint64_t inode;
	char *path;
};

/**
 * vm_find() - the mapping that holds an address
 * @maps: the file to read: "/proc/self/maps", or one that looks like it
 * @addr: the address
 * @line: receives the line; the caller frees line->path with free(3)
 *
 * Return: 0; -EFAULT if no mapping holds the address, or the negative errno
 * with which @maps cannot be opened or read.
 */
int vm_find(const char *maps, uint64_t addr, struct vm_line *line);

/**
 * vm_count() - how many mappings have a byte in a range
 * @maps: as for vm_find()
 * @start: the first byte of the range
 * @end: the first byte behind it; not below @start
 *
 * Return: the number, which is 0 for an empty range; or the negative errno
 * with which @maps cannot be opened or read.
 */
long vm_count(const char *maps, uint64_t start, uint64_t end);

/* -------------------------------------------------------- foretell the lines */

enum vm_op {
	VM_UNMAP, /* munmap(2) */
	VM_MAP, /* mmap(2): private, anonymous, PROT_READ | PROT_WRITE, MAP_FIXED */
	VM_SHARE, /* the same with MAP_SHARED instead of MAP_PRIVATE */
	VM_PROTECT, /* mprotect(2) to @prot */
};

/** struct vm_step - one call, on @count pages from page @first on; @count is above 0 */
struct vm_step {
	enum vm_op op;
	size_t first, count;
	int prot; /* VM_PROTECT only: any of PROT_READ, PROT_WRITE, PROT_EXEC */
};

/**
 * vm_predict() - into how many lines of maps will these calls cut an area?
 * @pages: how many pages the area has, above 0; nothing else is mapped near it
 * @step: the calls, in their order; none reaches out of the area
 * @n: how many, 0 allowed
 *
 * At first the area is one VM_MAP of all its pages. No page is ever touched.
 * An mprotect(2) that comes to a page which is not mapped stops there with
 * ENOMEM: the pages before it have their new rights, those behind keep theirs.
 * The calls behind it are made all the same. Computed: the function makes none
 * of them.
 *
 * Return: the number of lines at the end, or -ENOMEM.
 */
long vm_predict(size_t pages, const struct vm_step *step, size_t n);

/* ------------------------------------------------------ change them to the page */

/**
 * vm_punch() - make a hole
 * @p: the first byte of the hole
 * @n: its bytes
 *
 * Afterwards no page of the range is mapped; an access there is SIGSEGV with
 * SEGV_MAPERR. All other pages and their bytes are as they were. Pages which
 * are not mapped already are no error.
 *
 * Return: 0; -EINVAL if @p or @n is not a multiple of the page size or @n is
 * 0; or the negative errno of the call that failed.
 */
int vm_punch(void *p, size_t n);

/**
 * vm_place() - map new memory at a given address, and only where nothing is
 * @want: the address
 * @n: bytes; up to the end of the last page are mapped
 *
 * The memory is private and anonymous, can be read and written, and is zero.
 * Between neighbours of the same kind it becomes one line with them.
 *
 * Return: 0; -EINVAL if @want is not a multiple of the page size or @n is 0,
 * whatever is mapped there; -EEXIST if any page of the range is mapped; or the
 * negative errno of the call that failed.
 */
int vm_place(void *want, size_t n);

/* ------------------------------------------------------ memory that has a shape */

/** enum vm_edge - which end of a block lies at its guard page to the byte */
enum vm_edge {
	VM_BEHIND, /* the first byte behind the block faults */
	VM_BEFORE, /* the last byte before the block faults */
};

/**
 * vm_guard() - allocate a block with a guard on either side
 * @n: bytes
 * @edge: where the block lies in its pages
 * @block: receives the address of its first byte; not aligned for VM_BEHIND
 *
 *	            guard   |  the block's pages   |   guard
 *	VM_BEHIND   ------- | ....[     block     ]| -------
 *	VM_BEFORE   ------- |[     block     ].... | -------
 *
 * The block's pages are private memory of zeros to be read and written, as few
 * as the block needs. The page before the first and the page behind the last
 * are mapped without any right: each access there is SIGSEGV with SEGV_ACCERR,
 * and no later mapping can come to lie there.
 *
 * Return: 0; -EINVAL if @n is 0; -ENOMEM if there are not as many addresses,
 * also when @n and its guards are too many for size_t; or the negative errno
 * of the call that failed.
 */
int vm_guard(size_t n, enum vm_edge edge, void **block);

/**
 * vm_unguard() - give a block and its guards back
 * @block: as vm_guard() gave it; its size is for you to find
 *
 * Nothing of it stays mapped, and nothing else is unmapped: the guard of the
 * next block may lie right beside.
 *
 * Return: 0, or the negative errno of the call that failed.
 */
int vm_unguard(void *block);

/**
 * vm_ring() - memory that begins again where it ends
 * @n: its bytes
 * @ring: receives the address of the first
 *
 *	ring          ring + n        ring + 2n
 *	| page 0 1 2  | page 0 1 2    |
 *
 * Maps the same @n bytes of new memory, all zero, twice in a row. A text of up
 * to @n bytes can so be stored from any byte of the ring on, with one memcpy.
 * Both halves can be read and written. The caller releases all with one
 * munmap(2) of 2 @n bytes; nothing else has to be closed or removed, then or
 * before. While the ring is made, nothing is mapped over addresses that were
 * not yours: another thread may call mmap(2) at any moment.
 *
 * Return: 0; -EINVAL if @n is 0 or not a multiple of the page size; -ENOMEM if
 * there are not 2 @n addresses, also when 2 @n is too much for size_t; or the
 * negative errno of the call that failed.
 */
int vm_ring(size_t n, void **ring);

#endif
