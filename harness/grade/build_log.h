/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * build_log.h - inside build: reads what a compiler wrote, dependency files
 * and messages. Both are shaped by a student's source.
 */
#ifndef MMAPLAB_BUILD_LOG_H
#define MMAPLAB_BUILD_LOG_H

#include <stdbool.h>
#include <stddef.h>

/**
 * struct build_roots - folders that a compilation may read
 * @work: where the work folder is for the compiler
 * @kernel: the kernel headers, NULL for a program
 * @apart: the compiler had a root and a /tmp of its own. Without, its names are
 *	those of the host: a link below /usr may lead anywhere, and /tmp is everybody's
 * @kit: the checkout, which may lie below /usr and has suites and solutions; or NULL
 * Always allowed besides: the rest of /usr, and the compiler's own temporary files.
 */
struct build_roots {
	const char *work;
	const char *kernel;
	const char *kit;
	bool apart;
};

/**
 * build_foreign_dep() - the first file outside the roots that was read
 * @deps: a dependency file as make reads it ("x.o: a.c \\\n /usr/b.h"), or
 *	kbuild's .cmd file, whose list begins with "deps_"
 *
 * Return: its name in fresh memory, or NULL.
 */
char *build_foreign_dep(const char *deps, const struct build_roots *roots);

/**
 * build_foreign_message() - the same for a message that quotes such a file;
 * a compiler that gives up early writes messages and no dependency file
 */
char *build_foreign_message(const char *log, const struct build_roots *roots);

/**
 * build_clean_log() - the compiler's words as a student should see them
 *
 * Names below the work folder become relative, what make and modpost say
 * about themselves is dropped, control bytes are escaped, and what exceeds
 * BUILD_MAX_TEXT is cut at a line. Fresh memory, never NULL.
 */
char *build_clean_log(const char *log, size_t size, bool cut, const struct build_roots *roots);

#endif
