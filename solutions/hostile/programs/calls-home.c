// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connects to the host and to the world: @PORT@ is a port on which the host
 * listens.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "records.h"

#define ATTACK

static int attack(const char *path, size_t index, struct record *out)
{
	(void)path;
	(void)index;
	(void)out;
	static const char *const to[] = { "127.0.0.1", "10.0.2.2", "192.168.122.1", "1.1.1.1" };
	size_t i;

	for (i = 0; i < sizeof(to) / sizeof(to[0]); i++) {
		struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(@PORT@) };
		int s = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

		inet_pton(AF_INET, to[i], &a.sin_addr);
		if (connect(s, (struct sockaddr *)&a, sizeof(a)) == 0)
			puts("connected");
		close(s);
	}
	return 0;
}

