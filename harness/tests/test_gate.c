// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_gate.c - what the gate refuses, for objects that the compiler really
 * made, and for objects that were damaged afterwards.
 */
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../grade/gate.h"
#include "../grade/util.h"
#include "builds.h"
#include "tests.h"

#define REST "int rec_get(int n) { return n; }\n"

static struct build *b;

static void setup(void)
{
	builds_setup(CONFINE_LIMITS);
}

static void teardown(void)
{
	build_free(b);
	b = NULL;
}

/* Build, then gate; b holds the result. */
static void gate(const char *source)
{
	build_free(b);
	b = builds_program(source);
	ck_assert_msg(b != NULL, "%s", builds_err.text);
	ck_assert_msg(b->objects_count == 1, "%s", b->text);
	ck_assert_msg(!gate_program(b, &builds_kit, &builds_err), "%s", builds_err.text);
}

START_TEST(honest_program_passes)
{
	gate("#include <stdio.h>\n#include <stdlib.h>\nstatic int mmap(int n) { return n; }\n"
	     "int rec_table[4];\nint rec_helper(int n);\n"
	     "int rec_helper(int n) { return mmap(n) + rec_table[0]; }\n"
	     "int _helper(void);\nint _helper(void) { return 1; }\n"
	     "int rec_get(int n) { char *p = malloc(n); free(p); printf(\"\"); return rec_helper(n); }\n");
	builds_expect(b, BUILD_OK, NULL);
}
END_TEST

/* What a source defines, and what the gate says about it. */
static const struct {
	const char *source, *words;
} refused[] = {
	{ "void _exit(int n) { for (;;) (void)n; }\n" REST, "  _exit: the C library defines it" },
	{ "#include <stddef.h>\nint memcmp(const void *a, const void *b, size_t n) { (void)a; (void)b; (void)n; return 0; }\n" REST,
	  "  memcmp: the C library defines it" },
	{ "void *mmap(void) { return 0; }\n" REST, "make it static or give it another name" },
	{ "__attribute__((weak)) int munmap(void) { return 0; }\n" REST, "  munmap: " },
	{ "int environ;\n" REST, "  environ: the C library" },
	{ "int usage(void) { return 0; }\n" REST, "  usage: the lab's given files define it" },
	{ "int main(void) { return 0; }\n" REST, "  main: the lab's given files define it" },
	{ "int __my_helper(void) { return 0; }\n" REST, "  __my_helper: names that begin" },
	{ "int _Helper(void) { return 0; }\n" REST, "  _Helper: names that begin" },
	{ "void _start(void) { for (;;); }\n" REST, "  _start: names that begin" },
	{ "__asm__(\".symver rec_x, write@@GLIBC_2.2.5\\n.globl rec_x\\nrec_x: ret\");\n" REST,
	  "  write@" },
	{ "__asm__(\".comm puts,8,8\");\n" REST, "  puts: " },
	{ "__asm__(\".globl fork\\n.set fork, 0x1234\");\n" REST, "  fork: " },
	{ "__attribute__((constructor)) static void early(void) { __builtin_trap(); }\n" REST,
	  "  .init_array: a function marked as constructor runs before main()" },
	{ "__attribute__((constructor(101))) static void early(void) { __builtin_trap(); }\n" REST,
	  "  .init_array.00101: " },
	{ "__attribute__((destructor)) static void late(void) { __builtin_trap(); }\n" REST,
	  "  .fini_array: " },
	{ "static void f(void) { }\n__attribute__((section(\".preinit_array\"), used)) static void (*p)(void) = f;\n" REST,
	  "  .preinit_array: " },
	{ "static void f(void) { }\n__attribute__((section(\".ctors\"), used)) static void (*p)(void) = f;\n" REST,
	  "  .ctors: " },
	{ "static void f(void) { }\n__attribute__((section(\".dtors.1\"), used)) static void (*p)(void) = f;\n" REST,
	  "  .dtors.1: " },
	{ "__asm__(\".section .odd,\\\"aw\\\",@init_array\\n.quad 1\\n.text\");\n" REST,
	  "  .odd: " },
	{ "__asm__(\".section .interp,\\\"a\\\"\\n.string \\\"/bin/true\\\"\\n.text\");\n" REST,
	  "  .interp: this section names another program" },
	{ "__asm__(\".section .interp,\\\"a\\\",@nobits\\n.space 8\\n.text\");\n" REST,
	  "  .interp: " },
	{ "__asm__(\".section .init,\\\"ax\\\"\\nnop\\n.text\");\n" REST, "  .init: " },
	{ "__asm__(\".section __libc_atexit,\\\"aw\\\"\\n.quad 1\\n.text\");\n" REST,
	  "  __libc_atexit: " },
	{ "static int one(int n) { return n; }\nstatic void *choose(void) { return one; }\n"
	  "int rec_get(int n) __attribute__((ifunc(\"choose\")));\n",
	  "  rec_get: an indirect function (ifunc)" },
	{ "static int one(int n) { return n; }\nstatic void *choose(void) { return one; }\n"
	  "static int hidden(int n) __attribute__((ifunc(\"choose\")));\n"
	  "int rec_get(int n) { return hidden(n); }\n",
	  "  hidden: an indirect function (ifunc)" },
};

