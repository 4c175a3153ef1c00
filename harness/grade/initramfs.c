// SPDX-License-Identifier: GPL-2.0-only
/*
 * initramfs.c - the machine's first file system, see initramfs.h.
 */
#include "initramfs.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util.h"

#define LIST "vm/initramfs.list"
#define MODULES "@modules/"

static char *source_path(const struct kit *kit, const char *source)
{
	if (*source == '/')
		return xstrdup(source);
	if (!strncmp(source, MODULES, strlen(MODULES)))
		return xasprintf("%s/root/lib/modules/%s/%s", kit->kernel, kit->kernel_release,
				 source + strlen(MODULES));
	return kit_path(kit, "%s", source);
}

/* A driver that a kernel has built in is no file: "kernel/drivers/x/y.ko". */
static bool is_built_in(const struct kit *kit, const char *source)
{
	char *list, *path, *line, *save = NULL;
	bool found = false;

	if (strncmp(source, MODULES, strlen(MODULES)))
		return false;
	path = source_path(kit, MODULES "modules.builtin");
	list = read_text(path);
	for (line = list ? strtok_r(list, "\n", &save) : NULL; line && !found;
	     line = strtok_r(NULL, "\n", &save))
		found = !strcmp(line, source + strlen(MODULES));
	free(list);
	free(path);
	return found;
}

static int add_entry(struct archive *a, struct archive_entry *entry, struct err *e)
{
	if (archive_write_header(a, entry) != ARCHIVE_OK)
		return err_set(e, EIO, "%s: %s: %s", LIST, archive_entry_pathname(entry),
			       archive_error_string(a));
	return 0;
}

static int add_content(struct archive *a, struct archive_entry *entry, const struct kit *kit,
		       const char *source, struct err *e)
{
	char *path = source_path(kit, source);
	int fd = open(path, O_RDONLY | O_CLOEXEC), ret = 0;
	char buf[65536];
	struct stat st;
	ssize_t n;

	if (fd < 0 || fstat(fd, &st)) {
		ret = err_set(e, errno, "%s: open %s: %s\nnext: make deps kernel", LIST, path,
			      strerror(errno));
		goto out;
	}
	archive_entry_set_size(entry, st.st_size);
	archive_entry_set_filetype(entry, AE_IFREG);
	ret = add_entry(a, entry, e);
	if (ret)
		goto out;
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		if (archive_write_data(a, buf, n) != n)
			ret = err_set(e, EIO, "%s: %s", LIST, archive_error_string(a));
	if (n < 0)
		ret = err_set(e, errno, "read %s: %s", path, strerror(errno));
out:
	if (fd >= 0)
		close(fd);
	free(path);
	return ret;
}

static int add_line(struct archive *a, const struct kit *kit, char *line, int number, struct err *e)
{
	struct archive_entry *entry = archive_entry_new();
	char kind[16], name[256], third[256], fourth[256], type;
	unsigned mode, major, minor;
	int ret = 0, fields;

	archive_entry_set_mtime(entry, 0, 0);
	archive_entry_set_size(entry, 0);
	/* The inode number only has to differ between entries. */
	archive_entry_set_ino(entry, number);
	archive_entry_set_nlink(entry, 1);
	fields = sscanf(line, "%15s %255s %255s %255s", kind, name, third, fourth);
	archive_entry_set_pathname(entry, name + (*name == '/'));
	if (!strcmp(kind, "dir") && fields >= 3 && sscanf(third, "%o", &mode) == 1) {
		archive_entry_set_mode(entry, AE_IFDIR | mode);
		ret = add_entry(a, entry, e);
	} else if (!strcmp(kind, "slink") && fields >= 4 && sscanf(fourth, "%o", &mode) == 1) {
		archive_entry_set_mode(entry, AE_IFLNK | mode);
		archive_entry_set_symlink(entry, third);
		ret = add_entry(a, entry, e);
	} else if (!strcmp(kind, "nod") && fields >= 3 &&
		   sscanf(line, "%*s %*s %o %*u %*u %c %u %u", &mode, &type, &major, &minor) == 4) {
		archive_entry_set_mode(entry, (type == 'c' ? AE_IFCHR : AE_IFBLK) | mode);
		archive_entry_set_rdevmajor(entry, major);
		archive_entry_set_rdevminor(entry, minor);
		ret = add_entry(a, entry, e);
	} else if (!strcmp(kind, "file") && fields >= 4 && sscanf(fourth, "%o", &mode) == 1) {
		archive_entry_set_mode(entry, AE_IFREG | mode);
		ret = is_built_in(kit, third) ? 0 : add_content(a, entry, kit, third, e);
	} else {
		ret = err_set(e, EINVAL,
			      "%s, line %d: expected dir, file, slink or nod with its fields", LIST,
			      number);
	}
	archive_entry_free(entry);
	return ret;
}

