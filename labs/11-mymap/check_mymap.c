// SPDX-License-Identifier: GPL-2.0-only
/*
 * check_mymap.c - what a right mymap driver does, seen from user space.
 *
 * The tests load the module, let the client tool map the device as an
 * ordinary user, and compare what several processes, read(2), the page tables
 * and the kernel's own counts say. Nothing here depends on how the driver
 * gets its memory or enters it into a page table.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "judge.h"

#include "../../driver/mymap/mymap_uapi.h"

#define PAGE 4096UL
#define AT_ONCE "536870912" /* bytes: more than the machine has memory */
#define MISC_MAJOR_NR 10
#define LARGE "pages=64" /* what a failed load must not keep: 256 KiB */
#define LARGE_KB 256
#define CLASHES 12
#define LOADS (100 - PAGE_ROUNDS)
#define WARMING_KB 4096 /* what the first loads of a machine may cost */

#define TAINT_WARNED 512

#define CANNOT_MAP "The device cannot be mapped, although the buffer is large enough."

/* ---------------------------------------------------------------- helpers */

static void load(const char *params)
{
	device_load(MYMAP_NAME, params);
}

static void unload(const char *when)
{
	device_unload(MYMAP_NAME, when);
}

/* Each test maps for reading and writing first: then what is special is the reader. */
static const char *cannot_map(const char *prot)
{
	if (!strcmp(prot, "rw"))
		return CANNOT_MAP;
	return judge_fmt("A mapping for reading, or PROT_NONE, is refused, although one for "
			 "reading and writing is not.%s",
			 device_reader_hint);
}

/* The first line of a client that holds a mapping; returns its address. */
static uint64_t mapped_at(struct subject *s, const char *prot)
{
	const char *line = subject_line(s);

	if (strncmp(line, "mapped ", 7))
		judge_fail("mapped ADDRESS", line, "%s", cannot_map(prot));
	return strtoull(line + 7, NULL, 16);
}

static struct subject *hold(const char *prot, unsigned pages, uint64_t *addr)
{
	/* Addresses without a limit: what is too long shall be the driver's to refuse. */
	struct subject *s = subject_start(&(struct subject_spec){
		.argv = SUBJECT_ARGV("mymap", "-p", prot, "-l", judge_fmt("%lu", pages * PAGE),
				     "hold"),
		.limit_as = ~0UL,
	});

	*addr = mapped_at(s, prot);
	return s;
}

/*
 * A client that stands still with a mapping of its own, for the host to look
 * at: the kernel that tells all the rest is the one that the module runs in.
 */
static struct subject *parked(const char *prot, unsigned pages, unsigned long offset)
{
	struct subject *s = START("mymap", "-p", prot, "-l", judge_fmt("%lu", pages * PAGE), "-o",
				  judge_fmt("%lu", offset), "park", host_cookie());

	expect_str(subject_line(s), "ready ok", "%s", cannot_map(prot));
	return s;
}

/* A byte of the buffer, and what to store there: never what stands there. */
struct store {
	unsigned at;
	unsigned value;
};

static struct store any_store(unsigned from, unsigned to)
{
	return (struct store){
		.at = from + judge_below(to - from),
		.value = 100 + judge_below(156),
	};
}

static void put(struct subject *s, struct store st)
{
	expect_str(tool_ask(s, "set %u %u", st.at, st.value), "ok",
		   "The client could not store through a read-write mapping.");
}

/* @sentence is what it means if another value stands there. */
static const char shows_nothing[] =
	"A read-write mapping does not keep what was stored: does it show the buffer, or any memory?";

static void expect_stored(struct subject *s, struct store st, const char *sentence)
{
	expect_str(tool_ask(s, "get %u", st.at), judge_fmt("%u", st.value), "%s", sentence);
}

/* A client that has ended; what it says on standard error is what failed. */
static void expect_worked(struct subject *s, const char *sentence)
{
	const char *said = subject_err(s, NULL);

	if (!subject_signal(s) && subject_exit(s) && *said)
		judge_fail("no error", judge_fmt("%.*s", (int)strcspn(said, "\n"), said), "%s",
			   sentence);
	expect_exit(s, 0);
}

