// SPDX-License-Identifier: GPL-2.0-only
/*
 * wrong.c - `mmaplab wrong`: the grader graded. Each patch below
 * solutions/wrong/LAB/ makes one mistake in the solution; it must fail the
 * test that its first lines name. The careless driver has a list instead, and
 * must fail exactly the tests in it.
 */
#include <argp.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "grade.h"
#include "trial.h"
#include "util.h"

#define CARELESS "solutions/wrong/careless"

struct run {
	const struct kit *kit;
	struct trials *trials;
	bool named; /* the named tests alone are run */
	int right, missed;
	char *misses; /* their lines, to be said again at the end; NULL if none */
};

/* One wrong solution. */
struct wrong {
	struct run *run;
	const struct lab_def *lab;
	char *source; /* the solutions', or the careless driver */
	char *patch; /* NULL: the careless driver */
	char *must_fail; /* tests, each in spaces */
};

static const char *name_of(const struct wrong *w)
{
	return w->patch ? strrchr(w->patch, '/') + 1 : "careless";
}

/* ------------------------------------------------------------- the verdict */

/*
 * A patch must fail its test; what else fails is shown. The careless driver
 * must fail its list and nothing else. "Blocked" and "broken" are no failure
 * of a test by a mistake, nor is a patch that does not compile.
 */
static bool judge(const struct wrong *w, json_t *doc, char **failed)
{
	json_t *test,
		*tests = json_object_get(json_array_get(json_object_get(doc, "labs"), 0), "tests");
	bool right = json_array_size(tests) > 0;
	size_t i;

	*failed = xstrdup("");
	json_array_foreach(tests, i, test) {
		const char *id = json_string_value(json_object_get(test, "id"));
		const char *v = json_string_value(json_object_get(test, "verdict"));
		bool wanted = word_listed(w->must_fail, id);
		bool killed = strcmp(v, "pass") && strcmp(v, "blocked") && strcmp(v, "broken") &&
			      strcmp(v, "build") && strcmp(v, "none");
		char *more;

		right &= !wanted || killed;
		right &= wanted || w->patch || !killed;
		if (!killed && strcmp(v, "build"))
			continue;
		more = xasprintf("%s%s%s%s (%s)", *failed, **failed ? ", " : "",
				 wanted ? "" : "also ", id, v);
		free(*failed);
		*failed = more;
	}
	return right;
}

static void report_wrong(const struct trial *t, json_t *result, const char *error)
{
	struct wrong *w = t->about;
	char *failed = NULL;
	bool right = !error && judge(w, result, &failed);
	char *lines = xasprintf("%-5s %s/%.*s: %s%s%s\n%s%s%s", right ? "ok" : "MISS", w->lab->id,
				(int)strcspn(name_of(w), "."), name_of(w), error ? error : "",
				failed ? failed : "", failed && !*failed ? "no test failed" : "",
				right ? "" : "      it must fail", right ? "" : w->must_fail,
				right ? "" : "\n");
	char *misses = w->run->misses;

	fputs(lines, stdout);
	fflush(stdout);
	if (!right) {
		w->run->misses = xasprintf("%s%s", misses ? misses : "", lines);
		free(misses);
	}
	*(right ? &w->run->right : &w->run->missed) += 1;
	free(lines);
	free(failed);
	free(w->must_fail);
	free(w->source);
	free(w->patch);
	free(w);
}

/* --------------------------------------------------------------- the list */

static void add(struct run *run, const struct lab_def *lab, const char *patch, char *must_fail)
{
	struct wrong *w = xcalloc(1, sizeof(*w));

	*w = (struct wrong){
		.run = run,
		.lab = lab,
		.source = kit_path(run->kit, patch ? "solutions" : CARELESS),
		.patch = patch ? xstrdup(patch) : NULL,
		.must_fail = must_fail,
	};
	struct trial t = {
		.lab = lab,
		.name = name_of(w),
		.source = w->source,
		.patch = w->patch,
		.only = run->named ? must_fail : NULL,
		.about = w,
	};
	trials_add(run->trials, &t);
}

/*
 * "Must-fail: test_id" in the lines before the diff, or several ids with
 * commas. Each in spaces, or NULL when one is no test of the lab.
 */
static char *read_must_fail(const struct lab_def *lab, const char *text)
{
	const char *line = strstr(text, "Must-fail: "), *diff = strstr(text, "\n--- ");
	char *ids, *id, *save = NULL, *list = xstrdup(" "), *more;

	if (!line || !diff || line > diff) {
		free(list);
		return NULL;
	}
	line += strlen("Must-fail: ");
	ids = strndup(line, strcspn(line, "\n"));
	for (id = strtok_r(ids, ", ", &save); id && list; id = strtok_r(NULL, ", ", &save)) {
		more = manifest_find_test(lab, id, NULL) ? xasprintf("%s%s ", list, id) : NULL;
		free(list);
		list = more;
	}
	free(ids);
	return list;
}

