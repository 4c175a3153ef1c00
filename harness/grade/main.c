// SPDX-License-Identifier: GPL-2.0-only
/*
 * main.c - the host program `mmaplab`. One table lists its subcommands; each
 * has its own help. `grade` is the whole way of a submission: grade.c takes
 * it through collect, build, gate, machine and judge, and result.c adds up.
 */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands.h"
#include "compile.h"
#include "grade.h"
#include "hint.h"
#include "progress.h"
#include "report.h"
#include "result.h"
#include "shell.h"
#include "util.h"

const char *argp_program_version = "mmaplab " KIT_VERSION;

/* ------------------------------------------------------------ grade, lab */

struct grade_args {
	const char *positional, *lab, *test, *seed, *accel, *name;
	int jobs;
	bool cold, quiet;
};

static const struct argp_option grade_options[] = {
	{ "lab", 'l', "LAB", 0, "only this lab: 02, 02-records or records", 0 },
	{ "test", 't', "TEST", 0, "only this test of the lab", 0 },
	{ "seed", 's', "HEX", 0, "seed of the random input, up to 16 digits (default: a new one)",
	  0 },
	{ "jobs", 'j', "N", 0, "machines and builds at a time (default: one per processor)", 0 },
	{ "accel", 'a', "NAME", 0, "auto, tcg or kvm (default: auto)", 0 },
	{ "name", 'n', "NAME", 0, "name of the result file (default: from the submission)", 0 },
	{ "cold", 'c', NULL, 0, "boot every machine instead of restoring it", 0 },
	{ "quiet", 'q', NULL, 0, "print nothing but errors; the result file has it all", 0 },
	{ 0 }
};

