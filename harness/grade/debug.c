// SPDX-License-Identifier: GPL-2.0-only
/*
 * debug.c - `mmaplab debug`: gdb where a test fails. The test runs as it is
 * graded, its suite and its input in a machine of its own, and gdb is connected
 * to that machine's QEMU, which knows breakpoints in programs and in the kernel
 * alike. So nobody has to rebuild what the judge has laid out, and the judge,
 * which traces the program itself, notices nothing: its clock stands, too.
 *
 * Of QEMU's breakpoints in a program only the address is known, which other
 * programs have as well; so gdb compares the code there. A module's addresses
 * are known when it is loaded: then the test tells (harness/judge/module.c).
 */
#include <argp.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ask.h"
#include "collect.h"
#include "commands.h"
#include "compile.h"
#include "grade.h"
#include "progress.h"
#include "records.h"
#include "student.h"
#include "template.h"
#include "unit.h"
#include "util.h"
#include "workdir.h"

#define LOOK_MS 200 /* how often gdb's end is looked for */

struct debug {
	const struct student *s;
	const struct test_def *test;
	const char *where; /* the function, in test->where */
	const char *file; /* where it is, below the checkout */
	bool module; /* that is the module's */
	struct compiled built;
	struct unit_spec unit;
	struct machine *m;
	char *socket, *script; /* paths */
	pid_t gdb; /* 0: not started */
};

/* --------------------------------------------------------------- gdb's script */

/* A path as one word of gdb's, which takes words apart as a shell does. */
static char *quoted(const char *path)
{
	char *word = xcalloc(2, strlen(path) + 1), *to = word;

	for (; *path; path++) {
		if (strchr(" \t\"'\\", *path))
			*to++ = '\\';
		*to++ = *path;
	}
	return word;
}

/* Debug information names sources as the confined build saw them. */
static char *script_begin(const struct debug *d)
{
	char *root = quoted(d->s->kit->root), *text;
	const char *slash = strrchr(d->file, '/');

	text = xasprintf("set confirm off\nset breakpoint pending off\nset auto-load off\n"
			 "set debuginfod enabled off\n"
			 "set substitute-path /work %s\ndirectory %s/%.*s %s\n",
			 root, root, (int)(slash - d->file), d->file, root);
	free(root);
	return text;
}

/* The first 24 bytes of a function tell it from whatever else is at its address. */
static char *script_program(const struct debug *d)
{
	char *begin = script_begin(d), *program = quoted(d->built.program);
	char *text = xasprintf("%sfile %s\n"
			       "set $a = *(long *)%s\nset $b = *((long *)%s + 1)\n"
			       "set $c = *((long *)%s + 2)\n"
			       "target remote %s\n"
			       "break %s if *(long *)%s == $a && *((long *)%s + 1) == $b && "
			       "*((long *)%s + 2) == $c\n"
			       "continue\n",
			       begin, program, d->where, d->where, d->where, d->socket, d->where,
			       d->where, d->where, d->where);

	free(program);
	free(begin);
	return text;
}

/* Of what the machine tells, sections of code and data, and what is well formed of it. */
static char *section_options(const json_t *sections)
{
	char *options = xstrdup(""), *more, *end;
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)sections, name, value) {
		const char *text = json_string_value(value);
		unsigned long long address = text ? strtoull(text, &end, 16) : 0;

		if (!address || !strcmp(name, ".symtab") || !strcmp(name, ".strtab") ||
		    strspn(name, "._abcdefghijklmnopqrstuvwxyz0123456789") != strlen(name))
			continue;
		more = xasprintf("%s -s %s 0x%llx", options, name, address);
		free(options);
		options = more;
	}
	return options;
}

static char *script_module(const struct debug *d, const json_t *sections)
{
	char *begin = script_begin(d), *options = section_options(sections);
	char *object = quoted(d->built.debug);
	char *text = xasprintf("%sset architecture i386:x86-64\ntarget remote %s\n"
			       "add-symbol-file %s%s\nbreak %s\ncontinue\n",
			       begin, d->socket, object, options, d->where);

	free(object);
	free(options);
	free(begin);
	return text;
}

/* ------------------------------------------------------------------- machine */

static int build(struct debug *d, const char *dir, struct err *e)
{
	struct collection *c = NULL;
	struct lab_def only;
	enum part part;
	int ret = collect(d->s->kit->root, d->s->m, d->s->lab, &c, e);

	for (part = 0; part < PARTS && !ret; part++) {
		const struct compiled_part *p = &d->built.part[part];
		json_t *result;

		if (!manifest_part_of(d->s->lab, part, &only))
			continue;
		result = compile_part(d->s->kit, d->s->lab, part, c, dir, COMPILE_TO_DEBUG);
		compile_take(&d->built, part, result, "");
		json_decref(result);
		if (p->verdict != VERDICT_PASS)
			ret = err_set(e, EINVAL,
				      "%s does not build: %.1000s\nnext: make lab LAB=%.2s",
				      only.files[0], p->text, d->s->lab->id);
	}
	collection_free(c);
	return ret;
}

