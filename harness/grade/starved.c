// SPDX-License-Identifier: GPL-2.0-only
/*
 * starved.c - did a machine get the processor time that it wanted, see starved.h.
 */
#include "starved.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

/* On two processors with sixty busy processes each gets that; a machine still does its work then. */
#define ENOUGH_PERCENT 3
#define SHORT_NS 500000000

/* A host whose kernel does not count starves nobody. */
void starved_times(pid_t pid, int64_t *ran_ns, int64_t *waited_ns)
{
	char *folder = xasprintf("/proc/%d/task", (int)pid), *path, *text;
	DIR *d = opendir(folder);
	struct dirent *entry;
	int64_t ran, waited;

	*ran_ns = *waited_ns = 0;
	while (d && (entry = readdir(d))) {
		path = xasprintf("%s/%s/schedstat", folder, entry->d_name);
		text = *entry->d_name == '.' ? NULL : read_text(path);
		if (text && sscanf(text, "%" SCNd64 " %" SCNd64, &ran, &waited) == 2) {
			*ran_ns += ran;
			*waited_ns += waited;
		}
		free(text);
		free(path);
	}
	if (d)
		closedir(d);
	free(folder);
}

int starved_percent(int64_t ran_ns, int64_t waited_ns)
{
	int percent;

	if (ran_ns < 0 || waited_ns < SHORT_NS)
		return -1;
	percent = (int)(ran_ns * 100 / (ran_ns + waited_ns));
	return percent < ENOUGH_PERCENT ? percent : -1;
}

void starved_init(struct starved *s, pid_t pid)
{
	*s = (struct starved){ .pid = pid, .tests = json_object() };
}

void starved_clear(struct starved *s)
{
	json_decref(s->tests);
	free(s->test);
}

void starved_follow(struct starved *s, const char *test)
{
	int64_t ran, waited;
	int percent;

	if (s->test && test && !strcmp(s->test, test))
		return;
	if (!s->test && !test)
		return;
	starved_times(s->pid, &ran, &waited);
	percent = s->test ? starved_percent(ran - s->ran_ns, waited - s->waited_ns) : -1;
	if (percent >= 0)
		json_object_set_new(s->tests, s->test, json_integer(percent));
	free(s->test);
	s->test = test ? xstrdup(test) : NULL;
	s->ran_ns = ran;
	s->waited_ns = waited;
}
