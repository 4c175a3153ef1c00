// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_machine.c - the virtual machine itself: templates, restore, what a
 * clone gets and what it does not get. Real machines; templates are changed in
 * a skeleton of a checkout, so that no grading is disturbed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../grade/kit.h"
#include "../grade/machine.h"
#include "../grade/template.h"
#include "../grade/unit.h"
#include "../grade/util.h"
#include "limit.h"
#include "tests.h"

#define ANSWER_MS 60000
#define OUT_MAX 65536

static struct kit *kit;
static char out[OUT_MAX];

/*
 * A skeleton of a checkout: links to the real kernel and machine files, and
 * an empty place for templates.
 */
static void open_kit(void)
{
	struct err e = { 0 };
	char *real = realpath(getenv("MMAPLAB_ROOT") ? getenv("MMAPLAB_ROOT") : ".", NULL);
	const char *root = tests_folder();

	ck_assert_int_eq(make_dirs(tests_path("build/vm"), &e), 0);
	ck_assert_int_eq(symlink(xasprintf("%s/vm", real), tests_path("vm")), 0);
	ck_assert_int_eq(symlink(xasprintf("%s/build/kernel", real), tests_path("build/kernel")),
			 0);
	ck_assert_int_eq(
		symlink(xasprintf("%s/build/vm/agent", real), tests_path("build/vm/agent")), 0);
	ck_assert_int_eq(symlink(xasprintf("%s/build/vm/scratch.ext4", real),
				 tests_path("build/vm/scratch.ext4")),
			 0);
	ck_assert_int_eq(symlink(xasprintf("%s/build/hugepages.so", real),
				 tests_path("build/hugepages.so")),
			 0);
	ck_assert_msg(kit_open(root, &kit, &e) == 0, "%s", e.text);
}

/* The checkout itself, for tests that leave its templates alone. */
static void open_real_kit(void)
{
	struct err e = { 0 };

	ck_assert_msg(kit_open(getenv("MMAPLAB_ROOT") ? getenv("MMAPLAB_ROOT") : ".", &kit, &e) ==
			      0,
		      "%s", e.text);
}

static struct template open_template(void)
{
	struct err e = { 0 };
	struct template t;
	int ret = template_open(kit, kit_profile(kit, "plain", &e), ACCEL_FORCE_TCG, &t, &e);

	ck_assert_msg(ret == 0, "%s", e.text);
	return t;
}

static int busybox_payload(size_t *used)
{
	struct unit_file file = { "busybox", "/bin/busybox" };
	struct err e = { 0 };
	int payload = unit_payload(&file, 1, used, &e);

	ck_assert_msg(payload >= 0, "%s", e.text);
	return payload;
}

/* A fresh machine that has begun a shell command. */
static struct machine *start(const struct template *t, bool cold, const char *command)
{
	struct machine_spec spec;
	struct machine *m = NULL;
	struct err e = { 0 };
	size_t used;
	int payload = busybox_payload(&used);
	json_t *c = unit_command(json_pack("[s,s,s,s]", "/unit/busybox", "sh", "-c", command),
				 json_pack("[s]", "PATH=/bin"), used, false);

	spec = template_spec(kit, t, cold, payload);
	ck_assert_msg(machine_start(&spec, &m, &e) == 0, "%s", e.text);
	ck_assert_msg(machine_send(m, c, &e) == 0, "%s", e.text);
	close(payload);
	json_decref(c);
	return m;
}

/* What it says until the agent tells that the command has ended is left unread. */
static void wait_for_exit(struct machine *m)
{
	int64_t answer_ms = limit_ms(ANSWER_MS);
	const char *line;
	size_t len;
	int ret;

	do {
		ret = machine_line(m, awake_ms() + answer_ms, &line, &len);
	} while (!ret && !memmem(line, len, "\"exit\"", 6));
	ck_assert_int_eq(ret, 0);
}

/*
 * Run a shell command in a fresh machine. What it prints on descriptor 3, the
 * record port, comes back in out, line by line, up to the agent's end.
 */
