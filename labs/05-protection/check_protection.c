// SPDX-License-Identifier: GPL-2.0-only
/*
 * check_protection.c - the judge's suite for 05-protection.
 *
 * Predictions are held against the kernel that the suite runs on: the judge
 * makes the same call itself, at that moment. What is provoked must be seen as
 * the result of a system call, not only in what the program says. All tests
 * drive `protection session`, which takes a command a line, so one process
 * answers many and can be looked at between two of them.
 */
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "judge.h"
#include "protection.h"
#include "region.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define LIMITS 16
#define NO_LIMIT (1UL << 60)
#define MIB (1UL << 20)
#define TASK_END ((1ULL << 47) - 4096) /* of user addresses on x86-64 */
#define MAX_MAP_COUNT "/proc/sys/vm/max_map_count"
#define MAX_MAP_COUNT_DEFAULT 65530

static void max_map_count_set(unsigned n)
{
	int fd;

	if (access("/unit/check", X_OK) < 0)
		judge_broken("this test changes " MAX_MAP_COUNT ": run it in a machine");
	fd = (int)SAFE(open(MAX_MAP_COUNT, O_WRONLY | O_CLOEXEC));
	SAFE(dprintf(fd, "%u\n", n));
	close(fd);
}

/* The test before may have ended in the middle. */
static void setup(void)
{
	if (access("/unit/check", X_OK) == 0)
		max_map_count_set(MAX_MAP_COUNT_DEFAULT);
}

static void session_end(struct subject *s)
{
	subject_close_stdin(s);
	subject_wait(s);
}

/* The next line of the tool; what a student prints between them is passed over. */
static const char *tool_line(struct subject *s)
{
	static const char *const words[] = { "ok",	"error ",  "result ",
					     "before ", "inside ", "after " };
	const char *line;
	size_t i;

	for (;;) {
		line = subject_line(s);
		for (i = 0; i < COUNT(words); i++)
			if (!strncmp(line, words[i], strlen(words[i])))
				return line;
	}
}

/* -------------------------------------------------------------- predictions */

/* One question to can_map(), or to can_protect() about a new protection. */
struct cell {
	bool protect, noexec;
	int oflags, prot, flags;
};

struct cells {
	struct cell list[256];
	size_t n;
};

static void ask(struct cells *cs, struct cell c)
{
	if (cs->n == COUNT(cs->list))
		judge_broken("too many cells");
	cs->list[cs->n++] = c;
}

static const int modes[] = { O_RDONLY, O_WRONLY, O_RDWR };
static const int types[] = { MAP_SHARED, MAP_PRIVATE, MAP_SHARED | MAP_PRIVATE, 0 };

static const char *mode_text(const struct cell *c)
{
	return c->flags & MAP_ANONYMOUS ? "none" :
	       c->oflags == O_RDONLY	? "O_RDONLY" :
	       c->oflags == O_WRONLY	? "O_WRONLY" :
					  "O_RDWR";
}

static const char *prot_text(int prot)
{
	return judge_fmt("%c%c%c%s", prot & PROT_READ ? 'r' : '-', prot & PROT_WRITE ? 'w' : '-',
			 prot & PROT_EXEC ? 'x' : '-', prot & PROT_UNKNOWN ? "?" : "");
}

static const char *flags_text(int flags)
{
	static const char *const type[] = { "none", "shared", "private", "shared+private" };

	return judge_fmt("%s%s%s%s%s", type[flags & 3], flags & MAP_ANONYMOUS ? "+anonymous" : "",
			 flags & MAP_DENYWRITE ? "+denywrite" : "",
			 flags & MAP_NORESERVE ? "+noreserve" : "",
			 flags & MAP_UNKNOWN ? "+unknown" : "");
}

static const char *command_of(const struct cell *c)
{
	const char *noexec = c->noexec ? " noexec" : "";

	return c->protect ? judge_fmt("protect %s %s %s%s", mode_text(c), flags_text(c->flags),
				      prot_text(c->prot), noexec) :
			    judge_fmt("map %s %s %s%s", mode_text(c), prot_text(c->prot),
				      flags_text(c->flags), noexec);
}

/* Do what the cell asks about. The file is there already. */
static const char *kernel_answer(const struct cell *c)
{
	int fd = -1, err = 0;
	void *p;

	if (!(c->flags & MAP_ANONYMOUS))
		fd = (int)SAFE(open(c->noexec ? "noexec/cell" : "cell", c->oflags | O_CLOEXEC));
	p = mmap(NULL, REGION_PAGE, c->protect ? PROT_NONE : c->prot, c->flags, fd, 0);
	if (p == MAP_FAILED && c->protect)
		judge_broken("mmap for %s: %s", command_of(c), judge_errno_name(errno));
	if (p == MAP_FAILED)
		err = errno;
	else if (c->protect && mprotect(p, REGION_PAGE, c->prot) < 0)
		err = errno;
	if (p != MAP_FAILED)
		munmap(p, REGION_PAGE);
	if (fd >= 0)
		close(fd);
	return err ? judge_fmt("error %s", judge_errno_name(err)) : "ok";
}

