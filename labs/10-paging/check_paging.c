// SPDX-License-Identifier: GPL-2.0-only
/*
 * check_paging.c - the judge's suite for 10-paging.
 *
 * The program is driven through `paging session`, one command a line, and the
 * judge looks at it between two of them: at its page table (pagemap), at its
 * fault counters (/proc/PID/stat), at what it has locked, and at the page
 * cache, by mincore(2) on a mapping of its own. The only commands between two
 * looks at the counters are touches, so what is counted is theirs alone.
 *
 * Nothing here depends on how fast anything is. Files that shall be cold lie
 * on the machine's ext4 disk: on tmpfs a page is always in memory.
 */
#include <fcntl.h>
#include <linux/kernel-page-flags.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "judge.h"
#include "paging.h"
#include "region.h"

#define U(x) judge_fmt("%u", (unsigned)(x))
#define KB_PER_PAGE (PG_SIZE / 1024)
#define PATIENCE_MS 2000
/* Of faults that belong to the program and not to what it measures. */
#define SLACK 4
/* A fault on a page of a file maps up to so many that are in memory. */
#define FAULT_AROUND 16

/* ---------------------------------------------------------------- fixtures */

static struct file random_file(size_t len)
{
	struct file f = { malloc(len), len };

	if (!f.data)
		judge_broken("out of memory");
	judge_random_bytes(f.data, len);
	return f;
}

static void sync_file(const char *path)
{
	int fd = (int)SAFE(open(path, O_RDONLY | O_CLOEXEC));

	SAFE(fsync(fd));
	close(fd);
}

/* A file on the disk, written through to it, and still in memory. */
static const char *disk_file(struct file *f, size_t len)
{
	const char *path = judge_fmt("%s/data", scratch_dir());

	*f = random_file(len);
	file_write(path, f->data, len);
	sync_file(path);
	return path;
}

static size_t pages_in(size_t bytes)
{
	return (bytes + PG_SIZE - 1) / PG_SIZE;
}

/* How many pages of a file are in the page cache, from this one on? */
static size_t cached_pages_from(const char *path, size_t first)
{
	size_t pages = pages_in((size_t)file_size(path)), i, n = 0;
	int fd = (int)SAFE(open(path, O_RDONLY | O_CLOEXEC));
	unsigned char *vec = calloc(1, pages);
	void *p = mmap(NULL, pages * PG_SIZE, PROT_READ, MAP_SHARED, fd, 0);

	if (!vec || p == MAP_FAILED)
		judge_broken("map %s: %s", path, judge_errno_name(errno));
	SAFE(mincore(p, pages * PG_SIZE, vec));
	for (i = first; i < pages; i++)
		n += vec[i] & 1;
	munmap(p, pages * PG_SIZE);
	close(fd);
	free(vec);
	return n;
}

static size_t cached_pages(const char *path)
{
	return cached_pages_from(path, 0);
}

/* A file that nobody has mapped leaves the page cache. */
static void make_cold(const char *path)
{
	int fd = (int)SAFE(open(path, O_RDONLY | O_CLOEXEC));

	SAFE(fsync(fd));
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	close(fd);
	if (cached_pages(path) > 0)
		sysctl_drop_caches(); /* slower: it is for the whole machine */
	if (cached_pages(path) > 0)
		judge_broken("%s stays in the page cache", path);
}

/* Letters of `touch`, at least one page touched and one left alone. */
static char *random_pattern(size_t pages, const char *letters)
{
	char *pattern = judge_random_word(pages);
	size_t i;

	for (i = 0; i < pages; i++)
		pattern[i] = letters[judge_below((uint32_t)strlen(letters))];
	i = judge_below((uint32_t)pages);
	pattern[i] = 'w';
	pattern[(i + 1) % pages] = '.';
	return pattern;
}

/* ------------------------------------------------------------- the session */

static const struct judge_guess guesses[] = {
	{ "EINVAL", "mincore and madvise take only an address that is a multiple of the page "
		    "size, and advice must suit the kind of mapping" },
	{ "ENOMEM", "a page of the range is not mapped, or more is locked than RLIMIT_MEMLOCK "
		    "allows; the range may be rounded wrongly" },
	{ "EAGAIN", "mmap with MAP_LOCKED locks more than RLIMIT_MEMLOCK allows, or mlock could "
		    "not bring pages in, which is ENOMEM here" },
	{ "EFAULT", "the length is rounded to too many pages, and the kernel writes past the end "
		    "of vec" },
	{ "ESPIPE", "posix_fadvise wants a descriptor of a file" },
	{ NULL, NULL },
};

static char *typed; /* so far, as a person would type it */

static struct subject *session(bool trace)
{
	typed = "";
	return subject_start(&(struct subject_spec){
		.argv = SUBJECT_ARGV("paging", "session"),
		.trace = trace,
		.deadline_ms = 8000,
	});
}

static void session_end(struct subject *s)
{
	size_t fds = fds_count(subject_pid(s));

	if (fds != 3)
		judge_fail("3 open descriptors, as at the start", judge_fmt("%zu", fds),
			   "a function leaves a descriptor open, or closed one that is not its "
			   "own.");
	subject_close_stdin(s);
	expect_success(s, "the session");
}

/* The tool's next line; what a student prints between them is passed over. */
static const char *answer(struct subject *s)
{
	const char *line;

	do {
		line = subject_line(s);
	} while (strncmp(line, "ok", 2) && strncmp(line, "error ", 6) && strncmp(line, "stop ", 5));
	return line;
}

static void say(struct subject *s, const char *command)
{
	typed = judge_fmt("%s%s%s", typed, *typed ? " + " : "", command);
	judge_input("paging %s", typed);
	subject_send(s, "%s\n", command);
}

/* The answer to a command, "ok ..." or "error ..."; the program is alive. */
static const char *ask(struct subject *s, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static const char *ask(struct subject *s, const char *fmt, ...)
{
	const char *line;
	char *command, state;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&command, fmt, ap) < 0)
		judge_broken("out of memory");
	va_end(ap);
	say(s, command);
	line = answer(s);
	state = process_state(subject_pid(s));
	if (!state || state == 'Z' || state == 'X')
		subject_line(s); /* it has ended: so does the test */
	return line;
}

/* What follows "ok" when the command must succeed. */
static const char *ok(const char *function, const char *line)
{
	if (!strncmp(line, "error ", 6))
		judge_fail("ok", line, "%s failed with %s: %s.", function, line + 6,
			   tool_guess(line + 6));
	return line + (line[2] ? 3 : 2);
}

static void refused(const char *line, const char *name, const char *function, const char *why)
{
	const char *want = judge_fmt("error %s", name);

	if (!strncmp(line, "ok", 2))
		judge_fail(want, line, "%s returned success: %s.", function, why);
	if (strcmp(line, want))
		judge_fail(want, line, "%s failed with another error than %s: %s.", function, name,
			   tool_guess(line + 6));
}

/* Any errno of the calls that may be used; -1 is the result of the call, not its errno. */
static void expect_errno(const char *line, const char *likely, const char *what)
{
	if (!strncmp(line, "error ", 6) && strcmp(line, "error EPERM"))
		return;
	judge_fail(judge_fmt("error %s", likely), line, "%s: the result is the negative errno%s.",
		   what, line[0] == 'e' ? ", not -1, which is -EPERM" : "");
}

