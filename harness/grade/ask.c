// SPDX-License-Identifier: GPL-2.0-only
/*
 * ask.c - answers questions about a machine, see ask.h.
 */
#include "ask.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cut.h"
#include "evidence.h"
#include "util.h"

#define QUESTIONS_MAX 400
#define SECOND_MS 40000

struct asker {
	const struct unit_spec *spec;
	struct machine *m;
	int payload; /* of the second machine, or -1 */
	size_t used; /* bytes of it */
	double slowness;
	unsigned questions;
	struct evidence *evidence;
	struct cuts *cuts;
	struct machine *second; /* what runs after a cut, or NULL */
};

struct asker *asker_new(const struct unit_spec *spec, struct machine *m, double slowness)
{
	struct asker *a = xcalloc(1, sizeof(*a));

	a->spec = spec;
	a->m = m;
	a->payload = -1;
	a->slowness = slowness;
	a->cuts = cuts_new();
	a->evidence = evidence_new(spec, m, slowness);
	return a;
}

void asker_free(struct asker *a)
{
	if (!a)
		return;
	machine_end(a->second);
	if (a->payload >= 0)
		close(a->payload);
	cuts_free(a->cuts);
	evidence_free(a->evidence);
	free(a);
}

json_t *asker_seen(const struct asker *a)
{
	return evidence_seen(a->evidence);
}

const char *asker_picture(const struct asker *a)
{
	return evidence_picture(a->evidence);
}

/* ------------------------------------------------------------------- cuts */

static int take_cut(struct asker *a, const json_t *question, json_t **answer, struct err *e)
{
	const json_t *base = json_object_get(question, "base");
	int cut, ret;

	ret = machine_stop(a->m, e);
	if (ret)
		return ret;
	if (base)
		cut = cut_take_torn(a->cuts, machine_disk(a->m), (unsigned)json_integer_value(base),
				    a->spec->seed, e);
	else
		cut = cut_take(a->cuts, machine_disk(a->m), e);
	ret = machine_cont(a->m, cut < 0 ? NULL : e);
	if (cut < 0 || ret)
		return cut < 0 ? cut : ret;
	*answer = json_pack("{s:i}", "cut", cut);
	return 0;
}

static int64_t second_ms(const struct asker *a)
{
	return (int64_t)(SECOND_MS * a->slowness);
}

/* The second machine's next record of this kind, in so many milliseconds. */
static json_t *second_says(struct asker *a, const char *kind, int64_t ms, struct err *e)
{
	int64_t until = awake_ms() + ms;
	const char *line, *t;
	json_t *record;
	size_t len;
	int ret;

	for (;;) {
		ret = machine_line(a->second, until, &line, &len);
		if (ret) {
			err_set(e, -ret, "after the power cut, the second machine %s",
				ret == -ETIMEDOUT ? "was silent" : "ended");
			return NULL;
		}
		record = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL);
		t = json_string_value(json_object_get(record, "t"));
		if (t && !strcmp(t, kind))
			return record;
		ret = t && !strcmp(t, "exit");
		json_decref(record);
		if (ret) {
			err_set(e, EIO,
				"after the power cut, the suite in the second machine ended");
			return NULL;
		}
	}
}

static int start_second(struct asker *a, struct err *e)
{
	int64_t ms = second_ms(a) * UNIT_COLD_FACTOR;
	json_t *command, *ready;
	char note[256];
	bool cold;
	int ret;

	/* The first machine's may have less on it (unit.c): it is not a fresh one. */
	if (a->payload < 0)
		a->payload = unit_payload(a->spec->files, a->spec->files_count, &a->used, e);
	if (a->payload < 0)
		return a->payload;
	ret = unit_start(a->spec, a->payload, a->slowness, &a->second, &cold, note, sizeof(note),
			 e);
	if (ret)
		return ret;
	ready = cold ? second_says(a, "ready", ms, e) : NULL;
	if (cold && !ready)
		return -EIO;
	json_decref(ready);
	command = unit_command(json_pack("[s,s]", "/unit/check", "--after-cut"),
			       unit_environment(a->spec, ""), a->used, false);
	ret = machine_send(a->second, command, e);
	json_decref(command);
	return ret;
}

static int run_after_cut(struct asker *a, const json_t *question, json_t **answer, struct err *e)
{
	json_t *cut = json_object_get(question, "cut"), *argv = json_object_get(question, "argv");
	json_t *order, *record;
	int ret = 0;

	if (!json_is_integer(cut) || json_integer_value(cut) < 0 || !json_is_array(argv))
		return err_set(e, EINVAL, "after-cut: no cut or no command");
	if (!a->second)
		ret = start_second(a, e);
	if (ret)
		return ret;
	record = second_says(a, "free", second_ms(a), e);
	if (!record)
		return -EIO;
	json_decref(record);
	ret = cut_lay(a->cuts, (unsigned)json_integer_value(cut), machine_disk(a->second), e);
	if (ret)
		return ret;
	order = json_pack("{s:O}", "argv", argv);
	ret = machine_send(a->second, order, e);
	json_decref(order);
	if (ret)
		return ret;
	*answer = second_says(a, "revived", second_ms(a), e);
	return *answer ? 0 : -EIO;
}

/* --------------------------------------------------------------- evidence */

static int give_cookie(struct asker *a, const json_t *question, json_t **answer, struct err *e)
{
	(void)question;
	return evidence_cookie(a->evidence, answer, e);
}

static int look_in(struct asker *a, const json_t *question, json_t **answer, struct err *e)
{
	return evidence_look(a->evidence, question, answer, e);
}

/* -------------------------------------------------------------- questions */

static const struct {
	const char *what;
	int (*answer)(struct asker *a, const json_t *question, json_t **answer, struct err *e);
} questions[] = {
	{ "cut", take_cut },	   { "torn-cut", take_cut }, { "after-cut", run_after_cut },
	{ "cookie", give_cookie }, { "look", look_in },
};

json_t *asker_answer(struct asker *a, const char *test, const json_t *question)
{
	const char *what = json_string_value(json_object_get(question, "what"));
	json_t *answer = NULL;
	struct err e = { 0 };
	char *clean;
	size_t i, n = sizeof(questions) / sizeof(questions[0]);

	evidence_of_test(a->evidence, test);
	for (i = 0; what && i < n; i++)
		if (!strcmp(questions[i].what, what))
			break;
	/* A module speaks with the judge's voice: it shall not make the host keep disks. */
	if (!what || i == n || (a->spec->lab->module && strstr(what, "cut")))
		err_set(&e, EINVAL, "an unknown question");
	else if (++a->questions > QUESTIONS_MAX)
		err_set(&e, ENOSPC, "more than %d questions", QUESTIONS_MAX);
	else if (!questions[i].answer(a, question, &answer, &e))
		return answer;
	clean = clean_text(e.text, strcspn(e.text, "\n"));
	answer = json_pack("{s:s}", "error", clean);
	free(clean);
	return answer;
}

int asker_send(struct machine *m, const json_t *question, json_t *answer, struct err *e)
{
	int ret;

	json_object_set(answer, "n", json_object_get(question, "n"));
	ret = machine_send(m, answer, e);
	json_decref(answer);
	return ret;
}
