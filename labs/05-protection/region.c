// SPDX-License-Identifier: GPL-2.0-only
/*
 * region.c - a few pages of chosen protection, for the tool's command write.
 *
 * Given; changes to it are not graded.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "region.h"

#define FILE_NAME "region.tmp"

static int anonymous_page(unsigned char *page, size_t at, char letter)
{
	int prot = letter == '-' ? PROT_NONE :
		   letter == 'w' ? PROT_READ | PROT_WRITE :
		   letter == 'x' ? PROT_READ | PROT_EXEC :
				   PROT_READ;
	size_t i;

	if (mprotect(page, REGION_PAGE, PROT_READ | PROT_WRITE) < 0)
		return -errno;
	for (i = 0; i < REGION_PAGE; i++)
		page[i] = region_byte(at + i);
	return mprotect(page, REGION_PAGE, prot) < 0 ? -errno : 0;
}

/* A file of one page with the bytes of the page at @at; its name is gone. */
static int file_page(unsigned char *page, size_t at, int oflags)
{
	unsigned char bytes[REGION_PAGE];
	int fd, use, err = 0;
	size_t i;

	for (i = 0; i < REGION_PAGE; i++)
		bytes[i] = region_byte(at + i);
	fd = open(FILE_NAME, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	use = open(FILE_NAME, oflags | O_CLOEXEC);
	unlink(FILE_NAME);
	if (use < 0 || write(fd, bytes, sizeof(bytes)) != (ssize_t)sizeof(bytes) ||
	    mmap(page, REGION_PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, use, 0) == MAP_FAILED)
		err = -errno;
	if (use >= 0)
		close(use);
	close(fd);
	return err;
}

static int make_page(unsigned char *page, size_t at, char letter)
{
	switch (letter) {
	case 'S':
		return file_page(page, at, O_RDWR);
	case 's':
		return file_page(page, at, O_RDONLY);
	case '.':
		return munmap(page, REGION_PAGE) < 0 ? -errno : 0;
	default:
		return anonymous_page(page, at, letter);
	}
}

int region_make(struct region *r, const char *layout)
{
	unsigned char *all;
	size_t i;
	int err;

	r->pages = strlen(layout);
	all = mmap(NULL, (r->pages + 2) * REGION_PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		   0);
	if (all == MAP_FAILED)
		return -errno;
	r->base = all + REGION_PAGE;
	for (i = 0; i < r->pages; i++) {
		err = make_page(r->base + i * REGION_PAGE, i * REGION_PAGE, layout[i]);
		if (err) {
			region_free(r);
			return err;
		}
	}
	return 0;
}

void region_free(struct region *r)
{
	munmap(r->base - REGION_PAGE, (r->pages + 2) * REGION_PAGE);
}

void region_show(const struct region *r, const char *when)
{
	char perms[REGION_MAX][5], line[4352], p[5];
	uintptr_t first = (uintptr_t)r->base, start, end, at;
	FILE *f = fopen("/proc/self/maps", "re");
	size_t i;

	for (i = 0; i < r->pages; i++)
		strcpy(perms[i], "....");
	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %4s", &start, &end, p) != 3)
			continue;
		for (i = 0; i < r->pages; i++) {
			at = first + i * REGION_PAGE;
			if (start <= at && at < end)
				strcpy(perms[i], p);
		}
	}
	if (f)
		fclose(f);
	printf("%-6s %p", when, (void *)r->base);
	for (i = 0; i < r->pages; i++)
		printf(" %s", perms[i]);
	putchar('\n');
}
