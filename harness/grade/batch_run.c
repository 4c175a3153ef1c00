// SPDX-License-Identifier: GPL-2.0-only
/*
 * batch_run.c - grades what is missing, see batch.h. Each job is one submission
 * in one lab: it has machines of its own, as with `mmaplab grade`, and its result
 * is in the store before the next one is counted.
 */
#include "batch.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "confine.h"
#include "fingerprint.h"
#include "pool.h"
#include "util.h"

/* A line for a terminal at each change; for a file or a pipe, seldom. */
#define QUIET_MS 30000

struct runner {
	struct batch *b;
	struct pool *pool;
	json_t *planned; /* what has been taken up already */
	char judge[MANIFEST_MAX_LABS][65];
	size_t jobs, ended;
	int64_t began, said;
	bool terminal;
	struct err *e;
	int ret;
};

struct job {
	struct runner *r;
	const struct lab_def *lab;
	const char *path;
	char *student;
	char *sha256;
	long long submission;
};

/* ------------------------------------------------------------ in a worker */

static json_t *work(void *arg)
{
	const struct job *j = arg;
	const struct batch *b = j->r->b;
	struct grade_spec spec = {
		.submission = j->path,
		.name = j->student,
		.lab = j->lab,
		.seed = b->seed,
		.accel = b->accel,
		.pictures = PICTURES_INSIDE,
	};
	struct err e = { 0 };
	json_t *doc;

	if (grade(b->kit, b->m, &spec, &doc, &e)) {
		char *text = clean_text(e.text, strlen(e.text));

		return json_pack("{s:s}", "error", text);
	}
	return doc;
}

/* -------------------------------------------------------------- progress */

static void say(struct runner *r, bool last)
{
	int64_t now = clock_ms(), ms = now - r->began;
	double rate = ms > 0 ? (double)r->ended * 1000 / (double)ms : 0;
	long left = rate > 0 ? (long)((double)(r->jobs - r->ended) / rate) : 0;
	char until[48] = "";

	if (!r->terminal && !last && now - r->said < QUIET_MS)
		return;
	r->said = now;
	if (r->ended < r->jobs && rate > 0)
		snprintf(until, sizeof(until), ", %ld:%02ld min left", left / 60, left % 60);
	fprintf(stderr, "%s%zu of %zu gradings, %.1f a second%s, %u held, %u broken%s",
		r->terminal ? "\r\033[K" : "", r->ended, r->jobs, rate, until, r->b->held,
		r->b->broken, r->terminal && !last ? "" : "\n");
}

/* -------------------------------------------------------------- in the batch */

static void count(struct batch *b, const json_t *doc)
{
	const char *status = json_string_value(json_object_get(doc, "status"));

	b->graded++;
	b->broken += !status || !strcmp(status, "broken");
	b->held += status && !strcmp(status, "held");
}

/* Why this result is none, or NULL. */
static const char *problem_of(const struct job *j, const json_t *result, const char *why)
{
	const char *error = json_string_value(json_object_get(result, "error"));
	const char *sha256 =
		json_string_value(json_object_get(json_object_get(result, "submission"), "sha256"));

	if (!result || error)
		return result ? error : why;
	if (!sha256 || strcmp(sha256, j->sha256))
		return "the submission was changed while it was graded";
	return NULL;
}

static void end(void *arg, json_t *result, const char *why)
{
	struct job *j = arg;
	struct runner *r = j->r;
	const char *problem = problem_of(j, result, why);
	char seed[17];
	struct store_grading g = { j->submission, j->lab->id, j->sha256, seed,
				   r->judge[j->lab - r->b->m->labs] };

	seed_text(r->b->seed, seed);
	if (!r->ret) {
		r->ret = store_add_grading(r->b->store, &g, problem ? NULL : result, problem, r->e);
		if (r->ret) {
			pool_stop(r->pool);
		} else {
			r->ended++;
			count(r->b, problem ? NULL : result);
			say(r, false);
		}
	}
	json_decref(result);
	free(j->student);
	free(j->sha256);
	free(j);
}

bool batch_wants(const struct batch *b, const struct lab_def *lab)
{
	size_t i;

	if (b->labs)
		return word_listed(b->labs, lab->id);
	for (i = 0; i < b->course->count; i++)
		if (b->course->lab[i].lab == lab)
			return true;
	return false;
}

/* What decides about a lab: its suite, its tests' points and needs, its evidence. */
static int judge_of(const struct batch *b, const struct lab_def *lab, char sum[65], struct err *e)
{
	static const char *const parts[] = { "build/labs/%s/check", "labs/%s/tests.tsv",
					     "labs/%s/evidence.tsv" };
	struct fingerprint *f = fingerprint_new();
	int ret = 0;
	size_t i;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]) && !ret; i++) {
		char *name = xasprintf(parts[i], lab->id), *path = kit_path(b->kit, "%s", name);

		ret = fingerprint_file(f, name, path, e);
		/* Most labs have no list of evidence. */
		if (ret == -ENOENT && i == 2)
			ret = 0;
		free(name);
		free(path);
	}
	fingerprint_end(f, sum);
	return ret;
}

