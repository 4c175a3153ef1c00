// SPDX-License-Identifier: GPL-2.0-only
/*
 * html.c - writes HTML, see html.h.
 */
#include "html.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

/* ------------------------------------------------------------------- text */

/*
 * Letters of three bytes that make text look like another: marks that turn its
 * direction, and what ends lines; and those that HTML forbids.
 */
static bool is_trick(unsigned letter)
{
	return (letter >= 0x200b && letter <= 0x200f) || (letter >= 0x2028 && letter <= 0x202e) ||
	       (letter >= 0x2060 && letter <= 0x206f) || letter == 0xfeff || letter >= 0xfffe ||
	       (letter >= 0xfdd0 && letter <= 0xfdef) || letter == 0x61c;
}

/* One letter of clean text, which is valid; the number of its bytes. */
static size_t put_letter(FILE *out, const unsigned char *p)
{
	unsigned letter = *p;
	size_t n = *p < 0x80 ? 1 : *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : 4;

	if (n == 1 && strchr("&<>\"'", *p)) {
		fprintf(out, "&#%u;", letter);
		return n;
	}
	if (n == 2)
		letter = (p[0] & 0x1fU) << 6 | (p[1] & 0x3fU);
	else if (n == 3)
		letter = (p[0] & 0xfU) << 12 | (p[1] & 0x3fU) << 6 | (p[2] & 0x3fU);
	if (n > 1 && n < 4 && is_trick(letter))
		fprintf(out, "\\u%04x", letter);
	else if (n == 4 && (p[2] & 0xf) == 0xf && (p[1] & 0xf) == 0xf && (p[3] & 0x3f) >= 0x3e)
		fputs("\xef\xbf\xbd", out); /* U+nFFFE and U+nFFFF are no letters */
	else
		fwrite(p, 1, n, out);
	return n;
}

static void put_text(FILE *out, const char *text, size_t most)
{
	char *clean = clean_text(text ? text : "", text ? strnlen(text, most) : 0);
	const unsigned char *p = (const unsigned char *)clean;

	while (*p)
		p += put_letter(out, p);
	free(clean);
}

/* One conversion, which begins at its %; what comes after it. */
static const char *put_value(FILE *out, const char *fmt, va_list *ap)
{
	switch (fmt[1]) {
	case '%':
		fputc('%', out);
		return fmt + 2;
	case 's':
		put_text(out, va_arg(*ap, const char *), SIZE_MAX);
		return fmt + 2;
	case 'd':
		fprintf(out, "%d", va_arg(*ap, int));
		return fmt + 2;
	case 'u':
		fprintf(out, "%u", va_arg(*ap, unsigned));
		return fmt + 2;
	case 'g':
		fprintf(out, "%g", va_arg(*ap, double));
		return fmt + 2;
	case 'z': /* u */
		fprintf(out, "%zu", va_arg(*ap, size_t));
		return fmt + 3;
	case '.': /* one digit, and f or s */
		if (fmt[3] == 's')
			put_text(out, va_arg(*ap, const char *), (size_t)(fmt[2] - '0'));
		else
			fprintf(out, "%.*f", fmt[2] - '0', va_arg(*ap, double));
		return fmt + 4;
	default:
		abort();
	}
}

void html(FILE *out, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	while (*fmt) {
		size_t n = strcspn(fmt, "%");

		fwrite(fmt, 1, n, out);
		fmt += n;
		if (*fmt)
			fmt = put_value(out, fmt, &ap);
	}
	va_end(ap);
}

void html_block(FILE *out, const char *label, const char *text)
{
	if (*text)
		html(out, "<dt>%s</dt><dd><pre>%s</pre></dd>\n", label, text);
}

void html_id(FILE *out, const char *a, const char *b)
{
	const char *p;

	fputc('t', out);
	for (p = a; *p; p++)
		fputc(isalnum((unsigned char)*p) ? *p : '-', out);
	fputc('.', out);
	for (p = b; *p; p++)
		fputc(isalnum((unsigned char)*p) || *p == '_' ? *p : '-', out);
}

/* -------------------------------------------------------------------- page */

void html_begin(FILE *out, const char *title)
{
	unsigned char sum[32];
	char *digits;

	sha256_raw(html_style, strlen(html_style), sum);
	digits = base64_text(sum, sizeof(sum));
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
	      "img-src data:; base-uri 'none'; form-action 'none'; ",
	      out);
	html(out,
	     "style-src 'sha256-%s'\">\n"
	     "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	     "<meta name=\"color-scheme\" content=\"light dark\">\n"
	     "<meta name=\"robots\" content=\"noindex\">\n"
	     "<title>%s</title>\n<style>",
	     digits, title);
	free(digits);
	fputs(html_style, out);
	fputs("</style>\n</head>\n<body>\n", out);
}

void html_end(FILE *out)
{
	fputs("</body>\n</html>\n", out);
}

/* Verdicts and statuses by what they ask of whoever reads them. */
static const char *kind_of(const char *word)
{
	static const struct {
		const char *words, *kind;
	} kinds[] = {
		{ " pass full ", "good" },
		{ " fail crash timeout oops build rejected unusable ", "bad" },
		{ " held broken ambiguous ", "odd" },
		{ " partial ", "part" },
	};
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (word_listed(kinds[i].words, word))
			return kinds[i].kind;
	return "none";
}

void html_badge(FILE *out, const char *word)
{
	html(out, "<span class=\"badge %s\">%s</span>", kind_of(word), word);
}

void html_bar(FILE *out, double share, const char *kind)
{
	html(out,
	     "<svg class=\"bar\" viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" "
	     "aria-hidden=\"true\"><rect class=\"track\" width=\"100\" height=\"10\"/>"
	     "<rect class=\"%s\" width=\"%.2f\" height=\"10\"/></svg>",
	     kind,
	     share < 0 ? 0.0 :
	     share > 1 ? 100.0 :
			 share * 100);
}
