// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_build.c - compiling honest, wrong and hostile sources for real, at
 * each level of confinement.
 */
#include <elf.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../grade/build_headers.h"
#include "../grade/build_log.h"
#include "../grade/util.h"
#include "builds.h"
#include "limit.h"
#include "tests.h"

#define GOOD "#include \"records.h\"\nint rec_get(int n) { return n + 200; }\n"
#define MODULE \
	"#include <linux/module.h>\n#include <linux/miscdevice.h>\n" \
	"#include <linux/fs.h>\n#include \"mymap_uapi.h\"\n" \
	"static const struct file_operations fops = { .owner = THIS_MODULE };\n" \
	"static struct miscdevice dev = { .minor = MISC_DYNAMIC_MINOR,\n" \
	"	.name = \"mymap\", .fops = &fops };\n" \
	"module_misc_device(dev);\nMODULE_LICENSE(\"GPL\");\n"

static bool level_works(int level)
{
	if (level == CONFINE_UID && geteuid()) {
		printf("skipped: only root takes another user id\n");
		return false;
	}
	builds_setup(level);
	if (confine_level(&builds_err) == level)
		return true;
	ck_assert_msg(level == CONFINE_NAMESPACES, "%s", builds_err.text);
	printf("skipped: no namespaces here: %s\n", builds_err.text);
	return false;
}

#define LEVEL_TEST(name) \
	START_TEST(name) \
	{ \
		struct build *b; \
		if (!level_works(_i)) \
			return;
#define END_LEVEL_TEST \
	build_free(b); \
	} \
	END_TEST

/* What a command prints, up to a line. */
static char *output_of(const char *command)
{
	static char line[512];
	FILE *f = popen(command, "r");

	line[0] = '\0';
	if (fgets(line, sizeof(line), f))
		line[strcspn(line, "\n")] = '\0';
	pclose(f);
	return line;
}

static bool work_folders_are_gone(void)
{
	char *near = xasprintf(
		"find %s/out $TMPDIR -maxdepth 1 -name 'mmaplab-work-*' -newer %s/kit/main.o",
		tests_folder(), tests_folder());
	char *found = output_of(near);

	free(near);
	return !*found;
}

LEVEL_TEST(good_source_becomes_a_static_program)
struct stat st;

b = builds_program(GOOD);
builds_expect(b, BUILD_OK, NULL);
ck_assert_str_eq(b->text, "");
ck_assert_int_eq(b->level, _i);
ck_assert_uint_eq(b->objects_count, 1);
ck_assert_str_eq(b->output, tests_path("out/bin/records"));
ck_assert_str_eq(b->objects[0], tests_path("out/obj/records.o"));
ck_assert_str_eq(output_of(b->output), "243");
ck_assert_int_eq(stat(b->output, &st), 0);
ck_assert_int_eq(st.st_mode & 07777, 0755);
ck_assert_int_eq(st.st_uid, geteuid());
/* e_type: a fixed place in memory, not a position-independent one. */
ck_assert_int_eq(tests_read(b->output, NULL)[16], ET_EXEC);
ck_assert(work_folders_are_gone());
printf("# level %d: %u ms\n", _i, b->ms);
END_LEVEL_TEST

/* The one object of the kit brings what the linker would have taken from libc.a. */
LEVEL_TEST(program_has_the_functions_of_a_plain_link)
char *plain, *names;

b = builds_program("#include <string.h>\n#include <sys/mman.h>\n#include \"records.h\"\n"
		   "int rec_get(int n) { return msync(strdup(\"x\"), 0, 0) + n; }\n");
builds_expect(b, BUILD_OK, NULL);
plain = xasprintf("gcc -static -no-pie -o %s/plain %s %s/kit/main.o", tests_folder(), b->objects[0],
		  tests_folder());
ck_assert_int_eq(system(plain), 0);
names = xasprintf("cd %s && for p in %s plain; do "
		  "nm -g --defined-only $p | cut -d ' ' -f 3 | sort >$(basename $p).names; done; "
		  "grep -qx msync plain.names && cmp records.names plain.names && echo same",
		  tests_folder(), b->output);
ck_assert_str_eq(output_of(names), "same");
free(names);
free(plain);
END_LEVEL_TEST

LEVEL_TEST(same_source_gives_same_bytes)
size_t one, two;
char *first, *second;

