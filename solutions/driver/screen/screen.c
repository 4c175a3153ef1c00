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

#ifdef STARTER
/* Keep the memory's address and its geometry here. */
#else
static void *memory;
static struct screen_geometry geometry;	/* only its top changes after init */
#endif

/*
 * The line and the length of a piece of memory that is visible are asked for
 * on each call: nothing of the picture is kept anywhere but in the memory, so
 * read(2) cannot show an old one.
 */
static ssize_t screen_read(struct file *file, char __user *to, size_t count,
			   loff_t *pos)
{
#ifdef STARTER
	/*
	 * TODO (read_gives_the_picture): copy the visible pixels from *pos on,
	 * line by line and without the padding; see README task 5.
	 */
	return -ENOSYS;
#else
	size_t row = (size_t)geometry.width * SCREEN_PIXEL;
	size_t total = row * geometry.height, done = 0, n;
	size_t top = READ_ONCE(geometry.top);

	if (*pos < 0)
		return -EINVAL;
	if (*pos >= total)
		return 0;
	count = min_t(size_t, count, total - *pos);
	while (done < count) {
		size_t at = *pos + done, x = at % row, y = at / row;

		/* Up to the end of this line, where the padding begins. */
		n = min(count - done, row - x);
		if (copy_to_user(to + done,
				 memory + (top + y) * geometry.stride + x, n))
			break;
		done += n;
	}
	*pos += done;
	return done || !count ? done : -EFAULT;
#endif
}

/* Numbers from a program: each is looked at before anything is done with it. */
static long screen_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
#ifdef STARTER
	/*
	 * TODO (geometry_is_told): answer SCREEN_GEOMETRY, and refuse commands
	 * that are not yours; see README task 2.
	 */
	/*
	 * TODO (pan_moves_the_picture, pan_is_bounded; geometry_is_told tries it
	 * with a bad address): SCREEN_PAN; see README tasks 2 and 4.
	 */
	return -ENOSYS;
#else
	struct screen_geometry now;
	u32 top;

	switch (cmd) {
	case SCREEN_GEOMETRY:
		now = geometry;
		if (copy_to_user((void __user *)arg, &now, sizeof(now)))
			return -EFAULT;
		return 0;
	case SCREEN_PAN:
		if (get_user(top, (u32 __user *)arg))
			return -EFAULT;
		/* Subtracting cannot wrap: init saw to lines >= height. */
		if (top > geometry.lines - geometry.height)
			return -EINVAL;
		/* A single store: a reader sees the old line or the new one. */
		WRITE_ONCE(geometry.top, top);
		return 0;
	}
	/* The errno for "not a command of this device". */
	return -ENOTTY;
#endif
}

static int screen_mmap(struct file *file, struct vm_area_struct *vma)
{
#ifdef STARTER
	/*
	 * TODO (memory_is_shared, mapping_has_bounds): enter the memory's pages
	 * into this VMA, from its offset on and not one more; see README task 3.
	 */
	return -ENOSYS;
#else
	/*
	 * Enters the pages that vmalloc_user() took, each by itself, for they lie
	 * anywhere in memory. It compares offset and length with the area, in
	 * a way that cannot wrap, and gives EINVAL. The VMA's protection is used,
	 * and VM_DONTEXPAND keeps mremap(2) from asking for more later.
	 */
	return remap_vmalloc_range(vma, memory, vma->vm_pgoff);
#endif
}

static const struct file_operations screen_fops = {
#ifdef STARTER
	/*
	 * TODO (unload_waits_and_gives_back): name the module that these
	 * functions belong to; see README task 6.
	 */
#else
	.owner = THIS_MODULE,	/* an open file or a mapping holds the module */
#endif
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
#ifdef STARTER
	/*
	 * TODO (bad_geometry_is_refused): put in what was left out, refuse what
	 * makes no screen; see README task 1.
	 */
	return -ENOSYS;
#else
	/* In 64 bits: 1073741825 pixels would be 4 bytes in 32. */
	u64 row = (u64)width * SCREEN_PIXEL;

	if (!width || !height || row > U32_MAX || height > U32_MAX / 2)
		return -EINVAL;
	geometry.width = width;
	geometry.height = height;
	geometry.stride = stride ? stride : row;
	geometry.lines = lines ? lines : 2 * height;
	geometry.bits = SCREEN_BITS;
	if (geometry.stride < row || geometry.stride % SCREEN_PIXEL ||
	    geometry.lines < height)
		return -EINVAL;
	geometry.size = PAGE_ALIGN((u64)geometry.stride * geometry.lines);
	return 0;
#endif
}

static int __init screen_init(void)
{
	int err = screen_lay_out();

	if (err)
		return err;
#ifdef STARTER
	/*
	 * TODO (geometry_is_told, memory_is_shared): allocate cleared memory, and
	 * register the device last; see README tasks 1 and 2.
	 */
	return -ENOSYS;
#else
	/* Nobody is to fill the log by asking for more than there is. */
	if (geometry.size >> PAGE_SHIFT > totalram_pages())
		return -ENOMEM;
	/* Cleared, and marked as memory that may be mapped to user space. */
	memory = vmalloc_user(geometry.size);
	if (!memory)
		return -ENOMEM;

	/* Last, for the device can be used from here on. */
	err = misc_register(&screen_misc);
	if (err)
		vfree(memory);
	return err;
#endif
}

static void __exit screen_exit(void)
{
	misc_deregister(&screen_misc);
#ifdef STARTER
	/*
	 * TODO (unload_waits_and_gives_back): give the memory back; see README
	 * task 6.
	 */
#else
	vfree(memory);
#endif
}

module_init(screen_init);
module_exit(screen_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("a pretend display whose memory can be mapped");
