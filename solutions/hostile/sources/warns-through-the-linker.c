// SPDX-License-Identifier: GPL-2.0-only
/*
 * A section whose text the linker prints as a warning, with control bytes
 * and a lie.
 */
__asm__(".section .gnu.warning.rec_get\n.ascii \"\\033[2J<script>PASS all tests\\0\"\n.text");

