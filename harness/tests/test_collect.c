// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_collect.c - what collect takes from a submission, what it notes and
 * what it refuses. Each case runs with a folder and with archives.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../grade/collect.h"
#include "../grade/util.h"
#include "limit.h"
#include "tests.h"

#define RECORDS "labs/02-records/records.c"
#define FAMILY "labs/09-family/family.c"
#define MYMAP "driver/mymap/mymap.c"
#define GIVEN_DRIVER "driver/careless/unbounded/unbounded.c"
#define MAIN "labs/02-records/main.c"

static struct err err;
static struct manifest *m;
static struct collection *c;

/* A kit with three labs and one given file. */
static void setup(void)
{
	static const char header[] = "#id\tpoints\tneeds\tprofile\ttask\twhere\ttitle\n"
				     "one\t1\t-\t-\t1\ta.c:f\tT\n";

	tests_write_text("kit/labs/labs.tsv", "#id\tprofile\tfiles\tkind\ttitle\n"
					      "02-records\tplain\t" RECORDS "\tcore\tRecords\n"
					      "09-family\tsmp\t" FAMILY "\tcore\tFamily\n"
					      "11-mymap\tleak\t" MYMAP "\tcore\tDriver\n");
	tests_write_text("kit/labs/02-records/tests.tsv", header);
	tests_write_text("kit/labs/09-family/tests.tsv", header);
	tests_write_text("kit/labs/11-mymap/tests.tsv", header);
	tests_write_text("kit/" MAIN, "int main(void);\n");
	tests_write_text("kit/" GIVEN_DRIVER, "int given;\n");
	tests_write_text("kit/" RECORDS, "/* starter */\n");
	tests_write_text("kit/Makefile", "all:\n");
	ck_assert_msg(!manifest_load(tests_path("kit"), &m, &err), "%s", err.text);
}

static void teardown(void)
{
	collection_free(c);
	manifest_free(m);
	c = NULL;
}

static int take(const char *submission, const struct lab_def *only)
{
	int ret;

	collection_free(c);
	memset(&err, 0, sizeof(err));
	ret = collect(submission, m, only, &c, &err);
	ck_assert(!ret == !!c);
	ck_assert_int_eq(ret, -err.code);
	return ret;
}

static bool has_note(const char *text)
{
	size_t i;

	for (i = 0; i < c->notes_count; i++)
		if (!strcmp(c->notes[i], text))
			return true;
	for (i = 0; i < c->notes_count; i++)
		printf("# note: %s\n", c->notes[i]);
	return false;
}

static const char *problem(int lab)
{
	return collection_problem(c, &m->labs[lab]);
}

/* The same submission as a folder (0) or as an archive of each kind. */
static const char *const formats[] = { "", "tar", "tar.gz", "tar.xz", "tar.zst", "zip" };
#define FORMATS 6

static char *submission(int format, const struct tests_entry *entry)
{
	char *path;

	if (format)
		return tests_archive(formats[format], entry);
	for (; entry->name; entry++) {
		path = xasprintf("sub/%s", entry->name);
		if (entry->type == 'f') {
			tests_write(path, entry->data,
				    entry->size ? entry->size : strlen(entry->data));
		} else {
			/* Make its folder. */
			tests_write_text(path, "");
			unlink(tests_path("%s", path));
			if (entry->type == 'l')
				ck_assert_int_eq(symlink(entry->data, tests_path("%s", path)), 0);
			else if (entry->type == 'p')
				ck_assert_int_eq(mkfifo(tests_path("%s", path), 0600), 0);
			else if (entry->type == 'd')
				ck_assert_int_eq(mkdir(tests_path("%s", path), 0700), 0);
		}
		free(path);
	}
	return tests_path("sub");
}

