// SPDX-License-Identifier: GPL-2.0-only
/*
 * steps.c - calls made one by one on a file of two pages, and a look at what
 * the disk has of it. See steps.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "steps.h"

#define PAGES 2

/* ------------------------------------------------------------------- words */

static const struct {
	const char *word;
	enum jl_call call;
	bool page, value;
} words[] = {
	{ "", JL_STORE, true, true },
	{ "write:", JL_WRITE, true, true },
	{ "async", JL_ASYNC, false, false },
	{ "invalidate", JL_INVALIDATE, false, false },
	{ "sync", JL_SYNC, false, false },
	{ "sync+invalidate", JL_SYNC_INVALIDATE, false, false },
	{ "sync+async", JL_SYNC_ASYNC, false, false },
	{ "sync:", JL_SYNC_PAGE, true, false },
	{ "byte:", JL_SYNC_BYTE, true, false },
	{ "fsync", JL_FSYNC, false, false },
	{ "fdatasync", JL_FDATASYNC, false, false },
	{ "unmap", JL_UNMAP, false, false },
	{ "close", JL_CLOSE, false, false },
};

/* Does @s match entry @i, and what are its page and value? */
static bool matches(struct jl_step *step, const char *s, size_t i)
{
	size_t len = strlen(words[i].word);

	if (strncmp(s, words[i].word, len) != 0)
		return false;
	s += len;
	*step = (struct jl_step){ .call = words[i].call };
	if (words[i].page) {
		if (*s != 'a' && *s != 'b')
			return false;
		step->page = *s++ == 'b';
	}
	if (words[i].value) {
		if (s[0] != '=' || s[1] <= ' ' || s[1] > '~')
			return false;
		step->value = s[1];
		s += 2;
	}
	return !*s;
}

bool steps_parse(struct jl_step *step, char *const *word, size_t n)
{
	size_t i, k, count = sizeof(words) / sizeof(words[0]);

	for (i = 0; i < n; i++) {
		for (k = 0; k < count && !matches(&step[i], word[i], k); k++)
			;
		if (k == count)
			return false;
	}
	return true;
}

/* ------------------------------------------------------------------- calls */

struct file {
	const char *path;
	int fd;
	char *map;
};

static int file_map(struct file *f)
{
	f->map = mmap(NULL, PAGES * JL_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, f->fd, 0);
	return f->map == MAP_FAILED ? -errno : 0;
}

