// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sections that loaders and tools act on: a note, an executable stack, an
 * interpreter, thousands of names.
 */
__asm__(".section .note.odd, \"a\", @note\n.long 4, 0x7fffffff, 1\n.ascii \"GNU\\0\"\n"
	".section .note.GNU-stack, \"x\", @progbits\n.section .interp, \"a\"\n"
	".string \"@CANARY@\"\n.text");

