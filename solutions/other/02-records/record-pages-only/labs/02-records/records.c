/* only the record's pages; descriptor closed before the store; create by mapping; private mapping for get */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "records.h"
struct win { char *base; size_t len; struct record *r; };
static int win_fd(struct win *w, int fd, off_t at, int prot, int flags)
{
	off_t pg = sysconf(_SC_PAGESIZE), off = at / pg * pg;
	w->len = at - off + sizeof(struct record);
	w->base = mmap(NULL, w->len, prot, flags, fd, off);
	if (w->base == MAP_FAILED)
		return -errno;
	w->r = (void *)(w->base + (at - off));
	return 0;
}
static int win_open(struct win *w, const char *path, size_t index, int oflags, int prot, int flags)
{
	struct stat st;
	int err = 0, fd = open(path, oflags);
	if (fd < 0) return -errno;
	if (fstat(fd, &st)) err = -errno;
	else if (st.st_size % 28) err = -EINVAL;
	else if (index >= (size_t)st.st_size / 28) err = -ERANGE;
	else err = win_fd(w, fd, (off_t)index * 28, prot, flags);
	close(fd);
	return err;
}
int rec_create(const char *path, uint32_t n)
{
	struct record *r; int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644), err = 0;
	if (fd < 0) return -errno;
	if (n) {
		if (ftruncate(fd, (off_t)n * 28)) { err = -errno; goto out; }
		r = mmap(0, (size_t)n * 28, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		if (r == MAP_FAILED) { err = -errno; goto out; }
		for (uint32_t i = 0; i < n; i++) { r[i].value = i; sprintf(r[i].label, "record-%u", i); }
		msync(r, (size_t)n * 28, MS_SYNC);
		munmap(r, (size_t)n * 28);
	}
out:
	close(fd);
	return err;
}
int rec_get(const char *path, size_t index, struct record *out)
{
	struct win w; int err = win_open(&w, path, index, O_RDONLY, PROT_READ, MAP_PRIVATE);
	if (err) return err;
	memcpy(out, w.r, 28); munmap(w.base, w.len); return 0;
}
int rec_set(const char *path, size_t index, int32_t value)
{
	struct win w; int err = win_open(&w, path, index, O_RDWR, PROT_WRITE, MAP_SHARED_VALIDATE);
	if (err) return err;
	w.r->value = value; msync(w.base, w.len, MS_ASYNC); munmap(w.base, w.len); return 0;
}
static void put(struct record *r, const char *l)
{
	size_t n = strlen(l); if (n > 23) n = 23;
	memset(r->label, 0, 24); memcpy(r->label, l, n);
}
int rec_label(const char *path, size_t index, const char *label)
{
	struct win w; int err = win_open(&w, path, index, O_RDWR, PROT_READ | PROT_WRITE, MAP_SHARED);
	if (err) return err;
	put(w.r, label); munmap(w.base, w.len); return 0;
}
int rec_append(const char *path, int32_t value, const char *label)
{
	struct stat st; struct win w; int err = 0, fd = open(path, O_RDWR | O_APPEND);
	if (fd < 0) return -errno;
	if (fstat(fd, &st)) err = -errno;
	else if (st.st_size % 28) err = -EINVAL;
	else if ((err = -posix_fallocate(fd, st.st_size, 28)) == 0) err = win_fd(&w, fd, st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED);
	close(fd);
	if (err) return err;
	w.r->value = value; put(w.r, label); munmap(w.base, w.len);
	return 0;
}
