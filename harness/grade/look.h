/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * look.h - a stopped machine as its hardware sees it: registers, page table,
 * memory. Nothing here asks the guest. One processor only.
 */
#ifndef MMAPLAB_LOOK_H
#define MMAPLAB_LOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "machine.h"

#define LOOK_PAGE 4096

/** struct look_regs - what is of use here; @user: the processor runs user code */
struct look_regs {
	bool user;
	uint64_t rbx, rbp, r12, r13, r14, r15, cr3;
};

/**
 * struct look_page - what the page table says of one page
 * @present: a program may touch it: every level is present and for user mode
 * @writable: every level permits stores
 * @cached: as ordinary memory is, and not that of a device
 * @gpa: guest-physical address of the frame, when present
 */
struct look_page {
	bool present, writable, cached;
	uint64_t gpa;
};

/** look_regs() - 0, or a negative errno; -EPROTO when QEMU's text is another */
int look_regs(struct machine *m, struct look_regs *out, struct err *e);

/** look_walk() - the page that holds @addr, by the four-level table at @cr3 */
int look_walk(struct machine *m, uint64_t cr3, uint64_t addr, struct look_page *out, struct err *e);

/**
 * look_read(), look_write() - guest-physical memory below the machine's size
 * Return: 0, -EFAULT outside its memory, or the errno of /proc/PID/mem.
 */
int look_read(struct machine *m, uint64_t gpa, void *buf, size_t len, struct err *e);
int look_write(struct machine *m, uint64_t gpa, const void *buf, size_t len, struct err *e);

#endif
