// SPDX-License-Identifier: GPL-2.0-only
/*
 * Arguments: in the wrong order, an offset forgotten, another function of the
 * same shape.
 */
@initialize:python@
@@
from mutant import chosen

@source_and_target_swapped@
expression a, b, n;
identifier f =~ "^(memcpy|memmove)$";
position p : script:python() { chosen("source_and_target_swapped", p) };
@@
- f@p(a, b, n)
+ f(b, a, n)

@offset_zero@
expression a, l, pr, f, d;
expression o != 0;
position p : script:python() { chosen("offset_zero", p) };
@@
- mmap@p(a, l, pr, f, d, o)
+ mmap(a, l, pr, f, d, 0)

@place_zero@
expression a, b, c;
expression o != 0;
position p : script:python() { chosen("place_zero", p) };
@@
- pread@p(a, b, c, o)
+ pread(a, b, c, 0)

@page_offset_zero@
expression v;
position p : script:python() { chosen("page_offset_zero", p) };
@@
- v->vm_pgoff@p
+ 0

@page_offset_of_fault_zero@
expression v;
position p : script:python() { chosen("page_offset_of_fault_zero", p) };
@@
- v->pgoff@p
+ 0

@memcpy_for_memmove@
expression list es;
position p : script:python() { chosen("memcpy_for_memmove", p) };
@@
- memmove@p(es)
+ memcpy(es)

@fdatasync_for_fsync@
expression list es;
position p : script:python() { chosen("fdatasync_for_fsync", p) };
@@
- fsync@p(es)
+ fdatasync(es)

@vmalloc_for_vzalloc@
expression list es;
position p : script:python() { chosen("vmalloc_for_vzalloc", p) };
@@
- vzalloc@p(es)
+ vmalloc(es)

@vzalloc_for_vmalloc_user@
expression list es;
position p : script:python() { chosen("vzalloc_for_vmalloc_user", p) };
@@
- vmalloc_user@p(es)
+ vzalloc(es)

@swap_is_copy@
expression a, b;
position p : script:python() { chosen("swap_is_copy", p) };
@@
- swap@p(a, b)
+ a = b
