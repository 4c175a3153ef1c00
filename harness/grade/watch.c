// SPDX-License-Identifier: GPL-2.0-only
/*
 * watch.c - `mmaplab watch`: grades a lab at every save and shows what came of
 * it. The grader is a process of its own, `mmaplab lab`, which can be ended at
 * any moment; a save during a grading does that.
 *
 * Between saves nothing runs and no machine is kept: to restore one takes about a
 * tenth of the time from a save to its verdict.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "commands.h"
#include "hint.h"
#include "progress.h"
#include "report.h"
#include "screen.h"
#include "student.h"
#include "util.h"
#include "watch_files.h"
#include "watch_view.h"

/* An editor's save is several events; they come at once. */
#define SETTLE_MS 40
#define SAID_MAX 4096

struct watch {
	const struct student *s;
	struct watch_files *files;
	int signals;
	bool screen, color, quit;
	int ended_by; /* the signal that ends us, or 0 */

	const struct lab_def *lab; /* the last one graded, or NULL */
	char *saved; /* the file that was saved last, or NULL */
	int64_t saved_ms; /* when */
	bool due; /* grade when it has settled */

	pid_t grader; /* 0: none */
	int said_fd; /* its standard error */
	char said[SAID_MAX];
	size_t said_len;

	json_t *doc; /* of the last grading that ended, or NULL */
	char *trouble; /* why the last one gave no result, or NULL */
	char *when; /* "17:20:33, 0.9 s after the save" */
	enum view view;
	size_t at; /* which failing test */
	int top; /* first line shown */
	char *hint;
};

/* ------------------------------------------------------------------ grader */

static char *result_name(const struct watch *w)
{
	return xasprintf("watch-%s", w->lab->id);
}

/*
 * A header is compiled into the given files, too: without them built again, two ideas of
 * one struct would meet in a program. Other saves need no make, which takes its time.
 */
static void build_kit(const struct watch *w)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(2, 1);
		execlp("make", "make", "-s", "-C", w->s->kit->root, "built", NULL);
		dprintf(2, "start make: %s\n", strerror(errno));
		_exit(EXIT_UNUSABLE);
	}
	if (pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) && !WEXITSTATUS(status))
		return;
	dprintf(2, "the files that are given do not build with this header\n"
		   "next: mend it; git diff shows what you have changed\n");
	_exit(EXIT_UNUSABLE);
}

