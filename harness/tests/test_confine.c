// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_confine.c - what a confined command can see, do and leave behind, at
 * each level. The commands here are hostile; each runs for real.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../grade/confine.h"
#include "../grade/util.h"
#include "limit.h"
#include "tests.h"

static const char *const level_names[] = { "namespaces", "uid", "limits" };

static struct err err;
static char *work;
static pid_t owner;

static void remove_work(void)
{
	/* Not in a child of the test that ends on its own. */
	if (getpid() != owner)
		return;
	confine_folder_remove(work);
	free(work);
	work = NULL;
}

/* Return: false when this host or this user cannot have the level. */
static bool use_level(int level)
{
	if (level == CONFINE_UID && geteuid()) {
		printf("skipped: only root takes another user id\n");
		return false;
	}
	setenv("MMAPLAB_CONFINE", level_names[level], 1);
	confine_reset();
	if (confine_level(&err) != level) {
		ck_assert_msg(level == CONFINE_NAMESPACES, "%s", err.text);
		printf("skipped: no namespaces here: %s\n", err.text);
		return false;
	}
	ck_assert_int_eq(confine_folder(tests_folder(), &work, &err), 0);
	owner = getpid();
	atexit(remove_work);
	return true;
}

static struct confine_result run_job(struct confine_job job, const char *script)
{
	const char *argv[] = { "sh", "-c", script, NULL };
	struct confine_result r;

	job.argv = argv;
	job.work = work;
	if (!job.deadline_ms)
		job.deadline_ms = 10000;
	ck_assert_msg(confine_run(&job, &r, &err) == 0, "%s", err.text);
	return r;
}

static struct confine_result run(const char *script)
{
	return run_job((struct confine_job){ 0 }, script);
}

/* Is a process alive whose command line holds this word? */
static bool process_lives(const char *word)
{
	DIR *proc = opendir("/proc");
	char path[300], line[512];
	struct dirent *d;
	bool found = false;

	while ((d = readdir(proc)) && !found) {
		ssize_t n;
		int fd;

		snprintf(path, sizeof(path), "/proc/%s/cmdline", d->d_name);
		fd = open(path, O_RDONLY);
		n = fd < 0 ? 0 : read(fd, line, sizeof(line));
		if (fd >= 0)
			close(fd);
		found = n > 0 && memmem(line, n, word, strlen(word)) && atoi(d->d_name) != getpid();
	}
	closedir(proc);
	return found;
}

#define LEVEL_TEST(name) \
	START_TEST(name) \
	{ \
		if (!use_level(_i)) \
			return;
#define END_LEVEL_TEST \
	remove_work(); \
	} \
	END_TEST

LEVEL_TEST(output_and_exit_status_come_back)
struct confine_result r = run("echo one; echo two >&2; echo three; exit 7");

ck_assert_str_eq(r.output, "one\ntwo\nthree\n");
ck_assert_int_eq(r.end, CONFINE_EXITED);
ck_assert_int_eq(r.code, 7);
ck_assert_int_eq(r.level, _i);
ck_assert(!r.output_cut);
confine_result_clear(&r);
END_LEVEL_TEST

LEVEL_TEST(death_by_signal_is_told)
struct confine_result r = run("kill -SEGV $$");

ck_assert_int_eq(r.end, CONFINE_SIGNALED);
ck_assert_int_eq(r.code, SIGSEGV);
confine_result_clear(&r);
END_LEVEL_TEST

LEVEL_TEST(endless_output_is_cut_and_drained)
struct confine_result r = run("head -c 3000000 /dev/zero; exit 3");

ck_assert_uint_eq(r.output_size, 65536);
ck_assert(r.output_cut);
ck_assert_int_eq(r.code, 3);
confine_result_clear(&r);
END_LEVEL_TEST

LEVEL_TEST(environment_is_clean)
struct confine_result r;