struct area {
	uint64_t base;
	size_t pages;
};

/* The region that the last command has made, or gone back to. */
static struct area area_of(const char *function, const char *line)
{
	unsigned long long base = 0;
	struct area a = { 0 };
	unsigned index;

	if (sscanf(ok(function, line), "region %u at %llx, %zu pages", &index, &base, &a.pages) !=
	    3)
		judge_fail("ok region N at ADDRESS, N pages", line, "the tool's line is damaged.");
	a.base = base;
	return a;
}

static struct area map(struct subject *s, const char *kind, const char *what)
{
	return area_of("map", ask(s, "map %s %s", kind, what));
}

/* What pagemap says of each page of an area; for the caller to free. */
static uint64_t *entries_of(struct subject *s, struct area a)
{
	uint64_t *entries = calloc(a.pages, sizeof(*entries));

	if (!entries)
		judge_broken("out of memory");
	pagemap_read(subject_pid(s), a.base, entries, a.pages);
	return entries;
}

/* Which of its pages are in the page table, as a text like x..x. */
static char *present(struct subject *s, struct area a)
{
	uint64_t *entries = entries_of(s, a);
	char *text = calloc(1, a.pages + 1);
	size_t i;

	if (!text)
		judge_broken("out of memory");
	for (i = 0; i < a.pages; i++)
		text[i] = entries[i] & PM_PRESENT ? 'x' : '.';
	free(entries);
	return text;
}

static size_t count_of(const char *text, char c)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == c;
	return n;
}

static unsigned char *memory_of(struct subject *s, struct area a)
{
	unsigned char *bytes = calloc(a.pages, PG_SIZE);

	if (!bytes)
		judge_broken("out of memory");
	if (!memory_read(subject_pid(s), a.base, bytes, a.pages * PG_SIZE))
		judge_fail("readable memory", "none",
			   "the memory of the region is gone: the "
			   "mapping must stay.");
	return bytes;
}

/* What a touch of each page costs, counted by the kernel. */
static struct pg_faults cost_of(struct subject *s, const char *pattern)
{
	struct pg_faults before, after;

	process_faults(subject_pid(s), &before.minor, &before.major);
	ok("touch", ask(s, "touch %s", pattern));
	process_faults(subject_pid(s), &after.minor, &after.major);
	return (struct pg_faults){ after.minor - before.minor, after.major - before.major };
}

static const char *faults_text(struct pg_faults f)
{
	return judge_fmt("%ld minor and %ld major faults", f.minor, f.major);
}

/* ---------------------------------------------------------------- residency */

static void expect_marks(const char *line, const char *want)
{
	const char *got;
	char *end;
	long count;

	line = ok("pg_resident", line);
	if (strncmp(line, "resident ", 9))
		judge_fail("ok resident N MARKS", line, "the tool's line is damaged.");
	count = strtol(line + 9, &end, 10);
	got = *end == ' ' ? end + 1 : end;
	if (strcmp(got, want))
		judge_fail(want, got,
			   "pg_resident marks the wrong pages (x is in memory; the judge has its "
			   "marks from the kernel).");
	expect_int(count, (long long)count_of(want, 'x'),
		   "pg_resident marks the right pages, but returned a wrong count.");
}

static void expect_range(struct subject *s, struct area a, size_t start, size_t len)
{
	size_t first = start / PG_SIZE, n = pages_in(start % PG_SIZE + len);
	char *before = present(s, a);
	const char *line = ask(s, "resident %zu %zu", start, len);

	expect_marks(line, judge_fmt("%.*s", len ? (int)n : 0, before + first));
	expect_str(present(s, a), before,
		   "pg_resident brought pages into memory; it must only look.");
}

