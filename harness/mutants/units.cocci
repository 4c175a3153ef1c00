// SPDX-License-Identifier: GPL-2.0-only
/*
 * Units: bytes for pages, pages for bytes, one element for many or one.
 */
@initialize:python@
@@
from mutant import chosen

@shift_dropped@
expression a;
position p : script:python() { chosen("shift_dropped", p) };
@@
(
- a <<@p PAGE_SHIFT
+ a
|
- a >>@p PAGE_SHIFT
+ a
)

@page_factor_dropped@
expression a;
identifier s =~ "^(PAGE|PAGE_SIZE|PG_SIZE|JL_PAGE|page|page_size)$";
position p : script:python() { chosen("page_factor_dropped", p) };
@@
- a *@p s
+ a

@page_divisor_dropped@
expression a;
identifier s =~ "^(PAGE|PAGE_SIZE|PG_SIZE|JL_PAGE|page|page_size)$";
position p : script:python() { chosen("page_divisor_dropped", p) };
@@
- a /@p s
+ a

@size_factor_dropped@
expression a;
type T;
expression e;
position p : script:python() { chosen("size_factor_dropped", p) };
@@
(
- a *@p sizeof(T)
+ a
|
- a *@p sizeof(e)
+ a
)

@size_divisor_dropped@
expression a;
type T;
position p : script:python() { chosen("size_divisor_dropped", p) };
@@
- a /@p sizeof(T)
+ a

@size_of_pointer@
expression e;
position p : script:python() { chosen("size_of_pointer", p) };
@@
- sizeof@p(*e)
+ sizeof(e)

@product_is_first@
identifier a;
expression b;
identifier m;
position p : script:python() { chosen("product_is_first", p) };
@@
(
- a *@p b.m
+ a
|
- a *@p b->m
+ a
)

@divisor_dropped@
expression a;
constant c;
position p : script:python() { chosen("divisor_dropped", p) };
@@
- a /@p c
+ a
