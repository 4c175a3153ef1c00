// SPDX-License-Identifier: GPL-2.0-only
/*
 * check_fault.c - what a right faultmap driver does, seen from user space.
 *
 * The tests load the module, let the client tool map the device as an ordinary
 * user, touch pages, and compare what several processes, read(2), the driver's
 * counts and the kernel's own counts say. Nothing here depends on where the
 * driver has its memory from or how it enters a page into a page table.
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "judge.h"

#include "../../driver/faultmap/faultmap_uapi.h"

#define PAGE 4096UL
#define MISC_MAJOR_NR 10
#define LEAST 64 /* fewer pages of vmalloc() may happen to be contiguous */
#define MANY 1000 /* pages that show in MemFree, and that the host looks at */
#define MANY_KB (MANY * 4L)
/* 256 GiB, and 512 MiB for a table of their addresses; in bytes and 32 bits, one page */
#define TOO_MANY "pages=67108865"
#define AT_ONCE "536870912" /* bytes: more than the machine's memory */

/* ---------------------------------------------------------------- helpers */

/* Once for each test, which is a process of its own. */
static void note_for_ever(void)
{
	static bool noted;

	if (!noted)
		judge_note("if it hangs: a fault that is answered with VM_FAULT_NOPAGE or "
			   "VM_FAULT_RETRY, and no entry made, is taken again and again; a lock "
			   "that an earlier fault has not released stops the next one");
	noted = true;
}

static void load(unsigned pages)
{
	const char *params = judge_fmt("pages=%u", pages);

	klog_mark();
	expect_module_load("faultmap", params);
	judge_note("loaded with: insmod faultmap.ko %s", params);
	if (access(FAULTMAP_PATH, F_OK))
		judge_fail(FAULTMAP_PATH, "no such file",
			   "The module is loaded, but its device is missing: did misc_register() "
			   "run, and with the name " FAULTMAP_NAME "?");
}

static unsigned any_size(void)
{
	return LEAST + judge_below(32);
}

static void unload(const char *when)
{
	int err = module_unload("faultmap");

	if (err)
		judge_fail("0", judge_errno_name(-err), "The module cannot be unloaded %s: %s",
			   when,
			   err == -EBUSY ? "has it an exit function?" :
					   "something still holds a reference to it.");
}

/* A client that obeys lines; @option may be "-P" or "-r". */
static struct subject *start_holding(const char *option, unsigned pages, uint64_t first)
{
	const char *const argv[] = {
		"fault", option ? option : "hold", option ? "hold" : judge_fmt("%u", pages),
		option ? judge_fmt("%u", pages) : judge_fmt("%llu", (unsigned long long)first), NULL
	};

	return subject_start(&(struct subject_spec){ .argv = argv });
}

static struct subject *hold(unsigned pages, uint64_t first)
{
	struct subject *s = start_holding(NULL, pages, first);
	const char *line = subject_line(s);

	if (!strncmp(line, "error ", 6))
		judge_fail("ready ok", line, "The device cannot be %s: %s.",
			   pages ? "mapped" : "opened", tool_guess(line + 6));
	expect_true(!strncmp(line, "ready ok", 8), "The client says `%s`.", line);
	if (first)
		judge_note("a client's mapping begins at page %llu of the device",
			   (unsigned long long)first);
	return s;
}

/* Send a command to a holding client; its answer is one line. */
static const char *ask(struct subject *s, const char *command)
{
	judge_input("`%s` to a client that holds a mapping", command);
	subject_send(s, "%s\n", command);
	return subject_line(s);
}

static void expect_answer(struct subject *s, const char *command, const char *want,
			  const char *sentence)
{
	const char *got = ask(s, command);

	if (!strncmp(got, "error ", 6) && strcmp(got, want) != 0)
		judge_note("%s: %s", got + 6, tool_guess(got + 6));
	expect_str(got, want, "%s", sentence);
}

static void expect_page(struct subject *s, unsigned page, uint64_t word, const char *sentence)
{
	expect_answer(s, judge_fmt("get %u", page), judge_fmt("%llu", (unsigned long long)word),
		      sentence);
}

static void put(struct subject *s, unsigned page, uint64_t word)
{
	expect_answer(s, judge_fmt("set %u %llu", page, (unsigned long long)word), "ok",
		      "The client could not store to a page of its mapping.");
}

static void expect_bus(struct subject *s, const char *command, const char *sentence)
{
	const char *got;

	note_for_ever();
	got = ask(s, command);
	if (!strncmp(got, "SIG", 3) && strcmp(got, "SIGBUS") != 0)
		judge_fail("SIGBUS", got,
			   "An access to a page that is not there ended in another way: which "
			   "VM_FAULT_ value does the fault operation return?");
	expect_str(got, "SIGBUS", "%s", sentence);
}

/* No page's number, and not zero. */
static uint64_t any_word(void)
{
	return judge_random() >> 8 | 1ULL << 55;
}

static void leave(struct subject *s)
{
	subject_close_stdin(s);
	subject_wait(s);
	expect_exit(s, 0);
}

static struct faultmap_counts counts(struct subject *s)
{
	struct faultmap_counts c;
	unsigned long long opens, closes, faults;
	const char *line = ask(s, "counts");

	if (sscanf(line, "opens %llu closes %llu faults %llu", &opens, &closes, &faults) != 3)
		judge_fail("the counts", line, "FAULTMAP_GET_COUNTS failed: %s.",
			   strncmp(line, "error ", 6) ? "the client says so" :
							tool_guess(line + 6));
	c = (struct faultmap_counts){ opens, closes, faults };
	return c;
}

static void park(struct subject *s, const char *where)
{
	expect_answer(s, judge_fmt("park %s%s", host_cookie(), where), "ready ok",
		      "The client does not stand still.");
}

