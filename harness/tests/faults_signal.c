// SPDX-License-Identifier: GPL-2.0-only
/*
 * faults_signal.c - the grader is ended at random moments of its run, spread over
 * as long as that takes here. ROUNDS=100 does it a hundred times; FAULTS_SEED
 * repeats a set of moments.
 */
#include "faults.h"

#include <ctype.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "limit.h"

#define LANES 2
#define OLDER "{ \"older\": true }\n"
#define ROUNDS_QUICK 20
#define ROUNDS_ALL 100

/* What ends it: Ctrl-C for its group, a signal for itself, or, as at the end of
 * a container, SIGKILL for everything that belongs to it. */
static const struct end {
	const char *kind;
	int signal;
	bool group, all;
} ends[] = { { "grader ended by SIGINT", SIGINT, true, false },
	     { "grader ended by SIGTERM", SIGTERM, false, false },
	     { "grader ended by SIGKILL", SIGKILL, false, false },
	     { "grader and all its processes killed", SIGKILL, true, true } };
#define ENDS (sizeof(ends) / sizeof(ends[0]))

/* One place for one grading at a time, so that what is left is its own. */
static struct lane {
	char *kit;
	struct e2e *run;
	const struct end *end;
	pid_t pid;
	int64_t at;
	int ms; /* what its last whole run took */
	bool sent;
} lanes[LANES];

/* A program's whole lab, and where there is time for kbuild, one of a driver. */
static struct e2e *new_run(const struct lane *l)
{
	bool driver = l != lanes && faults_rounds(ROUNDS_QUICK, ROUNDS_ALL) == ROUNDS_ALL;
	struct e2e *r =
		driver ? e2e_grade("solutions", "--lab", "11", "--test", "read_sees_stores", NULL) :
			 e2e_grade("solutions", "--lab", "02", NULL);

	r->kit = l->kit;
	r->group = true;
	r->keep = true;
	/* The same result each time; the other lane's name marks its processes. */
	r->argv[3] = r->name = e2e_fmt("signal%d", (int)(l - lanes));
	return r;
}

static char *wrong(const struct e2e *r)
{
	return r->status || strcmp(e2e_text(r->doc, "status"), "full") ? e2e_show(r) : "";
}

static void begin(struct lane *l, size_t round)
{
	l->run = new_run(l);
	l->end = &ends[round % ENDS];
	l->sent = false;
	e2e_write(e2e_result_path(l->run), OLDER, strlen(OLDER));
	e2e_start(l->run);
	l->pid = l->run->pid;
	l->at = l->run->began + rand() % l->ms;
}

/* "12 name 13 name": a signal for each process that is left of a run. */
static void signal_all(const struct e2e *r, int signal)
{
	char *save = NULL, *word;

	for (word = strtok_r(e2e_remains(r), " \n", &save); word;
	     word = strtok_r(NULL, " \n", &save))
		if (atoi(word) > 1)
			kill(atoi(word), signal);
}

static void send(struct lane *l)
{
	/* Else the janitor sees the others go, and is quicker than we are. */
	if (l->end->all)
		signal_all(l->run, SIGSTOP);
	kill(l->end->group ? -l->pid : l->pid, l->end->signal);
	l->sent = true;
	if (l->end->all)
		signal_all(l->run, l->end->signal);
}

static char *found(const char *first, const char *second)
{
	glob_t g = { 0 };
	char *text = "";
	size_t i;

	glob(first, 0, NULL, &g);
	glob(second, GLOB_APPEND, NULL, &g);
	for (i = 0; i < g.gl_pathc; i++)
		text = e2e_fmt("%s %s", text, g.gl_pathv[i]);
	return text;
}

