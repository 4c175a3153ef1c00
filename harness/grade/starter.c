// SPDX-License-Identifier: GPL-2.0-only
/*
 * starter.c - starters, see starter.h.
 */
#include "starter.h"

#include <stdlib.h>
#include <string.h>

#include "util.h"

int starter_text(const struct kit *kit, const char *file, char **text, struct err *e)
{
	char *tool = kit_path(kit, "harness/starters");
	const char *const argv[] = { tool, "--print", file, NULL };
	size_t n;

	*text = run_capture(argv);
	free(tool);
	if (!*text)
		return err_set(e, ENOENT,
			       "make the starter of %s from solutions/%s\n"
			       "next: harness/starters --print %s shows why that does not work",
			       file, file, file);
	n = strlen(*text);
	if (n && (*text)[n - 1] == '\n')
		(*text)[n - 1] = '\0';
	return 0;
}

bool starter_is(const char *starter, const char *text)
{
	size_t n = strlen(starter);

	return !strncmp(text, starter, n) && (!text[n] || !strcmp(text + n, "\n"));
}
