/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * faultmap_uapi.h - what the driver faultmap and its users agree on. The
 * module and the client tool include this one file, so they cannot disagree.
 *
 * The buffer, as every mapping and every read(2) shows it:
 *
 *	page 0              page 1              page 2
 *	| 0 (8 bytes) 0 0.. | 1 (8 bytes) 0 0.. | 2 (8 bytes) 0 0.. | ...
 *
 * Each page begins with its own number, 8 bytes in the byte order of the
 * machine, and every other byte is 0. This is what it holds when the module is
 * loaded. Afterwards only the programs that map it change it. read(2) gives 0
 * bytes at its end and from any position past it, and takes any count.
 */
#ifndef FAULTMAP_UAPI_H
#define FAULTMAP_UAPI_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define FAULTMAP_NAME "faultmap"
#define FAULTMAP_PATH "/dev/" FAULTMAP_NAME

/**
 * struct faultmap_counts - what happened since the module was loaded
 * @opens: mappings (VMAs) that came to be: by mmap(2), and by all that copies
 *	or splits one, as fork(2), munmap(2) of a part, mremap(2)
 * @closes: mappings that ended, in whatever way
 * @faults: pages that the fault operation handed out
 *
 * @opens - @closes is the number of mappings that exist now.
 */
struct faultmap_counts {
	__u64 opens;
	__u64 closes;
	__u64 faults;
};

/* Store the counts at the address that is the argument; EFAULT if one cannot. */
#define FAULTMAP_GET_COUNTS _IOR('f', 1, struct faultmap_counts)

/*
 * The buffer's memory is given back. From the moment this returns, the buffer
 * has no page: each access through a mapping, old or new, shared or private
 * (a page that was copied on a store, too), of any process, is SIGBUS, and
 * read(2) says that the file ends. Once revoked, always revoked;
 * another REVOKE succeeds, does nothing, and need not wait for the first.
 */
#define FAULTMAP_REVOKE _IO('f', 2)

#endif
