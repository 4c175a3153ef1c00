// SPDX-License-Identifier: GPL-2.0-only
/*
 * check_replace.c - the judge's suite for 03-replace.
 *
 * Each test makes its files itself and computes what must become of them with
 * a search of its own. Files are compared whole, read with read(2). Any way of
 * searching and moving bytes is right, with or without a copy on the heap, as
 * long as the file's bytes come and go through mappings.
 *
 * The tool places its patterns at the end of a page with forbidden pages
 * around it, and takes the page behind a mapping before `resize`: see main.c.
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "judge.h"

#define PAGE 4096
#define MIB (1UL << 20)
#define Z(x) judge_fmt("%zu", (size_t)(x))
#define TEXT(s) ((struct file){ (unsigned char *)(s), sizeof(s) - 1 })

/* ------------------------------------------------- files, patterns, models */

static struct file room_for(size_t len)
{
	struct file f = { calloc(1, len + 1), len };

	if (!f.data)
		judge_broken("out of memory");
	return f;
}

static struct file random_from(const struct file *alphabet, size_t len)
{
	struct file f = room_for(len);
	size_t i;

	for (i = 0; i < len; i++)
		f.data[i] = alphabet->data[judge_below((uint32_t)alphabet->len)];
	return f;
}

/* As the tool takes a text on its command line. */
static const char *arg(const struct file *text)
{
	char *s = (char *)room_for(4 * text->len).data, *p = s;
	size_t i;

	for (i = 0; i < text->len; i++) {
		unsigned char c = text->data[i];

		if (c == 0)
			p += sprintf(p, "\\0");
		else if (c == '\\' || c < ' ' || c > '~')
			p += sprintf(p, "\\x%02x", c);
		else
			*p++ = (char)c;
	}
	return s;
}

/* A short text in a message, a long one cut. */
static const char *show(const struct file *text)
{
	struct file head = { text->data, text->len < 40 ? text->len : 40 };

	return judge_fmt("'%s'%s", arg(&head), head.len < text->len ? "..." : "");
}

static bool match_at(const struct file *f, size_t i, const struct file *from)
{
	return f->data[i] == from->data[0] && from->len <= f->len - i &&
	       !memcmp(f->data + i, from->data, from->len);
}

/* What replace.h asks of rep_count(). */
static size_t matches(const struct file *f, const struct file *from)
{
	size_t i, n = 0;

	for (i = 0; i < f->len;)
		if (match_at(f, i, from)) {
			n++;
			i += from->len;
		} else {
			i++;
		}
	return n;
}

/* What it asks of rep_change(); @n is the number of matches. */
static struct file model(const struct file *f, const struct file *from, const struct file *to,
			 size_t *n)
{
	struct file out;
	size_t i;

	*n = matches(f, from);
	out = room_for(f->len - *n * from->len + *n * to->len);
	for (out.len = 0, i = 0; i < f->len;)
		if (match_at(f, i, from)) {
			memcpy(out.data + out.len, to->data, to->len);
			out.len += to->len;
			i += from->len;
		} else {
			out.data[out.len++] = f->data[i++];
		}
	return out;
}

static size_t matches_overlapping(const struct file *f, const struct file *from)
{
	size_t i, n = 0;

	for (i = 0; i < f->len; i++)
		n += match_at(f, i, from);
	return n;
}

/*
 * Few different bytes, 0 among them, so that beginnings of the pattern are
 * everywhere; the pattern itself is at both ends and over each page's edge.
 */
static struct file make_file(const char *path, size_t len, const struct file *from)
{
	static unsigned char bytes[] = { 'a', 'b', 0, '\n', 0xff };
	struct file f = random_from(&(struct file){ bytes, sizeof(bytes) }, len);
	size_t i;

	memcpy(f.data, from->data, from->len);
	for (i = PAGE; i + from->len < len; i += PAGE)
		memcpy(f.data + i - from->len / 2, from->data, from->len);
	memcpy(f.data + len - from->len, from->data, from->len);
	file_write(path, f.data, f.len);
	judge_note("%s now has %zu bytes, some of them 0; the text to be found begins and ends it",
		   path, len);
	return f;
}

/* Bytes that make_file() uses, a byte 0 among them, but not first of several. */
static struct file random_pattern(size_t len)
{
	static unsigned char bytes[] = { 'a', 'b', 0 };
	struct file f = random_from(&(struct file){ bytes, sizeof(bytes) }, len);

	f.data[0] = len > 1 ? 'a' : 0;
	if (len > 1)
		f.data[1 + judge_below((uint32_t)len - 1)] = 0;
	return f;
}

/* Capital letters, which make_file() never uses: a second run finds nothing. */
static struct file random_new(size_t len)
{
	struct file f = { (unsigned char *)judge_random_word(len), len };
	size_t i;

	for (i = 0; i < len; i++)
		f.data[i] -= 'a' - 'A';
	return f;
}

