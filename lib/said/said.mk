# SPDX-License-Identifier: GPL-2.0-or-later
# The sources of lib/said, with the pure file it shares with the kernel; the
# tools and the tests compile them each with their own flags.
SAID_SRCS := $(wildcard lib/said/*.c) klips/said_text.c

# what make fuzz compiles with tests/fuzz/fuzz_said.c
FUZZ_UNDER_said := $(SAID_SRCS)
