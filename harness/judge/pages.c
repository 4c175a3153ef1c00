// SPDX-License-Identifier: GPL-2.0-only
/*
 * pages.c - memory as the kernel sees it: a process's pages (pagemap), page
 * frames (kpageflags), slab caches and the counters of /proc/meminfo; see
 * proc(5) and the kernel's Documentation/admin-guide/mm/pagemap.rst.
 */
#include "judge.h"
#include "subject.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

/* What a short read leaves out are pages that cannot exist: no flags. */
static void read_u64s(const char *path, uint64_t index, uint64_t *values, size_t n)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got;

	if (fd < 0)
		judge_broken("open %s: %s", path, judge_errno_name(errno));
	memset(values, 0, n * sizeof(*values));
	got = pread(fd, values, n * sizeof(*values), (off_t)(index * sizeof(*values)));
	close(fd);
	if (got < 0)
		judge_broken("pread %s: %s", path, judge_errno_name(errno));
}

static uint64_t read_u64(const char *path, uint64_t index)
{
	uint64_t value;

	read_u64s(path, index, &value, 1);
	return value;
}

void pagemap_read(pid_t pid, uint64_t addr, uint64_t *entries, size_t n)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/pagemap", pid);
	read_u64s(path, addr / PAGE, entries, n);
}

uint64_t pagemap_entry(pid_t pid, uint64_t addr)
{
	uint64_t entry;

	pagemap_read(pid, addr, &entry, 1);
	return entry;
}

uint64_t page_pfn(pid_t pid, uint64_t addr)
{
	uint64_t entry = pagemap_entry(pid, addr);

	return entry & PM_PRESENT ? entry & PM_PFN_MASK : 0;
}

uint64_t page_flags(uint64_t pfn)
{
	return read_u64("/proc/kpageflags", pfn);
}

size_t page_flags_count(unsigned bit)
{
	int fd = open("/proc/kpageflags", O_RDONLY | O_CLOEXEC);
	static uint64_t flags[8192];
	size_t count = 0, i;
	ssize_t n;

	if (fd < 0)
		judge_broken("open /proc/kpageflags: %s", judge_errno_name(errno));
	while ((n = read(fd, flags, sizeof(flags))) > 0)
		for (i = 0; i < (size_t)n / sizeof(flags[0]); i++)
			count += flags[i] >> bit & 1;
	close(fd);
	return count;
}

bool memory_read(pid_t pid, uint64_t addr, void *buf, size_t len)
{
	/* Not process_vm_readv(2): it pins the pages it reads, and to pin a page
	 * that two processes share copy-on-write makes a copy of it. */
	int fd = open(judge_fmt("/proc/%d/mem", pid), O_RDONLY | O_CLOEXEC);
	bool whole = fd >= 0 && pread(fd, buf, len, (off_t)addr) == (ssize_t)len;

	if (fd >= 0)
		close(fd);
	return whole;
}

bool memory_write(pid_t pid, uint64_t addr, const void *buf, size_t len)
{
	int fd = open(judge_fmt("/proc/%d/mem", pid), O_WRONLY | O_CLOEXEC);
	bool whole = fd >= 0 && pwrite(fd, buf, len, (off_t)addr) == (ssize_t)len;

	if (fd >= 0)
		close(fd);
	return whole;
}

/* ------------------------------------------------------------ kernel memory */

/* Let the per-CPU lists go back: they count as active. */
static void slab_shrink(const char *cache)
{
	int fd = open(judge_fmt("/sys/kernel/slab/%s/shrink", cache), O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	/* Best effort: without it the count is only less exact. */
	if (write(fd, "1", 1) != 1)
		errno = 0;
	close(fd);
}

void slab_objects(const char *const *caches, size_t count, long *objects)
{
	char *text, *line, *all;
	size_t i, len;

	for (i = 0; i < count; i++) {
		slab_shrink(caches[i]);
		objects[i] = -1;
	}
	/* Once for all of them: the kernel counts each cache for it. */
	all = text = proc_slurp("/proc/slabinfo", NULL);
	while (text && (line = next_line(&text)))
		for (i = 0; i < count; i++) {
			len = strlen(caches[i]);
			if (!strncmp(line, caches[i], len) && line[len] == ' ')
				objects[i] = atol(line + len);
		}
	free(all);
}

long meminfo_kb(const char *field)
{
	char *text = proc_slurp("/proc/meminfo", NULL);
	size_t len = strlen(field);
	char *line;

	while (text && (line = next_line(&text)))
		if (!strncmp(line, field, len) && line[len] == ':')
			return atol(line + len + 1);
	judge_broken("/proc/meminfo has no %s", field);
}

long memory_free_kb(void)
{
	char *all, *text = proc_slurp("/proc/zoneinfo", NULL), *line;
	long pages = 0, count;

	/* Linux 6.6 and later keep megabytes in such a list: no leak. */
	all = text;
	while (text && (line = next_line(&text)))
		if (sscanf(line, " count: %ld", &count) == 1)
			pages += count;
	free(all);
	return meminfo_kb("MemFree") + pages * 4;
}

void sysctl_drop_caches(void)
{
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC);

	sync();
	if (fd < 0 || write(fd, "3", 1) != 1)
		judge_broken("/proc/sys/vm/drop_caches: %s", judge_errno_name(errno));
	close(fd);
}
