// SPDX-License-Identifier: GPL-2.0-only
/*
 * mymap.c - hardened in another way: vm_map_pages(), and no count of its own.
 *
 * vm_map_pages() takes offset and length from the VMA and checks both. Each page
 * knows how often it is in a page table: a buffer is mapped if one of its
 * pages is.
 */
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/uaccess.h>

#include "compat.h"
#include "mymap_uapi.h"

static unsigned int pages = 1;
module_param(pages, uint, 0444);
static bool readonly;
module_param(readonly, bool, 0444);

struct pages_list {
	unsigned long count;
	struct page *page[];
};

static DEFINE_MUTEX(lock);
static struct pages_list *buffer;

static void list_free(struct pages_list *list)
{
	while (list->count)
		put_page(list->page[--list->count]);
	kvfree(list);
}

static int list_make(unsigned long n, struct pages_list **out)
{
	struct pages_list *list;
	struct page *page;
	int i;

	if (n == 0)
		return -EINVAL;
	if (n > totalram_pages())
		return -ENOMEM;
	list = kvmalloc(struct_size(list, page, n), GFP_KERNEL | __GFP_NOWARN);
	if (!list)
		return -ENOMEM;
	for (list->count = 0; list->count < n; list->count++) {
		page = alloc_page(GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN |
				  __GFP_NORETRY);
		if (!page) {
			list_free(list);
			return -ENOMEM;
		}
		list->page[list->count] = page;
	}
	for (i = 0; i < MYMAP_TEN; i++)
		((u8 *)page_address(list->page[0]))[i] = i;
	*out = list;
	return 0;
}

static bool list_is_mapped(const struct pages_list *list)
{
	unsigned long i;

	for (i = 0; i < list->count; i++)
		if (page_mapped(list->page[i]))
			return true;
	return false;
}

/* Up to the end of a page, which it holds meanwhile. */
static ssize_t mymap_read(struct file *file, char __user *to, size_t count,
			  loff_t *pos)
{
	size_t at = offset_in_page(*pos);
	struct page *page = NULL;

	mutex_lock(&lock);
	if (*pos >> PAGE_SHIFT < buffer->count) {
		page = buffer->page[*pos >> PAGE_SHIFT];
		get_page(page);
	}
	mutex_unlock(&lock);
	if (!page)
		return 0;
	count = min_t(size_t, count, PAGE_SIZE - at);
	count -= copy_to_user(to, page_address(page) + at, count);
	put_page(page);
	*pos += count;
	return count ?: -EFAULT;
}

static int mymap_mmap(struct file *file, struct vm_area_struct *vma)
{
	int err;

	if (!(vma->vm_flags & VM_MAYSHARE))
		return -EINVAL;
	if (vma->vm_flags & VM_EXEC)
		return -EACCES;
	if (vma->vm_flags & VM_WRITE && readonly)
		return -EACCES;
	vm_flags_clear(vma, VM_MAYEXEC);
	if (readonly)
		vm_flags_clear(vma, VM_MAYWRITE);
	vm_flags_set(vma, VM_DONTEXPAND);
	mutex_lock(&lock);
	err = vm_map_pages(vma, buffer->page, buffer->count);
	mutex_unlock(&lock);
	return err == -ENXIO ? -EINVAL : err;
}

static long mymap_resize(unsigned long n)
{
	struct pages_list *list;
	int err = list_make(n, &list);

	if (err)
		return err;
	mutex_lock(&lock);
	if (list_is_mapped(buffer))
		err = -EBUSY;
	else
		swap(buffer, list);
	mutex_unlock(&lock);
	list_free(list);
	return err;
}

static long mymap_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	if (cmd != MYMAP_RESIZE)
		return -ENOTTY;
	if (!(file->f_mode & FMODE_WRITE))
		return -EBADF;
	if (readonly)
		return -EACCES;
	return mymap_resize(arg);
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
	int err = list_make(pages, &buffer);

	if (err)
		return err;
	err = misc_register(&mymap_device);
	if (err)
		list_free(buffer);
	return err;
}

static void __exit mymap_exit(void)
{
	misc_deregister(&mymap_device);
	list_free(buffer);
}

module_init(mymap_init);
module_exit(mymap_exit);
MODULE_LICENSE("GPL");
