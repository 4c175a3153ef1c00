// SPDX-License-Identifier: GPL-2.0-only
/*
 * procfs.c - what /proc says of a process: its mappings, descriptors and
 * children; see proc(5).
 */
#include "judge.h"
#include "subject.h"
#include "suite.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NEAR (1UL << 20)

char *proc_slurp(const char *path, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t size = 16384, used = 0;
	char *text, *more;
	ssize_t n;

	if (fd < 0)
		return NULL;
	text = malloc(size);
	if (!text)
		judge_broken("out of memory");
	while ((n = read(fd, text + used, size - used - 1)) > 0) {
		used += (size_t)n;
		if (size - used > PAGE)
			continue;
		size *= 2;
		more = realloc(text, size);
		if (!more)
			judge_broken("out of memory");
		text = more;
	}
	close(fd);
	if (n < 0) {
		free(text);
		return NULL;
	}
	text[used] = '\0';
	if (len)
		*len = used;
	/* Many texts are kept to the test's end: the next one gets what this leaves. */
	more = realloc(text, used + 1);
	return more ? more : text;
}

static char *slurp_pid(pid_t pid, const char *name)
{
	char path[64];
	char *text;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	text = proc_slurp(path, NULL);
	if (!text)
		judge_broken("read %s: %s", path, judge_errno_name(errno));
	return text;
}

bool path_ends(const char *path, const char *end)
{
	static const char deleted[] = " (deleted)";
	size_t len = strlen(path), end_len = strlen(end);

	if (len >= end_len && !strcmp(path + len - end_len, end))
		return true;
	if (len < sizeof(deleted) || strcmp(path + len - strlen(deleted), deleted))
		return false;
	len -= strlen(deleted);
	return len >= end_len && !memcmp(path + len - end_len, end, end_len);
}

/* --------------------------------------------------------------------- maps */

static unsigned digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 : 16;
}

/*
 * A number, and the character after it. By hand, and so is the line below: under
 * emulation sscanf() took a fifth of all instructions of lab 07's machine.
 */
static bool number_then(const char **p, unsigned base, char after, uint64_t *value)
{
	const char *start = *p;
	unsigned digit;

	for (*value = 0; (digit = digit_value(**p)) < base; (*p)++)
		*value = *value * base + digit;
	return *p > start && *(*p)++ == after;
}

/* One line of maps; path points into the line, which loses its newline. */
static bool vma_parse(const char *line, struct vma *v)
{
	const char *p = line, *perms;
	uint64_t major, minor;

	if (!number_then(&p, 16, '-', &v->start) || !number_then(&p, 16, ' ', &v->end))
		return false;
	perms = p;
	if (strnlen(p, 5) < 5 || p[4] != ' ')
		return false;
	p += 5;
	if (!number_then(&p, 16, ' ', &v->offset) || !number_then(&p, 16, ':', &major) ||
	    !number_then(&p, 16, ' ', &minor) || !number_then(&p, 10, ' ', &v->inode))
		return false;
	v->r = perms[0] == 'r';
	v->w = perms[1] == 'w';
	v->x = perms[2] == 'x';
	v->shared = perms[3] == 's';
	v->dev_major = (unsigned)major;
	v->dev_minor = (unsigned)minor;
	v->path = p + strspn(p, " ");
	return true;
}

char *next_line(char **text)
{
	char *line = *text, *end;

	if (!*line)
		return NULL;
	end = strchr(line, '\n');
	if (end)
		*end++ = '\0';
	else
		end = line + strlen(line);
	*text = end;
	return line;
}

/* Mappings of a text that the caller keeps as long as the result. */
static struct vma *maps_parse(char *text, size_t *count)
{
	size_t lines = 1, n = 0;
	struct vma *vmas;
	char *p;

	for (p = text; *p; p++)
		lines += *p == '\n';
	vmas = xalloc(lines * sizeof(*vmas));
	while ((p = next_line(&text)))
		n += vma_parse(p, &vmas[n]);
	*count = n;
	return vmas;
}

const struct vma *maps_read(pid_t pid, size_t *count)
{
	return maps_parse(slurp_pid(pid, "maps"), count);
}

static const struct vma *maps_first(pid_t pid, const char *path_end, uint64_t addr)
{
	char *text = slurp_pid(pid, "maps");
	struct vma *found = NULL;
	struct vma *vmas;
	size_t n, i;

	vmas = maps_parse(text, &n);
	for (i = 0; i < n && !found; i++) {
		if (path_end ? !path_ends(vmas[i].path, path_end) :
			       addr < vmas[i].start || addr >= vmas[i].end)
			continue;
		found = xalloc(sizeof(*found));
		*found = vmas[i];
		found->path = judge_fmt("%s", vmas[i].path);
	}
	free(vmas);
	free(text);
	return found;
}

const struct vma *maps_find(pid_t pid, const char *path_end)
{
	return maps_first(pid, path_end, 0);
}

const struct vma *maps_at(pid_t pid, uint64_t addr)
{
	return maps_first(pid, NULL, addr);
}

