# SPDX-License-Identifier: GPL-2.0-or-later
# The commands.  `make tools` puts them, side by side, into $(B)/tools, from
# where `$(B)/tools/ipsec` runs them; `make tools-san` builds them a second time
# under the sanitizers, into $(B)/tools-san.
TOOLS := eroute spi spigrp tncfg klipsdebug trace
TOOLS_COMMON := $(wildcard tools/common/*.c) $(SAID_SRCS) $(PFKEY_SRCS)
TOOLS_LISTING := $(wildcard tools/listing/*.c)

.PHONY: tools tools-san install-tools
tools: ## build the commands
tools-san: ## build the commands with ASan and UBSan

# $(1): directory below $(B), $(2): flags for compiler and linker
define tools-flavour
$(1): $$(TOOLS:%=$(B)/$(1)/%) $(B)/$(1)/ipsec $(B)/$(1)/look $(B)/$(1)/barf \
	$(B)/$(1)/handover $(B)/$(1)/_handover

$$(TOOLS:%=$(B)/$(1)/%): $(B)/$(1)/%: $$(patsubst %.c,$(B)/$(1)/obj/%.o,$$(TOOLS_COMMON) $$(TOOLS_LISTING))
	$$(CC) $$(LDFLAGS) $(2) -o $$@ $$^ -ljson-c

# which of two eroutes comes first is the same as in the module
$(B)/$(1)/eroute: $(B)/$(1)/obj/klips/selector.o

$$(foreach t,$$(TOOLS),$$(eval $(B)/$(1)/$$(t): \
	$$(patsubst %.c,$(B)/$(1)/obj/%.o,$$(wildcard tools/$$(t)/*.c))))

$(B)/$(1)/obj/%.o: %.c
	@mkdir -p $$(@D)
	$$(CC) $$(CPPFLAGS) $$(CFLAGS) $(2) -MMD -MP -c -o $$@ $$<

$(B)/$(1)/ipsec: tools/ipsec/ipsec.in VERSION
	@mkdir -p $$(@D)
	sed 's|@VERSION@|$$(VERSION)|' $$< >$$@.new
	chmod +x $$@.new
	mv $$@.new $$@

$(B)/$(1)/look: tools/look/look
$(B)/$(1)/barf: tools/barf/barf
$(B)/$(1)/handover: tools/handover/handover
$(B)/$(1)/look $(B)/$(1)/barf $(B)/$(1)/handover:
	@mkdir -p $$(@D)
	install -m 755 $$< $$@

# needs none of what the tools share: no names, no listings
$(B)/$(1)/_handover: $$(patsubst %.c,$(B)/$(1)/obj/%.o,tools/handover/_handover.c $$(SAID_SRCS) $$(PFKEY_SRCS))
	$$(CC) $$(LDFLAGS) $(2) -o $$@ $$^

-include $(B)/$(1)/obj/tools/handover/_handover.d
-include $$(patsubst %.c,$(B)/$(1)/obj/%.d,$$(TOOLS_COMMON) $$(TOOLS_LISTING))
-include $$(foreach t,$$(TOOLS),$$(patsubst %.c,$(B)/$(1)/obj/%.d,$$(wildcard tools/$$(t)/*.c)))
endef

# bash completion, from the tools' usage texts, which come from their option tables
tools: $(B)/completion/ipsec $(B)/completion/_ipsec
$(B)/completion/ipsec: completion/generate $(TOOLS:%=$(B)/tools/%)
	@mkdir -p $(@D)
	completion/generate $(patsubst %,$(B)/tools/%,$(filter-out spigrp,$(TOOLS))) >$@.new
	mv $@.new $@

# and zsh completion
$(B)/completion/_ipsec: completion/generate-zsh $(TOOLS:%=$(B)/tools/%)
	@mkdir -p $(@D)
	completion/generate-zsh $(patsubst %,$(B)/tools/%,$(filter-out spigrp,$(TOOLS))) >$@.new
	mv $@.new $@

$(eval $(call tools-flavour,tools,))
$(eval $(call tools-flavour,tools-san,$(HOSTCFLAGS_SAN)))

# what make fuzz compiles with tests/fuzz/fuzz_optionsfrom.c, which includes the
# file it is about
FUZZ_UNDER_optionsfrom := $(filter-out tools/common/optionsfrom.c,$(TOOLS_COMMON))
