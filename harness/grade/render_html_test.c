// SPDX-License-Identifier: GPL-2.0-only
/*
 * render_html_test.c - inside render_html: one test on a page, with all that is
 * known of why it did not pass.
 */
#include <stdlib.h>
#include <string.h>

#include "html.h"
#include "kit.h"
#include "picture.h"
#include "render.h"
#include "render_html.h"
#include "util.h"

#define PICTURES "build/results/"

bool page_has(const json_t *o, const char *verdict)
{
	return text_is(o, "verdict", verdict);
}

void page_points(FILE *out, const json_t *o)
{
	double max = json_number_value(json_object_get(o, "max"));
	const json_t *points = json_object_get(o, "points");

	if (json_is_number(points))
		html(out, "%g / %g", json_number_value(points), max);
	else
		html(out, "– / %g", max);
}

/* ----------------------------------------------------------------- picture */

/* What a test's member says, as a data: URI; NULL when the file is gone. */
static char *picture_of(const char *name)
{
	char *root, *path, *inside;

	if (!strncmp(name, PICTURE_INSIDE, strlen(PICTURE_INSIDE)))
		return xstrdup(name);
	if (strncmp(name, PICTURES, strlen(PICTURES)) || strstr(name, ".."))
		return NULL;
	root = kit_root();
	path = xasprintf("%s/%s", root ? root : ".", name);
	inside = picture_inside(path);
	free(path);
	free(root);
	return inside;
}

static void put_picture(FILE *out, const json_t *test)
{
	const char *name = text_of(test, "picture");
	char *inside = *name ? picture_of(name) : NULL;

	if (inside)
		html(out,
		     "<figure><img src=\"%s\" alt=\"What the driver's memory held, as a picture\">"
		     "<figcaption>All lines of the driver's memory with their padding, as the host "
		     "read them from outside.</figcaption></figure>\n",
		     inside);
	else if (*name)
		html(out,
		     "<p class=\"quiet\">The picture <code>%s</code> is not there any more.</p>\n",
		     name);
	free(inside);
}

/* -------------------------------------------------------------------- tests */

static void put_evidence(FILE *out, const json_t *test)
{
	static const struct {
		const char *key, *label;
	} rows[] = {
		{ "expected", "expected" }, { "got", "got" },
		{ "input", "input" },	    { "signal", "signal" },
		{ "addr", "address" },	    { "at", "in" },
		{ "ip", "instruction" },    { "waiting", "waiting in" },
		{ "calls", "calls made" },  { "log", "kernel log" },
		{ "stderr", "stderr" },
	};
	json_t *note;
	size_t i;

	fputs("<dl>\n", out);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		html_block(out, rows[i].label, text_of(test, rows[i].key));
	json_array_foreach(json_object_get(test, "notes"), i, note)
		html_block(out, "note", json_string_value(note));
	fputs("</dl>\n", out);
}

static void put_next(FILE *out, const json_t *lab, const json_t *test)
{
	const char *where = text_of(test, "where"), *colon = strchr(where, ':');
	char *again = xasprintf("make lab LAB=%.2s T=%s", text_of(lab, "id"), text_of(test, "id"));

	fputs("<p class=\"next\">", out);
	if (colon) {
		char *file = strndup(where, (size_t)(colon - where));

		html(out, "Open <code>%s</code> at <code>%s</code> · ", file, colon + 1);
		free(file);
	}
	html(out, "README task %g · ", json_number_value(json_object_get(test, "task")));
	if (*text_of(test, "hint"))
		html(out, "a hint: <code>%s</code> · ", text_of(test, "hint"));
	html(out, "again: <code>%s</code></p>\n", again);
	free(again);
}

/* What did not pass, opened. */
void page_failure(FILE *out, const json_t *lab, const json_t *test)
{
	html(out, "<details class=\"test %s\" open id=\"",
	     page_has(test, "broken") ? "odd" : "bad");
	html_id(out, text_of(lab, "id"), text_of(test, "id"));
	fputs("\"><summary>", out);
	html_badge(out, text_of(test, "verdict"));
	html(out, "<h3>%s</h3><span class=\"n\">", text_of(test, "title"));
	page_points(out, test);
	html(out, "</span></summary>\n<div class=\"body\"><p class=\"message\">%s</p>\n",
	     text_of(test, "message"));
	put_evidence(out, test);
	put_picture(out, test);
	if (page_has(test, "broken"))
		fputs("<p class=\"next\">Not the submission's fault: grade it again.</p>\n", out);
	else
		put_next(out, lab, test);
	fputs("</div></details>\n", out);
}

/* A line for what passed, and for what was not run. */
void page_row(FILE *out, const json_t *lab, const json_t *test)
{
	bool passed = render_passed(test);

	fputs("<li id=\"", out);
	html_id(out, text_of(lab, "id"), text_of(test, "id"));
	fputs("\">", out);
	html_badge(out, text_of(test, "verdict"));
	html(out, "<span class=\"what\">%s", text_of(test, "title"));
	if (passed && text_is(test, "evidence", "host"))
		fputs(" <span class=\"quiet small\">seen by the host, too</span>", out);
	if (!passed)
		html(out, "<br><span class=\"quiet small\">%s</span>", text_of(test, "message"));
	fputs("</span><span class=\"n\">", out);
	page_points(out, test);
	fputs("</span>", out);
	if (*text_of(test, "picture")) {
		fputs("<details class=\"more\"><summary>picture</summary>", out);
		put_picture(out, test);
		fputs("</details>", out);
	}
	fputs("</li>\n", out);
}
