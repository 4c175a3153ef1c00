// SPDX-License-Identifier: GPL-2.0-only
/*
 * trial.c - many changed solutions, graded by some workers; see trial.h.
 */
#include "trial.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "build_cache.h"
#include "grade.h"
#include "pool.h"
#include "unit.h"
#include "util.h"
#include "workdir.h"

#define BATCH_MAX 40
#define EACH "machines of each profile"

struct queue {
	struct batch *first, **last;
};

struct trials {
	const struct kit *kit;
	const struct manifest *m;
	struct workdir *workdir;
	struct pool *pool;
	char *solutions; /* folder */
	uint64_t seed;
	trial_done done;
	const struct lab_def *lab; /* of what follows, not yet jobs */
	struct batch *batches;
	struct batch *right; /* trials that the others' batches end with */
	struct queue shared, single; /* complete, lab after lab; see deal() */
};

/*
 * Trials of one lab that one worker grades. The same machines serve all of them, and are
 * kept from the first to the control.
 */
struct batch {
	struct batch *next;
	struct trials *ts;
	const char *machines; /* see machines_of() */
	struct trial trial[BATCH_MAX + 1]; /* the last may be a right one */
	size_t count;
};

/* ------------------------------------------------------------ in a worker */

/* The lab's solution with the patch applied, as a submission. */
static int lay_out(const struct trial *t, const char *dir, struct err *e)
{
	const char *argv[] = { "patch", "-s", "-p1", "-d", dir, "-i", t->patch, NULL };
	char *answer;
	size_t i;
	int ret = 0;

	for (i = 0; i < t->lab->files_count && !ret; i++) {
		char *from = xasprintf("%s/%s", t->source, t->lab->files[i]);
		char *to = xasprintf("%s/%s", dir, t->lab->files[i]);

		ret = copy_file(from, to, e);
		free(from);
		free(to);
	}
	if (ret)
		return ret;
	answer = run_capture(argv);
	if (!answer)
		return err_set(e, EINVAL, "the patch does not apply to %s/%s",
			       strrchr(t->source, '/') + 1, t->lab->files[0]);
	free(answer);
	return 0;
}

static json_t *grade_trial(const struct trials *ts, const struct trial *t,
			   struct unit_keeper *keeper)
{
	char *dir = t->patch ?
			    xasprintf("%s/%s-%s", workdir_path(ts->workdir), t->lab->id, t->name) :
			    xstrdup(t->source);
	struct grade_spec spec = {
		.submission = dir,
		.name = t->name,
		.lab = t->lab,
		.seed = t->seed ? t->seed : ts->seed,
		.cold = t->cold,
		.keeper = t->alone ? NULL : keeper,
		.only = t->only,
		.first_failure = t->first_failure,
		.own = true,
	};
	json_t *doc = NULL;
	struct err e = { 0 };
	int ret = 0;

	if (t->patch) {
		/* A worker that was killed has left its own behind. */
		remove_tree(dir);
		ret = lay_out(t, dir, &e);
	}
	if (!ret)
		ret = grade(ts->kit, ts->m, &spec, &doc, &e);
	if (!ret && t->look)
		t->look(t, dir, doc);
	if (t->patch)
		remove_tree(dir);
	free(dir);
	return ret ? json_pack("{s:s}", "error", e.text) : doc;
}

json_t *trial_tests(const json_t *doc)
{
	return json_object_get(json_array_get(json_object_get(doc, "labs"), 0), "tests");
}

/* All tests, or those of @only, which may be NULL. */
static bool passes(const json_t *doc, const char *only)
{
	json_t *tests = trial_tests(doc), *test;
	bool all = json_array_size(tests) > 0;
	size_t i;

	json_array_foreach(tests, i, test)
		all &= (only && !word_listed(only, text_of(test, "id"))) ||
		       text_is(test, "verdict", "pass");
	return all;
}

/* Does the lab's solution pass all that the trials were asked, in their machine? */
static bool control_passes(const struct batch *b, struct unit_keeper *keeper)
{
	struct trial control = {
		.lab = b->trial[0].lab,
		.name = "control",
		.source = b->ts->solutions,
	};
	char *only = xstrdup(" "), *more;
	bool passed, all = false;
	json_t *doc;
	size_t i;

	for (i = 0; i < b->count; i++) {
		more = xasprintf("%s%s", only, b->trial[i].only ? b->trial[i].only : "");
		all |= !b->trial[i].only;
		free(only);
		only = more;
	}
	control.only = all ? NULL : only;
	doc = grade_trial(b->ts, &control, keeper);
	passed = passes(doc, control.only);
	json_decref(doc);
	free(only);
	return passed;
}

/* The last one is right, and each that is passes where the others have been. */
static bool right_ones_pass(const struct batch *b, const json_t *docs)
{
	size_t i;

	for (i = 0; i < b->count; i++)
		if (b->trial[i].right && !passes(json_array_get(docs, i), NULL))
			return false;
	return b->trial[b->count - 1].right;
}

static json_t *grade_batch(void *arg)
{
	struct batch *b = arg;
	struct unit_keeper keeper = { 0 };
	json_t *docs = json_array();
	size_t i;

	for (i = 0; i < b->count; i++)
		json_array_append_new(docs, grade_trial(b->ts, &b->trial[i],
							b->machines ? &keeper : NULL));
	if (unit_keeper_holds(&keeper) && !right_ones_pass(b, docs) && !control_passes(b, &keeper))
		for (i = 0; i < b->count; i++)
			json_array_set_new(docs, i, grade_trial(b->ts, &b->trial[i], NULL));
	unit_keeper_clear(&keeper);
	return docs;
}