static void become_grader(const struct watch *w, int said)
{
	char *name = result_name(w);
	int null = open("/dev/null", O_RDWR);
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* What the terminal's keys send is for us to decide on. */
	setpgid(0, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	dup2(null, 0);
	dup2(null, 1);
	dup2(said, 2);
	if (w->saved && watch_files_is_header(w->saved))
		build_kit(w);
	execl("/proc/self/exe", "mmaplab", "lab", w->lab->id, "--quiet", "--name", name, NULL);
	dprintf(2, "start the grader: %s\n", strerror(errno));
	_exit(EXIT_UNUSABLE);
}

/* All that it started ends with it, and its files are removed. */
static void end_grader(struct watch *w)
{
	if (!w->grader)
		return;
	kill(w->grader, SIGKILL);
	waitpid(w->grader, NULL, 0);
	close(w->said_fd);
	w->grader = 0;
	w->said_fd = -1;
}

static void not_started(struct watch *w, int error)
{
	free(w->trouble);
	w->trouble = xasprintf("start the grader: %s\nnext: end other programs, then press r or "
			       "save again",
			       strerror(error));
	free(w->when);
	w->when = xstrdup("not started");
	if (!w->screen)
		printf("%s\n", w->trouble);
}

static void start_grader(struct watch *w)
{
	pid_t parent = getpid();
	int fds[2], error;

	end_grader(w);
	w->due = false;
	w->said_len = 0;
	if (!w->screen)
		printf("%s: %s, grading %s\n", w->saved ? w->saved : w->lab->files[0],
		       w->saved ? "saved" : "as it is", w->lab->id);
	fflush(NULL);
	if (pipe2(fds, O_CLOEXEC)) {
		not_started(w, errno);
		return;
	}
	w->grader = fork();
	error = errno;
	if (w->grader == 0) {
		if (getppid() != parent)
			_exit(1);
		become_grader(w, fds[1]);
	}
	close(fds[1]);
	if (w->grader < 0) {
		close(fds[0]);
		w->grader = 0;
		not_started(w, error);
		return;
	}
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	w->said_fd = fds[0];
}

static void take_words(struct watch *w)
{
	char rest[512];
	ssize_t n;

	while ((n = read(w->said_fd, rest, sizeof(rest))) > 0) {
		size_t room = SAID_MAX - 1 - w->said_len;

		memcpy(w->said + w->said_len, rest, (size_t)n < room ? (size_t)n : room);
		w->said_len += (size_t)n < room ? (size_t)n : room;
	}
	w->said[w->said_len] = '\0';
	/* Its end is told by SIGCHLD. */
	if (n == 0) {
		close(w->said_fd);
		w->said_fd = -1;
	}
}

static const json_t *lab_of(const struct watch *w)
{
	return json_array_get(json_object_get(w->doc, "labs"), 0);
}

static void load_result(struct watch *w)
{
	char *name = result_name(w), *path = kit_path(w->s->kit, "build/results/%s.json", name);

	json_decref(w->doc);
	w->doc = json_load_file(path, 0, NULL);
	if (!w->doc)
		w->trouble = xasprintf("%s cannot be read\nnext: r grades again", path);
	free(path);
	free(name);
}

static void print_plain(const struct watch *w)
{
	char *text, *sum;

	if (w->trouble) {
		printf("%s\n", w->trouble);
	} else {
		sum = watch_summary(lab_of(w));
		text = watch_view(lab_of(w), VIEW_FAILURE, 0, false);
		printf("%s: %s (%s)\n%s", w->lab->id, sum, w->when, text);
		free(text);
		free(sum);
	}
	fflush(stdout);
}

static void grader_ended(struct watch *w, int status)
{
	time_t now = time(NULL);
	char at[16];

	if (w->said_fd >= 0)
		take_words(w);
	if (w->said_fd >= 0)
		close(w->said_fd);
	w->said_fd = -1;
	w->grader = 0;
	free(w->trouble);
	w->trouble = NULL;
	strftime(at, sizeof(at), "%H:%M:%S", localtime(&now));
	free(w->when);
	w->when = xasprintf("%s, %.1f s after the %s", at, (clock_ms() - w->saved_ms) / 1000.0,
			    w->saved ? "save" : "start");
	if (WIFSIGNALED(status))
		w->trouble = xasprintf("the grader was ended by signal %d (%s)\n"
				       "next: r grades again; a save does, too",
				       WTERMSIG(status), strsignal(WTERMSIG(status)));
	else if (WEXITSTATUS(status) == EXIT_UNUSABLE)
		w->trouble = clean_text(w->said, w->said_len);
	else
		load_result(w);
	w->at = 0;
	w->top = 0;
	free(w->hint);
	w->hint = NULL;
	if (w->view == VIEW_HINT)
		w->view = VIEW_FAILURE;
	if (!w->screen)
		print_plain(w);
}

/* -------------------------------------------------------------------- draw */

static void draw(struct watch *w)
{
	static const char long_foot[] =
		" f failure  n next  l list  m mappings  h hint  r grade  q quit";
	static const char short_foot[] = " f n l m h r q (quit)";
	const char *foot = screen_width() < (int)sizeof(long_foot) ? short_foot : long_foot;
	const json_t *lab = lab_of(w);
	char *head, *body, *sum = lab ? watch_summary(lab) : xstrdup("");
	size_t failures = lab ? watch_failures(lab) : 0;

	if (w->grader)
		head = xasprintf(" %s  grading ...", w->lab->id);
	else if (!w->lab)
		head = xstrdup(" waiting for a file to be saved");
	else if (w->trouble)
		head = xasprintf(" %s  no verdict  (%s)", w->lab->id, w->when);
	else if (!lab)
		head = xasprintf(" %s  saved", w->lab->id);
	else
		head = xasprintf(" %s  %s%s  (%s)", w->lab->id, sum,
				 failures || w->view == VIEW_LIST ? "" : ": done", w->when);
	if (w->trouble)
		body = xstrdup(w->trouble);
	else if (!lab)
		body = xstrdup("");
	else if (w->view == VIEW_HINT && w->hint)
		body = xstrdup(w->hint);
	else
		body = watch_view(lab, w->view, w->at, w->color);
	screen_draw(head, body, foot, &w->top, w->color);
	free(head);
	free(body);
	free(sum);
}

/* -------------------------------------------------------------------- keys */

static void next_hint(struct watch *w)
{
	const json_t *t = watch_failure(lab_of(w), w->at);
	char *text = NULL;
	struct err e = { 0 };
	size_t len;
	FILE *out;

	/* What was never run needs none. */
	if (!t || text_is(t, "verdict", "build") || text_is(t, "verdict", "rejected"))
		return;
	out = open_memstream(&text, &len);
	if (!out)
		return;
	if (hint_show(out, w->s->kit, w->s->m, w->lab->id,
		      json_string_value(json_object_get(t, "id")), false, &e))
		fprintf(out, "%s\n", e.text);
	fprintf(out, "in here: h again\n");
	fclose(out);
	free(w->hint);
	w->hint = text;
	w->view = VIEW_HINT;
}

static void press(struct watch *w, int key)
{
	size_t failures = w->doc ? watch_failures(lab_of(w)) : 0;
	int top = w->top;

	w->top = 0;
	if (key == 'q' || key == KEY_END)
		w->quit = true;
	else if (key == 'f')
		w->view = VIEW_FAILURE;
	else if (key == 'l')
		w->view = VIEW_LIST;
	else if (key == 'm')
		w->view = VIEW_MAPPINGS;
	else if (key == 'n' && failures) {
		w->at = (w->at + 1) % failures;
		w->view = w->view == VIEW_MAPPINGS ? w->view : VIEW_FAILURE;
	} else if (key == 'h' && w->doc && !w->trouble)
		next_hint(w);
	else if (key == 'r' && w->lab) {
		w->saved_ms = clock_ms();
		start_grader(w);
	} else if (key == KEY_UP || key == 'k')
		w->top = top - 1;
	else if (key == KEY_DOWN || key == 'j')
		w->top = top + 1;
	else if (key == KEY_PAGE_UP || key == 'b')
		w->top = top - 10;
	else if (key == KEY_PAGE_DOWN || key == ' ')
		w->top = top + 10;
	else
		w->top = top;
}

/* ------------------------------------------------------------------- loop */

/* A file of several labs: the first that is not done, as far as is known. */
static const struct lab_def *lab_for(const struct watch *w, const char *name)
{
	const struct manifest *m = w->s->m;
	const struct lab_def *first = NULL;
	json_t *known;
	size_t i;

	if (w->s->lab)
		return w->s->lab;
	known = progress_load(w->s->kit);
	for (i = 0; i < m->labs_count; i++) {
		const struct lab_def *lab = &m->labs[i];

		if (!watch_files_concern(lab, name))
			continue;
		first = first ? first : lab;
		if (!json_object_get(known, lab->id) || progress_first_failure(known, lab, NULL)) {
			first = lab;
			break;
		}
	}
	json_decref(known);
	return first;
}

static void look_at_files(struct watch *w)
{
	const struct lab_def *lab;
	char *name;

	if (!watch_files_saved(w->files, &name))
		return;
	lab = lab_for(w, name);
	if (lab != w->lab) {
		end_grader(w);
		json_decref(w->doc);
		w->doc = NULL;
		free(w->trouble);
		w->trouble = NULL;
	}
	w->lab = lab;
	/* The time runs from the first of a save's events. */
	if (!w->due)
		w->saved_ms = clock_ms();
	w->due = true;
	free(w->saved);
	w->saved = name;
}

static void suspend(struct watch *w)
{
	sigset_t stop;

	if (w->screen)
		screen_leave();
	sigemptyset(&stop);
	sigaddset(&stop, SIGTSTP);
	sigprocmask(SIG_UNBLOCK, &stop, NULL);
	raise(SIGTSTP); /* and here we go on at SIGCONT */
	sigprocmask(SIG_BLOCK, &stop, NULL);
	if (w->screen)
		w->quit |= screen_enter() != 0;
}

static void take_signals(struct watch *w)
{
	struct signalfd_siginfo info;
	int status;

	while (read(w->signals, &info, sizeof(info)) == sizeof(info)) {
		switch (info.ssi_signo) {
		case SIGCHLD:
			if (w->grader && waitpid(w->grader, &status, WNOHANG) == w->grader)
				grader_ended(w, status);
			break;
		case SIGTSTP:
			suspend(w);
			break;
		case SIGWINCH:
		case SIGCONT:
			break;
		default:
			w->ended_by = (int)info.ssi_signo;
			w->quit = true;
		}
	}
}

static void take_keys(struct watch *w)
{
	int key;

	while (!w->quit && (key = screen_key()) != KEY_NONE)
		press(w, key);
}

static void loop(struct watch *w)
{
	while (!w->quit) {
		struct pollfd fds[] = { { w->signals, POLLIN, 0 },
					{ watch_files_fd(w->files), POLLIN, 0 },
					{ w->grader ? w->said_fd : -1, POLLIN, 0 },
					/* Not a terminal: only whether anybody still reads. */
					{ w->screen ? 0 : 1, w->screen ? POLLIN : 0, 0 } };
		int wait = w->due ? SETTLE_MS : watch_files_missing(w->files) ? 1000 : -1;
		int n = poll(fds, 4, wait);

		if (n < 0 && errno != EINTR)
			break;
		if (n == 0 && w->due)
			start_grader(w);
		if (fds[2].revents)
			take_words(w);
		if (fds[0].revents)
			take_signals(w);
		if (fds[1].revents || watch_files_missing(w->files))
			look_at_files(w);
		if (fds[3].revents && w->screen)
			take_keys(w);
		else if (fds[3].revents & (POLLERR | POLLHUP | POLLNVAL))
			w->quit = true;
		if (w->screen && !w->quit)
			draw(w);
	}
}

static int block_signals(struct err *e)
{
	static const int signals[] = { SIGINT,	SIGTERM,  SIGHUP,  SIGQUIT,
				       SIGCHLD, SIGWINCH, SIGTSTP, SIGCONT };
	sigset_t set;
	size_t i;
	int fd;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaddset(&set, signals[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? err_set(e, errno, "signalfd: %s", strerror(errno)) : fd;
}

/* Die of what ended us, for whoever waits for us to see. */
static void die_of(int sig)
{
	sigset_t set;

	signal(sig, SIG_DFL);
	raise(sig);
	sigemptyset(&set);
	sigaddset(&set, sig);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static int run(const struct student *s, struct err *e)
{
	struct watch w = { .s = s, .said_fd = -1, .signals = -1, .lab = s->lab };
	int ret = watch_files_open(s->kit, s->m, s->lab, &w.files, e);

	w.screen = screen_usable();
	w.color = w.screen && report_wants_color(stdout);
	if (!ret)
		ret = w.signals = block_signals(e);
	if (ret >= 0 && w.screen && (ret = screen_enter()))
		err_set(e, -ret, "take the terminal over: %s", strerror(-ret));
	if (ret >= 0) {
		ret = 0;
		w.saved_ms = clock_ms();
		if (w.lab)
			start_grader(&w);
		else if (!w.screen)
			printf("waiting for a file to be saved\n");
		fflush(stdout);
		if (w.screen)
			draw(&w);
		loop(&w);
	}
	end_grader(&w);
	screen_leave();
	watch_files_close(w.files);
	json_decref(w.doc);
	free(w.saved);
	free(w.trouble);
	free(w.when);
	free(w.hint);
	if (w.ended_by)
		die_of(w.ended_by);
	return ret;
}

int cmd_watch(int argc, char **argv)
{
	static const struct student_command command = {
		STUDENT_LAB,
		"Grade a lab at every save of its files and show what came of it; without LAB, the "
		"lab that the saved file belongs to. On a terminal there are keys, and the last "
		"line names them; else plain lines are printed.",
		run, NULL
	};

	return student_main(argc, argv, &command);
}
