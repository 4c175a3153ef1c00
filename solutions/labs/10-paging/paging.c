/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * paging.c - see, count, bring, keep and give back the pages of mappings, and
 * what a mapping costs against read(2).
 *
 * The contract of each function stands in paging.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "paging.h"
#ifdef STARTER

/* Helper functions of your own, declared static, go here. */
#else

/* What every disk is read ahead by, if nobody has changed it (read_ahead_kb). */
#define READ_AHEAD (128 * 1024)

/* The pages of a range: from here, so many bytes. */
static char *pages_of(const void *p, size_t n, size_t *len)
{
	uintptr_t from = (uintptr_t)p, start = from & ~(uintptr_t)(PG_SIZE - 1);

	*len = n ? ((from + n + PG_SIZE - 1) & ~(uintptr_t)(PG_SIZE - 1)) - start : 0;
	return (char *)start;
}
#endif

long pg_resident(const void *p, size_t n, unsigned char *vec)
{
#ifdef STARTER
	/*
	 * TODO (resident_marks_each_page): ask the kernel which pages are in
	 * memory; see README task 1.
	 */
	(void)p;
	(void)n;
	(void)vec;
	return -ENOSYS;
#else
	size_t len, i;
	char *start = pages_of(p, n, &len);
	long count = 0;

	/* mincore takes the address of a page only, and writes one byte for
	 * each page. Its other bits are reserved, so they are cleared. A hole
	 * is its ENOMEM: not mapped is not the same as not in memory. */
	if (mincore(start, len, vec) < 0)
		return -errno;
	for (i = 0; i < len / PG_SIZE; i++) {
		vec[i] &= 1;
		count += vec[i];
	}
	return count;
#endif
}

int pg_measure(const struct pg_work *work, struct pg_faults *out)
{
#ifdef STARTER
	/*
	 * TODO (faults_of_the_loop_only): take the process's counters before
	 * and after the loop; see README task 2.
	 */
	(void)work;
	(void)out;
	return -ENOSYS;
#else
	struct rusage before, after;
	int err = work->prepare(work->arg);

	if (err)
		return err;
	/* Tight around the loop: what MAP_POPULATE brings in prepare is booked
	 * as faults of this process, too. */
	getrusage(RUSAGE_SELF, &before);
	work->loop(work->arg);
	getrusage(RUSAGE_SELF, &after);
	work->finish(work->arg);
	out->minor = after.ru_minflt - before.ru_minflt;
	out->major = after.ru_majflt - before.ru_majflt;
	return 0;
#endif
}

int pg_map(int fd, size_t n, void **out)
{
#ifdef STARTER
	/*
	 * TODO (populated_file_needs_no_fault): have mmap do the work of the
	 * faults; see README task 3.
	 */
	(void)fd;
	(void)n;
	(void)out;
	return -ENOSYS;
#else
	/* Without MAP_NONBLOCK, which turns MAP_POPULATE into nothing. */
	void *p = mmap(NULL, n, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0);

	if (p == MAP_FAILED)
		return -errno;
	*out = p;
	return 0;
#endif
}

int pg_ready(void *p, size_t n)
{
#ifdef STARTER
	/*
	 * TODO (ready_memory_needs_no_fault): bring the pages as a store would
	 * bring them; see README task 4.
	 */
	(void)p;
	(void)n;
	return -ENOSYS;
#else
	size_t len;
	char *start = pages_of(p, n, &len);

	/* It must be the faults of stores that are done in advance. Those of
	 * reads give private memory the shared page of zeros, or the file's
	 * own page, and the first store copies it by another fault; and a page
	 * of a shared file is write-protected until it is marked dirty. */
	return madvise(start, len, MADV_POPULATE_WRITE) < 0 ? -errno : 0;
#endif
}

int pg_pin(void *p, size_t n)
{
#ifdef STARTER
	/*
	 * TODO (pinned_memory_stays_resident, refused_pin_locks_nothing): lock
	 * the pages in memory, all of them or none; see README task 5.
	 */
	(void)p;
	(void)n;
	return -ENOSYS;
#else
	int err;

	if (mlock(p, n) == 0) /* it rounds to whole pages itself */
		return 0;
	/* What lies before a hole is locked already, and where a page cannot
	 * be brought in (EAGAIN, if it is not for want of memory), all of it is.
	 * munlock stops at the same hole. */
	err = errno == EAGAIN ? -ENOMEM : -errno;
	munlock(p, n);
	return err;
#endif
}

int pg_unpin(void *p, size_t n)
{
#ifdef STARTER
	/* TODO (pinned_memory_stays_resident): see README task 5. */
	(void)p;
	(void)n;
	return -ENOSYS;
#else
	return munlock(p, n) < 0 ? -errno : 0;
#endif
}

int pg_drop(void *p, size_t n)
{
#ifdef STARTER
	/*
	 * TODO (dropped_memory_comes_back_by_its_kind,
	 * drop_touches_whole_pages_only): tell the kernel that the pages are
	 * not needed; see README task 6.
	 */
	(void)p;
	(void)n;
	return -ENOSYS;
#else
	uintptr_t from = (uintptr_t)p, mask = PG_SIZE - 1;
	uintptr_t start = (from + mask) & ~mask, end = (from + n) & ~mask;

	/* Rounded inwards: madvise would round the length up, and the bytes of
	 * somebody else at the end of the last page would be lost. */
	if (start >= end)
		return 0;
	return madvise((void *)start, end - start, MADV_DONTNEED) < 0 ? -errno : 0;
#endif
}

