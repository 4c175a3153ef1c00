/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * util.h - the few helpers that every module of the host program shares.
 */
#ifndef MMAPLAB_UTIL_H
#define MMAPLAB_UTIL_H

#include <jansson.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "err.h"

/** xasprintf() - printf into fresh memory; the caller frees; ends the
 * program when memory runs out, as every x function here does */
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void *xcalloc(size_t n, size_t size);
void *xrealloc(void *p, size_t size);
char *xstrdup(const char *s);

/** clock_ms() - monotonic milliseconds */
int64_t clock_ms(void);

/** utc_text() - "2026-11-21T10:10:10Z" */
void utc_text(time_t at, char out[32]);

/** seed_text() - the 16 digits of a seed, as they stand everywhere */
void seed_text(uint64_t seed, char out[17]);

/**
 * awake_ms() - the clock that deadlines run by
 *
 * It stands still while this program does: one that was stopped (Ctrl-Z, a
 * frozen container, a host without a moment for it) finds its deadlines where
 * it left them. So whoever waits looks at it at least once a second, as
 * awake_poll() does. Never ahead of clock_ms().
 */
int64_t awake_ms(void);

/**
 * awake_poll() - poll(2) until @until of awake_ms()
 *
 * What has arrived already is seen, however late it is.
 * Return: as poll(2); 0 at the deadline.
 */
int awake_poll(struct pollfd *fds, unsigned count, int64_t until);

/**
 * read_text() - a small file's text without its final newline
 * Return: fresh memory, or NULL with errno set (EFBIG above 1 MiB).
 */
char *read_text(const char *path);
/** read_text_fd() - the same of what an open file or pipe has up to its end */
char *read_text_fd(int fd);

/**
 * write_file_atomic() - replace a file so that readers see the old or the new
 * content, never a part; the old one stays when this fails
 */
int write_file_atomic(const char *path, const void *data, size_t len, struct err *e);

/** write_json_atomic() - the same with a document, indented; @flags: more of json_dumps()'s */
int write_json_atomic(const char *path, const json_t *doc, size_t flags, struct err *e);

/**
 * copy_file() - the bytes of a file to a new one, whose folder is made; it is readable by all
 *
 * Not for what has to outlive a power cut. Return: 0, or a negative errno; what is
 * there already stays, and is an error.
 */
int copy_file(const char *from, const char *to, struct err *e);

/** make_dirs() - mkdir -p; 0 or a negative errno */
int make_dirs(const char *path, struct err *e);

/** remove_tree() - rm -rf; errors are ignored, links are not followed */
void remove_tree(const char *path);

/** glob_pattern() - for glob(3): @folder as it is written, and a pattern below it; fresh memory */
char *glob_pattern(const char *folder, const char *tail);

/** utf8_len() - bytes of the valid UTF-8 sequence at @s, 0 if there is none */
size_t utf8_len(const unsigned char *s, size_t left);

/** digest_hex() - the 32 bytes of a SHA-256 as digits */
void digest_hex(const unsigned char *digest, char out[65]);

/** sha256_raw(), sha256_hex() - of memory, as bytes and as digits */
void sha256_raw(const void *data, size_t len, unsigned char out[32]);
void sha256_hex(const void *data, size_t len, char out[65]);

/** sha256_fd_hex() - of a sparse file: its size, and each block that is not all
 * zeros with its place; a copy with other holes has the same sum */
int sha256_fd_hex(int fd, char out[65]);

/**
 * file_identity() - a file's size, inode and times, which change whenever its content
 * may have; fd_identity() - the same of an open one. NULL with errno set, if there is none
 */
json_t *file_identity(const char *path);
json_t *fd_identity(int fd);

/** sha256_file_hex() - the same of a file by its path; 0 or a negative errno */
int sha256_file_hex(const char *path, char out[65], struct err *e);

/** base64_text() - as data: URIs want it, in fresh memory */
char *base64_text(const void *data, size_t len);

/**
 * run_capture() - run a trusted tool and take its standard output
 * @argv: NULL-terminated; looked up in PATH; standard error is dropped
 *
 * Return: its output, cut at 64 KiB, in fresh memory; NULL when it could not
 * be started or did not end with status 0.
 */
char *run_capture(const char *const argv[]);

/** text_of() - a member that is text, the object's own; "" when there is none */
const char *text_of(const json_t *o, const char *key);
/** text_is() - is a member this text? */
bool text_is(const json_t *o, const char *key, const char *text);
/** integer_of() - a member that is an integer; 0 when there is none */
json_int_t integer_of(const json_t *o, const char *key);
/** number_of() - a member that is a number; 0 when there is none */
double number_of(const json_t *o, const char *key);

/** sort_numbers() - in ascending order */
void sort_numbers(double *numbers, size_t count);

/** word_listed() - is a word in a list in which each stands between spaces? */
bool word_listed(const char *list, const char *word);

/**
 * clean_text() - fresh copy of text from a submission that is safe to print:
 * valid UTF-8, no control bytes but newline and tab, others as \xNN
 */
char *clean_text(const char *s, size_t len);
/** boot_id() - which boot of the host this is, in fresh memory; "unknown" if it does not say */
char *boot_id(void);
/**
 * process_stat() - of /proc/PID/stat what stands behind the name, which may contain
 * anything: (3), the state, and on (proc(5)); in fresh memory, or NULL
 */
char *process_stat(pid_t pid);

/** text_is_clean() - is it what clean_text() makes of it? */
bool text_is_clean(const char *text);

/** shell_word() - fresh copy of a word as a shell takes it, quoted if it has to be */
char *shell_word(const char *word);

/** cut_archive_ending() - "anna.tar.gz" to "anna"; other names, and ".zip", stay */
void cut_archive_ending(char *name);

/** cut_clean() - text that was cut after some byte: take an unfinished letter off its end */
void cut_clean(char *s);

#endif
