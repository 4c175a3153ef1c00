// SPDX-License-Identifier: GPL-2.0-only
/*
 * mutants_report.c - counts and rates, see mutants_report.h.
 */
#include "mutants_report.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

/* What became of one lab's mutants, or of all. */
struct counts {
	int fate[FATES];
	int passed_on; /* to the next lab that has their file */
};

/* Those that are mutants at all. */
static int mutants_in(const struct counts *c)
{
	return c->fate[FATE_KILLED] + c->fate[FATE_EQUIVALENT] + c->fate[FATE_ACCEPTED] +
	       c->fate[FATE_SURVIVED];
}

/* Of those that a test could kill, as a part of 1. */
static double rate_of(const struct counts *c)
{
	int killable = mutants_in(c) - c->fate[FATE_EQUIVALENT];

	return killable ? (double)c->fate[FATE_KILLED] / killable : 1;
}

static struct counts count(const struct mutants *ms, const struct lab_def *lab)
{
	struct counts c = { 0 };
	size_t i, k;

	for (i = 0; i < ms->count; i++) {
		const struct mutant *mutant = &ms->list[i];

		if (mutant->labs[mutant->at] == lab && mutant->graded)
			c.fate[mutant->fate]++;
		for (k = 0; k < mutant->at + (mutant->fate == FATE_OPEN); k++)
			c.passed_on += mutant->labs[k] == lab && mutant->graded;
	}
	return c;
}

static void add(struct counts *sum, const struct counts *c)
{
	int fate;

	for (fate = 0; fate < FATES; fate++)
		sum->fate[fate] += c->fate[fate];
}

static void print_row(const char *name, const struct counts *c)
{
	printf("%-14s %8d %8d %11d %9d %9d %7.1f %%\n", name, mutants_in(c), c->fate[FATE_KILLED],
	       c->fate[FATE_EQUIVALENT], c->fate[FATE_ACCEPTED], c->fate[FATE_SURVIVED],
	       100 * rate_of(c));
}

static json_t *pack_row(const char *name, const struct counts *c)
{
	json_t *row = json_pack("{s:s,s:i,s:f,s:i}", "lab", name, "mutants", mutants_in(c), "rate",
				rate_of(c), "passed_on", c->passed_on);
	int fate;

	for (fate = FATE_KILLED; fate < FATES; fate++)
		json_object_set_new(row, fate_name(fate), json_integer(c->fate[fate]));
	return row;
}

static json_t *pack_mutant(const struct mutant *mutant)
{
	const struct identity *id = &mutant->id;

	return json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s*}", "lab",
			 mutant->labs[mutant->at]->id, "name", mutant->name, "file", id->file,
			 "function", id->function, "rule", id->rule, "was", id->was, "becomes",
			 id->becomes, "fate", fate_name(mutant->fate), "killers", mutant->killers);
}

/* One lab's counts and mutants, or, with @lab NULL, those of all. */
static int write_json(const struct kit *kit, const struct mutants *ms, const struct lab_def *lab,
		      json_t *rows, uint64_t seed, struct err *e)
{
	char *path = kit_path(kit, MUTANTS "/%s.json", lab ? lab->id : "summary"), hex[17];
	json_t *list = json_array(), *doc;
	size_t i;
	int ret;

	for (i = 0; i < ms->count; i++) {
		const struct mutant *mutant = &ms->list[i];

		if (mutant->graded && (!lab || mutant->labs[mutant->at] == lab))
			json_array_append_new(list, pack_mutant(mutant));
	}
	seed_text(seed, hex);
	doc = json_pack("{s:s,s:s,s:o,s:o}", "schema", "mmaplab/mutants/v1", "seed", hex, "labs",
			rows, "mutants", list);
	ret = write_json_atomic(path, doc, JSON_REAL_PRECISION(6), e);
	json_decref(doc);
	free(path);
	return ret;
}

int mutants_report(const struct kit *kit, const struct manifest *m, const struct mutants *ms,
		   const struct lab_def *only, uint64_t seed, struct err *e)
{
	json_t *rows = json_array(), *row;
	struct counts all = { 0 }, c;
	size_t i;
	int ret = 0;

	printf("\n%-14s %8s %8s %11s %9s %9s %9s\n", "lab", "mutants", "killed", "equivalent",
	       "accepted", "survived", "killed");
	for (i = 0; i < m->labs_count && !ret; i++) {
		c = count(ms, &m->labs[i]);
		if (!mutants_in(&c) && !c.passed_on)
			continue;
		print_row(m->labs[i].id, &c);
		row = pack_row(m->labs[i].id, &c);
		json_array_append(rows, row);
		ret = write_json(kit, ms, &m->labs[i], json_pack("[o]", row), seed, e);
		add(&all, &c);
	}
	print_row("all", &all);
	json_array_append_new(rows, pack_row("all", &all));
	if (!ret && !only)
		ret = write_json(kit, ms, NULL, json_incref(rows), seed, e);
	json_decref(rows);
	return ret;
}

int mutants_stale(const struct mutants *ms, const struct lab_def *only)
{
	int stale = 0;
	size_t i;

	for (i = 0; i < ms->listed_count; i++) {
		const struct listed *l = &ms->listed[i];

		if (l->fits || (only && l->lab != only))
			continue;
		printf("stale      " MUTANTS_LISTS
		       "/%s.tsv, line %d: no survivor is this: %s, %s, %s\n",
		       l->lab->id, l->line, l->id.function, l->id.rule, l->id.was);
		stale++;
	}
	return stale;
}
