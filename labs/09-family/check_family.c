// SPDX-License-Identifier: GPL-2.0-only
/*
 * check_family.c - the judge's suite for 09-family.
 *
 * What could come out one way or the other by chance is arranged: with
 * `family hold`, every process stops in a read(2) of standard input where
 * family.c calls the tool's functions, and the judge waits for what it wants
 * to see (all children alive, the other side asleep) before it lets them go
 * on. So a program with a race fails each time, also with one processor.
 *
 * How the two sides wake each other, how the counter is kept whole, and what
 * lies where in the shared memory are the student's choice.
 */
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "judge.h"
#include "family.h"

#define PAGE 4096
#define KIDS_MAX 64
#define KPF_ZERO_PAGE 24 /* linux/kernel-page-flags.h */
#define FDS 3 /* standard input, output and error: all that the tool has open */
#define PATIENCE_MS 1000 /* nominal, for what a right program does at once */
#define SETTLE_MS 60 /* for a side that may as well spin as sleep */
#define U(x) judge_fmt("%u", (unsigned)(x))

/* ------------------------------------------------- what the processes are in */

/* Does it wait in read(0, ...), that is, in a function of main.c? */
static bool stopped(pid_t pid)
{
	uint64_t fd;

	return process_waits_in(pid, SYS_read, &fd) && fd == 0;
}

struct watch {
	struct subject *s;
	pid_t pid;
	unsigned want;
	pid_t kids[KIDS_MAX];
	size_t n;
};

static bool kids_or_end(void *arg)
{
	struct watch *w = arg;

	w->n = children_of(subject_pid(w->s), w->kids, KIDS_MAX);
	return w->n >= w->want || subject_ended(w->s);
}

static bool stopped_or_end(void *arg)
{
	struct watch *w = arg;

	return stopped(w->pid) || subject_ended(w->s);
}

static bool asleep_or_gone(void *arg)
{
	struct watch *w = arg;
	char state = process_state(w->pid);

	return state != 'R' && state != 't';
}

/* Two stand between load and store, or all but one are kept out by a lock. */
static bool kids_settled(void *arg)
{
	struct watch *w = arg;
	unsigned i, in_step = 0, waiting = 0;

	for (i = 0; i < w->n; i++) {
		in_step += stopped(w->kids[i]);
		waiting += process_state(w->kids[i]) == 'S';
	}
	return in_step > 1 || waiting == w->n || subject_ended(w->s);
}

static bool over(void *arg)
{
	struct watch *w = arg;

	return subject_ended(w->s);
}

/*
 * Let a process fall asleep that has to wait for another one, if it will.
 * Return: false when it does not wait, but is in one of main.c's functions.
 */
static bool waits(struct subject *s, pid_t pid)
{
	judge_poll(asleep_or_gone, &(struct watch){ .s = s, .pid = pid }, SETTLE_MS);
	return !stopped(pid);
}

/* ------------------------------------------------------------ expectations */

static const struct judge_guess guesses[] = {
	{ "ENOSYS", "the function is not written yet, or it calls clone3(2), which fails so under "
		    "the judge: make children by fork(2)" },
	{ "EIO", "a child did not end with status 0 (did it die by a signal?)" },
	{ "ECHILD", "wait was called when no child was left (has fork() been called at all?)" },
	{ "EINVAL", "mmap takes exactly one of MAP_SHARED and MAP_PRIVATE, and a length above 0" },
	{ "EBADF", "a mapping without MAP_ANONYMOUS needs an open descriptor" },
	{ "EACCES", "a shared mapping that is written to needs a descriptor opened O_RDWR" },
	{ "ENODEV", "not every file or device can be mapped" },
	{ NULL, NULL },
};

/* The function of main.c in which a child stops. */
static const char *childs_call(const char *what)
{
	if (!strcmp(what, "fam_count"))
		return "fam_next";
	return strcmp(what, "fam_talk") ? "fam_look" : "fam_answer";
}

/* The program must not have ended while a child of it is stopped. */
static void expect_running(struct subject *s, const char *what)
{
	if (!subject_ended(s))
		return;
	expect_success(s, what);
	if (!strstr(subject_err(s, NULL), "child "))
		judge_fail(judge_fmt("a child that calls %s", childs_call(what)), "none did so",
			   "%s returned before a child had called %s: it does not wait for the "
			   "child, or the child never calls it.",
			   what, childs_call(what));
	judge_fail("a parent that waits", "it has ended",
		   "%s returned although a child had not ended: wait for every child.", what);
}

/* All want children, while none of them can have finished its work. */
static void await_kids(struct watch *w, const char *what)
{
	bool seen = judge_poll(kids_or_end, w, PATIENCE_MS);

	expect_running(w->s, what);
	if (!seen && w->n == 0)
		judge_fail(judge_fmt("%u alive", w->want), "no child",
			   "%s neither returns nor has a living child: it does not come to fork, "
			   "or its children end without a call of %s.",
			   what, childs_call(what));
	if (!seen)
		judge_fail(judge_fmt("%u children alive", w->want), judge_fmt("%zu", w->n),
			   "%s does not make all its children before it waits for the first.",
			   what);
}

/* The one child, stopped in a function of main.c. */
static pid_t await_kid_in(struct subject *s, const char *what, const char *function)
{
	struct watch w = { .s = s, .want = 1 };
	bool seen;

	await_kids(&w, what);
	w.pid = w.kids[0];
	seen = judge_poll(stopped_or_end, &w, PATIENCE_MS);
	expect_running(s, what);
	if (!seen && !process_state(w.pid))
		judge_fail(judge_fmt("a child that calls %s", function), "no child any more",
			   "the child of %s ended too early.", what);
	if (!seen)
		judge_fail(judge_fmt("a child that calls %s", function), "it does not",
			   "the child of %s does not come to call %s.", what, function);
	return w.pid;
}

/* Of a child that has gone, nothing can be read any more. */
static void expect_alive(pid_t kid, const char *what)
{
	char state = process_state(kid);

	if (!state || state == 'Z')
		judge_fail(judge_fmt("a child that calls %s", childs_call(what)), "it has ended",
			   "a child of %s ended before its work was done%s.", what,
			   strcmp(what, "fam_talk") ? "" : ": one child answers all questions");
}

