// SPDX-License-Identifier: GPL-2.0-only
/*
 * check_mapread.c - the judge's suite for 01-mapread.
 *
 * Files are random bytes, zeros among them. What the program prints is
 * compared byte by byte with what the judge wrote; how it came by the bytes is
 * read from its system calls and from /proc/PID/maps while it holds a mapping.
 * MAP_PRIVATE and MAP_SHARED are both right, and any way of asking for the
 * file's size.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "judge.h"

#define PAGE 4096
#define GIB (1ULL << 30)
#define U(x) judge_fmt("%llu", (unsigned long long)(x))

/* ---------------------------------------------------------------- fixtures */

/* A file of @len random bytes, one in eight a zero; the judge's own copy. */
static struct file make_file(const char *path, size_t len)
{
	struct file f = { calloc(len + 1, 1), len };
	size_t i;

	if (!f.data)
		judge_broken("out of memory");
	judge_random_bytes(f.data, len);
	for (i = 0; i < len; i++)
		if (f.data[i] % 8 == 0)
			f.data[i] = 0;
	file_write(path, f.data, len);
	return f;
}

/* ------------------------------------------------------------ expectations */

static const struct judge_guess guesses[] = {
	{ "EACCES", "to open for writing, or to map shared and writable, takes more "
		    "permission than reading does" },
	{ "EINVAL", "mmap takes MAP_PRIVATE or MAP_SHARED, a length above 0, and an offset "
		    "that is a multiple of the page size" },
	{ "EBADF", "a descriptor was used after it was closed, or errno was looked at "
		   "after a close that failed" },
	{ "EFAULT", "write(2) was given bytes that are not mapped: mmap had failed, the "
		    "mapping is too short, or a field of the struct was not set" },
	{ "EINTR", "a signal came before write(2) had taken a byte; that is no error, "
		   "write again" },
	{ "ENOMEM", "more was mapped than the program may have: a large file as a whole, or "
		    "a length below 0, which becomes a huge one" },
	{ "EOVERFLOW", "a negative number is a huge one for mmap (an offset in 32 bits?)" },
	{ NULL, NULL },
};

static void explain_crash(const struct subject *s)
{
	if (subject_missed(s))
		judge_note("a mapping ends with its last page, and bytes of a file have no NUL "
			   "behind them");
}

static struct file output_of(struct subject *s)
{
	struct file f;

	f.data = (unsigned char *)(uintptr_t)subject_out(s, &f.len);
	return f;
}

/* Its output is these bytes and no others. */
static void expect_bytes(struct subject *s, const void *want, size_t len, const char *what)
{
	struct file out = output_of(s);

	expect_success(s, what);
	if (out.len + 16 < len && !memcmp(out.data, want, out.len) && !memchr(want, 0, out.len) &&
	    !((const char *)want)[out.len])
		judge_fail(
			judge_fmt("%zu bytes", len), judge_fmt("%zu bytes", out.len),
			"%s stopped before a byte 0 of the file: strlen, %%s and the like take it "
			"for the end.",
			what);
	if (out.len > len && !memcmp(out.data, want, len))
		judge_fail(judge_fmt("%zu bytes", len), judge_fmt("%zu bytes", out.len),
			   "%s wrote more than it was to: bytes of the last page behind the end.",
			   what);
	if (out.len != len)
		judge_fail(judge_fmt("%zu bytes", len), judge_fmt("%zu bytes", out.len),
			   "%s wrote a wrong number of bytes.", what);
	expect_mem(out.data, out.len, want, len, "%s wrote wrong bytes.", what);
}

/* Wait for the line of `hold` or `repeat`: what follows "ready ". */
struct held {
	uint64_t addr;
	size_t len;
};

/* Wait until `mapread hold` has its mapping. */
static struct held wait_held(struct subject *s, const char *what)
{
	const char *line = tool_ready(s);
	struct held h;
	char *end;

	if (strncmp(line, "ok 0x", 5) != 0)
		judge_fail("ready ok", judge_fmt("ready %s", line), "%s failed with %s: %s.", what,
			   line, tool_guess(line));
	h.addr = strtoull(line + 3, &end, 16);
	h.len = strtoull(end, NULL, 10);
	return h;
}

