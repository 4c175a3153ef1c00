// SPDX-License-Identifier: GPL-2.0-only
/*
 * machine.c - one QEMU process, see machine.h.
 */
#include "machine.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "initramfs.h"
#include "qmp.h"
#include "util.h"

#define QMP_DEADLINE_MS 15000
#define STATE_DEADLINE_MS 60000
#define DEATH_DEADLINE_MS 5000
#define SEND_MS 5000 /* a judge that reads each answer before it asks again never fills the port */
#define QEMU_STDERR_MAX 4096

/* Descriptors as QEMU sees them. */
enum {
	FD_QMP = 3,
	FD_REC,
	FD_CONSOLE,
	FD_PAYLOAD,
	FD_SCRATCH,
	FD_RAM,
	FD_INITRAMFS,
	FD_PRELOAD,
	FD_END
};

struct machine {
	pid_t pid;
	struct qmp *qmp;
	int rec, con, err; /* -1 when closed */
	int scratch;
	uint64_t memory_base, memory_size; /* base 0: not asked for yet */
	char line[MACHINE_LINE_MAX + 1];
	size_t used, taken;
	char *console;
	size_t console_len;
	char stderr_text[QEMU_STDERR_MAX + 1];
	size_t stderr_len;
	char *died;
};

const char *accel_name(enum accel accel)
{
	return accel == ACCEL_KVM ? "kvm" : "tcg";
}

/* ------------------------------------------------------------ arguments */

struct args {
	char *v[96];
	int n;
};

static void add(struct args *a, const char *option, char *value)
{
	a->v[a->n++] = xstrdup(option);
	if (value)
		a->v[a->n++] = value;
}

/* What shapes the guest; no path and no descriptor of the host in here. */
static void add_guest(struct args *a, const struct machine_spec *s)
{
	const struct profile *p = s->profile;

	add(a, "-nodefaults", NULL);
	add(a, "-no-user-config", NULL);
	add(a, "-no-reboot", NULL);
	add(a, "-nic", xstrdup("none"));
	add(a, "-display", xstrdup("none"));
	add(a, "-sandbox",
	    xstrdup("on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"));
	add(a, "-accel", xstrdup(s->accel == ACCEL_KVM ? "kvm" : "tcg"));
	/* One CPU model under both accelerators, without protection keys and
	 * five-level paging, which change what the labs teach. */
	add(a, "-cpu", xstrdup("qemu64"));
	add(a, "-smp", xasprintf("%d", p->cpus));
	add(a, "-m", xasprintf("%d", p->memory_mib));
	add(a, "-serial", xstrdup("chardev:console"));
	add(a, "-device", xstrdup("virtio-serial-pci"));
	add(a, "-device", xstrdup("virtserialport,chardev=rec,name=mmaplab"));
	add(a, "-device", xstrdup("virtio-blk-pci,drive=payload"));
	add(a, "-device", xstrdup("virtio-blk-pci,drive=scratch"));
}

static void add_host(struct args *a, const struct machine_spec *s)
{
	add(a, "-machine", xstrdup("pc-i440fx-6.2,memory-backend=ram"));
	if (s->ram_fd >= 0)
		add(a, "-object",
		    xasprintf(
			    "memory-backend-file,id=ram,size=%dM,mem-path=/proc/self/fd/%d,share=%s",
			    s->profile->memory_mib, FD_RAM, s->ram_private ? "off" : "on"));
	else
		add(a, "-object",
		    xasprintf("memory-backend-ram,id=ram,size=%dM", s->profile->memory_mib));
	add(a, "-chardev", xasprintf("socket,id=qmp,fd=%d", FD_QMP));
	add(a, "-mon", xstrdup("chardev=qmp,mode=control"));
	add(a, "-chardev", xasprintf("socket,id=rec,fd=%d", FD_REC));
	if (s->tty)
		add(a, "-chardev", xstrdup("stdio,id=console,signal=off,mux=on"));
	else
		add(a, "-chardev", xasprintf("socket,id=console,fd=%d", FD_CONSOLE));
	add(a, "-drive",
	    xasprintf(
		    "if=none,id=payload,format=raw,readonly=on,file.locking=off,file=/proc/self/fd/%d",
		    FD_PAYLOAD));
	add(a, "-drive",
	    xasprintf("if=none,id=scratch,format=raw,file.locking=off,file=/proc/self/fd/%d",
		      FD_SCRATCH));
	if (s->state_fd >= 0)
		add(a, "-incoming", xstrdup("defer"));
}