/* The client has written its mapping; write(2) is what meets a missing page. */
static void expect_dumped(struct subject *s)
{
	expect_worked(s, strstr(subject_err(s, NULL), "standard output") ?
				 "The device can be mapped, but write(2) of the whole mapping "
				 "fails: a page of it has no frame." :
				 CANNOT_MAP);
}

static void expect_ten(void)
{
	struct subject *s = RUN("mymap", "show");

	expect_worked(s, CANNOT_MAP);
	expect_str(subject_out(s, NULL), "0 1 2 3 4 5 6 7 8 9\n",
		   "The first ten bytes of the mapping are not 0 to 9: does init write them, and "
		   "are the frames that mmap enters those of the same memory?");
}

static void expect_no_warning(const char *what)
{
	unsigned long taint = kernel_taint();

	if (taint != TAINT_OUT_OF_TREE_UNSIGNED)
		judge_fail("no taint beyond out-of-tree and unsigned",
			   judge_fmt("taint %#lx%s", taint & ~TAINT_OUT_OF_TREE_UNSIGNED,
				     taint & TAINT_WARNED ? ": the kernel warned" : ""),
			   "%s", what);
}

/* Not every warning taints. */
static void expect_quiet_refusal(void)
{
	static const char what[] =
		"The load failed, as it must, but made the kernel print a warning: the allocation "
		"can be told not to, or the size be compared with what memory there is.";
	const char *line = klog_complaint();

	expect_no_warning(what);
	if (line)
		judge_fail("no warning", line, "%s", what);
}

/* ----------------------------------------------------------------- loading */

START_TEST(loads)
{
	struct stat st;

	load("");
	SAFE(stat(MYMAP_PATH, &st));
	expect_true(S_ISCHR(st.st_mode), MYMAP_PATH " is not a character device.");
	expect_int(major(st.st_rdev), MISC_MAJOR_NR,
		   "The device's major number is not that of misc devices.");
	expect_true(strstr(misc_devices(), " " MYMAP_NAME "\n"),
		    "/proc/misc does not list " MYMAP_NAME ".");
}
END_TEST

START_TEST(ordinary_user_may_open)
{
	unsigned mode = device_load(MYMAP_NAME, "");
	int status;
	pid_t pid;

	if (mode != 0666)
		judge_fail("0666", judge_fmt("%04o", mode),
			   "The mode of " MYMAP_PATH " does not let everybody read and write; a "
			   "struct miscdevice has a field for it, and in C an octal number begins "
			   "with 0.");
	pid = (pid_t)SAFE(fork());
	if (pid == 0) {
		if (setgid(SUBJECT_UID) || setuid(SUBJECT_UID))
			_exit(255);
		_exit(open(MYMAP_PATH, O_RDWR) < 0 ? errno : 0);
	}
	SAFE(waitpid(pid, &status, 0));
	expect_true(WIFEXITED(status), "A process of the user %d died in open(2).", SUBJECT_UID);
	expect_str(judge_errno_name(WEXITSTATUS(status)), judge_errno_name(0),
		   "The user %d cannot open " MYMAP_PATH " for reading and writing.", SUBJECT_UID);
}
END_TEST

