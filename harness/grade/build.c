// SPDX-License-Identifier: GPL-2.0-only
/*
 * build.c - what building a program and a module have in common, see build.h
 * and build_job.h.
 */
#include "build.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "build_job.h"
#include "util.h"

#define MAX_DEPS (1 << 20)

char *build_stem(const char *path)
{
	const char *base = strrchr(path, '/');
	char *s = xstrdup(base ? base + 1 : path);

	*strrchr(s, '.') = '\0';
	return s;
}

void build_set_text(struct build *b, enum build_status status, char *text)
{
	free(b->text);
	b->status = status;
	b->text = text;
}

/* ---------------------------------------------------------------- layout */

static int write_new(const char *dir, const char *name, const void *data, size_t size, mode_t mode,
		     struct err *e)
{
	char *path = xasprintf("%s/%s", dir, name), *parent = xstrdup(path);
	int fd, ret;
	size_t done = 0;

	*strrchr(parent, '/') = '\0';
	ret = make_dirs(parent, e);
	if (ret)
		goto out;
	/* A new file each time: the old one may be in use by a machine. */
	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	if (fd < 0) {
		ret = err_set(e, errno, "create %s: %s", path, strerror(errno));
		goto out;
	}
	while (!ret && done < size) {
		ssize_t n = write(fd, (const char *)data + done, size - done);

		if (n < 0)
			ret = err_set(e, errno, "write %s (%zu bytes): %s", path, size,
				      strerror(errno));
		else
			done += n;
	}
	if ((fchmod(fd, mode) || close(fd)) && !ret)
		ret = err_set(e, errno, "close %s: %s", path, strerror(errno));
out:
	free(parent);
	free(path);
	return ret;
}

/* A file of the kit, copied to its place in the work folder. */
static int copy_in(const struct build_job *j, const char *from, const char *name, struct err *e)
{
	char *to = xasprintf("%s/%s", j->work, name);
	int ret = copy_file(from, to, e);

	free(to);
	return ret;
}

/* Where a header of the kit belongs in the work folder: fresh memory. */
static char *header_place(const struct build_job *j, const char *header)
{
	const char *root = j->kit->root, *first = j->lab->files[0], *base = strrchr(header, '/');
	size_t n = root ? strlen(root) : 0;

	if (n && !strncmp(header, root, n) && header[n] == '/')
		return xstrdup(header + n + 1);
	return xasprintf("%.*s/%s", (int)(strrchr(first, '/') - first), first,
			 base ? base + 1 : header);
}

int build_lay_out(struct build_job *j, struct err *e)
{
	int ret = 0;
	size_t i;

	for (i = 0; i < j->lab->files_count && !ret; i++) {
		const struct collect_file *f = collection_find(j->c, j->lab->files[i]);

		if (!f || !f->data)
			return err_set(e, EINVAL, "build %s: %s was not collected", j->lab->id,
				       j->lab->files[i]);
		ret = write_new(j->work, f->path, f->data, f->size, 0644, e);
	}
	for (i = 0; i < j->kit->headers_count && !ret; i++) {
		char *name = header_place(j, j->kit->headers[i]);

		ret = copy_in(j, j->kit->headers[i], name, e);
		free(name);
	}
	if (j->kit->given && !ret)
		ret = copy_in(j, j->kit->given, BUILD_GIVEN, e);
	return ret ? ret : write_new(j->work, "obj/.keep", "", 0, 0644, e);
}

int build_add(struct build_job *j, const char *name, const void *data, size_t size, struct err *e)
{
	return write_new(j->work, name, data, size, 0644, e);
}

/* ---------------------------------------------------------------- checks */

/* The dependency file shows what was read; this only gives a clear word
 * early, to who did not mean to hide it. */
static bool has_incbin(const struct build_job *j, const char **path)
{
	size_t i;

	for (i = 0; i < j->lab->files_count; i++) {
		const struct collect_file *f = collection_find(j->c, j->lab->files[i]);

		*path = j->lab->files[i];
		if (f && f->data && strcasestr(f->data, ".incbin"))
			return true;
	}
	return false;
}

/* What no compiler can bring about, whatever it was made to do. */
static bool is_hosts_fault(int ret)
{
	return ret == -EIO || ret == -ENOMEM || ret == -EMFILE || ret == -ENFILE;
}

/* Takes over foreign. */
static bool reject_foreign(struct build_job *j, const char *path, char *foreign)
{
	char *shown = clean_text(foreign, strlen(foreign));

	build_set_text(
		j->b, BUILD_REJECTED,
		xasprintf(
			"%s reads %s while it is compiled; only the lab's own files and the system's headers below /usr may be read.\n"
			"What the compiler said is withheld.",
			path, shown));
	free(shown);
	free(foreign);
	return false;
}