long pg_rss(const void *p, size_t n)
{
#ifdef STARTER
	/*
	 * TODO (rss_is_of_this_range_alone): /proc/self/smaps knows it, mapping
	 * by mapping; see README task 7.
	 */
	(void)p;
	(void)n;
	return -ENOSYS;
#else
	uintptr_t first = (uintptr_t)p, start, end;
	bool inside = false;
	long kb, pages = 0;
	char line[512];
	FILE *f = fopen("/proc/self/smaps", "re");

	if (!f)
		return -errno;
	while (fgets(line, sizeof(line), f)) {
		/* The first line of each mapping, then its fields. Not Pss:
		 * that shares a page out among those who have mapped it. */
		if (sscanf(line, "%lx-%lx ", &start, &end) == 2)
			inside = start >= first && end <= first + n;
		else if (inside && sscanf(line, "Rss: %ld kB", &kb) == 1)
			pages += kb / (PG_SIZE / 1024);
	}
	fclose(f);
	return pages;
#endif
}

int pg_evict(int fd)
{
#ifdef STARTER
	/*
	 * TODO (cold_file_costs_major_faults): the kernel drops clean pages
	 * only; see README task 8.
	 */
	(void)fd;
	return -ENOSYS;
#else
	/* A page that the disk does not have yet cannot be dropped. */
	if (fdatasync(fd) < 0)
		return -errno;
	/* This one returns the errno, and 0 bytes mean: to the end. */
	return -posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
#endif
}

int pg_fetch(int fd, off_t offset, size_t n)
{
#ifdef STARTER
	/* TODO (cold_file_costs_major_faults): see README task 8. */
	(void)fd;
	(void)offset;
	(void)n;
	return -ENOSYS;
#else
	int err = 0;

	/* One call reads no more than the kernel reads ahead, or the disk takes,
	 * at once, and says 0 all the same. */
	while (n > 0 && !err) {
		size_t part = n < READ_AHEAD ? n : READ_AHEAD;

		err = -posix_fadvise(fd, offset, (off_t)part, POSIX_FADV_WILLNEED);
		offset += (off_t)part;
		n -= part;
	}
	return err;
#endif
}
#ifndef STARTER

/* One way of a race, as pg_measure() runs it. */
struct run {
	const char *path;
	bool cold;
	char *buf;
	size_t size;
	struct pg_way *way;
	int err; /* of the loop, which cannot return it */
};

static uint64_t now_ns(void)
{
	struct timespec t;

	/* Not the processor's time: a program that waits for the disk uses
	 * none, and yet that is what it costs. */
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* Both ways begin alike: else the first pays for the disk, and the second
 * finds what the first has left in the page cache. */
static int run_prepare(void *arg)
{
	struct run *r = arg;
	ssize_t got = 0;
	int err = 0, fd = open(r->path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (r->cold)
		err = pg_evict(fd);
	else
		while ((got = read(fd, r->buf, r->size)) > 0)
			;
	if (got < 0)
		err = -errno;
	close(fd);
	return err;
}

static void run_finish(void *arg)
{
	(void)arg;
}

static void read_loop(void *arg)
{
	struct run *r = arg;
	uint64_t start = now_ns();
	int fd = open(r->path, O_RDONLY | O_CLOEXEC);
	ssize_t got;

	if (fd < 0) {
		r->err = -errno;
		return;
	}
	do {
		got = read(fd, r->buf, r->size);
		r->way->calls++;
		if (got > 0) {
			r->way->sum = pg_add(r->way->sum, r->buf, (size_t)got);
			r->way->copied += (uint64_t)got;
		}
	} while (got > 0);
	if (got < 0)
		r->err = -errno;
	close(fd);
	r->way->ns = now_ns() - start;
}

static void map_loop(void *arg)
{
	struct run *r = arg;
	uint64_t start = now_ns();
	int fd = open(r->path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *p;

	if (fd < 0 || fstat(fd, &st) < 0) {
		r->err = -errno;
		goto out;
	}
	p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED) {
		r->err = -errno;
		goto out;
	}
	r->way->sum = pg_add(0, p, (size_t)st.st_size);
	munmap(p, (size_t)st.st_size);
	r->way->calls = 2;
out:
	if (fd >= 0)
		close(fd);
	r->way->ns = now_ns() - start;
}

static int run(struct run *r, void (*loop)(void *arg), struct pg_way *way)
{
	struct pg_work work = { run_prepare, loop, run_finish, r };
	int err;

	memset(way, 0, sizeof(*way));
	r->way = way;
	err = pg_measure(&work, &way->faults);
	return err ? err : r->err;
}
#endif

int pg_race(const char *path, bool cold, void *buf, size_t size, struct pg_race *out)
{
#ifdef STARTER
	/*
	 * TODO (race_counts_are_true, race_is_fair): the same work in two ways,
	 * with an account of each; see README task 9.
	 */
	(void)path;
	(void)cold;
	(void)buf;
	(void)size;
	(void)out;
	return -ENOSYS;
#else
	struct run r = { .path = path, .cold = cold, .buf = buf, .size = size };
	int err = run(&r, read_loop, &out->read);

	return err ? err : run(&r, map_loop, &out->map);
#endif
}