START_TEST(files_are_taken_by_name)
{
	const struct tests_entry entry[] = { { RECORDS, 'f', "int a;\n", 0 },
					     { FAMILY, 'f', "int b;\n", 0 },
					     { MYMAP, 'f', "int c;\n", 0 },
					     { 0 } };

	ck_assert_msg(!take(submission(_i, entry), NULL), "%s", err.text);
	ck_assert_uint_eq(c->files_count, 3);
	ck_assert_str_eq(c->files[0].path, RECORDS);
	ck_assert_str_eq(c->files[0].data, "int a;\n");
	ck_assert_uint_eq(c->files[0].size, 7);
	ck_assert_str_eq(collection_find(c, MYMAP)->data, "int c;\n");
	ck_assert_uint_eq(c->notes_count, 0);
	ck_assert_ptr_null(c->wrapper);
	ck_assert_ptr_null(problem(0));
	/* The same files have the same hash, however they came; it is that of
	 * printf 'PATH\0SIZE\0BYTES...' | sha256sum. */
	ck_assert_str_eq(c->hash,
			 "bf46a06a86f007dbc753545ce6d84e499ba95f87cb611a28c40d46bc761a1b7b");
}
END_TEST

START_TEST(one_wrapping_folder_is_stripped)
{
	const struct tests_entry entry[] = { { "readme.txt", 'f', "hello\n", 0 },
					     { "alice/" RECORDS, 'f', "int a;\n", 0 },
					     { "alice/" MAIN, 'f', "int main(void) { return 1; }\n",
					       0 },
					     { "alice/Makefile", 'f', "all:\n", 0 },
					     { "__MACOSX/x", 'f', "x", 0 },
					     { 0 } };

	ck_assert_msg(!take(submission(_i, entry), NULL), "%s", err.text);
	ck_assert_str_eq(c->files[0].data, "int a;\n");
	ck_assert_str_eq(c->wrapper, "alice");
	ck_assert(has_note(MAIN ": given file, changed: the kit's own is used"));
	ck_assert(has_note("readme.txt: ignored"));
	ck_assert_str_eq(problem(1), FAMILY " is missing");
}
END_TEST

START_TEST(two_wrapping_folders_are_refused)
{
	const struct tests_entry entry[] = { { "alice/" RECORDS, 'f', "int a;\n", 0 },
					     { "bob/" RECORDS, 'f', "int b;\n", 0 },
					     { 0 } };

	ck_assert_int_eq(take(submission(_i, entry), NULL), -EINVAL);
	ck_assert_ptr_nonnull(strstr(err.text, "(alice, bob)"));
}
END_TEST

START_TEST(a_second_wrapping_folder_is_not_stripped)
{
	const struct tests_entry entry[] = { { "x/alice/" RECORDS, 'f', "int a;\n", 0 }, { 0 } };

	ck_assert_int_eq(take(submission(_i, entry), NULL), -EINVAL);
	ck_assert_ptr_nonnull(strstr(err.text, "none of the labs' files"));
}
END_TEST

/* As a student uploads what they changed, without its folders. */
START_TEST(flat_files_are_taken_by_name)
{
	const struct tests_entry top[] = { { "records.c", 'f', "int a;\n", 0 },
					   { "mymap.c", 'f', "int c;\n", 0 },
					   { "notes.txt", 'f', "x", 0 },
					   { 0 } };

	ck_assert_msg(!take(submission(_i, top), NULL), "%s", err.text);
	ck_assert_str_eq(c->files[0].data, "int a;\n");
	ck_assert_str_eq(c->files[2].data, "int c;\n");
	ck_assert_ptr_null(c->wrapper);
	ck_assert(has_note("records.c: taken as " RECORDS));
	ck_assert(has_note("mymap.c: taken as " MYMAP));
	ck_assert(has_note("notes.txt: ignored"));
	ck_assert_str_eq(problem(1), FAMILY " is missing");
	ck_assert_msg(!take(submission(_i, top), &m->labs[0]), "%s", err.text);
	ck_assert(has_note("records.c: taken as " RECORDS));
	ck_assert(!has_note("mymap.c: taken as " MYMAP));
}
END_TEST

