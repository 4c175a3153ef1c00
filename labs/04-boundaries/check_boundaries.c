// SPDX-License-Identifier: GPL-2.0-only
/*
 * check_boundaries.c - the judge's suite for 04-boundaries.
 *
 * What a prediction must say is not written down here: the judge makes each
 * access itself, in a child process of its own and on a file that the
 * subject never sees, and takes what this machine's kernel did. That happens
 * before the subject is started, so that nothing it does can change it.
 *
 * The tool maps at a fixed address, PLACE, far from everything else, so that
 * the judge can look at the mapping through /proc without asking the tool.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "boundaries.h"
#include "judge.h"

#define PAGE 4096
#define GIB (1ULL << 30)
#define PLACE 0x10000000000
#define U(x) judge_fmt("%llu", (unsigned long long)(x))
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static uint64_t page_up(uint64_t n)
{
	return (n + PAGE - 1) & -(uint64_t)PAGE;
}

/* ------------------------------------------------------------- expectations */

static const struct judge_guess guesses[] = {
	{ "EINVAL", "mmap and mremap want addresses, offsets and lengths in pages, and ftruncate a "
		    "descriptor that may write" },
	{ "ENOMEM", "a length is far too large, or memory is mapped that is not freed" },
	{ "EBADF", "a descriptor was closed that belongs to the caller" },
	{ "EFAULT", "a system call was given an address that cannot be touched" },
	{ NULL, NULL },
};

static void expect_answer(const char *got, const char *want, const char *why)
{
	if (!strcmp(got, want))
		return;
	if (!strncmp(got, "error ", 6) && strncmp(want, "error ", 6) != 0)
		judge_fail(want, got, "the call failed with %s: %s.", got + 6, tool_guess(got + 6));
	judge_fail(want, got, "%s.", why);
}

/* The next line of the tool, which must be this one. */
static void expect_line(struct subject *s, const char *want, const char *why)
{
	expect_answer(subject_line(s), want, why);
}

/* The line of grow or shrink, which tells no error; its size is not taken from there. */
static void expect_done(struct subject *s)
{
	const char *got = subject_line(s);

	if (strncmp(got, "size ", 5) != 0)
		expect_answer(got, "size ...", "the call failed");
	expect_line(s, "ready", "the tool did not wait");
}

static void expect_mapped(struct subject *s)
{
	if (strcmp(subject_line(s), "0x10000000000") != 0)
		judge_broken("the tool could not map its file");
}

static void finish(struct subject *s)
{
	subject_close_stdin(s);
	subject_wait(s);
	expect_exit(s, 0);
}

/* A file of random bytes, none of them 0; what comes back is a copy. */
static struct file make_file(const char *path, size_t len)
{
	struct file f = { calloc(1, len + 1), len };
	size_t i;

	if (!f.data)
		judge_broken("out of memory");
	for (i = 0; i < len; i++)
		f.data[i] = (unsigned char)(1 + judge_below(255));
	file_write(path, f.data, len);
	return f;
}

/* -------------------------------------------------------------------- probe */
struct
try {
	const char *access, *at, *want, *why;
};

static const char bus_why[] = "the mapping reaches there, but the file has no such page: "
			      "SIGBUS, and it needs a handler of its own";
static const char maperr_why[] = "nothing is mapped there: si_code in the handler's "
				 "siginfo_t is SEGV_MAPERR";
static const char accerr_why[] = "a mapping is there and does not permit this access: "
				 "si_code in the handler's siginfo_t is SEGV_ACCERR";
static const char ok_why[] = "the access can be made and raises no signal";

/* Where si_code is not looked at, what else the answer could mean would mislead. */
static void expect_fate(const char *got, const char *want, const char *why)
{
	if (!strcmp(want, "SIGSEGV ACCERR") && !strcmp(got, "SIGSEGV MAPERR"))
		why = accerr_why;
	expect_answer(got, want, why);
}

static bool has_ended(void *s)
{
	return kill(subject_pid(s), 0) < 0;
}

/* Run a program that has probes to make: it may fault for ever. */
static struct subject *run_probes(const char *const *argv)
{
	struct subject *s = subject_start(&(struct subject_spec){ .argv = argv, .in = "" });

	/* Its faults are many and cost the judge time: no longer than need be. */
	if (!judge_poll(has_ended, s, 800))
		judge_fail(
			"an answer", "none, and the program runs on",
			"a probe does not end. A handler that returns repeats the access, and has "
			"its signal again, for ever.");
	subject_wait(s);
	return s;
}

/* One probe in a fresh process. */
static void probe_once(const char *prot, const struct try *t)
{
	struct subject *s = run_probes(SUBJECT_ARGV("boundaries", "map", "data", "12288", "0", prot,
						    "shared", "probe", t->access, t->at));
	const char *got;

	if (subject_signal(s))
		judge_note("a probe survives every access; expected here: %s", t->want);
	expect_mapped(s);
	got = subject_line(s);
	if (!strcmp(got, "ok") && strcmp(t->want, "ok") != 0 && *t->access == 'r')
		judge_fail(
			t->want, got,
			"no access was made, or its signal was not noticed: the "
			"compiler drops a read whose value nobody uses, unless the pointer is to "
			"volatile.");
	expect_fate(got, t->want, t->why);
	expect_exit(s, 0);
}

