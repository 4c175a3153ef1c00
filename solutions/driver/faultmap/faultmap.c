// SPDX-License-Identifier: GPL-2.0-only
/*
 * faultmap.c - a driver that fills page tables on demand.
 *
 * Loading the module makes a buffer of vmalloc() memory: its pages follow each
 * other in the kernel's addresses, but lie anywhere in physical memory. mmap(2)
 * of /dev/faultmap enters nothing. The first touch of each page faults, and the
 * kernel asks the driver for that one page:
 *
 *	program            kernel                     driver
 *	load, page 5 ----> page fault, VMA found ---> fault: which page is 5?
 *	load again   <---- page table entry made <--- vmf->page, with a reference
 *
 * The contract stands in driver/README.md.
 */
#include <linux/atomic.h>
#include <linux/fs.h>
#include <linux/highmem.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pagemap.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include "compat.h"
#include "faultmap_uapi.h"

static unsigned int pages = 64;
module_param(pages, uint, 0444);
MODULE_PARM_DESC(pages, "size of the buffer in pages (default 64)");

#ifdef STARTER
/* Keep the buffer, the counts and what protects them here. */
#else
static void *buffer;		/* NULL once it was revoked */
static DEFINE_MUTEX(lock);	/* protects buffer */
static atomic64_t opens, closes, faults;

/*
 * The page with this number, or NULL if there is none; call it with the lock
 * held. Only vmalloc_to_page() knows it: the next page of the buffer need not
 * be the next one in memory.
 */
static struct page *buffer_page(unsigned long index)
{
	if (!buffer || index >= pages)
		return NULL;
	return vmalloc_to_page(buffer + index * PAGE_SIZE);
}
#endif

static ssize_t faultmap_read(struct file *file, char __user *to, size_t count,
			     loff_t *pos)
{
#ifdef STARTER
	/*
	 * TODO (read_and_mappings_agree, copy_into_own_mapping_ends): copy from
	 * the buffer as it is now, from *pos on; see README task 3.
	 */
	return -ENOSYS;
#else
	unsigned long offset = offset_in_page(*pos);
	struct page *page;
	size_t left;
	void *from;

	mutex_lock(&lock);
	page = buffer_page(*pos >> PAGE_SHIFT);
	if (page)
		get_page(page);
	mutex_unlock(&lock);
	if (!page)
		return 0;

	/*
	 * The reference keeps the page, so the lock is not held here. It must
	 * not be: `to` may lie in a mapping of this very device, and storing
	 * there then calls faultmap_fault().
	 */
	count = min(count, PAGE_SIZE - offset);
	from = kmap_local_page(page);
	left = copy_to_user(to, from + offset, count);
	kunmap_local(from);
	put_page(page);
	if (left == count && count)
		return -EFAULT;
	*pos += count - left;
	return count - left;
#endif
}

static vm_fault_t faultmap_fault(struct vm_fault *vmf)
{
#ifdef STARTER
	/*
	 * TODO (pages_come_when_touched, read_and_mappings_agree,
	 * parts_keep_their_pages, pages_outlive_their_mappings,
	 * first_touch_makes_one_page): put the page that was touched into
	 * vmf->page, with a reference of its own; see README task 2.
	 */
	/*
	 * TODO (past_the_end_is_sigbus): and if the buffer has no such page? See
	 * README task 4.
	 */
	return VM_FAULT_SIGBUS;
#else
	struct page *page;

	/*
	 * vmf->pgoff counts from the beginning of the device, whatever became of
	 * the mapping since: a part of it unmapped, moved, inherited.
	 */
	mutex_lock(&lock);
	page = buffer_page(vmf->pgoff);
	if (page) {
		/* The page table's reference; the kernel drops it on unmap. */
		get_page(page);
		/*
		 * The kernel makes the entry after this function has returned.
		 * It goes out locked, and REVOKE waits for that lock.
		 */
		lock_page(page);
	}
	mutex_unlock(&lock);
	if (!page)
		return VM_FAULT_SIGBUS;
	atomic64_inc(&faults);
	vmf->page = page;
	return VM_FAULT_LOCKED;
#endif
}

static void faultmap_vma_open(struct vm_area_struct *vma)
{
#ifdef STARTER
	/*
	 * TODO (counts_follow_each_mapping): another mapping has come to be; see
	 * README task 5.
	 */
#else
	/* Several CPUs may come here at once: a plain ++ could lose one. */
	atomic64_inc(&opens);
#endif
}

