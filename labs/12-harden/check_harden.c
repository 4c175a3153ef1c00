// SPDX-License-Identifier: GPL-2.0-only
/*
 * check_harden.c - what a mymap driver holds against a program that asks for
 * what it must not get.
 *
 * The tool harden opens the device as an ordinary user and asks: every length
 * and offset up to 2^64, other types and protections, what mprotect(2) makes of
 * an innocent mapping, another size while somebody looks. The answer that the
 * contract names is compared word for word, and the host looks at the page
 * tables by itself.
 */
#include <ctype.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "judge.h"

#include "../../driver/mymap/mymap_uapi.h"

#define PAGE 4096ULL
#define RESIZES 40
#define LOADS 10
#define LARGE 64 /* pages: 256 KiB, which show in MemFree */
#define LARGE_KB 256
#define PLANTED (16UL << 20)
#define SECRET 16

/* ---------------------------------------------------------------- helpers */

static void load(unsigned pages, const char *more)
{
	device_load(MYMAP_NAME, judge_fmt("pages=%u%s", pages, more));
}

/* The last one that has the device open for reading only. */
static const struct subject *reader;

/* Addresses without a limit: lengths shall be the driver's to refuse. */
static struct subject *harden(const char *mode)
{
	struct subject *s = subject_start(&(struct subject_spec){
		.argv = SUBJECT_ARGV("harden", mode),
		.limit_as = ~0UL,
	});

	if (!strcmp(mode, "r"))
		reader = s;
	return s;
}

/*
 * What is special about its requests: they are shared without VM_SHARED, which
 * many take for the mark of MAP_SHARED. With an offset that may be the reason.
 */
static const char *by_reader(const struct subject *s, uint64_t offset)
{
	if (s != reader || offset)
		return "";
	return device_reader_hint;
}

/* @sentence says what it means if the tool answers something else. */
static void ask(struct subject *s, const char *line, const char *want, const char *sentence)
{
	expect_str(tool_ask(s, "%s", line), want, "%s", sentence);
}

/* @sentence says which check refuses too much, where only one can be meant. */
static void map_or_say(struct subject *s, const char *prot, unsigned pages, unsigned first,
		       const char *sentence)
{
	const char *line = tool_ask(s, "map %s shared %llu %llu", prot, pages * PAGE, first * PAGE);

	if (strncmp(line, "mapped ", 7))
		judge_fail("mapped ADDRESS", line, "%s%s", sentence, by_reader(s, first));
}

static void map(struct subject *s, const char *prot, unsigned pages, unsigned first)
{
	map_or_say(s, prot, pages, first, "A mapping that lies within the buffer is refused.");
}

static void unmap(struct subject *s)
{
	ask(s, "unmap", "ok", "munmap(2) of the whole mapping failed.");
}

/* A byte of a page, and what to store there: never what stands there. */
struct store {
	unsigned long long at;
	unsigned value;
};

static struct store in_page(unsigned k)
{
	return (struct store){ k * PAGE + 16 + judge_below(PAGE - 16), 100 + judge_below(156) };
}

static void put(struct subject *s, struct store st)
{
	ask(s, judge_fmt("set %llu %u", st.at, st.value), "ok",
	    "The tool could not store through a writable mapping.");
}

static void expect_byte(struct subject *s, struct store st, const char *sentence)
{
	ask(s, judge_fmt("get %llu", st.at), judge_fmt("%u", st.value), sentence);
}

/* It spins from here on: for the end of a test. */
static struct subject *park(struct subject *s)
{
	ask(s, judge_fmt("park %s", host_cookie()), "ready ok", "The tool could not be parked.");
	return s;
}

static void end(struct subject *s)
{
	subject_kill(s, SIGKILL);
	subject_wait(s);
}

/* ---------------------------------------------------------- the buffer itself */

START_TEST(whole_buffer_is_mapped)
{
	unsigned n = 4 + judge_below(9), k;
	struct subject *s;

	load(n, "");
	s = harden("rw");
	map(s, "rw-", n, 0);
	for (k = 0; k < n; k++) {
		struct store st = in_page(k);

		put(s, st);
		expect_byte(s, st, "A page of the mapping does not keep what was stored.");
		ask(s, judge_fmt("read %llu", st.at), judge_fmt("%u", st.value),
		    "read(2) does not give what was stored through the mapping.");
	}
	host_sees("present,end,rw,digits", park(s), NULL);
}
END_TEST

