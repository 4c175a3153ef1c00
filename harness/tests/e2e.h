/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * e2e.h - what the tests of the whole kit share: they run build/mmaplab (or
 * make) as people do, and look at what it prints, writes and leaves behind.
 *
 *	char *sub = e2e_submission("null");
 *	e2e_edit(sub, RECORDS, "MAP_SHARED", "MAP_PRIVATE");
 *	struct e2e *r = e2e_grade(sub, "--lab", "02", NULL);
 *	e2e_go(&r, 1, 1);
 *	e2e_expect_status(r, 1);
 *	e2e_expect_verdict(r, "set_is_seen_at_once", "fail");
 *
 * They start in the checkout's root, or in the folder MMAPLAB_ROOT names.
 * Everything lies in one temporary folder, which vanishes with the program.
 * What is allocated is never freed: the programs are short.
 */
#ifndef MMAPLAB_E2E_H
#define MMAPLAB_E2E_H

#include <check.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define RECORDS "labs/02-records/records.c"
#define FAMILY "labs/09-family/family.c"
#define MYMAP "driver/mymap/mymap.c"
#define SCREEN "driver/screen/screen.c"
#define DRAW "labs/14-screen/draw.c"

/* ---------------------------------------------------------------- program */

/**
 * e2e_begin() - find the checkout, make the temporary folder; first in main()
 *
 * With no build/mmaplab to test, it says so and ends the program.
 */
void e2e_begin(void);
/** e2e_finish() - run the suite, forked, and give main()'s exit status */
int e2e_finish(Suite *s);

/** e2e_program() - what is tested, below the checkout: $MMAPLAB_PROGRAM, else build/mmaplab */
const char *e2e_program(void);
/** e2e_root() - the checkout, absolute, links resolved */
const char *e2e_root(void);
/** e2e_ms() - a clock in milliseconds */
int64_t e2e_ms(void);

/* ------------------------------------------------------------------ files */

char *e2e_fmt(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/** e2e_path() - printf a path below the temporary folder */
char *e2e_path(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/** e2e_write() - a file of @size bytes, with the folders it needs */
void e2e_write(const char *path, const void *data, size_t size);
/** e2e_read() - a whole file and a NUL; NULL when there is none */
char *e2e_read(const char *path);
/** e2e_shell() - run a shell command, which has to succeed */
void e2e_shell(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* ------------------------------------------------------------ submissions */

/** e2e_submission() - a fresh folder with the solution of every lab */
char *e2e_submission(const char *name);
/** e2e_put() - give one of its files another content */
void e2e_put(const char *sub, const char *file, const char *text);
/** e2e_edit() - replace the first @old by @new; @old has to be there */
void e2e_edit(const char *sub, const char *file, const char *old, const char *new);
/** e2e_line_of() - number of the first line of a file that holds @text */
int e2e_line_of(const char *sub, const char *file, const char *text);

/**
 * e2e_kit() - a private checkout: the real one's parts by symbolic links,
 * with a build/ of its own for results and temporary files
 * Return: its root, for MMAPLAB_ROOT.
 */
char *e2e_kit(const char *name);
/** e2e_kit_own() - replace a link in it by a copy that a test may damage */
char *e2e_kit_own(const char *kit, const char *path);
/** e2e_kit_templates() - a build/vm of its own with these templates only */
char *e2e_kit_templates(const char *kit, const char *names);

/* ------------------------------------------------------------------- runs */

#define E2E_ARGS 24
#define E2E_ENV 12

/**
 * struct e2e - one run of a program
 * @what: for messages
 * @name: its --name, so that runs do not meet in build/results
 * @kit: MMAPLAB_ROOT for it, or NULL
 * @status: exit status, or 128 + signal
 * @ms: how long it took; E2E_TIMES=1 in the environment prints it for each
 *	run, and the processor time
 * @out, @err: what it printed
 * @doc: its result document, or NULL; the file is removed after reading
 * @keep: leave the result file and the pictures
 * @group: give it a process group of its own, as a shell does
 * The rest is e2e.c's.
 */
struct e2e {
	const char *what;
	char *name;
	const char *kit;
	int status;
	int ms;
	char *out, *err;
	json_t *doc;
	bool keep, group;

	char *argv[E2E_ARGS];
	char *env[E2E_ENV];
	pid_t pid;
	int64_t began;
};

/** e2e_grade() - `mmaplab grade`; more arguments follow, then NULL */
struct e2e *e2e_grade(const char *submission, ...) __attribute__((sentinel));
/** e2e_command() - any program, in the checkout's root */
struct e2e *e2e_command(const char *program, ...) __attribute__((sentinel));
/** e2e_env() - "NAME=value" for the run; "NAME" alone removes it */
void e2e_env(struct e2e *r, const char *setting);

void e2e_start(struct e2e *r);
/** e2e_done() - true when it has ended; takes its status and its output */
bool e2e_done(struct e2e *r);
void e2e_wait(struct e2e *r);
/** e2e_go() - run all of them, so many at a time, and wait */
void e2e_go(struct e2e **runs, size_t count, size_t at_a_time);
/** e2e_remains() - names of processes that a run left behind, or "" */
char *e2e_remains(const struct e2e *r);
/** e2e_result_path() - where its result file is */
char *e2e_result_path(const struct e2e *r);
/** e2e_pictures_path() - the folder for pictures beside it */
char *e2e_pictures_path(const struct e2e *r);

/* --------------------------------------------------------------- judgement */

/** e2e_lab() - a lab in the result document, or NULL; NULL takes the first */
json_t *e2e_lab(const struct e2e *r, const char *id);
/** e2e_test() - a test in the result document, or NULL */
json_t *e2e_test(const struct e2e *r, const char *id);
/** e2e_text() - a string member, "" when there is none */
const char *e2e_text(const json_t *o, const char *key);
/** e2e_count() - tests of a verdict, or all of them for NULL; of all labs */
int e2e_count(const struct e2e *r, const char *verdict);
/** e2e_differences() - "id: pass, fail\n" for each test that differs, or "" */
char *e2e_differences(const struct e2e *a, const struct e2e *b);
/** e2e_show() - the run in a few lines, for messages */
char *e2e_show(const struct e2e *r);

#define e2e_expect_status(r, wanted) \
	ck_assert_msg((r)->status == (wanted), "%s: status %d, not %d\n%s", (r)->what, \
		      (r)->status, (wanted), e2e_show(r))
/** e2e_expect_has(), _lacks() - @text holds @part, or does not */
#define e2e_expect_has(r, text, part) \
	ck_assert_msg(strstr((text), (part)) != NULL, "%s: no \"%s\" in \"%s\"\n%s", (r)->what, \
		      (part), (text), e2e_show(r))
#define e2e_expect_lacks(r, text, part) \
	ck_assert_msg(strstr((text), (part)) == NULL, "%s: \"%s\" in \"%s\"", (r)->what, (part), \
		      (text))
#define e2e_expect_verdict(r, id, wanted) \
	ck_assert_msg(!strcmp(e2e_text(e2e_test(r, id), "verdict"), (wanted)), \
		      "%s: %s is '%s', not '%s'\n%s", (r)->what, (id), \
		      e2e_text(e2e_test(r, id), "verdict"), (wanted), e2e_show(r))

#endif
