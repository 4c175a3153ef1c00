/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * qmp.h - QEMU's machine protocol (docs/interop/qmp-spec.txt): one JSON
 * object per line over a connected UNIX socket.
 */
#ifndef MMAPLAB_QMP_H
#define MMAPLAB_QMP_H

#include <jansson.h>
#include <stdbool.h>

#include "err.h"

struct qmp;

/**
 * qmp_open() - read the greeting and leave negotiation mode
 * @fd: connected socket; owned by the result from here on
 * @deadline_ms: how long each answer may take
 */
int qmp_open(int fd, int deadline_ms, struct qmp **out, struct err *e);
void qmp_close(struct qmp *q);

/**
 * qmp_execute() - run one command and wait for its answer; events that come
 * in between are dropped
 * @args: arguments, a reference to which is taken over; may be NULL
 * @fd: descriptor to send along (for getfd), or -1
 * @ret: the answer's "return", owned by the caller; may be NULL
 *
 * Return: 0, -ETIMEDOUT, -EPIPE when QEMU has gone, -EPROTO on an answer that
 * is no QMP, -EIO when QEMU refused the command (its words in @e). After any of
 * them but -EIO the connection is of no use, and every later call fails.
 */
int qmp_execute(struct qmp *q, const char *command, json_t *args, int fd, json_t **ret,
		struct err *e);

/** qmp_lost() - 0 until QEMU fails to answer, then why: ETIMEDOUT when it is still there */
int qmp_lost(const struct qmp *q);

#endif
