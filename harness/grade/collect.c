// SPDX-License-Identifier: GPL-2.0-only
/*
 * collect.c - opens a submission and makes a collection of what its source
 * handed to the intake, see collect.h.
 */
#include "collect.h"

#include <fcntl.h>
#include <gcrypt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collect_intake.h"
#include "collect_notes.h"
#include "util.h"

/* -------------------------------------------------------- what was taken */

/*
 * The compiler takes bytes it does not know in comments and strings, so text
 * that is not UTF-8 is only noted. A NUL or an endless line is not source
 * code that anybody could read, or that a message could show.
 */
static void check_text(struct collect_file *f, struct collect_notes *n)
{
	const unsigned char *s = (const unsigned char *)f->data;
	size_t i = 0, start = 0, line = 1, len, odd_line = 0;

	if (!f->size)
		f->problem = xasprintf("%s is empty", f->path);
	while (i < f->size && !f->problem) {
		len = utf8_len(s + i, f->size - i);
		if (!len && !odd_line)
			odd_line = line;
		if (!s[i])
			f->problem = xasprintf(
				"%s, line %zu holds a NUL byte: not plain text (was it saved as UTF-16?)",
				f->path, line);
		else if (i - start >= COLLECT_MAX_LINE)
			f->problem = xasprintf("%s, line %zu is longer than %d bytes", f->path,
					       line, COLLECT_MAX_LINE);
		if (s[i] == '\n') {
			line++;
			start = i + 1;
		}
		i += len ? len : 1;
	}
	if (odd_line && !f->problem)
		collect_note(n, NOTE_HEAVY,
			     xasprintf("%s, line %zu is not UTF-8; the file is used as it is",
				       f->path, odd_line));
}

static void take_file(struct collection *c, const char *path, struct intake_found *found,
		      struct collect_notes *n)
{
	struct collect_file *f = &c->files[c->files_count++];

	f->path = xstrdup(path);
	f->data = found->data;
	f->size = found->size;
	f->seen = found->seen;
	found->data = NULL;
	if (found->problem)
		f->problem = xasprintf("%s %s", path, found->problem);
	else if (!found->seen)
		f->problem = xasprintf("%s is missing", path);
	else
		check_text(f, n);
	if (f->problem) {
		collect_note(n, NOTE_HEAVY, xstrdup(f->problem));
		free(f->data);
		f->data = NULL;
		f->size = 0;
	}
}

static bool wants(const struct lab_def *only, const char *path)
{
	return !only || manifest_has_file(only, path);
}

void collection_hash(const struct collection *c, const struct lab_def *only, char hash[65])
{
	unsigned char *digest;
	char size[32];
	gcry_md_hd_t md;
	size_t i;

	gcry_check_version(NULL);
	if (gcry_md_open(&md, GCRY_MD_SHA256, 0))
		return;
	for (i = 0; i < c->files_count; i++) {
		const struct collect_file *f = &c->files[i];

		if (!f->data || !wants(only, f->path))
			continue;
		snprintf(size, sizeof(size), "%zu", f->size);
		gcry_md_write(md, f->path, strlen(f->path) + 1);
		gcry_md_write(md, size, strlen(size) + 1);
		gcry_md_write(md, f->data, f->size);
	}
	digest = gcry_md_read(md, GCRY_MD_SHA256);
	digest_hex(digest, hash);
	gcry_md_close(md);
}

static bool any_seen(const struct intake *in, const struct intake_found *f)
{
	size_t i;

	for (i = 0; i < in->path_count; i++)
		if (f[i].seen)
			return true;
	return false;
}

static int nothing_found(const struct intake *in, struct err *e)
{
	char list[512] = "";
	size_t i, used = 0;

	for (i = 0; i < in->other_count && i < 5; i++) {
		char *shown = intake_show_name(in->other[i].path);

		used += snprintf(list + used, sizeof(list) - used, "%s%s", i ? ", " : "", shown);
		free(shown);
		if (used >= sizeof(list))
			break;
	}
	cut_clean(list);
	return err_set(e, EINVAL,
		       "unusable submission: %s holds none of the labs' files%s%s%s\n"
		       "next: mirror the repository, for example %s",
		       in->submission, *list ? "; it holds " : "", list,
		       in->other_count > 5 ? ", ..." : "", in->path[0]);
}

