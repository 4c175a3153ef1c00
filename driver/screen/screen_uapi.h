/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * screen_uapi.h - what the driver screen and its users agree on. The module,
 * the drawing program and the tests include this one file.
 *
 * The memory holds more lines than the screen shows, and a line may be
 * longer than its pixels:
 *
 *	         <----- width pixels ----->
 *	line 0   [ pixel | pixel |  ...   ][ padding ]   <- offset 0
 *	line 1   [ pixel | pixel |  ...   ][ padding ]   <- offset stride
 *	   :
 *	line top [ ===== the first line that is visible ]   <- offset top * stride
 *	   :     [ ===== height lines of them           ]
 *	   :
 *	line lines - 1                                 then up to a whole page
 *
 * A pixel is a 32-bit number 0x00RRGGBB in the machine's own byte order: red,
 * green and blue from 0 to 255, and the top byte 0.
 */
#ifndef SCREEN_UAPI_H
#define SCREEN_UAPI_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define SCREEN_NAME "screen"
#define SCREEN_PATH "/dev/" SCREEN_NAME
#define SCREEN_BITS 32 /* of a pixel */
#define SCREEN_PIXEL 4 /* its bytes */

/**
 * struct screen_geometry - how the memory is laid out
 * @width: pixels in a line
 * @height: lines that are visible at a time
 * @stride: bytes from the beginning of a line to that of the next
 * @lines: lines in the memory, @height or more
 * @bits: bits of a pixel, SCREEN_BITS
 * @top: the line of the memory that is the first visible one
 * @size: bytes that can be mapped: @stride times @lines, up to a whole page
 */
struct screen_geometry {
	__u32 width;
	__u32 height;
	__u32 stride;
	__u32 lines;
	__u32 bits;
	__u32 top;
	__u64 size;
};

/* Fill in a struct screen_geometry. */
#define SCREEN_GEOMETRY _IOR('s', 0x40, struct screen_geometry)
/* From now on this line of the memory, a __u32, is the first visible one. */
#define SCREEN_PAN _IOW('s', 0x41, __u32)

#endif
