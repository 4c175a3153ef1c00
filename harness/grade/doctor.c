// SPDX-License-Identifier: GPL-2.0-only
/*
 * doctor.c - `mmaplab doctor`: the second half of harness/doctor, what has to be
 * tried. Lines look as that script's do.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "confine.h"
#include "student.h"
#include "template.h"
#include "util.h"

static void say(const char *state, const char *what, const char *text)
{
	printf("%-5s %-13s %s\n", state, what, text);
	fflush(stdout);
}

/* Errors have their "next:" in a later line already. */
static void say_error(const char *what, struct err *e)
{
	char *next = strchr(e->text, '\n');

	if (next)
		*next++ = '\0';
	say("FAIL", what, e->text);
	while (next && *next) {
		size_t n = strcspn(next, "\n");

		printf("      %.*s\n", (int)n, next);
		next += n + (next[n] == '\n');
	}
}

static bool compiler_works(const struct kit *kit)
{
	struct err e = { 0 };
	int level = confine_level(&e);

	if (level < 0) {
		say_error("compiler", &e);
		return false;
	}
	if (level == CONFINE_NAMESPACES) {
		say("ok", "compiler", "runs in namespaces of its own");
		return true;
	}
	say("warn", "compiler", confine_level_text(level));
	if (!strpbrk(kit->root, " \t"))
		return true;
	say("FAIL", "path", kit->root);
	printf("      a space in it, and no namespaces: modules do not build there\n"
	       "      next: move the checkout to a path without spaces\n");
	return false;
}

/* Which accelerator it is, and if not KVM, why. */
static void tell_accelerator(const struct kit *kit, const struct template *t, int ms)
{
	char why[512] = "", *text;

	if (t->accel == ACCEL_KVM)
		snprintf(why, sizeof(why), "hardware");
	else if (access("/dev/kvm", F_OK))
		snprintf(why, sizeof(why), "there is no /dev/kvm; slower, same verdicts");
	else if (access("/dev/kvm", R_OK | W_OK))
		snprintf(why, sizeof(why),
			 "/dev/kvm may not be used: adduser %s kvm, as root, makes it faster",
			 getenv("USER") ? getenv("USER") : "YOU");
	else if (!template_kvm_failed(kit, why, sizeof(why)))
		snprintf(why, sizeof(why), "asked for");
	text = xasprintf("%s, booted in %.1f s (%s)", accel_name(t->accel), ms / 1000.0, why);
	say("ok", "accelerator", text);
	free(text);
}

static bool machine_boots(const struct kit *kit, const struct template *t)
{
	struct err e = { 0 };
	int ms;

	if (template_boot(kit, t, &ms, &e)) {
		say_error("accelerator", &e);
		return false;
	}
	tell_accelerator(kit, t, ms);
	return true;
}

static bool template_is_whole(const struct kit *kit, const struct profile *p, bool boot)
{
	char *what = xasprintf("machine %s", p->name);
	struct err e = { 0 };
	struct template t;
	bool good;

	template_doubt(kit, p);
	good = !template_open(kit, p, ACCEL_AUTO, &t, &e);
	if (!good) {
		say_error(what, &e);
	} else {
		say("ok", what, *t.note ? t.note : "its template is whole");
		if (boot)
			good = machine_boots(kit, &t);
		template_close(&t);
	}
	free(what);
	return good;
}

static int run(const struct student *s, struct err *e)
{
	bool good = compiler_works(s->kit);
	size_t i;

	(void)e;
	for (i = 0; i < s->kit->profiles_count; i++)
		good &= template_is_whole(s->kit, &s->kit->profiles[i], i == 0);
	if (good)
		printf("\ngrading works here\n");
	return !good;
}

int cmd_doctor(int argc, char **argv)
{
	static const struct student_command command = {
		0,
		"Try what grading needs: the compiler's confinement, a machine that boots, the "
		"templates. `make doctor` looks at packages, disk, memory, clock and kernel first."
		"\vExit status: 0 grading works, 1 something prevents it.",
		run
	};

	return student_main(argc, argv, &command);
}
