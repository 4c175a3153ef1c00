// SPDX-License-Identifier: GPL-2.0-only
/*
 * err.c - error descriptions, see err.h.
 */
#include "err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "util.h"

static const char free_space[] = "\nnext: free some space, then run the same command again";

int err_set(struct err *e, int code, const char *fmt, ...)
{
	va_list ap;
	size_t n;

	if (e) {
		e->code = code;
		va_start(ap, fmt);
		vsnprintf(e->text, sizeof(e->text), fmt, ap);
		va_end(ap);
		cut_clean(e->text);
		/* Wherever a disk is full, the same is to be done. */
		n = strlen(e->text);
		if ((code == ENOSPC || code == EDQUOT) && !strstr(e->text, "\nnext: "))
			snprintf(e->text + n, sizeof(e->text) - n, "%s", free_space);
	}
	return -code;
}
