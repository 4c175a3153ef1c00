// SPDX-License-Identifier: GPL-2.0-only
/*
 * confine_files.c - the work folder of a confined command, see confine.h.
 * What the command left there is read without trusting any name in it.
 */
#include "confine.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "confine_plan.h"
#include "util.h"

const char *confine_open_place(void)
{
	const char *tmp = getenv("TMPDIR");
	struct stat st;

	if (tmp && *tmp == '/' && !strpbrk(tmp, " \t:%") && !stat(tmp, &st) &&
	    (st.st_mode & S_IXOTH))
		return tmp;
	return "/tmp";
}

int confine_folder(const char *near, char **path, struct err *e)
{
	int level = confine_level(e);
	char *real, *made;
	int ret;

	*path = NULL;
	if (level < 0)
		return level;
	if (level != CONFINE_NAMESPACES)
		near = confine_open_place();
	real = realpath(near, NULL);
	if (!real)
		return err_set(e, errno, "find folder %s: %s", near, strerror(errno));
	made = xasprintf("%s/mmaplab-work-XXXXXX", real);
	free(real);
	if (mkdtemp(made)) {
		*path = made;
		return 0;
	}
	ret = err_set(e, errno, "mkdtemp %s: %s", made, strerror(errno));
	free(made);
	return ret;
}

void confine_folder_remove(const char *path)
{
	if (path)
		remove_tree(path);
}

/* Open name below work, one component at a time, following no link. */
static int open_below(const char *work, const char *name)
{
	int dir = open(work, O_PATH | O_DIRECTORY | O_CLOEXEC), fd;
	char part[256];

	while (dir >= 0) {
		size_t n = strcspn(name, "/");
		bool last = !name[n];

		if (n == 0 || n >= sizeof(part)) {
			close(dir);
			errno = EINVAL;
			return -1;
		}
		memcpy(part, name, n);
		part[n] = '\0';
		if (!strcmp(part, "..") || !strcmp(part, "."))
			fd = -1, errno = EINVAL;
		else
			fd = openat(dir, part,
				    O_CLOEXEC | O_NOFOLLOW |
					    (last ? O_RDONLY | O_NONBLOCK | O_NOCTTY :
						    O_PATH | O_DIRECTORY));
		/* A link where a folder should be is ENOTDIR. */
		if (fd < 0 && errno == ENOTDIR)
			errno = ELOOP;
		close(dir);
		if (last)
			return fd;
		dir = fd;
		name += n + 1;
	}
	return -1;
}

static int read_all(int fd, const char *name, size_t size, char *data, struct err *e)
{
	size_t used = 0;
	ssize_t n;

	while (used < size) {
		n = read(fd, data + used, size - used);
		if (n <= 0)
			return err_set(e, n ? errno : EIO, "read %s: %s", name,
				       n ? strerror(errno) : "it became shorter");
		used += n;
	}
	return 0;
}

int confine_read(const char *work, const char *name, size_t max, char **data, size_t *size,
		 struct err *e)
{
	int fd = open_below(work, name), ret;
	struct stat st;

	*data = NULL;
	*size = 0;
	if (fd < 0 || fstat(fd, &st)) {
		ret = err_set(e, errno, "open %s: %s", name, strerror(errno));
	} else if (!S_ISREG(st.st_mode) || st.st_nlink != 1) {
		/* A second name could be that of a file of the host. */
		ret = err_set(e, EINVAL, "%s is not a regular file", name);
	} else if ((size_t)st.st_size > max) {
		ret = err_set(e, EFBIG, "%s is larger than %zu bytes", name, max);
	} else {
		*size = st.st_size;
		*data = xcalloc(1, *size + 1);
		ret = read_all(fd, name, *size, *data, e);
	}
	if (ret) {
		free(*data);
		*data = NULL;
	}
	if (fd >= 0)
		close(fd);
	return ret;
}
