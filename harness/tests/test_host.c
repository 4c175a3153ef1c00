// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_host.c - the host program's small parts: records from a machine, QMP,
 * text cleaning, hints, names and exit codes of results, oops reading, the
 * worker pool.
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../grade/cut.h"
#include "../grade/hint.h"
#include "../grade/judgement.h"
#include "../grade/machine.h"
#include "../grade/near.h"
#include "../grade/pool.h"
#include "../grade/qmp.h"
#include "../grade/records.h"
#include "../grade/result.h"
#include "../grade/source_line.h"
#include "../grade/starved.h"
#include "../grade/util.h"
#include "../grade/verdict.h"
#include "../grade/workdir.h"
#include "tests.h"

/* --------------------------------------------------------------- records */

static struct test_def first_def = { .id = "first", .points = 1 };
static struct test_def second_def = { .id = "second", .points = 1 };
static const struct test_def *const two[] = { &first_def, &second_def };

static enum records_event take(struct records *r, const char *line)
{
	return records_take(r, line, strlen(line));
}

static const char *suspicion(const struct records *r)
{
	return json_string_value(json_array_get(r->suspicions, 0));
}

START_TEST(records_are_taken_in_order)
{
	struct records r;

	records_init(&r, two, 2);
	ck_assert_int_eq(take(&r, "{\"t\":\"ready\"}"), RECORDS_READY);
	take(&r, "{\"t\":\"unpacked\"}");
	ck_assert(take(&r, "{\"t\":\"suite\",\"lab\":\"x\",\"tests\":2,\"speed\":2.5}") ==
		  RECORDS_NONE);
	take(&r, "{\"t\":\"start\",\"id\":\"first\"}");
	ck_assert_str_eq(r.running, "first");
	take(&r, "{\"t\":\"test\",\"id\":\"first\",\"outcome\":\"pass\",\"ms\":3}");
	ck_assert_ptr_null(r.running);
	take(&r, "{\"t\":\"test\",\"id\":\"second\",\"outcome\":\"blocked\",\"ms\":0}");
	take(&r, "{\"t\":\"end\",\"tests\":2}");
	ck_assert(r.ended);
	ck_assert_int_eq(take(&r, "{\"t\":\"exit\",\"status\":0}"), RECORDS_FINISHED);
	ck_assert_uint_eq(json_object_size(r.results), 2);
	ck_assert_uint_eq(json_array_size(r.suspicions), 0);
	records_clear(&r);
}
END_TEST

/* Each line, sent after a start of "first", must raise a suspicion and must
 * not become a result. */
static const char *const forged[] = {
	"",
	"hello",
	"[]",
	"{\"t\":1}",
	"{\"t\":\"test\"}",
	"{\"t\":\"test\",\"id\":\"third\",\"outcome\":\"pass\"}",
	"{\"t\":\"test\",\"id\":\"second\",\"outcome\":\"pass\"}",
	"{\"t\":\"test\",\"id\":\"first\",\"outcome\":\"full marks\"}",
	"{\"t\":\"test\",\"id\":\"first\"}",
	"{\"t\":\"test\",\"id\":\"first\",\"outcome\":\"pass\",\"id\":\"second\"}",
	"{\"t\":\"start\",\"id\":\"third\"}",
	"{\"t\":\"points\",\"id\":\"first\"}",
	"{\"t\":\"revived\",\"exit\":0}",
	"{\"t\":\"test\",\"id\":\"first\",\"outcome\":\"pass\"",
	"\xff\xfe{\"t\":\"end\"}",
};

START_TEST(forged_record_is_suspicious)
{
	struct records r;

	records_init(&r, two, 2);
	take(&r, "{\"t\":\"start\",\"id\":\"first\"}");
	take(&r, forged[_i]);
	ck_assert_uint_eq(json_array_size(r.suspicions), 1);
	ck_assert_uint_eq(json_object_size(r.results), 0);
	records_clear(&r);
}
END_TEST

/* What a module writes to the port must not end the test that runs. */
START_TEST(forged_record_of_another_test_ends_nothing)
{
	struct records r;

	records_init(&r, two, 2);
	take(&r, "{\"t\":\"start\",\"id\":\"first\"}");
	take(&r, "{\"t\":\"test\",\"id\":\"second\",\"outcome\":\"pass\"}");
	take(&r, "{\"t\":\"test\",\"id\":\"third\",\"outcome\":\"pass\"}");
	take(&r, "{\"t\":\"test\"}");
	ck_assert_uint_eq(json_array_size(r.suspicions), 3);
	ck_assert_uint_eq(json_object_size(r.results), 0);
	ck_assert_str_eq(r.running, "first");
	ck_assert_int_eq(take(&r, "{\"t\":\"ask\",\"what\":\"cut\"}"), RECORDS_ASK);
	take(&r, "{\"t\":\"test\",\"id\":\"first\",\"outcome\":\"fail\"}");
	ck_assert_ptr_null(r.running);
	ck_assert_uint_eq(json_object_size(r.results), 1);
	records_clear(&r);
}
END_TEST

