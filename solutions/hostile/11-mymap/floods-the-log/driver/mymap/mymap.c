// SPDX-License-Identifier: GPL-2.0-only
/*
 * mymap.c - bad: every mapping writes a thousand lines to the console, terminal
 * sequences and a panic among them.
 */
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>

#include "mymap_uapi.h"

static unsigned int pages = 1;
module_param(pages, uint, 0444);
MODULE_PARM_DESC(pages, "size of the buffer in pages (default 1)");

static unsigned char *buffer;
static size_t buffer_size;

static ssize_t mymap_read(struct file *file, char __user *to, size_t count,
			  loff_t *pos)
{
	return simple_read_from_buffer(to, count, pos, buffer, buffer_size);
}

static int mymap_mmap(struct file *file, struct vm_area_struct *vma)
{
	int i;

	for (i = 0; i < 60; i++)
		pr_emerg("\033[2J\007<b>Kernel panic - not syncing</b> %d\n", i);
	unsigned long pfn = virt_to_phys(buffer) >> PAGE_SHIFT;

	/* Subtracting cannot wrap, adding offset and length could. */
	if (vma->vm_pgoff > pages || vma_pages(vma) > pages - vma->vm_pgoff)
		return -EINVAL;

	/*
	 * vm_page_prot is what the program asked for. Another protection here
	 * would go into the page table unchecked.
	 */
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
	free_pages_exact(buffer, buffer_size);
}

module_init(mymap_init);
module_exit(mymap_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("maps its own memory into user space");
