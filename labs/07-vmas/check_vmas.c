// SPDX-License-Identifier: GPL-2.0-only
/*
 * check_vmas.c - the judge's suite for 07-vmas.
 *
 * The tool waits for commands on its standard input, and between two of them
 * the judge reads its /proc/PID/maps and its memory. What the tool prints is
 * believed only where a function returns nothing else: an address, a count.
 *
 * The tool's `area` lies at PLACE with nothing near it, and a `nest` is a gap
 * where the kernel puts the next mapping that fits into it: a program that
 * maps first and extends then with MAP_FIXED hits one of its sides each time.
 */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <unistd.h>

#include "judge.h"

#define PAGE 4096UL
#define GIB (1UL << 30)
#define PLACE 0x10000000000UL
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define MANY_LINES 1000
#define MANY_BLOCKS 70

/* --------------------------------------------------------------- the session */

static const struct judge_guess guesses[] = {
	{ "EINVAL", "an address, or a length of 0, that the kernel does not take" },
	{ "ENOMEM", "a length is far too large, or mprotect met a page that is not mapped" },
	{ "EEXIST", "MAP_FIXED_NOREPLACE met a page that is mapped" },
	{ "EFAULT", "no line was found that holds the address" },
	{ "ENOENT", "a file was opened that is not there" },
	{ "EPERM", "-1 was returned instead of -errno, or MAP_FIXED was used close to address 0" },
	{ NULL, NULL },
};

static struct subject *session(void)
{
	struct subject *s = subject_start(&(struct subject_spec){
		.argv = SUBJECT_ARGV("vmas", "-"),
		.limit_fsize = ~0UL,
	});

	expect_ready(s, "the tool");
	return s;
}

/* What no command says about the machine, for a failure's text: " (...)". */
static const char *condition = "";

/* Give the tool a command, remember all of them for a failure's text; its answer. */
static const char *ask_line(struct subject *s, const char *text)
{
	static const struct subject *before;
	static const char *commands;

	commands = s == before ? judge_fmt("%s %s", commands, text) : text;
	before = s;
	if (strlen(commands) > 400) /* the end of it is what matters */
		commands = judge_fmt("... %s", commands + strlen(commands) - 300);
	judge_input("vmas %s%s", commands, condition);
	subject_send(s, "%s\n", text);
	return subject_line(s);
}

static void expect_no_error(const char *got, const char *want, const char *what)
{
	if (!strncmp(got, "error ", 6))
		judge_fail(want, got, "%s failed with %s: %s.", what, got + 6, tool_guess(got + 6));
}

/* A print to find a mistake with comes before the tool's own line. */
static const char own_print[] = "a line that your function prints itself belongs on standard error";

static void expect_ok(const char *got, const char *what)
{
	expect_no_error(got, "ok", what);
	expect_str(got, "ok", "the tool's answer to %s is not `ok` (%s).", what, own_print);
}

/* What fails must fail so; `why` is a clause that says what success would mean. */
static void expect_refusal(const char *got, const char *name, const char *why)
{
	const char *want = judge_fmt("error %s", name);

	if (!strcmp(got, want))
		return;
	if (!strcmp(got, "error ENOSYS"))
		expect_no_error(got, want, "the call");
	if (!strncmp(got, "error ", 6))
		judge_fail(want, got,
			   "the call fails, but with another error than vmas.h says for it: %s.",
			   tool_guess(got + 6));
	if (!strcmp(got, judge_fmt("%p", MAP_FAILED)))
		judge_fail(want, got,
			   "MAP_FAILED was given as an address: is the result of mmap(2) checked?");
	judge_fail(want, got, "%s.", why);
}

static uint64_t expect_address(const char *got, const char *what)
{
	unsigned long long addr;

	expect_no_error(got, "an address", what);
	if (sscanf(got, "0x%llx", &addr) != 1)
		judge_fail("an address", got, "%s gave no address (%s).", what, own_print);
	return addr;
}

/* printf format and arguments make the command. */
#define ask(s, ...) ask_line(s, judge_fmt(__VA_ARGS__))
#define ask_ok(s, what, ...) expect_ok(ask(s, __VA_ARGS__), what)
#define ask_error(s, name, why, ...) expect_refusal(ask(s, __VA_ARGS__), name, why)
#define ask_address(s, what, ...) expect_address(ask(s, __VA_ARGS__), what)

/* Close the session; an `error` line before makes the status 1. */
/* The tool notices when a call that fails has changed what its result pointer shows. */
static void expect_results_kept(struct subject *s)
{
	if (strstr(subject_err(s, NULL), "has changed its result"))
		judge_fail("a result as it was before the call", "another",
			   "a call that failed has changed its result: set it when all has "
			   "succeeded, and not before.");
}

static void finish(struct subject *s, int status)
{
	subject_close_stdin(s);
	expect_exit(s, status);
}

/* ------------------------------------------------------- what is mapped where */

struct maps {
	const struct vma *v;
	size_t n;
};

static struct maps maps_of(struct subject *s)
{
	struct maps m;

	m.v = maps_read(subject_pid(s), &m.n);
	return m;
}

static const char *line_text(const struct vma *v)
{
	return judge_fmt("%lx-%lx %c%c%c%c", v->start, v->end, v->r ? 'r' : '-', v->w ? 'w' : '-',
			 v->x ? 'x' : '-', v->shared ? 's' : 'p');
}

/* The lines from PLACE on, as one text. */
static const char *area_lines(struct subject *s)
{
	struct maps m = maps_of(s);
	const char *text = "";
	size_t i;

	for (i = 0; i < m.n; i++)
		if (m.v[i].start >= PLACE && m.v[i].start < PLACE + GIB)
			text = judge_fmt("%s%s%s", text, *text ? "; " : "", line_text(&m.v[i]));
	return *text ? text : "nothing";
}

static const char *line_of(uint64_t first, uint64_t end, const char *rights)
{
	return judge_fmt("%lx-%lx %s", PLACE + first * PAGE, PLACE + end * PAGE, rights);
}

/* Grows and shrinks by itself. */
static bool of_no_concern(const struct vma *v)
{
	return !strcmp(v->path, "[heap]") || !strcmp(v->path, "[stack]");
}

static bool same_kind(const struct vma *a, const struct vma *b)
{
	return a->r == b->r && a->w == b->w && a->x == b->x && a->shared == b->shared &&
	       a->inode == b->inode && !strcmp(a->path, b->path);
}

/* Everything that was mapped still is, as it was. */
static void expect_kept(struct subject *s, const struct maps *before, const char *what)
{
	struct maps now = maps_of(s);
	size_t i, k;

	for (i = 0, k = 0; i < before->n; i++) {
		const struct vma *old = &before->v[i];
		uint64_t at = old->start;

		if (of_no_concern(old))
			continue;
		for (; at < old->end; at = now.v[k].end) {
			while (k < now.n && now.v[k].end <= at)
				k++;
			if (k == now.n || now.v[k].start > at)
				judge_fail(line_text(old), judge_fmt("nothing at %lx", at),
					   "%s unmapped what is not its own.", what);
			if (!same_kind(old, &now.v[k]))
				judge_fail(line_text(old), line_text(&now.v[k]),
					   "%s changed or replaced a mapping that is not its own "
					   "(MAP_FIXED replaces whatever is there).",
					   what);
		}
	}
}

/* And nothing has been added. */
static void expect_same_maps(struct subject *s, const struct maps *before, const char *what)
{
	struct maps now = maps_of(s);
	size_t i, k;

	expect_kept(s, before, what);
	for (i = 0, k = 0; i < now.n; i++) {
		uint64_t at = now.v[i].start;

		if (of_no_concern(&now.v[i]))
			continue;
		for (; at < now.v[i].end; at = before->v[k].end) {
			while (k < before->n && before->v[k].end <= at)
				k++;
			if (k == before->n || before->v[k].start > at)
				judge_fail("the mappings that were there before",
					   judge_fmt("also %s", line_text(&now.v[i])),
					   "%s leaves a mapping behind.", what);
		}
	}
}

