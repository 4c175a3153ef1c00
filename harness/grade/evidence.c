// SPDX-License-Identifier: GPL-2.0-only
/*
 * evidence.c - what the host itself sees of a mapping, see evidence.h.
 */
#include "evidence.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "look.h"
#include "picture.h"
#include "util.h"

#define PARKED_MAX 4
#define COOKIES_MAX 64
#define PAGES_MAX 1024
#define FIND_MS 4000
#define ANSWER_MS 2000
#define DIGITS 10

/* A program that stands still, as it was last seen. */
struct parked {
	uint64_t cookie;
	bool found;
	struct look_regs regs;
	struct look_page *page; /* of its mapping, and one behind it */
	size_t pages;
};

/* What should have been seen, and what was. */
struct difference {
	char text[400], expected[200], got[200];
};

struct evidence {
	const struct unit_spec *spec;
	struct machine *m;
	double slowness;
	char *test; /* whose questions these are */
	struct parked parked[PARKED_MAX];
	size_t count; /* cookies since the last look */
	unsigned cookies;
	uint32_t wanted; /* in this look */
	json_t *seen; /* test -> CHECK_* */
	char *picture; /* its file */
};

struct evidence *evidence_new(const struct unit_spec *spec, struct machine *m, double slowness)
{
	struct evidence *v = xcalloc(1, sizeof(*v));

	v->spec = spec;
	v->m = m;
	v->slowness = slowness;
	v->seen = json_object();
	return v;
}

static void forget_parked(struct evidence *v)
{
	size_t i;

	for (i = 0; i < v->count; i++)
		free(v->parked[i].page);
	memset(v->parked, 0, sizeof(v->parked));
	v->count = 0;
}

void evidence_free(struct evidence *v)
{
	if (!v)
		return;
	forget_parked(v);
	json_decref(v->seen);
	free(v->test);
	free(v->picture);
	free(v);
}

/* What another test asked for and left unseen is not this one's. */
void evidence_of_test(struct evidence *v, const char *test)
{
	if (v->test && !strcmp(v->test, test))
		return;
	free(v->test);
	v->test = xstrdup(test);
	v->cookies = 0;
	forget_parked(v);
}

json_t *evidence_seen(const struct evidence *v)
{
	return v->seen;
}

const char *evidence_picture(const struct evidence *v)
{
	return v->picture;
}

/* No value that memory or a register holds by itself. */
static bool stands_out(uint64_t v)
{
	return v >> 56 != 0 && v >> 56 != 0xff;
}

static uint64_t fresh_value(void)
{
	uint64_t v = 0;

	while (!stands_out(v))
		if (getrandom(&v, sizeof(v), 0) != sizeof(v))
			abort();
	return v;
}

/* Repeated by the run's seed: a picture is made from it. */
static uint64_t next_cookie(const struct evidence *v)
{
	char sum[65], *from;
	uint64_t cookie = 0;
	unsigned turn;

	for (turn = 0; !stands_out(cookie); turn++) {
		from = xasprintf("%016llx %s %u %u", (unsigned long long)v->spec->seed, v->test,
				 v->cookies, turn);
		sha256_hex(from, strlen(from), sum);
		free(from);
		sum[16] = '\0';
		cookie = strtoull(sum, NULL, 16);
	}
	return cookie;
}

int evidence_cookie(struct evidence *v, json_t **answer, struct err *e)
{
	struct parked *p = &v->parked[v->count];
	char hex[17];

	if (v->count == PARKED_MAX || v->cookies++ == COOKIES_MAX)
		return err_set(e, ENOSPC, "more parked programs than the host looks at");
	p->cookie = next_cookie(v);
	v->count++;
	snprintf(hex, sizeof(hex), "%016llx", (unsigned long long)p->cookie);
	*answer = json_pack("{s:s}", "cookie", hex);
	return 0;
}

