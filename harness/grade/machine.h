/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * machine.h - one QEMU process: start (cold or restored), talk, end.
 *
 * A machine belongs to the process that started it and dies with it, also
 * when that process is killed. It has no network, no writable folder of the
 * host, and QEMU runs under its own sandbox. Each machine has a payload disk
 * (read-only) and a scratch disk, an empty ext4 file system of its own that is
 * forgotten with it. Its console and its record port
 * are sockets that only this module reads.
 */
#ifndef MMAPLAB_MACHINE_H
#define MMAPLAB_MACHINE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "err.h"
#include "kit.h"

enum accel { ACCEL_TCG, ACCEL_KVM };

const char *accel_name(enum accel accel);

/** the payload disk's size is the template's, whatever is in it */
#define MACHINE_PAYLOAD_BYTES (64LL << 20)
/** the scratch disk's, which the Makefile makes */
#define MACHINE_SCRATCH_BYTES (32LL << 20)
/** longest line accepted from the record port */
#define MACHINE_LINE_MAX (64 << 10)
/** console bytes kept: the first half and the last half of these */
#define MACHINE_CONSOLE_MAX (128 << 10)

/**
 * struct machine_spec - how to start one
 * @ram_fd: backing of the guest's memory; -1 for ordinary memory (cold boot)
 * @ram_private: map @ram_fd copy-on-write, to restore; else write to it
 * @state_fd: device state to restore from, or -1 to boot
 * @payload_fd: file behind the payload disk, read-only to the guest
 * @tty: the console is on descriptors 0 and 1 of the caller, and not captured
 * @cpu_seconds: RLIMIT_CPU of QEMU; 0 for none
 * @more_units: machine_next() will follow
 * The descriptors stay the caller's.
 */
struct machine_spec {
	const struct kit *kit;
	const struct profile *profile;
	enum accel accel;
	int ram_fd;
	bool ram_private;
	int state_fd;
	int payload_fd;
	bool tty;
	unsigned cpu_seconds;
	bool more_units;
};

struct machine;

/**
 * machine_start() - start QEMU; with a state, restore it and let it run
 * Return: 0 with @out owned by the caller (machine_end()), or a negative
 * errno; then nothing runs.
 */
int machine_start(const struct machine_spec *spec, struct machine **out, struct err *e);

/**
 * machine_send() - one line to the agent, or to the suite in its place
 * Return: 0; -ETIMEDOUT when the port is full and nobody there reads; or another
 * negative errno.
 */
int machine_send(struct machine *m, json_t *command, struct err *e);

/**
 * machine_line() - the next line from the record port
 * @until: awake_ms() at which to give up
 * @line: valid until the next call; no newline
 * @len: its length; it may hold any byte
 *
 * Return: 0; -ETIMEDOUT; -EPIPE when QEMU has ended and all lines are read;
 * -EMSGSIZE for a line longer than MACHINE_LINE_MAX.
 */
int machine_line(struct machine *m, int64_t until, const char **line, size_t *len);

/** machine_stop() - let it stand still, its disks written; machine_cont() - and go on */
int machine_stop(struct machine *m, struct err *e);
int machine_cont(struct machine *m, struct err *e);

/**
 * machine_check() - does QEMU answer, and let the machine run?
 *
 * A guest that is silent may be doing so by itself. This tells it from a QEMU
 * that hangs or was stopped, which is not the guest's doing.
 * Return: 0, -EIO when the machine stands still, or as qmp_execute().
 */
int machine_check(struct machine *m, struct err *e);

/** machine_lost() - true once QEMU failed to answer; nothing more will come */
bool machine_lost(const struct machine *m);

/**
 * machine_disk() - its scratch disk, a file of MACHINE_SCRATCH_BYTES
 *
 * The descriptor stays the machine's. Read it while the machine stands still,
 * write to it only while the guest has the disk not in use.
 */
int machine_disk(const struct machine *m);

/**
 * machine_monitor() - a command for QEMU's monitor for people
 * @text: its answer, owned by the caller
 */
int machine_monitor(struct machine *m, const char *command, char **text, struct err *e);

/**
 * machine_next() - the same machine for another unit: its console is forgotten
 * @cpu_seconds: what QEMU may use from now on; more than 0
 *
 * The machine has been started with @more_units.
 * Return: 0 or a negative errno.
 */
int machine_next(struct machine *m, unsigned cpu_seconds, struct err *e);

/** machine_memory() - where QEMU's process has the guest's memory, and its bytes */
int machine_memory(struct machine *m, uint64_t *base, uint64_t *size, struct err *e);

/** machine_pid() - QEMU's process */
pid_t machine_pid(const struct machine *m);

/** machine_save() - stop and write the device state to @state_fd; then it can only be ended */
int machine_save(struct machine *m, int state_fd, struct err *e);

/** machine_console() - what the console showed so far, capped; may hold any byte */
const char *machine_console(struct machine *m, size_t *len);

/** machine_qemu_died() - QEMU's own end: a text for the log, NULL while it runs
 *
 * For a machine with which something is wrong: unless QEMU hangs, it waits a
 * while for the end.
 */
const char *machine_qemu_died(struct machine *m);

/** machine_tell_death() - when QEMU has died, add that to an error's text */
void machine_tell_death(struct machine *m, struct err *e);

/** machine_end() - kill QEMU, reap it, free everything; NULL is allowed */
void machine_end(struct machine *m);

/**
 * machine_arguments() - the arguments that shape the guest, one per line, for
 * the template's key; the caller frees
 */
char *machine_arguments(const struct machine_spec *spec);

#endif
