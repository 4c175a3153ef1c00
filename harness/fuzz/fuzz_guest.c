// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz_guest.c - all that a hostile guest can say and do, from the first record
 * to the report that a person reads: the number of a lab, and a script that
 * played.h describes, in two parts.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../grade/report.h"
#include "../grade/result.h"
#include "../grade/unit.h"
#include "fuzz.h"
#include "played.h"

static struct profile profile = { "plain", 1, PLAYED_MIB, "" };
static struct template template = { .profile = &profile };
static struct kit kit = { .root = "/nowhere",
			  .qemu_version = "played",
			  .kernel_release = "played",
			  .kernel_version = "played",
			  .kernel_sha256 = "played" };

static json_t *run_unit(const struct lab_def *lab, const struct test_def **tests)
{
	struct unit_spec spec = { .kit = &kit,
				  .template = &template,
				  .lab = lab,
				  .tests = tests,
				  .tests_count = lab->tests_count,
				  .seed = 1 };
	json_t *unit;
	size_t i;

	for (i = 0; i < lab->tests_count; i++)
		tests[i] = &lab->tests[i];
	unit = unit_run(&spec);
	fuzz_require(unit, "a machine without a result");
	return unit;
}

/* Points for nothing: what a test asks for must have been said, and seen. */
static void check_pass(const struct judgement *j, json_t *unit)
{
	json_t *record = json_object_get(json_object_get(unit, "results"), j->def->id);
	uint32_t seen = (uint32_t)json_integer_value(
		json_object_get(json_object_get(unit, "seen"), j->def->id));

	fuzz_require(j->verdict >= VERDICT_NONE && j->verdict <= VERDICT_BROKEN, "verdict %d",
		     j->verdict);
	if (j->verdict != VERDICT_PASS)
		return;
	fuzz_require(!strcmp(json_string_value(json_object_get(record, "outcome")), "pass"),
		     "%s passes without a record", j->def->id);
	fuzz_require(!(j->def->evidence & ~seen), "%s passes unseen (%#x of %#x)", j->def->id, seen,
		     j->def->evidence);
}

static json_t *make_result(const struct lab_def *lab, json_t *unit, const struct test_def **tests)
{
	struct judgement judgements[MANIFEST_MAX_TESTS] = { 0 };
	struct grade_spec spec = { .submission = "student", .name = "student" };
	json_t *machines = json_array(), *suspicions = json_array(), *doc;
	struct compiled compiled = { 0 };
	struct collection collection = { 0 };
	size_t i;

	for (i = 0; i < lab->tests_count; i++) {
		judgements[i].def = &lab->tests[i];
		judgement_from_unit(&judgements[i], lab, &compiled, unit, "");
		check_pass(&judgements[i], unit);
	}
	result_add_machine(machines, suspicions, lab, tests, lab->tests_count, unit, "");
	doc = result_new(&kit, &spec, &collection, "2026-01-01T00:00:00Z", 1, "tcg");
	json_object_set_new(doc, "labs",
			    json_pack("[o]", result_lab(lab, judgements, &compiled, machines)));
	json_decref(machines);
	result_close(doc, suspicions);
	json_decref(suspicions);
	for (i = 0; i < lab->tests_count; i++)
		judgement_reset(&judgements[i]);
	return doc;
}

static void check_result(const json_t *doc)
{
	int code = result_exit_code(doc);
	char *text = json_dumps(doc, JSON_INDENT(1)), *report = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&report, &size);

	fuzz_require(code == 0 || code == 1 || code == 3 || code == 4, "status %d", code);
	fuzz_require(text, "a result that cannot be written");
	fuzz_printable_json(doc);
	report_print(out, doc, true, false);
	fclose(out);
	fuzz_printable(report);
	free(report);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct test_def *tests[MANIFEST_MAX_TESTS];
	struct fuzz_input in = { data, size };
	char *name = fuzz_part(&in, NULL), *script = fuzz_part(&in, NULL);
	const struct lab_def *lab = manifest_find_lab(fuzz_labs(), name, NULL);
	json_t *unit, *doc;

	if (lab) {
		played_begin(script);
		unit = run_unit(lab, tests);
		played_end();
		doc = make_result(lab, unit, tests);
		check_result(doc);
		json_decref(doc);
		json_decref(unit);
	}
	free(script);
	free(name);
	return lab ? 0 : -1;
}
