// SPDX-License-Identifier: GPL-2.0-only
/*
 * e2e.c - what the tests of the whole kit share, see e2e.h.
 */
#include "e2e.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "limit.h"

/* No run takes as long; one that does is stuck, and so is the machine. */
#define RUN_LIMIT_MS 600000
#define POLL_US 5000

static char root[4096];
static char folder[64];
static pid_t owner;
static int64_t run_limit_ms;

/* ---------------------------------------------------------------- program */

static void remove_folder(void)
{
	if (owner == getpid())
		e2e_shell("rm -rf %s", folder);
}

const char *e2e_program(void)
{
	const char *env = getenv("MMAPLAB_PROGRAM");

	return env && *env ? env : "build/mmaplab";
}

void e2e_begin(void)
{
	const char *env = getenv("MMAPLAB_ROOT");

	if (!realpath(env && *env ? env : ".", root) || chdir(root) ||
	    access(e2e_program(), X_OK)) {
		fprintf(stderr,
			"no %s in %s\n"
			"next: make built, and start this in the checkout\n",
			e2e_program(), root);
		exit(2);
	}
	unsetenv("MMAPLAB_ROOT");
	unsetenv("MMAPLAB_CONFINE");
	/* make hands these down, and they would change the make we test. */
	unsetenv("MAKEFLAGS");
	unsetenv("MAKELEVEL");
	unsetenv("MFLAGS");
	strcpy(folder, "/tmp/e2e-XXXXXX");
	if (!mkdtemp(folder) || chmod(folder, 0755)) {
		perror(folder);
		exit(2);
	}
	owner = getpid();
	atexit(remove_folder);
	setlinebuf(stdout);
	limit_check();
	run_limit_ms = limit_ms(RUN_LIMIT_MS);
}

int e2e_finish(Suite *s)
{
	SRunner *runner = srunner_create(s);
	int failed;

	srunner_set_fork_status(runner, CK_FORK);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	/* A suite that lost its tests must not look like success. */
	if (!srunner_ntests_run(runner) && !getenv("CK_RUN_CASE"))
		failed = 1;
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

const char *e2e_root(void)
{
	return root;
}

int64_t e2e_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

/* A step of the test itself that failed: no verdict on the kit. */
static void give_up(const char *what, const char *object)
{
	fprintf(stderr, "e2e: %s %s: %s\n", what, object, strerror(errno));
	_exit(3);
}

/* ------------------------------------------------------------------ files */

char *e2e_fmt(const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) < 0)
		give_up("format", fmt);
	va_end(ap);
	return s;
}

char *e2e_path(const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) < 0)
		give_up("format", fmt);
	va_end(ap);
	return e2e_fmt("%s/%s", folder, s);
}

void e2e_write(const char *path, const void *data, size_t size)
{
	char *copy = e2e_fmt("%s", path), *p;
	FILE *f;

	for (p = strchr(copy + 1, '/'); p; p = strchr(p + 1, '/')) {
		*p = '\0';
		mkdir(copy, 0755);
		*p = '/';
	}
	f = fopen(path, "w");
	if (!f || fwrite(data, 1, size, f) != size || fclose(f))
		give_up("write", path);
}

char *e2e_read(const char *path)
{
	FILE *f = fopen(path, "r");
	size_t used = 0, room = 1 << 16, n;
	char *text;

	if (!f)
		return NULL;
	text = malloc(room);
	while (text && (n = fread(text + used, 1, room - used - 1, f)) > 0) {
		used += n;
		if (room - used < 2) {
			room *= 2;
			text = realloc(text, room);
		}
	}
	fclose(f);
	if (!text)
		give_up("read", path);
	text[used] = '\0';
	return text;
}

void e2e_shell(const char *fmt, ...)
{
	char *command;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&command, fmt, ap) < 0 || system(command))
		give_up("shell", command);
	va_end(ap);
	free(command);
}

/* ------------------------------------------------------------ submissions */

char *e2e_submission(const char *name)
{
	char *sub = e2e_path("%s", name);

	e2e_shell("mkdir -p '%s' && cp -r solutions/labs solutions/driver '%s'", sub, sub);
	return sub;
}

void e2e_put(const char *sub, const char *file, const char *text)
{
	e2e_write(e2e_fmt("%s/%s", sub, file), text, strlen(text));
}

void e2e_edit(const char *sub, const char *file, const char *old, const char *new)
{
	char *path = e2e_fmt("%s/%s", sub, file), *text = e2e_read(path), *at;

	at = text ? strstr(text, old) : NULL;
	if (!at) {
		errno = ENOENT;
		give_up(old, path);
	}
	text = e2e_fmt("%.*s%s%s", (int)(at - text), text, new, at + strlen(old));
	e2e_write(path, text, strlen(text));
}

int e2e_line_of(const char *sub, const char *file, const char *text)
{
	char *all = e2e_read(e2e_fmt("%s/%s", sub, file)), *at, *p;
	int line = 1;

	at = all ? strstr(all, text) : NULL;
	for (p = all; at && p < at; p++)
		line += *p == '\n';
	return at ? line : 0;
}

