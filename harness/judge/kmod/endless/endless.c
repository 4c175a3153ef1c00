// SPDX-License-Identifier: GPL-2.0-only
/*
 * endless.c - the kit's own module: a device that grants every mapping.
 *
 * Whatever offset and length are asked for, /dev/endless maps, and each page of
 * it is the same page of zeros. A program that looks for something in a device until
 * it is refused never ends here.
 */
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>

static struct page *zeros;

static int endless_mmap(struct file *file, struct vm_area_struct *vma)
{
	unsigned long at;
	int err = 0;

	/* The one page is nobody's to write. */
	if (vma->vm_flags & VM_WRITE)
		return -EACCES;
	for (at = vma->vm_start; at < vma->vm_end && !err; at += PAGE_SIZE)
		err = remap_pfn_range(vma, at, page_to_pfn(zeros), PAGE_SIZE, vma->vm_page_prot);
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

	zeros = alloc_page(GFP_KERNEL | __GFP_ZERO);
	if (!zeros)
		return -ENOMEM;
	err = misc_register(&endless_misc);
	if (err)
		__free_page(zeros);
	return err;
}

static void __exit endless_exit(void)
{
	misc_deregister(&endless_misc);
	__free_page(zeros);
}

module_init(endless_init);
module_exit(endless_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("grants every mapping, for tests");