b = builds_program(GOOD);
first = tests_read(b->output, &one);
build_free(b);
b = builds_program(GOOD);
second = tests_read(b->output, &two);
ck_assert_uint_eq(one, two);
ck_assert_int_eq(memcmp(first, second, one), 0);
END_LEVEL_TEST

LEVEL_TEST(warnings_are_shown_and_not_fatal)
b = builds_program("#include \"records.h\"\nint rec_get(int n) { int unused; return n; }\n");
builds_expect(b, BUILD_OK, RECORDS ":2:26: warning: unused variable 'unused'");
END_LEVEL_TEST

LEVEL_TEST(errors_are_the_compilers_words)
b = builds_program("int rec_get(int n) { return nosuch; }\n");
builds_expect(b, BUILD_FAILED, RECORDS ":1:29: error: 'nosuch' undeclared");
ck_assert_ptr_null(strstr(b->text, "/work"));
ck_assert_ptr_null(strstr(b->text, "/tmp"));
ck_assert_uint_eq(b->objects_count, 0);
END_LEVEL_TEST

/* What a source prints through the compiler is never taken for the kit's own trouble. */
LEVEL_TEST(words_of_our_tools_are_the_compilers)
static const char *const words[] = { "bwrap: ", "prlimit: ", "setpriv: ", "confine: ", "sh: " };
size_t i;

for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
	b = builds_program(xasprintf("#line 1 \"%s\\033[2J\"\n#error no\n", words[i]));
	builds_expect(b, BUILD_FAILED, "error: #error no");
	ck_assert_ptr_null(strchr(b->text, '\033'));
	build_free(b);
	b = NULL;
}
END_LEVEL_TEST

LEVEL_TEST(missing_function_is_a_link_error)
b = builds_program("int other(int n) { return n; }\n");
builds_expect(b, BUILD_FAILED, "undefined reference to `rec_get'");
ck_assert_uint_eq(b->objects_count, 1);
END_LEVEL_TEST

LEVEL_TEST(collected_problem_is_the_text)
struct collect_file file = { .path = RECORDS, .problem = RECORDS " is missing" };
struct collection c = { .files = &file, .files_count = 1 };

ck_assert_int_eq(build_program(&builds_user_lab, &c, &builds_kit, tests_path("out"), &b,
			       &builds_err),
		 0);
builds_expect(b, BUILD_FAILED, RECORDS " is missing");
END_LEVEL_TEST

/* Attempts to read a file of the host, each with the control that it is
 * named, and that its content does not come out. */
static const char *const readers[] = {
	"#include \"%s\"\nint rec_get(int n) { return n; }\n",
	"#include <%s>\n#include \"no-such-file.h\"\n",
	"#define F \"%s\"\n#include F\nint rec_get(int n) { return n; }\n",
	"const char rec_text[] =\n#include \"%s\"\n;\nint rec_get(int n) { return rec_text[n]; }\n",
	"__asm__(\".inc\" \"bin \\\"%s\\\"\");\nint rec_get(int n) { return n; }\n",
	"__asm__(\".inc\" \"lude \\\"%s\\\"\");\nint rec_get(int n) { return n; }\n",
	"__asm__(\".incbin \\\"%s\\\"\");\nint rec_get(int n) { return n; }\n",
	"int rec_get(int n) { return n; }\n#include \"../../../../../../../../..%s\"\n",
	/* as a system header, which the compiler's -MMD leaves out */
	"#if !__INCLUDE_LEVEL__\n#if __has_include(\"records.c\")\n#include \"records.c\"\n"
	"#else\n#include \"mymap.c\"\n#endif\n#else\n#pragma GCC system_header\n"
	"static const char text[] =\n#include \"%s\"\n;\n#endif\nint rec_get(int n) { return text[n]; }\n",
	"#pragma GCC dependency \"%s\" is newer\nint rec_get(int n) { return n; }\n",
	"int rec_get(int n) { return __has_include(\"%s\") ? 7 : n; }\n",
};

LEVEL_TEST(file_of_the_host_is_not_read)
char *canary = tests_path("canary.h"), *source;
size_t i, size;

