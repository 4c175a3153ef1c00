// SPDX-License-Identifier: GPL-2.0-only
/*
 * check_screen.c - what a right display driver does, and a right program that
 * draws into it.
 *
 * The first half tests the driver alone, with the tool's own commands. The
 * second lets the students' drawing program draw, and looks at the memory: the
 * host compares each pixel in the machine's physical memory with a card that
 * it computes itself (harness/grade/picture.c).
 */
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "judge.h"

#include "../../driver/screen/screen_uapi.h"
#include "case.h"

#define PAGE 4096UL
#define LOADS 12
#define LARGE "width=512 height=512 lines=1024" /* 2 MiB */
#define LARGE_KB 2048
#define SMALL "width=16 height=16" /* 2 KiB, in one page */
#define WARMING_KB 4096 /* what the first loads of a machine may cost */

#define CANNOT_MAP "The tool cannot map the display."

/* ---------------------------------------------------------------- helpers */

static void load(const char *params)
{
	expect_module_load("screen", params);
	judge_note("loaded with: insmod screen.ko%s%s", *params ? " " : "", params);
	if (access(SCREEN_PATH, F_OK))
		judge_fail(SCREEN_PATH, "no such file",
			   "The module is loaded, but its device is missing: did misc_register() "
			   "run, and with the name " SCREEN_NAME "?");
}

static void load_case(const struct screen_case *c)
{
	load(judge_fmt("width=%u height=%u stride=%u lines=%u", c->width, c->height, c->stride,
		       c->lines));
}

static struct screen_case any_case(void)
{
	return case_make(judge_random(), true);
}

/* A case that the host knows, too. */
static struct screen_case host_case(const char **cookie, bool small)
{
	*cookie = host_cookie();
	return case_make(strtoull(*cookie, NULL, 16), small);
}

/* One of the tool's commands that must work. */
static struct subject *done(struct subject *s, const char *what)
{
	subject_wait(s);
	/* write(2) of the mapping is what meets a missing page. */
	if (subject_exit(s) > 0 && strstr(subject_err(s, NULL), "standard output"))
		judge_fail("no error", judge_errno_name(EFAULT),
			   "The display can be mapped, but write(2) of the whole mapping fails: a "
			   "page of it has no frame.");
	if (strstr(subject_err(s, NULL), "mmap " SCREEN_PATH))
		judge_note("remap_vmalloc_range() gives EINVAL, too, for memory that "
			   "vmalloc_user() did not allocate");
	expect_success(s, what);
	return s;
}

#define DO(...) done(RUN("screen", __VA_ARGS__), SUBJECT_ARGV(__VA_ARGS__)[0])

static void fill(const struct screen_case *c)
{
	DO("fill", judge_fmt("%" PRIx64, c->number));
}

static void expect_geometry(const char *want, const char *sentence)
{
	struct subject *s = DO("geometry");

	expect_str(subject_out(s, NULL), want, "%s", sentence);
}

static const char *geometry_text(unsigned width, unsigned height, unsigned stride, unsigned lines,
				 unsigned top)
{
	unsigned long size = ((unsigned long)stride * lines + PAGE - 1) / PAGE * PAGE;

	return judge_fmt("width %u height %u stride %u lines %u bits 32 top %u size %lu\n", width,
			 height, stride, lines, top, size);
}

static const char *case_text(const struct screen_case *c, unsigned top)
{
	return geometry_text(c->width, c->height, c->stride, c->lines, top);
}

/* Send a line to a program that holds a mapping; its answer is one line. */
static void expect_answer(struct subject *s, const char *line, const char *want, const char *why)
{
	const char *got;

	subject_send(s, "%s\n", line);
	got = subject_line(s);
	judge_input("`%s` to a program that has mapped the display", line);
	expect_str(got, want, "%s", why);
}

static struct subject *hold(void)
{
	/* Addresses without a limit: what is too long shall be the driver's to refuse. */
	struct subject *s = subject_start(&(struct subject_spec){
		.argv = SUBJECT_ARGV("screen", "hold"),
		.limit_as = ~0UL,
	});

	expect_ready(s, "hold");
	return s;
}

static struct subject *park(const char *cookie)
{
	struct subject *s = START("screen", "park", cookie);

	expect_ready(s, "park");
	return s;
}

