// SPDX-License-Identifier: GPL-2.0-only
/*
 * manifest.c - strict reader of labs/labs.tsv, labs/ID/tests.tsv and
 * labs/ID/evidence.tsv, see manifest.h.
 *
 * These files decide what is worth a point, so nothing in them is guessed:
 * a line that is not exactly as described is an error with its place.
 */
#include "manifest.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "near.h"
#include "tsv.h"
#include "util.h"

#define MAX_NUMBER 1000

static const char *const labs_columns[] = { "id", "profile", "files", "kind", "title", NULL };
static const char *const tests_columns[] = { "id",   "points", "needs", "profile",
					     "task", "where",  "title", NULL };
static const char *const evidence_columns[] = { "id", "checks", NULL };

enum { LAB_ID, LAB_PROFILE, LAB_FILES, LAB_KIND, LAB_TITLE };
enum { T_ID, T_POINTS, T_NEEDS, T_PROFILE, T_TASK, T_WHERE, T_TITLE };

static const struct {
	const char *name;
	uint32_t bit;
} checks[] = {
	{ "lazy", CHECK_LAZY },	    { "present", CHECK_PRESENT }, { "end", CHECK_END },
	{ "ro", CHECK_RO },	    { "rw", CHECK_RW },		  { "same", CHECK_SAME },
	{ "offset", CHECK_OFFSET }, { "digits", CHECK_DIGITS },	  { "clear", CHECK_CLEAR },
	{ "store", CHECK_STORE },   { "read", CHECK_READ },	  { "card", CHECK_CARD },
	{ "frames", CHECK_FRAMES },
};

uint32_t check_parse(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		if (!strcmp(checks[i].name, name))
			return checks[i].bit;
	return 0;
}

/* [a-z][a-z0-9_]* */
static bool is_name(const char *s)
{
	if (!islower((unsigned char)*s))
		return false;
	while (islower((unsigned char)*s) || isdigit((unsigned char)*s) || *s == '_')
		s++;
	return !*s;
}

static bool is_c_identifier(const char *s)
{
	if (!isalpha((unsigned char)*s) && *s != '_')
		return false;
	while (isalnum((unsigned char)*s) || *s == '_')
		s++;
	return !*s;
}

/* A number from 1 to MAX_NUMBER without leading zeros, else 0. */
static int small_number(const char *s)
{
	int n = 0;

	if (*s < '1' || *s > '9')
		return 0;
	for (; *s; s++) {
		if (!isdigit((unsigned char)*s))
			return 0;
		n = n * 10 + (*s - '0');
		if (n > MAX_NUMBER)
			return 0;
	}
	return n;
}

bool manifest_is_module_file(const char *path)
{
	return !strncmp(path, "driver/", 7);
}

size_t manifest_part_of(const struct lab_def *lab, enum part part, struct lab_def *out)
{
	size_t i;

	*out = *lab;
	out->files_count = 0;
	for (i = 0; i < lab->files_count; i++)
		if (manifest_is_module_file(lab->files[i]) == (part == PART_MODULE))
			out->files[out->files_count++] = lab->files[i];
	if (part == PART_PROGRAM)
		out->module = NULL;
	return out->files_count;
}

/* A test needs the part with the file that it sends a student to, and what its needs need. */
bool manifest_needs_part(const struct lab_def *lab, const struct test_def *test, enum part part)
{
	size_t n = strcspn(test->where, ":"), i;
	struct lab_def only;

	manifest_part_of(lab, part, &only);
	if (!only.files_count || only.files_count == lab->files_count)
		return only.files_count > 0;
	for (i = 0; i < test->needs_count; i++)
		if (manifest_needs_part(lab, test->needs[i], part))
			return true;
	for (i = 0; i < only.files_count; i++) {
		const char *base = strrchr(only.files[i], '/') + 1;

		if (!strncmp(base, test->where, n) && !base[n])
			return true;
	}
	return false;
}

/* labs/ID/NAME.c or driver/NAME/NAME.c; these names are joined to paths. */
static bool is_student_file(const char *path, const char *id)
{
	const char *p = path, *dot = strrchr(path, '.');
	int slashes = 0;

	if (!dot || strcmp(dot, ".c"))
		return false;
	for (; *p; p++) {
		if (*p == '/')
			slashes++;
		if (*p == '/' ? p[1] == '/' || p[1] == '.' :
				!isalnum((unsigned char)*p) && !strchr("_-.", *p))
			return false;
	}
	if (slashes != 2)
		return false;
	if (manifest_is_module_file(path))
		return true;
	return !strncmp(path, "labs/", 5) && !strncmp(path + 5, id, strlen(id)) &&
	       path[5 + strlen(id)] == '/';
}

