// SPDX-License-Identifier: GPL-2.0-only
/*
 * build_headers.c - headers compiled once, see build_headers.h.
 */
#include "build_headers.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "build_recipe.h"
#include "util.h"

#define MAX_HEADERS (96 << 20)

/* In the order of the alphabet, as the starters and kernel sources have them. */
static const char *const headers[] = { "linux/fs.h", "linux/miscdevice.h", "linux/mm.h",
				       "linux/module.h" };
#define HEADERS (sizeof(headers) / sizeof(headers[0]))

/* Behind white space and comments; NULL where a line is spliced, which may end one. */
static const char *skip_space(const char *p)
{
	const char *end;

	for (;;) {
		p += strspn(p, " \t\n\v\f\r");
		if (!strncmp(p, "/*", 2))
			end = strstr(p + 2, "*/");
		else if (!strncmp(p, "//", 2))
			end = strchr(p, '\n');
		else
			return p;
		if (!end || memchr(p, '\\', end - p))
			return NULL;
		p = end + (*end == '*' ? 2 : 1);
	}
}

/* The name in an #include <NAME> at @p, and what follows; or NULL. */
static const char *included(const char *p, size_t *len, const char **next)
{
	if (*p != '#')
		return NULL;
	p += 1 + strspn(p + 1, " \t");
	if (strncmp(p, "include", 7))
		return NULL;
	p += 7 + strspn(p + 7, " \t");
	if (*p != '<')
		return NULL;
	*len = strcspn(p + 1, ">\n");
	*next = p + 1 + *len;
	return *(*next)++ == '>' ? p + 1 : NULL;
}

bool build_headers_lead(const char *source)
{
	const char *p = source, *name;
	size_t k = 0, len;

	while (k < HEADERS && (p = skip_space(p)) && (name = included(p, &len, &p)))
		k += len == strlen(headers[k]) && !memcmp(name, headers[k], len);
	return k == HEADERS;
}

/* mymap-0123456789abcdef.h, and with .gch behind it what gcc made of it. */
static char *name_of(const struct build_job *like, const char *recipe)
{
	char sum[65];

	/* Its first line tells all that it depends on. */
	sha256_hex(recipe, strcspn(recipe, "\n"), sum);
	return xasprintf("%s-%.16s.h", like->lab->module, sum);
}

static char *text_of_headers(void)
{
	char *text = xstrdup(""), *more;
	size_t i;

	for (i = 0; i < HEADERS; i++) {
		more = xasprintf("%s#include <%s>\n", text, headers[i]);
		free(text);
		text = more;
	}
	return text;
}

/* Those of another compiler or kernel. */
static void remove_older(const char *folder, const char *module)
{
	char *tail = xasprintf("%s-*.h*", module), *pattern = glob_pattern(folder, tail);
	glob_t found;
	size_t i;

	if (!glob(pattern, 0, NULL, &found))
		for (i = 0; i < found.gl_pathc; i++)
			unlink(found.gl_pathv[i]);
	globfree(&found);
	free(pattern);
	free(tail);
}

static int compile(const struct build_job *like, const char *recipe, const char *text, char **data,
		   size_t *size)
{
	const char *file = like->lab->files[0];
	int folder = (int)(strrchr(file, '/') - file), ret;
	char *beside = xasprintf("%.*s/headers.h", folder, file);
	char *made = xasprintf("%s.gch", beside);
	char *part = xasprintf("ONLY_HEADERS=\"$WORK/%s\"", beside);

	ret = build_recipe_run(like, recipe, part, beside, text, strlen(text), made, MAX_HEADERS,
			       data, size);
	free(part);
	free(made);
	free(beside);
	return ret;
}

/* The text is there at last: who finds it need not try. */
static void make(const struct build_job *like, const char *recipe, const char *folder,
		 const char *name)
{
	static const char stale[] = "#error made by another compiler\n";
	char *path = xasprintf("%s/%s", folder, name), *gch = xasprintf("%s.gch", path);
	char *text = text_of_headers(), *data;
	size_t size;

	remove_older(folder, like->lab->module);
	if (!compile(like, recipe, text, &data, &size)) {
		build_recipe_keep(gch, data, size);
		free(data);
	}
	/* gcc reads this where it cannot load the other; then they are done without. */
	build_recipe_keep(path, stale, sizeof(stale) - 1);
	free(text);
	free(gch);
	free(path);
}

char *build_headers(const struct build_job *like, const char *recipe)
{
	char *folder = build_recipe_objects(like), *name = name_of(like, recipe);
	char *path = xasprintf("%s/%s", folder, name), *gch = xasprintf("%s.gch", path);
	bool there;

	if (access(path, R_OK))
		make(like, recipe, folder, name);
	there = !access(path, R_OK) && !access(gch, R_OK);
	free(gch);
	free(path);
	free(folder);
	if (!there) {
		free(name);
		name = NULL;
	}
	return name;
}
