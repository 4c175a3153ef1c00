// SPDX-License-Identifier: GPL-2.0-only
/*
 * render_tap.c - TAP 14, see render.h. A test that is blocked is not skipped
 * there, for that would count as passed.
 */
#include <stdlib.h>
#include <string.h>

#include "render.h"
#include "util.h"

/* A description is one line, in which # begins a directive. */
static void put_line(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '#' || *text == '\\')
			fputc('\\', out);
		fputc((unsigned char)*text < 0x20 ? ' ' : *text, out);
	}
	fputc('\n', out);
}

/*
 * JSON's strings are YAML's, too, but for characters beyond 16 bits: JSON writes two
 * surrogates (RFC 8259, 7), which are no characters of YAML, and YAML \U and eight digits.
 */
static void put_yaml(FILE *out, const char *key, const char *text)
{
	json_t *value = json_string(text);
	char *json = json_dumps(value, JSON_ENCODE_ANY | JSON_ENSURE_ASCII), *p = json;
	unsigned high, low;

	fprintf(out, "  %s: ", key);
	while (p && *p) {
		if (*p != '\\') {
			fputc(*p++, out);
		} else if (sscanf(p, "\\u%4x\\u%4x", &high, &low) == 2 && high >> 10 == 0x36 &&
			   low >> 10 == 0x37) {
			fprintf(out, "\\U%08x", 0x10000 + ((high & 0x3ff) << 10 | (low & 0x3ff)));
			p += 12;
		} else {
			fprintf(out, "%.2s", p);
			p += 2;
		}
	}
	fputc('\n', out);
	free(json);
	json_decref(value);
}

static void put_test(FILE *out, const json_t *lab, const json_t *test, unsigned number)
{
	static const char *const keys[] = { "verdict", "message", "expected", "got",
					    "input",   "where",	  "hint" };
	size_t i;

	fprintf(out, "%s %u - %s %s: ", render_passed(test) ? "ok" : "not ok", number,
		text_of(lab, "id"), text_of(test, "id"));
	put_line(out, text_of(test, "title"));
	if (render_passed(test))
		return;
	fputs("  ---\n", out);
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (*text_of(test, keys[i]))
			put_yaml(out, keys[i], text_of(test, keys[i]));
	fputs("  ...\n", out);
}

void render_tap(FILE *out, const json_t *doc)
{
	json_t *labs = json_object_get(doc, "labs"), *lab, *test;
	size_t i, k, all = 0;
	unsigned number = 0;

	json_array_foreach(labs, i, lab)
		all += json_array_size(json_object_get(lab, "tests"));
	fprintf(out, "TAP version 14\n1..%zu\n", all);
	json_array_foreach(labs, i, lab)
		json_array_foreach(json_object_get(lab, "tests"), k, test)
			put_test(out, lab, test, ++number);
}
