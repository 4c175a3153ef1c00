// SPDX-License-Identifier: GPL-2.0-only
/*
 * solution.c - `mmaplab solution`: what differs between a lab's files here and
 * the reference solution, and why that is as it is. For those who have full
 * marks with these very files, or say at a terminal that they want it.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "collect.h"
#include "commands.h"
#include "progress.h"
#include "report.h"
#include "student.h"
#include "util.h"

/* From harness/reference; NULL with @e when the checkout has none. */
static char *reference(const struct student *s, const char *a, const char *b, struct err *e)
{
	char *tool = kit_path(s->kit, "harness/reference"), *text;
	const char *const argv[] = { tool, a, b, NULL };

	text = run_capture(argv);
	free(tool);
	if (!text)
		err_set(e, ENOENT,
			"this checkout has no reference solution of %s: neither solutions/ nor a "
			"branch 'solutions'\n"
			"next: git fetch origin solutions:solutions, or ask who gave you this "
			"checkout; harness/reference %s %s shows more",
			s->lab->id, a, b);
	return text;
}

/* Does the last word on each of its tests say pass, of these very files? */
static int has_full_marks(const struct student *s, bool *full, struct err *e)
{
	char hash[65];
	int ret = progress_hash(s->kit, s->m, s->lab, hash, e);

	if (!ret) {
		json_t *known = progress_load(s->kit);

		*full = progress_is_full(known, s->lab, hash);
		json_decref(known);
	}
	return ret;
}

/* Return: whether the answer is yes. Only a person at a terminal is asked. */
static int confirm(const struct student *s, struct err *e)
{
	char answer[16];

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return err_set(e, EPERM,
			       "your files of %s do not have full marks, as far as is known\n"
			       "next: make lab LAB=%.2s; or, to see the solution all the same, the "
			       "same command at a terminal, where it asks",
			       s->lab->id, s->lab->id);
	printf("Your files of %s do not have full marks, as far as is known (make lab LAB=%.2s).\n"
	       "What you have read you cannot find out any more; make hint LAB=%.2s T=.. gives "
	       "less away.\nShow the solution? [y/N] ",
	       s->lab->id, s->lab->id, s->lab->id);
	fflush(stdout);
	if (!fgets(answer, sizeof(answer), stdin) || rpmatch(answer) != 1)
		return err_set(e, ECANCELED, "nothing was shown\nnext: make lab LAB=%.2s",
			       s->lab->id);
	return 0;
}

/* diff(1) of a file here and a text, straight to our own output. */
static int show_diff(const struct student *s, const char *file, const char *text, struct err *e)
{
	FILE *other = tmpfile();
	pid_t pid;
	int status;

	if (!other || fputs(text, other) == EOF || fflush(other))
		return err_set(e, errno, "keep the solution for a moment: %s", strerror(errno));
	rewind(other);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		char *label = xasprintf("--label=solution/%s", file),
		     *own = xasprintf("--label=%s", file);

		if (dup2(fileno(other), STDIN_FILENO) < 0 || chdir(s->kit->root))
			_exit(2);
		execlp("diff", "diff", "-uN", "--strip-trailing-cr",
		       report_wants_color(stdout) ? "--color=always" : "--color=never", own, label,
		       "--", file, "-", NULL);
		_exit(2);
	}
	fclose(other);
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return err_set(e, errno, "run diff: %s", strerror(errno));
	/* 0: the same, 1: different. */
	if (!WIFEXITED(status) || WEXITSTATUS(status) > 1)
		return err_set(e, EIO,
			       "compare %s: diff failed\nnext: is it a file that you may read?",
			       file);
	if (WEXITSTATUS(status) == 0)
		printf("%s is the reference solution itself\n", file);
	return 0;
}

static int show(const struct student *s, struct err *e)
{
	char *text = reference(s, "--why", s->lab->id, e);
	int ret = text ? 0 : -ENOENT;
	size_t i;

	if (!ret)
		printf("%s\n", text);
	free(text);
	for (i = 0; !ret && i < s->lab->files_count; i++) {
		const char *file = s->lab->files[i];

		text = reference(s, s->lab->id, file, e);
		ret = text ? show_diff(s, file, text, e) : -ENOENT;
		free(text);
	}
	return ret;
}

static int run(const struct student *s, struct err *e)
{
	bool full = false;
	int ret = has_full_marks(s, &full, e);

	if (!ret && !full)
		ret = confirm(s, e);
	return ret ? ret : show(s, e);
}

int cmd_solution(int argc, char **argv)
{
	static const struct student_command command = {
		STUDENT_NEEDS_LAB,
		"Show why a lab's reference solution is as it is, and what differs between it (+) "
		"and the files here (-): with full marks, or when asked for at a terminal.",
		run, NULL
	};

	return student_main(argc, argv, &command);
}
