// SPDX-License-Identifier: GPL-2.0-only
/*
 * mymap.c - bad: a module with nothing in it.
 */
#include <linux/module.h>

MODULE_LICENSE("GPL");
