// SPDX-License-Identifier: GPL-2.0-only
/*
 * check_board.c - the judge's suite for 08-board.
 *
 * Programs meet over one file, and what could come out one way or the other by
 * chance is arranged: with `board hold`, a program stops in a read(2) of
 * standard input in the middle of a copy, or between its look at the board and
 * its sleep, and goes on when the judge has seen what others do meanwhile. So
 * a race fails each time, also with one processor.
 *
 * What lies behind the head of the file, how posters exclude each other and
 * what a watcher sleeps on are the student's choice.
 */
#include <dirent.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>

#include "judge.h"
#include "board.h"

#define BOARD "notices"
#define PATIENCE_MS 1000 /* nominal, for what a right program does at once */
#define BESIDE_MS 50 /* between two posts that do not concern who waits */
#define SETTLE_MS 60 /* for one that either falls asleep or ends */
#define NAP_MS 20 /* longer than a sleep of less than one */
#define LONG "20000" /* ms, the timeout of a wait that a post ends */
#define U(x) judge_fmt("%u", (unsigned)(x))

static const struct judge_guess guesses[] = {
	{ "EACCES", "a watcher has to open the file O_RDONLY and map it PROT_READ; a poster needs "
		    "O_RDWR, as shared pages that are stored to must be readable, too" },
	{ "EAGAIN", "the board's magic is 0, so it is not ready" },
	{ "EBADMSG", "the magic, the number of slots or the size of the file was found wrong" },
	{ "EEXIST",
	  "board_init returns 0 for a board that is there and has as many slots; a damaged "
	  "one is EBADMSG, whatever number of slots it says" },
	{ "EFAULT", "futex was given an address that is not mapped, or has to be writable" },
	{ "EINVAL", "slots are counted from 0; the number of slots in the file may itself be "
		    "wrong; mmap takes exactly one of MAP_SHARED and MAP_PRIVATE; of a timeout of "
		    "futex, the nanoseconds are fewer than 1000000000" },
	{ "ENOENT", "the file is missing" },
	{ "ENOTRECOVERABLE", "a robust mutex whose owner was killed must be made consistent before "
			     "it is unlocked, see pthread_mutex_consistent(3)" },
	{ "EOWNERDEAD", "pthread_mutex_lock says so when it has locked a robust mutex whose owner "
			"was killed; that is no failure of the post" },
	{ "EMSGSIZE", "a text may have up to 63 bytes" },
	{ "ETIMEDOUT", "the message was there, and was not found" },
	{ NULL, NULL },
};

static void explain_crash(const struct subject *s)
{
	if (subject_signal(s) == SIGBUS)
		judge_note("SIGBUS: memory behind the file's last page was touched; compare the "
			   "file's size (fstat) with what is needed, before you touch it");
	if (subject_signal(s) != SIGSEGV)
		return;
	judge_note(
		"SIGSEGV: an address that is not mapped, or not for this access. Is the file "
		"unmapped before its last use, as an unlock is? Is there a lock in a mapping for "
		"reading (it stores)? Is a text taken to have its NUL? Does the file hold "
		"addresses? They are of no use in another process");
}

/* ------------------------------------------------- what the processes are in */

static bool over(void *arg)
{
	return subject_ended(arg);
}

/* Does it wait in read(0, ...), that is, in a function of main.c? */
static bool stopped(struct subject *s)
{
	uint64_t fd;

	return process_waits_in(subject_pid(s), SYS_read, &fd) && fd == 0;
}

/* Where it stopped last, "" if nowhere; each stop is a line of standard error. */
static const char *last_stop(struct subject *s, unsigned *n)
{
	static const char mark[] = " stops in ";
	const char *p = subject_err(s, NULL), *name = "";

	*n = 0;
	while ((p = strstr(p, mark))) {
		p += sizeof(mark) - 1;
		name = p;
		++*n;
	}
	return judge_fmt("%.*s", (int)strcspn(name, "\n"), name);
}

struct stop {
	struct subject *s;
	unsigned nth;
};

static bool stopped_or_end(void *arg)
{
	struct stop *st = arg;
	unsigned n;

	last_stop(st->s, &n);
	return (n >= st->nth && stopped(st->s)) || subject_ended(st->s);
}

static bool asleep(struct subject *s)
{
	return process_state(subject_pid(s)) == 'S' && !stopped(s);
}

static bool asleep_or_end(void *arg)
{
	return asleep(arg) || subject_ended(arg);
}

/* What it does in place of what it should do, for a verdict's "got". */
static const char *doing(struct subject *s)
{
	static const struct {
		long nr;
		const char *name;
	} calls[] = {
		{ SYS_futex, "futex(2)" }, { SYS_flock, "flock(2)" },
		{ SYS_fcntl, "fcntl(2)" }, { SYS_nanosleep, "nanosleep(2)" },
		{ SYS_read, "read(2)" },   { SYS_clock_nanosleep, "nanosleep(2)" },
		{ SYS_poll, "poll(2)" },   { SYS_semop, "semop(2)" },
	};
	size_t i;

	if (stopped(s))
		return "it waits for standard input";
	if (!asleep(s))
		return "it runs and runs";
	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (process_waits_in(subject_pid(s), calls[i].nr, NULL))
			return judge_fmt("it sleeps in %s", calls[i].name);
	return "it sleeps";
}

/* ------------------------------------------------------------ expectations */

/* Wait for its nth stop, which must be in this function of main.c. */
static void await_stop(struct subject *s, unsigned nth, const char *what, const char *function)
{
	const char *want = judge_fmt("%s calls %s", what, function), *where;
	bool seen = judge_poll(stopped_or_end, &(struct stop){ s, nth }, PATIENCE_MS);
	unsigned n;

	if (subject_ended(s)) {
		expect_success(s, what);
		judge_fail(want, "it has ended without", "%s does not call %s, as board.h asks.",
			   what, function);
	}
	where = last_stop(s, &n);
	if (!seen)
		judge_fail(want, doing(s), "%s does not come to call %s, as board.h asks.", what,
			   function);
	if (strcmp(where, function) != 0)
		judge_fail(want, judge_fmt("it calls %s", where), "%s calls %s where %s is due.",
			   what, where, function);
}

static void await_end_of(struct subject *s, unsigned ms, const char *why)
{
	if (!judge_poll(over, s, ms))
		judge_fail("the program's end", doing(s), "%s.", why);
}

/* Wait for its end; it is not expected to wait for anything any more. */
static void await_end(struct subject *s, const char *why)
{
	await_end_of(s, PATIENCE_MS, why);
}

/* A watcher must wait asleep, and not for time to pass. */
static void await_sleep(struct subject *s)
{
	bool seen = judge_poll(asleep_or_end, s, PATIENCE_MS);

	if (subject_ended(s)) {
		expect_success(s, "board_wait");
		judge_fail("a program that waits", tool_last_line(s),
			   "board_wait returned, but there is no message with another number.");
	}
	if (!seen)
		judge_fail("a program that sleeps", "it runs and runs",
			   "board_wait looks again and again: that takes a whole processor. Sleep "
			   "in a call that the poster's call ends.");
	if (process_waits_in(subject_pid(s), SYS_nanosleep, NULL) ||
	    process_waits_in(subject_pid(s), SYS_clock_nanosleep, NULL))
		judge_fail("a program that sleeps until a post", "it sleeps in nanosleep(2)",
			   "board_wait lets time pass and looks again: it sees a post late. Sleep "
			   "in a call that the poster's call ends.");
}

