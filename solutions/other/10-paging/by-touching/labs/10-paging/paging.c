// SPDX-License-Identifier: GPL-2.0-only
/*
 * paging.c - right in another way: page by page and by touching, as one did it
 * before there was advice for it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "paging.h"

static uintptr_t down(uintptr_t a)
{
	return a / PG_SIZE * PG_SIZE;
}

static uintptr_t up(uintptr_t a)
{
	return down(a + PG_SIZE - 1);
}

long pg_resident(const void *p, size_t n, unsigned char *vec)
{
	uintptr_t from = (uintptr_t)p, at;
	long count = 0;

	for (at = down(from); n && at < from + n; at += PG_SIZE, vec++) {
		unsigned char one;

		if (mincore((void *)at, 1, &one))
			return -errno;
		*vec = one & 1;
		count += *vec;
	}
	return count;
}

int pg_measure(const struct pg_work *work, struct pg_faults *out)
{
	struct rusage a, b;
	int err = work->prepare(work->arg);

	if (err == 0) {
		getrusage(RUSAGE_THREAD, &a);
		work->loop(work->arg);
		getrusage(RUSAGE_THREAD, &b);
		work->finish(work->arg);
		out->minor = b.ru_minflt - a.ru_minflt;
		out->major = b.ru_majflt - a.ru_majflt;
	}
	return err;
}

int pg_map(int fd, size_t n, void **out)
{
	volatile const char *p = mmap(0, n, PROT_READ, MAP_PRIVATE, fd, 0);
	size_t i;

	if (p == MAP_FAILED)
		return -errno;
	for (i = 0; i < n; i += PG_SIZE)
		(void)p[i];
	*out = (void *)p;
	return 0;
}

int pg_ready(void *p, size_t n)
{
	uintptr_t from = (uintptr_t)p, at;

	/* A store of what is there, which loses no other thread's store. */
	for (at = from; at < from + n; at = down(at) + PG_SIZE)
		__atomic_fetch_or((unsigned char *)at, 0, __ATOMIC_RELAXED);
	return 0;
}

int pg_pin(void *p, size_t n)
{
	uintptr_t first = down((uintptr_t)p), end = up((uintptr_t)p + n), at;
	int err;

	for (at = first; at < end; at += PG_SIZE) {
		if (mlock((void *)at, PG_SIZE) == 0)
			continue;
		err = errno == EPERM ? -EPERM : -ENOMEM;
		munlock((void *)at, PG_SIZE); /* it may be locked, but not there */
		while (at > first)
			munlock((void *)(at -= PG_SIZE), PG_SIZE);
		return err;
	}
	return 0;
}

int pg_unpin(void *p, size_t n)
{
	uintptr_t at;

	for (at = down((uintptr_t)p); at < (uintptr_t)p + n; at += PG_SIZE)
		if (munlock((void *)at, 1))
			return -errno;
	return 0;
}

int pg_drop(void *p, size_t n)
{
	uintptr_t at;

	for (at = up((uintptr_t)p); at + PG_SIZE <= (uintptr_t)p + n; at += PG_SIZE)
		if (madvise((void *)at, PG_SIZE, MADV_DONTNEED))
			return -errno;
	return 0;
}

long pg_rss(const void *p, size_t n)
{
	uintptr_t page = (uintptr_t)p / PG_SIZE, end = page + n / PG_SIZE;
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	uint64_t entry;
	long count = 0;

	if (fd < 0)
		return -errno;
	for (; page < end; page++)
		if (pread(fd, &entry, 8, (off_t)(page * 8)) == 8)
			/* Present, and of a file or ours alone: the page of zeros is neither. */
			count += entry >> 63 && (entry >> 61 & 1 || entry >> 56 & 1);
	close(fd);
	return count;
}

int pg_evict(int fd)
{
	struct stat st;

	if (fsync(fd) || fstat(fd, &st))
		return -errno;
	return -posix_fadvise(fd, 0, (st.st_size + PG_SIZE - 1) / PG_SIZE * PG_SIZE,
			      POSIX_FADV_DONTNEED);
}

int pg_fetch(int fd, off_t offset, size_t n)
{
	char scrap[PG_SIZE];
	ssize_t got;

	while (n > 0) {
		got = pread(fd, scrap, n < PG_SIZE ? n : PG_SIZE, offset);
		if (got <= 0)
			return got < 0 ? -errno : 0;
		offset += got;
		n -= (size_t)got;
	}
	return 0;
}

static void count(struct pg_faults *f, long sign)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	f->minor += sign * u.ru_minflt;
	f->major += sign * u.ru_majflt;
}

static void clock_add(uint64_t *ns, int sign)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	*ns += (uint64_t)sign * ((uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec);
}

static int start(const char *path, bool cold, struct pg_way *w)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err = 0;

	if (fd < 0)
		return -errno;
	err = cold ? pg_evict(fd) : pg_fetch(fd, 0, SIZE_MAX);
	close(fd);
	if (err)
		return err;
	*w = (struct pg_way){ 0 };
	count(&w->faults, -1);
	clock_add(&w->ns, -1);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int stop(int fd, struct pg_way *w, int err)
{
	close(fd);
	clock_add(&w->ns, 1);
	count(&w->faults, 1);
	return err;
}

int pg_race(const char *path, bool cold, void *buf, size_t size, struct pg_race *out)
{
	struct pg_way *w = &out->map;
	int fd = start(path, cold, w), err = 0;
	struct stat st;
	void *p;
	ssize_t got;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st))
		return stop(fd, w, -errno);
	p = mmap(0, (size_t)st.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
	if (p == MAP_FAILED)
		return stop(fd, w, -errno);
	w->sum = pg_add(0, p, (size_t)st.st_size);
	munmap(p, (size_t)st.st_size);
	w->calls = 2;
	stop(fd, w, 0);

	w = &out->read;
	fd = start(path, cold, w);
	if (fd < 0)
		return fd;
	while (w->copied < (uint64_t)st.st_size) {
		got = pread(fd, buf, size, (off_t)w->copied);
		if (got <= 0) {
			err = got < 0 ? -errno : -EIO;
			break;
		}
		w->calls++;
		w->sum = pg_add(w->sum, buf, (size_t)got);
		w->copied += (uint64_t)got;
	}
	return stop(fd, w, err);
}
