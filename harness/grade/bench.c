// SPDX-License-Identifier: GPL-2.0-only
/*
 * bench.c - `mmaplab bench`: what this kit costs on this machine, medians and
 * ratios from one run, for a person and (build/bench.json) for a program.
 */
#include <argp.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "commands.h"
#include "kit.h"
#include "machine.h"
#include "manifest.h"
#include "pool.h"
#include "template.h"
#include "unit.h"
#include "util.h"

#define ROUNDS_MAX 50
#define ROUNDS 5 /* of machines; of gradings, which take longer, 3 in 5 */
#define THROUGHPUT_MACHINES 40

struct bench {
	const struct kit *kit;
	int rounds, lab_rounds;
	const char *only; /* a lab, or NULL */
	struct template plain;
	json_t *rows;
};

static double median(double *v, int n)
{
	sort_numbers(v, (size_t)n);
	return v[n / 2];
}

static void row(struct bench *b, const char *name, double value, const char *unit, int n,
		const char *bound)
{
	printf("%-46s %9.2f %-10s %s\n", name, value, unit, bound);
	fflush(stdout);
	json_array_append_new(b->rows, json_pack("{s:s,s:f,s:s,s:i,s:s}", "name", name, "value",
						 value, "unit", unit, "rounds", n, "bound", bound));
}

/* -------------------------------------------------------------- machines */

/* Start a machine, run busybox's true in it, end it. */
static double one_machine(const struct bench *b, const struct template *t, bool cold)
{
	/* Any static program will do. */
	struct unit_file file = { "busybox", "/bin/busybox" };
	json_t *command;
	struct machine_spec spec;
	struct machine *m = NULL;
	struct err e = { 0 };
	int64_t start = clock_ms();
	const char *line;
	int payload, ret;
	size_t len, used;

	payload = unit_payload(&file, 1, &used, &e);
	command = unit_command(json_pack("[s,s]", "/unit/busybox", "true"), json_array(), used,
			       false);
	spec = template_spec(b->kit, t, cold, payload);
	ret = payload < 0 ? payload : machine_start(&spec, &m, &e);
	if (!ret)
		ret = machine_send(m, command, &e);
	while (!ret) {
		ret = machine_line(m, awake_ms() + 60000, &line, &len);
		if (!ret && memmem(line, len, "\"exit\"", 6))
			break;
	}
	machine_end(m);
	if (payload >= 0)
		close(payload);
	json_decref(command);
	if (ret) {
		fprintf(stderr, "bench: a machine failed: %s\n", e.code ? e.text : strerror(-ret));
		exit(3);
	}
	return (double)(clock_ms() - start);
}

static void bench_restore(struct bench *b)
{
	double cold[ROUNDS_MAX], warm[ROUNDS_MAX], c, w;
	int i;

	for (i = 0; i < b->rounds; i++) {
		cold[i] = one_machine(b, &b->plain, true);
		warm[i] = one_machine(b, &b->plain, false);
	}
	c = median(cold, b->rounds);
	w = median(warm, b->rounds);
	row(b, "cold boot to answer", c, "ms", b->rounds, "kernel boot under the accelerator");
	row(b, "restore to answer", w, "ms", b->rounds,
	    "QEMU start 35 ms, first run of translated code");
	row(b, "cold boot / restore", c / w, "times", b->rounds, "goal: 10");
}

static void ignore_result(void *arg, json_t *result, const char *why)
{
	(void)arg;
	if (!result) {
		fprintf(stderr, "bench: %s\n", why);
		exit(3);
	}
	json_decref(result);
}

static json_t *trivial_job(void *arg)
{
	const struct bench *b = arg;

	one_machine(b, &b->plain, false);
	return json_object();
}

static void bench_throughput(struct bench *b)
{
	struct pool *p = pool_new(2);
	int64_t start = clock_ms();
	int i;

	for (i = 0; i < THROUGHPUT_MACHINES; i++)
		pool_add(p, trivial_job, ignore_result, b);
	pool_run(p);
	pool_free(p);
	row(b, "two workers, trivial payload",
	    THROUGHPUT_MACHINES * 1000.0 / (double)(clock_ms() - start), "machines/s",
	    THROUGHPUT_MACHINES, "goal: 10; both processors busy");
}

