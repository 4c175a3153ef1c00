/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * durability.h - a journal in a mapped file, which survives a power cut.
 *
 * The contract between main.c (given) and durability.c (yours). A journal is
 * a file of fixed size. Records are put behind one another, and a commit makes
 * all those put so far part of the journal, for good:
 *
 *	byte 0    8        4096
 *	     | mark | zeros | record | record | record | record | free ...
 *	                    |<---- mark: used ---->|
 *	                           committed         put only
 *
 *	a record   | len (4) | sum (4) | payload: len bytes | up to 7 bytes |
 *
 * A record begins at a multiple of 8. `sum` is jl_sum(len, payload); the bytes
 * that fill it up to the next multiple of 8 have no meaning. The mark is a
 * single word of 64 bits, jl_mark(used), so that one store replaces it: there
 * is no moment at which half of it is new. All numbers are in the byte order
 * of the machine.
 *
 * A file that is empty, or whose mark is 0, holds no journal yet: the power
 * failed while it was made, and nothing can have been committed. One of 1 to 7
 * bytes has no mark and is none of these: -EBADMSG.
 *
 * After a power cut the file holds what was made durable before it, and of
 * what was stored since then any page or none, as the kernel had it: only the
 * order of your syncs says what cannot have happened.
 *
 * Functions return 0 or a positive result, or a negative errno.
 */
#ifndef DURABILITY_H
#define DURABILITY_H

#include <stddef.h>
#include <stdint.h>

#define JL_PAGE ((size_t)4096)
#define JL_START JL_PAGE /* of the first record */
#define JL_MIN (2 * JL_PAGE) /* bytes of the smallest journal */
#define JL_MAX ((size_t)1 << 30) /* and of the largest */

struct jl_record {
	uint32_t len;
	uint32_t sum;
	unsigned char payload[];
};

/* ---------------------------------------------------------------------- given */

/**
 * jl_sum() - a checksum of a length and of so many bytes; never 0 for length 4
 *
 * FNV-1a. Each byte changes the sum in a way that no other byte undoes alone.
 */
static inline uint32_t jl_sum(uint32_t len, const void *bytes)
{
	const unsigned char *p = bytes;
	uint32_t sum = 2166136261, i;

	for (i = 0; i < sizeof(len); i++)
		sum = (sum ^ (len >> 8 * i & 255)) * 16777619;
	for (i = 0; i < len; i++)
		sum = (sum ^ p[i]) * 16777619;
	return sum;
}

/**
 * jl_mark() - the mark that says: the first @used bytes behind JL_START are
 * committed. The lower half of a mark is `used`, the upper half its checksum,
 * so m is a mark if m == jl_mark((uint32_t)m). 0 is none.
 */
static inline uint64_t jl_mark(uint32_t used)
{
	return (uint64_t)jl_sum(sizeof(used), &used) << 32 | used;
}

/* -------------------------------------------------------- durability.c: yours */

/**
 * struct jl - an open journal; main.c does not look into it
 * @fd: its descriptor, or -1 if you need none
 * @map: where the file is mapped
 * @size: bytes of the file
 * @used: bytes of committed records
 * @put: bytes of all records, those that are only put included
 */
struct jl {
	int fd;
	unsigned char *map;
	size_t size, used, put;
};

/**
 * jl_open() - open a journal, or make one
 * @j: the caller's; yours to fill. Of no use after an error
 * @path: a file; made if it is missing, and anew if it holds no journal yet
 * @cap: bytes of a file that is made: a multiple of JL_PAGE from JL_MIN to
 *	JL_MAX. Not looked at if the file holds a journal, which keeps its size
 *
 * The file is mapped shared until jl_close(). The next record is put behind
 * the last one committed; what else was put before the power failed is lost.
 *
 * A new journal has @cap bytes, blocks on the disk for all of them, no record,
 * and is on the disk, with its name, when the function returns. If the power
 * fails before, no mark is on the disk that promises more than is there.
 *
 * Return: 0, or
 * -EINVAL: @cap is not allowed, and a file would have to be made;
 * -EBADMSG: the mark is no mark, or says more than the file has. The file
 *	stays as it is;
 * the negative errno of the call that failed (-ENOSPC: the disk has no room
 *	for @cap bytes). A file without a journal may stay behind then.
 */
