// SPDX-License-Identifier: GPL-2.0-only
/*
 * soak.c - `mmaplab soak`: does the same code get the same verdicts every time?
 *
 * In each round the solution and some wrong ones of every lab are graded as a
 * student's, with a new seed, four at a time, while as many processes as there
 * are processors do nothing but count. Each round of COLD_EVERY boots its
 * machines. Whatever differs from the first round is told with its seed.
 *
 * What was found is a line of build/soak/records.jsonl
 * as soon as it is known, so a
 * run can be stopped at any moment, and goes on when it is started again.
 */
#include <argp.h>
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands.h"
#include "grade.h"
#include "trial.h"
#include "util.h"

#define ROUNDS 10
#define WRONG 2
#define MACHINES 4
#define COLD_EVERY 20
#define LOAD_MAX 64

struct soak {
	const struct kit *kit;
	const struct manifest *m;
	struct trials *trials;
	unsigned rounds, wrong, load;
	char *path;
	int fd; /* of the records, appended to */
	json_t *first; /* item -> the record of its first round */
	json_t *done; /* "item round" -> true */
	pid_t burners[LOAD_MAX];
	unsigned gradings, machines, changes;
	int64_t ms;
};

/* One solution in one round. */
struct item {
	struct soak *s;
	char *name; /* 02-records/solution */
	char *solutions; /* folder */
	char *patch; /* or NULL */
	unsigned round;
};

/* ---------------------------------------------------------------- records */

/* "pass", or the tests that did not pass with their verdicts. */
static char *describe(json_t *doc)
{
	json_t *tests = trial_tests(doc);
	char *text = xstrdup(""), *more;
	json_t *test;
	size_t i;

	json_array_foreach(tests, i, test) {
		const char *v = json_string_value(json_object_get(test, "verdict"));

		if (!strcmp(v, "pass"))
			continue;
		more = xasprintf("%s%s%s %s", text, *text ? ", " : "",
				 json_string_value(json_object_get(test, "id")), v);
		free(text);
		text = more;
	}
	if (json_array_size(json_object_get(doc, "held"))) {
		more = xasprintf("%s%sheld", text, *text ? ", " : "");
		free(text);
		text = more;
	}
	if (*text)
		return text;
	free(text);
	return xstrdup("pass");
}

/* How to see it again. */
static char *replay(const char *name, const char *seed, bool cold)
{
	int lab = (int)strcspn(name, "/");

	if (!strcmp(name + lab, "/solution"))
		return xasprintf("make grade SUBMISSION=solutions LAB=%.*s SEED=%s%s", lab, name,
				 seed, cold ? " COLD=1" : "");
	return xasprintf("make wrong LAB=%s SEED=%s", name, seed);
}

/* Count a record, and tell when it differs from the first one of its item. */
static void take(struct soak *s, json_t *record)
{
	const char *name = text_of(record, "item"), *verdicts = text_of(record, "verdicts");
	json_t *first = json_object_get(s->first, name);
	char *key = xasprintf("%s %d", name,
			      (int)json_integer_value(json_object_get(record, "round"))),
	     *command;

	json_object_set_new(s->done, key, json_true());
	s->gradings++;
	s->machines += (unsigned)json_integer_value(json_object_get(record, "machines"));
	s->ms += json_integer_value(json_object_get(record, "ms"));
	if (!first) {
		json_object_set(s->first, name, record);
	} else if (strcmp(verdicts, text_of(first, "verdicts"))) {
		command = replay(name, text_of(record, "seed"),
				 json_is_true(json_object_get(record, "cold")));
		printf("CHANGED %s: %s\n        before: %s\n        again: %s\n", name, verdicts,
		       text_of(first, "verdicts"), command);
		s->changes++;
		free(command);
	}
	free(key);
}