/* Why the kernel gives this answer, for who predicted another. */
static const char *reason(const struct cell *c, const char *answer)
{
	bool both = (c->flags & 3) == 3;

	if (c->protect && !strcmp(answer, "error EINVAL"))
		return "mprotect refuses protection bits that it does not know";
	if (c->protect && !strcmp(answer, "error EACCES"))
		return c->noexec && c->prot & PROT_EXEC ?
			       "mprotect cannot give what mmap had to deny: execution" :
			       "mprotect cannot give what mmap had to deny: stores to a shared "
			       "mapping reach the file, and the descriptor did not allow them";
	if (c->protect)
		return "mprotect refuses only what mmap had to deny on this file";
	if (!strcmp(answer, "error EACCES") && c->noexec && c->prot & PROT_EXEC)
		return "the open mode forbids it already, and mmap tests that before the mount";
	if (!strcmp(answer, "error EACCES"))
		return c->oflags == O_WRONLY ?
			       "every mapping of a file has to read it, even one with PROT_NONE" :
			       "stores to a shared mapping reach the file: it must be open O_RDWR";
	if (!strcmp(answer, "error EINVAL"))
		return both ? "MAP_SHARED|MAP_PRIVATE is MAP_SHARED_VALIDATE, for files only" :
			      "a mapping is either shared or private";
	if (!strcmp(answer, "error EOPNOTSUPP"))
		return "MAP_SHARED_VALIDATE, and only it, refuses flags that are unknown";
	if (!strcmp(answer, "error EPERM"))
		return "no page of a file on a noexec mount is mapped with PROT_EXEC";
	if (both)
		return "MAP_SHARED|MAP_PRIVATE is MAP_SHARED_VALIDATE, a third type for files";
	if (c->flags & (MAP_DENYWRITE | MAP_UNKNOWN) || c->prot & PROT_UNKNOWN)
		return "mmap ignores this flag or bit";
	if (c->prot & PROT_WRITE && c->oflags == O_RDONLY)
		return "stores to a private mapping go to a copy, so reading is all it needs";
	return "nothing forbids it";
}

static void cells_file(const char *path)
{
	char page[REGION_PAGE] = "cell";

	file_write(path, page, sizeof(page));
}

static void cells_noexec(void)
{
	/* Seen by this test and its subject only, and gone with them. */
	SAFE(unshare(CLONE_NEWNS));
	SAFE(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL));
	SAFE(mkdir("noexec", 0755));
	SAFE(mount("tmpfs", "noexec", "tmpfs", MS_NOEXEC | MS_NODEV, "size=64k"));
	cells_file("noexec/cell");
}

/* From the first command on, the program only reads, writes and computes. */
static void expect_computed(const struct subject *s, const char *function)
{
	static const long asking[] = { SYS_mmap,	 SYS_mprotect, SYS_open,  SYS_openat,
				       SYS_memfd_create, SYS_fork,     SYS_clone, SYS_clone3 };
	const struct call *c;
	bool begun = false;
	size_t i, k, n;

	c = subject_calls(s, &n);
	for (i = 0; i < n; i++) {
		begun = begun || (c[i].nr == SYS_read && c[i].args[0] == 0);
		for (k = 0; begun && k < COUNT(asking); k++)
			if (c[i].nr == asking[k])
				judge_fail("no system call", "see the calls",
					   "%s is right, but it tried things out: the answer has "
					   "to be computed from the arguments.",
					   function);
	}
}

static void expect_predicted(const struct cells *cs, bool computed)
{
	const char *script = "", *want, *got, *bad_want = NULL, *bad_got = NULL;
	size_t i, wrong = 0, first = 0;
	struct subject *s;

	for (i = 0; i < cs->n; i++)
		script = judge_fmt("%s%s\n", script, command_of(&cs->list[i]));
	s = subject_start(&(struct subject_spec){
		.argv = SUBJECT_ARGV("protection", "session"),
		.in = script,
		.in_len = strlen(script),
		.trace = computed,
	});
	for (i = 0; i < cs->n; i++) {
		want = kernel_answer(&cs->list[i]);
		judge_input("protection %s", command_of(&cs->list[i]));
		got = tool_line(s);
		if (strcmp(want, got) == 0)
			continue;
		if (wrong++ == 0) {
			first = i;
			bad_want = want;
			bad_got = got;
		}
	}
	subject_wait(s);
	if (wrong > 0) {
		const struct cell *c = &cs->list[first];
		const char *function = c->protect ? "can_protect" : "can_map";

		judge_input("protection %s", command_of(c));
		if (!strcmp(bad_got, "error ENOSYS"))
			judge_fail(bad_want, bad_got, "%s is not written yet.", function);
		judge_fail(judge_fmt("%s, as this kernel answers", bad_want), bad_got,
			   "%s differs from the kernel in %zu of %zu cases; in the first: %s.",
			   function, wrong, cs->n, reason(c, bad_want));
	}
	if (computed)
		expect_computed(s, cs->list[0].protect ? "can_protect" : "can_map");
}

START_TEST(matrix_matches_kernel)
{
	struct cells cs = { .n = 0 };
	size_t m, t;
	int prot;

	cells_file("cell");
	for (m = 0; m < 3; m++)
		for (t = 0; t < 2; t++)
			for (prot = 0; prot < 8; prot++)
				ask(&cs, (struct cell){ .oflags = modes[m],
							.prot = prot,
							.flags = types[t] });
	expect_predicted(&cs, true);
}
END_TEST

START_TEST(type_and_flags_match_kernel)
{
	static const int extras[] = { 0, MAP_DENYWRITE, MAP_UNKNOWN, MAP_NORESERVE };
	static const int prots[] = { PROT_READ, PROT_READ | PROT_WRITE, PROT_READ | PROT_UNKNOWN };
	struct cells cs = { .n = 0 };
	size_t m, t, e, p;

	cells_file("cell");
	for (m = 0; m < 3; m++)
		for (t = 0; t < 4; t++)
			for (e = 0; e < 4; e++)
				for (p = 0; p < 3; p++)
					ask(&cs, (struct cell){ .oflags = modes[m],
								.prot = prots[p],
								.flags = types[t] | extras[e] });
	for (t = 0; t < 4; t++)
		for (e = 0; e < 4; e++)
			ask(&cs, (struct cell){ .prot = prots[judge_below(3)],
						.flags = types[t] | extras[e] | MAP_ANONYMOUS });
	expect_predicted(&cs, false);
}
END_TEST

