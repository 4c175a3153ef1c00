// SPDX-License-Identifier: GPL-2.0-only
/*
 * collect_notes.c - words for what a submission brought in vain, see
 * collect_notes.h. "Nothing is silent" ends where a list of a thousand files
 * would hide the one line that matters.
 */
#include "collect_notes.h"

#include <stdlib.h>
#include <string.h>

#include "util.h"

void collect_note(struct collect_notes *n, enum collect_weight weight, char *text)
{
	size_t i,
		kept = n->count[weight] < COLLECT_MAX_NOTES ? n->count[weight] : COLLECT_MAX_NOTES;

	for (i = 0; i < kept; i++) {
		if (!strcmp(n->text[weight][i], text)) {
			free(text);
			return;
		}
	}
	if (n->count[weight]++ < COLLECT_MAX_NOTES)
		n->text[weight][kept] = text;
	else
		free(text);
}

void collect_store_notes(struct collection *c, struct collect_notes *n)
{
	size_t total = n->count[NOTE_HEAVY] + n->count[NOTE_LIGHT], i;
	int w;

	c->notes = xcalloc(COLLECT_MAX_NOTES + 1, sizeof(*c->notes));
	for (w = NOTE_HEAVY; w <= NOTE_LIGHT; w++) {
		for (i = 0; i < n->count[w] && i < COLLECT_MAX_NOTES; i++) {
			if (c->notes_count < COLLECT_MAX_NOTES)
				c->notes[c->notes_count++] = n->text[w][i];
			else
				free(n->text[w][i]);
		}
	}
	if (total > c->notes_count) {
		c->notes[c->notes_count] = xasprintf("and %zu more", total - c->notes_count);
		c->notes_count++;
	}
}

static const char *refusal(enum intake_kind kind)
{
	switch (kind) {
	case INTAKE_SYMLINK:
		return "symbolic link, refused";
	case INTAKE_HARDLINK:
		return "hard link, refused";
	case INTAKE_DEVICE:
		return "not a regular file, refused";
	default:
		return NULL;
	}
}

/* Folders of a checkout that hold nothing for us, by their first name. */
static bool is_hidden(const char *path)
{
	return *path == '.' || !strcmp(path, "__MACOSX") || !strncmp(path, "__MACOSX/", 9);
}

static bool below_sources(const char *path)
{
	return !strncmp(path, "labs/", 5) || !strncmp(path, "driver/", 7);
}

/* With one lab chosen, other labs' folders are nobody's business. */
static bool concerns(const struct lab_def *only, const char *path)
{
	size_t i;

	for (i = 0; only && i < only->files_count; i++) {
		size_t n = strrchr(only->files[i], '/') - only->files[i] + 1;

		if (!strncmp(only->files[i], path, n))
			return true;
	}
	return !only || !below_sources(path);
}

/* A manifest's file that is missing and has this name: probably it. */
static const char *belongs_at(const struct collection *c, const char *path)
{
	const char *base = strrchr(path, '/');
	size_t i;

	base = base ? base + 1 : path;
	for (i = 0; i < c->files_count; i++) {
		const struct collect_file *f = &c->files[i];

		if (!f->data && !strcmp(strrchr(f->path, '/') + 1, base))
			return f->path;
	}
	return NULL;
}

static void note_other(struct collect_notes *n, const struct collection *c,
		       const struct lab_def *only, const struct intake_other *o, const char *path,
		       int given)
{
	const char *slash = strchr(path, '/'), *home;
	char *shown = intake_show_name(path), *top;

	if (o->bad_name) {
		collect_note(
			n, NOTE_HEAVY,
			xasprintf("%s: refused: a name must lead to a place inside the submission",
				  shown));
	} else if (is_hidden(path) || given == GIVEN_SAME || !concerns(only, path)) {
		;
	} else if (refusal(o->kind)) {
		collect_note(n, NOTE_HEAVY, xasprintf("%s: %s", shown, refusal(o->kind)));
	} else if (below_sources(path) && given == GIVEN_CHANGED) {
		collect_note(n, NOTE_HEAVY,
			     xasprintf("%s: given file, changed: the kit's own is used", shown));
	} else if ((home = belongs_at(c, path))) {
		collect_note(n, NOTE_HEAVY,
			     xasprintf("%s: ignored; it belongs at %s", shown, home));
	} else if (slash && !below_sources(path)) {
		top = strndup(path, slash - path);
		free(shown);
		shown = intake_show_name(top ? top : "?");
		free(top);
		collect_note(n, NOTE_LIGHT, xasprintf("%s/: ignored", shown));
	} else {
		collect_note(n, NOTE_LIGHT,
			     xasprintf("%s%s: ignored", shown,
				       o->kind == INTAKE_SKIPPED ? "/" : ""));
	}
	free(shown);
}

/* Without its folders it was taken all the same. */
static void note_taken(struct collect_notes *n, const struct intake_other *o, const char *home,
		       const struct lab_def *only)
{
	char *shown;

	if (only && !manifest_has_file(only, home))
		return;
	shown = intake_show_name(o->path);
	collect_note(n, NOTE_LIGHT, xasprintf("%s: taken as %s", shown, home));
	free(shown);
}

void collect_make_notes(struct collect_notes *n, const struct intake *in,
			const struct collection *c, const struct lab_def *only,
			const struct intake_wrapped *w, bool flat)
{
	size_t strip = w ? strlen(w->folder) + 1 : 0, i;
	int home;

	for (i = 0; i < in->other_count; i++) {
		const struct intake_other *o = &in->other[i];
		bool inside = w && !o->bad_name && !strncmp(o->path, w->folder, strip - 1) &&
			      o->path[strip - 1] == '/';

		home = flat && !o->bad_name ? intake_flat_index(in, o->path) : -1;
		if (home >= 0) {
			note_taken(n, o, in->path[home], only);
			continue;
		}
		note_other(n, c, only, o, inside ? o->path + strip : o->path,
			   inside ? o->stripped : o->as_is);
	}
}
