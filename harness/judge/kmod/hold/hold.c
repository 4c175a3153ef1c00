// SPDX-License-Identifier: GPL-2.0-only
/*
 * hold.c - the kit's own module: holds a program in a gap of a driver's.
 *
 * A driver finds a page, takes it, and the kernel enters it into a page table.
 * Who takes the page away meanwhile has to wait. While this module is loaded, the
 * first program that comes to such a place, for a page of the module `in`, stays
 * there until somebody writes 1 into the parameter `go`:
 *
 *	at=found	vmalloc_to_page() or vmalloc_to_pfn(), called by `in`, is
 *			about to return
 *	at=entered	the kernel is about to make an entry in a mapping of `in`:
 *			for what its fault operation has put into vmf->page, or
 *			what it enters itself
 *	at=copied	read(2) of a file of `in` has called a function that copies
 *			to a program, which has not begun
 *
 * vm_insert_page() refuses a page that is free, and enters it if somebody has it
 * by then. So the page has a reference more until that function returns, and it
 * does not depend on luck what becomes of one that was freed too early.
 *
 * Memory that was given back need not show it: it may keep what was in it, and its
 * address may still be in the TLB. So with at=copied and at=found the module has a
 * reference to the page that is copied from or found, and says in `lost` whether nobody
 * else had one at the end, or the page was no longer at its address. One that was found
 * and lost is kept until the module goes: who takes it now would write to others' memory.
 *
 * It waits in a function of kprobes, where it cannot sleep: the machine needs
 * two processors. Interrupts are served, so the other processor can do anything. Where
 * ftrace has no place, as in _copy_to_user(), kprobes has a breakpoint, whose handler
 * runs without interrupts. So with at=copied the handler only sends the program into
 * a function of this module, which waits and then calls the one that it was to call
 * (Documentation/trace/kprobes.rst, "Changing Execution Path").
 */
#include <linux/atomic.h>
#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/kallsyms.h>
#include <linux/kprobes.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/uaccess.h>
#include <linux/uio.h>
#include <linux/vmalloc.h>

static char *in = "";
module_param(in, charp, 0444);
MODULE_PARM_DESC(in, "the module whose pages are meant");

static char *at = "found";
module_param(at, charp, 0444);
MODULE_PARM_DESC(at, "found, entered or copied");

static unsigned int ms = 6000;
module_param(ms, uint, 0444);
MODULE_PARM_DESC(ms, "how long at most (default 6000)");

static unsigned int held;
module_param(held, uint, 0444);
MODULE_PARM_DESC(held, "1 from when a program has come there; set by the module");

static unsigned int lost;
module_param(lost, uint, 0444);
MODULE_PARM_DESC(lost, "1: what was found or is copied from was given back; set by the module");

static unsigned int go;
module_param(go, uint, 0644);
MODULE_PARM_DESC(go, "1: it goes on");

static int except;
module_param(except, int, 0444);
MODULE_PARM_DESC(except, "the process that is never held: who is to go on beside it");

static atomic_t came;

static bool is_of_module(unsigned long address)
{
	char name[KSYM_SYMBOL_LEN], tag[MODULE_NAME_LEN + 3];

	snprintf(tag, sizeof(tag), "[%s]", in);
	sprint_symbol(name, address);
	return strstr(name, tag);
}

static bool maps_module(const struct vm_area_struct *vma)
{
	return vma->vm_ops && is_of_module((unsigned long)vma->vm_ops->fault);
}

static bool comes_first(void)
{
	return current->mm && current->tgid != except && !atomic_xchg(&came, 1);
}

static void wait_for_go(void)
{
	ktime_t until = ktime_add_ms(ktime_get(), ms);

	WRITE_ONCE(held, 1);
	while (!READ_ONCE(go) && ktime_before(ktime_get(), until))
		udelay(5);
}

static void hold(void)
{
	if (comes_first())
		wait_for_go();
}

/* The page that was found; NULL if it was free by then. */
static struct page *found;

static int on_page_found(struct kretprobe_instance *ri, struct page *page)
{
	if (!is_of_module((unsigned long)get_kretprobe_retaddr(ri)) || !comes_first())
		return 0;
	if (page && get_page_unless_zero(page))
		found = page;
	wait_for_go();
	if (found && page_count(found) == 1)
		WRITE_ONCE(lost, 1);
	return 0;
}

static int on_found(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	return on_page_found(ri, (struct page *)regs_return_value(regs));
}

static int on_pfn_found(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	return on_page_found(ri, pfn_to_page(regs_return_value(regs)));
}

static int on_finished(struct kprobe *p, struct pt_regs *regs)
{
	struct vm_fault *vmf = (struct vm_fault *)regs_get_kernel_argument(regs, 0);

	if (maps_module(vmf->vma))
		hold();
	return 0;
}

static int on_inserted(struct kprobe *p, struct pt_regs *regs)
{
	if (maps_module((struct vm_area_struct *)regs_get_kernel_argument(regs, 0)))
		hold();
	return 0;
}

/* The page at a kernel address, or NULL if it is not one of a buffer's. */
static struct page *page_at(const void *address)
{
	if (is_vmalloc_addr(address))
		return vmalloc_to_page(address);
	return virt_addr_valid(address) ? virt_to_page(address) : NULL;
}

static void hold_copy(const void *from)
{
	struct page *page = page_at(from);

	if (page && !get_page_unless_zero(page))
		page = NULL;
	wait_for_go();
	if (page && (page_count(page) == 1 || page_at(from) != page))
		WRITE_ONCE(lost, 1);
	if (page)
		put_page(page);
}

