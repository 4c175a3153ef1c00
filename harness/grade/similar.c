// SPDX-License-Identifier: GPL-2.0-only
/*
 * similar.c - likeness of submissions, by Debian's similarity-tester; see similar.h.
 */
#include "similar.h"

#include <ctype.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "confine.h"
#include "starter.h"
#include "util.h"
#include "workdir.h"

#define PAIRS_MAX (64 * 1024 * 1024)
/* Shorter runs of tokens are alike by chance: a loop, a call with its check. */
#define COMMAND "exec sim_c -p -a -e -s -T -t %d -r 24 -o pairs -i <list"

/*
 * One lab's texts, as files s0.c, s1.c, .. of students and p0.c, .. of the public.
 * @student: for each text the list of those who handed in exactly this
 * @shared: for each public text its path
 */
struct texts {
	const struct lab_def *lab;
	int percent;
	const char *folder;
	json_t *starter; /* lines, without blanks */
	json_t *student;
	json_t *by_hash; /* the place in @student */
	json_t *shared;
	FILE *list;
	json_t *found;
};

/* ------------------------------------------------------------------ starter */

/* A line without any blank, so that another layout of it is the same. */
static char *bare(const char *line, size_t len)
{
	char *out = xcalloc(len + 1, 1), *to = out;
	size_t i;

	for (i = 0; i < len; i++)
		if (!isascii((unsigned char)line[i]) || !iscntrl((unsigned char)line[i]))
			/* sim_c takes ASCII; in strings and comments it is all one. */
			if (line[i] != ' ')
				*to++ = isascii((unsigned char)line[i]) ? line[i] : '?';
	return out;
}

static int read_starter(struct texts *t, const struct kit *kit, struct err *e)
{
	char *text, *line, *save, *key;
	size_t i;

	for (i = 0; i < t->lab->files_count; i++) {
		int ret = starter_text(kit, t->lab->files[i], &text, e);

		if (ret)
			return ret;
		for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
			key = bare(line, strlen(line));
			json_object_set_new(t->starter, key, json_true());
			free(key);
		}
		free(text);
	}
	return 0;
}

/* What is one's own of a text; false when there is nothing. */
static bool put_own(const struct texts *t, FILE *out, const char *text, size_t size)
{
	const char *end = text + size, *next;
	bool any = false;

	for (; text < end; text = next) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));
		size_t len = stop ? (size_t)(stop - text) : (size_t)(end - text), i;
		char *key = bare(text, len);

		next = text + len + 1;
		if (*key && !json_object_get(t->starter, key)) {
			any = true;
			for (i = 0; i < len; i++)
				fputc(isprint((unsigned char)text[i]) && isascii(text[i]) ?
					      text[i] :
				      isspace((unsigned char)text[i]) ? ' ' :
									'?',
				      out);
			fputc('\n', out);
		}
		free(key);
	}
	return any;
}

/* -------------------------------------------------------------------- texts */

static FILE *text_file(const struct texts *t, char kind, size_t n, struct err *e)
{
	char *path = xasprintf("%s/%c%zu.c", t->folder, kind, n);
	FILE *out = fopen(path, "w");

	if (!out)
		err_set(e, errno, "write %s: %s", path, strerror(errno));
	free(path);
	return out;
}

static int put_student(struct texts *t, struct store *s, const json_t *row, struct err *e)
{
	const char *hash = text_of(row, "sha256"), *student = text_of(row, "student");
	struct store_part part = { json_integer_value(json_object_get(row, "submission")),
				   t->lab->id };
	json_t *known = json_object_get(t->by_hash, hash);
	struct store_file *files;
	size_t count, i, n = json_array_size(t->student);
	bool any = false;
	FILE *out;
	int ret;

	if (known) {
		/* Of a text that is the starter there is no list. */
		json_array_append_new(json_array_get(t->student, (size_t)json_integer_value(known)),
				      json_string(student));
		return 0;
	}
	ret = store_files(s, &part, &files, &count, e);
	out = ret ? NULL : text_file(t, 's', n, e);
	for (i = 0; out && i < count; i++)
		any |= put_own(t, out, files[i].data, files[i].size);
	if (out && fclose(out))
		ret = err_set(e, errno, "write a submission's text: %s", strerror(errno));
	store_files_free(files, count);
	if (!out || ret)
		return ret ? ret : -EIO;
	json_object_set_new(t->by_hash, hash, any ? json_integer((json_int_t)n) : json_null());
	if (any) {
		fprintf(t->list, "s%zu.c\n", n);
		json_array_append_new(t->student, json_pack("[s]", student));
	}
	return 0;
}

/* A right solution of the kit's: those of the lab's files that it has below @base. */
static int put_public(struct texts *t, const struct kit *kit, const char *base, struct err *e)
{
	size_t n = json_array_size(t->shared), i;
	FILE *out = text_file(t, 'p', n, e);
	bool any = false;

	if (!out)
		return -EIO;
	for (i = 0; i < t->lab->files_count; i++) {
		char *path = xasprintf("%s/%s", base, t->lab->files[i]), *text = read_text(path);

		if (text)
			any |= put_own(t, out, text, strlen(text));
		free(text);
		free(path);
	}
	if (fclose(out))
		return err_set(e, errno, "write a solution's text: %s", strerror(errno));
	if (any) {
		fprintf(t->list, "p%zu.c\n", n);
		json_array_append_new(t->shared, json_string(base + strlen(kit->root) + 1));
	}
	return 0;
}

