// SPDX-License-Identifier: GPL-2.0-only
/*
 * sources_lms.c - what learning platforms say in names and metadata about who
 * handed in, and when; see sources.h.
 */
#include "sources.h"

#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "util.h"

char *source_show(const char *name)
{
	char *escaped = xcalloc(4 * strlen(name) + 1, 1), *p = escaped, *clean;

	/* With the backslash written as \x5c, too, no two names look the same. */
	for (; *name; name++)
		if (*name == '\\' || *name == '\n' || *name == '\t')
			p += sprintf(p, "\\x%02x", *name);
		else
			*p++ = *name;
	clean = clean_text(escaped, p - escaped);
	free(escaped);
	return clean;
}

/*
 * Digits alone are somebody's number rather than a hash. And who gave no name is called as
 * all who gave none: there the hash is what tells them apart.
 */
static void cut_hash(char *base)
{
	size_t n = strlen(base);
	char *hash = n > SOURCE_HASH + 1 ? base + n - SOURCE_HASH : NULL;

	if (hash && hash[-1] == '-' && strspn(hash, "0123456789abcdef") == SOURCE_HASH &&
	    strpbrk(hash, "abcdef") && strncmp(base, SOURCE_NO_NAME "-", hash - base))
		hash[-1] = '\0';
}

char *source_base(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *base = xstrdup(slash && slash[1] ? slash + 1 : path), *shown;

	cut_archive_ending(base);
	cut_hash(base);
	shown = source_show(base);
	free(base);
	return shown;
}

/* -------------------------------------------------------- names of files */

#define PARTS 6

static bool match(const char *pattern, const char *name, regmatch_t part[PARTS])
{
	regex_t re;
	bool yes;

	if (regcomp(&re, pattern, REG_EXTENDED))
		return false;
	yes = !regexec(&re, name, PARTS, part, 0);
	regfree(&re);
	return yes;
}

static char *part_of(const char *name, const regmatch_t *part)
{
	char *text = xasprintf("%.*s", (int)(part->rm_eo - part->rm_so), name + part->rm_so);
	char *shown = source_show(text);

	free(text);
	return shown;
}

/* Moodle's own mark is the first: what follows it may be the student's. */
static const char *moodle_mark(const char *name)
{
	const char *mark = strstr(name, "_assignsubmission_");
	regmatch_t part[PARTS];

	return mark && match("^_assignsubmission_(file|onlinetext)(_|$)", mark, part) ? mark : NULL;
}

bool source_is_text(const char *name)
{
	const char *mark = moodle_mark(name), text[] = "_assignsubmission_onlinetext";

	return mark && !strncmp(mark, text, strlen(text));
}

bool source_is_export(const char *name)
{
	regmatch_t part[PARTS];

	return match("^assignment_[0-9]+_export", name, part);
}

static bool named_by_moodle(struct source *s, const char *name)
{
	const char *mark = moodle_mark(name);
	regmatch_t part[PARTS];
	char *who = mark ? strndup(name, (size_t)(mark - name)) : NULL;
	bool yes = who && match("^(.*)_([0-9]+)$", who, part);

	if (yes) {
		s->layout = "moodle";
		s->person = part_of(who, &part[1]);
		s->id = part_of(who, &part[2]);
	}
	free(who);
	return yes;
}

bool source_named(struct source *s, const char *name)
{
	regmatch_t part[PARTS];

	/* Canvas: name, perhaps LATE, the person's number, the submission's, the file. */
	if (match("^([^_]+)_(LATE_)?([0-9]+)_([0-9]+)_.", name, part)) {
		s->layout = "canvas";
		s->person = part_of(name, &part[1]);
		s->late = part[2].rm_so >= 0;
		s->id = part_of(name, &part[3]);
		return true;
	}
	return named_by_moodle(s, name);
}

/* ---------------------------------------------------------------- time */

static int two(const char *s)
{
	return (s[0] - '0') * 10 + s[1] - '0';
}

/* "Z", "UTC", "+0200", "+02:00", each perhaps behind a space; seconds east of Greenwich. */
static bool zone_read(const char *s, bool *given, int *seconds)
{
	regmatch_t part[PARTS];

	*given = true;
	*seconds = 0;
	s += strspn(s, " ");
	if (!*s) {
		*given = false;
		return true;
	}
	if (!strcmp(s, "Z") || !strcmp(s, "UTC"))
		return true;
	if (!match("^[+-]([0-9]{2}):?([0-9]{2})$", s, part))
		return false;
	*seconds = (two(s + part[1].rm_so) * 60 + two(s + part[2].rm_so)) * 60;
	if (*s == '-')
		*seconds = -*seconds;
	return true;
}

/* "Monday, 12 October 2026, 11:50 PM", in Moodle's worksheet. */
static bool moodle_time(const char *text, struct tm *tm)
{
	const char *end = strptime(text, "%A, %d %B %Y, %I:%M %p", tm);

	tm->tm_isdst = -1;
	return end && !*end;
}

bool time_read(const char *text, time_t *out)
{
	regmatch_t part[PARTS];
	struct tm tm = { 0 }, asked;
	bool given;
	int seconds;

	if (moodle_time(text, &tm)) {
		*out = mktime(&tm);
		return true;
	}
	if (!match("^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\\.[0-9]+)?)?", text,
		   part) ||
	    !zone_read(text + part[0].rm_eo, &given, &seconds))
		return false;
	tm = (struct tm){ 0 };
	tm.tm_year = two(text) * 100 + two(text + 2) - 1900;
	tm.tm_mon = two(text + 5) - 1;
	tm.tm_mday = two(text + 8);
	tm.tm_hour = two(text + 11);
	tm.tm_min = two(text + 14);
	tm.tm_sec = part[1].rm_so >= 0 ? two(text + part[1].rm_so + 1) : 0;
	tm.tm_isdst = -1;
	asked = tm;
	*out = given ? timegm(&tm) - seconds : mktime(&tm);
	/*
	 * February 30 becomes March 2, and an hour that the clocks leave out in spring
	 * becomes another: no such time was meant.
	 */
	return asked.tm_mon == tm.tm_mon && asked.tm_mday == tm.tm_mday &&
	       asked.tm_hour == tm.tm_hour && asked.tm_min == tm.tm_min;
}

/* ------------------------------------------------------------ Gradescope */

static char *copy(const char *text)
{
	return text && *text ? source_show(text) : NULL;
}

void source_metadata(struct source *s, const struct ytree *metadata, const char *folder)
{
	const struct ytree *entry = ytree_get(metadata, folder);
	const struct ytree *people = ytree_get(entry, ":submitters"), *first;
	const char *when = ytree_text(entry, ":created_at");

	s->layout = "gradescope";
	s->base = source_base(folder);
	first = people && people->count && people->kind == YTREE_LIST ? people->item[0] : NULL;
	s->id = copy(ytree_text(first, ":sid"));
	s->person = copy(ytree_text(first, ":name"));
	s->email = copy(ytree_text(first, ":email"));
	if (!when || !time_read(when, &s->submitted))
		s->submitted = 0;
}
