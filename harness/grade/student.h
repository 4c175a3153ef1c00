/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * student.h - what the commands on the working tree share: the kit, and the
 * lab and the test that were named.
 */
#ifndef MMAPLAB_STUDENT_H
#define MMAPLAB_STUDENT_H

#include "err.h"
#include "kit.h"
#include "manifest.h"

/**
 * struct student - what a command was asked
 * @lab: the lab, or NULL when none was named
 * @test: the test, or NULL; then @lab is there
 * @name: of what is made, or NULL
 */
struct student {
	struct kit *kit;
	struct manifest *m;
	const struct lab_def *lab;
	const struct test_def *test;
	const char *name;
};

enum student_takes {
	STUDENT_LAB = 1, /* [LAB] */
	STUDENT_NEEDS_LAB = 2, /* LAB */
	STUDENT_TEST = 4, /* [TEST] behind it */
	STUDENT_NAME = 8, /* --name NAME */
};

/**
 * struct student_command - one command
 * @takes: bits of enum student_takes
 * @run: returns an exit status, or a negative errno with @e, which ends as status 2
 */
struct student_command {
	unsigned takes;
	const char *doc;
	int (*run)(const struct student *s, struct err *e);
};

/** student_main() - read the arguments, open the kit, run, say what went wrong; exit status */
int student_main(int argc, char **argv, const struct student_command *c);

#endif
