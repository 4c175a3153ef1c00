// SPDX-License-Identifier: GPL-2.0-only
/*
 * family.c - right in another way: a robust process-shared mutex with a condition, children that exit().
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include "family.h"
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
		close(fd);
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
		int st;
		waitpid(pid[j], &st, 0);
		if (st && !e)
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
	int st;
	waitpid(p, &st, 0);
	munmap(v, sizeof *s);
	return st ? -EIO : 0;
}
int fam_cow(const char *plan, char *parent, char *child)
{
	size_t n = strlen(plan), i;
	char *m;
	void *v;
	int e = fam_map(FAM_ZERO, n + 1, &v);
	if (e)
		return e;
	if (posix_memalign((void **)&m, 4096, n * 4096)) {
		munmap(v, n + 1);
		return -ENOMEM;
	}
	for (i = 0; i < n; i++)
		memset(m + i * 4096, 'a' + i % 26, 4096);
	fflush(stdout);
	pid_t p = fork();
	if (p < 0) {
		e = -errno;
		munmap(v, n + 1);
		free(m);
		return e;
	}
	if (!p) {
		for (i = 0; i < n; i++)
			if (plan[i] == 'w')
				m[i * 4096] -= 32;
		fam_look();
		for (i = 0; i < n; i++)
			((char *)v)[i] = m[i * 4096];
		exit(0);
	}
	int st;
	waitpid(p, &st, 0);
	if (st)
		e = -EIO;
	else {
		for (i = 0; i < n; i++)
			parent[i] = m[i * 4096];
		parent[n] = 0;
		strcpy(child, v);
	}
	free(m);
	munmap(v, n + 1);
	return e;
}
