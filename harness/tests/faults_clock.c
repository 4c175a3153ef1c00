// SPDX-License-Identifier: GPL-2.0-only
/*
 * faults_clock.c - the clocks jump while a machine runs: the host's time of day
 * by hours, and the clock that deadlines run by, which is what a grader sees that
 * was stopped for long. libfaketime gives the time; qemu_fault.c changes it at a
 * step. Real stops are in faults_qemu.c.
 */
#include "faults.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../grade/confine.h"
#include "../grade/util.h"
#include "limit.h"

#define HOUR_MS 3600000
#define LIBRARY "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"

static const struct jump {
	const char *step, *by;
	bool monotonic;
} jumps[] = {
	{ "start#1", "+5h", false },
	{ "record start#1", "-5h", false },
	{ "tell#1", "+1h", true },
	{ "record start#1", "+1h", true },
	{ "qmp greeting#1", "+1h", true },
	{ "record start#1", "+5h", false },
	{ "qmp query-status#1", "-5h", false },
	{ "qmp cont#1", "+1h", true },
	{ "record test#1", "+1h", true },
};
#define JUMPS 9

static char *prepare(struct e2e *r, const struct jump *j)
{
	char *file = e2e_path("%s.clock", r->name);

	e2e_write(file, "+0\n", 3);
	e2e_env(r, "LD_PRELOAD=" LIBRARY);
	e2e_env(r, "FAKETIME_NO_CACHE=1");
	e2e_env(r, "FAKETIME_DISABLE_SHM=1");
	e2e_env(r, e2e_fmt("FAKETIME_TIMESTAMP_FILE=%s", file));
	e2e_env(r, e2e_fmt("FAULT_JUMP=%s", j->by));
	e2e_env(r, j->monotonic ? "FAULT_QEMU_CLOCK=1" : "DONT_FAKE_MONOTONIC=1");
	return faults_qemu(r, e2e_fmt("jump@%s", j->step), 1);
}

START_TEST(jumping_clock_ends_no_machine)
{
	int n = faults_rounds(4, JUMPS), i;
	struct e2e *runs[JUMPS];
	char *logs[JUMPS];

	for (i = 0; i < n; i++) {
		runs[i] = e2e_grade("solutions", FAULTS_ONE_TEST, NULL);
		logs[i] = prepare(runs[i], &jumps[i]);
	}
	e2e_go(runs, (size_t)n, 2);
	for (i = 0; i < n; i++) {
		long long ms = json_integer_value(json_object_get(runs[i]->doc, "ms"));
		char *problem = faults_wrong(runs[i], FAULTS_TEST), *alive = faults_alive(runs[i]);

		if (!faults_happened(logs[i]))
			problem = "it never happened";
		else if (*alive)
			problem = e2e_fmt("left%s", alive);
		/* How long it took is told by the monotonic clock, and only by it. */
		else if (!*problem && (ms >= HOUR_MS) != jumps[i].monotonic)
			problem = e2e_fmt("it took %lld ms", ms);
		else if (!*problem && strcmp(faults_machines(runs[i]),
					     "restored complete: the suite ended with status 0 \n"))
			problem = faults_machines(runs[i]);
		faults_hit(jumps[i].monotonic ? "monotonic clock jumps" : "time of day jumps",
			   e2e_fmt("%s at %s", jumps[i].by, jumps[i].step), problem);
	}
	faults_expect("monotonic clock jumps", n / 2);
	faults_expect("time of day jumps", n / 2);
}
END_TEST

/* In a process of its own, which is stopped for longer than the deadline. */
static int run_confined(int deadline_ms)
{
	const char *argv[] = { "sh", "-c", "echo here; sleep 0.5", NULL };
	struct confine_job job = { .argv = argv, .deadline_ms = deadline_ms };
	struct confine_result r = { 0 };
	struct err e = { 0 };
	char *work;
	int ret = confine_folder(e2e_path("near"), &work, &e);

	job.work = work;
	if (!ret)
		ret = confine_run(&job, &r, &e);
	confine_folder_remove(work);
	if (ret)
		fprintf(stderr, "%s\n", e.text);
	return ret || r.end != CONFINE_EXITED || r.code;
}

START_TEST(compiler_is_not_charged_for_a_sleeping_grader)
{
	int status, deadline_ms = (int)limit_ms(1500);
	pid_t pid;

	e2e_shell("mkdir -p '%s'", e2e_path("near"));
	pid = fork();
	if (pid == 0)
		_exit(run_confined(deadline_ms));
	usleep(100000); /* the fault's own moment: it hits whatever is going on */
	kill(pid, SIGSTOP);
	usleep(2000 * (useconds_t)deadline_ms);
	kill(pid, SIGCONT);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	faults_hit("grader asleep for a while", "confine",
		   WIFEXITED(status) && !WEXITSTATUS(status) ? "" : "taken for a slow compiler");
	faults_expect("grader asleep for a while", 1);
}
END_TEST

TCase *faults_of_clocks(void)
{
	TCase *t = tcase_create("clocks");

	tcase_add_test(t, jumping_clock_ends_no_machine);
	tcase_add_test(t, compiler_is_not_charged_for_a_sleeping_grader);
	return t;
}