/* By its name alone each lab's file has to lie in one place. */
static int check_flat(struct intake *in, struct err *e)
{
	char *a, *b;
	size_t i;
	int ret = 0;

	for (i = 0; i < in->path_count && !ret; i++) {
		const struct intake_flat *f = &in->flat_place[i];

		if (!f->second)
			continue;
		a = intake_show_name(f->path);
		b = intake_show_name(f->second);
		ret = err_set(e, EINVAL,
			      "unusable submission: %s holds both %s and %s\n"
			      "next: hand in one of them, as %s",
			      in->submission, a, b, in->path[i]);
		free(a);
		free(b);
	}
	return ret;
}

/*
 * Where the manifest's files are: at the top, in the one wrapping folder @w, or,
 * where nothing mirrors the repository, without their folders.
 */
static int choose(struct intake *in, struct intake_found **files, struct intake_wrapped **w,
		  struct err *e)
{
	char *a, *b;
	int ret;

	*w = NULL;
	*files = in->top;
	if (any_seen(in, in->top))
		return 0;
	if (!in->wrapped_count) {
		*files = in->flat;
		return any_seen(in, in->flat) ? check_flat(in, e) : nothing_found(in, e);
	}
	*w = in->wrapped[0];
	*files = in->wrapped[0]->file;
	if (in->wrapped_count == 1)
		return 0;
	a = intake_show_name(in->wrapped[0]->folder);
	b = intake_show_name(in->wrapped[1]->folder);
	ret = err_set(e, EINVAL,
		      "unusable submission: %s holds several (%s, %s%s)\n"
		      "next: hand in one folder at a time",
		      in->submission, a, b,
		      in->wrapped_count > 2 || in->many_wrapped ? ", ..." : "");
	free(a);
	free(b);
	return ret;
}

static int finish(struct intake *in, const struct lab_def *only, bool own, struct collection **out,
		  struct err *e)
{
	struct collect_notes notes = { 0 };
	struct intake_wrapped *w;
	struct collection *c;
	struct intake_found *files;
	size_t i;
	int ret = choose(in, &files, &w, e);

	if (ret)
		return ret;
	c = xcalloc(1, sizeof(*c));
	c->files = xcalloc(in->path_count, sizeof(*c->files));
	for (i = 0; i < in->path_count; i++)
		if (wants(only, in->path[i]))
			take_file(c, in->path[i], &files[i], &notes);
	if (w)
		c->wrapper = intake_show_name(w->folder);
	if (!own)
		collect_make_notes(&notes, in, c, only, w, files == in->flat);
	collect_store_notes(c, &notes);
	collection_hash(c, NULL, c->hash);
	*out = c;
	return 0;
}

/* ------------------------------------------------------------------- API */

static void intake_open(struct intake *in, const char *submission, const struct manifest *m)
{
	size_t lab, i, k;

	in->m = m;
	in->submission = submission;
	for (lab = 0; lab < m->labs_count; lab++) {
		for (i = 0; i < m->labs[lab].files_count; i++) {
			const char *path = m->labs[lab].files[i];

			/* Two labs may grow the same driver. */
			for (k = 0; k < in->path_count; k++)
				if (!strcmp(in->path[k], path))
					break;
			if (k == in->path_count)
				in->path[in->path_count++] = path;
		}
	}
}

static void free_found(struct intake_found *f)
{
	size_t i;

	for (i = 0; i < INTAKE_MAX_FILES; i++) {
		free(f[i].data);
		free(f[i].problem);
	}
}

static void intake_close(struct intake *in)
{
	size_t i;

	free_found(in->top);
	free_found(in->flat);
	for (i = 0; i < INTAKE_MAX_FILES; i++) {
		free(in->flat_place[i].path);
		free(in->flat_place[i].second);
	}
	for (i = 0; i < in->wrapped_count; i++) {
		free_found(in->wrapped[i]->file);
		free(in->wrapped[i]->folder);
		free(in->wrapped[i]);
	}
	for (i = 0; i < in->other_count; i++)
		free(in->other[i].path);
	free(in->other);
	free(in);
}

/*
 * "records.c", also as Canvas names what a student uploads: in front of it the
 * student and numbers, behind it "-1" for the second time. NULL: not a lab's file.
 */
