// SPDX-License-Identifier: GPL-2.0-only
/*
 * check_records.c - the judge's suite for 02-records.
 *
 * Each test makes its files itself, so that no test depends on rec_create().
 * Files are compared whole, read with read(2), against what the contract in
 * records.h says. Two ways of mapping are right and both must pass: the whole
 * file, or only the pages on which the record lies.
 *
 * With 28 bytes a record, record 146 is the first that begins on one page and
 * ends on the next, and 1024 records fill seven pages to the last byte.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "judge.h"
#include "records.h"

#define SIZE sizeof(struct record)
#define CROSSING 146 /* begins on the first page, ends on the second */
#define SEVEN_PAGES 1024
#define GIB (1ULL << 30)
#define U(x) judge_fmt("%llu", (unsigned long long)(x))
#define D(x) judge_fmt("%d", (int)(x))

/* ---------------------------------------------------------------- fixtures */

static void fill(struct record *r, int32_t value, const char *label)
{
	memset(r, 0, sizeof(*r));
	r->value = value;
	memcpy(r->label, label, strnlen(label, REC_LABEL - 1));
}

/* Memory for n records, and one more, so that n = 0 is no special case. */
static struct file room_for(size_t n)
{
	struct file f = { calloc(n + 1, SIZE), n * SIZE };

	if (!f.data)
		judge_broken("out of memory");
	return f;
}

/* A file of n random records; what comes back is the judge's own copy. */
static struct file make_records(const char *path, size_t n)
{
	struct file f = room_for(n);
	struct record r;
	size_t i;

	for (i = 0; i < n; i++) {
		fill(&r, (int32_t)judge_below(200000) - 100000,
		     judge_random_word(12 + judge_below(12)));
		memcpy(f.data + i * SIZE, &r, SIZE);
	}
	file_write(path, f.data, f.len);
	return f;
}

static struct record record_at(const struct file *f, size_t i)
{
	struct record r;

	memcpy(&r, f->data + i * SIZE, SIZE);
	return r;
}

/* The record as text; the label's bytes in hex when a string would hide some. */
static const char *show(struct record r)
{
	size_t i, end = strnlen(r.label, REC_LABEL);
	bool plain = end < REC_LABEL;
	char hex[3 * REC_LABEL + 1] = "";

	for (i = 0; i < REC_LABEL; i++) {
		unsigned char c = (unsigned char)r.label[i];

		if (i < end ? c < ' ' || c > '~' : c != 0)
			plain = false;
		snprintf(hex + 3 * i, 4, " %02x", c);
	}
	if (plain)
		return judge_fmt("value %d, label \"%s\"", r.value, r.label);
	return judge_fmt("value %d, label bytes%s", r.value, hex);
}

/* ------------------------------------------------------------ expectations */

static const struct judge_guess guesses[] = {
	{ "EACCES", "a shared mapping that is written to needs a descriptor opened O_RDWR, and a "
		    "file that may only be read opens O_RDONLY" },
	{ "EINVAL", "mmap takes an offset that is a multiple of the page size, and a length above "
		    "0" },
	{ "ERANGE", "by its count the file has too few records (a count in 32 bits? A file that "
		    "this very call has made?)" },
	{ NULL, NULL },
};

static void explain_crash(const struct subject *s)
{
	if (subject_signal(s) == SIGBUS)
		judge_note("the file ended before the page that was touched: it must be made "
			   "longer before a record past its end is stored");
	if (subject_missed(s))
		judge_note(
			"the mapping must hold the whole record, to its last byte; whatever lies "
			"behind it is no part of the file");
}

static struct file read_made(const char *path)
{
	if (file_size(path) < 0)
		judge_fail("a file", "no such file", "%s is missing after the command.", path);
	return file_read(path);
}