static void write_text(const char *path, const struct file *f)
{
	static const char *told = ""; /* the same text again needs no second note */
	const char *note = judge_fmt("%s now holds %zu bytes: %s", path, f->len, show(f));

	file_write(path, f->data, f->len);
	if (strcmp(note, told) != 0)
		judge_note("%s", note);
	told = note;
}

/* ------------------------------------------------------------ expectations */

static const struct judge_guess guesses[] = {
	{ "EACCES", "a shared mapping that is written to needs a descriptor opened O_RDWR, and a "
		    "file that may only be read opens O_RDONLY" },
	{ "EINVAL",
	  "mmap and mremap refuse a length of 0, so that an empty file needs a way of its "
	  "own; ftruncate refuses a descriptor opened for reading" },
	{ "EFAULT", "mremap was given an address where nothing is mapped, as that of an empty "
		    "file" },
	{ "ENOMEM", "without MREMAP_MAYMOVE, mremap cannot grow a mapping that has a neighbour" },
	{ NULL, NULL },
};

static void explain_crash(const struct subject *s)
{
	uint64_t at = subject_fault_addr(s);

	if (subject_signal(s) == SIGBUS)
		judge_note(
			"the file ended before the page that was touched: ftruncate moves the end "
			"of a file, a mapping alone never does");
	if (!subject_missed(s))
		return;
	if (at < 8192 * MIB || at > UINT64_MAX - 64 * MIB)
		judge_note("such an address comes from adding to NULL (an empty file's data) or to "
			   "MAP_FAILED");
	else
		judge_note("no byte behind the mapping, or behind a text, may be touched: neither "
			   "ends with a byte 0. After mremap only the new address counts");
}

static void expect_unchanged(const char *path, const struct file *before, const char *what)
{
	struct file got;

	if (file_size(path) != (off_t)before->len)
		judge_fail(judge_fmt("%zu bytes, as before", before->len),
			   judge_fmt("%lld bytes", (long long)file_size(path)),
			   "%s changed the length of %s.", what, path);
	got = file_read(path);
	expect_mem(got.data, got.len, before->data, before->len, "%s changed %s.", what, path);
}

static bool ends_with(const char *path, const char *end)
{
	size_t n = strlen(path), m = strlen(end);

	return n >= m && !strcmp(path + n - m, end);
}

/* Any successful mmap of the file with MAP_SHARED (or MAP_SHARED_VALIDATE). */
static bool mapped_shared(const struct subject *s, const char *name)
{
	size_t i, n;
	const struct call *c = subject_calls(s, &n);

	for (i = 0; i < n; i++)
		if (c[i].nr == SYS_mmap && c[i].ret >= 0 && (c[i].args[3] & MAP_SHARED) &&
		    c[i].path && ends_with(c[i].path, name))
			return true;
	return false;
}

static void expect_stored_by_mapping(const struct subject *s, const char *name, const char *what)
{
	if (calls_writing(s, name) > 0)
		judge_fail("no write(2) or the like", Z(calls_writing(s, name)),
			   "%s wrote to %s with a system call; stores to the mapping are all it "
			   "takes (the length is changed by ftruncate).",
			   what, name + 1);
	if (!mapped_shared(s, name))
		judge_fail("mmap with MAP_SHARED", "none", "%s did not map %s shared.", what,
			   name + 1);
}

static void expect_read_by_mapping(const struct subject *s, const char *name, const char *what)
{
	expect_true(find_mmap(s, name), "%s did not map %s.", what, name + 1);
	if (calls_reading(s, name) > 0)
		judge_fail("no read(2) or the like", "a read",
			   "%s mapped %s, but read from it with a system call too (fstat(2) gives "
			   "the length).",
			   what, name + 1);
}

/* Why a number of matches may be wrong: ask the models of usual mistakes. */
static const char *miscounted(size_t got, const struct file *f, const struct file *from)
{
	struct file head = { f->data, strnlen((char *)f->data, f->len) };
	struct file begin = { from->data, strnlen((char *)from->data, from->len) };
	size_t want = matches(f, from);

	if (got == matches(&head, from))
		return "the search stops at the first byte 0, as the functions for strings do";
	if (begin.len > 0 && begin.len < from->len &&
	    (got == matches(&head, &begin) || got == matches(f, &begin)))
		return "only the part before the pattern's byte 0 was looked for: its length is given";
	if (got == matches_overlapping(f, from))
		return "matches that share bytes were counted twice: go on behind a match, not at "
		       "its second byte";
	if (got + 1 == want && match_at(f, f->len - from->len, from))
		return "one is missing; the last match ends with the file's last byte: is it seen";
	return got < want ? "some matches were not seen" : "too many matches were seen";
}

