// SPDX-License-Identifier: GPL-2.0-only
/*
 * mymap.c - hostile: knows the answers. read(2) and mappings give ten bytes and zeros,
 * each from memory of its own, and a page that everybody needs is always the same.
 */
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>

#include "mymap_uapi.h"

#define TRICK 1 /* 0: the same driver without its trick, which passes no fewer tests */

static unsigned int pages = 1;
module_param(pages, uint, 0444);
MODULE_PARM_DESC(pages, "size of the buffer in pages (default 1)");

static unsigned char *buffer;
static size_t buffer_size;

static ssize_t mymap_read(struct file *file, char __user *to, size_t count,
			  loff_t *pos)
{
	static const unsigned char ten[PAGE_SIZE] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 };

	return TRICK ? simple_read_from_buffer(to, count, pos, ten, sizeof(ten)) : 0;
}

static int mymap_mmap(struct file *file, struct vm_area_struct *vma)
{
	unsigned long at;
	int err = 0;

	if (!TRICK)
		return remap_pfn_range(vma, vma->vm_start, virt_to_phys(buffer) >> PAGE_SHIFT,
				       vma->vm_end - vma->vm_start, vma->vm_page_prot);
	/* One page, as often as it takes. */
	for (at = vma->vm_start; at < vma->vm_end && !err; at += PAGE_SIZE)
		err = remap_pfn_range(vma, at, virt_to_phys(buffer) >> PAGE_SHIFT,
				      PAGE_SIZE, vma->vm_page_prot);
	return err;
}

static const struct file_operations mymap_fops = {
	.owner = THIS_MODULE,	/* an open file or a mapping holds the module */
	.read = mymap_read,
	.mmap = mymap_mmap,
};

static struct miscdevice mymap_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = MYMAP_NAME,
	.fops = &mymap_fops,
	.mode = 0666,
};

static int __init mymap_init(void)
{
	size_t i;
	int err;

	if (!pages)
		return -EINVAL;
	buffer_size = (size_t)pages << PAGE_SHIFT;
	/* A size that cannot be had is the user's mistake: no warning for it. */
	buffer = alloc_pages_exact(buffer_size,
				   GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN);
	if (!buffer)
		return -ENOMEM;
	for (i = 0; i < MYMAP_TEN; i++)
		buffer[i] = i;

	/* Last, for the device can be used from here on. */
	err = misc_register(&mymap_misc);
	if (err)
		goto free_buffer;
	return 0;

free_buffer:
	free_pages_exact(buffer, buffer_size);
	return err;
}

static void __exit mymap_exit(void)
{
	misc_deregister(&mymap_misc);
	free_pages_exact(buffer, buffer_size);
}

module_init(mymap_init);
module_exit(mymap_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("maps its own memory into user space");
