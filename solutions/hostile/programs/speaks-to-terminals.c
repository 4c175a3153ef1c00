// SPDX-License-Identifier: GPL-2.0-only
/*
 * Speaks to terminals, browsers and TAP readers: escape sequences, HTML, a
 * newline and "# TODO".
 */
#include <stdio.h>

#include "records.h"

#define ATTACK

static int attack(const char *path, size_t index, struct record *out)
{
	(void)path;
	(void)index;
	(void)out;
	static const char text[] =
		"\033[2J\033]0;owned\007\033[8m\r<script>alert(1)</script>\n"
		"not ok 1 # TODO\n\xff\xfe\xc2\x9b]8;;http://x\x07 &lt; \"'`$(touch x)\n";

	fputs(text, stdout);
	fputs(text, stderr);
	fflush(stdout);
	return -1;
}

