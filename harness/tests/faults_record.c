// SPDX-License-Identifier: GPL-2.0-only
/*
 * faults_record.c - the record port is cut at every byte of a real session. A
 * program that says the first bytes of it takes QEMU's place (qemu_fault.c), and
 * unit_run() and judgement_from_unit() make of them what they do in a grading.
 */
#include "faults.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../grade/judgement.h"
#include "../grade/records.h"
#include "../grade/template.h"
#include "../grade/unit.h"
#include "../grade/util.h"

/* What follows a cut, see make_tail(). */
enum tail { NOTHING, NEW_LINE, FORGED, NEW_END, ANY_BYTES, LOST_REST };

static struct kit *kit;
static struct manifest *manifest;
static const struct lab_def *lab;

/* What a session came to. */
struct outcome {
	size_t records; /* complete ones of tests */
	double points;
	char *verdicts; /* one letter for each test of the lab, '-' for none */
	bool held;
};

/* ---------------------------------------------------------------- session */

static char *record_session(size_t *size)
{
	struct e2e *r = e2e_grade("solutions", "--lab", "02", "--jobs", "1", NULL);
	char *log = faults_qemu(r, "", 0), *text;
	struct err e = { 0 };

	e2e_go(&r, 1, 1);
	ck_assert_str_eq(faults_wrong(r, FAULTS_TEST), "");
	text = e2e_read(e2e_fmt("%s/records", log));
	ck_assert_msg(text && strstr(text, "\"exit\""), "no session: %s", e2e_show(r));
	*size = strlen(text);
	ck_assert_msg(!kit_open(e2e_root(), &kit, &e) && !manifest_load(kit->root, &manifest, &e),
		      "%s", e.text);
	lab = manifest_find_lab(manifest, "02", &e);
	ck_assert_ptr_nonnull(lab);
	return text;
}

/* Verdicts and points of a unit's result, as machine_done() takes it. */
static struct outcome judge(json_t *unit)
{
	struct outcome o = { .verdicts = calloc(1, lab->tests_count + 1) };
	static const struct compiled none;
	size_t i;

	for (i = 0; i < lab->tests_count; i++) {
		struct judgement j = { .def = &lab->tests[i] };

		judgement_from_unit(&j, lab, &none, unit, "");
		o.verdicts[i] = j.verdict ? *verdict_name(j.verdict) : '-';
		if (j.verdict == VERDICT_PASS)
			o.points += j.def->points;
		judgement_reset(&j);
	}
	o.records = json_object_size(json_object_get(unit, "results"));
	o.held = json_array_size(json_object_get(unit, "suspicions")) > 0;
	return o;
}

static void all_tests(const struct test_def **tests)
{
	size_t i;

	for (i = 0; i < lab->tests_count; i++)
		tests[i] = &lab->tests[i];
}

/* ------------------------------------------------ every byte, with every tail */

/* Whole lines, as machine_line() gives them; what follows the last is no line. */
static struct outcome read_here(const char *text, size_t size)
{
	const struct test_def *tests[MANIFEST_MAX_TESTS];
	const char *line = text, *end = text + size, *nl;
	struct outcome o;
	struct records r;
	json_t *unit;

	all_tests(tests);
	records_init(&r, tests, lab->tests_count);
	while (line < end && (nl = memchr(line, '\n', (size_t)(end - line)))) {
		if (records_take(&r, line, (size_t)(nl - line)) == RECORDS_FINISHED)
			break;
		line = nl + 1;
	}
	unit = json_pack("{s:O,s:s?,s:s,s:s,s:O}", "results", r.results, "running", r.running,
			 "end", r.ended ? "complete" : "died", "why", "cut", "suspicions",
			 r.suspicions);
	o = judge(unit);
	json_decref(unit);
	records_clear(&r);
	return o;
}

/* How often a line of the first @size bytes is a record of this kind. */
static size_t complete(const char *text, size_t size, const char *kind)
{
	const char *p = text, *nl;
	size_t n = 0;

	for (; (nl = memchr(p, '\n', size - (size_t)(p - text))); p = nl + 1)
		n += memmem(p, (size_t)(nl - p), kind, strlen(kind)) != NULL;
	return n;
}

/* What follows the cut, made in @buf; its size. */
static size_t make_tail(enum tail kind, const char *text, size_t size, size_t at, char *buf)
{
	static const char *const lines[] = {
		"", "\n", "\n{\"t\":\"test\",\"id\":\"%s\",\"outcome\":\"pass\",\"ms\":1}\n",
		"\n{\"t\":\"end\",\"tests\":12}\n{\"t\":\"exit\",\"status\":0}\n"
	};
	const char *next;
	size_t i;

	if (kind < ANY_BYTES)
		return (size_t)sprintf(buf, lines[kind], lab->tests[lab->tests_count - 1].id);
	if (kind == ANY_BYTES) { /* another set of any bytes at each place */
		srand((unsigned)at);
		for (i = 0; i < 64; i++)
			buf[i] = (char)rand();
		buf[0] |= (char)0x80; /* no end for the line before */
		buf[63] = '\n';
		return 64;
	}
	/* The rest of the line was lost. */
	next = memchr(text + at, '\n', size - at);
	i = next ? size - (size_t)(next + 1 - text) : 0;
	memcpy(buf, text + size - i, i);
	return i;
}

static char *last_start(void)
{
	return e2e_fmt("{\"t\":\"start\",\"id\":\"%s\"}", lab->tests[lab->tests_count - 1].id);
}