struct found {
	uint32_t number;
	const char *text;
};

static bool message_in(const char *line, struct found *m)
{
	int skip = 0;

	if (sscanf(line, "message %u%n", &m->number, &skip) != 1 || line[skip] != ' ')
		return false;
	m->text = line + skip + 1;
	return true;
}

static struct found message_on(const char *line)
{
	struct found m;

	if (!message_in(line, &m))
		judge_fail("message NUMBER TEXT", line,
			   "the tool's line for a message is missing.");
	if (strlen(m.text) >= BOARD_TEXT)
		judge_fail("at most 63 bytes", judge_fmt("%zu bytes", strlen(m.text)),
			   "the text that board_wait gives is not closed with a NUL.");
	return m;
}

/* The message that an ended `read` or `wait` printed. */
static struct found message_of(struct subject *s)
{
	expect_success(s, "board_wait");
	return message_on(tool_last_line(s));
}

static struct subject *reading(unsigned slot)
{
	return RUN("board", "read", BOARD, U(slot));
}

static void expect_found(struct found m, uint32_t number, const char *text, const char *what)
{
	expect_int(m.number, number, "the number of %s.", what);
	expect_str(m.text, text, "the text of %s.", what);
}

/* ------------------------------------------------- many calls by one program */

static bool at_rest(void *arg)
{
	return stopped(arg) || subject_ended(arg);
}

/* To start a program takes longer than most of what it is started for. */
static struct subject *session(void)
{
	struct subject *s = START("board", "session");

	judge_poll(at_rest, s, PATIENCE_MS);
	return s;
}

static void session_end(struct subject *s)
{
	subject_close_stdin(s);
	expect_success(s, "the session");
}

struct reply {
	struct subject *s;
	size_t from; /* its standard output was so long before */
	const char *line;
};

static bool has_replied(void *arg)
{
	struct reply *r = arg;
	const char *p = subject_out(r->s, NULL) + r->from, *end;

	/* What a student prints between the tool's lines is passed over. */
	for (; (end = strchr(p, '\n')); p = end + 1)
		if (!strncmp(p, "ok\n", 3) || !strncmp(p, "error ", 6) ||
		    !strncmp(p, "message ", 8)) {
			r->line = judge_fmt("%.*s", (int)(end - p), p);
			return true;
		}
	return subject_ended(r->s);
}

/* What the file holds by now, if the judge wrote it; part of the input. */
static const char *content;

static const char *function_of(const char *command)
{
	return *command == 'i' ? "board_init" : *command == 'p' ? "board_post" : "board_wait";
}

/* What the program answers to a command, which is shown as if given alone. */
static const char *ask(struct subject *s, const char *command)
{
	struct reply r = { .s = s };

	subject_out(s, &r.from);
	if (content)
		judge_input("board %s (the file: %s)", command, content);
	else
		judge_input("board %s", command);
	subject_send(s, "%s\n", command);
	if (!judge_poll(has_replied, &r, PATIENCE_MS)) {
		if (r.from)
			judge_note(
				"if it waits for a lock: an earlier call of the same program may "
				"have left it, as a descriptor keeps its flock, or another program "
				"may hold it while it waits itself");
		judge_fail("the function's return", doing(s), "%s does not return.",
			   function_of(command));
	}
	if (!r.line) {
		expect_exit(s, 0);
		judge_fail("the function's return", "the program's end", "%s ended the program.",
			   function_of(command));
	}
	return r.line;
}

static void expect_no_error(const char *line, const char *want, const char *what)
{
	if (!strncmp(line, "error ", 6))
		judge_fail(want, line, "%s failed with %s: %s.", what, line + 6,
			   tool_guess(line + 6));
}

static void ask_ok(struct subject *s, const char *what, const char *command)
{
	expect_no_error(ask(s, command), "ok", what);
}

static void ask_error(struct subject *s, const char *name, const char *why, const char *command)
{
	const char *want = judge_fmt("error %s", name), *line = ask(s, command);

	if (strncmp(line, "error ", 6) != 0)
		judge_fail(want, "success", "%s.", why);
	if (strcmp(line, want) != 0)
		judge_fail(want, line,
			   "the call failed with %s, but should fail with %s; likely: %s.",
			   line + 6, name, tool_guess(line + 6));
}

static struct found ask_message(struct subject *s, unsigned slot)
{
	const char *line = ask(s, judge_fmt("read %s %u", BOARD, slot));

	expect_no_error(line, "a message", "board_wait");
	return message_on(line);
}

static void ask_slot(struct subject *s, unsigned slot, uint32_t number, const char *text,
		     const char *what)
{
	expect_found(ask_message(s, slot), number, text, what);
}

static void ask_post(struct subject *s, unsigned slot, const char *text)
{
	ask_ok(s, "board_post", judge_fmt("post %s %u %s", BOARD, slot, text));
}

/* Those who do what a test is not about: one program. */
static struct subject *others(void)
{
	static struct subject *s;

	if (!s)
		s = session();
	return s;
}

static void make_board(unsigned slots)
{
	ask_ok(others(), "board_init", judge_fmt("init %s %u", BOARD, slots));
}

static void post(unsigned slot, const char *text)
{
	ask_post(others(), slot, text);
}

static struct found message_in_slot(unsigned slot)
{
	return ask_message(others(), slot);
}

static void expect_slot(unsigned slot, uint32_t number, const char *text, const char *what)
{
	ask_slot(others(), slot, number, text, what);
}

/* Two halves that differ in each letter, so that no mix of texts is a text. */
static char *full_text(void)
{
	return judge_random_word(BOARD_TEXT - 1);
}

/* ------------------------------------------------------ making, posting, limits */

START_TEST(post_reaches_other_program)
{
	unsigned slots = 2 + judge_below(6), slot = judge_below(slots);
	char *text = judge_random_word(5 + judge_below(20)), *next = judge_random_word(30);
	struct subject *s, *reader = session();
	const struct vma *v;
	struct file f;

	make_board(slots);
	ask_slot(reader, slot, 0, BOARD_BLANK, "a slot where nothing was posted");
	s = START("board", "hold", "post", BOARD, U(slot), text);
	await_stop(s, 1, "board_post", "board_copy");
	v = maps_find(subject_pid(s), "/" BOARD);
	if (!v)
		judge_fail("the file in /proc/PID/maps", "it is not mapped",
			   "board_post does not map the file.");
	if (!v->shared)
		judge_fail("MAP_SHARED (rw-s in /proc/PID/maps)", "MAP_PRIVATE (rw-p)",
			   "board_post maps the file MAP_PRIVATE: what it stores stays in copies "
			   "of its own, and no other program ever sees it.");
	subject_close_stdin(s);
	expect_success(s, "board_post");
	f = file_read(BOARD);
	if (!memmem(f.data, f.len, text, strlen(text)))
		judge_fail(text, "not in the file",
			   "board_post returned 0, but the text is not in "
			   "the file when another program reads it.");
	ask_slot(reader, slot, 1, text, "the message, read by another program");
	post(slot, next);
	ask_slot(reader, slot, 2, next, "the second message");
	ask_slot(reader, (slot + 1) % slots, 0, BOARD_BLANK, "the slot beside it");
	session_end(reader);
}
END_TEST

