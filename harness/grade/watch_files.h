/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * watch_files.h - inside watch: tells when a file of a lab was saved, however
 * the editor saves.
 */
#ifndef MMAPLAB_WATCH_FILES_H
#define MMAPLAB_WATCH_FILES_H

#include <stdbool.h>

#include "err.h"
#include "kit.h"
#include "manifest.h"

struct watch_files;

/**
 * watch_files_open() - watch the files that students edit, and the headers beside them
 * @only: of this lab, or NULL: of all
 */
int watch_files_open(const struct kit *kit, const struct manifest *m, const struct lab_def *only,
		     struct watch_files **out, struct err *e);
void watch_files_close(struct watch_files *f);

/** watch_files_fd() - readable when something may have happened */
int watch_files_fd(const struct watch_files *f);

/** watch_files_missing() - a folder is gone; whether it is back is asked, not told */
bool watch_files_missing(const struct watch_files *f);

/**
 * watch_files_saved() - what has happened since the last call; never waits
 * @name: the file that was saved last, below the checkout, in fresh memory; NULL if none was
 */
bool watch_files_saved(struct watch_files *f, char **name);

/** watch_files_is_header() - is it called so? Then the given files are compiled with it, too */
bool watch_files_is_header(const char *name);
/** watch_files_concern() - is it a file of the lab, or a header beside one? */
bool watch_files_concern(const struct lab_def *lab, const char *name);

#endif