/* A file with holes, which nobody has mapped yet; a hole is not in memory. */
static char *sparse_file(const char *path, size_t pages)
{
	char *marks = random_pattern(pages, "w..");
	int fd = (int)SAFE(open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
	size_t i;

	SAFE(ftruncate(fd, (off_t)(pages * PG_SIZE)));
	SAFE(fchown(fd, SUBJECT_UID, SUBJECT_UID));
	for (i = 0; i < pages; i++) {
		if (marks[i] == 'w')
			SAFE(pwrite(fd, "data", 4, (off_t)(i * PG_SIZE)));
		marks[i] = marks[i] == 'w' ? 'x' : '.';
	}
	close(fd);
	return marks;
}

START_TEST(resident_marks_each_page)
{
	size_t pages = 20 + judge_below(20), odd = 1 + judge_below(PG_SIZE - 2), hole;
	struct subject *s = session(false);
	struct area a = map(s, "anon", judge_fmt("%zu", pages));
	char *marks;

	ok("touch", ask(s, "touch %s", random_pattern(pages, "rw..")));
	expect_range(s, a, 0, pages * PG_SIZE);
	expect_range(s, a, PG_SIZE + odd, (pages - 3) * PG_SIZE); /* ends in a page */
	expect_range(s, a, 3 * PG_SIZE - 1, 2); /* two pages for two bytes */
	expect_range(s, a, 5 * PG_SIZE + odd, 1);
	expect_range(s, a, 2 * PG_SIZE, 0);
	expect_range(s, a, 2 * PG_SIZE + odd, 0); /* no byte, so no page */

	marks = sparse_file("data", pages);
	map(s, "file", "data");
	judge_note("nobody touched the mapping of data; its pages marked x are in the page cache");
	expect_marks(ask(s, "resident"), marks);

	hole = 3 + judge_below((uint32_t)pages - 4);
	ok("use", ask(s, "use 0"));
	ok("hole", ask(s, "hole %zu", hole));
	refused(ask(s, "resident"), "ENOMEM", "pg_resident",
		"a page that is not mapped is not one that is not in memory");
	refused(ask(s, "resident %u %zu", PG_SIZE, (hole - 1) * PG_SIZE + 1), "ENOMEM",
		"pg_resident", "the last byte of the range lies on a page that is not mapped");
	expect_range(s, a, PG_SIZE, (hole - 1) * PG_SIZE);
	session_end(s);
}
END_TEST

/* ------------------------------------------------------------------- faults */

struct measured {
	struct pg_faults faults;
	char order[16];
};

static struct measured measured(const char *line)
{
	struct measured m = { 0 };

	line = ok("pg_measure", line);
	if (sscanf(line, "minor %ld major %ld called %15s", &m.faults.minor, &m.faults.major,
		   m.order) != 3)
		judge_fail("ok minor N major N called ...", line, "the tool's line is damaged.");
	if (strcmp(m.order, "plf"))
		judge_fail("prepare, loop, finish: plf", m.order,
			   "pg_measure did not call each of the three functions once, in their "
			   "order.");
	return m;
}

static void expect_count(struct subject *s, const char *how, const char *pattern, size_t pages,
			 size_t want, const char *mistake)
{
	struct measured m = measured(ask(s, "measure %s %s %zu", how, pattern, pages));

	if (m.faults.minor < (long)want || m.faults.minor > (long)want + SLACK || m.faults.major)
		judge_fail(judge_fmt("%zu minor and 0 major faults", want), faults_text(m.faults),
			   "pg_measure counted wrong: %s.", mistake);
}

START_TEST(faults_of_the_loop_only)
{
	size_t pages = 40 + judge_below(60);
	char *pattern = random_pattern(pages, "w..");
	struct subject *s = session(false);
	const char *line;

	expect_count(
		s, "plain", "w", pages, pages,
		"the loop touches each new page once, a fault each; what prepare and finish take "
		"does not count");
	expect_count(s, "plain", pattern, pages, count_of(pattern, 'w'),
		     "only the pages that the loop touches take a fault");
	expect_count(s, "populated", "w", pages, 0,
		     "MAP_POPULATE took its faults in prepare, before the loop");
	expect_count(s, "written", "w", pages, 0, "the pages were written to in prepare already");

	line = ask(s, "measure broken w 8");
	if (!strncmp(line, "ok minor -1", 11) && strcmp(strrchr(line, ' ') + 1, "p"))
		judge_fail("prepare alone: p", strrchr(line, ' ') + 1,
			   "prepare failed, and pg_measure still called the others.");
	refused(line, "EADDRINUSE", "pg_measure", "it is to pass on the error of prepare");
	session_end(s);
}
END_TEST

/* ----------------------------------------------------------------- populate */

static void expect_populated(struct subject *s, const char *path, const struct file *f,
			     const char *state)
{
	const char *line = ask(s, "populate %s", path);
	struct area a;
	const struct vma *v;
	const char *in_table;
	struct pg_faults cost;
	uint64_t page;

	/* The tool closes its descriptor when pg_map has returned, and checks that. */
	if (!strcmp(line, "error EBADF"))
		judge_fail("ok region N at ADDRESS, N pages", line,
			   "pg_map has closed the descriptor, which is the caller's, so that the "
			   "tool cannot close it; or pg_map used one that is none.");
	a = area_of("pg_map", line);
	v = maps_at(subject_pid(s), a.base);
	in_table = present(s, a);
	page = pagemap_entry(subject_pid(s), a.base);

	judge_note("the file was %s before pg_map", state);
	if (!v || strcmp(v->path, path))
		judge_fail(judge_fmt("a mapping of %s", path), v && *v->path ? v->path : "none",
			   "pg_map must map the file, not copy it.");
	cost = cost_of(s, "r");
	if (cost.minor || cost.major)
		judge_fail("no faults", faults_text(cost),
			   "reading each page after pg_map still takes faults: %zu of %zu pages "
			   "were in the page table (MAP_NONBLOCK makes MAP_POPULATE do nothing; "
			   "advice brings pages into the page cache only).",
			   count_of(in_table, 'x'), a.pages);
	if (!(page & PM_FILE))
		judge_fail("the pages of the file", "copies of them",
			   "pg_map has made a private copy of each page, as a store would.");
	expect_mem(memory_of(s, a), f->len, f->data, f->len, "what pg_map has mapped");
	ok("unmap", ask(s, "unmap"));
}

START_TEST(populated_file_needs_no_fault)
{
	struct file f;
	const char *path = disk_file(&f, 40 * PG_SIZE + judge_below(40 * PG_SIZE) + 1);
	struct subject *s = session(false);
	const char *line;
	size_t mappings;

	map(s, "anon", "1"); /* the tool's first line is printed */
	mappings = maps_count(subject_pid(s));
	expect_populated(s, path, &f, "in the page cache");
	make_cold(path);
	expect_populated(s, path, &f, "not in memory");
	expect_int((long long)maps_count(subject_pid(s)), (long long)mappings,
		   "number of mappings after what pg_map returned was unmapped.");
	SAFE(mkdir("folder", 0755));
	judge_note("a folder can be opened for reading, but not mapped");
	line = ask(s, "populate folder");
	expect_errno(line, "ENODEV", "pg_map was given a folder, which cannot be mapped");
	session_end(s);
}
END_TEST

/* -------------------------------------------------------------------- ready */

struct kind {
	const char *name, *text;
	bool file;
};

static const struct kind anon = { "anon", "private anonymous memory", false };
static const struct kind shared = { "shared", "shared anonymous memory", false };
static const struct kind mapped = { "file", "a shared mapping of a file", true };
static const struct kind private = { "private", "a private mapping of a file", true };

/* A region of this kind; *bytes is what it holds at first. */
static struct area map_kind(struct subject *s, const struct kind *k, const char *path,
			    struct file *bytes)
{
	size_t pages = 8 + judge_below(8);

	typed = "";
	*bytes = k->file ? random_file(pages * PG_SIZE) :
			   (struct file){ calloc(pages, PG_SIZE), pages * PG_SIZE };
	if (!bytes->data)
		judge_broken("out of memory");
	if (k->file) {
		file_write(path, bytes->data, bytes->len);
		sync_file(path);
	}
	return map(s, k->name, k->file ? path : judge_fmt("%zu", pages));
}

static void expect_all_ready(struct subject *s, const struct kind *k, const char *path,
			     const char *before)
{
	struct file want;
	struct area a = map_kind(s, k, path, &want);
	size_t from = 1 + judge_below(PG_SIZE - 2), to = 1 + judge_below(PG_SIZE - 2), i;
	struct pg_faults cost;
	const char *entered;

	if (before)
		ok("touch", ask(s, "touch %s", before));
	ok("pg_ready", ask(s, "ready %zu %zu", from, a.pages * PG_SIZE - from - to));
	entered = present(s, a);
	for (i = 0; before && i < a.pages; i++)
		if (before[i % strlen(before)] == 'w')
			want.data[i * PG_SIZE] = 'w';
	/* The judge's look makes no page writable, so it hides no fault. */
	expect_mem(memory_of(s, a), want.len, want.data, want.len,
		   "pg_ready changed what was in %s.", k->text);
	cost = cost_of(s, "w");
	if (cost.minor || cost.major)
		judge_fail("no faults", faults_text(cost),
			   "storing to each of %zu pages of %s still takes faults: %s.", a.pages,
			   k->text,
			   count_of(entered, '.') > 2 ?
				   "most are not in the page table at all, where advice "
				   "(MADV_WILLNEED) enters none" :
			   cost.minor > 2 ? "what a read brings in (the page of zeros, a file's "
					    "own page) has no permission to write yet" :
					    "a page at an end of the range was left out");
	for (i = 0; i < a.pages; i++)
		want.data[i * PG_SIZE] = 'w';
	expect_mem(memory_of(s, a), want.len, want.data, want.len,
		   "pg_ready changed what was in %s.", k->text);
	ok("unmap", ask(s, "unmap"));
}

#define TOLD_PAGES 40

static bool populates_or_ends(const struct call *c)
{
	return c->nr == SYS_exit_group ||
	       (c->nr == SYS_madvise && c->args[2] == MADV_POPULATE_WRITE);
}

/* Are all pages of the program's region its own, as stores would bring them? */
static bool all_own(struct subject *s)
{
	uint64_t entries[TOLD_PAGES] = { 0 };
	size_t n, i, own = 0;
	const struct call *c = subject_calls(s, &n);

	for (i = 0; i < n; i++)
		if (c[i].nr == SYS_mmap && c[i].ret > 0 && (c[i].args[3] & MAP_FIXED) &&
		    c[i].args[1] == TOLD_PAGES * PG_SIZE)
			pagemap_read(subject_pid(s), (uint64_t)c[i].ret, entries, TOLD_PAGES);
	for (i = 0; i < TOLD_PAGES; i++)
		own += (entries[i] & PM_PRESENT) && (entries[i] & PM_EXCLUSIVE);
	return own == TOLD_PAGES;
}

/* The advice can fail. Who then touches the pages has made them ready as well. */
static void expect_ready_told(void)
{
	struct subject *s = subject_start(&(struct subject_spec){
		.argv = SUBJECT_ARGV("paging", "map", "anon", U(TOLD_PAGES), "+", "ready"),
		.in = "",
		.trace = true,
		.hold = populates_or_ends,
	});
	bool done, failed = false, own = false;
	const struct call *c;

	while ((c = subject_held(s, &done))) {
		bool fails = !done && !failed && c->nr == SYS_madvise;

		failed |= fails;
		if (c->nr == SYS_exit_group)
			own = all_own(s);
		subject_go(s, fails ? ENOMEM : 0);
	}
	subject_wait(s);
	if (!failed || (own && subject_exit(s) == 0)) {
		expect_success(s, "pg_ready");
		return;
	}
	judge_note("the judge had the first madvise of MADV_POPULATE_WRITE fail with ENOMEM");
	expect_error(s, "ENOMEM",
		     "pg_ready returned 0 although its madvise failed and the pages are not ready");
}

START_TEST(ready_memory_needs_no_fault)
{
	const char *path = judge_fmt("%s/data", scratch_dir());
	struct subject *s = session(false);

	judge_note("the tool then stored to the first byte of each page");
	expect_all_ready(s, &anon, NULL, NULL);
	expect_all_ready(s, &anon, NULL, "rrw.");
	expect_all_ready(s, &shared, NULL, NULL);
	expect_all_ready(s, &mapped, path, NULL);
	expect_all_ready(s, &private, path, "r.w.");
	session_end(s);
	expect_ready_told();
}
END_TEST

/* ---------------------------------------------------------------------- pin */

static long locked_kb(struct subject *s)
{
	return process_number(subject_pid(s), "status", "VmLck");
}

START_TEST(pinned_memory_stays_resident)
{
	size_t pages = 8 + judge_below(4), from = 1 + judge_below(PG_SIZE - 2);
	size_t first = 1 + judge_below(2), last = pages - 1 - judge_below(2), i;
	size_t to = last * PG_SIZE + 1 + judge_below(PG_SIZE - 2), held = last - first + 1;
	struct subject *s = session(false);
	struct area a = map(s, "anon", judge_fmt("%zu", pages));
	const char *in_table, *locked;

	ok("touch", ask(s, "touch ..w"));
	ok("pg_pin", ask(s, "pin %zu %zu", first * PG_SIZE + from, to - first * PG_SIZE - from));
	expect_int(locked_kb(s), (long long)(held * KB_PER_PAGE),
		   "kB that the process has locked (VmLck); the range has %zu pages.", held);
	locked = smaps_field(subject_pid(s), a.base + first * PG_SIZE, "Locked");
	expect_int(locked ? atol(locked) : 0, (long long)(held * KB_PER_PAGE),
		   "kB locked in the mapping that begins with the range (smaps, Locked): pages "
		   "count there when they are in memory, which MLOCK_ONFAULT leaves to later.");
	in_table = present(s, a);
	for (i = first; i <= last; i++)
		expect_true(in_table[i] == 'x',
			    "page %zu of the pinned range is not in memory (in the page table are: "
			    "%s).",
			    i, in_table);
	ok("pg_unpin",
	   ask(s, "unpin %zu %zu", first * PG_SIZE + from, to - first * PG_SIZE - from));
	expect_int(locked_kb(s), 0, "kB still locked after pg_unpin (VmLck).");
	for (i = 0; i < pages; i++)
		expect_int(memory_of(s, a)[i * PG_SIZE], i % 3 == 2 ? 'w' : 0,
			   "first byte of page %zu after pg_pin and pg_unpin.", i);

	ok("pg_pin", ask(s, "pin"));
	expect_int(locked_kb(s), (long long)(pages * KB_PER_PAGE),
		   "kB locked after all of the region was pinned.");
	ok("unmap", ask(s, "unmap"));
	expect_int(locked_kb(s), 0, "kB locked after the memory was unmapped, which unlocks it.");
	session_end(s);
}
END_TEST

static void expect_refusal(struct subject *s, const char *line, const char *error, const char *why)
{
	long kb;

	refused(line, error, "pg_pin", why);
	kb = locked_kb(s);
	if (kb > 2 * KB_PER_PAGE)
		judge_fail("8 kB, as before", judge_fmt("%ld kB", kb),
			   "pg_pin failed, but left a part of the range locked: mlock locks what "
			   "lies before the page that it fails at.");
	expect_int(kb, 2 * KB_PER_PAGE,
		   "kB that other memory of the process has locked: it is not yours to unlock.");
}

START_TEST(refused_pin_locks_nothing)
{
	size_t pages = 9 + judge_below(4);
	struct subject *s = session(false);

	judge_note("two pages of another region were locked all the time: 8 kB");
	map(s, "anon", "2");
	ok("lock", ask(s, "lock"));
	map(s, "anon", judge_fmt("%zu", pages));
	ok("pg_pin", ask(s, "pin"));
	expect_int(locked_kb(s), (long long)((2 + pages) * KB_PER_PAGE),
		   "kB locked after a pin that is allowed.");
	ok("unmap", ask(s, "unmap"));

	map(s, "anon", "17"); /* of 64 KiB, which is the limit */
	expect_refusal(s, ask(s, "pin"), "ENOMEM", "the limit is 64 KiB, 16 pages");
	map(s, "anon", judge_fmt("%zu", pages));
	ok("hole", ask(s, "hole %u", 4 + judge_below((uint32_t)pages - 5)));
	expect_refusal(s, ask(s, "pin"), "ENOMEM", "a page of the range is not mapped");
	refused(ask(s, "unpin"), "ENOMEM", "pg_unpin", "a page of the range is not mapped");
	map(s, "anon", judge_fmt("%zu", pages));
	ok("deny", ask(s, "deny %u", 4 + judge_below((uint32_t)pages - 5)));
	expect_refusal(s, ask(s, "pin"), "ENOMEM", "a page of the range has PROT_NONE");
	ok("limit", ask(s, "limit 0"));
	map(s, "anon", "1");
	expect_refusal(s, ask(s, "pin"), "EPERM", "RLIMIT_MEMLOCK is 0");
	session_end(s);
}
END_TEST

/* --------------------------------------------------------------------- drop */

static unsigned char *filled(struct subject *s, struct area a)
{
	unsigned seed = 1 + judge_below(250);
	unsigned char *bytes = malloc(a.pages * PG_SIZE);
	size_t i;

	if (!bytes)
		judge_broken("out of memory");
	ok("fill", ask(s, "fill %u", seed));
	for (i = 0; i < a.pages * PG_SIZE; i++)
		bytes[i] = region_byte(i, seed);
	return bytes;
}

static void expect_dropped(struct subject *s, const struct kind *k, bool keeps, const char *comes)
{
	struct file first, now;
	struct area a = map_kind(s, k, "data", &first);
	unsigned char *data = filled(s, a);
	const struct vma *v;
	const char *in_table;

	ok("pg_drop", ask(s, "drop"));
	in_table = present(s, a);
	if (count_of(in_table, 'x'))
		judge_fail("no page in the page table",
			   judge_fmt("%zu of %zu: %s", count_of(in_table, 'x'), a.pages, in_table),
			   "pg_drop left pages of %s in the page table: memory that was cleared, "
			   "or is only marked as free, is not given back.",
			   k->text);
	v = maps_at(subject_pid(s), a.base);
	if (!v || v->end < a.base + a.pages * PG_SIZE || !v->w ||
	    v->shared != (k == &shared || k == &mapped))
		judge_fail("the mapping as it was", v ? "another one" : "none",
			   "pg_drop has to keep the mapping.");
	expect_mem(memory_of(s, a), first.len, keeps ? data : first.data, first.len,
		   "after pg_drop, %s holds %s.", k->text, comes);
	if (!k->file)
		return;
	now = file_read("data");
	expect_mem(now.data, now.len, keeps ? data : first.data, first.len,
		   "the file itself after pg_drop of %s.", k->text);
}

START_TEST(dropped_memory_comes_back_by_its_kind)
{
	struct subject *s = session(false);

	expect_dropped(s, &anon, false, "zeros");
	expect_dropped(s, &private, false, "what the file holds, and the changes are lost");
	expect_dropped(s, &mapped, true,
		       "what was stored: the file's pages were never yours alone");
	expect_dropped(s, &shared, true, "what was stored: others may share it");
	session_end(s);
}
END_TEST

static void drop_nothing(struct subject *s, size_t start, size_t len)
{
	const char *line = ask(s, "drop %zu %zu", start, len);

	/* Rounded inwards, such a range may end before it begins. */
	if (!strcmp(line, "error EINVAL"))
		judge_fail("ok", line,
			   "pg_drop failed with EINVAL: there is no whole page in this range, so "
			   "nothing to do; madvise takes only an address that is a multiple of the "
			   "page size, and no length below 0.");
	ok("pg_drop", line);
}

START_TEST(drop_touches_whole_pages_only)
{
	size_t pages = 8 + judge_below(6), from = 1 + judge_below(PG_SIZE - 2);
	size_t to = 1 + judge_below(PG_SIZE - 2), len;
	struct subject *s = session(false);
	struct area a = map(s, "anon", judge_fmt("%zu", pages));
	unsigned char *want = filled(s, a);

	drop_nothing(s, 4 * PG_SIZE + from, PG_SIZE - from + to);
	expect_mem(memory_of(s, a), pages * PG_SIZE, want, pages * PG_SIZE,
		   "pg_drop of a range without a whole page must change nothing.");
	drop_nothing(s, 4 * PG_SIZE + from, 1);
	drop_nothing(s, (size_t)5 * PG_SIZE, PG_SIZE - 1);
	expect_mem(memory_of(s, a), pages * PG_SIZE, want, pages * PG_SIZE,
		   "pg_drop of a range without a whole page must change nothing.");

	len = (pages - 3) * PG_SIZE - from + to;
	ok("pg_drop", ask(s, "drop %zu %zu", PG_SIZE + from, len));
	memset(want + 2 * PG_SIZE, 0, (pages - 4) * PG_SIZE);
	expect_mem(memory_of(s, a), pages * PG_SIZE, want, pages * PG_SIZE,
		   "pg_drop must drop the whole pages of the range, %zu to %zu, and keep all bytes "
		   "outside.",
		   (size_t)2, pages - 3);

	want = filled(s, a);
	ok("lock", ask(s, "lock"));
	refused(ask(s, "drop"), "EINVAL", "pg_drop", "the memory is locked, and has to stay");
	expect_mem(memory_of(s, a), pages * PG_SIZE, want, pages * PG_SIZE,
		   "locked memory lost its content although pg_drop was refused.");
	expect_int(locked_kb(s), (long long)(pages * KB_PER_PAGE),
		   "kB locked after pg_drop was refused.");
	session_end(s);
}
END_TEST

/* ---------------------------------------------------------------------- rss */

/* How many pages of the area the program has mapped; the page of zeros is nobody's. */
static long mapped_pages(struct subject *s, struct area a)
{
	uint64_t *entries = entries_of(s, a);
	long n = 0;
	size_t i;

	for (i = 0; i < a.pages; i++)
		n += entries[i] & PM_PRESENT &&
		     !(page_flags(entries[i] & PM_PFN_MASK) >> KPF_ZERO_PAGE & 1);
	free(entries);
	return n;
}

static void expect_rss(struct subject *s, struct area a, const char *what)
{
	long want = mapped_pages(s, a), got = -1;
	const char *line = ok("pg_rss", ask(s, "rss")), *mistake;

	sscanf(line, "rss %ld", &got);
	if (got == want * KB_PER_PAGE)
		mistake = "smaps speaks of kB, not of pages";
	else if (got == (long)count_of(present(s, a), 'x'))
		mistake = "the kernel's one page of zeros, which a page that was only read has, "
			  "does not count";
	else if (got > want)
		mistake = "other mappings do not count, nor do pages that are only in the page "
			  "cache";
	else
		mistake = "each mapping of the range counts, and in full a page that others have "
			  "mapped, too";
	expect_int(got, want, "pg_rss miscounts the pages of %s that are in the page table: %s.",
		   what, mistake);
}

START_TEST(rss_is_of_this_range_alone)
{
	size_t pages = 12 + judge_below(20), big = 100 + judge_below(60);
	struct subject *s = session(false);
	struct area a = map(s, "anon", judge_fmt("%zu", pages)), file;
	struct file f = random_file(big * PG_SIZE);
	unsigned char *ours;
	unsigned sum = 0;
	char *some, *few;
	size_t i;
	int fd;

	some = random_pattern(pages, "rw..");
	some[1] = 'r'; /* the page of zeros */
	some[0] = some[pages - 1] = 'w'; /* on both sides of the hole that comes */
	ok("touch", ask(s, "touch %s", some));
	file_write("data", f.data, f.len);
	file = map(s, "file", "data");
	few = judge_random_word(big);
	memset(few, '.', big);
	few[judge_below((uint32_t)big)] = few[0] = 'r';
	ok("touch", ask(s, "touch %s", few));
	map(s, "anon", "50"); /* a neighbour that nobody asks about */
	ok("touch", ask(s, "touch w"));

	fd = (int)SAFE(open("data", O_RDONLY | O_CLOEXEC));
	ours = mmap(NULL, f.len, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0);
	if (ours == MAP_FAILED)
		judge_broken("mmap: %s", judge_errno_name(errno));
	for (i = 0; i < big; i++)
		sum += ours[i * PG_SIZE];
	judge_note("the judge has the file data in its own memory, too (first bytes add up to %u)",
		   sum);

	ok("use", ask(s, "use 0"));
	expect_rss(s, a, "private memory");
	ok("use", ask(s, "use 1"));
	expect_rss(s, file, "a mapping of a file");
	ok("use", ask(s, "use 0"));
	ok("hole", ask(s, "hole %u", 3 + judge_below(6)));
	expect_rss(s, a, "two mappings with a gap between them");
	SAFE(prlimit(subject_pid(s), RLIMIT_NOFILE, &(struct rlimit){ 3, 3 }, NULL));
	judge_note("the program may have no descriptor but its first three any longer");
	refused(ask(s, "rss"), "EMFILE", "pg_rss", "it cannot open what it has to read");
	session_end(s);
}
END_TEST

/* ---------------------------------------------------------------- cold, warm */

/* Read the region once, measured by the program and by the kernel. */
static struct pg_faults expect_measured(struct subject *s)
{
	struct pg_faults before, after, all;
	struct measured m;

	process_faults(subject_pid(s), &before.minor, &before.major);
	m = measured(ask(s, "measure region r"));
	process_faults(subject_pid(s), &after.minor, &after.major);
	all = (struct pg_faults){ after.minor - before.minor, after.major - before.major };
	/* What finish does costs 100 minor faults more. */
	all.minor -= 100;
	if (m.faults.major != all.major || m.faults.minor > all.minor ||
	    m.faults.minor < all.minor - SLACK)
		judge_fail(faults_text(all), faults_text(m.faults),
			   "pg_measure did not count what the kernel counted for the loop.");
	return m.faults;
}

struct cache {
	const char *path;
	size_t first, pages;
};

static bool all_cached(void *arg)
{
	const struct cache *c = arg;

	return cached_pages_from(c->path, c->first) >= c->pages;
}

static void evict(struct subject *s, const char *path, const char *state)
{
	size_t left;

	ok("pg_evict", ask(s, "evict %s", path));
	left = cached_pages(path);
	if (left)
		judge_fail("no page in the page cache", judge_fmt("%zu", left),
			   "pg_evict left pages of a file that %s in the page cache; a page that "
			   "the disk does not have yet cannot be dropped.",
			   state);
}

/* Only the end of the file is asked for; that more comes is the kernel's choice. */
static void expect_end_fetched(struct subject *s, const char *path, size_t pages)
{
	size_t n = 5 + judge_below(20);
	struct cache end = { path, pages - n, n };

	evict(s, path, "was read");
	judge_note("the file has %zu pages", pages);
	ok("pg_fetch", ask(s, "fetch %s %zu %zu", path, end.first * PG_SIZE, n * PG_SIZE));
	if (!judge_poll(all_cached, &end, PATIENCE_MS))
		judge_fail(
			judge_fmt("%zu pages in the page cache, from page %zu", n, end.first),
			judge_fmt("%zu", cached_pages_from(path, end.first)),
			"pg_fetch did not bring the end of the file into memory: the offset says "
			"where to begin.");
}

#define LARGE_PAGES 800 /* one call begins to read 320 of them on this disk */

static void expect_large_fetched(struct subject *s, const char *path)
{
	struct file f = random_file(LARGE_PAGES * PG_SIZE);
	struct cache all = { path, 0, LARGE_PAGES };

	file_write(path, f.data, f.len);
	evict(s, path, "was just written");
	ok("pg_fetch", ask(s, "fetch %s 0 %zu", path, f.len));
	if (!judge_poll(all_cached, &all, PATIENCE_MS))
		judge_fail(judge_fmt("%u pages in the page cache", LARGE_PAGES),
			   judge_fmt("%zu", cached_pages(path)),
			   "pg_fetch brought a part of a large file only: one call of "
			   "posix_fadvise, madvise or readahead begins to read only so much. Ask "
			   "for it piece by piece.");
}

/* posix_fadvise(2) returns the errno and sets none; readahead(2) does as others do. */
static void expect_fetch_refused(struct subject *s)
{
	const char *line;
	int fd;

	SAFE(mkfifo("pipe", 0666));
	SAFE(chmod("pipe", 0666));
	fd = (int)SAFE(open("pipe", O_RDWR | O_CLOEXEC)); /* so that the program's open ends */
	line = ask(s, "fetch pipe 0 4096");
	close(fd);
	expect_errno(line, "ESPIPE", "pg_fetch was given a pipe, which has nothing to fetch");
}

static bool syncs(const struct call *c)
{
	return c->nr == SYS_fdatasync || c->nr == SYS_fsync || c->nr == SYS_syncfs ||
	       c->nr == SYS_sync_file_range || c->nr == SYS_msync;
}

static bool drops(const struct call *c)
{
	return c->nr == SYS_fadvise64 && c->args[3] == POSIX_FADV_DONTNEED;
}

/* How many pages of a file does the disk not have yet? */
static size_t unwritten_pages(const char *path)
{
	size_t pages = pages_in((size_t)file_size(path)), i, n = 0;
	int fd = (int)SAFE(open(path, O_RDONLY | O_CLOEXEC));
	volatile const unsigned char *p = mmap(NULL, pages * PG_SIZE, PROT_READ, MAP_SHARED, fd, 0);

	if (p == MAP_FAILED)
		judge_broken("map %s: %s", path, judge_errno_name(errno));
	for (i = 0; i < pages; i++) {
		(void)p[i * PG_SIZE];
		n += (page_flags(page_pfn(getpid(), (uint64_t)(p + i * PG_SIZE))) &
		      (1 << KPF_DIRTY | 1 << KPF_WRITEBACK)) != 0;
	}
	munmap((void *)p, pages * PG_SIZE);
	close(fd);
	return n;
}

/*
 * The advice starts to write what is dirty, and drops it if the disk is quick enough;
 * this one is memory. So look at the moment before the last advice.
 */
static void expect_written_before(const char *path)
{
	struct subject *s = subject_start(&(struct subject_spec){
		.argv = SUBJECT_ARGV("paging", "evict", path),
		.in = "",
		.trace = true,
		.hold = drops,
	});
	size_t left = 0;
	bool done;

	judge_input("paging evict %s, which was just written", path);
	while (subject_held(s, &done)) {
		if (!done)
			left = unwritten_pages(path);
		subject_go(s, 0);
	}
	expect_success(s, "pg_evict");
	if (left)
		judge_fail("no page that the disk does not have", judge_fmt("%zu", left),
			   "pg_evict gives its advice while pages are dirty or on their way to "
			   "the disk: the kernel cannot drop these.");
}

START_TEST(cold_file_costs_major_faults)
{
	size_t pages = 100 + judge_below(80);
	struct file f, now;
	const char *path = disk_file(&f, pages * PG_SIZE);
	struct cache all = { path, 0, pages };
	struct subject *s = session(false);
	struct pg_faults got;

	evict(s, path, "is on the disk");
	map(s, "file", path);
	got = expect_measured(s);
	if (!got.major)
		judge_fail("at least one major fault", faults_text(got),
			   "the file was not in memory: its pages come by major faults.");
	ok("unmap", ask(s, "unmap"));

	f = random_file(f.len);
	file_write(path, f.data, f.len); /* not synced: the pages are dirty */
	evict(s, path, "was just written");
	now = file_read(path);
	expect_mem(now.data, now.len, f.data, f.len, "the file, read again after pg_evict");

	evict(s, path, "was read");
	ok("pg_fetch", ask(s, "fetch %s 0 %zu", path, pages * PG_SIZE));
	if (!judge_poll(all_cached, &all, PATIENCE_MS))
		judge_fail(judge_fmt("%zu pages in the page cache", pages),
			   judge_fmt("%zu", cached_pages(path)),
			   "pg_fetch did not bring the file into memory (POSIX_FADV_WILLNEED).");
	map(s, "file", path);
	got = expect_measured(s);
	if (got.major || got.minor < (long)(pages / FAULT_AROUND))
		judge_fail("minor faults only", faults_text(got),
			   "after pg_fetch all of the file was in memory.");
	ok("unmap", ask(s, "unmap"));
	expect_end_fetched(s, path, pages);
	expect_large_fetched(s, path);
	expect_fetch_refused(s);
	session_end(s);
	file_write(path, f.data, f.len);
	expect_written_before(path);
	expect_failures_told((struct subject_spec){ .argv = SUBJECT_ARGV("paging", "evict", path),
						    .in = "" },
			     syncs, EIO, "evict, whose writing to the disk");
}
END_TEST

/* --------------------------------------------------------------------- race */

static const char *parse_way(const char *text, const char *name, struct pg_way *w)
{
	const char *at = strstr(text, judge_fmt("%s sum ", name));
	unsigned long long sum, copied, ns;

	if (!at ||
	    sscanf(at + strlen(name), " sum %llu copied %llu calls %ld minor %ld major %ld ns %llu",
		   &sum, &copied, &w->calls, &w->faults.minor, &w->faults.major, &ns) != 6)
		judge_fail("ok read ... | map ...", text, "the tool's line is damaged.");
	w->sum = sum;
	w->copied = copied;
	w->ns = ns;
	return at;
}

static void expect_unmapped(const struct subject *s, const char *path)
{
	if (maps_find(subject_pid(s), path))
		judge_fail("no mapping of the file", "one", "pg_race leaves the file mapped.");
}

static struct pg_race parse_race(const char *line)
{
	struct pg_race r;

	line = ok("pg_race", line);
	parse_way(line, "read", &r.read);
	parse_way(line, "map", &r.map);
	return r;
}

static void expect_sums(const struct pg_race *r, const struct file *f)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < f->len; i++)
		sum += f->data[i];
	expect_int((long long)r->read.sum, (long long)sum, "sum of the bytes, by read(2).");
	expect_int((long long)r->map.sum, (long long)sum, "sum of the bytes, by the mapping.");
}

