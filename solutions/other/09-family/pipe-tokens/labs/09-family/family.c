// SPDX-License-Identifier: GPL-2.0-only
/*
 * family.c - right in another way: who holds a pipe's one byte may go on. The
 * data lies in shared memory, the waiting is the kernel's.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include "family.h"

/* Pages of both kinds, and what goes wrong, in one place. */
static void *map(int flags, size_t len, int *err)
{
	void *p = mmap(NULL, len, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0);

	*err = p == MAP_FAILED ? -errno : 0;
	return p;
}

static int take(int fd)
{
	char token;

	return read(fd, &token, 1) == 1;
}

static void give(int fd)
{
	if (write(fd, "t", 1) != 1)
		_exit(1);
}

static int ends(unsigned n, int err)
{
	siginfo_t how;

	while (n--) {
		while (waitid(P_ALL, 0, &how, WEXITED) < 0)
			if (errno != EINTR)
				return -errno;
		if (!err && (how.si_code != CLD_EXITED || how.si_status))
			err = -EIO;
	}
	return err;
}

int fam_map(enum fam_kind kind, size_t len, void **mem)
{
	int err, fd;
	void *p;

	if (kind == FAM_ANON) {
		p = map(MAP_SHARED, len, &err);
	} else {
		fd = open("/dev/zero", O_RDWR);
		if (fd < 0)
			return -errno;
		p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		err = p == MAP_FAILED ? -errno : 0;
		close(fd);
	}
	if (!err)
		*mem = p;
	return err;
}

int fam_count(unsigned nchild, unsigned times, long *total)
{
	int err, lock[2];
	long *n = map(MAP_SHARED, sizeof(*n), &err);
	unsigned made = 0;
	pid_t pid = 1;

	if (err)
		return err;
	if (pipe2(lock, O_CLOEXEC) < 0) {
		err = -errno;
		munmap(n, sizeof(*n));
		return err;
	}
	give(lock[1]);
	while (made < nchild && (pid = fork()) > 0)
		made++;
	if (pid == 0) {
		for (; times; times--) {
			if (!take(lock[0]))
				_exit(1);
			*(volatile long *)n = fam_next(*(volatile long *)n);
			give(lock[1]);
		}
		_exit(0);
	}
	err = ends(made, pid < 0 ? -errno : 0);
	close(lock[0]);
	close(lock[1]);
	if (!err)
		*total = *(volatile long *)n;
	munmap(n, sizeof(*n));
	return err;
}

int fam_talk(enum fam_kind kind, const char *const *text, size_t n)
{
	char (*box)[FAM_TEXT];
	int asked[2], answered[2], err;
	void *mem;
	pid_t pid;
	size_t i;

	if (!n)
		return 0;
	err = fam_map(kind, 2 * FAM_TEXT, &mem);
	if (err)
		return err;
	box = mem;
	if (pipe(asked) < 0) {
		err = -errno;
		goto out;
	}
	if (pipe(answered) < 0) {
		err = -errno;
		goto out_asked;
	}
	pid = fork();
	if (pid < 0) {
		err = -errno;
		goto out_answered;
	}
	if (pid == 0) {
		for (i = 0; i < n && take(asked[0]); i++) {
			fam_answer(box[0], box[1]);
			give(answered[1]);
		}
		_exit(0);
	}
	for (i = 0; i < n; i++) {
		stpncpy(box[0], text[i], FAM_TEXT - 1);
		give(asked[1]);
		take(answered[0]);
		fam_heard(box[1]);
	}
	err = ends(1, 0);
out_answered:
	close(answered[0]);
	close(answered[1]);
out_asked:
	close(asked[0]);
	close(asked[1]);
out:
	munmap(mem, 2 * FAM_TEXT);
	return err;
}

/* All that fam_cow() reports, in the shared memory of one report. */
int fam_cow(const char *plan, char *parent, char *child, char *frames)
{
	size_t page = sysconf(_SC_PAGESIZE), n = strlen(plan), i;
	char *report, *m;
	int err, fd;
	pid_t pid;

	report = map(MAP_SHARED, 2 * n, &err);
	if (err)
		return err;
	m = map(MAP_PRIVATE, n * page, &err);
	if (err) {
		munmap(report, 2 * n);
		return err;
	}
	for (i = 0; i < n; i++)
		if (plan[i] == '.' || plan[i] == 'w' || plan[i] == '=')
			m[i * page] = "abcdefghijklmnopqrstuvwxyz"[i % 26];
	pid = fork();
	if (pid == 0) {
		for (i = 0; i < n; i++)
			if (plan[i] == 'w' || plan[i] == '+')
				m[i * page] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[i % 26];
			else if (plan[i] == '=')
				*(volatile char *)(m + i * page) = "abcdefghijklmnopqrstuvwxyz"[i % 26];
		fam_look();
		fd = open("/proc/self/pagemap", O_RDONLY);
		if (fd < 0 || lseek(fd, (off_t)((unsigned long)m / page * 8), SEEK_SET) < 0)
			_exit(1);
		for (i = 0; i < n; i++) {
			unsigned char entry[8];

			if (read(fd, entry, 8) != 8)
				_exit(1);
			report[i] = !(entry[7] & 0x80) ? '-' : entry[7] & 1 ? 'o' : 's';
		}
		for (i = 0; i < n; i++)
			report[n + i] = m[i * page] ? m[i * page] : '0';
		_exit(0);
	}
	err = pid < 0 ? -errno : ends(1, 0);
	for (i = 0; i < n && !err; i++) {
		parent[i] = m[i * page] ? m[i * page] : '0';
		child[i] = report[n + i];
		frames[i] = report[i];
	}
	if (!err)
		parent[n] = child[n] = frames[n] = '\0';
	munmap(m, n * page);
	munmap(report, 2 * n);
	return err;
}