/* Parent and child see the same object at the same address. */
static void expect_shared(struct subject *s, pid_t kid, const char *what)
{
	const char *want = "a shared mapping named /dev/zero in /proc/PID/maps (so the kernel "
			   "calls MAP_SHARED|MAP_ANONYMOUS too)";
	const struct vma *ours = maps_find(subject_pid(s), "/dev/zero"), *theirs, *v;
	size_t n;

	if (!ours || !ours->shared) {
		/* What ends maps nothing any more. */
		judge_poll(over, &(struct watch){ .s = s }, SETTLE_MS);
		expect_running(s, what);
		for (v = maps_read(subject_pid(s), &n); n > 0; n--, v++)
			if (v->shared)
				judge_fail(
					want, judge_fmt("one of %s", v->path),
					"%s shares a file with its child: anonymous memory needs "
					"none, MAP_SHARED is enough for all who are forked later.",
					what);
		judge_fail(want, "none in the parent",
			   "%s has no memory that parent and child share: MAP_PRIVATE, or mapped "
			   "after the fork.",
			   what);
	}
	expect_alive(kid, what);
	theirs = maps_at(kid, ours->start);
	if (!theirs || theirs->inode != ours->inode || !theirs->shared)
		judge_fail("the same shared mapping in parent and child",
			   theirs ? "another one in the child" : "none in the child",
			   "the child of %s does not have the parent's shared mapping: map before "
			   "the fork, once, and without MADV_DONTFORK.",
			   what);
}

/* How a call lets time pass, or NULL. */
static const char *sleeping(const struct call *c)
{
	switch (c->nr) {
	case SYS_nanosleep:
	case SYS_clock_nanosleep:
		return "nanosleep (sleep, usleep)";
	case SYS_poll:
		return (int)c->args[2] > 0 ? "poll with a timeout" : NULL;
	case SYS_ppoll:
		return c->args[2] ? "ppoll with a timeout" : NULL;
	case SYS_select:
	case SYS_pselect6:
		return c->args[4] ? "select with a timeout" : NULL;
	case SYS_epoll_wait:
	case SYS_epoll_pwait:
		return (int)c->args[3] > 0 ? "epoll_wait with a timeout" : NULL;
	case SYS_rt_sigtimedwait:
		return c->args[2] ? "sigtimedwait with a timeout" : NULL;
	case SYS_alarm:
	case SYS_setitimer:
	case SYS_timer_settime:
	case SYS_timerfd_settime:
		return "a timer";
	default:
		return NULL;
	}
}

static void expect_no_sleep(struct subject *s, const char *what)
{
	size_t n, i;
	const struct call *c = subject_calls(s, &n);

	for (i = 0; i < n; i++)
		if (sleeping(&c[i]))
			judge_fail(
				"a wait for the other side", sleeping(&c[i]),
				"a %s of %s lets time pass instead of waiting for the other side: "
				"too short, it is wrong; too long, it is slow.",
				c[i].pid == subject_pid(s) ? "parent" : "child", what);
}

/* ------------------------------------------------------------------- count */

static void expect_total(struct subject *s, long long want)
{
	long long got;

	expect_success(s, "fam_count");
	if (sscanf(tool_last_line(s), "total %lld", &got) != 1)
		judge_fail(judge_fmt("total %lld", want), tool_last_line(s),
			   "the last line of output is not the total.");
	if (got == -1)
		judge_fail(judge_fmt("total %lld", want), "none",
			   "fam_count returned 0, and has not set *total.");
	if (got == 0)
		judge_fail(judge_fmt("total %lld", want), "total 0",
			   "the parent's counter still has its first value: it was read before all "
			   "children had ended, or they added to copies of their own (MAP_PRIVATE, "
			   "or mapped after the fork).");
	if (got > want)
		judge_fail(
			judge_fmt("total %lld", want), judge_fmt("total %lld", got),
			"there was more work than asked for: does a child, when it has added, go "
			"on in its parent's loop and fork?");
	if (got < want)
		judge_fail(judge_fmt("total %lld", want), judge_fmt("total %lld", got),
			   "updates were lost: two children read one old value and both stored (or "
			   "the total was read before all had ended).");
}

START_TEST(count_reaches_parent)
{
	unsigned times = 2 + judge_below(30), step = 1 + judge_below(1000);
	struct subject *s = START("family", "hold", "count", "1", U(times), U(step));
	pid_t kid = await_kid_in(s, "fam_count", "fam_next");

	expect_shared(s, kid, "fam_count");
	waits(s, subject_pid(s));
	expect_running(s, "fam_count");
	subject_close_stdin(s);
	expect_total(s, (long long)times * step);
}
END_TEST

/* Start n children and let all of them reach their first addition. */
static struct subject *count_together(unsigned n, unsigned times, unsigned step, unsigned factor)
{
	struct subject *s = subject_start(&(struct subject_spec){
		.argv = SUBJECT_ARGV("family", "hold", "count", U(n), U(times), U(step), U(factor)),
		.trace = true,
	});
	struct watch w = { .s = s, .want = n };
	unsigned i;

	judge_note("the judge stopped the children in fam_next, until all %u were alive", n);
	await_kids(&w, "fam_count");
	judge_poll(kids_settled, &w, 5 * SETTLE_MS);
	expect_running(s, "fam_count");
	for (i = 0; i < n; i++)
		expect_shared(s, w.kids[i], "fam_count");
	subject_close_stdin(s);
	return s;
}

static void expect_no_grandchild(struct subject *s)
{
	size_t n, i;
	const struct call *c = subject_calls(s, &n);

	for (i = 0; i < n; i++)
		if ((c[i].nr == SYS_clone || c[i].nr == SYS_clone3 || c[i].nr == SYS_fork ||
		     c[i].nr == SYS_vfork) &&
		    c[i].pid != subject_pid(s))
			judge_fail(
				"forks in the parent only", "a child forks",
				"a child of fam_count, when it has added, goes on in its parent's "
				"loop and forks: it has to end there.");
}

START_TEST(children_work_at_once)
{
	unsigned n = 3 + judge_below(3), times = 5 + judge_below(20);
	struct subject *s = count_together(n, times, 1, 1);
	long long got;

	subject_wait(s);
	expect_no_grandchild(s);
	expect_success(s, "fam_count");
	/* Whether some of it was lost is the next test's question. */
	if (sscanf(tool_last_line(s), "total %lld", &got) != 1 || got == 0 || got > n * times)
		expect_total(s, n * times);
}
END_TEST

/* What fam_next() makes of 0, and of that, and so on; as in main.c. */
static long long after(unsigned updates, unsigned step, unsigned factor)
{
	long long value = 0;

	for (; updates; updates--)
		value = (value * factor + step) % 1000003;
	return value;
}

/* Here each value grows by another amount, so that a sum of amounts is none of them. */
static void expect_each_value_passed_on(void)
{
	unsigned n = 2 + judge_below(3), times = 3 + judge_below(5), step = 1 + judge_below(1000);
	unsigned factor = 2 + judge_below(30);
	long long want = after(n * times, step, factor), got;
	struct subject *s = count_together(n, times, step, factor);

	judge_note("the judge let fam_next make %u times the old value, and %u, of it", factor,
		   step);
	expect_success(s, "fam_count");
	if (sscanf(tool_last_line(s), "total %lld", &got) != 1 || got != want)
		judge_fail(judge_fmt("total %lld", want), tool_last_line(s),
			   "the total is not what fam_next makes of each value in turn: what it "
			   "returned is to be stored in place of that value, and no other (is a "
			   "difference added to a value that fam_next was not given?).");
}

