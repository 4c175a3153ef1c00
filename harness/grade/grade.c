// SPDX-License-Identifier: GPL-2.0-only
/*
 * grade.c - the whole way of a submission, see grade.h. Builds and machines
 * run as jobs of a pool; what follows from their results is decided here.
 */
#include "grade.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "collect.h"
#include "compile.h"
#include "confine.h"
#include "judgement.h"
#include "pool.h"
#include "result.h"
#include "unit.h"
#include "util.h"
#include "workdir.h"

#define WORTH_TWO_MACHINES 6

struct grading;

/* One lab on its way. */
struct lab_run {
	struct grading *g;
	const struct lab_def *lab;
	struct judgement tests[MANIFEST_MAX_TESTS];
	struct compiled compiled;
	json_t *machines; /* one entry per machine, for the document */
	int pending; /* machines under way */
	int builds; /* parts not yet compiled */
};

/* One part of a lab on its way. */
struct build_job {
	struct lab_run *run;
	enum part part;
	bool again; /* tried once, and that was our fault */
};

/* One machine on its way. */
struct machine_job {
	struct lab_run *run;
	struct unit_spec unit;
	const struct test_def *tests[MANIFEST_MAX_TESTS];
};

struct grading {
	const struct kit *kit;
	const struct grade_spec *spec;
	struct collection *collection;
	struct workdir *workdir;
	struct pool *pool;
	struct template templates[KIT_MAX_PROFILES];
	size_t templates_count;
	struct lab_run runs[MANIFEST_MAX_LABS];
	size_t runs_count;
	json_t *notes;
	json_t *suspicions;
	char *pictures; /* folder below the checkout, or NULL */
};

static void schedule(struct lab_run *run);

/* ------------------------------------------------------------- templates */

static const struct template *find_template(const struct grading *g, const char *profile)
{
	size_t i;

	for (i = 0; i < g->templates_count; i++)
		if (!strcmp(g->templates[i].profile->name, profile))
			return &g->templates[i];
	return NULL;
}

/* Templates are opened before the first worker starts, which inherits them. */
static int open_templates(struct grading *g, struct err *e)
{
	const struct profile *profiles[KIT_MAX_PROFILES];
	size_t count = 0, i;
	int ret = 0;

	for (i = 0; i < g->runs_count && !ret; i++)
		ret = template_profiles(g->kit, g->runs[i].lab, profiles, &count, e);
	if (!ret)
		ret = template_open_all(g->kit, profiles, count, g->spec->accel, g->templates, e);
	if (ret)
		return ret;
	g->templates_count = count;
	for (i = 0; i < count; i++)
		if (*g->templates[i].note)
			json_array_append_new(g->notes, json_string(g->templates[i].note));
	return 0;
}

/* ------------------------------------------------------ what it waits for */

static void wait_for(const struct lab_run *run, const void *job, const char *what)
{
	char *text;

	if (!run->g->spec->waiting)
		return;
	text = what ? xasprintf("%s: %s", run->lab->id, what) : NULL;
	waiting_for(run->g->spec->waiting, job, text);
	free(text);
}

/* In a worker. */
static void tell(const char *what)
{
	pool_tell(json_pack("{s:s}", "does", what));
}

/* Both kinds of jobs begin with their run. */
static void told(void *job, json_t *part)
{
	struct lab_run *const *run = job;

	wait_for(*run, job, text_of(part, "does"));
	json_decref(part);
}

/* -------------------------------------------------------------- machines */

enum needs { NEEDS_MET, NEEDS_OPEN, NEEDS_FAILED };

/* What a test's needs say; one that did not pass blocks the test. */
static enum needs check_needs(struct lab_run *run, struct judgement *j)
{
	enum needs all = NEEDS_MET;
	size_t i;

	/* Tests asked for by name run whatever they need. */
	if (run->g->spec->only)
		return NEEDS_MET;
	for (i = 0; i < j->def->needs_count; i++) {
		const struct judgement *need = &run->tests[j->def->needs[i] - run->lab->tests];

		if (need->verdict == VERDICT_NONE) {
			all = NEEDS_OPEN;
		} else if (need->verdict != VERDICT_PASS) {
			judgement_block(j, need);
			return NEEDS_FAILED;
		}
	}
	return all;
}

/*
 * A test that was started before its needs were decided (see schedule()) is
 * blocked all the same when one of them did not pass.
 */
