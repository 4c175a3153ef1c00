// SPDX-License-Identifier: GPL-2.0-only
/*
 * region.c - the memory that the tool's commands work on.
 *
 * Given; changes to it are not graded.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "paging.h"
#include "region.h"

/* Room for the pages and for one on either side. */
static int reserve(struct region *r, size_t pages)
{
	unsigned char *room;

	if (pages == 0 || pages > REGION_PAGES)
		return -EINVAL;
	room = mmap(NULL, (pages + 2) * PG_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (room == MAP_FAILED)
		return -errno;
	r->base = room + PG_SIZE;
	r->pages = pages;
	r->guarded = true;
	return 0;
}

static int place(struct region *r, int flags, int fd)
{
	int err;

	if (mmap(r->base, r->pages * PG_SIZE, PROT_READ | PROT_WRITE, flags | MAP_FIXED, fd, 0) !=
	    MAP_FAILED)
		return 0;
	err = -errno;
	region_free(r);
	return err;
}

int region_anonymous(struct region *r, size_t pages, int flags)
{
	int err = reserve(r, pages);

	return err ? err : place(r, flags | MAP_ANONYMOUS, -1);
}

int region_file(struct region *r, const char *path, int flags)
{
	int fd = open(path, O_RDWR | O_CLOEXEC), err;
	struct stat st;

	if (fd < 0)
		return -errno;
	err = fstat(fd, &st) < 0 ? -errno : 0;
	if (!err)
		err = reserve(r, ((size_t)st.st_size + PG_SIZE - 1) / PG_SIZE);
	if (!err)
		err = place(r, flags, fd);
	close(fd);
	return err;
}

void region_free(struct region *r)
{
	size_t guard = r->guarded ? 1 : 0;

	munmap(r->base - guard * PG_SIZE, (r->pages + 2 * guard) * PG_SIZE);
	r->base = NULL;
}

void region_touch(const struct region *r, const char *pattern)
{
	size_t n = strlen(pattern), i;

	for (i = 0; i < r->pages; i++) {
		volatile unsigned char *byte = r->base + i * PG_SIZE;
		char how = pattern[i % n];

		if (how == 'w')
			*byte = 'w';
		else if (how == 'r')
			(void)*byte;
	}
}
