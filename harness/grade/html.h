/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * html.h - writes pages of HTML that stand alone: one file each, no script, no
 * network. Every text goes through one function that escapes it, so that a
 * page's code has no way to write one as it came.
 */
#ifndef MMAPLAB_HTML_H
#define MMAPLAB_HTML_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/**
 * html() - printf for HTML
 * @fmt: markup, a constant of the program, with values in elements or in quoted
 *	attributes. It knows %s, %.2s, %d, %u, %zu, %g, %.1f and %%
 *
 * What %s prints is escaped: it stays text wherever it came from. Bytes that are no
 * letters, and signs that turn the direction of text, are shown as \xNN and \uNNNN.
 */
void html(FILE *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/** html_block() - a text as it was laid out, in a list of such; nothing when it is empty */
void html_block(FILE *out, const char *label, const char *text);

/** html_id() - a name for id= and href="#", of two parts, in letters that need no escapes */
void html_id(FILE *out, const char *a, const char *b);

/**
 * html_begin() - a page up to its first heading
 * @title: of the window
 *
 * The page's policy forbids whatever is not in the file: scripts, connections,
 * forms, frames, and styles other than this one.
 */
void html_begin(FILE *out, const char *title);
void html_end(FILE *out);

/** html_badge() - a status or a verdict, with a colour */
void html_badge(FILE *out, const char *word);

/** html_bar() - a bar of this share, from 0 to 1; what it says stands beside it as text */
void html_bar(FILE *out, double share, const char *kind);

/* ------------------------------------------------------------------ inside */

/** html_style - the style of all pages */
extern const char html_style[];

#endif
