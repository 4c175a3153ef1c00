// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz_qmp.c - what QEMU says on its protocol socket, all of it before it is
 * asked: a greeting, and answers to four commands.
 */
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../grade/qmp.h"
#include "fuzz.h"

/* A socket's buffer takes this in one write. */
#define SAID_MAX 65536
#define DEADLINE_MS 10000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err e = { 0 };
	struct qmp *q = NULL;
	int fd[2], i, ret;

	if (size > SAID_MAX || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd))
		return -1;
	if (write(fd[1], data, size) != (ssize_t)size || shutdown(fd[1], SHUT_WR))
		abort();
	ret = qmp_open(fd[0], DEADLINE_MS, &q, &e);
	for (i = 0; !ret && i < 4; i++) {
		json_t *args = i & 1 ? json_pack("{s:s}", "command-line", "info registers") : NULL;
		json_t *answer = NULL;

		ret = qmp_execute(q, "human-monitor-command", args, i == 2 ? fd[1] : -1, &answer,
				  &e);
		fuzz_require(!ret || !answer, "an answer and the error %d", ret);
		json_decref(answer);
	}
	if (ret)
		fuzz_error(ret, &e);
	qmp_close(q);
	close(fd[1]);
	return 0;
}