static struct file copy_of(struct subject *s, uint64_t addr, size_t len)
{
	struct file f = { malloc(len + 1), len };

	if (!f.data)
		judge_broken("out of memory");
	if (!memory_read(subject_pid(s), addr, f.data, len))
		judge_fail("memory that can be read", "it cannot be read",
			   "a page between %#lx and %#lx is gone.", addr, addr + len);
	return f;
}

static void expect_bytes(struct subject *s, uint64_t addr, const struct file *want, const char *why)
{
	struct file got = copy_of(s, addr, want->len);

	expect_mem(got.data, got.len, want->data, want->len, "%s", why);
}

static struct file zeros(size_t len)
{
	struct file f = { calloc(1, len + 1), len };

	if (!f.data)
		judge_broken("out of memory");
	return f;
}

/* An area of 8 pages, of which the judge has a copy. */
static struct file make_area(struct subject *s)
{
	ask(s, "area 8p");
	return copy_of(s, PLACE, 8 * PAGE);
}

static void expect_area(struct subject *s, const struct file *before, uint64_t first, uint64_t end,
			const char *what)
{
	struct file part = { before->data + first * PAGE, (end - first) * PAGE };

	if (first < end)
		expect_bytes(s, PLACE + first * PAGE, &part,
			     judge_fmt("%s changed bytes of a page that it should have left alone.",
				       what));
}

/* ------------------------------------------------------------------ vm_find */

/* A line as the kernel writes it: the path begins in column 73, or later. */
static const char *maps_line(const struct vma *v)
{
	const char *head = judge_fmt("%08lx-%08lx %c%c%c%c %08lx %02x:%02x %lu ", v->start, v->end,
				     v->r ? 'r' : '-', v->w ? 'w' : '-', v->x ? 'x' : '-',
				     v->shared ? 's' : 'p', v->offset, v->dev_major, v->dev_minor,
				     v->inode);

	return *v->path ? judge_fmt("%-73s%s", head, v->path) : head;
}

/* The same as the tool prints it. */
static const char *found_line(const struct vma *v)
{
	struct vma bare = *v;

	bare.path = "";
	return judge_fmt("%s%s", maps_line(&bare), v->path);
}

static void write_maps(const struct vma *v, size_t n)
{
	char *text = NULL;
	size_t len, i;
	FILE *f = open_memstream(&text, &len);

	for (i = 0; f && i < n; i++)
		fprintf(f, "%s\n", maps_line(&v[i]));
	if (!f || fclose(f))
		judge_broken("out of memory");
	file_write("maps", text, len);
	free(text);
}

/* One of 16: numbers that follow one another meet each right, and its lack. */
static void set_rights(struct vma *v, unsigned number)
{
	v->r = number & 1;
	v->w = number & 2;
	v->x = number & 4;
	v->shared = (number ^ number >> 3) & 1;
}

/* The field of a found line that differs first, and what it says. */
static void expect_found(const char *got, const struct vma *want)
{
	static const char *const why[] = {
		"the addresses are wrong: they are hexadecimal, and have up to 64 bits",
		"the rights or the type are wrong: three letters for rights, then s for a shared "
		"mapping and p for a private one",
		"the offset is wrong: it is hexadecimal, and has up to 64 bits",
		"the device is wrong: two hexadecimal numbers",
		"the inode is wrong: it is decimal, and has up to 64 bits",
		"the path is wrong: it is all that stands behind the spaces after the inode, up to "
		"the end of the line",
	};
	const char *line = found_line(want), *a = line, *b = got;
	unsigned long long start, end;
	size_t i, len;

	expect_no_error(got, line, "vm_find, for an address of this line,");
	if (sscanf(got, "%llx-%llx", &start, &end) != 2)
		judge_fail(line, got, "vm_find gave no line (%s).", own_print);
	if (end == want->start)
		judge_fail(line, got,
			   "the line before this one was found: the end of a mapping is the first "
			   "address behind it, and does not belong to it.");
	for (i = 0; i + 1 < COUNT(why); i++, a += len + 1, b += len + 1) {
		len = strcspn(a, " ");
		if (strncmp(a, b, len) != 0 || b[len] != ' ')
			judge_fail(line, got, "%s.", why[i]);
	}
	if (strcmp(a, b) != 0 && (strlen(a) > 300 || strlen(b) > 300))
		judge_fail(
			judge_fmt("a path of %zu bytes", strlen(a)),
			judge_fmt("one of %zu bytes, or another", strlen(b)),
			"a long path is cut, or read as several lines: a line may be longer than "
			"any array (getline(3) makes room).");
	if (strcmp(a, b) != 0 && !*a)
		judge_fail(
			line, got,
			"the path is wrong: nothing stands behind the inode of this line, so it is "
			"\"\" (where sscanf(3) finds nothing, a variable keeps what it had).");
	if (strcmp(a, b) != 0)
		judge_fail(line, got, "%s.", why[i]);
}

static uint64_t inside(const struct vma *v)
{
	return v->start + judge_random() % (v->end - v->start);
}

START_TEST(find_reads_every_field)
{
	static const char *const paths[] = { "", "/usr/bin/vmas", "[heap]", "", "/lib/rwx.so" };
	struct vma v[10] = { { .end = 0x400000 } };
	struct subject *s = session();
	unsigned mask = judge_below(16);
	struct maps m;
	size_t i;

	for (i = 0; i < COUNT(v); i++) {
		uint64_t from = i ? v[i - 1].end : v[0].end;

		v[i].start = from + PAGE * (1 + judge_below(i < 4 ? 99 : 1U << 31));
		v[i].end = v[i].start + PAGE * (1 + judge_below(i < 4 ? 99 : 1U << 31));
		set_rights(&v[i], (unsigned)i ^ mask);
		if (i % COUNT(paths) == 4) /* whatever its path says */
			v[i].r = v[i].w = v[i].x = false;
		v[i].offset = judge_random() >> judge_below(64) & -PAGE;
		v[i].dev_major = judge_below(0xfff);
		v[i].dev_minor = judge_below(0xfffff);
		v[i].inode = judge_random() >> judge_below(64);
		v[i].path = paths[i % COUNT(paths)];
	}
	v[5].end = 0x7ffd00000000 | judge_below(0xfff) * PAGE;
	for (i = 6; i < COUNT(v); i++) {
		v[i].start = v[i - 1].end + judge_below(9) * PAGE;
		v[i].end = v[i].start + (1 + judge_below(9)) * PAGE;
	}
	write_maps(v, COUNT(v));
	ask(s, "maps maps");
	for (i = 0; i < COUNT(v); i++)
		expect_found(ask(s, "find @%#lx", inside(&v[i])), &v[i]);

	/* Its own lines; not those that move while it reads. */
	ask(s, "maps /proc/self/maps");
	make_area(s);
	ask(s, "find 0");
	m = maps_of(s);
	for (i = 0; i < m.n; i++)
		if (m.v[i].start == PLACE || (*m.v[i].path && !of_no_concern(&m.v[i])))
			expect_found(ask(s, "find @%#lx", inside(&m.v[i])), &m.v[i]);
	finish(s, 0);
}
END_TEST

