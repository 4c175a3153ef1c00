// SPDX-License-Identifier: GPL-2.0-only
/*
 * trace.c - follow all processes of all subjects by ptrace(2): their forks,
 * signals, ends and (when asked for) system calls.
 *
 * Every subject is seized with EXITKILL and with its forks followed, so the
 * judge knows where a fatal signal struck, and the end of the test's process
 * takes all of them with it.
 */
#include "judge.h"
#include "subject.h"
#include "suite.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>

#define CODE_FROM 0x400000 /* where the linker puts programs that are not PIE */
#define CODE_END 0x80000000
#define STACK_PIECE 64 /* words that are read at once */
#define STACK_PIECES 16
#define CALLERS_MAX 32

/* Then the pipes get their turn: a subject may stop without end. */
#define EVENTS_PER_TURN 256

#define TRACE_OPTIONS \
	(PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC | PTRACE_O_TRACEFORK | \
	 PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACESECCOMP)

/* In a filter: go on behind the next @n instructions, if the accumulator is not @value. */
#define UNLESS(value, n) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), 0, (n))
#define FIELD(name) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, name))
#define ALLOW BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define ALLOW_NUMBER(nr) UNLESS(nr, 1), ALLOW

/*
 * At which calls a traced subject stops: at all but these few. A static program makes
 * them before its main(), over and over, each would cost four switches between it and
 * the judge, and no test asks for one of them.
 */
static const struct sock_filter stops[] = {
	FIELD(arch),
	UNLESS(AUDIT_ARCH_X86_64, 21),
	FIELD(nr),
	ALLOW_NUMBER(SYS_brk),
	ALLOW_NUMBER(SYS_arch_prctl),
	ALLOW_NUMBER(SYS_set_tid_address),
	ALLOW_NUMBER(SYS_set_robust_list),
	ALLOW_NUMBER(SYS_rseq),
	ALLOW_NUMBER(SYS_getrandom),
	ALLOW_NUMBER(SYS_readlink),
	/* One that sets no limit. */
	UNLESS(SYS_prlimit64, 5),
	FIELD(args[2]),
	UNLESS(0, 3),
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2]) + 4),
	ALLOW_NUMBER(0),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE),
};

/* A thread that is traced. */
struct tracee {
	struct tracee *next;
	pid_t tid, tgid;
	struct subject *s; /* NULL: stopped before its parent told of it */
	bool in_call;
	bool held; /* stopped at @call for the judge to look */
	int fail; /* the errno with which @call will fail, or 0 */
	struct call call;
	const char *path2;
	struct fault fault;
};

static struct tracee *tracees;

static struct tracee *tracee_get(pid_t tid)
{
	struct tracee *t;

	for (t = tracees; t; t = t->next)
		if (t->tid == tid)
			return t;
	t = xalloc(sizeof(*t));
	t->tid = t->tgid = tid;
	t->next = tracees;
	tracees = t;
	return t;
}

static void tracee_drop(pid_t tid)
{
	struct tracee **p = &tracees, *t;

	while (*p && (*p)->tid != tid)
		p = &(*p)->next;
	t = *p;
	if (t) {
		*p = t->next;
		free(t);
	}
}

static void resume(const struct tracee *t, int sig)
{
	/* ESRCH: it was killed meanwhile, its end will be reported. */
	ptrace(t->in_call ? PTRACE_SYSCALL : PTRACE_CONT, t->tid, NULL, (void *)(long)sig);
}

int trace_filter(void)
{
	const struct sock_fprog filter = { sizeof(stops) / sizeof(stops[0]),
					   (struct sock_filter *)stops };

	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter);
}

int trace_seize(struct subject *s)
{
	struct tracee *t;

	if (ptrace(PTRACE_SEIZE, s->pid, NULL, (void *)TRACE_OPTIONS) < 0)
		return -errno;
	t = tracee_get(s->pid);
	t->s = s;
	return 0;
}

/* The process a new thread belongs to. */
static pid_t tgid_of(pid_t tid)
{
	char *text = proc_slurp(judge_fmt("/proc/%d/status", tid), NULL);
	char *line = text ? strstr(text, "\nTgid:") : NULL;
	pid_t tgid = line ? atoi(line + 6) : tid;

	free(text);
	return tgid;
}

/*
 * Its time is over at once: no task needs so many, and among them the judge has its turn
 * too seldom to measure the rest of it.
 */
static void look_for_crowd(struct subject *s)
{
	const struct tracee *t;
	unsigned count = 0;

	for (t = tracees; t; t = t->next)
		count += t->s == s;
	if (count < CROWD || s->may_crowd)
		return;
	s->crowds = true;
	s->deadline = 0;
}

/* A parent tells of its child, which may have stopped already. */
static void on_child(struct tracee *parent, bool maybe_thread)
{
	unsigned long tid = 0;
	struct tracee *t;
	bool held;

	if (ptrace(PTRACE_GETEVENTMSG, parent->tid, NULL, &tid) < 0 || !tid)
		return;
	for (t = tracees; t && t->tid != (pid_t)tid; t = t->next)
		;
	held = t != NULL;
	t = tracee_get((pid_t)tid);
	t->s = parent->s;
	if (maybe_thread)
		t->tgid = tgid_of(t->tid);
	if (held)
		resume(t, 0);
	look_for_crowd(t->s);
}

