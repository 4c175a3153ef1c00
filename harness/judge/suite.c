// SPDX-License-Identifier: GPL-2.0-only
/*
 * suite.c - main() of every suite: runs the chosen tests one by one, each in
 * a process of its own (Check's fork mode) and in a fresh working directory,
 * and writes one record per test as soon as it has ended.
 *
 * The verdict is what the test's process left in shared memory. Check only
 * says how that process ended: a process that ends without having reached
 * the end of its test, or without a verdict, is the kit's fault (broken).
 */
#include "ask.h"
#include "judge.h"
#include "record.h"
#include "suite.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Check's own limit only ends a judge that hangs; subjects have deadlines. */
#define TEST_LIMIT_S 120

#define TESTS_MAX (sizeof(judge_suite.tests) / sizeof(judge_suite.tests[0]))

struct suite_env suite_env;

/* One test of the suite, in the suite's order. */
struct test {
	const TTest *ttest;
	bool chosen, ran, passed;
};

static struct test tests[TESTS_MAX];
static unsigned tests_count;
static const struct test *current;
static char tmpdir[32], workdir[64];

static struct test *test_find(const char *name, size_t len)
{
	unsigned i;

	for (i = 0; i < tests_count; i++)
		if (strlen(tests[i].ttest->name) == len && !memcmp(tests[i].ttest->name, name, len))
			return &tests[i];
	return NULL;
}

/* Runs in the test's process, before the test's function. */
static void child_begin(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_IGN);
	if (chdir(workdir) < 0)
		judge_broken("chdir %s: %s", workdir, judge_errno_name(errno));
	random_start(suite_env.seed, current->ttest->name);
	if (judge_suite.setup)
		judge_suite.setup();
}

/* Runs in the test's process, only when the test's function returned. */
static void child_end(void)
{
	verdict->reached_end = true;
}

static void broken(const char *text)
{
	verdict->outcome = OUTCOME_BROKEN;
	text_set(verdict->message, sizeof(verdict->message), text, strlen(text));
}

/* What Check says counts only where the test itself left no verdict. */
static void settle(TestResult *tr)
{
	const char *msg = tr ? tr_msg(tr) : NULL;

	if (verdict->outcome != OUTCOME_NONE)
		return;
	if (verdict->reached_end) {
		/* Also when Check's own report fails, on a full /tmp. */
		verdict->outcome = OUTCOME_PASS;
	} else if (!tr) {
		broken("Check ran no test");
	} else if (tr_rtype(tr) == CK_PASS) {
		broken("the test's process ended before the end of the test");
	} else if (tr_rtype(tr) == CK_FAILURE) {
		/* One of Check's own assertions. */
		broken(msg ? msg : "Check reports a failure");
		verdict->outcome = OUTCOME_FAIL;
	} else if (msg && strstr(msg, "signal 9 ") && verdict->modules[0][0]) {
		/* Check's own limit has other words, and want of memory does not kill us. */
		broken("The kernel killed the judge's own process while the driver was at work, "
		       "which no program can do: the driver has freed or overwritten memory that "
		       "is not its own.");
		verdict->outcome = OUTCOME_FAIL;
	} else {
		broken(msg ? msg : "Check reports an error");
	}
}

static void run_in_check(const struct test *t)
{
	Suite *suite = suite_create(judge_suite.lab);
	TCase *tc = tcase_create(t->ttest->name);
	SRunner *sr;
	TestResult **results;
	int n;

	tcase_set_timeout(tc, TEST_LIMIT_S * suite_env.speed);
	tcase_add_checked_fixture(tc, child_begin, child_end);
	tcase_add_test(tc, t->ttest);
	suite_add_tcase(suite, tc);
	sr = srunner_create(suite);
	srunner_set_fork_status(sr, CK_FORK);
	srunner_run_all(sr, CK_SILENT);
	n = srunner_ntests_run(sr);
	results = srunner_results(sr);
	settle(n > 0 ? results[0] : NULL);
	free(results);
	srunner_free(sr);
}

/*
 * The subject owns its working directory, but not the one above it: it can
 * neither rename nor remove what the judge stands in.
 */
static int workdir_make(void)
{
	strcpy(tmpdir, "/tmp/judge-XXXXXX");
	if (!mkdtemp(tmpdir) || chmod(tmpdir, 0755) < 0)
		return -1;
	snprintf(workdir, sizeof(workdir), "%s/work", tmpdir);
	if (mkdir(workdir, 0755) < 0 || chmod(workdir, 0755) < 0)
		return -1;
	return chown(workdir, SUBJECT_UID, SUBJECT_UID);
}

static void run_test(struct test *t)
{
	unsigned i;

	current = t;
	if (workdir_make() < 0) {
		broken("the working directory under /tmp cannot be made");
		return;
	}
	run_in_check(t);
	descendants_end();
	for (i = 0; i < VERDICT_MODULES; i++)
		if (verdict->modules[i][0])
			syscall(SYS_delete_module, verdict->modules[i], O_NONBLOCK);
	tree_remove(tmpdir);
}

/*
 * MMAPLAB_NEEDS is "test=need test=need ...". A need that was not run says
 * nothing about the test.
 */
