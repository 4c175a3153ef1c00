/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kit.h - where the kit's own parts are: folders, kernel, profiles, versions.
 */
#ifndef MMAPLAB_KIT_H
#define MMAPLAB_KIT_H

#include <stddef.h>

#include "err.h"

#define KIT_VERSION "0.1.0"
#define KIT_MAX_PROFILES 8

/** struct profile - one line of vm/profiles.tsv: a kind of machine */
struct profile {
	char *name;
	int cpus;
	int memory_mib;
	char *cmdline; /* appended to the common kernel command line */
};

/**
 * struct kit - the checkout in use; owned by kit_open(), read-only afterwards
 * @root: absolute path of the checkout
 * @preload: build/hugepages.so, for compilers and QEMU, see harness/preload/
 * @kernel: the folder that vm/fetch-kernel filled: $MMAPLAB_KERNEL, else build/kernel
 * @kernel_release: "6.1.0-56-cloud-amd64"
 * @kernel_version: Debian's package version, "6.1.192-2"
 * @kernel_sha256: of the image package, as pinned
 * @qemu_version: first line of `qemu-system-x86_64 --version`
 */
struct kit {
	char *root;
	char *preload;
	char *kernel;
	char *kernel_release;
	char *kernel_version;
	char *kernel_sha256;
	char *qemu_version;
	struct profile profiles[KIT_MAX_PROFILES];
	size_t profiles_count;
};

/**
 * kit_open() - find the checkout, its kernel and its profiles
 * @root: the checkout; NULL takes $MMAPLAB_ROOT, else the folder above the
 *	one that holds the running program
 *
 * Return: 0, or a negative errno with @e saying what is missing and which
 * command makes it. Release with kit_close().
 */
int kit_open(const char *root, struct kit **out, struct err *e);
void kit_close(struct kit *kit);

/** kit_root() - the checkout when nobody names one, as kit_open() finds it; the caller frees, or NULL */
char *kit_root(void);

/** kit_profile() - by name; NULL with @e naming the profiles that exist */
const struct profile *kit_profile(const struct kit *kit, const char *name, struct err *e);

/**
 * kit_path() - printf a path below the checkout into fresh memory (caller
 * frees); never returns NULL
 */
char *kit_path(const struct kit *kit, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/** kit_pattern() - the same for glob(3): what is special in the checkout's own path is not */
char *kit_pattern(const struct kit *kit, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