static void expect_init_refused(struct subject *s, unsigned slots)
{
	ask_error(s, "EINVAL",
		  judge_fmt("a board of %u slots was made, allowed are 1 to 1000", slots),
		  judge_fmt("init other %u", slots));
	if (file_size("other") >= 0)
		judge_fail("no file", "there is one",
			   "board_init refused %u slots, but it has made the file.", slots);
}

static void expect_no_slot(struct subject *s, uint32_t slot, unsigned slots)
{
	ask_error(s, "EINVAL",
		  judge_fmt("a post to slot %u of a board of %u was accepted", slot, slots),
		  judge_fmt("post %s %u lost", BOARD, slot));
	ask_error(s, "EINVAL", judge_fmt("slot %u of a board of %u could be read", slot, slots),
		  judge_fmt("read %s %u", BOARD, slot));
}

START_TEST(bounds_are_kept)
{
	unsigned slots = 3, i;
	char *text[3], *longest = full_text();
	struct subject *s;

	make_board(slots);
	s = others();
	for (i = 0; i < slots; i++) {
		text[i] = judge_random_word(8);
		ask_post(s, i, text[i]);
	}
	ask_post(s, 1, longest);
	ask_slot(s, 1, 2, longest, "a message of 63 bytes");
	expect_success(RUN("board", "post", BOARD, "1", ""), "board_post");
	ask_slot(s, 1, 3, "", "a message of 0 bytes");
	judge_note("the text that place posts ends with a page, and nothing behind its NUL may be "
		   "touched: does board_post read more than the text?");
	expect_success(RUN("board", "place", BOARD, "1", "brief"), "board_post");
	ask_slot(s, 1, 4, "brief", "a message whose text is at the end of a page");
	ask_post(s, 1, text[1]);
	ask_error(s, "EMSGSIZE",
		  "a text of 64 bytes was accepted, and there is no place for its NUL",
		  judge_fmt("post %s 1 %s", BOARD, judge_random_word(64)));
	ask_error(s, "EMSGSIZE", "a text that is too long was accepted",
		  judge_fmt("post %s 1 %s", BOARD, judge_random_word(65 + judge_below(900))));
	expect_no_slot(s, slots, slots);
	expect_no_slot(s, UINT32_MAX, slots);
	for (i = 0; i < slots; i++)
		ask_slot(s, i, i == 1 ? 5 : 1, text[i],
			 judge_fmt("slot %u, after all that was refused", i));
	expect_init_refused(s, 0);
	expect_init_refused(s, 1001);
	session_end(s);
}
END_TEST

START_TEST(second_init_keeps_posts)
{
	unsigned slots = 2 + judge_below(30), slot = judge_below(slots);
	char *text = judge_random_word(20);
	struct found m;

	make_board(slots);
	post(slot, text);
	judge_note("one program made the board and posted; then a second one called board_init");
	expect_success(RUN("board", "init", BOARD, U(slots)), "board_init");
	m = message_in_slot(slot);
	if (m.number == 0)
		judge_fail(judge_fmt("message 1 %s", text), "message 0 " BOARD_BLANK,
			   "the second board_init wiped out what had been posted: do not truncate "
			   "or fill a board that is there (no O_TRUNC).");
	expect_found(m, 1, text, "the message, after a second board_init");
	expect_error(RUN("board", "init", BOARD, U(slots + 1)), "EEXIST",
		     "board_init returned 0 for a board that has another number of slots");
	expect_slot(slot, 1, text, "the message, after a board_init that was refused");
}
END_TEST

/* While the board is being made: not there yet, or not ready. */
static void expect_not_ready(struct subject *s, const char *what)
{
	const char *error;

	subject_wait(s);
	if (subject_signal(s))
		expect_exit(s, 0);
	error = tool_error(s);
	if (subject_exit(s) == 0)
		judge_fail("error EAGAIN", tool_last_line(s),
			   "%s used a board that another program was still making: the magic has "
			   "to be stored last, and to be looked at first.",
			   what);
	if (!error || (strcmp(error, "EAGAIN") != 0 && strcmp(error, "ENOENT") != 0))
		judge_fail("error EAGAIN (or ENOENT)", tool_last_line(s),
			   "%s did not say that the board is not ready, but failed otherwise.",
			   what);
}

/* A program that may have to wait until the other one has made the board. */
static bool ends_meanwhile(struct subject *s)
{
	judge_poll(asleep_or_end, s, 5 * SETTLE_MS);
	return subject_ended(s);
}

static struct subject *stop_in_init(unsigned slots)
{
	struct subject *s = START("board", "hold", "init", BOARD, U(slots));

	await_stop(s, 1, "board_init", "board_copy");
	return s;
}

/* Does it wait for a lock? To give one back, or to try, is something else. */
static bool locks_file(const struct call *c)
{
	struct flock l;

	if (c->nr == SYS_flock)
		return !(c->args[1] & (LOCK_UN | LOCK_NB));
	if (c->nr != SYS_fcntl || (c->args[1] != F_SETLKW && c->args[1] != F_OFD_SETLKW))
		return false;
	return !memory_read(c->pid, c->args[2], &l, sizeof(l)) || l.l_type != F_UNLCK;
}

static bool makes_room(const struct call *c)
{
	return c->nr == SYS_fallocate;
}

/* Who waits for a lock can be interrupted, and has no lock then. */
static void expect_lock_taken(struct subject_spec spec, const char *function)
{
	size_t n, i, taken = 0;
	const struct call *c;
	struct subject *s;
	bool interrupted;

	s = subject_run_failing(spec, locks_file, 1, EINTR, &interrupted);
	if (interrupted)
		judge_note("the judge had a signal interrupt the first wait for a lock: EINTR");
	/* To give up is right as well, if it is told: board.h names no errno for it. */
	if (interrupted && tool_error(s) && !strcmp(tool_error(s), "EINTR"))
		return;
	expect_success(s, function);
	c = subject_calls(s, &n);
	for (i = 0; i < n; i++)
		taken += locks_file(&c[i]) && c[i].ret == 0;
	if (interrupted && !taken)
		judge_fail("the lock, taken at the second attempt", "no lock",
			   "%s was interrupted while it waited for its lock, and went on without "
			   "it.",
			   function);
}

/* A board that cannot be made is not said to be made. */
static void expect_making_told(void)
{
	struct subject_spec spec = { .argv = SUBJECT_ARGV("board", "init", "other", "3"),
				     .in = "" };

	expect_failures_told(spec, locks_file, ENOLCK, "init, a lock of which");
	SAFE(remove("other"));
	expect_failures_told(spec, makes_room, ENOSPC, "init, for which the disk");
	SAFE(remove("other"));
	expect_lock_taken(spec, "board_init");
}

/* A file whose magic is 0 is no board, whatever stands behind: each slot begins anew. */
static void expect_made_anew(unsigned slots)
{
	struct subject *s = others();
	struct file f;
	unsigned i;

	SAFE(remove(BOARD));
	make_board(slots);
	f = file_read(BOARD);
	memset(f.data, 'X', f.len);
	memset(f.data, 0, sizeof(struct board_head));
	file_write(BOARD, f.data, f.len);
	content = "a head of zeros, and nothing but `X` behind it";
	make_board(slots);
	for (i = 0; i < slots; i++)
		ask_slot(s, i, 0, BOARD_BLANK,
			 judge_fmt(
				 "slot %u of a board that was made anew, in a file whose magic was "
				 "0; what else was in the file must not show",
				 i));
	ask_post(s, slots - 1, "first");
	ask_slot(s, slots - 1, 1, "first", "the first message on a board made anew");
	/* As one leaves it that was killed while the file still grew. */
	memset(f.data, 0, sizeof(struct board_head));
	file_write(BOARD, f.data, sizeof(struct board_head));
	content = "a head of zeros, and nothing behind it";
	make_board(slots);
	ask_slot(s, slots - 1, 0, BOARD_BLANK,
		 "the last slot of a board that was made anew in a file which was too short");
	content = NULL;
}