START_TEST(probe_names_each_fate)
{
	static const char whole[] = "this is the last byte before a page that is not there: an "
				    "access wider than one byte touches that page too";
	static const char reads[] =
		"reading is permitted there: the probe of a read must not store";
	static const char writes[] = "a mapping without PROT_WRITE refuses stores: a probe of a "
				     "write must store";
	const struct try rw[] = {
		{ "r", U(8192 + judge_below(PAGE)), "SIGBUS", bus_why },
		{ "w", U(8192 + judge_below(PAGE)), "SIGBUS", bus_why },
		{ "r", "12288", "SIGSEGV MAPERR", maperr_why },
		{ "w", "-1", "SIGSEGV MAPERR", maperr_why },
		{ "r", "@0", "SIGSEGV MAPERR", maperr_why },
		{ "r", "@0xffffffffffffffff", "SIGSEGV MAPERR", maperr_why },
	};
	const struct try ro[] = {
		{ "r", U(judge_below(5000)), "ok", reads },
		{ "w", U(judge_below(5000)), "SIGSEGV ACCERR", writes },
	};
	const struct try none = { "r", U(judge_below(5000)), "SIGSEGV ACCERR", accerr_why };
	struct subject *s;
	size_t i;

	make_file("data", 5000);
	judge_note("data has 5000 bytes; three pages of it are mapped");
	s = run_probes(SUBJECT_ARGV("boundaries", "map", "data", "12288", "0", "rw", "shared",
				    "probe", "r", U(judge_below(5000)), "probe", "r", "8191",
				    "probe", "w", "8191"));
	expect_mapped(s);
	expect_line(s, "ok", ok_why);
	expect_line(s, "ok", whole);
	expect_line(s, "ok", whole);
	expect_exit(s, 0);
	for (i = 0; i < COUNT(rw); i++)
		probe_once("rw", &rw[i]);
	for (i = 0; i < COUNT(ro); i++)
		probe_once("r", &ro[i]);
	probe_once("-", &none);
}
END_TEST

/* One process that probes many times, in an order that nobody foresees. */
START_TEST(probe_works_again)
{
	static const struct {
		const char *at, *want;
	} kinds[] = {
		{ "100", "ok" },
		{ "9000", "SIGBUS" },
		{ "12288", "SIGSEGV MAPERR" },
		{ "@0x10", "SIGSEGV MAPERR" },
	};
	const char *argv[64] = { "boundaries", "map", "data", "12288", "0", "r", "shared" };
	const char *want[17];
	size_t i, n = 7;
	struct subject *s;

	make_file("data", 5000);
	for (i = 0; i < 16; i++) {
		/* Each kind twice on end first, then a byte that is there, then any. */
		size_t k = i < 8 ? i / 2 : i == 8 ? 0 : judge_below(COUNT(kinds));
		bool refused = k == 0 && i > 8 && judge_below(2);

		argv[n++] = "probe";
		argv[n++] = refused ? "w" : "r";
		argv[n++] = kinds[k].at;
		want[i] = refused ? "SIGSEGV ACCERR" : kinds[k].want;
	}
	s = run_probes(argv);
	if (subject_signal(s))
		judge_note(
			"the program died in a later probe than its first: while a handler "
			"runs, its signal is blocked, and longjmp(3) leaves it so; or the handlers were there "
			"for the first probe only");
	expect_mapped(s);
	for (i = 0; i < 16; i++)
		expect_line(s, want[i],
			    judge_fmt("probe %zu of one process is wrong, though each "
				      "is right alone",
				      i + 1));
	expect_exit(s, 0);

	/* Somebody else makes the file shorter and longer. */
	s = START("boundaries", "map", "data", "12288", "0", "rw", "private", "store", "4500", "7",
		  "probe", "r", "4500", "wait", "probe", "r", "4500", "wait", "probe", "w", "4500");
	judge_note("in the session that probes byte 4500, another process makes the file shorter, "
		   "then longer again");
	expect_mapped(s);
	expect_line(s, "stored 7", "the store went wrong");
	expect_line(s, "ok", ok_why);
	expect_line(s, "ready", "the tool did not wait");
	SAFE(truncate("data", 4096));
	subject_send(s, "\n");
	expect_line(s, "SIGBUS",
		    "the file has ended before this page since the last probe: a "
		    "private copy of the page goes with it");
	expect_line(s, "ready", "the tool did not wait");
	SAFE(truncate("data", 5000));
	subject_send(s, "\n");
	expect_line(s, "ok", "the file has this page again since the last probe");
	finish(s);
}
END_TEST

