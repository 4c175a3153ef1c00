/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * durability.c - a journal in a mapped file, which survives a power cut.
 *
 * The contract of each function stands in durability.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "durability.h"
#ifdef STARTER

/*
 * TODO (nothing_stays_mapped_or_open): holds for all functions below; see
 * README task 7. Helper functions of your own, declared static, go here.
 */
#endif
#ifndef STARTER

/* What a record of @n bytes takes in the file. */
static size_t room_for(size_t n)
{
	return (sizeof(struct jl_record) + n + 7) & ~(size_t)7;
}

/*
 * How many committed bytes do the mark and the file's size promise? What comes
 * from a file is not to be believed: it may be torn, cut off, or no journal.
 */
static int read_mark(const void *map, size_t size, size_t *used)
{
	uint64_t mark = *(const uint64_t *)map;

	if (mark != jl_mark((uint32_t)mark))
		return -EBADMSG;
	*used = (uint32_t)mark;
	return size < JL_START || *used > size - JL_START ? -EBADMSG : 0;
}

/*
 * Does the file hold a journal? An empty one does not, nor one whose mark is
 * zero: the power failed before its making was done.
 */
static int holds_journal(int fd, size_t size, bool *holds)
{
	uint64_t mark = 0;
	ssize_t n = pread(fd, &mark, sizeof(mark), 0);

	if (n < 0)
		return -errno;
	if (size > 0 && n < (ssize_t)sizeof(mark))
		return -EBADMSG;
	*holds = mark != 0;
	return 0;
}

/*
 * Make a range of the mapping durable. Records begin anywhere, but msync(2)
 * takes page-aligned addresses only (the length may end anywhere). MS_SYNC is
 * the one flag that writes and waits: MS_ASYNC and MS_INVALIDATE do neither.
 */
static int sync_range(struct jl *j, size_t from, size_t to)
{
	size_t start = from & ~(JL_PAGE - 1);

	return msync(j->map + start, to - start, MS_SYNC) < 0 ? -errno : 0;
}

/*
 * A new file's name stands in its folder, which is a file of its own. ext4
 * happens to write both together; other file systems do not.
 */
static int sync_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash ? strndup(path, slash - path + 1) : strdup(".");
	int fd, err = 0;

	if (!folder)
		return -ENOMEM;
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(folder);
	if (fd < 0)
		return -errno;
	if (fsync(fd) < 0)
		err = -errno;
	close(fd);
	return err;
}

/*
 * Give the file its blocks now. ftruncate(2) would make a hole, and a store to
 * a hole on a full disk is no error that a function could return: it is SIGBUS.
 */
static int give_blocks(int fd, size_t size, size_t cap)
{
	int err = posix_fallocate(fd, 0, (off_t)cap); /* returns the errno itself */

	if (err)
		return -err;
	return size > cap && ftruncate(fd, (off_t)cap) < 0 ? -errno : 0;
}

static int map_file(struct jl *j, size_t size)
{
	j->size = size;
	j->map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, j->fd, 0);
	return j->map == MAP_FAILED ? -errno : 0;
}

/*
 * One store for the whole mark: the kernel may write the page at any moment,
 * also between two stores. `volatile` keeps gcc from making two of it.
 */
static void store_mark(struct jl *j, size_t used)
{
	*(volatile uint64_t *)j->map = jl_mark((uint32_t)used);
}

/*
 * As in a commit, first what the mark promises, then the mark. fsync(2), as here
 * the file's size and blocks count, not only its bytes.
 */
static int make_journal(struct jl *j, const char *path)
{
	int err;

	if (fsync(j->fd) < 0)
		return -errno;
	store_mark(j, 0);
	j->used = 0;
	err = sync_range(j, 0, sizeof(uint64_t));
	return err ? err : sync_folder(path);
}

static int open_fd(struct jl *j, const char *path, size_t cap)
{
	bool holds = false, allowed = cap >= JL_MIN && cap <= JL_MAX && cap % JL_PAGE == 0;
	struct stat st = { 0 };
	int err;

	j->fd = open(path, O_RDWR | O_CLOEXEC | (allowed ? O_CREAT : 0), 0666);
	if (j->fd < 0)
		return errno == ENOENT && !allowed ? -EINVAL : -errno;
	if (fstat(j->fd, &st) < 0)
		return -errno;
	err = holds_journal(j->fd, (size_t)st.st_size, &holds);
	if (err)
		return err;
	if (holds) {
		err = map_file(j, (size_t)st.st_size);
		return err ? err : read_mark(j->map, j->size, &j->used);
	}
	if (!allowed)
		return -EINVAL;
	err = give_blocks(j->fd, (size_t)st.st_size, cap);
	if (!err)
		err = map_file(j, cap);
	return err ? err : make_journal(j, path);
}

struct walk {
	const unsigned char *map;
	size_t used;
	int (*fn)(const void *payload, size_t n, void *arg);
	void *arg;
};

/*
 * The record at @at, or NULL if it is damaged. First its header must lie in
 * the committed bytes, then its payload, and only then the sum may be computed:
 * a wrong length leads out of the mapping.
 */
static const struct jl_record *record_at(const struct walk *w, size_t at)
{
	const struct jl_record *r = (const void *)(w->map + JL_START + at);

	if (w->used - at < sizeof(*r) || w->used - at < room_for(r->len))
		return NULL;
	return jl_sum(r->len, r->payload) == r->sum ? r : NULL;
}

