// SPDX-License-Identifier: GPL-2.0-only
/*
 * verified.c - verdicts that need not be proved again, see verified.h.
 */
#include "verified.h"

#include <glob.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "build_cache.h"
#include "confine.h"
#include "fingerprint.h"
#include "template.h"
#include "util.h"

/* Below the checkout; %s: the lab's id. What is only read by people is left out. */
static const char *const of_all[] = { "labs/labs.tsv", "build/hugepages.so", "driver/*.h" };
static const char *const of_lab[] = { "labs/%s/*.[ch]", "labs/%s/*.tsv", "build/labs/%s/check",
				      "build/labs/%s/given.o" };

/* What a student edits is a part of each solution instead. */
static bool is_edited(const struct kit *kit, const struct lab_def *lab, const char *path)
{
	size_t i, root = strlen(kit->root) + 1;

	for (i = 0; i < lab->files_count; i++)
		if (strlen(path) > root && !strcmp(path + root, lab->files[i]))
			return true;
	return false;
}

/* @pattern is taken over. */
static int add_files(struct fingerprint *f, const struct kit *kit, const struct lab_def *lab,
		     char *pattern, struct err *e)
{
	struct stat st;
	glob_t g = { 0 };
	size_t i;
	int ret = 0;

	glob(pattern, 0, NULL, &g);
	for (i = 0; i < g.gl_pathc && !ret; i++)
		if (!stat(g.gl_pathv[i], &st) && S_ISREG(st.st_mode) &&
		    !is_edited(kit, lab, g.gl_pathv[i]))
			ret = fingerprint_file(f, g.gl_pathv[i], g.gl_pathv[i], e);
	globfree(&g);
	free(pattern);
	return ret;
}

static int add_templates(struct fingerprint *f, const struct kit *kit, const struct lab_def *lab,
			 struct err *e)
{
	const struct profile *profiles[KIT_MAX_PROFILES];
	size_t i, n = 0;
	int ret = template_profiles(kit, lab, profiles, &n, e);

	for (i = 0; i < n && !ret; i++) {
		struct template t;

		ret = template_open(kit, profiles[i], ACCEL_AUTO, &t, e);
		if (ret)
			break;
		fingerprint_text(f, "%s %s", profiles[i]->name, t.key);
		template_close(&t);
	}
	return ret;
}

int verified_lab(const struct kit *kit, const struct lab_def *lab, char sum[65], struct err *e)
{
	struct fingerprint *f = fingerprint_new();
	int ret = confine_level(e);
	size_t i;

	fingerprint_text(f, "1 %s %d", lab->id, ret);
	fingerprint_text(f, "%s %s", kit->kernel_version, kit->kernel_sha256);
	ret = ret < 0 ? ret : fingerprint_file(f, "mmaplab", "/proc/self/exe", e);
	fingerprint_stamp(f, "/var/lib/dpkg/status");
	for (i = 0; i < sizeof(of_all) / sizeof(of_all[0]) && !ret; i++)
		ret = add_files(f, kit, lab, kit_pattern(kit, "%s", of_all[i]), e);
	for (i = 0; i < sizeof(of_lab) / sizeof(of_lab[0]) && !ret; i++) {
		char *below = xasprintf(of_lab[i], lab->id);

		ret = add_files(f, kit, lab, kit_pattern(kit, "%s", below), e);
		free(below);
	}
	if (!ret && lab->module) {
		ret = add_files(f, kit, lab, kit_pattern(kit, "driver/%s/*", lab->module), e);
		if (!ret)
			ret = add_files(f, kit, lab, glob_pattern(kit->kernel, "kmod/mod/*.ko"), e);
	}
	if (!ret)
		ret = add_templates(f, kit, lab, e);
	fingerprint_end(f, sum);
	return ret;
}

char *verified_entry(const struct kit *kit, const struct lab_def *lab, const char *common,
		     const char *source, const char *patch, const char *asked)
{
	struct fingerprint *f = fingerprint_new();
	int ret = patch ? fingerprint_file(f, patch, patch, NULL) : 0;
	char sum[65];
	size_t i;

	fingerprint_text(f, "%s %s", common, asked);
	for (i = 0; i < lab->files_count && !ret; i++) {
		char *path = xasprintf("%s/%s", source, lab->files[i]);

		ret = fingerprint_file(f, path, path, NULL);
		free(path);
	}
	fingerprint_end(f, sum);
	return ret ? NULL : kit_path(kit, "build/cache/%s.json", sum);
}

json_t *verified_find(const char *entry)
{
	return json_load_file(entry, 0, NULL);
}

void verified_keep(const char *entry, json_t *doc)
{
	char *folder = strndup(entry, strrchr(entry, '/') - entry);

	if (!make_dirs(folder, NULL))
		write_json_atomic(entry, doc, 0, NULL);
	free(folder);
}
