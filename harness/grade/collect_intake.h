/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * collect_intake.h - inside collect: what both sources (a folder, an
 * archive) hand their entries to.
 *
 *	collect_folder.c  \
 *	                    > intake_entry() ... -> finish() (collect.c)
 *	collect_archive.c /
 *
 * A source knows how to list names and read bytes; the intake alone decides
 * what is wanted, refused or noted, so that both follow the same rules.
 */
#ifndef MMAPLAB_COLLECT_INTAKE_H
#define MMAPLAB_COLLECT_INTAKE_H

#include <sys/types.h>

#include "collect.h"

#define INTAKE_MAX_FILES (MANIFEST_MAX_LABS * MANIFEST_MAX_FILES)
#define INTAKE_MAX_NAME 1024

enum intake_kind {
	INTAKE_REGULAR,
	INTAKE_FOLDER, /* names in it come as entries of their own */
	INTAKE_SKIPPED, /* a folder that was not looked into */
	INTAKE_SYMLINK,
	INTAKE_HARDLINK,
	INTAKE_DEVICE, /* device, FIFO, socket, anything else */
};

/**
 * struct intake_source - how to read the entry at hand
 * @read: read at most @len bytes; 0 at its end, or a negative errno with @e
 */
struct intake_source {
	ssize_t (*read)(void *ctx, void *buf, size_t len, struct err *e);
	void *ctx;
};

/**
 * struct intake_found - a file of the manifest as the submission has it
 * @seen: it is there
 * @data: @size bytes and a NUL, or NULL
 * @problem: see struct collect_file, without the path
 */
struct intake_found {
	bool seen;
	char *data;
	size_t size;
	char *problem;
};

/**
 * struct intake_wrapped - the manifest's files below one folder
 */
struct intake_wrapped {
	char *folder;
	struct intake_found file[INTAKE_MAX_FILES];
};

/** struct intake_other - an entry that is not taken, for the notes */
struct intake_other {
	char *path;
	enum intake_kind kind;
	bool bad_name;
	/* The kit has a file of this path, with the same or other bytes:
	 * when the path is taken as it is, and without its first folder. */
	enum { NOT_GIVEN, GIVEN_SAME, GIVEN_CHANGED } as_is, stripped;
};

/** struct intake_flat - where a manifest's file lies without its folders */
struct intake_flat {
	char *path;
	char *second; /* another place with that name, or NULL */
};

struct intake {
	const struct manifest *m;
	const char *submission;
	const char *path[INTAKE_MAX_FILES]; /* the manifest's files */
	size_t path_count;
	struct intake_found top[INTAKE_MAX_FILES];
	struct intake_wrapped *wrapped[8];
	size_t wrapped_count;
	bool many_wrapped;
	struct intake_found flat[INTAKE_MAX_FILES];
	struct intake_flat flat_place[INTAKE_MAX_FILES];
	struct intake_other *other;
	size_t other_count, other_room;
	size_t entries;
	size_t bytes;
};

/**
 * intake_entry() - one name of the submission
 * @name: its raw bytes; NULL when it cannot be read
 * @src: its content, for INTAKE_REGULAR; read only if it is wanted
 *
 * Return: 0, or a negative errno with @e that makes the submission unusable.
 */
int intake_entry(struct intake *in, const char *name, enum intake_kind kind,
		 const struct intake_source *src, struct err *e);

/**
 * intake_flat_index() - the manifest's file that has this name and no folders
 *
 * "records.c", or "anna/records.c" in a folder that wraps it.
 *
 * Return: its index in @in->path, or -1.
 */
int intake_flat_index(const struct intake *in, const char *path);

/** intake_bytes() - count bytes that were read, wanted or not */
int intake_bytes(struct intake *in, size_t n, struct err *e);

/** intake_show_name() - fresh printable copy of a name, shortened */
char *intake_show_name(const char *name);

/** collect_folder(), collect_archive() - feed every entry to the intake */
int collect_folder(struct intake *in, int dir_fd, struct err *e);
/** collect_single() - feed it the one file that this descriptor is, by this name */
int collect_single(struct intake *in, int fd, const char *name, struct err *e);
int collect_archive(struct intake *in, int fd, struct err *e);

#endif
