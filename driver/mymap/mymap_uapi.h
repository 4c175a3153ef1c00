/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mymap_uapi.h - what the driver mymap and its users agree on. The module
 * and the client tool include this one file, so they cannot disagree.
 *
 * The buffer, as every mapping and every read(2) shows it:
 *
 *	byte 0                    9 10                        pages * page size
 *	     | 0 1 2 3 4 5 6 7 8 9 | 0 0 0 0 0 ...            |
 *
 * This is what it holds when the module is loaded. Afterwards only the
 * programs that map it change it, and all of them see the same bytes.
 */
#ifndef MYMAP_UAPI_H
#define MYMAP_UAPI_H

#include <linux/ioctl.h>

#define MYMAP_NAME "mymap"
#define MYMAP_PATH "/dev/" MYMAP_NAME
#define MYMAP_TEN 10		/* bytes 0 .. 9 hold 0, 1, ... 9 at first */

/*
 * ioctl(fd, MYMAP_RESIZE, (unsigned long)pages): the buffer becomes one of that many
 * pages, which holds what a buffer holds when the module is loaded.
 */
#define MYMAP_RESIZE _IO('m', 1)

#endif
