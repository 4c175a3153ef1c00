// SPDX-License-Identifier: GPL-2.0-only
/*
 * compile.c - builds what a machine gets, see compile.h.
 */
#include "compile.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "build.h"
#include "build_cache.h"
#include "gate.h"
#include "util.h"

/* What glob() could not read; it hands nothing through to this. */
static struct err unreadable;

static int cannot_read(const char *path, int error)
{
	if (error == ENOENT || error == ENOTDIR)
		return 0;
	err_set(&unreadable, error, "read the kit's %s: %s", path, strerror(error));
	return 1;
}

/* A folder that cannot be read must not look like an empty one: the student's
 * file would not compile. */
static int find_more(const struct kit *kit, const char *folder, const char *pattern, glob_t *g,
		     struct err *e)
{
	char *path = kit_pattern(kit, "%s/%s", folder, pattern);
	int found = glob(path, g->gl_pathv ? GLOB_APPEND : 0, cannot_read, g);

	free(path);
	if (found == GLOB_ABORTED)
		return err_set(e, unreadable.code, "%s", unreadable.text);
	return found == GLOB_NOSPACE ? err_set(e, ENOMEM, "read the kit's %s", folder) : 0;
}

static int find_headers(const struct kit *kit, const char *folder, glob_t *g, struct err *e)
{
	int ret = find_more(kit, folder, "*.h", g, e);

	return ret ? ret : find_more(kit, folder, "Kbuild", g, e);
}

static json_t *describe(const struct build *b, int ret, const struct err *e)
{
	enum verdict v = ret			   ? VERDICT_BROKEN :
			 b->status == BUILD_OK	   ? VERDICT_PASS :
			 b->status == BUILD_FAILED ? VERDICT_BUILD :
						     VERDICT_REJECTED;

	if (ret)
		return json_pack("{s:s,s:s}", "verdict", verdict_name(v), "text", e->text);
	return json_pack("{s:s,s:s,s:s?,s:s?,s:s,s:i}", "verdict", verdict_name(v), "text", b->text,
			 "output", b->output, "debug", b->debug, "level",
			 confine_level_name(b->level), "ms", (int)b->ms);
}

/* Our own fault may be gone next time. */
static void keep(const char *entry, const char *dir, json_t *out)
{
	const char *verdict = json_string_value(json_object_get(out, "verdict"));

	if (entry && verdict_parse(verdict) != VERDICT_BROKEN)
		build_cache_keep(entry, dir, out);
}

/* @imports: what a module may import, and so it is one; or NULL */
static json_t *build_and_gate(const struct lab_def *lab, const struct collection *c,
			      const struct build_kit *bk, const char *imports, const char *dir)
{
	struct build *b = NULL;
	struct err e = { 0 };
	json_t *out;
	int ret = imports ? build_module(lab, c, bk, dir, &b, &e) :
			    build_program(lab, c, bk, dir, &b, &e);

	if (!ret)
		ret = imports ? gate_module(b, imports, &e) : gate_program(b, bk, &e);
	out = describe(b, ret, &e);
	build_free(b);
	return out;
}

/* What an earlier build of the same came to, where that is asked for; else build it. */
static json_t *find_or_build(const struct kit *kit, const struct lab_def *lab,
			     const struct collection *c, const struct build_kit *bk,
			     const char *imports, const char *dir, enum compile_use use)
{
	char *entry = use == COMPILE_OWN ? build_cache_entry(kit, lab, c, bk, imports, NULL) : NULL;
	json_t *out = entry ? build_cache_find(entry, dir) : NULL;

	if (!out) {
		out = build_and_gate(lab, c, bk, imports, dir);
		keep(entry, dir, out);
	}
	free(entry);
	return out;
}

