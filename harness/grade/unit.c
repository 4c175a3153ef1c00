// SPDX-License-Identifier: GPL-2.0-only
/*
 * unit.c - one unit of work in one machine, see unit.h.
 */
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/sendfile.h>
#include <time.h>
#include <unistd.h>

#include "ask.h"
#include "machine.h"
#include "payload.h"
#include "records.h"
#include "silence.h"
#include "starved.h"
#include "util.h"

/* How often one looks at a silent machine (silence.h). */
#define LOOK_MS 1000
/* What it has after that for a word, if its judge was asleep with QEMU. All
 * seconds here grow with the host's measured boot time. */
#define REST_SECONDS 4
/* And whatever it says, for each test. */
#define TOTAL_WALL_SECONDS 120
/*
 * Of processor time, for each test; and for one test that takes as long as the longest
 * deadline of a suite: the judge knows more of it than that the time is over.
 */
#define TOTAL_CPU_SECONDS 8
#define LONGEST_CPU_SECONDS 30
#define COLD_BOOT_SECONDS 120
#define NOMINAL_BOOT_CPU_MS 4000
#define CONSOLE_KEPT (32 << 10)
#define KEPT_UNITS_MAX 48
#define RESTORE_ERROR_KEPT 150

static double host_slowness(const struct template *t)
{
	double f = (double)t->boot_cpu_ms / NOMINAL_BOOT_CPU_MS;

	return f < 1.0 ? 1.0 : f > 20.0 ? 20.0 : f;
}

void unit_files_clear(struct unit_file *files, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		free(files[i].name);
		free(files[i].path);
	}
}

int unit_payload(const struct unit_file *files, size_t count, size_t *used, struct err *e)
{
	struct payload *p = payload_new();
	int ret = 0, fd;
	size_t i;

	for (i = 0; i < count && !ret; i++) {
		const char *dot = strrchr(files[i].name, '.');
		int is_module = dot && !strcmp(dot, ".ko");

		ret = payload_add(p, files[i].name, files[i].path, is_module ? 0644 : 0755, e);
	}
	fd = payload_finish(p, used, ret ? NULL : e);
	if (ret && fd >= 0)
		close(fd);
	return ret ? ret : fd;
}

json_t *unit_command(json_t *argv, json_t *env, size_t payload, bool shell)
{
	unsigned char bytes[64];
	char hex[2 * sizeof(bytes) + 1];
	struct timespec now;
	size_t i;

	clock_gettime(CLOCK_REALTIME, &now);
	if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
		memset(bytes, 0, sizeof(bytes));
	for (i = 0; i < sizeof(bytes); i++)
		sprintf(hex + 2 * i, "%02x", bytes[i]);
	return json_pack("{s:I,s:s,s:I,s:o,s:o,s:b}", "time_ns",
			 (json_int_t)now.tv_sec * 1000000000 + now.tv_nsec, "entropy", hex,
			 "payload", (json_int_t)payload, "argv", argv, "env", env, "shell", shell);
}

json_t *unit_environment(const struct unit_spec *spec, const char *needs)
{
	char seed[17];

	seed_text(spec->seed, seed);
	return json_pack("[s,s,s,s+,s+]", "MMAPLAB_UNIT=/unit", "MMAPLAB_RECORD_FD=3",
			 "MMAPLAB_HOST=1", "MMAPLAB_NEEDS=", needs, "MMAPLAB_SEED=", seed);
}

static json_t *suite_command(const struct unit_spec *spec, size_t payload)
{
	json_t *argv = json_pack("[s]", "/unit/check");
	char *needs = xstrdup(""), *more;
	json_t *env;
	size_t i, k;

	for (i = 0; i < spec->tests_count; i++) {
		const struct test_def *t = spec->tests[i];

		json_array_append_new(argv, json_string(t->id));
		for (k = 0; k < t->needs_count; k++) {
			more = xasprintf("%s%s%s=%s", needs, *needs ? " " : "", t->id,
					 t->needs[k]->id);
			free(needs);
			needs = more;
		}
	}
	env = unit_environment(spec, needs);
	free(needs);
	return unit_command(argv, env, payload, false);
}

