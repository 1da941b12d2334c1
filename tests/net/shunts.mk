# SPDX-License-Identifier: GPL-2.0-or-later
# What the helpers of the scenarios about shunts share.
$(B)/tests/net/keyd $(B)/tests/net/swap: tests/net/lib/eroutes.c

# The long run of swap: so many swaps, in one guest.
SOAK_SWAPS ?= 100000
SOAK_PAUSE ?= 1000
.PHONY: soak soak-swap
soak: soak-swap ## runs of hours: tables swapped SOAK_SWAPS times under traffic
soak-swap: module tools net-helpers
	tests/vm/vmrun -k $(or $(KERNEL),6.12) -o $(B)/vm/soak-swap -c 2 -t 14400 -p '  ' \
		-b $(CURDIR) -b $(abspath $(B)) -a cryptomgr.notests=1 -- "cd '$(CURDIR)'; export KLIPS_SLOW=20 \
		KLIPS_TOP='$(CURDIR)' KLIPS_B='$(abspath $(B))' KLIPS_KO='$(abspath $(MODULE_KO))' \
		KLIPS_DEPENDS='$$(modinfo -F depends $(MODULE_KO) | tr , ' ')' \
		SWAPS=$(SOAK_SWAPS) PAUSE=$(SOAK_PAUSE); tests/vm/guest-run swap" || true
	@cat $(B)/vm/soak-swap/swap.log
	@grep -q '^ok swap' $(B)/vm/soak-swap/results