START_TEST(flat_files_in_a_folder_are_taken)
{
	const struct tests_entry entry[] = { { "alice/records.c", 'f', "int a;\n", 0 },
					     { "alice/x/family.c", 'f', "int b;\n", 0 },
					     { "notes.txt", 'f', "x", 0 },
					     { 0 } };

	ck_assert_msg(!take(submission(_i, entry), NULL), "%s", err.text);
	ck_assert_str_eq(c->files[0].data, "int a;\n");
	ck_assert(has_note("alice/records.c: taken as " RECORDS));
	ck_assert_str_eq(problem(1), FAMILY " is missing");
}
END_TEST

START_TEST(a_flat_file_beside_the_folders_is_not_taken)
{
	const struct tests_entry entry[] = { { FAMILY, 'f', "int b;\n", 0 },
					     { "records.c", 'f', "int a;\n", 0 },
					     { 0 } };

	ck_assert_msg(!take(submission(_i, entry), NULL), "%s", err.text);
	ck_assert_str_eq(problem(0), RECORDS " is missing");
	ck_assert(has_note("records.c: ignored; it belongs at " RECORDS));
}
END_TEST

START_TEST(two_flat_files_of_one_name_are_refused)
{
	const struct tests_entry entry[] = { { "a/records.c", 'f', "int a;\n", 0 },
					     { "b/records.c", 'f', "int b;\n", 0 },
					     { 0 } };

	ck_assert_int_eq(take(submission(_i, entry), NULL), -EINVAL);
	ck_assert_ptr_nonnull(strstr(err.text, "holds both a/records.c and b/records.c"));
	ck_assert_ptr_nonnull(strstr(err.text, "next: hand in one of them, as " RECORDS));
}
END_TEST

START_TEST(a_flat_link_is_refused)
{
	const struct tests_entry entry[] = { { "records.c", 'l', "/etc/passwd", 0 }, { 0 } };

	ck_assert_msg(!take(submission(_i, entry), NULL), "%s", err.text);
	ck_assert_str_eq(problem(0), RECORDS " is a symbolic link; hand in the file itself");
}
END_TEST

START_TEST(one_file_is_a_submission)
{
	static const char *const names[] = { "records.c", "records-1.c",
					     "anna_1001_70001_records.c",
					     "anna_LATE_1001_70001_records-12.c" };
	static const char *const others[] = { "myrecords.c", "records-a.c", "records-.c",
					      "records.c.txt" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		tests_write_text(names[i], "int a;\n");
		ck_assert_msg(!take(tests_path("%s", names[i]), NULL), "%s", err.text);
		ck_assert_str_eq(c->files[0].data, "int a;\n");
		ck_assert(has_note("records.c: taken as " RECORDS));
	}
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		tests_write_text(others[i], "int a;\n");
		ck_assert_int_eq(take(tests_path("%s", others[i]), NULL), -EINVAL);
	}
}
END_TEST

START_TEST(other_files_are_noted)
{
	const struct tests_entry entry[] = { { RECORDS, 'f', "int a;\n", 0 },
					     { MAIN, 'f', "int main(void) { return 0; }\n", 0 },
					     { "labs/02-records/Makefile", 'f',
					       "all:\n\ttouch /tmp/canary\n", 0 },
					     { "labs/02-records/.vimrc", 'f', "x", 0 },
					     { "Makefile", 'f', "all:\n\ttouch /tmp/canary\n", 0 },
					     { GIVEN_DRIVER, 'f', "int mine;\n", 0 },
					     { "tools/a", 'f', "a", 0 },
					     { "tools/b", 'f', "b", 0 },
					     { "family.c", 'f', "int b;\n", 0 },
					     { 0 } };

	ck_assert_int_eq(take(submission(_i, entry), NULL), 0);
	ck_assert(has_note(GIVEN_DRIVER ": given file, changed: the kit's own is used"));
	ck_assert(has_note(MAIN ": given file, changed: the kit's own is used"));
	ck_assert(has_note("labs/02-records/Makefile: ignored"));
	ck_assert(has_note("Makefile: ignored"));
	ck_assert(has_note("tools/: ignored"));
	ck_assert(has_note("family.c: ignored; it belongs at " FAMILY));
	ck_assert(has_note(FAMILY " is missing"));
	ck_assert(has_note(MYMAP " is missing"));
}
END_TEST