static long free_kb(void)
{
	sysctl_drop_caches();
	return memory_free_kb();
}

/* ----------------------------------------------------------------- loading */

START_TEST(loads)
{
	static char misc[8192];
	struct stat st;
	int fd, err;

	load(LEAST);
	SAFE(stat(FAULTMAP_PATH, &st));
	expect_true(S_ISCHR(st.st_mode), FAULTMAP_PATH " is not a character device.");
	expect_int(major(st.st_rdev), MISC_MAJOR_NR,
		   "The device's major number is not that of misc devices.");
	expect_str(judge_fmt("%04o", st.st_mode & 07777), "0666",
		   "The mode of " FAULTMAP_PATH " does not let everybody read and write.");
	fd = (int)SAFE(open("/proc/misc", O_RDONLY | O_CLOEXEC));
	/* It is far shorter than a page and comes in one piece. */
	SAFE(read(fd, misc, sizeof(misc) - 1));
	close(fd);
	expect_true(strstr(misc, " " FAULTMAP_NAME "\n"),
		    "/proc/misc does not list " FAULTMAP_NAME ".");

	expect_minor_is_chosen(FAULTMAP_NAME, "");
	unload("although nobody used it");
	expect_true(access(FAULTMAP_PATH, F_OK), "The device exists after the unload.");
	err = module_load("faultmap", "pages=0");
	judge_input("insmod faultmap.ko pages=0");
	expect_str(err ? judge_errno_name(-err) : "it is loaded", "EINVAL",
		   "There is no buffer of 0 pages: the load must fail.");
	judge_input("insmod faultmap.ko " TOO_MANY);
	judge_note("these pages are 2^38 + 4096 bytes: in 32 bits, 4096");
	expect_klog_clean();
	err = module_load("faultmap", TOO_MANY);
	/* Of such a size vmalloc() speaks in the log; what else the kernel says taints it. */
	klog_mark();
	/* A driver that makes its pages when they are touched may accept it. */
	if (err && err != -ENOMEM)
		judge_fail("ENOMEM", judge_errno_name(-err),
			   "A load for which there is not enough memory must fail with ENOMEM.");
	if (!err)
		unload("although nobody used it");
	expect_klog_clean();
}
END_TEST

/* ---------------------------------------------------------------- touching */

START_TEST(pages_come_when_touched)
{
	unsigned n = any_size(), page = 1 + judge_below(n - 1);
	struct subject *s, *lazy;

	load(n);
	s = hold(n, 0);
	note_for_ever();
	expect_answer(s, judge_fmt("touch %u 1", page), "1",
		      "The first touch of a page is one page fault: mmap(2) must leave the page "
		      "table empty, and the fault operation fill in one entry.");
	expect_answer(s, judge_fmt("touch %u 1", page), "0",
		      "The second touch of a page faulted again: it was not entered into the page "
		      "table.");
	expect_answer(s, judge_fmt("touch 0 %u", n), judge_fmt("%u", n - 1),
		      "Each page faults once when it is touched for the first time, and no other "
		      "page comes with it.");

	lazy = hold(n, 0);
	park(lazy, " 0");
	host_sees("lazy,end", lazy, NULL);
	leave(s);
}
END_TEST

/* What the buffer holds after the load. */
static struct file numbered(unsigned pages)
{
	struct file f = { .data = calloc(pages, PAGE), .len = pages * PAGE };
	uint64_t i;

	if (!f.data)
		judge_broken("no memory");
	for (i = 0; i < pages; i++)
		memcpy(f.data + i * PAGE, &i, sizeof(i));
	return f;
}

