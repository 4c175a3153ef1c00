// SPDX-License-Identifier: GPL-2.0-only
/*
 * A module into which the assembler copies a file of the host.
 */
__asm__(".data\n.inc" "bin \"@CANARY@\"\n.text");

