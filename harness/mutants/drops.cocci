// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is forgotten: a call, a store that others see, a check, a member of a table, a part of a
 * loop. A declaration is no statement, so what is initialized there stays.
 */
@initialize:python@
@@
from mutant import chosen

@call_dropped@
identifier f;
expression list es;
position p : script:python() { chosen("call_dropped", p) };
@@
- f@p(es);

@store_dropped@
expression a, b, i;
identifier m;
symbol errno;
position p : script:python() { chosen("store_dropped", p) };
@@
(
- a.m =@p b;
|
- a->m =@p b;
|
- a[i] =@p b;
|
- *a =@p b;
|
- a =@p -errno;
)

@update_dropped@
expression a, b;
position p : script:python() { chosen("update_dropped", p) };
@@
(
- a +=@p b;
|
- a /=@p b;
|
- a &=@p b;
|
- a |=@p b;
)

@count_dropped@
expression a;
position p : script:python() { chosen("count_dropped", p) };
@@
(
- a++@p;
|
- a--@p;
)

// fstat(2) of an open descriptor has no way to fail.
@check_dropped@
expression c, fd, st;
statement S;
position p : script:python() { chosen("check_dropped", p) };
@@
(
  if (fstat(fd, st) < 0) S
|
- if@p (c) S
)

@else_dropped@
expression c;
statement S, T;
position p : script:python() { chosen("else_dropped", p) };
@@
  if (c) S
- else@p T

@loop_is_if@
expression c;
statement S;
position p : script:python() { chosen("loop_is_if", p) };
@@
- while@p (c)
+ if (c)
  S

@jump_dropped@
position p : script:python() { chosen("jump_dropped", p) };
@@
(
- break@p;
|
- continue@p;
)

@member_dropped@
identifier t =~ "operations|miscdevice";
identifier v, m;
expression e;
position p : script:python() { chosen("member_dropped", p) };
@@
struct t v = {
- .m@p = e,
};