/* Calls of mmap on the file, and of madvise and munmap within what it gave. */
static long calls_mapping(const struct subject *s, const char *path)
{
	size_t n, i, k;
	const struct call *c = subject_calls(s, &n);
	long count = 0;

	for (i = 0; i < n; i++) {
		if (c[i].nr == SYS_mmap && c[i].ret >= 0 && c[i].path && !strcmp(c[i].path, path))
			count++;
		if (c[i].nr != SYS_munmap && c[i].nr != SYS_madvise)
			continue;
		for (k = i; k-- > 0;)
			if (c[k].nr == SYS_mmap && c[k].ret >= 0 && c[k].path &&
			    !strcmp(c[k].path, path) && c[i].args[0] >= (uint64_t)c[k].ret &&
			    c[i].args[0] < (uint64_t)c[k].ret + c[k].args[1])
				break;
		count += k < i;
	}
	return count;
}

static uint64_t bytes_read(const struct subject *s, const char *path)
{
	size_t n, i;
	const struct call *c = subject_calls(s, &n);
	uint64_t bytes = 0;

	for (i = 0; i < n; i++)
		if ((c[i].nr == SYS_read || c[i].nr == SYS_pread64 || c[i].nr == SYS_readv ||
		     c[i].nr == SYS_preadv) &&
		    c[i].ret > 0 && c[i].path && !strcmp(c[i].path, path))
			bytes += (uint64_t)c[i].ret;
	return bytes;
}