/* What read(2) must give: the pixels from line top on, without the padding. */
static void expect_picture(const struct screen_case *c, unsigned top, const char *sentence)
{
	size_t len, row = c->stride / 4, want_len = (size_t)c->width * c->height * 4;
	uint32_t *want = calloc(1, want_len);
	struct subject *s = DO("cat");
	const char *got = subject_out(s, &len);
	unsigned x, y;

	if (!want)
		judge_broken("no memory for a picture");
	for (y = 0; y < c->height; y++)
		for (x = 0; x < c->width; x++)
			want[y * c->width + x] = case_noise(c->number, (top + y) * row + x);
	judge_input("a picture of %u x %u pixels in lines of %u bytes, from line %u on", c->width,
		    c->height, c->stride, top);
	expect_mem(got, len, want, want_len, "%s", sentence);
	free(want);
}

/* -------------------------------------------------------------- the driver */

static void expect_defaults(void)
{
	unsigned width = 100 + judge_below(200), height = 50 + judge_below(100);

	/* What goes wrong at an unload is for another test to say. */
	if (module_unload("screen"))
		return;
	load(judge_fmt("width=%u height=%u", width, height));
	expect_geometry(geometry_text(width, height, 4 * width, 2 * height, 0),
			"Without stride and lines, a line is as long as its pixels, and there are "
			"twice as many lines as are visible.");
	if (module_unload("screen"))
		return;
	load("");
	expect_geometry(geometry_text(640, 480, 2560, 960, 0),
			"Without parameters the screen has 640 x 480 pixels.");
}

START_TEST(geometry_is_told)
{
	struct screen_case c = any_case();
	struct stat st;
	struct subject *s;

	load_case(&c);
	if (stat(SCREEN_PATH, &st) || (st.st_mode & 07777) != 0666)
		judge_fail("0666", judge_fmt("%04o", st.st_mode & 07777),
			   "The mode of " SCREEN_PATH " does not let everybody draw.");
	expect_geometry(case_text(&c, 0), "The driver tells another geometry than it was loaded "
					  "with.");
	s = DO("refusals");
	expect_str(subject_out(s, NULL), "unknown ENOTTY\ngeometry EFAULT\npan EFAULT\n",
		   "A command that is none of the display's, and addresses that the program does "
		   "not have: each has its own errno.");
	expect_defaults();
}
END_TEST

static void expect_refused(const char *params, int want, const char *why)
{
	int err = module_load("screen", params);

	judge_input("insmod screen.ko %s", params);
	if (err != -want)
		judge_fail(judge_errno_name(want), err ? judge_errno_name(-err) : "it is loaded",
			   "%s", why);
	if (access(SCREEN_PATH, F_OK) == 0)
		judge_fail("no such file", SCREEN_PATH,
			   "The load failed, and yet the device is there: it is registered last.");
}

START_TEST(bad_geometry_is_refused)
{
	struct screen_case c = any_case();
	const char *size = judge_fmt("width=%u height=%u", c.width, c.height);

	klog_mark();
	leak_mark();
	expect_refused(judge_fmt("width=0 height=%u", c.height), EINVAL, "A line needs a pixel.");
	expect_refused(judge_fmt("width=%u height=0", c.width), EINVAL, "A screen needs a line.");
	expect_refused(judge_fmt("%s stride=%u", size, c.width * 4 - 4), EINVAL,
		       "The pixels of a line do not fit into the stride.");
	expect_refused(judge_fmt("%s stride=%u", size, c.stride + 2), EINVAL,
		       "With such a stride the pixels of some lines would not be aligned: it is a "
		       "multiple of 4.");
	expect_refused(judge_fmt("%s lines=%u", size, c.height - 1), EINVAL,
		       "The memory has fewer lines than are visible.");
	expect_refused(judge_fmt("width=1073741825 height=%u stride=4", c.height), EINVAL,
		       "The pixels of a line do not fit into the stride: 4 times this width is 4 "
		       "in 32 bits, and more than 4 GiB in 64.");
	expect_refused(judge_fmt("width=%u height=2147483649", c.width), EINVAL,
		       "Twice this height is 2 in 32 bits.");
	expect_refused("width=16384 height=32768 stride=65536 lines=65536", ENOMEM,
		       "This memory has 4 GiB, which is 0 in 32 bits: more than the machine has.");
	expect_klog_clean();
	judge_input("insmod screen.ko, with parameters that make no screen or too large a one");
	expect_nothing_kept(1, WARMING_KB, "by a load that fails");
	/* Only these: who takes page by page needs a while until there is no more. */
	device_refusals("screen", "width=0");
	load_case(&c);
	expect_geometry(case_text(&c, 0), "After the refusals a good geometry is not accepted.");
}
END_TEST

