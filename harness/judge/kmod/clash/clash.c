// SPDX-License-Identifier: GPL-2.0-only
/*
 * clash.c - the kit's own module: takes a misc device's name first.
 *
 * While it is loaded, another driver that registers a misc device of the same
 * name gets -EEXIST from misc_register(), so that a test can see whether its
 * error path gives back what it had taken. The device can do nothing.
 */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>

static char *name = "mymap";
module_param(name, charp, 0444);
MODULE_PARM_DESC(name, "the name to take (default mymap)");

static const struct file_operations clash_fops = {
	.owner = THIS_MODULE,
};

static struct miscdevice clash_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.fops = &clash_fops,
	.mode = 0400,
};

static int __init clash_init(void)
{
	clash_misc.name = name;
	return misc_register(&clash_misc);
}

static void __exit clash_exit(void)
{
	misc_deregister(&clash_misc);
}

module_init(clash_init);
module_exit(clash_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("takes the name of a misc device, for tests");
