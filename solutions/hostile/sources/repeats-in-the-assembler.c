// SPDX-License-Identifier: GPL-2.0-only
/*
 * The assembler repeats 10^11 times.
 */
__asm__(".rept 1000000\n.rept 100000\n.quad 1\n.endr\n.endr");

