/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * watch_view.h - inside watch: what can be seen of a lab's last grading.
 */
#ifndef MMAPLAB_WATCH_VIEW_H
#define MMAPLAB_WATCH_VIEW_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum view {
	VIEW_FAILURE, /* one failing test */
	VIEW_LIST, /* all tests */
	VIEW_MAPPINGS, /* what that test expected of mappings and what it saw */
	VIEW_HINT, /* hints for that test */
};

/** watch_failures() - tests of the lab that did not pass and are not blocked */
size_t watch_failures(const json_t *lab);

/** watch_failure() - the @n-th of them, or NULL; owned by @lab */
const json_t *watch_failure(const json_t *lab, size_t n);

/** watch_summary() - "5.5/6 points, 11 of 12 tests", in fresh memory */
char *watch_summary(const json_t *lab);

/**
 * watch_view() - the text of a view, in fresh memory
 * @lab: a lab's entry in a result document
 * @n: of which failing test
 */
char *watch_view(const json_t *lab, enum view view, size_t n, bool color);

#endif