static int differ(struct difference *d, const char *expected, const char *got, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* Return: 1, a difference. */
static int differ(struct difference *d, const char *expected, const char *got, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(d->text, sizeof(d->text), fmt, ap);
	va_end(ap);
	snprintf(d->expected, sizeof(d->expected), "%s", expected);
	snprintf(d->got, sizeof(d->got), "%s", got);
	return 1;
}

/* ---------------------------------------------------- find who stands still */

/* Let the machine run for a moment and see who is on its processor then. */
static int next_look(struct evidence *v, unsigned turn, struct look_regs *regs, struct err *e)
{
	int ret = machine_cont(v->m, e);

	if (ret)
		return ret;
	usleep(turn < 20 ? 500 : 3000);
	ret = machine_stop(v->m, e);
	return ret ? ret : look_regs(v->m, regs, e);
}

/* As driver/park.h has it: registers are complete once this one is. */
static bool is_parked(const struct look_regs *regs, const struct parked *p)
{
	return regs->user && regs->rbx == ~p->cookie;
}

static size_t found(const struct evidence *v)
{
	size_t i, n = 0;

	for (i = 0; i < v->count; i++)
		n += v->parked[i].found;
	return n;
}

static int find_parked(struct evidence *v, struct difference *d, struct err *e)
{
	int64_t until = awake_ms() + (int64_t)(FIND_MS * v->slowness);
	struct look_regs regs;
	unsigned turn;
	size_t i;
	int ret;

	for (turn = 0; found(v) < v->count; turn++) {
		if (awake_ms() > until)
			return differ(
				d, "a program in user mode that loads from its mapping",
				"it is never seen so",
				"The parked program does not run: it has ended, faults again and "
				"again, or waits in a system call (read of the driver?).");
		ret = next_look(v, turn, &regs, e);
		if (ret)
			return ret;
		for (i = 0; i < v->count; i++)
			if (is_parked(&regs, &v->parked[i])) {
				v->parked[i].regs = regs;
				v->parked[i].found = true;
			}
	}
	return 0;
}

static int walk_parked(struct evidence *v, struct parked *p, struct difference *d, struct err *e)
{
	uint64_t memory = (uint64_t)v->spec->template->profile->memory_mib << 20;
	char got[64];
	size_t i;
	int ret;

	if (p->regs.r12 % LOOK_PAGE || !p->regs.r13 || p->regs.r13 > PAGES_MAX * LOOK_PAGE)
		return differ(d, "a mapping of whole pages", "another",
			      "The parked program's registers do not name a mapping.");
	p->pages = (p->regs.r13 + LOOK_PAGE - 1) / LOOK_PAGE;
	p->page = xcalloc(p->pages + 1, sizeof(*p->page));
	for (i = 0; i <= p->pages; i++) {
		ret = look_walk(v->m, p->regs.cr3, p->regs.r12 + i * LOOK_PAGE, &p->page[i], e);
		if (ret)
			return ret;
		snprintf(got, sizeof(got), "physical address %#llx",
			 (unsigned long long)p->page[i].gpa);
		if (p->page[i].present && p->page[i].gpa >= memory)
			return differ(d, "a page of the machine's memory", got,
				      "Page %zu is entered as an address where the machine has no "
				      "memory: is the page frame number an address, shifted by "
				      "PAGE_SHIFT, of the driver's own pages?",
				      i);
	}
	return 0;
}

/* ------------------------------------------------------------ page tables */

static int see_lazy(struct evidence *v, struct difference *d, struct err *e)
{
	size_t i, k;

	(void)e;
	/* The first page is there: the parked program loads from it. */
	for (i = 0; i < v->count; i++)
		for (k = 1; k < v->parked[i].pages; k++)
			if (v->parked[i].page[k].present)
				return differ(
					d, "no entry in the page table before the first touch",
					"an entry",
					"Page %zu is in the program's page table although it was never "
					"touched.",
					k);
	return 0;
}

static int see_present(struct evidence *v, struct difference *d, struct err *e)
{
	size_t i, k, other;

	(void)e;
	for (i = 0; i < v->count; i++) {
		const struct parked *p = &v->parked[i];

		for (k = 0; k < p->pages; k++) {
			if (!p->page[k].present)
				return differ(d, "an entry in the program's page table", "none",
					      "Page %zu of the mapping is not there.", k);
			for (other = 0; other < k; other++)
				if (p->page[other].gpa == p->page[k].gpa)
					return differ(
						d, "a page of its own for each page of the mapping",
						"the same one twice",
						"Pages %zu and %zu of the mapping are one page of memory.",
						other, k);
		}
	}
	return 0;
}

static int see_end(struct evidence *v, struct difference *d, struct err *e)
{
	size_t i;

	(void)e;
	for (i = 0; i < v->count; i++)
		if (v->parked[i].page[v->parked[i].pages].present)
			return differ(
				d, "no entry behind the mapping's last page", "an entry",
				"The driver entered more pages than were asked for: what lies "
				"behind the mapping's end can be touched.");
	return 0;
}

static int see_protection(struct evidence *v, struct difference *d, bool writable)
{
	const struct look_page *page;
	size_t i, k;

	for (i = 0; i < v->count; i++) {
		for (k = 0; k < v->parked[i].pages; k++) {
			page = &v->parked[i].page[k];
			if (page->writable != writable)
				return differ(
					d, writable ? "a writable entry" : "a read-only entry",
					writable ? "a read-only entry" : "a writable entry",
					"Page %zu is entered with another protection than was asked for.",
					k);
			if (page->present && !page->cached)
				return differ(
					d, "an entry for ordinary memory",
					"an entry for memory that is not cached",
					"Page %zu is entered as if it were registers of a device: the "
					"buffer is ordinary memory, and the protection is the VMA's own.",
					k);
		}
	}
	return 0;
}

static int see_ro(struct evidence *v, struct difference *d, struct err *e)
{
	(void)e;
	return see_protection(v, d, false);
}

static int see_rw(struct evidence *v, struct difference *d, struct err *e)
{
	(void)e;
	return see_protection(v, d, true);
}

static int see_frames(struct evidence *v, struct difference *d, size_t shift, struct err *e)
{
	const struct parked *a = &v->parked[0], *b;
	size_t i, k;

	if (v->count < 2)
		return err_set(e, EINVAL, "two parked programs are needed to compare frames");
	for (i = 1; i < v->count; i++) {
		b = &v->parked[i];
		for (k = 0; k < b->pages && k + shift < a->pages; k++)
			if (!b->page[k].present || !a->page[k + shift].present ||
			    b->page[k].gpa != a->page[k + shift].gpa)
				return differ(
					d, "the same page of memory in both programs", "another",
					"Page %zu of one program's mapping is not page %zu of the other's%s.",
					k, k + shift, shift ? ", which begins a page earlier" : "");
	}
	return 0;
}

static int see_same(struct evidence *v, struct difference *d, struct err *e)
{
	return see_frames(v, d, 0, e);
}

static int see_offset(struct evidence *v, struct difference *d, struct err *e)
{
	return see_frames(v, d, 1, e);
}

/* --------------------------------------------------------------- contents */

static int no_first_page(struct difference *d)
{
	return differ(d, "an entry in the program's page table", "none",
		      "The mapping's first page is not there.");
}

static int first_page(struct evidence *v, unsigned char *buf, struct difference *d, struct err *e)
{
	if (!v->parked[0].page[0].present)
		return no_first_page(d);
	return look_read(v->m, v->parked[0].page[0].gpa, buf, LOOK_PAGE, e);
}

static int see_digits(struct evidence *v, struct difference *d, struct err *e)
{
	unsigned char buf[LOOK_PAGE];
	char got[64] = "";
	int i, ret = first_page(v, buf, d, e);

	if (ret)
		return ret;
	for (i = 0; i < DIGITS; i++)
		snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%d", i ? " " : "",
			 buf[i]);
	return strcmp(got, "0 1 2 3 4 5 6 7 8 9") ?
		       differ(d, "0 1 2 3 4 5 6 7 8 9", got,
			      "The page of memory behind the mapping begins with other bytes.") :
		       0;
}

