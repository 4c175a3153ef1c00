// SPDX-License-Identifier: GPL-2.0-only
/*
 * batch.c - `mmaplab batch`: the submissions of a class, graded into a store;
 * see batch.h.
 */
#include "batch.h"

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "commands.h"
#include "gradebook.h"
#include "term.h"
#include "util.h"

struct args {
	const char *roster, *course, *out, *seed, *accel, *labs, *regrade, *part, *round;
	char **paths;
	size_t count;
	int jobs;
};

enum { KEY_REGRADE = 256, KEY_PART, KEY_ROUND };

static const struct argp_option options[] = {
	{ "roster", 'r', "FILE", 0,
	  "who takes part: CSV with the columns id, name, email, section, lms, submitted", 0 },
	{ "course", 'C', "FILE", 0, "labs, points, deadlines: see mmaplab course check", 0 },
	{ "lab", 'l', "LAB,..", 0, "only these labs (default: the course's, else all)", 0 },
	{ "out", 'o', "DIR", 0, "where the results are kept (default: " TERM_FOLDER ")", 0 },
	{ "jobs", 'j', "N", 0, "gradings at a time (default: one more than processors)", 0 },
	{ "seed", 's', "HEX", 0,
	  "of the random input, for everybody (default: the store's, or new)", 0 },
	{ "accel", 'a', "NAME", 0, "auto, tcg or kvm (default: auto)", 0 },
	{ "part", KEY_PART, "K/N", 0,
	  "only the K-th of N parts of the submissions; mmaplab merge joins them", 0 },
	{ "round", KEY_ROUND, "NAME", 0,
	  "with --part: a name that only the parts graded now have; merge takes them for one batch",
	  0 },
	{ "regrade", KEY_REGRADE, "LAB", OPTION_ARG_OPTIONAL,
	  "grade again what was judged by other tests than today's; =LAB: all of that lab", 0 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *a = state->input;

	switch (key) {
	case 'r':
		a->roster = arg;
		return 0;
	case 'C':
		a->course = arg;
		return 0;
	case 'l':
		a->labs = arg;
		return 0;
	case 'o':
		a->out = arg;
		return 0;
	case 's':
		a->seed = arg;
		return 0;
	case 'a':
		a->accel = arg;
		return 0;
	case 'j':
		a->jobs = command_jobs(state, arg);
		return 0;
	case KEY_PART:
		a->part = arg;
		return 0;
	case KEY_ROUND:
		a->round = arg;
		return 0;
	case KEY_REGRADE:
		a->regrade = arg ? arg : "";
		return 0;
	case ARGP_KEY_ARG:
		a->paths = xrealloc(a->paths, (a->count + 1) * sizeof(*a->paths));
		a->paths[a->count++] = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* "02,records" to " 02-records 02-records ". */
static int find_labs(struct batch *b, const struct args *a, struct err *e)
{
	char *list, *rest, *word, *more;
	const struct lab_def *lab;
	int ret = 0;

	if (a->regrade && *a->regrade) {
		lab = manifest_find_lab(b->m, a->regrade, e);
		if (!lab)
			return -ENOENT;
		b->regrade = lab->id;
	} else {
		b->regrade = a->regrade;
	}
	if (!a->labs || !*a->labs)
		return 0;
	list = rest = xstrdup(a->labs);
	b->labs = xstrdup(" ");
	while (!ret && (word = strsep(&rest, ", "))) {
		lab = *word ? manifest_find_lab(b->m, word, e) : NULL;
		if (*word && !lab)
			ret = -ENOENT;
		more = xasprintf("%s%s%s", b->labs, lab ? lab->id : "", lab ? " " : "");
		free(b->labs);
		b->labs = more;
	}
	free(list);
	return ret;
}

static int find_sources(struct batch *b, const struct args *a, struct err *e)
{
	struct err none = { 0 };
	size_t i;
	int ret = 0;

	for (i = 0; i < a->count && !ret; i++)
		ret = sources_find(&b->sources, a->paths[i], e);
	if (ret && a->regrade && !*a->regrade && manifest_find_lab(b->m, a->paths[i - 1], &none))
		return err_set(e, EINVAL,
			       "no submissions at %s\nnext: the lab to grade again is written with "
			       "=: --regrade=%s",
			       a->paths[i - 1], a->paths[i - 1]);
	if (!ret && !b->sources.count)
		ret = err_set(e, ENOENT,
			      "no submissions in %s%s\n"
			      "next: a folder with a folder or an archive for each student, or a "
			      "platform's download, unpacked",
			      a->paths[0], a->count > 1 ? " and the others" : "");
	return ret;
}

/*
 * "3/8": the submissions of one of several machines, whichever of them asks. It may be
 * that there are none: its store says so to the merge.
 */
static int take_part(struct batch *b, const char *part, struct err *e)
{
	unsigned long k, n;
	char *end;

	if (!part)
		return 0;
	k = strtoul(part, &end, 10);
	n = *end == '/' ? strtoul(end + 1, &end, 10) : 0;
	if (*end || strspn(part, "0123456789/") != strlen(part) || k < 1 || k > n ||
	    n > BATCH_PARTS)
		return err_set(e, EINVAL,
			       "--part takes K/N, the K-th of N parts, not '%s'\n"
			       "next: for the first of four, --part 1/4",
			       part);
	sources_part(&b->sources, k - 1, n);
	return 0;
}

/* Everybody of a term gets the same inputs, so the first run's seed stays. */
static int find_seed(struct batch *b, const char *given, struct err *e)
{
	char *stored = store_get(b->store, "seed"), text[17];
	int ret = seed_parse(given ? given : stored, &b->seed, e);

	seed_text(b->seed, text);
	if (!ret && stored && strcmp(stored, text))
		ret = err_set(
			e, EINVAL,
			"the seed of this term is %s: with another, students would have other "
			"inputs than those graded before\n"
			"next: leave --seed out, or take another --out DIR",
			stored);
	/* Never in place of one that only could not be read. */
	if (!ret && !stored)
		ret = store_do(b->store, e, "INSERT INTO meta VALUES ('seed', ?)", "s", text);
	free(stored);
	return ret;
}

/* For the merge, which tells when some of a whole are missing. */
static int remember_part(const struct batch *b, const char *part, struct err *e)
{
	return part ? store_set(b->store, "part", part, e) :
		      store_do(b->store, e, "DELETE FROM meta WHERE key = 'part'", "");
}

static int find_roster(struct batch *b, struct term *t, const char *given, struct err *e)
{
	char *path = NULL;
	int ret = 0;

	if (!given && t->course->roster)
		path = xstrdup(t->course->roster);
	else
		path = term_file(t, "roster", given, e);
	if (given && !path)
		ret = -ENOENT;
	else if (path)
		ret = roster_read(path, &b->roster, e);
	if (!ret && path)
		ret = course_people_check(t->course, roster_knows, &b->roster, e);
	if (!ret && given)
		ret = term_remember(t, "roster", path, e);
	free(path);
	return ret;
}

static void print_ignored(const struct batch *b)
{
	size_t i;

	for (i = 0; i < b->sources.ignored_count; i++)
		printf("%s %s\n", i ? "        " : "ignored:", b->sources.ignored[i]);
}

/* The gradebook is made from the store, whatever became of this run. */
static int conclude(struct batch *b, struct term *t, int *code, struct err *e)
{
	char now[32];
	json_t *doc;
	int ret;

	utc_text(time(NULL), now);
	ret = store_do(b->store, e, "UPDATE runs SET ended = ? WHERE id = ?", "si", now, b->run);
	doc = ret ? NULL : gradebook_make(b->store, t->course, e);
	if (!doc)
		return -EIO;
	ret = gradebook_write(t->folder, doc, e);
	if (!ret) {
		print_ignored(b);
		gradebook_print(stdout, doc);
		if (b->broken)
			printf("%u gradings of this run are broken; earlier results stay; next: the "
			       "same command again\n",
			       b->broken);
		if (b->older)
			printf("%u results are of earlier tests than today's; next: --regrade\n",
			       b->older);
		printf("%zu submissions, %u gradings new, %u as before: %s/gradebook.csv, "
		       "results.json, " TERM_STORE "\n",
		       b->sources.count, b->graded, b->kept, t->folder);
		*code = gradebook_exit_code(doc);
	}
	json_decref(doc);
	return ret;
}

static int batch(struct batch *b, const struct args *a, int *code, struct err *e)
{
	struct manifest *m = NULL;
	struct kit *kit = NULL;
	struct term t = { .lock = -1 };
	int ret = command_open(NULL, &kit, &m, NULL, e);

	b->kit = kit;
	b->m = m;
	if (!ret)
		ret = accel_parse(a->accel, &b->accel, e);
	if (!ret)
		ret = find_labs(b, a, e);
	if (!ret)
		ret = find_sources(b, a, e);
	if (!ret)
		ret = take_part(b, a->part, e);
	if (!ret)
		ret = term_open(&t, a->out, true, e);
	b->store = t.store;
	if (!ret)
		ret = term_course(&t, m, a->course, e);
	b->course = t.course;
	if (!ret)
		ret = find_roster(b, &t, a->roster, e);
	if (!ret && a->course)
		ret = term_remember(&t, "course", t.course->path, e);
	if (!ret)
		ret = find_seed(b, a->seed, e);
	if (!ret)
		ret = remember_part(b, a->part, e);
	if (!ret)
		ret = batch_intake(b, e);
	if (!ret)
		ret = batch_run(b, e);
	if (!ret)
		ret = conclude(b, &t, code, e);
	term_close(&t);
	roster_clear(&b->roster);
	sources_clear(&b->sources);
	free(b->submission);
	free(b->labs);
	manifest_free(m);
	kit_close(kit);
	return ret;
}

int cmd_batch(int argc, char **argv)
{
	static const struct argp argp = {
		options,
		parse,
		"SUBMISSIONS...",
		"Grade a class: folders and archives, folders of them, or what Canvas, Moodle or "
		"Gradescope let download. Results go into one SQLite file as they come; run again, it "
		"goes on where it was stopped and grades only what is new, changed or broken."
		"\vExit status: 0 everything has its points, 2 bad usage or nothing could be graded, 3 "
		"something is broken (the kit's fault: run it again), 4 a person has to look at "
		"something (held, unusable, unknown).",
		NULL,
		NULL,
		NULL
	};
	struct args a = { .jobs = (int)sysconf(_SC_NPROCESSORS_ONLN) + 1 };
	struct batch b = { 0 };
	struct err e = { 0 };
	int code = 0;

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	if (!a.count) {
		fprintf(stderr, "mmaplab: which submissions? next: mmaplab batch FOLDER\n");
		return EXIT_UNUSABLE;
	}
	b.jobs = a.jobs;
	b.round = a.round;
	if (batch(&b, &a, &code, &e))
		code = command_unusable(&e);
	free(a.paths);
	return code;
}
