# SPDX-License-Identifier: GPL-2.0-or-later
# make golden: command lines in, PF_KEY bytes, ioctls, texts and exit statuses
# out; once as built for use, once under ASan and UBSan, both with fresh memory
# filled.  golden-valgrind runs the same cases under valgrind (minutes), or each
# Nth of them: GOLDEN_EVERY=N.
GOLDEN_CASES := $(sort $(wildcard tests/golden/*.jsonl))
GOLDEN_SUMMARY := $(B)/summary
GOLDEN_EVERY ?= 1

.PHONY: golden golden-plain golden-san golden-ipsec golden-valgrind
golden: golden-plain golden-san golden-ipsec ## replay recorded command lines (no root, no kernel)

golden-plain: tools $(B)/golden/golden $(B)/golden/preload.so
	@mkdir -p $(GOLDEN_SUMMARY)
	@$(B)/golden/golden --tools $(B)/tools --preload $(B)/golden/preload.so --work $(B)/golden \
		--summary $(GOLDEN_SUMMARY)/golden $(GOLDEN_CASES)

golden-san: tools-san $(B)/golden/golden $(B)/golden/preload.so
	@mkdir -p $(GOLDEN_SUMMARY)
	@$(B)/golden/golden --tools $(B)/tools-san --preload $(B)/golden/preload.so --work $(B)/golden \
		--summary $(GOLDEN_SUMMARY)/golden-san $(GOLDEN_CASES)

golden-ipsec: tools
	@mkdir -p $(GOLDEN_SUMMARY)
	@tests/golden/ipsec.sh $(B)/tools/ipsec $(GOLDEN_SUMMARY)/golden-ipsec

golden-valgrind: tools $(B)/golden/golden $(B)/golden/preload.so
	@mkdir -p $(GOLDEN_SUMMARY)
	@$(B)/golden/golden --tools $(B)/tools --preload $(B)/golden/preload.so --work $(B)/golden \
		--under "$$(command -v valgrind)" --every $(GOLDEN_EVERY) \
		--summary $(GOLDEN_SUMMARY)/golden-valgrind $(GOLDEN_CASES)

$(B)/golden/golden: tests/golden/golden.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -o $@ $< -ljson-c

$(B)/golden/preload.so: tests/golden/preload.c include/klips/pfkeyv2.h
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -Wno-missing-prototypes -fPIC -shared -o $@ $< -ldl
