/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * template.h - machines booted once and kept, from which every unit of work
 * is restored copy-on-write.
 *
 * A template lives in build/vm/templates/PROFILE-ACCEL/: the guest's memory
 * ("ram"), the device state ("state") and "stamp.json" with the key and the
 * checksums. The key is a hash over everything that shapes the machine. A
 * template whose key differs, or whose files are not what the stamp says, is
 * rebuilt. Files that look untouched (size, inode, times) are trusted;
 * others are hashed.
 */
#ifndef MMAPLAB_TEMPLATE_H
#define MMAPLAB_TEMPLATE_H

#include <stdbool.h>

#include "err.h"
#include "kit.h"
#include "machine.h"
#include "manifest.h"

enum accel_request { ACCEL_AUTO, ACCEL_FORCE_TCG, ACCEL_FORCE_KVM };

/**
 * accel_parse() - "auto", "tcg", "kvm"; NULL or "" means auto
 */
int accel_parse(const char *text, enum accel_request *out, struct err *e);

/**
 * struct template - open descriptors, usable while a rebuild goes on
 * @boot_cpu_ms: processor time of its boot, the host's speed in one number
 *	(time on the clock would also tell how busy the host was)
 * @boot_ms: how long its boot took, if it was built now
 * @note: one sentence for the report when it was built now, or empty
 */
struct template
{
	const struct profile *profile;
	enum accel accel;
	int ram_fd;
	int state_fd;
	int boot_cpu_ms;
	int boot_ms;
	char note[256];
	char key[65];
};

/**
 * template_open() - find or build the template for a profile
 *
 * Two processes may ask at once: the second waits and uses the first's.
 * With ACCEL_AUTO, KVM is used when a guest reached its wait point under it
 * since the host was booted; that it did, or why not, is remembered until the next boot.
 *
 * Return: 0, or a negative errno. Release with template_close().
 */
int template_open(const struct kit *kit, const struct profile *profile, enum accel_request request,
		  struct template *out, struct err *e);
void template_close(struct template *t);

/**
 * template_profiles() - the profiles of a lab's tests; those that are not in @list are added
 * @list: of KIT_MAX_PROFILES places; they stay the kit's
 *
 * Return: 0, or -EINVAL with @e for a name that the kit does not have.
 */
int template_profiles(const struct kit *kit, const struct lab_def *lab, const struct profile **list,
		      size_t *count, struct err *e);

/**
 * template_open_all() - template_open() for several; those that are missing or out of date
 * are built beside each other, for one after another takes as long as all their boots
 * @list: receives one for each of @count profiles
 *
 * Return: 0, or a negative errno and none is open. Release each with template_close().
 */
int template_open_all(const struct kit *kit, const struct profile *const *profiles, size_t count,
		      enum accel_request request, struct template *list, struct err *e);

/** template_doubt() - let the next template_open() hash the files, untouched as they look */
void template_doubt(const struct kit *kit, const struct profile *profile);

/** template_boot() - boot such a machine from nothing, up to its wait point, and end it; @ms it took */
int template_boot(const struct kit *kit, const struct template *t, int *ms, struct err *e);

/** template_kvm_failed() - why KVM is not used since it was tried in this boot of the host */
bool template_kvm_failed(const struct kit *kit, char *why, size_t size);

/**
 * template_spec() - what machine_start() needs to restore from it, or, with
 * @cold, to boot the same machine from nothing
 */
struct machine_spec template_spec(const struct kit *kit, const struct template *t, bool cold,
				  int payload_fd);

#endif
