# SPDX-License-Identifier: GPL-2.0-or-later
# One scenario in its long form, alone in a guest: WITH has what it reads from the
# environment. Some of them:
#
#	make soak HOURS=8 | MINUTES=10			a gateway's life
#	make vm-long T=lifecycle WITH=ROUNDS=100	what a tunnel stands on, taken away
#	make vm-long T=reload WITH=CYCLES=1000		the module, unloaded under traffic
#	make vm-long T=input-fuzz WITH=FUZZ=1000000	mutated packets
#	make vm-long T=faults KERNEL=uml-debug WITH=INSMOD_STEP=1
#
# The sum of it is in $(B)/vm/long-SCENARIO-KERNEL: its log, and what the kernel said.
LONG_KERNEL = $(or $(KERNEL),uml)
LONG = $(abspath $(B))/vm/long-$(T)-$(LONG_KERNEL)
LONG_LIMIT ?= 14400
WITH ?=
MINUTES ?= $(if $(HOURS),0,10)
SOAK_TIME = $$(($(or $(HOURS),0) * 3600 + $(MINUTES) * 60))

.PHONY: vm-long soak-mixed
vm-long: net-helpers tools ## one scenario for as long as one likes (T=, WITH='NAME=VALUE...', KERNEL=, default uml)
	@test "$(T)" != '*' || { echo "which? T=scenario" >&2; exit 2; }
	@$(MAKE) --no-print-directory module test-module KERNEL=$(LONG_KERNEL)
	@rm -rf $(LONG); mkdir -p $(LONG)
	@ko=$(abspath $(B))/module/$$(cat $(KLIPS_CACHE)/kernels/$(LONG_KERNEL)/version)/ipsec.ko; \
	tests/vm/vmrun -k $(LONG_KERNEL) -c "$(CPUS)" -o $(LONG) -t $$(($(LONG_LIMIT) * 2)) -p '  ' -b $(CURDIR) \
		-b $(abspath $(B)) -a cryptomgr.notests=1 -- "cd '$(CURDIR)'; export \
		KLIPS_KERNEL=$(LONG_KERNEL) KLIPS_LIMIT=$(LONG_LIMIT) \
		KLIPS_SLOW=$(if $(filter %debug kcsan,$(LONG_KERNEL)),4,1) \
		KLIPS_TOP='$(CURDIR)' KLIPS_B='$(abspath $(B))' KLIPS_KO='$$ko' \
		KLIPS_DEPENDS='$$(modinfo -F depends $$ko | tr , ' ')' \
		$(WITH); tests/vm/guest-run $(T)" || true
	@tail -30 $(LONG)/$(T).log
	@grep '^ok $(T)' $(LONG)/results && ! grep '^not ok' $(LONG)/results

soak: soak-mixed
soak-mixed:
	@$(MAKE) --no-print-directory vm-long T=soak LONG_LIMIT=$$(($(SOAK_TIME) + 600)) \
		WITH="SOAK_SECONDS=$(SOAK_TIME) ROUND=20"