static int hash_all(int fd, char sha256[65], struct err *e)
{
	off_t size = lseek(fd, 0, SEEK_END);
	void *map = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);

	if (map == MAP_FAILED)
		return err_set(e, errno, "map the initramfs: %s", strerror(errno));
	sha256_hex(map, size, sha256);
	munmap(map, size);
	return 0;
}

int initramfs_build(const struct kit *kit, int *out, struct err *e)
{
	char *path = kit_path(kit, LIST), *text = read_text(path);
	struct archive *a = archive_write_new();
	char *line, *save = NULL;
	int fd, number = 0, ret = 0;

	fd = memfd_create("initramfs", MFD_CLOEXEC);
	if (!text || fd < 0)
		ret = err_set(e, errno, "read %s: %s", path, strerror(errno));
	archive_write_set_format_cpio_newc(a);
	archive_write_add_filter_none(a);
	if (!ret && archive_write_open_fd(a, fd) != ARCHIVE_OK)
		ret = err_set(e, EIO, "initramfs: %s", archive_error_string(a));
	/* strtok skips empty lines; the numbers in errors count the rest. */
	for (line = ret ? NULL : strtok_r(text, "\n", &save); line && !ret;
	     line = strtok_r(NULL, "\n", &save)) {
		number++;
		if (*line != '#')
			ret = add_line(a, kit, line, number, e);
	}
	if (!ret && archive_write_close(a) != ARCHIVE_OK)
		ret = err_set(e, EIO, "initramfs: %s", archive_error_string(a));
	archive_write_free(a);
	free(text);
	free(path);
	if (ret && fd >= 0)
		close(fd);
	else
		*out = fd;
	return ret;
}

/* ------------------------------------------------------------------- sum */

/*
 * By its name in the list, so that checkouts which share build/vm/ have one memo. What is
 * not there is noted as well: a driver that the kernel has built in; of any other the
 * build tells.
 */
static void add_file(json_t *files, const struct kit *kit, const char *source)
{
	char *path = source_path(kit, source);
	json_t *identity = file_identity(path);

	json_object_set_new(files, source, identity ? identity : json_null());
	free(path);
}

/* The list itself, and each file that it names. */
static json_t *all_files(const struct kit *kit)
{
	char *path = kit_path(kit, LIST), *text = read_text(path), *line, *save = NULL;
	json_t *files = json_object();
	char source[256];

	add_file(files, kit, LIST);
	for (line = text ? strtok_r(text, "\n", &save) : NULL; line;
	     line = strtok_r(NULL, "\n", &save))
		if (sscanf(line, "file %*s %255s", source) == 1)
			add_file(files, kit, source);
	free(text);
	free(path);
	return files;
}

/* Build it to hash it, and note that; not kept is not lost, the next one builds it again. */
static int build_and_note(const struct kit *kit, const char *path, json_t *files, char sha256[65],
			  struct err *e)
{
	json_t *memo;
	int fd, ret = initramfs_build(kit, &fd, e);

	if (ret)
		return ret;
	ret = hash_all(fd, sha256, e);
	close(fd);
	if (ret)
		return ret;
	memo = json_pack("{s:s,s:O}", "sha256", sha256, "files", files);
	write_json_atomic(path, memo, 0, NULL);
	json_decref(memo);
	return 0;
}

int initramfs_sum(const struct kit *kit, char sha256[65], struct err *e)
{
	char *path = kit_path(kit, "build/vm/initramfs.json");
	json_t *memo = json_load_file(path, 0, NULL), *files = all_files(kit);
	const char *sum = json_string_value(json_object_get(memo, "sha256"));
	int ret = 0;

	if (sum && strlen(sum) == 64 && json_equal(files, json_object_get(memo, "files")))
		strcpy(sha256, sum);
	else
		ret = build_and_note(kit, path, files, sha256, e);
	json_decref(memo);
	json_decref(files);
	free(path);
	return ret;
}
