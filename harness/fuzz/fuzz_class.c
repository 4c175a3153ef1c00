// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz_class.c - what a class is read from, in four parts: a course file, a roster,
 * the name of a submission as platforms give them, and Gradescope's metadata. The
 * first two are the instructor's own, with anything in them that people typed into a
 * platform; names of files are the students'.
 */
#include <stdlib.h>
#include <string.h>

#include "../grade/course.h"
#include "../grade/roster.h"
#include "../grade/util.h"
#include "fuzz.h"

static char *part_file(struct fuzz_input *in, const char *name)
{
	char *path = xstrdup(fuzz_path("%s", name)), *text;
	size_t n;

	text = fuzz_part(in, &n);
	fuzz_file(path, text, n);
	free(text);
	return path;
}

static void try_course(struct fuzz_input *in)
{
	char *path = part_file(in, "course.yml");
	struct course *c = NULL;
	struct err e = { 0 };
	double share;
	size_t i;
	int ret = course_read(path, fuzz_labs(), &c, &e);

	fuzz_require(!ret == !!c, "returned %d and %s", ret, c ? "a course" : "nothing");
	if (ret)
		fuzz_error(ret, &e);
	for (i = 0; c && i < c->count; i++) {
		fuzz_require(c->lab[i].points >= 0 && c->lab[i].weight >= 0,
			     "%s: %g points, weight %g", c->lab[i].lab->id, c->lab[i].points,
			     c->lab[i].weight);
		course_late(c, &c->lab[i], "s1001", c->lab[i].deadline + 100000, &share);
		fuzz_require(share >= 0 && share <= 1, "%s: a share of %g", c->lab[i].lab->id,
			     share);
	}
	course_free(c);
	free(path);
}

static void match(const struct roster *r, const struct source *s)
{
	const char *why = NULL;

	fuzz_printable(s->shown);
	fuzz_printable(s->base);
	if (r && !roster_match(r, s, &why))
		fuzz_require(why && *why, "'%s' is nobody, for no reason", s->shown);
}

/* Who and when, by the name, and by what lies beside it. */
static void try_source(struct fuzz_input *in, const struct roster *r)
{
	struct sources s = { xcalloc(2, sizeof(*s.source)), 2, NULL, 0 };
	struct ytree *metadata = NULL;
	struct err e = { 0 };
	size_t n, i;
	char *name = fuzz_part(in, &n), *path = part_file(in, "submission_metadata.yml");
	int ret;

	name[strcspn(name, "/\n")] = '\0';
	for (i = 0; i < s.count; i++)
		s.source[i].shown = source_show(name);
	source_named(&s.source[0], name);
	ret = ytree_read(path, &metadata, &e);
	if (ret)
		fuzz_error(ret, &e);
	else
		source_metadata(&s.source[1], metadata, name);
	for (i = 0; i < s.count; i++) {
		if (!s.source[i].base)
			s.source[i].base = source_base(name);
		match(r, &s.source[i]);
	}
	ytree_free(metadata);
	sources_clear(&s);
	free(path);
	free(name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	struct roster r;
	struct err e = { 0 };
	char *path;
	size_t i;
	int ret;

	try_course(&in);
	path = part_file(&in, "roster.csv");
	ret = roster_read(path, &r, &e);
	if (ret)
		fuzz_error(ret, &e);
	else
		for (i = 0; i < r.count; i++)
			fuzz_require(*r.row[i].cell[ROSTER_ID] && r.row[i].line > 1,
				     "somebody without an id in line %d", r.row[i].line);
	try_source(&in, ret ? NULL : &r);
	if (!ret)
		roster_clear(&r);
	free(path);
	return 0;
}
