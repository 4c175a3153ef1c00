// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names of the C library under another name: the linker's versions.
 */
__asm__(".symver rec_x, write@@GLIBC_2.2.5\n.globl rec_x\nrec_x: ret");

