// SPDX-License-Identifier: GPL-2.0-only
/*
 * source_line.c - source lines for crashes and oopses, see source_line.h.
 * addr2line does the work; libelf finds a module's symbol, which the kernel
 * prints as name+offset.
 */
#include "source_line.h"

#include <fcntl.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "addr2line.h"
#include "util.h"

#define LOG_LINES 12
#define CALLERS_MAX 32 /* as many as the judge sends; a forged record may have more */

static bool in_header(const char *file_and_line)
{
	const char *colon = strrchr(file_and_line, ':');

	return colon && colon - file_and_line > 2 && !strncmp(colon - 2, ".h", 2);
}

/*
 * "func\nfile:line[ (discriminator n)]\n" -> "file.c:line in func". With -i
 * there are several such pairs, the innermost first: what a header's helper did
 * is told by the line that called it.
 */
static char *compact(char *answer)
{
	char *func, *file, *next, *slash, *text = NULL, *clean;
	bool header = true;

	for (func = answer; header && func && (file = strchr(func, '\n')); func = next) {
		*file++ = '\0';
		next = strchr(file, '\n');
		if (next)
			*next++ = '\0';
		if (strstr(file, "??") || strstr(file, ":?"))
			continue;
		file[strcspn(file, " ")] = '\0';
		header = in_header(file);
		if (header && text)
			continue;
		free(text);
		slash = strrchr(file, '/');
		text = xasprintf("%s in %s", slash ? slash + 1 : file, func);
	}
	free(answer);
	if (!text)
		return NULL;
	/* A #line of the student's may have put anything into these names. */
	clean = clean_text(text, strlen(text));
	free(text);
	return clean;
}

/* The answer's next "func\nfile:line\n", one for each address; NULL at its end. */
static char *next_pair(const char **answer)
{
	const char *file = strchr(*answer, '\n'), *end = file ? strchr(file + 1, '\n') : NULL;
	char *pair;

	if (!end)
		return NULL;
	pair = strndup(*answer, (size_t)(end + 1 - *answer));
	*answer = end + 1;
	return pair;
}

char *program_line(const char *program, const char *ip, const char *callers)
{
	unsigned long long address[1 + CALLERS_MAX] = { strtoull(ip, NULL, 16) };
	char *answer, *pair, *line = NULL, *end, *caller;
	const char *rest;
	size_t n = 1, i;

	for (; callers && n < 1 + CALLERS_MAX; callers = end) {
		address[n] = strtoull(callers, &end, 16);
		if (end == callers)
			break;
		/* The call itself is before the address to which it returns. */
		address[n++]--;
	}
	answer = addr2line(program, NULL, address, n);
	rest = answer ? answer : "";
	for (i = 0; !line && i < n && (pair = next_pair(&rest)); i++)
		line = compact(pair);
	free(answer);
	/* Beside the first, which is the crash itself. */
	if (line && i > 1) {
		caller = line;
		line = xasprintf("%s, in a library function that is likely called there", caller);
		free(caller);
	}
	return line;
}

static bool find_symbol(Elf *elf, const char *name, const char **section, unsigned long *value)
{
	Elf_Scn *scn = NULL, *at;
	GElf_Shdr sh, at_sh;
	size_t strings, i;

	if (elf_getshdrstrndx(elf, &strings))
		return false;
	while ((scn = elf_nextscn(elf, scn))) {
		Elf_Data *data;
		GElf_Sym sym;

		if (!gelf_getshdr(scn, &sh) || sh.sh_type != SHT_SYMTAB || !sh.sh_entsize)
			continue;
		data = elf_getdata(scn, NULL);
		for (i = 0; data && i < sh.sh_size / sh.sh_entsize; i++) {
			const char *n;

			if (!gelf_getsym(data, (int)i, &sym) ||
			    GELF_ST_TYPE(sym.st_info) != STT_FUNC)
				continue;
			n = elf_strptr(elf, sh.sh_link, sym.st_name);
			if (!n || strcmp(n, name))
				continue;
			at = elf_getscn(elf, sym.st_shndx);
			if (!at || !gelf_getshdr(at, &at_sh))
				return false;
			*section = elf_strptr(elf, strings, at_sh.sh_name);
			*value = sym.st_value;
			return *section != NULL;
		}
	}
	return false;
}

static char *module_line(const char *debug, const char *symbol, unsigned long offset)
{
	int fd = open(debug, O_RDONLY | O_CLOEXEC);
	const char *section = NULL;
	unsigned long value = 0;
	char *line = NULL;
	Elf *elf = NULL;

	elf_version(EV_CURRENT);
	if (fd >= 0)
		elf = elf_begin(fd, ELF_C_READ, NULL);
	if (elf && find_symbol(elf, symbol, &section, &value)) {
		unsigned long long address = value + offset;

		line = compact(addr2line(debug, section, &address, 1));
	}
	elf_end(elf);
	if (fd >= 0)
		close(fd);
	return line;
}

