// SPDX-License-Identifier: GPL-2.0-only
/*
 * verify.c - the grader graded.
 *
 * `mmaplab wrong`: each patch below solutions/wrong/LAB/ makes one mistake in the
 * solution; it must fail the test that its first lines name. The careless
 * driver has a list instead, and must fail exactly the tests in it.
 *
 * `mmaplab verify`: that, and every right solution has full marks, the starter
 * has none, and nobody is held for a person. What was found is written to
 * build/verify/LAB.json, and by a run of all tests to build/wrong/LAB.json.
 */
#include <argp.h>
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "grade.h"
#include "mistakes.h"
#include "template.h"
#include "trial.h"
#include "util.h"
#include "verdict.h"
#include "verified.h"

#define CARELESS "solutions/wrong/careless"

enum kind { WRONG, CARELESS_DRIVER, RIGHT, STARTER, KINDS };

/* What came of a lab's. */
struct tally {
	int count[KINDS];
	int ok[KINDS];
	int held;
	json_t *mistakes; /* name -> the tests that failed */
	json_t *failures; /* name -> test -> its verdict and what was said (mistakes.h) */
};

struct run {
	const struct kit *kit;
	const struct manifest *m;
	struct trials *trials;
	uint64_t seed;
	bool named; /* the named tests alone are run */
	bool right; /* right solutions, too */
	bool anew; /* also what has been seen before (verified.h) */
	const char *only; /* the name of one; NULL: all */
	struct tally tally[MANIFEST_MAX_LABS];
	char common[65]; /* of the lab whose solutions are added: verified_lab() */
	int count, passed, missed, known;
	char *misses; /* their lines, to be said again at the end; NULL if none */
};

/* One solution. */
struct item {
	struct run *run;
	const struct lab_def *lab;
	enum kind kind;
	char *name;
	char *source; /* folder */
	char *patch; /* of a wrong one */
	char *must_fail; /* tests, each in spaces; of a wrong one and of the careless driver */
	bool handed_in; /* graded as one that was: a driver of those has machines of its own */
	char *entry; /* of verified.h, or NULL */
	bool known; /* it was there */
};

/* ------------------------------------------------------------- the verdict */

static bool is_failure(const char *verdict)
{
	return verdict_shows_mistake(verdict_parse(verdict));
}

static bool is_broken(const json_t *test)
{
	return text_is(test, "verdict", "broken");
}

/*
 * A patch must fail its test; what else fails is shown. The careless driver
 * must fail its list and nothing else. "Blocked" is no failure of a test by a
 * mistake, nor is a patch that does not compile. A right solution passes all
 * tests, a starter none. "Broken" is the kit's fault: no mistake may lead to it.
 */
static bool is_as_it_must(const struct item *w, json_t *test)
{
	const char *v = json_string_value(json_object_get(test, "verdict"));
	bool wanted = w->must_fail &&
		      word_listed(w->must_fail, json_string_value(json_object_get(test, "id")));

	if (is_broken(test))
		return false;
	switch (w->kind) {
	case WRONG:
		return !wanted || is_failure(v);
	case CARELESS_DRIVER:
		return wanted == is_failure(v);
	case RIGHT:
		return !strcmp(v, "pass");
	default:
		return strcmp(v, "pass") != 0;
	}
}

/* Adds what is worth saying of a test to the line. */
static void tell(const struct item *w, json_t *test, char **failed)
{
	const char *id = json_string_value(json_object_get(test, "id"));
	const char *v = json_string_value(json_object_get(test, "verdict"));
	bool wanted = w->must_fail && word_listed(w->must_fail, id);
	char *more;

	if (!is_broken(test) &&
	    (w->kind == STARTER ? strcmp(v, "pass") : !is_failure(v) && strcmp(v, "build")))
		return;
	more = xasprintf("%s%s%s%s (%s)", *failed, **failed ? ", " : "",
			 wanted || !w->must_fail ? "" : "also ", id, v);
	free(*failed);
	*failed = more;
}

static void add_said(json_t *said, const json_t *test)
{
	char *shape = mistakes_shape(text_of(test, "message"));

	json_object_set_new(said, text_of(test, "id"),
			    json_pack("[O,s]", json_object_get(test, "verdict"), shape));
	free(shape);
}

/*
 * What a right solution lost a point for, or how a test was broken: enough to begin to
 * look for why.
 */