START_TEST(probe_of_write_changes_nothing)
{
	const char *argv[64] = { "boundaries", "map", "data", "8192", "0", "rw", "shared" };
	struct file f = make_file("data", 5000), now;
	struct subject *s;
	size_t i, n = 7;

	f.data[17] = 0;
	f.data[4096] = 0xff;
	file_write("data", f.data, f.len);
	for (i = 0; i < 12; i++) {
		argv[n++] = "probe";
		argv[n++] = i % 4 == 3 ? "r" : "w";
		argv[n++] = i == 0 ? "17" :
			    i == 1 ? "4096" :
			    i == 2 ? "4999" :
				     U(judge_below(5000));
	}
	argv[n] = "wait";
	s = subject_start(&(struct subject_spec){ .argv = argv });
	expect_mapped(s);
	for (i = 0; i < 12; i++)
		expect_line(s, "ok", ok_why);
	expect_line(s, "ready", "the tool did not wait");
	now = file_read("data"); /* while the program is alive */
	expect_mem(now.data, now.len, f.data, f.len,
		   "a probe of a write leaves its mark in the file: the byte must be what it was.");
	finish(s);

	s = run_probes(SUBJECT_ARGV("boundaries", "map", "data", "8192", "0", "r", "private",
				    "probe", "w", U(judge_below(5000))));
	expect_mapped(s);
	expect_fate(subject_line(s), "SIGSEGV ACCERR",
		    "a mapping without PROT_WRITE refuses stores: a probe of a write must store, "
		    "not only read");
	expect_exit(s, 0);
}
END_TEST

/* The masks of a process and what it holds, as the kernel tells it. */
struct state {
	char blocked[20], ignored[20], caught[20];
	char children[80]; /* running or zombies */
	size_t fds;
};

static FILE *open_proc(struct subject *s, const char *name)
{
	const char *path = judge_fmt("/proc/%d/%s", subject_pid(s), name);
	FILE *f = fopen(path, "r");

	if (!f)
		judge_broken("%s: %s", path, judge_errno_name(errno));
	return f;
}

static struct state state_of(struct subject *s)
{
	struct state st = { .fds = fds_count(subject_pid(s)) };
	FILE *f = open_proc(s, "status");
	char line[256];

	while (fgets(line, sizeof(line), f)) {
		sscanf(line, "SigBlk: %19s", st.blocked);
		sscanf(line, "SigIgn: %19s", st.ignored);
		sscanf(line, "SigCgt: %19s", st.caught);
	}
	fclose(f);
	f = open_proc(s, judge_fmt("task/%d/children", subject_pid(s)));
	if (!fgets(st.children, sizeof(st.children), f))
		strcpy(st.children, "none");
	fclose(f);
	return st;
}

static void expect_state(struct subject *s, const struct state *before)
{
	struct state now = state_of(s);

	expect_str(now.blocked, before->blocked,
		   "the signal mask (SigBlk in /proc/PID/status, bit N-1 for signal N) is not what "
		   "it was before the probes.");
	expect_str(now.caught, before->caught,
		   "which signals are handled (SigCgt in /proc/PID/status) is not what it was "
		   "before the probes: the old action, as sigaction(2) gave it, must come back.");
	expect_str(now.ignored, before->ignored,
		   "which signals are ignored (SigIgn in /proc/PID/status) is not what it was "
		   "before the probes.");
	expect_int((long long)now.fds, (long long)before->fds, "probes left descriptors open.");
	expect_str(now.children, before->children,
		   "probes left child processes, which run on or need a wait.");
}

static void expect_handler(struct subject *s, const char *sig)
{
	const char *got = subject_line(s), *want = judge_fmt("handler %s", sig);

	if (strncmp(got, want, strlen(want)) != 0)
		judge_fail(want, got,
			   "the caller's handler for %s did not get the signal after the probes.",
			   sig);
	if (strcmp(got, want) != 0)
		judge_fail(want, got,
			   "the caller's handler for %s is back, but not as it was installed: "
			   "signal(2) knows neither flags nor mask, sigaction(2) does.",
			   sig);
}

START_TEST(probe_leaves_caller_alone)
{
	static const char *const kinds[] = { "ignored", "blocked", "handled" };
	struct state before;
	struct subject *s;
	size_t i;

	make_file("data", 5000);
	judge_note(
		"`caller` says what SIGSEGV and SIGBUS are to the program before the probes; "
		"they work all the same, and leave it so. A fault whose signal is blocked kills");
	for (i = 0; i < COUNT(kinds); i++) {
		s = START("boundaries", "map", "data", "12288", "0", "r", "shared", "caller",
			  kinds[i], "wait", "probe", "r", "9000", "probe", "r", "12288", "probe",
			  "w", "100", "probe", "r", "100", "wait");
		expect_mapped(s);
		expect_line(s, judge_fmt("caller %s", kinds[i]), "the tool went wrong");
		expect_line(s, "ready", "the tool did not wait");
		before = state_of(s);
		subject_send(s, "\n");
		expect_line(s, "SIGBUS", bus_why);
		expect_line(s, "SIGSEGV MAPERR", maperr_why);
		expect_line(s, "SIGSEGV ACCERR", accerr_why);
		expect_line(s, "ok", ok_why);
		expect_line(s, "ready", "the tool did not wait");
		expect_state(s, &before);
		if (i == 2) {
			/* Handled, but by whom? */
			judge_note(
				"after the probes, SIGSEGV and SIGBUS were sent with kill(2): the "
				"handler that the caller had prints a line for each");
			SAFE(kill(subject_pid(s), SIGSEGV));
			expect_handler(s, "SIGSEGV");
			SAFE(kill(subject_pid(s), SIGBUS));
			expect_handler(s, "SIGBUS");
		}
		finish(s);
	}
}
END_TEST

