/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * faults.h - what the tests of faults share: a QEMU that fails where it is told
 * to (qemu_fault.c), and a list of what was injected.
 *
 * Each fault is one line of that list, with what went wrong, if anything did;
 * a fault that could not be made to happen is a failure like any other. A test
 * says at its end how many it must have been:
 *
 *	faults_hit("QEMU killed", step, problem);
 *	faults_expect("QEMU killed", 12);
 */
#ifndef MMAPLAB_FAULTS_H
#define MMAPLAB_FAULTS_H

#include "e2e.h"

#define FAULTS_TEST "set_is_seen_at_once" /* a quick one */
#define FAULTS_ONE_TEST "--lab", "02", "--test", FAULTS_TEST

/**
 * faults_hit() - one fault was injected
 * @kind: what it is counted as
 * @where: the step, the number, the size: for messages
 * @problem: what went wrong then, NULL or "" for nothing
 */
void faults_hit(const char *kind, const char *where, const char *problem);

/** faults_expect() - fails the test if this process saw a problem of that kind,
 * or fewer faults of it */
void faults_expect(const char *kind, int at_least);

/** faults_rounds() - how many of @all rounds to run: ROUNDS= says, at least @quick */
int faults_rounds(int quick, int all);

/** faults_qemu() - let the run use the QEMU that fails; returns its log folder
 * @fault: see qemu_fault.c; "" for none
 * @times: in how many machines, 0 for all
 */
char *faults_qemu(struct e2e *r, const char *fault, int times);
/** faults_happened() - did it? */
bool faults_happened(const char *log);

/** faults_go() - run it and wait; returns it */
struct e2e *faults_go(struct e2e *r);

/** faults_alive() - processes that the run left; waits until they had time to die */
char *faults_alive(const struct e2e *r);
/** faults_wrong() - why this is not a full, valid result of the test @id, or "" */
char *faults_wrong(const struct e2e *r, const char *id);
/** faults_machines() - how the run's machines started and ended, for messages and searches */
char *faults_machines(const struct e2e *r);

/* Called once, before any test: starts what has to wait long, beside the others. */
void faults_start_hangs(void);

TCase *faults_of_qemu(void);
TCase *faults_of_hangs(void);
TCase *faults_of_records(void);
TCase *faults_of_disks(void);
TCase *faults_of_templates(void);
TCase *faults_of_clocks(void);
TCase *faults_of_signals(void);

#endif
