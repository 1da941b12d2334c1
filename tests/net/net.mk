# SPDX-License-Identifier: GPL-2.0-or-later
# Scenarios: one shell script each, run in a guest by `make vm-check`.

.PHONY: net-list
net-list: ## the scenarios of tests/net and what each shows
	@for f in $(filter-out %/lib.sh,$(wildcard tests/net/*.sh)); do \
		printf '%-24s %s\n' "$$(basename $$f .sh)" "$$(sed -n \
			'/^# SPDX/d; /^# [a-z]*: /d; /^#!/d; /^# [A-Z]/{s/^# //;p;q}' $$f)"; \
	done