START_TEST(impossible_size_is_refused)
{
	static const char too_large[] =
		"A buffer of this size cannot be had, and yet the load worked: does the size in "
		"bytes fit the type that holds it, and is the allocation's result checked?";
	static const struct {
		const char *params;
		int err;
		const char *loaded; /* what it means if it is */
	} sizes[] = {
		{ "pages=4294967295", -ENOMEM, too_large },
		{ "pages=1048577", -ENOMEM, too_large }, /* 4 GiB + 4 KiB: in 32 bits one page */
		{ "pages=0", -EINVAL,
		  "There is no buffer without a page: pages=0 is refused, not taken for another "
		  "size." },
	};
	size_t i;

	klog_mark();
	leak_mark();
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		int err = module_load("mymap", sizes[i].params);

		judge_input("insmod mymap.ko %s", sizes[i].params);
		if (!err)
			judge_fail(judge_errno_name(-sizes[i].err), "it is loaded", "%s",
				   sizes[i].loaded);
		if (err != sizes[i].err)
			judge_fail(judge_errno_name(-sizes[i].err), judge_errno_name(-err),
				   "A buffer of this size cannot be had, and the load must fail "
				   "with the error that says so.");
		expect_no_device(MYMAP_NAME, "after the load failed",
				 "it was registered and not taken back");
		expect_quiet_refusal();
	}
	judge_input("insmod mymap.ko, three times with a size that cannot be had");
	expect_nothing_kept(1, WARMING_KB, "by a load that fails");
	/* Only these: who takes page by page needs a while until there is no more. */
	device_refusals("mymap", "pages=0");
	judge_input("insmod mymap.ko pages=2");
	load("pages=2");
	expect_no_warning("A load after the failed ones made the kernel print a warning.");
}
END_TEST

START_TEST(name_clash_leaks_nothing)
{
	load(LARGE);
	expect_minor_is_chosen(MYMAP_NAME, LARGE);
	unload("although nobody used it");
	/* A name that is still taken would make the kit's module fail below. */
	expect_no_device(MYMAP_NAME, "after the unload", "it was not deregistered");

	device_clash(MYMAP_NAME, LARGE, CLASHES, CLASHES * LARGE_KB / 4);
	device_clash(MYMAP_NAME, "", PAGE_ROUNDS, PAGE_ROUNDS_KB);
	load(LARGE);
	expect_no_warning("The failed loads made the kernel print a warning.");
}
END_TEST

static void load_and_unload(const char *params)
{
	int err = module_load("mymap", params);

	if (err)
		judge_fail("the module loads", judge_errno_name(-err),
			   "The module was loaded and unloaded, and does not load again: what did "
			   "init or exit leave behind?");
	err = module_unload("mymap");
	if (err)
		judge_fail("the module is unloaded", judge_errno_name(-err),
			   "The module was unloaded before, and now it cannot be.");
	expect_no_device(MYMAP_NAME, "after the unload", "it was not deregistered");
}

START_TEST(hundred_loads_leave_nothing)
{
	size_t reserved;
	const char *misc;
	int round;

	load("");
	unload("although nobody used it");
	for (round = 0; round < 4; round++)
		load_and_unload(round % 2 ? LARGE : "");

	misc = misc_devices();
	reserved = page_flags_count(KPF_RESERVED);
	leak_mark();
	for (round = 0; round < LOADS; round++)
		load_and_unload(LARGE);
	judge_input("%d times insmod and rmmod of mymap.ko " LARGE, LOADS);
	expect_str(misc_devices(), misc, "/proc/misc is not what it was before.");
	expect_int((long long)page_flags_count(KPF_RESERVED), (long long)reserved,
		   "Another number of page frames is marked reserved than before: such a mark "
		   "must be taken back before the page is freed.");
	expect_nothing_kept(LOADS, LOADS * LARGE_KB / 4, "at unload");

	/* A single page is lost among large buffers. */
	leak_mark();
	for (round = 0; round < PAGE_ROUNDS; round++)
		load_and_unload("");
	judge_input("%d times insmod and rmmod of mymap.ko with one page", PAGE_ROUNDS);
	expect_nothing_kept(PAGE_ROUNDS, PAGE_ROUNDS_KB, "at unload");
}
END_TEST

static void expect_unload_refused(const char *while_what)
{
	int err;

	/* Asked first: an unload that succeeds now would take the kernel down. */
	if (module_refcount("mymap") == 0)
		judge_fail("1 use of the module or more", "0",
			   "Nothing holds the module %s, so rmmod would pull its code away: "
			   "do the file operations name their owner?",
			   while_what);
	err = module_unload("mymap");
	if (err != -EAGAIN && err != -EBUSY)
		judge_fail("EAGAIN", err ? judge_errno_name(-err) : "it is unloaded",
			   "The module must not go away %s.", while_what);
}

