# SPDX-License-Identifier: GPL-2.0-or-later
# Scenarios: one shell script each, run in a guest by `make vm-check`.

.PHONY: net-list
net-list: ## the scenarios of tests/net and what each shows
	@for f in $(filter-out %/lib.sh,$(wildcard tests/net/*.sh)); do \
		printf '%-24s %s\n' "$$(basename $$f .sh)" "$$(sed -n \
			'/^# SPDX/d; /^# [a-z]*: /d; /^#!/d; /^# [A-Z]/{s/^# //;p;q}' $$f)"; \
	done

# helpers of the scenarios
NET_HELPERS := $(patsubst tests/net/src/%.c,$(B)/tests/net/%,$(wildcard tests/net/src/*.c))

$(NET_HELPERS): $(B)/tests/net/%: tests/net/src/%.c $(B)/lib/pfkey/libpfkey.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -Wl,--as-needed -o $@ $^

.PHONY: net-helpers
net-helpers: $(NET_HELPERS)
vm-check vm-shell: net-helpers