/* Mounts below the lanes' kits and the gradings' own folders. */
static char *own_mounts(void)
{
	char *all = e2e_read("/proc/self/mounts"), *line, *save = NULL, *own = "";

	for (line = strtok_r(all, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char *tmp = strstr(line, " /tmp/mmaplab-");

		if (strstr(line, e2e_path("%s", "")) ||
		    (tmp && isdigit((unsigned char)tmp[strlen(" /tmp/mmaplab-")])))
			own = e2e_fmt("%s%s\n", own, line);
	}
	return own;
}

/* The janitor needs a moment, and where it was killed, the next grading. */
static char *files_left(const struct lane *l)
{
	char *tmp = e2e_fmt("/tmp/mmaplab-%d-*", (int)l->pid);
	char *own = e2e_fmt("%s/build/tmp/*", l->kit);
	int64_t until = e2e_ms() + limit_ms(30000);

	while (!l->end->all && *found(tmp, own) && e2e_ms() < until)
		usleep(10000);
	return l->end->all ? "" : found(tmp, own);
}

static char *half_written(const struct lane *l)
{
	char *text = e2e_read(e2e_result_path(l->run));
	json_t *doc = text ? json_loads(text, 0, NULL) : NULL;

	if (!doc)
		return e2e_fmt("a part of a result: %.200s", text ? text : "none");
	if (strcmp(text, OLDER) && !*e2e_text(doc, "status"))
		return "a result without a status";
	return "";
}

/* What was left by those that took the janitor along goes with the next run. */
static char *next_run(struct lane *l)
{
	struct e2e *r = faults_go(new_run(l));
	char *left;

	l->ms = r->ms;
	left = found(e2e_fmt("%s/build/tmp/*", l->kit),
		     e2e_fmt("%s/build/results/*.new.*", l->kit));
	if (*wrong(r))
		return e2e_fmt("the next run: %s", wrong(r));
	if (*left)
		return e2e_fmt("the next run left%s", left);
	left = found(e2e_fmt("/tmp/mmaplab-%d-*", (int)l->pid), "/nonexistent");
	return *left ? e2e_fmt("the next run did not remove%s", left) : "";
}

/* Return: was it ended by the signal, and not by itself before? */
static bool finish(struct lane *l, const char *where, bool look_further)
{
	char *problem;

	if (!l->sent || l->run->status != 128 + l->end->signal) {
		ck_assert_msg(!l->run->status, "%s: %s", where, e2e_show(l->run));
		l->ms = l->run->ms;
		return false;
	}
	problem = faults_alive(l->run);
	if (!*problem)
		problem = files_left(l);
	if (!*problem)
		problem = half_written(l);
	if (!*problem && look_further)
		problem = next_run(l);
	faults_hit(l->end->kind, where, problem);
	return true;
}

/* Both lanes at once. */
static void run_lanes(void)
{
	size_t busy = LANES, i;

	while (busy) {
		busy = 0;
		for (i = 0; i < LANES; i++) {
			if (!lanes[i].sent && lanes[i].run->pid && e2e_ms() >= lanes[i].at)
				send(&lanes[i]);
			busy += !e2e_done(lanes[i].run);
		}
		usleep(500);
	}
}

static unsigned choose_seed(void)
{
	const char *env = getenv("FAULTS_SEED");
	unsigned seed = 0;

	if (env)
		seed = (unsigned)strtoul(env, NULL, 16);
	else if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		ck_abort_msg("no random number");
	printf("note: FAULTS_SEED=%x repeats these moments\n", seed);
	fflush(stdout);
	return seed;
}

/* Two at once, as they will run. How busy the host is changes: each run that
 * comes to its end is measured again. */
static void measure(void)
{
	struct e2e *runs[LANES];
	size_t i;

	for (i = 0; i < LANES; i++)
		runs[i] = new_run(&lanes[i]);
	e2e_go(runs, LANES, LANES);
	for (i = 0; i < LANES; i++) {
		ck_assert_str_eq(wrong(runs[i]), "");
		lanes[i].ms = runs[i]->ms;
	}
}

START_TEST(ended_grader_leaves_nothing)
{
	int rounds = faults_rounds(ROUNDS_QUICK, ROUNDS_ALL), done = 0;
	size_t i, round = 0;

	srand(choose_seed());
	for (i = 0; i < LANES; i++)
		lanes[i].kit = e2e_kit(e2e_fmt("signals%zu", i));
	measure();
	while (done < rounds) {
		ck_assert_msg(round < 4 * (size_t)rounds, "only %d of %zu were in time", done,
			      round);
		for (i = 0; i < LANES; i++)
			begin(&lanes[i], round++);
		run_lanes();
		for (i = 0; i < LANES; i++)
			done += finish(&lanes[i],
				       e2e_fmt("after %d of %d ms",
					       (int)(lanes[i].at - lanes[i].run->began),
					       lanes[i].ms),
				       lanes[i].end->all || done % 5 == 0);
	}
	for (i = 0; i < ENDS; i++)
		faults_expect(ends[i].kind, 1);
	ck_assert_str_eq(own_mounts(), "");
}
END_TEST

/* Not left to chance: while a machine runs there are folders to be left. */
START_TEST(killed_janitor_leaves_to_the_next_run)
{
	const char *kind = "grader and janitor killed in a machine";
	struct lane *l = lanes;
	char *log, *problem;

	l->kit = e2e_kit("janitor");
	l->end = &ends[ENDS - 1];
	l->run = new_run(l);
	log = faults_qemu(l->run, "hang@record start#1", 1);
	e2e_start(l->run);
	l->pid = l->run->pid;
	while (!faults_happened(log) && !e2e_done(l->run))
		usleep(1000);
	send(l);
	e2e_wait(l->run);
	problem = faults_alive(l->run);
	if (!*found(e2e_fmt("%s/build/tmp/*", l->kit), "/nonexistent") ||
	    !*found(e2e_fmt("/tmp/mmaplab-%d-*", (int)l->pid), "/nonexistent"))
		problem = "nothing was left to remove";
	if (!*problem)
		problem = next_run(l);
	faults_hit(kind, "record start#1", problem);
	faults_expect(kind, 1);
}
END_TEST

START_TEST(killed_writer_leaves_the_older_result)
{
	static const char *const calls[] = { "fsync", "rename" };
	const char *kind = "grader killed while it writes its result";
	struct lane *l = lanes;
	size_t i;

	l->kit = e2e_kit("writer");
	for (i = 0; i < 2; i++) {
		struct e2e *r = e2e_command("strace", "-qq", "-o", "/dev/null", "-e",
					    e2e_fmt("inject=%s:signal=KILL", calls[i]),
					    e2e_fmt("%s/build/mmaplab", e2e_root()), "grade",
					    "--name", "signal0", FAULTS_ONE_TEST, "solutions",
					    NULL);
		char *problem = "";

		r->kit = l->kit;
		r->name = "signal0";
		r->keep = true;
		l->run = r;
		e2e_write(e2e_result_path(r), OLDER, strlen(OLDER));
		e2e_start(r);
		l->pid = r->pid;
		e2e_wait(r);
		if (r->status != 128 + SIGKILL ||
		    !*found(e2e_fmt("%s.new.*", e2e_result_path(r)), "/nonexistent"))
			problem = e2e_fmt("it never happened: %s", e2e_show(r));
		else if (strcmp(e2e_read(e2e_result_path(r)), OLDER))
			problem = "the older result is gone";
		if (!*problem)
			problem = next_run(l);
		faults_hit(kind, calls[i], problem);
	}
	faults_expect(kind, 2);
}
END_TEST

TCase *faults_of_signals(void)
{
	TCase *t = tcase_create("signals");

	tcase_add_test(t, ended_grader_leaves_nothing);
	tcase_add_test(t, killed_janitor_leaves_to_the_next_run);
	tcase_add_test(t, killed_writer_leaves_the_older_result);
	return t;
}
