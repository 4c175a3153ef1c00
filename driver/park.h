/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * park.h - how a driver lab's tool stands still with its mapping, so that the
 * host can look at it from outside the machine. Given; included by tools only.
 *
 * The program spins in user mode and keeps what there is to know in
 * registers, where the host reads it without asking anybody in the machine:
 *
 *	rbx	the cookie's complement: which of the machine's programs this is.
 *		(Not the cookie: a compiler may keep that in rbx long before the
 *		other registers are set.)
 *	r12, r13	address and length of the mapping
 *	r14	the word (8 bytes) at the address, as last loaded from there
 *	r15	the same word as pread(2) of the device gave it, or what pread
 *		returned, if not 8; 0 without a descriptor
 *	rbp	the word behind it, as pread(2) gave it after the store
 *
 * Whenever the word at the address changes, the program reads it by pread(2),
 * stores its complement into the word behind it (if it may write), and reads that
 * one by pread(2), too.
 */
#ifndef MMAPLAB_PARK_H
#define MMAPLAB_PARK_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

_Noreturn void park_loop(uint64_t cookie, volatile void *addr, size_t len, int fd, off_t offset,
			 int writable);

__asm__(".pushsection .text\n"
	"park_loop:\n"
	"	mov %rsi, %r12\n"
	"	mov %rdx, %r13\n"
	"	sub $56, %rsp\n"
	"	mov %ecx, 0(%rsp)\n" /* the descriptor */
	"	mov %r8, 8(%rsp)\n" /* offset of the mapping in the device */
	"	mov %r9d, 16(%rsp)\n" /* may it write? */
	"	xor %r15d, %r15d\n"
	"	xor %ebp, %ebp\n"
	/* From here on the host can find the program. */
	"	not %rdi\n"
	"	mov %rdi, %rbx\n"
	"	mov (%r12), %r14\n"
	"	jmp 2f\n"
	"1:	pause\n"
	"	mov (%r12), %rax\n"
	"	cmp %rax, %r14\n"
	"	je 1b\n"
	"	mov %rax, %r14\n"
	"2:	cmpl $0, 0(%rsp)\n"
	"	jl 3f\n"
	"	xor %r10d, %r10d\n"
	"	call 5f\n"
	"	mov %rax, %r15\n"
	"3:	cmpl $0, 16(%rsp)\n"
	"	je 1b\n"
	/* At first there is nothing to answer: the page stays as it is. */
	"	cmpl $1, 16(%rsp)\n"
	"	movl $2, 16(%rsp)\n"
	"	je 1b\n"
	"	mov %r14, %rax\n"
	"	not %rax\n"
	"	mov %rax, 8(%r12)\n"
	"	cmpl $0, 0(%rsp)\n"
	"	jl 1b\n"
	"	mov $8, %r10d\n"
	"	call 5f\n"
	"	mov %rax, %rbp\n"
	"	jmp 1b\n"
	/* pread(fd, buffer, 8, offset + r10): the word, or the result. */
	"5:	mov $17, %eax\n"
	"	mov 8(%rsp), %edi\n"
	"	lea 32(%rsp), %rsi\n"
	"	mov $8, %edx\n"
	"	add 16(%rsp), %r10\n"
	"	syscall\n"
	"	cmp $8, %rax\n"
	"	jne 6f\n"
	"	mov 32(%rsp), %rax\n"
	"6:	ret\n"
	".popsection\n");

/**
 * park() - stand still until somebody kills the program
 * @cookie: of host_cookie() in harness/judge/judge.h
 * @addr: an address in the mapping from which 16 bytes can be loaded
 * @len: bytes of the mapping from there on
 * @fd: the device, for pread(2), or -1
 * @offset: of @addr in the device
 * @writable: may the program store to the mapping?
 */
_Noreturn static inline void park(uint64_t cookie, volatile void *addr, size_t len, int fd,
				  off_t offset, int writable)
{
	park_loop(cookie, addr, len, fd, offset, writable != 0);
}

#endif
