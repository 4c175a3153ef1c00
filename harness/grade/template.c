// SPDX-License-Identifier: GPL-2.0-only
/*
 * template.c - machines booted once and kept, see template.h.
 */
#include "template.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "initramfs.h"
#include "pool.h"
#include "util.h"

#define BOOT_DEADLINE_MS 120000
#define KVM_DEADLINE_MS 5000
/*
 * A kernel puts off work to the second after its start (it measures the processor's
 * clock anew, and frees memory). What is done before the machine is saved, no machine
 * that is restored has to do again.
 */
#define SETTLE_MS 500
#define CONSOLE_SHOWN 1200 /* what went wrong stands before the panic's registers */

int accel_parse(const char *text, enum accel_request *out, struct err *e)
{
	if (!text || !*text || !strcmp(text, "auto"))
		*out = ACCEL_AUTO;
	else if (!strcmp(text, "tcg"))
		*out = ACCEL_FORCE_TCG;
	else if (!strcmp(text, "kvm"))
		*out = ACCEL_FORCE_KVM;
	else
		return err_set(e, EINVAL, "unknown accelerator '%s'; there are: auto tcg kvm",
			       text);
	return 0;
}

struct machine_spec template_spec(const struct kit *kit, const struct template *t, bool cold,
				  int payload_fd)
{
	return (struct machine_spec){
		.kit = kit,
		.profile = t->profile,
		.accel = t->accel,
		.ram_fd = cold ? -1 : t->ram_fd,
		.ram_private = true,
		.state_fd = cold ? -1 : t->state_fd,
		.payload_fd = payload_fd,
	};
}

/* ----------------------------------------------------------------- stamp */

static int write_stamp(const char *dir, const struct template *t, const char *ram_sum,
		       const char *state_sum, struct err *e)
{
	char *path = xasprintf("%s/stamp.json", dir);
	json_t *stamp = json_pack("{s:s,s:i,s:s,s:s,s:o,s:o}", "key", t->key, "boot_cpu_ms",
				  t->boot_cpu_ms, "ram_sha256", ram_sum, "state_sha256", state_sum,
				  "ram", fd_identity(t->ram_fd), "state", fd_identity(t->state_fd));
	int ret;

	ret = write_json_atomic(path, stamp, 0, e);
	json_decref(stamp);
	free(path);
	return ret;
}

/* Hash both files and compare; a match is stamped anew. */
static const char *check_sums(const char *dir, struct template *t, json_t *stamp)
{
	const char *ram = json_string_value(json_object_get(stamp, "ram_sha256"));
	const char *state = json_string_value(json_object_get(stamp, "state_sha256"));
	char sum[65], state_sum[65];

	if (!ram || sha256_fd_hex(t->ram_fd, sum) || strcmp(sum, ram))
		return "its memory file is damaged";
	if (!state || sha256_fd_hex(t->state_fd, state_sum) || strcmp(state_sum, state))
		return "its state file is damaged";
	write_stamp(dir, t, sum, state_sum, NULL);
	return NULL;
}

/* NULL when the template in dir is sound and opened, else why it is not. */
static const char *open_existing(const char *dir, struct template *t)
{
	char *path = xasprintf("%s/stamp.json", dir);
	json_t *stamp = json_load_file(path, 0, NULL), *ram, *state;
	const char *key, *why = NULL;

	free(path);
	if (!stamp)
		return "there was none";
	path = xasprintf("%s/ram", dir);
	t->ram_fd = open(path, O_RDWR | O_CLOEXEC);
	free(path);
	path = xasprintf("%s/state", dir);
	t->state_fd = open(path, O_RDONLY | O_CLOEXEC);
	free(path);
	key = json_string_value(json_object_get(stamp, "key"));
	t->boot_cpu_ms = json_integer_value(json_object_get(stamp, "boot_cpu_ms"));
	if (!key || strcmp(key, t->key)) {
		why = "what shapes the machine has changed";
	} else if (t->ram_fd < 0 || t->state_fd < 0) {
		why = "a file of it is missing";
	} else {
		ram = fd_identity(t->ram_fd);
		state = fd_identity(t->state_fd);
		if (!json_equal(ram, json_object_get(stamp, "ram")) ||
		    !json_equal(state, json_object_get(stamp, "state")))
			why = check_sums(dir, t, stamp);
		json_decref(ram);
		json_decref(state);
	}
	json_decref(stamp);
	if (why) {
		close(t->ram_fd);
		close(t->state_fd);
		t->ram_fd = t->state_fd = -1;
	}
	return why;
}

