/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * collect_notes.h - inside collect: the notes on what was not taken as it
 * came.
 */
#ifndef MMAPLAB_COLLECT_NOTES_H
#define MMAPLAB_COLLECT_NOTES_H

#include "collect.h"
#include "collect_intake.h"

/* What explains a lost point comes before what states the obvious. */
enum collect_weight { NOTE_HEAVY, NOTE_LIGHT };

/** struct collect_notes - notes by weight; @count also counts those beyond
 * COLLECT_MAX_NOTES, which are not kept */
struct collect_notes {
	char *text[2][COLLECT_MAX_NOTES];
	size_t count[2];
};

/** collect_note() - add a note, once; takes over @text */
void collect_note(struct collect_notes *n, enum collect_weight weight, char *text);

/**
 * collect_make_notes() - a note for each entry that was not taken
 * @c: with its files, to tell which are missing
 * @only: see collect()
 * @w: the stripped folder, or NULL
 * @flat: files were taken from where they lie without their folders
 */
void collect_make_notes(struct collect_notes *n, const struct intake *in,
			const struct collection *c, const struct lab_def *only,
			const struct intake_wrapped *w, bool flat);

/** collect_store_notes() - hand them over to the collection */
void collect_store_notes(struct collection *c, struct collect_notes *n);

#endif
