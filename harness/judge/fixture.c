// SPDX-License-Identifier: GPL-2.0-only
/*
 * fixture.c - a test's files and random input, and the machine's speed.
 *
 * The random stream depends on the run's seed and the test's name only, so
 * one test run alone gets the same input as in a run of all.
 */
#include "judge.h"
#include "record.h"
#include "subject.h"
#include "suite.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Larger files are the subject's mistake, and would fill the machine. */
#define FILE_MAX (64L << 20)

static uint64_t random_state;

void *xalloc(size_t len)
{
	void *p = calloc(1, len ? len : 1);

	if (!p)
		judge_broken("out of memory");
	return p;
}

char *text_format(const char *fmt, va_list ap)
{
	char *text;

	if (vasprintf(&text, fmt, ap) < 0)
		judge_broken("out of memory");
	return text;
}

char *judge_fmt(const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = text_format(fmt, ap);
	va_end(ap);
	return text;
}

const char *judge_errno_name(int err)
{
	const char *name = strerrorname_np(err);

	return name ? name : judge_fmt("errno %d", err);
}

/* ------------------------------------------------------------------- random */

/* FNV-1a over the name, then splitmix64: small, and good enough for input. */
void random_start(uint64_t seed, const char *test)
{
	uint64_t hash = 0xcbf29ce484222325;

	for (; *test; test++)
		hash = (hash ^ (unsigned char)*test) * 0x100000001b3;
	random_state = hash ^ seed * 0x9e3779b97f4a7c15;
}

uint64_t judge_random(void)
{
	uint64_t z = random_state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

uint32_t judge_below(uint32_t n)
{
	if (!n)
		judge_broken("judge_below(0)");
	return (uint32_t)((judge_random() >> 32) * n >> 32);
}

void judge_random_bytes(void *buf, size_t len)
{
	unsigned char *p = buf;
	uint64_t word;
	size_t n;

	for (; len; p += n, len -= n) {
		word = judge_random();
		n = len < sizeof(word) ? len : sizeof(word);
		memcpy(p, &word, n);
	}
}

char *judge_random_word(size_t n)
{
	char *word = xalloc(n + 1);
	size_t i;

	judge_random_bytes(word, n);
	for (i = 0; i < n; i++)
		word[i] = (char)('a' + (unsigned char)word[i] * 26 / 256);
	return word;
}

/* -------------------------------------------------------------------- files */

void file_write(const char *path, const void *data, size_t len)
{
	/*
	 * Written in place: a program that has the file mapped keeps its
	 * pages. A link a subject left here is never followed.
	 */
	int fd = open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0644);
	const char *p = data;
	size_t done = 0;
	ssize_t n;

	if (fd < 0)
		judge_broken("open %s: %s", path, judge_errno_name(errno));
	while (done < len) {
		n = write(fd, p + done, len - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			judge_call_failed(judge_fmt("write %s", path));
		done += (size_t)n;
	}
	SAFE(ftruncate(fd, (off_t)len));
	SAFE(fchown(fd, SUBJECT_UID, SUBJECT_UID));
	close(fd);
}

struct file file_read(const char *path)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct file f = { NULL, 0 };
	struct stat st;
	ssize_t n;

	if (fd < 0 && errno == ELOOP)
		judge_fail("a regular file", "a symbolic link", "%s is not a regular file.", path);
	if (fd < 0 && errno == ENOENT)
		judge_file_gone(path);
	if (fd < 0)
		judge_broken("open %s: %s", path, judge_errno_name(errno));
	SAFE(fstat(fd, &st));
	if (!S_ISREG(st.st_mode))
		judge_fail("a regular file", NULL, "%s is not a regular file.", path);
	if (st.st_size > FILE_MAX)
		judge_fail(NULL, judge_fmt("%lld bytes", (long long)st.st_size),
			   "%s is far larger than it should be.", path);
	f.data = xalloc((size_t)st.st_size + 1);
	while (f.len < (size_t)st.st_size) {
		n = read(fd, f.data + f.len, (size_t)st.st_size - f.len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			judge_broken("read %s: %s", path, judge_errno_name(errno));
		if (n == 0)
			break;
		f.len += (size_t)n;
	}
	close(fd);
	return f;
}

off_t file_size(const char *path)
{
	struct stat st;

	return lstat(path, &st) < 0 ? -1 : st.st_size;
}

void file_chmod(const char *path, mode_t mode)
{
	SAFE(chmod(path, mode));
}

/* ------------------------------------------------------------------ scratch */

#define SCRATCH_DISK "/dev/vdb"

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	return ftw->level && strcmp(path, SCRATCH_DIR "/lost+found") ? remove(path) : 0;
}

void scratch_mount(void)
{
	if (mkdir(SCRATCH_DIR, 0755) < 0 && errno != EEXIST)
		judge_broken("mkdir " SCRATCH_DIR ": %s", judge_errno_name(errno));
	/* Mounted once for all tests of a machine. */
	if (mount(SCRATCH_DISK, SCRATCH_DIR, "ext4", 0, "") < 0 && errno != EBUSY)
		judge_broken("mount " SCRATCH_DISK ": %s%s", judge_errno_name(errno),
			     errno == ENODEV ? "; this kernel has no ext4 built in" :
					       "; the disk exists in a machine only");
}

const char *scratch_dir(void)
{
	scratch_mount();
	SAFE(nftw(SCRATCH_DIR, remove_entry, 16, FTW_DEPTH | FTW_PHYS));
	return SCRATCH_DIR;
}

/* -------------------------------------------------------------------- speed */

/*
 * What the fixed work takes on the nominal machine: the first time in a
 * process, on a vCPU of QEMU's TCG, on a 2-core host that is half busy.
 */
#define SPEED_NOMINAL_US 1500
#define SPEED_MAX 20.0

static uint64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

/* Computing, and what a suite does most: a new process and its end. Each unit waits for it. */
static uint64_t fixed_work_us(void)
{
	uint64_t start = now_us();
	volatile uint64_t sink;
	unsigned i;
	pid_t pid;

	for (i = 0; i < 50000; i++)
		sink = judge_random();
	(void)sink;
	pid = fork();
	if (pid == 0)
		_exit(0);
	if (pid > 0)
		waitpid(pid, NULL, 0);
	return now_us() - start;
}

double speed_measure(void)
{
	double best = SPEED_MAX, speed;
	int turn;

	/* A slow result may be a moment's: the best of three counts. */
	for (turn = 0; turn < 3 && best > 1.2; turn++) {
		speed = (double)fixed_work_us() / SPEED_NOMINAL_US;
		best = speed < best ? speed : best;
	}
	return best > 1.0 ? best : 1.0;
}

unsigned judge_deadline_ms(unsigned nominal)
{
	return (unsigned)(nominal * suite_env.speed);
}