START_TEST(unchanged_given_files_are_not_noted)
{
	const struct tests_entry entry[] = { { RECORDS, 'f', "int a;\n", 0 },
					     { MAIN, 'f', "int main(void);\n", 0 },
					     { "Makefile", 'f', "all:\n", 0 },
					     { 0 } };

	ck_assert_int_eq(take(submission(_i, entry), &m->labs[0]), 0);
	ck_assert_uint_eq(c->notes_count, 0);
}
END_TEST

START_TEST(one_lab_takes_its_files_only)
{
	const struct tests_entry entry[] = { { RECORDS, 'f', "int a;\n", 0 },
					     { FAMILY, 'f', "int b;\n", 0 },
					     { "labs/09-family/x", 'f', "x", 0 },
					     { 0 } };

	ck_assert_int_eq(take(submission(_i, entry), &m->labs[1]), 0);
	ck_assert_uint_eq(c->files_count, 1);
	ck_assert_str_eq(c->files[0].path, FAMILY);
	ck_assert_ptr_null(collection_find(c, RECORDS));
	ck_assert_uint_eq(c->notes_count, 1);
	ck_assert(has_note("labs/09-family/x: ignored"));
	ck_assert_int_eq(take(submission(_i, entry), &m->labs[2]), 0);
	ck_assert_str_eq(problem(2), MYMAP " is missing");
}
END_TEST

START_TEST(notes_are_capped)
{
	struct tests_entry entry[64] = { { RECORDS, 'f', "int a;\n", 0 },
					 { FAMILY, 'f', "int b;\n", 0 },
					 { MYMAP, 'f', "int b;\n", 0 } };
	int i;

	for (i = 3; i < 53; i++)
		entry[i] = (struct tests_entry){ xasprintf("labs/f%d", i), 'f', "x", 0 };
	ck_assert_int_eq(take(submission(_i, entry), NULL), 0);
	ck_assert_uint_eq(c->notes_count, COLLECT_MAX_NOTES + 1);
	ck_assert_str_eq(c->notes[COLLECT_MAX_NOTES], "and 30 more");
}
END_TEST

START_TEST(links_and_devices_are_refused)
{
	const struct tests_entry entry[] = { { RECORDS, 'l', "/etc/passwd", 0 },
					     { FAMILY, 'p', NULL, 0 },
					     { MYMAP, 'f', "int c;\n", 0 },
					     { "labs/02-records/link", 'l', "/etc", 0 },
					     { 0 } };

	ck_assert_int_eq(take(submission(_i, entry), NULL), 0);
	ck_assert_str_eq(problem(0), RECORDS " is a symbolic link; hand in the file itself");
	ck_assert_str_eq(problem(1), FAMILY " is not a regular file");
	ck_assert_ptr_null(problem(2));
	ck_assert(has_note("labs/02-records/link: symbolic link, refused"));
	ck_assert_ptr_null(c->files[0].data);
}
END_TEST

START_TEST(folder_links_are_not_followed)
{
	struct tests_entry entry[] = { { MYMAP, 'f', "int c;\n", 0 },
				       { "labs", 'l', NULL, 0 },
				       { 0 } };

	tests_write_text("outside/02-records/records.c", "int secret;\n");
	entry[1].data = tests_path("outside");
	ck_assert_int_eq(take(submission(_i, entry), NULL), 0);
	ck_assert_str_eq(problem(0), RECORDS " is missing");
	ck_assert(has_note("labs: symbolic link, refused"));
}
END_TEST

START_TEST(folder_in_place_of_a_file_is_told)
{
	const struct tests_entry entry[] = { { MYMAP, 'f', "int c;\n", 0 },
					     { RECORDS, 'd', NULL, 0 },
					     { 0 } };

	ck_assert_int_eq(take(submission(_i, entry), NULL), 0);
	ck_assert_str_eq(problem(0), RECORDS " is a folder; expected a file");
}
END_TEST