setenv("SECRET_OF_THE_HOST", "canary", 1);
r = run("env");
ck_assert_ptr_null(strstr(r.output, "canary"));
ck_assert_ptr_nonnull(strstr(r.output, "SOURCE_DATE_EPOCH=0\n"));
ck_assert_ptr_nonnull(strstr(r.output, "LC_ALL=C\n"));
confine_result_clear(&r);
END_LEVEL_TEST

LEVEL_TEST(no_descriptor_is_inherited)
int fd = open("/etc/passwd", O_RDONLY);
struct confine_result r;

ck_assert_int_eq(dup2(fd, 77), 77);
r = run("cat <&77");
ck_assert_ptr_null(strstr(r.output, "root:"));
ck_assert_int_ne(r.code, 0);
confine_result_clear(&r);
END_LEVEL_TEST

LEVEL_TEST(work_folder_is_written_and_read_back)
struct confine_result r = run("test \"$PWD\" = \"$WORK\" && mkdir d && echo hello >d/out");
size_t size;
char *data;

ck_assert_msg(r.code == 0, "%s", r.output);
ck_assert_int_eq(confine_read(work, "d/out", 100, &data, &size, &err), 0);
ck_assert_str_eq(data, "hello\n");
ck_assert_uint_eq(size, 6);
free(data);
confine_result_clear(&r);
END_LEVEL_TEST

LEVEL_TEST(bound_folder_is_read_only)
struct confine_bind bind = { tests_folder(), "/kernel", "KERNEL" };
struct confine_job job = { .binds = &bind, .binds_count = 1 };
struct confine_result r;

if (_i == CONFINE_LIMITS)
	return;
chmod(tests_folder(), 0755);
tests_write_text("given", "content\n");
r = run_job(job, "cat $KERNEL/given; echo bad >$KERNEL/given || echo bad >$KERNEL/new");
ck_assert_int_eq(strncmp(r.output, "content\n", 8), 0);
ck_assert_int_ne(r.code, 0);
ck_assert_str_eq(tests_read(tests_path("given"), NULL), "content\n");
confine_result_clear(&r);
END_LEVEL_TEST

LEVEL_TEST(canary_is_neither_read_nor_written)
char script[512], *canary = tests_path("canary");
struct confine_result r;

if (_i == CONFINE_LIMITS)
	return;
tests_write_text("canary", "secret words\n");
chmod(canary, 0600);
snprintf(script, sizeof(script),
	 "cat %s /etc/shadow /root/.bashrc; echo bad >%s; echo bad >%s.new; touch /usr/bad /etc/bad",
	 canary, canary, canary);
r = run(script);
ck_assert_ptr_null(strstr(r.output, "secret"));
ck_assert_ptr_null(strstr(r.output, "root:"));
ck_assert_str_eq(tests_read(canary, NULL), "secret words\n");
ck_assert_int_ne(access("/usr/bad", F_OK), 0);
ck_assert_int_ne(access("/etc/bad", F_OK), 0);
ck_assert_int_ne(access(tests_path("canary.new"), F_OK), 0);
confine_result_clear(&r);
END_LEVEL_TEST

START_TEST(namespaces_hide_the_host)
{
	struct confine_result r;

	if (!use_level(CONFINE_NAMESPACES))
		return;
	r = run("ls -A / /etc; cat /etc/passwd /proc/1/environ");
	ck_assert_str_eq(r.output, "/:\nbin\ndev\netc\nlib\nlib64\nsbin\ntmp\nusr\nwork\n\n"
				   "/etc:\nalternatives\n"
				   "cat: /etc/passwd: No such file or directory\n"
				   "cat: /proc/1/environ: No such file or directory\n");
	confine_result_clear(&r);
	r = run("id -u");
	ck_assert_int_ne(atoi(r.output), 0);
	confine_result_clear(&r);
	remove_work();
}
END_TEST

