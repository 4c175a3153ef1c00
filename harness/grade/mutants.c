// SPDX-License-Identifier: GPL-2.0-only
/*
 * mutants.c - `mmaplab mutants`: what the suites are worth, measured with
 * changes that nobody chose. Each mutant of a solution must fail a test of its
 * lab, or stand in a list with the reason why none can see it.
 */
#include <argp.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collect.h"
#include "commands.h"
#include "compile.h"
#include "grade.h"
#include "mutants_list.h"
#include "mutants_report.h"
#include "trial.h"
#include "util.h"
#include "verdict.h"

/* The published rates are of this seed. */
#define SEED "6d75746174696f6e"

struct run {
	const struct kit *kit;
	const struct manifest *m;
	const struct lab_def *only; /* NULL: all labs */
	const char *pattern; /* of names; NULL: all */
	struct mutants mutants;
	struct trials *trials;
	char *base; /* the solutions that the patches are for */
	uint64_t seed;
};

/* What a trial is about. */
struct attempt {
	struct run *run;
	struct mutant *mutant;
};

/* ------------------------------------------------------------ in a worker */

/* Sums of the objects that match, without what names lines and files. */
static char *sums_of(const char *pattern, char *sums)
{
	glob_t g = { 0 };
	size_t i;

	glob(pattern, 0, NULL, &g);
	for (i = 0; i < g.gl_pathc; i++) {
		const char *argv[] = { "objcopy", "--strip-debug", "-R",	  ".note*",
				       "-R",	  ".comment",	   g.gl_pathv[i], NULL };
		char *done = run_capture(argv), *more, hex[65] = "";
		int fd = done ? open(g.gl_pathv[i], O_RDONLY | O_CLOEXEC) : -1;

		if (fd >= 0) {
			sha256_fd_hex(fd, hex);
			close(fd);
		}
		more = xasprintf("%s%s ", sums, hex);
		free(sums);
		free(done);
		sums = more;
	}
	globfree(&g);
	return sums;
}

/* Compile a solution and sum up what came of it; "" when nothing did. */
static char *compiled_to(const struct run *run, const struct lab_def *lab, const char *submission,
			 const char *dir)
{
	static const char *const objects[PARTS] = {
		[PART_MODULE] = "mod/*.ko", [PART_PROGRAM] = "obj/*.o"
	};
	struct collection *c = NULL;
	char *sums = xstrdup(""), *pattern, *tail;
	struct lab_def unused;
	enum part part;

	if (collect(submission, run->m, lab, &c, NULL))
		return sums;
	for (part = 0; part < PARTS; part++) {
		if (!manifest_part_of(lab, part, &unused))
			continue;
		json_decref(compile_part(run->kit, lab, part, c, dir, COMPILE_TO_GRADE));
		tail = xasprintf("%s/%s", lab->id, objects[part]);
		pattern = glob_pattern(dir, tail);
		sums = sums_of(pattern, sums);
		free(pattern);
		free(tail);
	}
	collection_free(c);
	return sums;
}

static enum verdict verdict_of(const json_t *test)
{
	return verdict_parse(text_of(test, "verdict"));
}

static bool any_test(json_t *doc, bool (*is)(enum verdict v))
{
	json_t *test;
	size_t i;

	json_array_foreach(trial_tests(doc), i, test)
		if (is(verdict_of(test)))
			return true;
	return false;
}

/* What no test tells from the solution may be the solution. */
static void look_at_survivor(const struct trial *t, const char *dir, json_t *doc)
{
	struct attempt *a = t->about;
	char *here, *there, *mutant, *base;

	if (any_test(doc, verdict_is_failure))
		return;
	here = xasprintf("%s/.compiled", dir);
	there = xasprintf("%s/.base", dir);
	mutant = compiled_to(a->run, t->lab, dir, here);
	base = compiled_to(a->run, t->lab, t->source, there);
	json_object_set_new(doc, "same", json_boolean(*base && !strcmp(mutant, base)));
	free(mutant);
	free(base);
	free(here);
	free(there);
}

/* ------------------------------------------------------------- the verdict */

static bool verdict_is_build(enum verdict v)
{
	return v == VERDICT_BUILD || v == VERDICT_REJECTED;
}

static bool verdict_is_broken(enum verdict v)
{
	return v == VERDICT_BROKEN;
}

/* A machine that went down without a word of a test about it. */
static bool machine_died(json_t *doc)
{
	json_t *lab = json_array_get(json_object_get(doc, "labs"), 0), *machine;
	size_t i;

	json_array_foreach(json_object_get(lab, "machines"), i, machine) {
		const char *end = json_string_value(json_object_get(machine, "end"));

		if (end && strcmp(end, "complete") && strcmp(end, "error"))
			return true;
	}
	return false;
}

static void name_killers(struct mutant *mutant, json_t *doc)
{
	char *list = xstrdup(""), *more;
	json_t *test;
	size_t i;

	json_array_foreach(trial_tests(doc), i, test) {
		if (!verdict_is_failure(verdict_of(test)))
			continue;
		more = xasprintf("%s%s%s (%s)", list, *list ? ", " : "", text_of(test, "id"),
				 text_of(test, "verdict"));
		free(list);
		list = more;
	}
	mutant->killers = *list ? list : xstrdup("the machine's end");
	if (!*list)
		free(list);
}

