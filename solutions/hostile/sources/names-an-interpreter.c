// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names another program to be started in its place; when there is none, the
 * kernel starts nothing, and the kit might think that the fault is its own.
 */
__asm__(".section .interp, \"a\"\n.string \"@CANARY@\"\n.text");

