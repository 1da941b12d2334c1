# SPDX-License-Identifier: GPL-2.0-or-later
# What the helpers of the scenarios about shunts share.
$(B)/tests/net/keyd $(B)/tests/net/swap: tests/net/lib/eroutes.c