static int see_clear(struct evidence *v, struct difference *d, struct err *e)
{
	const struct parked *p = &v->parked[0];
	unsigned char buf[LOOK_PAGE];
	char got[32];
	size_t k, i;
	int ret;

	for (k = 0; k < p->pages; k++) {
		if (!p->page[k].present)
			continue;
		ret = look_read(v->m, p->page[k].gpa, buf, LOOK_PAGE, e);
		if (ret)
			return ret;
		for (i = k ? 0 : DIGITS; i < LOOK_PAGE && !buf[i]; i++)
			;
		snprintf(got, sizeof(got), "0x%02x", i < LOOK_PAGE ? buf[i] : 0);
		if (i < LOOK_PAGE)
			return differ(
				d, "0", got,
				"Byte %zu of page %zu is not zero: it shows what the memory held "
				"before.",
				i, k);
	}
	return 0;
}

static int read_picture(struct evidence *v, uint32_t *memory, size_t pages, struct difference *d,
			struct err *e)
{
	const struct parked *p = &v->parked[0];
	char want[64], got[64];
	size_t k;
	int ret = 0;

	snprintf(want, sizeof(want), "%zu pages", pages);
	snprintf(got, sizeof(got), "%zu", p->pages);
	if (p->pages != pages)
		return differ(d, want, got, "The mapping has another size than the memory.");
	for (k = 0; k < pages && !ret; k++)
		if (p->page[k].present)
			ret = look_read(v->m, p->page[k].gpa,
					(unsigned char *)memory + k * LOOK_PAGE, LOOK_PAGE, e);
	return ret;
}