START_TEST(no_update_is_lost)
{
	unsigned n = 3 + judge_below(3), times = 5 + judge_below(20), step = 1 + judge_below(1000);
	struct subject *s;

	s = count_together(n, times, step, 1);
	expect_total(s, (long long)n * times * step);
	expect_no_sleep(s, "fam_count"); /* each in a time of its own: no two met */
	n = 2 + judge_below(3);
	times = 30 + judge_below(30);
	/* A lock that spins is right, and slow where there are few processors. */
	s = subject_run(&(struct subject_spec){
		.argv = SUBJECT_ARGV("family", "count", U(n), U(times)),
		.in = "",
		.deadline_ms = 15000,
	});
	expect_total(s, (long long)n * times);
	expect_each_value_passed_on();
}
END_TEST

/* -------------------------------------------------------------------- talk */

static char *answer_to(const char *question)
{
	size_t len = strnlen(question, FAM_TEXT - 1), i;
	char *text = judge_fmt("%.*s", (int)len, question);

	for (i = 0; i < len; i++)
		text[i] = question[len - 1 - i];
	return text;
}

/* The answers, from whatever was printed: doubled lines have their own test. */
static void expect_answers(struct subject *s, char *const *question, unsigned n)
{
	const char *p = subject_out(s, NULL);
	unsigned i;

	for (i = 0; i < n; i++, p++) {
		const char *want = answer_to(question[i]), *line;

		while (*p && strncmp(p, "answer ", 7))
			p += strcspn(p, "\n") + (strchr(p, '\n') != NULL);
		if (!*p)
			judge_fail(judge_fmt("%u answers", n), judge_fmt("%u", i),
				   "the parent did not pass every answer to fam_heard.");
		line = judge_fmt("%.*s", (int)strcspn(p + 7, "\n"), p + 7);
		p += strcspn(p, "\n");
		if (!strcmp(line, "?"))
			judge_fail(want, line, "fam_answer was called in the parent.");
		if (strlen(question[i]) >= FAM_TEXT && strcmp(line, want))
			judge_fail(want, line,
				   "a question of %zu bytes was not cut to its first 63 and "
				   "a NUL: this is the answer to another text.",
				   strlen(question[i]));
		expect_str(line, want, "answer %u is wrong (an answer is its question backwards).",
			   i + 1);
	}
}

/* Is this text in memory that both processes share? */
static void expect_in_memory(struct subject *s, pid_t kid, const char *text, const char *why)
{
	const struct vma *v;
	size_t n, i, len;
	char *copy;

	expect_alive(kid, "fam_talk");
	v = maps_read(kid, &n);
	for (i = 0; i < n; i++) {
		const struct vma *ours = maps_at(subject_pid(s), v[i].start);

		len = v[i].end - v[i].start;
		if (!v[i].shared || !ours || ours->inode != v[i].inode)
			continue;
		copy = malloc(len);
		if (!copy)
			judge_broken("out of memory");
		if (memory_read(kid, v[i].start, copy, len) &&
		    memmem(copy, len, text, strlen(text) + 1))
			return;
		free(copy);
	}
	judge_fail(judge_fmt("\"%s\" in a shared mapping", text), "it is not there", "%s", why);
}

static _Noreturn void too_early(struct subject *s)
{
	expect_no_sleep(s, "fam_talk");
	judge_fail("a parent that waits for the child's answer", "it goes on",
		   "the parent of fam_talk does not wait: it called fam_heard or fam_answer while "
		   "the child had not answered (fam_answer is the child's).");
}

static void await_stop(struct subject *s, pid_t pid, const char *who, const char *function)
{
	struct watch w = { .s = s, .pid = pid };
	const char *want = judge_fmt("%s that calls %s", who, function);
	bool seen = judge_poll(stopped_or_end, &w, PATIENCE_MS);
	char state = process_state(pid);
	pid_t kid;

	expect_running(s, "fam_talk");
	if (seen)
		return;
	if (pid != subject_pid(s) && stopped(subject_pid(s)))
		too_early(s);
	if (pid == subject_pid(s) && children_of(pid, &kid, 1) == 1 && stopped(kid))
		judge_fail(want, "the child calls fam_answer or fam_heard first",
			   "the child goes on before the parent has called fam_heard: each answer "
			   "is heard before the next question, and by the parent.");
	if (!state || state == 'Z')
		judge_fail(want, "it has ended", "%s of fam_talk ended too early.", who);
	if (state == 'S' && process_waits_in(pid, SYS_futex, NULL))
		judge_fail(
			want, "it still sleeps in futex(2)",
			"%s was asleep and was not woken by the other side: does that one post, "
			"each time? What is waited for must lie in the shared memory, and be made "
			"for several processes (sem_init with pshared 1, PTHREAD_PROCESS_SHARED, "
			"no FUTEX_PRIVATE_FLAG).",
			who);
	if (state == 'R')
		judge_fail(want, "it runs and runs",
			   "%s does not see what the other side stored: is the flag it waits for "
			   "atomic, and in shared memory?",
			   who);
	judge_fail(want, "it does not", "%s does not come to call %s.", who, function);
}

/* Take fam_talk through all rounds; the other side sleeps before each step. */
static void step_through(struct subject *s, char *const *question, unsigned n)
{
	pid_t parent = subject_pid(s), kid = 0;
	unsigned i;

	for (i = 0; i < n; i++) {
		if (i == 0) {
			struct watch w = { .s = s, .want = 1 };

			await_kids(&w, "fam_talk");
			kid = w.kids[0];
			expect_shared(s, kid, "fam_talk");
		}
		await_stop(s, kid, "the child", "fam_answer");
		expect_in_memory(s, kid, question[i],
				 "the question does not lie in memory that parent and child share, "
				 "or the child did not wait for it.");
		if (!waits(s, parent))
			too_early(s);
		subject_send(s, "\n");
		await_stop(s, parent, "the parent", "fam_heard");
		if (i + 1 < n) {
			waits(s, kid);
			expect_in_memory(
				s, kid, answer_to(question[i]),
				"the answer does not lie in memory that parent and child share.");
		}
		subject_send(s, "\n");
	}
	subject_close_stdin(s);
}

/* Of one length, so that no question shows what an earlier one left behind. */
static char **questions(unsigned n)
{
	size_t len = 4 + judge_below(30);
	char **q = calloc(n + 1, sizeof(*q));
	unsigned i;

	if (!q)
		judge_broken("out of memory");
	for (i = 0; i < n; i++)
		q[i] = judge_random_word(len);
	return q;
}