START_TEST(only_a_running_test_asks)
{
	struct records r;

	records_init(&r, two, 2);
	ck_assert_int_eq(take(&r, "{\"t\":\"ask\",\"what\":\"cut\"}"), RECORDS_NONE);
	ck_assert_ptr_nonnull(strstr(suspicion(&r), "a question while no test was running"));
	take(&r, "{\"t\":\"start\",\"id\":\"first\"}");
	ck_assert_int_eq(take(&r, "{\"t\":\"ask\",\"what\":\"cut\"}"), RECORDS_ASK);
	ck_assert_str_eq(json_string_value(json_object_get(r.question, "what")), "cut");
	ck_assert_uint_eq(json_array_size(r.suspicions), 1);
	records_clear(&r);
}
END_TEST

/* ------------------------------------------------------------------ cuts */

static void put_page(int disk, off_t page, int byte)
{
	char data[4096];

	memset(data, byte, sizeof(data));
	ck_assert_int_eq(pwrite(disk, data, sizeof(data), page * 4096), 4096);
}

static int byte_of(int disk, off_t at)
{
	unsigned char c = 0;

	ck_assert_int_eq(pread(disk, &c, 1, at), 1);
	return c;
}

START_TEST(cuts_are_copies)
{
	int disk = memfd_create("disk", 0), other = memfd_create("other", 0);
	struct cuts *c = cuts_new();
	struct stat st;
	struct err e;
	int i, new = 0;

	ck_assert_int_eq(ftruncate(disk, MACHINE_SCRATCH_BYTES), 0);
	ck_assert_int_eq(ftruncate(other, MACHINE_SCRATCH_BYTES), 0);
	put_page(disk, 0, 'a');
	put_page(disk, 8191, 'z');
	ck_assert_int_eq(cut_take(c, disk, &e), 0);
	put_page(disk, 0, 'b');
	put_page(disk, 5, 'n');
	ck_assert_int_eq(cut_take(c, disk, &e), 1);
	/* A page that became a hole again is zeros. */
	ck_assert_int_eq(
		fallocate(disk, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 5 * 4096, 4096), 0);
	ck_assert_int_eq(cut_take(c, disk, &e), 2);
	ck_assert_int_eq(cut_take_torn(c, disk, 0, 42, &e), 3);
	put_page(other, 7, 'x');
	ck_assert_int_eq(cut_lay(c, 0, other, &e), 0);
	ck_assert_int_eq(byte_of(other, 0), 'a');
	ck_assert_int_eq(byte_of(other, 8191 * 4096), 'z');
	ck_assert_int_eq(byte_of(other, 7 * 4096), 0);
	ck_assert_int_eq(cut_lay(c, 1, other, &e), 0);
	ck_assert_int_eq(byte_of(other, 0), 'b');
	ck_assert_int_eq(byte_of(other, 5 * 4096), 'n');
	ck_assert_int_eq(cut_lay(c, 2, other, &e), 0);
	ck_assert_int_eq(byte_of(other, 5 * 4096), 0);
	ck_assert_int_eq(cut_lay(c, 3, other, &e), 0);
	for (i = 0; i < 8; i++)
		new += byte_of(other, i * 512) == 'b';
	ck_assert_int_gt(new, 0);
	ck_assert_int_lt(new, 8);
	ck_assert_int_eq(fstat(other, &st), 0);
	ck_assert_int_eq(st.st_size, MACHINE_SCRATCH_BYTES);
	ck_assert_int_eq(cut_lay(c, 4, other, &e), -EINVAL);
	ck_assert_int_eq(cut_take_torn(c, disk, 9, 1, &e), -EINVAL);
	for (i = 4; i < CUT_MAX; i++)
		ck_assert_int_eq(cut_take(c, disk, &e), i);
	ck_assert_int_eq(cut_take(c, disk, &e), -ENOSPC);
	cuts_free(c);
	/* A disk that is written anew before each cut: some memory, not all. */
	c = cuts_new();
	for (new = 0; new >= 0 && new < CUT_MAX; new ++) {
		for (i = 0; i < 8192; i++)
			put_page(disk, i, (char)('a' + new % 20));
		if (cut_take(c, disk, &e) == -ENOSPC)
			break;
	}
	ck_assert_int_gt(new, 1);
	ck_assert_int_lt(new, 5);
	cuts_free(c);
}
END_TEST

START_TEST(second_record_and_late_record_do_not_count)
{
	struct records r;
	json_t *first;

	records_init(&r, two, 2);
	take(&r, "{\"t\":\"start\",\"id\":\"first\"}");
	take(&r, "{\"t\":\"test\",\"id\":\"first\",\"outcome\":\"fail\"}");
	take(&r, "{\"t\":\"test\",\"id\":\"first\",\"outcome\":\"pass\"}");
	first = json_object_get(r.results, "first");
	ck_assert_str_eq(json_string_value(json_object_get(first, "outcome")), "fail");
	ck_assert_ptr_nonnull(strstr(suspicion(&r), "a second record"));
	take(&r, "{\"t\":\"end\",\"tests\":1}");
	take(&r, "{\"t\":\"start\",\"id\":\"second\"}");
	take(&r, "{\"t\":\"test\",\"id\":\"second\",\"outcome\":\"pass\"}");
	ck_assert_ptr_null(json_object_get(r.results, "second"));
	ck_assert_uint_eq(json_array_size(r.suspicions), 2);
	records_clear(&r);
}
END_TEST

