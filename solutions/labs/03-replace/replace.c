/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * replace.c - change, grow, shrink and copy files through mappings.
 *
 * The contract of each function stands in replace.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "replace.h"
#ifdef STARTER

/*
 * TODO (unusable_input_is_refused, nothing_stays_mapped_or_open): hold for
 * all functions below; see README task 6. Helper functions of your own,
 * declared static, go here.
 */
#endif

int rep_open(struct rep_map *m, const char *path, bool writable)
{
#ifdef STARTER
	/*
	 * TODO (count_finds_every_match): open the file and map all of it; see
	 * README task 1.
	 */
	(void)m;
	(void)path;
	(void)writable;
	return -ENOSYS;
#else
	int prot = writable ? PROT_READ | PROT_WRITE : PROT_READ;
	struct stat st;
	int err;

	m->data = NULL;
	m->fd = open(path, (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC);
	if (m->fd < 0)
		return -errno;
	if (fstat(m->fd, &st) < 0)
		goto fail;
	m->len = st.st_size;
	if (m->len == 0)
		return 0; /* a mapping of length 0 is refused with EINVAL */
	m->data = mmap(NULL, m->len, prot, MAP_SHARED, m->fd, 0);
	if (m->data == MAP_FAILED)
		goto fail;
	return 0;
fail:
	err = -errno;
	close(m->fd);
	return err;
#endif
}
#ifndef STARTER

/* The mapping alone: @len bytes instead of m->len. MAP_FAILED on error. */
static void *map_again(const struct rep_map *m, size_t len)
{
	if (len == 0) {
		if (m->len > 0)
			munmap(m->data, m->len);
		return NULL;
	}
	if (m->len == 0)
		return mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, m->fd, 0);
	return mremap(m->data, m->len, len, MREMAP_MAYMOVE);
}
#endif

int rep_resize(struct rep_map *m, size_t len)
{
#ifdef STARTER
	/*
	 * TODO (resize_moves_end_of_file_and_mapping,
	 * failed_growth_changes_nothing): change the length of the file and of
	 * its mapping; see README task 2.
	 */
	(void)m;
	(void)len;
	return -ENOSYS;
#else
	void *data;
	int err;

	/*
	 * The file first: it is the step that can be undone without loss. Only
	 * growth can fail in the second step, and then the bytes cut off again
	 * are all zero.
	 */
	if (ftruncate(m->fd, len) < 0)
		return -errno;
	data = map_again(m, len);
	if (data == MAP_FAILED) {
		err = -errno;
		if (ftruncate(m->fd, m->len) < 0)
			err = -errno;
		return err;
	}
	m->data = data;
	m->len = len;
	return 0;
#endif
}

void rep_close(struct rep_map *m)
{
#ifdef STARTER
	/* TODO (nothing_stays_mapped_or_open): see README task 1. */
	(void)m;
#else
	if (m->len > 0)
		munmap(m->data, m->len);
	close(m->fd);
#endif
}
#ifndef STARTER

/* A part of memory that is searched: what is left, and what to look for. */
struct search {
	const unsigned char *at, *end;
	const void *from;
	size_t from_len;
};

/* The next match, or NULL. The search goes on behind it. */
static const unsigned char *next_match(struct search *s)
{
	const unsigned char *hit = NULL;

	if (s->at < s->end) /* there is nothing to point to in an empty file */
		hit = memmem(s->at, s->end - s->at, s->from, s->from_len);
	if (hit)
		s->at = hit + s->from_len;
	return hit;
}

static long count_matches(struct search s)
{
	long n = 0;

	while (next_match(&s))
		n++;
	return n;
}

static struct search search_all(const struct rep_map *m, const void *from, size_t from_len)
{
	return (struct search){ m->data, m->data + m->len, from, from_len };
}
#endif

long rep_count(const char *path, const void *from, size_t from_len)
{
#ifdef STARTER
	/*
	 * TODO (count_finds_every_match): search all bytes of the file; see
	 * README task 1.
	 */
	(void)path;
	(void)from;
	(void)from_len;
	return -ENOSYS;
#else
	struct rep_map m;
	long n;

	if (from_len == 0)
		return -EINVAL;
	n = rep_open(&m, path, false);
	if (n < 0)
		return n;
	n = count_matches(search_all(&m, from, from_len));
	rep_close(&m);
	return n;
#endif
}
#ifndef STARTER

