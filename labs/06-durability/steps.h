/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * steps.h - calls made one by one on a file of two pages, and a look at what
 * the disk has of it.
 *
 * Given. A step is a word: `a=5` stores the character 5 in the first byte of
 * page a, `write:b=6` writes it with pwrite(2). `async`, `invalidate`, `sync`,
 * `sync+invalidate` and `sync+async` are msync(2) of both pages, `sync:a` of
 * page a, `byte:a` of its second byte alone. `fsync`, `fdatasync`, `unmap` and
 * `close` are what they say.
 */
#ifndef STEPS_H
#define STEPS_H

#include <stdbool.h>

#include "durability.h"

#define STEPS_HELP \
	"steps are a=X write:a=X async invalidate sync sync+invalidate sync+async sync:a byte:a " \
	"fsync fdatasync unmap close; pages are a and b"

/** steps_parse() - @n words; false if one of them is no step */
bool steps_parse(struct jl_step *step, char *const *word, size_t n);

/**
 * steps_make() - make these calls, and tell of each that fails
 *
 * A file that is missing is made first, with a 0 in both pages, on the disk.
 * Return: 0, or a negative errno when something else failed.
 */
int steps_make(const char *path, const struct jl_step *step, size_t n, char *const *word);

/** steps_show() - print the first bytes of its pages, as read(2) gives them */
int steps_show(const char *path);

/**
 * steps_disk() - print them as they are on the disk
 *
 * Reads the disk itself, past the memory in which the kernel keeps the file,
 * and so needs root. -ENODATA: the disk has no block for them yet.
 */
int steps_disk(const char *path);

#endif
