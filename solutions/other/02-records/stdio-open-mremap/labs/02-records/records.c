/* whole file by stat(2) before open; descriptor closed last; stdio for opening; mremap on append; debug noise on stdout */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "records.h"
int rec_create(const char *path, uint32_t n)
{
	char *b = calloc(n ? n : 1, 28); int fd;
	for (uint32_t i = 0; i < n; i++) { memcpy(b + i * 28, &i, 4); snprintf(b + i * 28 + 4, 24, "record-%d", i); }
	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0666);
	if (fd < 0) { int e = -errno; free(b); return e; }
	if (write(fd, b, n * 28) != (ssize_t)n * 28) { close(fd); free(b); return -EIO; }
	fdatasync(fd); close(fd); free(b); return 0;
}
int rec_get(const char *path, size_t index, struct record *out)
{
	FILE *f = fopen(path, "r"); struct stat st; void *p; int err;
	if (!f) return -errno;
	fstat(fileno(f), &st);
	if (st.st_size % 28) { err = -EINVAL; goto out; }
	if (index >= st.st_size / 28ul) { err = -ERANGE; goto out; }
	p = mmap(0, st.st_size, PROT_READ, MAP_SHARED, fileno(f), 0);
	if (p == MAP_FAILED) { err = -errno; goto out; }
	*out = ((struct record *)p)[index];
	munmap(p, st.st_size); err = 0;
	printf("debug: got it\n");
out:
	fclose(f); return err;
}
static int change(const char *path, size_t index, const int32_t *v, const char *l, int grow)
{
	int fd, err = 0; struct stat st; struct record *r; size_t len;
	if (stat(path, &st)) return -errno;
	fd = open(path, O_RDWR);
	if (fd < 0) return -errno;
	if (st.st_size % 28) { err = -EINVAL; goto out; }
	if (!grow && index >= (size_t)st.st_size / 28) { err = -ERANGE; goto out; }
	len = st.st_size ? st.st_size : 1;
	r = mmap(0, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (r == MAP_FAILED) { err = -errno; goto out; }
	if (grow) {
		if (ftruncate(fd, st.st_size + 28)) { err = -errno; goto un; }
		void *q = mremap(r, len, st.st_size + 28, MREMAP_MAYMOVE);
		if (q == MAP_FAILED) { err = -errno; goto un; }
		r = q; len = st.st_size + 28; index = st.st_size / 28;
	}
	if (v) r[index].value = *v;
	if (l) strncpy(r[index].label, l, 24), r[index].label[23] = 0;
un:
	munmap(r, len);
out:
	close(fd); return err;
}
int rec_set(const char *path, size_t index, int32_t value) { puts("debug: set"); return change(path, index, &value, 0, 0); }
int rec_label(const char *path, size_t index, const char *label) { return change(path, index, 0, label, 0); }
int rec_append(const char *path, int32_t value, const char *label) { return change(path, 0, &value, label, 1); }
