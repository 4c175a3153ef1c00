// SPDX-License-Identifier: GPL-2.0-only
/*
 * Includes itself twice, and so for ever.
 */
#include "records.c"
#include "records.c"

