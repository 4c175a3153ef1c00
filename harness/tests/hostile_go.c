// SPDX-License-Identifier: GPL-2.0-only
/*
 * hostile_go.c - runs the hostile submissions beside honest ones, and looks at
 * what each leaves behind, see hostile.h.
 */
#include "hostile.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_NEIGHBOURS 1024
/* So many times what the slowest honest one took. Spinning with interrupts off
 * is ended after some ten times that; more are under way at once. */
#define BOUND 60

/* Who is graded beside: a right and a wrong solution, of a program and of a module. */
static const struct honest {
	const char *submission, *lab, *test;
	bool right;
} honest[] = {
	{ "solutions", "02", NULL, true },
	{ "solutions", "11", "read_sees_stores", true },
	{ "private", "02", NULL, false },
	{ "solutions/wrong/careless", "12", "length_is_bounded", false },
};
#define HONEST (sizeof(honest) / sizeof(honest[0]))

static struct neighbour {
	const struct honest *who;
	struct e2e *run;
	int64_t began, ended;
	bool changed;
} neighbours[MAX_NEIGHBOURS];
static size_t neighbours_count;
static struct e2e *alone[HONEST];
static char *private;

static struct e2e *honest_run(const struct honest *h)
{
	const char *sub = strcmp(h->submission, "private") ? h->submission : private;
	struct e2e *r = e2e_grade(sub, "--lab", h->lab, "--jobs", "1", h->test ? "--test" : NULL,
				  h->test, NULL);

	r->kit = hostile_kit();
	return r;
}

static void run_alone(void)
{
	size_t i;

	private = e2e_submission("private");
	e2e_edit(private, RECORDS, "MAP_SHARED", "MAP_PRIVATE");
	for (i = 0; i < HONEST; i++)
		alone[i] = honest_run(&honest[i]);
	e2e_go(alone, HONEST, 2);
	for (i = 0; i < HONEST; i++)
		if (alone[i]->status != (honest[i].right ? 0 : 1)) {
			fprintf(stderr, "an honest submission: %s\n", e2e_show(alone[i]));
			exit(1);
		}
}

/* -------------------------------------------------------------- neighbours */

/* A program's and a module's, right and wrong, in turn. */
static struct neighbour *start_neighbour(void)
{
	static unsigned int turn;
	const struct honest *who = &honest[turn++ % HONEST];
	struct neighbour *n = &neighbours[neighbours_count++];

	if (neighbours_count == MAX_NEIGHBOURS)
		abort();
	n->who = who;
	n->run = honest_run(who);
	n->began = e2e_ms();
	e2e_start(n->run);
	return n;
}

static bool neighbour_done(struct neighbour *n)
{
	if (!e2e_done(n->run))
		return false;
	n->ended = e2e_ms();
	n->changed = !n->run->doc || *e2e_differences(alone[n->who - honest], n->run);
	return true;
}

static void look_at_neighbours(struct attack *a)
{
	size_t i;

	for (i = 0; i < neighbours_count; i++) {
		const struct neighbour *n = &neighbours[i];

		if (n->began > a->ended || n->ended < a->began)
			continue;
		a->beside = true;
		if (n->changed)
			a->disturbed = e2e_fmt(
				"%s%s of lab %s: %s", a->disturbed, n->run->what, n->who->lab,
				n->run->doc ? e2e_differences(alone[n->who - honest], n->run) :
					      e2e_show(n->run));
	}
}

int hostile_bound_ms(void)
{
	int slowest = 0;
	size_t i;

	for (i = 0; i < neighbours_count; i++)
		if (neighbours[i].run->ms > slowest)
			slowest = neighbours[i].run->ms;
	return BOUND * slowest;
}

/* ------------------------------------------------------------ what is left */

static void leave(struct attack *a, const char *what)
{
	a->left = e2e_fmt("%s%s%s", a->left, *a->left ? ", " : "", what);
}

static void look_for_traces(struct attack *a)
{
	char *doc = a->run->doc ? json_dumps(a->run->doc, 0) : strdup("");
	char *processes = e2e_remains(a->run);
	glob_t g = { 0 };
	size_t i;

	glob(e2e_fmt("/tmp/mmaplab-%d-*", (int)a->pid), 0, NULL, &g);
	glob(e2e_fmt("%s/build/tmp/%d-*", hostile_kit(), (int)a->pid), GLOB_APPEND, NULL, &g);
	for (i = 0; i < g.gl_pathc; i++)
		leave(a, g.gl_pathv[i]);
	globfree(&g);
	if (*processes)
		leave(a, e2e_fmt("processes%s", processes));
	if (!access(e2e_fmt("%s/%s", hostile_written(), a->name), F_OK))
		leave(a, "a file outside of its submission");
	if (strstr(a->run->out, hostile_secret()) || strstr(a->run->err, hostile_secret()) ||
	    strstr(doc, hostile_secret()))
		leave(a, "a secret of the host in what it shows");
	free(doc);
}

/* -------------------------------------------------------------------- all */

static void start_attack(struct attack *a)
{
	a->began = e2e_ms();
	e2e_start(a->run);
	a->pid = a->run->pid;
}

/* Return: is it still under way? */
static bool serve(struct attack *a)
{
	if (a->ended)
		return false;
	if (!e2e_done(a->run))
		return true;
	a->ended = e2e_ms();
	look_for_traces(a);
	return false;
}

bool hostile_is_held(const struct attack *a)
{
	return !strcmp(e2e_text(a->run->doc, "status"), "held");
}

/* The same without the trick, to see what that has brought. */
static void run_plain(size_t at_a_time)
{
	struct e2e *plain[HOSTILE_MAX];
	size_t n = 0, i;

	for (i = 0; i < attacks_count; i++)
		if (attacks[i].plain && !hostile_is_held(&attacks[i]))
			plain[n++] = attacks[i].plain;
	e2e_go(plain, n, at_a_time);
}

/*
 * Many at a time, since some only wait for a deadline; and none begins before
 * a neighbour has. That one is begun anew as long as there are any.
 */
void hostile_go(void)
{
	size_t at_a_time = (size_t)sysconf(_SC_NPROCESSORS_ONLN) * 3, next = 0, busy, i;
	struct neighbour *n;

	run_alone();
	n = start_neighbour();
	do {
		for (i = busy = 0; i < next; i++)
			busy += serve(&attacks[i]);
		if (neighbour_done(n))
			n = start_neighbour();
		while (next < attacks_count && busy < at_a_time) {
			start_attack(&attacks[next++]);
			busy++;
		}
		usleep(5000);
	} while (busy);
	while (!neighbour_done(n))
		usleep(5000);
	run_plain((size_t)sysconf(_SC_NPROCESSORS_ONLN));
	for (i = 0; i < attacks_count; i++)
		look_at_neighbours(&attacks[i]);
}
