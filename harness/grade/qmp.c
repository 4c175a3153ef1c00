// SPDX-License-Identifier: GPL-2.0-only
/*
 * qmp.c - QEMU's machine protocol, see qmp.h.
 */
#include "qmp.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "send.h"
#include "util.h"

#define QMP_LINE_MAX (1 << 20)
/* Doubled while a line is longer, until it is QMP_LINE_MAX. */
#define QMP_LINE_USUAL 4096

struct qmp {
	int fd;
	int deadline_ms;
	char *buf;
	size_t used, room;
	int lost; /* why an answer did not come, an errno; 0: all came */
};

/* One message from QEMU, or NULL with *ret set. */
static json_t *read_message(struct qmp *q, int64_t until, int *ret, struct err *e)
{
	for (;;) {
		char *nl = memchr(q->buf, '\n', q->used);
		struct pollfd p = { q->fd, POLLIN, 0 };
		ssize_t n;

		if (nl) {
			json_t *msg = json_loadb(q->buf, nl - q->buf, 0, NULL);

			q->used -= nl + 1 - q->buf;
			memmove(q->buf, nl + 1, q->used);
			if (!msg || !json_is_object(msg)) {
				json_decref(msg);
				*ret = err_set(e, EPROTO, "QMP: an answer is not a JSON object");
				return NULL;
			}
			return msg;
		}
		if (q->used == QMP_LINE_MAX) {
			*ret = err_set(e, EPROTO, "QMP: a line is longer than %d bytes",
				       QMP_LINE_MAX);
			return NULL;
		}
		if (awake_poll(&p, 1, until) == 0) {
			*ret = err_set(e, ETIMEDOUT, "QMP: no answer within %d ms", q->deadline_ms);
			return NULL;
		}
		if (q->used == q->room) {
			q->room *= 2;
			q->buf = xrealloc(q->buf, q->room);
		}
		n = read(q->fd, q->buf + q->used, q->room - q->used);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n <= 0) {
			*ret = err_set(e, EPIPE, "QMP: QEMU has ended");
			return NULL;
		}
		q->used += n;
	}
}

static int send_message(struct qmp *q, const char *text, size_t len, int fd, struct err *e)
{
	int ret = send_all(q->fd, text, len, fd);

	return ret ? err_set(e, EPIPE, "QMP: send: %s", strerror(-ret)) : 0;
}

int qmp_execute(struct qmp *q, const char *command, json_t *args, int fd, json_t **out,
		struct err *e)
{
	json_t *msg = json_pack("{s:s}", "execute", command);
	int64_t until = awake_ms() + q->deadline_ms;
	char *text;
	int ret = 0;

	if (args)
		json_object_set_new(msg, "arguments", args);
	text = json_dumps(msg, JSON_COMPACT);
	json_decref(msg);
	/* An answer that comes late would be taken for that to the next command. */
	if (q->lost)
		ret = err_set(e, EPIPE, "QMP %s: QEMU failed to answer before", command);
	else
		ret = send_message(q, text, strlen(text), fd, e);
	free(text);
	if (!q->lost)
		q->lost = -ret;
	while (!ret) {
		json_t *error, *value;

		msg = read_message(q, until, &ret, e);
		if (!msg) {
			q->lost = -ret;
			break;
		}
		error = json_object_get(msg, "error");
		value = json_object_get(msg, "return");
		if (error) {
			const char *desc = json_string_value(json_object_get(error, "desc"));

			ret = err_set(e, EIO, "QMP %s: %s", command, desc ? desc : "refused");
		} else if (value && out) {
			*out = json_incref(value);
		}
		json_decref(msg);
		if (error || value)
			break;
	}
	return ret;
}

int qmp_open(int fd, int deadline_ms, struct qmp **out, struct err *e)
{
	struct qmp *q = xcalloc(1, sizeof(*q));
	json_t *greeting;
	int ret = 0;

	q->fd = fd;
	q->deadline_ms = deadline_ms;
	q->room = QMP_LINE_USUAL;
	q->buf = xcalloc(1, q->room);
	greeting = read_message(q, awake_ms() + deadline_ms, &ret, e);
	if (greeting && !json_object_get(greeting, "QMP"))
		ret = err_set(e, EPROTO, "QMP: the greeting lacks 'QMP'");
	json_decref(greeting);
	if (!ret)
		ret = qmp_execute(q, "qmp_capabilities", NULL, -1, NULL, e);
	if (ret) {
		qmp_close(q);
		return ret;
	}
	*out = q;
	return 0;
}

int qmp_lost(const struct qmp *q)
{
	return q->lost;
}

void qmp_close(struct qmp *q)
{
	if (!q)
		return;
	close(q->fd);
	free(q->buf);
	free(q);
}
