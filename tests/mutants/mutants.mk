# SPDX-License-Identifier: GPL-2.0-or-later
.PHONY: mutants
mutants: ## plant bugs one by one and see that the tests catch them (20 minutes)
	@B=$(B) tests/mutants/run
