/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mapread.c - another right way: stdio opens the file, the lengths of
 * mappings are rounded up to pages by hand, and the output is written page by
 * page to a descriptor that poll(2) has found ready.
 */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mapread.h"

static const size_t PAGE = 4096;

static int map_part(FILE *f, size_t off, size_t len, struct mr_map *m)
{
	size_t first = off / PAGE, last = (off + len - 1) / PAGE;
	unsigned char *p;

	p = mmap(NULL, (last - first + 1) * PAGE, PROT_READ, MAP_PRIVATE, fileno(f),
		 (off_t)(first * PAGE));
	if (p == MAP_FAILED)
		return -errno;
	m->base = p;
	m->maplen = (last - first + 1) * PAGE;
	m->data = p + off % PAGE;
	m->len = len;
	return 0;
}

static int map_file(const char *path, bool whole, size_t off, size_t len, struct mr_map *m)
{
	struct stat st;
	int ret = 0;
	FILE *f = fopen(path, "r");

	if (!f)
		return -errno;
	if (stat(path, &st) != 0) {
		ret = -errno;
	} else {
		size_t size = (size_t)st.st_size;
		size_t rest = off < size ? size - off : 0;

		*m = (struct mr_map){ NULL, 0, NULL, 0 };
		if (whole || len > rest)
			len = rest;
		if (len > 0)
			ret = map_part(f, off, len, m);
	}
	fclose(f);
	return ret;
}

int mr_open(const char *path, struct mr_map *m)
{
	return map_file(path, true, 0, 0, m);
}

int mr_window(const char *path, off_t off, size_t len, struct mr_map *m)
{
	return map_file(path, false, (size_t)off, len, m);
}

void mr_close(struct mr_map *m)
{
	if (m->maplen > 0)
		munmap(m->base, m->maplen);
}

int mr_write(const struct mr_map *m, int fd)
{
	struct pollfd ready = { .fd = fd, .events = POLLOUT };
	const unsigned char *p = m->data;
	size_t left = m->len;

	while (left > 0) {
		ssize_t n = -1;

		if (poll(&ready, 1, -1) > 0)
			n = write(fd, p, left < PAGE ? left : PAGE);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n < 0)
			return -errno;
		p += n;
		left -= (size_t)n;
	}
	return 0;
}

ssize_t mr_count(const struct mr_map *m, const char *text, size_t n)
{
	ssize_t found = 0;
	size_t i, k;

	if (n == 0)
		return -EINVAL;
	if (n > m->len)
		return 0;
	for (i = 0; i <= m->len - n; i++) {
		for (k = 0; k < n && m->data[i + k] == (unsigned char)text[k]; k++)
			;
		if (k == n)
			found++;
	}
	return found;
}
