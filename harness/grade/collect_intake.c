// SPDX-License-Identifier: GPL-2.0-only
/*
 * collect_intake.c - decides about each name of a submission, see
 * collect_intake.h. Names and bytes come from a stranger: a name is only
 * ever compared, and joined to the kit's own folder after it was normalised.
 */
#include "collect_intake.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util.h"

#define SHOWN_NAME 120
#define SLURP_FIRST 16384

char *intake_show_name(const char *name)
{
	char *s = clean_text(name, strnlen(name, SHOWN_NAME)), *p;

	for (p = s; *p; p++)
		if (*p == '\n' || *p == '\t')
			*p = '?';
	if (strlen(name) > SHOWN_NAME) {
		p = xasprintf("%s...", s);
		free(s);
		s = p;
	}
	return s;
}

int intake_bytes(struct intake *in, size_t n, struct err *e)
{
	in->bytes += n;
	if (in->bytes <= COLLECT_MAX_BYTES)
		return 0;
	return err_set(e, E2BIG,
		       "unusable submission: %s holds more than %d MiB unpacked\n"
		       "next: hand in the labs' source files only",
		       in->submission, COLLECT_MAX_BYTES >> 20);
}

/*
 * "./a//b/" becomes "a/b". Return: false for what no honest archive has: an
 * absolute path, "..", an endless name.
 */
static bool normalise(const char *name, char *out)
{
	size_t used = 0;

	if (*name == '/' || strlen(name) >= INTAKE_MAX_NAME)
		return false;
	while (*name) {
		size_t n = strcspn(name, "/");

		if (n == 2 && name[0] == '.' && name[1] == '.')
			return false;
		if (n && !(n == 1 && *name == '.')) {
			if (used)
				out[used++] = '/';
			memcpy(out + used, name, n);
			used += n;
		}
		name += n;
		name += *name == '/';
	}
	out[used] = '\0';
	return true;
}

static int manifest_index(const struct intake *in, const char *path)
{
	size_t i;

	for (i = 0; i < in->path_count; i++)
		if (!strcmp(in->path[i], path))
			return i;
	return -1;
}

/* Where to keep a manifest file: at the top or below its wrapping folder. */
static struct intake_found *find_slot(struct intake *in, const char *path)
{
	const char *slash = strchr(path, '/');
	struct intake_wrapped *w;
	int i = manifest_index(in, path);
	size_t k;

	if (i >= 0)
		return &in->top[i];
	i = slash ? manifest_index(in, slash + 1) : -1;
	if (i < 0)
		return NULL;
	for (k = 0; k < in->wrapped_count; k++) {
		w = in->wrapped[k];
		if (strlen(w->folder) == (size_t)(slash - path) &&
		    !strncmp(w->folder, path, slash - path))
			return &w->file[i];
	}
	if (in->wrapped_count == sizeof(in->wrapped) / sizeof(in->wrapped[0])) {
		in->many_wrapped = true;
		return NULL;
	}
	w = xcalloc(1, sizeof(*w));
	w->folder = strndup(path, slash - path);
	if (!w->folder)
		w->folder = xstrdup("?");
	in->wrapped[in->wrapped_count++] = w;
	return &w->file[i];
}

int intake_flat_index(const struct intake *in, const char *path)
{
	const char *slash = strchr(path, '/'), *base = slash ? slash + 1 : path;
	int found = -1;
	size_t i;

	for (i = 0; i < in->path_count; i++) {
		if (strcmp(strrchr(in->path[i], '/') + 1, base))
			continue;
		/* A name that two labs have says nothing. */
		if (found >= 0)
			return -1;
		found = i;
	}
	return found;
}

/* Where to keep a manifest's file without its folders, or NULL. */
static struct intake_found *find_flat(struct intake *in, const char *path)
{
	int i = intake_flat_index(in, path);
	struct intake_flat *f = i < 0 ? NULL : &in->flat_place[i];

	if (!f || (f->path && strcmp(f->path, path))) {
		if (f && !f->second)
			f->second = xstrdup(path);
		return NULL;
	}
	if (!f->path)
		f->path = xstrdup(path);
	return &in->flat[i];
}

/* Return: bytes read into fresh memory, at most max + 1, or an error. */
static ssize_t slurp(struct intake *in, const struct intake_source *src, size_t max, char **out,
		     struct err *e)
{
	size_t used = 0, room = 0;
	ssize_t n;

	*out = NULL;
	while (used < max + 1) {
		/* As a file is: most are small. */
		if (used == room) {
			room = room ? 2 * room : SLURP_FIRST;
			room = room < max + 1 ? room : max + 1;
			*out = xrealloc(*out, room + 1);
		}
		n = src->read(src->ctx, *out + used, room - used, e);
		if (n == 0)
			break;
		if (n > 0 && intake_bytes(in, n, e))
			n = -E2BIG;
		if (n < 0) {
			free(*out);
			*out = NULL;
			return n;
		}
		used += n;
	}
	(*out)[used] = '\0';
	return used;
}