static void on_exec(struct tracee *t)
{
	unsigned long former = 0;

	/* A thread that calls exec takes over the number of its process. */
	if (ptrace(PTRACE_GETEVENTMSG, t->tid, NULL, &former) == 0 && (pid_t)former != t->tid)
		tracee_drop((pid_t)former);
	t->in_call = false;
	if (t->tid == t->s->pid && !t->s->started) {
		t->s->started = true;
		/* Under memory pressure a subject goes first, never the judge. */
		process_oom_score(t->tid, "1000");
	}
}

/* ----------------------------------------------------- signals, system calls */

/* Is there a call right before this address (near, E8, or indirect, FF /2)? */
static bool is_after_call(pid_t pid, uint64_t addr)
{
	unsigned char code[7];
	size_t i;

	if (!memory_read(pid, addr - sizeof(code), code, sizeof(code)))
		return false;
	for (i = 0; i + 1 < sizeof(code); i++)
		if (code[i] == 0xff && (code[i + 1] >> 3 & 7) == 2)
			return true;
	return code[sizeof(code) - 5] == 0xe8;
}

/*
 * What on the stack looks like a return address: who called the function of the
 * C library in which a program crashed? A word from an earlier call may be among
 * them, so the host says "likely".
 */
static char *find_callers(pid_t pid, uint64_t sp)
{
	uint64_t piece[STACK_PIECE];
	char *text = NULL;
	unsigned i, k, n = 0;

	for (i = 0; i < STACK_PIECES; i++, sp += sizeof(piece)) {
		if (!memory_read(pid, sp, piece, sizeof(piece)))
			break;
		for (k = 0; k < STACK_PIECE && n < CALLERS_MAX; k++)
			if (piece[k] >= CODE_FROM && piece[k] < CODE_END &&
			    is_after_call(pid, piece[k])) {
				text = judge_fmt("%s%s%#llx", text ? text : "", text ? " " : "",
						 (unsigned long long)piece[k]);
				n++;
			}
	}
	return text;
}

static void on_signal(struct tracee *t, int sig)
{
	const struct fault last = t->fault;
	struct user_regs_struct regs;
	struct fault *f = &t->fault;
	siginfo_t info;

	memset(f, 0, sizeof(*f));
	f->sig = sig;
	if (ptrace(PTRACE_GETSIGINFO, t->tid, NULL, &info) == 0) {
		f->code = info.si_code;
		if (info.si_code > 0)
			f->addr = (uint64_t)info.si_addr;
	}
	if (ptrace(PTRACE_GETREGS, t->tid, NULL, &regs))
		memset(&regs, 0, sizeof(regs));
	f->ip = regs.rip;
	/* A handler that returns has its fault again and again, thousands of
	 * times a second: one description serves them all. */
	if (last.where && last.sig == sig && last.ip == f->ip && last.addr == f->addr)
		f->where = last.where;
	else if ((sig == SIGSEGV || sig == SIGBUS) && f->code > 0 && f->code != SI_KERNEL)
		f->where = maps_describe(t->tid, f->addr);
	/* Only a crash is told by them, and a program may catch many faults. */
	if ((sig == SIGSEGV || sig == SIGBUS || sig == SIGABRT || sig == SIGFPE) &&
	    !process_catches(t->tid, sig))
		f->callers = find_callers(t->tid, regs.rsp);
	if (t->tgid == t->s->pid)
		t->s->fault = *f;
}

/* The call that skip_call() took away has come back: with our errno. */
static int64_t fail_call(struct tracee *t)
{
	int64_t ret = -t->fail;

	t->fail = 0;
	ptrace(PTRACE_POKEUSER, t->tid, (void *)offsetof(struct user_regs_struct, rax),
	       (void *)ret);
	return ret;
}

/* No call has the number -1: the kernel does nothing. */
static void skip_call(struct tracee *t, int fail)
{
	t->fail = fail;
	ptrace(PTRACE_POKEUSER, t->tid, (void *)offsetof(struct user_regs_struct, orig_rax),
	       (void *)-1L);
}

/*
 * A child that is begun with CLONE_UNTRACED would make its calls unseen. clone(2)
 * goes on without that flag. clone3(2) has its flags in memory, where another
 * thread may change them after us, so there is none: the C library knows kernels
 * without it and calls clone(2). With int 0x80 clone is number 120, its flags in ebx.
 */
static void keep_children_traced(struct tracee *t, const struct __ptrace_syscall_info *info)
{
	bool foreign = info->arch != AUDIT_ARCH_X86_64;
	uint64_t flags = info->seccomp.args[0];
	size_t reg = foreign ? offsetof(struct user_regs_struct, rbx) :
			       offsetof(struct user_regs_struct, rdi);

	if (info->seccomp.nr == SYS_clone3)
		skip_call(t, ENOSYS);
	else if (info->seccomp.nr == (foreign ? 120 : SYS_clone) && (flags & CLONE_UNTRACED))
		ptrace(PTRACE_POKEUSER, t->tid, (void *)reg, (void *)(flags & ~CLONE_UNTRACED));
}

