// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz_picture.c - what a driver's memory shows: 8 bytes of a case's number, one
 * of its kind, and changes to the right picture, each a place and a pixel of 4
 * bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "../../labs/14-screen/case.h"
#include "../grade/picture.h"
#include "../grade/util.h"
#include "fuzz.h"

#define HEAD 9
#define CHANGE 8
/* The picture is deflated, which takes longer than all else. */
#define SAVE_EACH 16

static uint32_t *right_picture(uint64_t number, enum picture_kind kind, size_t words)
{
	struct screen_case c = case_make(number, kind == PICTURE_FRAMES);
	struct case_page pages[2];
	size_t n = kind == PICTURE_FRAMES ? case_after_frames(&c, pages) :
					    case_after_card(&c, pages),
	       i;
	uint32_t *memory = xcalloc(words, sizeof(*memory));

	for (i = 0; i < words; i++)
		memory[i] = case_expected(&c, pages, n, i);
	return memory;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct picture_difference d = { 0 };
	enum picture_kind kind;
	uint32_t *right, *memory, change[2];
	struct err e = { 0 };
	bool same, changed;
	uint64_t number;
	size_t bytes, at;

	if (size < HEAD)
		return -1;
	memcpy(&number, data, sizeof(number));
	kind = data[HEAD - 1] & 1 ? PICTURE_FRAMES : PICTURE_CARD;
	bytes = picture_size(number, kind);
	right = right_picture(number, kind, bytes / sizeof(*right));
	memory = (uint32_t *)fuzz_exact(right, bytes);
	for (at = HEAD; at + CHANGE <= size; at += CHANGE) {
		memcpy(change, data + at, CHANGE);
		memory[change[0] % (bytes / sizeof(*memory))] ^= change[1];
	}
	/* Two changes of one pixel may undo each other. */
	changed = memcmp(memory, right, bytes) != 0;
	free(right);
	same = picture_compare(number, kind, memory, &d);
	fuzz_require(same != changed, "it is %s: %s", changed ? "changed" : "right", d.text);
	if (!same) {
		fuzz_printable(d.text);
		fuzz_require(*d.expected && strcmp(d.expected, d.got), "%s: '%s', '%s'", d.text,
			     d.expected, d.got);
	}
	if (data[HEAD - 1] % SAVE_EACH == 0)
		fuzz_require(!picture_save(number, kind, memory, fuzz_path("picture.png"), &e),
			     "%s", e.text);
	free(memory);
	return 0;
}