tests_write_text("canary.h", "\"secret_of_the_host\"\n");
chmod(tests_folder(), 0755);
for (i = 0; i < sizeof(readers) / sizeof(readers[0]); i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	source = xasprintf(readers[i], canary);
#pragma GCC diagnostic pop
	b = builds_program(source);
	ck_assert_msg(b != NULL, "%s: %s", source, builds_err.text);
	ck_assert_msg(!strstr(b->text, "secret"), "%s: %s", source, b->text);
	if (b->output) {
		char *program = tests_read(b->output, &size);

		ck_assert_msg(!memmem(program, size, "secret_of", 9), "%s", source);
		free(program);
	}
	/* Where it was reachable, reading it was noticed. */
	if (_i != CONFINE_NAMESPACES && i < 9)
		builds_expect(b, BUILD_REJECTED, i == 6 ? ".incbin" : "canary.h");
	build_free(b);
	free(source);
}
b = NULL;
END_LEVEL_TEST

/* A host that was busy with something else for all of the deadline is asked again. */
static struct build *build_bomb(const char *source)
{
	struct build *bomb = NULL;
	int tries;

	for (tries = 0; !bomb && tries < 4; tries++) {
		bomb = builds_program(source);
		if (!bomb && !strstr(builds_err.text, "of which it got a processor"))
			break;
	}
	return bomb;
}

LEVEL_TEST(endless_compilations_end)
static const char *const bombs[] = {
	/* includes itself */
	"#include \"records.c\"\n#include \"records.c\"\n",
	/* 4 GiB of data */
	"char big[1UL << 32] = { 1 };\nint rec_get(int n) { return big[n]; }\n",
	/* macros: 2^40 words */
	"#define A x x\n#define B A A A A A A A A\n#define C B B B B B B B B\n"
	"#define D C C C C C C C C\n#define E D D D D D D D D\n#define F E E E E E E E E\n"
	"#define G F F F F F F F F\n#define H G G G G G G G G\n#define I H H H H H H H H\n"
	"#define J I I I I I I I I\n#define K J J J J J J J J\n#define L K K K K K K K K\n"
	"int rec_get(int n) { int x; L; return n; }\n",
	/* the assembler repeats */
	"__asm__(\".rept 1000000\\n.rept 100000\\n.quad 1\\n.endr\\n.endr\");\nint rec_get(int n) { return n; }\n",
	/* a file of 60 GiB */
	"__asm__(\".section .x,\\\"a\\\"\\n.fill 60000000000,1,1\");\nint rec_get(int n) { return n; }\n",
};
size_t i;

builds_kit.deadline_ms = 1500;
for (i = 0; i < sizeof(bombs) / sizeof(bombs[0]); i++) {
	int64_t start = clock_ms();

	b = build_bomb(bombs[i]);
	builds_expect(b, BUILD_FAILED, NULL);
	ck_assert_str_ne(b->text, "");
	ck_assert_uint_le(strlen(b->text), BUILD_MAX_TEXT + 200);
	printf("# level %d bomb %zu: %ld ms, %.70s\n", _i, i, (long)(clock_ms() - start), b->text);
	ck_assert_int_lt(clock_ms() - start, limit_ms(12000));
	build_free(b);
}
b = NULL;
ck_assert(work_folders_are_gone());
END_LEVEL_TEST

LEVEL_TEST(many_errors_are_cut)
char *source = xcalloc(1, 200000), *p = source;
int i;

for (i = 0; i < 4000; i++)
	p += sprintf(p, "int f%d(void) { int unused; }\n", i);
b = builds_program(source);
ck_assert_ptr_nonnull(b);
ck_assert_uint_le(strlen(b->text), BUILD_MAX_TEXT + 100);
ck_assert_ptr_nonnull(strstr(b->text, "(the rest is cut)"));
END_LEVEL_TEST

LEVEL_TEST(control_bytes_do_not_reach_the_terminal)
b = builds_program("#error \033[2J\033]0;title\007 <b>\xff\n");
builds_expect(b, BUILD_FAILED, "<b>");
ck_assert_ptr_null(strchr(b->text, '\033'));
ck_assert_ptr_null(strchr(b->text, '\007'));
ck_assert_ptr_null(strchr(b->text, '\xff'));
END_LEVEL_TEST

LEVEL_TEST(missing_kit_file_is_our_fault)
unlink(tests_path("kit/records.h"));
b = builds_program(GOOD);
ck_assert_ptr_null(b);
ck_assert_ptr_nonnull(strstr(builds_err.text, "kit/records.h"));
END_LEVEL_TEST

/* ---------------------------------------------------------------- modules */

LEVEL_TEST(module_is_built_with_and_without_debug_information)
struct stat full, stripped;
char *vermagic, *module;
size_t size;

