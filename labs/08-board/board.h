/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * board.h - a notice board in a file, through which programs talk that know
 * nothing of each other but the file's name.
 *
 * The contract between main.c (given) and board.c (yours). A board has slots,
 * each with one message: a text and a number, which says how often something
 * was posted there. Who waits for a message says which number it knows.
 *
 *	byte of the file
 *	0         8         12        16
 *	+---------+---------+---------+-------------------------------
 *	|  magic  |  slots  |  yours  |  yours, as long as you need it
 *	+---------+---------+---------+-------------------------------
 *	 stored last, when all else is in place
 *
 * Rules for all functions:
 * - Any process may call any of them at any moment, and be killed at any
 *   moment. Each maps the file anew, and finds it at another address.
 * - Who reads needs no permission to write to the file.
 * - They wait for events, not for time, and do not look again and again.
 * - They return 0, or a negative errno: one that is named here, or that of the
 *   system call that failed. A call that fails has changed nothing, on the
 *   board and in *@msg.
 * - They leave no mapping, no descriptor and no other file behind.
 *
 * Errors that board_post() and board_wait() have in common:
 * -ENOENT: there is no such file.
 * -EAGAIN: the file is empty or its magic is 0: nobody has finished making
 *	this board.
 * -EBADMSG: the file is something else, or damaged: its magic is another,
 *	its number of slots is not one of 1 to BOARD_SLOTS, or it is too short
 *	for its head or for so many slots. Whatever the rest of a file holds,
 *	board_wait() does not crash, and gives texts that are closed.
 * -EINVAL: the board has no slot @slot; they are counted from 0.
 */
#ifndef BOARD_H
#define BOARD_H

#include <stddef.h>
#include <stdint.h>

#define BOARD_TEXT 64 /* bytes of a text in memory, the closing NUL included */
#define BOARD_SLOTS 1000 /* no board has more */
#define BOARD_BLANK "-" /* the text of a slot where nothing was posted */
#define BOARD_MAGIC 0x316472616f62706dULL

/** struct board_head - how the file of each board begins */
struct board_head {
	uint64_t magic;
	uint32_t slots;
	uint32_t yours;
};

/** struct board_message - what board_wait() finds */
struct board_message {
	uint32_t number;
	char text[BOARD_TEXT];
};

/* ------------------------------------------------------------- board.c: yours */

/**
 * board_init() - make a board, unless it is there
 * @path: its file; made if there is none
 * @slots: 1 to BOARD_SLOTS
 *
 * In each slot the number is 0 and the text BOARD_BLANK. Several processes may
 * do this at once: one of them makes the board, and each returns when it is
 * ready. A board that is there already stays as it is. What an earlier call
 * left behind that was killed, a file that is empty or whose magic is 0, is no
 * obstacle: the board is made anew, however long or short the file is.
 *
 * Return: 0; -EINVAL for another number of slots, and no file is made;
 * -EEXIST if there is a board with other than @slots slots; -EBADMSG if the
 * file is something else or damaged, see above.
 */
int board_init(const char *path, unsigned slots);

/**
 * board_post() - put a text into a slot, and wake all who wait for it
 * @text: fewer than BOARD_TEXT bytes; what lies behind its NUL is not to be read
 *
 * The slot's number grows by one. Of several that post there at once, each
 * does so in turn. The post of a process that is killed meanwhile was not
 * made, and hinders no other. While a post is under way, and after one that
 * was killed, it is up to you whether the message before it can still be read,
 * or none until the next post is done: board_wait() then ends at its time with
 * -ETIMEDOUT.
 *
 * Return: 0; -EMSGSIZE if the text is too long; see above for the others.
 */
int board_post(const char *path, unsigned slot, const char *text);

/**
 * board_wait() - wait until a slot has a message with another number
 * @seen: the number that is known already; UINT32_MAX if none is
 * @timeout_ms: how many milliseconds to wait at most; 0: look once
 * @msg: receives the message
 *
 * A number comes with the text that was posted with it, whole, however much is
 * posted meanwhile. Whatever other processes do, this one goes on when the
 * time is over, and not before unless there is a message: not if they set the
 * clock of the day, nor if a signal interrupts its sleep (EINTR).
 *
 * Return: 0; -ETIMEDOUT if no message came, or if others posted so much that
 * none could be taken whole in time; see above for the others.
 */
int board_wait(const char *path, unsigned slot, uint32_t seen, unsigned timeout_ms,
	       struct board_message *msg);

/* -------------------------------------------------------------- main.c: given */

/**
 * board_copy() - copy bytes as memcpy(3) does, but slowly
 *
 * Between two of the bytes other processes run, which may change them. Each
 * text that is put into the board or taken from it goes through this
 * function, BOARD_BLANK too; it may be called as often as need be.
 */
void board_copy(char *to, const char *from, size_t n);

/**
 * board_going_to_sleep() - let others run before you sleep
 *
 * To be called by board_wait() when there is no new message, after it has
 * looked and before the system call that waits for one.
 */
void board_going_to_sleep(void);

#endif