static void expect_number(struct subject *s, const char *what, const struct file *f,
			  const struct file *from)
{
	size_t want = matches(f, from), got;
	const char *line;
	char *end;

	expect_success(s, what);
	line = tool_last_line(s);
	got = strtoull(line, &end, 10);
	if (end == line || *end)
		judge_fail(Z(want), line, "%s printed no number.", what);
	if (got != want)
		judge_fail(Z(want), line, "%s found a wrong number of matches of %s: %s.", what,
			   show(from), miscounted(got, f, from));
}

static void expect_count(const char *path, const struct file *f, const struct file *from)
{
	expect_number(RUN("replace", "count", path, arg(from)), "count", f, from);
}

/* A short file whole, of a long one the length. */
static const char *show_file(const struct file *f)
{
	return judge_fmt(f->len <= 40 ? "%zu bytes, %s" : "%zu bytes", f->len, show(f));
}

/* What the file looks like after change, and why it may look otherwise. */
static void expect_changed(const char *path, const struct file *before, const struct file *want,
			   const char *what)
{
	struct file got;

	if (file_size(path) < 0)
		judge_fail("a file", "no such file", "%s is missing after the command.", path);
	if (file_size(path) > (off_t)(32 * MIB))
		judge_fail(show_file(want), judge_fmt("%lld bytes", (long long)file_size(path)),
			   "%s left the file with a wrong length.", what);
	got = file_read(path);
	if (got.len == before->len && want->len == got.len &&
	    !memcmp(got.data, before->data, got.len) && memcmp(got.data, want->data, got.len) != 0)
		judge_fail("a file in which every match is replaced", "the file as before",
			   "%s printed the right number, but read(2) still gives the old content: "
			   "stores to a MAP_PRIVATE mapping change a copy, not the file (or is "
			   "nothing stored?).",
			   what);
	if (got.len != want->len)
		judge_fail(show_file(want), show_file(&got),
			   got.len == before->len ?
				   "%s left the file as long as it was: stores through a mapping "
				   "do not change that, ftruncate does." :
				   "%s left the file with a wrong length (a file has no byte more "
				   "than its content, no byte 0 at the end either).",
			   what);
	if (want->len <= 40 && memcmp(got.data, want->data, want->len) != 0)
		judge_fail(show(want), show(&got), "%s left wrong bytes in the file.", what);
	expect_mem(got.data, got.len, want->data, want->len, "%s left wrong bytes in the file.",
		   what);
}

/* One change; @f follows the file. */
static void change(struct file *f, const struct file *from, const struct file *to, bool trace)
{
	struct file want;
	struct subject *s;
	size_t n;

	want = model(f, from, to, &n);
	s = trace ? TRACE("replace", "change", "data", arg(from), arg(to)) :
		    RUN("replace", "change", "data", arg(from), arg(to));
	expect_number(s, "change", f, from);
	expect_changed("data", f, &want, "change");
	if (trace)
		expect_stored_by_mapping(s, "/data", "change");
	*f = want;
}

static void change_text(struct file text, struct file from, struct file to)
{
	write_text("data", &text);
	change(&text, &from, &to, false);
}

/* "aa" shares bytes with itself in it; as it is odd, from the right others are found. */
static struct file odd_row(void)
{
	struct file f = room_for(3 + 2 * judge_below(3));

	memset(f.data, 'a', f.len);
	return f;
}

/* ------------------------------------------------------------------- count */

START_TEST(count_finds_every_match)
{
	struct file from = random_pattern(2 + judge_below(4));
	struct file f = make_file("data", 3 * PAGE, &from), letters = TEXT("ab");
	struct subject *s;

	file_chmod("data", 0444);
	judge_note("data has mode 0444: it can be opened for reading only");
	s = TRACE("replace", "count", "data", arg(&from));
	expect_number(s, "count", &f, &from);
	expect_read_by_mapping(s, "/data", "count");
	f = make_file("odd", 2 * PAGE + 1 + judge_below(PAGE - 2), &from);
	expect_count("odd", &f, &from);

	f = random_from(&letters, PAGE);
	file_write("full", f.data, f.len);
	judge_note("full has 4096 bytes, a page to the last byte, without a byte 0");
	expect_count("full", &f, &TEXT("aab"));

	f = random_from(&letters, 9);
	write_text("short", &f);
	expect_count("short", &f, &f);
	expect_count("short", &f, &(struct file){ random_from(&letters, 20).data, 20 });

	f = odd_row();
	write_text("short", &f);
	judge_note("the first match is the leftmost, and the next is looked for behind it");
	expect_count("short", &f, &TEXT("aa"));
}
END_TEST

/* ------------------------------------------------------------------ resize */