/* Blocks and size must be on the disk before: only then one byte is the matter. */
static int file_make(struct file *f)
{
	static const char page[JL_PAGE] = "0";
	int i;

	f->fd = open(f->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (f->fd < 0)
		return -errno;
	for (i = 0; i < PAGES; i++)
		if (write(f->fd, page, sizeof(page)) != sizeof(page))
			return errno ? -errno : -EIO;
	return fsync(f->fd) < 0 ? -errno : 0;
}

static int file_open(struct file *f, const char *path)
{
	int err = 0;

	f->path = path;
	f->fd = open(path, O_RDWR | O_CLOEXEC);
	if (f->fd < 0)
		err = errno == ENOENT ? file_make(f) : -errno;
	return err ? err : file_map(f);
}

/* -1 and errno, as the call itself */
static int make_call(struct file *f, const struct jl_step *s)
{
	char *page = f->map + s->page * JL_PAGE;

	switch (s->call) {
	case JL_STORE:
		*(volatile char *)page = s->value;
		return 0;
	case JL_WRITE:
		return pwrite(f->fd, &s->value, 1, (off_t)(s->page * JL_PAGE)) == 1 ? 0 : -1;
	case JL_ASYNC:
		return msync(f->map, PAGES * JL_PAGE, MS_ASYNC);
	case JL_INVALIDATE:
		return msync(f->map, PAGES * JL_PAGE, MS_INVALIDATE);
	case JL_SYNC:
		return msync(f->map, PAGES * JL_PAGE, MS_SYNC);
	case JL_SYNC_INVALIDATE:
		return msync(f->map, PAGES * JL_PAGE, MS_SYNC | MS_INVALIDATE);
	case JL_SYNC_ASYNC:
		return msync(f->map, PAGES * JL_PAGE, MS_SYNC | MS_ASYNC);
	case JL_SYNC_PAGE:
		return msync(page, JL_PAGE, MS_SYNC);
	case JL_SYNC_BYTE:
		return msync(page + 1, 1, MS_SYNC);
	case JL_FSYNC:
		return fsync(f->fd);
	case JL_FDATASYNC:
		return fdatasync(f->fd);
	case JL_UNMAP:
		return munmap(f->map, PAGES * JL_PAGE) ? -1 : file_map(f);
	case JL_CLOSE:
		close(f->fd);
		f->fd = open(f->path, O_RDWR | O_CLOEXEC);
		return f->fd < 0 ? -1 : 0;
	}
	errno = EINVAL;
	return -1;
}

int steps_make(const char *path, const struct jl_step *step, size_t n, char *const *word)
{
	struct file f;
	size_t i;
	int err = file_open(&f, path);

	for (i = 0; i < n && !err; i++)
		if (make_call(&f, &step[i]) < 0) {
			printf("%s failed with %s\n", word[i], strerrorname_np(errno));
			if (f.map == MAP_FAILED || f.fd < 0)
				err = -errno;
		}
	if (f.fd >= 0)
		close(f.fd);
	if (!err)
		munmap(f.map, PAGES * JL_PAGE);
	return err;
}

/* -------------------------------------------------------------------- looks */

int steps_show(const char *path)
{
	int i, err = 0, fd = open(path, O_RDONLY | O_CLOEXEC);
	char c[PAGES];

	if (fd < 0)
		return -errno;
	for (i = 0; i < PAGES && !err; i++)
		if (pread(fd, &c[i], 1, i * (off_t)JL_PAGE) != 1)
			err = -EIO;
	close(fd);
	if (!err)
		printf("%s %.2s\n", path, c);
	return err;
}

/* Where on the disk byte @at of the file lies, without causing any write. */
static int disk_place(int fd, uint64_t at, uint64_t *place)
{
	char room[sizeof(struct fiemap) + sizeof(struct fiemap_extent)] = { 0 };
	struct fiemap *map = (struct fiemap *)room;
	struct fiemap_extent *e = map->fm_extents;

	map->fm_start = at;
	map->fm_length = 1;
	map->fm_extent_count = 1;
	if (ioctl(fd, FS_IOC_FIEMAP, map) < 0)
		return -errno;
	if (!map->fm_mapped_extents ||
	    e->fe_flags & (FIEMAP_EXTENT_UNKNOWN | FIEMAP_EXTENT_UNWRITTEN))
		return -ENODATA;
	*place = e->fe_physical + at - e->fe_logical;
	return 0;
}

/* The device on which the file lies, for reads that no memory answers. */
static int disk_open(int fd)
{
	char link[64], target[256], *name;
	struct stat st;
	ssize_t n;
	int disk;

	if (fstat(fd, &st) < 0)
		return -errno;
	snprintf(link, sizeof(link), "/sys/dev/block/%u:%u", major(st.st_dev), minor(st.st_dev));
	n = readlink(link, target, sizeof(target) - 1);
	if (n < 0)
		return -errno;
	target[n] = '\0';
	name = strrchr(target, '/');
	snprintf(link, sizeof(link), "/dev/%.32s", name ? name + 1 : target);
	disk = open(link, O_RDONLY | O_DIRECT | O_CLOEXEC);
	return disk < 0 ? -errno : disk;
}

static int disk_read(int fd, int disk, char c[PAGES])
{
	char *page = aligned_alloc(JL_PAGE, JL_PAGE);
	int i, err = page ? 0 : -ENOMEM;
	uint64_t place = 0;

	for (i = 0; i < PAGES && !err; i++) {
		err = disk_place(fd, i * JL_PAGE, &place);
		if (!err && pread(disk, page, JL_PAGE, (off_t)place) != (ssize_t)JL_PAGE)
			err = -EIO;
		if (!err)
			c[i] = page[0];
	}
	free(page);
	return err;
}

int steps_disk(const char *path)
{
	int err, disk, fd = open(path, O_RDONLY | O_CLOEXEC);
	char c[PAGES];

	if (fd < 0)
		return -errno;
	disk = disk_open(fd);
	err = disk < 0 ? disk : disk_read(fd, disk, c);
	if (disk >= 0)
		close(disk);
	close(fd);
	if (!err)
		printf("%s %.2s on the disk\n", path, c);
	return err;
}