static void add_boot(struct args *a, const struct machine_spec *s)
{
	const struct profile *p = s->profile;

	add(a, "-kernel", xasprintf("%s/vmlinux", s->kit->kernel));
	add(a, "-initrd", xasprintf("/proc/self/fd/%d", FD_INITRAMFS));
	add(a, "-append",
	    xasprintf(
		    "console=ttyS0 quiet panic=-1 transparent_hugepage=never cryptomgr.notests %sno_timer_check mitigations=off audit=0 psi=0 noautogroup lsm=yama nr_cpus=%d%s%s",
		    p->cpus == 1 ? "noreplace-smp " : "", p->cpus, *p->cmdline ? " " : "",
		    p->cmdline));
}

static void free_args(struct args *a)
{
	int i;

	for (i = 0; i < a->n; i++)
		free(a->v[i]);
}

char *machine_arguments(const struct machine_spec *spec)
{
	struct args a = { 0 };
	char *text = xstrdup(""), *more;
	int i;

	add_guest(&a, spec);
	add_host(&a, spec);
	add_boot(&a, spec);
	for (i = 0; i < a.n; i++) {
		/* The kernel's place is not its identity. */
		int host_path = i > 0 && !strcmp(a.v[i - 1], "-kernel");

		more = xasprintf("%s%s\n", text, host_path ? "vmlinux" : a.v[i]);
		free(text);
		text = more;
	}
	free_args(&a);
	return text;
}

/* ---------------------------------------------------------------- start */

/*
 * The soft limit's SIGXCPU tells our own limit from anybody's SIGKILL. Where more units
 * follow it will be raised, and who lowers a hard limit cannot raise it again. A limit
 * that we were given ourselves stays.
 */
static void limit_cpu(const struct machine_spec *s)
{
	struct rlimit cpu;

	getrlimit(RLIMIT_CPU, &cpu);
	if (!s->more_units && cpu.rlim_max > s->cpu_seconds + 5)
		cpu.rlim_max = s->cpu_seconds + 5;
	cpu.rlim_cur = cpu.rlim_max < s->cpu_seconds ? cpu.rlim_max : s->cpu_seconds;
	setrlimit(RLIMIT_CPU, &cpu);
}

/* Runs in the child: put each descriptor where QEMU expects it, and exec. */
static void exec_qemu(const struct machine_spec *s, char **argv, char **env, const int fds[],
		      int err_fd, pid_t parent)
{
	struct rlimit no_core = { 0, 0 };
	int i, high[FD_END];
	sigset_t none;

	/* QEMU must not outlive its grader, however that ends. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	setpgid(0, 0);
	for (i = FD_QMP; i < FD_END; i++)
		high[i] = fds[i] < 0 ? -1 : fcntl(fds[i], F_DUPFD_CLOEXEC, 64);
	err_fd = fcntl(err_fd, F_DUPFD_CLOEXEC, 64);
	for (i = FD_QMP; i < FD_END; i++)
		if (high[i] >= 0)
			dup2(high[i], i);
	if (!s->tty) {
		int null = open("/dev/null", O_RDWR);

		dup2(null, 0);
		dup2(null, 1);
	} else {
		/* An interactive console needs the terminal's own group. */
		setpgid(0, getpgid(parent));
	}
	dup2(err_fd, 2);
	if (s->cpu_seconds)
		limit_cpu(s);
	setrlimit(RLIMIT_CORE, &no_core);
	execvpe(argv[0], argv, env);
	dprintf(2, "exec %s: %s", argv[0], strerror(errno));
	_exit(127);
}

