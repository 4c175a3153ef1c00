// SPDX-License-Identifier: GPL-2.0-only
/*
 * paging.c - right in another way: in windows of a few pages each; what must
 * not fail half-way is asked for first.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "paging.h"

#define WINDOW ((size_t)32 * PG_SIZE)
#define ALIGN(x) ((x) & ~((uintptr_t)PG_SIZE - 1))

struct span {
	char *at;
	size_t len;
};

/* The next window of the pages of [from, end); false when there is none. */
static bool next(struct span *s, uintptr_t from, uintptr_t end)
{
	uintptr_t at = s->at ? (uintptr_t)s->at + s->len : from;

	if (at >= end)
		return false;
	s->at = (char *)at;
	s->len = end - at < WINDOW ? end - at : WINDOW;
	return true;
}

static uintptr_t outer_start(const void *p)
{
	return ALIGN((uintptr_t)p);
}

static uintptr_t outer_end(const void *p, size_t n)
{
	return n ? ALIGN((uintptr_t)p + n - 1) + PG_SIZE : outer_start(p);
}

long pg_resident(const void *p, size_t n, unsigned char *vec)
{
	struct span s = { 0 };
	unsigned char few[WINDOW / PG_SIZE];
	long count = 0;
	size_t i;

	while (next(&s, outer_start(p), outer_end(p, n))) {
		if (mincore(s.at, s.len, few) != 0)
			return -errno;
		for (i = 0; i < s.len / PG_SIZE; i++) {
			*vec = (few[i] & 1) != 0;
			count += *vec++;
		}
	}
	return count;
}

int pg_measure(const struct pg_work *work, struct pg_faults *out)
{
	struct rusage u[2];
	int err = work->prepare(work->arg);

	if (err)
		return err;
	memset(u, 0, sizeof(u));
	getrusage(RUSAGE_SELF, &u[0]);
	work->loop(work->arg);
	getrusage(RUSAGE_SELF, &u[1]);
	work->finish(work->arg);
	*out = (struct pg_faults){ u[1].ru_minflt - u[0].ru_minflt,
				   u[1].ru_majflt - u[0].ru_majflt };
	return 0;
}

