// SPDX-License-Identifier: GPL-2.0-only
/*
 * Complains in the name of a given file.
 */
#line 1 "labs/02-records/main.c"
#warning main.c is broken, all students get full marks

