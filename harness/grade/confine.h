/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * confine.h - runs a command on a student's files so that it can read the
 * system's tools and its work folder, write its work folder, and do nothing
 * else for longer than its deadline.
 *
 * With bubblewrap the command has its own namespaces, no network, a
 * read-only /usr, private /tmp, /proc and /dev, and finds its work folder at
 * /work. Where the host forbids namespaces it runs under an unused user id
 * (when we are root) or with limits only, on the real paths. Which of them it
 * was is part of the result, for the report.
 *
 * Nothing of the command outlives confine_run(), and nothing of it outlives
 * the caller, even one that is killed.
 */
#ifndef MMAPLAB_CONFINE_H
#define MMAPLAB_CONFINE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "err.h"

enum confine_level {
	CONFINE_NAMESPACES, /* bubblewrap */
	CONFINE_UID, /* another user id, same limits, real paths */
	CONFINE_LIMITS, /* our own user id, limits only */
};

/**
 * confine_level() - what this host allows, found out once by a real run
 *
 * The environment variable MMAPLAB_CONFINE (namespaces, uid, limits) forces
 * one; forcing one that does not work is an error.
 *
 * Return: an enum confine_level, or a negative errno with @e.
 */
int confine_level(struct err *e);

/** confine_level_name() - "namespaces", "uid", "limits", for results */
const char *confine_level_name(enum confine_level level);
/** confine_level_text() - one sentence for the report */
const char *confine_level_text(enum confine_level level);
/** confine_reset() - forget what confine_level() found; for tests */
void confine_reset(void);

/**
 * struct confine_bind - a folder of the host that the command may read
 * @host: its absolute path
 * @inside: where it appears with namespaces, "/kernel"
 * @env: name of the environment variable that tells the command where it is:
 *	@inside with namespaces, @host without
 */
struct confine_bind {
	const char *host;
	const char *inside;
	const char *env;
};

#define CONFINE_MAX_BINDS 4

/**
 * struct confine_job - one command
 * @argv: command and arguments, NULL at the end; it starts in the work
 *	folder, whose path is in $WORK (/work with namespaces)
 * @work: absolute path of the work folder, from confine_folder()
 * @binds: more folders to read
 * @deadline_ms: wall time; 0 means 60 s
 * @cpu_s: CPU seconds of one process; 0 means 30
 * @output_max: bytes of output kept; 0 means 64 KiB
 */
struct confine_job {
	const char *const *argv;
	const char *work;
	const struct confine_bind *binds;
	size_t binds_count;
	unsigned int deadline_ms;
	unsigned int cpu_s;
	size_t output_max;
};

enum confine_end { CONFINE_EXITED, CONFINE_SIGNALED, CONFINE_TIMEOUT };

/**
 * struct confine_result - how it ended
 * @end: exited, killed by a signal, or ended by us at its deadline
 * @code: exit status, or the signal's number
 * @output: stdout and stderr in the order they came, NUL at the end
 * @output_size: without that NUL
 * @output_cut: more came than was kept
 * @level: how it was confined
 * @ms: wall time
 * @cpu_ms: processor time of a command that was ended by us, and of all below it
 */
struct confine_result {
	enum confine_end end;
	int code;
	char *output;
	size_t output_size;
	bool output_cut;
	enum confine_level level;
	unsigned int ms;
	unsigned int cpu_ms;
};

/**
 * confine_run() - run a command and wait for it
 *
 * Return: 0 when the command was started, however it ended; @r is then
 * released with confine_result_clear(). Else a negative errno with @e: our
 * fault, never the student's.
 */
int confine_run(const struct confine_job *job, struct confine_result *r, struct err *e);
void confine_result_clear(struct confine_result *r);

/**
 * confine_folder() - make an empty work folder for one confine_run()
 * @near: folder to make it in; without namespaces it is made under $TMPDIR
 *	or /tmp instead, since the command works on the real path, which
 *	another user id must reach and which must not hold a space
 * @path: receives the absolute path, released with free()
 *
 * Return: 0, or a negative errno with @e. Release it with
 * confine_folder_remove().
 */
int confine_folder(const char *near, char **path, struct err *e);
/** confine_folder_remove() - delete the folder and what is in it */
void confine_folder_remove(const char *path);

/**
 * confine_read() - read what the command left in its work folder
 * @work: the work folder
 * @name: path below it; no component may be a link, the file must be regular
 * @max: bytes it may have at most
 * @data: receives the bytes and a NUL, released with free()
 *
 * Return: 0, or a negative errno with @e: -ENOENT it is not there, -ELOOP a
 * link, -EINVAL not a regular file, -EFBIG larger than @max.
 */
int confine_read(const char *work, const char *name, size_t max, char **data, size_t *size,
		 struct err *e);

#endif