START_TEST(archive_cannot_point_outside)
{
	const struct tests_entry entry[] = { { "../" RECORDS, 'f', "int evil;\n", 0 },
					     { "/" FAMILY, 'f', "int evil;\n", 0 },
					     { "labs/../../canary", 'f', "bad\n", 0 },
					     { "labs/02-records/../09-family/family.c", 'f',
					       "int evil;\n", 0 },
					     { "./driver//mymap/./mymap.c", 'f', "int c;\n", 0 },
					     { RECORDS, 'h', "/etc/passwd", 0 },
					     { "labs/x", 'c', NULL, 0 },
					     { 0 } };
	struct stat st;

	/* zip has neither hard links nor devices: libarchive writes files. */
	ck_assert_msg(!take(tests_archive("tar.gz", entry), NULL), "%s", err.text);
	ck_assert_str_eq(collection_find(c, MYMAP)->data, "int c;\n");
	ck_assert_str_eq(problem(0),
			 RECORDS " is a hard link to another entry; hand in the file itself");
	ck_assert_str_eq(problem(1), FAMILY " is missing");
	ck_assert(has_note("../" RECORDS
			   ": refused: a name must lead to a place inside the submission"));
	ck_assert(has_note("/" FAMILY
			   ": refused: a name must lead to a place inside the submission"));
	ck_assert(has_note("labs/x: not a regular file, refused"));
	ck_assert_int_ne(stat(tests_path("../canary"), &st), 0);
}
END_TEST

START_TEST(last_of_two_entries_counts)
{
	const struct tests_entry entry[] = { { RECORDS, 'l', "/etc/passwd", 0 },
					     { RECORDS, 'f', "int new;\n", 0 },
					     { 0 } };

	ck_assert_int_eq(take(tests_archive(formats[_i], entry), NULL), 0);
	ck_assert_str_eq(c->files[0].data, "int new;\n");
	ck_assert_ptr_null(problem(0));
}
END_TEST

START_TEST(odd_sources_are_told)
{
	static char large[COLLECT_MAX_FILE + 1], line[COLLECT_MAX_LINE + 2];
	struct tests_entry entry[] = { { MYMAP, 'f', "int c;\n", 0 },
				       { FAMILY, 'f', "// caf\xe9\n", 0 },
				       { RECORDS, 'f', "", 0 },
				       { 0 } };

	ck_assert_int_eq(take(submission(_i, entry), NULL), 0);
	ck_assert_str_eq(problem(0), RECORDS " is empty");
	/* Latin-1 in a comment compiles; so it is taken. */
	ck_assert_ptr_null(problem(1));
	ck_assert(has_note(FAMILY ", line 1 is not UTF-8; the file is used as it is"));

	entry[2].data = "int a;\nint \0b;\n";
	entry[2].size = 14;
	ck_assert_int_eq(take(submission(_i, entry), NULL), 0);
	ck_assert_str_eq(problem(0), RECORDS
			 ", line 2 holds a NUL byte: not plain text (was it saved as UTF-16?)");

	memset(large, '\n', sizeof(large));
	entry[2].data = large;
	entry[2].size = sizeof(large);
	ck_assert_int_eq(take(submission(_i, entry), NULL), 0);
	ck_assert_str_eq(problem(0), RECORDS " is larger than 262144 bytes");
	entry[2].size--;
	ck_assert_int_eq(take(submission(_i, entry), NULL), 0);
	ck_assert_ptr_null(problem(0));

	memset(line, ' ', sizeof(line));
	line[0] = '\n';
	entry[2].data = line;
	entry[2].size = sizeof(line);
	ck_assert_int_eq(take(submission(_i, entry), NULL), 0);
	ck_assert_str_eq(problem(0), RECORDS ", line 2 is longer than 65536 bytes");
	entry[2].size--;
	ck_assert_int_eq(take(submission(_i, entry), NULL), 0);
	ck_assert_ptr_null(problem(0));
}
END_TEST

