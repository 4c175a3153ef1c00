// SPDX-License-Identifier: GPL-2.0-only
/*
 * result.c - the result document, see result.h.
 */
#include "result.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "picture.h"
#include "util.h"

#define LOG_MAX (8 << 10)
#define NAME_KEPT 150

char *result_name(const struct grade_spec *spec)
{
	char *real = spec->name ? NULL : realpath(spec->submission, NULL);
	const char *from = spec->name ? spec->name : real ? real : spec->submission;
	char *name = xstrdup(strrchr(from, '/') ? strrchr(from, '/') + 1 : from), *p;

	cut_archive_ending(name);
	for (p = name; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("._-+@", *p))
			*p = '_';
	if (!*name || *name == '.')
		*name = *name ? '_' : *name;
	/* With what others put behind it, it still has to be a file's name. */
	if (p - name > NAME_KEPT)
		name[NAME_KEPT] = '\0';
	free(real);
	if (!*name) {
		free(name);
		return xstrdup("submission");
	}
	return name;
}

char *result_pictures(const struct grade_spec *spec)
{
	char *name = result_name(spec), *path = xasprintf("build/results/%s", name);

	free(name);
	return path;
}

void result_take_pictures(const struct kit *kit, json_t *doc)
{
	json_t *lab, *test;
	size_t i, k;

	json_array_foreach(json_object_get(doc, "labs"), i, lab)
		json_array_foreach(json_object_get(lab, "tests"), k, test) {
			const char *name = text_of(test, "picture");
			char *path = kit_path(kit, "%s", name);
			char *inside = *name ? picture_inside(path) : NULL;

			json_object_del(test, "picture");
			if (inside)
				json_object_set_new(test, "picture", json_string(inside));
			free(inside);
			free(path);
		}
}

json_t *result_new(const struct kit *kit, const struct grade_spec *spec, const struct collection *c,
		   const char *started, int64_t ms, const char *accel)
{
	json_t *notes = json_array(), *doc;
	char seed[17], *name = result_name(spec);
	size_t i;

	seed_text(spec->seed, seed);
	for (i = 0; i < c->notes_count; i++)
		json_array_append_new(notes, json_string(c->notes[i]));
	doc = json_pack("{s:s,s:s,s:s,s:I,s:s,s:s,s:s}", "schema", RESULT_SCHEMA, "name", name,
			"started", started, "ms", (json_int_t)ms, "seed", seed, "accelerator",
			accel, "mmaplab", KIT_VERSION);
	json_object_set_new(doc, "qemu", json_string(kit->qemu_version));
	json_object_set_new(doc, "kernel",
			    json_pack("{s:s,s:s,s:s}", "release", kit->kernel_release, "version",
				      kit->kernel_version, "sha256", kit->kernel_sha256));
	json_object_set_new(doc, "submission",
			    json_pack("{s:s,s:s?,s:o}", "sha256", c->hash, "folder_stripped",
				      c->wrapper, "notes", notes));
	free(name);
	return doc;
}

static json_t *test_entry(const struct lab_def *lab, const struct judgement *j)
{
	const struct test_def *d = j->def;
	json_t *t = j->evidence ? json_deep_copy(j->evidence) : json_object(), *v;
	char *hint = xasprintf("make hint LAB=%.2s T=%s", lab->id, d->id);

	json_object_set_new(t, "id", json_string(d->id));
	json_object_set_new(t, "title", json_string(d->title));
	json_object_set_new(t, "max", json_real(d->points));
	json_object_set_new(t, "points",
			    j->verdict == VERDICT_BROKEN ?
				    json_null() :
				    json_real(j->verdict == VERDICT_PASS ? d->points : 0));
	json_object_set_new(t, "verdict", json_string(verdict_name(j->verdict)));
	json_object_set_new(t, "evidence", json_string(j->def->evidence ? "host" : "guest"));
	json_object_set_new(t, "where", json_string(d->where));
	json_object_set_new(t, "task", json_integer(d->task));
	json_object_set_new(t, "machines", json_integer(j->tries));
	if (j->verdict != VERDICT_PASS)
		json_object_set_new(t, "hint", json_string(hint));
	v = json_object_get(t, "ms");
	if (!v)
		json_object_set_new(t, "ms", json_integer(0));
	free(hint);
	return t;
}

static json_t *build_entry(const struct compiled_part *p)
{
	return json_pack("{s:s,s:s,s:s,s:i}", "verdict", verdict_name(p->verdict), "text",
			 p->text ? p->text : "", "confinement", p->level ? p->level : "none", "ms",
			 p->ms);
}