/* ------------------------------------------------------------------ reality */

/* An access of the grid, and what became of it: a fate or -EINVAL. */
struct cell {
	struct access a;
	bool private;
	int real;
};

static struct {
	struct cell *cell;
	size_t n, room;
} grid;

static void grid_add(struct access a)
{
	if (grid.n == grid.room) {
		grid.room = grid.room ? 2 * grid.room : 256;
		grid.cell = realloc(grid.cell, grid.room * sizeof(*grid.cell));
		if (!grid.cell)
			judge_broken("out of memory");
	}
	/* Private or shared: that changes nothing, so any will do. */
	grid.cell[grid.n++] = (struct cell){ a, judge_below(2), 0 };
}

static sigjmp_buf before_access;

static void on_fault(int sig, siginfo_t *info, void *context)
{
	(void)context;
	siglongjmp(before_access, sig == SIGBUS		       ? 1 + FATE_BUS :
				  info->si_code == SEGV_ACCERR ? 1 + FATE_ACCERR :
				  info->si_code == SEGV_MAPERR ? 1 + FATE_MAPERR :
								 99);
}

static int touch(volatile unsigned char *p, bool write)
{
	int jumped = sigsetjmp(before_access, 1);

	if (jumped)
		return jumped - 1;
	if (write)
		*p = 1; /* a store alone: to read first can fail in another way */
	else
		(void)*p;
	return FATE_OK;
}

/* In the child: map as the cell says, unless the last one's mapping serves. */
static int map_cell(const struct cell *c, int fd)
{
	static struct cell last = { .a.length = 0 };
	int type = (c->private ? MAP_PRIVATE : MAP_SHARED) | MAP_FIXED_NOREPLACE;

	if (c->a.file_size != last.a.file_size && ftruncate(fd, c->a.file_size) < 0)
		_exit(1);
	if (last.a.length && c->a.length == last.a.length && c->a.offset == last.a.offset &&
	    c->a.prot == last.a.prot) {
		last.a.file_size = c->a.file_size;
		return 0;
	}
	if (last.a.length)
		munmap((void *)PLACE, last.a.length);
	last = *c;
	if (mmap((void *)PLACE, c->a.length, c->a.prot, type, fd, c->a.offset) != (void *)PLACE) {
		last.a.length = 0;
		return -errno;
	}
	return 0;
}

static _Noreturn void measure_in_child(signed char *real)
{
	struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO };
	int fd = open("reality", O_RDWR | O_CREAT | O_TRUNC, 0600), err;
	size_t i;

	if (fd < 0 || unlink("reality") < 0 || sigaction(SIGBUS, &action, NULL) < 0 ||
	    sigaction(SIGSEGV, &action, NULL) < 0)
		_exit(1);
	for (i = 0; i < grid.n; i++) {
		const struct access *a = &grid.cell[i].a;

		err = map_cell(&grid.cell[i], fd);
		real[i] =
			(signed char)(err ? err : touch((unsigned char *)PLACE + a->at, a->write));
	}
	_exit(0);
}

