/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * boundaries.c - another correct solution: a child process makes the access
 * and ends with its fate, so that no handler of the caller is ever touched;
 * predictions count pages; grow writes its zeros after the fact; shrink
 * replaces the mapping page by page.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "boundaries.h"

#define SHIFT 12
#define PAGE (1UL << SHIFT)

static void tell(int sig, siginfo_t *info, void *context)
{
	(void)context;
	if (sig == SIGBUS)
		_exit(FATE_BUS);
	_exit(info->si_code == SEGV_MAPERR ? FATE_MAPERR : FATE_ACCERR);
}

_Noreturn static void try_access(volatile char *p, bool write)
{
	struct sigaction action = { .sa_sigaction = tell, .sa_flags = SA_SIGINFO };
	sigset_t none;

	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (write)
		*p = *p;
	else
		*p;
	_exit(FATE_OK);
}

int bnd_probe(void *p, bool write)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (pid == 0)
		try_access(p, write);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -EINTR;
}

static unsigned long pages(unsigned long bytes)
{
	return (bytes >> SHIFT) + ((bytes & (PAGE - 1)) != 0);
}

int bnd_predict(const struct access *a)
{
	unsigned long page = a->at >> SHIFT;

	if (!a->length || (a->offset & (PAGE - 1)))
		return -EINVAL;
	if (page >= pages(a->length))
		return FATE_MAPERR;
	if (a->prot == PROT_NONE || (a->write && !(a->prot & PROT_WRITE)))
		return FATE_ACCERR;
	return page + (a->offset >> SHIFT) < pages(a->file_size) ? FATE_OK : FATE_BUS;
}

int bnd_grow(int fd, void *map, size_t length, off_t size)
{
	static const char zeros[PAGE];
	struct stat st;
	off_t end;

	(void)map;
	(void)length;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (size < st.st_size)
		return -EINVAL;
	if (ftruncate(fd, size) < 0)
		return -errno;
	end = pages(st.st_size) << SHIFT;
	if (end > size)
		end = size;
	if (end > st.st_size && pwrite(fd, zeros, end - st.st_size, st.st_size) < 0)
		return -errno;
	return 0;
}

int bnd_shrink(int fd, void *map, size_t length, off_t size)
{
	char page[PAGE], *p;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (size > st.st_size)
		return -EINVAL;
	for (p = map; p < (char *)map + length; p += PAGE) {
		memcpy(page, p, PAGE);
		if (mmap(p, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
			 -1, 0) == MAP_FAILED)
			return -errno;
		memcpy(p, page, PAGE);
	}
	return ftruncate(fd, size) < 0 ? -errno : 0;
}
