// SPDX-License-Identifier: GPL-2.0-only
/*
 * record.c - one JSON line per event on the record port, see record.h.
 */
#include "record.h"
#include "suite.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define RECORD_MAX (48 * 1024)

struct verdict *verdict;

int verdict_init(void)
{
	verdict = mmap(NULL, sizeof(*verdict), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		       -1, 0);
	return verdict == MAP_FAILED ? -errno : 0;
}

/*
 * Length of the well-formed UTF-8 character at s, or 0. Characters that
 * steer a terminal or the direction of text (C1, bidi) count as ill-formed.
 */
static size_t utf8_len(const unsigned char *s, size_t left)
{
	static const unsigned least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned c = s[0];
	size_t n, i;

	if (c < 0x80)
		return (c >= 0x20 && c != 0x7f) || c == '\n' || c == '\t';
	if ((c & 0xe0) == 0xc0)
		n = 2;
	else if ((c & 0xf0) == 0xe0)
		n = 3;
	else if ((c & 0xf8) == 0xf0)
		n = 4;
	else
		return 0;
	if (n > left)
		return 0;
	c &= 0x7f >> n;
	for (i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff) || c < 0xa0 ||
	    (c >= 0x200e && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	    (c >= 0x2066 && c <= 0x2069))
		return 0;
	return n;
}

void text_set(char *dst, size_t size, const char *src, size_t len)
{
	const unsigned char *s = (const unsigned char *)src;
	size_t room = size - sizeof("...");
	size_t used = 0, n;

	while (len) {
		n = utf8_len(s, len);
		if (used + (n ? n : 4) > room) {
			strcpy(dst + used, "...");
			return;
		}
		if (n) {
			memcpy(dst + used, s, n);
			used += n;
		} else {
			used += (size_t)sprintf(dst + used, "\\x%02x", *s);
			n = 1;
		}
		s += n;
		len -= n;
	}
	dst[used] = '\0';
}

/* One write(2) for the whole line; a short write is continued. */
int record_emit(json_t *object)
{
	char *line = object ? json_dumps(object, JSON_COMPACT) : NULL;
	size_t len, done = 0;
	ssize_t n;
	int err = 0;

	json_decref(object);
	if (!line)
		return -ENOMEM;
	len = strlen(line);
	if (len >= RECORD_MAX) {
		free(line);
		return -EMSGSIZE;
	}
	line[len++] = '\n';
	while (done < len && !err) {
		n = write(suite_env.record_fd, line + done, len - done);
		if (n > 0)
			done += (size_t)n;
		else if (n == 0 || errno != EINTR)
			err = n ? -errno : -EIO;
	}
	free(line);
	return err;
}

int record_suite(const char *lab, unsigned tests, double speed)
{
	return record_emit(json_pack("{s:s, s:s, s:i, s:f}", "t", "suite", "lab", lab, "tests",
				     (int)tests, "speed", speed));
}

int record_start(const char *id)
{
	return record_emit(json_pack("{s:s, s:s}", "t", "start", "id", id));
}

int record_alive(void)
{
	return record_emit(json_pack("{s:s}", "t", "alive"));
}

int record_end(unsigned tests)
{
	return record_emit(json_pack("{s:s, s:i}", "t", "end", "tests", (int)tests));
}

static void add(json_t *object, const char *key, const char *text)
{
	if (text[0])
		json_object_set_new(object, key, json_string(text));
}

int record_test(const char *id, const struct verdict *v, unsigned ms)
{
	static const char *const names[] = {
		[OUTCOME_NONE] = "broken",     [OUTCOME_PASS] = "pass",
		[OUTCOME_FAIL] = "fail",       [OUTCOME_CRASH] = "crash",
		[OUTCOME_TIMEOUT] = "timeout", [OUTCOME_BLOCKED] = "blocked",
		[OUTCOME_BROKEN] = "broken",
	};
	json_t *o = json_pack("{s:s, s:s, s:s, s:i}", "t", "test", "id", id, "outcome",
			      names[v->outcome], "ms", (int)ms);
	json_t *notes;
	unsigned i;

	if (!o || v->outcome == OUTCOME_PASS)
		return record_emit(o);
	add(o, "message", v->message);
	add(o, "expected", v->expected);
	add(o, "got", v->got);
	add(o, "input", v->input);
	add(o, "calls", v->calls);
	add(o, "stderr", v->err);
	if (v->notes_count) {
		notes = json_array();
		for (i = 0; i < v->notes_count; i++)
			json_array_append_new(notes, json_string(v->notes[i]));
		json_object_set_new(o, "notes", notes);
	}
	add(o, "signal", v->signal);
	add(o, "addr", v->addr);
	add(o, "ip", v->ip);
	add(o, "callers", v->callers);
	add(o, "waiting", v->waiting);
	return record_emit(o);
}