/*
 * The first "symbol+0x12/0x40 [module]" of the text: the instruction pointer
 * if it was in the module, else the innermost frame of the call trace.
 */
static char *module_frame(const char *text, const char *module, const char *debug)
{
	char *tag = xasprintf(" [%s]", module), symbol[128];
	const char *p = text;
	char *line = NULL;
	unsigned long offset;

	while (!line && (p = strstr(p, tag))) {
		const char *start = p;

		while (start > text && start[-1] != ' ' && start[-1] != ':' && start[-1] != '\n')
			start--;
		p++;
		if (sscanf(start, "%127[A-Za-z0-9_.]+0x%lx", symbol, &offset) == 2)
			line = module_line(debug, symbol, offset);
	}
	free(tag);
	return line;
}

static const struct {
	const char *text, *cause;
} signs[] = {
	{ "kernel NULL pointer dereference",
	  "A pointer was NULL or nearly so: often a call's result that was not checked, something used before it was set, or a program's number taken for an address. (An address near 0x10 may be what kmalloc() of 0 bytes gives.)" },
	{ "unable to handle page fault for address: 0000",
	  "The address is none of the kernel's: a program's, which is for copy_to_user(), copy_from_user() and their like alone, or a number taken for a pointer." },
	{ "unable to handle page fault",
	  "An address that is not mapped was used: memory already freed, an index beyond the buffer, or a number taken for a pointer." },
	{ "general protection fault",
	  "A pointer held garbage: often memory that was freed (0x6b bytes) or never set (0x5a bytes)." },
	{ "Kernel memory exposure attempt",
	  "A copy to the program began or ended outside the kernel's buffer: bound the number of bytes by what is left of it." },
	{ "Kernel memory overwrite attempt",
	  "A copy from the program began or ended outside the kernel's buffer: bound the number of bytes by what is left of it." },
	{ "list_del corruption",
	  "Something was taken out of a list that was not in it: often a device deregistered twice, or never registered, as when init failed and did not return a negative number." },
	{ "list_add corruption",
	  "Something was put into a list that it is in, or after an entry that was freed: often a device registered twice, or not deregistered." },
	{ "kernel BUG at",
	  "The kernel's own check failed: a helper was called in a way that its contract forbids." },
	{ "stack guard page",
	  "The kernel stack overflowed: deep recursion or a large local array." },
	{ "scheduling while atomic",
	  "The code slept while it held a spinlock or had interrupts off." },
	{ "Corrupted page table",
	  "A page table holds a frame that memory does not have, and a program touched it: virt_to_phys() was given an address outside the kernel's direct mapping, such as one from vmalloc(), or a frame was entered that is not the buffer's." },
	{ "Oops:", NULL },
	{ "BUG:", NULL },
	{ "Kernel panic", NULL },
};

/* Registers and code bytes are noise to a reader; these lines are not. */
static bool matters(const char *line, size_t len)
{
	static const char *const words[] = { "BUG",	"Oops",	      "RIP: 0010",  "panic",
					     "WARNING", "]  ",	      "Call Trace", "page table",
					     "attempt", "corruption", "pagetable" };
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (memmem(line, len, words[i], strlen(words[i])))
			return true;
	return false;
}

static char *log_lines(const char *text)
{
	char *out = xstrdup(""), *more;
	int kept = 0;

	while (*text && kept < LOG_LINES) {
		size_t len = strcspn(text, "\n");

		if (matters(text, len)) {
			more = xasprintf("%s%s%.*s", out, kept ? "\n" : "", (int)len, text);
			free(out);
			out = more;
			kept++;
		}
		text += len + (text[len] == '\n');
	}
	return out;
}

bool oops_find(const char *console, const char *module, const char *debug, struct oops *o)
{
	const char *first = NULL, *start;
	size_t i;

	*o = (struct oops){ 0 };
	for (i = 0; i < sizeof(signs) / sizeof(signs[0]) && !first; i++) {
		first = strstr(console, signs[i].text);
		o->cause = signs[i].cause;
	}
	if (!first)
		return false;
	for (start = first; start > console && start[-1] != '\n';)
		start--;
	/* Without the time stamp, "[    1.234567] ". */
	if (*start == '[' && strstr(start, "] ") && strstr(start, "] ") < first)
		o->what = xasprintf("%.*s", (int)strcspn(strstr(start, "] ") + 2, "\n"),
				    strstr(start, "] ") + 2);
	else
		o->what = xasprintf("%.*s", (int)strcspn(start, "\n"), start);
	o->log = log_lines(start);
	if (debug)
		o->where = module_frame(start, module, debug);
	return true;
}

void oops_clear(struct oops *o)
{
	free(o->what);
	free(o->where);
	free(o->log);
}