/* A grader that was killed leaves at most a part of a line behind. */
static int read_records(struct soak *s, struct err *e)
{
	FILE *f = fopen(s->path, "re");
	char *line = NULL;
	off_t whole = 0;
	size_t size = 0;
	ssize_t n;

	while (f && (n = getline(&line, &size, f)) > 0 && line[n - 1] == '\n') {
		json_t *record = json_loadb(line, (size_t)n, 0, NULL);

		if (!*text_of(record, "item") || !*text_of(record, "verdicts")) {
			json_decref(record);
			fclose(f);
			free(line);
			return err_set(e, EINVAL, "%s: byte %lld: no record; move the file away",
				       s->path, (long long)whole);
		}
		take(s, record);
		json_decref(record);
		whole += n;
	}
	if (f)
		fclose(f);
	free(line);
	s->fd = open(s->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (s->fd < 0 || ftruncate(s->fd, whole))
		return err_set(e, errno, "open %s: %s", s->path, strerror(errno));
	return 0;
}

/* All of a line or nothing of it: the next run reads what is there. */
static void write_record(const struct soak *s, const char *line)
{
	off_t before = lseek(s->fd, 0, SEEK_END);

	if (dprintf(s->fd, "%s\n", line) == (int)strlen(line) + 1)
		return;
	fprintf(stderr, "mmaplab: write %s: %s\n", s->path, strerror(errno));
	if (before < 0 || ftruncate(s->fd, before))
		fprintf(stderr, "mmaplab: its last line may be a part of one; remove it\n");
}

static void end_item(const struct trial *t, json_t *doc, const char *error)
{
	struct item *it = t->about;
	struct soak *s = it->s;
	json_t *machines =
		json_object_get(json_array_get(json_object_get(doc, "labs"), 0), "machines");
	char seed[17], *verdicts = error ? xstrdup(error) : describe(doc), *line;
	json_t *record;

	seed_text(t->seed, seed);
	record = json_pack("{s:s,s:i,s:s,s:b,s:i,s:i,s:I,s:s}", "item", it->name, "round",
			   (int)it->round, "seed", seed, "cold", t->cold, "load", (int)s->load,
			   "machines", (int)json_array_size(machines), "ms",
			   json_integer_value(json_object_get(doc, "ms")), "verdicts", verdicts);
	line = json_dumps(record, JSON_COMPACT);
	write_record(s, line);
	take(s, record);
	json_decref(record);
	free(line);
	free(verdicts);
	free(it->name);
	free(it->solutions);
	free(it->patch);
	free(it);
}

/* ----------------------------------------------------------------- rounds */

/* @patch: NULL for the solution. */
static int add(struct soak *s, const struct lab_def *lab, const char *patch, unsigned round,
	       struct err *e)
{
	const char *base = patch ? strrchr(patch, '/') + 1 : "solution";
	char *name = xasprintf("%s/%.*s", lab->id, (int)strcspn(base, "."), base);
	char *key = xasprintf("%s %u", name, round);
	bool done = json_object_get(s->done, key) != NULL;
	struct trial t = { .lab = lab, .alone = true, .cold = round % COLD_EVERY == 0 };
	struct item *it;
	int ret;

	free(key);
	ret = done ? 0 : seed_parse(NULL, &t.seed, e);
	if (done || ret) {
		free(name);
		return ret;
	}
	it = xcalloc(1, sizeof(*it));
	*it = (struct item){ s, name, kit_path(s->kit, "solutions"), patch ? xstrdup(patch) : NULL,
			     round };
	t.name = name + strlen(lab->id) + 1;
	t.source = it->solutions;
	t.patch = it->patch;
	t.about = it;
	trials_add(s->trials, &t);
	return 0;
}

/* The solution, and wrong ones from all over the alphabet. */
static int add_lab(struct soak *s, const struct lab_def *lab, unsigned round, struct err *e)
{
	char *pattern = kit_pattern(s->kit, "solutions/wrong/%s/*.patch", lab->id);
	int ret = add(s, lab, NULL, round, e);
	glob_t g = { 0 };
	unsigned i;

	glob(pattern, 0, NULL, &g);
	for (i = 0; i < s->wrong && i < g.gl_pathc && !ret; i++)
		ret = add(s, lab, g.gl_pathv[(2 * i + 1) * g.gl_pathc / (2 * s->wrong)], round, e);
	globfree(&g);
	free(pattern);
	return ret;
}

/* Processes that do nothing but take processor time, and end with this one. */
static void burn(struct soak *s)
{
	volatile unsigned long count = 0;
	unsigned i;

	for (i = 0; i < s->load; i++) {
		s->burners[i] = fork();
		if (s->burners[i])
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			count++;
	}
}

static void stop_burning(struct soak *s)
{
	unsigned i;

	for (i = 0; i < s->load; i++)
		if (s->burners[i] > 0)
			kill(s->burners[i], SIGKILL);
}

static int run_rounds(struct soak *s, const struct lab_def *only, struct err *e)
{
	unsigned round;
	size_t i;
	int ret = 0;

	for (round = 1; round <= s->rounds && !ret; round++) {
		for (i = 0; i < s->m->labs_count && !ret; i++)
			if (!only || only == &s->m->labs[i])
				ret = add_lab(s, &s->m->labs[i], round, e);
		trials_run(s->trials);
		printf("round %u of %u: %u gradings in %u machines, %u changed\n", round, s->rounds,
		       s->gradings, s->machines, s->changes);
		fflush(stdout);
	}
	return ret;
}

static int write_summary(const struct soak *s, struct err *e)
{
	char *path = kit_path(s->kit, "build/soak/summary.json");
	json_t *doc = json_pack("{s:i,s:i,s:i,s:i,s:i,s:I,s:i}", "rounds", (int)s->rounds, "wrong",
				(int)s->wrong, "items", (int)json_object_size(s->first), "gradings",
				(int)s->gradings, "machines", (int)s->machines, "grading_ms",
				(json_int_t)s->ms, "changes", (int)s->changes);
	int ret = write_json_atomic(path, doc, 0, e);

	json_decref(doc);
	free(path);
	return ret;
}

static int soak(struct soak *s, const char *lab, struct err *e)
{
	const struct lab_def *only = NULL;
	struct manifest *m = NULL;
	struct kit *kit = NULL;
	char *folder;
	int ret = command_open(lab, &kit, &m, &only, e);

	if (ret)
		goto out;
	s->kit = kit;
	s->m = m;
	s->first = json_object();
	s->done = json_object();
	s->path = kit_path(kit, "build/soak/records.jsonl");
	folder = kit_path(kit, "build/soak");
	ret = make_dirs(folder, e);
	if (!ret)
		ret = read_records(s, e);
	if (!ret)
		ret = trials_open(kit, m, 0, MACHINES, end_item, &s->trials, e);
	if (!ret) {
		burn(s);
		ret = run_rounds(s, only, e);
		stop_burning(s);
	}
	if (!ret)
		ret = write_summary(s, e);
	trials_close(s->trials);
	if (s->fd > 0)
		close(s->fd);
	free(folder);
	free(s->path);
	json_decref(s->first);
	json_decref(s->done);
out:
	manifest_free(m);
	kit_close(kit);
	return ret;
}

struct args {
	struct soak soak;
	const char *lab;
};

static unsigned number(struct argp_state *state, const char *arg, unsigned max)
{
	char *end;
	unsigned long n = strtoul(arg, &end, 10);

	if (!*arg || *end || n > max)
		argp_error(state, "'%s' is not a number from 0 to %u", arg, max);
	return (unsigned)n;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *a = state->input;

	switch (key) {
	case 'r':
		a->soak.rounds = number(state, arg, 100000);
		return 0;
	case 'w':
		a->soak.wrong = number(state, arg, 100);
		return 0;
	case 'l':
		a->soak.load = number(state, arg, LOAD_MAX);
		return 0;
	case ARGP_KEY_ARG:
		return command_word(state, arg, &a->lab, 1);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int cmd_soak(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "rounds", 'r', "N", 0, "rounds in all, those of earlier runs included (10)", 0 },
		{ "wrong", 'w', "N", 0, "wrong solutions of each lab (2)", 0 },
		{ "load", 'l', "N", 0, "processes that take processor time (one for each)", 0 },
		{ 0 }
	};
	static const struct argp argp = {
		options,
		parse,
		"[LAB]",
		"Grade the same solutions again and again with new seeds, four at a time on a busy "
		"machine, and tell every verdict that changes. Goes on where it was stopped; "
		"remove build/soak to begin anew.\vExit status: 0 none changed, 1 one did, 2 bad "
		"usage.",
		NULL,
		NULL,
		NULL
	};
	struct args a = { .soak = { .rounds = ROUNDS, .wrong = WRONG } };
	struct err e = { 0 };

	a.soak.load = (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
	argp_parse(&argp, argc, argv, 0, NULL, &a);
	if (soak(&a.soak, a.lab, &e))
		return command_unusable(&e);
	printf("%u gradings in %u machines, %u changed\n", a.soak.gradings, a.soak.machines,
	       a.soak.changes);
	return a.soak.changes > 0;
}
