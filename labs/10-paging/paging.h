/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * paging.h - when memory is really there, what it costs to bring it, and how
 * to keep it or give it back.
 *
 * The contract between main.c (given) and paging.c (yours). A mapping is a
 * promise. The page comes with the first touch, by a page fault:
 *
 *	minor fault   the page is in memory already, or needs no reading: the
 *	              kernel only enters it into the page table
 *	major fault   the page must be read from the disk first
 *
 * A page is 4096 bytes. A range is the @n bytes from @p, at any address and of
 * any length; its pages are all those that hold at least one byte of it. Only
 * pg_resident() is given one of 0 bytes.
 * Unless it says otherwise, a function returns 0 or the negative errno of the
 * call that failed, and leaves no descriptor open and nothing else mapped.
 */
#ifndef PAGING_H
#define PAGING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define PG_SIZE 4096

/**
 * pg_resident() - which pages of a range are in memory now?
 * @vec: the caller's, one byte for each page of the range and not one more:
 *	set to 1 for a page that is in memory, to 0 for one that is not
 *
 * Looks only: no page comes into memory by it. A page of a mapped file counts
 * as soon as it is in the page cache, also if this process never touched it.
 *
 * Return: how many pages are in memory (0 if @n is 0), or
 * -ENOMEM: a page of the range is not mapped.
 */
long pg_resident(const void *p, size_t n, unsigned char *vec);

struct pg_faults {
	long minor, major;
};

/**
 * struct pg_work - what pg_measure() runs
 * @prepare: makes everything ready; 0 or a negative errno
 * @loop: touches memory
 * @finish: undoes what prepare did
 */
struct pg_work {
	int (*prepare)(void *arg);
	void (*loop)(void *arg);
	void (*finish)(void *arg);
	void *arg;
};

/**
 * pg_measure() - count the page faults of work->loop, and of nothing else
 *
 * Calls prepare, loop and finish once each, in this order. If prepare fails,
 * neither of the others is called.
 *
 * Return: 0 with @out filled in, or what prepare returned.
 */
int pg_measure(const struct pg_work *work, struct pg_faults *out);

/**
 * pg_map() - map the first @n bytes of a file for reading, wholly prepared
 * @fd: open for reading; stays open, and stays the caller's
 * @out: receives the address of a mapping of the file; the caller unmaps it
 *
 * When it returns, no first read of any page costs a fault, neither a minor
 * nor a major one, whether the file was in memory before or not. Nothing of it
 * is locked: RLIMIT_MEMLOCK may be smaller than the file.
 *
 * Return: 0, or a negative errno.
 */
int pg_map(int fd, size_t n, void **out);

/**
 * pg_ready() - make a range ready for writing
 * @p: mapped with PROT_READ and PROT_WRITE, of any kind: anonymous or a file,
 *	private or shared; some pages may have been touched before, others not
 *
 * When it returns, no store to any page costs a fault. No byte is changed.
 *
 * Return: 0, or a negative errno.
 */
int pg_ready(void *p, size_t n);

/**
 * pg_pin() - bring the pages of a range into memory and keep them there
 * @p: memory of which nothing is locked yet
 *
 * Exactly the pages of the range are locked.
 *
 * Return: 0, or with nothing of the range locked
 * -EPERM: RLIMIT_MEMLOCK is 0;
 * -ENOMEM: that would be more than RLIMIT_MEMLOCK allows, or some page of the
 *	range is not mapped or cannot be brought into memory.
 */
int pg_pin(void *p, size_t n);

/** pg_unpin() - unlock a range; its content stays. Return: 0 or -errno */
int pg_unpin(void *p, size_t n);

/**
 * pg_drop() - give the memory of a range back, and keep the mapping
 *
 * Works on the pages that lie wholly within the range; bytes that share a page
 * with others outside of it stay as they are. When it returns, none of these
 * pages is in the page table. What the next touch finds depends on the kind of
 * mapping: see README, "The idea".
 *
 * Return: 0, also if there is no whole page, or
 * -EINVAL: a page is locked (for the test, all of them are): nothing happens.
 */
int pg_drop(void *p, size_t n);

/**
 * pg_rss() - how many pages of a range are in this process's page table?
 * @p: the range is made of whole mappings, as /proc/self/maps lists them:
 *	one or several, with gaps or without
 *
 * It is what the kernel calls Rss: pages of a file that are only in the page
 * cache do not count, nor does the kernel's one page of zeros, and pages that
 * other processes have mapped as well count in full.
 *
 * Return: the number of pages, or a negative errno.
 */
long pg_rss(const void *p, size_t n);

/**
 * pg_evict() - remove all of a file from the page cache
 * @fd: a regular file on a disk, mapped by nobody. It may have been written a
 *	moment ago; nothing of it is lost
 *
 * Return: 0, or a negative errno.
 */
int pg_evict(int fd);

/**
 * pg_fetch() - have @n bytes of a file from @offset read into the page cache
 *
 * They may still be on their way when it returns. All of them: one call of
 * posix_fadvise(2), madvise(2) or readahead(2) begins to read a part of a large
 * range only (1280 KiB on our disk, 128 KiB on any), and does not say so.
 *
 * Return: 0, or a negative errno.
 */
int pg_fetch(int fd, off_t offset, size_t n);

/**
 * struct pg_way - what it took to add up a file in one way
 * @sum: as pg_add() computes it, from 0
 * @copied: bytes that system calls copied into memory of this process
 * @calls: for read: calls of read(2), also one that returns 0;
 *	for map: calls of mmap(2), madvise(2) and munmap(2)
 * @faults: page faults on the way
 * @ns: nanoseconds that passed on the way, also while it waited
 *
 * A way begins before the file is opened and ends after it has been closed.
 */
struct pg_way {
	uint64_t sum;
	uint64_t copied;
	long calls;
	struct pg_faults faults;
	uint64_t ns;
};

struct pg_race {
	struct pg_way read, map;
};

/**
 * pg_race() - add up a file by read(2) and through a mapping, and compare
 * @path: a file on a disk, not empty; permission to read it is enough
 * @cold: true: before each way the file is evicted from the page cache;
 *	false: before each way all of it is in the page cache
 * @buf, @size: memory for read(2), which has been touched already
 * @out: every member is for you to set; nobody has cleared them
 *
 * What makes the file cold or warm is no part of a way, and maps nothing: all
 * mmap(2) of the file, and what is done with it, is the second way's. Each byte of
 * the file goes to pg_add() once in each way: from @buf, or straight from the mapping.
 *
 * Return: 0, or a negative errno.
 */
int pg_race(const char *path, bool cold, void *buf, size_t size, struct pg_race *out);

/* --------------------------------------------------- what main.c has for you */

/** pg_add() - @sum plus the @n bytes at @data, each taken as 0 to 255 */
uint64_t pg_add(uint64_t sum, const void *data, size_t n);

#endif
