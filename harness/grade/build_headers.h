/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * build_headers.h - inside build: the kernel's headers that nearly every driver
 * begins with, compiled once and then loaded.
 *
 * Of the quarter of a second that a small driver takes to compile, two thirds go into
 * linux/fs.h, linux/mm.h and what they include. gcc can load them as it left them ("Using
 * Precompiled Headers" in its manual), if nothing comes before them. So they are for a
 * source that itself includes them before anything else, which then means the same with
 * them as without; and what does not compile with them, or not without a word, is
 * compiled without them, and that decides.
 *
 * They belong to a recipe (build_recipe.h) and are made with its commands, in a
 * confinement of their own: no source of a student can have had a hand in them.
 */
#ifndef MMAPLAB_BUILD_HEADERS_H
#define MMAPLAB_BUILD_HEADERS_H

#include "build_job.h"

/** build_headers_lead() - does a source include these headers before all else? */
bool build_headers_lead(const char *source);

/**
 * build_headers() - the name of these headers in the folder of build_recipe_objects()
 * @recipe: the script that they belong to; they are made if they were never tried
 *
 * Return: fresh memory, or NULL when there are none.
 */
char *build_headers(const struct build_job *like, const char *recipe);

#endif