START_TEST(half_made_board_is_not_used)
{
	unsigned slots = 3 + judge_below(6), posts = 0;
	unsigned slot = 1 + judge_below(slots - 1); /* not the one under way */
	char *text = judge_random_word(20);
	struct subject *first, *second, *poster;

	judge_note("the judge stopped a first board_init while it filled slot 0");
	first = stop_in_init(slots);
	expect_not_ready(reading(slot), "board_wait");
	poster = START("board", "post", BOARD, U(slot), text);
	if (ends_meanwhile(poster) && subject_exit(poster) != 0)
		expect_not_ready(poster, "board_post");
	second = START("board", "init", BOARD, U(slots));
	if (ends_meanwhile(second)) {
		expect_success(second, "a second board_init");
		judge_note("a second board_init had returned 0 before the first was done");
		post(slot, text);
		posts++;
	}
	subject_close_stdin(first);
	await_end(first, "board_init does not return");
	expect_success(first, "board_init");
	await_end(second, "a second board_init still waits, although the first is done");
	expect_success(second, "a second board_init");
	await_end(poster, "board_post still waits, although the board is ready");
	posts += subject_exit(poster) == 0;
	expect_slot(slot, posts, posts ? text : BOARD_BLANK,
		    "the message after both board_init: a post in between must not be lost");

	SAFE(remove(BOARD));
	first = stop_in_init(slots + 2);
	subject_kill(first, SIGKILL);
	judge_poll(over, first, PATIENCE_MS);
	judge_note("the judge killed a board_init that was filling slot 0, and began again");
	expect_not_ready(reading(slot), "board_wait");
	second = START("board", "init", BOARD, U(slots));
	await_end(second, "board_init waits for one that was killed, and has to make the board");
	expect_success(second, "board_init after one that was killed");
	expect_slot(slots - 1, 0, BOARD_BLANK, "the last slot");
	post(slot, text);
	expect_slot(slot, 1, text, "the message");
	expect_made_anew(slots);
	expect_making_told();
}
END_TEST

/* ------------------------------------------------------------- damaged files */

/* The tool says on standard error when it is not as it was. */
static void expect_msg_kept(struct subject *s, const char *when)
{
	if (strstr(subject_err(s, NULL), "has changed *msg"))
		judge_fail("*msg as it was before the call", "other bytes",
			   "board_wait failed when it had to %s, and has changed *msg: a call that "
			   "fails changes nothing there. Fill it in when the message is whole.",
			   when);
}

static void expect_damaged(struct subject *s, const char *why, unsigned slot)
{
	struct file before = file_read(BOARD), after;
	const char *accepted = judge_fmt("a file was accepted as a board: %s", why);

	content = why;
	ask_error(s, "EBADMSG", accepted, judge_fmt("read %s %u", BOARD, slot));
	ask_error(s, "EBADMSG", accepted, judge_fmt("post %s %u lost", BOARD, slot));
	ask_error(s, "EBADMSG", accepted, "init " BOARD " 1000");
	after = file_read(BOARD);
	expect_mem(after.data, after.len, before.data, before.len,
		   "the content of a file that is not a board; it is not yours to change");
}

/*
 * With so many slots, their whole size is a few bytes when it is computed with
 * 32 bits. The size of one is found by making boards of two sizes.
 */
static uint32_t slots_that_overflow(struct subject *s, size_t len_of_1000)
{
	uint64_t each;

	ask_ok(s, "board_init", "init small 500");
	each = (len_of_1000 - (size_t)file_size("small")) / 500;
	return each ? (uint32_t)(((1ULL << 32) + each - 1) / each) : 0;
}

START_TEST(damaged_file_is_refused)
{
	struct board_head head;
	struct file f;
	unsigned char *copy;
	struct subject *s = others();
	uint32_t slots;
	unsigned i;
	const char *line;

	ask_ok(s, "board_init", "init " BOARD " 1000");
	f = file_read(BOARD);
	ask_slot(s, BOARD_SLOTS - 1, 0, BOARD_BLANK,
		 "the last of 1000 slots, many pages from the head: all have to be mapped");
	slots = slots_that_overflow(s, f.len);

	copy = (unsigned char *)judge_random_word(f.len);
	file_write(BOARD, copy, f.len);
	expect_damaged(s, "letters, as long as a board", 1);
	file_write(BOARD, copy, 1 + judge_below(11));
	expect_damaged(s, "a few letters, shorter than the head of a board", 0);
	file_write(BOARD, f.data, 12);
	expect_damaged(s, "the first 12 bytes of a board", 0);
	file_write(BOARD, f.data, 4096);
	expect_damaged(s, "the first page of a board of 1000 slots", BOARD_SLOTS - 1);
	file_write(BOARD, f.data, f.len / 2);
	expect_damaged(s, "the first half of a board of 1000 slots", BOARD_SLOTS - 1);

	memcpy(&head, f.data, sizeof(head));
	/* One in each half, since who compares 32 bits sees one half only. */
	for (i = 0; i < 64; i += 32) {
		head.magic = BOARD_MAGIC ^ 1ULL << (i + judge_below(32));
		memcpy(f.data, &head, sizeof(head));
		file_write(BOARD, f.data, f.len);
		expect_damaged(s,
			       judge_fmt("a board with one bit of the magic's %s 32 bits changed",
					 i ? "upper" : "lower"),
			       0);
	}
	head.magic = BOARD_MAGIC;
	head.slots = 0;
	memcpy(f.data, &head, sizeof(head));
	file_write(BOARD, f.data, f.len);
	expect_damaged(s, "a board whose head says 0 slots", 0);
	head.slots = slots;
	memcpy(f.data, &head, sizeof(head));
	file_write(BOARD, f.data, f.len);
	expect_damaged(s, judge_fmt("a board whose head says %u slots", slots), slots - 1);

	head.slots = BOARD_SLOTS + 1;
	memcpy(f.data, &head, sizeof(head));
	file_write(BOARD, f.data, f.len);
	SAFE(truncate(BOARD, (off_t)(2 * f.len)));
	expect_damaged(s, "a board whose head says 1001 slots, and which is long enough", 1);

	content = "the right head, and nothing but `X` behind it";
	head.slots = BOARD_SLOTS;
	memset(f.data, 'X', f.len);
	memcpy(f.data, &head, sizeof(head));
	file_write(BOARD, f.data, f.len);
	line = ask(s, judge_fmt("read %s %u", BOARD, judge_below(BOARD_SLOTS)));
	if (strncmp(line, "error ", 6) != 0)
		message_on(line);
	session_end(s);
	expect_msg_kept(s, "read what is not a board");
	file_write(BOARD, "", 0);
	expect_not_ready(reading(0), "board_wait, on an empty file,");
	expect_not_ready(RUN("board", "post", BOARD, "0", "lost"), "board_post, on an empty file,");
	memset(&head, 0, sizeof(head));
	file_write(BOARD, &head, sizeof(head));
	expect_not_ready(reading(0), "board_wait, on a file that is a head of zeros,");
}
END_TEST