static enum fate judge(struct mutant *mutant, json_t *doc)
{
	if (!doc)
		return FATE_BROKEN;
	if (any_test(doc, verdict_is_build))
		return FATE_UNBUILT;
	if (any_test(doc, verdict_is_failure) || machine_died(doc)) {
		name_killers(mutant, doc);
		return FATE_KILLED;
	}
	if (any_test(doc, verdict_is_broken))
		return FATE_BROKEN;
	return json_is_true(json_object_get(doc, "same")) ? FATE_SAME : FATE_SURVIVED;
}

static void say(const struct mutant *mutant, const char *error)
{
	printf("%-10s %s %s\n             - %s\n             + %s\n", fate_name(mutant->fate),
	       mutant->labs[mutant->at]->id, mutant->name, mutant->id.was, mutant->id.becomes);
	if (mutant->killers || error)
		printf("             %s\n", error ? error : mutant->killers);
	fflush(stdout);
}

static void start(struct run *run, struct mutant *mutant);

static void end_trial(const struct trial *t, json_t *doc, const char *error)
{
	struct attempt *a = t->about;
	struct run *run = a->run;
	struct mutant *mutant = a->mutant;
	struct listed *listed = mutants_listed(&run->mutants, mutant);
	bool last = mutant->at + 1 == mutant->labs_count;

	free(a);
	mutant->fate = judge(mutant, doc);
	if (mutant->fate == FATE_SURVIVED && !last) {
		mutant->fate = FATE_OPEN;
		if (run->only == mutant->labs[mutant->at])
			return;
		mutant->at++;
		start(run, mutant);
		return;
	}
	if (mutant->fate == FATE_SURVIVED && listed) {
		mutant->fate = listed->fate;
		listed->fits = true;
	}
	if (mutant->fate == FATE_SURVIVED || mutant->fate == FATE_BROKEN || run->pattern)
		say(mutant, error);
}

/* --------------------------------------------------------------- the list */

static void start(struct run *run, struct mutant *mutant)
{
	struct attempt *a = xcalloc(1, sizeof(*a));

	*a = (struct attempt){ run, mutant };
	trials_add(run->trials, &(struct trial){
					.first_failure = true,
					.lab = mutant->labs[mutant->at],
					.name = mutant->name,
					.source = run->base,
					.patch = mutant->patch,
					.look = look_at_survivor,
					.about = a,
				});
}

/* One lab's mutants are also those that the labs before it leave. */
static bool wanted(const struct run *run, const struct mutant *mutant)
{
	size_t i;

	if (run->pattern && fnmatch(run->pattern, mutant->name, 0))
		return false;
	for (i = 0; run->only && i < mutant->labs_count; i++)
		if (mutant->labs[i] == run->only)
			return true;
	return !run->only;
}

static int open_run(const char *lab_name, struct run *run, struct kit **kit, struct manifest **m,
		    struct err *e)
{
	int ret = command_open(lab_name, kit, m, &run->only, e);

	run->kit = *kit;
	run->m = *m;
	if (ret)
		return ret;
	run->base = kit_path(*kit, MUTANTS "/base");
	ret = mutants_load(*kit, *m, &run->mutants, e);
	return ret ? ret : trials_open(*kit, *m, run->seed, 0, end_trial, &run->trials, e);
}

/* Return: how many mutants and lines of lists nobody has an explanation for. */
static int run_mutants(const char *lab_name, struct run *run, struct err *e)
{
	struct manifest *m = NULL;
	struct kit *kit = NULL;
	int ret = open_run(lab_name, run, &kit, &m, e), bad = 0;
	size_t i;

	for (i = 0; !ret && i < run->mutants.count; i++) {
		struct mutant *mutant = &run->mutants.list[i];

		mutant->graded = wanted(run, mutant);
		if (mutant->graded)
			start(run, mutant);
	}
	if (!ret)
		trials_run(run->trials);
	for (i = 0; !ret && i < run->mutants.count; i++)
		bad += run->mutants.list[i].fate == FATE_SURVIVED ||
		       run->mutants.list[i].fate == FATE_BROKEN;
	if (!ret && !run->pattern) {
		bad += mutants_stale(&run->mutants, run->only);
		ret = mutants_report(kit, m, &run->mutants, run->only, run->seed, e);
	}
	trials_close(run->trials);
	mutants_clear(&run->mutants);
	manifest_free(m);
	kit_close(kit);
	free(run->base);
	return ret ? ret : bad;
}

struct args {
	const char *seed, *lab;
	struct run *run;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *a = state->input;

	switch (key) {
	case 's':
		a->seed = arg;
		return 0;
	case 'n':
		a->run->pattern = arg;
		return 0;
	case ARGP_KEY_ARG:
		return command_word(state, arg, &a->lab, 1);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int cmd_mutants(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "seed", 's', "HEX", 0, "seed of the random input (default: " SEED ")", 0 },
		{ "name", 'n', "PATTERN", 0,
		  "only mutants whose name fits, 'check_dropped.*'; says what became of each, and "
		  "writes no summary",
		  0 },
		{ 0 }
	};
	static const struct argp argp = {
		options,
		parse,
		"[LAB]",
		"Grade every mutant that harness/mutants/generate made. Each must fail a test, or "
		"stand in solutions/mutants/LAB.tsv with the reason why none can see it."
		"\vExit status: 0 so it is, 1 one survives or a list is stale, 2 bad usage.",
		NULL,
		NULL,
		NULL
	};
	struct run run = { 0 };
	struct args a = { .seed = SEED, .run = &run };
	struct err e = { 0 };
	int ret;

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	ret = seed_parse(a.seed, &run.seed, &e);
	if (!ret)
		ret = run_mutants(a.lab, &run, &e);
	return ret < 0 ? command_unusable(&e) : ret > 0;
}
