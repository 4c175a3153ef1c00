// SPDX-License-Identifier: GPL-2.0-only
/*
 * confine_plan.c - composes the command line of bubblewrap, or goes without,
 * see confine_plan.h.
 */
#include "confine_plan.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util.h"

#define DEFAULT_CPU_S 30
#define NAMELESS_UID 65534

const enum confine_level confine_way_level[CONFINE_WAY_COUNT] = {
	[CONFINE_WAY_NS_DROP] = CONFINE_NAMESPACES,
	[CONFINE_WAY_NS_USER] = CONFINE_NAMESPACES,
	[CONFINE_WAY_UID] = CONFINE_UID,
	[CONFINE_WAY_LIMITS] = CONFINE_LIMITS,
};

static void add(struct confine_plan *p, size_t *n, const char *arg)
{
	/* The last place stays NULL; CONFINE_MAX_BINDS keeps us below it. */
	if (*n + 1 < sizeof(p->argv) / sizeof(p->argv[0]))
		p->argv[(*n)++] = xstrdup(arg);
}

static void add3(struct confine_plan *p, size_t *n, const char *a, const char *b, const char *c)
{
	add(p, n, a);
	add(p, n, b);
	if (c)
		add(p, n, c);
}

/* /bin and its like are links into /usr, or folders on an older system. */
static void add_system(struct confine_plan *p, size_t *n)
{
	static const char *const top[] = { "/bin", "/sbin", "/lib", "/lib64" };
	char target[64];
	ssize_t len;
	size_t i;

	add3(p, n, "--ro-bind", "/usr", "/usr");
	for (i = 0; i < sizeof(top) / sizeof(top[0]); i++) {
		len = readlink(top[i], target, sizeof(target) - 1);
		if (len > 0) {
			target[len] = '\0';
			add3(p, n, "--symlink", target, top[i]);
		} else {
			add3(p, n, "--ro-bind-try", top[i], top[i]);
		}
	}
	/* awk and cc are links by way of this folder. */
	add3(p, n, "--perms", "0755", NULL);
	add3(p, n, "--dir", "/etc", NULL);
	add3(p, n, "--ro-bind-try", "/etc/alternatives", "/etc/alternatives");
}

static void add_bubblewrap(struct confine_plan *p, size_t *n, enum confine_way way,
			   const struct confine_job *job)
{
	static const char *const flags[] = {
		"bwrap",	 "--die-with-parent", "--new-session", "--unshare-ipc",
		"--unshare-pid", "--unshare-net",     "--unshare-uts", "--unshare-cgroup-try",
	};
	char number[32];
	size_t i;

	for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		add(p, n, flags[i]);
	if (way == CONFINE_WAY_NS_USER) {
		snprintf(number, sizeof(number), "%d", NAMELESS_UID);
		add3(p, n, "--unshare-user", "--disable-userns", NULL);
		add3(p, n, "--uid", number, NULL);
		add3(p, n, "--gid", number, NULL);
	}
	add_system(p, n);
	add3(p, n, "--dev", "/dev", NULL);
	add3(p, n, "--remount-ro", "/dev", NULL);
	add3(p, n, "--perms", "1777", NULL);
	add3(p, n, "--size", "268435456", NULL);
	add3(p, n, "--tmpfs", "/tmp", NULL);
	add3(p, n, "--bind", job->work, "/work");
	for (i = 0; i < job->binds_count; i++)
		add3(p, n, "--ro-bind", job->binds[i].host, job->binds[i].inside);
	add3(p, n, "--remount-ro", "/", NULL);
	add3(p, n, "--chdir", "/work", "--");
	snprintf(number, sizeof(number), "--nproc=%d:%d", CONFINE_NPROC, CONFINE_NPROC);
	add3(p, n, "prlimit", number, "--");
	if (way == CONFINE_WAY_NS_DROP) {
		add3(p, n, "setpriv", "--clear-groups", "--inh-caps=-all");
		add(p, n, "--bounding-set=-all");
		snprintf(number, sizeof(number), "--reuid=%u", p->uid);
		add(p, n, number);
		snprintf(number, sizeof(number), "--regid=%u", p->uid);
		add3(p, n, number, "--", NULL);
	}
}

/* In a container fewer ids may exist than the kernel knows. */
static bool uid_exists(unsigned long uid)
{
	FILE *f = fopen("/proc/self/uid_map", "re");
	unsigned long first, host, count;
	bool found = false;

	while (f && fscanf(f, "%lu %lu %lu", &first, &host, &count) == 3)
		found = found || (uid >= first && uid - first < count);
	if (f)
		fclose(f);
	return found;
}

/*
 * An id that nobody has and no other job has now, so that limits and kills
 * meet this job only. systemd leaves this range alone.
 */
static void choose_uid(struct confine_plan *p)
{
	static atomic_uint counter;

	p->uid = 0x70000000u + ((unsigned int)getpid() & 0x3fffff) * 64 +
		 (atomic_fetch_add(&counter, 1) & 63);
	p->own_uid = uid_exists(p->uid);
	if (!p->own_uid)
		p->uid = NAMELESS_UID;
}

void confine_make_plan(struct confine_plan *p, enum confine_way way, const struct confine_job *job)
{
	bool inside = confine_way_level[way] == CONFINE_NAMESPACES;
	size_t n = 0, k = 0, i;

	memset(p, 0, sizeof(*p));
	p->level = confine_way_level[way];
	if (way == CONFINE_WAY_NS_DROP || way == CONFINE_WAY_UID)
		choose_uid(p);
	p->work = job->work;
	p->chdir = inside ? NULL : job->work;
	p->cpu_s = job->cpu_s ? job->cpu_s : DEFAULT_CPU_S;
	if (inside)
		add_bubblewrap(p, &n, way, job);
	add3(p, &n, "sh", "-c", ": >" CONFINE_STARTED " && exec \"$@\"");
	add(p, &n, "sh");
	for (i = 0; job->argv[i]; i++)
		add(p, &n, job->argv[i]);
	p->env[k++] = xstrdup("PATH=/usr/bin:/bin");
	p->env[k++] = xstrdup("LC_ALL=C");
	p->env[k++] = xstrdup("SOURCE_DATE_EPOCH=0");
	p->env[k++] = xasprintf("HOME=%s", inside ? "/work" : job->work);
	p->env[k++] = xasprintf("TMPDIR=%s", inside ? "/tmp" : job->work);
	p->env[k++] = xasprintf("WORK=%s", inside ? "/work" : job->work);
	for (i = 0; i < job->binds_count; i++)
		p->env[k++] = xasprintf("%s=%s", job->binds[i].env,
					inside ? job->binds[i].inside : job->binds[i].host);
}

void confine_free_plan(struct confine_plan *p)
{
	size_t i;

	for (i = 0; p->argv[i]; i++)
		free(p->argv[i]);
	for (i = 0; p->env[i]; i++)
		free(p->env[i]);
}