/* ------------------------------------------------------------------- waiting */

static struct subject *waiting(unsigned slot, uint32_t seen)
{
	return START("board", "wait", BOARD, U(slot), U(seen), LONG);
}

START_TEST(watcher_is_woken)
{
	unsigned slots = 2 + judge_below(4), slot = judge_below(slots), i;
	char *text = judge_random_word(15);
	struct subject *w[3];

	make_board(slots);
	for (i = 0; i < 3; i++)
		w[i] = waiting(slot, 0);
	for (i = 0; i < 3; i++)
		await_sleep(w[i]);
	judge_note("three programs slept in `board wait` when another one posted");
	post(slot, text);
	for (i = 0; i < 3; i++) {
		await_end(w[i],
			  "a watcher still sleeps after the post: it must be woken, across "
			  "processes (no FUTEX_PRIVATE_FLAG, a word in the file) and with all "
			  "others that sleep there");
		expect_found(message_of(w[i]), 1, text, "the message that a watcher waited for");
	}
}
END_TEST

/* Its look may copy the text out before it compares; that is no sleep yet. */
static void await_going_to_sleep(struct subject *s)
{
	unsigned nth = 1, n;

	while (nth < 8 && judge_poll(stopped_or_end, &(struct stop){ s, nth }, PATIENCE_MS) &&
	       !subject_ended(s) && !strcmp(last_stop(s, &n), "board_copy")) {
		subject_send(s, "\n");
		nth++;
	}
	await_stop(s, nth, "board_wait", "board_going_to_sleep");
}

START_TEST(no_post_is_missed)
{
	unsigned slots = 2 + judge_below(4), slot = judge_below(slots);
	char *text = judge_random_word(15), *next = judge_random_word(15);
	struct subject *s;

	make_board(slots);
	post(slot, text);
	s = waiting(slot, 0);
	await_end(s, "board_wait sleeps, although the message was there when it was called: look "
		     "before you sleep");
	expect_found(message_of(s), 1, text, "a message that was there already");
	s = waiting(slot, 2 + judge_below(1000));
	await_end(s,
		  "board_wait sleeps, although the message has another number than the known one: "
		  "a smaller number is another one, too (compare with !=, not with >)");
	expect_found(message_of(s), 1, text, "a message with a smaller number than the known one");

	s = waiting(slot, 1);
	await_sleep(s);
	post(slot, text);
	await_end(s, "the same text was posted again and board_wait does not return: compare the "
		     "numbers, not the texts");
	expect_found(message_of(s), 2, text, "the same text, posted again");

	s = START("board", "hold", "wait", BOARD, U(slot), "2", LONG);
	await_going_to_sleep(s);
	post(slot, next);
	subject_close_stdin(s);
	judge_note("the judge stopped `board wait` between its look and its sleep, until another "
		   "program had posted");
	await_end(s, "a post between the look and the sleep was missed: the call that sleeps has "
		     "to be told which number was looked at, and to compare");
	expect_found(message_of(s), 3, next, "the message that was posted before the sleep");
}
END_TEST

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* How often it slept and was woken by time, not by a post. */
static unsigned naps(struct subject *s)
{
	size_t n, i;
	const struct call *c = subject_calls(s, &n);
	unsigned count = 0;

	for (i = 0; i < n; i++)
		switch (c[i].nr) {
		case SYS_nanosleep:
		case SYS_clock_nanosleep:
			judge_fail("a wait for a post", "nanosleep (sleep, usleep)",
				   "board_wait lets time pass and looks again.");
		case SYS_futex:
			count += c[i].ret == -ETIMEDOUT;
			break;
		case SYS_rt_sigtimedwait:
		case SYS_semtimedop:
			count += c[i].ret == -EAGAIN;
			break;
		case SYS_poll:
		case SYS_ppoll:
		case SYS_select:
		case SYS_pselect6:
		case SYS_epoll_wait:
		case SYS_epoll_pwait:
			count += c[i].ret == 0;
			break;
		}
	return count;
}

/*
 * Post into another slot again and again until it has ended. A program whose
 * time begins anew with each of these does not end before they do.
 */
static void post_beside(struct subject *s, unsigned slot, uint64_t until)
{
	while (!judge_poll(over, s, BESIDE_MS) && now_ms() < until)
		post(slot, "elsewhere");
}

static void expect_timeout(struct subject *s, uint64_t start, unsigned ms)
{
	if (!subject_ended(s))
		judge_fail(
			"the program's end", doing(s),
			"board_wait does not end when its time is over, while others post into "
			"another slot. If a post there wakes it, what is left of its time is less "
			"than before: wait until a point in time.");
	expect_error(s, "ETIMEDOUT", "board_wait returned 0, but nothing was posted into its slot");
	if (now_ms() - start < ms)
		judge_fail(judge_fmt("at least %u ms", ms),
			   judge_fmt("%u ms", (unsigned)(now_ms() - start)),
			   "board_wait gave up too early: @timeout_ms counts milliseconds.");
	expect_msg_kept(s, "wait in vain");
}

static struct subject *watch_traced(unsigned slot, unsigned ms)
{
	return subject_start(&(struct subject_spec){
		.argv = SUBJECT_ARGV("board", "wait", BOARD, U(slot), "1", U(ms)),
		.in = "",
		.trace = true,
	});
}

/* A loop around a call that refuses its timeout looks like one that never sleeps. */
static void note_refused_futex(struct subject *s)
{
	size_t n, i;
	const struct call *c = subject_calls(s, &n);

	for (i = 0; i < n; i++)
		if (c[i].nr == SYS_futex && c[i].ret == -EINVAL) {
			judge_note("futex(2) failed with EINVAL; of a timeout, the nanoseconds "
				   "have to be fewer than 1000000000");
			return;
		}
}

static void expect_long_sleep(unsigned slot, unsigned ms)
{
	struct subject *s = watch_traced(slot, ms);

	judge_poll(asleep_or_end, s, SETTLE_MS);
	/* What overflowed leaves some microseconds, and on a busy host one may look within them. */
	judge_poll(over, s, NAP_MS);
	note_refused_futex(s);
	if (subject_ended(s) && tool_error(s) && !strcmp(tool_error(s), "ETIMEDOUT"))
		judge_fail(judge_fmt("a wait of up to %u ms", ms), "error ETIMEDOUT at once",
			   "board_wait gave up too early: does %u, times 1000000 or 1000, fit into "
			   "the type in which it is computed?",
			   ms);
	await_sleep(s);
	subject_kill(s, SIGKILL);
}

static bool sleeps(const struct call *c)
{
	unsigned op = c->args[1] & FUTEX_CMD_MASK;

	switch (c->nr) {
	case SYS_futex:
		return op == FUTEX_WAIT || op == FUTEX_WAIT_BITSET;
	case SYS_poll:
	case SYS_ppoll:
	case SYS_select:
	case SYS_pselect6:
	case SYS_epoll_wait:
	case SYS_epoll_pwait:
	case SYS_rt_sigtimedwait:
	case SYS_semtimedop:
		return true;
	default:
		return false;
	}
}