static int save_picture(struct evidence *v, uint64_t number, enum picture_kind kind,
			const uint32_t *memory, struct err *e)
{
	char *folder = kit_path(v->spec->kit, "%s", v->spec->pictures), *path;
	int ret = make_dirs(folder, e);

	free(v->picture);
	v->picture = xasprintf("%s/%s-%s.png", v->spec->pictures, v->spec->lab->id,
			       v->spec->tests[0]->id);
	path = kit_path(v->spec->kit, "%s", v->picture);
	if (!ret)
		ret = picture_save(number, kind, memory, path, e);
	free(path);
	free(folder);
	return ret;
}

/* Saved in any case: a wrong picture says more than a sentence. */
static int see_picture(struct evidence *v, struct difference *d, enum picture_kind kind,
		       struct err *e)
{
	uint64_t number = v->parked[0].cookie;
	size_t size = picture_size(number, kind);
	uint32_t *memory = xcalloc(1, size);
	struct picture_difference diff;
	int ret = read_picture(v, memory, size / LOOK_PAGE, d, e);

	if (!ret && v->spec->pictures)
		ret = save_picture(v, number, kind, memory, e);
	if (!ret && !picture_compare(number, kind, memory, &diff))
		ret = differ(d, diff.expected, diff.got, "%s", diff.text);
	free(memory);
	return ret;
}

static int see_card(struct evidence *v, struct difference *d, struct err *e)
{
	return see_picture(v, d, PICTURE_CARD, e);
}

static int see_frames_shown(struct evidence *v, struct difference *d, struct err *e)
{
	return see_picture(v, d, PICTURE_FRAMES, e);
}

/* ------------------------------------------------------------ the exchange */

/* What the parked program must have done with a value, and has not. */
static int missing_answer(struct evidence *v, const struct parked *p, uint64_t value,
			  struct difference *d, struct err *e)
{
	bool writable = v->wanted & CHECK_RW, read = v->wanted & CHECK_READ;
	char want[32], got[32];
	uint64_t word = 0;
	int ret = look_read(v->m, p->page[0].gpa + 8, &word, sizeof(word), e);

	if (ret)
		return ret;
	snprintf(want, sizeof(want), "0x%016llx", (unsigned long long)value);
	snprintf(got, sizeof(got), "0x%016llx", (unsigned long long)p->regs.r14);
	if (p->regs.r14 != value)
		return differ(
			d, want, got,
			"The host wrote a value into the page of memory that the page table names, "
			"and the program does not load it through its mapping.");
	snprintf(got, sizeof(got), "0x%016llx", (unsigned long long)p->regs.r15);
	if (read && p->regs.r15 != value)
		return differ(d, want, got,
			      "read(2) does not give what is in the mapped page: the driver reads "
			      "from other memory, or from a copy.");
	snprintf(want, sizeof(want), "0x%016llx", (unsigned long long)~value);
	snprintf(got, sizeof(got), "0x%016llx", (unsigned long long)word);
	if (writable && word != ~value)
		return differ(
			d, want, got,
			"The program stored a value through its mapping, and it is not in the page "
			"of memory.");
	snprintf(got, sizeof(got), "0x%016llx", (unsigned long long)p->regs.rbp);
	if (writable && read && p->regs.rbp != ~value)
		return differ(d, want, got,
			      "read(2) does not give what a program stored through its mapping.");
	return 0;
}