static void end_kept(struct kept *k)
{
	if (!k->m)
		return;
	machine_end(k->m);
	close(k->payload);
	free(k->suite);
	memset(k, 0, sizeof(*k));
}

bool unit_keeper_holds(const struct unit_keeper *k)
{
	size_t i;

	for (i = 0; i < KIT_MAX_PROFILES; i++)
		if (k->kept[i].m)
			return true;
	return false;
}

void unit_keeper_clear(struct unit_keeper *k)
{
	size_t i;

	for (i = 0; i < KIT_MAX_PROFILES; i++)
		end_kept(&k->kept[i]);
}

/* Where the unit's machine is kept, or can be; NULL if nothing is kept for it. */
static struct kept *place_for(const struct unit_spec *spec)
{
	if (!spec->keeper)
		return NULL;
	return &spec->keeper->kept[spec->template->profile - spec->kit->profiles];
}

static const char *suite_of(const struct unit_spec *spec)
{
	size_t i;

	for (i = 0; i < spec->files_count; i++)
		if (!strcmp(spec->files[i].name, "check"))
			return spec->files[i].path;
	return "";
}

/* The machine that is kept for this unit, or NULL; one that does not fit is ended. */
static struct kept *kept_for(const struct unit_spec *spec)
{
	struct kept *k = place_for(spec);

	if (!k || !k->m)
		return NULL;
	if (!spec->cold && k->units < KEPT_UNITS_MAX)
		return k;
	end_kept(k);
	return NULL;
}

/* The payload of a fresh machine, or what one that is kept does not have yet. */
static int lay_out(const struct unit_spec *spec, const struct kept *kept, size_t *used,
		   struct err *e)
{
	struct unit_file files[UNIT_MAX_FILES] = { 0 };
	size_t i, n = 0;

	for (i = 0; i < spec->files_count; i++)
		if (!kept || strcmp(spec->files[i].path, kept->suite) != 0)
			files[n++] = spec->files[i];
	return unit_payload(files, n, used, e);
}

/* Processor time for the unit, in seconds. */
static unsigned cpu_seconds(const struct unit_spec *spec, double slowness, bool cold)
{
	double suite = (LONGEST_CPU_SECONDS + TOTAL_CPU_SECONDS * spec->tests_count) *
		       spec->template->profile->cpus;

	return (unsigned)((suite + (cold ? COLD_BOOT_SECONDS : 0)) * slowness);
}

/* Make the kept machine ready for the unit, and lay the new payload into its disk. */
static int use_kept(struct kept *k, unsigned seconds, int payload, size_t used, struct err *e)
{
	off_t from = 0, to = 0;
	int ret = machine_next(k->m, seconds, e);

	if (ret)
		return ret;
	while ((size_t)from < used) {
		lseek(k->payload, to, SEEK_SET);
		if (sendfile(k->payload, payload, &from, used - from) <= 0)
			return err_set(e, errno, "payload: %s", strerror(errno));
		to = from;
	}
	return 0;
}

/* After a unit: keep the machine if nothing is wrong with it, or end it. */
static void keep_or_end(const struct unit_spec *spec, struct machine *m, int payload, bool sound)
{
	struct kept *k = place_for(spec);

	if (k && k->m == m && m) {
		k->units++;
		free(k->suite);
		k->suite = xstrdup(suite_of(spec));
		if (!sound)
			end_kept(k);
	} else if (k && m && sound) {
		*k = (struct kept){ m, xstrdup(suite_of(spec)), fcntl(payload, F_DUPFD_CLOEXEC, 0),
				    1 };
	} else {
		machine_end(m);
	}
}

