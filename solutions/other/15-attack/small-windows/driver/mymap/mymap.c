// SPDX-License-Identifier: GPL-2.0-only
/*
 * mymap.c - hardened in another way: single pages, vm_insert_page(), one mutex.
 *
 * read(2) copies a page to one of its own under the mutex and gives that to the
 * program afterwards: so the mutex is never held while the program's memory
 * may have to be brought, and one lock is enough.
 */
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "compat.h"
#include "mymap_uapi.h"

static unsigned int pages = 1;
module_param(pages, uint, 0444);
static bool readonly;
module_param(readonly, bool, 0444);

static DEFINE_MUTEX(lock);
static struct page **frames;
static unsigned long frames_count;
static unsigned long users;

static void free_frames(struct page **list, unsigned long n)
{
	while (n--)
		__free_page(list[n]);
	kvfree(list);
}

static struct page **make_frames(unsigned long n)
{
	gfp_t gfp = GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN | __GFP_NORETRY;
	struct page **list;
	unsigned long i;
	u8 *ten;

	if (n > totalram_pages())
		return NULL;
	list = kvcalloc(n, sizeof(*list), GFP_KERNEL | __GFP_NOWARN);
	for (i = 0; list && i < n; i++) {
		list[i] = alloc_page(gfp);
		if (!list[i]) {
			free_frames(list, i);
			list = NULL;
		}
	}
	if (!list)
		return NULL;
	ten = page_address(list[0]);
	for (i = 0; i < MYMAP_TEN; i++)
		ten[i] = i;
	return list;
}

static ssize_t mymap_read(struct file *file, char __user *to, size_t count,
			  loff_t *pos)
{
	unsigned long index = *pos >> PAGE_SHIFT;
	size_t at = offset_in_page(*pos);
	ssize_t n = min_t(size_t, count, PAGE_SIZE - at);
	u8 *copy = (u8 *)__get_free_page(GFP_KERNEL);

	if (!copy)
		return -ENOMEM;
	mutex_lock(&lock);
	if (index >= frames_count)
		n = 0;
	else
		memcpy(copy, page_address(frames[index]) + at, n);
	mutex_unlock(&lock);
	if (copy_to_user(to, copy, n))
		n = -EFAULT;
	else
		*pos += n;
	free_page((unsigned long)copy);
	return n;
}

static void mymap_vma_open(struct vm_area_struct *vma)
{
	mutex_lock(&lock);
	users++;
	mutex_unlock(&lock);
}

static void mymap_vma_close(struct vm_area_struct *vma)
{
	mutex_lock(&lock);
	users--;
	mutex_unlock(&lock);
}

static const struct vm_operations_struct mymap_vm_ops = {
	.open = mymap_vma_open,
	.close = mymap_vma_close,
};

static int insert(struct vm_area_struct *vma)
{
	unsigned long first = vma->vm_pgoff, n = vma_pages(vma), i;
	int err = 0;

	if (first >= frames_count || n > frames_count - first)
		return -EINVAL;
	for (i = 0; i < n && !err; i++)
		err = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE,
				     frames[first + i]);
	return err;
}

static int mymap_mmap(struct file *file, struct vm_area_struct *vma)
{
	vm_flags_t no = VM_EXEC | (readonly ? VM_WRITE : 0);
	int err;

	if (!(vma->vm_flags & VM_MAYSHARE))
		return -EINVAL;
	if (vma->vm_flags & no)
		return -EACCES;
	vm_flags_clear(vma, readonly ? VM_MAYEXEC | VM_MAYWRITE : VM_MAYEXEC);
	vm_flags_set(vma, VM_DONTEXPAND | VM_DONTDUMP);
	vma->vm_ops = &mymap_vm_ops;
	mutex_lock(&lock);
	err = insert(vma);
	if (!err)
		users++;
	mutex_unlock(&lock);
	return err;
}

static long resize(unsigned long n)
{
	struct page **list = make_frames(n);
	long err = 0;

	if (!list)
		return -ENOMEM;
	mutex_lock(&lock);
	if (users) {
		err = -EBUSY;
	} else {
		swap(list, frames);
		swap(n, frames_count);
	}
	mutex_unlock(&lock);
	free_frames(list, n);
	return err;
}

static long mymap_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
	case MYMAP_RESIZE:
		if (readonly)
			return -EACCES;
		if (!(file->f_mode & FMODE_WRITE))
			return -EBADF;
		return arg ? resize(arg) : -EINVAL;
	default:
		return -ENOTTY;
	}
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
	frames_count = pages;
	frames = make_frames(pages);
	if (!frames)
		return -ENOMEM;
	err = misc_register(&mymap_device);
	if (err)
		free_frames(frames, frames_count);
	return err;
}

static void __exit mymap_exit(void)
{
	misc_deregister(&mymap_device);
	free_frames(frames, frames_count);
}

module_init(mymap_init);
module_exit(mymap_exit);
MODULE_LICENSE("GPL");
