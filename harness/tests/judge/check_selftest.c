// SPDX-License-Identifier: GPL-2.0-only
/*
 * check_selftest.c - a suite whose tests end in every way a test can end;
 * test_judge.c reads its records. Tests named good_* must pass.
 */
#include "judge.h"
#include "record.h"
#include "subject.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define RUN_FOR(ms, way) \
	subject_run(&(struct subject_spec){ \
		.argv = SUBJECT_ARGV("misbehave", way), .in = "", .deadline_ms = (ms) })

/* ------------------------------------------------------------ must pass */

START_TEST(good_correct)
{
	struct subject *s = RUN("misbehave", "correct");

	expect_exit(s, 0);
	expect_out(s, "hello\n");
	expect_int(subject_signal(s), 0, "signal");
}
END_TEST

START_TEST(good_expected_fault)
{
	struct subject *s = RUN("misbehave", "crash");

	expect_signal(s, SIGSEGV);
	expect_int((long long)subject_fault_addr(s), 0x5000000000, "si_addr");
	expect_int(subject_fault_code(s), SEGV_MAPERR, "si_code");
}
END_TEST

START_TEST(good_fault_past_file)
{
	struct subject *s;

	file_write("data", "abc", 3);
	s = RUN("misbehave", "past_file");
	expect_signal(s, SIGBUS);
	expect_int(subject_fault_code(s), BUS_ADRERR, "si_code");
}
END_TEST

static int first_processor(void)
{
	cpu_set_t set;
	int i = 0;

	SAFE(sched_getaffinity(0, sizeof(set), &set));
	while (!CPU_ISSET(i, &set))
		i++;
	return i;
}

static void expect_processor(struct subject *s, int only)
{
	cpu_set_t set;

	SAFE(sched_getaffinity(subject_pid(s), sizeof(set), &set));
	expect_int(CPU_COUNT(&set), 1, "processors");
	expect_true(CPU_ISSET(only, &set), "another processor");
}

START_TEST(good_dialogue)
{
	int only = first_processor();
	struct subject *s = START("misbehave", "echo");
	struct subject *t = subject_start(&(struct subject_spec){
		.argv = SUBJECT_ARGV("misbehave", "echo"), .cpus = 1UL << only });

	subject_send(s, "one\n");
	subject_send(t, "two\n");
	expect_str(subject_line(t), "got two", "the answer of t");
	expect_processor(t, only);
	expect_str(subject_line(s), "got one", "the answer of s");
	subject_close_stdin(s);
	expect_str(subject_line(s), "end of input", "the last line of s");
	expect_exit(s, 0);
	expect_true(subject_ended(s), "its end after status 0 is not seen");
	expect_true(!subject_ended(t), "the end of a program that waits is seen");
	subject_kill(t, SIGKILL);
	expect_signal(t, SIGKILL);
	expect_true(subject_ended(t), "its end by a signal is not seen");
}
END_TEST

START_TEST(good_stop_and_continue)
{
	struct subject *s = START("misbehave", "stop_self");
	char state = 0;
	int i;

	expect_str(subject_line(s), "before", "line");
	/* It must stay stopped although it is traced. */
	for (i = 0; i < 2000 && state != 't' && state != 'T'; i++) {
		char path[64], text[256] = "";
		FILE *f;

		snprintf(path, sizeof(path), "/proc/%d/stat", subject_pid(s));
		f = fopen(path, "r");
		if (f && fgets(text, sizeof(text), f))
			state = strrchr(text, ')')[2];
		if (f)
			fclose(f);
		subject_out(s, NULL);
		usleep(1000);
	}
	expect_true(state == 't' || state == 'T', "state %c", state);
	expect_int((long long)strlen(subject_out(s, NULL)), 7, "output");
	subject_kill(s, SIGCONT);
	expect_str(subject_line(s), "after", "line");
	expect_exit(s, 0);
}
END_TEST

START_TEST(good_leftover_child)
{
	struct subject *s = RUN("misbehave", "fork_and_leave");

	expect_exit(s, 0);
	expect_out(s, "left\n");
}
END_TEST

START_TEST(good_daemon)
{
	expect_exit(RUN("misbehave", "daemonise"), 0);
}
END_TEST

START_TEST(good_untraced)
{
	expect_exit(RUN("misbehave", "untraced"), 0);
}
END_TEST