static void on_syscall(struct tracee *t)
{
	struct __ptrace_syscall_info info;
	unsigned i;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, t->tid, (void *)sizeof(info), &info) < 0)
		return;
	if (info.op == PTRACE_SYSCALL_INFO_SECCOMP) {
		t->call = (struct call){ .pid = t->tid, .nr = (long)info.seccomp.nr };
		for (i = 0; i < 6; i++)
			t->call.args[i] = info.seccomp.args[i];
		calls_enter(&t->call, &t->path2, info.arch != AUDIT_ARCH_X86_64);
		t->in_call = true;
		keep_children_traced(t, &info);
	} else if (info.op == PTRACE_SYSCALL_INFO_EXIT && t->in_call) {
		t->call.ret = t->fail ? fail_call(t) : info.exit.rval;
		calls_leave(t->s->calls, &t->call, t->path2);
		t->in_call = false;
	}
}

static bool is_stop_signal(int sig)
{
	return sig == SIGSTOP || sig == SIGTSTP || sig == SIGTTIN || sig == SIGTTOU;
}

/* Before a call, where our filter stops it, or after it. */
static bool is_call(int sig, int event)
{
	return event == PTRACE_EVENT_SECCOMP || sig == (SIGTRAP | 0x80);
}

static void on_stop(pid_t tid, int status)
{
	struct tracee *t = tracee_get(tid);
	int sig = WSTOPSIG(status), event = status >> 16, pass = 0;

	if (!t->s)
		return; /* on_child() will resume it */
	switch (event) {
	case PTRACE_EVENT_FORK:
	case PTRACE_EVENT_VFORK:
		on_child(t, false);
		break;
	case PTRACE_EVENT_CLONE:
		on_child(t, true);
		break;
	case PTRACE_EVENT_EXEC:
		on_exec(t);
		break;
	case PTRACE_EVENT_STOP:
		if (is_stop_signal(sig)) {
			/* Stays stopped until SIGCONT, as without a tracer. */
			ptrace(PTRACE_LISTEN, tid, NULL, NULL);
			return;
		}
		break;
	default:
		if (!is_call(sig, event)) {
			on_signal(t, sig);
			pass = sig;
		} else if (t->s->started) {
			on_syscall(t);
			t->held = t->s->hold && t->s->hold(&t->call);
			if (t->held)
				return; /* trace_release() will resume it */
		}
	}
	resume(t, pass);
}

static void on_end(pid_t tid, int status)
{
	struct subject *s = pump_find(tid);
	struct tracee *t;

	if (s) {
		s->ended = true;
		s->status = status;
	}
	for (t = tracees; t && t->tid != tid; t = t->next)
		;
	if (t && t->s && t->tgid == tid && t->s->pid != tid && WIFSIGNALED(status) &&
	    t->fault.sig == WTERMSIG(status))
		t->s->child_death = judge_fmt(
			"Its child process %d was killed by SIG%s at instruction %#llx%s%s.", tid,
			sigabbrev_np(t->fault.sig), (unsigned long long)t->fault.ip,
			t->fault.where ? "; the address is " : "",
			t->fault.where ? t->fault.where : "");
	tracee_drop(tid);
}

static void on_event(pid_t pid, int status)
{
	if (WIFSTOPPED(status))
		on_stop(pid, status);
	else
		on_end(pid, status);
}

void trace_until_exec(struct subject *s)
{
	int status;

	while (!s->started && !s->ended) {
		SAFE(waitpid(s->pid, &status, __WALL));
		on_event(s->pid, status);
	}
}

bool trace_serve(void)
{
	int status, i;
	pid_t pid;

	for (i = 0; i < EVENTS_PER_TURN; i++) {
		pid = waitpid(-1, &status, __WALL | WNOHANG);
		if (pid <= 0)
			return false;
		on_event(pid, status);
	}
	return true;
}

const struct call *trace_held(const struct subject *s, bool *done)
{
	const struct tracee *t;

	for (t = tracees; t && (t->s != s || !t->held); t = t->next)
		;
	if (!t)
		return NULL;
	*done = !t->in_call;
	return &t->call;
}

void trace_release(const struct subject *s, pid_t tid, int fail)
{
	struct tracee *t;

	for (t = tracees; t; t = t->next) {
		if (t->s != s || !t->held || (tid && t->tid != tid))
			continue;
		t->held = false;
		if (fail && t->in_call)
			skip_call(t, fail);
		resume(t, 0);
	}
}

void trace_children(const struct subject *s, void (*f)(pid_t pid))
{
	const struct tracee *t;

	for (t = tracees; t; t = t->next)
		if (t->s == s && t->tgid == t->tid && t->tid != s->pid)
			f(t->tid);
}
