// SPDX-License-Identifier: GPL-2.0-only
/*
 * faults_disk.c - the disk fills, or fails. strace lets the n-th call of a kind
 * fail in every process of the host program (not in what it executes), for each
 * n at which a file of the kit is concerned; and small file systems fill at
 * whatever comes, also under the compiler.
 */
#include "faults.h"

#include <ctype.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CALLS_MAX 512
#define PROCESSES_MAX 64
#define OLDER "\"older\"\n"

/* ------------------------------------------------------ the n-th call fails */

/* @files: part of a call that a quick check takes, or NULL for all */
static const struct call {
	const char *name, *error, *files;
} calls[] = {
	{ "write", "ENOSPC", NULL },  { "mkdir", "ENOSPC", NULL },
	{ "rename", "ENOSPC", NULL }, { "openat", "ENOSPC", "O_CREAT" },
	{ "fsync", "EIO", NULL },     { "openat", "EIO", "O_CREAT" },
	{ "write", "EIO", NULL },     { "rename", "EIO", NULL },
};
#define CALLS (int)(sizeof(calls) / sizeof(calls[0]))
#define QUICK_CALLS 5

static char *kit;

static struct e2e *traced(const struct call *c, int n)
{
	struct e2e *r = e2e_command("strace", NULL);
	char *args[] = { "-f",
			 "-b",
			 "execve",
			 "-qqy",
			 "-o",
			 e2e_path("%s.trace", r->name),
			 "-e",
			 e2e_fmt("trace=%s", c->name),
			 "-e",
			 n ? e2e_fmt("inject=%s:error=%s:when=%d", c->name, c->error, n) :
			     e2e_fmt("trace=%s", c->name),
			 e2e_fmt("%s/build/mmaplab", e2e_root()),
			 "grade",
			 "--name",
			 r->name,
			 "--jobs",
			 "1",
			 FAULTS_ONE_TEST,
			 "solutions" };
	size_t i;

	for (i = 0; i < sizeof(args) / sizeof(args[0]); i++)
		r->argv[i + 1] = args[i];
	r->what = c->name;
	r->kit = kit;
	r->keep = true;
	e2e_write(e2e_result_path(r), OLDER, strlen(OLDER));
	return r;
}

static char *trace_of(const struct e2e *r)
{
	char *text = e2e_read(e2e_path("%s.trace", r->name));

	return text ? text : "";
}

/* Does this call concern a file of the kit, on the disk? */
static bool concerns(const struct call *c, const char *line, bool all)
{
	/* Not the current folder, which strace tells as well. */
	const char *from = strstr(line, "AT_FDCWD<") ? strchr(line, '"') : line;
	bool ours = from && (strstr(from, kit) || strstr(from, e2e_root()) ||
			     strstr(from, "/tmp/mmaplab-"));

	/* A folder that is there already takes no space. */
	if (!ours || strstr(line, "EEXIST"))
		return false;
	return !c->files || strstr(line, c->files) || (all && !strcmp(c->error, "EIO"));
}

