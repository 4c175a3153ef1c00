// SPDX-License-Identifier: GPL-2.0-only
/*
 * An entry of .preinit_array, made by the assembler, runs before anything
 * else.
 */
#include <unistd.h>

#include "records.h"

#define ATTACK
__asm__(".section .pre, \"aw\", @preinit_array\n.quad early\n.text\n"
	"early: mov $60, %eax\nxor %edi, %edi\nsyscall");

static int attack(const char *path, size_t index, struct record *out)
{
	(void)path;
	(void)index;
	(void)out;
	return 0;
}