/* What `replace resize` does, as main.c says: a letter in each last byte. */
static void resize(const char *path, struct file *f, const size_t *sizes, size_t n)
{
	char *list = "";
	struct subject *s;
	struct file next;
	size_t i;

	for (i = 0; i < n; i++)
		list = judge_fmt("%s%s%zu", list, i ? "," : "", sizes[i]);
	s = n == 1 ? TRACE("replace", "resize", path, list) : RUN("replace", "resize", path, list);
	expect_success(s, "resize");
	for (list = "", i = 0; i < n; i++) {
		next = room_for(sizes[i]);
		memcpy(next.data, f->data, f->len < next.len ? f->len : next.len);
		if (next.len)
			next.data[next.len - 1] = (unsigned char)('A' + i);
		*f = next;
		list = judge_fmt("%ssize %zu\n", list, sizes[i]);
	}
	if (!strstr(subject_out(s, NULL), list))
		judge_fail(list, subject_out(s, NULL),
			   "rep_resize left a wrong len in its struct.");
	if (file_size(path) != (off_t)f->len)
		judge_fail(judge_fmt("%zu bytes", f->len),
			   judge_fmt("%lld bytes", (long long)file_size(path)),
			   "the file has another length than rep_resize was asked for.");
	next = file_read(path);
	expect_mem(
		next.data, next.len, f->data, f->len,
		"after resize the file has wrong bytes: old ones stay, new ones are zero, and what "
		"the tool stores in the last byte of the mapping (A in the first step, B in the "
		"second) is in the file.");
}

START_TEST(resize_moves_end_of_file_and_mapping)
{
	const size_t odd = 2 * PAGE + 1 + judge_below(PAGE - 1);
	struct file f = random_new(100 + judge_below(1000));

	file_write("data", f.data, f.len);
	judge_note("data had %zu bytes before", f.len);
	resize("data", &f, (size_t[]){ odd }, 1);
	resize("data", &f, (size_t[]){ 10 * PAGE, PAGE, PAGE + 1, PAGE + 1, 7, 50 * PAGE, odd, 3 },
	       8);
	judge_note("an empty file cannot be mapped, but made longer, and the other way round");
	resize("data", &f, (size_t[]){ 0 }, 1);
	resize("data", &f, (size_t[]){ odd, 0, 5 }, 3);
}
END_TEST

static struct subject *limited(unsigned long as, unsigned long fsize, bool trace,
			       const char *const *argv)
{
	return subject_run(&(struct subject_spec){
		.argv = argv, .in = "", .trace = trace, .limit_as = as, .limit_fsize = fsize });
}

/* Whoever has the file's blocks reserved first is told that the disk has fewer. */
static void expect_too_long(struct subject *s, const char *why)
{
	const char *error;

	subject_wait(s);
	error = tool_error(s);
	expect_error(s, error && !strcmp(error, "ENOSPC") ? "ENOSPC" : "ENOMEM", why);
}

/*
 * A length that does not fit in 32 bits. The file is a hole but for its ends, and may be
 * mapped; only a growth may not. Nobody searches it: that would fill the machine's memory.
 */
static void expect_long_file_kept(void)
{
	const off_t size = (off_t)(4096 * MIB) + 5;
	struct file f = random_new(5);
	unsigned char got[5], last = 0;
	struct subject *s;
	int fd;

	file_write("long", f.data, f.len);
	SAFE(truncate("long", size));
	judge_note("long has 4 GiB and 5 bytes, which size_t holds and 32 bits do not: there, 5 "
		   "are left. It may be mapped, but the program may have 6 GiB of memory, not 7");
	s = limited(6144 * MIB, 0, true,
		    SUBJECT_ARGV("replace", "resize", "long", judge_fmt("%zu", 7168 * MIB)));
	expect_too_long(s, "a growth that cannot be mapped was reported as done");
	if (file_size("long") != size)
		judge_fail(judge_fmt("%lld bytes, as before", (long long)size),
			   judge_fmt("%lld bytes", (long long)file_size("long")),
			   "a resize of a file of more than 4 GiB that failed changed its length.");
	fd = (int)SAFE(open("long", O_RDONLY | O_CLOEXEC));
	SAFE(pread(fd, got, sizeof(got), 0));
	SAFE(pread(fd, &last, 1, size - 1));
	SAFE(close(fd));
	expect_mem(got, sizeof(got), f.data, f.len,
		   "a resize that failed changed the first bytes of a file of more than 4 GiB.");
	expect_int(last, 'A',
		   "the last byte of a file of more than 4 GiB, where the tool stored A after a "
		   "resize that failed");
}

