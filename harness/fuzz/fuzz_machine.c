// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz_machine.c - what comes out of QEMU's process, in four parts: the record
 * port, the console, standard error, and the protocol socket. All of it is
 * written before the machine is asked.
 *
 * machine.c itself is included: a struct machine without a process behind it
 * can be made in no other way.
 */
#include "../grade/machine.c"

#include "fuzz.h"

/* A socket's buffer takes this in one write. */
#define SAID_MAX 150000

static int said(struct fuzz_input *in)
{
	int fd[2];
	size_t n;
	char *part = fuzz_part(in, &n);

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd) ||
	    write(fd[1], part, n) != (ssize_t)n)
		abort();
	close(fd[1]);
	free(part);
	return fd[0];
}

/* Where commands go; nobody reads them. */
static int far_end;

/* Greeting and first answer are QEMU's own; what follows is the input's. */
static struct qmp *qmp_of(struct fuzz_input *in)
{
	static const char begin[] = "{\"QMP\": {}}\n{\"return\": {}}\n";
	char *part, *text;
	struct qmp *q = NULL;
	struct err e;
	int fd[2];

	part = fuzz_part(in, NULL);
	text = xasprintf("%s%s", begin, part);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd) ||
	    write(fd[1], text, strlen(text)) != (ssize_t)strlen(text) || shutdown(fd[1], SHUT_WR) ||
	    qmp_open(fd[0], QMP_DEADLINE_MS, &q, &e))
		abort();
	far_end = fd[1];
	free(text);
	free(part);
	return q;
}

static void read_lines(struct machine *m, size_t total)
{
	int64_t until = clock_ms() + QMP_DEADLINE_MS;
	const char *line;
	size_t len, seen = 0;
	int ret;

	while (!(ret = machine_line(m, until, &line, &len))) {
		fuzz_require(len <= MACHINE_LINE_MAX, "a line of %zu bytes", len);
		fuzz_require(!memchr(line, '\n', len), "a newline in a line");
		seen += len + 1;
		fuzz_require(seen <= total, "%zu bytes out of %zu", seen, total);
	}
	fuzz_require(ret == -EPIPE || ret == -EMSGSIZE, "the end is %d", ret);
	fuzz_require(ret != -EMSGSIZE || total - seen > MACHINE_LINE_MAX,
		     "too long a line, and %zu bytes left", total - seen);
}

static void ask_monitor(struct machine *m)
{
	uint64_t base = 0, size = 0;
	struct err e = { 0 };
	char *text = NULL;
	int ret = machine_monitor(m, "info registers", &text, &e);

	fuzz_require(!ret == !!text, "returned %d and %s", ret, text ? "a text" : "none");
	if (ret)
		fuzz_error(ret, &e);
	free(text);
	ret = machine_memory(m, &base, &size, &e);
	if (ret)
		fuzz_error(ret, &e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	const char *console, *mark = memmem(data, size, "\n%%\n", 4);
	struct machine *m;
	size_t n;

	if (size > SAID_MAX)
		return -1;
	m = xcalloc(1, sizeof(*m));
	m->console = xcalloc(1, MACHINE_CONSOLE_MAX + 1);
	m->scratch = -1;
	m->rec = said(&in);
	m->con = said(&in);
	m->err = said(&in);
	m->qmp = qmp_of(&in);
	read_lines(m, mark ? (size_t)(mark - (const char *)data) : size);
	console = machine_console(m, &n);
	fuzz_require(n <= MACHINE_CONSOLE_MAX && !memchr(console, '\r', n), "%zu bytes", n);
	ask_monitor(m);
	reap(m, size & 1 ? SIGKILL : (int)(size & 0xff00));
	fuzz_printable(machine_qemu_died(m));
	machine_end(m);
	close(far_end);
	return 0;
}
