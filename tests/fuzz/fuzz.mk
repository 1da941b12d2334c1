# SPDX-License-Identifier: GPL-2.0-or-later
# make fuzz: every tests/fuzz/fuzz_NAME.c for FUZZ_SECONDS each (needs clang), beginning
# with the inputs kept in tests/fuzz/corpus/NAME, and with those that made it crash once,
# NAME.crashes there; and how many lines were reached.
#
# A new one: fuzz_NAME.c; FUZZ_UNDER_NAME below says which pure files it drives, and
# FUZZ_LINES_NAME whose lines count, if those are others;
# if tests/fuzz/seeds_NAME.c exists it writes the seeds, and NAME.dict is its
# dictionary.  What a run finds new stays in $(B)/fuzz/NAME/corpus, until `make
# fuzz-merge` keeps of it what reaches more.  A crash is kept by
#
#	tests/fuzz/inputs pack $(B)/fuzz/NAME/crash-* >> tests/fuzz/corpus/NAME.crashes
FUZZ_UNDER_pfkey := klips/pfkey_msg.c klips/pfkey_parse.c klips/pfkey_build.c
FUZZ_UNDER_ah := klips/ah_mutable.c
FUZZ_UNDER_replay := klips/replay.c
FUZZ_LINES_radix := klips/radix.c klips/radix_list.c klips/radix_lookup.c klips/selector.c
FUZZ_LINES_optionsfrom := tools/common/optionsfrom.c
# the builder is there to tell what was read; it has golden tests
FUZZ_LINES_pfkey := klips/pfkey_msg.c klips/pfkey_parse.c

FUZZ_CC ?= clang
FUZZ_SECONDS ?= 30
FUZZ_NAMES := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_CFLAGS := $(filter-out -O%,$(CFLAGS)) -O1 -g -fno-omit-frame-pointer \
	-fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all
FUZZ_COVER_CFLAGS := $(filter-out -O%,$(CFLAGS)) -O0 --coverage

.PHONY: fuzz fuzz-merge $(FUZZ_NAMES:%=fuzz-%) $(FUZZ_NAMES:%=fuzz-merge-%)
fuzz: $(FUZZ_NAMES:%=fuzz-%) ## fuzz each parser for FUZZ_SECONDS
fuzz-merge: $(FUZZ_NAMES:%=fuzz-merge-%) ## keep in tests/fuzz/corpus what fuzzing found

# $(1) is the name
define fuzz_rules
$(B)/fuzz/$(1)/fuzz: tests/fuzz/fuzz_$(1).c $(FUZZ_UNDER_$(1)) $(wildcard klips/*.h include/klips/*.h)
	@mkdir -p $$(@D)
	$(FUZZ_CC) $(FUZZ_CFLAGS) -o $$@ $$< $(FUZZ_UNDER_$(1))

$(B)/fuzz/$(1)/cover: tests/fuzz/run.c tests/fuzz/fuzz_$(1).c $(FUZZ_UNDER_$(1)) \
		$(FUZZ_LINES_$(1)) $(wildcard klips/*.h include/klips/*.h)
	@mkdir -p $$(@D)
	gcc $(FUZZ_COVER_CFLAGS) -o $$@ $$< tests/fuzz/fuzz_$(1).c $(FUZZ_UNDER_$(1))

$(B)/fuzz/$(1)/seeds: tests/fuzz/seeds_$(1).c $(wildcard tests/unit/*_dumps.h)
	@mkdir -p $$(@D)
	$(CC) $(CFLAGS) -o $$@ $$<

.PHONY: fuzz-inputs-$(1)
fuzz-inputs-$(1): $(if $(wildcard tests/fuzz/seeds_$(1).c),$(B)/fuzz/$(1)/seeds)
	@mkdir -p $(B)/fuzz/$(1)/corpus
	@rm -rf $(B)/fuzz/$(1)/kept
	@tests/fuzz/inputs unpack $(B)/fuzz/$(1)/kept $(wildcard tests/fuzz/corpus/$(1) tests/fuzz/corpus/$(1).crashes)
	@test ! -x $(B)/fuzz/$(1)/seeds || $(B)/fuzz/$(1)/seeds $(B)/fuzz/$(1)/kept

fuzz-$(1): $(B)/fuzz/$(1)/fuzz $(B)/fuzz/$(1)/cover fuzz-inputs-$(1)
	$$< -max_total_time=$(FUZZ_SECONDS) -max_len=4104 -print_final_stats=1 \
		-artifact_prefix=$(B)/fuzz/$(1)/ \
		$(patsubst %,-dict=%,$(wildcard tests/fuzz/$(1).dict)) $(B)/fuzz/$(1)/corpus $(B)/fuzz/$(1)/kept
	@tests/fuzz/coverage $(1) $(B)/fuzz/$(1)/cover $(or $(FUZZ_LINES_$(1)),$(FUZZ_UNDER_$(1))) -- \
		$(B)/fuzz/$(1)/corpus $(B)/fuzz/$(1)/kept

fuzz-merge-$(1): $(B)/fuzz/$(1)/fuzz fuzz-inputs-$(1)
	@rm -rf $(B)/fuzz/$(1)/merged && mkdir $(B)/fuzz/$(1)/merged
	$$< -merge=1 -use_counters=0 -max_len=4104 $(B)/fuzz/$(1)/merged $(B)/fuzz/$(1)/kept $(B)/fuzz/$(1)/corpus
	tests/fuzz/inputs pack $(B)/fuzz/$(1)/merged/* > tests/fuzz/corpus/$(1)
endef
$(foreach n,$(FUZZ_NAMES),$(eval $(call fuzz_rules,$(n))))