if (!builds_have_kernel())
	return;
b = builds_module(MODULE);
builds_expect(b, BUILD_OK, NULL);
ck_assert_str_eq(b->text, "");
ck_assert_str_eq(b->debug, tests_path("out/obj/mymap.ko"));
ck_assert_str_eq(b->output, tests_path("out/mod/mymap.ko"));
ck_assert_int_eq(stat(b->debug, &full), 0);
ck_assert_int_eq(stat(b->output, &stripped), 0);
ck_assert_int_lt(stripped.st_size * 4, full.st_size);
vermagic = xasprintf("vermagic=%s ", builds_kit.kernel_version);
module = tests_read(b->output, &size);
ck_assert_ptr_nonnull(memmem(module, size, vermagic, strlen(vermagic)));
ck_assert(work_folders_are_gone());
printf("# level %d module: %u ms\n", _i, b->ms);
END_LEVEL_TEST

LEVEL_TEST(module_errors_are_the_compilers_words)
if (!builds_have_kernel())
	return;
b = builds_module("#include <linux/module.h>\nint x = nosuch;\nMODULE_LICENSE(\"GPL\");\n");
builds_expect(b, BUILD_FAILED, MYMAP ":2:9: error: 'nosuch' undeclared");
ck_assert_ptr_null(strstr(b->text, "make["));
ck_assert_ptr_null(strstr(b->text, "/work"));
build_free(b);
b = builds_module(
	"#include <linux/module.h>\nvoid nosuch(void);\nvoid f(void) { nosuch(); }\nMODULE_LICENSE(\"GPL\");\n");
builds_expect(b, BUILD_FAILED, "\"nosuch\"");
ck_assert_uint_eq(b->objects_count, 1);
END_LEVEL_TEST

LEVEL_TEST(module_does_not_read_the_host)
char *canary = tests_path("canary.h"), *source;
size_t i;

if (!builds_have_kernel())
	return;
tests_write_text("canary.h", "\"secret_of_the_host\"\n");
chmod(tests_folder(), 0755);
/* kbuild takes its second each time: all of them at one level only. */
for (i = 0; i < 9; i += _i == CONFINE_UID ? 1 : 4) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	source = xasprintf(readers[i], canary);
#pragma GCC diagnostic pop
	b = builds_module(source);
	ck_assert_msg(b != NULL, "%s: %s", source, builds_err.text);
	ck_assert_msg(b->status != BUILD_OK, "%s", source);
	ck_assert_msg(!strstr(b->text, "secret"), "%s: %s", source, b->text);
	if (_i != CONFINE_NAMESPACES)
		builds_expect(b, BUILD_REJECTED, i == 6 ? ".incbin" : "canary.h");
	build_free(b);
}
b = NULL;
END_LEVEL_TEST

/* The recipe holds the paths inside the namespaces. */
START_TEST(recipe_is_for_namespaces)
{
	if (!level_works(_i) || !builds_have_kernel())
		return;
	builds_kit.recipes = tests_path("recipes");
	builds_expect(builds_module(MODULE), BUILD_OK, NULL);
	ck_assert_int_eq(access(tests_path("recipes/mymap.kbuild"), F_OK) == 0,
			 _i == CONFINE_NAMESPACES);
}
END_TEST

START_TEST(recipe_gives_the_same_module)
{
	struct build *b;
	unsigned int slow;
	glob_t objects = { 0 };
	char *module;
	size_t one, two = 0;

	if (!level_works(CONFINE_NAMESPACES) || !builds_have_kernel())
		return;
	b = builds_module(MODULE);
	builds_expect(b, BUILD_OK, NULL);
	module = tests_read(b->debug, &one);
	slow = b->ms;
	build_free(b);
	builds_kit.recipes = tests_path("recipes");
	builds_expect(builds_module(MODULE), BUILD_OK, NULL);
	b = builds_module(MODULE);
	builds_expect(b, BUILD_OK, NULL);
	ck_assert_int_eq(memcmp(module, tests_read(b->debug, &two), one), 0);
	ck_assert_uint_eq(one, two);
	/* Both builds made the same mymap.mod.c: its object was kept once. */
	glob(tests_path("recipes/objects/*.o"), 0, NULL, &objects);
	ck_assert_uint_eq(objects.gl_pathc, 1);
	globfree(&objects);
	printf("# kbuild %u ms, again %u ms\n", slow, b->ms);
	build_free(b);
	b = builds_module("#include <linux/module.h>\nint x = nosuch;\nMODULE_LICENSE(\"GPL\");\n");
	builds_expect(b, BUILD_FAILED, MYMAP ":2:9: error: 'nosuch' undeclared");
	build_free(b);
	b = builds_module(
		"#include <linux/module.h>\nvoid nosuch(void);\nvoid f(void) { nosuch(); }\nMODULE_LICENSE(\"GPL\");\n");
	builds_expect(b, BUILD_FAILED, "\"nosuch\"");
	ck_assert_uint_eq(b->objects_count, 1);
	build_free(b);
	/* One of another kernel, or damaged, is not used. */
	tests_write_text("recipes/mymap.kbuild", "# 1 other\nexit 1\n");
	builds_expect(builds_module(MODULE), BUILD_OK, NULL);
}
END_TEST

