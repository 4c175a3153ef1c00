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

#include <linux/device.h>
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

/* The largest order that alloc_pages() serves. MAX_ORDER was one more up to 6.3. */
#ifndef MAX_PAGE_ORDER
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 4, 0)
#define MAX_PAGE_ORDER (MAX_ORDER - 1)
#else
#define MAX_PAGE_ORDER MAX_ORDER
#endif
#endif

/* Since 6.2 a class's devnode operation may not change the device. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
#define DEVNODE_CONST
#else
#define DEVNODE_CONST const
#endif

/* Since 6.4 a class does not name its module. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 4, 0)
#undef class_create
#define class_create(name)                                     \
	({                                                     \
		static struct lock_class_key __key;            \
		__class_create(THIS_MODULE, name, &__key);     \
	})
#endif

#endif
