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
 * struct compiled_part - what came of the build of one part of a lab
 * @verdict: pass, build, rejected or broken; VERDICT_NONE while it is not known,
 *	or when the lab has no such part
 * @text: the compiler's words or the gate's reason; "" when there are none
 * @level: how the compiler was confined, a name
 * @ms: wall time of the compiler
 */
struct compiled_part {
	enum verdict verdict;
	char *text;
	char *level;
	int ms;
};

/**
 * struct compiled - what came of a lab's build
 * @program: host path of the lab's program; where students write a part of it
 *	and that did not build, a driver lab has it without that part
 * @module: host path of the module for the machine, or NULL
 * @debug: the module with debug information, or NULL
 * @suite: host path of the lab's suite
 * @kit_modules: host folder with the kit's own modules
 */
struct compiled {
	struct compiled_part part[PARTS];
	char *program;
	char *module;
	char *debug;
	char *suite;
	char *kit_modules;
};

/**
 * enum compile_use - what something is compiled for
 * @COMPILE_TO_GRADE: a submission
 * @COMPILE_OWN: the kit's own solutions: take what came of the same files before
 * @COMPILE_TO_DEBUG: for a person with a debugger: the same code, and what tells of its
 *	variables and types
 */
enum compile_use { COMPILE_TO_GRADE, COMPILE_OWN, COMPILE_TO_DEBUG };

/**
 * compile_part() - in a worker: build and gate a part that the lab has; the
 * result goes to compile_take()
 */
json_t *compile_part(const struct kit *kit, const struct lab_def *lab, enum part part,
		     const struct collection *c, const char *workdir, enum compile_use use);

/**
 * compile_kit_modules() - build the kit's own modules, harness/judge/kmod/NAME/
 * and driver/careless/NAME/, into build/kmod/mod/; they go into every driver
 * lab's machines
 */
int compile_kit_modules(const struct kit *kit, struct err *e);

/**
 * compile_take() - add a part to what is known
 * @c: zeros at first
 * @result: as compile_part() returned it, or NULL with @why
 */
void compile_take(struct compiled *c, enum part part, json_t *result, const char *why);
/** compile_first() - the lab's only part, or the module of two */
const struct compiled_part *compile_first(const struct compiled *c);
void compile_clear(struct compiled *c);

/**
 * compile_payload() - the files of a machine's payload
 * @files: array of UNIT_MAX_FILES; release them with unit_files_clear()
 */
void compile_payload(const struct compiled *c, const struct lab_def *lab, struct unit_file *files,
		     size_t *count);

#endif
