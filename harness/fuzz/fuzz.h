/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fuzz.h - what the fuzz targets share: an input in parts, what must hold for
 * every input, and a folder for parsers that want a file.
 *
 * A target is a file fuzz_NAME.c that defines LLVMFuzzerTestOneInput() and is
 * linked with the host program's own objects. It runs in the checkout's root.
 */
#ifndef MMAPLAB_FUZZ_H
#define MMAPLAB_FUZZ_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../grade/err.h"
#include "../grade/manifest.h"

/* libFuzzer's; a target may have an initialiser, too. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

/**
 * struct fuzz_input - an input of several parts, with a line "%%" between them
 *
 * Bytes are handed to a parser as it gets them from the program: text with one
 * NUL behind it, in memory of just that size, so that a read beyond it is seen.
 */
struct fuzz_input {
	const uint8_t *data;
	size_t size;
};

/** fuzz_part() - the next part, owned by the caller; empty when there is none */
char *fuzz_part(struct fuzz_input *in, size_t *size);

/** fuzz_exact() - fresh memory of just these bytes, without a NUL */
char *fuzz_exact(const void *data, size_t size);

/** fuzz_require() - must hold whatever the input is; else the run ends here */
#define fuzz_require(condition, ...) \
	((condition) ? (void)0 : fuzz_broken(__FILE__, __LINE__, #condition, __VA_ARGS__))
void fuzz_broken(const char *file, int line, const char *condition, const char *fmt, ...)
	__attribute__((format(printf, 4, 5), noreturn));

/** fuzz_printable() - text that a terminal and a JSON document can take */
void fuzz_printable(const char *text);
/** fuzz_printable_json() - the same of each string in a document */
void fuzz_printable_json(const json_t *value);
/** fuzz_error() - an error of a function: its result, its code and its text agree */
void fuzz_error(int ret, const struct err *e);

/** fuzz_labs() - the checkout's labs */
const struct manifest *fuzz_labs(void);

/** fuzz_path() - printf a path in a folder that vanishes; valid until its next use */
const char *fuzz_path(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/** fuzz_file() - write a file at a path */
void fuzz_file(const char *path, const void *data, size_t size);

#endif