START_TEST(every_byte_starts_clear)
{
	static const unsigned sizes[] = { 1, 5, 16 };
	struct subject *s;
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		/* What goes wrong at an unload is for other tests to say. */
		if (i && (module_unload(MYMAP_NAME) || device_exists(MYMAP_NAME)))
			break;
		dirty_free_pages();
		dirty_free_blocks();
		load(sizes[i], "");
		s = harden("r");
		map(s, "r--", sizes[i], 0);
		ask(s, "fresh", "yes",
		    "Every user of the device can read what this memory held before the driver "
		    "got it: all pages of the buffer have to be cleared.");
		host_sees("present,digits,clear", park(s), NULL);
		end(s);
	}
}
END_TEST

/* ------------------------------------------------------------------ bounds */

/* A request, and the answer that every right driver gives. */
static void expect_answer(struct subject *s, unsigned have, uint64_t length, uint64_t offset,
			  const char *want)
{
	const char *got = tool_ask(s, "try r-- shared %llu %llu", (unsigned long long)length,
				   (unsigned long long)offset);

	judge_input("mmap of %#llx bytes at offset %#llx of a buffer of %u pages",
		    (unsigned long long)length, (unsigned long long)offset, have);
	if (!strcmp(want, "ok")) {
		expect_str(got, want, "A mapping that lies within the buffer is refused.%s",
			   by_reader(s, offset));
		return;
	}
	if (!strcmp(got, "ok"))
		judge_fail(want, got,
			   "A mapping that reaches past the end of the buffer was allowed: the "
			   "program now reads memory of somebody else.%s",
			   device_bound_hint(length, offset));
	expect_str(got, want,
		   "What lies past the end of the buffer is refused, but with another error.");
}

/*
 * Pages. No power of two: an allocation by its order then has more than these, and a bound
 * that is taken from it lies behind the buffer.
 */
static unsigned odd_pages(void)
{
	static const unsigned pages[] = { 3, 5, 6, 7 };

	return pages[judge_below(sizeof(pages) / sizeof(pages[0]))];
}