size_t maps_count(pid_t pid)
{
	char *text = slurp_pid(pid, "maps");
	size_t n;

	free(maps_parse(text, &n));
	free(text);
	return n;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

char *maps_describe(pid_t pid, uint64_t addr)
{
	char *text = proc_slurp(judge_fmt("/proc/%d/maps", pid), NULL);
	const struct vma *below = NULL;
	struct vma *vmas;
	size_t n, i;

	if (!text)
		return NULL;
	if (addr < PAGE)
		return addr ? judge_fmt("NULL plus %d, or MAP_FAILED plus %d", (int)addr,
					(int)addr + 1) :
			      judge_fmt("NULL");
	if (addr > UINT64_MAX - PAGE)
		return addr < UINT64_MAX ?
			       judge_fmt("MAP_FAILED minus %d", (int)(UINT64_MAX - addr)) :
			       judge_fmt("MAP_FAILED");
	vmas = maps_parse(text, &n);
	for (i = 0; i < n && vmas[i].start <= addr; i++)
		below = &vmas[i];
	if (!below || (addr >= below->end && addr - below->end > NEAR))
		return judge_fmt("far from any mapping");
	text = judge_fmt("%s", *below->path ? base_name(below->path) : "anonymous memory");
	if (addr < below->end)
		return judge_fmt("byte %" PRIu64 " of the mapping of %s at %#" PRIx64,
				 addr - below->start, text, below->start);
	return judge_fmt("%" PRIu64 " bytes past the end of the mapping of %s at %#" PRIx64,
			 addr - below->end, text, below->start);
}

const char *smaps_field(pid_t pid, uint64_t addr, const char *name)
{
	char *text = slurp_pid(pid, "smaps");
	size_t len = strlen(name);
	bool inside = false;
	struct vma v;
	char *line;

	while ((line = next_line(&text))) {
		if (vma_parse(line, &v))
			inside = addr >= v.start && addr < v.end;
		else if (inside && !strncmp(line, name, len) && line[len] == ':')
			return line + len + 1 + strspn(line + len + 1, " \t");
	}
	return NULL;
}

/* -------------------------------------------------------------- descriptors */

static size_t entries(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *e;
	size_t n = 0;

	if (!dir)
		judge_broken("opendir %s: %s", path, judge_errno_name(errno));
	while ((e = readdir(dir)))
		n += e->d_name[0] != '.';
	closedir(dir);
	return n;
}

size_t fds_count(pid_t pid)
{
	return entries(judge_fmt("/proc/%d/fd", pid));
}

size_t zombies_of(pid_t pid)
{
	char path[32], state;
	struct dirent *e;
	size_t count = 0;
	char *text, *p;
	int parent;
	DIR *dir;

	/* A traced zombie stays until the judge has taken note of its end. */
	pump(0);
	dir = opendir("/proc");
	if (!dir)
		judge_broken("opendir /proc: %s", judge_errno_name(errno));
	while ((e = readdir(dir))) {
		if (atoi(e->d_name) <= 0)
			continue;
		snprintf(path, sizeof(path), "/proc/%d/stat", atoi(e->d_name));
		text = proc_slurp(path, NULL);
		p = text ? strrchr(text, ')') : NULL;
		if (p && sscanf(p + 1, " %c %d", &state, &parent) == 2)
			count += state == 'Z' && parent == pid;
		free(text);
	}
	closedir(dir);
	return count;
}

/* A small file of /proc/PID, or NULL when the process has gone. */
static char *proc_small(pid_t pid, const char *name)
{
	return proc_slurp(judge_fmt("/proc/%d/%s", pid, name), NULL);
}

char process_state(pid_t pid)
{
	char *text = proc_small(pid, "stat");
	char *p = text ? strrchr(text, ')') : NULL;
	char state = p && p[1] ? p[2] : 0;

	free(text);
	return state;
}

void process_oom_score(pid_t pid, const char *score)
{
	int fd = open(judge_fmt("/proc/%d/oom_score_adj", pid), O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (write(fd, score, strlen(score)) < 0)
		errno = 0;
	close(fd);
}

bool process_waits_in(pid_t pid, long nr, uint64_t *arg)
{
	char *text = proc_small(pid, "syscall");
	unsigned long long first = 0;
	long got = -1;
	bool waits = text && sscanf(text, "%ld %llx", &got, &first) == 2 && got == nr;

	free(text);
	if (waits && arg)
		*arg = first;
	return waits;
}

bool process_catches(pid_t pid, int sig)
{
	static const char name[] = "\nSigCgt:";
	char *text = proc_small(pid, "status"), *at = text ? strstr(text, name) : NULL;
	bool caught = at && strtoull(at + strlen(name), NULL, 16) >> (sig - 1) & 1;

	free(text);
	return caught;
}

size_t children_of(pid_t pid, pid_t *kids, size_t max)
{
	char *text = proc_small(pid, judge_fmt("task/%d/children", pid)), *p = text, *end;
	size_t n = 0;
	pid_t kid;

	while (p && n < max && (kid = (pid_t)strtol(p, &end, 10)) > 0) {
		char state = process_state(kid);

		p = end;
		if (state && state != 'Z' && state != 'X')
			kids[n++] = kid;
	}
	free(text);
	return n;
}

void process_faults(pid_t pid, long *minor, long *major)
{
	char *text = proc_small(pid, "stat");
	char *p = text ? strrchr(text, ')') : NULL;

	if (!p || sscanf(p + 1, " %*c %*d %*d %*d %*d %*d %*u %ld %*u %ld", minor, major) != 2)
		*minor = *major = 0;
	free(text);
}

long process_number(pid_t pid, const char *file, const char *name)
{
	char *text = proc_small(pid, file), *rest = text, *line;
	size_t len = strlen(name);
	long value = -1;

	while (rest && (line = next_line(&rest)))
		if (!strncmp(line, name, len) && line[len] == ':')
			value = atol(line + len + 1);
	free(text);
	return value;
}