static bool ends_with(const char *path, const char *end)
{
	size_t n = strlen(path), m = strlen(end);

	return n >= m && !strcmp(path + n - m, end);
}

/* The mapping in which the held bytes lie; it must be one of the file @end. */
static const struct vma *mapping_of(struct subject *s, struct held h, const char *end)
{
	const struct vma *v = maps_at(subject_pid(s), h.addr);

	if (!v || !ends_with(v->path, end))
		judge_fail(judge_fmt("data in a mapping of %s", end + 1),
			   !v	    ? "an address that is not mapped" :
			   *v->path ? v->path :
				      "anonymous memory",
			   "the bytes are not where the file is mapped: data must point into the "
			   "mapping itself, not to a copy, and the mapping must still be there.");
	return v;
}

static void expect_read_only(const struct vma *v, const char *what)
{
	if (!v->r || v->w || v->x)
		judge_fail("r--p or r--s",
			   judge_fmt("%c%c%c%c", v->r ? 'r' : '-', v->w ? 'w' : '-',
				     v->x ? 'x' : '-', v->shared ? 's' : 'p'),
			   "the mapping of %s in /proc/PID/maps gives more permission than reading "
			   "needs.",
			   what);
}

static void let_go(struct subject *s)
{
	subject_close_stdin(s);
	subject_wait(s);
	expect_exit(s, 0);
}

/* -------------------------------------------------------------- whole file */

START_TEST(whole_file_is_copied)
{
	const size_t sizes[] = { 1 + judge_below(2000), PAGE - 1, PAGE, PAGE + 1, 3 * PAGE + 7 };
	struct file f;
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct subject *s;

		f = make_file("data", sizes[i]);
		f.data[0] |= 1; /* so that stopping at a byte 0 shows as such */
		file_write("data", f.data, f.len);
		s = RUN("mapread", "cat", "data");
		judge_input("mapread cat data; data has %zu bytes", f.len);
		expect_bytes(s, f.data, f.len, "cat");
	}
}
END_TEST

START_TEST(file_is_mapped_not_read)
{
	struct file f = make_file("data", 2 * PAGE + judge_below(PAGE));
	struct subject *s = TRACE("mapread", "cat", "data");
	size_t n;

	expect_success(s, "cat");
	n = calls_reading(s, "/data");
	if (n > 0)
		judge_fail("no read(2) or the like on data", judge_fmt("%zu", n),
			   "cat read from the file with a system call; a mapping makes that "
			   "unnecessary (fstat(2) gives the size).");
	if (!find_mmap(s, "/data"))
		judge_fail("mmap of data", "none", "cat did not map the file.");
	expect_bytes(s, f.data, f.len, "cat");
}
END_TEST

START_TEST(mapping_is_read_only)
{
	struct file f = make_file("data", 2 * PAGE + judge_below(PAGE));
	const struct vma *v;
	struct subject *s;
	struct held h;

	s = START("mapread", "hold", "data");
	h = wait_held(s, "mr_open");
	v = mapping_of(s, h, "/data");
	expect_read_only(v, "mr_open");
	expect_int((long long)h.len, (long long)f.len, "the length that mr_open set is wrong.");
	let_go(s);
	file_chmod("data", 0444);
	s = RUN("mapread", "cat", "data");
	judge_note("data has mode 0444: it can be opened for reading only");
	expect_bytes(s, f.data, f.len, "cat");
}
END_TEST

/* ------------------------------------------------------------------ errors */

static void expect_full_device_told(void)
{
	int full = (int)SAFE(open("/dev/full", O_WRONLY | O_CLOEXEC));
	struct subject_spec spec = {
		.argv = SUBJECT_ARGV("mapread", "cat", "data"),
		.in = "",
		.out_fd = full,
	};
	struct subject *s;
	const char *err;

	judge_note("the output is /dev/full: write(2) fails there, and fails again");
	s = subject_run(&spec);
	err = subject_err(s, NULL);
	judge_input("mapread cat data >/dev/full");
	if (subject_exit(s) == 0)
		judge_fail("error ENOSPC", "success",
			   "cat was to write to a device that is full, wrote nothing, and said "
			   "nothing: the result of write(2) must be looked at.");
	expect_exit(s, 1);
	if (!strstr(err, "error ENOSPC\n"))
		judge_fail("error ENOSPC", err,
			   "cat to a full device: mr_write returns the "
			   "negative errno of write(2).");
	close(full);
}