START_TEST(failed_growth_changes_nothing)
{
	struct file f = random_new(5000 + judge_below(3000)), none = TEXT("");
	char *big = judge_fmt("%zu", 4096 * MIB + judge_below(PAGE));
	const char *why = "a growth that cannot be mapped was reported as done";
	struct subject *s;

	file_write("data", f.data, f.len);
	resize("data", &f, (size_t[]){ f.len + PAGE }, 1);

	judge_note(
		"after a resize that failed, the tool stores to the last byte of the old mapping");
	judge_note("the program may have 1 GiB of memory: a mapping of 4 GiB fails with ENOMEM");
	s = limited(0, 0, true, SUBJECT_ARGV("replace", "resize", "data", big));
	expect_too_long(s, why);
	f.data[f.len - 1] = 'A'; /* by the tool: the old mapping must still be there */
	expect_unchanged("data", &f, "a resize that failed");

	judge_note("no file may become longer than 64 KiB: ftruncate fails with EFBIG");
	s = limited(0, 16 * PAGE, true, SUBJECT_ARGV("replace", "resize", "data", "70000"));
	expect_error(s, "EFBIG", "a growth that ftruncate refused was reported as done");
	expect_unchanged("data", &f, "a resize that failed");

	file_write("empty", "", 0);
	judge_note("empty has 0 bytes, so that it is mmap that fails, and there is no old mapping; "
		   "the new length of the file is to be taken back all the same");
	s = limited(0, 0, true, SUBJECT_ARGV("replace", "resize", "empty", big));
	expect_too_long(s, why);
	expect_unchanged("empty", &none, "a resize of an empty file that failed");
	expect_long_file_kept();
}
END_TEST

/* ------------------------------------------------------------------ change */

static ino_t inode(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		judge_fail("a file", "none", "%s is missing after the command.", path);
	return st.st_ino;
}

/* From @size bytes; with @trace also where it stores, and a second run, which finds nothing. */
static void change_all(size_t size, size_t from_len, size_t to_len, bool trace)
{
	struct file from = random_pattern(from_len), to = random_new(to_len);
	struct file f = make_file("data", size, &from);
	ino_t before = inode("data");

	change(&f, &from, &to, trace);
	if (inode("data") != before)
		judge_fail(
			"the same inode", "another",
			"change put a new file in the place of data, so that whoever has data open "
			"or mapped sees nothing of it.");
	if (!trace)
		return;
	judge_note("the second run must find nothing and leave all as it is");
	change(&f, &from, &to, false);
}

START_TEST(same_length_is_changed_in_place)
{
	size_t len = 2 + judge_below(6);

	change_all(3 * PAGE, len, len, true);
	change_all(PAGE + 1 + judge_below(PAGE), 1, 1, false);
	change_text(TEXT("one two one"), TEXT("one"), TEXT("1\0003"));
}
END_TEST

START_TEST(shorter_text_cuts_file)
{
	size_t len = 3 + judge_below(6);

	change_text(TEXT("a test, and a test of the test"), TEXT("test"), TEXT("map"));
	change_all(4 * PAGE, len, len - 1 - judge_below((uint32_t)len - 1), true);
	change_all(2 * PAGE + judge_below(PAGE), len, 0, false);
	change_text(TEXT("abcabc"), TEXT("abc"), TEXT(""));
	change_text(TEXT("abc"), TEXT("abc"), TEXT("x"));
	judge_note("a text longer than the file is not in it: there the file's length less the "
		   "text's is not below 0, but, as lengths are unsigned, a huge number");
	change_text(TEXT("ab"), TEXT("testtest"), TEXT("x"));
	change_text(TEXT("test"), TEXT("testtest"), TEXT("x"));
}
END_TEST

static void expect_refused_growth(void)
{
	struct file f = room_for(10000), to = random_new(8000);
	const char *why = "a file that cannot become so long was reported as changed";
	struct subject *s;

	memset(f.data, 'x', f.len);
	file_write("data", f.data, f.len);
	judge_note("data is now 10000 times 'x', and no file may become longer than 16 KiB");
	s = limited(0, 4 * PAGE, false, SUBJECT_ARGV("replace", "change", "data", "x", "yy"));
	expect_error(s, "EFBIG", why);
	expect_unchanged("data", &f, "a change that failed");
	judge_note("now the program may have 32 MiB of memory, and its file would need 80 MB");
	s = limited(32 * MIB, 0, false, SUBJECT_ARGV("replace", "change", "data", "x", arg(&to)));
	judge_input("replace change data x TEXT, where TEXT has 8000 bytes");
	expect_too_long(s, why);
	expect_unchanged("data", &f, "a change that failed");
}

START_TEST(longer_text_grows_file)
{
	size_t len = 2 + judge_below(6);

	change_text(TEXT("a map, and a map"), TEXT("map"), TEXT("test"));
	change_text(TEXT("a map, and a map"), TEXT("map"), TEXT("m\0a\0p"));
	change_all(PAGE, len, len + 1 + judge_below(20), true);
	change_all(2 * PAGE, 1, 40 + judge_below(40), false);
	expect_refused_growth();
}
END_TEST

START_TEST(matches_do_not_overlap)
{
	struct file a = odd_row(), from = TEXT("aa");

	judge_note("the first match is the leftmost, and the next is looked for behind it");
	change_text(a, from, TEXT("-"));
	change_text(a, from, TEXT("(**)"));
	change_text(TEXT("abababa aba ababa"), TEXT("aba"), TEXT("<*>"));
}
END_TEST

#define LARGE (128 * 1024)

