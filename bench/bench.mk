# SPDX-License-Identifier: GPL-2.0-or-later
# make bench-radix: the eroute table in user space, as ratios to a random read.
BENCH_CFLAGS := $(filter-out -O%,$(CFLAGS)) -O2 -include bench/arena.h \
	$(if $(filter x86_64,$(shell uname -m)),-mpopcnt)
BENCH_RADIX := bench/radix_bench.c bench/arena.c klips/radix.c

.PHONY: bench-radix
bench-radix: $(B)/bench/radix_bench ## time the eroute table in user space
	@$<

$(B)/bench/radix_bench: $(BENCH_RADIX) bench/arena.h klips/radix.h klips/pure.h
	@mkdir -p $(@D)
	$(CC) $(BENCH_CFLAGS) -o $@ $(BENCH_RADIX)