/* Make every access of the grid for real, and note what became of it. */
static void measure(void)
{
	size_t i, seen[4] = { 0 };
	signed char *real;
	int status;
	pid_t pid;

	real = mmap(NULL, grid.n, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (real == MAP_FAILED)
		judge_broken("mmap: %s", judge_errno_name(errno));
	pid = (pid_t)SAFE(fork());
	if (pid == 0)
		measure_in_child(real);
	SAFE(waitpid(pid, &status, 0));
	if (status != 0)
		judge_broken("the accesses could not be made; wait status %#x", status);
	for (i = 0; i < grid.n; i++) {
		grid.cell[i].real = real[i];
		if (real[i] < 0 ? real[i] != -EINVAL : real[i] > FATE_ACCERR)
			judge_broken("an access ended in %d", real[i]);
		if (real[i] >= 0)
			seen[real[i]]++;
	}
	if (!seen[FATE_OK])
		judge_broken("no access of the grid succeeded");
}

/* ------------------------------------------------------------------ predict */

static const char *prot_name(int prot)
{
	return prot == PROT_NONE ?
		       "-" :
		       judge_fmt("%s%s%s", prot & PROT_READ ? "r" : "",
				 prot & PROT_WRITE ? "w" : "", prot & PROT_EXEC ? "x" : "");
}

static const char *fate_name(int fate)
{
	static const char *const names[] = { "ok", "SIGBUS", "SIGSEGV MAPERR", "SIGSEGV ACCERR" };

	return fate < 0 ? "error EINVAL" : names[fate];
}

/* The six words for the tool's `predict`. */
static const char *query(const struct access *a)
{
	return judge_fmt("%lld %zu %lld %s %s %zu", (long long)a->file_size, a->length,
			 (long long)a->offset, prot_name(a->prot), a->write ? "w" : "r", a->at);
}

/* The rule that a wrong answer breaks; the numbers are in the input. */
static const char *rule_of_fate(const struct cell *c, const char *got)
{
	const struct access *a = &c->a;
	uint64_t byte = (uint64_t)a->offset + a->at;

	if (!strncmp(got, "error ", 6) && c->real >= 0)
		return judge_fmt("mmap does map this; %s", tool_guess(got + 6));
	if (c->real < 0)
		return "mmap refuses a length of 0, and an offset that is not a multiple of the "
		       "page size";
	if (c->real == FATE_MAPERR)
		return "this byte lies behind the last page of the mapping, where nothing is";
	if (!strcmp(got, "SIGSEGV MAPERR"))
		return "the kernel maps whole pages: a mapping reaches to the end of the page on "
		       "which its length ends";
	if (c->real == FATE_ACCERR)
		return !strcmp(got, "SIGBUS") ?
			       "the mapping's permission is looked at before the file: only an "
			       "access that is permitted can get as far as SIGBUS" :
			       "the mapping does not permit this access";
	if (!strcmp(got, "SIGSEGV ACCERR"))
		return "the mapping permits this access: x86 can only forbid writing, or all. What may be "
		       "written or executed may be read there";
	if (c->real == FATE_BUS)
		return a->file_size == 0 ? "an empty file has no page at all" :
		       byte == (uint64_t)a->file_size ?
					   "the file ends with the page before this byte, and has "
					   "no other" :
					   "this byte of the file lies behind its last page (byte "
					   "= offset + at)";
	if (byte >= (uint64_t)a->file_size)
		return "the page on which the file ends is there to its end, with zeros behind the "
		       "file's last byte";
	return "this byte is in the file (byte = offset + at), in the mapping and permitted";
}

/* Where a number has more than 32 bits, it may as well be lost on the way. */
static const char *rule(const struct cell *c, const char *got)
{
	const struct access *a = &c->a;
	const char *text = rule_of_fate(c, got);

	if (a->file_size > UINT32_MAX || a->offset + a->at > UINT32_MAX || a->at > UINT32_MAX ||
	    a->length > UINT32_MAX)
		return judge_fmt("%s. A number here has more than 32 bits: is one cut on the way, "
				 "in an int for example?",
				 text);
	return judge_fmt("%s.", text);
}

/* A prediction is worked out; a file that is mapped to see would be a probe. */
static void expect_no_mapping(const struct subject *s)
{
	size_t i, n;
	const struct call *c = subject_calls(s, &n);

	for (i = 0; i < n; i++)
		if (c[i].nr == SYS_mmap && c[i].ret >= 0 && !(c[i].args[3] & MAP_ANONYMOUS))
			judge_fail("no mmap of a file", "one",
				   "predict mapped a file to find out what "
				   "happens, and is asked to know.");
}

static void expect_predicted(void)
{
	char *text = NULL;
	struct subject *s;
	size_t i, len;
	FILE *f;

	measure();
	f = open_memstream(&text, &len);
	if (!f)
		judge_broken("out of memory");
	for (i = 0; i < grid.n; i++)
		fprintf(f, "%s\n", query(&grid.cell[i].a));
	fclose(f);
	s = subject_run(&(struct subject_spec){ .argv = SUBJECT_ARGV("boundaries", "grid"),
						.in = text,
						.in_len = len,
						.trace = true });
	for (i = 0; i < grid.n; i++) {
		const struct cell *c = &grid.cell[i];
		const char *got, *want = fate_name(c->real);

		judge_input("boundaries predict %s", query(&c->a));
		got = subject_line(s);
		if (!strcmp(got, want))
			continue;
		if (!strcmp(got, "error ENOSYS"))
			judge_fail(want, got, "the prediction failed with ENOSYS: %s.",
				   tool_guess(got + 6));
		judge_note("The arguments: size of the file, length, offset and protection of the "
			   "mapping, read or write, byte of the mapping. Expected is what this "
			   "machine's kernel did with just this access.");
		judge_fail(want, got, "%s", rule(c, got));
	}
	judge_input("boundaries grid");
	expect_no_mapping(s);
	expect_exit(s, 0);
}

/* Accesses at the ends of file and mapping, each with the bytes around it. */
static void add_ends(struct access a, bool of_file)
{
	uint64_t left = a.file_size > a.offset ? (uint64_t)(a.file_size - a.offset) : 0;
	const uint64_t end = of_file ? left : a.length;
	const uint64_t at[] = {
		0, end, end - 1, page_up(end), page_up(end) - 1, page_up(end) + judge_below(PAGE)
	};
	size_t i;

	for (i = 0; i < COUNT(at); i++) {
		/* With an end of 0 there is no byte before it. */
		if (at[i] > INT64_MAX || (of_file && at[i] >= page_up(a.length)))
			continue;
		a.at = at[i];
		a.write = judge_below(2);
		grid_add(a);
	}
}

START_TEST(predict_finds_end_of_file)
{
	const off_t sizes[] = { 2200,
				0,
				1,
				4095,
				4096,
				4097,
				8192,
				1 + judge_below(12000),
				(off_t)(4 * GIB),
				(off_t)(4 * GIB) + 5000 };
	const off_t offsets[] = { 0, 4096, 8192, (off_t)(4 * GIB) };
	size_t i, k;

	for (i = 0; i < COUNT(sizes); i++)
		for (k = 0; k < COUNT(offsets); k++)
			add_ends((struct access){ .file_size = sizes[i],
						  .length = 5 * PAGE,
						  .offset = offsets[k],
						  .prot = PROT_READ | PROT_WRITE },
				 true);
	expect_predicted();
}
END_TEST

START_TEST(predict_finds_end_of_mapping)
{
	const size_t lengths[] = { 2200, 1, 4095, 4096, 4097, 8192, 1 + judge_below(12000) };
	const struct access a = { .file_size = 16 * PAGE,
				  .length = 2200,
				  .prot = PROT_READ | PROT_WRITE };
	const struct {
		size_t length;
		off_t offset;
	} refused[] = { { 0, 0 }, { PAGE, 1 }, { PAGE, 4097 }, { 2200, 2048 }, { 0, 4096 } };
	struct access b;
	size_t i;

	for (i = 0; i < COUNT(lengths); i++) {
		b = a;
		b.length = lengths[i];
		b.offset = PAGE * judge_below(3);
		add_ends(b, false);
		b.at = 4 * GIB + judge_below(PAGE);
		grid_add(b);
	}
	/* To be read only: so much that may be written is not always given. */
	b = a;
	b.length = 4 * GIB + 5000;
	b.prot = PROT_READ;
	add_ends(b, false);
	for (i = 0; i < COUNT(refused); i++) {
		b = a;
		b.length = refused[i].length;
		b.offset = refused[i].offset;
		grid_add(b);
	}
	expect_predicted();
}
END_TEST

START_TEST(predict_is_right_on_whole_grid)
{
	const off_t sizes[] = { 0, 1, 2200, 4096, 4097, 8192 };
	const size_t lengths[] = { 1, 4096, 5000, 12288 };
	const off_t offsets[] = { 0, 4096, 8192 };
	struct access a;
	size_t l, o, s, k;

	/* The protections innermost but for the size: a mapping serves all sizes. */
	for (l = 0; l < COUNT(lengths); l++)
		for (o = 0; o < COUNT(offsets); o++)
			for (a.prot = 0; a.prot <= (PROT_READ | PROT_WRITE | PROT_EXEC); a.prot++)
				for (s = 0; s < COUNT(sizes); s++)
					for (k = 0; k < 2; k++) {
						a.length = lengths[l];
						a.offset = offsets[o];
						a.file_size = sizes[s];
						a.write = k;
						a.at = judge_below(2) ? PAGE * judge_below(4) :
									judge_below(4 * PAGE);
						grid_add(a);
					}
	expect_predicted();
}
END_TEST

/* --------------------------------------------------------------------- grow */

/* The mapping is where it was, and still one of this file. */
static void expect_in_place(struct subject *s, const char *path, size_t length)
{
	const struct vma *v = maps_at(subject_pid(s), PLACE);
	const char *got = v ? judge_fmt("%#llx-%#llx %s %s", (unsigned long long)v->start,
					(unsigned long long)v->end,
					v->shared ? "shared" : "private", v->path) :
			      "nothing";

	if (!v || v->start != PLACE || v->end != PLACE + page_up(length) || !v->shared ||
	    !strstr(v->path, path))
		judge_fail(judge_fmt("%#llx-%#llx shared ...%s", (unsigned long long)PLACE,
				     (unsigned long long)(PLACE + page_up(length)), path),
			   got,
			   "the mapping is not what it was before grow: other pointers into "
			   "it must stay good.");
}

static void expect_size(const char *path, off_t want, off_t before, const char *what)
{
	off_t got = file_size(path);
	const char *why = got == before ? ", and is as long as before" :
			  got == (off_t)page_up((uint64_t)want) ?
					  " (was it rounded up to a page?)" :
			  got == want + 1 ? " (one byte too many)" :
					    "";

	if (got != want)
		judge_fail(judge_fmt("st_size %lld", (long long)want),
			   judge_fmt("st_size %lld", (long long)got),
			   "%s left the file with a wrong size%s.", what, why);
}

/* Bytes of a file that was changed, and of its mapping, against @want. */
static void expect_bytes(struct subject *s, const struct file *want, const char *path,
			 const char *what)
{
	struct file f = file_read(path);
	unsigned char *mapped = malloc(want->len + 1);

	expect_mem(f.data, f.len, want->data, want->len, "%s, read with read(2).", what);
	if (want->len && (!mapped || !memory_read(subject_pid(s), PLACE, mapped, want->len)))
		judge_fail("bytes", "SIGBUS or SIGSEGV",
			   "the mapping cannot be read up to the new end of the file.");
	expect_mem(mapped, want->len, want->data, want->len, "%s, seen in the mapping.", what);
}

static void grow_one(size_t from, size_t to)
{
	struct file f = make_file("data", from), now;
	const char *length = U(page_up(to) + PAGE);
	struct subject *s = START("boundaries", "map", "data", length, "0", "rw", "shared", "grow",
				  U(to), "wait", "store", U(to - 1), "77");
	struct file want = { calloc(1, to + 1), to };

	judge_input("boundaries map data %s 0 rw shared grow %zu; data had %zu bytes%s", length, to,
		    from, from % PAGE ? "" : ", and no page behind them");
	memcpy(want.data, f.data, from);
	expect_mapped(s);
	expect_done(s);
	expect_size("data", (off_t)to, (off_t)from, "grow");
	expect_in_place(s, "data", page_up(to) + PAGE);
	expect_bytes(s, &want, "data", "the old bytes, then zeros");
	/* Whatever is mapped there now, a store must reach the file. */
	subject_send(s, "\n");
	expect_line(s, "stored 77", "the new end of the file cannot be stored to");
	finish(s);
	now = file_read("data");
	expect_int(now.data[to - 1], 77,
		   "a store through the mapping after grow is not in the "
		   "file: last byte");
}

/* Refused: a line `error EINVAL`, and the file as it was. */
static void expect_refused(const char *command, const char *type, size_t size, const char *why)
{
	struct file f = make_file("data", 5000), now;
	struct subject *s =
		RUN("boundaries", "map", "data", "5000", "0", "rw", type, command, U(size));

	expect_mapped(s);
	expect_line(s, "error EINVAL", why);
	now = file_read("data");
	expect_mem(now.data, now.len, f.data, f.len, "a refused %s changed the file.", command);
	expect_exit(s, 1);
}

static bool changes_size(const struct call *c)
{
	return c->nr == SYS_ftruncate;
}

static bool replaces_mapping(const struct call *c)
{
	return c->nr == SYS_mmap && c->args[0] == PLACE && c->args[3] & MAP_ANONYMOUS;
}

static void expect_failures(const char *command, const char *type, size_t size)
{
	struct subject_spec spec = { .argv = SUBJECT_ARGV("boundaries", "map", "data", "5000", "0",
							  "rw", type, command, U(size)),
				     .in = "" };

	make_file("data", 5000);
	expect_failures_told(spec, changes_size, EIO,
			     judge_fmt("%s, an ftruncate of which", command));
	make_file("data", 5000);
	expect_failures_told(spec, replaces_mapping, ENOMEM,
			     judge_fmt("%s, an mmap of which", command));
}

START_TEST(grow_keeps_mapping_and_exact_size)
{
	size_t n = 1 + judge_below(4000);

	grow_one(n, n + 1 + judge_below(90));
	grow_one(n, PAGE + 1 + judge_below(9000));
	grow_one(0, 1 + judge_below(9000));
	grow_one(PAGE, 2 * PAGE + 1 + judge_below(90));
	grow_one(n, n);
	expect_refused("grow", "shared", judge_below(5000),
		       "grow makes no file shorter: a smaller size is refused");
	expect_failures("grow", "shared", 5001 + judge_below(5000));
}
END_TEST

/* Another process stores behind the end of the file, on its last page. */
static void store_in_tail(const char *path, size_t size)
{
	int fd = (int)SAFE(open(path, O_RDWR | O_CLOEXEC));
	size_t page = size / PAGE * PAGE;
	unsigned char *p;

	p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)page);
	if (p == MAP_FAILED)
		judge_broken("mmap %s: %s", path, judge_errno_name(errno));
	memset(p + (size - page), 0xee, PAGE - (size - page));
	munmap(p, PAGE);
	close(fd);
}

