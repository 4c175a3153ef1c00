// SPDX-License-Identifier: GPL-2.0-only
/*
 * Flags: another one, or one less of several. O_CLOEXEC is left alone, since no
 * program of a lab starts another one.
 */
@initialize:python@
@@
from mutant import chosen

@flag_right_dropped@
expression a;
constant b != O_CLOEXEC;
position p : script:python() { chosen("flag_right_dropped", p) };
@@
- a |@p b
+ a

@flag_choice_dropped@
expression a, b, c, d;
position p : script:python() { chosen("flag_choice_dropped", p) };
@@
- a |@p (b ? c : d)
+ a

@flag_variable_dropped@
expression a;
identifier b != {O_CLOEXEC};
position p : script:python() { chosen("flag_variable_dropped", p) };
@@
- a |@p b
+ a

@map_private_for_map_shared@
position p : script:python() { chosen("map_private_for_map_shared", p) };
@@
- MAP_SHARED@p
+ MAP_PRIVATE

@map_fixed_noreplace_for_map_fixed@
position p : script:python() { chosen("map_fixed_noreplace_for_map_fixed", p) };
@@
- MAP_FIXED@p
+ MAP_FIXED_NOREPLACE

@map_fixed_for_map_fixed_noreplace@
position p : script:python() { chosen("map_fixed_for_map_fixed_noreplace", p) };
@@
- MAP_FIXED_NOREPLACE@p
+ MAP_FIXED

@prot_read_for_prot_none@
position p : script:python() { chosen("prot_read_for_prot_none", p) };
@@
- PROT_NONE@p
+ PROT_READ

@o_rdwr_for_o_rdonly@
position p : script:python() { chosen("o_rdwr_for_o_rdonly", p) };
@@
- O_RDONLY@p
+ O_RDWR

@ms_async_for_ms_sync@
position p : script:python() { chosen("ms_async_for_ms_sync", p) };
@@
- MS_SYNC@p
+ MS_ASYNC

@zero_for_mremap_maymove@
position p : script:python() { chosen("zero_for_mremap_maymove", p) };
@@
- MREMAP_MAYMOVE@p
+ 0

@madv_cold_for_madv_dontneed@
position p : script:python() { chosen("madv_cold_for_madv_dontneed", p) };
@@
- MADV_DONTNEED@p
+ MADV_COLD

@madv_populate_read_for_madv_populate_write@
position p : script:python() { chosen("madv_populate_read_for_madv_populate_write", p) };
@@
- MADV_POPULATE_WRITE@p
+ MADV_POPULATE_READ

@posix_fadv_normal_for_posix_fadv_dontneed@
position p : script:python() { chosen("posix_fadv_normal_for_posix_fadv_dontneed", p) };
@@
- POSIX_FADV_DONTNEED@p
+ POSIX_FADV_NORMAL

@posix_fadv_normal_for_posix_fadv_willneed@
position p : script:python() { chosen("posix_fadv_normal_for_posix_fadv_willneed", p) };
@@
- POSIX_FADV_WILLNEED@p
+ POSIX_FADV_NORMAL

@rusage_children_for_rusage_self@
position p : script:python() { chosen("rusage_children_for_rusage_self", p) };
@@
- RUSAGE_SELF@p
+ RUSAGE_CHILDREN

@clock_realtime_for_clock_monotonic@
position p : script:python() { chosen("clock_realtime_for_clock_monotonic", p) };
@@
- CLOCK_MONOTONIC@p
+ CLOCK_REALTIME

@lock_sh_for_lock_ex@
position p : script:python() { chosen("lock_sh_for_lock_ex", p) };
@@
- LOCK_EX@p
+ LOCK_SH

@sig_block_for_sig_unblock@
position p : script:python() { chosen("sig_block_for_sig_unblock", p) };
@@
- SIG_UNBLOCK@p
+ SIG_BLOCK

@pthread_process_private_for_pthread_process_shared@
position p : script:python() { chosen("pthread_process_private_for_pthread_process_shared", p) };
@@
- PTHREAD_PROCESS_SHARED@p
+ PTHREAD_PROCESS_PRIVATE

@pthread_mutex_stalled_for_pthread_mutex_robust@
position p : script:python() { chosen("pthread_mutex_stalled_for_pthread_mutex_robust", p) };
@@
- PTHREAD_MUTEX_ROBUST@p
+ PTHREAD_MUTEX_STALLED

@one_for_int_max@
position p : script:python() { chosen("one_for_int_max", p) };
@@
- INT_MAX@p
+ 1

@vm_shared_for_vm_mayshare@
position p : script:python() { chosen("vm_shared_for_vm_mayshare", p) };
@@
- VM_MAYSHARE@p
+ VM_SHARED

@vm_write_for_vm_maywrite@
position p : script:python() { chosen("vm_write_for_vm_maywrite", p) };
@@
- VM_MAYWRITE@p
+ VM_WRITE

@vm_exec_for_vm_mayexec@
position p : script:python() { chosen("vm_exec_for_vm_mayexec", p) };
@@
- VM_MAYEXEC@p
+ VM_EXEC

@vm_maywrite_for_vm_write@
position p : script:python() { chosen("vm_maywrite_for_vm_write", p) };
@@
- VM_WRITE@p
+ VM_MAYWRITE

@vm_mayexec_for_vm_exec@
position p : script:python() { chosen("vm_mayexec_for_vm_exec", p) };
@@
- VM_EXEC@p
+ VM_MAYEXEC

@fmode_read_for_fmode_write@
position p : script:python() { chosen("fmode_read_for_fmode_write", p) };
@@
- FMODE_WRITE@p
+ FMODE_READ

@vm_fault_oom_for_vm_fault_sigbus@
position p : script:python() { chosen("vm_fault_oom_for_vm_fault_sigbus", p) };
@@
- VM_FAULT_SIGBUS@p
+ VM_FAULT_OOM

@zero_for_vm_fault_locked@
position p : script:python() { chosen("zero_for_vm_fault_locked", p) };
@@
- VM_FAULT_LOCKED@p
+ 0