int unit_start(const struct unit_spec *spec, int payload, double slowness, struct machine **m,
	       bool *cold, char *note, size_t note_size, struct err *e)
{
	struct machine_spec ms = template_spec(spec->kit, spec->template, spec->cold, payload);
	int ret;

	ms.cpu_seconds = cpu_seconds(spec, slowness, spec->cold);
	ms.more_units = spec->keeper != NULL;
	*cold = spec->cold;
	ret = machine_start(&ms, m, e);
	if (ret && !spec->cold) {
		e->text[strcspn(e->text, "\n")] = '\0';
		e->text[RESTORE_ERROR_KEPT] = '\0';
		cut_clean(e->text);
		snprintf(note, note_size, "the restore failed (%.*s), so the machine was booted",
			 RESTORE_ERROR_KEPT, e->text);
		ms = template_spec(spec->kit, spec->template, true, payload);
		ms.cpu_seconds = cpu_seconds(spec, slowness, true);
		ms.more_units = spec->keeper != NULL;
		*cold = true;
		ret = machine_start(&ms, m, e);
	}
	return ret;
}

static int answer(struct machine *m, struct asker *a, const struct records *r)
{
	struct err e = { 0 };

	return asker_send(m, r->question, asker_answer(a, r->running, r->question), &e);
}

/* True for a guest that is silent by itself; a QEMU that hangs is the kit's fault. */
static bool qemu_is_well(struct machine *m, char *why, size_t why_size)
{
	struct err e = { 0 };

	if (!machine_check(m, &e))
		return true;
	snprintf(why, why_size, "the machine was lost: %.1000s", e.text);
	return false;
}

/*
 * The next line. Before a silent machine is given up QEMU has to answer, which
 * it does once it runs again; then the machine has the rest of its time to say
 * something, unless it ran all the time. @why is the end's, for -EIO and -ETIMEDOUT.
 */
static int next_line(struct machine *m, struct silence *s, int64_t last_ms, const char **line,
		     size_t *len, char *why, size_t why_size)
{
	int64_t until;
	int ret;

	silence_begin(s);
	do {
		if (awake_ms() >= last_ms) {
			snprintf(why, why_size, "it was not done after all the time it may take");
			return -ETIMEDOUT;
		}
		until = awake_ms() + LOOK_MS;
		ret = machine_line(m, until < last_ms ? until : last_ms, line, len);
		if (ret != -ETIMEDOUT)
			return ret;
	} while (!silence_lasts(s, why, why_size));
	if (!qemu_is_well(m, why, why_size))
		return -EIO;
	if (s->spins)
		return -ETIMEDOUT;
	return machine_line(m, awake_ms() + (int64_t)(REST_SECONDS * 1000 * s->slowness), line,
			    len);
}

/* The record port was closed: is that the guest's doing? */
static const char *judge_end(struct machine *m, char *why, size_t why_size)
{
	const char *died = machine_qemu_died(m);

	if (died && strstr(died, "by signal 24 ")) {
		snprintf(why, why_size, "it used up its processor time");
		return "timeout";
	}
	snprintf(why, why_size, "the machine ended: %s",
		 died ? died : "QEMU closed the record port");
	/* A guest that ends, ends QEMU with status 0. Anything else, a SIGKILL for
	 * example, or a port closed by a QEMU that stays, is not its doing; nor is a
	 * SIGTERM, which QEMU takes for a wish to end with status 0, and names. */
	return died && !strncmp(died, "QEMU ended with status 0", 24) &&
			       !strstr(died, "terminating on signal ") ?
		       "died" :
		       "error";
}