/* Any signal of another process may end a sleep early. */
static void expect_slept_on(unsigned slot)
{
	const unsigned ms = 200;
	uint64_t start = now_ms();
	bool interrupted;
	struct subject *s = subject_run_failing(
		(struct subject_spec){
			.argv = SUBJECT_ARGV("board", "wait", BOARD, U(slot), "1", U(ms)),
			.in = "" },
		sleeps, 1, EINTR, &interrupted);

	if (interrupted)
		judge_note("the judge had a signal interrupt the first sleep: EINTR");
	expect_timeout(s, start, ms);
}

static void set_clock_forward(int seconds)
{
	struct timespec t;

	SAFE(clock_gettime(CLOCK_REALTIME, &t));
	t.tv_sec += seconds;
	SAFE(clock_settime(CLOCK_REALTIME, &t));
}

/* Only the clock of the day can be set; once before it sleeps, and once while it does. */
static void expect_steady_clock(unsigned slot)
{
	struct subject *s = START("board", "hold", "wait", BOARD, U(slot), "1", LONG);

	await_going_to_sleep(s);
	set_clock_forward(3600);
	subject_close_stdin(s);
	judge_poll(asleep_or_end, s, PATIENCE_MS);
	set_clock_forward(3600);
	judge_poll(over, s, SETTLE_MS);
	set_clock_forward(-7200);
	judge_note("somebody set the clock of the day forward while it waited");
	if (subject_ended(s) && tool_error(s) && !strcmp(tool_error(s), "ETIMEDOUT"))
		judge_fail("a program that sleeps", "error ETIMEDOUT",
			   "board_wait gave up too early: it goes by the clock of the day, which "
			   "can be set. That of CLOCK_MONOTONIC cannot.");
	await_sleep(s);
	subject_kill(s, SIGKILL);
}

#define BURST 16 /* posts; more than anybody keeps texts for one slot */

/* So many posts by one program; if they have to wait for a reader, that is right as well. */
static struct subject *post_burst(unsigned slot, char *const *text)
{
	const char *argv[4 + BURST + 1] = { "board", "post", BOARD, U(slot) };
	struct subject *p;

	memcpy(&argv[4], text, BURST * sizeof(*text));
	p = subject_start(&(struct subject_spec){ .argv = argv, .in = "" });
	judge_poll(over, p, 5 * SETTLE_MS);
	return p;
}

/* Who keeps many texts, or found a whole one, need not copy a second time. */
static bool copies_again(struct subject *r, unsigned nth)
{
	unsigned n;

	return judge_poll(stopped_or_end, &(struct stop){ r, nth }, PATIENCE_MS) &&
	       !subject_ended(r) && !strcmp(last_stop(r, &n), "board_copy");
}

static bool is_past(void *arg)
{
	return now_ms() >= *(const uint64_t *)arg;
}

#define COPIES 8 /* to give up after a few attempts is right as well */

/* In each copy of the text, others post so often that it is another one. */
static void expect_end_while_torn(unsigned slot)
{
	unsigned ms = judge_deadline_ms(100), i;
	char *text[BURST];
	struct subject *r, *p;
	uint64_t until;

	for (i = 0; i < BURST; i++)
		text[i] = full_text();
	r = START("board", "hold", "wait", BOARD, U(slot), U(UINT32_MAX), U(ms));
	await_stop(r, 1, "board_wait", "board_copy");
	until = now_ms() + ms;
	judge_note("the judge stopped `board wait` in each board_copy, until its time was over and "
		   "others had posted %u times",
		   BURST);
	for (i = 1;; i++) {
		p = post_burst(slot, text);
		if (!subject_ended(p))
			break;
		judge_poll(is_past, &until, PATIENCE_MS);
		subject_send(r, "\n");
		if (!copies_again(r, i + 1))
			break;
		if (i == COPIES)
			judge_fail("error ETIMEDOUT",
				   judge_fmt("board_copy, for the %uth time", i + 1),
				   "board_wait does not end when its time is over, as long as each "
				   "text is another one when it has been copied: look at the clock "
				   "then, too.");
	}
	subject_close_stdin(r);
	await_end(r, "board_wait does not return");
	await_end(p, "board_post does not return");
	/* A whole text is right as well. */
	if (tool_error(r))
		expect_error(r, "ETIMEDOUT", "board_wait succeeded");
	else
		expect_success(r, "board_wait");
	expect_success(p, "board_post");
}

START_TEST(wait_ends_at_timeout)
{
	/* So nearly a second that the nanoseconds of its end are more than a second. */
	unsigned slots = 2 + judge_below(4), slot = judge_below(slots), ms = 999;
	unsigned beside = (slot + 1) % slots, i;
	/*
	 * Seconds and nanoseconds have a place each; 32 bits hold the nanoseconds of
	 * fewer than 4295 ms, and the microseconds of fewer than 4294968.
	 */
	unsigned longer[] = { 1000 + judge_below(3000), 4295, 4294968 };
	uint32_t post_number;
	struct subject *s;
	uint64_t start;

	make_board(slots);
	post(slot, "before");
	start = now_ms();
	s = watch_traced(slot, ms);
	judge_poll(asleep_or_end, s, SETTLE_MS);
	post_beside(s, beside, start + judge_deadline_ms(ms + PATIENCE_MS));
	judge_input("board wait " BOARD " %u 1 %u; meanwhile, again and again, board post " BOARD
		    " %u elsewhere",
		    slot, ms, beside);
	expect_timeout(s, start, ms);
	if (naps(s) > 2)
		judge_fail("one sleep", judge_fmt("%u that time ended", naps(s)),
			   "board_wait wakes up now and then to look: it sees posts late, and "
			   "keeps the processor from rest.");
	for (i = 0; i < sizeof(longer) / sizeof(longer[0]); i++)
		expect_long_sleep(slot, longer[i]);
	expect_slept_on(slot);
	expect_steady_clock(slot);
	expect_end_while_torn(slot);
	post_number = message_in_slot(slot).number;
	ask_error(others(), "ETIMEDOUT", "board_wait returned 0, but its message is known already",
		  judge_fmt("wait %s %u %u 0", BOARD, slot, post_number));
}
END_TEST

START_TEST(watcher_needs_no_write_access)
{
	unsigned slots = 2 + judge_below(4), slot = judge_below(slots);
	char *text = judge_random_word(15), *next = judge_random_word(15);
	const struct vma *v;
	struct subject *s;

	make_board(slots);
	post(slot, text);
	file_chmod(BOARD, 0444);
	judge_note("the file's mode was 0444 while the watcher started");
	expect_slot(slot, 1, text, "the message, in a file that may only be read");
	s = waiting(slot, 1);
	await_sleep(s);
	v = maps_find(subject_pid(s), "/" BOARD);
	/* It may as well sleep without, and map it again. */
	if (v && !v->shared)
		judge_fail("MAP_SHARED (r--s in /proc/PID/maps)", "MAP_PRIVATE (r--p)",
			   "board_wait maps the file MAP_PRIVATE: mmap(2) leaves it open whether "
			   "the stores of others show there.");
	file_chmod(BOARD, 0644);
	post(slot, next);
	await_end(s, "a watcher that may only read the file was not woken");
	expect_found(message_of(s), 2, next, "the message that a watcher waited for");
}
END_TEST

/* --------------------------------------------------------------- whole texts */

