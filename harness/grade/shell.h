/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * shell.h - a busybox shell in a machine, for a person.
 */
#ifndef MMAPLAB_SHELL_H
#define MMAPLAB_SHELL_H

#include "err.h"
#include "kit.h"
#include "manifest.h"

/**
 * shell_run() - restore a machine, put the working tree's programs and
 * modules in /unit, and give the terminal to a shell there
 *
 * A lab that does not build is left out, with a line that says so. Commands
 * from a pipe or a file are run as a script without input. Return: a script's
 * exit status, 0 when a person's shell ended, or a negative errno.
 */
int shell_run(const struct kit *kit, const struct manifest *m, const char *profile, struct err *e);

#endif
