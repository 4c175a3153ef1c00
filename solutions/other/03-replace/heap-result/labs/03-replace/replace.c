/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * replace.c - another right solution: the new content is built on the heap and
 * copied into the mapping; a mapping is resized by making a second one before
 * the first goes; bytes are compared one by one.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "replace.h"

static unsigned char *map_fd(int fd, size_t len, int prot)
{
	if (len == 0)
		return NULL;
	return mmap(NULL, len, prot, MAP_SHARED, fd, 0);
}

int rep_open(struct rep_map *m, const char *path, bool writable)
{
	int fd = open(path, writable ? O_RDWR : O_RDONLY);
	off_t end;
	int err;

	if (fd < 0)
		return -errno;
	end = lseek(fd, 0, SEEK_END);
	if (end < 0) {
		err = -errno;
		close(fd);
		return err;
	}
	m->data = map_fd(fd, (size_t)end, writable ? PROT_READ | PROT_WRITE : PROT_READ);
	if (m->data == MAP_FAILED) {
		err = -errno;
		close(fd);
		return err;
	}
	m->fd = fd;
	m->len = (size_t)end;
	return 0;
}

int rep_resize(struct rep_map *m, size_t len)
{
	unsigned char *next;
	int err;

	if (len == m->len)
		return 0;
	/* On a full disk it is better to know before a store than by SIGBUS at one. */
	err = len > m->len ? posix_fallocate(m->fd, (off_t)m->len, (off_t)(len - m->len)) : 0;
	if (err)
		return -err;
	/* A mapping may reach past the end of its file; it is not touched there. */
	next = map_fd(m->fd, len, PROT_READ | PROT_WRITE);
	if (next == MAP_FAILED) {
		err = -errno;
		/* Shorter it can always be made. */
		(void)!ftruncate(m->fd, (off_t)m->len);
		return err;
	}
	if (ftruncate(m->fd, (off_t)len)) {
		err = -errno;
		if (next)
			munmap(next, len);
		return err;
	}
	if (m->data)
		munmap(m->data, m->len);
	m->data = next;
	m->len = len;
	return 0;
}

void rep_close(struct rep_map *m)
{
	close(m->fd);
	if (m->data)
		munmap(m->data, m->len);
}

static bool same(const unsigned char *a, const unsigned char *b, size_t n)
{
	while (n > 0 && *a == *b)
		a++, b++, n--;
	return n == 0;
}

long rep_count(const char *path, const void *from, size_t from_len)
{
	struct rep_map m;
	size_t i = 0;
	long n = 0;
	int err;

	if (!from_len)
		return -EINVAL;
	err = rep_open(&m, path, false);
	if (err)
		return err;
	while (i < m.len && m.len - i >= from_len) {
		if (same(m.data + i, from, from_len)) {
			n++;
			i += from_len;
		} else {
			i++;
		}
	}
	rep_close(&m);
	return n;
}

/* The new content, built on the heap; @n is known already. */
static unsigned char *build(const struct rep_map *m, long n, const void *from, size_t from_len,
			    const void *to, size_t to_len, size_t *len)
{
	unsigned char *out;
	size_t i = 0, k = 0;

	*len = m->len - (size_t)n * from_len + (size_t)n * to_len;
	out = malloc(*len ? *len : 1);
	if (!out)
		return NULL;
	while (i < m->len) {
		if (m->len - i >= from_len && same(m->data + i, from, from_len)) {
			memcpy(out + k, to, to_len);
			k += to_len;
			i += from_len;
		} else {
			out[k++] = m->data[i++];
		}
	}
	return out;
}

long rep_change(const char *path, const void *from, size_t from_len,
		const void *to, size_t to_len)
{
	long n = rep_count(path, from, from_len);
	unsigned char *out;
	struct rep_map m;
	size_t len;
	int err;

	if (n < 0)
		return n;
	err = rep_open(&m, path, true);
	if (err)
		return err;
	out = build(&m, n, from, from_len, to, to_len, &len);
	err = out ? rep_resize(&m, len) : -ENOMEM;
	if (!err && len)
		memcpy(m.data, out, len);
	free(out);
	rep_close(&m);
	return err ? err : n;
}

int rep_copy(const char *source, const char *target)
{
	struct rep_map a, b;
	struct stat sa, sb;
	int err, fd;

	err = rep_open(&a, source, false);
	if (err)
		return err;
	/* Asked by name first; a target that is missing cannot be the source. */
	fstat(a.fd, &sa);
	if (stat(target, &sb) == 0 && sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino) {
		err = -EINVAL;
		goto out;
	}
	fd = open(target, O_RDWR | O_CREAT | O_TRUNC, 0666);
	if (fd < 0) {
		err = -errno;
		goto out;
	}
	b = (struct rep_map){ .fd = fd };
	err = rep_resize(&b, a.len);
	if (!err && a.len)
		memcpy(b.data, a.data, a.len);
	rep_close(&b);
out:
	rep_close(&a);
	return err;
}
