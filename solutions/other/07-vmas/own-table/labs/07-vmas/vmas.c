/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vmas.c - another right way: maps is read whole with read(2) and taken apart
 * with strtoull(3); the forecast keeps ranges, as the kernel does; a block's
 * size stands in a list; a hint and a look at the result place memory; the
 * ring is one shared anonymous mapping, doubled by mremap(2).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vmas.h"

#define PAGE ((size_t)getpagesize())

/* ------------------------------------------------------------------ reading */

static int slurp(const char *path, char **text)
{
	size_t room = 1 << 14, used = 0;
	char *buf = NULL, *more;
	int fd = open(path, O_RDONLY | O_CLOEXEC), err;
	ssize_t n = 1;

	if (fd < 0)
		return -errno;
	while (n > 0) {
		room *= 2;
		more = realloc(buf, room);
		if (!more) {
			errno = ENOMEM;
			n = -1;
			break;
		}
		buf = more;
		while (used + 1 < room && (n = read(fd, buf + used, room - used - 1)) > 0)
			used += (size_t)n;
	}
	err = n < 0 ? -errno : 0;
	close(fd);
	if (err) {
		free(buf);
		return err;
	}
	buf[used] = '\0';
	*text = buf;
	return 0;
}

/* Reads one line at *at and steps behind it. */
static struct vm_line next(char **at)
{
	struct vm_line v = { .path = NULL };
	char *p = *at;

	v.start = strtoull(p, &p, 16);
	v.end = strtoull(p + 1, &p, 16);
	v.prot = (p[1] == 'r') * PROT_READ | (p[2] == 'w') * PROT_WRITE |
		 (p[3] == 'x') * PROT_EXEC;
	v.shared = p[4] == 's';
	v.offset = strtoull(p + 6, &p, 16);
	v.major = (unsigned)strtoul(p + 1, &p, 16);
	v.minor = (unsigned)strtoul(p + 1, &p, 16);
	v.inode = strtoull(p + 1, &p, 10);
	while (*p == ' ')
		p++;
	v.path = p;
	p = strchr(p, '\n');
	if (p)
		*p++ = '\0';
	*at = p;
	return v;
}

int vm_find(const char *maps, uint64_t addr, struct vm_line *line)
{
	char *text, *at;
	int err = slurp(maps, &text);

	if (err)
		return err;
	for (at = text, err = -EFAULT; at && *at && err == -EFAULT;) {
		struct vm_line v = next(&at);

		if (v.start > addr || v.end - 1 < addr)
			continue;
		v.path = strdup(v.path);
		err = v.path ? 0 : -ENOMEM;
		if (!err)
			*line = v;
	}
	free(text);
	return err;
}

long vm_count(const char *maps, uint64_t start, uint64_t end)
{
	char *text, *at;
	long n = 0;
	int err = slurp(maps, &text);

	if (err)
		return err;
	for (at = text; at && *at;) {
		struct vm_line v = next(&at);
		uint64_t from = v.start > start ? v.start : start, to = v.end < end ? v.end : end;

		n += from < to;
	}
	free(text);
	return n;
}

/* ----------------------------------------------------------------- forecast */

struct range {
	size_t first, end, object;
	int prot;
	struct range *next;
};

/* Cuts the range that holds this page in two, so that one begins there. */
static int cut(struct range *r, size_t at)
{
	struct range *tail;

	for (; r; r = r->next)
		if (r->first < at && at < r->end) {
			tail = malloc(sizeof(*tail));
			if (!tail)
				return -ENOMEM;
			*tail = *r;
			tail->first = at;
			r->end = at;
			r->next = tail;
		}
	return 0;
}

static void drop(struct range **list, size_t first, size_t end)
{
	while (*list) {
		struct range *r = *list;

		if (r->first >= first && r->end <= end) {
			*list = r->next;
			free(r);
		} else {
			list = &r->next;
		}
	}
}

static int insert(struct range **list, size_t first, size_t end, size_t object)
{
	struct range *r = malloc(sizeof(*r));

	if (!r)
		return -ENOMEM;
	while (*list && (*list)->first < first)
		list = &(*list)->next;
	*r = (struct range){ first, end, object, PROT_READ | PROT_WRITE, *list };
	*list = r;
	return 0;
}

