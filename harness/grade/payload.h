/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * payload.h - what goes into a machine: a cpio archive on its payload disk,
 * which the agent unpacks into /unit.
 */
#ifndef MMAPLAB_PAYLOAD_H
#define MMAPLAB_PAYLOAD_H

#include <sys/types.h>

#include "err.h"

struct payload;

/** payload_new() - an empty one; owned by the caller */
struct payload *payload_new(void);
/**
 * payload_add() - copy a file of the host
 * @name: its path below /unit, "bin/records"
 * @path: where it is now
 * @mode: permission bits
 */
int payload_add(struct payload *p, const char *name, const char *path, mode_t mode, struct err *e);
/**
 * payload_finish() - the disk, as a memory file of the disk's fixed size
 * @used: bytes of it in use, for the agent
 *
 * Return: a descriptor owned by the caller, or -EFBIG when the content does
 * not fit. @p is freed in either case.
 */
int payload_finish(struct payload *p, size_t *used, struct err *e);

#endif
