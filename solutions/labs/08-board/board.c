/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * board.c - a notice board in a file, for programs that know nothing of each
 * other but its name.
 *
 * The contract of each function stands in board.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "board.h"
#ifdef STARTER

/*
 * TODO (damaged_file_is_refused, nothing_stays_behind): hold for all three
 * functions; see README tasks 3 and 6. What lies behind the head of the file is yours
 * to declare, and helper functions of your own, declared static, go here, too.
 */
#else

/*
 * One slot. Two texts, so that a post never touches the one that readers are
 * told of: text[number % 2] is the message, the other is for the next post.
 * A poster that is killed leaves only the other one half done, which nobody
 * reads. There is no address in here: each process has the file elsewhere.
 */
struct slot {
	pthread_mutex_t posters; /* they take turns; readers may not write, so never lock */
	_Atomic uint32_t number; /* also the word that readers sleep on */
	char text[2][BOARD_TEXT];
};

struct board {
	struct board_head head;
	struct slot slot[];
};

static size_t size_for(uint32_t slots)
{
	return sizeof(struct board) + slots * sizeof(struct slot);
}

/*
 * Is this mapped file a board? Everything in it may be wrong: whoever may
 * write to it may have written anything, and may write again at any moment, so
 * the number of slots is read once and handed on. The magic comes first, since
 * nothing else may be relied on while it is 0.
 */
static int check(const struct board *b, size_t len, uint32_t *slots)
{
	uint64_t magic = __atomic_load_n(&b->head.magic, __ATOMIC_ACQUIRE);

	if (magic == 0)
		return -EAGAIN;
	if (magic != BOARD_MAGIC)
		return -EBADMSG;
	*slots = __atomic_load_n(&b->head.slots, __ATOMIC_RELAXED);
	/* The upper limit first: with it, the size cannot overflow. */
	if (*slots == 0 || *slots > BOARD_SLOTS || len < size_for(*slots))
		return -EBADMSG;
	return 0;
}

/*
 * Map a file as a board. The file's size is asked for first: behind its last
 * page, memory that is mapped but touched gives SIGBUS, not an errno.
 *
 * Return: 0, -EAGAIN with nothing mapped for an empty file, or an errno.
 */
static int map_file(int fd, bool write, struct board **board, size_t *len)
{
	struct stat st;
	void *p;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_size == 0)
		return -EAGAIN;
	if ((size_t)st.st_size < sizeof(struct board_head))
		return -EBADMSG;
	p = mmap(NULL, (size_t)st.st_size, PROT_READ | (write ? PROT_WRITE : 0), MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return -errno;
	*board = p;
	*len = (size_t)st.st_size;
	return 0;
}

/* Open, map and check a board, and find a slot of it. */
static int attach(const char *path, unsigned slot, bool write, struct board **board, size_t *len)
{
	int err, fd = open(path, (write ? O_RDWR : O_RDONLY) | O_CLOEXEC);
	uint32_t slots;

	if (fd < 0)
		return -errno;
	err = map_file(fd, write, board, len);
	close(fd); /* the mapping stays */
	if (err)
		return err;
	err = check(*board, *len, &slots);
	if (!err && slot >= slots)
		err = -EINVAL;
	if (err)
		munmap(*board, *len);
	return err;
}

/*
 * Fill a new board. Robust, so that the next poster learns that the one before
 * was killed; process-shared, so that posters are found by memory, not by
 * address. The magic goes in last: with it, the board is there.
 */
static void fill(struct board *b, uint32_t slots)
{
	pthread_mutexattr_t attr;
	uint32_t i;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	for (i = 0; i < slots; i++) {
		memset(&b->slot[i], 0, sizeof(b->slot[i]));
		pthread_mutex_init(&b->slot[i].posters, &attr);
		board_copy(b->slot[i].text[0], BOARD_BLANK, sizeof(BOARD_BLANK));
	}
	pthread_mutexattr_destroy(&attr);
	b->head.slots = slots;
	__atomic_store_n(&b->head.magic, BOARD_MAGIC, __ATOMIC_RELEASE);
}

/* Make the board in a file that is empty, or that a killed process left. */
static int make(int fd, uint32_t slots)
{
	struct board *b;
	size_t len;
	int err;

	/* With its blocks: a store into a hole of a full disk would be SIGBUS. */
	err = -posix_fallocate(fd, 0, (off_t)size_for(slots));
	if (!err)
		err = map_file(fd, true, &b, &len);
	if (err)
		return err;
	fill(b, slots);
	munmap(b, len);
	return 0;
}
#endif

int board_init(const char *path, unsigned slots)
{
#ifdef STARTER
	/*
	 * TODO (post_reaches_other_program, second_init_keeps_posts,
	 * half_made_board_is_not_used): make the board, once; see README tasks
	 * 1 and 2.
	 */
	(void)path;
	(void)slots;
	return -ENOSYS;
#else
	struct board *b;
	uint32_t there;
	size_t len;
	int fd, err;

	if (slots == 0 || slots > BOARD_SLOTS)
		return -EINVAL;
	/* Never O_TRUNC: the file may be a board, and in use. */
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (fd < 0)
		return -errno;
	/*
	 * Who has the lock makes the board; who comes second finds it ready.
	 * The kernel takes the lock from a process that is killed, so that an
	 * unfinished board here has nobody at work on it.
	 */
	while (flock(fd, LOCK_EX) < 0)
		if (errno != EINTR) {
			err = -errno;
			goto out;
		}
	err = map_file(fd, false, &b, &len);
	if (!err) {
		err = check(b, len, &there);
		if (!err && there != slots)
			err = -EEXIST;
		munmap(b, len);
	}
	if (err == -EAGAIN)
		err = make(fd, slots);
out:
	close(fd);
	return err;
#endif
}
#ifndef STARTER

