/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * unit.h - one unit of work: some tests of one lab in one machine.
 */
#ifndef MMAPLAB_UNIT_H
#define MMAPLAB_UNIT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "kit.h"
#include "manifest.h"
#include "template.h"

#define UNIT_MAX_FILES 16

/** struct unit_file - one file of the payload: where it is, and its name below /unit */
struct unit_file {
	char *name;
	char *path;
};

/** unit_files_clear() - release the names and paths of files that own them */
void unit_files_clear(struct unit_file *files, size_t count);

/**
 * struct unit_keeper - machines that are kept for the next units, one of each profile
 *
 * What one unit leaves behind, the next one may find, so all must be of one author:
 * the kit's own solutions, or the user labs of one submission. A machine is kept
 * while suites come to their end in it without a suspicion, and its agent finds
 * nothing left behind (vm/README.md).
 * @kept: in the order of the kit's profiles
 * @m: NULL: none is kept. unit_keeper_clear() ends all
 * @suite: host path of the suite that ran last; the same is not sent again, and its
 *	pages stay translated
 * @payload: its payload disk
 * @units: how many it has run
 */
struct unit_keeper {
	struct kept {
		struct machine *m;
		char *suite;
		int payload;
		unsigned units;
	} kept[KIT_MAX_PROFILES];
};

/** unit_keeper_holds() - is a machine kept there? */
bool unit_keeper_holds(const struct unit_keeper *k);
/** unit_keeper_clear() - end its machines, if there are any */
void unit_keeper_clear(struct unit_keeper *k);

/**
 * struct unit_spec - what to run; everything stays the caller's
 * @tests: in the manifest's order
 * @seed: of this grading
 * @cold: boot instead of restoring
 * @pictures: folder, below the checkout, for the pictures that the host sees,
 *	or NULL
 * @keeper: use and keep machines there, or NULL for a machine of its own
 * @first_failure: end the machine when a test has failed
 * @runs: hears which test runs, from its start on; or NULL
 */
struct unit_spec {
	const struct kit *kit;
	const struct template *template;
	const struct lab_def *lab;
	const struct test_def *const *tests;
	size_t tests_count;
	struct unit_file files[UNIT_MAX_FILES];
	size_t files_count;
	uint64_t seed;
	bool cold;
	const char *pictures;
	struct unit_keeper *keeper;
	bool first_failure;
	void (*runs)(const char *test);
};

/**
 * unit_run() - start a machine, run the tests, end it
 *
 * Return: a JSON object owned by the caller:
 *	results: test id -> record, for the tests that reported
 *	running: the test that was running when the machine ended, or null
 *	end: "complete", "died" (the machine ended), "timeout" (deadline of the
 *	     host), "flood" (a line too long), "stopped" (at the first failure) or
 *	     "error" (our own fault)
 *	why: a sentence about @end
 *	suspicions: array of lines for a person
 *	console: what the console showed, cleaned and capped
 *	seen: test id -> CHECK_* bits that the host saw for itself; or absent
 *	starved: test id -> percent of the processor time it wanted that it got,
 *	     for tests that had far too little; or absent
 *	picture: a picture that the host saw, its path below the checkout; or absent
 *	start: "restored", "cold" or "kept"; note: why it was cold, or ""
 *	ms: wall time; boot_ms: until the machine took the command
 */
json_t *unit_run(const struct unit_spec *spec);

/** how many times longer than a restore a boot from nothing may take */
#define UNIT_COLD_FACTOR 3

/**
 * unit_start() - restore a machine for the unit, or boot it when that fails or is wanted
 * @slowness: of the host, at least 1; limits are multiplied by it
 * @cold: was it booted? Then it has to say that it is ready before it is told anything.
 * @note: why it was booted, or untouched
 */
int unit_start(const struct unit_spec *spec, int payload, double slowness, struct machine **m,
	       bool *cold, char *note, size_t note_size, struct err *e);

/**
 * unit_command() - the line that tells an agent to run the suite
 * @argv: array of strings, a reference is taken over
 * @env: likewise
 * @payload: bytes in use on the payload disk
 */
json_t *unit_command(json_t *argv, json_t *env, size_t payload, bool shell);

/**
 * unit_environment() - the environment of a suite
 * @needs: as in MMAPLAB_NEEDS
 * Return: an array of strings, owned by the caller.
 */
json_t *unit_environment(const struct unit_spec *spec, const char *needs);

/**
 * unit_payload() - the payload disk for these files
 * @used: bytes in use on it
 * Return: a descriptor owned by the caller, or a negative errno.
 */
int unit_payload(const struct unit_file *files, size_t count, size_t *used, struct err *e);

#endif