START_TEST(errno_is_passed_on)
{
	make_file("data", 100 + judge_below(100));
	make_file("secret", 100);
	file_chmod("secret", 0);
	SAFE(mkdir("folder", 0755));
	expect_error(RUN("mapread", "cat", "missing"), "ENOENT",
		     "cat of a file that does not exist reported success");
	expect_error(RUN("mapread", "cat", "secret"), "EACCES",
		     "cat of a file of mode 0000 reported success");
	expect_error(RUN("mapread", "cat", "folder"), "ENODEV",
		     "cat of a directory reported success: mmap refuses one, which can be opened "
		     "(fstat(2) gives its size, lseek(2) may not)");
	expect_full_device_told();
}
END_TEST

/* ----------------------------------------------------------------- windows */

static void window_one(const struct file *f, size_t off, size_t len)
{
	struct subject *s = RUN("mapread", "window", "data", U(off), U(len));
	size_t rest = f->len - off, want = len < rest ? len : rest;
	struct file out = output_of(s);

	judge_input("mapread window data %zu %zu; data has %zu bytes", off, len, f->len);
	expect_success(s, "window");
	if (len > rest && out.len > rest)
		judge_fail(judge_fmt("%zu bytes", rest), judge_fmt("%zu bytes", out.len),
			   "the window reaches past the end of the file and must be cut there.");
	if (off % PAGE && out.len == want &&
	    !memcmp(out.data, f->data + off - off % PAGE, want < PAGE ? want : PAGE))
		judge_fail(judge_fmt("the bytes from %zu on", off),
			   judge_fmt("the bytes from %zu on", off - off % PAGE),
			   "the window begins with its page: data must be base plus the distance "
			   "from the page's first byte.");
	expect_bytes(s, f->data + off, want, "window");
}

START_TEST(window_holds_the_right_bytes)
{
	struct file f = make_file("data", 4 * PAGE + 100 + judge_below(1000));
	size_t odd = 2 * (size_t)judge_below(1000) + 1;

	window_one(&f, odd, 50 + judge_below(500)); /* within a page */
	window_one(&f, PAGE + odd, 3 + judge_below(100));
	window_one(&f, 2 * PAGE, PAGE); /* a page, exactly */
	window_one(&f, 2 * PAGE - 1 - judge_below(50), 100); /* crosses a page's end */
	window_one(&f, PAGE + odd, 2 * PAGE + judge_below(100));
	window_one(&f, f.len - 5, 1000); /* cut at the end */
	judge_note("an offset and the largest length: their sum does not fit 64 bits");
	window_one(&f, odd, SIZE_MAX);
	file_chmod("data", 0444);
	judge_note("data has mode 0444: it can be opened for reading only");
	window_one(&f, odd, 100);
}
END_TEST

/* A file with a hole, so that it takes no room; @mark stands at @off. */
static void make_big(const char *path, off_t size, off_t off, const void *mark, size_t len)
{
	int fd = (int)SAFE(open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));

	SAFE(ftruncate(fd, size));
	SAFE(fchown(fd, SUBJECT_UID, SUBJECT_UID));
	SAFE(pwrite(fd, mark, len, off));
	close(fd);
}

/* Only the pages from off to off + len may be mapped. */
static void expect_own_pages_mapped(const char *path, uint64_t off, size_t len)
{
	struct subject *s = START("mapread", "hold", path, U(off), U(len));
	struct held h = wait_held(s, "mr_window");
	const struct vma *v = mapping_of(s, h, judge_fmt("/%s", path));
	uint64_t first = off / PAGE, pages = (off + len - 1) / PAGE - first + 1;

	if (v->offset / PAGE != first || (v->end - v->start) / PAGE != pages)
		judge_fail(judge_fmt("%llu pages from page %llu of the file",
				     (unsigned long long)pages, (unsigned long long)first),
			   judge_fmt("%llu pages from page %llu",
				     (unsigned long long)(v->end - v->start) / PAGE,
				     (unsigned long long)v->offset / PAGE),
			   "the window lies on %llu pages of the file, and others are mapped too.",
			   (unsigned long long)pages);
	expect_read_only(v, "mr_window");
	let_go(s);
}

