// SPDX-License-Identifier: GPL-2.0-only
/*
 * check_attack.c - what an ordinary user's program gets out of a careless
 * driver, and does not get out of the driver of lab 12.
 *
 * The victim is this program: it runs as root, fills pages of its own memory with
 * a tag and a secret that it has just drawn, and chooses them by their
 * page frames, which root may know. The attacker is told the tag only.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "judge.h"

#include "../../driver/mymap/mymap_uapi.h"
#include "attack.h"

#define PAGE 4096UL
#define CHUNK 1024 /* pages that the victim gets at a time: 4 MiB */
#define CHUNKS 24
#define ENOUGH 1024 /* pages on each side of the buffer */
#define PLACES 4 /* buffers that are tried until one has so many */
#define FURTHER 256 /* pages that each is larger than the one before it */
#define MANY 512 /* pages that hold the secret on each side */
#define FEW 3
#define EVERYWHERE 4096
#define EDGES 8 /* first and last pages of windows, enough to choose one from */
#define SLOWEST 4000 /* ms, for all of memory */
#define FURTHEST "/sys/module/endless/parameters/furthest"
#define ENDLESS 20000 /* ms, for many times as much: only that it ends is asked */
#define TOO_FAR (1L << 20) /* pages, 4 GiB: memory is a small part of that */

/* ------------------------------------------------------------- the victim */

/* Its pages, in the order of their frames, which are counted from the buffer's first. */
static struct {
	struct room {
		long frame;
		unsigned char *at;
	} page[CHUNK * (CHUNKS + 2 * PLACES)];
	size_t count, below, above; /* the first `below` and the last `above` of them count */
	long buffer, buffer_pages; /* the buffer's first frame, 0 if there is none */
} victim;

/* What it holds. These are at no page's beginning: only what is planted is to be found. */
static struct {
	unsigned char away[32], tag[ATTACK_TAG], secret[ATTACK_SECRET];
} __attribute__((aligned(128))) drawn;

static int by_frame(const void *a, const void *b)
{
	const struct room *x = a, *y = b;

	return (x->frame > y->frame) - (x->frame < y->frame);
}

static void count_side(const struct room *r)
{
	/* The page just before the buffer cannot be asked for. */
	victim.below += r->frame < -1;
	victim.above += r->frame >= victim.buffer_pages;
}