char *e2e_kit(const char *name)
{
	char *kit = e2e_path("%s", name);

	e2e_shell("set -e; mkdir -p '%s/build'; cd '%s'; root='%s'; "
		  "for part in labs driver solutions vm harness; do ln -s \"$root/$part\" .; done; "
		  "cd build; "
		  "for part in kernel labs vm hugepages.so; do ln -s \"$root/build/$part\" .; done",
		  kit, kit, root);
	return kit;
}

char *e2e_kit_own(const char *kit, const char *path)
{
	char *own = e2e_fmt("%s/%s", kit, path);

	e2e_shell("set -e; real=$(realpath '%s'); rm -r '%s'; "
		  "cp -r --sparse=always \"$real\" '%s'",
		  own, own, own);
	return own;
}

char *e2e_kit_templates(const char *kit, const char *names)
{
	char *vm = e2e_fmt("%s/build/vm", kit);

	/* Nothing may have been graded in this checkout so far. */
	if (*names)
		e2e_shell("cd '%s' && build/mmaplab template >/dev/null", root);
	e2e_shell("set -e; rm '%s'; mkdir -p '%s/templates'; cd '%s'; "
		  "for part in '%s'/build/vm/*; do "
		  "test -d \"$part\" || ln -s \"$part\" .; done; "
		  "for name in %s; do "
		  "cp -r --sparse=always '%s'/build/vm/templates/$name templates; done",
		  vm, vm, vm, root, names, root);
	return e2e_fmt("%s/templates", vm);
}

/* ------------------------------------------------------------------- runs */

static void add_arg(struct e2e *r, const char *arg)
{
	int i = 0;

	while (r->argv[i])
		i++;
	if (i == E2E_ARGS - 1)
		abort();
	r->argv[i] = strdup(arg);
}

static struct e2e *new_run(void)
{
	static int number;
	struct e2e *r = calloc(1, sizeof(*r));

	if (!r)
		give_up("allocate", "a run");
	r->name = e2e_fmt("e2e-%d-%d", (int)getpid(), number++);
	return r;
}

struct e2e *e2e_grade(const char *submission, ...)
{
	struct e2e *r = new_run();
	const char *arg;
	va_list ap;

	r->what = strrchr(submission, '/') ? strrchr(submission, '/') + 1 : submission;
	add_arg(r, e2e_fmt("%s/%s", root, e2e_program()));
	add_arg(r, "grade");
	add_arg(r, "--name");
	add_arg(r, r->name);
	va_start(ap, submission);
	while ((arg = va_arg(ap, const char *)))
		add_arg(r, arg);
	va_end(ap);
	add_arg(r, submission);
	return r;
}

struct e2e *e2e_command(const char *program, ...)
{
	struct e2e *r = new_run();
	const char *arg;
	va_list ap;

	r->what = program;
	add_arg(r, program);
	va_start(ap, program);
	while ((arg = va_arg(ap, const char *)))
		add_arg(r, arg);
	va_end(ap);
	return r;
}

void e2e_env(struct e2e *r, const char *setting)
{
	int i = 0;

	while (r->env[i])
		i++;
	if (i == E2E_ENV - 1)
		abort();
	r->env[i] = strdup(setting);
}

static char *output_path(const struct e2e *r, const char *stream)
{
	return e2e_path("%s.%s", r->name, stream);
}

static void exec_run(const struct e2e *r)
{
	int in = open("/dev/null", O_RDONLY);
	int out = open(output_path(r, "out"), O_WRONLY | O_CREAT | O_TRUNC, 0644);
	int err = open(output_path(r, "err"), O_WRONLY | O_CREAT | O_TRUNC, 0644);
	sigset_t none;
	int i;

	if (r->group)
		setpgid(0, 0);
	/* Check's handlers would end the test's own group. */
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	dup2(in, 0);
	dup2(out, 1);
	dup2(err, 2);
	setenv("E2E_RUN", r->name, 1);
	if (r->kit)
		setenv("MMAPLAB_ROOT", r->kit, 1);
	for (i = 0; r->env[i]; i++) {
		char *value = strchr(r->env[i], '=');

		if (!value) {
			unsetenv(r->env[i]);
			continue;
		}
		*value = '\0';
		setenv(r->env[i], value + 1, 1);
	}
	if (chdir(root) == 0)
		execvp(r->argv[0], r->argv);
	perror(r->argv[0]);
	_exit(127);
}

void e2e_start(struct e2e *r)
{
	sigset_t every, before;

	fflush(NULL);
	sigfillset(&every);
	sigprocmask(SIG_BLOCK, &every, &before);
	r->began = e2e_ms();
	r->pid = fork();
	if (r->pid == 0)
		exec_run(r);
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (r->pid < 0)
		give_up("start", r->argv[0]);
}

char *e2e_result_path(const struct e2e *r)
{
	return e2e_fmt("%s/build/results/%s.json", r->kit ? r->kit : root, r->name);
}

char *e2e_pictures_path(const struct e2e *r)
{
	return e2e_fmt("%s/build/results/%s", r->kit ? r->kit : root, r->name);
}