/* The client's output goes to a file, which takes more than the judge keeps. */
static struct file output_of(const char *const *argv, const char *what)
{
	int fd = (int)SAFE(open("out", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
	struct subject *s =
		subject_run(&(struct subject_spec){ .argv = argv, .in = "", .out_fd = fd });

	close(fd);
	if (!subject_signal(s) && subject_exit(s))
		judge_note("%s", subject_err(s, NULL));
	expect_success(s, what);
	return file_read("out");
}

static void expect_content(const char *const *argv, const struct file *want, const char *what,
			   const char *sentence)
{
	struct file got = output_of(argv, what);

	expect_mem(got.data, got.len, want->data, want->len, "%s", sentence);
}

/* Entered for writing, as the host wants to see it. */
static void store_to_tail(struct subject *s, unsigned n, unsigned pages)
{
	unsigned page;

	for (page = n - pages; page < n; page++)
		put(s, page, page);
}

/* In the middle, at the end and behind it; no driver's own way to seek is needed. */
static void read_from_anywhere(unsigned pages)
{
	const size_t size = pages * PAGE, in = size - PAGE - judge_below(PAGE);
	/* Behind the end; 0 in 32 bits; page 0 in 32 bits; the last one that can be asked for. */
	const uint64_t past[] = { size, size + 1 + judge_below(100 * PAGE), 1ULL << 32, 1ULL << 44,
				  INT64_MAX - PAGE };
	const struct file all = numbered(pages), none = { .data = (unsigned char *)"", .len = 0 };
	const struct file tail = { .data = all.data + in, .len = size - in };
	size_t i;

	expect_content(SUBJECT_ARGV("fault", "cat", judge_fmt("%zu", in)), &tail,
		       "reading the end of the device",
		       "read(2) from a position within the buffer does not give what is there.");
	judge_note("read(2) must give 0 bytes at the buffer's end, which is at %zu, and past it",
		   size);
	for (i = 0; i < sizeof(past) / sizeof(past[0]); i++)
		expect_content(SUBJECT_ARGV("fault", "cat",
					    judge_fmt("%llu", (unsigned long long)past[i])),
			       &none, "reading from a position at the buffer's end or past it",
			       "read(2) at the buffer's end, and from any position past it, must "
			       "give 0 bytes: any position that is not within the buffer.");
}

START_TEST(read_and_mappings_agree)
{
	enum { STORES = 5, TAIL = 8 };
	unsigned n = any_size(), page[STORES], i;
	const char *const cat[] = { "fault", "cat", NULL };
	const char *const dump[] = { "fault", "dump", judge_fmt("%u", n), NULL };
	struct file want = numbered(n);
	struct subject *a, *b;

	dirty_free_pages();
	load(n);
	/* Before any page was touched: a driver may give them out as they are needed. */
	expect_content(cat, &want, "reading the whole device, which nobody has mapped yet",
		       "read(2) does not give the buffer as it is after the load: each page with "
		       "its own number in the first 8 bytes, and zeros.");
	expect_content(
		dump, &want, "mapping the whole buffer",
		"A mapping does not show the buffer as it is after the load: each page "
		"with its own number in the first 8 bytes, and zeros. Does init clear all of "
		"the buffer, and is each number 8 bytes long? (Pages of vmalloc() memory do "
		"not follow each other in physical memory.)");
	expect_content(
		cat, &want, "reading the whole device",
		"read(2) does not give the buffer as it is after the load, though a mapping "
		"showed it just now. (A page that was handed out without a reference is freed "
		"when the mapping ends.)");
	expect_content(SUBJECT_ARGV("fault", "cat", "0", AT_ONCE), &want,
		       "reading the device with a count that is far larger than it",
		       "read(2) with a large count does not give the buffer. A program may ask for "
		       "any count: no memory may be allocated for it.");
	read_from_anywhere(n);

	a = hold(n, 0);
	b = hold(n, 0);
	for (i = 0; i < STORES; i++) {
		uint64_t word = any_word();

		/* One page for each fifth of the buffer. */
		page[i] = n * i / STORES + judge_below(n / STORES);
		put(i % 2 ? a : b, page[i], word);
		memcpy(want.data + page[i] * PAGE, &word, sizeof(word));
		expect_page(i % 2 ? b : a, page[i], word,
			    "A process does not see what another one stored: all must get the same "
			    "pages.");
	}
	expect_content(cat, &want, "reading the whole device",
		       "read(2) does not give what processes stored through their mappings.");

	store_to_tail(a, n, TAIL);
	store_to_tail(b, n, TAIL);
	park(a, judge_fmt(" %u", n - TAIL));
	park(b, judge_fmt(" %u", n - TAIL));
	host_sees("present,rw,same,store,read", a, b);
	expect_klog_clean();
}
END_TEST

START_TEST(past_the_end_is_sigbus)
{
	/* In pages: 0 in 32 bits when turned into bytes, 0 in 32 bits, and negative in bytes. */
	static const uint64_t far[] = { 1ULL << 20, 1ULL << 32, 1ULL << 51 };
	unsigned n = any_size(), past = 1 + judge_below(1000);
	struct subject *s;
	size_t i;

	load(n);
	s = hold(n + past, 0);
	expect_page(s, n - 1, n - 1, "The last page of the buffer cannot be read.");
	expect_bus(s, judge_fmt("get %u", n),
		   "An access to the first page behind the buffer must be SIGBUS.");
	expect_bus(s, judge_fmt("get %u", n + past - 1),
		   "An access to a page behind the buffer must be SIGBUS.");
	expect_bus(s, judge_fmt("set %u 1", n + past / 2),
		   "A store to a page behind the buffer must be SIGBUS.");
	expect_page(s, 0, 0, "The buffer cannot be read after a fault behind its end.");
	leave(s);
	for (i = 0; i < sizeof(far) / sizeof(far[0]); i++) {
		s = hold(1, far[i]);
		expect_bus(s, "get 0",
			   "An access far behind the buffer must be SIGBUS: are page numbers "
			   "compared, all bits of them, before bytes are computed?");
		leave(s);
	}
	expect_klog_clean();
}
END_TEST

START_TEST(parts_keep_their_pages)
{
	enum { FIRST = 3, TAIL = 8 };
	static const char offset[] =
		"A mapping that begins at page 3 of the device shows another page: vmf->pgoff is "
		"the number of the page already, with nothing to add and no address needed.";
	static const char moved[] =
		"A page that was moved by mremap(2) before it was touched shows another one: its "
		"number must not depend on the address.";
	unsigned n = any_size(), cut = 10 + judge_below(10), to = 35 + judge_below(10), i;
	struct subject *s, *a, *b;

	load(n);
	s = hold(n - FIRST, FIRST);
	expect_page(s, 0, FIRST, offset);
	expect_page(s, n - FIRST - 1, n - 1, offset);
	expect_answer(s, "unmap 0 2", "ok", "munmap(2) of two pages.");
	expect_answer(s, "get 1", "SIGSEGV", "A page that was unmapped can be touched.");
	expect_answer(s, judge_fmt("unmap %u 2", cut), "ok", "munmap(2) of two pages.");
	for (i = 2; i < 4; i++)
		expect_page(s, i, FIRST + i,
			    "After the first pages of a mapping were unmapped, a page shows "
			    "another one: vm_start is not where the mapping began.");
	expect_page(s, cut + 2, FIRST + cut + 2,
		    "Behind a hole in a mapping, a page shows another one.");
	expect_answer(s, judge_fmt("move %u 3", to), "ok", "mremap(2) to another address.");
	for (i = 0; i < 3; i++)
		expect_page(s, to + i, FIRST + to + i, moved);
	expect_page(s, to + 3, FIRST + to + 3, "Behind pages that were moved, another page shows.");

	a = hold(TAIL + 1, n - TAIL - 1);
	b = hold(TAIL, n - TAIL);
	expect_answer(a, judge_fmt("touch 0 %u", TAIL + 1), judge_fmt("%u", TAIL + 1),
		      "The first touch of a page is one page fault.");
	expect_answer(b, judge_fmt("touch 0 %u", TAIL), judge_fmt("%u", TAIL),
		      "The first touch of a page is one page fault.");
	park(a, " 0");
	park(b, " 0");
	host_sees("present,offset", a, b);
	expect_klog_clean();
}
END_TEST

/* ------------------------------------------------------------------ counts */

static void expect_mappings(struct subject *observer, unsigned long long want, const char *when)
{
	struct faultmap_counts c = counts(observer);

	judge_input("FAULTMAP_GET_COUNTS %s", when);
	judge_note("opens %llu, closes %llu %s", c.opens, c.closes, when);
	expect_int((long long)(c.opens - c.closes), (long long)want,
		   "Opens minus closes is not the number of mappings %s.", when);
}

static void expect_more_faults(struct subject *observer, unsigned long long before, unsigned want,
			       const char *when)
{
	unsigned long long faults = counts(observer).faults;

	judge_input("FAULTMAP_GET_COUNTS before and after %s", when);
	expect_int((long long)(faults - before), want,
		   "The driver's count of faults has not grown by the number of pages handed out, "
		   "after %s.",
		   when);
}

static void expect_counted_faults(struct subject *observer)
{
	unsigned touched = 3 + judge_below(LEAST - 3);
	struct subject *s = hold(LEAST + 1, 0);
	const char *touch = judge_fmt("touch 0 %u", touched), *all = judge_fmt("%u", touched);
	unsigned long long before = counts(observer).faults;

	expect_answer(s, touch, all, "The first touch of a page is one page fault.");
	expect_more_faults(observer, before, touched, "the first touches of some pages");
	expect_bus(s, judge_fmt("get %u", LEAST),
		   "An access to a page behind the buffer must be SIGBUS.");
	expect_more_faults(observer, before, touched,
			   "these and an access behind the buffer, which gets no page");
	leave(s);
}

/* Refused or not: in the end there is no mapping more. */
static void expect_private_counted(struct subject *observer)
{
	struct subject *s = start_holding("-P", LEAST, 0);
	bool refused = !strncmp(subject_line(s), "error ", 6);

	if (refused)
		subject_wait(s);
	else
		leave(s);
	expect_mappings(observer, 0,
			refused ? "after mmap(2) refused a private mapping (no VMA came to be, and "
				  "the kernel does not call close)" :
				  "after a program that had a private mapping has ended");
}

START_TEST(counts_follow_each_mapping)
{
	static const unsigned others[] = { _IO('f', 0x7f), 0x5401, 0x5402 };
	struct subject *observer, *a, *b;
	struct faultmap_counts c;
	size_t i;

	load(LEAST);
	observer = hold(0, 0);
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		expect_answer(
			observer, judge_fmt("unknown %u", others[i]), "error ENOTTY",
			"An ioctl(2) that the driver does not know must fail with ENOTTY, also "
			"one that has the number of a known one, but another type or size.");
	expect_mappings(observer, 0, "when the device is open and nothing is mapped");
	expect_private_counted(observer);
	a = hold(LEAST, 0);
	expect_mappings(observer, 1,
			"after one mmap (the kernel does not call open for the first one)");
	expect_answer(a, "fork", "ok", "fork(2) with a mapping.");
	expect_mappings(observer, 2, "after fork(2): the child has a mapping, too");
	expect_answer(a, "child get 5", "5", "A child does not see the buffer.");
	expect_answer(a, "bury", "ok", "The child's end.");
	expect_mappings(observer, 1, "after the child has ended");
	expect_answer(a, "unmap 20 2", "ok", "munmap(2) of two pages.");
	expect_mappings(observer, 2, "after two pages in the middle were unmapped: two are left");
	expect_answer(a, "move 0 20", "ok", "mremap(2) to another address.");
	expect_mappings(observer, 2, "after one of two was moved");
	b = hold(LEAST, 0);
	expect_answer(b, "close", "ok", "close(2) of the device.");
	expect_mappings(observer, 3, "after another process mapped the device and closed it");
	subject_kill(b, SIGKILL);
	subject_wait(b);
	expect_mappings(observer, 2, "after that process was killed");
	leave(a);
	expect_counted_faults(observer);
	c = counts(observer);
	judge_note("opens %llu, closes %llu", c.opens, c.closes);
	expect_true(c.opens >= 5,
		    "There were at least five mappings in all, and the driver counted "
		    "fewer: both counts only grow.");
	expect_mappings(observer, 0, "when no process maps the device any more");
	leave(observer);
	expect_klog_clean();
}
END_TEST

/* ----------------------------------------------------------------- refused */

START_TEST(mapping_cannot_grow)
{
	unsigned n = any_size();
	struct subject *s;

	load(n);
	s = hold(n - 4, 0);
	expect_page(s, n - 5, n - 5, "A page of the mapping cannot be read.");
	expect_answer(s, judge_fmt("grow %u", n), "error EFAULT",
		      "mremap(2) made the mapping larger, or failed in another way: there is a "
		      "flag of the VMA that forbids it.");
	expect_page(s, n - 5, n - 5, "The mapping is damaged after mremap(2) was refused.");
	expect_page(s, 7, 7, "The mapping is damaged after mremap(2) was refused.");
	leave(s);
	expect_klog_clean();
}
END_TEST

/* That a page has lost its content has another reason than that it has the store's. */
static void expect_not_stored(struct subject *shared, unsigned page, uint64_t want, uint64_t stored)
{
	const char *got = ask(shared, judge_fmt("get %u", page));

	if (!strcmp(got, judge_fmt("%llu", (unsigned long long)stored)))
		judge_fail(judge_fmt("\"%llu\"", (unsigned long long)want),
			   judge_fmt("\"%s\"", got),
			   "A store through a MAP_PRIVATE mapping reached the buffer itself.");
	expect_str(got, judge_fmt("%llu", (unsigned long long)want),
		   "A page of the buffer has lost its content after a private mapping showed it, "
		   "though no store reached it: was the page freed, handed out without a reference "
		   "of its own?");
}

/* Whoever may only read has VM_SHARED cleared, and VM_MAYSHARE not. */
static void expect_shared_to_readers(unsigned pages, unsigned page, uint64_t word)
{
	struct subject *s = start_holding("-r", pages, 0);
	const char *line = subject_line(s);

	judge_input("mmap(2), MAP_SHARED and PROT_READ, of a descriptor opened O_RDONLY");
	if (!strncmp(line, "error ", 6))
		judge_fail(
			"ready ok", line,
			"A shared mapping is refused if its descriptor is open for reading only. "
			"VM_SHARED is not set then: which flag tells MAP_SHARED from "
			"MAP_PRIVATE?");
	expect_page(s, page, word, "A mapping for reading only does not show what was stored.");
	leave(s);
}

START_TEST(private_is_harmless)
{
	unsigned n = any_size(), page = judge_below(n - 1);
	uint64_t shared_word = any_word(), word = any_word();
	struct subject *shared, *s;
	const char *line;

	load(n);
	shared = hold(n, 0);
	put(shared, page, shared_word);
	s = start_holding("-P", n, 0);
	line = subject_line(s);
	/* Refused is right as well: there is nothing private about this buffer. */
	if (!strncmp(line, "error ", 6)) {
		expect_str(line, "error EINVAL",
			   "A private mapping is refused, but with another error.");
		subject_wait(s);
	} else {
		expect_true(!strncmp(line, "ready ok", 8), "The client says `%s`.", line);
		expect_page(s, page, shared_word,
			    "A private mapping does not begin as the buffer's content.");
		put(s, page, word);
		expect_page(s, page, word, "A private mapping does not show what it stored.");
		/* A page that is stored to before it is read faults in another way. */
		put(s, page + 1, word);
		expect_page(s, page + 1, word, "A private mapping does not show what it stored.");
		leave(s);
	}
	expect_not_stored(shared, page, shared_word, word);
	expect_not_stored(shared, page + 1, page + 1, word);
	expect_shared_to_readers(n, page, shared_word);
	leave(shared);
	unload("after its clients have ended");
	expect_klog_clean();
}
END_TEST

START_TEST(copy_into_own_mapping_ends)
{
	unsigned n = any_size(), page = 2 + judge_below(n - 4);
	uint64_t word = any_word();
	struct subject *s, *other;

	load(n);
	other = hold(n, 0);
	put(other, 0, word);
	s = hold(n + 1, 0);
	expect_page(other, 0, word,
		    "What was stored is gone since another program mapped the device.");
	judge_note("if it hangs: a lock that is held while copy_to_user() faults, and that the "
		   "fault operation wants, too, is never released");
	expect_answer(s, judge_fmt("read %u", page), "ok",
		      "read(2) of the device into a page of its own mapping failed.");
	expect_page(other, page, word,
		    "read(2) of the device into a page of its mapping did not store page 0 there.");
	expect_answer(s, judge_fmt("counts %u", page + 1), "ok",
		      "FAULTMAP_GET_COUNTS into a page of the device's mapping failed.");
	expect_answer(s, judge_fmt("read %u 0", n), "ok",
		      "read(2) of 0 bytes stores nothing, so no address is wrong for it: it is 0 "
		      "and no error.");
	expect_answer(s, judge_fmt("read %u", n), "error EFAULT",
		      "read(2) to an address that cannot be written must fail with EFAULT.");
	expect_answer(s, judge_fmt("counts %u", n), "error EFAULT",
		      "FAULTMAP_GET_COUNTS to an address that cannot be written must fail with "
		      "EFAULT.");
	leave(s);
	leave(other);
	expect_klog_clean();
}
END_TEST

/* ------------------------------------------------------------------ at once */

static void run_on(pid_t pid, int processor)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(processor, &set);
	SAFE(sched_setaffinity(pid, sizeof(set), &set));
}

/* Whoever allocates or enters a page next waits there for another one. */
static void let_meet(void)
{
	int err = module_load("meet", "in=" FAULTMAP_NAME);

	if (err)
		judge_broken("insmod meet.ko: %s", judge_errno_name(-err));
}

START_TEST(first_touch_makes_one_page)
{
	unsigned n = any_size(), page = judge_below(n), other = (page + 1) % n;
	uint64_t word = any_word();
	struct subject *a, *b;
	const char *touch = judge_fmt("get %u", page);

	load(n);
	a = hold(n, 0);
	b = hold(n, 0);
	let_meet();
	run_on(subject_pid(a), 0);
	run_on(subject_pid(b), 1);
	run_on(0, 1);
	judge_note("the judge let both programs touch page %u for the first time at once", page);
	subject_send(a, "%s\n", touch);
	subject_send(b, "%s\n", touch);
	expect_str(subject_line(a), judge_fmt("%u", page), "A page does not show its number.");
	expect_str(subject_line(b), judge_fmt("%u", page), "A page does not show its number.");
	put(a, page, word);
	expect_page(
		b, page, word,
		"Two processes that touched a page for the first time at once have a page each: "
		"looking for the page and making it must be one step.");

	if (module_unload("meet"))
		judge_broken("rmmod meet");
	let_meet();
	judge_note("then two threads of one program touched page %u for the first time at once",
		   other);
	expect_answer(a, judge_fmt("pair %u", other), judge_fmt("%u %u", other, other),
		      "Two threads have one page table. The second one finds that the first has "
		      "made the entry: that is no failure (vm_insert_page() then says -EBUSY, "
		      "and VM_FAULT_NOPAGE is the answer).");
	put(a, other, word ^ 1);
	expect_page(b, other, word ^ 1,
		    "A page that two threads touched for the first time at once is not the one "
		    "that others have.");
	leave(a);
	leave(b);
	expect_klog_clean();
}
END_TEST

/* ---------------------------------------------------------------- lifetime */

static void map_touch_and_leave(void)
{
	struct subject *s = hold(MANY, 0);

	note_for_ever();
	expect_answer(s, judge_fmt("touch 0 %u", MANY), judge_fmt("%u", MANY),
		      "The first touch of a page is one page fault.");
	leave(s);
}

/* What was stored long ago, by a program that has ended. */
static void expect_word(struct subject *s, unsigned page, uint64_t word)
{
	const char *got = ask(s, judge_fmt("get %u", page));

	if (!strcmp(got, judge_fmt("%u", page)))
		judge_fail(
			judge_fmt("%llu", (unsigned long long)word), got,
			"The page has its number again in place of what was stored: it was made, "
			"or numbered, anew after the load.");
	expect_str(
		got, judge_fmt("%llu", (unsigned long long)word),
		"What was stored is gone after the last mapping was unmapped, most likely since "
		"the page was freed with it. Each entry in a page table needs a reference of its "
		"own (get_page), which the kernel drops.");
}

START_TEST(pages_outlive_their_mappings)
{
	enum { CYCLES = 4, STORES = 5 };
	uint64_t word[STORES];
	unsigned page[STORES], i;
	struct subject *s;
	long before, lost;

	load(MANY);
	s = hold(MANY, 0);
	for (i = 0; i < STORES; i++) {
		page[i] = MANY / STORES * i + judge_below(MANY / STORES);
		word[i] = any_word();
		put(s, page[i], word[i]);
	}
	leave(s);
	map_touch_and_leave();
	before = free_kb();
	for (i = 0; i < CYCLES; i++)
		map_touch_and_leave();
	lost = before - free_kb();
	s = hold(MANY, 0);
	judge_input("%d times: map %d pages, touch them, exit", CYCLES, MANY);
	for (i = 0; i < STORES; i++)
		expect_word(s, page[i], word[i]);
	leave(s);
	if (lost > CYCLES * MANY_KB / 4)
		judge_fail("as much free memory as before", judge_fmt("%ld KiB less", lost),
			   "Mapping and unmapping the buffer loses memory.");
	expect_klog_clean();
}
END_TEST

/* A private mapping with a page of the buffer and a copy; NULL if the driver refuses it. */
static struct subject *hold_private(unsigned page)
{
	struct subject *s = start_holding("-P", MANY, 0);

