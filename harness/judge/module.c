// SPDX-License-Identifier: GPL-2.0-only
/*
 * module.c - kernel modules, the kernel's log and its taint.
 */
#include "ask.h"
#include "judge.h"
#include "record.h"
#include "subject.h"
#include "suite.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KLOG_MAX (128 * 1024)
#define KLOG_LINES 6

static int klog_fd = -1;
static char *klog_text;
static size_t klog_len;

/* A module the test leaves loaded is removed by the suite's process. */
static void remember(const char *name)
{
	unsigned i;

	for (i = 0; i < VERDICT_MODULES; i++)
		if (!verdict->modules[i][0] || !strcmp(verdict->modules[i], name))
			break;
	if (i < VERDICT_MODULES)
		snprintf(verdict->modules[i], sizeof(verdict->modules[i]), "%s", name);
}

/*
 * A debugger waits for this module (MMAPLAB_DEBUG): tell the host where its
 * sections are, and go on when it has answered.
 */
static void tell_debugger(const char *name)
{
	const char *wanted = getenv("MMAPLAB_DEBUG"), *folder;
	json_t *sections;
	struct dirent *d;
	DIR *dir;

	if (!wanted || strcmp(wanted, name))
		return;
	unsetenv("MMAPLAB_DEBUG"); /* once: gdb cannot be told of another place */
	folder = judge_fmt("/sys/module/%s/sections", name);
	sections = json_object();
	dir = opendir(folder);
	while (dir && (d = readdir(dir))) {
		char *text = *d->d_name == '.' && strlen(d->d_name) < 3 ?
				     NULL :
				     proc_slurp(judge_fmt("%s/%s", folder, d->d_name), NULL);

		if (text)
			json_object_set_new(sections, d->d_name, json_string(text));
	}
	if (dir)
		closedir(dir);
	json_decref(host_ask(json_pack("{s:s, s:o}", "what", "loaded", "sections", sections)));
}

int module_load(const char *name, const char *params)
{
	char *path = judge_fmt("%s/mod/%s.ko", suite_env.unit, name);
	size_t len;
	char *image = proc_slurp(path, &len);
	int ret;

	if (!image)
		judge_broken("read %s: %s", path, judge_errno_name(errno));
	ret = syscall(SYS_init_module, image, len, params) < 0 ? -errno : 0;
	free(image);
	if (!ret) {
		remember(name);
		tell_debugger(name);
	}
	return ret;
}

int module_unload(const char *name)
{
	return syscall(SYS_delete_module, name, O_NONBLOCK) < 0 ? -errno : 0;
}

void expect_module_load(const char *name, const char *params)
{
	int err = module_load(name, params);

	if (!err)
		return;
	judge_fail("the module loads", judge_errno_name(-err),
		   "The kernel refused to load %s.ko%s%s%s.", name, *params ? " with \"" : "",
		   params, *params ? "\"" : "");
}

int module_refcount(const char *name)
{
	char *text = proc_slurp(judge_fmt("/sys/module/%s/refcnt", name), NULL);

	return text ? atoi(text) : -1;
}

unsigned long kernel_taint(void)
{
	char *text = proc_slurp("/proc/sys/kernel/tainted", NULL);

	return text ? strtoul(text, NULL, 10) : 0;
}

/* ------------------------------------------------------------ the kernel log */

void klog_mark(void)
{
	if (klog_fd < 0)
		klog_fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (klog_fd < 0 || lseek(klog_fd, 0, SEEK_END) < 0)
		judge_broken("/dev/kmsg: %s", judge_errno_name(errno));
	klog_len = 0;
	if (!klog_text)
		klog_text = xalloc(KLOG_MAX);
	klog_text[0] = '\0';
}

/* One record is "prio,seq,time,flags;text\n" and then " KEY=value" lines. */
static void klog_add(const char *record)
{
	const char *text = strchr(record, ';');
	size_t len;

	if (!text)
		return;
	len = strcspn(++text, "\n");
	if (klog_len + len + 2 > KLOG_MAX)
		return;
	memcpy(klog_text + klog_len, text, len);
	klog_len += len;
	klog_text[klog_len++] = '\n';
	klog_text[klog_len] = '\0';
}

const char *klog_since(void)
{
	char record[8193];
	ssize_t n;

	if (klog_fd < 0)
		judge_broken("klog_since() without klog_mark()");
	for (;;) {
		n = read(klog_fd, record, sizeof(record) - 1);
		if (n < 0 && errno == EAGAIN)
			return klog_text;
		/* EPIPE: the ring has overwritten what came next. */
		if (n < 0 && (errno == EPIPE || errno == EINTR))
			continue;
		if (n <= 0)
			judge_broken("read /dev/kmsg: %s", judge_errno_name(errno));
		record[n] = '\0';
		klog_add(record);
	}
}

