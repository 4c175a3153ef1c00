// SPDX-License-Identifier: GPL-2.0-only
/*
 * endless.c - the kit's own module: a device that grants every mapping.
 *
 * Whatever offset and length are asked for, /dev/endless maps the same few zeros
 * again and again. A program that looks for something in a device until it is
 * refused never ends here.
 */
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>

/* Many pages, for entering each one by a call of its own takes its time. */
#define ZEROS (2UL << 20)

static void *zeros;

/* In pages, how far from the device's beginning a mapping has reached, in either direction. */
static long furthest;
module_param(furthest, long, 0444);

static int endless_mmap(struct file *file, struct vm_area_struct *vma)
{
	unsigned long at, length;
	long first;
	int err = 0;

	/* They are nobody's to write. */
	if (vma->vm_flags & VM_WRITE)
		return -EACCES;
	for (at = vma->vm_start; at < vma->vm_end && !err; at += length) {
		length = min(ZEROS, vma->vm_end - at);
		err = remap_pfn_range(vma, at, PHYS_PFN(virt_to_phys(zeros)), length,
				      vma->vm_page_prot);
	}
	/* Also an offset is signed, for mmap(2) takes an off_t. */
	first = (long)(vma->vm_pgoff << PAGE_SHIFT) >> PAGE_SHIFT;
	if (!err)
		furthest = max3(furthest, -first, first + (long)vma_pages(vma));
	return err;
}

static const struct file_operations endless_fops = {
	.owner = THIS_MODULE,
	.mmap = endless_mmap,
};

static struct miscdevice endless_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "endless",
	.fops = &endless_fops,
	.mode = 0444,
};

static int __init endless_init(void)
{
	int err;

	zeros = alloc_pages_exact(ZEROS, GFP_KERNEL | __GFP_ZERO);
	if (!zeros)
		return -ENOMEM;
	err = misc_register(&endless_misc);
	if (err)
		free_pages_exact(zeros, ZEROS);
	return err;
}

static void __exit endless_exit(void)
{
	misc_deregister(&endless_misc);
	free_pages_exact(zeros, ZEROS);
}

module_init(endless_init);
module_exit(endless_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("grants every mapping, for tests");