static void window_far_away(const char *path, uint64_t at, bool held)
{
	uint64_t off = at + PAGE * judge_below(1000) + 4000 + judge_below(90);
	size_t len = 100 + judge_below(100);
	char *mark = judge_random_word(len);
	struct subject *s;
	struct file out;

	/* Far from its end, too, by a number that in 32 bits is less than the window. */
	make_big(path, (off_t)(held ? at + GIB / 2 : off + 4 * GIB + len / 2), (off_t)off, mark,
		 len);
	s = RUN("mapread", "window", path, U(off), U(len));
	out = output_of(s);
	expect_success(s, "window");
	if (out.len != len || !out.data[0])
		judge_fail(
			judge_fmt("the %zu bytes from %llu on", len, (unsigned long long)off),
			judge_fmt(out.len ? "%zu bytes from elsewhere" : "%zu bytes", out.len),
			"window is not where it was to be: is the offset or the file's size kept in "
			"32 bits, anywhere on its way?");
	expect_bytes(s, mark, len, "window");
	if (held)
		expect_own_pages_mapped(path, off, len);
}

/* A file of which the size does not fit 32 bits, mapped whole. */
static void hold_large(void)
{
	uint64_t size = 4 * GIB + 1 + judge_below(5 * PAGE);
	struct subject *s;
	struct held h;

	make_big("large", (off_t)size, 0, "x", 1);
	s = subject_start(&(struct subject_spec){
		.argv = SUBJECT_ARGV("mapread", "hold", "large"),
		.limit_as = 16 * GIB,
	});
	judge_note(
		"large has %llu bytes, and this time there is address space for all of them, but "
		"not memory",
		(unsigned long long)size);
	h = wait_held(s, "mr_open");
	if (h.len != size)
		judge_fail(U(size), U(h.len),
			   "mr_open set a wrong length: is the size kept in 32 bits, anywhere on "
			   "its way?");
	let_go(s);
}

START_TEST(window_reaches_past_3_gib)
{
	judge_note("the program may use 1 GiB of address space, far less than the file's size");
	window_far_away("far", 3 * GIB, true);
	window_far_away("farther", 5 * GIB, false);
	hold_large();
}
END_TEST

/* ---------------------------------------------------------- nothing to map */

static void expect_nothing(const char *what, const char *const *argv)
{
	struct subject *s = subject_run(&(struct subject_spec){ .argv = argv, .in = "" });
	struct file out = output_of(s);
	const char *error;

	error = subject_exit(s) == 1 ? tool_error(s) : NULL;
	if (error)
		judge_fail("success, and no output", judge_fmt("error %s", error),
			   "%s gives 0 bytes and is no error, but the call failed with %s: %s.",
			   what, error, tool_guess(error));
	expect_exit(s, 0);
	if (out.len > 0)
		judge_fail("no output", judge_fmt("%zu bytes", out.len),
			   "%s gives 0 bytes, but something was written.", what);
}

#define NOTHING(what, ...) expect_nothing(what, SUBJECT_ARGV("mapread", __VA_ARGS__))

START_TEST(nothing_to_map_is_no_error)
{
	struct file f = make_file("data", PAGE + judge_below(1000));
	struct subject *s;
	struct held h;

	file_write("empty", "", 0);
	s = RUN("mapread", "cat", "data"); /* what is there must still come out */
	expect_bytes(s, f.data, f.len, "cat");
	NOTHING("an empty file", "cat", "empty");
	s = START("mapread", "hold", "empty");
	h = wait_held(s, "mr_open");
	if (h.addr != 0 || h.len != 0)
		judge_fail(
			"data NULL, len 0",
			judge_fmt("data 0x%llx, len %zu", (unsigned long long)h.addr, h.len),
			"an empty file leaves fields of the struct as they were: all four are to "
			"be set.");
	let_go(s);
	s = RUN("mapread", "window", "data", "3", "5");
	expect_bytes(s, f.data + 3, 5, "window");
	NOTHING("a window of length 0", "window", "data", "7", "0");
	NOTHING("a window that begins at the end of the file", "window", "data", U(f.len), "10");
	NOTHING("a window past the end of the file", "window", "data",
		U(f.len + 1 + judge_below(9000)), U(20 + judge_below(20000)));
	NOTHING("a window of an empty file", "window", "empty", "0", "10");
}
END_TEST

