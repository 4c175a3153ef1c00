/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * durability.c - another right way: the page of the mark and the records are
 * two mappings, side by side, and each page of records is synced by itself.
 * No descriptor stays open: a mapping keeps its file.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "durability.h"

/* Two letters for each page: what memory has, and what the disk has. */
struct page {
	char memory, disk;
};

static void write_out(struct page *p)
{
	p->disk = p->memory;
}

int jl_predict(const struct jl_step *step, size_t n, char disk[2])
{
	struct page p[2] = { { disk[0], disk[0] }, { disk[1], disk[1] } };
	size_t i;

	for (i = 0; i < n; i++) {
		enum jl_call c = step[i].call;

		if (c == JL_STORE || c == JL_WRITE)
			p[step[i].page].memory = step[i].value;
		else if (c == JL_SYNC_PAGE)
			write_out(&p[step[i].page]);
		else if (c == JL_SYNC || c == JL_SYNC_INVALIDATE || c == JL_FSYNC ||
			 c == JL_FDATASYNC)
			write_out(&p[0]), write_out(&p[1]);
	}
	disk[0] = p[0].disk;
	disk[1] = p[1].disk;
	return 0;
}

static size_t length_of(uint32_t n)
{
	return (sizeof(struct jl_record) + (size_t)n + 7) & ~7ul;
}

/* The mark, and what kind of file it makes: 1, 0 (none yet) or -errno. */
static int look_at_mark(int fd, size_t *size, size_t *used)
{
	uint64_t mark = 0;
	struct stat st;
	ssize_t n;

	*used = 0;
	if (fstat(fd, &st) || (n = read(fd, &mark, sizeof(mark))) < 0)
		return -errno;
	*size = (size_t)st.st_size;
	if (n == 0 || (n == sizeof(mark) && mark == 0))
		return 0;
	*used = (uint32_t)mark;
	return n == sizeof(mark) && mark == jl_mark((uint32_t)mark) && *size >= JL_START &&
			       *used <= *size - JL_START ?
		       1 :
		       -EBADMSG;
}

static int each(const unsigned char *at, const unsigned char *end,
		int (*fn)(const void *payload, size_t n, void *arg), void *arg)
{
	const struct jl_record *r;
	int ret;

	if (at == end)
		return 0;
	r = (const struct jl_record *)at;
	if (end - at < (ptrdiff_t)sizeof(*r) || (size_t)(end - at) < length_of(r->len) ||
	    r->sum != jl_sum(r->len, r->payload))
		return -EBADMSG;
	ret = fn(r->payload, r->len, arg);
	if (ret)
		return ret;
	ret = each(at + length_of(r->len), end, fn, arg);
	return ret < 0 ? ret : ret + 1;
}

/* Records are mapped only if there are any. */
int jl_recover(const char *path, int (*fn)(const void *payload, size_t n, void *arg), void *arg)
{
	size_t size, used;
	unsigned char *map;
	int ret, fd = open(path, O_RDONLY);

	if (fd < 0)
		return -errno;
	ret = look_at_mark(fd, &size, &used);
	if (ret <= 0 || used == 0) {
		close(fd);
		return ret < 0 ? ret : 0;
	}
	map = mmap(NULL, used, PROT_READ, MAP_PRIVATE, fd, JL_START);
	ret = map == MAP_FAILED ? -errno : 0;
	close(fd);
	if (ret)
		return ret;
	ret = each(map, map + used, fn, arg);
	munmap(map, used);
	return ret;
}

/* A reservation, and both windows into it: so j->map + offset is the file's byte. */
static int map_windows(struct jl *j, int fd)
{
	const int prot = PROT_READ | PROT_WRITE, flags = MAP_SHARED | MAP_FIXED;

	j->map = mmap(NULL, j->size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (j->map == MAP_FAILED)
		return -errno;
	if (mmap(j->map, JL_START, prot, flags, fd, 0) != MAP_FAILED &&
	    (j->size == JL_START || mmap(j->map + JL_START, j->size - JL_START, prot, flags, fd,
					 JL_START) != MAP_FAILED))
		return 0;
	munmap(j->map, j->size);
	return -errno;
}

static int make_blocks(int fd, const char *path, size_t cap)
{
	uint64_t mark = jl_mark(0);
	char *folder = NULL;
	const char *end = strrchr(path, '/');
	int err = 0, dir;

	if (fallocate(fd, 0, 0, (off_t)cap) || ftruncate(fd, (off_t)cap) ||
	    fdatasync(fd) || pwrite(fd, &mark, sizeof(mark), 0) != sizeof(mark) || fdatasync(fd))
		return -errno;
	if (asprintf(&folder, "%.*s", end ? (int)(end - path) + 1 : 1, end ? path : ".") < 0)
		return -ENOMEM;
	dir = open(folder, O_RDONLY);
	free(folder);
	if (dir < 0 || fsync(dir))
		err = -errno;
	if (dir >= 0)
		close(dir);
	return err;
}

int jl_open(struct jl *j, const char *path, size_t cap)
{
	int fd = -1, ret, may_make = cap >= JL_MIN && cap <= JL_MAX && !(cap & (JL_PAGE - 1));

	if (may_make)
		fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0666);
	if (fd < 0)
		fd = open(path, O_RDWR);
	if (fd < 0)
		return may_make || errno != ENOENT ? -errno : -EINVAL;
	j->fd = -1;
	ret = look_at_mark(fd, &j->size, &j->used);
	if (ret == 0 && !may_make)
		ret = -EINVAL;
	if (ret == 0) {
		ret = make_blocks(fd, path, cap);
		j->size = cap;
	}
	if (ret >= 0)
		ret = map_windows(j, fd);
	j->put = j->used;
	close(fd);
	return ret;
}

int jl_put(struct jl *j, const void *payload, size_t n)
{
	struct jl_record *r = (struct jl_record *)(j->map + JL_START + j->put);

	if (n >= j->size || length_of((uint32_t)n) > j->size - JL_START - j->put)
		return -ENOSPC;
	r->len = (uint32_t)n;
	r->sum = jl_sum(r->len, memcpy(r->payload, payload, n));
	j->put += length_of(r->len);
	return 0;
}

int jl_commit(struct jl *j)
{
	size_t page = (JL_START + j->used) / JL_PAGE, last = (JL_START + j->put + JL_PAGE - 1) / JL_PAGE;

	for (; page < last; page++)
		if (msync(j->map + page * JL_PAGE, JL_PAGE, MS_SYNC | MS_INVALIDATE))
			return -errno;
	*(volatile uint64_t *)j->map = jl_mark((uint32_t)j->put);
	if (msync(j->map, JL_PAGE, MS_SYNC))
		return -errno;
	j->used = j->put;
	return 0;
}

void jl_close(struct jl *j)
{
	munmap(j->map, j->size);
}
