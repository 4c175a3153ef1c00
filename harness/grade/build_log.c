// SPDX-License-Identifier: GPL-2.0-only
/*
 * build_log.c - dependency files and messages of a compiler, see
 * build_log.h.
 */
#include "build_log.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build.h"
#include "util.h"

#define MAX_PATH_SEEN 4096

/*
 * Lexically: "/usr/../etc/x" becomes "/etc/x". Return: false for a relative
 * path that leads above its start.
 */
static bool normalise(const char *path, size_t len, char *out)
{
	size_t floor = len && path[0] == '/', used = floor, i = 0;

	out[0] = '/';
	while (i < len) {
		size_t n = 0;

		while (i + n < len && path[i + n] != '/')
			n++;
		if (n == 2 && path[i] == '.' && path[i + 1] == '.') {
			if (used == 0)
				return false;
			while (used > floor && out[used - 1] != '/')
				used--;
			if (used > floor)
				used--;
		} else if (n && !(n == 1 && path[i] == '.')) {
			if (used > floor)
				out[used++] = '/';
			memcpy(out + used, path + i, n);
			used += n;
		}
		i += n + 1;
	}
	out[used] = '\0';
	return true;
}

static bool below(const char *path, const char *root)
{
	size_t n = root ? strlen(root) : 0;

	return n && !strncmp(path, root, n) && (path[n] == '/' || !path[n]);
}

/* The assembler's input, "/tmp/ccAbc123.s" or the same in the work folder. */
static bool is_temporary(const char *path)
{
	size_t n = strlen(path);

	return !strncmp(path, "/tmp/cc", 7) && !strchr(path + 7, '/') && n > 9 &&
	       !strcmp(path + n - 2, ".s");
}

static bool below_roots(const char *path, const struct build_roots *roots)
{
	return (below(path, "/usr") && !below(path, roots->kit)) || below(path, roots->work) ||
	       below(path, roots->kernel) || (roots->apart && is_temporary(path));
}

/*
 * "/usr/lib/ssl/certs/../passwd" looks as if it were below /usr, and certs is a
 * link to /etc/ssl/certs: on the host, where the name leads counts as well.
 */
static bool leads_below_roots(const char *name, size_t len, const struct build_roots *roots)
{
	char *copy = strndup(name, len), *real = copy ? realpath(copy, NULL) : NULL;
	/* Nothing there: nothing was read, and the name is judged by its form. */
	bool allowed = !real || below_roots(real, roots);

	free(real);
	free(copy);
	return allowed;
}

static bool is_allowed(const char *name, size_t len, const struct build_roots *roots)
{
	char path[MAX_PATH_SEEN + 4];

	if (len > MAX_PATH_SEEN || !normalise(name, len, path))
		return false;
	if (name[0] != '/')
		return true;
	return below_roots(path, roots) && (roots->apart || leads_below_roots(name, len, roots));
}

/* One name of a dependency file into buf: "\ " is a space, "$$" a dollar. */
static const char *next_name(const char *p, char *buf, size_t *len)
{
	*len = 0;
	for (;;) {
		if (p[0] == '\\' && p[1] == '\n')
			p += 2;
		else if (*p == ' ' || *p == '\t')
			p++;
		else
			break;
	}
	while (*p && *p != ' ' && *p != '\t' && *p != '\n') {
		if (p[0] == '\\' && p[1] == '\n')
			break;
		if ((p[0] == '\\' && (p[1] == ' ' || p[1] == '#')) || (p[0] == '$' && p[1] == '$'))
			p++;
		/* Too long a name is foreign; its rest does not matter. */
		if (*len <= MAX_PATH_SEEN)
			buf[(*len)++] = *p;
		p++;
	}
	return p;
}

static const char *first_prerequisite(const char *deps)
{
	const char *kbuild = strstr(deps, "\ndeps_"), *p;

	if (kbuild) {
		p = strstr(kbuild, ":=");
		return p ? p + 2 : NULL;
	}
	/* The target's name is ours and holds no colon. */
	p = strchr(deps, ':');
	return p ? p + 1 : NULL;
}

char *build_foreign_dep(const char *deps, const struct build_roots *roots)
{
	char name[MAX_PATH_SEEN + 4];
	const char *p = first_prerequisite(deps);
	size_t len;

	while (p && *p && *p != '\n') {
		/* kbuild's "$(wildcard ...)" entries look like relative names. */
		p = next_name(p, name, &len);
		if (len && !is_allowed(name, len, roots))
			return strndup(name, len < 200 ? len : 200);
	}
	return NULL;
}

static const char *skip_prefix(const char *line)
{
	static const char *const prefixes[] = { "In file included from ",
						"                 from " };
	size_t i;

	for (i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (!strncmp(line, prefixes[i], strlen(prefixes[i])))
			return line + strlen(prefixes[i]);
	return line;
}

char *build_foreign_message(const char *log, const struct build_roots *roots)
{
	const char *line = log, *p;
	size_t n;

	while (*line) {
		p = skip_prefix(line);
		n = strcspn(p, ":\n");
		/* Source lines that are quoted begin with a space. "labs/../../x"
		 * leads outside as "/x" does: #line and .include take any name. */
		if (p[n] == ':' && *p != ' ' && memchr(p, '/', n) && !is_allowed(p, n, roots))
			return strndup(p, n < 200 ? n : 200);
		line += strcspn(line, "\n");
		line += *line == '\n';
	}
	return NULL;
}

static bool is_chatter(const char *line)
{
	static const char *const chatter[] = { "make:",
					       "make[",
					       "WARNING: Symbol version dump",
					       "Skipping BTF generation",
					       "warning: the compiler differs",
					       "  The kernel was built by:",
					       "  You are using:" };
	size_t i;

	for (i = 0; i < sizeof(chatter) / sizeof(chatter[0]); i++)
		if (!strncmp(line, chatter[i], strlen(chatter[i])))
			return true;
	return false;
}

/* One line without the work folder's name, which says nothing to a reader. */
static char *copy_line(char *out, const char *line, size_t n, const char *work)
{
	size_t w = strlen(work), i = 0;

	while (i < n) {
		if (n - i > w && !strncmp(line + i, work, w) && line[i + w] == '/') {
			i += w + 1;
			continue;
		}
		*out++ = line[i++];
	}
	return out;
}

char *build_clean_log(const char *log, size_t size, bool cut, const struct build_roots *roots)
{
	char *text = xcalloc(size + 2, 1), *out = text, *clean;
	const char *line = log, *end = log + size;
	size_t n;

	while (line < end) {
		const char *nl = memchr(line, '\n', end - line);

		n = nl ? (size_t)(nl - line) + 1 : (size_t)(end - line);
		if (!is_chatter(line))
			out = copy_line(out, line, n, roots->work);
		line += n;
	}
	clean = clean_text(text, out - text);
	free(text);
	n = strlen(clean);
	if (n > BUILD_MAX_TEXT) {
		cut = true;
		n = BUILD_MAX_TEXT;
		while (n && clean[n - 1] != '\n')
			n--;
		/* One line longer than all: cut it, but not inside a letter. */
		if (!n)
			for (n = BUILD_MAX_TEXT; (clean[n] & 0xc0) == 0x80;)
				n--;
	}
	while (n && clean[n - 1] == '\n')
		n--;
	clean[n] = '\0';
	if (!cut)
		return clean;
	text = xasprintf("%s\n(the rest is cut)", clean);
	free(clean);
	return text;
}
