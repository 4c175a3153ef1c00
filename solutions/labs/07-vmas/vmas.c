/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vmas.c - the mappings of a process: read, counted, foretold, and changed to
 * the page.
 *
 * The contract of each function stands in vmas.h.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vmas.h"
#ifdef STARTER

/*
 * TODO (failure_leaves_nothing): holds for vm_guard and vm_ring, and for
 * vm_find and vm_count; see README task 7. Helper functions of your own,
 * declared static, go here.
 */
#else

#define SELF "/proc/self/maps"

static size_t page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

/*
 * One line, whose path stays where it is: line->path points into text. Each
 * number gets the 64 bits that it may have. %4s stops after the four rights;
 * %n tells how far sscanf got, so that the path needs no buffer and no limit,
 * and its spaces do not matter.
 */
static bool parse(char *text, struct vm_line *line)
{
	char rights[5];
	int at = 0;

	text[strcspn(text, "\n")] = '\0';
	if (sscanf(text, "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %x:%x %" SCNu64 " %n",
		   &line->start, &line->end, rights, &line->offset, &line->major, &line->minor,
		   &line->inode, &at) < 7)
		return false;
	line->prot = (rights[0] == 'r' ? PROT_READ : 0) | (rights[1] == 'w' ? PROT_WRITE : 0) |
		     (rights[2] == 'x' ? PROT_EXEC : 0);
	line->shared = rights[3] == 's';
	line->path = text + at;
	return true;
}
#endif

int vm_find(const char *maps, uint64_t addr, struct vm_line *line)
{
#ifdef STARTER
	/*
	 * TODO (find_reads_every_field, find_keeps_whole_path,
	 * end_is_outside): look for the line that holds addr; see README task 1.
	 */
	(void)maps;
	(void)addr;
	(void)line;
	return -ENOSYS;
#else
	FILE *f = fopen(maps, "re");
	struct vm_line v;
	char *text = NULL;
	size_t room = 0;
	int ret = -EFAULT;

	if (!f)
		return -errno;
	/* getline() makes its buffer as long as the line is: a path may be. */
	while (ret == -EFAULT && getline(&text, &room, f) > 0) {
		if (!parse(text, &v) || addr < v.start || addr >= v.end)
			continue;
		v.path = strdup(v.path);
		ret = v.path ? 0 : -ENOMEM;
	}
	if (ferror(f))
		ret = -errno;
	if (ret == 0)
		*line = v;
	free(text);
	fclose(f);
	return ret;
#endif
}

long vm_count(const char *maps, uint64_t start, uint64_t end)
{
#ifdef STARTER
	/*
	 * TODO (end_is_outside): count the lines that have a byte in the range;
	 * see README task 2.
	 */
	(void)maps;
	(void)start;
	(void)end;
	return -ENOSYS;
#else
	FILE *f = fopen(maps, "re");
	struct vm_line v;
	char *text = NULL;
	size_t room = 0;
	long count = 0;

	if (!f)
		return -errno;
	/*
	 * Two ranges overlap if each begins before the other one ends. That
	 * says yes to an empty range inside a mapping, which has no byte.
	 */
	while (getline(&text, &room, f) > 0)
		count += parse(text, &v) && start < end && v.start < end && start < v.end;
	if (ferror(f))
		count = -errno;
	free(text);
	fclose(f);
	return count;
#endif
}
#ifndef STARTER

/*
 * What a page has in common with those of its line: its rights, and what it
 * shows. Each shared anonymous mapping is an object of its own, so the number
 * of the step that made it tells it from all others. Private anonymous memory
 * is no object: all of it counts as one, number 0.
 */
struct page {
	bool mapped;
	int prot;
	size_t object;
};

static void predict_step(struct page *page, const struct vm_step *s, size_t number)
{
	size_t i;

	for (i = s->first; i < s->first + s->count; i++) {
		switch (s->op) {
		case VM_UNMAP:
			page[i].mapped = false;
			break;
		case VM_MAP:
		case VM_SHARE:
			page[i].mapped = true;
			page[i].prot = PROT_READ | PROT_WRITE;
			page[i].object = s->op == VM_SHARE ? number : 0;
			break;
		case VM_PROTECT:
			if (!page[i].mapped)
				return; /* ENOMEM; what is done stays done */
			page[i].prot = s->prot;
			break;
		}
	}
}

static bool same_line(const struct page *a, const struct page *b)
{
	return a->mapped && b->mapped && a->prot == b->prot && a->object == b->object;
}
#endif

