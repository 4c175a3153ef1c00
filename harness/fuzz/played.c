// SPDX-License-Identifier: GPL-2.0-only
/*
 * played.c - a machine played from a script, see played.h.
 */
#include "played.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

#include "../../labs/14-screen/case.h"
#include "../grade/machine.h"
#include "../grade/template.h"
#include "../grade/util.h"
#include "fuzz.h"

#define MEMORY ((size_t)PLAYED_MIB << 20)
#define FRAME 4096
#define FRAMES (MEMORY / FRAME)
#define PARKED_MAX 4
/* The page tables of a parked program, four frames each, at memory's end. */
#define TABLES(n) (FRAMES - 4 * ((n) + 1))
/* Where it is mapped: entry 2 of the third level, 0 of the others. */
#define MAPPED 0x400000ULL

/* What @park's FLAGS say: how the driver and the program go wrong, or not. */
enum {
	PARK_WRITABLE = 1, /* it stores its answer */
	PARK_READS = 2, /* read(2) gives what is in the page */
	PARK_READS_BACK = 4, /* and what the program stored */
	PARK_ONE_FRAME = 8, /* all pages are one */
	PARK_READ_ONLY = 16, /* entered without permission to write */
	PARK_BEHIND = 32, /* a page more than asked for */
	PARK_LAST_MISSING = 64,
	PARK_NO_LOADS = 128, /* it loads from other memory */
};

struct parked {
	uint64_t pages, frame, flags, seen;
};

struct machine {
	const char *at; /* in the script */
	int second;
	int disk;
	char line[1 << 16];
};

static unsigned char *memory;
static const char *script;
static struct parked parked[PARKED_MAX];
static uint64_t cookies[PARKED_MAX];
static size_t parked_count, cookies_count, turn, machines;
static int64_t now;
static long until_failure;
static char said[1 << 12], error[1 << 12];
static char console[1 << 14];
static size_t console_size;

/* ------------------------------------------------------------------- time */

int64_t __wrap_clock_ms(void);
int64_t __wrap_awake_ms(void);
int __wrap_usleep(useconds_t us);
ssize_t __wrap_getrandom(void *buf, size_t size, unsigned flags);

int64_t __wrap_clock_ms(void)
{
	return now;
}

int64_t __wrap_awake_ms(void)
{
	return now;
}

/* A second at least, so that a wait in vain has few turns. */
int __wrap_usleep(useconds_t us)
{
	now += 1000 + us / 1000;
	return 0;
}

/* The same again when an input is run again. */
ssize_t __wrap_getrandom(void *buf, size_t size, unsigned flags)
{
	(void)flags;
	memset(buf, 0x5a, size);
	return (ssize_t)size;
}

/* ----------------------------------------------------------------- script */

void played_begin(const char *text)
{
	if (!memory)
		memory = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			      0);
	if (memory == MAP_FAILED || madvise(memory, MEMORY, MADV_DONTNEED))
		abort();
	script = text;
	parked_count = cookies_count = turn = 0;
	now = 1000;
	until_failure = -1;
	*error = '\0';
	*said = '\0';
	console_size = 0;
}

void played_end(void)
{
	fuzz_require(!machines, "%zu machines were not ended", machines);
}

static uint64_t *word_at(uint64_t address)
{
	return (uint64_t *)(memory + address % MEMORY / 8 * 8);
}

static void enter(size_t n, size_t page, uint64_t frame, bool writable)
{
	uint64_t bits = 5 | (writable ? 2 : 0);

	word_at(TABLES(n) * FRAME)[0] = (TABLES(n) + 1) * FRAME | 7;
	word_at((TABLES(n) + 1) * FRAME)[0] = (TABLES(n) + 2) * FRAME | 7;
	word_at((TABLES(n) + 2) * FRAME)[2] = (TABLES(n) + 3) * FRAME | 7;
	word_at((TABLES(n) + 3) * FRAME)[page % 512] = frame * FRAME | bits;
}