START_TEST(namespaces_have_no_network)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);
	int s = socket(AF_INET, SOCK_STREAM, 0);
	struct confine_result r;
	char script[128];

	ck_assert_int_eq(bind(s, (struct sockaddr *)&a, sizeof(a)), 0);
	ck_assert_int_eq(listen(s, 1), 0);
	getsockname(s, (struct sockaddr *)&a, &len);
	snprintf(script, sizeof(script),
		 "bash -c 'exec 3<>/dev/tcp/127.0.0.1/%d' && echo connected", ntohs(a.sin_port));
	/* The control: without namespaces the same line connects. */
	ck_assert(use_level(CONFINE_LIMITS));
	r = run(script);
	ck_assert_ptr_nonnull(strstr(r.output, "connected"));
	confine_result_clear(&r);
	remove_work();
	if (!use_level(CONFINE_NAMESPACES))
		return;
	r = run(script);
	ck_assert_ptr_null(strstr(r.output, "connected"));
	confine_result_clear(&r);
	remove_work();
}
END_TEST

LEVEL_TEST(deadline_ends_the_command_and_its_children)
struct confine_job job = { .deadline_ms = 300 };
struct confine_result r = run_job(job, "sleep 98761 & sleep 98761; echo over");

ck_assert_int_eq(r.end, CONFINE_TIMEOUT);
ck_assert_uint_ge(r.ms, 300);
ck_assert_int_lt(r.ms, limit_ms(3000));
ck_assert_ptr_null(strstr(r.output, "over"));
ck_assert(!process_lives("98761"));
confine_result_clear(&r);
END_LEVEL_TEST

LEVEL_TEST(daemon_does_not_outlive_the_command)
struct confine_result r =
	run("setsid sh -c 'trap \"\" TERM HUP; sleep 98762' >/dev/null 2>&1 & echo gone");

ck_assert_str_eq(r.output, "gone\n");
ck_assert_int_eq(r.end, CONFINE_EXITED);
ck_assert_int_lt(r.ms, limit_ms(3000));
ck_assert(!process_lives("98762"));
confine_result_clear(&r);
END_LEVEL_TEST

LEVEL_TEST(closed_output_does_not_end_the_wait)
struct confine_job job = { .deadline_ms = 400 };
struct confine_result r = run_job(job, "exec >/dev/null 2>&1; sleep 98763");

ck_assert_int_eq(r.end, CONFINE_TIMEOUT);
ck_assert_uint_ge(r.ms, 400);
ck_assert(!process_lives("98763"));
confine_result_clear(&r);
END_LEVEL_TEST

/* By which one that only waits is told from one that works. */
LEVEL_TEST(processor_time_of_what_is_ended_is_known)
struct confine_job job = { .deadline_ms = 1000 };
struct confine_result busy = run_job(job, "while :; do :; done & wait; echo over");
struct confine_result idle = run_job(job, "sleep 98764 & wait; echo over");

ck_assert_int_eq(busy.end, CONFINE_TIMEOUT);
ck_assert_int_eq(idle.end, CONFINE_TIMEOUT);
ck_assert_uint_gt(busy.cpu_ms, 0);
ck_assert_uint_le(busy.cpu_ms, busy.ms);
ck_assert_uint_lt(idle.cpu_ms, idle.ms / 4);
ck_assert_uint_lt(idle.cpu_ms, busy.cpu_ms);
confine_result_clear(&busy);
confine_result_clear(&idle);
END_LEVEL_TEST

LEVEL_TEST(fork_bomb_is_stopped)
struct confine_job job = { .deadline_ms = 1500 };
struct confine_result r;

/* Limits alone do not bound processes; do not try it on a host. */
if (_i == CONFINE_LIMITS)
	return;
r = run_job(job, "bomb() { bomb 98764 | bomb 98764 & }; bomb; "
		 "while :; do (sh -c 'sleep 98764' &); done");
ck_assert_ptr_nonnull(strcasestr(r.output, "fork"));
ck_assert_int_lt(r.ms, limit_ms(8000));
ck_assert(!process_lives("98764"));
confine_result_clear(&r);
END_LEVEL_TEST

