// SPDX-License-Identifier: GPL-2.0-only
/*
 * gate.c - judges a student's objects, see gate.h.
 *
 * The objects are read into memory first and only then looked at, by libelf,
 * which checks every offset it follows; each answer may still be NULL.
 */
#include "gate.h"

#include <gelf.h>
#include <libelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gate_symbols.h"
#include "util.h"

#define MAX_OBJECT (16 << 20)
#define SHOWN_SYMBOL 80

/**
 * struct gate - one judgement under way
 * @libc, @kit: names a program may not define; NULL for a module
 * @imports: names a module may use; NULL for a program
 * @text: the offences, a line each
 * @count: how many there were, also beyond GATE_MAX_OFFENDERS
 * @built: the compiler came to its end, and so did the objects
 */
struct gate {
	const struct gate_names *libc, *kit, *imports;
	char *text;
	size_t count;
	bool built;
};

static void offend(struct gate *g, const char *name, const char *why)
{
	char *shown, *more;

	if (g->count++ >= GATE_MAX_OFFENDERS)
		return;
	shown = clean_text(name, strnlen(name, SHOWN_SYMBOL));
	more = xasprintf("%s  %s: %s\n", g->text, shown, why);
	free(g->text);
	free(shown);
	g->text = more;
}

/* -------------------------------------------------------------- sections */

static bool has_prefix(const char *s, const char *prefix)
{
	return !strncmp(s, prefix, strlen(prefix));
}

/* .init_array, .init_array.101 and so on, but not .init_arrays. */
static bool is_section(const char *name, const char *wanted)
{
	size_t n = strlen(wanted);

	return !strncmp(name, wanted, n) && (!name[n] || name[n] == '.');
}

static void judge_section(struct gate *g, const char *name, const GElf_Shdr *shdr)
{
	static const char *const before[] = { ".init_array", ".preinit_array", ".ctors" };
	static const char *const after[] = { ".fini_array", ".dtors" };
	static const char *const why_before =
		"a function marked as constructor runs before main(); call it from one of the lab's functions instead";
	static const char *const why_after =
		"a function marked as destructor runs after main(); call it from one of the lab's functions instead";
	size_t i;

	/* Without its interpreter the kernel starts no program, and a program
	 * that cannot be started would be our fault. Zeros name none, too. */
	if (!strcmp(name, ".interp") && shdr->sh_size)
		offend(g, name,
		       "this section names another program, which would be started instead");
	if (shdr->sh_type == SHT_NOBITS || !shdr->sh_size)
		return;
	if (shdr->sh_type == SHT_INIT_ARRAY || shdr->sh_type == SHT_PREINIT_ARRAY) {
		offend(g, name, why_before);
		return;
	}
	if (shdr->sh_type == SHT_FINI_ARRAY) {
		offend(g, name, why_after);
		return;
	}
	for (i = 0; i < sizeof(before) / sizeof(before[0]); i++)
		if (is_section(name, before[i]))
			offend(g, name, why_before);
	for (i = 0; i < sizeof(after) / sizeof(after[0]); i++)
		if (is_section(name, after[i]))
			offend(g, name, why_after);
	/* The C library runs or calls what stands in these. */
	if (!strcmp(name, ".init") || !strcmp(name, ".fini") || has_prefix(name, "__libc_"))
		offend(g, name,
		       "this section belongs to the C library; put the code into a function of the lab");
}

/* --------------------------------------------------------------- symbols */

static bool is_reserved(const char *name)
{
	static const char *const start[] = { "_start", "_init", "_fini" };
	size_t i;

	for (i = 0; i < sizeof(start) / sizeof(start[0]); i++)
		if (!strcmp(name, start[i]))
			return true;
	return name[0] == '_' && (name[1] == '_' || (name[1] >= 'A' && name[1] <= 'Z'));
}

static void judge_definition(struct gate *g, const char *name)
{
	char plain[SHOWN_SYMBOL * 4];

	/* .symver spells a version behind an @; the name is what counts. */
	snprintf(plain, sizeof(plain), "%.*s", (int)strcspn(name, "@"), name);
	if (gate_names_has(g->libc, plain))
		offend(g, name,
		       "the C library defines it, and a program that replaces it would test something else; if it is a helper of yours, make it static or give it another name");
	else if (gate_names_has(g->kit, plain))
		offend(g, name,
		       "the lab's given files define it; if it is a helper of yours, make it static or give it another name");
	else if (is_reserved(plain))
		offend(g, name,
		       "names that begin with two underscores, or one and a capital letter, belong to the compiler and the C library; give it another name");
}

/*
 * Since Linux 6.10 what allocates is a macro around NAME_noprof(): the same
 * function, without the accounting of who called it.
 */
static bool may_import(const struct gate *g, const char *name)
{
	static const char suffix[] = "_noprof";
	size_t n = strlen(name), len = sizeof(suffix) - 1;
	char *plain;
	bool may;

	if (n <= len || strcmp(name + n - len, suffix))
		return gate_names_has(g->imports, name);
	plain = xstrdup(name);
	plain[n - len] = '\0';
	may = gate_names_has(g->imports, plain);
	free(plain);
	return may;
}

