/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mapread.h - read a file, or any window of it, through a mapping.
 *
 * The contract between main.c (given) and mapread.c (yours). A mapping always
 * begins at a page of the file and covers whole pages; the bytes that were
 * asked for may begin and end anywhere in it:
 *
 *	base            data
 *	 v               v
 *	 |...............|######## len bytes ########|.......|
 *	 |<----------------- maplen ---------------->|
 *	 ^ a multiple of the page size in the file
 *
 * Except where it says so, a function returns 0, or a negative errno such as
 * -ENOENT.
 */
#ifndef MAPREAD_H
#define MAPREAD_H

#include <stddef.h>
#include <sys/types.h>

/**
 * struct mr_map - bytes of a file, in memory
 * @data: the first byte that was asked for; it lies in the mapping itself
 * @len: how many bytes there are; after them there is no NUL to rely on
 * @base: the address that mmap(2) returned, NULL when nothing is mapped
 * @maplen: the length that mmap(2) was given, 0 when nothing is mapped
 *
 * Users of a mapping look at @data and @len only. @base and @maplen are notes
 * that you leave for mr_close().
 */
struct mr_map {
	const unsigned char *data;
	size_t len;
	void *base;
	size_t maplen;
};

/**
 * mr_open() - map a whole file, to be read only
 * @path: the file; permission to read it is enough
 * @m: the caller's; all four fields are set on success. What it holds before
 *	the call is unknown, and also after an error
 *
 * An empty file is no error: nothing is mapped, @data and @base are NULL,
 * @len and @maplen are 0. The mapping stays until mr_close(); no descriptor
 * does, for a mapping needs none.
 *
 * Return: 0, or one of
 * -ENODEV: this kind of file cannot be mapped, a directory for example;
 * the negative errno of the call that failed (-ENOENT, -EACCES ...).
 */
int mr_open(const char *path, struct mr_map *m);

/**
 * mr_window() - map a part of a file, to be read only
 * @off: the first byte of the window, counted from 0; any number, and never
 *	negative
 * @len: how many bytes; as with pread(2), a window that reaches past the end
 *	of the file is cut there, however long it was meant to be
 * @m: as for mr_open(); its @len may be smaller than what was asked for
 *
 * Maps the pages on which the window lies, and no others. A window without
 * any byte (length 0, or a beginning at or past the end of the file) is no
 * error and maps nothing, like an empty file in mr_open().
 *
 * Return: 0, or an error as mr_open().
 */
int mr_window(const char *path, off_t off, size_t len, struct mr_map *m);

/**
 * mr_close() - unmap what mr_open() or mr_window() has mapped
 * @m: set by one of them; it may be one for which nothing was mapped
 *
 * Nothing of the file stays mapped. Cannot fail.
 */
void mr_close(struct mr_map *m);

/**
 * mr_write() - write all bytes of @m to a descriptor
 * @fd: open for writing, stays open; a file, a pipe, a terminal
 *
 * write(2) may take less than it is given, and a signal may interrupt it
 * before the first byte (EINTR). Neither is an error: the rest is still to be
 * written, once, in order.
 *
 * Return: 0 when every byte is written, or the negative errno of write(2).
 */
int mr_write(const struct mr_map *m, int fd);

/**
 * mr_count() - how often a text occurs in the bytes of @m
 * @text: @n bytes; matches may overlap ("aa" is found twice in "aaa")
 *
 * Looks at the @len bytes of @m and at nothing behind them. A byte 0 is a byte
 * like any other.
 *
 * Return: the number of matches, 0 if there are none, or -EINVAL when @n is 0.
 */
ssize_t mr_count(const struct mr_map *m, const char *text, size_t n);

#endif
