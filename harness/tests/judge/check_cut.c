// SPDX-License-Identifier: GPL-2.0-only
/*
 * check_cut.c - a suite that cuts the power of its machine; test_machine.c
 * runs it in a real one. Its subject is busybox.
 */
#include "judge.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define LEN (8 * 4096)

/* A file of LEN equal letters on the scratch disk, safely written. */
static int make_letters(char letter)
{
	char text[LEN];
	int dir = (int)SAFE(open(scratch_dir(), O_RDONLY | O_DIRECTORY));
	int fd = (int)SAFE(openat(dir, "data", O_RDWR | O_CREAT, 0644));

	memset(text, letter, LEN);
	SAFE(pwrite(fd, text, LEN, 0));
	SAFE(fsync(fd));
	SAFE(fsync(dir));
	close(dir);
	return fd;
}

static void overwrite(int fd, char letter)
{
	char text[LEN];

	memset(text, letter, LEN);
	SAFE(pwrite(fd, text, LEN, 0));
}

static const struct revival *cat(unsigned cut)
{
	const struct revival *r =
		after_cut(cut, SUBJECT_ARGV("busybox", "head", "-c", "600", "data"));

	expect_str(r->err, "", "what cat complains of");
	expect_int(r->exit, 0, "exit status of cat");
	return r;
}

START_TEST(only_what_was_synced_survives)
{
	int fd = make_letters('a');
	unsigned before, after;

	overwrite(fd, 'b');
	before = power_cut();
	SAFE(fsync(fd));
	after = power_cut();
	expect_int(cat(before)->out[0], 'a', "first letter, cut before the sync");
	expect_int(cat(after)->out[0], 'b', "first letter, cut after the sync");
	/* The second machine wrote to its disk; the copy is still what it was. */
	expect_int(cat(before)->out[599], 'a', "last letter, cut before the sync, again");
}
END_TEST

START_TEST(torn_cut_mixes_sectors)
{
	int fd = make_letters('a');
	unsigned base = power_cut(), torn, i, new = 0;
	const struct revival *r;

	overwrite(fd, 'b');
	SAFE(sync_file_range(fd, 0, LEN, SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER));
	torn = power_cut_torn(base);
	r = after_cut(torn, SUBJECT_ARGV("busybox", "cat", "data"));
	for (i = 0; i < 16 * 1024 - 16; i += 512) {
		expect_true(strspn(r->out + i, "a") >= 512 || strspn(r->out + i, "b") >= 512 ||
				    i > 15 * 1024,
			    "sector %u is neither old nor new", i / 512);
		new += r->out[i] == 'b';
	}
	expect_true(new > 0 && new < 30, "%u of 31 sectors are new", new);
}
END_TEST

START_TEST(program_after_a_cut_ends_in_its_way)
{
	const struct revival *r;
	unsigned cut;

	close(make_letters('a'));
	cut = power_cut();
	r = after_cut(cut, SUBJECT_ARGV("busybox", "sh", "-c", "kill -9 $$"));
	expect_int(r->signal, SIGKILL, "signal");
	r = after_cut(cut, SUBJECT_ARGV("busybox", "sleep", "1000"));
	expect_true(r->timed_out, "it ended");
	r = after_cut(cut, SUBJECT_ARGV("busybox", "sh", "-c", "id -u; echo x >&2; exit 3"));
	expect_int(r->exit, 3, "exit status");
	expect_str(r->out, "1000\n", "output");
	expect_str(r->err, "x\n", "standard error");
}
END_TEST

/* The host refuses, and the test is broken: must not pass. */
START_TEST(unknown_cut_is_broken)
{
	after_cut(77, SUBJECT_ARGV("busybox", "true"));
}
END_TEST

const struct judge_suite judge_suite = {
	.lab = "cut",
	.tests = {
		JUDGE_TEST(only_what_was_synced_survives),
		JUDGE_TEST(torn_cut_mixes_sectors),
		JUDGE_TEST(program_after_a_cut_ends_in_its_way),
		JUDGE_TEST(unknown_cut_is_broken),
		JUDGE_END,
	},
};