static bool blocked(const struct test *t)
{
	const char *p = getenv("MMAPLAB_NEEDS");
	size_t name_len = strlen(t->ttest->name), len;
	const struct test *need;
	char text[256];

	for (; p && *p; p += strcspn(p, " "), p += strspn(p, " ")) {
		if (strncmp(p, t->ttest->name, name_len) || p[name_len] != '=')
			continue;
		len = strcspn(p + name_len + 1, " ");
		need = test_find(p + name_len + 1, len);
		if (!need || !need->ran || need->passed)
			continue;
		snprintf(text, sizeof(text), "needs %s, which did not pass", need->ttest->name);
		broken(text);
		verdict->outcome = OUTCOME_BLOCKED;
		return true;
	}
	return false;
}

static unsigned now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (unsigned)(t.tv_sec * 1000 + t.tv_nsec / 1000000);
}

static int run_all(unsigned count)
{
	unsigned i, start;
	int err = record_suite(judge_suite.lab, count, suite_env.speed);

	for (i = 0; i < tests_count && !err; i++) {
		struct test *t = &tests[i];

		if (!t->chosen)
			continue;
		err = record_start(t->ttest->name);
		if (err)
			break;
		memset(verdict, 0, sizeof(*verdict));
		start = now_ms();
		if (!blocked(t))
			run_test(t);
		t->ran = true;
		t->passed = verdict->outcome == OUTCOME_PASS;
		err = record_test(t->ttest->name, verdict, now_ms() - start);
	}
	if (!err)
		err = record_end(count);
	if (err)
		fprintf(stderr, "check: write record: %s\n", strerror(-err));
	return err;
}

/* Check reads CK_* variables; none of them may steer a suite. */
static void environment_scrub(void)
{
	extern char **environ;
	char name[128];
	char **e = environ;

	while (e && *e) {
		size_t len = strcspn(*e, "=");

		if (!strncmp(*e, "CK_", 3) && len < sizeof(name)) {
			memcpy(name, *e, len);
			name[len] = '\0';
			unsetenv(name);
			e = environ;
		} else {
			e++;
		}
	}
}

/* The folder of the suite's own file, for a run without MMAPLAB_UNIT. */
static const char *own_folder(void)
{
	static char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	char *slash;

	path[n > 0 ? n : 0] = '\0';
	slash = strrchr(path, '/');
	if (slash)
		*slash = '\0';
	return path;
}

static int environment_read(void)
{
	const char *seed = getenv("MMAPLAB_SEED");
	const char *fd = getenv("MMAPLAB_RECORD_FD");
	const char *unit = getenv("MMAPLAB_UNIT");
	char *end = "";

	environment_scrub();
	unit = realpath(unit ? unit : own_folder(), NULL);
	if (!unit) {
		perror("check: MMAPLAB_UNIT");
		return -1;
	}
	suite_env.unit = unit;
	suite_env.seed = seed ? strtoull(seed, &end, 16) : 1;
	if (*end) {
		fprintf(stderr, "check: MMAPLAB_SEED: not hexadecimal: %s\n", seed);
		return -1;
	}
	suite_env.record_fd = fd ? atoi(fd) : STDOUT_FILENO;
	if (fcntl(suite_env.record_fd, F_GETFD) < 0) {
		perror("check: MMAPLAB_RECORD_FD");
		return -1;
	}
	suite_env.host = getenv("MMAPLAB_HOST") != NULL;
	suite_env.taint = kernel_taint();
	return 0;
}

/* All tests without arguments, else the named ones. Returns how many, or 0. */
static unsigned choose(int argc, char **argv)
{
	unsigned i, count = 0;
	int a;

	for (i = 0; i < TESTS_MAX && judge_suite.tests[i]; i++)
		tests[i].ttest = *judge_suite.tests[i];
	tests_count = i;
	for (a = 1; a < argc; a++) {
		struct test *t = test_find(argv[a], strlen(argv[a]));

		if (!t) {
			fprintf(stderr, "check: %s has no test %s\n", judge_suite.lab, argv[a]);
			return 0;
		}
		t->chosen = true;
	}
	for (i = 0; i < tests_count; i++) {
		tests[i].chosen |= argc < 2;
		count += tests[i].chosen;
	}
	if (!count)
		fprintf(stderr, "check: %s has no tests\n", judge_suite.lab);
	return count;
}

/* What started the suite may ignore signals, and a subject would inherit that. */
static void signals_default(void)
{
	int sig;

	for (sig = 1; sig < _NSIG; sig++)
		signal(sig, SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
}

/*
 * A driver may take memory that no end of a program gives back. Who is killed for
 * want of it is then the subject, and after it nobody: a kernel that finds no more
 * to kill panics, and a machine that ended is the driver's doing. A suite that was
 * killed would be the kit's fault.
 */
static void oom_never(void)
{
	/* In a machine it may; a development host that refuses it loses nothing. */
	process_oom_score(getpid(), "-1000");
}

int main(int argc, char **argv)
{
	bool revive = argc == 2 && !strcmp(argv[1], "--after-cut");
	unsigned count = revive ? 1 : choose(argc, argv);

	if (!count || environment_read() < 0)
		return 1;
	if (geteuid() != 0) {
		fputs("check: a suite runs as root: it changes users and reads pagemap\n", stderr);
		return 1;
	}
	if (verdict_init() < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1) < 0) {
		perror("check");
		return 1;
	}
	signals_default();
	oom_never();
	suite_env.speed = speed_measure();
	if (revive)
		return revive_all() ? 1 : 0;
	return run_all(count) ? 1 : 0;
}
