# SPDX-License-Identifier: GPL-2.0-only
#
# make check: the programs below, one after another. Each prints Check's
# summary line, or "N passed, N failed"; harness/tests/run adds them up.

.PHONY: check check-fresh
.SECONDARY:

UNIT_TESTS := manifest collect confine build gate host
MACHINE_TESTS := machine
TEST_PROGRAMS := $(UNIT_TESTS:%=$(BUILD)/tests/test_%) $(MACHINE_TESTS:%=$(BUILD)/tests/test_%)
TEST_HELPERS := $(BUILD)/tests/tests.o $(BUILD)/tests/builds.o
HOST_PARTS := $(filter-out $(BUILD)/grade/main.o,$(HOST_OBJECTS))

$(BUILD)/tests/%.o: harness/tests/%.c | $(BUILD)/tests/
	$(Q)$(CC) $(CFLAGS) -Iharness/grade -MMD -MP -c -o $@ $<

$(BUILD)/tests/test_%: $(BUILD)/tests/test_%.o $(TEST_HELPERS) $(HOST_PARTS)
	$(Q)$(CC) $(CFLAGS) -o $@ $^ $(HOST_LIBS) $(CHECK_LIBS)
