// SPDX-License-Identifier: GPL-2.0-only
/*
 * board.c - right in another way: the number is stored by pwrite(2), which who
 * waits hears of by inotify(7). Texts in turn, posters by a lock of the file.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "board.h"

#define TEXTS 4

struct entry {
	uint32_t number;
	char text[TEXTS][BOARD_TEXT];
};

struct whole {
	struct board_head head;
	struct entry entry[BOARD_SLOTS];
};

struct open_board {
	int fd;
	struct whole *w;
	size_t size;
	unsigned slots;
};

static void leave(struct open_board *o)
{
	if (o->w)
		munmap(o->w, o->size);
	if (o->fd >= 0)
		close(o->fd);
}

static int turn(int fd)
{
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	while (fcntl(fd, F_OFD_SETLKW, &l) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

/* Everything but the slot; o is to be left in any case. */
static int enter(const char *path, int flags, struct open_board *o)
{
	struct stat st;
	uint64_t magic;

	*o = (struct open_board){ open(path, flags, 0644), NULL, 0, 0 };
	if (o->fd < 0 || fstat(o->fd, &st) < 0)
		return -errno;
	if (!st.st_size)
		return -EAGAIN;
	if ((size_t)st.st_size < sizeof(struct board_head))
		return -EBADMSG;
	o->size = st.st_size;
	o->w = mmap(NULL, o->size, (flags & O_ACCMODE) == O_RDWR ? PROT_READ | PROT_WRITE : PROT_READ,
		    MAP_SHARED, o->fd, 0);
	if (o->w == MAP_FAILED) {
		o->w = NULL;
		return -errno;
	}
	magic = __atomic_load_n(&o->w->head.magic, __ATOMIC_ACQUIRE);
	if (!magic)
		return -EAGAIN;
	o->slots = o->w->head.slots;
	if (magic != BOARD_MAGIC || !o->slots || o->slots > BOARD_SLOTS ||
	    o->size < offsetof(struct whole, entry) + o->slots * sizeof(struct entry))
		return -EBADMSG;
	return 0;
}

int board_init(const char *path, unsigned slots)
{
	struct open_board o;
	struct whole *w;
	size_t size;
	unsigned i;
	int err, fd;

	if (!slots || slots > BOARD_SLOTS)
		return -EINVAL;
	fd = open(path, O_RDWR | O_CREAT, 0644);
	if (fd < 0)
		return -errno;
	err = turn(fd);
	if (err) {
		close(fd);
		return err;
	}
	err = enter(path, O_RDWR, &o);
	if (!err && o.slots != slots)
		err = -EEXIST;
	leave(&o);
	if (err == -EAGAIN) {
		size = offsetof(struct whole, entry) + slots * sizeof(struct entry);
		/* Made in memory of its own, then written; the magic by itself. */
		w = calloc(1, size);
		err = w ? 0 : -ENOMEM;
		for (i = 0; !err && i < slots; i++)
			board_copy(w->entry[i].text[0], BOARD_BLANK, sizeof(BOARD_BLANK));
		if (!err) {
			w->head.slots = slots;
			if (pwrite(fd, w, size, 0) != (ssize_t)size)
				err = -ENOSPC;
			w->head.magic = BOARD_MAGIC;
			if (!err && pwrite(fd, w, sizeof(w->head.magic), 0) != sizeof(w->head.magic))
				err = -EIO;
		}
		free(w);
	}
	close(fd);
	return err;
}

int board_post(const char *path, unsigned slot, const char *text)
{
	struct open_board o;
	struct entry *s;
	uint32_t next;
	int err;

	if (strlen(text) >= BOARD_TEXT)
		return -EMSGSIZE;
	err = enter(path, O_RDWR, &o);
	if (!err && slot >= o.slots)
		err = -EINVAL;
	if (!err)
		err = turn(o.fd);
	if (!err) {
		s = &o.w->entry[slot];
		next = s->number + 1;
		board_copy(s->text[next % TEXTS], text, strlen(text) + 1);
		if (pwrite(o.fd, &next, sizeof(next), (char *)&s->number - (char *)o.w) !=
		    sizeof(next))
			err = -errno;
	}
	leave(&o);
	return err;
}

static int64_t clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

int board_wait(const char *path, unsigned slot, uint32_t seen, unsigned timeout_ms,
	       struct board_message *msg)
{
	int64_t until = clock_ms() + timeout_ms + (timeout_ms > 0);
	struct board_message m;
	struct open_board o;
	char events[4096];
	int err, in = -1;

	err = enter(path, O_RDONLY, &o);
	if (!err && slot >= o.slots)
		err = -EINVAL;
	if (!err) {
		/* From here on nothing is missed, so look only now. */
		in = inotify_init1(IN_NONBLOCK);
		if (in < 0 || inotify_add_watch(in, path, IN_MODIFY) < 0)
			err = -errno;
	}
	while (!err) {
		struct entry *s = &o.w->entry[slot];
		struct pollfd p = { in, POLLIN, 0 };
		int64_t left;

		m.number = __atomic_load_n(&s->number, __ATOMIC_ACQUIRE);
		if (m.number != seen) {
			board_copy(m.text, s->text[m.number % TEXTS], BOARD_TEXT);
			m.text[BOARD_TEXT - 1] = '\0';
			/* The text is another's from the fourth post on. */
			if (__atomic_load_n(&s->number, __ATOMIC_ACQUIRE) - m.number < TEXTS - 1) {
				*msg = m;
				break;
			}
			if (clock_ms() >= until)
				err = -ETIMEDOUT;
			continue;
		}
		left = until - clock_ms();
		if (left <= 0) {
			err = -ETIMEDOUT;
			break;
		}
		/* Nothing is mapped and no file open while it sleeps. */
		leave(&o);
		board_going_to_sleep();
		if (poll(&p, 1, (int)left) > 0)
			while (read(in, events, sizeof(events)) > 0)
				;
		err = enter(path, O_RDONLY, &o);
	}
	if (in >= 0)
		close(in);
	leave(&o);
	return err;
}
