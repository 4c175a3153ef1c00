/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * report.h - a result document as text for a terminal.
 */
#ifndef MMAPLAB_REPORT_H
#define MMAPLAB_REPORT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/**
 * report_print() - labs with their points, then each test that did not pass
 * with its evidence and the next command
 * @all_tests: list the passed tests too
 * @color: use terminal colours
 */
void report_print(FILE *out, const json_t *doc, bool all_tests, bool color);

/**
 * report_test() - one test of a lab with its evidence; before it the lab's
 * builds, as far as they failed or have warnings
 * @lab: its entry in a result document
 * @test: its id, or "" for the builds alone
 */
void report_test(FILE *out, const json_t *lab, const char *test, bool color);

/** report_wants_color() - a terminal, and no NO_COLOR */
bool report_wants_color(FILE *out);

#endif