static int walk(const struct walk *w)
{
	const struct jl_record *r;
	int ret, count = 0;
	size_t at;

	for (at = 0; at < w->used; at += room_for(r->len)) {
		r = record_at(w, at);
		if (!r)
			return -EBADMSG;
		ret = w->fn(r->payload, r->len, w->arg);
		if (ret)
			return ret;
		count++;
	}
	return count;
}
#endif

int jl_predict(const struct jl_step *step, size_t n, char disk[2])
{
#ifdef STARTER
	/*
	 * TODO (predict_matches_power_cut): follow what is in memory and what
	 * is on the disk, step by step; see README task 1.
	 */
	(void)step;
	(void)n;
	(void)disk;
	return -ENOSYS;
#else
	char file[2] = { disk[0], disk[1] }; /* what read(2) would give */
	size_t i;

	for (i = 0; i < n; i++)
		switch (step[i].call) {
		case JL_STORE:
		case JL_WRITE: /* the same page in the kernel's memory */
			file[step[i].page] = step[i].value;
			break;
		case JL_SYNC:
		case JL_SYNC_INVALIDATE:
		case JL_FSYNC:
		case JL_FDATASYNC:
			memcpy(disk, file, 2);
			break;
		case JL_SYNC_PAGE:
			disk[step[i].page] = file[step[i].page];
			break;
		case JL_SYNC_ASYNC: /* EINVAL: one or the other */
		case JL_SYNC_BYTE: /* EINVAL: not the address of a page */
		case JL_ASYNC: /* the page is known to be dirty anyway */
		case JL_INVALIDATE: /* there is no other copy */
		case JL_UNMAP: /* both leave the page to the kernel, */
		case JL_CLOSE: /* which writes it when it likes */
			break;
		}
	return 0;
#endif
}

int jl_recover(const char *path, int (*fn)(const void *payload, size_t n, void *arg), void *arg)
{
#ifdef STARTER
	/*
	 * TODO (recover_reports_what_is_committed, torn_record_is_rejected,
	 * damaged_file_is_refused): report each committed record, and believe
	 * nothing that the file says; see README task 2.
	 */
	(void)path;
	(void)fn;
	(void)arg;
	return -ENOSYS;
#else
	struct walk w = { .fn = fn, .arg = arg };
	bool holds = false;
	struct stat st;
	void *map;
	int ret, fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	ret = fstat(fd, &st) < 0 ? -errno : holds_journal(fd, (size_t)st.st_size, &holds);
	/* Not before the look: an empty file cannot be mapped. */
	map = !ret && holds ? mmap(NULL, st.st_size, PROT_READ, MAP_SHARED, fd, 0) : NULL;
	if (map == MAP_FAILED)
		ret = -errno;
	close(fd);
	if (!map || map == MAP_FAILED)
		return ret;
	w.map = map;
	ret = read_mark(map, (size_t)st.st_size, &w.used);
	if (!ret)
		ret = walk(&w);
	munmap(map, st.st_size);
	return ret;
#endif
}

int jl_open(struct jl *j, const char *path, size_t cap)
{
#ifdef STARTER
	/*
	 * TODO (new_journal_survives_cut, damaged_file_is_refused,
	 * journal_goes_on_after_cut, what_does_not_fit_is_refused): open a journal or make one, with
	 * blocks, on the disk; see README tasks 3 and 6.
	 */
	(void)j;
	(void)path;
	(void)cap;
	return -ENOSYS;
#else
	int err;

	j->map = MAP_FAILED;
	err = open_fd(j, path, cap);
	if (err) {
		jl_close(j);
		return err;
	}
	/* What lies behind the mark was never committed: it is overwritten. */
	j->put = j->used;
	return 0;
#endif
}

int jl_put(struct jl *j, const void *payload, size_t n)
{
#ifdef STARTER
	/*
	 * TODO (put_stores_through_mapping, what_does_not_fit_is_refused):
	 * store a record behind the last one; see README task 3.
	 */
	(void)j;
	(void)payload;
	(void)n;
	return -ENOSYS;
#else
	size_t left = j->size - JL_START - j->put;
	struct jl_record *r = (void *)(j->map + JL_START + j->put);

	/* n first, and alone: room_for() of a huge n wraps to a small number. */
	if (n > left || room_for(n) > left)
		return -ENOSPC;
	r->len = (uint32_t)n;
	memcpy(r->payload, payload, n);
	r->sum = jl_sum(r->len, payload);
	j->put += room_for(n);
	return 0;
#endif
}

int jl_commit(struct jl *j)
{
#ifdef STARTER
	/*
	 * TODO (commit_survives_cut, unaligned_record_survives_cut,
	 * straddling_record_survives_cut, mark_waits_for_records,
	 * failed_sync_fails_commit): first the records, then the mark; see
	 * README tasks 4 and 5.
	 */
	(void)j;
	return -ENOSYS;
#else
	int err;

	if (j->put == j->used)
		return 0;
	/*
	 * Two syncs, and the mark stored between them. With one for both, the
	 * kernel may write the mark's page first and the power may fail then:
	 * the mark would promise records that the disk does not have.
	 */
	err = sync_range(j, JL_START + j->used, JL_START + j->put);
	if (err)
		return err;
	store_mark(j, j->put);
	err = sync_range(j, 0, sizeof(uint64_t));
	if (!err)
		j->used = j->put;
	return err;
#endif
}

void jl_close(struct jl *j)
{
#ifdef STARTER
	/* TODO (nothing_stays_mapped_or_open): see README task 7. */
	(void)j;
#else
	/* No sync: what was only put is given up, the rest is on the disk. */
	if (j->map != MAP_FAILED)
		munmap(j->map, j->size);
	if (j->fd >= 0)
		close(j->fd);
#endif
}
