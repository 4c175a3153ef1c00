// SPDX-License-Identifier: GPL-2.0-only
/*
 * check_durability.c - the judge's suite for 06-durability.
 *
 * What is on a disk shows when the power fails. The judge cuts it at chosen
 * moments: power_cut() keeps a copy of the disk, and a second machine mounts
 * that copy and runs the student's recovery there. What was committed must be
 * found, what was not must not be found, and half a commit never.
 *
 * Journals that the judge makes have all their blocks and are on the disk
 * before a program opens them. From then on, a page goes to the disk when the
 * program asks for it, or when the judge plays the kernel and writes it back:
 * the kernel's own timer is switched off. So nothing here depends on chance.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "durability.h"
#include "judge.h"

#define RECORDS_MAX 64
#define MADE "made" /* a journal that is made while calls fail */
#define U(x) judge_fmt("%llu", (unsigned long long)(x))

static const struct judge_guess guesses[] = {
	{ "EINVAL", "msync takes an address that is a multiple of the page size, and not MS_SYNC "
		    "with MS_ASYNC; mmap takes no length of 0; or a size was refused that is "
		    "allowed" },
	{ "EBADMSG", "a mark or a sum was found wrong, or a size too small" },
	{ "ENOMEM", "a range was not mapped as a whole" },
	{ "EACCES", "recovery needs permission to read only" },
	{ "ENOSPC", "the room that is left was miscounted, or a size was not looked at" },
	{ NULL, NULL },
};

static void explain_crash(const struct subject *s)
{
	if (subject_signal(s) == SIGBUS)
		judge_note("the file ended before the page that was touched, or the disk had no "
			   "block for it");
}

/* ---------------------------------------------------------------- journals */

/* The judge's own idea of a journal: its bytes, and the records in them. */
struct model {
	unsigned char *data;
	size_t size, used; /* used: of all records, committed or not */
	size_t n, at[RECORDS_MAX]; /* where each record begins, from JL_START */
};

static size_t room_for(size_t len)
{
	return (sizeof(struct jl_record) + len + 7) / 8 * 8;
}

static struct jl_record *record_of(const struct model *m, size_t i)
{
	return (struct jl_record *)(m->data + JL_START + m->at[i]);
}

static struct model model_new(size_t pages)
{
	struct model m = { .size = pages * JL_PAGE, .data = calloc(pages, JL_PAGE) };

	if (!m.data)
		judge_broken("out of memory");
	return m;
}

static void model_mark(struct model *m, size_t used)
{
	uint64_t mark = jl_mark((uint32_t)used);

	memcpy(m->data, &mark, sizeof(mark));
}

static void model_put(struct model *m, const void *payload, size_t len)
{
	struct jl_record *r = (struct jl_record *)(m->data + JL_START + m->used);

	if (m->n == RECORDS_MAX || JL_START + m->used + room_for(len) > m->size)
		judge_broken("a record does not fit into the judge's journal");
	r->len = (uint32_t)len;
	memcpy(r->payload, payload, len);
	r->sum = jl_sum(r->len, r->payload);
	m->at[m->n++] = m->used;
	m->used += room_for(len);
}

/* Committed records of letters, so that the next one begins at @used. */
static void model_fill(struct model *m, size_t used)
{
	size_t len;

	while (m->used < used) {
		len = used - m->used - sizeof(struct jl_record);
		if (len > 600)
			len = 100 + judge_below(400);
		model_put(m, judge_random_word(len), len);
	}
	model_mark(m, m->used);
}

static char *text_of(const struct model *m, size_t i)
{
	return judge_fmt("%.*s", (int)record_of(m, i)->len, (char *)record_of(m, i)->payload);
}

/* On the disk, with all blocks, before a program sees it. */
static void model_store(const struct model *m, const char *path)
{
	file_write(path, m->data, m->size);
	sync();
}

/* What `list` prints for the first @n records. */
static char *listing(const struct model *m, size_t n)
{
	size_t size = 64, i, k;
	char *text, *p;

	for (i = 0; i < n; i++)
		size += 16 + 4 * (size_t)record_of(m, i)->len;
	p = text = malloc(size);
	if (!text)
		judge_broken("out of memory");
	for (*p = '\0', i = 0; i < n; i++) {
		const struct jl_record *r = record_of(m, i);

		p += sprintf(p, "record ");
		for (k = 0; k < r->len; k++)
			p += sprintf(p,
				     r->payload[k] < ' ' || r->payload[k] > '~' ||
						     r->payload[k] == '\\' ?
					     "\\x%02x" :
					     "%c",
				     r->payload[k]);
		*p++ = '\n';
		*p = '\0';
	}
	return text;
}

static char *listing_all(const struct model *m, size_t n)
{
	return judge_fmt("%s%zu records\n", listing(m, n), n);
}

/* ---------------------------------------------------------------- programs */

/* Nothing goes to the disk by itself: no timer writes dirty pages back. */
static void go_to_disk(void)
{
	int fd = (int)SAFE(open("/proc/sys/vm/dirty_writeback_centisecs", O_WRONLY | O_CLOEXEC));

	SAFE(write(fd, "0", 1));
	close(fd);
	SAFE(chdir(scratch_dir()));
	sync();
}

static struct subject *session(const char *path, size_t cap)
{
	struct subject *s = subject_start(&(struct subject_spec){
		.argv = SUBJECT_ARGV("durability", "session", path, U(cap)),
		.trace = true,
		.limit_fsize = 16 << 20,
	});

	expect_ready(s, "jl_open");
	return s;
}

static const char *answer(struct subject *s, const char *name)
{
	size_t len = strlen(name);
	const char *line;

	do {
		line = subject_line(s);
	} while (strncmp(line, name, len) != 0 || line[len] != ' ');
	return line + len + 1;
}

static void expect_answer(struct subject *s, const char *name, const char *want, const char *why)
{
	const char *got = answer(s, name);

	if (strcmp(got, want) != 0)
		judge_fail(judge_fmt("%s %s", name, want), judge_fmt("%s %s", name, got), "%s%s%s.",
			   why ? why : judge_fmt("jl_%s failed with %s: ", name, got),
			   why ? "" : tool_guess(got), "");
}

/* Give the program one more record, and the model too. */
static void put_text(struct subject *s, struct model *m, size_t len)
{
	char *text = judge_random_word(len);

	model_put(m, text, len);
	subject_send(s, "put %s\n", text);
	expect_answer(s, "put", "ok", NULL);
}

static void commit(struct subject *s)
{
	subject_send(s, "commit\n");
	expect_answer(s, "commit", "ok", NULL);
}

