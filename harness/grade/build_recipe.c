// SPDX-License-Identifier: GPL-2.0-only
/*
 * build_recipe.c - records kbuild's commands, see build_recipe.h.
 */
#include "build_recipe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "util.h"

#define MAX_CMD (1 << 20)
#define MOD ".@.mod.o.cmd"
#define COMMON "..module-common.o.cmd"

/* A new compiler may know other options; its file tells that it is new. */
static char *compiler_stamp(void)
{
	json_t *identity = file_identity("/usr/bin/gcc");
	char *text = identity ? json_dumps(identity, JSON_COMPACT) : xstrdup("none");

	json_decref(identity);
	return text;
}

/* A Kbuild changes how a module is compiled, headers only what. */
static char *kbuild_sum(const struct build_job *j)
{
	char sum[65] = "none", *text;
	size_t i;

	for (i = 0; i < j->kit->headers_count; i++) {
		const char *base = strrchr(j->kit->headers[i], '/');

		if (!base || strcmp(base, "/Kbuild"))
			continue;
		text = read_text(j->kit->headers[i]);
		if (text)
			sha256_hex(text, strlen(text), sum);
		free(text);
	}
	return xstrdup(sum);
}

char *build_recipe_key(const struct build_job *j)
{
	char *stamp = compiler_stamp(), *sum = kbuild_sum(j);
	char *key = xasprintf("# 4 %s %s %s %s %s", j->kit->kernel_version, j->kit->kernel,
			      j->lab->files[0], stamp, sum);

	free(sum);
	free(stamp);
	return key;
}

static char *recipe_path(const struct build_job *j)
{
	return xasprintf("%s/%s.kbuild", j->kit->recipes, j->lab->module);
}

char *build_recipe_load(const struct build_job *j, const char *key)
{
	char *path = recipe_path(j), *text = read_text(path);
	size_t n = strlen(key);

	free(path);
	if (text && !strncmp(text, key, n) && text[n] == '\n')
		return text;
	free(text);
	return NULL;
}

/*
 * kbuild writes "cmd_TARGET := COMMAND" (or savedcmd_) as make reads it: "$$"
 * is a dollar, "$(pound)" a hash. The command ends with its line. NULL when
 * it is not like that.
 */
static char *read_command(const struct build_job *j, const char *name)
{
	static const char pound[] = "$(pound)";
	char *data, *p, *out, *command;
	size_t size;

	if (confine_read(j->work, name, MAX_CMD, &data, &size, NULL))
		return NULL;
	data[strcspn(data, "\n")] = '\0';
	p = strstr(data, " := ");
	command = out = p ? xcalloc(1, size + 2) : NULL;
	for (p = p ? p + 4 : data + strlen(data); *p; p++) {
		if (!strncmp(p, pound, sizeof(pound) - 1)) {
			*out++ = '#';
			p += sizeof(pound) - 2;
			continue;
		}
		if (p[0] == '$' && p[1] == '$')
			p++;
		*out++ = *p;
	}
	free(data);
	if (command)
		*out = '\n';
	return command;
}

static void append(char **script, char *command)
{
	char *next = *script && command ? xasprintf("%s%s", *script, command) : NULL;

	free(*script);
	free(command);
	*script = next;
}

/* What make does itself after the first command: note what was read, from
 * which modpost computes the module's srcversion. */
static char *note_command(const struct build_job *j)
{
	const char *file = j->lab->files[0], *name = j->lab->module;
	int n = strrchr(file, '/') - file;

	return xasprintf(
		"scripts/basic/fixdep /work/%.*s/.%s.o.d /work/%.*s/%s.o '' >/work/%.*s/.%s.o.cmd\n"
		"rm /work/%.*s/.%s.o.d\n",
		n, file, name, n, file, name, n, file, name, n, file, name);
}

/* Cut the first @from, up to before @to, out of @text; NULL if it is not there. */
static char *cut_out(char *text, const char *from, const char *to, char **rest)
{
	char *start = strstr(text, from), *end = start ? strstr(start, to) : NULL, *part;

	if (!end)
		return NULL;
	part = xasprintf("%.*s", (int)(end - start), start);
	*start = '\0';
	*rest = end;
	return part;
}

/*
 * The command that compiles the student's source, as a function: with the headers that
 * $HEADERS names in place of those that kbuild includes first, or without when that
 * gives a word; with $ONLY_HEADERS it makes such headers. Where the command is not as
 * expected it stays as it is.
 */
static char *source_commands(const struct build_job *j, char *command)
{
	const char *file = j->lab->files[0];
	char *source = xasprintf("/work/%s", file), *rest, *more, *first, *last, *text = command;

	first = command ? cut_out(command, " -include ", " -D", &rest) : NULL;
	last = first ? cut_out(rest, " -c -o ", source, &more) : NULL;
	if (last)
		text = xasprintf(
			"first='%s'\nlast='%s%s'\n"
			"compile_source() {\n%s $first %s $last\n}\n"
			"if [ -n \"${ONLY_HEADERS-}\" ]; then\n"
			"	{ echo \"$first\" | sed 's/ -include \\([^ ]*\\)/#include \"\\1\"\\n/g'"
			" && cat \"$ONLY_HEADERS\"; } >\"$ONLY_HEADERS.all.h\"\n"
			"	first= last=\"-x c-header -o $ONLY_HEADERS.gch $ONLY_HEADERS.all.h\"\n"
			"	compile_source\n"
			"	exit\n"
			"fi\n"
			"kept=$first\n"
			"if [ -z \"${HEADERS-}\" ] || ! first=\" -include $HEADERS\" ||\n"
			"   ! words=$(compile_source 2>&1) || [ -n \"$words\" ]; then\n"
			"	first=$kept\n"
			"	compile_source\n"
			"fi\n"
			"%s",
			first, last, source, command, rest,
			more + strlen(source) + strspn(more + strlen(source), " ;"));
	else if (first)
		text = xasprintf("%s%s%s", command, first, rest);
	if (text != command)
		free(command);
	free(last);
	free(first);
	free(source);
	return text;
}