/* Its last page is never full, so that no buffer is at the last read. */
static const char *race_file(struct file *f, size_t pages)
{
	return disk_file(f, pages * PG_SIZE - 1 - judge_below(PG_SIZE - 1));
}

static bool opens_data(const struct call *c)
{
	return (c->nr == SYS_openat || c->nr == SYS_open) && c->path && strstr(c->path, "data");
}

static bool reads_data(const struct call *c)
{
	return c->nr == SYS_read && c->path && strstr(c->path, "data");
}

static bool maps_data(const struct call *c)
{
	return c->nr == SYS_mmap && c->path && strstr(c->path, "data");
}

static void race_failures(const char *path)
{
	struct subject_spec cold = { .argv = SUBJECT_ARGV("paging", "race", path, "cold"),
				     .in = "",
				     .deadline_ms = 8000 },
			    warm = { .argv = SUBJECT_ARGV("paging", "race", path, "warm"),
				     .in = "",
				     .deadline_ms = 8000 };

	expect_failures_told(cold, opens_data, EIO, "race, an open of whose file");
	expect_failures_told(warm, opens_data, EIO, "race, an open of whose file");
	/* In a cold race nothing but the two ways reads the file, or maps it. */
	expect_failure_told(cold, reads_data, 2, EIO, "race, a read of whose file");
	expect_failure_told(cold, maps_data, 1, ENOMEM, "race, the mapping of whose file");
	/* What could not be evicted is not cold. */
	expect_failures_told(cold, syncs, EIO, "race, whose pg_evict");
	expect_failure_leaves_nothing(cold, reads_data, 2, EIO, path, "pg_race");
	expect_failure_leaves_nothing(cold, maps_data, 1, ENOMEM, path, "pg_race");
}