START_TEST(offence_is_named)
{
	gate(refused[_i].source);
	ck_assert_msg(b->status == BUILD_REJECTED, "passed: %s", refused[_i].source);
	builds_expect(b, BUILD_REJECTED, refused[_i].words);
	ck_assert_ptr_null(b->output);
	ck_assert(b->text[strlen(b->text) - 1] != '\n');
}
END_TEST

START_TEST(every_offender_is_named_up_to_ten)
{
	char source[2000] = REST;
	int i;

	for (i = 0; i < 14; i++)
		sprintf(source + strlen(source), "int __name%02d(void) { return 0; }\n", i);
	gate(source);
	builds_expect(b, BUILD_REJECTED, "  __name00: ");
	ck_assert_ptr_nonnull(strstr(b->text, "  __name09: "));
	ck_assert_ptr_null(strstr(b->text, "  __name10: "));
	ck_assert_ptr_nonnull(strstr(b->text, "\n  and 4 more"));
}
END_TEST

START_TEST(names_are_shown_safely)
{
	gate("__asm__(\".globl \\\"__\\033[31m\\\"\\n\\\"__\\033[31m\\\": ret\");\n" REST);
	builds_expect(b, BUILD_REJECTED, "__\\x1b[31m");
	ck_assert_ptr_null(strchr(b->text, '\033'));
}
END_TEST

START_TEST(failed_link_gets_the_better_reason)
{
	gate("int main(void) { return 0; }\n" REST);
	ck_assert_ptr_null(strstr(b->text, "multiple definition"));
	gate("int rec_other(void) { return 0; }\n");
	builds_expect(b, BUILD_FAILED, "undefined reference");
}
END_TEST

START_TEST(without_objects_nothing_changes)
{
	b = builds_program("int rec_get(int n) { return nosuch; }\n");
	ck_assert_int_eq(gate_program(b, &builds_kit, &builds_err), 0);
	builds_expect(b, BUILD_FAILED, "nosuch");
}
END_TEST

/* --------------------------------------------------------------- damage */

static void write_object(const void *data, size_t size)
{
	tests_write("out/obj/records.o", data, size);
	free(b->text);
	b->text = xstrdup("");
	b->status = BUILD_OK;
	ck_assert_int_eq(gate_program(b, &builds_kit, &builds_err), 0);
}

START_TEST(truncated_object_is_rejected)
{
	size_t size, cut;
	char *data;

	gate(REST);
	data = tests_read(b->objects[0], &size);
	for (cut = 0; cut < size; cut += 1 + size / 150) {
		write_object(data, cut);
		builds_expect(b, BUILD_REJECTED, "records.o: not an object file");
	}
}
END_TEST

