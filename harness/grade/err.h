/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * err.h - errors that say which step failed, on what object, why, and what
 * to do next. Functions of the host program return 0 or a negative errno and
 * describe the error here; only a command prints it and exits.
 */
#ifndef MMAPLAB_ERR_H
#define MMAPLAB_ERR_H

#include <errno.h>

/**
 * struct err - one error, owned by the caller, valid until the next err_set()
 * @code: positive errno, 0 while there is no error
 * @text: one or more lines, without a final newline
 */
struct err {
	int code;
	char text[2048];
};

/**
 * err_set() - describe an error
 * @e: where to; may be NULL when the caller does not want the text
 * @code: positive errno
 * @fmt: names step, object and cause: "mmap data.bin (8192 bytes): Invalid
 *	argument"; where useful a second line says what to do next; that of a
 *	full disk is added
 *
 * Return: -@code, so that "return err_set(e, errno, ...)" reads well.
 */
int err_set(struct err *e, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