START_TEST(good_flood_and_end)
{
	struct subject *s = RUN("misbehave", "flood_and_end");
	size_t len;

	expect_exit(s, 0);
	subject_out(s, &len);
	expect_int((long long)len, 256 * 1024, "captured bytes");
	expect_true(subject_out_truncated(s), "not truncated");
}
END_TEST

START_TEST(good_close_all)
{
	struct subject *s = START("misbehave", "close_all");

	subject_send(s, "nobody reads this\n");
	expect_exit(s, 0);
}
END_TEST

START_TEST(good_stdin_never_read)
{
	static char megabyte[1 << 20];
	struct subject *s;

	memset(megabyte, 'x', sizeof(megabyte));
	s = subject_run(&(struct subject_spec){ .argv = SUBJECT_ARGV("misbehave", "correct"),
						.in = megabyte,
						.in_len = sizeof(megabyte) });
	expect_exit(s, 0);
}
END_TEST

START_TEST(good_ignored_signals)
{
	struct subject *s = START("misbehave", "ignore_signals");

	expect_str(subject_line(s), "ready", "line");
	subject_kill(s, SIGTERM);
	subject_kill(s, SIGKILL);
	expect_signal(s, SIGKILL);
}
END_TEST

START_TEST(good_surroundings)
{
	struct subject *s = RUN("misbehave", "surroundings");
	char cwd[256];

	SAFE(getcwd(cwd, sizeof(cwd)) ? 0 : -1);
	expect_exit(s, 0);
	expect_out(s, judge_fmt("uid 1000 gid 1000 groups 0 fds 3 nofile 256 "
				"leader 1\nPATH=/bin\nHOME=%s\nLC_ALL=C\n",
				cwd));
}
END_TEST

static const char *oom_score_adj(pid_t pid)
{
	return proc_slurp(judge_fmt("/proc/%d/oom_score_adj", pid), NULL);
}

START_TEST(good_subject_goes_first)
{
	struct subject *s = START("misbehave", "stop_self");

	expect_str(subject_line(s), "before", "line");
	expect_str(oom_score_adj(subject_pid(s)), "1000\n", "the subject goes first");
	expect_true(strcmp(oom_score_adj(getpid()), "1000\n"), "and so does its judge");
	subject_kill(s, SIGKILL);
	subject_wait(s);
}
END_TEST

START_TEST(good_calls_and_memory)
{
	unsigned long p = 0, q = 0;
	const struct call *c;
	const struct vma *v;
	struct subject *s;
	struct file f;
	char got = 0;
	pid_t pid;

	file_write("data", "abcdef", 6);
	s = subject_start(&(struct subject_spec){ .argv = SUBJECT_ARGV("misbehave", "map_file"),
						  .trace = true });
	expect_int(sscanf(subject_line(s), "%lx %lx", &p, &q), 2, "addresses");
	pid = subject_pid(s);
	c = find_mmap(s, "/data");
	expect_true(c && c->ret == (int64_t)p, "mmap of data not found");
	c = find_mmap(s, NULL);
	expect_true(c && c->ret == (int64_t)q, "anonymous mmap not found");
	expect_int((long long)calls_writing(s, "/data"), 1, "writes of data");
	expect_int((long long)calls_reading(s, "/data"), 0, "reads of data");
	expect_int((long long)calls_count(s, SYS_openat, "data"), 1, "openat");
	expect_int((long long)calls_count(s, SYS_openat, "missing"), 0,
		   "successful openat of missing");
	expect_true(strstr(calls_text(s), "openat(\"data\", O_RDWR) = 3\n"), "%s", calls_text(s));
	expect_true(strstr(calls_text(s), "mmap(NULL, 4096, rw, shared, 3 data, 0) = 0x"), "%s",
		    calls_text(s));
	expect_true(strstr(calls_text(s), "ioctl(3 data, _IOW('m', 0x41, 4 bytes)) = -1 ENOTTY\n"),
		    "%s", calls_text(s));
	expect_true(strstr(calls_text(s), "openat(\"missing\", O_RDONLY) = -1 ENOENT"), "%s",
		    calls_text(s));
	v = maps_find(pid, "/data");
	expect_true(v && v->start == p && v->shared && v->r && v->w, "maps");
	v = maps_find(pid, "/dev/zero");
	expect_true(v && v->start == q, "maps of shared memory");
	expect_true(memory_read(pid, q, &got, 1) && got == 1, "its memory");
	expect_true(!memory_read(pid, 64, &got, 1), "memory at 64");
	expect_true(memory_write(pid, q, "\2", 1) && memory_read(pid, q, &got, 1) && got == 2,
		    "its memory, written");
	expect_true(!memory_write(pid, 64, "", 1), "memory at 64, written");
	expect_true(page_pfn(pid, p) != 0, "no page frame");
	expect_true(!(page_flags(page_pfn(pid, p)) >> KPF_RESERVED & 1), "flags");
	expect_str(smaps_field(pid, p, "Size"), "4 kB", "Size in smaps");
	expect_int((long long)fds_count(pid), 3, "descriptors");
	f = file_read("data");
	expect_mem(f.data, f.len, "MWcdef", 6, "data");
	subject_close_stdin(s);
	expect_exit(s, 0);
	/* One child reads where its parent wanted nobody to look, the other is not begun. */
	s = TRACE("misbehave", "read_untraced");
	expect_int((long long)calls_reading(s, "/data"), 1, "reads of data in a child");
}
END_TEST