START_TEST(half_an_object_of_a_stopped_compiler_is_no_offence)
{
	size_t size;
	char *data;

	gate(REST);
	data = tests_read(b->objects[0], &size);
	tests_write("out/obj/records.o", data, size / 2);
	b->status = BUILD_FAILED;
	ck_assert_int_eq(gate_program(b, &builds_kit, &builds_err), 0);
	ck_assert_int_eq(b->status, BUILD_FAILED);
}
END_TEST

START_TEST(other_files_are_rejected)
{
	size_t size;
	char *data;

	gate(REST);
	write_object("!<arch>\n", 8);
	builds_expect(b, BUILD_REJECTED, "not an object file");
	write_object("int main;", 9);
	builds_expect(b, BUILD_REJECTED, "not an object file");
	data = tests_read("/bin/true", &size);
	write_object(data, size);
	builds_expect(b, BUILD_REJECTED, "not an object file");
}
END_TEST

/* Each field of headers and symbols set to extremes: any answer will do, but
 * there must be one. */
START_TEST(damaged_object_does_no_harm)
{
	static const unsigned char values[] = { 0, 1, 0x7f, 0x80, 0xff };
	size_t size, at, v, where, n;
	Elf64_Ehdr *h;
	char *data;

	gate("int rec_a, rec_b;\nextern int rec_c;\n" REST);
	data = tests_read(b->objects[0], &size);
	h = (Elf64_Ehdr *)data;
	where = h->e_shoff;
	n = sizeof(*h) + h->e_shnum * sizeof(Elf64_Shdr);
	for (at = _i; at < n; at += 8) {
		size_t place = at < sizeof(*h) ? at : where + at - sizeof(*h);

		for (v = 0; v < sizeof(values); v++) {
			char old = data[place];

			data[place] = values[v];
			write_object(data, size);
			data[place] = old;
		}
	}
}
END_TEST

START_TEST(random_damage_does_no_harm)
{
	unsigned int seed = _i + 1, i, k;
	size_t size;
	char *data, *copy;

	gate("int rec_a, rec_b;\nextern int rec_c;\n" REST);
	data = tests_read(b->objects[0], &size);
	copy = xcalloc(1, size);
	for (i = 0; i < 500; i++) {
		memcpy(copy, data, size);
		for (k = 0; k < 8; k++)
			copy[rand_r(&seed) % size] = rand_r(&seed);
		write_object(copy, size);
	}
}
END_TEST

START_TEST(missing_kit_parts_are_our_fault)
{
	gate(REST);
	unlink(tests_path("kit/given.o"));
	ck_assert_int_lt(gate_program(b, &builds_kit, &builds_err), 0);
	ck_assert_ptr_nonnull(strstr(builds_err.text, "given.o"));
}
END_TEST

/* -------------------------------------------------------------- modules */

#define DRIVER \
	"#include <linux/module.h>\n#include <linux/miscdevice.h>\n" \
	"#include <linux/fs.h>\n#include <linux/kprobes.h>\n" \
	"static const struct file_operations fops = { .owner = THIS_MODULE };\n" \
	"static struct miscdevice dev = { .minor = MISC_DYNAMIC_MINOR,\n" \
	"	.name = \"mymap\", .fops = &fops };\n" \
	"module_misc_device(dev);\nMODULE_LICENSE(\"GPL\");\n"
#define IMPORTS \
	"# comment\nmisc_register\tthe device\nmisc_deregister\tthe device\n\n" \
	"__fentry__\tcompiler\n__x86_*\tcompiler\n__this_module\tthe kernel\n"

static void gate_driver(const char *source, const char *imports)
{
	tests_write_text("imports.txt", imports);
	build_free(b);
	b = builds_module(source);
	ck_assert_msg(b != NULL, "%s", builds_err.text);
	ck_assert_msg(b->objects_count == 1, "%s", b->text);
	ck_assert_msg(!gate_module(b, tests_path("imports.txt"), &builds_err), "%s",
		      builds_err.text);
}