static int exchange(struct evidence *v, struct parked *p, struct difference *d, struct err *e)
{
	int64_t until = awake_ms() + (int64_t)(ANSWER_MS * v->slowness);
	uint64_t value = fresh_value();
	struct look_regs regs;
	unsigned turn;
	int ret;

	if (!p->page[0].present)
		return no_first_page(d);
	ret = look_write(v->m, p->page[0].gpa, &value, sizeof(value), e);
	if (ret)
		return ret;
	for (turn = 0;; turn++) {
		ret = next_look(v, turn, &regs, e);
		if (ret)
			return ret;
		if (is_parked(&regs, p))
			p->regs = regs;
		ret = missing_answer(v, p, value, d, e);
		if (ret <= 0 || awake_ms() > until)
			return ret;
	}
}

static int see_exchange(struct evidence *v, struct difference *d, struct err *e)
{
	size_t i;
	int ret = 0;

	for (i = 0; i < v->count && !ret; i++)
		ret = exchange(v, &v->parked[i], d, e);
	return ret;
}

/* -------------------------------------------------------------------- look */

/* In this order: the exchange changes the first words. */
static const struct {
	uint32_t check;
	int (*see)(struct evidence *v, struct difference *d, struct err *e);
} sights[] = {
	{ CHECK_LAZY, see_lazy },
	{ CHECK_PRESENT, see_present },
	{ CHECK_END, see_end },
	{ CHECK_RO, see_ro },
	{ CHECK_RW, see_rw },
	{ CHECK_SAME, see_same },
	{ CHECK_OFFSET, see_offset },
	{ CHECK_DIGITS, see_digits },
	{ CHECK_CLEAR, see_clear },
	{ CHECK_CARD, see_card },
	{ CHECK_FRAMES, see_frames_shown },
	{ CHECK_STORE | CHECK_READ, see_exchange },
};

static int look(struct evidence *v, struct difference *d, struct err *e)
{
	size_t i;
	int ret = machine_stop(v->m, e);

	if (!ret)
		ret = find_parked(v, d, e);
	for (i = 0; i < v->count && !ret; i++)
		ret = walk_parked(v, &v->parked[i], d, e);
	for (i = 0; i < sizeof(sights) / sizeof(sights[0]) && !ret; i++)
		if (v->wanted & sights[i].check)
			ret = sights[i].see(v, d, e);
	return ret;
}

/* What the manifest wants the host to see of the test that runs. */
static uint32_t demanded(const struct evidence *v)
{
	size_t i;

	for (i = 0; i < v->spec->tests_count; i++)
		if (!strcmp(v->spec->tests[i]->id, v->test))
			return v->spec->tests[i]->evidence;
	return 0;
}

int evidence_look(struct evidence *v, const json_t *question, json_t **answer, struct err *e)
{
	json_t *checks = json_object_get(question, "checks"), *check;
	struct difference d = { 0 };
	uint32_t bit;
	size_t i;
	int ret, cont;

	v->wanted = 0;
	json_array_foreach(checks, i, check) {
		bit = json_is_string(check) ? check_parse(json_string_value(check)) : 0;
		if (!bit)
			return err_set(e, EINVAL, "look: an unknown check");
		v->wanted |= bit;
	}
	if (!v->wanted || !v->count)
		return err_set(e, EINVAL, "look: no check, or no cookie was asked for");
	ret = look(v, &d, e);
	cont = machine_cont(v->m, ret < 0 ? NULL : e);
	forget_parked(v);
	if (ret < 0 || cont)
		return ret < 0 ? ret : cont;
	if (ret)
		*answer = json_pack("{s:s,s:s,s:s}", "fail", d.text, "expected", d.expected, "got",
				    d.got);
	else
		*answer = json_object();
	/* All in one look: what is shown piece by piece can be another thing each time. */
	if (!ret && !(demanded(v) & ~v->wanted))
		json_object_set_new(v->seen, v->test, json_integer(v->wanted));
	return 0;
}