START_TEST(noexec_mount_is_respected)
{
	struct cells cs = { .n = 0 };
	size_t m, t;
	int prot;

	cells_noexec();
	for (m = 0; m < 3; m++)
		for (t = 0; t < 4; t++)
			for (prot = 0; prot < 8; prot++)
				ask(&cs, (struct cell){ .noexec = true,
							.oflags = modes[m],
							.prot = prot,
							.flags = types[t] });
	for (m = 0; m < 3; m += 2)
		for (t = 0; t < 2; t++)
			for (prot = 0; prot < 8; prot++)
				ask(&cs, (struct cell){ .protect = true,
							.noexec = true,
							.oflags = modes[m],
							.prot = prot,
							.flags = types[t] });
	/* Memory without a file lies on no file system. */
	for (t = 0; t < 2; t++)
		for (prot = 0; prot < 8; prot++) {
			struct cell c = { .noexec = true,
					  .oflags = modes[0],
					  .prot = prot,
					  .flags = types[t] | MAP_ANONYMOUS };

			ask(&cs, c);
			c.protect = true;
			ask(&cs, c);
		}
	expect_predicted(&cs, false);
}
END_TEST

START_TEST(mprotect_limits_match_kernel)
{
	struct cells cs = { .n = 0 };
	size_t m, t;
	int i, prot;

	cells_file("cell");
	for (i = 0; i < 10; i++) {
		prot = i < 8 ? i : PROT_UNKNOWN | (i == 8 ? PROT_READ : PROT_WRITE);
		for (t = 0; t < 2; t++) {
			for (m = 0; m < 3; m += 2)
				ask(&cs, (struct cell){ .protect = true,
							.oflags = modes[m],
							.prot = prot,
							.flags = types[t] });
			ask(&cs, (struct cell){ .protect = true,
						.prot = prot,
						.flags = types[t] | MAP_ANONYMOUS });
		}
	}
	expect_predicted(&cs, true);
}
END_TEST

/* ------------------------------------------------------------------ provoke */

static struct subject *session_start(struct subject_spec spec)
{
	spec.argv = SUBJECT_ARGV("protection", "session");
	return subject_start(&spec);
}

static const char *advice(int err)
{
	switch (err) {
	case EACCES:
		return "EACCES is about how the descriptor was opened";
	case EAGAIN:
		return "EAGAIN means more locked memory than RLIMIT_MEMLOCK allows, and that limit "
		       "differs from machine to machine";
	case EEXIST:
		return "an address alone is a wish, MAP_FIXED takes it by force; only "
		       "MAP_FIXED_NOREPLACE refuses an occupied one";
	case EINVAL:
		return "EINVAL is about length, offset, address or type; an odd address without "
		       "MAP_FIXED is rounded and accepted";
	case ENODEV:
		return "ENODEV means an open descriptor of something that cannot be mapped";
	case ENOMEM:
		return "ENOMEM means too long, too many, or more than a limit allows while the "
		       "call is made (a soft RLIMIT_DATA of 0 is not enforced, one of a page is)";
	case EOPNOTSUPP:
		return "only MAP_SHARED_VALIDATE, on a file, looks for unknown flags";
	case EPERM:
		return "EPERM means that a right is missing, as that to lock any memory under a "
		       "limit of 0, or to write to a sealed file";
	case EOVERFLOW:
		return "a huge length gives ENOMEM; it is the end, offset plus length, that has to "
		       "lie past the largest offset, in a file";
	default:
		return "protection.h and mmap(2) say when this error is due";
	}
}

/* The last mmap among the calls from-to with this result, any if err is 0. */
static size_t refused_at(const struct call *c, size_t from, size_t to, int err)
{
	size_t i;

	for (i = to; i-- > from;)
		if (c[i].nr == SYS_mmap && (err == 0 || c[i].ret == -err))
			return i;
	return to;
}

/* What the program answers. */
static const char *ask_provoke(struct subject *s, int err, int way)
{
	subject_send(s, "provoke %s %d\n", judge_errno_name(err), way);
	return tool_line(s);
}

static bool names_refusal(const char *line, const struct call *c, size_t from, size_t to)
{
	for (; from < to; from++)
		if (c[from].nr == SYS_mmap && c[from].ret < 0 &&
		    !strcmp(line, judge_fmt("error %s", judge_errno_name((int)-c[from].ret))))
			return true;
	return false;
}

static void expect_named(const char *line, int err, int way, const struct call *c, size_t from,
			 size_t to)
{
	const char *name = judge_errno_name(err), *want = judge_fmt("error %s", name);

	if (!strcmp(line, "error ENOSYS"))
		judge_fail(want, line, "provoke is not written yet.");
	if (!strcmp(line, "ok"))
		judge_fail(want, "0, for a call that succeeds",
			   "provoke(%s, %d) was not refused: %s.", name, way, advice(err));
	if (strcmp(line, want) != 0 && !names_refusal(line, c, from, to))
		judge_fail(
			want, line,
			"provoke(%s, %d) reports an error that is not from mmap: it is of a step "
			"before, such as open or setrlimit, or of one after, such as close "
			"(keep errno right behind mmap).",
			name, way);
	if (strcmp(line, want) != 0)
		judge_fail(want, line, "provoke(%s, %d) met another error: %s.", name, way,
			   advice(err));
}

/*
 * Provoke an error and find the call that was refused with it; *from is set to
 * the first call that was made for this command.
 */