/* What modpost wrote is compiled apart and kept; where that fails, at its place. */
START_TEST(recipe_goes_on_with_a_new_object)
{
	static const char warned[] = MODULE "static int unused;\n";
	struct build *b;

	if (!level_works(CONFINE_NAMESPACES) || !builds_have_kernel())
		return;
	builds_kit.recipes = tests_path("recipes");
	b = builds_module(warned);
	builds_expect(b, BUILD_OK, "'unused' defined but not used");
	build_free(b);
	remove_tree(tests_path("recipes/objects"));
	tests_write_text("recipes/objects", "in the way");
	b = builds_module(warned);
	builds_expect(b, BUILD_OK, "'unused' defined but not used");
	build_free(b);
}
END_TEST

#define FS "#include <linux/fs.h>\n"
#define MISC "#include <linux/miscdevice.h>\n"
#define MM "#include <linux/mm.h>\n"
#define MOD "#include <linux/module.h>\n"
#define LEAD FS MISC MM MOD
#define BODY \
	"static void *page;\n" \
	"static int start(void) { page = (void *)get_zeroed_page(GFP_KERNEL);\n" \
	"	pr_info(\"started\\n\"); return page ? 0 : -ENOMEM; }\n" \
	"static void end(void) { free_page((unsigned long)page); }\n" \
	"module_init(start);\nmodule_exit(end);\nMODULE_LICENSE(\"GPL\");\n"

/* What comes first decides: nothing may change what the headers mean. */
START_TEST(headers_lead_where_nothing_comes_before)
{
	static const struct {
		const char *source;
		bool lead;
	} sources[] = {
		{ LEAD BODY, true },
		{ "/* a * b */ // c\n\n# include\t<linux/fs.h>\n" MISC MM
		  "#include <linux/gfp.h>\n" MOD,
		  true },
		{ LEAD, true },
		{ FS MISC MM, false },
		{ MISC FS MM MOD, false },
		{ "#define pr_fmt(fmt) \"a: \" fmt\n" LEAD, false },
		{ "#include \"compat.h\"\n" LEAD, false },
		{ "int x;\n" LEAD, false },
		{ FS MISC "#if 0\n" MM "#endif\n" MOD, false },
		{ "/* *\\\n/ int x; /* */\n" LEAD, false },
		{ "// a \\\n b\n" LEAD, false },
		{ "/* no end " LEAD, false },
		{ "#include <linux/fs.h", false },
		{ "", false },
	};
	size_t i;

	for (i = 0; i < sizeof(sources) / sizeof(sources[0]); i++)
		ck_assert_msg(build_headers_lead(sources[i].source) == sources[i].lead, "%s",
			      sources[i].source);
}
END_TEST

/* What a module takes from the kernel and what it has; not the order of instructions. */
static char *symbols_of(const struct build *b)
{
	const char *argv[] = { "nm", "--format=just-symbols", b->output, NULL };
	char *text = run_capture(argv);

	ck_assert_ptr_nonnull(text);
	return text;
}

static bool has_bytes(const struct build *b, const char *bytes)
{
	size_t size;
	char *data = tests_read(b->output, &size);
	bool has = memmem(data, size, bytes, strlen(bytes)) != NULL;

	free(data);
	return has;
}

