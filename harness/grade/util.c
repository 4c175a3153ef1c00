// SPDX-License-Identifier: GPL-2.0-only
/*
 * util.c - small shared helpers, see util.h.
 */
#include "util.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <gcrypt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define READ_TEXT_MAX (1 << 20)
#define CAPTURE_MAX (64 << 10)
#define HASH_BLOCK 4096
/* How often a waiting program looks at its clock, and what it is charged at
 * most from one look to the next. */
#define AWAKE_LOOK_MS 1000
#define AWAKE_STEP_MS 2000

static void out_of_memory(void)
{
	static const char text[] = "mmaplab: out of memory\n";

	if (write(2, text, sizeof(text) - 1) < 0)
		_exit(3);
	_exit(3);
}

char *xasprintf(const char *fmt, ...)
{
	char *s = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) < 0)
		out_of_memory();
	va_end(ap);
	return s;
}

void *xcalloc(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size ? size : 1);

	if (!p)
		out_of_memory();
	return p;
}

void *xrealloc(void *p, size_t size)
{
	p = realloc(p, size ? size : 1);
	if (!p)
		out_of_memory();
	return p;
}

char *xstrdup(const char *s)
{
	char *p = strdup(s);

	if (!p)
		out_of_memory();
	return p;
}

void utc_text(time_t at, char out[32])
{
	struct tm tm;

	strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&at, &tm));
}

int64_t clock_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

void seed_text(uint64_t seed, char out[17])
{
	snprintf(out, 17, "%016llx", (unsigned long long)seed);
}

int64_t awake_ms(void)
{
	static int64_t awake, last;
	int64_t now = clock_ms(), passed = now - last;

	if (!last)
		awake = now;
	else
		awake += passed < AWAKE_STEP_MS ? passed : AWAKE_STEP_MS;
	last = now;
	return awake;
}

int awake_poll(struct pollfd *fds, unsigned count, int64_t until)
{
	for (;;) {
		int64_t left = until - awake_ms();
		int ret;

		left = left < 0 ? 0 : left < AWAKE_LOOK_MS ? left : AWAKE_LOOK_MS;
		ret = poll(fds, count, (int)left);
		if (ret > 0 || (ret < 0 && errno != EINTR))
			return ret;
		if (!ret && !left)
			return 0;
	}
}

char *read_text_fd(int fd)
{
	/* Most texts are small, and some are read again and again. */
	size_t size = 4096, used = 0;
	char *text = xcalloc(1, size);
	ssize_t n;

	while ((n = read(fd, text + used, size - used)) > 0) {
		used += n;
		if (used > READ_TEXT_MAX) {
			n = -1;
			errno = EFBIG;
			break;
		}
		if (used == size)
			text = xrealloc(text, size *= 2);
	}
	if (n < 0) {
		int saved = errno;

		free(text);
		errno = saved;
		return NULL;
	}
	if (used && text[used - 1] == '\n')
		used--;
	text[used] = '\0';
	return xrealloc(text, used + 1);
}

char *read_text(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), saved;
	char *text;

	if (fd < 0)
		return NULL;
	text = read_text_fd(fd);
	saved = errno;
	close(fd);
	errno = saved;
	return text;
}