/* More lines than a buffer that somebody thought large enough. */
static void find_far_behind(struct subject *s)
{
	static struct vma v[MANY_LINES];
	size_t i;

	for (i = 0; i < MANY_LINES; i++)
		v[i] = (struct vma){ .start = GIB + 2 * i * PAGE,
				     .end = GIB + (2 * i + 1) * PAGE,
				     .r = true,
				     .path = "/usr/lib/x86_64-linux-gnu/libvmas.so.6" };
	write_maps(v, MANY_LINES);
	judge_note("the file has %d lines, as that of a large program", MANY_LINES);
	expect_found(ask(s, "find @%#lx", v[MANY_LINES - 1].start), &v[MANY_LINES - 1]);
	ask(s, "maps maps");
}

START_TEST(find_keeps_whole_path)
{
	const char *const paths[] = {
		"",
		"/tmp/two words",
		"/srv/three   spaces   each",
		judge_fmt("/srv/%s (deleted)", judge_random_word(5)),
		"/memfd:ring buffer (deleted)",
		"[stack]",
		"[anon:a name]",
		"/tmp/new\\012line and 100%s",
		"/tmp/7e0000001000-7e0000002000 rw-p 00000000 00:00 0 ",
		judge_fmt("/%s", judge_random_word(120 + judge_below(20))),
		judge_fmt("/%s", judge_random_word(250 + judge_below(20))),
		judge_fmt("/%s and", judge_random_word(1000 + judge_below(99))),
		judge_fmt("/%s", judge_random_word(4000 + judge_below(200))),
		judge_fmt("/%s (deleted)", judge_random_word(9000 + judge_below(999))),
		"/the/last",
	};
	struct vma v[COUNT(paths)] = { { 0 } };
	struct subject *s = session();
	const char *got;
	size_t i;

	for (i = 0; i < COUNT(v); i++) {
		v[i].start = 0x7f0000000000 + i * 9 * PAGE;
		v[i].end = v[i].start + (1 + judge_below(8)) * PAGE;
		set_rights(&v[i], judge_below(16));
		v[i].inode = judge_random() >> (i % 2 ? 0 : 40);
		v[i].offset = judge_random() >> (i % 2 ? 0 : 40) & -PAGE;
		v[i].path = paths[i];
	}
	write_maps(v, COUNT(v));
	ask(s, "maps maps");
	for (i = 0; i < COUNT(v); i++)
		expect_found(ask(s, "find @%#lx", inside(&v[i])), &v[i]);
	got = ask(s, "find @0x7e0000001000");
	expect_refusal(got, "EFAULT",
		       strncmp(got, "7e0000001000-", 13) ?
			       "an address below every mapping was found: it has to be at or above "
			       "start as well" :
			       "a part of a path was taken for a line of its own");
	find_far_behind(s);
	finish(s, 1);
}
END_TEST

/* ----------------------------------------------------------------- vm_count */

static void expect_count(struct subject *s, uint64_t start, uint64_t end, long want,
			 const char *why)
{
	const char *got = ask(s, "count @%#lx %#lx", start, end - start);

	expect_no_error(got, judge_fmt("%ld", want), "vm_count");
	if (strcmp(got, judge_fmt("%ld", want)) != 0)
		judge_fail(judge_fmt("%ld", want), got, "vm_count is wrong for a range that %s.",
			   why);
}

static void find_at_ends(struct subject *s, const struct vma *v)
{
	static const char gap[] = "an address that no mapping holds was found: the end of a "
				  "mapping is the first address behind it",
			  before[] = "an address that lies before the mapping was found: it has to "
				     "be at or above start, and below end";

	expect_found(ask(s, "find @%#lx", v[0].start), &v[0]);
	expect_found(ask(s, "find @%#lx", v[0].end - 1), &v[0]);
	expect_found(ask(s, "find @%#lx", v[1].start), &v[1]);
	expect_found(ask(s, "find @%#lx", v[3].end - 1), &v[3]);
	ask_error(s, "EFAULT", before, "find @%#lx", v[0].start - 1);
	ask_error(s, "EFAULT", gap, "find @%#lx", v[1].end);
	ask_error(s, "EFAULT", gap, "find @%#lx", v[3].end);
	ask_error(s, "EFAULT", before, "find @0");
	ask_error(s, "EFAULT", gap, "find @0xffffffffffffffff");
}

static void count_at_ends(struct subject *s, const struct vma *v)
{
	expect_count(s, v[0].start, v[0].end, 1, "is exactly one mapping, with another behind it");
	expect_count(s, v[1].start, v[1].end, 1, "is exactly one mapping, with another before it");
	expect_count(s, v[0].end - 1, v[0].end + 1, 2,
		     "is the last byte of one mapping and the "
		     "first of the next");
	expect_count(s, v[0].start + 5, v[0].start + 9, 1, "lies inside one mapping");
	expect_count(s, v[1].end, v[2].start, 0, "is exactly a gap");
	expect_count(s, v[1].end - 1, v[2].start + 1, 2, "is a gap and one byte on either side");
	expect_count(s, v[2].start - 7, v[2].end + 7, 1,
		     "holds a whole mapping, and begins and "
		     "ends in gaps");
	expect_count(s, v[0].start + 9, v[0].start + 9, 0, "is empty");
	expect_count(s, 0, ~0ULL, 4, "is all of the address space");
}

START_TEST(end_is_outside)
{
	struct vma v[4] = { { .path = "" }, { .path = "" }, { .path = "/a b" }, { .path = "" } };
	uint64_t hole = 1 + judge_below(4);
	struct subject *s = session();
	size_t fds = fds_count(subject_pid(s)), i;

	for (i = 0; i < COUNT(v); i++) {
		v[i].start = 0x7f0000000000 + judge_below(1000) * PAGE;
		if (i > 0)
			v[i].start = v[i - 1].end + (i > 1 ? 1 + judge_below(9) : 0) * PAGE;
		v[i].end = v[i].start + (1 + judge_below(9)) * PAGE;
		set_rights(&v[i], judge_below(16));
	}
	v[3].start = 0xffffffffff600000;
	v[3].end = 0xffffffffff601000;
	write_maps(v, COUNT(v));
	ask(s, "maps maps");
	find_at_ends(s, v);
	count_at_ends(s, v);

	ask(s, "maps /proc/self/maps");
	ask(s, "area 8p");
	ask(s, "unmap %lup 1p", hole);
	ask(s, "protect 6p 1p r");
	expect_count(s, PLACE, PLACE + 8 * PAGE, 4, "has a hole and a page with other rights");
	expect_count(s, PLACE, PLACE + hole * PAGE, 1, "ends at a hole");
	expect_count(s, PLACE + hole * PAGE, PLACE + (hole + 1) * PAGE, 0, "is a hole");
	expect_int((long long)fds_count(subject_pid(s)), (long long)fds,
		   "number of open descriptors after vm_find and vm_count (each call closes the "
		   "file that it has opened, also when it has found its line)");
	finish(s, 1);
}
END_TEST

/* --------------------------------------------------------------- vm_predict */

struct plan {
	size_t pages, n;
	struct {
		char op; /* u, m, s, or p with prot */
		unsigned first, count;
		int prot;
	} step[12];
};

static const char *rights_text(int prot)
{
	return judge_fmt("%c%c%c", prot & PROT_READ ? 'r' : '-', prot & PROT_WRITE ? 'w' : '-',
			 prot & PROT_EXEC ? 'x' : '-');
}

static const char *plan_text(const struct plan *p)
{
	const char *text = judge_fmt("%zu", p->pages);
	size_t i;

	for (i = 0; i < p->n; i++)
		text = judge_fmt("%s%c%s%u+%u", text, i ? ',' : ':',
				 p->step[i].op == 'p' ? rights_text(p->step[i].prot) :
							judge_fmt("%c", p->step[i].op),
				 p->step[i].first, p->step[i].count);
	return text;
}

