/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vmas.c - another right way: one walk over maps serves every question, with a
 * function for each line; the size of a block is what lies between the two
 * nearest lines without rights; the ring is a file mapped at twice its length,
 * whose second half, of which the file has nothing, is then replaced.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vmas.h"

#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)
#define RW (PROT_READ | PROT_WRITE)

/* Called for each line until it gives something other than 0. */
typedef long (*visit)(const struct vm_line *v, void *arg);

static long walk(const char *maps, visit fn, void *arg)
{
	unsigned long long n[4];
	char *text = NULL, *p, rights[8];
	size_t room = 0;
	FILE *f = fopen(maps, "re");
	ssize_t len;
	long ret = 0;
	int at;

	if (!f)
		return -errno;
	while (!ret && (len = getdelim(&text, &room, '\n', f)) > 0) {
		struct vm_line v;

		if (text[len - 1] == '\n')
			text[len - 1] = '\0';
		sscanf(text, "%llx-%llx %7s %llx %x:%x %llu%n", &n[0], &n[1], rights, &n[2],
		       &v.major, &v.minor, &n[3], &at);
		p = text + at;
		v.start = n[0];
		v.end = n[1];
		v.offset = n[2];
		v.inode = n[3];
		v.path = p + strspn(p, " ");
		v.shared = strchr(rights, 's') != NULL;
		v.prot = (strchr(rights, 'r') ? PROT_READ : 0) |
			 (strchr(rights, 'w') ? PROT_WRITE : 0) |
			 (strchr(rights, 'x') ? PROT_EXEC : 0);
		ret = fn(&v, arg);
	}
	if (!ret && ferror(f))
		ret = -errno;
	free(text);
	fclose(f);
	return ret;
}

struct question {
	uint64_t start, end;
	struct vm_line found;
	long count;
};

static long holds(const struct vm_line *v, void *arg)
{
	struct question *q = arg;

	if (q->start < v->start || q->start >= v->end)
		return 0;
	q->found = *v;
	q->found.path = strdup(v->path);
	return q->found.path ? 1 : -ENOMEM;
}

int vm_find(const char *maps, uint64_t addr, struct vm_line *line)
{
	struct question q = { .start = addr };
	long ret = walk(maps, holds, &q);

	if (ret == 0)
		return -EFAULT;
	if (ret < 0)
		return (int)ret;
	*line = q.found;
	return 0;
}

static long overlaps(const struct vm_line *v, void *arg)
{
	struct question *q = arg;

	q->count += q->start < q->end && v->start <= q->end - 1 && q->start <= v->end - 1;
	return 0;
}

long vm_count(const char *maps, uint64_t start, uint64_t end)
{
	struct question q = { .start = start, .end = end };
	long ret = walk(maps, overlaps, &q);

	return ret < 0 ? ret : q.count;
}

/* For each page the last steps that concern it, asked from the end on. */
static bool mapped_before(const struct vm_step *step, size_t n, size_t page)
{
	while (n-- > 0)
		if (step[n].op != VM_PROTECT && page - step[n].first < step[n].count)
			return step[n].op != VM_UNMAP;
	return true;
}

static bool reaches(const struct vm_step *step, size_t i, size_t page)
{
	size_t k;

	if (page - step[i].first >= step[i].count)
		return false;
	for (k = step[i].first; step[i].op == VM_PROTECT && k <= page; k++)
		if (!mapped_before(step, i, k))
			return false;
	return true;
}

struct look {
	bool mapped;
	size_t maker;
	int prot;
};

static struct look look_of(const struct vm_step *step, size_t n, size_t page)
{
	struct look l = { true, 0, -1 };

	while (n-- > 0) {
		if (!reaches(step, n, page))
			continue;
		if (step[n].op == VM_PROTECT) {
			if (l.prot < 0)
				l.prot = step[n].prot;
			continue;
		}
		l.mapped = step[n].op != VM_UNMAP;
		l.maker = step[n].op == VM_SHARE ? n + 1 : 0;
		break;
	}
	if (l.prot < 0)
		l.prot = RW;
	return l;
}

long vm_predict(size_t pages, const struct vm_step *step, size_t n)
{
	struct look last = { false, 0, 0 }, now;
	long lines = 0;
	size_t i;

	for (i = 0; i < pages; i++, last = now) {
		now = look_of(step, n, i);
		if (now.mapped && !(last.mapped && last.maker == now.maker && last.prot == now.prot))
			lines++;
	}
	return lines;
}

static size_t page_size(void)
{
	return (size_t)getpagesize();
}

int vm_punch(void *p, size_t n)
{
	if (n & (page_size() - 1))
		return -EINVAL;
	return munmap(p, n) == 0 ? 0 : -errno;
}

int vm_place(void *want, size_t n)
{
	void *p = mmap(want, n, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0);

	return p == MAP_FAILED ? -errno : 0;
}

int vm_guard(size_t n, enum vm_edge edge, void **block)
{
	size_t page = page_size(), whole;
	char *p;
	int err;

	if (n == 0)
		return -EINVAL;
	if (n > (size_t)1 << 62)
		return -ENOMEM;
	whole = ((n - 1) / page + 3) * page;
	p = mmap(NULL, whole, RW, ANON | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED)
		return -errno;
	/* The guards are mapped anew, over the ends. */
	if (mmap(p, page, PROT_NONE, ANON | MAP_FIXED, -1, 0) == MAP_FAILED ||
	    mmap(p + whole - page, page, PROT_NONE, ANON | MAP_FIXED, -1, 0) == MAP_FAILED) {
		err = -errno;
		munmap(p, whole);
		return err;
	}
	*block = edge == VM_BEFORE ? p + page : p + whole - page - n;
	return 0;
}

/* The last line that ends at or below the block's pages, the first behind. */
static long between(const struct vm_line *v, void *arg)
{
	struct question *q = arg;
	uint64_t block = q->found.start;

	if (v->prot == PROT_NONE && v->end <= block)
		q->start = v->end;
	if (v->prot == PROT_NONE && v->start > block) {
		q->end = v->start;
		return 1;
	}
	return 0;
}

int vm_unguard(void *block)
{
	struct question q = { .found.start = (uintptr_t)block };
	size_t page = page_size();
	long ret = walk("/proc/self/maps", between, &q);

	if (ret < 0)
		return (int)ret;
	if (ret == 0)
		return -EFAULT;
	ret = munmap((char *)(uintptr_t)q.start - page, q.end - q.start + 2 * page);
	return ret < 0 ? -errno : 0;
}

static int file_of(size_t n)
{
	int fd = memfd_create("twice", MFD_CLOEXEC), err;

	if (fd < 0)
		return -errno;
	if (ftruncate(fd, (off_t)n) < 0) {
		err = -errno;
		close(fd);
		return err;
	}
	return fd;
}

int vm_ring(size_t n, void **ring)
{
	char *p;
	int fd, err = 0;

	if (n == 0 || n & (page_size() - 1))
		return -EINVAL;
	if (n > (size_t)1 << 62)
		return -ENOMEM;
	fd = file_of(n);
	if (fd < 0)
		return fd;
	p = mmap(NULL, 2 * n, RW, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED) {
		err = -errno;
	} else if (mmap(p + n, n, RW, MAP_SHARED | MAP_FIXED, fd, 0) == MAP_FAILED) {
		err = -errno;
		munmap(p, 2 * n);
	} else {
		*ring = p;
	}
	close(fd);
	return err;
}