static void bench_template(struct bench *b)
{
	double ms[ROUNDS_MAX];
	char *dir = kit_path(b->kit, "build/vm/templates/plain-%s/stamp.json",
			     accel_name(b->plain.accel));
	struct err e = { 0 };
	int i;

	for (i = 0; i < b->lab_rounds; i++) {
		int64_t start = clock_ms();
		struct template t;

		unlink(dir);
		if (template_open(b->kit, b->plain.profile,
				  b->plain.accel == ACCEL_KVM ? ACCEL_FORCE_KVM : ACCEL_FORCE_TCG,
				  &t, &e)) {
			fprintf(stderr, "bench: %s\n", e.text);
			exit(3);
		}
		ms[i] = (double)(clock_ms() - start);
		template_close(&t);
	}
	free(dir);
	row(b, "template build (plain)", median(ms, b->lab_rounds), "ms", b->lab_rounds,
	    "goal: 6000; the kernel's boot");
}

/* ------------------------------------------------------------- commands */

/*
 * Clean pages are those of files, above all of the template: one that a single
 * machine has read counts as private, but it is in memory once for all of them.
 */
static long private_kib(pid_t pid)
{
	char path[64], line[256];
	long kib = 0, value;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int)pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "Private_Dirty: %ld", &value) == 1)
			kib += value;
	if (f)
		fclose(f);
	return kib;
}

/* Private memory of a process and all below it. */
static long tree_kib(pid_t pid)
{
	char path[96];
	long kib = private_kib(pid);
	int child;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)pid, (int)pid);
	f = fopen(path, "re");
	while (f && fscanf(f, "%d", &child) == 1)
		kib += tree_kib(child);
	if (f)
		fclose(f);
	return kib;
}

/* One command in the checkout; its wall time, and its peak memory if asked. */
static double run_command(const struct bench *b, const char *const argv[], long *peak)
{
	int64_t start = clock_ms();
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);

		/* What the outer make exports must not reach the inner one. */
		unsetenv("MAKEFLAGS");
		unsetenv("MFLAGS");
		unsetenv("MAKELEVEL");
		dup2(null, 0);
		dup2(null, 1);
		if (chdir(b->kit->root) == 0)
			execvp(argv[0], (char *const *)argv);
		_exit(127);
	}
	while (peak && waitpid(pid, &status, WNOHANG) == 0) {
		long now = tree_kib(pid);

		*peak = now > *peak ? now : *peak;
		usleep(20000);
	}
	if (!peak)
		waitpid(pid, &status, 0);
	if (!WIFEXITED(status) || WEXITSTATUS(status)) {
		fprintf(stderr, "bench: %s %s failed\n", argv[0], argv[1]);
		exit(3);
	}
	return (double)(clock_ms() - start);
}

static double bench_grade(struct bench *b, const char *name, const char *lab, const char *bound)
{
	char *lab_arg = xasprintf("LAB=%s", lab);
	const char *argv[] = { "make", "grade", "SUBMISSION=solutions", lab_arg, NULL };
	int rounds = b->lab_rounds, i;
	double ms[ROUNDS_MAX] = { 0 };

	run_command(b, argv, NULL);
	for (i = 0; i < rounds; i++)
		ms[i] = run_command(b, argv, NULL);
	row(b, name, median(ms, rounds), "ms", rounds, bound);
	free(lab_arg);
	return median(ms, rounds);
}

static const char *goal_of(const struct lab_def *lab)
{
	if (!strncmp(lab->id, "06", 2))
		return "goal: 6000; its power cuts, and a second machine";
	if (lab->module)
		return "goal: 3000; the module's build, and its machines";
	return "goal: 1000; its machines";
}

/* Each lab by itself, from the command to the verdict. */
static void bench_labs(struct bench *b, const struct manifest *m, const struct lab_def *only)
{
	double user = 0, driver = 0;
	size_t i;

	for (i = 0; i < m->labs_count; i++) {
		const char *id = m->labs[i].id;
		char *name;
		double ms;

		if (only && only != &m->labs[i])
			continue;
		name = xasprintf("make grade LAB=%.2s, warm", id);
		ms = bench_grade(b, name, id, goal_of(&m->labs[i]));

		if (!m->labs[i].bonus)
			*(m->labs[i].module ? &driver : &user) += ms;
		free(name);
	}
	if (only)
		return;
	row(b, "labs 01 to 10, one after another", user, "ms", b->lab_rounds, "goal: 12000");
	row(b, "labs 11 to 14, one after another", driver, "ms", b->lab_rounds, "goal: 9000");
}

/* From the last result of lab 11: what the module's build cost, and how many
 * machines ran how long. */