/* Refused now, and the mapping goes on working. */
static void expect_mapping_survives(struct subject *s, struct store st, const char *while_what)
{
	expect_unload_refused(while_what);
	expect_stored(s, st, "The mapping lost its content when the unload was refused.");
}

static void expect_held_by_open(void)
{
	struct subject *s;
	uint64_t addr;

	load("");
	s = hold("rw", 1, &addr);
	expect_str(tool_ask(s, "unmap"), "ok", "munmap(2)");
	expect_unload_refused("while a program has it open, with nothing mapped");
	expect_str(tool_ask(s, "close"), "ok", "close(2) of the device");
	unload("after the program that had it open has closed it");
	tool_leave(s);
}

START_TEST(unload_waits_for_mappings)
{
	struct store st = any_store(MYMAP_TEN, PAGE);
	struct subject *s;
	uint64_t addr;

	load("");
	s = hold("rw", 1, &addr);
	put(s, st);
	expect_stored(s, st, shows_nothing);
	expect_mapping_survives(s, st, "while a program has it open and mapped");
	expect_str(tool_ask(s, "close"), "ok", "close(2) of the device");
	expect_mapping_survives(s, st, "while a program has it mapped, also when it has closed it");
	expect_str(tool_ask(s, "unmap"), "ok", "munmap(2)");
	unload("after the last mapping is gone");
	expect_no_device(MYMAP_NAME, "after the unload", "it was not deregistered");
	tool_leave(s);
	expect_held_by_open();

	load("");
	s = hold("rw", 1, &addr);
	expect_str(tool_ask(s, "close"), "ok", "close(2) of the device");
	subject_kill(s, SIGKILL);
	subject_wait(s);
	unload("after the program that mapped it was killed");
}
END_TEST

/* ----------------------------------------------------------------- mapping */

START_TEST(first_ten_bytes_count_up)
{
	load("");
	expect_ten();
	host_sees("present,digits", parked("r", 1, 0), NULL);
}
END_TEST

START_TEST(rest_of_buffer_is_zero)
{
	static const unsigned sizes[] = { 1, 8 };
	size_t i;

	for (i = 0; i < 2; i++) {
		size_t len, want = sizes[i] * PAGE, at, dirty = 0, first = 0;
		struct subject *s;
		const char *out;

		/* What goes wrong at an unload is for other tests to say. */
		if (i && (module_unload("mymap") || device_exists(MYMAP_NAME)))
			break;
		dirty_free_pages();
		dirty_free_blocks();
		load(judge_fmt("pages=%u", sizes[i]));
		s = RUN("mymap", "-l", judge_fmt("%zu", want), "dump");
		expect_dumped(s);
		out = subject_out(s, &len);
		expect_int((long long)len, (long long)want,
			   "The client dumped another number of bytes.");
		for (at = len; at-- > MYMAP_TEN;) {
			if (out[at]) {
				dirty++;
				first = at;
			}
		}
		if (dirty)
			judge_fail("0 in every byte from 10 on",
				   judge_fmt("%zu other bytes, the first at %zu: 0x%02x", dirty,
					     first, (unsigned char)out[first]),
				   "Every user of the device can read what this memory held before "
				   "the driver got it: the buffer is not cleared.");
		s = parked("r", sizes[i], 0);
		host_sees("present,clear", s, NULL);
		subject_kill(s, SIGKILL);
		subject_wait(s);
	}
}
END_TEST

