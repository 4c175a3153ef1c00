/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * gate_symbols.h - inside gate: names that are taken, or allowed.
 */
#ifndef MMAPLAB_GATE_SYMBOLS_H
#define MMAPLAB_GATE_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"

/** struct gate_names - a set of names; sorted before it is asked */
struct gate_names {
	char **name;
	size_t count, room;
	bool patterns; /* some end with a star */
};

/**
 * gate_libc_names() - every symbol that the C library's archive defines
 *
 * Read once; the set lives as long as the program.
 * Return: the set, or NULL with @e.
 */
const struct gate_names *gate_libc_names(struct err *e);

/** gate_object_names() - add the global symbols that an object of the kit
 * defines; 0 or a negative errno with @e */
int gate_object_names(struct gate_names *set, const char *path, struct err *e);

/** gate_import_names() - read an imports.txt, see gate_module() */
int gate_import_names(struct gate_names *set, const char *path, struct err *e);

void gate_names_sort(struct gate_names *set);
/** gate_names_has() - is it in the sorted set, or matched by a "prefix*" */
bool gate_names_has(const struct gate_names *set, const char *name);
void gate_names_clear(struct gate_names *set);

#endif