static const char *kind_problem(enum intake_kind kind)
{
	switch (kind) {
	case INTAKE_SYMLINK:
		return "is a symbolic link; hand in the file itself";
	case INTAKE_HARDLINK:
		return "is a hard link to another entry; hand in the file itself";
	case INTAKE_FOLDER:
	case INTAKE_SKIPPED:
		return "is a folder; expected a file";
	default:
		return "is not a regular file";
	}
}

static int take(struct intake *in, struct intake_found *f, enum intake_kind kind,
		const struct intake_source *src, struct err *e)
{
	ssize_t n;

	/* A name that stands twice: the last one counts, as with tar. */
	free(f->data);
	free(f->problem);
	memset(f, 0, sizeof(*f));
	f->seen = true;
	if (kind != INTAKE_REGULAR) {
		f->problem = xstrdup(kind_problem(kind));
		return 0;
	}
	n = slurp(in, src, COLLECT_MAX_FILE, &f->data, e);
	if (n < 0)
		return n;
	f->size = n;
	if (n > COLLECT_MAX_FILE) {
		f->problem = xasprintf("is larger than %d bytes", COLLECT_MAX_FILE);
		free(f->data);
		f->data = NULL;
	}
	return 0;
}

/* The kit's own file of this path, NULL if there is none. */
static char *kit_file(const struct intake *in, const char *path, size_t *size)
{
	char *full = xasprintf("%s/%s", in->m->root, path), *data = NULL;
	int fd = open(full, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;

	free(full);
	if (fd < 0)
		return NULL;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_size <= COLLECT_MAX_FILE) {
		data = xcalloc(1, st.st_size + 1);
		*size = st.st_size;
		if (read(fd, data, *size) != (ssize_t)*size) {
			free(data);
			data = NULL;
		}
	}
	close(fd);
	return data;
}

/* Compare with the kit's files of the two paths this may stand for. */
static int compare(struct intake *in, struct intake_other *o, const struct intake_source *src,
		   struct err *e)
{
	const char *slash = strchr(o->path, '/');
	size_t own_size = 0, stripped_size = 0;
	char *own = kit_file(in, o->path, &own_size), *mine = NULL;
	char *stripped = slash ? kit_file(in, slash + 1, &stripped_size) : NULL;
	ssize_t n = 0;

	if (own || stripped)
		n = slurp(in, src, COLLECT_MAX_FILE, &mine, e);
	if (own && n >= 0)
		o->as_is = (size_t)n == own_size && !memcmp(mine, own, n) ? GIVEN_SAME :
									    GIVEN_CHANGED;
	if (stripped && n >= 0)
		o->stripped = (size_t)n == stripped_size && !memcmp(mine, stripped, n) ?
				      GIVEN_SAME :
				      GIVEN_CHANGED;
	free(own);
	free(stripped);
	free(mine);
	return n < 0 ? n : 0;
}

static struct intake_other *add_other(struct intake *in, const char *path, enum intake_kind kind)
{
	struct intake_other *o;

	if (in->other_count == in->other_room) {
		in->other_room = in->other_room ? 2 * in->other_room : 64;
		in->other = xrealloc(in->other, in->other_room * sizeof(*in->other));
	}
	o = &in->other[in->other_count++];
	memset(o, 0, sizeof(*o));
	o->path = xstrdup(path);
	o->kind = kind;
	return o;
}

int intake_entry(struct intake *in, const char *name, enum intake_kind kind,
		 const struct intake_source *src, struct err *e)
{
	char path[INTAKE_MAX_NAME];
	struct intake_found *f;
	struct intake_other *o;

	if (++in->entries > COLLECT_MAX_ENTRIES)
		return err_set(e, E2BIG,
			       "unusable submission: %s holds more than %d files and folders\n"
			       "next: hand in the labs' source files only",
			       in->submission, COLLECT_MAX_ENTRIES);
	if (!name || !normalise(name, path)) {
		o = add_other(in, name ? name : "(a name that cannot be read)", kind);
		o->bad_name = true;
		return 0;
	}
	if (!*path)
		return 0;
	f = find_slot(in, path);
	if (f)
		return take(in, f, kind, src, e);
	if (kind == INTAKE_FOLDER)
		return 0;
	o = add_other(in, path, kind);
	f = find_flat(in, path);
	if (f)
		return take(in, f, kind, src, e);
	return kind == INTAKE_REGULAR ? compare(in, o, src, e) : 0;
}