static void block_what_needs_failed(struct lab_run *run)
{
	size_t i;

	for (i = 0; i < run->lab->tests_count; i++) {
		struct judgement *j = &run->tests[i];

		if (j->verdict != VERDICT_NONE && j->verdict != VERDICT_BLOCKED &&
		    j->verdict != VERDICT_BUILD && j->verdict != VERDICT_REJECTED)
			check_needs(run, j);
	}
}

/*
 * The suite in a machine blocks what needs a test that did not pass there. When that one is
 * tried again, as the fault was ours, nothing is decided about those that need it either.
 */
static void open_what_needs_retried(const struct machine_job *job)
{
	struct lab_run *run = job->run;
	size_t i;

	/* In the manifest's order: one may need another of them. */
	for (i = 0; i < job->unit.tests_count; i++) {
		struct judgement *j = &run->tests[job->tests[i] - run->lab->tests];

		if (j->verdict == VERDICT_BLOCKED && check_needs(run, j) == NEEDS_OPEN)
			judgement_reset(j);
	}
}

/* No other test ran in the machine before it. */
static bool ran_first(const struct judgement *j, const json_t *result)
{
	void *first = json_object_iter(json_object_get(result, "results"));

	return !strcmp(j->def->id,
		       first ? json_object_iter_key(first) : text_of(result, "running"));
}

/*
 * In a driver lab, what a test finds may be the doing of the one before it. So
 * of several tests in one machine a failure counts only of the first, and a pass only when
 * the machine came to its end; all others are run again, each in a machine of its own.
 */
static bool again_alone(const struct machine_job *job, const struct judgement *j, json_t *result)
{
	if (!job->run->lab->module || job->unit.tests_count == 1)
		return false;
	if (j->verdict == VERDICT_PASS)
		return !text_is(result, "end", "complete");
	return !verdict_is_failure(j->verdict) || !ran_first(j, result);
}

/* The kit's fault, or that of a host which gave the machine next to no time. */
static bool is_ours(const struct judgement *j)
{
	return j->verdict == VERDICT_BROKEN || (j->starved >= 0 && j->verdict != VERDICT_PASS);
}

static void machine_done(void *arg, json_t *result, const char *why)
{
	struct machine_job *job = arg;
	struct lab_run *run = job->run;
	size_t i;

	wait_for(run, job, NULL);
	run->pending--;
	for (i = 0; i < job->unit.tests_count; i++) {
		struct judgement *j = &run->tests[job->tests[i] - run->lab->tests];

		judgement_from_unit(j, run->lab, &run->compiled, result, why);
		if (again_alone(job, j, result)) {
			judgement_reset(j);
			j->alone = true;
		} else if (is_ours(j) && !j->retried) {
			judgement_reset(j);
			j->retried = true; /* once */
		} else if (j->starved >= 0 && j->verdict == VERDICT_TIMEOUT) {
			judgement_starved(j);
		}
	}
	open_what_needs_retried(job);
	block_what_needs_failed(run);
	result_add_machine(run->machines, run->g->suspicions, run->lab, job->tests,
			   job->unit.tests_count, result, why);
	json_decref(result);
	unit_files_clear(job->unit.files, job->unit.files_count);
	free(job);
	schedule(run);
}

static json_t *machine_work(void *arg)
{
	struct machine_job *job = arg;

	if (job->unit.runs)
		tell("starting a machine");
	return unit_run(&job->unit);
}

static void start_machine(struct lab_run *run, const struct test_def *const *tests, size_t count)
{
	struct machine_job *job = xcalloc(1, sizeof(*job));
	struct unit_spec *u = &job->unit;
	bool retried = false;
	size_t i;

	job->run = run;
	for (i = 0; i < count; i++) {
		struct judgement *j = &run->tests[tests[i] - run->lab->tests];

		retried |= j->retried;
		j->tries++;
		j->under_way = true;
		job->tests[i] = tests[i];
	}
	u->kit = run->g->kit;
	u->template = find_template(run->g, tests[0]->profile);
	u->lab = run->lab;
	u->tests = job->tests;
	u->tests_count = count;
	u->seed = run->g->spec->seed;
	u->cold = run->g->spec->cold;
	u->pictures = run->g->pictures;
	/* What was our fault may come from what ran there before. */
	u->keeper = retried ? NULL : run->g->spec->keeper;
	/* What a test of a driver lab says beside others does not count yet. */
	u->first_failure = run->g->spec->first_failure && (!run->lab->module || count == 1);
	u->runs = run->g->spec->waiting ? tell : NULL;
	compile_payload(&run->compiled, run->lab, u->files, &u->files_count);
	run->pending++;
	pool_add(run->g->pool, machine_work, machine_done, job);
}

