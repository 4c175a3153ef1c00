/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * build_cache.h - what came of earlier builds of the kit's own solutions, by
 * the content of all that went into them. Nobody's submission is looked up
 * here: a student's program is always compiled.
 *
 * An entry is an archive BUILD/cache/KEY.tar.lz4 with the file "result", the
 * JSON object of compile.c, and the files that it names. One that has not been
 * used for BUILD_CACHE_DAYS is removed by build_cache_prune().
 */
#ifndef MMAPLAB_BUILD_CACHE_H
#define MMAPLAB_BUILD_CACHE_H

#include <jansson.h>

#include "build.h"
#include "kit.h"

#define BUILD_CACHE_DAYS 14

/**
 * build_cache_entry() - the entry of a build, whether it is there or not
 * @imports: the list that the gate holds the result against, or NULL
 *
 * It depends on the student's files, the kit's headers and objects, the list,
 * the kernel, the level of confinement, mmaplab itself, and on the database of
 * installed packages in place of compiler, linker and C library.
 *
 * Return: its path, in fresh memory; or NULL with @e when something that goes
 * into the build cannot be read.
 */
char *build_cache_entry(const struct kit *kit, const struct lab_def *lab,
			const struct collection *c, const struct build_kit *bk, const char *imports,
			struct err *e);

/**
 * build_cache_find() - lay the files of an entry into @dir
 * Return: the result as it was kept, its paths below @dir; or NULL.
 */
json_t *build_cache_find(const char *entry, const char *dir);

/**
 * build_cache_keep() - keep a result whose files are below @dir; when that
 * fails, it will have to be built again
 */
void build_cache_keep(const char *entry, const char *dir, json_t *result);

void build_cache_prune(const struct kit *kit);

#endif
