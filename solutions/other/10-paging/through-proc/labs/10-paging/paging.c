// SPDX-License-Identifier: GPL-2.0-only
/*
 * paging.c - right in another way: what /proc knows and does, system calls
 * without a wrapper, and locking first and bringing the pages in afterwards.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "paging.h"

#define SKEW(p) ((uintptr_t)(p) % PG_SIZE)

static long fail(long ret)
{
	return ret < 0 ? -errno : ret;
}

long pg_resident(const void *p, size_t n, unsigned char *vec)
{
	const char *first = (const char *)p - SKEW(p);
	size_t pages = n ? (SKEW(p) + n + PG_SIZE - 1) / PG_SIZE : 0, i;
	long count = 0, err = fail(syscall(SYS_mincore, first, pages * PG_SIZE, vec));

	for (i = 0; !err && i < pages; i++)
		count += vec[i] &= 1;
	return err ? err : count;
}

/* Fields 10 and 12 of /proc/self/stat; the name in field 2 may hold anything. */
static int faults(int fd, struct pg_faults *f)
{
	static char text[1024];
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
	char *at;

	if (n < 0)
		return -errno;
	text[n] = 0;
	at = strrchr(text, ')');
	if (!at || sscanf(at + 1, " %*c %*d %*d %*d %*d %*d %*u %ld %*d %ld", &f->minor,
			  &f->major) != 2)
		return -EIO;
	return 0;
}

int pg_measure(const struct pg_work *work, struct pg_faults *out)
{
	struct pg_faults before;
	int fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC), err;

	if (fd < 0)
		return -errno;
	err = faults(fd, &before); /* the buffer and sscanf are in memory now */
	if (!err)
		err = work->prepare(work->arg);
	if (!err) {
		err = faults(fd, &before);
		work->loop(work->arg);
		err = err ? err : faults(fd, out);
		work->finish(work->arg);
		out->minor -= before.minor;
		out->major -= before.major;
	}
	close(fd);
	return err;
}

int pg_map(int fd, size_t n, void **out)
{
	void *p;
	int err;

	if (readahead(fd, 0, n) < 0)
		return -errno;
	p = mmap(NULL, n, PROT_READ, MAP_SHARED_VALIDATE, fd, 0);
	if (p == MAP_FAILED)
		return -errno;
	if (madvise(p, n, MADV_POPULATE_READ) < 0) {
		err = -errno;
		munmap(p, n);
		return err;
	}
	*out = p;
	return 0;
}

int pg_ready(void *p, size_t n)
{
	volatile char *c = p, *end = c + n;
	int fd = open("/proc/self/mem", O_RDWR | O_CLOEXEC), err = 0;

	if (fd < 0)
		return -errno;
	/* The kernel's store into our memory takes the fault in our place. */
	for (; c < end && !err; c += PG_SIZE - SKEW(c)) {
		char same = *c;

		if (pwrite(fd, &same, 1, (off_t)(uintptr_t)c) != 1)
			err = -EIO;
	}
	close(fd);
	return err;
}

int pg_pin(void *p, size_t n)
{
	char *first = (char *)p - SKEW(p);
	size_t len = SKEW(p) + n;
	int err;

	if (mlock2(p, n, MLOCK_ONFAULT) < 0)
		err = errno == EPERM ? -EPERM : -ENOMEM;
	else if (madvise(first, len, MADV_POPULATE_WRITE) == 0 ||
		 madvise(first, len, MADV_POPULATE_READ) == 0)
		return 0;
	else
		err = -ENOMEM;
	munlock(p, n);
	return err;
}

int pg_unpin(void *p, size_t n)
{
	return (int)fail(syscall(SYS_munlock, p, n));
}

int pg_drop(void *p, size_t n)
{
	size_t skip = (PG_SIZE - SKEW(p)) % PG_SIZE;

	if (n < skip + PG_SIZE)
		return 0;
	return (int)fail(syscall(SYS_madvise, (char *)p + skip, (n - skip) / PG_SIZE * PG_SIZE,
				 MADV_DONTNEED));
}

