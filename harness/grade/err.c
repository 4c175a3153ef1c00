// SPDX-License-Identifier: GPL-2.0-only
/*
 * err.c - error descriptions, see err.h.
 */
#include "err.h"

#include <stdarg.h>
#include <stdio.h>

#include "util.h"

int err_set(struct err *e, int code, const char *fmt, ...)
{
	va_list ap;

	if (e) {
		e->code = code;
		va_start(ap, fmt);
		vsnprintf(e->text, sizeof(e->text), fmt, ap);
		va_end(ap);
		cut_clean(e->text);
	}
	return -code;
}