/*
 * QEMU's environment: ours, and the library. LD_PRELOAD takes no path with a space or
 * a colon, but a descriptor's is without.
 *
 * Return: an array of which the first text and the array itself are the caller's.
 */
static char **environment(void)
{
	const char *others = getenv("LD_PRELOAD");
	char **env;
	size_t n = 0, i;

	while (environ[n])
		n++;
	env = xcalloc(n + 2, sizeof(*env));
	env[0] = xasprintf("LD_PRELOAD=/proc/self/fd/%d%s%s", FD_PRELOAD, others ? ":" : "",
			   others ? others : "");
	n = 1;
	for (i = 0; environ[i]; i++)
		if (strncmp(environ[i], "LD_PRELOAD=", 11) != 0)
			env[n++] = environ[i];
	return env;
}

static int restore(struct machine *m, int state_fd, struct err *e)
{
	json_t *caps = json_pack("{s:[{s:s,s:b}]}", "capabilities", "capability", "x-ignore-shared",
				 "state", 1);
	int64_t until = awake_ms() + STATE_DEADLINE_MS;
	char path[64];
	int own_fd, ret;

	/* A file offset of its own: many machines read this file at once. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", state_fd);
	own_fd = open(path, O_RDONLY | O_CLOEXEC);
	if (own_fd < 0) {
		json_decref(caps);
		return err_set(e, errno, "restore: open the state: %s", strerror(errno));
	}
	ret = qmp_execute(m->qmp, "migrate-set-capabilities", caps, -1, NULL, e);
	if (!ret)
		ret = qmp_execute(m->qmp, "getfd", json_pack("{s:s}", "fdname", "state"), own_fd,
				  NULL, e);
	close(own_fd);
	if (!ret)
		ret = qmp_execute(m->qmp, "migrate-incoming", json_pack("{s:s}", "uri", "fd:state"),
				  -1, NULL, e);
	while (!ret) {
		json_t *answer = NULL;
		const char *status;

		ret = qmp_execute(m->qmp, "query-status", NULL, -1, &answer, e);
		if (ret)
			break;
		status = json_string_value(json_object_get(answer, "status"));
		if (status && !strcmp(status, "paused")) {
			json_decref(answer);
			return machine_cont(m, e);
		}
		if (!status || strcmp(status, "inmigrate"))
			ret = err_set(e, EIO, "restore: the machine is '%s'",
				      status ? status : "?");
		json_decref(answer);
		if (!ret && awake_ms() > until)
			ret = err_set(e, ETIMEDOUT, "restore: not done within %d s",
				      STATE_DEADLINE_MS / 1000);
		usleep(500);
	}
	return ret;
}

/*
 * A fresh copy of the empty ext4 file system, in memory. The image is mostly
 * holes, of which only the data is copied.
 */
static int copy_scratch(const struct kit *kit, struct err *e)
{
	char *path = kit_path(kit, "build/vm/scratch.ext4");
	int from = open(path, O_RDONLY | O_CLOEXEC), to, ret = 0;
	off_t data = 0, hole;

	to = memfd_create("scratch", MFD_CLOEXEC);
	if (from < 0 || to < 0 || ftruncate(to, MACHINE_SCRATCH_BYTES))
		ret = err_set(e, errno, "scratch disk: %s: %s\nnext: make built", path,
			      strerror(errno));
	else if (lseek(from, 0, SEEK_END) != MACHINE_SCRATCH_BYTES)
		ret = err_set(e, EINVAL,
			      "scratch disk: %s has a wrong size\nnext: rm '%s', then make built",
			      path, path);
	while (!ret && (data = lseek(from, data, SEEK_DATA)) >= 0) {
		hole = lseek(from, data, SEEK_HOLE);
		lseek(to, data, SEEK_SET);
		for (; !ret && data < hole;) {
			ssize_t n = sendfile(to, from, &data, hole - data);

			/* 0: it has become shorter since. */
			if (n <= 0)
				ret = err_set(e, n ? errno : EIO, "scratch disk: copy %s: %s", path,
					      strerror(n ? errno : EIO));
		}
	}
	free(path);
	if (from >= 0)
		close(from);
	if (ret && to >= 0)
		close(to);
	return ret ? ret : to;
}

int machine_start(const struct machine_spec *spec, struct machine **out, struct err *e)
{
	int preload = open(spec->kit->preload, O_RDONLY | O_CLOEXEC), initramfs = -1;
	struct machine *m;
	int qmp[2] = { -1, -1 }, rec[2] = { -1, -1 }, con[2] = { -1, -1 };
	int err_pipe[2] = { -1, -1 }, fds[FD_END], ret = 0;
	pid_t parent = getpid();
	struct args a = { 0 };
	char **env;

	if (preload < 0)
		return err_set(e, errno, "QEMU: %s: %s\nnext: make built", spec->kit->preload,
			       strerror(errno));
	m = xcalloc(1, sizeof(*m));
	m->scratch = copy_scratch(spec->kit, e);
	if (m->scratch < 0) {
		ret = m->scratch;
		close(preload);
		free(m);
		return ret;
	}
	m->rec = m->con = m->err = -1;
	m->memory_size = (uint64_t)spec->profile->memory_mib << 20;
	m->console = xcalloc(1, MACHINE_CONSOLE_MAX + 1);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, qmp) ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, rec) ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, con) || pipe2(err_pipe, O_CLOEXEC)) {
		ret = err_set(e, errno, "socketpair for QEMU: %s", strerror(errno));
		goto out;
	}
	add(&a, "qemu-system-x86_64", NULL);
	add_guest(&a, spec);
	add_host(&a, spec);
	/* A restored machine has its kernel and files in memory already. */
	if (spec->state_fd < 0) {
		ret = initramfs_build(spec->kit, &initramfs, e);
		if (ret)
			goto out;
		add_boot(&a, spec);
	}
	fds[FD_QMP] = qmp[1];
	fds[FD_REC] = rec[1];
	fds[FD_CONSOLE] = con[1];
	fds[FD_PAYLOAD] = spec->payload_fd;
	fds[FD_SCRATCH] = m->scratch;
	fds[FD_RAM] = spec->ram_fd;
	fds[FD_INITRAMFS] = initramfs;
	fds[FD_PRELOAD] = preload;
	env = environment();
	m->pid = fork();
	if (m->pid == 0)
		exec_qemu(spec, a.v, env, fds, err_pipe[1], parent);
	if (m->pid < 0)
		ret = err_set(e, errno, "fork QEMU: %s", strerror(errno));
	free(env[0]);
	free(env);
	m->rec = rec[0];
	m->con = con[0];
	m->err = err_pipe[0];
	rec[0] = con[0] = err_pipe[0] = -1;
	fcntl(m->err, F_SETFL, O_NONBLOCK);
