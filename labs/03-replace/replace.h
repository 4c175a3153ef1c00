/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * replace.h - change, grow, shrink and copy files through mappings.
 *
 * The contract between main.c (given) and replace.c (yours). A file is a row
 * of bytes here, of any length and with any content: a byte 0 is a byte like
 * all others, and no byte 0 follows the last one. A pattern, too, is a pointer
 * and a length, and nothing may be read behind its end.
 *
 * The three functions that take a path open their files, do their work and
 * leave nothing behind: no descriptor and no mapping, whether they succeed or
 * not. Negative results are negative errno values such as -ENOENT.
 */
#ifndef REPLACE_H
#define REPLACE_H

#include <stdbool.h>
#include <stddef.h>

/**
 * struct rep_map - a whole file, open and mapped shared
 * @fd: its descriptor
 * @data: its first byte; NULL if the file is empty, as 0 bytes cannot be mapped
 * @len: its length in bytes, and that of the mapping
 */
struct rep_map {
	int fd;
	unsigned char *data;
	size_t len;
};

/**
 * rep_open() - open a file that exists and map all of it
 * @m: filled in; what it holds after an error must not be used
 * @writable: for reading and writing; otherwise permission to read is enough
 *
 * Return: 0, or the negative errno of the call that failed.
 */
int rep_open(struct rep_map *m, const char *path, bool writable);

/**
 * rep_resize() - make a file opened writable, and its mapping, @len bytes long
 * @len: longer or shorter than before or the same; 0 is allowed
 *
 * Bytes that are in both the old file and the new one keep their value, new
 * ones are zero. @m->data may change: other memory may lie behind the old
 * place.
 *
 * Return: 0, or the negative errno of the call that failed. On error the file
 * and @m have their old length, and the mapping can still be used.
 */
int rep_resize(struct rep_map *m, size_t len);

/**
 * rep_close() - undo rep_open(): nothing stays mapped or open; cannot fail
 */
void rep_close(struct rep_map *m);

/**
 * rep_count() - how often a pattern is in a file
 * @path: the file; permission to read it is enough
 * @from: the pattern, @from_len bytes
 *
 * Matches are found from left to right and share no byte: the search goes on
 * behind each match. "aa" is once in "aaa" and twice in "aaaa". The file is
 * read through a mapping.
 *
 * Return: the number of matches, or
 * -EINVAL: @from_len is 0;
 * the negative errno of the call that failed.
 */
long rep_count(const char *path, const void *from, size_t from_len);

/**
 * rep_change() - replace each match of a pattern, through a shared mapping
 * @from: the pattern, @from_len bytes; matches as rep_count() finds them
 * @to: what replaces it, @to_len bytes; 0 removes the matches
 *
 * One pass: what was put in is not searched again, neither alone nor together
 * with what stands beside it. All other bytes keep their value and their
 * order. The file is changed in place, not replaced by another, and is
 * afterwards exactly as long as its new content. The time grows with the
 * length of the file, not with its square.
 *
 * Return: the number of matches replaced, or an error as rep_count().
 * Unchanged file on error.
 */
long rep_change(const char *path, const void *from, size_t from_len,
		const void *to, size_t to_len);

/**
 * rep_copy() - copy a file by mapping both: no read(2), no write(2)
 * @source: permission to read it is enough; it may be empty
 * @target: created if it is missing (mode 0666, less what the umask takes);
 *	if it exists, it is overwritten, and cut if it was longer
 *
 * Return: 0, or
 * -EINVAL: both names mean the same file, which stays as it is;
 * the negative errno of the call that failed. If one of the two cannot be
 * opened, the other stays as it is and no file is created.
 */
int rep_copy(const char *source, const char *target);

#endif