START_TEST(race_counts_are_true)
{
	struct file f;
	const char *path = race_file(&f, 250 + judge_below(100));
	struct subject *s = session(true);
	struct pg_faults before, after, all, got;
	struct pg_race r;
	int i;

	map(s, "anon", "1"); /* the tool's first line is printed */
	file_chmod(path, 0444);
	judge_note("the file has mode 0444: it can be opened for reading only");
	process_faults(subject_pid(s), &before.minor, &before.major);
	r = parse_race(ask(s, "race %s cold", path));
	process_faults(subject_pid(s), &after.minor, &after.major);
	expect_sums(&r, &f);
	expect_int((long long)bytes_read(s, path), (long long)f.len,
		   "bytes that read(2) copied in a cold race: each byte of the file once.");
	expect_int((long long)r.read.copied, (long long)f.len, "bytes copied by read(2).");
	expect_int((long long)r.map.copied, 0,
		   "bytes that system calls copied on the way of the mapping.");
	expect_int(r.read.calls, (long long)calls_reading(s, path), "calls of read(2).");
	expect_int(r.map.calls, calls_mapping(s, path), "calls of mmap, madvise and munmap.");

	all = (struct pg_faults){ after.minor - before.minor, after.major - before.major };
	got = (struct pg_faults){ r.read.faults.minor + r.map.faults.minor,
				  r.read.faults.major + r.map.faults.major };
	if (got.major != all.major || got.minor > all.minor || got.minor < all.minor - 2 * SLACK)
		judge_fail(faults_text(all), faults_text(got),
			   "the faults of both ways together are not those that the kernel "
			   "counted.");
	if (r.map.faults.minor + r.map.faults.major < (long)(pages_in(f.len) / FAULT_AROUND))
		judge_fail(judge_fmt("at least %zu", pages_in(f.len) / FAULT_AROUND),
			   faults_text(r.map.faults),
			   "the way of the mapping cannot have taken so few faults: one brings at "
			   "most 16 pages.");
	expect_unmapped(s, path);
	expect_int(r.read.faults.major, 0,
		   "major faults on the way of read(2), which waits for the disk, too, but in a "
		   "system call.");
	for (i = 0; i < 2; i++)
		refused(ask(s, "race missing %s", i ? "warm" : "cold"), "ENOENT", "pg_race",
			"there is no such file");
	session_end(s);
	race_failures(path);
}
END_TEST

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static bool is_past(void *arg)
{
	return now_ns() >= *(const int64_t *)arg;
}