out:
	close(qmp[1]);
	close(rec[1]);
	close(con[1]);
	close(err_pipe[1]);
	/* Those of them that are not the machine's, as one of the others could not be made. */
	close(rec[0]);
	close(con[0]);
	close(err_pipe[0]);
	close(initramfs);
	close(preload);
	free_args(&a);
	if (!ret)
		ret = qmp_open(qmp[0], QMP_DEADLINE_MS, &m->qmp, e);
	else
		close(qmp[0]);
	if (!ret && spec->state_fd >= 0)
		ret = restore(m, spec->state_fd, e);
	if (ret) {
		machine_tell_death(m, e);
		machine_end(m);
		return ret;
	}
	*out = m;
	return 0;
}

/* ----------------------------------------------------------------- talk */

static void keep_console(struct machine *m, const char *data, size_t n)
{
	const size_t half = MACHINE_CONSOLE_MAX / 2;
	size_t room, cut;

	/* The first half stays; behind it a window over the newest bytes. */
	if (m->console_len < half) {
		room = half - m->console_len;
		room = n < room ? n : room;
		memcpy(m->console + m->console_len, data, room);
		m->console_len += room;
		data += room;
		n -= room;
	}
	if (n > half) {
		data += n - half;
		n = half;
	}
	if (m->console_len + n > MACHINE_CONSOLE_MAX) {
		cut = m->console_len + n - MACHINE_CONSOLE_MAX;
		memmove(m->console + half, m->console + half + cut, m->console_len - half - cut);
		m->console_len -= cut;
	}
	memcpy(m->console + m->console_len, data, n);
	m->console_len += n;
}

