// SPDX-License-Identifier: GPL-2.0-only
/*
 * main.c - the tool `screen`: a client of the driver, and the drawing program
 * around the functions of draw.c.
 *
 * Given; changes to it are not graded. The commands of its first half use the
 * driver and nothing of draw.c: with them your driver can be tried before you
 * have drawn anything. A call that fails is a line `error EINVAL` on standard
 * output, with exit status 1; a wrong command line ends with status 2.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../driver/park.h"
#include "case.h"
#include "draw.h"

/* The tool is also linked without draw.c, to test a driver with. */
#pragma weak draw_open
#pragma weak draw_close
#pragma weak draw_card
#pragma weak draw_frames

#define MAX_WORDS 4
#define CARD_WORDS 6
#define CAT_PIECE 1000 /* pieces cross lines */
#define CAT_LIMIT (4 << 20) /* no picture is as large: the device has no end */

static const char usage_text[] =
	"usage: screen [OPTION]... COMMAND [ARG]...\n"
	"the driver's side, without draw.c:\n"
	"  geometry          what the driver tells of itself\n"
	"  pan LINE          let the picture begin at this line of the memory\n"
	"  refusals          three ioctls that a driver must refuse\n"
	"  cat               the visible picture by read(2), raw\n"
	"  misread           two read(2)s that can store nothing\n"
	"  readat AT         how many bytes pread(2) gives from byte AT of the picture on\n"
	"  dump              the mapped memory, raw\n"
	"  fill NUMBER       store noise into the mapped memory\n"
	"  hold              print `ready ok ADDRESS`, then obey lines on standard\n"
	"                    input: get AT, set AT VALUE, try LENGTH OFFSET, pan LINE,\n"
	"                    close (the descriptor), unmap\n"
	"  park COOKIE       stand still with the mapping, for the judge\n"
	"your drawing program:\n"
	"  card LINE FRAME CARD   draw a frame of a card from a line on\n"
	"  frames COUNT TIMES CARD  show an animation, again and again\n"
	"  open PATH TIMES        open a display, again and again\n"
	"A CARD is GROUND INK DISC X Y RADIUS, with colours as RRGGBB.\n"
	"options of the driver's side:\n"
	"  -l LENGTH  bytes to map (default: all)    -o OFFSET  where to begin (0)\n";

static struct {
	size_t length;
	off_t offset;
} option;

_Noreturn static void usage(const char *why)
{
	fprintf(stderr, "screen: %s\n%s", why, usage_text);
	exit(2);
}

static void flush(void)
{
	if (fflush(stdout) || ferror(stdout)) {
		perror("screen: standard output");
		exit(1);
	}
}

static const char *error_name(int err)
{
	const char *name = err > 0 ? strerrorname_np(err) : NULL;
	static char text[32];

	if (name)
		return name;
	snprintf(text, sizeof(text), "unknown:%d", err);
	return text;
}

/* One line for programs on stdout, one for people on stderr. */
_Noreturn static void fail(const char *what, int err)
{
	fprintf(stderr, "screen: %s: %s\n", what, strerror(err));
	printf("error %s\n", error_name(err));
	flush();
	exit(1);
}

static uint64_t number(const char *word, int base, uint64_t max)
{
	uint64_t n;
	char *end;

	errno = 0;
	n = strtoumax(word, &end, base);
	if (!strchr("0123456789abcdefABCDEF", *word) || !*word || *end || errno || n > max) {
		fprintf(stderr, "screen: %s is not a number, or too large\n", word);
		usage("a number was expected");
	}
	return n;
}

/* --------------------------------------------------------- the driver's side */

struct client {
	int fd;
	struct screen_geometry geometry;
	unsigned char *map; /* NULL: nothing is mapped */
	size_t pages_length;
};

static void device_open(struct client *c)
{
	c->fd = open(SCREEN_PATH, O_RDWR | O_CLOEXEC);
	if (c->fd < 0)
		fail("open " SCREEN_PATH, errno);
}

static void device_ask(struct client *c)
{
	device_open(c);
	memset(&c->geometry, 0xee, sizeof(c->geometry));
	if (ioctl(c->fd, SCREEN_GEOMETRY, &c->geometry))
		fail("ioctl SCREEN_GEOMETRY", errno);
}

/*
 * Into a larger reservation that nobody may touch: what a driver enters
 * behind the mapping's end would show there.
 */
