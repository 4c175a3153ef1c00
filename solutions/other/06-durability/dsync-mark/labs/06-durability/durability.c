/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * durability.c - another right way: the mark is written with a write that
 * waits for the disk by itself (RWF_DSYNC), and recovery copies one record at
 * a time with pread(2). A new journal is zeros that were really written.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "durability.h"

#define HEAD sizeof(struct jl_record)
#define ROUND(n) (((n) + 7) / 8 * 8)

/* From behind: which sync of a page was the last, and which store before it? */
static char last_on_disk(const struct jl_step *step, size_t n, unsigned page, char old)
{
	int synced = 0;

	while (n-- > 0) {
		const struct jl_step *s = &step[n];

		switch (s->call) {
		case JL_SYNC_PAGE:
			synced |= s->page == page;
			break;
		case JL_SYNC:
		case JL_SYNC_INVALIDATE:
		case JL_FSYNC:
		case JL_FDATASYNC:
			synced = 1;
			break;
		case JL_STORE:
		case JL_WRITE:
			if (synced && s->page == page)
				return s->value;
			break;
		default:
			break;
		}
	}
	return old;
}

int jl_predict(const struct jl_step *step, size_t n, char disk[2])
{
	char a = last_on_disk(step, n, 0, disk[0]), b = last_on_disk(step, n, 1, disk[1]);

	disk[0] = a;
	disk[1] = b;
	return 0;
}

static int get_mark(int fd, uint64_t *mark, off_t *size)
{
	struct stat st;

	*mark = 0;
	if (fstat(fd, &st))
		return -errno;
	*size = st.st_size;
	if (!st.st_size)
		return 0;
	switch (pread(fd, mark, sizeof(*mark), 0)) {
	case sizeof(*mark):
		break;
	case -1:
		return -errno;
	default:
		return -EBADMSG;
	}
	if (!*mark)
		return 0;
	if (*mark != jl_mark((uint32_t)*mark) || (off_t)(JL_START + (uint32_t)*mark) > *size)
		return -EBADMSG;
	return 0;
}

/* A record at @at of which at most @left bytes are committed. */
static struct jl_record *fetch(int fd, off_t at, size_t left, int *err)
{
	struct jl_record head, *r;
	ssize_t n;

	*err = -EBADMSG;
	if (left < HEAD)
		return NULL;
	n = pread(fd, &head, HEAD, at);
	if (n < 0)
		*err = -errno;
	if (n != (ssize_t)HEAD || head.len > left - HEAD || ROUND(HEAD + head.len) > left)
		return NULL;
	r = malloc(HEAD + head.len);
	if (!r) {
		*err = -ENOMEM;
		return NULL;
	}
	n = pread(fd, r, HEAD + head.len, at);
	if (n < 0)
		*err = -errno;
	if (n == (ssize_t)(HEAD + head.len) && jl_sum(r->len, r->payload) == r->sum)
		return r;
	free(r);
	return NULL;
}

int jl_recover(const char *path, int (*fn)(const void *payload, size_t n, void *arg), void *arg)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), ret, count = 0;
	struct jl_record *r;
	size_t at = 0, used;
	uint64_t mark;
	off_t size;

	if (fd < 0)
		return -errno;
	ret = get_mark(fd, &mark, &size);
	used = ret ? 0 : (uint32_t)mark;
	while (at < used) {
		r = fetch(fd, (off_t)(JL_START + at), used - at, &ret);
		if (!r)
			break;
		ret = fn(r->payload, r->len, arg);
		at += ROUND(HEAD + r->len);
		free(r);
		if (ret)
			break;
		count++;
	}
	close(fd);
	return ret ? ret : count;
}

static int put_mark(int fd, size_t used)
{
	uint64_t mark = jl_mark((uint32_t)used);
	struct iovec v = { &mark, sizeof(mark) };

	return pwritev2(fd, &v, 1, 0, RWF_DSYNC) == (ssize_t)sizeof(mark) ? 0 : -errno;
}

static int write_zeros(int fd, size_t cap)
{
	static const char zeros[JL_PAGE];
	size_t at;

	for (at = 0; at < cap; at += JL_PAGE)
		if (pwrite(fd, zeros, JL_PAGE, (off_t)at) != (ssize_t)JL_PAGE)
			return -errno;
	return ftruncate(fd, (off_t)cap) || fsync(fd) ? -errno : 0;
}

static int sync_parent(const char *path)
{
	char parent[4096] = ".";
	const char *end = strrchr(path, '/');
	int ret, fd;

	if (end && (size_t)(end - path) < sizeof(parent) - 1) {
		memcpy(parent, path, (size_t)(end - path) + 1);
		parent[end - path + 1] = '\0';
	}
	fd = open(parent, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ret = fsync(fd) ? -errno : 0;
	close(fd);
	return ret;
}

static int make(int fd, const char *path, size_t cap)
{
	int ret = write_zeros(fd, cap);

	if (!ret)
		ret = put_mark(fd, 0);
	return ret ? ret : sync_parent(path);
}

static int setup(struct jl *j, const char *path, size_t cap, int allowed)
{
	uint64_t mark;
	off_t size;
	int ret = get_mark(j->fd, &mark, &size);

	if (!ret && !mark) {
		ret = allowed ? make(j->fd, path, cap) : -EINVAL;
		size = (off_t)cap;
	}
	if (ret)
		return ret;
	j->size = (size_t)size;
	j->used = j->put = (uint32_t)mark;
	j->map = mmap(NULL, j->size, PROT_READ | PROT_WRITE, MAP_SHARED, j->fd, 0);
	if (j->map == MAP_FAILED)
		return -errno;
	/* The mark is written by pwritev2(2) alone: a stray store shall not reach it. */
	return mprotect(j->map, JL_PAGE, PROT_READ) < 0 ? -errno : 0;
}

int jl_open(struct jl *j, const char *path, size_t cap)
{
	int allowed = cap % JL_PAGE == 0 && cap / JL_PAGE >= JL_MIN / JL_PAGE && cap <= JL_MAX;
	int ret;

	j->fd = open(path, O_RDWR | O_CLOEXEC);
	if (j->fd < 0 && errno == ENOENT && allowed)
		j->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (j->fd < 0)
		return errno == ENOENT && !allowed ? -EINVAL : -errno;
	ret = setup(j, path, cap, allowed);
	if (ret)
		close(j->fd);
	return ret;
}

int jl_put(struct jl *j, const void *payload, size_t n)
{
	struct jl_record *r = (struct jl_record *)&j->map[JL_START + j->put];
	size_t left = j->size - JL_START - j->put;

	/* The room that is left need not be a multiple of 8: the last bytes of a file
	 * whose size was none cannot be used. */
	left -= left % 8;
	if (left < HEAD || n > left - HEAD)
		return -ENOSPC;
	*r = (struct jl_record){ (uint32_t)n, jl_sum((uint32_t)n, payload) };
	memcpy(r->payload, payload, n);
	j->put += ROUND(HEAD + n);
	return 0;
}

int jl_commit(struct jl *j)
{
	size_t first = (JL_START + j->used) / JL_PAGE, end = JL_START + j->put;
	int ret;

	if (j->put > j->used && msync(j->map + first * JL_PAGE, end - first * JL_PAGE, MS_SYNC))
		return -errno;
	ret = put_mark(j->fd, j->put);
	if (!ret)
		j->used = j->put;
	return ret;
}

void jl_close(struct jl *j)
{
	close(j->fd);
	munmap(j->map, j->size);
}