START_TEST(memory_is_shared)
{
	const char *of_a = host_cookie(), *of_b = host_cookie(), *out;
	struct screen_case c = any_case();
	struct subject *s, *a, *b;
	size_t len, i;

	dirty_free_pages();
	load_case(&c);
	s = DO("dump");
	out = subject_out(s, &len);
	expect_int((long long)len, (long long)case_size(&c),
		   "The tool dumped another number of bytes.");
	for (i = 0; i < len; i++)
		if (out[i])
			judge_fail(
				"0", judge_fmt("0x%02x at byte %zu", (unsigned char)out[i], i),
				"Whoever maps the display can read what this memory held before: "
				"it is not cleared.");
	a = park(of_a);
	b = park(of_b);
	host_sees("present,end,rw,same,store", a, b);
}
END_TEST

static void expect_no_mapping(struct subject *s, const struct screen_case *c, uint64_t length,
			      uint64_t offset)
{
	subject_send(s, "try %" PRIu64 " %" PRIu64 "\n", length, offset);
	expect_str(subject_line(s), "error EINVAL",
		   "A mapping of %#" PRIx64 " bytes at offset %#" PRIx64
		   " reaches past the end of a memory of %#" PRIx64 " bytes, and is refused.%s",
		   length, offset, case_size(c), device_bound_hint(length, offset));
}

START_TEST(mapping_has_bounds)
{
	static const uint64_t large[] = { 1ULL << 31, (1ULL << 32) + PAGE, 1ULL << 32,
					  (1ULL << 44) + PAGE };
	static const uint64_t far[] = { (1ULL << 32) + PAGE, 1ULL << 40,       (1ULL << 44) + PAGE,
					1ULL << 63,	     MINUS(16 * PAGE), MINUS(2 * PAGE) };
	const char *of_a = host_cookie(), *of_b = host_cookie();
	struct screen_case c = any_case();
	uint64_t size = case_size(&c);
	struct subject *s, *a, *b;
	size_t i;

	load_case(&c);
	s = hold();
	expect_no_mapping(s, &c, size + PAGE, 0);
	expect_no_mapping(s, &c, size + 1, 0);
	expect_no_mapping(s, &c, PAGE, size);
	expect_no_mapping(s, &c, size, PAGE);
	expect_no_mapping(s, &c, 2 * PAGE, size - PAGE);
	for (i = 0; i < sizeof(large) / sizeof(large[0]); i++)
		expect_no_mapping(s, &c, large[i], 0);
	for (i = 0; i < sizeof(far) / sizeof(far[0]); i++)
		expect_no_mapping(s, &c, PAGE, far[i]);
	/* The last page is there, and no other program's. */
	expect_answer(s, judge_fmt("set %" PRIu64 " 77", size - 1), "ok",
		      "The last byte of the memory cannot be stored to.");
	a = park(of_a);
	b = START("screen", "-o", judge_fmt("%lu", PAGE), "-l", judge_fmt("%lu", 2 * PAGE), "park",
		  of_b);
	expect_ready(b, "park");
	host_sees("present,end,offset", a, b);
}
END_TEST

static void expect_end_past_the_picture(const struct screen_case *c)
{
	uint64_t total = (uint64_t)c->width * c->height * SCREEN_PIXEL;
	uint64_t far[] = { total + 1, total + c->stride, 1ULL << 40 };
	size_t i;

	for (i = 0; i < sizeof(far) / sizeof(far[0]); i++)
		expect_str(subject_out(DO("readat", judge_fmt("%" PRIu64, far[i])), NULL),
			   "0 bytes\n",
			   "A read(2) from a position past the end, %#" PRIx64
			   " in a picture of %#" PRIx64 " bytes, must give 0 bytes: pread(2) and "
			   "lseek(2) come there without having been at the end.",
			   far[i], total);
}