/*
 * The kernel's own complaints, in its own words, for a module's are never judged:
 * they begin a line, or stand behind the name of the program that asked for memory.
 */
static bool complaint(const char *line)
{
	static const char *const starts[] = {
		"BUG",
		"WARNING: CPU:",
		"kernel BUG",
		"Oops",
		"general protection",
		"x86/PAT",
		"list_add corruption",
		"list_del corruption",
		"refcount_t",
		"UBSAN",
		"KASAN",
		"INFO: task",
		"rcu: INFO",
		"------------[ cut here",
	};
	static const char *const anywhere[] = {
		": vmalloc error: size ",
		": page allocation failure: order:",
		" invoked oom-killer: gfp_mask=",
	};
	size_t i;

	for (i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
		if (!strncmp(line, starts[i], strlen(starts[i])))
			return true;
	for (i = 0; i < sizeof(anywhere) / sizeof(anywhere[0]); i++)
		if (strstr(line, anywhere[i]))
			return true;
	return false;
}

const char *klog_complaint(void)
{
	char *text = judge_fmt("%s", klog_since()), *line;

	while ((line = next_line(&text)))
		if (complaint(line))
			return line;
	return NULL;
}

/* What the more likely taint bits say, see Documentation/admin-guide/tainted-kernels.rst. */
static const char *taint_text(unsigned long taint)
{
	static const struct {
		unsigned bit;
		const char *text;
	} bits[] = {
		{ 0, "its licence is not compatible with the GPL" },
		{ 1, "it was loaded by force" },
		{ 5, "a bad page was found" },
		{ 7, "the kernel died (oops or BUG)" },
		{ 9, "the kernel warned" },
	};
	size_t i;

	for (i = 0; i < sizeof(bits) / sizeof(bits[0]); i++)
		if (taint >> bits[i].bit & 1)
			return judge_fmt("taint %#lx: %s", taint, bits[i].text);
	return judge_fmt("taint %#lx", taint);
}

/* The loader says these of every module of ours, and sysctl_drop_caches() lets one be said. */
static bool noise(const char *line, size_t len)
{
	if (memmem(line, len, ": drop_caches: ", strlen(": drop_caches: ")))
		return true;
	return memmem(line, len, " taint", strlen(" taint")) &&
	       memmem(line, len, " kernel", strlen(" kernel"));
}

/* From the first complaint on, for it says what the rest is about; else the end. */
void klog_evidence(void)
{
	static bool done;
	const char *text, *end;
	int lines = 0, skip = 0, complaint_at = -1;

	if (klog_fd < 0 || done)
		return;
	done = true;
	for (text = klog_since(); (end = strchr(text, '\n')); text = end + 1) {
		if (noise(text, end - text))
			continue;
		if (complaint_at < 0 && complaint(text))
			complaint_at = lines;
		lines++;
	}
	skip = complaint_at >= 0 ? complaint_at : lines - KLOG_LINES;
	lines = 0;
	for (text = klog_text; (end = strchr(text, '\n')); text = end + 1) {
		if (noise(text, end - text))
			continue;
		if (lines >= skip && lines < skip + KLOG_LINES)
			judge_note("kernel log: %.*s", (int)(end - text), text);
		lines++;
	}
}

void expect_klog_clean(void)
{
	unsigned long taint = kernel_taint() & ~TAINT_OUT_OF_TREE_UNSIGNED & ~suite_env.taint;
	const char *line = klog_complaint();

	if (line)
		judge_fail("a clean kernel log", line,
			   "The kernel complained in its log while the module was in use.");
	if (taint)
		judge_fail("no taint beyond out-of-tree and unsigned", taint_text(taint),
			   "The module tainted the kernel.");
}

static int pipes[16][2];

void dirty_pages_keep(void)
{
	static unsigned char pattern[65536];
	int i;

	memset(pattern, 0xa5, sizeof(pattern));
	for (i = 0; i < 16; i++) {
		SAFE(pipe2(pipes[i], O_CLOEXEC | O_NONBLOCK));
		/* A pipe that takes less than 64 KiB is still of use. */
		SAFE(write(pipes[i][1], pattern, sizeof(pattern)));
	}
}

void dirty_pages_free(void)
{
	int i;

	for (i = 0; i < 16; i++) {
		close(pipes[i][0]);
		close(pipes[i][1]);
	}
}

void dirty_free_pages(void)
{
	dirty_pages_keep();
	dirty_pages_free();
}