/* @driver: the lab's module, the header of which a program of it includes; or NULL. */
static json_t *compile_program(const struct kit *kit, const struct lab_def *lab, const char *driver,
			       const struct collection *c, const char *dir, enum compile_use use)
{
	char *folder = xasprintf("labs/%s", lab->id);
	char *driver_folder = xasprintf("driver/%s", driver ? driver : "");
	char *given = kit_path(kit, "build/labs/%s/given.o", lab->id);
	glob_t headers = { 0 };
	struct err e = { 0 };
	json_t *out;
	int ret;

	ret = find_headers(kit, folder, &headers, &e);
	if (!ret && driver)
		ret = find_more(kit, driver_folder, "*.h", &headers, &e);
	struct build_kit bk = {
		.root = kit->root,
		.checkout = kit->root,
		.headers = (const char *const *)headers.gl_pathv,
		.headers_count = headers.gl_pathc,
		.given = given,
		.debug = use == COMPILE_TO_DEBUG,
		.preload = kit->preload,
	};

	out = ret ? describe(NULL, ret, &e) : find_or_build(kit, lab, c, &bk, NULL, dir, use);
	globfree(&headers);
	free(given);
	free(driver_folder);
	free(folder);
	return out;
}

static json_t *compile_module(const struct kit *kit, const struct lab_def *lab,
			      const struct collection *c, const char *dir, enum compile_use use)
{
	char *folder = xasprintf("driver/%s", lab->module);
	char *imports = kit_path(kit, "%s/imports.txt", folder);
	char *kernel = xasprintf("%s/root", kit->kernel);
	char *recipes = xasprintf("%s/recipes", kit->kernel);
	glob_t headers = { 0 };
	struct err e = { 0 };
	json_t *out;
	int ret;

	ret = find_headers(kit, folder, &headers, &e);
	if (!ret)
		ret = find_more(kit, "driver", "compat.h", &headers, &e);
	struct build_kit bk = {
		.headers = (const char *const *)headers.gl_pathv,
		.headers_count = headers.gl_pathc,
		.checkout = kit->root,
		.kernel = kernel,
		.kernel_version = kit->kernel_release,
		.recipes = recipes,
		.preload = kit->preload,
	};

	out = ret ? describe(NULL, ret, &e) : find_or_build(kit, lab, c, &bk, imports, dir, use);
	globfree(&headers);
	free(folder);
	free(imports);
	free(kernel);
	free(recipes);
	return out;
}

json_t *compile_part(const struct kit *kit, const struct lab_def *lab, enum part part,
		     const struct collection *c, const char *workdir, enum compile_use use)
{
	char *dir = xasprintf("%s/%s", workdir, lab->id), *path;
	struct lab_def only;
	json_t *out = NULL;
	struct err e = { 0 };

	manifest_part_of(lab, part, &only);
	if (make_dirs(dir, &e)) {
		out = json_pack("{s:s,s:s}", "verdict", "broken", "text", e.text);
		goto out;
	}
	if (part == PART_MODULE)
		out = compile_module(kit, &only, c, dir, use);
	else
		out = compile_program(kit, &only, lab->module, c, dir, use);
	path = kit_path(kit, "build/labs/%s/check", lab->id);
	json_object_set_new(out, "suite", json_string(path));
	free(path);
	path = kit_path(kit, "build/labs/%s/%s", lab->id, lab->program);
	json_object_set_new(out, "given_program", json_string(path));
	free(path);
	path = xasprintf("%s/kmod/mod", kit->kernel);
	json_object_set_new(out, "kit_modules", json_string(path));
	free(path);
out:
	free(dir);
	return out;
}

/* A module of the kit goes the way of a student's. */
static int compile_kit_module(const struct kit *kit, char *path, const char *dir, struct err *e)
{
	char *host = kit_path(kit, "%s", path), *name = strrchr(path, '/') + 1;
	struct lab_def lab = { .id = name, .files = { path }, .files_count = 1 };
	struct collect_file file = { .path = path, .data = read_text(host) };
	struct collection c = { .files = &file, .files_count = 1 };
	char *folder = strndup(path, name - 1 - path);
	char *kernel = xasprintf("%s/root", kit->kernel);
	glob_t headers = { 0 };
	struct build *b = NULL;
	int ret;

	/* What a module of the kit may include beside its own headers. */
	ret = find_more(kit, "driver", "compat.h", &headers, e);
	if (!ret)
		ret = find_more(kit, "driver/mymap", "*.h", &headers, e);
	lab.module = strndup(name, strcspn(name, "."));
	file.size = file.data ? strlen(file.data) : 0;
	if (!ret)
		ret = find_headers(kit, folder, &headers, e);
	struct build_kit bk = {
		.headers = (const char *const *)headers.gl_pathv,
		.headers_count = headers.gl_pathc,
		.kernel = kernel,
		.kernel_version = kit->kernel_release,
		.preload = kit->preload,
	};

	if (!ret)
		ret = build_module(&lab, &c, &bk, dir, &b, e);
	if (!ret && b->status != BUILD_OK)
		ret = err_set(e, EINVAL, "%s: %s", path, b->text);
	build_free(b);
	globfree(&headers);
	free(kernel);
	free(folder);
	free(lab.module);
	free(file.data);
	free(host);
	return ret;
}

