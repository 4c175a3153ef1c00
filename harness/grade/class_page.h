/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * class_page.h - a class as one page to read: where it stands, which tests and
 * mistakes are worth a lecture, and what a person has to look at.
 */
#ifndef MMAPLAB_CLASS_PAGE_H
#define MMAPLAB_CLASS_PAGE_H

#include <jansson.h>
#include <stdio.h>

#include "manifest.h"
#include "term.h"

/**
 * struct class_page - what it is made of
 * @book: the gradebook's document
 * @pages: each person's page, by id: a path from where the class page is
 */
struct class_page {
	const struct manifest *m;
	const struct term *term;
	const json_t *book;
	const json_t *pages;
	/* inside */
	FILE *out;
	json_t *tests; /* "student\nlab" -> rows with test, verdict and message */
};

/** class_page_write() - replace a file by the page; 0 or a negative errno with @e */
int class_page_write(struct class_page *p, const char *path, struct err *e);

/* ------------------------------------------------------------------ inside */

/** class_page_students() - of the gradebook; borrowed */
json_t *class_page_students(const struct class_page *p);
/** class_page_person() - a person's name as a link to their page, if there is one */
void class_page_person(const struct class_page *p, const json_t *student);
/** class_page_tests() - a person's tests in a lab, or NULL; borrowed */
json_t *class_page_tests(const struct class_page *p, const json_t *student, const char *lab);
/** class_page_begun() - is any test of these passed? */
bool class_page_begun(const json_t *tests);

/** class_page_hardest() - the tests that most people fail */
void class_page_hardest(const struct class_page *p);
/** class_page_mistakes() - the wrong solutions that submissions look like */
int class_page_mistakes(const struct class_page *p, struct err *e);
/** class_page_review() - what waits for a person, with the evidence and the next command */
int class_page_review(const struct class_page *p, struct err *e);
/** class_page_runs() - how fast it was graded, and by what */
int class_page_runs(const struct class_page *p, struct err *e);

#endif
