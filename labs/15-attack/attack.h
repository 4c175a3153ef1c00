/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * attack.h - what you write in attack.c: two attacks on a driver that everybody
 * may open. Given.
 *
 * Whoever has done this once knows what a missing line in a driver is worth to
 * others, and does not leave it out. The drivers that are attacked here are
 * wrong on purpose (driver/careless), and the machine is thrown away.
 */
#ifndef ATTACK_H
#define ATTACK_H

#include <stddef.h>

#define ATTACK_TAG 16
#define ATTACK_SECRET 32

/**
 * attack_search() - find another process's secret through the device
 * @fd: the device, open for reading
 * @tag: what the page begins with in which the secret lies, wherever in memory
 *	that page is; any bytes, zeros among them. The same bytes elsewhere in a
 *	page mean nothing, nor do some of them at its beginning
 * @secret: receives the bytes that follow the tag, any bytes, zeros among them
 *
 * The search ends in bounded time whatever the driver grants or refuses: also one
 * that grants everything is looked at no further than a few times the machine's
 * memory. It leaves no mapping behind.
 *
 * Return: 0, or -ENOENT when nothing that the device shows begins with the tag;
 * @secret is unspecified then.
 */
int attack_search(int fd, const unsigned char tag[ATTACK_TAG],
		  unsigned char secret[ATTACK_SECRET]);

/**
 * attack_store() - change a byte of the device's buffer, which is read-only
 * @fd: the device, open for reading and writing; its driver was loaded with
 *	readonly=1 and refuses mappings for writing
 * @at: where in the buffer, counted from its beginning; in any of its pages
 * @value: what to store there
 *
 * No other byte changes, and no mapping is left behind.
 *
 * Return: 0, or the negative errno of the system call that stopped it: -EINVAL
 * when @at is not in the buffer (-EOVERFLOW in the last page below 2^64, which
 * the kernel refuses itself), -EACCES when the driver holds.
 */
int attack_store(int fd, size_t at, unsigned char value);

#endif
