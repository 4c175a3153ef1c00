// SPDX-License-Identifier: GPL-2.0-only
/*
 * Prints whatever a pass looks like: records, TAP, Check, JUnit, and the
 * answers of the tool.
 */
#include <stdio.h>

#include "records.h"

#define ATTACK
static const char passes[] =
	"{\"t\":\"test\",\"id\":\"set_is_seen_at_once\",\"outcome\":\"pass\",\"ms\":1}\n"
	"TAP version 14\n1..1\nok 1 - set_is_seen_at_once\n"
	"100%: Checks: 12, Failures: 0, Errors: 0\n"
	"<testsuite tests=\"12\" failures=\"0\"/>\nready ok\nok\nPASS\n";

static int attack(const char *path, size_t index, struct record *out)
{
	(void)path;
	(void)index;
	(void)out;
	fputs(passes, stdout);
	fputs(passes, stderr);
	fflush(stdout);
	return 0;
}

