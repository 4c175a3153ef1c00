// SPDX-License-Identifier: GPL-2.0-only
/*
 * kit.c - finds the kit's own parts, see kit.h.
 */
#include "kit.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util.h"

static char *tail_of(const char *fmt, va_list ap)
{
	char *tail;

	return vasprintf(&tail, fmt, ap) < 0 ? xstrdup("") : tail;
}

char *kit_path(const struct kit *kit, const char *fmt, ...)
{
	char *tail, *path;
	va_list ap;

	va_start(ap, fmt);
	tail = tail_of(fmt, ap);
	va_end(ap);
	path = xasprintf("%s/%s", kit->root, tail);
	free(tail);
	return path;
}

char *kit_pattern(const struct kit *kit, const char *fmt, ...)
{
	char *tail, *pattern;
	va_list ap;

	va_start(ap, fmt);
	tail = tail_of(fmt, ap);
	va_end(ap);
	pattern = glob_pattern(kit->root, tail);
	free(tail);
	return pattern;
}

char *kit_root(void)
{
	const char *env = getenv("MMAPLAB_ROOT");
	char *exe, *slash;
	int i;

	if (env && *env)
		return realpath(env, NULL);
	exe = realpath("/proc/self/exe", NULL);
	for (i = 0; exe && i < 2; i++) {
		slash = strrchr(exe, '/');
		if (slash)
			*slash = '\0';
	}
	return exe;
}

static int parse_profile(struct kit *kit, char *line, int number, struct err *e)
{
	struct profile *p = &kit->profiles[kit->profiles_count];
	char *cols[5], *save = NULL;
	int i;

	for (i = 0; i < 5; i++) {
		cols[i] = strtok_r(i ? NULL : line, "\t", &save);
		if (!cols[i])
			return err_set(
				e, EINVAL,
				"vm/profiles.tsv, line %d: expected 5 columns (name, cpus, memory_mib, cmdline, purpose)",
				number);
	}
	if (kit->profiles_count == KIT_MAX_PROFILES)
		return err_set(e, E2BIG, "vm/profiles.tsv, line %d: more than %d profiles", number,
			       KIT_MAX_PROFILES);
	p->name = xstrdup(cols[0]);
	p->cpus = atoi(cols[1]);
	p->memory_mib = atoi(cols[2]);
	p->cmdline = xstrdup(strcmp(cols[3], "-") ? cols[3] : "");
	kit->profiles_count++;
	if (p->cpus < 1 || p->memory_mib < 32)
		return err_set(e, EINVAL, "vm/profiles.tsv, line %d: bad number of cpus or memory",
			       number);
	return 0;
}

static int load_profiles(struct kit *kit, struct err *e)
{
	char *path = kit_path(kit, "vm/profiles.tsv");
	char *text = read_text(path), *line, *save = NULL;
	int number = 0, ret = 0;

	if (!text)
		ret = err_set(e, errno, "read %s: %s", path, strerror(errno));
	for (line = text ? strtok_r(text, "\n", &save) : NULL; line && !ret;
	     line = strtok_r(NULL, "\n", &save)) {
		number++;
		if (*line != '#')
			ret = parse_profile(kit, line, number, e);
	}
	free(text);
	free(path);
	return ret;
}

static char *kernel_text(const struct kit *kit, const char *name)
{
	char *path = xasprintf("%s/%s", kit->kernel, name);
	char *text = read_text(path);
	int saved = errno;

	free(path);
	errno = saved;
	return text;
}

/* The third column of the pinned image package; NULL with errno set. */
static char *pinned_sha256(const struct kit *kit)
{
	char *pin = kernel_text(kit, "pin.tsv"), *sum = NULL, *line, *save = NULL;

	/* A kernel of one's own has none. It shapes the template's key. */
	if (!pin && errno != ENOENT)
		return NULL;
	for (line = pin ? strtok_r(pin, "\n", &save) : NULL; line;
	     line = strtok_r(NULL, "\n", &save))
		if (!strncmp(line, "linux-image-", 12) && strrchr(line, '\t'))
			sum = xstrdup(strrchr(line, '\t') + 1);
	free(pin);
	return sum ? sum : xstrdup("unknown");
}

static int read_qemu_version(struct kit *kit, struct err *e)
{
	static const char *const argv[] = { "qemu-system-x86_64", "--version", NULL };

	kit->qemu_version = run_capture(argv);
	if (!kit->qemu_version)
		return err_set(e, ENOENT,
			       "qemu-system-x86_64 does not run\n"
			       "next: make deps (installs what the kit needs)");
	kit->qemu_version[strcspn(kit->qemu_version, "\n")] = '\0';
	return 0;
}

/*
 * By whatever link a checkout comes to its kernel: what is compiled once for all drivers
 * says in which folder that is. Takes over @path, and gives it back where nothing is there.
 */
static char *resolved(char *path)
{
	char *real = realpath(path, NULL);

	if (!real)
		return path;
	free(path);
	return real;
}

int kit_open(const char *root, struct kit **out, struct err *e)
{
	const char *other = getenv("MMAPLAB_KERNEL");
	struct kit *kit = xcalloc(1, sizeof(*kit));
	char *complete;
	int ret;

	*out = kit;
	kit->root = root ? realpath(root, NULL) : kit_root();
	if (!kit->root)
		return err_set(e, errno, "find the checkout: %s", strerror(errno));
	kit->preload = kit_path(kit, "build/hugepages.so");
	kit->kernel = resolved(other && *other ? xstrdup(other) : kit_path(kit, "build/kernel"));
	complete = kernel_text(kit, "complete");
	if (!complete)
		return err_set(e, ENOENT,
			       "no kernel in %s\nnext: make kernel (fetches and unpacks it)",
			       kit->kernel);
	free(complete);
	kit->kernel_release = kernel_text(kit, "release");
	kit->kernel_version = kernel_text(kit, "version");
	kit->kernel_sha256 = pinned_sha256(kit);
	if (!kit->kernel_sha256)
		return err_set(e, errno, "read %s/pin.tsv: %s", kit->kernel, strerror(errno));
	if (!kit->kernel_release || !kit->kernel_version)
		return err_set(e, ENOENT, "%s is incomplete\nnext: rm -r %s, then make kernel",
			       kit->kernel, kit->kernel);
	ret = load_profiles(kit, e);
	return ret ? ret : read_qemu_version(kit, e);
}

void kit_close(struct kit *kit)
{
	size_t i;

	if (!kit)
		return;
	for (i = 0; i < kit->profiles_count; i++) {
		free(kit->profiles[i].name);
		free(kit->profiles[i].cmdline);
	}
	free(kit->root);
	free(kit->preload);
	free(kit->kernel);
	free(kit->kernel_release);
	free(kit->kernel_version);
	free(kit->kernel_sha256);
	free(kit->qemu_version);
	free(kit);
}

const struct profile *kit_profile(const struct kit *kit, const char *name, struct err *e)
{
	char known[256] = "";
	size_t i;

	for (i = 0; i < kit->profiles_count; i++) {
		if (!strcmp(kit->profiles[i].name, name))
			return &kit->profiles[i];
		strncat(known, " ", sizeof(known) - strlen(known) - 1);
		strncat(known, kit->profiles[i].name, sizeof(known) - strlen(known) - 1);
	}
	err_set(e, EINVAL, "no machine profile '%s'; there are:%s", name, known);
	return NULL;
}
