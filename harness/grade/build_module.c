// SPDX-License-Identifier: GPL-2.0-only
/*
 * build_module.c - builds a driver lab's module with kbuild, see build.h.
 */
#include <stdlib.h>
#include <string.h>

#include "build_headers.h"
#include "build_job.h"
#include "build_recipe.h"
#include "util.h"

#define MAX_MOD_SOURCE (64 << 10)

/*
 * kbuild takes a path apart at spaces. With namespaces it never sees the
 * host's; without, nothing can be done here.
 */
static int check_kernel_path(const struct build_job *j, struct err *e)
{
	int level = confine_level(e);

	if (level < 0)
		return level;
	if (level != CONFINE_NAMESPACES && strpbrk(j->kit->kernel, " \t:%"))
		return err_set(
			e, EINVAL,
			"build %s: the kernel headers are in %s; kbuild cannot work in a path with a space, colon or percent sign, and this host forbids the namespaces that would hide it\n"
			"next: move the checkout to a path without them",
			j->lab->id, j->kit->kernel);
	return 0;
}

/*
 * Run kbuild, or its recorded commands; some of those of newer kernels read
 * $SRCARCH. "-Wp,-MD" comes after kbuild's own -MMD and adds the headers that a
 * source declares to be the system's. A tool that is not there is the host's fault.
 */
static char *module_script(const struct build_job *j, const char *recipe)
{
	const char *file = j->lab->files[0], *name = j->lab->module;
	const struct collect_file *source = collection_find(j->c, file);
	bool lead = recipe && source && source->data && build_headers_lead(source->data);
	char *kbuild, *script, *recorded, *headers = lead ? build_headers(j, recipe) : NULL;
	int n = strrchr(file, '/') - file;

	kbuild = xasprintf(
		"make -s -C \"$tree\" M=\"$WORK/%.*s\" CONFIG_DEBUG_INFO_BTF_MODULES= "
		"\"CFLAGS_%s.o=-Wp,-MD,$WORK/%.*s/.%s.o.d -Wa,--MD,$WORK/obj/module.asm.d\" "
		"modules\n",
		n, file, name, n, file, name);
	recorded = xasprintf("(cd \"$tree\" && export SRCARCH=x86 HEADERS=%s%s && "
			     ". \"$WORK/kit/recipe\")\n",
			     headers ? "/objects/" : "", headers ? headers : "");
	script = xasprintf(
		"ended() { case $1 in 0) ;; 127|%d) exit $1 ;; *) exit 1 ;; esac; }\n"
		"tree=\"$KERNEL/usr/src/linux-headers-%s\"\n"
		"if ! test -r \"$tree/Makefile\"; then\n"
		"	echo \"user id $(id -u) cannot read $tree/Makefile\"\n"
		"	echo 'next: make kernel; without namespaces every folder above it needs the permission o+x'\n"
		"	exit %d\n"
		"fi\n"
		"%s"
		"ended $?\n"
		"strip --strip-debug -o obj/module.ko %.*s/%s.ko\n"
		"ended $?\n",
		BUILD_EXIT_NEW_MOD, j->kit->kernel_version, BUILD_EXIT_KIT,
		recipe ? recorded : kbuild, n, file, name);
	free(headers);
	free(recorded);
	free(kbuild);
	return script;
}

/*
 * Record with a module that is certainly right: when that does not build, no module
 * does, and it is nobody's fault but the kit's or the host's.
 * @recipe: for the caller; NULL when there is nothing to record, and kbuild it is
 */
static int record_recipe(const struct build_job *like, const char *key, char **recipe,
			 struct err *e)
{
	static char source[] = "#include <linux/module.h>\nMODULE_LICENSE(\"GPL\");\n";
	struct collect_file file = { .path = like->lab->files[0],
				     .data = source,
				     .size = sizeof(source) - 1 };
	struct collection c = { .files = &file, .files_count = 1 };
	struct confine_bind bind = { like->kit->kernel, "/kernel", "KERNEL" };
	struct build_job j;
	struct build *b;
	char *words;
	int ret = build_start(&j, like->lab, &c, like->kit, like->dir, e);

