// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_picture.c - pictures: a card that is right, one mistake at a time, and
 * a PNG that an independent reader decodes.
 */
#include <png.h>
#include <stdlib.h>
#include <string.h>

#include "../../labs/14-screen/case.h"
#include "../grade/picture.h"
#include "../grade/util.h"
#include "tests.h"

#define NUMBER 0x1122334455667788
#define NUMBERS 300

static struct screen_case c;
static struct case_page pages[2];
static uint32_t *memory;
static size_t words, row;

/* The memory after a right drawing. */
static void draw(uint64_t number, enum picture_kind kind)
{
	size_t i, count;

	c = case_make(number, kind == PICTURE_FRAMES);
	count = kind == PICTURE_FRAMES ? case_after_frames(&c, pages) : case_after_card(&c, pages);
	words = picture_size(number, kind) / 4;
	row = c.stride / 4;
	free(memory);
	memory = xcalloc(words, 4);
	for (i = 0; i < words; i++)
		memory[i] = case_expected(&c, pages, count, i);
}

START_TEST(every_case_has_room_for_what_is_drawn)
{
	uint64_t n;

	for (n = 0; n < NUMBERS; n++) {
		enum picture_kind kind = n % 2 ? PICTURE_FRAMES : PICTURE_CARD;
		struct picture_difference d;

		draw(NUMBER + n, kind);
		ck_assert_uint_eq(words % 1024, 0);
		ck_assert_uint_le(words, 256 * 1024);
		ck_assert_uint_gt(c.stride, 4 * c.width);
		ck_assert_uint_le(c.line, c.lines - c.height);
		ck_assert_uint_ge(c.lines, 2 * c.height);
		ck_assert_uint_ge(case_size(&c), (uint64_t)c.stride * c.lines);
		/* A size without the padding has fewer pages. */
		ck_assert_uint_lt((4ULL * c.width * c.lines + 4095) / 4096, case_size(&c) / 4096);
		ck_assert(picture_compare(NUMBER + n, kind, memory, &d));
	}
}
END_TEST

static void expect_said(const char *part)
{
	struct picture_difference d;

	ck_assert(!picture_compare(NUMBER, PICTURE_CARD, memory, &d));
	ck_assert_msg(strstr(d.text, part) != NULL, "no \"%s\" in \"%s\"", part, d.text);
	ck_assert_str_ne(d.expected, d.got);
}

/* The card again, each pixel at @place and with @colour. */
static void redraw(size_t (*place)(uint32_t x, uint32_t y), uint32_t (*colour)(uint32_t pixel))
{
	uint32_t x, y;
	size_t i;

	draw(NUMBER, PICTURE_CARD);
	for (i = 0; i < words; i++)
		memory[i] = case_noise(NUMBER, i);
	for (y = 0; y < c.height; y++)
		for (x = 0; x < c.width; x++)
			memory[place(x, y)] = colour(case_pixel(&c.card, c.frame, x, y));
}

static size_t right_place(uint32_t x, uint32_t y)
{
	return (c.line + y) * row + x;
}

static size_t packed(uint32_t x, uint32_t y)
{
	return c.line * row + (size_t)y * c.width + x;
}

static uint32_t right_colour(uint32_t pixel)
{
	return pixel;
}

static uint32_t blue_first(uint32_t pixel)
{
	return (pixel & 0xff00) | pixel >> 16 | (pixel & 255) << 16;
}

static uint32_t big_endian(uint32_t pixel)
{
	return pixel << 8;
}

static uint32_t opaque(uint32_t pixel)
{
	return pixel | 0xff000000;
}

START_TEST(mistakes_are_named)
{
	redraw(right_place, blue_first);
	expect_said("red and blue are exchanged");
	redraw(right_place, big_endian);
	expect_said("wrong order");
	redraw(right_place, opaque);
	expect_said("top byte");
	redraw(packed, right_colour);
	expect_said("stride bytes apart");
	draw(NUMBER, PICTURE_CARD);
	memory[(c.line + 3) * row + c.width] = 0;
	expect_said("padding of line");
	draw(NUMBER, PICTURE_CARD);
	memory[0] = 0;
	expect_said("no line of the picture");
	draw(NUMBER, PICTURE_CARD);
	memory[(c.line + 2) * row + 5] = case_noise(NUMBER, (c.line + 2) * row + 5);
	expect_said("Pixel x 5, y 2");
	expect_said("nothing was stored");
	draw(NUMBER, PICTURE_CARD);
	if (words > row * c.lines) {
		memory[words - 1] ^= 1;
		expect_said("behind the last line");
	}
}
END_TEST

START_TEST(saved_picture_decodes_to_the_memory)
{
	char *path = tests_path("picture.png");
	png_image image = { .version = PNG_IMAGE_VERSION };
	unsigned char *rgb;
	size_t i, size;

	tests_write_text("picture.png", "an older file");
	draw(NUMBER, PICTURE_FRAMES);
	ck_assert_int_eq(picture_save(NUMBER, PICTURE_FRAMES, memory, path, NULL), 0);
	free(tests_read(path, &size));
	ck_assert_uint_lt(size, 1 << 20);
	ck_assert(png_image_begin_read_from_file(&image, path));
	ck_assert_uint_eq(image.width, row);
	ck_assert_uint_eq(image.height, c.lines);
	image.format = PNG_FORMAT_RGB;
	rgb = xcalloc(1, PNG_IMAGE_SIZE(image));
	ck_assert(png_image_finish_read(&image, NULL, rgb, 0, NULL));
	for (i = 0; i < row * c.lines; i++)
		ck_assert_uint_eq((uint32_t)rgb[3 * i] << 16 | (uint32_t)rgb[3 * i + 1] << 8 |
					  rgb[3 * i + 2],
				  memory[i]);
	free(rgb);
}
END_TEST

START_TEST(picture_that_cannot_be_saved_is_an_error)
{
	struct err e = { 0 };

	draw(NUMBER, PICTURE_CARD);
	ck_assert_int_lt(picture_save(NUMBER, PICTURE_CARD, memory, "/dev/null/x.png", &e), 0);
	ck_assert_ptr_nonnull(strstr(e.text, "x.png"));
}
END_TEST

static Suite *make_suite(void)
{
	Suite *s = suite_create("picture");
	TCase *t = tcase_create("all");

	suite_add_tcase(s, t);
	tcase_add_test(t, every_case_has_room_for_what_is_drawn);
	tcase_add_test(t, mistakes_are_named);
	tcase_add_test(t, saved_picture_decodes_to_the_memory);
	tcase_add_test(t, picture_that_cannot_be_saved_is_an_error);
	return s;
}

int main(void)
{
	return tests_main(make_suite);
}