/* Who goes to sleep on a word of memory: what semaphores and locks are made of. */
static bool sleeps_on_word(const struct call *c)
{
	unsigned op = c->args[1] & FUTEX_CMD_MASK;

	return c->nr == SYS_futex && (op == FUTEX_WAIT || op == FUTEX_WAIT_BITSET);
}

/* A signal may interrupt any sleep, and then nothing has happened yet. */
static void talk_interrupted(void)
{
	char **q = questions(3);
	bool interrupted = true;
	struct subject *s;
	unsigned nth;

	for (nth = 1; nth <= 3 && interrupted; nth++) {
		s = subject_run_failing(
			(struct subject_spec){
				.argv = SUBJECT_ARGV("family", "talk", q[0], q[1], q[2]),
				.in = "",
			},
			sleeps_on_word, nth, EINTR, &interrupted);
		judge_note("the judge had a signal interrupt a sleep of the program (number %u)",
			   nth);
		expect_success(s, "fam_talk, a sleep of which was interrupted,");
		expect_answers(s, q, 3);
	}
}

START_TEST(talk_goes_both_ways)
{
	char **q = questions(4);
	struct subject *s;

	q[2] = q[1]; /* the same text again is a question all the same */
	s = subject_start(&(struct subject_spec){
		.argv = SUBJECT_ARGV("family", "hold", "talk", q[0], q[1], q[2], q[3]),
		.trace = true,
	});
	judge_note("the judge let each side go on when the other one was waiting");
	judge_note("the third question is the second one again");
	step_through(s, q, 4);
	expect_success(s, "fam_talk");
	expect_answers(s, q, 4);
	expect_no_sleep(s, "fam_talk");

	s = TRACE("family", "talk");
	expect_success(s, "fam_talk without a question");
	expect_int((long long)(calls_count(s, SYS_clone, NULL) + calls_count(s, SYS_clone3, NULL) +
			       calls_count(s, SYS_fork, NULL) + calls_count(s, SYS_vfork, NULL)),
		   0, "children of fam_talk without a question.");
	talk_interrupted();
}
END_TEST

static void talk_at_length(char *const *q, unsigned n)
{
	const char *argv[8] = { "family", "talk" };
	char *sizes = "";
	struct subject *s;
	unsigned i;

	for (i = 0; i < n; i++) {
		argv[2 + i] = q[i];
		sizes = judge_fmt("%s%s%zu", sizes, i ? ", " : "", strlen(q[i]));
	}
	s = subject_start(&(struct subject_spec){ .argv = argv, .in = "" });
	judge_input("family talk, with questions of %s bytes", sizes);
	if (!judge_poll(over, &(struct watch){ .s = s }, PATIENCE_MS))
		judge_fail(
			judge_fmt("%u answers", n), "no end",
			"fam_talk hangs: what lies behind the text in shared memory was overwritten, "
			"or the child has died; if it hangs with short questions as well "
			"(talk_goes_both_ways), that is the reason here.");
	expect_success(s, "fam_talk");
	expect_answers(s, q, n);
}

START_TEST(long_message_is_cut)
{
	judge_note("a question that is not cut overwrites what lies behind it in shared memory");
	talk_at_length((char *[]){ judge_random_word(63), judge_random_word(64),
				   judge_random_word(65 + judge_below(60)), judge_random_word(9),
				   "" },
		       5);
	talk_at_length((char *[]){ judge_random_word(3000), judge_random_word(12) }, 2);
}
END_TEST

/* ---------------------------------------------------------------- /dev/zero */

/* Shared mappings that a traced program made, of /dev/zero or anonymous. */
static unsigned shared_mmaps(struct subject *s, bool anonymous)
{
	size_t n, i;
	const struct call *c = subject_calls(s, &n);
	unsigned found = 0;

	for (i = 0; i < n; i++) {
		unsigned type = c[i].args[3] & MAP_TYPE;
		bool zero = c[i].path && !strcmp(c[i].path, "/dev/zero");

		if (c[i].nr != SYS_mmap || c[i].ret < 0)
			continue;
		if (zero && c[i].pid != subject_pid(s))
			judge_fail("one mapping, made before the fork", "the child maps it again",
				   "the child maps /dev/zero for itself: each mmap of it makes new "
				   "memory, there is no file behind it that both could share.");
		found += (type == MAP_SHARED || type == MAP_SHARED_VALIDATE) &&
			 anonymous == !!(c[i].args[3] & MAP_ANONYMOUS) && (anonymous || zero);
	}
	return found;
}

static void expect_zero_calls(struct subject *s)
{
	unsigned found = shared_mmaps(s, false);

	if (!find_mmap(s, "/dev/zero"))
		judge_fail("an mmap of a descriptor of /dev/zero", "none",
			   "zero does not map the device /dev/zero.");
	if (!found)
		judge_fail("MAP_SHARED", "MAP_PRIVATE",
			   "/dev/zero was mapped privately: each process then writes to copies of "
			   "its own.");
	if (found > 1 && !subject_ended(s))
		judge_fail("one mapping of /dev/zero", U(found),
			   "/dev/zero was mapped more than once, and the program hangs: each mmap "
			   "of it makes new memory, also of the same descriptor.");
}

START_TEST(zero_maps_dev_zero)
{
	char **q = questions(2);
	struct subject *s = subject_start(&(struct subject_spec){
		.argv = SUBJECT_ARGV("family", "zero", q[0], q[1]),
		.in = "",
		.trace = true,
	});

	judge_poll(over, &(struct watch){ .s = s }, PATIENCE_MS);
	if (subject_ended(s))
		expect_success(s, "fam_talk over /dev/zero");
	expect_zero_calls(s);
	subject_wait(s);
	expect_answers(s, q, 2);
	if (calls_count(s, SYS_close, "/dev/zero") + calls_count(s, SYS_close_range, NULL) == 0)
		judge_fail("close", "it stays open",
			   "fam_map leaves the descriptor of /dev/zero open; a mapping does not "
			   "need it.");

	s = TRACE("family", "talk", q[0], q[1]);
	expect_success(s, "fam_talk");
	expect_answers(s, q, 2);
	if (find_mmap(s, "/dev/zero") || !shared_mmaps(s, true))
		judge_fail("MAP_SHARED with MAP_ANONYMOUS", "another mapping",
			   "talk, other than zero, uses anonymous memory and needs no device.");
}
END_TEST

/* ---------------------------------------------------------------------- cow */

static const char marks[] = ".w=-+";

