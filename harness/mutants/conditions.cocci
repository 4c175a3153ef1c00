// SPDX-License-Identifier: GPL-2.0-only
/*
 * Conditions: half of one. The opposite of a whole one is left out: nearly each such
 * mutant fails at once and only raises the rate.
 */
@initialize:python@
@@
from mutant import chosen

@left_of_and_dropped@
expression a, b;
position p : script:python() { chosen("left_of_and_dropped", p) };
@@
- a &&@p b
+ b

@right_of_and_dropped@
expression a, b;
position p : script:python() { chosen("right_of_and_dropped", p) };
@@
- a &&@p b
+ a

@left_of_or_dropped@
expression a, b;
position p : script:python() { chosen("left_of_or_dropped", p) };
@@
- a ||@p b
+ b

@right_of_or_dropped@
expression a, b;
position p : script:python() { chosen("right_of_or_dropped", p) };
@@
- a ||@p b
+ a
