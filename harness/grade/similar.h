/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * similar.h - which submissions of a lab read like each other, or like a
 * solution that everybody can find. A hint for a person who then looks at both:
 * never a verdict, never a status.
 */
#ifndef MMAPLAB_SIMILAR_H
#define MMAPLAB_SIMILAR_H

#include <jansson.h>

#include "course.h"
#include "kit.h"
#include "store.h"

/* Of one's own text, what has to be in the other's; GRADING.md, "Likeness", has the figures. */
#define SIMILAR_PERCENT 50

/**
 * similar_find() - in all labs of a course, by what counts of each person
 * @percent: from which likeness on, SIMILAR_PERCENT unless somebody wants more of it
 *
 * Names of variables, layout, comments and the values of constants make no
 * difference; lines of the starter are left out. Files are read by sim_c, confined.
 *
 * Return: an array, owned by the caller, of "lab", "a", "b" (students; or "public":
 * a path below the checkout), "percent"; or NULL with @e.
 */
json_t *similar_find(const struct kit *kit, const struct course *c, struct store *s, int percent,
		     struct err *e);

#endif