static void map_for_real(char *p, size_t n, int type)
{
	if (mmap(p, n, PROT_READ | PROT_WRITE, type | MAP_ANONYMOUS | MAP_FIXED, -1, 0) ==
	    MAP_FAILED)
		judge_broken("mmap: %s", judge_errno_name(errno));
}

/* What the kernel makes of a plan, in the judge's own process. */
static long kernels_answer(const struct plan *p)
{
	char *area = (char *)PLACE;
	const struct vma *v;
	size_t n, i;
	long lines = 0;

	map_for_real(area, p->pages * PAGE, MAP_PRIVATE);
	for (i = 0; i < p->n; i++) {
		char *at = area + p->step[i].first * PAGE;
		size_t len = p->step[i].count * PAGE;

		if (p->step[i].op == 'u')
			SAFE(munmap(at, len));
		else if (p->step[i].op != 'p')
			map_for_real(at, len, p->step[i].op == 's' ? MAP_SHARED : MAP_PRIVATE);
		else if (mprotect(at, len, p->step[i].prot) < 0 && errno != ENOMEM)
			judge_broken("mprotect: %s", judge_errno_name(errno));
	}
	v = maps_read(getpid(), &n);
	for (i = 0; i < n; i++)
		lines += v[i].start >= PLACE && v[i].start < PLACE + GIB;
	SAFE(munmap(area, p->pages * PAGE));
	return lines;
}

static void expect_prediction(struct subject *s, const struct plan *p, const char *why)
{
	long want = kernels_answer(p);
	const char *got = ask(s, "predict %s", plan_text(p));

	/* One is enough: the plans before it do not matter. */
	judge_input("vmas predict %s", plan_text(p));
	expect_no_error(got, judge_fmt("%ld", want), "vm_predict");
	if (strcmp(got, judge_fmt("%ld", want)) != 0)
		judge_fail(judge_fmt("%ld, as the kernel makes of it", want), got, "%s.", why);
}

/* Shared memory, or a look at the kernel's list: whoever tries a plan out needs them. */
static void expect_nothing_tried(const struct plan *p)
{
	struct subject *s = TRACE("vmas", "predict", plan_text(p));
	const struct call *c;
	size_t i, n;

	expect_success(s, "vm_predict");
	c = subject_calls(s, &n);
	for (i = 0; i < n; i++)
		if ((c[i].nr == SYS_mmap && (c[i].args[3] & MAP_SHARED)) ||
		    ((c[i].nr == SYS_open || c[i].nr == SYS_openat) && c[i].path &&
		     strstr(c[i].path, "maps")))
			judge_fail("a number computed from the plan", "see the calls",
				   "vm_predict makes the calls of its plan and looks at what the "
				   "kernel did: it is to say so before.");
}

static struct plan random_plan(void)
{
	static const char ops[] = "umsspppp";
	struct plan p = { .pages = 3 + judge_below(14), .n = 2 + judge_below(11) };
	size_t i;

	for (i = 0; i < p.n; i++) {
		p.step[i].op = ops[judge_below(sizeof(ops) - 1)];
		p.step[i].first = judge_below((uint32_t)p.pages);
		p.step[i].count = 1 + judge_below((uint32_t)p.pages - p.step[i].first);
		p.step[i].prot = judge_below(3) ? PROT_READ | PROT_WRITE : (int)judge_below(8);
	}
	return p;
}

START_TEST(predict_matches_kernel)
{
	const int rw = PROT_READ | PROT_WRITE, r = PROT_READ;
	const unsigned a = 1 + judge_below(3), b = 5 + judge_below(2);
	const struct {
		struct plan plan;
		const char *why;
	} known[] = {
		{ { 8, 0, { { 0 } } }, "an area of which nothing was changed is one line" },
		{ { 8, 1, { { 'u', a, 1, 0 } } }, "a hole in the middle cuts a line into two" },
		{ { 8, 1, { { 'u', 0, a, 0 } } }, "a hole at an end only makes a line shorter" },
		{ { 8, 1, { { 'u', 0, 8, 0 } } }, "an area of which all is unmapped has no line" },
		{ { 8, 2, { { 'u', a, 1, 0 }, { 'm', a, 1, 0 } } },
		  "private anonymous memory of the same rights merges with its neighbours" },
		{ { 8, 1, { { 'p', a, 2, r } } },
		  "other rights in the middle make three lines of one" },
		{ { 8, 2, { { 'p', a, 2, r }, { 'p', a, 2, rw } } },
		  "a line merges with its neighbours when it has their rights again" },
		{ { 8, 1, { { 'p', a, 2, rw } } },
		  "the rights that are there already cut nothing" },
		{ { 8, 1, { { 'p', 0, 8, r } } }, "other rights for all of it cut nothing" },
		{ { 8, 1, { { 's', a, 2, 0 } } }, "shared memory is not of its neighbours' kind" },
		{ { 8, 2, { { 's', 0, 4, 0 }, { 's', 4, 4, 0 } } },
		  "two shared mappings are two objects, and stay two lines side by side" },
		{ { 8, 3, { { 's', 0, 8, 0 }, { 'p', a, 2, r }, { 'p', a, 2, rw } } },
		  "parts of one shared mapping merge again when their rights are the same" },
		{ { 8, 3, { { 's', 0, 8, 0 }, { 'u', a, 1, 0 }, { 's', a, 1, 0 } } },
		  "a shared mapping in the hole of another one is a new object" },
		{ { 8, 2, { { 'p', 0, 8, r }, { 'm', a, 1, 0 } } },
		  "a new mapping has its own rights, not those of what it replaces" },
		{ { 8, 2, { { 'u', 4, 1, 0 }, { 'p', a, 6 - a, r } } },
		  "mprotect stops at the first page that is not mapped, and what it has done "
		  "before stays done" },
		{ { 8, 2, { { 'u', b, 1, 0 }, { 'p', b, 2, r } } },
		  "mprotect that begins in a hole does nothing" },
		{ { 8, 3, { { 'u', b, 1, 0 }, { 'p', b, 2, r }, { 'p', a, 1, r } } },
		  "a call that stops with ENOMEM does not end the plan: the calls behind it are "
		  "made all the same" },
		{ { 4000, 2, { { 'u', 1999 + a, 1, 0 }, { 'p', 3000 + b, 1, r } } },
		  "an area may have any number of pages" },
	};
	struct subject *s = session();
	struct plan p;
	size_t i;

	for (i = 0; i < COUNT(known); i++)
		expect_prediction(s, &known[i].plan, known[i].why);
	expect_nothing_tried(&(struct plan){ 8, 2, { { 's', a, 2, 0 }, { 'p', a, 2, r } } });
	for (i = 0; i < 16; i++) {
		p = random_plan();
		expect_prediction(s, &p,
				  "each rule is right alone, but not all together: a page "
				  "belongs to the line of the page before if both have the "
				  "same rights and show the same object");
	}
	finish(s, 0);
}
END_TEST

/* ----------------------------------------------------------------- vm_punch */

/* The lines of an area of 8 pages with a hole. */
static const char *with_hole(uint64_t first, uint64_t end)
{
	if (first == 0 || end == 8)
		return first == 0 ? line_of(end, 8, "rw-p") : line_of(0, first, "rw-p");
	return judge_fmt("%s; %s", line_of(0, first, "rw-p"), line_of(end, 8, "rw-p"));
}

static void expect_hole(struct subject *s, const struct file *before, uint64_t first, uint64_t end)
{
	const struct vma *v = maps_at(subject_pid(s), PLACE + first * PAGE);

	if (v && !v->r && !v->w && !v->x)
		judge_fail(with_hole(first, end), area_lines(s),
			   "the hole is still mapped, without rights (mprotect, or a mapping of "
			   "PROT_NONE): an access is SEGV_ACCERR there, and the addresses stay "
			   "taken.");
	if (v)
		judge_fail(with_hole(first, end), area_lines(s),
			   "the hole is still mapped: madvise(2) may drop its bytes, but only "
			   "munmap(2) drops the mapping.");
	if (strcmp(area_lines(s), with_hole(first, end)) != 0)
		judge_fail(with_hole(first, end), area_lines(s),
			   "vm_punch made the hole larger or smaller than it was told to.");
	expect_area(s, before, 0, first, "vm_punch");
	expect_area(s, before, end, 8, "vm_punch");
}

