// SPDX-License-Identifier: GPL-2.0-only
/*
 * expect.c - compare what was seen with what should have been seen.
 */
#include "judge.h"
#include "subject.h"
#include "suite.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

/* Bytes as a C string literal of at most about 400 characters. */
static char *quote(const char *data, size_t len)
{
	size_t size = 512, used = 0, i;
	char *text = xalloc(size);

	text[used++] = '"';
	for (i = 0; i < len; i++) {
		unsigned char c = (unsigned char)data[i];

		if (used > 400)
			break;
		if (c == '\n')
			used += (size_t)sprintf(text + used, "\\n");
		else if (c == '"' || c == '\\')
			used += (size_t)sprintf(text + used, "\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			used += (size_t)sprintf(text + used, "\\x%02x", c);
		else
			text[used++] = (char)c;
	}
	strcpy(text + used, i < len ? "\"..." : "\"");
	return text;
}

void expect_int(long long got, long long want, const char *fmt, ...)
{
	va_list ap;
	char *text;

	if (got == want)
		return;
	va_start(ap, fmt);
	text = text_format(fmt, ap);
	va_end(ap);
	verdict_fail(judge_fmt("%lld", want), judge_fmt("%lld", got), text);
}

void expect_str(const char *got, const char *want, const char *fmt, ...)
{
	va_list ap;
	char *text;

	if (got && !strcmp(got, want))
		return;
	va_start(ap, fmt);
	text = text_format(fmt, ap);
	va_end(ap);
	verdict_fail(quote(want, strlen(want)), got ? quote(got, strlen(got)) : "nothing", text);
}

/* A few bytes around offset at, as hexadecimal, the one at it in brackets. */
static char *bytes_around(const unsigned char *data, size_t len, size_t at)
{
	size_t from = at > 4 ? at - 4 : 0;
	size_t to = at + 8 < len ? at + 8 : len;
	char *text = judge_fmt("offset %zu:", at);
	size_t i;

	for (i = from; i < to; i++)
		text = judge_fmt(i == at ? "%s [%02x]" : "%s %02x", text, data[i]);
	return text;
}

/* How many bytes are the same from the start on. In words: a test compares megabytes. */
static size_t same_bytes(const unsigned char *a, const unsigned char *b, size_t len)
{
	uint64_t word_a, word_b;
	size_t i;

	for (i = 0; i + sizeof(word_a) <= len; i += sizeof(word_a)) {
		memcpy(&word_a, a + i, sizeof(word_a));
		memcpy(&word_b, b + i, sizeof(word_b));
		if (word_a != word_b)
			break;
	}
	while (i < len && a[i] == b[i])
		i++;
	return i;
}

void expect_mem(const void *got, size_t got_len, const void *want, size_t want_len, const char *fmt,
		...)
{
	const unsigned char *g = got, *w = want;
	va_list ap;
	char *text;
	size_t i = same_bytes(g, w, got_len < want_len ? got_len : want_len);

	if (i == got_len && i == want_len)
		return;
	va_start(ap, fmt);
	text = text_format(fmt, ap);
	va_end(ap);
	if (got_len != want_len)
		verdict_fail(judge_fmt("%zu bytes", want_len), judge_fmt("%zu bytes", got_len),
			     text);
	verdict_fail(bytes_around(w, want_len, i), bytes_around(g, got_len, i), text);
}

/* ------------------------------------------------------ how a subject ended */

/* The last line it wrote, standard error first; NULL if it wrote nothing. */
static char *last_line(const struct capture *c)
{
	size_t end = c->len, start;

	while (end && c->data[end - 1] == '\n')
		end--;
	for (start = end; start && c->data[start - 1] != '\n'; start--)
		;
	return end > start ? quote(c->data + start, end - start) : NULL;
}

static const char *last_words(const struct subject *s)
{
	char *text = last_line(&s->err);

	if (text)
		return judge_fmt("; the last line of its standard error: %s", text);
	text = last_line(&s->out);
	return text ? judge_fmt("; the last line of its output: %s", text) : "";
}

void expect_exit(struct subject *s, int status)
{
	subject_wait(s);
	if (WIFSIGNALED(s->status))
		verdict_crash(s, "");
	if (WEXITSTATUS(s->status) == status)
		return;
	evidence_of(s);
	verdict_fail(judge_fmt("exit status %d", status),
		     judge_fmt("exit status %d%s", WEXITSTATUS(s->status), last_words(s)),
		     judge_fmt("%s ended with another exit status than it should.", s->name));
}

void expect_signal(struct subject *s, int sig)
{
	subject_wait(s);
	if (WIFSIGNALED(s->status) && WTERMSIG(s->status) == sig)
		return;
	if (WIFSIGNALED(s->status))
		verdict_crash(s, judge_fmt(", where %s should have ended it", signal_name(sig)));
	evidence_of(s);
	verdict_fail(judge_fmt("an end by %s", signal_name(sig)),
		     judge_fmt("exit status %d%s", WEXITSTATUS(s->status), last_words(s)),
		     judge_fmt("%s ended by itself; %s should have ended it.", s->name,
			       signal_name(sig)));
}

/* The first line of a text, with its newline. */
static size_t line_len(const char *text, size_t len)
{
	const char *end = memchr(text, '\n', len);

	return end ? (size_t)(end - text) + 1 : len;
}

void expect_out(struct subject *s, const char *want)
{
	size_t got_left, want_left = strlen(want), got_len, want_len, line = 1;
	const char *got;

	subject_wait(s);
	got = subject_out(s, &got_left);
	if (got_left == want_left && !memcmp(got, want, want_left))
		return;
	evidence_of(s);
	for (;; line++) {
		got_len = line_len(got, got_left);
		want_len = line_len(want, want_left);
		if (got_len != want_len || memcmp(got, want, got_len))
			break;
		got += got_len;
		got_left -= got_len;
		want += want_len;
		want_left -= want_len;
	}
	verdict_fail(want_len ? quote(want, want_len) : "the end of the output",
		     got_len ? quote(got, got_len) : "the end of the output",
		     judge_fmt("Line %zu of the output of %s is not what it should be.", line,
			       s->name));
}