static void judge_symbol(struct gate *g, const char *name, const GElf_Sym *sym)
{
	bool local = GELF_ST_BIND(sym->st_info) == STB_LOCAL;

	if (GELF_ST_TYPE(sym->st_info) == STT_GNU_IFUNC)
		offend(g, name,
		       "an indirect function (ifunc) runs code before main(); make it an ordinary function");
	else if (g->libc && !local && sym->st_shndx != SHN_UNDEF)
		judge_definition(g, name);
	else if (g->imports && sym->st_shndx == SHN_UNDEF && !may_import(g, name))
		offend(g, name,
		       "this lab's modules do not use it (its imports.txt lists what they may use, and what for); solve the task without it");
}

/* Return: false when the table cannot be read. */
static bool judge_symbols(struct gate *g, Elf *elf, Elf_Scn *scn, const GElf_Shdr *shdr)
{
	Elf_Data *data = elf_getdata(scn, NULL);
	size_t entry = gelf_fsize(elf, ELF_T_SYM, 1, EV_CURRENT), i;
	const char *name;
	GElf_Sym sym;

	if (!data || !entry || shdr->sh_entsize != entry || data->d_size % entry)
		return false;
	/* The first entry is empty by definition. */
	for (i = 1; i < data->d_size / entry; i++) {
		if (!gelf_getsym(data, i, &sym))
			return false;
		name = elf_strptr(elf, shdr->sh_link, sym.st_name);
		if (!name)
			return false;
		if (*name)
			judge_symbol(g, name, &sym);
	}
	return true;
}

/* --------------------------------------------------------------- objects */

static bool is_object(Elf *elf)
{
	GElf_Ehdr h;

	return elf && elf_kind(elf) == ELF_K_ELF && gelf_getehdr(elf, &h) &&
	       h.e_ident[EI_CLASS] == ELFCLASS64 && h.e_ident[EI_DATA] == ELFDATA2LSB &&
	       h.e_machine == EM_X86_64 && h.e_type == ET_REL;
}

/* Return: false when it is no object that can be read to its end. */
static bool judge_sections(struct gate *g, Elf *elf)
{
	size_t count, names, seen = 0, tables = 0;
	Elf_Scn *scn = NULL;
	const char *name;
	GElf_Shdr shdr;

	if (elf_getshdrnum(elf, &count) || elf_getshdrstrndx(elf, &names))
		return false;
	while ((scn = elf_nextscn(elf, scn))) {
		seen++;
		if (!gelf_getshdr(scn, &shdr))
			return false;
		name = elf_strptr(elf, names, shdr.sh_name);
		if (!name)
			return false;
		judge_section(g, name, &shdr);
		if (shdr.sh_type != SHT_SYMTAB)
			continue;
		tables++;
		if (!judge_symbols(g, elf, scn, &shdr))
			return false;
	}
	/* The assembler writes exactly one table of symbols. */
	return tables == 1 && seen + 1 == count;
}

static int judge_object(struct gate *g, const char *path, struct err *e)
{
	const char *base = strrchr(path, '/') + 1;
	char *folder = xasprintf("%.*s", (int)(base - 1 - path), path), *data;
	size_t size;
	int ret = confine_read(folder, base, MAX_OBJECT, &data, &size, e);
	Elf *elf;

	free(folder);
	if (ret)
		return ret;
	elf_version(EV_CURRENT);
	elf = elf_memory(data, size);
	/* A compiler that was stopped leaves half an object; its words say why. */
	if ((!is_object(elf) || !judge_sections(g, elf)) && g->built)
		offend(g, base,
		       "not an object file that the gate can read; take out assembly that changes sections or symbols");
	elf_end(elf);
	free(data);
	return 0;
}

static int judge(struct gate *g, struct build *b, struct err *e)
{
	size_t i;
	int ret = 0;

	g->text = xstrdup("");
	g->built = b->status == BUILD_OK;
	for (i = 0; i < b->objects_count && !ret; i++)
		ret = judge_object(g, b->objects[i], e);
	if (!ret && g->count) {
		size_t more = g->count > GATE_MAX_OFFENDERS ? g->count - GATE_MAX_OFFENDERS : 0;

		free(b->text);
		b->text = more ? xasprintf("%s  and %zu more\n", g->text, more) : xstrdup(g->text);
		b->text[strlen(b->text) - 1] = '\0';
		b->status = BUILD_REJECTED;
		free(b->output);
		b->output = NULL;
	}
	free(g->text);
	return ret;
}

int gate_program(struct build *b, const struct build_kit *kit, struct err *e)
{
	struct gate_names taken = { 0 };
	struct gate g = { .kit = &taken };
	int ret = 0;

	if (b->status == BUILD_REJECTED || !b->objects_count)
		return 0;
	g.libc = gate_libc_names(e);
	if (!g.libc)
		return e ? -e->code : -EIO;
	if (kit->given)
		ret = gate_object_names(&taken, kit->given, e);
	gate_names_sort(&taken);
	if (!ret)
		ret = judge(&g, b, e);
	gate_names_clear(&taken);
	return ret;
}

int gate_module(struct build *b, const char *imports, struct err *e)
{
	struct gate_names allowed = { 0 };
	struct gate g = { .imports = &allowed };
	int ret;

	if (b->status == BUILD_REJECTED || !b->objects_count)
		return 0;
	ret = gate_import_names(&allowed, imports, e);
	gate_names_sort(&allowed);
	if (!ret)
		ret = judge(&g, b, e);
	gate_names_clear(&allowed);
	return ret;
}
