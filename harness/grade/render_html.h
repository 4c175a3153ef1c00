/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * render_html.h - what the two parts of a person's page share: render_html.c
 * has the page, render_html_test.c one test on it.
 */
#ifndef MMAPLAB_RENDER_HTML_H
#define MMAPLAB_RENDER_HTML_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/** page_has() - is this the verdict of a test or of a build? */
bool page_has(const json_t *o, const char *verdict);
/** page_points() - those of a test, a lab or all, and what there could be */
void page_points(FILE *out, const json_t *o);
/** page_failure() - a test that did not pass, with its evidence */
void page_failure(FILE *out, const json_t *lab, const json_t *test);
/** page_row() - a line of a list, for what passed and what was not run */
void page_row(FILE *out, const json_t *lab, const json_t *test);

#endif