/* Take in records until the suite has ended or cannot any more. */
static const char *listen(const struct unit_spec *spec, struct machine *m, struct records *r,
			  struct asker *a, struct starved *starved, struct silence *silence,
			  int64_t last_ms, bool wait_ready, char *why, size_t why_size)
{
	enum records_event event = RECORDS_NONE;
	char told[128] = "";
	const char *line;
	size_t len;
	int ret;

	while (event != (wait_ready ? RECORDS_READY : RECORDS_FINISHED)) {
		ret = next_line(m, silence, last_ms, &line, &len, why, why_size);
		if (ret == -EIO)
			return "error";
		if (ret == -ETIMEDOUT)
			return "timeout";
		if (ret == -EMSGSIZE) {
			snprintf(why, why_size, "a line of more than %d bytes on the record port",
				 MACHINE_LINE_MAX);
			records_suspect(r, "%s", why);
			return "flood";
		}
		if (ret)
			return judge_end(m, why, why_size);
		event = records_take(r, line, len);
		starved_follow(starved, r->running);
		if (spec->runs && r->running && strcmp(r->running, told)) {
			snprintf(told, sizeof(told), "%s", r->running);
			spec->runs(told);
		}
		if (event == RECORDS_UNSOUND)
			return "unsound";
		/* One whose port is closed has ended; the next line tells. */
		if (event == RECORDS_ASK && answer(m, a, r) == -ETIMEDOUT) {
			snprintf(why, why_size, "it asks the host and does not read the answers");
			return "timeout";
		}
		/* One that has died says more at the next line. */
		if (machine_lost(m) && !machine_qemu_died(m) && !qemu_is_well(m, why, why_size))
			return "error";
		if (spec->first_failure && r->failed) {
			snprintf(why, why_size, "a test has failed, and one was enough");
			return "stopped";
		}
	}
	return "complete";
}

static const char *run_suite(const struct unit_spec *spec, struct machine *m, struct records *r,
			     double slowness, bool cold, size_t payload, json_t **seen,
			     char **picture, struct starved *starved, char *why, size_t why_size,
			     struct err *e)
{
	int64_t last_ms = awake_ms() + (int64_t)(slowness * 1000) * TOTAL_WALL_SECONDS *
					       (1 + (int64_t)spec->tests_count);
	unsigned cpus = spec->template->profile->cpus;
	struct silence silence;
	struct asker *a;
	const char *end;
	json_t *command;
	int ret;

	if (cold) {
		slowness *= UNIT_COLD_FACTOR;
		silence_init(&silence, machine_pid(m), slowness, cpus);
		end = listen(spec, m, r, NULL, starved, &silence, last_ms, true, why, why_size);
		if (strcmp(end, "complete"))
			return "error";
	}
	command = suite_command(spec, payload);
	ret = machine_send(m, command, e);
	json_decref(command);
	if (ret) {
		machine_tell_death(m, e);
		snprintf(why, why_size, "%s", e->text);
		return "error";
	}
	a = asker_new(spec, m, slowness);
	silence_init(&silence, machine_pid(m), slowness, cpus);
	end = listen(spec, m, r, a, starved, &silence, last_ms, false, why, why_size);
	starved_follow(starved, NULL);
	*seen = json_incref(asker_seen(a));
	if (asker_picture(a))
		*picture = xstrdup(asker_picture(a));
	asker_free(a);
	if (!strcmp(end, "complete")) {
		snprintf(why, why_size, "%s", r->exit_text);
		if (!r->ended)
			return "error";
	}
	return end;
}

/*
 * The host ends a machine, once the suite has said that it is done. One that
 * ends by itself behind a pass, or a suite that does, may have had the judge's own
 * word to hide.
 */
static bool passed_and_ended(const struct records *r, const char *end)
{
	const char *id;
	json_t *record;

	json_object_foreach(r->results, id, record) {
		const char *outcome = json_string_value(json_object_get(record, "outcome"));

		if (outcome && !strcmp(outcome, "pass"))
			return strcmp(end, "complete") &&
			       (strcmp(end, "error") || (r->exit_text && !r->ended));
	}
	return false;
}

/* A pass that the host should have seen and has not: the machine's word alone. */
static void doubt_unseen(const struct unit_spec *spec, struct records *r, json_t *seen)
{
	size_t i;

	for (i = 0; i < spec->tests_count; i++) {
		const struct test_def *t = spec->tests[i];
		json_t *record = json_object_get(r->results, t->id);
		const char *outcome = json_string_value(json_object_get(record, "outcome"));

		if (outcome && !strcmp(outcome, "pass") &&
		    t->evidence & ~json_integer_value(json_object_get(seen, t->id)))
			records_suspect(r,
					"%s: the machine says pass, but the host did not see for "
					"itself what it had to",
					t->id);
	}
}

