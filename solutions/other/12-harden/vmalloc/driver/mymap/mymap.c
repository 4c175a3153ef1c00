// SPDX-License-Identifier: GPL-2.0-only
/*
 * mymap.c - hardened in another way: vmalloc_user(), remap_vmalloc_range() and
 * one atomic count.
 *
 * read(2) copies in small pieces over the stack, so that the mutex is never held
 * while the program's own memory may have to be brought.
 */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include "compat.h"
#include "mymap_uapi.h"

static unsigned int pages = 1;
module_param(pages, uint, 0444);
static bool readonly;
module_param(readonly, bool, 0444);

#define PIECE 512

static DEFINE_MUTEX(lock);
static u8 *area;
static size_t area_size;
static atomic_t vmas;

static u8 *make_area(unsigned long n)
{
	u8 *fresh;
	int i;

	/* Larger than memory is an error before the system is out of it. */
	if (n > totalram_pages() / 2)
		return NULL;
	fresh = vmalloc_user(n << PAGE_SHIFT);
	for (i = 0; fresh && i < MYMAP_TEN; i++)
		fresh[i] = i;
	return fresh;
}

static ssize_t mymap_read(struct file *file, char __user *to, size_t count,
			  loff_t *pos)
{
	u8 piece[PIECE];
	ssize_t done = 0;
	size_t n;

	while (count) {
		n = 0;
		mutex_lock(&lock);
		if (*pos < area_size) {
			n = min3(count, area_size - (size_t)*pos, sizeof(piece));
			memcpy(piece, area + *pos, n);
		}
		mutex_unlock(&lock);
		if (!n)
			break;
		if (copy_to_user(to, piece, n))
			return done ?: -EFAULT;
		to += n;
		*pos += n;
		done += n;
		count -= n;
	}
	return done;
}

static void mymap_vma_open(struct vm_area_struct *vma)
{
	atomic_inc(&vmas);
}

static void mymap_vma_close(struct vm_area_struct *vma)
{
	atomic_dec(&vmas);
}

static const struct vm_operations_struct mymap_vm_ops = {
	.open = mymap_vma_open,
	.close = mymap_vma_close,
};

static int mymap_mmap(struct file *file, struct vm_area_struct *vma)
{
	int err;

	/* Shared or not is seen by whether a store would have to be copied. */
	if ((vma->vm_flags & (VM_SHARED | VM_MAYWRITE)) == VM_MAYWRITE)
		return -EINVAL;
	if (vma->vm_flags & VM_EXEC || (readonly && vma->vm_flags & VM_WRITE))
		return -EACCES;
	vm_flags_clear(vma, readonly ? VM_MAYEXEC | VM_MAYWRITE : VM_MAYEXEC);
	mutex_lock(&lock);
	err = remap_vmalloc_range(vma, area, vma->vm_pgoff);
	if (!err) {
		vma->vm_ops = &mymap_vm_ops;
		atomic_inc(&vmas);
	}
	mutex_unlock(&lock);
	return err;
}

static int resize(unsigned long n)
{
	u8 *fresh = make_area(n), *old;

	if (!fresh)
		return -ENOMEM;
	mutex_lock(&lock);
	/*
	 * New ones come by mmap, which needs the mutex, or of one that is there:
	 * none stays none.
	 */
	if (atomic_read(&vmas)) {
		mutex_unlock(&lock);
		vfree(fresh);
		return -EBUSY;
	}
	old = area;
	area = fresh;
	area_size = n << PAGE_SHIFT;
	mutex_unlock(&lock);
	vfree(old);
	return 0;
}

static long mymap_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	if (cmd != MYMAP_RESIZE)
		return -ENOTTY;
	if (!(file->f_mode & FMODE_WRITE))
		return -EBADF;
	if (readonly)
		return -EACCES;
	return arg ? resize(arg) : -EINVAL;
}

static const struct file_operations mymap_fops = {
	.owner = THIS_MODULE,
	.read = mymap_read,
	.llseek = default_llseek,
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
	area = make_area(pages);
	if (!area)
		return -ENOMEM;
	area_size = (size_t)pages << PAGE_SHIFT;
	pr_info("mymap: %zu bytes at %p\n", area_size, area);
	err = misc_register(&mymap_device);
	if (err)
		vfree(area);
	return err;
}

static void __exit mymap_exit(void)
{
	misc_deregister(&mymap_device);
	vfree(area);
}

module_init(mymap_init);
module_exit(mymap_exit);
MODULE_LICENSE("GPL");