static size_t expect_provoked(struct subject *s, int err, int way, size_t *from)
{
	const char *name = judge_errno_name(err), *line;
	const struct call *c = subject_calls(s, from);
	size_t at, to, i;

	judge_input("protection provoke %s %d", name, way);
	line = ask_provoke(s, err, way);
	c = subject_calls(s, &to);
	expect_named(line, err, way, c, *from, to);
	at = refused_at(c, *from, to, err);
	if (at < to)
		return at;
	if (err == EINVAL && refused_at(c, *from, to, 0) == to)
		judge_fail(judge_fmt("a call of mmap that fails with %s", name), "no call of mmap",
			   "the kernel saw no mmap: either this way makes none, or its offset lies "
			   "inside a page, which the C library refuses itself: use "
			   "syscall(SYS_mmap, ...).");
	for (i = *from; i < to; i++)
		if (c[i].nr != SYS_mmap && c[i].ret == -err)
			judge_fail(judge_fmt("a call of mmap that fails with %s", name),
				   "another system call that does",
				   "provoke(%s, %d) reports the error of another call: it is an "
				   "mmap that the kernel has to refuse; and %s.",
				   name, way, advice(err));
	judge_fail(
		judge_fmt("a call of mmap that fails with %s", name),
		refused_at(c, *from, to, 0) < to ? "an mmap with another result" :
						   "no call of mmap",
		"provoke(%s, %d) reports an error that no mmap met: errno keeps the number of an "
		"older failure when a call succeeds: compare the result with MAP_FAILED; and %s.",
		name, way, advice(err));
}

static uint64_t flags_of(const struct call *c)
{
	return c->args[3];
}

/* Why the kernel said EINVAL: the first reason in the order of its tests. */
static const char *why_einval(const struct call *c)
{
	bool anonymous = flags_of(c) & MAP_ANONYMOUS;
	unsigned type = flags_of(c) & MAP_TYPE;

	if (c->args[5] & (REGION_PAGE - 1))
		return "an offset inside a page";
	if (flags_of(c) & MAP_HUGETLB)
		return "MAP_HUGETLB";
	if (c->args[1] == 0)
		return "a length of 0";
	if (flags_of(c) & (MAP_FIXED | MAP_FIXED_NOREPLACE) && c->args[0] & (REGION_PAGE - 1))
		return "a fixed address inside a page";
	if (type == 0)
		return "neither MAP_SHARED nor MAP_PRIVATE";
	if (type > MAP_SHARED_VALIDATE)
		return "an unknown type";
	if (type == MAP_SHARED_VALIDATE && anonymous)
		return "MAP_SHARED|MAP_PRIVATE with MAP_ANONYMOUS";
	if (flags_of(c) & MAP_GROWSDOWN)
		return "MAP_GROWSDOWN where it is not allowed";
	return "another reason";
}

/* How the descriptor of the call at @at was opened, or -1. */
static int opened_how(const struct call *c, size_t at)
{
	size_t i;

	for (i = at; i-- > 0;) {
		if (c[i].ret != (int64_t)(int)c[at].args[4])
			continue;
		if (c[i].nr == SYS_openat)
			return (int)c[i].args[2] & O_ACCMODE;
		if (c[i].nr == SYS_open)
			return (int)c[i].args[1] & O_ACCMODE;
		if (c[i].nr == SYS_creat)
			return O_WRONLY;
	}
	return -1;
}

static const char *why_eacces(const struct call *c, size_t at)
{
	switch (opened_how(c, at)) {
	case O_WRONLY:
		return "a descriptor that is open for writing only";
	case O_RDONLY:
		return "a writable shared mapping of a descriptor open for reading only";
	default:
		return "another reason";
	}
}

static bool sets_limit(const struct call *c, int resource)
{
	return c->ret == 0 &&
	       ((c->nr == SYS_prlimit64 && (int)c->args[1] == resource && c->args[2]) ||
		(c->nr == SYS_setrlimit && (int)c->args[0] == resource));
}

static const char *why_enomem(const struct call *c, size_t from, size_t at)
{
	size_t i, maps = 0;

	if (flags_of(&c[at]) & (MAP_FIXED | MAP_FIXED_NOREPLACE) &&
	    (c[at].args[0] > TASK_END || c[at].args[1] > TASK_END - c[at].args[0]))
		return "a fixed address outside user space";
	if (c[at].args[1] > TASK_END / 2)
		return "a length larger than the address space";
	for (i = from; i < at; i++) {
		if (sets_limit(&c[i], RLIMIT_AS))
			return "RLIMIT_AS";
		if (sets_limit(&c[i], RLIMIT_DATA))
			return "RLIMIT_DATA";
		maps += (c[i].nr == SYS_mmap || c[i].nr == SYS_mprotect) && c[i].ret >= 0;
	}
	return maps > 20 ? "too many mappings" : "more memory than the machine has";
}

static const char *why(struct subject *s, int err, size_t from, size_t at)
{
	size_t n;
	const struct call *c = subject_calls(s, &n);

	return err == EINVAL ? why_einval(&c[at]) :
	       err == EACCES ? why_eacces(c, at) :
			       why_enomem(c, from, at);
}

/* All ways to one error, each for a reason of its own. */
static void expect_ways(struct subject *s, int err, int ways)
{
	const char *seen[8];
	size_t from, at;
	int way, k;

	for (way = 1; way <= ways; way++) {
		at = expect_provoked(s, err, way, &from);
		seen[way] = why(s, err, from, at);
		for (k = 1; k < way; k++)
			if (!strcmp(seen[k], seen[way]))
				judge_fail(judge_fmt("%d different reasons for %s", ways,
						     judge_errno_name(err)),
					   judge_fmt("%s, twice", seen[way]),
					   "ways %d and %d to %s have the same reason.", k, way,
					   judge_errno_name(err));
	}
}