static void finish(struct subject *s)
{
	subject_close_stdin(s);
	expect_exit(s, 0);
}

static bool said(const struct subject *s, const char *line)
{
	return strstr(subject_out(s, NULL), line) != NULL;
}

/* Calls that may write or be about to: at each, the power could fail. */
static bool may_write(const struct call *c)
{
	switch (c->nr) {
	case SYS_msync:
	case SYS_fsync:
	case SYS_fdatasync:
	case SYS_sync:
	case SYS_syncfs:
	case SYS_sync_file_range:
	case SYS_write:
	case SYS_pwrite64:
	case SYS_writev:
	case SYS_pwritev:
	case SYS_pwritev2:
	case SYS_munmap:
	case SYS_close:
		return true;
	}
	return false;
}

/* Be the kernel, which may write a dirty page back whenever it likes. */
static void write_back(const char *path, size_t page)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		judge_fail("a file", judge_errno_name(errno), "the journal cannot be opened.");
	SAFE(sync_file_range(fd, (off_t)(page * JL_PAGE), JL_PAGE,
			     SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE |
				     SYNC_FILE_RANGE_WAIT_AFTER));
	close(fd);
}

enum kernel { IDLE, MARK_FIRST, SOME_PAGES, KERNELS };

static const char *const kernel_did[] = {
	"the kernel has written no page but those that it asked for",
	"the kernel has just written the page of the mark",
	"the kernel has just written some pages",
};

/* --------------------------------------------------------- after a power cut */

/* What the tool printed there; a death or a hang ends the test. */
static const char *there(unsigned cut, const char *when, const char *const *argv)
{
	const struct revival *r = after_cut(cut, argv);

	judge_input("the power fails %s; then, in another machine: durability %s %s ...", when,
		    argv[1], argv[2]);
	if (r->timed_out)
		judge_fail("its end", "none", "after the power cut, %s did not end.", argv[1]);
	if (r->signal)
		judge_fail("exit status 0 or 1", judge_fmt("SIG%s", sigabbrev_np(r->signal)),
			   "after the power cut, %s was killed by a signal.", argv[1]);
	return r->out;
}

#define THERE(cut, when, ...) there(cut, when, SUBJECT_ARGV("durability", __VA_ARGS__))

/* How many of the model's records the text begins with; what follows them? */
static size_t records_found(const struct model *m, const char *text, const char **rest)
{
	size_t i, len;
	char *line;

	for (i = 0; i < m->n; i++) {
		line = judge_fmt("record %s\n", text_of(m, i));
		len = strlen(line);
		if (strncmp(text, line, len) != 0)
			break;
		text += len;
	}
	*rest = text;
	return i;
}

/*
 * Recovery after a cut: the first @old records of the model, or all of them if
 * @all; either will do if both are allowed.
 */
static void expect_recovered(unsigned cut, const char *path, const struct model *m, size_t old,
			     bool old_allowed, bool all_allowed, const char *when)
{
	const char *out = THERE(cut, when, "list", path), *rest;
	size_t found = records_found(m, out, &rest);
	const char *end = judge_fmt("%zu records\n", found);
	const char *want = judge_fmt(
		"%s records", !all_allowed		  ? U(old) :
			      !old_allowed || old == m->n ? U(m->n) :
							    judge_fmt("%zu or %zu", old, m->n));
	const char *got = !strcmp(rest, end) ? U(found) :
					       judge_fmt("%zu of them, then: %.60s%s", found, rest,
							 strlen(rest) > 60 ? "..." : "");

	if (!strcmp(rest, end) && ((found == old && old_allowed) || (found == m->n && all_allowed)))
		return;
	if (found < old)
		judge_fail(want, got, "records that were committed long before the cut are lost.");
	if (!strncmp(rest, "record ", 7))
		judge_fail(
			want, got,
			"recovery reports a record that was never committed: the mark was on "
			"the disk before the record that it promises, and in its place lay an "
			"older one, put before an earlier cut, whose sum is good (or jl_open went "
			"on behind what had only been put).");
	if (!strncmp(rest, "error EBADMSG", 13) && found < m->n)
		judge_fail(want, got,
			   "recovery finds the journal damaged: the mark was on the disk, a record "
			   "that it promises was not.");
	if (strcmp(rest, end) != 0)
		judge_fail(want, got, "recovery does not end as it should.");
	if (found == old)
		judge_fail(want, got,
			   "jl_commit had returned 0, and its records are lost: they, or the mark, "
			   "were in memory only.");
	judge_fail(want, got,
		   found == m->n ? "recovery reports records that were put, but not committed." :
				   "recovery reports a part of what was put for one commit.");
}

/* Commit what was put; then the power fails, and all of it must be there. */
static void commit_and_cut(struct subject *s, const struct model *m, size_t old)
{
	size_t before, n, i;
	const struct call *c;

	subject_calls(s, &before);
	commit(s);
	c = subject_calls(s, &n);
	for (i = before; i < n; i++)
		if (c[i].nr == SYS_msync && c[i].ret < 0)
			judge_note("an msync of jl_commit failed with %s, and jl_commit returned 0",
				   judge_errno_name((int)-c[i].ret));
	expect_recovered(power_cut(), "journal", m, old, false, true, "after jl_commit");
}

/* ----------------------------------------------------------------- predict */

#define FILES 14 /* as many names as after_cut() takes */
#define WORDS 16

struct trial {
	const char *name, *word[WORDS + 1]; /* the file; its steps */
	size_t n;
	char start[3], disk[3];
};

static char random_char(void)
{
	return (char)('a' + judge_below(26));
}

static void add_step(struct trial *t, const char *word)
{
	if (t->n == WORDS)
		judge_broken("too many steps");
	t->word[t->n++] = word;
}

static void add_store(struct trial *t, char page, bool by_write)
{
	char c;

	do
		c = random_char();
	while (strchr(t->start, c)); /* a difference that shows */
	add_step(t, judge_fmt("%s%c=%c", by_write ? "write:" : "", page, c));
}

static const char *const calls_alone[] = {
	"sync",	 "fsync", "fdatasync", "sync+invalidate", "sync:?",	"byte:?",
	"async", "unmap", "close",     "invalidate",	  "sync+async",
};

#define ALONE (sizeof(calls_alone) / sizeof(calls_alone[0]))

static const char *call_word(size_t i)
{
	char *word = judge_fmt("%s", calls_alone[i]), *page = strchr(word, '?');

	if (page)
		*page = judge_below(2) ? 'b' : 'a';
	return word;
}

