// SPDX-License-Identifier: GPL-2.0-only
/*
 * progress.c - where a student stands, see progress.h, and `mmaplab progress`.
 * A verdict counts as certain while the lab's files are those it was given for.
 */
#include "progress.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "collect.h"
#include "commands.h"
#include "student.h"
#include "util.h"

/* ------------------------------------------------------------------ record */

json_t *progress_load(const struct kit *kit)
{
	char *path = kit_path(kit, "build/progress.json");
	json_t *known = json_load_file(path, 0, NULL);

	free(path);
	if (json_is_object(known))
		return known;
	json_decref(known);
	return json_object();
}

static void record_lab(json_t *known, const json_t *lab, const char *hash, const char *seed)
{
	json_t *tests = json_object_get(known, text_of(lab, "id")), *t;
	size_t i;

	if (!json_is_object(tests)) {
		tests = json_object();
		json_object_set_new(known, text_of(lab, "id"), tests);
	}
	json_array_foreach(json_object_get(lab, "tests"), i, t)
		if (!text_is(t, "verdict", "broken"))
			json_object_set_new(tests, text_of(t, "id"),
					    json_pack("{s:s,s:s,s:O}", "sha256", hash, "seed", seed,
						      "test", t));
}

int progress_record(const struct kit *kit, const struct manifest *m, const json_t *doc,
		    const struct lab_def *only, struct err *e)
{
	char *path = kit_path(kit, "build/progress.json"), *lock = xasprintf("%s.lock", path);
	int fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0644), ret;
	struct collection *c = NULL;
	json_t *known = NULL, *lab;
	size_t i;

	free(lock);
	/* Two gradings may end at once. */
	ret = fd < 0 || flock(fd, LOCK_EX) ?
		      err_set(e, errno, "lock %s: %s", path, strerror(errno)) :
		      collect(kit->root, m, only, &c, e);
	if (!ret) {
		bool same = !strcmp(c->hash, text_of(json_object_get(doc, "submission"), "sha256"));

		known = progress_load(kit);
		json_array_foreach(json_object_get(doc, "labs"), i, lab) {
			const struct lab_def *def = manifest_find_lab(m, text_of(lab, "id"), NULL);
			char hash[65] = "";

			if (same && def)
				collection_hash(c, def, hash);
			record_lab(known, lab, hash, text_of(doc, "seed"));
		}
		ret = write_json_atomic(path, known, JSON_SORT_KEYS, e);
	}
	json_decref(known);
	collection_free(c);
	if (fd >= 0)
		close(fd);
	free(path);
	return ret;
}

/* -------------------------------------------------------------------- show */

/* Where a lab stands. */
struct standing {
	const struct lab_def *lab;
	double points, stale_points;
	size_t passed, stale, unknown; /* tests */
	const struct test_def *fails; /* the first that is certain to */
	bool built;
};

static const char *verdict_of(const json_t *known, const struct lab_def *lab,
			      const struct test_def *test, const json_t **entry)
{
	*entry = json_object_get(json_object_get(known, lab->id), test->id);
	return text_of(json_object_get(*entry, "test"), "verdict");
}

int progress_hash(const struct kit *kit, const struct manifest *m, const struct lab_def *lab,
		  char hash[65], struct err *e)
{
	struct collection *c = NULL;
	int ret = collect(kit->root, m, lab, &c, e);

	if (!ret)
		collection_hash(c, lab, hash);
	collection_free(c);
	return ret;
}

/* Was it run, with files of this content? */
static bool is_said_of(const json_t *entry, const char *verdict, const char *hash)
{
	return !hash || (text_is(entry, "sha256", hash) && strcmp(verdict, "build") &&
			 strcmp(verdict, "rejected"));
}

const struct test_def *progress_first_failure(const json_t *known, const struct lab_def *lab,
					      const char *hash)
{
	const struct test_def *blocked = NULL;
	size_t i;

	for (i = 0; i < lab->tests_count; i++) {
		const json_t *entry;
		const char *v = verdict_of(known, lab, &lab->tests[i], &entry);

		if (!is_said_of(entry, v, hash))
			continue;
		if (!strcmp(v, "blocked"))
			blocked = blocked ? blocked : &lab->tests[i];
		else if (*v && strcmp(v, "pass"))
			return &lab->tests[i];
	}
	return blocked;
}