START_TEST(descriptor_errors_are_provoked)
{
	struct subject *s = session_start((struct subject_spec){ .trace = true });
	size_t from;

	expect_ways(s, EACCES, 2);
	expect_provoked(s, EBADF, 1, &from);
	expect_provoked(s, ENODEV, 1, &from);
	session_end(s);
}
END_TEST

START_TEST(einval_has_five_reasons)
{
	struct subject *s = session_start((struct subject_spec){ .trace = true });

	expect_ways(s, EINVAL, 5);
	session_end(s);
}
END_TEST

/* Few mappings are allowed, so that reaching their number takes no time. */
START_TEST(enomem_has_three_reasons)
{
	unsigned count = 90 + judge_below(60);
	struct subject *s;

	max_map_count_set(count);
	s = session_start((struct subject_spec){ .trace = true, .limit_as = NO_LIMIT });
	judge_note("in this test vm.max_map_count is %u, and RLIMIT_AS is out of reach", count);
	expect_ways(s, ENOMEM, 3);
	session_end(s);
	max_map_count_set(MAX_MAP_COUNT_DEFAULT);
}
END_TEST

START_TEST(flag_and_limit_errors_are_provoked)
{
	static const int errors[] = { EEXIST, EOPNOTSUPP, EOVERFLOW, EPERM, EAGAIN };
	unsigned long limit = 8 * MIB - judge_below(100) * REGION_PAGE;
	struct subject *s;
	size_t i, from;

	s = session_start((struct subject_spec){ .trace = true, .limit_memlock = limit });
	judge_note("in this test RLIMIT_MEMLOCK is %lu bytes", limit);
	for (i = 0; i < COUNT(errors); i++)
		expect_provoked(s, errors[i], 1, &from);
	session_end(s);
}
END_TEST

/* ------------------------------------------------------------ nothing stays */

/* What a process holds, the heap and the stack left out: they may grow. */
struct holdings {
	const struct vma *vma;
	size_t vmas, fds, files;
	struct rlimit limit[LIMITS];
};

static bool comparable(const struct vma *v)
{
	return strcmp(v->path, "[heap]") && strcmp(v->path, "[stack]");
}

