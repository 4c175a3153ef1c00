// SPDX-License-Identifier: GPL-2.0-only
/*
 * Debug information that leads to a file of the host, and a crash, for which
 * the host looks there.
 */
#include <stddef.h>
#include "records.h"

__asm__(".section .gnu_debugaltlink, \"\"\n.string \"@CANARY@\"\n.quad 1, 2\n"
	".section .gnu_debuglink, \"\"\n.string \"../../../../../../../..@CANARY@\"\n"
	".balign 4\n.long 0\n.text");
#define ATTACK
static int attack(const char *path, size_t index, struct record *out)
{
	(void)path, (void)index, (void)out;
	*(volatile int *)8 = 1;
	return 0;
}

