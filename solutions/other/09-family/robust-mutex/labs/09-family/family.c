// SPDX-License-Identifier: GPL-2.0-only
/*
 * family.c - right in another way: a robust process-shared mutex with a condition, children that exit().
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include "family.h"
static bool ended_badly(pid_t p)
{
	int st = 0;
	while (waitpid(p, &st, 0) < 0 && errno == EINTR)
		;
	return st != 0;
}
struct sh {
	pthread_mutex_t m;
	pthread_cond_t c;
	int turn;
	long n;
	char text[FAM_TEXT];
};
static void lock(pthread_mutex_t *m)
{
	if (pthread_mutex_lock(m) == EOWNERDEAD)
		pthread_mutex_consistent(m);
}
static int init(struct sh *s)
{
	pthread_mutexattr_t a;
	pthread_condattr_t ca;
	pthread_mutexattr_init(&a);
	pthread_mutexattr_setpshared(&a, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&a, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(&s->m, &a);
	pthread_condattr_init(&ca);
	pthread_condattr_setpshared(&ca, PTHREAD_PROCESS_SHARED);
	pthread_cond_init(&s->c, &ca);
	return 0;
}
int fam_map(enum fam_kind kind, size_t len, void **mem)
{
	int fd = kind == FAM_ZERO ? open("/dev/zero", O_RDWR) : -1;
	if (kind == FAM_ZERO && fd < 0)
		return -errno;
	len = (len + 4095) & ~4095UL;
	void *p =
		mmap(0, len, PROT_READ | PROT_WRITE,
		     kind == FAM_ZERO ? MAP_SHARED_VALIDATE : MAP_SHARED | MAP_ANON | MAP_POPULATE,
		     fd, 0);
	int e = errno;
	if (fd >= 0)
		close_range(fd, fd, 0);
	if (p == MAP_FAILED)
		return -e;
	*mem = p;
	return 0;
}
int fam_count(unsigned nchild, unsigned times, long *total)
{
	struct sh *s;
	void *v;
	int e = fam_map(FAM_ANON, sizeof *s, &v);
	if (e)
		return e;
	s = v;
	init(s);
	pid_t *pid = calloc(nchild, sizeof *pid);
	unsigned i, j;
	fflush(stdout);
	for (i = 0; i < nchild; i++) {
		pid[i] = fork();
		if (pid[i] < 0) {
			e = -errno;
			break;
		}
		if (!pid[i]) {
			for (j = 0; j < times; j++) {
				lock(&s->m);
				s->n = fam_next(s->n);
				pthread_mutex_unlock(&s->m);
			}
			exit(0);
		}
	}
	if (e)
		for (j = 0; j < i; j++)
			kill(pid[j], SIGKILL);
	for (j = 0; j < i; j++) {
		if (ended_badly(pid[j]) && !e)
			e = -EIO;
	}
	if (!e)
		*total = s->n;
	munmap(v, 4096);
	free(pid);
	return e;
}
static void turn(struct sh *s, int t)
{
	lock(&s->m);
	while (s->turn != t)
		pthread_cond_wait(&s->c, &s->m);
	pthread_mutex_unlock(&s->m);
}
static void give(struct sh *s, int t)
{
	lock(&s->m);
	s->turn = t;
	pthread_cond_broadcast(&s->c);
	pthread_mutex_unlock(&s->m);
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
	init(s);
	fflush(stdout);
	pid_t p = fork();
	if (p < 0) {
		e = -errno;
		munmap(v, sizeof *s);
		return e;
	}
	if (!p) {
		char a[FAM_TEXT];
		while (n--) {
			turn(s, 1);
			fam_answer(s->text, a);
			strcpy(s->text, a);
			give(s, 2);
		}
		exit(0);
	}
	for (size_t i = 0; i < n; i++) {
		snprintf(s->text, FAM_TEXT, "%s", text[i]);
		give(s, 1);
		turn(s, 2);
		fam_heard(s->text);
	}
	bool bad = ended_badly(p);
	munmap(v, sizeof *s);
	return bad ? -EIO : 0;
}
int fam_cow(const char *plan, char *parent, char *child, char *frames)
{
	size_t n = strlen(plan), i;
	struct view {
		char child, frame;
	} *view;
	char *m;
	void *v;
	int e = fam_map(FAM_ZERO, n * sizeof(*view), &v);
	if (e)
		return e;
	view = v;
	/* A mapping of its own: malloc might give pages that were touched. */
	m = mmap(NULL, n * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		 -1, 0);
	if (m == MAP_FAILED) {
		e = -errno;
		munmap(v, n * sizeof(*view));
		return e;
	}
	for (i = 0; i < n; i++)
		if (strchr(".w=", plan[i]))
			memset(m + i * 4096, 'a' + i % 26, 1);
	fflush(stdout);
	pid_t p = fork();
	if (p < 0) {
		e = -errno;
	} else if (!p) {
		FILE *f;
		for (i = 0; i < n; i++)
			if (strchr("w=+", plan[i]))
				*(volatile char *)(m + i * 4096) = (plan[i] == '=' ? 'a' : 'A') + i % 26;
		fam_look();
		f = fopen("/proc/self/pagemap", "rb");
		if (!f || fseek(f, (long)m / 4096 * 8, SEEK_SET))
			exit(1);
		for (i = 0; i < n; i++) {
			unsigned long entry;
			if (fread(&entry, sizeof(entry), 1, f) != 1)
				exit(1);
			view[i].frame = !(entry >> 63) ? '-' : entry & 1UL << 56 ? 'o' : 's';
		}
		fclose(f);
		for (i = 0; i < n; i++)
			view[i].child = m[i * 4096] ? m[i * 4096] : '0';
		exit(0);
	} else {
		if (ended_badly(p))
			e = -EIO;
	}
	for (i = 0; i < n && !e; i++) {
		parent[i] = m[i * 4096] ? m[i * 4096] : '0';
		child[i] = view[i].child;
		frames[i] = view[i].frame;
	}
	if (!e)
		parent[n] = child[n] = frames[n] = 0;
	munmap(m, n * 4096);
	munmap(v, n * sizeof(*view));
	return e;
}
