// SPDX-License-Identifier: GPL-2.0-only
/*
 * cut.c - copies of a machine's scratch disk, see cut.h.
 */
#include "cut.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "machine.h"
#include "util.h"

#define PAGE 4096
#define SECTOR 512
/* At most two disks more than these are kept: what a torn cut saw, and what it tore. */
#define CUT_PAGES_MAX 16384
#define PAGES ((size_t)(MACHINE_SCRATCH_BYTES / PAGE))

/* A page's content, never changed; NULL stands for zeros. */
struct page {
	struct page *next; /* of all pages of the set */
	unsigned char data[PAGE];
};

struct cut {
	const struct page *page[PAGES];
};

struct cuts {
	struct cut *cut[CUT_MAX];
	unsigned count;
	struct page *pages;
	size_t kept; /* pages */
	struct cut now; /* the disk as it was last seen */
};

static const unsigned char zeros[PAGE];

struct cuts *cuts_new(void)
{
	return xcalloc(1, sizeof(struct cuts));
}

void cuts_free(struct cuts *c)
{
	struct page *next;
	unsigned i;

	for (i = 0; c && i < c->count; i++)
		free(c->cut[i]);
	for (; c && c->pages; c->pages = next) {
		next = c->pages->next;
		free(c->pages);
	}
	free(c);
}

static const unsigned char *content(const struct page *p)
{
	return p ? p->data : zeros;
}

static const struct page *keep(struct cuts *c, const unsigned char *data)
{
	struct page *p;

	if (!memcmp(data, zeros, PAGE))
		return NULL;
	c->kept++;
	p = xcalloc(1, sizeof(*p));
	memcpy(p->data, data, PAGE);
	p->next = c->pages;
	c->pages = p;
	return p;
}

static int pread_page(int disk, size_t i, unsigned char *data, struct err *e)
{
	ssize_t n = pread(disk, data, PAGE, (off_t)(i * PAGE));

	if (n == PAGE)
		return 0;
	return err_set(e, n < 0 ? errno : EIO, "power cut: read the scratch disk: %s",
		       n < 0 ? strerror(errno) : "it is too short");
}

/* Bring c->now up to date. Holes are not read: that would fill them. */
static int look(struct cuts *c, int disk, struct err *e)
{
	off_t data = 0, hole = 0;
	unsigned char buf[PAGE];
	size_t i;
	int ret;

	for (i = 0; i < PAGES; i++) {
		off_t at = (off_t)(i * PAGE);

		if (at >= hole) {
			data = lseek(disk, at, SEEK_DATA);
			if (data < 0)
				data = MACHINE_SCRATCH_BYTES;
			hole = data < MACHINE_SCRATCH_BYTES ? lseek(disk, data, SEEK_HOLE) :
							      MACHINE_SCRATCH_BYTES;
		}
		if (at + PAGE <= data) {
			c->now.page[i] = NULL;
			continue;
		}
		ret = pread_page(disk, i, buf, e);
		if (ret)
			return ret;
		if (memcmp(buf, content(c->now.page[i]), PAGE) != 0)
			c->now.page[i] = keep(c, buf);
	}
	return 0;
}

int cut_take(struct cuts *c, int disk, struct err *e)
{
	int ret;

	if (c->count == CUT_MAX)
		return err_set(e, ENOSPC, "power cut: there have been %d in this machine", CUT_MAX);
	if (c->kept > CUT_PAGES_MAX)
		return err_set(e, ENOSPC,
			       "power cut: more than %d MiB were written between those before",
			       CUT_PAGES_MAX / (1024 * 1024 / PAGE));
	ret = look(c, disk, e);
	if (ret)
		return ret;
	c->cut[c->count] = xcalloc(1, sizeof(struct cut));
	*c->cut[c->count] = c->now;
	return (int)c->count++;
}

/* splitmix64 */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static const struct page *tear(struct cuts *c, const struct page *old, const struct page *new,
			       uint64_t *random)
{
	unsigned char mixed[PAGE];
	size_t at;

	memcpy(mixed, content(new), PAGE);
	for (at = 0; at < PAGE; at += SECTOR)
		if (memcmp(content(old) + at, mixed + at, SECTOR) != 0 && next_random(random) & 1)
			memcpy(mixed + at, content(old) + at, SECTOR);
	if (!memcmp(mixed, content(new), PAGE))
		return new;
	return memcmp(mixed, content(old), PAGE) ? keep(c, mixed) : old;
}

int cut_take_torn(struct cuts *c, int disk, unsigned base, uint64_t seed, struct err *e)
{
	struct cut *cut;
	uint64_t random;
	size_t i;
	int n;

	if (base >= c->count)
		return err_set(e, EINVAL, "power cut: there is no cut %u to tear from", base);
	n = cut_take(c, disk, e);
	if (n < 0)
		return n;
	cut = c->cut[n];
	random = seed ^ (uint64_t)n << 56;
	for (i = 0; i < PAGES; i++)
		if (cut->page[i] != c->cut[base]->page[i])
			cut->page[i] = tear(c, c->cut[base]->page[i], cut->page[i], &random);
	return n;
}

int cut_lay(const struct cuts *c, unsigned cut, int disk, struct err *e)
{
	size_t i;

	if (cut >= c->count)
		return err_set(e, EINVAL, "power cut: there is no cut %u", cut);
	/* Back to a hole; QEMU has the file open, so it must stay this one. */
	if (ftruncate(disk, 0) || ftruncate(disk, MACHINE_SCRATCH_BYTES))
		return err_set(e, errno, "power cut: empty the second disk: %s", strerror(errno));
	for (i = 0; i < PAGES; i++) {
		const struct page *p = c->cut[cut]->page[i];

		if (p && pwrite(disk, p->data, PAGE, (off_t)(i * PAGE)) != PAGE)
			return err_set(e, errno, "power cut: write the second disk: %s",
				       strerror(errno));
	}
	return 0;
}
