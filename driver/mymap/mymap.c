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

/* Keep the buffer's address and its size in bytes here. */

static ssize_t mymap_read(struct file *file, char __user *to, size_t count,
			  loff_t *pos)
{
	/*
	 * TODO (read_sees_stores): copy from the buffer as it is now, beginning
	 * at *pos; 0 at its end; see README task 4.
	 */
	return -ENOSYS;
}


static int mymap_mmap(struct file *file, struct vm_area_struct *vma)
{
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
}


static long mymap_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	/*
	 * TODO (resize_waits_for_mappings, resize_starts_anew): MYMAP_RESIZE, and
	 * nothing else; see tasks 4 and 5 of lab 12.
	 */
	return -ENOTTY;
}

static const struct file_operations mymap_fops = {
	/*
	 * TODO (unload_waits_for_mappings): name the module that these functions
	 * belong to; see README task 6.
	 */
	.read = mymap_read,
	.mmap = mymap_mmap,
	.unlocked_ioctl = mymap_ioctl,
};

static struct miscdevice mymap_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = MYMAP_NAME,
	.fops = &mymap_fops,
	/*
	 * TODO (ordinary_user_may_open): without a mode the node belongs to root
	 * alone; see README task 2.
	 */
};

static int __init mymap_init(void)
{
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
}

static void __exit mymap_exit(void)
{
	misc_deregister(&mymap_misc);
	/*
	 * TODO (hundred_loads_leave_nothing): give the buffer back; see README
	 * task 6.
	 */
}

module_init(mymap_init);
module_exit(mymap_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("maps its own memory into user space");
