// SPDX-License-Identifier: GPL-2.0-only
/*
 * submit.c - `mmaplab submit`: what counts of the working tree, as an archive
 * that the grader takes. It holds every file of labs.tsv, starters too, so that
 * it is judged exactly as the working tree is; and the same files always make
 * the same bytes.
 */
#include <argp.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collect.h"
#include "commands.h"
#include "compile.h"
#include "confine.h"
#include "pack.h"
#include "pool.h"
#include "sources.h"
#include "starter.h"
#include "student.h"
#include "util.h"
#include "workdir.h"

#define LEFT_OUT_MAX 20

/* One part of a lab, to be built. */
struct part_job {
	const struct student *s;
	const struct collection *c;
	const struct lab_def *lab;
	enum part part;
	const char *workdir;
	enum verdict verdict;
	char *text; /* the compiler's first line when it does not build */
};

static json_t *build_work(void *arg)
{
	struct part_job *j = arg;

	return compile_part(j->s->kit, j->lab, j->part, j->c, j->workdir, COMPILE_TO_GRADE);
}

static void build_done(void *arg, json_t *result, const char *why)
{
	struct compiled built = { 0 };
	struct part_job *j = arg;

	compile_take(&built, j->part, result, why);
	json_decref(result);
	j->verdict = built.part[j->part].verdict;
	j->text = strndup(built.part[j->part].text, strcspn(built.part[j->part].text, "\n"));
	compile_clear(&built);
}

/* Is it what the student began with? Not if nobody knows what that was. */
static bool is_starter(const struct kit *kit, const struct collect_file *f)
{
	char *starter;
	bool same;

	if (!f->data || starter_text(kit, f->path, &starter, NULL))
		return false;
	same = starter_is(starter, f->data);
	free(starter);
	return same;
}

/* Return: parts that do not build; *untried: those of which nobody knows. */
static int tell_builds(const struct part_job *jobs, size_t count, int *untried)
{
	int bad = 0;
	size_t i;

	for (i = 0; i < count; i++) {
		struct lab_def only;
		bool starter = true;
		size_t k;

		manifest_part_of(jobs[i].lab, jobs[i].part, &only);
		for (k = 0; k < only.files_count; k++)
			starter &= is_starter(jobs[i].s->kit,
					      collection_find(jobs[i].c, only.files[k]));
		if (jobs[i].verdict == VERDICT_PASS) {
			printf("%-14s %s: %s\n", jobs[i].lab->id, only.files[0],
			       starter ? "the starter, unchanged" : "builds");
			continue;
		}
		if (jobs[i].verdict == VERDICT_BROKEN)
			++*untried;
		else
			bad++;
		printf("%-14s %s: %s: %s\n", jobs[i].lab->id, only.files[0],
		       jobs[i].verdict == VERDICT_REJECTED ? "is rejected" :
		       jobs[i].verdict == VERDICT_BROKEN   ? "could not be tried, not your fault" :
							     "does not build",
		       jobs[i].text);
	}
	return bad;
}

static int check_builds(const struct student *s, const struct collection *c, int *untried,
			struct err *e)
{
	struct part_job jobs[MANIFEST_MAX_LABS * PARTS];
	struct pool *pool = pool_new((int)sysconf(_SC_NPROCESSORS_ONLN));
	struct workdir *w = NULL;
	struct lab_def only;
	size_t count = 0, i;
	enum part part;
	int ret = workdir_open(s->kit, &w, e);

	/* Found out once here, not again in each worker. */
	if (!ret && confine_level(e) < 0)
		ret = -EIO;
	for (i = 0; i < s->m->labs_count && !ret; i++) {
		for (part = 0; part < PARTS; part++) {
			if ((s->lab && s->lab != &s->m->labs[i]) ||
			    !manifest_part_of(&s->m->labs[i], part, &only))
				continue;
			jobs[count] = (struct part_job){
				s, c, &s->m->labs[i], part, workdir_path(w), VERDICT_NONE, NULL
			};
			pool_add(pool, build_work, build_done, &jobs[count++]);
		}
	}
	if (!ret) {
		pool_run(pool);
		ret = tell_builds(jobs, count, untried);
	}
	for (i = 0; i < count; i++)
		free(jobs[i].text);
	pool_free(pool);
	workdir_close(w);
	return ret;
}

/* ------------------------------------------------------------------ archive */

static bool all_starters(const struct student *s, const struct collection *c)
{
	size_t i;

	for (i = 0; i < c->files_count; i++)
		if (!is_starter(s->kit, &c->files[i]))
			return false;
	return true;
}

static int pack(const struct collection *c, char **data, size_t *size, struct err *e)
{
	struct pack_file *files = xcalloc(c->files_count, sizeof(*files));
	size_t n = 0, i;
	int ret;

	for (i = 0; i < c->files_count; i++)
		if (c->files[i].data)
			files[n++] = (struct pack_file){ c->files[i].path, c->files[i].data,
							 c->files[i].size };
	ret = pack_files(files, n, data, size, e);
	free(files);
	return ret;
}

/* Does a file lie beside one of the lab's? git may have quoted its path. */
static bool is_of_lab(const struct lab_def *lab, const char *path)
{
	size_t i;

	path += *path == '"';
	for (i = 0; i < lab->files_count; i++)
		if (!strncmp(path, lab->files[i],
			     (size_t)(strrchr(lab->files[i], '/') + 1 - lab->files[i])))
			return true;
	return strstr(path, lab->id) != NULL;
}