/* Each mark is there at least once, and the letters begin again after 26. */
static char *random_plan(void)
{
	uint32_t n = 28 + judge_below(20), start = judge_below(n), i;
	char *plan = judge_random_word(n);

	for (i = 0; i < n; i++)
		plan[i] = marks[judge_below(5)];
	for (i = 0; i < 5; i++)
		plan[1 + (start + 5 * i) % (n - 1)] = marks[i];
	plan[0] = marks[judge_below(3)]; /* find_pages() begins with a letter */
	return plan;
}

static uint64_t random_page(const char *plan, char mark)
{
	uint32_t i;

	do {
		i = judge_below((uint32_t)strlen(plan));
	} while (plan[i] != mark);
	return i;
}

/* The first byte of a page as the process should read it, '0' for a byte of 0. */
static char letter(const char *plan, size_t i, bool child)
{
	if (plan[i] == '-' || (plan[i] == '+' && !child))
		return '0';
	return (char)((child && strchr("w+", plan[i]) ? 'A' : 'a') + i % 26);
}

static char *letters(const char *plan, bool child)
{
	char *text = judge_fmt("%s", plan);
	size_t i;

	for (i = 0; plan[i]; i++)
		text[i] = letter(plan, i, child);
	return text;
}

/*
 * Pages without a frame are left alone: the judge's read would bring them one.
 * In shared memory that does no harm, and a child's page has none after a fork.
 */
static char first_byte(pid_t pid, uint64_t addr, bool shared)
{
	char c = 0;

	if ((shared || page_pfn(pid, addr)) && memory_read(pid, addr, &c, 1) && c)
		return c;
	return '0';
}

/* How many of the letters lie there? Without all, it stops at the first wrong one. */
static size_t letters_at(pid_t pid, uint64_t addr, const char *plan, bool child, bool shared,
			 bool all)
{
	size_t i, found = 0;

	for (i = 0; plan[i]; i++) {
		char want = letter(plan, i, child);

		if (want == '0' || first_byte(pid, addr + i * PAGE, shared) == want)
			found++;
		else if (!all)
			break;
	}
	return found;
}

static bool pages_at(pid_t pid, uint64_t addr, const char *plan, bool child, bool shared)
{
	return letters_at(pid, addr, plan, child, shared, false) == strlen(plan);
}

/* Name the first page that is wrong, where most of them are right. */
static _Noreturn void wrong_letters(pid_t kid, const char *plan)
{
	const char *want = letters(plan, true);
	size_t n, i, len = strlen(plan), found, most = len / 2;
	const struct vma *v = maps_read(kid, &n);
	char *got = NULL;
	uint64_t a, p;

	for (i = 0; i < n; i++)
		for (a = v[i].start; v[i].w && a + len * PAGE <= v[i].end; a += PAGE) {
			found = letters_at(kid, a, plan, true, v[i].shared, true);
			if (found <= most)
				continue;
			most = found;
			got = judge_fmt("%s", want);
			for (p = 0; p < len; p++)
				if (want[p] != '0')
					got[p] = first_byte(kid, a + p * PAGE, v[i].shared);
		}
	if (!got)
		judge_fail(judge_fmt("first bytes %s", want),
			   "no pages in a row with most of these",
			   "the child's pages do not hold their letters when it calls fam_look "
			   "(are they mapped, one behind the other, and stored to at their first "
			   "bytes?).");
	for (i = 0; got[i] && got[i] == want[i]; i++)
		;
	for (p = i; got[p]; p++)
		if (got[p] < '!' || got[p] > '~')
			got[p] = '?';
	judge_fail(judge_fmt("first bytes %s", want), judge_fmt("first bytes %s", got),
		   "page %zu of the child, marked %c, does not hold the letter that it should when "
		   "the child calls fam_look%s.",
		   i, plan[i], i < 26 ? "" : " (after z and Z the letters begin again)");
}

/* Where the child's pages begin, among all its writable memory. */
static uint64_t find_pages(pid_t kid, const char *plan)
{
	const struct vma *v;
	size_t n, i;
	uint64_t a;

	judge_note("the judge looked at both processes while the child was in fam_look");
	v = maps_read(kid, &n);
	for (i = 0; i < n; i++)
		for (a = v[i].start; v[i].w && a + strlen(plan) * PAGE <= v[i].end; a += PAGE) {
			if (!pages_at(kid, a, plan, true, v[i].shared))
				continue;
			if (v[i].shared)
				judge_fail("a private mapping", "a shared one",
					   "the pages were mapped MAP_SHARED: nothing is copied, "
					   "and the parent sees what the child writes.");
			return a;
		}
	wrong_letters(kid, plan);
}

static void expect_frames(pid_t parent, pid_t kid, uint64_t addr, const char *plan)
{
	size_t i;

	for (i = 0; plan[i]; i++) {
		uint64_t ours = page_pfn(parent, addr + i * PAGE);
		uint64_t theirs = page_pfn(kid, addr + i * PAGE);

		if (plan[i] == '-' && (ours || theirs))
			judge_fail("no frame for a page marked -",
				   judge_fmt("one in the %s", ours ? "parent" : "child"),
				   "page %zu was touched, though the plan says that nobody does: "
				   "even a read brings a frame.",
				   i);
		if (plan[i] == '+' && ours)
			judge_fail("no frame in the parent for a page marked +", "one",
				   "the parent touched page %zu, which only the child should.", i);
		if (plan[i] == '.' && ours != theirs)
			judge_fail("one frame for parent and child", "two",
				   "page %zu was copied although the plan does not mark it: one of "
				   "the two wrote to it after the fork.",
				   i);
		if (plan[i] == '=' && ours == theirs)
			judge_fail("a frame of its own for the child", "the parent's frame",
				   "page %zu was not copied when the child stored the same letter "
				   "again: was it really stored? (the compiler drops p[i] = p[i])",
				   i);
		if (plan[i] == 'w' && ours == theirs)
			judge_fail("a frame of its own for the child", "the parent's frame",
				   "page %zu was not copied when the child wrote to it.", i);
	}
}

/* The child's pages are the parent's but for their first bytes. */
static void expect_first_bytes_only(pid_t parent, pid_t kid, uint64_t addr, const char *plan)
{
	unsigned char ours[PAGE] = { 0 }, theirs[PAGE];
	size_t i;

	for (i = 0; plan[i]; i++) {
		if (plan[i] == '-' || plan[i] == '.' || !page_pfn(kid, addr + i * PAGE))
			continue;
		memset(ours, 0, sizeof(ours));
		/* To read a page that the parent has not touched would bring it one. */
		if (!memory_read(kid, addr + i * PAGE, theirs, PAGE) ||
		    (page_pfn(parent, addr + i * PAGE) &&
		     !memory_read(parent, addr + i * PAGE, ours, PAGE)))
			judge_broken("cannot read the pages of process %d", kid);
		if (memcmp(ours + 1, theirs + 1, PAGE - 1))
			judge_fail("a letter in the first byte of each page",
				   judge_fmt("other bytes of page %zu changed", i),
				   "the child stored into more than the first byte of page %zu.",
				   i);
	}
}