/* Remove what killed writers of @path left: nobody holds its lock any more. */
static void remove_abandoned(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash ? strndup(path, slash - path + 1) : xstrdup(".");
	char *start = xasprintf("%s.new.", slash ? slash + 1 : path);
	DIR *d = folder ? opendir(folder) : NULL;
	struct dirent *entry;

	while (d && (entry = readdir(d))) {
		const char *pid = entry->d_name + strlen(start);
		int fd;

		/* Another name that begins so is somebody's own. */
		if (strncmp(entry->d_name, start, strlen(start)) || !*pid ||
		    pid[strspn(pid, "0123456789")])
			continue;
		fd = openat(dirfd(d), entry->d_name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
		if (fd >= 0 && !flock(fd, LOCK_EX | LOCK_NB))
			unlinkat(dirfd(d), entry->d_name, 0);
		if (fd >= 0)
			close(fd);
	}
	if (d)
		closedir(d);
	free(start);
	free(folder);
}

/* Locked as long as it is open, so that nobody takes it for abandoned. */
static int create_locked(const char *path)
{
	struct stat st;
	int fd;

	for (;;) {
		fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
		if (fd < 0)
			return fd;
		/* Somebody may have been quicker than the lock. */
		if (flock(fd, LOCK_EX) || fstat(fd, &st) || st.st_nlink)
			return fd;
		close(fd);
	}
}

int write_file_atomic(const char *path, const void *data, size_t len, struct err *e)
{
	char *tmp = xasprintf("%s.new.%d", path, (int)getpid());
	size_t done = 0;
	int fd, ret = 0;

	remove_abandoned(path);
	fd = create_locked(tmp);
	if (fd < 0) {
		ret = err_set(e, errno, "create %s: %s", tmp, strerror(errno));
		free(tmp);
		return ret;
	}
	while (done < len) {
		ssize_t n = write(fd, (const char *)data + done, len - done);

		if (n < 0) {
			ret = err_set(e, errno, "write %s (%zu bytes): %s", tmp, len,
				      strerror(errno));
			break;
		}
		done += n;
	}
	/* Data before name: after a power cut the name must not point to
	 * an empty file. */
	if (!ret && fsync(fd))
		ret = err_set(e, errno, "fsync %s: %s", tmp, strerror(errno));
	if (!ret && rename(tmp, path))
		ret = err_set(e, errno, "rename %s: %s", path, strerror(errno));
	if (ret)
		unlink(tmp);
	close(fd);
	free(tmp);
	return ret;
}

int write_json_atomic(const char *path, const json_t *doc, size_t flags, struct err *e)
{
	char *text = json_dumps(doc, JSON_INDENT(1) | flags);
	int ret = write_file_atomic(path, text, strlen(text), e);

	free(text);
	return ret;
}

int make_dirs(const char *path, struct err *e)
{
	char *copy = xstrdup(path), *p;
	int ret = 0;

	for (p = copy + 1; !ret; p++) {
		char c = *p;

		if (c != '/' && c != '\0')
			continue;
		*p = '\0';
		if (mkdir(copy, 0755) && errno != EEXIST)
			ret = err_set(e, errno, "mkdir %s: %s", copy, strerror(errno));
		*p = c;
		if (c == '\0')
			break;
	}
	free(copy);
	return ret;
}

/* To its end, wherever that is by then. */
static int copy_bytes(int from, int to)
{
	char piece[65536];
	ssize_t n, done, w;

	while ((n = read(from, piece, sizeof(piece))) > 0)
		for (done = 0; done < n; done += w) {
			w = write(to, piece + done, (size_t)(n - done));
			if (w < 0)
				return -errno;
		}
	return n < 0 ? -errno : 0;
}

int copy_file(const char *from, const char *to, struct err *e)
{
	char *folder = xstrdup(to);
	int in = open(from, O_RDONLY | O_CLOEXEC), out = -1, ret;

	*strrchr(folder, '/') = '\0';
	ret = in < 0 ? err_set(e, errno, "read %s: %s", from, strerror(errno)) :
		       make_dirs(folder, e);
	if (!ret) {
		out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
		if (out < 0)
			ret = err_set(e, errno, "create %s: %s", to, strerror(errno));
	}
	if (!ret) {
		/* Whatever our umask: the folder may be another user's to read. */
		ret = fchmod(out, 0644) ? -errno : copy_bytes(in, out);
		if (ret)
			err_set(e, -ret, "copy %s to %s: %s", from, to, strerror(-ret));
	}
	if (out >= 0 && close(out) && !ret)
		ret = err_set(e, errno, "close %s: %s", to, strerror(errno));
	if (in >= 0)
		close(in);
	free(folder);
	return ret;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	remove(path);
	return 0;
}

void remove_tree(const char *path)
{
	nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

char *glob_pattern(const char *folder, const char *tail)
{
	char *pattern = xcalloc(1, 2 * strlen(folder) + strlen(tail) + 2), *p = pattern;

	for (; *folder; folder++) {
		if (strchr("*?[]\\", *folder))
			*p++ = '\\';
		*p++ = *folder;
	}
	sprintf(p, "/%s", tail);
	return pattern;
}

void digest_hex(const unsigned char *digest, char out[65])
{
	int i;

	for (i = 0; i < 32; i++)
		sprintf(out + 2 * i, "%02x", digest[i]);
}

char *base64_text(const void *data, size_t len)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char *out = xcalloc((len + 2) / 3 * 4 + 1, 1), *to = out;
	const unsigned char *p = data;
	size_t i;

	for (i = 0; i < len; i += 3) {
		unsigned all = (unsigned)p[i] << 16 | (i + 1 < len ? (unsigned)p[i + 1] << 8 : 0) |
			       (i + 2 < len ? p[i + 2] : 0);

		*to++ = digits[all >> 18];
		*to++ = digits[all >> 12 & 63];
		*to++ = i + 1 < len ? digits[all >> 6 & 63] : '=';
		*to++ = i + 2 < len ? digits[all & 63] : '=';
	}
	return out;
}

void sha256_raw(const void *data, size_t len, unsigned char out[32])
{
	gcry_check_version(NULL);
	gcry_md_hash_buffer(GCRY_MD_SHA256, out, data, len);
}

void sha256_hex(const void *data, size_t len, char out[65])
{
	unsigned char digest[32];

	sha256_raw(data, len, digest);
	digest_hex(digest, out);
}

int sha256_fd_hex(int fd, char out[65])
{
	static const unsigned char zeros[HASH_BLOCK];
	static unsigned char buf[HASH_BLOCK];
	off_t pos = 0, data, end = lseek(fd, 0, SEEK_END);
	gcry_md_hd_t md;
	ssize_t n;
	int ret = 0;

	gcry_check_version(NULL);
	if (end < 0 || gcry_md_open(&md, GCRY_MD_SHA256, 0))
		return end < 0 ? -errno : -ENOMEM;
	gcry_md_write(md, &end, sizeof(end));
	/* A machine's RAM file is mostly holes. A copy may have other holes, so
	 * a block of zeros counts as one wherever it is stored. */
	while (pos < end && (data = lseek(fd, pos, SEEK_DATA)) >= 0) {
		pos = data - data % HASH_BLOCK;
		n = pread(fd, buf, sizeof(buf), pos);
		if (n <= 0) {
			ret = n ? -errno : -EIO;
			break;
		}
		if (memcmp(buf, zeros, n)) {
			gcry_md_write(md, &pos, sizeof(pos));
			gcry_md_write(md, buf, n);
		}
		pos += n;
	}
	digest_hex(gcry_md_read(md, GCRY_MD_SHA256), out);
	gcry_md_close(md);
	return ret;
}

static json_t *identity(const struct stat *st)
{
	return json_pack("[I,I,I,I,I,I]", (json_int_t)st->st_size, (json_int_t)st->st_ino,
			 (json_int_t)st->st_mtim.tv_sec, (json_int_t)st->st_mtim.tv_nsec,
			 (json_int_t)st->st_ctim.tv_sec, (json_int_t)st->st_ctim.tv_nsec);
}

json_t *file_identity(const char *path)
{
	struct stat st;

	return stat(path, &st) ? NULL : identity(&st);
}

json_t *fd_identity(int fd)
{
	struct stat st;

	return fstat(fd, &st) ? NULL : identity(&st);
}

int sha256_file_hex(const char *path, char out[65], struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), ret = 0;

	if (fd < 0)
		return err_set(e, errno, "open %s: %s", path, strerror(errno));
	if (sha256_fd_hex(fd, out))
		ret = err_set(e, EIO, "read %s: %s", path, strerror(errno));
	close(fd);
	return ret;
}

