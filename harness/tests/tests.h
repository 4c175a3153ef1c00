/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tests.h - what the tests of the host program share: folders that vanish,
 * files, archives made by hand, and a main().
 */
#ifndef MMAPLAB_TESTS_H
#define MMAPLAB_TESTS_H

#include <check.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** tests_folder() - path of a fresh folder for the running test, removed when
 * its process ends; always the same within one test */
const char *tests_folder(void);

/** tests_path() - printf a path below tests_folder(); never freed */
char *tests_path(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/** tests_write() - create a file with its folders below tests_folder() */
void tests_write(const char *path, const void *data, size_t size);
void tests_write_text(const char *path, const char *text);

/** tests_read() - a whole file and a NUL; NULL when it cannot be opened */
char *tests_read(const char *path, size_t *size);

/** struct tests_entry - one entry of an archive; an array ends with {NULL}
 * @name: stored as it is
 * @type: 'f' file, 'd' folder, 'l' symbolic link, 'h' hard link, 'c' device,
 *	'p' FIFO
 * @data: content, or where a link leads
 * @size: of the content; 0 takes strlen(@data)
 */
struct tests_entry {
	const char *name;
	char type;
	const char *data;
	size_t size;
};

/**
 * tests_archive() - write an archive below tests_folder()
 * @format: "tar", "tar.gz", "tar.xz", "tar.zst" or "zip"
 * Return: its path.
 */
char *tests_archive(const char *format, const struct tests_entry *entry);

/** tests_main() - run the suites made by @make; the program's exit status */
int tests_main(Suite *(*make)(void));

#endif
