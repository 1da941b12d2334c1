# SPDX-License-Identifier: GPL-2.0-or-later
# What the machine needs, the kernels, and the virtual machines.
#
#	make vm-check				all scenarios, 6.1 and 6.12 side by side
#	make vm-check KERNEL=6.12 T='esp-*'	those that match, on one kernel
#	make vm-check KERNEL=debug		KASAN, lockdep, leak scan; needs kernel-debug
#	make vm-check KERNEL=kcsan		data races, on two processors; needs kernel-kcsan
#	make vm-check KERNEL=uml		at native speed, in a few minutes; needs kernel-uml
#	make vm-check KERNEL=uml-debug		that with KASAN, lockdep, leak scan; needs kernel-uml-debug
#	make vm-shell KERNEL=6.1		the network, a tunnel, and a prompt

VM_STOCK := 6.1 6.12
VM_KERNELS = $(or $(KERNEL),$(VM_STOCK))
T ?= *

.PHONY: deps kernels kernels-refresh kernel-7.2 kernel-debug kernel-kcsan kernel-uml kernel-uml-debug vm-check vm-modules vm-shell check

deps: ## install, through apt, what building and testing need and is missing
	@tests/vm/deps

kernels: deps ## fetch the stock kernels 6.1 and 6.12 into the cache, unless they are there
	@tests/vm/kernels $(VM_STOCK)

kernels-refresh: deps ## fetch them anew if apt offers a newer version
	@tests/vm/kernels --refresh $(VM_STOCK)

kernel-7.2: deps ## build our own small 7.2 for tests (10 minutes of CPU, once)
	@tests/vm/kernel-build 7.2

kernel-debug: deps ## build our own 7.2 with KASAN, lockdep, kmemleak (20 minutes of CPU, once)
	@tests/vm/kernel-build debug

kernel-kcsan: deps ## build our own 7.2 that notices data races (15 minutes of CPU, once)
	@tests/vm/kernel-build kcsan

kernel-uml: deps ## build 7.2 as a program of the host, native speed (10 minutes of CPU, once)
	@tests/vm/kernel-build uml

kernel-uml-debug: deps ## the same with KASAN, lockdep, kmemleak (15 minutes of CPU, once)
	@tests/vm/kernel-build uml-debug

# the module, and the one for tests, for each kernel of the run
vm-modules: deps
	@for k in $(VM_KERNELS); do \
		case " $(VM_STOCK) " in *" $$k "*) tests/vm/kernels $$k || exit;; esac; \
		test -s $(KLIPS_CACHE)/kernels/$$k/manifest || { \
			echo "vm: no kernel $$k; make kernel-$$k builds it" >&2; exit 1; }; \
		$(MAKE) --no-print-directory module test-module KERNEL=$$k || exit; \
	done

vm-check: tools vm-modules ## run tests/net in virtual machines (KERNEL=, T=pattern, CPUS=)
	@B=$(B) tests/vm/check $(VM_KERNELS) -T '$(T)'

vm-shell: tools ## a prompt in a virtual machine with the test network (KERNEL=, default 6.12)
	@$(MAKE) --no-print-directory vm-modules KERNEL=$(or $(KERNEL),6.12)
	@B=$(B) tests/vm/shell $(or $(KERNEL),6.12)

check: ## everything: deps, unit, golden, modules, virtual machines; last line has the sum
	@B=$(B) MAKE='$(MAKE)' tests/vm/check-all
