// SPDX-License-Identifier: GPL-2.0-only
/*
 * unbounded.c - a careless driver: what it maps has no bounds. Given, and
 * wrong on purpose; lab 15 shows what that costs.
 *
 * It has the device and the parameters of mymap, and keeps the rest of the
 * contract in driver/README.md. Never load it outside a machine that is thrown
 * away afterwards.
 */
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>

#include "compat.h"
#include "mymap_uapi.h"

static unsigned int pages = 1;
module_param(pages, uint, 0444);
MODULE_PARM_DESC(pages, "size of the buffer in pages (default 1)");

static bool readonly;
module_param(readonly, bool, 0444);
MODULE_PARM_DESC(readonly, "mappings are for reading only (default no)");

/* For the tests of lab 15, which run as root. An attacker is not told. */
static unsigned long frame;
module_param(frame, ulong, 0400);
MODULE_PARM_DESC(frame, "the buffer's first page frame; set by the driver");

static unsigned char *buffer;
static size_t buffer_size;

static ssize_t unbounded_read(struct file *file, char __user *to, size_t count, loff_t *pos)
{
	return simple_read_from_buffer(to, count, pos, buffer, buffer_size);
}

/* As it must be: type and protections, also against mprotect(2). */
static int unbounded_permit(struct vm_area_struct *vma)
{
	if (!(vma->vm_flags & VM_MAYSHARE))
		return -EINVAL;
	if (vma->vm_flags & VM_EXEC)
		return -EACCES;
	vm_flags_clear(vma, VM_MAYEXEC);
	if (!readonly)
		return 0;
	if (vma->vm_flags & VM_WRITE)
		return -EACCES;
	vm_flags_clear(vma, VM_MAYWRITE);
	return 0;
}

static int unbounded_mmap(struct file *file, struct vm_area_struct *vma)
{
	unsigned long length = vma->vm_end - vma->vm_start;
	phys_addr_t first = virt_to_phys(buffer) + ((phys_addr_t)vma->vm_pgoff << PAGE_SHIFT);
	phys_addr_t last = first + length - 1;
	int err = unbounded_permit(vma);

	if (err)
		return err;
	/*
	 * THE BUG: nothing compares offset and length with buffer_size. Whatever
	 * frames a program names, counted from the buffer's first, it gets. The sum
	 * above may also wrap: an offset just below 2^64 is a negative one, and
	 * names what lies before the buffer.
	 */

	/*
	 * This is no bound, though it looks like one: it asks whether the machine
	 * has such memory at all, not whose it is.
	 */
	if (last < first || !pfn_valid(PHYS_PFN(first)) || !pfn_valid(PHYS_PFN(last)))
		return -EINVAL;
	return remap_pfn_range(vma, vma->vm_start, PHYS_PFN(first), length, vma->vm_page_prot);
}

static const struct file_operations unbounded_fops = {
	.owner = THIS_MODULE,
	.read = unbounded_read,
	.mmap = unbounded_mmap,
};

static struct miscdevice unbounded_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = MYMAP_NAME,
	.fops = &unbounded_fops,
	.mode = 0666,
};

static int __init unbounded_init(void)
{
	int err, i;

	if (!pages)
		return -EINVAL;
	buffer_size = (size_t)pages << PAGE_SHIFT;
	buffer = alloc_pages_exact(buffer_size, GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN);
	if (!buffer)
		return -ENOMEM;
	for (i = 0; i < MYMAP_TEN; i++)
		buffer[i] = i;
	frame = PHYS_PFN(virt_to_phys(buffer));
	err = misc_register(&unbounded_misc);
	if (err)
		free_pages_exact(buffer, buffer_size);
	return err;
}

static void __exit unbounded_exit(void)
{
	misc_deregister(&unbounded_misc);
	free_pages_exact(buffer, buffer_size);
}

module_init(unbounded_init);
module_exit(unbounded_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("a careless mymap: maps what lies outside its buffer");
