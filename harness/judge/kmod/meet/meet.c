// SPDX-License-Identifier: GPL-2.0-only
/*
 * meet.c - the kit's own module: lets two programs, or two threads, meet in an
 * allocation or before a page table entry is made.
 *
 * While it is loaded, the first one that calls such a function from the
 * module `in` waits there until a second one does so, too. Code that looks
 * whether something exists and makes it if not, without a lock around
 * both, is then in the gap between the two every time. Behind a lock the second
 * one never comes, and the first goes on after `ms` milliseconds.
 *
 * It waits in a function of ftrace, where it cannot sleep: the machine needs
 * two processors, and the two programs must be on one each.
 */
#include <linux/atomic.h>
#include <linux/delay.h>
#include <linux/ftrace.h>
#include <linux/gfp.h>
#include <linux/kallsyms.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/version.h>
#include <linux/vmalloc.h>

#define SECOND_WAITS_MS 2

static char *in = "";
module_param(in, charp, 0444);
MODULE_PARM_DESC(in, "the module whose calls are meant");

static unsigned int ms = 300;
module_param(ms, uint, 0444);
MODULE_PARM_DESC(ms, "how long the first waits for the second (default 300)");

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0)
#define NAMED(plain, since) ((unsigned long)since)
#else
#define NAMED(plain, since) ((unsigned long)plain)
#endif

/*
 * What a module can call to get memory, or to enter a page that it has. Looking
 * for names would take longer.
 */
static unsigned long places[] = {
	NAMED(alloc_pages, alloc_pages_noprof),
	NAMED(alloc_pages_exact, alloc_pages_exact_noprof),
	NAMED(__alloc_pages, __alloc_pages_noprof),
	NAMED(__get_free_pages, get_free_pages_noprof),
	NAMED(__kmalloc, __kmalloc_noprof),
	NAMED(get_zeroed_page, get_zeroed_page_noprof),
	NAMED(kmalloc_large, __kmalloc_large_noprof),
	NAMED(kmalloc_trace, __kmalloc_cache_noprof),
	NAMED(vmalloc, vmalloc_noprof),
	NAMED(vmalloc_user, vmalloc_user_noprof),
	NAMED(vzalloc, vzalloc_noprof),
	(unsigned long)vm_insert_page,
	(unsigned long)vmf_insert_mixed,
	(unsigned long)vmf_insert_pfn,
	(unsigned long)vmf_insert_pfn_prot,
};

static struct task_struct *first;
static atomic_t here;

static bool called_by_module(unsigned long caller)
{
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

static void meet(unsigned long ip, unsigned long caller, struct ftrace_ops *ops,
		 struct ftrace_regs *regs)
{
	if (!current->mm || current == READ_ONCE(first) || !called_by_module(caller))
		return;
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
}

static struct ftrace_ops ops = {
	.func = meet,
	.flags = FTRACE_OPS_FL_RECURSION,
};

static int __init meet_init(void)
{
	int err = ftrace_set_filter_ips(&ops, places, ARRAY_SIZE(places), 0, 1);

	return err ? err : register_ftrace_function(&ops);
}

static void __exit meet_exit(void)
{
	unregister_ftrace_function(&ops);
	ftrace_free_filter(&ops);
}

module_init(meet_init);
module_exit(meet_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("lets two programs meet where a page is made or entered, for tests");