static error_t parse_grade(int key, char *arg, struct argp_state *state)
{
	struct grade_args *a = state->input;

	switch (key) {
	case 'l':
		a->lab = arg;
		break;
	case 't':
		a->test = arg;
		break;
	case 's':
		a->seed = arg;
		break;
	case 'j':
		a->jobs = command_jobs(state, arg);
		break;
	case 'a':
		a->accel = arg;
		break;
	case 'n':
		a->name = arg;
		break;
	case 'c':
		a->cold = true;
		break;
	case 'q':
		a->quiet = true;
		break;
	case ARGP_KEY_ARG:
		return command_word(state, arg, &a->positional, 1);
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static int find_what(const struct manifest *m, const struct grade_args *a, struct grade_spec *spec,
		     struct err *e)
{
	const struct test_def *test;

	if (a->lab && *a->lab) {
		spec->lab = manifest_find_lab(m, a->lab, e);
		if (!spec->lab)
			return -ENOENT;
	}
	if (a->test && *a->test) {
		if (!spec->lab)
			return err_set(e, EINVAL,
				       "a test needs its lab: add --lab LAB (make: LAB=..)");
		test = manifest_find_test(spec->lab, a->test, e);
		if (!test)
			return -ENOENT;
		spec->only = xasprintf(" %s ", test->id);
	}
	return 0;
}

static bool is_same_folder(const char *a, const char *b)
{
	struct stat sa, sb;

	return !stat(a, &sa) && !stat(b, &sb) && sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino;
}

static int run_grade(const struct grade_args *a, const char *submission, bool all_tests)
{
	struct grade_spec spec = {
		.submission = submission,
		.name = a->name,
		.cold = a->cold,
		.jobs = a->jobs,
		.pictures = PICTURES_FILES,
	};
	struct manifest *m = NULL;
	struct kit *kit = NULL;
	struct err e = { 0 };
	json_t *doc = NULL;
	bool own = false; /* the working tree itself */
	int ret, code;

	if (!spec.jobs)
		spec.jobs = (int)sysconf(_SC_NPROCESSORS_ONLN);
	ret = seed_parse(a->seed, &spec.seed, &e);
	if (!ret)
		ret = accel_parse(a->accel, &spec.accel, &e);
	if (!ret)
		ret = command_open(NULL, &kit, &m, NULL, &e);
	if (!ret)
		ret = find_what(m, a, &spec, &e);
	if (!ret && !spec.submission) {
		spec.submission = kit->root;
		spec.name = spec.name ? spec.name : "worktree";
	}
	if (!ret)
		own = is_same_folder(spec.submission, kit->root);
	if (isatty(STDERR_FILENO) && !a->quiet)
		spec.waiting = waiting_new();
	if (!ret)
		ret = grade(kit, m, &spec, &doc, &e);
	waiting_free(spec.waiting);
	if (!ret)
		ret = result_write(kit, doc, &e);
	if (!ret && own)
		ret = progress_record(kit, m, doc, spec.lab, &e);
	if (doc && !a->quiet)
		report_print(stdout, doc, all_tests, report_wants_color(stdout));
	if (!ret && fflush(stdout))
		ret = err_set(&e, errno, "write the report: %s", strerror(errno));
	code = ret ? command_unusable(&e) : result_exit_code(doc);
	json_decref(doc);
	free((char *)spec.only);
	manifest_free(m);
	kit_close(kit);
	return code;
}

static int cmd_grade(int argc, char **argv)
{
	static const struct argp argp = {
		grade_options,
		parse_grade,
		"SUBMISSION",
		"Grade a submission: a folder or an archive that mirrors the repository."
		"\vExit status: 0 full marks, 1 less, 2 bad usage or an unusable submission, "
		"3 broken (the kit's fault), 4 held for a person.",
		NULL,
		NULL,
		NULL
	};
	struct grade_args a = { 0 };

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	if (!a.positional) {
		fprintf(stderr, "mmaplab: which submission? next: mmaplab grade solutions\n");
		return EXIT_UNUSABLE;
	}
	return run_grade(&a, a.positional, false);
}

static int cmd_lab(int argc, char **argv)
{
	static const struct argp argp = {
		grade_options, parse_grade,
		"LAB",	       "Grade one lab of the working tree and list every test.",
		NULL,	       NULL,
		NULL
	};
	struct grade_args a = { 0 };

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	if (a.positional && *a.positional)
		a.lab = a.positional;
	if (!a.lab) {
		fprintf(stderr, "mmaplab: which lab? next: mmaplab labs, then make lab LAB=02\n");
		return EXIT_UNUSABLE;
	}
	return run_grade(&a, NULL, true);
}

/* ------------------------------------------------------------- the others */

static int cmd_labs(int argc, char **argv)
{
	static const struct argp argp = { NULL, NULL, "",  "List the labs and their points.",
					  NULL, NULL, NULL };
	struct manifest *m = NULL;
	struct kit *kit = NULL;
	struct err e = { 0 };
	size_t i;
	int ret;

	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	ret = command_open(NULL, &kit, &m, NULL, &e);
	for (i = 0; !ret && i < m->labs_count; i++)
		printf("%-14s %4g points  %2zu tests  %s%s\n", m->labs[i].id,
		       manifest_lab_points(&m->labs[i]), m->labs[i].tests_count,
		       m->labs[i].bonus ? "bonus: " : "", m->labs[i].title);
	manifest_free(m);
	kit_close(kit);
	return ret ? command_unusable(&e) : 0;
}

/* @words: how many the command takes */
struct typed {
	const char *word[2];
	size_t words;
	bool again;
};

static error_t parse_typed(int key, char *arg, struct argp_state *state)
{
	struct typed *t = state->input;

	if (key == 'r') {
		t->again = true;
		return 0;
	}
	return key == ARGP_KEY_ARG ? command_word(state, arg, t->word, t->words) : ARGP_ERR_UNKNOWN;
}

static int cmd_hint(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "reset", 'r', NULL, 0, "begin with the first hint again", 0 }, { 0 }
	};
	static const struct argp argp = {
		options,
		parse_typed,
		"LAB TEST",
		"Show one hint more for a test: a question, the call, nearly the answer.",
		NULL,
		NULL,
		NULL
	};
	struct typed typed = { .words = 2 };
	struct manifest *m = NULL;
	struct kit *kit = NULL;
	struct err e = { 0 };
	int ret;

	argp_parse(&argp, argc, argv, 0, NULL, &typed);
	ret = command_open(NULL, &kit, &m, NULL, &e);
	if (!ret)
		ret = hint_show(stdout, kit, m, typed.word[0], typed.word[1], typed.again, &e);
	manifest_free(m);
	kit_close(kit);
	return ret ? command_unusable(&e) : 0;
}

static int cmd_shell(int argc, char **argv)
{
	static const struct argp argp = {
		NULL,
		parse_typed,
		"[PROFILE]",
		"Open a busybox shell in a machine with the programs and modules of the working tree "
		"in /unit. Ctrl-D ends it. Commands from a pipe or a file are run as a script.",
		NULL,
		NULL,
		NULL
	};
	struct typed typed = { .words = 1 };
	struct manifest *m = NULL;
	struct kit *kit = NULL;
	struct err e = { 0 };
	int ret;

	argp_parse(&argp, argc, argv, 0, NULL, &typed);
	ret = command_open(NULL, &kit, &m, NULL, &e);
	if (!ret)
		ret = shell_run(kit, m, typed.word[0] ? typed.word[0] : "plain", &e);
	manifest_free(m);
	kit_close(kit);
	return ret < 0 ? command_unusable(&e) : ret;
}

