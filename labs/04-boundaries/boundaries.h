/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * boundaries.h - what happens at the ends of a file and of its mapping.
 *
 * The contract between main.c (given) and boundaries.c (yours). Four things
 * can become of an access to memory, and each has a name here:
 *
 *	FATE_OK      it is done
 *	FATE_BUS     SIGBUS: a mapping is there, but its file has no such page
 *	FATE_MAPERR  SIGSEGV with si_code SEGV_MAPERR: no mapping is there
 *	FATE_ACCERR  SIGSEGV with si_code SEGV_ACCERR: the mapping there does
 *	             not permit this access
 *
 * A page has 4096 bytes; sysconf(_SC_PAGESIZE) says so too. Every function
 * returns 0 or a fate (which is not negative), or a negative errno such as
 * -EINVAL, and leaves no descriptor open and no process behind.
 */
#ifndef BOUNDARIES_H
#define BOUNDARIES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum fate { FATE_OK, FATE_BUS, FATE_MAPERR, FATE_ACCERR };

/**
 * bnd_probe() - try to read or to write one byte, and survive it
 * @p: any address at all, mapped or not
 * @write: the fate asked for is that of a store to the byte; else of a read.
 *	Where both fail, but in different ways, either answer is right.
 *
 * After the call the byte is what it was, whatever was tried, and so are the
 * caller's handlers for all signals and its signal mask. It must not matter
 * what the caller has set them to: SIGSEGV and SIGBUS may be handled,
 * ignored or blocked. May be called any number of times, one call at a time.
 *
 * Return: the fate of the access; or the negative errno of a call that failed.
 */
int bnd_probe(void *p, bool write);

/**
 * struct access - an access to memory that nobody has made yet
 * @file_size: bytes in the file
 * @length, @offset, @prot: the arguments of the mmap() that maps the file.
 *	Before and behind the mapping, nothing is mapped.
 * @at: which byte is accessed, counted from the start of the mapping
 * @write: it is stored to; else it is read
 */
struct access {
	off_t file_size;
	size_t length;
	off_t offset;
	int prot;
	size_t at;
	bool write;
};

/**
 * bnd_predict() - say what would become of an access, without trying it
 *
 * As Linux on x86 has it. Maps nothing and touches nothing. @offset and
 * @at are not negative, and no sum of them is too large for its type.
 *
 * Return: its fate, or -EINVAL if mmap() would refuse this length or offset.
 */
int bnd_predict(const struct access *a);

/**
 * bnd_grow() - make a file longer while it is mapped
 * @fd: the file, open for reading and writing
 * @map: the whole file, mapped shared, readable and writable, from offset 0
 * @length: of the mapping, in bytes: at least @size
 * @size: the new size
 *
 * The mapping stays as it is, at its address. The file has exactly @size
 * bytes afterwards: the old ones, then zeros. Zeros they are also when
 * somebody has stored other bytes behind the end of the file, where the last
 * page has room for them.
 *
 * Return: 0; -EINVAL if @size is smaller than the file, which is then left
 * alone; or the negative errno of the call that failed.
 */
int bnd_grow(int fd, void *map, size_t length, off_t size);

/**
 * bnd_shrink() - make a file shorter, and keep in memory what is mapped
 * @fd: the file, open for reading and writing
 * @map: mapped private, readable and writable, from offset 0. The
 *	program may have stored to it.
 * @length: of the mapping, in bytes: not more than the file has
 * @size: the new size
 *
 * The file has exactly @size bytes afterwards and those it had before. All
 * @length bytes from @map on can still be read and written, and are what
 * they were before the call: those behind the new end too, stored to or not.
 *
 * Return: 0; -EINVAL if @size is larger than the file; or the negative errno
 * of the call that failed.
 */
int bnd_shrink(int fd, void *map, size_t length, off_t size);

#endif
