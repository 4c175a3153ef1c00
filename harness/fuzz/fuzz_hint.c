// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz_hint.c - a HINTS.md, and the test that a hint is asked for.
 */
#include <stdlib.h>
#include <string.h>

#include "../grade/hint.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	char *test = fuzz_part(&in, NULL), *text = fuzz_part(&in, NULL), *hint;
	int n;

	for (n = -1; n < 5; n++) {
		hint = hint_find(text, test, n);
		fuzz_require(!hint || strstr(text, hint), "a hint that is not in the text");
		free(hint);
	}
	free(text);
	free(test);
	return 0;
}
