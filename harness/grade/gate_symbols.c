// SPDX-License-Identifier: GPL-2.0-only
/*
 * gate_symbols.c - sets of names from libc.a, from the kit's objects and from
 * an imports.txt, see gate_symbols.h. All three are the kit's own: what is
 * wrong with them is our fault.
 */
#include "gate_symbols.h"

#include <ctype.h>
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util.h"

static void add(struct gate_names *set, const char *name, size_t len)
{
	if (set->count == set->room) {
		set->room = set->room ? 2 * set->room : 64;
		set->name = xrealloc(set->name, set->room * sizeof(char *));
	}
	set->patterns |= len > 1 && name[len - 1] == '*';
	set->name[set->count++] = xasprintf("%.*s", (int)len, name);
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void gate_names_sort(struct gate_names *set)
{
	if (set->count)
		qsort(set->name, set->count, sizeof(char *), compare);
}

bool gate_names_has(const struct gate_names *set, const char *name)
{
	size_t i;

	if (!set->count)
		return false;
	if (bsearch(&name, set->name, set->count, sizeof(char *), compare))
		return true;
	/* Only an imports.txt has such; the C library has thousands of other names. */
	for (i = 0; set->patterns && i < set->count; i++) {
		size_t n = strlen(set->name[i]);

		if (n > 1 && set->name[i][n - 1] == '*' && !strncmp(set->name[i], name, n - 1))
			return true;
	}
	return false;
}

void gate_names_clear(struct gate_names *set)
{
	size_t i;

	for (i = 0; i < set->count; i++)
		free(set->name[i]);
	free(set->name);
	memset(set, 0, sizeof(*set));
}

/* ------------------------------------------------------------- C library */

/* Ask the compiler that links the programs: it knows its own library. */
static int libc_path(char *path, size_t size, struct err *e)
{
	FILE *f = popen("gcc -print-file-name=libc.a 2>&1", "re");
	bool got = f && fgets(path, size, f);

	if (f)
		pclose(f);
	if (!got || path[0] != '/')
		return err_set(e, ENOENT,
			       "find libc.a: gcc says '%.200s'\n"
			       "next: apt-get install gcc libc6-dev",
			       got ? path : "nothing");
	path[strcspn(path, "\n")] = '\0';
	return 0;
}

static int read_archive(struct gate_names *set, const char *path, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), ret = 0;
	size_t count = 0, i;
	Elf_Arsym *sym = NULL;
	Elf *elf = NULL;

	if (fd < 0)
		return err_set(e, errno, "open %s: %s", path, strerror(errno));
	elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	if (elf && elf_kind(elf) == ELF_K_AR)
		sym = elf_getarsym(elf, &count);
	/* A C library without a thousand symbols is not one. */
	if (!sym || count < 1000)
		ret = err_set(e, EINVAL, "read the symbols of %s: %s", path,
			      sym ? "too few" : elf_errmsg(-1));
	for (i = 0; sym && i + 1 < count; i++)
		add(set, sym[i].as_name, strlen(sym[i].as_name));
	elf_end(elf);
	close(fd);
	return ret;
}

const struct gate_names *gate_libc_names(struct err *e)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static struct gate_names libc;
	char path[512];

	pthread_mutex_lock(&lock);
	if (!libc.count) {
		elf_version(EV_CURRENT);
		if (libc_path(path, sizeof(path), e) || read_archive(&libc, path, e))
			gate_names_clear(&libc);
		gate_names_sort(&libc);
	}
	pthread_mutex_unlock(&lock);
	return libc.count ? &libc : NULL;
}

/* ---------------------------------------------------------- kit's objects */

static void add_defined(struct gate_names *set, Elf *elf, Elf_Scn *scn, const GElf_Shdr *shdr)
{
	Elf_Data *data = elf_getdata(scn, NULL);
	const char *name;
	GElf_Sym sym;
	int i;

	for (i = 0; data && gelf_getsym(data, i, &sym); i++) {
		name = elf_strptr(elf, shdr->sh_link, sym.st_name);
		if (name && *name && sym.st_shndx != SHN_UNDEF &&
		    GELF_ST_BIND(sym.st_info) != STB_LOCAL)
			add(set, name, strlen(name));
	}
}

int gate_object_names(struct gate_names *set, const char *path, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), ret = 0;
	Elf_Scn *scn = NULL;
	GElf_Shdr shdr;
	Elf *elf;

	if (fd < 0)
		return err_set(e, errno, "open the kit's %s: %s", path, strerror(errno));
	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	if (!elf || elf_kind(elf) != ELF_K_ELF)
		ret = err_set(e, EINVAL, "the kit's %s is not an object file", path);
	while (!ret && (scn = elf_nextscn(elf, scn)))
		if (gelf_getshdr(scn, &shdr) && shdr.sh_type == SHT_SYMTAB)
			add_defined(set, elf, scn, &shdr);
	elf_end(elf);
	close(fd);
	return ret;
}

/* ---------------------------------------------------------------- imports */

static bool is_symbol(const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (!isalnum((unsigned char)s[i]) && s[i] != '_' &&
		    !(s[i] == '*' && i && i + 1 == len))
			return false;
	return len > 0;
}

int gate_import_names(struct gate_names *set, const char *path, struct err *e)
{
	char *text = read_text(path), *rest = text, *line;
	int number = 0, ret = 0;

	if (!text)
		return err_set(e, errno, "read %s: %s", path, strerror(errno));
	while (!ret && (line = strsep(&rest, "\n"))) {
		size_t n = strcspn(line, "\t");

		number++;
		if (*line == '#' || !*line)
			continue;
		if (is_symbol(line, n))
			add(set, line, n);
		else
			ret = err_set(e, EINVAL, "%s, line %d, column 1: not the name of a symbol",
				      path, number);
	}
	free(text);
	return ret;
}
