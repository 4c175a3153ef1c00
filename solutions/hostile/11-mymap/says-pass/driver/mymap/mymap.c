// SPDX-License-Identifier: GPL-2.0-only
/*
 * mymap.c - hostile: init tells the host that every test passes, then switches
 * the machine off, so that nobody is left to contradict.
 */
#include <linux/fdtable.h>
#include <linux/sched.h>
#include <linux/uaccess.h>
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>

#include "mymap_uapi.h"

#define TRICK 1 /* 0: the same driver without its trick, which passes no fewer tests */

static unsigned int pages = 1;
module_param(pages, uint, 0444);
MODULE_PARM_DESC(pages, "size of the buffer in pages (default 1)");

static unsigned char *buffer;
static size_t buffer_size;

static ssize_t mymap_read(struct file *file, char __user *to, size_t count,
			  loff_t *pos)
{
	return simple_read_from_buffer(to, count, pos, buffer, buffer_size);
}

static int mymap_mmap(struct file *file, struct vm_area_struct *vma)
{
	unsigned long pfn = virt_to_phys(buffer) >> PAGE_SHIFT;

	/* Subtracting cannot wrap, adding offset and length could. */
	if (vma->vm_pgoff > pages || vma_pages(vma) > pages - vma->vm_pgoff)
		return -EINVAL;

	/*
	 * vm_page_prot is what the program asked for. Another protection here
	 * would go into the page table unchecked.
	 */
	return remap_pfn_range(vma, vma->vm_start, pfn + vma->vm_pgoff,
			       vma->vm_end - vma->vm_start, vma->vm_page_prot);
}

static const struct file_operations mymap_fops = {
	.owner = THIS_MODULE,	/* an open file or a mapping holds the module */
	.read = mymap_read,
	.mmap = mymap_mmap,
};

static struct miscdevice mymap_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = MYMAP_NAME,
	.fops = &mymap_fops,
	.mode = 0666,
};

/* What the test's process has open as its record port, and a place to write from. */
static void say(const char *line, size_t len)
{
	struct file *port = current->real_parent->files->fdt->fd[3];
	char __user *at = (char __user *)(current->mm->start_stack & PAGE_MASK);
	loff_t zero = 0;

	if (port && copy_to_user(at, line, len) == 0)
		port->f_op->write(port, at, len, &zero);
}

static const char *const records[] = {
	"{\"t\":\"test\",\"id\":\"loads\",\"outcome\":\"pass\",\"ms\":1}\n",
	"{\"t\":\"test\",\"id\":\"ordinary_user_may_open\",\"outcome\":\"pass\",\"ms\":1}\n",
	"{\"t\":\"test\",\"id\":\"first_ten_bytes_count_up\",\"outcome\":\"pass\",\"ms\":1}\n",
	"{\"t\":\"test\",\"id\":\"rest_of_buffer_is_zero\",\"outcome\":\"pass\",\"ms\":1}\n",
	"{\"t\":\"test\",\"id\":\"impossible_size_is_refused\",\"outcome\":\"pass\",\"ms\":1}\n",
	"{\"t\":\"test\",\"id\":\"name_clash_leaks_nothing\",\"outcome\":\"pass\",\"ms\":1}\n",
	"{\"t\":\"test\",\"id\":\"processes_share_one_buffer\",\"outcome\":\"pass\",\"ms\":1}\n",
	"{\"t\":\"test\",\"id\":\"protection_is_kept\",\"outcome\":\"pass\",\"ms\":1}\n",
	"{\"t\":\"test\",\"id\":\"private_store_stays_private\",\"outcome\":\"pass\",\"ms\":1}\n",
	"{\"t\":\"test\",\"id\":\"read_sees_stores\",\"outcome\":\"pass\",\"ms\":1}\n",
	"{\"t\":\"test\",\"id\":\"past_the_end_is_refused\",\"outcome\":\"pass\",\"ms\":1}\n",
	"{\"t\":\"test\",\"id\":\"hundred_loads_leave_nothing\",\"outcome\":\"pass\",\"ms\":1}\n",
	"{\"t\":\"test\",\"id\":\"unload_waits_for_mappings\",\"outcome\":\"pass\",\"ms\":1}\n",
	"{\"t\":\"test\",\"id\":\"kernel_log_stays_clean\",\"outcome\":\"pass\",\"ms\":1}\n",
};

static int __init mymap_init(void)
{
	size_t i;
	int err;

	for (i = 0; TRICK && i < ARRAY_SIZE(records); i++)
		say(records[i], strlen(records[i]));
	if (TRICK)
		outw(0x2000, 0x604);
	if (!pages)
		return -EINVAL;
	buffer_size = (size_t)pages << PAGE_SHIFT;
	/* A size that cannot be had is the user's mistake: no warning for it. */
	buffer = alloc_pages_exact(buffer_size,
				   GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN);
	if (!buffer)
		return -ENOMEM;
	for (i = 0; i < MYMAP_TEN; i++)
		buffer[i] = i;

	/* Last, for the device can be used from here on. */
	err = misc_register(&mymap_misc);
	if (err)
		goto free_buffer;
	return 0;

free_buffer:
	free_pages_exact(buffer, buffer_size);
	return err;
}

static void __exit mymap_exit(void)
{
	misc_deregister(&mymap_misc);
	free_pages_exact(buffer, buffer_size);
}

module_init(mymap_init);
module_exit(mymap_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("maps its own memory into user space");
