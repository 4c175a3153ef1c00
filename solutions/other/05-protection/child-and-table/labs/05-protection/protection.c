// SPDX-License-Identifier: GPL-2.0-only
/*
 * protection.c - right in another way: the matrix is a table, each error is
 * provoked in a child that takes everything along when it ends, and the old
 * protection is kept for each page.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "protection.h"

#define PAGE 4096UL

/* One letter for each protection, PROT_NONE to PROT_READ|WRITE|EXEC. */
static const char *const table[3][2] = {
	[O_RDONLY] = { "..AA..AA", "........" },
	[O_WRONLY] = { "AAAAAAAA", "AAAAAAAA" },
	[O_RDWR] = { "........", "........" },
};

int can_map(int oflags, int prot, int flags, bool noexec)
{
	int type = flags & (MAP_SHARED | MAP_PRIVATE);

	if (!type || ((flags & MAP_ANONYMOUS) && type == MAP_SHARED_VALIDATE))
		return -EINVAL;
	if (flags & MAP_ANONYMOUS)
		return 0;
	if (type == MAP_SHARED_VALIDATE && (flags & MAP_UNKNOWN))
		return -EOPNOTSUPP;
	if (table[oflags & O_ACCMODE][type == MAP_PRIVATE][prot & 7] == 'A')
		return -EACCES;
	return noexec && (prot & PROT_EXEC) ? -EPERM : 0;
}

int can_protect(int oflags, int flags, bool noexec, int newprot)
{
	int ret;

	if (newprot & PROT_UNKNOWN)
		return -EINVAL;
	ret = can_map(oflags, newprot, flags, noexec);
	return ret == -EPERM ? -EACCES : ret;
}

/* ------------------------------------------------------------------ provoke */

static int open_temp(int oflags)
{
	char name[] = "child-XXXXXX";
	int fd = mkstemp(name), use;

	use = open(name, oflags);
	unlink(name);
	close(fd);
	return use;
}

static void lower(int resource, rlim_t to)
{
	struct rlimit r = { to, to };

	setrlimit(resource, &r);
}

static void *einval(int way)
{
	static char page[2 * PAGE];

	switch (way) {
	case 5:
		return mmap(NULL, 0, PROT_READ, MAP_PRIVATE, open_temp(O_RDWR), 0);
	case 4:
		return (void *)syscall(SYS_mmap, 0, PAGE, PROT_READ, MAP_PRIVATE,
				       open_temp(O_RDONLY), 512);
	case 3:
		return mmap((void *)((uintptr_t)page | 1), PAGE, PROT_READ,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	case 2:
		return mmap(NULL, PAGE, PROT_READ, 0, open_temp(O_RDONLY), 0);
	default:
		return mmap(NULL, PAGE, PROT_READ, MAP_SHARED_VALIDATE | MAP_ANONYMOUS, -1, 0);
	}
}

static void *enomem(int way)
{
	void *p;
	int i;

	if (way == 2)
		lower(RLIMIT_AS, 0);
	if (way == 3)
		return mmap(NULL, 1UL << 63, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	/* Shared anonymous mappings are objects of their own: they never merge. */
	for (i = 0, p = NULL; p != MAP_FAILED && i < (way == 1 ? 10000000 : 1); i++)
		p = mmap(NULL, PAGE, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return p;
}

static void *attempt(int wanted, int way)
{
	int ends[2];

	switch (wanted) {
	case EACCES:
		return mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED,
			    open_temp(way == 1 ? O_RDONLY : O_WRONLY), 0);
	case EAGAIN:
		lower(RLIMIT_MEMLOCK, PAGE);
		return mmap(NULL, 2 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED, -1,
			    0);
	case EBADF:
		return mmap(NULL, PAGE, PROT_READ, MAP_SHARED, 1000000, 0);
	case EEXIST:
		return mmap((void *)((uintptr_t)&attempt & ~(PAGE - 1)), PAGE, PROT_NONE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	case EINVAL:
		return einval(way);
	case ENODEV:
		if (pipe(ends) < 0)
			return MAP_FAILED;
		return mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, ends[0], 0);
	case ENOMEM:
		return enomem(way);
	case EOPNOTSUPP:
		return mmap(NULL, PAGE, PROT_READ, MAP_SHARED_VALIDATE | MAP_SYNC,
			    open_temp(O_RDWR), 0);
	case EOVERFLOW:
		return mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, open_temp(O_RDONLY),
			    (off_t)(0UL - PAGE));
	default:
		lower(RLIMIT_MEMLOCK, 0);
		return mmap(NULL, PAGE, PROT_READ, MAP_SHARED | MAP_ANONYMOUS | MAP_LOCKED, -1, 0);
	}
}

int provoke(int wanted, int way)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (pid == 0)
		_exit(attempt(wanted, way) == MAP_FAILED ? errno : 0);
	if (waitpid(pid, &status, 0) < 0)
		return -errno;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EIO;
}

/* --------------------------------------------------------------- with_write */

/* All of /proc/self/maps as a string, or NULL. */
static char *read_maps(void)
{
	size_t size = 16384, len = 0;
	char *text = malloc(size), *bigger;
	int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 || !text ? -1 : 1;

	while (n > 0) {
		if (len + 4097 > size) {
			bigger = realloc(text, size *= 2);
			if (!bigger) {
				n = -1;
				break;
			}
			text = bigger;
		}
		n = read(fd, text + len, 4096);
		if (n > 0)
			len += (size_t)n;
	}
	if (fd >= 0)
		close(fd);
	if (n < 0) {
		free(text);
		return NULL;
	}
	text[len] = '\0';
	return text;
}

static void note_line(char *line, uintptr_t first, size_t pages, signed char *prot)
{
	uintptr_t start = strtoul(line, &line, 16), end = strtoul(line + 1, &line, 16);
	size_t i;

	for (i = 0; i < pages; i++)
		if (start <= first + i * PAGE && first + i * PAGE < end)
			prot[i] = (signed char)((line[1] == 'r') * PROT_READ +
						(line[2] == 'w') * PROT_WRITE +
						(line[3] == 'x') * PROT_EXEC);
}

static int protections(uintptr_t first, size_t pages, signed char *prot)
{
	char *text = read_maps(), *line, *rest;

	if (!text)
		return -ENOMEM;
	memset(prot, -1, pages);
	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		note_line(line, first, pages, prot);
	free(text);
	return memchr(prot, -1, pages) ? -ENOMEM : 0;
}

int with_write(void *p, size_t n, int (*fn)(void *arg), void *arg)
{
	uintptr_t first = (uintptr_t)p / PAGE * PAGE;
	size_t pages = n ? ((uintptr_t)p + n - 1 - first) / PAGE + 1 : 0, done;
	signed char *prot = malloc(pages + 1);
	int ret;

	if (!prot)
		return -ENOMEM;
	ret = protections(first, pages, prot);
	for (done = 0; !ret && done < pages; done++)
		if (mprotect((void *)(first + done * PAGE), PAGE,
			     prot[done] | PROT_READ | PROT_WRITE) < 0) {
			ret = -errno;
			break;
		}
	if (!ret)
		ret = fn(arg);
	while (done-- > 0)
		mprotect((void *)(first + done * PAGE), PAGE, prot[done]);
	free(prot);
	return ret;
}