static void punch_refused(struct subject *s, uint64_t at, uint64_t n, const char *why)
{
	const char *lines = area_lines(s);

	ask_error(s, "EINVAL", why, "punch %lu %lu", at, n);
	expect_str(area_lines(s), lines, "vm_punch changed mappings although it refused.");
}

START_TEST(punch_splits_a_mapping)
{
	uint64_t first = 2 + judge_below(2), end = first + 1 + judge_below(2), at;
	static const char part[] = "a hole of parts of pages was accepted: whole pages go, with "
				   "bytes that nobody named";
	struct subject *s = session();
	struct file before = make_area(s);

	ask_ok(s, "vm_punch", "punch %lup %lup", first, end - first);
	expect_hole(s, &before, first, end);
	punch_refused(s, PAGE + 1 + judge_below(PAGE - 1), PAGE, part);
	punch_refused(s, 0, 1 + judge_below(PAGE - 1), part);
	punch_refused(s, 0, PAGE + 1 + judge_below(PAGE - 1), part);
	punch_refused(s, PAGE, 0, "a hole without a byte was accepted");
	expect_hole(s, &before, first, end);

	/* Again, over the hole and a page on either side; then to the end. */
	ask_ok(s, "vm_punch, where a part is a hole already,", "punch %lup %lup", first - 1,
	       end - first + 2);
	expect_hole(s, &before, first - 1, end + 1);
	ask_ok(s, "vm_punch, where a part is a hole already,", "punch %lup 8p", first);
	expect_hole(s, &before, first - 1, 8);

	at = PLACE + first * PAGE + judge_below(PAGE);
	subject_send(s, "load @%#lx\n", at);
	subject_wait(s);
	expect_signal(s, SIGSEGV);
	expect_int(subject_fault_code(s), SEGV_MAPERR, "si_code of an access to the hole");
}
END_TEST

/* ----------------------------------------------------------------- vm_place */

START_TEST(place_fills_a_hole)
{
	uint64_t first = 1 + judge_below(3), end = first + 1 + judge_below(3), len;
	struct subject *s = session();
	struct file before = make_area(s), fresh;

	ask(s, "unmap %lup %lup", first, end - first);
	ask_ok(s, "vm_place, in a hole,", "place %lup %lup", first, end - first);
	if (!strcmp(area_lines(s), with_hole(first, end)))
		judge_fail(
			line_of(0, 8, "rw-p"), area_lines(s),
			"vm_place says that it has filled the hole, but nothing is mapped there: "
			"an address without MAP_FIXED or MAP_FIXED_NOREPLACE is a mere hint.");
	if (strcmp(area_lines(s), line_of(0, 8, "rw-p")) != 0)
		judge_fail(line_of(0, 8, "rw-p"), area_lines(s),
			   "the new memory did not merge with its neighbours: it lies elsewhere, "
			   "has other rights, is shared, or has a flag that they do not have.");
	fresh = zeros((end - first) * PAGE);
	expect_bytes(s, PLACE + first * PAGE, &fresh, "new memory is not zero.");
	expect_area(s, &before, 0, first, "vm_place");
	expect_area(s, &before, end, 8, "vm_place");
	finish(s, 0);

	/* Far from everything, with a length that is not made of pages. */
	s = session();
	len = 3 * PAGE + 1 + judge_below(PAGE - 1);
	ask_ok(s, "vm_place, where nothing is near,", "place 0 %lu", len);
	expect_str(area_lines(s), line_of(0, 4, "rw-p"),
		   "vm_place did not map the pages of exactly this range.");
	expect_str(ask(s, "store %lu 7", len - 1), "stored 7",
		   "the last byte cannot be stored to.");
	finish(s, 0);
}
END_TEST

static uint64_t page_down(uint64_t n)
{
	return n & -PAGE;
}

static uint64_t page_up(uint64_t n)
{
	return page_down(n + PAGE - 1);
}

/* Addresses that a traced program has mapped by itself. */
struct own {
	uint64_t start, end;
};

static struct own own[512];
static size_t owns;

static void own_add(uint64_t start, uint64_t end)
{
	if (start < end && owns < COUNT(own))
		own[owns++] = (struct own){ start, end };
}

static void own_remove(uint64_t start, uint64_t end)
{
	size_t i, n = owns;

	for (i = 0; i < n; i++) {
		struct own o = own[i];

		if (o.end <= start || o.start >= end)
			continue;
		own[i].end = o.start < start ? start : o.start;
		own_add(end, o.end);
	}
}

static bool own_all(uint64_t start, uint64_t end)
{
	size_t i;

	while (start < end) {
		for (i = 0; i < owns && (own[i].start > start || own[i].end <= start); i++)
			;
		if (i == owns)
			return false;
		start = own[i].end;
	}
	return true;
}

/* What a call maps over whatever is there: false if that was not its own. */
static bool takes_its_own(const struct call *c, uint64_t at_all, uint64_t n)
{
	uint64_t at = (uint64_t)c->ret, len = page_up(c->args[1]);
	bool fixed = false;

	if (c->nr == SYS_munmap)
		own_remove(c->args[0], c->args[0] + len);
	if (c->nr == SYS_mmap)
		fixed = c->args[3] & MAP_FIXED;
	if (c->nr == SYS_mremap) {
		if (len && !(c->args[3] & MREMAP_DONTUNMAP))
			own_remove(c->args[0], c->args[0] + len);
		fixed = c->args[3] & MREMAP_FIXED;
		len = page_up(c->args[2]);
	}
	if (c->nr == SYS_shmat) {
		fixed = c->args[2] & SHM_REMAP;
		len = n / 2;
	}
	if (c->nr != SYS_mmap && c->nr != SYS_mremap && c->nr != SYS_shmat)
		return true;
	fixed = fixed && at < at_all + n && at + len > at_all;
	if (fixed && !own_all(at, at + len))
		return false;
	own_remove(at, at + len);
	own_add(at, at + len);
	return true;
}

/* Of a traced function that mapped n bytes at this address. */
static void expect_own_addresses(struct subject *s, const char *function, uint64_t at, uint64_t n)
{
	const struct call *c;
	size_t count, i;

	owns = 0;
	c = subject_calls(s, &count);
	for (i = 0; i < count; i++)
		if (c[i].ret >= 0 && !takes_its_own(&c[i], at, n))
			judge_fail(
				"fixed addresses inside what it holds mapped", "others",
				"%s maps with a fixed address over what it does not hold (never "
				"reserved, or unmapped before): another thread's mapping may lie "
				"there by then, however empty it looked a moment before.",
				function);
}

static bool has_bytes(struct subject *s, uint64_t addr, const struct file *want)
{
	struct file got = copy_of(s, addr, want->len);

	return !memcmp(got.data, want->data, want->len);
}

