# SPDX-License-Identifier: GPL-2.0-or-later
# make unit: the pure files against their tests, under ASan and UBSan.
#
# A new suite: add x_test.c with `Suite *x_suite(void)` and a line to suites.h;
# a new pure file to be tested: add it to UNIT_PURE.
UNIT_PURE := $(wildcard $(addprefix klips/,ah_mutable.c radix.c radix_lookup.c radix_list.c \
	selector.c replay.c pfkey_msg.c pfkey_parse.c pfkey_build.c said_text.c) lib/said/*.c lib/pfkey/*.c \
	tests/net/lib/dirt.c)
UNIT_TESTS := $(wildcard tests/unit/*.c)
UNIT_OBJ = $(1:%.c=$(B)/unit/%.o)
UNIT_CFLAGS := $(filter-out -O%,$(CFLAGS)) $(HOSTCFLAGS_SAN) -include tests/unit/hooks.h
UNIT_LIBS := -lcheck -lsubunit -lrt -lm -lpthread

.PHONY: unit
unit: $(B)/unit/unit
	@mkdir -p $(B)/summary
	@$(B)/unit/unit $(B)/summary/unit

$(B)/unit/unit: $(call UNIT_OBJ,$(UNIT_TESTS)) $(B)/unit/pure.a
	$(CC) $(HOSTCFLAGS_SAN) -o $@ $^ $(UNIT_LIBS)

# An archive: a test pulls in what it calls, nothing else need link.
$(B)/unit/pure.a: $(call UNIT_OBJ,$(UNIT_PURE))
	rm -f $@
	ar rcs $@ $^

$(B)/unit/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(UNIT_CFLAGS) -MMD -MP -c -o $@ $<

-include $(patsubst %.c,$(B)/unit/%.d,$(UNIT_TESTS) $(UNIT_PURE))
