// SPDX-License-Identifier: GPL-2.0-only
/*
 * addr2line.c - see addr2line.h.
 */
#include "addr2line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "confine.h"
#include "util.h"

#define NAME "program"
#define DEADLINE_MS 20000
#define CPU_S 10

/* What it complains of is not part of the answer. */
#define COMMAND "exec addr2line \"$@\" 2>/dev/null"

static char *ask(const char *work, const char *section, const unsigned long long *address,
		 size_t count)
{
	const char *first[] = { "sh", "-c", COMMAND, "addr2line", "-f", "-e", NAME };
	size_t n = sizeof(first) / sizeof(first[0]), begin, i;
	const char **argv = xcalloc(n + 3 + count + 1, sizeof(*argv));
	struct confine_job job = {
		.argv = argv, .work = work, .deadline_ms = DEADLINE_MS, .cpu_s = CPU_S
	};
	struct confine_result r = { 0 };
	char *answer = NULL;
	struct err e;

	memcpy(argv, first, sizeof(first));
	if (section) {
		argv[n++] = "-i";
		argv[n++] = "-j";
		argv[n++] = section;
	}
	begin = n;
	for (i = 0; i < count; i++)
		argv[n++] = xasprintf("%#llx", address[i]);
	if (!confine_run(&job, &r, &e) && r.end == CONFINE_EXITED && !r.code)
		answer = xstrdup(r.output);
	confine_result_clear(&r);
	while (n-- > begin)
		free((char *)argv[n]);
	free(argv);
	return answer;
}

char *addr2line(const char *program, const char *section, const unsigned long long *address,
		size_t count)
{
	char *near = xstrdup(program), *work = NULL, *copy, *answer = NULL;
	struct err e;

	*strrchr(near, '/') = '\0';
	if (!confine_folder(near, &work, &e)) {
		copy = xasprintf("%s/" NAME, work);
		if (!copy_file(program, copy, &e))
			answer = ask(work, section, address, count);
		free(copy);
		confine_folder_remove(work);
	}
	free(work);
	free(near);
	return answer;
}
