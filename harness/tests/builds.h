/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * builds.h - a small lab and a small kit for the tests of build and gate,
 * made below tests_folder().
 */
#ifndef MMAPLAB_TESTS_BUILDS_H
#define MMAPLAB_TESTS_BUILDS_H

#include "../grade/build.h"

#define RECORDS "labs/02-records/records.c"
#define MYMAP "driver/mymap/mymap.c"

/** a user lab of one file with records.h and a main.o that defines main() and
 * usage(), and a driver lab of one file */
extern struct lab_def builds_user_lab, builds_driver_lab;

extern struct build_kit builds_kit;
extern struct err builds_err;

/** builds_setup() - make the kit; level: an enum confine_level to force */
void builds_setup(int level);

/** builds_have_kernel() - are the kernel's headers unpacked in this checkout
 * ($MMAPLAB_TEST_KERNEL, else build/kernel/root); a module's tests need them */
bool builds_have_kernel(void);

/** builds_program(), builds_module() - build this source; NULL is our fault
 * and builds_err says which */
struct build *builds_program(const char *source);
struct build *builds_module(const char *source);

/** builds_expect() - status and, when not NULL, words in the text */
void builds_expect(const struct build *b, enum build_status status, const char *words);

#endif
