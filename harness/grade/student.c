// SPDX-License-Identifier: GPL-2.0-only
/*
 * student.c - arguments of the commands on the working tree, see student.h.
 */
#include "student.h"

#include <stdio.h>
#include <string.h>

#include "commands.h"

/* What was typed; make passes an empty word for what was left out. */
struct typed {
	unsigned takes;
	const char *word[2];
	const char *value;
	int option; /* its key, or 0 */
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct typed *t = state->input;
	size_t most = t->takes & STUDENT_TEST			   ? 2 :
		      t->takes & (STUDENT_LAB | STUDENT_NEEDS_LAB) ? 1 :
								     0;

	if (t->option && key == t->option) {
		t->value = arg;
		return 0;
	}
	return key == ARGP_KEY_ARG ? command_word(state, arg, t->word, most) : ARGP_ERR_UNKNOWN;
}

static int find(struct student *s, const struct typed *t, struct err *e)
{
	const char *test = t->word[1];

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
	s->value = t->value && *t->value ? t->value : NULL;
	return 0;
}

int student_main(int argc, char **argv, const struct student_command *c)
{
	const struct argp argp = { c->option,
				   parse,
				   c->takes & STUDENT_TEST	? "LAB [TEST]" :
				   c->takes & STUDENT_NEEDS_LAB ? "LAB" :
				   c->takes & STUDENT_LAB	? "[LAB]" :
								  "",
				   c->doc,
				   NULL,
				   NULL,
				   NULL };
	struct typed t = { .takes = c->takes, .option = c->option ? c->option->key : 0 };
	struct student s = { 0 };
	struct err e = { 0 };
	int ret;

	argp_parse(&argp, argc, argv, 0, NULL, &t);
	ret = command_open(t.word[0], &s.kit, &s.m, &s.lab, &e);
	if (!ret)
		ret = find(&s, &t, &e);
	if (!ret)
		ret = c->run(&s, &e);
	if (!ret && fflush(stdout))
		ret = err_set(&e, errno, "write the output: %s", strerror(errno));
	if (ret < 0)
		ret = command_unusable(&e);
	manifest_free(s.m);
	kit_close(s.kit);
	return ret;
}
