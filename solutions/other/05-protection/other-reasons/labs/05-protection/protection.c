// SPDX-License-Identifier: GPL-2.0-only
/*
 * protection.c - right in another way: the errors have other reasons than in
 * the reference, limits are read and not changed where that is enough, and
 * the whole region is opened by one mprotect.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "protection.h"

#define PAGE 4096UL

static int file_answer(int oflags, int prot, int flags, bool noexec, int refused_exec)
{
	bool reads = (oflags & O_ACCMODE) != O_WRONLY, writes = (oflags & O_ACCMODE) == O_RDWR;
	bool shared = flags & MAP_SHARED;

	if (!reads || (shared && (prot & PROT_WRITE) && !writes))
		return -EACCES;
	return noexec && (prot & PROT_EXEC) ? -refused_exec : 0;
}

int can_map(int oflags, int prot, int flags, bool noexec)
{
	switch (flags & (MAP_SHARED | MAP_PRIVATE | MAP_ANONYMOUS)) {
	case MAP_SHARED | MAP_ANONYMOUS:
	case MAP_PRIVATE | MAP_ANONYMOUS:
		return 0;
	case MAP_SHARED_VALIDATE:
		if (flags & MAP_UNKNOWN)
			return -EOPNOTSUPP;
		/* fall through */
	case MAP_SHARED:
	case MAP_PRIVATE:
		return file_answer(oflags, prot, flags, noexec, EPERM);
	default:
		return -EINVAL;
	}
}

int can_protect(int oflags, int flags, bool noexec, int newprot)
{
	if (newprot & PROT_UNKNOWN)
		return -EINVAL;
	if (flags & MAP_ANONYMOUS)
		return 0;
	return file_answer(oflags, newprot, flags, noexec, EACCES);
}

/* ------------------------------------------------------------------ provoke */

static int answer(void *p, size_t len)
{
	if (p == MAP_FAILED)
		return -errno;
	munmap(p, len);
	return 0;
}

static int and_close(int ret, int fd)
{
	close(fd);
	return ret;
}

static int einval(int way)
{
	int fd = memfd_create("einval", MFD_CLOEXEC);

	switch (way) {
	case 1:
		return and_close(
			answer(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_GROWSDOWN, fd, 0),
			       PAGE),
			fd);
	case 2:
		return and_close(
			answer(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_HUGETLB, fd, 0), PAGE),
			fd);
	case 3:
		return and_close(
			answer((void *)syscall(SYS_mmap, 0, PAGE, PROT_READ, MAP_SHARED, fd, 8),
			       PAGE),
			fd);
	case 4:
		return and_close(answer(mmap(NULL, 0, PROT_READ, MAP_SHARED, fd, 0), PAGE), fd);
	default:
		return and_close(answer(mmap(NULL, PAGE, PROT_READ, 0, fd, 0), PAGE), fd);
	}
}

static int enomem(int way)
{
	struct rlimit old, low;
	int ret;

	switch (way) {
	case 1: /* past the end of user space */
		return answer(mmap((void *)(1UL << 47), PAGE, PROT_READ,
				   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0),
			      PAGE);
	case 2:
		getrlimit(RLIMIT_DATA, &old);
		low = old;
		low.rlim_cur = PAGE; /* 0 would count as none */
		setrlimit(RLIMIT_DATA, &low);
		ret = answer(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
				  -1, 0),
			     PAGE);
		setrlimit(RLIMIT_DATA, &old);
		return ret;
	default: /* a tebibyte that could be written: more than there is */
		return answer(mmap(NULL, 1UL << 40, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
			      1UL << 40);
	}
}

static int eacces(int way)
{
	int fd;

	if (way == 1) {
		fd = open("/dev/zero", O_WRONLY | O_CLOEXEC);
		return and_close(answer(mmap(NULL, PAGE, PROT_WRITE, MAP_SHARED, fd, 0), PAGE), fd);
	}
	fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	return and_close(answer(mmap(NULL, PAGE, PROT_WRITE, MAP_SHARED_VALIDATE, fd, 0), PAGE),
			 fd);
}