long pg_rss(const void *p, size_t n)
{
	uintptr_t first = (uintptr_t)p, at = 0;
	FILE *f = fopen("/proc/self/smaps", "r");
	size_t size = 0;
	char *line = NULL, *end;
	long kb = 0;

	if (!f)
		return -errno;
	while (getline(&line, &size, f) > 0) {
		uintptr_t v = strtoul(line, &end, 16);

		if (end > line && *end == '-')
			at = v;
		else if (!strncmp(line, "Rss:", 4) && at - first < n)
			kb += atol(line + 4);
	}
	free(line);
	fclose(f);
	return kb * 1024 / PG_SIZE;
}

int pg_evict(int fd)
{
	int err = (int)fail(syncfs(fd));

	return err ? err : (int)fail(syscall(SYS_fadvise64, fd, 0, 0, POSIX_FADV_DONTNEED));
}

int pg_fetch(int fd, off_t offset, size_t n)
{
	off_t end = offset + (off_t)n;

	/* One call reads no more than the disk's readahead at once. */
	for (; offset < end; offset += 16 * PG_SIZE)
		if (readahead(fd, offset, 16 * PG_SIZE) < 0)
			return -errno;
	return 0;
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_RAW, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

struct lane {
	const char *path;
	bool cold, mapped;
	void *buf;
	size_t size;
	struct pg_way *way;
	int err;
};

static int lane_start(void *arg)
{
	struct lane *l = arg;
	int fd = open(l->path, O_RDONLY | O_CLOEXEC), err;
	struct stat st;
	void *p;

	if (fd < 0)
		return -errno;
	if (l->cold)
		err = pg_evict(fd);
	else
		err = (int)fail(fstat(fd, &st));
	if (!l->cold && !err)
		err = pg_map(fd, (size_t)st.st_size, &p);
	if (!l->cold && !err)
		munmap(p, (size_t)st.st_size);
	close(fd);
	return err;
}

static void lane_run(void *arg)
{
	struct lane *l = arg;
	struct pg_way *w = l->way;
	struct iovec half[2] = { { l->buf, l->size / 2 },
				 { (char *)l->buf + l->size / 2, l->size - l->size / 2 } };
	uint64_t begin = now();
	int fd = open(l->path, O_RDONLY | O_CLOEXEC);
	off_t len = fd < 0 ? -1 : lseek(fd, 0, SEEK_END);
	ssize_t got = 0;
	char *p;

	if (len < 0) {
		l->err = -errno;
	} else if (l->mapped) {
		p = mmap(NULL, (size_t)len, PROT_READ, MAP_SHARED, fd, 0);
		l->err = p == MAP_FAILED ? -errno : 0;
		if (!l->err) {
			madvise(p, (size_t)len, MADV_SEQUENTIAL);
			w->sum = pg_add(0, p, (size_t)len);
			munmap(p, (size_t)len);
			w->calls = 3;
		}
	} else {
		lseek(fd, 0, SEEK_SET);
		for (w->calls = 1; (got = readv(fd, half, 2)) > 0; w->calls++) {
			w->sum = pg_add(w->sum, l->buf, (size_t)got);
			w->copied += (uint64_t)got;
		}
		l->err = (int)fail(got);
	}
	if (fd >= 0)
		close(fd);
	w->ns = now() - begin;
}

static void lane_end(void *arg)
{
	(void)arg;
}

int pg_race(const char *path, bool cold, void *buf, size_t size, struct pg_race *out)
{
	struct lane l = { .path = path, .cold = cold, .buf = buf, .size = size };
	struct pg_work work = { lane_start, lane_run, lane_end, &l };
	int i, err = 0;

	memset(out, 0, sizeof(*out));
	for (i = 0; i < 2 && !err; i++) {
		l.mapped = i;
		l.way = i ? &out->map : &out->read;
		err = pg_measure(&work, &l.way->faults);
		err = err ? err : l.err;
	}
	return err;
}
