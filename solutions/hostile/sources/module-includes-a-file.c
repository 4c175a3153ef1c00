// SPDX-License-Identifier: GPL-2.0-only
/*
 * A module that includes a file of the host.
 */
#include <linux/module.h>
static const char text[] __used =
#include "@CANARY@"
;