/* Read what one descriptor has; -1 in *fd once it is closed. */
static ssize_t drain(int *fd, char *buf, size_t size)
{
	ssize_t n = read(*fd, buf, size);

	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
		close(*fd);
		*fd = -1;
	}
	return n;
}

static void serve_console(struct machine *m)
{
	char buf[16384];
	ssize_t n = drain(&m->con, buf, sizeof(buf)), i, kept = 0;

	/* A terminal's line ends have a carriage return, a text's have none. */
	for (i = 0; i < n; i++)
		if (buf[i] != '\r')
			buf[kept++] = buf[i];
	keep_console(m, buf, kept);
}

static void serve_stderr(struct machine *m)
{
	char buf[1024];
	ssize_t n = drain(&m->err, buf, sizeof(buf));

	if (n > 0 && m->stderr_len + n <= QEMU_STDERR_MAX) {
		memcpy(m->stderr_text + m->stderr_len, buf, n);
		m->stderr_len += n;
	}
}

/* Wait for any input, and take it in. False at the deadline. */
static bool serve(struct machine *m, int64_t until)
{
	struct pollfd p[3] = { { m->rec, POLLIN, 0 },
			       { m->con, POLLIN, 0 },
			       { m->err, POLLIN, 0 } };
	ssize_t n;

	if (awake_poll(p, 3, until) <= 0)
		return false;
	if (p[1].revents)
		serve_console(m);
	if (p[2].revents)
		serve_stderr(m);
	if (p[0].revents) {
		n = drain(&m->rec, m->line + m->used, sizeof(m->line) - m->used);
		if (n > 0)
			m->used += n;
	}
	/* A console that never rests holds up no deadline. */
	return p[0].revents || awake_ms() <= until;
}

int machine_line(struct machine *m, int64_t until, const char **line, size_t *len)
{
	memmove(m->line, m->line + m->taken, m->used - m->taken);
	m->used -= m->taken;
	m->taken = 0;
	for (;;) {
		char *nl = memchr(m->line, '\n', m->used);

		if (nl) {
			*line = m->line;
			*len = nl - m->line;
			m->taken = *len + 1;
			return 0;
		}
		if (m->used == sizeof(m->line))
			return -EMSGSIZE;
		if (m->rec < 0)
			return -EPIPE;
		if (!serve(m, until))
			return -ETIMEDOUT;
	}
}

int machine_send(struct machine *m, json_t *command, struct err *e)
{
	struct pollfd room = { m->rec, POLLOUT, 0 };
	char *text = json_dumps(command, JSON_COMPACT);
	size_t len = strlen(text), done = 0;
	int64_t until = awake_ms() + SEND_MS;
	int ret = 0;

	text[len++] = '\n'; /* in place of the NUL; length counts now */
	while (done < len && !ret) {
		ssize_t n = send(m->rec, text + done, len - done, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n >= 0)
			done += n;
		else if (errno == EAGAIN && awake_poll(&room, 1, until) <= 0)
			ret = err_set(e, ETIMEDOUT, "the machine does not read what it is sent");
		else if (errno != EAGAIN && errno != EINTR)
			ret = err_set(e, errno, "send the command to the machine: %s",
				      strerror(errno));
	}
	free(text);
	return ret;
}

