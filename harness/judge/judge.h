/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * judge.h - what the author of a lab's Check suite uses.
 *
 * A suite runs as root inside the virtual machine. It never calls the
 * student's code: it starts the lab's program as an ordinary user (the
 * "subject"), drives it, looks at files, memory and system calls from
 * outside, and decides. Every test runs in a child process of its own
 * (Check's fork mode), with an empty working directory as its current
 * directory and a random stream that depends on the run's seed and on the
 * test's name only, so that one test run alone sees the same input.
 *
 * Example, a whole suite:
 *
 *	#include "judge.h"
 *
 *	START_TEST(set_is_seen_by_read)
 *	{
 *		int32_t want = (int32_t)judge_below(100000);
 *		struct file f;
 *		struct subject *s;
 *
 *		make_records("data", 100);
 *		s = RUN("records", "set", "data", "43", judge_fmt("%d", want));
 *		expect_exit(s, 0);
 *		f = file_read("data");
 *		expect_int(record_at(&f, 43), want,
 *			   "record 43, read with read(2) after `set`");
 *	}
 *	END_TEST
 *
 *	const struct judge_suite judge_suite = {
 *		.lab = "02-records",
 *		.tests = { JUDGE_TEST(set_is_seen_by_read), JUDGE_END },
 *	};
 *
 * How a test ends. The first failed expectation ends the test; its text,
 * what was expected, what was seen, the input and the subject's system calls
 * become the verdict's evidence. A test that comes to its end passes.
 * Failing plumbing (a missing /proc file, no memory) is never the student's
 * fault: SAFE() and judge_broken() end the test as broken. There is one
 * exception, which judge_call_failed() tells apart: a disk that a program filled.
 *
 * Memory: everything these functions return belongs to the test's process
 * and lives until that process ends. Nothing has to be freed.
 *
 * Time: no test sleeps to synchronise. Whatever waits has a deadline, which
 * is scaled by the measured speed of the machine (judge_deadline_ms()).
 */
#ifndef MMAPLAB_JUDGE_H
#define MMAPLAB_JUDGE_H

#include <check.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/types.h>

/* ------------------------------------------------------------------ suite */

struct subject;

/** struct judge_guess - where an error of the lab's tool most likely comes from */
struct judge_guess {
	const char *error; /* "EINVAL" */
	const char *cause; /* a clause without a full stop */
};

/**
 * struct judge_suite - the suite of one lab; each suite defines `judge_suite`
 * @lab: the lab's id, as in labs/labs.tsv
 * @setup: runs in the test's process before each test, or NULL
 * @guesses: closed by an entry with error NULL; before those that tool.c has
 *	for every lab. May be NULL
 * @explain_crash: adds judge_note()s on what such a signal means in this lab,
 *	before the verdict crash; may be NULL
 * @explain_timeout: the same before the verdict timeout
 * @tests: JUDGE_TEST(name) entries, closed by JUDGE_END; the ids are the
 *	names of the functions and must be those of the lab's tests.tsv
 */
struct judge_suite {
	const char *lab;
	void (*setup)(void);
	const struct judge_guess *guesses;
	void (*explain_crash)(const struct subject *s);
	void (*explain_timeout)(const struct subject *s);
	const TTest **tests[72];
};

#define JUDGE_TEST(name) &name
#define JUDGE_END NULL

extern const struct judge_suite judge_suite;

/* --------------------------------------------------------------- verdicts */

/**
 * judge_input() - say what the subject is given, for the failure text
 * @fmt: printf format, one line
 *
 * Replaces the earlier input. subject_start() sets it to the command line,
 * so call this after starting the subject when more is worth showing.
 */
void judge_input(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/**
 * judge_note() - add a line of evidence that is shown if the test fails
 */
void judge_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/**
 * judge_fail() - end the test with verdict fail
 * @expected: what should have been seen, or NULL
 * @got: what was seen, or NULL
 * @fmt: one plain sentence that names the mistake, not the test
 */
_Noreturn void judge_fail(const char *expected, const char *got, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * judge_broken() - end the test with verdict broken: the kit's own fault
 */
_Noreturn void judge_broken(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/**
 * expect_true() - fail with the sentence unless @cond holds
 */
#define expect_true(cond, ...) \
	do { \
		if (!(cond)) \
			judge_fail(NULL, NULL, __VA_ARGS__); \
	} while (0)

/**
 * expect_int() - compare two integers; @fmt names the thing compared
 */
void expect_int(long long got, long long want, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * expect_str() - compare two strings; control bytes are shown as \xNN
 */
void expect_str(const char *got, const char *want, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * expect_mem() - compare bytes; the failure shows the first that differs,
 * with its offset and a few bytes on either side
 * @got_len: a length that differs from @want_len fails first, and says so
 */
void expect_mem(const void *got, size_t got_len, const void *want, size_t want_len, const char *fmt,
		...) __attribute__((format(printf, 5, 6)));

/* --------------------------------------------------- random input, text */

/** judge_random() - the next 64 bits of this test's stream */
uint64_t judge_random(void);
/** judge_below() - uniform in 0 .. n-1; n must not be 0 */
uint32_t judge_below(uint32_t n);
/** judge_random_bytes() - fill a buffer */
void judge_random_bytes(void *buf, size_t len);
/** judge_random_word() - n letters a-z, NUL-terminated */
char *judge_random_word(size_t n);
/** judge_fmt() - printf into fresh memory */
char *judge_fmt(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/** judge_errno_name() - "EINVAL" for 22 */
const char *judge_errno_name(int err);

/**
 * judge_deadline_ms() - scale a nominal time by the machine's measured speed
 * @nominal: milliseconds that are ample on an idle machine under TCG
 *
 * Return: at least @nominal.
 */
unsigned judge_deadline_ms(unsigned nominal);

/**
 * judge_poll() - wait until cond(arg) is true, trying about every
 * millisecond; the subjects' output and stops are served meanwhile
 * @nominal_ms: deadline before scaling
 *
 * Return: true when the condition came true, false at the deadline.
 */
bool judge_poll(bool (*cond)(void *arg), void *arg, unsigned nominal_ms);

/* ------------------------------------------------------------------ files */

struct file {
	unsigned char *data; /* one NUL follows data[len-1] */
	size_t len;
};

/**
 * file_write() - create or replace a file owned by the subject's user
 * @path: relative to the test's working directory
 */
void file_write(const char *path, const void *data, size_t len);
/**
 * file_read() - the file's whole content by read(2)
 *
 * One that is missing is the failure of a program that has run, else broken.
 */
struct file file_read(const char *path);
/** file_size() - st_size, or -1 if there is no such file */
off_t file_size(const char *path);
/** file_chmod() - e.g. 0444 */
void file_chmod(const char *path, mode_t mode);

/**
 * scratch_dir() - mount the machine's ext4 disk and empty it
 *
 * Files there behave as on a disk: the machine's other file systems are tmpfs.
 * Return: its path, a folder in which the subject's user may write; broken
 * outside a machine.
 */
const char *scratch_dir(void);

/* --------------------------------------------------------------- subjects */

#define SUBJECT_UID 1000 /* the ordinary user of the machine */

struct call;

/**
 * struct subject_spec - how to start the lab's program
 * @argv: argv[0] is the program's name, looked up in the unit's bin/
 * @in: bytes for standard input, which is then closed; NULL leaves it open
 *	for subject_send()
 * @in_len: length of @in
 * @trace: record system calls (of its children too), but for the few that the C
 *	library makes before main(), see trace.c; slower
 * @hold: with @trace: as subject_hold(), from its first instruction on (a
 *	program that waits for nothing may have made the call by the time
 *	subject_start() returns)
 * @uid: 0 means SUBJECT_UID; -1 means root
 * @cpus: processors that it may run on, from its first instruction on, one bit for
 *	each; 0 means all
 * @limit_nproc: RLIMIT_NPROC for its user, 0 means the default of 64; who has half as many
 *	then makes processes without end, and fails
 * @limit_as: RLIMIT_AS in bytes, 0 means the default of 1 GiB
 * @limit_memlock: RLIMIT_MEMLOCK in bytes, 0 means the default of 64 KiB
 * @limit_fsize: RLIMIT_FSIZE in bytes, 0 means the default of 8 GiB
 * @limit_nofile: RLIMIT_NOFILE, 0 means the default of 256; with 3, nothing can be
 *	opened
 * @deadline_ms: nominal time for its whole life, 0 means 1500
 * @out_fd: if > 0, standard output goes to this descriptor, not to the judge
 *
 * Standard output and error are captured up to 256 KiB each; more is read
 * and dropped (subject_out_truncated()).
 */
struct subject_spec {
	const char *const *argv;
	const void *in;
	size_t in_len;
	bool trace;
	bool (*hold)(const struct call *c);
	int uid;
	unsigned long cpus;
	unsigned long limit_nproc;
	unsigned long limit_as;
	unsigned long limit_memlock;
	unsigned long limit_fsize;
	unsigned long limit_nofile;
	unsigned deadline_ms;
	int out_fd;
};

/** subject_start() - start it; never returns NULL (broken instead) */
struct subject *subject_start(const struct subject_spec *spec);

/**
 * RUN() - start a program with arguments, empty stdin, and wait for its end
 * TRACE() - the same with its system calls recorded
 * START() - start it with stdin open and do not wait
 * A program that does not end by its deadline ends the test with verdict
 * timeout; the evidence says in which system call it was waiting.
 */
#define SUBJECT_ARGV(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define RUN(...) \
	subject_run(&(struct subject_spec){ \
		.argv = SUBJECT_ARGV(__VA_ARGS__), \
		.in = "", \
	})
#define TRACE(...) \
	subject_run(&(struct subject_spec){ \
		.argv = SUBJECT_ARGV(__VA_ARGS__), .in = "", .trace = true })
#define START(...) subject_start(&(struct subject_spec){ .argv = SUBJECT_ARGV(__VA_ARGS__) })

struct subject *subject_run(const struct subject_spec *spec);

/** subject_send() - write to its standard input; EPIPE is not an error */
void subject_send(struct subject *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/** subject_close_stdin() - end of file for the subject */
void subject_close_stdin(struct subject *s);
/**
 * subject_line() - the next whole line of its standard output, without '\n'
 *
 * Ends the test with verdict fail if the program ends first, crash if it
 * dies by a signal, timeout at its deadline.
 */
const char *subject_line(struct subject *s);
/** subject_wait() - wait for its end; verdict timeout at its deadline */
void subject_wait(struct subject *s);
/** subject_kill() - send a signal to its process group */
void subject_kill(struct subject *s, int sig);

/** subject_pid() - its process id */
pid_t subject_pid(const struct subject *s);
/** subject_ended() - has its end been seen? Either of the next two says how */
bool subject_ended(const struct subject *s);
/** subject_exit() - exit status after its end, or -1 if a signal killed it */
int subject_exit(const struct subject *s);
/** subject_signal() - the signal that killed it, or 0 */
int subject_signal(const struct subject *s);
/** subject_fault_addr() - si_addr of that signal; subject_fault_code() - si_code */
uint64_t subject_fault_addr(const struct subject *s);
int subject_fault_code(const struct subject *s);
/**
 * subject_missed() - did it die of using an address outside every mapping?
 *
 * One within a page of NULL or of MAP_FAILED does not count, nor one where it went on as
 * if there were code: there it was the address that was wrong, not how far it lay.
 */
bool subject_missed(const struct subject *s);
/** subject_out(), subject_err() - captured so far; len may be NULL */
const char *subject_out(const struct subject *s, size_t *len);
const char *subject_err(const struct subject *s, size_t *len);
bool subject_out_truncated(const struct subject *s);

/**
 * expect_exit() - the program ended by itself with this status
 *
 * A signal gives verdict crash (which, at which address and instruction);
 * another status gives fail, with the last line of its standard error.
 */
void expect_exit(struct subject *s, int status);
/** expect_out() - standard output is exactly this text */
void expect_out(struct subject *s, const char *want);
/** expect_signal() - it was killed by @sig, which the test wanted */
void expect_signal(struct subject *s, int sig);

/* --------------------------------------------------------- the lab's tool */

/*
 * Every lab's main.c speaks alike. A negative errno is a last line
 * `error EINVAL` on standard output, and status 1. A command that stays alive
 * to be looked at prints `ready ok`, with more words if it has more to say, or
 * `ready EINVAL`, and waits for a line or the end of standard input.
 */

/** tool_last_line() - the last line of its standard output, "" if there is none */
const char *tool_last_line(const struct subject *s);
/**
 * tool_error() - "EINVAL" if its standard output ends in `error EINVAL`, or
 * else its standard error (when the output went elsewhere); else NULL
 */
const char *tool_error(const struct subject *s);
/** tool_guess() - a clause on where this error most likely comes from */
const char *tool_guess(const char *error);
/** tool_ready() - wait for its line `ready ...`; what follows that word */
const char *tool_ready(struct subject *s);

/**
 * expect_success() - wait for its end with status 0
 * @what: what was asked of it: "set"; begins the failure's sentence
 */
void expect_success(struct subject *s, const char *what);
/**
 * expect_error() - wait for its end with `error @name` and status 1
 * @why: a clause without full stop that says what success would mean: "record
 *	100 of 100 was accepted"
 */
void expect_error(struct subject *s, const char *name, const char *why);
/**
 * expect_failure_told() - run it, and have the @nth call for which @want is true
 * fail with @err (subject_run_failing()): that errno must be its result
 * @what: begins the sentence: "race, an open of whose file"
 * Return: false if there were fewer such calls; then it had to succeed.
 */
bool expect_failure_told(struct subject_spec spec, bool (*want)(const struct call *c), unsigned nth,
			 int err, const char *what);
/**
 * expect_failures_told() - the same with each of these calls in turn, until none is
 * left to fail
 */
void expect_failures_told(struct subject_spec spec, bool (*want)(const struct call *c), int err,
			  const char *what);
/**
 * expect_failure_leaves_nothing() - run it, have the @nth call for which @want is true fail with
 * @err, and look at it where it ends: it must have no descriptor but its first three,
 * and no mapping of a file whose path ends in @file
 * @what: begins the sentence: "board_init"
 *
 * What it says of the failure is another question, and not asked here; but it must not
 * die of it.
 * Return: false if there were fewer such calls.
 */
bool expect_failure_leaves_nothing(struct subject_spec spec, bool (*want)(const struct call *c),
				   unsigned nth, int err, const char *file, const char *what);
/**
 * expect_ready() - wait for `ready ok`
 * Return: the words behind it, "" if there are none.
 */
const char *expect_ready(struct subject *s, const char *what);

/* ------------------------------------------------------- what it called */

/**
 * struct call - one finished system call of a traced subject
 * @pid: the thread that made it
 * @nr: number (SYS_*)
 * @args: the six arguments
 * @ret: result, negative errno on failure (as the kernel returns it)
 * @path: for a call with a descriptor, what the descriptor names (from
 *	/proc/PID/fd); for open, openat, truncate and the like the path given;
 *	else NULL
 */
struct call {
	pid_t pid;
	long nr;
	uint64_t args[6];
	int64_t ret;
	const char *path;
};

/** subject_calls() - the calls recorded so far, by it and its children */
const struct call *subject_calls(const struct subject *s, size_t *count);

/**
 * calls_count() - how many successful calls of this number
 * @path_end: count only calls whose path ends in this; NULL counts all
 */
size_t calls_count(const struct subject *s, long nr, const char *path_end);

/**
 * calls_reading(), calls_writing() - how many calls moved file data without
 * a mapping: read, pread64, readv, preadv, preadv2, sendfile, splice,
 * copy_file_range (source side); write, pwrite64, writev, pwritev, pwritev2,
 * sendfile, splice, copy_file_range (target side)
 */
size_t calls_reading(const struct subject *s, const char *path_end);
size_t calls_writing(const struct subject *s, const char *path_end);

/**
 * find_mmap() - the first successful mmap of a descriptor whose path ends so
 * Return: the call, or NULL. NULL @path_end finds an anonymous mapping with
 * MAP_SHARED or MAP_PRIVATE made by the program itself (fd ignored).
 */
const struct call *find_mmap(const struct subject *s, const char *path_end);

/** calls_text() - the calls that concern memory and files, as one line each */
const char *calls_text(const struct subject *s);

/*
 * A traced subject can be stopped in the middle, at a moment that does not
 * depend on chance:
 *
 *	subject_hold(s, is_sync);
 *	subject_send(s, "commit\n");
 *	while ((c = subject_held(s, &done)) && !printed_its_answer(s)) {
 *		look_at_it();
 *		subject_go(s, 0);
 *	}
 *	subject_hold(s, NULL);
 */

/**
 * subject_hold() - from now on, stop it before and after the system calls
 * for which @want is true; NULL lets all that is stopped go on
 *
 * Each of its threads and processes stops by itself, the others run on.
 */
void subject_hold(struct subject *s, bool (*want)(const struct call *c));
/**
 * subject_held() - wait until it stops so; verdict timeout at its deadline
 * @done: false before the call, true after it (its ret is set then)
 * Return: the call, until subject_go(); NULL when the program has ended.
 */
const struct call *subject_held(struct subject *s, bool *done);
/**
 * subject_go() - let go on what subject_held() returned
 * @fail: 0, or before a call: it is not made and fails with this errno
 */
void subject_go(struct subject *s, int fail);
/**
 * subject_run_failing() - run it to its end, but have one call of it fail: the @nth,
 * from 1 on, of those for which @want is true is not made and fails with @err
 * @spec: its @trace and @hold are set here
 * @failed: did it come to that call?
 */
struct subject *subject_run_failing(struct subject_spec spec, bool (*want)(const struct call *c),
				    unsigned nth, int err, bool *failed);

/* ------------------------------------------------------------- its memory */

/**
 * struct vma - one line of /proc/PID/maps, see proc(5)
 */
struct vma {
	uint64_t start, end, offset;
	bool r, w, x, shared;
	unsigned dev_major, dev_minor;
	uint64_t inode;
	const char *path; /* "" if none */
};

/** maps_read() - all mappings of a process; broken if it is gone */
const struct vma *maps_read(pid_t pid, size_t *count);
/** maps_find() - the first mapping whose path ends so, or NULL */
const struct vma *maps_find(pid_t pid, const char *path_end);
/** maps_at() - the mapping that holds this address, or NULL */
const struct vma *maps_at(pid_t pid, uint64_t addr);
/** maps_count() - the number of mappings */
size_t maps_count(pid_t pid);
/** fds_count() - the number of open descriptors */
size_t fds_count(pid_t pid);
/** smaps_field() - the text after "name:" for the mapping at addr, or NULL */
const char *smaps_field(pid_t pid, uint64_t addr, const char *name);

/* Bits of a pagemap entry, Documentation/admin-guide/mm/pagemap.rst */
#define PM_PRESENT (1ULL << 63)
#define PM_SWAP (1ULL << 62)
#define PM_FILE (1ULL << 61)
#define PM_EXCLUSIVE (1ULL << 56)
#define PM_PFN_MASK ((1ULL << 55) - 1)

/** pagemap_entry() - the raw entry for the page that holds addr */
uint64_t pagemap_entry(pid_t pid, uint64_t addr);
/** pagemap_read() - the raw entries of n pages in a row, 0 where there can be none */
void pagemap_read(pid_t pid, uint64_t addr, uint64_t *entries, size_t n);
/** page_pfn() - its page frame number, 0 if not present */
uint64_t page_pfn(pid_t pid, uint64_t addr);
/** memory_read() - copy from a process's memory; false if it cannot be read */
bool memory_read(pid_t pid, uint64_t addr, void *buf, size_t len);
/**
 * memory_write() - store into a process's memory as a debugger would, whatever
 * its protection; a private page is copied as by a store of its own
 * Return: false if it cannot be written.
 */
bool memory_write(pid_t pid, uint64_t addr, const void *buf, size_t len);
/** page_flags() - the kernel's flags of a page frame, /proc/kpageflags */
uint64_t page_flags(uint64_t pfn);
/** page_flags_count() - how many page frames carry flag bit @bit */
size_t page_flags_count(unsigned bit);
#define KPF_RESERVED 32

/** zombies_of() - zombie children of a process */
size_t zombies_of(pid_t pid);
/** process_state() - R, S, Z ... as in proc(5); 0 when it has gone */
char process_state(pid_t pid);
/**
 * process_waits_in() - does it wait in this system call (/proc/PID/syscall)?
 * @arg: receives the call's first argument if so; may be NULL
 */
bool process_waits_in(pid_t pid, long nr, uint64_t *arg);
/** children_of() - its living children, at most @max of them */
size_t children_of(pid_t pid, pid_t *kids, size_t max);
/** process_faults() - its page faults so far, all threads; 0 and 0 when it has gone */
void process_faults(pid_t pid, long *minor, long *major);
/**
 * process_number() - the number after "name:" in /proc/PID/@file, which is
 * "status" (VmLck, in kB) or "io" (read_bytes); -1 if there is none
 */
long process_number(pid_t pid, const char *file, const char *name);
/** process_catches() - has it a handler of its own for this signal */
bool process_catches(pid_t pid, int sig);

/* ----------------------------------------------------------- kernel, modules */

/**
 * module_load() - insert mod/NAME.ko of the unit, init_module(2)
 * @params: "a=1 b=2" or ""
 * Return: 0 or a negative errno as the kernel gave it.
 */
int module_load(const char *name, const char *params);
/** module_unload() - delete_module(2) with O_NONBLOCK; 0 or -errno */
int module_unload(const char *name);
/** expect_module_load() - load it, or end the test with verdict fail */
void expect_module_load(const char *name, const char *params);
/** module_refcount() - from /sys/module; -1 if it is not loaded */
int module_refcount(const char *name);
/** kernel_taint() - /proc/sys/kernel/tainted */
unsigned long kernel_taint(void);
#define TAINT_OUT_OF_TREE_UNSIGNED 12288UL /* bits O and E: ordinary for a student's module */
/** slab_objects() - active objects of each of these slab caches, /proc/slabinfo; -1 unknown */
void slab_objects(const char *const *caches, size_t count, long *objects);
/** meminfo_kb() - a field of /proc/meminfo, "MemFree" */
long meminfo_kb(const char *field);
/** memory_free_kb() - MemFree, and what the processors keep at hand of it */
long memory_free_kb(void);
/** sysctl_drop_caches() - let the kernel return what it can before counting */
void sysctl_drop_caches(void);
/** klog_mark() - remember the end of the kernel log */
void klog_mark(void);
/** klog_since() - the kernel log since the mark, one line each */
const char *klog_since(void);
/** klog_complaint() - the kernel's first complaint since the mark, or NULL */
const char *klog_complaint(void);
/**
 * expect_klog_clean() - no BUG, WARNING, oops, bad page or x86/PAT line, none of memory
 * that could not be had, since the mark, and no taint beyond out-of-tree and unsigned
 *
 * The module's own log lines are shown with a failure, never judged.
 */
void expect_klog_clean(void);
/**
 * dirty_pages_keep() - take free pages, those freed last first, and fill them with a
 * pattern (1 MiB of pipe buffers); what a driver gave back and goes on using belongs to
 * another one then, and the kernel does not stumble over it. dirty_pages_free() follows.
 */
void dirty_pages_keep(void);
void dirty_pages_free(void);
/** dirty_free_pages() - both, so that memory which a driver forgot to clear shows */
void dirty_free_pages(void);

/* ------------------------------------------------------------ driver labs */

/**
 * device_load() - load a module and expect its device, /dev/NAME
 *
 * The node's mode is for one test to judge: a wrong one is mended here, so
 * that it costs that test and no other.
 * Return: the mode as the driver made it.
 */
unsigned device_load(const char *name, const char *params);
/** device_unload() - unload it; @when, for the failure: "after the last mapping is gone" */
void device_unload(const char *name, const char *when);
/** device_exists() - is there a /dev/NAME */
bool device_exists(const char *name);
/** expect_no_device() - @when and @why complete "The device exists" */
void expect_no_device(const char *name, const char *when, const char *why);
/** device_is_misc() - is it a misc device? It shares names and numbers with others then */
bool device_is_misc(const char *name);
/**
 * expect_minor_is_chosen() - that a loaded misc device's minor number is not fixed: loaded
 * again while another device has that number, it must get another one
 * @params: of the second load, after which it stays loaded
 */
void expect_minor_is_chosen(const char *name, const char *params);
/**
 * device_clash() - load it so many times while another device has its name
 * @kb: more memory than that must not be gone afterwards (expect_nothing_kept())
 *
 * Each load must fail with EEXIST, which misc_register() gives.
 */
void device_clash(const char *name, const char *params, int loads, long kb);
/**
 * device_refusals() - load it PAGE_ROUNDS times with what it has to refuse; none may keep a page
 *
 * That and how it fails is judged before.
 */
void device_refusals(const char *name, const char *params);
/** MINUS() - so many bytes below 2^64: an offset that is negative in a signed type */
#define MINUS(bytes) (-(uint64_t)(bytes))
/**
 * device_bound_hint() - why a driver may have granted what lies past its end
 * Return: a sentence with a space before it, or "".
 */
const char *device_bound_hint(uint64_t length, uint64_t offset);
/** device_reader_hint - what may be special about a mapping for reading that is refused */
extern const char device_reader_hint[];
/** leak_mark() - remember how much memory the kernel has given out: pages, and kmalloc()'s */
void leak_mark(void);
/**
 * PAGE_ROUNDS - so often something is done that may keep no page, and so many KiB may be gone
 *
 * Half of what is gone when each time keeps one; in 84 measurements of drivers that keep
 * nothing, 36 KiB were gone at most.
 */
#define PAGE_ROUNDS 50
#define PAGE_ROUNDS_KB (PAGE_ROUNDS * 4 / 2)
/**
 * expect_nothing_kept() - that since the mark it has got back what was taken
 * @times: how often something was done that may keep memory; fewer than some 30 times do
 *	not show in kmalloc()'s caches, which others use, too
 * @kb: so much of the free memory may be gone
 * @when: completes "Memory is not given back"
 */
void expect_nothing_kept(int times, long kb, const char *when);
/** misc_devices() - /proc/misc, one line each: "124 mymap" */
const char *misc_devices(void);

/**
 * tool_ask() - send a line to a tool that obeys lines, and wait for its answer, a line
 *
 * The line becomes the input that a failure shows.
 */
const char *tool_ask(struct subject *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/** tool_leave() - let such a tool end: end of file, and status 0 */
void tool_leave(struct subject *s);
/**
 * expect_denied() - such a tool must die of a forbidden access, SEGV_ACCERR
 * @command: what makes it touch @addr
 * @what: "A store through a read-only mapping"
 * @why: what it means if it does not die
 */
void expect_denied(struct subject *s, const char *command, uint64_t addr, const char *what,
		   const char *why);

/** dirty_free_blocks() - as dirty_free_pages(), in blocks of eight pages */
void dirty_free_blocks(void);
/** quiet_console() - keep the console out of a test whose point is failing often */
void quiet_console(void);

/* -------------------------------------------------------------- power cuts */

/**
 * power_cut() - keep a copy of the scratch disk as if the power failed now
 *
 * The machine stands still meanwhile and goes on afterwards. What it has
 * written to the disk so far is in the copy; what is only in its memory, as
 * pages that wait for write-back, is not. At most 64 in a machine.
 *
 * Return: the cut's number, for after_cut().
 */
unsigned power_cut(void);

/**
 * power_cut_torn() - the same for a disk that has a cache and got no flush
 * @base: an earlier cut
 *
 * Of the sectors of 512 bytes that differ from @base, each is old or new, as
 * the run's seed has it. That is only fair when nothing but data of files was
 * written in between, over blocks that they had already.
 */
unsigned power_cut_torn(unsigned base);

/**
 * struct revival - what a program did after a power cut
 * @exit: its exit status, -1 if a signal killed it or it did not end
 * @signal: that signal, or 0
 * @timed_out: it did not end by its deadline
 * @out, @err: what it printed, up to 20 KiB and 2 KiB; NUL-terminated,
 *	control bytes but newline and tab, and what is not UTF-8, as \\xNN
 */
struct revival {
	int exit, signal;
	bool timed_out;
	const char *out, *err;
};

/**
 * after_cut() - run a program in another machine that has the disk of a cut
 * @argv: argv[0] is looked up in the unit's bin/
 *
 * The second machine is restored afresh at the first call, and has nothing
 * from this one but the disk, which it gets anew at each call and mounts where
 * scratch_dir() is. That is the program's current directory, and it runs as the
 * subject's user with the default limits and deadline.
 *
 * Return: never NULL; a file system that does not mount is broken.
 */
const struct revival *after_cut(unsigned cut, const char *const *argv);

/* ------------------------------------------------------ seen from outside */

/**
 * host_cookie() - a fresh number, 16 hexadecimal digits, for a program to park
 * with (driver/park.h), by which the host will know it
 */
const char *host_cookie(void);

/**
 * host_sees() - let the host look at the programs that are parked
 * @checks: names as in labs/ID/evidence.tsv, "present,rw,store"; what each means
 *	stands at CHECK_* in harness/grade/manifest.h
 * @a, @b: the programs that got the cookies since the last call, in that order,
 *	one or two; @b may be NULL
 *
 * The programs have said `ready ok`. If the host sees something else than the
 * checks say, the test ends with verdict fail and the host's words. A test in
 * evidence.tsv passes only if the host has seen all that its line names.
 */
void host_sees(const char *checks, struct subject *a, struct subject *b);

/* --------------------------------------------------------------- plumbing */

/**
 * judge_call_failed() - end the test because a system call of the judge failed
 * @call: what failed, with errno as it left it
 *
 * Verdict broken: the kit's own fault. But fail when there is no room on the
 * disk and a program of the student's has run in this test: it has filled it.
 */
_Noreturn void judge_call_failed(const char *call);

/** SAFE() - a call of the judge's own; if it fails (-1), judge_call_failed() */
#define SAFE(call) \
	({ \
		long safe_ret_ = (long)(call); \
		if (safe_ret_ == -1) \
			judge_call_failed(judge_fmt("%s:%d: %s", __FILE__, __LINE__, #call)); \
		safe_ret_; \
	})

#endif
