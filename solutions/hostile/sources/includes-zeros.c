// SPDX-License-Identifier: GPL-2.0-only
/*
 * Includes a file that has no end.
 */
#include "/dev/zero"