char *run_capture(const char *const argv[])
{
	char *out = xcalloc(1, CAPTURE_MAX + 1), rest[4096];
	size_t used = 0;
	int fds[2], status;
	ssize_t n;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC)) {
		free(out);
		return NULL;
	}
	pid = fork();
	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);

		dup2(null, 0);
		dup2(fds[1], 1);
		dup2(null, 2);
		execvp(argv[0], (char *const *)argv);
		_exit(127);
	}
	close(fds[1]);
	while (pid > 0) {
		n = used < CAPTURE_MAX ? read(fds[0], out + used, CAPTURE_MAX - used) :
					 read(fds[0], rest, sizeof(rest));
		if (n <= 0)
			break;
		if (used < CAPTURE_MAX)
			used += n;
	}
	close(fds[0]);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status) {
		free(out);
		return NULL;
	}
	return out;
}

size_t utf8_len(const unsigned char *s, size_t left)
{
	size_t n = s[0] < 0x80 ? 1 :
		   s[0] < 0xc2 ? 0 :
		   s[0] < 0xe0 ? 2 :
		   s[0] < 0xf0 ? 3 :
		   s[0] < 0xf5 ? 4 :
				 0,
	       i;

	if (n > left)
		return 0;
	for (i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return n;
}

void cut_archive_ending(char *name)
{
	static const char *const endings[] = { ".tar.gz",  ".tgz", ".tar.xz", ".tar.zst",
					       ".tar.bz2", ".tar", ".zip" };
	size_t n = strlen(name), i;

	for (i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		size_t k = strlen(endings[i]);

		if (n > k && !strcmp(name + n - k, endings[i])) {
			name[n - k] = '\0';
			return;
		}
	}
}

void cut_clean(char *s)
{
	size_t n = strlen(s), last = n;

	while (last && n - last < 4 && ((unsigned char)s[last - 1] & 0xc0) == 0x80)
		last--;
	/* Here begins the last letter, if it is one. */
	if (last && (unsigned char)s[last - 1] >= 0xc0 &&
	    !utf8_len((const unsigned char *)s + last - 1, n - last + 1))
		s[last - 1] = '\0';
}

const char *text_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

bool text_is(const json_t *o, const char *key, const char *text)
{
	return !strcmp(text_of(o, key), text);
}

json_int_t integer_of(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

double number_of(const json_t *o, const char *key)
{
	return json_number_value(json_object_get(o, key));
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

void sort_numbers(double *numbers, size_t count)
{
	qsort(numbers, count, sizeof(*numbers), by_value);
}

bool word_listed(const char *list, const char *word)
{
	char *spaced = xasprintf(" %s ", word);
	bool found = strstr(list, spaced) != NULL;

	free(spaced);
	return found;
}

char *boot_id(void)
{
	char *id = read_text("/proc/sys/kernel/random/boot_id");

	return id ? id : xstrdup("unknown");
}

char *process_stat(pid_t pid)
{
	char *path = xasprintf("/proc/%d/stat", (int)pid), *text = read_text(path);
	char *name_end = text ? strrchr(text, ')') : NULL;
	char *rest = name_end && name_end[1] ? xstrdup(name_end + 2) : NULL;

	free(text);
	free(path);
	return rest;
}

char *clean_text(const char *text, size_t len)
{
	const unsigned char *s = (const unsigned char *)text;
	char *out = xcalloc(len * 4 + 1, 1), *p = out;
	size_t i = 0;

	while (i < len) {
		size_t n = utf8_len(s + i, len - i);
		/* C1 control characters are two bytes, 0xc2 0x80..0x9f. */
		int control =
			(n == 1 && (s[i] < 0x20 || s[i] == 0x7f) && s[i] != '\n' && s[i] != '\t') ||
			(n == 2 && s[i] == 0xc2 && s[i + 1] < 0xa0);

		if (n == 0 || control) {
			p += sprintf(p, "\\x%02x", s[i]);
			i++;
			continue;
		}
		memcpy(p, s + i, n);
		p += n;
		i += n;
	}
	*p = '\0';
	return xrealloc(out, p - out + 1);
}

bool text_is_clean(const char *text)
{
	char *clean = clean_text(text, strlen(text));
	bool same = !strcmp(clean, text);

	free(clean);
	return same;
}

char *shell_word(const char *word)
{
	char *out = xcalloc(strlen(word) * 4 + 3, 1), *to = out;

	if (*word && !word[strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
					"0123456789_./@+-")])
		return strcpy(out, word);
	*to++ = '\'';
	for (; *word; word++)
		if (*word == '\'')
			to = stpcpy(to, "'\\''");
		else
			*to++ = *word;
	*to = '\'';
	return out;
}