START_TEST(good_many_calls)
{
	struct subject *s;
	size_t n;

	file_write("data", "abc", 3);
	s = subject_run(&(struct subject_spec){ .argv = SUBJECT_ARGV("misbehave", "many_calls"),
						.in = "",
						.trace = true,
						.deadline_ms = 60000 });
	expect_exit(s, 0);
	subject_calls(s, &n);
	expect_int((long long)n, 20000, "calls kept");
}
END_TEST

static bool never(void *arg)
{
	(void)arg;
	return false;
}

static bool is_pwrite(const struct call *c)
{
	return c->nr == SYS_pwrite64;
}

START_TEST(good_held_calls)
{
	const struct subject_spec spec = { .argv = SUBJECT_ARGV("misbehave", "map_file"),
					   .trace = true,
					   .hold = is_pwrite };
	struct subject *s;
	bool done = true;
	int fail;

	for (fail = 0; fail < 2; fail++) {
		file_write("data", "abc", 3);
		s = subject_start(&spec);
		/* It is held also when it comes there before anybody asks. */
		judge_poll(never, NULL, 50);
		expect_int(subject_held(s, &done)->nr, SYS_pwrite64, "the call");
		expect_int(done, false, "made already");
		expect_mem(file_read("data").data, 3, "Mbc", 3, "data before the call");
		subject_go(s, fail ? EIO : 0);
		expect_int(subject_held(s, &done)->ret, fail ? -EIO : 1, "its result");
		expect_int(done, true, "made already");
		expect_mem(file_read("data").data, 3, fail ? "Mbc" : "MWc", 3, "data after it");
		subject_go(s, 0);
		if (!fail)
			subject_line(s);
		subject_close_stdin(s);
		expect_true(!subject_held(s, &done), "a third stop");
		expect_exit(s, fail);
	}
}
END_TEST

static bool is_open_of_data(const struct call *c)
{
	return c->nr == SYS_openat && c->path && !strcmp(c->path, "data");
}

START_TEST(good_failing_calls)
{
	struct subject_spec spec = { .argv = SUBJECT_ARGV("misbehave", "tells_failures"),
				     .in = "" };
	bool failed = true;
	struct subject *s;

	file_write("data", "abc", 3);
	s = subject_run_failing(spec, is_open_of_data, 3, EIO, &failed);
	expect_success(s, "a run that makes two such calls");
	expect_true(!failed, "the third call failed");
	expect_failures_told(spec, is_open_of_data, EIO, "an open");
	spec.limit_nofile = 3;
	expect_error(subject_run(&spec), "EMFILE", "a fourth descriptor was to be had");
}
END_TEST

START_TEST(good_zombies)
{
	struct subject *s = START("misbehave", "zombie");
	int i;

	expect_str(subject_line(s), "forked", "line");
	for (i = 0; i < 1000 && zombies_of(subject_pid(s)) != 1; i++)
		usleep(1000);
	expect_int((long long)zombies_of(subject_pid(s)), 1, "zombies");
}
END_TEST

START_TEST(good_fork_fails)
{
	struct subject *s = subject_run(&(struct subject_spec){
		.argv = SUBJECT_ARGV("misbehave", "fork_fails"), .in = "", .limit_nproc = 1 });

	expect_out(s, "EAGAIN\n");
}
END_TEST