START_TEST(read_gives_the_picture)
{
	const char *cookie = host_cookie();
	struct screen_case c = any_case();
	struct subject *s;

	load_case(&c);
	fill(&c);
	expect_picture(&c, 0,
		       "read(2) does not give the visible pixels: line by line, without the "
		       "padding, and then the end.");
	s = DO("misread");
	expect_str(subject_out(s, NULL), "nothing 0 bytes\nnowhere EFAULT\n",
		   "read(2) of nothing stores nothing and does not fail; bytes for an address that "
		   "the program does not have are EFAULT, not bytes that were read.");
	expect_end_past_the_picture(&c);
	s = park(cookie);
	host_sees("rw,store,read", s, NULL);
}
END_TEST

static void pan_to(unsigned line)
{
	DO("pan", judge_fmt("%u", line));
}

START_TEST(pan_moves_the_picture)
{
	struct screen_case c = any_case();
	unsigned top[] = { 1 + judge_below(c.height), c.lines - c.height, 0 }, i;

	load_case(&c);
	fill(&c);
	for (i = 0; i < 3; i++) {
		pan_to(top[i]);
		expect_geometry(case_text(&c, top[i]),
				"After SCREEN_PAN the driver tells another geometry.");
		expect_picture(&c, top[i],
			       "read(2) does not give the picture from the line on that "
			       "SCREEN_PAN named.");
	}
}
END_TEST

START_TEST(pan_is_bounded)
{
	struct screen_case c = any_case();
	unsigned last = c.lines - c.height, i;
	unsigned bad[] = { last + 1, c.lines, c.lines + 1, UINT32_MAX, 0 - c.height, 0x80000000 };

	load_case(&c);
	pan_to(last);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		expect_error(RUN("screen", "pan", judge_fmt("%u", bad[i])), "EINVAL",
			     judge_fmt("SCREEN_PAN accepted line %u: from there on a picture of "
				       "%u lines does not fit in a memory of %u",
				       bad[i], c.height, c.lines));
	expect_geometry(case_text(&c, last), "What was refused has moved the picture.");
}
END_TEST

/* Refused now, and possible later. */
static void expect_held(const char *when)
{
	int err;

	/* Asked first: an unload that succeeds now would take the kernel down. */
	if (module_refcount("screen") == 0)
		judge_fail("1 or more", "0",
			   "Nothing holds the module %s: do the file operations name their owner?",
			   when);
	err = module_unload("screen");
	if (err != -EAGAIN && err != -EBUSY)
		judge_fail("EAGAIN", err ? judge_errno_name(-err) : "it is unloaded",
			   "The module must not go away %s.", when);
}

static void unload(void)
{
	int err = module_unload("screen");

	if (err)
		judge_fail("0", judge_errno_name(-err),
			   "The module cannot be unloaded although nobody uses it any more.");
	if (access(SCREEN_PATH, F_OK) == 0)
		judge_fail("no such file", SCREEN_PATH,
			   "The device is still there after the unload: it was not deregistered.");
}

static void expect_held_by_open(const struct screen_case *c)
{
	struct subject *s;

	load_case(c);
	s = hold();
	expect_answer(s, "unmap", "ok", "munmap(2)");
	expect_held("while a program has it open, with nothing mapped");
	expect_answer(s, "close", "ok", "close(2) of the device");
	unload();
	subject_kill(s, SIGKILL);
	subject_wait(s);
}

static void expect_nothing_lost(const char *params, int loads, long kb)
{
	int i;

	/* The first rounds warm the caches up. */
	for (i = -2; i < loads; i++) {
		if (i == 0)
			leak_mark();
		expect_module_load("screen", params);
		unload();
	}
	judge_input("%d times insmod screen.ko %s and rmmod", loads, params);
	expect_nothing_kept(loads, kb, "at unload");
}

/* A device with a class and a major number of its own meets no other. */
static void expect_names_and_numbers_shared(const struct screen_case *c)
{
	bool misc;

	load_case(c);
	misc = device_is_misc(SCREEN_NAME);
	if (misc)
		expect_minor_is_chosen(SCREEN_NAME, "");
	unload();
	if (!misc)
		return;
	device_clash(SCREEN_NAME, LARGE, LOADS, LOADS * LARGE_KB / 4);
	device_clash(SCREEN_NAME, SMALL, PAGE_ROUNDS, PAGE_ROUNDS_KB);
}

