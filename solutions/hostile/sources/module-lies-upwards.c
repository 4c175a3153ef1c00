// SPDX-License-Identifier: GPL-2.0-only
/*
 * A module that says that its lines are those of a file of the host.
 */
#line 1 "include/../../../../../../../../../../../../..@CANARY@"
#error quote it