/* What the disk has in the end: the judge's own answer. */
static void model_disk(struct trial *t)
{
	char file[2] = { t->start[0], t->start[1] };
	size_t i;

	memcpy(t->disk, t->start, 3);
	for (i = 0; i < t->n; i++) {
		const char *w = t->word[i], *value = strchr(w, '=');

		if (value)
			file[value[-1] == 'b'] = value[1];
		else if (!strncmp(w, "sync:", 5))
			t->disk[w[5] == 'b'] = file[w[5] == 'b'];
		else if (!strcmp(w, "sync") || !strcmp(w, "sync+invalidate") ||
			 !strcmp(w, "fsync") || !strcmp(w, "fdatasync"))
			memcpy(t->disk, file, 2);
	}
}

static struct trial make_trial(size_t i)
{
	struct trial t = { .name = judge_fmt("f%zu", i) };
	unsigned char page[2 * JL_PAGE] = "";
	size_t k;

	t.start[0] = (char)page[0];
	for (k = 0; k < 2; k++)
		page[k * JL_PAGE] = (unsigned char)(t.start[k] = random_char());
	file_write(t.name, page, sizeof(page));
	for (k = 0; k < (i > ALONE ? 3 : 1); k++) {
		add_store(&t, 'a', false);
		add_store(&t, 'b', i == ALONE || judge_below(2));
		if (i != ALONE)
			add_step(&t, call_word(i < ALONE ? i : judge_below(ALONE)));
		if (judge_below(2))
			add_store(&t, judge_below(2) ? 'a' : 'b', judge_below(2));
	}
	model_disk(&t);
	return t;
}

static char *steps_text(const struct trial *t)
{
	char *text = judge_fmt("%s", t->start);
	size_t i;

	for (i = 0; i < t->n; i++)
		text = judge_fmt("%s %s", text, t->word[i]);
	return text;
}

/* `COMMAND X step step then COMMAND Y step step`, in one run */
static struct subject *run_trials(const char *command, const struct trial *t)
{
	const char *argv[1 + FILES * (WORDS + 3)] = { "durability" };
	size_t n = 1, i;

	for (i = 0; i < FILES; i++) {
		if (i)
			argv[n++] = "then";
		argv[n++] = command;
		argv[n++] = strcmp(command, "steps") ? t[i].start : t[i].name;
		memcpy(argv + n, t[i].word, t[i].n * sizeof(t[i].word[0]));
		n += t[i].n;
	}
	return subject_run(&(struct subject_spec){ .argv = argv, .in = "" });
}

/* Stores alone come first: who is wrong about them is wrong about what follows them. */
static size_t kind_of(size_t i)
{
	return i == 0 ? ALONE : i <= ALONE ? i - 1 : i;
}

START_TEST(predict_matches_power_cut)
{
	const char *argv[FILES + 3] = { "durability", "show" }, *out, *line;
	struct trial t[FILES];
	struct subject *s;
	size_t i;

	go_to_disk();
	for (i = 0; i < FILES; i++) {
		t[i] = make_trial(kind_of(i));
		argv[2 + i] = t[i].name;
	}
	sync();
	expect_exit(run_trials("steps", t), 0);
	out = there(power_cut(), "after these calls", argv);
	s = run_trials("predict", t);
	for (i = 0; i < FILES; i++) {
		line = judge_fmt("%s %s\n", t[i].name, t[i].disk);
		if (strncmp(out, line, strlen(line)) != 0)
			judge_broken("the disk should have %s, but: %s", line, out);
		out += strlen(line);
		line = subject_line(s);
		judge_input("durability predict %s", steps_text(&t[i]));
		if (!strncmp(line, "error ", 6))
			judge_fail(judge_fmt("predict %s", t[i].disk), line,
				   "jl_predict failed with %s: %s.", line + 6,
				   tool_guess(line + 6));
		if (strcmp(line, judge_fmt("predict %s", t[i].disk)) != 0)
			judge_fail(judge_fmt("predict %s, as the disk had after the power cut",
					     t[i].disk),
				   line, "jl_predict is wrong about %s.",
				   kind_of(i) < ALONE  ? t[i].word[2] :
				   kind_of(i) == ALONE ? "stores that nothing follows" :
							 "a longer list of calls");
	}
}
END_TEST

/* ----------------------------------------------------------------- recover */

static struct model random_model(size_t pages)
{
	struct model m = model_new(pages);
	unsigned char payload[1500];
	size_t n = 10 + judge_below(5), len;

	while (m.n < n) {
		len = m.n == 1 ? 0 : m.n == 2 ? 1300 : 1 + judge_below(500);
		judge_random_bytes(payload, len);
		model_put(&m, payload, len);
	}
	model_mark(&m, m.used);
	return m;
}

static struct subject *list_run(const char *path)
{
	return RUN("durability", "list", path);
}

static void expect_listing(struct subject *s, const char *want, const char *what)
{
	const char *got = subject_out(s, NULL), *error = tool_error(s);

	subject_wait(s);
	if (subject_signal(s))
		expect_exit(s, 0);
	if (error && !strstr(want, "error "))
		judge_fail(judge_fmt("%.60s", want), judge_fmt("error %s", error),
			   "jl_recover failed with %s on %s: %s.", error, what, tool_guess(error));
	expect_str(got, want, "the records that jl_recover reports of %s", what);
}

START_TEST(recover_reports_what_is_committed)
{
	struct model m = random_model(4);
	size_t committed = m.n, used = m.used;
	static const unsigned char zeros[3 * JL_PAGE];

	model_put(&m, "never committed", 15);
	m.size = JL_START + m.used; /* ends with it, in the middle of a page */
	model_mark(&m, used);
	file_write("journal", m.data, m.size);
	file_chmod("journal", 0444);
	expect_listing(list_run("journal"), listing_all(&m, committed),
		       "a journal that may only be read");
	expect_mem(file_read("journal").data, m.size, m.data, m.size,
		   "jl_recover changed the journal");

	m.n = committed;
	m.used = used;
	model_put(&m, "", 0);
	model_mark(&m, m.used);
	file_write("journal", m.data, m.size);
	expect_listing(list_run("journal"), listing_all(&m, m.n),
		       "a journal whose last record is empty");

	model_mark(&m, 0);
	file_write("page", m.data, JL_START);
	expect_listing(list_run("page"), "0 records\n",
		       "a journal of one page, whose mark says 0 bytes");
	file_write("new", m.data, m.size);
	expect_listing(list_run("new"), "0 records\n", "a journal without a committed record");
	file_write("empty", "", 0);
	expect_listing(RUN("durability", "first", "journal"),
		       judge_fmt("%sended with 7\n", listing(&m, 1)),
		       "a journal whose first record is enough for the function that is called");
	expect_listing(list_run("empty"), "0 records\n", "an empty file");
	file_write("zeros", zeros, sizeof(zeros));
	expect_listing(list_run("zeros"), "0 records\n", "a file whose mark is 0");
	expect_error(list_run("missing"), "ENOENT", "a file that does not exist was accepted");
}
END_TEST