/*
 * The one command as a function: alone when $ONLY_MOD says so, else at its place
 * unless its result is known, or a first run is to end there and say so. See
 * build_recipe_object() for the name.
 */
static char *mod_commands(const struct build_job *j, char *command)
{
	const char *file = j->lab->files[0], *name = j->lab->module;
	int n = strrchr(file, '/') - file;
	char *text = !command ? NULL :
				xasprintf("known=/objects/$({ head -n 1 /work/kit/recipe && cat "
					  "/work/%.*s/%s.mod.c; } | sha256sum | cut -c 1-64).o\n"
					  "if [ -r \"$known\" ]; then\n"
					  "	cp \"$known\" /work/%.*s/%s.mod.o\n"
					  "elif [ -z \"${LINK_ONLY-}\" ]; then\n"
					  "	exit %d\n"
					  "else\n"
					  "	compile_mod\n"
					  "fi\n",
					  n, file, name, n, file, name, BUILD_EXIT_NEW_MOD);

	free(command);
	return text;
}

static char *mod_function(const char *command)
{
	return command ? xasprintf("compile_mod() {\n%s}\n"
				   "if [ -n \"${ONLY_MOD-}\" ]; then\n"
				   "	compile_mod\n"
				   "	exit\n"
				   "fi\n",
				   command) :
			 NULL;
}

char *build_recipe_objects(const struct build_job *j)
{
	char *folder = xasprintf("%s/objects", j->kit->recipes);

	make_dirs(folder, NULL);
	return folder;
}

char *build_recipe_object(const struct build_job *j, const char *recipe, const char *source,
			  size_t size)
{
	size_t key = strcspn(recipe, "\n") + 1;
	char *folder = build_recipe_objects(j), *all = xcalloc(1, key + size + 1), *path;
	char sum[65];

	memcpy(all, recipe, key);
	memcpy(all + key, source, size);
	sha256_hex(all, key + size, sum);
	path = xasprintf("%s/%s.o", folder, sum);
	free(all);
	free(folder);
	return path;
}

char *build_recipe_record(const struct build_job *j, const char *key)
{
	/* In kbuild's order; @ is the module. Kernels since 6.12 have COMMON. */
	static const char *const steps[] = {
		".@.o.cmd", ".@.mod.cmd", ".modules.order.cmd", ".Module.symvers.cmd",
		MOD,	    COMMON,	  ".@.ko.cmd"
	};
	const char *file = j->lab->files[0];
	int folder = strrchr(file, '/') - file;
	char *script = xasprintf("%s\nset -e\n", key), *path, *name, *mod;
	size_t i;

	name = xasprintf("%.*s/.%s.mod.o.cmd", folder, file, j->lab->module);
	mod = read_command(j, name);
	append(&script, mod_function(mod));
	free(name);

	append(&script, xstrdup("if [ -z \"${LINK_ONLY-}\" ]; then\n"));
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		const char *at = strchr(steps[i], '@');

		name = at ? xasprintf("%.*s/.%s%s", folder, file, j->lab->module, at + 1) :
			    xasprintf("%.*s/%s", folder, file, steps[i]);
		if (i == 0) {
			append(&script, source_commands(j, read_command(j, name)));
			append(&script, note_command(j));
		} else if (!strcmp(steps[i], MOD)) {
			append(&script, xstrdup("fi\n"));
			append(&script, mod_commands(j, mod));
		} else if (strcmp(steps[i], COMMON) || build_has(j, name)) {
			append(&script, read_command(j, name));
		}
		free(name);
	}
	path = recipe_path(j);
	/* Not kept is not lost: the next build records again. */
	if (script && !make_dirs(j->kit->recipes, NULL))
		write_file_atomic(path, script, strlen(script), NULL);
	free(path);
	return script;
}

int build_recipe_run(const struct build_job *like, const char *recipe, const char *part,
		     const char *name, const void *data, size_t size, const char *result,
		     size_t max, char **out, size_t *out_size)
{
	struct confine_bind bind = { like->kit->kernel, "/kernel", "KERNEL" };
	struct build_job j;
	struct build *b;
	int ret = build_start(&j, like->lab, like->c, like->kit, like->dir, NULL);

	if (!ret)
		ret = build_add(&j, "kit/recipe", recipe, strlen(recipe), NULL);
	if (!ret)
		ret = build_add(&j, name, data, size, NULL);
	if (!ret) {
		j.script = xasprintf(
			"cd \"$KERNEL/usr/src/linux-headers-%s\" && export SRCARCH=x86 && %s && "
			". \"$WORK/kit/recipe\"",
			like->kit->kernel_version, part);
		ret = build_run(&j, &bind, 1, NULL);
	}
	if (!ret && (j.r.end != CONFINE_EXITED || j.r.code))
		ret = -EIO;
	if (!ret)
		ret = confine_read(j.work, result, max, out, out_size, NULL);
	if (!build_finish(&j, ret, &b))
		build_free(b);
	return ret;
}

void build_recipe_keep(const char *path, const void *data, size_t size)
{
	/* Other gradings have other user ids. */
	if (!write_file_atomic(path, data, size, NULL))
		chmod(path, 0644);
}