/* A machine that stands still, with the task to run the test waiting in its port. */
static int start(struct debug *d, const struct template *t, int payload, size_t used, struct err *e)
{
	struct machine_spec spec = template_spec(d->s->kit, t, false, payload);
	char *stub = xasprintf("gdbserver unix:%s,server=on,wait=off", d->socket), *said = NULL;
	json_t *env = unit_environment(&d->unit, ""), *command;
	int ret = machine_start(&spec, &d->m, e);

	if (!ret)
		ret = machine_stop(d->m, e);
	if (!ret)
		ret = machine_monitor(d->m, stub, &said, e);
	if (!ret && access(d->socket, F_OK))
		ret = err_set(e, EIO, "QEMU opens no door for gdb: %.300s", said);
	if (d->module) {
		char *wanted = xasprintf("MMAPLAB_DEBUG=%s", d->s->lab->module);

		json_array_append_new(env, json_string(wanted));
		free(wanted);
	}
	command = unit_command(json_pack("[s,s]", "/unit/check", d->test->id), env, used, false);
	if (!ret)
		ret = machine_send(d->m, command, e);
	json_decref(command);
	free(said);
	free(stub);
	return ret;
}

static int start_gdb(struct debug *d, char *script, struct err *e)
{
	const char *commands = d->s->value;
	int ret = write_file_atomic(d->script, script, strlen(script), e);

	free(script);
	if (ret)
		return ret;
	fflush(NULL);
	d->gdb = fork();
	if (d->gdb < 0)
		return err_set(e, errno, "start gdb: %s", strerror(errno));
	if (d->gdb == 0) {
		signal(SIGINT, SIG_DFL);
		execlp("gdb", "gdb", "-q", "-x", d->script, commands ? "-batch" : NULL, "-x",
		       commands, NULL);
		_exit(127);
	}
	return 0;
}

/* ---------------------------------------------------------------------- talk */

static int answer(struct debug *d, struct asker *a, const struct records *r, struct err *e)
{
	const char *what = json_string_value(json_object_get(r->question, "what"));
	json_t *object;
	int ret = 0;

	if (what && !strcmp(what, "loaded") && !d->gdb) {
		/* Whoever is connected has it stand still already. */
		ret = machine_stop(d->m, e);
		if (!ret)
			ret = start_gdb(
				d, script_module(d, json_object_get(r->question, "sections")), e);
		object = json_object();
	} else {
		object = asker_answer(a, r->running, r->question);
	}
	if (!ret)
		return asker_send(d->m, r->question, object, e);
	json_decref(object);
	return ret;
}

static const char *outcome(const struct debug *d, const struct records *r)
{
	const json_t *record = json_object_get(r->results, d->test->id);
	const char *word = json_string_value(json_object_get(record, "outcome"));

	return word ? word : "no verdict";
}

/* Until gdb has ended, or there is none and the suite has. Return: gdb's status. */
static int converse(struct debug *d, struct records *r, struct asker *a, struct err *e)
{
	enum records_event event;
	const char *line;
	int status = 0, ret = 0;
	bool running = true;
	size_t len;

	while (!ret && (running || d->gdb)) {
		if (d->gdb && waitpid(d->gdb, &status, running ? WNOHANG : 0) == d->gdb) {
			d->gdb = 0;
			return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
		}
		if (!running)
			continue;
		ret = machine_line(d->m, awake_ms() + LOOK_MS, &line, &len);
		if (ret == -ETIMEDOUT) {
			ret = 0;
			continue;
		}
		event = ret ? RECORDS_FINISHED : records_take(r, line, len);
		ret = 0;
		if (event == RECORDS_ASK)
			ret = answer(d, a, r, e);
		if (event != RECORDS_FINISHED)
			continue;
		running = false;
		if (d->gdb)
			fprintf(stderr, "mmaplab: the test has ended: %s; quit leaves gdb\n",
				outcome(d, r));
		machine_end(d->m);
		d->m = NULL;
	}
	if (!ret)
		ret = err_set(
			e, ENOENT,
			"the test ended (%s) before %s was loaded, so there is nothing to stop in\n"
			"next: make lab LAB=%.2s T=%s shows how it ended",
			outcome(d, r), d->s->lab->module, d->s->lab->id, d->test->id);
	return ret;
}

/* ------------------------------------------------------------------- command */

/* The function of "records.c:rec_set", or for one that is no code after the load, the mmap handler. */
static char *function_of(const struct debug *d)
{
	const char *name = strchr(d->test->where, ':') + 1;
	size_t n = strlen(name);
	const char *end = n > 5 ? name + n - 5 : "";

	if (!d->module || (strcmp(end, "_init") && strcmp(end, "_fops") && strcmp(end, "_misc") &&
			   !strstr(name, "_lay_out")))
		return xstrdup(name);
	fprintf(stderr, "mmaplab: %s is no place to stop once the module is loaded; %s_mmap is\n",
		name, d->s->lab->module);
	return xasprintf("%s_mmap", d->s->lab->module);
}