static void in_machine(const struct template *t, bool cold, const char *command)
{
	struct machine *m = start(t, cold, command);
	int64_t answer_ms = limit_ms(ANSWER_MS);
	const char *line;
	size_t len, n = 0;
	int ret;

	out[0] = '\0';
	do {
		ret = machine_line(m, awake_ms() + answer_ms, &line, &len);
		ck_assert_msg(ret == 0, "no line: %s; so far: %s", strerror(-ret), out);
		if (n + len + 2 < OUT_MAX && line[0] != '{') {
			memcpy(out + n, line, len);
			n += len;
			out[n++] = '\n';
			out[n] = '\0';
		}
	} while (!memmem(line, len, "\"exit\"", 6));
	machine_end(m);
}

/* ----------------------------------------------------------- templates */

START_TEST(template_is_built_once)
{
	struct template t;

	open_kit();
	t = open_template();
	ck_assert_msg(strstr(t.note, "there was none"), "note: %s", t.note);
	template_close(&t);
	t = open_template();
	ck_assert_msg(!*t.note, "note: %s", t.note);
	in_machine(&t, false, "echo hello >&3");
	ck_assert_str_eq(out, "hello\n");
}
END_TEST

START_TEST(touched_but_sound_template_is_kept)
{
	struct template t;

	open_kit();
	t = open_template();
	template_close(&t);
	/* As after cp -r or a restored backup: new times, same content. */
	ck_assert_int_eq(
		utimensat(AT_FDCWD, tests_path("build/vm/templates/plain-tcg/ram"), NULL, 0), 0);
	t = open_template();
	ck_assert_msg(!*t.note, "note: %s", t.note);
}
END_TEST

START_TEST(template_follows_what_shapes_it)
{
	struct template t;
	char *init, *changed;
	size_t len;

	open_kit();
	t = open_template();
	template_close(&t);
	/* A private vm/. */
	init = tests_read(tests_path("vm/init"), &len);
	ck_assert_int_eq(
		system(xasprintf("cd '%s' && cp -rL vm own && rm vm && mv own vm", tests_folder())),
		0);
	t = open_template();
	ck_assert_msg(!*t.note, "an equal copy of vm/ caused a rebuild: %s", t.note);
	template_close(&t);
	tests_write("build/vm/initramfs.json", "{", 1);
	t = open_template();
	ck_assert_msg(!*t.note, "a damaged memo caused a rebuild: %s", t.note);
	template_close(&t);
	/* Of the same size. */
	changed = xstrdup(init);
	strstr(changed, "# SPDX")[1] = '#';
	tests_write("vm/init", changed, strlen(changed));
	t = open_template();
	ck_assert_msg(strstr(t.note, "has changed"), "note: %s", t.note);
}
END_TEST

/* How long plain and smp took to boot, as the notes say, with this reason; 0: not made. */
static int made_both(const char *why)
{
	const struct profile *both[] = { kit_profile(kit, "plain", NULL),
					 kit_profile(kit, "smp", NULL) };
	struct template list[2];
	int sum = 0, i;

	ck_assert_int_eq(template_open_all(kit, both, 2, ACCEL_FORCE_TCG, list, NULL), 0);
	for (i = 0; i < 2; i++) {
		const char *note = list[i].note, *ms = strstr(note, "built in ");

		ck_assert_int_eq(!*note, !*why);
		ck_assert_msg(strstr(note, why) != NULL, "note: %s", note);
		ck_assert_str_eq(list[i].profile->name, both[i]->name);
		sum += ms ? atoi(ms + strlen("built in ")) : 0;
		template_close(&list[i]);
	}
	return sum;
}

START_TEST(several_templates_are_built_beside_each_other)
{
	int64_t began = clock_ms();
	int sum;

	open_kit();
	sum = made_both("there was none");
	if (sysconf(_SC_NPROCESSORS_ONLN) > 1)
		ck_assert_int_lt(clock_ms() - began, sum);
	ck_assert_int_eq(made_both(""), 0);
	ck_assert_int_eq(system(xasprintf("sed -i 's/\"key\": \"./\"key\": \"x/' "
					  "'%s'/build/vm/templates/*/stamp.json",
					  tests_folder())),
			 0);
	ck_assert_int_gt(made_both("has changed"), 0);
}
END_TEST

