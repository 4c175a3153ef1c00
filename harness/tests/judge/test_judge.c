// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_judge.c - the judge is judged: run the self-test suite (see
 * check_selftest.c) as the machine's agent would, and examine its records,
 * its exit status and what it leaves behind.
 *
 * Usage: test_judge UNIT, where UNIT holds check and bin/misbehave. Needs
 * root, as every suite does; without it, it says so and is skipped.
 */
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "limit.h"

#define RECORDS_MAX 256
#define RECORD_FD 7
#define NEEDS \
	"needs_blocked=fail_random needs_passed=good_correct needs_not_run=fail_memory " \
	"needs_hang=fail_memory"

/* One run of the suite. */
struct run {
	char *text;
	size_t len;
	json_t *records[RECORDS_MAX];
	size_t count;
	int status;
};

static const char *unit;
static struct run full; /* a run of all tests */
static bool orphans; /* some process outlived it */
static char below_folder[4096];

/* ---------------------------------------------------------- run the suite */

static pid_t suite_start(const char *const *env, const char *const *tests, int *out)
{
	char path[4096];
	const char *argv[16] = { path };
	int ends[2], i, null;
	pid_t pid;

	snprintf(path, sizeof(path), "%s/check", unit);
	for (i = 0; tests && tests[i]; i++)
		argv[i + 1] = tests[i];
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		null = open("/dev/null", O_RDWR);
		dup2(null, 0);
		dup2(null, 2);
		dup2(ends[1], RECORD_FD);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execve(path, (char *const *)argv, (char *const *)env);
		_exit(99);
	}
	close(ends[1]);
	*out = ends[0];
	return pid;
}

static void records_parse(struct run *r)
{
	char *line, *save = NULL;
	char *text = strdup(r->text);
	json_error_t error;

	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		ck_assert_uint_lt(r->count, RECORDS_MAX);
		ck_assert_uint_le(strlen(line) + 1, 48 * 1024);
		r->records[r->count] = json_loads(line, JSON_REJECT_DUPLICATES, &error);
		ck_assert_msg(r->records[r->count] != NULL, "%s: %.200s", error.text, line);
		/* How long a test waits is the machine's matter. */
		if (strstr(line, "\"alive\""))
			continue;
		r->count++;
	}
	free(text);
}

static struct run suite_run(const char *const *env, const char *const *tests)
{
	struct run r = { .text = calloc(1, 1 << 20) };
	ssize_t n;
	int out;
	pid_t pid = suite_start(env, tests, &out);

	while ((n = read(out, r.text + r.len, (1 << 20) - 1 - r.len)) > 0)
		r.len += (size_t)n;
	close(out);
	ck_assert_int_eq(waitpid(pid, &r.status, 0), pid);
	records_parse(&r);
	return r;
}

#define ENV(...) ((const char *const[]){ "MMAPLAB_RECORD_FD=7", __VA_ARGS__, NULL })
#define TESTS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static const char *member(const json_t *record, const char *key)
{
	const char *text = json_string_value(json_object_get(record, key));

	return text ? text : "";
}

static const json_t *result_of(const struct run *r, const char *id)
{
	size_t i;

	for (i = 0; i < r->count; i++)
		if (!strcmp(member(r->records[i], "t"), "test") &&
		    !strcmp(member(r->records[i], "id"), id))
			return r->records[i];
	return NULL;
}

static const char *outcome_of(const struct run *r, const char *id)
{
	return member(result_of(r, id), "outcome");
}

/* Where a container hides it, the tests of the kernel log say nothing. */
static bool has_kmsg(void)
{
	int fd = open("/dev/kmsg", O_RDWR | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return false;
	close(fd);
	return true;
}

/* ------------------------------------------------------------- the full run */

static void run_everything(void)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	full = suite_run(ENV("MMAPLAB_SEED=00000000000000ff", "MMAPLAB_NEEDS=" NEEDS), NULL);
	/* What a suite leaves running becomes a child of this process. */
	orphans = waitpid(-1, NULL, WNOHANG) >= 0 || errno != ECHILD;
}