static char *why_not(const struct item *w, json_t *doc)
{
	static const char *const said[] = { "message", "expected", "got", "input" };
	char *lines = xstrdup(""), *more;
	json_t *test, *notes, *note;
	size_t i, k;

	json_array_foreach(trial_tests(doc), i, test) {
		if (!is_broken(test) && (w->kind != RIGHT || text_is(test, "verdict", "pass")))
			continue;
		for (k = 0; k < sizeof(said) / sizeof(said[0]); k++) {
			if (!*text_of(test, said[k]))
				continue;
			more = xasprintf("%s      %s: %s\n", lines, said[k],
					 text_of(test, said[k]));
			free(lines);
			lines = more;
		}
		notes = json_object_get(test, "notes");
		json_array_foreach(notes, k, note) {
			more = xasprintf("%s      note: %s\n", lines, json_string_value(note));
			free(lines);
			lines = more;
		}
	}
	return lines;
}

static bool judge(const struct item *w, json_t *doc, char **failed)
{
	json_t *tests = trial_tests(doc);
	json_t *held = json_object_get(doc, "held"), *names = json_array(), *test;
	json_t *said = json_object();
	struct tally *t = &w->run->tally[w->lab - w->run->m->labs];
	bool right = json_array_size(tests) > 0;
	size_t i;

	*failed = xstrdup("");
	json_array_foreach(tests, i, test) {
		right &= is_as_it_must(w, test);
		tell(w, test, failed);
		if (!is_failure(json_string_value(json_object_get(test, "verdict"))))
			continue;
		json_array_append(names, json_object_get(test, "id"));
		add_said(said, test);
	}
	if (json_array_size(held)) {
		char *more = xasprintf("%s%sheld: %s", *failed, **failed ? ", " : "",
				       text_of(json_array_get(held, 0), "reason"));

		free(*failed);
		*failed = more;
		right = false;
		t->held++;
	}
	if (w->kind == WRONG) {
		json_object_set(t->mistakes, w->name, names);
		json_object_set(t->failures, w->name, said);
	}
	json_decref(names);
	json_decref(said);
	return right;
}

static void item_free(struct item *w)
{
	free(w->must_fail);
	free(w->entry);
	free(w->source);
	free(w->patch);
	free(w->name);
	free(w);
}

static void report_item(const struct trial *t, json_t *result, const char *error)
{
	static const char *const none[KINDS] = { "no test failed", "no test failed", "full marks",
						 "no point" };
	static const char *const demand[KINDS] = { "fail", "fail only", "have full marks",
						   "have no point" };
	struct item *w = t->about;
	struct tally *tally = &w->run->tally[w->lab - w->run->m->labs];
	char *failed = NULL, *misses = w->run->misses, *lines;
	bool right = !error && judge(w, result, &failed);

	lines = xasprintf("%-5s %s/%s: %s%s%s%s\n", right ? "ok" : "MISS", w->lab->id, w->name,
			  error ? error : "", failed ? failed : "",
			  failed && !*failed ? none[w->kind] : "", w->known ? ", as before" : "");
	if (!right) {
		char *why = why_not(w, result);
		char *more = xasprintf("%s      it must %s%s; its seed: %s\n%s", lines,
				       demand[w->kind], w->must_fail ? w->must_fail : "",
				       text_of(result, "seed"), why);

		free(why);
		free(lines);
		lines = more;
	}
	fputs(lines, stdout);
	fflush(stdout);
	if (!right) {
		w->run->misses = xasprintf("%s%s", misses ? misses : "", lines);
		free(misses);
	}
	tally->count[w->kind]++;
	tally->ok[w->kind] += right;
	*(right ? &w->run->passed : &w->run->missed) += 1;
	w->run->known += w->known;
	if (right && w->entry && !w->known)
		verified_keep(w->entry, result);
	free(lines);
	free(failed);
	item_free(w);
}

/* The file of a lab that others read: figures, and the tables of mistakes and tests. */
static int write_tally(const struct run *run, const struct lab_def *lab, struct err *e)
{
	const struct tally *t = &run->tally[lab - run->m->labs];
	char *folder = kit_path(run->kit, "build/%s", run->right ? "verify" : "wrong");
	char *path = xasprintf("%s/%s.json", folder, lab->id), hex[17];
	json_t *doc;
	int ret;

	seed_text(run->seed, hex);
	doc = json_pack("{s:s,s:s,s:b,s:i,s:i,s:i,s:i,s:i,s:i,s:O,s:O}", "lab", lab->id, "seed",
			hex, "named", run->named, "wrong",
			t->count[WRONG] + t->count[CARELESS_DRIVER], "killed",
			t->ok[WRONG] + t->ok[CARELESS_DRIVER], "right", t->count[RIGHT], "full",
			t->ok[RIGHT], "starters_without_points", t->ok[STARTER], "held", t->held,
			"mistakes", t->mistakes, "failures", t->failures);
	ret = make_dirs(folder, e);
	if (!ret)
		ret = write_json_atomic(path, doc, 0, e);
	json_decref(doc);
	free(folder);
	free(path);
	return ret;
}

/* --------------------------------------------------------------- the list */