START_TEST(two_processes_build_one_template)
{
	struct template t;
	pid_t pid;
	int status;

	open_kit();
	pid = fork();
	if (pid == 0) {
		struct err e = { 0 };

		_exit(template_open(kit, kit_profile(kit, "plain", &e), ACCEL_FORCE_TCG, &t, &e) ?
			      2 :
			      *t.note != '\0');
	}
	t = open_template();
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WEXITSTATUS(status) + (*t.note != '\0') == 1, "built: here %d, there %d",
		      *t.note != '\0', WEXITSTATUS(status));
	in_machine(&t, false, "echo once >&3");
	ck_assert_str_eq(out, "once\n");
}
END_TEST

START_TEST(failed_restore_boots_and_says_so)
{
	static struct test_def def = { .id = "any", .points = 1 };
	static const struct test_def *const tests[] = { &def };
	static const struct lab_def lab = { .id = "00-none" };
	struct unit_spec spec = { .tests = tests, .tests_count = 1 };
	struct template t;
	json_t *result;

	open_real_kit();
	t = open_template();
	/* A state file that is none: QEMU refuses it. */
	close(t.state_fd);
	t.state_fd = open("/bin/busybox", O_RDONLY);
	tests_write_text(
		"check",
		"#!/bin/sh\n"
		"echo '{\"t\":\"suite\"}' >&3\n"
		"echo '{\"t\":\"start\",\"id\":\"any\"}' >&3\n"
		"echo '{\"t\":\"test\",\"id\":\"any\",\"outcome\":\"pass\",\"ms\":1}' >&3\n"
		"echo '{\"t\":\"end\",\"tests\":1}' >&3\n");
	spec.kit = kit;
	spec.lab = &lab;
	spec.template = &t;
	spec.files[0] = (struct unit_file){ "check", tests_path("check") };
	spec.files_count = 1;
	result = unit_run(&spec);
	ck_assert_str_eq(json_string_value(json_object_get(result, "start")), "cold");
	ck_assert_ptr_nonnull(
		strstr(json_string_value(json_object_get(result, "note")), "the restore failed"));
	ck_assert_msg(json_object_size(json_object_get(result, "results")) == 1, "%s",
		      json_dumps(result, 0));
}
END_TEST

/* ------------------------------------------------------------ power cuts */

START_TEST(power_cuts_keep_what_was_on_the_disk)
{
	static struct test_def def[] = {
		{ .id = "only_what_was_synced_survives" },
		{ .id = "torn_cut_mixes_sectors" },
		{ .id = "program_after_a_cut_ends_in_its_way" },
		{ .id = "unknown_cut_is_broken" },
	};
	static const struct test_def *const tests[] = { &def[0], &def[1], &def[2], &def[3] };
	static const struct lab_def lab = { .id = "00-none" };
	struct unit_spec spec = { .tests = tests, .tests_count = 4, .seed = 7 };
	json_t *result, *record;
	struct template t;
	const char *outcome;
	size_t i;

	open_real_kit();
	t = open_template();
	spec.kit = kit;
	spec.lab = &lab;
	spec.template = &t;
	spec.files[0] = (struct unit_file){ "check", kit_path(kit, "build/tests/judge/check_cut") };
	spec.files[1] = (struct unit_file){ "bin/busybox", "/bin/busybox" };
	spec.files_count = 2;
	result = unit_run(&spec);
	for (i = 0; i < 4; i++) {
		record = json_object_get(json_object_get(result, "results"), def[i].id);
		outcome = json_string_value(json_object_get(record, "outcome"));
		ck_assert_msg(outcome && !strcmp(outcome, i < 3 ? "pass" : "broken"), "%s: %s",
			      def[i].id, json_dumps(result, 0));
	}
}
END_TEST

/* -------------------------------------------------- what a clone gets */

START_TEST(clones_have_own_clock_and_random_pool)
{
	struct template t;
	char *first;
	long long now = (long long)time(NULL);

	open_real_kit();
	t = open_template();
	in_machine(&t, false, "busybox head -c 16 /dev/urandom | busybox od -An -tx1 >&3");
	first = xstrdup(out);
	in_machine(&t, false, "busybox head -c 16 /dev/urandom | busybox od -An -tx1 >&3");
	ck_assert_str_ne(first, out);
	in_machine(&t, false, "busybox date +%s >&3");
	ck_assert_msg(llabs(atoll(out) - now) < 300, "the machine's clock says %s", out);
}
END_TEST

