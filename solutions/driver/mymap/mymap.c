// SPDX-License-Identifier: GPL-2.0-only
/*
 * mymap.c - a driver that maps its own memory into user space.
 *
 * Loading the module allocates a zeroed buffer of whole pages, writes ten
 * bytes into it and registers the misc device /dev/mymap. A program that maps
 * the device gets the buffer's own pages, not a copy:
 *
 *	process A          buffer in the kernel         process B
 *	page table ------> page frame(s) <------------- page table
 *
 * The contract stands in driver/README.md.
 */
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/rwsem.h>
#include <linux/spinlock.h>

#include "compat.h"
#include "mymap_uapi.h"

static unsigned int pages = 1;
module_param(pages, uint, 0444);
MODULE_PARM_DESC(pages, "size of the buffer in pages (default 1)");

static bool readonly;
module_param(readonly, bool, 0444);
MODULE_PARM_DESC(readonly, "mappings are for reading only (default no; lab 12)");

#ifdef STARTER
/* Keep the buffer's address and its size in bytes here. */
#else
/*
 * Two locks, for one would not do. mmap(2) holds the lock of the caller's
 * addresses while it asks the driver. read(2) may need that lock itself, when
 * the page that it copies to has to be brought first. So what mymap_mmap()
 * takes must never be held across a copy:
 *
 *	lock     buffer, buffer_size and mappings; held for a few instructions
 *	readers  keeps the buffer while it is copied from; only RESIZE waits for it
 */
static DEFINE_SPINLOCK(lock);
static DECLARE_RWSEM(readers);
static unsigned char *buffer;
static size_t buffer_size;
static unsigned long mappings;	/* VMAs that show the buffer */

/*
 * A buffer as it is after loading, or NULL. Cleared in whole pages: a mapping
 * shows whole pages, and what stood in them before is somebody else's.
 */
static unsigned char *make_buffer(size_t size)
{
	unsigned char *fresh;
	size_t i;

	/* A size that cannot be had is the user's mistake: no warning for it. */
	fresh = alloc_pages_exact(size, GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN);
	if (!fresh)
		return NULL;
	for (i = 0; i < MYMAP_TEN; i++)
		fresh[i] = i;
	return fresh;
}
#endif

static ssize_t mymap_read(struct file *file, char __user *to, size_t count,
			  loff_t *pos)
{
#ifdef STARTER
	/*
	 * TODO (read_sees_stores): copy from the buffer as it is now, beginning
	 * at *pos; 0 at its end; see README task 4.
	 */
	return -ENOSYS;
#else
	ssize_t done;

	down_read(&readers);
	done = simple_read_from_buffer(to, count, pos, buffer, buffer_size);
	up_read(&readers);
	return done;
#endif
}

#ifndef STARTER
/*
 * The kernel calls these when a VMA is copied or split (fork, munmap of a part,
 * mremap) and when one goes. Of the first one, mymap_mmap() knows itself.
 */
static void mymap_open(struct vm_area_struct *vma)
{
	spin_lock(&lock);
	mappings++;
	spin_unlock(&lock);
}

static void mymap_close(struct vm_area_struct *vma)
{
	spin_lock(&lock);
	mappings--;
	spin_unlock(&lock);
}

static const struct vm_operations_struct mymap_vm_ops = {
	.open = mymap_open,
	.close = mymap_close,
};

/*
 * Whatever is not meant to be is refused here, or never. A VMA that is fine
 * today must not become another one by mprotect(2) either: that asks the VM_MAY*
 * flags, and no longer the driver.
 */
static int mymap_permit(struct vm_area_struct *vma)
{
	/*
	 * VM_MAYSHARE, for VM_SHARED is not set when the descriptor is open
	 * for reading only, though MAP_SHARED was asked for.
	 */
	if (!(vma->vm_flags & VM_MAYSHARE))
		return -EINVAL;
	if (vma->vm_flags & VM_EXEC)
		return -EACCES;
	vm_flags_clear(vma, VM_MAYEXEC);
	if (!readonly)
		return 0;
	if (vma->vm_flags & VM_WRITE)
		return -EACCES;
	vm_flags_clear(vma, VM_MAYWRITE);
	return 0;
}
#endif