START_TEST(unload_waits_and_gives_back)
{
	struct screen_case c = any_case();
	struct subject *s;

	load_case(&c);
	s = hold();
	expect_answer(s, "set 100 77", "ok", "A store to the display's memory");
	expect_held("while a program has it open and mapped");
	expect_answer(s, "close", "ok", "close(2) of the device");
	expect_held("while a program has it mapped, also when it has closed it");
	expect_answer(s, "get 100", "77", "The mapping lost its content.");
	expect_answer(s, "unmap", "ok", "munmap(2)");
	unload();
	expect_held_by_open(&c);
	expect_nothing_lost(LARGE, LOADS, LOADS * LARGE_KB / 4);
	/* A single page is lost among large ones. */
	expect_nothing_lost(SMALL, PAGE_ROUNDS, PAGE_ROUNDS_KB);
	expect_names_and_numbers_shared(&c);
}
END_TEST

/* ------------------------------------------------------ the drawing program */

/* The words of a card, for the tool's command line. */
#define CARD_ARGS(card) \
	colour_text((card)->ground), colour_text((card)->ink), colour_text((card)->disc), \
		judge_fmt("%u", (card)->x), judge_fmt("%u", (card)->y), \
		judge_fmt("%u", (card)->radius)

static const char *colour_text(struct colour c)
{
	return judge_fmt("%02x%02x%02x", c.red, c.green, c.blue);
}

static struct subject *draw_card(const struct screen_case *c, unsigned line)
{
	return RUN("screen", "card", judge_fmt("%u", line), judge_fmt("%u", c->frame),
		   CARD_ARGS(&c->card));
}

/* The memory as a program of the driver's side sees it. */
static const uint32_t *memory_now(const struct screen_case *c)
{
	struct subject *s = DO("dump");
	size_t len;
	const char *out = subject_out(s, &len);

	expect_int((long long)len, (long long)case_size(c),
		   "The tool dumped another number of bytes.");
	return (const uint32_t *)out;
}

static void expect_memory_unchanged(const struct screen_case *c, const char *after)
{
	const uint32_t *memory = memory_now(c);
	size_t i;

	for (i = 0; i < case_size(c) / 4; i++)
		if (memory[i] != case_noise(c->number, i))
			judge_fail(judge_fmt("0x%08x, as before", case_noise(c->number, i)),
				   judge_fmt("0x%08x", memory[i]),
				   "%s, and yet line %zu of the memory has changed.", after,
				   i / (c->stride / 4));
}

START_TEST(card_is_drawn)
{
	const char *cookie;
	struct screen_case c = host_case(&cookie, false);
	struct subject *s;

	load_case(&c);
	fill(&c);
	done(draw_card(&c, c.line), "card");
	s = park(cookie);
	judge_input("frame %u of a card of %u x %u pixels, from line %u on, in lines of %u bytes",
		    c.frame, c.width, c.height, c.line, c.stride);
	host_sees("present,card", s, NULL);
}
END_TEST

static bool is_pan(const struct call *call)
{
	return call->nr == SYS_ioctl && (uint32_t)call->args[1] == (uint32_t)SCREEN_PAN;
}

/* The first pixel of a page that is not as it must be, or NULL. */
static const char *wrong_pixel(const struct screen_case *c, const uint32_t *memory,
			       struct case_page page, bool drawn)
{
	size_t row = c->stride / 4;
	unsigned x, y;

	for (y = 0; y < c->height; y++) {
		for (x = 0; x < c->width; x++) {
			size_t at = (page.line + y) * row + x;
			uint32_t want = drawn ? case_pixel(&c->card, page.frame, x, y) :
						case_noise(c->number, at);

			if (memory[at] != want)
				return judge_fmt("0x%08x at x %u, y %u, not 0x%08x", memory[at], x,
						 y, want);
		}
	}
	return NULL;
}

