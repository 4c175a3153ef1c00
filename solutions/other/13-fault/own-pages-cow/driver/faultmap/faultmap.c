// SPDX-License-Identifier: GPL-2.0-only
/*
 * faultmap.c - right in another way: single pages instead of vmalloc() memory,
 * and private mappings, which the kernel copies on a store since the fault
 * operation hands out real pages.
 *
 * A fault holds its page's lock until the entry is made and looks, as the page
 * cache does, whether the page is still of use once it has that lock.
 */
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pagemap.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/uio.h>

#include "compat.h"
#include "faultmap_uapi.h"

static unsigned int pages = 64;
module_param(pages, uint, 0444);

struct sheet {
	struct page *page;
	bool gone; /* changes with the page locked */
};

static struct sheet *sheets; /* themselves kept until unload */
static DEFINE_SPINLOCK(lock); /* of the references to the sheets' pages */
static atomic_t mapped = ATOMIC_INIT(0), born = ATOMIC_INIT(0), faults = ATOMIC_INIT(0);

/* A reference to a page that is still the buffer's, or NULL. */
static struct page *grab(unsigned long n)
{
	struct page *page = NULL;

	if (n >= pages)
		return NULL;
	spin_lock(&lock);
	if (!sheets[n].gone) {
		page = sheets[n].page;
		get_page(page);
	}
	spin_unlock(&lock);
	return page;
}

static vm_fault_t sheet_fault(struct vm_fault *vmf)
{
	struct page *page = grab(vmf->pgoff);

	if (!page)
		return VM_FAULT_SIGBUS;
	lock_page(page);
	if (READ_ONCE(sheets[vmf->pgoff].gone)) {
		unlock_page(page);
		put_page(page);
		return VM_FAULT_SIGBUS;
	}
	vmf->page = page;
	atomic_inc(&faults);
	return VM_FAULT_LOCKED;
}

static void sheet_open(struct vm_area_struct *vma)
{
	atomic_inc(&born);
	atomic_inc(&mapped);
}

static void sheet_close(struct vm_area_struct *vma)
{
	atomic_dec(&mapped);
}

static const struct vm_operations_struct sheet_ops = {
	.fault = sheet_fault,
	.open = sheet_open,
	.close = sheet_close,
};

static int sheet_mmap(struct file *file, struct vm_area_struct *vma)
{
	vm_flags_set(vma, VM_DONTEXPAND);
	vma->vm_ops = &sheet_ops;
	sheet_open(vma);
	return 0;
}

static ssize_t sheet_read(struct kiocb *io, struct iov_iter *to)
{
	size_t at = offset_in_page(io->ki_pos), want, n;
	struct page *page = grab(io->ki_pos >> PAGE_SHIFT);

	if (!page)
		return 0;
	want = min_t(size_t, iov_iter_count(to), PAGE_SIZE - at);
	n = copy_to_iter(page_address(page) + at, want, to);
	put_page(page);
	if (!n && want)
		return -EFAULT;
	io->ki_pos += n;
	return n;
}

/* The page leaves the buffer; whoever has it mapped keeps it until the zap. */
static void take_away(struct sheet *s)
{
	lock_page(s->page);
	spin_lock(&lock);
	s->gone = true;
	spin_unlock(&lock);
	unlock_page(s->page);
}

static long sheet_revoke(struct file *file)
{
	static DEFINE_MUTEX(one_at_a_time);
	unsigned int i;

	mutex_lock(&one_at_a_time);
	for (i = 0; i < pages; i++)
		if (!sheets[i].gone)
			take_away(&sheets[i]);
	unmap_mapping_range(file->f_mapping, 0, 0, 1);
	for (i = 0; i < pages; i++) {
		if (sheets[i].page)
			put_page(sheets[i].page);
		sheets[i].page = NULL;
	}
	mutex_unlock(&one_at_a_time);
	return 0;
}

static long sheet_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct faultmap_counts c;

	if (cmd == FAULTMAP_REVOKE)
		return sheet_revoke(file);
	if (cmd != FAULTMAP_GET_COUNTS)
		return -ENOTTY;
	c.opens = atomic_read(&born);
	c.closes = c.opens - atomic_read(&mapped);
	c.faults = atomic_read(&faults);
	if (copy_to_user((void __user *)arg, &c, sizeof(c)))
		return -EFAULT;
	return 0;
}

static const struct file_operations sheet_fops = {
	.owner = THIS_MODULE,
	.read_iter = sheet_read,
	.mmap = sheet_mmap,
	.unlocked_ioctl = sheet_ioctl,
};

static struct miscdevice sheet_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = FAULTMAP_NAME,
	.fops = &sheet_fops,
	.mode = 0666,
};

static void free_sheets(void)
{
	unsigned int i;

	for (i = 0; i < pages; i++)
		if (sheets[i].page)
			put_page(sheets[i].page);
	kvfree(sheets);
}

static int __init sheet_init(void)
{
	unsigned int i;
	int err = -ENOMEM;

	if (!pages)
		return -EINVAL;
	sheets = kvcalloc(pages, sizeof(*sheets), GFP_KERNEL);
	if (!sheets)
		return -ENOMEM;
	for (i = 0; i < pages; i++) {
		unsigned long page = get_zeroed_page(GFP_KERNEL);

		if (!page)
			goto undo;
		*(u64 *)page = i;
		sheets[i].page = virt_to_page((void *)page);
	}
	err = misc_register(&sheet_misc);
	if (!err)
		return 0;
undo:
	free_sheets();
	return err;
}

static void __exit sheet_exit(void)
{
	misc_deregister(&sheet_misc);
	free_sheets();
}

module_init(sheet_init);
module_exit(sheet_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("faultmap with single pages and private copies");