/* ----------------------------------------------------------------- build */

static int wait_ready(struct machine *m, int deadline_ms, struct err *e)
{
	int64_t until = awake_ms() + deadline_ms;
	const char *line, *console;
	size_t len, n;
	int ret;

	do {
		ret = machine_line(m, until, &line, &len);
	} while (!ret && !memmem(line, len, "\"ready\"", 7));
	if (ret) {
		console = machine_console(m, &n);
		if (n > CONSOLE_SHOWN)
			n = CONSOLE_SHOWN;
		err_set(e, -ret, "the machine did not reach its wait point within %d ms (%s)%s%.*s",
			deadline_ms, strerror(-ret), n ? "; its console begins:\n" : "", (int)n,
			console);
	}
	return ret;
}

/* Of all children that have been waited for. */
static int children_cpu_ms(void)
{
	struct rusage u;

	getrusage(RUSAGE_CHILDREN, &u);
	return (int)((u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000 +
		     (u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1000);
}

/* Up to the wait point; @ram_fd is written to, or -1. @m may be there after an error, too. */
static int boot(const struct kit *kit, const struct template *t, int ram_fd, struct machine **m,
		int *ms, struct err *e)
{
	int payload = memfd_create("no-payload", MFD_CLOEXEC), ret;
	struct machine_spec spec = template_spec(kit, t, true, payload);
	int64_t start = clock_ms();

	if (payload < 0 || ftruncate(payload, MACHINE_PAYLOAD_BYTES))
		return err_set(e, errno, "payload disk: %s", strerror(errno));
	spec.ram_fd = ram_fd;
	spec.ram_private = false;
	ret = machine_start(&spec, m, e);
	if (!ret)
		ret = wait_ready(*m, t->accel == ACCEL_KVM ? KVM_DEADLINE_MS : BOOT_DEADLINE_MS, e);
	*ms = clock_ms() - start;
	close(payload);
	return ret;
}

static int boot_and_save(const struct kit *kit, struct template *t, struct err *e)
{
	struct machine *m = NULL;
	int cpu = children_cpu_ms(), ret;

	ret = boot(kit, t, t->ram_fd, &m, &t->boot_ms, e);
	if (!ret) {
		usleep(SETTLE_MS * 1000);
		ret = machine_save(m, t->state_fd, e);
	}
	if (ret && m)
		machine_tell_death(m, e);
	machine_end(m);
	t->boot_cpu_ms = children_cpu_ms() - cpu;
	return ret;
}

int template_boot(const struct kit *kit, const struct template *t, int *ms, struct err *e)
{
	struct machine *m = NULL;
	int ret = boot(kit, t, -1, &m, ms, e);

	if (ret && m)
		machine_tell_death(m, e);
	machine_end(m);
	return ret;
}

static int build(const struct kit *kit, const char *dir, struct template *t, struct err *e)
{
	char *fresh = xasprintf("%s.new", dir), *old = xasprintf("%s.old", dir);
	char *path, ram_sum[65], state_sum[65];
	struct err why = { 0 };
	struct statvfs fs;
	int ret;

	remove_tree(fresh);
	ret = make_dirs(fresh, e);
	if (ret)
		goto out;
	path = xasprintf("%s/ram", fresh);
	t->ram_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	free(path);
	path = xasprintf("%s/state", fresh);
	t->state_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	free(path);
	if (t->ram_fd < 0 || t->state_fd < 0 ||
	    ftruncate(t->ram_fd, (off_t)t->profile->memory_mib << 20)) {
		ret = err_set(e, errno, "create the template in %s: %s", fresh, strerror(errno));
		goto out;
	}
	/* QEMU would die of SIGBUS on a page that the disk has no room for. */
	if (!fstatvfs(t->ram_fd, &fs) &&
	    fs.f_bavail * fs.f_frsize < (uint64_t)t->profile->memory_mib << 20) {
		ret = err_set(e, ENOSPC, "create the template in %s: %s, it may take %d MiB", fresh,
			      strerror(ENOSPC), t->profile->memory_mib);
		goto out;
	}
	ret = boot_and_save(kit, t, &why);
	if (ret)
		err_set(e, -ret, "make the template in %s: %.1500s", fresh, why.text);
	/* What the stamp vouches for has to be there after a power cut, too. */
	if (!ret && (fsync(t->ram_fd) || fsync(t->state_fd)))
		ret = err_set(e, errno, "write the template in %s: %s", fresh, strerror(errno));
	if (!ret && (sha256_fd_hex(t->ram_fd, ram_sum) || sha256_fd_hex(t->state_fd, state_sum)))
		ret = err_set(e, EIO, "read the template back");
	if (!ret)
		ret = write_stamp(fresh, t, ram_sum, state_sum, e);
	remove_tree(old);
	if (!ret && rename(dir, old) && errno != ENOENT)
		ret = err_set(e, errno, "rename %s: %s", dir, strerror(errno));
	if (!ret && rename(fresh, dir))
		ret = err_set(e, errno, "rename %s: %s", fresh, strerror(errno));
	remove_tree(old);
out:
	if (ret) {
		remove_tree(fresh);
		close(t->ram_fd);
		close(t->state_fd);
		t->ram_fd = t->state_fd = -1;
	}
	free(fresh);
	free(old);
	return ret;
}

/*
 * Of the host's processor. Under KVM a guest is given what that has, whatever its model
 * is called, and may not find it after a restore on another one.
 */
static char *processor(void)
{
	static const char *const names[] = { "vendor_id\t", "cpu family\t", "model\t\t",
					     "stepping\t", "flags\t" };
	char *info = read_text("/proc/cpuinfo"), *text = xstrdup(""), *more;
	size_t i;

	for (i = 0; info && i < sizeof(names) / sizeof(names[0]); i++) {
		const char *line = strstr(info, names[i]);

		if (!line)
			continue;
		more = xasprintf("%s%.*s\n", text, (int)strcspn(line, "\n"), line);
		free(text);
		text = more;
	}
	free(info);
	return text;
}

/* A key over everything that shapes the machine. */
static void make_key(const struct kit *kit, struct template *t, const char *initramfs_sum)
{
	struct machine_spec spec = template_spec(kit, t, true, -1);
	char *text, *arguments, *host = t->accel == ACCEL_KVM ? processor() : xstrdup("");

	spec.ram_fd = 0; /* templates have a memory file; its number is no matter */
	arguments = machine_arguments(&spec);
	text = xasprintf("format 3\n%s\n%s\n%s\n%s\n%s\n%lld %lld\n%s%s", kit->qemu_version,
			 kit->kernel_release, kit->kernel_sha256, initramfs_sum,
			 accel_name(t->accel), MACHINE_PAYLOAD_BYTES, MACHINE_SCRATCH_BYTES,
			 arguments, host);
	sha256_hex(text, strlen(text), t->key);
	free(host);
	free(arguments);
	free(text);
}

static int open_or_build(const struct kit *kit, struct template *t, const char *initramfs_sum,
			 struct err *e)
{
	char *dir =
		kit_path(kit, "build/vm/templates/%s-%s", t->profile->name, accel_name(t->accel));
	char *lock_path = xasprintf("%s.lock", dir);
	const char *why;
	int lock = -1, ret;

	make_key(kit, t, initramfs_sum);
	ret = make_dirs(dir, e);
	if (ret)
		goto out;
	lock = open(lock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (lock < 0 || flock(lock, LOCK_EX)) {
		ret = err_set(e, errno, "lock %s: %s", lock_path, strerror(errno));
		goto out;
	}
	why = open_existing(dir, t);
	if (why) {
		ret = build(kit, dir, t, e);
		snprintf(t->note, sizeof(t->note), "template %s (%s) built in %d ms: %s",
			 t->profile->name, accel_name(t->accel), t->boot_ms, why);
	}
out:
	if (lock >= 0)
		close(lock);
	free(lock_path);
	free(dir);
	return ret;
}

/* --------------------------------------------------------- accelerator */

/*
 * build/vm/kvm.json: for each boot of a host, as one checkout may serve several, why its
 * KVM is of no use; empty when a guest was seen to run.
 */
static json_t *kvm_memo(const struct kit *kit, char **path)
{
	json_t *memo;

	*path = kit_path(kit, "build/vm/kvm.json");
	memo = json_load_file(*path, 0, NULL);
	return memo ? memo : json_object();
}

/* What the memo says of this boot, or NULL; for the caller. */
static char *kvm_seen(const struct kit *kit)
{
	char *path, *id = boot_id(), *seen;
	json_t *memo = kvm_memo(kit, &path);
	const char *why = json_string_value(json_object_get(memo, id));

	seen = why ? xstrdup(why) : NULL;
	json_decref(memo);
	free(path);
	free(id);
	return seen;
}

static void remember_kvm(const struct kit *kit, const char *why)
{
	char *path, *id = boot_id();
	json_t *memo = kvm_memo(kit, &path);

	json_object_set_new(memo, id, json_string(why));
	write_json_atomic(path, memo, 0, NULL);
	json_decref(memo);
	free(path);
	free(id);
}

bool template_kvm_failed(const struct kit *kit, char *note, size_t size)
{
	char *seen = kvm_seen(kit);
	bool failed = seen && *seen;

	if (failed)
		snprintf(note, size, "%s", seen);
	free(seen);
	return failed;
}

/*
 * Find or make a template under KVM. One that is there tells of another day: since the
 * host was booted a guest has to be seen to run.
 */
static int open_kvm(const struct kit *kit, struct template *t, const char *initramfs_sum,
		    struct err *e)
{
	char *seen = kvm_seen(kit);
	bool known = seen && !*seen;
	int ret = open_or_build(kit, t, initramfs_sum, e), ms;

	free(seen);
	if (ret || known)
		return ret;
	/* A note tells that it was made just now. */
	if (!*t->note)
		ret = template_boot(kit, t, &ms, e);
	if (!ret) {
		remember_kvm(kit, "");
	} else {
		close(t->ram_fd);
		close(t->state_fd);
		t->ram_fd = t->state_fd = -1;
	}
	return ret;
}

/* Of these the host is to blame, or the moment, not KVM. */
static bool says_nothing_of_kvm(int code)
{
	return code == ENOSPC || code == EDQUOT || code == ENOMEM || code == EMFILE ||
	       code == ENFILE || code == EAGAIN || code == ENOENT;
}

int template_open(const struct kit *kit, const struct profile *profile, enum accel_request request,
		  struct template *t, struct err *e)
{
	char sum[65], why[512] = "";
	struct err kvm = { 0 };
	int ret;

	*t = (struct template){ .profile = profile, .ram_fd = -1, .state_fd = -1 };
	ret = initramfs_sum(kit, sum, e);
	if (ret)
		return ret;
	if (request == ACCEL_FORCE_KVM ||
	    (request == ACCEL_AUTO && !access("/dev/kvm", R_OK | W_OK) &&
	     !template_kvm_failed(kit, why, sizeof(why)))) {
		t->accel = ACCEL_KVM;
		ret = open_kvm(kit, t, sum, &kvm);
		if (!ret)
			return 0;
		if (request == ACCEL_FORCE_KVM) {
			template_close(t);
			return err_set(e, kvm.code,
				       "ACCEL=kvm: %s\nnext: ACCEL=tcg, or leave ACCEL out",
				       kvm.text);
		}
		kvm.text[strcspn(kvm.text, "\n")] = '\0';
		snprintf(why, sizeof(why),
			 "KVM is not usable here: %.400s (remove build/vm/kvm.json to try again)",
			 kvm.text);
		if (!says_nothing_of_kvm(kvm.code))
			remember_kvm(kit, why);
	}
	t->accel = ACCEL_TCG;
	t->note[0] = '\0';
	ret = open_or_build(kit, t, sum, e);
	if (ret)
		template_close(t);
	return ret;
}

/* ------------------------------------------------------------ several */

int template_profiles(const struct kit *kit, const struct lab_def *lab, const struct profile **list,
		      size_t *count, struct err *e)
{
	size_t i, k;

	for (i = 0; i < lab->tests_count; i++) {
		const struct profile *p = kit_profile(kit, lab->tests[i].profile, e);

		if (!p)
			return -EINVAL;
		for (k = 0; k < *count && list[k] != p; k++)
			;
		if (k == *count)
			list[(*count)++] = p;
	}
	return 0;
}

struct making {
	const struct kit *kit;
	const struct profile *profile;
	enum accel_request request;
	json_t *notes;
};

/* Is there one, by its stamp, that is still to be used? */
static bool is_built(const struct kit *kit, const struct profile *profile,
		     enum accel_request request, const char *initramfs)
{
	enum accel first = request == ACCEL_FORCE_KVM ? ACCEL_KVM : ACCEL_TCG, a;
	enum accel last = request == ACCEL_FORCE_TCG ? ACCEL_TCG : ACCEL_KVM;
	bool built = false;

	for (a = first; a <= last && !built; a++) {
		struct template t = { .profile = profile, .accel = a };
		char *path = kit_path(kit, "build/vm/templates/%s-%s/stamp.json", profile->name,
				      accel_name(a));
		json_t *stamp = json_load_file(path, 0, NULL);

		if (stamp) {
			make_key(kit, &t, initramfs);
			built = text_is(stamp, "key", t.key);
		}
		json_decref(stamp);
		free(path);
	}
	return built;
}

static json_t *make_work(void *arg)
{
	const struct making *a = arg;
	struct template t;
	struct err e = { 0 };

	if (template_open(a->kit, a->profile, a->request, &t, &e))
		return NULL;
	template_close(&t);
	return json_pack("{s:s}", a->profile->name, t.note);
}

static void make_done(void *arg, json_t *note, const char *why)
{
	const struct making *a = arg;

	(void)why;
	json_object_update(a->notes, note);
	json_decref(note);
}

/* One that cannot be built is left to who opens it, and says why. */
static void build_missing(const struct kit *kit, const struct profile *const *profiles,
			  size_t count, enum accel_request request, json_t *notes)
{
	struct making making[KIT_MAX_PROFILES];
	char initramfs[65];
	struct pool *pool;
	size_t i, n = 0;

	if (initramfs_sum(kit, initramfs, NULL))
		return;
	for (i = 0; i < count; i++)
		if (!is_built(kit, profiles[i], request, initramfs))
			making[n++] = (struct making){ kit, profiles[i], request, notes };
	/* A single one is as well built by who opens it. */
	if (n < 2)
		return;
	pool = pool_new((int)sysconf(_SC_NPROCESSORS_ONLN));
	for (i = 0; i < n; i++)
		pool_add(pool, make_work, make_done, &making[i]);
	pool_run(pool);
	pool_free(pool);
}

int template_open_all(const struct kit *kit, const struct profile *const *profiles, size_t count,
		      enum accel_request request, struct template *list, struct err *e)
{
	json_t *notes = json_object();
	size_t i;
	int ret = 0;

	build_missing(kit, profiles, count, request, notes);
	for (i = 0; i < count; i++) {
		ret = template_open(kit, profiles[i], request, &list[i], e);
		if (ret)
			break;
		if (!*list[i].note)
			snprintf(list[i].note, sizeof(list[i].note), "%s",
				 text_of(notes, profiles[i]->name));
	}
	while (ret && i)
		template_close(&list[--i]);
	json_decref(notes);
	return ret;
}

void template_doubt(const struct kit *kit, const struct profile *profile)
{
	enum accel a;

	for (a = ACCEL_TCG; a <= ACCEL_KVM; a++) {
		char *dir = kit_path(kit, "build/vm/templates/%s-%s", profile->name, accel_name(a));
		char *path = xasprintf("%s.lock", dir);
		int lock = open(path, O_RDWR | O_CLOEXEC);
		json_t *stamp;

		free(path);
		path = xasprintf("%s/stamp.json", dir);
		/* Without a stamp it is built anew. */
		if (lock >= 0 && !flock(lock, LOCK_EX) && (stamp = json_load_file(path, 0, NULL))) {
			json_object_del(stamp, "ram");
			write_json_atomic(path, stamp, 0, NULL);
			json_decref(stamp);
		}
		if (lock >= 0)
			close(lock);
		free(path);
		free(dir);
	}
}

void template_close(struct template *t)
{
	if (t->ram_fd >= 0)
		close(t->ram_fd);
	if (t->state_fd >= 0)
		close(t->state_fd);
	t->ram_fd = t->state_fd = -1;
}