/* ------------------------------------------------------------ in the grader */

static void end_batch(void *arg, json_t *docs, const char *why);

static void deal_queue(struct pool *pool, struct queue *q)
{
	const struct lab_def *lab;
	struct batch **p, *b;

	while (q->first)
		for (p = &q->first, lab = NULL; (b = *p);) {
			if (b->trial[0].lab == lab) {
				p = &b->next;
				continue;
			}
			lab = b->trial[0].lab;
			*p = b->next;
			pool_add(pool, grade_batch, end_batch, b);
		}
	q->last = &q->first;
}

/*
 * What is complete becomes jobs, one of each lab in turn: where one lab's machines wait,
 * another's have something to do. The long ones come first, so that none is left for the end.
 */
static void deal(struct trials *ts)
{
	deal_queue(ts->pool, &ts->shared);
	deal_queue(ts->pool, &ts->single);
}

static void end_batch(void *arg, json_t *docs, const char *why)
{
	struct batch *b = arg;
	size_t i;

	for (i = 0; i < b->count; i++) {
		json_t *doc = json_array_get(docs, i);
		const char *error = json_string_value(json_object_get(doc, "error"));

		if (!doc)
			error = why;
		b->ts->done(&b->trial[i], error ? NULL : doc, error);
	}
	json_decref(docs);
	/* One may have been added. */
	deal(b->ts);
	free(b);
}

/*
 * Which machines the trial can have with others: the name of the profile that all its tests
 * want, or EACH if they want several. NULL for a wrong one that is asked for what needs
 * several processors: a driver that loses such races writes to memory which the kernel has
 * given to others.
 */
static const char *machines_of(const struct kit *kit, const struct trial *t)
{
	const char *machines = NULL;
	size_t i;

	for (i = 0; i < t->lab->tests_count; i++) {
		const struct test_def *test = &t->lab->tests[i];
		const struct profile *p;

		if (t->only && !word_listed(t->only, test->id))
			continue;
		p = kit_profile(kit, test->profile, NULL);
		if (!p || (p->cpus > 1 && !t->right))
			return NULL;
		machines = machines && strcmp(machines, p->name) != 0 ? EACH : p->name;
	}
	return machines;
}

/* Take the batch at @p out of the list: it is complete, and ends with a right one. */
static void queue(struct trials *ts, struct batch **p)
{
	struct batch *b = *p, *right;
	struct queue *q;

	/* From here on none, where it is the right ones themselves that are queued. */
	*p = b->next;
	right = ts->right;
	if (right && b->machines && !strcmp(right->machines, b->machines)) {
		b->trial[b->count++] = right->trial[--right->count];
		if (!right->count) {
			free(right);
			ts->right = NULL;
		}
	}
	q = b->count > 1 ? &ts->shared : &ts->single;
	b->next = NULL;
	*q->last = b;
	q->last = &b->next;
}

/* Right ones that are left have a machine among themselves. */
static void queue_all(struct trials *ts)
{
	while (ts->batches)
		queue(ts, &ts->batches);
	if (ts->right)
		queue(ts, &ts->right);
}

void trials_add(struct trials *ts, const struct trial *t)
{
	const char *machines = t->alone ? NULL : machines_of(ts->kit, t);
	struct batch **p, *b;

	if (ts->lab != t->lab)
		queue_all(ts);
	ts->lab = t->lab;
	if (t->right && machines)
		p = &ts->right;
	else
		for (p = &ts->batches; *p && (!machines || strcmp((*p)->machines, machines));
		     p = &(*p)->next)
			;
	b = *p;
	if (b && b->count == BATCH_MAX) {
		queue(ts, p);
		b = NULL;
	}
	if (!b) {
		b = xcalloc(1, sizeof(*b));
		b->ts = ts;
		b->machines = machines;
		b->next = *p;
		*p = b;
	}
	b->trial[b->count++] = *t;
	/* What shares nothing is a job by itself: a long one keeps no others waiting. */
	if (!machines)
		queue(ts, p);
}

void trials_run(struct trials *ts)
{
	do {
		queue_all(ts);
		deal(ts);
		pool_run(ts->pool);
	} while (ts->batches || ts->right);
}

int trials_open(const struct kit *kit, const struct manifest *m, uint64_t seed, int workers,
		trial_done done, struct trials **out, struct err *e)
{
	char *solutions = kit_path(kit, "solutions/labs");
	bool there = !access(solutions, F_OK);
	struct trials *ts;
	int ret;

	free(solutions);
	if (!there)
		return err_set(
			e, ENOENT,
			"this needs the kit's solutions, and a checkout for students has none\n"
			"next: take the project's main branch");
	ts = xcalloc(1, sizeof(*ts));
	*ts = (struct trials){ .kit = kit, .m = m, .seed = seed, .done = done };
	ts->shared.last = &ts->shared.first;
	ts->single.last = &ts->single.first;
	ret = workdir_open(kit, &ts->workdir, e);
	if (ret) {
		free(ts);
		return ret;
	}
	build_cache_prune(kit);
	ts->solutions = kit_path(kit, "solutions");
	/* One more than there are processors: some machines wait for a deadline. */
	ts->pool = pool_new(workers ? workers : (int)sysconf(_SC_NPROCESSORS_ONLN) + 1);
	pool_batch(ts->pool);
	*out = ts;
	return 0;
}

void trials_close(struct trials *ts)
{
	if (!ts)
		return;
	workdir_close(ts->workdir);
	pool_free(ts->pool);
	free(ts->solutions);
	free(ts);
}
