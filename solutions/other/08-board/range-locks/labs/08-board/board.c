// SPDX-License-Identifier: GPL-2.0-only
/*
 * board.c - right in another way: posters lock their slot's bytes of the file
 * (fcntl), and the newest of eight texts is known by a number of its own.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include "board.h"

#define KEPT 8

struct note {
	_Atomic uint32_t number;
	char text[BOARD_TEXT];
};

struct box {
	_Atomic uint32_t newest;
	struct note note[KEPT];
};

static struct box *boxes(void *map)
{
	return (struct box *)((struct board_head *)map + 1);
}

static size_t bytes(unsigned slots)
{
	return sizeof(struct board_head) + slots * sizeof(struct box);
}

static int whole(const void *map, size_t len, unsigned *slots)
{
	const struct board_head *h = map;
	uint64_t magic = *(const volatile uint64_t *)&h->magic;

	if (magic == 0)
		return -EAGAIN;
	*slots = *(const volatile uint32_t *)&h->slots;
	if (magic != BOARD_MAGIC || *slots == 0 || *slots > BOARD_SLOTS || len < bytes(*slots))
		return -EBADMSG;
	return 0;
}

static int range_lock(int fd, off_t from, off_t len)
{
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = from, .l_len = len };
	int ret;

	while ((ret = fcntl(fd, F_SETLKW, &l)) < 0 && errno == EINTR)
		;
	return ret < 0 ? -errno : 0;
}

static int map_it(int fd, int prot, void **map, size_t *len)
{
	struct stat st;

	*map = NULL;
	if (fstat(fd, &st) < 0)
		return -errno;
	*len = (size_t)st.st_size;
	if (*len == 0)
		return -EAGAIN;
	if (*len < sizeof(struct board_head))
		return -EBADMSG;
	*map = mmap(NULL, *len, prot, MAP_SHARED, fd, 0);
	if (*map == MAP_FAILED) {
		*map = NULL;
		return -errno;
	}
	return 0;
}

int board_init(const char *path, unsigned slots)
{
	unsigned there = 0, i;
	void *map = NULL;
	size_t len = 0;
	int fd, err;

	if (slots < 1 || slots > BOARD_SLOTS)
		return -EINVAL;
	fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0664);
	if (fd < 0)
		return -errno;
	/* The head's bytes are the lock of those who make the board. */
	err = range_lock(fd, 0, sizeof(struct board_head));
	if (!err)
		err = map_it(fd, PROT_READ, &map, &len);
	if (map) {
		err = whole(map, len, &there);
		munmap(map, len);
		map = NULL;
	}
	if (!err && there != slots)
		err = -EEXIST;
	if (err == -EAGAIN) {
		err = ftruncate(fd, 0) < 0 || ftruncate(fd, (off_t)bytes(slots)) < 0 ? -errno : 0;
		if (!err)
			err = map_it(fd, PROT_READ | PROT_WRITE, &map, &len);
		for (i = 0; !err && i < slots; i++)
			board_copy(boxes(map)[i].note[0].text, BOARD_BLANK, sizeof(BOARD_BLANK));
		if (!err) {
			((struct board_head *)map)->slots = slots;
			atomic_thread_fence(memory_order_seq_cst);
			*(volatile uint64_t *)map = BOARD_MAGIC;
		}
		if (map)
			munmap(map, len);
	}
	close(fd);
	return err;
}

int board_post(const char *path, unsigned slot, const char *text)
{
	size_t n = strnlen(text, BOARD_TEXT), len = 0;
	unsigned slots = 0;
	struct note *note;
	struct box *box;
	void *map = NULL;
	uint32_t next;
	int fd, err;

	if (n == BOARD_TEXT)
		return -EMSGSIZE;
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = map_it(fd, PROT_READ | PROT_WRITE, &map, &len);
	if (!err)
		err = whole(map, len, &slots);
	if (!err && slot >= slots)
		err = -EINVAL;
	if (!err)
		err = range_lock(fd, (char *)&boxes(map)[slot] - (char *)map, sizeof(struct box));
	if (!err) {
		box = &boxes(map)[slot];
		next = box->newest + 1;
		note = &box->note[next % KEPT];
		note->number = UINT32_MAX; /* nobody takes it from now on */
		board_copy(note->text, text, n + 1);
		note->number = next;
		box->newest = next;
		syscall(SYS_futex, &box->newest, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
	}
	if (map)
		munmap(map, len);
	close(fd);
	return err;
}

static int take(struct box *box, uint32_t number, struct board_message *msg)
{
	struct note *note = &box->note[number % KEPT];
	char text[BOARD_TEXT];

	board_copy(text, note->text, BOARD_TEXT);
	text[BOARD_TEXT - 1] = 0;
	atomic_thread_fence(memory_order_seq_cst);
	if (note->number != number)
		return 0;
	msg->number = number;
	memcpy(msg->text, text, BOARD_TEXT);
	return 1;
}

int board_wait(const char *path, unsigned slot, uint32_t seen, unsigned timeout_ms,
	       struct board_message *msg)
{
	struct timespec t, at;
	unsigned slots = 0;
	void *map = NULL;
	size_t len = 0;
	struct box *box;
	uint32_t now;
	int fd, err;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_nsec += timeout_ms % 1000 * 1000000L;
	t.tv_sec += timeout_ms / 1000 + t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = map_it(fd, PROT_READ, &map, &len);
	close(fd);
	if (!err)
		err = whole(map, len, &slots);
	if (!err && slot >= slots)
		err = -EINVAL;
	while (!err) {
		box = &boxes(map)[slot];
		now = box->newest;
		if (now != seen && take(box, now, msg))
			break;
		/* A note that cannot be taken means a newer one, or a damaged file. */
		clock_gettime(CLOCK_MONOTONIC, &at);
		if (now != seen && box->newest != now &&
		    (at.tv_sec < t.tv_sec || (at.tv_sec == t.tv_sec && at.tv_nsec < t.tv_nsec)))
			continue;
		if (now != seen) {
			err = -ETIMEDOUT;
			break;
		}
		board_going_to_sleep();
		if (syscall(SYS_futex, &box->newest, FUTEX_WAIT_BITSET, now, &t, NULL,
			    FUTEX_BITSET_MATCH_ANY) < 0 && errno == ETIMEDOUT)
			err = -ETIMEDOUT;
	}
	if (map)
		munmap(map, len);
	return err;
}
