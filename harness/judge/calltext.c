// SPDX-License-Identifier: GPL-2.0-only
/*
 * calltext.c - names of system calls, and one call as one line of text.
 *
 * A letter for each argument says how it is shown and what is learned from
 * it: f descriptor, d directory descriptor (not shown), p path, a address,
 * n number, b count of bytes, x hexadecimal, m octal mode, - not shown,
 * P protection, M map flags, O open flags, S msync flags, R mremap flags,
 * A advice, I request of ioctl. Calls without letters are named when a program waits in them,
 * but are not worth a line.
 */
#include "judge.h"
#include "subject.h"
#include "suite.h"

#include <ctype.h>
#include <fcntl.h>
#include <linux/ioctl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define NAME(call) [SYS_##call] = { #call, NULL, 0, 0 }
#define SHOW(call, args) [SYS_##call] = { #call, args, 0, 0 }
#define READS(call, args) [SYS_##call] = { #call, args, 1, 0 }
#define WRITES(call, args) [SYS_##call] = { #call, args, 0, 1 }

static const struct calldef defs[] = {
	READS(read, "f-b"),
	READS(pread64, "f-bn"),
	READS(readv, "f-n"),
	READS(preadv, "f-nn"),
	READS(preadv2, "f-nn"),
	WRITES(write, "f-b"),
	WRITES(pwrite64, "f-bn"),
	WRITES(writev, "f-n"),
	WRITES(pwritev, "f-nn"),
	WRITES(pwritev2, "f-nn"),
	[SYS_sendfile] = { "sendfile", "ff-b", 2, 1 },
	[SYS_splice] = { "splice", "f-f-b", 1, 2 },
	[SYS_copy_file_range] = { "copy_file_range", "f-f-b", 1, 2 },

	SHOW(open, "pOm"),
	SHOW(openat, "dpOm"),
	SHOW(openat2, "dp"),
	SHOW(creat, "pm"),
	SHOW(close, "f"),
	SHOW(dup, "f"),
	SHOW(dup2, "fn"),
	SHOW(dup3, "fn"),
	SHOW(lseek, "fnn"),
	SHOW(ftruncate, "fn"),
	SHOW(truncate, "pn"),
	SHOW(fallocate, "fxnn"),
	SHOW(fsync, "f"),
	SHOW(fdatasync, "f"),
	SHOW(sync_file_range, "fnnx"),
	SHOW(unlink, "p"),
	SHOW(unlinkat, "dp"),
	SHOW(rename, "p-"),
	SHOW(renameat, "dp"),
	SHOW(renameat2, "dp"),
	SHOW(link, "p-"),
	SHOW(symlink, "-p"),
	SHOW(mkdir, "pm"),
	SHOW(chmod, "pm"),
	SHOW(fchmod, "fm"),
	SHOW(stat, "p"),
	SHOW(lstat, "p"),
	SHOW(fstat, "f"),
	SHOW(newfstatat, "dp"),
	SHOW(statx, "dp"),
	SHOW(access, "p"),
	SHOW(flock, "fx"),
	SHOW(ioctl, "fI"),
	SHOW(execve, "p"),
	SHOW(readlink, "p"),

	SHOW(mmap, "anPMfn"),
	SHOW(munmap, "an"),
	SHOW(mprotect, "anP"),
	SHOW(mremap, "annR"),
	SHOW(msync, "anS"),
	SHOW(madvise, "anA"),
	SHOW(mincore, "an"),
	SHOW(mlock, "an"),
	SHOW(mlock2, "anx"),
	SHOW(munlock, "an"),
	SHOW(mlockall, "x"),
	SHOW(munlockall, ""),
	SHOW(memfd_create, "px"),
	SHOW(remap_file_pages, "an"),
	SHOW(pkey_mprotect, "anP"),
	SHOW(process_vm_readv, "n"),
	SHOW(process_vm_writev, "n"),
	SHOW(shmget, "xnx"),
	SHOW(shmat, "na"),
	SHOW(userfaultfd, "x"),

	NAME(fork),
	NAME(vfork),
	NAME(clone),
	NAME(clone3),
	NAME(wait4),
	NAME(waitid),
	NAME(exit),
	NAME(exit_group),
	NAME(futex),
	NAME(poll),
	NAME(ppoll),
	NAME(select),
	NAME(pselect6),
	NAME(epoll_wait),
	NAME(epoll_pwait),
	NAME(pause),
	NAME(nanosleep),
	NAME(clock_nanosleep),
	NAME(sched_yield),
	NAME(rt_sigtimedwait),
	NAME(rt_sigsuspend),
	NAME(kill),
	NAME(pipe),
	NAME(pipe2),
	NAME(socket),
	NAME(connect),
	NAME(accept),
	NAME(accept4),
	NAME(recvfrom),
	NAME(sendto),
	NAME(recvmsg),
	NAME(sendmsg),
	NAME(fcntl),
	NAME(semop),
	NAME(semtimedop),
	NAME(msgrcv),
	NAME(msgsnd),
	NAME(sync),
	NAME(brk),
	NAME(tgkill),
	NAME(rt_sigreturn),
	NAME(rt_sigaction),
	NAME(io_uring_enter),
	NAME(io_uring_setup),
	NAME(io_submit),
	NAME(getpid),
	NAME(getppid),
	NAME(gettid),
	NAME(getuid),
	NAME(getcwd),
	NAME(uname),
	NAME(getrandom),
	NAME(clock_gettime),
	NAME(gettimeofday),
	NAME(times),
	NAME(alarm),
	NAME(getdents64),
	NAME(restart_syscall),
	NAME(tee),
	NAME(vmsplice),
};

