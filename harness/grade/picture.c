// SPDX-License-Identifier: GPL-2.0-only
/*
 * picture.c - compares and saves what was drawn, see picture.h.
 */
#include "picture.h"

#include <byteswap.h>
#include <fcntl.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../labs/14-screen/case.h"
#include "util.h"

#define INSIDE_MAX (2 << 20)

/* A case, and where its pages are once it has been drawn. */
struct drawn {
	struct screen_case c;
	struct case_page pages[2];
	size_t count;
	size_t row; /* pixels of a line with its padding */
	size_t words; /* pixels that memory has room for, up to a whole page */
};

static struct drawn drawn(uint64_t number, enum picture_kind kind)
{
	struct drawn d = { .c = case_make(number, kind == PICTURE_FRAMES) };

	d.count = kind == PICTURE_FRAMES ? case_after_frames(&d.c, d.pages) :
					   case_after_card(&d.c, d.pages);
	d.row = d.c.stride / sizeof(uint32_t);
	d.words = case_size(&d.c) / sizeof(uint32_t);
	return d;
}

size_t picture_size(uint64_t number, enum picture_kind kind)
{
	return drawn(number, kind).words * sizeof(uint32_t);
}

/* ---------------------------------------------------------------- compare */

static uint32_t wanted(const struct drawn *d, size_t at)
{
	return case_expected(&d->c, d->pages, d->count, at);
}

/* Would the memory be right if lines followed each other without padding? */
static bool is_packed(const struct drawn *d, const struct case_page *p, const uint32_t *memory,
		      size_t at)
{
	size_t first[] = { p->line * d->row, (size_t)p->line * d->c.width }, i, k;

	for (i = 0; i < 2; i++) {
		bool right = at >= first[i];

		for (k = at; right && k < at + 8 && k < d->words; k++) {
			size_t y = (k - first[i]) / d->c.width, x = (k - first[i]) % d->c.width;

			right = y < d->c.height &&
				memory[k] ==
					case_pixel(&d->c.card, p->frame, (uint32_t)x, (uint32_t)y);
		}
		if (right)
			return true;
	}
	return false;
}

/* The likely mistake behind a pixel of the picture, or "". */
static const char *mistake(const struct drawn *d, const struct case_page *p, const uint32_t *memory,
			   size_t at)
{
	uint32_t want = wanted(d, at), got = memory[at];
	uint32_t swapped = (want & 0xff00) | want >> 16 | (want & 0xff) << 16;
	uint32_t y = (uint32_t)(at / d->row) - p->line, x = (uint32_t)(at % d->row);

	if (got == case_noise(d->c.number, at))
		return ": nothing was stored there (in this memory, and not in a private copy?)";
	if (is_packed(d, p, memory, at))
		return ": lines lie stride bytes apart, not width times 4";
	if (got == swapped)
		return ": red and blue are exchanged";
	if (got == bswap_32(want) || got == want << 8)
		return ": its bytes are in the wrong order; a pixel is one number of 32 bits";
	if ((got & 0xffffff) == want)
		return ": the top byte is not 0";
	if (p->frame && got == case_pixel(&d->c.card, p->frame - 1, x, y))
		return ": it is that of the frame before";
	if (got == case_pixel(&d->c.card, p->frame + 1, x, y))
		return ": it is that of the next frame";
	return "";
}

static void name_colour(char *out, size_t size, uint32_t pixel)
{
	snprintf(out, size, "0x%08x (red %u, green %u, blue %u)", pixel, pixel >> 16 & 255,
		 pixel >> 8 & 255, pixel & 255);
}

/* A pixel that is none of the picture's, and has changed. */
static void name_outside(const struct drawn *d, size_t at, struct picture_difference *out)
{
	size_t line = at / d->row, x = at % d->row;

	if (line >= d->c.lines)
		snprintf(out->text, sizeof(out->text),
			 "Something was stored behind the last line of the memory.");
	else if (x >= d->c.width)
		snprintf(out->text, sizeof(out->text),
			 "Something was stored into the padding of line %zu, %zu bytes behind its "
			 "last pixel: a line has %u pixels, whatever the stride is.",
			 line, 4 * (x - d->c.width), d->c.width);
	else
		snprintf(out->text, sizeof(out->text),
			 "Something was stored into line %zu of the memory (at x %zu), which is no "
			 "line of the picture: that has the %u lines from %u on.",
			 line, x, d->c.height, d->pages[0].line);
}

bool picture_compare(uint64_t number, enum picture_kind kind, const uint32_t *memory,
		     struct picture_difference *out)
{
	struct drawn d = drawn(number, kind);
	const struct case_page *p;
	size_t at, outside = d.words;

	/* A pixel of the picture says more than what lies beside it. */
	for (at = 0; at < d.words; at++) {
		p = case_page_at(&d.c, d.pages, d.count, at);
		if (memory[at] == wanted(&d, at))
			continue;
		if (p)
			break;
		if (outside == d.words)
			outside = at;
	}
	if (at == d.words && outside == d.words)
		return true;
	if (at == d.words) {
		at = outside;
		name_outside(&d, at, out);
	} else {
		size_t line = at / d.row;

		snprintf(out->text, sizeof(out->text),
			 "Pixel x %zu, y %zu of frame %u, in line %zu of the memory, has another "
			 "colour%s.",
			 at % d.row, line - p->line, p->frame, line, mistake(&d, p, memory, at));
	}
	name_colour(out->expected, sizeof(out->expected), wanted(&d, at));
	name_colour(out->got, sizeof(out->got), memory[at]);
	return false;
}

/* ------------------------------------------------------------------- save */

int picture_save(uint64_t number, enum picture_kind kind, const uint32_t *memory, const char *path,
		 struct err *e)
{
	struct drawn d = drawn(number, kind);
	size_t pixels = d.row * d.c.lines, i;
	png_image image = { .version = PNG_IMAGE_VERSION,
			    .width = (png_uint_32)d.row,
			    .height = d.c.lines,
			    .format = PNG_FORMAT_RGB };
	png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
	unsigned char *rgb = xcalloc(pixels, 3), *png = xcalloc(1, size);
	int ret;

	for (i = 0; i < pixels; i++) {
		rgb[3 * i] = (unsigned char)(memory[i] >> 16);
		rgb[3 * i + 1] = (unsigned char)(memory[i] >> 8);
		rgb[3 * i + 2] = (unsigned char)memory[i];
	}
	if (png_image_write_to_memory(&image, png, &size, 0, rgb, 0, NULL))
		ret = write_file_atomic(path, png, size, e);
	else
		ret = err_set(e, EIO, "make the picture %s: %.60s", path, image.message);
	free(png);
	free(rgb);
	return ret;
}

char *picture_inside(const char *path)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	unsigned char *png = NULL;
	char *text, *out = NULL;
	struct stat st;

	if (fd >= 0 && !fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_size >= 8 &&
	    st.st_size <= INSIDE_MAX) {
		png = xcalloc(1, (size_t)st.st_size);
		if (read(fd, png, (size_t)st.st_size) == st.st_size && !png_sig_cmp(png, 0, 8)) {
			text = base64_text(png, (size_t)st.st_size);
			out = xasprintf(PICTURE_INSIDE "%s", text);
			free(text);
		}
	}
	if (fd >= 0)
		close(fd);
	free(png);
	return out;
}
