/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * manifest.h - the list of labs (labs/labs.tsv) and each lab's tests
 * (labs/ID/tests.tsv). The host owns names, points, order and needs; nothing
 * that runs in the machine can add a test or a point.
 */
#ifndef MMAPLAB_MANIFEST_H
#define MMAPLAB_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"

#define MANIFEST_MAX_LABS 32
#define MANIFEST_MAX_TESTS 64
#define MANIFEST_MAX_FILES 8
#define MANIFEST_MAX_NEEDS 8

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
};

/**
 * struct lab_def - one line of labs.tsv with its tests
 * @id: "02-records"
 * @profile: default profile of its tests
 * @files: the files a student may edit, relative to the repository
 * @title: one sentence
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

/** manifest_is_module_file() - true for a file under driver/ */
bool manifest_is_module_file(const char *path);

#endif