START_TEST(headers_that_lead_are_loaded)
{
	const char *wrong = LEAD "int f(void) { int unused; return nosuch; }\n" BODY;
	struct build *b, *slow, *failed;
	glob_t made = { 0 };

	if (!level_works(CONFINE_NAMESPACES) || !builds_have_kernel())
		return;
	slow = builds_module(LEAD BODY);
	builds_expect(slow, BUILD_OK, NULL);
	failed = builds_module(wrong);
	builds_expect(failed, BUILD_FAILED, "'nosuch' undeclared");
	builds_kit.recipes = tests_path("recipes");
	builds_expect(builds_module(LEAD BODY), BUILD_OK, NULL);
	glob(tests_path("recipes/objects/mymap-*.h.gch"), 0, NULL, &made);
	ck_assert_uint_eq(made.gl_pathc, 1);
	b = builds_module(LEAD BODY);
	builds_expect(b, BUILD_OK, NULL);
	ck_assert_str_eq(b->text, slow->text);
	ck_assert_str_eq(symbols_of(b), symbols_of(slow));
	printf("# kbuild %u ms, headers loaded %u ms\n", slow->ms, b->ms);
	/* What is wrong is told as without. */
	b = builds_module(wrong);
	builds_expect(b, BUILD_FAILED, NULL);
	ck_assert_str_eq(b->text, failed->text);
	b = builds_module(LEAD "int f(void) { int unused; return 0; }\n" BODY);
	builds_expect(b, BUILD_OK, "unused variable");
	b = builds_module("#define pr_fmt(fmt) \"prefix: \" fmt\n" LEAD BODY);
	builds_expect(b, BUILD_OK, NULL);
	ck_assert(has_bytes(b, "prefix: started"));
	/* Without those that gcc can load there is only a text that no source survives. */
	ck_assert_int_eq(unlink(made.gl_pathv[0]), 0);
	builds_expect(builds_module(LEAD BODY), BUILD_OK, NULL);
	tests_write_text(strstr(made.gl_pathv[0], "recipes/"), "damaged");
	builds_expect(builds_module(LEAD BODY), BUILD_OK, NULL);
	globfree(&made);
}
END_TEST

START_TEST(kernel_in_a_path_with_a_space)
{
	struct build *b;
	char *command;

	if (!level_works(_i) || !builds_have_kernel())
		return;
	command = xasprintf("mkdir '%s/a kernel' && cp -al '%s/usr' '%s/a kernel/'", tests_folder(),
			    builds_kit.kernel, tests_folder());
	if (system(command)) /* another file system: no hard links */
		return;
	builds_kit.kernel = tests_path("a kernel");
	b = builds_module(MODULE);
	if (_i == CONFINE_NAMESPACES) {
		builds_expect(b, BUILD_OK, NULL);
	} else {
		ck_assert_ptr_null(b);
		ck_assert_ptr_nonnull(strstr(builds_err.text, "next: move the checkout"));
	}
}
END_TEST

START_TEST(missing_kernel_is_our_fault)
{
	if (!level_works(_i))
		return;
	builds_kit.kernel = tests_path("kit");
	builds_kit.kernel_version = "6.1.0-0-none";
	ck_assert_ptr_null(builds_module(MODULE));
	ck_assert_ptr_nonnull(strstr(builds_err.text, "next: make kernel"));
}
END_TEST

/* ---------------------------------------------------------- huge pages */