START_TEST(half_post_is_not_seen)
{
	unsigned slots = 2 + judge_below(4), slot = judge_below(slots);
	char *old[2] = { full_text(), full_text() }, *new = full_text();
	struct subject *p, *s;
	struct found m;

	make_board(slots);
	expect_success(RUN("board", "post", BOARD, U(slot), old[0], old[1]), "board_post");
	p = START("board", "hold", "post", BOARD, U(slot), new);
	await_stop(p, 1, "board_post", "board_copy");
	judge_note("the judge stopped a third post in the middle of board_copy");

	s = START("board", "read", BOARD, U(slot));
	await_end(s,
		  "board_wait does not end while a post is under way, although its timeout is 0");
	if (!tool_error(s) || strcmp(tool_error(s), "ETIMEDOUT") != 0) {
		m = message_of(s);
		if (m.number == 3)
			judge_fail(judge_fmt("message 2 %s", old[1]), tool_last_line(s),
				   "the number of a post was there before its text: store the "
				   "number last.");
		expect_found(m, 2, old[1], "the message while the next one is being posted");
	}
	s = START("board", "wait", BOARD, U(slot), "2", "20");
	await_end(s, "board_wait does not end at its timeout while a post is under way");
	expect_error(s, "ETIMEDOUT",
		     "board_wait took a post for done whose text was still being copied");

	s = waiting(slot, 2);
	await_sleep(s);
	subject_close_stdin(p);
	expect_success(p, "board_post");
	await_end(s, "a watcher that fell asleep in the middle of a post was not woken at its end");
	expect_found(message_of(s), 3, new, "the message, when its post was done");
}
END_TEST

static void expect_one_posted(struct found m, char *const *text, unsigned n)
{
	unsigned i;

	for (i = 0; i < n; i++)
		if (!strcmp(m.text, text[i]))
			break;
	if (i == n)
		judge_fail("the text of one post", m.text,
			   "board_wait gave the beginning of one text and the end of another: look "
			   "after the copy whether a post came in between, and take it again, as "
			   "often as that happens.");
	if (m.number != i + 1)
		judge_fail(judge_fmt("number %u", i + 1), U(m.number),
			   "board_wait gave the number of one post with the text of another.");
}

START_TEST(text_is_read_whole)
{
	unsigned slots = 2 + judge_below(4), slot = judge_below(slots), posts = 1, i;
	char *text[1 + 2 * BURST];
	struct subject *r, *p;

	make_board(slots);
	for (i = 0; i <= 2 * BURST; i++)
		text[i] = full_text();
	post(slot, text[0]);
	/* With time left, so that it need not give up when a text has changed. */
	r = START("board", "hold", "wait", BOARD, U(slot), U(UINT32_MAX), LONG);
	await_stop(r, 1, "board_wait", "board_copy");
	for (i = 1;; i++) {
		p = post_burst(slot, &text[posts]);
		posts += BURST;
		judge_input("board hold wait " BOARD " %u %u " LONG
			    "; at stop %u, board post " BOARD " %u and %u texts",
			    slot, UINT32_MAX, i, slot, BURST);
		judge_note("the judge stopped `board wait` in the middle of board_copy, call %u, "
			   "while others posted %u times",
			   i, BURST);
		if (i == 2 || !subject_ended(p))
			break;
		subject_send(r, "\n");
		if (!copies_again(r, i + 1))
			break;
	}
	subject_close_stdin(r);
	await_end(r, "board_wait does not return");
	await_end(p, "board_post does not return");
	expect_success(p, "board_post");
	expect_one_posted(message_of(r), text, posts);
	expect_slot(slot, posts, text[posts - 1], "the last message");
}
END_TEST

/* ------------------------------------------------------------------- posters */

static void expect_one_of(struct found m, char *const *text, size_t n, const char *why)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!strcmp(m.text, text[i]))
			return;
	judge_fail(
		"the text of one post", m.text,
		"message %u has none of the texts that were posted at the same time, but one made "
		"of two, or an older one: %s.",
		m.number, why);
}

#define POSTERS 4
#define POSTS 25

/* Four programs post as fast as they can, a fifth reads. */
static void post_at_once(unsigned slot, uint32_t base)
{
	uint32_t last = base + POSTERS * POSTS, seen = 0;
	struct subject *s[POSTERS], *r;
	const char *argv[4 + POSTS + 1] = { "board", "post", BOARD, U(slot) }, *p;
	char *text[POSTERS + 2];
	unsigned i, k;

	r = START("board", "follow", BOARD, U(slot), U(last), LONG);
	for (i = 0; i < POSTERS; i++)
		text[i] = full_text();
	for (i = 0; i < POSTERS; i++) {
		for (k = 0; k < POSTS; k++)
			argv[4 + k] = text[i];
		s[i] = subject_start(&(struct subject_spec){ .argv = argv });
	}
	judge_input("board post " BOARD " %u and %u texts, in %u programs at once", slot, POSTS,
		    POSTERS);
	for (i = 0; i < POSTERS; i++) {
		await_end(s[i], "board_post, with three others at once, does not return");
		expect_success(s[i], "board_post, with three others at once,");
	}
	judge_note("%u programs posted %u times each, and one read", POSTERS, POSTS);
	expect_int(message_in_slot(slot).number, last,
		   "number after %u posts: each counts, also of those at the same time.",
		   POSTERS * POSTS);
	await_end(r, "board_wait missed the last post of several at once");
	expect_success(r, "board_wait");
	for (p = subject_out(r, NULL); *p; p += strcspn(p, "\n") + 1) {
		struct found m;

		if (!message_in(judge_fmt("%.*s", (int)strcspn(p, "\n"), p), &m))
			break;
		if (seen && m.number <= seen)
			judge_fail(judge_fmt("a number above %u", seen), U(m.number),
				   "the number of messages went back.");
		seen = m.number;
		if (m.number > base)
			expect_one_of(m, text, POSTERS,
				      "two stored at the same time, or board_wait did not look "
				      "again at the number when it had copied");
	}
}

/* A post that did not get its lock was not made, or took it in the end. */
static void expect_posting_told(unsigned slot)
{
	struct subject_spec spec = { .argv = SUBJECT_ARGV("board", "post", BOARD, U(slot), "told"),
				     .in = "" };
	uint32_t before = message_in_slot(slot).number;

	expect_failures_told(spec, locks_file, ENOLCK, "post, a lock of which");
	expect_int(message_in_slot(slot).number, before + 1,
		   "number after one post that succeeded; those that failed change nothing.");
	expect_lock_taken(spec, "board_post");
}

START_TEST(posters_take_turns)
{
	unsigned slots = 2 + judge_below(4), slot = judge_below(slots);
	char *text[2] = { full_text(), full_text() };
	struct subject *s[2];
	struct found m;

	make_board(slots);
	post(slot, "before");
	s[0] = START("board", "hold", "post", BOARD, U(slot), text[0]);
	await_stop(s[0], 1, "board_post", "board_copy");
	s[1] = START("board", "post", BOARD, U(slot), text[1]);
	judge_poll(asleep_or_end, s[1], 5 * SETTLE_MS);
	subject_close_stdin(s[0]);
	judge_note("the judge stopped a post in the middle of board_copy, while another program "
		   "posted into the same slot");
	await_end(s[0], "board_post does not return");
	await_end(s[1], "a poster that had to wait for another one does not go on after it");
	expect_success(s[0], "board_post");
	expect_success(s[1], "board_post");
	m = message_in_slot(slot);
	if (m.number != 3)
		judge_fail("3", U(m.number),
			   "two programs posted at the same time, and the number did not grow by "
			   "two: only one at a time may read it and store the next.");
	expect_one_of(m, text, 2, "only one poster at a time may store text and number");
	post_at_once(slot, 3);
	expect_posting_told(slot);
}
END_TEST

