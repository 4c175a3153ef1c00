// SPDX-License-Identifier: GPL-2.0-only
/*
 * screen.c - a page of text on the terminal, see screen.h.
 */
#define _XOPEN_SOURCE 700
#include "screen.h"

#include <errno.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

#include "util.h"

/* The other screen, no cursor; and back. */
#define ENTER "\033[?1049h\033[?25l"
#define LEAVE "\033[?25h\033[?1049l"
#define REVERSE "\033[7m"
#define NORMAL "\033[0m"
/* The row, before it is written: behind a full one, it would take the last letter away. */
#define ERASE "\033[K"

static struct termios before;
static volatile sig_atomic_t taken;

bool screen_usable(void)
{
	const char *term = getenv("TERM");

	return isatty(0) && isatty(1) && term && *term && strcmp(term, "dumb");
}

static void crashed(int sig)
{
	screen_leave();
	raise(sig); /* the handler is gone: SA_RESETHAND */
}

static int write_all(const char *s, size_t len)
{
	while (len) {
		ssize_t n = write(1, s, len);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			s += n;
			len -= n;
		}
	}
	return 0;
}

int screen_enter(void)
{
	static const int crashes[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT };
	struct sigaction sa = { .sa_handler = crashed, .sa_flags = SA_RESETHAND | SA_NODEFER };
	struct termios t;
	size_t i;

	if (tcgetattr(0, &before))
		return -errno;
	setlocale(LC_CTYPE, "C.UTF-8");
	for (i = 0; i < sizeof(crashes) / sizeof(crashes[0]); i++)
		sigaction(crashes[i], &sa, NULL);
	t = before;
	/* Keys come one by one and unseen; ^C and ^Z stay signals. */
	t.c_lflag &= ~(ICANON | ECHO);
	t.c_cc[VMIN] = 0;
	t.c_cc[VTIME] = 0;
	if (tcsetattr(0, TCSADRAIN, &t))
		return -errno;
	taken = 1;
	return write_all(ENTER, strlen(ENTER));
}

void screen_leave(void)
{
	if (!taken)
		return;
	taken = 0;
	write_all(LEAVE, strlen(LEAVE));
	tcsetattr(0, TCSADRAIN, &before);
}

int screen_key(void)
{
	static const struct {
		const char *text;
		int key;
	} keys[] = { { "\033[A", KEY_UP },	 { "\033OA", KEY_UP },
		     { "\033[B", KEY_DOWN },	 { "\033OB", KEY_DOWN },
		     { "\033[5~", KEY_PAGE_UP }, { "\033[6~", KEY_PAGE_DOWN } };
	struct pollfd in = { 0, POLLIN, 0 };
	char text[8] = "";
	size_t i;
	ssize_t n;

	if (poll(&in, 1, 0) <= 0)
		return KEY_NONE;
	n = read(0, text, 1);
	if (n <= 0)
		return n < 0 && errno == EINTR ? KEY_NONE : KEY_END;
	if (*text != '\033')
		return (unsigned char)*text;
	/* What follows at once belongs to it. */
	for (i = 1; i < sizeof(text) - 1 && poll(&in, 1, 20) > 0 && read(0, text + i, 1) == 1; i++)
		if (i > 1 && (unsigned char)text[i] >= '@')
			break;
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (!strcmp(text, keys[i].text))
			return keys[i].key;
	return KEY_NONE;
}

/* --------------------------------------------------------------------- draw */

/* Bytes of the letter or colour at @s, and the columns it takes; a tab goes to @column's next stop. */
static size_t letter(const char *s, int column, int *columns)
{
	mbstate_t state = { 0 };
	wchar_t c;
	size_t n;

	*columns = 0;
	if (s[0] == '\033' && s[1] == '[')
		return 2 + strcspn(s + 2, "m") + 1;
	if (*s == '\t') {
		*columns = 8 - column % 8;
		return 1;
	}
	n = mbrtowc(&c, s, strlen(s), &state);
	if (n == (size_t)-1 || n == (size_t)-2 || !n) {
		*columns = 1;
		return 1;
	}
	*columns = wcwidth(c) < 0 ? 1 : wcwidth(c);
	return n;
}

/* Bytes of @s that fit into a row: up to its last space, if a row is broken. */
static size_t row(const char *s, int width)
{
	size_t n = 0, space = 0, more;
	int column = 0, wide;

	while (s[n] && s[n] != '\n') {
		more = letter(s + n, column, &wide);
		if (more > strlen(s + n))
			more = strlen(s + n);
		if (column + wide > width)
			return space ? space : n ? n : more;
		column += wide;
		n += more;
		if (s[n - 1] == ' ' && column > width / 2)
			space = n;
	}
	return n;
}

static int count_rows(const char *body, int width)
{
	int rows = 0;

	for (; *body; rows++) {
		body += row(body, width);
		body += *body == '\n';
	}
	return rows;
}

static void draw_bar(FILE *out, const char *text, int width, bool color)
{
	fprintf(out, ERASE "%s%.*s%s", color ? REVERSE : "", (int)row(text, width), text,
		color ? NORMAL : "");
}

static void draw_body(FILE *out, const char *body, int top, int room, int width)
{
	int i;

	for (i = 0; i < top + room; i++) {
		size_t n = row(body, width);

		if (i >= top)
			fprintf(out, "\r\n" ERASE "%.*s", (int)n, body);
		else /* colours begun above go on */
			fprintf(out, "%.*s", (int)(*body == '\033' ? strcspn(body, "m") + 1 : 0),
				body);
		body += n;
		body += *body == '\n';
	}
	fputs(NORMAL, out);
}

/* 24 by 80 where the terminal does not say. */
static struct winsize screen_size(void)
{
	struct winsize size = { 0 };

	ioctl(1, TIOCGWINSZ, &size);
	size.ws_col = size.ws_col ? size.ws_col : 80;
	size.ws_row = size.ws_row ? size.ws_row : 24;
	return size;
}

int screen_width(void)
{
	return screen_size().ws_col;
}

void screen_draw(const char *head, const char *body, const char *foot, int *top, bool color)
{
	struct winsize size = screen_size();
	int room = size.ws_row - 2, width = size.ws_col, rows = count_rows(body, width);
	char *text = NULL;
	size_t len;
	FILE *out;

	if (*top > rows - room)
		*top = rows - room;
	if (*top < 0)
		*top = 0;
	out = open_memstream(&text, &len);
	if (!out)
		return;
	fputs("\033[H", out);
	draw_bar(out, head, width, color);
	if (room > 0)
		draw_body(out, body, *top, room, width);
	if (room >= 0) {
		fputs("\r\n", out);
		draw_bar(out, foot, width, color);
	}
	fclose(out);
	write_all(text, len);
	free(text);
}
