// SPDX-License-Identifier: GPL-2.0-only
/*
 * batch_run.c - grades what is missing, see batch.h. Each job is one submission in
 * some of its labs; no machine has ever run what another person handed in. The user
 * labs of a job take turns in one machine (unit.h), a driver has machines of its own,
 * as with `mmaplab grade`. What a job found is in the store before it is counted.
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
#include "unit.h"
#include "util.h"

/* A line for a terminal at each change; for a file or a pipe, seldom. */
#define QUIET_MS 30000

struct runner {
	struct batch *b;
	struct pool *pool;
	json_t *planned; /* what has been taken up already */
	struct job *first, **last;
	char judge[MANIFEST_MAX_LABS][65];
	size_t gradings, ended;
	int64_t began, said;
	bool terminal;
	struct err *e;
	int ret;
};

/* A submission in one lab. */
struct piece {
	const struct lab_def *lab;
	char *sha256;
	bool ended;
};

struct job {
	struct runner *r;
	struct job *next;
	const char *path;
	char *student;
	long long submission;
	struct piece piece[MANIFEST_MAX_LABS];
	size_t count;
};

/* ------------------------------------------------------------ in a worker */

static json_t *grade_one(const struct job *j, const struct piece *p, struct unit_keeper *keeper)
{
	const struct batch *b = j->r->b;
	struct grade_spec spec = {
		.submission = j->path,
		.name = j->student,
		.lab = p->lab,
		.seed = b->seed,
		.accel = b->accel,
		.pictures = PICTURES_INSIDE,
		.keeper = j->count > 1 ? keeper : NULL,
	};
	struct err e = { 0 };
	json_t *doc;

	if (grade(b->kit, b->m, &spec, &doc, &e)) {
		char *text = clean_text(e.text, strlen(e.text));

		return json_pack("{s:s}", "error", text);
	}
	return doc;
}

static json_t *work(void *arg)
{
	const struct job *j = arg;
	struct unit_keeper keeper = { 0 };
	size_t i;

	for (i = 0; i < j->count; i++)
		pool_tell(json_pack("{s:I,s:o}", "piece", (json_int_t)i, "result",
				    grade_one(j, &j->piece[i], &keeper)));
	unit_keeper_clear(&keeper);
	return json_true();
}

/* -------------------------------------------------------------- progress */