json_t *result_lab(const struct lab_def *lab, const struct judgement *tests,
		   const struct compiled *c, json_t *machines)
{
	const struct compiled_part *first = compile_first(c), *program = &c->part[PART_PROGRAM];
	json_t *list = json_array(), *build = build_entry(first), *entry;
	size_t i;

	for (i = 0; i < lab->tests_count; i++)
		if (!tests[i].left_out)
			json_array_append_new(list, test_entry(lab, &tests[i]));
	if (program != first && program->verdict != VERDICT_NONE)
		json_object_set_new(build, "program", build_entry(program));
	entry = json_pack("{s:s,s:s,s:o,s:O,s:o}", "id", lab->id, "title", lab->title, "build",
			  build, "machines", machines, "tests", list);
	if (lab->bonus)
		json_object_set_new(entry, "bonus", json_true());
	return entry;
}

void result_add_machine(json_t *machines, json_t *suspicions, const struct lab_def *lab,
			const struct test_def *const *tests, size_t count, json_t *unit,
			const char *why)
{
	json_t *ids = json_array(), *line, *entry;
	const char *console = text_of(unit, "console");
	size_t i, n = strlen(console);

	for (i = 0; i < count; i++)
		json_array_append_new(ids, json_string(tests[i]->id));
	entry = json_pack("{s:s,s:o,s:s,s:s,s:s,s:s,s:I,s:I}", "profile", tests[0]->profile,
			  "tests", ids, "start", unit ? text_of(unit, "start") : "lost", "note",
			  text_of(unit, "note"), "end", unit ? text_of(unit, "end") : "error",
			  "why", unit ? text_of(unit, "why") : why, "ms",
			  json_integer_value(json_object_get(unit, "ms")), "boot_ms",
			  json_integer_value(json_object_get(unit, "boot_ms")));
	if (n) {
		char *tail = clean_text(n > LOG_MAX ? console + n - LOG_MAX : console,
					n > LOG_MAX ? LOG_MAX : n);

		json_object_set_new(entry, "console", json_string(tail));
		free(tail);
	}
	json_array_append_new(machines, entry);
	json_array_foreach(json_object_get(unit, "suspicions"), i, line)
		json_array_append_new(suspicions,
				      json_pack("{s:s,s:s,s:O}", "lab", lab->id, "test",
						count == 1 ? tests[0]->id : "", "reason", line));
}

static bool is_bonus(const json_t *lab)
{
	return json_is_true(json_object_get(lab, "bonus"));
}

/* What a bonus lab is worth counts as the maximum only when nothing else was graded. */
static bool only_bonus(const json_t *labs)
{
	const json_t *lab;
	size_t i;

	json_array_foreach(labs, i, lab)
		if (!is_bonus(lab))
			return false;
	return true;
}

void result_close(json_t *doc, json_t *suspicions)
{
	bool any_broken = false, full = true, alone = only_bonus(json_object_get(doc, "labs"));
	double all = 0, all_max = 0;
	json_t *lab, *test;
	const char *status;
	size_t i, k;

	json_array_foreach(json_object_get(doc, "labs"), i, lab) {
		double points = 0, max = 0;
		bool broken = false;

		json_array_foreach(json_object_get(lab, "tests"), k, test) {
			json_t *p = json_object_get(test, "points");

			max += json_number_value(json_object_get(test, "max"));
			points += json_number_value(p);
			broken |= json_is_null(p);
		}
		json_object_set_new(lab, "points", broken ? json_null() : json_real(points));
		json_object_set_new(lab, "max", json_real(max));
		any_broken |= broken;
		all += points;
		if (is_bonus(lab) && !alone)
			continue;
		all_max += max;
		full &= points == max;
	}
	status = any_broken		     ? "broken" :
		 json_array_size(suspicions) ? "held" :
		 full			     ? "full" :
					       "partial";
	json_object_set_new(doc, "points", any_broken ? json_null() : json_real(all));
	json_object_set_new(doc, "max", json_real(all_max));
	json_object_set_new(doc, "status", json_string(status));
	json_object_set(doc, "held", suspicions);
}

int result_exit_code(const json_t *doc)
{
	const char *status = text_of(doc, "status");

	return !strcmp(status, "full")	  ? 0 :
	       !strcmp(status, "partial") ? 1 :
	       !strcmp(status, "held")	  ? 4 :
					    3;
}

int result_write(const struct kit *kit, const json_t *doc, struct err *e)
{
	char *dir = kit_path(kit, "build/results"), *path;
	int ret = make_dirs(dir, e);

	path = xasprintf("%s/%s.json", dir, text_of(doc, "name"));
	if (!ret)
		ret = write_json_atomic(path, doc, 0, e);
	free(path);
	free(dir);
	return ret;
}
