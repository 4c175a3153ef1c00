// SPDX-License-Identifier: GPL-2.0-only
/*
 * faults_template.c - a template is damaged in each way: it is noticed, told,
 * made anew, and verdicts stay right.
 */
#include "faults.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

/* In a copy of plain-tcg, beside one of smp-tcg; @why NULL: it is sound. */
static const struct damage {
	const char *what, *command, *why;
} damages[] = {
	{ "memory: one bit",
	  "at=$(($(od -An -v -tx8 -w8 ram | grep -nvm1 '^ 0*$' | cut -d: -f1) * 8 - 8)); "
	  "printf '\\252' | dd of=ram bs=1 seek=$at conv=notrunc status=none",
	  "its memory file is damaged" },
	{ "memory: one byte short", "truncate -s -1 ram", "its memory file is damaged" },
	{ "state: empty", "truncate -s 0 state", "its state file is damaged" },
	{ "all: of another profile", "cp --sparse=always ../smp-tcg/* .",
	  "what shapes the machine has changed" },
	{ "stamp: half of it", "truncate -s 100 stamp.json", "there was none" },
	{ "none: copied", "true", NULL },
	{ "memory: empty", "truncate -s 0 ram", "its memory file is damaged" },
	{ "memory: 100 MiB", "truncate -s 100M ram", "its memory file is damaged" },
	{ "memory: missing", "rm ram", "a file of it is missing" },
	{ "memory: cannot be opened", "rm ram && mkdir ram", "a file of it is missing" },
	{ "state: one byte short", "truncate -s -1 state", "its state file is damaged" },
	{ "state: half of it", "truncate -s 200000 state", "its state file is damaged" },
	{ "state: one byte", "printf x | dd of=state bs=1 seek=5000 conv=notrunc status=none",
	  "its state file is damaged" },
	{ "state: of another profile", "cp ../smp-tcg/state state", "its state file is damaged" },
	{ "state: missing", "rm state", "a file of it is missing" },
	{ "stamp: empty", "truncate -s 0 stamp.json", "there was none" },
	{ "stamp: a number for the key", "echo '{\"key\": 7}' >stamp.json",
	  "what shapes the machine has changed" },
	{ "stamp: no sums", "sed -i '/sha256/d' stamp.json", "its memory file is damaged" },
	{ "stamp: of another kernel", "sed -i 's/\"key\": \"./\"key\": \"x/' stamp.json",
	  "what shapes the machine has changed" },
};
#define DAMAGES (sizeof(damages) / sizeof(damages[0]))
#define QUICK_DAMAGES 4

static struct e2e *grade_with(const char *kit)
{
	struct e2e *r = e2e_grade("solutions", FAULTS_ONE_TEST, "--accel", "tcg", NULL);

	r->kit = kit;
	return r;
}

START_TEST(damaged_template_is_noticed_and_rebuilt)
{
	size_t n = (size_t)faults_rounds(QUICK_DAMAGES, DAMAGES), i;
	struct e2e *first[DAMAGES], *again[DAMAGES];

	faults_go(e2e_command(e2e_fmt("%s/build/mmaplab", e2e_root()), "template", "plain", "tcg",
			      NULL));
	faults_go(e2e_command(e2e_fmt("%s/build/mmaplab", e2e_root()), "template", "smp", "tcg",
			      NULL));
	for (i = 0; i < n; i++) {
		char *kit = e2e_kit(e2e_fmt("damage%zu", i));

		e2e_shell("cd '%s/plain-tcg' && %s", e2e_kit_templates(kit, "plain-tcg smp-tcg"),
			  damages[i].command);
		first[i] = grade_with(kit);
		again[i] = grade_with(kit);
	}
	e2e_go(first, n, 2);
	e2e_go(again, n, 2);
	for (i = 0; i < n; i++) {
		const struct damage *d = &damages[i];
		char *problem = faults_wrong(first[i], FAULTS_TEST);

		if (!*problem)
			problem = faults_wrong(again[i], FAULTS_TEST);
		if (!*problem && strstr(again[i]->out, "template"))
			problem = "it was made twice";
		if (!*problem && d->why ? !strstr(first[i]->out, d->why) :
					  !!strstr(first[i]->out, "template"))
			problem = e2e_show(first[i]);
		faults_hit("template damaged", d->what, problem);
	}
	faults_expect("template damaged", (int)n);
}
END_TEST

/* ------------------------------------------------- who makes it, is killed */

static char *leftovers(const char *templates)
{
	char *list = e2e_path("leftovers");

	e2e_shell("find '%s' -name '*.new' -o -name '*.old' >'%s'", templates, list);
	return e2e_read(list);
}

START_TEST(killed_template_build_is_begun_anew)
{
	static const char *const steps[] = { "qmp migrate#1", "start#1", "record ready#1",
					     "qmp stop#1", "qmp query-migrate#1" };
	int n = faults_rounds(1, 5), i;

	for (i = 0; i < n; i++) {
		char *kit = e2e_kit(e2e_fmt("halfway%d", i));
		char *templates = e2e_kit_templates(kit, ""), *log, *problem;
		struct e2e *r = grade_with(kit), *again = grade_with(kit);

		log = faults_qemu(r, e2e_fmt("orphan@%s", steps[i]), 1);
		faults_go(r);
		problem = faults_alive(r);
		if (!faults_happened(log) || r->status != 128 + SIGKILL)
			problem = e2e_fmt("it never happened: %s", e2e_show(r));
		else if (!strstr(leftovers(templates), ".new"))
			problem = "nothing was half done";
		faults_go(again);
		if (!*problem)
			problem = faults_wrong(again, FAULTS_TEST);
		if (!*problem && !strstr(again->out, "template plain"))
			problem = e2e_show(again);
		if (!*problem)
			problem = leftovers(templates);
		faults_hit("grader killed while it makes a template", steps[i], problem);
	}
	faults_expect("grader killed while it makes a template", n);
}
END_TEST

/* The kernel gives a dead process's lock back; a file alone is no lock. */
START_TEST(lock_of_a_dead_process_is_none)
{
	char *kit = e2e_kit("locked"), *templates = e2e_kit_templates(kit, "plain-tcg");
	struct e2e *r = grade_with(kit);
	int ready[2], status;
	pid_t pid;
	char c;

	ck_assert_int_eq(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		int fd = open(e2e_fmt("%s/plain-tcg.lock", templates), O_RDWR | O_CREAT, 0600);

		if (fd < 0 || flock(fd, LOCK_EX) || dprintf(fd, "%d\n", (int)getpid()) < 0 ||
		    write(ready[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	ck_assert_int_eq(read(ready[0], &c, 1), 1);
	kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	faults_go(r);
	faults_hit("template locked by a dead process", "flock", faults_wrong(r, FAULTS_TEST));
	faults_expect("template locked by a dead process", 1);
}
END_TEST

TCase *faults_of_templates(void)
{
	TCase *t = tcase_create("templates");

	tcase_add_test(t, damaged_template_is_noticed_and_rebuilt);
	tcase_add_test(t, killed_template_build_is_begun_anew);
	tcase_add_test(t, lock_of_a_dead_process_is_none);
	return t;
}
