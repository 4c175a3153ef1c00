/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cut.h - copies of a machine's scratch disk, as power cuts would leave it.
 *
 * The disk is a memfd that QEMU writes to. A set of cuts keeps each page that
 * was ever seen once, so that twenty cuts of a quiet disk cost little more
 * than one. The machine must stand still while its disk is copied.
 */
#ifndef MMAPLAB_CUT_H
#define MMAPLAB_CUT_H

#include <stdint.h>

#include "err.h"

#define CUT_MAX 64

struct cuts;

struct cuts *cuts_new(void);
void cuts_free(struct cuts *c);

/**
 * cut_take() - copy the disk as it is
 * Return: the cut's number from 0; -ENOSPC after CUT_MAX of them; or a
 * negative errno of reading the disk.
 */
int cut_take(struct cuts *c, int disk, struct err *e);

/**
 * cut_take_torn() - copy the disk, but take each sector of 512 bytes that
 * differs from cut @base in its old or its new state, as @seed has it
 * Return: as cut_take(); -EINVAL when there is no such cut.
 */
int cut_take_torn(struct cuts *c, int disk, unsigned base, uint64_t seed, struct err *e);

/**
 * cut_lay() - make a disk, which no machine has in use, the copy
 * Return: 0; -EINVAL when there is no such cut; or a negative errno.
 */
int cut_lay(const struct cuts *c, unsigned cut, int disk, struct err *e);

#endif