int machine_stop(struct machine *m, struct err *e)
{
	return qmp_execute(m->qmp, "stop", NULL, -1, NULL, e);
}

int machine_cont(struct machine *m, struct err *e)
{
	return qmp_execute(m->qmp, "cont", NULL, -1, NULL, e);
}

int machine_check(struct machine *m, struct err *e)
{
	json_t *answer = NULL;
	int ret = qmp_execute(m->qmp, "query-status", NULL, -1, &answer, e);
	const char *status = json_string_value(json_object_get(answer, "status"));

	if (!ret && (!status || strcmp(status, "running")))
		ret = err_set(e, EIO, "QEMU does not run the machine, its status is '%s'",
			      status ? status : "?");
	json_decref(answer);
	return ret;
}

bool machine_lost(const struct machine *m)
{
	return qmp_lost(m->qmp) != 0;
}

int machine_disk(const struct machine *m)
{
	return m->scratch;
}

int machine_monitor(struct machine *m, const char *command, char **text, struct err *e)
{
	json_t *answer = NULL;
	int ret = qmp_execute(m->qmp, "human-monitor-command",
			      json_pack("{s:s}", "command-line", command), -1, &answer, e);

	if (!ret && !json_is_string(answer))
		ret = err_set(e, EPROTO, "QEMU's answer to '%s' is not a text", command);
	if (!ret)
		*text = xstrdup(json_string_value(answer));
	json_decref(answer);
	return ret;
}

int machine_memory(struct machine *m, uint64_t *base, uint64_t *size, struct err *e)
{
	const char *colon;
	char *text = NULL;
	int ret = 0;

	if (!m->memory_base) {
		ret = machine_monitor(m, "gpa2hva 0", &text, e);
		/* "Host virtual address for 0x0 (ram) is 0x7f..." */
		colon = text ? strstr(text, "(ram) is 0x") : NULL;
		if (colon)
			m->memory_base = strtoull(colon + strlen("(ram) is "), NULL, 16);
		else if (!ret)
			ret = err_set(e, EPROTO, "QEMU does not say where the memory is: %s", text);
		free(text);
	}
	*base = m->memory_base;
	*size = m->memory_size;
	return ret;
}

pid_t machine_pid(const struct machine *m)
{
	return m->pid;
}

int machine_save(struct machine *m, int state_fd, struct err *e)
{
	json_t *caps = json_pack("{s:[{s:s,s:b}]}", "capabilities", "capability", "x-ignore-shared",
				 "state", 1);
	int64_t until = awake_ms() + STATE_DEADLINE_MS;
	int ret;

	ret = machine_stop(m, e);
	if (ret) {
		json_decref(caps);
		return ret;
	}
	ret = qmp_execute(m->qmp, "migrate-set-capabilities", caps, -1, NULL, e);
	if (!ret)
		ret = qmp_execute(m->qmp, "getfd", json_pack("{s:s}", "fdname", "state"), state_fd,
				  NULL, e);
	if (!ret)
		ret = qmp_execute(m->qmp, "migrate", json_pack("{s:s}", "uri", "fd:state"), -1,
				  NULL, e);
	while (!ret) {
		json_t *answer = NULL;
		const char *status;
		bool done;

		ret = qmp_execute(m->qmp, "query-migrate", NULL, -1, &answer, e);
		if (ret)
			break;
		status = json_string_value(json_object_get(answer, "status"));
		done = status && !strcmp(status, "completed");
		if (status && !strcmp(status, "failed"))
			ret = err_set(e, EIO,
				      "save the machine: QEMU could not write its state\n"
				      "next: see that the disk is well and has space, then run the "
				      "same command again");
		json_decref(answer);
		if (done)
			return 0;
		if (!ret && awake_ms() > until)
			ret = err_set(e, ETIMEDOUT, "save the machine: not done within %d s",
				      STATE_DEADLINE_MS / 1000);
		usleep(2000);
	}
	return ret;
}