/* Faults of a compilation and a link. */
static long faults_of(const char *preload)
{
	char *command = xasprintf("LD_PRELOAD=%s gcc -O2 -static -o %s %s", preload,
				  tests_path("out/main"), tests_path("kit/empty.c"));
	struct rusage usage;
	int status;
	pid_t pid;

	tests_write_text("kit/empty.c", "int main(void) { return 0; }\n");
	pid = fork();
	if (pid == 0) {
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	ck_assert_int_eq(wait4(pid, &status, 0, &usage), pid);
	ck_assert_int_eq(status, 0);
	free(command);
	return usage.ru_minflt;
}

START_TEST(huge_pages_save_faults)
{
	char *lent = output_of("cat /sys/kernel/mm/transparent_hugepage/enabled");
	char *library = tests_path("preload.so"), *data;
	long without, with;
	size_t size;

	if (!strstr(lent, "[madvise]")) {
		printf("# this host lends huge pages to nobody or to everybody: %s\n", lent);
		return;
	}
	builds_setup(CONFINE_LIMITS);
	/* LD_PRELOAD takes no path with a space, which the checkout's may have. */
	data = tests_read(builds_kit.preload, &size);
	tests_write("preload.so", data, size);
	free(data);
	without = faults_of("");
	with = faults_of(library);
	ck_assert_msg(with * 2 < without, "%ld with huge pages, %ld without", with, without);
}
END_TEST

/* That it is there at all shows only where it is missed. */
LEVEL_TEST(preload_is_for_namespaces)
builds_kit.preload = tests_path("none.so");
b = builds_program(GOOD);
if (_i == CONFINE_NAMESPACES) {
	ck_assert_ptr_null(b);
	ck_assert_ptr_nonnull(strstr(builds_err.text, "none.so"));
} else {
	builds_expect(b, BUILD_OK, NULL);
}
END_LEVEL_TEST

/* ------------------------------------------------- files of the compiler */

START_TEST(dependency_lists_are_read)
{
	static const struct {
		const char *deps, *foreign;
	} lists[] = {
		{ "a.o: a.c /usr/include/x.h \\\n /work/labs/b.h\n", NULL },
		{ "a.o: a.c /etc/passwd\n", "/etc/passwd" },
		{ "a.o: a.c \\\n  /usr/../etc/passwd\n", "/usr/../etc/passwd" },
		{ "a.o: a.c /usr/lib/gcc/../x.h ./b.h c/../d.h\n", NULL },
		{ "a.o: ../a.c\n", "../a.c" },
		{ "a.o: b/../../a.c\n", "b/../../a.c" },
		{ "a.o: /usrx/a.h\n", "/usrx/a.h" },
		{ "a.o: /workx\n", "/workx" },
		{ "a.o: /home/a\\ b\n", "/home/a b" },
		{ "a.o: /home/$$x\n", "/home/$x" },
		{ "a.o: /usr/a\\ b /tmp/ccX1y2Z3.s /tmp/x.s\n", "/tmp/x.s" },
		{ "a.o:\n", NULL },
		{ "a.o", NULL },
		{ "", NULL },
		{ "cmd_/work/a.o := gcc -I/etc\n\nsource_/work/a.o := a.c\n\ndeps_/work/a.o := \\\n"
		  "  /kernel/b.h \\\n    $(wildcard include/config/X) \\\n\n/etc/not\n",
		  NULL },
		{ "cmd_/work/a.o := gcc\n\ndeps_/work/a.o := \\\n  /kernel/b.h \\\n  /proc/self/environ \\\n",
		  "/proc/self/environ" },
		{ "a.o: \\", NULL },
	};
	struct build_roots roots = { "/work", "/kernel", NULL, true };
	size_t i;

	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		char *foreign = build_foreign_dep(lists[i].deps, &roots);

		ck_assert_pstr_eq(foreign, lists[i].foreign);
		free(foreign);
	}
}
END_TEST

/* Without namespaces its names are the host's own. */
START_TEST(links_and_temporary_files_of_the_host_are_foreign)
{
	struct build_roots roots = { tests_path("work"), NULL, NULL, false };
	char *link = tests_path("work/link"), *deps = xasprintf("a.o: %s/canary\n", link);

	tests_write_text("work/a.c", "");
	tests_write_text("outside/canary", "");
	ck_assert_int_eq(symlink("../outside", link), 0);
	ck_assert_ptr_nonnull(build_foreign_dep(deps, &roots));
	ck_assert_ptr_null(
		build_foreign_dep(xasprintf("a.o: %s\n", tests_path("work/a.c")), &roots));
	/* Nor from a checkout below /usr, which has the solutions. */
	roots.kit = "/usr/src/mmaplab";
	ck_assert_str_eq(build_foreign_dep("a.o: /usr/src/mmaplab/solutions/a.c\n", &roots),
			 "/usr/src/mmaplab/solutions/a.c");
	ck_assert_ptr_null(build_foreign_dep("a.o: /usr/src/mmaplab2/a.h\n", &roots));
	ck_assert_ptr_null(build_foreign_dep("a.o: /usr/include/stdio.h\n", &roots));
	ck_assert_str_eq(build_foreign_dep("a.o: /tmp/ccX1y2Z3.s\n", &roots), "/tmp/ccX1y2Z3.s");
	roots.apart = true;
	ck_assert_ptr_null(build_foreign_dep(deps, &roots));
}
END_TEST

