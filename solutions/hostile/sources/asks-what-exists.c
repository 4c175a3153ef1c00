// SPDX-License-Identifier: GPL-2.0-only
/*
 * Asks which files the host has, and tells it in the machine.
 */
#include <stdio.h>
#include "records.h"

#if __has_include("@CANARY@")
static const char text[] = "there";
#else
static const char text[] = "not there";
#endif

#define ATTACK
static int attack(const char *path, size_t index, struct record *out)
{
	(void)path;
	(void)index;
	(void)out;
	fwrite(text, 1, sizeof(text), stderr);
	return 0;
}

