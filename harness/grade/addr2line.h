/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * addr2line.h - addr2line (binutils) on a program that a student's source has
 * shaped: it reads debug information that may hold anything, so it runs confined.
 */
#ifndef MMAPLAB_ADDR2LINE_H
#define MMAPLAB_ADDR2LINE_H

#include <stddef.h>

/**
 * addr2line() - functions and lines of addresses
 * @program: ELF file with debug information
 * @section: the addresses are in this section of an object file, and inlined
 *	functions are told, too; NULL: addresses of a program
 *
 * Return: "func\nfile:line\n" for each address, with @section several for one,
 * the innermost first; released with free(). NULL when it could not be found out.
 */
char *addr2line(const char *program, const char *section, const unsigned long long *address,
		size_t count);

#endif
