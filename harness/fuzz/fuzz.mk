# SPDX-License-Identifier: GPL-2.0-only
#
# make fuzz: each target of this folder for a while. make check runs each for a
# moment (ONLY=fuzz). harness/fuzz/README.md.

FUZZ := $(BUILD)/fuzz
FUZZ_CC := clang-14
FUZZ_CFLAGS := -std=gnu11 -O1 -g -Wall -Wextra -Werror -D_GNU_SOURCE= -fno-omit-frame-pointer \
	-fsanitize=address,undefined -fno-sanitize-recover=all
FUZZ_TARGETS := $(patsubst harness/fuzz/fuzz_%.c,%,$(wildcard harness/fuzz/fuzz_*.c))
FUZZ_PROGRAMS := $(FUZZ_TARGETS:%=$(FUZZ)/fuzz_%)
FUZZ_PARTS := $(patsubst $(BUILD)/grade/%,$(FUZZ)/grade/%,$(filter-out $(BUILD)/grade/main.o,$(HOST_OBJECTS)))

TARGET ?=
SECONDS ?=

.PHONY: fuzz fuzz-programs

$(FUZZ)/grade/%.o: harness/grade/%.c harness/fuzz/fuzz.mk
	@mkdir -p $(@D)
	$(Q)$(FUZZ_CC) $(FUZZ_CFLAGS) -fsanitize=fuzzer-no-link -MMD -MP -c -o $@ $<

$(FUZZ)/%.o: harness/fuzz/%.c harness/fuzz/fuzz.mk
	@mkdir -p $(@D)
	$(Q)$(FUZZ_CC) $(FUZZ_CFLAGS) -fsanitize=fuzzer-no-link -MMD -MP -c -o $@ $<

# An archive: a target that brings a part of its own leaves out the program's.
$(FUZZ)/grade.a: $(FUZZ_PARTS)
	$(Q)rm -f $@ && ar rcs $@ $^

$(FUZZ)/fuzz_guest: $(FUZZ)/played.o
$(FUZZ)/fuzz_guest: FUZZ_LDFLAGS := -Wl,--wrap=clock_ms,--wrap=awake_ms,--wrap=usleep,--wrap=getrandom
$(FUZZ)/fuzz_oops: FUZZ_LDFLAGS := -Wl,--wrap=addr2line

$(FUZZ)/fuzz_%: $(FUZZ)/fuzz_%.o $(FUZZ)/fuzz.o $(FUZZ)/grade.a
	$(Q)$(FUZZ_CC) $(FUZZ_CFLAGS) -fsanitize=fuzzer $(FUZZ_LDFLAGS) -o $@ \
		$(filter %.o,$^) $(FUZZ)/grade.a $(HOST_LIBS) -lm

fuzz-programs: $(FUZZ_PROGRAMS)

fuzz: $(BUILD)/deps-check
	$(Q)flock $(BUILD)/lock $(MAKE) --no-print-directory -s -j $(JOBS) fuzz-programs
	$(Q)harness/fuzz/run $(or $(SECONDS),300) $(TARGET)
