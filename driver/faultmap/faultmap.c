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

/* Keep the buffer, the counts and what protects them here. */

static ssize_t faultmap_read(struct file *file, char __user *to, size_t count,
			     loff_t *pos)
{
	/*
	 * TODO (read_and_mappings_agree, copy_into_own_mapping_ends): copy from
	 * the buffer as it is now, from *pos on; see README task 3.
	 */
	return -ENOSYS;
}

static vm_fault_t faultmap_fault(struct vm_fault *vmf)
{
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
}

static void faultmap_vma_open(struct vm_area_struct *vma)
{
	/*
	 * TODO (counts_follow_each_mapping): another mapping has come to be; see
	 * README task 5.
	 */
}

static void faultmap_vma_close(struct vm_area_struct *vma)
{
	/*
	 * TODO (counts_follow_each_mapping): a mapping ends; see README task 5.
	 */
}

static const struct vm_operations_struct faultmap_vm_ops = {
	.open = faultmap_vma_open,
	.close = faultmap_vma_close,
	.fault = faultmap_fault,
};

static int faultmap_mmap(struct file *file, struct vm_area_struct *vma)
{
	/*
	 * TODO (pages_come_when_touched, counts_follow_each_mapping,
	 * mapping_cannot_grow, private_is_harmless): enter no page here; tell the
	 * kernel what to call; see README tasks 2, 5 and 6.
	 */
	return -ENOSYS;
}


static long faultmap_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
	/*
	 * TODO (counts_follow_each_mapping): FAULTMAP_GET_COUNTS; see README
	 * task 5.
	 */
	/*
	 * TODO (revoke_reaches_every_process, revoke_waits_for_faults):
	 * FAULTMAP_REVOKE; see README task 7.
	 */
	default:
		return -ENOTTY;
	}
}

static const struct file_operations faultmap_fops = {
	/*
	 * TODO (unload_waits_for_mappings): name the module that these functions
	 * belong to; see README task 8.
	 */
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
	/*
	 * TODO (loads, read_and_mappings_agree): make the buffer, number its
	 * pages, register the device; see README task 1.
	 */
	return -ENOSYS;
}

static void __exit faultmap_exit(void)
{
	misc_deregister(&faultmap_misc);
	/*
	 * TODO (unload_waits_for_mappings): give the buffer back, if REVOKE has
	 * not done so; see README task 8.
	 */
}

module_init(faultmap_init);
module_exit(faultmap_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("fills page tables on demand");
