// SPDX-License-Identifier: GPL-2.0-only
/*
 * raisable.c - a careless driver: its read-only mappings can be made writable.
 * Given, and wrong on purpose; lab 15 shows what that costs.
 *
 * It has the device and the parameters of mymap, and keeps the rest of the
 * contract in driver/README.md.
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

static unsigned char *buffer;
static size_t buffer_size;

static ssize_t raisable_read(struct file *file, char __user *to, size_t count, loff_t *pos)
{
	return simple_read_from_buffer(to, count, pos, buffer, buffer_size);
}

static int raisable_permit(struct vm_area_struct *vma)
{
	if (!(vma->vm_flags & VM_MAYSHARE))
		return -EINVAL;
	if (vma->vm_flags & VM_EXEC)
		return -EACCES;
	vm_flags_clear(vma, VM_MAYEXEC);
	/*
	 * THE BUG: this refuses what is asked for now, and says nothing about
	 * what the mapping may become. VM_MAYWRITE stays set if the descriptor is
	 * open for writing, and mprotect(2) asks for nothing else.
	 */
	if (readonly && vma->vm_flags & VM_WRITE)
		return -EACCES;
	return 0;
}

static int raisable_mmap(struct file *file, struct vm_area_struct *vma)
{
	unsigned long have = buffer_size >> PAGE_SHIFT;
	int err = raisable_permit(vma);

	if (err)
		return err;
	/* As it must be: within the buffer, in pages, by subtraction. */
	if (vma->vm_pgoff > have || vma_pages(vma) > have - vma->vm_pgoff)
		return -EINVAL;
	return remap_pfn_range(vma, vma->vm_start,
			       PHYS_PFN(virt_to_phys(buffer)) + vma->vm_pgoff,
			       vma->vm_end - vma->vm_start, vma->vm_page_prot);
}

static const struct file_operations raisable_fops = {
	.owner = THIS_MODULE,
	.read = raisable_read,
	.mmap = raisable_mmap,
};

static struct miscdevice raisable_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = MYMAP_NAME,
	.fops = &raisable_fops,
	.mode = 0666,
};

static int __init raisable_init(void)
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
	err = misc_register(&raisable_misc);
	if (err)
		free_pages_exact(buffer, buffer_size);
	return err;
}

static void __exit raisable_exit(void)
{
	misc_deregister(&raisable_misc);
	free_pages_exact(buffer, buffer_size);
}

module_init(raisable_init);
module_exit(raisable_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("a careless mymap: mprotect makes its mappings writable");