START_TEST(length_is_bounded)
{
	unsigned n = odd_pages();
	const uint64_t good[] = { 1, PAGE, n * PAGE - PAGE + 1, n * PAGE - 1, n * PAGE };
	const uint64_t bad[] = {
		n * PAGE + 1,	     (n + 1) * PAGE,	  (n + 2 + judge_below(1000)) * PAGE,
		1ULL << 31,	     (1ULL << 31) + PAGE, 3ULL << 30,
		1ULL << 32,	     (1ULL << 32) + PAGE, (1ULL << 32) + n * PAGE,
		1ULL << 44, /* 2^32 pages */
		(1ULL << 44) + PAGE, 1ULL << 46,
	};
	/* These the kernel refuses itself, whatever the driver does. */
	const uint64_t never[] = { 1ULL << 47, 1ULL << 63, MINUS(2 * PAGE), MINUS(PAGE), MINUS(1) };
	struct subject *s;
	size_t i;

	load(n, "");
	s = harden("r");
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		expect_answer(s, n, good[i], 0, "ok");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		expect_answer(s, n, bad[i], 0, "error EINVAL");
	expect_answer(s, n, 0, 0, "error EINVAL");
	for (i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		expect_answer(s, n, never[i], 0, "error ENOMEM");
	map(s, "r--", n, 0);
	host_sees("present,end,ro", park(s), NULL);
}
END_TEST

START_TEST(offset_is_bounded)
{
	unsigned n = odd_pages(), k;
	const uint64_t bad[] = {
		n * PAGE,
		(n + 1) * PAGE,
		(n + 2 + judge_below(1000)) * PAGE,
		1ULL << 31,
		(1ULL << 31) + PAGE,
		1ULL << 32,
		(1ULL << 32) + PAGE,
		1ULL << 43, /* 2^31 pages */
		1ULL << 44,
		(1ULL << 44) + PAGE,
		1ULL << 62,
		(1ULL << 63) - PAGE,
		1ULL << 63,
		(1ULL << 63) + PAGE,
		MINUS(16 * PAGE),
		MINUS(2 * PAGE),
	};
	struct subject *s;
	size_t i;

	load(n, "");
	s = harden("r");
	for (k = 0; k < n; k++) {
		expect_answer(s, n, PAGE, k * PAGE, "ok");
		expect_answer(s, n, (n - k) * PAGE, k * PAGE, "ok");
		expect_answer(s, n, (n - k + 1) * PAGE, k * PAGE, "error EINVAL");
		expect_answer(s, n, (n - k) * PAGE + 1, k * PAGE, "error EINVAL");
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		expect_answer(s, n, PAGE, bad[i], "error EINVAL");
	/* A sum that fits 64 bits and no smaller number. */
	expect_answer(s, n, (1ULL << 31), (1ULL << 31), "error EINVAL");
	expect_answer(s, n, (1ULL << 32) - PAGE, 2 * PAGE, "error EINVAL");
	/* These the kernel refuses itself. */
	expect_answer(s, n, PAGE, MINUS(PAGE), "error EOVERFLOW");
	expect_answer(s, n, PAGE, 1 + judge_below(PAGE - 1), "error EINVAL");
	map(s, "r--", 1, n - 1);
	host_sees("present,end,ro", park(s), NULL);
}
END_TEST

START_TEST(offset_selects_its_page)
{
	unsigned n = 3 + judge_below(6), k;
	struct subject *all, *part;

	load(n, "");
	all = harden("rw");
	part = harden("rw");
	map(all, "rw-", n, 0);
	for (k = 0; k < n; k++) {
		struct store st = in_page(k), here;

		put(all, st);
		map(part, "rw-", n - k, k);
		here = (struct store){ st.at - k * PAGE, st.value };
		expect_byte(part, here, "A mapping that begins at a page shows another page.");
		here.value = st.value - 50;
		put(part, here);
		st.value -= 50;
		expect_byte(all, st, "A store through a mapping with an offset went elsewhere.");
		unmap(part);
	}
	map(part, "rw-", n - 1, 1);
	park(all);
	host_sees("present,end,rw,offset,store", all, park(part));
}
END_TEST

/* ------------------------------------------------- types and protections */

START_TEST(private_is_refused)
{
	static const char *const prots[] = { "r--", "rw-", "---" };
	unsigned n = 2 + judge_below(4);
	struct subject *s;
	unsigned i, k;

	load(n, "");
	for (k = 0; k < 2; k++) {
		s = harden(k ? "rw" : "r");
		for (i = 0; i < 3; i++) {
			const char *one = judge_fmt("try %s private %llu 0", prots[i], PAGE);
			const char *two = judge_fmt("try %s private %llu %llu", prots[i],
						    (n - 1) * PAGE, PAGE);

			ask(s, one, "error EINVAL",
			    "A private mapping of one page is not refused, or with another error.");
			ask(s, two, "error EINVAL",
			    "A private mapping with an offset is not refused, or with another "
			    "error.");
		}
		tool_leave(s);
	}
	s = harden("r");
	map_or_say(s, "r--", n, 0, "A shared mapping for reading is refused.");
	expect_byte(s, (struct store){ 7, 7 },
		    "A shared mapping of a descriptor that is open for reading only shows "
		    "something else than the buffer.");
	host_sees("present,ro", park(s), NULL);
}
END_TEST

START_TEST(exec_is_refused)
{
	static const char *const prots[] = { "r-x", "rwx", "--x" };
	static const char *const sentence =
		"An executable mapping is not refused, or with another error: programs could run what "
		"anybody stores into the buffer.";
	static const char *const added =
		"mprotect(2) makes a mapping executable afterwards: it asks the flag VM_MAYEXEC, and no "
		"longer the driver.";
	static const char *const too_much =
		"A mapping that asks for no PROT_EXEC is refused. VM_EXEC says what was asked for; "
		"VM_MAYEXEC is set without being asked for.";
	struct subject *s;
	unsigned i;

	load(2, "");
	s = harden("rw");
	for (i = 0; i < 3; i++)
		ask(s, judge_fmt("try %s shared %llu 0", prots[i], PAGE), "error EACCES", sentence);
	map_or_say(s, "rw-", 2, 0, too_much);
	for (i = 0; i < 3; i++)
		ask(s, judge_fmt("protect %s", prots[i]), "error EACCES", added);
	ask(s, "protect r--", "ok", "mprotect(2) cannot take a permission away.");
	tool_leave(s);
	s = harden("r");
	ask(s, judge_fmt("try r-x shared %llu 0", PAGE), "error EACCES", sentence);
	map(s, "r--", 2, 0);
	ask(s, "protect r-x", "error EACCES", added);
	expect_byte(s, (struct store){ 5, 5 }, "A read-only mapping does not show the buffer.");
	tool_leave(s);
	device_unload(MYMAP_NAME, "after its client has ended");
	judge_note("then with readonly=1, which forbids stores, and no less than before");
	load(2, " readonly=1");
	s = harden("rw");
	ask(s, judge_fmt("try r-x shared %llu 0", PAGE), "error EACCES", sentence);
	map(s, "r--", 2, 0);
	ask(s, "protect r-x", "error EACCES", added);
	tool_leave(s);
}
END_TEST

START_TEST(readonly_is_kept)
{
	static const char *const refused =
		"With readonly=1 a writable mapping must be refused, with EACCES.";
	static const char *const raised =
		"With readonly=1 mprotect(2) makes a read-only mapping writable: it asks the flag "
		"VM_MAYWRITE, and no longer the driver.";
	static const char *const too_much =
		"With readonly=1 a mapping for reading is refused. VM_WRITE says what was asked for; "
		"VM_MAYWRITE and the descriptor's mode do not.";
	unsigned n = 2 + judge_below(4);
	struct subject *s, *t;

	load(n, " readonly=1");
	s = harden("rw");
	ask(s, judge_fmt("try rw- shared %llu 0", PAGE), "error EACCES", refused);
	ask(s, judge_fmt("try -w- shared %llu %llu", PAGE, PAGE), "error EACCES", refused);
	map_or_say(s, "r--", n, 0, too_much);
	expect_byte(s, (struct store){ 9, 9 },
		    "With readonly=1 a mapping for reading does not show the buffer.");
	ask(s, "protect rw-", "error EACCES", raised);
	ask(s, "protect -w-", "error EACCES", raised);
	ask(s, judge_fmt("child set %llu 1", in_page(n - 1).at), "died SEGV",
	    "With readonly=1 a store through a mapping must kill its program.");
	ask(s, "protect ---", "ok", "mprotect(2) cannot take a permission away.");
	ask(s, "protect r--", "ok", "mprotect(2) cannot give back that reading was permitted.");
	t = harden("r");
	map(t, "r--", 1, n - 1);
	ask(t, "protect rw-", "error EACCES", raised);
	ask(t, "fresh", "yes", "With readonly=1 the buffer has changed.");
	tool_leave(t);
	host_sees("present,end,ro,digits", park(s), NULL);
}
END_TEST

START_TEST(writable_can_be_raised)
{
	static const char *const denied =
		"Without readonly=1, mprotect(2) must be able to make a mapping writable: the "
		"descriptor is open for that.";
	unsigned n = 2 + judge_below(4);
	struct store a = in_page(0), b = in_page(n - 1);
	struct subject *s, *t;

	load(n, "");
	s = harden("rw");
	map(s, "---", n, 0);
	ask(s, judge_fmt("child get %llu", a.at), "died SEGV",
	    "A load through a PROT_NONE mapping must kill its program.");
	ask(s, "protect rw-", "ok", denied);
	put(s, a);
	t = harden("rw");
	map(t, "r--", n, 0);
	expect_byte(t, a, "A mapping does not show what was stored through another.");
	ask(t, judge_fmt("child set %llu 1", b.at), "died SEGV",
	    "A store through a read-only mapping must kill its program.");
	ask(t, "protect rw-", "ok", denied);
	put(t, b);
	expect_byte(s, b, "A mapping does not show what was stored through another.");
	park(s);
	host_sees("present,rw,same,store", s, park(t));
}
END_TEST

/* ----------------------------------------------------------------- the data */

START_TEST(later_mapping_keeps_data)
{
	static const char *const lost =
		"What a program had stored is gone since another one mapped the device: opening "
		"and mapping must change nothing.";
	enum { PAGES = 3 };
	struct store st[PAGES + 1];
	struct subject *s, *t;
	const char *got;
	int k;

	load(PAGES, "");
	s = harden("rw");
	map(s, "rw-", PAGES, 0);
	for (k = 0; k < PAGES; k++)
		st[k] = in_page(k);
	st[PAGES] = (struct store){ judge_below(MYMAP_TEN), 100 + judge_below(156) };
	for (k = 0; k <= PAGES; k++)
		put(s, st[k]);
	tool_leave(s); /* for a moment nobody has it open */
	s = harden("rw");
	map(s, "rw-", PAGES, 0);
	for (k = 0; k <= PAGES; k++)
		expect_byte(s, st[k],
			    "What a program had stored is gone since it has ended, and another one "
			    "opened and mapped the device: the content is the driver's, and stays "
			    "as long as the driver.");
	tool_leave(harden("rw"));
	for (k = 0; k <= PAGES; k++)
		expect_byte(s, st[k],
			    "What a program had stored is gone since another one opened the device "
			    "and closed it.");
	t = harden("rw");
	map(t, "rw-", PAGES, 0);
	for (k = 0; k <= PAGES; k++) {
		expect_byte(s, st[k], lost);
		expect_byte(t, st[k], lost);
	}
	got = tool_ask(s, "child get %llu", st[1].at);
	if (!strncmp(got, "died ", 5))
		judge_fail(
			judge_fmt("%u", st[1].value), got,
			"A child does not have the mapping that its parent had: fork(2) must copy "
			"it.");
	expect_str(got, judge_fmt("%u", st[1].value),
		   "What was stored is gone since fork(2): does vm_ops->open write to the buffer?");
	st[1].value -= 50;
	ask(s, judge_fmt("child set %llu %u", st[1].at, st[1].value), "ok",
	    "A child cannot store through the mapping that its parent had.");
	expect_byte(t, st[1], "Another program does not see what a child stored.");
	unmap(t);
	for (k = 0; k <= PAGES; k++)
		expect_byte(s, st[k], "What was stored is gone since another program unmapped it.");
	map(t, "rw-", PAGES, 0);
	park(s);
	host_sees("present,end,same,store", s, park(t));
}
END_TEST

/* ------------------------------------------------------------------- RESIZE */

/* A buffer of three pages, of which @holder sees @st. */
static void expect_busy_at(unsigned pages, struct subject *asks, struct subject *holder,
			   struct store st, const char *while_what)
{
	const char *got = tool_ask(asks, "resize %u", pages);

	judge_input("RESIZE to %u pages %s", pages, while_what);
	if (!strcmp(got, "ok"))
		judge_fail("error EBUSY", got,
			   "The buffer was replaced %s: what is mapped there is freed memory, and "
			   "belongs to somebody else soon.",
			   while_what);
	expect_str(got, "error EBUSY", "RESIZE %s is refused, but with another error.", while_what);
	if (holder)
		expect_byte(holder, st, "A RESIZE that was refused has changed the buffer.");
}

static void expect_busy(struct subject *asks, struct subject *holder, struct store st,
			const char *while_what)
{
	expect_busy_at(1 + judge_below(5), asks, holder, st, while_what);
}

static void expect_resize(struct subject *s, unsigned pages, const char *when)
{
	const char *got = tool_ask(s, "resize %u", pages);

	judge_input("RESIZE to %u pages %s", pages, when);
	if (!strcmp(got, "error EBUSY"))
		judge_fail("ok", got,
			   "RESIZE is refused %s: the driver counts a mapping that is gone, or one "
			   "that it refused, or the end of one whose beginning it did not count.",
			   when);
	expect_str(got, "ok", "RESIZE does not work %s.", when);
}

START_TEST(resize_waits_for_mappings)
{
	struct store st = in_page(2);
	struct subject *s, *t;

	klog_mark();
	load(3, "");
	t = harden("rw");
	s = harden("rw");
	map(s, "rw-", 3, 0);
	put(s, st);
	expect_busy(s, s, st, "while its own program has it mapped");
	/* A size like any other: whoever asks for it gets a new buffer. */
	expect_busy_at(3, s, s, st, "while its own program has it mapped");
	expect_busy(t, s, st, "while another program has it mapped");
	ask(s, "close", "ok", "close(2) failed.");
	expect_busy(t, s, st, "while it is mapped, its descriptor closed");
	ask(s, judge_fmt("unmap 0 %llu", PAGE), "ok", "munmap(2) of a part failed.");
	expect_busy(t, s, st, "while the rest is mapped of what was unmapped in part");
	tool_leave(s);
	expect_resize(t, 3, "after the program that mapped it has ended");

	map(t, "rw-", 3, 0);
	put(t, st);
	ask(t, "move", "ok", "mremap(2) to another address failed.");
	expect_busy(t, t, st, "while it is mapped at another address than at first");
	ask(t, "fork", "ok", "fork(2) failed.");
	unmap(t);
	expect_busy(t, NULL, st, "while a child has the mapping that its parent had");
	ask(t, "reap", "ok", "The child did not end.");
	/* A request that was refused is no mapping. */
	tool_ask(t, "try rw- shared %llu 0", 4 * PAGE);
	tool_ask(t, "try rw- shared %llu %llu", PAGE, 3 * PAGE);
	tool_ask(t, "try r-- private %llu 0", PAGE);
	expect_resize(t, 4, "after the last mapping is gone");

	map(t, "rw-", 4, 0);
	s = harden("rw");
	expect_busy(s, NULL, st, "while the new buffer is mapped");
	map(s, "rw-", 4, 0);
	/* A lock that is given back and was not taken shows nowhere else. */
	judge_input("VMAs of the device copied, split, moved and gone, RESIZE between");
	expect_klog_clean();
	park(t);
	host_sees("present,end,same,store", t, park(s));
}
END_TEST

/* The memory that many of them keep; measured from the second on. */
static void expect_no_leak(struct subject *s, bool refused)
{
	int i;

	for (i = 0; i < RESIZES; i++) {
		if (i == 2)
			leak_mark();
		if (refused)
			ask(s, judge_fmt("resize %u", LARGE), "error EBUSY",
			    "RESIZE of a buffer that its own program has mapped is not refused with "
			    "EBUSY.");
		else
			expect_resize(s, LARGE - i % 2, "again and again");
	}
	if (refused)
		judge_input("%d times RESIZE to %d pages while the buffer is mapped", RESIZES,
			    LARGE);
	else
		judge_input("%d times RESIZE to %d or %d pages", RESIZES, LARGE, LARGE - 1);
	expect_nothing_kept(RESIZES, RESIZES * LARGE_KB / 4,
			    refused ? "by a RESIZE that is refused" : "by RESIZE");
}

/* Of what the buffer is at the end, not of what it was after the load. */
static void expect_unload_gives_back(void)
{
	struct subject *s;
	int i;

	for (i = -2; i < LOADS; i++) {
		if (!i)
			leak_mark();
		load(1, "");
		s = harden("rw");
		expect_resize(s, LARGE, "although nothing is mapped");
		tool_leave(s);
		device_unload(MYMAP_NAME, "after its client has ended");
	}
	judge_input("%d times insmod mymap.ko pages=1, RESIZE to %d pages, rmmod", LOADS, LARGE);
	expect_nothing_kept(LOADS, LOADS * LARGE_KB / 4, "at unload after a RESIZE");
}

static void permit_userfaultfd(void)
{
	int fd = (int)SAFE(open("/proc/sys/vm/unprivileged_userfaultfd", O_WRONLY | O_CLOEXEC));

	SAFE(write(fd, "1", 1));
	SAFE(close(fd));
}

static bool answered_or_waits(void *arg)
{
	size_t len;

	subject_out(arg, &len);
	return len || process_waits_in(subject_pid(arg), SYS_ioctl, NULL);
}

/*
 * mmap(2), read(2) and RESIZE at the same time: read(2) waits for the page that it copies
 * to, as long as the judge likes.
 */
static void expect_copy_may_wait(void)
{
	struct subject *s, *t;

	permit_userfaultfd();
	load(2, "");
	s = harden("rw");
	t = harden("rw");
	judge_input(
		"read(2) into a page of the program that has yet to come, and meanwhile mmap(2) "
		"by the same program, RESIZE by another");
	judge_note("if it hangs here: mmap(2) wants a lock that read(2) holds while it copies, and "
		   "bringing the page takes a lock that mmap(2) holds");
	ask(s, "stall", "ok",
	    "read(2) into memory that has yet to come fails: is a spinlock held over the copy?");
	ask(s, judge_fmt("try r-- shared %llu 0", PAGE), "ok",
	    "The device cannot be mapped while a read(2) of the same program waits for memory.");
	subject_send(t, "resize 3\n");
	judge_poll(answered_or_waits, t, 1000);
	judge_note(
		"if it hangs here: mmap(2) waits for RESIZE, RESIZE for read(2), and read(2) for "
		"the lock of the program's addresses, which mmap(2) holds");
	ask(s, judge_fmt("try r-- shared %llu 0", PAGE), "ok",
	    "The device cannot be mapped while a RESIZE waits for a read(2).");
	dirty_free_pages();
	dirty_free_blocks();
	ask(s, "go", "yes",
	    "read(2) gave what was never in the buffer: RESIZE freed it during the copy.");
	expect_str(subject_line(t), "ok", "RESIZE beside a read(2) failed.");
	tool_leave(s);
	tool_leave(t);
	device_unload(MYMAP_NAME, "after its clients have ended");
}

static void expect_resize_errors(struct subject *s, unsigned pages)
{
	static const uint64_t sizes[] = { (1ULL << 32) + 1, 1ULL << 40, 1ULL << 52,
					  (1ULL << 52) + 1, 1ULL << 63, MINUS(1) };
	static const unsigned others[] = { 0x5401, MYMAP_RESIZE ^ 0x100,
					   MYMAP_RESIZE | 0x40080000 };
	struct subject *r = harden("r"), *w = harden("w");
	struct store st = in_page(0);
	size_t i;

	map(s, "rw-", 1, 0);
	put(s, st);
	unmap(s);
	ask(s, "resize 0", "error EINVAL", "There is no buffer without a page.");
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		ask(s, judge_fmt("resize %llu", (unsigned long long)sizes[i]), "error ENOMEM",
		    "A buffer of this size cannot be had. In which type does the driver compute?");
	ask(s, judge_fmt("ioctl %u", MYMAP_RESIZE + 1 + judge_below(100)), "error ENOTTY",
	    "An ioctl that the driver does not know must fail with ENOTTY.");
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		ask(s, judge_fmt("ioctl %u", others[i]), "error ENOTTY",
		    "An ioctl with RESIZE's number, but of another type or size, is another one and "
		    "must fail with ENOTTY.");
	ask(r, "resize 1", "error EBADF",
	    "RESIZE changes the buffer, and must ask for a descriptor that is open for writing.");
	tool_leave(r);
	ask(s, judge_fmt("read %llu", st.at), judge_fmt("%u", st.value),
	    "A RESIZE that failed has changed the buffer's content.");
	expect_klog_clean();
	ask(w, judge_fmt("resize %u", pages), "ok",
	    "RESIZE is refused to a descriptor that is open for writing only.");
	tool_leave(w);
	expect_answer(s, pages, pages * PAGE, 0, "ok");
	expect_answer(s, pages, (pages + 1) * PAGE, 0, "error EINVAL");
}

START_TEST(resize_starts_anew)
{
	unsigned n = 4 + judge_below(5), k;
	struct subject *s;

	klog_mark();
	load(2, "");
	s = harden("rw");
	map(s, "rw-", 2, 0);
	put(s, in_page(0));
	put(s, in_page(1));
	unmap(s);
	dirty_free_pages();
	dirty_free_blocks();
	for (k = 0; k < 3; k++) {
		unsigned pages = k < 2 ? n : 1; /* another size, the same, a smaller one */

		expect_resize(s, pages, "although nothing is mapped");
		judge_note("then a RESIZE to %u pages, which succeeded", pages);
		expect_answer(s, pages, (pages + 1) * PAGE, 0, "error EINVAL");
		expect_answer(s, pages, PAGE, pages * PAGE, "error EINVAL");
		map(s, "rw-", pages, 0);
		ask(s, "fresh", "yes",
		    "After RESIZE the buffer must be as after loading: ten bytes, and all others "
		    "clear.");
		ask(s, judge_fmt("read %llu", pages * PAGE - 1), "0",
		    "After RESIZE, read(2) does not give the new buffer's last byte.");
		ask(s, judge_fmt("read %llu", pages * PAGE), "end",
		    "After RESIZE, read(2) must end where the new buffer ends.");
		for (unsigned i = 0; i < pages; i++)
			put(s, in_page(i));
		unmap(s);
	}
	expect_resize_errors(s, 1);
	expect_no_leak(s, false);
	map(s, "rw-", 1, 0);
	expect_no_leak(s, true);
	unmap(s);
	dirty_free_pages();
	dirty_free_blocks();
	expect_resize(s, n, "although nothing is mapped");
	judge_note("then a RESIZE to %u pages, which succeeded", n);
	map(s, "rw-", n, 0);
	host_sees("present,end,rw,digits,clear", park(s), NULL);
	end(s);
	device_unload(MYMAP_NAME, "after its clients have ended");
	expect_copy_may_wait();
	expect_unload_gives_back();
	load(1, "");
	s = harden("rw");
	expect_resize(s, 2, "although nothing is mapped");
	leak_mark();
	expect_resize(s, 4 * LARGE, "although nothing is mapped");
	expect_resize(s, 2, "although nothing is mapped");
	expect_nothing_kept(1, 2 * LARGE_KB, "by RESIZE to a smaller buffer");
	tool_leave(s);
	device_unload(MYMAP_NAME, "after its client has ended");
	load(1, " readonly=1");
	s = harden("rw");
	ask(s, "resize 2", "error EACCES", "With readonly=1 RESIZE must be refused, with EACCES.");
	tool_leave(s);
}
END_TEST

/* -------------------------------------------------------- what gets outside */

#define KERNEL_HALF 0x1ffff /* the upper 17 bits of its addresses */
#define MEMORY (256ULL << 20) /* of the machine */

/*
 * The number that a word of the log is, or 0 if it is none. Digits alone are taken for decimal
 * ones.
 */
static uint64_t number_word(const char *word, size_t len)
{
	bool prefix = len > 2 && word[0] == '0' && word[1] == 'x', letter = prefix;
	size_t i;

	for (i = prefix ? 2 : 0; i < len; i++) {
		if (!isxdigit((unsigned char)word[i]))
			return 0;
		letter |= isalpha((unsigned char)word[i]) != 0;
	}
	return strtoull(judge_fmt("%.*s", (int)len, word), NULL, letter ? 16 : 10);
}

/*
 * An address of the kernel's half, or a page of memory. All sizes in this test
 * are below 1 MiB, and addresses of programs are above the machine's memory.
 * All ones are a mask: the kernel says so of its clock, a second after its boot,
 * which may be during the test.
 */
static bool is_address(uint64_t n)
{
	if (n == UINT64_MAX)
		return false;
	return n >> 47 == KERNEL_HALF || (n >= 1 << 20 && n < MEMORY && n % PAGE == 0);
}

static void expect_no_address(const char *log)
{
	static const char *const between = " \t\n,;:.!?()[]{}<>=@+-/|*#'\"";
	size_t len;

	for (; *log; log += len + strspn(log + len, between)) {
		len = strcspn(log, between);
		if (is_address(number_word(log, len)))
			judge_fail("no address", judge_fmt("%.*s", (int)len, log),
				   "The driver writes an address of its buffer into the kernel "
				   "log, where programs can read it: an attacker needs just that.");
	}
}

/*
 * In a machine of the profile plain: slub_debug, which the others have, makes %p
 * print the address itself.
 */
START_TEST(log_names_no_address)
{
	struct subject *s;

	klog_mark();
	load(2, "");
	s = harden("rw");
	map(s, "rw-", 2, 0);
	expect_byte(s, (struct store){ 3, 3 }, "A mapping does not show the buffer.");
	ask(s, "read 4", "4", "read(2) does not give the buffer.");
	/* What is refused may be told to the log, too. */
	tool_ask(s, "try rw- shared %llu 0", 16 * PAGE);
	tool_ask(s, "try rw- private %llu 0", PAGE);
	tool_ask(s, "try r-x shared %llu 0", PAGE);
	tool_ask(s, "ioctl 1");
	tool_ask(s, "resize 0");
	tool_ask(s, "resize 3");
	unmap(s);
	tool_ask(s, "resize 3");
	tool_leave(s);
	device_unload(MYMAP_NAME, "after its clients have ended");
	judge_input("all that the driver wrote to the kernel log from insmod to rmmod");
	expect_no_address(klog_since());
	expect_klog_clean();
}
END_TEST

/*
 * Memory full of the secret, and gaps that were full of it: what the driver gets
 * lies among it.
 */
static void plant(const unsigned char *secret)
{
	static unsigned char block[64 << 10];
	int fd = (int)SAFE(memfd_create("planted", MFD_CLOEXEC));
	size_t at;

	for (at = 0; at < sizeof(block); at += SECRET)
		memcpy(block + at, secret, SECRET);
	for (at = 0; at < PLANTED; at += sizeof(block))
		SAFE(write(fd, block, sizeof(block)));
	for (at = 0; at < PLANTED; at += 2 * sizeof(block))
		SAFE(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, at, sizeof(block)));
}

START_TEST(search_finds_nothing)
{
	unsigned n = 2 + judge_below(7);
	unsigned char secret[SECRET];
	char hex[2 * SECRET + 1];
	struct subject *s;
	unsigned i;

	judge_random_bytes(secret, sizeof(secret));
	for (i = 0; i < SECRET; i++)
		snprintf(hex + 2 * i, 3, "%02x", secret[i]);
	plant(secret);
	klog_mark();
	load(n, "");
	s = harden("rw");
	map(s, "rw-", n, 0);
	expect_byte(s, (struct store){ 8, 8 }, "A mapping does not show the buffer.");
	unmap(s);
	for (i = 0; i < 2; i++) {
		const char *got;

		ask(s, judge_fmt("read %llu", n * PAGE), "end",
		    "read(2) goes on behind the buffer's last byte, in memory of others.");
		ask(s, judge_fmt("read %llu", (n + 1 + judge_below(1000)) * PAGE), "end",
		    "read(2) from a position past the buffer's end must give 0 bytes.");
		ask(s, judge_fmt("read %llu", 1ULL << 40), "end",
		    "read(2) from a position far past the buffer's end must give 0 bytes.");
		got = tool_ask(s, "search %s", hex);
		judge_input("a secret in %lu MiB of other memory, a buffer of %u pages",
			    PLANTED >> 20, n);
		if (strcmp(got, "nothing"))
			judge_fail("nothing", got,
				   "An ordinary user reads memory that never was the device's.");
		n = i ? n : n + 1;
		if (!i) {
			expect_resize(s, n, "although nothing is mapped");
			judge_note("then a RESIZE to %u pages, which succeeded", n);
		}
	}
	expect_klog_clean();
	map(s, "r--", n, 0);
	host_sees("present,end,ro,digits,clear", park(s), NULL);
}
END_TEST

const struct judge_suite judge_suite = {
	.lab = "12-harden",
	.tests = {
		JUDGE_TEST(whole_buffer_is_mapped),
		JUDGE_TEST(every_byte_starts_clear),
		JUDGE_TEST(length_is_bounded),
		JUDGE_TEST(offset_is_bounded),
		JUDGE_TEST(offset_selects_its_page),
		JUDGE_TEST(private_is_refused),
		JUDGE_TEST(exec_is_refused),
		JUDGE_TEST(readonly_is_kept),
		JUDGE_TEST(writable_can_be_raised),
		JUDGE_TEST(later_mapping_keeps_data),
		JUDGE_TEST(resize_waits_for_mappings),
		JUDGE_TEST(resize_starts_anew),
		JUDGE_TEST(log_names_no_address),
		JUDGE_TEST(search_finds_nothing),
		JUDGE_END,
	},
};