/* About to show flip number @n: is what will be seen complete, and what is seen intact? */
static void expect_flip(const struct screen_case *c, struct subject *s, const struct call *call,
			unsigned n)
{
	unsigned other = c->top ? 0 : c->height, frame = n % c->frames;
	unsigned hidden = n % 2 ? c->top : other, visible = n % 2 ? other : c->top;
	const uint32_t *memory = memory_now(c);
	const char *wrong;
	uint32_t line;
	unsigned i;

	judge_input("the %s time, frame %u of %u, %u x %u pixels; visible from line %u on",
		    n < c->frames ? "first" : "second", frame, c->frames, c->width, c->height,
		    visible);
	if (!memory_read(subject_pid(s), call->args[2], &line, sizeof(line)))
		judge_fail("the address of a line's number", "another",
			   "SCREEN_PAN was called with an address that the program does not have.");
	if (line != hidden)
		judge_fail(judge_fmt("line %u", hidden), judge_fmt("line %u", line),
			   "SCREEN_PAN for frame %u named another line than that of the page which "
			   "was invisible: the picture began at line %u then, as SCREEN_GEOMETRY "
			   "tells, and frames alternate between both pages, also when they are "
			   "shown again.",
			   frame, visible);
	wrong = wrong_pixel(c, memory, (struct case_page){ hidden, frame }, true);
	for (i = 0; wrong && i <= c->frames; i++)
		if (i != frame && !wrong_pixel(c, memory, (struct case_page){ hidden, i }, true))
			judge_fail(judge_fmt("frame %u from line %u on", frame, hidden),
				   judge_fmt("frame %u", i),
				   "The page that SCREEN_PAN is to show now holds another frame: "
				   "each is drawn before its SCREEN_PAN, and they count from 0.");
	if (wrong)
		judge_fail(judge_fmt("frame %u from line %u on", frame, hidden), wrong,
			   "At SCREEN_PAN its page did not hold frame %u: the call came before the "
			   "frame was complete, or the frame is drawn wrong (card_is_drawn tells).",
			   frame);
	wrong = wrong_pixel(c, memory,
			    (struct case_page){ visible, (frame + c->frames - 1) % c->frames },
			    n > 0);
	if (wrong)
		judge_fail(n ? "the frame before" : "what was there before", wrong,
			   "While frame %u was being drawn, the visible page changed: people see "
			   "a picture that is half one frame and half the next.",
			   frame);
}

START_TEST(frames_are_flipped)
{
	const char *cookie;
	struct screen_case c = host_case(&cookie, true);
	const struct call *call;
	struct subject *s;
	unsigned n = 0;
	bool after;

	load_case(&c);
	fill(&c);
	pan_to(c.top);
	s = subject_start(&(struct subject_spec){
		.argv = SUBJECT_ARGV("screen", "frames", judge_fmt("%u", c.frames), "2",
				     CARD_ARGS(&c.card)),
		.in = "",
		.trace = true,
		.hold = is_pan,
		.deadline_ms = 6000,
	});
	while ((call = subject_held(s, &after))) {
		if (!after && n == 2 * c.frames)
			judge_fail(judge_fmt("%u", n), "more",
				   "SCREEN_PAN is called more often than there are frames.");
		if (!after)
			expect_flip(&c, s, call, n++);
		subject_go(s, 0);
	}
	expect_success(s, "frames");
	expect_int(n, 2 * c.frames, "The number of calls of SCREEN_PAN for %u frames shown twice",
		   c.frames);
	expect_geometry(case_text(&c, c.top), "The last frame is not the visible one.");
	s = park(cookie);
	judge_input("%u frames, shown twice, %u x %u pixels in lines of %u bytes", c.frames,
		    c.width, c.height, c.stride);
	host_sees("present,frames", s, NULL);
}
END_TEST

/* A program that has opened @path again and again. */
static void expect_opened(const char *path, const char *want, unsigned long limit)
{
	struct subject *s = subject_start(&(struct subject_spec){
		.argv = SUBJECT_ARGV("screen", "open", path, "20"),
		.limit_as = limit,
	});

	expect_str(tool_ready(s), want, "The result of draw_open() of %s.", path);
	expect_int((long long)fds_count(subject_pid(s)), 3,
		   "Open descriptors after 20 times draw_open() of %s (and draw_close(), where it "
		   "succeeds).",
		   path);
	expect_true(!maps_find(subject_pid(s), SCREEN_PATH),
		    "The display is still mapped after draw_close().");
	subject_kill(s, SIGKILL);
}

static void expect_no_room(const struct screen_case *c)
{
	if (module_unload("screen"))
		return;
	/* Less than 4 MiB: a driver may take its memory in one block. */
	load("width=700 height=600 lines=1199");
	expect_error(RUN("screen", "frames", "1", "1", CARD_ARGS(&c->card)), "ENOSPC",
		     "draw_frames() succeeded, though two pages of 600 lines have no room in 1199");
	/* More than 3 MiB to map in 3. */
	expect_opened(SCREEN_PATH, "ENOMEM", 3 << 20);
}

