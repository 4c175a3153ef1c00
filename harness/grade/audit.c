// SPDX-License-Identifier: GPL-2.0-only
/*
 * audit.c - `mmaplab audit`: all that is known about one lab of one person as
 * one archive, with the command that grades it again. The same store gives the
 * same bytes.
 */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "gradebook.h"
#include "pack.h"
#include "result.h"
#include "term.h"
#include "util.h"

#define AUDIT_MAX 512

struct args {
	const char *out;
	const char *word[2]; /* student, lab */
};

/* What is put together. @top: the archive's one folder */
struct audit {
	const struct kit *kit;
	struct term *t;
	const struct lab_def *lab;
	const char *student;
	char *top;
	json_t *gradings, *submissions, *decisions, *current;
	json_t *deciding; /* the decision that counts now, or none */
	struct pack_file file[AUDIT_MAX];
	size_t count;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *a = state->input;

	switch (key) {
	case 'o':
		a->out = arg;
		return 0;
	case ARGP_KEY_ARG:
		return command_word(state, arg, a->word, 2);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* @data passes to the archive. */
static void put(struct audit *a, const char *name, char *data, size_t size)
{
	if (a->count == AUDIT_MAX) {
		free(data);
		return;
	}
	a->file[a->count++] = (struct pack_file){ xasprintf("%s/%s", a->top, name), data, size };
}

static void put_json(struct audit *a, const char *name, const json_t *doc)
{
	char *text = json_dumps(doc, JSON_INDENT(1) | JSON_ENCODE_ANY);

	put(a, name, text, strlen(text));
}

/* -------------------------------------------------------------------- store */

static int read_rows(struct audit *a, struct err *e)
{
	struct store *s = a->t->store;
	const char *lab = a->lab->id;

	a->gradings = store_rows(s, e,
				 "SELECT g.* FROM gradings g JOIN submissions s ON s.id ="
				 " g.submission WHERE s.student = ? AND g.lab = ? ORDER BY g.id",
				 "ss", a->student, lab);
	a->submissions = store_rows(s, e,
				    "SELECT s.*, p.lab, p.sha256 AS lab_sha256 FROM submissions s"
				    " JOIN parts p ON p.submission = s.id"
				    " WHERE s.student = ? AND p.lab = ? ORDER BY s.id",
				    "ss", a->student, lab);
	a->decisions = store_rows(
		s, e, "SELECT * FROM decisions WHERE student = ? AND lab = ? ORDER BY id", "ss",
		a->student, lab);
	a->deciding = store_rows(s, e,
				 "SELECT id FROM current_decisions WHERE student = ? AND lab = ?",
				 "ss", a->student, lab);
	a->current = store_rows(s, e,
				"SELECT * FROM current_gradings WHERE student = ? AND lab = ?",
				"ss", a->student, lab);
	if (!a->gradings || !a->submissions || !a->decisions || !a->deciding || !a->current)
		return -EIO;
	if (!json_array_size(a->submissions) && !json_array_size(a->decisions))
		return err_set(e, ENOENT,
			       "%s has handed in nothing of %s in this term, and nobody decided "
			       "about it\n"
			       "next: the first column of %s/gradebook.csv has the names",
			       a->student, lab, a->t->folder);
	return 0;
}

/* By the course, that may be an earlier grading than the last: what came in time. */
static json_int_t counting(const json_t *book, const char *student, const char *lab)
{
	json_t *s;
	size_t i;

	json_array_foreach(json_object_get(book, "students"), i, s)
		if (text_is(s, "id", student))
			return json_integer_value(json_object_get(
				json_object_get(json_object_get(s, "labs"), lab), "grading"));
	return 0;
}

static int read_counting(struct audit *a, const struct manifest *m, struct err *e)
{
	json_t *row = json_array_get(a->current, 0), *book, *earlier;
	json_int_t grading;
	int ret = term_course(a->t, m, NULL, e);

	book = ret ? NULL : gradebook_make(a->t->store, a->t->course, e);
	if (!book)
		return ret ? ret : -EIO;
	grading = counting(book, a->student, a->lab->id);
	json_decref(book);
	if (!grading || grading == json_integer_value(json_object_get(row, "grading")))
		return 0;
	earlier = store_rows(a->t->store, e,
			     "SELECT s.student, g.lab, 1 AS versions, s.source, g.submission,"
			     " g.id AS grading, g.sha256, g.status, g.points, g.max, g.seed,"
			     " g.judge, g.mmaplab, g.kernel, g.qemu, g.started, g.ms, g.problem,"
			     " g.result FROM gradings g JOIN submissions s ON s.id = g.submission"
			     " WHERE g.id = ?",
			     "i", (long long)grading);
	if (!earlier)
		return -EIO;
	json_decref(a->current);
	a->current = earlier;
	return 0;
}

/* Each version that was handed in, in a folder that can be graded as it is. */
static int put_files(struct audit *a, bool *kept, struct err *e)
{
	json_t *row;
	size_t i, k, count;
	int ret = 0;

	json_array_foreach(a->submissions, i, row) {
		struct store_part part = { json_integer_value(json_object_get(row, "id")),
					   a->lab->id };
		struct store_file *files;

		ret = store_files(a->t->store, &part, &files, &count, e);
		for (k = 0; k < count && !ret; k++) {
			char *name =
				xasprintf("submission-%lld/%s", part.submission, files[k].path);

			put(a, name, files[k].data, files[k].size);
			files[k].data = NULL;
			*kept |= part.submission ==
				 json_integer_value(json_object_get(json_array_get(a->current, 0),
								    "submission"));
			free(name);
		}
		store_files_free(files, count);
		if (ret)
			break;
	}
	return ret;
}

/* Consoles of all machines of a result; escaped in the result already. */
static void put_consoles(struct audit *a, const json_t *doc)
{
	char *text = NULL;
	json_t *lab, *m;
	size_t size, i, k;
	FILE *out = open_memstream(&text, &size);

	json_array_foreach(json_object_get(doc, "labs"), i, lab)
		json_array_foreach(json_object_get(lab, "machines"), k, m)
			fprintf(out, "machine %zu, %s: %s: %s\n%s\n\n", k + 1,
				text_of(m, "profile"), text_of(m, "end"), text_of(m, "why"),
				text_of(m, "console"));
	fclose(out);
	put(a, "console.txt", text, size);
}

static void put_results(struct audit *a)
{
	json_t *row, *doc;
	size_t i;

	json_array_foreach(a->gradings, i, row) {
		char *name = xasprintf("grading-%lld.json",
				       (long long)json_integer_value(json_object_get(row, "id")));

		/* The result as a document, not as a text in one. */
		doc = json_loads(text_of(row, "result"), 0, NULL);
		json_object_set_new(row, "result", doc ? doc : json_null());
		put_json(a, name, row);
		free(name);
	}
	put_json(a, "submissions.json", a->submissions);
	put_json(a, "decisions.json", a->decisions);
	row = json_array_get(a->current, 0);
	doc = json_loads(text_of(row, "result"), 0, NULL);
	if (doc) {
		put_json(a, "result.json", doc);
		put_consoles(a, doc);
	}
	json_decref(doc);
}

/* ------------------------------------------------------------------- readme */

static char *line_of(const char *const argv[])
{
	char *text = run_capture(argv);

	if (!text)
		return xstrdup("unknown");
	text[strcspn(text, "\n")] = '\0';
	return text;
}

static void put_versions(const struct audit *a, FILE *out, const json_t *row)
{
	const char *const git[] = { "git", "-C", a->kit->root, "rev-parse", "HEAD", NULL };
	const char *const gcc[] = { "gcc", "--version", NULL };
	char *commit = line_of(git), *compiler = line_of(gcc);

	if (row)
		fprintf(out,
			"Graded with  mmaplab %s, kernel %s\n             %s\n"
			"             judge %s\n",
			text_of(row, "mmaplab"), text_of(row, "kernel"), text_of(row, "qemu"),
			text_of(row, "judge"));
	fprintf(out,
		"Packed with  mmaplab " KIT_VERSION ", commit %s, kernel %s\n             %s\n"
		"             %s\n",
		commit, a->kit->kernel_version, a->kit->qemu_version, compiler);
	free(commit);
	free(compiler);
}

/* What persons said, the last first; without it the points cannot be understood. */
static void put_decisions(const struct audit *a, FILE *out)
{
	const json_t *counts = json_object_get(json_array_get(a->deciding, 0), "id");
	size_t i = json_array_size(a->decisions);

	while (i-- > 0) {
		const json_t *d = json_array_get(a->decisions, i), *points;
		const char *reason = text_of(d, "reason");
		char *why = clean_text(reason, strlen(reason));

		points = json_object_get(d, "points");
		fprintf(out, "%s  ", text_of(d, "made"));
		if (json_is_number(points))
			fprintf(out, "decided: %g points", json_number_value(points));
		else
			fputs("decided: the points as graded", out);
		fprintf(out, "%s\n    %s\n",
			counts && json_equal(counts, json_object_get(d, "id")) ?
				", which counts" :
				", which does not count: a later decision or other files came",
			why);
		free(why);
	}
	if (json_array_size(a->decisions))
		fputc('\n', out);
}

static void put_replay(const struct audit *a, FILE *out, const json_t *row, bool kept)
{
	json_t *points = json_object_get(row, "points");

	if (!json_array_size(a->submissions)) {
		fputs("Nothing was handed in: there is nothing to replay.\n", out);
		return;
	}
	if (!kept || !*text_of(row, "seed")) {
		fprintf(out, "%s\n",
			kept ? "It was not graded yet: there is nothing to replay." :
			       "Its files are not in the store, which was made by an earlier mmaplab. "
			       "Run the same\nbatch again while the submissions are there: it takes them in.");
		return;
	}
	fprintf(out,
		"Replay it in a checkout of the kit, with this archive unpacked there:\n\n"
		"    build/mmaplab grade --lab %.2s --seed %s %s/submission-%lld\n\n"
		"The verdicts should be those of result.json: %s",
		a->lab->id, text_of(row, "seed"), a->top,
		(long long)json_integer_value(json_object_get(row, "submission")),
		text_of(row, "status"));
	if (json_is_number(points))
		fprintf(out, ", %g of %g points", json_number_value(points),
			json_number_value(json_object_get(row, "max")));
	fputs(". Addresses,\nprocess ids and times differ. Tests of another version of the kit may judge "
	      "otherwise.\n",
	      out);
}

static void put_readme(struct audit *a, bool kept)
{
	const json_t *row = json_array_get(a->current, 0);
	char *who = clean_text(a->student, strlen(a->student)), *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	fprintf(out, "%s, lab %s: %zu submissions, %zu gradings, %zu decisions\n\n", who,
		a->lab->id, json_array_size(a->submissions), json_array_size(a->gradings),
		json_array_size(a->decisions));
	if (json_integer_value(json_object_get(row, "versions")) > 1)
		fputs("Ambiguous: several submissions count, and nobody says which is the later.\n\n",
		      out);
	put_decisions(a, out);
	put_replay(a, out, row, kept);
	fputc('\n', out);
	put_versions(a, out, row);
	fputs("\nsubmission-N/      the lab's files as they were handed in, N as in submissions.json\n"
	      "submissions.json   where they came from, when, their hashes\n"
	      "result.json        what counts, with each test's record\n"
	      "console.txt        the end of each machine's console\n"
	      "grading-N.json     every grading there was, the last has the highest number\n"
	      "decisions.json     what persons decided about it\n",
	      out);
	fclose(out);
	put(a, "README.txt", text, size);
	free(who);
}

/* ------------------------------------------------------------------ command */

static int write_archive(struct audit *a, struct err *e)
{
	char *folder = xasprintf("%s/audit", a->t->folder),
	     *path = xasprintf("%s/%s.tar.gz", folder, a->top), *data = NULL, sum[65];
	size_t size;
	int ret = make_dirs(folder, e);

	if (!ret)
		ret = pack_files(a->file, a->count, &data, &size, e);
	if (!ret)
		ret = write_file_atomic(path, data, size, e);
	if (!ret) {
		sha256_hex(data, size, sum);
		printf("%s: %zu files\nsha256  %s\nnext: its README.txt has the command that replays "
		       "it\n",
		       path, a->count, sum);
	}
	free(data);
	free(path);
	free(folder);
	return ret;
}

/* Of several names that look the same as a file's, each has another. */
static char *folder_of(const struct audit *a)
{
	struct grade_spec named = { .name = a->student };
	char *name = result_name(&named), *folder, sum[65];

	sha256_hex(a->student, strlen(a->student), sum);
	folder = strcmp(name, a->student) ? xasprintf("%s-%.8s-%s", name, sum, a->lab->id) :
					    xasprintf("%s-%s", name, a->lab->id);
	free(name);
	return folder;
}

static int audit(struct audit *a, const struct manifest *m, struct err *e)
{
	bool kept = false;
	int ret = read_rows(a, e);
	size_t i;

	a->top = folder_of(a);
	if (!ret)
		ret = read_counting(a, m, e);
	if (!ret)
		ret = put_files(a, &kept, e);
	if (!ret) {
		put_results(a);
		put_readme(a, kept);
		ret = a->count < AUDIT_MAX ?
			      write_archive(a, e) :
			      err_set(e, E2BIG, "more than %d files: take them with sqlite3",
				      AUDIT_MAX);
	}
	for (i = 0; i < a->count; i++) {
		free(a->file[i].path);
		free(a->file[i].data);
	}
	json_decref(a->gradings);
	json_decref(a->submissions);
	json_decref(a->decisions);
	json_decref(a->deciding);
	json_decref(a->current);
	free(a->top);
	return ret;
}

int cmd_audit(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "out", 'o', "DIR", 0, "where the term is kept (default: " TERM_FOLDER ")", 0 },
		{ 0 }
	};
	static const struct argp argp = {
		options,
		parse,
		"STUDENT LAB",
		"Pack all that the store has about one lab of one student, for an appeal, as "
		"DIR/audit/STUDENT-LAB.tar.gz: files, results, records, logs, decisions, versions, and "
		"the command that replays it.",
		NULL,
		NULL,
		NULL
	};
	struct audit *all = xcalloc(1, sizeof(*all));
	struct manifest *m = NULL;
	struct kit *kit = NULL;
	struct args a = { 0 };
	struct term t = { .lock = -1 };
	struct err e = { 0 };
	int ret;

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	if (!a.word[1]) {
		fprintf(stderr, "mmaplab: about whom, and which lab?\n"
				"next: mmaplab audit STUDENT LAB\n");
		free(all);
		return EXIT_UNUSABLE;
	}
	ret = command_open(a.word[1], &kit, &m, &all->lab, &e);
	if (!ret)
		ret = term_open(&t, a.out, false, &e);
	if (!ret) {
		all->kit = kit;
		all->t = &t;
		all->student = a.word[0];
		ret = audit(all, m, &e);
	}
	free(all);
	term_close(&t);
	manifest_free(m);
	kit_close(kit);
	return ret ? command_unusable(&e) : 0;
}