static int put_texts(struct texts *t, const struct kit *kit, struct store *s, struct err *e)
{
	json_t *rows = store_rows(s, e,
				  "SELECT student, submission, sha256 FROM current_submissions"
				  " WHERE lab = ? ORDER BY student",
				  "s", t->lab->id),
	       *row;
	char *reference = kit_path(kit, "solutions"),
	     *pattern = kit_pattern(kit, "solutions/other/%s/*", t->lab->id);
	glob_t others = { 0 };
	size_t i;
	int ret = rows ? 0 : -EIO;

	json_array_foreach(rows, i, row)
		if (!ret && !json_is_null(json_object_get(t->by_hash, text_of(row, "sha256"))))
			ret = put_student(t, s, row, e);
	fputs("/\n", t->list);
	if (!ret)
		ret = put_public(t, kit, reference, e);
	glob(pattern, 0, NULL, &others);
	for (i = 0; i < others.gl_pathc && !ret; i++)
		ret = put_public(t, kit, others.gl_pathv[i], e);
	globfree(&others);
	free(pattern);
	free(reference);
	json_decref(rows);
	return ret;
}

/* ------------------------------------------------------------------ compare */

static void add(struct texts *t, const json_t *a, const json_t *b, const char *key, int percent)
{
	json_array_append_new(t->found, json_pack("{s:s,s:O,s:O,s:i}", "lab", t->lab->id, "a", a,
						  key, b, "percent", percent));
}

/* The larger of both directions: who adds lines to a copy makes one of them small. */
static void take_pair(json_t *pairs, size_t a, size_t b, int percent)
{
	char key[64];

	snprintf(key, sizeof(key), "%zu %zu", a < b ? a : b, a < b ? b : a);
	if (json_integer_value(json_object_get(pairs, key)) < percent)
		json_object_set_new(pairs, key, json_integer(percent));
}

static void take_lines(struct texts *t, char *text)
{
	json_t *pairs = json_object(), *percent;
	char *line, *save;
	const char *key;
	size_t a, b;
	int n;

	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (sscanf(line, "s%zu.c consists for %d %% of s%zu.c", &a, &n, &b) == 3)
			take_pair(pairs, a, b, n);
		else if (sscanf(line, "s%zu.c consists for %d %% of p%zu.c", &a, &n, &b) == 3)
			add(t, json_array_get(t->student, a), json_array_get(t->shared, b),
			    "public", n);
	}
	json_object_foreach(pairs, key, percent)
		if (sscanf(key, "%zu %zu", &a, &b) == 2)
			add(t, json_array_get(t->student, a), json_array_get(t->student, b), "b",
			    (int)json_integer_value(percent));
	json_decref(pairs);
}

static int compare(struct texts *t, struct err *e)
{
	char *command = xasprintf(COMMAND, t->percent), *text = NULL;
	const char *const argv[] = { "sh", "-c", command, NULL };
	struct confine_job job = {
		.argv = argv, .work = t->folder, .deadline_ms = 600000, .cpu_s = 300
	};
	struct confine_result r = { 0 };
	json_t *same;
	size_t size, i;
	int ret = confine_run(&job, &r, e);

	if (!ret && (r.end != CONFINE_EXITED || r.code))
		ret = err_set(e, EIO,
			      "compare %s with sim_c: it ended with %d: %.200s\n"
			      "next: harness/deps installs it; --likeness 0 does without",
			      t->lab->id, r.code, r.output);
	if (!ret)
		ret = confine_read(t->folder, "pairs", PAIRS_MAX, &text, &size, e);
	if (!ret)
		take_lines(t, text);
	json_array_foreach(t->student, i, same)
		if (json_array_size(same) > 1)
			add(t, same, same, "b", 100);
	free(text);
	free(command);
	confine_result_clear(&r);
	return ret;
}

static int find_in_lab(const struct kit *kit, struct store *s, const struct workdir *w,
		       const struct lab_def *lab, int percent, json_t *found, struct err *e)
{
	struct texts t = { .lab = lab, .percent = percent, .found = found };
	char *folder = NULL, *path;
	int ret = confine_folder(workdir_path(w), &folder, e);

	if (ret)
		return ret;
	t.folder = folder;
	t.starter = json_object();
	t.student = json_array();
	t.by_hash = json_object();
	t.shared = json_array();
	path = xasprintf("%s/list", folder);
	t.list = fopen(path, "w");
	ret = t.list ? read_starter(&t, kit, e) :
		       err_set(e, errno, "write %s: %s", path, strerror(errno));
	if (!ret)
		ret = put_texts(&t, kit, s, e);
	if (t.list && fclose(t.list) && !ret)
		ret = err_set(e, errno, "write %s: %s", path, strerror(errno));
	if (!ret && json_array_size(t.student))
		ret = compare(&t, e);
	free(path);
	json_decref(t.starter);
	json_decref(t.student);
	json_decref(t.by_hash);
	json_decref(t.shared);
	confine_folder_remove(folder);
	free(folder);
	return ret;
}

json_t *similar_find(const struct kit *kit, const struct course *c, struct store *s, int percent,
		     struct err *e)
{
	json_t *found = json_array();
	struct workdir *w = NULL;
	size_t i;
	int ret = workdir_open(kit, &w, e);

	for (i = 0; i < c->count && !ret; i++)
		ret = find_in_lab(kit, s, w, c->lab[i].lab, percent, found, e);
	workdir_close(w);
	if (!ret)
		return found;
	json_decref(found);
	return NULL;
}
