// SPDX-License-Identifier: GPL-2.0-only
/*
 * agent.c - the machine's side of the wire between host and guest.
 *
 * It opens the virtio-serial port, says "ready" and waits for one line from
 * the host. That wait is where the template machine is saved, so every
 * restored machine goes on from there. The line, a JSON object, says:
 *
 *	time_ns		the host's clock, for clones share the template's
 *	entropy		hexadecimal bytes for the random pool, likewise
 *	payload		bytes in use on the payload disk
 *	argv		what to start, as root, in /unit
 *	env		its whole environment, "NAME=value" strings
 *	shell		true: argv gets the console as a terminal
 *
 * The payload disk holds a cpio archive, unpacked into /unit first. The
 * started program gets the port as descriptor 3. When it ends, the agent
 * reports how, and waits for the host to end the machine or to send another
 * command, which it refuses when the machine is not as it was any more.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <linux/random.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define PORT_NAME "mmaplab"
#define PORT_FD 3
#define PORT_TRIES 10000
#define LINE_MAX_BYTES 65536
#define ENTROPY_MAX 256
#define DISK_BLOCK 4096
#define HEADER 110 /* bytes of a cpio header */
#define TAINT_MODULES (1UL << 12 | 1UL << 13) /* out of tree, unsigned: as ours are */
#define GRACE_MS 200 /* for a process that has been killed to be gone */
#define MEMORY_PERCENT 90 /* of what was available at first has to be so again */

static unsigned long long aside; /* bytes of memory, see put_aside() */

