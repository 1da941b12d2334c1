# SPDX-License-Identifier: GPL-2.0-or-later
# What a packet and a lookup cost; docs/performance.md says how to read it.
#
#	make bench				all of it, some six minutes
#	make bench-path ROUNDS=9 ALGS=gcm	the packet's way, in the kernel uml
#	make bench-path STACKS='xfrm klips' SIZES='64 1400'
#	make bench-path STACKS='klips other' OTHER=old/ipsec.ko
#						two builds of ours in one run
#	make bench-load ROUNDS=3		a million eroutes into the kernel uml
#	make bench-radix			the eroute table, in user space
BENCH_CFLAGS := $(filter-out -O%,$(CFLAGS)) -O2 -include bench/arena.h \
	$(if $(filter x86_64,$(shell uname -m)),-mpopcnt)
BENCH_RADIX := bench/radix_bench.c bench/arena.c $(wildcard klips/radix*.c) klips/selector.c

.PHONY: bench bench-guest bench-path bench-load bench-radix
bench: bench-path bench-load bench-radix ## speed: packets against XFRM, xfrmi and WireGuard; loading; lookups

bench-guest: deps tools
	@test -s $(KLIPS_CACHE)/kernels/uml/manifest || { \
		echo "bench: there is no kernel uml yet; building it, 10 minutes of CPU, once"; \
		tests/vm/kernel-build uml; }
	@$(MAKE) --no-print-directory module KERNEL=uml

bench-load: bench-guest net-helpers ## time the loading of a million eroutes (ROUNDS=, EROUTES=)
	@B=$(B) ROUNDS='$(ROUNDS)' EROUTES='$(EROUTES)' bench/load

bench-path: bench-guest ## packets only (ROUNDS=, STACKS=, ALGS=, SIZES=)
	@B=$(B) ROUNDS='$(ROUNDS)' STACKS='$(STACKS)' ALGS='$(ALGS)' SIZES='$(SIZES)' OTHER='$(OTHER)' \
		bench/run

bench-radix: $(B)/bench/radix_bench ## time the eroute table in user space
	@$<

$(B)/bench/radix_bench: $(BENCH_RADIX) bench/arena.h $(wildcard klips/radix*.h) klips/pure.h
	@mkdir -p $(@D)
	$(CC) $(BENCH_CFLAGS) -o $@ $(BENCH_RADIX)