static void expect_line(struct subject *s, const char *name, const char *text, const char *why)
{
	const char *line = strstr(subject_out(s, NULL), judge_fmt("\n%s ", name));
	size_t skip = strlen(name) + 2;

	if (line)
		line = judge_fmt("%.*s", (int)strcspn(line + skip, "\n"), line + skip);
	if (line && strlen(line) < strlen(text) && !strncmp(line, text, strlen(line)) &&
	    text[strlen(line)] == '0')
		why = "a byte of 0 ends the string: put the digit '0' in its place.";
	if (!line || strcmp(line, text))
		judge_fail(judge_fmt("%s %s", name, text),
			   line ? judge_fmt("%s %s", name, line) : "no such line", "%s", why);
}

START_TEST(private_write_copies_page)
{
	char *plan = random_plan();
	struct subject *s = START("family", "hold", "cow", plan);
	pid_t kid = await_kid_in(s, "fam_cow", "fam_look"), parent = subject_pid(s);
	uint64_t addr = find_pages(kid, plan);

	if (!pages_at(parent, addr, plan, false, false))
		judge_fail(judge_fmt("first bytes %s in the parent", letters(plan, false)),
			   "others",
			   "the parent's pages do not hold its letters while the child is in "
			   "fam_look.");
	expect_frames(parent, kid, addr, plan);
	expect_first_bytes_only(parent, kid, addr, plan);
	subject_close_stdin(s);
	expect_success(s, "fam_cow");
	expect_line(s, "child ", letters(plan, true),
		    strstr(subject_out(s, NULL), "\nchild  \n") ||
				    strstr(subject_out(s, NULL),
					   judge_fmt("\nchild  %s\n", letters(plan, false))) ?
			    "what the child saw did not come to the parent (a result in private "
			    "memory stays in the child)." :
			    "the child's pages were right, and its report is not what stood in "
			    "their first bytes: that of page i lies at i times the page size.");
	expect_line(
		s, "parent", letters(plan, false),
		"what the parent sees is not reported right: its pages keep all small letters.");
}
END_TEST

/* What the page tables say, told by frame numbers, which only root is shown. */
static char *true_frames(pid_t parent, pid_t kid, uint64_t addr, const char *plan)
{
	char *text = judge_fmt("%s", plan);
	size_t i;

	for (i = 0; plan[i]; i++) {
		uint64_t pfn = page_pfn(kid, addr + i * PAGE);

		if (!pfn)
			text[i] = '-';
		else if (pfn == page_pfn(parent, addr + i * PAGE) ||
			 page_flags(pfn) >> KPF_ZERO_PAGE & 1)
			text[i] = 's';
		else
			text[i] = 'o';
	}
	return text;
}

/*
 * The judge stores in a page that the plan leaves alone, and reads one that has
 * no frame, as a debugger might: so the answer cannot be worked out.
 */
static void touch_pages(pid_t kid, uint64_t addr, const char *plan, size_t stored, size_t read)
{
	char c = letter(plan, stored, true);

	if (!memory_write(kid, addr + stored * PAGE, &c, 1) ||
	    !memory_read(kid, addr + read * PAGE, &c, 1))
		judge_broken("cannot touch the pages of process %d", kid);
	judge_note("meanwhile the judge stored into the child's page %zu, as a debugger would, "
		   "and read page %zu",
		   stored, read);
}

/* The likely mistake, from the first page that is reported wrong. */
static const char *why_frames(const char *plan, const char *want, const char *got, size_t i,
			      bool touched)
{
	if (!*got)
		return "nothing was reported: what the child finds has to lie in shared memory.";
	if (strlen(got) != strlen(want))
		return "the report needs a character for each page, and a NUL behind the last.";
	if (!strchr(got, 's') && !strchr(got, '-'))
		return "every page is reported as the process's own: that is bit 63 alone, or a look "
		       "after the child's end, when nobody shares a frame any more.";
	if (!strchr(got, 'o') && !strchr(got, 's'))
		return "no page has a frame, it says: the entry of a page lies at 8 times its number "
		       "in pagemap, its number is the address by the page size.";
	if (!strchr(got, 'o'))
		return "no page is reported as the process's own: an ordinary user is shown bits 63 "
		       "and 56 of an entry, but no frame numbers; or nothing had been stored yet.";
	if (touched && got[i] == (plan[i] == '-' ? '-' : 's'))
		return judge_fmt("page %zu was touched in fam_look, and that does not show: read "
				 "pagemap after fam_look, and do not work the answer out.",
				 i);
	if (want[i] == '-')
		return judge_fmt(
			"page %zu had no frame until it was read: read pagemap first, then "
			"the bytes.",
			i);
	if (plan[i] == '-' && !touched)
		return judge_fmt("page %zu had a frame when fam_look was called, though its mark "
				 "is -: call fam_look first, then read pagemap, then the bytes.",
				 i);
	if (got[i] == '-')
		return judge_fmt(
			"page %zu is missing: a descriptor of /proc/self/pagemap shows the "
			"process that opened it; did the parent do so before the fork?",
			i);
	return judge_fmt("bits 63 and 56 of its entry in pagemap say together whether page %zu is "
			 "the child's own; bit 63 alone does not, nor does its content.",
			 i);
}

START_TEST(copied_pages_are_reported)
{
	char *plan = random_plan(), *want, *got;
	struct subject *s = START("family", "hold", "cow", plan);
	pid_t kid = await_kid_in(s, "fam_cow", "fam_look");
	uint64_t addr = find_pages(kid, plan);
	size_t stored = random_page(plan, '.'), read = random_page(plan, '-'), i;

	touch_pages(kid, addr, plan, stored, read);
	want = true_frames(subject_pid(s), kid, addr, plan);
	subject_close_stdin(s);
	expect_success(s, "fam_cow");
	got = judge_fmt("%s", tool_last_line(s));
	expect_true(!strncmp(got, "frames ", 7), "the tool's last line is not that of the frames.");
	got += 7;
	for (i = 0; want[i] && got[i] == want[i]; i++)
		;
	if (want[i] || got[i])
		judge_fail(want, got, "%s",
			   why_frames(plan, want, got, i, i == stored || i == read));
}
END_TEST

/* ------------------------------------------------------- rules for all of it */