static void die(const char *what)
{
	/* The console is all there is; init's death panics the kernel, which
	 * ends the machine, and the host sees that no record came. */
	fprintf(stderr, "agent: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* The port's device node is named by numbers; its name stands in sysfs. */
static int open_port(void)
{
	const char *base = "/sys/class/virtio-ports";
	char path[512], name[64];
	struct dirent *d;
	DIR *dir = opendir(base);

	while (dir && (d = readdir(dir))) {
		FILE *f;
		int fd, ours = 0;

		snprintf(path, sizeof(path), "%s/%s/name", base, d->d_name);
		f = d->d_name[0] == '.' ? NULL : fopen(path, "re");
		if (!f)
			continue;
		if (fgets(name, sizeof(name), f))
			ours = !strcmp(name, PORT_NAME "\n");
		fclose(f);
		if (!ours)
			continue;
		snprintf(path, sizeof(path), "/dev/%s", d->d_name);
		fd = open(path, O_RDWR);
		closedir(dir);
		return fd;
	}
	if (dir)
		closedir(dir);
	errno = ENODEV;
	return -1;
}

static void say(const char *line)
{
	if (write(PORT_FD, line, strlen(line)) < 0)
		die("write to the port");
}

static json_t *read_command(void)
{
	static char line[LINE_MAX_BYTES];
	size_t used = 0;
	json_t *cmd;
	char *end;

	for (;;) {
		ssize_t n = read(PORT_FD, line + used, sizeof(line) - used);

		if (n <= 0 || used + n == sizeof(line))
			die("read the command");
		used += n;
		end = memchr(line, '\n', used);
		if (end)
			break;
	}
	cmd = json_loadb(line, end - line, 0, NULL);
	if (!cmd)
		die("parse the command");
	return cmd;
}

static void set_clock(json_t *cmd)
{
	long long ns = json_integer_value(json_object_get(cmd, "time_ns"));
	struct timespec ts = { ns / 1000000000, ns % 1000000000 };

	if (clock_settime(CLOCK_REALTIME, &ts))
		die("set the clock");
}

/*
 * Add hexadecimal bytes to the random pool and count them as entropy. Until
 * the pool counts as filled, a first reader of /dev/urandom waits a second
 * for jitter (try_to_generate_entropy() in drivers/char/random.c), so the
 * template is given a constant; each clone then brings its own bytes.
 */
static void reseed(const char *hex)
{
	struct {
		struct rand_pool_info head;
		unsigned char bytes[ENTROPY_MAX];
	} pool = { 0 };
	int fd = open("/dev/urandom", O_WRONLY | O_CLOEXEC), n = 0;

	while (hex && n < ENTROPY_MAX && sscanf(hex, "%2hhx", pool.bytes + n) == 1) {
		hex += 2;
		n++;
	}
	pool.head.buf_size = n;
	pool.head.entropy_count = n * 8;
	if (fd < 0 || ioctl(fd, RNDADDENTROPY, &pool) || ioctl(fd, RNDRESEEDCRNG))
		die("reseed the random pool");
	close(fd);
}

/* The whole disk content, by direct I/O: one request instead of many. */
static char *read_disk(const char *device, size_t len)
{
	size_t size = (len + DISK_BLOCK - 1) / DISK_BLOCK * DISK_BLOCK, done = 0;
	int fd = open(device, O_RDONLY | O_DIRECT | O_CLOEXEC);
	char *data = mmap(NULL, size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (fd < 0 || data == MAP_FAILED)
		die("open the payload disk");
	while (done < size) {
		ssize_t n = read(fd, data + done, size - done);

		if (n <= 0)
			die("read the payload disk");
		done += n;
	}
	close(fd);
	return data;
}

/* One of the header's thirteen fields of eight hexadecimal digits. */
static unsigned long field(const char *header, int index)
{
	char digits[9];

	memcpy(digits, header + 6 + 8 * index, 8);
	digits[8] = '\0';
	return strtoul(digits, NULL, 16);
}

/*
 * A file that is there from the unit before: its pages stay in use, unseen, until the
 * machine ends. An emulator that has translated the code in a page takes ten times as
 * long to write to it, whatever the page is used for next.
 */
static void put_aside(const char *name)
{
	struct stat st;
	int fd = open(name, O_RDONLY | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		return;
	if (fd < 0 || fstat(fd, &st) || unlink(name))
		die(name);
	aside += st.st_size;
}

static void write_file(char *name, mode_t mode, const char *data, size_t len)
{
	char *slash = strchr(name, '/');
	int fd;

	for (; slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(name, 0755);
		*slash = '/';
	}
	put_aside(name);
	fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	if (fd < 0 || write(fd, data, len) != (ssize_t)len)
		die(name);
	close(fd);
}

/*
 * Unpack the payload: a cpio archive of regular files in the format that the
 * kernel documents for an initramfs (driver-api/early-userspace/
 * buffer-format.rst). Doing this here saves starting busybox, which takes a
 * third of a small unit's time.
 */
static void unpack(const char *device, size_t size, const char *dir)
{
	char *disk = read_disk(device, size);
	size_t at = 0, name_len, len;

	if (chdir(dir))
		die(dir);
	while (at + HEADER <= size && !memcmp(disk + at, "070701", 6)) {
		char *header = disk + at, *name = header + HEADER;

		len = field(header, 6);
		name_len = field(header, 11);
		at = (at + HEADER + name_len + 3) & ~3UL;
		if (at + len > size || !memchr(name, '\0', name_len))
			break;
		if (!strcmp(name, "TRAILER!!!")) {
			munmap(disk, size);
			return;
		}
		write_file(name, field(header, 1) & 07777, disk + at, len);
		at = (at + len + 3) & ~3UL;
	}
	errno = EINVAL;
	die("unpack the payload");
}

static int run(char *const argv[], char *const env[], int shell)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		die("fork");
	if (pid == 0) {
		if (shell) {
			int tty;

			close(PORT_FD);
			setsid();
			tty = open("/dev/ttyS0", O_RDWR);
			ioctl(tty, TIOCSCTTY, 1);
			dup2(tty, 0);
			dup2(tty, 1);
			dup2(tty, 2);
		}
		if (chdir("/unit") == 0)
			execve(argv[0], argv, env);
		fprintf(stderr, "agent: %s: %s\n", argv[0], strerror(errno));
		_exit(127);
	}
	/* Everything orphaned in the machine ends up here: reap it all. */
	for (;;) {
		pid_t got = waitpid(-1, &status, 0);

		if (got == pid)
			break;
		if (got < 0 && errno != EINTR)
			die("wait");
	}
	if (shell) {
		int tty = open("/dev/ttyS0", O_RDWR | O_NOCTTY);

		/* The host ends the machine at our word; first all has to be out. */
		tcdrain(tty);
		close(tty);
	}
	return status;
}

/* ------------------------------------------------- is it as it was before? */

/* See Documentation/admin-guide/tainted-kernels.rst. */
static int kernel_complains(void)
{
	FILE *f = fopen("/proc/sys/kernel/tainted", "re");
	unsigned long taint = ~0UL;

	if (f && fscanf(f, "%lu", &taint) != 1)
		taint = ~0UL;
	if (f)
		fclose(f);
	return (taint & ~TAINT_MODULES) != 0;
}

/* /proc/modules marks modules that are not of the kernel's tree with an O. */
static int modules_stay(void)
{
	FILE *f = fopen("/proc/modules", "re");
	char line[512];
	int stay;

	while (f && fgets(line, sizeof(line), f) && !strstr(line, "(O"))
		;
	stay = !f || !feof(f);
	if (f)
		fclose(f);
	return stay;
}

/* Every process that is no thread of the kernel is below this one, the first. */
static int processes_stay(void)
{
	int tries;
	pid_t pid;

	for (tries = 0; tries < GRACE_MS; tries++) {
		do
			pid = waitpid(-1, NULL, WNOHANG);
		while (pid > 0);
		if (pid < 0 && errno == ECHILD)
			return 0;
		usleep(1000);
	}
	return 1;
}

/* What outlives its process by design, see sysvipc(7). */
static int ipc_stays(void)
{
	struct shm_info shm;
	struct seminfo sem;
	struct msginfo msg;

	return shmctl(0, SHM_INFO, (struct shmid_ds *)&shm) < 0 || shm.used_ids ||
	       semctl(0, 0, SEM_INFO, &sem) < 0 || sem.semusz ||
	       msgctl(0, MSG_INFO, (struct msqid_ds *)&msg) < 0 || msg.msgpool;
}

/* Names in a folder; one that is not there has too many. */
static unsigned files(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *d;
	unsigned n = 0;

	if (!dir)
		return ~0U;
	while ((d = readdir(dir)))
		n += strcmp(d->d_name, ".") && strcmp(d->d_name, "..");
	closedir(dir);
	return n;
}

/* The scratch disk stays mounted, and each test that asks for it has it empty. */
static unsigned mounts(void)
{
	FILE *f = fopen("/proc/self/mounts", "re");
	char line[512];
	unsigned n = 0;

	while (f && fgets(line, sizeof(line), f))
		n += !strstr(line, " /scratch ");
	if (f)
		fclose(f);
	return n;
}

/* In KiB, what can be given back counted in; see proc(5). */
static unsigned long memory_available(void)
{
	FILE *f = fopen("/proc/meminfo", "re");
	unsigned long kib = 0;
	char line[128];

	while (f && fgets(line, sizeof(line), f) && sscanf(line, "MemAvailable: %lu", &kib) != 1)
		;
	if (f)
		fclose(f);
	return kib;
}

/* What a machine has before anything ran in it. */
struct beginning {
	unsigned long memory; /* KiB */
	unsigned mounts;
	unsigned devices; /* a driver that is gone may have left its own registered */
};

static struct beginning look_around(void)
{
	return (struct beginning){ memory_available(), mounts(), files("/dev") };
}

/* Has what ran before left anything that what comes next could notice? */
static int is_unsound(const struct beginning *b)
{
	return kernel_complains() || modules_stay() || processes_stay() || ipc_stays() ||
	       files("/tmp") || files("/dev/shm") || mounts() != b->mounts ||
	       files("/dev") != b->devices ||
	       memory_available() + aside / 1024 < b->memory / 100 * MEMORY_PERCENT;
}

static char **strings(json_t *array)
{
	size_t n = json_array_size(array), i;
	char **v = calloc(n + 1, sizeof(*v));

	if (!v)
		die("allocate");
	for (i = 0; i < n; i++)
		v[i] = (char *)json_string_value(json_array_get(array, i));
	return v;
}

int main(void)
{
	json_t *cmd;
	char line[128];
	struct beginning begun;
	int fd, status, tries, again;

	/* The port appears a moment after its driver: the host announces it. */
	for (tries = 0; (fd = open_port()) < 0 && tries < PORT_TRIES; tries++)
		usleep(1000);
	if (fd < 0)
		die("open the port " PORT_NAME);
	if (fd != PORT_FD) {
		dup2(fd, PORT_FD);
		close(fd);
	}
	reseed("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
	begun = look_around();
	say("{\"t\":\"ready\"}\n");
	/* A second command comes where units share a machine. */
	for (again = 0;; again = 1) {
		cmd = read_command();
		if (again && is_unsound(&begun)) {
			say("{\"t\":\"unsound\"}\n");
			json_decref(cmd);
			continue;
		}
		set_clock(cmd);
		reseed(json_string_value(json_object_get(cmd, "entropy")));
		unpack("/dev/vda", json_integer_value(json_object_get(cmd, "payload")), "/unit");
		say("{\"t\":\"unpacked\"}\n");
		status = run(strings(json_object_get(cmd, "argv")),
			     strings(json_object_get(cmd, "env")),
			     json_is_true(json_object_get(cmd, "shell")));
		json_decref(cmd);
		snprintf(line, sizeof(line), "{\"t\":\"exit\",\"%s\":%d}\n",
			 WIFSIGNALED(status) ? "signal" : "status",
			 WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
		say(line);
	}
}