START_TEST(clones_share_nothing)
{
	struct template t;

	open_real_kit();
	t = open_template();
	in_machine(&t, false, "echo left > /tmp/mark; busybox sync; cat /tmp/mark >&3");
	ck_assert_str_eq(out, "left\n");
	in_machine(&t, false, "busybox ls /tmp >&3");
	ck_assert_str_eq(out, "");
	in_machine(&t, false, "busybox cat /unit/busybox | busybox wc -c >&3");
	ck_assert_int_gt(atoi(out), 100000);
}
END_TEST

START_TEST(machine_has_no_network_and_two_disks)
{
	struct template t;

	open_real_kit();
	t = open_template();
	in_machine(&t, false, "busybox ls /sys/class/net >&3");
	ck_assert_str_eq(out, "lo\n");
	in_machine(&t, false, "busybox cat /sys/block/vda/ro >&3");
	ck_assert_str_eq(out, "1\n");
	in_machine(&t, false, "busybox ls /sys/block | busybox grep -v loop >&3");
	ck_assert_str_eq(out, "vda\nvdb\n");
}
END_TEST

START_TEST(scratch_disk_is_fresh_each_time)
{
	static const char *const look =
		"busybox mkdir /s && busybox mount -t ext4 /dev/vdb /s && busybox ls /s >&3;"
		"busybox dd if=/dev/zero of=/s/mark bs=1M count=8; busybox umount /s";
	struct template t;
	int i;

	open_real_kit();
	t = open_template();
	for (i = 0; i < 2; i++) {
		in_machine(&t, false, look);
		ck_assert_str_eq(out, "lost+found\n");
	}
}
END_TEST

START_TEST(cold_boot_is_the_same_machine)
{
	static const char *const look =
		"busybox cat /proc/cmdline /sys/kernel/mm/transparent_hugepage/enabled >&3;"
		"busybox grep -E 'model name|flags' /proc/cpuinfo >&3;"
		"busybox ls /unit /bin /modules >&3; busybox mount >&3";
	struct template t;
	char *restored;

	open_real_kit();
	t = open_template();
	in_machine(&t, false, look);
	restored = xstrdup(out);
	in_machine(&t, true, look);
	ck_assert_str_eq(out, restored);
	ck_assert_ptr_nonnull(strstr(out, "[never]"));
}
END_TEST

START_TEST(profiles_are_what_they_say)
{
	static const struct {
		const char *name, *look, *want;
	} rows[] = {
		{ "plain", "busybox nproc >&3", "1\n" },
		{ "smp", "busybox nproc >&3", "2\n" },
		{ "leak",
		  "busybox tr ' ' '\\n' </proc/cmdline | busybox grep -e slub -e init_on -e oops >&3",
		  "slub_debug=FZP\noops=panic\ninit_on_alloc=0\n" },
		{ "free",
		  "busybox tr ' ' '\\n' </proc/cmdline | busybox grep -e slub -e init_on -e oops >&3",
		  "slub_debug=FZP\noops=panic\ninit_on_free=1\n" },
	};
	struct template t;
	struct err e = { 0 };
	size_t i = (size_t)_i;

	open_real_kit();
	ck_assert_msg(template_open(kit, kit_profile(kit, rows[i].name, &e), ACCEL_FORCE_TCG, &t,
				    &e) == 0,
		      "%s", e.text);
	in_machine(&t, false, rows[i].look);
	ck_assert_str_eq(out, rows[i].want);
}
END_TEST

START_TEST(console_flood_is_capped)
{
	struct machine *m;
	struct template t;
	const char *console;
	size_t len;
	int ret;

	open_real_kit();
	t = open_template();
	m = start(
		&t, false,
		"busybox yes 0123456789abcdef | busybox head -c 1000000 >/dev/console; echo last >/dev/console");
	wait_for_exit(m);
	/* The UART is slower than the port: wait for the last word. */
	for (ret = 0; ret < 500; ret++) {
		console = machine_console(m, &len);
		if (memmem(console, len, "last", 4))
			break;
		usleep(20000);
	}
	ck_assert_msg(memmem(console, len, "last", 4) != NULL, "the end is missing");
	ck_assert_uint_le(len, MACHINE_CONSOLE_MAX);
	machine_end(m);
}
END_TEST