/*
 * One pass over a text, which @s searches, to @out in the same mapping. The
 * caller has left so much room before the text that @out never gets ahead of
 * what is still to be read.
 */
static void rewrite(unsigned char *out, struct search s, const void *to, size_t to_len)
{
	const unsigned char *rest = s.at, *hit;

	while ((hit = next_match(&s))) {
		memmove(out, rest, hit - rest);
		out += hit - rest;
		memcpy(out, to, to_len);
		out += to_len;
		rest = s.at;
	}
	memmove(out, rest, s.end - rest);
}

/*
 * Longer: make room first, and push the text to the new end of the file, from
 * where it is rewritten to the front. Each match then uses up a part of the
 * gap, and the last one the last of it.
 */
static int change_longer(struct rep_map *m, size_t room, struct search s, const void *to,
			 size_t to_len)
{
	size_t old = m->len;
	int err = rep_resize(m, old + room);

	if (err)
		return err;
	memmove(m->data + room, m->data, old);
	s.at = m->data + room; /* the mapping may have moved */
	s.end = m->data + m->len;
	rewrite(m->data, s, to, to_len);
	return 0;
}
#endif

long rep_change(const char *path, const void *from, size_t from_len,
		const void *to, size_t to_len)
{
#ifdef STARTER
	/*
	 * TODO (same_length_is_changed_in_place, shorter_text_cuts_file,
	 * longer_text_grows_file, matches_do_not_overlap,
	 * new_text_is_not_searched_again): replace each match in one pass; see
	 * README tasks 3 and 4.
	 */
	(void)path;
	(void)from;
	(void)from_len;
	(void)to;
	(void)to_len;
	return -ENOSYS;
#else
	struct search s;
	struct rep_map m;
	int err;
	long n;

	if (from_len == 0)
		return -EINVAL;
	err = rep_open(&m, path, true);
	if (err)
		return err;
	s = search_all(&m, from, from_len);
	n = count_matches(s);
	if (n > 0 && to_len > from_len) {
		err = change_longer(&m, n * (to_len - from_len), s, to, to_len);
	} else if (n > 0) {
		rewrite(m.data, s, to, to_len);
		/* The rest that is left over goes last: it is still read above. */
		err = rep_resize(&m, m.len - n * (from_len - to_len));
	}
	rep_close(&m);
	return err ? err : n;
#endif
}
#ifndef STARTER

/*
 * Open the target of a copy and look whether it is the source: two names are
 * one file when device and inode are the same. It is not emptied when it is
 * opened, for it may be the source. A store needs O_RDWR: a mapping always
 * reads.
 */
static int open_target(struct rep_map *to, const char *path, int source_fd)
{
	struct stat a, b;
	int err = 0;

	to->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (to->fd < 0)
		return -errno;
	/* Nothing of it is mapped yet; whatever it held is cut off. */
	to->data = NULL;
	to->len = 0;
	if (fstat(source_fd, &a) < 0 || fstat(to->fd, &b) < 0)
		err = -errno;
	else if (a.st_dev == b.st_dev && a.st_ino == b.st_ino)
		err = -EINVAL;
	if (err)
		close(to->fd);
	return err;
}
#endif

int rep_copy(const char *source, const char *target)
{
#ifdef STARTER
	/*
	 * TODO (copy_equals_source, copy_onto_itself_is_refused): copy from
	 * one mapping to another; see README task 5.
	 */
	(void)source;
	(void)target;
	return -ENOSYS;
#else
	struct rep_map from, to;
	int err = rep_open(&from, source, false);

	if (err)
		return err;
	err = open_target(&to, target, from.fd);
	if (err)
		goto out_source;
	err = rep_resize(&to, from.len);
	if (!err && from.len > 0)
		memcpy(to.data, from.data, from.len);
	rep_close(&to);
out_source:
	rep_close(&from);
	return err;
#endif
}