static size_t files_count(void)
{
	DIR *d = opendir(".");
	size_t n = 0;

	if (!d)
		judge_broken("opendir: %s", judge_errno_name(errno));
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

/* Asked when the program waits for its next command, so its start is over. */
static struct holdings holdings_of(struct subject *s)
{
	pid_t pid = subject_pid(s);
	struct holdings h;
	int i;

	subject_send(s, "map O_RDWR r-- shared\n");
	tool_line(s);
	h.vma = maps_read(pid, &h.vmas);
	h.fds = fds_count(pid);
	h.files = files_count();
	for (i = 0; i < LIMITS; i++)
		SAFE(prlimit(pid, i, NULL, &h.limit[i]));
	return h;
}

/* The first mapping of @a that @b does not have as it is, or NULL. */
static const struct vma *not_in(const struct holdings *a, const struct holdings *b)
{
	const struct vma *v, *w;

	for (v = a->vma; v < a->vma + a->vmas; v++) {
		for (w = b->vma; w < b->vma + b->vmas; w++)
			if (v->start == w->start && v->end == w->end && v->r == w->r &&
			    v->w == w->w && v->x == w->x && v->shared == w->shared)
				break;
		if (w == b->vma + b->vmas && comparable(v))
			return v;
	}
	return NULL;
}

static const char *vma_text(const struct vma *v)
{
	return judge_fmt("%llx-%llx %c%c%c%c %s", (unsigned long long)v->start,
			 (unsigned long long)v->end, v->r ? 'r' : '-', v->w ? 'w' : '-',
			 v->x ? 'x' : '-', v->shared ? 's' : 'p', v->path);
}

static void expect_limits(const struct holdings *before, const struct holdings *now,
			  const char *what)
{
	int i;

	for (i = 0; i < LIMITS; i++)
		if (before->limit[i].rlim_cur != now->limit[i].rlim_cur ||
		    before->limit[i].rlim_max != now->limit[i].rlim_max)
			judge_fail(judge_fmt("soft %lu, hard %lu", before->limit[i].rlim_cur,
					     before->limit[i].rlim_max),
				   judge_fmt("soft %lu, hard %lu", now->limit[i].rlim_cur,
					     now->limit[i].rlim_max),
				   "%s leaves the resource limit %s changed.", what,
				   i == RLIMIT_AS      ? "RLIMIT_AS" :
				   i == RLIMIT_MEMLOCK ? "RLIMIT_MEMLOCK" :
				   i == RLIMIT_DATA    ? "RLIMIT_DATA" :
							 judge_fmt("number %d", i));
}

static void expect_held(struct subject *s, const struct holdings *before, const char *what)
{
	struct holdings now = holdings_of(s);
	const struct vma *v = not_in(&now, before);
	long more = (long)now.vmas - (long)before->vmas;

	if (v)
		judge_fail("the mappings of before", vma_text(v), "%s leaves a mapping behind%s.",
			   what, more > 1 ? judge_fmt(", with %ld others", more - 1) : "");
	v = not_in(before, &now);
	if (v)
		judge_fail(vma_text(v), "it is gone",
			   "%s destroyed a mapping that was there before.", what);
	if (now.fds != before->fds)
		judge_fail(judge_fmt("%zu open descriptors", before->fds),
			   judge_fmt("%zu", now.fds), "%s leaves a descriptor open.", what);
	expect_limits(before, &now, what);
	if (now.files != before->files)
		judge_fail("the files of before",
			   judge_fmt("%ld more", (long)(now.files - before->files)),
			   "%s leaves a file in the working directory.", what);
}

/* For root RLIMIT_MEMLOCK does not hold, so the call may well succeed. */
static void expect_truth(void)
{
	struct subject *s = session_start((struct subject_spec){ .trace = true, .uid = -1 });
	struct holdings before = holdings_of(s);
	const struct call *c;
	const char *line;
	size_t n;

	judge_input("protection provoke EAGAIN, as root");
	line = ask_provoke(s, EAGAIN, 1);
	c = subject_calls(s, &n);
	if (!strcmp(line, "error EAGAIN") && refused_at(c, 0, n, EAGAIN) == n)
		judge_fail("ok: for root the call succeeds", line,
			   "provoke reports EAGAIN although its mmap succeeded.");
	if (strcmp(line, "ok") != 0 && strcmp(line, "error EAGAIN") != 0)
		judge_fail("ok: for root the call succeeds", line,
			   "provoke reports an error that is none: a call that succeeds is undone, "
			   "and the result is 0.");
	expect_held(s, &before, "provoke(EAGAIN, 1), as root, whose mmap succeeds,");
	session_end(s);
}

static const struct {
	int err, ways;
} all[] = { { EACCES, 2 }, { EAGAIN, 1 }, { EBADF, 1 },	     { EEXIST, 1 },    { EINVAL, 5 },
	    { ENODEV, 1 }, { ENOMEM, 3 }, { EOPNOTSUPP, 1 }, { EOVERFLOW, 1 }, { EPERM, 1 } };

/*
 * A way that needs a descriptor fails for want of one: in the step that is to give it
 * one, or in an mmap that is given none.
 */
static void expect_step_told(void)
{
	struct subject *s = session_start((struct subject_spec){ .limit_nofile = 3 });
	const char *line;
	size_t i;
	int way;

	judge_note("here the program may have no descriptor but its first three");
	for (i = 0; i < COUNT(all); i++)
		for (way = 1; way <= all[i].ways; way++) {
			const char *name = judge_errno_name(all[i].err);
			const char *wanted = judge_fmt("error %s", name);

			judge_input("protection provoke %s %d", name, way);
			line = ask_provoke(s, all[i].err, way);
			if (strcmp(line, wanted) != 0 && strcmp(line, "error EMFILE") != 0 &&
			    strcmp(line, "error EBADF") != 0)
				judge_fail(judge_fmt("%s, or error EMFILE", wanted), line,
					   "a step before the mmap failed, for want of a "
					   "descriptor, and provoke did not return its errno.");
		}
	session_end(s);
}

START_TEST(provoke_leaves_nothing_behind)
{
	struct holdings before;
	struct subject *s;
	const char *line;
	size_t i;
	int way;

	max_map_count_set(150);
	s = session_start((struct subject_spec){ .trace = false });
	before = holdings_of(s);
	for (i = 0; i < COUNT(all); i++)
		for (way = 1; way <= all[i].ways; way++) {
			const char *name = judge_errno_name(all[i].err);

			line = ask_provoke(s, all[i].err, way);
			judge_input("protection provoke %s %d", name, way);
			expect_held(s, &before, judge_fmt("provoke(%s, %d)", name, way));
			if (strcmp(line, judge_fmt("error %s", name)) != 0)
				judge_fail(judge_fmt("error %s", name), line,
					   "provoke(%s, %d) leaves nothing behind, but it does not "
					   "provoke its error either.",
					   name, way);
		}
	if (zombies_of(subject_pid(s)) > 0)
		judge_fail("no zombie", judge_fmt("%zu", zombies_of(subject_pid(s))),
			   "provoke leaves a child that nobody waited for.");
	session_end(s);
	expect_step_told();
	max_map_count_set(MAX_MAP_COUNT_DEFAULT);
	expect_truth();
}
END_TEST

/* --------------------------------------------------------------- with_write */

#define WINDOW (REGION_MAX + 2) /* the pages of a region and its neighbours */

struct view {
	struct vma page[WINDOW]; /* path is NULL: not mapped */
};

/* One `write`, and what was seen at its stages. */
struct writing {
	const char *layout;
	size_t start, n, pages;
	bool called;
	uint64_t base;
	struct view before, inside, after;
	unsigned char *in, *out; /* the bytes, inside and after; holes are 0 */
	size_t fds_before, fds_after;
	const char *answer;
};

static struct view view_of(struct subject *s, const struct writing *w)
{
	size_t i, k, n;
	const struct vma *v = maps_read(subject_pid(s), &n);
	struct view view = { 0 };
	uint64_t at;

	for (i = 0; i < w->pages + 2; i++) {
		at = w->base + (i - 1) * REGION_PAGE;
		for (k = 0; k < n; k++)
			if (v[k].start <= at && at < v[k].end)
				view.page[i] = v[k];
	}
	return view;
}

/* The region's bytes, whatever its protection: as a debugger reads them. */
static unsigned char *bytes_of(struct subject *s, const struct writing *w)
{
	int fd = (int)SAFE(open(judge_fmt("/proc/%d/mem", subject_pid(s)), O_RDONLY | O_CLOEXEC));
	unsigned char *bytes = calloc(w->pages, REGION_PAGE);
	size_t i;

	if (!bytes)
		judge_broken("out of memory");
	for (i = 0; i < w->pages; i++)
		if (w->layout[i] != '.' && pread(fd, bytes + i * REGION_PAGE, REGION_PAGE,
						 (off_t)(w->base + i * REGION_PAGE)) < 0)
			judge_note("page %zu of the region cannot be read", i);
	close(fd);
	return bytes;
}

static void stage(const char *line, const char *when, struct writing *w)
{
	char word[16];
	unsigned long long base;

	if (sscanf(line, "%15s %llx", word, &base) != 2 || strcmp(word, when) != 0)
		judge_fail(judge_fmt("the line \"%s ...\"", when), line,
			   "the tool's output is disturbed.");
	if (!w->base)
		w->base = base;
}

static struct writing write_one(struct subject *s, const char *layout, size_t start, size_t n,
				const char *result)
{
	struct writing w = { .layout = layout, .start = start, .n = n, .pages = strlen(layout) };
	const char *line;

	judge_input("protection write %s %zu %zu%s%s", layout, start, n, *result ? " " : "",
		    result);
	subject_send(s, "write %s %zu %zu %s\n", layout, start, n, result);
	stage(tool_line(s), "before", &w);
	w.before = view_of(s, &w);
	w.fds_before = fds_count(subject_pid(s));
	subject_send(s, "\n");
	line = tool_line(s);
	w.called = !strncmp(line, "inside", 6);
	if (w.called) {
		w.inside = view_of(s, &w);
		w.in = bytes_of(s, &w);
		subject_send(s, "\n");
		line = tool_line(s);
	}
	stage(line, "after", &w);
	w.after = view_of(s, &w);
	w.out = bytes_of(s, &w);
	w.fds_after = fds_count(subject_pid(s));
	subject_send(s, "\n");
	w.answer = tool_line(s);
	return w;
}

static struct subject *write_session(void)
{
	struct subject *s = session_start((struct subject_spec){ .trace = false });

	judge_note("the tool's fn stores to each byte of the region, from START to START + LENGTH "
		   "- 1; a page of the layout: - none, r r--, w rw-, x r-x, S and s r-- and "
		   "shared, . not mapped");
	return s;
}

static const char *page_text(const struct vma *v)
{
	if (!v->path)
		return "unmapped";
	return judge_fmt("%c%c%c%c", v->r ? 'r' : '-', v->w ? 'w' : '-', v->x ? 'x' : '-',
			 v->shared ? 's' : 'p');
}

static const char *view_text(const struct writing *w, const struct view *v)
{
	const char *text = "";
	size_t i;

	for (i = 1; i <= w->pages; i++)
		text = judge_fmt("%s%s%s", text, i > 1 ? " " : "", page_text(&v->page[i]));
	return text;
}

/* Page i of the window, 1 being the region's first, as a person says it. */
static const char *page_name(const struct writing *w, size_t i)
{
	return i == 0	    ? "the page before the layout" :
	       i > w->pages ? "the page behind the layout" :
			      judge_fmt("page %zu (of 0 to %zu)", i - 1, w->pages - 1);
}

static void expect_called(const struct writing *w)
{
	if (!w->called && !strcmp(w->answer, "error ENOSYS"))
		judge_fail("a call of fn", w->answer, "with_write is not written yet.");
	if (!w->called)
		judge_fail("a call of fn", w->answer, "with_write did not call the function; %s.",
			   w->n == 0 ?
				   "a region of 0 bytes has no page to change, and fn is called" :
			   !strcmp(w->answer, "error EINVAL") ?
				   "mprotect wants an address at the beginning of a page" :
				   "this region can be made writable");
}

/* While fn runs: the region's pages are rw and keep their x, others nothing. */
static void expect_inside(const struct writing *w)
{
	size_t i, first = w->start / REGION_PAGE, last = (w->start + w->n - 1) / REGION_PAGE;
	const struct vma *was, *is;
	bool in;

	for (i = 0; i < w->pages + 2; i++) {
		was = &w->before.page[i];
		is = &w->inside.page[i];
		in = w->n > 0 && i >= 1 && i - 1 >= first && i - 1 <= last;
		if (in && (!is->path || !is->r || !is->w))
			judge_fail("rw", page_text(is),
				   "while fn runs, %s holds a part of the region "
				   "and cannot be read and written.",
				   page_name(w, i));
		if (in && is->x != was->x)
			judge_fail(was->x ? "rwx" : "rw-", page_text(is), "while fn runs, %s %s.",
				   page_name(w, i),
				   was->x ? "is not executable any longer" :
					    "has become executable");
		if (!in && strcmp(page_text(was), page_text(is)) != 0)
			judge_fail(page_text(was), page_text(is),
				   "while fn runs, %s is changed, though "
				   "it holds no byte of the region.",
				   page_name(w, i));
	}
}

static void expect_bytes(const struct writing *w, const unsigned char *got, bool stored)
{
	size_t i;
	unsigned char want;

	for (i = 0; i < w->pages * REGION_PAGE; i++) {
		want = region_byte(i);
		if (stored && i >= w->start && i < w->start + w->n)
			want = (unsigned char)~want;
		if (w->layout[i / REGION_PAGE] != '.' && got[i] != want)
			judge_fail(judge_fmt("%#x", want), judge_fmt("%#x", got[i]),
				   "byte %zu of the layout is wrong: the pages have to keep their "
				   "content, only their protection changes.",
				   i);
	}
}

static void expect_restored(const struct writing *w)
{
	size_t i;

	for (i = 0; i < w->pages + 2; i++)
		if (strcmp(page_text(&w->before.page[i]), page_text(&w->after.page[i])) != 0)
			judge_fail(judge_fmt("%s, as before", view_text(w, &w->before)),
				   view_text(w, &w->after),
				   "after with_write, %s has not its old protection (%s).",
				   page_name(w, i),
				   !w->called ? "though fn was not even called" :
				   strncmp(w->answer, "error", 5) ?
						"fn succeeded" :
						"fn returned an error; it comes back then, too");
	if (w->fds_after > w->fds_before)
		judge_fail(judge_fmt("%zu open descriptors", w->fds_before),
			   judge_fmt("%zu", w->fds_after), "with_write leaves a descriptor open.");
}

static void expect_answer(const struct writing *w, const char *want)
{
	if (strcmp(w->answer, want) != 0)
		judge_fail(want, w->answer, "with_write returned something else than fn did.");
}

START_TEST(region_is_writable_during_call)
{
	const size_t odd = 1 + judge_below(4094);
	const struct {
		const char *layout;
		size_t start, n;
	} cases[] = {
		{ "-r-", 4096, 4096 },
		{ "rrr", 4096 + odd, 1 },
		{ "-rrr-", 8191, 2 }, /* the last byte of a page, the first of the next */
		{ "r-xw-", 4096 + odd, 2 * 4096 }, /* three pages, as it begins inside one */
		{ "xSrx", 4095, 2 * 4096 + 2 },
		{ "r", 0, 0 },
		{ "r", odd, 0 }, /* inside a page, but no byte of it */
	};
	struct subject *s = write_session();
	struct writing w;
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		w = write_one(s, cases[i].layout, cases[i].start, cases[i].n, "");
		expect_called(&w);
		expect_inside(&w);
		expect_bytes(&w, w.in, true);
		expect_answer(&w, "ok");
	}
	session_end(s);
}
END_TEST

