# SPDX-License-Identifier: GPL-2.0-or-later
# The whole product in one run that can be watched: see demo.sh.
#
#	make demo			on Linux 6.12
#	make demo KERNEL=6.1		on another kernel of the cache

.PHONY: demo
demo: ## see it work: a tunnel to XFRM, firewall and all, in a virtual machine (KERNEL=, default 6.12)
	@B=$(B) MAKE='$(MAKE)' tests/demo/run $(or $(KERNEL),6.12)
