/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * gate.h - looks at what a student's objects define and import before they
 * may enter the machine.
 *
 * A program may not define a symbol of the C library or of the kit's own
 * objects, nor a reserved name: it would replace what the program is made of.
 * Neither it nor a module may run code that nobody calls (constructors,
 * indirect functions). A module imports only what its lab teaches. The judge
 * does not depend on any of this; it turns puzzling failures into sentences.
 *
 * The objects are hostile input: what cannot be read is rejected.
 */
#ifndef MMAPLAB_GATE_H
#define MMAPLAB_GATE_H

#include "build.h"
#include "err.h"

#define GATE_MAX_OFFENDERS 10 /* then "and N more" */

/**
 * gate_program() - judge a program's objects
 * @b: a build whose objects exist (also after a failed link: then the gate
 *	often knows the better reason); on an offence its status becomes
 *	BUILD_REJECTED and its text the reason, naming every offender, why it
 *	may not stand there and what to do
 * @kit: the names that kit->given defines are taken
 *
 * Return: 0 when the objects were judged, also when they were rejected;
 * a negative errno with @e when the kit's own parts cannot be read.
 */
int gate_program(struct build *b, const struct build_kit *kit, struct err *e);

/**
 * gate_module() - judge a module
 * @b: a build made by build_module()
 * @imports: host path of the lab's imports.txt: per line a symbol, a tab,
 *	what it is for; a symbol may end with '*'; '#' begins a comment line
 *
 * Return: as gate_program().
 */
int gate_module(struct build *b, const char *imports, struct err *e);

#endif
