// SPDX-License-Identifier: GPL-2.0-only
/*
 * hold.c - the kit's own module: holds a program in a gap of a driver's.
 *
 * A driver finds a page, takes it, and the kernel enters it into a page table.
 * Who takes the page away meanwhile has to wait. While this module is loaded, the
 * first program that comes to such a place, for a page of the module `in`, stays
 * there until somebody writes 1 into the parameter `go`:
 *
 *	at=found	vmalloc_to_page(), called by `in`, is about to return
 *	at=entered	the kernel is about to make the entry for what a fault
 *			operation of `in` has put into vmf->page
 *
 * It waits in a function of kprobes, where it cannot sleep: the machine needs
 * two processors. Interrupts are served, so the other processor can do anything.
 */
#include <linux/atomic.h>
#include <linux/delay.h>
#include <linux/kallsyms.h>
#include <linux/kprobes.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched.h>

static char *in = "";
module_param(in, charp, 0444);
MODULE_PARM_DESC(in, "the module whose pages are meant");

static char *at = "found";
module_param(at, charp, 0444);
MODULE_PARM_DESC(at, "found or entered");

static unsigned int ms = 3000;
module_param(ms, uint, 0444);
MODULE_PARM_DESC(ms, "how long at most (default 3000)");

static unsigned int held;
module_param(held, uint, 0444);
MODULE_PARM_DESC(held, "1 from when a program has come there; set by the module");

static unsigned int go;
module_param(go, uint, 0644);
MODULE_PARM_DESC(go, "1: it goes on");

static atomic_t came;

static bool is_of_module(unsigned long address)
{
	char name[KSYM_SYMBOL_LEN], tag[MODULE_NAME_LEN + 3];

	snprintf(tag, sizeof(tag), "[%s]", in);
	sprint_symbol(name, address);
	return strstr(name, tag);
}

static void hold(void)
{
	ktime_t until = ktime_add_ms(ktime_get(), ms);

	if (!current->mm || atomic_xchg(&came, 1))
		return;
	WRITE_ONCE(held, 1);
	while (!READ_ONCE(go) && ktime_before(ktime_get(), until))
		udelay(5);
}

static int on_found(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	if (is_of_module((unsigned long)get_kretprobe_retaddr(ri)))
		hold();
	return 0;
}

static int on_entered(struct kprobe *p, struct pt_regs *regs)
{
	struct vm_fault *vmf = (struct vm_fault *)regs_get_kernel_argument(regs, 0);
	const struct vm_operations_struct *ops = vmf->vma->vm_ops;

	if (ops && is_of_module((unsigned long)ops->fault))
		hold();
	return 0;
}

static struct kretprobe found = {
	.kp.symbol_name = "vmalloc_to_page",
	.handler = on_found,
};

static struct kprobe entered = {
	.symbol_name = "finish_fault",
	.pre_handler = on_entered,
};

static bool at_found(void)
{
	return !strcmp(at, "found");
}

static int __init hold_init(void)
{
	return at_found() ? register_kretprobe(&found) : register_kprobe(&entered);
}

static void __exit hold_exit(void)
{
	if (at_found())
		unregister_kretprobe(&found);
	else
		unregister_kprobe(&entered);
}

module_init(hold_init);
module_exit(hold_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("holds a program between finding a page and entering it, for tests");