static void take_chunk(void)
{
	static uint64_t entry[CHUNK];
	unsigned char *p = mmap(NULL, CHUNK * PAGE, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	size_t i;

	if (p == MAP_FAILED)
		judge_broken("the victim got no memory");
	pagemap_read(getpid(), (uint64_t)p, entry, CHUNK);
	for (i = 0; i < CHUNK; i++) {
		struct room *r = &victim.page[victim.count++];

		if (!(entry[i] & PM_PRESENT))
			judge_broken("a page of the victim is not in memory");
		*r = (struct room){ (long)(entry[i] & PM_PFN_MASK) - victim.buffer, p + i * PAGE };
		count_side(r);
	}
}

/* Count from another buffer, which begins with this frame. */
static void count_from(long buffer, long buffer_pages)
{
	long further = victim.buffer - buffer;
	size_t i;

	victim.buffer = buffer;
	victim.buffer_pages = buffer_pages;
	victim.below = victim.above = 0;
	for (i = 0; i < victim.count; i++) {
		victim.page[i].frame += further;
		count_side(&victim.page[i]);
	}
}

/* Memory on both sides of the buffer. Return: is there enough in @chunks? */
static bool make_victim(size_t chunks)
{
	while (victim.below < ENOUGH || victim.above < ENOUGH) {
		if (victim.count >= CHUNK * chunks)
			return false;
		take_chunk();
	}
	qsort(victim.page, victim.count, sizeof(victim.page[0]), by_frame);
	return true;
}

/* Memory without a place that matters. */
static void make_victim_of(size_t pages)
{
	while (victim.count < pages)
		take_chunk();
}

/* One of the pages below or above, not of those that are furthest away. */
static struct room *any_page(bool below)
{
	size_t n = below ? victim.below : victim.above;
	size_t i = n / 4 + judge_below(n / 2);

	return &victim.page[below ? i : victim.count - 1 - i];
}

static void forget(void)
{
	size_t i;

	for (i = 0; i < victim.count; i++)
		memset(victim.page[i].at, 0, 2 * ATTACK_TAG + ATTACK_SECRET);
}

/*
 * A tag and a secret for this attack only, in no page yet; with zeros, as any bytes
 * have them. The first half of the tag has none: who compares it as a string shall be
 * misled by decoys, not by any page that has a zero where the tag has its first.
 */
static void draw_secret(void)
{
	unsigned i;

	forget();
	judge_random_bytes(drawn.tag, ATTACK_TAG);
	judge_random_bytes(drawn.secret, ATTACK_SECRET);
	for (i = 0; i < ATTACK_TAG / 2; i++)
		if (!drawn.tag[i])
			drawn.tag[i] = 1;
	/* Not the last byte, in which a decoy differs. */
	drawn.tag[ATTACK_TAG / 2 + judge_below(ATTACK_TAG / 2 - 1)] = 0;
	drawn.secret[judge_below(ATTACK_SECRET / 2)] = 0;
}

/* What looks like the tag's page and is none: each says something else. */
static void plant_decoys(bool below)
{
	unsigned i;

	for (i = 0; i < MANY; i++) {
		unsigned char *p = any_page(below)->at;

		judge_random_bytes(p, 2 * ATTACK_TAG + ATTACK_SECRET);
		if (i % 2) /* all of the tag but its last byte */
			memcpy(p, drawn.tag, ATTACK_TAG), p[ATTACK_TAG - 1] ^= 1;
		else /* all of it, elsewhere in the page */
			memcpy(p + ATTACK_TAG, drawn.tag, ATTACK_TAG);
	}
}

static void plant_in(struct room *r)
{
	memcpy(r->at, drawn.tag, ATTACK_TAG);
	memcpy(r->at + ATTACK_TAG, drawn.secret, ATTACK_SECRET);
}

static void plant(bool below, unsigned count)
{
	while (count--)
		plant_in(any_page(below));
}

/* ------------------------------------------------------------- the attack */

static const char *hex(const unsigned char *bytes, size_t n)
{
	char *text = judge_fmt("%*s", (int)(2 * n), "");
	size_t i;

	for (i = 0; i < n; i++)
		sprintf(text + 2 * i, "%02x", bytes[i]);
	return text;
}

/* Traced where its calls are looked at: a search makes thousands of them. */
static struct subject *start(const char *const *argv, bool trace)
{
	/* Addresses without a limit: what is too long shall be the driver's to refuse. */
	return subject_start(&(struct subject_spec){
		.argv = argv,
		.trace = trace,
		.limit_as = ~0UL,
		.deadline_ms = trace ? 2 * SLOWEST : SLOWEST,
	});
}

static const struct subject *searching, *storing; /* the latest of each */

static struct subject *search(bool trace)
{
	struct subject *s =
		start(SUBJECT_ARGV("attack", "-w", "search", hex(drawn.tag, ATTACK_TAG)), trace);

	searching = s;
	return s;
}

static struct subject *store(size_t at, unsigned value)
{
	struct subject *s = start(SUBJECT_ARGV("attack", "-w", "store", judge_fmt("%zu", at),
					       judge_fmt("%u", value)),
				  true);

	storing = s;
	return s;
}

static const char *secret_line(void)
{
	return judge_fmt("secret %s", hex(drawn.secret, ATTACK_SECRET));
}

/* @what: "attack_search()" */
static void expect_nothing_mapped(struct subject *s, const char *what)
{
	const struct vma *v = maps_find(subject_pid(s), MYMAP_PATH);

	if (v)
		judge_fail("no mapping of " MYMAP_PATH,
			   judge_fmt("%llu bytes at offset %#llx",
				     (unsigned long long)(v->end - v->start),
				     (unsigned long long)v->offset),
			   "%s has returned and left a mapping behind: every way out of it has "
			   "to unmap.",
			   what);
}

static void leave(struct subject *s, int status)
{
	subject_close_stdin(s);
	expect_exit(s, status);
}

/* A line of the tool's own, and no error that no sentence of the test speaks of. */
static void expect_answer(const char *line, const char *want, const char *what)
{
	bool error = !strncmp(line, "error ", 6);

	if (error && strcmp(line, want) != 0)
		judge_fail(want, line, "%s failed with %s: %s.", what, line + 6,
			   tool_guess(line + 6));
	if (!error && strncmp(line, "secret ", 7) != 0 && strcmp(line, "ok") != 0)
		judge_fail(want, line,
			   "This line is not the tool's: take out what %s prints itself.", what);
}

/* @where: "in 1024 pages on both sides of the buffer" */
static struct subject *expect_found(const char *where)
{
	struct subject *s = search(false);
	const char *line = subject_line(s);

	judge_input("a secret %s; the tag is %s", where, hex(drawn.tag, ATTACK_TAG));
	if (!strcmp(line, "error ENOENT"))
		judge_fail(secret_line(), line,
			   "The secret was there, and the search did not come to it: which pages "
			   "did it ask the driver for, and which of them did it look at?");
	expect_answer(line, secret_line(), "attack_search()");
	expect_str(line, secret_line(),
		   "What attack_search() found is not what follows the tag at the beginning of a "
		   "page. All 16 bytes of the tag count, and all 32 behind them; zeros are among "
		   "them.");
	return s;
}

/* ----------------------------------------------------- the careless driver */

/* A module of the kit: what goes wrong here is not the student's fault. */
static void load_careless(const char *name, const char *params)
{
	int err = module_load(name, params);

	if (err)
		judge_broken("%s.ko with %s: %s", name, params, judge_errno_name(-err));
	if (!device_exists(MYMAP_NAME))
		judge_broken("%s.ko has made no " MYMAP_PATH, name);
}

/*
 * For reading only: the attack is on secrets, not on the machine. A buffer at an end of
 * what is free has too few pages on one side; a larger one does not fit where it was.
 */
static unsigned load_unbounded(void)
{
	unsigned pages = 1 + judge_below(4), i;

	for (i = 0; i < PLACES; i++, pages += FURTHER) {
		load_careless("unbounded", judge_fmt("pages=%u readonly=1", pages));
		count_from(strtol((char *)file_read("/sys/module/unbounded/parameters/frame").data,
				  NULL, 10),
			   pages);
		if (make_victim(CHUNKS + 2 * i))
			return pages;
		if (module_unload("unbounded"))
			judge_broken("unbounded.ko cannot be unloaded");
	}
	judge_broken("%zu pages below the buffer, %zu above it", victim.below, victim.above);
}

START_TEST(search_finds_secret)
{
	load_unbounded();
	draw_secret();
	plant(true, MANY);
	plant(false, MANY);
	leave(expect_found("in some hundred pages below the buffer's frames, and as many above"),
	      0);
}
END_TEST

START_TEST(search_looks_both_ways)
{
	unsigned i, first = judge_below(2);

	load_unbounded();
	for (i = 0; i < 2; i++) {
		bool below = i == first;

		draw_secret();
		plant(below, FEW);
		leave(expect_found(below ? "in three pages below the buffer's frames" :
					   "in three pages above the buffer's frames"),
		      0);
	}
}
END_TEST

static long furthest; /* page that was asked for, by endless.ko */

static bool ends_or_never_will(void *arg)
{
	struct subject *s = arg;

	furthest = strtol((char *)file_read(FURTHEST).data, NULL, 10);
	return furthest > TOO_FAR || subject_ended(s);
}

/* Where no refusal ends the search, the amount of memory has to. */
static void expect_end_without_refusal(void)
{
	int err = module_load("endless", "");
	struct subject *s;

	if (err)
		judge_broken("insmod endless.ko: %s", judge_errno_name(-err));
	s = subject_start(&(struct subject_spec){
		.argv = SUBJECT_ARGV("attack", "-d", "/dev/endless", "search",
				     hex(drawn.tag, ATTACK_TAG)),
		.limit_as = ~0UL,
		.deadline_ms = ENDLESS,
	});
	searching = s;
	judge_input("a device that grants each mapping, whatever its offset and length");
	judge_note("no mapping of this device is refused: the search has to end where no memory "
		   "can be, which sysconf(3) tells");
	judge_poll(ends_or_never_will, s, ENDLESS);
	if (furthest > TOO_FAR)
		judge_fail(
			judge_fmt("an end after some %ld pages, which is twice the memory",
				  2 * sysconf(_SC_PHYS_PAGES)),
			judge_fmt("page %ld asked for, and no end yet", furthest),
			"On a device that grants each mapping, the search goes on without an end.");
	subject_wait(s);
	expect_str(tool_last_line(s), "error ENOENT",
		   "On a device that grants each mapping and shows zeros only, the search must end "
		   "with ENOENT.");
	if (module_unload("endless"))
		judge_broken("rmmod endless");
}

static int by_frame_only(const void *key, const void *room)
{
	return by_frame(&(struct room){ .frame = *(const long *)key }, room);
}

/*
 * The victim's pages that were the first, or the last, of a window of this search: how
 * many so far, and the one of number @pick.
 */
static unsigned edges_of_windows(const struct subject *s, bool last, unsigned pick,
				 struct room **picked)
{
	unsigned seen = 0;
	size_t n, i;
	const struct call *c = subject_calls(s, &n);

	for (i = 0; i < n; i++) {
		long frame = (int64_t)c[i].args[5] / (long)PAGE;
		struct room *r;

		if (c[i].nr != SYS_mmap || c[i].ret < 0 || !c[i].path ||
		    strcmp(c[i].path, MYMAP_PATH) != 0)
			continue;
		if (last)
			frame += (long)((c[i].args[1] - 1) / PAGE);
		r = bsearch(&frame, victim.page, victim.count, sizeof(victim.page[0]),
			    by_frame_only);
		if (r && seen++ == pick)
			*picked = r;
	}
	return seen;
}

static bool has_mapped_enough(void *arg)
{
	struct room *any;

	return (edges_of_windows(arg, false, 0, &any) >= EDGES &&
		edges_of_windows(arg, true, 0, &any) >= EDGES) ||
	       subject_out(arg, NULL)[0];
}

/*
 * What windows a search has, the beginning of one tells: traced to its end, it may take
 * long. That the next one has the same is likely, and not needed.
 */
static void expect_edges_looked_at(void)
{
	struct subject *s = search(true);
	unsigned i, n, first = judge_below(2);

	judge_poll(has_mapped_enough, s, SLOWEST);
	subject_kill(s, SIGKILL);
	subject_wait(s);
	for (i = 0; i < 2; i++) {
		bool last = i == first;
		struct room *r;

		draw_secret();
		n = edges_of_windows(s, last, 0, &r);
		if (!n)
			continue;
		edges_of_windows(s, last, judge_below(n), &r);
		plant_in(r);
		leave(expect_found(last ? "in one page, the last of a window that the search "
					  "before had mapped" :
					  "in one page, the first of a window that the search "
					  "before had mapped"),
		      0);
	}
}

START_TEST(nothing_without_a_secret)
{
	struct subject *s;
	const char *line;

	load_unbounded();
	draw_secret();
	plant_decoys(true);
	plant_decoys(false);
	s = search(false);
	line = subject_line(s);
	expect_answer(line, "error ENOENT", "attack_search()");
	expect_str(line, "error ENOENT",
		   "No page begins with this tag: some begin with a part of it, some have it "
		   "elsewhere. All 16 bytes count, and only at the beginning of a page.");
	judge_input("a tag with which no page begins");
	expect_nothing_mapped(s, "attack_search()");
	leave(s, 1);
	expect_edges_looked_at();
	plant(true, MANY);
	plant(false, MANY);
	s = expect_found("in some hundred pages");
	expect_nothing_mapped(s, "attack_search()");
	leave(s, 0);
	expect_end_without_refusal();
}
END_TEST

/* --------------------------------------------------------------- the buffer */

static struct file read_device(unsigned pages)
{
	struct file f = { .data = calloc(pages + 1, PAGE), .len = 0 };
	int fd = open(MYMAP_PATH, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0 || !f.data)
		judge_fail("its content", judge_errno_name(errno),
			   MYMAP_PATH " cannot be opened for reading.");
	while (f.len < pages * PAGE &&
	       (n = pread(fd, f.data + f.len, pages * PAGE - f.len, (off_t)f.len)) > 0)
		f.len += (size_t)n;
	close(fd);
	return f;
}

/* The student's driver can be mapped, and shows its ten bytes. */
static void expect_digits(unsigned pages)
{
	int fd = open(MYMAP_PATH, O_RDONLY | O_CLOEXEC);
	unsigned char *p = mmap(NULL, pages * PAGE, PROT_READ, MAP_SHARED, fd, 0);
	unsigned i;

	if (p == MAP_FAILED)
		judge_fail(
			"a mapping", judge_errno_name(errno),
			"Your driver refuses what lies within its buffer, too: that is no defence. "
			"Do the tests of labs 11 and 12 pass?");
	for (i = 0; i < MYMAP_TEN; i++)
		if (p[i] != i)
			judge_fail(judge_fmt("%u", i), judge_fmt("%u", p[i]),
				   "Byte %u of your driver's buffer is not as in lab 11.", i);
	munmap(p, pages * PAGE);
	close(fd);
}

static void expect_host_sees(unsigned pages)
{
	struct subject *s = START("attack", "park", host_cookie(), judge_fmt("%lu", pages * PAGE));

	expect_ready(s, "a mapping for reading");
	host_sees("present,end,ro,digits", s, NULL);
}

static void expect_stored(unsigned pages, size_t at)
{
	struct file before = read_device(pages), after;
	unsigned value = before.data[at] ^ (1 + judge_below(255));
	struct subject *s = store(at, value);
	const char *line = subject_line(s);

	if (!strcmp(line, "error EACCES"))
		judge_fail("ok", line,
			   "The driver refuses a mapping for writing, and one to be run. It does "
			   "not see what mprotect(2) makes of another one.");
	expect_answer(line, "ok", "attack_store()");
	expect_str(line, "ok", "The tool's line for a success is missing.");
	after = read_device(pages);
	if (after.data[at] != value)
		judge_fail(judge_fmt("%u", value), judge_fmt("%u", after.data[at]),
			   "attack_store() returned 0, but read(2) of the device does not give "
			   "the new byte.");
	before.data[at] = (unsigned char)value;
	expect_mem(after.data, after.len, before.data, before.len,
		   "the buffer after one byte of it was changed");
	expect_nothing_mapped(s, "attack_store()");
	leave(s, 0);
}

/* The errno of the last mapping of the device that was refused, as the tool tells it. */
static const char *refusal_line(const struct subject *s)
{
	const char *line = "error EINVAL";
	size_t n, i;
	const struct call *c = subject_calls(s, &n);

	for (i = 0; i < n; i++)
		if (c[i].nr == SYS_mmap && c[i].ret < 0 && c[i].path &&
		    !strcmp(c[i].path, MYMAP_PATH))
			line = judge_fmt("error %s", judge_errno_name((int)-c[i].ret));
	return line;
}

/* A mapping that failed has no address, though mprotect(2) may well say EINVAL, too. */
static void expect_no_raise(const struct subject *s)
{
	size_t n, i;
	const struct call *c = subject_calls(s, &n);
	bool refused = false;

	for (i = 0; i < n; i++) {
		if (c[i].nr == SYS_mmap && c[i].path && !strcmp(c[i].path, MYMAP_PATH))
			refused = c[i].ret < 0;
		if (refused && c[i].nr == SYS_mprotect)
			judge_fail("no call after the one that failed",
				   judge_fmt("mprotect(%#llx, ...)",
					     (unsigned long long)c[i].args[0]),
				   "mmap(2) failed, and attack_store() went on with its result "
				   "as if it were an address.");
	}
}

static void expect_store_refused(size_t at, const char *hint)
{
	struct subject *s = store(at, 1);
	const char *line = subject_line(s);

	expect_str(line, refusal_line(s),
		   "Behind the buffer there is nothing to be changed: what mmap(2) says is the "
		   "result.%s",
		   hint);
	leave(s, 1);
	expect_no_raise(s);
}

START_TEST(store_changes_readonly_buffer)
{
	unsigned pages = 3 + judge_below(4);

	load_careless("raisable", judge_fmt("pages=%u readonly=1", pages));
	expect_stored(pages, judge_below(PAGE));
	expect_stored(pages, (1 + judge_below(pages - 2)) * PAGE + judge_below(PAGE));
	expect_stored(pages, pages * PAGE - 1);
	expect_store_refused(pages * PAGE + judge_below(PAGE), "");
	expect_store_refused((1ULL << 32) + judge_below(pages * PAGE),
			     " In which type is the offset?");
	expect_store_refused(SIZE_MAX, " In which type is the offset?");
}
END_TEST

/* ---------------------------------------------------------- the own driver */

static bool asks_for_more(const struct call *c, uint64_t have)
{
	return c->nr == SYS_mmap && c->path && !strcmp(c->path, MYMAP_PATH) &&
	       (c->args[3] & MAP_TYPE) == MAP_SHARED &&
	       (c->args[5] >= have || c->args[1] > have - c->args[5]);
}

/*
 * It asked for what a driver without bounds grants, and got nothing of it: then
 * that it has found nothing says something of the driver.
 */
static void expect_refusals(const struct subject *s, uint64_t have)
{
	size_t n, i, asked = 0;
	const struct call *c = subject_calls(s, &n);

	for (i = 0; i < n; i++) {
		if (!asks_for_more(&c[i], have))
			continue;
		asked++;
		if (c[i].ret >= 0)
			judge_fail("-1 EINVAL",
				   judge_fmt("mmap of %#llx bytes at offset %#llx was granted",
					     (unsigned long long)c[i].args[1],
					     (unsigned long long)c[i].args[5]),
				   "Your driver lends out more than its buffer, whether or not the "
				   "search looked at it.");
	}
	if (!asked)
		judge_fail("mmap of more than the buffer, MAP_SHARED", "nothing like it",
			   "The search has not asked your driver for anything that it must refuse: "
			   "then ENOENT says nothing of the driver.");
}

START_TEST(own_driver_gives_nothing)
{
	unsigned pages = 2 + judge_below(6);
	struct subject *s;
	const char *line;
	size_t i;

	device_load(MYMAP_NAME, judge_fmt("pages=%u", pages));
	expect_digits(pages);
	/* Nobody tells where the buffer is: so the secret is everywhere. */
	make_victim_of(EVERYWHERE);
	draw_secret();
	for (i = 0; i < victim.count; i++)
		plant_in(&victim.page[i]);
	s = search(true);
	line = subject_line(s);
	judge_input("a secret in %zu MiB of other memory, a buffer of %u pages",
		    victim.count * PAGE >> 20, pages);
	if (!strcmp(line, secret_line()))
		judge_fail("error ENOENT", line,
			   "Your own driver lends out the memory of others, and your own program "
			   "has found it: see the last mmap(2), and lab 12's tests of bounds.");
	expect_answer(line, "error ENOENT", "attack_search()");
	expect_str(line, "error ENOENT",
		   "On a driver that gives nothing away, the search must end with ENOENT.");
	expect_refusals(s, pages * PAGE);
	expect_nothing_mapped(s, "attack_search() in attack.c");
	leave(s, 1);
	expect_host_sees(pages);
}
END_TEST

/* Did the kernel refuse what the other driver's flags allowed? */
static bool raise_was_refused(const struct subject *s)
{
	size_t n, i;
	const struct call *c = subject_calls(s, &n);

	for (i = 0; i < n; i++)
		if (c[i].nr == SYS_mprotect && c[i].args[2] & PROT_WRITE && c[i].ret == -EACCES)
			return true;
	return false;
}

START_TEST(own_driver_stays_readonly)
{
	unsigned pages = 2 + judge_below(4);
	size_t at = judge_below(pages) * PAGE + judge_below(PAGE);
	struct file before, after;
	struct subject *s;
	const char *line;

	device_load(MYMAP_NAME, judge_fmt("pages=%u readonly=1", pages));
	expect_digits(pages);
	before = read_device(pages);
	expect_int((long long)before.len, (long long)(pages * PAGE),
		   "the bytes that read(2) of your driver gives");
	s = store(at, before.data[at] ^ (1 + judge_below(255)));
	line = subject_line(s);
	after = read_device(pages);
	if (memcmp(before.data, after.data, before.len) != 0)
		judge_fail("error EACCES", line,
			   "Your own driver's read-only buffer was changed: it refuses a mapping "
			   "for writing, perhaps, but leaves VM_MAYWRITE to others.");
	if (raise_was_refused(s))
		expect_str(line, "error EACCES",
			   "Your driver holds: mprotect(2) failed with EACCES. But attack_store() "
			   "in attack.c does not say so: the errno of the call that failed is its "
			   "result.");
	expect_str(line, "error EACCES",
		   "A driver that takes VM_MAYWRITE away makes mprotect(2) fail with EACCES.");
	if (!raise_was_refused(s))
		judge_fail(
			"mprotect(...PROT_WRITE...) = -1 EACCES", "no such call",
			"EACCES did not come from mprotect(2): then it says nothing of what your "
			"driver does about it. A mapping for reading must be possible.");
	expect_nothing_mapped(s, "attack_store() in attack.c");
	leave(s, 1);
	expect_host_sees(pages);
}
END_TEST

/* ------------------------------------------------------------ explanations */

static void explain_crash(const struct subject *s)
{
	if (subject_signal(s) == SIGSEGV && s == storing && raise_was_refused(s))
		judge_note("mprotect(2) was refused: then the page is not for writing, and "
			   "attack_store() in attack.c has to give up");
}

static void explain_timeout(const struct subject *s)
{
	if (s != searching)
		return;
	judge_note("each mmap and munmap takes its time: a search that maps each page of memory "
		   "by itself does not end in time, and one that goes on until it is refused may "
		   "never end");
}

static const struct judge_guess guesses[] = {
	{ "EINVAL", "the driver refused a mapping, or, without a call, the C library an offset "
		    "that is no multiple of the page size" },
	{ "EPERM", "-1 is -EPERM; the result is -errno, or -ENOENT of a search" },
	{ "EOVERFLOW", "offset and length together reach 2^64" },
	{ "EACCES", "the driver, or mprotect(2), refused a protection" },
	{ NULL, NULL },
};

const struct judge_suite judge_suite = {
	.lab = "15-attack",
	.guesses = guesses,
	.explain_crash = explain_crash,
	.explain_timeout = explain_timeout,
	.tests = {
		JUDGE_TEST(search_finds_secret),
		JUDGE_TEST(search_looks_both_ways),
		JUDGE_TEST(nothing_without_a_secret),
		JUDGE_TEST(own_driver_gives_nothing),
		JUDGE_TEST(store_changes_readonly_buffer),
		JUDGE_TEST(own_driver_stays_readonly),
		JUDGE_END,
	},
};