/* Only the clock of the day can be set. */
static void set_back_clock(int seconds)
{
	struct timespec t;

	SAFE(clock_gettime(CLOCK_REALTIME, &t));
	t.tv_sec -= seconds;
	SAFE(clock_settime(CLOCK_REALTIME, &t));
}

/*
 * A race in which each way is held at its first bytes until the judge lets it
 * go on, for longer than all that was before. So the times of both have bounds
 * that do not depend on how fast the machine is.
 */
static struct pg_race held_race(struct subject *s, const char *path)
{
	int64_t start = now_ns(), held[2] = { 0 }, until, seen;
	const char *line;
	struct pg_race r;
	int stops = 0;

	say(s, judge_fmt("race %s warm hold", path));
	while (!strncmp(line = answer(s), "stop ", 5)) {
		seen = now_ns();
		if (!stops && cached_pages(path) < pages_in((size_t)file_size(path)))
			judge_fail("a file that is all in memory", "one that is not",
				   "the first way of the warm race began before all of the file "
				   "was in the page cache.");
		until = seen + 2 * (seen - start);
		if (++stops > 2)
			judge_fail("two ways, one after the other", "more",
				   "pg_race gave bytes from both places to pg_add by turns.");
		judge_poll(is_past, &until, PATIENCE_MS);
		held[!strcmp(line, "stop map")] = now_ns() - seen;
		set_back_clock(3600);
		subject_send(s, "\n");
	}
	set_back_clock(-3600 * stops);
	r = parse_race(line);
	judge_note("while both ways were held, somebody set the clock of the day back by an hour");
	judge_note("the judge held the way of read for %lld ns, that of the mapping for %lld ns",
		   (long long)held[0], (long long)held[1]);
	expect_true(held[0] && held[1],
		    "pg_race did not give bytes from the buffer and from a mapping to pg_add.");
	if ((int64_t)r.read.ns < held[0] || (int64_t)r.map.ns < held[1] ||
	    (int64_t)(r.read.ns + r.map.ns) > now_ns() - start)
		judge_fail(judge_fmt("at least %lld and %lld, together at most %lld",
				     (long long)held[0], (long long)held[1],
				     (long long)(now_ns() - start)),
			   judge_fmt("read %lld, map %lld", (long long)r.read.ns,
				     (long long)r.map.ns),
			   "the times are not the nanoseconds that passed on each way (the "
			   "processor's time does not run while a program waits, and tv_nsec alone "
			   "begins anew at each second; the clock of the day can be set).");
	return r;
}

