# SPDX-License-Identifier: GPL-2.0-only
#
# make coverage: the tests of the host program once more, on a build with
# AddressSanitizer, UndefinedBehaviorSanitizer and gcov's counters; and those of
# the judge, which is linked statically and so has counters only.

INSTRUMENTED := $(BUILD)/instrumented
COVERAGE_CFLAGS := -std=gnu11 -O1 -g -w -D_GNU_SOURCE= --coverage -fprofile-abs-path
# gcov would count the branches of these two checks, which are never taken; the
# fuzz targets have them.
SANITIZE := -fsanitize=address,undefined -fno-sanitize=nonnull-attribute,bounds \
	-fno-sanitize-recover=all -fno-omit-frame-pointer
INSTRUMENTED_PARTS := $(patsubst $(BUILD)/%,$(INSTRUMENTED)/%,$(HOST_PARTS))
INSTRUMENTED_PROGRAM := $(BUILD)/mmaplab.instrumented
INSTRUMENTED_TESTS := $(PARTS:%=$(INSTRUMENTED)/tests/test_%)
WRAPPED := -Wl,--wrap=_exit,--wrap=__gcov_dump
INSTRUMENTED_LINK := $(SANITIZE) --coverage $(WRAPPED)

# Programs that run the whole, with the instrumented program for build/mmaplab:
# verdicts, input, robust, hostile. They take longer than all the rest.
COVERED ?=

.PHONY: coverage coverage-programs

$(INSTRUMENTED)/grade/%.o: harness/grade/%.c harness/tests/coverage.mk
	@mkdir -p $(@D)
	$(Q)$(CC) $(COVERAGE_CFLAGS) $(SANITIZE) -MMD -MP -c -o $@ $<

# Tests are not counted, only watched.
$(INSTRUMENTED)/tests/%.o: harness/tests/%.c harness/tests/coverage.mk
	@mkdir -p $(@D)
	$(Q)$(CC) $(filter-out --coverage,$(COVERAGE_CFLAGS)) $(SANITIZE) -Iharness/grade -MMD -MP -c -o $@ $<

$(INSTRUMENTED)/instrumented.o: harness/tests/instrumented.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -c -o $@ $<

# Beside the other one: it finds the checkout by its own place.
$(INSTRUMENTED_PROGRAM): $(INSTRUMENTED)/grade/main.o $(INSTRUMENTED_PARTS) $(INSTRUMENTED)/instrumented.o
	$(Q)$(CC) $(INSTRUMENTED_LINK) -o $@ $^ $(HOST_LIBS)

$(INSTRUMENTED_TESTS): $(INSTRUMENTED)/tests/test_%: $(INSTRUMENTED)/tests/test_%.o $(INSTRUMENTED)/tests/tests.o \
		$(INSTRUMENTED)/tests/limit.o \
		$(INSTRUMENTED)/tests/builds.o $(INSTRUMENTED_PARTS) $(INSTRUMENTED)/instrumented.o
	$(Q)$(CC) $(INSTRUMENTED_LINK) -o $@ $^ $(HOST_LIBS) $(CHECK_LIBS)

# Without gcov's own fork(), which calls what a static program may not have, and
# exec*(), which write counts: what a subject may write is limited.
$(INSTRUMENTED)/judge/%.o: harness/judge/%.c harness/tests/coverage.mk
	@mkdir -p $(@D)
	$(Q)$(CC) $(COVERAGE_CFLAGS) $(patsubst %,-fno-builtin-%,fork execl execv execve execvp) -MMD -MP -c -o $@ $<

$(INSTRUMENTED)/unit/check: harness/tests/judge/check_selftest.c $(JUDGE_OBJECTS:$(BUILD)/%=$(INSTRUMENTED)/%) \
		$(INSTRUMENTED)/instrumented.o $(TESTS)/judge/unit/bin/misbehave
	@mkdir -p $(@D)/bin
	$(Q)cp $(TESTS)/judge/unit/bin/misbehave $(@D)/bin/
	$(Q)$(CC) $(filter-out --coverage,$(COVERAGE_CFLAGS)) -static -Iharness/judge $(WRAPPED) -o $@ \
		$(filter %.c %.o,$^) -lgcov $(CHECK_LIBS) -ljansson

coverage-programs: $(INSTRUMENTED_PROGRAM) $(INSTRUMENTED_TESTS) $(INSTRUMENTED)/unit/check $(TESTS)/test_judge \
	$(TESTS)/judge/check_cut $(COVERED:%=$(TESTS)/test_%)

coverage: $(BUILD)/deps-check
	$(Q)$(MAKE) --no-print-directory built
	$(Q)flock $(BUILD)/lock $(MAKE) --no-print-directory -s -j $(JOBS) coverage-programs
	$(Q)harness/tests/coverage $(COVERED:%='ASAN_OPTIONS=$$ASAN_OPTIONS:detect_leaks=1 $(TESTS)/test_%') \
		harness/tests/covered \
		'ASAN_OPTIONS=$$ASAN_OPTIONS:detect_leaks=1 harness/tests/test_html.py --no-browser' \
		$(PARTS:%=$(INSTRUMENTED)/tests/test_%) \
		'$(TESTS)/test_judge $(INSTRUMENTED)/unit'