START_TEST(processes_share_one_buffer)
{
	enum { PAGES = 3 };
	struct store by_a[PAGES + 1], by_b[PAGES];
	struct subject *a, *b;
	uint64_t at_a, at_b;
	int i;

	load(judge_fmt("pages=%d", PAGES));
	a = hold("rw", PAGES, &at_a);
	by_a[PAGES] = any_store(0, MYMAP_TEN);
	for (i = 0; i < PAGES; i++) {
		/* Halves, so that the two never store to one byte. */
		by_a[i] = any_store(i * PAGE + MYMAP_TEN, i * PAGE + PAGE / 2);
		by_b[i] = any_store(i * PAGE + PAGE / 2, (i + 1) * PAGE);
	}
	for (i = 0; i <= PAGES; i++)
		put(a, by_a[i]);

	b = hold("rw", PAGES, &at_b);
	for (i = 0; i <= PAGES; i++)
		expect_stored(b, by_a[i],
			      "Process B, which mapped later, does not see what process A stored: "
			      "both must have the same pages, and mmap must not write to them.");
	for (i = 0; i < PAGES; i++) {
		put(b, by_b[i]);
		expect_stored(a, by_b[i],
			      "Process A does not see what process B stores: both must have the "
			      "same pages.");
	}
	tool_leave(b);
	for (i = 0; i < PAGES; i++)
		expect_stored(a, by_b[i],
			      "Process A lost the content when process B ended: the buffer must "
			      "live as long as the module.");
	tool_leave(a); /* for a moment nobody has it open */
	a = hold("rw", PAGES, &at_a);
	for (i = 0; i < PAGES; i++)
		expect_stored(a, by_b[i],
			      "The content was lost when the last process that had the device open "
			      "ended: the buffer must live as long as the module.");
	tool_leave(a);
	a = parked("rw", PAGES, 0);
	b = parked("rw", PAGES, 0);
	host_sees("present,same,rw,store", a, b);
}
END_TEST

static void expect_end_past(size_t size)
{
	const uint64_t far[] = { size + 1, size + PAGE, 1ULL << 40 };
	size_t i;

	for (i = 0; i < sizeof(far) / sizeof(far[0]); i++) {
		struct subject *s =
			RUN("mymap", "readat", judge_fmt("%llu", (unsigned long long)far[i]));

		expect_worked(s, "A pread(2) past the end of the buffer fails: there it gives 0 "
				 "bytes.");
		expect_str(subject_out(s, NULL), "0 bytes\n",
			   "A read(2) from a position past the end, %#llx in a buffer of %#zx "
			   "bytes, must give 0 bytes: pread(2) and lseek(2) come there without "
			   "having been at the end.",
			   (unsigned long long)far[i], size);
	}
}

START_TEST(read_sees_stores)
{
	enum { PAGES = 2, STORES = 4 };
	const char *length = judge_fmt("%lu", PAGES * PAGE);
	struct subject *s, *holder;
	unsigned char *want;
	uint64_t addr;
	size_t len;
	int round, i;

	load(judge_fmt("pages=%d", PAGES));
	holder = hold("rw", PAGES, &addr);
	s = RUN("mymap", "-l", length, "dump");
	expect_dumped(s);
	want = (unsigned char *)subject_out(s, &len);
	expect_int((long long)len, PAGES * PAGE, "The client dumped another number of bytes.");

	/* Twice: a driver may keep what it copied for the first read. */
	for (round = 0; round < 2; round++) {
		for (i = 0; i < STORES; i++) {
			struct store st = any_store(i % PAGES * PAGE, (i % PAGES + 1) * PAGE);

			put(holder, st);
			want[st.at] = st.value;
		}
		s = RUN("mymap", "cat");
		expect_worked(s, "The device cannot be read with read(2) from beginning to end.");
		expect_mem(subject_out(s, NULL), (subject_out(s, &len), len), want, PAGES * PAGE,
			   "What read(2) gives is not what the buffer holds now.");
	}
	tool_leave(holder);
	expect_end_past(PAGES * PAGE);
	s = RUN("mymap", "readat", "0", AT_ONCE);
	expect_worked(s, "A read(2) of far more bytes than the buffer has fails. A program may ask "
			 "for any count: no memory may be allocated for it.");
	expect_true(atol(subject_out(s, NULL)) > 0,
		    "A read(2) of far more bytes than the buffer has gives none of them.");
	expect_error(RUN("mymap", "badread"), "EFAULT",
		     "The program gave read(2) memory that it may only read, and was told that it "
		     "worked: what does the function say that copies to a program's address?");
	host_sees("rw,store,read", parked("rw", PAGES, 0), NULL);
}
END_TEST

