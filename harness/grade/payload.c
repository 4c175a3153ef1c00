// SPDX-License-Identifier: GPL-2.0-only
/*
 * payload.c - the archive that goes into a machine, see payload.h.
 */
#include "payload.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "machine.h"
#include "util.h"

struct payload {
	struct archive *a;
	int fd;
};

struct payload *payload_new(void)
{
	struct payload *p = xcalloc(1, sizeof(*p));

	p->fd = memfd_create("payload", MFD_CLOEXEC);
	p->a = archive_write_new();
	archive_write_set_format_cpio_newc(p->a);
	archive_write_add_filter_none(p->a);
	archive_write_open_fd(p->a, p->fd);
	return p;
}

int payload_add(struct payload *p, const char *name, const char *path, mode_t mode, struct err *e)
{
	struct archive_entry *entry;
	int fd = open(path, O_RDONLY | O_CLOEXEC), ret = 0;
	char buf[65536];
	struct stat st;
	ssize_t n = 0;

	if (fd < 0 || fstat(fd, &st)) {
		ret = err_set(e, errno, "payload: open %s: %s", path, strerror(errno));
		if (fd >= 0)
			close(fd);
		return ret;
	}
	entry = archive_entry_new();
	archive_entry_set_pathname(entry, name);
	archive_entry_set_size(entry, st.st_size);
	archive_entry_set_mode(entry, AE_IFREG | mode);
	if (archive_write_header(p->a, entry) != ARCHIVE_OK)
		ret = err_set(e, EIO, "payload: %s", archive_error_string(p->a));
	while (!ret && (n = read(fd, buf, sizeof(buf))) > 0)
		if (archive_write_data(p->a, buf, n) != n)
			ret = err_set(e, EIO, "payload: %s: %s", path, archive_error_string(p->a));
	if (!ret && n < 0)
		ret = err_set(e, errno, "payload: read %s: %s", path, strerror(errno));
	archive_entry_free(entry);
	close(fd);
	return ret;
}

int payload_finish(struct payload *p, size_t *used, struct err *e)
{
	int fd = p->fd, ret = 0;
	struct stat st;

	if (archive_write_close(p->a) != ARCHIVE_OK)
		ret = err_set(e, EIO, "payload: %s", archive_error_string(p->a));
	archive_write_free(p->a);
	free(p);
	if (!ret && (fstat(fd, &st) || st.st_size > MACHINE_PAYLOAD_BYTES))
		ret = err_set(e, EFBIG, "payload: more than %lld bytes",
			      (long long)MACHINE_PAYLOAD_BYTES);
	*used = ret ? 0 : st.st_size;
	/* The template's disk has this size, so every clone's must have it. */
	if (!ret && ftruncate(fd, MACHINE_PAYLOAD_BYTES))
		ret = err_set(e, errno, "payload: %s", strerror(errno));
	if (ret) {
		close(fd);
		return ret;
	}
	return fd;
}
