# SPDX-License-Identifier: GPL-2.0-or-later
# What the helpers of the scenarios about shunts share.
$(B)/tests/net/keyd $(B)/tests/net/swap: tests/net/lib/eroutes.c

# The long run of swap: so many swaps, in one guest.
SOAK_SWAPS ?= 100000
SOAK_PAUSE ?= 1000
.PHONY: soak soak-swap
soak: soak-swap ## runs of hours: HOURS= or MINUTES= of everything; SOAK_SWAPS tables swapped (KERNEL=, default uml)
soak-swap:
	@$(MAKE) --no-print-directory vm-long T=swap WITH='SWAPS=$(SOAK_SWAPS) PAUSE=$(SOAK_PAUSE)'