bool build_has(const struct build_job *j, const char *name)
{
	char *data = NULL;
	size_t size;
	int ret = confine_read(j->work, name, MAX_DEPS, &data, &size, NULL);

	free(data);
	/* Who reads it then meets what is wrong with it. */
	return ret != -ENOENT;
}

bool build_check_deps(struct build_job *j, const char *path, const char *name)
{
	char *deps = NULL, *foreign;
	size_t size;
	int ret = confine_read(j->work, name, MAX_DEPS, &deps, &size, &j->fault);
	bool missing = ret != 0;

	if (is_hosts_fault(ret))
		return false;
	j->fault.code = 0;
	foreign = missing ? NULL : build_foreign_dep(deps, &j->roots);
	free(deps);
	if (foreign)
		return reject_foreign(j, path, foreign);
	/* A compiler that fails may leave none; one that succeeds does not. */
	if (!missing || j->b->status != BUILD_OK)
		return true;
	build_set_text(j->b, BUILD_REJECTED,
		       xasprintf("%s: the list of files that it reads cannot be checked.", path));
	return false;
}

int build_checked(const struct build_job *j, struct err *e)
{
	return j->fault.code ?
		       err_set(e, j->fault.code, "build %s: %.1500s", j->lab->id, j->fault.text) :
		       0;
}

bool build_check_messages(struct build_job *j)
{
	char *foreign = build_foreign_message(j->r.output, &j->roots);

	return !foreign || reject_foreign(j, j->lab->files[0], foreign);
}

/* By more than a quota leaves: is there room for what a compiler writes? */
static bool has_room(const struct build_job *j)
{
	char *path = xasprintf("%s/.room", j->work);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	bool has = fd >= 0 && !posix_fallocate(fd, 0, 4 << 20);

	if (fd >= 0)
		close(fd);
	unlink(path);
	free(path);
	return has;
}

/* How many processes the host has killed for want of memory; -1 if it does not say. */
static long long oom_kills(void)
{
	static const char name[] = "\noom_kill ";
	char *text = read_text("/proc/vmstat"), *at = text ? strstr(text, name) : NULL;
	long long n = at ? atoll(at + strlen(name)) : -1;

	free(text);
	return n;
}

/*
 * Nothing in a build sends SIGKILL (a processor limit is SIGXCPU): it is the host that has
 * too little memory, and takes the compiler first. What the compiler's driver says of it
 * proves nothing alone, as of a full disk.
 */
static bool was_killed(const struct build_job *j, long long kills_before)
{
	if (j->r.end == CONFINE_SIGNALED && j->r.code == SIGKILL)
		return true;
	return j->r.code && oom_kills() != kills_before &&
	       (strstr(j->r.output, "Killed signal terminated program") ||
		strstr(j->r.output, "terminated with signal 9"));
}

/* A full disk is our fault, whatever the compiler makes of it; its words
 * alone prove nothing, a source can contain them. */
static bool disk_is_full(const struct build_job *j)
{
	struct statvfs v;

	if (strstr(j->r.output, "Disk quota exceeded") && !has_room(j))
		return true;
	return strstr(j->r.output, "No space left on device") && !statvfs(j->work, &v) &&
	       (v.f_bavail * v.f_frsize < (4 << 20) || v.f_favail == 0);
}

/* In the words of what ran, among which may be some of the student's. */
static int kit_failed(const struct build_job *j, struct err *e)
{
	bool missing = j->r.code == 127;
	char *words = clean_text(j->r.output, strnlen(j->r.output, missing ? 500 : 1500));
	int ret = err_set(e, missing ? ENOENT : EIO, "build %s: %s%s", j->lab->id, words,
			  missing ? "\nnext: apt-get install gcc make libc6-dev" : "");

	free(words);
	return ret;
}

int build_run(struct build_job *j, const struct confine_bind *binds, size_t binds_count,
	      struct err *e)
{
	struct confine_bind all[CONFINE_MAX_BINDS];
	const char *argv[] = { "sh", "-c", j->script, NULL };
	struct confine_job cj = { .argv = argv,
				  .work = j->work,
				  .binds = all,
				  .binds_count = binds_count,
				  .deadline_ms = j->kit->deadline_ms };
	long long kills = oom_kills();
	char *script = NULL;
	size_t i;
	int ret;

