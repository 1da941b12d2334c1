# SPDX-License-Identifier: GPL-2.0-or-later
# The manual pages; installed by the top Makefile.
.PHONY: man-lint
man-lint: ## check the manual pages with mandoc
	@mandoc -T lint -W warning $(wildcard man/*.[1-9])
	@echo "man-lint: $(words $(wildcard man/*.[1-9])) pages"
