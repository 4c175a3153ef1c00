// SPDX-License-Identifier: GPL-2.0-only
/*
 * build_program.c - compiles and links a user lab's program, see build.h.
 */
#include <stdlib.h>
#include <string.h>

#include "build_job.h"
#include "util.h"

#define MAX_PROGRAM (32 << 20)

#define CFLAGS \
	"-std=gnu11 -D_GNU_SOURCE= -O2 -Wall -Wextra -fno-ident -fno-pie -fno-lto " \
	"-fdiagnostics-color=never -fmax-errors=25"

/* Lines and functions are what messages name; the rest takes an eighth of the compiler's time. */
static const char *debug_option(const struct build_job *j)
{
	return j->kit->debug ? "-g" : "-g1";
}

static char *program_script(const struct build_job *j)
{
	char *script = xstrdup("set -e\n"), *links = xstrdup(""), *next;
	size_t i;

	for (i = 0; i < j->lab->files_count; i++) {
		char *s = build_stem(j->lab->files[i]);

		next = xasprintf(
			"%sgcc " CFLAGS
			" %s \"-ffile-prefix-map=$WORK=.\" -MD -MF obj/%s.d -Wa,--MD,obj/%s.asm.d -c -o obj/%s.o %s\n",
			script, debug_option(j), s, s, s, j->lab->files[i]);
		free(script);
		script = next;
		next = xasprintf("%s obj/%s.o", links, s);
		free(links);
		links = next;
		free(s);
	}
	/* Without the linker plugin nothing in an object is compiled again. */
	next = xasprintf(
		"%sgcc -static -no-pie -fno-lto -fno-use-linker-plugin -o obj/program%s " BUILD_GIVEN
		"\n",
		script, links);
	free(script);
	free(links);
	return next;
}

static bool check_program(struct build_job *j)
{
	size_t i;

	for (i = 0; i < j->lab->files_count; i++) {
		char *s = build_stem(j->lab->files[i]);
		char *d = xasprintf("obj/%s.d", s);
		char *a = xasprintf("obj/%s.asm.d", s);
		bool ok = build_check_deps(j, j->lab->files[i], d) &&
			  build_check_deps(j, j->lab->files[i], a);

		free(a);
		free(d);
		free(s);
		if (!ok)
			return false;
	}
	return build_check_messages(j);
}

/* All or none: with one object missing there is nothing to gate. */
static int fetch_objects(struct build_job *j, struct err *e)
{
	struct build *b = j->b;
	size_t i;

	for (i = 0; i < j->lab->files_count; i++) {
		char *s = build_stem(j->lab->files[i]);
		char *name = xasprintf("obj/%s.o", s);
		int ret = build_fetch(j, name, name, BUILD_MAX_OBJECT, 0644, &b->objects[i], e);

		free(name);
		free(s);
		if (!b->objects[i])
			return ret;
		b->objects_count++;
	}
	return 0;
}

int build_program(const struct lab_def *lab, const struct collection *c,
		  const struct build_kit *kit, const char *dir, struct build **out, struct err *e)
{
	struct build_job j;
	char *to;
	int ret = build_start(&j, lab, c, kit, dir, e);

	if (ret || !j.work)
		return build_finish(&j, ret, out);
	ret = build_lay_out(&j, e);
	if (ret)
		return build_finish(&j, ret, out);
	j.script = program_script(&j);
	ret = build_run(&j, NULL, 0, e);
	if (ret)
		return build_finish(&j, ret, out);
	j.roots.apart = j.b->level == CONFINE_NAMESPACES;
	j.roots.kit = kit->checkout;
	j.roots.work = j.roots.apart ? "/work" : j.work;
	build_judge_end(&j);
	if (!check_program(&j))
		return build_finish(&j, build_checked(&j, e), out);
	ret = fetch_objects(&j, e);
	if (!ret && j.b->status == BUILD_OK) {
		to = xasprintf("bin/%s", lab->program);
		ret = build_fetch(&j, "obj/program", to, MAX_PROGRAM, 0755, &j.b->output, e);
		free(to);
	}
	return build_finish(&j, ret, out);
}