START_TEST(old_protection_comes_back)
{
	static const char *const results[][2] = {
		{ "", "ok" },		{ "17", "result 17" }, { "ECANCELED", "error ECANCELED" },
		{ "EIO", "error EIO" }, { "", "ok" },
	};
	/* As many mappings as a region can have: no fixed number of them is enough. */
	static const char most[] = "rxw-rxw-rxw-rxw-";
	struct subject *s = write_session();
	char layout[8] = "rrrrrr";
	struct writing w;
	size_t i, k, start;

	_Static_assert(sizeof(most) - 1 == REGION_MAX, "all pages");
	w = write_one(s, most, 0, REGION_MAX * REGION_PAGE, "");
	expect_called(&w);
	expect_inside(&w);
	expect_restored(&w);
	for (i = 0; i < COUNT(results); i++) {
		start = judge_below(8192);
		w = write_one(s, layout, start, 3 * 4096 + judge_below(4096), results[i][0]);
		expect_called(&w);
		if (!strcmp(view_text(&w, &w.inside), view_text(&w, &w.before)))
			judge_fail("a region that can be written", view_text(&w, &w.inside),
				   "with_write called fn without making the region writable.");
		expect_restored(&w);
		expect_bytes(&w, w.out, true);
		expect_answer(&w, results[i][1]);
		/* The next one has another protection on each page, at random. */
		memcpy(layout, i % 2 ? "x-rwSr" : "Srw-x-", 6);
		for (k = 5; k > 0; k--) {
			size_t other = judge_below((uint32_t)k + 1);
			char c = layout[k];

			layout[k] = layout[other];
			layout[other] = c;
		}
	}
	session_end(s);
}
END_TEST