static void grow_over_tail(const char *path, const char *on, size_t from, size_t to)
{
	struct file f = make_file(path, from), want = { calloc(1, to + 1), to };
	struct subject *s;

	store_in_tail(path, from);
	s = START("boundaries", "map", path, "16384", "0", "rw", "shared", "grow", U(to), "wait");
	judge_input(
		"boundaries map data 16384 0 rw shared grow %zu; data is on %s, had %zu bytes, and "
		"another process has stored 0xee behind them, to the end of the page",
		to, on, from);
	memcpy(want.data, f.data, from);
	expect_mapped(s);
	expect_done(s);
	expect_size(path, (off_t)to, (off_t)from, "grow");
	expect_bytes(s, &want, path,
		     "bytes which another process had stored behind the end of "
		     "the file are in it after grow, where there should be zeros");
	finish(s);
}

START_TEST(grow_adds_zeros_only)
{
	const char *disk = judge_fmt("%s/data", scratch_dir());
	size_t n = PAGE + 1 + judge_below(2000), inside = n + 1 + judge_below(1000);

	grow_over_tail("data", "tmpfs", n, inside);
	grow_over_tail("data", "tmpfs", n, 2 * PAGE + 1 + judge_below(4000));
	grow_over_tail(disk, "ext4", n, inside);
	grow_over_tail(disk, "ext4", n, 2 * PAGE + 1 + judge_below(4000));
}
END_TEST