static void place_refused(struct subject *s, const char *error, const char *why, const char *range)
{
	struct file before, after;
	struct maps m = maps_of(s);
	const char *lines = area_lines(s), *got;

	before = copy_of(s, PLACE, 3 * PAGE);
	after = copy_of(s, PLACE + 5 * PAGE, 3 * PAGE);
	got = ask(s, "place %s", range);
	if (!strcmp(error, "EEXIST") && !strcmp(area_lines(s), lines) &&
	    has_bytes(s, PLACE, &before) && has_bytes(s, PLACE + 5 * PAGE, &after))
		why = "vm_place says ok, but nothing new lies at this address: without MAP_FIXED or "
		      "MAP_FIXED_NOREPLACE an address is a mere hint, and the memory lies elsewhere";
	expect_refusal(got, error, why);
	expect_same_maps(s, &m, "vm_place, when it refuses,");
	expect_str(area_lines(s), lines, "vm_place changed mappings although it refused.");
	expect_bytes(s, PLACE, &before, "vm_place destroyed memory that was mapped before.");
	expect_bytes(s, PLACE + 5 * PAGE, &after,
		     "vm_place destroyed memory that was mapped before.");
}

START_TEST(place_never_destroys)
{
	static const char busy[] = "memory was mapped over a page that is in use (MAP_FIXED "
				   "replaces it without a word; MAP_FIXED_NOREPLACE does not)";
	static const char odd[] = "an address inside a page was accepted";
	struct subject *s = session();

	make_area(s);
	ask(s, "unmap 3p 2p");
	ask(s, "protect 7p 1p -");
	place_refused(s, "EEXIST", busy, judge_fmt("%up 1p", judge_below(3)));
	place_refused(s, "EEXIST", busy, "2p 2p");
	place_refused(s, "EEXIST", busy, "3p 3p");
	place_refused(s, "EEXIST", busy, judge_fmt("4p %u", (unsigned)PAGE + 1 + judge_below(99)));
	place_refused(s, "EEXIST", busy, "7p 1p");
	place_refused(s, "EEXIST", busy, "7p 9p");
	place_refused(s, "EEXIST", busy, judge_fmt("@%#lx 20p", PLACE - 8 * PAGE));
	place_refused(s, "EINVAL", odd, judge_fmt("3p+%u 100", 1 + judge_below(PAGE - 1)));
	place_refused(s, "EINVAL", odd, judge_fmt("1p+%u 100", 1 + judge_below(PAGE - 1)));
	place_refused(s, "EINVAL", "a length of 0 was accepted", "3p 0");
	finish(s, 1);
	/* Right in all that was asked, and yet it may have looked first and mapped then. */
	s = TRACE("vmas", "place", "0", "4p");
	expect_success(s, "vm_place, where nothing is near,");
	expect_own_addresses(s, "vm_place", PLACE, 4 * PAGE);
}
END_TEST

/* ----------------------------------------------------------------- vm_guard */

struct block {
	uint64_t at, n;
	bool behind;
};

static void expect_guard(struct subject *s, uint64_t at, const char *side)
{
	const struct vma *v = maps_at(subject_pid(s), at);

	if (!v)
		judge_fail(
			"a page without rights", "nothing is mapped there",
			"the page %s the block is no guard: it is only free, and a later mapping "
			"may come to lie there.",
			side);
	if (v->r || v->w || v->x)
		judge_fail("a page without rights", line_text(v),
			   "the page %s the block can be accessed: it needs PROT_NONE.", side);
}

static void expect_block(struct subject *s, const struct block *b)
{
	uint64_t first = page_down(b->at), end = page_up(b->at + b->n), at;
	const struct vma *v;

	judge_note("the block: %lu bytes at %#lx, `%s`", b->n, b->at,
		   b->behind ? "behind" : "before");
	if (b->behind && (b->at + b->n) % PAGE != 0)
		judge_fail("the block ends where its last page does",
			   judge_fmt("%lu bytes before that", end - b->at - b->n),
			   "the first byte behind the block is on its last page: an overrun goes "
			   "unnoticed.");
	if (!b->behind && b->at % PAGE != 0)
		judge_fail("the block begins where its first page does",
			   judge_fmt("%lu bytes behind that", b->at % PAGE),
			   "the last byte before the block is on its first page: an underrun goes "
			   "unnoticed.");
	for (at = first; at < end; at = v->end) {
		v = maps_at(subject_pid(s), at);
		if (!v || !v->r || !v->w || v->shared)
			judge_fail("private memory to be read and written",
				   v ? line_text(v) : "nothing is mapped there",
				   "byte %lu of the block and its page cannot be used.",
				   at > b->at ? at - b->at : 0);
	}
	expect_guard(s, first - 1, "before");
	expect_guard(s, end, "behind");
}

static struct block new_block(struct subject *s, uint64_t n, bool behind)
{
	struct block b = { .n = n, .behind = behind };

	b.at = ask_address(s, "vm_guard", "guard %lu %s", n, behind ? "behind" : "before");
	return b;
}

/* The access dies at once, on the byte that it names. */
static void expect_fault(uint64_t n, bool behind, const char *access)
{
	struct subject *s = session();
	struct block b = new_block(s, n, behind);
	uint64_t at = behind ? b.at + n : b.at - 1;

	judge_input("vmas guard %lu %s, then %s the byte %s the block", n,
		    behind ? "behind" : "before", access, behind ? "behind" : "before");
	subject_send(s, "%s @%#lx%s\n", access, at, *access == 's' ? " 1" : "");
	subject_wait(s);
	expect_signal(s, SIGSEGV);
	expect_true(subject_fault_addr(s) == at, "another access than this one faulted.");
	expect_int(subject_fault_code(s), SEGV_ACCERR, "si_code of an access to a guard page");
}

START_TEST(guard_faults_on_both_sides)
{
	const uint64_t sizes[] = { 1, PAGE - 1, PAGE, PAGE + 1, 2 + judge_below(5 * PAGE) };
	struct subject *s = session();
	struct maps before;
	struct block b;
	struct file f;
	uint64_t nest;
	size_t i;

	nest = ask_address(s, "nest", "nest 1p");
	before = maps_of(s);
	f = copy_of(s, nest + PAGE, PAGE);
	for (i = 0; i < 2 * COUNT(sizes); i++) {
		struct file fresh = zeros(sizes[i / 2]);

		b = new_block(s, sizes[i / 2], i % 2 == 0);
		expect_block(s, &b);
		expect_bytes(s, b.at, &fresh, "a new block is not zero.");
		ask(s, "fill @%#lx %lu 5", b.at, b.n);
		expect_kept(s, &before, "vm_guard");
		expect_bytes(s, nest + PAGE, &f, "vm_guard changed memory that is not its own.");
	}
	finish(s, 0);
	expect_fault(sizes[judge_below(COUNT(sizes))], true, "store");
	expect_fault(sizes[judge_below(COUNT(sizes))], false, "load");
}
END_TEST

static void free_block(struct subject *s, const struct block *b)
{
	ask_ok(s, "vm_unguard", "unguard @%#lx", b->at);
	if (maps_at(subject_pid(s), b->at))
		judge_fail("nothing is mapped there", line_text(maps_at(subject_pid(s), b->at)),
			   "vm_unguard leaves the block's own pages mapped.");
}

/* The guards that vm_guard() made are there when the blocks beside are not. */
static void expect_guards_kept(struct subject *s, const struct block *b)
{
	if (!maps_at(subject_pid(s), page_down(b->at) - 1) ||
	    !maps_at(subject_pid(s), page_up(b->at + b->n)))
		judge_fail("two pages without rights", "one of them is not mapped any more",
			   "vm_unguard took the guard of the block beside it away, too: two guards "
			   "side by side are one line of maps, but a page for each block.");
}

/* There may be as many blocks as there are addresses. */
static void guard_many(struct subject *s)
{
	struct block b[MANY_BLOCKS];
	size_t i;

	judge_note("%d blocks were allocated, and then freed", MANY_BLOCKS);
	for (i = 0; i < MANY_BLOCKS; i++)
		b[i] = new_block(s, 1 + i, i % 2);
	for (i = 0; i < MANY_BLOCKS; i++)
		free_block(s, &b[i]);
}

