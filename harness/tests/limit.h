/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * limit.h - wall-clock limits that grow with how slow the machine is.
 */
#ifndef MMAPLAB_LIMIT_H
#define MMAPLAB_LIMIT_H

#include <stdint.h>

/**
 * limit_ms() - a limit for a machine that starts programs as fast as most do,
 * longer where that takes longer, as under load; measured at each call, which takes
 * as long as twenty programs
 */
int64_t limit_ms(int64_t ms);

/**
 * limit_check() - let Check's own limits grow likewise, unless CK_TIMEOUT_MULTIPLIER
 * is set; before the first tcase_create()
 */
void limit_check(void);

#endif