START_TEST(odd_names_are_shown_safely)
{
	const struct tests_entry entry[] = { { RECORDS, 'f', "int a;\n", 0 },
					     { "labs/\033[31mred\n", 'f', "x", 0 },
					     { "labs/\xff\xfe.c", 'f', "x", 0 },
					     { "labs/<script>", 'f', "x", 0 },
					     { 0 } };

	ck_assert_msg(!take(submission(_i, entry), NULL), "%s", err.text);
	ck_assert(has_note("labs/\\x1b[31mred?: ignored"));
	ck_assert(has_note("labs/\\xff\\xfe.c: ignored"));
	ck_assert(has_note("labs/<script>: ignored"));
}
END_TEST

START_TEST(too_many_entries_are_refused)
{
	struct tests_entry *entry = calloc(COLLECT_MAX_ENTRIES + 2, sizeof(*entry));
	int i;

	for (i = 0; i < COLLECT_MAX_ENTRIES; i++)
		entry[i] = (struct tests_entry){ xasprintf("labs/f%05d", i), 'f', "x", 0 };
	entry[0].name = RECORDS;
	/* Folders count too: a folder has two more, labs/ and 02-records/. */
	if (_i)
		ck_assert_msg(!take(submission(_i, entry), NULL), "%s", err.text);
	entry[i] = (struct tests_entry){ "labs/last", 'f', "x", 0 };
	ck_assert_int_eq(take(submission(_i, entry), NULL), -E2BIG);
	ck_assert_ptr_nonnull(strstr(err.text, "more than 10000"));
}
END_TEST

START_TEST(bomb_is_refused)
{
	size_t size = COLLECT_MAX_BYTES / 4 + 1, i;
	char *zeros = calloc(1, size);
	struct tests_entry entry[] = { { RECORDS, 'f', "int a;\n", 0 }, { "a", 'f', zeros, size },
				       { "b", 'f', zeros, size },	{ "c", 'f', zeros, size },
				       { "d", 'f', zeros, size },	{ 0 } };
	struct stat st;
	char *path;
	int64_t start;

	for (i = 2; i < FORMATS; i++) {
		path = tests_archive(formats[i], entry);
		ck_assert_int_eq(stat(path, &st), 0);
		ck_assert_int_lt(st.st_size, 1 << 20);
		start = clock_ms();
		ck_assert_int_eq(take(path, NULL), -E2BIG);
		ck_assert_ptr_nonnull(strstr(err.text, "more than 64 MiB"));
		ck_assert_int_lt(clock_ms() - start, limit_ms(5000));
	}
	free(zeros);
}
END_TEST

/* Of 70 names, a million bytes each, a packed archive has few thousand bytes. */
START_TEST(bomb_of_names_is_refused)
{
	struct tests_entry entry[72] = { { RECORDS, 'f', "int a;\n", 0 } };
	char *name = xcalloc(1, 1000001);
	size_t i;

	memset(name, 'a', 1000000);
	for (i = 1; i < 71; i++)
		entry[i] = (struct tests_entry){ name, 'f', NULL, 0 };
	ck_assert_int_eq(take(tests_archive("tar.zst", entry), NULL), -E2BIG);
	ck_assert_ptr_nonnull(strstr(err.text, "more than 64 MiB"));
	free(name);
}
END_TEST

START_TEST(bomb_within_a_bomb_is_refused)
{
	const struct tests_entry entry[] = { { RECORDS, 'f', "int a;\n", 0 }, { 0 } };
	char *path = tests_archive("tar.gz", entry);
	char *command = xasprintf("gzip -c %s >%s.gz", path, path);

	ck_assert_int_eq(system(command), 0);
	strcat(strcpy(command, path), ".gz");
	ck_assert_int_eq(take(command, NULL), -EINVAL);
	ck_assert_ptr_nonnull(strstr(err.text, "packed more than once"));
}
END_TEST

