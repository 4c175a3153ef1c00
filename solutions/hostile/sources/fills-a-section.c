// SPDX-License-Identifier: GPL-2.0-only
/*
 * The assembler fills a section with 60 GB.
 */
__asm__(".section .x, \"a\"\n.fill 60000000000, 1, 1\n.text");