	for (i = 0; i < binds_count; i++)
		all[i] = binds[i];
	/* Without namespaces the compiler might not reach it, and would say so. */
	if (j->kit->preload && confine_level(e) == CONFINE_NAMESPACES) {
		all[cj.binds_count++] =
			(struct confine_bind){ j->kit->preload, "/preload.so", "PRELOAD" };
		script = xasprintf("export LD_PRELOAD=$PRELOAD\n%s", j->script);
		argv[2] = script;
	}
	ret = confine_run(&cj, &j->r, e);
	free(script);
	if (ret)
		return ret;
	j->b->level = j->r.level;
	j->b->ms = j->r.ms;
	if (j->r.end == CONFINE_EXITED && (j->r.code == BUILD_EXIT_KIT || j->r.code == 127))
		return kit_failed(j, e);
	if (j->r.code && disk_is_full(j))
		return err_set(e, ENOSPC, "build %s: no space left in %s", j->lab->id, j->work);
	/* At work, a compiler needs most of its time on the clock from a processor. */
	if (j->r.end == CONFINE_TIMEOUT && j->r.cpu_ms < j->r.ms / 4)
		return err_set(
			e, ETIMEDOUT,
			"build %s: the compiler was stopped after %u s, of which it got a processor for %u\n"
			"next: fewer at a time (--jobs 1), then the same command again",
			j->lab->id, j->r.ms / 1000, j->r.cpu_ms / 1000);
	if (was_killed(j, kills))
		return err_set(
			e, ENOMEM,
			"build %s: the host killed the compiler, most likely for want of memory\n"
			"next: fewer at a time (--jobs 1), then the same command again",
			j->lab->id);
	return 0;
}

void build_judge_end(struct build_job *j)
{
	char *log = build_clean_log(j->r.output, j->r.output_size, j->r.output_cut, &j->roots);
	const char *more = "";

	if (j->r.end == CONFINE_TIMEOUT)
		more = "The compiler took too long and was stopped.\n";
	else if (strstr(j->r.output, "CPU time limit exceeded"))
		more = "The compiler used up its processor time.\n";
	else if (strstr(j->r.output, "File size limit exceeded") ||
		 strstr(j->r.output, "File too large"))
		more = "What the compiler wrote became too large (64 MiB).\n";
	else if (strstr(j->r.output, "out of memory") ||
		 strstr(j->r.output, "Cannot allocate memory"))
		more = "The compiler used up its memory (2 GiB).\n";
	if (j->r.end == CONFINE_EXITED && j->r.code == 0) {
		build_set_text(j->b, BUILD_OK, log);
		return;
	}
	if (!*log && !*more)
		more = "The compiler failed without a word.";
	build_set_text(j->b, BUILD_FAILED, xasprintf("%s%s", more, log));
	free(log);
}

/* ---------------------------------------------------------------- results */

int build_fetch(struct build_job *j, const char *from, const char *to, size_t max, mode_t mode,
		char **path, struct err *e)
{
	struct err why;
	size_t size;
	char *data;
	int ret = confine_read(j->work, from, max, &data, &size, &why);

	*path = NULL;
	if (ret == -ENOENT && j->b->status == BUILD_FAILED)
		return 0;
	if (ret == -EFBIG) {
		build_set_text(j->b, BUILD_FAILED,
			       xasprintf("%s: what it compiles to is larger than %zu MiB",
					 j->lab->files[0], max >> 20));
		return 0;
	}
	if (ret)
		return err_set(e, -ret, "build %s: %s", j->lab->id, why.text);
	ret = write_new(j->dir, to, data, size, mode, e);
	free(data);
	if (!ret)
		*path = xasprintf("%s/%s", j->dir, to);
	return ret;
}

int build_start(struct build_job *j, const struct lab_def *lab, const struct collection *c,
		const struct build_kit *kit, const char *dir, struct err *e)
{
	const char *problem = collection_problem(c, lab), *path;

	memset(j, 0, sizeof(*j));
	j->lab = lab;
	j->c = c;
	j->kit = kit;
	j->dir = dir;
	j->b = xcalloc(1, sizeof(*j->b));
	j->b->text = xstrdup("");
	if (problem) {
		build_set_text(j->b, BUILD_FAILED, xstrdup(problem));
		return 0;
	}
	if (has_incbin(j, &path)) {
		build_set_text(
			j->b, BUILD_REJECTED,
			xasprintf(
				"%s contains .incbin, which copies a file of the machine that compiles it; take the word out, also in a comment.",
				path));
		return 0;
	}
	return confine_folder(dir, &j->work, e);
}

int build_finish(struct build_job *j, int ret, struct build **out)
{
	confine_result_clear(&j->r);
	confine_folder_remove(j->work);
	free(j->work);
	free(j->script);
	if (ret) {
		build_free(j->b);
		j->b = NULL;
	}
	*out = j->b;
	return ret;
}

void build_free(struct build *b)
{
	size_t i;

	if (!b)
		return;
	for (i = 0; i < MANIFEST_MAX_FILES; i++)
		free(b->objects[i]);
	free(b->text);
	free(b->output);
	free(b->debug);
	free(b);
}