LEVEL_TEST(memory_is_limited)
struct confine_result r = run("dd if=/dev/zero of=/dev/null bs=3G count=1");

ck_assert_int_ne(r.code, 0);
ck_assert_ptr_nonnull(strstr(r.output, "memory exhausted"));
confine_result_clear(&r);
END_LEVEL_TEST

LEVEL_TEST(file_size_is_limited)
struct confine_result r = run("head -c 100000000 /dev/zero >big");
char path[256];
struct stat st;

ck_assert_int_ne(r.code, 0);
snprintf(path, sizeof(path), "%s/big", work);
ck_assert_int_eq(stat(path, &st), 0);
ck_assert_int_le(st.st_size, 64 << 20);
confine_result_clear(&r);
END_LEVEL_TEST

LEVEL_TEST(processor_time_is_limited)
struct confine_job job = { .cpu_s = 1 };
struct confine_result r = run_job(job, "while :; do :; done");

ck_assert_int_eq(r.end, CONFINE_SIGNALED);
ck_assert_int_eq(r.code, SIGXCPU);
ck_assert_int_lt(r.ms, limit_ms(6000));
confine_result_clear(&r);
END_LEVEL_TEST

LEVEL_TEST(nothing_outlives_a_killed_caller)
pid_t pid = fork();
bool lives = false;
int i;

if (pid == 0) {
	run("trap '' TERM HUP; sleep 98765 & sleep 98765");
	_exit(0);
}
/* Asked once more it could be between two programs, where it has no words. */
for (i = 0; i < 3000 && !lives; i++) {
	usleep(10000);
	lives = process_lives("98765");
}
ck_assert(lives);
kill(pid, SIGKILL);
waitpid(pid, NULL, 0);
for (i = 0; i < 500 && (process_lives("98765") || !access(work, F_OK)); i++)
	usleep(10000);
ck_assert(!process_lives("98765"));
ck_assert_msg(access(work, F_OK) != 0, "%s is still there", work);
END_LEVEL_TEST

LEVEL_TEST(odd_results_are_not_read)
struct confine_result r =
	run("ln -s /etc/passwd link; mkfifo pipe; mkdir dir; echo x >a; "
	    "ln a b; head -c 200 /dev/zero >large; ln -s /etc linkdir; mkdir -p dir/deep");
static const struct {
	const char *name;
	int error;
} odd[] = {
	{ "link", ELOOP },	     { "pipe", EINVAL },
	{ "dir", EINVAL },	     { "a", EINVAL },
	{ "large", EFBIG },	     { "none", ENOENT },
	{ "linkdir/passwd", ELOOP }, { "../canary", EINVAL },
	{ "/etc/passwd", EINVAL },   { "dir/../a", EINVAL },
};
size_t i, size;
char *data;

ck_assert_msg(r.code == 0, "%s", r.output);
for (i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
	int ret = confine_read(work, odd[i].name, 100, &data, &size, &err);

	ck_assert_msg(ret == -odd[i].error, "%s: %d, expected %d", odd[i].name, ret, -odd[i].error);
	ck_assert_ptr_null(data);
}
confine_result_clear(&r);
END_LEVEL_TEST

LEVEL_TEST(missing_bind_is_our_fault)
struct confine_bind bind = { "/nonexistent-folder", "/kernel", "K" };
const char *argv[] = { "true", NULL };
struct confine_job job = { .argv = argv, .work = work, .binds = &bind, .binds_count = 1 };
struct confine_result r;

if (_i != CONFINE_NAMESPACES)
	return;
ck_assert_int_lt(confine_run(&job, &r, &err), 0);
ck_assert_ptr_nonnull(strstr(err.text, "/nonexistent-folder"));
ck_assert_ptr_null(r.output);
END_LEVEL_TEST

struct span {
	long long began, ended;
};