/* @line: of git status: two letters, a space, and a path that git may have quoted */
static const char *left_out_why(const char *line)
{
	size_t n = strlen(line);

	if (strncmp(line, "??", 2) != 0 && line[0] != 'A')
		return "given, and changed; the grader uses its own, so what needs your change does "
		       "not build there, though it does here; git checkout -- FILE undoes it";
	/* Here the compiler finds it, in the folder of the lab. */
	if (n > 2 && (!strcmp(line + n - 2, ".h") || !strcmp(line + n - 3, ".h\"")))
		return "no file of labs.tsv: what includes it does not build at the grader; move "
		       "its lines into the file that does";
	return "no file of labs.tsv";
}

/* What git knows to be changed or new beside the files that count. */
static void tell_left_out(const struct student *s, const struct collection *c)
{
	const char *const argv[] = { "git",   "-C", s->kit->root, "status", "--porcelain",
				     "-uall", "--", "labs",	  "driver", NULL };
	char *text = run_capture(argv), *line, *save = NULL;
	int n = 0;

	if (!text)
		printf("note: git does not work here, so that nobody can say which files are left "
		       "out\n");
	for (line = text ? strtok_r(text, "\n", &save) : NULL; line;
	     line = strtok_r(NULL, "\n", &save)) {
		const char *path = strlen(line) > 3 ? line + 3 : line;
		char *clean;

		if (collection_find(c, path) || (s->lab && !is_of_lab(s->lab, path)) ||
		    ++n > LEFT_OUT_MAX)
			continue;
		clean = clean_text(path, strlen(path));
		printf("left out: %s: %s\n", clean, left_out_why(line));
		free(clean);
	}
	if (n > LEFT_OUT_MAX)
		printf("left out: %d more\n", n - LEFT_OUT_MAX);
	free(text);
}

static int check_name(const char *name, struct err *e)
{
	const char *p;

	for (p = name; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("._-+@", *p))
			return err_set(e, EINVAL,
				       "a submission's name has letters, digits and ._-+@ only\n"
				       "next: make submit NAME=anna");
	return *name == '.' || *name == '-' ?
		       err_set(e, EINVAL,
			       "a submission's name begins with a letter or a digit\n"
			       "next: make submit NAME=anna") :
		       0;
}

static int write_archive(const struct student *s, const struct collection *c, const char *name,
			 struct err *e)
{
	char *shown = xasprintf("submit/%s-%.*s.tar.gz", name, SOURCE_HASH, c->hash), sum[65];
	char *folder = kit_path(s->kit, "submit"), *path = kit_path(s->kit, "%s", shown);
	char *data = NULL;
	size_t size = 0, i, packed = 0;
	int ret = pack(c, &data, &size, e);

	if (!ret)
		ret = make_dirs(folder, e);
	if (!ret)
		ret = write_file_atomic(path, data, size, e);
	for (i = 0; i < c->files_count; i++)
		packed += c->files[i].data != NULL;
	if (!ret) {
		sha256_hex(data, size, sum);
		printf("\n%s: %zu files, %zu bytes\nsha256  %s\nof the files, as in the result: %s\n"
		       "try it: make grade SUBMISSION=%s\n",
		       shown, packed, size, sum, c->hash, shown);
	}
	free(data);
	free(path);
	free(folder);
	free(shown);
	return ret;
}

static int run(const struct student *s, struct err *e)
{
	const char *name = s->value ? s->value : SOURCE_NO_NAME;
	struct collection *c = NULL;
	int ret = check_name(name, e), bad, untried = 0;
	size_t i;

	if (!ret)
		ret = collect(s->kit->root, s->m, s->lab, &c, e);
	if (!ret && all_starters(s, c))
		ret = err_set(e, ENOENT,
			      "nothing to hand in: every file is the starter\n"
			      "next: make progress says where to begin");
	bad = ret ? ret : check_builds(s, c, &untried, e);
	for (i = 0; bad >= 0 && i < c->notes_count; i++)
		printf("note: %s\n", c->notes[i]);
	if (bad >= 0)
		tell_left_out(s, c);
	ret = bad < 0 ? bad : write_archive(s, c, name, e);
	if (!ret && bad)
		printf("parts that do not build, and so have no points: %d; packed all the same\n",
		       bad);
	if (!ret && untried)
		printf("parts that could not be tried: %d; packed all the same\n"
		       "next: run it again, or make doctor says what is wrong here\n",
		       untried);
	collection_free(c);
	return ret ? ret : bad || untried;
}

int cmd_submit(int argc, char **argv)
{
	static const struct argp_option option[] = {
		{ "name", 'n', "NAME", 0, "begin of the archive's name (default: submission)", 0 },
		{ 0 }
	};
	static const struct student_command command = {
		STUDENT_LAB,
		"Pack what is handed in: the files of labs.tsv, or those of one lab, as "
		"submit/NAME-HASH.tar.gz."
		"\vExit status: 0 packed, 1 packed though something does not build, 2 not packed.",
		run, option
	};

	return student_main(argc, argv, &command);
}
