/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * family.h - memory that a parent shares with its children, and memory that
 * each of them only believes to share.
 *
 * The contract between main.c (given) and family.c (yours). After fork(2) the
 * child has all mappings of its parent, at the same addresses:
 *
 *	          parent          frame of memory           child
 *	MAP_SHARED   page ------->  [   one    ]  <------- page
 *	MAP_PRIVATE  page ------->  [ old page ]
 *	                            [ its copy ]  <------- page, once written
 *
 * Rules for every function that makes children:
 * - A child ends by itself with status 0 and never returns from the function.
 * - What standard output holds in its buffer is printed once, not once by
 *   each process.
 * - When the function returns, every child it made has ended and has been
 *   waited for, and its mappings and descriptors are gone. This holds on
 *   success and on failure.
 * - It returns 0, or a negative errno: that of the call that failed (-EAGAIN
 *   when fork(2) may make no more processes), or -EIO when a child did not
 *   end with status 0, for example because a signal killed it.
 * - It waits for events, not for time: no sleep(3), usleep(3), nanosleep(2),
 *   nor poll(2) or select(2) with a timeout.
 * - Children are made by fork(2). The judge lets no clone3(2) through, whose
 *   child might go its way unseen: called by hand, it fails with ENOSYS.
 */
#ifndef FAMILY_H
#define FAMILY_H

#include <stddef.h>

#define FAM_TEXT 64 /* bytes of a message in memory, the closing NUL included */

/* ------------------------------------------------------------ family.c: yours */

enum fam_kind {
	FAM_ANON, /* MAP_ANONYMOUS: no file is opened */
	FAM_ZERO, /* a mapping of the device /dev/zero, without MAP_ANONYMOUS */
};

/**
 * fam_map() - make memory that is shared with all children forked later
 * @kind: where it comes from
 * @len: bytes, above 0
 * @mem: receives the address; unchanged on error
 *
 * All bytes are zero. The caller releases them with munmap(2) of @len bytes.
 * No descriptor stays open.
 *
 * Return: 0, or the negative errno of the call that failed.
 */
int fam_map(enum fam_kind kind, size_t len, void **mem);

/**
 * fam_count() - let children add to one counter in shared memory
 * @nchild: how many children, above 0
 * @times: how often each of them adds
 * @total: receives the counter's last value; unchanged on error
 *
 * The counter starts at 0. Each child replaces its value @times times by what
 * fam_next() makes of it, and no child's work gets lost. All children are
 * made before the parent waits for the first: they work at the same time.
 *
 * Return: see the rules above.
 */
int fam_count(unsigned nchild, unsigned times, long *total);

/**
 * fam_talk() - ask a child questions, and get its answers
 * @kind: which memory the messages lie in, for fam_map()
 * @text: the questions, of any length
 * @n: how many; 0 makes no child and returns 0
 *
 * One child answers all questions, in turn. For each, the parent puts it into
 * shared memory; the child passes it to fam_answer() and puts the answer into
 * shared memory; the parent passes that to fam_heard() and goes on to the next.
 * A text stays in the shared memory until the next of its direction takes its
 * place. Of one that does not fit into FAM_TEXT bytes the first FAM_TEXT - 1
 * are kept. Two questions may have the same text.
 *
 * The child may be expected not to be killed before it has answered.
 *
 * Return: see the rules above.
 */
int fam_talk(enum fam_kind kind, const char *const *text, size_t n);

/**
 * fam_cow() - show which pages a write to private memory copies
 * @plan: a character for each page: what is done there, see below
 * @parent: receives what the parent finds there, strlen(@plan) + 1 bytes
 * @child: receives what the child finds there, as long
 * @frames: receives what lies behind the child's pages, as long
 * All three are unchanged on error.
 *
 *	in @plan   before the fork, the parent   after it, the child
 *	   .       stores the small letter       stores nothing
 *	   w       stores the small letter       stores the capital letter
 *	   =       stores the small letter       stores the small letter again
 *	   -       does not touch the page       stores nothing
 *	   +       does not touch the page       stores the capital letter
 *
 * The parent maps strlen(@plan) new private pages in a row. A letter goes to
 * the first byte of its page; it is 'a' or 'A' in page 0, 'b' or 'B' in page 1,
 * and after 'z' again 'a'. The child touches no other byte of these pages.
 * After its stores it calls fam_look() once, in which other pages may be
 * touched. What they are then is what counts: after fam_look() the child finds
 * @frames, with its /proc/self/pagemap (proc(5)), and only then reads the first
 * bytes for @child. The parent reads those for @parent after the child's end.
 *
 *	'-' in @frames   no frame is there (bit 63 of the entry is 0)
 *	's'              the frame is shared: others have it mapped too, as with
 *	                 the kernel's page of zeros, which a read may bring
 *	'o'              the frame is the process's own (bits 63 and 56 are 1)
 *
 * A byte of 0 stands as '0' in @parent and @child. All three are closed with
 * a NUL.
 *
 * Return: see the rules above.
 */
int fam_cow(const char *plan, char *parent, char *child, char *frames);

/* -------------------------------------------------------------- main.c: given */

/**
 * fam_next() - the counter's next value
 * @old: its present value
 *
 * Takes its time and lets other processes run meanwhile, as real work would.
 * Only a child's call adds; the parent gets @old back. It may be another amount
 * for another value.
 *
 * Return: what is to be stored in place of @old.
 */
long fam_next(long old);

/**
 * fam_answer() - what the child has to say
 * @question: a string
 * @answer: receives a string, closed with a NUL
 *
 * Only a child knows answers; in the parent they are "?".
 */
void fam_answer(const char *question, char answer[FAM_TEXT]);

/** fam_heard() - the parent's use of an answer: it prints it */
void fam_heard(const char *answer);

/** fam_look() - the child lets whoever is interested look at its memory, or touch it */
void fam_look(void);

#endif