static void protect(struct range *r, size_t first, size_t end, int prot)
{
	size_t at = first;

	for (; r; r = r->next)
		if (r->first == at && at < end) {
			r->prot = prot;
			at = r->end;
		}
}

static void merge(struct range *r)
{
	while (r && r->next) {
		struct range *n = r->next;

		if (r->end == n->first && r->prot == n->prot && r->object == n->object) {
			r->end = n->end;
			r->next = n->next;
			free(n);
		} else {
			r = n;
		}
	}
}

long vm_predict(size_t pages, const struct vm_step *step, size_t n)
{
	struct range *list = NULL, *r;
	int err = insert(&list, 0, pages, 0);
	long lines = 0;
	size_t i;

	for (i = 0; i < n && !err; i++) {
		size_t first = step[i].first, end = first + step[i].count;

		err = cut(list, first);
		if (!err)
			err = cut(list, end);
		if (err)
			break;
		if (step[i].op == VM_PROTECT)
			protect(list, first, end, step[i].prot);
		else
			drop(&list, first, end);
		if (step[i].op == VM_MAP || step[i].op == VM_SHARE)
			err = insert(&list, first, end, step[i].op == VM_SHARE ? i + 1 : 0);
		merge(list);
	}
	for (r = list; r; r = r->next)
		lines++;
	drop(&list, 0, pages);
	return err ? err : lines;
}

/* ------------------------------------------------------------------ surgery */

int vm_punch(void *p, size_t n)
{
	if (((uintptr_t)p | n) & (PAGE - 1) || !n)
		return -EINVAL;
	return munmap(p, n) ? -errno : 0;
}

int vm_place(void *want, size_t n)
{
	void *p;

	if ((uintptr_t)want % PAGE || !n)
		return -EINVAL;
	p = mmap(want, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return -errno;
	if (p == want)
		return 0;
	munmap(p, n);
	return -EEXIST;
}

struct guarded {
	void *block;
	char *start;
	size_t len;
	struct guarded *next;
};

static struct guarded *blocks;

int vm_guard(size_t n, enum vm_edge edge, void **block)
{
	size_t len;
	struct guarded *g;
	int err;

	if (n == 0)
		return -EINVAL;
	len = (n + PAGE - 1) & ~(PAGE - 1);
	if (len < n || len + 2 * PAGE < len)
		return -ENOMEM;
	g = malloc(sizeof(*g));
	if (!g)
		return -ENOMEM;
	g->len = len + 2 * PAGE;
	g->start = mmap(NULL, g->len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (g->start == MAP_FAILED) {
		err = -errno;
		free(g);
		return err;
	}
	if (mprotect(g->start, PAGE, PROT_NONE) || mprotect(g->start + PAGE + len, PAGE, PROT_NONE)) {
		err = -errno;
		munmap(g->start, g->len);
		free(g);
		return err;
	}
	g->block = g->start + PAGE + (edge == VM_BEHIND ? len - n : 0);
	g->next = blocks;
	blocks = g;
	*block = g->block;
	return 0;
}

int vm_unguard(void *block)
{
	struct guarded **p = &blocks, *g;

	while (*p && (*p)->block != block)
		p = &(*p)->next;
	g = *p;
	if (!g)
		return -EINVAL;
	if (munmap(g->start, g->len))
		return -errno;
	*p = g->next;
	free(g);
	return 0;
}

int vm_ring(size_t n, void **ring)
{
	char *p;
	int err;

	if (!n || n & (PAGE - 1))
		return -EINVAL;
	if (n + n < n)
		return -ENOMEM;
	p = mmap(NULL, n + n, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return -errno;
	/* mremap of length 0 leaves a shared mapping where it is, and maps it again. */
	if (mmap(p, n, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0) ==
		    MAP_FAILED ||
	    mremap(p, 0, n, MREMAP_MAYMOVE | MREMAP_FIXED, p + n) == MAP_FAILED) {
		err = -errno;
		munmap(p, n + n);
		return err;
	}
	*ring = p;
	return 0;
}
