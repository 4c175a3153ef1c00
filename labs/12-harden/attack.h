/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * attack.h - how harden looks for a secret that the driver never held. Given.
 *
 * This is what an attacker does with a device that everybody may open: ask for
 * more than there is, in every way that a driver may have overlooked, and look
 * at whatever comes of it.
 */
#ifndef HARDEN_ATTACK_H
#define HARDEN_ATTACK_H

/**
 * attack_search() - try lengths, offsets and positions beyond the device's end
 * @fd: the device
 * @secret: 32 hexadecimal digits, the 16 bytes to look for
 *
 * Prints `nothing`, or a line `found` with the call that led to the secret.
 */
void attack_search(int fd, const char *secret);

#endif
