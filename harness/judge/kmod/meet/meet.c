// SPDX-License-Identifier: GPL-2.0-only
/*
 * meet.c - the kit's own module: lets two programs meet in an allocation.
 *
 * While it is loaded, the first program that calls an allocator from the
 * module `in` waits there until a second one does so, too. Code that looks
 * whether something exists and allocates it if not, without a lock around
 * both, is then in the gap between the two every time. Behind a lock the second
 * one never comes, and the first goes on after `ms` milliseconds.
 *
 * It waits in a kprobe, where it cannot sleep: the machine needs two
 * processors, and the two programs must be on one each.
 */
#include <linux/atomic.h>
#include <linux/delay.h>
#include <linux/kallsyms.h>
#include <linux/kprobes.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/sched.h>

#define SECOND_WAITS_MS 2

static char *in = "";
module_param(in, charp, 0444);
MODULE_PARM_DESC(in, "the module whose calls are meant");

static unsigned int ms = 300;
module_param(ms, uint, 0444);
MODULE_PARM_DESC(ms, "how long the first waits for the second (default 300)");

/* What a module can call to get memory; what this kernel lacks is left out. */
static const char *const allocators[] = {
	"alloc_pages",	    "__alloc_pages", "alloc_pages_exact", "get_zeroed_page",
	"__get_free_pages", "__kmalloc",     "kmalloc_trace",	  "kmalloc_large",
	"vmalloc",	    "vzalloc",	     "vmalloc_user",
};

static struct kprobe probes[ARRAY_SIZE(allocators)];
static struct task_struct *first;
static atomic_t here;

static bool called_by_module(struct pt_regs *regs)
{
	unsigned long caller = *(unsigned long *)kernel_stack_pointer(regs);
	char name[KSYM_SYMBOL_LEN], tag[MODULE_NAME_LEN + 3];

	snprintf(tag, sizeof(tag), "[%s]", in);
	sprint_symbol(name, caller);
	return strstr(name, tag);
}

static void wait(unsigned int limit_ms, int until_here)
{
	ktime_t until = ktime_add_ms(ktime_get(), limit_ms);

	while (atomic_read(&here) < until_here && ktime_before(ktime_get(), until))
		udelay(5);
}

static int meet(struct kprobe *p, struct pt_regs *regs)
{
	if (!current->mm || current == READ_ONCE(first) || !called_by_module(regs))
		return 0;
	switch (atomic_inc_return(&here)) {
	case 1:
		WRITE_ONCE(first, current);
		wait(ms, 2);
		break;
	case 2:
		/* The first is done with its page when the second comes with another. */
		wait(SECOND_WAITS_MS, INT_MAX);
		break;
	}
	return 0;
}

static int __init meet_init(void)
{
	size_t i;
	int n = 0;

	for (i = 0; i < ARRAY_SIZE(allocators); i++) {
		probes[i].symbol_name = allocators[i];
		probes[i].pre_handler = meet;
		if (register_kprobe(&probes[i]))
			probes[i].symbol_name = NULL;
		else
			n++;
	}
	return n ? 0 : -ENOENT;
}

static void __exit meet_exit(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(allocators); i++)
		if (probes[i].symbol_name)
			unregister_kprobe(&probes[i]);
}

module_init(meet_init);
module_exit(meet_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("lets two programs meet in an allocation, for tests");
