// SPDX-License-Identifier: GPL-2.0-only
/*
 * term.c - the folder of a term, see term.h.
 */
#include "term.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util.h"

/*
 * A record lock: workers do not inherit it, and it ends with its process,
 * however that ends.
 */
static int lock_folder(struct term *t, struct err *e)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	char *path = xasprintf("%s/.lock", t->folder);
	int ret = 0;

	t->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (t->lock < 0)
		ret = err_set(e, errno,
			      "open %s: %s\nnext: --out DIR with a folder that you may write to",
			      path, strerror(errno));
	else if (fcntl(t->lock, F_SETLK, &whole))
		ret = err_set(e, EBUSY,
			      "another batch is writing to %s\n"
			      "next: wait for it, or end it and run the same command again",
			      t->folder);
	free(path);
	return ret;
}

/* Names and points will be in it; one that is there already is as somebody wants it. */
static int make_folder(const char *folder, struct err *e)
{
	bool is_new = access(folder, F_OK) != 0;
	int ret = make_dirs(folder, e);

	if (!ret && is_new && chmod(folder, 0700))
		ret = -errno;
	return ret;
}

int term_open(struct term *t, const char *folder, bool create, struct err *e)
{
	char *path;
	int ret = 0;

	*t = (struct term){ .folder = xstrdup(folder ? folder : TERM_FOLDER), .lock = -1 };
	if (create)
		ret = make_folder(t->folder, e);
	if (ret)
		return err_set(e, -ret,
			       "make the folder %s: %s\n"
			       "next: --out DIR with a folder that you may write to",
			       t->folder, strerror(-ret));
	if (create)
		ret = lock_folder(t, e);
	path = xasprintf("%s/" TERM_STORE, t->folder);
	if (!ret)
		ret = store_open(path, create, &t->store, e);
	free(path);
	return ret;
}

void term_close(struct term *t)
{
	store_close(t->store);
	course_free(t->course);
	free(t->folder);
	if (t->lock >= 0)
		close(t->lock);
	*t = (struct term){ .lock = -1 };
}

char *term_file(struct term *t, const char *key, const char *given, struct err *e)
{
	char *path = given ? realpath(given, NULL) : store_get(t->store, key);

	if (given && !path)
		err_set(e, errno, "the %s %s: %s\nnext: is the name right?", key, given,
			strerror(errno));
	return path;
}

int term_remember(struct term *t, const char *key, const char *path, struct err *e)
{
	/* One whose name is no text cannot be stored: it has to be given each time. */
	return text_is_clean(path) ? store_set(t->store, key, path, e) : 0;
}

int term_course(struct term *t, const struct manifest *m, const char *given, struct err *e)
{
	char *path = term_file(t, "course", given, e);
	int ret = given && !path ? -ENOENT : 0;

	if (path && !given && access(path, R_OK))
		ret = err_set(e, errno,
			      "the course file of this term, %s: %s\n"
			      "next: mmaplab export --out %s --course FILE, with where it is now",
			      path, strerror(errno), t->folder);
	else if (path)
		ret = course_read(path, m, &t->course, e);
	else if (!ret)
		t->course = course_default(m);
	free(path);
	return ret;
}
