/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * compat.h - what newer kernels call otherwise, for modules that build with
 * both. Given; write the new names, this file gives them to an older kernel.
 *
 * Since Linux 6.3 the flags of a VMA are constant to drivers, as the kernel has
 * to lock the VMA before they change: `vma->vm_flags |= ...` does not compile
 * there any more.
 */
#ifndef MMAPLAB_COMPAT_H
#define MMAPLAB_COMPAT_H

#include <linux/mm.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
static inline void vm_flags_set(struct vm_area_struct *vma, vm_flags_t flags)
{
	vma->vm_flags |= flags;
}

static inline void vm_flags_clear(struct vm_area_struct *vma, vm_flags_t flags)
{
	vma->vm_flags &= ~flags;
}
#endif

#endif
