# SPDX-License-Identifier: GPL-2.0-only
#
# make check: the programs below, two at a time, as many of them wait more than
# they work; so the long ones come first. Each prints Check's summary line, or "N
# passed, N failed"; harness/tests/run adds them up.
# ONLY="machine host" runs some of them. What proves the grader (right, wrong and
# hostile solutions) is make verify.

.PHONY: check check-fresh check-places check-slurm check-programs
.SECONDARY:

# The parts of the host program, the machine, and the whole as users meet it.
PARTS := manifest collect confine build gate host picture class machine
WHOLE := verdicts input student robust hostile batch review
ONLY ?= faults verdicts robust input student batch review branches tour_student tour_instructor tour_learner $(PARTS) judge \
	docs format starters kernel mutants verified watch shell results html fuzz

TESTS := $(BUILD)/tests
HOST_PARTS := $(filter-out $(BUILD)/grade/main.o,$(HOST_OBJECTS))

$(TESTS)/%.o: harness/tests/%.c | $(BUILD)/tests/
	$(Q)$(CC) $(CFLAGS) -Iharness/grade -MMD -MP -c -o $@ $<

$(PARTS:%=$(TESTS)/test_%): $(TESTS)/test_%: $(TESTS)/test_%.o $(TESTS)/tests.o $(TESTS)/limit.o $(TESTS)/builds.o $(HOST_PARTS)
	$(Q)$(CC) $(CFLAGS) -o $@ $^ $(HOST_LIBS) $(CHECK_LIBS)

$(WHOLE:%=$(TESTS)/test_%): $(TESTS)/test_%: $(TESTS)/test_%.o $(TESTS)/e2e.o $(TESTS)/limit.o
	$(Q)$(CC) $(CFLAGS) -o $@ $^ -ljansson $(CHECK_LIBS)

# Faults: a QEMU that fails where it is told to, and what makes it fail.
FAULTS := $(patsubst harness/tests/%.c,$(TESTS)/%.o,$(wildcard harness/tests/faults_*.c))

$(TESTS)/faults/qemu-system-x86_64: harness/tests/qemu_fault.c $(BUILD)/grade/send.o
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -Iharness/grade -o $@ $^

$(TESTS)/test_faults: $(TESTS)/test_faults.o $(FAULTS) $(TESTS)/e2e.o $(TESTS)/limit.o $(HOST_PARTS) | $(TESTS)/faults/qemu-system-x86_64
	$(Q)$(CC) $(CFLAGS) -o $@ $^ $(HOST_LIBS) $(CHECK_LIBS)

$(TESTS)/test_hostile: $(TESTS)/hostile.o $(TESTS)/hostile_go.o

# The judge library watches programs that misbehave in every way we know.
$(TESTS)/judge/unit/bin/misbehave: harness/tests/judge/misbehave.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -static -no-pie -o $@ $< -lpthread

$(TESTS)/judge/unit/check: harness/tests/judge/check_selftest.c $(BUILD)/judge/libjudge.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -static -Iharness/judge -o $@ $^ $(CHECK_LIBS) -ljansson

$(TESTS)/judge/check_cut: harness/tests/judge/check_cut.c $(BUILD)/judge/libjudge.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -static -Iharness/judge -o $@ $^ $(CHECK_LIBS) -ljansson

$(TESTS)/test_machine: | $(TESTS)/judge/check_cut

$(TESTS)/test_judge: harness/tests/judge/test_judge.c $(TESTS)/limit.o $(TESTS)/judge/unit/check $(TESTS)/judge/unit/bin/misbehave
	$(Q)$(CC) $(CFLAGS) -Iharness/tests -o $@ $< $(TESTS)/limit.o -ljansson $(CHECK_LIBS)

check-programs: $(PARTS:%=$(TESTS)/test_%) $(WHOLE:%=$(TESTS)/test_%) $(TESTS)/test_judge \
	$(TESTS)/test_faults $(if $(filter fuzz,$(ONLY)),fuzz-programs)

COMMAND_judge := $(TESTS)/test_judge $(TESTS)/judge/unit
COMMAND_results := harness/tests/test_results
COMMAND_watch := harness/tests/test_watch
COMMAND_html := harness/tests/test_html.py
COMMAND_shell := harness/tests/test_shell
COMMAND_branches := harness/tests/test_branches
COMMAND_tour_student := harness/tours/student
COMMAND_tour_instructor := harness/tours/instructor
COMMAND_tour_learner := harness/tours/learner
COMMAND_kernel := harness/tests/test_kernel
COMMAND_format := harness/tests/format
COMMAND_fuzz := harness/fuzz/run check
COMMAND_docs := harness/tests/test_docs
COMMAND_verified := harness/tests/test_verified
COMMAND_mutants := python3 harness/tests/test_mutants.py
COMMAND_starters := harness/starters --check
test_command = $(or $(COMMAND_$(1)),$(TESTS)/test_$(1))

$(BUILD)/deps-check: harness/packages.tsv
	$(Q)harness/deps run check
	@mkdir -p $(BUILD) && touch $@

check: $(BUILD)/deps-check
	$(if $(filter html,$(ONLY)),-$(Q)harness/deps pages)
	$(Q)$(MAKE) --no-print-directory built
	$(Q)flock $(BUILD)/lock $(MAKE) --no-print-directory -s -j $(JOBS) check-programs
	$(Q)harness/tests/run -j 2 $(foreach t,$(ONLY),'$(call test_command,$(t))')

check-fresh:
	$(Q)harness/tests/fresh

check-places: $(BUILD)/deps-check
	$(Q)harness/tests/places

check-slurm: $(BUILD)/deps-check built
	$(Q)harness/tests/slurm