START_TEST(declared_size_is_not_believed)
{
	/* A sparse tar entry of a terabyte. */
	char *command = xasprintf(
		"cd %s && mkdir -p labs && truncate -s 1T labs/hole && tar -cSf hole.tar labs",
		tests_folder());

	ck_assert_int_eq(system(command), 0);
	ck_assert_int_eq(take(tests_path("hole.tar"), NULL), -E2BIG);
	free(command);
}
END_TEST

START_TEST(damaged_archive_is_an_error)
{
	struct tests_entry entry[] = { { RECORDS, 'f', NULL, 0 }, { 0 } };
	char *noise = xcalloc(1, 50000), *path, *copy;
	size_t size, cut;
	unsigned int seed = 1, i;

	for (i = 0; i < 50000; i++)
		noise[i] = 'a' + rand_r(&seed) % 26;
	entry[0].data = noise;
	entry[0].size = 50000;
	path = tests_archive(formats[_i], entry);
	copy = tests_read(path, &size);
	for (cut = 0; cut < size / 2; cut += size / 20) {
		tests_write("cut", copy, cut);
		ck_assert_int_lt(take(tests_path("cut"), NULL), 0);
		ck_assert_ptr_nonnull(strstr(err.text, "unusable submission"));
	}
	/* Any bytes whatever: an error or a collection, never a crash. */
	for (cut = 0; cut < 300; cut++) {
		size_t at = rand_r(&seed) % size;
		char old = copy[at];

		copy[at] = rand_r(&seed);
		tests_write("flip", copy, size);
		take(tests_path("flip"), NULL);
		copy[at] = old;
	}
}
END_TEST

/* Blocks that are no headers: what follows the first few is not searched, however long it is. */
START_TEST(garbage_ends_an_archive)
{
	struct tests_entry entry[] = { { RECORDS, 'f', "int x;\n", 7 }, { 0 } };
	char *path = tests_archive("tar", entry), *copy, *whole;
	size_t size, garbage = 1 << 20;

	copy = tests_read(path, &size);
	whole = xcalloc(1, size + garbage);
	/* In place of the two blocks of zeros that end it. */
	memcpy(whole, copy, 1024);
	memset(whole + 1024, 'x', garbage);
	tests_write("garbage", whole, 1024 + garbage);
	ck_assert_int_lt(take(tests_path("garbage"), NULL), 0);
	ck_assert_ptr_nonnull(strstr(err.text, "unusable submission"));
}
END_TEST

START_TEST(unusable_submissions_are_named)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	const struct tests_entry other[] = { { "a.txt", 'f', "x", 0 },
					     { "b/c", 'f', "x", 0 },
					     { 0 } };

	ck_assert_int_eq(take("/nonexistent", NULL), -ENOENT);
	ck_assert_ptr_nonnull(strstr(err.text, "/nonexistent"));
	tests_write_text("x.c", "int main(void) { return 0; }\n");
	ck_assert_int_eq(take(tests_path("x.c"), NULL), -EINVAL);
	ck_assert_ptr_nonnull(strstr(err.text, "next: hand in a folder, or a tar"));
	tests_write_text("empty", "");
	ck_assert_int_eq(take(tests_path("empty"), NULL), -EINVAL);
	ck_assert_int_eq(mkdir(tests_path("nothing"), 0700), 0);
	ck_assert_int_eq(take(tests_path("nothing"), NULL), -EINVAL);
	ck_assert_int_eq(take(submission(0, other), NULL), -EINVAL);
	ck_assert_ptr_nonnull(strstr(err.text, "it holds a.txt, b"));
	ck_assert_int_eq(take(submission(1, other), NULL), -EINVAL);
	ck_assert_ptr_nonnull(strstr(err.text, "mirror the repository, for example " RECORDS));
	ck_assert_int_eq(take("/dev/null", NULL), -EINVAL);
	ck_assert_int_eq(mkfifo(tests_path("fifo"), 0600), 0);
	ck_assert_int_eq(take(tests_path("fifo"), NULL), -EINVAL);
	strcpy(a.sun_path, tests_path("socket"));
	ck_assert_int_eq(bind(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&a, sizeof(a)),
			 0);
	ck_assert_int_lt(take(a.sun_path, NULL), 0);
}
END_TEST

