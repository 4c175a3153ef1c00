// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bounds: off by one, by an addend, or to the wrong side. Comparisons with 0 that
 * tell an error are left alone: no call gives a result between the two.
 */
@initialize:python@
@@
from mutant import chosen

@less_or_equal_for_less@
expression a;
expression b != 0;
position p : script:python() { chosen("less_or_equal_for_less", p) };
@@
- a <@p b
+ a <= b

@less_for_less_or_equal@
expression a;
expression b != 0;
position p : script:python() { chosen("less_for_less_or_equal", p) };
@@
- a <=@p b
+ a < b

@greater_or_equal_for_greater@
expression a;
expression b;
position p : script:python() { chosen("greater_or_equal_for_greater", p) };
@@
- a >@p b
+ a >= b

@greater_for_greater_or_equal@
expression a;
expression b;
position p : script:python() { chosen("greater_for_greater_or_equal", p) };
@@
- a >=@p b
+ a > b

@addend_dropped@
expression a, b;
position p : script:python() { chosen("addend_dropped", p) };
@@
- a +@p b
+ a

@subtrahend_dropped@
expression a, b;
position p : script:python() { chosen("subtrahend_dropped", p) };
@@
- a -@p b
+ a

@one_page_unmapped@
expression a, n;
position p : script:python() { chosen("one_page_unmapped", p) };
@@
(
- munmap@p(a, n)
+ munmap(a, 1)
)

@mask_dropped@
expression a, b;
position p : script:python() { chosen("mask_dropped", p) };
@@
- a &@p ~b
+ a

@remainder_dropped@
expression a, b;
position p : script:python() { chosen("remainder_dropped", p) };
@@
- a %@p b
+ a