/* ------------------------------------------------------------------- shrink */

/* The first page of the mapping that cannot be read any longer. */
static size_t lost_page(struct subject *s, size_t len)
{
	unsigned char byte;
	size_t i;

	for (i = 0; i < len; i += PAGE)
		if (!memory_read(subject_pid(s), PLACE + i, &byte, 1))
			break;
	return i / PAGE;
}

/* The file has three pages and a bit; the first and the third are stored to. */
static void shrink_one(size_t from, size_t to)
{
	struct file f = make_file("data", from), want, now;
	size_t first = judge_below(PAGE), third = 2 * PAGE + judge_below(PAGE);
	struct subject *s = START("boundaries", "map", "data", U(from), "0", "rw", "private",
				  "store", U(first), "7", "store", U(third), "9", "shrink", U(to),
				  "wait", "store", U(from - 1), "77", "show", U(from - 1));
	unsigned char *mapped = malloc(from);
	size_t i;

	judge_input(
		"boundaries map data %zu 0 rw private store %zu 7 store %zu 9 shrink %zu; data had "
		"%zu bytes",
		from, first, third, to, from);
	want.data = memcpy(malloc(from), f.data, from);
	want.data[first] = 7;
	want.data[third] = 9;
	expect_mapped(s);
	expect_line(s, "stored 7", "the store went wrong");
	expect_line(s, "stored 9", "the store went wrong");
	expect_done(s);
	expect_size("data", (off_t)to, (off_t)from, "shrink");
	now = file_read("data");
	expect_mem(now.data, now.len, f.data, to,
		   "shrink changed bytes of the file that it should "
		   "have left alone (the mapping is private).");
	if (!memory_read(subject_pid(s), PLACE, mapped, from))
		judge_fail("all pages can be read",
			   judge_fmt("page %zu cannot", lost_page(s, from)),
			   "after shrink a page of the mapping is gone: whole pages behind the new "
			   "end of the file are SIGBUS, and private copies of them, made by a "
			   "store, go too.");
	for (i = 0; i < from && mapped[i] == want.data[i];)
		i++;
	if ((i == first || i == third) && mapped[i] == f.data[i])
		judge_fail(judge_fmt("%d, which was stored in byte %zu", want.data[i], i),
			   judge_fmt("%d, which the file has there", mapped[i]),
			   "after shrink a byte that was stored to is the file's again: what is to "
			   "be kept is in the mapping, not in the file.");
	expect_mem(
		mapped, from, want.data, from,
		i >= to && i < page_up(to) ?
			"after shrink a byte of the mapping is not what it was: on the page where "
			"the file ends now, what is behind the end becomes zero, if it was not "
			"stored to." :
			"after shrink a byte of the mapping is not what it was.");
	subject_send(s, "\n");
	expect_line(s, "stored 77", "the mapping cannot be stored to after shrink");
	expect_line(s, "77", "a store after shrink is not kept");
	finish(s);
}