	if (!strncmp(subject_line(s), "error ", 6)) {
		subject_wait(s);
		return NULL;
	}
	expect_page(s, page, page, "A private mapping does not begin as the buffer's content.");
	put(s, page + 1, any_word());
	return s;
}

static void expect_private_revoked(struct subject *s, unsigned page)
{
	expect_bus(s, judge_fmt("get %u", page),
		   "A private mapping still shows the buffer after REVOKE.");
	expect_bus(s, judge_fmt("get %u", page + 1),
		   "A private mapping still shows its copy of a page after REVOKE: each access "
		   "through a mapping of any kind must be SIGBUS then. unmap_mapping_range() "
		   "removes private copies, too, if its last argument says so.");
	leave(s);
}

START_TEST(revoke_reaches_every_process)
{
	enum { WINDOW = 100 };
	static const char old[] = "A mapping can still be used after REVOKE.";
	const char *const cat[] = { "fault", "cat", NULL };
	unsigned page = judge_below(WINDOW - 1);
	struct subject *master, *a, *b, *private, *late;
	const char *line;
	struct file nothing = { .data = (unsigned char *)"", .len = 0 };
	long before, more;

	load(MANY);
	master = hold(0, 0);
	a = hold(MANY, 0);
	b = hold(WINDOW, MANY - WINDOW);
	expect_answer(a, judge_fmt("touch 0 %u", MANY), judge_fmt("%u", MANY),
		      "The first touch of a page is one page fault.");
	expect_page(b, page, MANY - WINDOW + page, "A page does not show its number.");
	expect_answer(b, "close", "ok", "close(2) of the device.");
	expect_answer(a, "fork", "ok", "fork(2) with a mapping.");
	expect_answer(a, judge_fmt("child get %u", page), judge_fmt("%u", page),
		      "A child does not see the buffer.");
	private = hold_private(page);

	before = free_kb();
	judge_note("if REVOKE hangs: a lock that it holds, and that a fault or the end of a "
		   "mapping wants, too, can stop all of them");
	expect_answer(master, "revoke", "ok", "FAULTMAP_REVOKE failed.");
	more = free_kb() - before;
	expect_bus(a, judge_fmt("get %u", page), old);
	expect_bus(a, judge_fmt("set %u 1", MANY - 1), old);
	expect_bus(a, judge_fmt("child get %u", page),
		   "A child's mapping can still be used after REVOKE by another process.");
	expect_bus(b, judge_fmt("get %u", page),
		   "The mapping of a process that has closed the device can still be used after "
		   "REVOKE by another process.");
	expect_bus(b, judge_fmt("get %u", page + 1),
		   "A page that was never touched can be touched after REVOKE.");
	if (private)
		expect_private_revoked(private, page);
	late = start_holding(NULL, 4, 0);
	line = subject_line(late);
	if (!strncmp(line, "error ", 6))
		judge_fail(
			"ready ok", line,
			"mmap(2) is refused after REVOKE: any length and offset may be mapped, and "
			"each access is SIGBUS.");
	expect_bus(late, "get 0", "A mapping that was made after REVOKE shows a page.");
	expect_content(cat, &nothing, "reading the device after REVOKE",
		       "read(2) gives data after REVOKE.");
	expect_answer(master, "revoke", "ok", "A second FAULTMAP_REVOKE failed.");
	if (more < MANY_KB / 2)
		judge_fail(judge_fmt("about %ld KiB more", MANY_KB),
			   judge_fmt("%ld KiB more", more),
			   "REVOKE has not given the buffer's memory back.");
	expect_answer(a, "bury", "ok", "The child's end.");
	park(a, "");
	host_sees("lazy", a, NULL);
	subject_kill(a, SIGKILL);
	subject_wait(a);
	leave(b);
	leave(late);
	leave(master);
	unload("after REVOKE, when nobody uses it any more");
	expect_klog_clean();
}
END_TEST

/* ------------------------------------------------------- revoke at once */

/* Who calls REVOKE may come to such a place, too, and is not meant. */
static void hold_load(const char *at, struct subject *master)
{
	int err = module_load("hold", judge_fmt("in=" FAULTMAP_NAME " at=%s except=%d", at,
						(int)subject_pid(master)));

	if (err)
		judge_broken("insmod hold.ko: %s", judge_errno_name(-err));
}

static void hold_unload(void)
{
	if (module_unload("hold"))
		judge_broken("rmmod hold");
}

/* Is this parameter of the module 1? */
static bool hold_says(const char *parameter)
{
	return file_read(judge_fmt("/sys/module/hold/parameters/%s", parameter)).data[0] == '1';
}

static void hold_ends(void)
{
	int fd = (int)SAFE(open("/sys/module/hold/parameters/go", O_WRONLY | O_CLOEXEC));

	SAFE(write(fd, "1", 1));
	close(fd);
}

static bool has_said_more(struct subject *s, size_t before)
{
	size_t now;

	subject_out(s, &now);
	return now > before;
}

/* Programs that run beside each other, and how much they had said before. */
struct pair {
	struct subject *held, *master;
	size_t held_said, master_said;
};

static struct pair make_pair(struct subject *held, struct subject *master)
{
	struct pair p = { .held = held, .master = master };

