# SPDX-License-Identifier: GPL-2.0-or-later
# What the machine needs, the kernels, and the virtual machines.

.PHONY: deps
deps: ## install, through apt, what building and testing need and is missing
	@tests/vm/deps