/*
 * When one lab is all there is to do, its tests are dealt out to the workers:
 * that costs 0.15 s more of processor time for each machine, and less on the
 * clock. A machine with several processors keeps the workers busy by itself.
 */
static size_t machines_for(const struct lab_run *run, const struct test_def *first, size_t tests)
{
	const struct template *t = find_template(run->g, first->profile);
	size_t jobs = (size_t)run->g->spec->jobs;

	if (run->g->runs_count > 1 || t->profile->cpus > 1 || tests < WORTH_TWO_MACHINES)
		return 1;
	return jobs < 2 ? 1 : 2;
}

/*
 * Tests of one profile, that of the first which is ready, share a machine or two.
 * Return: were there any?
 */
static bool start_shared(struct lab_run *run)
{
	const struct test_def *ready[MANIFEST_MAX_TESTS], *hand[MANIFEST_MAX_TESTS];
	size_t n = 0, i, k, machines, count;

	for (i = 0; i < run->lab->tests_count; i++) {
		struct judgement *j = &run->tests[i];

		/* A shared suite decides open needs by itself. */
		if (j->verdict == VERDICT_NONE && !j->under_way && !j->alone &&
		    (!n || !strcmp(ready[0]->profile, j->def->profile)) &&
		    check_needs(run, j) != NEEDS_FAILED)
			ready[n++] = j->def;
	}
	machines = n ? machines_for(run, ready[0], n) : 0;
	for (i = 0; i < machines; i++) {
		/* Dealt out like cards: neighbours take about as long. */
		for (k = i, count = 0; k < n; k += machines)
			hand[count++] = ready[k];
		start_machine(run, hand, count);
	}
	return n > 0;
}

/* While the needs of all others are open, idle workers try some of them already. */
static void start_alone(struct lab_run *run)
{
	size_t i;

	for (i = 0; i < run->lab->tests_count; i++) {
		struct judgement *j = &run->tests[i];
		enum needs needs;

		if (!j->alone || j->verdict != VERDICT_NONE || j->under_way)
			continue;
		needs = check_needs(run, j);
		if (needs == NEEDS_MET ||
		    (needs == NEEDS_OPEN && run->pending < run->g->spec->jobs))
			start_machine(run, &j->def, 1);
	}
}

static bool failed_already(const struct lab_run *run)
{
	size_t i;

	for (i = 0; i < run->lab->tests_count; i++)
		if (verdict_is_failure(run->tests[i].verdict))
			return true;
	return false;
}

/*
 * Start what can be started. Called again after each machine, it starts tests
 * whose needs have been met meanwhile, and those that a dying machine took along.
 */
static void schedule(struct lab_run *run)
{
	if (run->g->spec->first_failure && failed_already(run))
		return;
	/* One after another, what was found in one machine may spare the next. */
	if (!run->pending)
		while (start_shared(run) && run->g->spec->jobs > 1)
			;
	start_alone(run);
}

/* ---------------------------------------------------------------- builds */

static json_t *build_work(void *arg)
{
	struct build_job *job = arg;
	struct lab_run *run = job->run;

	if (run->g->spec->waiting)
		tell("compiling");
	return compile_part(run->g->kit, run->lab, job->part, run->g->collection,
			    workdir_path(run->g->workdir),
			    run->g->spec->own ? COMPILE_OWN : COMPILE_TO_GRADE);
}

static void build_done(void *arg, json_t *result, const char *why)
{
	struct build_job *job = arg;
	struct lab_run *run = job->run;
	enum part part = job->part;
	size_t i;

	wait_for(run, job, NULL);
	/* What was our fault may be gone; once, as with a machine. */
	if ((!result || text_is(result, "verdict", "broken")) && !job->again) {
		job->again = true;
		json_decref(result);
		pool_add(run->g->pool, build_work, build_done, job);
		return;
	}
	compile_take(&run->compiled, part, result, why);
	json_decref(result);
	free(job);
	for (i = 0; i < run->lab->tests_count; i++) {
		struct judgement *j = &run->tests[i];

		if (run->compiled.part[part].verdict != VERDICT_PASS &&
		    j->verdict == VERDICT_NONE && manifest_needs_part(run->lab, j->def, part))
			judgement_from_build(j, run->lab, part, &run->compiled);
	}
	if (--run->builds == 0)
		schedule(run);
}

static void start_builds(struct lab_run *run)
{
	struct lab_def only;
	enum part part;

	for (part = 0; part < PARTS; part++) {
		struct build_job *job;

		if (!manifest_part_of(run->lab, part, &only))
			continue;
		job = xcalloc(1, sizeof(*job));
		*job = (struct build_job){ run, part, false };
		run->builds++;
		pool_add(run->g->pool, build_work, build_done, job);
	}
}