START_TEST(protection_is_kept)
{
	struct store st = any_store(MYMAP_TEN, PAGE), old;
	struct subject *rw, *s;
	uint64_t addr;

	load("");
	rw = hold("rw", 1, &addr);
	old = (struct store){ st.at, st.value - 50 };
	put(rw, old);

	s = hold("r", 1, &addr);
	expect_stored(s, old, "A read-only mapping shows something else than the buffer.");
	expect_denied(s, judge_fmt("set %u %u", st.at, st.value), addr + st.at,
		      "A store through a read-only mapping",
		      "the page table allows more than the VMA does; which protection did "
		      "the driver pass on?");
	expect_stored(rw, old,
		      "The store through a read-only mapping died, and yet reached the buffer.");

	s = hold("r", 1, &addr);
	expect_str(tool_ask(s, "protect rw"), "error EACCES",
		   "mprotect(2) made a mapping of a descriptor writable that is open for reading "
		   "only: the kernel forbids that, unless the driver sets flags of the VMA.");
	tool_leave(s);

	s = hold("none", 1, &addr);
	expect_denied(s, judge_fmt("get %u", st.at), addr + st.at,
		      "A load through a PROT_NONE mapping",
		      "the page table allows what the VMA forbids; which protection did "
		      "the driver pass on?");
	put(rw, st);
	expect_stored(rw, st, "A read-write mapping does not show what it stored.");
	tool_leave(rw);
	host_sees("present,ro,same", parked("r", 1, 0), parked("r", 1, 0));
}
END_TEST

START_TEST(private_store_stays_private)
{
	struct store st = any_store(MYMAP_TEN, PAGE), mine;
	struct subject *shared, *s;
	const char *line;
	uint64_t addr;

	load("");
	shared = hold("rw", 1, &addr);
	put(shared, st);
	expect_stored(shared, st, shows_nothing);
	mine = (struct store){ st.at, st.value - 50 };

	s = START("mymap", "-P", "hold");
	line = subject_line(s);
	if (strcmp(line, "error EINVAL")) {
		if (strncmp(line, "mapped ", 7))
			judge_fail("a private copy, or error EINVAL", line,
				   "A private mapping is refused, but with another error.");
		expect_stored(s, st, "A private mapping does not begin as the buffer's content.");
		put(s, mine);
		expect_stored(s, mine, "A private mapping does not show what it stored.");
		tool_leave(s);
	}
	/* Refused is right as well: there is nothing private about this buffer. */
	expect_stored(shared, st,
		      "A store through a MAP_PRIVATE mapping reached the buffer itself: which "
		      "protection did the driver pass on?");
	tool_leave(shared);
	/* "The buffer itself" is one, or nothing was shown. */
	host_sees("present,same", parked("rw", 1, 0), parked("rw", 1, 0));
}
END_TEST

static void expect_refused(struct subject *s, unsigned have, uint64_t length, uint64_t offset)
{
	const char *line = tool_ask(s, "try %llu %llu", (unsigned long long)length,
				    (unsigned long long)offset);

	judge_input("mmap of %#llx bytes at offset %#llx of a buffer of %#lx bytes",
		    (unsigned long long)length, (unsigned long long)offset, have * PAGE);
	if (!strncmp(line, "mapped ", 7) && strtoull(line + 7, NULL, 16) < PAGE)
		judge_fail("error EINVAL", line,
			   "The mmap operation returned a positive number, and the kernel took it "
			   "for the address: an error is a negative number, such as -EINVAL.");
	if (!strncmp(line, "mapped ", 7))
		judge_fail("error EINVAL", line,
			   "A mapping that reaches past the end of the buffer was allowed: the "
			   "program now reads and writes memory of somebody else.%s",
			   device_bound_hint(length, offset));
	expect_str(line, "error EINVAL",
		   "A mapping that reaches past the end is refused, but with another error.");
}

