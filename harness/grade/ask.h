/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ask.h - answers the questions that a test asks about its own machine, as
 * seen from outside (harness/judge/ask.h).
 *
 * A question is data from a guest: it is looked at as an attacker's. It can
 * make the host work, within the limits here, and get an answer; it cannot make
 * a point.
 */
#ifndef MMAPLAB_ASK_H
#define MMAPLAB_ASK_H

#include <jansson.h>
#include <stdint.h>

#include "machine.h"
#include "unit.h"

struct asker;

/**
 * asker_new() - for one machine
 * @slowness: of the host, at least 1
 * All stays the caller's and must outlive the result.
 */
struct asker *asker_new(const struct unit_spec *spec, struct machine *m, double slowness);

/** asker_free() - also ends the second machine; NULL is allowed */
void asker_free(struct asker *a);

/**
 * asker_answer() - do what the question of this test asks
 * Return: an object, owned by the caller; its member "error" says what could
 * not be done.
 */
json_t *asker_answer(struct asker *a, const char *test, const json_t *question);

/**
 * asker_send() - send an answer, which is taken over, with the question's number: a judge
 * that has given up waiting for one knows then that it is not the next one's
 *
 * Return: as machine_send().
 */
int asker_send(struct machine *m, const json_t *question, json_t *answer, struct err *e);

/** asker_seen() - test id -> the CHECK_* bits that the host has seen for it; @a's */
json_t *asker_seen(const struct asker *a);
/** asker_picture() - as evidence_picture() */
const char *asker_picture(const struct asker *a);

#endif
