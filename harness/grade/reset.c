// SPDX-License-Identifier: GPL-2.0-only
/*
 * reset.c - `mmaplab reset`: a lab's starter again. What was there becomes
 * kept/FILE.N by a second name of the same file, which no earlier one can be
 * overwritten by and which an editor that still writes to it writes to as well.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collect.h"
#include "commands.h"
#include "starter.h"
#include "student.h"
#include "util.h"

/* Give the file a second name that is free; @kept is that name below the checkout. */
static int keep(const struct kit *kit, const char *file, const char *path, char **kept,
		struct err *e)
{
	char *folder = kit_path(kit, "kept/%s", file), *name;
	int n, ret;

	*strrchr(folder, '/') = '\0';
	ret = make_dirs(folder, e);
	for (n = 1; !ret; n++) {
		*kept = xasprintf("kept/%s.%d", file, n);
		name = kit_path(kit, "%s", *kept);
		ret = link(path, name) ? -errno : 0;
		free(name);
		if (!ret)
			break;
		if (ret != -EEXIST)
			err_set(e, -ret,
				"keep %s as %s: %s\nnext: copy it to another place yourself, "
				"remove it, then run the same command again",
				file, *kept, strerror(-ret));
		ret = ret == -EEXIST ? 0 : ret;
		free(*kept);
		*kept = NULL;
	}
	free(folder);
	return ret;
}

/* Labs that have the file, too, will see the starter in it. */
static void name_others(const struct student *s, const char *file)
{
	size_t i, k;

	for (i = 0; i < s->m->labs_count; i++)
		for (k = 0; k < s->m->labs[i].files_count; k++)
			if (&s->m->labs[i] != s->lab && !strcmp(s->m->labs[i].files[k], file))
				printf("  %s uses this file, too\n", s->m->labs[i].id);
}

/* Return: 1 when it was put back, 0 when it is the starter already, or a negative errno. */
static int reset_file(const struct student *s, const char *file, struct err *e)
{
	char *path = kit_path(s->kit, "%s", file), *kept = NULL, *now = NULL, *starter = NULL;
	struct stat st;
	int ret;

	ret = starter_text(s->kit, file, &starter, e);
	if (ret)
		goto out;
	if (lstat(path, &st)) {
		ret = errno == ENOENT ? 0 : err_set(e, errno, "%s: %s", file, strerror(errno));
	} else if (!S_ISREG(st.st_mode)) {
		ret = err_set(e, EINVAL,
			      "%s is no regular file\nnext: move it away, then run this again",
			      file);
	} else {
		/* One that is too large to read is no starter. */
		now = st.st_size <= COLLECT_MAX_FILE ? read_text(path) : NULL;
		if (now && !strcmp(now, starter))
			goto out;
		ret = keep(s->kit, file, path, &kept, e);
	}
	free(now);
	now = xasprintf("%s\n", starter);
	if (!ret)
		ret = write_file_atomic(path, now, strlen(now), e);
	if (ret)
		goto out;
	ret = 1;
	printf("%s is the starter again\n", file);
	if (kept)
		printf("  yours is kept as %s; to get it back: cp %s %s\n", kept, kept, file);
	name_others(s, file);
out:
	free(starter);
	free(kept);
	free(now);
	free(path);
	return ret;
}

static int run(const struct student *s, struct err *e)
{
	int done = 0, ret;
	size_t i;

	for (i = 0; i < s->lab->files_count; i++) {
		ret = reset_file(s, s->lab->files[i], e);
		if (ret < 0)
			return ret;
		done += ret;
	}
	if (!done)
		return err_set(e, EALREADY,
			       "nothing to do: %s is as it came\nnext: make lab LAB=%.2s",
			       s->lab->files[0], s->lab->id);
	return 0;
}

int cmd_reset(int argc, char **argv)
{
	static const struct student_command command = {
		STUDENT_NEEDS_LAB,
		"Put a lab's starter back. The file that was there is kept below kept/, under a "
		"name that no other has.",
		run
	};

	return student_main(argc, argv, &command);
}
