// SPDX-License-Identifier: GPL-2.0-only
/*
 * mymap.c - hardened in another way: each page is entered when it is touched.
 *
 * mmap(2) checks, and counts the VMA; the fault handler gives the pages. The
 * buffer cannot be exchanged while there is a VMA, so the handler needs no lock.
 */
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/rwsem.h>
#include <linux/spinlock.h>

#include "compat.h"
#include "mymap_uapi.h"

static unsigned int pages = 1;
module_param(pages, uint, 0444);
static bool readonly;
module_param(readonly, bool, 0444);

static DEFINE_SPINLOCK(lock);
static DECLARE_RWSEM(copying);
static u8 *memory;
static unsigned long memory_pages;
static unsigned long vmas;

static u8 *make_memory(unsigned long n)
{
	u8 *fresh;
	int i;

	if (n > SIZE_MAX / PAGE_SIZE)
		return NULL;
	fresh = alloc_pages_exact(n * PAGE_SIZE,
				  GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN);
	for (i = 0; fresh && i < MYMAP_TEN; i++)
		fresh[i] = i;
	return fresh;
}

static vm_fault_t mymap_fault(struct vm_fault *vmf)
{
	if (vmf->pgoff >= memory_pages)
		return VM_FAULT_SIGBUS;
	vmf->page = virt_to_page(memory + vmf->pgoff * PAGE_SIZE);
	get_page(vmf->page);
	return 0;
}

static void mymap_vma_open(struct vm_area_struct *vma)
{
	spin_lock(&lock);
	vmas++;
	spin_unlock(&lock);
}

static void mymap_vma_close(struct vm_area_struct *vma)
{
	spin_lock(&lock);
	vmas--;
	spin_unlock(&lock);
}

static const struct vm_operations_struct mymap_vm_ops = {
	.open = mymap_vma_open,
	.close = mymap_vma_close,
	.fault = mymap_fault,
};

static int mymap_mmap(struct file *file, struct vm_area_struct *vma)
{
	int err = -EINVAL;

	if (vma->vm_flags & VM_EXEC)
		return -EACCES;
	if (readonly && vma->vm_flags & VM_WRITE)
		return -EACCES;
	if (!(vma->vm_flags & VM_MAYSHARE))
		return -EINVAL;
	spin_lock(&lock);
	if (vma->vm_pgoff < memory_pages &&
	    vma_pages(vma) <= memory_pages - vma->vm_pgoff) {
		vmas++;
		err = 0;
	}
	spin_unlock(&lock);
	if (err)
		return err;
	/* No mremap(2) to more than was asked for here. */
	vm_flags_set(vma, VM_DONTEXPAND | VM_DONTDUMP);
	vm_flags_clear(vma, VM_MAYEXEC);
	if (readonly)
		vm_flags_clear(vma, VM_MAYWRITE);
	vma->vm_ops = &mymap_vm_ops;
	return 0;
}

static ssize_t mymap_read(struct file *file, char __user *to, size_t count,
			  loff_t *pos)
{
	ssize_t n;

	down_read(&copying);
	n = simple_read_from_buffer(to, count, pos, memory,
				    memory_pages * PAGE_SIZE);
	up_read(&copying);
	return n;
}

static long resize(unsigned long n)
{
	u8 *other = make_memory(n);
	bool busy;

	if (!other)
		return -ENOMEM;
	down_write(&copying);
	spin_lock(&lock);
	busy = vmas > 0;
	if (!busy) {
		swap(memory, other);
		swap(memory_pages, n);
	}
	spin_unlock(&lock);
	up_write(&copying);
	free_pages_exact(other, n * PAGE_SIZE);
	return busy ? -EBUSY : 0;
}

static long mymap_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	if (cmd != MYMAP_RESIZE)
		return -ENOTTY;
	if (!arg)
		return -EINVAL;
	if (!(file->f_mode & FMODE_WRITE))
		return -EBADF;
	return readonly ? -EACCES : resize(arg);
}

static const struct file_operations mymap_fops = {
	.owner = THIS_MODULE,
	.read = mymap_read,
	.mmap = mymap_mmap,
	.unlocked_ioctl = mymap_ioctl,
};

static struct miscdevice mymap_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = MYMAP_NAME,
	.fops = &mymap_fops,
	.mode = 0666,
};

static int __init mymap_init(void)
{
	int err;

	if (!pages)
		return -EINVAL;
	memory_pages = pages;
	memory = make_memory(pages);
	if (!memory)
		return -ENOMEM;
	err = misc_register(&mymap_device);
	if (err)
		free_pages_exact(memory, memory_pages * PAGE_SIZE);
	return err;
}

static void __exit mymap_exit(void)
{
	misc_deregister(&mymap_device);
	free_pages_exact(memory, memory_pages * PAGE_SIZE);
}

module_init(mymap_init);
module_exit(mymap_exit);
MODULE_LICENSE("GPL");
