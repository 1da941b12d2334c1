# SPDX-License-Identifier: GPL-2.0-or-later
# pfkey-client: talks PF_KEY with the module in a guest, for tests/net/pfkey-*.sh.
PFKEY_CLIENT := $(B)/tests/net/pfkey-client

# those that see whether messages carry what was in the kernel's memory
DIRT := tests/net/lib/dirt.c tests/net/lib/poison.c
$(B)/tests/net/pfkey-mutate $(B)/tests/net/refusals $(B)/tests/net/keyd $(B)/tests/net/mapping: $(DIRT)

$(PFKEY_CLIENT): tests/net/pfkey-client.c $(DIRT) $(B)/lib/pfkey/libpfkey.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -o $@ $^

net-helpers: $(PFKEY_CLIENT)

# The long form of pfkey-mutate: so many messages to the module, in one guest; part of
# `make fuzz` unless FUZZ_MESSAGES=0.
FUZZ_MESSAGES ?= 10000000
FUZZ_SEED ?= 1
FUZZ_KERNEL = $(or $(KERNEL),uml-debug)
FUZZ_LIVE = $(abspath $(B))/vm/fuzz-live-$(FUZZ_KERNEL)
.PHONY: fuzz-live
fuzz: $(if $(filter 0,$(FUZZ_MESSAGES)),,fuzz-live)
fuzz-live: net-helpers tools ## FUZZ_MESSAGES mutated PF_KEY messages to the running module (KERNEL=, default uml-debug)
	@$(MAKE) --no-print-directory module KERNEL=$(FUZZ_KERNEL)
	@rm -rf $(FUZZ_LIVE); mkdir -p $(FUZZ_LIVE)
	@ko=$(abspath $(B))/module/$$(cat $(KLIPS_CACHE)/kernels/$(FUZZ_KERNEL)/version)/ipsec.ko; \
	tests/vm/vmrun -k $(FUZZ_KERNEL) -o $(FUZZ_LIVE) -t 172800 -p '  ' -b $(CURDIR) \
		-b $(abspath $(B)) -a cryptomgr.notests=1 -- "cd '$(CURDIR)'; export KLIPS_SLOW=600 \
		KLIPS_TOP='$(CURDIR)' KLIPS_B='$(abspath $(B))' KLIPS_KO='$$ko' \
		KLIPS_DEPENDS='$$(modinfo -F depends $$ko | tr , ' ')' \
		KLIPS_MUTATE=$(FUZZ_MESSAGES) KLIPS_SEED=$(FUZZ_SEED); tests/vm/guest-run pfkey-mutate"
	@cat $(FUZZ_LIVE)/pfkey-mutate.log
	@grep '^ok pfkey-mutate' $(FUZZ_LIVE)/results && ! grep '^not ok' $(FUZZ_LIVE)/results