START_TEST(working_tree_is_a_quiet_submission)
{
	int i;

	tests_write_text("kit/" MAIN, "int main(void) { /* edited */ }\n");
	tests_write_text("kit/README.md", "x\n");
	/* A large build folder beside labs/ is not even counted. */
	for (i = 0; i < 200; i++)
		tests_write_text(xasprintf("kit/build/%d", i), "x");
	ck_assert_msg(!take(tests_path("kit"), &m->labs[0]), "%s", err.text);
	ck_assert_str_eq(c->files[0].data, "/* starter */\n");
	ck_assert_uint_eq(c->notes_count, 0);
}
END_TEST

START_TEST(hash_depends_on_every_byte_and_name)
{
	struct tests_entry entry[] = { { RECORDS, 'f', "int a;\n", 0 }, { 0 }, { 0 } };
	char first[65];

	ck_assert_int_eq(take(submission(1, entry), NULL), 0);
	strcpy(first, c->hash);
	entry[1] = (struct tests_entry){ "x", 'f', "x", 0 };
	ck_assert_int_eq(take(submission(1, entry), NULL), 0);
	ck_assert_str_eq(c->hash, first);
	entry[0].data = "int b;\n";
	ck_assert_int_eq(take(submission(1, entry), NULL), 0);
	ck_assert_str_ne(c->hash, first);
	entry[0] = (struct tests_entry){ FAMILY, 'f', "int a;\n", 0 };
	ck_assert_int_eq(take(submission(1, entry), NULL), 0);
	ck_assert_str_ne(c->hash, first);
	ck_assert_uint_eq(strlen(c->hash), 64);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *s = suite_create("collect");
	TCase *t = tcase_create("all");

	suite_add_tcase(s, t);
	tcase_set_timeout(t, 300);
	tcase_add_checked_fixture(t, setup, teardown);
#define EACH(name) tcase_add_loop_test(t, name, 0, FORMATS)
	EACH(files_are_taken_by_name);
	EACH(one_wrapping_folder_is_stripped);
	EACH(two_wrapping_folders_are_refused);
	EACH(a_second_wrapping_folder_is_not_stripped);
	EACH(flat_files_are_taken_by_name);
	EACH(flat_files_in_a_folder_are_taken);
	EACH(a_flat_file_beside_the_folders_is_not_taken);
	EACH(two_flat_files_of_one_name_are_refused);
	tcase_add_loop_test(t, a_flat_link_is_refused, 0, FORMATS - 1);
	tcase_add_test(t, one_file_is_a_submission);
	EACH(other_files_are_noted);
	EACH(unchanged_given_files_are_not_noted);
	EACH(one_lab_takes_its_files_only);
	EACH(notes_are_capped);
	tcase_add_loop_test(t, links_and_devices_are_refused, 0, FORMATS - 1);
	EACH(folder_links_are_not_followed);
	EACH(folder_in_place_of_a_file_is_told);
	tcase_add_test(t, archive_cannot_point_outside);
	tcase_add_loop_test(t, last_of_two_entries_counts, 1, FORMATS);
	EACH(odd_sources_are_told);
	EACH(odd_names_are_shown_safely);
	tcase_add_loop_test(t, too_many_entries_are_refused, 0, 2);
	tcase_add_test(t, bomb_is_refused);
	tcase_add_test(t, bomb_of_names_is_refused);
	tcase_add_test(t, bomb_within_a_bomb_is_refused);
	tcase_add_test(t, declared_size_is_not_believed);
	tcase_add_loop_test(t, damaged_archive_is_an_error, 1, FORMATS);
	tcase_add_test(t, garbage_ends_an_archive);
	tcase_add_test(t, unusable_submissions_are_named);
	tcase_add_test(t, working_tree_is_a_quiet_submission);
	tcase_add_test(t, hash_depends_on_every_byte_and_name);
	return s;
}

int main(void)
{
	return tests_main(make_suite);
}