START_TEST(records_are_complete_and_in_order)
{
	size_t i, tests;

	ck_assert(WIFEXITED(full.status) && WEXITSTATUS(full.status) == 0);
	ck_assert_uint_ge(full.count, 4);
	ck_assert_str_eq(member(full.records[0], "t"), "suite");
	ck_assert_str_eq(member(full.records[0], "lab"), "00-selftest");
	ck_assert(json_number_value(json_object_get(full.records[0], "speed")) >= 1.0);
	tests = (size_t)json_integer_value(json_object_get(full.records[0], "tests"));
	ck_assert_uint_eq(full.count, 2 + 2 * tests);
	for (i = 1; i < full.count - 1; i += 2) {
		ck_assert_str_eq(member(full.records[i], "t"), "start");
		ck_assert_str_eq(member(full.records[i + 1], "t"), "test");
		ck_assert_str_eq(member(full.records[i], "id"), member(full.records[i + 1], "id"));
	}
	ck_assert_str_eq(member(full.records[i], "t"), "end");
	ck_assert_uint_eq((size_t)json_integer_value(json_object_get(full.records[i], "tests")),
			  tests);
}
END_TEST

/* A test named good_x must pass, fail_x must fail, and so on. */
START_TEST(each_test_ends_as_its_name_says)
{
	size_t i;

	for (i = 0; i < full.count; i++) {
		const json_t *r = full.records[i];
		const char *id = member(r, "id");
		const char *want = "pass";

		if (strcmp(member(r, "t"), "test") || !strncmp(id, "needs", 5))
			continue;
		if (strstr(id, "klog") && !has_kmsg())
			continue;
		if (!strncmp(id, "fail", 4))
			want = "fail";
		else if (!strncmp(id, "crash", 5))
			want = "crash";
		else if (!strncmp(id, "timeout", 7))
			want = "timeout";
		else if (!strncmp(id, "broken", 6))
			want = "broken";
		ck_assert_msg(!strcmp(member(r, "outcome"), want),
			      "%s: %s instead of %s: %s; got %s", id, member(r, "outcome"), want,
			      member(r, "message"), member(r, "got"));
	}
}
END_TEST

START_TEST(a_need_that_did_not_pass_blocks)
{
	struct run r;

	ck_assert_str_eq(outcome_of(&full, "needs_failed"), "pass");
	ck_assert_str_eq(outcome_of(&full, "needs_blocked"), "blocked");
	ck_assert_str_eq(outcome_of(&full, "needs_passed"), "pass");
	ck_assert_str_eq(outcome_of(&full, "needs_not_run"), "blocked");
	ck_assert(strstr(member(result_of(&full, "needs_blocked"), "message"), "fail_random"));
	/* Alone, nothing is known of its need. */
	r = suite_run(ENV("MMAPLAB_NEEDS=" NEEDS), TESTS("needs_not_run"));
	ck_assert_str_eq(outcome_of(&r, "needs_not_run"), "pass");
	ck_assert_uint_eq(r.count, 4);
}
END_TEST

