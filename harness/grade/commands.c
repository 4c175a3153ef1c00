// SPDX-License-Identifier: GPL-2.0-only
/*
 * commands.c - what subcommands begin and end with, see commands.h.
 */
#include "commands.h"

#include <stdio.h>
#include <stdlib.h>

int command_open(const char *lab, struct kit **kit, struct manifest **m,
		 const struct lab_def **only, struct err *e)
{
	int ret = kit_open(NULL, kit, e);

	if (!ret)
		ret = manifest_load((*kit)->root, m, e);
	if (ret || !lab || !*lab)
		return ret;
	*only = manifest_find_lab(*m, lab, e);
	return *only ? 0 : -ENOENT;
}

int command_jobs(struct argp_state *state, const char *arg)
{
	char *end;
	long jobs = strtol(arg, &end, 10);

	if (*end || jobs < 1 || jobs > 64)
		argp_error(state, "--jobs takes a number from 1 to 64, not '%s'", arg);
	return (int)jobs;
}

error_t command_word(struct argp_state *state, const char *arg, const char **words, size_t many)
{
	size_t i = 0;

	while (i < many && words[i])
		i++;
	if (i == many)
		argp_error(state, "one argument too many: '%s'", arg);
	else
		words[i] = arg;
	return 0;
}

int command_unusable(const struct err *e)
{
	fprintf(stderr, "mmaplab: %s\n", e->text);
	return EXIT_UNUSABLE;
}
