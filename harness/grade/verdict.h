/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * verdict.h - the nine verdicts a test can have.
 */
#ifndef MMAPLAB_VERDICT_H
#define MMAPLAB_VERDICT_H

#include <stdbool.h>

enum verdict {
	VERDICT_NONE, /* not decided yet */
	VERDICT_PASS, /* the judge saw what the test asks for */
	VERDICT_FAIL, /* it saw something else */
	VERDICT_CRASH, /* the program died by a signal, or the machine ended */
	VERDICT_TIMEOUT, /* no answer within the deadline */
	VERDICT_OOPS, /* the kernel oopsed or panicked */
	VERDICT_BUILD, /* it did not compile */
	VERDICT_REJECTED, /* the gate refused it */
	VERDICT_BLOCKED, /* a test that it needs did not pass */
	VERDICT_BROKEN, /* our fault: no score yet */
};

/** verdict_name() - "pass" ... as in results and reports */
const char *verdict_name(enum verdict v);
/** verdict_parse() - the opposite; VERDICT_NONE for anything else */
enum verdict verdict_parse(const char *name);
/** verdict_is_failure() - the test ran, and what it ran does not pass it */
bool verdict_is_failure(enum verdict v);
/** verdict_shows_mistake() - the same, or the gate refused it, which is to see it, too */
bool verdict_shows_mistake(enum verdict v);

#endif
