# SPDX-License-Identifier: GPL-2.0-only
#
# The door: every target is a thin call of what stands behind it.

# No built-in rules: looking for them takes longer than ours.
MAKEFLAGS += -rR
.SUFFIXES:

BUILD := build
CC := gcc
# Empty for a compiler other than Debian 12's, which may warn of something else.
WERROR ?= -Werror
CFLAGS := -std=gnu11 -O2 -g -Wall -Wextra $(WERROR) -D_GNU_SOURCE=
JOBS = $(shell nproc)

# The kernel: Debian's current one, another release of it (KERNEL=6.12.117+deb12),
# or any image with the folder that its modules are built with (KERNEL=, KDIR=).
KERNEL ?=
KDIR ?=
KERNEL_DIR := $(BUILD)/kernel
ifneq ($(KERNEL)$(KDIR),)
KERNEL_DIR := $(BUILD)/kernels/$(if $(findstring /,$(KERNEL))$(KDIR),$(firstword $(shell \
	printf '%s %s' '$(KERNEL)' '$(KDIR)' | cksum)),$(KERNEL))
export MMAPLAB_KERNEL := $(CURDIR)/$(KERNEL_DIR)
endif
export KERNEL KDIR

# One list of labs; the third column names the files that students edit.
LABS := $(shell cut -f 1 labs/labs.tsv | grep -v '^\#')
STUDENT_FILES := $(shell cut -f 3 labs/labs.tsv | grep -v '^files' | tr ',' ' ')
DRIVER_LABS := $(shell grep 'driver/' labs/labs.tsv | cut -f 1)
PROGRAM_LABS := $(shell cut -f 1,3 labs/labs.tsv | grep 'labs/' | cut -f 1)

SUBMISSION ?= .
LAB ?=
T ?=
SEED ?=
ACCEL ?=
OPTIONS := $(if $(LAB),--lab '$(LAB)') $(if $(T),--test '$(T)') $(if $(SEED),--seed '$(SEED)') \
	$(if $(ACCEL),--accel '$(ACCEL)') $(if $(J),--jobs '$(J)') $(if $(COLD),--cold)
Q := $(if $(V),,@)

# A verdict was produced (statuses 0, 1, 3 and 4): make has done its work.
verdict = || { s=$$?; [ $$s -eq 1 ] || [ $$s -eq 3 ] || [ $$s -eq 4 ]; }

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help grade lab labs hint watch debug submit progress reset solution doctor compile_commands.json shell wrong verify mutants soak figures check check-fresh bench bench-batch bundle-gradescope bundle-autolab starters branches clean distclean \
	deps kernel built program templates

# A student's branch (harness/branches) has neither solutions nor tests of the kit.
CHANGES_KIT := $(wildcard solutions/labs)

define help_on_kit
	@echo '  make check                 tests of this kit; check-fresh: on a bare system'
	@echo '  make verify [LAB=..]       grade all wrong, right and hostile solutions'
	@echo '  make wrong, mutants, soak, fuzz, coverage, figures: how good the grader is'
	@echo '  make bench, starters, branches   measure; make them from the solutions'
endef

help:
	@echo 'mmaplab: labs on memory mapping, from mmap(2) to a driver of your own'
	@echo
	@echo '  make lab LAB=02            grade your labs/02-records and show every test'
	@echo '  make lab LAB=02 T=test_id  only that test'
	@echo '  make hint LAB=02 T=test_id one hint further at each call'
	@echo '  make watch LAB=02          grade at every save; keys show tests and hints'
	@echo '  make debug LAB=02 [T=..]   gdb where a test fails, in its machine'
	@echo '  make progress, labs        your points and what is next; the labs'
	@echo '  make reset LAB=02, submit  the starter again; pack what you hand in'
	@echo '  make solution LAB=02       with full marks: the reference beside yours'
	@echo '  make doctor, shell         can this computer grade? a shell in a machine'
	@echo '  make grade [SUBMISSION=x]  grade this checkout, or a folder or archive'
	@echo '       LAB=.. T=..           narrow it;  SEED=.. repeat the same random input'
	@echo '       ACCEL=tcg|kvm         force an accelerator;  J=n machines at a time'
	@echo '       COLD=1  KERNEL=..     without templates; another kernel: vm/README.md'
	@echo '  build/mmaplab --help       a whole class: batch, review, decide, export'
	@echo
	$(if $(CHANGES_KIT),$(help_on_kit))
	@echo '  make clean, distclean      remove what was built; also the fetched kernel'
	@echo
	@echo 'Begin with labs/README.md. Add V=1 to see the commands.'

# ------------------------------------------------------------- the doors

grade: built
	$(Q)$(BUILD)/mmaplab grade $(OPTIONS) '$(SUBMISSION)' $(verdict)

# For clangd; a file of this name alone would not know when it is old.
compile_commands.json: kernel
	$(Q)KERNEL_DIR='$(KERNEL_DIR)' harness/compile-commands

lab: built compile_commands.json
	$(Q)$(BUILD)/mmaplab lab $(OPTIONS) $(verdict)

labs: built
	$(Q)$(BUILD)/mmaplab labs