static void bench_driver_cases(struct bench *b)
{
	const char *argv[] = { "make", "grade", "SUBMISSION=solutions", "LAB=11", NULL };
	char *path = kit_path(b->kit, "build/results/solutions.json");
	json_t *doc, *lab, *machines, *m;
	double total, sum = 0;
	size_t i;

	total = run_command(b, argv, NULL);
	doc = json_load_file(path, 0, NULL);
	lab = json_array_get(json_object_get(doc, "labs"), 0);
	machines = json_object_get(lab, "machines");
	json_array_foreach(machines, i, m)
		sum += json_number_value(json_object_get(m, "ms"));
	row(b, "LAB=11: of that, the module's build",
	    json_number_value(json_object_get(json_object_get(lab, "build"), "ms")), "ms", 1,
	    "kbuild");
	row(b, "LAB=11: one machine", sum / (double)json_array_size(machines), "ms",
	    (int)json_array_size(machines), "wall time, mean; several tests share one");
	row(b, "LAB=11: one test",
	    (total - json_number_value(json_object_get(json_object_get(lab, "build"), "ms"))) /
		    (double)json_array_size(json_object_get(lab, "tests")),
	    "ms", (int)json_array_size(json_object_get(lab, "tests")),
	    "both workers, without the module's build");
	json_decref(doc);
	free(path);
}

static void bench_memory(struct bench *b)
{
	const char *argv[] = { "make", "grade", "SUBMISSION=solutions", NULL };
	long peak = 0;

	run_command(b, argv, &peak);
	row(b, "peak private memory of a grading", (double)peak / 1024, "MiB", 1,
	    "goal: 300, beside the shared template");
}

static void write_json(struct bench *b)
{
	json_t *doc = json_pack("{s:s,s:s,s:s,s:i,s:O}", "schema", "mmaplab/bench/v1", "qemu",
				b->kit->qemu_version, "accelerator", accel_name(b->plain.accel),
				"processors", (int)sysconf(_SC_NPROCESSORS_ONLN), "rows", b->rows);
	char *path = kit_path(b->kit, "build/bench.json");
	struct err e = { 0 };

	if (write_json_atomic(path, doc, 0, &e))
		fprintf(stderr, "bench: %s\n", e.text);
	free(path);
	json_decref(doc);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct bench *b = state->input;
	char *end;

	if (key == ARGP_KEY_ARG)
		return command_word(state, arg, &b->only, 1);
	if (key != 'r')
		return ARGP_ERR_UNKNOWN;
	b->rounds = (int)strtol(arg, &end, 10);
	if (!*arg || *end || b->rounds < 1 || b->rounds > ROUNDS_MAX)
		argp_error(state, "'%s' is not a number from 1 to %d", arg, ROUNDS_MAX);
	return 0;
}

int cmd_bench(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "rounds", 'r', "N", 0, "of each measurement (5; of gradings 3 in 5)", 0 }, { 0 }
	};
	static const struct argp argp = {
		options,
		parse,
		"[LAB]",
		"Measure restore, throughput, gradings (of all labs, or of this one) and memory "
		"on this machine. Medians; the same figures go to build/bench.json.",
		NULL,
		NULL,
		NULL
	};
	struct bench b = { .rounds = ROUNDS, .rows = json_array() };
	const struct lab_def *only = NULL;
	struct manifest *m = NULL;
	struct kit *kit = NULL;
	struct err e = { 0 };
	int ret;

	argp_parse(&argp, argc, argv, 0, NULL, &b);
	b.lab_rounds = (b.rounds * 3 + 4) / 5;
	ret = command_open(b.only, &kit, &m, &only, &e);
	b.kit = kit;
	if (!ret)
		ret = template_open(kit, kit_profile(kit, "plain", &e), ACCEL_AUTO, &b.plain, &e);
	if (ret) {
		manifest_free(m);
		kit_close(kit);
		return command_unusable(&e);
	}
	printf("%s, %s, %ld processors\n", kit->qemu_version, accel_name(b.plain.accel),
	       sysconf(_SC_NPROCESSORS_ONLN));
	bench_restore(&b);
	bench_throughput(&b);
	bench_template(&b);
	bench_labs(&b, m, only);
	if (!only) {
		bench_driver_cases(&b);
		bench_grade(&b, "make grade, all labs in one command", "", "both processors busy");
		bench_memory(&b);
	}
	write_json(&b);
	manifest_free(m);
	template_close(&b.plain);
	json_decref(b.rows);
	kit_close(kit);
	return 0;
}