START_TEST(unguard_leaves_nothing)
{
	struct subject *s = session();
	struct block b[5] = { { 0 } };
	struct file f[COUNT(b)];
	struct maps before;
	size_t i;

	/* Whatever is kept for all blocks together may be made once. */
	b[0] = new_block(s, 1, true);
	free_block(s, &b[0]);
	before = maps_of(s);
	for (i = 0; i < COUNT(b); i++) {
		b[i] = new_block(s, 1 + judge_below(3 * PAGE), judge_below(2));
		ask(s, "fill @%#lx %lu %zu", b[i].at, b[i].n, i + 1);
		f[i] = copy_of(s, b[i].at, b[i].n);
	}
	for (i = 1; i < COUNT(b); i += 2)
		free_block(s, &b[i]);
	judge_note("five blocks were allocated in a row; the second and fourth were freed");
	for (i = 0; i < COUNT(b); i += 2) {
		expect_guards_kept(s, &b[i]);
		expect_block(s, &b[i]);
		expect_bytes(s, b[i].at, &f[i], "vm_unguard changed bytes of another block.");
	}
	for (i = 0; i < COUNT(b); i += 2)
		free_block(s, &b[i]);
	expect_same_maps(s, &before, "vm_unguard, when all blocks are freed,");
	guard_many(s);
	expect_same_maps(s, &before, "vm_unguard, when many blocks are freed,");
	finish(s, 0);
}
END_TEST

/* ------------------------------------------------------------------ vm_ring */

static void expect_ring(struct subject *s, uint64_t ring, uint64_t n)
{
	uint64_t at;
	const struct vma *v;

	expect_int((long long)(ring % PAGE), 0, "the ring's address modulo the page size");
	for (at = ring; at < ring + 2 * n; at = v->end) {
		v = maps_at(subject_pid(s), at);
		if (!v || !v->r || !v->w)
			judge_fail("two halves to be read and written",
				   v ? line_text(v) : "nothing is mapped there",
				   "byte %lu of a ring of %lu"
				   " bytes, which is mapped twice, cannot be used.",
				   at - ring, n);
	}
}

/* Store into one half; both show it. */
static void expect_twice(struct subject *s, uint64_t ring, uint64_t n, bool second)
{
	uint64_t to = ring + (second ? n : 0), from = ring + (second ? 0 : n);
	struct file f;

	ask(s, "fill @%#lx %lu %u", to, n, judge_below(1000));
	f = copy_of(s, to, n);
	expect_bytes(s, from, &f,
		     judge_fmt("what was stored in the %s half of the ring is not in the other "
			       "one: they are two memories, not one mapped twice (private, or two "
			       "objects), or one begins at another offset.",
			       second ? "second" : "first"));
}

START_TEST(ring_shows_its_bytes_twice)
{
	const uint64_t pages[] = { 1, 3, 4 + judge_below(12) };
	struct subject *s = session();
	struct file fresh;
	uint64_t ring, n;
	size_t i;

	for (i = 0; i < COUNT(pages); i++) {
		n = pages[i] * PAGE;
		ring = ask_address(s, "vm_ring", "ring %lup", pages[i]);
		expect_ring(s, ring, n);
		fresh = zeros(2 * n);
		expect_bytes(s, ring, &fresh, "a new ring is not zero.");
		expect_twice(s, ring, n, false);
		expect_twice(s, ring, n, true);
	}
	finish(s, 0);
}
END_TEST

/* Names that stay when a program has ended. */
static size_t names_left(void)
{
	static const char *const folders[] = { ".", "/dev/shm", "/tmp" };
	char line[512];
	size_t n = 0, i;
	FILE *f;

	for (i = 0; i < COUNT(folders); i++) {
		DIR *dir = opendir(folders[i]);

		while (dir && readdir(dir))
			n++;
		if (dir)
			closedir(dir);
	}
	f = fopen("/proc/sysvipc/shm", "re");
	while (f && fgets(line, sizeof(line), f))
		n++;
	if (f)
		fclose(f);
	return n;
}

static void expect_ring_of_its_own(void)
{
	struct subject *s = TRACE("vmas", "ring", "3p");
	unsigned long long ring;

	expect_success(s, "vm_ring");
	if (sscanf(tool_last_line(s), "0x%llx", &ring) != 1)
		judge_fail("an address", tool_last_line(s), "vm_ring gave no address.");
	expect_own_addresses(s, "vm_ring", ring, 6 * PAGE);
}

START_TEST(ring_spares_its_neighbours)
{
	uint64_t pages = 1 + judge_below(4), n = pages * PAGE, nest, ring;
	struct subject *s = session();
	struct file below, above;
	size_t fds, names;
	struct maps before;

	ask_address(s, "nest", "nest %lup", 2 * pages);
	nest = ask_address(s, "nest", "nest %lup", pages);
	below = copy_of(s, nest - n, n);
	above = copy_of(s, nest + n, n);
	fds = fds_count(subject_pid(s));
	names = names_left();
	before = maps_of(s);
	ring = ask_address(s, "vm_ring", "ring %lup", pages);
	expect_kept(s, &before, "vm_ring");
	ask(s, "fill @%#lx %lu 5", ring, 2 * n);
	expect_bytes(s, nest - n, &below, "vm_ring changed memory that is not its own.");
	expect_bytes(s, nest + n, &above, "vm_ring changed memory that is not its own.");
	ask_ok(s, "munmap of the ring", "unmap @%#lx %lu", ring, 2 * n);
	expect_same_maps(s, &before, "vm_ring, when both halves are unmapped,");
	expect_int((long long)fds_count(subject_pid(s)), (long long)fds,
		   "number of open descriptors after vm_ring (the mappings need none)");
	expect_int((long long)names_left(), (long long)names,
		   "number of files and shared memory segments, which a ring leaves behind");
	finish(s, 0);
	expect_ring_of_its_own();
}
END_TEST

/* ---------------------------------------------------------------- failures */

static void expect_nothing_left(struct subject *s, const struct maps *before, size_t fds,
				const char *what)
{
	expect_same_maps(s, before, judge_fmt("%s,", what));
	expect_int((long long)fds_count(subject_pid(s)), (long long)fds,
		   "number of open descriptors after %s", what);
}

/* Succeed once, and give it back: what a session starts from. */
static struct maps warm_up(struct subject *s)
{
	struct block b = new_block(s, 100, true);
	uint64_t ring = ask_address(s, "vm_ring", "ring 2p");

	ask_ok(s, "vm_unguard", "unguard @%#lx", b.at);
	ask_ok(s, "munmap of the ring", "unmap @%#lx 4p", ring);
	return maps_of(s);
}

static void impossible_sizes(void)
{
	static const uint64_t blocks[] = { 0,	     ~0ULL,    ~0ULL - 100, ~0ULL - 4096,
					   -8192ULL, -8193ULL, 1ULL << 63,  1ULL << 46 };
	const uint64_t rings[] = { 0,
				   1,
				   PAGE - 1,
				   PAGE + 1,
				   5 * PAGE + 1 + judge_below(PAGE - 1),
				   -PAGE,
				   1ULL << 63,
				   (1ULL << 63) + PAGE,
				   1ULL << 46 };
	struct subject *s = session();
	struct maps before = warm_up(s);
	size_t fds = fds_count(subject_pid(s)), i;

	for (i = 0; i < COUNT(blocks); i++) {
		ask_error(s, i ? "ENOMEM" : "EINVAL",
			  i ? "a block was given that no memory has room for: its size and two "
			      "guards are more than fits into size_t, or than there is" :
			      "a block without a byte was given",
			  "guard %lu behind", blocks[i]);
		expect_nothing_left(s, &before, fds, "vm_guard, when it fails");
	}
	for (i = 0; i < COUNT(rings); i++) {
		bool odd = i == 0 || rings[i] % PAGE != 0;

		ask_error(s, odd ? "EINVAL" : "ENOMEM",
			  odd ? "a ring was made that cannot begin again at its end: only whole "
				"pages can be mapped twice" :
				"a ring was made that no memory has room for: twice its size is "
				"more than fits into size_t, or than there is",
			  "ring %lu", rings[i]);
		expect_nothing_left(s, &before, fds, "vm_ring, when it fails");
	}
	expect_results_kept(s);
	finish(s, 1);
}

