// SPDX-License-Identifier: GPL-2.0-only
/*
 * student.c - arguments of the commands on the working tree, see student.h.
 */
#include "student.h"

#include <argp.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"

/* What was typed; make passes an empty word for what was left out. */
struct typed {
	unsigned takes;
	const char *word[2];
	int count;
	const char *name;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct typed *t = state->input;
	int most = t->takes & STUDENT_TEST			? 2 :
		   t->takes & (STUDENT_LAB | STUDENT_NEEDS_LAB) ? 1 :
								  0;

	if (key == 'n') {
		t->name = arg;
		return 0;
	}
	if (key != ARGP_KEY_ARG)
		return ARGP_ERR_UNKNOWN;
	if (t->count == most)
		argp_error(state, "one argument too many: '%s'", arg);
	t->word[t->count++] = arg;
	return 0;
}

static int find(struct student *s, const struct typed *t, struct err *e)
{
	const char *lab = t->word[0], *test = t->word[1];

	if (lab && *lab) {
		s->lab = manifest_find_lab(s->m, lab, e);
		if (!s->lab)
			return -ENOENT;
	}
	if (test && *test) {
		if (!s->lab)
			return err_set(e, EINVAL,
				       "a test needs its lab\n"
				       "next: name the lab, too (make: LAB=02)");
		s->test = manifest_find_test(s->lab, test, e);
		if (!s->test)
			return -ENOENT;
	}
	if ((t->takes & STUDENT_NEEDS_LAB) && !s->lab)
		return err_set(e, EINVAL,
			       "which lab?\n"
			       "next: name it (make: LAB=02); make labs lists them");
	s->name = t->name && *t->name ? t->name : NULL;
	return 0;
}

int student_main(int argc, char **argv, const struct student_command *c)
{
	static const struct argp_option named[] = {
		{ "name", 'n', "NAME", 0, "name of what is made", 0 }, { 0 }
	};
	const struct argp argp = { c->takes & STUDENT_NAME ? named : NULL,
				   parse,
				   c->takes & STUDENT_TEST	? "LAB [TEST]" :
				   c->takes & STUDENT_NEEDS_LAB ? "LAB" :
				   c->takes & STUDENT_LAB	? "[LAB]" :
								  "",
				   c->doc,
				   NULL,
				   NULL,
				   NULL };
	struct typed t = { .takes = c->takes };
	struct student s = { 0 };
	struct err e = { 0 };
	int ret;

	argp_parse(&argp, argc, argv, 0, NULL, &t);
	ret = kit_open(NULL, &s.kit, &e);
	if (!ret)
		ret = manifest_load(s.kit->root, &s.m, &e);
	if (!ret)
		ret = find(&s, &t, &e);
	if (!ret)
		ret = c->run(&s, &e);
	if (!ret && fflush(stdout))
		ret = err_set(&e, errno, "write the output: %s", strerror(errno));
	if (ret < 0) {
		fprintf(stderr, "mmaplab: %s\n", e.text);
		ret = EXIT_UNUSABLE;
	}
	manifest_free(s.m);
	kit_close(s.kit);
	return ret;
}
