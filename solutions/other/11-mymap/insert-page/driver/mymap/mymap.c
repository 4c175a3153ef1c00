// SPDX-License-Identifier: GPL-2.0-only
/*
 * mymap.c - right in another way: single pages and vm_insert_page().
 *
 * The pages need not lie beside one another, and each mapping holds a
 * reference to each of its pages, so none can be freed while it is mapped.
 */
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "mymap_uapi.h"

static unsigned int pages = 1;
module_param(pages, uint, 0444);

static DEFINE_MUTEX(lock);
static struct page **frames;

static void free_frames(void)
{
	unsigned int i;

	for (i = 0; i < pages && frames[i]; i++)
		__free_page(frames[i]);
	kvfree(frames);
}

static int alloc_frames(void)
{
	unsigned int i;

	frames = kvcalloc(pages, sizeof(*frames), GFP_KERNEL | __GFP_NOWARN);
	if (!frames)
		return -ENOMEM;
	for (i = 0; i < pages; i++) {
		/* Rather fail than have other programs killed for memory. */
		frames[i] = alloc_page(GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN |
				       __GFP_NORETRY);
		if (!frames[i]) {
			free_frames();
			return -ENOMEM;
		}
	}
	return 0;
}

static ssize_t mymap_read(struct file *file, char __user *to, size_t count,
			  loff_t *pos)
{
	loff_t size = (loff_t)pages << PAGE_SHIFT;
	size_t in_page;
	ssize_t done;

	if (*pos >= size)
		return 0;
	/* A read(2) may give less than was asked for: here, up to a page's end. */
	in_page = offset_in_page(*pos);
	done = min_t(size_t, count, PAGE_SIZE - in_page);
	mutex_lock(&lock);
	if (copy_to_user(to, page_address(frames[*pos >> PAGE_SHIFT]) + in_page,
			 done))
		done = -EFAULT;
	else
		*pos += done;
	mutex_unlock(&lock);
	return done;
}

static int mymap_mmap(struct file *file, struct vm_area_struct *vma)
{
	unsigned long first = vma->vm_pgoff, n = vma_pages(vma), i;
	int err;

	if (first >= pages || n > pages - first)
		return -EINVAL;
	for (i = 0; i < n; i++) {
		err = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE,
				     frames[first + i]);
		if (err)
			return err;
	}
	return 0;
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
	unsigned char *ten;
	int i, err;

	if (pages == 0)
		return -EINVAL;
	err = alloc_frames();
	if (err)
		return err;
	ten = page_address(frames[0]);
	for (i = 0; i < MYMAP_TEN; i++)
		ten[i] = i;
	err = misc_register(&mymap_device);
	if (err)
		free_frames();
	return err;
}

static void __exit mymap_exit(void)
{
	misc_deregister(&mymap_device);
	free_frames();
}

module_init(mymap_init);
module_exit(mymap_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("mymap with vm_insert_page");
