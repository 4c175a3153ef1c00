// SPDX-License-Identifier: GPL-2.0-only
/*
 * board.c - right in another way: one text for each slot under a sequence that
 * is odd while a post is under way; posters take turns by flock(2).
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include "board.h"

struct place {
	uint32_t seq; /* twice the number; one more while the text is changed */
	char text[BOARD_TEXT];
};

#define PLACE(b, i) ((struct place *)((char *)(b) + sizeof(struct board_head)) + (i))
#define SIZE(n) (sizeof(struct board_head) + (size_t)(n) * sizeof(struct place))

static int lock(int fd)
{
	int ret;

	do
		ret = flock(fd, LOCK_EX);
	while (ret < 0 && errno == EINTR);
	return ret < 0 ? -errno : 0;
}

static int judge_head(const struct board_head *h, off_t size, unsigned *slots)
{
	if (__atomic_load_n(&h->magic, __ATOMIC_ACQUIRE) == 0)
		return -EAGAIN;
	*slots = h->slots;
	if (h->magic != BOARD_MAGIC || *slots < 1 || *slots > BOARD_SLOTS ||
	    size < (off_t)SIZE(*slots))
		return -EBADMSG;
	return 0;
}

/* Map it whole; *size receives the length. NULL with *err set. */
static void *get(int fd, int prot, off_t *size, int *err)
{
	struct stat st;
	void *p = NULL;

	*err = fstat(fd, &st) ? -errno : 0;
	if (!*err && st.st_size == 0)
		*err = -EAGAIN;
	if (!*err && st.st_size < (off_t)sizeof(struct board_head))
		*err = -EBADMSG;
	if (*err)
		return NULL;
	p = mmap(NULL, st.st_size, prot, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED) {
		*err = -errno;
		return NULL;
	}
	*size = st.st_size;
	return p;
}

int board_init(const char *path, unsigned slots)
{
	unsigned there, i;
	off_t size;
	void *b;
	int fd, err;

	if (slots - 1 >= BOARD_SLOTS)
		return -EINVAL;
	fd = open(path, O_RDWR | O_CREAT, 0644);
	if (fd < 0)
		return -errno;
	err = lock(fd);
	if (err)
		goto out;
	b = get(fd, PROT_READ, &size, &err);
	if (b) {
		err = judge_head(b, size, &there);
		if (!err && there != slots)
			err = -EEXIST;
		munmap(b, size);
	}
	if (err != -EAGAIN)
		goto out;
	err = 0;
	if (ftruncate(fd, SIZE(slots)) || posix_fallocate(fd, 0, SIZE(slots))) {
		err = -ENOSPC;
		goto out;
	}
	b = get(fd, PROT_READ | PROT_WRITE, &size, &err);
	if (!b)
		goto out;
	for (i = 0; i < slots; i++) {
		PLACE(b, i)->seq = 0;
		board_copy(PLACE(b, i)->text, BOARD_BLANK, sizeof(BOARD_BLANK));
	}
	((struct board_head *)b)->slots = slots;
	__atomic_store_n(&((struct board_head *)b)->magic, BOARD_MAGIC, __ATOMIC_SEQ_CST);
	munmap(b, size);
out:
	close(fd); /* and the lock goes */
	return err;
}

int board_post(const char *path, unsigned slot, const char *text)
{
	int fd, err;
	unsigned slots;
	off_t size;
	void *b;

	if (strnlen(text, BOARD_TEXT) == BOARD_TEXT)
		return -EMSGSIZE;
	fd = open(path, O_RDWR);
	if (fd < 0)
		return -errno;
	b = get(fd, PROT_READ | PROT_WRITE, &size, &err);
	if (!b) {
		close(fd);
		return err;
	}
	err = judge_head(b, size, &slots);
	if (!err && slot >= slots)
		err = -EINVAL;
	if (!err)
		err = lock(fd);
	if (!err) {
		struct place *p = PLACE(b, slot);

		/* Odd already, if the last poster was killed: then it stays. */
		__atomic_store_n(&p->seq, p->seq | 1, __ATOMIC_SEQ_CST);
		board_copy(p->text, text, strlen(text) + 1);
		__atomic_store_n(&p->seq, p->seq + 1, __ATOMIC_SEQ_CST);
		syscall(SYS_futex, &p->seq, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
	}
	munmap(b, size);
	close(fd);
	return err;
}

static long long ms_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

int board_wait(const char *path, unsigned slot, uint32_t seen, unsigned timeout_ms,
	       struct board_message *msg)
{
	long long until = ms_now() + timeout_ms + (timeout_ms > 0), left;
	int fd = open(path, O_RDONLY), err;
	struct board_message m;
	struct place *p;
	unsigned slots;
	off_t size;
	void *b;

	if (fd < 0)
		return -errno;
	b = get(fd, PROT_READ, &size, &err);
	close(fd);
	if (!b)
		return err;
	err = judge_head(b, size, &slots);
	if (!err && slot >= slots)
		err = -EINVAL;
	p = PLACE(b, slot);
	while (!err) {
		uint32_t seq = __atomic_load_n(&p->seq, __ATOMIC_SEQ_CST);

		if (!(seq & 1)) {
			/* Copied first, and looked at then, as seqlocks are read. */
			board_copy(m.text, p->text, BOARD_TEXT);
			if (__atomic_load_n(&p->seq, __ATOMIC_SEQ_CST) != seq) {
				if (ms_now() >= until)
					err = -ETIMEDOUT;
				continue;
			}
			if (seq / 2 != (seen & 0x7fffffff)) {
				m.text[BOARD_TEXT - 1] = 0;
				m.number = seq / 2;
				*msg = m;
				break;
			}
		}
		left = until - ms_now();
		if (left <= 0) {
			err = -ETIMEDOUT;
			break;
		}
		board_going_to_sleep();
		syscall(SYS_futex, &p->seq, FUTEX_WAIT, seq,
			&(struct timespec){ left / 1000, left % 1000 * 1000000 }, NULL, 0);
	}
	munmap(b, size);
	return err;
}
