/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mapread.c - another right way: the whole file is the largest window, the
 * mapping is shared, statx(2) tells the size, and mr_close() finds the page
 * again from the address of the data. Output goes out in parts, by writev(2).
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* memmem(), statx() */
#endif
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "mapread.h"

#define PART (64 * 1024)

static uintptr_t page_of(uintptr_t x)
{
	return x & ~((uintptr_t)getpagesize() - 1);
}

int mr_window(const char *path, off_t off, size_t len, struct mr_map *m)
{
	off_t first = (off_t)page_of((uintptr_t)off), size;
	struct statx sx;
	int fd, err = 0;
	char *p;

	if ((fd = open(path, O_RDONLY)) == -1)
		return -errno;
	if (statx(fd, "", AT_EMPTY_PATH, STATX_SIZE, &sx) == -1) {
		err = -errno;
		goto out;
	}
	size = (off_t)sx.stx_size;
	m->data = m->base = NULL;
	m->len = m->maplen = 0;
	if (off >= size || !len)
		goto out;
	if ((uint64_t)len > (uint64_t)size - (uint64_t)off)
		len = (size_t)(size - off);
	p = mmap(0, len + (size_t)(off - first), PROT_READ, MAP_SHARED | MAP_NORESERVE, fd, first);
	if (p == MAP_FAILED) {
		err = -errno;
		goto out;
	}
	m->data = (unsigned char *)p + (off - first);
	m->len = len;
out:
	close(fd);
	return err;
}

int mr_open(const char *path, struct mr_map *m)
{
	return mr_window(path, 0, SIZE_MAX, m);
}

void mr_close(struct mr_map *m)
{
	uintptr_t first = page_of((uintptr_t)m->data);

	munmap((void *)first, (uintptr_t)m->data + m->len - first);
	memset(m, 0, sizeof(*m));
}

int mr_write(const struct mr_map *m, int fd)
{
	struct iovec v = { (void *)m->data, 0 };
	size_t left = m->len;
	ssize_t n;

	for (; left > 0; left -= (size_t)n) {
		v.iov_len = left < PART ? left : PART;
		n = TEMP_FAILURE_RETRY(writev(fd, &v, 1));
		if (n == -1)
			return -errno;
		v.iov_base = (char *)v.iov_base + n;
	}
	return 0;
}

ssize_t mr_count(const struct mr_map *m, const char *text, size_t n)
{
	const unsigned char *p = m->data;
	size_t left = m->len;
	ssize_t found;

	if (!n)
		return -EINVAL;
	for (found = 0; left > 0; found++) {
		p = memmem(p, left, text, n);
		if (!p)
			break;
		p++;
		left = (size_t)(m->data + m->len - p);
	}
	return found;
}
