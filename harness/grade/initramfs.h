/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * initramfs.h - builds the machine's first file system from
 * vm/initramfs.list, which has the format of the kernel's usr/gen_init_cpio.
 */
#ifndef MMAPLAB_INITRAMFS_H
#define MMAPLAB_INITRAMFS_H

#include "err.h"
#include "kit.h"

/**
 * initramfs_build() - an uncompressed cpio archive (newc) in memory
 * @fd: a memory file, owned by the caller; the same input gives the same bytes
 * @sha256: of its content
 *
 * Return: 0, or a negative errno with @e naming the list's line.
 */
int initramfs_build(const struct kit *kit, int *fd, char sha256[65], struct err *e);

#endif
