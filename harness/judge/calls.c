// SPDX-License-Identifier: GPL-2.0-only
/*
 * calls.c - the system calls a traced subject made: kept in order, each with
 * the path its descriptor or argument named when the call began.
 */
#include "judge.h"
#include "subject.h"
#include "suite.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#define CALLS_MAX 20000
#define PATHS_MAX 4096
#define TEXT_LINES 12

struct calls {
	struct call *list; /* never moves: tests keep pointers into it */
	const char **path2;
	size_t count, dropped;
};

struct calls *calls_new(void)
{
	size_t len = CALLS_MAX * (sizeof(struct call) + sizeof(char *));
	struct calls *cs = xalloc(sizeof(*cs));

	/* Pages come as they are used: most subjects make some 50 calls. */
	cs->list = mmap(NULL, len, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (cs->list == MAP_FAILED)
		judge_broken("mmap: %s", judge_errno_name(errno));
	cs->path2 = (const char **)(cs->list + CALLS_MAX);
	return cs;
}

/* One copy of each path; open addressing, and plain copies when it is full. */
static const char *intern(const char *path)
{
	static const char *table[PATHS_MAX];
	static size_t used;
	size_t hash = 5381, i;

	for (i = 0; path[i]; i++)
		hash = hash * 33 ^ (unsigned char)path[i];
	for (i = hash % PATHS_MAX; table[i]; i = (i + 1) % PATHS_MAX)
		if (!strcmp(table[i], path))
			return table[i];
	if (used > PATHS_MAX / 2)
		return judge_fmt("%s", path);
	used++;
	return table[i] = judge_fmt("%s", path);
}

/* A string in the subject's memory, read page by page up to its NUL. */
static const char *string_at(pid_t pid, uint64_t addr)
{
	char text[4097];
	size_t used = 0, part;

	while (used < sizeof(text) - 1) {
		part = 4096 - ((addr + used) & 4095);
		if (part > sizeof(text) - 1 - used)
			part = sizeof(text) - 1 - used;
		if (!memory_read(pid, addr + used, text + used, part))
			break;
		used += part;
		if (memchr(text + used - part, '\0', part))
			return intern(text);
	}
	return NULL;
}

static const char *descriptor_path(pid_t pid, int fd)
{
	char link[64], path[4096];
	ssize_t n;

	if (fd < 0)
		return NULL;
	snprintf(link, sizeof(link), "/proc/%d/fd/%d", pid, fd);
	n = readlink(link, path, sizeof(path) - 1);
	if (n < 0)
		return NULL;
	path[n] = '\0';
	return intern(path);
}

void calls_enter(struct call *c, const char **path2, bool foreign)
{
	const char *args, *p;
	int fds = 0;

	*path2 = NULL;
	if (foreign || c->nr < 0) {
		c->nr |= CALL_FOREIGN;
		return;
	}
	args = call_def(c->nr)->args;
	/* fstat(3) reaches the kernel as newfstatat(fd, "", AT_EMPTY_PATH). */
	if (c->nr == SYS_newfstatat && c->args[3] & AT_EMPTY_PATH) {
		c->path = descriptor_path(c->pid, (int)c->args[0]);
		return;
	}
	for (p = args; p && *p && p - args < 6; p++) {
		uint64_t arg = c->args[p - args];

		if (*p == 'f' && fds++ == 0)
			c->path = descriptor_path(c->pid, (int)arg);
		else if (*p == 'f')
			*path2 = descriptor_path(c->pid, (int)arg);
		else if (*p == 'p' && !c->path)
			c->path = string_at(c->pid, arg);
	}
}

void calls_leave(struct calls *cs, const struct call *c, const char *path2)
{
	if (cs->count == CALLS_MAX) {
		cs->dropped++;
		return;
	}
	cs->list[cs->count] = *c;
	cs->path2[cs->count++] = path2;
}

/* ---------------------------------------------------------------- questions */

static const struct calls *calls_of(const struct subject *s)
{
	if (!s->calls)
		judge_broken("the calls of %s were not traced", s->name);
	pump(0);
	return s->calls;
}

const struct call *subject_calls(const struct subject *s, size_t *count)
{
	const struct calls *cs = calls_of(s);

	*count = cs->count;
	return cs->list;
}

static bool matches(const char *path, const char *path_end)
{
	return !path_end || (path && path_ends(path, path_end));
}

size_t calls_count(const struct subject *s, long nr, const char *path_end)
{
	const struct calls *cs = calls_of(s);
	size_t i, n = 0;

	for (i = 0; i < cs->count; i++)
		n += cs->list[i].nr == nr && cs->list[i].ret >= 0 &&
		     matches(cs->list[i].path, path_end);
	return n;
}

/*
 * Calls that can move any file's data without naming it here (io_uring,
 * kernel AIO, the 32-bit interface) count for every path: no program of a
 * lab has a reason to make them.
 */
static bool moves_unseen(const struct call *c)
{
	return c->nr & CALL_FOREIGN || c->nr == SYS_io_uring_enter || c->nr == SYS_io_uring_setup ||
	       c->nr == SYS_io_submit;
}

static size_t moving(const struct subject *s, const char *path_end, bool rd)
{
	const struct calls *cs = calls_of(s);
	size_t i, n = 0;

	for (i = 0; i < cs->count; i++) {
		const struct call *c = &cs->list[i];
		const struct calldef *def = call_def(c->nr);
		int which = rd ? def->rd : def->wr;

		if (c->ret < 0)
			continue;
		if (moves_unseen(c))
			n++;
		else if (which)
			n += matches(which == 1 ? c->path : cs->path2[i], path_end);
	}
	return n;
}

size_t calls_reading(const struct subject *s, const char *path_end)
{
	return moving(s, path_end, true);
}

size_t calls_writing(const struct subject *s, const char *path_end)
{
	return moving(s, path_end, false);
}

const struct call *find_mmap(const struct subject *s, const char *path_end)
{
	const struct calls *cs = calls_of(s);
	size_t i;

	for (i = 0; i < cs->count; i++) {
		const struct call *c = &cs->list[i];
		/* ret is an address, negative only as an errno. */
		bool ok = c->nr == SYS_mmap && c->ret >= 0;
		bool anonymous = c->args[3] & MAP_ANONYMOUS;

		if (!ok || anonymous == (path_end != NULL))
			continue;
		if (path_end ? matches(c->path, path_end) :
			       !(c->args[3] & (MAP_STACK | MAP_NORESERVE)))
			return c;
	}
	return NULL;
}

/* --------------------------------------------------------------------- text */

/* The C library's own start has ended with the first of these calls. */
static bool starts_program(const struct call *c)
{
	switch (c->nr) {
	case SYS_open:
	case SYS_openat:
	case SYS_creat:
	case SYS_mmap:
	case SYS_memfd_create:
	case SYS_truncate:
	case SYS_unlink:
	case SYS_rename:
		return true;
	default:
		return false;
	}
}

const char *calls_text(const struct subject *s)
{
	const struct calls *cs = calls_of(s);
	char *lines[TEXT_LINES] = { NULL };
	char *text = "", *line;
	size_t shown = 0, i, k;
	bool begun = false;

	for (i = 0; i < cs->count; i++) {
		const struct call *c = &cs->list[i];

		begun = begun || starts_program(c);
		line = begun ? call_print(c, cs->path2[i]) : NULL;
		if (!line)
			continue;
		if (c->pid != s->pid)
			line = judge_fmt("[%d] %s", c->pid, line);
		lines[shown++ % TEXT_LINES] = line;
	}
	if (shown > TEXT_LINES)
		text = judge_fmt("(%zu earlier calls)\n", shown - TEXT_LINES);
	for (k = shown > TEXT_LINES ? shown - TEXT_LINES : 0; k < shown; k++)
		text = judge_fmt("%s%s%s", text, lines[k % TEXT_LINES], k + 1 < shown ? "\n" : "");
	if (cs->dropped)
		text = judge_fmt("%s\n(%zu later calls were not kept)", text, cs->dropped);
	return text;
}
