// SPDX-License-Identifier: GPL-2.0-only
/*
 * sources.c - the submissions of a class, see sources.h.
 */
#include "sources.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util.h"

#define METADATA "submission_metadata.yml"

void sources_ignore(struct sources *s, const char *path, const char *why)
{
	char *shown = source_show(path);

	s->ignored = xrealloc(s->ignored, (s->ignored_count + 1) * sizeof(*s->ignored));
	s->ignored[s->ignored_count++] = xasprintf("%s: %s", shown, why);
	free(shown);
}

static struct source *add(struct sources *s, const char *path, const char *layout)
{
	struct source *n;

	s->source = xrealloc(s->source, (s->count + 1) * sizeof(*s->source));
	n = &s->source[s->count++];
	*n = (struct source){ .path = xstrdup(path), .layout = layout };
	n->shown = source_show(path);
	n->base = source_base(path);
	return n;
}

static bool is_folder(const char *path)
{
	struct stat st;

	return !lstat(path, &st) && S_ISDIR(st.st_mode);
}

/* Does it look like the repository? */
static bool mirrors(const char *folder)
{
	char *labs = xasprintf("%s/labs", folder), *driver = xasprintf("%s/driver", folder);
	bool yes = is_folder(labs) || is_folder(driver);

	free(labs);
	free(driver);
	return yes;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int wanted(const struct dirent *d)
{
	return d->d_name[0] != '.' && strcmp(d->d_name, "__MACOSX");
}

/* The entries of a folder, by name; the caller frees them all. */
static int entries_of(const char *folder, struct dirent ***list, struct err *e)
{
	int n = scandir(folder, list, wanted, by_name);

	if (n < 0)
		return err_set(e, errno, "read the folder %s: %s", folder, strerror(errno));
	return n;
}

static void free_entries(struct dirent **list, int n)
{
	while (n > 0)
		free(list[--n]);
	free(list);
}

static void add_of(struct sources *s, const char *path, const struct source *who)
{
	struct source *one = add(s, path, who->layout);

	one->id = who->id ? xstrdup(who->id) : NULL;
	one->person = who->person ? xstrdup(who->person) : NULL;
	one->email = who->email ? xstrdup(who->email) : NULL;
	one->submitted = who->submitted;
	one->late = who->late;
	/* What is in a platform's folder, or behind its words, the student has named. */
	free(one->base);
	if (who->id)
		one->base = xasprintf("%s-%s", who->person ? who->person : "", who->id);
	else
		one->base = xstrdup(who->email ? who->email : who->base);
}

/* Files and folders; a link may lead to another's work, or to the solutions. */
static int may_be_one(struct sources *s, const char *path, bool *usable, struct err *e)
{
	struct stat st;

	*usable = false;
	if (lstat(path, &st))
		return err_set(e, errno, "look at %s: %s", path, strerror(errno));
	*usable = S_ISDIR(st.st_mode) || S_ISREG(st.st_mode);
	if (!*usable)
		sources_ignore(s, path, "neither a file nor a folder (links are not followed)");
	return 0;
}

/* Sources without a lab's folders are one submission; collect.h finds their labs. */
static bool has_sources(struct dirent **list, int n)
{
	const char *dot;
	int i;

	for (i = 0; i < n; i++) {
		dot = strrchr(list[i]->d_name, '.');
		if (dot && !strcmp(dot, ".c"))
			return true;
	}
	return false;
}

/*
 * What one person handed in: a file, or a folder that the platform made, which
 * is the submission itself or has archives and folders in it.
 */
static int add_handed_in(struct sources *s, const char *path, const struct source *who,
			 struct err *e)
{
	struct dirent **list = NULL;
	int n = is_folder(path) && !mirrors(path) ? entries_of(path, &list, e) : 0, ret = 0, i;
	bool whole;

	if (n < 0)
		return n;
	whole = !n || has_sources(list, n);
	if (whole)
		add_of(s, path, who);
	for (i = 0; i < n && !ret && !whole; i++) {
		char *within = xasprintf("%s/%s", path, list[i]->d_name);
		bool usable;

		ret = may_be_one(s, within, &usable, e);
		if (usable)
			add_of(s, within, who);
		free(within);
	}
	free_entries(list, n);
	return ret;
}

static void clear_who(struct source *who)
{
	free(who->base);
	free(who->id);
	free(who->person);
	free(who->email);
}

/* A table or a text that the instructor keeps beside the submissions. */
static bool is_notes(const char *name)
{
	static const char *const endings[] = { ".csv", ".tsv", ".yml", ".yaml", ".md" };
	const char *dot = strrchr(name, '.');
	size_t i;

	for (i = 0; dot && i < sizeof(endings) / sizeof(endings[0]); i++)
		if (!strcasecmp(dot, endings[i]))
			return true;
	return false;
}

/* Only what Gradescope made may hold it: in another folder it is the student's word. */
static bool has_metadata(const char *folder)
{
	char *file = xasprintf("%s/%s", folder, METADATA);
	bool has = !access(file, F_OK);

	free(file);
	return has;
}

static int add_folder(struct sources *s, const char *folder, struct err *e);

static int add_entry(struct sources *s, const char *folder, const char *name,
		     const struct ytree *metadata, struct err *e)
{
	char *path = xasprintf("%s/%s", folder, name);
	struct source who = { 0 };
	bool usable, is_dir = is_folder(path);
	int ret = may_be_one(s, path, &usable, e);

	if (!usable) {
		/* Said already. */
	} else if (source_named(&who, name)) {
		if (source_is_text(name))
			sources_ignore(s, path, "a text typed into Moodle, no file");
		else
			ret = add_handed_in(s, path, &who, e);
	} else if (is_dir && metadata && ytree_get(metadata, name)) {
		source_metadata(&who, metadata, name);
		ret = add_handed_in(s, path, &who, e);
	} else if (is_dir && !metadata && source_is_export(name) && has_metadata(path)) {
		ret = add_folder(s, path, e);
	} else if (!is_dir && is_notes(name)) {
		if (strcmp(name, METADATA))
			sources_ignore(s, path, "a table or a text, no submission");
	} else {
		add(s, path, is_dir ? "folder" : "archive");
	}
	clear_who(&who);
	free(path);
	return ret;
}

static int add_folder(struct sources *s, const char *folder, struct err *e)
{
	char *file = xasprintf("%s/%s", folder, METADATA);
	struct ytree *metadata = NULL;
	struct dirent **list;
	struct stat st;
	int ret = lstat(file, &st) ? 0 : ytree_read(file, &metadata, e), n, i;

	free(file);
	if (ret)
		return ret;
	n = entries_of(folder, &list, e);
	for (i = 0; i < n && !ret; i++)
		ret = add_entry(s, folder, list[i]->d_name, metadata, e);
	if (n >= 0)
		free_entries(list, n);
	ytree_free(metadata);
	return n < 0 ? n : ret;
}

int sources_find(struct sources *s, const char *path, struct err *e)
{
	char *clean = xstrdup(path), *slash;
	struct source who = { 0 };
	struct stat st;
	int ret = 0;

	/* "class/" is "class": a path is a submission's identity. */
	while ((slash = strrchr(clean, '/')) && slash > clean && !slash[1])
		*slash = '\0';
	if (stat(clean, &st)) {
		ret = err_set(e, errno,
			      "no submissions at %s: %s\n"
			      "next: name a folder of submissions, or archives",
			      path, strerror(errno));
	} else if (S_ISREG(st.st_mode)) {
		slash = strrchr(clean, '/');
		if (source_named(&who, slash ? slash + 1 : clean))
			add_of(s, clean, &who);
		else
			add(s, clean, "archive");
	} else if (!S_ISDIR(st.st_mode)) {
		ret = err_set(e, EINVAL, "%s is neither a folder nor an archive", path);
	} else if (mirrors(clean)) {
		add(s, clean, "folder");
	} else {
		ret = add_folder(s, clean, e);
	}
	clear_who(&who);
	free(clean);
	return ret;
}

static void clear_source(struct source *s)
{
	clear_who(s);
	free(s->path);
	free(s->shown);
}

/* By the name and not by the place: who hands in late moves nobody else. */
static size_t part_of(const struct source *s, size_t n)
{
	char sum[65];

	sha256_hex(s->base, strlen(s->base), sum);
	sum[15] = '\0';
	return strtoul(sum, NULL, 16) % n;
}

void sources_part(struct sources *s, size_t k, size_t n)
{
	size_t i, kept = 0;

	for (i = 0; i < s->count; i++) {
		if (part_of(&s->source[i], n) == k)
			s->source[kept++] = s->source[i];
		else
			clear_source(&s->source[i]);
	}
	s->count = kept;
}

void sources_clear(struct sources *s)
{
	size_t i;

	for (i = 0; i < s->count; i++)
		clear_source(&s->source[i]);
	for (i = 0; i < s->ignored_count; i++)
		free(s->ignored[i]);
	free(s->source);
	free(s->ignored);
	*s = (struct sources){ 0 };
}