/* Recovery reports the records before @k, then EBADMSG, and nothing else. */
static void expect_stops_before(struct model *m, size_t k, const char *damage)
{
	const char *rest, *got, *want = judge_fmt("%serror EBADMSG\n", listing(m, k));
	struct subject *s;

	file_write("journal", m->data, m->size);
	s = list_run("journal");
	judge_input("durability list journal; record %zu of %zu: %s", k, m->n, damage);
	if (subject_signal(s))
		expect_exit(s, 1);
	got = subject_out(s, NULL);
	rest = got + (strncmp(got, want, strlen(want)) ? 0 : strlen(want));
	if (!strcmp(got, want))
		return;
	if (!strcmp(got, judge_fmt("%s%zu records\n", listing(m, k), k)))
		judge_fail("error EBADMSG", tool_last_line(s),
			   "jl_recover ends before a damaged record as if there were no more, and "
			   "does not say so: %s.",
			   damage);
	if (!strstr(got, "error "))
		judge_fail("error EBADMSG", tool_last_line(s),
			   "jl_recover accepts a damaged record: %s.", damage);
	judge_fail(judge_fmt("%zu records, then error EBADMSG", k), judge_fmt("%.80s", rest),
		   "jl_recover must report the records before the damaged one, and no others.");
}

START_TEST(torn_record_is_rejected)
{
	struct model m = random_model(4), good = model_new(4);
	size_t k, turn, end;
	struct jl_record *r;

	file_write("journal", m.data, m.size);
	expect_listing(list_run("journal"), listing_all(&m, m.n), "a good journal");
	memcpy(good.data, m.data, m.size);
	for (turn = 0; turn < 6; turn++) {
		/* Record 1 is empty; the last one has no neighbour. */
		k = turn == 3 ? 2 : 3 + judge_below((uint32_t)m.n - 4);
		r = record_of(&m, k);
		end = (JL_START + m.at[2] + 600) / 512 * 512;
		switch (turn) {
		case 0:
			r->payload[judge_below(r->len)] ^= (unsigned char)(1 << judge_below(8));
			expect_stops_before(&m, k, "one bit of its payload is wrong");
			break;
		case 1:
			r->sum ^= 1u << judge_below(32);
			expect_stops_before(&m, k, "one bit of its sum is wrong");
			break;
		case 2:
			r->len ^= 1;
			expect_stops_before(&m, k, "one bit of its length is wrong");
			break;
		case 3:
			judge_random_bytes(m.data + end, 512);
			expect_stops_before(&m, k, "one sector of it is another one");
			break;
		case 4:
			memset(r, 0, room_for(r->len));
			expect_stops_before(&m, k, "it was never written, all zeros");
			break;
		case 5:
			r->payload[r->len - 1] ^= 0x20;
			expect_stops_before(&m, k, "its last byte is an old one");
			break;
		}
		memcpy(m.data, good.data, m.size);
	}
}
END_TEST

/* A file with such a mark is no journal, to jl_recover and to jl_open. */
static void expect_refused(const void *data, size_t len, const char *what)
{
	struct subject *s;

	file_write("broken", data, len);
	s = RUN("durability", "list", "broken");
	judge_input("durability list broken; %s", what);
	expect_error(s, "EBADMSG", judge_fmt("jl_recover accepts %s", what));
	expect_str(subject_out(s, NULL), "error EBADMSG\n", "the output of list");
	s = RUN("durability", "add", "broken", U(JL_MIN), "text");
	judge_input("durability add broken 8192 text; %s", what);
	expect_error(s, "EBADMSG", judge_fmt("jl_open accepts %s", what));
	expect_mem(file_read("broken").data, (size_t)file_size("broken"), data, len,
		   "jl_open refused the file, but changed it");
}

static void refuse_bad_marks(struct model *m)
{
	unsigned char text[300];
	size_t i;

	expect_refused(m->data, 9 + judge_below(4000), "a journal cut off in its first page");
	expect_refused(m->data, JL_START, "a journal cut off behind its first page");
	expect_refused(m->data, JL_START + m->used - 8, "a journal cut off 8 bytes early");
	m->data[judge_below(4)] ^= (unsigned char)(1 << judge_below(8));
	expect_refused(m->data, m->size, "a mark with one wrong bit in its lower half");
	model_mark(m, m->used);
	m->data[4 + judge_below(4)] ^= (unsigned char)(1 << judge_below(8));
	expect_refused(m->data, m->size, "a mark with one wrong bit in its upper half");
	model_mark(m, m->size - JL_START + 8);
	expect_refused(m->data, m->size, "a mark that says 8 bytes more than the file has");
	model_mark(m, UINT32_MAX - 7);
	expect_refused(m->data, m->size, "a mark that says nearly 4 GiB");
	model_mark(m, UINT32_MAX - JL_START + 1 + 8);
	expect_refused(m->data, m->size, "a mark whose sum with 4096 is 8 in 32 bits");
	model_mark(m, m->used);
	for (i = 0; i < sizeof(text); i++)
		text[i] = (unsigned char)random_char();
	expect_refused(text, sizeof(text), "a text, not a journal");
	expect_refused(text, 1 + judge_below(7), "a text shorter than a mark");
}

static bool is_journal(const struct call *c)
{
	size_t n = c->path ? strlen(c->path) : 0;

	return n >= 8 && !strcmp(c->path + n - 8, "/journal");
}

static bool reads_journal(const struct call *c)
{
	return (c->nr == SYS_read || c->nr == SYS_pread64) && is_journal(c);
}

static bool maps_journal(const struct call *c)
{
	return c->nr == SYS_mmap && is_journal(c);
}