long vm_predict(size_t pages, const struct vm_step *step, size_t n)
{
#ifdef STARTER
	/*
	 * TODO (predict_matches_kernel): work out how many lines the area will
	 * have; see README task 3.
	 */
	(void)pages;
	(void)step;
	(void)n;
	return -ENOSYS;
#else
	/*
	 * Page by page: where lines begin and end follows by itself. The kernel
	 * keeps ranges, and has to look for neighbours at every change.
	 */
	struct page *page = calloc(pages, sizeof(*page));
	struct vm_step all = { .op = VM_MAP, .first = 0, .count = pages };
	long lines = 0;
	size_t i;

	if (!page)
		return -ENOMEM;
	predict_step(page, &all, 0);
	for (i = 0; i < n; i++)
		predict_step(page, &step[i], i + 1);
	for (i = 0; i < pages; i++)
		lines += page[i].mapped && (i == 0 || !same_line(&page[i - 1], &page[i]));
	free(page);
	return lines;
#endif
}

int vm_punch(void *p, size_t n)
{
#ifdef STARTER
	/*
	 * TODO (punch_splits_a_mapping): unmap these pages and no others; see
	 * README task 4.
	 */
	(void)p;
	(void)n;
	return -ENOSYS;
#else
	/*
	 * The kernel refuses an address inside a page, but rounds the length up:
	 * the rest of the last page would go, although nobody named it.
	 */
	if (n % page_size() != 0)
		return -EINVAL;
	return munmap(p, n) < 0 ? -errno : 0;
#endif
}

int vm_place(void *want, size_t n)
{
#ifdef STARTER
	/*
	 * TODO (place_fills_a_hole, place_never_destroys): map exactly there, or
	 * not at all; see README task 5.
	 */
	(void)want;
	(void)n;
	return -ENOSYS;
#else
	/*
	 * MAP_FIXED would replace what is there. To look first and map then
	 * leaves a moment between the two; here the kernel does both at once.
	 */
	void *p = mmap(want, n, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	if (p == MAP_FAILED)
		return -errno;
	if (p != want) {
		/* A kernel before 4.17 does not know the flag: a mere hint. */
		munmap(p, n);
		return -EEXIST;
	}
	return 0;
#endif
}

int vm_guard(size_t n, enum vm_edge edge, void **block)
{
#ifdef STARTER
	/*
	 * TODO (guard_faults_on_both_sides): put pages without rights around a
	 * block; see README task 6.
	 */
	(void)n;
	(void)edge;
	(void)block;
	return -ENOSYS;
#else
	size_t page = page_size(), len;
	char *p;
	int err;

	if (n == 0)
		return -EINVAL;
	/* Asked before anything is added: the sum may begin again at 0. */
	if (n > SIZE_MAX - 3 * page)
		return -ENOMEM;
	len = (n + page - 1) / page * page;
	/*
	 * Everything without rights first, then the middle opened: so the guards
	 * are there from the start, and the whole is found free in one go.
	 */
	p = mmap(NULL, len + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return -errno;
	if (mprotect(p + page, len, PROT_READ | PROT_WRITE) < 0) {
		err = -errno;
		munmap(p, len + 2 * page);
		return err;
	}
	*block = edge == VM_BEHIND ? p + page + len - n : p + page;
	return 0;
#endif
}

int vm_unguard(void *block)
{
#ifdef STARTER
	/*
	 * TODO (unguard_leaves_nothing): unmap the block and both its guards;
	 * see README task 6.
	 */
	(void)block;
	return -ENOSYS;
#else
	size_t page = page_size();
	struct vm_line line;
	int err;

	/*
	 * The kernel knows how long the block is: its pages are one line, which
	 * cannot grow together with anything, as its neighbours are the guards.
	 * Those are not asked for their lines: two guards side by side are one.
	 */
	err = vm_find(SELF, (uintptr_t)block, &line);
	if (err)
		return err;
	free(line.path);
	if (munmap((char *)(uintptr_t)line.start - page, line.end - line.start + 2 * page) < 0)
		return -errno;
	return 0;
#endif
}

int vm_ring(size_t n, void **ring)
{
#ifdef STARTER
	/*
	 * TODO (ring_shows_its_bytes_twice, ring_spares_its_neighbours): map the
	 * same memory twice in a row; see README task 7.
	 */
	(void)n;
	(void)ring;
	return -ENOSYS;
#else
	const int rw = PROT_READ | PROT_WRITE, fixed = MAP_SHARED | MAP_FIXED;
	char *p;
	int fd, err = 0;

	if (n == 0 || n % page_size() != 0)
		return -EINVAL;
	if (n > SIZE_MAX / 2)
		return -ENOMEM;
	/*
	 * First all addresses, without rights, so that they are ours. Both halves
	 * then replace parts of this, and MAP_FIXED can hit nobody else's pages.
	 */
	p = mmap(NULL, 2 * n, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return -errno;
	fd = memfd_create("ring", MFD_CLOEXEC);
	if (fd < 0 || ftruncate(fd, (off_t)n) < 0 ||
	    mmap(p, n, rw, fixed, fd, 0) == MAP_FAILED ||
	    mmap(p + n, n, rw, fixed, fd, 0) == MAP_FAILED)
		err = -errno;
	/* The mappings keep the memory; without a name it goes with them. */
	if (fd >= 0)
		close(fd);
	if (err)
		munmap(p, 2 * n);
	else
		*ring = p;
	return err;
#endif
}
