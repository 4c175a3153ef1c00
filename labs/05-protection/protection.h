/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * protection.h - what mmap(2) and mprotect(2) permit, and what they refuse.
 *
 * The contract between main.c (given) and protection.c (yours). Every
 * function returns 0 or a positive result, or a negative errno such as
 * -EACCES.
 */
#ifndef PROTECTION_H
#define PROTECTION_H

#include <stdbool.h>
#include <stddef.h>

/* Bits that no Linux knows, to ask what happens to such. */
#define PROT_UNKNOWN 0x40
#define MAP_UNKNOWN 0x800000

/**
 * can_map() - what does mmap(2) answer? Computed, without asking the kernel
 * @oflags: how the file was opened: O_RDONLY, O_WRONLY or O_RDWR; without
 *	meaning if @flags has MAP_ANONYMOUS
 * @prot: PROT_NONE, or any of PROT_READ, PROT_WRITE, PROT_EXEC, PROT_UNKNOWN
 * @flags: MAP_SHARED, MAP_PRIVATE, both or neither, with any of
 *	MAP_ANONYMOUS, MAP_DENYWRITE, MAP_NORESERVE, MAP_UNKNOWN
 * @noexec: the file lies on a file system that is mounted noexec; without
 *	meaning if @flags has MAP_ANONYMOUS
 *
 * The call asked about is mmap(NULL, one page, prot, flags, fd, 0), with fd
 * an ordinary file of at least one page. This function makes no system call.
 *
 * Return: 0 if that call would succeed, else the negative errno it would set.
 */
int can_map(int oflags, int prot, int flags, bool noexec);

/**
 * can_protect() - what does mprotect(2) answer? Computed as well
 * @oflags: how the mapped file was opened: O_RDONLY or O_RDWR; without
 *	meaning if @flags has MAP_ANONYMOUS
 * @flags: what it was mapped with: MAP_SHARED or MAP_PRIVATE, and perhaps
 *	MAP_ANONYMOUS
 * @noexec: the file lies on a file system that is mounted noexec; without
 *	meaning if @flags has MAP_ANONYMOUS
 * @newprot: what mprotect(2) is given; as prot of can_map()
 *
 * The page exists, mapped with PROT_NONE. This function makes no system call.
 *
 * Return: 0 if that call would succeed, else the negative errno it would set.
 */
int can_protect(int oflags, int flags, bool noexec, int newprot);

/**
 * provoke() - let the kernel refuse an mmap(2) with a wanted error
 * @wanted: the error, see below
 * @way: 1 to the number of ways for that error
 *
 *	EACCES 2   EINVAL 5   ENOMEM 3
 *	EAGAIN, EBADF, EEXIST, ENODEV, EOPNOTSUPP, EOVERFLOW, EPERM: 1 each
 *
 * Makes a call of mmap(2) that the kernel refuses with @wanted. Two ways to
 * one error differ in the reason; which way has which number is up to you.
 * The kernel must see the call: the C library's mmap() refuses an offset
 * inside a page by itself, and only syscall(SYS_mmap, ...) gets it through.
 *
 * Before it returns, mappings, descriptors, resource limits and the files of
 * the working directory are as they were. Works for an ordinary user. For
 * root some limits do not hold, so that the call succeeds: then it is undone
 * and the result is 0.
 *
 * Return: the negative errno that this mmap(2) really set, 0 if it succeeded;
 * if a step before it failed, the negative errno of that step.
 */
int provoke(int wanted, int way);

/**
 * with_write() - call a function while a region may be written
 * @p: the first byte of the region; it need not be the first of a page
 * @n: how many bytes, 0 allowed; the region may span pages of different
 *	protection
 * @fn: called once with @arg
 *
 * While @fn runs, each page that holds a byte of the region can be read and
 * written, and those that could be executed before still can. All other pages
 * keep their protection. After it, each page has the protection it had
 * before, whatever @fn returned.
 *
 * Return: what @fn returned. If some page cannot be made writable, @fn is not
 * called, every page has its old protection, and the result is
 * -ENOMEM: a part of the region is not mapped;
 * -EACCES: a part is a shared mapping of a file opened for reading only.
 */
int with_write(void *p, size_t n, int (*fn)(void *arg), void *arg);

#endif
