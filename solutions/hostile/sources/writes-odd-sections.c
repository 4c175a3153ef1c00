// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sections that loaders and tools act on: a note without end, an executable
 * stack, a property of the processor.
 */
__asm__(".section .note.odd, \"a\", @note\n.long 4, 0x7fffffff, 1\n.ascii \"GNU\\0\"\n"
	".section .note.GNU-stack, \"x\", @progbits\n.section .note.gnu.property, \"a\", @note\n"
	".long 4, 16, 5\n.ascii \"GNU\\0\"\n.long 0xc0000002, 0x7fffffff, 0, 0\n.text");

