/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * subject.h - the inside of a subject, shared by the files that start it
 * (spawn.c), serve it (pump.c, trace.c), note its calls (calls.c) and answer for it
 * (subject.c).
 */
#ifndef MMAPLAB_SUBJECT_H
#define MMAPLAB_SUBJECT_H

#include "judge.h"

#include <signal.h>

#define PAGE 4096
#define DEFAULT_NPROC 64
/*
 * So many at once end a subject that has the default: it is a fork bomb. Fewer than the
 * limit, to which others of the same user count, too, and those that have died unseen.
 */
#define CROWD (DEFAULT_NPROC / 2)

/* Captured output; data is NUL-terminated and never NULL. */
struct capture {
	int fd; /* our end of the pipe, -1 when closed */
	char *data;
	size_t len;
	bool truncated;
	bool ready; /* poll(2) says there is something to read */
};

/* The last signal that stopped a thread of the subject's first process. */
struct fault {
	int sig, code;
	uint64_t addr, ip;
	char *where; /* the mapping at or before addr, or NULL */
	char *callers; /* return addresses, hexadecimal, innermost first; or NULL */
};

struct subject {
	struct subject *next;
	char *name;
	char *command; /* as a person would type it */
	pid_t pid;
	bool trace;
	bool started; /* its exec has happened */
	bool ended; /* its first process has */
	bool may_crowd; /* its limit of processes is the test's */
	bool crowds; /* it has reached CROWD, and with it its deadline */
	int status; /* then: as from waitpid(2) */
	int in; /* write end of its standard input, or -1 */
	bool in_close; /* close it when all is written */
	char *in_data;
	size_t in_len, in_done;
	struct capture out, err;
	size_t line_start; /* of the next line subject_line() returns */
	unsigned limit_ms; /* scaled deadline for its whole life */
	uint64_t deadline; /* on pump_clock() */
	struct fault fault;
	char *child_death; /* how a child of it died by a signal, or NULL */
	struct calls *calls; /* if trace */
	bool (*hold)(const struct call *c); /* stop at these, or NULL */
	struct call held; /* what subject_held() returned; its pid is 0 if none */
};

/* pump.c */

/** pump_add() - serve this subject from now on */
void pump_add(struct subject *s);
/** pump_find() - the subject whose first process this is, if it has not ended */
struct subject *pump_find(pid_t pid);
/** pump() - one turn: wait at most @ms for anything, then serve all of it */
void pump(unsigned ms);
/** pump_clock() - milliseconds charged so far; stands still if the host starves us */
uint64_t pump_clock(void);

/* trace.c */

/** trace_seize() - follow a new process; 0 or -errno */
int trace_seize(struct subject *s);
/** trace_filter() - in the new process: have it stop at its calls from now on; 0 or -1 */
int trace_filter(void);
/** trace_until_exec() - serve it alone until its exec, or its end */
void trace_until_exec(struct subject *s);
/** trace_serve() - deal with what has been reported; true if there is more */
bool trace_serve(void);
/** trace_held() - the first thread of s that is held at a call, or NULL */
const struct call *trace_held(const struct subject *s, bool *done);
/** trace_release() - let a held thread go on; 0: all those of s */
void trace_release(const struct subject *s, pid_t tid, int fail);
/** trace_children() - call f for each living process of s but its first */
void trace_children(const struct subject *s, void (*f)(pid_t pid));

/* calls.c */

/** calls_new() - an empty list */
struct calls *calls_new(void);
/** calls_enter() - fill a call at its entry; path2 is a second descriptor's */
void calls_enter(struct call *c, const char **path2, bool foreign);
/** calls_leave() - a call has finished */
void calls_leave(struct calls *cs, const struct call *c, const char *path2);

/* calltext.c */

/**
 * struct calldef - what is known of a system call
 * @name: without "sys_"
 * @args: a letter for each argument, see calltext.c; NULL if it is not shown
 * @rd, @wr: which descriptor (1: first, 2: second) it moves data from, to
 */
struct calldef {
	const char *name, *args;
	unsigned char rd, wr;
};

/** call_def() - never NULL; an unknown call has a NULL name */
const struct calldef *call_def(long nr);
/** call_name() - "read", or "system call 999" */
const char *call_name(long nr);
/** call_print() - one call as a line without newline; NULL if not worth showing */
char *call_print(const struct call *c, const char *path2);

/* Bit that marks a call made through another interface than syscall(2)'s. */
#define CALL_FOREIGN (1L << 40)

/* verdict.c */

/** evidence_of() - later failures show this subject's calls and stderr */
void evidence_of(struct subject *s);
/** verdict_fail() - judge_fail() with a finished text */
_Noreturn void verdict_fail(const char *expected, const char *got, const char *text);
/** verdict_crash() - it died by a signal; @when continues the sentence */
_Noreturn void verdict_crash(struct subject *s, const char *when);
/** judge_file_gone() - failed, if a subject has run that can have removed it; else broken */
_Noreturn void judge_file_gone(const char *path);
/** verdict_timeout() - "NAME @waited_for within 5.0 s"; or fail, if it crowds */
_Noreturn void verdict_timeout(struct subject *s, const char *waited_for);
/** signal_name() - "SIGSEGV" */
const char *signal_name(int sig);

/* module.c */

/** klog_evidence() - note the kernel log's last lines, if the test marked it */
void klog_evidence(void);

/* procfs.c */

/** proc_slurp() - a whole file, NUL-terminated; NULL and errno on failure */
char *proc_slurp(const char *path, size_t *len);
/**
 * maps_describe() - where addr lies among the mappings; NULL if unknown
 *
 * An address within a page of NULL or of MAP_FAILED, which is (void *)-1, is told by
 * that: it comes from a result that nobody looked at.
 */
char *maps_describe(pid_t pid, uint64_t addr);
/** next_line() - cut the next line off a text in place; NULL at its end */
char *next_line(char **text);
/** path_ends() - does a path end so, with or without " (deleted)" */
bool path_ends(const char *path, const char *end);

#endif