START_TEST(module_imports_only_what_is_listed)
{
	if (!builds_have_kernel())
		return;
	gate_driver(DRIVER, IMPORTS);
	builds_expect(b, BUILD_OK, NULL);
	gate_driver(DRIVER, "misc_register\tthe device\n__fentry__\tx\n__x86_*\tx\n");
	builds_expect(b, BUILD_REJECTED, "  misc_deregister: this lab's modules do not use it");
	ck_assert_ptr_null(strstr(b->text, "misc_register:"));
	ck_assert_ptr_null(b->output);
	gate_driver(
		DRIVER
		"static struct kprobe probe;\nint go(void);\nint go(void) { return register_kprobe(&probe); }\n",
		IMPORTS);
	builds_expect(b, BUILD_REJECTED, "  register_kprobe: ");
	/* Not exported: kbuild fails, the gate knows why. */
	gate_driver(
		DRIVER
		"void do_exit_group(void);\nvoid go(void);\nvoid go(void) { do_exit_group(); }\n",
		IMPORTS);
	builds_expect(b, BUILD_REJECTED, "  do_exit_group: ");
	/* What newer kernels call the same function. */
	gate_driver(DRIVER "void vmalloc_noprof(void);\nvoid kexec_noprof(void);\nvoid go(void);\n"
			   "void go(void) { vmalloc_noprof(); kexec_noprof(); }\n",
		    IMPORTS "vmalloc\tx\n");
	builds_expect(b, BUILD_REJECTED, "  kexec_noprof: ");
	ck_assert_ptr_null(strstr(b->text, "  vmalloc_noprof: "));
}
END_TEST

START_TEST(module_constructors_are_refused)
{
	if (!builds_have_kernel())
		return;
	gate_driver(
		DRIVER
		"static void __attribute__((constructor)) early(void) { asm volatile(\"nop\"); }\n",
		IMPORTS);
	builds_expect(b, BUILD_REJECTED, "  .init_array: ");
}
END_TEST

START_TEST(malformed_imports_are_our_fault)
{
	gate(REST);
	tests_write_text("imports.txt", "good\tx\nbad name\tx\n");
	ck_assert_int_eq(gate_module(b, tests_path("imports.txt"), &builds_err), -EINVAL);
	ck_assert_ptr_nonnull(strstr(builds_err.text, "imports.txt, line 2, column 1"));
	ck_assert_int_eq(gate_module(b, tests_path("none.txt"), &builds_err), -ENOENT);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *s = suite_create("gate");
	TCase *t = tcase_create("all");

	suite_add_tcase(s, t);
	tcase_set_timeout(t, 300);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, honest_program_passes);
	tcase_add_loop_test(t, offence_is_named, 0, sizeof(refused) / sizeof(refused[0]));
	tcase_add_test(t, every_offender_is_named_up_to_ten);
	tcase_add_test(t, names_are_shown_safely);
	tcase_add_test(t, failed_link_gets_the_better_reason);
	tcase_add_test(t, without_objects_nothing_changes);
	tcase_add_test(t, truncated_object_is_rejected);
	tcase_add_test(t, half_an_object_of_a_stopped_compiler_is_no_offence);
	tcase_add_test(t, other_files_are_rejected);
	tcase_add_loop_test(t, damaged_object_does_no_harm, 0, 8);
	tcase_add_loop_test(t, random_damage_does_no_harm, 0, 4);
	tcase_add_test(t, missing_kit_parts_are_our_fault);
	tcase_add_test(t, module_imports_only_what_is_listed);
	tcase_add_test(t, module_constructors_are_refused);
	tcase_add_test(t, malformed_imports_are_our_fault);
	return s;
}

int main(void)
{
	return tests_main(make_suite);
}
