/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mutants_list.h - the mutants that were made (harness/mutants/generate), and the
 * survivors that a person has sorted (solutions/mutants/LAB.tsv).
 */
#ifndef MMAPLAB_MUTANTS_LIST_H
#define MMAPLAB_MUTANTS_LIST_H

#include "kit.h"
#include "manifest.h"

#define MUTANTS "build/mutants" /* below the checkout, as the lists are */
#define MUTANTS_LISTS "solutions/mutants"

/** enum fate - what became of a mutant */
enum fate {
	FATE_OPEN, /* not graded yet, or left to the next lab that has its file */
	FATE_KILLED, /* a test failed */
	FATE_EQUIVALENT, /* survived, and is listed: no program can tell it */
	FATE_ACCEPTED, /* survived, and is listed: this kit cannot tell it */
	FATE_SURVIVED, /* survived: a test is missing */
	FATE_SAME, /* no mutant: the compiler made the same of it */
	FATE_UNBUILT, /* no mutant: it does not compile, or the gate rejects it */
	FATE_BROKEN, /* was not graded: the kit's fault */
	FATES
};

/** fate_name() - "killed" */
const char *fate_name(enum fate fate);

/** struct identity - what stays of a mutant when lines above it come and go */
struct identity {
	char *file, *function, *rule, *was, *becomes;
};

/**
 * struct listed - one line of a solutions/mutants/LAB.tsv
 * @line: its number
 * @fate: FATE_EQUIVALENT or FATE_ACCEPTED
 * @fits: a mutant with this identity survived
 */
struct listed {
	struct identity id;
	char *reason;
	const struct lab_def *lab;
	int line;
	enum fate fate;
	bool fits;
};

/**
 * struct mutant - one match of one rule
 * @name: RULE.FUNCTION.NUMBER, unique in its file
 * @file: that it changes, as the manifest spells it
 * @labs: those whose suites try to kill it, in this order
 * @at: which of them does, did, or did last
 * @graded: is this one in this run?
 * @killers: tests that failed, with their verdicts; NULL while there are none
 */
struct mutant {
	struct identity id;
	char *name, *patch, *killers;
	const char *file;
	const struct lab_def *labs[MANIFEST_MAX_LABS];
	size_t labs_count, at;
	enum fate fate;
	bool graded;
};

struct mutants {
	struct mutant *list;
	size_t count;
	struct listed *listed;
	size_t listed_count;
};

/**
 * mutants_load() - every mutant of every lab, and what is listed
 *
 * A file of several labs is tried by each core lab that has it, in order; a bonus
 * lab tries only what no core lab has.
 *
 * Return: 0, or a negative errno with @e. Release with mutants_clear().
 */
int mutants_load(const struct kit *kit, const struct manifest *m, struct mutants *out,
		 struct err *e);
void mutants_clear(struct mutants *ms);

/** mutants_listed() - the line about this mutant, of the last lab that tries it, or NULL */
struct listed *mutants_listed(const struct mutants *ms, const struct mutant *mutant);

#endif
