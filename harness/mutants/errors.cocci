// SPDX-License-Identifier: GPL-2.0-only
/*
 * Errors under another name. -errno becomes -1, which is what the call itself
 * gave.
 */
@initialize:python@
@@
from mutant import chosen

@minus_one_for_errno@
symbol errno;
position p : script:python() { chosen("minus_one_for_errno", p) };
@@
  return
- -errno@p
+ -1
  ;

@erange_for_einval@
position p : script:python() { chosen("erange_for_einval", p) };
@@
- -EINVAL@p
+ -ERANGE

@einval_for_another@
constant e =~ "^E(?!INVAL$)[A-Z]+$";
position p : script:python() { chosen("einval_for_another", p) };
@@
- -e@p
+ -EINVAL

@errno_sign_lost@
identifier f =~ "^(pthread_mutex_consistent|posix_fadvise|posix_fallocate)$";
expression list es;
position p : script:python() { chosen("errno_sign_lost", p) };
@@
- -f@p(es)
+ f(es)