static void expect_once(struct subject *s, const char *what, unsigned lines)
{
	const char *out, *p;
	unsigned times = 0, got = 0;
	size_t first;

	expect_success(s, what);
	out = subject_out(s, NULL);
	first = strcspn(out, "\n") + 1;
	for (p = out; *p; p += strcspn(p, "\n") + (strchr(p, '\n') != NULL)) {
		times += !strncmp(p, out, first);
		got++;
	}
	if (times > 1)
		judge_fail(
			"each line once", judge_fmt("the first line %u times", times),
			"a child of %s ends with exit() or a return, which writes out its copy of "
			"what the parent had in the buffer of standard output.",
			what);
	expect_int(got, lines, "number of lines that %s and the tool print.", what);
}

START_TEST(output_appears_once)
{
	expect_once(RUN("family", "count", "3", "10"), "fam_count", 2);
	expect_once(RUN("family", "talk", "one", "two"), "fam_talk", 3);
	expect_once(RUN("family", "cow", "..w."), "fam_cow", 4);
}
END_TEST

/* The tool says on standard error when something is not as it was. */
static void expect_results_kept(struct subject *s, const char *what)
{
	const char *p = strstr(subject_err(s, NULL), "failed, and has changed ");

	if (p)
		judge_fail("results as they were before the call", "others",
			   "%s returned an error, and has changed %.*s: look at the error before "
			   "you hand anything out.",
			   what, (int)strcspn(p + 24, "\n"), p + 24);
}

static void expect_loss(struct subject *s, const char *what, const char *function)
{
	pid_t kid = await_kid_in(s, what, function);

	SAFE(kill(kid, SIGKILL));
	judge_note("the judge killed the child with SIGKILL while it was in %s", function);
	subject_close_stdin(s);
	expect_error(s, "EIO",
		     judge_fmt("%s does not notice that a signal killed its child (WEXITSTATUS is "
			       "0 then; ask WIFEXITED first)",
			       what));
	expect_results_kept(s, what);
}

static bool ends(const struct call *c)
{
	return c->nr == SYS_exit_group || c->nr == SYS_exit;
}

static bool held_at_end(pid_t pid)
{
	return process_state(pid) == 't' && process_waits_in(pid, SYS_exit_group, NULL);
}

/* Each in its last system call, where it holds no lock any more; or the parent is. */
static bool all_at_end(void *arg)
{
	struct watch *w = arg;
	size_t i, held = 0;

	if (subject_ended(w->s) || held_at_end(subject_pid(w->s)))
		return true;
	if (!kids_or_end(w))
		return false;
	for (i = 0; i < w->n; i++)
		held += held_at_end(w->kids[i]);
	return held == w->n;
}

static void let_end(struct subject *s)
{
	bool done;

	while (subject_held(s, &done))
		subject_go(s, 0);
}

static void await_all_at_end(struct watch *w, const char *what, const char *expected,
			     const char *why)
{
	/* Spinning for a lock is right, and takes its time while each call is noted. */
	bool seen = judge_poll(all_at_end, w, 5 * PATIENCE_MS);

	/* One that gave up says why. */
	if (held_at_end(subject_pid(w->s)))
		let_end(w->s);
	if (subject_ended(w->s)) {
		expect_success(w->s, what);
		judge_fail("a parent that waits", "it has ended",
			   "%s made no child, or returned although one had not ended: wait for "
			   "every child.",
			   what);
	}
	if (!seen)
		judge_fail(expected, judge_fmt("%zu alive", w->n), "%s", why);
}

static bool is_dead(void *arg)
{
	char state = process_state(*(pid_t *)arg);

	return !state || state == 'Z' || state == 'X';
}

/* Of three children the first or the last is lost; the others end as they should. */
static void expect_one_loss_of_three(bool last)
{
	struct subject *s = subject_start(&(struct subject_spec){
		.argv = SUBJECT_ARGV("family", "count", "3", "2"),
		.in = "",
		.trace = true,
		.hold = ends,
	});
	struct watch w = { .s = s, .want = 3 };
	pid_t victim;

	await_all_at_end(&w, "fam_count", "3 children that have done their work",
			 "fam_count does not come to have three children at the end of their work: "
			 "are all made before the parent waits for the first?");
	victim = w.kids[last ? w.n - 1 : 0];
	SAFE(kill(victim, SIGKILL));
	judge_note("the judge killed the %s of three children with SIGKILL when all had done their "
		   "work, before one had ended",
		   last ? "last" : "first");
	judge_poll(is_dead, &victim, PATIENCE_MS);
	let_end(s);
	expect_error(
		s, "EIO",
		judge_fmt("fam_count does not notice that the %s of three children was killed: "
			  "the status of each counts",
			  last ? "last" : "first"));
}

/* It has answered, as it may be expected to, and is lost all the same. */
static void expect_loss_after_talk(void)
{
	struct subject *s = subject_start(&(struct subject_spec){
		.argv = SUBJECT_ARGV("family", "talk", "one", "two"),
		.in = "",
		.trace = true,
		.hold = ends,
	});
	struct watch w = { .s = s, .want = 1 };

	await_all_at_end(&w, "fam_talk", "a child that has given its answers",
			 "the child of fam_talk does not end after its last answer.");
	SAFE(kill(w.kids[0], SIGKILL));
	judge_note("the judge killed the child with SIGKILL when it had answered, before it ended");
	judge_poll(is_dead, &w.kids[0], PATIENCE_MS);
	let_end(s);
	expect_error(s, "EIO",
		     "fam_talk does not notice that its child was killed, after the last answer: "
		     "look at the status that wait gives");
}

START_TEST(lost_child_is_reported)
{
	expect_one_loss_of_three(false);
	expect_one_loss_of_three(true);
	expect_loss(START("family", "hold", "count", "1", "10"), "fam_count", "fam_next");
	expect_loss(START("family", "hold", "cow", "..w."), "fam_cow", "fam_look");
	expect_loss_after_talk();
}
END_TEST

/* What the living parent still holds when its function has returned. */
static void expect_clean(struct subject *s, const char *what, const char *when)
{
	pid_t kids[KIDS_MAX];
	size_t alive = children_of(subject_pid(s), kids, KIDS_MAX);
	size_t zombies = zombies_of(subject_pid(s)), fds = fds_count(subject_pid(s));
	size_t n, i, bytes = 0;
	const struct vma *v;

	if (alive)
		judge_fail(
			"no child", judge_fmt("%zu alive, %zu zombies", alive, zombies),
			"a child of %s is alive when it %s: it was not waited for, or it returned "
			"from the function instead of ending there.",
			what, when);
	if (zombies)
		judge_fail("no child", judge_fmt("%zu alive, %zu zombies", alive, zombies),
			   "%s does not wait for every child it made when it %s.", what, when);
	v = maps_read(subject_pid(s), &n);
	for (i = 0; i < n; i++) {
		if (v[i].shared)
			judge_fail("no shared mapping", v[i].path,
				   "%s leaves shared memory mapped when it %s.", what, when);
		bytes += v[i].w ? v[i].end - v[i].start : 0;
	}
	if (bytes > 4 << 20)
		judge_fail("less than 4 MiB of private memory", judge_fmt("%zu KiB", bytes >> 10),
			   "%s leaves private pages mapped when it %s.", what, when);
	if (fds != FDS)
		judge_fail(judge_fmt("%u open descriptors", FDS), judge_fmt("%zu", fds),
			   "%s leaves a descriptor open, or closes one that is not its own, when "
			   "it %s.",
			   what, when);
	subject_close_stdin(s);
	subject_wait(s);
}