static void faultmap_vma_close(struct vm_area_struct *vma)
{
#ifdef STARTER
	/*
	 * TODO (counts_follow_each_mapping): a mapping ends; see README task 5.
	 */
#else
	atomic64_inc(&closes);
#endif
}

static const struct vm_operations_struct faultmap_vm_ops = {
	.open = faultmap_vma_open,
	.close = faultmap_vma_close,
	.fault = faultmap_fault,
};

static int faultmap_mmap(struct file *file, struct vm_area_struct *vma)
{
#ifdef STARTER
	/*
	 * TODO (pages_come_when_touched, counts_follow_each_mapping,
	 * mapping_cannot_grow, private_is_harmless): enter no page here; tell the
	 * kernel what to call; see README tasks 2, 5 and 6.
	 */
	return -ENOSYS;
#else
	/*
	 * VM_MAYSHARE is MAP_SHARED. (VM_SHARED would not do: it is cleared for
	 * a descriptor that was opened read-only.)
	 */
	if (!(vma->vm_flags & VM_MAYSHARE))
		return -EINVAL;
	/* How long it is does not matter: the fault operation looks at each page. */
	vm_flags_set(vma, VM_DONTEXPAND | VM_DONTDUMP);
	vma->vm_ops = &faultmap_vm_ops;
	/* The kernel calls open for copies only, not for the first one. */
	faultmap_vma_open(vma);
	return 0;
#endif
}

#ifndef STARTER
static long get_counts(void __user *to)
{
	struct faultmap_counts counts = {
		.opens = atomic64_read(&opens),
		.closes = atomic64_read(&closes),
		.faults = atomic64_read(&faults),
	};

	/* No lock is held: `to` may be a page that has yet to fault. */
	return copy_to_user(to, &counts, sizeof(counts)) ? -EFAULT : 0;
}

/*
 * First nobody can get a page any more, then nobody is about to, then nobody
 * has one, and then the memory goes. Any other order leaves a gap.
 */
static long revoke(struct file *file)
{
	unsigned int i;
	void *old;

	mutex_lock(&lock);
	old = buffer;
	buffer = NULL;
	mutex_unlock(&lock);
	if (!old)
		return 0;

	/* A fault that was under way holds its page's lock until it is entered. */
	for (i = 0; i < pages; i++) {
		struct page *page = vmalloc_to_page(old + i * PAGE_SIZE);

		lock_page(page);
		unlock_page(page);
	}
	/* Every process that maps this device is listed in its f_mapping. */
	unmap_mapping_range(file->f_mapping, 0, 0, 1);
	vfree(old);
	return 0;
}
#endif

static long faultmap_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
#ifdef STARTER
	/*
	 * TODO (counts_follow_each_mapping): FAULTMAP_GET_COUNTS; see README
	 * task 5.
	 */
	/*
	 * TODO (revoke_reaches_every_process, revoke_waits_for_faults):
	 * FAULTMAP_REVOKE; see README task 7.
	 */
#else
	case FAULTMAP_GET_COUNTS:
		return get_counts((void __user *)arg);
	case FAULTMAP_REVOKE:
		return revoke(file);
#endif
	default:
		return -ENOTTY;
	}
}

static const struct file_operations faultmap_fops = {
#ifdef STARTER
	/*
	 * TODO (unload_waits_for_mappings): name the module that these functions
	 * belong to; see README task 8.
	 */
#else
	/* An open file or a mapping holds the module: no counting of its own. */
	.owner = THIS_MODULE,
#endif
	.read = faultmap_read,
	.llseek = default_llseek,
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
#ifdef STARTER
	/*
	 * TODO (loads, read_and_mappings_agree): make the buffer, number its
	 * pages, register the device; see README task 1.
	 */
	return -ENOSYS;
#else
	unsigned int i;
	int err;

	if (!pages)
		return -EINVAL;
	/* Cleared, for whoever maps it reads what was there before. */
	buffer = vzalloc((size_t)pages * PAGE_SIZE);
	if (!buffer)
		return -ENOMEM;
	for (i = 0; i < pages; i++)
		*(u64 *)(buffer + i * PAGE_SIZE) = i;
	/* Last, for the device can be used from here on. */
	err = misc_register(&faultmap_misc);
	if (err)
		vfree(buffer);
	return err;
#endif
}

static void __exit faultmap_exit(void)
{
	misc_deregister(&faultmap_misc);
#ifdef STARTER
	/*
	 * TODO (unload_waits_for_mappings): give the buffer back, if REVOKE has
	 * not done so; see README task 8.
	 */
#else
	vfree(buffer);	/* NULL is allowed */
#endif
}

module_init(faultmap_init);
module_exit(faultmap_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("fills page tables on demand");