static int parse_files(const struct tsv *t, struct lab_def *lab, struct err *e)
{
	char *list = t->cell[LAB_FILES], *path;
	size_t i;

	while ((path = strsep(&list, ","))) {
		if (!is_student_file(path, lab->id))
			return tsv_bad(
				t, LAB_FILES, e,
				"'%.80s' is neither labs/ID/NAME.c of this lab nor driver/NAME/NAME.c",
				path);
		for (i = 0; i < lab->files_count; i++)
			if (!strcmp(lab->files[i], path))
				return tsv_bad(t, LAB_FILES, e, "'%.80s' stands twice", path);
		if (lab->files_count == MANIFEST_MAX_FILES)
			return tsv_bad(t, LAB_FILES, e, "too many files");
		lab->files[lab->files_count++] = xstrdup(path);
		if (!manifest_is_module_file(path))
			continue;
		if (lab->module)
			return tsv_bad(t, LAB_FILES, e, "a lab has one module of one file");
		lab->module = xstrdup(strrchr(path, '/') + 1);
		*strrchr(lab->module, '.') = '\0';
		if (!is_c_identifier(lab->module))
			return tsv_bad(t, LAB_FILES, e, "'%.80s' cannot name a module",
				       lab->module);
	}
	return 0;
}

static int parse_lab(const struct tsv *t, struct manifest *m, struct err *e)
{
	struct lab_def *lab = &m->labs[m->labs_count];
	char *id = t->cell[LAB_ID];
	size_t i;

	if (m->labs_count == MANIFEST_MAX_LABS)
		return tsv_bad(t, LAB_ID, e, "too many labs");
	if (!isdigit((unsigned char)id[0]) || !isdigit((unsigned char)id[1]) || id[2] != '-' ||
	    !is_name(id + 3))
		return tsv_bad(t, LAB_ID, e, "'%.80s' is not like 02-records", id);
	for (i = 0; i < m->labs_count; i++)
		if (!strncmp(m->labs[i].id, id, 2) || !strcmp(m->labs[i].program, id + 3))
			return tsv_bad(t, LAB_ID, e, "'%.80s' repeats a lab's number or name", id);
	if (!is_name(t->cell[LAB_PROFILE]))
		return tsv_bad(t, LAB_PROFILE, e, "'%.80s' is not the name of a profile",
			       t->cell[LAB_PROFILE]);
	if (strcmp(t->cell[LAB_KIND], "core") && strcmp(t->cell[LAB_KIND], "bonus"))
		return tsv_bad(t, LAB_KIND, e, "'%.80s' is neither core nor bonus",
			       t->cell[LAB_KIND]);
	m->labs_count++;
	lab->id = xstrdup(id);
	lab->program = xstrdup(id + 3);
	lab->profile = xstrdup(t->cell[LAB_PROFILE]);
	lab->title = xstrdup(t->cell[LAB_TITLE]);
	lab->bonus = !strcmp(t->cell[LAB_KIND], "bonus");
	return parse_files(t, lab, e);
}

static int parse_needs(const struct tsv *t, const struct lab_def *lab, struct test_def *test,
		       struct err *e)
{
	char *list = t->cell[T_NEEDS], *id;
	size_t i;

	if (!strcmp(list, "-"))
		return 0;
	while ((id = strsep(&list, ","))) {
		for (i = 0; i < lab->tests_count; i++)
			if (!strcmp(lab->tests[i].id, id))
				break;
		/* Only tests above: so needs cannot form a circle. */
		if (i == lab->tests_count)
			return tsv_bad(t, T_NEEDS, e,
				       "'%.80s' is not the id of a test above this one", id);
		if (test->needs_count == MANIFEST_MAX_NEEDS)
			return tsv_bad(t, T_NEEDS, e, "too many tests");
		test->needs[test->needs_count++] = &lab->tests[i];
	}
	return 0;
}

