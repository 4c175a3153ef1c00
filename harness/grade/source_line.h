/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * source_line.h - from an address to the student's own line, and from a dying
 * kernel's console to what a student can use of it.
 */
#ifndef MMAPLAB_SOURCE_LINE_H
#define MMAPLAB_SOURCE_LINE_H

#include <stdbool.h>

/**
 * program_line() - "records.c:57 in rec_set"
 * @program: host path of the static program with debug information
 * @ip: instruction pointer as hexadecimal text, from a machine
 * @callers: likely return addresses, hexadecimal, the innermost first; or NULL
 *
 * The C library has no debug information: for a crash in one of its functions
 * it is the line that called it, and that is said.
 *
 * Return: fresh memory, or NULL when no address is in a source line.
 */
char *program_line(const char *program, const char *ip, const char *callers);

/**
 * struct oops - what a console tells about the kernel's end
 * @what: the line that says it, "BUG: kernel NULL pointer dereference, ..."
 * @cause: one sentence on the usual cause, or NULL
 * @where: "mymap.c:57 in mymap_mmap", or NULL when no frame is the module's
 * @log: the few lines that matter
 */
struct oops {
	char *what;
	const char *cause;
	char *where;
	char *log;
};

/**
 * oops_find() - look for an oops or panic in a console
 * @console: cleaned text
 * @module: the module's name; @debug: its .ko with debug information or NULL
 *
 * Return: true when there is one; release with oops_clear().
 */
bool oops_find(const char *console, const char *module, const char *debug, struct oops *out);
void oops_clear(struct oops *o);

#endif