int compile_kit_modules(const struct kit *kit, struct err *e)
{
	char *dir = xasprintf("%s/kmod", kit->kernel);
	int ret = make_dirs(dir, e);
	glob_t g = { 0 };
	size_t i;

	if (!ret)
		ret = find_more(kit, "harness/judge/kmod", "*/*.c", &g, e);
	if (!ret)
		ret = find_more(kit, "driver/careless", "*/*.c", &g, e);
	for (i = 0; i < g.gl_pathc && !ret; i++)
		ret = compile_kit_module(kit, g.gl_pathv[i] + strlen(kit->root) + 1, dir, e);
	globfree(&g);
	free(dir);
	return ret;
}

static char *copy_of(json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? xstrdup(s) : NULL;
}

static void replace(char **text, char *by)
{
	if (!by)
		return;
	free(*text);
	*text = by;
}

void compile_take(struct compiled *c, enum part part, json_t *result, const char *why)
{
	struct compiled_part *p = &c->part[part];

	p->verdict = verdict_parse(json_string_value(json_object_get(result, "verdict")));
	if (p->verdict == VERDICT_NONE)
		p->verdict = VERDICT_BROKEN;
	p->text = result ? copy_of(result, "text") : xstrdup(why);
	p->level = copy_of(result, "level");
	p->ms = (int)json_integer_value(json_object_get(result, "ms"));
	replace(&c->suite, copy_of(result, "suite"));
	replace(&c->kit_modules, copy_of(result, "kit_modules"));
	if (part == PART_MODULE) {
		c->module = copy_of(result, "output");
		c->debug = copy_of(result, "debug");
	} else {
		replace(&c->program, copy_of(result, "output"));
	}
	if (!c->program)
		c->program = copy_of(result, "given_program");
}

const struct compiled_part *compile_first(const struct compiled *c)
{
	bool module = c->part[PART_MODULE].verdict != VERDICT_NONE;

	return &c->part[module ? PART_MODULE : PART_PROGRAM];
}

void compile_clear(struct compiled *c)
{
	size_t i;

	for (i = 0; i < PARTS; i++) {
		free(c->part[i].text);
		free(c->part[i].level);
	}
	free(c->program);
	free(c->module);
	free(c->debug);
	free(c->suite);
	free(c->kit_modules);
	*c = (struct compiled){ 0 };
}

static void add(struct unit_file *files, size_t *n, char *name, const char *path)
{
	if (!path || *n == UNIT_MAX_FILES) {
		free(name);
		return;
	}
	files[*n].name = name;
	files[*n].path = xstrdup(path);
	(*n)++;
}

void compile_payload(const struct compiled *c, const struct lab_def *lab, struct unit_file *files,
		     size_t *n)
{
	char *pattern;
	glob_t g;
	size_t i;

	*n = 0;
	add(files, n, xstrdup("check"), c->suite);
	add(files, n, xasprintf("bin/%s", lab->program), c->program);
	if (!lab->module)
		return;
	add(files, n, xasprintf("mod/%s.ko", lab->module), c->module);
	pattern = glob_pattern(c->kit_modules, "*.ko");
	if (glob(pattern, 0, NULL, &g) == 0) {
		for (i = 0; i < g.gl_pathc; i++)
			add(files, n, xasprintf("mod/%s", strrchr(g.gl_pathv[i], '/') + 1),
			    g.gl_pathv[i]);
		globfree(&g);
	}
	free(pattern);
}
