// SPDX-License-Identifier: GPL-2.0-only
/*
 * screen.c - a pretend display in one block of memory, as a card with memory of
 * its own has it: all of it entered at once by frame number.
 */
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/uaccess.h>

#include "compat.h"
#include "screen_uapi.h"

static unsigned int width = 640, height = 480, stride, lines;
module_param(width, uint, 0444);
module_param(height, uint, 0444);
module_param(stride, uint, 0444);
module_param(lines, uint, 0444);

static unsigned char *block;
static size_t size;
static atomic_t top = ATOMIC_INIT(0);

/* A position in the picture to a place in the memory. */
static size_t place(loff_t pos)
{
	u64 row = (u64)width * 4;

	return ((u32)atomic_read(&top) + pos / row) * stride + pos % row;
}

static ssize_t screen_read(struct file *file, char __user *to, size_t n, loff_t *pos)
{
	loff_t total = (loff_t)width * 4 * height, end = min_t(loff_t, total, *pos + n);
	size_t done = 0;

	/* Pixel by pixel, or what is left of one. */
	for (; *pos < end; done++, ++*pos)
		if (put_user(block[place(*pos)], to + done))
			return -EFAULT;
	return done;
}

static long screen_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct screen_geometry g = { width, height, stride, lines, 32, atomic_read(&top), size };
	u32 line;

	switch (cmd) {
	case SCREEN_GEOMETRY:
		return copy_to_user((void __user *)arg, &g, sizeof(g)) ? -EFAULT : 0;
	case SCREEN_PAN:
		if (get_user(line, (u32 __user *)arg))
			return -EFAULT;
		if (line > lines || lines - line < height)
			return -EINVAL;
		atomic_set(&top, line);
		return 0;
	default:
		return -ENOTTY;
	}
}

static int screen_mmap(struct file *file, struct vm_area_struct *vma)
{
	/* Compares offset and length with the block, and enters the frames. */
	return vm_iomap_memory(vma, virt_to_phys(block), size);
}

static const struct file_operations fops = {
	.owner = THIS_MODULE,
	.read = screen_read,
	.unlocked_ioctl = screen_ioctl,
	.mmap = screen_mmap,
};

static struct miscdevice misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = SCREEN_NAME,
	.fops = &fops,
	.mode = 0666,
};

static int __init screen_init(void)
{
	u64 wanted;
	int err;

	stride = stride ?: (width > U32_MAX / 4 ? 0 : width * 4);
	lines = lines ?: (height > U32_MAX / 2 ? 0 : height * 2);
	if (!width || !height || stride % 4 || stride / 4 < width || lines < height)
		return -EINVAL;
	wanted = PAGE_ALIGN((u64)stride * lines);
	if (wanted > PAGE_SIZE << MAX_PAGE_ORDER)
		return -ENOMEM;
	size = wanted;
	block = alloc_pages_exact(size, GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN);
	if (!block)
		return -ENOMEM;
	err = misc_register(&misc);
	if (err)
		free_pages_exact(block, size);
	return err;
}

static void __exit screen_exit(void)
{
	misc_deregister(&misc);
	free_pages_exact(block, size);
}

module_init(screen_init);
module_exit(screen_exit);
MODULE_LICENSE("GPL");