static bool again(const struct batch *b, const struct lab_def *lab, bool same_judge)
{
	if (!b->regrade)
		return false;
	return *b->regrade ? !strcmp(b->regrade, lab->id) : !same_judge;
}

/* One part of a submission: is it to be graded? */
static void plan(struct runner *r, const json_t *row, const char *path)
{
	struct batch *b = r->b;
	struct err none = { 0 };
	const char *id = json_string_value(json_object_get(row, "lab"));
	const char *student = json_string_value(json_object_get(row, "student"));
	const char *sha256 = json_string_value(json_object_get(row, "sha256"));
	const char *judge = json_string_value(json_object_get(row, "judge"));
	const struct lab_def *lab = manifest_find_lab(b->m, id, &none);
	bool same = lab && judge && !strcmp(judge, r->judge[lab - b->m->labs]), known;
	char *key = xasprintf("%s\n%s\n%s", student, id, sha256);
	struct job *j;

	known = json_object_get(r->planned, key) != NULL;
	json_object_set_new(r->planned, key, json_true());
	free(key);
	if (!lab || known || !batch_wants(b, lab))
		return;
	if (judge && !again(b, lab, same)) {
		b->kept++;
		b->older += !same;
		return;
	}
	j = xcalloc(1, sizeof(*j));
	*j = (struct job){ r,
			   lab,
			   path,
			   xstrdup(student),
			   xstrdup(sha256),
			   json_integer_value(json_object_get(row, "id")) };
	r->jobs++;
	pool_add(r->pool, work, end, j);
}

static int plan_all(struct runner *r)
{
	struct batch *b = r->b;
	size_t i, k;
	json_t *rows, *row;
	int ret = 0;

	for (i = 0; i < b->m->labs_count && !ret; i++)
		if (batch_wants(b, &b->m->labs[i]))
			ret = judge_of(b, &b->m->labs[i], r->judge[i], r->e);
	for (i = 0; i < b->sources.count && !ret; i++) {
		rows = store_rows(
			b->store, r->e,
			"SELECT s.id, s.student, p.lab, p.sha256, (SELECT g.judge FROM gradings g"
			"   JOIN submissions x ON x.id = g.submission WHERE x.student = s.student"
			"   AND g.lab = p.lab AND g.sha256 = p.sha256 AND g.status <> 'broken'"
			"   ORDER BY g.id DESC LIMIT 1) AS judge"
			" FROM submissions s JOIN parts p ON p.submission = s.id"
			" WHERE s.id = ? ORDER BY p.lab",
			"i", b->submission[i]);
		ret = rows ? 0 : -EIO;
		json_array_foreach(rows, k, row)
			plan(r, row, b->sources.source[i].path);
		json_decref(rows);
	}
	return ret;
}

/* Is a machine of this profile needed? */
static bool needs_profile(const struct batch *b, const char *name)
{
	size_t i, k;

	for (i = 0; i < b->m->labs_count; i++)
		for (k = 0; batch_wants(b, &b->m->labs[i]) && k < b->m->labs[i].tests_count; k++)
			if (!strcmp(b->m->labs[i].tests[k].profile, name))
				return true;
	return false;
}

/* Found out and made once, here, not again in each worker. */
static int prepare(const struct batch *b, struct err *e)
{
	struct template t;
	size_t i;
	int ret = confine_level(e);

	for (i = 0; i < b->kit->profiles_count && ret >= 0; i++) {
		if (!needs_profile(b, b->kit->profiles[i].name))
			continue;
		ret = template_open(b->kit, &b->kit->profiles[i], b->accel, &t, e);
		if (!ret)
			template_close(&t);
	}
	return ret < 0 ? ret : 0;
}

/* The workers have this handler, too, and one word is enough. */
static pid_t told_by;

static void stopped(int sig)
{
	static const char word[] = "\nmmaplab: stopped; every grading that had ended is kept\n"
				   "next: the same command again goes on from there\n";
	ssize_t told = getpid() == told_by ? write(STDERR_FILENO, word, sizeof(word) - 1) : 0;

	(void)told;
	/* SA_RESETHAND: this time it ends the process, as whoever waits for it expects. */
	raise(sig);
}

static void tell_when_stopped(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	const struct sigaction sa = { .sa_handler = stopped, .sa_flags = SA_RESETHAND };
	struct sigaction now;
	size_t i;

	told_by = getpid();
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		/* nohup's is to stay ignored. */
		if (!sigaction(signals[i], NULL, &now) && now.sa_handler != SIG_IGN)
			sigaction(signals[i], &sa, NULL);
}

int batch_run(struct batch *b, struct err *e)
{
	struct runner r = { .b = b, .e = e, .planned = json_object() };

	r.pool = pool_new(b->jobs);
	r.terminal = isatty(STDERR_FILENO);
	r.ret = plan_all(&r);
	if (!r.ret && r.jobs)
		r.ret = prepare(b, e);
	if (r.ret)
		pool_stop(r.pool);
	r.began = r.said = clock_ms();
	tell_when_stopped();
	pool_run(r.pool);
	if (r.jobs)
		say(&r, true);
	pool_free(r.pool);
	json_decref(r.planned);
	return r.ret;
}
