/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mutants_report.h - what became of the mutants, as a table and as JSON.
 */
#ifndef MMAPLAB_MUTANTS_REPORT_H
#define MMAPLAB_MUTANTS_REPORT_H

#include <stdint.h>

#include "mutants_list.h"

/**
 * mutants_report() - print a table, write build/mutants/LAB.json for each lab, and
 * summary.json when all were asked for (harness/mutants/README.md has their form)
 *
 * Return: 0, or a negative errno with @e.
 */
int mutants_report(const struct kit *kit, const struct manifest *m, const struct mutants *ms,
		   const struct lab_def *only, uint64_t seed, struct err *e);

/**
 * mutants_stale() - print the lines of the lists that fit no survivor
 * @only: of this lab; NULL: of all
 *
 * Return: how many there are.
 */
int mutants_stale(const struct mutants *ms, const struct lab_def *only);

#endif
