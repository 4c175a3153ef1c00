// SPDX-License-Identifier: GPL-2.0-only
/*
 * ask.c - questions to the host, see ask.h.
 */
#include "ask.h"
#include "judge.h"
#include "record.h"
#include "suite.h"

#include <poll.h>
#include <string.h>
#include <unistd.h>

#define ANSWER_MAX (64 * 1024)
#define ANSWER_MS 60000

json_t *line_read(unsigned ms)
{
	static char line[ANSWER_MAX];
	struct pollfd p = { suite_env.record_fd, POLLIN, 0 };
	size_t used = 0;
	json_t *object;
	ssize_t n;

	/* One line is under way at a time, so none is read ahead. */
	do {
		if (ms && poll(&p, 1, (int)ms) == 0) {
			errno = ETIMEDOUT;
			return NULL;
		}
		n = read(suite_env.record_fd, line + used, sizeof(line) - used);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return NULL;
		used += (size_t)n;
	} while (!used || (line[used - 1] != '\n' && used < sizeof(line)));
	object = json_loadb(line, used - 1, 0, NULL);
	if (!object)
		errno = EPROTO;
	return object;
}

json_t *host_ask(json_t *question)
{
	static unsigned count;
	/* Each test is a process of its own. */
	json_int_t number = ((json_int_t)getpid() << 32) + ++count;
	const char *error;
	json_t *answer = NULL;
	int err;

	if (!suite_env.host)
		judge_broken("a question to the host: nobody listens outside a machine");
	json_object_set_new(question, "t", json_string("ask"));
	json_object_set_new(question, "n", json_integer(number));
	err = record_emit(question);
	if (err)
		judge_broken("a question to the host: %s", judge_errno_name(-err));
	do {
		/* One that came after its question was given up. */
		json_decref(answer);
		answer = line_read((unsigned)(ANSWER_MS * suite_env.speed));
		if (!answer)
			judge_broken("the host's answer: %s", judge_errno_name(errno));
	} while (json_integer_value(json_object_get(answer, "n")) != number);
	error = json_string_value(json_object_get(answer, "error"));
	if (error)
		judge_broken("the host's answer: %s", error);
	return answer;
}

const char *host_cookie(void)
{
	json_t *answer = host_ask(json_pack("{s:s}", "what", "cookie"));
	const char *hex = judge_fmt("%s", json_string_value(json_object_get(answer, "cookie")));

	json_decref(answer);
	return hex;
}

/* A program that has died cannot be looked at, and says more by its death. */
static void expect_parked(struct subject *s)
{
	if (!s)
		return;
	subject_out(s, NULL);
	if (subject_ended(s))
		expect_exit(s, 0);
}

void host_sees(const char *checks, struct subject *a, struct subject *b)
{
	json_t *names = json_array(), *answer;
	char *list = judge_fmt("%s", checks), *name;
	const char *fail;

	while ((name = strsep(&list, ",")))
		json_array_append_new(names, json_string(name));
	expect_parked(a);
	expect_parked(b);
	answer = host_ask(json_pack("{s:s, s:o}", "what", "look", "checks", names));
	fail = json_string_value(json_object_get(answer, "fail"));
	if (fail) {
		expect_parked(a);
		expect_parked(b);
		judge_note("the host saw this from outside the machine");
		judge_fail(json_string_value(json_object_get(answer, "expected")),
			   json_string_value(json_object_get(answer, "got")), "%s", fail);
	}
	json_decref(answer);
}
