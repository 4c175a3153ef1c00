// SPDX-License-Identifier: GPL-2.0-only
/*
 * waiting.c - what a grading waits for, see waiting.h.
 */
#include "waiting.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "util.h"

/* From then on somebody may think that nothing will come of it. */
#define WAITING_LONG_MS 8000

struct doing {
	const void *job;
	char *what;
	int64_t since_ms;
	struct doing *next;
};

/** struct waiting - @first: what began first; @shown: the line on the terminal, or NULL */
struct waiting {
	struct doing *first;
	int64_t begun_ms;
	char *shown;
};

struct waiting *waiting_new(void)
{
	struct waiting *w = xcalloc(1, sizeof(*w));

	w->begun_ms = clock_ms();
	return w;
}

static void take_out(struct waiting *w, const void *job)
{
	struct doing **at = &w->first, *d;

	while ((d = *at) && d->job != job)
		at = &d->next;
	if (!d)
		return;
	*at = d->next;
	free(d->what);
	free(d);
}

void waiting_for(struct waiting *w, const void *job, const char *what)
{
	struct doing **at = &w->first;

	take_out(w, job);
	if (!what)
		return;
	while (*at)
		at = &(*at)->next;
	*at = xcalloc(1, sizeof(**at));
	**at = (struct doing){ job, xstrdup(what), clock_ms(), NULL };
}

/* A line that is wrapped cannot be taken away. */
static int width(void)
{
	struct winsize size = { 0 };

	ioctl(STDERR_FILENO, TIOCGWINSZ, &size);
	return size.ws_col > 1 ? size.ws_col - 1 : 79;
}

static void take_away(struct waiting *w)
{
	if (w->shown)
		fputs("\r\033[K", stderr);
	free(w->shown);
	w->shown = NULL;
}

void waiting_show(void *waiting)
{
	struct waiting *w = waiting;
	int64_t now = clock_ms(), ms;
	char *line;

	if (now - w->begun_ms < WAITING_MS)
		return;
	if (!w->first) {
		take_away(w);
		return;
	}
	ms = now - w->first->since_ms;
	line = xasprintf("%s, %lld s%s", w->first->what, (long long)ms / 1000,
			 ms < WAITING_LONG_MS ? "" : " (what hangs is ended before long)");
	if (!w->shown || strcmp(line, w->shown))
		fprintf(stderr, "\r\033[K%.*s", width(), line);
	free(w->shown);
	w->shown = line;
}

void waiting_free(struct waiting *w)
{
	if (!w)
		return;
	take_away(w);
	while (w->first)
		take_out(w, w->first->job);
	free(w);
}
