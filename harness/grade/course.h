/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * course.h - what an instructor lays down for a term, in a small YAML file:
 *
 *	term: Operating systems, autumn 2026
 *	timezone: Europe/Berlin        # of all times without a zone; else the host's
 *	roster: roster.csv             # beside this file
 *	late:
 *	  percent per day: 10          # each day that has begun
 *	  grace minutes: 15
 *	  maximum days: 5              # then no points
 *	labs:
 *	  02-records:
 *	    deadline: 2026-10-12 23:59
 *	    points: 10                 # full marks; else the lab's own points
 *	    weight: 2                  # in the total; else 1
 *	    extensions:
 *	      s1001: 2026-10-19 23:59  # one person's own deadline
 */
#ifndef MMAPLAB_COURSE_H
#define MMAPLAB_COURSE_H

#include <stdbool.h>
#include <time.h>

#include "err.h"
#include "manifest.h"

/** struct course_extension - @student: of the roster; @line: of the course file */
struct course_extension {
	char *student;
	time_t deadline;
	int line;
};

/** struct course_lab - @deadline: 0: none; @points: full marks */
struct course_lab {
	const struct lab_def *lab;
	time_t deadline;
	struct course_extension *extension;
	size_t extensions;
	double points;
	double weight;
};

/**
 * struct course - a term
 * @path: the file it was read from, or NULL
 * @term: or NULL
 * @roster: path as it can be opened, or NULL
 * @late: is there a policy? Without one nothing is taken off, and days late are told only.
 */
struct course {
	char *path;
	char *term;
	char *roster;
	bool late;
	double percent;
	long grace_minutes;
	long maximum_days;
	struct course_lab lab[MANIFEST_MAX_LABS];
	size_t count;
};

/**
 * course_read() - read and check a course file; sets the process's time zone
 * Return: 0, or a negative errno with @e naming file and line. Release with
 * course_free(). All labs stay @m's.
 */
int course_read(const char *path, const struct manifest *m, struct course **out, struct err *e);
/** course_default() - all labs with their own points, and no deadline */
struct course *course_default(const struct manifest *m);
void course_free(struct course *c);

/** course_people_check() - is each person with an extension one whom @knows() knows? */
int course_people_check(const struct course *c, bool (*knows)(const void *people, const char *id),
			const void *people, struct err *e);

/** course_extension() - @student's own deadline of @lab, or 0 */
time_t course_extension(const struct course_lab *lab, const char *student);

/**
 * course_late() - how many days late is it, and what share of the points is left?
 * @student: whose deadline it is
 * @share: from 0 to 1
 * Return: days that have begun; 0 within the grace, or when either time is not known.
 */
long course_late(const struct course *c, const struct course_lab *lab, const char *student,
		 time_t submitted, double *share);
/** course_in_time() - came it by @student's deadline, or within the grace? */
bool course_in_time(const struct course *c, const struct course_lab *lab, const char *student,
		    time_t submitted);

#endif