START_TEST(good_folder_stays)
{
	expect_exit(RUN("misbehave", "remove_folder"), 0);
	file_write("still here", "x", 1);
	expect_int(file_size("still here"), 1, "size");
}
END_TEST

START_TEST(good_slow)
{
	struct subject *s = subject_run(&(struct subject_spec){
		.argv = SUBJECT_ARGV("misbehave", "slow"), .in = "", .deadline_ms = 1000 });

	expect_out(s, "done\n");
}
END_TEST

static void kmsg(const char *line)
{
	int fd = (int)SAFE(open("/dev/kmsg", O_WRONLY | O_CLOEXEC));

	SAFE(write(fd, line, strlen(line)));
	close(fd);
}

START_TEST(good_klog)
{
	kmsg("BUG: before the mark (a self-test's line)\n");
	klog_mark();
	kmsg("selftest: WARNING: a module's own words (a self-test's line)\n");
	kmsg("WARNING: mapping past the end refused (a self-test's line)\n");
	kmsg("Bad page offset 3 (a self-test's line)\n");
	expect_klog_clean();
	expect_true(strstr(klog_since(), "own words"), "not in the log");
	expect_true(!strstr(klog_since(), "before the mark"), "before the mark");
}
END_TEST

START_TEST(good_kernel_counts)
{
	static const char *const caches[] = { "no-such-cache", "task_struct" };
	long objects[2];

	expect_true(meminfo_kb("MemTotal") > 1000, "MemTotal");
	slab_objects(caches, 2, objects);
	expect_true(objects[0] == -1 && objects[1] > 10, "slab: %ld, %ld", objects[0], objects[1]);
	expect_int(module_refcount("no_such_module"), -1, "refcount");
	/* -ENOSYS where the kernel was built without modules. */
	expect_true(module_unload("no_such_module") < 0, "unload");
	dirty_free_pages();
	page_flags_count(KPF_RESERVED);
}
END_TEST

static bool true_at_third_try(void *arg)
{
	return ++*(int *)arg == 3;
}

START_TEST(good_poll)
{
	int tries = 0;

	expect_true(judge_poll(true_at_third_try, &tries, 1000), "poll");
	expect_true(!judge_poll(never, NULL, 30), "poll of never");
}
END_TEST

/* --------------------------------------------------------- must not pass */

START_TEST(fail_random)
{
	judge_fail(NULL,
		   judge_fmt("%016llx %u %s", (unsigned long long)judge_random(), judge_below(1000),
			     judge_random_word(8)),
		   "The stream of this test.");
}
END_TEST

START_TEST(fail_exit_status)
{
	expect_exit(RUN("misbehave", "exit3"), 0);
}
END_TEST

START_TEST(fail_hidden_failure)
{
	file_write("data", "abc", 3);
	expect_failures_told(
		(struct subject_spec){ .argv = SUBJECT_ARGV("misbehave", "hides_failures"),
				       .in = "" },
		is_open_of_data, EIO, "an open");
}
END_TEST

START_TEST(fail_output)
{
	expect_out(RUN("misbehave", "correct"), "hullo\n");
}
END_TEST

START_TEST(fail_nul_bytes)
{
	expect_out(RUN("misbehave", "nul_bytes"), "a\n");
}
END_TEST

START_TEST(fail_link)
{
	expect_exit(RUN("misbehave", "link_trap"), 0);
	file_read("data");
}
END_TEST

/* /dev/full is a disk without room. */
START_TEST(fail_disk_filled)
{
	int fd = (int)SAFE(open("/dev/full", O_WRONLY | O_CLOEXEC));

	expect_exit(RUN("misbehave", "correct"), 0);
	SAFE(write(fd, "x", 1));
}
END_TEST

START_TEST(fail_klog)
{
	klog_mark();
	kmsg("BUG: unable to handle anything (a self-test's line)\n");
	expect_klog_clean();
}
END_TEST

START_TEST(fail_in_folder)
{
	char cwd[256];

	SAFE(getcwd(cwd, sizeof(cwd)) ? 0 : -1);
	file_write("kept", "x", 1);
	judge_fail(NULL, cwd, "The folder of this test.");
}
END_TEST

START_TEST(fail_memory)
{
	expect_mem("abcdefgh", 8, "abcdeXgh", 8, "the bytes");
}
END_TEST

START_TEST(fail_traced)
{
	file_write("data", "abc", 3);
	expect_exit(TRACE("misbehave", "map_file"), 9);
}
END_TEST