/* One more command in the machine of start(), whose payload is on its disk still. */
static char *answer_to_next(struct machine *m)
{
	int64_t answer_ms = limit_ms(ANSWER_MS);
	struct err e = { 0 };
	const char *line;
	size_t used, len;
	int payload = busybox_payload(&used);
	json_t *c = unit_command(json_pack("[s,s]", "/unit/busybox", "true"), json_array(), used,
				 false);

	close(payload);
	wait_for_exit(m);
	ck_assert_msg(machine_next(m, 5, &e) == 0, "%s", e.text);
	ck_assert_msg(machine_send(m, c, &e) == 0, "%s", e.text);
	json_decref(c);
	ck_assert_int_eq(machine_line(m, awake_ms() + answer_ms, &line, &len), 0);
	return xasprintf("%.*s", (int)len, line);
}

START_TEST(agent_refuses_a_machine_in_which_something_is_left)
{
	static const struct {
		const char *command, *answer;
	} leaves[] = {
		{ "busybox mkdir /tmp/x && busybox rmdir /tmp/x; exit 1", "unpacked" },
		{ "busybox sleep 1000 &", "unsound" },
		{ "busybox setsid busybox sleep 1000 &", "unsound" },
		{ "busybox touch /tmp/x", "unsound" },
		{ "busybox touch /dev/shm/.x", "unsound" },
		/* As of a driver that unregisters nothing when it goes. */
		{ "busybox mknod /dev/x c 10 63", "unsound" },
		{ "busybox mount -t tmpfs x /mnt || busybox mount -t tmpfs x /sys", "unsound" },
		{ "busybox dd if=/dev/zero of=/unit/x bs=1M count=40", "unsound" },
		/* What the page cache holds can be given back. */
		{ "busybox dd if=/dev/vda of=/dev/null bs=1M count=40", "unpacked" },
	};
	struct template t;
	size_t i;

	open_real_kit();
	t = open_template();
	for (i = 0; i < sizeof(leaves) / sizeof(leaves[0]); i++) {
		struct machine *m = start(&t, false, leaves[i].command);
		char *answer = answer_to_next(m);

		ck_assert_msg(strstr(answer, leaves[i].answer) != NULL, "%s: %s", leaves[i].command,
			      answer);
		machine_end(m);
	}
}
END_TEST

/* Each unit has processor time of its own, counted from where the last one ended. */
START_TEST(next_unit_has_its_own_processor_time)
{
	struct rlimit limit;
	struct template t;
	struct machine *m;

	open_real_kit();
	t = open_template();
	m = start(&t, false,
		  "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; echo $i >/dev/console");
	answer_to_next(m);
	ck_assert_int_eq(prlimit(machine_pid(m), RLIMIT_CPU, NULL, &limit), 0);
	/* 5 s were given, and it had used something. */
	ck_assert_uint_ge(limit.rlim_cur, 6);
	ck_assert_uint_lt(limit.rlim_cur, 60);
	machine_end(m);
}
END_TEST

START_TEST(killed_owner_takes_qemu_along)
{
	int fds[2], status;
	pid_t owner, qemu = 0;
	char path[64];

	open_real_kit();
	ck_assert_int_eq(pipe(fds), 0);
	owner = fork();
	if (owner == 0) {
		struct template t = open_template();
		struct unit_file file = { "busybox", "/bin/busybox" };
		struct err e = { 0 };
		struct machine *m;
		size_t used;
		struct machine_spec spec =
			template_spec(kit, &t, false, unit_payload(&file, 1, &used, &e));

		if (machine_start(&spec, &m, &e))
			_exit(1);
		/* The machine is our only child. */
		snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
		sscanf(read_text(path), "%d", &qemu);
		if (write(fds[1], &qemu, sizeof(qemu)) != sizeof(qemu))
			_exit(1);
		for (;;)
			pause();
	}
	ck_assert_int_eq(read(fds[0], &qemu, sizeof(qemu)), sizeof(qemu));
	ck_assert_int_gt(qemu, 1);
	ck_assert_int_eq(kill(qemu, 0), 0);
	kill(owner, SIGKILL);
	ck_assert_int_eq(waitpid(owner, &status, 0), owner);
	for (status = 0; status < 500 && kill(qemu, 0) == 0; status++) {
		/* Reaped by whoever adopted it; a zombie holds nothing. */
		char *stat;

		snprintf(path, sizeof(path), "/proc/%d/stat", (int)qemu);
		stat = read_text(path);
		if (!stat || strstr(stat, ") Z"))
			break;
		usleep(10000);
	}
	ck_assert_int_lt(status, 500);
}
END_TEST