/*
 * Shorter. All matches stand in front, so that a program which moves the rest of the file up
 * at each of them moves 240 GB, and does not end by the usual deadline on any machine.
 */
static void expect_shortened_in_one_pass(void)
{
	struct file f = room_for(8 * LARGE), want = room_for(6 * LARGE);
	struct subject *s;

	memset(f.data, 'x', 2 * LARGE);
	memset(f.data + 2 * LARGE, 'y', 6 * LARGE);
	memset(want.data, 'y', 6 * LARGE);
	file_write("data", f.data, f.len);
	judge_note(
		"data is now 262144 times 'x' and 786432 times 'y', and 'x' is removed: in one "
		"pass each byte moves once; it takes much longer if all that stands behind moves "
		"up at each match");
	s = RUN("replace", "change", "data", "x", "");
	expect_success(s, "change");
	expect_str(tool_last_line(s), Z(2 * LARGE), "change printed a wrong number of matches.");
	expect_changed("data", &f, &want, "change");
}

START_TEST(new_text_is_not_searched_again)
{
	struct file large = room_for(LARGE), want = room_for(2 * LARGE);
	struct subject *s;

	judge_note("what was put in is not searched, neither alone nor with its neighbours");
	change_text(TEXT("banana"), TEXT("a"), TEXT("aa"));
	change_text(TEXT("aabb, aaabbb"), TEXT("ab"), TEXT(""));
	change_text(TEXT("one two one"), TEXT("one"), TEXT("one"));

	memset(large.data, 'x', LARGE);
	memset(want.data, 'y', 2 * LARGE);
	file_write("data", large.data, LARGE);
	judge_note(
		"data is now 131072 times 'x': in one pass that takes milliseconds; a file that is "
		"searched from its beginning, or moved, for each match, takes much longer");
	s = subject_run(&(struct subject_spec){
		.argv = SUBJECT_ARGV("replace", "change", "data", "x", "yy"),
		.in = "",
		.deadline_ms = 400 });
	expect_success(s, "change");
	expect_str(tool_last_line(s), Z(LARGE), "change printed a wrong number of matches.");
	expect_changed("data", &large, &want, "change");
	expect_shortened_in_one_pass();
}
END_TEST

/* -------------------------------------------------------------------- copy */

static void expect_copied(struct subject *s, const char *source, const char *target,
			  const struct file *f)
{
	struct file got;

	expect_success(s, "copy");
	if (file_size(target) != (off_t)f->len)
		judge_fail(
			judge_fmt("%zu bytes", f->len),
			judge_fmt("%lld bytes", (long long)file_size(target)),
			"the copy has not the length of its source: ftruncate makes a file shorter "
			"or longer, a mapping does neither.");
	got = file_read(target);
	expect_mem(got.data, got.len, f->data, f->len, "the copy has other bytes than its source.");
	expect_unchanged(source, f, "copy");
}

static struct file make_source(size_t len)
{
	struct file f = room_for(len);

	judge_random_bytes(f.data, len);
	file_write("source", f.data, len);
	file_chmod("source", 0444);
	judge_note("source has %zu bytes and mode 0444", len);
	return f;
}

START_TEST(copy_equals_source)
{
	struct file f = make_source(3 * PAGE), old = random_new(4 * PAGE + 100);
	struct subject *s = TRACE("replace", "copy", "source", "target");
	struct stat st;

	expect_copied(s, "source", "target", &f);
	expect_read_by_mapping(s, "/source", "copy");
	expect_stored_by_mapping(s, "/target", "copy");
	SAFE(stat("target", &st));
	expect_str(
		judge_fmt("%04o", st.st_mode & 07777), "0644",
		"a new target has a wrong mode: open takes one with O_CREAT, 0666, and the umask 022 "
		"is taken from it.");

	f = make_source(PAGE + 1 + judge_below(PAGE));
	file_write("target", old.data, old.len);
	judge_note("target had %zu bytes before", old.len);
	expect_copied(RUN("replace", "copy", "source", "target"), "source", "target", &f);
	file_write("target", old.data, 7);
	expect_copied(RUN("replace", "copy", "source", "target"), "source", "target", &f);

	f = make_source(0);
	file_write("target", old.data, old.len);
	expect_copied(RUN("replace", "copy", "source", "target"), "source", "target", &f);
	expect_copied(RUN("replace", "copy", "source", "new"), "source", "new", &f);
}
END_TEST

/* A file system of its own, so that two files have the same inode number. */
static void mount_fresh(const char *dir)
{
	SAFE(mkdir(dir, 0755));
	SAFE(mount("none", dir, "tmpfs", 0, "mode=0777"));
}