static int add_patch(struct run *run, const struct lab_def *lab, const char *patch, struct err *e)
{
	char *text = read_text(patch), *list = text ? read_must_fail(lab, text) : NULL;

	free(text);
	if (!list || !list[1]) {
		free(list);
		return err_set(
			e, EINVAL,
			"%s: needs a line 'Must-fail: TEST' with tests of %s before the diff",
			patch, lab->id);
	}
	add(run, lab, patch, list);
	return 0;
}

/* Lines of "lab <tab> test <tab> defect". */
static void add_careless(struct run *run, const struct lab_def *lab)
{
	char *path = kit_path(run->kit, CARELESS "/expected.tsv"), *text = read_text(path);
	char *tests = xstrdup(" "), *line, *save = NULL, *more;
	char lab_id[64], id[128];

	for (line = text ? strtok_r(text, "\n", &save) : NULL; line;
	     line = strtok_r(NULL, "\n", &save)) {
		if (sscanf(line, "%63s %127s", lab_id, id) != 2 || strcmp(lab_id, lab->id))
			continue;
		more = xasprintf("%s%s ", tests, id);
		free(tests);
		tests = more;
	}
	if (tests[1])
		add(run, lab, NULL, tests);
	else
		free(tests);
	free(text);
	free(path);
}

static int add_lab(struct run *run, const struct lab_def *lab, struct err *e)
{
	char *pattern = kit_path(run->kit, "solutions/wrong/%s/*.patch", lab->id);
	glob_t g = { 0 };
	size_t i;
	int ret = 0;

	glob(pattern, 0, NULL, &g);
	for (i = 0; i < g.gl_pathc && !ret; i++)
		ret = add_patch(run, lab, g.gl_pathv[i], e);
	globfree(&g);
	free(pattern);
	add_careless(run, lab);
	return ret;
}

static int run_wrong(const char *lab_name, uint64_t seed, struct run *run, struct err *e)
{
	const struct lab_def *only = NULL;
	struct manifest *m = NULL;
	struct kit *kit = NULL;
	size_t i;
	int ret = kit_open(NULL, &kit, e);

	if (!ret)
		ret = manifest_load(kit->root, &m, e);
	if (!ret && lab_name && *lab_name) {
		only = manifest_find_lab(m, lab_name, e);
		ret = only ? 0 : -ENOENT;
	}
	run->kit = kit;
	if (!ret)
		ret = trials_open(kit, m, seed, report_wrong, &run->trials, e);
	for (i = 0; !ret && i < m->labs_count; i++)
		if (!only || only == &m->labs[i])
			ret = add_lab(run, &m->labs[i], e);
	if (!ret)
		trials_run(run->trials);
	trials_close(run->trials);
	manifest_free(m);
	kit_close(kit);
	return ret;
}

struct args {
	const char *lab, *seed;
	bool named;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *a = state->input;

	if (key == 's') {
		a->seed = arg;
		return 0;
	}
	if (key == 'n') {
		a->named = true;
		return 0;
	}
	if (key != ARGP_KEY_ARG)
		return ARGP_ERR_UNKNOWN;
	if (a->lab)
		argp_error(state, "one argument too many: '%s'", arg);
	a->lab = arg;
	return 0;
}

int cmd_wrong(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "seed", 's', "HEX", 0, "seed of the random input (default: a new one)", 0 },
		{ "named", 'n', NULL, 0, "run only the tests that each must fail", 0 },
		{ 0 }
	};
	static const struct argp argp = {
		options,
		parse,
		"[LAB]",
		"Grade every wrong solution below solutions/wrong/ and see that it fails the test "
		"that names its mistake.\vExit status: 0 all do, 1 one does not, 2 bad usage.",
		NULL,
		NULL,
		NULL
	};
	struct args a = { 0 };
	struct run run = { 0 };
	struct err e = { 0 };
	uint64_t seed;

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	run.named = a.named;
	if (seed_parse(a.seed, &seed, &e) || run_wrong(a.lab, seed, &run, &e)) {
		fprintf(stderr, "mmaplab: %s\n", e.text);
		return 2;
	}
	if (run.misses)
		printf("\nThese do not fail the test that names their mistake:\n%s", run.misses);
	free(run.misses);
	printf("seed %016llx\n%d passed, %d failed\n", (unsigned long long)seed, run.right,
	       run.missed);
	return run.missed > 0;
}