const struct calldef *call_def(long nr)
{
	static const struct calldef unknown;

	if (nr < 0 || nr >= (long)(sizeof(defs) / sizeof(defs[0])))
		return &unknown;
	return &defs[nr];
}

const char *call_name(long nr)
{
	const char *name = call_def(nr)->name;

	return name ? name : judge_fmt("system call %ld", nr);
}

/* -------------------------------------------------------------------- flags */

struct flag {
	uint64_t mask, value;
	const char *name;
};

#define BIT(mask, name) \
	{ \
		mask, mask, name \
	}

static const struct flag open_flags[] = {
	{ O_ACCMODE, O_RDONLY, "O_RDONLY" },
	{ O_ACCMODE, O_WRONLY, "O_WRONLY" },
	{ O_ACCMODE, O_RDWR, "O_RDWR" },
	BIT(O_CREAT, "O_CREAT"),
	BIT(O_EXCL, "O_EXCL"),
	BIT(O_TRUNC, "O_TRUNC"),
	BIT(O_APPEND, "O_APPEND"),
	BIT(O_NONBLOCK, "O_NONBLOCK"),
	BIT(O_CLOEXEC, "O_CLOEXEC"),
	BIT(O_NOFOLLOW, "O_NOFOLLOW"),
	BIT(O_SYNC, "O_SYNC"),
	{ O_SYNC, O_DSYNC, "O_DSYNC" },
	{ 0, 0, NULL },
};

static const struct flag map_flags[] = {
	{ MAP_TYPE, MAP_SHARED, "shared" },
	{ MAP_TYPE, MAP_PRIVATE, "private" },
	{ MAP_TYPE, MAP_SHARED_VALIDATE, "shared_validate" },
	BIT(MAP_ANONYMOUS, "anon"),
	BIT(MAP_FIXED, "fixed"),
	BIT(MAP_FIXED_NOREPLACE, "fixed_noreplace"),
	BIT(MAP_POPULATE, "populate"),
	BIT(MAP_LOCKED, "locked"),
	BIT(MAP_NORESERVE, "noreserve"),
	BIT(MAP_GROWSDOWN, "growsdown"),
	BIT(MAP_STACK, "stack"),
	BIT(MAP_HUGETLB, "hugetlb"),
	{ 0, 0, NULL },
};

static const struct flag msync_flags[] = {
	BIT(MS_SYNC, "MS_SYNC"),
	BIT(MS_ASYNC, "MS_ASYNC"),
	BIT(MS_INVALIDATE, "MS_INVALIDATE"),
	{ 0, 0, NULL },
};

static const struct flag mremap_flags[] = {
	BIT(MREMAP_MAYMOVE, "MREMAP_MAYMOVE"),
	BIT(MREMAP_FIXED, "MREMAP_FIXED"),
	{ 0, 0, NULL },
};

#define ALL (~0ULL)
static const struct flag advices[] = {
	{ ALL, MADV_NORMAL, "MADV_NORMAL" },
	{ ALL, MADV_RANDOM, "MADV_RANDOM" },
	{ ALL, MADV_SEQUENTIAL, "MADV_SEQUENTIAL" },
	{ ALL, MADV_WILLNEED, "MADV_WILLNEED" },
	{ ALL, MADV_DONTNEED, "MADV_DONTNEED" },
	{ ALL, MADV_FREE, "MADV_FREE" },
	{ ALL, MADV_REMOVE, "MADV_REMOVE" },
	{ ALL, MADV_DONTFORK, "MADV_DONTFORK" },
	{ ALL, MADV_HUGEPAGE, "MADV_HUGEPAGE" },
	{ ALL, MADV_WIPEONFORK, "MADV_WIPEONFORK" },
	{ ALL, MADV_POPULATE_READ, "MADV_POPULATE_READ" },
	{ ALL, MADV_POPULATE_WRITE, "MADV_POPULATE_WRITE" },
	{ 0, 0, NULL },
};

static char *flags_text(const struct flag *f, uint64_t value)
{
	uint64_t rest = value;
	char *text = "";

	for (; f->name; f++) {
		if ((value & f->mask) != f->value || (f->value & ~rest))
			continue;
		text = judge_fmt("%s%s%s", text, *text ? "|" : "", f->name);
		rest &= ~f->mask;
	}
	if (rest || !*text)
		text = judge_fmt("%s%s%#llx", text, *text ? "|" : "", (unsigned long long)rest);
	return text;
}

