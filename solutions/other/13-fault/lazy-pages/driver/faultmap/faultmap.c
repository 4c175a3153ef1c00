// SPDX-License-Identifier: GPL-2.0-only
/*
 * faultmap.c - right in another way: a page of memory is made when it is first
 * needed, by a touch or by read(2), and the fault operation enters it by itself
 * with vmf_insert_page().
 *
 * One mutex covers it all: finding or making the page, entering it, REVOKE. So
 * no entry can be made once REVOKE has the mutex.
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
#include "faultmap_uapi.h"

static unsigned int pages = 64;
module_param(pages, uint, 0444);

static struct page **table; /* an entry is NULL until the page is needed */
static bool revoked;
static DEFINE_MUTEX(table_lock);

static struct faultmap_counts counts;
static DEFINE_SPINLOCK(counts_lock);

static void count(__u64 *which)
{
	spin_lock(&counts_lock);
	++*which;
	spin_unlock(&counts_lock);
}

/* With the lock held. An error pointer: -ENXIO behind the end, or -ENOMEM. */
static struct page *find_page(unsigned long n)
{
	if (revoked || n >= pages)
		return ERR_PTR(-ENXIO);
	if (!table[n]) {
		struct page *page = alloc_page(GFP_KERNEL | __GFP_ZERO);

		if (!page)
			return ERR_PTR(-ENOMEM);
		*(u64 *)page_address(page) = n;
		table[n] = page;
	}
	return table[n];
}

static vm_fault_t fault(struct vm_fault *vmf)
{
	struct page *page;
	vm_fault_t ret;

	mutex_lock(&table_lock);
	page = find_page(vmf->pgoff);
	if (IS_ERR(page))
		ret = PTR_ERR(page) == -ENOMEM ? VM_FAULT_OOM : VM_FAULT_SIGBUS;
	else
		ret = vmf_insert_page(vmf->vma, vmf->address, page);
	mutex_unlock(&table_lock);
	if (ret == VM_FAULT_NOPAGE)
		count(&counts.faults);
	return ret;
}

static void opened(struct vm_area_struct *vma)
{
	count(&counts.opens);
}

static void closed(struct vm_area_struct *vma)
{
	count(&counts.closes);
}

static const struct vm_operations_struct vm_ops = {
	.open = opened,
	.close = closed,
	.fault = fault,
};

static int map(struct file *file, struct vm_area_struct *vma)
{
	const unsigned long flags = VM_MIXEDMAP | VM_DONTEXPAND | VM_DONTDUMP;

	if (!(vma->vm_flags & VM_MAYSHARE))
		return -EINVAL;
	vm_flags_set(vma, flags);
	vma->vm_ops = &vm_ops;
	opened(vma);
	return 0;
}

static ssize_t read(struct file *file, char __user *to, size_t size, loff_t *pos)
{
	void *copy = (void *)__get_free_page(GFP_KERNEL);
	struct page *page;
	ssize_t ret;

	if (!copy)
		return -ENOMEM;
	mutex_lock(&table_lock);
	page = find_page(*pos >> PAGE_SHIFT);
	if (!IS_ERR(page))
		memcpy(copy, page_address(page), PAGE_SIZE);
	mutex_unlock(&table_lock);
	ret = page == ERR_PTR(-ENXIO) ? 0 : PTR_ERR_OR_ZERO(page);
	if (!IS_ERR(page)) {
		loff_t in_page = offset_in_page(*pos);
		loff_t start = *pos - in_page;

		ret = simple_read_from_buffer(to, size, &in_page, copy, PAGE_SIZE);
		if (ret > 0)
			*pos = start + in_page;
	}
	free_page((unsigned long)copy);
	return ret;
}

/* With the lock held, or when nobody is left. */
static void drop_pages(void)
{
	unsigned int i;

	for (i = 0; i < pages; i++)
		if (table[i])
			__free_page(table[i]);
	memset(table, 0, pages * sizeof(*table));
}

static long ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct faultmap_counts now;

	if (cmd == FAULTMAP_REVOKE) {
		mutex_lock(&table_lock);
		revoked = true;
		unmap_mapping_range(file->f_mapping, 0, 0, 1);
		drop_pages();
		mutex_unlock(&table_lock);
		return 0;
	}
	if (cmd != FAULTMAP_GET_COUNTS)
		return -ENOTTY;
	spin_lock(&counts_lock);
	now = counts;
	spin_unlock(&counts_lock);
	return copy_to_user((void __user *)arg, &now, sizeof(now)) ? -EFAULT : 0;
}

static const struct file_operations fops = {
	.owner = THIS_MODULE,
	.read = read,
	.mmap = map,
	.unlocked_ioctl = ioctl,
};

static struct miscdevice misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = FAULTMAP_NAME,
	.fops = &fops,
	.mode = 0666,
};

static int __init lazy_init(void)
{
	int err;

	if (!pages)
		return -EINVAL;
	table = kvcalloc(pages, sizeof(*table), GFP_KERNEL);
	if (!table)
		return -ENOMEM;
	err = misc_register(&misc);
	if (err)
		kvfree(table);
	return err;
}

static void __exit lazy_exit(void)
{
	misc_deregister(&misc);
	drop_pages();
	kvfree(table);
}

module_init(lazy_init);
module_exit(lazy_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("faultmap with pages made on demand");
