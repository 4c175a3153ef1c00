// SPDX-License-Identifier: GPL-2.0-only
/*
 * render_junit.c - JUnit's XML, see render.h: a suite for each lab. What is
 * blocked is skipped, what is broken an error, and the rest that does not pass a
 * failure.
 */
#include <stdlib.h>
#include <string.h>

#include "render.h"

/*
 * XML has no way to say most control characters, nor U+FFFE and U+FFFF: they
 * become U+FFFD. Line ends and tabs in attributes would be read as spaces.
 */
static void put(FILE *out, const char *text)
{
	const unsigned char *p = (const unsigned char *)text;

	for (; *p; p++) {
		if (*p == '&' || *p == '<' || *p == '>' || *p == '"')
			fprintf(out, "&#%d;", *p);
		else if (*p == '\n' || *p == '\t' || *p == '\r')
			fprintf(out, "&#%d;", *p);
		else if (*p < 0x20)
			fputs("\xef\xbf\xbd", out);
		else if (*p == 0xef && p[1] == 0xbf && p[2] >= 0xbe)
			p += 2, fputs("\xef\xbf\xbd", out);
		else
			fputc(*p, out);
	}
}

static void put_attribute(FILE *out, const char *name, const char *text)
{
	fprintf(out, " %s=\"", name);
	put(out, text);
	fputc('"', out);
}

static const char *element_of(const json_t *test)
{
	const char *verdict = render_text(test, "verdict");

	return !strcmp(verdict, "blocked") ? "skipped" :
	       !strcmp(verdict, "broken")  ? "error" :
					     "failure";
}

static void put_test(FILE *out, const json_t *lab, const json_t *test)
{
	const char *element = element_of(test);
	char *details;

	fputs("    <testcase", out);
	put_attribute(out, "classname", render_text(lab, "id"));
	put_attribute(out, "name", render_text(test, "id"));
	fprintf(out, " time=\"%.3f\"",
		(double)json_integer_value(json_object_get(test, "ms")) / 1000);
	if (render_passed(test)) {
		fputs("/>\n", out);
		return;
	}
	fprintf(out, ">\n      <%s", element);
	put_attribute(out, "message", render_text(test, "message"));
	if (strcmp(element, "skipped")) {
		details = render_details(test);
		put_attribute(out, "type", render_text(test, "verdict"));
		fputc('>', out);
		put(out, details);
		fprintf(out, "</%s>\n", element);
		free(details);
	} else {
		fputs("/>\n", out);
	}
	fputs("    </testcase>\n", out);
}

static unsigned count(const json_t *lab, const char *element)
{
	json_t *test;
	unsigned n = 0;
	size_t k;

	json_array_foreach(json_object_get(lab, "tests"), k, test)
		n += !element || (!render_passed(test) && !strcmp(element_of(test), element));
	return n;
}

void render_junit(FILE *out, const json_t *doc)
{
	json_t *lab, *test;
	size_t i, k;

	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites", out);
	put_attribute(out, "name", render_text(doc, "name"));
	fputs(">\n", out);
	json_array_foreach(json_object_get(doc, "labs"), i, lab) {
		double ms = 0;

		json_array_foreach(json_object_get(lab, "tests"), k, test)
			ms += json_number_value(json_object_get(test, "ms"));
		fputs("  <testsuite", out);
		put_attribute(out, "name", render_text(lab, "id"));
		fprintf(out,
			" tests=\"%u\" failures=\"%u\" errors=\"%u\" skipped=\"%u\" time=\"%.3f\">\n",
			count(lab, NULL), count(lab, "failure"), count(lab, "error"),
			count(lab, "skipped"), ms / 1000);
		json_array_foreach(json_object_get(lab, "tests"), k, test)
			put_test(out, lab, test);
		fputs("  </testsuite>\n", out);
	}
	fputs("</testsuites>\n", out);
}