/* One machine's run of the tests, to the end that @end says. */
static json_t *run_once(const struct unit_spec *spec)
{
	double slowness = host_slowness(spec->template);
	struct err e = { 0 };
	char why[sizeof(e.text)] = "", note[256] = "", *console = NULL, *clean;
	int64_t t0 = clock_ms(), t1 = t0;
	struct machine *m = NULL;
	const char *end = "error", *text;
	struct records r;
	struct kept *kept;
	bool cold = false;
	int payload, ret;
	json_t *out;
	size_t n = 0, used = 0;
	char *picture = NULL;
	json_t *seen = NULL;
	struct starved starved = { 0 };

	records_init(&r, spec->tests, spec->tests_count);
	kept = kept_for(spec);
	r.kept = kept != NULL;
	payload = lay_out(spec, kept, &used, &e);
	ret = payload < 0 ? payload : 0;
	if (kept && !ret)
		ret = use_kept(kept, cpu_seconds(spec, slowness, false), payload, used, &e);
	if (kept)
		m = kept->m;
	else if (!ret)
		ret = unit_start(spec, payload, slowness, &m, &cold, note, sizeof(note), &e);
	if (ret) {
		snprintf(why, sizeof(why), "%s", e.text);
	} else {
		t1 = clock_ms();
		starved_init(&starved, machine_pid(m));
		end = run_suite(spec, m, &r, slowness, cold, used, &seen, &picture, &starved, why,
				sizeof(why), &e);
		if (spec->lab->module && spec->tests_count == 1 && passed_and_ended(&r, end))
			records_suspect(&r, "the machine ended after the record of its test: %s",
					why);
		doubt_unseen(spec, &r, seen);
		text = machine_console(m, &n);
		if (n > CONSOLE_KEPT) {
			text += n - CONSOLE_KEPT;
			n = CONSOLE_KEPT;
		}
		console = clean_text(text, n);
	}
	keep_or_end(spec, m, payload, !strcmp(end, "complete") && !json_array_size(r.suspicions));
	if (payload >= 0)
		close(payload);
	/* Words of QEMU, which a hostile guest may have chosen, are in it. */
	cut_clean(why);
	clean = clean_text(why, strlen(why));
	out = json_pack("{s:O,s:s?,s:s,s:s,s:O,s:o*,s:s,s:s,s:s,s:I,s:I}", "results", r.results,
			"running", r.running, "end", end, "why", clean, "suspicions", r.suspicions,
			"seen", seen, "console", console ? console : "", "start",
			kept ? "kept" :
			cold ? "cold" :
			       "restored",
			"note", note, "ms", (json_int_t)(clock_ms() - t0), "boot_ms",
			(json_int_t)(t1 - t0));
	if (json_object_size(starved.tests))
		json_object_set(out, "starved", starved.tests);
	starved_clear(&starved);
	if (picture)
		json_object_set_new(out, "picture", json_string(picture));
	records_clear(&r);
	free(picture);
	free(console);
	free(clean);
	return out;
}

/*
 * In a machine that was kept, what its agent refuses has not run; and why a machine
 * ended counts only where nothing else had run before.
 */
static bool again_in_fresh_one(const json_t *out)
{
	return text_is(out, "end", "unsound") ||
	       (text_is(out, "start", "kept") && !text_is(out, "end", "complete") &&
		!text_is(out, "end", "stopped") &&
		!json_array_size(json_object_get(out, "suspicions")));
}

json_t *unit_run(const struct unit_spec *spec)
{
	json_t *out = run_once(spec);

	/* A machine of such an end is not kept: now it is another one. */
	if (again_in_fresh_one(out)) {
		json_decref(out);
		out = run_once(spec);
	}
	return out;
}