static void device_map(struct client *c)
{
	size_t page = sysconf(_SC_PAGESIZE);
	void *room;

	device_ask(c);
	if (!option.length)
		option.length = c->geometry.size - option.offset;
	c->pages_length = (option.length + page - 1) / page * page;
	room = mmap(NULL, c->pages_length + page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (room == MAP_FAILED)
		fail("mmap of a reservation", errno);
	c->map = mmap(room, option.length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, c->fd,
		      option.offset);
	if (c->map == MAP_FAILED)
		fail("mmap " SCREEN_PATH, errno);
}

static void print_geometry(const struct screen_geometry *g)
{
	printf("width %u height %u stride %u lines %u bits %u top %u size %" PRIu64 "\n", g->width,
	       g->height, g->stride, g->lines, g->bits, g->top, (uint64_t)g->size);
}

static void pan(int fd, const char *line)
{
	uint32_t top = number(line, 10, UINT32_MAX);

	if (ioctl(fd, SCREEN_PAN, &top))
		fail("ioctl SCREEN_PAN", errno);
	puts("ok");
}

static void say_refusal(const char *what, int ret)
{
	printf("%s %s\n", what, ret < 0 ? error_name(errno) : "accepted");
}

static void refusals(int fd)
{
	/* Page 0 is never mapped. */
	void *nowhere = (void *)16;

	say_refusal("unknown", ioctl(fd, _IOR('s', 0x7f, __u32), nowhere));
	say_refusal("geometry", ioctl(fd, SCREEN_GEOMETRY, nowhere));
	say_refusal("pan", ioctl(fd, SCREEN_PAN, nowhere));
}

static void say_read(const char *what, ssize_t n)
{
	if (n < 0)
		printf("%s %s\n", what, error_name(errno));
	else
		printf("%s %zd bytes\n", what, n);
}

static void misread(int fd)
{
	/* Page 0 is never mapped; volatile, or the compiler warns of it. */
	void *volatile nowhere = (void *)16;

	say_read("nothing", read(fd, nowhere, 0));
	say_read("nowhere", read(fd, nowhere, CAT_PIECE));
}

static void read_at(int fd, const char *where)
{
	char piece[CAT_PIECE];
	ssize_t n = pread(fd, piece, sizeof(piece), number(where, 10, INT64_MAX));

	if (n < 0 && errno == ESPIPE)
		n = 0; /* a device without positions: nothing lies past its end */
	if (n < 0)
		fail("pread " SCREEN_PATH, errno);
	printf("%zd bytes\n", n);
}

static void cat(int fd)
{
	char piece[CAT_PIECE];
	size_t total = 0;
	ssize_t n;

	while ((n = read(fd, piece, sizeof(piece))) > 0) {
		if (n > CAT_PIECE) {
			fprintf(stderr, "screen: read %d bytes: the driver says %zd\n", CAT_PIECE,
				n);
			exit(1);
		}
		fwrite(piece, 1, n, stdout);
		flush();
		total += n;
		if (total > CAT_LIMIT) {
			fprintf(stderr, "screen: read %zu bytes and no end of file\n", total);
			exit(1);
		}
	}
	if (n < 0)
		fail("read " SCREEN_PATH, errno);
}

static void fill(const struct client *c, const char *word)
{
	uint64_t n = number(word, 16, UINT64_MAX);
	uint32_t *pixel = (uint32_t *)c->map;
	size_t i;

	for (i = 0; i < option.length / SCREEN_PIXEL; i++)
		pixel[i] = case_noise(n, i);
	puts("ok");
}

static void try_mapping(const struct client *c, const char *length, const char *offset)
{
	size_t len = number(length, 10, SIZE_MAX);
	void *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, c->fd,
		       number(offset, 10, UINT64_MAX));

	if (p == MAP_FAILED) {
		printf("error %s\n", error_name(errno));
		return;
	}
	printf("mapped %p\n", p);
	munmap(p, len);
}

/* Bytes outside the mapping are refused here: they say nothing of a driver. */
static volatile unsigned char *at(const struct client *c, const char *word)
{
	uint64_t offset = number(word, 10, UINT64_MAX);

	if (!c->map || offset >= c->pages_length)
		usage("this byte is not mapped");
	return c->map + offset;
}

static void hold_command(struct client *c, int n, char **word)
{
	if (n == 2 && !strcmp(word[0], "get"))
		printf("%d\n", *at(c, word[1]));
	else if (n == 3 && !strcmp(word[0], "set"))
		*at(c, word[1]) = number(word[2], 10, 255), puts("ok");
	else if (n == 3 && !strcmp(word[0], "try"))
		try_mapping(c, word[1], word[2]);
	else if (n == 2 && !strcmp(word[0], "pan"))
		pan(c->fd, word[1]);
	else if (n == 1 && !strcmp(word[0], "close"))
		close(c->fd), puts("ok");
	else if (n == 1 && !strcmp(word[0], "unmap"))
		munmap(c->map, option.length), c->map = NULL, puts("ok");
	else
		usage("hold does not know this line");
}

static void hold(struct client *c)
{
	char line[256];

	printf("ready ok %p\n", (void *)c->map);
	flush();
	while (fgets(line, sizeof(line), stdin)) {
		char *word[MAX_WORDS], *save, *w = strtok_r(line, " \n", &save);
		int n = 0;

		for (; w && n < MAX_WORDS; w = strtok_r(NULL, " \n", &save))
			word[n++] = w;
		if (n)
			hold_command(c, n, word);
		flush();
	}
}

/* A driver that enters its pages at the first touch has now entered all. */
static void touch(const volatile unsigned char *p, size_t len)
{
	size_t page = sysconf(_SC_PAGESIZE), i;

	for (i = 0; i < len; i += page)
		(void)p[i];
}