static const struct {
	const char *id, *key, *part;
} evidence[] = {
	{ "fail_exit_status", "expected", "exit status 0" },
	{ "fail_exit_status", "got",
	  "exit status 3; the last line of its standard error: \"no such record\"" },
	{ "fail_exit_status", "input", "misbehave exit3" },
	{ "fail_exit_status", "stderr", "first complaint\nno such record\n" },
	{ "fail_output", "message", "Line 1 of the output" },
	{ "fail_file_removed", "message", "there is missing" },
	{ "fail_output", "expected", "\"hullo\\n\"" },
	{ "fail_output", "got", "\"hello\\n\"" },
	{ "fail_nul_bytes", "got", "\"\\x00b\\n\"" },
	{ "fail_nul_bytes", "expected", "the end of the output" },
	{ "fail_link", "got", "a symbolic link" },
	{ "fail_disk_filled", "message", "Your program has filled the disk" },
	{ "fail_disk_filled", "got", "ENOSPC" },
	{ "fail_fork_bomb", "got", "32 at once" },
	{ "fail_memory", "expected", "offset 5: 62 63 64 65 [58] 67 68" },
	{ "fail_traced", "calls",
	  "openat(\"data\", O_RDWR) = 3\nmmap(NULL, 4096, rw, shared, 3 data, 0) = 0x" },
	{ "fail_traced", "calls", "\nmmap(NULL, 8192, rw, shared|anon) = 0x" },
	{ "fail_traced", "calls",
	  "\npwrite64(3 data, 1 bytes, 1)\n"
	  "ioctl(3 data, _IOW('m', 0x41, 4 bytes)) = -1 ENOTTY\n"
	  "close(3 data)\nopenat(\"missing\", O_RDONLY) = -1 ENOENT" },
	{ "fail_control_bytes", "stderr",
	  "\\x1b]0;title\\x07<script>\\xff\\xfe caf\xc3\xa9\nend\n" },
	{ "fail_by_check", "message", "1 == 2" },
	{ "fail_ended_before_line", "message", "before it printed its next line" },
	{ "fail_flood_before_line", "message", "more than the judge keeps" },
	{ "fail_klog", "got", "BUG: unable to handle" },
	{ "crash_address", "signal", "SIGSEGV" },
	{ "crash_address", "addr", "0x5000000000" },
	{ "crash_address", "ip", "0x4" },
	{ "crash_address", "message", "nothing is mapped there" },
	{ "crash_null", "message", "NULL plus 8" },
	{ "crash_where_no_code_is", "message", "it went on there as if there were code" },
	{ "crash_without_address", "message", "has a value that can be no address" },
	{ "crash_thread", "addr", "0x5000000000" },
	{ "crash_abort", "signal", "SIGABRT" },
	{ "timeout_read", "waiting", "read" },
	{ "timeout_read", "message", "in read of descriptor 0" },
	{ "timeout_spin", "waiting", "running" },
	{ "timeout_children", "waiting", "wait4" },
	{ "timeout_line", "message", "did not print its next line" },
	{ "timeout_line", "waiting", "pause" },
	{ "broken_by_judge", "message", "the disk is full" },
	{ "broken_safe", "message", "close(-1): EBADF" },
	{ "broken_disk_full", "message", "ENOSPC" },
	{ "broken_exit", "message", "ended before the end of the test" },
	{ "broken_no_program", "message", "/bin/no-such-program: ENOENT" },
};

START_TEST(failures_carry_their_evidence)
{
	const char *text = member(result_of(&full, evidence[_i].id), evidence[_i].key);

	if (strstr(evidence[_i].id, "klog") && !has_kmsg())
		return;
	ck_assert_msg(strstr(text, evidence[_i].part) != NULL, "%s, %s: \"%s\"", evidence[_i].id,
		      evidence[_i].key, text);
}
END_TEST

static bool noted(const char *id, const char *part)
{
	json_t *notes = json_object_get(result_of(&full, id), "notes");
	size_t i;
	json_t *note;

	json_array_foreach(notes, i, note)
		if (strstr(json_string_value(note), part))
			return true;
	return false;
}

START_TEST(children_of_a_subject_are_named)
{
	ck_assert(noted("fail_with_crashed_child", "was killed by SIGSEGV"));
	ck_assert(noted("timeout_children", "was in pause"));
	ck_assert(noted("timeout_children", "2 child processes more"));
}
END_TEST

START_TEST(records_hold_no_control_bytes)
{
	size_t i;

	for (i = 0; i < full.len; i++)
		ck_assert_msg(full.text[i] == '\n' || (unsigned char)full.text[i] >= 0x20,
			      "byte %#x at %zu", full.text[i], i);
}
END_TEST

START_TEST(large_evidence_is_cut)
{
	const json_t *r = result_of(&full, "fail_large_evidence");
	const char *text = member(r, "message");

	ck_assert_uint_gt(strlen(text), 1000);
	ck_assert_str_eq(text + strlen(text) - 3, "...");
	ck_assert_uint_eq(json_array_size(json_object_get(r, "notes")), 12);
}
END_TEST