/* Counted in each process, as strace does: mark the numbers worth a try. */
static void find_numbers(const struct call *c, char *trace, bool all, bool *wanted)
{
	char *line, *save = NULL;
	struct {
		int pid, count;
	} seen[PROCESSES_MAX] = { 0 };
	int i;

	for (line = strtok_r(trace, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		int pid = atoi(line);

		if (!strstr(line, e2e_fmt("%s(", c->name)))
			continue;
		for (i = 0; i < PROCESSES_MAX - 1 && seen[i].pid && seen[i].pid != pid; i++)
			;
		seen[i].pid = pid;
		if (++seen[i].count < CALLS_MAX && concerns(c, line, all))
			wanted[seen[i].count] = true;
	}
}

/* Was a call of another kind hit, too: of the loader, of what it says, of /dev? */
static bool is_foreign(char *trace)
{
	char *line, *save = NULL;

	for (line = strtok_r(trace, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		const char *from = strstr(line, "AT_FDCWD<") ? strchr(line, '"') : line;

		if (strstr(line, "(INJECTED)") && from &&
		    (strstr(from, ".err>") || strstr(from, ".out>") || strstr(from, "\"/dev/") ||
		     strstr(from, "\"/proc/") || strstr(from, "\"/etc/")))
			return true;
	}
	return false;
}

/* Never a verdict that costs a point, never a part of a result. */
static char *disk_wrong(const struct e2e *r, const struct call *c)
{
	char *text = e2e_read(e2e_result_path(r)), *said = e2e_fmt("%s%s", r->err, r->out);
	const char *verdict = e2e_text(e2e_test(r, FAULTS_TEST), "verdict");
	bool full = !strcmp(c->error, "ENOSPC");

	if (!strstr(trace_of(r), "(INJECTED)"))
		return "it never happened";
	if (r->status == 2) {
		bool foreign = is_foreign(trace_of(r));

		/* Or the new one is there as a whole, and then to tell of it has failed. */
		bool newer = foreign && (!strcmp(verdict, "pass") || !strcmp(verdict, "broken"));

		if (!text || (strcmp(text, OLDER) && !newer))
			return "the older result is gone";
		if (foreign)
			return "";
		if (!strchr(said, '/'))
			return e2e_fmt("no file is named: %s", said);
		if (full && strstr(said, "No space left") && !strstr(said, "next: "))
			return e2e_fmt("what to do is not said: %s", said);
		return "";
	}
	if (r->status == 3)
		return strcmp(verdict, "broken") ? e2e_fmt("broken, but '%s'", verdict) : "";
	if (r->status == 0)
		return faults_wrong(r, FAULTS_TEST);
	return e2e_show(r);
}

static char *leftovers(void)
{
	glob_t g = { 0 };
	char *found = "";
	size_t i;

	glob(e2e_fmt("%s/build/tmp/*", kit), 0, NULL, &g);
	glob(e2e_fmt("%s/build/results/*.new.*", kit), GLOB_APPEND, NULL, &g);
	for (i = 0; i < g.gl_pathc; i++)
		found = e2e_fmt("%s %s", found, g.gl_pathv[i]);
	return found;
}

static void fail_each(const struct call *c)
{
	const char *kind = e2e_fmt("%s fails with %s", c->name, c->error);
	struct e2e *runs[CALLS_MAX], *clean = traced(c, 0);
	bool wanted[CALLS_MAX] = { false }, all = faults_rounds(1, 2) > 1;
	size_t count = 0, i;
	int n, of[CALLS_MAX];

	e2e_go(&clean, 1, 1);
	ck_assert_str_eq(faults_wrong(clean, FAULTS_TEST), "");
	find_numbers(c, trace_of(clean), all, wanted);
	for (n = 1; n < CALLS_MAX; n++) {
		if (!wanted[n])
			continue;
		of[count] = n;
		runs[count++] = traced(c, n);
	}
	e2e_go(runs, count, 2);
	for (i = 0; i < count; i++) {
		char *problem = disk_wrong(runs[i], c);

		if (!*problem)
			problem = faults_alive(runs[i]);
		faults_hit(kind, e2e_fmt("call %d", of[i]), problem);
	}
	faults_expect(kind, 1);
}

START_TEST(failing_disk_costs_no_point)
{
	struct e2e *r;

	kit = e2e_kit(e2e_fmt("disk%d", _i));
	fail_each(&calls[_i]);
	r = e2e_grade("solutions", FAULTS_ONE_TEST, NULL);
	r->kit = kit;
	e2e_go(&r, 1, 1);
	ck_assert_str_eq(faults_wrong(r, FAULTS_TEST), "");
	ck_assert_str_eq(leftovers(), "");
}
END_TEST

/* ---------------------------------------------------- a small file system */

/* Runs a script where mounts are nobody else's; NULL when that is forbidden. */
static struct e2e *in_mounts(const char *kit, char *script)
{
	struct e2e *r = faults_go(e2e_command("unshare", "-m", "true", NULL));

	if (r->status) {
		printf("skipped: no mount namespaces here\n");
		return NULL;
	}
	r = e2e_command("unshare", "-m", "sh", "-c", script, NULL);
	r->kit = kit;
	return faults_go(r);
}

START_TEST(full_results_folder_keeps_the_older_result)
{
	char *kit = e2e_kit("full1");
	struct e2e *r = in_mounts(
		kit, e2e_fmt("mkdir -p %s/build/results && cd %s/build/results && "
			     "mount -t tmpfs -o size=8k tmpfs . && cd . && cd %s/build/results && "
			     "echo older >full.json; head -c 4096 /dev/zero >filler; "
			     "'%s/build/mmaplab' grade --name full --lab 02 --test " FAULTS_TEST
			     " '%s/solutions'; "
			     "echo status $?; cat full.json; ls -A",
			     kit, kit, kit, e2e_root(), e2e_root()));

	if (!r)
		return;
	e2e_expect_has(r, r->out, "status 2\nolder\nfiller\nfull.json\n");
	e2e_expect_has(r, r->err, "No space left on device");
	e2e_expect_has(r, r->err, "next: free some space");
	/* The verdict itself was reached, and is shown. */
	e2e_expect_has(r, r->out, "1 of 1");
}
END_TEST

START_TEST(full_work_folder_is_no_students_fault)
{
	char *kit = e2e_kit("full2");
	struct e2e *r = in_mounts(
		kit,
		e2e_fmt("mkdir -p %s/build/tmp && mount -t tmpfs -o size=4k tmpfs %s/build/tmp && "
			"head -c 4096 /dev/zero >%s/build/tmp/filler; "
			"'%s/build/mmaplab' grade --name full --lab 02 --test " FAULTS_TEST
			" '%s/solutions'; "
			"echo status $?; ls -A %s/build/tmp",
			kit, kit, kit, e2e_root(), e2e_root(), kit));

	if (!r)
		return;
	ck_assert_msg(strstr(r->out, "status 2\nfiller\n") || strstr(r->out, "status 3\nfiller\n"),
		      "%s", e2e_show(r));
	e2e_expect_has(r, e2e_fmt("%s%s", r->out, r->err), "No space left on device");
}
END_TEST

START_TEST(no_space_for_a_template_is_told)
{
	char *kit = e2e_kit("full3");
	struct e2e *r;

	e2e_kit_templates(kit, "");
	r = in_mounts(kit,
		      e2e_fmt("cd %s/build/vm && mount -t tmpfs -o size=8m tmpfs templates && "
			      "'%s/build/mmaplab' grade --name full --lab 02 --test " FAULTS_TEST
			      " '%s/solutions'; "
			      "echo status $?; find templates",
			      kit, e2e_root(), e2e_root()));
	if (!r)
		return;
	e2e_expect_has(r, r->out, "status 2\n");
	e2e_expect_has(r, r->err, "No space left on device");
	/* Nothing that the next run would take for a template. */
	e2e_expect_lacks(r, r->out, "stamp.json");
	e2e_expect_lacks(r, r->out, "/ram");
}
END_TEST

/*
 * From a few pages to enough for all: the space ends while the folders are made,
 * the sources laid out, under the compiler, the assembler and the linker, and
 * while their results are fetched.
 */
START_TEST(space_may_end_anywhere_in_the_work_folder)
{
	static const int sizes[] = { 8,	  64,  256, 1024, 4096, 16,   32,   96,	  128,	192,
				     384, 512, 768, 1280, 1536, 1792, 2048, 2304, 2560, 3072 };
	const char *kind = "work folder full";
	int count = faults_rounds(5, 20), i;

	for (i = 0; i < count; i++) {
		char *own = e2e_kit(e2e_fmt("small%d", sizes[i]));
		struct e2e *r = in_mounts(
			own,
			e2e_fmt("mkdir -p '%s/build/tmp' && "
				"mount -t tmpfs -o size=%dk tmpfs '%s/build/tmp' && "
				"'%s/build/mmaplab' grade --name small --lab 02 --test " FAULTS_TEST
				" '%s/solutions'; s=$?; ls -A '%s/build/tmp'; exit $s",
				own, sizes[i], own, e2e_root(), e2e_root(), own));
		char *problem = "", *all;

		if (!r)
			return;
		all = e2e_fmt("%s%s", r->out, r->err);
		if (sizes[i] == 4096)
			problem = r->status ? e2e_show(r) : "";
		else if (r->status && (r->status < 2 || r->status > 3))
			problem = e2e_show(r);
		else if (r->status && (!strstr(all, "o space left") || !strstr(all, "next: ")))
			problem = e2e_fmt("it does not say so: %s", e2e_show(r));
		faults_hit(kind, e2e_fmt("%d KiB", sizes[i]), problem);
	}
	faults_expect(kind, count);
}
END_TEST

TCase *faults_of_disks(void)
{
	TCase *t = tcase_create("disks");

	tcase_add_loop_test(t, failing_disk_costs_no_point, 0, faults_rounds(QUICK_CALLS, CALLS));
	tcase_add_test(t, full_results_folder_keeps_the_older_result);
	tcase_add_test(t, full_work_folder_is_no_students_fault);
	tcase_add_test(t, no_space_for_a_template_is_told);
	tcase_add_test(t, space_may_end_anywhere_in_the_work_folder);
	return t;
}