static const char *single_name(const struct intake *in, const char *submission)
{
	const char *slash = strrchr(submission, '/'), *end;
	char *name = xstrdup(slash ? slash + 1 : submission), *dot = strrchr(name, '.'),
	     *dash = strrchr(name, '-');
	const char *found = NULL;
	size_t i, n;

	if (dot && dash && dash + 1 < dot &&
	    strspn(dash + 1, "0123456789") == (size_t)(dot - dash - 1))
		memmove(dash, dot, strlen(dot) + 1);
	for (i = 0; i < in->path_count && !found; i++) {
		end = strrchr(in->path[i], '/') + 1;
		n = strlen(name) - strlen(end);
		if (strlen(name) >= strlen(end) && !strcmp(name + n, end) &&
		    (!n || name[n - 1] == '_'))
			found = end;
	}
	free(name);
	return found;
}

int collect(const char *submission, const struct manifest *m, const struct lab_def *only,
	    struct collection **out, struct err *e)
{
	int fd = open(submission, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st, root;
	struct intake *in;
	const char *single;
	bool own = false;
	int ret;

	*out = NULL;
	if (fd < 0 || fstat(fd, &st)) {
		ret = err_set(e, errno,
			      "unusable submission: open %s: %s\n"
			      "next: name a folder or an archive",
			      submission, strerror(errno));
		if (fd >= 0)
			close(fd);
		return ret;
	}
	in = xcalloc(1, sizeof(*in));
	intake_open(in, submission, m);
	if (S_ISDIR(st.st_mode)) {
		/* The working tree itself: everything in it is the kit's. */
		own = !stat(m->root, &root) && root.st_dev == st.st_dev && root.st_ino == st.st_ino;
		ret = collect_folder(in, fd, e);
	} else if (S_ISREG(st.st_mode) && (single = single_name(in, submission))) {
		ret = collect_single(in, fd, single, e);
	} else if (S_ISREG(st.st_mode) && !st.st_size) {
		ret = err_set(e, EINVAL,
			      "unusable submission: %s is an empty file\n"
			      "next: hand it in again; make submit packs it",
			      submission);
	} else if (S_ISREG(st.st_mode)) {
		ret = collect_archive(in, fd, e);
	} else {
		ret = err_set(e, EINVAL,
			      "unusable submission: %s is neither a folder nor an archive",
			      submission);
	}
	if (!ret)
		ret = finish(in, only, own, out, e);
	intake_close(in);
	close(fd);
	return ret;
}

void collection_free(struct collection *c)
{
	size_t i;

	if (!c)
		return;
	for (i = 0; i < c->files_count; i++) {
		free(c->files[i].path);
		free(c->files[i].data);
		free(c->files[i].problem);
	}
	for (i = 0; i < c->notes_count; i++)
		free(c->notes[i]);
	free(c->files);
	free(c->notes);
	free(c->wrapper);
	free(c);
}

const struct collect_file *collection_find(const struct collection *c, const char *path)
{
	size_t i;

	for (i = 0; i < c->files_count; i++)
		if (!strcmp(c->files[i].path, path))
			return &c->files[i];
	return NULL;
}

static bool is_shared(const struct manifest *m, const struct lab_def *lab, const char *path)
{
	size_t i, k;

	for (i = 0; i < m->labs_count; i++)
		for (k = 0; &m->labs[i] != lab && k < m->labs[i].files_count; k++)
			if (!strcmp(m->labs[i].files[k], path))
				return true;
	return false;
}

bool collection_has(const struct collection *c, const struct manifest *m, const struct lab_def *lab)
{
	bool all = false, own = false, has_own = false;
	size_t i;

	for (i = 0; i < lab->files_count; i++) {
		const struct collect_file *f = collection_find(c, lab->files[i]);
		bool shared = is_shared(m, lab, lab->files[i]), there = f && f->seen && !f->starter;

		has_own |= !shared;
		all |= there;
		own |= there && !shared;
	}
	return has_own ? own : all;
}

const char *collection_problem(const struct collection *c, const struct lab_def *lab)
{
	const struct collect_file *f;
	size_t i;

	for (i = 0; i < lab->files_count; i++) {
		f = collection_find(c, lab->files[i]);
		if (f && f->problem)
			return f->problem;
	}
	return NULL;
}
