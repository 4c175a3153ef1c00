// SPDX-License-Identifier: GPL-2.0-only
/*
 * mymap.c - hardened in another way: the buffer is an object with a count.
 *
 * Readers and mappings hold the object that they found, so that it lives as
 * long as anybody uses it, and RESIZE puts another one in its place.
 */
#include <linux/fs.h>
#include <linux/io.h>
#include <linux/kref.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "compat.h"
#include "mymap_uapi.h"

static unsigned int pages = 1;
module_param(pages, uint, 0444);
static bool readonly;
module_param(readonly, bool, 0444);

struct area {
	struct kref ref;
	unsigned long vmas;
	size_t size;
	u8 *data;
};

static DEFINE_SPINLOCK(lock);
static struct area *now;

static void area_release(struct kref *ref)
{
	struct area *a = container_of(ref, struct area, ref);

	kfree(a->data);
	kfree(a);
}

static struct area *area_new(unsigned long n)
{
	struct area *a;
	int i;

	/* kmalloc() has no more than this; 2^n bytes lie at a page's start. */
	if (n > KMALLOC_MAX_SIZE >> PAGE_SHIFT)
		return NULL;
	a = kzalloc(sizeof(*a), GFP_KERNEL);
	if (!a)
		return NULL;
	kref_init(&a->ref);
	a->size = n << PAGE_SHIFT;
	a->data = kzalloc(max_t(size_t, roundup_pow_of_two(a->size), PAGE_SIZE),
			  GFP_KERNEL | __GFP_NOWARN);
	if (!a->data) {
		kfree(a);
		return NULL;
	}
	for (i = 0; i < MYMAP_TEN; i++)
		a->data[i] = i;
	return a;
}

/* The present one, held. */
static struct area *area_get(unsigned long vmas)
{
	struct area *a;

	spin_lock(&lock);
	a = now;
	kref_get(&a->ref);
	a->vmas += vmas;
	spin_unlock(&lock);
	return a;
}

static void area_put(struct area *a, unsigned long vmas)
{
	spin_lock(&lock);
	a->vmas -= vmas;
	spin_unlock(&lock);
	kref_put(&a->ref, area_release);
}

static ssize_t mymap_read(struct file *file, char __user *to, size_t count,
			  loff_t *pos)
{
	struct area *a = area_get(0);
	ssize_t n = simple_read_from_buffer(to, count, pos, a->data, a->size);

	area_put(a, 0);
	return n;
}

static void mymap_vma_open(struct vm_area_struct *vma)
{
	struct area *a = vma->vm_private_data;

	spin_lock(&lock);
	kref_get(&a->ref);
	a->vmas++;
	spin_unlock(&lock);
}

static void mymap_vma_close(struct vm_area_struct *vma)
{
	area_put(vma->vm_private_data, 1);
}

static const struct vm_operations_struct mymap_vm_ops = {
	.open = mymap_vma_open,
	.close = mymap_vma_close,
};

static int mymap_mmap(struct file *file, struct vm_area_struct *vma)
{
	vm_flags_t never = VM_MAYEXEC;
	struct area *a;
	int err;

	if (readonly)
		never |= VM_MAYWRITE;
	/* VM_READ, VM_WRITE and VM_EXEC are their VM_MAY flags, four bits down. */
	if (vma->vm_flags & (never >> 4))
		return -EACCES;
	if (!(vma->vm_flags & VM_MAYSHARE))
		return -EINVAL;
	vm_flags_clear(vma, never);
	a = area_get(1);
	vma->vm_ops = &mymap_vm_ops;
	vma->vm_private_data = a;
	err = vm_iomap_memory(vma, virt_to_phys(a->data), a->size);
	if (err)
		area_put(a, 1);
	return err;
}

static long mymap_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct area *other;
	bool busy;

	if (cmd != MYMAP_RESIZE)
		return -ENOTTY;
	if (!(file->f_mode & FMODE_WRITE))
		return -EBADF;
	if (readonly)
		return -EACCES;
	if (arg == 0)
		return -EINVAL;
	other = area_new(arg);
	if (!other)
		return -ENOMEM;
	spin_lock(&lock);
	busy = now->vmas;
	if (!busy)
		swap(now, other);
	spin_unlock(&lock);
	area_put(other, 0);
	return busy ? -EBUSY : 0;
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
	now = area_new(pages);
	if (!now)
		return -ENOMEM;
	err = misc_register(&mymap_device);
	if (err)
		area_put(now, 0);
	return err;
}

static void __exit mymap_exit(void)
{
	misc_deregister(&mymap_device);
	area_put(now, 0);
}

module_init(mymap_init);
module_exit(mymap_exit);
MODULE_LICENSE("GPL");
