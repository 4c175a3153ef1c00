/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fingerprint.h - one sum over all that something depends on: two that are equal
 * came from the same. It is made of lines of text; a file's is its name and its sum.
 */
#ifndef MMAPLAB_FINGERPRINT_H
#define MMAPLAB_FINGERPRINT_H

#include <stddef.h>

#include "err.h"

struct fingerprint;

/** fingerprint_new() - of nothing yet; fingerprint_end() frees it */
struct fingerprint *fingerprint_new(void);
/** fingerprint_text() - printf a line, without its newline */
void fingerprint_text(struct fingerprint *f, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/** fingerprint_bytes() - what a file would be that has this content */
void fingerprint_bytes(struct fingerprint *f, const char *name, const void *data, size_t len);
/** fingerprint_file() - Return: 0; a negative errno with @e, and then nothing was added */
int fingerprint_file(struct fingerprint *f, const char *name, const char *path, struct err *e);
/**
 * fingerprint_stamp() - a large file that changes as a whole, by its inode, size and
 * time; one that is not there has a stamp, too
 */
void fingerprint_stamp(struct fingerprint *f, const char *path);
/** fingerprint_end() - the SHA-256 of the lines, as digits */
void fingerprint_end(struct fingerprint *f, char sum[65]);

#endif