START_TEST(damaged_file_is_refused)
{
	struct subject_spec list = { .argv = SUBJECT_ARGV("durability", "list", "journal"),
				     .in = "" },
			    open = { .argv = SUBJECT_ARGV("durability", "session", "journal", "0"),
				     .in = "" };
	struct model m = random_model(4);
	static const uint32_t lengths[] = { UINT32_MAX, UINT32_MAX - 7, UINT32_MAX - 3, 1u << 31 };
	size_t last = m.n - 1, k = 3 + judge_below((uint32_t)m.n - 4), i;
	struct jl_record *r = record_of(&m, k);
	uint32_t len = r->len;

	/* The file ends with its last record: behind that page is nothing. */
	m.size = JL_START + m.used;
	file_write("journal", m.data, m.size);
	expect_listing(list_run("journal"), listing_all(&m, m.n), "a good journal");
	expect_failures_told(list, reads_journal, EIO, "jl_recover, a read of which");
	expect_failures_told(list, maps_journal, ENOMEM, "jl_recover, an mmap of which");
	expect_failures_told(open, reads_journal, EIO, "jl_open, a read of which");
	expect_failures_told(open, maps_journal, ENOMEM, "jl_open, an mmap of which");
	refuse_bad_marks(&m);
	for (i = 0; i < 4; i++) {
		r->len = lengths[i];
		expect_stops_before(&m, k, judge_fmt("its length is %u", lengths[i]));
	}
	r->len = len;
	/* Its sum is right, but it reaches behind what is committed. */
	model_mark(&m, m.at[last] + sizeof(*r));
	if (record_of(&m, last)->len > 0)
		expect_stops_before(&m, last, "it ends behind the committed bytes");
	model_mark(&m, m.at[last] + 4);
	expect_stops_before(&m, last, "four bytes of it are within the committed ones");
}
END_TEST

/* --------------------------------------------------------------- open, put */

static bool mapped_shared(const struct subject *s, const char *end)
{
	size_t n, i, len;
	const struct vma *v = maps_read(subject_pid(s), &n);

	/* Not the first one alone: a program may protect the mark, which it never stores to. */
	for (i = 0; i < n; i++) {
		len = strlen(v[i].path);
		if (v[i].shared && v[i].w && len >= strlen(end) &&
		    !strcmp(v[i].path + len - strlen(end), end))
			return true;
	}
	return false;
}

START_TEST(put_stores_through_mapping)
{
	struct model m = model_new(4);
	struct subject *s;
	size_t i, writes;
	struct file f;

	model_fill(&m, 1000 + judge_below(100) * 8);
	file_write("journal", m.data, m.size);
	s = session("journal", 0);
	writes = calls_writing(s, "/journal");
	for (i = 0; i < 3; i++) {
		/* No multiple of 8: where the next one begins is to show. */
		put_text(s, &m, (i == 1 ? 5000 : 8 * judge_below(25)) + 1 + judge_below(7));
		f = file_read("journal");
		if (f.len != m.size)
			judge_fail(U(m.size), U(f.len), "jl_put changed the size of the file.");
		if (!memcmp(f.data + JL_START + m.at[m.n - 1], m.data + JL_START + m.at[m.n - 1],
			    sizeof(struct jl_record) + record_of(&m, m.n - 1)->len))
			continue;
		expect_true(mapped_shared(s, "/journal"),
			    "after jl_put, read(2) does not find the record in the file: it is not "
			    "mapped writable and with MAP_SHARED.");
		judge_fail("len, sum and payload at the first free multiple of 8",
			   "other bytes in the file",
			   "after jl_put, read(2) does not find the record in the file.");
	}
	expect_mem(f.data, 8, m.data, 8, "jl_put changed the mark");
	expect_mem(f.data + JL_START, m.at[0], m.data + JL_START, m.at[0], "older records changed");
	if (calls_writing(s, "/journal") > writes)
		judge_fail("no write(2) or the like", U(calls_writing(s, "/journal") - writes),
			   "jl_put wrote to the file with a system call; a store to the mapping is "
			   "all it takes.");
	expect_true(mapped_shared(s, "/journal"), "the journal is not mapped shared.");
	finish(s);
}
END_TEST

/* Made, cut, and used to the last byte in the other machine. */
static void make_and_cut(const char *path, size_t cap, const char *what)
{
	struct subject *s = session(path, cap);
	char *text = judge_random_word(cap - JL_START - sizeof(struct jl_record));
	unsigned cut = power_cut();
	const char *out, *want = judge_fmt("0 records\nrecord %s\n1 records\n", text);

	expect_int(file_size(path), (long long)cap,
		   "bytes of the file when jl_open has returned; it is made with cap bytes (%s)",
		   what);
	out = THERE(cut, "when jl_open has returned", "list", path, "then", "add", path, "0", text,
		    "then", "list", path);
	if (!strncmp(out, "error ENOENT", 12))
		judge_fail("0 records", "error ENOENT",
			   "jl_open had returned 0, but the file is not on the disk (%s).", what);
	if (!strncmp(out, "0 records\nerror EINVAL", 22))
		judge_fail("a journal", "a file without a mark",
			   "jl_open had returned 0, but the mark is not on the disk (%s).", what);
	if (strcmp(out, want) != 0)
		judge_fail(
			"0 records, and after one more 1 record", judge_fmt("%.80s", out),
			strncmp(out, "0 records\nerror ", 16) ?
				"the new journal is not whole on the disk (%s)." :
				"the new journal is on the disk, and a record cannot be added to "
				"it (%s).",
			what);
	finish(s);
}

/* The calls that make a disk write what it has in its cache. */
static bool flushes(const struct call *c)
{
	switch (c->nr) {
	case SYS_msync:
		return c->args[2] & MS_SYNC;
	case SYS_fsync:
	case SYS_fdatasync:
	case SYS_sync:
	case SYS_syncfs:
		return true;
	case SYS_pwritev2:
		return c->args[5] & 6; /* RWF_DSYNC, RWF_SYNC */
	}
	return false;
}

static bool flush_can_fail(const struct call *c)
{
	return c->nr != SYS_sync && flushes(c);
}

/* The journal itself may well be opened again in another way. */
static bool opens_folder(const struct call *c)
{
	return (c->nr == SYS_openat || c->nr == SYS_open) && c->path && strcmp(c->path, MADE);
}

/* A journal that is not on the disk is not said to be made. */
static void expect_making_told(bool (*want)(const struct call *c), int err, const char *what)
{
	struct subject_spec spec = {
		.argv = SUBJECT_ARGV("durability", "add", MADE, U(JL_MIN), "text"),
		.in = "",
	};
	unsigned nth = 0;

	do
		unlink(MADE);
	while (expect_failure_told(spec, want, ++nth, err, what));
	expect_listing(list_run(MADE), "record text\n1 records\n", "a new journal");
}

#define MAKE_CUTS 8 /* at most */

/*
 * Made over a page that an earlier attempt has left on the disk, so that the kernel can
 * write the mark there at once: at each call that writes, it has just done so, and the
 * power fails. What is found is a journal, or none yet and will be made.
 */
