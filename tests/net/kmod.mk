# SPDX-License-Identifier: GPL-2.0-or-later
# late.ko, a cipher that misbehaves, for the scenarios of one kernel; it lies beside
# that kernel's ipsec.ko.
.PHONY: test-module
test-module: MODULE_DIR = $(B)/kmod/$(KRELEASE)
test-module: module-kernel ## build late.ko, which scenarios use (KERNEL= as for module)
	@mkdir -p $(MODULE_DIR) $(B)/module/$(KRELEASE) && flock $(MODULE_DIR)/.lock sh -e -c ' \
		cp -sf $(CURDIR)/tests/net/kmod/* $(MODULE_DIR)/; \
		tests/vm/kbuild $(MODULE_DIR)/build.log $(KBUILD_ARGS) modules; \
		cp $(MODULE_DIR)/late.ko $(B)/module/$(KRELEASE)/'