int jl_open(struct jl *j, const char *path, size_t cap);

/**
 * jl_put() - store a record behind those that were put before
 * @payload: copied into the mapping; @n bytes, may be 0
 *
 * No system call is needed for it. It is no part of the journal before the
 * next jl_commit(), whatever the kernel writes to the disk meanwhile.
 *
 * Return: 0, or -ENOSPC: it does not fit. Then nothing has changed.
 */
int jl_put(struct jl *j, const void *payload, size_t n);

/**
 * jl_commit() - make all records that were put part of the journal
 *
 * When it returns 0, they survive a power cut at any later moment. If the
 * power fails before it returns, jl_recover() finds all records put since the
 * last commit or none of them, and all those before them in any case.
 *
 * Return: 0 (also when nothing was put), or the negative errno of the call
 * that failed. Records that may not have reached the disk are then not marked
 * as committed, and only jl_close() may follow.
 */
int jl_commit(struct jl *j);

/**
 * jl_close() - unmap and close; records that were only put are given up
 */
void jl_close(struct jl *j);

/**
 * jl_recover() - call @fn for every committed record, the oldest first
 * @path: need not be writable, and is not changed
 * @fn: gets the payload, valid during the call, its length, and @arg. A result
 *	other than 0 ends the search and is returned
 *
 * No content of the file makes it touch memory that it should not. Leaves no
 * mapping and no descriptor, whatever the result.
 *
 * Return: how many records there are (0 if the file holds no journal yet), the
 * result of @fn, or
 * -EBADMSG: the mark is no mark or says more than the file has, or a committed
 *	record does not end within the committed bytes or has a wrong sum.
 *	The records before it have been reported, it and what follows have not;
 * the negative errno of the call that failed (-ENOENT ...).
 */
int jl_recover(const char *path, int (*fn)(const void *payload, size_t n, void *arg), void *arg);

/*
 * What jl_predict() is asked: a file of two pages, of which the first bytes
 * count. Both pages are mapped shared, and the file is open for reading and
 * writing.
 */
enum jl_call {
	JL_STORE, /* a store of @value to the first byte of @page, in the mapping */
	JL_WRITE, /* the same with pwrite(2) */
	JL_ASYNC, /* msync(2) of both pages with MS_ASYNC */
	JL_INVALIDATE, /* ... with MS_INVALIDATE */
	JL_SYNC, /* ... with MS_SYNC */
	JL_SYNC_INVALIDATE, /* ... with MS_SYNC | MS_INVALIDATE */
	JL_SYNC_ASYNC, /* ... with MS_SYNC | MS_ASYNC */
	JL_SYNC_PAGE, /* msync(2) with MS_SYNC of @page only */
	JL_SYNC_BYTE, /* ... of one byte, the second one of @page */
	JL_FSYNC, /* fsync(2) */
	JL_FDATASYNC, /* fdatasync(2) */
	JL_UNMAP, /* munmap(2) of both pages; mapped again for what follows */
	JL_CLOSE, /* close(2); opened again for what follows */
};

/** struct jl_step - one call; @page (0 or 1) and @value where it has them */
struct jl_step {
	enum jl_call call;
	unsigned page;
	char value;
};

/**
 * jl_predict() - what is on the disk when the power fails after these calls?
 * @step: @n calls, made one after another; their results were not looked at
 * @disk: the first bytes of both pages; before the first call they are the same
 *	in memory and on the disk. Replaced by what the disk has in the end
 *
 * The kernel has written nothing to the disk that it was not asked to.
 *
 * Return: 0.
 */
int jl_predict(const struct jl_step *step, size_t n, char disk[2]);

#endif