START_TEST(forced_kvm_works_or_says_why)
{
	struct err e = { 0 };
	struct template t;
	int ret;

	open_kit();
	ret = template_open(kit, kit_profile(kit, "plain", &e), ACCEL_FORCE_KVM, &t, &e);
	if (ret == 0) {
		in_machine(&t, false, "echo kvm >&3");
		ck_assert_str_eq(out, "kvm\n");
	} else {
		ck_assert_ptr_nonnull(strstr(e.text, "ACCEL=kvm: "));
		ck_assert_ptr_nonnull(strstr(e.text, "next: ACCEL=tcg"));
	}
}
END_TEST

/* KiB of a process's heap that are in huge pages. */
static long huge_heap(pid_t pid)
{
	char line[512];
	FILE *f;
	long kib = 0, n;
	bool heap = false;

	snprintf(line, sizeof(line), "/proc/%d/smaps", (int)pid);
	f = fopen(line, "r");
	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof(line), f)) {
		if (strchr(line, '-') && strchr(line, '-') < strchr(line, ' '))
			heap = strstr(line, "[heap]");
		if (heap && sscanf(line, "AnonHugePages: %ld kB", &n) == 1)
			kib += n;
	}
	fclose(f);
	return kib;
}

START_TEST(qemu_has_huge_pages)
{
	struct machine_spec spec;
	struct machine *m;
	struct err e = { 0 };
	struct template t;

	open_real_kit();
	t = open_template();
	m = start(&t, false, "true");
	if (system("grep -qF '[madvise]' /sys/kernel/mm/transparent_hugepage/enabled"))
		printf("# this host lends huge pages to nobody or to everybody\n");
	else
		ck_assert_int_ge(huge_heap(machine_pid(m)), 2048);
	machine_end(m);
	spec = template_spec(kit, &t, false, -1);
	kit->preload = tests_path("none.so");
	ck_assert_int_eq(machine_start(&spec, &m, &e), -ENOENT);
	ck_assert_ptr_nonnull(strstr(e.text, "none.so"));
	ck_assert_ptr_nonnull(strstr(e.text, "next: make built"));
}
END_TEST

static Suite *make_suite(void)
{
	Suite *s = suite_create("machine");
	TCase *tc = tcase_create("machine");

	/* Generous: the machine's own deadlines end a hang long before. */
	tcase_set_timeout(tc, 600);
	tcase_add_test(tc, template_is_built_once);
	tcase_add_test(tc, touched_but_sound_template_is_kept);
	tcase_add_test(tc, template_follows_what_shapes_it);
	tcase_add_test(tc, several_templates_are_built_beside_each_other);
	tcase_add_test(tc, two_processes_build_one_template);
	tcase_add_test(tc, failed_restore_boots_and_says_so);
	tcase_add_test(tc, power_cuts_keep_what_was_on_the_disk);
	tcase_add_test(tc, clones_have_own_clock_and_random_pool);
	tcase_add_test(tc, clones_share_nothing);
	tcase_add_test(tc, machine_has_no_network_and_two_disks);
	tcase_add_test(tc, scratch_disk_is_fresh_each_time);
	tcase_add_test(tc, cold_boot_is_the_same_machine);
	tcase_add_loop_test(tc, profiles_are_what_they_say, 0, 4);
	tcase_add_test(tc, console_flood_is_capped);
	tcase_add_test(tc, agent_refuses_a_machine_in_which_something_is_left);
	tcase_add_test(tc, next_unit_has_its_own_processor_time);
	tcase_add_test(tc, killed_owner_takes_qemu_along);
	tcase_add_test(tc, qemu_has_huge_pages);
	tcase_add_test(tc, forced_kvm_works_or_says_why);
	suite_add_tcase(s, tc);
	return s;
}

int main(void)
{
	return tests_main(make_suite);
}