#define OPEN_MS 100 /* more than all else takes on a way of a warm file */

/* Each open of the file is made to last: those of the ways are on their account. */
static void expect_open_in_time(const char *path)
{
	char *in = judge_fmt("race %s warm\n", path);
	struct subject *s = subject_start(&(struct subject_spec){
		.argv = SUBJECT_ARGV("paging", "session"),
		.in = in,
		.in_len = strlen(in),
		.trace = true,
		.hold = opens_data,
		.deadline_ms = 8000,
	});
	int64_t lasts = (int64_t)judge_deadline_ms(OPEN_MS) * 1000000, until;
	struct pg_race r;
	bool done;

	judge_input("paging race %s warm", path);
	while (subject_held(s, &done)) {
		until = now_ns() + lasts;
		if (!done)
			judge_poll(is_past, &until, PATIENCE_MS);
		subject_go(s, 0);
	}
	expect_success(s, "pg_race");
	r = parse_race(subject_out(s, NULL));
	judge_note("the judge let each open of the file last %lld ns", (long long)lasts);
	if ((int64_t)r.read.ns < lasts || (int64_t)r.map.ns < lasts)
		judge_fail(judge_fmt("at least %lld on each way", (long long)lasts),
			   judge_fmt("read %lld, map %lld", (long long)r.read.ns,
				     (long long)r.map.ns),
			   "a way begins before its file is opened: read the clock first.");
}

START_TEST(race_is_fair)
{
	struct file f;
	const char *path = race_file(&f, 120 + judge_below(80));
	struct subject *s = session(false);
	struct pg_faults before, after;
	struct pg_race r;
	long bytes;

	bytes = process_number(subject_pid(s), "io", "read_bytes");
	r = parse_race(ask(s, "race %s cold", path));
	bytes = process_number(subject_pid(s), "io", "read_bytes") - bytes;
	expect_sums(&r, &f);
	if (bytes < (long)(2 * f.len))
		judge_fail(judge_fmt("%zu bytes from the disk, the file twice", 2 * f.len),
			   judge_fmt("%ld", bytes),
			   "a way of the cold race found the file in memory: each must begin with "
			   "a file that was evicted.");

	/* What is mapped does not leave the memory. */
	expect_unmapped(s, path);
	make_cold(path);
	process_faults(subject_pid(s), &before.minor, &before.major);
	r = held_race(s, path);
	process_faults(subject_pid(s), &after.minor, &after.major);
	expect_sums(&r, &f);
	if (r.read.faults.major || r.map.faults.major)
		judge_fail("minor faults only",
			   faults_text(r.read.faults.major ? r.read.faults : r.map.faults), "%s",
			   after.major > before.major ?
				   "a way of the warm race had to wait for the disk: all of the "
				   "file must be in memory before each way." :
				   "the warm race says that it had major faults, and the kernel "
				   "counted none in it.");
	session_end(s);
	expect_open_in_time(path);
}
END_TEST

const struct judge_suite judge_suite = {
	.lab = "10-paging",
	.guesses = guesses,
	.tests = {
		JUDGE_TEST(resident_marks_each_page),
		JUDGE_TEST(faults_of_the_loop_only),
		JUDGE_TEST(populated_file_needs_no_fault),
		JUDGE_TEST(ready_memory_needs_no_fault),
		JUDGE_TEST(pinned_memory_stays_resident),
		JUDGE_TEST(refused_pin_locks_nothing),
		JUDGE_TEST(dropped_memory_comes_back_by_its_kind),
		JUDGE_TEST(drop_touches_whole_pages_only),
		JUDGE_TEST(rss_is_of_this_range_alone),
		JUDGE_TEST(cold_file_costs_major_faults),
		JUDGE_TEST(race_counts_are_true),
		JUDGE_TEST(race_is_fair),
		JUDGE_END,
	},
};