/* By read(2) there is only the picture: not what another page of the memory holds. */
_Noreturn static void stand_still(const struct client *c, const char *cookie)
{
	touch(c->map, c->pages_length);
	printf("ready ok %p\n", (void *)c->map);
	flush();
	park(number(cookie, 16, UINT64_MAX), c->map, c->pages_length, option.offset ? -1 : c->fd, 0,
	     true);
}

static bool device_command(int n, char **word)
{
	struct client c = { .fd = -1 };

	if (n == 1 && !strcmp(word[0], "geometry"))
		device_ask(&c), print_geometry(&c.geometry);
	else if (n == 2 && !strcmp(word[0], "pan"))
		device_open(&c), pan(c.fd, word[1]);
	else if (n == 1 && !strcmp(word[0], "refusals"))
		device_open(&c), refusals(c.fd);
	else if (n == 1 && !strcmp(word[0], "cat"))
		device_open(&c), cat(c.fd);
	else if (n == 1 && !strcmp(word[0], "misread"))
		device_open(&c), misread(c.fd);
	else if (n == 2 && !strcmp(word[0], "readat"))
		device_open(&c), read_at(c.fd, word[1]);
	else if (n == 1 && !strcmp(word[0], "dump"))
		device_map(&c), fwrite(c.map, 1, option.length, stdout);
	else if (n == 2 && !strcmp(word[0], "fill"))
		device_map(&c), fill(&c, word[1]);
	else if (n == 1 && !strcmp(word[0], "hold"))
		device_map(&c), hold(&c);
	else if (n == 2 && !strcmp(word[0], "park"))
		device_map(&c), stand_still(&c, word[1]);
	else
		return false;
	return true;
}

/* -------------------------------------------------------- the drawing program */

static struct colour parse_colour(const char *word)
{
	uint32_t n = number(word, 16, 0xffffff);
	struct colour c = { n >> 16, n >> 8 & 255, n & 255 };

	return c;
}

static struct card parse_card(const struct screen *s, char **word)
{
	struct card c = {
		.width = s->geometry.width,
		.height = s->geometry.height,
		.ground = parse_colour(word[0]),
		.ink = parse_colour(word[1]),
		.disc = parse_colour(word[2]),
		.x = number(word[3], 10, UINT16_MAX),
		.y = number(word[4], 10, UINT16_MAX),
		.radius = number(word[5], 10, UINT16_MAX),
	};

	return c;
}

static void open_screen(struct screen *s)
{
	int err = draw_open(s, SCREEN_PATH);

	if (err)
		fail("draw_open", -err);
}

static void draw_one(char **word)
{
	unsigned line = number(word[1], 10, UINT32_MAX), frame = number(word[2], 10, UINT32_MAX);
	struct screen s = { .fd = -1 };
	struct card card;
	int err;

	open_screen(&s);
	card = parse_card(&s, word + 3);
	err = draw_card(&s, line, &card, frame);
	if (err)
		fail("draw_card", -err);
	draw_close(&s);
}

static void draw_many(char **word)
{
	unsigned count = number(word[1], 10, 10000), times = number(word[2], 10, 10000);
	struct screen s = { .fd = -1 };
	struct card card;
	int err;

	open_screen(&s);
	card = parse_card(&s, word + 3);
	while (times--) {
		err = draw_frames(&s, &card, count);
		if (err)
			fail("draw_frames", -err);
	}
	draw_close(&s);
}

/* Each time it is closed again; what it leaves open or mapped can be counted. */
static void open_often(const char *path, unsigned times)
{
	struct screen s = { .fd = -1 };
	int err = 0;

	while (times--) {
		err = draw_open(&s, path);
		if (!err)
			draw_close(&s);
	}
	printf("ready %s\n", err ? error_name(-err) : "ok");
	flush();
	while (getchar() != '\n' && !feof(stdin))
		;
}

static bool draw_command(int n, char **word)
{
	if (n == 3 + CARD_WORDS && !strcmp(word[0], "card"))
		draw_one(word);
	else if (n == 3 + CARD_WORDS && !strcmp(word[0], "frames"))
		draw_many(word);
	else if (n == 3 && !strcmp(word[0], "open"))
		open_often(word[1], number(word[2], 10, 10000));
	else
		return false;
	return true;
}

int main(int argc, char **argv)
{
	int opt;

	while ((opt = getopt(argc, argv, "+l:o:")) != -1) {
		if (opt == 'l')
			option.length = number(optarg, 10, SIZE_MAX);
		else if (opt == 'o')
			option.offset = number(optarg, 10, INT64_MAX);
		else
			usage("no such option");
	}
	argc -= optind;
	argv += optind;
	if (!argc)
		usage("what shall it do?");
	if (!device_command(argc, argv)) {
		if (!draw_open || !draw_card || !draw_frames || !draw_close)
			usage("this one was built without draw.c");
		if (!draw_command(argc, argv))
			usage("no such command, or another number of arguments");
	}
	flush();
	return 0;
}