	subject_out(held, &p.held_said);
	subject_out(master, &p.master_said);
	run_on(subject_pid(held), 0);
	run_on(subject_pid(master), 1);
	run_on(0, 1);
	return p;
}

/* A driver that never comes to the place where it would be held is done instead. */
static bool is_held_or_done(void *arg)
{
	struct pair *p = arg;

	return hold_says("held") || has_said_more(p->held, p->held_said) ||
	       !process_state(subject_pid(p->held));
}

static bool has_revoked_or_waits(void *arg)
{
	struct pair *p = arg;

	return has_said_more(p->master, p->master_said) ||
	       process_waits_in(subject_pid(p->master), SYS_ioctl, NULL);
}

/* REVOKE, while the other one is held: it waits for it, or has nothing to wait for. */
static void revoke_beside(struct pair *p)
{
	if (!judge_poll(is_held_or_done, p, 2000))
		judge_fail(
			"its answer", "none",
			"A program that touches or reads the device's pages does not come back.");
	subject_send(p->master, "revoke\n");
	judge_poll(has_revoked_or_waits, p, 1000);
}

static void revoke_beside_fault(const char *at, const char *where)
{
	unsigned n = any_size(), page = 1 + judge_below(n - 1);
	struct subject *master, *early, *s;
	struct pair p;

	load(n);
	master = hold(0, 0);
	s = hold(n, 0);
	p = make_pair(s, master);
	/* By a program of its own: the held fault is to find no page table yet. */
	early = hold(1, 0);
	expect_page(early, 0, 0, "A page that was touched for the first time has not its number.");
	hold_load(at, master);
	judge_note("a program touched page %u for the first time, and the judge held it %s while "
		   "another one called REVOKE",
		   page, where);
	subject_send(s, "get %u\n", page);
	revoke_beside(&p);
	hold_ends();
	expect_str(subject_line(master), "ok", "FAULTMAP_REVOKE failed.");
	/* The page's number or SIGBUS: the touch was before REVOKE's return, or after. */
	subject_line(s);
	expect_bus(early, "get 0",
		   "A page that was entered long before REVOKE can still be used: REVOKE does not "
		   "take away what is entered.");
	expect_bus(s, judge_fmt("get %u", page),
		   "A fault that had begun before REVOKE entered its page after REVOKE had taken "
		   "it away. REVOKE has to wait for each fault that is under way: for the lock "
		   "under which it looks for its page and, if it enters it by itself, enters it; "
		   "and for the page's own if it goes out locked.");
	leave(early);
	leave(s);
	leave(master);
	hold_unload();
	unload("after REVOKE, when nobody uses it any more");
	expect_klog_clean();
}

#define FREED_IN_READ \
	"the page was freed while it was being read. It has to be found and kept " \
	"under the lock that REVOKE takes."

static void revoke_beside_read(const char *at)
{
	unsigned n = any_size();
	struct file want = numbered(n), got;
	int fd = (int)SAFE(open("out", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
	struct subject *master, *s;
	struct pair p;

	load(n);
	master = hold(0, 0);
	hold_load(at, master);
	/* It may be held by now, and who is held cannot be moved to another processor. */
	run_on(0, 1);
	s = subject_start(&(struct subject_spec){
		.argv = SUBJECT_ARGV("fault", "cat"), .in = "", .cpus = 1 << 0, .out_fd = fd });
	p = make_pair(s, master);
	judge_note("a program called read(2), and the judge held it when it had found its first "
		   "page, while another one called REVOKE");
	revoke_beside(&p);
	/* What was given back belongs to others now, and they use it. */
	dirty_pages_keep();
	hold_ends();
	expect_str(subject_line(master), "ok", "FAULTMAP_REVOKE failed.");
	subject_wait(s);
	dirty_pages_free();
	/* First, for it says why: what becomes of such a read is luck. */
	if (hold_says("lost"))
		judge_fail("memory of the buffer's", "memory that was given back",
			   "read(2) copied from where the buffer no longer was: " FREED_IN_READ);
	expect_success(s, "reading the device while it is revoked");
	got = file_read("out");
	expect_mem(got.data, got.len, want.data, got.len < want.len ? got.len : want.len,
		   "read(2) gave what was never in the buffer: " FREED_IN_READ);
	leave(master);
	hold_unload();
	unload("after REVOKE, when nobody uses it any more");
	expect_klog_clean();
}

START_TEST(revoke_waits_for_faults)
{
	revoke_beside_fault("found", "when it had found its page");
	revoke_beside_fault("entered", "just before the page was entered");
	revoke_beside_read("found");
	revoke_beside_read("copied");
}
END_TEST

/* Refused now, and the mapping goes on working. */
static void expect_unload_refused(struct subject *s, const char *while_what)
{
	int err;

	/* Asked first: an unload that succeeds now would take the kernel down. */
	if (module_refcount("faultmap") == 0)
		judge_fail("1 or more", "0",
			   "Nothing holds the module %s, so rmmod would pull its code away: "
			   "do the file operations name their owner?",
			   while_what);
	err = module_unload("faultmap");
	if (err != -EAGAIN && err != -EBUSY)
		judge_fail("EAGAIN", err ? judge_errno_name(-err) : "it is unloaded",
			   "The module must not go away %s.", while_what);
	expect_page(s, 9, 9, "The mapping cannot be used after the unload was refused.");
}

START_TEST(unload_waits_for_mappings)
{
	enum { ROUNDS = 2, CLASHES = 4 };
	struct subject *s;
	long before, lost;
	int i;

	load(MANY);
	s = hold(MANY, 0);
	expect_unload_refused(s, "while a program has it open and mapped");
	expect_answer(s, "close", "ok", "close(2) of the device.");
	expect_unload_refused(s, "while a program has it mapped, also when it has closed it");
	subject_kill(s, SIGKILL);
	subject_wait(s);
	unload("after the program that mapped it was killed");

	before = free_kb();
	for (i = 0; i < ROUNDS; i++) {
		load(MANY);
		map_touch_and_leave();
		unload("after its client has ended");
	}
	lost = before - free_kb();
	judge_input("%d times: load, map and touch %d pages, unload", ROUNDS, MANY);
	/* First, for it says why: the kernel does not use a page again whose count is wrong. */
	expect_klog_clean();
	if (lost > ROUNDS * MANY_KB / 4)
		judge_fail("as much free memory as before", judge_fmt("%ld KiB less", lost),
			   "The buffer is not given back at unload.");
	before = free_kb();
	load(MANY);
	s = hold(0, 0);
	expect_answer(s, judge_fmt("badreads %d", MANY), "error EFAULT",
		      "read(2) to an address that cannot be written must fail with EFAULT.");
	leave(s);
	unload("after reads that failed");
	lost = before - free_kb();
	judge_input("load, read(2) of %d pages to where nothing can be stored, unload", MANY);
	expect_klog_clean();
	if (lost > MANY_KB / 4)
		judge_fail(
			"as much free memory as before", judge_fmt("%ld KiB less", lost),
			"A read(2) that fails with EFAULT keeps what it took: a reference to its "
			"page, or memory.");
	for (i = -2; i < 40; i++) {
		if (!i)
			leak_mark();
		load(LEAST);
		unload("although nobody used it");
	}
	judge_input("40 times insmod and rmmod of faultmap.ko");
	expect_nothing_kept(40, 40 * LEAST, "at unload");
	device_clash(FAULTMAP_NAME, judge_fmt("pages=%d", MANY), CLASHES, CLASHES * MANY_KB / 4);
	expect_klog_clean();
}
END_TEST

static const struct judge_guess guesses[] = {
	{ "ENODEV", "the file operations have no mmap" },
	{ "ENOTTY", "the ioctl operation does not know this command" },
	{ "EINVAL", "mmap(2) is refused; how much is mapped does not matter, as each fault is "
		    "looked at by itself" },
	{ "ENOMEM",
	  "is more allocated than is needed? A read of any count needs one page at most" },
	{ "EACCES", "an ordinary user may not open the device" },
	{ NULL, NULL },
};

const struct judge_suite judge_suite = {
	.lab = "13-fault",
	.guesses = guesses,
	.tests = {
		JUDGE_TEST(loads),
		JUDGE_TEST(pages_come_when_touched),
		JUDGE_TEST(read_and_mappings_agree),
		JUDGE_TEST(past_the_end_is_sigbus),
		JUDGE_TEST(parts_keep_their_pages),
		JUDGE_TEST(counts_follow_each_mapping),
		JUDGE_TEST(mapping_cannot_grow),
		JUDGE_TEST(private_is_harmless),
		JUDGE_TEST(copy_into_own_mapping_ends),
		JUDGE_TEST(first_touch_makes_one_page),
		JUDGE_TEST(pages_outlive_their_mappings),
		JUDGE_TEST(revoke_reaches_every_process),
		JUDGE_TEST(revoke_waits_for_faults),
		JUDGE_TEST(unload_waits_for_mappings),
		JUDGE_END,
	},
};
