// SPDX-License-Identifier: GPL-2.0-only
/*
 * builds.c - a small lab and a small kit, see builds.h.
 */
#include "builds.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../grade/util.h"
#include "tests.h"

struct lab_def builds_user_lab = {
	.id = "02-records",
	.program = "records",
	.profile = "plain",
	.files = { RECORDS },
	.files_count = 1,
};
struct lab_def builds_driver_lab = {
	.id = "11-mymap",
	.program = "mymap",
	.profile = "leak",
	.module = "mymap",
	.files = { MYMAP },
	.files_count = 1,
};
struct build_kit builds_kit;
struct err builds_err;

static const char *user_headers[1], *driver_headers[2];

void builds_setup(int level)
{
	char *command;

	builds_kit.preload = realpath("build/hugepages.so", NULL);
	setenv("MMAPLAB_CONFINE", confine_level_name(level), 1);
	confine_reset();
	tests_write_text("kit/records.h", "int rec_get(int n);\n");
	tests_write_text("kit/main.c",
			 "#include <stdio.h>\n#include \"records.h\"\n"
			 "int usage(void);\nint usage(void) { return 2; }\n"
			 "int main(void) { printf(\"%d\\n\", rec_get(43)); return 0; }\n");
	command = xasprintf("cd %s/kit && gcc -O2 -fno-pie -c main.c && "
			    "\"$OLDPWD\"/harness/link-given given.o main.o",
			    tests_folder());
	ck_assert_int_eq(system(command), 0);
	free(command);
	tests_write_text("kit/Kbuild", "obj-m := mymap.o\n");
	tests_write_text("kit/mymap_uapi.h", "#define MYMAP_SIZE 4096\n");
	user_headers[0] = tests_path("kit/records.h");
	driver_headers[0] = tests_path("kit/Kbuild");
	driver_headers[1] = tests_path("kit/mymap_uapi.h");
	ck_assert_int_eq(mkdir(tests_path("out"), 0700), 0);
}

/* The release of the headers in a kernel folder, NULL if there are none. */
static char *find_release(const char *kernel)
{
	char *path = xasprintf("%s/usr/src", kernel), *release = NULL;
	DIR *dir = opendir(path);
	struct dirent *d;

	while (dir && (d = readdir(dir)))
		if (!strncmp(d->d_name, "linux-headers-", 14) && strstr(d->d_name, "amd64"))
			release = xstrdup(d->d_name + 14);
	if (dir)
		closedir(dir);
	free(path);
	return release;
}

bool builds_have_kernel(void)
{
	const char *env = getenv("MMAPLAB_TEST_KERNEL");
	char *kernel = realpath(env ? env : "build/kernel/root", NULL);
	char *release = kernel ? find_release(kernel) : NULL;

	if (!release) {
		printf("skipped: no kernel headers for modules; next: make kernel\n");
		return false;
	}
	builds_kit.kernel = kernel;
	builds_kit.kernel_version = release;
	if (confine_level(NULL) != CONFINE_NAMESPACES && strchr(kernel, ' ')) {
		printf("skipped: kbuild needs namespaces in a path with a space\n");
		return false;
	}
	return true;
}

static struct build *build(struct lab_def *lab, const char *source)
{
	struct collect_file file = { .path = lab->files[0],
				     .data = xstrdup(source),
				     .size = strlen(source) };
	struct collection c = { .files = &file, .files_count = 1 };
	struct build *b = NULL;
	int ret;

	memset(&builds_err, 0, sizeof(builds_err));
	ret = lab->module ? build_module(lab, &c, &builds_kit, tests_path("out"), &b, &builds_err) :
			    build_program(lab, &c, &builds_kit, tests_path("out"), &b, &builds_err);
	ck_assert(!ret == !!b);
	ck_assert_int_eq(ret, -builds_err.code);
	free(file.data);
	return b;
}

struct build *builds_program(const char *source)
{
	builds_kit.headers = user_headers;
	builds_kit.headers_count = 1;
	builds_kit.given = tests_path("kit/given.o");
	return build(&builds_user_lab, source);
}

struct build *builds_module(const char *source)
{
	builds_kit.headers = driver_headers;
	builds_kit.headers_count = 2;
	builds_kit.given = NULL;
	return build(&builds_driver_lab, source);
}

void builds_expect(const struct build *b, enum build_status status, const char *words)
{
	ck_assert_msg(b != NULL, "our fault: %s", builds_err.text);
	ck_assert_msg(b->status == status, "status %d, expected %d: %s", b->status, status,
		      b->text);
	ck_assert_msg(!words || strstr(b->text, words), "no '%s' in: %s", words, b->text);
	ck_assert((b->status == BUILD_OK) == !!b->output);
}