/* ----------------------------------------------------------------- grade */

static void add_run(struct grading *g, const struct lab_def *lab)
{
	struct lab_run *run = &g->runs[g->runs_count++];
	size_t i;

	run->g = g;
	run->lab = lab;
	run->machines = json_array();
	for (i = 0; i < lab->tests_count; i++) {
		run->tests[i].def = &lab->tests[i];
		/* A machine has one picture; and what is asked for by name is not many. */
		run->tests[i].alone = lab->tests[i].evidence & (CHECK_CARD | CHECK_FRAMES) ||
				      (g->spec->only && lab->module);
		if (g->spec->only && !word_listed(g->spec->only, lab->tests[i].id))
			run->tests[i].left_out = true;
		if (run->tests[i].left_out)
			run->tests[i].verdict = VERDICT_BLOCKED;
	}
	start_builds(run);
}

static json_t *document(struct grading *g, const char *started, int64_t ms)
{
	const struct grade_spec *spec = g->spec;
	json_t *doc, *labs = json_array();
	size_t i;

	doc = result_new(g->kit, spec, g->collection, started, ms,
			 g->templates_count ? accel_name(g->templates[0].accel) : "none");
	for (i = 0; i < g->runs_count; i++) {
		struct lab_run *run = &g->runs[i];

		json_array_append_new(labs, result_lab(run->lab, run->tests, &run->compiled,
						       run->machines));
	}
	json_object_set_new(doc, "labs", labs);
	json_object_set(doc, "notes", g->notes);
	if (spec->pictures == PICTURES_INSIDE)
		result_take_pictures(g->kit, doc);
	result_close(doc, g->suspicions);
	return doc;
}

static void grading_free(struct grading *g)
{
	size_t i, k;

	for (i = 0; i < g->runs_count; i++) {
		json_decref(g->runs[i].machines);
		compile_clear(&g->runs[i].compiled);
		for (k = 0; k < g->runs[i].lab->tests_count; k++)
			judgement_reset(&g->runs[i].tests[k]);
	}
	for (i = 0; i < g->templates_count; i++)
		template_close(&g->templates[i]);
	json_decref(g->notes);
	json_decref(g->suspicions);
	free(g->pictures);
	pool_free(g->pool);
	workdir_close(g->workdir);
	collection_free(g->collection);
	free(g);
}

int seed_parse(const char *text, uint64_t *seed, struct err *e)
{
	char *end;

	if (!text || !*text) {
		if (getrandom(seed, sizeof(*seed), 0) != sizeof(*seed))
			return err_set(e, EIO, "no random seed from the system");
		return 0;
	}
	errno = 0;
	*seed = strtoull(text, &end, 16);
	if (*end || errno || strspn(text, "0123456789abcdefABCDEF") != strlen(text))
		return err_set(e, EINVAL, "--seed takes up to 16 hexadecimal digits, not '%s'",
			       text);
	return 0;
}

int grade(const struct kit *kit, const struct manifest *m, const struct grade_spec *spec,
	  json_t **out, struct err *e)
{
	struct grading *g = xcalloc(1, sizeof(*g));
	int64_t t0 = clock_ms();
	char started[32];
	size_t i;
	int ret;

	utc_text(time(NULL), started);
	g->kit = kit;
	g->spec = spec;
	g->pool = pool_new(spec->jobs);
	g->notes = json_array();
	g->suspicions = json_array();
	if (spec->waiting) {
		pool_listen(g->pool, told);
		pool_tick(g->pool, WAITING_TURN_MS, waiting_show, spec->waiting);
	}
	if (spec->pictures == PICTURES_FILES)
		g->pictures = result_pictures(spec);
	ret = collect(spec->submission, m, spec->lab, &g->collection, e);
	if (!ret)
		ret = workdir_open(kit, &g->workdir, e);
	if (!ret && spec->pictures == PICTURES_INSIDE)
		g->pictures =
			xasprintf("%s/pictures", workdir_path(g->workdir) + strlen(kit->root) + 1);
	/* Found out once here, not again in each worker. */
	if (!ret && confine_level(e) < 0)
		ret = -EIO;
	for (i = 0; i < m->labs_count && !ret; i++)
		if (!spec->lab || spec->lab == &m->labs[i])
			add_run(g, &m->labs[i]);
	if (!ret)
		ret = open_templates(g, e);
	if (!ret) {
		pool_run(g->pool);
		*out = document(g, started, clock_ms() - t0);
	}
	grading_free(g);
	return ret;
}
