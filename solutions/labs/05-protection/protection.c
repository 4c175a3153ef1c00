// SPDX-License-Identifier: GPL-2.0-only
/*
 * protection.c - predict and provoke the answers of mmap(2), and lift a
 * protection for the length of a call.
 *
 * The contract of each function stands in protection.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "protection.h"

int can_map(int oflags, int prot, int flags, bool noexec)
{
#ifdef STARTER
	/*
	 * TODO (matrix_matches_kernel, type_and_flags_match_kernel,
	 * noexec_mount_is_respected): compute what mmap answers; see README
	 * tasks 1 and 2.
	 */
	(void)oflags;
	(void)prot;
	(void)flags;
	(void)noexec;
	return -ENOSYS;
#else
	int access = oflags & O_ACCMODE, type = flags & MAP_TYPE;

	if (flags & MAP_ANONYMOUS)
		return type == MAP_SHARED || type == MAP_PRIVATE ? 0 : -EINVAL;
	if (type != MAP_SHARED && type != MAP_PRIVATE && type != MAP_SHARED_VALIDATE)
		return -EINVAL;
	if (type == MAP_SHARED_VALIDATE && (flags & MAP_UNKNOWN))
		return -EOPNOTSUPP;
	/* A page is filled from the file, whatever it may be used for then. */
	if (access == O_WRONLY)
		return -EACCES;
	if (type != MAP_PRIVATE && (prot & PROT_WRITE) && access != O_RDWR)
		return -EACCES;
	if (noexec && (prot & PROT_EXEC))
		return -EPERM;
	return 0;
#endif
}

int can_protect(int oflags, int flags, bool noexec, int newprot)
{
#ifdef STARTER
	/*
	 * TODO (mprotect_limits_match_kernel, noexec_mount_is_respected):
	 * compute what mprotect answers; see README task 2.
	 */
	(void)oflags;
	(void)flags;
	(void)noexec;
	(void)newprot;
	return -ENOSYS;
#else
	if (newprot & ~(PROT_READ | PROT_WRITE | PROT_EXEC))
		return -EINVAL;
	if (flags & MAP_ANONYMOUS)
		return 0;
	if ((newprot & PROT_WRITE) && (flags & MAP_SHARED) && (oflags & O_ACCMODE) != O_RDWR)
		return -EACCES;
	if ((newprot & PROT_EXEC) && noexec)
		return -EACCES;
	return 0;
#endif
}
#ifndef STARTER

/* ------------------------------------------------------------------ provoke */

#define PAGE ((size_t)sysconf(_SC_PAGESIZE))
#define ANONYMOUS (MAP_PRIVATE | MAP_ANONYMOUS)
#define RW (PROT_READ | PROT_WRITE)

/* The call that should fail. The result counts, errno alone says nothing. */
static int refused(void *addr, size_t len, int prot, int flags, int fd, off_t offset)
{
	void *p = (void *)syscall(SYS_mmap, addr, len, prot, flags, fd, offset);

	if (p == MAP_FAILED)
		return -errno;
	munmap(p, len);
	return 0;
}

