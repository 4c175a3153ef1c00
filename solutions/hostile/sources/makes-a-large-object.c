// SPDX-License-Identifier: GPL-2.0-only
/*
 * An object of 20 MiB.
 */
__asm__(".section .x, \"a\"\n.fill 20971520, 1, 1\n.text");

