// SPDX-License-Identifier: GPL-2.0-only
/*
 * shell.c - a shell in a machine, see shell.h.
 */
#include "shell.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "collect.h"
#include "compile.h"
#include "machine.h"
#include "template.h"
#include "unit.h"
#include "util.h"
#include "workdir.h"

#define SHELL_MAX_FILES 64
#define SCRIPT "script" /* below /unit */

/* Build a lab's parts; false when there is nothing of it to try. */
static bool build_lab(const struct kit *kit, const struct lab_def *lab, const struct collection *c,
		      const char *dir, struct compiled *built)
{
	bool useful = false;
	struct lab_def only;
	enum part part;
	json_t *result;

	for (part = 0; part < PARTS; part++) {
		const struct compiled_part *p = &built->part[part];

		if (!manifest_part_of(lab, part, &only))
			continue;
		result = compile_part(kit, lab, part, c, dir, COMPILE_TO_GRADE);
		compile_take(built, part, result, "");
		json_decref(result);
		useful |= p->verdict == VERDICT_PASS;
		if (p->verdict != VERDICT_PASS)
			fprintf(stderr, "%s is left out: %.*s\n", only.files[0],
				(int)strcspn(p->text, "\n"), p->text);
	}
	return useful;
}

/* The programs and modules of every lab that builds. */
static void add_lab(const struct kit *kit, const struct lab_def *lab, const struct collection *c,
		    const char *dir, struct unit_file *files, size_t *count)
{
	struct unit_file mine[UNIT_MAX_FILES];
	struct compiled built = { 0 };
	size_t n, i;

	if (!build_lab(kit, lab, c, dir, &built)) {
		compile_clear(&built);
		return;
	}
	compile_payload(&built, lab, mine, &n);
	for (i = 0; i < n; i++) {
		/* Suites are of no use to a person, and share one name. */
		if (!strcmp(mine[i].name, "check") || *count == SHELL_MAX_FILES - 1) {
			unit_files_clear(&mine[i], 1);
		} else {
			files[(*count)++] = mine[i];
		}
	}
	compile_clear(&built);
}

static struct termios before; /* of the terminal, while it is raw */

static void restore_terminal(int sig)
{
	tcsetattr(0, TCSANOW, &before);
	raise(sig); /* the handler is gone: SA_RESETHAND */
}

/* Whoever ends us from outside gets the terminal back as well. */
static int raw_terminal(void)
{
	static const int ends[] = { SIGHUP, SIGINT, SIGTERM, SIGQUIT };
	struct sigaction sa = { .sa_handler = restore_terminal,
				.sa_flags = SA_RESETHAND | SA_NODEFER };
	struct termios raw;
	size_t i;

	if (!isatty(0) || tcgetattr(0, &before))
		return -1;
	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		sigaction(ends[i], &sa, NULL);
	raw = before;
	cfmakeraw(&raw);
	return tcsetattr(0, TCSANOW, &raw);
}

/*
 * Until the shell has ended (the agent reports it) or QEMU is gone. Return: how
 * it ended, as a shell says it.
 */
static int converse(struct machine *m)
{
	json_t *report, *status = NULL;
	const char *line;
	size_t len;
	int ret, exit = -1;

	do {
		ret = machine_line(m, awake_ms() + 60000, &line, &len);
		if (ret)
			continue;
		report = json_loadb(line, len, 0, NULL);
		if ((status = json_object_get(report, "status")))
			exit = (int)json_integer_value(status);
		else if ((status = json_object_get(report, "signal")))
			exit = 128 + (int)json_integer_value(status);
		json_decref(report);
	} while (exit < 0 && (!ret || ret == -ETIMEDOUT));
	return exit < 0 ? 1 : exit;
}

/*
 * Commands that come from a pipe or a file: all of them are read first, for the
 * console has a place for a few bytes only while nobody reads there.
 */
static int save_script(const char *path, struct err *e)
{
	char *text = read_text_fd(0);
	int ret = text ? write_file_atomic(path, text, strlen(text), e) :
			 err_set(e, errno, "read the commands on standard input: %s",
				 strerror(errno));

	free(text);
	return ret;
}

/* Return: how a script ended, 0 for a person's shell, or a negative errno. */
static int run(const struct kit *kit, const struct profile *profile, const struct unit_file *files,
	       size_t count, bool script, struct err *e)
{
	/* A pipe is no terminal, which would get \r\n. */
	json_t *argv = script ? json_pack("[s,s,s,s]", "/bin/busybox", "sh", "-c",
					  "/bin/busybox stty -onlcr; "
					  "exec /bin/busybox sh /unit/" SCRIPT " </dev/null") :
				json_pack("[s,s]", "/bin/busybox", "sh");
	json_t *command;
	json_t *env = json_pack("[s,s,s,s]", "PATH=/unit/bin:/bin", "HOME=/unit", "TERM=vt100",
				"PS1=mmaplab:\\w\\$ ");
	struct template t;
	struct machine_spec spec;
	struct machine *m = NULL;
	int payload, ret, raw, status = 0;
	size_t used;

	ret = template_open(kit, profile, ACCEL_AUTO, &t, e);
	if (ret)
		return ret;
	payload = unit_payload(files, count, &used, e);
	if (payload < 0) {
		template_close(&t);
		return payload;
	}
	if (!script)
		fprintf(stderr,
			"programs: /unit/bin, modules: /unit/mod (insmod /unit/mod/mymap.ko)\n"
			"Ctrl-D ends the machine; one that hangs, Ctrl-a x (Ctrl-a a is Ctrl-a)\n");
	spec = template_spec(kit, &t, false, payload);
	spec.tty = true;
	raw = raw_terminal();
	ret = machine_start(&spec, &m, e);
	if (!ret) {
		command = unit_command(argv, env, used, true);
		ret = machine_send(m, command, e);
		json_decref(command);
	}
	if (!ret)
		status = converse(m);
	machine_end(m);
	if (!raw)
		tcsetattr(0, TCSANOW, &before);
	close(payload);
	template_close(&t);
	return ret || !script ? ret : status;
}

int shell_run(const struct kit *kit, const struct manifest *m, const char *name, struct err *e)
{
	const struct profile *profile = kit_profile(kit, name, e);
	struct unit_file files[SHELL_MAX_FILES];
	struct collection *c = NULL;
	struct workdir *w = NULL;
	bool script = !isatty(0);
	size_t count = 0, i;
	char *path;
	int ret;

	if (!profile)
		return -EINVAL;
	ret = collect(kit->root, m, NULL, &c, e);
	if (!ret)
		ret = workdir_open(kit, &w, e);
	for (i = 0; !ret && i < m->labs_count; i++)
		add_lab(kit, &m->labs[i], c, workdir_path(w), files, &count);
	if (!ret && script) {
		path = xasprintf("%s/" SCRIPT, workdir_path(w));
		ret = save_script(path, e);
		files[count++] = (struct unit_file){ xstrdup(SCRIPT), path };
	}
	if (!ret)
		ret = run(kit, profile, files, count, script, e);
	unit_files_clear(files, count);
	workdir_close(w);
	collection_free(c);
	return ret;
}
