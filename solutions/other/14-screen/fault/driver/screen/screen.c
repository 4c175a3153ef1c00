// SPDX-License-Identifier: GPL-2.0-only
/*
 * screen.c - a pretend display whose pages are entered when they are touched.
 */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include "compat.h"
#include "screen_uapi.h"

static unsigned int width = 640, height = 480, stride, lines;
module_param(width, uint, 0444);
module_param(height, uint, 0444);
module_param(stride, uint, 0444);
module_param(lines, uint, 0444);

static struct screen_geometry *g;
static void *memory;

/* A line at a time, through a copy that cannot fault halfway. */
static ssize_t screen_read(struct file *file, char __user *to, size_t n, loff_t *pos)
{
	u64 row = (u64)g->width * SCREEN_PIXEL, line = *pos / row, in_line = *pos % row;
	char *copy;

	if (*pos < 0)
		return -EINVAL;
	if (line >= g->height)
		return 0;
	n = min_t(u64, n, row - in_line);
	copy = kvmalloc(row, GFP_KERNEL);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, memory + (READ_ONCE(g->top) + line) * g->stride, row);
	if (copy_to_user(to, copy + in_line, n)) {
		kvfree(copy);
		return -EFAULT;
	}
	kvfree(copy);
	*pos += n;
	return n;
}

static long screen_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	void __user *p = (void __user *)arg;
	u32 line;

	if (cmd == SCREEN_GEOMETRY && copy_to_user(p, g, sizeof(*g)))
		return -EFAULT;
	if (cmd == SCREEN_GEOMETRY)
		return 0;
	if (cmd != SCREEN_PAN)
		return -ENOTTY;
	if (copy_from_user(&line, p, sizeof(line)))
		return -EFAULT;
	if (line > g->lines - g->height)
		return -EINVAL;
	WRITE_ONCE(g->top, line);
	return 0;
}

static vm_fault_t screen_fault(struct vm_fault *vmf)
{
	u64 at = (u64)vmf->pgoff << PAGE_SHIFT;

	if (at >= g->size)
		return VM_FAULT_SIGBUS;
	vmf->page = vmalloc_to_page(memory + at);
	/* The page table's own reference; it is given back at munmap(2). */
	get_page(vmf->page);
	return 0;
}

static const struct vm_operations_struct vm_ops = {
	.fault = screen_fault,
};

static int screen_mmap(struct file *file, struct vm_area_struct *vma)
{
	u64 pages = g->size >> PAGE_SHIFT;

	if (vma_pages(vma) > pages || vma->vm_pgoff > pages - vma_pages(vma))
		return -EINVAL;
	vm_flags_set(vma, VM_DONTEXPAND);
	vma->vm_ops = &vm_ops;
	return 0;
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
	u64 row = (u64)width * 4, step = stride ? stride : row, all = lines ? lines : 2ULL * height;
	int err = -ENOMEM;

	if (!row || !height || step < row || step % 4 || all < height || step > U32_MAX ||
	    all > U32_MAX)
		return -EINVAL;
	g = kzalloc(sizeof(*g), GFP_KERNEL);
	if (!g)
		return -ENOMEM;
	*g = (struct screen_geometry){ width, height, step, all, SCREEN_BITS, 0,
				       PAGE_ALIGN(step * all) };
	memory = g->size >> PAGE_SHIFT > totalram_pages() ? NULL : vzalloc(g->size);
	if (memory)
		err = misc_register(&misc);
	if (err) {
		vfree(memory);
		kfree(g);
	}
	return err;
}

static void __exit screen_exit(void)
{
	misc_deregister(&misc);
	vfree(memory);
	kfree(g);
}

module_init(screen_init);
module_exit(screen_exit);
MODULE_LICENSE("GPL");
