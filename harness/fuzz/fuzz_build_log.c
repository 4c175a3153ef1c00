// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz_build_log.c - what a compiler left of a student's source: a dependency
 * file, and messages, in two parts.
 */
#include <stdlib.h>
#include <string.h>

#include "../grade/build.h"
#include "../grade/build_log.h"
#include "../grade/judgement.h"
#include "fuzz.h"

static const struct build_roots roots = { .work = "/tmp/mmaplab-work-abcdef", .kernel = "/kernel" };

static void need_foreign(char *name)
{
	/* What lies at such a place is none of the host's files. */
	fuzz_require(!name || strlen(name) <= 200, "a name of %zu bytes", strlen(name));
	fuzz_require(!name || *name == '/' || strstr(name, "..") || strlen(name) == 200,
		     "'%s' is foreign", name);
	free(name);
}

static void judge(char *text)
{
	const struct lab_def *lab = &fuzz_labs()->labs[0];
	struct judgement j = { .def = &lab->tests[0] };
	struct compiled c = { 0 };

	c.part[PART_PROGRAM] = (struct compiled_part){ VERDICT_BUILD, text, "limits", 1 };
	judgement_from_build(&j, lab, PART_PROGRAM, &c);
	fuzz_require(json_object_get(j.evidence, "message"), "a verdict without a message");
	fuzz_printable_json(j.evidence);
	judgement_reset(&j);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	char *deps = fuzz_part(&in, NULL), *log, *clean;
	size_t n;

	log = fuzz_part(&in, &n);
	need_foreign(build_foreign_dep(deps, &roots));
	need_foreign(build_foreign_message(log, &roots));
	clean = build_clean_log(log, n, n & 1, &roots);
	fuzz_printable(clean);
	fuzz_require(strlen(clean) <= BUILD_MAX_TEXT + 24, "%zu bytes", strlen(clean));
	judge(clean);
	free(clean);
	free(log);
	free(deps);
	return 0;
}