static struct standing find_standing(const struct lab_def *lab, const json_t *known,
				     const char *hash)
{
	struct standing s = { .lab = lab, .built = true };
	size_t i;

	for (i = 0; i < lab->tests_count; i++) {
		const struct test_def *test = &lab->tests[i];
		const json_t *entry;
		const char *v = verdict_of(known, lab, test, &entry);
		bool pass = !strcmp(v, "pass");

		if (!*v) {
			s.unknown++;
		} else if (!text_is(entry, "sha256", hash)) {
			s.stale++;
			s.stale_points += pass ? test->points : 0;
		} else if (pass) {
			s.passed++;
			s.points += test->points;
		} else {
			s.fails = s.fails ? s.fails : test;
			s.built &= strcmp(v, "build") && strcmp(v, "rejected");
		}
	}
	return s;
}

bool progress_is_full(const json_t *known, const struct lab_def *lab, const char *hash)
{
	return find_standing(lab, known, hash).passed == lab->tests_count;
}

static void print_standing(const struct standing *s)
{
	const struct lab_def *lab = s->lab;
	size_t n = lab->tests_count;

	printf("%-14s %5g/%-4g ", lab->id, s->points, manifest_lab_points(lab));
	if (s->stale)
		printf("%5g   ", s->stale_points);
	else
		printf("%5s   ", "");
	if (s->unknown == n)
		printf("not graded yet");
	else
		printf("%zu of %zu", s->passed, n);
	if (s->passed == n)
		printf("   done");
	if (!s->built)
		printf("   does not build");
	if (s->stale)
		printf("   changed since %zu were graded", s->stale);
	if (s->unknown && s->unknown < n)
		printf("   %zu never graded", s->unknown);
	printf("%s\n", lab->bonus ? "   bonus" : "");
}

/* The one thing to do now. */
static void print_next(const struct standing *s)
{
	const char *id = s->lab->id;

	if (s->unknown == s->lab->tests_count)
		printf("\nnext: read labs/%s/README.md, then make lab LAB=%.2s\n", id, id);
	else if (!s->built)
		printf("\nnext: %s does not build: make lab LAB=%.2s shows why\n", id, id);
	else if (s->fails)
		printf("\nnext: %s, task %d: %s\n"
		       "      %s · make lab LAB=%.2s T=%s · make hint LAB=%.2s T=%s\n",
		       id, s->fails->task, s->fails->title, s->fails->where, id, s->fails->id, id,
		       s->fails->id);
	else
		printf("\nnext: make lab LAB=%.2s, for %s\n", id,
		       s->stale ? "its files have changed since it was graded" :
				  "some of its tests were never run");
}

/* Labs in their order, those that only add points last. */
static const struct standing *next_of(const struct standing *s, size_t count)
{
	const struct standing *bonus = NULL;
	size_t i;

	for (i = 0; i < count; i++) {
		if (s[i].passed == s[i].lab->tests_count)
			continue;
		if (!s[i].lab->bonus)
			return &s[i];
		bonus = bonus ? bonus : &s[i];
	}
	return bonus;
}

static int show(const struct kit *kit, const struct manifest *m, const struct lab_def *only,
		struct err *e)
{
	double points = 0, stale = 0, max = 0;
	struct standing all[MANIFEST_MAX_LABS];
	json_t *known = progress_load(kit);
	const struct standing *next;
	struct collection *c = NULL;
	size_t count = 0, i;
	char hash[65];
	int ret = collect(kit->root, m, only, &c, e);

	if (!ret)
		printf("%-14s %10s %5s   %s\n", "lab", "points", "stale", "tests passed");
	for (i = 0; !ret && i < m->labs_count; i++) {
		struct standing *s = &all[count];

		if (only && only != &m->labs[i])
			continue;
		collection_hash(c, &m->labs[i], hash);
		*s = find_standing(&m->labs[i], known, hash);
		print_standing(s);
		points += s->points;
		stale += s->stale_points;
		max += s->lab->bonus && !only ? 0 : manifest_lab_points(s->lab);
		count++;
	}
	if (!ret && !only) {
		printf("%-14s %5g/%-4g ", "total", points, max);
		if (stale > 0)
			printf("%5g   given before a file was changed: not certain", stale);
		putchar('\n');
	}
	next = ret ? NULL : next_of(all, count);
	if (next)
		print_next(next);
	else if (!ret)
		printf("\nnothing is left to do%s\n", only ? " in this lab" : "");
	json_decref(known);
	collection_free(c);
	return ret;
}

static int run(const struct student *s, struct err *e)
{
	return show(s->kit, s->m, s->lab, e);
}

int cmd_progress(int argc, char **argv)
{
	static const struct student_command command = {
		STUDENT_LAB,
		"Show the points of the working tree's labs, as far as they were graded, and what "
		"is next. Points of files that were changed since are shown apart: \"stale\".",
		run, NULL
	};

	return student_main(argc, argv, &command);
}
