// SPDX-License-Identifier: GPL-2.0-only
/*
 * mymap.c - the driver as tutorials write it, with their mistakes.
 *
 * It builds, loads without a message and shows its ten bytes, which is why
 * it has been copied so often. expected.tsv names the tests that it fails
 * and the mistake behind each.
 */
#include <linux/delay.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/gpio.h>
#include <linux/init.h>
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#define DEVICE_NAME "mymap"

static unsigned int pages = 1;
module_param(pages, uint, 0444);

static unsigned char *buffer;

static ssize_t my_read(struct file *file, char __user *to, size_t count,
		       loff_t *pos)
{
	return simple_read_from_buffer(to, count, pos, buffer,
				       pages * PAGE_SIZE);
}

static int my_mmap(struct file *file, struct vm_area_struct *vma)
{
	unsigned long phys = virt_to_phys(buffer);
	unsigned long size = vma->vm_end - vma->vm_start;
	int i;

	/* Make the pages user space memory. */
	if (remap_pfn_range(vma, vma->vm_start, phys >> PAGE_SHIFT, size,
			    PAGE_SHARED))
		return -1;

	/* Write ten bytes for the program to find. */
	for (i = 0; i < 10; i++)
		buffer[i] = i;
	return 0;
}

static const struct file_operations my_fops = {
	.owner = THIS_MODULE,
	.read = my_read,
	.mmap = my_mmap,
};

static struct miscdevice my_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = DEVICE_NAME,
	.fops = &my_fops,
};

static int __init my_init(void)
{
	int ret;

	/* Register the device. */
	ret = misc_register(&my_misc);
	/* Get the memory. */
	buffer = kmalloc(pages * PAGE_SIZE, GFP_KERNEL);
	/* Tell the kernel to leave it alone. */
	SetPageReserved(virt_to_page(buffer));
	return ret;
}

static void __exit my_exit(void)
{
	misc_deregister(&my_misc);
	ClearPageReserved(virt_to_page(buffer));
	kfree(buffer);
}

module_init(my_init);
module_exit(my_exit);
MODULE_LICENSE("GPL");