/* Memory with just the lines that are needed. */
static void expect_room(const struct screen_case *c)
{
	if (module_unload("screen"))
		return;
	load("width=64 height=40 lines=40");
	done(RUN("screen", "card", "0", "1", CARD_ARGS(&c->card)),
	     "draw_card(), from line 0 on in a memory of 40 lines for a picture of 40,");
	if (module_unload("screen"))
		return;
	load("width=64 height=40 lines=80");
	done(RUN("screen", "frames", "2", "1", CARD_ARGS(&c->card)),
	     "draw_frames(), for two pages of 40 lines in a memory of 80,");
	if (module_unload("screen"))
		return;
	load("width=64 height=40 lines=160");
	pan_to(90);
	done(RUN("screen", "frames", "1", "1", CARD_ARGS(&c->card)),
	     "draw_frames(), while neither page is visible,");
	expect_geometry(geometry_text(64, 40, 256, 160, 0),
			"The picture began at line 90, behind both pages of 40 lines: of two pages "
			"that are not visible, that from line 0 on is taken.");
}

static bool asks_geometry(const struct call *call)
{
	return call->nr == SYS_ioctl && (uint32_t)call->args[1] == (uint32_t)SCREEN_GEOMETRY;
}

static void expect_ioctl_failures_told(const struct screen_case *c)
{
	struct subject_spec spec = {
		.argv = SUBJECT_ARGV("screen", "frames", "2", "1", CARD_ARGS(&c->card)),
		.in = "",
	};

	expect_failures_told(spec, asks_geometry, EIO, "frames, a SCREEN_GEOMETRY of which");
	expect_failures_told(spec, is_pan, EIO, "frames, a SCREEN_PAN of which");
}

START_TEST(failures_are_told)
{
	struct screen_case c = any_case();
	unsigned last = c.lines - c.height, top = 1 + judge_below(c.height - 1), i;
	unsigned bad[] = { last + 1, c.lines, 0 - c.height, UINT32_MAX };

	load_case(&c);
	fill(&c);
	expect_opened("/dev/nothing", "ENOENT", 0);
	expect_opened("/dev/null", "ENOTTY", 0);
	expect_opened(SCREEN_PATH, "ok", 0);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		expect_error(
			draw_card(&c, bad[i]), "EINVAL",
			judge_fmt("draw_card() accepted line %u: from there on a picture of %u "
				  "lines does not fit in a memory of %u",
				  bad[i], c.height, c.lines));
	expect_memory_unchanged(&c, "draw_card() failed with EINVAL");
	pan_to(top);
	expect_error(RUN("screen", "frames", "3", "1", CARD_ARGS(&c.card)), "EBUSY",
		     judge_fmt("draw_frames() succeeded, though the picture begins at line %u: "
			       "lines of both pages are visible",
			       top));
	expect_memory_unchanged(&c, "draw_frames() failed with EBUSY");
	top = c.height + 1 + judge_below(last - c.height);
	pan_to(top);
	done(RUN("screen", "frames", "1", "1", CARD_ARGS(&c.card)),
	     judge_fmt("draw_frames(), while the picture begins at line %u, so that no line of the "
		       "page from line 0 on is visible,",
		       top));
	expect_geometry(case_text(&c, 0), "Frame 0 belongs into the page of which no line is "
					  "visible, here that from line 0 on.");
	expect_no_room(&c);
	expect_room(&c);
	expect_ioctl_failures_told(&c);
}
END_TEST

static const struct judge_guess guesses[] = {
	{ "ENOSYS", "a function that is still the starter's, or an operation that the driver "
		    "lacks" },
	{ "ENOTTY", "SCREEN_GEOMETRY and SCREEN_PAN have to be answered by unlocked_ioctl" },
	{ "ENODEV", "a driver without an mmap operation" },
	{ "EINVAL", "driver/README.md and draw.h say when it is due" },
	{ NULL, NULL },
};

const struct judge_suite judge_suite = {
	.lab = "14-screen",
	.guesses = guesses,
	.tests = {
		JUDGE_TEST(geometry_is_told),
		JUDGE_TEST(bad_geometry_is_refused),
		JUDGE_TEST(memory_is_shared),
		JUDGE_TEST(mapping_has_bounds),
		JUDGE_TEST(read_gives_the_picture),
		JUDGE_TEST(pan_moves_the_picture),
		JUDGE_TEST(pan_is_bounded),
		JUDGE_TEST(unload_waits_and_gives_back),
		JUDGE_TEST(card_is_drawn),
		JUDGE_TEST(frames_are_flipped),
		JUDGE_TEST(failures_are_told),
		JUDGE_END,
	},
};