static unsigned long held_to_user(void __user *to, const void *from, unsigned long n)
{
	hold_copy(from);
	return _copy_to_user(to, from, n);
}

static size_t held_to_iter(const void *from, size_t n, struct iov_iter *to)
{
	hold_copy(from);
	return _copy_to_iter(from, n, to);
}

static ssize_t held_simple(void __user *to, size_t n, loff_t *position, const void *from,
			   size_t available)
{
	hold_copy(from + *position);
	return simple_read_from_buffer(to, n, position, from, available);
}

/*
 * Who is in a read operation of `in`. Where the function will return to tells nothing: what
 * `in` calls last is jumped to, and returns to the kernel.
 */
static struct task_struct *reader;

/* Nonzero: nothing to do when it returns. */
static int on_read(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	const struct file *file = (struct file *)regs_get_kernel_argument(regs, 0);

	if (!is_of_module((unsigned long)file->f_op->read) &&
	    !is_of_module((unsigned long)file->f_op->read_iter))
		return 1;
	WRITE_ONCE(reader, current);
	return 0;
}

static int on_was_read(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	WRITE_ONCE(reader, NULL);
	return 0;
}

/* The first time @instead is called. */
static int divert(struct pt_regs *regs, unsigned long instead)
{
	if (READ_ONCE(reader) != current || !comes_first())
		return 0;
	instruction_pointer_set(regs, instead);
	return 1;
}

static int on_to_user(struct kprobe *p, struct pt_regs *regs)
{
	return divert(regs, (unsigned long)held_to_user);
}

static int on_to_iter(struct kprobe *p, struct pt_regs *regs)
{
	return divert(regs, (unsigned long)held_to_iter);
}

static int on_simple(struct kprobe *p, struct pt_regs *regs)
{
	return divert(regs, (unsigned long)held_simple);
}

/* A probe that has this is never made a jump, which could not be diverted. */
static void on_done(struct kprobe *p, struct pt_regs *regs, unsigned long flags)
{
}

/* Nonzero: nothing to do when it returns. */
static int on_page_inserted(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct page *page = (struct page *)regs_get_kernel_argument(regs, 2);

	if (!maps_module((struct vm_area_struct *)regs_get_kernel_argument(regs, 0)))
		return 1;
	if (!page || !get_page_unless_zero(page))
		page = NULL;
	hold();
	*(struct page **)ri->data = page;
	return !page;
}

static int on_page_was_inserted(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	put_page(*(struct page **)ri->data);
	return 0;
}

/* By address where a module can: looking for a name takes longer. */
static struct kretprobe page_found = {
	.kp.addr = (kprobe_opcode_t *)vmalloc_to_page,
	.handler = on_found,
};

static struct kretprobe pfn_found = {
	.kp.addr = (kprobe_opcode_t *)vmalloc_to_pfn,
	.handler = on_pfn_found,
};

static struct kprobe finished = {
	.symbol_name = "finish_fault",
	.pre_handler = on_finished,
};

static struct kretprobe page_inserted = {
	.kp.addr = (kprobe_opcode_t *)vm_insert_page,
	.entry_handler = on_page_inserted,
	.handler = on_page_was_inserted,
	.data_size = sizeof(struct page *),
};

static struct kprobe pfn_inserted = {
	.addr = (kprobe_opcode_t *)vmf_insert_pfn,
	.pre_handler = on_inserted,
};

static struct kprobe prot_inserted = {
	.addr = (kprobe_opcode_t *)vmf_insert_pfn_prot,
	.pre_handler = on_inserted,
};

static struct kprobe mixed_inserted = {
	.addr = (kprobe_opcode_t *)vmf_insert_mixed,
	.pre_handler = on_inserted,
};

static struct kretprobe reading = {
	.kp.symbol_name = "vfs_read",
	.entry_handler = on_read,
	.handler = on_was_read,
};

static struct kprobe to_user = {
	.symbol_name = "_copy_to_user",
	.pre_handler = on_to_user,
	.post_handler = on_done,
};

static struct kprobe to_iter = {
	.symbol_name = "_copy_to_iter",
	.pre_handler = on_to_iter,
	.post_handler = on_done,
};

static struct kprobe simple = {
	.addr = (kprobe_opcode_t *)simple_read_from_buffer,
	.pre_handler = on_simple,
	.post_handler = on_done,
};

static struct place {
	const char *at;
	struct kretprobe *returns[2];
	int returns_count;
	struct kprobe *calls[4];
	int calls_count;
} places[] = {
	{ "found", { &page_found, &pfn_found }, 2 },
	{ "entered",
	  { &page_inserted },
	  1,
	  { &finished, &pfn_inserted, &prot_inserted, &mixed_inserted },
	  4 },
	{ "copied", { &reading }, 1, { &to_user, &to_iter, &simple }, 3 },
};
static struct place *place; /* that of `at` */

static int __init hold_init(void)
{
	int i, err;

	for (i = 0; i < ARRAY_SIZE(places); i++)
		if (!strcmp(at, places[i].at))
			place = &places[i];
	if (!place)
		return -EINVAL;
	err = register_kretprobes(place->returns, place->returns_count);
	if (err || !place->calls_count)
		return err;
	err = register_kprobes(place->calls, place->calls_count);
	if (err)
		unregister_kretprobes(place->returns, place->returns_count);
	return err;
}

static void __exit hold_exit(void)
{
	unregister_kprobes(place->calls, place->calls_count);
	unregister_kretprobes(place->returns, place->returns_count);
	if (found)
		put_page(found);
}

module_init(hold_init);
module_exit(hold_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("holds a program between finding a page and entering it, for tests");
