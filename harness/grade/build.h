/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * build.h - compiles a student's files by the kit's rules, confined.
 *
 * The sources come from a collection (memory), everything else from the kit.
 * They are laid out in a fresh folder as in the repository, so that the
 * compiler's messages name the paths a student knows. What the compiler
 * leaves is read back as regular files with a size cap and written anew into
 * the caller's folder:
 *
 *	DIR/obj/records.o	each student object, for the gate
 *	DIR/bin/records		the lab's program
 *	DIR/obj/mymap.ko	the module with debug information
 *	DIR/mod/mymap.ko	the same without, for the machine
 */
#ifndef MMAPLAB_BUILD_H
#define MMAPLAB_BUILD_H

#include <stddef.h>

#include "collect.h"
#include "confine.h"
#include "err.h"
#include "manifest.h"

#define BUILD_MAX_TEXT (16 * 1024) /* bytes of the compiler's words kept */

enum build_status {
	BUILD_OK, /* goes on to the gate */
	BUILD_FAILED, /* verdict "build" */
	BUILD_REJECTED, /* verdict "rejected" */
};

/**
 * struct build_kit - what the kit adds to a student's files
 * @root: the checkout; a header below it keeps its place there. NULL: none does
 * @checkout: the checkout, from which no source may read, wherever it lies; or NULL
 * @headers: host paths of files laid beside the student's (the lab's
 *	headers; for a module also its Kbuild and the shared uapi header)
 * @given: host path of the object that a program is linked with, see
 *	harness/link-given; NULL for a module
 * @kernel: absolute path of the unpacked kernel headers, the folder that
 *	holds usr/src/linux-headers-VERSION; for modules
 * @kernel_version: "6.1.0-56-cloud-amd64"
 * @recipes: absolute path of a folder in which kbuild's commands are kept from
 *	one build to the next (made if missing); a module then builds in half
 *	the time. NULL: always run kbuild
 * @preload: absolute path of a library that is loaded into every program of a
 *	build with namespaces, see harness/preload/; NULL: none
 * @debug: a program gets debug information about its variables and types, too
 * @deadline_ms: wall time for the compiler; 0 takes confine's own
 */
struct build_kit {
	const char *root;
	const char *checkout;
	const char *const *headers;
	size_t headers_count;
	const char *given;
	const char *kernel;
	const char *kernel_version;
	const char *recipes;
	const char *preload;
	bool debug;
	unsigned int deadline_ms;
};

/**
 * struct build - what came of it
 * @status: what to do next
 * @text: for a student: the compiler's words (warnings, when @status is
 *	BUILD_OK) or the reason; UTF-8, no control bytes but newline and tab,
 *	at most BUILD_MAX_TEXT and a line that says it was cut; never NULL
 * @objects: host paths of the student's objects, for the gate; also when
 *	only linking failed
 * @output: bin/NAME or mod/NAME.ko for the machine, NULL unless BUILD_OK
 * @debug: obj/NAME.ko with debug information, NULL for a program
 * @level: how the compiler was confined
 * @ms: wall time of the confined part
 */
struct build {
	enum build_status status;
	char *text;
	char *objects[MANIFEST_MAX_FILES];
	size_t objects_count;
	char *output;
	char *debug;
	enum confine_level level;
	unsigned int ms;
};

/**
 * build_program() - compile and link a user lab's program
 * @lab: the lab; lab->files are taken from @c
 * @c: the submission; a file's problem makes the result BUILD_FAILED
 * @kit: headers and objects
 * @dir: absolute path of an existing folder for the results
 *
 * Return: 0 and *@out, released with build_free(); or a negative errno with
 * @e, which is our fault (verdict "broken"); *@out is NULL then.
 */
int build_program(const struct lab_def *lab, const struct collection *c,
		  const struct build_kit *kit, const char *dir, struct build **out, struct err *e);

/**
 * build_module() - the same for the kernel module of a driver lab, by kbuild
 *
 * The lab's only file is lab->files[0], the module's name lab->module.
 */
int build_module(const struct lab_def *lab, const struct collection *c, const struct build_kit *kit,
		 const char *dir, struct build **out, struct err *e);

/** build_free() - release it; the files stay; NULL is allowed */
void build_free(struct build *b);

#endif