/* "3", "0.5" or "2.5": a multiple of one half above 0, else 0. */
static double half_number(const char *s)
{
	size_t n = strlen(s);
	double half = 0;
	char whole[16];

	if (n > 2 && n < sizeof(whole) && !strcmp(s + n - 2, ".5")) {
		half = 0.5;
		n -= 2;
	}
	if (n >= sizeof(whole))
		return 0;
	snprintf(whole, sizeof(whole), "%.*s", (int)n, s);
	if (half && !strcmp(whole, "0"))
		return half;
	return small_number(whole) ? small_number(whole) + half : 0;
}

static bool is_place(const char *s)
{
	const char *colon = strchr(s, ':');

	if (!colon || colon == s || !is_c_identifier(colon + 1))
		return false;
	for (; s < colon; s++)
		if (!isalnum((unsigned char)*s) && !strchr("_-./", *s))
			return false;
	return true;
}

static int parse_test(const struct tsv *t, struct lab_def *lab, struct err *e)
{
	struct test_def *test = &lab->tests[lab->tests_count];
	char *const *cell = t->cell;
	size_t i;
	int ret;

	if (lab->tests_count == MANIFEST_MAX_TESTS)
		return tsv_bad(t, T_ID, e, "too many tests");
	if (!is_c_identifier(cell[T_ID]))
		return tsv_bad(t, T_ID, e, "'%.80s' is not a C identifier", cell[T_ID]);
	for (i = 0; i < lab->tests_count; i++)
		if (!strcmp(lab->tests[i].id, cell[T_ID]))
			return tsv_bad(t, T_ID, e, "'%.80s' stands twice", cell[T_ID]);
	test->points = half_number(cell[T_POINTS]);
	if (test->points <= 0)
		return tsv_bad(t, T_POINTS, e, "'%.80s' is not a multiple of 0.5 above 0",
			       cell[T_POINTS]);
	test->task = small_number(cell[T_TASK]);
	if (!test->task)
		return tsv_bad(t, T_TASK, e, "'%.80s' is not the number of a task", cell[T_TASK]);
	if (strcmp(cell[T_PROFILE], "-") && !is_name(cell[T_PROFILE]))
		return tsv_bad(t, T_PROFILE, e, "'%.80s' is not the name of a profile",
			       cell[T_PROFILE]);
	if (!is_place(cell[T_WHERE]))
		return tsv_bad(t, T_WHERE, e, "'%.80s' is not like records.c:rec_set",
			       cell[T_WHERE]);
	ret = parse_needs(t, lab, test, e);
	if (ret)
		return ret;
	test->id = xstrdup(cell[T_ID]);
	test->profile = xstrdup(strcmp(cell[T_PROFILE], "-") ? cell[T_PROFILE] : lab->profile);
	test->where = xstrdup(cell[T_WHERE]);
	test->title = xstrdup(cell[T_TITLE]);
	lab->tests_count++;
	return 0;
}

static int load_tests(const char *root, struct lab_def *lab, struct err *e)
{
	struct tsv t;
	char *name = xasprintf("labs/%s/tests.tsv", lab->id);
	int ret = tsv_open(&t, root, name, tests_columns, e);

	free(name);
	if (ret)
		return ret;
	while ((ret = tsv_next(&t, e)) > 0) {
		ret = parse_test(&t, lab, e);
		if (ret)
			break;
	}
	if (!ret && !lab->tests_count)
		ret = err_set(e, EINVAL, "%s, line 2, column 1: no test", t.name);
	tsv_close(&t);
	return ret;
}

static int parse_evidence(const struct tsv *t, struct lab_def *lab, struct err *e)
{
	struct test_def *test = NULL;
	char *list = t->cell[1], *name;
	uint32_t bit;
	size_t i;

	for (i = 0; i < lab->tests_count; i++)
		if (!strcmp(lab->tests[i].id, t->cell[0]))
			test = &lab->tests[i];
	if (!test || test->evidence)
		return tsv_bad(t, 0, e, "'%.80s' %s", t->cell[0],
			       test ? "stands twice" : "is not the id of a test of this lab");
	while ((name = strsep(&list, ","))) {
		bit = check_parse(name);
		if (!bit || test->evidence & bit)
			return tsv_bad(t, 1, e, "'%.80s' %s", name,
				       bit ? "stands twice" : "is no check of the host");
		test->evidence |= bit;
	}
	return 0;
}