static int mymap_mmap(struct file *file, struct vm_area_struct *vma)
{
#ifdef STARTER
	/*
	 * TODO (past_the_end_is_refused): refuse what the buffer does not have;
	 * see README task 5.
	 */
	/*
	 * TODO (first_ten_bytes_count_up, processes_share_one_buffer,
	 * protection_is_kept, private_store_stays_private,
	 * kernel_log_stays_clean): enter the buffer's page frames into this VMA,
	 * with the VMA's own protection; see README task 3.
	 */
	/*
	 * TODO (private_is_refused, exec_is_refused, readonly_is_kept): refuse
	 * what must not be, and what mprotect(2) could make of it; see task 3
	 * of lab 12.
	 */
	return -ENOSYS;
#else
	unsigned long have, pfn;
	bool fits;
	int err = mymap_permit(vma);

	if (err)
		return err;

	/* All in pages, as vm_pgoff is. Subtracting cannot wrap, adding could. */
	spin_lock(&lock);
	have = buffer_size >> PAGE_SHIFT;
	pfn = virt_to_phys(buffer) >> PAGE_SHIFT;
	fits = vma->vm_pgoff <= have && vma_pages(vma) <= have - vma->vm_pgoff;
	if (fits)
		mappings++;
	spin_unlock(&lock);
	if (!fits)
		return -EINVAL;

	/*
	 * vm_page_prot is what the program asked for. Another protection here
	 * would go into the page table unchecked.
	 */
	vma->vm_ops = &mymap_vm_ops;
	err = remap_pfn_range(vma, vma->vm_start, pfn + vma->vm_pgoff,
			      vma->vm_end - vma->vm_start, vma->vm_page_prot);
	if (err)
		mymap_close(vma);
	return err;
#endif
}

#ifndef STARTER
/*
 * The new buffer is made first, since that may sleep and fail, and changes
 * nothing then. Whether the old one is mapped is asked at the moment of the
 * exchange: with mymap_mmap() using the same lock, no mapping can slip between.
 */
static int mymap_resize(unsigned long count)
{
	unsigned char *other;
	size_t size;
	int err = 0;

	if (!count)
		return -EINVAL;
	if (count > SIZE_MAX >> PAGE_SHIFT)
		return -ENOMEM;
	size = count << PAGE_SHIFT;
	other = make_buffer(size);
	if (!other)
		return -ENOMEM;

	down_write(&readers);
	spin_lock(&lock);
	if (mappings) {
		err = -EBUSY;
	} else {
		swap(buffer, other);
		swap(buffer_size, size);
	}
	spin_unlock(&lock);
	up_write(&readers);
	free_pages_exact(other, size);
	return err;
}
#endif

static long mymap_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
#ifdef STARTER
	/*
	 * TODO (resize_waits_for_mappings, resize_starts_anew): MYMAP_RESIZE, and
	 * nothing else; see tasks 4 and 5 of lab 12.
	 */
	return -ENOTTY;
#else
	if (cmd != MYMAP_RESIZE)
		return -ENOTTY;
	if (!(file->f_mode & FMODE_WRITE))
		return -EBADF;
	if (readonly)
		return -EACCES;
	return mymap_resize(arg);
#endif
}

static const struct file_operations mymap_fops = {
#ifdef STARTER
	/*
	 * TODO (unload_waits_for_mappings): name the module that these functions
	 * belong to; see README task 6.
	 */
#else
	.owner = THIS_MODULE,	/* an open file or a mapping holds the module */
#endif
	.read = mymap_read,
	.mmap = mymap_mmap,
	.unlocked_ioctl = mymap_ioctl,
};

static struct miscdevice mymap_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = MYMAP_NAME,
	.fops = &mymap_fops,
#ifdef STARTER
	/*
	 * TODO (ordinary_user_may_open): without a mode the node belongs to root
	 * alone; see README task 2.
	 */
#else
	.mode = 0666,
#endif
};

static int __init mymap_init(void)
{
#ifdef STARTER
	/*
	 * TODO (rest_of_buffer_is_zero, impossible_size_is_refused): allocate the
	 * buffer, `pages` zeroed pages, and write the ten bytes; see README
	 * task 1.
	 */
	/*
	 * TODO (loads, name_clash_leaks_nothing): register the device; when that
	 * fails, undo and return its error; see README task 2.
	 */
	return -ENOSYS;
#else
	int err;

	if (!pages)
		return -EINVAL;
	buffer_size = (size_t)pages << PAGE_SHIFT;
	buffer = make_buffer(buffer_size);
	if (!buffer)
		return -ENOMEM;

	/* Last, for the device can be used from here on. */
	err = misc_register(&mymap_misc);
	if (err)
		goto free_buffer;
	return 0;

free_buffer:
	free_pages_exact(buffer, buffer_size);
	return err;
#endif
}

static void __exit mymap_exit(void)
{
	misc_deregister(&mymap_misc);
#ifdef STARTER
	/*
	 * TODO (hundred_loads_leave_nothing): give the buffer back; see README
	 * task 6.
	 */
#else
	free_pages_exact(buffer, buffer_size);
#endif
}

module_init(mymap_init);
module_exit(mymap_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("maps its own memory into user space");