/* The same with a file, opened so, that has no name any longer. */
static int refused_file(int oflags, size_t len, int prot, int flags, off_t offset)
{
	static const char name[] = "provoke.tmp";
	int fd = open(name, oflags | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int ret;

	if (fd < 0)
		return -errno;
	unlink(name);
	ret = refused(NULL, len, prot, flags, fd, offset);
	close(fd);
	return ret;
}

/* The same while a limit is lower. The hard limit stays: it has no way back. */
static int refused_limit(int resource, size_t limit, size_t len, int flags)
{
	struct rlimit old, lower;
	int ret;

	if (getrlimit(resource, &old) < 0)
		return -errno;
	lower = old;
	lower.rlim_cur = limit;
	if (setrlimit(resource, &lower) < 0)
		return -errno;
	ret = refused(NULL, len, RW, ANONYMOUS | flags, -1, 0);
	if (setrlimit(resource, &old) < 0)
		return -errno;
	return ret;
}

/*
 * More mappings than vm.max_map_count. Neighbours of equal protection become
 * one mapping, so every second page of a reserved range is made readable; the
 * range goes away in one piece.
 */
static int refused_count(void)
{
	FILE *f = fopen("/proc/sys/vm/max_map_count", "re");
	size_t limit = 0, len, at;
	int ret = 0;
	char *p;

	if (!f)
		return -errno;
	if (fscanf(f, "%zu", &limit) != 1)
		ret = -EIO;
	fclose(f);
	if (ret)
		return ret;
	len = (limit + 2) * PAGE;
	p = mmap(NULL, len, PROT_NONE, ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED)
		return -errno;
	for (at = PAGE; at < len && !ret; at += 2 * PAGE)
		if (mmap(p + at, PAGE, PROT_READ, ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
			ret = -errno;
	munmap(p, len);
	return ret;
}

static int refused_directory(void)
{
	int fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int ret;

	if (fd < 0)
		return -errno;
	ret = refused(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	return ret;
}

static int refused_occupied(void)
{
	void *p = mmap(NULL, PAGE, PROT_READ, ANONYMOUS, -1, 0);
	int ret;

	if (p == MAP_FAILED)
		return -errno;
	ret = refused(p, PAGE, PROT_READ, ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	munmap(p, PAGE);
	return ret;
}

static int provoke_einval(int way)
{
	void *odd = (void *)(16 * PAGE + 1);
	int both = MAP_SHARED | MAP_PRIVATE;

	switch (way) {
	case 1: /* no length */
		return refused(NULL, 0, PROT_READ, ANONYMOUS, -1, 0);
	case 2: /* an offset inside a page */
		return refused(NULL, PAGE, PROT_READ, ANONYMOUS, -1, 1);
	case 3: /* an address inside a page that must be taken as it is */
		return refused(odd, PAGE, PROT_READ, ANONYMOUS | MAP_FIXED, -1, 0);
	case 4: /* neither shared nor private */
		return refused(NULL, PAGE, PROT_READ, MAP_ANONYMOUS, -1, 0);
	default: /* MAP_SHARED_VALIDATE is for files */
		return refused(NULL, PAGE, PROT_READ, MAP_ANONYMOUS | both, -1, 0);
	}
}
#endif

int provoke(int wanted, int way)
{
#ifdef STARTER
	/*
	 * TODO (descriptor_errors_are_provoked, einval_has_five_reasons,
	 * enomem_has_three_reasons, flag_and_limit_errors_are_provoked,
	 * provoke_leaves_nothing_behind): make an mmap that the kernel
	 * refuses in this way; see README tasks 3 and 4.
	 */
	(void)wanted;
	(void)way;
	return -ENOSYS;
#else
	switch (wanted) {
	case EACCES:
		if (way == 1)
			return refused_file(O_WRONLY, PAGE, PROT_NONE, MAP_PRIVATE, 0);
		return refused_file(O_RDONLY, PAGE, RW, MAP_SHARED, 0);
	case EAGAIN:
		return refused_limit(RLIMIT_MEMLOCK, PAGE, 2 * PAGE, MAP_LOCKED);
	case EBADF:
		return refused(NULL, PAGE, PROT_READ, MAP_PRIVATE, -1, 0);
	case EEXIST:
		return refused_occupied();
	case EINVAL:
		return provoke_einval(way);
	case ENODEV:
		return refused_directory();
	case ENOMEM:
		if (way == 1)
			return refused(NULL, SIZE_MAX - PAGE + 1, PROT_NONE, ANONYMOUS, -1, 0);
		if (way == 2)
			return refused_limit(RLIMIT_AS, PAGE, PAGE, 0);
		return refused_count();
	case EOPNOTSUPP:
		return refused_file(O_RDWR, PAGE, PROT_READ, MAP_SHARED_VALIDATE | MAP_UNKNOWN, 0);
	case EOVERFLOW: /* the last byte would lie past the largest offset */
		return refused_file(O_RDWR, 2 * PAGE, PROT_READ, MAP_SHARED, INT64_MAX - PAGE + 1);
	case EPERM:
		return refused_limit(RLIMIT_MEMLOCK, 0, PAGE, MAP_LOCKED);
	default:
		return -ENOTSUP;
	}
#endif
}
#ifndef STARTER

/* --------------------------------------------------------------- with_write */

/* A part of the region with one protection; see /proc/self/maps. */
struct piece {
	uintptr_t start, end;
	int prot;
};

struct pieces {
	struct piece *list;
	size_t n;
};

static int pieces_add(struct pieces *ps, uintptr_t start, uintptr_t end, const char *perms)
{
	struct piece *list = reallocarray(ps->list, ps->n + 1, sizeof(*list));

	if (!list)
		return -ENOMEM;
	ps->list = list;
	list[ps->n++] = (struct piece){
		.start = start,
		.end = end,
		.prot = (perms[0] == 'r' ? PROT_READ : 0) | (perms[1] == 'w' ? PROT_WRITE : 0) |
			(perms[2] == 'x' ? PROT_EXEC : 0),
	};
	return 0;
}

/* What lies between two page addresses now; -ENOMEM if a page is missing. */
static int pieces_read(struct pieces *ps, uintptr_t start, uintptr_t end)
{
	FILE *f = fopen("/proc/self/maps", "re");
	uintptr_t from, to;
	char *line = NULL, perms[5];
	size_t size = 0;
	int err = 0;

	if (!f)
		return -errno;
	while (!err && start < end && getline(&line, &size, f) > 0) {
		if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %4s", &from, &to, perms) != 3)
			err = -EIO;
		else if (to <= start)
			continue;
		else if (from > start)
			break;
		else
			err = pieces_add(ps, start, to < end ? to : end, perms);
		start = to;
	}
	free(line);
	fclose(f);
	return err ? err : start < end ? -ENOMEM : 0;
}

/* Give the first n pieces their old protection, and more of it if asked. */
static int pieces_protect(const struct pieces *ps, size_t n, int more)
{
	const struct piece *p;
	int err = 0;

	for (p = ps->list; p < ps->list + n; p++) {
		if (mprotect((void *)p->start, p->end - p->start, p->prot | more) == 0)
			continue;
		err = -errno;
		if (more)
			break;
	}
	return err;
}
#endif

int with_write(void *p, size_t n, int (*fn)(void *arg), void *arg)
{
#ifdef STARTER
	/*
	 * TODO (region_is_writable_during_call, old_protection_comes_back,
	 * refused_region_stays_as_it_was): lift the protection, call, put it
	 * back; see README tasks 5 and 6.
	 */
	(void)p;
	(void)n;
	(void)fn;
	(void)arg;
	return -ENOSYS;
#else
	uintptr_t start = (uintptr_t)p & ~(PAGE - 1);
	uintptr_t end = ((uintptr_t)p + n + PAGE - 1) & ~(PAGE - 1);
	struct pieces ps = { NULL, 0 };
	int ret, err;

	if (n == 0)
		return fn(arg);
	ret = pieces_read(&ps, start, end);
	if (!ret) {
		ret = pieces_protect(&ps, ps.n, RW);
		if (!ret)
			ret = fn(arg);
		err = pieces_protect(&ps, ps.n, 0);
		if (err && ret >= 0)
			ret = err;
	}
	free(ps.list);
	return ret;
#endif
}
