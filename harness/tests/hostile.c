// SPDX-License-Identifier: GPL-2.0-only
/*
 * hostile.c - lists and layout of the hostile submissions, see hostile.h.
 */
#include "hostile.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

struct attack attacks[HOSTILE_MAX];
size_t attacks_count;

static char *canary, *temporary, *secret, *written;
static const char *kit;
static int port, listener;

const char *hostile_secret(void)
{
	return secret;
}

const char *hostile_kit(void)
{
	return kit;
}

const char *hostile_written(void)
{
	return written;
}

/* ------------------------------------------------------------------ lists */

static void add(const struct attack *a, const char *level)
{
	struct attack *to = &attacks[attacks_count++];

	if (attacks_count == HOSTILE_MAX)
		abort();
	*to = *a;
	to->level = level;
	to->label = level ? e2e_fmt("%s (%s)", a->name, level) : a->name;
	to->left = to->disturbed = "";
}

static bool is_wanted(const struct attack *a, char **only)
{
	bool wanted = !*only;

	for (; *only; only++)
		wanted |= !strcmp(*only, a->kind) || !strcmp(*only, a->name);
	return wanted;
}

static void load_line(const char *list, const char *kind, char *line, char **only)
{
	struct attack a = { .kind = strdup(kind) };
	char **column[] = { &a.name, &a.threat, &a.lab,	   &a.base,
			    &a.test, &a.how,	&a.status, &a.verdicts };
	size_t i;

	for (i = 0; i < 8; i++) {
		*column[i] = strsep(&line, "\t");
		if (!*column[i] || !**column[i]) {
			fprintf(stderr, "%s: a line has %zu columns, not 8\n", list, i);
			exit(1);
		}
	}
	if (!is_wanted(&a, only))
		return;
	if (!strstr(a.how, "weaker")) {
		add(&a, NULL);
		return;
	}
	add(&a, "limits");
	if (!geteuid())
		add(&a, "uid");
}

void hostile_load(char **only)
{
	static const char *const kinds[] = { "modules", "programs", "sources", "archives" };
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		char *list = e2e_fmt(HOSTILE "/%s/expected.tsv", kinds[i]);
		char *text = e2e_read(list), *line;

		if (!text) {
			fprintf(stderr, "%s cannot be read\n", list);
			exit(1);
		}
		while ((line = strsep(&text, "\n")))
			if (*line && *line != '#')
				load_line(list, kinds[i], line, only);
	}
}

/* ---------------------------------------------------------------- traps */

static void set_traps(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t len = sizeof(a);
	unsigned char noise[12];
	size_t i;

	if (getrandom(noise, sizeof(noise), 0) != sizeof(noise))
		abort();
	secret = strdup("canary-");
	for (i = 0; i < sizeof(noise); i++)
		secret = e2e_fmt("%s%02x", secret, noise[i]);
	/* A string of C, so that a source can take it in. */
	canary = e2e_path("host/secret.h");
	temporary = e2e_fmt("/tmp/cc%d.s", (int)getpid());
	e2e_write(canary, e2e_fmt("\"%s\"\n", secret), strlen(secret) + 3);
	e2e_shell("cp '%s' '%s'", canary, temporary);
	written = e2e_path("written");
	e2e_shell("mkdir -m 777 '%s'", written);
	listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (bind(listener, (struct sockaddr *)&a, sizeof(a)) || listen(listener, 64) ||
	    getsockname(listener, (struct sockaddr *)&a, &len))
		abort();
	port = ntohs(a.sin_port);
}

/* With one of our own, which shows that the trap works. */
int hostile_visitors(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons((uint16_t)port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int own = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), visitors = -1;

	if (connect(own, (struct sockaddr *)&a, sizeof(a)))
		return -1;
	while (accept(listener, NULL, NULL) >= 0)
		visitors++;
	close(own);
	unlink(temporary);
	return visitors;
}

/* ----------------------------------------------------------------- layout */

/* The lab's files of the base, then the attack before them or as a patch. */
static char *make_submission(const struct attack *a)
{
	char *sub = e2e_path("%s/%s", a->kind, a->label);
	char *from = e2e_fmt(HOSTILE "/%s/%s", a->kind, a->name);

	e2e_shell("set -e; files=$(grep '^%s' labs/labs.tsv | cut -f 3 | tr , ' '); mkdir -p '%s'; "
		  "for f in $files; do test ! -e '%s'/$f || { mkdir -p \"$(dirname '%s'/$f)\"; "
		  "cp '%s'/$f '%s'/$f; }; done; "
		  "if test -e '%s.patch'; then patch -s -p1 -d '%s' <'%s.patch'; else "
		  "set -- $files; cat '%s.c' '%s'/$1 | sed 's,@CANARY@,%s,; s,@TEMPORARY@,%s,; "
		  "s,@WRITTEN@,%s/%s,; s,@PORT@,%d,' >'%s'/$1; fi",
		  a->lab, sub, a->base, sub, a->base, sub, from, sub, from, from, a->base, canary,
		  temporary, written, a->name, port, sub);
	return sub;
}

static void make_archives(void)
{
	char *names = e2e_fmt("%s", ""), *sub = e2e_submission("right");
	size_t i;

	for (i = 0; i < attacks_count; i++)
		if (!strcmp(attacks[i].kind, "archives"))
			names = e2e_fmt("%s %s", names, attacks[i].name);
	e2e_shell("mkdir '%s' && " HOSTILE "/archives/make '%s' '%s' '%s' %s", e2e_path("archives"),
		  sub, e2e_path("archives"), written, names);
}

static struct e2e *make_run(const struct attack *a, const char *sub)
{
	bool one = strcmp(a->test, "-") != 0;
	struct e2e *r = e2e_grade(sub, "--lab", a->lab, "--jobs", "1", one ? "--test" : NULL,
				  a->test, NULL);

	r->what = a->label;
	r->kit = kit;
	if (a->level)
		e2e_env(r, e2e_fmt("MMAPLAB_CONFINE=%s", a->level));
	/* What a compiler may use of the processor is used up sooner. */
	if (strstr(a->how, "brief")) {
		memmove(r->argv + 2, r->argv, (E2E_ARGS - 2) * sizeof(r->argv[0]));
		r->argv[0] = strdup("prlimit");
		r->argv[1] = strdup("--cpu=1");
	}
	return r;
}

/* A fake says `#define TRICK 1`, and is a driver without it with 0. */
static struct e2e *without_trick(const struct attack *a, const char *sub)
{
	char *text = e2e_read(e2e_fmt("%s/" MYMAP, sub)), *plain = e2e_fmt("%s-plain", sub);

	if (!text || !strstr(text, "#define TRICK 1"))
		return NULL;
	e2e_shell("cp -r '%s' '%s'", sub, plain);
	e2e_edit(plain, MYMAP, "#define TRICK 1", "#define TRICK 0");
	return make_run(a, plain);
}

void hostile_lay_out(void)
{
	size_t i;

	kit = e2e_kit("hostile");
	e2e_shell("mkdir '%s/build/results' '%s/build/tmp'", kit, kit);
	set_traps();
	make_archives();
	for (i = 0; i < attacks_count; i++) {
		struct attack *a = &attacks[i];
		char *sub = e2e_path("%s/%s", a->kind, a->name);

		if (strcmp(a->kind, "archives"))
			sub = make_submission(a);
		a->run = make_run(a, sub);
		a->plain = without_trick(a, sub);
	}
}
