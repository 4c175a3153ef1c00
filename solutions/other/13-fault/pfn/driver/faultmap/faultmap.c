// SPDX-License-Identifier: GPL-2.0-only
/*
 * faultmap.c - right in another way: page frame numbers without references.
 *
 * vmf_insert_pfn() enters a frame and takes no reference, so that the memory
 * must outlive every entry: REVOKE zaps all of them, under the lock that the
 * fault operation holds while it makes one, before it frees anything; and at
 * unload there are none. A frame that is nobody's page cannot be copied on a
 * store, so private mappings are refused.
 */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/rwsem.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include "compat.h"
#include "faultmap_uapi.h"

static unsigned int pages = 64;
module_param(pages, uint, 0444);

static struct faultmap {
	struct rw_semaphore lock; /* read: use memory; write: take it away */
	u8 *memory;
	size_t size; /* in bytes; 0 once revoked */
	atomic_long_t opens, closes, faults;
} dev;

static vm_fault_t faultmap_fault(struct vm_fault *vmf)
{
	vm_fault_t ret = VM_FAULT_SIGBUS;

	down_read(&dev.lock);
	if (vmf->pgoff < dev.size / PAGE_SIZE)
		ret = vmf_insert_pfn(vmf->vma, vmf->address,
				     vmalloc_to_pfn(dev.memory + vmf->pgoff * PAGE_SIZE));
	up_read(&dev.lock);
	if (ret == VM_FAULT_NOPAGE)
		atomic_long_inc(&dev.faults);
	return ret;
}

static void faultmap_open(struct vm_area_struct *vma)
{
	atomic_long_inc(&dev.opens);
}

static void faultmap_close(struct vm_area_struct *vma)
{
	atomic_long_inc(&dev.closes);
}

static const struct vm_operations_struct faultmap_vm_ops = {
	.open = faultmap_open,
	.close = faultmap_close,
	.fault = faultmap_fault,
};

static int faultmap_mmap(struct file *file, struct vm_area_struct *vma)
{
	if (!(vma->vm_flags & VM_MAYSHARE))
		return -EINVAL;
	vm_flags_set(vma, VM_PFNMAP | VM_IO | VM_DONTEXPAND | VM_DONTDUMP);
	vma->vm_ops = &faultmap_vm_ops;
	faultmap_open(vma);
	return 0;
}

/* Through a small copy: the lock must not be held while user memory faults. */
static ssize_t faultmap_read(struct file *file, char __user *to, size_t count, loff_t *pos)
{
	size_t done = 0;

	while (done < count) {
		u8 piece[256];
		size_t n = 0;

		down_read(&dev.lock);
		if (*pos < dev.size) {
			n = min3(sizeof(piece), count - done, dev.size - (size_t)*pos);
			memcpy(piece, dev.memory + *pos, n);
		}
		up_read(&dev.lock);
		if (!n)
			break;
		if (copy_to_user(to + done, piece, n))
			return done ? done : -EFAULT;
		done += n;
		*pos += n;
	}
	return done;
}

static long faultmap_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct faultmap_counts counts = {
		.opens = atomic_long_read(&dev.opens),
		.closes = atomic_long_read(&dev.closes),
		.faults = atomic_long_read(&dev.faults),
	};

	switch (cmd) {
	case FAULTMAP_GET_COUNTS:
		if (copy_to_user((void __user *)arg, &counts, sizeof(counts)))
			return -EFAULT;
		return 0;
	case FAULTMAP_REVOKE:
		down_write(&dev.lock);
		dev.size = 0;
		unmap_mapping_range(file->f_mapping, 0, 0, 1);
		vfree(dev.memory);
		dev.memory = NULL;
		up_write(&dev.lock);
		return 0;
	}
	return -ENOTTY;
}

static const struct file_operations faultmap_fops = {
	.owner = THIS_MODULE,
	.read = faultmap_read,
	.mmap = faultmap_mmap,
	.unlocked_ioctl = faultmap_ioctl,
};

static struct miscdevice faultmap_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = FAULTMAP_NAME,
	.fops = &faultmap_fops,
	.mode = 0666,
};

static int __init faultmap_init(void)
{
	size_t at;
	int err;

	if (!pages)
		return -EINVAL;
	init_rwsem(&dev.lock);
	dev.size = pages * PAGE_SIZE;
	dev.memory = vmalloc_user(dev.size);
	if (!dev.memory)
		return -ENOMEM;
	for (at = 0; at < dev.size; at += PAGE_SIZE)
		*(u64 *)(dev.memory + at) = at / PAGE_SIZE;
	err = misc_register(&faultmap_misc);
	if (err)
		vfree(dev.memory);
	return err;
}

static void __exit faultmap_exit(void)
{
	misc_deregister(&faultmap_misc);
	vfree(dev.memory);
}

module_init(faultmap_init);
module_exit(faultmap_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("faultmap with page frame numbers");
