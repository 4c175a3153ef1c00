// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz_oops.c - source lines of crashes, in four parts: a machine's console,
 * what addr2line says of a student's program, return addresses from a stack, and
 * the module with debug information.
 *
 * addr2line is not run: wrapped at link time, it "says" the second part. It reads
 * what a student's source has put into the debug information, so anything.
 */
#include <stdlib.h>
#include <string.h>

#include "../grade/source_line.h"
#include "../grade/util.h"
#include "fuzz.h"

static char *debug;
static const char *said;

char *__wrap_addr2line(const char *program, const char *section, const unsigned long long *address,
		       size_t count);
char *__wrap_addr2line(const char *program, const char *section, const unsigned long long *address,
		       size_t count)
{
	(void)section;
	(void)address;
	fuzz_require(!strcmp(program, debug), "%s is looked into", program);
	fuzz_require(count >= 1 && count <= 33, "%zu addresses", count);
	return *said ? xstrdup(said) : NULL;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	debug = xstrdup(fuzz_path("mymap.ko"));
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	size_t console_size, module_size;
	char *console = fuzz_part(&in, &console_size), *answer = fuzz_part(&in, NULL);
	char *callers = fuzz_part(&in, NULL), *module = fuzz_part(&in, &module_size);
	char *clean = clean_text(console, console_size), *line;
	struct oops oops;

	said = answer;
	fuzz_file(debug, module, module_size);
	if (oops_find(clean, "mymap", debug, &oops)) {
		fuzz_printable(oops.what);
		fuzz_printable(oops.log);
		if (oops.where)
			fuzz_printable(oops.where);
		oops_clear(&oops);
	}
	line = program_line(debug, callers, callers);
	if (line)
		fuzz_printable(line);
	free(line);
	free(clean);
	free(module);
	free(callers);
	free(answer);
	free(console);
	return 0;
}