static void missing_file(void)
{
	struct subject *s = session();
	const char *why = "a file that does not exist was read";

	condition = " (there is no file `missing`)";
	ask(s, "maps missing");
	ask_error(s, "ENOENT", why, "find 0");
	ask_error(s, "ENOENT", why, "count 0 1p");
	expect_results_kept(s);
	finish(s, 1);
	condition = "";
}

static void no_descriptors(void)
{
	struct subject *s = session();
	struct maps before = warm_up(s);
	size_t fds = fds_count(subject_pid(s));
	unsigned long long ring;
	const char *got;

	ask(s, "nofile");
	got = ask(s, "ring 2p");
	if (sscanf(got, "0x%llx", &ring) == 1) {
		expect_ring(s, ring, 2 * PAGE);
		ask(s, "unmap @%#llx 4p", ring);
	} else {
		expect_str(got, "error EMFILE",
			   "vm_ring could open no descriptor, and says something else.");
	}
	expect_nothing_left(s, &before, fds, "vm_ring, when no descriptor can be opened");
	expect_results_kept(s);
	subject_close_stdin(s);
	subject_wait(s);
}

/* Without one, nothing is known of the block: it stays as it is, and that is told. */
static void unguard_without_descriptors(void)
{
	struct subject *s = session();
	uint64_t at = ask_address(s, "vm_guard", "guard 100 behind");
	const char *got;

	ask(s, "nofile");
	got = ask(s, "unguard @%#llx", (unsigned long long)at);
	if (strcmp(got, "ok") != 0) {
		expect_str(got, "error EMFILE",
			   "vm_unguard cannot open a file, and says something else.");
		expect_block(s, &(struct block){ at, 100, true });
	}
	subject_close_stdin(s);
	subject_wait(s);
}

static bool reads_maps(const struct call *c)
{
	const char *name = c->path ? strrchr(c->path, '/') : NULL;

	return (c->nr == SYS_read || c->nr == SYS_pread64) && name && !strcmp(name, "/maps");
}

static void reading_fails(void)
{
	struct subject_spec count = { .argv = SUBJECT_ARGV("vmas", "count", "0x400000", "1p"),
				      .in = "" },
			    find = { .argv = SUBJECT_ARGV("vmas", "find", "@0x400000"), .in = "" };

	expect_failures_told(count, reads_maps, EIO, "vm_count, a read of which");
	/* Which line comes with which read is its own choice; none comes before the first. */
	expect_failure_told(find, reads_maps, 1, EIO, "vm_find, a read of which");
}

static size_t mapped_bytes(struct subject *s)
{
	size_t n, i, bytes = 0;
	const struct vma *v = maps_read(subject_pid(s), &n);

	for (i = 0; i < n; i++)
		bytes += v[i].end - v[i].start;
	return bytes;
}

#define LONG_LINE (400 << 10) /* malloc maps so much by itself, so that it shows */

/* What is taken to read a line is given back. */
static void reading_keeps_no_memory(void)
{
	char *text = judge_fmt("70000000-70001000 r--p 00000000 00:2a 7    /%s\n",
			       judge_random_word(LONG_LINE));
	struct subject *s = session();
	size_t before, after;
	int i;

	file_write("long", text, strlen(text));
	ask(s, "maps long");
	judge_note("the file long has one line, whose path has %d bytes", LONG_LINE);
	ask(s, "count 0 1p");
	before = mapped_bytes(s);
	for (i = 0; i < 10; i++) {
		ask(s, "count 0 1p");
		ask_error(s, "EFAULT", "a mapping was found that holds address 0", "find 0");
	}
	after = mapped_bytes(s);
	if (after > before + 4 * LONG_LINE)
		judge_fail(judge_fmt("about %zu bytes of memory", before), judge_fmt("%zu", after),
			   "ten rounds of vm_count and vm_find keep the memory that they took to "
			   "read a line.");
	expect_results_kept(s);
	finish(s, 1);
}

/* The kernel's limit of mappings in a process; the machine goes with the unit. */
static unsigned set_map_limit(unsigned limit)
{
	static const char path[] = "/proc/sys/vm/max_map_count";
	FILE *f = fopen(path, "r+e");
	unsigned old;

	if (!f || fscanf(f, "%u", &old) != 1)
		judge_broken("%s cannot be read", path);
	rewind(f);
	fprintf(f, "%u\n", limit);
	SAFE(fclose(f));
	return old;
}

/* Fail at each mapping in turn that the function needs, whichever they are. */
static void no_mappings(void)
{
	struct subject *s = session();
	size_t fds = fds_count(subject_pid(s)), lines;
	struct maps before;
	unsigned old, more;
	const char *got;
	uint64_t at;

	warm_up(s);
	expect_int((long long)fds_count(subject_pid(s)), (long long)fds,
		   "number of open descriptors after a block and a ring came and went");
	ask_address(s, "many", "many 60");
	before = maps_of(s);
	lines = before.n;
	for (more = 0; more < 14; more++) {
		bool ring = more % 2;
		const char *what = ring ? "vm_ring" : "vm_guard";

		condition = judge_fmt(" (the last one at %zu mappings, of %zu permitted)", lines,
				      lines + more / 2 - 3);
		old = set_map_limit((unsigned)lines + more / 2 - 3);
		got = ask(s, ring ? "ring 2p" : "guard 100 behind");
		set_map_limit(old);
		if (!strncmp(got, "0x", 2)) {
			at = strtoull(got, NULL, 16);
			if (ring)
				expect_ring(s, at, 2 * PAGE);
			else
				expect_block(s, &(struct block){ at, 100, true });
			condition = "";
			ask_ok(s, "giving it back", ring ? "unmap @%s 4p" : "unguard @%s", got);
			what = judge_fmt("%s, and what gives it back", what);
		} else {
			expect_str(got, "error ENOMEM",
				   "the errno of the call that failed is not what was returned.");
			what = judge_fmt("%s, when there are too many mappings", what);
		}
		expect_nothing_left(s, &before, fds, what);
	}
	condition = "";
	expect_results_kept(s);
	subject_close_stdin(s);
	subject_wait(s);
}

START_TEST(failure_leaves_nothing)
{
	impossible_sizes();
	missing_file();
	reading_fails();
	reading_keeps_no_memory();
	no_descriptors();
	unguard_without_descriptors();
	no_mappings();
}
END_TEST

const struct judge_suite judge_suite = {
	.lab = "07-vmas",
	.guesses = guesses,
	.tests = {
		JUDGE_TEST(find_reads_every_field),
		JUDGE_TEST(find_keeps_whole_path),
		JUDGE_TEST(end_is_outside),
		JUDGE_TEST(predict_matches_kernel),
		JUDGE_TEST(punch_splits_a_mapping),
		JUDGE_TEST(place_fills_a_hole),
		JUDGE_TEST(place_never_destroys),
		JUDGE_TEST(guard_faults_on_both_sides),
		JUDGE_TEST(unguard_leaves_nothing),
		JUDGE_TEST(ring_shows_its_bytes_twice),
		JUDGE_TEST(ring_spares_its_neighbours),
		JUDGE_TEST(failure_leaves_nothing),
		JUDGE_END,
	},
};
