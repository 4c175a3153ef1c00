// SPDX-License-Identifier: GPL-2.0-only
/*
 * look.c - a stopped machine as its hardware sees it, see look.h.
 */
#include "look.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util.h"

/* Bits of a page table's entry, Intel's manual volume 3, chapter 4.5. */
#define PTE_PRESENT (1ULL << 0)
#define PTE_WRITE (1ULL << 1)
#define PTE_USER (1ULL << 2)
#define PTE_LARGE (1ULL << 7)
/* Which kind of memory, chapter 4.9: none of them is set for what is cached. */
#define PTE_KIND (1ULL << 3 | 1ULL << 4 | 1ULL << 7)
#define PTE_KIND_LARGE (1ULL << 3 | 1ULL << 4 | 1ULL << 12)
#define PTE_FRAME 0x000ffffffffff000ULL

/* "RBX=00000000deadbeef" somewhere in QEMU's text; names may be padded. */
static int find_reg(const char *text, const char *name, uint64_t *out)
{
	const char *p = strstr(text, name);

	if (!p)
		return -EPROTO;
	*out = strtoull(p + strlen(name), NULL, 16);
	return 0;
}

int look_regs(struct machine *m, struct look_regs *r, struct err *e)
{
	uint64_t cpl = 0;
	char *text = NULL;
	int ret = machine_monitor(m, "info registers", &text, e);

	if (ret)
		return ret;
	if (find_reg(text, "RBX=", &r->rbx) || find_reg(text, "RBP=", &r->rbp) ||
	    find_reg(text, "R12=", &r->r12) || find_reg(text, "R13=", &r->r13) ||
	    find_reg(text, "R14=", &r->r14) || find_reg(text, "R15=", &r->r15) ||
	    find_reg(text, "CR3=", &r->cr3) || find_reg(text, "CPL=", &cpl))
		ret = err_set(e, EPROTO, "QEMU's 'info registers' is not in the form known here");
	/* "CPL=3 II=0": strtoull stops at the blank. */
	r->user = cpl == 3;
	free(text);
	return ret;
}

/* The guest's memory lies in QEMU's own, in one piece. */
static int transfer(struct machine *m, uint64_t gpa, void *buf, size_t len, bool out, struct err *e)
{
	uint64_t base = 0, size = 0;
	char path[64];
	ssize_t n;
	int fd, ret = machine_memory(m, &base, &size, e);

	if (ret)
		return ret;
	if (gpa > size || len > size - gpa)
		return err_set(e, EFAULT, "%#llx is outside the machine's memory",
			       (unsigned long long)gpa);
	snprintf(path, sizeof(path), "/proc/%d/mem", machine_pid(m));
	fd = open(path, (out ? O_RDWR : O_RDONLY) | O_CLOEXEC);
	if (fd < 0)
		return err_set(e, errno,
			       "look into the machine: open QEMU's memory: %s\nnext: allow the "
			       "grader to trace its own children (ptrace)",
			       strerror(errno));
	n = out ? pwrite(fd, buf, len, (off_t)(base + gpa)) :
		  pread(fd, buf, len, (off_t)(base + gpa));
	if (n != (ssize_t)len)
		ret = err_set(e, n < 0 ? errno : EIO, "look into the machine: %s at %#llx: %s",
			      out ? "write" : "read", (unsigned long long)gpa,
			      n < 0 ? strerror(errno) : "too short");
	close(fd);
	return ret;
}

int look_read(struct machine *m, uint64_t gpa, void *buf, size_t len, struct err *e)
{
	return transfer(m, gpa, buf, len, false, e);
}

int look_write(struct machine *m, uint64_t gpa, const void *buf, size_t len, struct err *e)
{
	return transfer(m, gpa, (void *)buf, len, true, e);
}

int look_walk(struct machine *m, uint64_t cr3, uint64_t addr, struct look_page *out, struct err *e)
{
	uint64_t table = cr3 & PTE_FRAME, entry, offset_mask;
	int shift, ret;

	*out = (struct look_page){ .writable = true };
	for (shift = 39; shift >= 12; shift -= 9) {
		ret = look_read(m, table + 8 * (addr >> shift & 511), &entry, sizeof(entry), e);
		if (ret)
			return ret;
		if (!(entry & PTE_PRESENT) || !(entry & PTE_USER))
			return 0;
		out->writable &= !!(entry & PTE_WRITE);
		table = entry & PTE_FRAME;
		if (shift == 12 || (shift < 39 && entry & PTE_LARGE))
			break;
	}
	out->cached = !(entry & (shift == 12 ? PTE_KIND : PTE_KIND_LARGE));
	offset_mask = (1ULL << shift) - 1;
	out->gpa = ((table & ~offset_mask) | (addr & offset_mask)) & ~(LOOK_PAGE - 1ULL);
	out->present = true;
	return 0;
}
