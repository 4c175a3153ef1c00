/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * replace.c - another right solution: the places of all matches are noted in
 * one search from the left, and a file that grows is filled from its end.
 * Descriptors are closed early, lengths are changed with truncate(2), and a
 * copy goes through windows of a few pages.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "replace.h"

#define WINDOW (4UL * 4096)

int rep_open(struct rep_map *m, const char *path, bool writable)
{
	struct stat st;
	int err;

	m->fd = open(path, writable ? O_RDWR : O_RDONLY);
	if (m->fd == -1)
		return -errno;
	if (fstat(m->fd, &st) == -1) {
		err = errno;
		close(m->fd);
		return -err;
	}
	m->len = (size_t)st.st_size;
	m->data = NULL;
	if (m->len) {
		m->data = mmap(NULL, m->len, writable ? PROT_READ | PROT_WRITE : PROT_READ,
			       writable ? MAP_SHARED : MAP_PRIVATE, m->fd, 0);
		if (m->data == MAP_FAILED) {
			err = errno;
			close(m->fd);
			return -err;
		}
	}
	return 0;
}

int rep_resize(struct rep_map *m, size_t len)
{
	void *p = m->data;
	int err;

	/* Longer: mapping first, file second. Shorter: file first. */
	if (len > m->len) {
		p = m->data ? mremap(m->data, m->len, len, MREMAP_MAYMOVE) :
			      mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, m->fd, 0);
		if (p == MAP_FAILED)
			return -errno;
		m->data = p;
		if (ftruncate(m->fd, (off_t)len) == -1) {
			err = errno;
			if (m->len)
				mremap(m->data, len, m->len, 0);
			else {
				munmap(m->data, len);
				m->data = NULL;
			}
			return -err;
		}
	} else if (len < m->len) {
		if (ftruncate(m->fd, (off_t)len) == -1)
			return -errno;
		if (len == 0) {
			munmap(m->data, m->len);
			m->data = NULL;
		} else {
			mremap(m->data, m->len, len, 0);
		}
	}
	m->len = len;
	return 0;
}

void rep_close(struct rep_map *m)
{
	if (m->data)
		munmap(m->data, m->len);
	close(m->fd);
}

struct places {
	size_t *at;
	size_t n, room;
};

static int find_all(struct places *p, const unsigned char *data, size_t len,
		    const unsigned char *from, size_t from_len)
{
	const unsigned char *c = data, *end = data + len;
	size_t *more;

	*p = (struct places){ NULL, 0, 0 };
	while (len && (c = memchr(c, from[0], (size_t)(end - c)))) {
		if ((size_t)(end - c) < from_len)
			break;
		if (memcmp(c, from, from_len) != 0) {
			c++;
			continue;
		}
		if (p->n == p->room) {
			p->room = p->room ? 2 * p->room : 64;
			more = realloc(p->at, p->room * sizeof(*more));
			if (!more) {
				free(p->at);
				return -ENOMEM;
			}
			p->at = more;
		}
		p->at[p->n++] = (size_t)(c - data);
		c += from_len;
	}
	return 0;
}

long rep_count(const char *path, const void *from, size_t from_len)
{
	struct places p;
	struct rep_map m;
	int err;

	if (from_len == 0)
		return -EINVAL;
	err = rep_open(&m, path, false);
	if (err)
		return err;
	err = find_all(&p, m.data, m.len, from, from_len);
	rep_close(&m);
	if (err)
		return err;
	free(p.at);
	return (long)p.n;
}

/* From the last match to the first: what is moved never meets what is not. */
static void fill_from_end(unsigned char *d, size_t old, size_t new, const struct places *p,
			  size_t from_len, const void *to, size_t to_len)
{
	size_t i, tail;

	for (i = p->n; i-- > 0;) {
		tail = old - (p->at[i] + from_len);
		new -= tail;
		memmove(d + new, d + p->at[i] + from_len, tail);
		new -= to_len;
		memcpy(d + new, to, to_len);
		old = p->at[i];
	}
}

static void fill_from_start(unsigned char *d, size_t old, const struct places *p,
			    size_t from_len, const void *to, size_t to_len)
{
	size_t i, out = p->at[0], in, next;

	for (i = 0; i < p->n; i++) {
		memcpy(d + out, to, to_len);
		out += to_len;
		in = p->at[i] + from_len;
		next = i + 1 < p->n ? p->at[i + 1] : old;
		memmove(d + out, d + in, next - in);
		out += next - in;
	}
}

long rep_change(const char *path, const void *from, size_t from_len,
		const void *to, size_t to_len)
{
	struct places p;
	struct rep_map m;
	size_t old, new;
	int err;

	if (from_len == 0)
		return -EINVAL;
	err = rep_open(&m, path, true);
	if (err)
		return err;
	old = m.len;
	err = find_all(&p, m.data, m.len, from, from_len);
	if (err || p.n == 0) {
		rep_close(&m);
		return err;
	}
	new = old - p.n * from_len + p.n * to_len;
	if (new > old) {
		err = rep_resize(&m, new);
		if (!err)
			fill_from_end(m.data, old, new, &p, from_len, to, to_len);
		rep_close(&m);
	} else {
		fill_from_start(m.data, old, &p, from_len, to, to_len);
		msync(m.data, m.len, MS_SYNC);
		rep_close(&m);
		if (new < old && truncate(path, (off_t)new) == -1)
			err = -errno;
	}
	free(p.at);
	return err ? err : (long)p.n;
}

static int copy_windows(int a, int b, size_t len)
{
	size_t at, n;
	void *p, *q;
	int err = 0;

	for (at = 0; at < len && !err; at += n) {
		n = len - at < WINDOW ? len - at : WINDOW;
		p = mmap(NULL, n, PROT_READ, MAP_PRIVATE, a, (off_t)at);
		if (p == MAP_FAILED)
			return -errno;
		q = mmap(NULL, n, PROT_WRITE, MAP_SHARED, b, (off_t)at);
		if (q == MAP_FAILED) {
			err = -errno;
		} else {
			memcpy(q, p, n);
			munmap(q, n);
		}
		munmap(p, n);
	}
	return err;
}

int rep_copy(const char *source, const char *target)
{
	struct stat sa, sb;
	int a, b, err;

	a = open(source, O_RDONLY);
	if (a == -1)
		return -errno;
	b = open(target, O_RDWR | O_CREAT, 0666);
	if (b == -1) {
		err = -errno;
		close(a);
		return err;
	}
	if (fstat(a, &sa) == -1 || fstat(b, &sb) == -1)
		err = -errno;
	else if (sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino)
		err = -EINVAL;
	else if (ftruncate(b, 0) == -1 || ftruncate(b, sa.st_size) == -1)
		err = -errno;
	else
		err = copy_windows(a, b, (size_t)sa.st_size);
	close(a);
	if (close(b) == -1 && !err)
		err = -errno;
	return err;
}
