// SPDX-License-Identifier: GPL-2.0-only
/*
 * render_autolab.c - what an Autolab autograder prints last, see render.h: a line
 * of feedback, with a stage for each lab, and the line with the scores.
 */
#include <stdlib.h>
#include <string.h>

#include "render.h"
#include "util.h"

/* Points that a person gave for what was never handed in, after an oral exam perhaps. */
static void add_given(json_t *scores, const json_t *doc)
{
	json_t *labs = json_object_get(json_object_get(doc, "counts"), "labs"), *own;
	const char *id;

	json_object_foreach(labs, id, own)
		if (*text_of(own, "decided") && json_is_number(json_object_get(own, "points")) &&
		    !json_object_get(scores, id))
			json_object_set_new(scores, id, json_copy(json_object_get(own, "points")));
}

/* A stage of its own for what the platform's numbers do not say. */
static void add_counts(json_t *feedback, const json_t *doc)
{
	static const char stage[] = "what counts";
	char *counts = render_counts(doc), *rest = counts, *line;
	json_t *said = json_object();

	if (render_waits(doc))
		json_object_set_new(said, RENDER_WAITS, json_pack("{s:b}", "passed", 0));
	while ((line = strsep(&rest, "\n")))
		if (*line)
			json_object_set_new(said, line, json_pack("{s:b}", "passed", 1));
	if (json_object_size(said)) {
		json_array_append_new(json_object_get(feedback, "stages"), json_string(stage));
		json_object_set(feedback, stage, said);
	}
	json_decref(said);
	free(counts);
}

void render_autolab(FILE *out, const json_t *doc)
{
	json_t *feedback = json_pack("{s:s,s:[]}", "_presentation", "semantic", "stages");
	json_t *scores = json_object(), *lab, *test, *all;
	size_t i, k;

	json_array_foreach(json_object_get(doc, "labs"), i, lab) {
		const char *id = text_of(lab, "id");
		json_t *stage = json_object();

		json_array_foreach(json_object_get(lab, "tests"), k, test) {
			json_t *one = json_pack("{s:b}", "passed", (int)render_passed(test));
			char *hint = render_passed(test) ? NULL : render_details(test);

			if (hint)
				json_object_set_new(one, "hint", json_string(hint));
			json_object_set_new(stage, text_of(test, "title"), one);
			free(hint);
		}
		json_array_append_new(json_object_get(feedback, "stages"), json_string(id));
		json_object_set_new(feedback, id, stage);
		json_object_set_new(scores, id, json_copy((json_t *)render_points(doc, lab)));
	}
	add_given(scores, doc);
	add_counts(feedback, doc);
	json_dumpf(feedback, out, JSON_COMPACT);
	fputc('\n', out);
	all = json_pack("{s:o}", "scores", scores);
	json_dumpf(all, out, JSON_COMPACT | JSON_REAL_PRECISION(10));
	fputc('\n', out);
	json_decref(feedback);
	json_decref(all);
}
