// SPDX-License-Identifier: GPL-2.0-only
/*
 * screen.c - a pretend display: memory that programs draw into, and a line
 * of it at which the visible picture begins.
 *
 *	program                     memory in the kernel
 *	0x7f31a000 .. ------------> line 0      page 0: being drawn
 *	(all of it mapped)          line 1
 *	                               :
 *	ioctl SCREEN_PAN(height) -> line height page 1: visible
 *	                               :
 *
 * There is no display behind it: read(2) gives what one would show. The
 * contract stands in driver/README.md.
 */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include "screen_uapi.h"

static unsigned int width = 640;
module_param(width, uint, 0444);
MODULE_PARM_DESC(width, "pixels in a line (default 640)");

static unsigned int height = 480;
module_param(height, uint, 0444);
MODULE_PARM_DESC(height, "visible lines (default 480)");

static unsigned int stride;
module_param(stride, uint, 0444);
MODULE_PARM_DESC(stride, "bytes from line to line (default: the pixels of one)");

static unsigned int lines;
module_param(lines, uint, 0444);
MODULE_PARM_DESC(lines, "lines in the memory (default: twice the visible ones)");

/* Keep the memory's address and its geometry here. */

/*
 * The line and the length of a piece of memory that is visible are asked for
 * on each call: nothing of the picture is kept anywhere but in the memory, so
 * read(2) cannot show an old one.
 */
static ssize_t screen_read(struct file *file, char __user *to, size_t count,
			   loff_t *pos)
{
	/*
	 * TODO (read_gives_the_picture): copy the visible pixels from *pos on,
	 * line by line and without the padding; see README task 5.
	 */
	return -ENOSYS;
}

/* Numbers from a program: each is looked at before anything is done with it. */
static long screen_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	/*
	 * TODO (geometry_is_told): answer SCREEN_GEOMETRY, and refuse commands
	 * that are not yours; see README task 2.
	 */
	/*
	 * TODO (pan_moves_the_picture, pan_is_bounded; geometry_is_told tries it
	 * with a bad address): SCREEN_PAN; see README tasks 2 and 4.
	 */
	return -ENOSYS;
}

static int screen_mmap(struct file *file, struct vm_area_struct *vma)
{
	/*
	 * TODO (memory_is_shared, mapping_has_bounds): enter the memory's pages
	 * into this VMA, from its offset on and not one more; see README task 3.
	 */
	return -ENOSYS;
}

static const struct file_operations screen_fops = {
	/*
	 * TODO (unload_waits_and_gives_back): name the module that these
	 * functions belong to; see README task 6.
	 */
	.read = screen_read,
	.unlocked_ioctl = screen_ioctl,
	.mmap = screen_mmap,
};

static struct miscdevice screen_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = SCREEN_NAME,
	.fops = &screen_fops,
	.mode = 0666,
};

/*
 * From the parameters to a geometry that all other functions can rely on:
 * what is checked once here is checked nowhere else.
 */
static int __init screen_lay_out(void)
{
	/*
	 * TODO (bad_geometry_is_refused): put in what was left out, refuse what
	 * makes no screen; see README task 1.
	 */
	return -ENOSYS;
}

static int __init screen_init(void)
{
	int err = screen_lay_out();

	if (err)
		return err;
	/*
	 * TODO (geometry_is_told, memory_is_shared): allocate cleared memory, and
	 * register the device last; see README tasks 1 and 2.
	 */
	return -ENOSYS;
}

static void __exit screen_exit(void)
{
	misc_deregister(&screen_misc);
	/*
	 * TODO (unload_waits_and_gives_back): give the memory back; see README
	 * task 6.
	 */
}

module_init(screen_init);
module_exit(screen_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("a pretend display whose memory can be mapped");
