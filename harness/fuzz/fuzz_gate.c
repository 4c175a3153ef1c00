// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz_gate.c - an object that a student's source became, held against the gate
 * once as a program's and once as a module's.
 */
#include <stdlib.h>
#include <string.h>

#include "../grade/gate.h"
#include "../grade/util.h"
#include "fuzz.h"

static char *object;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	object = xstrdup(fuzz_path("student.o"));
	return 0;
}

static struct build fresh(void)
{
	return (struct build){
		.status = BUILD_OK, .text = xstrdup(""), .objects = { object }, .objects_count = 1
	};
}

static void check(struct build *b, int ret, const struct err *e)
{
	fuzz_require(!ret, "the gate failed: %s", e->text);
	fuzz_require(b->status == BUILD_OK || b->status == BUILD_REJECTED, "status %d", b->status);
	fuzz_require(!*b->text == (b->status == BUILD_OK), "status %d, '%s'", b->status, b->text);
	fuzz_printable(b->text);
	free(b->text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct build_kit kit = { 0 };
	struct err e = { 0 };
	struct build b;

	fuzz_file(object, data, size);
	b = fresh();
	check(&b, gate_program(&b, &kit, &e), &e);
	b = fresh();
	check(&b, gate_module(&b, "driver/mymap/imports.txt", &e), &e);
	return 0;
}
