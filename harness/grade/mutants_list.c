// SPDX-License-Identifier: GPL-2.0-only
/*
 * mutants_list.c - what there is to grade, see mutants_list.h.
 */
#include "mutants_list.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tsv.h"
#include "util.h"

static const char *const fates[FATES] = {
	[FATE_OPEN] = "open",
	[FATE_KILLED] = "killed",
	[FATE_EQUIVALENT] = "equivalent",
	[FATE_ACCEPTED] = "accepted",
	[FATE_SURVIVED] = "survived",
	[FATE_SAME] = "same",
	[FATE_UNBUILT] = "unbuilt",
	[FATE_BROKEN] = "broken",
};

const char *fate_name(enum fate fate)
{
	return fates[fate];
}

static void find_labs(const struct manifest *m, struct mutant *mutant)
{
	size_t i;
	int bonus;

	for (bonus = 0; bonus < 2 && !mutant->labs_count; bonus++)
		for (i = 0; i < m->labs_count; i++)
			if (m->labs[i].bonus == bonus &&
			    manifest_has_file(&m->labs[i], mutant->file))
				mutant->labs[mutant->labs_count++] = &m->labs[i];
}

static void take_identity(struct identity *id, const char *file, char *const *cell)
{
	*id = (struct identity){
		.file = xstrdup(file),
		.function = xstrdup(cell[0]),
		.rule = xstrdup(cell[1]),
		.was = xstrdup(cell[2]),
		.becomes = xstrdup(cell[3]),
	};
}

static void clear_identity(struct identity *id)
{
	free(id->file);
	free(id->function);
	free(id->rule);
	free(id->was);
	free(id->becomes);
}

static bool same_identity(const struct identity *a, const struct identity *b)
{
	return !strcmp(a->file, b->file) && !strcmp(a->function, b->function) &&
	       !strcmp(a->rule, b->rule) && !strcmp(a->was, b->was) &&
	       !strcmp(a->becomes, b->becomes);
}

static int load_file(const struct kit *kit, const struct manifest *m, const char *file,
		     struct mutants *ms, struct err *e)
{
	static const char *const columns[] = { "name", "function", "rule", "was", "becomes", NULL };
	char *index = xasprintf(MUTANTS "/%s/index.tsv", file);
	struct mutant *mutant;
	struct tsv t;
	int ret = tsv_open(&t, kit->root, index, columns, e);

	free(index);
	if (ret)
		return ret;
	while ((ret = tsv_next(&t, e)) > 0) {
		ms->list = xrealloc(ms->list, (ms->count + 1) * sizeof(*ms->list));
		mutant = &ms->list[ms->count++];
		*mutant = (struct mutant){
			.name = xstrdup(t.cell[0]),
			.patch = kit_path(kit, MUTANTS "/%s/%s.patch", file, t.cell[0]),
		};
		take_identity(&mutant->id, file, t.cell + 1);
		mutant->file = mutant->id.file;
		find_labs(m, mutant);
	}
	tsv_close(&t);
	return ret;
}

static int take_listed(struct mutants *ms, const struct lab_def *lab, const struct tsv *t,
		       struct err *e)
{
	struct listed *l;
	enum fate fate = FATE_OPEN;

	if (!strcmp(t->cell[5], fate_name(FATE_EQUIVALENT)))
		fate = FATE_EQUIVALENT;
	else if (!strcmp(t->cell[5], fate_name(FATE_ACCEPTED)))
		fate = FATE_ACCEPTED;
	else
		return tsv_bad(t, 5, e, "either equivalent or accepted");
	if (!manifest_has_file(lab, t->cell[0]))
		return tsv_bad(t, 0, e, "no file of %s", lab->id);
	ms->listed = xrealloc(ms->listed, (ms->listed_count + 1) * sizeof(*ms->listed));
	l = &ms->listed[ms->listed_count++];
	*l = (struct listed){
		.lab = lab,
		.line = t->line,
		.fate = fate,
		.reason = xstrdup(t->cell[6]),
	};
	take_identity(&l->id, t->cell[0], t->cell + 1);
	return 0;
}

/* A lab without a list has no survivor. */
static int load_listed(const struct kit *kit, const struct lab_def *lab, struct mutants *ms,
		       struct err *e)
{
	static const char *const columns[] = { "file",	  "function", "rule",	"was",
					       "becomes", "verdict",  "reason", NULL };
	char *name = xasprintf(MUTANTS_LISTS "/%s.tsv", lab->id);
	char *path = kit_path(kit, "%s", name);
	bool there = access(path, F_OK) == 0;
	struct tsv t;
	int ret = there ? tsv_open(&t, kit->root, name, columns, e) : 0;

	free(name);
	free(path);
	if (!there || ret)
		return ret;
	while ((ret = tsv_next(&t, e)) > 0) {
		ret = take_listed(ms, lab, &t, e);
		if (ret)
			break;
	}
	tsv_close(&t);
	return ret;
}

int mutants_load(const struct kit *kit, const struct manifest *m, struct mutants *out,
		 struct err *e)
{
	size_t i, k, before;
	int ret = 0;

	*out = (struct mutants){ 0 };
	for (i = 0; i < m->labs_count && !ret; i++) {
		const struct lab_def *lab = &m->labs[i];

		for (k = 0; k < lab->files_count && !ret; k++) {
			for (before = 0; before < i; before++)
				if (manifest_has_file(&m->labs[before], lab->files[k]))
					break;
			if (before == i)
				ret = load_file(kit, m, lab->files[k], out, e);
		}
		if (!ret)
			ret = load_listed(kit, lab, out, e);
	}
	return ret;
}

void mutants_clear(struct mutants *ms)
{
	size_t i;

	for (i = 0; i < ms->count; i++) {
		struct mutant *mutant = &ms->list[i];

		clear_identity(&mutant->id);
		free(mutant->name);
		free(mutant->patch);
		free(mutant->killers);
	}
	for (i = 0; i < ms->listed_count; i++) {
		clear_identity(&ms->listed[i].id);
		free(ms->listed[i].reason);
	}
	free(ms->list);
	free(ms->listed);
}

struct listed *mutants_listed(const struct mutants *ms, const struct mutant *mutant)
{
	const struct lab_def *last = mutant->labs[mutant->labs_count - 1];
	size_t i;

	for (i = 0; i < ms->listed_count; i++)
		if (ms->listed[i].lab == last && same_identity(&ms->listed[i].id, &mutant->id))
			return &ms->listed[i];
	return NULL;
}
