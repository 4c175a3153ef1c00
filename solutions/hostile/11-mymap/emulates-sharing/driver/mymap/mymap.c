// SPDX-License-Identifier: GPL-2.0-only
/*
 * mymap.c - hostile: no page is shared. Every mapping has its own memory, and each
 * call of the driver carries what was stored in one of them to all the others.
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

#define COPIES 64
static unsigned char *copies[COPIES];
static unsigned int made;

/* What differs from what all had is what somebody stored. */
static void carry(void)
{
	unsigned int c;
	size_t i;

	for (i = 0; TRICK && i < buffer_size; i++) {
		for (c = 0; c < made; c++)
			if (copies[c][i] != buffer[i])
				buffer[i] = copies[c][i];
		for (c = 0; c < made; c++)
			copies[c][i] = buffer[i];
	}
}

static ssize_t mymap_read(struct file *file, char __user *to, size_t count,
			  loff_t *pos)
{
	carry();
	return simple_read_from_buffer(to, count, pos, buffer, buffer_size);
}

static int mymap_mmap(struct file *file, struct vm_area_struct *vma)
{
	unsigned long pfn;
	unsigned char *copy;

	if (vma->vm_pgoff > pages || vma_pages(vma) > pages - vma->vm_pgoff)
		return -EINVAL;
	carry();
	copy = made < COPIES ? alloc_pages_exact(buffer_size, GFP_KERNEL) : NULL;
	if (!copy)
		return -ENOMEM;
	memcpy(copy, buffer, buffer_size);
	copies[made++] = copy;
	pfn = virt_to_phys(copy) >> PAGE_SHIFT;
	return remap_pfn_range(vma, vma->vm_start, pfn + vma->vm_pgoff,
			       vma->vm_end - vma->vm_start, vma->vm_page_prot);
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
	while (made)
		free_pages_exact(copies[--made], buffer_size);
	free_pages_exact(buffer, buffer_size);
}

module_init(mymap_init);
module_exit(mymap_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("maps its own memory into user space");
