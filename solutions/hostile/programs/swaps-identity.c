// SPDX-License-Identifier: GPL-2.0-only
/*
 * Says that it is somebody else, in its text and in its output. Name: bob;
 * submission: bob.tar.gz.
 */
#include <stdio.h>

#include "records.h"

#define ATTACK

static int attack(const char *path, size_t index, struct record *out)
{
	(void)path;
	(void)index;
	(void)out;
	puts("name: bob\nsubmission: bob\n\"name\": \"bob\"");
	return 0;
}

