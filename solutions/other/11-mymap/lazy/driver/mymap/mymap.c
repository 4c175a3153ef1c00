// SPDX-License-Identifier: GPL-2.0-only
/*
 * mymap.c - right in another way: each page is entered when it is touched.
 *
 * mmap(2) only says who will answer the page faults. The kernel copies the
 * pages of a private mapping by itself, as it does with those of a file.
 */
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>

#include "compat.h"
#include "mymap_uapi.h"

static unsigned int pages = 1;
module_param(pages, uint, 0444);

static u8 *memory;
static size_t memory_size;

static vm_fault_t mymap_fault(struct vm_fault *vmf)
{
	if (vmf->pgoff >= pages)
		return VM_FAULT_SIGBUS;
	vmf->page = virt_to_page(memory + (vmf->pgoff << PAGE_SHIFT));
	get_page(vmf->page);
	return 0;
}

static const struct vm_operations_struct mymap_vm_ops = {
	.fault = mymap_fault,
};

static int mymap_mmap(struct file *file, struct vm_area_struct *vma)
{
	if (vma->vm_pgoff >= pages || vma_pages(vma) > pages - vma->vm_pgoff)
		return -EINVAL;
	/* No mremap(2) to more than was asked for here. */
	vm_flags_set(vma, VM_DONTEXPAND | VM_DONTDUMP);
	vma->vm_ops = &mymap_vm_ops;
	return 0;
}

static ssize_t mymap_read(struct file *file, char __user *to, size_t count,
			  loff_t *pos)
{
	return simple_read_from_buffer(to, count, pos, memory, memory_size);
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
	memory_size = (size_t)pages << PAGE_SHIFT;
	/* Pages one by one, so that each has a count of its own. */
	memory = alloc_pages_exact(memory_size,
				   GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN);
	if (!memory)
		return -ENOMEM;
	for (i = 0; i < MYMAP_TEN; i++)
		memory[i] = i;
	err = misc_register(&mymap_device);
	if (err)
		free_pages_exact(memory, memory_size);
	return err;
}

static void __exit mymap_exit(void)
{
	misc_deregister(&mymap_device);
	free_pages_exact(memory, memory_size);
}

module_init(mymap_init);
module_exit(mymap_exit);
MODULE_LICENSE("GPL");