START_TEST(fail_control_bytes)
{
	expect_exit(RUN("misbehave", "control_bytes"), 0);
}
END_TEST

START_TEST(fail_large_evidence)
{
	size_t len = 200000;
	char *text = judge_random_word(len);
	int i;

	memset(text, '"', len - 1);
	judge_input("%s", text);
	for (i = 0; i < 40; i++)
		judge_note("%s", text);
	judge_fail(text, text, "%s", text);
}
END_TEST

START_TEST(fail_by_check)
{
	ck_assert_int_eq(1, 2);
}
END_TEST

START_TEST(fail_ended_before_line)
{
	subject_line(RUN("misbehave", "exit3"));
}
END_TEST

START_TEST(fail_flood_before_line)
{
	struct subject *s = START("misbehave", "flood");

	while (subject_line(s))
		;
}
END_TEST

START_TEST(fail_with_crashed_child)
{
	expect_exit(RUN("misbehave", "crash_in_child"), 0);
}
END_TEST

START_TEST(crash_address)
{
	expect_exit(RUN("misbehave", "crash"), 0);
}
END_TEST

START_TEST(crash_null)
{
	expect_exit(RUN("misbehave", "crash_null"), 0);
}
END_TEST

START_TEST(crash_where_no_code_is)
{
	expect_exit(RUN("misbehave", "run_nothing"), 0);
}
END_TEST

START_TEST(crash_without_address)
{
	expect_exit(RUN("misbehave", "crash_no_address"), 0);
}
END_TEST

START_TEST(crash_thread)
{
	expect_exit(RUN("misbehave", "crash_in_thread"), 0);
}
END_TEST

START_TEST(crash_abort)
{
	subject_line(RUN("misbehave", "abort"));
}
END_TEST

START_TEST(timeout_read)
{
	struct subject *s = subject_start(&(struct subject_spec){
		.argv = SUBJECT_ARGV("misbehave", "hang_in_read"), .deadline_ms = 200 });

	subject_wait(s);
}
END_TEST

START_TEST(timeout_spin)
{
	RUN_FOR(200, "spin");
}
END_TEST

START_TEST(timeout_spin_traced)
{
	subject_run(&(struct subject_spec){ .argv = SUBJECT_ARGV("misbehave", "spin_in_calls"),
					    .in = "",
					    .deadline_ms = 200,
					    .trace = true });
}
END_TEST

static bool any_call(const struct call *c)
{
	return c->nr >= 0;
}

START_TEST(timeout_spin_held)
{
	struct subject *s = subject_start(
		&(struct subject_spec){ .argv = SUBJECT_ARGV("misbehave", "spin_in_calls"),
					.deadline_ms = 200,
					.trace = true });
	bool done;

	subject_hold(s, any_call);
	while (subject_held(s, &done))
		subject_go(s, 0);
}
END_TEST

START_TEST(timeout_children)
{
	RUN_FOR(500, "hang_in_children");
}
END_TEST

START_TEST(timeout_flood)
{
	RUN_FOR(200, "flood");
}
END_TEST

START_TEST(timeout_line)
{
	struct subject *s = subject_start(&(struct subject_spec){
		.argv = SUBJECT_ARGV("misbehave", "ignore_signals"), .deadline_ms = 200 });

	subject_line(s);
	subject_line(s);
}
END_TEST

START_TEST(fail_fork_bomb)
{
	RUN("misbehave", "fork_bomb");
}
END_TEST

START_TEST(broken_by_judge)
{
	judge_broken("the disk is %s", "full");
}
END_TEST

START_TEST(broken_safe)
{
	SAFE(close(-1));
}
END_TEST

START_TEST(broken_disk_full)
{
	int fd = (int)SAFE(open("/dev/full", O_WRONLY | O_CLOEXEC));

	SAFE(write(fd, "x", 1));
}
END_TEST

START_TEST(broken_exit)
{
	exit(0);
}
END_TEST

START_TEST(broken_crash)
{
	volatile uintptr_t address = 16;

	*(volatile int *)address = 1;
}
END_TEST

START_TEST(broken_killed)
{
	kill(getpid(), SIGKILL);
}
END_TEST

START_TEST(fail_killed_beside_module)
{
	strcpy(verdict->modules[0], "no_such_module");
	kill(getpid(), SIGKILL);
}
END_TEST

