/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mapread.c - a file, or any window of it, read through a mapping.
 *
 * The contract of each function stands in mapread.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mapread.h"
#ifdef STARTER

/*
 * TODO (errno_is_passed_on, nothing_to_map_is_no_error): hold for all
 * functions below; see README tasks 2 and 4. Helper functions of your own,
 * declared static, go here.
 */
#endif
#ifndef STARTER

/* Open a file to be read and ask for its size: a descriptor, or -errno. */
static int open_sized(const char *path, off_t *size)
{
	struct stat st;
	int err, fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0) {
		err = -errno;
		close(fd);
		return err;
	}
	*size = st.st_size;
	return fd;
}

/*
 * Map @len bytes from @off on. The mapping has to begin at a page of the file,
 * so it begins @before bytes earlier, and is longer by as much.
 */
static int map_bytes(struct mr_map *m, int fd, off_t off, size_t len)
{
	size_t before = off % sysconf(_SC_PAGESIZE);

	memset(m, 0, sizeof(*m));
	if (len == 0)
		return 0; /* a mapping of length 0 is refused with EINVAL */
	m->base = mmap(NULL, before + len, PROT_READ, MAP_PRIVATE, fd, off - before);
	if (m->base == MAP_FAILED)
		return -errno;
	m->maplen = before + len;
	m->data = (const unsigned char *)m->base + before;
	m->len = len;
	return 0;
}
#endif

int mr_open(const char *path, struct mr_map *m)
{
#ifdef STARTER
	/*
	 * TODO (whole_file_is_copied, file_is_mapped_not_read,
	 * mapping_is_read_only): map the whole file; see README task 1.
	 */
	(void)path;
	(void)m;
	return -ENOSYS;
#else
	off_t size;
	int err, fd = open_sized(path, &size);

	if (fd < 0)
		return fd;
	err = map_bytes(m, fd, 0, size);
	close(fd); /* the mapping keeps the file by itself */
	return err;
#endif
}

int mr_window(const char *path, off_t off, size_t len, struct mr_map *m)
{
#ifdef STARTER
	/*
	 * TODO (window_holds_the_right_bytes, window_reaches_past_3_gib): map
	 * the pages on which the window lies; see README task 3.
	 */
	(void)path;
	(void)off;
	(void)len;
	(void)m;
	return -ENOSYS;
#else
	off_t size;
	int err, fd = open_sized(path, &size);

	if (fd < 0)
		return fd;
	/* By subtraction: the sum of off and len may not fit its type. */
	if (off >= size)
		len = 0;
	else if (len > (size_t)(size - off))
		len = size - off;
	err = map_bytes(m, fd, off, len);
	close(fd);
	return err;
#endif
}

void mr_close(struct mr_map *m)
{
#ifdef STARTER
	/*
	 * TODO (nothing_stays_mapped_or_open): unmap all that was mapped; see
	 * README tasks 1 and 7.
	 */
	(void)m;
#else
	if (m->base)
		munmap(m->base, m->maplen);
#endif
}

int mr_write(const struct mr_map *m, int fd)
{
#ifdef STARTER
	/*
	 * TODO (whole_file_is_copied, short_write_is_continued): write all
	 * bytes to the descriptor; see README tasks 1 and 6.
	 */
	(void)m;
	(void)fd;
	return -ENOSYS;
#else
	size_t done = 0;

	while (done < m->len) {
		ssize_t n = write(fd, m->data + done, m->len - done);

		if (n >= 0)
			done += n;
		else if (errno != EINTR)
			return -errno;
	}
	return 0;
#endif
}

ssize_t mr_count(const struct mr_map *m, const char *text, size_t n)
{
#ifdef STARTER
	/*
	 * TODO (count_needs_no_terminator): count the places where the text
	 * stands; see README task 5.
	 */
	(void)m;
	(void)text;
	(void)n;
	return -ENOSYS;
#else
	ssize_t found = 0;
	size_t i;

	if (n == 0)
		return -EINVAL;
	/* Each place at which all n bytes lie before the end. */
	for (i = 0; i < m->len && n <= m->len - i; i++)
		if (!memcmp(m->data + i, text, n))
			found++;
	return found;
#endif
}
