// SPDX-License-Identifier: GPL-2.0-only
/*
 * family.c - right in another way: a bare spin lock, and waiting by looking again and again.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include "family.h"
struct sh {
	int lock;
	long n;
	volatile unsigned q, a;
	char question[FAM_TEXT], answer[FAM_TEXT];
};
int fam_map(enum fam_kind kind, size_t len, void **mem)
{
	int fd = kind == FAM_ZERO ? open("/dev/zero", O_RDWR) : -1;
	if (kind == FAM_ZERO && fd < 0)
		return -errno;
	void *p = mmap(0, len, PROT_READ | PROT_WRITE,
		       kind == FAM_ZERO ? MAP_SHARED : MAP_SHARED | MAP_ANON, fd, 0);
	int e = errno;
	if (fd >= 0)
		close(fd);
	if (p == MAP_FAILED)
		return -e;
	*mem = p;
	return 0;
}
static int reap(unsigned n, int e)
{
	int st = 0;
	while (n--) {
		while (waitpid(-1, &st, 0) < 0 && errno == EINTR)
			;
		if (st && !e)
			e = -EIO;
	}
	return e;
}
int fam_count(unsigned nchild, unsigned times, long *total)
{
	struct sh *s;
	void *v;
	int e = fam_map(FAM_ANON, sizeof *s, &v);
	if (e)
		return e;
	s = v;
	unsigned i;
	for (i = 0; i < nchild; i++) {
		pid_t p = fork();
		if (p < 0) {
			e = -errno;
			break;
		}
		if (!p) {
			while (times--) {
				while (__atomic_exchange_n(&s->lock, 1, __ATOMIC_ACQUIRE))
					;
				s->n = fam_next(s->n);
				__atomic_store_n(&s->lock, 0, __ATOMIC_RELEASE);
			}
			_exit(0);
		}
	}
	e = reap(i, e);
	if (!e)
		*total = s->n;
	munmap(v, sizeof *s);
	return e;
}
int fam_talk(enum fam_kind kind, const char *const *text, size_t n)
{
	struct sh *s;
	void *v;
	if (!n)
		return 0;
	int e = fam_map(kind, sizeof *s, &v);
	if (e)
		return e;
	s = v;
	pid_t p = fork();
	if (p < 0) {
		e = -errno;
		munmap(v, sizeof *s);
		return e;
	}
	if (!p) {
		for (unsigned i = 1; i <= n; i++) {
			while (s->q < i)
				;
			fam_answer(s->question, s->answer);
			__sync_synchronize();
			s->a = i;
		}
		_exit(0);
	}
	for (unsigned i = 1; i <= n; i++) {
		memset(s->question, 0, FAM_TEXT);
		strncat(s->question, text[i - 1], FAM_TEXT - 1);
		__sync_synchronize();
		s->q = i;
		while (s->a < i)
			;
		fam_heard(s->answer);
	}
	e = reap(1, 0);
	munmap(v, sizeof *s);
	return e;
}
int fam_cow(const char *plan, char *parent, char *child, char *frames)
{
	size_t n = strlen(plan), i;
	char *m, *v;
	int e = 0, fd;
	v = mmap(0, 2 * n + 2, 3, MAP_SHARED | MAP_ANON, -1, 0);
	if (v == MAP_FAILED)
		return -errno;
	fd = open("/dev/zero", O_RDWR);
	m = mmap(0, n * 4096, 3, MAP_PRIVATE, fd, 0);
	if (m == MAP_FAILED)
		e = -errno;
	close(fd);
	if (e) {
		munmap(v, 2 * n + 2);
		return e;
	}
	for (i = 0; i < n; i++)
		if (plan[i] != '-' && plan[i] != '+')
			m[i * 4096] = 'a' + i % 26;
	pid_t p = fork();
	if (p < 0)
		e = -errno;
	if (!p) {
		unsigned long entry[n];
		for (i = 0; i < n; i++)
			if (plan[i] == 'w' || plan[i] == '+')
				m[i * 4096] = 'A' + i % 26;
			else if (plan[i] == '=')
				((volatile char *)m)[i * 4096] = 'a' + i % 26;
		fam_look();
		/* All entries in one go. */
		fd = open("/proc/self/pagemap", O_RDONLY);
		if (pread(fd, entry, 8 * n, (unsigned long)m / 4096 * 8) != (ssize_t)(8 * n))
			_exit(1);
		for (i = 0; i < n; i++)
			v[n + 1 + i] = entry[i] >> 63 ? entry[i] >> 56 & 1 ? 'o' : 's' : '-';
		for (i = 0; i < n; i++)
			v[i] = m[i * 4096] ? m[i * 4096] : '0';
		_exit(0);
	}
	e = reap(p > 0, e);
	if (!e) {
		for (i = 0; i < n; i++)
			parent[i] = m[i * 4096] ? m[i * 4096] : '0';
		parent[n] = 0;
		strcpy(child, v);
		strcpy(frames, v + n + 1);
	}
	munmap(m, n * 4096);
	munmap(v, 2 * n + 2);
	return e;
}