START_TEST(timeouts_take_bounded_time)
{
	double speed = json_number_value(json_object_get(full.records[0], "speed"));
	size_t i;

	for (i = 0; i < full.count; i++) {
		const json_t *r = full.records[i];

		if (!strcmp(member(r, "outcome"), "timeout"))
			ck_assert_msg(json_integer_value(json_object_get(r, "ms")) < 10000 * speed,
				      "%s", member(r, "id"));
	}
}
END_TEST

START_TEST(nothing_is_left_behind)
{
	const char *folder = member(result_of(&full, "fail_in_folder"), "got");
	struct stat st;

	ck_assert(!orphans);
	ck_assert_str_ne(folder, "");
	ck_assert_int_lt(stat(folder, &st), 0);
	*strrchr(folder, '/') = '\0';
	ck_assert_int_lt(stat(folder, &st), 0);
}
END_TEST

/* -------------------------------------------------------------- other runs */

START_TEST(one_test_alone_sees_the_same_input)
{
	struct run same = suite_run(ENV("MMAPLAB_SEED=00000000000000ff"), TESTS("fail_random"));
	struct run other = suite_run(ENV("MMAPLAB_SEED=0000000000000100"), TESTS("fail_random"));
	const char *got = member(result_of(&full, "fail_random"), "got");

	ck_assert_str_ne(got, "");
	ck_assert_str_eq(member(result_of(&same, "fail_random"), "got"), got);
	ck_assert_str_ne(member(result_of(&other, "fail_random"), "got"), got);
}
END_TEST

START_TEST(check_variables_do_not_matter)
{
	struct stat st;
	struct run r;

	unlink("/tmp/judge.tap");
	r = suite_run(ENV("CK_RUN_CASE=nothing", "CK_RUN_SUITE=x", "CK_FORK=no",
			  "CK_DEFAULT_TIMEOUT=1", "CK_TAP_LOG_FILE_NAME=/tmp/judge.tap",
			  "CK_VERBOSITY=verbose"),
		      TESTS("good_correct", "broken_exit"));

	ck_assert_str_eq(outcome_of(&r, "good_correct"), "pass");
	ck_assert_str_eq(outcome_of(&r, "broken_exit"), "broken");
	ck_assert_int_lt(stat("/tmp/judge.tap", &st), 0);
}
END_TEST

START_TEST(bad_use_exits_1_without_records)
{
	struct run r = suite_run(ENV("X=1"), TESTS("good_corect"));

	ck_assert(WIFEXITED(r.status) && WEXITSTATUS(r.status) == 1);
	ck_assert_uint_eq(r.count, 0);
	r = suite_run(ENV("MMAPLAB_SEED=xyz"), NULL);
	ck_assert(WIFEXITED(r.status) && WEXITSTATUS(r.status) == 1);
	ck_assert_uint_eq(r.count, 0);
	r = suite_run(TESTS("MMAPLAB_RECORD_FD=55"), NULL);
	ck_assert(WIFEXITED(r.status) && WEXITSTATUS(r.status) == 1);
}
END_TEST

/* The parent of a process by /proc/PID/stat, 0 if there is none. */
static pid_t parent_of(pid_t pid)
{
	char path[64], text[512];
	int parent = 0;
	char *p;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "r");
	if (!f)
		return 0;
	p = fgets(text, sizeof(text), f) ? strrchr(text, ')') : NULL;
	if (!p || sscanf(p + 1, " %*c %d", &parent) != 1)
		parent = 0;
	fclose(f);
	return parent;
}

/*
 * Send a signal to all processes below one; returns how many there are.
 * below_folder is then the working directory of one of them.
 */
static int signal_below(pid_t top, int sig)
{
	char link[64];
	ssize_t len;
	DIR *dir = opendir("/proc");
	struct dirent *e;
	int n = 0, depth;

	while ((e = readdir(dir))) {
		pid_t pid = atoi(e->d_name), up = pid;

		for (depth = 0; up > 1 && up != top && depth < 16; depth++)
			up = parent_of(up);
		if (pid <= 1 || pid == top || up != top)
			continue;
		snprintf(link, sizeof(link), "/proc/%d/cwd", pid);
		len = readlink(link, below_folder, sizeof(below_folder) - 1);
		below_folder[len > 0 ? len : 0] = '\0';
		kill(pid, sig);
		n++;
	}
	closedir(dir);
	return n;
}

