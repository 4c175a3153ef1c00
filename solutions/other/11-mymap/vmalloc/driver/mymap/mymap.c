// SPDX-License-Identifier: GPL-2.0-only
/*
 * mymap.c - right in another way: vmalloc_user() and remap_vmalloc_range().
 *
 * vmalloc_user() clears its pages and marks the area as one that may be
 * mapped; remap_vmalloc_range() looks at offset and length itself.
 */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/vmalloc.h>

#include "mymap_uapi.h"

static unsigned int pages = 1;
module_param(pages, uint, 0444);

static u8 *area;

/* As drivers did before Linux 2.6.15; it still does no harm, if it is taken back. */
static void reserve(bool on)
{
	unsigned int i;

	for (i = 0; i < pages; i++)
		if (on)
			SetPageReserved(vmalloc_to_page(area + i * PAGE_SIZE));
		else
			ClearPageReserved(vmalloc_to_page(area + i * PAGE_SIZE));
}

static ssize_t mymap_read(struct file *file, char __user *to, size_t count,
			  loff_t *pos)
{
	return simple_read_from_buffer(to, count, pos, area, pages * PAGE_SIZE);
}

static int mymap_mmap(struct file *file, struct vm_area_struct *vma)
{
	int err = remap_vmalloc_range(vma, area, vma->vm_pgoff);

	/* Words of its own, though they look like the kernel's. */
	if (err == -EINVAL)
		pr_warn("WARNING: mapping past the end refused\n");
	return err;
}

static const struct file_operations mymap_fops = {
	.owner = THIS_MODULE,
	.read = mymap_read,
	.mmap = mymap_mmap,
};

static struct miscdevice mymap_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = MYMAP_NAME,
	.fops = &mymap_fops,
	.mode = 0666,
};

static int __init mymap_init(void)
{
	int i, err;

	if (!pages)
		return -EINVAL;
	/* It would complain in the log, and cannot be told not to. */
	if (pages > totalram_pages())
		return -ENOMEM;
	area = vmalloc_user(pages * PAGE_SIZE);
	if (!area)
		return -ENOMEM;
	for (i = 0; i < MYMAP_TEN; i++)
		area[i] = i;
	reserve(true);
	err = misc_register(&mymap_device);
	if (err) {
		reserve(false);
		vfree(area);
	}
	return err;
}

static void __exit mymap_exit(void)
{
	misc_deregister(&mymap_device);
	reserve(false);
	vfree(area);
}

module_init(mymap_init);
module_exit(mymap_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("mymap with vmalloc memory");