static int eagain(void)
{
	struct rlimit r;
	size_t len;

	getrlimit(RLIMIT_MEMLOCK, &r);
	len = (r.rlim_cur / PAGE + 1) * PAGE;
	return answer(mmap(NULL, len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED, -1, 0),
		      len);
}

static int eperm(void)
{
	int fd = memfd_create("sealed", MFD_ALLOW_SEALING | MFD_CLOEXEC);

	fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE);
	return and_close(answer(mmap(NULL, PAGE, PROT_WRITE, MAP_SHARED, fd, 0), PAGE), fd);
}

int provoke(int wanted, int way)
{
	static char here;
	int fd;

	switch (wanted) {
	case EACCES:
		return eacces(way);
	case EAGAIN:
		return eagain();
	case EBADF:
		fd = open("/proc/self/exe", O_PATH | O_CLOEXEC);
		return and_close(answer(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0), PAGE), fd);
	case EEXIST:
		return answer(mmap((void *)((uintptr_t)&here & ~(PAGE - 1)), PAGE, PROT_READ,
				   MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0),
			      PAGE);
	case EINVAL:
		return einval(way);
	case ENODEV:
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
		return and_close(answer(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0), PAGE), fd);
	case ENOMEM:
		return enomem(way);
	case EOPNOTSUPP:
		fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
		return and_close(answer(mmap(NULL, PAGE, PROT_READ,
					     MAP_SHARED_VALIDATE | MAP_UNKNOWN, fd, 0),
					PAGE),
				 fd);
	case EOVERFLOW:
		fd = memfd_create("far", MFD_CLOEXEC);
		return and_close(answer(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd,
					     (off_t)(INT64_MAX & ~(PAGE - 1))),
					PAGE),
				 fd);
	default:
		return eperm();
	}
}

/* --------------------------------------------------------------- with_write */

struct part {
	struct part *next;
	char *start;
	size_t len;
	int prot;
};

static struct part *parts_of(char *start, char *end, bool *whole)
{
	FILE *f = fopen("/proc/self/maps", "re");
	struct part *head = NULL, *q;
	char line[4400], r, w, x;
	void *from, *to;

	while (f && start < end && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%p-%p %c%c%c", &from, &to, &r, &w, &x) != 5 ||
		    (char *)to <= start)
			continue;
		q = (char *)from > start ? NULL : malloc(sizeof(*q));
		if (!q)
			break;
		q->next = head;
		q->start = start;
		q->len = (size_t)(((char *)to < end ? (char *)to : end) - start);
		q->prot = (r == 'r' ? PROT_READ : 0) | (w == 'w' ? PROT_WRITE : 0) |
			  (x == 'x' ? PROT_EXEC : 0);
		start += q->len;
		head = q;
	}
	if (f)
		fclose(f);
	*whole = start >= end;
	return head;
}

int with_write(void *p, size_t n, int (*fn)(void *arg), void *arg)
{
	char *start = (char *)((uintptr_t)p & ~(PAGE - 1));
	char *end = n ? (char *)(((uintptr_t)p + n + PAGE - 1) & ~(PAGE - 1)) : start;
	bool whole;
	struct part *head = parts_of(start, end, &whole), *q;
	int ret = whole ? 0 : -ENOMEM, prot = PROT_READ | PROT_WRITE;
	bool mixed = false;

	for (q = head; q; q = q->next)
		mixed |= (q->prot ^ head->prot) & PROT_EXEC;
	if (!ret && head && !mixed && mprotect(start, end - start, prot | head->prot) < 0)
		ret = -errno;
	for (q = head; q && !ret && mixed; q = q->next)
		if (mprotect(q->start, q->len, prot | q->prot) < 0)
			ret = -errno;
	if (!ret)
		ret = fn(arg);
	while ((q = head)) {
		mprotect(q->start, q->len, q->prot);
		head = q->next;
		free(q);
	}
	return ret;
}
