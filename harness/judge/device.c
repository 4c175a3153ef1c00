// SPDX-License-Identifier: GPL-2.0-only
/*
 * device.c - what the driver labs have in common: load a module and find its
 * device, talk to a tool that obeys lines, leave dirt where a driver will look.
 */
#include "judge.h"
#include "subject.h"
#include "suite.h"

#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define MISC_MAJOR_NR 10

/* ------------------------------------------------------------- the device */

static char *device_path(const char *name)
{
	return judge_fmt("/dev/%s", name);
}

bool device_exists(const char *name)
{
	return access(device_path(name), F_OK) == 0;
}

void expect_no_device(const char *name, const char *when, const char *why)
{
	if (device_exists(name))
		judge_fail("no such file", device_path(name), "The device exists %s: %s.", when,
			   why);
}

const char *misc_devices(void)
{
	char *text = proc_slurp("/proc/misc", NULL);

	if (!text)
		judge_broken("read /proc/misc: %s", judge_errno_name(errno));
	return text;
}

unsigned device_load(const char *name, const char *params)
{
	const char *path = device_path(name);
	struct stat st;

	expect_module_load(name, params);
	judge_note("loaded with: insmod %s.ko%s%s", name, *params ? " " : "", params);
	if (stat(path, &st))
		judge_fail(path, "no such file",
			   "The module is loaded, but its device is missing: did misc_register() "
			   "run, and with the name %s?",
			   path);
	if ((st.st_mode & 07777) != 0666) {
		SAFE(chmod(path, 0666));
		judge_note("the judge gave %s the mode 0666 itself", path);
	}
	return st.st_mode & 07777;
}

void device_unload(const char *name, const char *when)
{
	int err = module_unload(name);

	if (err)
		judge_fail("0", judge_errno_name(-err), "The module cannot be unloaded %s: %s",
			   when,
			   err == -EBUSY ? "has it an exit function?" :
					   "something still holds a reference to it.");
}

/* The kit's own driver, which does nothing but to have a device. */
static void rival_load(const char *name)
{
	int err = module_load("clash", judge_fmt("name=%s", name));

	if (err)
		judge_broken("insmod clash.ko: %s", judge_errno_name(-err));
}

static void rival_unload(void)
{
	int err = module_unload("clash");

	if (err)
		judge_broken("rmmod clash: %s", judge_errno_name(-err));
}

static dev_t number_of(const char *name)
{
	struct stat st;

	SAFE(stat(device_path(name), &st));
	return st.st_rdev;
}

bool device_is_misc(const char *name)
{
	return major(number_of(name)) == MISC_MAJOR_NR;
}

/*
 * Which free number the kernel gives depends on its release; it gives the same one
 * again, unless another driver has got it meanwhile.
 */
void expect_minor_is_chosen(const char *name, const char *params)
{
	unsigned before = minor(number_of(name)), after;

	device_unload(name, "although nobody used it");
	expect_no_device(name, "after the unload", "it was not deregistered");
	rival_load("rival");
	device_load(name, params);
	after = minor(number_of(name));
	rival_unload();
	judge_input("a device has the minor number %u; it is unloaded, another driver gets a "
		    "free number, and %s is loaded again",
		    before, name);
	if (after == before)
		judge_fail("another number", judge_fmt("%u again", before),
			   "The device's minor number is fixed, and another driver may have it: "
			   "let the kernel choose one that is free.");
}

void device_clash(const char *name, const char *params, int loads, long kb)
{
	int i, err;

	quiet_console();
	rival_load(name);
	for (i = -4; i < loads; i++) {
		if (i == 0) /* the first rounds warm the caches up */
			leak_mark();
		err = module_load(name, params);
		judge_input("insmod %s.ko %s", name, params);
		if (err != -EEXIST)
			judge_fail("EEXIST", err ? judge_errno_name(-err) : "it is loaded",
				   "Another driver has the name %s already, and the load must fail "
				   "with what misc_register() returned.",
				   name);
	}
	judge_input("%d failed loads of %s.ko %s", loads, name, params);
	expect_nothing_kept(loads, kb, "by a load that fails because the name is taken");
	rival_unload();
}

void device_refusals(const char *name, const char *params)
{
	int i;

	leak_mark();
	for (i = 0; i < PAGE_ROUNDS; i++)
		module_load(name, params);
	judge_input("%d times insmod %s.ko %s", PAGE_ROUNDS, name, params);
	expect_nothing_kept(PAGE_ROUNDS, PAGE_ROUNDS_KB, "by a load that fails");
}

const char device_reader_hint[] =
	" The descriptor is open for reading only: MAP_SHARED sets no VM_SHARED then. Which flag "
	"does it always set?";

