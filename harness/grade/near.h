/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * near.h - which of the names there are somebody may have meant.
 */
#ifndef MMAPLAB_NEAR_H
#define MMAPLAB_NEAR_H

/**
 * near_names() - the names that are most like what was typed
 * @typed: any bytes
 * @names: the names there are, each between spaces
 *
 * Return: up to three, the nearest first, as "a, b or c", in fresh memory; ""
 * when none is near.
 */
char *near_names(const char *typed, const char *names);

#endif