/* The file is now @want, in which only record @i differs from before. */
static void expect_file(const char *path, const struct file *want, size_t i, const char *what)
{
	struct file got = read_made(path);
	size_t k;

	if (got.len != want->len)
		judge_fail(judge_fmt("%zu bytes", want->len), judge_fmt("%zu bytes", got.len),
			   "%s left the file with a wrong size.", what);
	for (k = 0; k < want->len / SIZE; k++)
		if (memcmp(got.data + k * SIZE, want->data + k * SIZE, SIZE) != 0)
			judge_fail(show(record_at(want, k)), show(record_at(&got, k)),
				   k != i ? "%s damaged record %zu, a neighbour." :
				   record_at(want, k).value != record_at(&got, k).value ?
					    "%s left a wrong value in record %zu." :
					    "%s left a wrong label in record %zu.",
				   what, k);
	expect_mem(got.data, got.len, want->data, want->len, "%s changed the last bytes of %s.",
		   what, path);
}

static void expect_unchanged(const char *path, const struct file *before, const char *what)
{
	expect_file(path, before, SIZE_MAX, what);
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

static void expect_stored_by_mapping(const struct subject *s, const char *what)
{
	size_t n = calls_writing(s, "/data");

	if (n > 0)
		judge_fail("no write(2) or the like on data", judge_fmt("%zu", n),
			   "%s wrote to the file with a system call; the store to the mapping is "
			   "all it takes.",
			   what);
	if (!mapped_shared(s, "/data"))
		judge_fail("mmap of data with MAP_SHARED", "none",
			   "%s did not map the file shared.", what);
}

/* A file with a hole, so that it takes no room. */
static int make_big(const char *path, off_t size)
{
	int fd = (int)SAFE(open(path, O_RDWR | O_CREAT | O_TRUNC, 0644));

	SAFE(ftruncate(fd, size));
	SAFE(fchown(fd, SUBJECT_UID, SUBJECT_UID));
	return fd;
}

#define BIG ((size_t)160000000) /* records, more than 4 GiB */
#define BIG_NOTE "big has %zu records, %zu bytes", BIG, BIG *SIZE

/* One of those whose place has more than 32 bits. */
static size_t far_record(void)
{
	const size_t first = (4 * GIB) / SIZE + 1;

	return first + judge_below((uint32_t)(BIG - first));
}

/* With address space for a mapping of all of it. */
static struct subject *run_big(const char *const *argv)
{
	return subject_run(&(struct subject_spec){ .argv = argv, .in = "", .limit_as = 16 * GIB });
}

#define RUN_BIG(...) run_big(SUBJECT_ARGV("records", __VA_ARGS__))

static struct record big_record(int fd, size_t at)
{
	struct record r = { 0 };

	SAFE(pread(fd, &r, SIZE, (off_t)(at * SIZE)));
	return r;
}

/* ------------------------------------------------------------------ create */

/* By its owner at least; who else may is the umask's business. */
static void expect_usable(const char *path)
{
	struct stat st;

	SAFE(stat(path, &st));
	if ((st.st_mode & 0600) != 0600)
		judge_fail("permission for its owner to read and to write",
			   judge_fmt("mode 0%03o", (unsigned)st.st_mode & 07777),
			   "create made a file that its own user cannot use: a mode is an octal "
			   "number, 0666 and not 666.");
}

static void expect_created(const char *path, size_t n)
{
	struct file got;
	size_t i;

	expect_success(RUN("records", "create", path, U(n)), "create");
	got = read_made(path);
	expect_usable(path);
	if (got.len != n * SIZE)
		judge_fail(judge_fmt("%zu bytes", n * SIZE), judge_fmt("%zu bytes", got.len),
			   "create made a file of a wrong size (was an older, longer file "
			   "emptied first?).");
	for (i = 0; i < n; i++) {
		struct record r = record_at(&got, i), want;

		fill(&want, (int32_t)i, judge_fmt("record-%zu", i));
		if (r.value != want.value || strncmp(r.label, want.label, REC_LABEL) != 0)
			judge_fail(show(want), show(r), "record %zu of the new file is wrong.", i);
	}
}

START_TEST(create_writes_every_record)
{
	size_t n = 150 + judge_below(200);

	expect_created("data", n);
	make_records("older", n + 1 + judge_below(200));
	expect_created("older", n);
	expect_created("empty", 0);
}
END_TEST

START_TEST(create_fills_labels_with_zeros)
{
	size_t i, n = 150 + judge_below(200);
	struct record want, r;
	struct file got;

	expect_created("data", n);
	got = read_made("data");
	for (i = 0; i < n; i++) {
		r = record_at(&got, i);
		fill(&want, (int32_t)i, judge_fmt("record-%zu", i));
		if (memcmp(&r, &want, SIZE) != 0)
			judge_fail(
				show(want), show(r),
				"create wrote stray bytes of the stack or the heap into the file: "
				"the label of record %zu is not filled up with zeros.",
				i);
	}
}
END_TEST

/* --------------------------------------------------------------------- get */

/* A record that begins past 4 GiB. */
static void get_far(void)
{
	int fd = make_big("big", (off_t)(BIG * SIZE));
	size_t at = far_record();
	struct record r;
	struct subject *s;

	fill(&r, (int32_t)judge_below(1000000), "far");
	SAFE(pwrite(fd, &r, SIZE, (off_t)(at * SIZE)));
	close(fd);
	judge_note(BIG_NOTE);
	s = RUN_BIG("get", "big", U(at));
	expect_success(s, "get");
	expect_str(tool_last_line(s), judge_fmt("%d far", r.value),
		   "get printed record %zu wrong, which begins at byte %zu.", at, at * SIZE);
	unlink("big"); /* or the program has */
}

START_TEST(get_reads_through_mapping)
{
	size_t n = 300 + judge_below(100), i;
	const size_t at[] = { CROSSING, judge_below((uint32_t)n), n - 1 };
	struct file f = make_records("data", n);
	struct subject *s;
	struct record r;

	file_chmod("data", 0444);
	judge_note("data has mode 0444: it can be opened for reading only");
	for (i = 0; i < 3; i++) {
		s = TRACE("records", "get", "data", U(at[i]));
		r = record_at(&f, at[i]);
		expect_success(s, "get");
		expect_str(tool_last_line(s), judge_fmt("%d %s", r.value, r.label),
			   "get printed record %zu wrong.", at[i]);
		expect_true(find_mmap(s, "/data"), "get did not map the file.");
		if (calls_reading(s, "/data") > 0)
			judge_fail("no read(2) or the like on data", "a read",
				   "get mapped the file, but read from it with a system call too "
				   "(stdio's fseek reads ahead; fstat(2) gives a size).");
	}
	get_far();
}
END_TEST

/* --------------------------------------------------------------------- set */

#define UNSTORED \
	"a store to a MAP_PRIVATE mapping changes a copy, not the file (or is nothing stored?)."

START_TEST(set_is_seen_at_once)
{
	const size_t n = 100, at = 43;
	struct file f = make_records("data", n), now;
	struct record old = record_at(&f, at), r;
	int32_t value = 100000 + (int32_t)judge_below(100000);
	struct subject *s = START("records", "repeat", "1", "set", "data", U(at), D(value));
	const char *result = tool_ready(s);

	if (strcmp(result, "ok") != 0)
		judge_fail("ready ok", judge_fmt("ready %s", result), "set failed with %s: %s.",
			   result, tool_guess(result));
	now = read_made("data"); /* while the program is still alive */
	expect_int((long long)now.len, (long long)(n * SIZE), "set changed the size of the file.");
	r = record_at(&now, at);
	if (r.value == old.value)
		judge_fail(
			D(value), judge_fmt("%d, as before", r.value),
			memcmp(now.data, f.data, f.len) ?
				"set changed other bytes of the file than the value of record "
				"%zu." :
				"set returned 0, but read(2) still gives the old value of record "
				"%zu: " UNSTORED,
			at);
	expect_int(r.value, value, "record %zu, read with read(2) after set, has a wrong value.",
		   at);
	subject_close_stdin(s);
	subject_wait(s);
	expect_success(s, "set");
}
END_TEST

static void set_one(const char *path, struct file *f, size_t at)
{
	struct record r = record_at(f, at);

	r.value = (int32_t)judge_random();
	expect_success(RUN("records", "set", path, U(at), D(r.value)), "set");
	memcpy(f->data + at * SIZE, &r, SIZE);
	expect_file(path, f, at, "set");
}

/* Before refusals count, set must do its work once; @f follows the file. */
static void set_works(const char *path, struct file *f, size_t at)
{
	int32_t value = 100000 + (int32_t)judge_below(100000);

	expect_success(RUN("records", "set", path, U(at), D(value)), "set");
	*f = read_made(path);
	expect_true(f->len >= (at + 1) * SIZE && record_at(f, at).value == value,
		    "set did not change record %zu to %d.", at, value);
}

START_TEST(set_changes_four_bytes_only)
{
	struct file f = make_records("data", SEVEN_PAGES);

	judge_note("data has 1024 records: seven pages, filled to the last byte");
	set_one("data", &f, 0);
	set_one("data", &f, CROSSING);
	set_one("data", &f, CROSSING + 1);
	set_one("data", &f, judge_below(SEVEN_PAGES));
	set_one("data", &f, SEVEN_PAGES - 1);
	f = make_records("short", 2 * CROSSING + 1); /* the last one crosses */
	set_one("short", &f, 2 * CROSSING);
}
END_TEST

START_TEST(set_uses_mapping)
{
	struct file f = make_records("data", 300);
	size_t at = judge_below(300);
	int32_t value = 100000 + (int32_t)judge_below(100000);
	struct subject *s = TRACE("records", "set", "data", U(at), D(value));

	expect_success(s, "set");
	f = read_made("data");
	expect_int((long long)f.len, (long long)(300 * SIZE), "set changed the size of the file.");
	expect_int(record_at(&f, at).value, value, "set did not change record %zu.", at);
	expect_stored_by_mapping(s, "set");
}
END_TEST

START_TEST(set_reaches_past_4_gib)
{
	size_t at = far_record();
	int32_t value = 1 + (int32_t)judge_below(1000000), got, cut = 0;
	int fd = make_big("big", (off_t)(BIG * SIZE));

	judge_note(BIG_NOTE);
	expect_success(RUN_BIG("set", "big", U(at), D(value)), "set");
	got = big_record(fd, at).value;
	SAFE(pread(fd, &cut, sizeof(cut), (off_t)(uint32_t)(at * SIZE)));
	if (got != value && cut == value)
		judge_fail(
			judge_fmt("value %d at byte %zu", value, at * SIZE),
			judge_fmt("it is at byte %u", (uint32_t)(at * SIZE)),
			"set stored the value 4 GiB too early: an offset was computed in 32 bits.");
	expect_int(got, value, "set did not change record %zu, at byte %zu.", at, at * SIZE);
	expect_int(file_size("big"), (long long)(BIG * SIZE), "set changed the size of the file.");
}
END_TEST

/* ------------------------------------------------------------------- label */

static void label_one(struct file *f, size_t at, size_t len, bool trace)
{
	struct record r = record_at(f, at), got;
	char *text = judge_random_word(len);
	struct subject *s;
	struct file now;

	fill(&r, r.value, text);
	s = trace ? TRACE("records", "label", "data", U(at), text) :
		    RUN("records", "label", "data", U(at), text);
	expect_success(s, "label");
	now = read_made("data");
	if (now.len != f->len)
		judge_fail(judge_fmt("%zu bytes", f->len), judge_fmt("%zu bytes", now.len),
			   "label changed the size of the file.");
	got = record_at(&now, at);
	if (!memcmp(now.data, f->data, f->len) && memcmp(f->data + at * SIZE, &r, SIZE) != 0)
		judge_fail(
			show(r), show(got),
			"label returned 0, but read(2) still gives the old label of record %zu: " UNSTORED,
			at);
	if (got.value != r.value)
		judge_fail(show(r), show(got), "label changed the value of record %zu.", at);
	if (!memchr(got.label, 0, REC_LABEL))
		judge_fail(show(r), show(got),
			   "the label of record %zu has no NUL in its 24 bytes: "
			   "a text of 24 bytes or more is cut to 23.",
			   at);
	if (strcmp(got.label, r.label) == 0 && memcmp(&got, &r, SIZE) != 0)
		judge_fail(show(r), show(got),
			   "after the text of record %zu, bytes of the old label "
			   "or of memory behind the argument remain.",
			   at);
	memcpy(f->data + at * SIZE, &r, SIZE);
	expect_file("data", f, at, judge_fmt("label, with a text of %zu bytes,", len));
	if (trace)
		expect_stored_by_mapping(s, "label");
}

static void label_far(void)
{
	int fd = make_big("big", (off_t)(BIG * SIZE));
	size_t at = far_record();
	char *text = judge_random_word(10);
	struct record got, want;

	judge_note(BIG_NOTE);
	fill(&want, 0, text);
	expect_success(RUN_BIG("label", "big", U(at), text), "label");
	got = big_record(fd, at);
	if (memcmp(&got, &want, SIZE) != 0)
		judge_fail(show(want), show(got),
			   "label did not change record %zu, which begins at byte %zu.", at,
			   at * SIZE);
	close(fd);
}

START_TEST(label_stays_in_its_record)
{
	struct file f = make_records("data", SEVEN_PAGES);
	size_t at = 1 + judge_below(CROSSING - 2);

	/* One that another program left: all its bytes in use, and no NUL. */
	memset(f.data + at * SIZE, 'z', SIZE);
	file_write("data", f.data, f.len);

	label_one(&f, at, 25 + judge_below(60), true);
	label_one(&f, at, 3, false); /* shorter than what is there */
	label_one(&f, at + 1, 24, false);
	label_one(&f, at + 1, 23, false);
	label_one(&f, at + 1, 0, false);
	label_one(&f, CROSSING, 20, false);
	label_one(&f, SEVEN_PAGES - 1, 200, false);
	label_far();
}
END_TEST

/* ------------------------------------------------------------------ append */

static void append_one(size_t n, size_t len)
{
	struct file f = make_records("data", n), want = room_for(n + 1);
	int32_t value = (int32_t)judge_random();
	char *text = judge_random_word(len);
	struct subject *s = TRACE("records", "append", "data", D(value), text);
	struct record r;

	judge_input("records append data %d '%s'; data has %zu records, %zu bytes", value, text, n,
		    f.len);
	if (subject_signal(s))
		judge_note("make the file longer first, then map its new length");
	expect_success(s, "append");
	if (file_size("data") == (off_t)f.len)
		judge_fail(
			judge_fmt("%zu bytes", want.len), judge_fmt("%zu bytes", f.len),
			"append did not make the file longer: stores through a mapping never do.");
	fill(&r, value, text);
	memcpy(want.data, f.data, f.len);
	memcpy(want.data + f.len, &r, SIZE);
	expect_file("data", &want, n, "append");
	expect_stored_by_mapping(s, "append");
}

static void append_far(void)
{
	int fd = make_big("big", (off_t)(BIG * SIZE));
	int32_t value = (int32_t)judge_below(1000000);
	char *text = judge_random_word(10);
	struct record got, want;

	judge_note(BIG_NOTE);
	fill(&want, value, text);
	expect_success(RUN_BIG("append", "big", D(value), text), "append");
	expect_int(file_size("big"), (long long)((BIG + 1) * SIZE),
		   "bytes of a file of more than 4 GiB after append.");
	got = big_record(fd, BIG);
	if (memcmp(&got, &want, SIZE) != 0)
		judge_fail(show(want), show(got), "append did not store record %zu, at byte %zu.",
			   BIG, BIG * SIZE);
	close(fd);
}

START_TEST(append_adds_one_record)
{
	append_one(1 + judge_below(100), 10);
	append_one(CROSSING, 23); /* the new one begins in the last 8 bytes of a page */
	append_one(SEVEN_PAGES, 40); /* the new one begins a page */
	append_one(0, 0);
	append_far();
}
END_TEST

/* -------------------------------------------------------- errors and leaks */

START_TEST(index_past_end_is_refused)
{
	const size_t n = 100 + judge_below(40), k = judge_below((uint32_t)n);
	/* Times 28, the middle ones are k * 28 in 32 bits or in 64 bits. */
	const size_t bad[] = { n, n + 1, GIB + k, 4 * GIB + k, (1ULL << 62) + k, SIZE_MAX };
	struct file f = make_records("data", n);
	const char *why;
	size_t i;

	judge_note("data has %zu records, 0 to %zu", n, n - 1);
	set_works("data", &f, n - 1);
	for (i = 0; i < 6; i++) {
		why = i == 0 ? "the index of the first record past the end was accepted" :
			       "an index past the end was accepted (is index * 28 computed before "
			       "the index is checked? It can wrap to a small number)";
		expect_error(RUN("records", "set", "data", U(bad[i]), "7"), "ERANGE", why);
		expect_unchanged("data", &f, "set with an index past the end");
		if (i != 0 && i != 4)
			continue;
		expect_error(RUN("records", "get", "data", U(bad[i])), "ERANGE", why);
		expect_error(RUN("records", "label", "data", U(bad[i]), "x"), "ERANGE", why);
		expect_unchanged("data", &f, "label with an index past the end");
	}
	f = make_records("empty", 0);
	why = "an empty file has no record 0, and cannot be mapped";
	expect_error(RUN("records", "get", "empty", "0"), "ERANGE", why);
	expect_error(RUN("records", "set", "empty", "0", "7"), "ERANGE", why);
	expect_unchanged("empty", &f, "set on an empty file");
}
END_TEST

static void expect_all_fail(const char *path, const char *error, const char *why)
{
	expect_error(RUN("records", "set", path, "0", "7"), error, why);
	expect_error(RUN("records", "label", path, "0", "x"), error, why);
	expect_error(RUN("records", "append", path, "7", "x"), error, why);
}

/*
 * To map the whole of a file that is longer than the address space fails; to map
 * the pages of a record does not. Both are right, and anything else is not.
 */
static void expect_mapped_or_enomem(size_t n, const char *const *argv)
{
	struct subject *s = subject_run(&(struct subject_spec){ .argv = argv, .in = "" });
	size_t want = n;

	if (subject_exit(s) == 1)
		expect_error(s, "ENOMEM", "a mapping that failed was taken for one");
	else
		expect_success(s, argv[1]);
	want += !strcmp(argv[1], "append") && subject_exit(s) == 0;
	expect_int(file_size("big"), (long long)(want * SIZE),
		   "%s, which ended with status %d, left a file of the wrong size.", argv[1],
		   subject_exit(s));
	SAFE(truncate("big", (off_t)(n * SIZE)));
}

#define MAPPED_OR_ENOMEM(...) expect_mapped_or_enomem(n, SUBJECT_ARGV("records", __VA_ARGS__))

static void expect_too_large_refused(void)
{
	const size_t n = 80000000;
	struct file f = make_records("small", 10 + judge_below(100));
	const char *append[] = { "records", "append", "small", "7", "x", NULL };

	close(make_big("big", (off_t)(n * SIZE)));
	judge_note("big has %zu bytes, and the program may use 1 GiB of address space", n * SIZE);
	MAPPED_OR_ENOMEM("get", "big", "5");
	MAPPED_OR_ENOMEM("set", "big", "5", "7");
	MAPPED_OR_ENOMEM("label", "big", "5", "x");
	MAPPED_OR_ENOMEM("append", "big", "7", "x");

	judge_note("no file may become longer than small is: ftruncate fails with EFBIG");
	expect_error(subject_run(&(struct subject_spec){
			     .argv = append, .in = "", .limit_fsize = f.len }),
		     "EFBIG", "an append that ftruncate refused was reported as done");
	expect_unchanged("small", &f, "an append that failed");
}

/* A file without room for all records: an error, by whatever name (a write may be short). */
static void expect_full_told(const char *n)
{
	struct subject *s = subject_run(&(struct subject_spec){
		.argv = SUBJECT_ARGV("records", "create", "small", n),
		.in = "",
		.limit_fsize = 4096,
	});

	judge_note("a file of this program may have 4096 bytes at most");
	if (subject_signal(s) || !tool_error(s))
		judge_fail("an error, EFBIG for example",
			   subject_signal(s) ? "the program was killed" : "none",
			   "create was to write %s records and had no room for them, and does not "
			   "say so: is each write looked at, and the last one, when the file is "
			   "closed?",
			   n);
}

START_TEST(unusable_file_is_refused)
{
	struct file f = make_records("data", 100);
	size_t odd = 99 * SIZE + 1 + judge_below(SIZE - 1);
	const char *why;

	set_works("data", &f, 5);
	file_chmod("data", 0444);
	expect_all_fail("data", "EACCES", "a file of mode 0444 was changed");
	expect_unchanged("data", &f, "a command on a file of mode 0444");

	why = "a file that does not exist was accepted";
	expect_error(RUN("records", "get", "missing", "0"), "ENOENT", why);
	expect_all_fail("missing", "ENOENT", why);
	expect_true(file_size("missing") < 0, "a command made a file that did not exist before.");

	f.len = odd;
	file_write("odd", f.data, f.len);
	judge_note("odd has %zu bytes, no multiple of 28", odd);
	why = "a file was accepted whose size is not a multiple of 28";
	expect_error(RUN("records", "get", "odd", "0"), "EINVAL", why);
	expect_all_fail("odd", "EINVAL", why);
	expect_unchanged("odd", &f, "a refused command");
	expect_error(RUN("records", "create", "missing/data", "5"), "ENOENT",
		     "a file was made in a folder that does not exist");
	expect_too_large_refused();
	/* The first is refused while there is more to write, the second at the very end. */
	expect_full_told("5000");
	expect_full_told(judge_fmt("%u", 4096 / (unsigned)SIZE + 2 + judge_below(50)));
}
END_TEST

#define TIMES "10"

/*
 * Do a command ten times, then count what the living process holds. Without @want it may
 * succeed or fail: pages of a record can be mapped where a whole file cannot.
 */
static void expect_nothing_left(const char *want, struct subject_spec spec, size_t fds)
{
	const char *const *argv = spec.argv;
	struct subject *s = subject_start(&spec);
	const char *name = judge_fmt("/%s", argv[4]), *got = tool_ready(s);
	const char *when = strcmp(got, "ok") ? judge_fmt("fails with %s", got) : "succeeds";
	size_t i, n, left = 0;
	const struct vma *v;

	if (want && strcmp(got, want) != 0)
		judge_fail(judge_fmt("ready %s", want), judge_fmt("ready %s", got),
			   "%s, done %s times, gave another result: %s.", argv[3], TIMES,
			   tool_guess(got));
	n = fds_count(subject_pid(s));
	if (n != fds)
		judge_fail(judge_fmt("%zu open descriptors", fds), judge_fmt("%zu", n),
			   "%s leaves a descriptor open when it %s.", argv[3], when);
	v = maps_read(subject_pid(s), &n);
	for (i = 0; i < n; i++)
		left += ends_with(v[i].path, name);
	if (left > 0)
		judge_fail(
			"no mapping of the file in /proc/PID/maps", judge_fmt("%zu", left),
			"%s leaves the file mapped when it %s: munmap takes the address that mmap "
			"gave, and the whole length.",
			argv[3], when);
	subject_close_stdin(s);
	subject_wait(s);
}

#define REPEAT(...) SUBJECT_ARGV("records", "repeat", TIMES, __VA_ARGS__)
#define LEFT(result, ...) \
	expect_nothing_left(result, (struct subject_spec){ .argv = REPEAT(__VA_ARGS__) }, fds)

static void nothing_left_without_room(size_t fds)
{
	struct file f = make_records("small", 10);

	judge_note("no file may become longer than small is");
	expect_nothing_left("EFBIG",
			    (struct subject_spec){ .argv = REPEAT("append", "small", "7", "x"),
						   .limit_fsize = f.len },
			    fds);
	judge_note("a file of this program may have 4096 bytes at most");
	expect_nothing_left(NULL,
			    (struct subject_spec){ .argv = REPEAT("create", "fresh", "5000"),
						   .limit_fsize = 4096 },
			    fds);
	close(make_big("big", (off_t)(80000000 * SIZE)));
	judge_note("big has 2.2 GB, and the program may use 1 GiB of address space");
	LEFT(NULL, "get", "big", "5");
	LEFT(NULL, "set", "big", "5", "7");
	LEFT(NULL, "label", "big", "5", "x");
	LEFT(NULL, "append", "big", "7", "x");
}

START_TEST(nothing_stays_mapped_or_open)
{
	struct subject *s = START("records", "repeat", "0", "get", "data", "0");
	struct file f;
	size_t fds;

	subject_line(s);
	fds = fds_count(subject_pid(s));
	subject_close_stdin(s);
	subject_wait(s);
	make_records("data", 300);
	file_write("odd", "five!", 5);
	LEFT("ok", "set", "data", U(CROSSING), "7");
	LEFT("ok", "get", "data", U(CROSSING));
	LEFT("ok", "label", "data", U(CROSSING), "text");
	LEFT("ok", "append", "data", "7", "text");
	f = read_made("data");
	expect_true(f.len >= 300 * SIZE && record_at(&f, CROSSING).value == 7,
		    "set, done %s times, did not change record %d.", TIMES, CROSSING);
	LEFT("ERANGE", "set", "data", "5000", "7");
	LEFT("ERANGE", "get", "data", "5000");
	LEFT("ERANGE", "label", "data", "5000", "text");
	LEFT("EINVAL", "set", "odd", "0", "7");
	LEFT("EINVAL", "get", "odd", "0");
	LEFT("EINVAL", "append", "odd", "7", "text");
	LEFT("ok", "create", "fresh", "100");
	nothing_left_without_room(fds);
}
END_TEST

const struct judge_suite judge_suite = {
	.lab = "02-records",
	.guesses = guesses,
	.explain_crash = explain_crash,
	.tests = {
		JUDGE_TEST(create_writes_every_record),
		JUDGE_TEST(create_fills_labels_with_zeros),
		JUDGE_TEST(get_reads_through_mapping),
		JUDGE_TEST(set_is_seen_at_once),
		JUDGE_TEST(set_changes_four_bytes_only),
		JUDGE_TEST(set_uses_mapping),
		JUDGE_TEST(set_reaches_past_4_gib),
		JUDGE_TEST(label_stays_in_its_record),
		JUDGE_TEST(append_adds_one_record),
		JUDGE_TEST(index_past_end_is_refused),
		JUDGE_TEST(unusable_file_is_refused),
		JUDGE_TEST(nothing_stays_mapped_or_open),
		JUDGE_END,
	},
};