static void make_with_cuts(const char *path, size_t cap)
{
	const char *out, *text = judge_random_word(cap - JL_START - sizeof(struct jl_record));
	const char *want = judge_fmt("record %s\n1 records\n", text);
	struct subject *s;
	unsigned cuts = 0;
	bool done;

	s = subject_start(&(struct subject_spec){
		.argv = SUBJECT_ARGV("durability", "session", path, U(cap)),
		.trace = true,
		.hold = may_write,
		.limit_fsize = 16 << 20,
	});
	while (subject_held(s, &done) && !said(s, "ready ")) {
		if (!done && cuts < MAKE_CUTS) {
			write_back(path, 0);
			out = THERE(power_cut(),
				    judge_fmt("before call %u of jl_open that can write, and %s",
					      ++cuts, kernel_did[MARK_FIRST]),
				    "add", path, U(cap), text, "then", "list", path);
			if (strcmp(out, want) != 0)
				judge_fail("a journal with room for cap bytes, or none yet",
					   judge_fmt("%.80s", out),
					   "the mark was on the disk before the size and the "
					   "blocks of the journal that it promises.");
		}
		subject_go(s, 0);
	}
	subject_hold(s, NULL);
	expect_ready(s, "jl_open");
	finish(s);
}

/* Its folder has no name before the slash. */
static void expect_made_in_root(void)
{
	const char *path = "/mmaplab.journal";

	file_write(path, "", 0);
	expect_success(RUN("durability", "add", path, U(JL_MIN), "text"),
		       "jl_open, of an empty file in the folder /,");
	SAFE(unlink(path));
}

START_TEST(new_journal_survives_cut)
{
	static unsigned char old[5 * JL_PAGE];

	go_to_disk();
	SAFE(mkdir("folder", 0777));
	SAFE(chmod("folder", 0777));
	sync();
	make_and_cut("folder/journal", (2 + judge_below(2)) * JL_PAGE, "there was no file");
	judge_random_bytes(old + 8, sizeof(old) - 8);
	file_write("begun", old, sizeof(old));
	file_write("empty", "", 0);
	sync();
	make_and_cut("begun", (2 + judge_below(2)) * JL_PAGE, "there was one with the mark 0");
	make_and_cut("empty", (2 + judge_below(2)) * JL_PAGE, "there was an empty one");
	file_write("page", old, JL_PAGE);
	sync();
	make_with_cuts("page", (3 + judge_below(2)) * JL_PAGE);
	expect_making_told(opens_folder, EMFILE, "jl_open, the open of whose folder");
	expect_making_told(flush_can_fail, EIO, "add, of a new journal, a sync of which");
	expect_made_in_root();
}
END_TEST

static void refuse_capacities(void)
{
	const size_t bad[] = { 0, JL_PAGE, JL_MIN + 8 + judge_below(4000), JL_MAX + JL_PAGE,
			       SIZE_MAX - JL_PAGE + 1 };
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		expect_error(RUN("durability", "add", "bad", U(bad[i]), "text"), "EINVAL",
			     judge_fmt("jl_open makes a journal of %zu bytes", bad[i]));
}

/* Leave the disk with less than a mebibyte. */
static void fill_disk(void)
{
	int fd = (int)SAFE(open("filler", O_RDWR | O_CREAT | O_CLOEXEC, 0600));
	off_t size = 0, step;

	for (step = 16 << 20; step >= 256 << 10; step /= 2)
		while (fallocate(fd, 0, size, step) == 0)
			size += step;
	close(fd);
}

START_TEST(what_does_not_fit_is_refused)
{
	struct model m = model_new(3);
	size_t room, left;
	struct subject *s;
	struct stat st;

	go_to_disk();
	model_fill(&m, 3000 + judge_below(100) * 8);
	model_store(&m, "journal");
	room = m.size - JL_START - m.used - sizeof(struct jl_record);
	s = session("journal", 0);
	subject_send(s, "put %s\n", judge_random_word(room + 1));
	expect_answer(s, "put", "ENOSPC", "jl_put took a record that is one byte too long");
	left = 8 * (1 + judge_below(10));
	put_text(s, &m, room - left - sizeof(struct jl_record));
	subject_send(s, "put %s\n", judge_random_word(left + 1));
	expect_answer(s, "put", "ENOSPC", "jl_put took a record that is one byte too long");
	put_text(s, &m, left); /* the file's last byte */
	subject_send(s, "put \n");
	expect_answer(s, "put", "ENOSPC", "jl_put put an empty record behind the end of the file");
	commit(s);
	subject_close_stdin(s);
	expect_listing(list_run("journal"), listing_all(&m, m.n), "a full journal");

	s = session("blocks", 16 * JL_PAGE);
	SAFE(stat("blocks", &st));
	finish(s);
	refuse_capacities();
	fill_disk();
	/* With room for the mapping, so that it is the disk that decides. */
	expect_error(
		subject_run(&(struct subject_spec){
			.argv = SUBJECT_ARGV("durability", "add", "largest", U(JL_MAX), "text"),
			.in = "",
			.limit_as = 4UL << 30 }),
		"ENOSPC",
		"jl_open made a journal of 1 GiB on a disk of 32 MiB: ftruncate(2) makes a hole, "
		"and posix_fallocate(3) returns its error and sets no errno");
	unlink("largest");
	s = RUN("durability", "add", "large", U(1 << 20), "text");
	judge_input("durability add large 1048576 text; the disk has less room");
	judge_note("a journal of 64 KiB that was made before has %lld KiB of blocks",
		   (long long)st.st_blocks / 2);
	expect_error(s, "ENOSPC",
		     "jl_open made a journal of 1 MiB on a disk with less room: ftruncate(2) makes "
		     "a hole, and a store to it will be SIGBUS one day");
}
END_TEST

/* ------------------------------------------------------------------ commit */

/* The data are on the disk: by a call that waits for the disk itself? */
static void expect_flush(const struct subject *s, size_t before)
{
	size_t n, i;
	const struct call *c = subject_calls(s, &n);
	bool range = false;

	for (i = before; i < n; i++) {
		if (c[i].ret == 0 && flushes(&c[i]))
			return;
		range = range || (c[i].nr == SYS_sync_file_range && c[i].ret == 0);
	}
	expect_true(!range,
		    "jl_commit relies on sync_file_range(2): that hands pages to the disk, which "
		    "may still have them in its cache, and does not make it flush.");
}

START_TEST(commit_survives_cut)
{
	struct model m = model_new(4);
	struct subject *s;
	size_t old, calls;

	go_to_disk();
	model_fill(&m, JL_PAGE); /* the next record begins a page */
	old = m.n;
	model_store(&m, "journal");
	s = session("journal", 0);
	put_text(s, &m, 10 + judge_below(200));
	put_text(s, &m, 10 + judge_below(200));
	expect_recovered(power_cut(), "journal", &m, old, true, false, "before jl_commit");
	subject_calls(s, &calls);
	commit_and_cut(s, &m, old);
	expect_flush(s, calls);
	finish(s);
}
END_TEST

