// SPDX-License-Identifier: GPL-2.0-only
/*
 * render_gradescope.c - results.json of a Gradescope autograder, see render.h.
 */
#include <stdlib.h>

#include "render.h"
#include "util.h"

static json_t *one_test(const json_t *lab, const json_t *test, unsigned number)
{
	char *name = xasprintf("%s: %s", text_of(lab, "id"), text_of(test, "title"));
	char *at = xasprintf("%.2s.%u", text_of(lab, "id"), number);
	char *details = render_passed(test) ? xstrdup("") : render_details(test);
	json_t *entry = json_pack("{s:s,s:s,s:f,s:f,s:s,s:s,s:s,s:[s,s],s:s}", "name", name,
				  "number", at, "score", number_of(test, "points"), "max_score",
				  number_of(test, "max"), "status",
				  render_passed(test) ? "passed" : "failed", "output", details,
				  "output_format", "text", "tags", text_of(lab, "id"),
				  text_of(test, "verdict"), "visibility", "visible");

	free(name);
	free(at);
	free(details);
	return entry;
}

void render_gradescope(FILE *out, const json_t *doc)
{
	json_t *labs = json_object_get(doc, "labs"), *tests = json_array(), *lab, *test, *all;
	const json_t *of_term = json_object_get(doc, "counts");
	const json_t *points = json_object_get(of_term, "points");
	char *counts = render_counts(doc), *output;
	size_t i, k;

	json_array_foreach(labs, i, lab)
		json_array_foreach(json_object_get(lab, "tests"), k, test)
			json_array_append_new(tests, one_test(lab, test, (unsigned)k + 1));
	output = xasprintf("%s%s", counts, render_waits(doc) ? RENDER_WAITS : "");
	all = json_pack("{s:f,s:f,s:s,s:s,s:s,s:s,s:o,s:{s:s,s:s,s:s}}", "score",
			json_number_value(points ? points : json_object_get(doc, "points")),
			"execution_time",
			(double)json_integer_value(json_object_get(doc, "ms")) / 1000, "output",
			output, "output_format", "text", "visibility", "visible",
			"stdout_visibility", "hidden", "tests", tests, "extra_data", "seed",
			text_of(doc, "seed"), "status", text_of(of_term ? of_term : doc, "status"),
			"mmaplab", text_of(doc, "mmaplab"));
	json_dumpf(all, out, JSON_INDENT(1) | JSON_REAL_PRECISION(10));
	fputc('\n', out);
	json_decref(all);
	free(output);
	free(counts);
}
