/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * durability.c - another right way: fsync(2) of the whole file in place of
 * msync(2) of a range, and recovery that reads the file instead of mapping it.
 *
 * fsync writes what was dirtied through a mapping, too. It writes more than is
 * needed, and no address can be wrong.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "durability.h"

#define ALIGN 8

/* Who copies memory to the disk? 'f' the whole file, 'p' the step's page. */
static const char writes[] = {
	[JL_STORE] = 0,	     [JL_WRITE] = 0,	   [JL_ASYNC] = 0,
	[JL_INVALIDATE] = 0, [JL_SYNC] = 'f',	   [JL_SYNC_INVALIDATE] = 'f',
	[JL_SYNC_ASYNC] = 0, [JL_SYNC_PAGE] = 'p', [JL_SYNC_BYTE] = 0,
	[JL_FSYNC] = 'f',    [JL_FDATASYNC] = 'f', [JL_UNMAP] = 0,
	[JL_CLOSE] = 0,
};

int jl_predict(const struct jl_step *step, size_t n, char disk[2])
{
	char memory[2] = { disk[0], disk[1] };

	for (; n > 0; n--, step++) {
		if (step->call == JL_STORE || step->call == JL_WRITE)
			memory[step->page] = step->value;
		if (writes[step->call] == 'f' || (writes[step->call] == 'p' && !step->page))
			disk[0] = memory[0];
		if (writes[step->call] == 'f' || (writes[step->call] == 'p' && step->page))
			disk[1] = memory[1];
	}
	return 0;
}

static size_t taken(size_t n)
{
	size_t bytes = sizeof(struct jl_record) + n;

	return bytes % ALIGN ? bytes + ALIGN - bytes % ALIGN : bytes;
}

/* The whole file, or NULL and errno. The caller frees it. */
static unsigned char *read_all(int fd, size_t *size)
{
	unsigned char *data;
	struct stat st;
	ssize_t n;
	size_t at = 0;

	if (fstat(fd, &st) < 0)
		return NULL;
	data = malloc((size_t)st.st_size + 1);
	while (data && at < (size_t)st.st_size) {
		n = read(fd, data + at, (size_t)st.st_size - at);
		if (n < 0) {
			free(data);
			return NULL;
		}
		if (n == 0)
			break;
		at += (size_t)n;
	}
	*size = at;
	return data;
}

/* 1: a journal with *used bytes; 0: none yet; -EBADMSG: something else */
static int examine(const unsigned char *data, size_t size, size_t *used)
{
	uint64_t mark;

	*used = 0;
	if (size == 0)
		return 0;
	if (size < sizeof(mark))
		return -EBADMSG;
	memcpy(&mark, data, sizeof(mark));
	if (mark == 0)
		return 0;
	*used = mark & UINT32_MAX;
	if (jl_mark((uint32_t)*used) != mark || size < JL_START || size - JL_START < *used)
		return -EBADMSG;
	return 1;
}

static int report_all(const unsigned char *at, size_t left,
		      int (*fn)(const void *payload, size_t n, void *arg), void *arg)
{
	struct jl_record head;
	int ret, count;

	for (count = 0; left > 0; count++) {
		if (left < sizeof(head))
			return -EBADMSG;
		memcpy(&head, at, sizeof(head));
		if (taken(head.len) > left || jl_sum(head.len, at + sizeof(head)) != head.sum)
			return -EBADMSG;
		ret = fn(at + sizeof(head), head.len, arg);
		if (ret)
			return ret;
		at += taken(head.len);
		left -= taken(head.len);
	}
	return count;
}

int jl_recover(const char *path, int (*fn)(const void *payload, size_t n, void *arg), void *arg)
{
	size_t size, used;
	unsigned char *data;
	int ret, fd = open(path, O_RDONLY);

	if (fd < 0)
		return -errno;
	data = read_all(fd, &size);
	ret = data ? 0 : -errno;
	close(fd);
	if (ret)
		return ret;
	ret = examine(data, size, &used);
	if (ret > 0)
		ret = report_all(data + JL_START, used, fn, arg);
	free(data);
	return ret;
}

static int sync_name(const char *path)
{
	char *copy = strdup(path);
	int ret, fd = copy ? open(dirname(copy), O_RDONLY) : -1;

	free(copy);
	if (fd < 0)
		return -errno;
	ret = fsync(fd) ? -errno : 0;
	close(fd);
	return ret;
}

/* All zeros: this is a file that holds no journal, until the mark is there. */
static int make(struct jl *j, const char *path, size_t cap)
{
	uint64_t mark = jl_mark(0);

	if (ftruncate(j->fd, 0) || fallocate(j->fd, 0, 0, (off_t)cap) || fsync(j->fd))
		return -errno;
	j->size = cap;
	if (pwrite(j->fd, &mark, sizeof(mark), 0) != sizeof(mark) || fsync(j->fd))
		return -errno;
	return sync_name(path);
}

static int begin(struct jl *j, const char *path, size_t cap)
{
	unsigned char *data = read_all(j->fd, &j->size);
	int ret;

	if (!data)
		return -errno;
	ret = examine(data, j->size, &j->used);
	free(data);
	if (ret == 0)
		ret = make(j, path, cap);
	if (ret < 0)
		return ret;
	j->put = j->used;
	j->map = mmap(NULL, j->size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, j->fd, 0);
	return j->map == MAP_FAILED ? -errno : 0;
}

int jl_open(struct jl *j, const char *path, size_t cap)
{
	bool bad = cap < JL_MIN || cap > JL_MAX || cap % JL_PAGE;
	size_t size, used;
	unsigned char *data;
	int ret = 0;

	/* Nothing is made for a size that is not allowed. */
	j->fd = open(path, O_RDWR);
	if (bad && j->fd < 0)
		return errno == ENOENT ? -EINVAL : -errno;
	if (bad) {
		data = read_all(j->fd, &size);
		ret = data ? examine(data, size, &used) : -errno;
		free(data);
		lseek(j->fd, 0, SEEK_SET);
		ret = ret == 0 ? -EINVAL : ret < 0 ? ret : 0;
	} else if (j->fd < 0) {
		j->fd = open(path, O_RDWR | O_CREAT, 0600);
		ret = j->fd < 0 ? -errno : 0;
	}
	if (!ret)
		ret = begin(j, path, cap);
	if (ret && j->fd >= 0)
		close(j->fd);
	return ret;
}

int jl_put(struct jl *j, const void *payload, size_t n)
{
	struct jl_record head = { .len = (uint32_t)n };
	unsigned char *at = j->map + JL_START + j->put;

	if (n > JL_MAX || taken(n) > j->size - JL_START - j->put)
		return -ENOSPC;
	head.sum = jl_sum(head.len, payload);
	memcpy(at, &head, sizeof(head));
	memcpy(at + sizeof(head), payload, n);
	j->put += taken(n);
	return 0;
}

int jl_commit(struct jl *j)
{
	if (fsync(j->fd))
		return -errno;
	__atomic_store_n((uint64_t *)j->map, jl_mark((uint32_t)j->put), __ATOMIC_RELEASE);
	if (fsync(j->fd))
		return -errno;
	j->used = j->put;
	return 0;
}

void jl_close(struct jl *j)
{
	munmap(j->map, j->size);
	close(j->fd);
}