static void *thread_main(void *out)
{
	static const char *const argv[] = { "sh", "-c", "date +%s%N; sleep 0.5; date +%s%N", NULL };
	struct confine_job job = { .argv = argv };
	struct confine_result r = { 0 };
	struct span *span = out;
	char *folder;

	if (confine_folder(tests_folder(), &folder, NULL))
		return NULL;
	job.work = folder;
	if (confine_run(&job, &r, NULL) || r.code ||
	    sscanf(r.output, "%lld %lld", &span->began, &span->ended) != 2)
		span->ended = 0;
	confine_result_clear(&r);
	confine_folder_remove(folder);
	free(folder);
	return NULL;
}

LEVEL_TEST(threads_run_side_by_side)
pthread_t thread[4];
struct span done[4] = { 0 };
int i, k, together = 0;

for (i = 0; i < 4; i++)
	pthread_create(&thread[i], NULL, thread_main, &done[i]);
for (i = 0; i < 4; i++) {
	pthread_join(thread[i], NULL);
	ck_assert_int_gt(done[i].ended, done[i].began);
}
/* How many do is the scheduler's; one after another, no two would. */
for (i = 0; i < 4; i++)
	for (k = 0; k < i; k++)
		together += done[i].began < done[k].ended && done[k].began < done[i].ended;
ck_assert_int_gt(together, 0);
END_LEVEL_TEST

START_TEST(folder_with_a_space_works)
{
	struct confine_result r;
	char *near = tests_path("a folder with spaces");

	ck_assert_int_eq(mkdir(near, 0700), 0);
	if (!use_level(_i))
		return;
	remove_work();
	ck_assert_int_eq(confine_folder(near, &work, &err), 0);
	if (_i != CONFINE_NAMESPACES)
		ck_assert_ptr_null(strchr(work, ' '));
	r = run("echo fine >out && cat out");
	ck_assert_str_eq(r.output, "fine\n");
	confine_result_clear(&r);
	remove_work();
}
END_TEST

START_TEST(unknown_level_is_an_error)
{
	setenv("MMAPLAB_CONFINE", "walls", 1);
	confine_reset();
	ck_assert_int_eq(confine_level(&err), -EINVAL);
	ck_assert_ptr_nonnull(strstr(err.text, "walls"));
}
END_TEST

static Suite *make_suite(void)
{
	Suite *s = suite_create("confine");
	TCase *t = tcase_create("levels"), *one = tcase_create("others");

	tcase_set_timeout(t, 300);
	tcase_set_timeout(one, 300);
	suite_add_tcase(s, t);
	suite_add_tcase(s, one);
#define ADD(name) tcase_add_loop_test(t, name, 0, 3)
	ADD(output_and_exit_status_come_back);
	ADD(death_by_signal_is_told);
	ADD(endless_output_is_cut_and_drained);
	ADD(environment_is_clean);
	ADD(no_descriptor_is_inherited);
	ADD(work_folder_is_written_and_read_back);
	ADD(bound_folder_is_read_only);
	ADD(canary_is_neither_read_nor_written);
	ADD(deadline_ends_the_command_and_its_children);
	ADD(daemon_does_not_outlive_the_command);
	ADD(closed_output_does_not_end_the_wait);
	ADD(processor_time_of_what_is_ended_is_known);
	ADD(fork_bomb_is_stopped);
	ADD(memory_is_limited);
	ADD(file_size_is_limited);
	ADD(processor_time_is_limited);
	ADD(nothing_outlives_a_killed_caller);
	ADD(odd_results_are_not_read);
	ADD(missing_bind_is_our_fault);
	ADD(threads_run_side_by_side);
	ADD(folder_with_a_space_works);
	tcase_add_test(one, namespaces_hide_the_host);
	tcase_add_test(one, namespaces_have_no_network);
	tcase_add_test(one, unknown_level_is_an_error);
	return s;
}

int main(void)
{
	return tests_main(make_suite);
}
