# SPDX-License-Identifier: GPL-2.0-or-later
# make fuzz: every tests/fuzz/fuzz_NAME.c for FUZZ_SECONDS each (needs clang).
#
# A new one: fuzz_NAME.c; FUZZ_UNDER_NAME below says which pure files it drives;
# if tests/fuzz/seeds_NAME.c exists it writes the seeds, and NAME.dict is its
# dictionary.  What a run finds new stays in $(B)/fuzz/NAME/corpus.
FUZZ_UNDER_pfkey := klips/pfkey_msg.c klips/pfkey_parse.c klips/pfkey_build.c
FUZZ_UNDER_ah := klips/ah_mutable.c
FUZZ_UNDER_replay := klips/replay.c

FUZZ_CC ?= clang
FUZZ_SECONDS ?= 30
FUZZ_NAMES := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_CFLAGS := $(filter-out -O%,$(CFLAGS)) -O1 -g -fno-omit-frame-pointer \
	-fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all

.PHONY: fuzz $(FUZZ_NAMES:%=fuzz-%)
fuzz: $(FUZZ_NAMES:%=fuzz-%) ## fuzz each parser for FUZZ_SECONDS

# $(1) is the name
define fuzz_rules
$(B)/fuzz/$(1)/fuzz: tests/fuzz/fuzz_$(1).c $(FUZZ_UNDER_$(1)) $(wildcard klips/*.h include/klips/*.h)
	@mkdir -p $$(@D)
	$(FUZZ_CC) $(FUZZ_CFLAGS) -o $$@ $$< $(FUZZ_UNDER_$(1))

$(B)/fuzz/$(1)/seeds: tests/fuzz/seeds_$(1).c $(wildcard tests/unit/*_dumps.h)
	@mkdir -p $$(@D)
	$(CC) $(CFLAGS) -o $$@ $$<

fuzz-$(1): $(B)/fuzz/$(1)/fuzz $(if $(wildcard tests/fuzz/seeds_$(1).c),$(B)/fuzz/$(1)/seeds)
	@mkdir -p $(B)/fuzz/$(1)/corpus
	@test ! -x $(B)/fuzz/$(1)/seeds || $(B)/fuzz/$(1)/seeds $(B)/fuzz/$(1)/corpus
	$$< -max_total_time=$(FUZZ_SECONDS) -max_len=4104 -print_final_stats=1 \
		-artifact_prefix=$(B)/fuzz/$(1)/ \
		$(patsubst %,-dict=%,$(wildcard tests/fuzz/$(1).dict)) $(B)/fuzz/$(1)/corpus
endef
$(foreach n,$(FUZZ_NAMES),$(eval $(call fuzz_rules,$(n))))