static long futex(const _Atomic uint32_t *word, int op, uint32_t value, const struct timespec *until)
{
	return syscall(SYS_futex, word, op, value, until, NULL, FUTEX_BITSET_MATCH_ANY);
}

/*
 * Take the turn. When its last owner was killed, the kernel hands the lock on
 * with EOWNERDEAD. Nothing has to be mended then, since the number still names
 * the text before; without pthread_mutex_consistent() the lock would be of no
 * use any more after this turn.
 */
static int take_turn(struct slot *s)
{
	int err = pthread_mutex_lock(&s->posters);

	if (err == EOWNERDEAD)
		err = pthread_mutex_consistent(&s->posters);
	return -err;
}
#endif

int board_post(const char *path, unsigned slot, const char *text)
{
#ifdef STARTER
	/*
	 * TODO (post_reaches_other_program, bounds_are_kept,
	 * half_post_is_not_seen, posters_take_turns,
	 * killed_poster_is_survived): put the text into the slot, let its
	 * number grow, wake who waits; see README tasks 1, 5 and 6.
	 */
	(void)path;
	(void)slot;
	(void)text;
	return -ENOSYS;
#else
	size_t n = strlen(text) + 1, len;
	struct board *b;
	struct slot *s;
	uint32_t next;
	int err;

	if (n > BOARD_TEXT)
		return -EMSGSIZE;
	err = attach(path, slot, true, &b, &len);
	if (err)
		return err;
	s = &b->slot[slot];
	err = take_turn(s);
	if (!err) {
		next = atomic_load(&s->number) + 1;
		board_copy(s->text[next % 2], text, n);
		/* Only now: from this store on, readers take the new text. */
		atomic_store(&s->number, next);
		/* All that sleep on this word; no FUTEX_PRIVATE_FLAG, they are others. */
		futex(&s->number, FUTEX_WAKE, INT_MAX, NULL);
		pthread_mutex_unlock(&s->posters);
	}
	munmap(b, len);
	return err;
#endif
}
#ifndef STARTER

/*
 * Take the message with this number. There is no lock against posters, so
 * look afterwards whether one of them came by: the next post but one takes the
 * place of this text, and before it begins, the number has changed.
 *
 * Return: whether the text is whole.
 */
static bool take(struct slot *s, uint32_t number, struct board_message *m)
{
	board_copy(m->text, s->text[number % 2], BOARD_TEXT);
	/* In a damaged file, it may not be closed. */
	m->text[BOARD_TEXT - 1] = '\0';
	m->number = number;
	atomic_thread_fence(memory_order_acquire);
	return atomic_load(&s->number) == number;
}

static struct timespec from_now(unsigned ms)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += ms / 1000;
	t.tv_nsec += ms % 1000 * 1000000L;
	if (t.tv_nsec >= 1000000000) {
		t.tv_sec++;
		t.tv_nsec -= 1000000000;
	}
	return t;
}

static bool is_over(const struct timespec *until)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (until->tv_sec - t.tv_sec) * 1000000000L + until->tv_nsec <= t.tv_nsec;
}
#endif

int board_wait(const char *path, unsigned slot, uint32_t seen, unsigned timeout_ms,
	       struct board_message *msg)
{
#ifdef STARTER
	/*
	 * TODO (watcher_is_woken, no_post_is_missed, wait_ends_at_timeout,
	 * watcher_needs_no_write_access, text_is_read_whole): sleep until the
	 * slot has another number, and take its text; see README tasks 1, 4
	 * and 5.
	 */
	(void)path;
	(void)slot;
	(void)seen;
	(void)timeout_ms;
	(void)msg;
	return -ENOSYS;
#else
	/* A point in time, so that waking up in between adds nothing to it. */
	struct timespec until = from_now(timeout_ms);
	struct board_message m;
	struct board *b;
	struct slot *s;
	uint32_t number;
	size_t len;
	int err;

	err = attach(path, slot, false, &b, &len);
	if (err)
		return err;
	s = &b->slot[slot];
	for (;;) {
		number = atomic_load(&s->number);
		if (number != seen) {
			if (take(s, number, &m)) {
				*msg = m;
				break;
			}
			/* Others may post without end: the time ends that as well. */
			if (is_over(&until)) {
				err = -ETIMEDOUT;
				break;
			}
			continue;
		}
		board_going_to_sleep();
		/*
		 * The kernel compares the word with the number that was looked
		 * at: if a post came since, it does not sleep (EAGAIN). The
		 * word need only be readable.
		 */
		if (futex(&s->number, FUTEX_WAIT_BITSET, number, &until) < 0 && errno != EAGAIN &&
		    errno != EINTR) {
			err = -errno; /* ETIMEDOUT */
			break;
		}
	}
	munmap(b, len);
	return err;
#endif
}