hint: built
	$(Q)$(BUILD)/mmaplab hint '$(LAB)' '$(T)'

watch: built compile_commands.json
	$(Q)$(BUILD)/mmaplab watch '$(LAB)'

debug: built
	$(Q)$(BUILD)/mmaplab debug $(if $(GDB),--commands '$(GDB)') '$(LAB)' '$(T)'

submit: built
	$(Q)$(BUILD)/mmaplab submit $(if $(NAME),--name '$(NAME)') '$(LAB)' $(verdict)

progress: built
	$(Q)$(BUILD)/mmaplab progress '$(LAB)'

reset: built
	$(Q)$(BUILD)/mmaplab reset '$(LAB)'

solution: built
	$(Q)$(BUILD)/mmaplab solution '$(LAB)'

# With nothing built, too: it finds out why nothing can be.
doctor:
	$(Q)KERNEL_DIR='$(KERNEL_DIR)' harness/doctor

shell: built
	$(Q)$(BUILD)/mmaplab shell $(PROFILE)

ifneq ($(CHANGES_KIT),)

wrong: built
	$(Q)harness/deps check && $(BUILD)/mmaplab wrong $(if $(SEED),--seed '$(SEED)') $(if $(NAMED),--named) $(if $(LAB),'$(LAB)')

verify: $(BUILD)/deps-check
	$(Q)$(MAKE) --no-print-directory built
	$(Q)flock $(BUILD)/lock $(MAKE) --no-print-directory -s -j $(JOBS) $(BUILD)/tests/test_hostile
	$(Q)harness/tests/run '$(BUILD)/mmaplab verify $(if $(SEED),--seed $(SEED)) $(if $(ANEW),--anew) $(LAB)' \
		$(if $(LAB),,$(BUILD)/tests/test_hostile)

mutants: built
	$(Q)harness/deps check mutants && harness/mutants/generate && \
		$(BUILD)/mmaplab mutants $(if $(SEED),--seed '$(SEED)') $(if $(LAB),'$(LAB)')

# Of what this checkout has measured: verify, mutants, fuzz, soak, coverage.
figures:
	$(Q)harness/figures update

soak: built
	$(Q)harness/deps check && $(BUILD)/mmaplab soak $(if $(N),--rounds '$(N)') $(if $(WRONG),--wrong '$(WRONG)') $(if $(LOAD),--load '$(LOAD)') $(LAB)

bench-batch: $(BUILD)/deps-check built
	$(Q)harness/tests/bench_batch $(or $(N),300) $(J)

bench: built
	$(Q)$(BUILD)/mmaplab bench $(if $(ROUNDS),--rounds '$(ROUNDS)') $(if $(LAB),'$(LAB)')

starters:
	$(Q)harness/starters

# For students, from a commit of main: FROM=, if it has another name.
branches:
	$(Q)harness/branches '$(FROM)' '$(ONTO)'

# For platforms that grade by themselves: harness/places.
bundle-gradescope bundle-autolab:
	$(Q)harness/places/bundle $(@:bundle-%=%) '$(LAB)'

else

wrong verify mutants figures soak bench-batch bench starters branches check check-fresh fuzz coverage bundle-gradescope bundle-autolab:
	@echo "mmaplab: 'make $@' is for those who change the kit; this checkout is for students, without solutions" >&2
	@echo "next: make alone lists what there is; for make $@ take the project's main branch" >&2
	@exit 2

endif

templates: built
	$(Q)$(BUILD)/mmaplab template

# ------------------------------------------------- what everything needs

# Packages are looked for again whenever their list changed.
$(BUILD)/deps-run: harness/packages.tsv
	$(Q)harness/deps run
	@mkdir -p $(BUILD) && touch $@

deps:
	$(Q)harness/deps run check

kernel: $(BUILD)/deps-run
	$(Q)vm/fetch-kernel $(KERNEL_DIR)

# Two commands may run in one checkout: only one builds at a time.
built: $(BUILD)/deps-run
	$(Q)flock $(BUILD)/lock $(MAKE) --no-print-directory -s -j $(JOBS) program

program: kernel $(BUILD)/mmaplab $(BUILD)/hugepages.so $(BUILD)/vm/agent $(BUILD)/vm/scratch.ext4 $(LABS:%=$(BUILD)/labs/%/check) $(KERNEL_DIR)/kmod/complete

# ----------------------------------------------------------- host program