static void park(const char *args)
{
	struct parked *p = &parked[parked_count];
	unsigned long pages, frame, flags;
	size_t i, last;

	if (parked_count == PARKED_MAX || sscanf(args, "%lx %lx %lx", &pages, &frame, &flags) != 3)
		return;
	*p = (struct parked){ pages, frame, flags, 0 };
	pages = pages < 500 ? pages : 500;
	last = pages + (flags & PARK_BEHIND ? 1 : 0) - (flags & PARK_LAST_MISSING && pages);
	for (i = 0; i < last; i++)
		enter(parked_count, i, flags & PARK_ONE_FRAME ? frame : frame + i,
		      !(flags & PARK_READ_ONLY));
	parked_count++;
}

static void draw(const char *args)
{
	unsigned long frames, frame;
	struct screen_case c;
	struct case_page pages[2];
	size_t i, n, words;

	if (!cookies_count || sscanf(args, "%lx %lx", &frames, &frame) != 2)
		return;
	c = case_make(cookies[0], frames & 1);
	n = frames & 1 ? case_after_frames(&c, pages) : case_after_card(&c, pages);
	words = case_size(&c) / sizeof(uint32_t);
	for (i = 0; i < words; i++)
		((uint32_t *)memory)[(frame % FRAMES * (FRAME / 4) + i) % (MEMORY / 4)] =
			case_expected(&c, pages, n, i);
}

static void put_sector(int disk, const char *args)
{
	unsigned long sector, byte;
	unsigned char data[512];

	if (sscanf(args, "%lx %lx", &sector, &byte) != 2)
		return;
	memset(data, (int)byte, sizeof(data));
	if (pwrite(disk, data, sizeof(data),
		   (off_t)(sector % (MACHINE_SCRATCH_BYTES / 512) * 512)) != sizeof(data))
		abort();
}

/* Return: 1 for a line to say, 0 for something done, or machine_line()'s error. */
static int perform(struct machine *m)
{
	const char *line = m->line, *args = line + strcspn(line, " ");
	unsigned long a, b;

	args += *args == ' ';
	if (m->second)
		return !strncmp(line, "@2 ", 3);
	if (*line != '@')
		return 1;
	if (!strncmp(line, "@timeout", 8))
		return now += 3600 * 1000, -ETIMEDOUT;
	if (!strncmp(line, "@flood", 6))
		return -EMSGSIZE;
	if (!strncmp(line, "@console ", 9)) {
		size_t n = strlen(args), room = sizeof(console) - 1 - console_size;

		n = n < room ? n : room;
		memcpy(console + console_size, args, n);
		console_size += n;
		console[console_size++ % sizeof(console)] = '\n';
		console_size -= console_size == sizeof(console);
	} else if (!strncmp(line, "@park ", 6)) {
		park(args);
	} else if (!strncmp(line, "@card ", 6)) {
		draw(args);
	} else if (!strncmp(line, "@mem ", 5)) {
		if (sscanf(args, "%lx %lx", &a, &b) == 2)
			*word_at(a) = b;
	} else if (!strncmp(line, "@disk ", 6)) {
		put_sector(m->disk, args);
	} else if (!strncmp(line, "@say ", 5)) {
		snprintf(said, sizeof(said), "%s", args);
	} else if (!strncmp(line, "@fail ", 6)) {
		until_failure = strtol(args, NULL, 16);
		args += strcspn(args, " ");
		snprintf(error, sizeof(error), "%s", args);
	}
	return 0;
}

int machine_line(struct machine *m, int64_t until, const char **line, size_t *len)
{
	size_t skip = m->second ? 3 : 0, n;
	int ret = 0;

	(void)until;
	while (!ret) {
		if (!*m->at)
			return -EPIPE;
		n = strcspn(m->at, "\n");
		if (n >= sizeof(m->line))
			return -EMSGSIZE;
		memcpy(m->line, m->at, n);
		m->line[n] = '\0';
		m->at += n + (m->at[n] == '\n');
		ret = perform(m);
	}
	*line = m->line + skip;
	*len = strlen(*line);
	return ret < 0 ? ret : 0;
}

/* ---------------------------------------------------------------- machine */

int machine_start(const struct machine_spec *spec, struct machine **out, struct err *e)
{
	struct machine *m;

	(void)spec;
	if (machines == 2)
		return err_set(e, EAGAIN, "a third machine");
	m = xcalloc(1, sizeof(*m));
	m->at = script;
	m->second = machines++ > 0;
	m->disk = memfd_create("scratch", MFD_CLOEXEC);
	if (m->disk < 0 || ftruncate(m->disk, MACHINE_SCRATCH_BYTES))
		abort();
	*out = m;
	return 0;
}

