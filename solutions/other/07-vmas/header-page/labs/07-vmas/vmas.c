/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vmas.c - another right way: maps is read byte by byte through stdio; a page
 * before each block's lower guard remembers where all of it lies; the ring is
 * a System V segment, attached twice.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <unistd.h>

#include "vmas.h"

static size_t page_size(void)
{
	static size_t size;

	if (!size)
		size = (size_t)sysconf(_SC_PAGESIZE);
	return size;
}

/* A number, and the character behind it. */
static uint64_t number(FILE *f, unsigned base, int *c)
{
	static const char digits[] = "0123456789abcdef";
	uint64_t v = 0;
	const char *d;

	while ((*c = getc(f)) != EOF && *c && (d = strchr(digits, *c)) && d - digits < (long)base)
		v = v * base + (uint64_t)(d - digits);
	return v;
}

/* The next line; its path is kept if one is wanted. 1, 0 at the end, or an errno. */
static int next(FILE *f, struct vm_line *v, uint64_t want)
{
	size_t len = 0, room = 16;
	char *path, *more;
	int c, i;

	v->start = number(f, 16, &c);
	if (c != '-')
		return ferror(f) ? -errno : 0;
	v->end = number(f, 16, &c);
	v->prot = 0;
	for (i = 0; i < 4; i++) {
		c = getc(f);
		v->prot |= c == 'r' ? PROT_READ : c == 'w' ? PROT_WRITE : c == 'x' ? PROT_EXEC : 0;
		v->shared = c == 's';
	}
	getc(f);
	v->offset = number(f, 16, &c);
	v->major = (unsigned)number(f, 16, &c);
	v->minor = (unsigned)number(f, 16, &c);
	v->inode = number(f, 10, &c);
	while (c == ' ')
		c = getc(f);
	v->path = NULL;
	if (want < v->start || want >= v->end) {
		while (c != '\n' && c != EOF)
			c = getc(f);
		return 1;
	}
	path = malloc(room);
	for (; path && c != '\n' && c != EOF; c = getc(f)) {
		if (len + 1 == room) {
			room *= 2;
			more = realloc(path, room);
			if (!more)
				free(path);
			path = more;
		}
		if (path)
			path[len++] = (char)c;
	}
	if (!path)
		return -ENOMEM;
	path[len] = '\0';
	v->path = path;
	return 1;
}

int vm_find(const char *maps, uint64_t addr, struct vm_line *line)
{
	FILE *f = fopen(maps, "re");
	struct vm_line v;
	int ret;

	if (!f)
		return -errno;
	do {
		ret = next(f, &v, addr);
	} while (ret > 0 && !v.path);
	fclose(f);
	if (ret <= 0)
		return ret < 0 ? ret : -EFAULT;
	*line = v;
	return 0;
}

long vm_count(const char *maps, uint64_t start, uint64_t end)
{
	FILE *f = fopen(maps, "re");
	struct vm_line v;
	long n = 0;
	int ret;

	if (!f)
		return -errno;
	while ((ret = next(f, &v, 0)) > 0) {
		free(v.path);
		n += start < end && !(v.end <= start || end <= v.start);
	}
	fclose(f);
	return ret < 0 ? ret : n;
}

/* One number for what a page is: 0 is a hole, equal numbers are one line. */
long vm_predict(size_t pages, const struct vm_step *step, size_t n)
{
	size_t *kind = malloc((pages + 1) * sizeof(*kind)), i, k, before = 0;
	long lines = 0;

	if (!kind)
		return -ENOMEM;
	for (k = 0; k < pages; k++)
		kind[k] = 8 | PROT_READ | PROT_WRITE;
	for (i = 0; i < n; i++)
		for (k = step[i].first; k < step[i].first + step[i].count; k++) {
			size_t rw = PROT_READ | PROT_WRITE;

			if (step[i].op == VM_PROTECT && !kind[k])
				break;
			kind[k] = step[i].op == VM_UNMAP ? 0 :
				  step[i].op == VM_MAP	 ? (8 | rw) :
				  step[i].op == VM_SHARE ? ((i + 2) << 3 | rw) :
							   ((kind[k] & ~7UL) | (size_t)step[i].prot);
		}
	for (k = 0; k < pages; before = kind[k++])
		lines += kind[k] && kind[k] != before;
	free(kind);
	return lines;
}

int vm_punch(void *p, size_t n)
{
	size_t page = page_size();
	uintptr_t at = (uintptr_t)p, end;

	if (!n || at % page || n % page || __builtin_add_overflow(at, n, &end))
		return -EINVAL;
	/* From the end on, a page at a time. */
	for (; end > at; end -= page)
		if (munmap((void *)(end - page), page) < 0)
			return -errno;
	return 0;
}

int vm_place(void *want, size_t n)
{
	void *p = mmap(want, n, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	int err;

	if (p == MAP_FAILED)
		return -errno;
	/* The place is ours now, so that it may be replaced by what is wanted. */
	if (mmap(want, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) !=
	    MAP_FAILED)
		return 0;
	err = -errno;
	munmap(want, n);
	return err;
}

struct header {
	size_t total;
};

/*
 *	header | guard | block ... | guard
 */
int vm_guard(size_t n, enum vm_edge edge, void **block)
{
	size_t page = page_size(), pages = n / page + (n % page != 0), total;
	const int anon = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, rw = PROT_READ | PROT_WRITE;
	char *p;
	int err;

	if (!n)
		return -EINVAL;
	if (__builtin_mul_overflow(pages + 3, page, &total))
		return -ENOMEM;
	p = mmap(NULL, total, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return -errno;
	if (mmap(p, page, rw, anon, -1, 0) == MAP_FAILED ||
	    mmap(p + 2 * page, pages * page, rw, anon, -1, 0) == MAP_FAILED) {
		err = -errno;
		munmap(p, total);
		return err;
	}
	((struct header *)p)->total = total;
	p += 2 * page;
	*block = edge == VM_BEFORE ? p : p + pages * page - n;
	return 0;
}

int vm_unguard(void *block)
{
	size_t page = page_size();
	char *p = (char *)block - (uintptr_t)block % page - 2 * page;

	return munmap(p, ((struct header *)p)->total) < 0 ? -errno : 0;
}

int vm_ring(size_t n, void **ring)
{
	char *p;
	int id, err = 0;

	if (!n || n % page_size())
		return -EINVAL;
	if (n >> 63)
		return -ENOMEM;
	p = mmap(NULL, 2 * n, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return -errno;
	id = shmget(IPC_PRIVATE, n, IPC_CREAT | 0600);
	if (id < 0 || shmat(id, p, SHM_REMAP) == (void *)-1 ||
	    shmat(id, p + n, SHM_REMAP) == (void *)-1)
		err = -errno;
	/* Removed at once: it lives on until the last attachment has gone. */
	if (id >= 0)
		shmctl(id, IPC_RMID, NULL);
	if (err)
		munmap(p, 2 * n);
	else
		*ring = p;
	return err;
}