/* Only large numbers are cut by a type. */
const char *device_bound_hint(uint64_t length, uint64_t offset)
{
	if (length >= 1ULL << 31 || offset >= 1ULL << 31)
		return " In which type does the driver compute?";
	return offset ? " The end is at offset plus length." : "";
}

/* ---------------------------------------------------- a tool that obeys lines */

const char *tool_ask(struct subject *s, const char *fmt, ...)
{
	char *line;
	va_list ap;

	va_start(ap, fmt);
	line = text_format(fmt, ap);
	va_end(ap);
	subject_send(s, "%s\n", line);
	judge_input("`%s` to a program that has the device open", line);
	return subject_line(s);
}

void tool_leave(struct subject *s)
{
	subject_close_stdin(s);
	subject_wait(s);
	expect_exit(s, 0);
}

void expect_denied(struct subject *s, const char *command, uint64_t addr, const char *what,
		   const char *why)
{
	subject_send(s, "%s\n", command);
	judge_input("`%s` to a program that holds that mapping", command);
	subject_close_stdin(s);
	subject_wait(s);
	if (!subject_signal(s))
		judge_fail("SIGSEGV", "it worked", "%s worked: %s", what, why);
	if (subject_signal(s) != SIGSEGV || subject_fault_code(s) != SEGV_ACCERR)
		judge_fail("SIGSEGV, SEGV_ACCERR (2)",
			   judge_fmt("SIG%s, si_code %d", sigabbrev_np(subject_signal(s)),
				     subject_fault_code(s)),
			   "%s ended in another way than as a forbidden access.", what);
	if (subject_fault_addr(s) != addr)
		judge_fail(judge_fmt("%#llx", (unsigned long long)addr),
			   judge_fmt("%#llx", (unsigned long long)subject_fault_addr(s)),
			   "%s: the fault is at another address.", what);
}

/* ------------------------------------------------------------------- memory */

/*
 * dirty_free_pages() leaves single dirty pages. What a stream socket queues
 * lies in blocks of eight, which the next request for eight pages gets.
 */
void dirty_free_blocks(void)
{
	static char pattern[36 * 1024];
	int pair[2];

	memset(pattern, 0xa5, sizeof(pattern));
	SAFE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair));
	while (write(pair[0], pattern, sizeof(pattern)) > 0)
		;
	close(pair[0]);
	close(pair[1]);
}

/* Active objects of the caches that kmalloc() takes from. */
static const char *const kmalloc_caches[] = {
	"kmalloc-8",   "kmalloc-16",  "kmalloc-32",  "kmalloc-64",  "kmalloc-96",
	"kmalloc-128", "kmalloc-192", "kmalloc-256", "kmalloc-512", "kmalloc-1k",
	"kmalloc-2k",  "kmalloc-4k",  "kmalloc-8k",
};
#define CACHES (sizeof(kmalloc_caches) / sizeof(kmalloc_caches[0]))

/* Objects of a cache that come and go without the module. */
#define KMALLOC_NOISE 16

static struct {
	long objects[CACHES];
	long free_kb;
} marked;

void leak_mark(void)
{
	sysctl_drop_caches();
	slab_objects(kmalloc_caches, CACHES, marked.objects);
	marked.free_kb = memory_free_kb();
}

struct kept {
	int times;
	long kb;
	const char *cache; /* what is kept: objects of this cache, or pages */
	long more;
};

static bool nothing_kept(void *arg)
{
	long objects[CACHES];
	struct kept *k = arg;
	size_t i;

	sysctl_drop_caches();
	slab_objects(kmalloc_caches, CACHES, objects);
	for (i = 0; i < CACHES; i++) {
		k->cache = kmalloc_caches[i];
		k->more = objects[i] - marked.objects[i];
		if (k->more > KMALLOC_NOISE + k->times / 4)
			return false;
	}
	k->cache = NULL;
	k->more = marked.free_kb - memory_free_kb();
	return k->more <= k->kb;
}

void expect_nothing_kept(int times, long kb, const char *when)
{
	struct kept k = { .times = times, .kb = kb };

	/* The kernel gives some things back a moment later. */
	if (judge_poll(nothing_kept, &k, 500))
		return;
	if (k.cache)
		judge_fail("as many objects as before", judge_fmt("%ld more", k.more),
			   "Memory of the cache %s is not given back %s.", k.cache, when);
	judge_fail("as much free memory as before", judge_fmt("%ld KiB less", k.more),
		   "Memory is not given back %s.", when);
}

void quiet_console(void)
{
	int fd = (int)SAFE(open("/proc/sys/kernel/printk", O_WRONLY | O_CLOEXEC));

	SAFE(write(fd, "1", 1));
	close(fd);
}
