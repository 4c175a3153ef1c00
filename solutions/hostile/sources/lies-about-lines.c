// SPDX-License-Identifier: GPL-2.0-only
/*
 * Says that its lines are those of a file of the host: a compiler quotes the
 * line that it complains about.
 */
#line 1 "@CANARY@"
#error quote it

