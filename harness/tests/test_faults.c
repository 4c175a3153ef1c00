// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_faults.c - faults injected into everything that the host program rests
 * on: QEMU, the record port, the disk, the template, the clock, its own life.
 * Each must end in a right verdict, or in "broken" or an error with a reason:
 * never in points for nothing, never in points lost, never in something left.
 * What was injected is summed up in build/faults/summary.tsv.
 */
#include "faults.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "limit.h"

#define FOLDER "build/faults"
#define LIST FOLDER "/list.tsv"
#define KINDS_MAX 64

/* ------------------------------------------------------------------- list */

/* Of this process, that is of one test. */
static struct kind {
	char *name;
	int count, failures;
	char *text;
} kinds[KINDS_MAX];

static struct kind *find_kind(const char *name)
{
	int i;

	for (i = 0; kinds[i].name && strcmp(kinds[i].name, name); i++)
		;
	if (i == KINDS_MAX - 1)
		abort();
	if (!kinds[i].name)
		kinds[i] = (struct kind){ .name = e2e_fmt("%s", name), .text = "" };
	return &kinds[i];
}

static char *one_line(const char *text)
{
	char *line = e2e_fmt("%.2000s", text ? text : ""), *p;

	for (p = line; *p; p++)
		if (*p == '\n' || *p == '\t')
			*p = ' ';
	return line;
}

void faults_hit(const char *kind, const char *where, const char *problem)
{
	struct kind *k = find_kind(kind);
	bool bad = problem && *problem;
	int fd = open(LIST, O_WRONLY | O_APPEND | O_CLOEXEC);

	k->count++;
	if (bad) {
		k->failures++;
		k->text = e2e_fmt("%s\n%s: %s", k->text, where, problem);
	}
	if (fd < 0 || dprintf(fd, "%s\t%d\t%s\t%s\n", kind, bad, where, one_line(problem)) < 0)
		abort();
	close(fd);
}

void faults_expect(const char *kind, int at_least)
{
	const struct kind *k = find_kind(kind);

	ck_assert_msg(!k->failures, "%s: %d of %d went wrong:%.3000s", kind, k->failures, k->count,
		      k->text);
	ck_assert_msg(k->count >= at_least, "%s: only %d injected, not %d", kind, k->count,
		      at_least);
}

int faults_rounds(int quick, int all)
{
	const char *env = getenv("ROUNDS");
	int n = env ? atoi(env) : 0;

	return n < quick ? quick : n < all ? n : all;
}

/* What went wrong comes last: of a program that failed its end is shown. */
static void sum_up(void)
{
	FILE *list = fopen(LIST, "r"), *out = fopen(FOLDER "/summary.tsv", "w");
	char line[4096], *problems = "";
	int i;

	memset(kinds, 0, sizeof(kinds));
	while (list && fgets(line, sizeof(line), list)) {
		char *tab = strchr(line, '\t');
		struct kind *k;

		if (!tab)
			continue;
		*tab = '\0';
		k = find_kind(line);
		k->count++;
		if (tab[1] != '1')
			continue;
		k->failures++;
		problems = e2e_fmt("%s%s: %s", problems, line, tab + 3);
	}
	if (list)
		fclose(list);
	if (!out)
		return;
	fprintf(out, "#kind\tinjections\tfailures\n");
	for (i = 0; kinds[i].name; i++) {
		fprintf(out, "%s\t%d\t%d\n", kinds[i].name, kinds[i].count, kinds[i].failures);
		printf("%-44s %6d injected, %d went wrong\n", kinds[i].name, kinds[i].count,
		       kinds[i].failures);
	}
	fclose(out);
	fputs(problems, stdout);
}

/* ------------------------------------------------------------------- runs */

char *faults_qemu(struct e2e *r, const char *fault, int times)
{
	char *log = e2e_path("log-%s", r->name);

	e2e_shell("mkdir -p '%s'", log);
	e2e_env(r, e2e_fmt("PATH=%s/build/tests/faults:%s", e2e_root(), getenv("PATH")));
	e2e_env(r, e2e_fmt("FAULT_LOG=%s", log));
	e2e_env(r, e2e_fmt("FAULT_DO=%s", fault));
	if (times)
		e2e_env(r, e2e_fmt("FAULT_TIMES=%d", times));
	return log;
}

bool faults_happened(const char *log)
{
	return access(e2e_fmt("%s/done", log), F_OK) == 0;
}

struct e2e *faults_go(struct e2e *r)
{
	e2e_go(&r, 1, 1);
	return r;
}

char *faults_alive(const struct e2e *r)
{
	int64_t until = e2e_ms() + limit_ms(30000);

	while (*e2e_remains(r) && e2e_ms() < until)
		usleep(10000);
	return e2e_remains(r);
}

char *faults_wrong(const struct e2e *r, const char *id)
{
	json_t *test = e2e_test(r, id);

	if (r->status || !r->doc)
		return e2e_show(r);
	if (strcmp(e2e_text(test, "verdict"), "pass") ||
	    json_number_value(json_object_get(test, "points")) !=
		    json_number_value(json_object_get(test, "max")))
		return e2e_fmt("%s is '%s'", id, e2e_text(test, "verdict"));
	return "";
}

char *faults_machines(const struct e2e *r)
{
	json_t *machine;
	char *text = "";
	size_t i;

	json_array_foreach(json_object_get(e2e_lab(r, NULL), "machines"), i, machine)
		text = e2e_fmt("%s%s %s: %s %s\n", text, e2e_text(machine, "start"),
			       e2e_text(machine, "end"), e2e_text(machine, "why"),
			       e2e_text(machine, "note"));
	return text;
}

int main(void)
{
	Suite *s = suite_create("faults");
	TCase *all[] = { faults_of_records(), faults_of_qemu(),	     faults_of_disks(),
			 faults_of_clocks(),  faults_of_templates(), faults_of_signals(),
			 faults_of_hangs() };
	size_t i;
	int status;

	e2e_begin();
	e2e_shell("mkdir -p " FOLDER " && : >" LIST);
	/* A machine that makes a template is none of those that are to fail. */
	e2e_shell("'%s/%s' template >&2", e2e_root(), e2e_program());
	faults_start_hangs();
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		/* A hundred rounds take as long as they do; each run has its own limit. */
		tcase_set_timeout(all[i], 0);
		suite_add_tcase(s, all[i]);
	}
	status = e2e_finish(s);
	sum_up();
	return status;
}