START_TEST(unaligned_record_survives_cut)
{
	struct model m = model_new(4);
	struct subject *s;
	size_t old;

	go_to_disk();
	model_fill(&m, JL_PAGE + 8 * (1 + judge_below(200)));
	model_store(&m, "journal");
	s = session("journal", 0);
	old = m.n;
	put_text(s, &m, 10 + judge_below(200));
	commit_and_cut(s, &m, old);
	old = m.n;
	put_text(s, &m, 10 + judge_below(200));
	put_text(s, &m, 10 + judge_below(200));
	commit_and_cut(s, &m, old);
	finish(s);
}
END_TEST

START_TEST(straddling_record_survives_cut)
{
	struct model m = model_new(8);
	struct subject *s;
	size_t old, left;

	go_to_disk();
	/* Its header is the page's last 8 bytes, or a few of its text are too. */
	model_fill(&m, JL_PAGE - 8 * (1 + judge_below(10)));
	model_store(&m, "journal");
	s = session("journal", 0);
	old = m.n;
	put_text(s, &m, 100 + judge_below(300));
	commit_and_cut(s, &m, old);
	old = m.n; /* one record on three pages */
	put_text(s, &m, 2 * JL_PAGE + 100 + judge_below(200));
	commit_and_cut(s, &m, old);
	old = m.n; /* several, the last one on a page of its own */
	left = JL_PAGE - m.used % JL_PAGE;
	put_text(s, &m, left / 2);
	put_text(s, &m, left);
	put_text(s, &m, 100 + judge_below(100));
	commit_and_cut(s, &m, old);
	finish(s);
}
END_TEST

/* --------------------------------------------------- in the midst of a commit */

/* Those of them that can tell that the records did not get to the disk. */
static bool can_fail(const struct call *c)
{
	return may_write(c) && c->nr != SYS_sync && c->nr != SYS_munmap && c->nr != SYS_close &&
	       (c->nr == SYS_msync || is_journal(c));
}

#define COMMIT_PAGES 6
#define COMMIT_CUTS 8 /* at most, for each kernel */

static void kernel_acts(enum kernel k, const char *path)
{
	size_t page;

	if (k == MARK_FIRST)
		write_back(path, 0);
	for (page = 0; k == SOME_PAGES && page < COMMIT_PAGES; page++)
		if (judge_below(2))
			write_back(path, page);
}

static void commit_with_cuts(struct subject *s, const char *path, const struct model *m, size_t old,
			     enum kernel k)
{
	const struct call *c;
	unsigned cuts = 0, calls = 0;
	bool done;

	subject_hold(s, may_write);
	subject_send(s, "commit\n");
	while ((c = subject_held(s, &done)) && !said(s, "\ncommit ")) {
		calls += !done;
		/* After a call, memory and disk can only be nearer to each other. */
		if (cuts < COMMIT_CUTS && (!done || k == IDLE)) {
			kernel_acts(k, path);
			expect_recovered(
				power_cut(), path, m, old, true, true,
				judge_fmt("%s call %u of jl_commit that can write (%s), and "
					  "%s",
					  done ? "after" : "before", calls,
					  c->nr == SYS_msync ? "an msync" :
					  c->nr == SYS_write ? "a write" :
							       "no msync",
					  kernel_did[k]));
			cuts++;
		}
		subject_go(s, 0);
	}
	subject_hold(s, NULL);
	expect_answer(s, "commit", "ok", NULL);
	expect_recovered(power_cut(), path, m, old, false, true, "after jl_commit");
}

/*
 * Behind the committed records lie others, which were put before an earlier
 * power cut and never committed: good records, with good sums, of the lengths
 * that will be put now. Only the mark says that they do not count.
 */
static void leave_old_records(struct model *m, const size_t *len, size_t n)
{
	struct model left = *m;
	size_t i;

	for (i = 0; i < n; i++)
		model_put(&left, judge_random_word(len[i]), len[i]);
}

START_TEST(mark_waits_for_records)
{
	const char *path;
	struct subject *s;
	struct model m;
	size_t k, i, old, len[2];

	go_to_disk();
	for (k = 0; k < KERNELS; k++) {
		path = judge_fmt("journal%zu", k);
		len[0] = 100 + judge_below(200);
		len[1] = 4000 + judge_below(1000);
		m = model_new(COMMIT_PAGES);
		model_fill(&m, 3000 + 8 * judge_below(200));
		old = m.n;
		if (k != IDLE)
			leave_old_records(&m, len, 2);
		model_store(&m, path);
		s = session(path, 0);
		for (i = 0; i < 2; i++)
			put_text(s, &m, len[i]);
		commit_with_cuts(s, path, &m, old, (enum kernel)k);
		finish(s);
	}
}
END_TEST

/*
 * Commit while each call that can fail does so, from the (@skip + 1)th on.
 * Return: how many failed.
 */
static unsigned commit_with_failures(struct subject *s, unsigned skip, int err)
{
	const struct call *c;
	unsigned calls = 0;
	bool done;

	/* Also at the tool's own write, which tells that the commit is over. */
	subject_hold(s, may_write);
	subject_send(s, "commit\n");
	while ((c = subject_held(s, &done)) && !said(s, "\ncommit ")) {
		bool fails = !done && can_fail(c) && ++calls > skip;

		subject_go(s, fails ? err : 0);
	}
	return calls > skip ? calls - skip : 0;
}

static void expect_failed_commit(unsigned skip)
{
	struct model m = model_new(4);
	unsigned failed;
	struct subject *s;
	const char *got;
	struct file f;

	model_fill(&m, 1000 + 8 * judge_below(100));
	model_store(&m, "journal");
	s = session("journal", 0);
	put_text(s, &m, 10 + judge_below(200));
	failed = commit_with_failures(s, skip, EIO);
	subject_hold(s, NULL);
	got = answer(s, "commit");
	subject_close_stdin(s);
	judge_note("the judge let the %s call of jl_commit that can write, and those after it, "
		   "fail with EIO",
		   skip ? "second" : "first");
	/* One may need no second call, or only sync(2), which cannot fail. */
	if (failed && !strcmp(got, "ok"))
		judge_fail("commit EIO", "commit ok",
			   "jl_commit returned 0, although the disk did not take what it was to "
			   "make durable: look at the result of each call.");
	if (failed)
		expect_str(got, "EIO", "what jl_commit returns when a call fails with EIO");
	f = file_read("journal");
	if (failed && !skip && memcmp(f.data, m.data, sizeof(uint64_t)) != 0)
		judge_fail("the mark as it was", "a new mark",
			   "jl_commit set the mark although the records' sync had failed: it "
			   "promises what the disk may not have.");
	subject_wait(s);
}