/* ------------------------------------------------------------------- count */

static size_t count_in(const struct file *f, const char *text)
{
	size_t n = strlen(text), i, found = 0;

	for (i = 0; i + n <= f->len; i++)
		found += !memcmp(f->data + i, text, n);
	return found;
}

static void count_one(const struct file *f, const char *text, const char *mistake)
{
	struct subject *s;
	struct file out;
	const char *want = judge_fmt("%zu\n", count_in(f, text));

	file_write("data", f->data, f->len);
	s = RUN("mapread", "count", "data", text);
	judge_input("mapread count data %s; data has %zu bytes%s", text, f->len,
		    f->len % PAGE || !f->len ?
			    "" :
			    ", which fill its pages: behind them nothing is mapped");
	out = output_of(s);
	expect_success(s, "count");
	if (strcmp((char *)out.data, want) != 0)
		judge_fail(judge_fmt("%.*s", (int)strlen(want) - 1, want),
			   judge_fmt("%.*s", (int)strcspn((char *)out.data, "\n"), out.data),
			   "count found a wrong number of matches: %s.", mistake);
}

/* @len bytes, mostly of one letter that is not in any text to be found. */
static struct file make_plain(size_t len)
{
	struct file f = { malloc(len + 1), len };

	if (!f.data)
		judge_broken("out of memory");
	memset(f.data, '.', len);
	f.data[len] = '\0';
	return f;
}

static void put(struct file *f, size_t at, const char *text)
{
	memcpy(f->data + at, text, strlen(text));
}

START_TEST(count_needs_no_terminator)
{
	const char *text = judge_fmt("x%sy", judge_random_word(3 + judge_below(5)));
	size_t n = strlen(text), i;
	struct file f = make_plain(2 * PAGE);

	put(&f, 10 + judge_below(1000), text);
	put(&f, PAGE - 2, text);
	put(&f, 2 * PAGE - n, text);
	count_one(&f, text, "one match lies across two pages, and one ends with the last byte");
	memset(f.data + 2 * PAGE - n, '.', n);
	put(&f, 2 * PAGE - 2, judge_fmt("%.2s", text)); /* a beginning only */
	count_one(&f, text, "the file's last bytes are only the beginning of a match");
	for (i = 0; i < 20; i++)
		f.data[2000 + judge_below(2000)] = '\0';
	f.data[0] = '\0';
	count_one(&f, text, "bytes 0 of the file are not its end");
	f = make_plain(300);
	put(&f, 100, "aaab");
	put(&f, 200, "aab");
	count_one(&f, "aab",
		  "in aaab the match begins at the second byte: after a beginning that went wrong, "
		  "go on with the byte behind its first");
	f = make_plain(300);
	put(&f, 100, "aaaaaa");
	count_one(&f, "aaa", "matches may overlap");
	f.len = 2;
	count_one(&f, text, "the text is longer than the file");
	f.len = 0;
	count_one(&f, text, "the file is empty");
	expect_error(RUN("mapread", "count", "data", ""), "EINVAL",
		     "count of an empty text reported success");
}
END_TEST

/* --------------------------------------------------------------- slow pipe */

struct slow {
	struct subject *s;
	int fd; /* the pipe's reading end */
	struct file got;
	size_t room;
};

static bool pipe_closed(const struct slow *p)
{
	struct pollfd pfd = { .fd = p->fd };

	SAFE(poll(&pfd, 1, 0));
	return pfd.revents & (POLLHUP | POLLERR);
}

/* Ended early by a signal; 512 to 516 are EINTR before the kernel says so. */
static bool interrupted(const struct call *c)
{
	return c->ret == -EINTR || (c->ret <= -512 && c->ret >= -516) ||
	       (c->nr == SYS_write && c->ret >= 0 && (uint64_t)c->ret < c->args[2]);
}

/*
 * Nobody reads, so the program waits in write(2); each signal ends that wait,
 * the first time with a part of the bytes written, then with none (EINTR).
 */
static bool interrupted_twice(void *arg)
{
	struct slow *p = arg;
	size_t i, n, cut = 0;
	const struct call *c = subject_calls(p->s, &n);
	int filled = 0;

	for (i = 0; i < n; i++)
		cut += interrupted(&c[i]);
	if (cut >= 2 || pipe_closed(p))
		return true;
	SAFE(ioctl(p->fd, FIONREAD, &filled));
	if (filled > 0)
		kill(subject_pid(p->s), SIGUSR1);
	return false;
}