START_TEST(broken_no_program)
{
	RUN("no-such-program");
}
END_TEST

START_TEST(broken_missing_file)
{
	file_read("missing");
}
END_TEST

START_TEST(fail_file_removed)
{
	file_write("there", "x", 1);
	RUN("misbehave", "correct");
	SAFE(unlink("there"));
	file_read("there");
}
END_TEST

START_TEST(needs_failed)
{
}
END_TEST

START_TEST(needs_blocked)
{
}
END_TEST

START_TEST(needs_passed)
{
}
END_TEST

/* Blocked in a run of all; alone, it lasts until it is killed. */
START_TEST(needs_hang)
{
	RUN_FOR(60000, "hang_in_children");
}
END_TEST

START_TEST(needs_not_run)
{
}
END_TEST

const struct judge_suite judge_suite = {
	.lab = "00-selftest",
	.tests = {
		JUDGE_TEST(good_correct),
		JUDGE_TEST(good_expected_fault),
		JUDGE_TEST(good_fault_past_file),
		JUDGE_TEST(good_dialogue),
		JUDGE_TEST(good_stop_and_continue),
		JUDGE_TEST(good_leftover_child),
		JUDGE_TEST(good_daemon),
		JUDGE_TEST(good_untraced),
		JUDGE_TEST(good_flood_and_end),
		JUDGE_TEST(good_close_all),
		JUDGE_TEST(good_stdin_never_read),
		JUDGE_TEST(good_ignored_signals),
		JUDGE_TEST(good_surroundings),
		JUDGE_TEST(good_subject_goes_first),
		JUDGE_TEST(good_calls_and_memory),
		JUDGE_TEST(good_many_calls),
		JUDGE_TEST(good_held_calls),
		JUDGE_TEST(good_failing_calls),
		JUDGE_TEST(good_zombies),
		JUDGE_TEST(good_fork_fails),
		JUDGE_TEST(good_folder_stays),
		JUDGE_TEST(good_slow),
		JUDGE_TEST(good_klog),
		JUDGE_TEST(good_kernel_counts),
		JUDGE_TEST(good_poll),
		JUDGE_TEST(fail_random),
		JUDGE_TEST(fail_exit_status),
		JUDGE_TEST(fail_hidden_failure),
		JUDGE_TEST(fail_output),
		JUDGE_TEST(fail_nul_bytes),
		JUDGE_TEST(fail_link),
		JUDGE_TEST(fail_disk_filled),
		JUDGE_TEST(fail_klog),
		JUDGE_TEST(fail_in_folder),
		JUDGE_TEST(fail_killed_beside_module),
		JUDGE_TEST(fail_memory),
		JUDGE_TEST(fail_traced),
		JUDGE_TEST(fail_control_bytes),
		JUDGE_TEST(fail_large_evidence),
		JUDGE_TEST(fail_by_check),
		JUDGE_TEST(fail_ended_before_line),
		JUDGE_TEST(fail_flood_before_line),
		JUDGE_TEST(fail_with_crashed_child),
		JUDGE_TEST(crash_address),
		JUDGE_TEST(crash_null),
		JUDGE_TEST(crash_where_no_code_is),
		JUDGE_TEST(crash_without_address),
		JUDGE_TEST(crash_thread),
		JUDGE_TEST(crash_abort),
		JUDGE_TEST(timeout_read),
		JUDGE_TEST(timeout_spin),
		JUDGE_TEST(timeout_spin_traced),
		JUDGE_TEST(timeout_spin_held),
		JUDGE_TEST(timeout_children),
		JUDGE_TEST(timeout_flood),
		JUDGE_TEST(timeout_line),
		JUDGE_TEST(fail_fork_bomb),
		JUDGE_TEST(broken_by_judge),
		JUDGE_TEST(broken_safe),
		JUDGE_TEST(broken_disk_full),
		JUDGE_TEST(broken_exit),
		JUDGE_TEST(broken_crash),
		JUDGE_TEST(broken_killed),
		JUDGE_TEST(broken_no_program),
		JUDGE_TEST(broken_missing_file),
		JUDGE_TEST(fail_file_removed),
		JUDGE_TEST(needs_failed),
		JUDGE_TEST(needs_blocked),
		JUDGE_TEST(needs_passed),
		JUDGE_TEST(needs_hang),
		JUDGE_TEST(needs_not_run),
		JUDGE_END,
	},
};