/* Mapped is less than the file has: what lies behind is not the function's. */
static void shrink_part(size_t to)
{
	size_t from = 3 * PAGE + 1 + judge_below(4000), length = 2 * PAGE;
	struct file f = make_file("data", from);
	struct subject *s = START("boundaries", "map", "data", U(length), "0", "rw", "private",
				  "shrink", U(to), "wait", "show", U(length - 1));
	unsigned char *mapped = malloc(length);

	judge_input("boundaries map data %zu 0 rw private shrink %zu; data had %zu bytes", length,
		    to, from);
	expect_mapped(s);
	expect_done(s);
	expect_size("data", (off_t)to, (off_t)from, "shrink");
	if (!memory_read(subject_pid(s), PLACE, mapped, length))
		judge_fail("all pages can be read", "one cannot",
			   "after shrink a page of the mapping is gone.");
	expect_mem(mapped, length, f.data, length,
		   "after shrink a byte of the mapping is not what it was");
	if (maps_at(subject_pid(s), PLACE + length))
		judge_fail("nothing", "a mapping",
			   "shrink mapped memory behind the mapping that it was given: the file is "
			   "larger than that, and its length is what counts.");
	subject_send(s, "\n");
	expect_line(s, U(f.data[length - 1]), "the mapping cannot be read after shrink");
	finish(s);
}

START_TEST(shrink_keeps_what_is_mapped)
{
	size_t from = 3 * PAGE + 1 + judge_below(4000);

	shrink_one(from, PAGE + 1 + judge_below(3000));
	shrink_one(from, PAGE);
	shrink_one(from, 0);
	shrink_one(from, from); /* by nothing, but it is no larger size */
	shrink_part(PAGE + 1 + judge_below(3000));
	shrink_part(2 * PAGE + 1 + judge_below(3000));
	expect_refused("shrink", "private", 5001 + judge_below(5000),
		       "shrink makes no file longer: a larger size is refused");
	expect_failures("shrink", "private", judge_below(5000));
}
END_TEST

const struct judge_suite judge_suite = {
	.lab = "04-boundaries",
	.guesses = guesses,
	.tests = {
		JUDGE_TEST(probe_names_each_fate),
		JUDGE_TEST(probe_works_again),
		JUDGE_TEST(probe_of_write_changes_nothing),
		JUDGE_TEST(probe_leaves_caller_alone),
		JUDGE_TEST(predict_finds_end_of_file),
		JUDGE_TEST(predict_finds_end_of_mapping),
		JUDGE_TEST(predict_is_right_on_whole_grid),
		JUDGE_TEST(grow_keeps_mapping_and_exact_size),
		JUDGE_TEST(grow_adds_zeros_only),
		JUDGE_TEST(shrink_keeps_what_is_mapped),
		JUDGE_END,
	},
};