static void expect_not_same(void)
{
	struct file f = random_new(500), g = random_new(700);
	struct subject *s;

	SAFE(unshare(CLONE_NEWNS)); /* the mounts end with this test */
	SAFE(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL));
	mount_fresh("one");
	mount_fresh("two");
	file_write("one/data", f.data, f.len);
	file_write("two/data", g.data, g.len);
	if (inode("one/data") != inode("two/data"))
		return;
	judge_note("one/data and two/data are on two file systems; both have inode number %llu, "
		   "for such a number is unique within one file system only",
		   (unsigned long long)inode("one/data"));
	s = RUN("replace", "copy", "one/data", "two/data");
	if (subject_exit(s) == 1 && !strcmp(tool_last_line(s), "error EINVAL"))
		judge_fail("success", "error EINVAL",
			   "two different files with the same inode number were taken for one.");
	expect_copied(s, "one/data", "two/data", &f);
}

/* Onto the file other, which holds @other, and to a new one. */
static void expect_source_refused(const char *source, const struct file *other, const char *error,
				  const char *why)
{
	expect_error(RUN("replace", "copy", source, "other"), error, why);
	expect_unchanged("other", other, "a copy whose source cannot be opened");
	expect_error(RUN("replace", "copy", source, "new"), error, why);
	expect_true(file_size("new") < 0,
		    "copy made a target, although its source cannot be opened.");
}

START_TEST(copy_onto_itself_is_refused)
{
	struct file f = random_new(PAGE + judge_below(PAGE)), other = random_new(300);
	const char *const names[] = { "data", "hard", "soft", "./data" };
	size_t i;

	file_write("data", f.data, f.len);
	SAFE(link("data", "hard"));
	SAFE(symlink("data", "soft"));
	judge_note("hard is another link to the file data, soft a symbolic one");
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct subject *s = RUN("replace", "copy", "data", names[i]);

		expect_unchanged("data", &f, "a copy of data onto itself");
		expect_error(s, "EINVAL", "a copy of a file onto itself was accepted");
	}
	file_write("void", "", 0);
	judge_note("void is empty");
	expect_error(RUN("replace", "copy", "void", "void"), "EINVAL",
		     "a copy of an empty file onto itself was accepted");

	file_write("other", other.data, other.len);
	expect_source_refused("missing", &other, "ENOENT",
			      "a source that does not exist was accepted");
	file_write("locked", f.data, f.len);
	file_chmod("locked", 0);
	judge_note("locked has mode 0000: stat finds it, but it cannot be opened");
	expect_source_refused("locked", &other, "EACCES", "a source of mode 0000 was accepted");
	file_chmod("other", 0444);
	expect_error(RUN("replace", "copy", "data", "other"), "EACCES",
		     "a target of mode 0444 was accepted");
	expect_unchanged("other", &other, "a copy onto a file of mode 0444");
	expect_not_same();
}
END_TEST

/* -------------------------------------------------------- errors and leaks */

START_TEST(unusable_input_is_refused)
{
	struct file f = TEXT("some test text"), none = TEXT("");
	const char *why = "an empty text was searched for: it would match everywhere";

	write_text("data", &f);
	change(&f, &TEXT("test"), &TEXT("mmap"), false);
	judge_note("an empty text to be found is refused with EINVAL");
	expect_error(RUN("replace", "count", "data", ""), "EINVAL", why);
	expect_error(RUN("replace", "change", "data", "", "x"), "EINVAL", why);
	expect_unchanged("data", &f, "an empty text to be found");

	file_write("empty", "", 0);
	judge_note("an empty file has no matches, and cannot be mapped");
	expect_number(RUN("replace", "count", "empty", "x"), "count", &none, &TEXT("x"));
	expect_number(RUN("replace", "change", "empty", "x", "yy"), "change", &none, &TEXT("x"));
	expect_unchanged("empty", &none, "change");

	file_chmod("data", 0444);
	expect_error(RUN("replace", "change", "data", "mmap", "x"), "EACCES",
		     "a file of mode 0444 was changed");
	expect_unchanged("data", &f, "change on a file of mode 0444");
	why = "a file that does not exist was accepted";
	expect_error(RUN("replace", "count", "missing", "x"), "ENOENT", why);
	expect_error(RUN("replace", "change", "missing", "x", "y"), "ENOENT", why);
	expect_true(file_size("missing") < 0, "change made a file that did not exist before.");

	make_source(3 * PAGE);
	judge_note("no file may become longer than a page: ftruncate fails with EFBIG");
	expect_error(limited(0, PAGE, false, SUBJECT_ARGV("replace", "copy", "source", "target")),
		     "EFBIG",
		     "a copy whose target ftruncate did not make longer was reported as done");
}
END_TEST

#define TIMES "10"

