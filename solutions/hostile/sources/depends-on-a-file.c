// SPDX-License-Identifier: GPL-2.0-only
/*
 * Asks the compiler whether it is older than a file of the host.
 */
#pragma GCC dependency "@CANARY@" is newer