START_TEST(refused_region_stays_as_it_was)
{
	static const struct {
		const char *layout, *error;
	} cases[] = { { "s", "EACCES" },     { "r-xsr", "EACCES" }, { "wrs", "EACCES" },
		      { "rx.-r", "ENOMEM" }, { "-rr.", "ENOMEM" },  { ".rw", "ENOMEM" } };
	struct subject *s = write_session();
	struct writing w;
	const char *want;
	size_t i, len;

	for (i = 0; i < COUNT(cases); i++) {
		len = strlen(cases[i].layout) * REGION_PAGE;
		w = write_one(s, cases[i].layout, judge_below(100), len - 200, "");
		want = judge_fmt("error %s", cases[i].error);
		if (w.called)
			judge_fail(judge_fmt("%s, and no call", want), "a call of fn",
				   "with_write called fn although a page of the region %s.",
				   strchr(cases[i].layout, '.') ?
					   "is not mapped" :
					   "belongs to a file opened for reading only");
		if (strcmp(w.answer, want) != 0)
			judge_fail(want, w.answer, "%s.",
				   !strcmp(w.answer, "error ENOSYS") ?
					   "with_write is not written yet" :
					   "with_write met another error than protection.h names");
		expect_restored(&w);
		expect_bytes(&w, w.out, false);
	}
	session_end(s);

	s = session_start((struct subject_spec){ .limit_nofile = 3 });
	judge_note("here the program may have no descriptor but its first three");
	w = write_one(s, "rw", 100, 5000, "");
	if (w.called ?
		    strcmp(w.answer, "ok") != 0 :
		    strcmp(w.answer, "error EMFILE") != 0 && strcmp(w.answer, "error ENOMEM") != 0)
		judge_fail("ok and a call of fn, or error EMFILE",
			   judge_fmt("%s, and %s call", w.answer, w.called ? "a" : "no"),
			   "with_write could not open a file, and said something else.");
	expect_restored(&w);
	expect_bytes(&w, w.out, w.called);
	session_end(s);
}
END_TEST

const struct judge_suite judge_suite = {
	.lab = "05-protection",
	.setup = setup,
	.tests = {
		JUDGE_TEST(matrix_matches_kernel),
		JUDGE_TEST(type_and_flags_match_kernel),
		JUDGE_TEST(noexec_mount_is_respected),
		JUDGE_TEST(mprotect_limits_match_kernel),
		JUDGE_TEST(descriptor_errors_are_provoked),
		JUDGE_TEST(einval_has_five_reasons),
		JUDGE_TEST(enomem_has_three_reasons),
		JUDGE_TEST(flag_and_limit_errors_are_provoked),
		JUDGE_TEST(provoke_leaves_nothing_behind),
		JUDGE_TEST(region_is_writable_during_call),
		JUDGE_TEST(old_protection_comes_back),
		JUDGE_TEST(refused_region_stays_as_it_was),
		JUDGE_END,
	},
};
