/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * send.h - writes to a socket, with a file descriptor beside the bytes.
 */
#ifndef MMAPLAB_SEND_H
#define MMAPLAB_SEND_H

#include <stddef.h>

/**
 * send_all() - send bytes, and a copy of @fd with the first of them (unix(7))
 * @fd: a descriptor that stays the caller's, or -1
 *
 * Return: 0 when all is sent, or a negative errno: the other side has ended.
 */
int send_all(int socket, const char *data, size_t len, int fd);

#endif