/*
 * Of one among several in a machine. With the same random input, what one leaves
 * in freed memory could be what the next is to find.
 */
static uint64_t own_seed(uint64_t seed, const char *name)
{
	while (*name)
		seed = (seed ^ (unsigned char)*name++) * 0x100000001b3; /* FNV-1a */
	return seed;
}

/* Was it as it must be before, and has nothing changed that it depends on? */
static bool is_known(const struct run *run, struct item *w, const struct trial *t)
{
	char *asked = xasprintf("%d %s", w->kind, w->must_fail ? w->must_fail : "");
	json_t *doc;

	w->entry = verified_entry(run->kit, w->lab, run->common, w->source, w->patch, asked);
	free(asked);
	doc = w->entry && !run->anew ? verified_find(w->entry) : NULL;
	if (!doc)
		return false;
	w->known = true;
	report_item(t, doc, NULL);
	json_decref(doc);
	return true;
}

/* Takes over @name, @source, @patch and @must_fail. */
static void add(struct run *run, const struct lab_def *lab, const struct item *like)
{
	struct item *w = xcalloc(1, sizeof(*w));

	*w = *like;
	w->run = run;
	w->lab = lab;
	if (run->only && strcmp(run->only, w->name)) {
		item_free(w);
		return;
	}
	run->count++;
	bool alone = !run->named || w->handed_in;
	struct trial t = {
		.lab = lab,
		.name = w->name,
		.source = w->source,
		.patch = w->patch,
		.only = run->named ? w->must_fail : NULL,
		.right = w->kind == RIGHT,
		.alone = alone,
		/* What is named is a replay of what was told. */
		.seed = alone || run->only ? run->seed : own_seed(run->seed, w->name),
		.about = w,
	};
	if (!run->right || !is_known(run, w, &t))
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
	const char *name;

	free(text);
	if (!list || !list[1]) {
		free(list);
		return err_set(
			e, EINVAL,
			"%s: needs a line 'Must-fail: TEST' with tests of %s before the diff",
			patch, lab->id);
	}
	name = strrchr(patch, '/') + 1;
	add(run, lab,
	    &(struct item){ .kind = WRONG,
			    .name = strndup(name, strcspn(name, ".")),
			    .source = kit_path(run->kit, "solutions"),
			    .patch = xstrdup(patch),
			    .must_fail = list });
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
		add(run, lab,
		    &(struct item){ .kind = CARELESS_DRIVER,
				    .name = xstrdup("careless"),
				    .source = kit_path(run->kit, CARELESS),
				    .must_fail = tests });
	else
		free(tests);
	free(text);
	free(path);
}

/* The solution, others that do it another way, and what students begin with. */
static void add_right(struct run *run, const struct lab_def *lab)
{
	char *pattern = kit_pattern(run->kit, "solutions/other/%s/*", lab->id);
	glob_t g = { 0 };
	size_t i;

	add(run, lab,
	    &(struct item){ .kind = STARTER,
			    .name = xstrdup("starter"),
			    .source = xstrdup(run->kit->root) });
	add(run, lab,
	    &(struct item){ .kind = RIGHT,
			    .name = xstrdup("solution"),
			    .source = kit_path(run->kit, "solutions"),
			    .handed_in = lab->module });
	glob(pattern, GLOB_ONLYDIR, NULL, &g);
	for (i = 0; i < g.gl_pathc; i++)
		add(run, lab,
		    &(struct item){ .kind = RIGHT,
				    .name = xasprintf("other-%s", strrchr(g.gl_pathv[i], '/') + 1),
				    .source = xstrdup(g.gl_pathv[i]) });
	globfree(&g);
	free(pattern);
}

static int add_lab(struct run *run, const struct lab_def *lab, struct err *e)
{
	char *pattern = kit_pattern(run->kit, "solutions/wrong/%s/*.patch", lab->id);
	glob_t g = { 0 };
	int ret = 0;
	size_t i;

	run->tally[lab - run->m->labs].mistakes = json_object();
	run->tally[lab - run->m->labs].failures = json_object();
	if (run->right) {
		ret = verified_lab(run->kit, lab, run->common, e);
		if (!ret)
			add_right(run, lab);
	}
	glob(pattern, 0, NULL, &g);
	for (i = 0; i < g.gl_pathc && !ret; i++)
		ret = add_patch(run, lab, g.gl_pathv[i], e);
	globfree(&g);
	free(pattern);
	add_careless(run, lab);
	return ret;
}