START_TEST(messages_that_quote_foreign_files_are_noticed)
{
	struct build_roots roots = { "/work", NULL, NULL, true };
	char *foreign;

	ck_assert_ptr_null(build_foreign_message(
		"labs/a.c:1: error: /etc/passwd:1: no\n/usr/bin/ld: x\n/work/a.c:2: x\n   12 | /etc/x:1\n",
		&roots));
	foreign = build_foreign_message("a.c:1: x\nIn file included from /etc/x:1,\n", &roots);
	ck_assert_str_eq(foreign, "/etc/x");
	foreign = build_foreign_message("a.c:1: x\n/etc/y:1: Error: junk\n", &roots);
	ck_assert_str_eq(foreign, "/etc/y");
	foreign = build_foreign_message("                 from ../z.h:1:\n", &roots);
	ck_assert_str_eq(foreign, "../z.h");
	/* No leading slash, and outside all the same. */
	foreign = build_foreign_message("labs/../../etc/z:1:2: error: x\n", &roots);
	ck_assert_str_eq(foreign, "labs/../../etc/z");
	ck_assert_ptr_null(build_foreign_message(
		"labs/../a.c:1: x\n    1 | a/../../b:c\nmake[1]: x\n", &roots));
}
END_TEST

START_TEST(log_is_cleaned)
{
	struct build_roots roots = { "/work", NULL, NULL, true };
	const char log[] = "make[1]: Entering\n/work/labs/a.c:1: x\n  /workshop \x1b[31m\n";
	char *text = build_clean_log(log, sizeof(log) - 1, false, &roots);
	char *flood = xcalloc(1, 100001);

	ck_assert_str_eq(text, "labs/a.c:1: x\n  /workshop \\x1b[31m");
	memset(flood, 0xff, 100000);
	text = build_clean_log(flood, 100000, true, &roots);
	ck_assert_uint_le(strlen(text), BUILD_MAX_TEXT + 100);
	ck_assert_ptr_nonnull(strstr(text, "\n(the rest is cut)"));
}
END_TEST

static Suite *make_suite(void)
{
	Suite *s = suite_create("build");
	TCase *t = tcase_create("levels"), *bombs = tcase_create("bombs"),
	      *one = tcase_create("others");

	/* Kbuild takes seconds, on a busy host many: these only end what hangs. */
	tcase_set_timeout(t, 600);
	tcase_set_timeout(one, 600);
	tcase_set_timeout(bombs, 600);
	suite_add_tcase(s, t);
	suite_add_tcase(s, bombs);
	suite_add_tcase(s, one);
#define ADD(name) tcase_add_loop_test(t, name, 0, 3)
	ADD(good_source_becomes_a_static_program);
	ADD(program_has_the_functions_of_a_plain_link);
	ADD(same_source_gives_same_bytes);
	ADD(warnings_are_shown_and_not_fatal);
	ADD(errors_are_the_compilers_words);
	ADD(words_of_our_tools_are_the_compilers);
	ADD(missing_function_is_a_link_error);
	ADD(collected_problem_is_the_text);
	ADD(file_of_the_host_is_not_read);
	ADD(many_errors_are_cut);
	ADD(control_bytes_do_not_reach_the_terminal);
	ADD(missing_kit_file_is_our_fault);
	ADD(module_is_built_with_and_without_debug_information);
	ADD(module_errors_are_the_compilers_words);
	ADD(module_does_not_read_the_host);
	ADD(recipe_is_for_namespaces);
	ADD(kernel_in_a_path_with_a_space);
	ADD(missing_kernel_is_our_fault);
	ADD(preload_is_for_namespaces);
	tcase_add_loop_test(bombs, endless_compilations_end, 0, 3);
	tcase_add_test(one, recipe_gives_the_same_module);
	tcase_add_test(one, recipe_goes_on_with_a_new_object);
	tcase_add_test(one, headers_lead_where_nothing_comes_before);
	tcase_add_test(one, headers_that_lead_are_loaded);
	tcase_add_test(one, huge_pages_save_faults);
	tcase_add_test(one, dependency_lists_are_read);
	tcase_add_test(one, links_and_temporary_files_of_the_host_are_foreign);
	tcase_add_test(one, messages_that_quote_foreign_files_are_noticed);
	tcase_add_test(one, log_is_cleaned);
	return s;
}

int main(void)
{
	/* Where no other program makes its work folders, and any user id may go. */
	char place[] = "/tmp/mmaplab-builds-XXXXXX";
	int status;

	if (!mkdtemp(place) || chmod(place, 0755) || setenv("TMPDIR", place, 1))
		return EXIT_FAILURE;
	status = tests_main(make_suite);
	remove_tree(place);
	return status;
}
