// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz_manifest.c - the kit's own tables, as an author of labs may get them
 * wrong: labs.tsv, and tests.tsv and evidence.tsv of lab 01-first, in three parts.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../grade/util.h"
#include "fuzz.h"

#define LAB "labs/01-first"

static char *root;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	make_dirs(fuzz_path(LAB), NULL);
	root = xstrdup(fuzz_path("."));
	return 0;
}

static void put(const char *name, struct fuzz_input *in)
{
	size_t n;
	char *text = fuzz_part(in, &n);

	fuzz_file(fuzz_path("%s", name), text, n);
	free(text);
}

static void check_lab(const struct lab_def *lab)
{
	size_t i, k;

	fuzz_require(lab->files_count && lab->tests_count, "%s is empty", lab->id);
	fuzz_require(manifest_lab_points(lab) >= 0.5 * (double)lab->tests_count, "%s: %g points",
		     lab->id, manifest_lab_points(lab));
	for (i = 0; i < lab->tests_count; i++) {
		const struct test_def *t = &lab->tests[i];

		fuzz_require(t->points >= 0.5 && fmod(t->points, 0.5) == 0, "%s: %g points", t->id,
			     t->points);
		fuzz_require(manifest_find_test(lab, t->id, NULL) == t, "%s twice", t->id);
		/* Needs stand above, so that they cannot go round in a circle. */
		for (k = 0; k < t->needs_count; k++)
			fuzz_require(t->needs[k] >= lab->tests && t->needs[k] < t, "%s needs %s",
				     t->id, t->needs[k]->id);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	struct manifest *m = NULL;
	struct err e = { 0 };
	size_t i;
	int ret;

	put("labs/labs.tsv", &in);
	put(LAB "/tests.tsv", &in);
	if (in.size)
		put(LAB "/evidence.tsv", &in);
	else
		remove(fuzz_path(LAB "/evidence.tsv"));
	ret = manifest_load(root, &m, &e);
	fuzz_require(!ret == !!m, "returned %d and %s", ret, m ? "a manifest" : "nothing");
	if (ret)
		fuzz_error(ret, &e);
	for (i = 0; m && i < m->labs_count; i++)
		check_lab(&m->labs[i]);
	manifest_free(m);
	return 0;
}