START_TEST(failed_sync_fails_commit)
{
	go_to_disk();
	expect_failed_commit(0);
	expect_failed_commit(1);
}
END_TEST

/* ------------------------------------------------------------ open once more */

/* The first line that differs, not the first hundreds of bytes that do not. */
static void expect_lines(const char *got, const char *want, const char *what)
{
	unsigned line = 1;
	size_t n;

	for (; *got; line++) {
		n = strcspn(got, "\n") + 1;
		if (strncmp(got, want, n) != 0)
			break;
		got += n;
		want += n;
	}
	if (strcmp(got, want) != 0)
		judge_fail(judge_fmt("line %u: %.*s", line, (int)strcspn(want, "\n"), want),
			   judge_fmt("%.*s", (int)strcspn(got, "\n"), got), "%s.", what);
}

START_TEST(journal_goes_on_after_cut)
{
	struct model m = model_new(4);
	char *next = judge_random_word(20 + judge_below(40)), *last = judge_random_word(30);
	struct subject *s;
	const char *want;
	unsigned cut;

	go_to_disk();
	model_fill(&m, 1000 + 8 * judge_below(100));
	model_store(&m, "journal");
	s = session("journal", 0);
	put_text(s, &m, 10 + judge_below(200));
	commit(s);
	subject_send(s, "put %s\n", judge_random_word(100 + judge_below(200)));
	expect_answer(s, "put", "ok", NULL);
	write_back("journal", 1);
	judge_note("a record was put and not committed, and the kernel had written its page");
	cut = power_cut();
	finish(s);
	want = judge_fmt("%srecord %s\n%zu records\n%srecord %s\nrecord %s\n%zu records\n",
			 listing(&m, m.n), next, m.n + 1, listing(&m, m.n), next, last, m.n + 2);
	expect_lines(
		THERE(cut, "with a record that was only put", "add", "journal", "0", next, "then",
		      "list", "journal", "then", "add", "journal", U(JL_MIN), last, "then", "list",
		      "journal"),
		want,
		"the journal, opened again after the cut and used twice, has other records: the "
		"next one is to come behind the last one committed");
	/* The same without a cut: what was only put is given up. */
	expect_success(RUN("durability", "add", "journal", "0", next), "jl_open");
	expect_listing(list_run("journal"),
		       judge_fmt("%srecord %s\n%zu records\n", listing(&m, m.n), next, m.n + 1),
		       "a journal that was closed with a record only put, and opened again");
	expect_success(RUN("durability", "add", "journal", U(JL_MIN)), "jl_open");
	expect_success(RUN("durability", "add", "journal", U(8 * JL_PAGE)), "jl_open");
	expect_int(file_size("journal"), (long long)m.size,
		   "bytes of a journal that was opened with another cap: it keeps its size.");
}
END_TEST

/* Do a command, and count what the waiting process has mapped and open. */
static struct subject *repeated(const char *times, const char *const *argv, const char *want)
{
	const char *all[12] = { "durability", "repeat", times };
	struct subject *s;
	size_t n = 3;

	while (*argv)
		all[n++] = *argv++;
	s = subject_start(&(struct subject_spec){ .argv = all, .limit_fsize = 16 << 20 });
	expect_str(tool_ready(s), want, "the tool's result");
	return s;
}

static void expect_clean(const char *what, const char *want, const char *const *argv)
{
	struct subject *once = repeated("1", argv, want), *often = repeated("8", argv, want);
	size_t fds = fds_count(subject_pid(often)), maps = maps_count(subject_pid(often));

	if (maps_find(subject_pid(often), "/journal"))
		judge_fail("no mapping of the journal", "one", "%s leaves the journal mapped.",
			   what);
	if (fds != fds_count(subject_pid(once)))
		judge_fail(U(fds_count(subject_pid(once))), U(fds),
			   "descriptors after eight calls: %s leaves one open each time.", what);
	if (maps > maps_count(subject_pid(once)))
		judge_fail(U(maps_count(subject_pid(once))), U(maps),
			   "mappings after eight calls: %s leaves one each time.", what);
	subject_close_stdin(once);
	subject_close_stdin(often);
	subject_wait(once);
	subject_wait(often);
}

#define CLEAN(what, want, ...) expect_clean(what, want, SUBJECT_ARGV(__VA_ARGS__))

START_TEST(nothing_stays_mapped_or_open)
{
	struct model m = random_model(4);

	file_write("journal", m.data, m.size);
	CLEAN("jl_close", "ok", "add", "journal", "0", "text");
	CLEAN("jl_recover", "ok", "list", "journal");
	CLEAN("jl_recover, when its function wants no more,", "ok", "first", "journal");
	record_of(&m, 3)->sum ^= 1;
	file_write("journal", m.data, m.size);
	CLEAN("jl_recover, at a damaged record,", "EBADMSG", "list", "journal");
	file_write("journal", m.data, JL_PAGE / 2);
	CLEAN("jl_recover, of a file that is no journal,", "EBADMSG", "list", "journal");
	file_write("empty", "", 0);
	CLEAN("jl_recover, of an empty file,", "ok", "list", "empty");
	file_write("short", "abc", 3);
	CLEAN("jl_recover, of a file that is too short for a mark,", "EBADMSG", "list", "short");
	CLEAN("jl_open, of a file that is no journal,", "EBADMSG", "add", "journal", "0");
	CLEAN("jl_open, of a size that is not allowed,", "EINVAL", "add", "other", "17");
}
END_TEST

const struct judge_suite judge_suite = {
	.lab = "06-durability",
	.guesses = guesses,
	.explain_crash = explain_crash,
	.tests = {
		JUDGE_TEST(predict_matches_power_cut),
		JUDGE_TEST(recover_reports_what_is_committed),
		JUDGE_TEST(torn_record_is_rejected),
		JUDGE_TEST(put_stores_through_mapping),
		JUDGE_TEST(damaged_file_is_refused),
		JUDGE_TEST(new_journal_survives_cut),
		JUDGE_TEST(commit_survives_cut),
		JUDGE_TEST(unaligned_record_survives_cut),
		JUDGE_TEST(straddling_record_survives_cut),
		JUDGE_TEST(mark_waits_for_records),
		JUDGE_TEST(failed_sync_fails_commit),
		JUDGE_TEST(journal_goes_on_after_cut),
		JUDGE_TEST(what_does_not_fit_is_refused),
		JUDGE_TEST(nothing_stays_mapped_or_open),
		JUDGE_END,
	},
};
