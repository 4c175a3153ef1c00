// SPDX-License-Identifier: GPL-2.0-only
/*
 * mymap.c - right in another way: kzalloc() and vm_iomap_memory().
 *
 * vm_iomap_memory() is given where the buffer begins and how long it is; it
 * looks at offset and length itself and maps the part that was asked for.
 */
#include <linux/fs.h>
#include <linux/io.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "mymap_uapi.h"

static unsigned int pages = 1;
module_param(pages, uint, 0444);

static char *memory;
static size_t memory_size;

static ssize_t mymap_read(struct file *file, char __user *to, size_t count,
			  loff_t *pos)
{
	size_t left;

	if (*pos < 0)
		return -EINVAL;
	if (*pos >= memory_size)
		return 0;
	left = memory_size - *pos;
	if (count > left)
		count = left;
	if (copy_to_user(to, memory + *pos, count))
		return -EFAULT;
	*pos += count;
	return count;
}

static int mymap_mmap(struct file *file, struct vm_area_struct *vma)
{
	/*
	 * A private mapping would copy pages; this driver has no use for it.
	 * VM_SHARED is not set for a shared mapping of a file opened read-only.
	 */
	if (!(vma->vm_flags & VM_MAYSHARE))
		return -EINVAL;
	return vm_iomap_memory(vma, virt_to_phys(memory), memory_size);
}

static const struct file_operations mymap_fops = {
	.owner = THIS_MODULE,
	.read = mymap_read,
	.llseek = default_llseek,
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
	int i, err;

	if (pages == 0)
		return -EINVAL;
	memory_size = pages * PAGE_SIZE;
	memory = kzalloc(memory_size, GFP_KERNEL | __GFP_NOWARN);
	if (!memory)
		return -ENOMEM;
	for (i = 0; i < MYMAP_TEN; i++)
		memory[i] = i;
	err = misc_register(&mymap_device);
	if (err)
		kfree(memory);
	else
		pr_info("mymap: %zu bytes at /dev/mymap\n", memory_size);
	return err;
}

static void __exit mymap_exit(void)
{
	misc_deregister(&mymap_device);
	kfree(memory);
	pr_info("mymap: bye\n");
}

module_init(mymap_init);
module_exit(mymap_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("mymap with vm_iomap_memory");