START_TEST(suspicions_are_bounded_and_clean)
{
	struct records r;
	int i;

	records_init(&r, two, 2);
	for (i = 0; i < 1000; i++)
		take(&r, "{\"t\":\"test\",\"id\":\"a\\u001b[31mb\",\"outcome\":\"pass\"}");
	ck_assert_uint_lt(json_array_size(r.suspicions), 100);
	ck_assert_ptr_nonnull(strstr(suspicion(&r), "a\\x1b[31mb"));
	records_clear(&r);
}
END_TEST

/* ------------------------------------------------------------------- qmp */

/* A QEMU that says these lines, whatever it is told. */
static int talk_to(const char *lines, struct qmp **q, struct err *e)
{
	int fds[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	ck_assert_int_eq(write(fds[1], lines, strlen(lines)), (ssize_t)strlen(lines));
	shutdown(fds[1], SHUT_WR);
	return qmp_open(fds[0], 2000, q, e);
}

#define GREETING "{\"QMP\": {\"version\": {}}}\n{\"return\": {}}\n"

START_TEST(qmp_answers_and_events)
{
	struct err e = { 0 };
	json_t *answer = NULL;
	struct qmp *q;

	ck_assert_int_eq(talk_to(GREETING
				 "{\"event\": \"STOP\"}\n"
				 "{\"return\": {\"status\": \"paused\"}}\n"
				 "{\"error\": {\"class\": \"GenericError\", \"desc\": \"no\"}}\n",
				 &q, &e),
			 0);
	ck_assert_int_eq(qmp_execute(q, "query-status", NULL, -1, &answer, &e), 0);
	ck_assert_str_eq(json_string_value(json_object_get(answer, "status")), "paused");
	ck_assert_int_eq(qmp_execute(q, "cont", NULL, -1, NULL, &e), -EIO);
	ck_assert_str_eq(e.text, "QMP cont: no");
	ck_assert_int_eq(qmp_execute(q, "cont", NULL, -1, NULL, &e), -EPIPE);
	qmp_close(q);
}
END_TEST

static const struct {
	const char *lines;
	int error;
} bad_qmp[] = {
	{ "", -EPIPE },
	{ "hello\n", -EPROTO },
	{ "{\"return\": {}}\n", -EPROTO },
	{ "{\"QMP\": {}}\n", -EPIPE },
	{ "{\"QMP\": {}}\nnull\n", -EPROTO },
	{ "{\"QMP\"", -EPIPE },
};

START_TEST(qmp_nonsense_is_an_error)
{
	struct err e = { 0 };
	struct qmp *q;

	/* A peer that has gone refuses what is sent to it: EPIPE, too. */
	signal(SIGPIPE, SIG_IGN);
	ck_assert_int_eq(talk_to(bad_qmp[_i].lines, &q, &e), bad_qmp[_i].error);
	ck_assert_ptr_nonnull(strstr(e.text, "QMP"));
}
END_TEST

START_TEST(qmp_silence_is_a_timeout)
{
	struct err e = { 0 };
	struct qmp *q;
	int fds[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	ck_assert_int_eq(qmp_open(fds[0], 50, &q, &e), -ETIMEDOUT);
}
END_TEST

/* ------------------------------------------------------------------ text */

START_TEST(text_is_cleaned)
{
	static const struct {
		const char *in;
		size_t len;
		const char *out;
	} rows[] = {
		{ "plain\ttext\n", 11, "plain\ttext\n" },
		{ "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x90\xa7", 14,
		  "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x90" },
		{ "\033[2Jx\007", 6, "\\x1b[2Jx\\x07" },
		{ "a\0b", 3, "a\\x00b" },
		{ "\xff\xc3(", 3, "\\xff\\xc3(" },
		{ "\xc2\x9b"
		  "31m",
		  5, "\\xc2\\x9b31m" },
		{ "\xed\xa0\x80", 3, "\\xed\\xa0\\x80" },
		{ "\xc0\xaf", 2, "\\xc0\\xaf" },
		{ "\r\x7f", 2, "\\x0d\\x7f" },
	};
	char *clean = clean_text(rows[_i].in, rows[_i].len);

	/* The second row is cut in the middle of a character. */
	if (_i == 1)
		ck_assert_str_eq(clean, "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \\xf0\\x9f\\x90");
	else
		ck_assert_str_eq(clean, rows[_i].out);
	free(clean);
}
END_TEST

START_TEST(file_is_replaced_as_a_whole)
{
	struct err e = { 0 };
	const char *path = tests_path("sub/file");
	char *text;

	tests_write_text("sub/file", "old");
	ck_assert_int_eq(write_file_atomic(path, "new", 3, &e), 0);
	text = read_text(path);
	ck_assert_str_eq(text, "new");
	ck_assert_int_eq(write_file_atomic(tests_path("none/file"), "x", 1, &e), -ENOENT);
	ck_assert_ptr_nonnull(strstr(e.text, "none/file"));
}
END_TEST

/* A limit on files' sizes stands for a full disk: a byte of three, and then an error. */
START_TEST(file_that_cannot_be_written_leaves_the_old_one)
{
	struct rlimit before, limit;
	struct err e = { 0 };
	const char *path = tests_path("full/file");
	int ret;

	tests_write_text("full/file", "old");
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = (struct rlimit){ 1, before.rlim_max };
	signal(SIGXFSZ, SIG_IGN);
	/* Only for the call: Check writes to files, too. */
	setrlimit(RLIMIT_FSIZE, &limit);
	ret = write_file_atomic(path, "new", 3, &e);
	setrlimit(RLIMIT_FSIZE, &before);
	ck_assert_int_eq(ret, -EFBIG);
	ck_assert_ptr_nonnull(strstr(e.text, "full/file"));
	ck_assert_str_eq(read_text(path), "old");
	/* Nor half of the new one beside it. */
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(rmdir(tests_path("full")), 0);
}
END_TEST

/* A lock on NFS is seen by its own host only: another host's folder always looks abandoned. */
START_TEST(work_folders_of_other_hosts_stay_until_they_are_old)
{
	const struct timespec old[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_sec = 1000000000 } };
	struct kit kit = { .root = (char *)tests_folder() };
	struct workdir *w = NULL, *next = NULL;
	struct err e = { 0 };
	char *other, *mark;

	ck_assert_msg(!workdir_open(&kit, &w, &e), "%s", e.text);
	mark = strrchr(workdir_path(w), '-');
	other = tests_path("build/tmp/77-0123456789ab-elsewher");
	tests_write_text("build/tmp/77-0123456789ab-elsewher/file", "x");
	tests_write_text("build/tmp/78-0123456789ab-elsewher/file", "x");
	ck_assert(!utimensat(AT_FDCWD, tests_path("build/tmp/78-0123456789ab-elsewher"), old, 0));
	tests_write_text(xasprintf("build/tmp/79-0123456789ab%s/file", mark), "x");
	ck_assert_msg(!workdir_open(&kit, &next, &e), "%s", e.text);
	ck_assert_msg(!access(workdir_path(w), F_OK), "one that lives was removed");
	ck_assert_msg(!access(other, F_OK), "another host's was removed");
	ck_assert_msg(access(tests_path("build/tmp/78-0123456789ab-elsewher"), F_OK),
		      "an old one was left");
	ck_assert_msg(access(tests_path("build/tmp/79-0123456789ab%s", mark), F_OK),
		      "what this host has abandoned was left");
	workdir_close(next);
	workdir_close(w);
}
END_TEST

/* As fast as it goes, so many files in a folder that others remove meanwhile. */
static void write_on(int dir, int files)
{
	while (files--)
		close(openat(dir, xasprintf("file-%d", files), O_WRONLY | O_CREAT, 0600));
}

/* What compiled for a grader is killed a moment after it. */
START_TEST(work_folder_goes_with_what_still_writes_there)
{
	struct kit kit = { .root = (char *)tests_folder() };
	const int files = 20000;
	struct workdir *w = NULL;
	struct err e = { 0 };
	char *path, *begun;
	pid_t pid;
	int dir;

	ck_assert_msg(!workdir_open(&kit, &w, &e), "%s", e.text);
	path = xstrdup(workdir_path(w));
	begun = xasprintf("%s/file-%d", path, files - 1);
	dir = open(path, O_RDONLY | O_DIRECTORY);
	pid = fork();
	if (pid == 0) {
		/* Of these, the pipe by which the janitor sees our end. */
		ck_assert_int_eq(dup2(dir, 3), 3);
		close_range(4, ~0U, 0);
		write_on(3, files);
		_exit(0);
	}
	close(dir);
	while (access(begun, F_OK))
		usleep(1000);
	workdir_close(w);
	ck_assert_msg(access(path, F_OK), "%s was left", path);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	ck_assert_msg(access(path, F_OK), "%s was left", path);
}
END_TEST

START_TEST(checksum_sees_data_and_where_it_lies)
{
	char one[65], two_sum[65], three[65];
	int fd;

	sha256_hex("abc", 3, one);
	ck_assert_str_eq(one, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	fd = open(tests_path("sparse"), O_RDWR | O_CREAT, 0600);
	ck_assert_int_eq(ftruncate(fd, 1 << 20), 0);
	ck_assert_int_eq(pwrite(fd, "x", 1, 8192), 1);
	ck_assert_int_eq(sha256_fd_hex(fd, one), 0);
	ck_assert_int_eq(pwrite(fd, "y", 1, 8192), 1);
	ck_assert_int_eq(sha256_fd_hex(fd, two_sum), 0);
	ck_assert_str_ne(one, two_sum);
	ck_assert_int_eq(ftruncate(fd, 0), 0);
	ck_assert_int_eq(ftruncate(fd, 1 << 20), 0);
	ck_assert_int_eq(pwrite(fd, "x", 1, 65536), 1);
	ck_assert_int_eq(sha256_fd_hex(fd, three), 0);
	ck_assert_str_ne(one, three);
}
END_TEST

static const struct {
	const char *typed, *near;
} typed_names[] = {
	{ "set_is_seen_at_onec", "set_is_seen_at_once" },
	{ "setisseen_at_once", "set_is_seen_at_once" },
	{ "sett_ends", "set_ends" },
	{ "is_seen", "set_is_seen_at_once" },
	{ "set", "set_ends, set_grows or set_is_seen_at_once" },
	{ "get", "get_it" },
	{ "e", "" },
	{ "", "" },
	{ "nothing_of_all_this", "" },
	{ "\033[2J\xff", "" },
};

START_TEST(near_names_are_found)
{
	char *near = near_names(typed_names[_i].typed,
				" set_is_seen_at_once set_ends  get_it set_grows ");

	ck_assert_str_eq(near, typed_names[_i].near);
	free(near);
}
END_TEST

START_TEST(hint_is_found)
{
	static const char text[] =
		"# Hints\n\n## one\n\n1. First?\n2. Second\n   goes on.\n3. Third.\n\n"
		"## one_more\n\n1. Other.\n";
	char *h;

	h = hint_find(text, "one", 1);
	ck_assert_str_eq(h, "First?");
	h = hint_find(text, "one", 2);
	ck_assert_str_eq(h, "Second\n   goes on.");
	h = hint_find(text, "one", 3);
	ck_assert_str_eq(h, "Third.");
	ck_assert_ptr_null(hint_find(text, "one", 4));
	h = hint_find(text, "one_more", 1);
	ck_assert_str_eq(h, "Other.");
	ck_assert_ptr_null(hint_find(text, "two", 1));
}
END_TEST

/* --------------------------------------------------------------- results */

START_TEST(result_is_named_after_the_submission)
{
	static const char *const rows[][2] = {
		{ "/x/ada.tar.gz", "ada" }, { "/x/ada.zip", "ada" },
		{ "ada", "ada" },	    { "/x/ada lovelace.tgz", "ada_lovelace" },
		{ "/x/..%2f", "_.%2f" },    { "/x/.hidden", "_hidden" },
		{ "/x/a\nb", "a_b" },
	};
	struct grade_spec spec = { .submission = rows[_i][0] };
	char *name = result_name(&spec), letters[301] = "";

	if (_i == 4)
		ck_assert_str_eq(name, "_._2f");
	else
		ck_assert_str_eq(name, rows[_i][1]);
	/* Room is left for what is put behind it. */
	memset(letters, 'a', sizeof(letters) - 1);
	spec.name = letters;
	ck_assert_uint_eq(strlen(result_name(&spec)), 150);
}
END_TEST

static json_t *closed_document(const char *points_json, bool suspicious)
{
	json_t *doc = json_loads(points_json, 0, NULL);
	json_t *suspicions = json_array();

	if (suspicious)
		json_array_append_new(suspicions, json_object());
	result_close(doc, suspicions);
	return doc;
}

#define LAB(points) \
	"{\"labs\":[{\"tests\":[{\"points\":0.5,\"max\":0.5}," \
	"{\"points\":" points ",\"max\":2}]}]}"

START_TEST(status_and_exit_code)
{
	static const struct {
		const char *doc;
		bool suspicious;
		const char *status;
		int code;
	} rows[] = {
		{ LAB("2"), false, "full", 0 },	    { LAB("0"), false, "partial", 1 },
		{ LAB("2"), true, "held", 4 },	    { LAB("null"), false, "broken", 3 },
		{ LAB("null"), true, "broken", 3 },
	};
	json_t *doc = closed_document(rows[_i].doc, rows[_i].suspicious);

	ck_assert_str_eq(json_string_value(json_object_get(doc, "status")), rows[_i].status);
	ck_assert_int_eq(result_exit_code(doc), rows[_i].code);
	ck_assert_double_eq(json_number_value(json_object_get(doc, "max")), 2.5);
}
END_TEST

#define PAIR(core, bonus) \
	"{\"labs\":[{\"tests\":[{\"points\":" core ",\"max\":6}]}," \
	"{\"bonus\":true,\"tests\":[{\"points\":" bonus ",\"max\":10}]}]}"

START_TEST(bonus_is_on_top)
{
	static const struct {
		const char *doc;
		double points, max;
		const char *status;
	} rows[] = {
		{ PAIR("6", "10"), 16, 6, "full" },
		{ PAIR("6", "0"), 6, 6, "full" },
		/* It does not make up for what is missing elsewhere. */
		{ PAIR("5.5", "10"), 15.5, 6, "partial" },
		{ PAIR("6", "null"), -1, 6, "broken" },
		/* Alone it is a lab as any other. */
		{ "{\"labs\":[{\"bonus\":true,\"tests\":[{\"points\":4,\"max\":10}]}]}", 4, 10,
		  "partial" },
	};
	json_t *doc = closed_document(rows[_i].doc, false);

	if (rows[_i].points < 0)
		ck_assert(json_is_null(json_object_get(doc, "points")));
	else
		ck_assert_double_eq(json_number_value(json_object_get(doc, "points")),
				    rows[_i].points);
	ck_assert_double_eq(json_number_value(json_object_get(doc, "max")), rows[_i].max);
	ck_assert_str_eq(json_string_value(json_object_get(doc, "status")), rows[_i].status);
}
END_TEST

START_TEST(verdict_names_go_both_ways)
{
	int v;

	for (v = VERDICT_PASS; v <= VERDICT_BROKEN; v++)
		ck_assert_int_eq(verdict_parse(verdict_name(v)), v);
	ck_assert_int_eq(verdict_parse("none"), VERDICT_NONE);
	ck_assert_int_eq(verdict_parse(NULL), VERDICT_NONE);
}
END_TEST

START_TEST(oops_is_read_from_a_console)
{
	static const char console[] =
		"hello\n[    1.1] BUG: kernel NULL pointer dereference, address: 0000000000000008\n"
		"[    1.2] RAX: 0000000000000000 RBX: 1\n"
		"[    1.3] RIP: 0010:mymap_mmap+0x10/0x40 [mymap]\n";
	static const char exposure[] =
		"[    1.1] usercopy: Kernel memory exposure attempt detected from SLUB object 'kmalloc-8k' (offset 8000, size 1000)!\n"
		"[    1.2] ------------[ cut here ]------------\n"
		"[    1.3] kernel BUG at mm/usercopy.c:101!\n";
	static const char frame[] =
		"[    1.1] mymap: Corrupted page table at address 7fb8b6439000\n"
		"[    1.2] PGD 5fda067 P4D 5fda067 PUD 5fd8067 PMD 5fd7067 PTE 80004080000bd227\n"
		"[    1.3] Bad pagetable: 000c [#1] PREEMPT SMP NOPTI\n"
		"[    1.4] Kernel panic - not syncing: Fatal exception\n";
	struct oops o;

	ck_assert(oops_find(console, "mymap", NULL, &o));
	ck_assert_str_eq(o.what, "BUG: kernel NULL pointer dereference, address: 0000000000000008");
	ck_assert_ptr_nonnull(strstr(o.cause, "NULL"));
	ck_assert_ptr_null(o.where);
	ck_assert_ptr_nonnull(strstr(o.log, "RIP: 0010:mymap_mmap"));
	ck_assert_ptr_null(strstr(o.log, "RAX"));
	oops_clear(&o);
	/* The line before "kernel BUG" says more than that does. */
	ck_assert(oops_find(exposure, "mymap", NULL, &o));
	ck_assert_ptr_eq(strstr(o.what, "usercopy: Kernel memory exposure"), o.what);
	ck_assert_ptr_nonnull(strstr(o.log, "kernel BUG at"));
	oops_clear(&o);
	/* A program met a frame that no machine has: there is no "Oops:". */
	ck_assert(oops_find(frame, "mymap", NULL, &o));
	ck_assert_str_eq(o.what, "mymap: Corrupted page table at address 7fb8b6439000");
	ck_assert_ptr_nonnull(strstr(o.cause, "virt_to_phys"));
	ck_assert_ptr_nonnull(strstr(o.log, "Bad pagetable"));
	oops_clear(&o);
	ck_assert(!oops_find("all is well\n", "mymap", NULL, &o));
	ck_assert(!oops_find("", "mymap", NULL, &o));
}
END_TEST

START_TEST(too_little_processor_time_is_told)
{
	int64_t second = 1000000000;

	ck_assert_int_eq(starved_percent(second, 99 * second), 1);
	ck_assert_int_eq(starved_percent(2 * second, 98 * second), 2);
	ck_assert_int_eq(starved_percent(3 * second, 97 * second), -1);
	ck_assert_int_eq(starved_percent(second, 0), -1);
	/* A moment says nothing; and a thread that ended takes its time along. */
	ck_assert_int_eq(starved_percent(0, second / 10), -1);
	ck_assert_int_eq(starved_percent(-second, 99 * second), -1);
}
END_TEST

static pid_t burn(int nice_value)
{
	cpu_set_t first;
	pid_t pid = fork();

	if (pid)
		return pid;
	CPU_ZERO(&first);
	CPU_SET(sched_getcpu(), &first);
	sched_setaffinity(0, sizeof(first), &first);
	setpriority(PRIO_PROCESS, 0, nice_value);
	for (;;)
		;
}

/* Two that never rest, on one processor: one has a hundredth of it. A sleeper wants nothing. */
START_TEST(starved_process_is_seen)
{
	pid_t poor, rich, sleeper;
	cpu_set_t here;
	struct starved s, other;

	CPU_ZERO(&here);
	CPU_SET(sched_getcpu(), &here);
	ck_assert_int_eq(sched_setaffinity(0, sizeof(here), &here), 0);
	poor = burn(19);
	rich = burn(0);
	sleeper = fork();
	while (!sleeper)
		pause();
	starved_init(&s, poor);
	starved_init(&other, sleeper);
	do {
		starved_follow(&s, "first");
		starved_follow(&other, "first");
		usleep(800000);
		starved_follow(&s, NULL);
		starved_follow(&other, NULL);
	} while (!json_object_size(s.tests));
	ck_assert_int_lt(json_integer_value(json_object_get(s.tests, "first")), 3);
	ck_assert_uint_eq(json_object_size(other.tests), 0);
	kill(poor, SIGKILL);
	kill(rich, SIGKILL);
	kill(sleeper, SIGKILL);
	while (wait(NULL) > 0)
		;
	starved_clear(&s);
	starved_clear(&other);
}
END_TEST

/* What a machine said of its test "first" while it got 2 % of its time, judged. */
static struct judgement judge_starved(const char *results, const char *running, const char *end)
{
	static const struct compiled none;
	static struct lab_def lab;
	struct judgement j = { .def = &first_def };
	json_t *unit = json_pack("{s:o,s:s,s:s,s:s,s:{s:i}}", "results",
				 json_loads(results, 0, NULL), "running", running, "end", end,
				 "why", "it said nothing", "starved", "first", 2);

	judgement_from_unit(&j, &lab, &none, unit, "");
	json_decref(unit);
	return j;
}

START_TEST(starved_failure_is_told_from_a_failure)
{
	struct judgement j = judge_starved("{\"first\":{\"outcome\":\"fail\"}}", "", "complete");

	ck_assert_int_eq(j.verdict, VERDICT_FAIL);
	ck_assert_int_eq(j.starved, 2);
	/* The judge says pass, crash or timeout of what does not depend on the host's time. */
	j = judge_starved("{\"first\":{\"outcome\":\"pass\"}}", "", "complete");
	ck_assert_int_eq(j.verdict, VERDICT_PASS);
	ck_assert_int_eq(j.starved, -1);
	j = judge_starved("{\"first\":{\"outcome\":\"timeout\"}}", "", "complete");
	ck_assert_int_eq(j.verdict, VERDICT_TIMEOUT);
	ck_assert_int_eq(j.starved, -1);
	/* Another test starved. */
	j = judge_starved("{\"second\":{\"outcome\":\"fail\"}}", "second", "died");
	ck_assert_int_eq(j.verdict, VERDICT_NONE);
}
END_TEST

START_TEST(silence_of_a_starved_machine_is_the_hosts_fault)
{
	struct judgement j = judge_starved("{}", "first", "timeout");

	ck_assert_int_eq(j.verdict, VERDICT_TIMEOUT);
	ck_assert_int_eq(j.starved, 2);
	judgement_starved(&j);
	ck_assert_int_eq(j.verdict, VERDICT_BROKEN);
	ck_assert_ptr_nonnull(strstr(json_string_value(json_object_get(j.evidence, "message")),
				     "The host is too busy"));
	ck_assert_ptr_nonnull(strstr(json_string_value(json_object_get(j.evidence, "message")),
				     "only 2 % of the processor time"));
}
END_TEST

START_TEST(error_is_cut_between_letters)
{
	static const char *const letters[] = { "x", "\xc3\xa9", "\xe2\x82\xac",
					       "\xf0\x9f\x98\x80" };
	char *text = xstrdup(""), *more;
	struct err e;
	size_t n;

	while (strlen(text) < 2 * sizeof(e.text)) {
		more = xasprintf("%s%s", text, letters[_i]);
		free(text);
		text = more;
	}
	for (n = 0; n < 4; n++) {
		json_t *as_json;

		err_set(&e, EIO, "%.*s%s", (int)n, "abc", text);
		as_json = json_string(e.text);
		ck_assert_ptr_nonnull(as_json);
		ck_assert_uint_gt(strlen(e.text), sizeof(e.text) - 5);
		json_decref(as_json);
	}
	free(text);
}
END_TEST

/* The names in debug information are a student's, by #line. */
START_TEST(source_line_is_safe_to_print)
{
	char *program = tests_path("odd"), *command, *line;

	tests_write_text("odd.c", "#line 3 \"a.c\"\nvoid f(void) { }\n"
				  "#line 7 \"\\033[2J\\377.c\"\nvoid _start(void) { for (;;); }\n");
	/* Functions begin at multiples of 16 bytes. */
	command = xasprintf("gcc -g -O2 -static -no-pie -nostdlib -Wl,-Ttext=0x401000 -o %s %s.c",
			    program, program);
	ck_assert_int_eq(system(command), 0);
	line = program_line(program, "401010", NULL);
	ck_assert_str_eq(line, "\\x1b[2J\\xff.c:7 in _start");
	free(line);
	free(command);
	free(program);
}
END_TEST

/* ------------------------------------------------------------------ pool */

struct task {
	int number;
	struct pool *pool;
	int done, lost;
};

static json_t *square(void *arg)
{
	struct task *t = arg;

	if (t->number == 3)
		raise(SIGKILL);
	if (t->number == 4)
		_exit(0);
	return json_pack("{s:i}", "square", t->number * t->number);
}

static void squared(void *arg, json_t *result, const char *why)
{
	struct task *t = arg;

	t->done++;
	if (!result) {
		t->lost++;
		ck_assert_msg(t->number == 3 || t->number == 4, "%s", why);
		ck_assert_int_gt(strlen(why), 0);
		return;
	}
	ck_assert_int_eq(json_integer_value(json_object_get(result, "square")),
			 t->number * t->number);
	json_decref(result);
	/* A job's end may add jobs. */
	if (t->number == 0 && t->done == 1)
		pool_add(t->pool, square, squared, t);
}

START_TEST(pool_runs_all_and_survives_lost_workers)
{
	struct task tasks[8] = { 0 };
	int i;

	for (i = 0; i < 8; i++) {
		tasks[i].number = i;
		tasks[i].pool = tasks[0].pool ? tasks[0].pool : pool_new(3);
		pool_add(tasks[i].pool, square, squared, &tasks[i]);
	}
	pool_run(tasks[0].pool);
	for (i = 0; i < 8; i++) {
		ck_assert_int_eq(tasks[i].done, i == 0 ? 2 : 1);
		ck_assert_int_eq(tasks[i].lost, i == 3 || i == 4);
	}
	pool_free(tasks[0].pool);
}
END_TEST

START_TEST(pool_without_workers_runs_all_here)
{
	struct task tasks[3] = { 0 };
	struct pool *pool = pool_new(0);
	int i;

	for (i = 0; i < 3; i++) {
		tasks[i].number = i;
		tasks[i].pool = pool;
		pool_add(pool, square, squared, &tasks[i]);
	}
	pool_run(pool);
	for (i = 0; i < 3; i++)
		ck_assert_int_eq(tasks[i].done, i == 0 ? 2 : 1);
	pool_free(pool);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *s = suite_create("host");
	TCase *tc = tcase_create("host");

	tcase_set_timeout(tc, 300);
	tcase_add_test(tc, records_are_taken_in_order);
	tcase_add_loop_test(tc, forged_record_is_suspicious, 0, sizeof(forged) / sizeof(forged[0]));
	tcase_add_test(tc, forged_record_of_another_test_ends_nothing);
	tcase_add_test(tc, only_a_running_test_asks);
	tcase_add_test(tc, cuts_are_copies);
	tcase_add_test(tc, second_record_and_late_record_do_not_count);
	tcase_add_test(tc, suspicions_are_bounded_and_clean);
	tcase_add_test(tc, qmp_answers_and_events);
	tcase_add_loop_test(tc, qmp_nonsense_is_an_error, 0, sizeof(bad_qmp) / sizeof(bad_qmp[0]));
	tcase_add_test(tc, qmp_silence_is_a_timeout);
	tcase_add_loop_test(tc, text_is_cleaned, 0, 9);
	tcase_add_test(tc, file_is_replaced_as_a_whole);
	tcase_add_test(tc, file_that_cannot_be_written_leaves_the_old_one);
	tcase_add_test(tc, work_folders_of_other_hosts_stay_until_they_are_old);
	/* Chance decides who comes first. */
	tcase_add_loop_test(tc, work_folder_goes_with_what_still_writes_there, 0, 8);
	tcase_add_test(tc, checksum_sees_data_and_where_it_lies);
	tcase_add_loop_test(tc, near_names_are_found, 0,
			    sizeof(typed_names) / sizeof(typed_names[0]));
	tcase_add_test(tc, hint_is_found);
	tcase_add_loop_test(tc, result_is_named_after_the_submission, 0, 7);
	tcase_add_loop_test(tc, status_and_exit_code, 0, 5);
	tcase_add_loop_test(tc, bonus_is_on_top, 0, 5);
	tcase_add_test(tc, verdict_names_go_both_ways);
	tcase_add_test(tc, oops_is_read_from_a_console);
	tcase_add_loop_test(tc, error_is_cut_between_letters, 0, 4);
	tcase_add_test(tc, too_little_processor_time_is_told);
	tcase_add_test(tc, starved_process_is_seen);
	tcase_add_test(tc, starved_failure_is_told_from_a_failure);
	tcase_add_test(tc, silence_of_a_starved_machine_is_the_hosts_fault);
	tcase_add_test(tc, source_line_is_safe_to_print);
	tcase_add_test(tc, pool_runs_all_and_survives_lost_workers);
	tcase_add_test(tc, pool_without_workers_runs_all_here);
	suite_add_tcase(s, tc);
	return s;
}

int main(void)
{
	return tests_main(make_suite);
}
