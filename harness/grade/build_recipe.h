/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * build_recipe.h - inside build: kbuild's own commands, recorded once and
 * then run without make.
 *
 * More than half of kbuild's second goes into make and into asking the
 * compiler what it can do, with the same answers each time. kbuild writes
 * down each command it ran (.mymap.o.cmd); the recipe is those of a module
 * that says nothing but its licence.
 *
 * A third of what is left goes into compiling mymap.mod.c, which modpost writes:
 * it depends on what the module imports and on nothing else of it. So the object
 * is kept by that file's content, and made from it alone, in a confinement of
 * its own: no other source can have had a hand in it. Where none is kept yet the
 * recipe ends before it would be compiled, with BUILD_EXIT_NEW_MOD, and is run again
 * with $LINK_ONLY when it was made; only if that failed it is compiled at its place.
 *
 * The commands hold the fixed paths /work and /kernel, so there is a recipe
 * only with namespaces.
 */
#ifndef MMAPLAB_BUILD_RECIPE_H
#define MMAPLAB_BUILD_RECIPE_H

#include "build_job.h"

/** build_recipe_key() - what the commands depend on, one line, fresh memory:
 * kernel, compiler, the module's file and its Kbuild */
char *build_recipe_key(const struct build_job *j);

/**
 * build_recipe_load() - the recipe that is kept for this key
 * Return: a shell script in fresh memory, or NULL when there is none.
 */
char *build_recipe_load(const struct build_job *j, const char *key);

/**
 * build_recipe_record() - make one from the work folder of a finished kbuild
 * Return: the script, kept for next time; NULL when kbuild did not leave what
 * was expected, and kbuild itself has to be used.
 */
char *build_recipe_record(const struct build_job *j, const char *key);

/**
 * build_recipe_run() - a part of the recipe alone, in a confinement of its own, where no
 * other source can have a hand in it
 * @part: assignment that the recipe looks for: ONLY_MOD, ONLY_HEADERS
 * @name, @data, @size: the one file that it works on, below the work folder
 * @result: what it makes there; at most @max bytes
 * @out: receives them, released with free()
 *
 * Return: 0 or a negative errno.
 */
int build_recipe_run(const struct build_job *like, const char *recipe, const char *part,
		     const char *name, const void *data, size_t size, const char *result,
		     size_t max, char **out, size_t *out_size);

/** build_recipe_keep() - such a result, for the gradings to come; if it can be */
void build_recipe_keep(const char *path, const void *data, size_t size);

/** build_recipe_objects() - the folder of such objects, fresh memory; made if missing */
char *build_recipe_objects(const struct build_job *j);

/**
 * build_recipe_object() - where the object for a mymap.mod.c is kept
 * @recipe: the script, which looks there
 * Return: its path in fresh memory, whether it is there or not.
 */
char *build_recipe_object(const struct build_job *j, const char *recipe, const char *source,
			  size_t size);

#endif
