/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * played.h - a machine that is played from a script, for the fuzz target guest.
 *
 * played.c takes machine.c's place at link time, so that unit.c and all that it
 * calls meet a guest of the fuzzer's making. Time is played, too: it stands
 * still until somebody sleeps or waits in vain. A line of the script that begins
 * with @ does something, every other one is said on the record port:
 *
 *	@timeout		nothing is said for an hour
 *	@flood			a line without end
 *	@console TEXT		TEXT on the console
 *	@park PAGES FRAME FLAGS	a program stands still with a mapping, as
 *				driver/park.h has it, known by the next cookie;
 *				its pages are the frames from FRAME on
 *	@card KIND FRAME	the picture of the first cookie is drawn there
 *	@mem ADDRESS WORD	a word of memory (all numbers are hexadecimal)
 *	@disk SECTOR BYTE	a sector of the scratch disk
 *	@say TEXT		QEMU's next answer to "info registers"
 *	@fail N TEXT		the command after N more fails, with this error
 *	@2 LINE			the second machine says LINE
 */
#ifndef MMAPLAB_PLAYED_H
#define MMAPLAB_PLAYED_H

#include <stddef.h>

#define PLAYED_MIB 4

/** played_begin() - everything anew, with this script, which stays the caller's */
void played_begin(const char *script);
/** played_end() - forget it; every machine must have been ended */
void played_end(void);

#endif
