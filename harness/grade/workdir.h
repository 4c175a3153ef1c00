/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * workdir.h - a folder for one grading's temporary files, which vanishes
 * with the grader, however that ends.
 */
#ifndef MMAPLAB_WORKDIR_H
#define MMAPLAB_WORKDIR_H

#include "err.h"
#include "kit.h"

struct workdir;

/**
 * workdir_open() - start a janitor and make build/tmp/PID-XXXXXXXXXXXX-BOOT
 *
 * The janitor is a small process of its own session that waits for the
 * grader's end (its side of a pipe closes, also at kill -9) and then deletes
 * the folder. TMPDIR is set to a folder below /tmp that is deleted likewise:
 * without namespaces a build needs a path that every user can reach. Where the
 * janitor died as well, the next grading of the same host removes both; BOOT is
 * the beginning of the kernel's boot_id, as several hosts may have one checkout.
 * What is left of a host that is gone, or was booted anew, any grading removes
 * once it has not been touched for two weeks.
 */
int workdir_open(const struct kit *kit, struct workdir **out, struct err *e);
/** workdir_path() - absolute path, valid until workdir_close() */
const char *workdir_path(const struct workdir *w);
/** workdir_close() - returns when the folder is gone */
void workdir_close(struct workdir *w);

#endif