/* @o: of the first @at bytes and a tail. Why it must not be so, or "". */
static char *too_much(const struct outcome *o, const struct outcome *whole, const char *text,
		      size_t at, enum tail tail)
{
	/* Cut before a line's end, a tail that begins with one completes it. */
	bool completes = text[at] == '\n' && tail >= NEW_LINE && tail <= NEW_END;
	size_t i, passes = 0, all = complete(text, at + completes, "\"t\":\"test\"");
	/* Once its test runs, a forged record looks like a real one. */
	bool likely = tail == FORGED && complete(text, at + completes, last_start());

	for (i = 0; i < lab->tests_count; i++) {
		passes += o->verdicts[i] == 'p';
		if (o->verdicts[i] == 'p' && whole->verdicts[i] != 'p')
			return e2e_fmt("%s passes, and did not", lab->tests[i].id);
	}
	if (o->points > whole->points)
		return e2e_fmt("%g points", o->points);
	if (passes > all + likely && tail != LOST_REST)
		return e2e_fmt("%zu tests pass, of %zu", passes, all);
	if (tail == NOTHING && o->held)
		return "it is held, and only cut";
	if (tail != NOTHING && tail != LOST_REST && at && text[at - 1] != '\n' && !completes &&
	    !o->held)
		return "garbage is not held";
	return "";
}

START_TEST(cut_session_gives_no_point_more)
{
	size_t size, at, n;
	char *text = record_session(&size), *buf = malloc(2 * size + 256);
	struct outcome whole = read_here(text, size), o;
	enum tail tail;

	ck_assert_msg(whole.points == manifest_lab_points(lab) && !whole.held,
		      "the whole session: %g points, %s", whole.points, whole.verdicts);
	for (tail = NOTHING; tail <= LOST_REST; tail++) {
		for (at = 0; at < size; at++) {
			memcpy(buf, text, at);
			n = make_tail(tail, text, size, at, buf + at);
			o = read_here(buf, at + n);
			faults_hit(tail ? "record port: cut and garbage" : "record port: cut",
				   e2e_fmt("byte %zu, tail %d", at, tail),
				   too_much(&o, &whole, text, at, tail));
			free(o.verdicts);
		}
	}
	faults_expect("record port: cut", (int)size);
	faults_expect("record port: cut and garbage", (int)size * LOST_REST);
}
END_TEST

/* ------------------------------------------------------- through a machine */

/* One unit with the program that replays in QEMU's place. */
static struct outcome replay(struct unit_spec *spec, const char *path, const char *text,
			     size_t size)
{
	struct outcome o;
	json_t *unit;

	e2e_write(path, text, size);
	unit = unit_run(spec);
	o = judge(unit);
	json_decref(unit);
	return o;
}

/* Is a session that came over the wire what its bytes say? */
static char *other_than(const struct outcome *o, const struct outcome *here, bool killed)
{
	size_t i;

	for (i = 0; i < lab->tests_count; i++) {
		char c = o->verdicts[i];

		if ((c == 'p') != (here->verdicts[i] == 'p'))
			return e2e_fmt("%s: '%c', not '%c'", lab->tests[i].id, c,
				       here->verdicts[i]);
		/* broken, or for the next machine: a program ends no machine */
		if (!strchr("pb-", c))
			return e2e_fmt("%s is '%c', the student's fault", lab->tests[i].id, c);
	}
	if (o->held != here->held)
		return o->held ? "it is held" : "it is not held";
	return killed && o->records && o->records < lab->tests_count &&
			       !memchr(o->verdicts, 'b', lab->tests_count) ?
		       "a killed QEMU broke nothing" :
		       "";
}

/* From the wire: QEMU's protocol, the sockets, the lines. QEMU ends by itself
 * or is killed, by turns. */
START_TEST(cut_wire_gives_no_point_more)
{
	size_t size, at;
	char *text = record_session(&size), *path = e2e_path("replay");
	const struct test_def *tests[MANIFEST_MAX_TESTS];
	struct unit_spec spec = { .tests = tests };
	struct outcome o, here;
	struct err e = { 0 };
	struct template t;

	ck_assert_msg(!template_open(kit, kit_profile(kit, "plain", &e), ACCEL_AUTO, &t, &e), "%s",
		      e.text);
	all_tests(tests);
	spec.kit = kit;
	spec.template = &t;
	spec.lab = lab;
	spec.tests_count = lab->tests_count;
	setenv("PATH", e2e_fmt("%s/build/tests/faults:%s", e2e_root(), getenv("PATH")), 1);
	setenv("FAULT_REPLAY", path, 1);
	o = replay(&spec, path, text, size);
	ck_assert_msg(o.points == manifest_lab_points(lab) && !o.held,
		      "the whole session: %g points, %s", o.points, o.verdicts);
	for (at = 0; at < size; at++) {
		bool killed = at % 2;

		if (killed)
			setenv("FAULT_KILLED", "1", 1);
		else
			unsetenv("FAULT_KILLED");
		o = replay(&spec, path, text, at);
		here = read_here(text, at);
		faults_hit("record port: cut on the wire", e2e_fmt("byte %zu", at),
			   other_than(&o, &here, killed));
	}
	faults_expect("record port: cut on the wire", (int)size);
}
END_TEST

TCase *faults_of_records(void)
{
	TCase *t = tcase_create("records");

	tcase_add_test(t, cut_session_gives_no_point_more);
	tcase_add_test(t, cut_wire_gives_no_point_more);
	return t;
}
