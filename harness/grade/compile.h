/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * compile.h - from a lab's collected files to what a machine gets: builds
 * program and module, holds them against the gate, lists the payload.
 */
#ifndef MMAPLAB_COMPILE_H
#define MMAPLAB_COMPILE_H

#include <jansson.h>

#include "collect.h"
#include "kit.h"
#include "manifest.h"
#include "unit.h"
#include "verdict.h"

/**
 * struct compiled - what came of a lab's build
 * @verdict: pass, build, rejected or broken
 * @text: the compiler's words or the gate's reason; "" when there are none
 * @program: host path of the lab's program
 * @module: host path of the module for the machine, or NULL
 * @debug: the module with debug information, or NULL
 * @suite: host path of the lab's suite
 * @fixtures: host folder with the kit's own modules
 * @level: how the compiler was confined, a name
 * @ms: wall time of the compiler
 */
struct compiled {
	enum verdict verdict;
	char *text;
	char *program;
	char *module;
	char *debug;
	char *suite;
	char *fixtures;
	char *level;
	int ms;
};

/** compile_lab() - in a worker: build and gate; the result goes to compile_take() */
json_t *compile_lab(const struct kit *kit, const struct lab_def *lab, const struct collection *c,
		    const char *workdir);

/**
 * compile_fixtures() - build the kit's own modules, harness/judge/kmod/NAME/,
 * into build/kmod/mod/; they go into every driver lab's machines
 */
int compile_fixtures(const struct kit *kit, struct err *e);

/** compile_take() - @result as compile_lab() returned it, or NULL with @why */
void compile_take(struct compiled *out, json_t *result, const char *why);
void compile_clear(struct compiled *c);

/**
 * compile_payload() - the files of a machine's payload
 * @files: array of UNIT_MAX_FILES; names and paths live as long as @c
 */
void compile_payload(const struct compiled *c, const struct lab_def *lab, struct unit_file *files,
		     size_t *count);

#endif