/* Mostly such as nobody touches: they cost no time, and are as large. */
static char *many_pages(uint32_t n)
{
	char *plan = judge_random_word(n);

	memset(plan, '-', n);
	plan[judge_below(n)] = 'w';
	return plan;
}

static void clean_after(const char *const *argv, const char *what)
{
	struct subject *s = subject_start(&(struct subject_spec){ .argv = argv });

	expect_ready(s, what);
	expect_clean(s, what, "succeeds");
}

START_TEST(nothing_stays_behind)
{
	clean_after(SUBJECT_ARGV("family", "repeat", "3", "count", "3", "3"), "fam_count");
	clean_after(SUBJECT_ARGV("family", "repeat", "3", "talk", "one", "two"), "fam_talk");
	clean_after(SUBJECT_ARGV("family", "repeat", "3", "cow", many_pages(400)), "fam_cow");
}
END_TEST

/* A limit makes this call fail, and its errno is the function's. */
static void expect_failure(const struct subject_spec *spec, const char *what, const char *call,
			   const char *name)
{
	struct subject *s = subject_start(spec);
	const char *want = judge_fmt("ready %s", name), *got = tool_ready(s);

	if (!strcmp(got, "ok"))
		judge_fail(want, "ready ok", "%s does not notice that %s failed.", what, call);
	if (strcmp(got, name))
		judge_fail(want, judge_fmt("ready %s", got),
			   "%s did not return the errno of the %s that failed (keep errno before "
			   "the next call changes it): %s.",
			   what, call, tool_guess(got));
	expect_clean(s, what, judge_fmt("fails because %s failed", call));
}

static void fork_fails(unsigned long nproc, const char *const *argv, const char *what)
{
	judge_note("for %s, its user may have %lu process%s in all (RLIMIT_NPROC)", what, nproc,
		   nproc > 1 ? "es" : "");
	expect_failure(&(struct subject_spec){ .argv = argv, .limit_nproc = nproc }, what, "fork",
		       "EAGAIN");
}

static bool maps_shared(const struct call *c)
{
	return c->nr == SYS_mmap && (c->args[3] & MAP_TYPE) != MAP_PRIVATE;
}

static bool opens_zero(const struct call *c)
{
	return c->nr == SYS_openat && c->path && !strcmp(c->path, "/dev/zero");
}

static bool opens_pagemap(const struct call *c)
{
	return c->nr == SYS_openat && c->path && strstr(c->path, "pagemap");
}

static bool waits_for_child(const struct call *c)
{
	return c->nr == SYS_wait4 || c->nr == SYS_waitid;
}

/* Both children of `family count 2 3`, or until there was none. */
static void expect_all_waited_for(struct subject *s)
{
	size_t count, i, waited = 0;
	const struct call *c;

	expect_total(s, 6);
	c = subject_calls(s, &count);
	for (i = 0; i < count; i++)
		if (waits_for_child(&c[i])) {
			if (c[i].ret == -ECHILD)
				return;
			waited += c[i].ret > 0 || (c[i].nr == SYS_waitid && !c[i].ret);
		}
	if (waited < 2)
		judge_fail("2 children", U(waited),
			   "fam_count does not wait again for a child when a signal interrupted "
			   "the wait (EINTR): a child stays behind, and may not have ended when "
			   "the total is read.");
}

static void expect_all_failures_told(void)
{
	struct subject_spec count = { .argv = SUBJECT_ARGV("family", "count", "2", "3"), .in = "" },
			    talk = { .argv = SUBJECT_ARGV("family", "talk", "one"), .in = "" },
			    zero = { .argv = SUBJECT_ARGV("family", "zero", "one"), .in = "" },
			    cow = { .argv = SUBJECT_ARGV("family", "cow", ".w=-+"), .in = "" };
	bool interrupted;

	expect_failures_told(count, maps_shared, ENOMEM, "fam_count, an mmap of which");
	expect_failures_told(talk, maps_shared, ENOMEM, "fam_talk, an mmap of which");
	expect_failures_told(cow, maps_shared, ENOMEM, "fam_cow, an mmap of which");
	expect_failures_told(zero, opens_zero, EMFILE, "fam_talk, whose open of /dev/zero");
	expect_failure_leaves_nothing(zero, maps_shared, 1, ENOMEM, "/dev/zero (deleted)",
				      "fam_talk");
	/* In the child: all that the parent learns is that it went wrong. */
	expect_failures_told(cow, opens_pagemap, EIO, "fam_cow, whose child's open of pagemap");
	judge_note("the judge had a signal interrupt the first wait for a child");
	expect_all_waited_for(subject_run_failing(count, waits_for_child, 1, EINTR, &interrupted));
}

START_TEST(failed_call_cleans_up)
{
	char *plan = many_pages(1000);

	expect_all_failures_told();

	fork_fails(3, SUBJECT_ARGV("family", "repeat", "1", "count", "5", "20"), "fam_count");
	fork_fails(1, SUBJECT_ARGV("family", "repeat", "1", "talk", "one"), "fam_talk");
	fork_fails(1, SUBJECT_ARGV("family", "repeat", "3", "cow", plan), "fam_cow");
	judge_note("then fam_cow may have 4 MiB of memory in all (RLIMIT_AS)");
	expect_failure(
		&(struct subject_spec){
			.argv = SUBJECT_ARGV("family", "repeat", "1", "cow", plan),
			.limit_as = 4 << 20,
		},
		"fam_cow", "mmap", "ENOMEM");
}
END_TEST

const struct judge_suite judge_suite = {
	.lab = "09-family",
	.guesses = guesses,
	.tests = {
		JUDGE_TEST(count_reaches_parent),
		JUDGE_TEST(children_work_at_once),
		JUDGE_TEST(no_update_is_lost),
		JUDGE_TEST(talk_goes_both_ways),
		JUDGE_TEST(long_message_is_cut),
		JUDGE_TEST(zero_maps_dev_zero),
		JUDGE_TEST(private_write_copies_page),
		JUDGE_TEST(copied_pages_are_reported),
		JUDGE_TEST(output_appears_once),
		JUDGE_TEST(lost_child_is_reported),
		JUDGE_TEST(nothing_stays_behind),
		JUDGE_TEST(failed_call_cleans_up),
		JUDGE_END,
	},
};