/* ------------------------------------------------------------------ end */

const char *machine_console(struct machine *m, size_t *len)
{
	struct pollfd p = { m->con, POLLIN, 0 };

	while (m->con >= 0 && poll(&p, 1, 0) > 0) {
		serve_console(m);
		p.fd = m->con;
	}
	*len = m->console_len;
	return m->console;
}

int machine_next(struct machine *m, unsigned cpu_seconds, struct err *e)
{
	struct timespec used;
	struct rlimit cpu;
	clockid_t clock;
	size_t n;
	int ret = clock_getcpuclockid(m->pid, &clock);

	if (!ret && (clock_gettime(clock, &used) || prlimit(m->pid, RLIMIT_CPU, NULL, &cpu)))
		ret = errno;
	if (!ret) {
		cpu.rlim_cur = (rlim_t)used.tv_sec + 1 + cpu_seconds;
		if (cpu.rlim_cur > cpu.rlim_max)
			cpu.rlim_cur = cpu.rlim_max;
		if (prlimit(m->pid, RLIMIT_CPU, &cpu, NULL))
			ret = errno;
	}
	if (ret)
		return err_set(e, ret, "the processor time of QEMU: %s", strerror(ret));
	machine_console(m, &n);
	m->console_len = 0;
	return 0;
}

static void reap(struct machine *m, int status)
{
	char *words;

	m->pid = 0;
	while (m->err >= 0) {
		size_t before = m->stderr_len;

		serve_stderr(m);
		if (m->stderr_len == before)
			break;
	}
	while (m->stderr_len && m->stderr_text[m->stderr_len - 1] == '\n')
		m->stderr_len--;
	words = clean_text(m->stderr_text, m->stderr_len);
	if (WIFSIGNALED(status))
		m->died = xasprintf("QEMU was killed by signal %d (%s)%s%s", WTERMSIG(status),
				    strsignal(WTERMSIG(status)), *words ? ": " : "", words);
	else
		m->died = xasprintf("QEMU ended with status %d%s%s", WEXITSTATUS(status),
				    *words ? ": " : "", words);
	free(words);
}

const char *machine_qemu_died(struct machine *m)
{
	/* Its sockets close before the process can be reaped, on a busy host
	 * long before. One that hangs has not closed them. */
	bool hangs = m->qmp && qmp_lost(m->qmp) == ETIMEDOUT;
	int64_t until = awake_ms() + (hangs ? 0 : DEATH_DEADLINE_MS);
	int status;

	while (m->pid > 0) {
		if (waitpid(m->pid, &status, WNOHANG) == m->pid)
			reap(m, status);
		else if (awake_ms() >= until)
			break;
		else
			usleep(1000);
	}
	return m->died;
}

void machine_tell_death(struct machine *m, struct err *e)
{
	/* What does not come in time is no end. */
	const char *died = e->code == ETIMEDOUT ? NULL : machine_qemu_died(m);
	size_t n = strlen(e->text);

	if (died)
		snprintf(e->text + n, sizeof(e->text) - n, "; %s", died);
}

void machine_end(struct machine *m)
{
	if (!m)
		return;
	if (m->pid > 0) {
		kill(m->pid, SIGKILL);
		waitpid(m->pid, NULL, 0);
	}
	qmp_close(m->qmp);
	close(m->scratch);
	if (m->rec >= 0)
		close(m->rec);
	if (m->con >= 0)
		close(m->con);
	if (m->err >= 0)
		close(m->err);
	free(m->console);
	free(m->died);
	free(m);
}