static void print_times(const struct e2e *r, const struct rusage *u)
{
	if (getenv("E2E_TIMES"))
		printf("%s: %d ms, processor %ld ms\n", r->what, r->ms,
		       u->ru_utime.tv_sec * 1000 + u->ru_utime.tv_usec / 1000 +
			       u->ru_stime.tv_sec * 1000 + u->ru_stime.tv_usec / 1000);
}

static void collect_run(struct e2e *r, int status)
{
	r->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	r->ms = (int)(e2e_ms() - r->began);
	r->pid = 0;
	r->out = e2e_read(output_path(r, "out"));
	r->err = e2e_read(output_path(r, "err"));
	unlink(output_path(r, "out"));
	unlink(output_path(r, "err"));
	r->doc = json_load_file(e2e_result_path(r), 0, NULL);
	if (r->keep)
		return;
	unlink(e2e_result_path(r));
	e2e_shell("rm -rf '%s'", e2e_pictures_path(r));
}

bool e2e_done(struct e2e *r)
{
	struct rusage usage;
	int status;

	if (!r->pid)
		return true;
	if (e2e_ms() - r->began > run_limit_ms)
		kill(r->pid, SIGKILL);
	if (wait4(r->pid, &status, WNOHANG, &usage) != r->pid)
		return false;
	collect_run(r, status);
	print_times(r, &usage);
	return true;
}

void e2e_wait(struct e2e *r)
{
	while (!e2e_done(r))
		usleep(POLL_US);
}

void e2e_go(struct e2e **runs, size_t count, size_t at_a_time)
{
	size_t next = 0, busy, i;

	do {
		busy = 0;
		for (i = 0; i < next; i++)
			busy += !e2e_done(runs[i]);
		while (next < count && busy < at_a_time) {
			e2e_start(runs[next++]);
			busy++;
		}
		usleep(POLL_US);
	} while (busy);
}

/* The environment is inherited, also by what the grader's children start. */
char *e2e_remains(const struct e2e *r)
{
	char *mark = e2e_fmt("E2E_RUN=%s", r->name), *found = e2e_fmt("%s", "");
	DIR *proc = opendir("/proc");
	struct dirent *d;

	while (proc && (d = readdir(proc))) {
		char env[65536], *comm;
		ssize_t n;
		int fd;

		if (*d->d_name < '0' || *d->d_name > '9')
			continue;
		fd = open(e2e_fmt("/proc/%s/environ", d->d_name), O_RDONLY);
		n = fd < 0 ? 0 : read(fd, env, sizeof(env));
		if (fd >= 0)
			close(fd);
		/* With the NUL that ends it. */
		if (n <= 0 || !memmem(env, (size_t)n, mark, strlen(mark) + 1))
			continue;
		comm = e2e_read(e2e_fmt("/proc/%s/comm", d->d_name));
		found = e2e_fmt("%s %s %s", found, d->d_name, comm ? comm : "?");
	}
	if (proc)
		closedir(proc);
	return found;
}

/* --------------------------------------------------------------- judgement */

const char *e2e_text(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

json_t *e2e_lab(const struct e2e *r, const char *id)
{
	json_t *lab;
	size_t i;

	json_array_foreach(json_object_get(r->doc, "labs"), i, lab)
		if (!id || !strcmp(e2e_text(lab, "id"), id))
			return lab;
	return NULL;
}

json_t *e2e_test(const struct e2e *r, const char *id)
{
	json_t *lab, *test;
	size_t i, k;

	json_array_foreach(json_object_get(r->doc, "labs"), i, lab)
		json_array_foreach(json_object_get(lab, "tests"), k, test)
			if (!strcmp(e2e_text(test, "id"), id))
				return test;
	return NULL;
}

int e2e_count(const struct e2e *r, const char *verdict)
{
	json_t *lab, *test;
	size_t i, k;
	int n = 0;

	json_array_foreach(json_object_get(r->doc, "labs"), i, lab)
		json_array_foreach(json_object_get(lab, "tests"), k, test)
			n += !verdict || !strcmp(e2e_text(test, "verdict"), verdict);
	return n;
}

char *e2e_differences(const struct e2e *a, const struct e2e *b)
{
	char *text = e2e_fmt("%s", "");
	json_t *lab, *test;
	size_t i, k;

	json_array_foreach(json_object_get(a->doc, "labs"), i, lab) {
		json_array_foreach(json_object_get(lab, "tests"), k, test) {
			const char *id = e2e_text(test, "id");
			const char *one = e2e_text(test, "verdict");
			const char *other = e2e_text(e2e_test(b, id), "verdict");

			if (strcmp(one, other))
				text = e2e_fmt("%s%s: %s, %s\n", text, id, one, other);
		}
	}
	return text;
}

char *e2e_show(const struct e2e *r)
{
	return e2e_fmt("--- %s: status %d after %d ms\n%.3000s%.3000s---", r->what, r->status,
		       r->ms, r->err ? r->err : "", r->out ? r->out : "");
}