static void record_await(int fd, const char *part)
{
	static char text[65536];
	size_t len = 0;
	ssize_t n;

	while ((n = read(fd, text + len, sizeof(text) - 1 - len)) > 0) {
		len += (size_t)n;
		text[len] = '\0';
		if (strstr(text, part))
			return;
	}
	ck_abort_msg("no record with %s", part);
}

START_TEST(a_killed_suite_takes_its_subjects_along)
{
	struct timespec start, now;
	int out;
	pid_t pid;

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	pid = suite_start(ENV("X=1"), TESTS("needs_hang"), &out);
	record_await(out, "needs_hang");
	/* The test's process, the subject and its child. */
	while (signal_below(pid, 0) < 3)
		usleep(1000);
	kill(pid, SIGKILL);
	clock_gettime(CLOCK_MONOTONIC, &start);
	do {
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		clock_gettime(CLOCK_MONOTONIC, &now);
		ck_assert_int_lt(now.tv_sec - start.tv_sec, 5);
		usleep(1000);
	} while (waitpid(-1, NULL, WNOHANG) >= 0 || errno != ECHILD);
	/* Its folder nobody could remove: inside the machine it does not matter. */
	ck_assert_int_eq(rmdir(below_folder), 0);
	*strrchr(below_folder, '/') = '\0';
	ck_assert_int_eq(rmdir(below_folder), 0);
}
END_TEST

/* All below the suite stands still for longer than the subject may take. */
START_TEST(a_machine_that_stands_still_loses_no_time)
{
	int out, status;
	pid_t pid;

	pid = suite_start(ENV("X=1"), TESTS("good_slow"), &out);
	record_await(out, "good_slow");
	while (signal_below(pid, 0) < 2)
		usleep(1000);
	signal_below(pid, SIGSTOP);
	sleep(2);
	signal_below(pid, SIGCONT);
	record_await(out, "\"outcome\":\"pass\"");
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
}
END_TEST

static Suite *judge_tests(void)
{
	Suite *s = suite_create("judge");
	TCase *all = tcase_create("one run of all");
	TCase *other = tcase_create("other runs");

	tcase_set_timeout(all, 120);
	tcase_add_unchecked_fixture(all, run_everything, NULL);
	tcase_add_test(all, records_are_complete_and_in_order);
	tcase_add_test(all, each_test_ends_as_its_name_says);
	tcase_add_test(all, a_need_that_did_not_pass_blocks);
	tcase_add_loop_test(all, failures_carry_their_evidence, 0,
			    sizeof(evidence) / sizeof(evidence[0]));
	tcase_add_test(all, children_of_a_subject_are_named);
	tcase_add_test(all, records_hold_no_control_bytes);
	tcase_add_test(all, large_evidence_is_cut);
	tcase_add_test(all, timeouts_take_bounded_time);
	tcase_add_test(all, nothing_is_left_behind);
	tcase_add_test(all, one_test_alone_sees_the_same_input);
	suite_add_tcase(s, all);
	tcase_set_timeout(other, 60);
	tcase_add_test(other, check_variables_do_not_matter);
	tcase_add_test(other, bad_use_exits_1_without_records);
	tcase_add_test(other, a_killed_suite_takes_its_subjects_along);
	tcase_add_test(other, a_machine_that_stands_still_loses_no_time);
	suite_add_tcase(s, other);
	return s;
}

int main(int argc, char **argv)
{
	SRunner *sr;
	int failed;

	if (argc != 2) {
		fputs("usage: test_judge UNIT\n", stderr);
		return 2;
	}
	unit = argv[1];
	if (geteuid() != 0) {
		fputs("test_judge: skipped: a suite needs root\n", stderr);
		return 0;
	}
	limit_check();
	sr = srunner_create(judge_tests());
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? 1 : 0;
}