/* Read a little at each turn, until the end of the file. */
static bool drained(void *arg)
{
	struct slow *p = arg;
	size_t part = p->room - p->got.len < 1500 ? p->room - p->got.len : 1500;
	ssize_t n;

	if (part == 0)
		return true;
	n = read(p->fd, p->got.data + p->got.len, part);
	if (n > 0)
		p->got.len += (size_t)n;
	else if (n < 0 && errno != EAGAIN)
		judge_broken("read from a pipe: %s", judge_errno_name(errno));
	return n == 0;
}

static void cat_to_slow_pipe(struct slow *p, const char *path, size_t len)
{
	int ends[2];

	SAFE(pipe2(ends, O_CLOEXEC));
	SAFE(fcntl(ends[1], F_SETPIPE_SZ, PAGE));
	SAFE(fcntl(ends[0], F_SETFL, O_NONBLOCK));
	p->fd = ends[0];
	p->room = len + PAGE;
	p->got.data = calloc(p->room + 1, 1);
	if (!p->got.data)
		judge_broken("out of memory");
	p->s = subject_start(&(struct subject_spec){
		.argv = SUBJECT_ARGV("mapread", "cat", path),
		.in = "",
		.trace = true,
		.out_fd = ends[1],
	});
	close(ends[1]);
	judge_input("mapread cat %s | a slow reader; %s has %zu bytes", path, path, len);
	judge_poll(interrupted_twice, p, 400);
	if (!judge_poll(drained, p, 3000))
		judge_fail(judge_fmt("%zu bytes, then the end", len),
			   judge_fmt("%zu bytes, and no end", p->got.len),
			   "the output into a pipe did not come to its end.");
	close(p->fd);
}

/* The tool says of what a function failed where its output goes: into the pipe. */
static void expect_no_error_in(const struct slow *p)
{
	size_t back = p->got.len < 40 ? p->got.len : 40;
	const char *end = (const char *)p->got.data + p->got.len, *line;

	if (subject_exit(p->s) != 1 || !back || end[-1] != '\n')
		return;
	/* Bytes 0 of the file stand before it. */
	line = memmem(end - back, back, "error ", 6);
	if (!line)
		return;
	line = judge_fmt("%.*s", (int)(end - 1 - line), line);
	judge_fail("exit status 0", line, "cat into a slow pipe failed with %s: %s.", line + 6,
		   tool_guess(line + 6));
}

START_TEST(short_write_is_continued)
{
	struct file f = make_file("data", 5 * PAGE + judge_below(PAGE));
	struct slow p = { 0 };

	cat_to_slow_pipe(&p, "data", f.len);
	subject_wait(p.s);
	judge_note(
		"the pipe holds 4096 bytes; while it was full the signal SIGUSR1 came, which the "
		"tool answers with a line on standard error");
	expect_no_error_in(&p);
	expect_success(p.s, "cat into a slow pipe");
	if (p.got.len < f.len && !memcmp(p.got.data, f.data, p.got.len))
		judge_fail(judge_fmt("%zu bytes", f.len), judge_fmt("%zu bytes", p.got.len),
			   "write(2) took a part of the bytes, and the rest was never written: its "
			   "result says how many it took.");
	if (p.got.len > f.len)
		judge_fail(
			judge_fmt("%zu bytes", f.len), judge_fmt("%zu bytes or more", p.got.len),
			"some bytes were written twice, or some behind the end: after write(2) has "
			"taken n bytes, go on n bytes further, with n bytes less to write.");
	expect_mem(p.got.data, p.got.len, f.data, f.len,
		   "the bytes that went through a slow pipe are not those of the file.");
}
END_TEST

/* ------------------------------------------------------------------- leaks */

/*
 * Map and unmap many times, then look from outside: as many descriptors as a
 * program that did nothing has, and no mapping of the file. @want is the
 * result. A program may open 256 files: 300 rounds that leave one open fail.
 */
