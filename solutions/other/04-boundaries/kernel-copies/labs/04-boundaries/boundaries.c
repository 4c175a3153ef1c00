/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * boundaries.c - another correct solution: the kernel makes the access, when
 * it copies a byte through a pipe, and answers EFAULT instead of a signal;
 * /proc/self/maps tells why. Grow cuts the file where it ends, which clears
 * the rest of the page; shrink moves a copy to the mapping's place.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "boundaries.h"

/* An access that failed: is there a mapping, and does it permit it? */
static int why(unsigned long addr, bool write)
{
	FILE *f = fopen("/proc/self/maps", "re");
	unsigned long start, end;
	int fate = FATE_MAPERR;
	char line[4400], perm[5];

	if (!f)
		return -errno;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "%lx-%lx %4s", &start, &end, perm) == 3 && addr >= start &&
		    addr < end)
			fate = (write ? perm[1] == 'w' : strncmp(perm, "---", 3) != 0) ?
				       FATE_BUS :
				       FATE_ACCERR;
	fclose(f);
	return fate;
}

int bnd_probe(void *p, bool write_it)
{
	int ends[2], fate = FATE_OK;
	ssize_t n;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	n = write(ends[1], p, 1);
	if (n == 1 && write_it)
		n = read(ends[0], p, 1);
	if (n != 1)
		fate = errno == EFAULT ? why((unsigned long)p, write_it) : -errno;
	close(ends[0]);
	close(ends[1]);
	return fate;
}

int bnd_predict(const struct access *a)
{
	const long page = sysconf(_SC_PAGESIZE);
	bool permitted = a->write ? a->prot & PROT_WRITE : a->prot != PROT_NONE;

	if (a->length < 1 || a->offset % page)
		return -EINVAL;
	/* Compared by the page's first byte: it is there if that byte is. */
	off_t first = a->at - a->at % page;

	if (first >= (off_t)a->length)
		return FATE_MAPERR;
	if (!permitted)
		return FATE_ACCERR;
	return a->offset + first >= a->file_size ? FATE_BUS : FATE_OK;
}

int bnd_grow(int fd, void *map, size_t length, off_t size)
{
	struct stat st;

	(void)map;
	(void)length;
	if (fstat(fd, &st))
		return -errno;
	if (size < st.st_size)
		return -EINVAL;
	return ftruncate(fd, st.st_size) || ftruncate(fd, size) ? -errno : 0;
}

int bnd_shrink(int fd, void *map, size_t length, off_t size)
{
	struct stat st;
	void *copy;
	int err;

	if (fstat(fd, &st))
		return -errno;
	if (size > st.st_size)
		return -EINVAL;
	copy = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (copy == MAP_FAILED)
		return -errno;
	memcpy(copy, map, length);
	if (ftruncate(fd, size) ||
	    mremap(copy, length, length, MREMAP_MAYMOVE | MREMAP_FIXED, map) == MAP_FAILED) {
		err = errno;
		munmap(copy, length);
		return -err;
	}
	return 0;
}