	if (!ret)
		ret = build_lay_out(&j, e);
	if (!ret) {
		j.script = module_script(&j, NULL);
		ret = build_run(&j, &bind, 1, e);
	}
	if (!ret && (j.r.end != CONFINE_EXITED || j.r.code)) {
		words = clean_text(j.r.output, strnlen(j.r.output, 500));
		ret = err_set(e, EIO,
			      "build %s: an empty module does not build here: %s\n"
			      "next: make doctor",
			      like->lab->id, *words ? words : "it was stopped");
		free(words);
	}
	if (!ret)
		*recipe = build_recipe_record(&j, key);
	if (!build_finish(&j, ret, &b))
		build_free(b);
	return ret;
}

/*
 * The recipe in the work folder, or kbuild when there is none.
 * @out: the recipe or NULL, for the caller
 */
static int choose_script(struct build_job *j, char **out, struct err *e)
{
	char *key, *recipe = NULL;
	int ret = 0;

	if (j->kit->recipes && confine_level(e) == CONFINE_NAMESPACES) {
		key = build_recipe_key(j);
		recipe = build_recipe_load(j, key);
		if (!recipe)
			ret = record_recipe(j, key, &recipe, e);
		free(key);
	}
	if (!ret && recipe)
		ret = build_add(j, "kit/recipe", recipe, strlen(recipe), e);
	j->script = module_script(j, recipe);
	*out = recipe;
	return ret;
}

/* Beside the module's own file, what modpost and the compiler make: mymap.mod.c, mymap.mod.o. */
static char *mod_name(const struct lab_def *lab, char ending)
{
	const char *file = lab->files[0];

	return xasprintf("%.*s.mod.%c", (int)(strlen(file) - strlen(".c")), file, ending);
}

/* Compile what modpost wrote, and nothing else; keep the object. */
static void make_object(const struct build_job *like, const char *recipe, const char *source,
			size_t size, const char *path)
{
	char *name = mod_name(like->lab, 'c'), *object = mod_name(like->lab, 'o'), *data;

	if (!build_recipe_run(like, recipe, "ONLY_MOD=1", name, source, size, object,
			      BUILD_MAX_OBJECT, &data, &size)) {
		build_recipe_keep(path, data, size);
		free(data);
	}
	free(object);
	free(name);
}

/* What the first run said stays before the second's words. */
static void join_results(struct confine_result *r, struct confine_result *first)
{
	char *both = xcalloc(1, first->output_size + r->output_size + 1);

	memcpy(both, first->output, first->output_size);
	memcpy(both + first->output_size, r->output, r->output_size);
	free(r->output);
	r->output = both;
	r->output_size += first->output_size;
	r->output_cut |= first->output_cut;
	r->ms += first->ms;
	r->cpu_ms += first->cpu_ms;
	confine_result_clear(first);
}

/* Nothing was kept of what modpost wrote: make that, then go on with the recipe. */
static int link_anew(struct build_job *j, const char *recipe, const char *source, size_t size,
		     const struct confine_bind *binds, size_t binds_count, struct err *e)
{
	struct confine_result first = j->r;
	char *path = build_recipe_object(j, recipe, source, size);
	char *script = xasprintf("export LINK_ONLY=1\n%s", j->script);
	int ret;

	make_object(j, recipe, source, size, path);
	free(path);
	free(j->script);
	j->script = script;
	memset(&j->r, 0, sizeof(j->r));
	ret = build_run(j, binds, binds_count, e);
	if (ret) {
		confine_result_clear(&first);
		return ret;
	}
	join_results(&j->r, &first);
	j->b->ms = j->r.ms;
	return 0;
}

/*
 * The compiler writes .mymap.o.d; kbuild turns it into a part of
 * .mymap.o.cmd when the file compiled. One of them is there after success.
 */
