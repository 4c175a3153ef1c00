// SPDX-License-Identifier: GPL-2.0-only
/*
 * The same, by a name that begins inside and leads outside.
 */
#line 1 "labs/../../../../../../../..@CANARY@"
#error quote it

