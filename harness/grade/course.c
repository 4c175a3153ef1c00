// SPDX-License-Identifier: GPL-2.0-only
/*
 * course.c - the course file, see course.h, and `mmaplab course check`.
 */
#include "course.h"

#include <argp.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands.h"
#include "kit.h"
#include "roster.h"
#include "sources.h"
#include "util.h"
#include "ytree.h"

#define DAY (24 * 60 * 60)

struct reader {
	const char *path;
	const struct manifest *m;
	struct course *c;
	struct err *e;
};

static int bad(const struct reader *r, int line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static int bad(const struct reader *r, int line, const char *fmt, ...)
{
	char why[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	return err_set(r->e, EINVAL, "%s, line %d: %s", r->path, line, why);
}

/* Only these keys, NULL at the end, may stand in a map. */
static int known(const struct reader *r, const struct ytree *map, const char *what,
		 const char *const *keys)
{
	char list[256] = "";
	size_t i, k, n = 0;

	if (map->kind != YTREE_MAP)
		return bad(r, map->line, "%s: expected lines of the form 'name: value'", what);
	for (k = 0; keys[k]; k++)
		n += (size_t)snprintf(list + n, sizeof(list) - n, "%s%s", k ? ", " : "", keys[k]);
	for (i = 0; i < map->count; i++) {
		for (k = 0; keys[k] && strcmp(keys[k], map->key[i]); k++)
			;
		if (!keys[k])
			return bad(r, map->key_line[i], "%s knows no '%.60s'\nnext: it may say %s",
				   what, map->key[i], list);
	}
	return 0;
}

/* Return: 0 and *@out, unchanged when the key is not there. */
static int number(const struct reader *r, const struct ytree *map, const char *key, double min,
		  double max, double *out)
{
	const struct ytree *v = ytree_get(map, key);
	char *end;
	double d;

	if (!v)
		return 0;
	d = v->kind == YTREE_TEXT ? strtod(v->text, &end) : 0;
	if (v->kind != YTREE_TEXT || !*v->text || *end || !isfinite(d) || d < min || d > max)
		return bad(r, v->line, "%s is '%.60s'\nnext: a number from %g to %g", key,
			   v->kind == YTREE_TEXT ? v->text : "a list or a map", min, max);
	*out = d;
	return 0;
}

/* The same of what is counted. */
static int whole(const struct reader *r, const struct ytree *map, const char *key, long max,
		 long *out)
{
	double d = (double)*out;
	int ret = number(r, map, key, 0, (double)max, &d);

	if (!ret && d != floor(d))
		ret = bad(r, ytree_get(map, key)->line,
			  "%s is '%.60s'\nnext: a whole number from 0 to %ld", key,
			  ytree_get(map, key)->text, max);
	if (!ret)
		*out = (long)d;
	return ret;
}

static int text(const struct reader *r, const struct ytree *map, const char *key, const char **out)
{
	const struct ytree *v = ytree_get(map, key);

	*out = NULL;
	if (!v)
		return 0;
	if (v->kind != YTREE_TEXT || !*v->text)
		return bad(r, v->line, "%s: expected a text behind the colon", key);
	*out = v->text;
	return 0;
}

static int take_zone(const struct reader *r, const struct ytree *top)
{
	const char *zone;
	struct stat st;
	char *file;
	int ret = text(r, top, "timezone", &zone);

	if (ret || !zone)
		return ret;
	file = xasprintf("/usr/share/zoneinfo/%s", zone);
	if (strstr(zone, "..") || access(file, R_OK) || stat(file, &st) || !S_ISREG(st.st_mode))
		ret = bad(r, ytree_get(top, "timezone")->line,
			  "no time zone '%.60s'\nnext: a name below /usr/share/zoneinfo, for "
			  "example Europe/Berlin (Debian package tzdata)",
			  zone);
	free(file);
	if (!ret) {
		setenv("TZ", zone, 1);
		tzset();
	}
	return ret;
}

static int take_late(const struct reader *r, const struct ytree *late)
{
	static const char *const keys[] = { "percent per day", "grace minutes", "maximum days",
					    NULL };
	int ret = known(r, late, "late", keys);

	r->c->late = true;
	r->c->maximum_days = 365;
	if (!ret)
		ret = number(r, late, keys[0], 0, 100, &r->c->percent);
	if (!ret)
		ret = whole(r, late, keys[1], 7 * 24 * 60, &r->c->grace_minutes);
	if (!ret)
		ret = whole(r, late, keys[2], 365, &r->c->maximum_days);
	if (!ret && !ytree_get(late, keys[0]))
		ret = bad(r, late->line, "late: 'percent per day' is missing");
	return ret;
}

/* Return: 0 and *@out, unchanged when the key is not there. */
static int moment(const struct reader *r, const struct ytree *map, const char *key, time_t *out)
{
	const char *when = NULL;
	int ret = text(r, map, key, &when);

	if (!ret && when && !time_read(when, out))
		ret = bad(r, ytree_get(map, key)->line,
			  "'%.60s' is no time\nnext: write 2026-10-12 23:59, perhaps with +0200 "
			  "behind it",
			  when);
	return ret;
}

static int take_extensions(const struct reader *r, const struct ytree *map, struct course_lab *cl)
{
	size_t i;
	int ret = 0;

	if (map->kind != YTREE_MAP)
		return bad(r, map->line,
			   "extensions: expected lines of the form 's1001: 2026-10-19 23:59'");
	if (!cl->deadline)
		return bad(r, map->line,
			   "extensions of %s, which has no deadline\n"
			   "next: give it one, or take them out",
			   cl->lab->id);
	cl->extension = xcalloc(map->count, sizeof(*cl->extension));
	for (i = 0; i < map->count && !ret; i++) {
		struct course_extension *x = &cl->extension[cl->extensions++];

		x->student = xstrdup(map->key[i]);
		x->line = map->key_line[i];
		ret = moment(r, map, map->key[i], &x->deadline);
		if (!ret && x->deadline <= cl->deadline)
			ret = bad(r, x->line, "the extension of %.60s is not after the deadline",
				  x->student);
	}
	return ret;
}

static int take_lab(const struct reader *r, const struct ytree *labs, size_t i)
{
	static const char *const keys[] = { "deadline", "points", "weight", "extensions", NULL };
	const struct ytree *entry = labs->item[i], *extensions;
	struct course_lab *cl = &r->c->lab[r->c->count];
	struct err e = { 0 };
	size_t k;
	int ret = 0;

	*cl = (struct course_lab){ .lab = manifest_find_lab(r->m, labs->key[i], &e), .weight = 1 };
	if (!cl->lab)
		return bad(r, labs->key_line[i], "%.400s", e.text);
	for (k = 0; k < r->c->count; k++)
		if (r->c->lab[k].lab == cl->lab)
			return bad(r, labs->key_line[i], "%s stands here a second time",
				   cl->lab->id);
	cl->points = manifest_lab_points(cl->lab);
	r->c->count++;
	/* "02-records:" alone: all as it comes. */
	if (entry->kind == YTREE_TEXT && !*entry->text)
		return 0;
	ret = known(r, entry, cl->lab->id, keys);
	if (!ret)
		ret = moment(r, entry, "deadline", &cl->deadline);
	if (!ret)
		ret = number(r, entry, "points", 0, 1000, &cl->points);
	if (!ret)
		ret = number(r, entry, "weight", 0, 1000, &cl->weight);
	extensions = ytree_get(entry, "extensions");
	if (!ret && extensions)
		ret = take_extensions(r, extensions, cl);
	return ret;
}

static int take_all(const struct reader *r, const struct ytree *top)
{
	static const char *const keys[] = { "term", "timezone", "roster", "late", "labs", NULL };
	const struct ytree *labs = ytree_get(top, "labs");
	const char *term = NULL, *roster = NULL;
	size_t i;
	int ret = known(r, top, "a course file", keys);

	if (!ret)
		ret = text(r, top, "term", &term);
	if (!ret)
		ret = text(r, top, "roster", &roster);
	if (!ret)
		ret = take_zone(r, top);
	if (!ret && ytree_get(top, "late"))
		ret = take_late(r, ytree_get(top, "late"));
	if (!ret && (!labs || labs->kind != YTREE_MAP || !labs->count))
		ret = bad(r, labs ? labs->line : 1,
			  "no labs\nnext: add 'labs:' and below it, two spaces in, '02-records:'");
	for (i = 0; !ret && i < labs->count; i++)
		ret = take_lab(r, labs, i);
	if (ret)
		return ret;
	r->c->term = term ? xstrdup(term) : NULL;
	if (roster && *roster != '/' && strchr(r->path, '/'))
		r->c->roster = xasprintf("%.*s/%s", (int)(strrchr(r->path, '/') - r->path), r->path,
					 roster);
	else
		r->c->roster = roster ? xstrdup(roster) : NULL;
	return 0;
}

int course_read(const char *path, const struct manifest *m, struct course **out, struct err *e)
{
	struct reader r = { path, m, xcalloc(1, sizeof(struct course)), e };
	struct ytree *top;
	int ret = ytree_read(path, &top, e);

	r.c->path = xstrdup(path);
	if (!ret)
		ret = take_all(&r, top);
	ytree_free(top);
	if (ret)
		course_free(r.c);
	*out = ret ? NULL : r.c;
	return ret;
}

struct course *course_default(const struct manifest *m)
{
	struct course *c = xcalloc(1, sizeof(*c));

	for (; c->count < m->labs_count; c->count++)
		c->lab[c->count] = (struct course_lab){
			.lab = &m->labs[c->count],
			.points = manifest_lab_points(&m->labs[c->count]),
			.weight = 1,
		};
	return c;
}

void course_free(struct course *c)
{
	size_t i, k;

	if (!c)
		return;
	for (i = 0; i < c->count; i++) {
		for (k = 0; k < c->lab[i].extensions; k++)
			free(c->lab[i].extension[k].student);
		free(c->lab[i].extension);
	}
	free(c->path);
	free(c->term);
	free(c->roster);
	free(c);
}

int course_people_check(const struct course *c, bool (*knows)(const void *people, const char *id),
			const void *people, struct err *e)
{
	size_t i, k;

	for (i = 0; i < c->count; i++)
		for (k = 0; k < c->lab[i].extensions; k++) {
			const struct course_extension *x = &c->lab[i].extension[k];

			if (!knows(people, x->student))
				return err_set(e, EINVAL,
					       "%s, line %d: nobody on the roster is '%.60s'\n"
					       "next: write the id as the roster has it, or take "
					       "the line out",
					       c->path, x->line, x->student);
		}
	return 0;
}

/* By the calendar of the course: the day on which clocks are set back has 25 hours. */
static long days_begun(time_t deadline, time_t submitted)
{
	long days = (submitted - deadline) / DAY - 1;
	struct tm start, tm;

	if (days < 0)
		days = 0;
	localtime_r(&deadline, &start);
	do {
		days++;
		tm = start;
		tm.tm_mday += (int)days;
		tm.tm_isdst = -1;
	} while (mktime(&tm) < submitted);
	return days;
}

time_t course_extension(const struct course_lab *lab, const char *student)
{
	size_t i;

	for (i = 0; i < lab->extensions; i++)
		if (!strcmp(lab->extension[i].student, student))
			return lab->extension[i].deadline;
	return 0;
}

static time_t deadline_of(const struct course_lab *lab, const char *student)
{
	time_t own = course_extension(lab, student);

	return own ? own : lab->deadline;
}

bool course_in_time(const struct course *c, const struct course_lab *lab, const char *student,
		    time_t submitted)
{
	return submitted <= deadline_of(lab, student) + c->grace_minutes * 60;
}

long course_late(const struct course *c, const struct course_lab *lab, const char *student,
		 time_t submitted, double *share)
{
	long days;

	*share = 1;
	if (!submitted || !lab->deadline || course_in_time(c, lab, student, submitted))
		return 0;
	days = days_begun(deadline_of(lab, student), submitted);
	if (!c->late)
		return days;
	*share = days > c->maximum_days ? 0 : 1 - c->percent * (double)days / 100;
	if (*share < 0)
		*share = 0;
	return days;
}

/* ----------------------------------------------------------------- command */

static void print_course(const struct course *c, size_t people)
{
	size_t i, k;

	printf("%s\n", c->term ? c->term : "(no term)");
	for (i = 0; i < c->count; i++) {
		const struct course_lab *cl = &c->lab[i];
		char when[64] = "no deadline";
		struct tm tm;

		if (cl->deadline)
			strftime(when, sizeof(when), "until %a %Y-%m-%d %H:%M %Z",
				 localtime_r(&cl->deadline, &tm));
		printf("  %-14s %6g points, weight %g, %s%s\n", cl->lab->id, cl->points, cl->weight,
		       when, cl->lab->bonus ? ", bonus" : "");
		for (k = 0; k < cl->extensions; k++) {
			strftime(when, sizeof(when), "%a %Y-%m-%d %H:%M %Z",
				 localtime_r(&cl->extension[k].deadline, &tm));
			printf("    %s: until %s\n", cl->extension[k].student, when);
		}
	}
	if (c->late)
		printf("late: %g percent for each day begun, %ld minutes of grace, no points after "
		       "%ld days\n",
		       c->percent, c->grace_minutes, c->maximum_days);
	else
		printf("late: nothing is taken off\n");
	if (c->roster)
		printf("roster: %zu people in %s\n", people, c->roster);
}

static int check(const char *path, struct err *e)
{
	struct roster roster = { 0 };
	struct manifest *m = NULL;
	struct course *c = NULL;
	struct kit *kit = NULL;
	int ret = command_open(NULL, &kit, &m, NULL, e);

	if (!ret)
		ret = course_read(path, m, &c, e);
	if (!ret && c->roster)
		ret = roster_read(c->roster, &roster, e);
	if (!ret && c->roster)
		ret = course_people_check(c, roster_knows, &roster, e);
	if (!ret)
		print_course(c, roster.count);
	roster_clear(&roster);
	course_free(c);
	manifest_free(m);
	kit_close(kit);
	return ret;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	return key == ARGP_KEY_ARG ? command_word(state, arg, state->input, 2) : ARGP_ERR_UNKNOWN;
}

int cmd_course(int argc, char **argv)
{
	static const struct argp argp = {
		NULL,
		parse,
		"check FILE",
		"Read a course file and its roster as batch and export would, and print what they say. "
		"GRADING.md, \"The whole term\", has an example.",
		NULL,
		NULL,
		NULL
	};
	const char *word[2] = { NULL };
	struct err e = { 0 };

	argp_parse(&argp, argc, argv, 0, NULL, word);
	if (!word[1] || strcmp(word[0], "check")) {
		fprintf(stderr,
			"mmaplab: what about the course? next: mmaplab course check FILE\n");
		return EXIT_UNUSABLE;
	}
	return check(word[1], &e) ? command_unusable(&e) : 0;
}
