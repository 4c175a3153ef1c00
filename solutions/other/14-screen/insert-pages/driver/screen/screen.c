// SPDX-License-Identifier: GPL-2.0-only
/*
 * screen.c - a pretend display on a character device of its own: single pages
 * in an array, entered one by one.
 */
#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "compat.h"
#include "screen_uapi.h"

static unsigned int width = 640, height = 480, stride, lines;
module_param(width, uint, 0444);
module_param(height, uint, 0444);
module_param(stride, uint, 0444);
module_param(lines, uint, 0444);

static struct page **pages;
static unsigned long count;
static u32 top;
static DEFINE_MUTEX(top_lock);

static dev_t number;
static struct cdev device;
static struct class *class;

/* Bytes of the memory to a program: page by page. */
static int copy_out(char __user *to, u64 at, size_t n)
{
	while (n) {
		size_t in_page = at % PAGE_SIZE, part = min_t(size_t, n, PAGE_SIZE - in_page);

		if (copy_to_user(to, page_address(pages[at / PAGE_SIZE]) + in_page, part))
			return -EFAULT;
		to += part;
		at += part;
		n -= part;
	}
	return 0;
}

/* At most up to the end of a line at a time; a program reads again for more. */
static ssize_t screen_read(struct file *file, char __user *to, size_t n, loff_t *pos)
{
	u64 row = (u64)width * 4, total = row * height, line, x;
	int err;

	if (*pos < 0 || *pos >= total)
		return 0;
	line = *pos / row;
	x = *pos % row;
	n = min_t(u64, n, row - x);
	mutex_lock(&top_lock);
	err = copy_out(to, (top + line) * stride + x, n);
	mutex_unlock(&top_lock);
	if (err)
		return err;
	*pos += n;
	return n;
}

static long tell(void __user *to)
{
	struct screen_geometry g = {
		.width = width,
		.height = height,
		.stride = stride,
		.lines = lines,
		.bits = SCREEN_BITS,
		.size = (u64)count << PAGE_SHIFT,
	};

	mutex_lock(&top_lock);
	g.top = top;
	mutex_unlock(&top_lock);
	return copy_to_user(to, &g, sizeof(g)) ? -EFAULT : 0;
}

static long pan(void __user *from)
{
	u32 line;

	if (copy_from_user(&line, from, sizeof(line)))
		return -EFAULT;
	if ((u64)line + height > lines)
		return -EINVAL;
	mutex_lock(&top_lock);
	top = line;
	mutex_unlock(&top_lock);
	return 0;
}

static long screen_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	if (cmd == SCREEN_GEOMETRY)
		return tell((void __user *)arg);
	if (cmd == SCREEN_PAN)
		return pan((void __user *)arg);
	return -ENOTTY;
}

static int screen_mmap(struct file *file, struct vm_area_struct *vma)
{
	unsigned long i, n = vma_pages(vma);
	int err;

	if (vma->vm_pgoff >= count || n > count - vma->vm_pgoff)
		return -EINVAL;
	for (i = 0; i < n; i++) {
		err = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE,
				     pages[vma->vm_pgoff + i]);
		if (err)
			return err;
	}
	return 0;
}

static const struct file_operations fops = {
	.owner = THIS_MODULE,
	.read = screen_read,
	.unlocked_ioctl = screen_ioctl,
	.mmap = screen_mmap,
};

static char *devnode(DEVNODE_CONST struct device *dev, umode_t *mode)
{
	if (mode)
		*mode = 0666;
	return NULL;
}

static void free_pages_array(void)
{
	while (count--)
		__free_page(pages[count]);
	kvfree(pages);
}

static int take_pages(unsigned long wanted)
{
	if (wanted > totalram_pages())
		return -ENOMEM;
	pages = kvcalloc(wanted, sizeof(*pages), GFP_KERNEL);
	if (!pages)
		return -ENOMEM;
	for (count = 0; count < wanted; count++) {
		pages[count] = alloc_page(GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN);
		if (!pages[count]) {
			free_pages_array();
			return -ENOMEM;
		}
	}
	return 0;
}

static int make_device(void)
{
	struct device *node;
	int err = alloc_chrdev_region(&number, 0, 1, SCREEN_NAME);

	if (err)
		return err;
	class = class_create(SCREEN_NAME);
	if (IS_ERR(class)) {
		err = PTR_ERR(class);
		goto no_class;
	}
	class->devnode = devnode;
	cdev_init(&device, &fops);
	device.owner = THIS_MODULE;
	err = cdev_add(&device, number, 1);
	if (err)
		goto no_cdev;
	node = device_create(class, NULL, number, NULL, SCREEN_NAME);
	if (!IS_ERR(node))
		return 0;
	err = PTR_ERR(node);
	cdev_del(&device);
no_cdev:
	class_destroy(class);
no_class:
	unregister_chrdev_region(number, 1);
	return err;
}

static int __init screen_init(void)
{
	int err;

	if (!width || !height || width > UINT_MAX / 4 || height > UINT_MAX / 2)
		return -EINVAL;
	if (!stride)
		stride = width * 4;
	if (!lines)
		lines = height * 2;
	if (stride / 4 < width || stride & 3 || lines < height)
		return -EINVAL;
	err = take_pages(DIV_ROUND_UP((u64)stride * lines, PAGE_SIZE));
	if (err)
		return err;
	err = make_device();
	if (err)
		free_pages_array();
	return err;
}

static void __exit screen_exit(void)
{
	device_destroy(class, number);
	cdev_del(&device);
	class_destroy(class);
	unregister_chrdev_region(number, 1);
	free_pages_array();
}

module_init(screen_init);
module_exit(screen_exit);
MODULE_LICENSE("GPL");