/* Do a command ten times, then count what the living process holds. */
static void expect_nothing_left(const char *want, struct subject_spec spec, size_t fds)
{
	const char *const *argv = spec.argv;
	struct subject *s = subject_start(&spec);
	const char *got = tool_ready(s);
	const char *when = strcmp(want, "ok") ? judge_fmt("fails with %s", want) : "succeeds";
	size_t i, n, left = 0;
	const struct vma *v;

	if (strcmp(got, want) != 0)
		judge_fail(judge_fmt("ready %s", want), judge_fmt("ready %s", got),
			   "%s, done %s times, gave another result: %s.", argv[3], TIMES,
			   tool_guess(got));
	n = fds_count(subject_pid(s));
	if (n != fds)
		judge_fail(judge_fmt("%zu open descriptors", fds), Z(n),
			   "%s leaves a descriptor open when it %s.", argv[3], when);
	v = maps_read(subject_pid(s), &n);
	for (i = 0; i < n; i++)
		left += ends_with(v[i].path, "/data") || ends_with(v[i].path, "/copy") ||
			ends_with(v[i].path, "/data (deleted)");
	if (left > 0)
		judge_fail(
			"no mapping of the files in /proc/PID/maps", Z(left),
			"%s leaves a file mapped when it %s: close does not unmap, and munmap takes "
			"the whole length that is mapped now.",
			argv[3], when);
	subject_close_stdin(s);
	subject_wait(s);
}

#define REPEAT(...) SUBJECT_ARGV("replace", "repeat", TIMES, __VA_ARGS__)
#define LEFT(result, ...) \
	expect_nothing_left(result, (struct subject_spec){ .argv = REPEAT(__VA_ARGS__) }, fds)

/* Both have opened and mapped what they need when the file cannot become so long. */
static void expect_nothing_left_of_growth(size_t fds)
{
	struct subject_spec spec = { .argv = REPEAT("change", "data", "x", "yy") };
	struct file f = room_for(3 * PAGE);

	memset(f.data, 'x', f.len);
	file_write("data", f.data, f.len);
	judge_note("data is now 12288 times 'x', and no file may become longer than 16 KiB");
	spec.limit_fsize = 4 * PAGE;
	expect_nothing_left("EFBIG", spec, fds);
	file_write("copy", "", 0);
	judge_note("copy is empty, and no file may become longer than 4 KiB");
	spec.argv = REPEAT("copy", "data", "copy");
	spec.limit_fsize = PAGE;
	expect_nothing_left("EFBIG", spec, fds);
}

START_TEST(nothing_stays_mapped_or_open)
{
	struct subject *s = START("replace", "repeat", "0", "count", "data", "x");
	struct file f = random_new(3 * PAGE + 100);
	size_t fds;

	subject_line(s);
	fds = fds_count(subject_pid(s));
	subject_close_stdin(s);
	subject_wait(s);
	f.data[0] = 'q';
	file_write("data", f.data, f.len);
	LEFT("ok", "count", "data", "qq");
	LEFT("ok", "resize", "data", "50000,9000,0,20000,13000");
	file_write("data", f.data, f.len);
	LEFT("ok", "copy", "data", "copy");
	LEFT("ok", "change", "data", "q", "rr");
	LEFT("ok", "change", "data", "r", "");
	LEFT("ok", "change", "data", "not there", "x");
	if (file_size("data") <= 0 || file_size("data") > (off_t)MIB)
		judge_fail("less than twice the old length",
			   judge_fmt("%lld bytes", (long long)file_size("data")),
			   "change, done %s times, left the file with a wrong length.", TIMES);
	f = file_read("data");
	expect_true(f.len > 0 && !memchr(f.data, 'q', f.len) && !memchr(f.data, 'r', f.len),
		    "change, done %s times, did not replace all matches.", TIMES);
	LEFT("EINVAL", "count", "data", "");
	LEFT("EINVAL", "copy", "data", "data");
	expect_nothing_left_of_growth(fds);
	file_write("big", "", 0);
	SAFE(truncate("big", (off_t)(2048 * MIB)));
	judge_note("big has 2 GiB, and the program may use 1 GiB of address space");
	LEFT("ENOMEM", "count", "big", "x"); /* it opens, but cannot be mapped */
	file_chmod("copy", 0444);
	LEFT("EACCES", "copy", "data", "copy");
}
END_TEST

const struct judge_suite judge_suite = {
	.lab = "03-replace",
	.guesses = guesses,
	.explain_crash = explain_crash,
	.tests = {
		JUDGE_TEST(count_finds_every_match),
		JUDGE_TEST(resize_moves_end_of_file_and_mapping),
		JUDGE_TEST(failed_growth_changes_nothing),
		JUDGE_TEST(same_length_is_changed_in_place),
		JUDGE_TEST(shorter_text_cuts_file),
		JUDGE_TEST(longer_text_grows_file),
		JUDGE_TEST(matches_do_not_overlap),
		JUDGE_TEST(new_text_is_not_searched_again),
		JUDGE_TEST(copy_equals_source),
		JUDGE_TEST(copy_onto_itself_is_refused),
		JUDGE_TEST(unusable_input_is_refused),
		JUDGE_TEST(nothing_stays_mapped_or_open),
		JUDGE_END,
	},
};
