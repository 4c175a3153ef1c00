/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * manifest.h - the list of labs (labs/labs.tsv), each lab's tests
 * (labs/ID/tests.tsv), and what the host must see for some (evidence.tsv). The host owns names, points, order and needs; nothing
 * that runs in the machine can add a test or a point.
 */
#ifndef MMAPLAB_MANIFEST_H
#define MMAPLAB_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

#define MANIFEST_MAX_LABS 32
#define MANIFEST_MAX_TESTS 64
#define MANIFEST_MAX_FILES 8
#define MANIFEST_MAX_NEEDS 8

/*
 * What the host can see of a mapping by itself (evidence.c); labs/ID/evidence.tsv
 * says for a test which of these it must have seen before a pass counts.
 */
#define CHECK_LAZY (1U << 0) /* no page but the first is in the page table */
#define CHECK_PRESENT (1U << 1) /* every page is, each a page of memory of its own */
#define CHECK_END (1U << 2) /* nothing is mapped behind the mapping's end */
#define CHECK_RO (1U << 3) /* the entries are read-only */
#define CHECK_RW (1U << 4) /* the entries are writable */
#define CHECK_SAME (1U << 5) /* all programs have the same pages of memory */
#define CHECK_OFFSET (1U << 6) /* the second program's mapping begins a page later */
#define CHECK_DIGITS (1U << 7) /* the memory begins with the bytes 0 to 9 */
#define CHECK_CLEAR (1U << 8) /* all bytes behind those are 0 */
#define CHECK_STORE (1U << 9) /* values go both ways through the mapping */
#define CHECK_READ (1U << 10) /* and read(2) gives them, too */
#define CHECK_CARD (1U << 11) /* the memory shows a test card, and nothing else is changed */
#define CHECK_FRAMES (1U << 12) /* the last two frames of an animation, one in each page */

/** check_parse() - "present" to CHECK_PRESENT; 0 if there is no such check */
uint32_t check_parse(const char *name);

/** enum part - what a lab's files are compiled to; a lab has one of them or both */
enum part { PART_MODULE, PART_PROGRAM, PARTS };

/**
 * struct test_def - one line of a tests.tsv
 * @id: C identifier, the name of the Check test
 * @points: what a pass is worth, a multiple of one half, at least 0.5, so that
 *	sums are exact
 * @needs: tests of the same lab that must pass first; they stand before it
 * @profile: the machine's profile for this test
 * @task: number of the task in the lab's README
 * @where: "records.c:rec_set", the place a student opens
 * @title: one sentence of behaviour
 * @evidence: CHECK_* bits that the host must have seen itself; 0 for most
 */
struct test_def {
	char *id;
	double points;
	const struct test_def *needs[MANIFEST_MAX_NEEDS];
	size_t needs_count;
	char *profile;
	int task;
	char *where;
	char *title;
	uint32_t evidence;
};

/**
 * struct lab_def - one line of labs.tsv with its tests
 * @id: "02-records"
 * @profile: default profile of its tests
 * @files: the files a student may edit, relative to the repository
 * @title: one sentence
 * @bonus: what it gives comes on top: it raises no maximum and keeps no
 *	submission from being full, unless it is graded alone
 * @program: name of the lab's program, "records"
 * @module: name of the kernel module a student writes, or NULL for a user
 *	lab; derived from the file under driver/
 */
struct lab_def {
	char *id;
	char *profile;
	char *files[MANIFEST_MAX_FILES];
	size_t files_count;
	char *title;
	bool bonus;
	char *program;
	char *module;
	struct test_def tests[MANIFEST_MAX_TESTS];
	size_t tests_count;
};

/**
 * struct manifest - every lab, in the order of labs.tsv
 * @root: the repository's folder, as given to manifest_load()
 */
struct manifest {
	char *root;
	struct lab_def labs[MANIFEST_MAX_LABS];
	size_t labs_count;
};

/**
 * manifest_load() - read labs.tsv and every tests.tsv
 * @root: the repository's folder
 *
 * Return: 0, or a negative errno with @e naming file, line and column.
 * @out is allocated; release it with manifest_free().
 */
int manifest_load(const char *root, struct manifest **out, struct err *e);
void manifest_free(struct manifest *m);

/**
 * manifest_find_lab() - by "02", "2", "02-records" or "records"
 *
 * Return: the lab, or NULL with @e naming the labs that exist.
 */
const struct lab_def *manifest_find_lab(const struct manifest *m, const char *name, struct err *e);
/**
 * manifest_find_test() - by id
 *
 * Return: the test, or NULL with @e naming the lab's tests.
 */
const struct test_def *manifest_find_test(const struct lab_def *lab, const char *id, struct err *e);
/** manifest_lab_points() - the sum over its tests */
double manifest_lab_points(const struct lab_def *lab);

/** manifest_has_file() - is it one that students edit in this lab? */
bool manifest_has_file(const struct lab_def *lab, const char *path);

/** manifest_is_module_file() - true for a file under driver/ */
bool manifest_is_module_file(const char *path);
/**
 * manifest_part_of() - the lab with the files of one part only
 * @out: a copy that shares everything with @lab; never freed
 * Return: the number of those files.
 */
size_t manifest_part_of(const struct lab_def *lab, enum part part, struct lab_def *out);
/** manifest_needs_part() - cannot this test be run when that part was not built? */
bool manifest_needs_part(const struct lab_def *lab, const struct test_def *test, enum part part);

#endif
