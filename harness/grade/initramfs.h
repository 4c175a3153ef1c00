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
 *
 * Return: 0, or a negative errno with @e naming the list's line.
 */
int initramfs_build(const struct kit *kit, int *fd, struct err *e);

/**
 * initramfs_sum() - the SHA-256 of its content
 *
 * It is built for that only where a file that goes into it has changed, or may have:
 * build/vm/initramfs.json has the sum, and size, inode and times of those files.
 *
 * Return: as initramfs_build()
 */
int initramfs_sum(const struct kit *kit, char sha256[65], struct err *e);

#endif