static char *prot_text(uint64_t prot)
{
	if (!(prot & 7))
		return "none";
	return judge_fmt("%s%s%s", prot & PROT_READ ? "r" : "", prot & PROT_WRITE ? "w" : "",
			 prot & PROT_EXEC ? "x" : "");
}

/* --------------------------------------------------------------------- text */

static bool is_stream(const char *path)
{
	return path && (!strncmp(path, "pipe:", 5) || !strncmp(path, "socket:", 7) ||
			!strncmp(path, "/dev/pts/", 9));
}

/* "3 data": the number, and the path without the working directory. */
static char *descriptor_text(int fd, const char *path)
{
	static char cwd[4096];
	size_t len;

	if (!path)
		return judge_fmt("%d", fd);
	if (!cwd[0] && !getcwd(cwd, sizeof(cwd)))
		return judge_fmt("%d %s", fd, path);
	len = strlen(cwd);
	if (!strncmp(path, cwd, len) && path[len] == '/')
		path += len + 1;
	return judge_fmt("%d %s", fd, path);
}

/* As the macros of <linux/ioctl.h> write it: _IOW('s', 0x41, 4 bytes). */
static char *request_text(unsigned request)
{
	static const char *const macros[] = { "_IO", "_IOW", "_IOR", "_IOWR" };
	unsigned dir = _IOC_DIR(request), type = _IOC_TYPE(request), size = _IOC_SIZE(request);

	if (!isprint((int)type))
		return judge_fmt("%#x", request);
	return judge_fmt(size ? "%s('%c', %#x, %u bytes)" : "%s('%c', %#x)", macros[dir], (int)type,
			 _IOC_NR(request), size);
}

static char *arg_text(char kind, uint64_t arg, const char *path)
{
	switch (kind) {
	case 'f':
		return descriptor_text((int)arg, path);
	case 'p':
		return path ? judge_fmt("\"%s\"", path) : "?";
	case 'a':
		return arg ? judge_fmt("%#llx", (unsigned long long)arg) : "NULL";
	case 'b':
		return judge_fmt("%llu bytes", (unsigned long long)arg);
	case 'n':
		return judge_fmt("%lld", (long long)arg);
	case 'm':
		return judge_fmt("%#o", (unsigned)arg);
	case 'I':
		return request_text((unsigned)arg);
	case 'P':
		return prot_text(arg);
	case 'M':
		return flags_text(map_flags, arg);
	case 'O':
		return flags_text(open_flags, arg);
	case 'S':
		return flags_text(msync_flags, arg);
	case 'R':
		return flags_text(mremap_flags, arg);
	case 'A':
		return flags_text(advices, arg);
	default:
		return judge_fmt("%#llx", (unsigned long long)arg);
	}
}

/* " = 3", or nothing where the result says no more than that it worked. */
static char *result_text(const struct call *c, const struct calldef *def)
{
	if (c->ret < 0 && c->ret > -4096)
		return judge_fmt(" = -1 %s", judge_errno_name((int)-c->ret));
	if (c->nr == SYS_mmap || c->nr == SYS_mremap || c->nr == SYS_shmat)
		return judge_fmt(" = %#llx", (unsigned long long)c->ret);
	if (c->ret == 0 && !def->rd && c->nr != SYS_openat && c->nr != SYS_open &&
	    c->nr != SYS_lseek)
		return "";
	if ((c->nr == SYS_read || c->nr == SYS_write || c->nr == SYS_pread64 ||
	     c->nr == SYS_pwrite64) &&
	    (uint64_t)c->ret == c->args[2])
		return "";
	return judge_fmt(" = %lld", (long long)c->ret);
}

/* Arguments that say nothing: no mode without O_CREAT, no fd if anonymous. */
static bool arg_idle(const struct call *c, const char *args, size_t i)
{
	uint64_t flags;

	if (args[i] == 'd' || args[i] == '-')
		return true;
	if (c->nr == SYS_open || c->nr == SYS_openat) {
		flags = c->args[c->nr == SYS_open ? 1 : 2];
		return args[i] == 'm' && !(flags & (O_CREAT | O_TMPFILE));
	}
	return c->nr == SYS_mmap && i >= 4 && (c->args[3] & MAP_ANONYMOUS);
}

char *call_print(const struct call *c, const char *path2)
{
	const struct calldef *def = call_def(c->nr);
	char *text = "";
	int fds = 0;
	size_t i;

	if (c->nr & CALL_FOREIGN)
		return judge_fmt("call %ld of another interface = %lld", c->nr & ~CALL_FOREIGN,
				 (long long)c->ret);
	/* Talk with the judge, and what stdio does around it, says nothing. */
	if (!def->args || (is_stream(c->path) && (!path2 || is_stream(path2))))
		return NULL;
	for (i = 0; def->args[i]; i++) {
		bool first = def->args[i] != 'f' || fds++ == 0;

		if (arg_idle(c, def->args, i))
			continue;
		text = judge_fmt("%s%s%s", text, *text ? ", " : "",
				 arg_text(def->args[i], c->args[i], first ? c->path : path2));
	}
	return judge_fmt("%s(%s)%s", def->name, text, result_text(c, def));
}