HOST_OBJECTS := $(patsubst harness/grade/%.c,$(BUILD)/grade/%.o,$(wildcard harness/grade/*.c))
HOST_LIBS := -ljansson -larchive -lgcrypt -lelf -lpng -lsqlite3 -lcsv -lyaml -lm

$(BUILD)/grade/%.o: harness/grade/%.c | $(BUILD)/grade/
	$(Q)$(CC) $(CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/mmaplab: $(HOST_OBJECTS)
	$(Q)$(CC) $(CFLAGS) -o $@ $^ $(HOST_LIBS)

# As a builtin, a malloc() whose memory nobody uses would not be called.
$(BUILD)/hugepages.so: harness/preload/hugepages.c
	$(Q)$(CC) $(CFLAGS) -fno-builtin -fPIC -shared -o $@ $<

# ------------------------------------------------- what runs in a machine

$(BUILD)/vm/agent: vm/agent.c | $(BUILD)/vm/
	$(Q)$(CC) $(CFLAGS) -static -s -o $@ $< -ljansson

# An empty ext4 file system, which each machine gets a copy of. Files on the
# machine's own tmpfs behave differently at the end of a file.
$(BUILD)/vm/scratch.ext4: Makefile | $(BUILD)/vm/
	$(Q)truncate -s 0 $@ && truncate -s 32M $@ && PATH=$$PATH:/usr/sbin:/sbin mke2fs -q -t ext4 -F -b 4096 -m 0 -O ^resize_inode \
		-E lazy_itable_init=1,lazy_journal_init=1,root_owner=1000:1000 $@

JUDGE_OBJECTS := $(patsubst harness/judge/%.c,$(BUILD)/judge/%.o,$(wildcard harness/judge/*.c))
CHECK_LIBS = $(shell pkg-config --static --libs check 2>/dev/null)

$(BUILD)/judge/%.o: harness/judge/%.c | $(BUILD)/judge/
	$(Q)$(CC) $(CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/judge/libjudge.a: $(JUDGE_OBJECTS)
	$(Q)rm -f $@ && ar rcs $@ $^

# For each lab: its suite, the objects given to students, which their programs are linked
# with, and, in a driver lab, the program itself; without what students may write of it.
lab_name = $(word 2,$(subst -, ,$(1)))
# Given are these by name, whatever else lies there: a student's own helper.c would build
# here and not where it is graded.
GIVEN := main.c region.c steps.c attack.c
lab_given = $(filter-out $(STUDENT_FILES),$(wildcard $(GIVEN:%=labs/$(1)/%)))
lab_objects = $(patsubst labs/$(1)/%.c,$(BUILD)/labs/$(1)/obj/%.o,$(call lab_given,$(1)))
# A part of the C library is in given.o. Files of a package are as old as the package;
# this one tells when it was installed.
LIBC_INSTALLED := $(subst :,\:,$(wildcard /var/lib/dpkg/info/libc6-dev:*.list))
define lab_rules
$(BUILD)/labs/$(1)/check: labs/$(1)/check_$(call lab_name,$(1)).c $(BUILD)/judge/libjudge.a \
		$(if $(filter $(1),$(PROGRAM_LABS)),$(BUILD)/labs/$(1)/given.o) \
		$(if $(filter $(1),$(DRIVER_LABS)),$(BUILD)/labs/$(1)/$(call lab_name,$(1)))
	$(Q)$(CC) $(CFLAGS) -Iharness/judge -static -MMD -MP -o $$@.dbg $$< $(BUILD)/judge/libjudge.a \
		$$(CHECK_LIBS) -ljansson
	$(Q)strip -o $$@ $$@.dbg

# They are linked with students' programs. The linker names their sources in what
# it says of those, and has to name them as the student's own: from the root.
$(BUILD)/labs/$(1)/obj/%.o: labs/$(1)/%.c | $(BUILD)/labs/$(1)/obj/
	$(Q)$(CC) $(CFLAGS) "-ffile-prefix-map=$(CURDIR)=." -MMD -MP -c -o $$@ $$<

$(BUILD)/labs/$(1)/given.o: $(call lab_objects,$(1)) harness/link-given $(LIBC_INSTALLED)
	$(Q)harness/link-given $$@ $$(filter %.o,$$^)

$(BUILD)/labs/$(1)/$(call lab_name,$(1)): $(call lab_objects,$(1))
	$(Q)$(CC) $(CFLAGS) -static -o $$@ $$^

$(BUILD)/labs/$(1)/obj/:
	@mkdir -p $$@
endef
$(foreach lab,$(LABS),$(eval $(call lab_rules,$(lab))))

# The kit's own modules, which some tests load beside the student's.
$(KERNEL_DIR)/kmod/complete: $(BUILD)/mmaplab $(wildcard harness/judge/kmod/*/* driver/careless/*/*) \
		driver/compat.h driver/mymap/mymap_uapi.h | kernel $(BUILD)/hugepages.so
	$(Q)$(BUILD)/mmaplab modules
	@touch $@

$(BUILD)/grade/ $(BUILD)/judge/ $(BUILD)/vm/ $(BUILD)/tests/:
	@mkdir -p $@

# ------------------------------------------------------------ upkeep

clean:
	$(Q)find $(BUILD) -mindepth 1 -maxdepth 1 ! -name kernel ! -name kernels -exec rm -rf {} + 2>/dev/null || true

distclean:
	$(Q)rm -rf $(BUILD)

-include harness/tests/tests.mk
-include harness/tests/coverage.mk
-include harness/fuzz/fuzz.mk
-include $(wildcard $(BUILD)/*/*.d $(BUILD)/*/grade/*.d $(BUILD)/*/judge/*.d $(BUILD)/*/tests/*.d $(BUILD)/labs/*/*.d $(BUILD)/labs/*/obj/*.d)