/* A lab without this file asks for none. */
static int load_evidence(const char *root, struct lab_def *lab, struct err *e)
{
	char *name = xasprintf("labs/%s/evidence.tsv", lab->id);
	char *path = xasprintf("%s/%s", root, name);
	bool missing = access(path, F_OK) && errno == ENOENT;
	struct tsv t;
	int ret = missing ? 0 : tsv_open(&t, root, name, evidence_columns, e);

	free(path);
	free(name);
	if (ret || missing)
		return ret;
	if (!lab->module)
		ret = err_set(e, EINVAL, "%s: the host looks into machines of driver labs only",
			      t.name);
	while (!ret && (ret = tsv_next(&t, e)) > 0)
		ret = parse_evidence(&t, lab, e);
	tsv_close(&t);
	return ret;
}

int manifest_load(const char *root, struct manifest **out, struct err *e)
{
	struct manifest *m = xcalloc(1, sizeof(*m));
	struct tsv t;
	size_t i;
	int ret;

	*out = NULL;
	m->root = xstrdup(root);
	ret = tsv_open(&t, root, "labs/labs.tsv", labs_columns, e);
	if (!ret) {
		while ((ret = tsv_next(&t, e)) > 0) {
			ret = parse_lab(&t, m, e);
			if (ret)
				break;
		}
		if (!ret && !m->labs_count)
			ret = err_set(e, EINVAL, "%s, line 2, column 1: no lab", t.name);
		tsv_close(&t);
	}
	for (i = 0; !ret && i < m->labs_count; i++)
		ret = load_tests(root, &m->labs[i], e);
	for (i = 0; !ret && i < m->labs_count; i++)
		ret = load_evidence(root, &m->labs[i], e);
	if (ret)
		manifest_free(m);
	else
		*out = m;
	return ret;
}

static void free_lab(struct lab_def *lab)
{
	size_t i;

	for (i = 0; i < lab->files_count; i++)
		free(lab->files[i]);
	for (i = 0; i < lab->tests_count; i++) {
		free(lab->tests[i].id);
		free(lab->tests[i].profile);
		free(lab->tests[i].where);
		free(lab->tests[i].title);
	}
	free(lab->id);
	free(lab->profile);
	free(lab->title);
	free(lab->program);
	free(lab->module);
}

void manifest_free(struct manifest *m)
{
	size_t i;

	if (!m)
		return;
	for (i = 0; i < m->labs_count; i++)
		free_lab(&m->labs[i]);
	free(m->root);
	free(m);
}

static void append(char *list, size_t size, const char *word)
{
	size_t used = strlen(list);

	snprintf(list + used, size - used, " %s", word);
}

/* "no lab 'recrods'": with the names that are near, and all there are. */
static void unknown(struct err *e, const char *what, const char *name, const char *all,
		    const char *option)
{
	char *clean = clean_text(name, strnlen(name, 80)), *near = near_names(name, all);

	err_set(e, ENOENT, "%s '%.80s'%s%s\nnext: %s with one of:%s", what, clean,
		*near ? "; did you mean " : "", near, option, all);
	free(near);
	free(clean);
}

const struct lab_def *manifest_find_lab(const struct manifest *m, const char *name, struct err *e)
{
	char list[1024] = "";
	size_t i;

	for (i = 0; i < m->labs_count; i++) {
		const struct lab_def *lab = &m->labs[i];

		if (!strcmp(name, lab->id) || !strcmp(name, lab->program) ||
		    (strlen(name) == 2 && !strncmp(name, lab->id, 2)) ||
		    (strlen(name) == 1 && lab->id[0] == '0' && *name == lab->id[1]))
			return lab;
		append(list, sizeof(list), lab->id);
	}
	unknown(e, "no lab", name, list, "LAB=NN (mmaplab: --lab NN)");
	return NULL;
}

const struct test_def *manifest_find_test(const struct lab_def *lab, const char *id, struct err *e)
{
	char list[1600] = "", *what;
	size_t i;

	for (i = 0; i < lab->tests_count; i++) {
		if (!strcmp(lab->tests[i].id, id))
			return &lab->tests[i];
		append(list, sizeof(list), lab->tests[i].id);
	}
	what = xasprintf("lab %s has no test", lab->id);
	unknown(e, what, id, list, "T=NAME (mmaplab: --test NAME)");
	free(what);
	return NULL;
}

double manifest_lab_points(const struct lab_def *lab)
{
	double sum = 0;
	size_t i;

	for (i = 0; i < lab->tests_count; i++)
		sum += lab->tests[i].points;
	return sum;
}
