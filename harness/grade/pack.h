/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pack.h - files in memory as one tar.gz in memory: the same files give the
 * same bytes, whoever packs them and whenever.
 */
#ifndef MMAPLAB_PACK_H
#define MMAPLAB_PACK_H

#include <stddef.h>

#include "err.h"

/** struct pack_file - @path: in the archive */
struct pack_file {
	char *path;
	char *data;
	size_t size;
};

/**
 * pack_files() - in the order given, without times and owners
 * Return: 0 with *@data, released with free(); or a negative errno with @e.
 */
int pack_files(const struct pack_file *files, size_t count, char **data, size_t *size,
	       struct err *e);

#endif