int pg_map(int fd, size_t n, void **out)
{
	/* Addresses first, then the file into them, a window at a time. */
	char *base = mmap(NULL, n, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	struct span s = { 0 };
	int err;

	if (base == MAP_FAILED)
		return -errno;
	while (next(&s, (uintptr_t)base, outer_end(base, n))) {
		if (mmap(s.at, s.len, PROT_READ, MAP_SHARED | MAP_FIXED | MAP_POPULATE, fd,
			 s.at - base) != MAP_FAILED)
			continue;
		err = -errno;
		munmap(base, n);
		return err;
	}
	*out = base;
	return 0;
}

int pg_ready(void *p, size_t n)
{
	struct span s = { 0 };
	size_t i;

	while (next(&s, outer_start(p), outer_end(p, n))) {
		struct iovec iov[WINDOW / PG_SIZE];
		char first[WINDOW / PG_SIZE];
		struct iovec local = { first, s.len / PG_SIZE };

		/* Another's memory that is one's own: its faults are taken in
		 * the call. */
		for (i = 0; i < local.iov_len; i++)
			iov[i] = (struct iovec){ s.at + i * PG_SIZE, 1 };
		if (process_vm_readv(getpid(), &local, 1, iov, local.iov_len, 0) < 0 ||
		    process_vm_writev(getpid(), &local, 1, iov, local.iov_len, 0) < 0)
			return -errno;
	}
	return 0;
}

/* Whatever munlock says of a hole: each window is unlocked as far as it is. */
int pg_unpin(void *p, size_t n)
{
	struct span s = { 0 };
	int err = 0;

	while (next(&s, outer_start(p), outer_end(p, n)))
		if (munlock(s.at, s.len) != 0 && !err)
			err = -errno;
	return err;
}

int pg_pin(void *p, size_t n)
{
	uintptr_t from = outer_start(p), end = outer_end(p, n);
	struct rlimit max;
	struct span s = { 0 };
	unsigned char few[WINDOW / PG_SIZE];

	if (getrlimit(RLIMIT_MEMLOCK, &max) == 0 && max.rlim_cur == 0)
		return -EPERM;
	while (next(&s, from, end)) /* a hole is seen before anything is locked */
		if (mincore(s.at, s.len, few) != 0)
			return -ENOMEM;
	s = (struct span){ 0 };
	while (next(&s, from, end)) {
		if (mlock(s.at, s.len) == 0)
			continue;
		pg_unpin(p, n);
		return -ENOMEM;
	}
	return 0;
}

int pg_drop(void *p, size_t n)
{
	uintptr_t from = ALIGN((uintptr_t)p + PG_SIZE - 1), end = ALIGN((uintptr_t)p + n);
	struct span s = { 0 };

	while (next(&s, from, end))
		if (madvise(s.at, s.len, MADV_DONTNEED) != 0)
			return -errno;
	return 0;
}

long pg_rss(const void *p, size_t n)
{
	struct span s = { 0 };
	uint64_t entry[WINDOW / PG_SIZE];
	long pages = 0;
	size_t i;
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	while (next(&s, outer_start(p), outer_end(p, n))) {
		size_t want = s.len / PG_SIZE * 8;
		off_t at = (off_t)((uintptr_t)s.at / PG_SIZE * 8);

		if (pread(fd, entry, want, at) != (ssize_t)want) {
			close(fd);
			return -EIO;
		}
		for (i = 0; i < s.len / PG_SIZE; i++)
			/* Present, and of a file or ours alone: the page of zeros is neither. */
			pages += entry[i] >> 63 && entry[i] & (1ull << 61 | 1ull << 56);
	}
	close(fd);
	return pages;
}

int pg_evict(int fd)
{
	struct stat st;
	off_t at;
	int err;

	if (fstat(fd, &st) != 0 || fdatasync(fd) != 0)
		return -errno;
	for (at = 0; at < st.st_size; at += (off_t)WINDOW) {
		err = posix_fadvise(fd, at, (off_t)WINDOW, POSIX_FADV_DONTNEED);
		if (err)
			return -err;
	}
	return 0;
}

int pg_fetch(int fd, off_t offset, size_t n)
{
	off_t from = offset / PG_SIZE * PG_SIZE;
	size_t len = n + (size_t)(offset - from), done;
	void *p = mmap(NULL, len, PROT_READ, MAP_SHARED, fd, from);
	int err = 0;

	if (p == MAP_FAILED)
		return -errno;
	/* One call would bring the first part of a large range only. */
	for (done = 0; done < len && !err; done += WINDOW)
		err = madvise((char *)p + done, len - done < WINDOW ? len - done : WINDOW,
			      MADV_WILLNEED) != 0 ? -errno : 0;
	munmap(p, len);
	return err;
}

struct leg {
	int fd;
	off_t size;
	void *buf;
	size_t room;
	struct pg_way *way;
	int (*add)(struct leg *l);
};

static int by_read(struct leg *l)
{
	ssize_t got;

	for (;;) {
		got = read(l->fd, l->buf, l->room < 9999 ? l->room : 9999);
		l->way->calls++;
		if (got <= 0)
			return got < 0 ? -errno : 0;
		l->way->copied += (uint64_t)got;
		l->way->sum = pg_add(l->way->sum, l->buf, (size_t)got);
	}
}

static int by_windows(struct leg *l)
{
	off_t at;

	for (at = 0; at < l->size; at += (off_t)WINDOW) {
		size_t n = l->size - at < (off_t)WINDOW ? (size_t)(l->size - at) : WINDOW;
		void *p = mmap(NULL, n, PROT_READ, MAP_SHARED, l->fd, at);

		if (p == MAP_FAILED)
			return -errno;
		l->way->sum = pg_add(l->way->sum, p, n);
		munmap(p, n);
		l->way->calls += 2;
	}
	return 0;
}

static int one_leg(const char *path, bool cold, struct leg *l)
{
	struct timespec t0, t1;
	struct rusage u0, u1;
	struct stat st;
	off_t at;
	int err = 0;

	memset(l->way, 0, sizeof(*l->way));
	l->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (l->fd < 0)
		return -errno;
	if (cold)
		err = pg_evict(l->fd);
	for (at = 0; !cold && pread(l->fd, l->buf, l->room, at) > 0; at += (off_t)l->room)
		;
	close(l->fd);
	if (err)
		return err;

	getrusage(RUSAGE_SELF, &u0);
	clock_gettime(CLOCK_MONOTONIC, &t0);
	l->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (l->fd < 0)
		return -errno;
	if (fstat(l->fd, &st) != 0)
		err = -errno;
	l->size = st.st_size;
	if (!err)
		err = l->add(l);
	close(l->fd);
	clock_gettime(CLOCK_MONOTONIC, &t1);
	getrusage(RUSAGE_SELF, &u1);

	l->way->ns = (uint64_t)((t1.tv_sec - t0.tv_sec) * 1000000000 + t1.tv_nsec - t0.tv_nsec);
	l->way->faults.minor = u1.ru_minflt - u0.ru_minflt;
	l->way->faults.major = u1.ru_majflt - u0.ru_majflt;
	return err;
}

int pg_race(const char *path, bool cold, void *buf, size_t size, struct pg_race *out)
{
	struct leg map = { .buf = buf, .room = size, .way = &out->map, .add = by_windows };
	struct leg read = { .buf = buf, .room = size, .way = &out->read, .add = by_read };
	int err = one_leg(path, cold, &map);

	return err ? err : one_leg(path, cold, &read);
}