static bool check_module(struct build_job *j, const char *folder)
{
	const char *name = j->lab->module, *path = j->lab->files[0];
	char *d = xasprintf("%s/.%s.o.d", folder, name);
	char *cmd = xasprintf("%s/.%s.o.cmd", folder, name);
	bool ok = build_check_deps(j, path, build_has(j, d) ? d : cmd) &&
		  build_check_deps(j, path, "obj/module.asm.d") && build_check_messages(j);

	free(d);
	free(cmd);
	return ok;
}

/*
 * modpost copies the names of a device table into a source of its own, unescaped,
 * and no list tells what that source makes the assembler read.
 */
static bool has_table(const char *source)
{
	/* What is too large to be read has far too much in it. */
	return !source || strstr(source, "MODULE_ALIAS(") || strstr(source, "KSYMTAB_");
}

static bool check_table(struct build_job *j, bool made, const char *source)
{
	if (!made || !has_table(source))
		return true;
	build_set_text(
		j->b, BUILD_REJECTED,
		xasprintf(
			"%s declares a table of devices (MODULE_DEVICE_TABLE) or exports a symbol (EXPORT_SYMBOL), which no lab needs; take it out.",
			j->lab->files[0]));
	return false;
}

static int fetch_module(struct build_job *j, const char *folder, struct err *e)
{
	const char *name = j->lab->module;
	struct build *b = j->b;
	bool built = b->status == BUILD_OK;
	char *from = xasprintf("%s/%s.%s", folder, name, built ? "ko" : "o");
	char *to = xasprintf("obj/%s.%s", name, built ? "ko" : "o");
	int ret = build_fetch(j, from, to, BUILD_MAX_OBJECT, 0644, &b->objects[0], e);

	free(from);
	free(to);
	if (!b->objects[0])
		return ret;
	b->objects_count = 1;
	if (!built)
		return ret;
	b->debug = xstrdup(b->objects[0]);
	to = xasprintf("mod/%s.ko", name);
	ret = build_fetch(j, "obj/module.ko", to, BUILD_MAX_OBJECT, 0644, &b->output, e);
	free(to);
	return ret;
}

int build_module(const struct lab_def *lab, const struct collection *c, const struct build_kit *kit,
		 const char *dir, struct build **out, struct err *e)
{
	struct confine_bind binds[2] = { { kit->kernel, "/kernel", "KERNEL" } };
	char *folder, *recipe = NULL, *objects = NULL, *name, *source = NULL;
	struct build_job j;
	size_t size = 0;
	bool made;
	int ret = build_start(&j, lab, c, kit, dir, e);

	if (!ret && j.work)
		ret = check_kernel_path(&j, e);
	if (ret || !j.work)
		return build_finish(&j, ret, out);
	ret = build_lay_out(&j, e);
	if (!ret)
		ret = choose_script(&j, &recipe, e);
	if (recipe)
		objects = build_recipe_objects(&j);
	binds[1] = (struct confine_bind){ objects, "/objects", "OBJECTS" };
	if (!ret)
		ret = build_run(&j, binds, objects ? 2 : 1, e);
	name = mod_name(lab, 'c');
	made = !ret && build_has(&j, name);
	if (made)
		confine_read(j.work, name, MAX_MOD_SOURCE, &source, &size, NULL);
	free(name);
	if (made && recipe && j.r.code == BUILD_EXIT_NEW_MOD && !has_table(source))
		ret = link_anew(&j, recipe, source, size, binds, 2, e);
	free(objects);
	free(recipe);
	if (ret) {
		free(source);
		return build_finish(&j, ret, out);
	}
	j.roots.apart = j.b->level == CONFINE_NAMESPACES;
	j.roots.kit = kit->checkout;
	j.roots.work = j.roots.apart ? "/work" : j.work;
	j.roots.kernel = j.roots.apart ? "/kernel" : kit->kernel;
	build_judge_end(&j);
	folder = xstrdup(lab->files[0]);
	*strrchr(folder, '/') = '\0';
	if (check_module(&j, folder) && check_table(&j, made, source))
		ret = fetch_module(&j, folder, e);
	else
		ret = build_checked(&j, e);
	free(source);
	free(folder);
	return build_finish(&j, ret, out);
}
