// SPDX-License-Identifier: GPL-2.0-only
/*
 * verdict.c - names of the verdicts, see verdict.h.
 */
#include "verdict.h"

#include <stddef.h>
#include <string.h>

static const char *const names[] = {
	[VERDICT_NONE] = "none",     [VERDICT_PASS] = "pass",	      [VERDICT_FAIL] = "fail",
	[VERDICT_CRASH] = "crash",   [VERDICT_TIMEOUT] = "timeout",   [VERDICT_OOPS] = "oops",
	[VERDICT_BUILD] = "build",   [VERDICT_REJECTED] = "rejected", [VERDICT_BLOCKED] = "blocked",
	[VERDICT_BROKEN] = "broken",
};

const char *verdict_name(enum verdict v)
{
	return names[v];
}

enum verdict verdict_parse(const char *name)
{
	size_t i;

	for (i = VERDICT_PASS; name && i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(names[i], name))
			return (enum verdict)i;
	return VERDICT_NONE;
}

bool verdict_shows_mistake(enum verdict v)
{
	return verdict_is_failure(v) || v == VERDICT_REJECTED;
}

bool verdict_is_failure(enum verdict v)
{
	return v == VERDICT_FAIL || v == VERDICT_CRASH || v == VERDICT_TIMEOUT || v == VERDICT_OOPS;
}