static void say(struct runner *r, bool last)
{
	int64_t now = clock_ms(), ms = now - r->began;
	double rate = ms > 0 ? (double)r->ended * 1000 / (double)ms : 0;
	long left = rate > 0 ? (long)((double)(r->gradings - r->ended) / rate) : 0;
	char until[48] = "";

	if (!r->terminal && !last && now - r->said < QUIET_MS)
		return;
	r->said = now;
	if (r->ended < r->gradings && rate > 0)
		snprintf(until, sizeof(until), ", %ld:%02ld min left", left / 60, left % 60);
	fprintf(stderr, "%s%zu of %zu gradings, %.1f a second%s, %u held, %u broken%s",
		r->terminal ? "\r\033[K" : "", r->ended, r->gradings, rate, until, r->b->held,
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
static const char *problem_of(const struct piece *p, const json_t *result, const char *why)
{
	const char *error = json_string_value(json_object_get(result, "error"));
	const char *sha256 =
		json_string_value(json_object_get(json_object_get(result, "submission"), "sha256"));

	if (!result || error)
		return result ? error : why;
	if (!sha256 || strcmp(sha256, p->sha256))
		return "the submission was changed while it was graded";
	return NULL;
}

static void end_one(const struct job *j, const struct piece *p, json_t *result, const char *why)
{
	struct runner *r = j->r;
	const char *problem = problem_of(p, result, why);
	char seed[17];
	struct store_grading g = { j->submission, p->lab->id, p->sha256, seed,
				   r->judge[p->lab - r->b->m->labs] };

	if (r->ret)
		return;
	seed_text(r->b->seed, seed);
	r->ret = store_add_grading(r->b->store, &g, problem ? NULL : result, problem, r->e);
	if (r->ret) {
		pool_stop(r->pool);
	} else {
		r->ended++;
		count(r->b, problem ? NULL : result);
		say(r, false);
	}
}

static void told(void *arg, json_t *part)
{
	struct job *j = arg;
	size_t i = (size_t)integer_of(part, "piece");

	if (i < j->count && !j->piece[i].ended) {
		end_one(j, &j->piece[i], json_object_get(part, "result"), "");
		j->piece[i].ended = true;
	}
	json_decref(part);
}

/* A job of one piece. */
static struct job *job_new(struct runner *r, const char *path, const char *student,
			   long long submission, struct piece piece)
{
	struct job *j = xcalloc(1, sizeof(*j));

	j->r = r;
	j->path = path;
	j->student = xstrdup(student);
	j->submission = submission;
	j->piece[j->count++] = piece;
	return j;
}

static void end(void *arg, json_t *result, const char *why)
{
	struct job *j = arg;
	struct runner *r = j->r;
	size_t i;

	for (i = 0; i < j->count; i++) {
		struct piece *p = &j->piece[i];

		/* Which lab has cost the worker its life? The others do not suffer for it. */
		if (!p->ended && j->count > 1 && !r->ret) {
			pool_add(r->pool, work, end,
				 job_new(r, j->path, j->student, j->submission, *p));
			continue;
		}
		if (!p->ended)
			end_one(j, p, NULL, why);
		free(p->sha256);
	}
	json_decref(result);
	free(j->student);
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
	j = job_new(r, path, student, integer_of(row, "id"),
		    (struct piece){ lab, xstrdup(sha256), false });
	r->gradings++;
	*r->last = j;
	r->last = &j->next;
}

/* May the grading of @next be done behind those of @j? A job has @most at most. */
static bool go_together(const struct job *j, const struct job *next, size_t most)
{
	return j->submission == next->submission && j->count < most &&
	       !j->piece[j->count - 1].lab->module && !next->piece[0].lab->module;
}

/* A few gradings are shared out to all workers, though not so many share a machine then. */
static void start_all(struct runner *r)
{
	size_t workers = r->b->jobs > 0 ? (size_t)r->b->jobs : 1;
	size_t most = (r->gradings + workers - 1) / workers;
	struct job *j, *next;

	for (j = r->first; j; j = next) {
		for (next = j->next; next && go_together(j, next, most); next = j->next) {
			j->piece[j->count++] = next->piece[0];
			j->next = next->next;
			free(next->student);
			free(next);
		}
		pool_add(r->pool, work, end, j);
	}
	r->first = NULL;
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

/* Found out and made once, here, not again in each worker. */
static int prepare(const struct batch *b, struct err *e)
{
	const struct profile *profiles[KIT_MAX_PROFILES];
	struct template templates[KIT_MAX_PROFILES];
	size_t i, n = 0;
	int ret = confine_level(e);

	for (i = 0; i < b->m->labs_count && ret >= 0; i++)
		if (batch_wants(b, &b->m->labs[i]))
			ret = template_profiles(b->kit, &b->m->labs[i], profiles, &n, e);
	if (ret >= 0)
		ret = template_open_all(b->kit, profiles, n, b->accel, templates, e);
	for (i = 0; i < n && ret >= 0; i++)
		template_close(&templates[i]);
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

	r.last = &r.first;
	r.pool = pool_new(b->jobs);
	pool_listen(r.pool, told);
	pool_batch(r.pool);
	r.terminal = isatty(STDERR_FILENO);
	r.ret = plan_all(&r);
	start_all(&r);
	if (!r.ret && r.gradings)
		r.ret = prepare(b, e);
	if (r.ret)
		pool_stop(r.pool);
	r.began = r.said = clock_ms();
	tell_when_stopped();
	pool_run(r.pool);
	if (r.gradings)
		say(&r, true);
	pool_free(r.pool);
	json_decref(r.planned);
	return r.ret;
}
