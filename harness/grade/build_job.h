/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * build_job.h - inside build: the steps that building a program and a module
 * share.
 *
 * One confined shell script does a whole build where it can: starting the confinement
 * takes its time, too. The script consists of the kit's words and of names that the
 * manifest has checked; nothing of a submission gets into it.
 */
#ifndef MMAPLAB_BUILD_JOB_H
#define MMAPLAB_BUILD_JOB_H

#include <stdbool.h>
#include <sys/types.h>

#include "build.h"
#include "build_log.h"

#define BUILD_MAX_OBJECT (16 << 20)
/* What the lab gives, in the confined folder. */
#define BUILD_GIVEN "kit/given.o"
/* What a script exits with when the kit's own parts are not in place. */
#define BUILD_EXIT_KIT 125
/* And when nothing is kept of what modpost wrote, see build_recipe.h. */
#define BUILD_EXIT_NEW_MOD 124

/**
 * struct build_job - one build under way
 * @work: the confined folder, NULL when there is nothing to compile
 * @dir: where the results go
 * @script: what runs
 * @r: how it ended
 * @roots: what the compiler may read
 * @b: the result
 * @fault: what kept a check from being made; code 0 for nothing
 */
struct build_job {
	const struct lab_def *lab;
	const struct collection *c;
	const struct build_kit *kit;
	const char *dir;
	char *work;
	char *script;
	struct confine_result r;
	struct build_roots roots;
	struct build *b;
	struct err fault;
};

/** build_stem() - "labs/02-records/records.c": "records", fresh memory */
char *build_stem(const char *path);
/** build_set_text() - status and text; takes over @text */
void build_set_text(struct build *b, enum build_status status, char *text);

/**
 * build_start() - judge what needs no compiler, make the work folder
 * Return: 0 (and j->work NULL when the result is there already) or our fault
 * with @e; either way build_finish() must follow.
 */
int build_start(struct build_job *j, const struct lab_def *lab, const struct collection *c,
		const struct build_kit *kit, const char *dir, struct err *e);
/** build_lay_out() - the student's files and the kit's into the work folder */
int build_lay_out(struct build_job *j, struct err *e);
/** build_add() - one more file for the work folder */
int build_add(struct build_job *j, const char *name, const void *data, size_t size, struct err *e);
/** build_run() - run j->script; 0 however it ended, or our fault with @e */
int build_run(struct build_job *j, const struct confine_bind *binds, size_t binds_count,
	      struct err *e);
/** build_judge_end() - status and text from how the script ended */
void build_judge_end(struct build_job *j);
/** build_check_deps() - false, and rejected, when the dependency file @name
 * says that compiling @path read what it may not, or is missing after success;
 * also false when the host cannot read it, see build_checked() */
bool build_check_deps(struct build_job *j, const char *path, const char *name);
/** build_has() - is this regular file in the work folder */
bool build_has(const struct build_job *j, const char *name);
/** build_checked() - after the checks: 0, or the host's own fault with @e */
int build_checked(const struct build_job *j, struct err *e);
/** build_check_messages() - the same from the compiler's messages */
bool build_check_messages(struct build_job *j);
/**
 * build_fetch() - copy a result from the work folder's @from to DIR/@to
 * Return: 0 with *@path; 0 and NULL when it is not there after a failure, or
 * larger than @max (which makes it one); or our fault with @e.
 */
int build_fetch(struct build_job *j, const char *from, const char *to, size_t max, mode_t mode,
		char **path, struct err *e);
/** build_finish() - clean up; hands the result out unless @ret is an error */
int build_finish(struct build_job *j, int ret, struct build **out);

#endif
