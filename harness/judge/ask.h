/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ask.h - questions of a test to the host, which sees the machine from
 * outside: one JSON line on the record port, answered by one line.
 */
#ifndef MMAPLAB_ASK_H
#define MMAPLAB_ASK_H

#include <jansson.h>

/**
 * host_ask() - ask and wait for the answer; only one process may do so
 * @question: an object with "what"; the reference is taken over
 *
 * Return: the host's object, owned by the caller. Ends the test as broken when
 * no host listens, when it does not answer, or when it could not do what was asked
 * (member "error").
 */
json_t *host_ask(json_t *question);

/**
 * line_read() - the next line from the record port
 * @ms: how long to wait; 0 waits for ever
 * Return: the object owned by the caller, or NULL with errno set.
 */
json_t *line_read(unsigned ms);

/**
 * revive_all() - serve as the second machine of after_cut(): run programs on
 * the disks that the host lays in, until it ends the machine
 * Return: 0 or -errno of the port.
 */
int revive_all(void);

#endif
