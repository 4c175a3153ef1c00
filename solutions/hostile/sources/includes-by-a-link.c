// SPDX-License-Identifier: GPL-2.0-only
/*
 * The same, by a name below /usr: certs is a link to /etc/ssl/certs, so that
 * two steps up is /etc.
 */
#include <stdio.h>
#include "records.h"

static const char text[] =
#include "/usr/lib/ssl/certs/../../..@CANARY@"
;

#define ATTACK
static int attack(const char *path, size_t index, struct record *out)
{
	(void)path;
	(void)index;
	(void)out;
	fwrite(text, 1, sizeof(text), stderr);
	return 0;
}