/* All that are missing at once, not lab after lab. */
static int make_templates(const struct run *run, const struct lab_def *only, struct err *e)
{
	const struct profile *profiles[KIT_MAX_PROFILES];
	struct template templates[KIT_MAX_PROFILES];
	size_t i, count = 0;
	int ret = 0;

	for (i = 0; i < run->m->labs_count && !ret; i++)
		if (!only || only == &run->m->labs[i])
			ret = template_profiles(run->kit, &run->m->labs[i], profiles, &count, e);
	if (!ret)
		ret = template_open_all(run->kit, profiles, count, ACCEL_AUTO, templates, e);
	for (i = 0; i < count && !ret; i++)
		template_close(&templates[i]);
	return ret;
}

static int run_all(const char *typed, struct run *run, struct err *e)
{
	char *name = typed ? xstrdup(typed) : NULL, *slash = name ? strchr(name, '/') : NULL;
	const struct lab_def *only = NULL;
	struct manifest *m = NULL;
	struct kit *kit = NULL;
	size_t i;
	int ret;

	if (slash) {
		*slash = '\0';
		run->only = slash + 1;
	}
	ret = command_open(name, &kit, &m, &only, e);
	run->kit = kit;
	run->m = m;
	if (!ret)
		ret = trials_open(kit, m, run->seed, 0, report_item, &run->trials, e);
	if (!ret)
		ret = make_templates(run, only, e);
	/* Drivers first in each turn (trial.h): what takes longest is not to be left for the end. */
	for (i = m ? m->labs_count : 0; !ret && i-- > 0;)
		if (!only || only == &m->labs[i])
			ret = add_lab(run, &m->labs[i], e);
	if (!ret && !run->count)
		ret = err_set(e, ENOENT,
			      "nothing is called '%s' in %s\nnext: ls solutions/wrong/%s",
			      run->only, only ? only->id : "a lab", only ? only->id : "");
	if (!ret)
		trials_run(run->trials);
	/* What one of them did tells nothing of the others. */
	for (i = 0; !ret && !run->only && i < m->labs_count; i++)
		if (!only || only == &m->labs[i])
			ret = write_tally(run, &m->labs[i], e);
	for (i = 0; m && i < m->labs_count; i++) {
		json_decref(run->tally[i].mistakes);
		json_decref(run->tally[i].failures);
	}
	trials_close(run->trials);
	manifest_free(m);
	kit_close(kit);
	free(name);
	return ret;
}

struct args {
	const char *seed;
	const char *lab;
	bool named;
	bool anew;
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
	if (key == 'a') {
		a->anew = true;
		return 0;
	}
	return key == ARGP_KEY_ARG ? command_word(state, arg, &a->lab, 1) : ARGP_ERR_UNKNOWN;
}

static int finish(const struct args *a, struct run *run)
{
	struct err e = { 0 };
	char hex[17];

	if (seed_parse(a->seed, &run->seed, &e) || run_all(a->lab, run, &e))
		return command_unusable(&e);
	if (run->misses)
		printf("\nThese are not as they must be:\n%s", run->misses);
	free(run->misses);
	seed_text(run->seed, hex);
	if (run->known)
		printf("%d of them were so before, and nothing that they depend on has changed\n"
		       "next: make verify ANEW=1 grades these, too\n",
		       run->known);
	printf("seed %s\n%d passed, %d failed\n", hex, run->passed, run->missed);
	return run->missed > 0;
}

#define SEED_OPTION \
	{ \
		"seed", 's', "HEX", 0, "seed of the random input (default: a new one)", 0 \
	}

int cmd_wrong(int argc, char **argv)
{
	static const struct argp_option options[] = {
		SEED_OPTION,
		{ "named", 'n', NULL, 0, "run only the tests that each must fail", 0 },
		{ 0 }
	};
	static const struct argp argp = {
		options,
		parse,
		"[LAB[/NAME]]",
		"Grade every wrong solution below solutions/wrong/, or that of this name, and see "
		"that it fails the test that names its mistake.\vExit status: 0 all do, 1 one does not, 2 bad usage.",
		NULL,
		NULL,
		NULL
	};
	struct args a = { 0 };
	struct run run = { 0 };

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	run.named = a.named;
	return finish(&a, &run);
}

int cmd_verify(int argc, char **argv)
{
	static const struct argp_option options[] = {
		SEED_OPTION,
		{ "anew", 'a', NULL, 0,
		  "grade also what was as it must be before, with all that it "
		  "depends on (default: with a seed or a NAME)",
		  0 },
		{ 0 }
	};
	static const struct argp argp = {
		options,
		parse,
		"[LAB[/NAME]]",
		"Grade every wrong solution, which must fail the test that names its mistake, "
		"every right one, which must have full marks, and the starters, which must have "
		"no point.\vExit status: 0 all is so, 1 it is not, 2 bad usage.",
		NULL,
		NULL,
		NULL
	};
	struct args a = { 0 };
	struct run run = { .named = true, .right = true };

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	run.anew = a.anew || a.seed || (a.lab && strchr(a.lab, '/'));
	return finish(&a, &run);
}