static const char *file_of(const struct lab_def *lab, const struct test_def *test)
{
	size_t n = strcspn(test->where, ":"), i;

	for (i = 0; i < lab->files_count; i++)
		if (!strncmp(strrchr(lab->files[i], '/') + 1, test->where, n))
			return lab->files[i];
	return lab->files[0];
}

/* The test that was named, or the first that failed; its seed then is that of the failure. */
static int choose_test(struct debug *d, struct err *e)
{
	json_t *known, *entry;
	const char *seed;
	char hash[65];
	int ret = progress_hash(d->s->kit, d->s->m, d->s->lab, hash, e);

	if (ret)
		return ret;
	known = progress_load(d->s->kit);
	d->test = d->s->test ? d->s->test : progress_first_failure(known, d->s->lab, hash);
	if (!d->test) {
		ret = err_set(e, EINVAL,
			      "no test of %s, as its files are now, is known to fail\n"
			      "next: make lab LAB=%.2s, or name a test: T=%s",
			      d->s->lab->id, d->s->lab->id, d->s->lab->tests[0].id);
	} else {
		entry = json_object_get(json_object_get(known, d->s->lab->id), d->test->id);
		seed = json_string_value(json_object_get(entry, "seed"));
		ret = seed_parse(seed, &d->unit.seed, e);
		if (!ret)
			fprintf(stderr, "mmaplab: %s with %s seed %016llx\n", d->test->id,
				seed ? "the last" : "a new", (unsigned long long)d->unit.seed);
	}
	json_decref(known);
	return ret;
}

static int check_gdb(const struct debug *d, struct err *e)
{
	static const char *const argv[] = { "gdb", "--version", NULL };
	char *version = run_capture(argv);

	free(version);
	if (!version)
		return err_set(e, ENOENT,
			       "gdb is not installed\n"
			       "next: apt-get install --no-install-recommends gdb, as root");
	if (d->s->value && access(d->s->value, R_OK))
		return err_set(e, errno, "gdb's commands in %s: %s", d->s->value, strerror(errno));
	return 0;
}

static int debug_in(struct debug *d, const struct template *t, struct err *e)
{
	struct records r;
	struct asker *a;
	size_t used;
	int payload, ret;

	compile_payload(&d->built, d->s->lab, d->unit.files, &d->unit.files_count);
	payload = unit_payload(d->unit.files, d->unit.files_count, &used, e);
	if (payload < 0)
		return payload;
	ret = start(d, t, payload, used, e);
	if (!ret && !d->module)
		ret = start_gdb(d, script_program(d), e);
	if (!ret) {
		records_init(&r, &d->test, 1);
		a = asker_new(&d->unit, d->m, 1);
		if (d->module)
			ret = machine_cont(d->m, e);
		if (!ret)
			ret = converse(d, &r, a, e);
		asker_free(a);
		records_clear(&r);
	}
	machine_end(d->m);
	close(payload);
	return ret;
}

static int run(const struct student *s, struct err *e)
{
	struct debug d = { .s = s };
	const struct profile *profile;
	struct template t = { 0 };
	struct workdir *w = NULL;
	char *function = NULL;
	int ret = check_gdb(&d, e);

	if (!ret)
		ret = choose_test(&d, e);
	profile = ret ? NULL : kit_profile(s->kit, d.test->profile, e);
	if (!profile)
		return ret ? ret : -EINVAL;
	d.file = file_of(s->lab, d.test);
	d.module = manifest_is_module_file(d.file);
	d.where = function = function_of(&d);
	ret = workdir_open(s->kit, &w, e);
	if (!ret)
		ret = build(&d, workdir_path(w), e);
	/* QEMU finds breakpoints by their address there; KVM writes them into memory. */
	if (!ret && !(ret = template_open(s->kit, profile, ACCEL_FORCE_TCG, &t, e))) {
		d.socket = xasprintf("%s/gdb", getenv("TMPDIR"));
		d.script = xasprintf("%s/gdb.commands", getenv("TMPDIR"));
		d.unit.kit = s->kit;
		d.unit.template = &t;
		d.unit.lab = s->lab;
		d.unit.tests = &d.test;
		d.unit.tests_count = 1;
		/* Ctrl-C is gdb's. */
		signal(SIGINT, SIG_IGN);
		ret = debug_in(&d, &t, e);
		template_close(&t);
	}
	unit_files_clear(d.unit.files, d.unit.files_count);
	compile_clear(&d.built);
	workdir_close(w);
	free(d.socket);
	free(d.script);
	free(function);
	return ret;
}

int cmd_debug(int argc, char **argv)
{
	static const struct argp_option option[] = {
		{ "commands", 'c', "FILE", 0, "let gdb run these commands and end", 0 }, { 0 }
	};
	static const struct student_command command = {
		STUDENT_NEEDS_LAB | STUDENT_TEST,
		"Run a test as it is graded, with gdb at the function that the test is about: "
		"the one named, or the first that failed.",
		run, option
	};

	return student_main(argc, argv, &command);
}