/* Stop a post in its middle and kill it. */
static void kill_a_poster(struct subject *p)
{
	subject_kill(p, SIGKILL);
	if (!judge_poll(over, p, PATIENCE_MS))
		judge_broken("a killed program did not end");
}

START_TEST(killed_poster_is_survived)
{
	unsigned slots = 2 + judge_below(4), slot = judge_below(slots);
	char *text[3] = { full_text(), full_text(), full_text() };
	struct subject *p, *next, *w;
	struct found m;

	make_board(slots);
	post(slot, full_text());
	p = START("board", "hold", "post", BOARD, U(slot), full_text());
	await_stop(p, 1, "board_post", "board_copy");
	w = waiting(slot, 1);
	await_sleep(w);
	next = START("board", "post", BOARD, U(slot), text[0]);
	judge_poll(asleep_or_end, next, 5 * SETTLE_MS);
	judge_note("the judge killed a program in the middle of a post, while others waited to "
		   "post and to read");
	kill_a_poster(p);
	await_end(next, "a poster waits for ever for one that was killed: the lock has to be one "
			"that the kernel takes from a dead process");
	expect_success(next, "board_post, after another poster was killed,");
	await_end(w, "a watcher was not woken by the post that came after the killed one");
	m = message_of(w);
	expect_found(m, 2, text[0], "the message after a killed post (that one does not count)");

	p = START("board", "hold", "post", BOARD, U(slot), full_text());
	await_stop(p, 1, "board_post", "board_copy");
	kill_a_poster(p);
	judge_note("then it killed another one, with nobody waiting");
	p = START("board", "post", BOARD, U(slot), text[1], text[2]);
	await_end(p, "board_post does not return");
	expect_success(p, "board_post");
	expect_slot(slot, 4, text[2], "the message after a second killed post");
}
END_TEST

/* ------------------------------------------------------------ what stays behind */

/* @error: NULL when the function has to succeed */
static void expect_clean(struct subject *s, size_t fds, const char *what, const char *error,
			 const char *command)
{
	const char *how = error ? "fails" : "succeeds";
	size_t now;

	if (error)
		ask_error(s, error, judge_fmt("%s returned 0", what), command);
	else
		ask_ok(s, what, command);
	if (maps_find(subject_pid(s), "/" BOARD))
		judge_fail("the file is not mapped any more", "it is",
			   "%s, when it %s, leaves the file mapped.", what, how);
	now = fds_count(subject_pid(s));
	if (now != fds)
		judge_fail(judge_fmt("%zu open descriptors", fds), judge_fmt("%zu", now),
			   "%s, when it %s, leaves descriptors open.", what, how);
}

static void expect_no_other_file(void)
{
	DIR *dir = opendir(".");
	struct dirent *e;

	if (!dir)
		judge_broken("opendir: %s", judge_errno_name(errno));
	while ((e = readdir(dir)))
		if (e->d_name[0] != '.' ? strcmp(e->d_name, BOARD) != 0 : strlen(e->d_name) > 2)
			judge_fail("no file but the board", e->d_name,
				   "a file beside the board was left behind.");
	closedir(dir);
}

static bool may_fail(const struct call *c)
{
	return locks_file(c) || makes_room(c) ||
	       (c->nr == SYS_mmap && c->path && strstr(c->path, "/" BOARD));
}

/* With each of its calls failing in turn. */
static void expect_nothing_left_by(const char *function, const char *const *argv, bool anew)
{
	struct subject_spec spec = { .argv = argv, .in = "" };
	unsigned nth = 0;

	do {
		if (anew && file_size(BOARD) >= 0)
			SAFE(remove(BOARD));
	} while (expect_failure_leaves_nothing(spec, may_fail, ++nth, ENOMEM, "/" BOARD, function));
}

START_TEST(nothing_stays_behind)
{
	static const char zeros[4096];
	struct subject *s = session();
	size_t fds = fds_count(subject_pid(s));

	/* Of several pages, so that a part of it may stay mapped. */
	expect_clean(s, fds, "board_init", NULL, "init " BOARD " 200");
	expect_clean(s, fds, "board_init", NULL, "init " BOARD " 200");
	expect_clean(s, fds, "board_post", NULL, "post " BOARD " 1 text text text");
	expect_clean(s, fds, "board_wait", NULL, "read " BOARD " 1");
	expect_clean(s, fds, "board_wait", NULL, "wait " BOARD " 1 0 0");
	expect_clean(s, fds, "board_wait", "ETIMEDOUT", "wait " BOARD " 0 0 1");
	expect_clean(s, fds, "board_post", "EINVAL", "post " BOARD " 200 text");
	expect_clean(s, fds, "board_wait", "EINVAL", "read " BOARD " 200");
	expect_clean(s, fds, "board_post", "EMSGSIZE",
		     judge_fmt("post " BOARD " 1 %s", judge_random_word(BOARD_TEXT)));
	expect_clean(s, fds, "board_init", "EEXIST", "init " BOARD " 201");
	expect_clean(s, fds, "board_init", "ENOENT", "init missing/board 3");
	expect_clean(s, fds, "board_post", "ENOENT", "post missing 0 text");
	expect_clean(s, fds, "board_wait", "ENOENT", "read missing 0");
	file_write(BOARD, full_text(), BOARD_TEXT);
	content = "letters, not a board";
	expect_clean(s, fds, "board_init", "EBADMSG", "init " BOARD " 3");
	expect_clean(s, fds, "board_post", "EBADMSG", "post " BOARD " 0 text");
	expect_clean(s, fds, "board_wait", "EBADMSG", "read " BOARD " 0");
	file_write(BOARD, zeros, sizeof(zeros));
	content = "zeros, not a board yet";
	expect_clean(s, fds, "board_post", "EAGAIN", "post " BOARD " 0 text");
	expect_clean(s, fds, "board_wait", "EAGAIN", "read " BOARD " 0");
	session_end(s);
	content = NULL;
	expect_nothing_left_by("board_init", SUBJECT_ARGV("board", "init", BOARD, "3"), true);
	expect_nothing_left_by("board_post", SUBJECT_ARGV("board", "post", BOARD, "1", "text"),
			       false);
	expect_nothing_left_by("board_wait", SUBJECT_ARGV("board", "read", BOARD, "1"), false);
	expect_no_other_file();
}
END_TEST

const struct judge_suite judge_suite = {
	.lab = "08-board",
	.guesses = guesses,
	.explain_crash = explain_crash,
	.tests = {
		JUDGE_TEST(post_reaches_other_program),
		JUDGE_TEST(bounds_are_kept),
		JUDGE_TEST(second_init_keeps_posts),
		JUDGE_TEST(half_made_board_is_not_used),
		JUDGE_TEST(damaged_file_is_refused),
		JUDGE_TEST(watcher_is_woken),
		JUDGE_TEST(no_post_is_missed),
		JUDGE_TEST(wait_ends_at_timeout),
		JUDGE_TEST(watcher_needs_no_write_access),
		JUDGE_TEST(half_post_is_not_seen),
		JUDGE_TEST(text_is_read_whole),
		JUDGE_TEST(posters_take_turns),
		JUDGE_TEST(killed_poster_is_survived),
		JUDGE_TEST(nothing_stays_behind),
		JUDGE_END,
	},
};