void machine_end(struct machine *m)
{
	if (!m)
		return;
	machines--;
	close(m->disk);
	free(m);
}

/* A cookie is told by the answer that the guest gets. */
int machine_send(struct machine *m, json_t *command, struct err *e)
{
	const char *cookie = json_string_value(json_object_get(command, "cookie"));
	char *text;

	(void)m;
	(void)e;
	text = json_dumps(command, JSON_COMPACT);
	fuzz_require(text, "an answer that is no JSON");
	free(text);
	if (cookie && cookies_count < PARKED_MAX)
		cookies[cookies_count++] = strtoull(cookie, NULL, 16);
	return 0;
}

static int command(struct err *e)
{
	if (until_failure >= 0 && until_failure-- == 0)
		return err_set(e, EIO, "QMP:%s", error);
	return 0;
}

int machine_stop(struct machine *m, struct err *e)
{
	(void)m;
	return command(e);
}

/* Time for each program that is parked to see what is new and to answer. */
int machine_cont(struct machine *m, struct err *e)
{
	size_t i;

	(void)m;
	for (i = 0; i < parked_count; i++) {
		struct parked *p = &parked[i];
		uint64_t word = *word_at(p->frame * FRAME);

		if (word != p->seen && p->flags & PARK_WRITABLE)
			*word_at(p->frame * FRAME + 8) = ~word;
		p->seen = word;
	}
	return command(e);
}

int machine_monitor(struct machine *m, const char *what, char **text, struct err *e)
{
	size_t n = parked_count ? turn++ % parked_count : 0;
	const struct parked *p = &parked[n];
	uint64_t loaded = p->flags & PARK_NO_LOADS ? 1 : p->seen;
	int ret = command(e);

	(void)m;
	fuzz_require(!strcmp(what, "info registers"), "'%s' is asked", what);
	if (ret)
		return ret;
	if (*said)
		*text = xstrdup(said);
	else
		*text = xasprintf("RBX=%016llx RBP=%016llx\nR12=%016llx R13=%016llx\n"
				  "R14=%016llx R15=%016llx CPL=%d II=0\nCR3=%016llx\n",
				  parked_count ? ~(unsigned long long)cookies[n] : 0,
				  p->flags & PARK_READS_BACK ? ~(unsigned long long)p->seen : 0,
				  MAPPED, (unsigned long long)p->pages * FRAME,
				  (unsigned long long)loaded,
				  p->flags & PARK_READS ? (unsigned long long)p->seen : 0,
				  parked_count ? 3 : 0, (unsigned long long)TABLES(n) * FRAME);
	*said = '\0';
	return 0;
}

int machine_check(struct machine *m, struct err *e)
{
	(void)m;
	return command(e);
}

bool machine_lost(const struct machine *m)
{
	(void)m;
	return false;
}

int machine_memory(struct machine *m, uint64_t *base, uint64_t *size, struct err *e)
{
	(void)m;
	*base = (uint64_t)(uintptr_t)memory;
	*size = MEMORY;
	return command(e);
}

int machine_next(struct machine *m, unsigned cpu_seconds, struct err *e)
{
	(void)m;
	(void)cpu_seconds;
	return command(e);
}

pid_t machine_pid(const struct machine *m)
{
	(void)m;
	return getpid();
}

int machine_disk(const struct machine *m)
{
	return m->disk;
}

const char *machine_console(struct machine *m, size_t *len)
{
	(void)m;
	*len = console_size;
	return console;
}

const char *machine_qemu_died(struct machine *m)
{
	(void)m;
	return "QEMU ended with status 0";
}

void machine_tell_death(struct machine *m, struct err *e)
{
	(void)m;
	(void)e;
}

struct machine_spec template_spec(const struct kit *kit, const struct template *t, bool cold,
				  int payload_fd)
{
	(void)cold;
	return (struct machine_spec){ .kit = kit, .profile = t->profile, .payload_fd = payload_fd };
}