START_TEST(past_the_end_is_refused)
{
	static const uint64_t large[] = { 1ULL << 31, (1ULL << 32) + PAGE, 1ULL << 32,
					  (1ULL << 44) + PAGE };
	static const uint64_t far[] = { (1ULL << 32) + PAGE, (1ULL << 44) + PAGE, 1ULL << 63,
					MINUS(16 * PAGE), MINUS(2 * PAGE) };
	/* No power of two: an allocation by its order has more than these, a bound may not. */
	static const unsigned odd_pages[] = { 3, 5, 6, 7 };
	unsigned n = odd_pages[judge_below(4)], i;
	const struct vma *maps;
	size_t count, mine = 0;
	struct subject *s;
	uint64_t addr;

	load(judge_fmt("pages=%u", n));
	s = hold("rw", n, &addr);
	expect_refused(s, n, (n + 1) * PAGE, 0);
	expect_refused(s, n, n * PAGE + 1, 0);
	expect_refused(s, n, PAGE, n * PAGE);
	expect_refused(s, n, n * PAGE, PAGE);
	expect_refused(s, n, 2 * PAGE, (n - 1) * PAGE);
	expect_refused(s, n, (n + 2 + judge_below(1000)) * PAGE, 0);
	expect_refused(s, n, PAGE, (n + 1 + judge_below(1000)) * PAGE);
	for (i = 0; i < sizeof(large) / sizeof(large[0]); i++)
		expect_refused(s, n, large[i], 0);
	for (i = 0; i < sizeof(far) / sizeof(far[0]); i++)
		expect_refused(s, n, PAGE, far[i]);

	maps = maps_read(subject_pid(s), &count);
	while (count--)
		mine += !strcmp(maps[count].path, MYMAP_PATH);
	expect_int((long long)mine, 1,
		   "The client has another number of mappings of the device than it made.");

	for (i = 0; i < n; i++)
		put(s, (struct store){ i * PAGE + 100, 50 + i });
	for (i = 0; i < n; i++) {
		struct subject *one = RUN("mymap", "-o", judge_fmt("%lu", i * PAGE), "get", "100");

		expect_worked(one, CANNOT_MAP);
		expect_str(subject_out(one, NULL), judge_fmt("%u\n", 50 + i),
			   "A mapping that begins at page %u shows another page.", i);
	}
	tool_leave(s);
	/* One ends before the buffer does, one with it. */
	s = parked("rw", n - 1, 0);
	host_sees("present,end,offset", s, parked("rw", n - 1, PAGE));
}
END_TEST

START_TEST(kernel_log_stays_clean)
{
	struct store st = any_store(MYMAP_TEN, PAGE);
	struct subject *rw, *s;
	uint64_t addr;

	klog_mark();
	load("pages=3");
	rw = hold("rw", 3, &addr);
	put(rw, st);
	s = hold("r", 2, &addr);
	tool_ask(s, "get %u", st.at);
	tool_leave(s);
	/* May be refused, may be killed: only the log is looked at. */
	RUN("mymap", "-P", "set", "100", "1");
	RUN("mymap", "-p", "r", "set", "100", "1");
	RUN("mymap", "-l", "65536", "show");
	RUN("mymap", "cat");
	tool_leave(rw);
	unload("after its clients have ended");
	expect_klog_clean();
}
END_TEST

const struct judge_suite judge_suite = {
	.lab = "11-mymap",
	.tests = {
		JUDGE_TEST(loads),
		JUDGE_TEST(ordinary_user_may_open),
		JUDGE_TEST(first_ten_bytes_count_up),
		JUDGE_TEST(rest_of_buffer_is_zero),
		JUDGE_TEST(impossible_size_is_refused),
		JUDGE_TEST(name_clash_leaks_nothing),
		JUDGE_TEST(processes_share_one_buffer),
		JUDGE_TEST(protection_is_kept),
		JUDGE_TEST(private_store_stays_private),
		JUDGE_TEST(read_sees_stores),
		JUDGE_TEST(past_the_end_is_refused),
		JUDGE_TEST(hundred_loads_leave_nothing),
		JUDGE_TEST(unload_waits_for_mappings),
		JUDGE_TEST(kernel_log_stays_clean),
		JUDGE_END,
	},
};