static void expect_nothing_left(const char *want, const char *const *argv, size_t fds)
{
	struct subject *s = subject_start(&(struct subject_spec){ .argv = argv });
	const char *name = judge_fmt("/%s", argv[3]), *got = tool_ready(s);
	const char *what = argv[4] ? "mr_window" : "mr_open";
	const char *when = strcmp(want, "ok") ? judge_fmt("fails with %s", want) : "succeeds";
	size_t i, n, left = 0;
	const struct vma *v;

	if (strcmp(got, want) != 0)
		judge_fail(judge_fmt("ready %s", want), judge_fmt("ready %s", got),
			   "%s, called %s times, gave another result: %s.", what, argv[2],
			   tool_guess(got));
	n = fds_count(subject_pid(s));
	if (n != fds)
		judge_fail(judge_fmt("%zu open descriptors", fds), judge_fmt("%zu", n),
			   "%s leaves a descriptor open when it %s.", what, when);
	v = maps_read(subject_pid(s), &n);
	for (i = 0; i < n; i++)
		left += ends_with(v[i].path, name);
	if (left > 0)
		judge_fail(
			"no mapping of the file in /proc/PID/maps", judge_fmt("%zu of them", left),
			"%s and mr_close leave pages of the file mapped: munmap takes the address "
			"that mmap gave, and the whole length; close(2) unmaps nothing.",
			what);
	subject_close_stdin(s);
	subject_wait(s);
}

#define LEFT(result, times, ...) \
	expect_nothing_left(result, SUBJECT_ARGV("mapread", "repeat", times, __VA_ARGS__), fds)

static size_t fds_of_idle(void)
{
	struct subject *s = START("mapread", "repeat", "0", "data");
	size_t fds;

	subject_line(s);
	fds = fds_count(subject_pid(s));
	subject_close_stdin(s);
	subject_wait(s);
	return fds;
}

/* While it is held, a mapping needs neither descriptor nor name of the file. */
static void expect_only_mapping_held(const struct file *f, size_t fds)
{
	struct subject *s = START("mapread", "hold", "data");
	struct held h = wait_held(s, "mr_open");
	unsigned char *seen = calloc(f->len + 1, 1);

	mapping_of(s, h, "/data");
	if (fds_count(subject_pid(s)) != fds)
		judge_fail(
			judge_fmt("%zu open descriptors", fds),
			judge_fmt("%zu", fds_count(subject_pid(s))),
			"mr_open keeps the descriptor; once mmap has returned it can be closed.");
	SAFE(unlink("data"));
	if (!seen || !memory_read(subject_pid(s), h.addr, seen, f->len))
		judge_fail("mapped bytes", "an address that cannot be read",
			   "the mapping does not reach from data to the file's last byte.");
	expect_mem(seen, f->len, f->data, f->len, "the bytes in the mapping are wrong.");
	let_go(s);
}

START_TEST(nothing_stays_mapped_or_open)
{
	struct file f = make_file("data", 5 * PAGE + 1 + judge_below(1000));
	size_t fds = fds_of_idle();

	SAFE(mkdir("folder", 0755));
	file_write("empty", "", 0);
	LEFT("ok", "300", "data");
	LEFT("ok", "1000", "data", U(PAGE + 4000 + judge_below(90)), U(2 * PAGE));
	LEFT("ok", "20", "empty");
	LEFT("ok", "20", "data", U(f.len), "10");
	LEFT("ENODEV", "20", "folder");
	LEFT("ENODEV", "20", "folder", "0", "10");
	LEFT("ENOENT", "20", "missing", "0", "10");
	expect_only_mapping_held(&f, fds);
}
END_TEST

const struct judge_suite judge_suite = {
	.lab = "01-mapread",
	.guesses = guesses,
	.explain_crash = explain_crash,
	.tests = {
		JUDGE_TEST(whole_file_is_copied),
		JUDGE_TEST(file_is_mapped_not_read),
		JUDGE_TEST(mapping_is_read_only),
		JUDGE_TEST(errno_is_passed_on),
		JUDGE_TEST(window_holds_the_right_bytes),
		JUDGE_TEST(window_reaches_past_3_gib),
		JUDGE_TEST(nothing_to_map_is_no_error),
		JUDGE_TEST(count_needs_no_terminator),
		JUDGE_TEST(short_write_is_continued),
		JUDGE_TEST(nothing_stays_mapped_or_open),
		JUDGE_END,
	},
};