static int cmd_template(int argc, char **argv)
{
	static const struct argp argp = {
		NULL,
		parse_typed,
		"[PROFILE] [ACCELERATOR]",
		"Make the template machines now (all profiles, or one), as the first grading would.",
		NULL,
		NULL,
		NULL
	};
	enum accel_request accel = ACCEL_AUTO;
	struct typed typed = { .words = 2 };
	const struct profile *profiles[KIT_MAX_PROFILES];
	struct template templates[KIT_MAX_PROFILES], *t;
	struct kit *kit = NULL;
	struct err e = { 0 };
	size_t i, n = 0;
	int ret;

	argp_parse(&argp, argc, argv, 0, NULL, &typed);
	ret = accel_parse(typed.word[1], &accel, &e);
	if (!ret)
		ret = kit_open(NULL, &kit, &e);
	if (!ret && typed.word[0] && !kit_profile(kit, typed.word[0], &e))
		ret = -EINVAL;
	for (i = 0; !ret && i < kit->profiles_count; i++)
		if (!typed.word[0] || !strcmp(typed.word[0], kit->profiles[i].name))
			profiles[n++] = &kit->profiles[i];
	if (!ret)
		ret = template_open_all(kit, profiles, n, accel, templates, &e);
	for (t = templates; !ret && t < templates + n; t++) {
		printf("%s: %s\n", t->profile->name, *t->note ? t->note : "ready");
		template_close(t);
	}
	kit_close(kit);
	return ret ? command_unusable(&e) : 0;
}

static int cmd_modules(int argc, char **argv)
{
	static const struct argp argp = {
		NULL, NULL,
		"",   "Build the kit's own modules, which some tests load; make calls this.",
		NULL, NULL,
		NULL
	};
	struct kit *kit = NULL;
	struct err e = { 0 };
	int ret;

	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	ret = kit_open(NULL, &kit, &e);
	if (!ret)
		ret = compile_kit_modules(kit, &e);
	kit_close(kit);
	return ret ? command_unusable(&e) : 0;
}

static const struct command commands[] = {
	{ "grade", cmd_grade, "grade a submission" },
	{ "lab", cmd_lab, "grade one lab of the working tree" },
	{ "batch", cmd_batch, "grade a class into a store" },
	{ "merge", cmd_merge, "join the stores of several batches" },
	{ "export", cmd_export, "a term's gradebook, from its store" },
	{ "decide", cmd_decide, "accept what is held, or give other points" },
	{ "review", cmd_review, "what waits for a person, and what is alike" },
	{ "audit", cmd_audit, "one lab of one student as an archive, for an appeal" },
	{ "render", cmd_render, "a result in a format of others" },
	{ "course", cmd_course, "check a term's course file" },
	{ "labs", cmd_labs, "list the labs" },
	{ "watch", cmd_watch, "grade a lab at every save" },
	{ "debug", cmd_debug, "gdb where a test fails" },
	{ "submit", cmd_submit, "pack what is handed in" },
	{ "progress", cmd_progress, "points so far, and what is next" },
	{ "reset", cmd_reset, "a lab's starter again; your file is kept" },
	{ "solution", cmd_solution, "the reference beside your files, and why" },
	{ "doctor", cmd_doctor, "can this machine grade?" },
	{ "hint", cmd_hint, "one hint further for a test" },
	{ "shell", cmd_shell, "a shell in a machine" },
	{ "modules", cmd_modules, "build the kit's own modules" },
	{ "template", cmd_template, "make the template machines" },
	{ "wrong", cmd_wrong, "grade the wrong solutions: each must fail its test" },
	{ "verify", cmd_verify, "grade all wrong and right solutions: the proof of the grader" },
	{ "soak", cmd_soak, "grade the same solutions again and again: do verdicts change?" },
	{ "mutants", cmd_mutants, "grade mutants of the solutions: each must fail a test" },
	{ "bench", cmd_bench, "measure this kit on this machine" },
};

static void usage(FILE *out)
{
	size_t i;

	fprintf(out, "usage: mmaplab COMMAND [ARGUMENT...]\n\n");
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].summary);
	fprintf(out, "\n`mmaplab COMMAND --help` tells more; `make` alone lists the doors.\n");
}

int main(int argc, char **argv)
{
	size_t i;

	/* argp's own errors are bad usage, too. */
	argp_err_exit_status = EXIT_UNUSABLE;
	if (argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
		usage(stdout);
		return 0;
	}
	for (i = 0; argc > 1 && i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(argv[1], commands[i].name))
			continue;
		argv[1] = xasprintf("mmaplab %s", commands[i].name);
		return commands[i].run(argc - 1, argv + 1);
	}
	if (argc > 1)
		fprintf(stderr, "mmaplab: no command '%s'\n", argv[1]);
	usage(stderr);
	return EXIT_UNUSABLE;
}
