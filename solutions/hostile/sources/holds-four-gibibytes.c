// SPDX-License-Identifier: GPL-2.0-only
/*
 * An array with 4 GiB of content.
 */
char big[1UL << 32] = { 1 };

